"""Victims and missing people two by two: likelihood ratios, exclusions, what is beyond dispute.

Source: Vigeland and Egeland 2021; Egeland and Vigeland 2025. Not here: assignments of all at once
(`dvi_joint`), what a victim's profile does to a family's likelihood (`dvi_terms`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, log, log10
from typing import Protocol

from reopen.link.dvi_options import PutIn
from reopen.link.dvi_people import Sought, may_be
from reopen.records import Sex

_LN_10 = log(10.0)
Fixed = Mapping[str, str]


class Terms(Protocol):
    """What families say of victims put into them (`dvi_terms` has the real ones).

    put_in  (missing, victim) pairs in question
    given   pairs known already: these victims are references of the family
    """

    def __call__(self, family: str, put_in: PutIn, given: PutIn = ()) -> float:
        """ln LR, put in against unrelated to the family."""
        ...

    def impossible(self, family: str, put_in: PutIn, given: PutIn = ()) -> tuple[str, ...]:
        """Loci at which the family could not have these victims if nothing mutated."""
        ...

    def loci(self, victim: str) -> int:
        """Loci of a victim that are weighed."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """A victim weighed as a missing person, others of the family being as identified so far.

    log10_lr    -inf where it is impossible
    impossible  loci, or linked pairs, that exclude it unless an allele mutated there
    loci        number of loci weighed
    """

    victim: str
    missing: str
    family: str
    log10_lr: float
    impossible: tuple[str, ...]
    loci: int


@dataclass(frozen=True, slots=True)
class Undisputed:
    """A pair far ahead of every other of both; step: 1 before any was fixed, 2 after the first."""

    pair: Pair
    step: int


@dataclass(frozen=True, slots=True)
class Rules:
    """When a pair counts as what.

    threshold        LR from which two people are one
    most_impossible  a pair excluded at more loci than this is left out
    strict           undisputed only if every other LR of both is 1 or less
    """

    threshold: float = 1e4
    most_impossible: int = 2
    strict: bool = False

    @property
    def probable(self) -> float:
        """LR from which two people are probably one: a tenth of the threshold, 1 at least."""
        return max(1.0, self.threshold / 10)

    def is_open(self, pair: Pair) -> bool:
        """Whether a pair is possible and not excluded."""
        return pair.log10_lr > -inf and len(pair.impossible) <= self.most_impossible


def weigh_pairs(
    terms: Terms,
    victims: Mapping[str, Sex],
    missing: Sequence[Sought],
    fixed: Fixed,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[Pair, ...]:
    """Every victim as every missing person of a sex it may have, those fixed left out.

    fixed  missing -> victim, of those identified: they are references of their families now
    told   called with (pairs done, of); an exception it raises stops
    """
    used = set(fixed.values())
    todo = [
        (victim, person)
        for victim, sex in victims.items()
        if victim not in used
        for person in missing
        if person.name not in fixed and may_be(sex, person.sex)
    ]
    found = []
    for done, (victim, person) in enumerate(todo):
        told(done, len(todo))
        put_in = ((person.name, victim),)
        given = given_to(person.family, missing, fixed)
        pair = Pair(
            victim,
            person.name,
            person.family,
            terms(person.family, put_in, given) / _LN_10,
            terms.impossible(person.family, put_in, given),
            terms.loci(victim),
        )
        found.append(pair)
    told(len(todo), len(todo))
    return tuple(found)


def given_to(family: str, missing: Sequence[Sought], fixed: Fixed) -> PutIn:
    """Those fixed who belong to a family, as (missing, victim) pairs."""
    own = (m.name for m in missing if m.family == family and m.name in fixed)
    return tuple(sorted((name, fixed[name]) for name in own))


def beyond_dispute(pairs: Sequence[Pair], rules: Rules) -> tuple[Pair, ...]:
    """Pairs at the threshold whose victim and missing person have no rival."""
    found = []
    needed = log10(rules.threshold)
    for pair in pairs:
        rivals = [
            other.log10_lr
            for other in pairs
            if other is not pair and (other.victim == pair.victim or other.missing == pair.missing)
        ]
        most = 0.0 if rules.strict else pair.log10_lr - needed
        if rules.is_open(pair) and pair.log10_lr >= needed and max(rivals, default=-inf) <= most:
            found.append(pair)
    return tuple(found)


def sequential(
    weigh: Callable[[Fixed], Sequence[Pair]], rules: Rules, most: int = 32
) -> tuple[dict[str, str], ...]:
    """The largest LR first, then the next one given it, down to the threshold; branches at ties.

    weigh  pairs given what is fixed. Returns victim -> missing, one for each outcome, `most` at
    most. For comparison only: an early choice is never taken back, so that the joint assignment
    can be better (Vigeland and Egeland 2021, example 1).
    """
    outcomes: dict[frozenset[tuple[str, str]], None] = {}
    waiting: list[Fixed] = [{}]
    seen: set[frozenset[tuple[str, str]]] = set()
    needed = log10(rules.threshold)
    while waiting and len(outcomes) < most:
        fixed = waiting.pop()
        pairs = [pair for pair in weigh(fixed) if rules.is_open(pair) and pair.log10_lr >= needed]
        if not pairs:
            outcomes[frozenset(fixed.items())] = None
            continue
        greatest = max(pair.log10_lr for pair in pairs)
        for pair in reversed(pairs):
            if pair.log10_lr >= greatest - 1e-9:
                further = {**fixed, pair.missing: pair.victim}
                if (key := frozenset(further.items())) not in seen:
                    seen.add(key)
                    waiting.append(further)
    return tuple({victim: m for m, victim in sorted(found)} for found in outcomes)
