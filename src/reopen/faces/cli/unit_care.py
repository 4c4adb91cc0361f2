"""`reopen doctor|backup|restore`: is a unit well, and is there another one of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

from reopen.faces.cli import _options as options
from reopen.faces.cli._ledger import old_checkpoint
from reopen.faces.cli._unit import As, Purpose, UnitFile, acting
from reopen.faces.cli._ways import DONE, FAILED, show, told, width
from reopen.faces.workbench.unit_shown import (
    as_json,
    backup_plain,
    backup_text,
    doctor_plain,
    doctor_text,
    restored_text,
    verified_plain,
)
from reopen.records.access import Action, ReadEvent
from reopen.records.findings import Verdict
from reopen.records.times import Interval
from reopen.store.backup import back_up
from reopen.store.backup import restore as restore_unit
from reopen.store.doctor import examine
from reopen.store.unit import Unit

Earlier = Annotated[
    list[Path] | None,
    typer.Option(
        "--checkpoint",
        metavar="FILE",
        help="A checkpoint of the unit that somebody else kept; may be given several times.",
        show_default=False,
    ),
]


@told
def doctor(unit: UnitFile, checkpoint: Earlier = None, json: options.Json = False) -> int:
    """Ask whether a unit is well: file, schema, log and rows, clock, room on the disk.

    It looks and changes nothing. Each answer holds, fails or cannot tell, with the way on.

    \b
    Example:
      reopen doctor harbour.reopen
    """
    found = examine(unit, earlier=[old_checkpoint(path) for path in checkpoint or ()])
    show(as_json(doctor_plain(found)) if json else doctor_text(found, width()))
    return FAILED if any(each.verdict is Verdict.FAILS for each in found) else DONE


@told
def backup(
    unit: UnitFile,
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The backup: a new file.")],
    purpose: Purpose = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """Write a whole unit into one new file, checked against its log. It is a unit itself.

    It holds everything, whoever writes it; the log says who did.

    \b
    Example:
      reopen backup harbour.reopen /media/stick/harbour-2026-11.reopen
    """
    with acting(unit, actor) as (opened, who):
        if not to.exists():  # else it is refused, and nothing leaves the unit
            _log_export(opened, who, to, purpose)
        done = back_up(opened, to)
    show(as_json(backup_plain(done)) if json else backup_text(done))
    return DONE


def _log_export(unit: Unit, actor: str, to: Path, purpose: str) -> None:
    with unit.writing(actor, purpose=purpose) as writer:
        writer.put(
            ReadEvent(
                id=f"backup-{token_hex(8)}",
                actor=actor,
                action=Action.EXPORT,
                target=f"backup to {to.name}",
                at=Interval.at(datetime.now(UTC)),
                count=writer.size,
                purpose=purpose,
            )
        )


@told
def restore(
    backup_file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    unit: UnitFile,
    checkpoint: Earlier = None,
    json: options.Json = False,
) -> int:
    """Make a unit from a backup, where none is yet.

    With --checkpoint, a backup that lacks entries which the checkpoint covers is refused.

    \b
    Example:
      reopen restore /media/stick/harbour-2026-11.reopen harbour.reopen
    """
    earlier = [old_checkpoint(path) for path in checkpoint or ()]
    done = restore_unit(backup_file, unit, earlier=earlier)
    show(as_json(verified_plain(done)) if json else restored_text(unit, done))
    return DONE
