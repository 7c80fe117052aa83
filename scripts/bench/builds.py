"""How much longer than rpmbuild the service takes to build examples/testmodule, and what it costs while it does nothing."""

import collections
import datetime
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time

import bare
import process
import service
import settings
from table import Table, verdict

_BUILDS = "/module-build-service/2/module-builds/"
Build = collections.namedtuple("Build", "number ready first gap")


def measure():
    """Prints the table."""
    table, packages = Table(f"what (median of {settings.RUNS})", "measured", "allowed", ""), None
    for at_a_time in (1, 2):
        with service.place(**_options(at_a_time)) as place, place.start() as server:
            builds = [_build(place, server) for _ in range(settings.RUNS + 1)][1:]
            if packages is None:
                packages = bare.Packages(_database(place), place.folder / "state/results", builds[-1].number)
            seconds = statistics.median(packages.rebuild(at_a_time) for _ in range(settings.RUNS))
            _print(table, at_a_time, builds, seconds)
            if at_a_time == 2:
                _print_idling(table, server.pid)
    packages.remove()


def _options(at_a_time):
    sources = {"RPMS_DEFAULT_REPOSITORY": "file://{folder}/git/rpms/", "DEFAULT_BRANCH": "main"}
    return {"NUM_CONCURRENT_BUILDS": at_a_time, "REBUILD_STRATEGY": "all", **sources}


def _print(table, at_a_time, builds, bare_seconds):
    def row(what, field, allowed, unit, factor):
        value = statistics.median(getattr(build, field) for build in builds) * factor
        _row(table, f"the service, {at_a_time} at a time: {what}", value, allowed, unit)

    table.row(f"bare rpmbuild --rebuild, {at_a_time} at a time", f"{bare_seconds:.3f} s", None, None)
    row("POST to ready", "ready", bare_seconds * 1.1 + 2, "{:.3f} s", 1)
    row("longest pause between two batches", "gap", 200, "{:.0f} ms", 1000)
    row("POST to the first component", "first", 500, "{:.0f} ms", 1000)


def _row(table, what, value, allowed, unit):
    table.row(what, unit.format(value), unit.format(allowed), verdict([value], allowed))


def _build(place, server):
    """Builds the module once, the first time from sources that are fetched."""
    environment = os.environ | {"DEMO_DIR": str(place.folder / "git")}
    demo = [settings.PROJECT / "scripts/demo.sh", "--prepare"]
    prepared = subprocess.run(demo, env=environment, capture_output=True, text=True)
    if prepared.returncode:
        sys.exit(f"bench: {prepared.stderr}")
    with server.connect() as connection:
        body = json.dumps({"scmurl": prepared.stdout.strip(), "branch": "main"}).encode()
        submitted = time.time()
        answer = json.loads(connection.send(connection.encode("POST", _BUILDS, body)).body)
        if not isinstance(answer, list):
            sys.exit(f"bench: the demo module was refused: {answer}")
        number = answer[0]["id"]
        while (build := json.loads(connection.get(f"{_BUILDS}{number}").body))["state_name"] not in ("ready", "failed"):
            time.sleep(0.2)
    if build["state_name"] == "failed":
        sys.exit(f"bench: the demo module failed: {build['state_reason']}")
    return _times(_database(place), number, submitted)


def _times(database, number, submitted):
    """Both ends are taken from the database, so that asking seldom does not matter."""
    connection = sqlite3.connect(database)

    def ask(question):
        return [[_seconds(value) for value in row] for row in connection.execute(question, (number,))]

    ((ready,),) = ask("SELECT max(state_time) FROM module_builds_trace WHERE module_id = ? AND state = 5")
    batches = ask(
        "SELECT min(time_started), max(time_finished) FROM component_builds WHERE module_id = ? GROUP BY batch ORDER BY batch"
    )
    gap = max(later[0] - earlier[1] for earlier, later in zip(batches, batches[1:]))
    return Build(number, ready - submitted, batches[0][0] - submitted, gap)


def _seconds(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp()


def _database(place):
    return place.folder / "state/mbs.db"


def _print_idling(table, pid):
    before = process.cpu_seconds(pid)
    time.sleep(settings.IDLE_SECONDS)
    used = (process.cpu_seconds(pid) - before) / settings.IDLE_SECONDS * 100
    what = f"idle for {settings.IDLE_SECONDS} s after these builds:"
    _row(table, f"{what} processor, of one core", used, 1, "{:.2f} %")
    _row(table, f"{what} memory", process.memory(pid), 60, "{:.1f} MB")
