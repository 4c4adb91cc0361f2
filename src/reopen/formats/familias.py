"""Files of Familias 3 (.fam): people, pedigrees and the database; [DVI] is read in `familias_dvi`.

One value a line, in a fixed order; text in quotation marks, counts before lists. What Familias can
say and this program cannot is refused or listed by name. Not to be mistaken for PLINK's .fam, which
`linkage` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._kinship_case import case_of
from reopen.formats._kinship_tables import frequencies_at, labels_at
from reopen.formats._people import Person, descend, pedigree
from reopen.formats.familias_dvi import read_dvi
from reopen.formats.familias_lines import Lines
from reopen.formats.familias_mutation import mutation_model
from reopen.formats.samples import reason
from reopen.formats.text import decode, sha256
from reopen.records import (
    Allele,
    KinshipCase,
    Locus,
    Mutation,
    NotWeighed,
    Sex,
    canonical_locus,
)

FORMAT = "Familias 3 (.fam)"

_DATABASE = re.compile(r"#(?:TRUE|FALSE)#\s*\(#Databases:\s*(\d+)\s*;\s*Theta\S*\s*(\S+)\s*\)")
_LOCUS_TERMS = re.compile(
    r"(\d+)\s*\(DatabaseSize = (\S+) , Dropout probability = (\S+) , "
    r"Minor allele frequency = (\S+) \)"
)
_OTHER_SECTIONS = {
    "Prior": "priors of the identification",
    "Advanced": "settings of direct matching, of quick searches and of simulations",
}


def recognises(text: str) -> bool:
    return text.lstrip().startswith('"Output from Familias')


@dataclass(slots=True)
class _Typed:
    """A person with genotypes as indices into the database: (allele, allele, locus)."""

    person: Person
    dropout: bool
    triples: list[tuple[int, int, int, Where]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A locus of the database, its alleles in the order of the file."""

    locus: Locus
    labels: tuple[Allele, ...]
    dropout: float
    minimum: float


def parse(file: str, data: bytes) -> KinshipCase:
    """The case in a file's bytes. file: the name used in messages.

    Raises UnreadableFile where the order of values is broken or a part is not implemented,
    InvalidRecord for content that breaks a rule.
    """
    lines = Lines(file, decode(file, data)[0].splitlines())
    found = Assembly(file, FORMAT, sha256(data))
    for what in ("the program", "a remark"):
        lines.text(what)
    lines.take("the version")
    lines.text("a text")
    people = [_person(lines) for _ in range(lines.count("the number of people"))]
    _pedigrees(lines, [one.person for one in people], found)
    entries = _database(lines, found)
    _genotypes(people, entries, found)
    _terms(people, entries, found)
    read_dvi(file, lines.lines, lines.at, found)
    found.mark_x_by_name()
    found.not_weighed.extend(_other_sections(lines))
    return case_of(found, all_in_pedigrees=bool(found.hypotheses or found.families))


def _person(lines: Lines) -> _Typed:
    name = lines.text("a person's name")
    where = lines.where
    lines.flag("a flag")
    dropout = "(Consider dropouts)" in lines.take("the year of birth")
    lines.flag("a flag")
    sex = Sex.MALE if lines.flag("whether the person is male") else Sex.FEMALE
    typed = _Typed(Person(name, sex, where=where), dropout)
    for _ in range(lines.count("the number of typed loci")):
        one, other, locus = (lines.count("an allele's number") for _ in range(3))
        typed.triples.append((one, other, locus, lines.where))
    return typed


# pedigrees


def _pedigrees(lines: Lines, people: list[Person], found: Assembly) -> None:
    lines.text("Known relations")
    extra = [lines.count("the number of extra people") for _ in range(2)]
    fixed = list(_pairs(lines))
    if any(extra):
        raise UnreadableFile(
            f"{sum(extra)} extra people stand in all pedigrees.",
            rule="People without names are read in single pedigrees only.",
            way_on="Give these people names in Familias, and save the project again.",
            where=lines.where,
        )
    for _ in range(lines.count("the number of pedigrees")):
        lines.count("the pedigree's number")
        name = lines.text("the pedigree's name")
        where = lines.where
        females, males = (lines.count("the number of extra people") for _ in range(2))
        everyone = [*_copies(people), *_extras(females, males, where)]
        for parent, child in (*fixed, *_pairs(lines)):
            _descend(everyone, parent, child, lines)
        if name in found.hypotheses:
            raise InvalidRecord(
                f"Two pedigrees are called {name!r}.",
                rule="Each pedigree has a name of its own.",
                way_on="Rename one of them in Familias.",
                where=where,
            )
        found.hypotheses[name], notices = pedigree(everyone, name, where)
        found.notices.extend(notices)


def _pairs(lines: Lines) -> Iterator[tuple[int, int]]:
    for _ in range(lines.count("the number of relations")):
        yield lines.count("a parent's number"), lines.count("a child's number")


def _copies(people: list[Person]) -> Iterator[Person]:
    return (Person(one.id, one.sex, where=one.where) for one in people)


def _extras(females: int, males: int, where: Where) -> Iterator[Person]:
    for i in range(females):
        yield Person(f"extra female {i + 1}", Sex.FEMALE, where=where)
    for i in range(males):
        yield Person(f"extra male {i + 1}", Sex.MALE, where=where)


def _descend(everyone: list[Person], parent: int, child: int, lines: Lines) -> None:
    if max(parent, child) >= len(everyone):
        raise lines.unlike(str(max(parent, child)), f"a person's number below {len(everyone)}")
    try:
        descend(everyone[parent], everyone[child])
    except ReopenError as error:
        raise error.at(lines.where) from None


# the database


def _database(lines: Lines, found: Assembly) -> list[_Entry]:
    head = lines.take("the head of the database")
    match = _DATABASE.fullmatch(head)
    if match is None:
        raise lines.unlike(head, "the head of the database")
    if int(match[1]) > 1:
        raise UnreadableFile(
            f"The file holds {match[1]} databases.",
            rule="One database of a file of Familias is read.",
            way_on="Save the project with one database, and weigh each of them.",
            where=lines.where,
        )
    found.theta = lines.as_number(match[2], "theta")
    n = lines.count("the number of loci")
    if lines.flag("whether the database has a name"):
        found.population_name = lines.text("the database's name")
    return [_locus(lines, found) for _ in range(n)]


def _locus(lines: Lines, found: Assembly) -> _Entry:
    name = lines.text("a locus's name")
    where = lines.where
    try:
        locus = canonical_locus(name)
    except InvalidRecord as error:
        raise error.at(where) from None
    if locus in found.tables:
        raise InvalidRecord(
            f"{locus} stands twice in the database.",
            rule="A locus is listed once.",
            way_on="Take one of the two out in Familias.",
            where=where,
        )
    rates = [lines.number("a mutation rate") for _ in range(2)]
    models = [lines.count("a mutation model") for _ in range(2)]
    lines.count("the number of alleles")
    ranges = [lines.number("a mutation range") for _ in range(2)]
    rates2 = [lines.number("a mutation rate") for _ in range(2)]
    silent, share = lines.flag("whether there is a silent allele"), lines.number("its frequency")
    line = lines.take("the number of alleles")
    terms = _LOCUS_TERMS.fullmatch(line)
    if terms is None:
        raise lines.unlike(line, "the number of alleles, with the size of the database")
    listed = [(lines.text("an allele"), lines.number("a frequency")) for _ in range(int(terms[1]))]
    labels = labels_at(label for label, _ in listed)
    if silent and share:
        found.silent[locus] = share
    named = [(labels[label], frequency) for label, frequency in listed]
    found.tables[locus] = frequencies_at(locus, named, share if silent else 0.0, where)
    alleles = tuple(found.tables[locus])
    both = zip(rates, models, ranges, rates2, strict=True)
    found.mutation[locus] = Mutation(*(mutation_model(locus, alleles, *m, where) for m in both))
    dropout, minimum = (lines.as_number(terms[i], "a probability") for i in (3, 4))
    return _Entry(locus, tuple(label for label, _ in named), dropout, minimum)


def _genotypes(people: list[_Typed], entries: list[_Entry], found: Assembly) -> None:
    for one in people:
        found.typed.setdefault(one.person.id, {})
        for first, second, at, where in one.triples:
            if at >= len(entries) or max(first, second) >= len(entries[at].labels):
                raise UnreadableFile(
                    f"{one.person.id} has the alleles {first} and {second} of locus {at}.",
                    rule="Numbers of loci and alleles are below those of the database; a silent "
                    "allele is not typed.",
                    way_on="Save the project again in Familias.",
                    where=where,
                )
            labels = entries[at].labels
            found.type(one.person.id, entries[at].locus, (labels[first], labels[second]), where)


def _terms(people: list[_Typed], entries: list[_Entry], found: Assembly) -> None:
    """Dropout of the people it is considered for, and the least frequency."""
    for one in people:
        values = {entries[at].dropout for _, _, at, _ in one.triples} if one.dropout else set()
        if len(values) > 1:
            raise InvalidRecord(
                f"Dropout of {one.person.id} differs between loci: "
                f"{', '.join(f'{d:g}' for d in sorted(values))}.",
                rule="A person has one probability of dropout.",
                way_on="Set one value for all loci in Familias.",
                where=one.person.where,
            )
        if values:
            found.dropout[one.person.id] = values.pop()
    minima = {entry.minimum for entry in entries}
    if len(minima) == 1 and max(minima) > 0:
        found.minimum_frequency = max(minima)
    elif len(minima) > 1:
        found.notices.append(
            "The least frequency differs between loci and is not used; unlisted alleles are given "
            "the smallest frequency of the database."
        )


def _other_sections(lines: Lines) -> Iterator[NotWeighed]:
    for number, line in enumerate(lines.lines[lines.at :], lines.at + 1):
        section = re.fullmatch(r"\s*\[([^\[\]]+)\]\s*", line)
        if section and section[1] != "DVI":
            holds = _OTHER_SECTIONS.get(section[1], "a part of the file that is not known here")
            error = InvalidRecord(
                f"The section holds {holds}.",
                rule="Pedigrees, profiles, the database and [DVI] are read.",
                way_on="It changes no likelihood of a pedigree."
                if section[1] in _OTHER_SECTIONS
                else "Look at what it says in Familias before relying on a result.",
            )
            yield NotWeighed(f"[{section[1]}]", reason(error), Where(lines.file, number))
