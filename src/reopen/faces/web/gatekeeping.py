"""What every request passes before a page sees it: host, size, rate, origin; and what every answer
carries: the policy that lets a browser load nothing but our own files.

Not here: who is signed in (`sessions`), what they may see (`store.grants`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
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
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one browser may ask.

    body_bytes   of a request: files that are brought in
    per_minute   requests of one address
    """

    body_bytes: int = 256 * 1024 * 1024
    per_minute: int = 1200


class Gatekeeper:
    """ASGI middleware. hosts: names under which the server may be asked for (DNS rebinding)."""

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
        await self._app(scope, self._bounded(receive), self._headed(send))

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        who = (scope.get("client") or ("", 0))[0]
        if _name(headers.get("host", "")) not in self._hosts:
            return _no(421, "This server is not asked for under that name.")
        if scope["method"] not in _SAFE and not _same_origin(headers):
            return _no(403, "This did not come from a page of this server.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._limits.body_bytes:
            return _no(413, f"More than {self._limits.body_bytes} bytes at once.")
        if self._rate.wait_s(who) > 0:
            return _no(429, "Too many requests in a minute.", {"Retry-After": "10"})
        self._rate.failed(who)
        return None

    def _bounded(self, receive: Receive) -> Receive:
        """A body without a stated length is cut off where it is too long."""
        left = self._limits.body_bytes

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    return {"type": "http.disconnect"}
            return message

        return bounded

    def _headed(self, send: Send) -> Send:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if self._secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        return headed


def _name(host: str) -> str:
    """A Host header without the port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").casefold()
    except ValueError:
        return ""


def _same_origin(headers: Headers) -> bool:
    """Whether a browser says that its own page asked; a program that is no browser says neither."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc.casefold() == headers.get("host", "").casefold()


def _no(code: int, why: str, headers: dict[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(why + "\n", code, headers=headers)
