"""`reopen validate`: a case worked out by hand, another program's cases, broken files."""

from __future__ import annotations

import json
from copy import deepcopy
from math import exp, log, log10
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import beta, gamma
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
                "mle": {"shipped": {"theta": theta}},
                "deconvolution_at_mle": {"marginals": genotypes},
                "validation_at_mle": {"rows": peaks_by_hand(shape, scale)},
            },
        },
        "lr": [],
    }  # fmt: skip


def peaks_by_hand(shape: float, scale: float) -> list[list[Any]]:
    """The probability plot: one copy's gamma law between the threshold less one and a height that
    two copies hardly reach, and order statistics of two uniform values."""
    tallest = gamma.ppf(0.99999, 2 / VARIABILITY**2, scale=scale)
    low, high = gamma.cdf((THRESHOLD - 1, tallest), shape, scale=scale)
    rows = []
    for rank, height in enumerate((950.0, 1040.0)):
        value = (gamma.cdf(height, shape, scale=scale) - low) / (high - low)
        middle = (rank + 0.5) / 2
        law = beta(2 * middle, 2 - 2 * middle + 1)
        tail = law.cdf(value) if value < middle else law.sf(value)
        rows.append(["TH 01", "run", ("10", "11")[rank], height, value, tail, bool(tail < 0.0025)])
    return rows


def with_maxima() -> dict[str, Any]:
    """The same with a likelihood ratio: both maxima differ by the genotype's probability."""
    case = hand_made()
    best = case["results"]["Hp"]["fixed"]["A"]["loglik"]  # below the maximum, so a bound
    rarity = log(0.12)
    for name, loglik in (("Hp", best), ("Hd", best + rarity)):
        case["results"][name].setdefault("mle", {})["best"] = {"loglik": loglik}
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
    assert set(said.json) >= {"held", "failed", "higher", "unsupported", "cases"}
    assert (said.json["failed"], said.json["unsupported"]) == (0, 0)
    (case,) = said.json["cases"]
    assert case["id"] == "hand-made"
    found = {check["quantity"]: check for check in case["checks"]}
    told = {name.removesuffix(" 10").removesuffix(" 11") for name in found}  # differ by rounding
    assert told == {
        "Hp A: ln likelihood", "Hp A: ln likelihood, TH 01", "Hp maximum: ln likelihood",
        "Hd A: ln likelihood", "Hd A: ln likelihood, TH 01", "Hd maximum: ln likelihood",
        "Hd A: probability, TH 01 U1 10/11",
        "Hd at the maximum: probability, TH 01 U1 10/11",
        "Hd peak checks: P(height up to this one), TH 01",
        "Hd peak checks: p-values in order", "Hd peak checks: peaks flagged otherwise",
        "Hp / Hd: log10 LR", "Hp / Hd: log10 LR, TH 01",
    }  # fmt: skip
    for check in case["checks"]:
        assert set(check) == {
            "quantity", "expected", "got", "difference", "tolerance", "holds", "outcome",
        }  # fmt: skip
        assert check["holds"] == (check["outcome"] == "holds")
        assert check["difference"] == pytest.approx(check["got"] - check["expected"], abs=1e-12)
    outcomes = {name: check["outcome"] for name, check in found.items()}
    # The case says the likelihood at the given parameters, which is below the maximum.
    higher = {name for name, outcome in outcomes.items() if outcome == "higher maximum"}
    assert higher == {"Hp maximum: ln likelihood", "Hd maximum: ln likelihood"}
    assert said.json["higher"] == 2
    assert case["unsupported"] == []


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


@pytest.mark.parametrize(("column", "off"), [(4, 2e-3), (5, 1e-2), (6, True)])
def test_a_probability_plot_that_is_off_fails(tmp_path: Path, column: int, off: float) -> None:
    """Value, p-value and flag of a peak: each is compared by itself."""
    case = hand_made()
    row = case["results"]["Hd"]["validation_at_mle"]["rows"][0]
    row[column] = off if column == 6 else row[column] + off
    said = run("validate", written(tmp_path, case), "--json")
    assert said.code == 1
    failed = [c["quantity"] for c in said.json["cases"][0]["checks"] if c["outcome"] == "fails"]
    assert len(failed) == 1
    assert failed[0].startswith("Hd peak checks: ")


def test_a_genotype_at_the_maximum_that_is_off_fails(tmp_path: Path) -> None:
    case = hand_made()
    case["results"]["Hd"]["deconvolution_at_mle"] = {
        "marginals": {"TH 01": {"U1": [["10/11", 0.99]]}}
    }
    assert run("validate", written(tmp_path, case)).code == 1


def test_peaks_that_are_not_ours_are_listed(tmp_path: Path) -> None:
    case = hand_made()
    case["results"]["Hd"]["validation_at_mle"]["rows"][0][2] = "12"
    case["results"]["Hd"]["validation_at_mle"]["rows"].append(["TH 01", "run", "11", 1, 0.5, 1, 0])
    said = run("validate", written(tmp_path, case), "--json")
    reasons = [item["reason"] for item in said.json["cases"][0]["unsupported"]]
    assert reasons == ["12 is no peak of ours", "3 peaks are expected, and 2 were checked"]


def test_a_ratio_off_by_a_higher_maximum_is_an_outcome_of_its_own(tmp_path: Path) -> None:
    case = with_maxima()
    maxima = case["results"]["Hp"]["mle"]["best"], case["results"]["Hd"]["mle"]["best"]
    maxima[0]["loglik"] -= 1
    case["lr"][0]["log10LR"] -= 1 / log(10)
    said = run("validate", written(tmp_path, case), "--json")
    assert said.code == 0
    outcomes = {c["quantity"]: c["outcome"] for c in said.json["cases"][0]["checks"]}
    assert outcomes["Hp / Hd: log10 LR"] == "higher maximum"
    assert "3 at a higher maximum" in run("validate", written(tmp_path, case)).out
    maxima[1]["loglik"] += 10  # now the other one is lower: no excuse
    said = run("validate", written(tmp_path, case), "--json")
    outcomes = {c["quantity"]: c["outcome"] for c in said.json["cases"][0]["checks"]}
    assert outcomes["Hp / Hd: log10 LR"] == "fails"


def test_a_maximum_may_be_higher_than_the_best_known_and_not_lower(tmp_path: Path) -> None:
    case = with_maxima()
    case["lr"] = []
    case["results"]["Hp"]["mle"]["best"]["loglik"] += 10
    said = run("validate", written(tmp_path, case), "--json")
    assert said.code == 1
    failed = [c for c in said.json["cases"][0]["checks"] if c["outcome"] == "fails"]
    assert [c["quantity"] for c in failed] == ["Hp maximum: ln likelihood"]
    assert failed[0]["difference"] < -0.001


def test_the_table_shows_expected_and_ours(tmp_path: Path) -> None:
    said = run("validate", written(tmp_path, hand_made()))
    assert said.out.splitlines()[1].split() == [
        "Quantity", "Expected", "Ours", "Difference", "Tolerance", "Holds",
    ]  # fmt: skip
    summary = "9 held, 0 failed, 0 at a higher maximum, 0 not computed, in 1 case."
    assert summary in " ".join(said.out.split())


def test_what_is_not_computed_is_listed_with_its_reason(tmp_path: Path) -> None:
    case = hand_made()
    case["bayesian"] = {"lr": 1}
    del case["results"]["Hd"]["mle"]
    said = run("validate", written(tmp_path, case))
    told = " ".join(said.out.split())
    assert "5 held, 0 failed, 0 at a higher maximum, 3 not computed, in 1 case." in told
    assert (
        "Not computed (the description of the format does not name the block's fields): Bayes "
        "factors and conservative LR (the block `bayesian`)."
    ) in told
    assert "Hd: peak checks, whose parameters are not given" in told


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
    assert said.json["held"] == 9
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
    assert [str(c) for case in done.cases for c in case.checks if c.fails] == []
    assert done.held > 50
    assert [str(u) for case in done.cases for u in case.unsupported] == []


def test_a_folder_without_a_case_is_said_to_have_none(tmp_path: Path) -> None:
    said = run("validate", tmp_path)
    assert said.code == 2
    assert said.out == ""
    assert f"No case file (*.json) in {tmp_path}." in said.err
