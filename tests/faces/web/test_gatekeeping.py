"""What no request passes, and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.faces.web.conftest import ORIGIN, Browser

from reopen.faces.web.app import Settings, board
from reopen.faces.web.gatekeeping import Limits
from reopen.faces.web.serve import Serving


@pytest.fixture
def strict(unit_file: Path) -> Iterator[TestClient]:
    """A board that lets little in."""
    limits = Limits(form_bytes=1000, per_minute=5)
    app = board(str(unit_file), unit_file.with_suffix(".board"), Settings(limits=limits))
    with TestClient(app, base_url=ORIGIN) as client:
        yield client


@pytest.mark.parametrize("path", ["/signin", "/nothing", "/static/board.css", "/api/cases"])
def test_every_answer_carries_the_policy(opened: TestClient, path: str) -> None:
    headers = opened.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_pages_are_kept_by_no_browser_and_our_own_files_for_good(
    opened: TestClient, client: Browser
) -> None:
    page = client.get("/cases")
    assert page.headers["cache-control"] == "no-store"
    style = next(part for part in page.text.split('"') if part.startswith("/static/board.css"))
    assert "immutable" in opened.get(style).headers["cache-control"]
    assert opened.get("/static/board.css").headers["cache-control"] == "no-cache"


def test_no_page_loads_anything_that_is_not_ours_or_runs_what_stands_in_it(
    client: Browser,
) -> None:
    for path in ("/cases", "/cases/K1", "/links", "/runs", "/me"):
        html = client.get(path).text
        assert " style=" not in html
        assert "<style" not in html
        assert "javascript:" not in html
        assert all(' src="/static/' in part for part in html.split("<script")[1:])


@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:8000", "", "[", "a@b"])
def test_asked_for_under_another_name_it_does_not_answer(opened: TestClient, host: str) -> None:
    said = opened.get("/signin", headers={"Host": host})
    assert said.status_code == 421
    assert "Harbour" not in said.text


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"])
def test_this_computers_own_names_are_answered(opened: TestClient, host: str) -> None:
    assert opened.get("/signin", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_sends_is_refused_also_with_a_session(
    client: Browser, headers: dict[str, str]
) -> None:
    data = {"form_token": client.token(), "purpose": "x"}
    assert client.client.post("/me/purpose", data=data, headers=headers).status_code == 403
    assert client.json("/me")["purpose"] == ""


def test_a_body_that_is_too_long_is_not_read(strict: TestClient) -> None:
    assert strict.post("/signin", content=b"x" * 1001).status_code == 413
    assert strict.post("/signin", headers={"Content-Length": "-1"}).status_code == 413


def test_who_asks_too_often_waits(strict: TestClient) -> None:
    codes = [strict.get("/signin").status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    assert strict.get("/signin").headers["retry-after"] == "10"


def test_over_tls_the_cookie_is_bound_to_the_host(unit_file: Path) -> None:
    settings = Settings(origin="https://board.example.org", hosts=())
    app = board(str(unit_file), unit_file.with_suffix(".board"), settings)
    with TestClient(app, base_url="https://board.example.org") as client:
        link = f"/invitation/{app.state.shared.accounts.invite('mara', 'the server')}"
        given = {"password": "four words nobody joins", "again": "four words nobody joins"}
        came = client.post(link, data=given, follow_redirects=False)
        assert came.headers["set-cookie"].startswith("__Host-reopen=")
        assert "Secure" in came.headers["set-cookie"]
        assert came.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get("/signin", headers={"Host": "localhost"}).status_code == 421


def test_an_error_nobody_expected_shows_a_number_and_nothing_else(
    unit_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = board(str(unit_file), unit_file.with_suffix(".board"))

    @app.get("/breaks")
    def breaks() -> None:
        raise RuntimeError("the umbrella's secret")

    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        said = client.get("/breaks")
    assert said.status_code == 500
    assert "umbrella" not in said.text
    (told,) = [each for each in caplog.records if each.name == "reopen.web"]
    assert str(told.args[0]) in said.text  # type: ignore[index]
    assert "the umbrella's secret" in caplog.text


@pytest.mark.parametrize(
    ("how", "address", "hosts"),
    [
        (Serving(), "http://localhost:8000", ("localhost", "127.0.0.1", "::1")),
        (Serving("::1"), "http://localhost:8000", ("localhost", "127.0.0.1", "::1")),
        (Serving("::", 80), "http://localhost:80", ("localhost", "127.0.0.1", "::1")),
        (Serving("0.0.0.0"), "http://localhost:8000", ("localhost", "127.0.0.1", "::1")),
        (Serving("192.0.2.7"), "http://192.0.2.7:8000", ("192.0.2.7",)),
        (Serving("2001:db8::7"), "http://[2001:db8::7]:8000", ("2001:db8::7",)),
        (Serving("board.example.org"), "http://board.example.org:8000", ("board.example.org",)),
        (Serving("::", origin="https://b.example/"), "https://b.example",
         ("localhost", "127.0.0.1", "::1")),
    ],
)  # fmt: skip
def test_the_address_told_is_one_that_a_browser_can_open(
    how: Serving, address: str, hosts: tuple[str, ...]
) -> None:
    assert how.address == address
    assert how.hosts == hosts


def test_who_listens_everywhere_is_told_under_which_name_it_answers() -> None:
    assert "as localhost alone" in Serving("::").warnings()[0]
    assert "--origin" in Serving("0.0.0.0").warnings()[0]
    assert "other computers" in Serving("::", origin="https://b.example").warnings()[0]
    assert Serving("::1").warnings() == []
