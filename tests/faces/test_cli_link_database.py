"""Stains against a database of any size: the numbers of a search with the same people as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import ANNA, BERT, PLAIN, population, references, stain

CARL = {"TH01": ("13", "13"), "vWA": ("11", "12"), "FGA": ("10", "15")}
EVA = {"TH01": ("10", "11"), "vWA": ("11", "12"), "FGA": ("19", "19")}
ON_FILE = {"bert": BERT, "carl": CARL, "eva": EVA}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "nation.arrow"
    people = references(tmp_path / "on file.csv", {"anna": ANNA, **ON_FILE})
    said = run("database", "build", path, people)
    assert said.code == 0, said.err
    return path


def link(folder: Path, *words: object) -> Said:
    said = run(
        "link", stain(folder, "A1", ANNA), stain(folder, "B1", BERT, CARL),
        "--population", population(folder), *PLAIN, "--contributors", "auto", "--json", *words,
    )  # fmt: skip
    assert said.code == 0, said.err
    return said


def weights(said: Said) -> dict[tuple[str, str], Any]:
    return {(each["one"]["profile"], each["other"]["profile"]): each for each in said.json["links"]}


def test_a_database_gives_what_files_of_its_people_give(database: Path, tmp_path: Path) -> None:
    from_files = weights(link(tmp_path, "--references", tmp_path / "on file.csv", "--least", 0))
    found = weights(link(tmp_path, "--database", database, "--least", 0))
    assert ("A1", "anna") in found
    with_people = {pair for pair in from_files if pair[0] in {"A1", "B1"} and pair != ("A1", "B1")}
    assert {pair for pair in found if pair != ("A1", "B1")} == with_people
    for pair in with_people:
        for field in ("log10", "log10_in_full", "per_locus", "remarks"):
            assert found[pair][field] == from_files[pair][field]
        assert found[pair]["expected_chance"] == pytest.approx(from_files[pair]["expected_chance"])


def test_the_run_says_which_database(database: Path, tmp_path: Path) -> None:
    said = link(tmp_path, "--database", database)
    run_made = said.json["run"]
    hashes = {name: value for name, value in run_made["inputs"].items() if "nation.arrow" in name}
    (sha,) = hashes.values()
    assert sha == run("database", "show", database, "--json").json["sha256"]
    assert any("4 people of the database nation.arrow" in each for each in said.json["assumptions"])


def test_of_two_people_with_one_name_neither_is_hidden(database: Path, tmp_path: Path) -> None:
    other = references(tmp_path / "others.csv", {"anna": BERT})
    found = weights(link(tmp_path, "--database", database, "--references", other))
    assert ("A1", "nation.arrow#anna") in found
    assert ("A1", "anna") not in found
    assert ("B1", "anna") in found


def test_a_database_that_is_none(tmp_path: Path) -> None:
    bad = tmp_path / "nation.arrow"
    bad.write_text(json.dumps({}))
    said = run("link", stain(tmp_path, "A1", ANNA), "--database", bad)
    assert said.code == 2
    assert "nation.arrow" in said.err
