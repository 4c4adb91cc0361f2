"""Contributors invented without peaks: likelihoods around the donor's genotype, clear or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reopen.records import REST, GenotypeLikelihoods, Locus, LocusLikelihoods, Reference
from reopen.weigh.compare import LocusTable

Draws = list[list[GenotypeLikelihoods]]


def stain_of(
    rng: np.random.Generator,
    donors: Sequence[Reference],
    tables: Mapping[Locus, LocusTable],
    *,
    draws: int = 1,
    clear: float = 8.0,
    wobble: float = 0.3,
    lost: float = 0.05,
) -> Draws:
    """A stain of these donors: (draw, contributor).

    Each contributor tells apart the alleles of all donors and one more; other genotypes than the
    donor's own are about `clear` nats less likely, a few impossible. Draws differ by `wobble`; a
    locus is `lost` with that probability.
    """
    told = [_about(rng, donor, donors, tables, clear, lost) for donor in donors]
    return [
        [_wobbled(rng, one, wobble if draws > 1 else 0.0) for one in told] for _ in range(draws)
    ]


def _about(
    rng: np.random.Generator,
    donor: Reference,
    donors: Sequence[Reference],
    tables: Mapping[Locus, LocusTable],
    clear: float,
    lost: float,
) -> GenotypeLikelihoods:
    by_locus = {}
    for locus, table in tables.items():
        if rng.random() < lost:
            continue
        seen = {label for one in donors for label in one.genotypes[locus].pair}
        seen.add(table.alleles[rng.integers(len(table.alleles))])
        labels = (*sorted(seen), REST)
        n = len(labels)
        ln = -rng.exponential(clear, n * (n + 1) // 2)
        ln[rng.random(len(ln)) < 0.1] = -np.inf
        a, b = sorted(labels.index(label) for label in donor.genotypes[locus].pair)
        ln[a * n - a * (a - 1) // 2 + b - a] = 0.0
        by_locus[locus] = LocusLikelihoods(labels, tuple(map(float, ln)))
    return GenotypeLikelihoods(donor.id, by_locus)


def _wobbled(
    rng: np.random.Generator, person: GenotypeLikelihoods, by: float
) -> GenotypeLikelihoods:
    return GenotypeLikelihoods(
        person.owner,
        {
            locus: LocusLikelihoods(
                one.alleles, tuple(float(x + by * rng.normal()) for x in one.ln)
            )
            for locus, one in person.by_locus.items()
        },
    )
