"""Links: the list, and why two profiles are linked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Query

from reopen.faces.web.pages import Pages
from reopen.faces.web.shown.rows import LinkLine, link_line
from reopen.faces.workbench.unit_views import LinkView, link_rows, link_view
from reopen.store.reader import Reader
from reopen.weigh.words import relation_in_words

pages = Pages("Links")
router = pages.router

MOST = 100


@dataclass(frozen=True, slots=True)
class LinksPage:
    """Links of at least `least` log10 LR, the strongest first; those from `start` of `total`."""

    links: tuple[LinkLine, ...]
    least: float | None
    start: int
    total: int
    most: int = MOST


@dataclass(frozen=True, slots=True)
class LocusTerm:
    """What a locus adds to the log10 LR. in_full: weighed with both propositions fitted."""

    locus: str
    in_search: float | None
    in_full: float | None


@dataclass(frozen=True, slots=True)
class VersionLine:
    version: int
    log10: float
    entry: int
    at: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class WhyPage:
    """Why two profiles are linked, what would break it, and how to redo it.

    words     the LR in words
    search, in_full  the two numbers of which the lower counts; None where there is none
    """

    link: LinkLine
    words: str
    in_search: float | None
    in_full: float | None
    terms: tuple[LocusTerm, ...]
    remarks: tuple[str, ...]
    cases: tuple[str, ...]
    series: tuple[str, ...]
    findings: tuple[str, ...]
    run: str
    program: str
    versions: tuple[VersionLine, ...]


@pages.page("/links", "links.html.j2")
def links_page(
    reader: Reader,
    least: float | None = None,
    start: Annotated[int, Query(ge=0)] = 0,
) -> LinksPage:
    """The links that searches of the unit found."""
    rows = link_rows(reader, least=least)
    shown = tuple(link_line(row) for row in rows[start : start + MOST])
    return LinksPage(shown, least, start, len(rows))


@pages.page("/links/{id}", "why.html.j2")
def why_page(reader: Reader, id: str) -> WhyPage:
    """Why two profiles are linked."""
    return _why(link_view(reader, id))


def _why(view: LinkView) -> WhyPage:
    link, terms = view.row.link, cast(Mapping[str, Any], view.terms)
    return WhyPage(
        link=link_line(view.row),
        words=relation_in_words(link.weight_log10, link.relation),
        in_search=terms.get("log10"),
        in_full=terms.get("log10_in_full"),
        terms=_by_locus(terms),
        remarks=tuple(terms.get("remarks", ())),
        cases=view.cases,
        series=tuple(one.id for one in view.series),
        findings=tuple(f"{one.rule} ({one.severity}): {one.sentence}" for one in view.findings),
        run=link.run,
        program=view.run.program if view.run else "",
        versions=tuple(
            VersionLine(
                each.version, getattr(each.record, "weight_log10", 0.0), each.entry,
                f"{each.time:%Y-%m-%d %H:%M} UTC", each.actor, each.reason,
            )
            for each in view.versions
        ),
    )  # fmt: skip


def _by_locus(terms: Mapping[str, Any]) -> tuple[LocusTerm, ...]:
    search = terms.get("per_locus", {})
    in_full = (terms.get("in_full") or {}).get("per_locus", {})
    others = terms.get("other_terms", {})
    return (
        *(LocusTerm(name, search.get(name), in_full.get(name)) for name in {**search, **in_full}),
        *(LocusTerm(name, value, None) for name, value in others.items()),
    )
