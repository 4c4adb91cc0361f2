"""An entry's bytes: the canonical JSON of a record, who entered it, when and why.

    {"actor":"mara","id":"E1","kind":"exhibit","purpose":"...","record":{...},"time":"...","version":1}

Not here: the salt and the leaf (`log`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from reopen.errors import LogBroken
from reopen.ledger.canonical import canonical
from reopen.records.base import Record, Ref
from reopen.records.plain import from_plain


@dataclass(frozen=True, slots=True)
class Version:
    """A record as it was entered.

    entry    its number in the log
    version  1 for the first, then one more with each amendment
    time     when it was entered, by whom (actor), why (purpose), and why it was amended (reason)
    """

    record: Record
    version: int
    time: datetime
    actor: str
    entry: int
    reason: str = ""
    purpose: str = ""
    current: bool = True


def envelope(
    ref: Ref, *, version: int, time: datetime, actor: str, purpose: str = "", reason: str = ""
) -> tuple[bytes, bytes]:
    """What stands before and after the record's own canonical bytes."""
    before = _by(actor) + canonical(ref.id) + _what(ref.kind, purpose, reason)
    return before, _stamp(time) + b'"version":%d}' % version


# Many entries together are by one actor, of one kind and of one time.


@lru_cache
def _by(actor: str) -> bytes:
    return b'{"actor":' + canonical(actor) + b',"id":'


@lru_cache
def _what(kind: str, purpose: str, reason: str) -> bytes:
    named = {"kind": kind, "purpose": purpose, "reason": reason}
    parts = (b'"%s":%s,' % (name.encode(), canonical(text)) for name, text in named.items() if text)
    return b"," + b"".join(parts) + b'"record":'


@lru_cache
def _stamp(time: datetime) -> bytes:
    written = time.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return b',"time":"%s",' % written.encode()


def beginning(name: str, origin: str) -> str:
    """The purpose of a unit's first entry, which binds its name to its log."""
    return f"The unit {name} ({origin}) begins."


def read_body(entry: int, body: bytes | None, *, current: bool = True) -> Version:
    """The record in an entry's bytes. Raises LogBroken where they are not one."""
    with _told(entry):
        said = json.loads(bytes(body or b"").decode())
        return Version(
            record=from_plain(said["kind"], said["record"]),
            version=said["version"],
            time=datetime.fromisoformat(said["time"]),
            actor=said["actor"],
            entry=entry,
            reason=said.get("reason", ""),
            purpose=said.get("purpose", ""),
            current=current,
        )


def read_fields(entry: int, ref: Ref, body: bytes | None, names: Sequence[str]) -> list[object]:
    """Some fields of the record in an entry's bytes, as they stand there; '' where one is not told.
    Raises LogBroken where it is not that record."""
    with _told(entry):
        said = json.loads(bytes(body or b"").decode())
        must_be(entry, Ref(said["kind"], said["id"]), ref)
        return [said["record"].get(name, "") for name in names]


def must_be(entry: int, ref: Ref, row: Ref) -> None:
    """Raises LogBroken where an entry is another record than its row says."""
    if ref != row:
        raise LogBroken(
            f"Entry {entry} is {ref}, its row says {row}.",
            rule="A row says what its entry says.",
            way_on="Run reopen doctor on the unit, and compare it with its backup.",
        )


@contextmanager
def _told(entry: int) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LogBroken(
            f"The bytes of entry {entry} are not a record ({error}).",
            rule="An entry holds a record as canonical JSON.",
            way_on="Run reopen doctor on the unit, and compare it with its backup.",
        ) from error
