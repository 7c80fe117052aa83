"""What was measured, on what, and when."""

import datetime
import os
import pathlib
import subprocess

import settings


def describe():
    """One line: commit, machine, date, and whether the machine had something else to do."""
    parts = [f"commit {_commit()}", f"{_processor()}, {os.cpu_count()} cores, {_memory()}", f"Linux {os.uname().release}"]
    parts.append(datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"))
    parts.append(f"load average before {os.getloadavg()[0]:.1f}")
    if settings.QUICK:
        parts.append("**BENCH_QUICK: these figures say nothing**")
    return "; ".join(parts) + "."


def _commit():
    git = ["git", "-C", str(settings.PROJECT)]
    commit = subprocess.run([*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True)
    if commit.returncode:
        return "unknown"
    changes = subprocess.run([*git, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True)
    return commit.stdout.strip() + (" with local changes" if changes.stdout else "")


def _processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), os.uname().machine)


def _memory():
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
