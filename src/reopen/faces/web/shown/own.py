"""What somebody sees of themselves: how they sign in, what they work on, who is beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from reopen.faces.web.looks import Look
from reopen.faces.web.pages import Looking, view
from reopen.faces.web.shared import shared_of
from reopen.faces.web.words import moment

router = APIRouter()


@dataclass(frozen=True, slots=True)
class KeyLine:
    id: str
    name: str
    since: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """Where you are signed in. this: with this browser."""

    began: str
    used: str
    this: bool


@dataclass(frozen=True, slots=True)
class OwnPage:
    """You. others: who can be beside you, by their ids; provider: of another sign-in, linked since
    when."""

    actor: str
    name: str
    standing: str
    purpose: str
    supervisor: str
    passkeys: tuple[KeyLine, ...]
    sessions: tuple[SessionLine, ...]
    provider: str
    linked: str
    others: tuple[tuple[str, str], ...]


def _own(request: Request, look: Look) -> OwnPage:
    shared = shared_of(request)
    actors = shared.actors()
    me = actors[look.actor]
    keys = shared.passkeys.of(look.actor)
    return OwnPage(
        actor=me.id,
        name=me.name,
        standing=me.standing.value,
        purpose=look.session.purpose,
        supervisor=look.session.supervisor,
        passkeys=tuple(KeyLine(key.id.hex(), key.name, moment(key.since)) for key in keys),
        sessions=tuple(
            SessionLine(moment(one.began), moment(one.seen), one.name == look.session.name)
            for one in shared.sessions.every(look.actor)
        ),
        provider=shared.oidc.provider.name if shared.oidc else "",
        linked=moment(shared.oidc.since(look.actor)) if shared.oidc else "",
        others=tuple((one.id, one.name) for one in actors.values() if one.id != me.id),
    )


@router.get("/me", include_in_schema=False)
def own_page(request: Request, look: Looking) -> Response:
    return view(request, look, "me.html.j2", _own(request, look))


@router.get("/api/me", tags=["You"])
def own_twin(request: Request, look: Looking) -> OwnPage:
    """Who you are here."""
    return _own(request, look)


@router.get("/api/openapi.json", include_in_schema=False)
def openapi(request: Request, look: Looking) -> Response:
    described: dict[str, Any] = request.app.openapi()
    return JSONResponse(described)
