"""Familias' mutation models in our terms.

Its plain stepwise model knows no microgroups: a change from 9 to 9.3 is a step of 0.3. Where a
locus has microvariants that is none of our models, so it becomes a matrix.
"""

from __future__ import annotations

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where
from reopen.records import (
    NO_MUTATION,
    Allele,
    Locus,
    MutationKind,
    MutationModel,
    Stationary,
    repeat_number,
)

_EQUAL, _PROPORTIONAL, _STEPWISE, _STATIONARY, _EXTENDED = range(5)


def mutation_model(
    locus: Locus,
    alleles: tuple[Allele, ...],
    rate: float,
    code: int,
    step_range: float,
    rate2: float,
    where: Where,
) -> MutationModel:
    """A model from its code: 0 equal, 1 proportional, 2 stepwise, 3 the same made stationary,
    4 extended stepwise. Raises UnreadableFile for another code, InvalidRecord for a bad number.
    """
    try:
        if code in (_EQUAL, _PROPORTIONAL):
            kind = MutationKind.EQUAL if code == _EQUAL else MutationKind.PROPORTIONAL
            return MutationModel(kind, rate) if rate else NO_MUTATION
        if code in (_STEPWISE, _STATIONARY):
            stationary = Stationary.PM if code == _STATIONARY else Stationary.AS_IT_IS
            return _stepwise(alleles, rate, step_range, stationary) if rate else NO_MUTATION
        if code == _EXTENDED:
            extended = MutationModel(MutationKind.STEPWISE, rate, rate2, step_range)
            return extended if rate or rate2 else NO_MUTATION
    except ReopenError as error:
        raise error.at(Where(where.file, where.line, locus)) from None
    raise UnreadableFile(
        f"{locus} has mutation model {code}.",
        rule="Models 0 to 4 are read: equal, proportional, stepwise, stationary stepwise and "
        "extended stepwise.",
        way_on="Choose one of these for the locus in Familias.",
        where=where,
    )


def _stepwise(
    alleles: tuple[Allele, ...], rate: float, step_range: float, stationary: Stationary
) -> MutationModel:
    """M_ij = rate * range^|xi - xj|, divided by the sum of these over all j but i."""
    sizes = [repeat_number(label) for label in alleles]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        odd = alleles[sizes.index(None)]
        raise InvalidRecord(
            f"Allele {odd} has no number of repeats.",
            rule="A stepwise model needs alleles that are numbers.",
            way_on="Choose the equal or the proportional model for the locus.",
        )
    if len({round(10 * size) % 10 for size in known}) == 1:
        return MutationModel(
            MutationKind.STEPWISE, rate, step_range=step_range, stationary=stationary
        )
    MutationModel(MutationKind.STEPWISE, rate, step_range=step_range)  # checks the numbers
    rows = tuple(_row(i, known, rate, step_range) for i in range(len(known)))
    return MutationModel(
        MutationKind.CUSTOM, rate, alleles=alleles, matrix=rows, stationary=stationary
    )


def _row(i: int, sizes: list[float], rate: float, step_range: float) -> tuple[float, ...]:
    weights = [step_range ** abs(size - sizes[i]) for size in sizes]
    weights[i] = 0.0
    total = sum(weights)
    row = [rate * weight / total if total > 0 else 0.0 for weight in weights]
    row[i] = 1 - rate if total > 0 else 1.0
    return tuple(row)
