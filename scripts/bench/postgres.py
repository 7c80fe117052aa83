"""A PostgreSQL cluster of our own, as the tests have one."""

import contextlib
import glob
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import process


class Postgres:
    """A running cluster with the user `mbs` and the database `postgres`."""

    def __init__(self, port, pid):
        self.port = port
        self.pid = pid
        self.url = f"postgresql://mbs@127.0.0.1:{port}/postgres"

    def psql(self):
        """The command that reads SQL from standard input."""
        return [tool("psql"), "-X", "-q", "-t", "-A", "-F", "\t", "-v", "ON_ERROR_STOP=1", self.url]

    def query(self, sql):
        """The rows of a statement, each a list of texts."""
        done = subprocess.run(self.psql(), input=sql, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"bench: PostgreSQL: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def version(self):
        """Such as `PostgreSQL 15.14`."""
        return "PostgreSQL " + self.query("SHOW server_version")[0][0].split()[0]


@contextlib.contextmanager
def cluster(*options):
    """Makes a cluster with the settings that PostgreSQL has when it is installed, but for checkpoints while rows are loaded, and for
    `options`, each as `name=value`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mbs-bench-postgres-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
        data, log, port = folder / "data", folder / "log", process.free_port()
        _initialize(data)
        command = [tool("postgres"), "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
        for option in (f"unix_socket_directories={folder}", "max_wal_size=4GB", *options):
            command += ["-c", option]
        with process.running(process.as_ordinary_user(command), log, cwd=folder) as server:
            postgres = Postgres(port, server.pid)
            process.wait_for("PostgreSQL", lambda: _answers(postgres), server, log)
            yield postgres
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tool(name):
    """Debian keeps the server's programs out of the PATH."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    path = found[-1] if found else shutil.which(name)
    return path or sys.exit(f"bench: {name} is missing; \"scripts/setup.sh bench\" installs it")


def _initialize(data):
    command = [tool("initdb"), "-D", str(data), "-U", "mbs", "--auth", "trust", "--encoding", "UTF8", "--no-locale"]
    done = subprocess.run(process.as_ordinary_user(command), capture_output=True, text=True, cwd=data.parent)
    if done.returncode:
        sys.exit(f"bench: initdb: {done.stderr}")


def _answers(postgres):
    return subprocess.run(postgres.psql(), input="SELECT 1", capture_output=True, text=True).returncode == 0
