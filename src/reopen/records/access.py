"""Need to know: who uses the system, what they were granted, and what they looked at.

Not here: the rule that joins them (`store.grants`; in words: docs/access.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reopen.records.base import Record, Ref
from reopen.records.times import Interval


class Standing(StrEnum):
    """What an actor is in the unit. It grants nothing by itself but what docs/access.md lists."""

    LEAD = "lead"
    DETECTIVE = "detective"
    VOLUNTEER = "volunteer"
    RESERVIST = "reservist"
    STUDENT = "student"
    ANALYST = "analyst"
    QUALITY = "quality manager"
    REVIEWER = "reviewer"
    DEFENCE = "defence"
    AUDITOR = "auditor"
    PROGRAM = "program"


class Action(StrEnum):
    READ = "read"
    ADD = "add"
    AMEND = "amend"
    DECIDE = "decide"
    EXPORT = "export"
    SEAL = "seal"
    EXPUNGE = "expunge"
    GRANT = "grant"


class Sensitivity(StrEnum):
    """Classes that need a grant of their own (case-fields, rule 5)."""

    STAFF = "staff"
    MINOR = "minor"
    SEXUAL = "sexual offence"
    MEDICAL = "medical"
    INFORMANT = "informant"
    GENETIC = "genetic"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(Record):
    """Somebody who uses the system. person: the same human being as a `Person` of the unit, so
    that recusal can be computed; left: when they left the unit."""

    KIND: ClassVar[str] = "actor"

    name: str
    standing: Standing
    person: str | None = None
    joined: Interval | None = None
    left: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Record):
    """What an actor may do, where, why and until when; or, with deny, what they may not.

    case, item     None: every case, every item
    actions        what may be done
    classes        the sensitive classes it opens; records without a class need none
    supervised_by  the actor must have this other actor present (confirmed at each look)
    approved_by    the second pair of eyes, for grants that open sensitive classes
    """

    KIND: ClassVar[str] = "grant"

    actor: str
    case: str | None = None
    item: str | None = None
    actions: tuple[Action, ...] = (Action.READ,)
    classes: tuple[Sensitivity, ...] = ()
    purpose: str
    during: Interval
    given_by: str
    approved_by: str | None = None
    supervised_by: str | None = None
    deny: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation(Record):
    """A grant ended before its time."""

    KIND: ClassVar[str] = "revocation"

    grant: str
    at: Interval
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency(Record):
    """Access taken without a grant, with its reason; it is reviewed by somebody else."""

    KIND: ClassVar[str] = "emergency"

    actor: str
    case: str
    at: Interval
    until: Interval
    reason: str
    reviewed: Interval | None = None
    reviewed_by: str | None = None
    review: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEvent(Record):
    """A look at records: one row, a listing, a search or an export.

    target   'case K-1987-114', 'person P7', a search's words
    count    of records shown
    rule     the rule that let it through, or 'refused', also where there is no such record
    case     the case looked at, where it is one
    """

    KIND: ClassVar[str] = "read_event"

    actor: str
    action: Action
    target: str
    at: Interval
    count: int = 1
    rule: str = ""
    purpose: str = ""
    case: str | None = None
    supervised_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FourEyes(Record):
    """An irreversible act asked for by one person and confirmed, or refused, by another.

    entries  of the log, which were emptied where the act was expunging
    """

    KIND: ClassVar[str] = "four_eyes"

    act: str
    target: str
    asked_by: str
    asked: Interval
    confirmed_by: str | None = None
    confirmed: Interval | None = None
    refused: bool = False
    reason: str = ""
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking(Record):
    """A record put into sensitive classes, or out of them (lifted)."""

    KIND: ClassVar[str] = "marking"

    subject: Ref
    classes: tuple[Sensitivity, ...]
    at: Interval
    by: str
    reason: str = ""
    lifted: bool = False
