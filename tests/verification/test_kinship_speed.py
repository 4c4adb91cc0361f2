"""The table of kinship's speed: every task is a benchmark, and what is met by which figures."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest
from verification.goals import goals
from verification.kinship_speed import TASKS, Cost, Task, as_table, is_met

from verification import kinship_speed


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_task_is_a_benchmark(task: Task) -> None:
    module, _, suite = task.suite.partition(".")
    bench = getattr(import_module(f"benchmarks.{module}"), suite)
    assert callable(getattr(bench, task.method))
    assert len(task.arguments) == len(getattr(bench, "param_names", ()))


def test_a_rate_and_a_time_are_judged_the_right_way_round_and_memory_counts() -> None:
    rate = Task("rate", "a.B", "c", (), goal=20e6, peer="", work=1_000_000)
    time = Task("time", "a.B", "c", (), goal=2.0, peer="")
    assert is_met(rate, Cost(0.05, 300.0))
    assert not is_met(rate, Cost(0.06, 300.0))
    assert is_met(time, Cost(2.0, 300.0))
    assert not is_met(time, Cost(2.1, 300.0))
    assert not is_met(time, Cost(1.0, 1000.0))
    lines = as_table([rate, time], [Cost(0.05, 300.0), Cost(2.1, 300.0)]).splitlines()
    assert "| 20.0 million/s | at least 20 million/s |" in lines[2]
    assert "| 2.1 s | at most 2 s |" in lines[3]
    assert "| no |" in lines[3]


def test_one_row_is_measured_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["kinship_speed", "--only", "three generations", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", words)
    kinship_speed.main()
    data = json.loads((tmp_path / "kinship_speed.json").read_text(encoding="utf-8"))
    (row,) = data["rows"]
    assert row["seconds"] > 0
    assert row["megabytes"] > 30
    (goal,) = goals("kinship_speed", data)
    assert goal.goal == "at most 0.02 s"
