"""Reports: made as work behind, listed for who asked for them, and taken out file by file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import FileResponse, Response

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.web.looks import Look
from reopen.faces.web.made_files import MadeFile, file_of, files_of, may_leave
from reopen.faces.web.pages import REFUSALS, Looking, Pages, view
from reopen.faces.web.shared import Changing, shared_of
from reopen.faces.web.shown.begun import begin
from reopen.faces.web.shown.runs import WorkLine, lines
from reopen.records.access import Action, Sensitivity
from reopen.records.cases import Case

pages = Pages("Reports")
router = pages.router

Text = Annotated[str, Form(max_length=300)]

KINDS = ("weigh", "weigh_seen", "search", "links_report", "disclosure", "audit_report")
"""Kinds of work that make files."""

SHOWN_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
)
"""A report shown in the browser runs nothing, loads nothing and is of no origin."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A piece of work that makes files, and those that it made."""

    work: WorkLine
    files: tuple[MadeFile, ...]


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Your reports, the newest first. classes: sensitive ones, which a bundle may keep back."""

    reports: tuple[ReportLine, ...]
    goes_on: bool
    classes: tuple[str, ...]


def _reports(request: Request, look: Look) -> ReportsPage:
    shared_of(request).forget_expunged()
    works = [one for one in shared_of(request).works.of(look.actor) if one.kind in KINDS]
    with look.reading() as reader:
        told = lines(reader, works)
    return ReportsPage(
        tuple(
            ReportLine(each, () if each.kept_back else files_of(one))
            for each, one in zip(told, works, strict=True)
        ),
        any(each.goes_on for each in told),
        tuple(Sensitivity),
    )


@router.get("/reports", include_in_schema=False)
def reports_page(request: Request, look: Looking) -> Response:
    return view(request, look, "reports.html.j2", _reports(request, look))


@router.get("/api/reports", tags=["Reports"])
def reports_twin(request: Request, look: Looking) -> ReportsPage:
    """Your reports, the newest first, with their files."""
    return _reports(request, look)


@router.get("/reports/{work}/{name}", include_in_schema=False)
@router.get("/api/reports/{work}/{name}", tags=["Reports"], responses=REFUSALS)
def download(request: Request, look: Looking, work: str, name: str, show: bool = False) -> Response:
    """A file that a piece of your work made. Taking it is a look with the action export."""
    shared_of(request).forget_expunged()
    works = shared_of(request).works
    done = works.get(work, look.actor)
    file, path = file_of(done, name, works.folder(done.id))
    with look.reading(Action.EXPORT) as reader:
        may_leave(reader, done)
        reader.looks.listed(f"file {file.name} of the work “{done.title}”", 1)
    shown = show and file.can_be_shown
    return FileResponse(
        path,
        media_type=file.media,
        filename=file.name,
        content_disposition_type="inline" if shown else "attachment",
        headers={"Content-Security-Policy": SHOWN_POLICY, "Cache-Control": "no-store"},
    )


@pages.form("/reports/links")
def links(request: Request, look: Changing) -> Response:
    """Begin the report of the last search's links."""
    return begin(request, look, "links_report", "Report of the links", {})


@pages.form("/reports/audit")
def audit(request: Request, look: Changing) -> Response:
    """Begin the report of an audit."""
    return begin(request, look, "audit_report", "Report of an audit", {})


@pages.form("/reports/disclosure")
def disclosure(
    request: Request,
    look: Changing,
    case: Text,
    to: Text,
    sensitive: Annotated[list[str] | None, Form()] = None,
    reason: Text = "",
) -> Response:
    """Begin a case's bundle for the other side."""
    case, to = case.strip(), to.strip()
    with look.reading(Action.EXPORT) as reader:
        if reader.get(Case, case) is None:
            raise UnknownName(
                f"There is no case {case!r} that {reader.actor} may see and take out.",
                rule="A case is named by its id; what leaves the unit needs a grant to export.",
                way_on="The page Cases lists those that you may see.",
            )
    kept_back = sensitive or []
    if not to or (kept_back and not reason.strip()) or not set(kept_back) <= set(Sensitivity):
        raise InvalidRecord(
            "It is not said for whom the bundle is, or why something is kept back.",
            rule="A bundle is for somebody; what it keeps back, it keeps back for a reason.",
            way_on="Fill in both.",
        )
    asked = {
        "case": case,
        "to": to,
        "keep_back": json.dumps(dict.fromkeys(kept_back, reason.strip())),
    }
    return begin(request, look, "disclosure", f"Disclose case {case} to {to}", asked)
