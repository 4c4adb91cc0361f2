"""Signing in with an organisation's own sign-in: a provider with real keys, over real HTTP."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient
from tests.faces.web.conftest import ORIGIN, Browser
from tests.faces.web.test_edges import leaves

from reopen.errors import InvalidRecord
from reopen.faces.web.app import Settings, board
from reopen.faces.web.oidc import Oidc, Provider
from reopen.faces.web.serve import provider_of
from reopen.faces.web.state import State

CLIENT, SECRET = "board of Harbour", "s3cret: with signs"
OWN = RSAKey.generate_key(2048, parameters={"kid": "one"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "one"})


@dataclass
class Fake:
    """A provider. codes: what an ID token says, for each code that it gave; key: it signs with."""

    issuer: str = ""
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: OWN)
    shown: Any = field(default_factory=lambda: OWN)
    algorithm: str = "RS256"
    said: dict[str, Any] = field(default_factory=dict)

    def lets_in(self, address: str, subject: str, **otherwise: Any) -> dict[str, str]:
        """Somebody signs in there; what their browser brings back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["scope"] == "openid"
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == f"{ORIGIN}/oidc/back"
        code, now = f"code {len(self.codes)}", int(time.time())
        self.codes[code] = {
            "iss": self.issuer, "aud": CLIENT, "sub": subject, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "email": "mara@harbour.example",
        } | otherwise  # fmt: skip
        self.asked[code] = asked
        return {"state": asked["state"], "code": code}

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/go?tenant=7",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
        } | self.said  # fmt: skip

    def token(self, form: dict[str, list[str]], authorization: str) -> dict[str, Any] | None:
        known = base64.b64encode(b"board+of+Harbour:s3cret%3A+with+signs").decode()
        (code,) = form["code"]
        said, asked = self.codes.pop(code, None), self.asked.get(code, {})
        verified = base64.urlsafe_b64encode(sha256(form["code_verifier"][0].encode()).digest())
        if (
            said is None
            or authorization != f"Basic {known}"
            or verified.decode().rstrip("=") != asked["code_challenge"]
            or form["redirect_uri"] != [asked["redirect_uri"]]
        ):
            return None
        header = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm in {"HS256", "none"}:
            return {"id_token": forged(header, said)}
        return {"id_token": jwt.encode(header, said, self.key, algorithms=[self.algorithm])}


def forged(header: dict[str, str], said: dict[str, Any]) -> str:
    """A token that whoever knows the public key can make: signed with that as a secret, or not."""

    def written(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    text = ".".join(written(json.dumps(part).encode()) for part in (header, said))
    mark = hmac.digest(OWN.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{written(mark) if header['alg'] != 'none' else ''}"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[ThreadingHTTPServer, Callable[[Fake], None]]]:
    now: list[Fake] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({
                "/.well-known/openid-configuration": now[-1].metadata(),
                "/keys": {"keys": [now[-1].shown.as_dict(private=False)]},
            }.get(self.path))  # fmt: skip

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(now[-1].token(parse_qs(data), self.headers.get("Authorization", "")))

        def _say(self, said: Any) -> None:
            self.send_response(400 if said is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield served, now.append
        served.shutdown()


@pytest.fixture
def provider(server: tuple[ThreadingHTTPServer, Callable[[Fake], None]]) -> Fake:
    served, begins = server
    fake = Fake(f"http://127.0.0.1:{served.server_port}")
    begins(fake)
    return fake


@pytest.fixture
def app(unit_file: Path, provider: Fake) -> Any:
    settings = Settings(provider=Provider(provider.issuer, CLIENT, SECRET))
    return board(str(unit_file), unit_file.with_suffix(".board"), settings)


def go(client: TestClient, next: str = "/cases") -> str:
    left = client.get(f"/oidc?next={next}", follow_redirects=False)
    assert left.status_code == 303
    assert left.headers["set-cookie"].startswith("reopen-oidc=")
    assert "HttpOnly" in left.headers["set-cookie"]
    return str(left.headers["location"])


def back(client: TestClient, brought: dict[str, str]) -> Any:
    return client.get("/oidc/back", params=brought, follow_redirects=False)


def link(browser: Browser, provider: Fake, subject: str) -> Any:
    page = browser.post("/me/oidc")
    assert page.status_code == 200
    address = page.text.split('<a href="http')[1].split('"')[0].replace("&amp;", "&")
    return back(browser.client, provider.lets_in(f"http{address}", subject))


@pytest.fixture
def linked(client: Browser, provider: Fake, app: Any) -> None:
    """Mara is linked with the subject 17 of the provider."""
    assert link(client, provider, "17").headers["location"] == "/me"
    app.state.shared.sessions.end_all("mara")


@pytest.mark.usefixtures("linked")
def test_somebody_who_is_linked_comes_in(opened: TestClient, provider: Fake) -> None:
    assert urlsplit(provider.issuer).netloc in opened.get("/signin").text
    came = back(opened, provider.lets_in(go(opened, "/cases/K1"), "17"))
    assert (came.status_code, came.headers["location"]) == (303, "/cases/K1")
    shown = opened.get("/api/me").json()
    assert shown["actor"] == "mara"
    assert shown["linked"]


WRONG: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "of another time"},
    "no nonce": {"nonce": None},
    "audience": {"aud": "another board"},
    "no audience": {"aud": []},
    "authorized party": {"aud": [CLIENT, "another board"], "azp": "another board"},
    "expired": {"exp": int(time.time()) - 100},
    "never expires": {"exp": None},
    "not a time": {"exp": True},
    "of tomorrow": {"iat": int(time.time()) + 90_000},
    "issuer": {"iss": "http://127.0.0.1:1"},
    "subject": {"sub": "18"},
    "no subject": {"sub": ""},
    "a subject that is none": {"sub": ["17"]},
}


@pytest.mark.usefixtures("linked")
def test_an_answer_of_which_anything_is_wrong_lets_nobody_in(
    opened: TestClient, provider: Fake
) -> None:
    for what, otherwise in WRONG.items():
        said = back(opened, provider.lets_in(go(opened), "17", **otherwise))
        assert said.status_code == 403, what
        assert "mara" not in said.text
        assert opened.get("/api/me").status_code == 401, what


@pytest.mark.usefixtures("linked")
def test_another_key_or_way_of_signing_lets_nobody_in(
    opened: TestClient, provider: Fake, app: Any
) -> None:
    for key, algorithm in ((OTHER, "RS256"), (OWN, "HS256"), (OWN, "none")):
        provider.key, provider.algorithm = key, algorithm
        assert back(opened, provider.lets_in(go(opened), "17")).status_code == 403
    provider.key = provider.shown = OTHER  # it changed its keys: they are asked for again
    provider.algorithm = "RS256"
    app.state.shared.oidc._keys = (time.time() - 100, app.state.shared.oidc._keys[1])
    assert back(opened, provider.lets_in(go(opened), "17")).status_code == 303


@pytest.mark.usefixtures("linked")
def test_an_answer_is_good_once_in_one_browser_and_soon(
    opened: TestClient, provider: Fake, app: Any
) -> None:
    brought = provider.lets_in(go(opened), "17")
    again = dict(brought)
    elsewhere = TestClient(app, base_url=ORIGIN)
    assert back(elsewhere, provider.lets_in(go(opened), "17")).status_code == 403
    go(opened)  # the browser has gone anew: the earlier answer is not of its present way
    assert back(opened, brought).status_code == 403
    brought = provider.lets_in(go(opened), "17")
    assert back(opened, brought).status_code == 303
    assert back(opened, brought).status_code == 403
    assert back(opened, again).status_code == 403
    opened.cookies.clear()
    for wrong in ({"state": "x"}, {"iss": "http://127.0.0.1:1"}, {"error": "denied"}, {"code": ""}):
        brought = provider.lets_in(go(opened), "17") | wrong
        assert back(opened, brought).status_code == 403, wrong
    late = provider.lets_in(go(opened), "17")
    app.state.shared.oidc._clock = lambda: time.time() + 601
    assert back(opened, late).status_code == 403
    assert opened.get("/api/me").status_code == 401


def test_nobody_is_linked_by_a_name_or_by_somebody_elses_session(
    opened: TestClient, client: Browser, signed_in: Callable[[str], Browser], provider: Fake
) -> None:
    assert back(opened, provider.lets_in(go(opened), "mara")).status_code == 403
    stranger = signed_in("stranger")
    assert opened.post("/me/oidc").status_code == 401
    assert client.client.post("/me/oidc").status_code == 403  # without the form's token
    assert link(stranger, provider, "99").status_code == 303
    assert link(client, provider, "99").status_code == 403  # it lets in the stranger
    assert client.json("/me")["linked"] == ""
    page = client.post("/me/oidc").text
    address = "http" + page.split('<a href="http')[1].split('"')[0].replace("&amp;", "&")
    brought = provider.lets_in(address, "17")
    assert client.post("/signout").status_code == 303
    assert back(client.client, brought).status_code == 403
    assert stranger.post("/me/oidc/unlink").status_code == 303
    assert back(opened, provider.lets_in(go(opened), "99")).status_code == 403


def test_whoever_left_does_not_come_in_by_another_sign_in(
    opened: TestClient, signed_in: Callable[[str], Browser], provider: Fake, unit_file: Path
) -> None:
    assert link(signed_in("stranger"), provider, "99").status_code == 303
    assert back(opened, provider.lets_in(go(opened), "99")).status_code == 303
    leaves(unit_file)
    assert back(opened, provider.lets_in(go(opened), "99")).status_code == 403


@pytest.mark.parametrize(
    "said",
    [{"issuer": "http://127.0.0.1:1"}, {"token_endpoint": "http://elsewhere.example/token"},
     {"jwks_uri": None}, {"authorization_endpoint": "javascript:alert(1)"}],
)  # fmt: skip
def test_a_provider_that_does_not_say_safely_where_it_is_is_not_asked(
    opened: TestClient, provider: Fake, said: dict[str, Any]
) -> None:
    provider.said = said
    left = opened.get("/oidc", follow_redirects=False)
    assert left.status_code == 403
    assert "set-cookie" not in left.headers


def test_an_issuer_is_an_address_nobody_on_the_way_answers_for(tmp_path: Path) -> None:
    for issuer in ("http://id.example.org", "id.example.org", "", "ftp://localhost", "https://"):
        with pytest.raises(InvalidRecord):
            Provider(issuer, CLIENT)
    with pytest.raises(InvalidRecord):
        Provider("https://id.example.org", "")
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    given = provider_of("https://id.example.org", CLIENT, secret)
    assert given
    assert given.secret == SECRET
    assert SECRET not in repr(given)
    assert provider_of("", "", None) is None
    with pytest.raises(InvalidRecord, match="no address"):
        provider_of("", CLIENT, None)


def test_without_another_sign_in_nothing_leads_there(unit_file: Path) -> None:
    app = board(str(unit_file), unit_file.with_suffix(".board"))
    with TestClient(app, base_url=ORIGIN) as client:
        assert "/oidc" not in client.get("/signin").text
        for path in ("/oidc", "/oidc/back?state=x&code=y"):
            assert client.get(path, follow_redirects=False).status_code == 404


def test_a_state_of_before_there_were_other_sign_ins_is_taken_on(tmp_path: Path) -> None:
    path = tmp_path / "harbour.board"
    older = State(path)
    older.run("DROP TABLE identity")
    older.run("PRAGMA user_version = 1")
    older.run("INSERT INTO password (actor, hash, since) VALUES ('mara', 'x', 0)")
    older.close()
    state = State(path)
    oidc = Oidc(state, Provider("https://id.example.org", CLIENT), ORIGIN)
    oidc.link("mara", "17")
    assert oidc.actor_of("17") == "mara"
    assert state.one("SELECT actor FROM password") is not None
