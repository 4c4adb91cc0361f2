"""What all pages of one running board share, and who is asking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import Depends, Header, Request
from starlette.concurrency import run_in_threadpool

from reopen.errors import NotAllowed, ReopenError
from reopen.faces.web.accounts import Accounts, Throttle
from reopen.faces.web.looks import Look, Units
from reopen.faces.web.passkeys import Passkeys
from reopen.faces.web.sessions import Session, Sessions
from reopen.faces.web.state import State
from reopen.records.access import Actor
from reopen.store.grants import Asker
from reopen.store.reader import must_be_here

if TYPE_CHECKING:
    from reopen.faces.web.forgetting import Forgetting
    from reopen.faces.web.oidc import Oidc
    from reopen.faces.web.work import Works

FORM_TOKEN = "form_token"
BY_ITSELF = "x-by-itself"
"""The header with which a page asks for something that nobody at it asked for."""
_MOST_FIELDS = 20_000  # two hundred tables have so many columns


@dataclass(frozen=True, slots=True)
class Shared:
    """The running board."""

    units: Units
    state: State
    accounts: Accounts
    passkeys: Passkeys
    sessions: Sessions
    works: Works
    forget_expunged: Forgetting
    unit_name: str
    origin: str
    oidc: Oidc | None = None
    wrong_sign_ins: Throttle = field(default_factory=lambda: Throttle(30))
    _known: dict[str, Actor] = field(default_factory=dict)

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https:")

    @property
    def cookie(self) -> str:
        """The session's cookie; over TLS its name binds it to this host and to TLS."""
        return "__Host-reopen" if self.secure else "reopen"

    def actors(self) -> dict[str, Actor]:
        """Everybody who uses or used the unit."""
        with self.units.lent(("",)) as unit:
            self._known.update({actor.id: actor for actor in unit.actors()})
        return dict(self._known)

    def is_here(self, actor: str) -> bool:
        """Whether somebody has joined the unit and not left it."""
        with self.units.lent(("",)) as unit:
            try:
                must_be_here(unit.db, Asker(actor, unit.clock()))
            except NotAllowed:
                return False
            return True

    def name_of(self, actor: str) -> str:
        """An actor's name; the unit is asked only for those it has not named yet."""
        known = self._known if actor in self._known else self.actors()
        return known[actor].name if actor in known else actor


class NotSignedIn(ReopenError):
    """Nobody is signed in: the way on is a page."""


class NotFromOurPage(ReopenError):
    """A change without the token that our own pages carry."""


def shared_of(request: Request) -> Shared:
    shared: Shared = request.app.state.shared
    return shared


def session_of(request: Request) -> Session | None:
    """Of somebody who belongs to the unit; whoever left it is signed out."""
    shared = shared_of(request)
    token = request.cookies.get(shared.cookie, "")
    used = BY_ITSELF not in request.headers
    session = shared.sessions.of(token, used=used) if token else None
    if session is not None and not shared.is_here(session.actor):
        shared.sessions.end_all(session.actor)
        return None
    return session


def looking(request: Request) -> Look:
    """Who asks. Raises NotSignedIn."""
    session = session_of(request)
    if session is None:
        raise NotSignedIn("Nobody is signed in.", rule="Every look at a unit has a name.")
    return Look(session, shared_of(request).units)


async def changing(
    request: Request, x_form_token: Annotated[str, Header(max_length=300)] = ""
) -> AsyncIterator[Look]:
    """Who asks for a change, from one of our own pages: with the session's token in the header, or
    in the form. Raises NotSignedIn, NotFromOurPage."""
    look, token = await run_in_threadpool(looking, request), x_form_token
    try:
        if not token and "form" in request.headers.get("content-type", ""):
            given = (await request.form(max_fields=_MOST_FIELDS)).get(FORM_TOKEN, "")
            token = given if isinstance(given, str) else ""
        if not look.session.confirms(token):
            raise NotFromOurPage(
                "This page is too old to change anything.",
                rule="A change comes from a page of the session that is signed in.",
                way_on="Open the page again and repeat what you did.",
            )
        yield look
    finally:
        await request.close()  # files of the form, whoever has read it


Changing = Annotated[Look, Depends(changing)]
"""The parameter of a form's function: who asks, from one of our own pages."""


def way_back(path: str) -> str:
    """The sign-in page, which leads back."""
    return f"/signin?next={quote(path, safe='')}"
