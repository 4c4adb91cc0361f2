"""Audit: findings for those who may see them; a staff hit for its reviewers alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from tests.faces.web.conftest import Browser
from tests.faces.web.dna_unit import asked, finished, no_processes
from tests.faces.web.test_importing import ended

from reopen.faces.web import auditing
from reopen.faces.web.doing import Doing
from reopen.faces.web.sessions import SUPERVISED_S
from reopen.faces.web.work import Stage, Work
from reopen.faces.workbench import access
from reopen.faces.workbench.audit import Audited
from reopen.records.access import Action, Actor, Sensitivity, Standing
from reopen.records.base import Ref
from reopen.records.findings import Disposition, Finding, SealedName, Severity, Verdict
from reopen.store.unit import open_unit

OPEN = Finding(
    id="C1-1", rule="C1", records=(Ref("exhibit", "E1"),), severity=Severity.B, case="K1",
    sentence="Nobody is recorded as holding it.",
)  # fmt: skip
STAFF = Finding(
    id="X1-1", rule="X1", records=(Ref("sealed_name", "N1"), Ref("exhibit", "E1")), blind=True,
    severity=Severity.A, sentence="A staff profile fits the trace.", case="K1",
)  # fmt: skip
PEOPLE = (
    Actor(id="rita", name="Rita Vale", standing=Standing.REVIEWER),
    Actor(id="tom", name="Tom Aune", standing=Standing.AUDITOR),
    Actor(id="resa", name="Resa Lund", standing=Standing.RESERVIST),
)


@pytest.fixture
def audited(unit_file: Path) -> Path:
    with open_unit(unit_file) as unit:
        with unit.writing("mara") as writer:
            writer.put_many((*PEOPLE, OPEN))
        every = (Action.READ, Action.ADD, Action.AMEND, Action.DECIDE)
        staff = access.give(
            unit, "mara", "rita", purpose="review", actions=every, classes=(Sensitivity.STAFF,)
        )
        access.approve(unit, "tom", staff.record.id)
        access.give(unit, "mara", "resa", purpose="review", case="K1")
        with unit.writing("rita") as writer:
            writer.put_many((STAFF, SealedName(id="N1", rule="X1", person="P-staff")))
    return unit_file


@pytest.mark.usefixtures("audited")
def test_a_reservist_sees_neither_the_staff_hit_nor_a_count_of_it(
    signed_in: Callable[[str], Browser],
) -> None:
    resa, rita = signed_in("resa"), signed_in("rita")
    seen = rita.json("/audit?which=all")
    assert {each["id"] for each in seen["findings"]} == {"C1-1", "X1-1"}
    assert [(each["severity"], each["open"]) for each in seen["severities"]] == [
        ("A", 1), ("B", 1), ("C", 0),
    ]  # fmt: skip
    assert rita.json("/audit/X1-1")["names"] == ["P-staff"]
    for query in ("", "?which=all", "?severity=A"):
        page = resa.json("/audit" + query)
        assert {each["id"] for each in page["findings"]} <= {"C1-1"}
        assert [(each["severity"], each["open"]) for each in page["severities"]] == [
            ("A", 0), ("B", 1), ("C", 0),
        ]  # fmt: skip
        assert "X1" not in resa.get("/audit" + query).text
    assert resa.json("/audit")["total"] == 1
    hidden, missing = resa.get("/audit/X1-1"), resa.get("/audit/X1-2")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text.split("<main")[1].replace("X1-1", "X1-2") == missing.text.split("<main")[1]
    assert "X1" not in str(resa.json("/evidence/E1")["findings"])
    assert resa.post("/audit/X1-1/dispose", outcome="open", reason="x").status_code == 404
    assert signed_in("stranger").json("/audit?which=all")["total"] == 0


@pytest.mark.usefixtures("audited")
def test_a_finding_is_disposed_of_by_who_may_decide(
    signed_in: Callable[[str], Browser], audited: Path
) -> None:
    rita, resa, mara = signed_in("rita"), signed_in("resa"), signed_in("mara")
    page = rita.get("/audit/C1-1").text
    assert "Nobody is recorded as holding it." in page
    assert 'href="/evidence/E1"' in page
    assert resa.post("/audit/C1-1/dispose", outcome="explained", reason="x").status_code == 403
    assert mara.post("/audit/C1-1/dispose", outcome="explained", reason="x").status_code == 403
    assert rita.post("/audit/C1-1/dispose", outcome="done", reason="x").status_code == 422
    done = rita.post("/audit/C1-1/dispose", outcome="explained", reason="the bench book has it")
    assert done.status_code == 303
    assert {each["id"] for each in rita.json("/audit")["findings"]} == {"X1-1"}
    (after,) = rita.json("/audit?which=ended")["findings"]
    assert after["ended"] == "explained by rita: the bench book has it"
    with open_unit(audited) as unit, unit.reading("rita") as reader:
        assert [each.by for each in reader.all(Disposition)] == ["rita"]


@pytest.mark.usefixtures("audited")
def test_the_audit_runs_behind_and_tells_its_asker_what_they_may_know(
    client: Browser, signed_in: Callable[[str], Browser]
) -> None:
    answer = client.post("/audit")
    work = ended(client, answer.headers["location"])
    shown = client.json(f"/runs/{work}")
    assert shown["work"]["stage"] == "done", shown
    rules = {each["id"] for each in shown["result"]["rules"]}
    assert "C1" in rules
    assert "X1" not in rules  # how it answers is for reviewers
    page = client.get(f"/runs/{work}").text
    assert "What the rules answered" in page
    assert client.json("/audit")["last_by"] == "Mara Lind"
    assert signed_in("resa").get(f"/runs/{work}").status_code == 404


@pytest.mark.usefixtures("audited")
def test_the_report_of_an_audit_tells_nobody_of_staff_but_their_reviewers(
    audited: Path, monkeypatch: pytest.MonkeyPatch, client: Browser, app: FastAPI
) -> None:
    """A rule on staff fails as it would on a trace with the profile of somebody of the staff."""
    audit_unit = auditing.audit_unit

    def with_staff_hit(*given: Any, **how: Any) -> Audited:
        done = audit_unit(*given, **how)
        answers = tuple(
            replace(each, verdict=Verdict.FAILS, findings=(STAFF,)) if each.rule == "X1" else each
            for each in done.audit.answers
        )
        assert answers != done.audit.answers
        found = replace(done.audit, answers=answers, findings=(*done.audit.findings, STAFF))
        return replace(done, audit=found)

    monkeypatch.setattr(auditing, "audit_unit", with_staff_hit)
    no_processes(app)
    work = finished(app, asked(client.post("/reports/audit")))
    for name in ("audit.html", "audit.json"):
        told = client.get(f"/reports/{work.id}/{name}").text
        assert "C1" in told
        assert not re.search(r"\bX1\b", told)
        assert "A staff profile fits" not in told
    page = client.get(f"/runs/{work.id}").text
    assert "0 A" in page
    assert "What rules on staff answered is left to their reviewers." in page


def test_whoever_was_beside_somebody_is_not_when_their_work_goes_on_later(tmp_path: Path) -> None:
    began = time.time()
    work = Work("1", "resa", "audit", "", {"supervisor": "rita"}, Stage.RUNNING, "", 0, 0, began,
                None, "", {})  # fmt: skip
    doing = Doing(None, work, tmp_path, None)  # type: ignore[arg-type]
    assert doing.supervisor == "rita"
    assert replace(doing, work=replace(work, began=began - SUPERVISED_S)).supervisor == ""
