"""Signed notes, keys and checkpoints: the Go checksum database's cases, and our own keys."""

from __future__ import annotations

import os
import stat
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.vectors_of import document, needs_shared

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile
from reopen.ledger.checkpoint import check_checkpoint, sign_checkpoint
from reopen.ledger.keys import KINDS, Kind, SigningKey, read_key, write_key
from reopen.ledger.note import parse_note, sign_note, with_signatures
from reopen.ledger.verify import (
    EMPTY_ROOT,
    Checkpoint,
    Malformed,
    NotProven,
    SignatureType,
    VerifierKey,
    check_signatures,
    parse_checkpoint,
    parse_checkpoint_text,
    parse_vkey,
)

LOG = "example.org/cold-cases"
ROOT = bytes(range(32))


def key(kind: Kind = "ed25519", name: str = LOG, number: int = 7) -> SigningKey:
    return SigningKey(name, kind, bytes([number]) * 32)


class TestVectorsOfGo:
    pytestmark = needs_shared
    DOCUMENT = document("note/signed-notes.json") or {"cases": (), "bad_vkeys": ()}

    @pytest.mark.parametrize("case", DOCUMENT["cases"], ids=lambda case: case["name"])
    def test_cases(self, case: dict[str, Any]) -> None:
        data = b64decode(case["note_b64"])
        keys = [parse_vkey(vkey) for vkey in case["vkeys"]]
        if case["want"] == "malformed":
            with pytest.raises(Malformed):
                parse_note(data)
            return
        note = parse_note(data)
        if case["want"] == "invalid-signature":
            with pytest.raises(NotProven, match="does not hold"):
                check_signatures(note, keys)
            return
        signed = check_signatures(note, keys)
        assert [checked.key.name for checked in signed] == case.get("verified", [])
        assert bool(signed) == (case["want"] == "ok")
        assert parse_note(bytes(note)) == note

    @pytest.mark.parametrize("vkey", DOCUMENT["bad_vkeys"])
    def test_bad_keys(self, vkey: str) -> None:
        with pytest.raises(Malformed):
            parse_vkey(vkey)

    def test_every_part_of_a_key_and_every_next_character(self) -> None:
        vkeys = {vkey for case in self.DOCUMENT["cases"] for vkey in case["vkeys"]}
        assert vkeys
        for vkey in vkeys:
            assert str(parse_vkey(vkey)) == vkey
            parts = {
                vkey[start:end] for start in range(len(vkey)) for end in range(start, len(vkey) + 1)
            } - {vkey}
            nexts = {vkey[:at] + chr(ord(vkey[at]) + 1) + vkey[at + 1 :] for at in range(len(vkey))}
            for near in parts | nexts:
                with pytest.raises(Malformed):
                    parse_vkey(near)


class TestWeakKeys:
    """CCTV's edge cases: a key of low order accepts signatures that nobody made."""

    pytestmark = needs_shared
    CASES = document("ed25519/cctv-ed25519vectors.json") or ()

    def test_every_key_of_low_order_is_refused(self) -> None:
        weak = {case["key"] for case in self.CASES if "low_order_A" in (case["flags"] or ())}
        odd = {case["key"] for case in self.CASES if "non_canonical_A" in (case["flags"] or ())}
        rest = {case["key"] for case in self.CASES} - weak - odd
        assert len(weak) > 8
        assert rest
        for hexadecimal in weak | odd:
            with pytest.raises(Malformed, match="weak point"):
                VerifierKey("log", SignatureType.ED25519, bytes.fromhex(hexadecimal))
        for hexadecimal in rest:
            VerifierKey("log", SignatureType.ED25519, bytes.fromhex(hexadecimal))

    def test_no_signature_is_taken_whose_parts_are_not_canonical(self) -> None:
        """Of the keys that are allowed: a signature stands for one text and one key only."""
        for case in self.CASES:
            flags = set(case["flags"] or ())
            if flags & {"low_order_A", "non_canonical_A"}:
                continue
            key_ = VerifierKey("log", SignatureType.ED25519, bytes.fromhex(case["key"]))
            accepted = verifies(key_, case["msg"], bytes.fromhex(case["sig"]))
            if "non_canonical_R" in flags:
                assert not accepted, case


def verifies(key_: VerifierKey, text: str, signature: bytes) -> bool:
    from reopen.ledger.verify import check_signature

    try:
        check_signature(key_, text, signature)
    except NotProven:
        return False
    return True


def test_orders_of_the_refused_points() -> None:
    """Each refused y gives a point whose eighth multiple is the neutral one, and no other does.

    Curve arithmetic from RFC 8032, section 5.1: x^2 = (y^2 - 1) / (d y^2 + 1).
    """
    from reopen.ledger import verify

    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p

    def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        (x1, y1), (x2, y2) = a, b
        t = d * x1 * x2 * y1 * y2
        return (
            (x1 * y2 + x2 * y1) * pow(1 + t, -1, p) % p,
            (y1 * y2 + x1 * x2) * pow(1 - t, -1, p) % p,
        )

    def x_of(y: int) -> int:
        square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
        x = pow(square, (p + 3) // 8, p)
        if x * x % p != square:
            x = x * pow(2, (p - 1) // 4, p) % p
        assert x * x % p == square
        return x

    orders = []
    for y in verify._LOW_ORDER:
        point, order = (x_of(y), y), 1
        total = point
        while total != (0, 1) and order < 9:
            total, order = add(total, point), order + 1
        orders.append(order)
    assert sorted(orders) == [1, 2, 4, 8, 8]  # y; with both signs of x: 1 + 1 + 2 + 4 points = 8


class TestKeys:
    @pytest.mark.parametrize("kind", KINDS)
    def test_kept_and_read(self, kind: Kind, tmp_path: Path) -> None:
        made = SigningKey.generate(kind, LOG)
        write_key(made, tmp_path / "log.key")
        assert read_key(tmp_path / "log.key") == made
        assert stat.S_IMODE(os.stat(tmp_path / "log.key").st_mode) == 0o600
        assert made.seed.hex() not in repr(made)
        assert repr(made.seed) not in repr(made)

    def test_never_overwritten(self, tmp_path: Path) -> None:
        write_key(key(), tmp_path / "log.key")
        with pytest.raises(UnreadableFile, match="never overwritten"):
            write_key(key(number=8), tmp_path / "log.key")
        assert read_key(tmp_path / "log.key") == key()

    def test_refused_when_others_can_read_it(self, tmp_path: Path) -> None:
        write_key(key(), tmp_path / "log.key")
        (tmp_path / "log.key").chmod(0o640)
        with pytest.raises(UnreadableFile, match=r"Others can read this key: its mode is 640"):
            read_key(tmp_path / "log.key")

    @pytest.mark.parametrize(
        ("old", "new", "seen"),
        [
            ("version 1", "version 2", "Not a key file"),
            ("kind: ed25519", "kind: rsa", "unknown kind 'rsa'"),
            ("private: ", "private: A", "not base64"),
            ("name: example", "name: exampel", "not a pair"),
            ("name: ", "naem: ", "Not a key file"),
        ],
    )
    def test_altered_files(self, old: str, new: str, seen: str, tmp_path: Path) -> None:
        write_key(key(), tmp_path / "log.key")
        text = (tmp_path / "log.key").read_text().replace(old, new)
        (tmp_path / "log.key").write_text(text)
        with pytest.raises(ReopenError, match=seen) as caught:
            read_key(tmp_path / "log.key")
        assert "log.key" in str(caught.value)

    @pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\t", "\u00a0"])
    def test_names_that_no_note_can_hold(self, name: str) -> None:
        with pytest.raises(InvalidRecord, match="cannot name a key"):
            SigningKey.generate("ed25519", name)

    def test_key_id_by_its_definition(self) -> None:
        """SHA-256(name, newline, type, public key), its first four bytes (signed-note)."""
        from hashlib import sha256

        public = key().public
        data = LOG.encode() + b"\n\x01" + public.public
        assert public.id == sha256(data).digest()[:4]
        encoded = b64encode(b"\x01" + public.public).decode()
        assert str(public) == f"{LOG}+{public.id.hex()}+{encoded}"


class TestNotes:
    TEXT = "One.\n\nTwo, after an empty line.\n"

    def test_ed25519_by_the_library_alone(self) -> None:
        note = sign_note(self.TEXT, [key()])
        private = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
        private.public_key().verify(note.signatures[0].signature, self.TEXT.encode())
        assert bytes(note).decode().startswith(f"{self.TEXT}\n\u2014 {LOG} ")

    def test_of_unknown_keys_nothing_is_said(self) -> None:
        note = sign_note(self.TEXT, [key()])
        assert check_signatures(note, [key(number=8).public]) == ()
        assert check_signatures(note, [key(name="other").public]) == ()

    def test_one_bad_signature_of_a_known_key_spoils_the_note(self) -> None:
        good, bad = sign_note(self.TEXT, [key()]), sign_note("Other.\n", [key(number=8)])
        note = with_signatures(good, bad.signatures)
        assert check_signatures(note, [key().public])
        with pytest.raises(NotProven, match="does not hold"):
            check_signatures(note, [key().public, key(number=8).public])

    @pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "nul\0\n"])
    def test_texts_that_cannot_be_signed(self, text: str) -> None:
        with pytest.raises(Malformed, match="cannot be signed"):
            sign_note(text, [key()])

    def test_no_signer(self) -> None:
        with pytest.raises(Malformed, match="without signers"):
            sign_note(self.TEXT, [])

    @given(st.integers(0, 10_000), st.integers(1, 255))
    @settings(max_examples=200)
    def test_any_changed_byte_is_found(self, at: int, by: int) -> None:
        data = bytearray(bytes(sign_note(self.TEXT, [key()])))
        data[at % len(data)] ^= by
        try:
            signed = check_signatures(parse_note(bytes(data)), [key().public])
        except (Malformed, NotProven):
            return
        assert signed == ()  # the name or key id was changed: another's signature


CHECKPOINT = Checkpoint(LOG, 345, ROOT)


class TestCheckpoints:
    def test_text(self) -> None:
        assert CHECKPOINT.text == f"{LOG}\n345\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        assert parse_checkpoint_text(CHECKPOINT.text) == CHECKPOINT

    def test_extensions_are_kept(self) -> None:
        checkpoint = Checkpoint(LOG, 1, ROOT, ("one", "two"))
        assert parse_checkpoint_text(checkpoint.text) == checkpoint

    @pytest.mark.parametrize("kinds", [("ed25519",), ("ml-dsa-44",), ("ed25519", "ml-dsa-44")])
    def test_signed_by_the_log(self, kinds: tuple[Kind, ...]) -> None:
        keys = [key(kind) for kind in kinds]
        note = sign_checkpoint(CHECKPOINT, keys, time=1_700_000_000)
        checkpoint, signed = check_checkpoint(note, [k.public for k in keys])
        assert checkpoint == CHECKPOINT == parse_checkpoint(note)
        assert {checked.key for checked in signed} == {k.public for k in keys}
        times = {checked.key.type: checked.time for checked in signed}
        assert times.get(SignatureType.ML_DSA_44, 1_700_000_000) == 1_700_000_000
        assert times.get(SignatureType.ED25519) is None

    def test_ml_dsa_by_the_specification(self) -> None:
        """The message written out by hand from tlog-cosignature, and checked by the library."""
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

        (line,) = parse_note(sign_checkpoint(CHECKPOINT, [key("ml-dsa-44")], time=5)).signatures
        assert line.signature[:8] == bytes([0, 0, 0, 0, 0, 0, 0, 5])
        message = (
            b"subtree/v1\n\x00" + b"\x16" + LOG.encode() + bytes([0, 0, 0, 0, 0, 0, 0, 5])
            + b"\x16" + LOG.encode() + bytes(8) + bytes([0, 0, 0, 0, 0, 0, 1, 89]) + ROOT
        )  # fmt: skip
        public = MLDSA44PrivateKey.from_seed_bytes(bytes([7]) * 32).public_key()
        public.verify(line.signature[8:], message)

    def test_the_log_s_name_and_kind_of_key(self) -> None:
        with pytest.raises(Malformed, match="cannot sign for the log"):
            sign_checkpoint(CHECKPOINT, [key(name="other.example")])
        with pytest.raises(Malformed, match="is a witness's"):
            sign_checkpoint(CHECKPOINT, [key("ed25519-cosignature")])

    def test_another_log_s_key_says_nothing(self) -> None:
        note = sign_checkpoint(CHECKPOINT, [key()])
        with pytest.raises(NotProven, match="No known key"):
            check_checkpoint(note, [key(number=8).public])

    @pytest.mark.parametrize(
        "text",
        [
            f"{LOG}\n345\n",
            f"{LOG}\n0345\n{b64encode(ROOT).decode()}\n",
            f"{LOG}\n-1\n{b64encode(ROOT).decode()}\n",
            f"{LOG}\n\u0663\n{b64encode(ROOT).decode()}\n",
            f"{LOG}\n9223372036854775808\n{b64encode(ROOT).decode()}\n",
            f"\n345\n{b64encode(ROOT).decode()}\n",
            f"{LOG}\n345\n{b64encode(ROOT[:31]).decode()}\n",
            f"{LOG}\n345\n{b64encode(ROOT).decode()[:-1]}\n",
            f"{LOG}\n345\n{b64encode(ROOT).decode()}\n\n",
            f"{LOG}\n345\n{b64encode(ROOT).decode()}",
            f"{LOG}\n0\n{b64encode(ROOT).decode()}\n",
        ],
    )
    def test_near_misses(self, text: str) -> None:
        with pytest.raises(Malformed):
            parse_checkpoint_text(text)

    def test_an_empty_log(self) -> None:
        assert parse_checkpoint_text(Checkpoint(LOG, 0, EMPTY_ROOT).text).size == 0
