"""How long it takes to adopt a database of the Python service, and for how long it holds others up; measured by adoption.sh."""

import os
import re
import subprocess
import sys

import settings
from table import Table, verdict

# Milliseconds that a client may wait, reading or writing, while the database is upgraded.
_LONGEST_WAIT = 1000


def measure():
    """Runs adoption.sh, and prints its figures as a table. Its size is always the whole one: it does not take long."""
    environment = os.environ | {"BENCH_PROGRAMS": str(settings.PROGRAMS)}
    script = str(settings.PROJECT / "scripts/bench/adoption.sh")
    done = subprocess.run([script], env=environment, stdout=subprocess.PIPE, text=True)
    figures = re.findall(r"^(\w+) +(\d+) ms +(\d+) ms +(\d+) ms +(\d+)$", done.stdout, re.MULTILINE)
    if done.returncode or not figures:
        sys.exit(f"bench: adoption.sh failed:\n{done.stdout}")
    print(f"{done.stdout.splitlines()[0]}.\n")
    table = Table("database", "upgradedb", "longest write", "longest read", "allowed", "operations meanwhile", "")
    for name, upgrade, write, read, operations in figures:
        waits = [int(write), int(read)]
        cells = [f"{value} ms" for value in [upgrade, *waits, _LONGEST_WAIT]]
        table.row(name, *cells, operations, verdict(waits, _LONGEST_WAIT))
