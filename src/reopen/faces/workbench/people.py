"""People of a unit, families of somebody missing, and the unidentified, as one actor may see them.

A missing member of a family is spoken of as a person named `FAMILY: MEMBER` or `MEMBER`; remains by
the person of their profile, or the profile's own name. Not here: comparing descriptions (`fits`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import itemgetter

from reopen.errors import ReopenError, UnknownName
from reopen.faces.workbench.fits import Described, FieldFit, described, excluded, side_by_side
from reopen.faces.workbench.shielded import shielded
from reopen.faces.workbench.unit_profiles import read_family_file
from reopen.records import Family, Purpose
from reopen.records.base import Record, Ref
from reopen.records.cases import Interview, Involvement, Person, Presence, Relation
from reopen.records.results import FoundLink
from reopen.records.statements import Statement
from reopen.records.stored import StoredFamily, StoredFile, StoredProfile
from reopen.store.reader import Reader

LOOKED_THROUGH = 50_000
"""Records that are looked through for a page: of more, it says so, and the next one goes on."""
_NAMES = frozenset(("name", "alias"))


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in the list. involvements: so far as the actor may see them."""

    id: str
    statements: tuple[Statement, ...]
    involvements: tuple[Involvement, ...]
    profiles: tuple[StoredProfile, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some people. next: the entry behind which the next page begins; None on the last; all:
    whether every person was looked through for the words."""

    people: tuple[PersonRow, ...]
    next: int | None
    all: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A link between somebody missing and somebody unidentified, with both descriptions."""

    link: FoundLink
    missing: Described
    remains: Described
    fields: tuple[FieldFit, ...]
    exclusions: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person, or remains that are known by their profile alone (record is None then)."""

    id: str
    record: Person | None
    statements: tuple[Statement, ...]
    involvements: tuple[Involvement, ...]
    relations: tuple[Relation, ...]
    interviews: tuple[Interview, ...]
    presences: tuple[Presence, ...]
    profiles: tuple[StoredProfile, ...]
    links: tuple[FoundLink, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A family. family: None where its file cannot be read again, with why."""

    stored: StoredFamily
    family: Family | None
    why_not: str
    missing: tuple[Described, ...]
    candidates: tuple[Candidate, ...]


def people_page(reader: Reader, words: str, *, after: int | None, most: int) -> PeoplePage:
    """People whose id has all these words, or who are stated to be called so, in the order in which
    they came or it was stated. Nobody is found by a name that screens keep back."""
    wanted = words.casefold().split()
    name = words.strip()
    if wanted and after is None and reader.rule(Ref(Person.KIND, name)):
        return PeoplePage((_row(reader, name),), None)
    looked = 0
    last: int | None = None
    found: list[PersonRow] = []
    for entry, record in islice(_records(reader, wanted, after), LOOKED_THROUGH):
        looked += 1
        row = None if record is None else _found(reader, record, entry, wanted)
        if row is not None:
            if len(found) == most:
                return PeoplePage(tuple(found), last)
            found.append(row)
        last = entry
    more = last if looked == LOOKED_THROUGH else None
    return PeoplePage(tuple(found), more, more is None)


def _records(
    reader: Reader, wanted: list[str], after: int | None
) -> Iterator[tuple[int, Record | None]]:
    """People and, where there are words, what is stated, as it came; None for what lacks a word."""
    people = reader.look_through(Person, wanted, after=after)
    if not wanted:
        return people
    said = reader.look_through(Statement, wanted, after=after)
    return merge(people, said, key=itemgetter(0))


def _found(reader: Reader, record: Record, entry: int, wanted: list[str]) -> PersonRow | None:
    """The person that this is the first to lead to by the words; None where it leads to nobody."""
    if isinstance(record, Person):
        return _row(reader, record.id) if _has(record.id, wanted) else None
    if not (isinstance(record, Statement) and _names(record, wanted)):
        return None
    id = record.subject.id
    if _has(id, wanted):  # found by it, or not recorded as a person
        return None
    versions = list(reader.listing(person=id))
    row = _row_of(id, [version.record for version in versions])
    earlier = (
        version for version in versions if version.entry < entry
        if isinstance(version.record, Statement) and _names(version.record, wanted)
    )  # fmt: skip
    if next(earlier, None) is not None or id in shielded(reader, row.involvements, [id]):
        return None
    return row


def _names(one: Statement, wanted: list[str]) -> bool:
    names = one.subject.kind == Person.KIND and one.field in _NAMES
    return names and _has(f"{one.subject.id} {one.value}", wanted)


def _has(text: str, wanted: list[str]) -> bool:
    return all(word in text.casefold() for word in wanted)


def _row(reader: Reader, id: str) -> PersonRow:
    """All that names a person, in one look."""
    return _row_of(id, [version.record for version in reader.listing(person=id)])


def _row_of(id: str, records: Sequence[Record]) -> PersonRow:
    return PersonRow(
        id,
        _about(id, records),
        _of(Involvement, records, id),
        tuple(one for one in records if isinstance(one, StoredProfile) and one.person == id),
    )


def _about(id: str, records: Iterable[Record]) -> tuple[Statement, ...]:
    subject = Ref(Person.KIND, id)
    return tuple(one for one in records if isinstance(one, Statement) and one.subject == subject)


def _of(kind: type[Involvement], records: Iterable[Record], id: str) -> tuple[Involvement, ...]:
    return tuple(one for one in records if isinstance(one, kind) and one.person == id)


def person_view(reader: Reader, id: str) -> PersonView:
    """Somebody by the person's id, or remains by their profile's. Raises UnknownName."""
    person = reader.get(Person, id) if reader.rule(Ref(Person.KIND, id)) else None
    records = [version.record for version in reader.listing(person=id)]
    profile = reader.get(StoredProfile, id) if reader.rule(Ref(StoredProfile.KIND, id)) else None
    if person is None and not records and profile is None:
        raise UnknownName(
            f"There is no person {id!r} that {reader.actor} may see.",
            rule="A person is named by their id, remains by the name of their profile.",
            way_on="The list of people has those that you may see.",
        )
    profiles = {one.id: one for one in records if isinstance(one, StoredProfile)}
    if profile is not None and (profile.person in (None, id)):
        profiles[profile.id] = profile
    links = links_of(reader, profiles) if profiles else ()
    return PersonView(
        id=id,
        record=person,
        statements=_about(id, records),
        involvements=_of(Involvement, records, id),
        relations=tuple(one for one in records if isinstance(one, Relation)),
        interviews=tuple(one for one in records if isinstance(one, Interview) and one.person == id),
        presences=tuple(one for one in records if isinstance(one, Presence)),
        profiles=tuple(profiles.values()),
        links=links,
        candidates=tuple(_candidates(reader, links)),
    )


def links_of(reader: Reader, ends: Iterable[str]) -> tuple[FoundLink, ...]:
    """Links with any of these profiles or families, the strongest first."""
    wanted = set(ends)
    found = [one for one in reader.all(FoundLink) if wanted & {one.one, one.other}]
    return tuple(sorted(found, key=lambda one: (-one.weight_log10, one.id)))


def unidentified(reader: Reader) -> tuple[StoredProfile, ...]:
    """Profiles of remains, and of people who cannot say who they are."""
    return tuple(
        one for one in reader.all(StoredProfile) if one.purpose == Purpose.UNIDENTIFIED.value
    )


def families(reader: Reader) -> tuple[StoredFamily, ...]:
    """Families of somebody missing."""
    return tuple(sorted(reader.all(StoredFamily), key=lambda one: one.id))


@dataclass(frozen=True, slots=True)
class CandidatesFound:
    """Some of the candidates, and how many there are in all."""

    candidates: tuple[Candidate, ...]
    total: int


def candidates(reader: Reader, *, limit: int | None = None, offset: int = 0) -> CandidatesFound:
    """Links between a family and somebody unidentified, the strongest first, page by page."""
    found = [one for one in reader.all(FoundLink) if StoredFamily.KIND in _kinds(one)]
    found.sort(key=lambda one: (-one.weight_log10, one.id))
    shown = found[offset : None if limit is None else offset + limit]
    return CandidatesFound(tuple(_candidates(reader, shown)), len(found))


def _kinds(link: FoundLink) -> tuple[str, str]:
    return link.one_kind, link.other_kind


def _candidates(reader: Reader, links: Sequence[FoundLink]) -> Iterator[Candidate]:
    for link in links:
        if StoredFamily.KIND not in _kinds(link):
            continue
        ends = ((link.one_kind, link.one), (link.other_kind, link.other))
        family = next(id for kind, id in ends if kind == StoredFamily.KIND)
        profile = next((id for kind, id in ends if kind != StoredFamily.KIND), "")
        stored = next(iter(reader.some(StoredProfile, [profile])), None)
        remains = (stored.person if stored else None) or profile
        member = _member(link, family)
        missing = spoken_of(reader, member and f"{family}: {member}", member, family)
        found = spoken_of(reader, remains)
        yield Candidate(
            link, missing, found, side_by_side(missing, found), excluded(missing, found)
        )


def _member(link: FoundLink, family: str) -> str:
    """The missing member, whom the link's name has: `REMAINS x FAMILY: MEMBER`."""
    rest = link.id.partition(f"{family}: ")[2]
    for tail in (f" ({link.relation})", f" x {link.other}", f" x {link.one}"):
        rest = rest.removesuffix(tail)
    return rest


def spoken_of(reader: Reader, *names: str) -> Described:
    """The description of the first of these names that anything is stated of."""
    for name in filter(None, names):
        said = _about(name, reader.all(Statement, person=name))
        if said:
            return described(name, said)
    return described(next(filter(None, names), ""), ())


def family_view(reader: Reader, id: str) -> FamilyView:
    """One family, read again from its kept file. Raises UnknownName."""
    stored = reader.get(StoredFamily, id)
    if stored is None:
        raise UnknownName(
            f"There is no family {id!r} that {reader.actor} may see.",
            rule="A family is named as in its file.",
            way_on="The list of families has those that you may see.",
        )
    family, why_not = _read(reader, stored)
    members = family.missing if family else ()
    return FamilyView(
        stored,
        family,
        why_not,
        tuple(spoken_of(reader, f"{id}: {member}", member) for member in members),
        tuple(_candidates(reader, links_of(reader, [id]))),
    )


def _read(reader: Reader, stored: StoredFamily) -> tuple[Family | None, str]:
    try:
        name = next((one.name for one in reader.some(StoredFile, [stored.file])), stored.file)
        data = reader.file(stored.file)
        case = read_family_file(name, data, stored.beside, reader.file)
    except ReopenError as error:
        return None, str(error.seen)
    found = next((one for one in case.families if one.id == stored.id), None)
    return found, "" if found else "its file does not name it"
