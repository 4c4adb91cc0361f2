"""Mutation models as matrices: the probability that a parent's allele is handed on as another.

Row = parental allele, column = the child's. A silent allele is not among these alleles: it neither
mutates nor comes about by mutation. Not here: which sex has which model (`records.Mutation`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats, Ints
from reopen.records import Allele, MutationKind, MutationModel, Stationary, repeat_number

_SLACK = 1e-12


def mutation_matrix(model: MutationModel, alleles: Sequence[Allele], frequency: Floats) -> Floats:
    """M[parental, child], shape (allele, allele); rows sum to 1.

    alleles    labels of the locus, each with a frequency above 0
    frequency  (allele,), sums to 1

    Step models know distances between numbered alleles only: an allele without a number (a bin, a
    name) does not mutate under them. Raises CannotWeigh where the model does not fit the alleles.
    Sources: Dawid, Mortera and Pascali 2001; Egeland, Kling and Mostad 2016; Simonsson and Mostad
    2016 (PM); Egeland and Vigeland 2025 (MH, BA, PR).
    """
    if len(alleles) == 1 and model.kind is not MutationKind.CUSTOM:
        return np.ones((1, 1))
    matrix = _MODELS[model.kind](model, tuple(alleles), frequency)
    return _TRANSFORMS[model.stationary](matrix, frequency)


def overall_rate(matrix: Floats, frequency: Floats) -> float:
    """Probability that an allele drawn from the population is handed on as another."""
    return float(1 - frequency @ np.diag(matrix))


def _none(model: MutationModel, alleles: tuple[Allele, ...], frequency: Floats) -> Floats:
    return np.eye(len(alleles))


def _equal(model: MutationModel, alleles: tuple[Allele, ...], frequency: Floats) -> Floats:
    n = len(alleles)
    return _with_diagonal(np.full((n, n), model.rate / (n - 1)))


def _proportional(model: MutationModel, alleles: tuple[Allele, ...], frequency: Floats) -> Floats:
    diversity = float(frequency @ (1 - frequency))
    limit = diversity / (1 - frequency.min())
    if model.rate > limit:
        raise CannotWeigh(
            f"A proportional mutation rate of {model.rate}.",
            rule=f"With these allele frequencies the model allows {limit:.6g} at most.",
            way_on="Use a lower rate or the equal model.",
        )
    matrix = model.rate / diversity * np.broadcast_to(frequency, (len(alleles),) * 2)
    return _with_diagonal(matrix.copy())


def _stepwise(model: MutationModel, alleles: tuple[Allele, ...], frequency: Floats) -> Floats:
    """Rate to alleles of the same microgroup, rate2 to all others.

    A microgroup is the alleles of one fraction: 9.3 and 10.3. Alleles without a number are left
    out of both.
    """
    tenths, numbered = _tenths(alleles)
    group = tenths % 10
    steps = np.abs(tenths[:, None] - tenths[None, :]) // 10
    both = numbered[:, None] & numbered[None, :] & ~np.eye(len(alleles), dtype=bool)
    same = both & (group[:, None] == group[None, :])
    other = both & ~same
    inside = np.where(same, model.step_range ** steps.astype(float), 0.0)
    return _with_diagonal(model.rate * _share(inside) + model.rate2 * _share(other.astype(float)))


def _onestep(model: MutationModel, alleles: tuple[Allele, ...], frequency: Floats) -> Floats:
    tenths = _whole_numbers(alleles, "onestep")
    beside = np.abs(tenths[:, None] - tenths[None, :]) == 10
    return _with_diagonal(model.rate * _share(beside.astype(float)))


def _dawid(model: MutationModel, alleles: tuple[Allele, ...], frequency: Floats) -> Floats:
    n, ratio = len(alleles), model.step_range
    place = np.argsort(np.argsort(_whole_numbers(alleles, "dawid"), kind="stable"))
    alpha = (1 - ratio**n) / (1 - ratio)
    steps = np.abs(place[:, None] - place[None, :])
    scale = (1 - ratio) / (2 * ratio * (n - alpha))
    matrix = model.rate / frequency[:, None] * scale * ratio ** steps.astype(float)
    return _checked(_with_diagonal(matrix), "dawid")


def _custom(model: MutationModel, alleles: tuple[Allele, ...], frequency: Floats) -> Floats:
    missing = [label for label in alleles if label not in model.alleles]
    if missing:
        raise CannotWeigh(
            f"The custom mutation matrix has no row for allele {', '.join(missing)}.",
            rule="A matrix names every allele of its locus, those met in the profiles included.",
            way_on="Add the rows and columns, or use a model that is given by its rate.",
        )
    at = [model.alleles.index(label) for label in alleles]
    matrix = np.array(model.matrix)[np.ix_(at, at)]
    if np.abs(matrix.sum(axis=1) - 1).max() > 1e-9:
        extra = [label for label in model.alleles if label not in alleles]
        raise CannotWeigh(
            f"The custom mutation matrix leads to alleles without a frequency: {', '.join(extra)}.",
            rule="Alleles that can come about by mutation have a frequency.",
            way_on="Add them to the population, or take them out of the matrix.",
        )
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def _as_it_is(matrix: Floats, frequency: Floats) -> Floats:
    return matrix


def _pm(matrix: Floats, frequency: Floats) -> Floats:
    """Each row's mutations sped up or slowed down; the overall rate is kept."""
    n = len(matrix)
    if np.array_equal(matrix, np.eye(n)):
        return matrix
    equations = np.vstack([matrix.T - np.eye(n), np.ones(n)])
    if np.linalg.matrix_rank(equations[:-1]) < n - 1:
        raise CannotWeigh(
            "PM stabilisation of a model with groups of alleles that never change into each other.",
            rule="PM needs one stationary distribution, so every allele must be reached.",
            way_on="Give rate2 a value above 0, or use MH, BA or PR.",
        )
    law = np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)[0]
    ratio = overall_rate(matrix, frequency) / overall_rate(matrix, law)
    speed = ratio * law / frequency
    return _checked(np.eye(n) + speed[:, None] * (matrix - np.eye(n)), "PM")


def _mh(matrix: Floats, frequency: Floats) -> Floats:
    """The smaller of the two flows between each two alleles (Metropolis and Hastings)."""
    flow = frequency[:, None] * matrix
    return _at_old_rate(np.minimum(flow, flow.T) / frequency[:, None], matrix, frequency, "MH")


def _ba(matrix: Floats, frequency: Floats) -> Floats:
    """Half the harmonic mean of the two flows (Barker)."""
    flow = frequency[:, None] * matrix
    both = flow + flow.T
    barker = np.divide(flow * flow.T, both, out=np.zeros_like(flow), where=both > 0)
    return _at_old_rate(barker / frequency[:, None], matrix, frequency, "BA")


def _pr(matrix: Floats, frequency: Floats) -> Floats:
    """The mean of the two flows."""
    flow = frequency[:, None] * matrix
    return _checked(_with_diagonal((flow + flow.T) / (2 * frequency[:, None])), "PR")


def _at_old_rate(changed: Floats, matrix: Floats, frequency: Floats, name: str) -> Floats:
    """Off-diagonal cells rescaled to the overall rate before the transform."""
    old = overall_rate(matrix, frequency)
    new = overall_rate(_with_diagonal(changed), frequency)
    if old <= 0:
        return matrix
    if new <= 0:
        raise CannotWeigh(
            f"{name} leaves no mutation at all.",
            rule="The transform keeps mutations that go both ways.",
            way_on="Use PR, or another mutation model.",
        )
    return _checked(_with_diagonal(changed * (old / new)), name)


def _with_diagonal(matrix: Floats) -> Floats:
    """The same matrix with a diagonal that makes its rows sum to 1."""
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, 1 - matrix.sum(axis=1))
    return matrix


def _checked(matrix: Floats, name: str) -> Floats:
    if np.diag(matrix).min() < -_SLACK:
        raise CannotWeigh(
            f"The mutation model {name} gives a negative probability.",
            rule="With rare alleles the model allows low rates only.",
            way_on="Use a lower rate, raise the minimum frequency, or use another model.",
        )
    return np.asarray(np.maximum(matrix, 0.0))


def _share(weight: Floats) -> Floats:
    """Rows divided by their sums; rows of zeros stay."""
    total = weight.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0))


def _tenths(alleles: tuple[Allele, ...]) -> tuple[Ints, NDArray[np.bool_]]:
    """Repeat numbers in tenths, and which alleles have one."""
    numbers = [repeat_number(label) for label in alleles]
    tenths = np.array([0 if x is None else round(10 * x) for x in numbers], dtype=np.int64)
    return tenths, np.array([x is not None for x in numbers])


def _whole_numbers(alleles: tuple[Allele, ...], name: str) -> Ints:
    tenths, numbered = _tenths(alleles)
    wrong = [
        a for a, t, known in zip(alleles, tenths, numbered, strict=True) if t % 10 or not known
    ]
    if wrong:
        raise CannotWeigh(
            f"The mutation model {name} at a locus with allele {', '.join(wrong)}.",
            rule=f"{name} knows whole repeat numbers only.",
            way_on="Use the stepwise model, which has a rate (rate2) for other alleles.",
        )
    return tenths


_Build = Callable[[MutationModel, tuple[Allele, ...], Floats], Floats]
_MODELS: dict[MutationKind, _Build] = {
    MutationKind.NONE: _none,
    MutationKind.EQUAL: _equal,
    MutationKind.PROPORTIONAL: _proportional,
    MutationKind.STEPWISE: _stepwise,
    MutationKind.ONESTEP: _onestep,
    MutationKind.DAWID: _dawid,
    MutationKind.CUSTOM: _custom,
}
_TRANSFORMS: dict[Stationary, Callable[[Floats, Floats], Floats]] = {
    Stationary.AS_IT_IS: _as_it_is,
    Stationary.PM: _pm,
    Stationary.MH: _mh,
    Stationary.BA: _ba,
    Stationary.PR: _pr,
}
