"""`reopen custody` as people use it: typed, scanned, confirmed, queued on a tablet, and drawn."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.faces.command import Said, run
from tests.prove.custody_records import exhibit
from typer.testing import CliRunner

from reopen.faces.cli import app
from reopen.records.access import Action, Actor, Grant, Standing
from reopen.records.cases import Case
from reopen.records.times import Interval
from reopen.store.grants import ANY_PURPOSE
from reopen.store.unit import create_unit

MARA = Actor(id="mara", name="Mara Lind", standing=Standing.LEAD)
BERG = Actor(id="berg", name="Berg", standing=Standing.DETECTIVE)


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("REOPEN_ACTOR", raising=False)
    place = tmp_path / "unit.reopen"
    grant = Grant(
        id="G1", actor="berg", actions=(Action.READ, Action.ADD, Action.AMEND),
        purpose=ANY_PURPOSE, during=Interval.parse("2020/.."), given_by="mara",
    )  # fmt: skip
    with create_unit(place, name="Cold", actor=MARA) as made, made.writing("mara") as writer:
        writer.put_many([Case(id="C1"), exhibit(), exhibit("E2"), BERG, grant])
    return place


def custody(*words: object) -> Said:
    return run("custody", *words)


def record(unit: Path, *words: object, who: str = "mara") -> str:
    """The name of an event that was recorded."""
    said = custody("record", unit, *words, "--as", who)
    assert said.code == 0, said.err
    return said.out.split(": ")[0]


def test_a_day_of_an_exhibit(unit: Path, tmp_path: Path):
    record(
        unit, "E1", "collected", "--to", "mara", "--closed", "K1001", "--at", "2026-03-01T09:00Z"
    )
    handover = record(
        unit, "E1", "booked", "--from", "mara", "--to", "berg", "--found", "K1001",
        "--store", "S1", "--at", "2026-03-01T12:00Z",
    )  # fmt: skip
    said = custody("confirm", unit, handover, "--as", "berg")
    assert (said.code, said.out.startswith(handover)) == (0, True)
    record(
        unit, "E1", "sampled", "--found", "K1001", "--amount", "120/15/105 mg",
        "--amount-error", "0.1", "--at", "2026-03-02T12:00Z", who="berg",
    )  # fmt: skip
    said = custody("timeline", unit, "E1", "--as", "berg", "--out", tmp_path / "E1.svg")
    assert said.code == 0
    assert "2026-03-01 12:00              booked: mara → berg, store S1" in said.out
    assert "confirmed by berg" in said.out
    assert "before 120 mg, used 15 mg, after 105 mg" in said.out
    assert "GAP" not in said.out
    picture = ElementTree.parse(tmp_path / "E1.svg").getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    steps = custody("timeline", unit, "E1", "--as", "mara", "--json").json["events"]
    assert [step["holder"] for step in steps] == ["mara", "berg", "berg"]


def test_what_does_not_follow_is_said_at_once(unit: Path):
    record(unit, "E1", "collected", "--to", "mara")
    said = custody("record", unit, "E1", "moved", "--from", "olsen", "--to", "berg", "--as", "mara")
    assert said.code == 0
    assert "Does not follow from the records" in said.out
    assert "takes it from olsen" in said.out


def test_a_declared_gap(unit: Path):
    record(unit, "E1", "collected", "--to", "mara", "--at", "1987-03-14")
    record(unit, "E1", "moved", "--from", "x", "--to", "berg", "--at", "2001")
    assert "UNEXPLAINED GAP" in custody("timeline", unit, "E1", "--as", "mara").out
    said = custody("gap", unit, "E1", "1991/1999", "--why", "flood", "--as", "mara")
    assert said.code == 0
    told = custody("timeline", unit, "E1", "--as", "mara").out
    assert "DECLARED GAP: 1991-01-01 to 1999-12-31: flood (declared by mara)" in told
    assert "UNEXPLAINED" not in told


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("E1", "stolen"), "'stolen' is no event."),
        (("E1", "moved", "--at", "yesterday"), "'yesterday' is not a time."),
        (("E1", "measured", "--amount", "12 mg"), "'12 mg' as amounts."),
        (("E1", "measured", "--amount", "1/x/2 mg"), "'1/x/2 mg' as amounts."),
        (("E9", "moved"), "no exhibit, sample or standard 'E9'"),
    ],
)
def test_what_cannot_be_recorded_is_told(unit: Path, words: tuple[str, ...], says: str):
    said = custody("record", unit, *words, "--as", "mara")
    assert said.code == 2
    assert says in said.err


def scan(unit: Path, *codes: str, words: tuple[str, ...] = ()) -> Said:
    done = CliRunner().invoke(
        app, ["custody", "scan", str(unit), "--as", "mara", *words],
        input="\n".join(codes) + "\n", catch_exceptions=False,
    )  # fmt: skip
    return Said(done.exit_code, done.stdout, done.stderr)


def test_scanned_codes_make_events(unit: Path):
    said = scan(unit, "E1", "E2", "moved", "berg", "store:S1", "ok", "done")
    assert said.code == 0
    assert len(re.findall(r"moved E[12], entry \d+", said.out)) == 2
    steps = custody("timeline", unit, "E2", "--as", "mara", "--json").json["events"]
    assert steps[0]["event"] | {"id": "", "at": "", "entered": ""} == {
        "id": "", "at": "", "entered": "", "item": "E2", "event": "moved", "giver": "mara",
        "receiver": "berg", "by": "mara", "store": "S1",
    }  # fmt: skip


def test_codes_that_say_nothing_are_refused_and_nothing_is_kept(unit: Path):
    said = scan(unit, "E1", "K1001", "event:flown", "ok", "done")
    assert said.code == 1
    assert "Refused: the unit knows nothing by 'K1001'." in said.err
    assert "Refused: 'flown' is no event." in said.err
    assert "Refused: no event has been scanned" in said.err
    assert "what was scanned since the last ok is not kept" in said.err
    assert custody("timeline", unit, "E1", "--as", "mara", "--json").json["events"] == []


def test_a_tablet_from_its_key_to_the_unit(unit: Path, tmp_path: Path):
    tablet, phone, queue = (tmp_path / name for name in ("tablet.key", "phone.key", "q"))
    for key, name, person in ((tablet, "tablet-3", "mara"), (phone, "phone-7", "berg")):
        public = custody("key", name, "--out", key).out.strip()
        said = custody(
            "device", unit, name, "--key", public, "--person", person, "--clock-error", "2",
            "--as", "mara",
        )  # fmt: skip
        assert said.code == 0, said.err
        assert custody("device", unit, name, "--approve", "--as", "berg").code == 0
    for words in (
        ("E1", "collected", "--to", "mara"),
        ("E1", "moved", "--from", "mara", "--to", "berg"),
    ):
        assert custody("queue", queue, *words, "--key", tablet).code == 0
    assert custody("cosign", queue, "tablet-3", 2, "--key", phone).code == 0
    said = custody("submit", unit, queue, "--as", "mara")
    assert (said.code, said.out.splitlines()[0]) == (0, "2 events taken, 0 lines refused.")
    assert "confirmed by berg" in custody("timeline", unit, "E1", "--as", "mara").out
    again = custody("submit", unit, queue, "--as", "mara", "--json")
    assert again.code == 1
    assert [each["why"] for each in again.json["refused"]] == [
        "replayed: it was submitted before."
    ] * 2
    retired = custody("device", unit, "tablet-3", "--retire", "--reason", "lost", "--as", "mara")
    assert retired.code == 0


def test_a_program_reads_what_was_entered(unit: Path, tmp_path: Path):
    said = scan(unit, "E1", "flown", "moved", "berg", "ok", "done", words=("--json",))
    assert said.code == 1
    (recorded,) = said.json["recorded"]
    assert (recorded["event"]["item"], recorded["event"]["receiver"]) == ("E1", "berg")
    assert recorded["waits_for"] == "berg"
    assert [each["code"] for each in said.json["refused"]] == ["flown"]
    gap = custody("gap", unit, "E1", "1991/1999", "--why", "flood", "--as", "mara", "--json").json
    assert (gap["item"], gap["why"], gap["declared_by"]) == ("E1", "flood", "mara")

    tablet, phone, queue = (tmp_path / name for name in ("tablet.key", "phone.key", "q"))
    keys = [
        custody("key", name, "--out", key, "--json").json
        for name, key in (("tablet-3", tablet), ("phone-7", phone))
    ]
    assert keys[0]["file"] == str(tablet)
    registered = custody(
        "device", unit, "tablet-3", "--key", keys[0]["public"], "--as", "mara", "--json"
    ).json
    assert (registered["id"], registered["key"]) == ("tablet-3", keys[0]["public"])
    approved = custody("device", unit, "tablet-3", "--approve", "--as", "berg", "--json").json
    assert approved["approved_by"] == "berg"
    words = (queue, "E2", "moved", "--from", "mara", "--to", "berg", "--key", tablet, "--json")
    queued = custody("queue", *words).json
    assert (queued["device"], queued["count"], queued["signed_by"]) == ("tablet-3", 1, ["tablet-3"])
    signed = custody("cosign", queue, "tablet-3", 1, "--key", phone, "--json").json
    assert signed == queued | {"signed_by": ["tablet-3", "phone-7"]}


def test_a_device_needs_to_be_told_what_to_do(unit: Path):
    said = custody("device", unit, "tablet-3", "--as", "mara")
    assert said.code == 2
    assert "One of --key, --approve and --retire is given." in said.err


def test_a_picture_that_cannot_be_written(unit: Path, tmp_path: Path):
    said = custody("timeline", unit, "E1", "--as", "mara", "--out", tmp_path / "no" / "E1.svg")
    assert said.code == 2
    assert "It cannot be written" in said.err
