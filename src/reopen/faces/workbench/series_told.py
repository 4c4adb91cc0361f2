"""The series that a unit keeps, as text that reads at 80 characters and as JSON.

Not here: finding them in the unit (`series_views`), the words (`series_shown`).
"""

from __future__ import annotations

from collections.abc import Sequence

from reopen.faces.report.series_words import headline
from reopen.faces.report.wording import log10_text
from reopen.faces.workbench.series_beside import beside_dna
from reopen.faces.workbench.series_plain import series_plain
from reopen.faces.workbench.series_shown import series_text
from reopen.faces.workbench.series_views import SeriesInUnit, SeriesRow
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.faces.workbench.unit_told import record_plain
from reopen.records.findings import Finding


def series_list_text(rows: Sequence[SeriesRow], width: int = WIDTH) -> str:
    """The list of series, with what has to be looked at first."""
    if not rows:
        return "No series that you may see."
    alerts = [told for row in rows for told in alerts_of(row)]
    parts = [paragraph(told, width=width) for told in alerts]
    header = ("Series", "Traces", "Holds by", "Brothers", "log10 LR", "Found", "Profiles")
    listed = [
        (
            row.series.id,
            str(len(row.series.profiles)),
            log10_text(row.series.holds_by_log10),
            _number(row.series.over_brothers_log10),
            log10_text(row.series.weight_log10),
            row.found,
            ", ".join(row.series.profiles),
        )
        for row in rows
    ]
    parts.append(table(header, listed, right="lrrrrll", width=width))
    parts.append(
        paragraph(
            "Holds by: one donor of all, against the two unrelated donors who explain the traces "
            "best; Brothers: against two brothers or sisters. `reopen series UNIT SERIES` says "
            "why, and what would break it.",
            width=width,
        )
    )
    return "\n\n".join(parts)


def alerts_of(row: SeriesRow) -> list[str]:
    """Solved cases that a series speaks on, a paragraph each."""
    return [f"{alert_of(one)}{_ended(row, one)}" for one in row.findings]


def alert_of(finding: Finding) -> str:
    """A solved case that a series speaks on."""
    return f"ALERT {finding.id}: {finding.sentence}"


def _ended(row: SeriesRow, finding: Finding) -> str:
    closed = row.closed.get(finding.id)
    return "" if closed is None else f" Disposed of, {closed.outcome}: {closed.reason}"


def series_in_unit_text(view: SeriesInUnit, width: int = WIDTH) -> str:
    """One series with everything that was kept of it, and where that comes from."""
    series = view.row.series
    parts = []
    if series.ended:
        parts.append(paragraph(f"Found no more by {series.ended}.", width=width))
    parts += [paragraph(told, width=width) for told in alerts_of(view.row)]
    if view.terms is not None:
        title = f"{series.id}: {headline(view.terms)}"
        parts.append(series_text(view.terms, title, view.known, view.when, width))
    parts.append(_origin(view, width))
    return "\n\n".join(parts)


def _origin(view: SeriesInUnit, width: int) -> str:
    told = []
    if view.run is not None:
        program = view.run.program
        told.append(f"Found by {view.run.id} with {program}; `reopen redo` repeats it.")
    for version in view.versions:
        why = f": {version.reason}" if version.reason else ""
        told.append(
            f"Version {version.version}, entry {version.entry} of "
            f"{version.time:%Y-%m-%d %H:%M} UTC by {version.actor}{why}"
        )
    return bullets(told, width)


def series_list_plain(rows: Sequence[SeriesRow]) -> object:
    return [row_plain(row) for row in rows]


def row_plain(row: SeriesRow) -> dict[str, object]:
    """A series of the list, with the findings on solved cases."""
    return {
        **record_plain(row.series),
        "found": row.found,
        "findings": [
            {
                **record_plain(one),
                "disposition": record_plain(row.closed[one.id]) if one.id in row.closed else None,
            }
            for one in row.findings
        ],
    }


def series_in_unit_plain(view: SeriesInUnit) -> object:
    """One series with its terms, and every version of it."""
    beside = [] if view.terms is None else list(beside_dna(view.terms, view.known))
    versions: list[object] = [
        {"version": each.version, "by": each.actor, "reason": each.reason} for each in view.versions
    ]
    return {
        "series": row_plain(view.row),
        "terms": None if view.terms is None else series_plain(view.terms),
        "beside": beside,
        "taken": dict(view.when),
        "run": None if view.run is None else record_plain(view.run),
        "versions": versions,
    }


def _number(value: float | None) -> str:
    return "" if value is None else log10_text(value)
