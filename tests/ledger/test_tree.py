"""Trees, tiles and proofs against RFC 6962's definitions and the published vectors."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.stores import Tiles
from tests.ledger.vectors_of import SHARED, document, lines, needs_shared
from tests.twins import merkle

from reopen.errors import InvalidRecord
from reopen.ledger import tiles, tree
from reopen.ledger.leaf import commitment, new_salt
from reopen.ledger.verify import (
    EMPTY_ROOT,
    Malformed,
    NotProven,
    check_consistency,
    check_inclusion,
    check_signatures,
    leaf_hash,
    parse_checkpoint,
    parse_note,
    parse_vkey,
)


def leaves(count: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(count)]


def stored(data: list[bytes], *batches: int) -> Tiles:
    """The leaves' tree in tiles, appended in batches that end at the given sizes."""
    store = Tiles()
    for start, end in pairwise((0, *batches, len(data))):
        assert tiles.append(store, start, [leaf_hash(leaf) for leaf in data[start:end]]) == end
    return store


class TestAgainstTheDefinitions:
    @pytest.mark.parametrize("size", range(34))
    def test_every_root_and_proof_of_small_logs(self, size: int) -> None:
        data = leaves(size)
        store = stored(data)
        assert tiles.root(store, size) == merkle.mth(data)
        assert tree.root_of([leaf_hash(leaf) for leaf in data]) == merkle.mth(data)
        for index in range(size):
            proof = tiles.inclusion_proof(store, index, size)
            assert list(proof) == merkle.path(index, data)
            check_inclusion(index, size, leaf_hash(data[index]), proof, merkle.mth(data))
        for old in range(1, size + 1):
            proof = tiles.consistency_proof(store, old, size)
            assert list(proof) == merkle.proof(old, data)
            check_consistency(old, merkle.mth(data[:old]), size, merkle.mth(data), proof)

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(0, 700), min_size=3, max_size=6), st.data())
    def test_logs_of_several_tiles(self, sizes: list[int], draw: st.DataObject) -> None:
        """Appended in batches, and read at every earlier size: the tree at that time."""
        *batches, size = sorted(sizes)
        data = leaves(size)
        store = stored(data, *batches)
        for earlier in batches:
            assert tiles.root(store, earlier) == merkle.mth(data[:earlier])
            proof = tiles.consistency_proof(store, earlier, size)
            assert list(proof) == (merkle.proof(earlier, data) if earlier else [])
        if size:
            index = draw.draw(st.integers(0, size - 1))
            assert list(tiles.inclusion_proof(store, index, size)) == merkle.path(index, data)

    def test_three_levels(self) -> None:
        """70,000 leaves: the specification's own example of which tiles there are."""
        hashes = [leaf_hash(leaf) for leaf in leaves(70_000)]
        store = Tiles()
        tiles.append(store, tiles.append(store, 0, hashes[:66_000]), hashes[66_000:])
        root = tree.root_of(hashes)
        assert tiles.root(store, 70_000) == root
        widths: dict[int, list[int]] = {}
        for (level, _), data in sorted(store.items()):
            widths.setdefault(level, []).append(len(data) // 32)
        assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
        assert {(at, index, width) for at, index, width in tiles.tiles_of(70_000)} == {
            (at, index, len(data) // 32) for (at, index), data in store.items()
        }
        for index in (0, 255, 256, 65_535, 65_536, 69_999):
            proof = tiles.inclusion_proof(store, index, 70_000)
            check_inclusion(index, 70_000, hashes[index], proof, root)
        assert list(tiles.faults(store, 70_000, hashes)) == []

    def test_a_single_entry_writes_one_tile(self) -> None:
        store = stored(leaves(1000))
        store.written = 0
        tiles.append(store, 1000, [leaf_hash(b"one more")])
        assert store.written == 1

    def test_what_does_not_exist_is_refused(self) -> None:
        store = stored(leaves(5))
        with pytest.raises(InvalidRecord, match="Entry 5 of a log of 5"):
            tiles.inclusion_proof(store, 5, 5)
        with pytest.raises(InvalidRecord, match="From 6 to 5"):
            tiles.consistency_proof(store, 6, 5)
        with pytest.raises(Malformed, match=r"tile/0/000 has 5 hashes; 6 are needed"):
            tiles.inclusion_proof(store, 0, 6)
        assert tiles.root(store, 0) == EMPTY_ROOT == sha256(b"").digest()


@given(st.integers(1, 200), st.integers(1, 200), st.data())
@settings(max_examples=60, deadline=None)
def test_any_changed_bit_breaks_a_proof(a: int, b: int, draw: st.DataObject) -> None:
    old, new = sorted((a, b))
    data = leaves(new)
    index = draw.draw(st.integers(0, new - 1))
    inclusion, consistency = merkle.path(index, data), merkle.proof(old, data)
    for proof in (inclusion, consistency):
        if proof:
            at = draw.draw(st.integers(0, len(proof) - 1))
            bit = draw.draw(st.integers(0, 255))
            number = int.from_bytes(proof[at], "big") ^ (1 << bit)
            proof[at] = number.to_bytes(32, "big")
    if inclusion:
        with pytest.raises(NotProven):
            check_inclusion(index, new, leaf_hash(data[index]), inclusion, merkle.mth(data))
    if consistency:
        with pytest.raises(NotProven):
            check_consistency(old, merkle.mth(data[:old]), new, merkle.mth(data), consistency)


@pytest.mark.parametrize("damage", ["missing", "changed", "cut", "odd", "too wide"])
def test_faults_of_tiles_are_named(damage: str) -> None:
    data = leaves(600)
    store = stored(data)
    hashes = [leaf_hash(leaf) for leaf in data]
    assert list(tiles.faults(store, 600, hashes)) == []
    if damage == "missing":
        del store[1, 0]
        wanted = "tile tile/1/000 is missing"
    elif damage == "changed":
        store[0, 1] = bytes(32) + store[0, 1][32:]
        wanted = "tile tile/0/001 does not hold its entries' hashes"
    elif damage == "cut":
        store[0, 2] = store[0, 2][:-32]
        wanted = "tile tile/0/002 does not hold its entries' hashes"
    elif damage == "odd":
        store[0, 2] += b"x"
        wanted = f"tile tile/0/002 has {88 * 32 + 1} bytes"
    else:
        store[0, 0] += bytes(32)
        wanted = f"tile tile/0/000 has {257 * 32} bytes"
    assert list(tiles.faults(store, 600, hashes)) == [wanted]


class TestReferenceTree:
    pytestmark = needs_shared

    def test_roots_of_certificate_transparency(self) -> None:
        reference = document("merkle/rfc6962-reference.json")
        data = [bytes.fromhex(leaf) for leaf in reference["leaf_inputs_hex"]]
        assert [leaf_hash(leaf).hex() for leaf in data] == reference["leaf_hashes_hex"]
        store = stored(data)
        roots = [tiles.root(store, size).hex() for size in range(9)]
        assert roots == reference["root_by_size_hex"]


def decoded(proof: list[str] | None) -> list[bytes]:
    return [b64decode(hash_) for hash_ in proof or ()]


# Wanted otherwise by the vectors' authors, and refused here with these words.
STRICTER = {
    "consistency/additional/sizes-are-equal-one-and-proof-is-empty": "hash of 12 bytes",
}

INCLUSION = lines("merkle/inclusion.jsonl")
CONSISTENCY = lines("merkle/consistency.jsonl")
SUBTREE_INCLUSION = lines("merkle/subtree-inclusion.jsonl")
SUBTREE_CONSISTENCY = lines("merkle/subtree-consistency.jsonl")


class TestProofVectors:
    pytestmark = needs_shared

    @pytest.mark.parametrize("case", INCLUSION, ids=lambda case: case["id"])
    def test_inclusion(self, case: dict[str, Any]) -> None:
        def check() -> None:
            check_inclusion(
                case["leafIdx"],
                case["treeSize"],
                b64decode(case["leafHash"]),
                decoded(case["proof"]),
                b64decode(case["root"]),
            )

        self.judge(case, check)

    @pytest.mark.parametrize("case", CONSISTENCY, ids=lambda case: case["id"])
    def test_consistency(self, case: dict[str, Any]) -> None:
        def check() -> None:
            check_consistency(
                case["size1"],
                b64decode(case["root1"]),
                case["size2"],
                b64decode(case["root2"]),
                decoded(case["proof"]),
            )

        self.judge(case, check)

    def judge(self, case: dict[str, Any], check: Any) -> None:
        if case["id"] in STRICTER:
            with pytest.raises(Malformed, match=STRICTER[case["id"]]):
                check()
        elif case["wantErr"]:
            with pytest.raises((NotProven, Malformed)):
                check()
        else:
            check()


class TestTesseraLog:
    """A whole small log that another program wrote: checkpoints, tiles and entries."""

    pytestmark = needs_shared
    LOG = document("tiles/tessera-log.json")

    @pytest.mark.parametrize("size", range(16))
    def test_every_checkpoint_tile_and_bundle(self, size: int) -> None:
        folder = SHARED / "tiles" / "tessera-log"
        data = [entry.encode() for entry in self.LOG["entries"]]
        note = parse_note((folder / f"checkpoint.{size}").read_bytes())
        assert check_signatures(note, [parse_vkey(self.LOG["vkey"])])
        checkpoint = parse_checkpoint(note)
        store = stored(data)
        assert (checkpoint.origin, checkpoint.size) == (self.LOG["origin"], size)
        assert checkpoint.root == tiles.root(store, size)
        if size:
            tile = (folder / tiles.tile_path(0, 0, size)).read_bytes()
            assert tile == b"".join(map(leaf_hash, data[:size]))
            bundle = (folder / tiles.entries_path(0, size)).read_bytes()
            assert tiles.parse_bundle(bundle) == data[:size]
            assert tiles.write_bundle(data[:size]) == bundle


class TestPaths:
    pytestmark = needs_shared
    PATHS = document("tiles/paths.json") or {}

    @pytest.mark.parametrize("case", PATHS.get("tile_path", ()), ids=lambda c: c["wantPath"])
    def test_written(self, case: dict[str, Any]) -> None:
        path = tiles.tile_path(case["level"], case["index"], case["p"] or 256)
        assert path == case["wantPath"]

    @pytest.mark.parametrize(
        "case", PATHS.get("parse", ()), ids=lambda c: f"{c['pathLevel']}/{c['pathIndex']}"
    )
    def test_parsed(self, case: dict[str, Any]) -> None:
        path = f"tile/{case['pathLevel']}/{case['pathIndex']}"
        if case.get("wantErr"):
            with pytest.raises(Malformed, match="is not the path of a tile"):
                tiles.parse_path(path)
        else:
            wanted = case["wantLevel"], case["wantIndex"], case["wantP"] or 256
            assert tiles.parse_path(path) == wanted

    @pytest.mark.parametrize(
        "case", PATHS.get("entries_path_for_index", ()), ids=lambda c: c["wantPath"]
    )
    def test_entries(self, case: dict[str, Any]) -> None:
        assert tiles.entries_path_of(case["seq"], case["logSize"]) == case["wantPath"]
        level, index, width = tiles.parse_path(case["wantPath"])
        assert level is None
        assert index == case["seq"] // 256
        assert width == min(256, case["logSize"] - index * 256)


@given(st.integers(0, 63), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_paths_read_back(level: int, index: int, width: int) -> None:
    assert tiles.parse_path(tiles.tile_path(level, index, width)) == (level, index, width)
    assert tiles.parse_path(tiles.entries_path(index, width)) == (None, index, width)


@pytest.mark.parametrize(
    "path",
    ["tile/00/000", "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256",
     "/tile/0/000", "tile/0/000/", "tile/entries/00", "tile/x/000", "tile/0/\u0660\u0660\u0660"],
)  # fmt: skip
def test_near_misses_of_paths(path: str) -> None:
    with pytest.raises(Malformed):
        tiles.parse_path(path)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_read_back(entries: list[bytes]) -> None:
    assert tiles.parse_bundle(tiles.write_bundle(entries)) == entries


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x05abc", b"\x00\x01a\x00", bytes(2 * 257)])
def test_broken_bundles(data: bytes) -> None:
    with pytest.raises(Malformed, match="bundle"):
        tiles.parse_bundle(data)


class TestLeaf:
    def test_by_its_definition(self) -> None:
        salt, body = bytes(range(32)), b'{"kind":"exhibit"}'
        assert commitment(salt, body) == sha256(b"reopen/leaf/v1\n" + salt + body).digest()

    def test_salts_differ_and_have_32_bytes(self) -> None:
        salts = {new_salt() for _ in range(100)}
        assert len(salts) == 100
        assert {len(salt) for salt in salts} == {32}

    def test_a_salt_of_another_length_is_refused(self) -> None:
        """Else bytes could move between salt and body without changing the leaf."""
        with pytest.raises(Malformed, match="31 bytes"):
            commitment(bytes(31), b"")
