"""Many victims, many missing: who is who, after a disaster or at a mass grave.

In order: families checked, every pair weighed, those beyond dispute fixed and used as references,
the rest weighed jointly, conclusions drawn. Values in, values out.
Source: Vigeland and Egeland 2021; Egeland and Vigeland 2025; Prinz et al. 2007 (ISFG).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reopen.errors import CannotWeigh
from reopen.link.dvi_conclusions import (
    Conclusion,
    Evidence,
    conclude_missing,
    conclude_victim,
    family_impossible,
    not_identifiable,
)
from reopen.link.dvi_joint import Joint, count, joint
from reopen.link.dvi_options import FamilyOptions, family_options, once_for_alike, within
from reopen.link.dvi_pairs import (
    Fixed,
    Pair,
    Rules,
    Terms,
    Undisputed,
    beyond_dispute,
    given_to,
    sequential,
    weigh_pairs,
)
from reopen.link.dvi_people import Sought, count_assignments, may_be, sought
from reopen.link.dvi_people import not_identifiable as without_relatives
from reopen.link.dvi_prior import FLAT, Prior
from reopen.link.dvi_symmetry import Swap, swaps
from reopen.link.stains import Progress, quiet
from reopen.records import Family, Sex


@dataclass(frozen=True, slots=True)
class DviOptions:
    """How a disaster is worked through.

    rules         thresholds
    prior         of assignments
    most_options  ways to fill one family that are computed; above it the weakest pairs are left out
    most_listed   assignments to list
    """

    rules: Rules = field(default_factory=Rules)
    prior: Prior = FLAT
    most_options: int = 20_000
    most_listed: int = 20


@dataclass(frozen=True, slots=True)
class Identification:
    """Who is who, and what it rests on.

    victims       id -> sex
    missing       the missing of all families
    inconsistent  family -> loci at which its own profiles are impossible; it takes no part
    pairs         every pair, before anybody was identified; final: those weighed last, given the
                  undisputed
    undisputed    in the order they were fixed
    joint         over all pairs that are possible (the DNA alone decides what is)
    remaining     over what remained after the undisputed, with a flat prior, for the generalised
                  LRs; None where nothing did
    sequential    what fixing the largest LR first would have given, for comparison
    left_out      (victim, missing) pairs that a family with too many ways to be filled was spared
    assignments   how many there are of fitting sex; of_possible: of pairs with an LR above 0
    """

    victims: Mapping[str, Sex]
    missing: tuple[Sought, ...]
    inconsistent: Mapping[str, tuple[str, ...]]
    pairs: tuple[Pair, ...]
    final: tuple[Pair, ...]
    undisputed: tuple[Undisputed, ...]
    joint: Joint
    remaining: Joint | None
    sequential: tuple[Mapping[str, str], ...]
    of_missing: tuple[Conclusion, ...]
    of_victims: tuple[Conclusion, ...]
    left_out: tuple[tuple[str, str], ...]
    assignments: int
    of_possible: float
    options: DviOptions


def identify(
    victims: Mapping[str, Sex],
    families: Sequence[Family],
    terms: Terms,
    options: DviOptions | None = None,
    *,
    inconsistent: Mapping[str, tuple[str, ...]] | None = None,
    progress: Progress = quiet,
) -> Identification:
    """Work through a disaster.

    terms         what families say of victims put into them
    inconsistent  family -> loci at which it is impossible in itself
    progress      called with (step, done, of); an exception it raises stops the work

    Raises CannotWeigh where there is nobody to identify, and for a prior that asks for what no
    assignment gives.
    """
    options = options or DviOptions()
    everybody = sought(families)
    _check(victims, everybody)
    options.prior.check_names(victims, [person.name for person in everybody])
    bad = {family: loci for family, loci in (inconsistent or {}).items() if loci}
    alone = _without_relatives(families, everybody)
    usable = tuple(p for p in everybody if p.family not in bad and p.name not in alone)
    work = _Work(victims, families, usable, terms, options, progress)
    first = work.pairs({})
    undisputed, final = work.undisputed(first)
    fixed = {done.pair.missing: done.pair.victim for done in undisputed}
    whole, left_out = work.joint(first, {}, [p for p in first if p.log10_lr > -_INF])
    open_pairs = [pair for pair in final if options.rules.is_open(pair)]
    remaining, also_left_out = work.joint(final, fixed, open_pairs, FLAT)
    family_of = {person.name: person.family for person in everybody}
    still = {f.id: _still_sought(f.id, usable, open_pairs) for f in families}
    evidence = Evidence(
        first, final, undisputed, remaining if open_pairs else None,
        {f.id: _swaps(f, everybody, still[f.id], fixed) for f in families}, still, options.rules,
    )  # fmt: skip
    of_missing = {}
    for person in everybody:
        if person.family in bad:
            of_missing[person.name] = family_impossible(person.name, bad[person.family])
        elif person.name in alone:
            of_missing[person.name] = not_identifiable(person.name)
        else:
            of_missing[person.name] = conclude_missing(
                person.name, family_of[person.name], evidence
            )
    return Identification(
        victims=dict(victims),
        missing=everybody,
        inconsistent=bad,
        pairs=first,
        final=final,
        undisputed=undisputed,
        joint=whole,
        remaining=remaining if open_pairs else None,
        sequential=sequential(work.pairs, options.rules),
        of_missing=tuple(of_missing.values()),
        of_victims=tuple(conclude_victim(v, evidence, of_missing) for v in victims),
        left_out=tuple(dict.fromkeys((*left_out, *also_left_out))),
        assignments=count_assignments(list(victims.values()), [p.sex for p in everybody]),
        of_possible=_of_possible(first, victims),
        options=options,
    )


_INF = float("inf")


@dataclass(slots=True)
class _Work:
    """The steps, with what they have in common."""

    victims: Mapping[str, Sex]
    families: Sequence[Family]
    missing: tuple[Sought, ...]
    terms: Terms
    options: DviOptions
    progress: Progress
    _weighed: dict[frozenset[tuple[str, str]], tuple[Pair, ...]] = field(default_factory=dict)

    def pairs(self, fixed: Fixed) -> tuple[Pair, ...]:
        key = frozenset(fixed.items())
        if key not in self._weighed:
            step = "weighing pairs"
            self._weighed[key] = weigh_pairs(
                self.terms, self.victims, self.missing, fixed,
                lambda done, of: self.progress(step, done, of),
            )  # fmt: skip
        return self._weighed[key]

    def undisputed(
        self, first: tuple[Pair, ...]
    ) -> tuple[tuple[Undisputed, ...], tuple[Pair, ...]]:
        """Fix what is beyond dispute, weigh again given it, until nothing changes."""
        found: list[Undisputed] = []
        pairs, step = first, 1
        while new := beyond_dispute(pairs, self.options.rules):
            found += [Undisputed(pair, step) for pair in new]
            pairs = self.pairs({done.pair.missing: done.pair.victim for done in found})
            step += 1
        return tuple(found), pairs

    def joint(
        self,
        pairs: Sequence[Pair],
        fixed: Fixed,
        possible: Sequence[Pair],
        prior: Prior | None = None,
    ) -> tuple[Joint, tuple[tuple[str, str], ...]]:
        """All victims not fixed, over the pairs named possible; and pairs left out of too many."""
        strength = {(pair.missing, pair.victim): pair.log10_lr for pair in pairs}
        left_out: list[tuple[str, str]] = []
        found: list[FamilyOptions] = []
        for family in self.families:
            own = [p.name for p in self.missing if p.family == family.id]
            people = [name for name in own if name not in fixed]
            candidates = {
                name: [pair.victim for pair in possible if pair.missing == name] for name in people
            }
            kept, spared = within(
                candidates, lambda m, v: strength[m, v], self.options.most_options
            )
            left_out += [(victim, name) for name, victim in spared]
            found.append(self._options(family, kept, fixed))
        victims = [victim for victim in self.victims if victim not in fixed.values()]
        choices = {
            victim: sum(may_be(self.victims[victim], person.sex) for person in self.missing)
            for victim in victims
        }
        weighed = joint(
            found, victims, prior or self.options.prior, choices=choices,
            most=self.options.most_listed,
        )  # fmt: skip
        return weighed, tuple(left_out)

    def _options(
        self, family: Family, candidates: Mapping[str, Sequence[str]], fixed: Fixed
    ) -> FamilyOptions:
        step = f"filling family {family.id}"
        given = given_to(family.id, self.missing, fixed)
        own = once_for_alike(
            lambda name, put_in: self.terms(name, put_in, given),
            _swaps(family, self.missing, list(candidates), fixed),
        )
        return family_options(
            family.id, candidates, own, lambda done: self.progress(step, done, done)
        )


def _check(victims: Mapping[str, Sex], missing: Sequence[Sought]) -> None:
    if not victims:
        raise CannotWeigh(
            "No victim.",
            rule="Identification compares victims' profiles with families.",
            way_on="Add the profiles of victims or remains to the file.",
        )
    if not missing:
        raise CannotWeigh(
            "Nobody is missing.",
            rule="Identification compares victims' profiles with families of missing people.",
            way_on="Add families, and say which member of each is missing.",
        )


def _without_relatives(families: Sequence[Family], missing: Sequence[Sought]) -> frozenset[str]:
    members = {family.id: without_relatives(family) for family in families}
    return frozenset(p.name for p in missing if p.member in members[p.family])


def _still_sought(
    family: str, missing: Sequence[Sought], open_pairs: Sequence[Pair]
) -> tuple[str, ...]:
    """Missing people of a family for whom a pair is open."""
    named = {pair.missing for pair in open_pairs}
    return tuple(p.name for p in missing if p.family == family and p.name in named)


def _swaps(
    family: Family, missing: Sequence[Sought], among: Sequence[str], fixed: Fixed
) -> tuple[Swap, ...]:
    """How missing people of a family can change places, by the names they have here.

    among  those who are sought; fixed: identified before, typed now
    """
    member = {p.name: p.member for p in missing if p.family == family.id}
    name = {m: n for n, m in member.items()}
    typed = {*family.profiles, *(member[n] for n in fixed if n in member)}
    own = swaps(family.pedigree, typed, [member[n] for n in among])
    return tuple({name[a]: name[b] for a, b in swap.items()} for swap in own)


def _of_possible(pairs: Sequence[Pair], victims: Mapping[str, Sex]) -> float:
    """Assignments of pairs with an LR above 0, each missing person taken by itself."""
    open_to: dict[str, list[frozenset[str]]] = {}
    for pair in pairs:
        if pair.log10_lr > -_INF:
            open_to.setdefault(pair.missing, [frozenset()]).append(frozenset({pair.victim}))
    return count(list(open_to.values()))
