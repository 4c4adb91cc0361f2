"""Signing in with an organisation's own sign-in (OpenID Connect): who somebody is says its
provider, and which actor that is says whoever linked it while signed in here.

Authorization code flow with PKCE, state and nonce; the ID token's signature, issuer, audience and
time are checked. An e-mail address is never looked at. Needs the extra `reopen[oidc]`. Not here:
the pages (`signing_in_oidc`). Sources: OpenID Connect Core 1.0, 3.1; RFC 7636, 9207.
"""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from threading import Lock
from typing import Any, Protocol, TypeGuard
from urllib.error import URLError
from urllib.parse import quote_plus, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from reopen.errors import InvalidRecord, NotAllowed
from reopen.faces.web.state import State

BACK = "/oidc/back"
GONE_S = 600.0
_MOST_GONE = 20_000
_KNOWN_S = 3600.0
_KEYS_AGAIN_S = 60.0
_CLOCKS_DIFFER_S = 60
_MOST_BYTES = 1 << 20
_PATIENCE_S = 10.0
_SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
                "Ed25519", "EdDSA")  # fmt: skip
"""By a key that the provider alone has; a secret that both have signs for either."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Provider:
    """Whom to ask. issuer: its address; client: what it calls this board; secret: '' for none."""

    issuer: str
    client: str
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not _is_safe(self.issuer) or not self.client:
            raise InvalidRecord(
                f"{self.issuer!r} with the client {self.client!r} cannot be asked who somebody is.",
                rule="An issuer is an https address, or http on this computer; a client is named.",
                way_on="Take both from whoever runs the provider: --oidc URL --oidc-client ID",
            )

    @property
    def name(self) -> str:
        return urlsplit(self.issuer).netloc


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody who has gone to the provider, and is to come back with the same browser.

    to     where they go from there
    links  the actor who wants to be linked, '' for somebody who signs in; session: theirs
    """

    browser: bytes
    nonce: str
    verifier: str
    until: float
    to: str
    links: str = ""
    session: bytes = b""


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody who came back: who they are to the provider."""

    subject: str
    gone: Gone


class Asks(Protocol):
    """How an address is asked; with fields, it is sent a form. Gives what JSON it answers."""

    def __call__(
        self, url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> Any: ...


class Oidc:
    """The provider's sign-in, and who of it is which actor. origin: where browsers reach us."""

    def __init__(
        self, state: State, provider: Provider, origin: str, clock: Clock = time.time,
        ask: Asks | None = None,
    ):  # fmt: skip
        from joserfc import jwt  # the extra is there, or it is said when the board opens

        self.provider = provider
        self._jwt, self._state, self._clock, self._ask = jwt, state, clock, ask or _asked
        self._back = origin.rstrip("/") + BACK
        self._gone: dict[str, Gone] = {}
        self._lock = Lock()
        self._told: tuple[float, dict[str, Any]] = (0.0, {})
        self._keys: tuple[float, Any] = (0.0, None)

    # Which actor it is

    def actor_of(self, subject: str) -> str | None:
        row = self._state.one(
            "SELECT actor FROM identity WHERE issuer = ? AND subject = ?",
            (self.provider.issuer, subject),
        )
        return None if row is None else str(row["actor"])

    def link(self, actor: str, subject: str) -> None:
        """From now on, the provider's word for this subject lets the actor in. Raises NotAllowed
        where it lets in somebody else."""
        self._state.run(
            "INSERT INTO identity (issuer, subject, actor, since) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (self.provider.issuer, subject, actor, self._clock()),
        )
        if self.actor_of(subject) != actor:
            raise NotAllowed(
                "That sign-in belongs to another actor of this unit.",
                rule="A sign-in elsewhere lets in one actor.",
                way_on="Sign in there as yourself, and link it again.",
            )

    def unlink(self, actor: str) -> None:
        self._state.run(
            "DELETE FROM identity WHERE issuer = ? AND actor = ?", (self.provider.issuer, actor)
        )

    def since(self, actor: str) -> float | None:
        """Since when a sign-in there lets the actor in; None where none does."""
        row = self._state.one(
            "SELECT MIN(since) AS since FROM identity WHERE issuer = ? AND actor = ?",
            (self.provider.issuer, actor),
        )
        return None if row is None else row["since"]

    # There and back

    def go(self, to: str, links: str = "", session: bytes = b"") -> tuple[str, str]:
        """The provider's address for somebody, and what their browser is to keep meanwhile."""
        where = self._metadata()["authorization_endpoint"]
        state, browser, now = token_urlsafe(32), token_urlsafe(32), self._clock()
        gone = Gone(
            _hash(browser), token_urlsafe(32), token_urlsafe(48), now + GONE_S, to, links, session
        )
        with self._lock:
            while self._gone:
                oldest = next(iter(self._gone))
                if self._gone[oldest].until > now and len(self._gone) < _MOST_GONE:
                    break
                del self._gone[oldest]
            self._gone[state] = gone
        asked = {
            "response_type": "code", "client_id": self.provider.client, "scope": "openid",
            "redirect_uri": self._back, "state": state, "nonce": gone.nonce,
            "code_challenge": _challenge(gone.verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}", browser

    def came(self, state: str, code: str, browser: str, issuer: str = "") -> Came:
        """Who came back, once. issuer: whom the answer says that it is of, where it does. Raises
        NotAllowed for whatever does not hold."""
        with self._lock:
            gone = self._gone.pop(state, None)
        if gone is None or gone.until < self._clock():
            raise _does_not_hold("nobody went there for it in the last ten minutes")
        if not compare_digest(gone.browser, _hash(browser)):
            raise _does_not_hold("another browser went there for it")
        if issuer not in ("", self.provider.issuer):
            raise _does_not_hold("it is of another provider")
        if not code:
            raise _does_not_hold("the provider did not let them in")
        return Came(self._subject(self._id_token(code, gone), gone), gone)

    def _id_token(self, code: str, gone: Gone) -> str:
        fields = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._back,
            "code_verifier": gone.verifier, "client_id": self.provider.client,
        }  # fmt: skip
        headers, secret = {}, self.provider.secret
        if secret:
            known = f"{quote_plus(self.provider.client)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(known.encode()).decode()
        answer = self._ask(self._metadata()["token_endpoint"], fields, headers)
        token = answer.get("id_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise _does_not_hold("the provider gave no ID token")
        return token

    def _subject(self, token: str, gone: Gone) -> str:
        claims, now, own = self._claims(token), self._clock(), self.provider
        heard = claims.get("aud")
        audience = heard if isinstance(heard, list) else [heard]
        expires, issued, subject = claims.get("exp"), claims.get("iat"), claims.get("sub")
        if claims.get("iss") != own.issuer:
            raise _does_not_hold("it is of another provider")
        if own.client not in audience or claims.get("azp", own.client) != own.client:
            raise _does_not_hold("it is for another program")
        if not _is_number(expires) or expires + _CLOCKS_DIFFER_S < now:
            raise _does_not_hold("its time is over")
        if not _is_number(issued) or issued - _CLOCKS_DIFFER_S > now:
            raise _does_not_hold("its time has not come")
        if not compare_digest(str(claims.get("nonce", "")).encode(), gone.nonce.encode()):
            raise _does_not_hold("it is the answer to another question")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise _does_not_hold("it does not say who somebody is")
        return subject

    def _claims(self, token: str) -> dict[str, Any]:
        """What a token says, signed with a key that the provider shows now."""
        from joserfc.errors import JoseError

        for again in (False, True):
            try:
                keys = self._keys_of(again=again)
                return dict(self._jwt.decode(token, keys, algorithms=_SIGNED_WITH).claims)
            except (JoseError, ValueError, TypeError, KeyError):
                if again:
                    break  # it may have been signed with a key that came since
        raise _does_not_hold("its signature is not the provider's")

    def _keys_of(self, *, again: bool) -> Any:
        from joserfc.jwk import KeySet

        at, keys = self._keys
        old = self._clock() - at > (_KEYS_AGAIN_S if again else _KNOWN_S)
        if keys is None or old:
            keys = KeySet.import_key_set(self._ask(self._metadata()["jwks_uri"], None, {}))
            self._keys = (self._clock(), keys)
        return keys

    def _metadata(self) -> dict[str, Any]:
        at, told = self._told
        if not told or self._clock() - at > _KNOWN_S:
            issuer = self.provider.issuer
            where = issuer.rstrip("/") + "/.well-known/openid-configuration"
            answer = self._ask(where, None, {})
            told = answer if isinstance(answer, dict) else {}
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if told.get("issuer") != issuer or not all(_is_safe(told.get(n)) for n in needed):
                raise _away("what it says of itself is not of this issuer, or not safe")
            self._told = (self._clock(), told)
        return told


class _NoRedirects(HTTPRedirectHandler):
    """A provider says once where it is; a secret is sent nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _asked(url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Any:
    data = None if fields is None else urlencode(fields).encode()
    request = Request(url, data, {**headers, "Accept": "application/json"})
    try:
        with build_opener(_NoRedirects).open(request, timeout=_PATIENCE_S) as answer:
            return json.loads(answer.read(_MOST_BYTES))
    except (URLError, OSError, ValueError) as error:
        logging.getLogger("reopen.web").warning("%s cannot be asked: %s", url, error)
        raise _away("it does not answer as it should") from error


def _is_safe(url: object) -> bool:
    """An address that nobody on the way reads or answers for: https, or this computer itself."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    own = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return bool(parts.netloc) and (parts.scheme == "https" or own) and not parts.fragment


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "replace")).digest()


def _does_not_hold(why: str) -> NotAllowed:
    return NotAllowed(
        f"The answer of the other sign-in does not hold: {why}.",
        rule="It is signed by the provider, for this board, this browser and this moment.",
        way_on="Begin again at the sign-in page, or sign in with a password or passkey.",
    )


def _away(why: str) -> NotAllowed:
    return NotAllowed(
        f"The other sign-in cannot be asked: {why}.",
        rule="It is asked over TLS, and says of itself where it is.",
        way_on="Sign in with a password or passkey, and tell whoever runs the server.",
    )
