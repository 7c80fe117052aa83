"""Somebody who changes builds while others read."""

import contextlib
import subprocess
import sys
import threading

_PERIOD = 0.1
# Every other change is of one of the newest builds, which the first page of lists shows.
_CHANGES = [
    "UPDATE module_builds SET state_reason = 'Change {n}', time_modified = now() AT TIME ZONE 'UTC' "
    "WHERE id = (SELECT max(id) FROM module_builds) - {n} % 10;\n",
    "UPDATE module_builds SET state_reason = 'Change {n}', time_modified = now() AT TIME ZONE 'UTC' "
    "WHERE id = (SELECT max(id) FROM module_builds) / 2 + {n};\n",
]


@contextlib.contextmanager
def writing(cluster):
    """Changes a build every 100 ms, each in a transaction of its own, over one connection."""
    psql = subprocess.Popen(cluster.psql(), stdin=subprocess.PIPE, text=True)
    ended = threading.Event()
    thread = threading.Thread(target=_write, args=(psql.stdin, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        psql.stdin.close()
        if psql.wait():
            sys.exit("bench: the writer failed")


def _write(statements, ended):
    number = 0
    while not ended.wait(_PERIOD):
        number += 1
        statements.write(_CHANGES[number % 2].format(n=number))
        statements.flush()
