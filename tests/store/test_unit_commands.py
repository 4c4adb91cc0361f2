"""A unit's commands on both databases: made, filled, linked, redone, asked, backed up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.faces.unit_files import ANNA, BERT, PLAIN, population, references, stain

from reopen.records.access import Action, Actor, Grant, Standing
from reopen.records.results import FoundLink
from reopen.records.times import Interval
from reopen.store.unit import open_unit

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "harbour"


def link(unit: str | Path, folder: Path, *words: object) -> dict[str, float]:
    said = run("link", unit, "--population", population(folder), *PLAIN, *words, "--json")
    assert said.code == 0, said.err
    return {each["id"]: each["weight_log10"] for each in said.json["links"]}


def test_a_unit_at_work(
    place: str | Path, new_place: Callable[[], str | Path], tmp_path: Path
) -> None:
    assert run("init", place, "--as", "mara", "--name", "Harbour").code == 0
    assert run("init", place, "--as", "mara").code == 2  # never in the place of another
    people = references(tmp_path / "people.csv", {"anna": ANNA, "bert": BERT})
    brought = (EXAMPLE / "records", stain(tmp_path, "A1", ANNA), "--references", people)
    said = run("import", place, *brought)
    assert said.code == 0, said.out + said.err
    assert "held already" in run("import", place, *brought).out
    assert link(place, tmp_path).keys() == {"A1 x anna"}
    run("import", place, stain(tmp_path, "B1", BERT))
    assert link(place, tmp_path).keys() == {"B1 x bert"}
    assert run("redo", place).code == 0
    assert run("why", place, "B1", "bert").code == 0
    (found,) = run("disagreements", place, "--json").json
    assert found["field"] == "hair"
    assert all(entry["for_you"] for entry in run("log", place, "--json").json)
    doctor = {one["about"]: one["verdict"] for one in run("doctor", place, "--json").json}
    assert doctor["log"] == "holds"
    backup, other = tmp_path / "backup.reopen", new_place()
    assert run("backup", place, backup).code == 0
    assert run("restore", backup, other).code == 0
    assert run("links", other, "--json").json == run("links", place, "--json").json


@pytest.fixture
def shared(place: str | Path, tmp_path: Path) -> str | Path:
    """A unit with two cases and a staff member's profile; Berg may work on K-1 alone."""
    run("init", place, "--as", "mara")
    for case, name, who in (("K-1", "A1", ANNA), ("K-2", "B1", ANNA)):
        run("import", place, stain(tmp_path, name, who), "--case", case)
    suspect = references(tmp_path / "suspect.csv", {"anna": ANNA})
    run("import", place, "--suspects", suspect, "--case", "K-1")
    staff = references(tmp_path / "staff.csv", {"tech": ANNA})
    run("import", place, "--staff", staff)
    with open_unit(place) as unit, unit.writing("mara") as writer:
        writer.put(Actor(id="berg", name="Nora Berg", standing=Standing.DETECTIVE))
        writer.put(
            Grant(
                id="G1", actor="berg", case="K-1", actions=(Action.READ, Action.ADD),
                purpose="any work of the unit", during=Interval.parse("2000/.."), given_by="mara",
            )
        )  # fmt: skip
    return place


def test_what_somebody_may_not_see_takes_no_part(shared: str | Path, tmp_path: Path) -> None:
    """The lead's grant on staff is approved by nobody since there is a second actor: her search is
    of all but staff. Berg sees of it what is of K-1 alone, and may keep no search of his own."""
    theirs = link(shared, tmp_path, "--as", "mara")
    assert theirs.keys() == {"A1 x anna", "A1 x B1", "B1 x anna"}
    with open_unit(shared) as unit:
        with unit.reading("berg") as reader:
            assert {one.id for one in reader.all(FoundLink)} == {"A1 x anna"}
        with unit.reading("mara") as reader:
            assert {one.id for one in reader.all(FoundLink)} == theirs.keys()
    said = run("link", shared, "--as", "berg")
    assert said.code == 2
    assert "berg may not add a run" in said.err


def test_a_file_of_one_case_can_be_brought_by_who_works_on_it(
    shared: str | Path, tmp_path: Path
) -> None:
    table = tmp_path / "exhibits.csv"
    table.write_text("id,case,description\nE1,K-1,glove\n", encoding="utf-8")
    said = run("import", shared, table, "--case", "K-1", "--as", "berg")
    assert said.code == 0, said.err
    table.write_text("id,case,description\nE2,K-2,glove\n", encoding="utf-8")
    said = run("import", shared, table, "--case", "K-2", "--as", "berg")
    assert said.code == 2
    assert run("cases", shared, "K-1", "--as", "berg", "--json").json["exhibits"][0]["id"] == "E1"
