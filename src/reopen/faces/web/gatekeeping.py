"""What every request passes before a page sees it: host, size, pace, origin; and what every answer
carries: the policy that lets a browser load nothing but our own files.

Not here: who is signed in (`sessions`), what they may see (`store.grants`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reopen.faces.web.accounts import Throttle
from reopen.faces.web.names_in_paths import keep_slashes

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
        "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "form-action 'self'",
        "frame-ancestors 'none'", "base-uri 'none'",
    )
)  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
FILES_AT = "/import"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one browser may ask.

    body_bytes   of files that are brought in; form_bytes: of every other request
    body_s       until such a body has come whole; form_s: until another has
    per_minute   requests of one address
    """

    body_bytes: int = 256 * 1024 * 1024
    form_bytes: int = 512 * 1024
    body_s: float = 1800.0
    form_s: float = 30.0
    per_minute: int = 1200

    def of(self, path: str) -> tuple[int, float]:
        """How many bytes a body may have there, and how long it may take."""
        files = path == FILES_AT
        return (self.body_bytes, self.body_s) if files else (self.form_bytes, self.form_s)


class Gatekeeper:
    """ASGI middleware. hosts: names under which the server may be asked for (DNS rebinding);
    secure: browsers reach it over TLS."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], limits: Limits, secure: bool):
        self._app, self._limits, self._secure = app, limits, secure
        self._hosts = frozenset(host.casefold() for host in hosts)
        self._rate = Throttle(limits.per_minute, 60.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, self._headed(send))
            return
        keep_slashes(scope)
        await self._app(scope, self._bounded(scope["path"], receive), self._headed(send))

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        who = (scope.get("client") or ("", 0))[0]
        if _name(headers.get("host", "")) not in self._hosts:
            return _no(421, "This server is not asked for under that name.")
        if scope["method"] not in _SAFE and not self._same_origin(headers):
            return _no(403, "This did not come from a page of this server.")
        length, (most, _) = headers.get("content-length", "0"), self._limits.of(scope["path"])
        if not (length.isascii() and length.isdecimal()) or len(length) > 15 or int(length) > most:
            return _no(413, f"More than {most} bytes at once.")
        if not _is_utf8(headers.get("content-type", "")):
            return _no(415, "Forms and files are sent in UTF-8.")
        if self._rate.wait_s(who) > 0:
            return _no(
                429, "Too many requests in a minute. Wait ten seconds.", {"Retry-After": "10"}
            )
        self._rate.failed(who)
        return None

    def _bounded(self, path: str, receive: Receive) -> Receive:
        """A body is waited for so long, and one without a stated length is cut off where it is too
        long."""
        left, patience = self._limits.of(path)
        until, whole = anyio.current_time() + patience, False

        async def bounded() -> Message:
            nonlocal left, whole
            if whole:  # the browser may take as long as it likes over the answer
                return await receive()
            try:
                with anyio.fail_after(max(0.0, until - anyio.current_time())):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The request took too long to come.") from None
            whole = not message.get("more_body", False)
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, "More bytes than a request may have.")
            return message

        return bounded

    def _same_origin(self, headers: Headers) -> bool:
        """Whether a browser says that its own page asked; a program that is no browser says
        neither."""
        site = headers.get("sec-fetch-site")
        if site is not None and site not in {"same-origin", "none"}:
            return False
        origin, scheme = headers.get("origin"), "https" if self._secure else "http"
        own = f"{scheme}://{headers.get('host', '')}"
        return origin is None or origin.casefold() == own.casefold()

    def _headed(self, send: Send) -> Send:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in headers_of_answers(self._secure).items():
                    headers.setdefault(name, value)
            await send(message)

        return headed


def headers_of_answers(secure: bool) -> dict[str, str]:
    """What every answer carries that does not say otherwise. secure: it leaves over TLS."""
    tls = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}
    return {**_HEADERS, "Cache-Control": "no-store", **tls}


def _name(host: str) -> str:
    """A Host header without the port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").casefold()
    except ValueError:
        return ""


def _is_utf8(content_type: str) -> bool:
    """Other encodings can say what no text says, such as half a character."""
    _, *parameters = content_type.casefold().replace(" ", "").split(";")
    told = (
        each.partition("=")[2].strip("\"'") for each in parameters if each.startswith("charset")
    )
    return all(each in {"utf-8", "utf8"} for each in told)


def _no(code: int, why: str, headers: dict[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(why + "\n", code, headers=headers)
