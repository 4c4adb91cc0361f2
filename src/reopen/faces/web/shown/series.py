"""Series: the list, and one series with what holds it, what would break it and what else explains
it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from reopen.faces.report.found_series import SeriesView, TraceRow, series_view
from reopen.faces.report.pictures import matrix_scale
from reopen.faces.report.series_picture import series_matrix
from reopen.faces.report.series_words import LEAD
from reopen.faces.web.looks import Look
from reopen.faces.web.pages import REFUSALS, Looking, Pages, view
from reopen.faces.web.shown.rows import VersionLine, version_lines
from reopen.faces.workbench.series_beside import beside_dna
from reopen.faces.workbench.series_views import (
    SeriesInUnit,
    SeriesRow,
    series_in_unit,
    series_rows,
)
from reopen.store.reader import Reader

pages = Pages("Series")
router = pages.router

NAMED = 3


@dataclass(frozen=True, slots=True)
class AlertLine:
    """A solved case that a series speaks on. closed: how somebody disposed of it, '' while it is
    open."""

    id: str
    sentence: str
    closed: str


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """A series in the list.

    named, more          the first of its profiles, and how many more there are
    holds_by_log10       one donor of all, against the two unrelated donors who explain them best
    over_brothers_log10  against two brothers or sisters
    log10                against a donor for each trace
    """

    id: str
    profiles: tuple[str, ...]
    named: tuple[str, ...]
    more: int
    holds_by_log10: float
    over_brothers_log10: float | None
    log10: float
    expected_chance: float | None
    found: str
    alerts: tuple[AlertLine, ...]


@dataclass(frozen=True, slots=True)
class SeriesPage:
    lead: str
    series: tuple[SeriesLine, ...]


@dataclass(frozen=True, slots=True)
class TraceLine:
    """A trace of a series; every number is a log10 LR.

    name      with which contributor it is: 'K-1-A1 2/3'
    adds      left by the donor of all others, against somebody unrelated; brother: against a
              brother or sister of that donor
    without   what is left without it, and by how much that holds; None where too few are left
    joint     without it the others fall apart
    """

    profile: str
    name: str
    is_trace: bool
    case: str
    when: str
    adds: float
    brother: float
    without: float | None
    holds_by: float | None
    joint: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """What would explain the traces; weight: log10 beside one donor, in words."""

    by: str
    weight: str
    who: str
    ask: str


@dataclass(frozen=True, slots=True)
class Division:
    """A way to divide the traces among unrelated donors."""

    probability: float
    who: str
    log10: float


@dataclass(frozen=True, slots=True)
class PairLine:
    """Two traces that reach the threshold by themselves, by their numbers among the traces."""

    one: int
    other: int
    log10: float


@dataclass(frozen=True, slots=True)
class OneSeriesPage:
    """A series.

    ended       the search that found it no more; '' while it stands
    held_by     what holds it, and what would break it; beside: links with staff and relatives
    traces      the larger part of the weakest split first; the other begins at number `cut` + 1
    divisions   the probable ones; other_divisions: probability of all others; all_divided: every
                way was weighed. Both are None where what was said of the series was not kept
    """

    line: SeriesLine
    title: str
    ended: str
    held_by: tuple[str, ...]
    beside: tuple[str, ...]
    traces: tuple[TraceLine, ...]
    cut: int
    pairs: tuple[PairLine, ...]
    explanations: tuple[Explained, ...]
    divisions: tuple[Division, ...]
    other_divisions: float | None
    all_divided: bool | None
    run: str
    program: str
    versions: tuple[VersionLine, ...]


@dataclass(frozen=True, slots=True)
class Pictured:
    """One series for its HTML page: told as its twin tells it, and the report's picture of it; ''
    where there is nothing to compare."""

    told: OneSeriesPage
    picture: Markup
    scale: Markup


@pages.page("/series", "series.html.j2")
def series_page(reader: Reader) -> SeriesPage:
    """The series of traces that you may see."""
    return SeriesPage(LEAD, tuple(_line(row) for row in series_rows(reader)))


def _line(row: SeriesRow) -> SeriesLine:
    series = row.series
    closed = {id: f"{one.outcome}: {one.reason}" for id, one in row.closed.items()}
    return SeriesLine(
        id=series.id,
        profiles=series.profiles,
        named=series.profiles[:NAMED],
        more=len(series.profiles[NAMED:]),
        holds_by_log10=series.holds_by_log10,
        over_brothers_log10=series.over_brothers_log10,
        log10=series.weight_log10,
        expected_chance=series.expected_chance,
        found=row.found,
        alerts=tuple(
            AlertLine(one.id, one.sentence, closed.get(one.id, "")) for one in row.findings
        ),
    )


@router.get("/series/{id}", include_in_schema=False)
def one_series_page(request: Request, look: Looking, id: str) -> Response:
    told, seen = _one(look, id)
    drawn = seen is not None and len(told.traces) > 2
    picture = series_matrix(seen, f"Matrix of {told.title}") if seen and drawn else Markup("")
    scale = matrix_scale() if drawn else Markup("")
    return view(request, look, "one_series.html.j2", Pictured(told, picture, scale))


@router.get("/api/series/{id}", tags=["Series"], responses=REFUSALS)
def one_series_twin(look: Looking, id: str) -> OneSeriesPage:
    """One series: what holds it, what would break it, and what else explains it."""
    return _one(look, id)[0]


def _one(look: Look, id: str) -> tuple[OneSeriesPage, SeriesView | None]:
    with look.reading() as reader:
        kept = series_in_unit(reader, id)
    beside = () if kept.terms is None else tuple(beside_dna(kept.terms, kept.known))
    seen = None if kept.terms is None else series_view(kept.terms, kept.when, beside)
    return _told(kept, seen), seen


def _told(kept: SeriesInUnit, seen: SeriesView | None) -> OneSeriesPage:
    series = kept.row.series
    return OneSeriesPage(
        line=_line(kept.row),
        title=seen.title if seen else f"{len(series.profiles)} profiles",
        ended=series.ended,
        held_by=seen.held_by if seen else (),
        beside=seen.beside if seen else (),
        traces=tuple(_trace(row) for row in seen.rows) if seen else (),
        cut=seen.matrix.cut if seen else 0,
        pairs=tuple(
            PairLine(one + 1, other + 1, log10)
            for (one, other), log10 in seen.matrix.log10.items()
        ) if seen else (),
        explanations=tuple(Explained(*each) for each in seen.explanations) if seen else (),
        divisions=tuple(Division(*each) for each in seen.divisions) if seen else (),
        other_divisions=seen.other_divisions if seen else None,
        all_divided=seen.series.all_divided if seen else None,
        run=series.run,
        program=kept.run.program if kept.run else "",
        versions=version_lines(kept.versions, "holds_by_log10"),
    )  # fmt: skip


def _trace(row: TraceRow) -> TraceLine:
    member = row.member
    return TraceLine(
        profile=member.end.profile,
        name=row.name,
        is_trace=member.end.contributor is not None,
        case=member.case,
        when=row.when,
        adds=member.adds,
        brother=member.brother,
        without=member.without,
        holds_by=member.holds_by,
        joint=member.is_joint,
    )
