"""What the rule of access needs of records beyond where they lie: actors, grants, markings, ties.

Rows follow the current version of each record. Not here: what they mean (`grants`, `recusal`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from reopen.records.access import (
    Action,
    Actor,
    Emergency,
    Grant,
    Marking,
    Revocation,
    Sensitivity,
)
from reopen.records.base import Record
from reopen.records.cases import Involvement, Relation, Role, Sample
from reopen.records.results import FoundLink, Hit, LabResult, ResultKind
from reopen.records.series import FoundSeries
from reopen.records.stored import StoredFamily, StoredProfile
from reopen.records.times import Interval
from reopen.store.database import Database, Value, in_parts, marks
from reopen.store.index import Placed, microseconds
from reopen.store.naming import Name, node

ANY_PURPOSE = "any work of the unit"
LONGEST_EMERGENCY = timedelta(hours=24)
EMERGENCY_OPENS = (
    Sensitivity.MINOR, Sensitivity.SEXUAL, Sensitivity.MEDICAL, Sensitivity.GENETIC,
)  # fmt: skip
PARTIES = frozenset(
    (Role.VICTIM, Role.SUSPECT, Role.PERSON_OF_INTEREST, Role.CONVICTED, Role.WITNESS,
     Role.INFORMANT, Role.FAMILY)
)  # fmt: skip
"""Roles in a case that recuse the person, and their relatives."""
DISTANT = frozenset(
    ("acquaintance", "colleague", "co-worker", "coworker", "neighbour", "neighbor")
)  # fmt: skip
"""Relations that recuse nobody."""

BEFORE, AFTER = -(2**62), 2**62
"""Microseconds for 'always' and 'for ever'."""

KEPT = (
    Actor, Grant, Revocation, Emergency, Marking, Involvement, Relation, FoundLink, LabResult, Hit,
    Sample, StoredProfile, StoredFamily, FoundSeries,
)  # fmt: skip
Rows = dict[str, list[tuple[Value, ...]]]
COLUMNS = {
    "actor": ("entry", "actor", "standing", "person", "from_us", "until_us"),
    "granted": (
        "entry", "grant_id", "rule", "actor", "action", "class", "case_id", "item_id", "denied",
        "approved", "supervisor", "purpose", "from_us", "until_us",
    ),
    "revoked": ("entry", "grant_id", "at_us"),
    "marking": ("entry", "kind", "id", "class", "at", "lifted"),
    "tie": ("entry", "what", "one", "other"),
}  # fmt: skip


def keep(db: Database, placed: Sequence[Placed]) -> set[Name]:
    """Write what these records say, in the place of what their earlier versions said.

    Returns the names that this changes something for: what is marked, whom traces may be compared
    with, files that hold something.
    """
    latest = {each.record.ref: each for each in placed if isinstance(each.record, KEPT)}
    if not latest:
        return set()
    touched = forget(db, _earlier(db, latest.values()))
    for table, some in said(latest.values()).items():
        if some:
            db.insert(table, COLUMNS[table], some)
    return touched | _touched(db, [each.entry for each in latest.values()])


def said(placed: Iterable[Placed]) -> Rows:
    """Rows of each table for current records."""
    rows: Rows = {table: [] for table in COLUMNS}
    for each in placed:
        _add(rows, each)
    return rows


def forget(db: Database, entries: Iterable[int]) -> set[Name]:
    """Take out what these entries said; the names that this changes something for."""
    gone = list(entries)
    touched = _touched(db, gone)
    for part in in_parts(gone):
        for table in COLUMNS:
            db.execute(f"DELETE FROM {table} WHERE entry IN ({marks(part)})", part)
    return touched


def _touched(db: Database, entries: Sequence[int]) -> set[Name]:
    found: set[Name] = set()
    for part in in_parts(entries):
        these = marks(part)
        found.update(db.rows(f"SELECT kind, id FROM marking WHERE entry IN ({these})", part))
        for what, kind in (("staff", "compared"), ("holds", "file")):
            sql = f"SELECT DISTINCT one FROM tie WHERE what = ? AND entry IN ({these})"
            found.update((kind, id) for (id,) in db.rows(sql, (what, *part)))
    return found


def held_in(db: Database, file: str) -> frozenset[Name]:
    """The profiles and families that a stored file holds."""
    rows = db.rows("SELECT other FROM tie WHERE what = 'holds' AND one = ?", (file,))
    return frozenset((kind, id) for (other,) in rows for kind, _, id in (other.partition(" "),))


def purpose_key(purpose: str) -> str:
    """Purposes are the same where they differ in blanks and capitals only; '' is any."""
    key = " ".join(purpose.split()).casefold()
    return "" if key == ANY_PURPOSE else key


def _earlier(db: Database, placed: Iterable[Placed]) -> Iterator[int]:
    by_kind: dict[str, list[str]] = {}
    for each in placed:
        by_kind.setdefault(each.record.KIND, []).append(each.record.id)
    for kind, ids in by_kind.items():
        for part in in_parts(ids):
            rows = db.rows(
                "SELECT entry FROM record WHERE kind = ? AND current = 0"
                f" AND version > 0 AND id IN ({marks(part)})",
                (kind, *part),
            )
            yield from (entry for (entry,) in rows)


def _add(rows: Rows, each: Placed) -> None:
    entry, record = each.entry, each.record
    if isinstance(record, Actor):
        rows["actor"].append(
            (entry, record.id, record.standing.value, record.person, *_member(record))
        )
    elif isinstance(record, Grant):
        rows["granted"] += _granted(entry, record)
    elif isinstance(record, Emergency):
        rows["granted"] += _taken(entry, record)
    elif isinstance(record, Revocation):
        rows["revoked"].append((entry, record.grant, _from(record.at.earliest)))
    elif isinstance(record, Marking):
        rows["marking"] += _marked(entry, record)
    rows["tie"] += ((entry, *tie) for tie in dict.fromkeys(_ties(record)))


def _member(actor: Actor) -> tuple[int, int]:
    """From when to when (not included) somebody belongs to the unit."""
    joined = _from(actor.joined.earliest) if actor.joined else BEFORE
    return joined, _from(actor.left.earliest) if actor.left else AFTER


def _granted(entry: int, grant: Grant) -> Iterator[tuple[Value, ...]]:
    actions, classes = tuple(grant.actions), tuple(each.value for each in grant.classes)
    if grant.deny:
        actions = tuple(Action) if Action.READ in actions else actions
        classes = classes or ("",)
    else:
        classes = ("", *classes)
    approved = bool(grant.approved_by) and grant.approved_by not in (grant.actor, grant.given_by)
    for action in dict.fromkeys(actions):
        for sensitive in dict.fromkeys(classes):
            yield (
                entry, grant.id, f"{'denial' if grant.deny else 'grant'} {grant.id}", grant.actor,
                action.value, sensitive, grant.case, grant.item, int(grant.deny), int(approved),
                grant.supervised_by or "", purpose_key(grant.purpose), *_lasting(grant.during),
            )  # fmt: skip


def _taken(entry: int, emergency: Emergency) -> Iterator[tuple[Value, ...]]:
    begins = emergency.at.earliest
    if begins is None:
        return
    start = _from(begins)
    end = min(_until(emergency.until.latest), _from(begins + LONGEST_EMERGENCY))
    for sensitive in ("", *(each.value for each in EMERGENCY_OPENS)):
        yield (
            entry, "", f"emergency {emergency.id}", emergency.actor, Action.READ.value, sensitive,
            emergency.case, None, 0, 1, "", "", start, end,
        )  # fmt: skip


def _marked(entry: int, marking: Marking) -> Iterator[tuple[Value, ...]]:
    at = _until(marking.at.latest) if not marking.lifted else _from(marking.at.earliest)
    for sensitive in dict.fromkeys(marking.classes):
        yield (entry, *node(marking.subject), sensitive.value, at, int(marking.lifted))


def _ties(record: Record) -> Iterator[tuple[str, str, str]]:
    if isinstance(record, Involvement) and record.role in PARTIES:
        yield "party", record.person, record.case
    elif isinstance(record, Relation) and record.relation.strip().casefold() not in DISTANT:
        yield "relative", record.one, record.other
        yield "relative", record.other, record.one
    elif isinstance(record, FoundLink):
        yield from _of_link(record)
    elif isinstance(record, FoundSeries) and record.terms:
        yield "holds", record.terms, f"{record.KIND} {record.id}"
    elif isinstance(record, LabResult) and record.kind is ResultKind.INCLUSION:
        if record.compared_with:
            yield "trace", record.compared_with, "lab_result"
    elif isinstance(record, Hit) and record.person:
        yield "trace", record.person, "hit"
    elif isinstance(record, StoredProfile | StoredFamily):
        yield "holds", record.file, f"{record.KIND} {record.id}"
    person = getattr(record, "person", None)
    if person and (isinstance(record, Actor) or getattr(record, "staff", False)):
        yield "staff", person, ""


def _of_link(link: FoundLink) -> Iterator[tuple[str, str, str]]:
    """Two profiles that it joins, and the file that holds its terms."""
    if link.weight_log10 > 0 and (link.one_kind, link.other_kind) == ("profile", "profile"):
        yield "link", link.one, link.other
        yield "link", link.other, link.one
    if link.terms:
        yield "holds", link.terms, f"{link.KIND} {link.id}"


def _lasting(during: Interval) -> tuple[int, int]:
    return _from(during.earliest), _until(during.latest)


def _from(moment: datetime | None) -> int:
    return BEFORE if (us := microseconds(moment)) is None else us


def _until(moment: datetime | None) -> int:
    return AFTER if (us := microseconds(moment)) is None else us
