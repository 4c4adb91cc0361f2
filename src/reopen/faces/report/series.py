"""Linked profiles in an order that keeps series together, for the matrix of links.

Series here are only a matter of ordering (whatever links connect); whether linked traces are of
one donor is for `link.series` to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reopen.faces.report.views import MatrixBlock, MatrixView
from reopen.records import End, Link

ROWS_OF_A_BLOCK = 30

Name = tuple[str, bool]
"""A profile's id, and whether it is a stain: a stain and a reference may go by one name."""

Neighbours = Mapping[Name, Mapping[Name, float]]


def matrix_view(links: Iterable[Link], profiles: int) -> MatrixView:
    """Matrix of the profiles that have a link; `profiles` counts all that were compared.

    Two profiles joined by several links (contributors, relations) show the weightiest. Whole
    series are packed into blocks of at most ROWS_OF_A_BLOCK rows; a longer series is one block.
    """
    neighbours = _neighbours(links)
    blocks: list[list[Name]] = []
    for series in _series(neighbours):
        if blocks and len(blocks[-1]) + len(series) <= ROWS_OF_A_BLOCK:
            blocks[-1].extend(series)
        else:
            blocks.append(series)
    return MatrixView(
        tuple(_block(names, neighbours) for names in blocks), max(0, profiles - len(neighbours))
    )


def _neighbours(links: Iterable[Link]) -> dict[Name, dict[Name, float]]:
    table: dict[Name, dict[Name, float]] = {}
    for link in links:
        one, other = _name(link.one), _name(link.other)
        for here, there in ((one, other), (other, one)):
            row = table.setdefault(here, {})
            row[there] = max(link.weight, row.get(there, link.weight))
    return table


def _name(end: End) -> Name:
    return end.profile, end.contributor is not None


def _series(neighbours: Neighbours) -> list[list[Name]]:
    """Connected profiles, strongest series first; within one, each next profile is the one most
    strongly linked to any before it (Prim's order)."""
    strength = {name: max(row.values()) for name, row in neighbours.items()}
    left = sorted(neighbours, key=lambda name: (-strength[name], name))
    placed: set[Name] = set()
    found = []
    for first in left:
        if first in placed:
            continue
        series: list[Name] = []
        reach = {first: strength[first]}
        while reach:
            name = min(reach, key=lambda n: (-reach[n], n))
            del reach[name]
            series.append(name)
            placed.add(name)
            for other, log10 in neighbours[name].items():
                if other not in placed:
                    reach[other] = max(log10, reach.get(other, log10))
        found.append(series)
    return found


def _block(names: list[Name], neighbours: Neighbours) -> MatrixBlock:
    position = {name: i for i, name in enumerate(names)}
    cells = {
        (i, position[other]): log10
        for i, name in enumerate(names)
        for other, log10 in neighbours[name].items()
        if i <= position[other]
    }
    return MatrixBlock(tuple(id for id, _ in names), dict(sorted(cells.items())))
