"""A PostgreSQL server for the tests: one that is given, or one of their own in a temporary folder.

REOPEN_TEST_POSTGRES names one by its address, as postgresql://user@host/database. Else, where the
programs initdb and pg_ctl are found, a server is started that listens only on a socket.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

try:
    import psycopg
except ImportError as error:  # it needs the library libpq, which PostgreSQL brings
    psycopg, NO_LIBRARY = None, str(error)

GIVEN = "REOPEN_TEST_POSTGRES"


class NoServer(Exception):
    """Why there is no server to test with."""


@dataclass(frozen=True)
class Server:
    """address of its database; folder of a server of our own, else None."""

    address: str
    folder: Path | None = None

    def new_schema(self) -> str:
        """An address whose schema is new and empty."""
        schema = f"unit_{token_hex(6)}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        joint = "&" if "?" in self.address else "?"
        return f"{self.address}{joint}options=-csearch_path%3D{schema}"

    def crash(self) -> None:
        """Kill the server as a power cut would, and start it again."""
        _control(self, "stop", "-m", "immediate")
        start(self)


@contextmanager
def server(*, safe: bool = False) -> Iterator[Server]:
    """A running server. safe: with everything that makes commits last; else faster.

    Raises NoServer.
    """
    if psycopg is None:
        raise NoServer(f"psycopg cannot be used: {' '.join(NO_LIBRARY.split())}")
    if given := os.environ.get(GIVEN):
        yield Server(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="reopen-pg-", dir="/tmp"))
    try:
        ours = Server(f"postgresql://postgres@/postgres?host={folder}", folder)
        _make(ours, safe)
        start(ours)
        try:
            yield ours
        finally:
            _control(ours, "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(ours: Server) -> None:
    _control(ours, "start", "-w", "-l", f"{ours.folder}/log")


def _make(ours: Server, safe: bool) -> None:
    assert ours.folder is not None
    if _user():
        shutil.chown(ours.folder, _user())
    _run("initdb", "-D", f"{ours.folder}/data", "-A", "trust", "-U", "postgres", "--no-sync",
         "-E", "UTF8", "--locale=C")  # fmt: skip
    with (ours.folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write(f"listen_addresses = ''\nunix_socket_directories = '{ours.folder}'\n")
        if not safe:
            settings.write("fsync = off\nfull_page_writes = off\n")


def _control(ours: Server, *words: str) -> None:
    _run("pg_ctl", "-D", f"{ours.folder}/data", *words)


def _run(program: str, *words: str) -> None:
    done = subprocess.run(
        [_found(program), *words],
        user=_user(), cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NoServer(f"{program} failed: {done.stderr.strip()}")


def _user() -> str | None:
    """PostgreSQL refuses to run as root; its packages bring a user of its own."""
    return "postgres" if os.geteuid() == 0 else None


def _found(program: str) -> str:
    folders = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    path = shutil.which(program) or shutil.which(program, path=os.pathsep.join(folders[::-1]))
    if path is None:
        raise NoServer(f"no {program} was found, and {GIVEN} names no server")
    return path
