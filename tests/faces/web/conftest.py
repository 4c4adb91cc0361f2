"""A small unit behind a board, and browsers signed in as its people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.faces.web.chromium import chromium

from reopen.faces.web.app import board
from reopen.records.access import Actor, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role, Sample
from reopen.records.statements import Statement
from reopen.store.unit import create_unit

ORIGIN = "http://localhost:8000"
PASSWORD = "four words nobody joins"

MARA = Actor(id="mara", name="Mara Lind", standing=Standing.LEAD)
STRANGER = Actor(id="stranger", name="Sten Ek", standing=Standing.RESERVIST)
HELD = (
    STRANGER,
    Case(id="K1", title="The crimson umbrella", agency="Harbour"),
    Case(id="K 2/3", title="<script>alert(1)</script>"),
    Exhibit(id="E1", case="K1", description="a crimson umbrella"),
    Sample(id="S1", exhibit="E1", kind="swab"),
    Person(id="P1"),
    Involvement(id="I1", case="K1", person="P1", role=Role.SUSPECT),
    Statement(id="T1", subject=Ref("case", "K1"), field="town", value="Harrowgate"),
    Statement(id="T2", subject=Ref("person", "P1"), field="name", value="A. Quillfeather"),
)
"""What the unit holds beside its lead, who may see it all; the stranger has no grant."""


@dataclass
class Browser:
    """A browser signed in as somebody."""

    client: TestClient
    actor: str

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def json(self, path: str) -> Any:
        answer = self.client.get("/api" + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self) -> str:
        """What a page of this session gives its forms."""
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', self.get("/me").text)
        assert found
        return found[1]

    def post(self, path: str, **fields: Any) -> Any:
        """A form of one of our own pages, as the browser sends it; where it leads is not opened."""
        return self.client.post(
            path,
            data={"form_token": self.token(), **fields},
            headers={"Origin": ORIGIN},
            follow_redirects=False,
        )


@pytest.fixture
def unit_file(tmp_path: Path) -> Path:
    """The unit; tests may add to it."""
    path = tmp_path / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    return path


@pytest.fixture
def app(unit_file: Path) -> FastAPI:
    return board(str(unit_file), unit_file.with_suffix(".board"))


@pytest.fixture
def opened(app: FastAPI) -> Iterator[TestClient]:
    """A browser that nobody has signed in with."""
    with TestClient(app, base_url=ORIGIN) as client:
        yield client


@pytest.fixture
def signed_in(app: FastAPI, opened: TestClient) -> Callable[[str], Browser]:
    """Signs somebody in, in a browser of their own. (`opened` holds the board open.)"""

    def as_(actor: str) -> Browser:
        client = TestClient(app, base_url=ORIGIN)
        token = app.state.shared.sessions.begin(actor)
        client.cookies.set(app.state.shared.cookie, token)
        return Browser(client, actor)

    return as_


@pytest.fixture
def client(signed_in: Callable[[str], Browser]) -> Browser:
    """A browser of the unit's lead."""
    return signed_in("mara")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Real Chromium, for the tests of one module."""
    with chromium() as opened:
        yield opened
