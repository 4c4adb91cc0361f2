"""The [DVI] part of a Familias file: unidentified persons, and the families of the missing.

Headings are nested by the number of their brackets; below each stand lines `Name= value`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._people import Person, descend, pedigree, repeated
from reopen.records import Sex, canonical_locus

MISSING = "Missing person"

_HEADING = re.compile(r"\s*(\[+)\s*([^\[\]]*?)\s*(\]+)\s*")
_SEXES = {"male": Sex.MALE, "female": Sex.FEMALE}


@dataclass(slots=True)
class Section:
    """A heading with the lines below it: (name, value, line), and the sections inside it."""

    title: str
    line: int
    values: list[tuple[str, str, int]] = field(default_factory=list)
    inside: list[Section] = field(default_factory=list)

    def value(self, name: str) -> str:
        return next((value for key, value, _ in self.values if key == name), "")

    def sections(self, title: str) -> Iterator[Section]:
        """Those inside it whose title begins so."""
        return (one for one in self.inside if one.title.startswith(title))


@dataclass(slots=True)
class _Family:
    name: str
    section: Section
    people: dict[str, Section]
    pedigree: Section | None = None


def read_dvi(file: str, lines: Sequence[str], start: int, found: Assembly) -> None:
    """Enter remains and families from the lines after `start` into what was found before.

    A member called "Missing person", and untyped ones whose names begin with Missing, are missing.
    Raises InvalidRecord and UnreadableFile, with the line.
    """
    dvi = next(_tree(file, lines, start).sections("DVI"), None)
    if dvi is None:
        return
    for section in (one for part in dvi.sections("Unidentified persons") for one in part.inside):
        name = section.value("Name")
        if not name or name in found.remains:
            raise InvalidRecord(
                f"Unidentified person {name!r} is listed twice." if name else "A person unnamed.",
                rule="Each unidentified person has a name.",
                way_on="Correct the names in Familias.",
                where=Where(file, section.line),
            )
        found.remains[name] = _sex(section)
        _type(file, name, section, found)
    families = [_family(file, one, found) for part in dvi.sections("Reference Families")
                for one in part.inside]  # fmt: skip
    names = Counter(family.name for family in families)
    for family in families:
        if names[family.name] > 1:
            family.name = f"{family.name} [{family.section.title}]"
    shared = repeated([found.remains, *([*family.people, MISSING] for family in families)])
    for family in families:
        try:
            _enter(file, family, shared, found)
        except InvalidRecord as error:
            found.leave_out(f"family {family.name}", error, Where(file, family.section.line))


def _tree(file: str, lines: Sequence[str], start: int) -> Section:
    root = Section("", start)
    open_sections = [root]
    for number, line in enumerate(lines[start:], start + 1):
        heading = _HEADING.fullmatch(line)
        if heading is None:
            name, mark, value = line.partition("=")
            if mark:
                open_sections[-1].values.append((name.strip(), value.strip(), number))
            continue
        depth = len(heading[1])
        if depth > len(open_sections) or depth != len(heading[3]):
            raise UnreadableFile(
                f"The heading {line.strip()!r} has {depth} brackets.",
                rule="A heading stands inside one with a bracket less.",
                way_on="Save the project again in Familias.",
                where=Where(file, number),
            )
        section = Section(heading[2], number)
        del open_sections[depth:]
        open_sections[-1].inside.append(section)
        open_sections.append(section)
    return root


def _sex(section: Section) -> Sex:
    return _SEXES.get(section.value("Gender").lower(), Sex.UNKNOWN)


def _type(file: str, person: str, section: Section, found: Assembly) -> None:
    """Enter the genotypes below a person: a locus's name, then its two alleles."""
    found.typed.setdefault(person, {})
    for data in section.sections("DNA data"):
        systems: list[tuple[str, int, list[str]]] = []
        for name, value, line in data.values:
            if name == "SystemName":
                systems.append((value, line, []))
            elif name in ("Allele1", "Allele2") and systems:
                systems[-1][2].append(value)
        for name, line, labels in systems:
            where = Where(file, line)
            try:
                locus = canonical_locus(name)
            except ReopenError as error:
                raise error.at(where) from None
            if locus not in found.tables:
                raise InvalidRecord(
                    f"{person} is typed at {name}, which the database does not have.",
                    rule="Typed loci are those of the database.",
                    way_on="Add the locus in Familias.",
                    where=where,
                )
            found.type(person, locus, labels, where)
    if not found.typed[person]:
        del found.typed[person]


def _family(file: str, section: Section, found: Assembly) -> _Family:
    name = section.value("Name") or section.title
    people: dict[str, Section] = {}
    for part in section.sections("Persons"):
        for one in part.inside:
            id = one.value("Name")
            if not id or id in people:
                raise InvalidRecord(
                    f"{id or 'A person without a name'} is listed twice in {name}.",
                    rule="Each person of a family has a name of its own.",
                    way_on="Correct the names in Familias.",
                    where=Where(file, one.line),
                )
            people[id] = one
    family = _Family(name, section, people)
    pedigrees = [one for part in section.sections("Pedigrees") for one in part.inside]
    told = [one for one in pedigrees if any(_is_missing(value) for _, value, _ in _kin(one))]
    family.pedigree = next(iter(told), None)
    others = {tuple(_pairs(one)): one for one in told[1:]}
    if family.pedigree is not None:
        others.pop(tuple(_pairs(family.pedigree)), None)
    for other in others.values():
        found.leave_out(
            f"{name}, pedigree {other.value('Name')!r}",
            InvalidRecord(
                "Another pedigree of the same family.",
                rule="A family is searched with one pedigree, the first that has the missing.",
                way_on="If this one is meant, put it first in Familias.",
            ),
            Where(file, other.line),
        )
    return family


def _kin(section: Section) -> Iterator[tuple[str, str, int]]:
    return (entry for entry in section.values if entry[0] in ("Parent", "Child"))


def _pairs(section: Section) -> Iterator[tuple[str, str]]:
    names = [value for _, value, _ in _kin(section)]
    return zip(names[::2], names[1::2], strict=False)


def _is_missing(name: str) -> bool:
    return name.lower().startswith("missing")


def _enter(file: str, family: _Family, shared: frozenset[str], found: Assembly) -> None:
    ids = {id: f"{family.name}: {id}" if id in shared else id for id in (*family.people, MISSING)}
    people = {id: Person(ids[id], _sex(one), where=Where(file, one.line))
              for id, one in family.people.items()}  # fmt: skip
    kin = family.pedigree
    named = {value for _, value, _ in _kin(kin)} if kin else set()
    if MISSING in named:
        people.setdefault(MISSING, Person(ids[MISSING], where=Where(file, family.section.line)))
    if kin is not None:
        _descents(file, kin, people)
    where = Where(file, family.section.line)
    made, notices = pedigree(list(people.values()), family.name, where)
    for id, section in family.people.items():
        _type(file, ids[id], section, found)
    found.notices.extend(notices)
    missing = tuple(
        person.id
        for id, person in people.items()
        if _is_missing(id) and person.id not in found.typed
    )
    found.families.append((family.name, made, missing))


def _descents(file: str, kin: Section, people: dict[str, Person]) -> None:
    """Enter the parents of everybody in a pedigree."""
    entries = list(_kin(kin))
    parents: dict[str, dict[str, Where]] = {}
    for first, second in zip(entries[::2], entries[1::2], strict=False):
        where = Where(file, first[2])
        for (role, name, _), wanted in ((first, "Parent"), (second, "Child")):
            if role != wanted or name not in people:
                raise InvalidRecord(
                    f"{role} {name!r}.",
                    rule="A relation is a parent and a child, both people of the family.",
                    way_on="Correct the pedigree in Familias.",
                    where=where,
                )
        parents.setdefault(second[1], {})[first[1]] = where
    for of_child in parents.values():
        _sexes_of_couple([people[name] for name in of_child])
    for child, of_child in parents.items():
        for parent, where in of_child.items():
            try:
                descend(people[parent], people[child])
            except InvalidRecord as error:
                raise error.at(where) from None


def _sexes_of_couple(couple: list[Person]) -> None:
    """The missing person may be without a sex: it follows from that of the other parent."""
    if len(couple) == 2:
        for one, other in (couple, couple[::-1]):
            if one.sex is Sex.UNKNOWN and other.sex is not Sex.UNKNOWN:
                one.sex = Sex.FEMALE if other.sex is Sex.MALE else Sex.MALE
