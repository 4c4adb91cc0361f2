"""How two members of a pedigree are related: probabilities of sharing alleles by descent.

Any pedigree, with loops, inbred founders and identical twins. Not for: genotypes (`kappa`,
`kinship`), mutation, X-chromosomal loci.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from reopen.kernels.identity import STATES
from reopen.records import Pedigree, Relation

_Gene = tuple[str, int]  # a member, and which parent it came from: 0 father, 1 mother
_Genes = tuple[_Gene, ...]
_Partition = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Two people's condensed coefficients of identity.

    delta  probabilities of Jacquard's nine states, in his order; they sum to 1
    """

    delta: tuple[float, ...]

    @property
    def is_inbred(self) -> bool:
        """Either person may have two alleles identical by descent."""
        return sum(self.delta[:6]) > 1e-12

    @property
    def kinship(self) -> float:
        """P(an allele drawn from each is identical by descent)."""
        weights = (1, 0, 1 / 2, 0, 1 / 2, 0, 1 / 2, 1 / 4, 0)
        return sum(w * d for w, d in zip(weights, self.delta, strict=True))

    @property
    def kappa(self) -> tuple[float, float, float]:
        """(k0, k1, k2): P of sharing 0, 1 and 2 alleles, of people who are not inbred."""
        return self.delta[8], self.delta[7], self.delta[6]

    @property
    def inbreeding(self) -> tuple[float, float]:
        """P(two alleles identical by descent) of the first person and of the second."""
        d = self.delta
        return d[0] + d[1] + d[2] + d[3], d[0] + d[1] + d[4] + d[5]


def identity_of(relation: Relation) -> Identity:
    """Of two people without inbreeding."""
    k0, k1, k2 = relation.ibd
    return Identity((0.0,) * 6 + (k2, k1, k0))


def identity(pedigree: Pedigree, one: str, other: str) -> Identity:
    """How two different members are related, as the pedigree says.

    The youngest of four alleles is traced to either allele of the parent it came from, each with
    1/2, until only founders' alleles are left. Raises InvalidRecord for names not in the pedigree.
    Source: the states are Jacquard's (1974).
    """
    pedigree.member(one), pedigree.member(other)
    found = _Descent(pedigree).partitions(((one, 0), (one, 1), (other, 0), (other, 1)))
    delta = [0.0] * len(STATES)
    for partition, probability in found.items():
        delta[_STATE_OF[partition]] += probability
    return Identity(tuple(delta))


class _Descent:
    """Traces alleles up one pedigree; what was traced once is kept."""

    def __init__(self, pedigree: Pedigree):
        self._pedigree = pedigree
        self._age = {member.id: k for k, member in enumerate(pedigree.parents_first)}
        self._twin = {id: group[0] for group in pedigree.twins for id in group}
        self._known: dict[_Genes, Mapping[_Partition, float]] = {}

    def partitions(self, genes: _Genes) -> Mapping[_Partition, float]:
        """P of each way in which the alleles fall into sets of identical ones."""
        genes = tuple((self._twin.get(id, id), side) for id, side in genes)
        if genes not in self._known:
            self._known[genes] = self._traced(genes)
        return self._known[genes]

    def _traced(self, genes: _Genes) -> Mapping[_Partition, float]:
        descended = [gene for gene in genes if self._pedigree.member(gene[0]).parents]
        if not descended:
            return self._of_founders(genes)
        gene = max(descended, key=lambda gene: self._age[gene[0]])
        parent = self._pedigree.member(gene[0]).parents[gene[1]]
        total: dict[_Partition, float] = {}
        for side in (0, 1):
            traced = tuple((parent, side) if g == gene else g for g in genes)
            _add(total, self.partitions(traced), 0.5)
        return total

    def _of_founders(self, genes: _Genes) -> Mapping[_Partition, float]:
        """Alleles are identical if they are one allele, or the two of an inbred founder."""
        ways = [(1.0, genes)]
        for id, f in self._pedigree.founder_inbreeding.items():
            if f and {(id, 0), (id, 1)} <= set(genes):
                ways = [
                    way
                    for weight, those in ways
                    for way in (
                        (weight * f, tuple((id, 0) if g == (id, 1) else g for g in those)),
                        (weight * (1 - f), those),
                    )
                ]
        total: dict[_Partition, float] = {}
        for weight, those in ways:
            _add(total, {_partition(those): weight}, 1.0)
        return total


def _add(total: dict[_Partition, float], more: Mapping[_Partition, float], weight: float) -> None:
    for partition, probability in more.items():
        total[partition] = total.get(partition, 0.0) + weight * probability


def _partition(genes: Sequence[Hashable]) -> _Partition:
    """Sets numbered in the order of their first allele."""
    order = list(dict.fromkeys(genes))
    return tuple(order.index(gene) for gene in genes)


def _state_of() -> dict[_Partition, int]:
    """Jacquard's state of each partition: the two alleles of a person have no order."""
    swaps = ((0, 1, 2, 3), (1, 0, 2, 3), (0, 1, 3, 2), (1, 0, 3, 2))
    return {
        _partition([draws[k] for k in swap]): state
        for state, draws in enumerate(STATES)
        for swap in swaps
    }


_STATE_OF = _state_of()
