"""`reopen power`: numbers by hand, names that are not there, the pictures and the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.faces.command import run

import reopen
from reopen.errors import CannotWeigh, InvalidRecord
from reopen.faces.report.power_picture import power_curves, ranking
from reopen.faces.report.power_views import CandidateCurve, CurvesView, RelativeBar

FATHER = """
[population]
theta = 0
[frequencies.TH01]
"6" = 0.5
"7" = 0.3
"8" = 0.2
[mutation]
model = "none"
[families.Silva]
father = {sex = "male", missing = true}
mother = "female"
child = {sex = "female", father = "father", mother = "mother"}
[genotypes.child]
TH01 = "6/7"
"""
PEDIGREE = FATHER.replace("[families.Silva]", "[people]").replace(
    '{sex = "male", missing = true}', '"male"'
)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "family.toml"
    path.write_text(FATHER, encoding="utf-8")
    return path


def test_a_missing_father_by_hand(case: Path) -> None:
    """Child 6 7: 4 men in 100 are 8 8; LR 1.67 for 7 7, whom 9 in 100 strangers and 15 in 100
    true fathers are."""
    found = reopen.measure_power(case, threshold=1.5)
    (one,) = found.found
    assert (one.family.id, one.member) == ("Silva", "father")
    assert one.power.exclusion.total == pytest.approx(0.04)
    assert one.power.inclusion(found.threshold) == pytest.approx((0.15, 0.15))
    assert one.power.false_inclusion(found.threshold) == pytest.approx((0.09, 0.09))
    said = " ".join(run("power", case, "--threshold", "1.5").out.split())
    assert "father, missing from family Silva - Typed: child; 1 locus counts." in said
    assert "comes with probability 0.150" in said
    assert "reaches it by chance: 1 in 11. Without mutation 4% of unrelated people" in said
    assert "A candidate who is a full sibling of father reaches it" in said
    assert "the mean LR of unrelated candidates is 1.000000" in said
    assert re.search(r"mother \d+% ", said)
    assert "Mutation: none." in said


def test_what_json_holds(case: Path) -> None:
    shown = run("power", case, "--threshold", "1.5", "--mistaken-for", "child", "--json").json
    (family,) = shown["families"]
    assert family["missing"] == "father"
    assert family["exclusion"]["by_locus"] == {"TH01": pytest.approx(0.04)}
    assert family["exclusion"]["mismatches"] == pytest.approx([0.96, 0.04])
    names = [candidate["candidate"] for candidate in family["candidates"]]
    assert names == ["the missing person", "unrelated", "a child of father"]
    assert family["candidates"][1]["excluded"] == pytest.approx(0.04)
    assert [gain["relatives"] for gain in family["next"]["ranked"]] == [["mother"]]
    assert shown["run"]["parameters"]["threshold"] == 1.5
    assert shown["run"]["inputs"]


def test_a_report_with_pictures(case: Path, tmp_path: Path) -> None:
    said = run("power", case, "--out", tmp_path / "out")
    assert said.code == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert "Pedigree of father, missing from family Silva" in page
    assert "Candidate is the missing person" in page
    assert "nobody more" in page
    assert json.loads((tmp_path / "out" / "power.json").read_text(encoding="utf-8"))["families"]


def test_a_pedigree_needs_the_name_of_the_missing(tmp_path: Path) -> None:
    path = tmp_path / "pedigree.toml"
    path.write_text(PEDIGREE, encoding="utf-8")
    assert "Nobody is missing" in run("power", path).err
    found = reopen.measure_power(path, missing=["father"])
    assert found.found[0].power.exclusion.total == pytest.approx(0.04)
    with pytest.raises(CannotWeigh, match="child has a profile"):
        reopen.measure_power(path, missing=["child"])
    with pytest.raises(CannotWeigh, match="uncle is in no pedigree"):
        reopen.measure_power(path, missing=["uncle"])


def test_nobody_typed_yet(tmp_path: Path) -> None:
    path = tmp_path / "family.toml"
    path.write_text(FATHER.split("[genotypes.child]")[0], encoding="utf-8")
    said = run("power", path, "--out", tmp_path / "out")
    assert said.code == 0
    assert "Without a typed relative no candidate can be told from another." in said.out
    (one,) = reopen.measure_power(path).found
    assert [gain.relatives for gain in one.plan.ranked] == [("child",), ("mother",)]
    assert one.plan.ranked[1].expected_log10 == pytest.approx(0, abs=1e-12)


def test_a_kit_adds_loci_to_the_ranking(tmp_path: Path) -> None:
    path = tmp_path / "family.toml"
    text = FATHER.split("[frequencies.TH01]")[0] + 'name = "NIST 1036 Caucasian"\n'
    path.write_text(text + "[families.Silva]" + FATHER.split("[families.Silva]")[1], "utf-8")
    few, many = (reopen.measure_power(path, kit=kit).found[0] for kit in ("", "SGM Plus"))
    assert len(few.plan.loci) == 1
    assert len(many.plan.loci) == 10
    assert few.power.loci == many.power.loci == ("TH01",)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--missing", "uncle"], "uncle is in no family"),
        (["--missing", "child"], "child"),
        (["--unavailable", "uncle"], "uncle is in no family that is asked about"),
        (["--available", "child"], "child has a profile"),
        (["--available", "father"], "father is missing"),
        (["--mistaken-for", "neighbour"], "no member of the pedigree and no relation"),
        (["--mistaken-for", "child", "--threshold", "0.5"], "A threshold of 0.5"),
        (["--kit", "no such kit"], "no such kit"),
        (["--mutation", "sometimes"], "sometimes"),
    ],
)
def test_what_cannot_be_asked_is_told(case: Path, words: list[str], told: str) -> None:
    said = run("power", case, *words)
    assert said.code in (1, 2)
    assert told in " ".join(said.err.split())


def test_two_families_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "families.toml"
    second = FATHER.split("[families.Silva]")[1].split("[genotypes")[0]
    genotypes = '[genotypes."Silva: child"]\nTH01 = "6/7"\n'
    families = f"[families.Silva]{second}[families.Costa]{second}{genotypes}"
    path.write_text(FATHER.split("[families.Silva]")[0] + families, encoding="utf-8")
    both = reopen.measure_power(path)
    assert [one.family.id for one in both.found] == ["Silva", "Costa"]
    chosen = reopen.measure_power(path, missing=[_called(both, "Costa")])
    assert [one.family.id for one in chosen.found] == ["Costa"]


def _called(both: reopen.PowerOfFamilies, family: str) -> str:
    one = next(one for one in both.found if one.family.id == family)
    return one.member


@pytest.mark.parametrize("threshold", [float("nan"), float("inf"), 0.0])
def test_a_threshold_is_a_likelihood_ratio(case: Path, threshold: float) -> None:
    with pytest.raises(InvalidRecord, match="threshold"):
        reopen.measure_power(case, threshold=threshold)


def test_pictures_say_what_they_show() -> None:
    curve = CandidateCurve("the <missing>", (0.5, 0.5), (1.0, 0.5, 0.0), 0.25, 0.0)
    drawn = power_curves(CurvesView((-1.0, 0.0, 1.0), 0.0, (curve,)), "A title")
    assert "&lt;missing&gt;" in drawn
    assert "25% excluded (LR 0)" in drawn
    assert "is reached by 50%" in drawn
    bars = (RelativeBar("", 0.1, 0.0, "1.00", "nobody"), RelativeBar("aunt", 0.4, 0.2, "2.0", "x"))
    assert "aunt: 40% found, 20% excluded, expected log10 LR 2.0." in ranking(bars, "Who")
