"""Attacks on the edges of the board: each is one that somebody would try."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import anyio
import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from tests.faces.web.conftest import ORIGIN, PASSWORD, STRANGER, Browser

from reopen.errors import CannotStore, NotAllowed
from reopen.faces.web import passkeys, uploads
from reopen.faces.web.accounts import Throttle
from reopen.faces.web.app import Settings, board
from reopen.faces.web.gatekeeping import Gatekeeper, Limits
from reopen.faces.web.passkeys import Passkeys
from reopen.faces.web.serve import _CIPHERS
from reopen.faces.web.state import State
from reopen.records.access import Actor
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.statements import Statement
from reopen.records.times import Interval
from reopen.store.unit import open_unit

FROM_US = {"Origin": ORIGIN}


def come_in(opened: TestClient, actor: str) -> Any:
    shared = opened.app.state.shared  # type: ignore[attr-defined]
    link = f"/invitation/{shared.accounts.invite(actor, 'the server')}"
    return opened.post(link, data={"password": PASSWORD, "again": PASSWORD}, headers=FROM_US)


def leaves(unit_file: Path) -> None:
    """The stranger leaves the unit."""
    left = Actor(
        id=STRANGER.id, name=STRANGER.name, standing=STRANGER.standing, left=Interval.parse("2020")
    )
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put(left, reason="moved away")


# Somebody who left


def test_whoever_leaves_the_unit_is_signed_out_and_does_not_come_in_again(
    opened: TestClient, client: Browser, unit_file: Path
) -> None:
    assert come_in(opened, "stranger").status_code == 200
    assert opened.get("/api/me").json()["actor"] == "stranger"
    shared = opened.app.state.shared  # type: ignore[attr-defined]
    link = f"/invitation/{shared.accounts.invite('stranger', 'the server')}"
    leaves(unit_file)
    for path in ("/api/me", "/api/changes", "/api/runs", "/api/reports", "/ledger/policy.txt"):
        answer = opened.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 401, path
        assert "Lind" not in answer.text
    data = {"actor": "stranger", "password": PASSWORD}
    said = opened.post("/signin", data=data, headers=FROM_US)
    assert said.status_code == 401
    assert "do not go together" in said.text
    assert opened.get(link).status_code == 403
    assert client.post("/me/beside", supervisor="stranger", password=PASSWORD).status_code == 403
    assert client.get("/cases").status_code == 200


# Sessions


def test_an_invitation_ends_the_sessions_of_whoever_knew_the_password_before(
    opened: TestClient, signed_in: Callable[[str], Browser]
) -> None:
    thief = signed_in("mara")
    assert thief.get("/api/me").status_code == 200
    come_in(opened, "mara")
    assert thief.get("/api/me").status_code == 401
    assert opened.get("/api/me").status_code == 200


def test_somebody_sees_where_they_are_signed_in_and_signs_out_there(
    client: Browser, signed_in: Callable[[str], Browser]
) -> None:
    elsewhere, other = signed_in("mara"), signed_in("stranger")
    shown = client.json("/me")["sessions"]
    assert sorted(each["this"] for each in shown) == [False, True]
    assert client.post("/me/sessions/end").status_code == 303
    assert [each["this"] for each in client.json("/me")["sessions"]] == [True]
    assert elsewhere.get("/api/me").status_code == 401
    assert other.get("/api/me").status_code == 200


def test_over_tls_signing_out_takes_the_cookie_back(unit_file: Path) -> None:
    settings = Settings(origin="https://board.example.org", hosts=())
    app = board(str(unit_file), unit_file.with_suffix(".board"), settings)
    with TestClient(app, base_url="https://board.example.org") as client:
        shared = app.state.shared
        token = shared.sessions.begin("mara")
        headers = {
            "Cookie": f"__Host-reopen={token}",
            "X-Form-Token": shared.sessions.of(token).token(),
        }
        out = client.post("/signout", headers=headers, follow_redirects=False)
        assert "Secure" in out.headers["set-cookie"]  # else no browser heeds it
        assert "Max-Age=0" in out.headers["set-cookie"]


# Passwords


def test_many_guesses_at_once_are_counted_as_many() -> None:
    throttle = Throttle(5, 60.0, lambda: 0.0)
    assert [throttle.begins("mara") for _ in range(6)] == [0.0] * 5 + [60.0]
    throttle.succeeded("mara")
    assert throttle.begins("mara") == 0.0


def test_names_that_strangers_try_do_not_fill_the_memory() -> None:
    now = 0.0
    throttle = Throttle(5, 60.0, lambda: now)
    for number in range(1000):
        throttle.begins(f"nobody {number}")
    now = 121.0
    throttle.begins("mara")
    assert list(throttle._tried) == ["mara"]


# Requests


@pytest.mark.parametrize("path", ["/signin", "/passkey", "/me/purpose", "/invitation/x"])
def test_only_files_that_are_brought_in_are_large(client: Browser, path: str) -> None:
    headers = {**FROM_US, "Content-Type": "application/x-www-form-urlencoded"}
    large = b"password=" + b"x" * 600_000
    assert client.client.post(path, content=large, headers=headers).status_code == 413

    def pieces() -> Any:
        for at in range(0, len(large), 50_000):
            yield large[at : at + 50_000]

    cut = client.client.post(path, content=pieces(), headers=headers)
    assert cut.status_code == 413


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    limits = Limits(form_s=0.01)
    heard: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await receive()
        except Exception as error:
            heard.append(getattr(error, "status_code", error))

    async def never() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def deaf(message: Message) -> None:
        raise AssertionError(message)

    scope = {
        "type": "http", "method": "POST", "path": "/signin", "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1), "scheme": "http", "server": ("localhost", 80),
    }  # fmt: skip
    gate = Gatekeeper(app, ("localhost",), limits, secure=False)
    anyio.run(gate, scope, never, deaf)
    assert heard == [408]


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", '"UTF-16"', "undefined", "idna"])
@pytest.mark.parametrize("path", ["/signin", "/import"])
def test_forms_in_other_encodings_are_not_read(client: Browser, path: str, charset: str) -> None:
    body = b'--B\r\nContent-Disposition: form-data; name="actor"\r\n\r\n+2AA-\r\n--B--\r\n'
    headers = {**FROM_US, "Content-Type": f"multipart/form-data; boundary=B; charset={charset}"}
    assert client.client.post(path, content=body, headers=headers).status_code == 415


def test_a_page_of_the_same_name_without_tls_is_another_origin(unit_file: Path) -> None:
    settings = Settings(origin="https://board.example.org", hosts=())
    app = board(str(unit_file), unit_file.with_suffix(".board"), settings)
    with TestClient(app, base_url="https://board.example.org") as client:
        for origin, code in (
            ("http://board.example.org", 403),
            ("https://board.example.org.evil.example", 403),
            ("https://board.example.org", 401),
        ):
            said = client.post("/signin", headers={"Origin": origin})
            assert said.status_code == code, origin


def test_suites_of_tls_1_2_have_forward_secrecy_and_authenticate() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(_CIPHERS)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    for suite in context.get_ciphers():
        assert re.match(r"ECDHE-.*-(GCM|CHACHA20)|TLS_", suite["name"])


def test_one_actor_does_not_fill_the_queue_or_the_disk(
    client: Browser, signed_in: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.client.app.state.shared.works._at_once = 0  # type: ignore[attr-defined]
    codes = [client.post("/reports/links").status_code for _ in range(21)]
    assert codes == [303] * 20 + [403]
    assert signed_in("stranger").post("/reports/links").status_code == 303
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    send = signed_in("stranger")
    token = send.token()
    for code in (303, 422):
        files = {"files": ("a.csv", b"id,title,agency\n", "text/csv")}
        sent = send.client.post(
            "/import", files=files, headers={**FROM_US, "X-Form-Token": token},
            follow_redirects=False,
        )  # fmt: skip
        assert sent.status_code == code


# Errors


def test_where_the_unit_lies_is_told_to_the_log_alone(
    client: Browser, unit_file: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def away(*_: Any, **__: Any) -> Any:
        raise CannotStore(f"{unit_file} cannot be read: it is on a drive that is not there.")

    monkeypatch.setattr("reopen.store.unit.Unit.reading", away)
    for path in ("/cases", "/api/cases"):
        said = client.get(path)
        assert said.status_code == 503
        assert str(unit_file.parent) not in said.text
        number = re.search(r'(?:<code>|"number":")([0-9a-f]{8})', said.text)
        assert number
        assert number[1] in caplog.text
    assert str(unit_file) in caplog.text


def test_the_log_of_errors_holds_no_secret_of_an_address_and_no_line_of_somebody_else(
    unit_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = board(str(unit_file), unit_file.with_suffix(".board"))

    def breaks(token: str) -> str:
        raise RuntimeError

    monkeypatch.setattr(app.state.shared.accounts, "invited", breaks)
    with (
        caplog.at_level(logging.ERROR),
        TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client,
    ):
        said = client.get("/invitation/verysecret%0Anobody%20signed%20in")
    assert said.status_code == 500
    assert said.headers["content-security-policy"].startswith("default-src 'none'")
    assert said.headers["cache-control"] == "no-store"
    assert said.headers["x-content-type-options"] == "nosniff"
    told = [each.getMessage() for each in caplog.records if each.name == "reopen.web"]
    assert re.fullmatch(r"[0-9a-f]{8} GET /invitation/\{token\}", told[0])


def test_an_error_does_not_say_that_nothing_was_kept_where_nobody_knows(
    unit_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = board(str(unit_file), unit_file.with_suffix(".board"))
    monkeypatch.setattr("reopen.faces.web.signing_in.inside", lambda _: 1 / 0)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        read, sent = client.get("/signin"), client.post("/signin", headers=FROM_US)
    assert read.status_code == sent.status_code == 500
    assert "Try again." in read.text
    assert "it may have been kept" in sent.text


# Passkeys


def test_a_passkey_that_is_registered_already_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Passkeys(State(tmp_path / "x.board"), "localhost", ORIGIN)
    made = SimpleNamespace(credential_id=b"one", credential_public_key=b"key", sign_count=0)
    monkeypatch.setattr(passkeys, "verify_registration_response", lambda **_: made)
    kept.register("mara", kept.ask_to_register("mara", "Mara")["ticket"], {}, "a\ud800b")
    with pytest.raises(NotAllowed, match="registered already"):
        kept.register("stranger", kept.ask_to_register("stranger", "S")["ticket"], {}, "mine")
    assert [each.name for each in kept.of("mara")] == ["a?b"]
    assert kept.of("stranger") == []


def test_strangers_who_ask_to_sign_in_crowd_out_nobody_who_registers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "_MOST_ASKED", 3)
    kept = Passkeys(State(tmp_path / "x.board"), "localhost", ORIGIN)
    own = kept.ask_to_register("mara", "Mara")["ticket"]
    asked = [kept.ask_to_sign_in()["ticket"] for _ in range(5)]
    assert len(kept._signing_in._kept) == 3
    with pytest.raises(NotAllowed, match="too late"):
        kept.signed_in(asked[0], {})
    with pytest.raises(NotAllowed, match="too late"):
        kept.register("mara", asked[-1], {}, "")  # a ticket for the other thing
    assert kept._registering.take(own)[1] == "mara"


# What is not there, and what somebody may not see

GUESSED = (
    "/cases/{case}", "/evidence/{exhibit}", "/people/{person}", "/board/case/{case}",
    "/ledger/record?kind=case&id={case}", "/grants/who?kind=case&id={case}", "/search?words={case}",
    "/cases?words={case}", "/stains/{case}", "/cases/{case}?names=true", "/audit/{case}",
)  # fmt: skip
FILES = ("/ledger/receipt?kind=case&id={case}", "/ledger/code.svg?kind=case&id={case}",
         "/evidence-file/{sha}", "/evidence-picture/{sha}", "/import-refused/{sha}")  # fmt: skip
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/evidence-event", {"item": "{exhibit}", "event": "collected", "at": "1990"}),
    ("/evidence-gap", {"item": "{exhibit}", "during": "1991/1999", "why": "lost"}),
    ("/grants/mark", {"kind": "case", "id": "{case}", "why": "x", "classes": "minor"}),
    ("/grants/give", {"actor": "stranger", "case": "{case}", "actions": "read"}),
    ("/grants/ask", {"act": "expunge", "kind": "case", "id": "{case}", "why": "x"}),
    ("/stains/{case}/apart", {}),
    ("/reports/disclosure", {"case": "{case}", "to": "x"}),
    ("/search/look-for", {"profile": "{case}", "database": "x"}),
    ("/grants/recuse", {"case": "{case}", "why": "x"}),
    ("/grants/emergency", {"case": "{case}", "why": "x"}),
)


def test_a_guessed_name_is_answered_the_same_whether_it_is_there_or_not(
    signed_in: Callable[[str], Browser], unit_file: Path
) -> None:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        picture = writer.put_file(b"\x89PNG\r\n\x1a\n", name="a.png")
    there = {"case": "K1", "exhibit": "E1", "person": "P1", "sha": picture.id}
    guessed = {"case": "K8", "exhibit": "E8", "person": "P8", "sha": "0" * 64}
    stranger = signed_in("stranger")

    def said(answer: Any, names: dict[str, str]) -> tuple[int, str]:
        text = re.sub(r'(form_token" value=|X-Form-Token": )"\w+"', "", answer.text)
        text = re.sub(r"/\d{8}T\d{6}-\w{4}", "", text)  # an event's new name
        for kind, name in names.items():
            text = text.replace(name, kind)
        return answer.status_code, text

    for path in (*GUESSED, *(f"/api{path}" for path in GUESSED), *FILES):
        own, other = (said(stranger.get(path.format(**n)), n) for n in (there, guessed))
        assert own == other, path
    for path, fields in FORMS:
        one, two = (
            said(
                stranger.post(
                    path.format(**names), **{k: v.format(**names) for k, v in fields.items()}
                ),
                names,
            )
            for names in (there, guessed)
        )
        assert one == two, path


# Text from files that is no text

EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}'
EVIL_ID = "<svg onload=alert(3)>"


def test_text_from_files_stays_text_on_every_page(client: Browser, unit_file: Path) -> None:
    at = Interval.parse("1990-01-02")
    held = (
        Case(id=EVIL_ID, title=EVIL, agency=EVIL),
        Exhibit(id="E'1", case=EVIL_ID, description=EVIL, substrate=EVIL, note=EVIL),
        Sample(id="S'1", exhibit="E'1", kind=EVIL),
        Person(id=EVIL_ID, note=EVIL),
        Involvement(id="I'1", case=EVIL_ID, person=EVIL_ID, role=Role.SUSPECT),
        Statement(id="T'1", subject=Ref("case", EVIL_ID), field="town", value=EVIL, speaker=EVIL),
        Statement(id="T'2", subject=Ref("person", EVIL_ID), field="name", value=EVIL),
        CustodyEvent(
            id="V'1", item="E'1", event=EventKind.COLLECTED, at=at, giver=EVIL, receiver=EVIL_ID,
            place=EVIL, seal_after=EVIL, note=EVIL,
        ),
        CustodyEvent(
            id="V'2", item="E'1", event=EventKind.MOVED, at=Interval.parse("1994"), giver=EVIL_ID,
            receiver=EVIL, store=EVIL, seal_before="other",
        ),
    )  # fmt: skip
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put_many(held, reason=EVIL)
    client.post("/me/purpose", purpose=EVIL[:200])
    one, thing = quote(EVIL_ID, safe=""), quote("E'1", safe="")
    pages = (
        "/", "/cases", f"/cases/{one}", f"/cases/{one}?names=true", "/people", f"/people/{one}",
        "/evidence", f"/evidence/{thing}", f"/evidence?words={quote(EVIL)}", "/search?words=alert",
        f"/search?words={quote(EVIL)}&names=true", "/map", f"/board/case/{one}", "/ledger",
        f"/ledger/record?kind=case&id={one}", "/grants", "/grants/looks", "/audit", "/me", "/runs",
        f"/cases?words={quote(EVIL)}", f"/people/{quote(EVIL)}", f"/stains?words={quote(EVIL)}",
        f"/grants/who?kind={quote(EVIL)[:50]}&id={one}", f"/signin?next={quote(EVIL)}",
    )  # fmt: skip
    evil = 0
    for path in pages:
        html = client.get(path, headers={"Accept": "text/html"}).text
        evil += "&lt;img src=x onerror" in html
        assert not re.search(r"<(script>|img src=x|svg onload)", html), path
        assert "49" not in re.findall(r"alert\(2\)&lt;/script&gt;(..)", html), path
    assert evil > 8


def test_an_answer_for_programs_is_not_taken_for_a_page(client: Browser) -> None:
    for path in ("/api/cases/K%202%2F3", "/api/people/%3Cscript%3Ealert(1)%3C%2Fscript%3E"):
        answer = client.get(path)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
