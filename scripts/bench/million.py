"""Latencies with a very large database on PostgreSQL, with nothing else running and beside a writer."""

import itertools
import random
import time

import database
import kinds
import service
import settings
from percentile import percentile
from table import Table, verdict
from writer import writing

# Milliseconds; those of the requests that have a limit.
_LIMIT = 10
# Seconds between two requests beside the writer: between two changes of a build, which invalidate what the service keeps, there
# are five requests, so that one of five is the first to see a change.
_PAUSE = 0.02


def measure():
    """Prints the table."""
    sizes = ["--builds", settings.MILLION, "--components", settings.MILLION, "--small"]
    with database.on_postgres() as made, service.serving(made, *sizes) as server:
        print(f"{made.describe()}; generating the rows took {made.generated:.0f} s.\n", flush=True)
        made.query("VACUUM ANALYZE; CHECKPOINT")
        with server.connect() as connection:
            subjects = [_Subject(*each) for each in _subjects(connection, made.sample()) if each[2]]
            for subject in subjects:
                subject.quiet = _latencies(connection, subject.requests, settings.LATENCIES, 0)
            with writing(made.server):
                for subject in subjects:
                    subject.beside = _latencies(connection, subject.requests, settings.LATENCIES_BESIDE_WRITER, _PAUSE)
        _print(subjects)


class _Subject:
    """A kind of request with the times it took, sorted, in ms: alone and beside the writer."""

    def __init__(self, name, limit, paths, connection):
        self.name, self.limit = name, limit
        self.requests = [connection.encode("GET", path) for path in paths]
        self.quiet = self.beside = None


def _subjects(connection, sample):
    """Names, limits and paths; an older service has no cursors, so no paths with them."""
    dice = random.Random(1)
    many = lambda make: [make() for _ in range(500)]
    # Where page 10,000 of 10 begins, or the middle of a smaller database.
    depth = min(100_000, sample.count // 2)
    deep = [kinds.after(cursor) for cursor in kinds.cursors(connection, depth, 100)]
    pages = lambda: f"{kinds.BUILDS}?page={depth // 10 + dice.randint(0, 100)}"
    yield "default list of 10", _LIMIT, [kinds.BUILDS], connection
    yield "list by name and state", _LIMIT, many(lambda: kinds.by_name_and_state(sample, dice)), connection
    yield "list by base module", _LIMIT, many(lambda: kinds.by_base_module(sample, dice)), connection
    yield "list by owner", None, many(lambda: kinds.by_owner(sample, dice)), connection
    yield "one build", _LIMIT, many(lambda: f"{kinds.BUILDS}{dice.choice(sample.builds)[0]}"), connection
    yield f"`after`, at the depth of page {depth // 10}", None, deep, connection
    yield f"`page={depth // 10}` and following", None, many(pages), connection


def _latencies(connection, requests, count, pause):
    """Milliseconds from sending a request to the end of its answer; the first is the first that the service ever got."""
    times, due = [], time.perf_counter()
    for request in itertools.islice(itertools.cycle(requests), count):
        due += pause
        time.sleep(max(0, due - time.perf_counter()) if pause else 0)
        start = time.perf_counter()
        answer = connection.send(request)
        times.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(f"bench: answered {answer.status}: {answer.body[:500]!r}")
        if sum(times) > 30_000:
            break
    return times


def _print(subjects):
    print("Latency of one client in ms. *Writer*: a build changes every 100 ms, a request comes every 20 ms.\n")
    table = Table("request", "limit p99", "first", "p50", "p99", "p50, writer", "p99, writer", "")
    for subject in subjects:
        alone = [percentile(subject.quiet, 50), percentile(subject.quiet, 99)]
        beside = [percentile(subject.beside, 50), percentile(subject.beside, 99)]
        cells = [f"{value:.2f}" for value in [subject.quiet[0], *alone, *beside]]
        table.row(subject.name, subject.limit, *cells, verdict([alone[1], beside[1]], subject.limit))
