"""Work behind the pages: done in a process of its own, stopped, gone on with, and nobody else's."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faces.unit_files import ANNA, BERT, references, stain
from tests.faces.web.conftest import Browser

from reopen.errors import NotAllowed, UnknownName
from reopen.faces.web.state import State
from reopen.faces.web.work import DONE_FOLDER, Stage, Work, Works
from reopen.faces.workbench.unit_files import Given
from reopen.faces.workbench.unit_import import import_files
from reopen.faces.workbench.unit_profiles import ReadAs
from reopen.store.unit import open_unit

PATIENCE_S = 300.0


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "harbour.board")


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def ended(works: Works, id: str) -> Work:
    until(lambda: not works.get(id, "mara").goes_on)
    return works.get(id, "mara")


def test_a_search_asked_for_on_a_page_is_done_and_its_links_are_there(
    client: Browser, unit_file: Path, tmp_path: Path
) -> None:
    files = [stain(tmp_path, "trace", ANNA), references(tmp_path / "r.csv", {"A": ANNA, "B": BERT})]
    with open_unit(unit_file) as unit:
        assert import_files(
            unit, "mara", [Given(path, ReadAs(kit="SGM Plus")) for path in files]
        ).kept
    asked = client.post("/runs/link")
    assert asked.status_code == 303
    path = asked.headers["location"]
    until(lambda: not client.json(path)["work"]["goes_on"])
    shown = client.json(path)
    assert shown["work"]["stage"] == "done", shown
    assert len(shown["result"]["told"]["new"]) == 3
    assert "came in since the search before" in client.get(path).text
    assert client.json("/links")["total"] == len(shown["result"]["told"]["links"])


def test_work_is_seen_and_stopped_by_who_asked_for_it_only(
    state: State, unit_file: Path, client: Browser, signed_in: Callable[[str], Browser]
) -> None:
    path = client.post("/runs/link").headers["location"]
    stranger = signed_in("stranger")
    assert stranger.json("/runs")["works"] == []
    assert stranger.get(path).status_code == 404
    assert stranger.post(path + "/stop").status_code == 404
    assert stranger.post(path + "/resume").status_code == 404


def test_stopped_work_says_whether_it_goes_on_or_begins_anew(client: Browser) -> None:
    works = client.client.app.state.shared.works  # type: ignore[attr-defined]
    works._at_once = 0
    path = client.post("/runs/link").headers["location"]
    assert "waiting for its turn" in client.get(path).text
    client.post(path + "/stop")
    assert "it begins anew" in client.get(path).text
    assert client.json(path)["kept"] is False
    done = works.folder(path.rpartition("/")[2]) / DONE_FOLDER
    done.mkdir()
    (done / "A1").write_text("a stain that was taken apart")
    assert "it goes on from there" in client.get(path).text
    assert client.json(path)["kept"] is True


def test_a_step_in_one_piece_has_no_share_that_stands_still(client: Browser) -> None:
    shared = client.client.app.state.shared  # type: ignore[attr-defined]
    shared.works._at_once = 0
    path = client.post("/runs/link").headers["location"]
    told = "UPDATE work SET stage = 'running', step = 'weighing', done = ?, of_all = ?"
    shared.state.run(told, (0, 1))
    assert client.json(path)["work"]["share"] is None
    assert "0 of 1" not in client.get(path).text
    shared.state.run(told, (1, 4))
    assert client.json(path)["work"]["share"] == 0.25
    assert "1 of 4" in client.get(path).text


def test_a_search_says_what_it_could_not_weigh(client: Browser) -> None:
    shared = client.client.app.state.shared  # type: ignore[attr-defined]
    shared.works._at_once = 0
    id = client.post("/runs/link").headers["location"].rpartition("/")[2]
    told = {"links": [], "series": [], "new": [], "not_weighed": [
        {"what": "A7", "reason": "No kit is named.", "file": "a.csv", "line": 3, "field": ""}
    ]}  # fmt: skip
    result = json.dumps({"told": told, "about": {}})
    shared.state.run("UPDATE work SET stage = 'done', result = ? WHERE id = ?", (result, id))
    page = client.get(f"/runs/{id}").text
    assert "Not weighed (1)" in page
    assert "<bdi>A7</bdi>: No kit is named." in page


def test_work_that_fails_says_why(state: State, tmp_path: Path) -> None:
    works = Works(state, str(tmp_path / "absent.reopen"))
    failed = ended(works, works.begin("mara", "link", "Link", {}))
    assert failed.stage is Stage.FAILED
    assert "cannot be read" in failed.said
    assert "absent.reopen" not in failed.said  # where it would lie is told to the log alone


def test_a_process_that_is_killed_is_told_and_can_go_on(state: State, unit_file: Path) -> None:
    works = Works(state, str(unit_file))
    id = works.begin("mara", "link", "Link", {})
    os.kill(works._processes[id].pid, signal.SIGKILL)
    assert ended(works, id).stage is Stage.FAILED
    assert "without a word (status -9)" in works.get(id, "mara").said
    works.resume(id, "mara")
    assert ended(works, id).stage is Stage.DONE


def test_work_is_stopped_and_goes_on(state: State, unit_file: Path) -> None:
    works = Works(state, str(unit_file))
    id = works.begin("mara", "link", "Link", {})
    with pytest.raises(NotAllowed):
        works.resume(id, "mara")
    works.stop(id, "mara")
    assert works.get(id, "mara").stage is Stage.STOPPED
    until(lambda: id not in works._processes)
    works.resume(id, "mara")
    assert ended(works, id).stage is Stage.DONE


def test_work_waits_for_its_turn(state: State, unit_file: Path) -> None:
    works = Works(state, str(unit_file), at_once=1)
    one, other = (works.begin("mara", "link", name, {}) for name in ("one", "other"))
    assert works.get(other, "mara").stage is Stage.WAITING
    assert ended(works, one).stage is Stage.DONE
    assert ended(works, other).stage is Stage.DONE


def test_a_board_that_closes_stops_its_work_and_says_so(state: State, unit_file: Path) -> None:
    works = Works(state, str(unit_file))
    id = works.begin("mara", "link", "Link", {})
    works.close()
    assert works.get(id, "mara").said == "The board was closed while this was under way."
    again = Works(State(state.path), str(unit_file))
    again.resume(id, "mara")
    assert ended(again, id).stage is Stage.DONE


def test_work_that_a_crash_left_is_stopped_when_the_board_is_back(
    state: State, unit_file: Path
) -> None:
    works = Works(state, str(unit_file), at_once=0)
    id = works.begin("mara", "link", "Link", {})
    back = Works(State(state.path), str(unit_file))
    assert back.get(id, "mara").stage is Stage.STOPPED


def test_no_work_of_that_name(state: State, unit_file: Path) -> None:
    with pytest.raises(UnknownName):
        Works(state, str(unit_file)).get("nothing", "mara")
