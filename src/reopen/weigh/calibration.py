"""What a laboratory's own exports tell about its settings, without knowing who is in them.

Thresholds, stutter filters and cut-offs leave sharp edges in the data: no peak lies below them. How
well each locus amplifies shows in its total height.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from reopen.errors import CannotWeigh
from reopen.records import Allele, Kit, Locus, Marker, Stain
from reopen.weigh.chains import one_repeat_from
from reopen.weigh.model import Filters, PeakModel
from reopen.weigh.sizes import size_bp
from reopen.weigh.stutter import Stutter

LEAST_STAINS = 20
_LEAST_PAIRS = 30  # of a peak and one in stutter position, to see an edge
_EDGE = 0.01  # share of ratios below the edge that may be misread peaks
_UNFILTERED = 0.04  # back stutter ratios this low are not seen in filtered exports
STUTTER_LIKE = 0.2  # of its neighbour above: a higher peak is rather an allele
_STUTTER_KEPT = 0.3  # share of tall peaks with stutter: near 1 where it is left in, near 0 if not
_NO_CUTOFF = 0.005


def learn_model(stains: Sequence[Stain], kit: Kit, base: PeakModel | None = None) -> PeakModel:
    """The base model with the laboratory's settings as read off its stains, all of one kit.

    threshold_rfu     lowest height of each dye
    filters           lowest shares of a neighbouring, or of the highest, peak; 0 where peaks go
                      all the way down. Exports count as filtered where tall peaks stand without
                      a small one below them: all tall peaks, or only the locus's highest
    stutter           off where the exports are filtered at all peaks
    locus_efficiency  geometric mean of a locus's total height over what its fragment length tells
    Raises CannotWeigh with fewer than LEAST_STAINS stains.
    """
    if len(stains) < LEAST_STAINS:
        raise CannotWeigh(
            f"{len(stains)} stains to learn a laboratory's settings from.",
            rule=f"At least {LEAST_STAINS} stains of one kit show where its edges are.",
            way_on="Give the settings by hand, or add stains of the same kit and period.",
        )
    base = base or PeakModel()
    profiles = [profile for stain in stains for profile in _profiles(stain)]
    markers = [m for m in kit.markers if any(m.locus in profile for profile in profiles)]
    thresholds = _thresholds(profiles, markers)
    cutoff = _cutoff(profiles)
    filters = Filters(locus_cutoff=cutoff)
    filtered = _stutter_is_gone(profiles, thresholds, highest=True)
    everywhere = filtered and _stutter_is_gone(profiles, thresholds, highest=False)
    if filtered:
        back = {m.locus: _edge(profiles, m.locus, -1, _UNFILTERED, not everywhere) for m in markers}
        if not everywhere:
            gone = {m.locus: _is_gone_at(m.locus, profiles, thresholds) for m in markers}
            back = {
                locus: (edge or STUTTER_LIKE) if gone[locus] else 0.0
                for locus, edge in back.items()
            }
        filters = replace(filters, back=back, of_highest=not everywhere)
    if everywhere:
        least = max(cutoff, _NO_CUTOFF)
        forward = {m.locus: _edge(profiles, m.locus, +1, least) for m in markers}
        filters = replace(filters, forward=forward)
    return replace(
        base,
        stutter=Stutter(False) if everywhere else base.stutter,
        threshold_rfu=thresholds,
        filters=filters,
        locus_efficiency=_efficiencies(profiles, markers),
    )


def _profiles(stain: Stain) -> Iterable[dict[Locus, dict[Allele, float]]]:
    for replicate in stain.replicates:
        yield {
            locus: {peak.allele: peak.height_rfu for peak in peaks if peak.height_rfu is not None}
            for locus, peaks in replicate.peaks.items()
        }


_Heights = Mapping[Locus, Mapping[Allele, float]]


def _thresholds(profiles: Sequence[_Heights], markers: Sequence[Marker]) -> dict[Locus, float]:
    lowest: dict[str, float] = {}
    for marker in markers:
        heights = [h for p in profiles for h in p.get(marker.locus, {}).values()]
        if heights:
            lowest[marker.dye] = min(lowest.get(marker.dye, np.inf), *heights)
    return {m.locus: lowest[m.dye] for m in markers if m.dye in lowest}


def _stutter_is_gone(
    profiles: Sequence[_Heights], thresholds: Mapping[Locus, float], *, highest: bool
) -> bool:
    """Whether peaks so tall that little stutter would be reported mostly stand without any.

    Of the highest peak of each locus, or of the others. Where there are too few others, they are
    taken to be as the highest. A sharp edge alone does not tell: the threshold makes one too.
    """
    found = _with_stutter(profiles, thresholds, highest=highest)
    if len(found) < _LEAST_PAIRS:
        return not highest
    return float(np.mean(found)) < _STUTTER_KEPT


def _with_stutter(
    profiles: Sequence[_Heights], thresholds: Mapping[Locus, float], *, highest: bool
) -> list[bool]:
    """Of each tall peak, whether a small one stands one repeat below it."""
    with_stutter = []
    for profile in profiles:
        for locus, heights in profile.items():
            top = max(heights.values(), default=0.0)
            for parent, height in heights.items():
                tall = height * _UNFILTERED >= thresholds.get(locus, np.inf)
                if not tall or (height == top) is not highest:
                    continue
                above, below = one_repeat_from(parent, +1), one_repeat_from(parent, -1)
                if below is None or (above is not None and heights.get(above, 0.0) > height):
                    continue
                share = heights.get(below, np.inf) / height
                with_stutter.append(share < STUTTER_LIKE)
    return with_stutter


def _is_gone_at(
    locus: Locus, profiles: Sequence[_Heights], thresholds: Mapping[Locus, float]
) -> bool:
    """Whether stutter is gone at one locus, beside its highest peaks; as elsewhere if unknown."""
    there = [{locus: profile[locus]} for profile in profiles if locus in profile]
    found = _with_stutter(there, thresholds, highest=True)
    return len(found) < _LEAST_PAIRS or float(np.mean(found)) < _STUTTER_KEPT


def _edge(
    profiles: Sequence[_Heights], locus: Locus, step: int, least: float, of_highest: bool = False
) -> float:
    """The edge below which no peak one repeat away is reported; 0 where there is no such edge."""
    ratios = []
    for profile in profiles:
        heights = profile.get(locus, {})
        top = max(heights.values(), default=0.0)
        for parent, height in heights.items():
            child = one_repeat_from(parent, step)
            if child is not None and child in heights and (height == top or not of_highest):
                ratios.append(heights[child] / height)
    if len(ratios) < _LEAST_PAIRS:
        return 0.0
    edge = float(np.sort(ratios)[max(3, int(_EDGE * len(ratios)))])
    return edge if edge > least else 0.0


def _cutoff(profiles: Sequence[_Heights]) -> float:
    """The edge in heights relative to the highest of the locus, over all loci.

    Only loci whose highest peak is so high that the threshold cannot be what makes the edge.
    """
    lowest = min(h for p in profiles for heights in p.values() for h in heights.values())
    ratios = [
        height / top
        for profile in profiles
        for heights in profile.values()
        if heights and (top := max(heights.values())) > lowest / _NO_CUTOFF
        for height in heights.values()
        if height < top
    ]
    if len(ratios) < _LEAST_PAIRS:
        return 0.0
    edge = float(np.sort(ratios)[max(3, int(0.001 * len(ratios)))])
    return edge if edge > 1.5 * _NO_CUTOFF else 0.0


def _efficiencies(profiles: Sequence[_Heights], markers: Sequence[Marker]) -> dict[Locus, float]:
    """Total height of each locus over the log-linear trend with fragment length in its profile.

    Autosomal loci only, 1 elsewhere: on X and Y the number of copies depends on the person.
    """
    residuals: dict[Locus, list[float]] = {m.locus: [] for m in markers}
    markers = [m for m in markers if m.kind == "autosomal"]
    for profile in profiles:
        seen = [m for m in markers if profile.get(m.locus)]
        if len(seen) < max(4, len(markers) // 2):
            continue
        lengths = np.array([np.mean([size_bp(a, m) for a in profile[m.locus]]) / 100 for m in seen])
        totals = np.log([sum(profile[m.locus].values()) for m in seen])
        trend = np.polyval(np.polyfit(lengths, totals, 1), lengths)
        for marker, residual in zip(seen, totals - trend, strict=True):
            residuals[marker.locus].append(float(residual))
    return {
        locus: float(np.exp(np.mean(found))) if len(found) >= LEAST_STAINS else 1.0
        for locus, found in residuals.items()
    }
