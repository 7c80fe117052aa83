"""How long stream expansion takes for a document that could become 1,679,616 builds."""

import subprocess
import sys

import settings
from table import Table, verdict

LIMIT = 200


def measure():
    """Prints the table."""
    program = settings.PROGRAMS / "examples/measure_expansion"
    if not program.exists():
        sys.exit(f'bench: there is no {program}; run "make bench-expansion"')
    table = Table("8 modules in 6 streams, 5,000 known builds", "median", "slowest", "allowed", "", "outcome")
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        what, median, slowest, outcome = line.split("\t")
        outcome = outcome if outcome.endswith(" builds") else outcome.split(":")[0].split(",")[0]
        limit = None if what.startswith("given up") else LIMIT
        allowed = f"{limit} ms" if limit else None
        table.row(what, f"{median} ms", f"{slowest} ms", allowed, verdict([float(median)], limit), outcome)
