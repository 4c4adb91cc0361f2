"""The probability plot of another program beside ours, peak by peak.

Values are compared to 1e-3: the other program works in single precision and drops genotypes by
rules that are not known to the last detail (`euroformix_checks`; the worst public case is off by
5e-5). Their p-values go by rank, and two peaks with nearly the same value may change places: so the
p-values are compared in order, to 0.005. Where there are too many joint genotypes to list, none is
dropped, and values are compared to 0.02 and p-values to 0.1: in the public cases dropping genotypes
moved no value by more than 0.017.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reopen.errors import CannotWeigh
from reopen.faces.workbench.checks import Check, check
from reopen.faces.workbench.euroformix_checks import check_peaks_restricted
from reopen.faces.workbench.reference_cases import ExpectedPeak, PeakTable, ReferenceCase
from reopen.records import NotWeighed
from reopen.weigh.diagnostics import PeakCheck, PeakId, check_peaks
from reopen.weigh.mixture import MixtureLikelihood

VALUE, P_VALUE = 1e-3, 5e-3
VALUE_OF_ALL, P_VALUE_OF_ALL = 2e-2, 1e-1


def peak_checks(
    name: str,
    case: ReferenceCase,
    table: PeakTable,
    likelihood: MixtureLikelihood,
    unsupported: list[NotWeighed],
) -> Iterator[Check]:
    """Each marker's value that differs most, the p-values, and the peaks that are flagged."""
    value, p_value = VALUE, P_VALUE
    try:
        found = check_peaks_restricted(likelihood, case.model, table.parameters)
    except CannotWeigh:
        value, p_value = VALUE_OF_ALL, P_VALUE_OF_ALL
        found = check_peaks(likelihood, table.parameters)
    ours = {(peak.locus, peak.replicate, peak.allele): peak for peak in found}
    by_marker: dict[str, list[ExpectedPeak]] = {}
    for peak in table.peaks:
        by_marker.setdefault(peak.marker, []).append(peak)
    for marker, peaks in by_marker.items():
        missing = [peak for peak in peaks if _id(case, peak) not in ours]
        if missing:
            what = f"{name} peak checks, {marker}"
            unsupported.append(NotWeighed(what, f"{missing[0].allele} is no peak of ours"))
        else:
            yield _value_check(name, case, peaks, ours, value)
    if len(table.peaks) == len(found):
        yield from _rank_checks(name, case, table, ours, p_value)
    else:
        what = f"{name} peak checks: p-values and flags"
        reason = f"{len(table.peaks)} peaks are expected, and {len(found)} were checked"
        unsupported.append(NotWeighed(what, reason))


def _id(case: ReferenceCase, peak: ExpectedPeak) -> PeakId:
    return case.markers[peak.marker], case.replicate(peak.replicate), peak.allele


def _value_check(
    name: str,
    case: ReferenceCase,
    peaks: list[ExpectedPeak],
    ours: Mapping[PeakId, PeakCheck],
    tolerance: float,
) -> Check:
    """The peak of a marker whose value differs most."""
    worst = max(peaks, key=lambda p: abs(p.cumulative - ours[_id(case, p)].cumulative))
    where = f", {worst.replicate}" if len(case.stain.replicates) > 1 else ""
    return check(
        f"{name} peak checks: P(height up to this one), {worst.marker} {worst.allele}{where}",
        worst.cumulative,
        ours[_id(case, worst)].cumulative,
        tolerance,
    )


def _rank_checks(
    name: str,
    case: ReferenceCase,
    table: PeakTable,
    ours: Mapping[PeakId, PeakCheck],
    tolerance: float,
) -> Iterator[Check]:
    """The p-values in order, and whether the same peaks are flagged."""
    pairs = zip(
        sorted(peak.p_value for peak in table.peaks),
        sorted(peak.p_value for peak in ours.values()),
        strict=True,
    )
    expected, got = max(pairs, key=lambda pair: abs(pair[0] - pair[1]))
    yield check(f"{name} peak checks: p-values in order", expected, got, tolerance)
    differing = sum(peak.flagged != ours[_id(case, peak)].flagged for peak in table.peaks)
    yield check(f"{name} peak checks: peaks flagged otherwise", 0.0, float(differing), 0.0)
