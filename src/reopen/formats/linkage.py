"""LINKAGE and PLINK pedigrees (.ped, .fam): six columns of family, person, parents, sex, status.

Genotypes follow, two alleles for each marker. Names of markers come from a header, or from a file
.map or .dat of the same name.
Not for: Familias' .fam (`familias`), and allele frequencies, which such files do not hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._kinship_case import case_of
from reopen.formats._kinship_places import map_lines, place_lines
from reopen.formats._people import Person, pedigree, repeated
from reopen.formats._tables import read_bytes
from reopen.formats.text import decode, sha256
from reopen.records import KinshipCase, Locus, Sex, canonical_locus

FORMAT = "LINKAGE or PLINK pedigree"

_SEXES = {"1": Sex.MALE, "2": Sex.FEMALE, "0": Sex.UNKNOWN, "M": Sex.MALE, "F": Sex.FEMALE,
          "U": Sex.UNKNOWN, "-9": Sex.UNKNOWN}  # fmt: skip
_UNKNOWN = frozenset({"0", "NA", "-9", "."})
_FAMILY = frozenset({"fid", "family", "famid", "familyid", "pedigree"})
_FIXED = 6
_ALL = "pedigree"
"""Name of the pedigree of all families."""

_Ids = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: tuple[str, ...]


def recognises(text: str) -> bool:
    """Whether the first lines have a person, parents and a sex in the columns of such a file."""
    rows = list(_rows(text))[:21]
    if rows and _is_header(rows[0].cells):
        rows = rows[1:]
    return bool(rows) and all(
        len(row.cells) >= _FIXED - 1 and row.cells[4].upper() in _SEXES for row in rows
    )


def parse(file: str, data: bytes, path: Path | None = None) -> KinshipCase:
    """The pedigrees of a file's bytes.

    path  of the file, beside which a .map or .dat file names the markers
    Families over the same typed people are hypotheses about them; else all families together are
    one pedigree of several parts. Raises UnreadableFile where the columns do not fit,
    InvalidRecord for an impossible pedigree.
    """
    rows = list(_rows(decode(file, data)[0]))
    found = Assembly(file, FORMAT, sha256(data))
    header = rows.pop(0) if rows and _is_header(rows[0].cells) else None
    if not rows:
        raise UnreadableFile(
            "The file has no people.",
            rule="Each line is a person.",
            way_on="Check that the export is complete.",
            where=Where(file),
        )
    markers = _markers(file, header, rows, path, found)
    families: dict[str, list[_Row]] = {}
    for row in rows:
        _check_row(file, row, 2 * len(markers))
        families.setdefault(row.cells[0], []).append(row)
    if len(families) > 1 and _same_people(families):
        groups = {name: [_person(file, row, {}) for row in own] for name, own in families.items()}
        ids: _Ids = {}
    else:
        ids = _unique(families)
        everyone = [_person(file, row, ids) for own in families.values() for row in own]
        groups = {next(iter(families)) if len(families) == 1 else _ALL: everyone}
    for name, people in groups.items():
        found.hypotheses[name], notices = pedigree(people, name, people[0].where)
        found.notices.extend(notices)
    for row in rows:
        _genotypes(file, row, _id(row, row.cells[1], ids), markers, found)
    if len(families) > len(groups):
        found.notices.append(f"{len(families)} families are read as one pedigree of several parts.")
    found.mark_x_by_name()
    return case_of(found)


def _same_people(families: dict[str, list[_Row]]) -> bool:
    """Whether every family has the same people with genotypes, and the same genotypes."""
    typed = [
        {row.cells[1:2] + row.cells[_FIXED:] for row in own if set(row.cells[_FIXED:]) - _UNKNOWN}
        for own in families.values()
    ]
    return bool(typed[0]) and all(one == typed[0] for one in typed)


def _unique(families: dict[str, list[_Row]]) -> _Ids:
    """Family and name -> a name of its own, with the family's before it where two share it."""
    shared = repeated([row.cells[1] for row in own] for own in families.values())
    return {
        (family, row.cells[1]): f"{family}: {row.cells[1]}"
        if row.cells[1] in shared
        else row.cells[1]
        for family, own in families.items()
        for row in own
    }


def _rows(text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.splitlines(), 1):
        cells = tuple(re.split(r"[\s,;]+", line.strip().strip(",;")))
        if cells != ("",) and not (line.lstrip().startswith("#") and not _is_header(cells)):
            yield _Row(number, cells)


def _is_header(cells: Sequence[str]) -> bool:
    return cells[0].lstrip("#").lower().replace("_", "") in _FAMILY


def _person(file: str, row: _Row, ids: _Ids) -> Person:
    _, id, father, mother, sex = row.cells[:5]
    return Person(
        _id(row, id, ids),
        _SEXES[sex.upper()],
        None if father in _UNKNOWN else _id(row, father, ids),
        None if mother in _UNKNOWN else _id(row, mother, ids),
        where=Where(file, row.line),
    )


def _id(row: _Row, name: str, ids: _Ids) -> str:
    return ids.get((row.cells[0], name), name)


def _check_row(file: str, row: _Row, alleles: int) -> None:
    wanted = (_FIXED - 1, _FIXED) if not alleles else (_FIXED + alleles,)
    if len(row.cells) not in wanted:
        raise UnreadableFile(
            f"A line of {len(row.cells)} columns, where {wanted[-1]} are expected.",
            rule="Each line has family, person, father, mother, sex and status, then two alleles "
            "for each marker.",
            way_on="Correct the line. White space inside a name makes two columns of it.",
            where=Where(file, row.line),
        )
    if row.cells[4].upper() not in _SEXES:
        raise UnreadableFile(
            f"The sex {row.cells[4]!r}.",
            rule="The fifth column is 1 (male), 2 (female) or 0.",
            way_on="Correct the line.",
            where=Where(file, row.line),
        )


# markers


def _markers(
    file: str, header: _Row | None, rows: list[_Row], path: Path | None, found: Assembly
) -> list[Locus]:
    n = max(len(row.cells) - _FIXED for row in rows) // 2
    if n <= 0:
        return []
    if header is not None:
        return _named(_of_header(header), Where(file, header.line))
    for suffix in (".map", ".dat"):
        sidecar = path.with_suffix(suffix) if path else None
        if sidecar is not None and sidecar.is_file():
            text = decode(sidecar.name, read_bytes(sidecar))[0]
            found.notices.append(f"The markers are named by {sidecar.name}.")
            if suffix == ".dat":
                return _named(list(_of_dat(text)), Where(sidecar.name))
            lines = map_lines(text)
            named = _named([line.name for line in lines], Where(sidecar.name))
            place_lines(lines, found, sidecar.name)
            return named
    stem = path.stem if path else "the file"
    raise UnreadableFile(
        f"{n} markers have no names.",
        rule="Markers are named by a header, or by a .map or .dat file beside the pedigree.",
        way_on=f"Put {stem}.map beside it, or add a line of column titles that begins with FID.",
        where=Where(file, rows[0].line),
    )


def _of_header(header: _Row) -> list[str]:
    """Names after the six columns: one for each marker, or one for each allele column."""
    titles = header.cells[_FIXED:]
    first, second = titles[::2], titles[1::2]
    if first == second:
        return list(first)
    stems = [re.sub(r"[._-]?[12]$|\([12]\)$", "", title) for title in titles]
    return stems[::2] if stems[::2] == stems[1::2] else list(titles)


def _of_dat(text: str) -> Iterator[str]:
    """MERLIN: M and a name; LINKAGE: "3 4 # name" for a locus of numbered alleles."""
    for line in text.splitlines():
        short = re.fullmatch(r"\s*M\s+(\S+)\s*", line)
        linkage = re.match(r"\s*3\s+\d+\s*#?\s*([A-Za-z]\S*)", line)
        if match := short or linkage:
            yield match[1]


def _named(names: list[str], where: Where) -> list[Locus]:
    try:
        loci = [canonical_locus(name) for name in names]
    except InvalidRecord as error:
        raise error.at(where) from None
    if len(set(loci)) < len(loci):
        twice = next(locus for locus, n in Counter(loci).items() if n > 1)
        raise UnreadableFile(
            f"{twice} names two markers.",
            rule="Each marker has a name of its own.",
            way_on="Correct the names.",
            where=where,
        )
    return loci


def _genotypes(file: str, row: _Row, id: str, markers: list[Locus], found: Assembly) -> None:
    for i, locus in enumerate(markers):
        pair = row.cells[_FIXED + 2 * i : _FIXED + 2 * i + 2]
        read = [None if label in _UNKNOWN else label for label in pair]
        try:
            found.type(id, locus, read, Where(file, row.line, locus))
        except ReopenError as error:
            raise (error if error.where else error.at(Where(file, row.line, locus))) from None
