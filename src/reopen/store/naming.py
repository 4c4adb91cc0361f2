"""What a record names, as far as need to know goes: from this follows where it belongs.

In words: docs/access.md. Not here: where names lead to (`zoning`), who may see it (`grants`).
"""

from __future__ import annotations

from collections.abc import Iterator

from reopen.records.access import (
    Emergency,
    FourEyes,
    Grant,
    Marking,
    ReadEvent,
    Revocation,
    Sensitivity,
)
from reopen.records.base import Record, Ref
from reopen.records.cases import Interview, Involvement, Person, Presence, Relation, Role, Sample
from reopen.records.custody import OpenMatter
from reopen.records.findings import Disposition, Finding, SealedName
from reopen.records.kinds import cases_named, items_named
from reopen.records.results import FoundLink, Hit, LabResult, Review
from reopen.records.series import FoundSeries
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile
from reopen.records.tasks import Task

Name = tuple[str, str]
"""A kind and an id. Kinds are those of records, with 'item' for exhibits and samples, and three of
their own: 'compared' (somebody a trace was compared with), 'class' (a sensitive class of the record
itself) and 'concerned' (an actor whom an access record concerns)."""

ORDINARY, OPEN, CONTROL = "ordinary", "open", "control"

OPEN_KINDS = frozenset(
    ("place", "travel_time", "method", "storage_limit", "actor", "rule_setting", "key_change",
     "checkpoint_seen", "device", "device_count")
)  # fmt: skip
"""What every actor of the unit may read."""

_CONTROL = (Grant, Revocation, Emergency, ReadEvent, FourEyes)
_ABOUT_PEOPLE = (
    Person, Statement, Relation, Presence, Involvement, Interview, Sample, StoredProfile,
    OpenMatter, Task,
)  # fmt: skip
_CONCERNED = (
    "actor", "given_by", "approved_by", "supervised_by", "by", "asked_by", "confirmed_by",
    "reviewed_by",
)  # fmt: skip
ITEMS = ("exhibit", "sample")


def nature(record: Record) -> str:
    """Whether a record is ordinary, open to all actors, or about access itself."""
    if isinstance(record, _CONTROL):
        return CONTROL
    return OPEN if record.KIND in OPEN_KINDS else ORDINARY


def node(ref: Ref) -> Name:
    """The name that others name this record by."""
    return ("item" if ref.kind in ITEMS else ref.kind, ref.id)


def names(record: Record) -> frozenset[Name]:
    """Everything that decides where a record belongs and which classes it has of itself."""
    return frozenset(_names(record))


def _names(record: Record) -> Iterator[Name]:
    yield from (("case", case) for case in cases_named(record))
    if isinstance(record, _CONTROL):
        yield from _concerned(record)
        return
    yield from (("item", item) for item in items_named(record))
    if isinstance(record, _ABOUT_PEOPLE):
        yield from (("person", person) for person in _people(record))
    yield from _followed(record)
    yield from (("class", sensitivity.value) for sensitivity in _classes(record))
    if isinstance(record, LabResult) and record.compared_with:
        yield "compared", record.compared_with
    if isinstance(record, Hit) and record.person:
        yield "compared", record.person


def _concerned(record: Record) -> Iterator[Name]:
    for field in _CONCERNED:
        actor = getattr(record, field, None)
        if actor:
            yield "concerned", actor


def _people(record: Record) -> Iterator[str]:
    if isinstance(record, Person):
        yield record.id
    elif isinstance(record, Relation):
        yield from (record.one, record.other)
    elif isinstance(record, Statement):
        if record.subject.kind == "person":
            yield record.subject.id
    elif person := getattr(record, "person", None):
        yield person


def _followed(record: Record) -> Iterator[Name]:
    """Records that this one is about, other than cases, items and people."""
    if isinstance(record, FoundLink):
        yield from ((record.one_kind, record.one), (record.other_kind, record.other))
    elif isinstance(record, FoundSeries):
        yield from (("profile", profile) for profile in record.profiles)
    elif isinstance(record, Finding):
        yield from _others(*record.records)
    elif isinstance(record, Statement | Marking):
        yield from _others(record.subject)
        if isinstance(record, Marking) and record.subject.kind == "person":
            yield node(record.subject)
    elif isinstance(record, Task):
        yield from _others(*filter(None, (record.subject,)))
    elif isinstance(record, Disposition):
        yield "finding", record.finding
    elif isinstance(record, Review):
        yield "report", record.report
    elif isinstance(record, SealedName):
        for kind, id in (("profile", record.profile), ("found_link", record.link)):
            if id:
                yield kind, id


def _others(*refs: Ref) -> Iterator[Name]:
    yield from (node(ref) for ref in refs if ref.kind not in ("case", "person"))


def _classes(record: Record) -> Iterator[Sensitivity]:
    if getattr(record, "staff", False) or getattr(record, "blind", False):
        yield Sensitivity.STAFF
    if isinstance(record, SealedName):
        yield Sensitivity.STAFF
    if isinstance(record, Involvement) and record.role is Role.INFORMANT:
        yield Sensitivity.INFORMANT
