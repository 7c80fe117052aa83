"""The kinds of requests that are measured: each with one request that is repeated, and with many that differ, since the service
may keep what it answered before."""

import json
import random
from urllib.parse import parse_qs, urlencode, urlsplit

import documents

BUILDS = "/module-build-service/2/module-builds/"
COMPONENTS = "/module-build-service/2/component-builds/"
_LARGEST_PAGE = 5000


class Kind:
    """A kind of request: `limit` and `python`, the figure of the Python service, are in milliseconds of processor time.

    `one` and `varied` are lists of the bytes of requests, asked in turn.
    """

    def __init__(self, name, limit, python, one, varied, status=200):
        self.name, self.limit, self.python = name, limit, python
        self.one, self.varied, self.status = one, varied, status


def reading(connection, sample):
    """Lists and details of builds and components; pages after a cursor only if the service has them, which older ones have not."""
    dice = random.Random(1)
    pages = max(2, min(sample.count // 10, 200))
    get = lambda path: connection.encode("GET", path)
    many = lambda make: [get(make()) for _ in range(500)]

    def kind(name, limit, python, one, make):
        return Kind(name, limit, python, [get(one)], many(make))

    def page(base, last, **query):
        return base + "?" + urlencode({**query, "page": dice.randint(1, last)})

    build = lambda: f"{BUILDS}{dice.choice(sample.builds)[0]}"
    some, places = sample.builds[0][0], cursors(connection, 10, pages)
    found = [
        kind("default list of 10", 0.4, 40, BUILDS, lambda: page(BUILDS, pages)),
        kind("verbose list of 10", 1.0, 66, f"{BUILDS}?verbose=true", lambda: page(BUILDS, pages, verbose="true")),
        kind("one build", 0.2, 6.5, f"{BUILDS}{some}", build),
        kind("one build, verbose", 0.3, 10.6, f"{BUILDS}{some}?verbose=true", lambda: build() + "?verbose=true"),
        kind("10 components", 0.2, 5.8, COMPONENTS, lambda: page(COMPONENTS, max(2, sample.components // 10))),
        kind("list by name and state", 0.4, 51, by_name_and_state(sample, dice), lambda: by_name_and_state(sample, dice)),
        kind("list by base module", 0.5, 57, by_base_module(sample, dice), lambda: by_base_module(sample, dice)),
    ]
    number = lambda: dice.choice(sample.builds)[0]
    theirs = lambda: COMPONENTS + "?" + urlencode({"module_build": number(), "per_page": 1000, "verbose": "true", "extended": "true"})
    found.append(kind("components of a build, in full", None, None, theirs(), theirs))
    found.append(Kind("the same, GraphQL", None, None, [tree(connection, some)], [tree(connection, number()) for _ in range(500)]))
    if places:
        found.append(kind("page after a cursor (`after`)", None, None, after(places[0]), lambda: after(dice.choice(places))))
    return found


def tree(connection, number):
    """A build with all that REST shows of its components, asked of GraphQL."""
    shown = "number package format taskId state stateReason nvr batch attempt timeStarted timeFinished logUrl reuse { reused rule reason }"
    query = (
        "query ($id: ID!) { moduleBuild(id: $id) { number components(first: 1000) "
        f"{{ totalCount nodes {{ {shown} stateTrace {{ nodes {{ time state reason }} }} }} }} }} }}"
    )
    return connection.encode("POST", "/graphql", json.dumps({"query": query, "variables": {"id": str(number)}}).encode())


def by_name_and_state(sample, dice):
    """The list of the builds of a name in a state."""
    _, name, state, _ = dice.choice(sample.builds)
    return BUILDS + "?" + urlencode({"name": name, "state": state})


def by_owner(sample, dice):
    """The list of what somebody submitted."""
    return BUILDS + "?" + urlencode({"owner": dice.choice(sample.builds)[3]})


def by_base_module(sample, dice):
    """The list of what was built against a base module, the first pages of it."""
    name, stream, _, _ = dice.choice(sample.base_modules)
    return BUILDS + "?" + urlencode({"base_module_br_name": name, "base_module_br_stream": stream, "page": dice.randint(1, 3)})


def after(cursor):
    """The page of the list that follows a cursor."""
    return BUILDS + "?" + urlencode({"after": cursor})


def cursors(connection, depth, count):
    """The cursors of so many pages of 10, one after the other; `depth` builds come before the first."""
    cursor, found = "", []
    while depth > 0:
        size = min(depth, _LARGEST_PAGE)
        cursor, depth = _next(connection, cursor, size), depth - size
    while cursor is not None and len(found) < count:
        found.append(cursor)
        cursor = _next(connection, cursor, 10)
    return found


def _next(connection, cursor, size):
    query = urlencode({"after": cursor, "per_page": size, "short": "true"})
    following = json.loads(connection.get(f"{BUILDS}?{query}").body)["meta"]["next"]
    return parse_qs(urlsplit(following or "").query).get("after", [None])[0]


def not_modified(connection, sample):
    """The lists that the client already has; None if the service gives them no ETag."""
    paths = [f"{BUILDS}?page={page}" for page in range(1, max(3, min(sample.count // 10, 100)))]
    requests = []
    for path in paths:
        tag = connection.get(path).header("etag")
        if tag is None:
            return None
        requests.append(connection.encode("GET", path, headers=[("If-None-Match", tag)]))
    return Kind("unchanged list of 10 (`If-None-Match`)", None, None, requests[:1], requests, 304)


def rejected(connection):
    """Submissions from an address that modules may not come from."""

    def request(number):
        body = {"scmurl": f"https://example.com/modules/module-{number}?#{number:040x}", "branch": "main"}
        return connection.encode("POST", BUILDS, json.dumps(body).encode())

    return Kind("rejected submission", 0.3, 2.2, [request(1)], [request(number) for number in range(500)], 403)


def accepted(connection, sample, count):
    """Submissions of documents. None can be sent twice: `one` are versions of one module, `varied` are other modules."""
    bases = [base for base in sample.base_modules if base[0] == "platform"]
    stream = lambda number: bases[number % len(bases)][1]
    post = lambda text: connection.encode("POST", BUILDS, json.dumps({"modulemd": text}).encode())
    one = [post(documents.module("bench", number, stream(0))) for number in range(count)]
    varied = [post(documents.module(f"bench-{number}", number, stream(number))) for number in range(count)]
    return Kind("accepted YAML submission", 5, 54, one, varied, 201)
