"""The page that verifies receipts: its verdict is that of ledger.verify, on good ones and bad."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.faces.web.chromium import CHROMIUM, needs_chromium, serving
from tests.faces.web.conftest import Browser

from reopen.faces.workbench.ledger import make_keys, signers_of
from reopen.faces.workbench.ledger_proofs import receipt_for
from reopen.ledger.cosignature import cosign
from reopen.ledger.keys import SigningKey
from reopen.ledger.note import with_signatures
from reopen.ledger.proof import parse_proof, write_proof
from reopen.ledger.verify import Malformed, NotProven, check_receipt, parse_policy
from reopen.records.base import Ref
from reopen.store import checkpoints
from reopen.store.unit import open_unit

VERDICTS = ("holds", "does not hold", "cannot tell")
WITHOUT_A_KEY = ("another log's key", "the origin", "no known signature")
"""What the verifier refuses as not proven since no given key signed it. The page tells that from a
receipt at which something is false."""
WITNESS = SigningKey("witness.example/w", "ed25519-cosignature", bytes(range(32)))
OTHER = SigningKey("other.example/log", "ed25519", bytes(range(1, 33)))


def verdict_of(receipt: bytes, policy: str) -> str:
    """What verify.py would say."""
    try:
        check_receipt(parse_proof(receipt), parse_policy(policy.encode()))
    except NotProven:
        return "does not hold"
    except Malformed:
        return "cannot tell"
    return "holds"


@dataclass(frozen=True)
class Tried:
    """A receipt, and the policy that it is checked by."""

    receipt: bytes
    policy: str


def flipped(data: bytes, at: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def swapped(receipt: bytes, line: int, other: bytes) -> bytes:
    lines = receipt.split(b"\n")
    lines[line] = other
    return b"\n".join(lines)


def tried(unit_file: Path) -> dict[str, Tried]:
    with open_unit(unit_file) as unit:
        make_keys(unit, "mara")
        signers = signers_of(unit)
        checkpoints.make(unit.db, signers, unit.clock())
        good = receipt_for(unit, "mara", Ref("exhibit", "E1"))
    ed25519 = next(str(each.public) for each in signers if each.kind == "ed25519")
    policy = f"log {ed25519}\nquorum none\n"
    proof = parse_proof(good)
    assert proof.extra is not None
    note = proof.checkpoint
    by_log = next(n for n, line in enumerate(note.signatures) if len(line.signature) == 64)
    lines = note.text.split("\n")

    def noted(text: str) -> bytes:
        return write_proof(replace(proof, checkpoint=replace(note, text=text)))

    def signature(data: bytes) -> bytes:
        some = list(note.signatures)
        some[by_log] = replace(some[by_log], signature=data)
        return write_proof(replace(proof, checkpoint=replace(note, signatures=tuple(some))))

    cosigned = with_signatures(note, [cosign(note, WITNESS, 1_800_000_000)])
    with_witness = write_proof(replace(proof, checkpoint=cosigned))
    line = cosigned.signatures[-1]
    false_time = replace(line, signature=flipped(line.signature, 7))
    spoilt = replace(cosigned, signatures=(*note.signatures, false_time))
    watched = f"log {ed25519}\nwitness w {WITNESS.public}\ngroup g all w\nquorum g\n"
    name, id, key = ed25519.split("+", 2)
    weak = b64encode(b"\x01" + b"\x01" + bytes(31)).decode()
    index = next(n for n, each in enumerate(good.split(b"\n")) if each.startswith(b"index "))
    receipts = {
        "good": good,
        "a character of the record": write_proof(replace(proof, extra=flipped(proof.extra, 60))),
        "the salt": write_proof(replace(proof, extra=flipped(proof.extra))),
        "the number": write_proof(replace(proof, index=proof.index + 1)),
        "a number beyond the log": write_proof(replace(proof, index=10**6)),
        "a hash": write_proof(replace(proof, hashes=(flipped(proof.hashes[0]), *proof.hashes[1:]))),
        "a hash too few": write_proof(replace(proof, hashes=proof.hashes[:-1])),
        "a hash too many": write_proof(replace(proof, hashes=(*proof.hashes, bytes(32)))),
        "the root": noted("\n".join([*lines[:2], b64encode(bytes(32)).decode(), ""])),
        "the size": noted("\n".join([lines[0], str(int(lines[1]) + 1), *lines[2:]])),
        "the origin": noted("\n".join(["elsewhere.example/log", *lines[1:]])),
        "an extension": noted(note.text + "more\n"),
        "the signature": signature(flipped(note.signatures[by_log].signature)),
        "a signature cut": signature(note.signatures[by_log].signature[:-1]),
        "no known signature": write_proof(
            replace(proof, checkpoint=replace(note, signatures=(line,)))
        ),
        "the header": good.replace(b"@v1", b"@v2", 1),
        "no record": write_proof(replace(proof, extra=None)),
        "a salt alone": write_proof(replace(proof, extra=proof.extra[:32])),
        "base64 not as written": swapped(good, 1, good.split(b"\n")[1] + b"="),
        "a number with a zero": swapped(good, index, b"index 0" + good.split(b"\n")[index][6:]),
        "lines of another system": good.replace(b"\n", b"\r\n"),
        "a control character": good[:-1] + b"\x07\n",
        "cut": good[:-20],
        "not a receipt": b"hello\n\nworld\n",
        "nothing": b"\n",
        "a foreign cosignature": with_witness,
    }
    found = {name: Tried(data, policy) for name, data in receipts.items()}
    found |= {
        "a quorum that is met": Tried(with_witness, watched),
        "a quorum that is not": Tried(good, watched),
        "a cosignature's time": Tried(write_proof(replace(proof, checkpoint=spoilt)), watched),
        "another log's key": Tried(good, f"log {OTHER.public}\nquorum none\n"),
        "a key under another id": Tried(good, f"log {name}+00000000+{key}\nquorum none\n"),
        "a weak key": Tried(good, f"log {name}+{id}+{weak}\nquorum none\n"),
        "no key": Tried(good, "log nothing\nquorum none\n"),
    }
    own, by = f"log {ed25519}\n", f"witness w {WITNESS.public}\n"
    also = by.replace(" w ", " v ")
    refused = {
        "a witness under two names": f"{own}{by}{also}group g 2 w v\nquorum g\n",
        "a member twice": f"{own}{by}group g 2 w w\nquorum g\n",
        "the log's own key as a witness": f"{own}witness w {ed25519}\nquorum w\n",
        "a witness's key as a log": f"log {WITNESS.public}\n{own}quorum none\n",
        "a log twice": f"{own}{own}quorum none\n",
        "a name twice": f"{own}{by}group w any w\nquorum w\n",
        "a quorum of nobody": f"{own}quorum w\n{by}",
        "two quorums": f"{own}{by}quorum none\nquorum w\n",
        "no quorum": f"{own}{by}",
        "a threshold that is no number": f"{own}{by}group g 1.0 w\nquorum g\n",
        "a threshold of none": f"{own}{by}group g 0 w\nquorum g\n",
    }
    assert {verdict_of(with_witness, each) for each in refused.values()} == {"cannot tell"}
    return found | {name: Tried(with_witness, each) for name, each in refused.items()}


@pytest.fixture
def page(unit_file: Path) -> Iterator[Any]:
    """The page in Chromium, without a network once it is there; nobody is signed in."""
    from playwright.sync_api import sync_playwright

    with serving(unit_file) as served, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = chromium.new_context()
        opened = context.new_page()
        opened.goto(f"{served.address}/verify")
        context.set_offline(True)
        yield opened
        chromium.close()


def judged(page: Any, receipt: bytes, keys: str) -> str:
    page.set_input_files(
        "[name=receipt]",
        {"name": "one.tlog-proof", "mimeType": "text/plain", "buffer": receipt},
    )
    page.fill("[name=keys]", keys)
    page.click("#verify button")
    page.wait_for_selector("#verdict[data-verdict]")
    return str(page.get_attribute("#verdict", "data-verdict"))


@needs_chromium
def test_the_browser_judges_as_the_verifier_does(page: Any, unit_file: Path) -> None:
    every = tried(unit_file)
    expected = {name: verdict_of(each.receipt, each.policy) for name, each in every.items()}
    assert {expected[name] for name in WITHOUT_A_KEY} == {"does not hold"}
    expected |= dict.fromkeys(WITHOUT_A_KEY, "cannot tell")
    assert set(expected.values()) == set(VERDICTS)  # all three are tried
    assert expected["good"] == expected["a quorum that is met"] == "holds"
    found = {name: judged(page, each.receipt, each.policy) for name, each in every.items()}
    assert found == expected


@needs_chromium
def test_what_the_browser_cannot_check_is_said(page: Any, unit_file: Path) -> None:
    every = tried(unit_file)
    with open_unit(unit_file) as unit:
        keys = {each.kind: str(each.public) for each in signers_of(unit)}
    good = every["good"].receipt
    assert judged(page, good, keys["ed25519"]) == "holds"  # a key alone, without a policy
    told = page.inner_text("#verdict")
    assert "its key was not given" in told  # the log's other signature
    assert "crimson umbrella" in told
    assert judged(page, good, "\n".join(keys.values())) == "holds"
    assert "a browser cannot check it" in page.inner_text("#verdict")
    assert judged(page, good, keys["ml-dsa-44"]) == "cannot tell"
    record = b64decode(good.split(b"\n")[1].removeprefix(b"extra "))[32:].decode()
    assert judged(page, good, keys["ed25519"]) == "holds"
    assert page.inner_text("#verdict pre") == record


def test_the_page_needs_no_sign_in_and_shows_nothing(client: Browser, opened: Any) -> None:
    answer = opened.get("/verify")
    assert answer.status_code == 200
    assert "Verify a receipt" in answer.text
    assert "umbrella" not in answer.text
    assert client.get("/verify").status_code == 200
