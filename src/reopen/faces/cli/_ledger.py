"""What the commands of the log share: options, files, and how a failed proof is told."""

from __future__ import annotations

import json as as_json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from reopen.errors import LogBroken, ReopenError, UnreadableFile, Where
from reopen.faces.cli._ways import DONE, FAILED, show
from reopen.faces.workbench.ledger import read_file
from reopen.ledger.verify import (
    PROOF_HEADER,
    Checkpoint,
    NotProven,
    parse_checkpoint,
    parse_proof,
)

Found = TypeVar("Found")

Keys = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        metavar="DIR",
        help="The folder with the unit's keys; else the environment variable REOPEN_KEYS, else "
        "UNIT.keys beside the unit's file.",
        show_default=False,
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="Whom to trust (tlog-policy); the one beside the unit's keys if not given.",
        show_default=False,
    ),
]
ThePolicy = Annotated[
    Path,
    typer.Option(
        "--policy", metavar="FILE", help="Whom you trust (tlog-policy).", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write it into this file.", show_default=False),
]


def judged(
    check: Callable[[], Found],
    text: Callable[[Found], str],
    plain: Callable[[Found], object],
    json: bool,
) -> int:
    """Show what a check found; what does not hold ends with 1, and never looks like trouble."""
    try:
        found = check()
    except (NotProven, LogBroken) as error:
        if json:
            print_json({"holds": False, "seen": error.seen, "rule": error.rule})
        else:
            show(f"DOES NOT HOLD: {error}")
        return FAILED
    if json:
        print_json(plain(found))
    else:
        show(text(found))
    return DONE


def print_json(value: object) -> None:
    show(as_json.dumps(value, indent=2, ensure_ascii=False))


def write(path: Path, data: bytes) -> None:
    """A file for the user. Raises UnreadableFile."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UnreadableFile(
            f"It cannot be written: {error.strerror}.", where=Where(str(path))
        ) from None


def old_checkpoint(path: Path) -> Checkpoint:
    """What somebody kept: a checkpoint, or the one inside a receipt."""
    data = read_file(path)
    try:
        if data.startswith(PROOF_HEADER.encode()):
            return parse_checkpoint(parse_proof(data).checkpoint)
        return parse_checkpoint(data)
    except ReopenError as error:
        raise error.at(Where(str(path))) from None
