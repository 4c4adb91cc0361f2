"""Links: the list, and why two profiles are linked, with what would break it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Query
from markupsafe import Markup

from reopen.faces.report.pictures import bars
from reopen.faces.web.pages import Pages
from reopen.faces.web.shown.asked import Number
from reopen.faces.web.shown.rows import LinkLine, VersionLine, link_line, version_lines
from reopen.faces.workbench.unit_views import found_links
from reopen.faces.workbench.unit_why import Why, why
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
class FitLine:
    """A proposition weighed in full, and how its fit ended."""

    role: str
    proposition: str
    proportions: tuple[float, ...]
    ending: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """What the audit found of the link."""

    id: str
    rule: str
    severity: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SeriesTold:
    """A series that holds both profiles, and what would break it."""

    id: str
    title: str
    holds_by_log10: float
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The terms of the number that counts: the total, the loci's, the others."""

    log10: float
    in_full: bool
    terms: Mapping[str, float]

    @property
    def bars(self) -> Markup:
        how = "weighed in full" if self.in_full else "averaged over the parameters"
        return bars(self.terms, self.log10, f"log10 LR by locus, {how}")


@dataclass(frozen=True, slots=True)
class WhyPage:
    """Why two profiles are linked, what would break it, and how to redo it.

    words     the LR in words
    in_search, in_full  the two numbers of which the lower counts; None where there is none
    breaks    what would break it, a sentence each
    assumed   what the search took for granted: what it is called, and what it was
    models    settings of peak heights, by kit
    """

    link: LinkLine
    kind: str
    words: str
    in_search: float | None
    in_full: float | None
    breaks: tuple[str, ...]
    drawn: Drawn | None
    terms: tuple[LocusTerm, ...]
    fits: tuple[FitLine, ...]
    remarks: tuple[str, ...]
    cases: tuple[str, ...]
    series: tuple[SeriesTold, ...]
    findings: tuple[FindingLine, ...]
    assumed: Mapping[str, str]
    models: Mapping[str, Mapping[str, str]]
    run: str
    program: str
    parameters: Mapping[str, str]
    versions: tuple[VersionLine, ...]


@pages.page("/links", "links.html.j2")
def links_page(
    reader: Reader,
    least: Number = None,
    start: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> LinksPage:
    """The links that searches of the unit found."""
    found = found_links(reader, least=least, limit=MOST, offset=start)
    return LinksPage(tuple(map(link_line, found.rows)), least, start, found.total)


@pages.page("/links/{id}", "why.html.j2")
def why_page(reader: Reader, id: str) -> WhyPage:
    """Why two profiles are linked."""
    return _why(why(reader, id))


def _why(known: Why) -> WhyPage:
    view = known.view
    link, terms = view.row.link, cast("Mapping[str, Any]", view.terms)
    carried = known.carried
    return WhyPage(
        link=link_line(view.row),
        kind=link.link,
        words=relation_in_words(link.weight_log10, link.relation),
        in_search=terms.get("log10"),
        in_full=terms.get("log10_in_full"),
        breaks=known.breaks,
        drawn=None if carried is None else Drawn(
            carried.log10, carried.in_full, {**carried.terms, **carried.other}
        ),
        terms=_by_locus(terms),
        fits=_fits(terms),
        remarks=tuple(terms.get("remarks", ())),
        cases=view.cases,
        series=tuple(
            SeriesTold(one.series.id, one.title, one.series.holds_by_log10, one.told)
            for one in known.series
        ),
        findings=tuple(
            FindingLine(one.id, one.rule, one.severity.value, one.sentence)
            for one in view.findings
        ),
        assumed=known.assumed,
        models=known.models,
        run=link.run,
        program=view.run.program if view.run else "",
        parameters=dict(view.run.parameters) if view.run else {},
        versions=version_lines(view.versions, "weight_log10"),
    )  # fmt: skip


def _by_locus(terms: Mapping[str, Any]) -> tuple[LocusTerm, ...]:
    search = terms.get("per_locus", {})
    in_full = (terms.get("in_full") or {}).get("per_locus", {})
    others = terms.get("other_terms", {})
    return (
        *(LocusTerm(name, search.get(name), in_full.get(name)) for name in {**search, **in_full}),
        *(LocusTerm(name, value, None) for name, value in others.items()),
    )


def _fits(terms: Mapping[str, Any]) -> tuple[FitLine, ...]:
    full = terms.get("in_full") or {}
    found = []
    for role in ("numerator", "denominator"):
        said = full.get(role) or {}
        fit = said.get("fit") or {}
        if said:
            ending = " ".join(filter(None, (fit.get("ending_says", ""), fit.get("remark", ""))))
            proportions = tuple(fit.get("proportions") or ())
            found.append(FitLine(role, said.get("proposition", ""), proportions, ending))
    return tuple(found)
