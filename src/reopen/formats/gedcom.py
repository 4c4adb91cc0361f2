"""GEDCOM 5.5.1 and 7: the family trees of genealogists, as a pedigree without profiles.

Taken are people, sex, and who is whose child by birth; names become ids. Adopted, foster and step
children are not descendants and are listed. Not taken: events, places, notes, sources.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._kinship_case import case_of
from reopen.formats._people import Person, pedigree
from reopen.formats.text import decode, sha256
from reopen.records import KinshipCase, Sex

FORMAT = "GEDCOM"
PEDIGREE = "family tree"
"""Name of the pedigree that the whole file makes."""

_LINE = re.compile(r"\s*(\d{1,2})\s+(?:(@[^@\s]+@)\s+)?([A-Za-z0-9_]+)(?: (.*))?")
_SEXES = {"M": Sex.MALE, "F": Sex.FEMALE}
_BY_BIRTH = frozenset({"", "birth", "biological", "natural", "unknown"})


@dataclass(slots=True)
class Entry:
    """One line with the lines of higher levels below it."""

    line: int
    tag: str
    value: str
    xref: str = ""
    inside: list[Entry] = field(default_factory=list)

    def all(self, *path: str) -> Iterator[Entry]:
        """Entries below, by their tags."""
        for entry in self.inside:
            if entry.tag == path[0]:
                yield from entry.all(*path[1:]) if len(path) > 1 else (entry,)

    def first(self, *path: str) -> str:
        return next((entry.value for entry in self.all(*path)), "")


def recognises(text: str) -> bool:
    return re.match(r"\s*0\s+HEAD\b", text) is not None


def parse(file: str, data: bytes) -> KinshipCase:
    """The family tree of a file's bytes, as one pedigree.

    Raises UnreadableFile for text in ANSEL and for a file without people, InvalidRecord for
    people who cannot be a pedigree.
    """
    text, _ = decode(file, data)
    found = Assembly(file, FORMAT, sha256(data))
    records = _records(file, text, found)
    _check_encoding(file, records, data)
    individuals = {one.xref: one for one in records if one.tag == "INDI" and one.xref}
    if not individuals:
        raise UnreadableFile(
            "The file has no people.",
            rule="A family tree holds records of the kind INDI.",
            way_on="Export the tree again from the genealogy program.",
            where=Where(file),
        )
    names = _names(individuals)
    people = {
        xref: Person(
            names[xref],
            _SEXES.get(one.first("SEX").upper(), Sex.UNKNOWN),
            where=Where(file, one.line),
        )
        for xref, one in individuals.items()
    }
    claims = _claims(individuals)
    for record in records:
        if record.tag == "FAM":
            _family(file, record, list(_children(record, claims)), individuals, people, found)
    made, notices = pedigree(list(people.values()), PEDIGREE, Where(file))
    found.hypotheses[PEDIGREE] = made
    found.notices.extend(notices)
    return case_of(found)


def _records(file: str, text: str, found: Assembly) -> list[Entry]:
    root = Entry(0, "", "")
    path = [root]
    odd: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        level = int(match[1]) if match else len(path)
        if match is None or level > len(path) - 1:
            odd.append(number)
            continue
        entry = Entry(number, match[3].upper(), (match[4] or "").strip(), match[2] or "")
        del path[level + 1 :]
        path[-1].inside.append(entry)
        path.append(entry)
    if odd:
        found.notices.append(
            f"Lines that are not GEDCOM and were passed over: {len(odd)}, the first is {odd[0]}."
        )
    if root.inside and root.inside[-1].tag != "TRLR":
        found.notices.append("The file has no last line (TRLR): people may be missing at its end.")
    return root.inside


def _check_encoding(file: str, records: list[Entry], data: bytes) -> None:
    said = next((r.first("CHAR").upper() for r in records if r.tag == "HEAD"), "")
    if said == "ANSEL" and not data.isascii():
        raise UnreadableFile(
            "The text is in ANSEL.",
            rule="GEDCOM is read in UTF-8, UTF-16 or Windows-1252.",
            way_on="Export the tree again and choose UTF-8 as its character set.",
            where=Where(file, next(e.line for r in records for e in r.all("CHAR"))),
        )


def _names(individuals: dict[str, Entry]) -> dict[str, str]:
    """Readable and unique: the name, with the year of birth or the record's number if need be."""
    names = {x: " ".join(one.first("NAME").replace("/", " ").split()) or x.strip("@")
             for x, one in individuals.items()}  # fmt: skip
    for more in (_born, _numbered):
        count = Counter(names.values())
        names = {x: more(name, x, individuals[x]) if count[name] > 1 else name
                 for x, name in names.items()}  # fmt: skip
    return names


def _born(name: str, xref: str, one: Entry) -> str:
    year = re.search(r"\b(\d{4})\b", one.first("BIRT", "DATE"))
    return f"{name} (born {year[1]})" if year else name


def _numbered(name: str, xref: str, one: Entry) -> str:
    return f"{name} [{xref.strip('@')}]"


# families


def _family(
    file: str,
    family: Entry,
    children: list[Entry],
    individuals: dict[str, Entry],
    people: dict[str, Person],
    found: Assembly,
) -> None:
    father = _spouse(file, family, "HUSB", people)
    mother = _spouse(file, family, "WIFE", people)
    if father and mother and (father.sex, mother.sex) == (Sex.FEMALE, Sex.MALE):
        father, mother = mother, father
    if not (father or mother):
        return
    for entry in children:
        child = _known(file, entry, people)
        how = _how(family, entry, individuals.get(entry.value))
        if how not in _BY_BIRTH:
            parents = " and ".join(one.id for one in (father, mother) if one)
            found.leave_out(
                f"{child.id}, child of {parents}", _not_by_birth(how), Where(file, entry.line)
            )
            continue
        if child.father or child.mother:
            raise InvalidRecord(
                f"{child.id} is a child by birth of two families.",
                rule="A person has one father and one mother.",
                way_on="Mark the other family as adoptive (PEDI adopted) in the genealogy program.",
                where=Where(file, entry.line),
            )
        child.father = father.id if father else None
        child.mother = mother.id if mother else None
        child.couple = family.xref


def _spouse(file: str, family: Entry, tag: str, people: dict[str, Person]) -> Person | None:
    entry = next(family.all(tag), None)
    return None if entry is None or entry.value == "@VOID@" else _known(file, entry, people)


def _known(file: str, entry: Entry, people: dict[str, Person]) -> Person:
    if entry.value not in people:
        raise InvalidRecord(
            f"{entry.value!r} is not a person of the file.",
            rule="Husbands, wives and children are records of the kind INDI.",
            way_on="Export the whole tree again.",
            where=Where(file, entry.line),
        )
    return people[entry.value]


def _children(family: Entry, claims: Mapping[str, list[Entry]]) -> Iterator[Entry]:
    """Children as the family lists them, then those who name it and are not listed."""
    listed = {entry.value: entry for entry in family.all("CHIL") if entry.value != "@VOID@"}
    yield from listed.values()
    yield from (one for one in claims.get(family.xref, ()) if one.value not in listed)


def _claims(individuals: Mapping[str, Entry]) -> dict[str, list[Entry]]:
    """Family -> its children, as the children themselves tell."""
    claims: dict[str, list[Entry]] = {}
    for xref, one in individuals.items():
        for famc in one.all("FAMC"):
            claims.setdefault(famc.value, []).append(Entry(famc.line, "CHIL", xref))
    return claims


def _how(family: Entry, child: Entry, individual: Entry | None) -> str:
    """How the child belongs to the family: "" or "birth", else adopted, foster, step and so on."""
    own = (famc for famc in (individual.all("FAMC") if individual else ())
           if famc.value == family.xref)  # fmt: skip
    told = [famc.first("PEDI").lower() for famc in own]
    told += [child.first(tag).lower() for tag in ("_FREL", "_MREL")]
    return next((how for how in told if how not in _BY_BIRTH), "")


def _not_by_birth(how: str) -> InvalidRecord:
    return InvalidRecord(
        f"The relation is {how}.",
        rule="DNA is inherited by birth.",
        way_on="The child was left without these parents.",
    )
