"""State changes of components per second on two workers with a builder that takes no time; and a graph beside batches."""

import contextlib
import pathlib
import subprocess
import sys
import tempfile

import database
import process
import settings
from table import Table


def measure():
    """Prints both tables."""
    program = settings.program("examples/measure_throughput")
    _throughput(program)
    print(flush=True)
    _order(program)


def _throughput(program):
    what = f"{settings.TRANSITION_MODULES} modules of 20 components, two workers"
    table = Table(what, "changes", "seconds", "changes/s", "at least", "")
    for name, place, least in (("SQLite", _on_sqlite, 200), ("PostgreSQL, Redis", _on_postgres, 400)):
        with place() as (url, queue):
            arguments = [program, url, queue, str(settings.TRANSITION_MODULES), "20"]
            changes, seconds, rate = _run(arguments)
        table.row(name, changes, seconds, rate, least, "ok" if int(rate) >= least else "MISSED")


def _order(program):
    table = Table("one module, 4 slots, components that take 0.1 to 2 s", "in batches", "buildafter")
    with tempfile.TemporaryDirectory(prefix="mbs-bench-order-") as folder:
        batches, graph = _run([program, "order", folder])
    table.row("from the first component to ready", f"{batches} s", f"{graph} s")


def _run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench: {' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout.split()


@contextlib.contextmanager
def _on_sqlite():
    with tempfile.TemporaryDirectory(prefix="mbs-bench-transitions-") as folder:
        yield f"sqlite:///{folder}/mbs.db", f"{folder}/queue.db"


@contextlib.contextmanager
def _on_postgres():
    with tempfile.TemporaryDirectory(prefix="mbs-bench-transitions-") as folder, database.on_postgres() as made:
        log, port = pathlib.Path(folder) / "redis.log", process.free_port()
        command = ["redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", str(port)]
        with process.running(command, log) as server:
            process.wait_for("Redis", lambda: "Ready to accept connections" in log.read_text(), server, log)
            yield made.url, f"redis://127.0.0.1:{port}/0"
