"""Processor time of the server for a request, over one connection, on SQLite and on PostgreSQL."""

import itertools

import database
import kinds
import process
import service
import settings
from table import Table, verdict

# No kind is asked for longer than so many seconds of the server's time.
_LONGEST = 10
# Requests before the clock runs.
_WARM_UP = 5


def measure():
    """Prints the table."""
    results = {}
    for backend in (database.on_sqlite, database.on_postgres):
        with backend() as made, service.filled(made, *service.USUAL) as place:
            for kind, figures in _Bench(made, place).all():
                results.setdefault(kind.name, (kind, []))[1].append(figures)
    _print(results)


class _Figures:
    """Milliseconds for a request; None where there is nothing to measure."""

    def __init__(self, one, varied, cold, beside):
        # The same request repeated; requests that differ; the first ones of a new process; what PostgreSQL used for `varied`.
        self.one, self.varied, self.cold, self.beside = one, varied, cold, beside


class _Bench:
    """All kinds on one database."""

    def __init__(self, made, place):
        self.made, self.place, self.server, self.connection = made, place, None, None

    def all(self):
        """Each kind with its figures."""
        cold = {kind.name: self._cold(kind) for kind in self._reading()}
        with self.place.start("--serve-only") as self.server, self.server.connect() as self.connection:
            for kind, count in self._warm():
                (one, _), (varied, beside) = self._time(kind, kind.one, count), self._time(kind, kind.varied, count)
                yield kind, _Figures(one, varied, cold.get(kind.name), beside)
            self._print_state()

    def _reading(self):
        with self.place.start("--serve-only") as server, server.connect() as connection:
            return kinds.reading(connection, self.made.sample())

    def _cold(self, kind):
        requests = list(dict.fromkeys(kind.varied))[: settings.COLD + _WARM_UP]
        with self.place.start("--serve-only") as self.server, self.server.connect() as self.connection:
            return self._time(kind, requests, len(requests) - _WARM_UP)[0] if len(requests) > _WARM_UP else None

    def _warm(self):
        sample = self.made.sample()
        reading = kinds.reading(self.connection, sample)
        for kind in [*reading, kinds.not_modified(self.connection, sample), kinds.rejected(self.connection)]:
            if kind is not None:
                yield kind, settings.REQUESTS
        yield kinds.accepted(self.connection, sample, settings.SUBMISSIONS + _WARM_UP), settings.SUBMISSIONS

    def _time(self, kind, requests, count):
        """Milliseconds for one of `count` requests: of the service, and of PostgreSQL."""
        requests = itertools.cycle(requests)
        for request in itertools.islice(requests, _WARM_UP):
            _check(self.connection.send(request), kind)
        start, start_beside, done = process.cpu_seconds(self.server.pid), self._beside(), 0
        for request in itertools.islice(requests, count):
            _check(self.connection.send(request), kind)
            done += 1
            if done % 50 == 0 and process.cpu_seconds(self.server.pid) - start > _LONGEST:
                break
        used, beside = process.cpu_seconds(self.server.pid) - start, self._beside() - start_beside
        return used / done * 1000, beside / done * 1000 if self.made.server else None

    def _beside(self):
        return process.family_cpu_seconds(self.made.server.pid) if self.made.server else 0

    def _print_state(self):
        print(f"{self.made.describe()}; the server's memory after all requests: {process.memory(self.server.pid):.0f} MB.\n",
              flush=True)


def _check(answer, kind):
    if answer.status != kind.status:
        raise SystemExit(f"bench: {kind.name}: answered {answer.status}, not {kind.status}: {answer.body[:500]!r}")


def _print(results):
    print("CPU time of the server process for a request, in ms.\n")
    columns = ["SQLite: one", "varied", "cold", "PostgreSQL: one", "varied", "cold", "PostgreSQL's own"]
    table = Table("request", "limit", "Python", *columns, "")
    for kind, (lite, large) in results.values():
        ours = [lite.one, lite.varied, lite.cold, large.one, large.varied, large.cold]
        cells = ["-" if value is None else f"{value:.3f}" for value in [*ours, large.beside]]
        table.row(kind.name, kind.limit, kind.python, *cells, verdict(ours, kind.limit))
