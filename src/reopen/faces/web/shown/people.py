"""People, families of somebody missing, and the unidentified, with candidates side by side.

Names of survivors and children are hidden until they are asked for, as on the page of a case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query

from reopen.faces.report.pedigree_drawing import pedigree_drawing
from reopen.faces.web.looks import Look
from reopen.faces.web.pages import Pages
from reopen.faces.web.shown.case import HIDDEN, Opposed, Said, name_of, opposed, said
from reopen.faces.web.words import interval
from reopen.faces.workbench.fits import Described, age_today, described
from reopen.faces.workbench.people import (
    Candidate,
    PersonRow,
    PersonView,
    candidates,
    families,
    family_view,
    people_page,
    person_view,
    unidentified,
)
from reopen.faces.workbench.shielded import shielded, tells_who
from reopen.records import Purpose
from reopen.records.disagreements import disagreements
from reopen.records.results import FoundLink
from reopen.records.statements import Statement, standing
from reopen.store.reader import Reader

pages = Pages("People")
router = pages.router

MOST = 25


@dataclass(frozen=True, slots=True)
class RoleLine:
    case: str
    role: str
    during: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody in the list. hidden: the name is kept back until it is asked for."""

    id: str
    name: str
    hidden: bool
    roles: tuple[RoleLine, ...]
    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeopleShown:
    """People that the actor may see. next: where the next page begins; all: whether everybody was
    looked through for the words."""

    people: tuple[PersonLine, ...]
    words: str
    after: int | None
    next: int | None
    all: bool


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field of two descriptions, and whether they may be of one person."""

    field: str
    one: str
    other: str
    fit: str
    why: str


@dataclass(frozen=True, slots=True)
class CandidateBlock:
    """A link between a family and somebody unidentified, and their descriptions side by side.

    log10  of the LR; against: fields that do not fit; exclusions: statements that one is not the
           other, with who said so
    """

    link: str
    relation: str
    log10: float
    expected_chance: float | None
    missing: str
    remains: str
    fields: tuple[FieldLine, ...]
    against: tuple[str, ...]
    exclusions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemainsLine:
    id: str
    person: str
    case: str


@dataclass(frozen=True, slots=True)
class MissingShown:
    """Families of somebody missing, the unidentified, and links between them: of `total` those from
    `start`, the strongest first."""

    families: tuple[str, ...]
    unidentified: tuple[RemainsLine, ...]
    candidates: tuple[CandidateBlock, ...]
    start: int
    total: int
    most: int


@dataclass(frozen=True, slots=True)
class ProfileLine:
    id: str
    purpose: str
    kit: str


@dataclass(frozen=True, slots=True)
class PersonLink:
    id: str
    one: str
    other: str
    relation: str
    log10: float


@dataclass(frozen=True, slots=True)
class PersonShown:
    """One person.

    kind        person; unidentified, where only a profile of remains is known; or else known from
                other records alone, such as a reference on file
    age         today, where a birth or an age tells, in words
    names_kept  values that tell who a survivor or a child is; names: whether they are shown
    """

    id: str
    kind: str
    name: str
    age: str
    said: tuple[Said, ...]
    opposed: tuple[Opposed, ...]
    roles: tuple[RoleLine, ...]
    relations: tuple[tuple[str, str], ...]
    interviews: tuple[tuple[str, str], ...]
    presences: tuple[tuple[str, str], ...]
    profiles: tuple[ProfileLine, ...]
    links: tuple[PersonLink, ...]
    candidates: tuple[CandidateBlock, ...]
    names_kept: int
    names: bool


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A missing member. age: today."""

    id: str
    said: tuple[Said, ...]
    age: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    id: str
    sex: str
    father: str
    mother: str
    typed: bool
    missing: bool


@dataclass(frozen=True, slots=True)
class FamilyShown:
    """A family: its pedigree as SVG and as rows, who is missing, and who they may be."""

    id: str
    pedigree: str
    why_not: str
    members: tuple[MemberLine, ...]
    missing: tuple[MissingLine, ...]
    candidates: tuple[CandidateBlock, ...]


@pages.page("/people", "people.html.j2")
def people_list(
    reader: Reader,
    words: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[int | None, Query(ge=-1, le=2**62)] = None,
) -> PeopleShown:
    """The people of the unit's cases that you may see."""
    found = people_page(reader, words, after=after, most=MOST)
    lines = tuple(_line(reader, row) for row in found.people)
    return PeopleShown(lines, words, after, found.next, found.all)


def _line(reader: Reader, row: PersonRow) -> PersonLine:
    name = name_of(standing(row.statements))
    hidden = bool(name) and row.id in shielded(reader, row.involvements, [row.id])
    roles = tuple(
        RoleLine(one.case, one.role.value, interval(one.during)) for one in row.involvements
    )
    return PersonLine(
        row.id, HIDDEN if hidden else name, hidden, roles, tuple(one.id for one in row.profiles)
    )


@pages.page("/families", "families.html.j2")
def missing_list(reader: Reader, start: Annotated[int, Query(ge=0, le=10**9)] = 0) -> MissingShown:
    """Families of somebody missing, the unidentified, and who may be whom."""
    found = candidates(reader, limit=MOST, offset=start)
    return MissingShown(
        tuple(one.id for one in families(reader)),
        tuple(
            RemainsLine(one.id, one.person or "", one.case or "") for one in unidentified(reader)
        ),
        tuple(_candidate(one) for one in found.candidates),
        start,
        found.total,
        MOST,
    )


@pages.page("/people/{id}", "person.html.j2")
def person_page(look: Look, id: str, names: bool = False) -> PersonShown:
    """One person, or remains by their profile. names: those of survivors and children too; each is
    then a look of its own."""
    with look.reading() as reader:
        view = person_view(reader, id)
        kept = shielded(reader, view.involvements, [id])
        secret = [one for one in view.statements if tells_who(one, kept)]
        if names:
            for one in secret:
                reader.get(Statement, one.id)  # its own line in the log of looks
        now = reader.asker.moment
    return _person(view, frozenset() if names else kept, len(secret), names, now)


def _person(
    view: PersonView, kept: frozenset[str], secret: int, names: bool, now: datetime
) -> PersonShown:
    found = disagreements(view.statements)
    doubted = {one.id for each in found for one in each.statements}
    every = standing(view.statements)
    name = name_of(every)
    return PersonShown(
        id=view.id,
        kind=_kind(view),
        name=HIDDEN if name and view.id in kept else name,
        age=age_text(described(view.id, every), now),
        said=tuple(said(one, one.id in doubted, tells_who(one, kept)) for one in every),
        opposed=tuple(opposed(each, kept) for each in found),
        roles=tuple(
            RoleLine(one.case, one.role.value, interval(one.during)) for one in view.involvements
        ),
        relations=tuple(
            (one.other if one.one == view.id else one.one, one.relation) for one in view.relations
        ),
        interviews=tuple(
            (one.case, interval(one.held) or "named, no interview recorded")
            for one in view.interviews
        ),
        presences=tuple((one.presence.value, interval(one.during)) for one in view.presences),
        profiles=tuple(ProfileLine(one.id, one.purpose, one.kit) for one in view.profiles),
        links=_links(view.links),
        candidates=tuple(_candidate(one) for one in view.candidates),
        names_kept=secret,
        names=names,
    )


def _kind(view: PersonView) -> str:
    if view.record or view.statements or view.involvements:
        return "person"
    if {one.purpose for one in view.profiles} == {Purpose.UNIDENTIFIED.value}:
        return "unidentified"
    return "known from other records alone"


def _links(found: Iterable[FoundLink]) -> tuple[PersonLink, ...]:
    return tuple(
        PersonLink(one.id, one.one, one.other, one.relation, one.weight_log10) for one in found
    )


def age_text(who: Described, now: datetime) -> str:
    """ "41 today", "40 to 43 today", "at least 40 today"; '' where nothing tells."""
    age = age_today(who, now)
    if age is None:
        return ""
    low, high = age
    if high is None:
        return f"at least {low} today, if living"
    return f"{low if low == high else f'{low} to {high}'} today, if living"


def _candidate(one: Candidate) -> CandidateBlock:
    return CandidateBlock(
        link=one.link.id,
        relation=one.link.relation,
        log10=one.link.weight_log10,
        expected_chance=one.link.expected_chance,
        missing=one.missing.id,
        remains=one.remains.id,
        fields=tuple(
            FieldLine(each.field, each.one, each.other, each.fit.value, each.why)
            for each in one.fields
        ),
        against=tuple(each.field for each in one.fields if each.fit.value == "does not fit"),
        exclusions=tuple(
            f"{each.value}{', ' + each.speaker if each.speaker else ''}" for each in one.exclusions
        ),
    )


@pages.page("/families/{id}", "family.html.j2")
def family_page(reader: Reader, id: str) -> FamilyShown:
    """One family with its pedigree, and who its missing members may be."""
    view = family_view(reader, id)
    family, now = view.family, reader.asker.moment
    kept = shielded(reader, (), (each.id for each in view.missing))
    pedigree = family.pedigree if family else None
    return FamilyShown(
        id=id,
        pedigree="" if family is None else str(
            pedigree_drawing(
                family.pedigree, f"Pedigree of {id}", typed=tuple(family.profiles),
                missing=family.missing,
            )
        ),
        why_not=view.why_not,
        members=() if pedigree is None or family is None else tuple(
            MemberLine(
                one.id, pedigree.sex(one.id).value, one.father or "", one.mother or "",
                one.id in family.profiles, one.id in family.missing,
            )
            for one in pedigree.members
        ),
        missing=tuple(
            MissingLine(
                each.id,
                tuple(
                    said(one, hidden=tells_who(one, kept))
                    for some in each.said.values() for one in some
                ),
                age_text(each, now),
            )
            for each in view.missing
        ),
        candidates=tuple(_candidate(one) for one in view.candidates),
    )  # fmt: skip
