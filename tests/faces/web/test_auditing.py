"""Audit: findings for those who may see them; a staff hit for its reviewers alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faces.web.conftest import Browser
from tests.faces.web.test_importing import ended

from reopen.faces.workbench import access
from reopen.records.access import Action, Actor, Sensitivity, Standing
from reopen.records.base import Ref
from reopen.records.findings import Disposition, Finding, SealedName, Severity
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
    for asked in ("", "?which=all", "?severity=A"):
        page = resa.json("/audit" + asked)
        assert {each["id"] for each in page["findings"]} <= {"C1-1"}
        assert [(each["severity"], each["open"]) for each in page["severities"]] == [
            ("A", 0), ("B", 1), ("C", 0),
        ]  # fmt: skip
        assert "X1" not in resa.get("/audit" + asked).text
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
