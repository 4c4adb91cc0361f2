"""What a family can be given: every way to put victims into it, each with its likelihood ratio.

The likelihood ratio of a whole assignment is a product over families, and a family's factor depends
only on the victims put into that family. So each such factor is computed once, here; assignments
are put together from them (`dvi_joint`) and never evaluated as a whole.

Not here: how a factor is computed (`dvi_terms`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.link.dvi_symmetry import Filled, Swap, alike

PutIn = tuple[tuple[str, str], ...]
Check = Callable[[int], None]


class Term(Protocol):
    """ln [L(family with victims put in) / L(family and the victims, unrelated)].

    put_in  (missing, victim) pairs, sorted by missing; () gives 0
    """

    def __call__(self, family: str, put_in: PutIn) -> float: ...


@dataclass(frozen=True, slots=True)
class FamilyOptions:
    """Every possible way to fill a family.

    put_in  by option, (missing, victim) pairs; the first option is nobody
    ln      (option,) natural log of the likelihood ratio; 0 for nobody
    """

    family: str
    missing: tuple[str, ...]
    put_in: tuple[PutIn, ...]
    ln: Floats

    @property
    def is_single(self) -> bool:
        """No option puts more than one victim in."""
        return all(len(pairs) <= 1 for pairs in self.put_in)


def family_options(
    family: str,
    candidates: Mapping[str, Sequence[str]],
    term: Term,
    told: Check = lambda done: None,
) -> FamilyOptions:
    """Fill a family's missing, one after the other, with nobody or a candidate not used before.

    candidates  missing -> victims who may be that person
    told        called with the number of options found so far; an exception it raises stops

    What is impossible with some victims in stays so with more of them, and is not gone into.
    """
    names = sorted(candidates)
    found: list[PutIn] = [()]
    logs = [0.0]

    def fill(place: int, so_far: PutIn) -> None:
        if place == len(names):
            return
        fill(place + 1, so_far)
        used = {victim for _, victim in so_far}
        for victim in candidates[names[place]]:
            if victim in used:
                continue
            put_in = (*so_far, (names[place], victim))
            ln = term(family, put_in)
            if ln > -inf:
                found.append(put_in)
                logs.append(ln)
                told(len(found))
                fill(place + 1, put_in)

    fill(0, ())
    return FamilyOptions(family, tuple(names), tuple(found), np.array(logs))


def once_for_alike(term: Term, found: Sequence[Swap]) -> Term:
    """The same terms, computed once for fillings that swaps of alike missing people make of one."""
    known: dict[tuple[str, Filled], float] = {}

    def once(family: str, put_in: PutIn) -> float:
        filled = frozenset(put_in)
        if (family, filled) not in known:
            ln = term(family, put_in)
            known.update(((family, other), ln) for other in alike(filled, found))
        return known[family, filled]

    return once if found else term


def count_options(candidates: Mapping[str, Sequence[str]], most: int) -> int:
    """How many ways there are to fill a family; counting ends above `most`."""
    names = sorted(candidates)
    count = 0

    def fill(place: int, used: frozenset[str]) -> None:
        nonlocal count
        if place == len(names):
            count += 1
            return
        fill(place + 1, used)
        for victim in candidates[names[place]]:
            if count > most:
                return
            if victim not in used:
                fill(place + 1, used | {victim})

    fill(0, frozenset())
    return count


def within(
    candidates: Mapping[str, Sequence[str]],
    strength: Callable[[str, str], float],
    most: int,
) -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
    """Candidates with at most so many options, and the (missing, victim) pairs left out for it.

    strength  of a (missing, victim) pair, its own ln likelihood ratio; the weakest goes first
    """
    kept = {name: tuple(victims) for name, victims in candidates.items()}
    pairs = sorted(
        ((name, victim) for name, victims in kept.items() for victim in victims),
        key=lambda pair: (strength(*pair), pair),
    )
    left_out = []
    for name, victim in pairs:
        if count_options(kept, most) <= most:
            break
        kept[name] = tuple(other for other in kept[name] if other != victim)
        left_out.append((name, victim))
    return kept, tuple(left_out)
