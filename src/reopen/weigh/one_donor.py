"""Several traces weighed together: left by one donor, against different, unrelated donors.

Each trace is one contributor of a stain at draws of the stain's parameters, or a typed person.
Draws are taken side by side, as in `link.averaging`: the k-th of one with the k-th of the others,
those of fewer going round, and the LR is the mean over draws. Which contributor of a stain is
meant has to be given; that any of n might have been divides the LR by n. This leaves out what the
other contributors would add, so the LR of "one of its contributors" is never overstated.

The order in which traces are given never matters. At theta 0 different donors are independent.
Above it they are drawn one after another from the urn of Balding and Nichols (1994), each given
the alleles of those before, the trace that tells most first. Those before are taken to have the
genotype in question (`kernels.donors.ln_in_turn`): exact for two donors, hence for two traces and
for one trace more or less, and where genotypes are certain and alike; else near.
Not for: which traces to weigh (`link.series`). Twin: tests/twins/donors.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reopen.errors import CannotWeigh
from reopen.kernels.donors import (
    IMPOSSIBLE,
    information,
    ln_in_turn,
    ln_one_donor,
    ln_two_donors,
)
from reopen.kernels.genotypes import number, pairs
from reopen.kernels.shapes import Floats, Ints
from reopen.records import (
    REST,
    UNRELATED,
    Allele,
    GenotypeLikelihoods,
    Locus,
    NotWeighed,
    Reference,
    Relation,
)
from reopen.weigh.compare import LocusTable, reference_likelihoods

Members = NDArray[np.bool_]
"""(..., trace): which traces belong to a block."""

_LN_10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a trace says at one locus: alleles told apart, and ln likelihoods (draw, genotype)."""

    alleles: tuple[Allele, ...]
    ln: Floats


@dataclass(frozen=True, slots=True)
class Trace:
    """One contributor of a stain at each draw of the stain's parameters, or a typed person.

    places  contributors of the stain, any of whom it might have been; 1 for a typed person
    """

    owner: str
    places: int
    draws: int
    by_locus: Mapping[Locus, Seen]


def trace(draws: Sequence[GenotypeLikelihoods], places: int = 1) -> Trace:
    """A contributor from its likelihoods at each draw. Raises CannotWeigh where draws tell
    different alleles apart."""
    first = draws[0]
    by_locus = {}
    for locus, likelihoods in first.by_locus.items():
        at = [draw.by_locus[locus] for draw in draws if locus in draw.by_locus]
        if len(at) < len(draws) or any(one.alleles != likelihoods.alleles for one in at):
            raise CannotWeigh(
                f"Draws of {first.owner} that differ in what they tell apart at {locus}.",
                rule="All draws of a stain are of the same peaks.",
                way_on="Solve the stain again.",
            )
        made = {id(one): np.array(one.ln) for one in at}
        ln = np.stack([made[id(one)] for one in at])
        by_locus[locus] = Seen(likelihoods.alleles, ln - ln.max(axis=1, keepdims=True))
    return Trace(first.owner, places, len(draws), by_locus)


def typed(reference: Reference) -> Trace:
    """A typed person as a trace."""
    return trace([reference_likelihoods(reference)])


@dataclass(frozen=True, slots=True)
class Together:
    """Traces on common alleles, ready to be weighed together.

    tables  alleles that no trace tells apart are one, REST, with the frequency of them all: no
            sum over genotypes changes, and sums are short
    prior   locus -> (genotype,) P(genotype)
    ln      locus -> (trace, draw, genotype); a trace without data there is 0 everywhere
    """

    owners: tuple[str, ...]
    places: Floats
    tables: Mapping[Locus, LocusTable]
    prior: Mapping[Locus, Floats]
    ln: Mapping[Locus, Floats]
    not_weighed: tuple[NotWeighed, ...] = ()
    _each_apart: dict[Locus, Floats] = field(default_factory=dict, repr=False, compare=False)

    @property
    def draws(self) -> int:
        return max((rows.shape[1] for rows in self.ln.values()), default=1)

    @property
    def each_apart(self) -> Mapping[Locus, Floats]:
        """ln P of every trace left by somebody else, worked out once; locus -> (draw,)."""
        if not self._each_apart:
            alone = np.eye(len(self.owners), dtype=bool)
            self._each_apart.update(_apart_by_locus(self, alone))
        return self._each_apart

    @property
    def everybody(self) -> Members:
        return np.ones(len(self.owners), dtype=bool)

    def some(self, members: Members) -> Together:
        """Some of the traces alone, on the same alleles."""
        return Together(
            tuple(owner for owner, taken in zip(self.owners, members, strict=True) if taken),
            self.places[members],
            self.tables,
            self.prior,
            {locus: rows[members] for locus, rows in self.ln.items()},
        )

    def at_draws(self, number: int) -> Together:
        """The same at about so many draws, evenly taken: enough to rank explanations."""
        step = max(1, self.draws // number)
        few = {locus: rows[:, ::step] for locus, rows in self.ln.items()}
        return Together(self.owners, self.places, self.tables, self.prior, few)


def together(traces: Sequence[Trace], tables: Mapping[Locus, LocusTable]) -> Together:
    """Put traces on common alleles. A locus that a search has no frequencies for, or a trace that
    cannot be put on its alleles, is listed and counts nothing."""
    lumped: dict[Locus, LocusTable] = {}
    prior: dict[Locus, Floats] = {}
    ln: dict[Locus, Floats] = {}
    refused: list[NotWeighed] = []
    draws = max((one.draws for one in traces), default=1)
    for locus in dict.fromkeys(locus for one in traces for locus in one.by_locus):
        having = [one for one in traces if locus in one.by_locus]
        if locus not in tables:
            reason = "the population has no frequencies at this locus"
            refused += [NotWeighed(f"{one.owner} {locus}", reason) for one in having]
            continue
        table = _lumped(tables[locus], having)
        lumped[locus], prior[locus] = table, table.prior
        rows = np.zeros((len(traces), draws, len(prior[locus])))
        for k, one in enumerate(traces):
            if locus not in one.by_locus:
                continue
            placed = _placed(one.by_locus[locus], table, tables[locus])
            if placed is None:
                reason = "alleles beyond those of the population cannot be told apart"
                refused.append(NotWeighed(f"{one.owner} {locus}", reason))
                continue
            rows[k] = np.maximum(placed[np.arange(draws) % one.draws], IMPOSSIBLE)
        ln[locus] = rows
    places = np.array([float(one.places) for one in traces])
    owners = tuple(one.owner for one in traces)
    return Together(owners, places, lumped, prior, ln, tuple(refused))


def _lumped(table: LocusTable, traces: Sequence[Trace]) -> LocusTable:
    """The table with all alleles that no trace tells apart as one."""
    told = {label for one in traces for label in one.by_locus[table.locus].alleles}
    kept = [label in told for label in table.alleles]
    labels = [label for label, keep in zip(table.alleles, kept, strict=True) if keep]
    frequency = table.frequency[kept]
    if not all(kept):
        labels.append(REST)
        frequency = np.append(frequency, table.frequency[np.invert(kept)].sum())
    return LocusTable(table.locus, tuple(labels), frequency, table.theta)


def _placed(seen: Seen, table: LocusTable, whole: LocusTable) -> Floats | None:
    """ln likelihoods on the table's genotypes; None where they cannot be put there."""
    own = {label: k for k, label in enumerate(seen.alleles)}
    if any(label not in whole.alleles for label in own if label != REST):
        return None
    if REST not in own and any(label not in own for label in table.alleles):
        return None
    index = np.array([own.get(label, own.get(REST, -1)) for label in table.alleles])
    first, second = pairs(len(index))
    return np.asarray(seen.ln[:, number(index[first], index[second], len(own))])


def ln_shared(of: Together, blocks: Members) -> Floats:
    """ln P of each block as one donor's; blocks (block, trace) -> (block, draw)."""
    total = np.zeros((len(blocks), of.draws))
    for locus, rows in of.ln.items():
        total += ln_one_donor(_products(rows, blocks), of.prior[locus])
    return total


def ln_alone(of: Together) -> Floats:
    """ln P of each trace as if it were the only one; (trace, draw)."""
    total = np.zeros((len(of.owners), of.draws))
    for locus, rows in of.ln.items():
        total += ln_one_donor(rows, of.prior[locus])
    return total


def ln_every_two(of: Together, first: Ints, second: Ints) -> Floats:
    """ln P of pairs of traces as one donor's each; (pair,) twice -> (pair, draw)."""
    total = np.zeros((len(first), of.draws))
    for locus, rows in of.ln.items():
        total += ln_one_donor(rows[first] + rows[second], of.prior[locus])
    return total


def ln_pair(of: Together, one: Members, other: Members, relation: Relation) -> Floats:
    """ln P of two blocks as left by two people of that relation.

    (split, trace) twice -> (split, draw)
    """
    total = np.zeros((len(one), of.draws))
    for locus, table in of.tables.items():
        rows = of.ln[locus]
        first, second = (
            _products(rows, blocks).reshape(-1, rows.shape[2]) for blocks in (one, other)
        )
        found = ln_two_donors(
            first, second, of.prior[locus], table.frequency, table.theta, relation.ibd
        )
        total += found.reshape(total.shape)
    return total


def ln_apart(of: Together, blocks: Members) -> Floats:
    """ln P of blocks as different, unrelated people's; (block, trace) -> (draw,)."""
    return sum(_apart_by_locus(of, blocks).values(), np.zeros(of.draws))


def _apart_by_locus(of: Together, blocks: Members) -> dict[Locus, Floats]:
    """Locus -> (draw,)."""
    if len(blocks) > 2 and any(table.theta for table in of.tables.values()):
        blocks = blocks[np.argsort(-_information(of, blocks), kind="stable")]
    return {
        locus: ln_in_turn(
            _products(of.ln[locus], blocks), of.prior[locus], table.frequency, table.theta
        )
        for locus, table in of.tables.items()
    }


def _information(of: Together, blocks: Members) -> Floats:
    """How much each block tells of its donor's genotypes, in nats, the mean over draws."""
    told = (
        information(_products(rows, blocks), of.prior[locus]).mean(axis=-1)
        for locus, rows in of.ln.items()
    )
    return sum(told, np.zeros(len(blocks)))


def _products(ln: Floats, blocks: Members) -> Floats:
    """ln of each block's product of likelihoods; (block, draw, genotype)."""
    return np.asarray(np.tensordot(blocks.astype(np.float64), ln, axes=1))


def ln_each_apart(of: Together) -> Floats:
    """ln P of every trace left by somebody else: what LRs are against; (draw,)."""
    return sum(of.each_apart.values(), np.zeros(of.draws))


def which(of: Together, *blocks: Members) -> float:
    """log10 of "these contributors and no others": 1 in n for each trace that shares its donor."""
    shared = [of.places[block] for block in blocks if block.sum() > 1]
    return -float(sum(np.log10(places).sum() for places in shared))


def mean_log10(ln_ratio: Floats) -> Floats:
    """log10 of the mean over draws; (..., draw) -> (...)."""
    top = ln_ratio.max(axis=-1)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        mean = np.log(np.mean(np.exp(ln_ratio - safe[..., None]), axis=-1)) + safe
    return np.asarray(np.where(np.isfinite(top), mean, top) / _LN_10)


@dataclass(frozen=True, slots=True)
class OneDonor:
    """log10 LR that all traces are of one donor, against different, unrelated donors.

    per_locus  terms at the draw that explains the traces best
    which      log10 of "these contributors of their stains": the same at every draw
    averaging  mean over draws less that draw; log10 = sum of per_locus, which and averaging
    error      standard error of log10 from the number of draws; 0 where there is one
    adds       log10 LR of each trace: left by the donor of all others, against somebody unrelated
    """

    log10: float
    per_locus: Mapping[Locus, float]
    which: float
    averaging: float
    error: float
    adds: tuple[float, ...]


def one_donor(of: Together) -> OneDonor:
    """Weigh all traces as one donor's."""
    everybody = of.everybody[None]
    by_locus = {
        locus: ln_one_donor(_products(rows, everybody), of.prior[locus])[0] - of.each_apart[locus]
        for locus, rows in of.ln.items()
    }
    ratio = sum(by_locus.values(), np.zeros(of.draws))
    best = int(ratio.argmax())
    terms = {locus: float(term[best]) / _LN_10 for locus, term in by_locus.items()}
    penalty = which(of, of.everybody)
    log10 = float(mean_log10(ratio)) + penalty
    averaging = log10 - penalty - sum(terms.values()) if np.isfinite(log10) else 0.0
    return OneDonor(log10, terms, penalty, averaging, _error(ratio), _adds(of, log10))


def _adds(of: Together, log10: float) -> tuple[float, ...]:
    """What each trace adds: log10 of one donor, less log10 of one donor of all others."""
    alone = np.eye(len(of.owners), dtype=bool)
    found = mean_log10(ln_pair(of, ~alone, alone, UNRELATED) - ln_each_apart(of))
    parts = [float(value) + which(of, ~one) for value, one in zip(found, alone, strict=True)]
    return tuple(log10 - part if np.isfinite(part) else -np.inf for part in parts)


def _error(ln_ratio: Floats) -> float:
    """Standard error of log10 of a mean over draws (delta method)."""
    n = len(ln_ratio)
    top = float(ln_ratio.max())
    if n < 2 or not np.isfinite(top):
        return 0.0
    values = np.exp(ln_ratio - top)
    return float(values.std(ddof=1) / np.sqrt(n) / values.mean() / _LN_10)
