"""A calibration as its page shows it: tables in words, stutter as points and lines.

Not for: drawing (`report`), how anything was learnt (`weigh`).
"""

from __future__ import annotations

from pathlib import Path

from reopen.faces.report import write
from reopen.faces.report.calibration_views import (
    CalibrationView,
    KindView,
    LaboratoryView,
    StutterPanel,
    TableView,
)
from reopen.faces.workbench.calibrating import Calibrating
from reopen.faces.workbench.calibrating_shown import (
    KIND_NAMES,
    SETTINGS_HEADER,
    SPREAD_HEADER,
    STUTTER_HEADER,
    by_reason,
    counted,
    dropin_told,
    kind_told,
    settings_rows,
    spread_rows,
    stutter_rows,
    warnings,
    without_rates,
)
from reopen.weigh.laboratory import Laboratory
from reopen.weigh.stutter import StutterKind, stutter_length
from reopen.weigh.stutter_pairs import StutterPair
from reopen.weigh.stutter_rates import LocusRates

TITLE = "Settings learnt from single-source runs"
CITED = (
    "Cowell, Graversen, Lauritzen and Mortera 2015. J. R. Stat. Soc. C 64, 1-48 (gamma heights)",
    "Brookes, Bright, Harbison and Buckleton 2012. Forensic Sci. Int. Genet. 6, 58-63 (stutter)",
    "White 1982. Econometrica 50, 1-25 (errors by runs)",
)
_STEPS = 20  # of a drawn line


def write_calibration(calibrating: Calibrating, path: str | Path, *, title: str = TITLE) -> None:
    """Write a calibration as one HTML page that loads nothing.

    Raises ReopenError where the folder cannot be written.
    """
    write(calibration_view(calibrating, title=title), Path(path))


def calibration_view(calibrating: Calibrating, *, title: str = TITLE) -> CalibrationView:
    """Everything that the page shows."""
    return CalibrationView(
        title=title,
        made_at=calibrating.made_at.strftime("%-d %B %Y, %H:%M UTC"),
        laboratories=tuple(_laboratory(one) for one in calibrating.laboratories),
        assumptions=calibrating.assumptions,
        notices=calibrating.profiles.notices,
        not_used=tuple(by_reason(calibrating.not_used)),
        run=calibrating.run,
        references_cited=CITED,
    )


def _laboratory(one: Laboratory) -> LaboratoryView:
    settings = TableView(
        "Thresholds in RFU, amplification relative to the kit's mean, and stutter filters",
        SETTINGS_HEADER,
        tuple(settings_rows(one)),
        numbers=4,
    )
    spreads = TableView(
        "How runs differ beyond the error of each: log-normal laws",
        SPREAD_HEADER,
        tuple(spread_rows(one)),
        numbers=3,
    )
    return LaboratoryView(
        kit=one.kit.name,
        counts=tuple((name.capitalize(), number) for name, number in counted(one)),
        warnings=tuple(warnings(one)),
        settings=settings,
        spreads=spreads,
        dropin=dropin_told(one),
        kinds=tuple(_kind(one, kind) for kind in one.stutter),
    )


def _kind(one: Laboratory, kind: StutterKind) -> KindView:
    rates = one.stutter[kind]
    missing = without_rates(rates)
    table = TableView(
        "Share of the parent in the middle of the lengths, and its change, with standard errors; "
        "changes and errors in points of a per cent",
        STUTTER_HEADER,
        tuple(stutter_rows(rates)),
        numbers=5,
    )
    seen: dict[str, list[StutterPair]] = {}
    for pair in one.pairs:
        if pair.kind == kind:
            seen.setdefault(pair.locus, []).append(pair)
    order = {locus: place for place, locus in enumerate(one.kit.loci)}
    panels = tuple(
        _panel(row, seen.get(row.locus, []))
        for row in sorted(rates.loci, key=lambda row: order[row.locus])
        if row.locus in seen
    )
    return KindView(
        name=KIND_NAMES[kind],
        told=(*kind_told(one, kind), *([f"No rates, {missing}."] if missing else [])),
        panels=panels,
        table=table if rates.rates else None,
    )


def _panel(row: LocusRates, pairs: list[StutterPair]) -> StutterPanel:
    rates, line = row.rates, []
    if rates is not None:
        low, high = row.lengths
        for k in range(_STEPS + 1):
            length = low + (high - low) * k / _STEPS
            off = length - (low + high) / 2
            error = (row.level_error**2 + (row.slope_error * off) ** 2) ** 0.5
            line.append((length, rates.on_line(length), error))
    own = [
        (rate.allele, stutter_length(rate.allele) or 0.0, rate.share)
        for rate in row.alleles
        if rate.is_used
    ]
    points = tuple((pair.length, pair.share) for pair in pairs)
    return StutterPanel(row.locus, points, tuple(line), tuple(own), row.reason)
