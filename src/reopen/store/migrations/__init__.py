"""The schema, step by step: numbered files, each applied once, in order and in one transaction.

`NNNN_name.sql` holds statements separated by semicolons, with {bytes}, {text}, {integer} and
{keyed} (a table stored by its key) in the database's own words. `mNNNN_name.py` has `apply(db)`,
for what SQL cannot say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module, resources

import reopen
from reopen.errors import CannotStore
from reopen.store.database import Database

_NAME = re.compile(r"m?(\d{4})_(\w+)\.(sql|py)")
_TABLE = "CREATE TABLE migration (number {integer} PRIMARY KEY, name {text}, program {text})"


@dataclass(frozen=True, slots=True, order=True)
class Migration:
    """A step of the schema, in a file of this folder."""

    number: int
    name: str
    file: str


def known() -> tuple[Migration, ...]:
    """Every step that this version of the program knows, in order."""
    return tuple(sorted(_found()))


def _found() -> Iterator[Migration]:
    for file in resources.files(__name__).iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            yield Migration(int(match[1]), match[2], file.name)


def pending(db: Database) -> tuple[Migration, ...]:
    """Steps not yet applied. Raises CannotStore where the unit is newer than the program."""
    done = _applied(db)
    every = known()
    unknown = sorted(set(done) - {step.number for step in every})
    if unknown:
        number = unknown[-1]
        raise CannotStore(
            f"{db.where} is newer than this program: step {number} ({done[number][0]}) of its "
            f"schema was applied by {done[number][1]}.",
            rule="A program that does not know a unit's form would misread it.",
            way_on=f"Use reopen {done[number][1]} or newer.",
        )
    return tuple(step for step in every if step.number not in done)


def _applied(db: Database) -> dict[int, tuple[str, str]]:
    if not db.has_table("migration"):
        return {}
    rows = db.rows("SELECT number, name, program FROM migration ORDER BY number")
    return {number: (name, program) for number, name, program in rows}


def apply(db: Database) -> tuple[Migration, ...]:
    """Bring the unit to this program's schema; the steps applied. Inside a `writing` block."""
    if not db.has_table("migration"):
        db.execute(_in(db, _TABLE))
    steps = pending(db)
    for step in steps:
        _apply(db, step)
        db.execute(
            "INSERT INTO migration (number, name, program) VALUES (?, ?, ?)",
            (step.number, step.name, reopen.__version__),
        )
    return steps


def _apply(db: Database, step: Migration) -> None:
    if step.file.endswith(".py"):
        import_module(f"{__name__}.{step.file.removesuffix('.py')}").apply(db)
        return
    text = (resources.files(__name__) / step.file).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("--"))
    for statement in "\n".join(lines).split(";"):
        if statement.strip():
            db.execute(_in(db, statement))


def _in(db: Database, statement: str) -> str:
    return statement.format_map(db.types)
