"""How pages begin work on profiles and reports: with the purpose of who asks, and whoever is beside
them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from reopen.errors import UnknownName
from reopen.faces.web.looks import Look
from reopen.faces.web.shared import shared_of
from reopen.records.stored import StoredProfile
from reopen.store.reader import Reader


def begin(
    request: Request, look: Look, kind: str, title: str, asked: Mapping[str, str]
) -> Response:
    """Ask for a piece of work; the way to its page."""
    session = look.session
    asked = {**asked, "purpose": session.purpose, "supervisor": session.supervisor}
    work = shared_of(request).works.begin(look.actor, kind, title, asked)
    return RedirectResponse(f"/runs/{work}", 303)


def must_see(reader: Reader, ids: Iterable[str]) -> None:
    """Raises UnknownName for a profile that is not there, or not for this actor."""
    for id in ids:
        if reader.get(StoredProfile, id) is None:
            raise UnknownName(
                f"There is no profile {id!r} that {reader.actor} may see.",
                rule="A profile is named by its id in the unit.",
                way_on="The page Stains lists those that you may see.",
            )
