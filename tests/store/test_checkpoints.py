"""Checkpoints and receipts: what the unit signs, keeps, and hands out to be checked elsewhere."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.store.conftest import Clock

from reopen.errors import CannotStore, LogBroken, UnknownName
from reopen.ledger.cosignature import cosign
from reopen.ledger.keys import SigningKey
from reopen.ledger.verify import (
    Malformed,
    check_growth,
    check_receipt,
    leaf_hash,
    parse_checkpoint,
    parse_growth,
    parse_note,
    parse_policy,
    parse_proof,
)
from reopen.records.cases import Case
from reopen.store import check, checkpoints, log
from reopen.store.unit import Unit, now, open_unit


def keys(unit: Unit) -> list[SigningKey]:
    return [SigningKey.generate(kind, unit.origin) for kind in ("ed25519", "ml-dsa-44")]


def put(unit: Unit, *ids: str) -> int:
    with unit.writing("mara") as writer:
        return [writer.put(Case(id=id)) for id in ids][-1].entry


def test_a_checkpoint_is_the_log_as_it_stands(unit: Unit) -> None:
    put(unit, "K1")
    kept = checkpoints.make(unit.db, keys(unit), now())
    assert kept == checkpoints.latest(unit.db)
    signed = parse_checkpoint(kept.note)
    assert (signed.origin, signed.size) == (unit.origin, log.size(unit.db))
    assert signed.root == log.root(unit.db)
    assert len(parse_note(kept.note).signatures) == 2


def test_nothing_new_is_not_signed_twice(unit: Unit) -> None:
    signers = keys(unit)
    first = checkpoints.make(unit.db, signers, now())
    assert checkpoints.make(unit.db, signers, now()).number == first.number
    put(unit, "K1")
    assert checkpoints.make(unit.db, signers, now()).number == first.number + 1
    assert [each.checkpoint.size for each in checkpoints.every(unit.db)] == [
        first.checkpoint.size,
        first.checkpoint.size + 1,
    ]


def test_a_receipt_convinces_who_has_only_the_policy(unit: Unit) -> None:
    entry = put(unit, "K1", "K2")
    put(unit, "K3")
    signers = keys(unit)
    checkpoints.make(unit.db, signers, now())
    policy = parse_policy(
        "".join(f"log {key.public}\n" for key in signers).encode() + b"quorum none\n"
    )
    receipt = check_receipt(parse_proof(checkpoints.receipt(unit.db, entry)), policy)
    said = json.loads(receipt.body)
    assert (said["kind"], said["id"], receipt.index) == ("case", "K2", entry)


def test_no_receipt_before_a_checkpoint_covers_the_entry(unit: Unit) -> None:
    with pytest.raises(UnknownName, match="No checkpoint covers"):
        checkpoints.receipt(unit.db, 0)
    checkpoints.make(unit.db, keys(unit), now())
    entry = put(unit, "K1")
    with pytest.raises(UnknownName, match=f"No checkpoint covers entry {entry}"):
        checkpoints.receipt(unit.db, entry)


def test_growth_convinces_who_holds_the_old_checkpoint(unit: Unit) -> None:
    signers = keys(unit)
    old = checkpoints.make(unit.db, signers, now()).checkpoint
    put(unit, *(f"K{n}" for n in range(300)))
    new = checkpoints.make(unit.db, signers, now()).checkpoint
    assert check_growth(parse_growth(checkpoints.growth(unit.db, old.size)), old) == new
    assert check.verify(unit.db, earlier=[old]).checkpoints == 3


def test_a_witness_s_signature_is_kept_beside(unit: Unit) -> None:
    first = checkpoints.make(unit.db, keys(unit), now())
    witness = SigningKey.generate("ed25519-cosignature", "witness.example/w1")
    line = cosign(first.note, witness, 1_800_000_000)
    held = checkpoints.add_signatures(unit.db, first.number, [line], now())
    assert len(parse_note(held.note).signatures) == 3
    assert checkpoints.latest(unit.db) == held
    assert checkpoints.add_signatures(unit.db, held.number, [line], now()) == held
    assert checkpoints.every(unit.db)[0] == first
    check.verify(unit.db)


def test_a_log_that_was_changed_is_not_signed(unit: Unit) -> None:
    signers = keys(unit)
    put(unit, "K1", "K2")
    checkpoints.make(unit.db, signers, now())
    for table in ("record_case", "record", "entry"):
        column = "idx" if table == "entry" else "entry"
        unit.db.execute(f"DELETE FROM {table} WHERE {column} >= 3")
    with pytest.raises(LogBroken, match="does not continue"):
        checkpoints.make(unit.db, signers, now())


def test_a_log_with_another_past_is_not_signed(unit: Unit) -> None:
    put(unit, "K1")
    checkpoints.make(unit.db, keys(unit), now())
    unit.db.execute("UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE idx = 0)")
    unit.db.execute("DELETE FROM tile")
    leaves = unit.db.rows("SELECT leaf FROM entry ORDER BY idx")
    log.grow(unit.db, 0, [leaf_hash(bytes(leaf)) for (leaf,) in leaves])
    with pytest.raises(LogBroken, match="does not continue"):
        checkpoints.make(unit.db, keys(unit), now())


def test_a_key_of_another_log_does_not_sign(unit: Unit) -> None:
    strange = SigningKey.generate("ed25519", "another.example/log")
    with pytest.raises(Malformed, match="cannot sign for the log"):
        checkpoints.make(unit.db, [strange], now())
    assert checkpoints.latest(unit.db) is None


def test_nothing_is_signed_with_a_clock_that_went_back(unit: Unit, clock: Clock) -> None:
    signers = keys(unit)
    checkpoints.make(unit.db, signers, clock())
    put(unit, "K1")
    clock.moment -= timedelta(hours=1)
    with pytest.raises(CannotStore, match="before the last checkpoint"):
        checkpoints.make(unit.db, signers, clock())


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE checkpoint SET size = size + 1 WHERE number = 2",
        "UPDATE checkpoint SET time = time + 1000000 WHERE number = 3",
        "UPDATE checkpoint SET time = time - 5000000 WHERE number = 1",
        "UPDATE checkpoint SET number = 7 WHERE number = 3",
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE number = 2)",
        "DELETE FROM checkpoint WHERE number = 1",
        "DELETE FROM checkpoint WHERE number = 2",
        "DELETE FROM checkpoint WHERE number = 3",
        "DELETE FROM checkpoint",
        "INSERT INTO unit (key, value) VALUES ('more', '')",
        "DELETE FROM unit WHERE key = 'checkpoints'",
    ],
)
def test_checkpoints_changed_in_their_table_are_found(unit: Unit, clock: Clock, sql: str) -> None:
    signers = keys(unit)
    for id in ("K1", "K2", "K3"):
        put(unit, id)
        checkpoints.make(unit.db, signers, clock())
    check.verify(unit.db)
    assert unit.db.execute(sql)
    assert list(check.faults(unit.db))


def test_a_unit_without_its_name_is_not_opened(unit: Unit, place: str | Path) -> None:
    unit.db.execute("DELETE FROM unit WHERE key = 'name'")
    with pytest.raises(LogBroken, match="does not say its unit's name"):
        open_unit(place)
