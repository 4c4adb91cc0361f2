"""Queues of devices without network: what was replayed, altered or lost is refused by its name."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.prove.custody_records import event, moment

from reopen.errors import InvalidRecord, UnreadableFile
from reopen.faces.workbench.custody_judged import Judged, judge
from reopen.faces.workbench.custody_queue import (
    Queued,
    confirm_queued,
    enqueue,
    event_id,
    read_queue,
)
from reopen.ledger.keys import SigningKey
from reopen.records.custody import CustodyEvent, Device, DeviceCount
from reopen.records.times import Interval

TABLET = SigningKey.generate("ed25519", "tablet-3")
PHONE = SigningKey.generate("ed25519", "phone-7")


def device(key: SigningKey, person: str, **fields: object) -> Device:
    given = {"approved_by": "berg", "clock_error_s": 4.0, **fields}
    return Device(
        id=key.name, key=str(key.public), registered=moment(days=-9), registered_by="mara",
        person=person, **given,
    )  # fmt: skip


DEVICES = {"tablet-3": device(TABLET, "Ito"), "phone-7": device(PHONE, "Berg")}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def fill(home: Path, n: int, name: str = "monday.queue") -> Path:
    queue = home / name
    for i in range(n):
        made = event("moved", i * 10.0, f"E{i}", giver="Ito", receiver="Berg", amount_after=12.0)
        enqueue(queue, home / "tablet.key", TABLET, made, second=None)
    return queue


def judged(
    queue: Path,
    counts: Mapping[str, DeviceCount] | None = None,
    held: Mapping[str, str] | None = None,
    lost: frozenset[int] = frozenset(),
    devices: Mapping[str, Device] = DEVICES,
    needs_second: bool = True,
) -> Judged:
    entries, _ = read_queue(queue)
    return judge(
        entries, devices=devices, counts=counts or {}, held=held or {}, declared_lost=lost,
        needs_second=needs_second,
    )  # fmt: skip


def lines(queue: Path) -> list[str]:
    return queue.read_text().splitlines()


def write(queue: Path, some: list[str]) -> Path:
    queue.write_text("".join(f"{line}\n" for line in some))
    return queue


def taken_until(done: Judged, at: str = "2024-06") -> dict[str, DeviceCount]:
    """The count that the unit keeps after a submission."""
    return {
        name: DeviceCount(id=name, counter=count, signed=signed, at=Interval.parse(at))
        for name, (count, signed) in done.counts.items()
    }


def test_a_queue_as_the_device_wrote_it_is_taken_whole(home: Path):
    done = judged(fill(home, 3))
    assert done.refused == ()
    events = [event for _, event in done.taken]
    assert [(e.id, e.device, e.counter) for e in events] == [
        ("tablet-3-1", "tablet-3", 1),
        ("tablet-3-2", "tablet-3", 2),
        ("tablet-3-3", "tablet-3", 3),
    ]
    assert {e.clock_error_s for e in events} == {4.0}
    assert [e.amount_after for e in events] == [12.0] * 3
    assert done.counts == {"tablet-3": (3, events[2].signed)}


def test_the_count_goes_on_in_the_next_queue(home: Path):
    first = judged(fill(home, 2))
    second = judged(fill(home, 2, "tuesday.queue"), taken_until(first))
    assert [e.counter for _, e in second.taken] == [3, 4]
    assert second.refused == ()


def test_the_count_survives_a_power_cut_between_queue_and_count(home: Path):
    queue = fill(home, 2)
    (home / "tablet.key.count").write_text("1 " + "0" * 64 + "\n")
    enqueue(queue, home / "tablet.key", TABLET, event("seen", 50), second=None)
    done = judged(queue)
    assert [e.counter for _, e in done.taken] == [1, 2, 3]


def test_a_count_that_cannot_be_read_is_told(home: Path):
    (home / "tablet.key.count").write_text("many")
    with pytest.raises(UnreadableFile, match="count cannot be read"):
        fill(home, 1)


Change = Callable[[list[str]], list[str]]


def edited(n: int, old: str, new: str) -> Change:
    def change(some: list[str]) -> list[str]:
        assert old in some[n]
        return [*some[:n], some[n].replace(old, new), *some[n + 1 :]]

    return change


def with_number(some: list[str]) -> list[str]:
    """The third event as if it were a fourth."""
    return [
        *some,
        some[2].replace("tablet-3-3", "tablet-3-4").replace('"counter":3', '"counter":4'),
    ]


def missing(line: int, count: int, *before: int) -> str:
    which = f"count {before[0]}" if len(before) == 1 else f"counts {before[0]} to {before[-1]}"
    them = "it" if len(before) == 1 else "them"
    return (
        f"Line {line}, count {count} of device tablet-3: {which} before it missing; it waits for "
        f"{them}."
    )


def altered(line: int, count: int) -> str:
    return (
        f"Line {line}, count {count} of device tablet-3: altered: it is not what the key of "
        "tablet-3 signed."
    )


TAMPERED: dict[str, tuple[Change, int, list[str]]] = {
    "edited": (
        edited(1, '"receiver":"Berg"', '"receiver":"Olsen"'),
        1,
        [altered(2, 2), missing(3, 3, 2), missing(4, 4, 2, 3)],
    ),
    "one left out": (
        lambda some: [*some[:1], *some[2:]],
        1,
        [missing(2, 3, 2), missing(3, 4, 2, 3)],
    ),
    "first left out": (
        lambda some: some[1:],
        0,
        [missing(1, 2, 1), missing(2, 3, 1, 2), missing(3, 4, 1, 2, 3)],
    ),
    "twice": (
        lambda some: [*some, some[1]],
        4,
        ["Line 5, count 2 of device tablet-3: replayed: it was submitted earlier in this queue."],
    ),
    "exchanged": (
        lambda some: [some[1], some[0], *some[2:]],
        1,
        [missing(1, 2, 1), missing(3, 3, 2), missing(4, 4, 2, 3)],
    ),
    "cut short": (lambda some: some[:2], 2, []),  # what follows later shows it
    "counted on": (lambda some: with_number(some[:3]), 3, [altered(4, 4)]),
    "chained otherwise": (edited(3, '"previous":"', '"previous":"f'), 3, [altered(4, 4)]),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_queue_that_was_tampered_with(home: Path, how: str):
    change, n_taken, refusals = TAMPERED[how]
    queue = fill(home, 4)
    done = judged(write(queue, change(lines(queue))))
    assert len(done.taken) == n_taken
    assert [str(each) for each in done.refused] == refusals
    assert all(each.way_on for each in done.refused if "replayed" not in each.why)


def test_what_was_submitted_before_is_a_replay(home: Path):
    queue = fill(home, 3)
    first = judged(queue)
    again = judged(queue, taken_until(first), {e.id: e.signed for _, e in first.taken})
    assert again.taken == ()
    assert {each.why for each in again.refused} == {"replayed: it was submitted before."}
    assert again.counts == {}


def test_another_event_under_a_count_that_is_taken_shows_a_copied_device(home: Path):
    first = judged(fill(home, 2))
    copy = home / "copy"
    copy.mkdir()
    other = judged(
        fill(copy, 3), taken_until(first), {event_id("tablet-3", 2): "another signature"}
    )
    assert "the unit holds another event as tablet-3-2" in other.refused[1].why


def test_a_queue_that_goes_on_after_another_event_is_refused(home: Path):
    """A copied key: its third event is signed, but follows a second one that the unit never saw."""
    first = judged(fill(home, 2))
    copy = home / "copy"
    copy.mkdir()
    queue = copy / "q"
    for i in range(3):
        enqueue(queue, copy / "tablet.key", TABLET, event("seen", 900.0 + i, "E7"), second=None)
    done = judged(write(queue, lines(queue)[2:]), taken_until(first))
    assert done.taken == ()
    assert "altered: it was signed after another event 2" in done.refused[0].why


def test_events_declared_lost_let_the_others_in_and_stay_named(home: Path):
    queue = fill(home, 4)
    write(queue, [lines(queue)[0], lines(queue)[3]])
    done = judged(queue, lost=frozenset((2, 3)))
    assert [e.counter for _, e in done.taken] == [1, 4]
    assert done.lost == {"tablet-3": (2, 3)}
    assert judged(queue, lost=frozenset((2,))).refused[0].why.startswith("count 3 before it")


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({}, "the unit knows no such device."),
        ({"tablet-3": device(TABLET, "Ito", approved_by=None)}, "nobody has approved"),
        ({"tablet-3": device(TABLET, "Ito", retired=moment(days=-1))}, "the device was retired"),
        ({"tablet-3": device(SigningKey.generate("ed25519", "tablet-3"), "Ito")}, "altered"),
    ],
)
def test_a_device_that_is_not_trusted(home: Path, known: Mapping[str, Device], why: str):
    done = judged(fill(home, 1), devices=known)
    assert done.taken == ()
    assert why in done.refused[0].why


def test_a_unit_of_one_needs_no_second_person(home: Path):
    alone = {"tablet-3": device(TABLET, "Ito", approved_by=None)}
    assert len(judged(fill(home, 1), devices=alone, needs_second=False).taken) == 1


def test_what_happened_before_a_device_was_retired_is_still_taken(home: Path):
    known = {"tablet-3": device(TABLET, "Ito", retired=moment(days=3))}
    assert len(judged(fill(home, 2), devices=known).taken) == 2


def handover(home: Path, **fields: object) -> Path:
    queue = home / "handover.queue"
    given = {"giver": "Ito", "receiver": "Berg", **fields}
    enqueue(queue, home / "tablet.key", TABLET, event("moved", 0, **given), second=None)
    return queue


def test_the_other_person_confirms_with_a_device_of_their_own(home: Path):
    queue = handover(home)
    confirm_queued(queue, PHONE, 1, "tablet-3")
    (_, taken), *_ = judged(queue).taken
    assert taken.confirmed == "Berg"


def test_both_may_sign_at_once(home: Path):
    queue = home / "q"
    made = event("moved", 0, giver="Ito", receiver="Berg")
    enqueue(queue, home / "tablet.key", TABLET, made, second=PHONE)
    assert judged(queue).taken[0][1].confirmed == "Berg"
    with pytest.raises(InvalidRecord, match="second device of its own handover"):
        enqueue(queue, home / "tablet.key", TABLET, made, second=TABLET)


def test_an_unconfirmed_handover_is_taken_without_a_name(home: Path):
    assert judged(handover(home)).taken[0][1].confirmed is None


@pytest.mark.parametrize(
    ("known", "fields", "why"),
    [
        ({"tablet-3": DEVICES["tablet-3"]}, {}, "does not know whose device phone-7 is"),
        (DEVICES, {"receiver": "Chu"}, "Berg confirms it, and is neither its giver nor"),
        (DEVICES | {"phone-7": device(PHONE, "Ito")}, {}, "devices of one person"),
        (
            DEVICES | {"phone-7": device(SigningKey.generate("ed25519", "phone-7"), "Berg")},
            {},
            "altered: it is not what the key of phone-7 confirmed",
        ),
    ],
)
def test_a_confirmation_that_does_not_hold(
    home: Path, known: Mapping[str, Device], fields: dict[str, object], why: str
):
    queue = handover(home, **fields)
    confirm_queued(queue, PHONE, 1, "tablet-3")
    done = judged(queue, devices=known)
    assert done.taken == ()
    assert why in done.refused[0].why


def test_nobody_confirms_their_own_or_what_is_not_there(home: Path):
    queue = handover(home)
    for key, count in ((TABLET, 1), (PHONE, 9)):
        with pytest.raises(InvalidRecord, match="cannot confirm"):
            confirm_queued(queue, key, count, "tablet-3")


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        "{}",
        '{"signed": {}, "signatures": []}',
        '{"signed": {"form": "another"}, "signatures": []}',
        "[" * 100_000,
    ],
)
def test_lines_that_are_no_events_are_refused_by_their_number(home: Path, line: str):
    queue = fill(home, 1)
    write(queue, [line, *lines(queue)])
    taken, refused = read_queue(queue)
    assert [each.line for each in taken] == [2]
    assert [(each.line, each.name) for each in refused] == [(1, "no event")]
    assert "no signed custody event" in refused[0].why


def test_every_changed_character_of_a_signed_event_is_refused(home: Path):
    queue = fill(home, 1)
    (line,) = lines(queue)
    body = json.loads(line)
    text = json.dumps(body["signed"])
    whole = judged(queue).taken[0][0]
    for place in range(0, len(text), 3):
        changed = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        write(
            queue,
            ['{"signed": ' + changed + ', "signatures": ' + json.dumps(body["signatures"]) + "}"],
        )
        entries, _ = read_queue(queue)
        done = judge(entries, devices=DEVICES, counts={}, held={})
        assert all(_same(each, whole) for each, _ in done.taken), changed


def _same(one: Queued, other: Queued) -> bool:
    return one.note.text == other.note.text


def test_a_queue_that_is_not_there(home: Path):
    with pytest.raises(UnreadableFile, match="queue cannot be read"):
        read_queue(home / "none.queue")


def test_the_event_is_kept_as_it_was_said(home: Path):
    queue = home / "q"
    said = event(
        "sampled", 5, "Prøve 9", by="Itō", seal_before="K 1", seal_after="K–2", place="Kø 3",
        amount_before=0.1, amount_used=1e-7, amount_error=3.0, unit="µg", note='"quoted"\u2028',
    )  # fmt: skip
    enqueue(queue, home / "tablet.key", TABLET, said, second=None)
    ((_, taken),) = judged(queue).taken
    for name in ("item", "at", "by", "seal_after", "amount_used", "amount_error", "unit", "note"):
        assert getattr(taken, name) == getattr(said, name)
    assert isinstance(taken, CustodyEvent)


def test_key_files_are_for_their_owner_alone(home: Path):
    from reopen.ledger.keys import read_key, write_key

    write_key(TABLET, home / "k")
    assert stat.S_IMODE((home / "k").stat().st_mode) == 0o600
    assert read_key(home / "k").public == TABLET.public
