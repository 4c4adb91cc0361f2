"""Series as text that reads at 80 characters: what the terminal shows.

Not here: finding them (`found_series`), JSON (`series_plain`), the page (`assemble_series`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reopen.faces.report.series_words import (
    ASKED,
    LEAD,
    alert_text,
    apart_text,
    divided_text,
    end_text,
    explained_by,
    headline,
    held_by,
    likely_divisions,
    weight_text,
)
from reopen.faces.report.wording import log10_text, probability_text
from reopen.faces.workbench.series_beside import Known, beside_dna
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.records import Frozen
from reopen.records.series import Series

if TYPE_CHECKING:  # this loads the kernels' compiler, which showing what is kept does not need
    from reopen.link.series import FoundTogether


_SHOWN = 12
_LEAST_TOLD = 1e-6


def series_parts(
    found: FoundTogether,
    known: Sequence[Known] = (),
    when: Mapping[str, str] = Frozen(),
    width: int = WIDTH,
) -> list[str]:
    """Every series of a search, and what was not joined; a part each. known: links of its traces
    with staff and relatives; when: profile -> the day its trace was taken."""
    parts = []
    if found.series:
        parts.append(f"Series\n{paragraph(LEAD, width=width)}")
        parts += [
            series_text(one, f"Series {number}: {headline(one)}", known, when, width)
            for number, one in enumerate(found.series, 1)
        ]
    if found.kept_apart:
        told = [apart_text(apart) for apart in found.kept_apart[:_SHOWN]]
        more = len(found.kept_apart) - len(told)
        told += [f"and {more} more, which are in the JSON"] if more > 0 else []
        parts.append(f"Linked, and not made one series\n{bullets(told, width)}")
    return parts


def series_text(
    series: Series,
    title: str,
    known: Sequence[Known] = (),
    when: Mapping[str, str] = Frozen(),
    width: int = WIDTH,
) -> str:
    """One series: what has to be looked at, what holds it, its traces, what else explains it.
    when: profile -> the day its trace was taken."""
    parts = [title]
    parts += [paragraph(f"ALERT: {alert_text(alert)}", width=width) for alert in series.alerts]
    told = [*held_by(series), *beside_dna(series, known)]
    parts += [bullets(told, width), _members(series, when, width), _legend(width)]
    parts.append(_explanations(series, width))
    parts.append(_divisions(series, width))
    if series.undecided:
        told = [f"{item.what}: {item.reason}" for item in series.undecided]
        parts.append(f"Solved cases on which the DNA does not tell\n{bullets(told, width)}")
    return "\n\n".join(parts)


def _explanations(series: Series, width: int) -> str:
    told = [
        f"{one.kind.value}, {weight_text(one)}: {explained_by(one, series)}. {ASKED[one.kind]}"
        for one in series.explanations[1:]
    ]
    title = "What else explains them, with log10 of its weight beside one donor"
    return f"{title}\n{bullets(told, width)}"


def _members(series: Series, when: Mapping[str, str], width: int) -> str:
    rows = [
        (
            end_text(one.end),
            one.case,
            when.get(one.end.profile, ""),
            log10_text(one.adds),
            log10_text(one.brother),
            "" if one.without is None else log10_text(one.without),
            "" if one.holds_by is None else log10_text(one.holds_by),
            "joint" if one.is_joint else "",
        )
        for one in sorted(
            series.members, key=lambda one: (when.get(one.end.profile, ""), one.end.profile)
        )
    ]
    header = ("Trace", "Case", "Taken", "Adds", "Brother", "Without", "Holds by", "")
    kept = [k for k in range(len(header)) if any(row[k] for row in rows)]
    return table(
        [header[k] for k in kept],
        [[row[k] for k in kept] for row in rows],
        right="".join("lllrrrrl"[k] for k in kept),
        width=width,
    )


def _legend(width: int) -> str:
    return paragraph(
        "Adds: left by the donor of all others, against somebody unrelated; Brother: against a "
        "brother or sister of that donor. Without: log10 LR of the others without this trace, and "
        "by how much they hold.",
        width=width,
    )


def _divisions(series: Series, width: int) -> str:
    ways = [
        f"{probability_text(way.probability)}: {divided_text(way.groups, series.ends)} "
        f"(log10 LR {log10_text(way.log10)})"
        for way in likely_divisions(series)
    ]
    title = "Probability of ways to divide the traces among unrelated donors"
    title += "" if series.all_divided else " (one donor and the best split alone were weighed)"
    others = 1 - sum(way.probability for way in likely_divisions(series))
    if others > _LEAST_TOLD:
        ways.append(f"{probability_text(others)}: all other ways")
    return f"{paragraph(title, width=width)}\n{bullets(ways, width)}"
