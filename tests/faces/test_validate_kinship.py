"""`reopen validate` of kinship cases: by hand, broken ones, and the public reference cases."""

from __future__ import annotations

import json
from math import log10
from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import run
from tests.faces.kinship_files import paternity, written

import reopen

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "kinship"


def validated(folder: Path, case: dict[str, Any]) -> Any:
    """What the command says of one case, as JSON."""
    said = run("validate", written(folder, case), "--json").json
    (found,) = said["cases"]
    return found


def test_numbers_by_hand_hold(tmp_path: Path) -> None:
    found = validated(tmp_path, paternity())
    assert [check["quantity"] for check in found["checks"]] == [
        "H1 / H2: log10 LR, TH01", "H1 / H2: log10 LR, FGA", "H1 / H2: log10 LR, total",
    ]  # fmt: skip
    assert all(check["holds"] for check in found["checks"])
    assert found["checks"][2]["expected"] == pytest.approx(log10(200))
    assert found["unsupported"] == []


def test_a_wrong_number_fails_and_an_impossible_one_is_told_by_name(tmp_path: Path) -> None:
    case = paternity()
    case["expected"]["log10_lr"]["H1/H2"]["total"] = 2.4
    case["expected"]["log10_likelihood"] = {"H1": {"TH01": "-inf"}}
    path = written(tmp_path, case)
    said = run("validate", path)
    assert said.code == 1
    assert "NO" in said.out
    outcomes = [check["outcome"] for check in validated(tmp_path, case)["checks"]]
    assert outcomes == ["holds", "holds", "fails", "fails"]


def test_an_exclusion_is_expected_as_minus_infinity(tmp_path: Path) -> None:
    case = paternity()
    case["genotypes"]["AF"]["TH01"] = ["9", "9"]
    case["expected"] = {"log10_lr": {"H1/H2": {"per_marker": {"TH01": "-inf"}, "total": "-inf"}}}
    assert [check["holds"] for check in validated(tmp_path, case)["checks"]] == [True, True]


def test_the_tolerance_is_that_of_the_file(tmp_path: Path) -> None:
    case = paternity()
    case["expected"]["log10_lr"]["H1/H2"]["total"] = 2.31
    assert [c["holds"] for c in validated(tmp_path, case)["checks"]] == [True, True, False]
    case["tolerance_log10"] = 0.02
    assert [c["holds"] for c in validated(tmp_path, case)["checks"]] == [True, True, True]


def test_markers_nobody_was_typed_at_have_probability_1(tmp_path: Path) -> None:
    case = paternity()
    for typed in case["genotypes"].values():
        typed["FGA"] = None
    case["expected"] = {"log10_likelihood": {"H1": {"FGA": 0}}}
    assert [c["holds"] for c in validated(tmp_path, case)["checks"]] == [True]


def test_what_is_not_known_is_listed_number_by_number(tmp_path: Path) -> None:
    case = paternity()
    case["expected"]["waistline"] = {"AF": [1, 2]}
    found = validated(tmp_path, case)
    assert [item["quantity"] for item in found["unsupported"]] == [
        "waistline, AF, 1", "waistline, AF, 2",
    ]  # fmt: skip
    assert len(found["checks"]) == 3
    case = paternity() | {"kind": "astrology", "hypotheses": {}}
    found = validated(tmp_path, case)
    assert (len(found["checks"]), len(found["unsupported"])) == (0, 3)
    assert "astrology" in found["unsupported"][0]["reason"]


def test_a_hypothesis_that_cannot_be_weighed_leaves_the_others(tmp_path: Path) -> None:
    case = paternity()
    case["expected"]["log10_lr"]["H1/H9"] = {"total": 1.0}
    found = validated(tmp_path, case)
    assert len(found["checks"]) == 3
    (missing,) = found["unsupported"]
    assert "names no two hypotheses" in missing["reason"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": "kinship-case/2"}, "schema"),
        ({"tolerance_log10": "small"}, "tolerance"),
        ({"expected": {"log10_lr": [1]}}, "where a table belongs"),
        ({"expected": {"log10_lr": {"H1/H2": 2}}}, "rows that are no tables"),
        ({"expected": {"joint_top": [{"posterior_flat": 1}]}}, "a row without 'assignment'"),
        ({"expected": {"solve": {"AM": 1}}}, "where a list of tables belongs"),
        ({"expected": "2.3"}, "Expected: '2.3'"),
        ({"markers": None}, "markers"),
        ({"genotypes": {"AF": {"D99": ["1", "1"]}}}, "D99"),
    ],
)
def test_broken_cases_are_listed_with_the_reason(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    said = run("validate", written(tmp_path, paternity() | change))
    assert said.code == 2
    assert told in said.out
    assert "Cases that could not be read (1)" in said.out


def test_kinds_of_case_stand_in_one_folder(tmp_path: Path) -> None:
    written(tmp_path, paternity(), "a.json")
    written(tmp_path, paternity() | {"id": "second"}, "b.json")
    validation = reopen.validate_cases(tmp_path)
    assert [case.id for case in validation.cases] == ["by-hand", "second"]
    assert (validation.held, validation.failed) == (6, 0)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference cases are not beside the project")
def test_every_likelihood_and_lr_of_the_public_cases_holds() -> None:
    cases = [p for p in SHARED.glob("*.json") if json.loads(p.read_text())["kind"] == "lr"]
    validation = reopen.validate_cases(*sorted(cases))
    assert len(validation.cases) == len(cases) >= 11
    assert validation.held >= 350
    assert (validation.failed, validation.unsupported, validation.unreadable) == (0, 0, ())
