"""Genotypes that members of a pedigree may be typed with, together, given what is known.

Not here: what they say of a hypothesis (`exclusion_power`, `next_relative`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.records import Allele, Locus, Sex
from reopen.weigh.kinship import Evidence, PedigreeWeigher


@dataclass(frozen=True, slots=True, eq=False)
class JointGenotypes:
    """P(members are typed so | evidence, pedigree) at one locus.

    probability  one axis for each member, in the order asked: genotypes in the order of
                 `kernels.genotypes`, or alleles for a man at a locus on X. Sums to 1, less what a
                 silent allele hides altogether
    but_last     the same of all members but the last, whatever the last one has
    unrelated    (genotype,) of somebody unrelated in place of the last; without theta
    """

    locus: Locus
    alleles: tuple[Allele, ...]
    probability: Floats
    but_last: Floats
    unrelated: Floats


def joint_genotypes(
    weigher: PedigreeWeigher,
    profiles: Mapping[str, Evidence],
    members: Sequence[str],
    loci: Sequence[Locus],
) -> Iterator[tuple[Locus, JointGenotypes | None]]:
    """Locus by locus; None where the pedigree cannot have given the profiles.

    Loci without frequencies are left out. Raises CannotWeigh where members are typed, not in the
    pedigree, or too many for all their genotypes to be listed.
    """
    for id in members:
        weigher.pedigree.member(id)
        if id in profiles:
            raise CannotWeigh(
                f"{id} has a profile.",
                rule="The genotypes of people who are not yet typed are asked for.",
                way_on=f"Leave out {id}, or take the profile out.",
            )
    found = weigher.tables(profiles, members[0], loci, beside=members[1:])
    for at, ln in found:
        top = ln.max()
        if np.isneginf(top):
            yield at.locus, None
            continue
        table = np.exp(ln - top)
        table /= table.sum()
        n = len(at.alleles) - at.has_silent
        single = [at.x_linked and weigher.pedigree.sex(id) is Sex.MALE for id in members]
        last = tuple(range(table.ndim - (1 if single[-1] else 2), table.ndim))
        drawn = at.frequency if single[-1] else np.outer(at.frequency, at.frequency)
        yield (
            at.locus,
            JointGenotypes(
                at.locus,
                at.alleles[:n],
                _all_as_typed(table, n, single),
                _all_as_typed(table.sum(axis=last), n, single[:-1]),
                _all_as_typed(drawn, n, single[-1:]),
            ),
        )


def _all_as_typed(table: Floats, n: int, single: Sequence[bool]) -> Floats:
    for axis, one in enumerate(single):
        table = _as_typed(table, axis, n, single=one)
    return np.asarray(table)


def _as_typed(table: Floats, axis: int, n: int, *, single: bool) -> Floats:
    """The two axes of a person from `axis` on become one, of what is typed.

    Alleles from n on are silent: they leave the other one alone to be seen.
    """
    if single:
        return np.take(table, np.arange(n), axis)
    both = np.moveaxis(table, (axis, axis + 1), (0, 1))
    first, second = np.triu_indices(n)
    typed = both[first, second]
    apart = first != second
    typed[apart] += both[second[apart], first[apart]]
    for hidden in range(n, both.shape[0]):
        seen = np.arange(n)
        typed[~apart] += both[seen, hidden] + both[hidden, seen]
    return np.moveaxis(typed, 0, axis)
