"""Ledger: the log as far as it is for somebody, checkpoints, and receipts of records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faces.web.conftest import Browser
from tests.faces.web.test_importing import ended

from reopen.faces.workbench.ledger import make_keys, signers_of
from reopen.ledger.verify import check_receipt, parse_policy, parse_proof
from reopen.records.cases import Exhibit
from reopen.store import checkpoints
from reopen.store.unit import open_unit

SignIn = Callable[[str], Browser]


@pytest.fixture
def signed(unit_file: Path) -> Path:
    """The unit with keys and a checkpoint."""
    with open_unit(unit_file) as unit:
        make_keys(unit, "mara")
        checkpoints.make(unit.db, signers_of(unit), unit.clock())
    return unit_file


def test_a_log_without_keys_says_what_to_do(client: Browser) -> None:
    page = client.get("/ledger").text
    assert "The log was never signed." in page
    assert "reopen ledger keys UNIT." in page  # and not where the unit lies
    record = client.json("/ledger/record?kind=exhibit&id=E1")
    assert (record["covered"], len(record["versions"])) == (False, 1)
    assert client.get("/ledger/receipt?kind=exhibit&id=E1").status_code == 404


@pytest.mark.usefixtures("signed")
def test_what_is_not_for_somebody_stands_there_as_such(client: Browser, signed_in: SignIn) -> None:
    every = client.json("/ledger")["entries"]
    assert any((each["kind"], each["id"]) == ("exhibit", "E1") for each in every)
    stranger = signed_in("stranger")
    page = stranger.json("/ledger")
    kinds = {each["kind"] for each in page["entries"]}
    assert "" in kinds
    assert not kinds & {"exhibit", "case", "person", "statement", "sample"}
    text = stranger.get("/ledger").text
    assert "not for you" in text
    assert "umbrella" not in text
    hidden = stranger.get("/ledger/record?kind=exhibit&id=E1")
    missing = stranger.get("/ledger/record?kind=exhibit&id=E9")
    assert hidden.status_code == missing.status_code == 404
    assert stranger.get("/ledger/receipt?kind=exhibit&id=E1").status_code == 404
    assert stranger.get("/ledger/code.svg?kind=exhibit&id=E1").status_code == 404


@pytest.mark.usefixtures("signed")
def test_a_receipt_holds_by_the_policy_of_the_page(client: Browser) -> None:
    receipt = client.get("/ledger/receipt?kind=exhibit&id=E1")
    assert receipt.headers["content-disposition"] == 'attachment; filename="E1.tlog-proof"'
    policy = parse_policy(client.get("/ledger/policy.txt").content)
    assert b"crimson umbrella" in check_receipt(parse_proof(receipt.content), policy).body
    code = client.get("/ledger/code.svg?kind=exhibit&id=E1")
    assert code.headers["content-type"] == "image/svg+xml"
    assert "Download the receipt" in client.get("/ledger/record?kind=exhibit&id=E1").text


@pytest.mark.usefixtures("signed")
def test_a_receipt_that_may_not_be_taken_out_is_told_as_such(
    client: Browser, signed_in: SignIn
) -> None:
    client.post("/grants/give", actor="stranger", case="K1", purpose="", actions="read")
    page = signed_in("stranger").get("/ledger/record?kind=exhibit&id=E1").text
    assert "You have no such grant" in page
    assert "/ledger/receipt?" not in page


def test_a_checkpoint_covers_what_came_since(client: Browser, signed: Path) -> None:
    with open_unit(signed) as unit, unit.writing("mara") as writer:
        writer.put(Exhibit(id="E7", case="K1"))
    assert not client.json("/ledger/record?kind=exhibit&id=E7")["covered"]
    answer = client.post("/ledger/checkpoint")
    work = client.json(f"/runs/{ended(client, answer.headers['location'])}")
    assert work["work"]["stage"] == "done", work
    assert client.json("/ledger/record?kind=exhibit&id=E7")["covered"]
    assert len(client.json("/ledger")["checkpoints"]) == 2


@pytest.mark.usefixtures("signed")
def test_only_who_may_grant_signs_from_the_board(signed_in: SignIn) -> None:
    stranger = signed_in("stranger")
    assert not stranger.json("/ledger")["may_sign"]
    answer = stranger.post("/ledger/checkpoint")
    work = stranger.json(f"/runs/{ended(stranger, answer.headers['location'])}")
    assert work["work"]["stage"] == "failed"
    assert len(stranger.json("/ledger")["checkpoints"]) == 1


def test_pages_of_entries_do_not_overlap(client: Browser, unit_file: Path) -> None:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put_many(Exhibit(id=f"X{n}", case="K1") for n in range(60))
    first = client.json("/ledger")
    second = client.json(f"/ledger?before={first['before']}")
    numbers = [each["number"] for page in (first, second) for each in page["entries"]]
    assert numbers[:2] == [first["size"] - 1, first["size"] - 2]
    assert len(numbers) == len(set(numbers))
    without = client.json("/ledger?changes=true")["entries"]
    assert not any(each["is_look"] for each in without)
