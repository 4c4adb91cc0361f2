"""`reopen kin`: numbers by hand, exclusions and gaps told apart, populations, the report."""

from __future__ import annotations

import json
from math import log10
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.faces.kinship_files import STEPWISE, paternity, person, written

import reopen
from reopen.errors import CannotWeigh, InvalidRecord, UnknownName
from reopen.records import Mutation, MutationKind


def test_a_paternity_trio_gives_the_lr_that_a_reader_computes(tmp_path: Path) -> None:
    case = written(tmp_path, paternity())
    weighing = reopen.weigh_pedigrees(case)
    assert weighing.log10 == pytest.approx(log10(200), abs=1e-9)
    said = run("kin", case)
    assert said.code == 0
    assert "H1 (first) against H2 (second): log10 LR 2.30" in said.out
    assert "moderately strong support for the first proposition" in " ".join(said.out.split())
    assert "H1: CH is a child of AF and MO." in said.out
    assert "AF is related to nobody; no profile: TF." in " ".join(said.out.split())
    assert "Mutation: none." in said.out
    shown = run("kin", case, "--json").json
    assert shown["lowest"][0]["log10"] == pytest.approx(log10(200))
    assert [row["locus"] for row in shown["ratios"][0]["loci"]] == ["TH01", "FGA"]
    assert shown["run"]["inputs"]["case.json"]
    assert json.loads(shown["run"]["parameters"]["hypothesis H1"])["members"][2][2:] == ["AF", "MO"]


def test_swapping_the_hypotheses_turns_the_sign(tmp_path: Path) -> None:
    case = written(tmp_path, paternity())
    turned = reopen.weigh_pedigrees(case, numerator="H2", denominator="H1")
    assert turned.log10 == pytest.approx(-log10(200))
    said = run("kin", case, "--numerator", "H2", "--denominator", "H1").out
    assert "support for the second" in " ".join(said.split())


def test_nobody_being_related_is_always_a_hypothesis(tmp_path: Path) -> None:
    """The mother explains the child's 9 and 22 as well: P(9) = 0.95, and half of 2 P(9) P(10)."""
    case = paternity()
    del case["hypotheses"]["H2"], case["reference_hypothesis"]
    weighing = reopen.weigh_pedigrees(written(tmp_path, case))
    assert weighing.denominator == "unrelated"
    # Of unrelated people the child has P(9/10) = 2 * 0.95 * 0.05; of these parents it must.
    expected = -log10(2 * 0.95 * 0.05) - log10(2 * 0.1 * 0.9)
    assert weighing.log10 == pytest.approx(expected)


def test_an_exclusion_a_mutation_and_a_gap_are_told_apart(tmp_path: Path) -> None:
    case = paternity()
    case["genotypes"]["AF"] = {"TH01": ["9", "9"], "FGA": ["20", "20"]}
    del case["genotypes"]["MO"]["FGA"]
    path = written(tmp_path, case)
    said = run("kin", path)
    told = " ".join(said.out.split())
    assert said.code == 0
    assert "log10 LR -inf" in said.out
    assert "Excluded at TH01: the first hypothesis cannot have given these genotypes" in told
    assert "first excluded; first needs 1 mutation, 1 step" in told
    assert "MO: not typed at FGA" in said.out
    assert "a gap says nothing" in said.out
    rows = {row["locus"]: row for row in run("kin", path, "--json").json["ratios"][0]["loci"]}
    assert (rows["TH01"]["finding"], rows["TH01"]["log10"]) == ("excluded", "-inf")
    assert rows["FGA"]["finding"] == "normal"
    mutating = run("kin", path, "--mutation", "stepwise", "--mutation-rates", "0.001,0.001").out
    assert "Mutation has to be assumed at TH01 (first needs 1 mutation, 1 step)." in mutating
    assert "-inf" not in mutating


def test_what_neither_hypothesis_can_give_is_not_counted_and_said(tmp_path: Path) -> None:
    case = paternity()
    case["genotypes"]["MO"]["TH01"] = ["10", "10"]
    case["genotypes"]["CH"]["TH01"] = ["9", "9"]
    path = written(tmp_path, case)
    weighing = reopen.weigh_pedigrees(path)
    assert weighing.log10 == pytest.approx(1.0)
    said = " ".join(run("kin", path).out.split())
    assert "Neither hypothesis can have given the genotypes at TH01" in said
    assert "not counted" in said
    for id in ("AF", "MO", "CH"):
        del case["genotypes"][id]["FGA"]
    nothing = run("kin", written(tmp_path, case))
    assert (nothing.code, nothing.out) == (1, "")
    assert "Neither H1 nor H2 can have given the genotypes at any locus" in nothing.err


def test_with_several_populations_every_lr_is_shown_and_the_lowest_counts(tmp_path: Path) -> None:
    rare = written_frequencies(tmp_path / "rare.csv", "0.01", "0.99", "0.2", "0.8")
    common = written_frequencies(tmp_path / "common.csv", "0.5", "0.5", "0.2", "0.8")
    case = written(tmp_path, paternity())
    weighing = reopen.weigh_pedigrees(case, populations=[str(rare), str(common)], theta=0.0)
    ratios = [ratio.log10 for ratio in weighing.of("H1")]
    assert ratios == pytest.approx([log10(100 * 5), log10(2 * 5)])
    assert weighing.log10 == pytest.approx(1.0)
    said = run("kin", case, "--population", rare, common, "--theta", "0").out
    assert "log10 LR 1.00, lowest with" in said
    assert "2.70" in said


def written_frequencies(path: Path, ten: str, nine: str, twenty: str, rest: str) -> Path:
    rows = [("TH01", "10", ten), ("TH01", "9", nine), ("FGA", "20", twenty), ("FGA", "22", rest)]
    lines = [f"{path.stem},{locus},{label},{f},200" for locus, label, f in rows]
    path.write_text("\n".join(["population,locus,allele,frequency,n", *lines]), encoding="utf-8")
    return path


def test_theta_lowers_the_lr_as_in_the_formula(tmp_path: Path) -> None:
    """Trio at TH01: the mother 9/9, the child's 10 from the father, who has 10/10.

    After two 9 and two 10 were seen (mother, alleged father), another man hands a 10 with
    probability (2 theta + (1 - theta) p) / (1 + 3 theta). Source: Balding and Nichols 1994.
    """
    theta, case = 0.03, paternity()
    case["markers"] = case["markers"][:1]
    for typed in case["genotypes"].values():
        del typed["FGA"]
    found = reopen.weigh_pedigrees(written(tmp_path, case), theta=theta).log10
    another = (2 * theta + (1 - theta) * 0.05) / (1 + 3 * theta)
    assert found == pytest.approx(-log10(another))


def test_profiles_may_stand_in_files_beside_the_pedigrees(tmp_path: Path) -> None:
    case = paternity()
    typed = case["genotypes"].pop("AF")
    beside = tmp_path / "alleged.csv"
    rows = [f"AF,{locus},{a},{b}" for locus, (a, b) in typed.items()]
    rows += ["stranger,TH01,9,9"]
    beside.write_text("\n".join(["SampleName,Marker,Allele1,Allele2", *rows]), encoding="utf-8")
    path = written(tmp_path, case)
    weighing = reopen.weigh_pedigrees(path, profiles=[beside])
    assert weighing.log10 == pytest.approx(log10(200))
    assert str(beside) in weighing.run.inputs
    assert [item.what for item in weighing.not_weighed] == ["stranger"]
    with pytest.raises(InvalidRecord, match="AF has two profiles"):
        reopen.weigh_pedigrees(written(tmp_path, paternity()), profiles=[beside])


def test_dropout_of_one_person_is_an_assumption(tmp_path: Path) -> None:
    case = paternity()
    case["genotypes"]["AF"]["TH01"] = ["9", "9"]
    path = written(tmp_path, case)
    weighing = reopen.weigh_pedigrees(path, dropout={"AF": 0.1})
    assert weighing.log10 > -3
    assert any("AF 0.1" in told for told in weighing.assumptions)
    assert "AF 0.1" in run("kin", path, "--dropout", "AF=0.1").out
    assert run("kin", path, "--dropout", "AF").code == 2
    assert run("kin", path, "--dropout", "TF=0.1").code == 2


def test_the_report_draws_both_hypotheses_and_says_what_was_assumed(tmp_path: Path) -> None:
    case = written(tmp_path, paternity(STEPWISE))
    said = run("kin", case, "--out", tmp_path / "out")
    assert said.code == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count('class="pedigree"') == 2
    for told in ("CH is a child of AF and MO", "Mutation: stepwise, rate 0.001", "Locus by locus"):
        assert told in page
    assert "http" not in page.replace("http-equiv", "")
    data = json.loads((tmp_path / "out" / "kinship.json").read_text(encoding="utf-8"))
    assert data == json.loads(reopen.to_json(reopen.weigh_pedigrees(case))) | {
        "made_at": data["made_at"]
    }


def test_what_cannot_be_compared_is_refused_with_the_way_on(tmp_path: Path) -> None:
    case = written(tmp_path, paternity())
    with pytest.raises(CannotWeigh, match="compared with itself"):
        reopen.weigh_pedigrees(case, numerator="H1", denominator="H1")
    with pytest.raises(CannotWeigh, match="No hypothesis is called 'H3'"):
        reopen.weigh_pedigrees(case, numerator="H3")
    bare = paternity()
    bare["genotypes"] = {}
    assert "Nobody in the pedigrees has a profile" in run("kin", written(tmp_path, bare)).err
    assert run("kin", tmp_path / "nothing.json").code == 2


def test_an_own_ancestor_is_refused(tmp_path: Path) -> None:
    case = paternity()
    case["hypotheses"]["H1"][0] = person("AF", "M", "AF2", "CH")
    case["hypotheses"]["H1"].append(person("AF2", "M"))
    said = run("kin", written(tmp_path, case))
    assert said.code == 2
    assert "would be an own ancestor" in said.err


def test_mutation_models_are_named_with_their_rates() -> None:
    model = reopen.mutation_model("Stepwise", fathers=0.003, mothers=0.001, step_range=0.2)
    assert (model.male.rate, model.female.rate, model.male.step_range) == (0.003, 0.001, 0.2)
    assert model.male.rate2 == 1e-6
    assert reopen.mutation_model("none") == Mutation()
    assert reopen.mutation_model("equal", stationary="pm").male.kind is MutationKind.EQUAL
    for name in ("custom", "steps"):
        with pytest.raises(UnknownName, match="No mutation model is called"):
            reopen.mutation_model(name)
    with pytest.raises(UnknownName, match="stationary"):
        reopen.mutation_model("equal", stationary="XX")


def test_a_case_that_says_nothing_of_mutation_is_weighed_with_the_usual_model(
    tmp_path: Path,
) -> None:
    path = tmp_path / "trio.toml"
    path.write_text(
        """
[people]
father = "male"
mother = "female"
child = {sex = "female", father = "father", mother = "mother"}

[genotypes.father]
TH01 = ["6", "9.3"]
[genotypes.child]
TH01 = ["6", "8"]
""",
        encoding="utf-8",
    )
    weighing = reopen.weigh_pedigrees(path)
    assert any("stepwise, rate 0.002" in told for told in weighing.assumptions)
    none = reopen.weigh_pedigrees(path, mutation=reopen.mutation_model("none"))
    assert "Mutation: none." in none.assumptions


def siblings(folder: Path, *extra: str) -> Path:
    """Two people who may be full siblings, typed at two neighbouring loci."""
    path = folder / "siblings.toml"
    path.write_text(
        """
reference = "unrelated"
[people]
one = "male"
two = "female"
[hypotheses.siblings]
father = "male"
mother = "female"
one = {sex = "male", father = "father", mother = "mother"}
two = {sex = "female", father = "father", mother = "mother"}
[hypotheses.unrelated]
[genotypes.one]
vWA = ["14", "17"]
D12S391 = ["18", "22"]
[genotypes.two]
vWA = ["14", "17"]
D12S391 = ["18", "22"]
"""
        + "\n".join(extra),
        encoding="utf-8",
    )
    return path


def test_neighbours_on_a_chromosome_are_told_and_weighed_together_if_asked(tmp_path: Path) -> None:
    """Who shares both alleles at one of two near loci probably does at the other: the LR of
    siblings is higher than the product, and what the pair gives is what the file's own pair gives.
    """
    path = siblings(tmp_path)
    apart = reopen.weigh_pedigrees(path)
    assert any("vWA with D12S391" in told for told in apart.notices)
    together = reopen.weigh_pedigrees(path, linked=True)
    assert not any("vWA with D12S391" in told for told in together.notices)
    assert any("vWA with D12S391 (recombination 0.117)" in told for told in together.assumptions)
    assert together.log10 > apart.log10 + 0.1
    assert [found.locus for found in together.lowest().findings] == ["vWA + D12S391"]
    assert "vWA + D12S391" in run("kin", path, "--linked").out


def test_linkage_is_not_mentioned_where_it_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "duo.toml"
    path.write_text(
        """
[people]
mother = "female"
father = "male"
child = {sex = "male", father = "father", mother = "mother"}
[genotypes.mother]
vWA = ["14", "17"]
D12S391 = ["18", "22"]
[genotypes.child]
vWA = ["14", "16"]
D12S391 = ["18", "20"]
""",
        encoding="utf-8",
    )
    apart = reopen.weigh_pedigrees(path, theta=0.0)
    assert not any("D12S391" in told for told in apart.notices)
    together = reopen.weigh_pedigrees(path, theta=0.0, linked=True)
    assert together.log10 == pytest.approx(apart.log10, abs=1e-9)


def test_a_case_of_families_and_remains_is_sent_on(tmp_path: Path) -> None:
    path = tmp_path / "family.toml"
    path.write_text(
        """
[families.A]
mother = "female"
father = "male"
son = {sex = "male", father = "father", mother = "mother", missing = true}
[genotypes.mother]
TH01 = ["6", "9.3"]
""",
        encoding="utf-8",
    )
    said = run("kin", path)
    assert said.code == 1
    assert "holds no pedigrees to compare" in said.err
    assert "reopen dvi" in said.err
