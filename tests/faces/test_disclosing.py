"""Bundles from a unit: everything of a case with its proofs, kept back what must be, and logged."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from reopen.errors import ReopenError, UnknownName
from reopen.faces.workbench.disclosing import export_case_uco, owed, write_disclosure
from reopen.faces.workbench.unit import begin_unit
from reopen.ledger.keys import SigningKey
from reopen.ledger.verify import Policy, check_bundle, parse_policy
from reopen.records.access import Marking, Sensitivity
from reopen.records.base import Record, Ref
from reopen.records.cases import (
    Case,
    Exhibit,
    Involvement,
    Person,
    Presence,
    PresenceKind,
    Role,
    Sample,
)
from reopen.records.results import Disclosure, LabResult, ResultKind
from reopen.records.statements import Statement
from reopen.records.times import Interval
from reopen.store.unit import Unit

AT = Interval.parse("1990-05-01T10:00Z")
RECORDS: tuple[Record, ...] = (
    Case(id="K1", title="The quay"),
    Case(id="K2"),
    Person(id="P1"),
    Involvement(id="I1", person="P1", case="K1", role=Role.SUSPECT),
    Presence(id="W1", person="P1", presence=PresenceKind.HOSPITAL, during=AT),
    Exhibit(id="E1", case="K1", description="a cord"),
    Exhibit(id="E2", case="K1", description="a letter"),
    Exhibit(id="E9", case="K2"),
    Sample(id="E1-S1", exhibit="E1", kind="swab"),
    Statement(id="T1", subject=Ref("case", "K1"), field="informant", value="a name"),
    LabResult(
        id="R1/1", result="R1", case="K1", sample="E1-S1", kind=ResultKind.EXCLUSION, at=AT,
        compared_with="P1",
    ),
)  # fmt: skip


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    unit = begin_unit(tmp_path / "unit.reopen", name="unit", actor="lead")
    with unit.writing("lead") as writer:
        writer.put_many(RECORDS)
        writer.put_file(b"photo", "quay.jpg", case="K1")
        writer.put(
            Marking(
                id="M1", subject=Ref("statement", "T1"), classes=(Sensitivity.INFORMANT,), at=AT,
                by="lead",
            )
        )  # fmt: skip
    with unit.writing("lead", reason="the label was misread") as writer:
        writer.put(Exhibit(id="E1", case="K1", description="a rope"))
    return unit


@pytest.fixture
def keys(unit: Unit) -> list[SigningKey]:
    return [SigningKey.generate(kind, unit.origin) for kind in ("ed25519", "ml-dsa-44")]


def policy_of(keys: list[SigningKey]) -> Policy:
    text = "".join(f"log {key.public}\n" for key in keys) + "quorum none\n"
    return parse_policy(text.encode())


KEPT = {Sensitivity.INFORMANT: "order 12"}


def table(folder: Path, name: str) -> list[list[str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_bundle_holds_every_version_and_says_what_is_kept_back(
    unit: Unit, keys: list[SigningKey], tmp_path: Path
) -> None:
    given = owed(unit, "lead", "K1", keep_back=KEPT)
    out = tmp_path / "bundle"
    made = write_disclosure(unit, given, out, to="defence", purpose="trial", signers=keys)
    held = check_bundle(out, policy_of(keys))
    assert len(held.given) == made.given + 1  # the exhibit has two versions
    assert list(held.kept_back.values()) == ["order 12"] * 2  # the statement and its marking
    bodies = [json.loads(line) for line in (out / "entries.jsonl").read_text().splitlines()]
    told = "\n".join(body.get("body", "") for body in bodies)
    assert "a cord" in told
    assert "a rope" in told
    assert "a name" not in told
    assert '"E9"' not in told
    assert "a name" not in (out / "case-uco.jsonld").read_text()
    [photo] = (out / "files").iterdir()
    assert photo.read_bytes() == b"photo"
    [_, statement, _] = table(out, "kept-back.csv")
    assert statement[0].startswith("statement, entry ")
    assert "T1" not in (out / "index.html").read_text() + (out / "kept-back.csv").read_text()


def test_what_helps_is_listed_with_who_was_given_it(
    unit: Unit, keys: list[SigningKey], tmp_path: Path
) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder, to in zip(folders, ("prosecution", "defence"), strict=True):
        given = owed(unit, "lead", "K1")
        write_disclosure(unit, given, folder, to=to, purpose="trial", signers=keys)
    first, second = (table(folder, "helps-the-defence.csv") for folder in folders)
    assert ["presence W1", "It says where somebody accused was.", "nobody on record"] in first
    assert ["lab_result R1/1", "It excludes P1.", "nobody on record"] in first
    assert ["lab_result R1/1", "It excludes P1.", "prosecution"] in second


def test_an_innocence_export_holds_what_helps_and_no_more(
    unit: Unit, keys: list[SigningKey], tmp_path: Path
) -> None:
    given = owed(unit, "lead", "K1", only_helpful=True)
    assert Ref("lab_result", "R1/1") in given.versions
    assert Ref("presence", "W1") in given.versions
    assert Ref("sample", "E1-S1") not in given.versions
    write_disclosure(unit, given, tmp_path / "b", to="project", purpose="appeal", signers=keys)
    assert check_bundle(tmp_path / "b", policy_of(keys)).manifest["to"] == "project"


def test_that_it_was_given_is_in_the_log_with_the_manifest(
    unit: Unit, keys: list[SigningKey], tmp_path: Path
) -> None:
    given = owed(unit, "lead", "K1", keep_back=KEPT)
    made = write_disclosure(unit, given, tmp_path / "b", to="x", purpose="trial", signers=keys)
    with unit.reading("lead") as reader:
        [entered] = reader.all(Disclosure, case="K1")
    assert made.manifest_sha256 in entered.note
    assert entered.results == ("R1/1",)
    assert set(entered.items) == {"E1", "E2"}


def test_a_folder_that_exists_is_left_alone(
    unit: Unit, keys: list[SigningKey], tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    given = owed(unit, "lead", "K1")
    with pytest.raises(ReopenError, match="exists"):
        write_disclosure(unit, given, tmp_path / "b", to="x", purpose="", signers=keys)
    with unit.reading("lead") as reader:
        assert not list(reader.all(Disclosure, case="K1"))
    assert list((tmp_path / "b").iterdir()) == []
    assert not list(tmp_path.glob(".b*"))


def test_a_case_nobody_has_is_named(unit: Unit) -> None:
    with pytest.raises(UnknownName, match="'K7'"):
        owed(unit, "lead", "K7")


def test_case_uco_names_the_entries(unit: Unit) -> None:
    graph = json.loads(export_case_uco(unit, owed(unit, "lead", "K1")))["@graph"]
    [item] = [node for node in graph if node.get("core:name") == "E1"]
    assert item["core:externalReference"]["core:definingContext"].endswith(unit.origin)
    assert item["core:description"] == ["a rope"]
