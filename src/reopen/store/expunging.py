"""Lawful expunging: a record's bytes and salt are destroyed by order, with four eyes.

The leaf stays, so old proofs still hold and nobody can tell what it meant; the order, who asked and
who confirmed are entries of their own. What was handed out before (receipts, backups, bundles)
still exists, and so may old pages of a PostgreSQL server until it is vacuumed. Records of access
and orders are never expunged: they are the trail. Not here: whether the order is lawful.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reopen.errors import NotAllowed, UnknownName
from reopen.records import access
from reopen.records.access import Action, FourEyes
from reopen.records.base import Record, Ref
from reopen.records.times import Interval
from reopen.store import held, index, zoning
from reopen.store.check_entries import EXPUNGE
from reopen.store.database import Database, in_parts, marks
from reopen.store.gate import Gate
from reopen.store.grants import Asker
from reopen.store.held import EVERYTHING, Asked
from reopen.store.unit import Unit

KEPT = frozenset(
    kind.KIND
    for kind in vars(access).values()
    if isinstance(kind, type) and issubclass(kind, Record) and kind is not Record
)
"""Kinds that are never expunged."""


def ask(unit: Unit, actor: str, ref: Ref, *, id: str, order: str) -> FourEyes:
    """Ask that all versions of a record be expunged; somebody else has to confirm it.

    id     of the request
    order  the law or the court's order, with its number

    Raises UnknownName, NotAllowed.
    """
    _must_be_expungeable(unit.db, ref)
    request = FourEyes(
        id=id, act=EXPUNGE, target=str(ref), asked_by=actor, asked=Interval.at(unit.clock()),
        reason=order,
    )  # fmt: skip
    with unit.writing(actor, purpose=order) as writer:
        writer.put(request)
    return request


def refuse(unit: Unit, actor: str, request: str, *, reason: str) -> FourEyes:
    """Let nothing be expunged on this request."""
    asked = _open_request(unit.db, request, actor)
    ended = replace(asked, confirmed_by=actor, confirmed=Interval.at(unit.clock()), refused=True)
    with unit.writing(actor, purpose=asked.reason, reason=reason) as writer:
        writer.put(ended)
    return ended


def confirm(unit: Unit, actor: str, request: str) -> FourEyes:
    """Expunge what was asked for. The actor is not the one who asked.

    Raises NotAllowed, UnknownName.
    """
    with unit.writing(actor, purpose="expunging") as writer:
        db = unit.db
        asked = _open_request(db, request, actor)
        ref = target(asked)
        _must_be_expungeable(db, ref)
        Gate(db, Asker(actor, unit.clock())).must(Action.EXPUNGE, ref)
        entries = _empty(db, ref)
        done = replace(
            asked,
            confirmed_by=actor,
            confirmed=Interval.at(unit.clock()),
            entries=tuple(entries),
        )
        writer.put(done, reason=asked.reason)
    return done


def expunged(db: Database) -> dict[Ref, datetime]:
    """Records that were expunged, and when the last time, for whoever keeps copies of their own."""
    found = {}
    for version in held.select(db, EVERYTHING, Asked(kind=FourEyes.KIND)):
        order = version.record
        if isinstance(order, FourEyes) and order.act == EXPUNGE and order.entries:
            found[target(order)] = version.time
    return found


def target(request: FourEyes) -> Ref:
    """The record that a request is about."""
    kind, _, id = request.target.partition(" ")
    return Ref(kind, id)


def _empty(db: Database, ref: Ref) -> list[int]:
    gone = held.versions(db, EVERYTHING, ref)
    entries = [version.entry for version in gone]
    index.remove(db, entries)
    zoning.remove(db, entries, [version.record for version in gone])
    for part in in_parts(entries):
        db.execute(f"UPDATE entry SET salt = NULL, body = NULL WHERE idx IN ({marks(part)})", part)
    if ref.kind == "file":
        db.execute("DELETE FROM file WHERE sha256 = ?", (ref.id,))
    return entries


def _open_request(db: Database, request: str, actor: str) -> FourEyes:
    found = held.get(db, EVERYTHING, Ref("four_eyes", request))
    if (
        found is None
        or not isinstance(found.record, FourEyes)
        or found.record.act != EXPUNGE
        or found.record.confirmed is not None
    ):
        raise UnknownName(
            f"{request!r} is no open request to expunge.",
            rule="Expunging is asked for by one person and confirmed by another.",
            way_on="List the open requests: reopen access four-eyes",
        )
    if found.record.asked_by == actor:
        raise NotAllowed(
            f"{actor!r} asked for this, and cannot confirm or refuse it.",
            rule="Four eyes: who asks for an irreversible act does not decide on it.",
            way_on="Let another member of the unit look at the request.",
        )
    return found.record


def _must_be_expungeable(db: Database, ref: Ref) -> None:
    if ref.kind in KEPT:
        raise NotAllowed(
            f"{ref!s} cannot be expunged.",
            rule="Who may see what, who looked, and who ordered what stays as it is.",
            way_on="Mark it as sealed, if it names somebody who must not be named.",
        )
