"""The tree of a build with 1,000 components by GraphQL beside the same by REST; and how soon hostile queries are refused."""

import json
import sys
import time

import database
import process
import service
import settings
from percentile import percentile
from table import Table, verdict

_COMPONENTS = 1000
# Milliseconds.
_TREE, _REFUSED = 50, 100
_TREE_QUERY = """query ($id: ID!) { moduleBuild(id: $id) {
  id nsvc state stateReason owner timeSubmitted timeCompleted arches stateTrace { nodes { time state reason } }
  components(first: 1100) { nodes { id package state stateReason nvr batch ref scmurl taskId timeStarted timeFinished
    stateTrace { nodes { time state reason } } } }
  buildrequires(first: 50) { nodes { id nsvc state } } siblings(first: 50) { nodes { id nsvc state } }
} }"""
_BUILD = "/module-build-service/2/module-builds/{id}?verbose=true"
_PAGE = "/module-build-service/2/component-builds/?module_id={id}&verbose=true&per_page=100&page={page}"


def measure():
    """Prints both tables."""
    table = Table("one build with 1,000 components", "requests", "KiB", "ms, median", "CPU ms", "a second", "limit", "")
    refusals = []
    for backend in (database.on_sqlite, database.on_postgres):
        with backend() as made, service.serving(made, *service.USUAL) as server, server.connect() as connection:
            build = _one_large_build(made)
            bench = _Bench(made, server, connection, build)
            for row in bench.rows():
                table.row(*row)
            refusals.extend(bench.refusals())
    print()
    table = Table("hostile query", "answers", "longest, ms", "limit", "")
    for row in refusals:
        table.row(*row)


def _one_large_build(made):
    """Gives a build the components of others; its number."""
    ((build,),) = made.query("SELECT max(id) FROM module_builds WHERE state = 5")
    made.query(f"UPDATE component_builds SET module_id = {build}, batch = 2 + id % 10 WHERE id IN "
               f"(SELECT id FROM component_builds ORDER BY id LIMIT {_COMPONENTS})")
    return int(build)


class _Bench:
    def __init__(self, made, server, connection, build):
        self.made, self.server, self.connection, self.build = made, server, connection, build
        asked = json.dumps({"query": _TREE_QUERY, "variables": {"id": str(build)}}).encode()
        self.graphql = [connection.encode("POST", "/graphql", asked)]
        pages = [_PAGE.format(id=build, page=page) for page in range(1, 2 + _COMPONENTS // 100)]
        self.rest = [connection.encode("GET", path) for path in [_BUILD.format(id=build), *pages]]

    def rows(self):
        """After each change of the build, and again without one."""
        for name, requests, limit in (("GraphQL", self.graphql, _TREE), ("REST", self.rest, None)):
            for how, change in (("after a change", True), ("again", False)):
                count = settings.TREES if change else settings.TREES * 5
                times, used, size = self._time(requests, count, change)
                median = percentile(times, 50)
                figures = [f"{size / 1024:.0f}", f"{median:.1f}", f"{used:.1f}", f"{1000 / median:.0f}"]
                told = [limit, verdict([median], limit)] if limit else ["-", ""]
                yield [f"{self.made.kind}: {name}, {how}", len(requests), *figures, *told]

    def _time(self, requests, count, change):
        times, used, size = [], 0, 0
        for number in range(count + 2):
            if change:
                self.made.query(f"UPDATE module_builds SET state_reason = 'change {number}' WHERE id = {self.build}")
            start, start_used = time.monotonic(), process.cpu_seconds(self.server.pid)
            answers = [self._good(request) for request in requests]
            if number >= 2:
                times.append((time.monotonic() - start) * 1000)
                used += process.cpu_seconds(self.server.pid) - start_used
            size = sum(len(answer.body) for answer in answers)
        return times, used / count * 1000, size

    def _good(self, request):
        answer = self.connection.send(request)
        if answer.status != 200 or b'"errors"' in answer.body[:200]:
            sys.exit(f"bench: graphql: {answer.status} {answer.body[:500]!r}")
        return answer

    def refusals(self):
        """What each is answered with, and the longest that it took."""
        for name, query, variables in _hostile():
            request = self.connection.encode("POST", "/graphql", json.dumps({"query": query, "variables": variables}).encode())
            times, told = [], None
            for _ in range(settings.TREES):
                start = time.monotonic()
                told = json.loads(self.connection.send(request).body)
                times.append((time.monotonic() - start) * 1000)
            code = told["errors"][0]["extensions"]["code"]
            yield [f"{self.made.kind}: {name}", code, f"{max(times):.1f}", _REFUSED, verdict([max(times)], _REFUSED)]


def _hostile():
    nested = "siblings(first: 1) { nodes { "
    yield "deep", "{ moduleBuild(id: 1) { " + nested * 40 + "id" + " } }" * 40 + " } }", {}
    yield "wide", "{ moduleBuilds(first: 2000) { nodes { components(first: 2000) { nodes { stateTrace { nodes { state } } } } } } }", {}
    yield "10,000 aliases", "{ " + " ".join(f"a{number}: __typename" for number in range(10_000)) + " }", {}
    yield "circular fragments", "{ moduleBuild(id: 1) { ...a } } fragment a on ModuleBuild { ...b } fragment b on ModuleBuild { ...a }", {}
    spread = "".join(f"fragment f{n} on ModuleBuild {{ ...f{n + 1} ...f{n + 1} }} " for n in range(40))
    yield "doubling fragments", "{ moduleBuild(id: 1) { ...f0 } } " + spread + "fragment f40 on ModuleBuild { id }", {}
    yield "huge variables", "query ($id: ID!) { moduleBuild(id: $id) { id } }", {"id": "1", "more": [[number] for number in range(300_000)]}
