"""Reference cases of power: the files of this form, what they may say, and what they may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import reopen

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "kinship"


def member(id: str, sex: str, father: str | None = None, mother: str | None = None) -> Any:
    return {"id": id, "father": father, "mother": mother, "sex": sex}


CLAIM = [member("man", "M"), member("mother", "F"), member("child", "F", "man", "mother")]
TRUTH = [member("man", "M"), member("mother", "F"), member("x", "M"),
         member("child", "F", "x", "mother")]  # fmt: skip


def case(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "kinship-case/1", "id": "c", "kind": "exclusion_power", "title": "a trio",
        "claim": CLAIM, "truth": TRUTH, "ids": ["man"], "tolerance": 1e-9,
        "examples": [{"freqs": {"1": 0.5, "2": 0.3, "3": 0.2}, "expected_ep": 0.04,
                      "genotypes": {"child": ["1", "2"]}}],
        **changes,
    }  # fmt: skip


def validated(tmp_path: Path, content: dict[str, Any]) -> reopen.Validation:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return reopen.validate_cases(path)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="no folder `shared` beside the project")
def test_published_cases_hold() -> None:
    found = reopen.validate_cases(*sorted(SHARED.glob("p4*.json")))
    assert (found.held, found.failed, found.unsupported) == (5, 0, 0)


def test_a_child_of_known_alleles_excludes_by_hand(tmp_path: Path) -> None:
    """Child 1 2 of frequencies 0.5, 0.3: men with neither are 0.2 squared."""
    found = validated(tmp_path, case())
    assert (found.held, found.failed, found.unsupported) == (1, 0, 0)
    wrong = validated(tmp_path, case(examples=[case()["examples"][0] | {"expected_ep": 0.05}]))
    assert (wrong.held, wrong.failed) == (0, 1)


def test_several_markers_and_x(tmp_path: Path) -> None:
    """On X a daughter excludes men without either of her alleles: 0.2. Together 1 - 0.8 * 0.96."""
    markers = [
        {"name": "D1", "type": "autosomal", "alleles": ["1", "2", "3"], "freqs": [0.5, 0.3, 0.2]},
        {"name": "DX", "type": "X", "alleles": ["1", "2", "3"], "freqs": [0.5, 0.3, 0.2]},
    ]
    example = {
        "markers": markers,
        "genotypes": {"child": {"D1": ["1", "2"], "DX": ["1", "2"]}},
        "expected": {"per_marker": {"D1": 0.04, "DX": 0.2}, "total": 1 - 0.8 * 0.96},
    }
    found = validated(tmp_path, case(examples=[example]))
    assert (found.held, found.failed, found.unsupported) == (3, 0, 0)


def test_the_power_of_a_family(tmp_path: Path) -> None:
    """A missing father of a child 1 2: as by hand above; 1 / (2 p) and so on have a mean of 1."""
    content = case(
        kind="power",
        families={"f": CLAIM},
        missing=["man"],
        settings={"theta": 0.0},
        markers=[{"name": "D1", "alleles": ["1", "2", "3"], "freqs": [0.5, 0.3, 0.2]}],
        genotypes={"child": {"D1": ["1", "2"]}},
        expected={
            "exclusion_power": {"per_marker": {"D1": 0.04}, "total": 0.04},
            "mismatches": {"0": 0.96, "1": 0.04},
            "mean_lr_unrelated": 1.0,
            "inclusion_power": {"1.5": 0.15},
            "something else": 3,
        },
    )
    found = validated(tmp_path, content)
    assert (found.held, found.failed, found.unsupported) == (6, 0, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ids": None}, "People to be typed"),
        ({"claim": None}, "claim"),
        ({"ids": ["x"]}, "x is not in claim"),
        ({"examples": [{"freqs": {"1": 0.5, "2": 0.2}, "expected_ep": 0.1}]}, "sum"),
    ],
)
def test_what_cannot_be_computed_is_listed(
    changes: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    content = {key: value for key, value in case(**changes).items() if value is not None}
    found = validated(tmp_path, content)
    assert (found.held, found.failed, found.unsupported) == (0, 0, 1)
    assert reason in found.cases[0].unsupported[0].reason
