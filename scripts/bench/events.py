"""How long an event takes from being written to a subscriber, by websocket and as a server-sent event, on both databases."""

import concurrent.futures
import contextlib
import datetime
import itertools
import json
import subprocess
import sys
import threading
import time
import urllib.request

import database
import documents
import service
import settings
from connection import Connection
from percentile import percentile
from table import Table, verdict
from websocket import Websocket

# Milliseconds, of the median.
_LIMIT = 50
# Submissions at the same time, in the second rows.
_AT_ONCE = 20
# Seconds between two looks at what is waited for.
_PAUSE = 0.02
_BUILDS = "/module-build-service/2/module-builds/"
_FEED = "/module-build-service/2/events"
_PLATFORM = """document: modulemd
version: 2
data:
  name: platform
  stream: "bench"
  version: 3
  context: "00000000"
  summary: The base module of the benchmark
  description: The base module of the benchmark.
  license:
    module: [MIT]
  xmd:
    mbs: {buildrequires: {}, commit: virtual, requires: {}, mse: true}
"""


def measure():
    """Prints the table."""
    print("Milliseconds from the commit to the subscriber. SQLite does not note when that was: there it is the time that stands in the\n"
          "event's row, which is taken before. Each build that is submitted fails at once, as the sources of its components are\n"
          "nowhere.\n")
    table = Table("events", "seen", "median", "p99", "longest", "limit", "")
    with database.on_sqlite() as made, _working(made) as worker:
        _measure(table, made, worker, worker, "SQLite, one process")
    with database.on_postgres("track_commit_timestamp=on") as made, _working(made) as worker, _serving(made) as server:
        _measure(table, made, worker, server, "PostgreSQL, at another server")


def _measure(table, made, worker, server, where):
    """What is written by `worker` and told by `server`."""
    numbers = itertools.count(1)
    with _following(server.port) as followers:
        for at_once in (1, _AT_ONCE):
            before = _newest(made)
            for _ in range(max(1, settings.EVENTS // at_once)):
                _fail_all(worker.port, [next(numbers) for _ in range(at_once)])
            newest = _newest(made)
            written = _written(made, before)
            for follower in followers:
                seen = follower.after(before, newest)
                _print(table, f"{where}, {at_once} at once, {follower.name}", written, seen)


def _print(table, what, written, seen):
    if sorted(seen) != sorted(written):
        sys.exit(f"bench: {what}: {len(written)} events were written, {len(seen)} were seen")
    times = [(seen[number] - written[number]) * 1000 for number in written]
    median = percentile(times, 50)
    figures = [f"{value:.1f}" for value in (median, percentile(times, 99), max(times))]
    table.row(what, len(times), *figures, _LIMIT, verdict([median], _LIMIT))


def _fail_all(port, numbers):
    """Submits modules at the same time, and waits until all have failed."""
    with concurrent.futures.ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(lambda number: _fail(port, number), numbers))


def _fail(port, number):
    with Connection(port) as connection:
        document = json.dumps({"modulemd": documents.module(f"bench-{number}", number, "bench")}).encode()
        answer = connection.send(connection.encode("POST", _BUILDS, document))
        if answer.status != 201:
            sys.exit(f"bench: a module was refused: {answer.body[:500]!r}")
        (build,) = json.loads(answer.body)
        state = "init"
        while state != "failed":
            time.sleep(_PAUSE)
            state = json.loads(connection.get(f"{_BUILDS}{build['id']}").body)["state_name"]


def _newest(made):
    """The number of the last event, once all that were written have one."""
    while made.query("SELECT count(*) FROM outbox WHERE number IS NULL")[0][0] not in (0, "0"):
        time.sleep(_PAUSE)
    return int(made.query("SELECT newest FROM feed")[0][0])


# Rows of histories are written together with the events, and not touched again.
_COMMITTED = """
SELECT number, extract(epoch FROM pg_xact_commit_timestamp(step.xmin))
FROM outbox JOIN {table} AS step ON step.{whose} = CAST(CAST(body AS json) ->> 'id' AS integer)
    AND step.state IS NOT DISTINCT FROM CAST(CAST(body AS json) ->> 'state' AS integer)
WHERE topic = '{topic}' AND number > {after}
"""
_HISTORIES = [("module.state.change", "module_builds_trace", "module_id"),
              ("component.state.change", "component_builds_trace", "component_id")]


def _written(made, after):
    """When each was committed, by its number; on SQLite, when it was written."""
    if made.server:
        asked = [_COMMITTED.format(topic=topic, table=table, whose=whose, after=after) for topic, table, whose in _HISTORIES]
        return {int(number): float(time) for number, time in made.query(" UNION ALL ".join(asked))}
    rows = made.query(f"SELECT number, time_created FROM outbox WHERE number > {after}")
    seconds = lambda text: datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp()
    return {int(number): seconds(text) for number, text in rows}


class _Follower(threading.Thread):
    """Somebody who notes when it sees each event."""

    def __init__(self, name, close, numbers):
        super().__init__(daemon=True)
        self.name, self.close, self._numbers = name, close, numbers
        self._seen, self._changed = {}, threading.Condition()

    def run(self):
        """Until it is closed."""
        with contextlib.suppress(OSError, ValueError):
            for number in self._numbers:
                now = time.time()
                with self._changed:
                    self._seen[number] = now
                    self._changed.notify()

    def after(self, first, last):
        """When it saw each event after `first`, once it has seen `last`."""
        with self._changed:
            if not self._changed.wait_for(lambda: last in self._seen, 60):
                sys.exit(f"bench: event {last} was not seen by {self.name}")
            return {number: seen for number, seen in self._seen.items() if number > first}


@contextlib.contextmanager
def _following(port):
    socket, stream = Websocket(port, "subscription { events(since: 0) { number topic state } }"), _Stream(port)
    told = (socket.next()["events"]["number"] for _ in itertools.count())
    followers = [_Follower("websocket", socket.close, told), _Follower("server-sent", stream.close, stream.numbers())]
    for follower in followers:
        follower.start()
    try:
        yield followers
    finally:
        for follower in followers:
            follower.close()


class _Stream:
    """Server-sent events from the first on."""

    def __init__(self, port):
        self._answer = urllib.request.urlopen(f"http://127.0.0.1:{port}{_FEED}?since=0", timeout=60)

    def numbers(self):
        """An event is seen when its data has come."""
        number = None
        for line in self._answer:
            if line.startswith(b"id:"):
                number = int(line[3:])
            elif line.startswith(b"data:"):
                yield number

    def close(self):
        """Hangs up when the process ends: closing would wait for the thread that reads."""


@contextlib.contextmanager
def _working(made):
    """A service on an empty database, with one base module, that serves and works."""
    options = {"YAML_SUBMIT_ALLOWED": True, "RPMS_DEFAULT_REPOSITORY": "file:///nonexistent/"}
    with service.place(SQLALCHEMY_DATABASE_URI=made.url, **options) as place:
        platform = place.folder / "platform.yaml"
        platform.write_text(_PLATFORM)
        for arguments in (["upgradedb"], ["import_module", str(platform)]):
            command = [settings.program("mbs-manager"), *arguments]
            done = subprocess.run(command, env=place.environment, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"bench: {' '.join(command)}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        with place.start() as server:
            yield server


@contextlib.contextmanager
def _serving(made):
    """Another server on the same database."""
    with service.place(SQLALCHEMY_DATABASE_URI=made.url) as place, place.start("--serve-only") as server:
        yield server
