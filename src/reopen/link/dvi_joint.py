"""All victims and all families at once: probabilities of who is who, exact or bounded.

An assignment gives every victim a missing person or nobody, and no missing person twice. Its
likelihood ratio against the assignment in which nobody is identified is a product over families.
Sums and maxima over all assignments are therefore exact without listing them: families are gone
through in a row, with the set of victims already used (`dvi_chain`). Sources: Vigeland and Egeland
2021 (joint assignment); Egeland and Vigeland 2025 (generalised LR).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.link.dvi_bounded import Bounded, bounded
from reopen.link.dvi_chain import MOST_WORK, QUICK, Chain, TooMany, chain
from reopen.link.dvi_options import FamilyOptions, PutIn
from reopen.link.dvi_prior import FLAT, Prior

Mask = NDArray[np.bool_]

NOBODY = "*"
# What may be left out, and the work allowed: exact if that is quick, else nearly so.
_ATTEMPTS = ((-1.0, QUICK), (1e-9, QUICK), (1e-6, QUICK), (1e-9, MOST_WORK))
_LN_10 = log(10.0)
_ROUNDED = 1e-6


@dataclass(frozen=True, slots=True)
class RankedAssignment:
    """One assignment: victim -> missing or "*".

    log10_lr   genetic likelihood ratio against nobody being identified
    posterior  its probability given the DNA and the prior; a lower bound where `Joint.is_exact`
               says no
    """

    assignment: Mapping[str, str]
    log10_lr: float
    posterior: float


@dataclass(frozen=True, slots=True)
class Joint:
    """Who is who, over all victims and families together.

    top        most probable assignments, best first
    posterior  victim -> missing or "*" -> probability; empty where it could not be computed
    log10_glr  (victim, missing) -> log10 of the greatest likelihood with this pair over the
               greatest without; pairs whose likelihood is 0 are absent
    with_option, options  by family: log10 of the greatest LR with each of its options, and they
    possible   number of assignments with a likelihood above 0, about where above 1e12
    error      bound of what was left out: no probability is off by more
    is_exact   sums went over all assignments, or all but `error`
    told       how exact it is, in a sentence
    """

    top: tuple[RankedAssignment, ...]
    posterior: Mapping[str, Mapping[str, float]]
    log10_glr: Mapping[tuple[str, str], float]
    options: tuple[FamilyOptions, ...]
    with_option: tuple[Floats, ...]
    possible: float
    error: float
    is_exact: bool
    told: str

    @property
    def best(self) -> RankedAssignment:
        return self.top[0]


def joint(
    options: Sequence[FamilyOptions],
    victims: Sequence[str],
    prior: Prior = FLAT,
    *,
    choices: Mapping[str, int] | None = None,
    most: int = 20,
) -> Joint:
    """Weigh all assignments together.

    choices  victim -> missing people whose sex it may have, over whom a prior is spread
    most     assignments to list

    Raises CannotWeigh where the prior asks for what no assignment gives.
    """
    weights = [_weights(own, prior, choices or {}) for own in options]
    required = prior.required(victims)
    _check_required(options, weights, required)
    for tolerance, most_work in _ATTEMPTS:
        kept, error = _without_negligible(weights, required, tolerance)
        fewer = [
            FamilyOptions(own.family, own.missing, _chosen(own.put_in, which), own.ln[which])
            for own, which in zip(options, kept, strict=True)
        ]
        left = [own[which] for own, which in zip(weights, kept, strict=True)]
        try:
            row = _row(fewer, required, most_work)
        except TooMany:
            continue
        return _exact(row, fewer, victims, left, most, error)
    return _of_bounds(bounded(options, weights, required), options, victims)


def count(options: Sequence[Sequence[frozenset[str]]]) -> float:
    """How many assignments there are, about where above 1e12; inf where too many to go through.

    options  by family (or missing person): the victims that each option takes
    """
    try:
        row = chain(options, frozenset())
    except TooMany:
        return inf
    return _whole(exp(row.total([np.zeros(len(own)) for own in options])))


def _exact(
    row: Chain,
    options: Sequence[FamilyOptions],
    victims: Sequence[str],
    weights: Sequence[Floats],
    most: int,
    error: float = 0.0,
) -> Joint:
    ln_total, around = row.around(weights)
    if ln_total == -inf:
        raise CannotWeigh(
            "No assignment agrees with the prior.",
            rule="A closed list needs a missing person of the right sex, not excluded, for every "
            "victim.",
            way_on="Use an open list, or look at the table of exclusions.",
        )
    ratios = [own.ln for own in options]
    share = [np.exp(own + rest - ln_total) for own, rest in zip(weights, around, strict=True)]
    _, best_around = row.around(ratios, best=True)
    reached = [(own + rest) / _LN_10 for own, rest in zip(ratios, best_around, strict=True)]
    zeros = [np.where(np.isfinite(own), 0.0, -inf) for own in weights]
    top = tuple(
        RankedAssignment(
            _assignment(options, taken, victims),
            sum(float(own[k]) for own, k in zip(ratios, taken, strict=True)) / _LN_10,
            exp(ln - ln_total),
        )
        for ln, taken in row.ranked(weights, most)
    )
    return Joint(
        top=top,
        posterior=_by_victim(row, options, weights, share, victims, ln_total),
        log10_glr=_generalised(options, reached),
        options=tuple(options),
        with_option=tuple(reached),
        possible=_whole(exp(row.total(zeros))),
        error=error,
        is_exact=True,
        told=_how_exact(error),
    )


def _how_exact(error: float) -> str:
    if error == 0:
        return "Exact: every assignment is in the sums."
    return (
        "Nearly exact: pairings that the DNA speaks strongly against were left out of the sums; "
        f"together they change no probability by more than {error:.1g}."
    )


def _of_bounds(found: Bounded, options: Sequence[FamilyOptions], victims: Sequence[str]) -> Joint:
    ratio = sum(float(own.ln[k]) for own, k in zip(options, found.taken, strict=True)) / _LN_10
    best = RankedAssignment(_assignment(options, found.taken, victims), ratio, found.at_least)
    return Joint(
        top=(best,), posterior={}, log10_glr={}, options=tuple(options), with_option=(),
        possible=inf, error=1.0, is_exact=False, told=found.told,
    )  # fmt: skip


def _chosen(put_in: Sequence[PutIn], keep: Mask) -> tuple[PutIn, ...]:
    return tuple(pairs for pairs, kept in zip(put_in, keep, strict=True) if kept)


def _without_negligible(
    weights: Sequence[Floats], required: frozenset[str], tolerance: float
) -> tuple[list[Mask], float]:
    """Which options to keep so that what is left out weighs little, and its total weight.

    tolerance  of that weight; below 0 everything is kept

    Assignments in which a family takes option o weigh at most w(o) times all those in which it
    takes nobody, so dropping options of total weight e changes probabilities by at most e. With
    a closed list nobody may be no option, and all are kept.
    """
    every = np.exp(np.minimum(np.concatenate([*weights, np.zeros(0)]), 0.0))
    keep = np.ones(every.size, dtype=bool)
    ascending = np.argsort(every, kind="stable")
    dropped = ascending[np.cumsum(every[ascending]) <= (-1.0 if required else tolerance)]
    keep[dropped] = False
    ends = np.cumsum([own.size for own in weights])
    parts = [keep[end - own.size : end] for end, own in zip(ends, weights, strict=True)]
    return parts, float(every[dropped].sum())


def _row(options: Sequence[FamilyOptions], required: frozenset[str], most_work: int) -> Chain:
    taken = [[frozenset(victim for _, victim in pairs) for pairs in own.put_in] for own in options]
    return chain(taken, required, most_work)


def _weights(own: FamilyOptions, prior: Prior, choices: Mapping[str, int]) -> Floats:
    """ln weight of each option: its likelihood ratio and the prior of its pairs."""
    added = [
        sum(prior.ln_weight(victim, name, choices.get(victim, 1)) for name, victim in pairs)
        for pairs in own.put_in
    ]
    weights: Floats = own.ln + np.array(added)
    return weights


def _check_required(
    options: Sequence[FamilyOptions], weights: Sequence[Floats], required: frozenset[str]
) -> None:
    possible = {
        victim
        for own, ln in zip(options, weights, strict=True)
        for pairs, weight in zip(own.put_in, ln, strict=True)
        if weight > -inf
        for _, victim in pairs
    }
    if lacking := sorted(required - possible):
        raise CannotWeigh(
            f"{lacking[0]} has to be one of the missing, and can be none of them.",
            rule="A closed list needs a missing person for every victim.",
            way_on="Use an open list, or look at the table of exclusions.",
        )


def _assignment(
    options: Sequence[FamilyOptions], taken: Sequence[int], victims: Sequence[str]
) -> dict[str, str]:
    placed = {
        victim: name
        for own, k in zip(options, taken, strict=True)
        for name, victim in own.put_in[k]
    }
    return {victim: placed.get(victim, NOBODY) for victim in victims}


def _by_victim(
    row: Chain,
    options: Sequence[FamilyOptions],
    weights: Sequence[Floats],
    share: Sequence[Floats],
    victims: Sequence[str],
    ln_total: float,
) -> dict[str, dict[str, float]]:
    """Probability of each pair, and of nobody."""
    table: dict[str, dict[str, float]] = {victim: {} for victim in victims}
    for own, shares in zip(options, share, strict=True):
        for pairs, p in zip(own.put_in, shares, strict=True):
            for name, victim in pairs:
                table[victim][name] = table[victim].get(name, 0.0) + float(p)
    for victim, probabilities in table.items():
        nobody = 1.0 - sum(probabilities.values())
        if nobody < _ROUNDED:
            nobody = exp(_without(row, options, weights, victim) - ln_total)
        probabilities[NOBODY] = nobody
    return table


def _without(
    row: Chain, options: Sequence[FamilyOptions], weights: Sequence[Floats], victim: str
) -> float:
    """ln weight of all assignments that make a victim none of the missing."""
    without = [
        np.where([any(victim == v for _, v in pairs) for pairs in own.put_in], -inf, ln)
        for own, ln in zip(options, weights, strict=True)
    ]
    return row.total(without)


def _generalised(
    options: Sequence[FamilyOptions], reached: Sequence[Floats]
) -> dict[tuple[str, str], float]:
    """Best with a pair over best without it; without it, its family takes another option."""
    ratios = {}
    for own, best in zip(options, reached, strict=True):
        descending = np.argsort(-best, kind="stable")
        with_pair: dict[tuple[str, str], float] = {}
        for k in descending:
            for pair in own.put_in[k]:
                with_pair.setdefault(pair, float(best[k]))
        for pair, greatest in with_pair.items():
            without = next(float(best[k]) for k in descending if pair not in own.put_in[k])
            name, victim = pair
            if greatest > -inf:
                ratios[victim, name] = greatest - without
    return ratios


def _whole(number: float) -> float:
    return float(round(number)) if number < 1e12 else number
