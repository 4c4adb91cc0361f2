"""What the OpenAPI document says, asked with everything it allows and much that it does not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient
from tests.faces.web.conftest import HELD, MARA, ORIGIN

from reopen.faces.web.accounts import Throttle
from reopen.faces.web.app import Settings, board
from reopen.faces.web.doing import do
from reopen.faces.web.gatekeeping import Limits
from reopen.store.unit import create_unit

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
"""A word that is no time may be refused where the document allows any word."""
KNOWN = (
    "K1", "K 2/3", "E1", "S1", "P1", "I1", "T1", "mara", "stranger", "read", "export", "case",
    "exhibit", "person", "lead", "reservist", "sexual offence", "staff", "collected", "explained",
    "expunge", "yes", "1987", "1987-03/1990", "2026-03-02T14:05+01:00", "120/15/105 mg", "-1",
    "nan", "1e400", "\x00", "\u202e", "\U0001f600", "../../etc/passwd", "{{7*7}}", "' OR 1",
)  # fmt: skip
"""What makes sense somewhere, and what makes none anywhere."""
SECRETS = ("umbrella", "Quillfeather", "Harrowgate")
"""What the unit says, and nobody without a grant is told."""


@dataclass(frozen=True)
class Fuzzed:
    """A board, and the document of its twins and forms. No work is begun there."""

    app: Any
    document: Any

    def headers(self, actor: str) -> dict[str, str]:
        """Of a program that is signed in as somebody, with its token for forms; '' as nobody."""
        headers = {"Host": "localhost", "Origin": "http://localhost", "Accept": "application/json"}
        if actor:
            shared = self.app.state.shared
            token = shared.sessions.begin(actor)
            headers["Cookie"] = f"{shared.cookie}={token}"
            headers["X-Form-Token"] = shared.sessions.of(token).token()
        return headers


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    path: Path = tmp_path_factory.mktemp("unit") / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    app = board(str(path), path.with_suffix(".board"), Settings(limits=Limits(per_minute=10**6)))
    shared = app.state.shared
    shared.works._at_once = 0
    shared.accounts._by_actor = Throttle(10**6)
    app.router.lifespan_context = _stays_open  # Schemathesis ends a board with the test
    cookie = f"{shared.cookie}={shared.sessions.begin('mara')}"
    headers = {"Host": "localhost", "Cookie": cookie}
    document = schemathesis.openapi.from_asgi("/api/openapi.json", app, headers=headers, timeout=60)
    yield Fuzzed(app, document)
    shared.units.close()
    shared.state.close()


@asynccontextmanager
async def _stays_open(app: Any) -> AsyncIterator[None]:
    yield


def asks_everything(
    fuzzed: Fuzzed, actor: str, examples: int, *, forms: bool | None = None
) -> Iterator[Any]:
    """Ask each operation of the document, and give its answers. forms: only those, or none."""
    for operation in fuzzed.document.get_all_operations():
        described = operation.ok()
        if forms is None or forms == (described.method.upper() == "POST"):
            # An own session for each: one of the forms ends it.
            yield from asks(described, fuzzed.headers(actor), examples)


def asks(operation: Any, headers: dict[str, str], examples: int) -> list[Any]:
    """Ask one operation; every answer is one that the document knows."""
    answers: list[Any] = []

    @given(case=operation.as_strategy(), data=st.data())
    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Any, data: st.DataObject) -> None:
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                for name in [name for name, value in part.items() if isinstance(value, str)]:
                    if data.draw(st.booleans()):
                        part[name] = data.draw(st.sampled_from(KNOWN))
        answer = case.call(headers=headers, allow_redirects=False, timeout=60)
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
        case.validate_response(answer, checks=CHECKS, headers=headers)
        answers.append(answer)

    ask()
    return answers


def test_no_address_makes_the_server_fail(fuzzed: Fuzzed) -> None:
    answers = list(asks_everything(fuzzed, "mara", 10, forms=False))
    assert {200, 404, 422} <= {each.status_code for each in answers}


def test_no_form_makes_the_server_fail(fuzzed: Fuzzed) -> None:
    answers = list(asks_everything(fuzzed, "mara", 3, forms=True))
    assert {303, 404, 422} <= {each.status_code for each in answers}


def test_somebody_without_a_grant_is_told_nothing_by_any_address_or_form(fuzzed: Fuzzed) -> None:
    for answer in asks_everything(fuzzed, "stranger", 1):
        assert not any(secret in answer.text for secret in SECRETS), answer.text


def test_nobody_signed_in_is_told_and_may_do_nothing(fuzzed: Fuzzed) -> None:
    answers = list(asks_everything(fuzzed, "", 1))
    assert {each.status_code for each in answers} <= {200, 401, 403, 404, 422}
    told = [each for each in answers if each.status_code == 200]
    assert told
    assert all(each.json().keys() == {"ticket", "options"} for each in told)  # of a passkey


SAMPLES = (
    b"id,title,agency\nK1,The umbrella,Harbour\nK9,Another,Harbour\n",
    b"id,case,description\nE1,K1,a crimson umbrella\n",
    b"SampleName,Marker,Allele 1,Allele 2,Height 1,Height 2\nT,TH01,6,9.3,500,480\n",
    b"Sample Name\tMarker\tAllele 1\tHeight 1\nS1\tD3S1358\t15\t300\n",
    b"[family]\nname = 'Quay'\n",
    b'<?xml version="1.0"?><CODISImportFile/>',
    b"Date,Place\n",
)
NAMES = ("cases.csv", "stains.txt", "exhibits.csv", "people.csv", "x.xml", "f.toml", "f.fam",
         "../../etc/passwd", "C:\\windows\\x.csv", "", ".", "a" * 400, "\x00.csv", "\u202ecsv.exe",
         "statements.csv", "custody_events.csv", "\N{GRINNING FACE}.csv")  # fmt: skip


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A file that was good, until somebody cut, repeated, turned over or filled some of it."""
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("cut", "put", "turn", "again", "long"))):
            case "cut":
                del data[at : at + draw(st.integers(1, 20))]
            case "put":
                data[at:at] = draw(st.binary(max_size=12))
            case "turn" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "again":
                data[at:at] = data
            case "long":
                data[at:at] = draw(st.sampled_from((b"9" * 400, b"\x00" * 50, b",,,,," * 90, b'"')))
    return bytes(data)


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A board whose work is begun by nobody, and somebody signed in at it."""
    path: Path = tmp_path_factory.mktemp("unit") / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    app = board(str(path), path.with_suffix(".board"), Settings(limits=Limits(per_minute=10**6)))
    shared = app.state.shared
    shared.works._at_once = 0
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        client.cookies.set(shared.cookie, shared.sessions.begin("mara"))
        client.headers["Origin"] = ORIGIN
        found = re.search(r'X-Form-Token": "(\w+)"', client.get("/me").text)
        assert found
        client.headers["X-Form-Token"] = found[1]
        yield client


@given(
    files=st.lists(st.tuples(st.sampled_from(NAMES), broken()), min_size=1, max_size=3),
    kind=st.sampled_from(("text/csv", "application/zip", "", "x")),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_file_that_is_sent_makes_the_server_or_its_reader_fail(
    idle: Any, files: list[tuple[str, bytes]], kind: str
) -> None:
    shared = idle.app.state.shared
    sent = [("files", (name, data, kind)) for name, data in files]
    answer = idle.post("/import", files=sent, follow_redirects=False)
    assert answer.status_code < 500, answer.text
    for work in shared.works.of("mara"):
        if work.goes_on:
            shared.state.run("UPDATE work SET stage = 'running' WHERE id = ?", (work.id,))
            do(shared.state, shared.units.where, work.id)
            told = shared.works.get(work.id, "mara")
            assert "did not expect" not in told.said
            page = idle.get(f"/import/{work.id}")
            assert page.status_code == 200, page.text


@pytest.mark.filterwarnings(  # a part that is cut off: Starlette leaves its file to the collector
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
@given(body=st.binary(max_size=300), cut=st.integers(0, 400))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_body_of_any_form_makes_the_server_fail(idle: Any, body: bytes, cut: int) -> None:
    whole = (
        b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
        + body + b"\r\n--B--\r\n"
    )  # fmt: skip
    for content, kind in (
        (whole[:cut], "multipart/form-data; boundary=B"),
        (body, "multipart/form-data; boundary=B"),
        (body, "multipart/form-data"),
        (body, "application/x-www-form-urlencoded"),
        (body, "application/json"),
    ):
        for path in ("/import", "/me/purpose", "/signin", "/passkey", "/runs/link"):
            answer = idle.post(path, content=content, headers={"Content-Type": kind})
            assert answer.status_code < 500, (path, kind, answer.text)
