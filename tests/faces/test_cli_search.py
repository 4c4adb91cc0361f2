"""`reopen search`: who is found among many, as what, and what is said of everybody who is not."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log10
from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import (
    ANNA,
    BERT,
    LOG10_LR,
    PLAIN,
    RANDOM_MATCH,
    population,
    references,
    stain,
    stains,
)

import reopen
from reopen.formats import read_profiles
from reopen.records.access import Actor, Standing
from reopen.records.cases import Person
from reopen.records.stored import StoredProfile
from reopen.store.unit import open_unit

CARL = {"TH01": ("13", "13"), "vWA": ("11", "12"), "FGA": ("10", "15")}
CHILD = {"TH01": ("10", "11"), "vWA": ("14", "13"), "FGA": ("16", "12")}  # of Anna and Bert
OLD_KIT = {"TH01": ("10", "12")}  # Anna's at one locus
OTHER_KIT = {"D8S1179": ("10", "12")}
ON_FILE = {"anna": ANNA, "carl": CARL, "old": OLD_KIT, "other": OTHER_KIT}
FAMILY = """\
[profiles]
files = ["relatives.csv"]

[families.F]
mother = { sex = "female", missing = true }
child = { sex = "male", mother = "mother" }

[remains]
bones = { sex = "female" }
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "nation.arrow"
    people = references(tmp_path / "on file.csv", ON_FILE)
    said = run("database", "build", path, people)
    assert said.code == 0, said.err
    return path


def search(folder: Path, who: object, *words: object) -> Said:
    frequencies = ("--population", population(folder), *PLAIN)
    return run("search", who, *words, *frequencies, "--json")


def found(said: Said) -> dict[tuple[str, str], dict[str, Any]]:
    assert said.code == 0, said.err
    return {(each["other"]["profile"], each["relation"]): each for each in said.json["links"]}


def test_a_stain_is_looked_for_and_the_numbers_are_those_of_the_hand(
    database: Path, tmp_path: Path
) -> None:
    """Clean, of one person, theta 0: 1 over the random match probability."""
    said = search(tmp_path, stain(tmp_path, "A1", ANNA), database, "--contributors", "1")
    (link,) = found(said).values()
    assert link["other"]["profile"] == "anna"
    assert link["log10"] == pytest.approx(LOG10_LR, abs=0.01)
    assert link["log10_in_full"] == pytest.approx(LOG10_LR, abs=0.01)
    assert said.json["who"] == "stain A1"
    assert said.json["loci_in_common"] == {"3": 2, "1": 1, "0": 1}
    (one,) = said.json["databases"]
    assert (one["name"], one["people"]) == ("nation.arrow", 4)
    assert one["sha256"] == run("database", "show", database, "--json").json["sha256"]
    assert said.json["run"]["inputs"]["database nation.arrow"] == one["sha256"]


def test_a_person_is_looked_for_in_person_and_as_kin(database: Path, tmp_path: Path) -> None:
    """Without mutation the one shared allele of each locus is 1 / (2 p), or 1 / p at Anna's FGA."""
    people = references(tmp_path / "asked.csv", {"child": CHILD, "me": ANNA})
    words = ("--relations", "parent and child", "--chance", "100", "--least", "0")
    kin = found(search(tmp_path, f"{people}#child", database, *words))
    expected = log10(1 / 0.4) + log10(1 / 0.4) + log10(1 / 0.2)
    assert kin["anna", "parent and child"]["log10"] == pytest.approx(expected, abs=0.01)
    assert kin["anna", "parent and child"]["kind"] == "reference with a relative"
    same = found(search(tmp_path, f"{people}#me", database, "--least", "0"))
    assert same["anna", "same person"]["log10"] == pytest.approx(LOG10_LR, abs=1e-9)
    assert same["old", "same person"]["log10"] == pytest.approx(-log10(0.02), abs=1e-9)
    # of the two with Anna's three loci, so many would agree by chance
    assert same["anna", "same person"]["expected_chance"] == pytest.approx(2 * RANDOM_MATCH)
    # whoever is typed at TH01 alone agrees once in fifty, the two of three loci at all three only
    by_chance = 0.02 + 2 * RANDOM_MATCH
    assert same["old", "same person"]["expected_chance"] == pytest.approx(by_chance)


def test_the_missing_of_a_family_and_remains_are_looked_for(database: Path, tmp_path: Path) -> None:
    references(tmp_path / "relatives.csv", {"child": CHILD, "bones": ANNA})
    family = tmp_path / "family.toml"
    family.write_text(FAMILY, encoding="utf-8")
    missing = found(search(tmp_path, f"{family}#F", database, "--least", "0.5"))
    (link,) = missing.values()
    assert (link["one"]["profile"], link["other"]["profile"]) == ("anna", "F")
    assert link["other"]["missing_member"] == "mother"
    bones = found(search(tmp_path, f"{family}#bones", database))
    assert bones["anna", "same person"]["log10"] == pytest.approx(LOG10_LR, abs=1e-9)
    both = search(tmp_path, family, database)
    assert both.code == 2
    assert "F, bones" in both.err
    kin = search(tmp_path, f"{family}#F", database, "--relations", "full siblings")
    assert kin.code == 2
    assert "full siblings" in kin.err


def test_nobody_is_left_out_unsaid(database: Path, tmp_path: Path) -> None:
    asked = references(tmp_path / "asked.csv", {"me": ANNA})
    said = search(tmp_path, asked, database, "--least", "0", "--chance", "0.01")
    assert found(said).keys() == {("anna", "same person")}
    (left,) = said.json["left_out"]
    assert left == {
        "kind": "reference with reference",
        "relation": "same person",
        "n": 1,
        "least_log10": 0.0,
        "highest_log10": pytest.approx(-log10(0.02)),
        "most_chance": 0.01,
    }
    told = [f"{each['what']}: {each['reason']}" for each in said.json["not_weighed"]]
    assert any("people of the databases: 1: no locus in common" in each for each in told)
    text = run("search", asked, database, "--chance", "0.01", "--least", "0",
               "--population", population(tmp_path), *PLAIN)  # fmt: skip
    assert "1 not listed, reference with reference (same person)" in " ".join(text.out.split())


def test_kin_that_chance_leaves_out_are_counted(database: Path, tmp_path: Path) -> None:
    people = references(tmp_path / "asked.csv", {"child": CHILD})
    words = ("--relations", "parent and child", "--least", "0", "--chance", "0.0001")
    said = search(tmp_path, people, database, *words)
    assert not found(said)
    lefts = {left["relation"]: left for left in said.json["left_out"]}
    assert lefts["parent and child"]["n"] == 2  # Anna, and Anna of the old kit
    expected = log10(1 / 0.4) + log10(1 / 0.4) + log10(1 / 0.2)
    assert lefts["parent and child"]["highest_log10"] == pytest.approx(expected, abs=0.01)


def test_files_and_databases_are_searched_as_one(database: Path, tmp_path: Path) -> None:
    more = references(tmp_path / "more.csv", {"anna": BERT, "second": ANNA})
    asked = references(tmp_path / "asked.csv", {"me": ANNA})
    said = search(tmp_path, asked, database, more)
    assert found(said).keys() == {
        ("nation.arrow#anna", "same person"),
        ("more.csv#second", "same person"),
    }
    assert [one["people"] for one in said.json["databases"]] == [4, 2]
    (tmp_path / "two").mkdir()
    again = references(tmp_path / "two" / "more.csv", {"x": BERT})
    assert search(tmp_path, asked, more, again).code == 2


def test_records_of_a_file_that_are_refused_are_listed(tmp_path: Path) -> None:
    people = references(tmp_path / "people.csv", {"anna": ANNA, "bad": {"TH01": ("10", "x,y")}})
    asked = references(tmp_path / "asked.csv", {"me": ANNA})
    said = search(tmp_path, asked, people)
    assert ("anna", "same person") in found(said)
    alone = read_profiles(people, role="references")
    assert alone.refused
    listed = {each["what"] for each in said.json["not_weighed"]}
    assert {item.what for item in alone.refused} <= listed


def test_a_unit_is_searched_without_its_staff(tmp_path: Path) -> None:
    unit = tmp_path / "harbour.reopen"
    run("init", unit, "--as", "mara")
    people = references(tmp_path / "on file.csv", {"anna": ANNA, "bert": BERT})
    staff = references(tmp_path / "staff.csv", {"officer": ANNA})
    words = ("--references", people, "--staff", staff)
    assert run("import", unit, stain(tmp_path, "A1", ANNA), *words).code == 0
    said = search(tmp_path, stain(tmp_path, "B1", ANNA), unit, "--purpose", "review of B1",
                  "--contributors", "1")  # fmt: skip
    assert found(said).keys() == {("anna", "same person")}
    assert "officer" not in said.out
    reads = run("access", "reads", unit, "--json").out
    assert "review of B1" in reads
    assert run("links", unit, "--json").json == []  # nothing of the search is kept


def test_who_acts_in_a_unit_is_staff_too(tmp_path: Path) -> None:
    """Whose person is that of an actor is not told to be on a trace by a search."""
    unit = tmp_path / "harbour.reopen"
    run("init", unit, "--as", "mara")
    people = references(tmp_path / "on file.csv", {"anna": ANNA, "bert": BERT})
    assert run("import", unit, "--references", people).code == 0
    asked = references(tmp_path / "asked.csv", {"me": ANNA})
    assert found(search(tmp_path, asked, unit)).keys() == {("anna", "same person")}
    with open_unit(unit) as opened:
        with opened.reading("mara") as reader:
            anna = reader.get(StoredProfile, "anna")
        assert anna is not None
        sten = Actor(id="sten", name="Sten Ek", standing=Standing.VOLUNTEER, person="P1")
        with opened.writing("mara", reason="known now") as writer:
            writer.put_many([Person(id="P1"), replace(anna, person="P1"), sten])
        with opened.reading("mara") as reader:
            assert reader.get(StoredProfile, "anna")
    said = search(tmp_path, asked, unit, "--as", "mara")
    assert "anna" not in found(said)
    assert "anna" not in said.out


def test_who_looks_is_said_of_units_alone(database: Path, tmp_path: Path) -> None:
    asked = references(tmp_path / "asked.csv", {"me": ANNA})
    said = search(tmp_path, asked, database, "--as", "mara")
    assert said.code == 2
    assert "--as without a unit" in said.err


def test_a_unit_with_nobody_to_see(tmp_path: Path) -> None:
    unit = tmp_path / "empty.reopen"
    run("init", unit, "--as", "mara")
    said = search(tmp_path, references(tmp_path / "asked.csv", {"me": ANNA}), unit)
    assert said.code == 2
    assert "Nobody typed in empty.reopen" in said.err


def test_one_is_looked_for_at_a_time(database: Path, tmp_path: Path) -> None:
    asked = references(tmp_path / "asked.csv", {"me": ANNA, "you": BERT})
    several = search(tmp_path, asked, database)
    assert several.code == 2
    assert "me, you" in several.err
    nobody = search(tmp_path, f"{asked}#they", database)
    assert nobody.code == 2
    assert "'they'" in nobody.err
    mixed = stains(tmp_path / "mixed.csv", {"S1": (ANNA,), "S2": (BERT,)}, 1000)
    assert search(tmp_path, f"{mixed}#S2", database, "--contributors", "1").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--relations", "twin brothers"), "twin brothers"),
        (("--chance", "0"), "0.0 chance hits"),
        (("--least", "nan"), "not a number"),
        (("--prior", "often"), "often"),
    ],
)
def test_what_no_search_can_be_made_of(
    words: tuple[str, ...], told: str, database: Path, tmp_path: Path
) -> None:
    said = search(tmp_path, references(tmp_path / "asked.csv", {"me": ANNA}), database, *words)
    assert said.code == 2
    assert told in said.err


def test_files_that_are_none(database: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("no profiles here\n", encoding="utf-8")
    asked = references(tmp_path / "asked.csv", {"me": ANNA})
    for words in ((bad, database), (asked, bad), (tmp_path / "gone", database),
                  (asked, tmp_path / "gone.arrow")):  # fmt: skip
        said = search(tmp_path, *words)
        assert said.code == 2, said.out
        assert said.err


def test_values_are_looked_for_and_the_report_says_who(database: Path, tmp_path: Path) -> None:
    (me,) = read_profiles(references(tmp_path / "asked.csv", {"me": ANNA})).references
    done = reopen.search(me, database, population=str(population(tmp_path)), prior="1/1000")
    assert "Looked for: me." in str(done)
    assert "Posterior odds" in str(done)
    report, data = reopen.write_results(done, tmp_path / "found")
    page = report.read_text(encoding="utf-8")
    assert "Search for me" in page
    assert "Among: 4 people" in page
    assert json.loads(data.read_text(encoding="utf-8"))["who"] == "me"
