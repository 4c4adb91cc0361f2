"""The table of the casefile's speed: every task does its work, and what is met by which figures."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from verification.casefile_speed import Cost, Task, as_table, custody, exhibits, is_met
from verification.goals import goals

from reopen.prove.holdings import Holdings
from reopen.prove.rules import RULES, ask
from reopen.records.cases import Exhibit
from reopen.records.findings import Verdict
from reopen.store.unit import now
from verification import casefile_speed


def test_the_invented_unit_is_whole() -> None:
    records = [*exhibits(2000), *custody(2000)]
    kinds = Counter(type(record).__name__ for record in records)
    assert kinds == {"Case": 2, "Exhibit": 100, "CustodyEvent": 2000}
    holdings = Holdings(records, now=now())
    assert all(holdings.case_of(each.id) for each in holdings.of(Exhibit))
    assert ask(RULES["C1"], holdings).verdict is not Verdict.FAILS


def test_a_time_is_judged_and_one_without_a_goal_is_not() -> None:
    some = [Task("check", casefile_speed.verify, 60.0), Task("import", casefile_speed.import_all)]
    assert is_met(some[0], Cost("", 60.0, 90.0, 300.0))
    assert not is_met(some[0], Cost("", 61.0, 61.0, 300.0))
    assert is_met(some[1], Cost("", 1000.0, 1000.0, 300.0))
    lines = as_table(some, [Cost("x", 61.0, 61.0, 300.0)] * 2).splitlines()
    assert "| at most 60 s | 300 | no | x |" in lines[2]
    assert "|  | 300 | yes | x |" in lines[3]


@pytest.mark.slow
def test_every_task_is_measured_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["casefile_speed", "--events", "2000", "--out", str(tmp_path)])
    casefile_speed.main()
    data = json.loads((tmp_path / "casefile_speed.json").read_text(encoding="utf-8"))
    results = {row["name"]: row["result"] for row in data["rows"]}
    assert results["import"] == "2,000 events"
    assert results["open, and list the cases"] == "2 cases"
    assert results["open, and list a case's events"] == "1,000 events"
    assert results["open, and keep one event"] == "new"
    assert all(row["cpu_seconds"] > 0 for row in data["rows"])
    assert len(list(goals("casefile_speed", data))) == 3
