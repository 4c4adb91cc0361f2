"""Cases, people, places, and the things taken: exhibits and what is cut, swabbed or extracted.

What is known of a case or a person are `Statement`s about it. Not here: what happens to an exhibit
(`custody`), what a laboratory does with it (`laboratory`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reopen.records.base import Record
from reopen.records.times import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Record):
    """An incident or file. Everything else about it is a statement."""

    KIND: ClassVar[str] = "case"

    agency: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Record):
    """Somebody with a name or without: victim, suspect, witness, staff, remains. Name, birth,
    death, sex and the rest are statements ('name', 'born', 'died', 'sex')."""

    KIND: ClassVar[str] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Record):
    """A scene, store, room, laboratory or town. radius_km is the uncertainty of the point."""

    KIND: ClassVar[str] = "place"

    name: str = ""
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit(Record):
    """A thing taken (item, production). parent: the exhibit it was taken from."""

    KIND: ClassVar[str] = "exhibit"

    case: str
    description: str = ""
    parent: str | None = None
    collected: Interval | None = None
    collected_by: str | None = None
    collected_at: str | None = None
    substrate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Record):
    """A cutting, swab, extract or amplification. kind says which; parent is the sample it is made
    of. person: whose reference sample it is, where it is one. Profiles carry a sample's id."""

    KIND: ClassVar[str] = "sample"

    exhibit: str | None = None
    case: str | None = None
    parent: str | None = None
    kind: str = ""
    person: str | None = None
    taken: Interval | None = None
    taken_by: str | None = None
    requested_with: tuple[str, ...] = ()
    staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention(Record):
    """An item listed at the scene or named in a report, and the exhibit it is, where a person
    has matched them."""

    KIND: ClassVar[str] = "mention"

    case: str
    document: str
    text: str
    exhibit: str | None = None
    at: Interval | None = None


class Role(StrEnum):
    """What somebody is in a case."""

    VICTIM = "victim"
    SUSPECT = "suspect"
    PERSON_OF_INTEREST = "person of interest"
    CONVICTED = "convicted"
    WITNESS = "witness"
    INFORMANT = "informant"
    FAMILY = "family"
    INVESTIGATOR = "investigator"
    SCENE_EXAMINER = "scene examiner"
    LABORATORY = "laboratory"
    CLINICIAN = "clinician"
    PARAMEDIC = "paramedic"
    MORTUARY = "mortuary"
    STORE = "store"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Involvement(Record):
    """A person's role in a case, from when to when."""

    KIND: ClassVar[str] = "involvement"

    person: str
    case: str
    role: Role
    during: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation(Record):
    """Two people who are family, neighbours or colleagues."""

    KIND: ClassVar[str] = "relation"

    one: str
    other: str
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview(Record):
    """A witness or suspect heard, or only named: held is None where nobody ever asked."""

    KIND: ClassVar[str] = "interview"

    case: str
    person: str
    named: Interval | None = None
    held: Interval | None = None
    by: str | None = None
    record: str = ""


class PresenceKind(StrEnum):
    PRISON = "prison"
    POLICE_CUSTODY = "police custody"
    HOSPITAL = "hospital"
    ABROAD = "abroad"
    SEEN = "seen"
    PHONE = "phone"
    DEAD = "dead"
    UNBORN = "unborn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence(Record):
    """Where a person was, and how well that is recorded: grade 1 an official record made at the
    time, 2 a document or device, 3 somebody's word."""

    KIND: ClassVar[str] = "presence"

    person: str
    presence: PresenceKind
    during: Interval
    place: str | None = None
    grade: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Record):
    """Hands, rooms and vehicles that a case's evidence or victim met: doctor, crew, room, car, kit
    box, mortuary table. `what` names the one thing, so that two cases can share it."""

    KIND: ClassVar[str] = "contact"

    case: str
    contact: str
    what: str
    during: Interval
    cleaned: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination(Record):
    """A search of an exhibit or place for traces. witness: who stood by; None where nobody did and
    that is recorded by alone=True, else not recorded."""

    KIND: ClassVar[str] = "examination"

    case: str
    target: str
    at: Interval
    examiner: str
    sought: str
    found: bool | None = None
    witness: str | None = None
    alone: bool | None = None
    asked_for_by: str | None = None
    method: str = ""
    method_recorded_before: bool | None = None
    scene_kind: str = ""
    decisive: bool | None = None
