"""`reopen audit` and `reopen dispose` on a unit: text, JSON, the page, what is kept, who may."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import run

from reopen.faces.workbench.unit import begin_unit
from reopen.prove.rules import RULES
from reopen.records.access import Action, Actor, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Presence, PresenceKind
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import AuditRun, Disposition, Finding, SealedName
from reopen.records.results import FoundLink, Hit, Request
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile, StoredRun
from reopen.records.times import Interval
from reopen.store.grants import first_grant
from reopen.store.unit import Unit, open_unit


def time(text: str) -> Interval:
    return Interval.parse(text)


RECORDS = (
    Case(id="K1"),
    Exhibit(id="E1", case="K1", collected=time("2024-01-10")),
    Exhibit(id="E2", case="K1", collected=time("2024-01-10")),
    Request(id="Q1", case="K1", item="E1", asked=time("2024-02-01"), answered=time("2024-05-01")),
    CustodyEvent(
        id="c1", item="E1", event=EventKind.OPENED, at=time("2024-02-01T09:00Z"), receiver="kim"
    ),
    Statement(id="t", subject=Ref("case", "K1"), field="offence", value="2024-01-09"),
    Presence(
        id="jail", person="P1", presence=PresenceKind.PRISON, during=time("2023/2025"), grade=1
    ),
    Hit(id="H1", case="K1", at=time("2024-06-01"), person="P1"),
)
X4 = "X4"


@pytest.fixture
def harbour(tmp_path: Path) -> str:
    where = tmp_path / "harbour.reopen"
    with begin_unit(where, name="Harbour", actor="mara") as unit, unit.writing("mara") as writer:
        writer.put_many(RECORDS)
    return str(where)


def audited(where: str, *more: str) -> Any:
    done = run("audit", where, "--json", *more)
    assert done.code in (0, 1), done.err
    return done.json


def finding_of(where: str, rule: str) -> str:
    (found,) = [each["id"] for each in audited(where)["findings"] if each["rule"] == rule]
    return str(found)


def kept(where: str, kind: type[Finding | AuditRun | Disposition]) -> list[object]:
    with open_unit(where) as unit, unit.reading("mara") as reader:
        return list(reader.all(kind))


def test_the_text_says_what_fails_what_cannot_be_told_and_what_to_expect(harbour: str) -> None:
    done = run("audit", harbour)
    assert done.code == 1  # a finding of severity A is open
    assert f"{len(RULES)} rules asked" in done.out
    assert "prison during" in done.out
    assert "A stops the link or result from being reported" in done.out
    assert "silence is not health" in done.out
    assert "False alarms to expect" in done.out


def test_json_has_every_answer_with_its_reasons(harbour: str) -> None:
    plain = audited(harbour)
    answers = {each["rule"]: each for each in plain["answers"]}
    assert set(answers) == set(RULES)
    assert answers["P1"]["missing"] == ["output"]
    assert answers["X4"]["verdict"] == "fails"
    counts = plain["counts"]
    assert counts["holds"] + counts["fails"] + counts["cannot_tell"] == len(RULES)


def test_findings_and_the_look_are_kept_and_the_next_look_adds_none(harbour: str) -> None:
    audited(harbour)
    findings = kept(harbour, Finding)
    assert findings
    audited(harbour)
    assert kept(harbour, Finding) == findings
    assert len(kept(harbour, AuditRun)) == 2


def test_no_keep_leaves_the_unit_as_it_is(harbour: str) -> None:
    audited(harbour, "--no-keep")
    assert kept(harbour, Finding) == []
    assert kept(harbour, AuditRun) == []


def test_one_rule_alone(harbour: str) -> None:
    plain = audited(harbour, "--rule", "x4", "--no-keep")
    assert [each["rule"] for each in plain["answers"]] == ["X4"]
    done = run("audit", harbour, "--rule", "Z9")
    assert done.code == 2
    assert "is no rule of the audit" in done.err


def test_the_unit_s_only_actor_may_dispose_and_that_is_written_beside_it(harbour: str) -> None:
    id = finding_of(harbour, X4)
    done = run("dispose", harbour, id, "--outcome", "explained", "--reason", "released for a day")
    assert done.code == 0, done.err
    (disposition,) = kept(harbour, Disposition)
    assert isinstance(disposition, Disposition)
    assert disposition.note == "by the unit's only actor"
    again = run("audit", harbour)
    assert "[explained by mara: released for a day]" in again.out
    opened = run("dispose", harbour, id, "--outcome", "open", "--reason", "he was not")
    assert opened.code == 0
    assert "[open by mara: he was not]" in run("audit", harbour).out


def second_actor(where: str, person: str | None = None) -> None:
    with open_unit(where) as unit, unit.writing("mara") as writer:
        writer.put(Actor(id="tomas", name="Tomas", standing=Standing.DETECTIVE, person=person))
        writer.put(replace(first_grant("tomas"), given_by="mara"))


def test_who_entered_the_records_may_not_dispose_of_the_finding(harbour: str) -> None:
    id = finding_of(harbour, X4)
    second_actor(harbour)
    own = run("dispose", harbour, id, "--outcome", "explained", "--reason", "x", "--as", "mara")
    assert own.code == 2
    assert "somebody who did not make its records" in own.err
    other = run("dispose", harbour, id, "--outcome", "referred", "--reason", "x", "--as", "tomas")
    assert other.code == 0, other.err


def test_who_is_named_in_the_records_may_not_either(harbour: str) -> None:
    id = finding_of(harbour, X4)
    second_actor(harbour, person="P1")
    done = run("dispose", harbour, id, "--outcome", "explained", "--reason", "x", "--as", "tomas")
    assert done.code == 2


@pytest.mark.parametrize(
    ("finding", "reason", "told"),
    [("X4-none", "why", "There is no finding"), (None, "  ", "without a reason")],
)
def test_refusals(harbour: str, finding: str | None, reason: str, told: str) -> None:
    id = finding or finding_of(harbour, X4)
    done = run("dispose", harbour, id, "--outcome", "explained", "--reason", reason)
    assert done.code == 2
    assert told in done.err


class _Page(HTMLParser):
    """Ids of a page, and addresses it refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value:
                self.links.append(value)
            if name == "src" and value:
                self.outside.append(value)


def test_the_page_is_whole_and_loads_nothing(harbour: str, tmp_path: Path) -> None:
    done = run("audit", harbour, "--out", str(tmp_path / "audit"))
    assert "audit.html" in done.err
    text = (tmp_path / "audit" / "audit.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert len(page.ids) == len(set(page.ids))
    assert {each[1:] for each in page.links} <= set(page.ids)
    assert page.outside == []
    assert "Check first" in text
    for rule in RULES.values():
        assert f">{rule.id}</th>" in text
    plain = json.loads((tmp_path / "audit" / "audit.json").read_text(encoding="utf-8"))
    assert plain["unit"] == "Harbour"


def test_a_name_in_a_record_cannot_become_markup(tmp_path: Path) -> None:
    where = tmp_path / "odd.reopen"
    with begin_unit(where, name="<b>Odd</b>", actor="mara") as unit, unit.writing("mara") as writer:
        writer.put_many(
            replace(each, id="<script>1</script>") if isinstance(each, Presence) else each
            for each in RECORDS
        )
    run("audit", str(where), "--out", str(tmp_path))
    text = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


STAFF = (
    StoredProfile(id="S1", purpose="stain", file="f", content_hash="h", case="K1"),
    StoredProfile(
        id="anna.p", purpose="elimination", file="f", content_hash="h", person="anna", staff=True
    ),
    FoundLink(id="L1", link="k", one="S1", other="anna.p", weight_log10=9.0),
    StoredRun(
        id="run", program="reopen", model="m", at=time("2026-01-01"), new_profiles=("S1", "anna.p")
    ),
)


def test_rules_on_staff_run_blind_for_who_has_no_grant_on_staff(harbour: str) -> None:
    with open_unit(harbour) as unit, unit.writing("mara") as writer:
        writer.put_many(STAFF)
    own = audited(harbour, "--rule", "X1", "--no-keep")
    assert [each["blind"] for each in own["findings"]] == [True]
    with open_unit(harbour) as unit, unit.writing("mara") as writer:
        writer.put(Actor(id="tomas", name="Tomas", standing=Standing.DETECTIVE))
        writer.put(replace(first_grant("tomas"), given_by="mara", classes=()))
    done = run("audit", harbour, "--rule", "X1", "--json", "--as", "tomas")
    (finding,) = done.json["findings"]
    assert finding["sentence"].startswith("profile S1 lacks an explanation")
    assert finding["names"] == []
    assert "anna" not in done.out
    with open_unit(harbour) as unit, unit.reading("tomas") as reader:
        assert list(reader.all(SealedName)) == []
        assert "anna.p" not in {each.id for each in reader.all(StoredProfile)}


def test_the_name_is_for_who_has_the_class(harbour: str) -> None:
    with open_unit(harbour) as unit, unit.writing("mara") as writer:
        writer.put_many(STAFF)
    (finding,) = audited(harbour, "--rule", "X1")["findings"]
    assert [each["person"] for each in finding["names"]] == ["anna"]
    assert "Name, for class STAFF: anna" in " ".join(run("audit", harbour).out.split())


def test_who_may_only_read_is_told_how_to_look(harbour: str) -> None:
    with open_unit(harbour) as unit, unit.writing("mara") as writer:
        writer.put(Actor(id="eve", name="Eve", standing=Standing.STUDENT))
        only_read = replace(first_grant("eve"), given_by="mara", actions=(Action.READ,), classes=())
        writer.put(only_read)
    done = run("audit", harbour, "--as", "eve")
    assert done.code == 2
    assert "--no-keep" in done.err
    assert run("audit", harbour, "--as", "eve", "--no-keep").code == 1


def test_what_an_actor_may_not_see_is_not_audited_for_him(harbour: str) -> None:
    with open_unit(harbour) as unit:
        _let_in(unit)
    plain = audited(harbour, "--no-keep", "--as", "student")
    assert plain["findings"] == []


def _let_in(unit: Unit) -> None:
    with unit.writing("mara") as writer:
        writer.put(Actor(id="student", name="S.", standing=Standing.STUDENT))
