"""Which of the published vectors are applied, where, and why the others are not."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.test_tree import decoded
from tests.ledger.vectors_of import SHARED, document, lines, needs_shared

from reopen.ledger.keys import SigningKey
from reopen.ledger.verify import (
    Malformed,
    NotProven,
    SignatureType,
    VerifierKey,
    check_consistency,
    check_inclusion,
    leaf_hash,
    parse_checkpoint,
    parse_note,
    parse_vkey,
)
from reopen.ledger.witness import Witness
from reopen.ledger.witness_state import WitnessState

pytestmark = needs_shared

# Where each folder's files are applied; or, in NOT_APPLIED, why they are not.
APPLIED = {
    "SOURCE.md": "not vectors",
    "LICENSES": "not vectors",
    "ed25519": "test_note.py",
    "jcs": "test_canonical.py",
    "merkle/consistency.jsonl": "test_tree.py",
    "merkle/inclusion.jsonl": "test_tree.py",
    "merkle/rfc6962-reference.json": "test_tree.py",
    "merkle/subtree-consistency.jsonl": "here, where the subtree begins at entry 0",
    "merkle/subtree-inclusion.jsonl": "here: a proof within the subtree, as a tree of its own",
    "note": "test_note.py",
    "sigstore": "here",
    "tiles": "test_tree.py",
    "witness": "here",
}
NOT_APPLIED = {
    "rfc3161": "Time comes from witnesses' cosignatures; the ledger asks no RFC 3161 authority "
    "and reads no X.509 chains or CMS signatures.",
    "merkle/subtree-consistency.jsonl, where the subtree begins later": "We sign and "
    "accept checkpoints of whole logs only; sign-subtree and add-entries are optional, left out.",
    "sigstore signatures": "The bundles' certificates, DSSE envelopes and ECDSA signatures are "
    "Sigstore's own; their checkpoints' keys are not in the files.",
}


def test_every_file_is_applied_or_named() -> None:
    known = {*APPLIED, *NOT_APPLIED}
    for path in SHARED.rglob("*"):
        if path.is_file():
            name = path.relative_to(SHARED).as_posix()
            assert {name, name.split("/")[0]} & known, name


# --- Subtrees ---


@pytest.mark.parametrize(
    "case", lines("merkle/subtree-inclusion.jsonl"), ids=lambda case: case["id"]
)
def test_inclusion_in_a_subtree(case: dict[str, Any]) -> None:
    """A subtree from start to end is a tree of end - start leaves.

    That it may stand where it stands is the subtree's own rule (start is a multiple of its width,
    rounded up to a power of two), which this ledger never needs: its subtrees begin at 0.
    """
    start, end = case["start"], case["end"]
    width = 1 << max(end - start - 1, 0).bit_length()
    stands = 0 <= start < end and start % width == 0

    def check() -> None:
        if not stands:
            raise Malformed("no such subtree")
        check_inclusion(
            case["leafIdx"] - start,
            end - start,
            b64decode(case["leafHash"]),
            decoded(case["proof"]),
            b64decode(case["root"]),
        )

    if case["wantErr"]:
        with pytest.raises((NotProven, Malformed)):
            check()
    else:
        check()


# Wanted by the vectors' authors and refused here: hashes that are not 32 bytes, and the proof
# function asked about nothing (an empty log needs no proof; callers settle that).
ADDITIONAL = "subtreeconsistency/additional/"
EMPTY_SUBTREE = "subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-"
SUBTREE_STRICTER = {
    f"{ADDITIONAL}sizes-are-equal-one-and-proof-is-empty",
    f"{ADDITIONAL}{EMPTY_SUBTREE}proof-is-empty",
    f"{ADDITIONAL}{EMPTY_SUBTREE}tree-root-random-proof-is-empty",
}
SUBTREES = [case for case in lines("merkle/subtree-consistency.jsonl") if case["start"] == 0]


@pytest.mark.parametrize("case", SUBTREES, ids=lambda case: case["id"])
def test_consistency_of_a_subtree_from_0(case: dict[str, Any]) -> None:
    def check() -> None:
        check_consistency(
            case["end"],
            b64decode(case["root1"]),
            case["size"],
            b64decode(case["root2"]),
            decoded(case["proof"]),
        )

    if case["wantErr"] or case["id"] in SUBTREE_STRICTER:
        with pytest.raises((NotProven, Malformed)):
            check()
    else:
        check()


# --- Sigstore bundles: their inclusion proofs ---


@pytest.mark.parametrize("path", sorted((SHARED / "sigstore").glob("*.sigstore.json")), ids=str)
def test_sigstore_inclusion(path: Path) -> None:
    (entry,) = json.loads(path.read_text())["verificationMaterial"]["tlogEntries"]
    proof = entry["inclusionProof"]
    checkpoint = parse_checkpoint(parse_note(proof["checkpoint"]["envelope"].encode()))
    root = b64decode(proof["rootHash"])
    assert (checkpoint.size, checkpoint.root) == (int(proof["treeSize"]), root)
    leaf = leaf_hash(b64decode(entry["canonicalizedBody"]))
    hashes = decoded(proof["hashes"])
    check_inclusion(int(proof["logIndex"]), checkpoint.size, leaf, hashes, root)
    with pytest.raises(NotProven):
        check_inclusion(int(proof["logIndex"]) ^ 1, checkpoint.size, leaf, hashes, root)


# --- Witness exchanges ---

# tlog-witness says 404 for an unknown log since the snapshot from which the exchange is.
CHANGED_SINCE = {("litewitness", 2): 404}


def keys_of(log: dict[str, str]) -> list[VerifierKey]:
    if "vkey" in log:
        return [parse_vkey(log["vkey"])]
    public = bytes.fromhex(log["ed25519_hex"])
    return [VerifierKey(log["origin"], SignatureType.ED25519, public)]


@pytest.mark.parametrize("name", ["litewitness", "sumdb"])
def test_witness_exchanges(name: str, tmp_path: Path) -> None:
    vectors = document(f"witness/{name}.json")
    logs = {log["origin"]: keys_of(log) for log in vectors["logs"]}
    state = WitnessState.create(tmp_path / "memory")
    signer = SigningKey.generate("ed25519-cosignature", "example.com/witness")
    witness = Witness([signer], logs, state)
    for number, exchange in enumerate(vectors["exchanges"]):
        answer = witness.add_checkpoint(exchange["request"].encode())
        body = answer.body.decode()
        wanted = CHANGED_SINCE.get((name, number), exchange["status"])
        assert answer.status == wanted, (number, body)
        kind, _, text = exchange["asserts"].partition(" ")
        assert kind == "body", exchange
        relation, _, literal = text.partition(" ")
        said = json.loads(literal)
        assert body == said if relation == "==" else said in body, (number, body)
