"""The rows of a drawn pedigree: who stands in which generation, and beside whom.

Children stand below both parents, couples and twins in one row where descent allows it. Within
a row people are moved until few lines cross and couples stand together.

Not here: places in units of length (`pedigree_places`), lines (`pedigree_lines`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal, NamedTuple

from reopen.records import Pedigree

_SWEEPS, _SEARCHES, _MOST_MOVED = 6, 4, 30  # rows of more chains are only swept
_CROSSING, _APART, _STRETCH = 4.0, 2.0, 0.05


class Item(NamedTuple):
    """What takes a place in a row.

    kind  "person"; "partner": the line of a partner who stands in a row above; "descent": the
          line from a couple to children further below
    key   the person's id, or the number of the couple
    """

    kind: Literal["person", "partner", "descent"]
    key: str
    row: int


@dataclass(frozen=True, slots=True)
class Couple:
    """Two people with children.

    items    the two in the row of the lower one, where a partner from above is a line
    related  they have an ancestor in common, or one descends from the other
    """

    father: str
    mother: str
    children: tuple[str, ...]
    row: int
    items: tuple[Item, Item]
    related: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """People and passing lines by row, from left to right.

    joined  couples, and twins, who stand next to each other
    """

    order: tuple[tuple[Item, ...], ...]
    couples: tuple[Couple, ...]
    joined: frozenset[frozenset[Item]]


def rows_of(pedigree: Pedigree) -> Rows:
    """Rows of a pedigree that is one connected part."""
    row = generations(pedigree)
    couples = _couples(pedigree, row)
    links = _links(couples, row)
    beside = [couple.items for couple in couples if _in_one_row(couple)]
    twins = [
        (_person(one, row), _person(other, row))
        for group in pedigree.twins
        for one, other in pairwise(group)
    ]
    items = _discovered(pedigree, couples, links, row)
    chains = _chains(items, [*twins, *beside])
    order = _Ordering(chains, links, beside).best()
    joined = {
        frozenset(pair) for chain in (c for row in chains for c in row)
        for pair in pairwise(chain)
    }  # fmt: skip
    return Rows(order, couples, frozenset(joined))


def generations(pedigree: Pedigree) -> dict[str, int]:
    """Row of each member from 0 at the top; partners and twins share one unless one descends
    from the other."""
    group = {id: id for id in pedigree.ids}

    def below(start: str) -> set[str]:
        """Groups that descend from a group."""
        found: set[str] = set()
        waiting = [start]
        while waiting:
            at = waiting.pop()
            children = {
                group[m.id] for m in pedigree.members if any(group[p] == at for p in m.parents)
            }
            waiting += children - found
            found |= children
        return found

    together = [pair for twins in pedigree.twins for pair in pairwise(twins)]
    together += dict.fromkeys(m.parents for m in pedigree.members if m.parents)  # type: ignore[misc]
    for one, other in together:
        a, b = group[one], group[other]
        if a != b and b not in below(a) and a not in below(b):
            group = {id: a if of == b else of for id, of in group.items()}
    return _levels(pedigree, group)


def _levels(pedigree: Pedigree, group: Mapping[str, str]) -> dict[str, int]:
    level = dict.fromkeys(group.values(), 0)
    first = pedigree.parents_first
    for _ in level:
        for member in first:
            for parent in member.parents:
                level[group[member.id]] = max(level[group[member.id]], level[group[parent]] + 1)
    # Founders come down to their children.
    has_parents = {group[m.id] for m in first if m.parents}
    for id in sorted(level, key=lambda of: -level[of]):
        children = [level[group[m.id]] for m in first if any(group[p] == id for p in m.parents)]
        if id not in has_parents and children:
            level[id] = min(children) - 1
    top = min(level.values())
    return {id: level[of] - top for id, of in group.items()}


def _person(id: str, row: Mapping[str, int]) -> Item:
    return Item("person", id, row[id])


def _couples(pedigree: Pedigree, row: Mapping[str, int]) -> tuple[Couple, ...]:
    children: dict[tuple[str, ...], list[str]] = {}
    for member in pedigree.members:
        if member.parents:
            children.setdefault(member.parents, []).append(member.id)
    above = _ancestors(pedigree)
    found = []
    for number, ((father, mother), born) in enumerate(children.items()):
        lower = max(row[father], row[mother])
        items = tuple(
            _person(id, row) if row[id] == lower else Item("partner", str(number), lower)
            for id in (father, mother)
        )
        related = not above[father].isdisjoint(above[mother])
        found.append(Couple(father, mother, tuple(born), lower, (items[0], items[1]), related))
    return tuple(found)


def _ancestors(pedigree: Pedigree) -> dict[str, set[str]]:
    """Ancestors of each member, the member included."""
    above: dict[str, set[str]] = {}
    for member in pedigree.parents_first:
        above[member.id] = {member.id}.union(*(above[parent] for parent in member.parents))
    return above


def _in_one_row(couple: Couple) -> bool:
    return couple.items[0] != couple.items[1]


Link = tuple[tuple[Item, ...], Item]


def _links(couples: Iterable[Couple], row: Mapping[str, int]) -> tuple[Link, ...]:
    """What hangs on what, from one row to the next."""
    links: list[Link] = []
    for number, couple in enumerate(couples):
        for partner, item in zip((couple.father, couple.mother), couple.items, strict=True):
            if item.kind == "partner":
                source = _person(partner, row)
                for at in range(row[partner] + 1, couple.row + 1):
                    links.append(((source,), Item("partner", str(number), at)))
                    source = links[-1][1]
        sources: tuple[Item, ...] = couple.items
        for at in range(couple.row + 1, max(row[child] for child in couple.children) + 1):
            links += [(sources, _person(c, row)) for c in couple.children if row[c] == at]
            if any(row[child] > at for child in couple.children):
                links.append((sources, Item("descent", str(number), at)))
                sources = (links[-1][1],)
    return tuple(links)


def _discovered(
    pedigree: Pedigree, couples: Sequence[Couple], links: Sequence[Link], row: Mapping[str, int]
) -> list[list[Item]]:
    """Items by row, in the order in which a walk from the first founder meets them."""
    below: dict[Item, list[Item]] = {}
    for sources, target in links:
        for source in sources:
            below.setdefault(source, []).append(target)
    partners: dict[str, list[str]] = {id: [] for id in pedigree.ids}
    for couple in couples:
        partners[couple.father].append(couple.mother)
        partners[couple.mother].append(couple.father)
    rows: list[list[Item]] = [[] for _ in range(max(row.values()) + 1)]
    met: set[Item] = set()

    def visit(item: Item) -> None:
        if item in met:
            return
        met.add(item)
        rows[item.row].append(item)
        if item.kind == "person":
            for partner in partners[item.key]:
                if row[partner] == item.row:
                    visit(_person(partner, row))
        for child in below.get(item, ()):
            visit(child)

    for member in sorted(pedigree.parents_first, key=lambda m: row[m.id]):
        visit(_person(member.id, row))
    return rows


Chain = tuple[Item, ...]


def _chains(
    rows: Sequence[Sequence[Item]], pairs: Iterable[tuple[Item, Item]]
) -> tuple[tuple[Chain, ...], ...]:
    """Items of each row as chains: neighbours in a chain are couples or twins.

    Somebody with three partners stands next to two of them.
    """
    chain: dict[Item, list[Item]] = {item: [item] for row in rows for item in row}
    for one, other in pairs:
        left, right = chain[one], chain[other]
        if left is right or not {one, other} <= {left[0], left[-1], right[0], right[-1]}:
            continue
        if left[-1] != one:
            left.reverse()
        if right[0] != other:
            right.reverse()
        left += right
        chain.update((item, left) for item in right)
    seen: set[int] = set()
    out = []
    for row in rows:
        firsts = [chain[item] for item in row]
        out.append(tuple(tuple(c) for c in firsts if not (id(c) in seen or seen.add(id(c)))))  # type: ignore[func-returns-value]
    return tuple(out)


class _Ordering:
    """The search for an order of chains with few crossings."""

    def __init__(
        self,
        chains: Sequence[Sequence[Chain]],
        links: Sequence[Link],
        beside: Sequence[tuple[Item, Item]],
    ):
        self.rows = [list(row) for row in chains]
        self.links: list[list[Link]] = [[] for _ in chains]
        for link in links:
            self.links[link[1].row].append(link)
        self.beside: list[list[tuple[Item, Item]]] = [[] for _ in chains]
        for pair in beside:
            self.beside[pair[0].row].append(pair)
        self.place: dict[Item, float] = {}
        for row in range(len(self.rows)):
            self._put(row, self.rows[row])

    def best(self) -> tuple[tuple[Item, ...], ...]:
        kept = (self._cost(), [list(row) for row in self.rows])
        for sweep in range(_SWEEPS):
            self._sweep(downwards=sweep % 2 == 0)
            kept = min(kept, (self._cost(), [list(row) for row in self.rows]), key=lambda k: k[0])
        for row, chains in enumerate(kept[1]):
            self._put(row, chains)
        for _ in range(_SEARCHES):
            searched = [self._search(row) for row in range(len(self.rows))]
            if not any(searched):
                break
        return tuple(tuple(item for chain in row for item in chain) for row in self.rows)

    def _put(self, row: int, chains: Sequence[Chain]) -> None:
        self.rows[row] = list(chains)
        items = [item for chain in chains for item in chain]
        middle = (len(items) - 1) / 2
        self.place.update((item, i - middle) for i, item in enumerate(items))

    def _source(self, sources: tuple[Item, ...]) -> float:
        return sum(self.place[item] for item in sources) / len(sources)

    def _sweep(self, downwards: bool) -> None:
        """Each chain to the middle of what it hangs on, or of what hangs on it."""
        rows = range(len(self.rows))
        for row in rows if downwards else reversed(rows):
            pulls: dict[Item, list[float]] = {}
            for sources, target in self.links[row] if downwards else self._below(row):
                if downwards:
                    pulls.setdefault(target, []).append(self._source(sources))
                for source in () if downwards else sources:
                    pulls.setdefault(source, []).append(self.place[target])

            def pull(chain: Chain, pulls: Mapping[Item, list[float]] = pulls) -> float:
                values = [value for item in chain for value in pulls.get(item, ())]
                middle = sum(self.place[item] for item in chain) / len(chain)
                return sum(values) / len(values) if values else middle

            self._put(row, sorted(self.rows[row], key=pull))

    def _below(self, row: int) -> list[Link]:
        return self.links[row + 1] if row + 1 < len(self.links) else []

    def _search(self, row: int) -> bool:
        """Move or turn single chains of a row while that helps; whether anything did."""
        improved = False
        if len(self.rows[row]) > _MOST_MOVED:
            return improved
        best = self._cost_near(row)
        for chain in list(self.rows[row]):
            for candidate in self._moves(row, chain):
                before = self.rows[row]
                self._put(row, candidate)
                cost = self._cost_near(row)
                if cost < best - 1e-9:
                    best, improved = cost, True
                    break
                self._put(row, before)
        return improved

    def _moves(self, row: int, chain: Chain) -> Iterable[list[Chain]]:
        if chain not in self.rows[row]:  # turned by an earlier move
            chain = chain[::-1]
        others = [other for other in self.rows[row] if other is not chain and other != chain]
        for turned in (chain, chain[::-1]) if len(chain) > 1 else (chain,):
            for at in range(len(others) + 1):
                yield [*others[:at], turned, *others[at:]]

    def _cost(self) -> float:
        return sum(self._cost_of_row(row) for row in range(len(self.rows)))

    def _cost_near(self, row: int) -> float:
        below = self._cost_of_row(row + 1) if row + 1 < len(self.rows) else 0.0
        return self._cost_of_row(row) + below

    def _cost_of_row(self, row: int) -> float:
        """Crossings of the lines from the row above, couples that stand apart, long lines."""
        ends = sorted((self._source(sources), self.place[to]) for sources, to in self.links[row])
        crossings = sum(a[1] > b[1] and a[0] < b[0] for a, b in combinations(ends, 2))
        apart = sum(abs(self.place[a] - self.place[b]) - 1 for a, b in self.beside[row])
        stretch = sum(abs(a - b) for a, b in ends)
        return _CROSSING * crossings + _APART * apart + _STRETCH * stretch
