"""Work behind the pages: what is under way, how far it is, stop it, go on with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from reopen.faces.web.looks import Look
from reopen.faces.web.made_files import may_be_named, may_be_shown
from reopen.faces.web.pages import Looking, Pages, view
from reopen.faces.web.shared import Changing, shared_of
from reopen.faces.web.words import moment
from reopen.faces.web.work import Stage, Work
from reopen.store.reader import Reader

pages = Pages("Runs")
router = pages.router


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A piece of work.

    share      of the step it is at, 0 to 1; None where that is not known, as of a step in one piece
    began      when it was asked for
    kept_back  it names something that the actor may not see today: its title, and what it said,
               tell no more than its kind
    """

    id: str
    kind: str
    title: str
    stage: str
    step: str
    done: int
    of: int
    share: float | None
    began: str
    ended: str
    said: str
    goes_on: bool
    can_resume: bool
    kept_back: bool = False


@dataclass(frozen=True, slots=True)
class RunsPage:
    """Your work, the newest first."""

    works: tuple[WorkLine, ...]
    goes_on: bool


@dataclass(frozen=True, slots=True)
class RunPage:
    """A piece of work, and what came of it.

    kept_back  the result, or what was asked for, tells of something that the actor may not see
               today
    kept       it goes on from what was done; otherwise it begins anew
    """

    work: WorkLine
    asked: Mapping[str, str]
    result: Mapping[str, Any]
    kept_back: bool
    kept: bool


_TITLES = {
    "weigh": "A weighing", "weigh_seen": "A weighing", "take_apart": "A stain taken apart",
    "search": "Somebody looked for", "disclosure": "A case for the other side",
}  # fmt: skip
"""Of work that names what its asker may not see any more."""


def lines(reader: Reader, works: Iterable[Work]) -> tuple[WorkLine, ...]:
    """Pieces of work of the reader's actor, as far as they may know of them today."""
    every = tuple(works)
    named = may_be_named(reader, every)
    return tuple(line(each) if each.id in named else _without_names(each) for each in every)


def line(work: Work) -> WorkLine:
    """A piece of work, with the names of what it is about."""
    return WorkLine(
        work.id, work.kind, work.title, work.stage.value, work.step, work.done, work.of,
        work.done / work.of if work.of > 1 else None, moment(work.began), moment(work.ended),
        work.said, work.goes_on, work.stage in {Stage.STOPPED, Stage.FAILED},
    )  # fmt: skip


def _without_names(work: Work) -> WorkLine:
    title = _TITLES.get(work.kind, "Work")
    return replace(line(work), title=title, step="", said="", can_resume=False, kept_back=True)


def _runs(request: Request, look: Look) -> RunsPage:
    shared_of(request).forget_expunged()
    works = shared_of(request).works.of(look.actor)
    with look.reading() as reader:
        told = lines(reader, works)
    return RunsPage(told, any(each.goes_on for each in told))


def _run(request: Request, look: Look, id: str) -> RunPage:
    shared_of(request).forget_expunged()
    works = shared_of(request).works
    work = works.get(id, look.actor)
    with look.reading() as reader:
        (told,) = lines(reader, [work])
        shown = not told.kept_back and may_be_shown(reader, work)
    asked = {} if told.kept_back else work.asked
    return RunPage(told, asked, work.result if shown else {}, not shown, works.has_kept(id))


@router.get("/runs", include_in_schema=False)
def runs_page(request: Request, look: Looking) -> Response:
    return view(request, look, "runs.html.j2", _runs(request, look))


@router.get("/runs/{id}", include_in_schema=False)
def run_page(request: Request, look: Looking, id: str) -> Response:
    return view(request, look, "run.html.j2", _run(request, look, id))


@router.get("/api/runs", tags=["Runs"])
def runs_twin(request: Request, look: Looking) -> RunsPage:
    """Your work, the newest first."""
    return _runs(request, look)


@router.get("/api/runs/{id}", tags=["Runs"])
def run_twin(request: Request, look: Looking, id: str) -> RunPage:
    """A piece of work, how far it is, and what came of it."""
    return _run(request, look, id)


@pages.form("/runs/link")
def link_now(request: Request, look: Changing) -> Response:
    asked = {"purpose": look.session.purpose}
    id = shared_of(request).works.begin(look.actor, "link", "Link everything that is new", asked)
    return RedirectResponse(f"/runs/{id}", 303)


@pages.form("/runs/{id}/stop")
def stop(request: Request, look: Changing, id: str) -> Response:
    shared_of(request).works.stop(id, look.actor)
    return RedirectResponse(f"/runs/{id}", 303)


@pages.form("/runs/{id}/resume")
def resume(request: Request, look: Changing, id: str) -> Response:
    shared_of(request).works.resume(id, look.actor)
    return RedirectResponse(f"/runs/{id}", 303)
