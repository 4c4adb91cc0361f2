"""The seeds script: what counts as a good end, and a run on two cases."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from verification.goals import goals
from verification.seeds import CASES, Seeds, verdict

from verification import seeds


def ends(*values: float, reference: float | None = None) -> Seeds:
    return Seeds("P", "Hd", 2, reference, values, 1.0)


def test_an_end_is_good_at_the_best_of_all_and_not_below_the_reference() -> None:
    assert ends(-10.0, -10.0009, -10.002, -11.0).good == 2
    assert ends(-10.0, -10.0009, -10.002, reference=-9.9995).good == 1
    assert ends(-10.0, -10.0009, reference=-9.0).good == 0
    assert ends(-10.0, -10.0009, reference=-12.0).good == 2


def test_a_proposition_below_99_of_100_is_named() -> None:
    well, badly = ends(*[-1.0] * 99, -2.0), ends(*[-1.0] * 98, -2.0, -2.0)
    told = verdict([well, badly], ["P24 Hd (4 unknown)"])
    assert told.startswith("1 of 2 propositions end")
    assert "Not: P Hd (98)." in told
    assert "Left out for their time: P24 Hd (4 unknown)." in told


def test_the_goal_is_judged_only_where_there_are_seeds() -> None:
    rows = [
        {"good": 99, "ln_likelihoods": [0.0] * 100},
        {"good": 98, "ln_likelihoods": [0.0] * 100},
    ]
    (goal,) = goals("seeds", {"fits": rows, "takes_seed": True})
    assert (goal.figure, goal.is_met) == ("1 of 2 propositions", False)
    (goal,) = goals("seeds", {"fits": rows[:1], "takes_seed": False})
    assert goal.is_met is None


@pytest.mark.shared
@pytest.mark.skipif(not CASES.is_dir(), reason="the folder `shared` is not beside the project")
def test_two_cases_end_where_the_reference_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        "--cases",
        "P02",
        "P03",
        "--seeds",
        "3",
        "--most-unknowns",
        "1",
        "--out",
        str(tmp_path),
    ]
    monkeypatch.setattr(sys, "argv", ["seeds", *words])
    seeds.main()
    data = json.loads((tmp_path / "seeds.json").read_text(encoding="utf-8"))
    assert data["left_out"] == ["P03 Hd (2 unknown)"]
    assert [fit["case"] for fit in data["fits"]] == ["P02", "P02", "P03"]
    for fit in data["fits"]:
        assert fit["good"] == len(fit["ln_likelihoods"])


def test_nothing_to_fit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["seeds", "--folder", str(tmp_path)])
    with pytest.raises(SystemExit, match="No case and no seed to fit"):
        seeds.main()
