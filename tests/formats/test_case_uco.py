"""CASE/UCO documents pass that community's own validator and leave nothing out."""

from __future__ import annotations

import json
import subprocess
import sys
from enum import Enum
from pathlib import Path

import pytest

from reopen.formats.case_uco import case_uco, write_case_uco
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Place, Role, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.kinds import KINDS
from reopen.records.plain import Plain, field_types, from_plain
from reopen.records.results import LabResult, Request, ResultKind
from reopen.records.statements import State, Statement
from reopen.records.tasks import Task, TaskState
from reopen.records.times import Interval

BASE = "https://unit.example/kb/"
AT = Interval.parse("1987-03-14T10:00Z")
UNIT: tuple[Record, ...] = (
    Case(id="K-1987-114", agency="Harbour unit", title="The quay"),
    Person(id="P1"),
    Place(id="quay", name="North quay", latitude=52.25, longitude=-0.5, radius_km=0.2),
    Exhibit(id="E1", case="K-1987-114", description="a cord", source="Scene log, page 3"),
    Sample(id="E1-S1", exhibit="E1", kind="swab"),
    CustodyEvent(
        id="1", item="E1", event=EventKind.COLLECTED, at=Interval.parse("1987-03"), by="Officer 7"
    ),
    CustodyEvent(
        id="2", item="E1", event=EventKind.MOVED, at=AT, giver="Officer 7", receiver="Store",
        place="store A", seal_after="S-1", amount_after=1.5, unit="g",
    ),
    Involvement(
        id="I1", person="P1", case="K-1987-114", role=Role.VICTIM, during=Interval.parse("1987/..")
    ),
    Statement(id="T1", subject=Ref("case", "K-1987-114"), field="weapon", value="cord"),
    Statement(id="T2", subject=Ref("person", "P9"), field="alias", state=State.ABSENT),
    LabResult(
        id="R1-1", result="R1", case="K-1987-114", sample="E1-S1", kind=ResultKind.PROFILE, at=AT
    ),
    Request(id="Q1", case="K-1987-114", item="E1", test="STR"),
)  # fmt: skip


def filled(kind: str) -> Record:
    """A record of a kind with every field given."""
    values: dict[str, Plain] = {}
    for field in field_types(KINDS[kind]):
        one: Plain = {
            str: f"{field.name} of it",
            int: 3,
            float: 2.5,
            bool: True,
            Interval: "1987-03",
            Ref: {"kind": "case", "id": "K-1987-114"},
        }.get(field.holds, next(iter(field.holds), "") if issubclass(field.holds, Enum) else "")
        values[field.name] = {"E1": "why"} if field.mapping else [one] if field.many else one
    if kind == Task.KIND:
        values["state"] = TaskState.DONE  # an open one has no end
    return from_plain(kind, values | {"id": f"{kind}-1"})


def conforms(document: dict[str, object], folder: Path) -> str:
    """Empty where CASE's validator has nothing to say against it."""
    path = folder / "export.jsonld"
    path.write_text(write_case_uco(document), encoding="utf-8")
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        "import case_utils.case_validate as c; c.main()",
    ]
    asked = [*command, "--built-version", "case-1.4.0", str(path)]
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert "Conforms:" in ran.stdout, ran.stderr
    return "" if ran.returncode == 0 else ran.stdout


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    return case_uco(UNIT, base=BASE, receipts={Ref("exhibit", "E1"): ("unit.example/log", 4)})


@pytest.mark.slow
def test_case_validate_passes_every_kind(tmp_path: Path) -> None:
    every = (*UNIT, *(filled(kind) for kind in sorted(KINDS)))
    assert conforms(case_uco(every, base=BASE), tmp_path) == ""


@pytest.mark.slow
def test_case_validate_can_say_no(document: dict[str, object], tmp_path: Path) -> None:
    graph = document["@graph"]
    assert isinstance(graph, list)
    broken = [
        node | {"core:isDirectional": "yes"} if "core:isDirectional" in node else node
        for node in graph
    ]
    assert "isDirectional" in conforms(document | {"@graph": broken}, tmp_path)


def test_nothing_is_left_out(document: dict[str, object]) -> None:
    text = write_case_uco(document)
    for told in ("E1-S1", "a cord", "Scene log, page 3", "S-1", "1.5", "weapon: cord", "absent"):
        assert told in text
    assert "Time known only as 1987-03" in text
    graph = json.loads(text)["@graph"]
    ids = [node["@id"] for node in graph]
    assert len(ids) == len(set(ids))
    events = [node for node in graph if node["@type"] == "investigation:InvestigativeAction"]
    assert events[1]["investigation:wasInformedBy"] == {"@id": events[0]["@id"]}
    [item] = [node for node in graph if node.get("core:name") == "E1"]
    assert item["core:externalReference"]["core:externalIdentifier"] == "4"


def test_the_same_records_get_the_same_names(document: dict[str, object]) -> None:
    again = case_uco(UNIT, base=BASE)
    first, second = document["@graph"], again["@graph"]
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert [node["@id"] for node in first] == [node["@id"] for node in second]
