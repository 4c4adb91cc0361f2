"""Disclosure: everything of a case is given or listed as withheld; what helps is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reopen.prove.disclosure import WHY, case_file, cases_of, helpful
from reopen.prove.holdings import Holdings
from reopen.records.access import Action, ReadEvent, Sensitivity
from reopen.records.base import Record, Ref
from reopen.records.cases import (
    Case,
    Exhibit,
    Interview,
    Involvement,
    Presence,
    PresenceKind,
    Role,
    Sample,
)
from reopen.records.custody import CustodyEvent, EventKind, LegacyPeriod
from reopen.records.findings import Finding, Severity
from reopen.records.results import (
    Amendment,
    Disclosure,
    FoundLink,
    Hit,
    LabResult,
    Report,
    Request,
    ResultKind,
)
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile
from reopen.records.times import Interval

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = Interval.parse("1990-05")
CASE = "K1"


def result(number: str, kind: ResultKind, log10_lr: float | None = None) -> LabResult:
    return LabResult(
        id=f"{number}/1", result=number, case=CASE, sample="E1-S1", kind=kind, at=AT,
        compared_with="Suspect", log10_lr=log10_lr,
    )  # fmt: skip


UNIT: tuple[Record, ...] = (
    Case(id=CASE),
    Case(id="K2"),
    Involvement(id="I1", person="Suspect", case=CASE, role=Role.SUSPECT),
    Exhibit(id="E1", case=CASE),
    Exhibit(id="E2", case=CASE),
    Exhibit(id="E9", case="K2"),
    Sample(id="E1-S1", exhibit="E1"),
    CustodyEvent(id="1", item="E1-S1", event=EventKind.MOVED, at=AT),
    LegacyPeriod(id="G1", item="E1", during=AT, why="paper lost"),
    result("R-in", ResultKind.INCLUSION, 6.0),
    result("R-out", ResultKind.EXCLUSION),
    result("R-low", ResultKind.PROFILE, -2.0),
    result("R-none", ResultKind.INCONCLUSIVE),
    Amendment(id="A1", result="R-in", before=1, after=2, at=AT),
    Report(id="B1", case=CASE, issued=AT, results=("R-in", "R-none")),
    Disclosure(id="D1", case=CASE, at=AT, to="prosecution", results=("R-out/1",)),
    Request(id="Q1", case=CASE, item="E1", sent=AT),
    Request(id="Q2", case=CASE, item="E1"),
    Request(id="Q3", case=CASE, item="E1", sent=AT, answered=AT),
    Interview(id="V1", case=CASE, person="Witness"),
    Interview(id="V2", case=CASE, person="Neighbour", held=AT),
    Presence(id="W1", person="Suspect", presence=PresenceKind.HOSPITAL, during=AT, grade=1),
    StoredProfile(id="E1-S1", purpose="stain", file="f", content_hash="h", sample="E1-S1"),
    StoredProfile(id="DB-7", purpose="database", file="f", content_hash="h", person="Other"),
    FoundLink(id="L1", link="stain with reference", one="E1-S1", other="DB-7", weight_log10=7.0),
    Hit(id="H1", case=CASE, at=AT, person="Other"),
    Finding(
        id="R3-1", rule="R3", records=(Ref("amendment", "A1"),), severity=Severity.B,
        sentence="Amended after the name.", helps_defence=True, case=CASE,
    ),
    Finding(id="C5-1", rule="C5", records=(), severity=Severity.C, sentence="Late.", case=CASE),
    Statement(id="T1", subject=Ref("case", CASE), field="weapon", value="knife"),
    Statement(id="T2", subject=Ref("case", CASE), field="weapon", value="cord"),
    Statement(id="T3", subject=Ref("case", CASE), field="place", value="quay"),
    Statement(id="T4", subject=Ref("person", "Suspect"), field="born", value="1950"),
    ReadEvent(id="Z1", actor="A", action=Action.READ, target="case K1", at=AT, case=CASE),
)  # fmt: skip
HOLDINGS = Holdings(UNIT, now=NOW)


@pytest.mark.parametrize(
    ("id", "cases"),
    [
        ("1", {CASE}), ("E1-S1", {CASE}), ("G1", {CASE}), ("L1", {CASE}), ("T4", {CASE}),
        ("E9", {"K2"}), ("R3-1", {CASE}), ("W1", set()),
    ],
)  # fmt: skip
def test_a_record_belongs_to_the_cases_it_reaches(id: str, cases: set[str]) -> None:
    for record in UNIT:
        if record.id == id:
            assert cases_of(HOLDINGS, record) == cases


def classes(ref: Ref) -> frozenset[Sensitivity]:
    return {
        Ref("statement", "T3"): frozenset({Sensitivity.INFORMANT}),
        Ref("exhibit", "E1"): frozenset({Sensitivity.STAFF, Sensitivity.MINOR}),
    }.get(ref, frozenset())


def test_everything_of_the_case_is_given_or_listed() -> None:
    whole = case_file(CASE, UNIT, classes, {})
    assert whole.withheld == ()
    assert len(whole.given) == len(UNIT) - 1  # without the look
    reasons = {Sensitivity.INFORMANT: "order 12", Sensitivity.MINOR: "order 13"}
    kept = case_file(CASE, UNIT, classes, reasons)
    assert [(each.ref.id, each.reason) for each in kept.withheld] == [
        ("E1", "order 13"),
        ("T3", "order 12"),
    ]
    assert len(kept.given) == len(whole.given) - 2


def test_a_class_that_is_not_kept_back_is_given() -> None:
    given = case_file(CASE, UNIT, classes, {Sensitivity.SEXUAL: "order 14"})
    assert not given.withheld


HELPS = {
    "R-out/1": ("excludes Suspect", "in no report"),
    "R-low/1": ("below one", "in no report"),
    "R-none/1": ("inconclusive",),
    "A1": ("both versions",),
    "Q1": ("no answer",),
    "Q2": ("that the item was sent is not on record",),
    "E2": ("No test",),
    "V1": ("no interview",),
    "W1": ("where somebody accused was",),
    "L1": ("not the accused",),
    "H1": ("not the accused",),
    "R3-1": ("rule R3",),
    "T1": ("'weapon'",),
    "T2": ("'weapon'",),
    "G1": ("cannot be shown",),
}


def test_what_helps_is_found_with_its_reason_and_nothing_else() -> None:
    found: dict[str, list[str]] = {}
    for each in helpful(HOLDINGS, CASE):
        found.setdefault(each.ref.id, []).append(each.why)
    assert set(found) == set(HELPS)
    for id, words in HELPS.items():
        assert len(found[id]) == len(words)
        for word, why in zip(words, found[id], strict=True):
            assert word in why


def test_who_was_given_it_is_told() -> None:
    told = {each.ref.id: each.given_to for each in helpful(HOLDINGS, CASE)}
    assert told["R-out/1"] == ("prosecution",)
    assert told["R-none/1"] == ("readers of report B1",)
    assert told["R-low/1"] == ()


def test_a_case_without_anything_helpful_says_so_by_being_empty() -> None:
    assert helpful(Holdings([Case(id=CASE)], now=NOW), CASE) == ()
    assert len(WHY) == 11
