"""What is said of a series: what holds it, what remains without each trace, what else explains it.

The explanations stand side by side with their weights beside one donor: two donors, two brothers,
chance, contamination in a batch. A solved case whose convicted person is not the donor is an
alert. What the case says beside DNA, and how likely contamination is, come from outside
(`Context`). Not here: how traces are joined (`series`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import comb, log10

import numpy as np
from scipy.sparse.csgraph import connected_components

from reopen.errors import InvalidRecord
from reopen.link.dna import AVERAGING, WHICH
from reopen.link.traces import Pair, Traces
from reopen.records import FULL_SIBLINGS, End, Frozen, NotWeighed, Reference
from reopen.records.series import (
    AlertKind,
    Divided,
    Explanation,
    ExplanationKind,
    Groups,
    Membership,
    Series,
    SeriesAlert,
    WeakestSplit,
    WhyApart,
)
from reopen.weigh.donor_splits import Rivals, Split, best_split, divisions, rivals
from reopen.weigh.one_donor import OneDonor, Together, one_donor, typed

MOST_LOOKED_AT = 30
"""Traces of a series of which each is left out in turn; in larger ones, those without which links
no longer join the others."""


@dataclass(frozen=True, slots=True)
class SeriesOptions:
    """least_log10: one donor of two groups against two unrelated donors, to join them; as far
    below 0, somebody is not the donor. least_over_brothers: one donor against two brothers.
    possible_donors: of each trace, for the probabilities of divisions; None: all divisions alike.
    most_links: of each trace or person, the strongest; it is told how many others were left out.
    """

    least_log10: float = 3.0
    least_over_brothers: float = 0.0
    possible_donors: float | None = None
    most_links: int = 100

    def why_apart(self, over_two: float, over_brothers: float) -> WhyApart | None:
        """Why traces are not of one series; None where they are."""
        if not over_two >= self.least_log10:
            return WhyApart.TWO_DONORS
        return None if over_brothers >= self.least_over_brothers else WhyApart.BROTHERS


@dataclass(frozen=True, slots=True)
class Convicted:
    """Somebody convicted or charged in a case, as `role` says. profile: None where none is held."""

    case: str
    person: str
    role: str
    profile: Reference | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of traces beside their DNA.

    cases    trace -> case, in place of the case that its stain names
    batches  trace -> batches it was worked on in
    odds     batch -> odds, for one trace, of contamination there against having been left by the
             donor; as of `prove.coincidence`, with the prior of a true link
    remarks  batch -> what else is known of it, in words
    expected case -> profiles of people whose DNA is no surprise there: its victim
    """

    cases: Mapping[str, str] = field(default_factory=dict)
    batches: Mapping[str, Sequence[str]] = field(default_factory=dict)
    odds: Mapping[str, float] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, Sequence[str]] = field(default_factory=dict)
    convicted: tuple[Convicted, ...] = ()

    def __post_init__(self) -> None:
        for name in ("cases", "batches", "odds", "remarks", "expected"):
            object.__setattr__(self, name, Frozen(getattr(self, name)))
        for batch, odds in self.odds.items():
            if not odds > 0:
                raise InvalidRecord(
                    f"Odds {odds:g} of contamination in batch {batch}.",
                    rule="Odds are above 0.",
                    way_on="Leave the batch out where its odds are not known.",
                )


@dataclass(frozen=True, slots=True)
class Held:
    """Traces of one series, and the best two donors and two brothers beside their one donor."""

    ends: tuple[End, ...]
    weakest: Split
    brothers: Split


def described(
    held: Held,
    pairs: Mapping[Pair, float],
    traces: Traces,
    options: SeriesOptions,
    context: Context,
) -> Series:
    """A series with all that is said of it. pairs: the links that were weighed."""
    ends, inside = held.ends, frozenset(held.ends)
    own = {pair: log10 for pair, log10 in pairs.items() if inside.issuperset(pair)}
    of = traces.together(ends)
    joint = one_donor(of)
    told = divisions(of, options.possible_donors)
    cases = {end.profile: _case(end, traces, context) for end in ends}
    alerts, undecided = _alerts(ends, cases, traces, options, context)
    return Series(
        members=tuple(_members(rivals(of), ends, joint, cases, own, options)),
        log10=joint.log10,
        per_locus=joint.per_locus,
        other_terms={WHICH: joint.which, AVERAGING: joint.averaging},
        error=joint.error,
        weakest=_weakest(held.weakest, ends, own),
        explanations=_explanations(of, held, joint, traces, context),
        pairs=own,
        divisions=tuple(
            Divided(_groups(ends, way.groups), way.log10, way.probability) for way in told.likeliest
        ),
        others=told.others,
        all_divided=told.complete,
        alerts=tuple(alerts),
        undecided=tuple(undecided),
        not_weighed=of.not_weighed,
    )


def _case(end: End, traces: Traces, context: Context) -> str:
    own = traces.stains[end.profile].stain.case if end.profile in traces.stains else ""
    return context.cases.get(end.profile, own)


def _groups(ends: Sequence[End], groups: Sequence[Sequence[int]]) -> Groups:
    return tuple(tuple(ends[k] for k in group) for group in groups)


def _members(
    known: Rivals,
    ends: tuple[End, ...],
    joint: OneDonor,
    cases: Mapping[str, str],
    pairs: Mapping[Pair, float],
    options: SeriesOptions,
) -> Iterator[Membership]:
    others = ~np.eye(len(ends), dtype=bool)
    beside = joint.log10 - known.two(others, FULL_SIBLINGS)
    for k, end in enumerate(ends):
        left = tuple(end for end, kept in zip(ends, others[k], strict=True) if kept)
        looked_at = len(ends) <= MOST_LOOKED_AT or _parted(left, pairs)
        remains: Groups = (left,)
        without, holds_by = None, None
        if len(left) > 1 and looked_at:
            rest = rivals(known.of.some(others[k]))
            split = best_split(rest.of, known=rest)
            without, holds_by = rest.one(), split.log10
            remains = _parts(split, rest.of, left, options)
        yield Membership(
            end=end,
            case=cases[end.profile],
            adds=joint.adds[k],
            brother=float(beside[k]),
            without=without,
            remains=remains,
            holds_by=holds_by,
        )


def _parted(ends: tuple[End, ...], pairs: Mapping[Pair, float]) -> bool:
    """Whether no links lead from some of the traces to others."""
    place = {end: k for k, end in enumerate(ends)}
    graph = np.zeros((len(ends), len(ends)), dtype=bool)
    for one, other in pairs:
        if one in place and other in place:
            graph[place[one], place[other]] = True
    return int(connected_components(graph, directed=False)[0]) > 1


def _parts(split: Split, of: Together, ends: tuple[End, ...], options: SeriesOptions) -> Groups:
    """What traces with this best split fall into where two donors do as well as one."""
    if split.log10 >= options.least_log10:
        return (ends,)
    found: list[tuple[End, ...]] = []
    for part in (split.one, split.other):
        here, some = tuple(ends[k] for k in part), of.some(np.isin(np.arange(len(ends)), part))
        found += _parts(best_split(some), some, here, options) if len(part) > 1 else [here]
    return tuple(found)


def strongest(
    pairs: Mapping[Pair, float], one: frozenset[End], other: frozenset[End]
) -> Pair | None:
    """The strongest of the pairs between two groups; pairs are strongest first."""
    return next(_between(pairs, one, other), None)


def _between(
    pairs: Mapping[Pair, float], one: frozenset[End], other: frozenset[End]
) -> Iterator[Pair]:
    for first, second in pairs:
        if (first in one and second in other) or (first in other and second in one):
            yield first, second


def _weakest(split: Split, ends: tuple[End, ...], pairs: Mapping[Pair, float]) -> WeakestSplit:
    one, other = _groups(ends, (split.one, split.other))
    joining = list(_between(pairs, frozenset(one), frozenset(other)))
    return WeakestSplit(one, other, split.log10, joining[0] if joining else None, len(joining))


def _explanations(
    of: Together, held: Held, joint: OneDonor, traces: Traces, context: Context
) -> tuple[Explanation, ...]:
    """One donor first, then the strongest first; those without a weight last."""
    ends = held.ends
    alone = tuple((end,) for end in ends)
    others = [
        _two(ExplanationKind.TWO_DONORS, held.weakest, ends),
        _two(ExplanationKind.TWO_BROTHERS, held.brothers, ends),
        Explanation(
            ExplanationKind.CHANCE,
            alone,
            -joint.log10,
            expected=expected_by_chance(ends, joint.log10, traces),
        ),
        *_contaminations(of, ends, context),
    ]
    others.sort(key=lambda one: -np.inf if one.log10 is None else one.log10, reverse=True)
    return (Explanation(ExplanationKind.ONE_DONOR, (ends,), 0.0), *others)


def _two(kind: ExplanationKind, split: Split, ends: tuple[End, ...]) -> Explanation:
    return Explanation(kind, _groups(ends, (split.one, split.other)), -split.log10)


def expected_by_chance(ends: Sequence[End], log10_lr: float, traces: Traces) -> float:
    """Upper bound of series of as many traces and people, at least this strong, by chance alone:
    ways to choose them, divided by the LR.

    Among different donors the mean LR is 1, so at most 1 in LR reaches LR. Source: Good 1950,
    Probability and the Weighing of Evidence (Turing's theorem); Markov's inequality.
    """
    people = sum(end.contributor is None for end in ends)
    ways = comb(len(traces.stains), len(ends) - people) * comb(len(traces.people), people)
    return float(10.0 ** (log10(ways) - log10_lr)) if ways else 0.0


def _contaminations(of: Together, ends: tuple[End, ...], context: Context) -> Iterator[Explanation]:
    """For each batch that several traces share: the donor left one of them, and the laboratory
    carried it into the others."""
    together: dict[str, list[int]] = {}
    for k, end in enumerate(ends):
        for batch in dict.fromkeys(context.batches.get(end.profile, ())):
            together.setdefault(batch, []).append(k)
    for batch, shared in together.items():
        if len(shared) < 2:
            continue
        odds = context.odds.get(batch)
        outside = [k for k in range(len(ends)) if k not in shared]
        yield Explanation(
            ExplanationKind.CONTAMINATION,
            _groups(ends, (shared, outside) if outside else (shared,)),
            None if odds is None else (len(shared) - 1) * log10(odds),
            batch=batch,
            remaining=min(_one_of(of, [*outside, k]) for k in shared) if outside else None,
            remark=context.remarks.get(batch, ""),
        )


def _one_of(of: Together, members: Sequence[int]) -> float:
    return rivals(of.some(np.isin(np.arange(len(of.owners)), members))).one()


def _alerts(
    ends: tuple[End, ...],
    cases: Mapping[str, str],
    traces: Traces,
    options: SeriesOptions,
    context: Context,
) -> tuple[list[SeriesAlert], list[NotWeighed]]:
    """Solved cases whose convicted person did not leave the traces, and those that cannot be
    told."""
    alerts, undecided = [], []
    for solved in context.convicted:
        here = tuple(end for end in ends if end.contributor and cases[end.profile] == solved.case)
        no_surprise = context.expected.get(solved.case, ())
        if not here or any(end.profile in no_surprise for end in ends if not end.contributor):
            continue
        donor = None if solved.profile is None else _as_donor(ends, solved.profile, traces)
        if donor is not None and donor >= options.least_log10:
            continue
        own = "" if solved.profile is None else solved.profile.id
        others = tuple(end.profile for end in ends if not end.contributor and end.profile != own)
        if others or (donor is not None and donor <= -options.least_log10):
            kind = AlertKind.ANOTHER_PERSON if others else AlertKind.NOT_THE_DONOR
            beside = None if solved.profile is None else _elsewhere(here, solved.profile, traces)
            alerts.append(
                SeriesAlert(
                    kind, solved.case, solved.person, solved.role, here, donor, others, beside
                )
            )
        else:
            undecided.append(NotWeighed(_who(solved), _why_undecided(donor)))
    return alerts, undecided


def _who(solved: Convicted) -> str:
    return f"{solved.person}, {solved.role} in case {solved.case}, as donor of the series"


def _why_undecided(donor: float | None) -> str:
    if donor is None:
        return "no profile is held"
    return f"the DNA does not tell: log10 LR {donor:.1f}"


def _as_donor(ends: tuple[End, ...], person: Reference, traces: Traces) -> float:
    """log10 LR that a typed person is the donor of the series, against somebody unrelated."""
    others = tuple(end for end in ends if end.profile != person.id)
    return one_donor(traces.together(others, typed(person))).adds[-1]


def _elsewhere(here: Sequence[End], person: Reference, traces: Traces) -> float | None:
    """log10 LR that a typed person is another contributor of one of these stains; the largest."""
    found = [
        rivals(traces.together([end], typed(person))).one()
        for trace in here
        for end in traces.ends(trace.profile)
        if end.contributor != trace.contributor
    ]
    return max(found, default=None)
