"""What a unit holds as its commands show it, on the project's example tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.faces.unit_files import ANNA, PLAIN, population, references, stain

from reopen.records.access import Action, Actor, Grant, ReadEvent, Standing
from reopen.records.times import Interval
from reopen.store.unit import open_unit

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "harbour"
CASE = "K-1987-114"


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's unit, with a link of two invented profiles, and Berg who may see one case."""
    folder = tmp_path_factory.mktemp("unit")
    path = folder / "harbour.reopen"
    run("init", path, "--name", "Harbour", "--as", "mara", "--full-name", "Mara Lind")
    tables, stains = EXAMPLE / "records", EXAMPLE / "stains.csv"
    said = run("import", path, tables, stains, "--references", EXAMPLE / "database.csv")
    assert said.code == 0, said.out
    own = stain(folder, "S-9", ANNA)
    people = references(folder / "anna.csv", {"anna": ANNA})
    run("import", path, own, "--references", people, "--case", "K-1991-020")
    with open_unit(path) as opened, opened.writing("mara") as writer:
        writer.put(Actor(id="berg", name="Nora Berg", standing=Standing.DETECTIVE))
        writer.put(
            Grant(
                id="G1", actor="berg", case=CASE, actions=(Action.READ,), purpose="review",
                during=Interval.parse("2000/.."), given_by="mara",
            )
        )  # fmt: skip
    return path


def test_the_example_comes_in_whole(unit: Path) -> None:
    rows = {row["id"]: row for row in run("cases", unit, "--as", "mara", "--json").json}
    assert rows.keys() == {CASE, "K-1991-020"}
    assert (rows[CASE]["exhibits"], rows[CASE]["profiles"]) == (2, 1)
    assert rows[CASE]["title"] == "Woman on the east quay"
    text = run("cases", unit, "--as", "mara").out
    assert "Woman on the east quay, Harbour police" in " ".join(text.split())


def test_a_case_is_shown_with_who_said_what(unit: Path) -> None:
    text = run("cases", unit, CASE, "--as", "mara").out
    assert "weapon: blunt object, says Dr. Lund (case file p. 1)" in text
    assert "P-1: victim" in text
    assert re.search(r"K-1987-114-E2 +1987-03-16 +iron bar", text)
    view = run("cases", unit, CASE, "--as", "mara", "--json").json
    assert {one["field"] for one in view["statements"]} == {"offence", "site", "weapon", "status"}
    assert [one["id"] for one in view["profiles"]] == ["K-1987-114-A1"]


def test_statements_that_cannot_all_hold_are_told(unit: Path) -> None:
    (found,) = run("disagreements", unit, "--as", "mara", "--json").json
    assert (found["subject"]["id"], found["field"]) == ("P-2", "hair")
    assert [one["value"] for one in found["statements"]] == ["fair", "black"]
    text = run("disagreements", unit, "--as", "mara").out
    assert "fair, says witness Aud Berg (statement 4 p. 2), 1987-03-16" in text


def test_the_log_says_who_did_what(unit: Path) -> None:
    text = run("log", unit, "--changes", "--last", 3, "--as", "mara").out
    assert "Mara Lind" in text
    assert "grant G1" in text
    assert "shown" not in text
    entries = run("log", unit, "--last", 1000, "--as", "mara", "--json").json
    assert [entry["entry"] for entry in entries] == list(range(len(entries)))
    assert entries[0]["record"]["kind"] == "actor"


def test_what_is_not_for_somebody_is_there_as_such(unit: Path) -> None:
    assert [row["id"] for row in run("cases", unit, "--as", "berg", "--json").json] == [CASE]
    assert run("cases", unit, "K-1991-020", "--as", "berg").code == 2
    entries = run("log", unit, "--last", 1000, "--as", "berg", "--json").json
    assert [entry["entry"] for entry in entries] == list(range(len(entries)))
    hidden = [entry for entry in entries if not entry["for_you"]]
    assert hidden
    others = [entry for entry in entries if entry.get("by") != "berg"]  # he asked for it himself
    assert not any("K-1991-020" in str(entry) for entry in others)
    assert "not for you" in run("log", unit, "--last", 1000, "--as", "berg").out


def test_a_link_of_another_case_is_not_shown(unit: Path) -> None:
    said = run("link", unit, "--population", population(unit.parent), *PLAIN, "--as", "mara")
    assert "S-9 x anna" in said.out
    assert run("why", unit, "S-9", "anna", "--as", "mara").code == 0
    assert run("links", unit, "--as", "berg", "--json").json == []
    for words in (("S-9 x anna",), ("S-9", "anna")):
        assert run("why", unit, *words, "--as", "berg").code == 2
    assert run("links", unit, "--case", CASE, "--as", "mara", "--json").json == []
    assert run("redo", unit, "--as", "berg").code == 2


def test_who_acts_is_taken_from_the_environment(
    unit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("cases", unit)
    assert said.code == 2
    assert "It is not said who acts." in said.err
    assert "berg (Nora Berg)" in said.err
    monkeypatch.setenv("REOPEN_ACTOR", "berg")
    assert run("cases", unit, "--json").json == run("cases", unit, "--as", "berg", "--json").json


def test_a_unit_is_examined_kept_and_restored(unit: Path, tmp_path: Path) -> None:
    doctor = {one["about"]: one["verdict"] for one in run("doctor", unit, "--json").json}
    assert doctor["log"] == "holds"
    backup = tmp_path / "backup.reopen"
    said = run("backup", unit, backup, "--as", "mara", "--purpose", "evening", "--json")
    assert said.code == 0, said.err
    assert said.json["bytes"] == backup.stat().st_size
    restored = tmp_path / "restored.reopen"
    assert run("restore", backup, restored, "--json").json["entries"] == said.json["entries"]
    assert run("cases", restored, "--as", "mara", "--json").json
    assert run("backup", unit, backup, "--as", "mara").code == 2
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        looks = [look for look in reader.all(ReadEvent) if look.action is Action.EXPORT]
    assert [(look.target, look.purpose) for look in looks] == [
        ("backup to backup.reopen", "evening")
    ]


def test_a_broken_file_is_told_by_the_doctor(tmp_path: Path) -> None:
    path = tmp_path / "broken.reopen"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    said = run("doctor", path)
    assert said.code == 1
    assert "FAILS" in said.out
    for command in ("cases", "links", "log", "disagreements"):
        assert run(command, path).code == 2
