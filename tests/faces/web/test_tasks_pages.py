"""Tasks on the board: given on a case's page, listed, changed, ended, undone; and who sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.faces.web.conftest import Browser

from reopen.records.access import Action, Actor, Grant, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Interview, Person
from reopen.records.tasks import Task
from reopen.records.times import Interval
from reopen.store.unit import open_unit

at = Interval.parse
HELD = (
    Actor(id="berg", name="Nora Berg", standing=Standing.DETECTIVE),
    Actor(id="gone", name="Gone Away", standing=Standing.DETECTIVE, left=at("2020")),
    Grant(id="G1", actor="berg", case="K7", actions=(Action.READ, Action.ADD, Action.AMEND),
          purpose="review", during=at("2000/.."), given_by="mara"),
    Case(id="K7", title="The quarry"),
    Exhibit(id="E7", case="K7", description="a rope"),
    Person(id="W7"),
    Interview(id="H7", case="K7", person="W7", named=at("1987")),
    Task(id="K7-T1", case="K7", what="ask the store", owner="mara", due=at("2020-01")),
    Task(id="K1-T1", case="K1", what="call the crimson witness", owner="berg"),
    Task(id="K1/T 2", case="K1", what="<i>measure</i>", subject=Ref("exhibit", "E1")),
)  # fmt: skip


@pytest.fixture
def held(unit_file: Path) -> Path:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    return unit_file


def whats(browser: Browser, query: str = "") -> list[str]:
    return [each["what"] for each in browser.json(f"/tasks{query}")["tasks"]]


def test_ones_own_the_units_and_nobodys(held: Path, client: Browser) -> None:
    page = client.json("/tasks")
    assert [each["what"] for each in page["tasks"]] == ["ask the store"]
    assert (page["open"], page["overdue"]) == (1, 1)
    assert page["tasks"][0]["due"] == "2020-01, overdue"
    unit = ["ask the store", "call the crimson witness", "<i>measure</i>"]
    assert whats(client, "?whose=unit") == unit
    assert whats(client, "?whose=unit&by=case") == [*unit[1:], unit[0]]
    assert whats(client, "?whose=unit&which=overdue") == unit[:1]
    assert whats(client, "?whose=nobody") == unit[2:]
    assert whats(client, "?whose=unit&which=ended") == []
    text = client.get("/tasks?whose=unit").text
    assert "&lt;i&gt;measure" in text
    assert 'href="/evidence/E1"' in text
    assert "1 overdue" in text


def test_the_first_page_asks_how_many_wait(held: Path, client: Browser) -> None:
    """By a request of its own, so that it waits for nothing."""
    assert 'hx-get="/tasks"' in client.get("/").text
    found = re.search(r'<span id="open-tasks">(.*?)</span>', client.get("/tasks").text)
    assert found
    assert found[1] == "1 task open, <strong>1 overdue</strong>."


def test_a_task_is_given_on_the_page_of_its_case(held: Path, client: Browser) -> None:
    page = client.json("/cases/K7")
    assert ["exhibit E7", "E7, a rope"] in page["task_subjects"]
    assert [id for id, _ in page["owners"]] == ["mara", "stranger", "berg"]
    answer = client.post(
        "/tasks", case="K7", what="weigh the rope", owner="berg", due="2031-05",
        about="exhibit E7",
    )  # fmt: skip
    assert answer.status_code == 303
    assert answer.headers["location"] == "/cases/K7#tasks"
    [_, given] = client.json("/cases/K7")["tasks"]
    assert (given["owner_name"], given["due"], given["about"]["path"]) == (
        "Nora Berg", "2031-05", "/evidence/E7",
    )  # fmt: skip
    text = client.get("/cases/K7").text
    assert "weigh the rope" in text
    assert "Give a task" in text


def test_what_waits_becomes_a_task_with_a_click(held: Path, client: Browser) -> None:
    [waits] = client.json("/cases/K7")["waiting"]
    assert (waits["what"], waits["task"]) == ("Named, no interview recorded", "")
    assert "Make it a task" in client.get("/cases/K7").text
    client.post("/tasks", case="K7", what=waits["as_task"], about=waits["subject"])
    page = client.json("/cases/K7")
    [made] = [each for each in page["tasks"] if each["what"] == waits["as_task"]]
    assert made["about"]["kind"] == "interview"
    assert page["waiting"][0]["task"] == made["id"]
    text = client.get("/cases/K7").text
    assert "Make it a task" not in text
    assert "somebody has it" in text


def test_a_task_is_changed_ended_taken_up_and_undone(held: Path, client: Browser) -> None:
    path = f"/tasks/{quote('K1/T 2', safe='')}"
    changed = client.post(
        f"{path}/change", what="measure it", owner="berg", due="2031", reason="Berg can", version=1
    )
    assert changed.headers["location"] == path
    late = client.post(f"{path}/end", state="done", version=1)
    assert late.status_code == 422
    assert "changed by mara since" in late.text
    client.post(f"{path}/end", state="dropped", remark="it is gone", version=2)
    page = client.json(path)
    assert (page["task"]["state"], page["task"]["remark"]) == ("dropped", "it is gone")
    assert "Take it up again" in client.get(path).text
    client.post(f"{path}/undo", version=3)
    page = client.json(path)
    assert (page["task"]["state"], page["task"]["what"]) == ("open", "measure it")
    assert [each["reason"] for each in page["versions"]] == [
        "", "Berg can", "dropped: it is gone", "version 3 undone",
    ]  # fmt: skip
    client.post(f"{path}/end", state="done", version=4)
    assert whats(client, "?whose=unit&which=ended") == ["measure it"]


@pytest.mark.parametrize(
    ("step", "fields", "word"),
    [
        ("end", {"state": "finished"}, "no way for a task"),
        ("end", {"state": "dropped"}, "says why"),
        ("change", {"what": "w", "reason": " "}, "No reason"),
        ("change", {"what": "w", "reason": "r", "due": "soon"}, "not a time"),
        ("change", {"what": "w", "reason": "r", "owner": "nobody"}, "no actor"),
        ("undo", {}, "has not been changed"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    held: Path, client: Browser, step: str, fields: dict[str, str], word: str
) -> None:
    answer = client.post(f"/tasks/K7-T1/{step}", **fields)
    assert answer.status_code in (404, 422)
    assert word in answer.text


def test_who_may_not_see_the_case_sees_no_task(
    held: Path, client: Browser, signed_in: Callable[[str], Browser]
) -> None:
    """Berg sees K7's, not K1's, though one of those is for him; the stranger sees none."""
    berg, stranger = signed_in("berg"), signed_in("stranger")
    assert whats(berg, "?whose=unit") == ["ask the store"]
    assert whats(berg) == []
    assert "crimson" not in berg.get("/tasks").text
    for query in ("", "?whose=unit", "?whose=nobody", "?whose=unit&which=overdue"):
        page = stranger.json(f"/tasks{query}")
        assert (page["tasks"], page["open"], page["overdue"], page["total"]) == ([], 0, 0, 0)
    hidden, missing = berg.get("/api/tasks/K1-T1"), berg.get("/api/tasks/K1-T9")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text.replace("K1-T1", "") == missing.text.replace("K1-T9", "")
    assert berg.get("/tasks/K1-T1").status_code == 404
    for path, fields in (
        ("/tasks", {"case": "K1", "what": "w"}),
        ("/tasks", {"case": "K7", "what": "w", "about": "exhibit E1"}),
        ("/tasks/K1-T1/end", {"state": "done"}),
        ("/tasks/K1-T1/undo", {}),
        ("/tasks/K1-T1/change", {"what": "w", "reason": "r"}),
    ):
        assert berg.post(path, **fields).status_code == 404
    assert len(whats(client, "?whose=unit")) == 3


def test_a_change_needs_the_token_of_the_page(held: Path, client: Browser) -> None:
    answer = client.post("/tasks/K7-T1/end", form_token="0", state="done")
    assert answer.status_code == 403
    assert client.json("/tasks/K7-T1")["task"]["state"] == "open"
