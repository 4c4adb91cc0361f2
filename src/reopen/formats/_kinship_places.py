"""Where loci lie: of a pedigree file's table, of a map file beside it, of PLINK and MERLIN.

Not here: what follows from it (`weigh.kinship_chromosomes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.formats import _kinship_nodes as nodes
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._tables import read_bytes, sheet
from reopen.formats._tree import Node
from reopen.formats.text import decode
from reopen.records import Locus, MapPosition, NotWeighed, canonical_locus

CM_PER_MB = 1.0
_LONGEST_CM = 500.0  # chromosome 1 has some 290; base pairs are told from cM by it
_X = frozenset({"X", "23"})
_LINEAGE = frozenset({"Y", "24", "M", "MT", "26"})
_NOWHERE = frozenset({"", "0", "-9", "NA", "XY", "25", "PAR1", "PAR2"})
_COLUMNS = {
    "locus": "locus", "marker": "locus", "snp": "locus", "name": "locus",
    "chromosome": "chromosome", "chrom": "chromosome", "chr": "chromosome",
    "cm": "cm", "mb": "mb",
}  # fmt: skip


def place(
    found: Assembly, locus: Locus, chromosome: str, cm: float | None, mb: float | None, where: Where
) -> None:
    """Enter where a locus lies, in cM, or in Mb at 1 cM for each, which is told.

    Raises InvalidRecord for a locus placed twice, on no chromosome, at no distance, or on Y.
    """
    name = _chromosome(chromosome)
    if name in _LINEAGE | _NOWHERE:
        raise InvalidRecord(
            f"{locus} is placed on {chromosome or 'no chromosome'}.",
            rule="Loci of pedigrees are placed on an autosome or on X.",
            way_on="Take the place out; loci without one are independent. Lineage markers (Y, "
            "mtDNA) are reported apart.",
            where=where,
        )
    if locus in found.positions or (cm is None) == (mb is None):
        raise InvalidRecord(
            f"{locus} is placed twice."
            if locus in found.positions
            else f"{locus} is placed {'at no distance' if cm is None else 'by cM and by Mb'}.",
            rule="A locus lies in one place: a chromosome, and a distance along it in cM or Mb.",
            way_on="Give each locus once, with one distance.",
            where=where,
        )
    if cm is None:
        told = f"Distances in Mb count as {CM_PER_MB:g} cM each; a genetic map gives better ones."
        found.notices += [] if told in found.notices else [told]
    try:
        found.positions[locus] = MapPosition(name, cm if cm is not None else (mb or 0) * CM_PER_MB)
    except InvalidRecord as error:
        raise error.at(where) from None


def _chromosome(text: str) -> str:
    """ "chr1" and "01" are 1, 23 is X."""
    name = re.sub(r"^(CHROMOSOME|CHR)[\s_-]*", "", text.strip().upper()).lstrip("0") or "0"
    return "X" if name in _X else name


def place_marker(found: Assembly, locus: Locus, marker: Node) -> None:
    """The place that a marker of kinship-case/1 tells: `chrom`, with `cm` or `mb`."""
    chromosome, cm = marker.get("chrom"), _distance(marker, "cm")
    mb = _distance(marker, "mb") if cm is None else None
    if chromosome is None:
        return
    if cm is None and mb is None:
        told = "Loci on a chromosome at no distance (cm, mb) are taken to be independent."
        found.notices += [] if told in found.notices else [told]
        return
    place(found, locus, chromosome.text(), cm, mb, marker.where)


def _distance(node: Node, key: str) -> float | None:
    given = node.get(key)
    return None if given is None else given.number()


def places(tree: Node, found: Assembly, folder: Path) -> None:
    """[positions] of a pedigree file, and the file of `map`. Loci on chromosome X are on X."""
    if beside := tree.get("map"):
        _map_file(folder / beside.text(), found)
    listed = tree.get("positions")
    for name, node in listed.items() if listed else ():
        node.only("chromosome", "cm", "mb")
        locus, chromosome = nodes.locus(node.named(name)), node.entry("chromosome").text()
        place(
            found, locus, chromosome, _distance(node, "cm"), _distance(node, "mb"), node.where
        )  # fmt: skip
    found.x_linked |= {at for at, its in found.positions.items() if its.chromosome == "X"}


def _map_file(path: Path, found: Assembly) -> None:
    if path.suffix.lower() == ".map":
        text = decode(path.name, read_bytes(path))[0]
        place_lines(map_lines(text), found, path.name)
        return
    table = sheet(path.name, read_bytes(path), lambda title: _COLUMNS.get(title.lower(), title))
    if not {"locus", "chromosome"} <= set(table.columns) or not {"cm", "mb"} & set(table.columns):
        raise UnreadableFile(
            f"The columns are {', '.join(table.columns)}.",
            rule="A map has the columns locus, chromosome, and cM or Mb.",
            way_on="Name the columns so.",
            where=table.where(),
        )
    for row in table.rows:
        where = table.where(row.line, row["locus"])
        locus = _locus(row["locus"], where)
        cm = _number(row["cm"], where)
        mb = _number(row["mb"], where) if cm is None else None
        place(found, locus, row["chromosome"], cm, mb, where)


def _locus(name: str, where: Where) -> Locus:
    try:
        return canonical_locus(name)
    except InvalidRecord as error:
        raise error.at(where) from None


def _number(text: str, where: Where) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidRecord(
            f"The distance {text!r}.",
            rule="A distance is a number with a point.",
            way_on="Correct the cell, or leave it empty.",
            where=where,
        ) from None


# .map of PLINK and MERLIN


@dataclass(frozen=True, slots=True)
class MapLine:
    """A marker with what its line says; `distances` are one or two numbers, in cM or base pairs."""

    line: int
    name: str
    chromosome: str = ""
    distances: tuple[float, ...] = ()


def map_lines(text: str) -> list[MapLine]:
    """Chromosome, name, (cM,) base pairs; or chromosome, name, cM; or a name alone."""
    return list(_map_lines(text))


def _map_lines(text: str) -> Iterator[MapLine]:
    first = True
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell for cell in re.split(r"[\s,;]+", line.strip()) if cell]
        if not cells or cells[0].startswith("#"):
            continue
        if len(cells) < 3:
            yield MapLine(number, cells[-1])
        else:
            try:
                distances = tuple(map(float, cells[2:4]))
            except ValueError:
                distances = ()
            if distances or not first:  # a line of titles has no numbers
                yield MapLine(number, cells[1], cells[0], distances)
        first = False


def place_lines(lines: Iterable[MapLine], found: Assembly, file: str) -> None:
    """Places of the markers of a .map file; those on Y and mtDNA are left out and listed.

    Of two distances the first is in cM; where it is 0 everywhere, base pairs are taken. One
    distance alone is in cM, or in base pairs if some are longer than any chromosome is in cM.
    """
    there = [line for line in lines if _chromosome(line.chromosome) not in _NOWHERE]
    there = [line for line in there if line.distances and min(line.distances) >= 0]
    cm = any(len(line.distances) == 2 and line.distances[0] > 0 for line in there) or all(
        len(line.distances) == 1 and line.distances[0] <= _LONGEST_CM for line in there
    )
    for line in there:
        where = Where(file, line.line, line.name)
        locus = _locus(line.name, where)
        if _chromosome(line.chromosome) in _LINEAGE:
            reason = f"chromosome {line.chromosome}: Y and mtDNA are reported apart"
            found.not_weighed.append(NotWeighed(locus, reason, where))
            found.lineage.add(locus)
        elif cm:
            place(found, locus, line.chromosome, line.distances[0], None, where)
        else:
            place(found, locus, line.chromosome, None, line.distances[-1] / 1e6, where)
    found.x_linked |= {at for at, its in found.positions.items() if its.chromosome == "X"}
