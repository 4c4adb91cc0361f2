"""Evidence: an exhibit with its custody and results; events recorded by a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faces.web.conftest import Browser

from reopen.records.access import ReadEvent
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Finding, Severity
from reopen.records.results import Amendment, LabResult, Request, ResultKind
from reopen.records.times import Interval
from reopen.store.unit import open_unit

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def result(version: int, kind: ResultKind, log10: float) -> LabResult:
    return LabResult(
        id=f"R1/{version}", result="R1", version=version, case="K1", sample="S1", kind=kind,
        at=Interval.parse(f"1995-06-0{version}"), log10_lr=log10, analyst="Eskola",
    )  # fmt: skip


HELD: tuple[Record, ...] = (
    Exhibit(id="E 2/3", case="K1", description="a kettle", parent="E1"),
    Sample(id="S2", parent="S1", kind="extract"),
    CustodyEvent(id="V1", item="E1", event=EventKind.COLLECTED, at=Interval.parse("1995-04-30"),
                 receiver="Brandt", seal_after="N17"),
    CustodyEvent(id="V2", item="E1", event=EventKind.BOOKED, at=Interval.parse("1995-05-02"),
                 giver="Brandt", receiver="mara", by="Brandt", store="S-A", seal_before="N17"),
    Request(id="Q1", case="K1", item="E1", test="STR", asked=Interval.parse("1995-05-01")),
    result(1, ResultKind.EXCLUSION, -4.2),
    result(2, ResultKind.INCLUSION, 3.9),
    Amendment(id="A1", result="R1", case="K1", before=1, after=2, at=Interval.parse("1995-06-02"),
              by="Eskola", reason="looked again", new_data=False),
    Finding(id="R3-1", rule="R3", records=(Ref("lab_result", "R1/2"),), severity=Severity.A,
            sentence="The result changed after a name was known.", case="K1"),
)  # fmt: skip


@pytest.fixture
def filled(unit_file: Path) -> Path:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    return unit_file


@pytest.mark.usefixtures("filled")
def test_an_exhibit_shows_custody_tree_and_every_version(client: Browser) -> None:
    page = client.json("/evidence/E1")
    assert [(each["when"], each["gap"]) for each in page["events"]] == [
        ("1995-04-30", ""), ("1995-05-02", ""),
    ]  # fmt: skip
    assert [(each["found"], each["closed"]) for each in page["seals"]] == [("", "N17"), ("N17", "")]
    assert page["picture"].startswith("<svg")
    assert "style=" not in page["picture"]  # the policy would not let it through
    assert [(each["id"], each["depth"]) for each in page["made"]] == [
        ("E 2/3", 1), ("S1", 1), ("S2", 2),
    ]  # fmt: skip
    (found,) = page["results"]
    assert found["versions"] == ["1", "2"]
    told = {each["field"]: (each["values"], each["changed"]) for each in found["told"]}
    assert told["kind"] == (["exclusion", "inclusion"], True)
    assert told["analyst"] == (["Eskola", "Eskola"], False)
    assert told["log10_lr"][1]
    assert found["amendments"][0]["reason"] == "looked again"
    assert [each["id"] for each in page["findings"]] == ["R3-1"]
    assert [(each["event"], each["yours"]) for each in page["waiting"]] == [("V2", True)]
    html = client.get("/evidence/E1").text
    assert "<td>1995-05-01</td><td>not recorded</td><td>not recorded</td>" in html  # sent, answered
    assert "<svg" in html
    assert "Who may see it" in html  # mara may grant
    below = client.json("/evidence/E%202%2F3")
    assert (below["description"], below["above"]) == ("a kettle", ["E1"])


@pytest.mark.usefixtures("filled")
def test_exhibits_are_found_by_words_page_by_page(client: Browser) -> None:
    assert client.json("/evidence")["total"] == 2
    assert [each["id"] for each in client.json("/evidence?words=KETTLE")["exhibits"]] == ["E 2/3"]
    assert [each["id"] for each in client.json("/evidence?words=E1")["exhibits"]] == ["E1"]
    of_case = client.json("/evidence?words=K1")["exhibits"]
    assert [each["id"] for each in of_case] == ["E1", "E 2/3"]
    assert "No exhibit that you may see has" in client.get("/evidence?words=sword").text


def test_pages_of_exhibits_do_not_overlap(client: Browser, unit_file: Path) -> None:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put_many(Exhibit(id=f"X{n}", case="K1") for n in range(60))
    first = client.json("/evidence")
    second = client.json(f"/evidence?after={first['next']}")
    ids = [each["id"] for page in (first, second) for each in page["exhibits"]]
    assert len(ids) == len(set(ids)) == 61
    assert second["next"] is None


@pytest.mark.usefixtures("filled")
def test_an_event_is_recorded_with_its_doubts(client: Browser) -> None:
    answer = client.post("/evidence-event", item="E1", event="opened", found="N99", note="torn")
    assert answer.status_code == 303
    page = client.get(answer.headers["location"])
    assert "N99" in page.text
    assert "does not follow" in page.text  # it was closed with N17
    assert client.post("/evidence-event", item="E1", event="eaten").status_code == 422
    assert client.post("/evidence-event", item="E9", event="opened").status_code == 404
    assert (
        client.post("/evidence-gap", item="E1", during="1996/1999", why="flood").status_code == 303
    )
    gaps = [each["gap"] for each in client.json("/evidence/E1")["events"]]
    assert "declared" in gaps


@pytest.mark.usefixtures("filled")
def test_a_handover_is_confirmed_by_its_other_party(client: Browser) -> None:
    assert client.post("/evidence-confirm", event="V2").status_code == 303
    assert client.json("/evidence/E1")["waiting"] == []
    assert client.post("/evidence-confirm", event="V2").status_code == 422  # once


def test_a_picture_is_shown_as_what_it_is(
    client: Browser, signed_in: Callable[[str], Browser], unit_file: Path
) -> None:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        image = writer.put_file(PNG, "E1.png", case="K1").id
        page = writer.put_file(b"<script>alert(1)</script>", "E1.html", case="K1").id
        writer.put(
            CustodyEvent(id="V1", item="E1", event=EventKind.SEEN, photo=image,
                         at=Interval.parse("1995-05-02"))
        )  # fmt: skip
    (veiled,) = client.json("/evidence/E1")["pictures"]
    assert (veiled["sha256"], veiled["name"], veiled["shown"]) == (image, "E1.png", False)
    shown = client.get(f"/evidence-picture/{image}")
    assert (shown.headers["content-type"], shown.content) == ("image/png", PNG)
    assert client.get(f"/evidence-picture/{page}").status_code == 404
    assert signed_in("stranger").get(f"/evidence-picture/{image}").status_code == 404
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        refused = [one.target for one in reader.all(ReadEvent) if one.rule == "refused"]
    assert refused == [f"file {image}"]  # a guess is in the log too
    taken = client.get(f"/evidence-file/{page}")
    assert taken.headers["content-type"] == "application/octet-stream"
    assert taken.headers["content-disposition"].startswith("attachment")


def test_what_somebody_may_read_and_not_take_out_is_no_way_to_nowhere(
    client: Browser, signed_in: Callable[[str], Browser], unit_file: Path
) -> None:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        image = writer.put_file(PNG, "E1.png", case="K1").id
        writer.put(
            CustodyEvent(id="V1", item="E1", event=EventKind.SEEN, photo=image,
                         at=Interval.parse("1995-05-02"))
        )  # fmt: skip
    client.post("/grants/give", actor="stranger", case="K1", purpose="", actions="read")
    for actor, may in ((client, True), (signed_in("stranger"), False)):
        assert actor.get(f"/evidence-file/{image}").status_code == (200 if may else 404)
        for page in ("/evidence/E1", "/cases/K1"):
            assert (f'href="/evidence-file/{image}"' in actor.get(page).text) is may, page
        assert [each["may_export"] for each in actor.json("/evidence/E1")["pictures"]] == [may]
        assert actor.json("/ledger/record?kind=exhibit&id=E1")["may_export"] is may


def test_pictures_are_veiled_until_somebody_asks_which_is_a_look_of_its_own(
    client: Browser, unit_file: Path
) -> None:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        images = [writer.put_file(PNG + bytes([n]), f"E1-{n}.png", case="K1").id for n in (0, 1)]
        for number, image in enumerate(images):
            writer.put(
                CustodyEvent(id=f"V{number}", item="E1", event=EventKind.SEEN, photo=image,
                             at=Interval.parse("1995-05-02"))
            )  # fmt: skip
    veiled = client.get("/evidence/E1").text
    assert "<img" not in veiled  # nothing of a picture is fetched, with or without scripts
    assert veiled.count('class="veil"') == 2
    assert not looked_at(unit_file, images[1])
    shown = client.get(f"/evidence/E1?show={images[1]}").text
    assert re.findall(r'<img src="/evidence-picture/(\w+)"', shown) == [images[1]]
    assert shown.count('class="veil"') == 1
    assert [one["shown"] for one in client.json(f"/evidence/E1?show={images[1]}")["pictures"]] == [
        False, True,
    ]  # fmt: skip
    client.get(f"/evidence-picture/{images[1]}")
    assert looked_at(unit_file, images[1])
    assert not looked_at(unit_file, images[0])
    assert "<img" not in client.get("/evidence/E1?show=" + "0" * 64).text


def looked_at(unit_file: Path, file: str) -> bool:
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        looks = [each.version.record for each in reader.entries() if each.version]
    return any(isinstance(one, ReadEvent) and file in one.target for one in looks)


@pytest.mark.usefixtures("filled")
def test_without_a_grant_there_is_no_evidence(signed_in: Callable[[str], Browser]) -> None:
    stranger = signed_in("stranger")
    page = stranger.json("/evidence")
    assert (page["exhibits"], page["total"]) == ([], 0)
    assert stranger.json("/evidence?words=kettle")["exhibits"] == []
    hidden, missing = stranger.get("/evidence/E1"), stranger.get("/evidence/E9")
    assert hidden.status_code == missing.status_code == 404
    words = [each.text.split("<main")[1].replace("E9", "E1") for each in (hidden, missing)]
    assert words[0] == words[1]
    assert stranger.post("/evidence-event", item="E1", event="opened").status_code == 404
    assert stranger.post("/evidence-confirm", event="V2").status_code == 404
    assert stranger.post("/evidence-gap", item="E1", during="1996", why="x").status_code == 404
