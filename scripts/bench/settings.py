"""What can be changed from outside, by environment variables, and the sizes of a whole and of a quick run."""

import os
import pathlib
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[2]

# Folder of mbs-manager, mbs-build, generate_database and reference_server.
PROGRAMS = pathlib.Path(os.environ.get("BENCH_PROGRAMS", PROJECT / "target/release"))
# Small numbers everywhere: shows that the scripts work, says nothing about speed.
QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")


def _number(name, whole, quick):
    return int(os.environ.get(name, quick if QUICK else whole))


# Builds of examples/testmodule, of which the median counts, and seconds of idling that are looked at.
RUNS = _number("BENCH_RUNS", 3, 1)
IDLE_SECONDS = _number("BENCH_IDLE", 60, 3)
# The database of the parts rest and throughput.
BUILDS = _number("BENCH_BUILDS", 2_200, 200)
COMPONENTS = _number("BENCH_COMPONENTS", 42_000, 3_800)
# Requests of a kind in the part rest: reading ones, those of a process that has just started, and submissions that are accepted.
REQUESTS = _number("BENCH_REQUESTS", 2_000, 40)
COLD = _number("BENCH_COLD", 100, 10)
SUBMISSIONS = _number("BENCH_SUBMISSIONS", 300, 10)
# Seconds and rounds of the part throughput.
LOAD_SECONDS = _number("BENCH_LOAD_SECONDS", 10, 1)
LOAD_ROUNDS = _number("BENCH_LOAD_ROUNDS", 3, 1)
# Modules of 20 components in the part transitions.
TRANSITION_MODULES = _number("BENCH_TRANSITION_MODULES", 50, 5)
# Builds of the part events, one after the other and 20 at once.
EVENTS = _number("BENCH_EVENTS", 200, 20)
# Trees of the part graphql, each after a change.
TREES = _number("BENCH_TREES", 50, 5)
# Builds, and as many components, of the part million; requests of a kind with nothing else running, and beside the writer.
MILLION = _number("BENCH_MILLION", 1_000_000, 5_000)
LATENCIES = _number("BENCH_LATENCIES", 2_000, 40)
LATENCIES_BESIDE_WRITER = _number("BENCH_LATENCIES_BESIDE_WRITER", 500, 20)


def program(name):
    """The path of one of our programs."""
    path = PROGRAMS / name
    if not os.access(path, os.X_OK):
        sys.exit(f"bench: there is no {name} in {PROGRAMS}; run \"cargo build --release --bins\"")
    return str(path)


def check_programs():
    """Ends with a hint if nothing has been built."""
    program("mbs-manager")
