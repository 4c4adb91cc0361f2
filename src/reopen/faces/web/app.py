"""The board of one unit as a web application: everything wired together, and errors told as pages.

Sources of the rules kept here: OWASP ASVS 4.0.3, level 2, with the answers in docs/security.md.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import reopen
from reopen.errors import CannotStore, NotAllowed, ReopenError, UnknownName
from reopen.faces.web import misunderstood, signing_in, signing_in_oidc
from reopen.faces.web.accounts import Accounts
from reopen.faces.web.forgetting import Forgetting
from reopen.faces.web.gatekeeping import Gatekeeper, Limits, headers_of_answers
from reopen.faces.web.looks import Look, Units
from reopen.faces.web.oidc import Oidc, Provider
from reopen.faces.web.pages import MENU, REFUSALS, view
from reopen.faces.web.parts import PARTS
from reopen.faces.web.passkeys import Passkeys
from reopen.faces.web.sessions import Sessions
from reopen.faces.web.shared import NotFromOurPage, NotSignedIn, Shared, session_of, way_back
from reopen.faces.web.state import State
from reopen.faces.web.work import Works

_THREADS = 16
_PRESSED = 5
"""Of 9: a page of a megabyte takes 13 ms instead of 62, and grows by a sixteenth."""
_GOOD_FOR_S = 365 * 24 * 3600
_OWN_WORDS = {
    400: "What was sent cannot be read as a form.",
    405: "This address is not asked in that way: pages are read, and forms are sent.",
}
"""Where the libraries have words of their own."""
_COMMAND = re.compile(r"`reopen (cases|links|series|audit) UNIT`")
"""Commands of a terminal that list what a page of the board lists."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a board is served.

    origin  where browsers reach it, such as http://localhost:8000
    hosts   further names under which it may be asked for
    provider  an organisation's own sign-in
    """

    origin: str = "http://localhost:8000"
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    limits: Limits = field(default_factory=Limits)
    provider: Provider | None = None

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https:")

    @property
    def site(self) -> str:
        """The domain, as passkeys know it."""
        return self.origin.split("//", 1)[1].split("/", 1)[0].rsplit(":", 1)[0]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What a page of an error says. number: under which the server's log has more."""

    title: str
    seen: str
    rule: str = ""
    way_on: str = ""
    number: str = ""


def board(unit: str, state: Path, settings: Settings | None = None) -> FastAPI:
    """The application. Raises CannotStore where the unit or the board's state cannot be opened."""
    settings = settings or Settings()
    units = Units(unit)
    with units.lent(("",)) as opened:
        name = opened.name
    kept = State(state)
    shared = Shared(
        units=units,
        state=kept,
        accounts=Accounts(kept),
        passkeys=Passkeys(kept, settings.site, settings.origin),
        sessions=Sessions(kept),
        works=Works(kept, unit),
        forget_expunged=Forgetting(kept, units),
        unit_name=name,
        origin=settings.origin,
        oidc=Oidc(kept, settings.provider, settings.origin) if settings.provider else None,
    )
    app = FastAPI(
        title="reopen",
        version=reopen.__version__,
        description=f"The board of {name}: each page's twin in JSON.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # served to those signed in (parts)
        responses=REFUSALS,
        lifespan=_closing,
    )
    app.state.shared = shared
    shared.forget_expunged()
    app.include_router(signing_in.router)
    if settings.provider:
        app.include_router(signing_in_oidc.router)
    for part in PARTS:
        app.include_router(part)
    paths = {getattr(route, "path", "") for part in PARTS for route in part.routes}
    app.state.menu = tuple(place for place in MENU if place.path in paths)
    app.mount("/static", _Static(directory=str(files("reopen.faces.web") / "static")))
    _add_errors(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=_PRESSED)
    app.add_middleware(
        Gatekeeper,
        hosts=(settings.site, *settings.hosts),
        limits=settings.limits,
        secure=settings.secure,
    )
    return app


@asynccontextmanager
async def _closing(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield
    shared: Shared = app.state.shared
    shared.works.close()
    shared.units.close()
    shared.state.close()


class _Static(StaticFiles):
    """Our own files: kept by browsers for good where their address has their hash."""

    def file_response(self, full_path: Any, stat: Any, scope: Scope, status: int = 200) -> Response:
        answer = super().file_response(full_path, stat, scope, status)
        lasting = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = (
            f"public, max-age={_GOOD_FOR_S}, immutable" if lasting else "no-cache"
        )
        return answer


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(NotSignedIn)
    def not_signed_in(request: Request, error: NotSignedIn) -> Response:
        if _for_program(request) or request.method != "GET":
            return _told(request, Wrong("Sign in", error.seen, error.rule, "Sign in first."), 401)
        if "hx-request" in request.headers:  # a part of a page: the whole page leads to the sign-in
            return Response(status_code=401, headers={"HX-Redirect": way_back(_shown_by(request))})
        return RedirectResponse(way_back(_asked_for(request)), 303)

    @app.exception_handler(CannotStore)
    def cannot_store(request: Request, error: CannotStore) -> Response:
        """Where the unit lies, and why it cannot be read there, is for who runs the server."""
        wrong = Wrong(
            "The unit cannot be reached", "The unit cannot be read or written now.",
            "What was acknowledged before is safe.",
            f"{_again(request)} If it stays, whoever runs the server finds more under this number.",
            _logged(request, error),
        )  # fmt: skip
        return _told(request, wrong, 503)

    @app.exception_handler(ReopenError)
    def refused(request: Request, error: ReopenError) -> Response:
        code, title = _code_of(error)
        return _told(request, Wrong(title, str(error.seen), error.rule, _here(error.way_on)), code)

    @app.exception_handler(RequestValidationError)
    def not_understood(request: Request, error: RequestValidationError) -> Response:
        return _told(request, Wrong("Not understood", *misunderstood.told(error.errors())), 422)

    @app.exception_handler(HTTPException)
    def no_page(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return _told(request, Wrong("No such page", "There is no page at this address."), 404)
        seen = _OWN_WORDS.get(error.status_code, str(error.detail))
        return _told(request, Wrong("Not possible", seen), error.status_code)

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        wrong = Wrong(
            "Something went wrong", "The program did not expect this.",
            way_on=f"{_again(request)} If it stays, report this number and what you did.",
            number=_logged(request, error),
        )  # fmt: skip
        answer = _told(request, wrong, 500)
        # Starlette answers this outside of every middleware, the gatekeeper too.
        answer.headers.update(headers_of_answers(request.app.state.shared.secure))
        return answer


def _again(request: Request) -> str:
    """The way on where it is not known how far a step came."""
    if request.method in {"GET", "HEAD"}:
        return "Try again."
    return "See whether it was done before you do it again: it may have been kept."


def _asked_for(request: Request) -> str:
    """The address as the browser wrote it: names in it may hold any sign."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.decode("ascii", "replace").split("?")[0]
    return path + (f"?{request.url.query}" if request.url.query else "")


def _shown_by(request: Request) -> str:
    """The page that asked for a part of itself."""
    try:
        shown = urlsplit(request.headers.get("hx-current-url", ""))
    except ValueError:
        return "/"
    return shown.path + (f"?{shown.query}" if shown.query else "")


def _logged(request: Request, error: Exception) -> str:
    """The number under which the log has an error. It has the route, not the address: that may hold
    an invitation's secret, or what looks like another line."""
    number, route = token_hex(4), getattr(request.scope.get("route"), "path", "no page")
    logging.getLogger("reopen.web").error("%s %s %s", number, request.method, route, exc_info=error)
    return number


def _here(way_on: str) -> str:
    """The way on, by the pages of the board where a terminal has a command for it."""
    told = _COMMAND.sub(lambda found: f"The page {found[1].capitalize()}", way_on)
    return told.replace("the unit's lead: reopen access", "the unit's lead for a grant.")


def _code_of(error: ReopenError) -> tuple[int, str]:
    if isinstance(error, UnknownName):
        return 404, "Not found"
    if isinstance(error, NotAllowed | NotFromOurPage):
        return 403, "Not allowed"
    return 422, "This cannot be done"


def _told(request: Request, wrong: Wrong, code: int) -> Response:
    if _for_program(request):
        plain = {"seen": wrong.seen, "rule": wrong.rule, "way_on": wrong.way_on}
        return JSONResponse(plain | ({"number": wrong.number} if wrong.number else {}), code)
    session = session_of(request) if code < 500 else None
    look = Look(session, request.app.state.shared.units) if session else None
    return view(request, look, "wrong.html.j2", wrong, code)


def _for_program(request: Request) -> bool:
    path = request.url.path
    return path.startswith("/api") or "application/json" in request.headers.get("accept", "")
