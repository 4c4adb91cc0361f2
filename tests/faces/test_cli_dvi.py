"""`reopen dvi`: a disaster by hand, words for what must not be mixed up, the report, bad input."""

from __future__ import annotations

import json
from math import log10
from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import run
from tests.faces.kinship_files import person

import reopen
from reopen.errors import CannotWeigh, InvalidRecord, UnreadableFile
from reopen.faces.workbench.reference_kinship import read_kinship_reference
from reopen.faces.workbench.validate_dvi import dvi_checks
from reopen.formats.other_evidence import read_other_evidence

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "kinship"
CASES = sorted(SHARED.glob("*-dvir-*.json"))
SLOW = ("exclusion", "icmp", "grave")


def disaster(loci: int = 1) -> dict[str, Any]:
    """Example 2 of Vigeland and Egeland 2021, at so many equal loci of ten equal alleles.

    V2 (1/2) as the son M2 of R1 (2/2): 5 a locus. V3 (3/4) as the daughter M3 of R2 (3/3): 5. V1
    (1/1) as the father M1: 1, and 50 with V2 as his son. V1 as M2 is impossible.
    """
    names = [f"D{k}S{k}" for k in range(1, loci + 1)]
    typed = {"V1": "1/1", "V2": "1/2", "V3": "3/4", "R1": "2/2", "R2": "3/3"}
    return {
        "schema": "kinship-case/1",
        "id": "by-hand",
        "kind": "dvi",
        "title": "Two families",
        "settings": {"theta": 0},
        "markers": [
            {"name": name, "type": "autosomal", "alleles": [str(k) for k in range(1, 11)],
             "freqs": [0.1] * 10, "mutation": None}
            for name in names
        ],
        "victims": [{"id": "V1", "sex": "M"}, {"id": "V2", "sex": "M"}, {"id": "V3", "sex": "F"}],
        "families": {
            "F1": [person("M1", "M"), person("R1", "F"), person("M2", "M", "M1", "R1")],
            "F2": [person("R2", "M"), person("MO2", "F"), person("M3", "F", "R2", "MO2")],
        },
        "missing": ["M1", "M2", "M3"],
        "genotypes": {id: dict.fromkeys(names, pair.split("/")) for id, pair in typed.items()},
    }  # fmt: skip


def written(folder: Path, case: dict[str, Any], name: str = "case.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(case), encoding="utf-8")
    return path


def test_a_disaster_by_hand(tmp_path: Path) -> None:
    case = written(tmp_path, disaster())
    said = run("dvi", case)
    assert said.code == 0
    assert "3 victims, 3 missing people of 2 families: 14 assignments." in said.out
    assert "0 victims are identified." in " ".join(said.out.split())
    shown = run("dvi", case, "--json").json
    best = shown["joint"]["top"][0]
    assert best["log10_lr"] == pytest.approx(log10(250))
    assert best["probability"] == pytest.approx(250 / 348)
    assert {"victim": "V2", "missing": "M2"} in best["assignment"]
    pairs = {(p["victim"], p["missing"]): p for p in shown["pairs"]}
    assert pairs["V1", "M2"]["log10_lr"] == "-inf"
    assert pairs["V1", "M2"]["impossible_without_mutation"] == [
        {"locus": "D1S1", "needs": "1 mutation, 1 step"}
    ]
    assert shown["prior"].startswith("Flat prior")
    assert shown["run"]["inputs"]["case.json"]


def test_identified_by_enough_loci(tmp_path: Path) -> None:
    case = written(tmp_path, disaster(8))
    found = reopen.identify_victims(case)
    kinds = {c.person: (str(c.kind), c.others) for c in found.found.of_missing}
    # 5^8 = 390,625 for the pairs; V1 as the father is 10 a locus, 10^8, once V2 is the son.
    assert kinds["M3"] == ("undisputed", ("V3",))
    assert kinds["M2"] == ("undisputed", ("V2",))
    assert kinds["M1"] == ("undisputed", ("V1",))
    steps = {d.pair.missing: d.step for d in found.found.undisputed}
    assert steps == {"M2": 1, "M3": 1, "M1": 2}


def test_exclusions_gaps_and_other_sexes_have_their_own_words(tmp_path: Path) -> None:
    content = disaster(4)
    content["families"]["F3"] = [person("M4", "M"), person("R4", "F")]
    content["missing"].append("M4")
    content["genotypes"]["R4"] = content["genotypes"]["R1"]
    said = run("dvi", written(tmp_path, content))
    assert "non-identifiable" in said.out
    row = next(line for line in said.out.splitlines() if line.startswith("V1 ") and "excl" in line)
    assert row.split() == ["V1", "0.00", "excl", "4", "sex", "gap"]
    told = " ".join(said.out.split())
    assert "gap: not weighed, for the family says nothing of this person." in told


def test_a_family_that_contradicts_itself_is_told_first(tmp_path: Path) -> None:
    content = disaster(2)
    content["families"]["F2"].append(person("R3", "F", "R2", "MO2"))
    content["genotypes"]["R3"] = {"D1S1": ["7", "8"], "D2S2": ["3", "8"]}
    said = run("dvi", written(tmp_path, content))
    told = " ".join(said.out.split())
    assert "Family F2 cannot be what its pedigree says at D1S1; it took no part." in told
    assert "family impossible" in told
    assert said.out.index("Family F2") < said.out.index("Missing people")
    with_mutation = run("dvi", written(tmp_path, content), "--mutation", "proportional").out
    with_mutation = " ".join(with_mutation.split())
    assert "Family F2 is in doubt. Mutation at 1 locus remains an explanation." in with_mutation
    assert "D1S1 does not fit without a mutation" in with_mutation


def test_evidence_beside_the_dna_and_priors(tmp_path: Path) -> None:
    case = written(tmp_path, disaster())
    table = tmp_path / "teeth.csv"
    table.write_text("Victim,Missing,LR,what\nV3,M3,4,filling\nV3,M3,0.5,age\n", encoding="utf-8")
    assert read_other_evidence(table) == {("V3", "M3"): 2.0}
    plain = reopen.identify_victims(case).found.joint.posterior["V3"]
    found = reopen.identify_victims(case, evidence=table)
    odds = found.found.joint.posterior["V3"]["M3"] / found.found.joint.posterior["V3"]["*"]
    assert odds == pytest.approx(2 * plain["M3"] / plain["*"])
    assert "Likelihood ratios of other evidence are multiplied in for 1 pair." in str(
        " ".join(str(found).split())
    )
    listed = reopen.identify_victims(case, listed=0.2).found.joint.posterior["V3"]
    assert listed["M3"] / listed["*"] == pytest.approx(5 * 0.2 / 0.8)  # one woman is missing
    closed = reopen.identify_victims(case, closed=True).found.joint
    assert closed.posterior["V3"] == {"M3": pytest.approx(1.0), "*": pytest.approx(0.0)}
    assert closed.possible == 1


def test_remains_that_are_parts_of_one_person_are_one_victim(tmp_path: Path) -> None:
    content = disaster(8)
    content["victims"].append({"id": "femur", "sex": None})
    content["genotypes"]["femur"] = content["genotypes"]["V3"]
    case = written(tmp_path, content)
    said = run("dvi", case)
    told = " ".join(said.out.split())
    assert "V3 and femur match as one person, log10 LR" in told
    assert "V3 + femur" in said.out
    apart = run("dvi", case, "--keep-parts-apart", "--json").json
    assert [v["parts"] for v in apart["victims"]] == [["V1"], ["V2"], ["V3"], ["femur"]]


def test_the_report_is_whole_and_loads_nothing(tmp_path: Path) -> None:
    said = run("dvi", written(tmp_path, disaster(8)), "--out", tmp_path / "out")
    assert said.code == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for text in ("Who is who", "Every pair", "undisputed", "Flat prior", "excl 8", "Families"):
        assert text in page
    assert page.count('class="pedigree"') == 2
    assert "://" not in page.replace("http://www.w3.org", "")
    data = json.loads((tmp_path / "out" / "identifications.json").read_text(encoding="utf-8"))
    assert len(data["pairs"]) == 5


def test_names_are_text_in_the_report(tmp_path: Path) -> None:
    content = disaster()
    text = json.dumps(content).replace('"V1"', '"<b>V1"')
    path = tmp_path / "case.json"
    path.write_text(text, encoding="utf-8")
    run("dvi", path, "--out", tmp_path / "out")
    assert "<b>V1" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def _refusal(case: Any, **given: Any) -> str:
    with pytest.raises((CannotWeigh, InvalidRecord, UnreadableFile)) as told:
        reopen.identify_victims(case, **given)
    return str(told.value)


def test_bad_input_is_refused_with_the_way_on(tmp_path: Path) -> None:
    case = written(tmp_path, disaster())
    assert "A likelihood ratio that identifies is above 1" in _refusal(case, threshold=1)
    assert "whole number from 0" in _refusal(case, most_impossible=-1)
    assert "V9" in _refusal(case, listed={"V9": 0.5})
    assert "M9" in _refusal(case, evidence={("V1", "M9"): 3.0})
    assert "between 0 and 1" in _refusal(case, listed=1.5)
    nobody = disaster()
    nobody["victims"] = []
    for id in ("V1", "V2", "V3"):
        del nobody["genotypes"][id]
    assert "No victim" in _refusal(written(tmp_path, nobody, "nobody.json"))
    untyped = disaster()
    untyped["genotypes"] |= {"V1": {}, "V2": {}, "V3": {}}
    assert "No victim has a genotype" in _refusal(written(tmp_path, untyped, "untyped.json"))
    sought = disaster()
    sought["families"], sought["missing"] = {}, []
    for id in ("R1", "R2"):
        del sought["genotypes"][id]
    assert "Nobody is missing" in _refusal(written(tmp_path, sought, "sought.json"))
    said = run("dvi", tmp_path / "nothing.json")
    assert (said.code, said.out) == (2, "")
    assert run("dvi", case, "--mutation", "sideways").code == 2


def test_a_victim_without_genotypes_is_listed_and_the_others_identified(tmp_path: Path) -> None:
    content = disaster()
    content["victims"].append({"id": "ash", "sex": "M"})
    found = reopen.identify_victims(written(tmp_path, content))
    assert [item.what for item in found.not_weighed] == ["ash"]
    assert "ash" not in found.found.victims


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("victim,missing\nV1,M1\n", "No column 'lr'"),
        ("victim,missing,lr\nV1,M1,much\n", "'much' is no likelihood ratio"),
        ("victim,missing,lr\nV1,M1,-1\n", "'-1' is no likelihood ratio"),
        ("victim,missing,lr\nV1,,2\n", "without a victim or a missing person"),
    ],
)
def test_tables_of_other_evidence_are_refused_with_the_line(
    tmp_path: Path, table: str, told: str
) -> None:
    path = tmp_path / "teeth.csv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=told) as refused:
        read_other_evidence(path)
    assert "teeth.csv" in str(refused.value)


@pytest.mark.shared
@pytest.mark.skipif(not CASES, reason="the folder `shared` is not beside the project")
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(p, id=p.stem, marks=[pytest.mark.slow] if p.stem.endswith(SLOW) else [])
        for p in CASES
    ],
)
def test_reference_cases_of_disasters(path: Path) -> None:
    checks, unsupported = dvi_checks(read_kinship_reference(path))
    assert checks
    assert [check for check in checks if not check.holds] == []
    assert unsupported == []


@pytest.mark.shared
@pytest.mark.skipif(not CASES, reason="the folder `shared` is not beside the project")
def test_the_fire_as_printed() -> None:
    """Egeland and Vigeland 2025: GLR 70,582 of V1 as M1; 2,947,149 of the sisters as a set."""
    (path,) = [p for p in CASES if p.stem.endswith("fire")]
    found = reopen.identify_victims(path).found
    by_name = {c.person: c for c in found.of_missing}
    ratios = {name: round(10 ** (c.log10_glr or 0)) for name, c in by_name.items()}
    assert ratios == {"M1": 70_582, "M2": 2_947_149, "M3": 2_947_149}
    assert by_name["M2"].others == by_name["M3"].others == ("V2", "V3")
