"""Series as the report shows them: rows and a matrix, in the order in which they are drawn.

Not here: the words (`series_words`), the drawing (`series_picture`); the order of linked profiles
in the matrix of all links is `series`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reopen.faces.report.series_words import (
    ASKED,
    alert_text,
    divided_text,
    end_text,
    explained_by,
    headline,
    held_by,
    likely_divisions,
    weight_text,
)
from reopen.records import End, Frozen
from reopen.records.series import Membership, Series


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A trace of a series. name: as tables name it; when: it was taken, '' where not known."""

    name: str
    when: str
    member: Membership


@dataclass(frozen=True, slots=True)
class SeriesMatrix:
    """Every two traces, by their places among the rows.

    log10   of those that reach the threshold
    cut     place of the first row of the other part of the weakest split
    bridge  the strongest link between the two parts, where one joins them
    """

    log10: Mapping[tuple[int, int], float]
    cut: int
    bridge: tuple[int, int] | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "log10", Frozen(self.log10))


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series: the larger part of its weakest split first, each in the order of time and name.

    beside       what else is known of its traces, in sentences: links with staff
    explanations what explains it, its weight, who left what, what to ask
    divisions    probability, who left what, log10 LR; other_divisions: probability of all others
    """

    title: str
    series: Series
    rows: tuple[TraceRow, ...]
    matrix: SeriesMatrix
    held_by: tuple[str, ...]
    alerts: tuple[str, ...]
    beside: tuple[str, ...]
    explanations: tuple[tuple[str, str, str, str], ...]
    divisions: tuple[tuple[float, str, float], ...]
    other_divisions: float


@dataclass(frozen=True, slots=True)
class TogetherView:
    """All series of a search, and links that joined nothing, with the reason."""

    series: tuple[SeriesView, ...] = ()
    apart: tuple[str, ...] = ()


def series_view(
    series: Series, when: Mapping[str, str] | None = None, beside: Iterable[str] = ()
) -> SeriesView:
    """when: profile -> the time its trace was taken, as it sorts and is shown."""
    when = when or {}
    ends = _in_order(series, when)
    place = {end: k for k, end in enumerate(ends)}
    members = {member.end: member for member in series.members}
    larger, _ = _parts(series)
    return SeriesView(
        title=headline(series),
        series=series,
        rows=tuple(
            TraceRow(end_text(end), when.get(end.profile, ""), members[end]) for end in ends
        ),
        matrix=SeriesMatrix(
            {_places(pair, place): log10 for pair, log10 in series.pairs.items()},
            len(larger),
            None if series.weakest.bridge is None else _places(series.weakest.bridge, place),
        ),
        held_by=tuple(held_by(series)),
        alerts=tuple(map(alert_text, series.alerts)),
        beside=tuple(beside),
        explanations=tuple(
            (one.kind.value, weight_text(one), explained_by(one, series), ASKED[one.kind])
            for one in series.explanations
        ),
        divisions=tuple(
            (way.probability, divided_text(way.groups, series.ends), way.log10)
            for way in likely_divisions(series)
        ),
        other_divisions=1 - sum(way.probability for way in likely_divisions(series)),
    )


def _parts(series: Series) -> tuple[tuple[End, ...], tuple[End, ...]]:
    """Of the weakest split, the larger part first."""
    one, other = series.weakest.one, series.weakest.other
    return (one, other) if len(one) >= len(other) else (other, one)


def _in_order(series: Series, when: Mapping[str, str]) -> list[End]:
    return [
        end
        for part in _parts(series)
        for end in sorted(part, key=lambda end: (when.get(end.profile, ""), end.profile))
    ]


def _places(pair: tuple[End, End], place: Mapping[End, int]) -> tuple[int, int]:
    first, second = sorted(place[end] for end in pair)
    return first, second
