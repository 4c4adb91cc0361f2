"""Pages to come in by: invitation, password, passkey; and what somebody may change of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Body, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from reopen.errors import NotAllowed, ReopenError
from reopen.faces.web import sign_in_log
from reopen.faces.web.pages import Pages, view
from reopen.faces.web.shared import Changing, Shared, session_of, shared_of

Word = Annotated[str, Form(max_length=300)]


@dataclass(frozen=True, slots=True)
class SignIn:
    """The sign-in page. next: where to after it; wrong: what did not hold; provider: of another
    sign-in."""

    next: str
    provider: str
    wrong: str = ""
    actor: str = ""
    way_on: str = ""


@dataclass(frozen=True, slots=True)
class Invited:
    """The page that an invitation opens."""

    token: str
    actor: str
    name: str
    wrong: str = ""
    way_on: str = ""


pages = Pages("Signing in")
router = pages.router

_AS_PAGE = {"description": "The page again, with what did not hold.", "content": {"text/html": {}}}


@router.get("/signin", include_in_schema=False)
def sign_in_page(request: Request, next: str = "/") -> Response:
    if session_of(request) is not None:
        return RedirectResponse(inside(next), 303)
    return view(
        request, None, "signin.html.j2", SignIn(inside(next), _provider(shared_of(request)))
    )


@pages.form("/signin", refused={401: _AS_PAGE, 429: _AS_PAGE})
def sign_in(request: Request, actor: Word = "", password: Word = "", next: Word = "/") -> Response:
    shared = shared_of(request)
    try:
        must_not_be_too_many(request)
        right = shared.accounts.check(actor, password)
    except NotAllowed as refused:
        sign_in_log.refused(request, actor, "password, not looked at after too many wrong ones")
        asked = SignIn(
            inside(next), _provider(shared), refused.seen, actor, f"{refused.rule} {refused.way_on}"
        )
        return view(request, None, "signin.html.j2", asked, 429)
    if not right or not shared.is_here(actor):
        failed_here(request)
        sign_in_log.refused(request, actor, "wrong password" if not right else "has left the unit")
        wrong = SignIn(
            inside(next), _provider(shared), "That name and password do not go together.", actor
        )
        return view(request, None, "signin.html.j2", wrong, 401)
    return let_in(request, actor, inside(next), "by password")


@pages.form("/signout")
def sign_out(request: Request, look: Changing) -> Response:
    shared = shared_of(request)
    shared.sessions.end(look.session)
    sign_in_log.came(request, look.actor, "signed out")
    answer = RedirectResponse("/signin", 303)
    answer.delete_cookie(
        shared.cookie, path="/", secure=shared.secure, httponly=True, samesite="lax"
    )
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@router.get("/invitation/{token}", include_in_schema=False)
def invitation(request: Request, token: str) -> Response:
    return view(request, None, "invitation.html.j2", _invited(request, token))


@pages.form("/invitation/{token}", refused={422: _AS_PAGE})
def accept(request: Request, token: str, password: Word = "", again: Word = "") -> Response:
    accounts = shared_of(request).accounts
    shown = _invited(request, token)
    try:
        if password != again:
            raise NotAllowed("The two are not the same.", way_on="Write the password twice.")
        accounts.check_form(password, shown.actor)
        accounts.accept(token)
        accounts.set_password(shown.actor, password)
        shared_of(request).sessions.end_all(shown.actor)
    except ReopenError as refused:
        wrong = Invited(
            token, shown.actor, shown.name, refused.seen, f"{refused.rule} {refused.way_on}"
        )
        return view(request, None, "invitation.html.j2", wrong, 422)
    return let_in(request, shown.actor, "/", "by invitation, with a new password")


@pages.form("/passkey/asked", says="application/json")
def asked_for_passkey(request: Request) -> Response:
    return JSONResponse(shared_of(request).passkeys.ask_to_sign_in())


@pages.form("/passkey", says="application/json")
def by_passkey(
    request: Request,
    ticket: Annotated[str, Body()],
    answer: Annotated[dict[str, Any], Body()],
    next: Annotated[str, Body()] = "/",
) -> Response:
    must_not_be_too_many(request)
    try:
        actor = shared_of(request).passkeys.signed_in(ticket, answer)
        if not shared_of(request).is_here(actor):
            raise NotAllowed(f"{actor!r} is no actor of this unit now.")
    except NotAllowed:
        failed_here(request)
        sign_in_log.refused(request, "", "passkey refused")
        raise
    entered = let_in(request, actor, inside(next), "by passkey")
    answered = JSONResponse({"next": inside(next)})
    answered.headers["set-cookie"] = entered.headers["set-cookie"]
    return answered


@pages.form("/me/passkey/asked", says="application/json")
def asked_to_register(request: Request, look: Changing) -> Response:
    shared = shared_of(request)
    return JSONResponse(shared.passkeys.ask_to_register(look.actor, shared.name_of(look.actor)))


@pages.form("/me/passkey", says="application/json")
def register_passkey(
    request: Request,
    look: Changing,
    ticket: Annotated[str, Body()],
    answer: Annotated[dict[str, Any], Body()],
    name: Annotated[str, Body(max_length=60)] = "",
) -> Response:
    shared_of(request).passkeys.register(look.actor, ticket, answer, name)
    sign_in_log.came(request, look.actor, "added a passkey")
    return JSONResponse({"next": "/me"})


@pages.form("/me/passkey/forget")
def forget_passkey(request: Request, look: Changing, id: Word) -> Response:
    if _is_hexadecimal(id):
        shared_of(request).passkeys.forget(look.actor, bytes.fromhex(id))
        sign_in_log.came(request, look.actor, "forgot a passkey")
    return RedirectResponse("/me", 303)


@pages.form("/me/password")
def change_password(
    request: Request, look: Changing, old: Word = "", password: Word = "", again: Word = ""
) -> Response:
    shared = shared_of(request)
    if not shared.accounts.check(look.actor, old):
        sign_in_log.refused(request, look.actor, "change of password with a wrong present one")
        raise NotAllowed(
            "The present password is not right.", way_on="Write the one you sign in with."
        )
    if password != again:
        raise NotAllowed("The two new ones are not the same.", way_on="Write it twice.")
    shared.accounts.set_password(look.actor, password)
    shared.sessions.end_others(look.session)
    sign_in_log.came(request, look.actor, "changed the password")
    return RedirectResponse("/me", 303)


@pages.form("/me/sessions/end")
def end_other_sessions(request: Request, look: Changing) -> Response:
    """Sign out everywhere else."""
    shared_of(request).sessions.end_others(look.session)
    sign_in_log.came(request, look.actor, "signed out everywhere else")
    return RedirectResponse("/me", 303)


@pages.form("/me/purpose")
def work_on(request: Request, look: Changing, purpose: Word = "", next: Word = "/") -> Response:
    shared_of(request).sessions.work_on(look.session, purpose)
    return RedirectResponse(inside(next), 303)


@pages.form("/me/beside")
def beside(
    request: Request, look: Changing, supervisor: Word = "", password: Word = ""
) -> Response:
    """A supervisor signs that they are beside somebody; with no name, that they leave."""
    shared = shared_of(request)
    if supervisor and (
        supervisor == look.actor
        or not shared.accounts.check(supervisor, password)
        or not shared.is_here(supervisor)
    ):
        sign_in_log.refused(request, supervisor, f"did not sign to be beside {look.actor!a}")
        raise NotAllowed(
            "The supervisor's name and password do not go together.",
            rule="A supervisor signs with their own password, at your side.",
            way_on="Ask them to sign again.",
        )
    shared.sessions.beside(look.session, supervisor)
    if supervisor:
        sign_in_log.came(request, supervisor, f"signed to be beside {look.actor!a}")
    return RedirectResponse("/me", 303)


def inside(path: str) -> str:
    """A path of this board; anything else becomes the first page (no open redirect)."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    plain = own and path.isprintable() and "\\" not in path
    return path if plain and not path.startswith("/signin") else "/"


def let_in(request: Request, actor: str, to: str, how: str) -> RedirectResponse:
    """A new session for somebody who has shown who they are. how: for the server's log."""
    sign_in_log.came(request, actor, f"signed in {how}")
    shared = shared_of(request)
    earlier = session_of(request)
    if earlier is not None:
        shared.sessions.end(earlier)
    answer = RedirectResponse(to, 303)
    _set_cookie(answer, shared, shared.sessions.begin(actor))
    return answer


def _set_cookie(answer: Response, shared: Shared, token: str) -> None:
    answer.set_cookie(
        shared.cookie, token, httponly=True, secure=shared.secure, samesite="lax", path="/"
    )


def _provider(shared: Shared) -> str:
    return shared.oidc.provider.name if shared.oidc else ""


def _invited(request: Request, token: str) -> Invited:
    shared = shared_of(request)
    actor = shared.accounts.invited(token)
    if not shared.is_here(actor):
        raise NotAllowed(f"{actor!r} is no actor of this unit now.")
    return Invited(token, actor, shared.name_of(actor))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_hexadecimal(text: str) -> bool:
    return len(text) % 2 == 0 and all(each in "0123456789abcdef" for each in text)


def must_not_be_too_many(request: Request) -> None:
    """Raises NotAllowed where a computer has to wait."""
    if shared_of(request).wrong_sign_ins.wait_s(_address(request)) > 0:
        raise NotAllowed(
            "Too many wrong sign-ins from this computer.",
            rule="Thirty in a quarter of an hour.",
            way_on="Wait a quarter of an hour.",
        )


def failed_here(request: Request) -> None:
    """A sign-in from this computer was wrong."""
    shared_of(request).wrong_sign_ins.failed(_address(request))
