"""Our published vectors, written from the specifications by `vectors/make.py`, and the ledger."""

from __future__ import annotations

import json
import runpy
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reopen.ledger.cosignature import cosign
from reopen.ledger.keys import SigningKey
from reopen.ledger.leaf import commitment
from reopen.ledger.note import Note
from reopen.ledger.policy import parse_policy, write_policy
from reopen.ledger.proof import write_proof, write_receipt
from reopen.ledger.verify import (
    Malformed,
    NotProven,
    SignatureType,
    check_entry,
    check_receipt,
    check_signatures,
    examine,
    leaf_hash,
    parse_proof,
    parse_signature_line,
    parse_vkey,
    signed_message,
)
from reopen.ledger.witness import Witness
from reopen.ledger.witness_state import WitnessState

VECTORS = Path(__file__).parent / "vectors"


def document(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="ascii"))


class TestCosignatures:
    @pytest.mark.parametrize("case", document("cosignatures")["cases"], ids=lambda c: c["name"])
    def test_checked(self, case: dict[str, Any]) -> None:
        key = parse_vkey(case["vkey"])
        line = parse_signature_line(case["line"].removesuffix("\n"))
        assert f"{line}" == case["line"]
        note = Note(case["checkpoint"], (line,))
        if case["want"] == "invalid":
            with pytest.raises((NotProven, Malformed)):
                check_signatures(note, [key])
            return
        signed = check_signatures(note, [key])
        assert bool(signed) == (case["want"] == "ok")
        if signed:
            assert signed[0].time == case["time"]
            if "extension lines" not in case["name"]:  # signed over other lines, which is the point
                message = signed_message(key, case["checkpoint"], case["time"])
                assert message.hex() == case["message_hex"]

    def test_made(self) -> None:
        """Ed25519 signatures are the same each time: ours are the vectors', byte for byte."""
        seeds = {key["vkey"]: key["seed_hex"] for key in document("keys").values()}
        compared = 0
        for case in document("cosignatures")["cases"]:
            key = parse_vkey(case["vkey"])
            if case["want"] == "ok" and key.type is SignatureType.ED25519_COSIGNATURE:
                seed = bytes.fromhex(seeds[case["vkey"]])
                signer = SigningKey(key.name, "ed25519-cosignature", seed)
                line = cosign(Note(case["checkpoint"], ()), signer, case["time"])
                assert str(line) == case["line"]
                compared += 1
        assert compared == 12


class TestPolicies:
    GOOD, BAD = (document("policies")[kind] for kind in ("good", "bad"))

    @pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
    def test_good(self, case: dict[str, Any]) -> None:
        policy = parse_policy(b64decode(case["policy_b64"]))
        for names in case["quorum_of"]:
            assert policy.satisfied(names)
        for names in case["no_quorum_of"]:
            assert not policy.satisfied(names)
        if not case["name"].startswith("the quorum before"):
            assert parse_policy(write_policy(policy)) == policy

    @pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
    def test_bad(self, case: dict[str, Any]) -> None:
        with pytest.raises(Malformed):
            parse_policy(b64decode(case["policy_b64"]))


class TestProofs:
    DOCUMENT = document("proofs")

    @pytest.mark.parametrize("case", DOCUMENT["cases"], ids=lambda case: case["name"])
    def test_cases(self, case: dict[str, Any]) -> None:
        policy = parse_policy(self.DOCUMENT["policy"].encode())
        data, entry = case["proof"].encode(), case["entry"].encode()
        if case["want"] == "malformed":
            with pytest.raises(Malformed):
                parse_proof(data)
            return
        proof = parse_proof(data)
        assert write_proof(proof) == data
        if case["want"] == "ok":
            check_entry(proof, entry, policy)
        else:
            with pytest.raises(NotProven):
                check_entry(proof, entry, policy)


class TestReceipt:
    DOCUMENT = document("receipt")

    def test_leaf(self) -> None:
        salt, body = bytes.fromhex(self.DOCUMENT["salt_hex"]), self.DOCUMENT["body"].encode()
        data = commitment(salt, body)
        assert data.hex() == self.DOCUMENT["leaf_data_hex"]
        assert leaf_hash(data).hex() == self.DOCUMENT["leaf_hash_hex"]

    def test_receipt(self) -> None:
        data = self.DOCUMENT["receipt"].encode()
        proof = parse_proof(data)
        policy = parse_policy(self.DOCUMENT["policy"].encode())
        receipt = check_receipt(proof, policy)
        assert receipt.body == self.DOCUMENT["body"].encode()
        assert len(receipt.witnessed.signed) == 2
        assert set(receipt.witnessed.cosigned) == {"A", "B"}
        text = "\n".join(examine(data, policy, every_key=True))
        assert text.startswith("HOLDS: entry 1 of the log vectors.example/log.")
        assert "Köln" in text
        assert "A (vectors.example/witness-1, Ed25519 cosignature), at 2023-11-14 22:13:20" in text
        assert (
            write_receipt(
                proof.index,
                proof.hashes,
                proof.checkpoint,
                salt=bytes.fromhex(self.DOCUMENT["salt_hex"]),
                body=receipt.body,
            )
            == data
        )

    def test_any_bit_of_record_or_salt(self) -> None:
        """The extra data is signed by nobody; the tree protects it."""
        proof = parse_proof(self.DOCUMENT["receipt"].encode())
        policy = parse_policy(self.DOCUMENT["policy"].encode())
        assert proof.extra is not None
        for at in range(len(proof.extra)):
            changed = bytearray(proof.extra)
            changed[at] ^= 1
            with pytest.raises(NotProven):
                check_receipt(
                    type(proof)(proof.index, proof.hashes, proof.checkpoint, bytes(changed)), policy
                )


def test_witness(tmp_path: Path) -> None:
    """All exchanges in their order, to one witness that remembers."""
    vectors = document("witness")
    logs = {
        origin: [parse_vkey(vkey) for vkey in vkeys] for origin, vkeys in vectors["logs"].items()
    }
    key = parse_vkey(vectors["witness"])
    seed = bytes.fromhex(vectors["witness_seed_hex"])
    signer = SigningKey(key.name, "ed25519-cosignature", seed)
    state = WitnessState.create(tmp_path / "memory")
    witness = Witness([signer], logs, state, clock=lambda: vectors["time"])
    for exchange in vectors["exchanges"]:
        answer = witness.add_checkpoint(exchange["request"].encode())
        assert answer.status == exchange["status"], (exchange["name"], answer)
        if exchange["status"] == 200:
            assert answer.body.decode() == exchange["line"], exchange["name"]
        elif exchange["body"]:
            assert answer.body.decode() == exchange["body"], exchange["name"]
            assert answer.type == "text/x.tlog.size"


def stable(value: Any, ml_dsa: frozenset[str]) -> Any:
    """A document without the signature bytes of ML-DSA-44, which are other ones each time."""
    if isinstance(value, dict):
        return {name: stable(inner, ml_dsa) for name, inner in value.items()}
    if isinstance(value, list):
        return [stable(inner, ml_dsa) for inner in value]
    if isinstance(value, str):
        lines = value.split("\n")
        return [
            line.rpartition(" ")[0] if any(name in line for name in ml_dsa) else line
            for line in lines
        ]
    return value


@pytest.mark.parametrize("name", ["keys", "cosignatures", "policies", "proofs", "witness",
                                  "receipt"])  # fmt: skip
def test_the_script_writes_what_is_published(name: str) -> None:
    made: dict[str, Callable[[], Any]] = runpy.run_path(str(VECTORS / "make.py"))
    fresh = {"keys": made["keys"], **made["DOCUMENTS"]}[name]()  # type: ignore[dict-item]
    published = document(name)
    signers = frozenset(
        f"\u2014 {key.split('+')[0]} "
        for key in (entry["vkey"] for entry in document("keys").values())
        if len(key) > 1000
    )
    assert stable(json.loads(json.dumps(fresh)), signers) == stable(published, signers)
