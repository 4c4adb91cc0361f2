"""Prior odds and a database are terms of a unit's search: kept, used again, done again."""

from __future__ import annotations

from math import log10
from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import ANNA, BERT, LOG10_LR, PLAIN, population, references, stain

from reopen.records.access import Action, Actor, Grant, Standing
from reopen.records.results import FoundLink
from reopen.records.times import Interval
from reopen.store.unit import open_unit

CARL = {"TH01": ("13", "13"), "vWA": ("11", "12"), "FGA": ("10", "15")}


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A stain of Anna's, with Bert on file."""
    return begun(tmp_path / "harbour.reopen", {"bert": BERT})


@pytest.fixture
def nation(tmp_path: Path) -> Path:
    """Anna and Carl in a database."""
    return database(tmp_path / "nation.arrow", {"anna": ANNA, "carl": CARL})


def begun(path: Path, people: dict[str, dict[str, tuple[str, str]]], *stains: Path) -> Path:
    run("init", path, "--as", "mara")
    given = stains or (stain(path.parent, "A1", ANNA),)
    on_file = references(path.parent / f"{path.stem}.csv", people)
    assert run("import", path, *given, "--references", on_file).code == 0
    return path


def database(path: Path, people: dict[str, dict[str, tuple[str, str]]], *words: str) -> Path:
    path.unlink(missing_ok=True)
    said = run("database", "build", path, references(path.with_suffix(".csv"), people), *words)
    assert said.code == 0, said.err
    return path


def link(unit: Path, *words: object) -> Said:
    said = run("link", unit, "--population", population(unit.parent), *PLAIN, *words, "--json")
    assert said.code == 0, said.err
    return said


def again(unit: Path, *words: object) -> Said:
    """On the terms of the last search, but for these."""
    return run("link", unit, *words, "--json")


def found(said: Said) -> dict[str, Any]:
    return {each["id"]: each for each in said.json["links"]}


def listed(unit: Path) -> dict[str, Any]:
    return {each["id"]: each for each in run("links", unit, "--json").json}


def test_odds_after_the_dna_follow_from_the_prior_that_the_unit_keeps(unit: Path) -> None:
    run("import", unit, "--references", references(unit.parent / "late.csv", {"anna": ANNA}))
    first = found(link(unit, "--prior", "1/5000"))["A1 x anna"]
    expected = first["weight_log10"] - log10(5000)
    assert first["posterior"]["log10_odds"] == pytest.approx(expected)
    assert listed(unit)["A1 x anna"]["posterior"] == first["posterior"]
    assert "Odds after" in run("links", unit).out
    assert "from 1 to 5 000 before it as stated" in " ".join(
        run("why", unit, "A1 x anna").out.split()
    )

    run("import", unit, stain(unit.parent, "B1", ANNA))  # the next search has the same odds
    late = found(again(unit))["B1 x anna"]
    assert late["posterior"]["log10_odds"] == pytest.approx(late["weight_log10"] - log10(5000))


def test_other_odds_need_no_other_search(unit: Path) -> None:
    run("import", unit, "--references", references(unit.parent / "late.csv", {"anna": ANNA}))
    link(unit, "--prior", "1/5000")
    before = listed(unit)["A1 x anna"]
    said = again(unit, "--prior", "1/20")
    assert said.json["links"] == said.json["new"] == []
    assert said.json["run"]["parameters"]["prior"] == "1/20"
    now = listed(unit)["A1 x anna"]
    shift = now["posterior"]["log10_odds"] - before["posterior"]["log10_odds"]
    assert shift == pytest.approx(log10(5000 / 20))
    assert {**now, "posterior": None} == {**before, "posterior": None}
    assert len(run("why", unit, "A1 x anna", "--json").json["versions"]) == 1
    assert run("redo", unit, "last", "--json").json["same"]

    assert again(unit, "--prior", "none").code == 0
    assert listed(unit)["A1 x anna"]["posterior"] is None
    assert again(unit).json["run"] is None  # on these terms, nothing is left to do
    assert run("link", unit, "--prior", "perhaps").code == 2


def test_a_stain_is_linked_with_somebody_of_a_database(unit: Path, nation: Path) -> None:
    said = link(unit, "--database", nation)
    links = found(said)
    assert links.keys() == {"A1 x nation.arrow#anna"}
    assert links["A1 x nation.arrow#anna"]["weight_log10"] == pytest.approx(LOG10_LR, abs=0.01)
    sha = run("database", "show", nation, "--json").json["sha256"]
    assert said.json["run"]["parameters"]["database_hash"] == sha
    why = run("why", unit, "A1 x nation.arrow#anna", "--json").json
    assert why["terms"]["per_locus"].keys() == {"TH01", "vWA", "FGA"}
    redone = run("redo", unit, "last", "--json").json
    assert redone["same"]
    assert redone["links"] == 1


def test_only_what_is_new_looks_in_the_database(unit: Path, nation: Path) -> None:
    link(unit, "--database", nation)
    assert again(unit).json["run"] is None
    run("import", unit, stain(unit.parent, "B1", ANNA, CARL))
    second = again(unit)
    assert found(second).keys() == {"A1 x B1", "B1 x nation.arrow#anna", "B1 x nation.arrow#carl"}
    assert run("redo", unit, "last", "--json").json["same"]

    # a unit into which all of it came at once has the same links and numbers
    folder = unit.parent
    whole = begun(folder / "whole.reopen", {"bert": BERT}, folder / "A1.csv", folder / "B1.csv")
    link(whole, "--database", nation)
    weights = [{id: each["weight_log10"] for id, each in listed(one).items()}
               for one in (unit, whole)]  # fmt: skip
    assert weights[0] == pytest.approx(weights[1], abs=1e-9)


def test_a_database_that_moved_is_asked_for(unit: Path, nation: Path) -> None:
    link(unit, "--database", nation)
    moved = nation.rename(nation.with_name("moved.arrow"))
    said = run("redo", unit, "last")
    assert said.code == 2
    assert "nation.arrow" in said.err
    assert "--database FILE" in said.err
    assert run("link", unit).code == 2
    assert run("redo", unit, "last", "--database", moved, "--json").json["same"]
    assert run("link", unit, "--database", "none").code == 0


def test_a_database_that_changed_is_another_search(unit: Path, nation: Path) -> None:
    link(unit, "--database", nation)
    database(nation, {"anna": ANNA, "carl": CARL, "eva": ANNA})
    said = run("redo", unit, "last")
    assert said.code == 2
    assert "holds others than when it was searched" in said.err
    assert found(again(unit)).keys() == {"A1 x nation.arrow#anna", "A1 x nation.arrow#eva"}
    reasons = [each["reason"] for each in run("why", unit, "A1 x nation.arrow#anna", "--json")
               .json["versions"]]  # fmt: skip
    assert "Searched again on other terms" in reasons[-1]


def seen(unit: Path, actor: str) -> set[str]:
    with open_unit(unit) as opened, opened.reading(actor) as reader:
        return {one.id for one in reader.all(FoundLink)}


def with_a_second_actor(unit: Path) -> None:
    """Berg may work on K-1 alone, and nobody has approved that Mara sees staff."""
    with open_unit(unit) as opened, opened.writing("mara") as writer:
        writer.put(Actor(id="berg", name="Nora Berg", standing=Standing.DETECTIVE))
        writer.put(
            Grant(
                id="G1", actor="berg", case="K-1", actions=(Action.READ,),
                purpose="any work of the unit", during=Interval.parse("2000/.."), given_by="mara",
            )
        )  # fmt: skip


def test_who_may_see_the_stain_may_see_whom_of_a_database_it_is_linked_with(
    tmp_path: Path, nation: Path
) -> None:
    unit = tmp_path / "harbour.reopen"
    run("init", unit, "--as", "mara")
    for case, name in (("K-1", "A1"), ("K-2", "B1")):
        run("import", unit, stain(tmp_path, name, ANNA), "--case", case)
    with_a_second_actor(unit)
    link(unit, "--database", nation, "--as", "mara")
    both = {"A1 x nation.arrow#anna", "B1 x nation.arrow#anna"}
    assert seen(unit, "mara") == {"A1 x B1", *both}
    assert seen(unit, "berg") == {"A1 x nation.arrow#anna"}
    assert run("audit", unit, "--as", "mara").code in {0, 1}


def test_staff_of_a_database_takes_no_part_in_a_unit(unit: Path, tmp_path: Path) -> None:
    """Who may see a staff hit is said of staff whom the unit holds."""
    staff = database(tmp_path / "staff.arrow", {"tech": ANNA}, "--kept-as", "staff")
    said = link(unit, "--database", staff)
    assert not found(said)
    (told,) = [
        each for each in said.json["not_weighed"] if each["what"] == "staff in staff.arrow: 1"
    ]
    assert "--staff" in told["reason"]


def test_terms_gone_back_to_give_their_numbers_again(unit: Path) -> None:
    run("import", unit, "--references", references(unit.parent / "late.csv", {"anna": ANNA}))
    first = found(link(unit))["A1 x anna"]["weight_log10"]
    assert found(again(unit, "--theta", "0.03"))["A1 x anna"]["weight_log10"] < first
    again(unit, "--theta", "0")
    now = listed(unit)["A1 x anna"]
    assert now["weight_log10"] == pytest.approx(first, abs=1e-12)
    assert now["standing"]
