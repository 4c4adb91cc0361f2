"""The fewest mutations with which a pedigree can have given the genotypes of a locus.

A number for a reader beside the likelihood: "one mutation of one step". Not for: likelihoods
(`kinship`), which sum over all ways and weigh each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import inf

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.records import Allele, Genotype, Pedigree, Sex, allele_order, repeat_number

MOST_CELLS = 5_000_000
_MUTATION, _OTHER = 1e8, 1e4  # a mutation outweighs all steps; a change of microgroup, whole ones


@dataclass(frozen=True, slots=True)
class MutationsNeeded:
    """A way with the fewest mutations and, among those, the fewest steps.

    mutations  alleles handed on as others
    steps      whole repeats that these change by, together
    others     mutations that are no change by whole repeats (9.3 to 10, or between names)
    """

    mutations: int
    steps: int = 0
    others: int = 0

    def __str__(self) -> str:
        if not self.mutations:
            return "no mutation"
        number = "1 mutation" if self.mutations == 1 else f"{self.mutations} mutations"
        parts = [number]
        parts += [f"{self.steps} step{'s' if self.steps > 1 else ''}"] if self.steps else []
        parts += [f"{self.others} not by whole repeats"] if self.others else []
        return ", ".join(parts)


def mutations_needed(
    pedigree: Pedigree,
    genotypes: Mapping[str, Genotype],
    *,
    x_linked: bool = False,
    second_unsure: Collection[str] = (),
) -> MutationsNeeded | None:
    """The fewest mutations at one locus; None where the pedigree is too entangled to tell.

    genotypes      of the typed members
    second_unsure  people whose single listed allele may stand beside another one: read in part,
                   with dropout, or at a locus with silent alleles

    Alleles in between need not be looked at: on the ladder of repeats a middle that costs least is
    always found among the observed ones.
    """
    alleles = sorted({a for g in genotypes.values() for a in g.alleles}, key=allele_order)
    if not alleles:
        return MutationsNeeded(0)
    cost = _least_cost(
        [
            *_observed(pedigree, genotypes, alleles, x_linked, second_unsure),
            *_handed_on(pedigree, _changes(alleles), x_linked),
        ],
        len(alleles),
    )
    if cost is None or cost == inf:
        return None
    mutations, rest = divmod(round(cost), round(_MUTATION))
    others, steps = divmod(rest, round(_OTHER))
    return MutationsNeeded(mutations, steps, others)


Variable = tuple[str, str]
Factor = tuple[tuple[Variable, ...], Floats]
_MATERNAL, _PATERNAL = "maternal", "paternal"


def _changes(alleles: Sequence[Allele]) -> Floats:
    """(from, to) what a change costs."""
    table = np.zeros((len(alleles), len(alleles)))
    for (i, one), (j, other) in product(enumerate(alleles), repeat=2):
        if i != j:
            steps = _whole_steps(one, other)
            table[i, j] = _MUTATION + (_OTHER if steps is None else steps)
    return table


def _whole_steps(one: Allele, other: Allele) -> int | None:
    a, b = repeat_number(one), repeat_number(other)
    if a is None or b is None:
        return None
    apart = abs(a - b)
    return round(apart) if abs(apart - round(apart)) < 1e-6 else None


def _people(pedigree: Pedigree) -> dict[str, str]:
    """Member -> the person they are: identical twins are one."""
    return {id: id for id in pedigree.ids} | {
        id: group[0] for group in pedigree.twins for id in group
    }


def _observed(
    pedigree: Pedigree,
    genotypes: Mapping[str, Genotype],
    alleles: Sequence[Allele],
    x_linked: bool,
    second_unsure: Collection[str],
) -> list[Factor]:
    person, n = _people(pedigree), len(alleles)
    at = {label: i for i, label in enumerate(alleles)}
    factors: list[Factor] = []
    for id, genotype in genotypes.items():
        mother = (person[id], _MATERNAL)
        if x_linked and pedigree.sex(id) is Sex.MALE:
            own = np.full(n, inf)
            own[at[genotype.alleles[0]]] = 0.0
            factors.append(((mother,), own))
            continue
        i, j = (at[label] for label in genotype.pair)
        table = np.full((n, n), inf)
        table[i, j] = table[j, i] = 0.0
        if i == j and id in second_unsure:
            table[i, :] = table[:, i] = 0.0
        factors.append((((person[id], _PATERNAL), mother), table))
    return factors


def _handed_on(pedigree: Pedigree, changes: Floats, x_linked: bool) -> list[Factor]:
    person = _people(pedigree)
    either = np.minimum(changes[:, None, :], changes[None, :, :])
    factors: list[Factor] = []
    for member in pedigree.members:
        if person[member.id] != member.id or member.father is None or member.mother is None:
            continue
        father, mother = person[member.father], person[member.mother]
        to_child = (member.id, _MATERNAL)
        factors.append((((mother, _PATERNAL), (mother, _MATERNAL), to_child), either))
        from_father = (member.id, _PATERNAL)
        if not x_linked:
            factors.append((((father, _PATERNAL), (father, _MATERNAL), from_father), either))
        elif pedigree.sex(member.id) is not Sex.MALE:
            factors.append((((father, _MATERNAL), from_father), changes))
    return factors


def _least_cost(factors: list[Factor], n: int) -> float | None:
    """Least sum over all values of all variables, by eliminating one variable after another."""
    beside: dict[Variable, set[Variable]] = {}
    for names, _ in factors:
        for v in names:
            beside.setdefault(v, set()).update(names)
    while beside:
        out = min(beside, key=lambda v: (len(beside[v]), v))
        names = tuple(sorted(beside.pop(out)))
        if n ** len(names) > MOST_CELLS:
            return None
        total = reduce(np.add, (_spread(f, names) for f in factors if out in f[0]))
        left = tuple(v for v in names if v != out)
        factors = [factor for factor in factors if out not in factor[0]]
        factors.append((left, np.min(total, axis=names.index(out))))
        for v in left:
            beside[v] = (beside[v] | set(left)) - {out}
    return float(sum(table.item() for _, table in factors))


def _spread(factor: Factor, names: tuple[Variable, ...]) -> Floats:
    """A factor's table with an axis of length 1 for each name that it has not."""
    own, table = factor
    order = sorted(range(len(own)), key=lambda i: names.index(own[i]))
    turned = np.transpose(table, order)
    return turned.reshape([table.shape[0] if name in own else 1 for name in names])
