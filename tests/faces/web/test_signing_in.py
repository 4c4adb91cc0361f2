"""Who comes in, who does not, and what a session is bound to."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.faces.web.conftest import ORIGIN, PASSWORD, Browser

from reopen.errors import InvalidRecord, NotAllowed
from reopen.faces.web.accounts import Accounts, Throttle
from reopen.faces.web.sessions import IDLE_S, LONGEST_S, Session, Sessions
from reopen.faces.web.signing_in import inside
from reopen.faces.web.state import State

FROM_US = {"Origin": ORIGIN}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "harbour.board")


@pytest.fixture
def accounts(state: State, clock: Clock) -> Accounts:
    return Accounts(state, clock, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def invited(opened: TestClient, actor: str = "mara") -> str:
    shared = opened.app.state.shared  # type: ignore[attr-defined]
    return f"/invitation/{shared.accounts.invite(actor, 'the server')}"


def come_in(opened: TestClient, actor: str = "mara") -> Any:
    return opened.post(
        invited(opened, actor), data={"password": PASSWORD, "again": PASSWORD}, headers=FROM_US
    )


def held(opened: TestClient) -> set[str]:
    """Values of the browser's cookies."""
    return {each.value or "" for each in opened.cookies.jar}


def keep_only(opened: TestClient, value: str) -> None:
    opened.cookies.clear()
    opened.cookies.set("reopen", value)


def test_without_a_session_pages_lead_to_the_sign_in_and_programs_are_told(
    opened: TestClient,
) -> None:
    page = opened.get("/cases?words=umbrella", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (
        303,
        "/signin?next=%2Fcases%3Fwords%3Dumbrella",
    )
    twin = opened.get("/api/cases")
    assert twin.status_code == 401
    assert twin.json()["seen"] == "Nobody is signed in."
    assert "umbrella" not in twin.text


def test_an_invitation_opens_once_and_then_the_password_does(opened: TestClient) -> None:
    link = invited(opened)
    assert "Welcome, Mara Lind" in opened.get(link).text
    given = {"password": PASSWORD, "again": PASSWORD}
    came = opened.post(link, data=given, headers=FROM_US, follow_redirects=False)
    assert (came.status_code, came.headers["location"]) == (303, "/")
    assert opened.get("/api/me").json()["name"] == "Mara Lind"
    assert opened.get(link).status_code == 403  # used

    opened.cookies.clear()
    wrong = opened.post(
        "/signin", data={"actor": "mara", "password": PASSWORD + "x"}, headers=FROM_US
    )
    assert wrong.status_code == 401
    assert "do not go together" in wrong.text
    right = opened.post(
        "/signin",
        data={"actor": "mara", "password": PASSWORD, "next": "/cases/K1"},
        headers=FROM_US,
        follow_redirects=False,
    )
    assert (right.status_code, right.headers["location"]) == (303, "/cases/K1")


def test_an_invitation_is_not_used_up_by_a_password_that_is_refused(opened: TestClient) -> None:
    link = invited(opened)
    for given in ({"password": "short", "again": "short"}, {"password": PASSWORD, "again": "x"}):
        assert opened.post(link, data=given, headers=FROM_US).status_code == 422
    assert opened.get(link).status_code == 200


def test_somebody_unknown_and_a_wrong_password_are_answered_alike(opened: TestClient) -> None:
    come_in(opened)
    opened.cookies.clear()
    said = [
        opened.post("/signin", data={"actor": who, "password": "not it at all"}, headers=FROM_US)
        for who in ("mara", "nobody", "stranger")
    ]
    assert [each.status_code for each in said] == [401, 401, 401]
    texts = {re.sub(r'value="(mara|nobody|stranger)"', "", each.text) for each in said}
    assert len(texts) == 1


def test_the_cookie_is_not_for_scripts_nor_for_other_sites(opened: TestClient) -> None:
    given = {"password": PASSWORD, "again": PASSWORD}
    came = opened.post(invited(opened), data=given, headers=FROM_US, follow_redirects=False)
    cookie = came.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.casefold()
    assert "Path=/" in cookie


def test_a_sign_in_begins_a_session_of_its_own_and_signing_out_ends_it(
    opened: TestClient,
) -> None:
    come_in(opened)
    (first,) = held(opened)
    keep_only(opened, "chosen-by-somebody-else")
    data = {"actor": "mara", "password": PASSWORD}
    opened.post("/signin", data=data, headers=FROM_US)
    (own,) = held(opened) - {"chosen-by-somebody-else"}
    assert own != first
    keep_only(opened, own)
    token = re.search(r'form_token" value="(\w+)"', opened.get("/me").text)
    assert token
    opened.post("/signout", data={"form_token": token[1]}, headers=FROM_US)
    keep_only(opened, own)
    assert opened.get("/api/me").status_code == 401


@pytest.mark.parametrize("token", ["", "00", "zz", "ab" * 64])
def test_a_form_without_the_sessions_token_changes_nothing(client: Browser, token: str) -> None:
    data = {"form_token": token, "purpose": "Somebody else's"}
    said = client.client.post("/me/purpose", data=data, headers=FROM_US)
    assert said.status_code == 403
    assert client.json("/me")["purpose"] == ""


def test_a_token_of_another_session_changes_nothing(
    client: Browser, signed_in: Callable[[str], Browser]
) -> None:
    other = signed_in("stranger").token()
    data = {"form_token": other, "purpose": "Somebody else's"}
    assert client.client.post("/me/purpose", data=data, headers=FROM_US).status_code == 403


def test_a_purpose_is_kept_for_the_session_and_goes_into_the_log(
    client: Browser, unit_file: Path
) -> None:
    from reopen.store.unit import open_unit

    assert client.post("/me/purpose", purpose="Review of 1987").status_code == 303
    client.json("/cases/K1")
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        purposes = [each.version.purpose for each in reader.entries() if each.version]
    assert purposes[-1] == "Review of 1987"


def test_a_supervisor_signs_with_their_own_password(opened: TestClient, client: Browser) -> None:
    come_in(opened, "stranger")
    assert client.post("/me/beside", supervisor="stranger", password="x").status_code == 403
    assert client.post("/me/beside", supervisor="mara", password=PASSWORD).status_code == 403
    assert client.json("/me")["supervisor"] == ""
    assert client.post("/me/beside", supervisor="stranger", password=PASSWORD).status_code == 303
    assert client.json("/me")["supervisor"] == "stranger"
    client.post("/me/beside")
    assert client.json("/me")["supervisor"] == ""


def test_a_new_password_ends_the_other_sessions(opened: TestClient) -> None:
    come_in(opened)
    elsewhere = TestClient(opened.app, base_url=ORIGIN)
    data = {"actor": "mara", "password": PASSWORD}
    elsewhere.post("/signin", data=data, headers=FROM_US)
    assert elsewhere.get("/api/me").status_code == 200
    token = re.search(r'form_token" value="(\w+)"', opened.get("/me").text)
    assert token
    new = {"old": PASSWORD, "password": "another four words", "again": "another four words"}
    opened.post("/me/password", data={"form_token": token[1], **new}, headers=FROM_US)
    assert elsewhere.get("/api/me").status_code == 401
    assert opened.get("/api/me").status_code == 200


@pytest.mark.parametrize(
    "password", ["", "elevenchars", "x" * 257, "password1234", "aaaaaaaaaaaaaaaa", "marammaramm1"]
)
def test_passwords_that_are_none(accounts: Accounts, password: str) -> None:
    with pytest.raises(InvalidRecord):
        accounts.set_password("maramm", password)
    assert not accounts.has_way_in("maramm")


def test_a_password_is_kept_as_argon2id_and_in_any_form_of_its_letters(
    accounts: Accounts, state: State
) -> None:
    accounts.set_password("mara", "Übung macht den Meister")
    (row,) = state.rows("SELECT hash FROM password")
    assert row["hash"].startswith("$argon2id$")
    assert accounts.check("mara", "U\N{COMBINING DIAERESIS}bung macht den Meister")
    assert not accounts.check("mara", "Ubung macht den Meister")


def test_after_five_wrong_passwords_the_right_one_has_to_wait(accounts: Accounts) -> None:
    accounts.set_password("mara", PASSWORD)
    for _ in range(5):
        assert not accounts.check("mara", "not the right one")
    with pytest.raises(NotAllowed, match="Too many wrong passwords"):
        accounts.check("mara", PASSWORD)
    assert not accounts.check("anna", PASSWORD)  # others do not wait with her


def test_a_throttle_lets_somebody_try_again_when_the_time_is_over(clock: Clock) -> None:
    throttle = Throttle(2, 60.0, clock)
    throttle.failed("here")
    clock.now += 30
    throttle.failed("here")
    assert throttle.wait_s("here") == 30
    assert throttle.wait_s("there") == 0
    clock.now += 31
    assert throttle.wait_s("here") == 0


def test_an_invitation_ends_after_three_days_and_when_a_newer_one_is_made(
    accounts: Accounts, clock: Clock
) -> None:
    old, new = accounts.invite("mara", "lead"), accounts.invite("mara", "lead")
    with pytest.raises(NotAllowed):
        accounts.invited(old)
    assert accounts.invited(new) == "mara"
    clock.now += 72 * 3600 + 1
    with pytest.raises(NotAllowed):
        accounts.accept(new)


def test_a_session_ends_when_it_is_not_used_and_after_half_a_day(
    state: State, clock: Clock
) -> None:
    sessions = Sessions(state, clock)
    token = sessions.begin("mara")
    for _ in range(int(LONGEST_S / (IDLE_S - 60))):
        clock.now += IDLE_S - 60
        assert sessions.of(token) is not None
    clock.now += IDLE_S - 60
    assert sessions.of(token) is None  # half a day is over

    idle = sessions.begin("mara")
    clock.now += IDLE_S + 1
    assert sessions.of(idle) is None


def test_a_page_that_asks_by_itself_keeps_no_session_open(state: State, clock: Clock) -> None:
    sessions = Sessions(state, clock)
    left = sessions.begin("mara")
    for _ in range(IDLE_S // 60):
        clock.now += 60
        assert sessions.of(left, used=False) is not None
    clock.now += 1
    assert sessions.of(left, used=False) is None


@pytest.mark.parametrize("path", ["/api/changes", "/", "/runs", "/cases"])
def test_only_what_a_person_asked_for_is_a_use_of_the_session(client: Browser, path: str) -> None:
    state = client.client.app.state.shared.state  # type: ignore[attr-defined]
    state.run("UPDATE session SET seen = seen - 60")
    (before,) = state.one("SELECT seen FROM session")
    assert client.get(path, headers={"X-By-Itself": "1"}).status_code == 200
    assert tuple(state.one("SELECT seen FROM session")) == (before,)
    client.get(path)
    assert state.one("SELECT seen FROM session")[0] > before


def test_a_part_of_a_page_asked_for_after_the_session_leads_the_page_to_the_sign_in(
    opened: TestClient,
) -> None:
    shown = {"HX-Request": "true", "HX-Current-URL": f"{ORIGIN}/runs/1?x=2"}
    answer = opened.get("/runs/1", headers=shown, follow_redirects=False)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["HX-Redirect"] == "/signin?next=%2Fruns%2F1%3Fx%3D2"
    for elsewhere in ("https://elsewhere.example/", "http://["):
        shown = {"HX-Request": "true", "HX-Current-URL": elsewhere}
        answer = opened.get("/runs/1", headers=shown, follow_redirects=False)
        assert answer.headers["HX-Redirect"] == "/signin?next=%2F"


@pytest.mark.parametrize("path", ["/cases/K%202%2F3?names=true", "/people/50%25%3F%23", "/tasks"])
def test_the_sign_in_leads_back_to_the_very_page(opened: TestClient, path: str) -> None:
    answer = opened.get(path, follow_redirects=False)
    next = parse_qs(urlsplit(answer.headers["location"]).query)["next"][0]
    assert next == path
    assert inside(next) == path


def test_the_state_holds_no_secret_that_opens_a_session(state: State) -> None:
    token = Sessions(state).begin("mara")
    invitation = Accounts(state).invite("mara", "lead")
    held = state.path.read_bytes()
    assert token.encode() not in held
    assert invitation.encode() not in held
    assert state.path.stat().st_mode & 0o077 == 0


def test_a_forms_token_differs_each_time_and_holds() -> None:
    session = Session(b"name", "mara", bytes(range(32)))
    one, other = session.token(), session.token()
    assert one != other
    assert session.confirms(one)
    assert session.confirms(other)
    assert not session.confirms(one[:-2] + f"{int(one[-2:], 16) ^ 1:02x}")


@pytest.mark.parametrize(
    "path",
    ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "javascript:alert(1)",
     "/a\nb", "", "cases", "/signin?next=/signin", "http:cases", "/\t/x", "/%0a\r\nSet-Cookie: a"],
)  # fmt: skip
def test_the_way_back_leads_nowhere_else(path: str) -> None:
    assert inside(path) == "/"


def test_the_way_back_leads_to_our_own_pages() -> None:
    assert inside("/cases/K%201?words=a&b#c") == "/cases/K%201?words=a&b#c"


def test_who_comes_in_and_who_does_not_is_in_the_servers_log(
    app: FastAPI, opened: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """By name, if it is one of the unit; whatever else was typed there may be a password."""
    accounts = app.state.shared.accounts
    link = f"/invitation/{accounts.invite('mara', 'the server')}"
    with caplog.at_level(logging.INFO, "reopen.signin"):
        opened.post(link, data={"password": PASSWORD, "again": PASSWORD}, headers=FROM_US)
        for actor, password in (("mara", "not it"), (PASSWORD, "x\nmara"), ("mara", PASSWORD)):
            opened.post("/signin", data={"actor": actor, "password": password}, headers=FROM_US)
    told = [(each.levelname, each.getMessage().partition(";")[0]) for each in caplog.records]
    assert told == [
        ("INFO", "'mara': signed in by invitation, with a new password"),
        ("WARNING", "'mara': wrong password"),
        ("WARNING", "nobody of this unit: wrong password"),
        ("INFO", "'mara': signed in by password"),
    ]
    for secret in (PASSWORD, "not it", link.rpartition("/")[2]):
        assert secret not in caplog.text
    assert "testclient" in caplog.text
