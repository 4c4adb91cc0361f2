"""Is this unit well? Each question holds, fails or cannot be answered, with the way on.

Looks, and changes nothing but what SQLite itself mends when it opens a file after a power cut. Not
here: the checks of rows and log themselves (`check`), the audit of what the records say (`prove`).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from reopen.errors import ReopenError
from reopen.ledger.verify import Checkpoint
from reopen.records.findings import Verdict
from reopen.store import check, checkpoints, log, migrations
from reopen.store.database import Database, connect, is_server
from reopen.store.index import microseconds, moment
from reopen.store.sqlite import Sqlite
from reopen.store.unit import Clock, now

HOLDS, FAILS, CANNOT_TELL = Verdict.HOLDS, Verdict.FAILS, Verdict.CANNOT_TELL
MOST_FAULTS = 20
_SPARE_BYTES = 256 << 20
_WAL = b"\x02\x02"  # bytes 18 and 19 of a file's header


@dataclass(frozen=True, slots=True)
class Examined:
    """One question about a unit, and its answer.

    about   what was looked at: 'library', 'journal', 'pages', 'schema', 'log', ...
    way_on  what to do, where it does not hold
    """

    about: str
    verdict: Verdict
    sentence: str
    way_on: str = ""


def examine(
    where: str | Path, *, earlier: Sequence[Checkpoint] = (), clock: Clock = now
) -> tuple[Examined, ...]:
    """Ask every question about a unit's file or database.

    earlier  checkpoints of it that somebody else has kept
    """
    return tuple(_examine(where, earlier, clock))


def _examine(where: str | Path, earlier: Sequence[Checkpoint], clock: Clock) -> Iterator[Examined]:
    if not is_server(where):
        yield from _file(Path(where))
    try:
        db = connect(where)
    except ReopenError as error:
        yield Examined("opening", FAILS, error.seen, error.way_on)
        return
    steps: list[Callable[[], Iterator[Examined]]] = [
        lambda: _library(db),
        lambda: _pages(db),
        lambda: _schema(db),
        lambda: _log(db, earlier),
        lambda: _signed(db),
        lambda: _clock(db, clock),
        lambda: _room(db),
    ]
    with closing(db):
        for step in steps:
            try:
                yield from step()
            except ReopenError as error:
                yield Examined("opening", FAILS, error.seen, error.way_on)
                return


def _file(path: Path) -> Iterator[Examined]:
    """What can be seen before the file is opened, which mends some of it."""
    try:
        with path.open("rb") as file:
            head = file.read(20)
    except OSError:
        return  # told by the opening
    if head[18:20] == _WAL:
        yield Examined(
            "journal", FAILS, "Another program put the file into write-ahead (WAL) mode.",
            "reopen has put it back. Do not open units with other programs that write; compare "
            "this unit with its last backup or checkpoint.",
        )  # fmt: skip
    elif path.with_name(f"{path.name}-journal").exists():
        yield Examined(
            "journal", HOLDS, "A write was cut short, or is going on; what was not acknowledged "
            "is undone when the file is opened.",
        )  # fmt: skip
    else:
        yield Examined("journal", HOLDS, "The rollback journal is used, and none is left over.")
    left = sorted(each.name for each in path.parent.glob(f".{path.name}.*.unfinished*"))
    if left:
        yield Examined(
            "left over", FAILS, f"Unfinished files beside the unit: {', '.join(left)}.",
            "They are what a making, backup or restoring that was cut short had written. Remove "
            "them once none is running.",
        )  # fmt: skip


def _library(db: Database) -> Iterator[Examined]:
    if isinstance(db, Sqlite):
        version = sqlite3.sqlite_version_info
        fault = " It has the fault of resetting write-ahead logs, which units do not use."
        yield Examined(
            "library", HOLDS,
            f"SQLite {sqlite3.sqlite_version}.{fault if has_wal_reset_fault(version) else ''}",
        )  # fmt: skip
        return
    (version_text,) = db.rows("SHOW server_version")[0]
    for setting in ("fsync", "full_page_writes"):
        ((value,),) = db.rows(f"SHOW {setting}")
        if value != "on":
            yield Examined(
                "library", FAILS, f"PostgreSQL {version_text} runs with {setting} = {value}.",
                f"Set {setting} = on: without it a power cut can lose what was acknowledged.",
            )  # fmt: skip
            return
    yield Examined("library", HOLDS, f"PostgreSQL {version_text}, set to keep what it commits.")


def has_wal_reset_fault(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can lose commits when its write-ahead log is reset.

    Source: https://sqlite.org/wal.html#walresetbug
    """
    mended = ((3, 44, 6), (3, 50, 7))
    return version < (3, 51, 3) and not any(fix <= version < (fix[0], fix[1] + 1) for fix in mended)


def _pages(db: Database) -> Iterator[Examined]:
    if isinstance(db, Sqlite):
        said = [str(row[0]) for row in db.rows(f"PRAGMA integrity_check({MOST_FAULTS})")]
        if said == ["ok"]:
            yield Examined("pages", HOLDS, "Every page and index of the file is whole.")
        for each in said if said != ["ok"] else []:
            yield Examined("pages", FAILS, each, "Keep a copy, then restore the last backup.")
        return
    ((checksums,),) = db.rows("SHOW data_checksums")
    if checksums == "on":
        yield Examined("pages", HOLDS, "The server checks every page it reads (data checksums).")
    else:
        yield Examined(
            "pages", CANNOT_TELL, "The server keeps no checksums of its pages.",
            "Turn them on (pg_checksums --enable), or run pg_amcheck.",
        )  # fmt: skip


def _schema(db: Database) -> Iterator[Examined]:
    steps = migrations.pending(db)
    if steps:
        names = ", ".join(f"{step.number:04} {step.name}" for step in steps)
        yield Examined(
            "schema", FAILS, f"The unit is of an older form; missing: {names}.",
            "Make a backup of the file, then open the unit once with any command.",
        )  # fmt: skip
    else:
        yield Examined("schema", HOLDS, "The unit has the form that this program knows.")


def _log(db: Database, earlier: Sequence[Checkpoint]) -> Iterator[Examined]:
    found = list(islice(check.faults(db, earlier=earlier), MOST_FAULTS))
    for fault in found:
        yield Examined(
            "log", FAILS, f"{fault.thing} {fault.sentence}.",
            "Keep the unit as it is for the inquiry; compare it with backups and receipts.",
        )  # fmt: skip
    if not found:
        entries = log.size(db)
        given = f", and continues {len(earlier)} checkpoints given" if earlier else ""
        yield Examined("log", HOLDS, f"{entries} entries, rows and files agree{given}.")


def _signed(db: Database) -> Iterator[Examined]:
    last = checkpoints.latest(db)
    if last is None:
        yield Examined(
            "checkpoint", CANNOT_TELL, "The log was never signed.",
            "Sign it, and let somebody else keep the checkpoint: reopen ledger checkpoint",
        )  # fmt: skip
        return
    behind = log.size(db) - last.checkpoint.size
    yield Examined(
        "checkpoint", HOLDS if behind == 0 else CANNOT_TELL,
        f"Checkpoint {last.number} of {last.time:%Y-%m-%d %H:%M} UTC; {behind} entries since.",
        "Sign the log again: reopen ledger checkpoint" if behind else "",
    )  # fmt: skip


def _clock(db: Database, clock: Clock) -> Iterator[Examined]:
    way_on = "Set the computer's clock from a time server; the entries keep the time they have."
    back = db.rows(
        "SELECT later.idx FROM entry later JOIN entry before ON before.idx = later.idx - 1"
        f" WHERE later.time < before.time ORDER BY later.idx LIMIT {MOST_FAULTS}"
    )
    for (entry,) in back:
        sentence = f"The clock went back: entry {entry} is earlier than the one before it."
        yield Examined("clock", FAILS, sentence, way_on)
    ((newest,),) = db.rows("SELECT MAX(time) FROM entry")
    present = microseconds(clock())
    if newest is not None and present is not None and newest > present:
        sentence = f"The newest entry is of {moment(newest):%Y-%m-%d %H:%M} UTC, which is to come."
        yield Examined("clock", FAILS, sentence, way_on)
    elif not back:
        yield Examined("clock", HOLDS, "No entry is earlier than the one before it, or to come.")


def _room(db: Database) -> Iterator[Examined]:
    if not isinstance(db, Sqlite):
        yield Examined(
            "room", CANNOT_TELL, "The server's disk is not seen from here.",
            "Ask its administrator to watch it.",
        )  # fmt: skip
        return
    path = Path(db.where)
    free, held = shutil.disk_usage(path.parent).free, path.stat().st_size
    sentence = f"{free >> 20} MiB are free beside a unit of {max(held >> 20, 1)} MiB."
    if free < held + _SPARE_BYTES:
        way_on = "Make room: a large import or a backup needs as much again as the unit has."
        yield Examined("room", FAILS, sentence, way_on)
    elif not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        way_on = "Let yourself write to the file and its folder; looks are entered in the log too."
        yield Examined("room", FAILS, "The file or its folder cannot be written.", way_on)
    else:
        yield Examined("room", HOLDS, sentence)
