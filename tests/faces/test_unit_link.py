"""A unit is linked by what is new in it; every search can be done again from the kept bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import (
    ANNA,
    BERT,
    LOG10_LR,
    PLAIN,
    population,
    references,
    stain,
)

from reopen.records.results import FoundLink
from reopen.records.stored import StoredFile
from reopen.store.unit import open_unit

CARL = {"TH01": ("13", "13"), "vWA": ("11", "12"), "FGA": ("10", "15")}


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A stain of Anna's, with Anna and Bert on file."""
    path = tmp_path / "harbour.reopen"
    run("init", path, "--as", "mara")
    people = references(tmp_path / "on file.csv", {"anna": ANNA, "bert": BERT})
    assert run("import", path, stain(tmp_path, "A1", ANNA), "--references", people).code == 0
    return path


def link(unit: Path, *words: object) -> Said:
    said = run("link", unit, "--population", population(unit.parent), *PLAIN, *words, "--json")
    assert said.code == 0, said.err
    return said


def found(said: Said) -> set[str]:
    return {each["id"] for each in said.json["links"]}


def weights(unit: Path) -> dict[str, float]:
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        return {each.id: each.weight_log10 for each in reader.all(FoundLink)}


def test_a_link_is_kept_with_its_terms(unit: Path) -> None:
    said = link(unit)
    assert found(said) == {"A1 x anna"}
    assert said.json["new"] == ["A1", "anna", "bert"]
    why = run("why", unit, "anna", "A1", "--json").json
    assert why["terms"]["per_locus"].keys() == {"TH01", "vWA", "FGA"}
    # theta 0, no drop-in to speak of: each term is 1 over the random match probability
    assert why["terms"]["log10"] == pytest.approx(LOG10_LR, abs=0.01)
    assert sum(why["terms"]["per_locus"].values()) == pytest.approx(LOG10_LR, abs=0.01)
    assert why["link"]["weight_log10"] == min(why["terms"]["log10"], why["terms"]["log10_in_full"])
    text = run("why", unit, "A1 x anna").out
    assert "In the search" in text
    assert "TH01" in text
    assert "Version 1" in text


def test_nothing_new_is_not_searched_again(unit: Path) -> None:
    link(unit)
    again = run("link", unit)  # on the terms of the last search
    assert again.code == 0
    assert "Nothing new: all 3 profiles" in again.out
    assert run("link", unit, "--json").json["run"] is None


def test_what_is_new_is_compared_with_everything_and_the_rest_is_left(unit: Path) -> None:
    first = link(unit)
    folder = unit.parent
    run("import", unit, stain(folder, "B1", ANNA, BERT))
    run("import", unit, "--references", references(folder / "late.csv", {"anna-2": ANNA}))
    second = run("link", unit, "--json")
    assert found(second) == {
        "B1 x anna", "B1 x bert", "A1 x B1", "A1 x anna-2", "B1 x anna-2", "anna x anna-2"
    }  # fmt: skip
    assert second.json["new"] == ["B1", "anna-2"]
    assert second.json["known"] == 3
    assert second.json["taken_apart"] == {"now": 1, "before": 1}
    everything = weights(unit)
    assert everything.keys() == found(first) | found(second)

    # a unit into which all of it came at once has the same numbers
    whole = folder / "whole.reopen"
    run("init", whole, "--as", "mara")
    people = [folder / "on file.csv", folder / "late.csv"]
    run("import", whole, folder / "A1.csv", folder / "B1.csv", "--references", *people)
    link(whole)
    assert weights(whole) == pytest.approx(everything, abs=1e-9)
    listed = {unit_: json.loads(run("links", unit_, "--json").out) for unit_ in (unit, whole)}
    chances = [
        {each["id"]: each["expected_chance"] for each in listed[unit_]} for unit_ in (unit, whole)
    ]
    # pairs compared since a link was found are bounded, so it may be told a larger number
    assert chances[0].keys() == chances[1].keys()
    for name, chance in chances[0].items():
        assert chance >= chances[1][name] * (1 - 1e-9), name
    newest = {each["id"] for each in second.json["links"]}
    assert {name: chances[0][name] for name in newest} == pytest.approx(
        {name: chances[1][name] for name in newest}, rel=1e-9, abs=0
    )


def test_links_are_listed_since_a_search(unit: Path) -> None:
    link(unit)
    run("import", unit, stain(unit.parent, "B1", ANNA))
    run("link", unit)
    newest = {each["id"] for each in run("links", unit, "--since", "last", "--json").json}
    assert newest == {"A1 x B1", "B1 x anna"}
    assert len(run("links", unit, "--json").json) == 3
    assert run("links", unit, "--since", "yesterday").code == 2
    assert len(run("links", unit, "--least", LOG10_LR + 1, "--json").json) == 0


def test_other_terms_compare_everything_again_and_keep_the_earlier_number(unit: Path) -> None:
    link(unit)
    before = weights(unit)["A1 x anna"]
    said = run("link", unit, "--theta", "0.03", "--json")
    assert found(said) == {"A1 x anna"}
    assert weights(unit)["A1 x anna"] < before
    versions = run("why", unit, "A1", "anna", "--json").json["versions"]
    assert [round(each["record"]["weight_log10"], 6) for each in versions] == [
        round(before, 6),
        round(weights(unit)["A1 x anna"], 6),
    ]
    assert "Searched again on other terms" in versions[1]["reason"]
    # a link that these terms do not reach stays, and is told apart
    run("link", unit, "--least", "9")
    listed = run("links", unit)
    assert "terms of earlier searches only" in listed.out


def test_a_search_is_done_again_number_by_number(unit: Path) -> None:
    first = link(unit).json["run"]["id"]
    run("import", unit, stain(unit.parent, "B1", ANNA, BERT))
    run("link", unit)
    for name, links in ((first, 1), ("last", 4)):
        said = run("redo", unit, name, "--json")
        assert said.code == 0, said.out
        assert said.json["same"]
        assert said.json["links"] == links
        assert said.json["numbers"] >= 6 * links
        assert said.json["largest"] < 1e-9
    assert run("redo", unit, "nothing").code == 2


def test_a_number_that_is_not_what_it_was_is_found(unit: Path) -> None:
    link(unit)
    with open_unit(unit) as opened:
        with opened.reading("mara") as reader:
            (one,) = reader.all(FoundLink)
            assert one.terms is not None
            terms = json.loads(reader.file(one.terms))
        terms["per_locus"]["vWA"] += 0.001
        with opened.writing("mara", reason="a number was 'corrected'") as writer:
            changed = writer.put_file(json.dumps(terms).encode(), "terms")
            writer.put(replace(one, terms=changed.id))
    said = run("redo", unit, "--json")
    assert said.code == 1
    (difference,) = said.json["differences"]
    assert (difference["link"], difference["number"]) == ("A1 x anna", "per_locus vWA")
    assert difference["then"] - difference["now"] == pytest.approx(0.001)


def test_a_profile_that_was_amended_is_new_again(unit: Path) -> None:
    link(unit)
    changed = stain(unit.parent, "A1", CARL)
    run("import", unit, changed, "--reason", "typed again")
    said = run("link", unit, "--json")
    assert said.json["new"] == ["A1"]
    assert found(said) == set()


def test_stains_taken_apart_are_kept_and_used(unit: Path) -> None:
    link(unit)
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        names = [file.name for file in reader.all(StoredFile)]
    assert [name for name in names if name.startswith("stains taken apart")]
    run("import", unit, "--references", references(unit.parent / "c.csv", {"carl": CARL}))
    assert run("link", unit, "--json").json["taken_apart"] == {"now": 0, "before": 1}


def test_a_run_does_not_say_who_was_in_it(unit: Path) -> None:
    """A run is the unit's own, while its profiles and links may not be for everybody."""
    run_ = link(unit).json["run"]
    assert run_["inputs"]
    assert not [name for name in ("A1", "anna", "bert") if name in json.dumps(run_)]


def test_families_and_remains_are_searched_for(unit: Path) -> None:
    """The file of pedigrees names another one, which is kept with it."""
    folder = unit.parent
    references(folder / "relatives.csv", {"child": CHILD, "bones": ANNA})
    family = folder / "family.toml"
    family.write_text(FAMILY, encoding="utf-8")
    said = run("import", unit, family)
    assert said.code == 0, said.out
    for name in ("relatives.csv", "family.toml"):
        (folder / name).unlink()
    said = link(unit, "--least", "0.5")
    assert {"anna x F: mother", "bones x F: mother", "A1 x F: mother"} <= found(said)
    assert {"bones x anna", "A1 x bones"} <= found(said)
    assert run("redo", unit).code == 0
    assert run("link", unit, "--json").json["run"] is None


CHILD = {"TH01": ("10", "11"), "vWA": ("14", "13"), "FGA": ("16", "12")}
FAMILY = """\
[profiles]
files = ["relatives.csv"]

[families.F]
mother = { sex = "female", missing = true }
child = { sex = "male", mother = "mother" }

[remains]
bones = { sex = "female" }
"""


def test_a_unit_is_linked_with_what_it_holds(unit: Path) -> None:
    said = run("link", unit, "--references", unit.parent / "on file.csv")
    assert said.code == 2
    assert "Bring files in first" in said.err


def test_a_report_of_the_search_is_written(unit: Path) -> None:
    link(unit, "--out", unit.parent / "report")
    page = (unit.parent / "report" / "report.html").read_text(encoding="utf-8")
    assert "A1" in page
    assert "Who cosigned cannot be told: The log was never signed." in page
