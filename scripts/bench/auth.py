"""What knowing the user costs: processor time of the server for a refused submission, with and without log-in, on SQLite."""

import contextlib
import json
import os
import pathlib
import subprocess
import urllib.request

import process
import service
import settings
from table import Table, verdict

# Milliseconds that a request of a user who is known already may take more than one of nobody.
_LIMIT = 0.05
# So often each way is measured, in turns; the smallest figure counts.
_ROUNDS = 5
_PATH = "/module-build-service/2/module-builds/"
_SCOPE = "https://mbs.fedoraproject.org/oidc/submit-build"


def measure():
    """Prints the table."""
    with service.place(NO_AUTH=True) as alone, _provider() as issuer:
        log_in = {"NO_AUTH": False, "AUTH_METHOD": "oidc", "ALLOWED_GROUPS": ["packager"], "OIDC_ISSUER": issuer,
                  "OIDC_AUDIENCE": ["urn:mbs"], "OIDC_REQUIRED_SCOPE": _SCOPE, "OIDC_CLIENT_ID": "mbs",
                  "OIDC_CLIENT_SECRET": "mbs-secret-of-the-tests", "OIDC_CACHE_SECONDS": 3600}
        _ask(issuer, "user", {"name": "alice", "groups": ["packager"]})
        with service.place(**log_in) as known, alone.start("--serve-only") as nobody, known.start("--serve-only") as users:
            _print(_figures(issuer, nobody, users))


def _figures(issuer, nobody, users):
    """Milliseconds by kind of credentials."""
    with nobody.connect() as open_door, users.connect() as door:
        tokens = {kind: _ask(issuer, "token", {"user": "alice", "format": kind})["token"] for kind in ("opaque", "jwt")}
        wish = json.dumps({"name": "bench", "scopes": ["submit"]}).encode()
        made = door.send(door.encode("POST", "/module-build-service/2/tokens/", wish, _bearer(tokens["opaque"])))
        tokens["API token"] = json.loads(made.body)["token"]
        ways = {"nobody has to log in": (nobody, open_door, _request(open_door, ()))}
        ways |= {name: (users, door, _request(door, _bearer(token))) for name, token in tokens.items()}
        best = {}
        for _ in range(_ROUNDS):
            for name, way in ways.items():
                best[name] = min(best.get(name, float("inf")), _time(*way))
    return best


def _bearer(token):
    return [("Authorization", f"Bearer {token}")]


def _request(connection, headers):
    # Refused as soon as it is known that the user may submit.
    return connection.encode("POST", _PATH, b"{}", headers)


def _time(server, connection, request):
    for _ in range(5):
        answer = connection.send(request)
        if answer.status != 400:
            raise SystemExit(f"bench: answered {answer.status}: {answer.body[:500]!r}")
    start = process.cpu_seconds(server.pid)
    for _ in range(settings.REQUESTS):
        connection.send(request)
    return (process.cpu_seconds(server.pid) - start) / settings.REQUESTS * 1000


def _print(figures):
    print("CPU time of the server process for a submission that is refused for what is in it, in ms.\n")
    nobody = figures.pop("nobody has to log in")
    table = Table("who asks", "limit", "time", "more", "")
    table.row("nobody has to log in", None, f"{nobody:.3f}", None, None)
    for name, time in figures.items():
        # API tokens are read from the database for every request, so that revoking works at once.
        limit = None if name == "API token" else _LIMIT
        more = time - nobody
        table.row(f"a user, by {name}", limit, f"{time:.3f}", f"{more:.3f}", verdict([more], limit))


@contextlib.contextmanager
def _provider():
    """The identity provider of the tests; its address."""
    subprocess.run([settings.PROJECT / "scripts/node.sh", "identity-provider"], check=True, stdout=subprocess.DEVNULL)
    port, script = process.free_port(), settings.PROJECT / "tests/node/identity-provider/provider.mjs"
    issuer = f"http://127.0.0.1:{port}"
    environment = os.environ | {"NODE_MODULES_OF": str(settings.PROJECT / "target/node/identity-provider")}
    with service.place() as place:
        log = pathlib.Path(place.folder) / "provider.log"
        with process.running(["node", script, str(port)], log, env=environment) as provider:
            process.wait_for("the identity provider", lambda: _answers(issuer), provider, log)
            yield issuer


def _answers(issuer):
    with contextlib.suppress(OSError):
        return urllib.request.urlopen(f"{issuer}/jwks", timeout=5).status == 200
    return False


def _ask(issuer, door, body):
    request = urllib.request.Request(f"{issuer}/test/{door}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
