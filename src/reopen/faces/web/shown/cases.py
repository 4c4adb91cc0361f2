"""Cases: the list, and one case with what is said of it, who is in it and what it is linked to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from reopen.faces.web.pages import Pages
from reopen.faces.web.shown.rows import LinkLine, link_line
from reopen.faces.web.words import interval
from reopen.faces.workbench.unit_views import CaseRow, CaseView, case_rows, case_view
from reopen.records.statements import Statement
from reopen.store.reader import Reader

pages = Pages("Cases")
router = pages.router

MOST = 50


@dataclass(frozen=True, slots=True)
class CasesPage:
    """Cases of which the actor may see something.

    words   asked for, in the id, the title or the agency; '' for all
    total   cases that have them, of which `cases` are those from `start`
    """

    cases: tuple[CaseRow, ...]
    words: str
    start: int
    total: int
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of something. doubted: other statements cannot hold beside it."""

    field: str
    value: str
    state: str
    speaker: str
    source: str
    doubted: bool


@dataclass(frozen=True, slots=True)
class Involved:
    person: str
    role: str
    during: str


@dataclass(frozen=True, slots=True)
class Taken:
    """An exhibit of the case."""

    id: str
    description: str
    collected: str
    parent: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A profile of the case."""

    id: str
    purpose: str
    kit: str
    sample: str


@dataclass(frozen=True, slots=True)
class CasePage:
    id: str
    title: str
    agency: str
    said: tuple[Said, ...]
    involved: tuple[Involved, ...]
    exhibits: tuple[Taken, ...]
    profiles: tuple[Typed, ...]
    links: tuple[LinkLine, ...]


@pages.page("/cases", "cases.html.j2")
def cases_page(
    reader: Reader,
    words: Annotated[str, Query(max_length=200)] = "",
    start: Annotated[int, Query(ge=0)] = 0,
) -> CasesPage:
    """The cases of the unit that you may see."""
    wanted = words.casefold().split()
    found = [row for row in case_rows(reader) if _has(row, wanted)]
    return CasesPage(tuple(found[start : start + MOST]), words, start, len(found))


def _has(row: CaseRow, words: list[str]) -> bool:
    text = f"{row.id} {row.title} {row.agency}".casefold()
    return all(word in text for word in words)


@pages.page("/cases/{id}", "case.html.j2")
def case_page(reader: Reader, id: str) -> CasePage:
    """One case."""
    return _case(case_view(reader, id))


def _case(view: CaseView) -> CasePage:
    doubted = {one.id for each in view.disagreements for one in each.statements}
    return CasePage(
        id=view.case.id,
        title=view.case.title,
        agency=view.case.agency,
        said=tuple(said(each, each.id in doubted) for each in view.statements),
        involved=tuple(
            Involved(each.person, each.role.value, interval(each.during))
            for each in view.involvements
        ),
        exhibits=tuple(
            Taken(each.id, each.description, interval(each.collected), each.parent or "")
            for each in view.exhibits
        ),
        profiles=tuple(
            Typed(each.id, each.purpose, each.kit, each.sample or "") for each in view.profiles
        ),
        links=tuple(link_line(each) for each in view.links),
    )


def said(statement: Statement, doubted: bool = False) -> Said:
    """A statement as a row."""
    return Said(
        statement.field,
        statement.value,
        statement.state.value,
        statement.speaker,
        str(statement.where or ""),
        doubted,
    )
