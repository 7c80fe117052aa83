"""Requests per second over 16 connections, beside a server on the same framework that sends as many bytes from memory."""

import contextlib
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import database
import kinds
import process
import service
import settings
from table import Table

CONNECTIONS = 16
_AIM = 0.25


class Load:
    """What is put under load, with what was measured in each round."""

    def __init__(self, name, port, script=None):
        self.name, self.port, self.script = name, port, script
        self.rates, self.slowest = [], []

    def run(self):
        """One round of wrk."""
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{settings.LOAD_SECONDS}s", "--latency"]
        command += ["-s", str(self.script)] if self.script else []
        done = subprocess.run([*command, f"http://127.0.0.1:{self.port}{kinds.BUILDS}"], capture_output=True, text=True)
        wrong = re.search(r"(Non-2xx|Socket errors).*", done.stdout)
        if done.returncode or wrong:
            sys.exit(f"bench: wrk on {self.name}: {done.stderr}{wrong and wrong[0]}")
        self.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]))
        number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout).groups()
        self.slowest.append(float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit])

    def rate(self):
        """Requests per second, the median of all rounds."""
        return statistics.median(self.rates)


def measure():
    """Prints the table."""
    if not shutil.which("wrk"):
        sys.exit('bench: wrk is missing; "scripts/setup.sh bench" installs it')
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mbs-bench-wrk-")))
        ours = []
        for backend in (database.on_sqlite, database.on_postgres):
            made = stack.enter_context(backend())
            server = stack.enter_context(service.serving(made, *service.USUAL))
            ours.append(Load(f"default list, {made.kind}", server.port))
            ours.append(Load(f"default list, {made.kind}, pages at random", server.port, _pages(folder, made)))
        length = _length(ours[0].port)
        reference = Load("reference: as many bytes from memory", stack.enter_context(_reference(folder, length)))
        _alternate(ours, reference)
        print(f"wrk, one thread, {CONNECTIONS} connections, {settings.LOAD_SECONDS} s, median of {settings.LOAD_ROUNDS} rounds;"
              f" answers of {length} bytes. The load and all servers share the cores of this machine.\n")
        _print(ours, reference)


def _alternate(ours, reference):
    """Ours, reference, ours, reference …: what else the machine does hits both. Random pages go without one of their own."""
    for _ in range(settings.LOAD_ROUNDS):
        for load in ours:
            load.run()
            if load.script is None:
                reference.run()


def _print(ours, reference):
    table = Table("under load", "requests/s", "p99 ms", "of reference", "aim", "")
    table.row(reference.name, round(reference.rate()), f"{statistics.median(reference.slowest):.1f}", None, None, None)
    for load in ours:
        ratio = load.rate() / reference.rate()
        cells = [round(load.rate()), f"{statistics.median(load.slowest):.1f}", f"{ratio:.2f}", f"{_AIM:.2f}"]
        table.row(load.name, *cells, "ok" if ratio >= _AIM else "MISSED")


def _length(port):
    with service.Connection(port) as connection:
        return len(connection.get(kinds.BUILDS).body)


@contextlib.contextmanager
def _reference(folder, length):
    port, log = process.free_port(), folder / "reference.log"
    command = [settings.program("reference_server"), str(port), str(length)]
    with process.running(command, log) as server:
        process.wait_for("the reference server", lambda: _listens(port), server, log)
        yield port


def _listens(port):
    with contextlib.suppress(OSError), service.Connection(port) as connection:
        return connection.get("/").status == 200
    return False


def _pages(folder, made):
    """A script for wrk that asks for pages of the list at random."""
    last = max(2, min(made.sample().count // 10, 200))
    script = folder / f"{made.kind}.lua"
    script.write_text(
        "function request()\n"
        f'  return wrk.format("GET", "{kinds.BUILDS}?page=" .. math.random(1, {last}))\n'
        "end\n"
    )
    return script
