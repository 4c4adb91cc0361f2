"""Records that are kept between looks are what their bytes say, whatever came in between; and words
are looked for in bytes only where that finds what looking in the fields finds."""

from __future__ import annotations

from random import Random

import pytest
from tests.store.random_unit import Draw, stream
from tests.store.test_access_twin import store

from reopen.errors import LogBroken
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit
from reopen.records.statements import Statement
from reopen.store import body, held
from reopen.store.held import EVERYTHING, Asked
from reopen.store.kept import Kept
from reopen.store.unit import Unit


@pytest.mark.parametrize("most_bytes", [0, 600, 5000, 10**9])
def test_what_is_kept_is_what_the_bytes_say(unit: Unit, most_bytes: int) -> None:
    draw, kept = Draw(11), Kept(most_bytes)
    for _ in range(4):
        store(unit, stream(draw, 40))
        for _ in range(2):
            unit.db.kept = kept
            found = list(held.select(unit.db, EVERYTHING, Asked(current=False)))
            unit.db.kept = None
            assert found == list(held.select(unit.db, EVERYTHING, Asked(current=False)))
    assert (len(kept) > 100) == (most_bytes == 10**9)


def test_bytes_are_read_once_as_long_as_they_are_the_same(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def counted(entry: int, data: bytes | None, *, current: bool = True) -> body.Version:
        read.append(entry)
        return body.read_body(entry, data, current=current)

    monkeypatch.setattr("reopen.store.kept.read_body", counted)
    unit.db.kept = Kept()
    with unit.writing("mara") as writer:
        writer.put(Case(id="K1", title="Quay"))

    def title() -> str:
        read.clear()
        with unit.reading("mara") as reader:
            found = reader.get(Case, "K1")
        return found.title if found else ""

    assert (title(), len(read)) == ("Quay", 1)
    assert (title(), len(read)) == ("Quay", 0)
    with unit.writing("mara") as writer:
        writer.put(Case(id="K1", title="Pier"), reason="misread")
    assert (title(), len(read)) == ("Pier", 1)
    where = "WHERE idx = (SELECT MAX(entry) FROM record WHERE kind = 'case')"
    (data,) = unit.db.rows(f"SELECT body FROM entry {where}")[0]
    unit.db.execute(f"UPDATE entry SET body = ? {where}", (bytes(data).replace(b"Pier", b"Dock"),))
    assert title() == "Dock"
    unit.db.execute(f"UPDATE entry SET body = NULL {where}")
    with pytest.raises(LogBroken):
        title()


def test_what_is_not_asked_for_again_goes_first() -> None:
    def entry(n: int) -> bytes:
        record = b'{"id":"K%d"},"time":"2026-03-01","version":1}' % n
        return b'{"actor":"m","id":"K%d","kind":"case","record":' % n + record

    kept = Kept(20 * len(entry(10)))
    for n in range(10, 40):
        kept.version(10, entry(10), current=True)
        kept.version(n, entry(n), current=True)
    assert len(kept) <= 20
    assert kept._lately.keys() | kept._before.keys() >= {10, 39}


VALUES = (
    "Quay", "QUAY 7", "quay", "Straße", "strasse", "STRASSE", "ﬁsh", "fish", 'a "fish"', "a\\b",
    "tab\there", "İstanbul", "ı", "Kelvin", "kelvin", "", "a/b", "Århus", "x\x7fy",
)  # fmt: skip
WORDS = (
    "quay", "7", "strasse", "straße", "fish", '"fish"', "a\\b", "a\\\\b", "b", "here", "\\t",
    "there", "istanbul", "i̇stanbul", "kelvin", "a/b", "århus", "x\x7fy", "statement", "note",
    "\\u0009", "umbrella",
)  # fmt: skip


def test_words_are_found_as_in_the_fields_themselves(unit: Unit) -> None:
    """Twin: every record is made, and its fields are looked in."""
    chance = Random(5)
    said = [
        Statement(
            id=f"S{n}", subject=Ref("case", "K1"), field="town", value=value or "-", note=note,
            speaker=chance.choice(VALUES),
        )
        for n, (value, note) in enumerate((value, note) for value in VALUES for note in VALUES[::3])
    ]  # fmt: skip
    with unit.writing("mara") as writer:
        writer.put_many([Case(id="K1"), *said])

    def text(one: Statement) -> str:
        return f"{one.value} {one.note} {one.speaker}".casefold()

    with unit.reading("mara") as reader:
        for word in WORDS:
            for words in ([word], [word, "quay"]):
                plain = [one for one in said if all(each in text(one) for each in words)]
                looked = list(reader.look_through(Statement, words))
                assert len(looked) == len(said)
                found = [one for _, one in looked if one and all(w in text(one) for w in words)]
                assert found == plain, words
    bodies = [b'{"value":"quay"}', '{"value":"Århus"}'.encode()]
    assert held.lacking(["umbrella"])(bodies) == [True, False]


def test_records_are_told_by_what_their_entries_have(unit: Unit) -> None:
    said = [
        Statement(id=f"S{n}", subject=Ref("case", "K1"), field=field, value='"field":"town"')
        for n, field in enumerate(("offence", "town", "reported", "Århus"))
    ]
    late = Statement(
        id="S4", subject=Ref("case", "K1"), field="name", value="x", supersedes=("S2",)
    )
    with unit.writing("mara") as writer:
        writer.put_many([Case(id="K1"), *said, late])
    asked = {
        (b'"field":"offence"',): ["S0"],
        (b'"field":"reported"', b'"supersedes":'): ["S2", "S4"],
        (b'"field":"town"',): ["S1"],  # in a value, its quotes are written otherwise
        ('"field":"Århus"'.encode(),): ["S3"],
        (b'"field":"Offence"',): [],
        (): ["S0", "S1", "S2", "S3", "S4"],
    }
    with unit.reading("mara") as reader:
        for having, ids in asked.items():
            assert [one.id for one in reader.all(Statement, having=having)] == ids, having


def test_looking_goes_on_behind_an_entry_and_counts_what_is_shown(unit: Unit) -> None:
    with unit.writing("mara") as writer:
        writer.put(Case(id="K1"))
        writer.put_many(
            Exhibit(id=f"E{n}", case="K1", description=("glove", "rope")[n % 2]) for n in range(6)
        )
    with unit.reading("mara") as reader:
        first = list(reader.look_through(Exhibit, ["rope"], limit=4))
        assert [one.id if one else "" for _, one in first] == ["", "E1", "", "E3"]
        after = first[-1][0]
        rest = [one and one.id for _, one in reader.look_through(Exhibit, ["rope"], after=after)]
        assert rest == [None, "E5"]
        (look,) = reader.looks.events()
    assert (look.target, look.count) == ("every exhibit", 3)
