"""Parents and the places of their stutter in single-source runs, and the law of their shares.

Not for: how shares differ between loci and alleles (`stutter_rates`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import betainc, betaln

from reopen.kernels.shapes import Floats, Ints
from reopen.records import Allele, Locus
from reopen.weigh.model import PeakModel
from reopen.weigh.single_source import FittedRun, least_reported, may_be_removed
from reopen.weigh.stutter import StutterKind, stutter_length, stutter_product


class StutterPair(NamedTuple):
    """A parent peak, and what was seen where its stutter of one kind falls.

    is_seen  a peak was reported there. Else one too low to be reported may have been there
    share    its height over its and the parent's together; not seen: that of a peak at the limit
    shape    of the parent's own gamma law
    """

    kind: StutterKind
    locus: Locus
    parent: Allele
    length: float
    run: str
    donor: str
    is_seen: bool
    share: float
    shape: float


def stutter_pairs(fitted: Iterable[FittedRun], model: PeakModel) -> tuple[StutterPair, ...]:
    """The pairs in which nothing but the parent's stutter of one kind can be.

    Left out: parents not seen; parents on which the other allele's stutter falls; places that are
    an allele, or reached from both alleles or by two kinds; places where a stutter filter worked.
    """
    found = []
    for fit in fitted:
        run = fit.run
        for locus, shapes in fit.shapes.items():
            heights, products = run.heights[locus], run.products(locus)
            for parent, shape in shapes.items():
                length = stutter_length(parent)
                if parent not in heights or length is None:
                    continue
                for place, kind in _alone(parent, products):
                    removed = may_be_removed(run, locus, model, parent, kind)
                    if removed or place in run.copies(locus):
                        continue
                    limit = least_reported(run, locus, model)
                    height = heights.get(place, 0.0)
                    seen = height > 0
                    share = (height if seen else limit) / (
                        (height if seen else limit) + heights[parent]
                    )
                    found.append(
                        StutterPair(
                            kind, locus, parent, length, run.name, run.donor, seen, share, shape
                        )
                    )
    return tuple(found)


def _alone(
    parent: Allele, products: dict[Allele, list[tuple[Allele, StutterKind]]]
) -> Iterable[tuple[Allele, StutterKind]]:
    """Places that only this parent's stutter of one kind falls on."""
    for place, sources in products.items():
        if len(sources) == 1 and sources[0][0] == parent:
            assert stutter_product(parent, sources[0][1]) == place
            yield place, sources[0][1]


@dataclass(frozen=True, slots=True)
class PairTable:
    """Pairs of one kind as columns. Axis: pair.

    run, donor  numbers of the runs and donors that they come from
    """

    length: Floats
    is_seen: Ints
    share: Floats
    shape: Floats
    run: Ints
    donor: Ints

    @classmethod
    def of(cls, pairs: Sequence[StutterPair]) -> PairTable:
        def numbered(names: Sequence[str]) -> Ints:
            return np.unique(np.array(names, dtype=str), return_inverse=True)[1].astype(np.int64)

        return cls(
            np.array([p.length for p in pairs], dtype=np.float64),
            np.array([p.is_seen for p in pairs], dtype=np.int64),
            np.array([p.share for p in pairs], dtype=np.float64),
            np.array([p.shape for p in pairs], dtype=np.float64),
            numbered([p.run for p in pairs]),
            numbered([p.donor for p in pairs]),
        )

    def ln_density(self, ratio: Floats, concentration: float = 1.0) -> Floats:
        """ln of each pair's likelihood, (pair,).

        ratio          expected stutter over the expected parent, (pair,)
        concentration  1 where a share varies as the run's allele peaks do; less varies more

        A stutter peak and its parent are gamma heights of one scale, so the stutter's share of the
        two is Beta(ratio * shape, shape) whatever their sum. A peak not seen lies below the limit;
        its probability takes ln(sum) to be flat where the limit leaves it open.
        """
        parent = concentration * self.shape
        stutter = np.maximum(ratio, 1e-9) * parent
        seen = self.is_seen == 1
        ln = np.empty(len(self.share))
        x, a, b = self.share[seen], stutter[seen], parent[seen]
        ln[seen] = (a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - betaln(a, b)
        below = betainc(stutter[~seen], parent[~seen], self.share[~seen])
        ln[~seen] = np.log(np.maximum(below, 1e-300))
        return ln
