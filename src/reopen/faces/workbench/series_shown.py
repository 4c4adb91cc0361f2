"""Series as text that reads at 80 characters and as JSON that reads back.

Not here: finding them (`found_series`), the page (`assemble_series`).
"""

from __future__ import annotations

from collections.abc import Sequence

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
    weight_text,
)
from reopen.faces.report.wording import log10_text, probability_text
from reopen.faces.workbench.plain_values import Plain, not_weighed_plain
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.link.series import FoundTogether
from reopen.records import End
from reopen.records.series import KeptApart, Series

_SHOWN = 12


def series_parts(found: FoundTogether, width: int = WIDTH) -> list[str]:
    """Every series of a search, and what was not joined; a part each."""
    parts = []
    if found.series:
        parts.append(f"Series\n{paragraph(LEAD, width=width)}")
        parts += [
            series_text(one, f"Series {number}: {headline(one)}", width)
            for number, one in enumerate(found.series, 1)
        ]
    if found.kept_apart:
        told = [apart_text(apart) for apart in found.kept_apart[:_SHOWN]]
        more = len(found.kept_apart) - len(told)
        told += [f"and {more} more, which are in the JSON"] if more > 0 else []
        parts.append(f"Linked, and not made one series\n{bullets(told, width)}")
    return parts


def series_text(series: Series, title: str, width: int = WIDTH) -> str:
    """One series: what has to be looked at, what holds it, its traces, what else explains it."""
    parts = [title]
    parts += [paragraph(f"ALERT: {alert_text(alert)}", width=width) for alert in series.alerts]
    parts += [bullets(held_by(series), width), _members(series, width), _legend(width)]
    rows = [
        (one.kind.value, weight_text(one), f"{explained_by(one, series)}. {ASKED[one.kind]}")
        for one in series.explanations
    ]
    header = ("Explained by", "log10 weight", "Who left what; what to ask")
    parts.append(table(header, rows, right="lrl", width=width))
    parts.append(_divisions(series, width))
    return "\n\n".join(parts)


def _members(series: Series, width: int) -> str:
    rows = [
        (
            end_text(one.end),
            one.case,
            log10_text(one.adds),
            log10_text(one.brother),
            "" if one.without is None else log10_text(one.without),
            "" if one.holds_by is None else log10_text(one.holds_by),
            "joint" if one.is_joint else "",
        )
        for one in series.members
    ]
    header = ("Trace", "Case", "Adds", "Brother", "Without", "Holds by", "")
    return table(header, rows, right="llrrrrl", width=width)


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
        for way in series.divisions
    ]
    title = "Probability of ways to divide the traces among unrelated donors"
    title += "" if series.all_divided else " (one donor and the best split alone were weighed)"
    if series.others > 0.0005:
        ways.append(f"{probability_text(series.others)}: all other ways")
    return f"{paragraph(title, width=width)}\n{bullets(ways, width)}"


def series_of_search_plain(found: FoundTogether | None) -> Plain:
    """Every series with all its numbers, and what was not joined."""
    if found is None:
        return None
    return {
        "series": [series_plain(one) for one in found.series],
        "kept_apart": [_apart_plain(apart) for apart in found.kept_apart],
    }


def series_plain(series: Series) -> dict[str, Plain]:
    """A series. Within it a profile's name is enough, since a stain is in it once."""
    weakest = series.weakest
    return {
        "members": [
            {
                **_end_plain(one.end),
                "case": one.case,
                "adds": one.adds,
                "brother": one.brother,
                "without": one.without,
                "holds_by": one.holds_by,
                "joint": one.is_joint,
                "remains": _groups_plain(one.remains),
            }
            for one in series.members
        ],
        "log10": series.log10,
        "error": series.error,
        "per_locus": dict(series.per_locus.items()),
        "other_terms": dict(series.other_terms.items()),
        "weakest": {
            "log10": weakest.log10,
            "one": _names(weakest.one),
            "other": _names(weakest.other),
            "bridge": None if weakest.bridge is None else _names(weakest.bridge),
            "links": weakest.links,
        },
        "pairs": [
            {"one": one.profile, "other": other.profile, "log10": log10}
            for (one, other), log10 in series.pairs.items()
        ],
        "explanations": [
            {
                "kind": one.kind.value,
                "log10": one.log10,
                "groups": _groups_plain(one.groups),
                "batch": one.batch,
                "expected": one.expected,
                "remaining": one.remaining,
            }
            for one in series.explanations
        ],
        "divisions": [
            {
                "groups": _groups_plain(way.groups),
                "log10": way.log10,
                "probability": way.probability,
            }
            for way in series.divisions
        ],
        "others": series.others,
        "all_divided": series.all_divided,
        "alerts": [
            {
                "kind": alert.kind.value,
                "case": alert.case,
                "person": alert.person,
                "role": alert.role,
                "traces": _names(alert.traces),
                "log10": alert.log10,
                "others": list(alert.others),
                "elsewhere": alert.elsewhere,
                "says": alert_text(alert),
            }
            for alert in series.alerts
        ],
        "not_weighed": not_weighed_plain(series.not_weighed),
    }


def _apart_plain(apart: KeptApart) -> Plain:
    one, other = apart.link
    return {
        "one": _end_plain(one),
        "other": _end_plain(other),
        "log10": apart.log10,
        "why": apart.why.value,
        "groups": _groups_plain(apart.groups),
        "over_two": apart.over_two,
        "over_brothers": apart.over_brothers,
    }


def _end_plain(end: End) -> dict[str, Plain]:
    return {
        "profile": end.profile,
        "contributor": end.contributor,
        "of": end.of,
        "proportion": end.proportion,
    }


def _names(ends: Sequence[End]) -> list[str]:
    return [end.profile for end in ends]


def _groups_plain(groups: Sequence[Sequence[End]]) -> Plain:
    return [_names(group) for group in groups]
