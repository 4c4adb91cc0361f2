"""Expunging: the bytes are gone, the log still holds, and two people stand behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.test_check import fill

from reopen.errors import LogBroken, NotAllowed, UnknownName
from reopen.ledger.verify import Checkpoint
from reopen.records.access import Actor, FourEyes, Standing
from reopen.records.base import Ref
from reopen.records.cases import Exhibit
from reopen.store import check, expunging, files, held, log
from reopen.store.grants import first_grant
from reopen.store.held import EVERYTHING
from reopen.store.unit import Unit
from reopen.store.writer import Writer

EXHIBIT = Ref("exhibit", "E1")


@pytest.fixture
def filled(unit: Unit) -> Unit:
    fill(unit)
    with unit.writing("mara") as writer:
        writer.put(Actor(id="jonas", name="Jonas Ek", standing=Standing.DETECTIVE))
        writer.put(replace(first_grant("jonas"), given_by="mara"))
    return unit


def ask(unit: Unit, ref: Ref = EXHIBIT) -> FourEyes:
    return expunging.ask(unit, "mara", ref, id="X1", order="District court, 12/2026")


def test_bytes_and_rows_are_gone_and_old_proofs_hold(filled: Unit) -> None:
    old = Checkpoint(filled.origin, log.size(filled.db), log.root(filled.db))
    versions = held.versions(filled.db, EVERYTHING, EXHIBIT)
    ask(filled)
    done = expunging.confirm(filled, "jonas", "X1")
    assert done.entries == tuple(version.entry for version in versions)
    assert len(done.entries) == 2
    assert held.versions(filled.db, EVERYTHING, EXHIBIT) == ()
    for entry in done.entries:
        assert filled.db.one("SELECT salt, body FROM entry WHERE idx = ?", (entry,)) == (None, None)
    verified = check.verify(filled.db, earlier=[old])
    assert verified.expunged == 2


def test_what_was_made_from_it_is_no_longer_in_its_case(filled: Unit) -> None:
    of_case = held.Asked(kind="custody_event", case="K1")
    assert held.count(filled.db, EVERYTHING, of_case) == 300
    ask(filled)
    expunging.confirm(filled, "jonas", "X1")
    assert held.count(filled.db, EVERYTHING, of_case) == 0


def test_a_file_s_bytes_go_with_its_record(filled: Unit) -> None:
    (scan,) = held.select(filled.db, EVERYTHING, held.Asked(kind="file"))
    ask(filled, scan.record.ref)
    expunging.confirm(filled, "jonas", "X1")
    assert not files.holds(filled.db, scan.record.id)
    check.verify(filled.db)


@pytest.mark.parametrize("dialect", ["SQLite"], indirect=True)
def test_the_text_is_nowhere_in_the_file(filled: Unit, place: str | Path) -> None:
    """PostgreSQL keeps old pages until it is vacuumed, as docs/casefile.md says."""
    with filled.writing("mara") as writer:
        writer.put(Exhibit(id="E9", case="K1", description="the Zanzibar letter"))
    assert b"Zanzibar" in Path(place).read_bytes()
    ask(filled, Ref("exhibit", "E9"))
    expunging.confirm(filled, "jonas", "X1")
    assert b"Zanzibar" not in Path(place).read_bytes()


def test_who_asked_does_not_confirm(filled: Unit) -> None:
    ask(filled)
    with pytest.raises(NotAllowed, match="asked for this"):
        expunging.confirm(filled, "mara", "X1")
    assert held.get(filled.db, EVERYTHING, EXHIBIT) is not None


def test_a_refused_or_unknown_request_empties_nothing(filled: Unit) -> None:
    ask(filled)
    expunging.refuse(filled, "jonas", "X1", reason="another person is meant")
    for request in ("X1", "X2"):
        with pytest.raises(UnknownName, match="no open request"):
            expunging.confirm(filled, "jonas", request)
    assert check.verify(filled.db).expunged == 0


def test_the_trail_itself_is_never_expunged(filled: Unit) -> None:
    with pytest.raises(NotAllowed, match="cannot be expunged"):
        ask(filled, Ref("actor", "jonas"))


@pytest.mark.parametrize("confirmed_by", ["mara", "jonas"])
def test_emptying_by_one_person_is_found(filled: Unit, confirmed_by: str) -> None:
    """Also where that person names another as the one who confirmed."""
    (version, *_) = held.versions(filled.db, EVERYTHING, EXHIBIT)
    asked = ask(filled)
    alone = replace(
        asked, confirmed_by=confirmed_by, confirmed=asked.asked, entries=(version.entry,)
    )
    with pytest.raises(NotAllowed), filled.writing("mara", reason="in haste") as writer:
        writer.put(alone)
    with filled.db.writing():  # as a program of their own would
        own = Writer(filled.db, "mara", reason="in haste", clock=filled.clock)
        own.put(alone)
        own.finish()
    filled.db.execute("UPDATE entry SET salt = NULL, body = NULL WHERE idx = ?", (version.entry,))
    with pytest.raises(LogBroken, match=f"entry {version.entry}: was emptied, and no two people"):
        check.verify(filled.db)


def test_the_same_id_can_be_used_again(filled: Unit) -> None:
    ask(filled)
    expunging.confirm(filled, "jonas", "X1")
    with filled.writing("mara") as writer:
        assert writer.put(Exhibit(id="E1", case="K2")).version == 1
    check.verify(filled.db)
