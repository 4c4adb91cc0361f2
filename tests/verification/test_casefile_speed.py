"""The table of the casefile's speed: every task does its work, and what is met by which figures."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from verification.casefile_speed import Cost, Page, Task, as_table, custody, exhibits, is_met
from verification.goals import goals

from reopen.faces.workbench.unit_views import CasesFound, CaseView
from reopen.prove.holdings import Holdings
from reopen.prove.rules import RULES, ask
from reopen.records.cases import Exhibit
from reopen.records.findings import Verdict
from reopen.store.reader import Reader
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


def test_every_page_shows_what_it_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(casefile_speed, "LOOKS", 1)
    shown: list[object] = []

    def watched(page: Page) -> Page:
        def work(reader: Reader, case: str) -> object:
            shown.append(page.work(reader, case))
            return shown[-1]

        return replace(page, work=work)

    monkeypatch.setattr(casefile_speed, "PAGES", tuple(map(watched, casefile_speed.PAGES)))
    where = str(tmp_path)
    monkeypatch.setattr(sys, "argv", ["casefile_speed", "--cases", "60", "--where", where])
    casefile_speed.main()
    every, some, found, case, _, listed = shown[::2]
    assert isinstance(every, tuple)
    assert isinstance(some, CasesFound)
    assert isinstance(found, CasesFound)
    assert isinstance(case, CaseView)
    assert isinstance(listed, list)
    assert (len(every), len(some.rows), some.total) == (60, 50, 60)
    assert {row.exhibits for row in every} == {3}
    assert found.total == 24  # those of the seventies, and four others whose number ends in 7
    assert (len(case.involvements), len(case.exhibits)) == (5, 3)
    assert {each.record.KIND for each in listed} > {"case", "exhibit", "sample", "involvement"}
    assert capsys.readouterr().out.count("at most") == 3


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
