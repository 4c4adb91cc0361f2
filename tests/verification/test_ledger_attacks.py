"""The script of attacks writes what the report reads; the attacks themselves: tests/ledger."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from verification.goals import goals

from verification import ledger_attacks


def test_the_script_writes_table_data_and_goal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["s", "--attacks", "22", "--seed", "3", "--out", str(tmp_path)]
    )
    ledger_attacks.main()
    data = json.loads((tmp_path / "ledger_attacks.json").read_text())
    assert sum(row["made"] for row in data["attacks"]) == 22
    assert len(data["attacks"]) == 22  # one of each kind
    (goal,) = goals("ledger_attacks", data)
    assert goal.goal == "all of 10,000"
    assert goal.is_met is None  # too few to say
    many = {"attacks": [{"made": 10_000, "found": 9_999}]}
    assert [goal.is_met for goal in goals("ledger_attacks", many)] == [False]
    assert "| all |" in (tmp_path / "ledger_attacks.md").read_text()
