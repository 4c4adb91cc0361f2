"""The qualitative (semi-continuous) model: alleles seen or not, heights not looked at.

For stains whose heights are not known (CODIS exports, old cases), and to compare with programs of
this kind. Not for stutter: a peak in stutter position counts as an allele here, so stutter has to
be filtered first. Where there are heights, `evaluate` uses them and tells more.

Model: Curran, Gill and Bill 2005, Forensic Sci. Int. 148, 47-53; Gill, Kirkham and Curran 2007;
Haned, Slooten and Gill 2012, Forensic Sci. Int. Genet. 6, 762-774. docs/methods.md, section 10.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import factorial, inf, log, prod

import numpy as np

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.kernels.qualitative import SeenOrNot, ln_sum
from reopen.kernels.shapes import Floats, Ints
from reopen.records import (
    Allele,
    Frozen,
    Locus,
    NotWeighed,
    Population,
    Proposition,
    Stain,
    allele_order,
)
from reopen.weigh.components import Component, components, typed_counts
from reopen.weigh.encode import MAX_UNKNOWNS
from reopen.weigh.markers import frequencies_with_rest
from reopen.weigh.model import PerLocus, setting_at

MAX_REPLICATES = 12


@dataclass(frozen=True, slots=True)
class QualitativeModel:
    """What the qualitative model assumes besides drop-out.

    dropin_probability  pC: an allele that nobody carries is seen with pC times its frequency
    threshold_rfu       peaks with a height below it are as if not seen; peaks without one count

    Settings are one number, or one for each locus.
    """

    dropin_probability: PerLocus = 0.05
    threshold_rfu: PerLocus = 50.0

    def __post_init__(self) -> None:
        for name in ("dropin_probability", "threshold_rfu"):
            setting = getattr(self, name)
            if isinstance(setting, Mapping):
                object.__setattr__(self, name, Frozen(setting))
        chances = self.dropin_probability
        for value in chances.values() if isinstance(chances, Mapping) else (chances,):
            if not 0 <= value < 1:
                raise InvalidRecord(
                    f"dropin_probability = {value}.",
                    rule="A probability, from 0 to below 1.",
                    way_on="Correct the laboratory's settings.",
                )


@dataclass(frozen=True, slots=True)
class SeenLocus:
    """One locus of a stain as the qualitative model sees it.

    alleles      seen in any replicate, sorted
    frequencies  of these, then (if has_rest) of all others together
    seen         replicate -> its alleles
    """

    locus: Locus
    alleles: tuple[Allele, ...]
    frequencies: tuple[float, ...]
    seen: tuple[frozenset[Allele], ...]
    dropin_probability: float
    theta: float

    @property
    def has_rest(self) -> bool:
        return len(self.frequencies) > len(self.alleles)

    @property
    def n_positions(self) -> int:
        return len(self.frequencies)

    @property
    def relates_last_two(self) -> bool:
        return False

    def position_of(self, label: Allele) -> int:
        """Where a person's allele stands: its own place, or the rest if it was not seen.

        The rest as one allele is exact here: copies that drop out of everything do so alone,
        and draws with theta do not depend on how unseen alleles are told apart.
        """
        if label in self.alleles:
            return self.alleles.index(label)
        if not self.has_rest:
            raise CannotWeigh(
                f"Allele {label} at {self.locus} is neither seen in the stain nor left over in "
                "the population's table, whose alleles were all seen.",
                rule="A person's allele has a frequency above zero.",
                way_on="Use a population whose table lists this allele.",
            )
        return len(self.alleles)


def see(stain: Stain, locus: Locus, population: Population, model: QualitativeModel) -> SeenLocus:
    """One locus of a stain. Raises CannotWeigh where the population does not list it, or there
    are more replicates than can be summed over."""
    least = setting_at(model.threshold_rfu, locus, "threshold")
    seen = tuple(
        frozenset(
            peak.allele
            for peak in replicate.peaks[locus]
            if peak.height_rfu is None or peak.height_rfu >= least
        )
        for replicate in stain.replicates
        if locus in replicate.peaks
    )
    if len(seen) > MAX_REPLICATES:
        raise CannotWeigh(
            f"{len(seen)} replicates at {locus}.",
            rule=f"At most {MAX_REPLICATES} replicates can be weighed without heights.",
            way_on="Leave replicates out, or weigh with heights.",
        )
    alleles = tuple(sorted(frozenset().union(*seen), key=allele_order))
    frequencies, _ = frequencies_with_rest(alleles, locus, population)
    chance = setting_at(model.dropin_probability, locus, "drop-in probability")
    return SeenLocus(locus, alleles, frequencies, seen, chance, population.theta_at(locus))


@dataclass(frozen=True, slots=True)
class Dropped:
    """One sum over the drawn copies of a locus: what does not depend on drop-out.

    fixed     (place of a contributor, position, copies) that are not drawn
    carriers  of each drawn copy, the places of the contributors who carry it
    """

    table: SeenOrNot
    fixed: tuple[tuple[int, int, int], ...]
    carriers: tuple[tuple[int, ...], ...]

    def ln_likelihood(self, dropout: Sequence[float]) -> float:
        """ln P(what was seen) with this drop-out probability of each contributor's copies."""
        chances = Counter(prod(dropout[place] for place in who) for who in self.carriers)
        counts, ln_ways, before, placed = _moves(tuple(chances.values()))
        fixed_drop = np.ones(len(self.table.seen))
        for place, position, copies in self.fixed:
            fixed_drop[position] *= dropout[place] ** copies
        orders = sum(log(factorial(n)) for n in chances.values())
        table = self.table._replace(
            counts=counts, ln_ways=ln_ways, before=before, placed=placed,
            ln_constant=self.table.ln_constant + orders,
        )  # fmt: skip
        return float(ln_sum(table, np.array(list(chances)), fixed_drop))


@lru_cache(maxsize=256)
def _moves(copies: tuple[int, ...]) -> tuple[Ints, Floats, Ints, Ints]:
    """States of groups of so many copies, and every way to add copies to a state."""
    digits = np.array(list(product(*(range(n + 1) for n in copies))), dtype=np.int64)
    digits = digits.reshape(len(digits), len(copies))
    ln_ways = -np.array([sum(log(factorial(n)) for n in row) for row in digits.tolist()])
    most = np.array(copies, dtype=np.int64)
    before, placed = np.nonzero((digits[:, None] + digits[None] <= most).all(axis=2))
    return digits, ln_ways, before.astype(np.int64), placed.astype(np.int64)


def dropped(locus: SeenLocus, part: Component, counts: Sequence[int]) -> Dropped:
    """One component of a locus, ready to be summed. counts: alleles of typed people by position."""
    carriers = tuple(d.contributors for d in part.drawers for _ in range(d.copies))
    urn = np.ones((locus.n_positions, len(carriers) + 1))
    typed, ln_constant = sum(counts), part.ln_weight
    for drawn in range(len(carriers)):
        weight = locus.theta * (np.array(counts) + drawn)
        weight += (1 - locus.theta) * np.array(locus.frequencies)
        urn[:, drawn + 1] = urn[:, drawn] * weight
        ln_constant -= log(1 + (typed + drawn - 1) * locus.theta)
    reach = np.zeros(locus.n_positions, dtype=np.int64)
    for _, position, _ in part.fixed:
        reach[position] = 1
    where = [[a in seen for seen in locus.seen] for a in locus.alleles]
    where += [[False] * len(locus.seen)] * locus.has_rest
    chance = locus.dropin_probability
    ln_dropin = [
        sum(log(chance * f) if chance * f > 0 else -inf for here in row if here)
        for row, f in zip(where, locus.frequencies, strict=True)
    ]
    n_seen = np.array([sum(row) for row in where], dtype=np.int64)
    counts_, ln_ways, before, placed = _moves(())
    table = SeenOrNot(
        urn=urn,
        fixed_reach=reach,
        lost=len(locus.seen) - n_seen,
        seen=n_seen,
        seen_mask=np.array([sum(h << r for r, h in enumerate(row)) for row in where], np.int64),
        ln_dropin=np.array(ln_dropin, dtype=np.float64),
        n_replicates=len(locus.seen),
        ln_no_dropin=log(1 - chance),
        counts=counts_,
        ln_ways=ln_ways,
        before=before,
        placed=placed,
        ln_constant=ln_constant,
    )
    return Dropped(table, part.fixed, carriers)


@dataclass(frozen=True, slots=True)
class QualitativeLikelihood:
    """ln P(alleles seen | drop-out, proposition), exact.

    loci  the loci weighed, each with the sums over its unknown copies
    """

    stain: Stain
    proposition: Proposition
    loci: Mapping[Locus, tuple[Dropped, ...]]
    not_weighed: tuple[NotWeighed, ...]

    def ln_by_locus(self, dropout: Sequence[float]) -> dict[Locus, float]:
        """Natural log of each locus's likelihood.

        dropout  probability that one copy drops out of a replicate, of each contributor
        """
        found = {}
        for locus, sums in self.loci.items():
            terms = [one.ln_likelihood(dropout) for one in sums]
            found[locus] = float(np.logaddexp.reduce(terms)) if len(terms) > 1 else terms[0]
        return found

    def ln_likelihood(self, dropout: Sequence[float]) -> float:
        """Natural log of the likelihood over all loci; -inf where it is impossible."""
        return sum(self.ln_by_locus(dropout).values())


def encode_seen(
    stain: Stain, proposition: Proposition, population: Population, model: QualitativeModel
) -> QualitativeLikelihood:
    """A stain under a proposition, without heights.

    Raises CannotWeigh if no locus can be weighed, no allele was seen, or there are more unknown
    contributors than can be summed over.
    """
    if proposition.unknowns > MAX_UNKNOWNS:
        raise CannotWeigh(
            f"{proposition.unknowns} unknown contributors in stain {stain.id!r}.",
            rule=f"At most {MAX_UNKNOWNS} unknown contributors can be summed over.",
            way_on="Condition on people known to have contributed, or ask for fewer.",
        )
    loci: dict[Locus, tuple[Dropped, ...]] = {}
    refused: list[NotWeighed] = []
    seen = False
    for name in stain.loci:
        try:
            locus = see(stain, name, population, model)
            counts = typed_counts(locus, proposition)
            parts = components(locus, proposition)
        except CannotWeigh as error:
            told = " ".join(part for part in (error.seen, error.rule, error.way_on) if part)
            refused.append(NotWeighed(f"{stain.id} {name}", told, error.where or stain.where))
            continue
        loci[name] = tuple(dropped(locus, part, counts) for part in parts)
        seen = seen or bool(locus.alleles)
    if not seen:
        raise CannotWeigh(
            f"Stain {stain.id!r} has no allele that can be weighed."
            + "".join(f" {item.reason}" for item in refused[:1]),
            rule="At least one locus shows an allele, and is in the population's table.",
            way_on="Check the population and the threshold, or list the stain as blank.",
            where=stain.where,
        )
    return QualitativeLikelihood(stain, proposition, Frozen(loci), tuple(refused))
