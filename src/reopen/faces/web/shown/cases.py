"""Cases: the list with triage, by rule, by limitation or by number.

Not here: one case (`case`), what its points rest on (`workbench.triage`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from reopen.faces.report.points_bar import points_bar
from reopen.faces.web.looks import Look
from reopen.faces.web.pages import Pages
from reopen.faces.web.triage_kept import Sorted, kept_triage
from reopen.faces.workbench.triage import Answer, Order, Triage
from reopen.faces.workbench.triage_shown import asked_text, evidence_text, points_text, tried_text

pages = Pages("Cases")
router = pages.router

MOST = 50


@dataclass(frozen=True, slots=True)
class TriageLine:
    """What triage says of a case in the list.

    place      by the rule, from 1
    low, high  points that are certain, and that are possible
    points, bar  the same in words, and as SVG
    speaks_for  questions of the rule that are answered with yes; open: that nobody recorded
    over       whether the time limit has passed; None where that is open
    asked      what priority was asked for, by whom and when
    """

    place: int
    low: int
    high: int
    points: str
    bar: str
    speaks_for: tuple[str, ...]
    open: tuple[str, ...]
    limitation: str
    over: bool | None
    evidence: str
    tried: str
    asked: tuple[str, ...]
    closed: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the list. triage: None while it is being worked out."""

    id: str
    title: str
    agency: str
    triage: TriageLine | None


@dataclass(frozen=True, slots=True)
class CasesPage:
    """Cases of which the actor may see something.

    words     asked for, in the id, the title or the agency; '' for all
    order     asked for; ready: whether the list is in it, or by number while it is worked out
    total     cases that have the words, of which `cases` are those from `start`
    """

    cases: tuple[CaseLine, ...]
    words: str
    order: Order
    ready: bool
    start: int
    total: int
    most: int = MOST

    @property
    def orders(self) -> tuple[tuple[Order, str], ...]:
        return (
            (Order.RULE, "rule"), (Order.LIMITATION, "limitation date"),
            (Order.NUMBER, "number"),
        )  # fmt: skip


@pages.page("/cases", "cases.html.j2")
def cases_page(
    look: Look,
    words: Annotated[str, Query(max_length=200)] = "",
    order: Order = Order.RULE,
    start: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> CasesPage:
    """The cases of the unit that you may see, with how far they promise to be solved."""
    known = kept_triage(look)
    with look.reading() as reader:
        if known is None:
            found = reader.find_cases(words, limit=MOST, offset=start)
            lines = tuple(CaseLine(one.id, one.title, one.agency, None) for one in found.cases)
            return CasesPage(lines, words, order, False, start, found.total)
        seen = set(reader.cases())
    wanted = words.casefold().split()
    every = [id for id in known.orders[order] if id in seen and _has(known.found[id], wanted)]
    shown = tuple(_line(known.found[id], known) for id in every[start : start + MOST])
    return CasesPage(shown, words, order, True, start, len(every))


def _has(found: Triage, words: list[str]) -> bool:
    if not words:
        return True
    text = f"{found.id} {found.title} {found.agency}".casefold()
    return all(word in text for word in words)


def _line(found: Triage, known: Sorted) -> CaseLine:
    return CaseLine(found.id, found.title, found.agency, triage_line(found, known.places[found.id]))


def triage_line(found: Triage, place: int) -> TriageLine:
    def named(answer: Answer) -> tuple[str, ...]:
        return tuple(one.criterion.name for one in found.reasons if one.answer is answer)

    return TriageLine(
        place=place,
        low=found.low,
        high=found.high,
        points=points_text(found),
        bar=str(points_bar(found.low, found.high)),
        speaks_for=named(Answer.YES),
        open=named(Answer.UNKNOWN),
        limitation=found.limit.says,
        over=found.limit.over,
        evidence=evidence_text(found),
        tried=tried_text(found),
        asked=tuple(asked_text(one) for one in found.asked),
        closed=found.closed,
    )
