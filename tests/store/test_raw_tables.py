"""Nobody but the store's own rooms asks the tables: everybody else reads through a `Reader`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import reopen

SOURCE = Path(reopen.__file__).parent
STORE = SOURCE / "store"

TABLES = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:record(?:_\w+)?|entry|item(?:_case)?|file|tile|zone\w*"
    r"|node|tie|marking|granted|revoked|recused|actor|person_case)\b"
)

WITH_SQL = {
    "backup", "check", "check_access", "check_entries", "check_rows", "checkpoints", "doctor",
    "expunging", "files", "gate", "grants", "held", "index", "log", "reader", "recusal", "seen",
    "ties", "unit", "writer", "zoning",
}  # fmt: skip
"""Rooms of the store that ask the tables. Of these, only `reader` shows records to anybody, and
`backup` copies the whole unit, for whoever may export everything."""

DOORS = {
    "alerts", "backup", "body", "check", "checkpoints", "database", "doctor", "expunging",
    "four_eyes", "grants", "log", "reader", "ties", "unit", "writer",
}  # fmt: skip
"""Rooms of the store that others may import: none of them shows a record but through a Reader."""

LEAVES_ONLY = {"faces/workbench/ledger_proofs.py": "SELECT leaf FROM entry"}
"""Hashes of the log, which tell nothing of a record, are for everybody."""


def texts(path: Path) -> Iterator[str]:
    """String constants of a module, those of an f-string joined."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield " ".join(part.value for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def modules(*, store: bool) -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if path.is_relative_to(STORE) == store]


def test_only_named_rooms_of_the_store_ask_the_tables() -> None:
    asking = {
        path.relative_to(STORE).with_suffix("").as_posix()
        for path in modules(store=True)
        if any(TABLES.search(text) for text in texts(path)) and path.parent == STORE
    }
    assert asking <= WITH_SQL


@pytest.mark.parametrize("path", modules(store=False), ids=lambda path: path.stem)
def test_no_other_room_asks_them(path: Path) -> None:
    allowed = LEAVES_ONLY.get(path.relative_to(SOURCE).as_posix())
    found = [text for text in texts(path) if TABLES.search(text)]
    assert [text for text in found if not allowed or not text.startswith(allowed)] == []


@pytest.mark.parametrize("path", modules(store=False), ids=lambda path: path.stem)
def test_no_other_room_imports_what_reads_without_an_actor(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reopen.store"):
            inner = (node.module or "").removeprefix("reopen.store").strip(".")
            imported |= {inner.split(".")[0]} if inner else {each.name for each in node.names}
        elif isinstance(node, ast.Import):
            imported |= {
                each.name.split(".")[2]
                for each in node.names
                if each.name.startswith("reopen.store.")
            }
    assert imported <= DOORS


def test_the_filter_of_everything_is_used_by_the_store_alone() -> None:
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "EVERYTHING" in path.read_text(encoding="utf-8") and not path.is_relative_to(STORE)
    }
    assert users == set()


def test_what_rules_read_blind_is_read_by_the_audit_alone() -> None:
    """It gives staff profiles to rules that return no name; what the audit says is tested in
    tests/faces/test_access_routes.py."""
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "staff_for_rules(" in path.read_text(encoding="utf-8")
    }
    assert users == {"store/reader.py", "faces/workbench/audit.py"}
