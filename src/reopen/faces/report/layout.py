"""A stain laid out for its pictures: per dye by fragment size, or by locus where sizes lack.

Not here: drawing (`electropherogram`), the model's expected heights (`weigh`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil, floor, isfinite

from reopen.errors import InvalidRecord
from reopen.faces.report.views import (
    ContributorView,
    DyePanel,
    GenotypeCall,
    LocusSpan,
    PeakView,
    StainView,
)
from reopen.records import (
    REST,
    Allele,
    Fit,
    Frozen,
    Kit,
    Locus,
    Marker,
    Stain,
    allele_order,
    repeat_number,
)

SLOTS_OF_A_ROW = 26
MARGIN_BP = 8.0

Expected = Mapping[tuple[Locus, Allele], float]
Ranges = Mapping[tuple[Locus, Allele], tuple[float, float]]
Remarks = Mapping[tuple[Locus, int, Allele], str]
Sizes = Mapping[tuple[Locus, Allele], float]
Threshold = float | Mapping[Locus, float]

_NO_RANGES: Ranges = Frozen()
_NO_REMARKS: Remarks = Frozen()


def stain_view(
    stain: Stain,
    kit: Kit | None,
    fit: Fit | None,
    expected: Expected,
    threshold: Threshold,
    genotypes: Sequence[Mapping[Locus, GenotypeCall]],
    *,
    ranges: Ranges = _NO_RANGES,
    remarks: Remarks = _NO_REMARKS,
) -> StainView:
    """Everything the report shows of a stain.

    expected   expected height in RFU of each allele under the fitted model, the same for all
               replicates; alleles never observed included
    threshold  analytical threshold in RFU, 0 for none; one number, or one for each locus
    genotypes  per contributor, in the order of fit.proportions: most probable genotypes
    ranges     95 % of the heights expected of each allele, where that is to be shown
    remarks    what the check of the model says, by (locus, replicate from 0, allele)

    Raises InvalidRecord for an expected height that is negative or not a number.
    """
    _check(expected, threshold)
    at = dict.fromkeys(stain.loci, threshold) if isinstance(threshold, float) else threshold
    sizes = _sizes(stain, kit, expected)
    by_size = tuple(
        locus
        for locus in stain.loci
        if _has_range(locus, kit)
        and all((locus, label) in sizes for label in _labels(locus, stain, expected))
    )
    by_name = tuple(locus for locus in stain.loci if locus not in by_size)
    panels = _dye_panels(stain, kit, by_size, sizes, expected, at) if kit else ()
    panels += _slot_panels(stain, by_name, expected, at)
    proportions = fit.proportions if fit else ()
    return StainView(
        id=stain.id,
        kit=kit.name if kit else stain.kit,
        case=stain.case,
        loci=stain.loci,
        panels=tuple(_with_checks(panel, ranges, remarks) for panel in panels),
        fit=fit,
        contributors=tuple(
            ContributorView(i + 1, proportions[i] if i < len(proportions) else None, calls)
            for i, calls in enumerate(genotypes)
        ),
        notes=_notes(stain, kit, by_name, expected),
    )


def _with_checks(panel: DyePanel, ranges: Ranges, remarks: Remarks) -> DyePanel:
    peaks = (
        replace(
            peak,
            range_rfu=ranges.get((peak.locus, peak.allele)) if peak.expected_rfu > 0 else None,
            remark=remarks.get((peak.locus, peak.replicate, peak.allele), ""),
        )
        for peak in panel.peaks
    )
    return replace(panel, peaks=tuple(peaks))


def size_of(label: Allele, marker: Marker) -> float | None:
    """Fragment size in bp of an allele: as the kit lists it, or interpolated between the listed
    neighbours by repeat number (9.3 is one base short of 10). None for an unlisted name."""
    if label in marker.sizes_bp:
        return marker.sizes_bp[label]
    bases = _bases(label, marker.repeat_bp)
    known = sorted(
        (at, size)
        for other, size in marker.sizes_bp.items()
        if (at := _bases(other, marker.repeat_bp)) is not None
    )
    if bases is None or not known:
        return None
    for (low, low_bp), (high, high_bp) in pairwise(known):
        if low < bases < high:
            return low_bp + (high_bp - low_bp) * (bases - low) / (high - low)
    nearest, size = known[0] if bases < known[0][0] else known[-1]
    return size + bases - nearest


def _bases(label: Allele, repeat_bp: int) -> float | None:
    """Length of the repeat region: whole repeats, and the bases that the tenths count."""
    number = repeat_number(label)
    if number is None:
        return None
    whole = floor(number)
    return whole * repeat_bp + round((number - whole) * 10)


def _check(expected: Expected, threshold: Threshold) -> None:
    for (locus, label), height in expected.items():
        if not (isfinite(height) and height >= 0):
            raise InvalidRecord(
                f"Allele {label} at {locus} has an expected height of {height} RFU.",
                rule="An expected height is zero or more.",
                way_on="Fit the stain again.",
            )
    values = threshold.values() if isinstance(threshold, Mapping) else (threshold,)
    if not all(isfinite(value) and value >= 0 for value in values):
        raise InvalidRecord(
            f"Analytical threshold of {threshold} RFU.",
            rule="A threshold is zero (none) or more.",
            way_on="Give the laboratory's analytical threshold.",
        )


def _labels(locus: Locus, stain: Stain, expected: Expected) -> tuple[Allele, ...]:
    """Alleles to show at a locus: seen in any replicate, or expected and named."""
    seen = {p.allele for r in stain.replicates for p in r.peaks.get(locus, ())}
    hoped = {label for (at, label), rfu in expected.items() if at == locus and rfu > 0}
    return tuple(sorted((seen | hoped) - {REST}, key=allele_order))


def _sizes(stain: Stain, kit: Kit | None, expected: Expected) -> dict[tuple[Locus, Allele], float]:
    """Sizes from the kit; a measured size only where the kit has none."""
    measured = {
        (locus, peak.allele): peak.size_bp
        for replicate in stain.replicates
        for locus, peaks in replicate.peaks.items()
        for peak in peaks
        if peak.size_bp is not None
    }
    sizes = {}
    for locus in stain.loci:
        marker = kit.marker(locus) if kit else None
        if marker is None:
            continue
        for label in _labels(locus, stain, expected):
            size = size_of(label, marker) or measured.get((locus, label))
            if size is not None:
                sizes[locus, label] = size
    return sizes


def _has_range(locus: Locus, kit: Kit | None) -> bool:
    marker = kit.marker(locus) if kit else None
    return marker is not None and bool(marker.sizes_bp)


def _peaks(stain: Stain, locus: Locus, places: Sizes, expected: Expected) -> list[PeakView]:
    """Peaks of a locus in every replicate that typed it, expected ones that were not seen too."""
    views = []
    for index, replicate in enumerate(stain.replicates):
        if locus not in replicate.peaks:
            continue
        seen = {peak.allele: peak.height_rfu for peak in replicate.peaks[locus]}
        for label in _labels(locus, stain, expected):
            rfu = expected.get((locus, label), 0.0)
            if label in seen or rfu > 0:
                place = places[locus, label]
                views.append(PeakView(locus, label, place, seen.get(label, 0.0), rfu, index))
    return views


def _typed_in(stain: Stain, locus: Locus) -> tuple[int, ...]:
    return tuple(i for i, r in enumerate(stain.replicates) if locus in r.peaks)


def _dye_panels(
    stain: Stain,
    kit: Kit,
    loci: Iterable[Locus],
    sizes: Sizes,
    expected: Expected,
    thresholds: Mapping[Locus, float],
) -> tuple[DyePanel, ...]:
    """A panel for each dye of the kit, all on one axis."""
    placed = set(loci)
    shown = [m for m in kit.markers if m.sizes_bp and (m.locus in placed or m.kind != "quality")]
    spans = {m.locus: _span(m, stain, sizes) for m in shown}
    low = min(span.low for span in spans.values()) if spans else 0.0
    high = max(span.high for span in spans.values()) if spans else 0.0
    axis = (10 * floor((low - MARGIN_BP) / 10), 10 * ceil((high + MARGIN_BP) / 10))
    panels = []
    for dye in dict.fromkeys(m.dye for m in shown):
        markers = sorted(
            (m for m in shown if m.dye == dye), key=lambda m: (spans[m.locus].low, m.locus)
        )
        peaks = [
            peak
            for m in markers
            if m.locus in placed
            for peak in _peaks(stain, m.locus, sizes, expected)
        ]
        panels.append(
            DyePanel(
                dye=dye,
                dye_name=markers[0].dye_name,
                loci=tuple(spans[m.locus] for m in markers),
                peaks=tuple(peaks),
                replicates=tuple(r.name for r in stain.replicates),
                axis=axis,
                in_base_pairs=True,
                threshold_rfu=_threshold((m.locus for m in markers), thresholds),
            )
        )
    return tuple(panels)


def _span(marker: Marker, stain: Stain, sizes: Sizes) -> LocusSpan:
    """The kit's range for a locus, widened where a peak lies outside it."""
    found = [size for (locus, _), size in sizes.items() if locus == marker.locus]
    low, high = marker.range_bp
    typed = _typed_in(stain, marker.locus)
    return LocusSpan(marker.locus, min([low, *found]), max([high, *found]), typed)


def _slot_panels(
    stain: Stain, loci: Sequence[Locus], expected: Expected, thresholds: Mapping[Locus, float]
) -> tuple[DyePanel, ...]:
    """Loci without sizes: alleles equally spaced, whole loci to a row."""
    rows: list[list[LocusSpan]] = []
    peaks: list[list[PeakView]] = []
    used = 0.0
    for locus in loci:
        labels = _labels(locus, stain, expected)
        width = max(len(labels), 2) + 1.0
        if not rows or used + width > SLOTS_OF_A_ROW:
            rows, peaks, used = [*rows, []], [*peaks, []], 0.0
        places = {(locus, label): used + 1.0 + i for i, label in enumerate(labels)}
        rows[-1].append(LocusSpan(locus, used + 0.2, used + width - 0.2, _typed_in(stain, locus)))
        peaks[-1].extend(_peaks(stain, locus, places, expected))
        used += width
    names = tuple(r.name for r in stain.replicates)
    return tuple(
        DyePanel(
            dye="",
            dye_name="",
            loci=tuple(spans),
            peaks=tuple(row),
            replicates=names,
            axis=(0.0, SLOTS_OF_A_ROW),
            in_base_pairs=False,
            threshold_rfu=_threshold((span.locus for span in spans), thresholds),
        )
        for spans, row in zip(rows, peaks, strict=True)
    )


def _threshold(loci: Iterable[Locus], thresholds: Mapping[Locus, float]) -> float:
    """The threshold of a panel: the lowest of its loci, below which no peak can lie; 0 for none."""
    return min((thresholds[locus] for locus in loci if locus in thresholds), default=0.0)


def _notes(
    stain: Stain, kit: Kit | None, by_name: Sequence[Locus], expected: Expected
) -> tuple[str, ...]:
    notes = []
    if kit is None:
        named = f"the kit {stain.kit!r} has no table of fragment sizes here"
        why = named if stain.kit else "no kit was named"
        notes.append(f"Alleles stand equally spaced by locus, not by fragment size: {why}.")
    elif by_name:
        notes.append(
            f"Alleles stand equally spaced by locus at {', '.join(by_name)}: "
            f"the table of {kit.name} does not give all their fragment sizes."
        )
    bare = [locus for locus in stain.loci if not _labels(locus, stain, expected)]
    if bare:
        notes.append(f"Typed, no peak seen or expected: {', '.join(bare)}.")
    if not stain.has_heights:
        notes.append("Some alleles came without peak heights; they are shown as boxes only.")
    others = [
        f"{locus} ({rfu:.0f} RFU)"
        for (locus, label), rfu in expected.items()
        if label == REST and rfu > 0
    ]
    if others:
        notes.append(f"Expected from an allele not named, without a place: {', '.join(others)}.")
    untyped = [locus for locus, _ in expected if locus not in stain.loci]
    if untyped:
        names = ", ".join(dict.fromkeys(untyped))
        notes.append(f"Expected heights at loci not typed here: {names}.")
    return tuple(notes)
