"""The probability of one locus's genotypes in a pedigree: networks filled with numbers.

Not here: which people and loci (`weigh.kinship`), the elimination itself (`kernels.peeling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from math import inf, log

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.elimination import Network, Plan, Scope, plan
from reopen.kernels.peeling import Numbers, ln_peel, side_by_side, workload
from reopen.kernels.shapes import Floats, Ints
from reopen.records import Pedigree, Sex
from reopen.weigh.descent import Asked, Descent, descent, joined, joined_variables, paired
from reopen.weigh.founders import after, block_probability, ln_urn, partitions
from reopen.weigh.kinship_locus import KinshipLocus, Reading, flat_sources

MOST_CELLS = 5e7
MOST_PRODUCTS = 2e10
MOST_PARTITIONS = 4140  # of eight founder alleles
MOST_SWITCHES = 16


@dataclass(slots=True)
class Networks:
    """The networks and plans of one pedigree, each made once."""

    pedigree: Pedigree
    _descents: dict[Asked, Descent] = field(default_factory=dict)
    _joined: dict[tuple[Asked, tuple[int, ...]], Network] = field(default_factory=dict)
    _paired: dict[Asked, Network] = field(default_factory=dict)
    _plans: dict[tuple[int, Scope], tuple[Network, Plan]] = field(default_factory=dict)

    def descent(self, asked: Asked) -> Descent:
        if asked not in self._descents:
            self._descents[asked] = descent(self.pedigree, asked)
        return self._descents[asked]

    def joined(self, asked: Asked, draws: Scope, blocks: tuple[int, ...]) -> Network:
        if (asked, blocks) not in self._joined:
            network = self.descent(asked).network
            self._joined[asked, blocks] = joined(draws, blocks, network)
        return self._joined[asked, blocks]

    def paired(self, asked: Asked) -> Network:
        """The network of two linked loci."""
        if asked not in self._paired:
            self._paired[asked] = paired(self.descent(asked))
        return self._paired[asked]

    def plan(self, network: Network, keep: Scope) -> Plan:
        key = (id(network), keep)
        if key not in self._plans:
            self._plans[key] = (network, plan(network, keep))
        return self._plans[key][1]


def ln_table(
    networks: Networks,
    at: KinshipLocus,
    readings: Mapping[str, Reading],
    *,
    keep: Sequence[str] = (),
) -> Floats:
    """ln P(all readings, alleles of the members kept); -inf where that is impossible.

    readings  member -> what the evidence says, for every member typed at the locus
    keep      untyped members
    Returns a table with one axis for each allele of the members kept (paternal, maternal), each
    over all alleles of the locus.
    Raises CannotWeigh where the pedigree is too entangled to be summed exactly.
    """
    asked = _asked(networks.pedigree, at, readings, keep=keep)
    made = networks.descent(asked)
    kept = tuple(v for id in keep for v in made.people[id])
    if at.theta > 0:
        return _with_urn(networks, asked, at, readings, kept)
    return _summed(networks, made.network, at, _numbers(made, at, readings, {}), kept, {})


def ln_likelihood_linked(
    networks: Networks,
    loci: tuple[KinshipLocus, KinshipLocus],
    readings: tuple[Mapping[str, Reading], Mapping[str, Reading]],
    recombination: float,
) -> float:
    """ln P(all readings at two linked loci), founders in linkage equilibrium.

    Each transmission has a variable at each locus that says which of the parent's two alleles is
    handed on; linkage couples the two. Without theta both loci are summed together; with theta each
    is summed for every way of handing on. Raises CannotWeigh as `ln_table` does.
    Source: Lander and Green 1987; Kling, Tillmar and Egeland 2014 for pairs of forensic loci.
    """
    one, other = loci
    if one.x_linked != other.x_linked:
        raise CannotWeigh(
            f"{one.locus} and {other.locus} are linked, and one of them is on X.",
            rule="Linked loci lie on one chromosome.",
            way_on="Correct the pair, or the list of loci on X.",
        )
    typed = readings[0].keys() | readings[1].keys()
    if one.theta == other.theta == 0:
        asked = Asked(frozenset(typed), x_linked=one.x_linked, switched=True)
        made = networks.descent(asked)
        network = networks.paired(asked)
        numbers = tuple(
            _numbers(made, at, _for_all(typed, networks.pedigree, at, known), {})
            for at, known in zip(loci, readings, strict=True)
        )
        odd, even = recombination / 2, (1 - recombination) / 2
        both = side_by_side(numbers[0], numbers[1], np.array([even, odd, odd, even]))
        chosen = networks.plan(network, ())
        _refuse_huge(chosen, both, one)
        return float(ln_peel(chosen, both)[0])
    return ln_likelihood_chained(networks, loci, readings, (recombination,))


def ln_likelihood_chained(
    networks: Networks,
    loci: Sequence[KinshipLocus],
    readings: Sequence[Mapping[str, Reading]],
    recombinations: Sequence[float],
) -> float:
    """ln P(all readings at loci along a chromosome), founders in linkage equilibrium.

    recombinations  fraction between each locus and the next
    What is handed on in each transmission is summed over from locus to locus. Raises CannotWeigh
    where there are too many transmissions. Source: Lander and Green 1987.
    """
    typed = frozenset().union(*readings)
    steps = (0.5, *recombinations)  # at the first locus either allele is as probable
    ways, ln = np.ones(()), 0.0
    for at, known, recombination in zip(loci, readings, steps, strict=True):
        here = _ln_by_switches(networks, at, _for_all(typed, networks.pedigree, at, known))
        ways = np.broadcast_to(ways, here.shape) / (2**here.ndim if ways.ndim < here.ndim else 1)
        for axis in range(here.ndim):
            ways = (1 - recombination) * ways + recombination * np.flip(ways, axis)
        top = float(here.max())
        if top == -inf:
            return -inf
        ways = ways * np.exp(here - top)
        largest = float(ways.max())
        if largest == 0:
            return -inf
        ways, ln = ways / largest, ln + top + log(largest)
    return ln + log(float(ways.sum()))


def _ln_by_switches(
    networks: Networks, at: KinshipLocus, readings: Mapping[str, Reading]
) -> Floats:
    """ln P(readings | what each parent hands on), one axis of two for each transmission."""
    asked = _asked(networks.pedigree, at, readings, switched=True)
    made = networks.descent(asked)
    if len(made.switches) > MOST_SWITCHES:
        raise CannotWeigh(
            f"{at.locus} is linked, in a pedigree with {len(made.switches)} transmissions.",
            rule=f"Chained loci, and linked pairs with theta, allow {MOST_SWITCHES} at most.",
            way_on="Leave distant relatives out. A pair of loci can be weighed with theta 0; loci "
            "whose positions are left out are weighed as independent.",
        )
    if at.theta > 0:
        return _with_urn(networks, asked, at, readings, made.switches)
    numbers = _numbers(made, at, readings, {})
    return _summed(networks, made.network, at, numbers, made.switches, {})


def _for_all(
    typed: Set[str], pedigree: Pedigree, at: KinshipLocus, readings: Mapping[str, Reading]
) -> dict[str, Reading]:
    """Readings of all who are typed at either locus; any alleles for those who are not at this."""
    n = len(at.alleles)
    anything = {}
    for id in sorted(typed):
        single = at.x_linked and pedigree.sex(id) is Sex.MALE
        anything[id] = Reading(np.arange(n), np.ones(n if single else (n, n)))
    return {**anything, **readings}


def ln_likelihood(networks: Networks, at: KinshipLocus, readings: Mapping[str, Reading]) -> float:
    """ln P(all readings at one locus); see `ln_table`."""
    return float(ln_table(networks, at, readings))


def _asked(
    pedigree: Pedigree,
    at: KinshipLocus,
    readings: Mapping[str, Reading],
    *,
    keep: Sequence[str] = (),
    switched: bool = False,
) -> Asked:
    fixed: frozenset[str] = frozenset()
    if at.theta > 0:
        _refuse_inbreeding(pedigree)
        fixed = frozenset(
            member.id
            for member in pedigree.founders
            if member.id in readings and readings[member.id].known is not None
        )
    return Asked(frozenset(readings), frozenset(keep), fixed, at.x_linked, switched, not switched)


def _refuse_inbreeding(pedigree: Pedigree) -> None:
    inbred = [id for id, f in pedigree.founder_inbreeding.items() if f > 0]
    if inbred:
        raise CannotWeigh(
            f"Theta above 0 with inbreeding of founder {inbred[0]}.",
            rule="Theta already makes founders related; the two are not used together.",
            way_on="Set theta to 0, or leave the inbreeding out.",
        )


def _with_urn(
    networks: Networks,
    asked: Asked,
    at: KinshipLocus,
    readings: Mapping[str, Reading],
    kept: Scope,
) -> Floats:
    """Sum over the ways in which founder alleles are identical by descent."""
    made = networks.descent(asked)
    counts = np.zeros(len(at.alleles), dtype=np.int64)
    for id in made.fixed:
        for allele in _known(made, readings, id):
            counts[allele] += 1
    ln_fixed = ln_urn(counts, at.frequency, at.theta)
    frequency, concentration = after(counts, at.frequency, at.theta)
    urn = replace(at, frequency=frequency)
    draws = tuple(v for founder in made.draws for v in founder)
    ways = partitions(tuple(len(founder) for founder in made.draws), MOST_PARTITIONS)
    if ways is None:
        raise CannotWeigh(
            f"{at.locus}: theta over {len(draws)} founder alleles that nobody has typed.",
            rule="With theta above 0 every way in which they may be identical is summed over.",
            way_on="Type a founder, leave distant untyped founders out, or set theta to 0.",
        )
    sizes = tuple(2 if v in made.switches else len(at.alleles) for v in kept)
    total: Floats = np.full(sizes, -inf)
    typed = {v for id in made.observed for v in made.people[id]}
    shared = None if typed & set(draws) else _numbers(made, urn, readings, {})
    for blocks, count in ways:
        network = networks.joined(asked, draws, blocks)
        same = joined_variables(draws, blocks)
        numbers = shared or _numbers(made, urn, readings, same)
        ln = _summed(networks, network, at, numbers, kept, same)
        weight = count * block_probability(blocks, concentration)
        total = np.logaddexp(total, ln + np.log(weight))
    return total + ln_fixed


def _known(made: Descent, readings: Mapping[str, Reading], id: str) -> tuple[int, ...]:
    """Alleles of a fixed founder, or of an identical twin."""
    for name, variables in made.people.items():
        if variables == made.people[id] and name in readings:
            known = readings[name].known
            if known is not None:
                return known
    raise AssertionError(f"{id} is fixed and has no reading")


def _summed(
    networks: Networks,
    network: Network,
    at: KinshipLocus,
    numbers: Numbers,
    kept: Scope,
    same: Mapping[int, int],
) -> Floats:
    """ln of the network's sum, one axis for each variable kept (joined ones on the diagonal)."""
    distinct = tuple(sorted({same.get(v, v) for v in kept}))
    chosen = networks.plan(network, distinct)
    _refuse_huge(chosen, numbers, at)
    ln = ln_peel(chosen, numbers)
    if not kept:
        return np.asarray(ln[0])
    sizes = np.diff(numbers.first_value)
    ln = ln.reshape(sizes[list(distinct)])
    if distinct == kept:
        return ln
    spread: Floats = np.full(sizes[[same.get(v, v) for v in kept]], -inf)
    grid = np.indices(ln.shape)
    spread[tuple(grid[distinct.index(same.get(v, v))] for v in kept)] = ln
    return spread


def _numbers(
    made: Descent, at: KinshipLocus, readings: Mapping[str, Reading], same: Mapping[int, int]
) -> Numbers:
    everything = np.arange(len(at.alleles))
    domains: list[Ints] = [everything] * len(made.network.sizes)
    for id in made.observed:
        for v in made.people[id]:
            kept = same.get(v, v)
            domain = readings[id].domain
            whole = domains[kept] is everything
            domains[kept] = domain if whole else np.intersect1d(domains[kept], domain)
    for switch in made.switches:
        domains[switch] = everything[:2]
    given = []
    for id in made.observed:
        reading = readings[id]
        axes = []
        for v in made.people[id]:
            domain = domains[same.get(v, v)]
            if domain is not reading.domain:
                sorter = np.argsort(reading.domain)
                axes.append(sorter[np.searchsorted(reading.domain, domain, sorter=sorter)])
            else:
                axes.append(np.arange(len(domain)))
        given.append(reading.table[np.ix_(*axes)].ravel())
    sources = flat_sources(at, made.inbreeding)
    return Numbers(
        _firsts(domains),
        np.concatenate(domains),
        _firsts([source.ravel() for source in sources]),
        np.array([source.shape[1] for source in sources]),
        np.concatenate([source.ravel() for source in sources]),
        _firsts(given),
        np.concatenate(given) if given else np.zeros(0),
    )


def _firsts(parts: Sequence[Floats] | Sequence[Ints]) -> Ints:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)


def _refuse_huge(chosen: Plan, numbers: Numbers, at: KinshipLocus) -> None:
    cells, products = workload(chosen, np.diff(numbers.first_value))
    if cells > MOST_CELLS or products > MOST_PRODUCTS:
        raise CannotWeigh(
            f"{at.locus}: the exact sum over this pedigree takes {products:.1e} products.",
            rule=f"At most {MOST_PRODUCTS:.0e} products and {MOST_CELLS:.0e} numbers at a time.",
            way_on="Type more people, split the pedigree, or use a mutation model without steps.",
        )
