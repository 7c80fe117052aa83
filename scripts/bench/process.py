"""Processes that end with the benchmark, and the processor time that they take."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time


def free_port():
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(command, log, **options):
    """Starts `command` with its output in the file `log`; SIGTERM at the end, SIGKILL when that takes too long."""
    with open(log, "ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(what, condition, process, log, seconds=60):
    """Asks `condition` until it holds; ends the benchmark if the process ends before, or it takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"bench: {what} did not start:\n{pathlib.Path(log).read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def cpu_seconds(pid):
    """Processor time of a process so far, user and system, of all its threads, those that ended included.

    This is the kernel's clock of that process (what clock_getcpuclockid(3) returns the number of), in nanoseconds: the sum of
    utime and stime in /proc/PID/stat, which is in ticks of 10 ms.
    """
    return time.clock_gettime((~pid << 3) | 2)


def children(pid):
    """Direct children of a process."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def family_cpu_seconds(pid):
    """As `cpu_seconds`, with the direct children that are alive; those that ended while being looked at count nothing."""
    total = cpu_seconds(pid)
    for child in children(pid):
        with contextlib.suppress(OSError):
            total += cpu_seconds(child)
    return total


def memory(pid):
    """Resident set of a process, in MB."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024 / 1e6


def as_ordinary_user(command):
    """The command, run by nobody where we are root: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--", *command]
