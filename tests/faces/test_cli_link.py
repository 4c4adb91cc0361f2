"""`reopen link`: numbers worked out by hand, what is shown, what is written, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import (
    ANNA,
    BERT,
    LOCI,
    LOG10_LR,
    PLAIN,
    population,
    references,
    stain,
    stains,
)


def link(folder: Path, *words: object) -> Said:
    return run("link", *words, "--population", population(folder), *PLAIN)


def by_chance(found: dict[str, Any]) -> float:
    """Two people with each of three stains: Anna's profile, of two, is that of 1 in 250,000, Bert's
    of 1 in 125,000, with an LR of as much; no other profile fits. Two stains: the bound, 3 pairs.
    """
    if found["kind"] == "stain with stain":
        return float(3 * 10 ** -found["log10"])
    as_rare_as_anna = 2 * 2 / 250_000
    return as_rare_as_anna if found["log10"] > 5.2 else as_rare_as_anna + 2 / 125_000


@pytest.fixture
def unit(tmp_path: Path) -> tuple[Path, Path]:
    trace = stains(tmp_path / "stains.csv", {"S-1": (ANNA,), "S-2": (ANNA,), "S-3": (BERT,)}, 1000)
    return trace, references(tmp_path / "known.csv", {"R-1": ANNA, "R-2": BERT})


def test_links_have_the_weight_of_the_rarity_of_the_profile(
    unit: tuple[Path, Path], tmp_path: Path
) -> None:
    said = link(tmp_path, unit[0], "--references", unit[1], "--json", "--least", "1")
    assert said.code == 0
    links = {(x["one"]["profile"], x["other"]["profile"]): x for x in said.json["links"]}
    assert set(links) == {("S-1", "R-1"), ("S-2", "R-1"), ("S-3", "R-2"), ("S-1", "S-2")}
    for ends, found in links.items():
        rarity = LOG10_LR if ends[0] != "S-3" else 3 * 1.69897
        assert found["log10"] == pytest.approx(rarity, abs=0.01), ends
        assert found["loci"] == 3
        assert sum(found["per_locus"].values()) == pytest.approx(found["log10"], abs=1e-9)
        assert found["expected_chance"] == pytest.approx(by_chance(found), rel=0.05)
        assert found["by_chance"]["interval"][1] == found["expected_chance"]
    assert links["S-1", "R-1"]["per_locus"]["FGA"] == pytest.approx(2, abs=0.01)


def test_the_table_shows_whole_names_numbers_and_terms(
    unit: tuple[Path, Path], tmp_path: Path
) -> None:
    said = link(tmp_path, unit[0], "--references", unit[1], "--least", "1")
    assert "S-1  R-1" in said.out
    assert "5.40" in said.out
    assert "TH01 1.70, vWA 1.70, FGA 2.00" in said.out
    assert "Relation tested: same person" in said.out
    assert "population" in said.out
    assert "\x1b" not in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    assert "TH01 1.70" not in link(tmp_path, unit[0], "--no-terms", "--least", "1").out


def test_a_stated_prior_tells_the_odds_after_the_dna(
    unit: tuple[Path, Path], tmp_path: Path
) -> None:
    """An LR of 250,000 on odds of 1 to 5,000 is 50 to 1."""
    words = (unit[0], "--references", unit[1], "--least", "5.2", "--prior", "1/5000")
    said = link(tmp_path, *words, "--json")
    assert said.json["prior_odds"] == pytest.approx(2e-4)
    for found in said.json["links"]:
        odds = found["weight"] - 3.69897
        assert found["posterior"]["log10_odds"] == pytest.approx(odds, abs=1e-5)
        probability = 10**odds / (1 + 10**odds)
        assert found["posterior"]["probability"] == pytest.approx(probability)
    assert any("Prior odds of 1 to 5" in each for each in said.json["assumptions"])
    text = link(tmp_path, *words).out
    assert "Posterior odds: 50 to 1, probability 0.980." in text
    assert "Posterior odds are the LR times the prior odds that were" in " ".join(text.split())
    out = tmp_path / "links"
    link(tmp_path, *words, "--out", out)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "50 to 1, probability 0.980, from prior odds of 1 to 5" in page


def test_without_a_prior_there_are_no_odds(unit: tuple[Path, Path], tmp_path: Path) -> None:
    said = link(tmp_path, unit[0], "--references", unit[1], "--json")
    assert said.json["prior_odds"] is None
    assert all(found["posterior"] is None for found in said.json["links"])
    assert "osterior" not in link(tmp_path, unit[0], "--references", unit[1]).out


def test_a_prior_that_is_no_odds_is_refused(unit: tuple[Path, Path], tmp_path: Path) -> None:
    said = link(tmp_path, unit[0], "--references", unit[1], "--prior", "often")
    assert said.code == 2
    assert "'often'" in said.err
    assert "1/5000" in said.err


def test_staff_is_told_apart(tmp_path: Path) -> None:
    trace = stain(tmp_path, "S-1", ANNA)
    staff = references(tmp_path / "staff.csv", {"T-1": ANNA})
    said = link(tmp_path, trace, "--staff", staff, "--json")
    assert [x["kind"] for x in said.json["links"]] == ["stain with staff"]


def test_report_and_data_are_written_and_their_place_is_told(
    unit: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "new" / "links"
    said = link(tmp_path, unit[0], "--references", unit[1], "--out", out)
    assert said.code == 0
    assert str(out / "report.html") in said.err
    assert sorted(p.name for p in out.iterdir()) == ["links.json", "report.html"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "which contributor it is" not in page
    assert "S-1" in page
    assert "R-2" in page


def test_many_files_follow_one_option(unit: tuple[Path, Path], tmp_path: Path) -> None:
    more = references(tmp_path / "more.csv", {"R-3": BERT})
    said = link(tmp_path, unit[0], "--references", unit[1], more, "--json", "--least", "1")
    ends = {(x["one"]["profile"], x["other"]["profile"]) for x in said.json["links"]}
    assert {("S-3", "R-2"), ("S-3", "R-3"), ("R-2", "R-3")} <= ends


def test_no_link_is_a_result(tmp_path: Path) -> None:
    trace = stain(tmp_path, "S-1", ANNA)
    said = link(tmp_path, trace, "--references", references(tmp_path / "r.csv", {"R-2": BERT}))
    assert said.code == 0
    assert "That is a result, not an error" in said.out


def test_the_number_of_contributors_can_be_given(tmp_path: Path) -> None:
    trace = stain(tmp_path, "S-1", ANNA, BERT)
    known = references(tmp_path / "r.csv", {"R-1": ANNA, "R-2": BERT})
    said = link(tmp_path, trace, "--references", known, "--contributors", "2", "--json")
    (found,) = said.json["stains"]
    assert found["contributors"] == 2
    assert "Every stain has 2 contributors, as given." in said.json["assumptions"]
    terms = said.json["links"][0]["other_terms"]
    assert terms["which contributor it is"] == pytest.approx(-0.30103, abs=0.01)


def test_assumptions_and_inputs_are_part_of_the_result(
    unit: tuple[Path, Path], tmp_path: Path
) -> None:
    said = link(tmp_path, unit[0], "--json").json
    assert "Coancestry theta is 0." in said["assumptions"]
    assert str(unit[0]) in said["run"]["inputs"]
    assert len(said["run"]["inputs"][str(unit[0])]) == 64
    assert "numba" in said["run"]["libraries"]
    kitless = run("link", unit[0], "--json").json
    assert any("NIST 1036 All" in x and "none is named" in x for x in kitless["assumptions"])
    assert any("Kit not known" in x for x in kitless["notices"])


def test_loci_are_those_of_the_population(unit: tuple[Path, Path], tmp_path: Path) -> None:
    few = population(tmp_path, LOCI[:2])
    said = run("link", unit[0], "--population", few, "--json", *PLAIN)
    assert said.code == 0
    left_out = [x["what"] for x in said.json["not_weighed"]]
    assert left_out == ["S-1 FGA", "S-2 FGA", "S-3 FGA"]


def test_one_is_counted_in_the_singular(tmp_path: Path) -> None:
    person = references(tmp_path / "a.csv", {"R-1": ANNA})
    said = link(tmp_path, stain(tmp_path, "S-1", ANNA), "--references", person)
    shown = " ".join(said.out.split())
    assert "1 stain with 1 contributor and 1 reference: 1 comparison, 1 link with" in shown


def test_a_link_whose_model_fails_says_so(tmp_path: Path) -> None:
    """Two people weighed as one: the second's peaks are drop-ins, too many to be believed."""
    trace = stains(tmp_path / "stains.csv", {"S-1": (ANNA, BERT)}, 1000)
    known = references(tmp_path / "known.csv", {"R-1": ANNA})
    words = (trace, "--references", known, "--contributors", 1, "--least", -50)
    said = link(tmp_path, *words, "--drop-in", 0.05, "--json", "--out", tmp_path / "out")
    (found,) = said.json["links"]
    assert found["denominator_check"]["model_fails"]
    assert len(found["denominator_check"]["dropins"]) > 0
    (remark,) = [text for text in found["remarks"] if "taken for drop-in" in text]
    assert "even without this person: the number of contributors" in remark
    assert remark in " ".join(link(tmp_path, *words, "--drop-in", 0.05).out.split())
    assert "Peaks, denominator" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_link_in_json_is_worded_as_what_was_compared(
    unit: tuple[Path, Path], tmp_path: Path
) -> None:
    said = link(tmp_path, unit[0], "--references", unit[1], "--json", "--least", "1")
    for found in said.json["links"]:
        assert found["in_words"].endswith("for the same person, relative to unrelated people.")
        checks = found["numerator_check"], found["denominator_check"]
        in_full = found["in_full"] is not None
        assert [check is not None for check in checks] == [in_full, in_full]
        if in_full:
            assert not any(check["model_fails"] for check in checks)
