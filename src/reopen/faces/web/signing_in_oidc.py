"""Pages to come in by an organisation's own sign-in, and to link it with oneself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import RedirectResponse, Response

from reopen.errors import NotAllowed
from reopen.faces.web import sign_in_log
from reopen.faces.web.oidc import BACK, GONE_S, Oidc
from reopen.faces.web.pages import Pages, view
from reopen.faces.web.shared import Changing, Shared, session_of, shared_of
from reopen.faces.web.signing_in import (
    failed_here,
    inside,
    let_in,
    must_not_be_too_many,
)

pages = Pages("Signing in")
router = pages.router

_KEEPS = "reopen-oidc"
Text = Annotated[str, Query(max_length=4000)]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where the browser goes from here, to be linked."""

    provider: str
    address: str


@router.get("/oidc", include_in_schema=False)
def go(request: Request, next: str = "/") -> Response:
    """To the provider, and back as whom it says."""
    address, kept = _oidc(request).go(inside(next))
    return _keeping(shared_of(request), RedirectResponse(address, 303), kept)


@pages.form("/me/oidc", says="text/html")
def go_to_link(request: Request, look: Changing) -> Response:
    """To the provider, to be linked with whom it says. A page leads there: no form leaves us."""
    oidc, session = _oidc(request), look.session
    address, kept = oidc.go("/me", links=look.actor, session=session.name)
    shown = view(request, look, "leaving.html.j2", Leaving(oidc.provider.name, address))
    return _keeping(shared_of(request), shown, kept)


@pages.form("/me/oidc/unlink")
def unlink(request: Request, look: Changing) -> Response:
    _oidc(request).unlink(look.actor)
    sign_in_log.came(request, look.actor, "unlinked the other sign-in")
    return RedirectResponse("/me", 303)


@router.get(BACK, include_in_schema=False)
def came_back(
    request: Request, state: Text = "", code: Text = "", iss: Text = "", error: Text = ""
) -> Response:
    """From the provider. error: it did not let them in, whatever its words are."""
    oidc, shared = _oidc(request), shared_of(request)
    must_not_be_too_many(request)
    try:
        kept = request.cookies.get(_KEEPS, "")
        came = oidc.came(state, "" if error else code, kept, iss)
        if came.gone.links:
            answer = _linked(request, oidc, came.gone.links, came.gone.session, came.subject)
        else:
            answer = _signed_in(request, oidc, came.subject, came.gone.to)
    except NotAllowed:
        failed_here(request)
        sign_in_log.refused(request, "", "the other sign-in's answer refused")
        raise
    answer.delete_cookie(_KEEPS, path="/oidc", secure=shared.secure, httponly=True, samesite="lax")
    return answer


def _linked(request: Request, oidc: Oidc, actor: str, name: bytes, subject: str) -> Response:
    session = session_of(request)
    if session is None or session.name != name or session.actor != actor:
        raise NotAllowed(
            "Whoever went there is not signed in here any more.",
            rule="Somebody links a sign-in with themselves, in one session.",
            way_on="Sign in, and link it again.",
        )
    oidc.link(actor, subject)
    sign_in_log.came(request, actor, "linked the other sign-in")
    return RedirectResponse("/me", 303)


def _signed_in(request: Request, oidc: Oidc, subject: str, next: str) -> Response:
    actor = oidc.actor_of(subject)
    if actor is None or not shared_of(request).is_here(actor):
        raise NotAllowed(
            "Nobody of this unit is linked with that sign-in.",
            rule="Somebody links it with themselves, under their own name, while signed in here.",
            way_on="Come in by the lead's invitation first, and link it on your own page.",
        )
    return let_in(request, actor, next, "by the other sign-in")


def _keeping(shared: Shared, answer: Response, kept: str) -> Response:
    answer.set_cookie(
        _KEEPS, kept, max_age=int(GONE_S), path="/oidc", secure=shared.secure, httponly=True,
        samesite="lax",
    )  # fmt: skip
    return answer


def _oidc(request: Request) -> Oidc:
    oidc = shared_of(request).oidc
    assert oidc is not None, "these pages are there with a provider alone"
    return oidc
