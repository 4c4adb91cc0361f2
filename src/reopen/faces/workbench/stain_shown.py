"""A stain as pictures show it: its peaks, what the fitted model expects, its contributors.

Not here: drawing (`report`), reading a unit's stain (`unit_stain`).
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.faces.report import GenotypeCall, StainView, stain_view
from reopen.link import SolvedStain
from reopen.records import Allele, Kit, Locus, Stain
from reopen.weigh.model import PeakModel


def solved_view(solved: SolvedStain, model: PeakModel) -> StainView:
    """A stain that was taken apart."""
    found = solved.deconvolution
    return stain_view(
        solved.stain,
        solved.kit,
        found.fit,
        {(locus, Allele(label)): rfu for (locus, label), rfu in solved.expected.items()},
        _threshold(model),
        [
            {locus: GenotypeCall(*ranked[0]) for locus, ranked in loci.items()}
            for loci in found.probabilities
        ],
    )


def peaks_view(stain: Stain, kit: Kit | None, model: PeakModel) -> StainView:
    """A stain whose peaks alone are known."""
    return stain_view(stain, kit, None, {}, _threshold(model), ())


def _threshold(model: PeakModel) -> float | Mapping[Locus, float]:
    threshold = model.threshold_rfu
    return threshold if isinstance(threshold, Mapping) else float(threshold)
