"""Generated databases: made, upgraded, and asked for names and numbers that requests are made of."""

import contextlib
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import postgres
import settings

# Older ones stay with the base modules, which come first.
_SAMPLE = """
SELECT id, name, state, owner FROM module_builds WHERE id > (SELECT max(id) FROM module_builds) / 100
ORDER BY random() LIMIT 2000
"""
_BASE_MODULES = """
SELECT base.name, base.stream, base.version, base.context, count(*) FROM module_builds base
JOIN module_builds_to_module_buildrequires link ON link.module_buildrequire_id = base.id
GROUP BY base.id, base.name, base.stream, base.version, base.context ORDER BY count(*) DESC LIMIT 10
"""
_COUNTS = "SELECT (SELECT count(*) FROM module_builds), (SELECT count(*) FROM component_builds)"
_STATES = ["init", "wait", "build", "done", "failed", "ready", "garbage"]


class Database:
    """A database with an address; `server` is the process of its server, `None` with SQLite."""

    def __init__(self, kind, url, query, server=None):
        self.kind, self.url, self.query, self.server = kind, url, query, server
        self.generated = self.upgraded = None

    def fill(self, environment, *sizes):
        """Generates the rows as the Python service would have left them, then upgrades; notes the seconds that each took."""
        self.generated = _timed([settings.program("generate_database"), self.url, *map(str, sizes)], None)
        self.upgraded = _timed([settings.program("mbs-manager"), "upgradedb"], environment)

    def describe(self):
        """What it is and how large."""
        kind = self.server.version() if self.server else self.kind
        ((builds, components),) = self.query(_COUNTS)
        return f"{kind} with {builds} builds and {components} components; upgradedb took {self.upgraded:.1f} s"

    def sample(self):
        """What requests are made of."""
        return Sample(self)


class Sample:
    """Builds taken at random, and the base modules that most builds were built against."""

    def __init__(self, database):
        self.builds = [(int(id), name, _STATES[int(state)], owner) for id, name, state, owner in database.query(_SAMPLE)]
        self.base_modules = [tuple(map(str, row[:4])) for row in database.query(_BASE_MODULES)]
        ((builds, components),) = database.query(_COUNTS)
        self.count, self.components = int(builds), int(components)


@contextlib.contextmanager
def on_sqlite():
    """An empty SQLite database in a folder of its own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mbs-bench-sqlite-"))
    path = folder / "mbs.db"
    try:
        yield Database("SQLite", f"sqlite:///{path}", lambda sql: _query(path, sql))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def on_postgres(*options):
    """An empty PostgreSQL database on a cluster of its own."""
    with postgres.cluster(*options) as cluster:
        yield Database("PostgreSQL", cluster.url, cluster.query, cluster)


def _query(path, sql):
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        return connection.execute(sql).fetchall()


def _timed(command, environment):
    start = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench: {' '.join(command)}:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
    return time.monotonic() - start
