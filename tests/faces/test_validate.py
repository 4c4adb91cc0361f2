"""`reopen validate`: a case worked out by hand, another program's cases, broken files."""

from __future__ import annotations

import json
from copy import deepcopy
from math import exp, log, log10
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import gamma
from tests.faces.command import run

import reopen

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "efm" / "cases"

FREQUENCIES = {"10": 0.2, "11": 0.3, "12": 0.5}
HEIGHT, VARIABILITY, THRESHOLD = 1000.0, 0.2, 50.0


def hand_made() -> dict[str, Any]:
    """One locus, one contributor of genotype 10/11, no drop-in, no stutter, theta 0.

    Each height is gamma distributed with shape 1 / 0.2^2 for one copy and mean 1000, above a
    threshold of 50. Only 10/11 can have left the two peaks, and its probability is 2 * 0.2 * 0.3.
    """
    shape, scale = VARIABILITY**-2, HEIGHT * VARIABILITY**2
    known = sum(gamma.logpdf(h, shape, scale=scale) for h in (950.0, 1040.0))
    unknown = known + log(2 * 0.2 * 0.3)
    theta = [1.0, HEIGHT, VARIABILITY]
    fixed = {"theta": theta, "loglik": known, "loglik_marker": {"TH 01": known}}
    genotypes = {"TH 01": {"U1": [["10/11", 1.0], ["10/10", 0.0]]}}
    return {
        "format": "mixture-reference/1",
        "id": "hand-made",
        "title": "one locus",
        "kit": None,
        "model": {"DEG": False, "BWS": False, "FWS": False},
        "settings": {
            "AT": THRESHOLD, "pC": 0.0, "lambda": 0.01, "fst": 0.0, "minF": None,
            "normalize": True, "adjQbp": False,
        },
        "freq": {"TH 01": FREQUENCIES},
        "evidence": {"run": {"TH 01": [["10", 950], ["11", 1040], ["12", 0]]}},
        "references": {"R": {"TH 01": ["10", "11"]}},
        "hypotheses": {
            "Hp": {"NOC": 1, "known": ["R"], "noncontributors": [], "relation": None},
            "Hd": {"NOC": 1, "known": [], "noncontributors": ["R"], "relation": None},
        },
        "results": {
            "Hp": {"fixed": {"A": fixed}},
            "Hd": {
                "fixed": {
                    "A": {
                        **fixed,
                        "loglik": unknown,
                        "loglik_marker": {"TH 01": unknown},
                        "genotypes": genotypes,
                    }
                },
                "validation_at_mle": {"columns": [], "rows": []},
            },
        },
        "lr": [],
    }  # fmt: skip


def with_maxima() -> dict[str, Any]:
    """The same with a likelihood ratio: both maxima differ by the genotype's probability."""
    case = hand_made()
    best = case["results"]["Hp"]["fixed"]["A"]["loglik"]  # below the maximum, so a bound
    rarity = log(0.12)
    for name, loglik in (("Hp", best), ("Hd", best + rarity)):
        case["results"][name]["mle"] = {"best": {"loglik": loglik}, "shipped": {}}
    term = -log10(0.12)
    case["lr"] = [
        {"numerator": "Hp", "denominator": "Hd", "log10LR": term, "log10LR_marker": {"TH 01": term}}
    ]
    return case


def written(folder: Path, case: object, name: str = "case.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(case), encoding="utf-8")
    return path


def test_a_case_worked_out_by_hand(tmp_path: Path) -> None:
    said = run("validate", written(tmp_path, with_maxima()), "--json")
    assert said.code == 0
    assert set(said.json) >= {"held", "failed", "unsupported", "cases"}
    assert (said.json["failed"], said.json["unsupported"]) == (0, 1)
    (case,) = said.json["cases"]
    assert case["id"] == "hand-made"
    found = {check["quantity"]: check for check in case["checks"]}
    assert set(found) == {
        "Hp A: ln likelihood", "Hp A: ln likelihood, TH 01", "Hp maximum: ln likelihood",
        "Hd A: ln likelihood", "Hd A: ln likelihood, TH 01", "Hd maximum: ln likelihood",
        "Hd A: probability, TH 01 U1 10/11",
        "Hp / Hd: log10 LR", "Hp / Hd: log10 LR, TH 01",
    }  # fmt: skip
    for check in case["checks"]:
        assert set(check) == {"quantity", "expected", "got", "difference", "tolerance", "holds"}
        assert check["holds"]
        assert check["difference"] == pytest.approx(check["got"] - check["expected"], abs=1e-12)
    assert case["unsupported"] == [
        {
            "quantity": "Hd: model check of peak heights",
            "reason": "not computed by this version",
        }
    ]


@pytest.mark.parametrize(
    ("key", "off"), [("loglik", 1e-4), ("loglik_marker", 1e-4), ("genotypes", 1e-3)]
)
def test_a_number_that_is_off_fails(tmp_path: Path, key: str, off: float) -> None:
    case = hand_made()
    fixed = case["results"]["Hd"]["fixed"]["A"]
    if key == "loglik":
        fixed[key] += off
    elif key == "genotypes":
        fixed[key]["TH 01"]["U1"][0][1] -= off
    else:
        fixed = case["results"]["Hd"]["fixed"]["A"] = deepcopy(fixed)
        fixed[key]["TH 01"] += off
    said = run("validate", written(tmp_path, case))
    assert said.code == 1
    assert " NO" in said.out
    assert "1 failed" in said.out


def test_a_maximum_may_be_higher_than_the_best_known_and_not_lower(tmp_path: Path) -> None:
    case = with_maxima()
    case["lr"] = []
    case["results"]["Hp"]["mle"]["best"]["loglik"] += 10
    said = run("validate", written(tmp_path, case), "--json")
    assert said.code == 1
    failed = [c for c in said.json["cases"][0]["checks"] if not c["holds"]]
    assert [c["quantity"] for c in failed] == ["Hp maximum: ln likelihood"]
    assert failed[0]["difference"] < -0.001


def test_the_table_shows_expected_and_ours(tmp_path: Path) -> None:
    said = run("validate", written(tmp_path, hand_made()))
    assert said.out.splitlines()[1].split() == [
        "Quantity", "Expected", "Ours", "Difference", "Tolerance", "Holds",
    ]  # fmt: skip
    assert "5 held, 0 failed, 1 not computed, in 1 case." in said.out
    assert "Not computed (not computed by this version): Hd: model check" in said.out


def test_impossible_evidence_is_a_number_that_json_can_hold(tmp_path: Path) -> None:
    case = hand_made()
    case["references"]["R"]["TH 01"] = ["12", "12"]
    for key in ("loglik", "loglik_marker"):
        case["results"]["Hp"]["fixed"]["A"].pop(key)
    case["results"]["Hp"]["fixed"]["A"]["loglik"] = -1.0
    said = run("validate", written(tmp_path, case), "--json")
    checks = {c["quantity"]: c for c in said.json["cases"][0]["checks"]}
    assert checks["Hp A: ln likelihood"]["got"] == "-inf"
    assert not checks["Hp A: ln likelihood"]["holds"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("not json", "not JSON"),
        ("[]", "does not say that its format is"),
        ('{"format": "mixture-reference/2"}', "does not say that its format is"),
        ('{"format": "mixture-reference/1", "id": "X"}', "'settings' is missing"),
    ],
)
def test_a_broken_case_is_listed_and_the_rest_goes_on(
    tmp_path: Path, content: str, told: str
) -> None:
    (tmp_path / "a.json").write_text(content, encoding="utf-8")
    written(tmp_path, hand_made(), "b.json")
    said = run("validate", tmp_path, "--json")
    assert said.code == 2
    assert said.json["held"] == 5
    (bad,) = said.json["unreadable"]
    assert bad["file"].endswith("a.json")
    assert told in bad["reason"]


def test_wrong_fields_are_refused_with_the_file(tmp_path: Path) -> None:
    for path, value in (
        (("settings", "AT"), -5),
        (("settings", "fst"), "a"),
        (("freq", "TH 01"), {"10": 3}),
        (("evidence", "run"), 5),
        (("hypotheses", "Hp", "known"), ["nobody"]),
        (("results", "Hp", "fixed", "A", "theta"), [0.5, 1000, 0.2]),
        (("kit",), "Globalfilter"),
    ):
        case = hand_made()
        inner = case
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        said = run("validate", written(tmp_path, case), "--json")
        assert said.code == 2, path
        assert said.json["unreadable"][0]["file"].endswith("case.json"), path


def test_no_file_at_all(tmp_path: Path) -> None:
    assert run("validate", tmp_path).code == 2
    assert run("validate", tmp_path / "missing.json").code == 2


def test_sizes_are_taken_from_beside_the_case_or_one_folder_up(tmp_path: Path) -> None:
    (tmp_path / "kits").mkdir()
    table = "kit,marker,allele,size\nhome,TH 01,10,225\nhome,TH 01,11,325\nhome,TH 01,12,425\n"
    (tmp_path / "kits" / "kit_sizes.csv").write_text(table)
    case = hand_made()
    case["kit"], case["model"]["DEG"] = "home", True
    decay, shape, scale = 0.5, VARIABILITY**-2, HEIGHT * VARIABILITY**2
    # Sizes of 225 and 325 bp are one and two steps of 100 bp from 125 bp.
    known = gamma.logpdf(950, shape * decay, scale=scale)
    known += gamma.logpdf(1040, shape * decay**2, scale=scale)
    expected = {"theta": [1.0, HEIGHT, VARIABILITY, decay], "loglik": known}
    case["results"]["Hp"]["fixed"] = {"A": expected}
    case["results"]["Hd"] = {}
    for folder in (tmp_path, tmp_path / "cases"):
        folder.mkdir(exist_ok=True)
        said = run("validate", written(folder, case), "--json")
        assert said.code == 0, said.out
        assert said.json["held"] == 1
    assert exp(known) > 0


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder `shared` is not beside the project")
@pytest.mark.parametrize("name", ["P01", "P04", "P11", "P14", "P18", "P21", "P24"])
def test_reference_cases_of_another_program_hold(name: str) -> None:
    done = reopen.validate_cases(SHARED / f"{name}.json")
    assert not done.unreadable
    assert [str(c) for case in done.cases for c in case.checks if not c.holds] == []
    assert done.held > 50
    reasons = {item.reason for case in done.cases for item in case.unsupported}
    assert reasons <= {
        "not computed by this version",
        "genotypes are read off with unrelated contributors only",
    }


def test_a_folder_without_a_case_is_said_to_have_none(tmp_path: Path) -> None:
    said = run("validate", tmp_path)
    assert said.code == 2
    assert said.out == ""
    assert f"No case file (*.json) in {tmp_path}." in said.err
