"""The service as a process: `mbs-manager run --serve-only` with a configuration of its own."""

import contextlib
import json
import os
import pathlib
import shutil
import tempfile

import process
import settings
from connection import Connection


# Arguments of the generator for the database that most figures are for.
USUAL = ("--builds", settings.BUILDS, "--components", settings.COMPONENTS)


class Service:
    """A service that answers at 127.0.0.1."""

    def __init__(self, port, pid):
        self.port, self.pid = port, pid

    def connect(self):
        """A connection that is kept open."""
        return Connection(self.port)


class Place:
    """A folder with a configuration file; `{folder}` in an option stands for it."""

    def __init__(self, folder, options):
        self.folder = folder
        self.port = process.free_port()
        self.options = {"STATE_DIR": str(folder / "state"), "PORT": self.port, **options}
        lines = [f"{name}: {json.dumps(value)}\n".replace("{folder}", str(folder)) for name, value in self.options.items()]
        (folder / "config.yaml").write_text("extends: EmbeddedConfiguration\n" + "".join(lines))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MBS_")}
        self.environment = inherited | {"MBS_CONFIG_FILE": str(folder / "config.yaml")}

    @contextlib.contextmanager
    def start(self, *arguments):
        """Starts `mbs-manager run` and waits until it answers. Its log, a line a request, goes to a file."""
        command, log = [settings.program("mbs-manager"), "run", *arguments], self.folder / "server.log"
        with process.running(command, log, env=self.environment) as server:
            process.wait_for("the service", self._answers, server, log)
            yield Service(self.port, server.pid)

    def _answers(self):
        with contextlib.suppress(OSError), Connection(self.port) as connection:
            return connection.get("/module-build-service/2/about/").status == 200
        return False


@contextlib.contextmanager
def place(**options):
    """A folder for a service, removed afterwards."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mbs-bench-"))
    try:
        yield Place(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def filled(database, *sizes):
    """Fills `database` with so many rows; yields the place of a service that serves it."""
    # A submission from an address that is not listed is what gets rejected.
    with place(SQLALCHEMY_DATABASE_URI=database.url, ALLOW_CUSTOM_SCMURLS=False, YAML_SUBMIT_ALLOWED=True) as prepared:
        database.fill(prepared.environment, *sizes)
        yield prepared


@contextlib.contextmanager
def serving(database, *sizes):
    """Fills `database` with so many rows, and has a service only serve it."""
    with filled(database, *sizes) as prepared, prepared.start("--serve-only") as service:
        yield service
