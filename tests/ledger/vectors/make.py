"""Writes this folder's vectors from the specifications, with hashlib and `cryptography` alone.

    python tests/ledger/vectors/make.py

Nothing of `reopen` is imported: what the ledger reads was not written by it. All keys are test
keys, made of one repeated byte; trust none of them.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from struct import pack
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

HERE = Path(__file__).resolve().parent
LOG = "vectors.example/log"
TIME = 1_700_000_000  # 2023-11-14 22:13:20 UTC
ED25519, COSIGNATURE, ML_DSA_44 = 0x01, 0x04, 0x06

Json = Any  # documents of several shapes


def b64(data: bytes) -> str:
    return b64encode(data).decode()


class Key:
    """A test key: its private part is one byte, 32 times."""

    def __init__(self, name: str, kind: int, byte: int) -> None:
        self.name, self.kind, self.seed = name, kind, bytes([byte]) * 32
        private = MLDSA44PrivateKey.from_seed_bytes if kind == ML_DSA_44 else None
        self.private = (private or Ed25519PrivateKey.from_private_bytes)(self.seed)
        self.public = self.private.public_key().public_bytes_raw()
        body = name.encode() + b"\n" + bytes([kind]) + self.public
        self.id = sha256(body).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{b64(bytes([kind]) + self.public)}"

    def message(self, text: str, time: int) -> bytes:
        if self.kind == ED25519:
            return text.encode()
        if self.kind == COSIGNATURE:
            return f"cosignature/v1\ntime {time}\n{text}".encode()
        origin, size, root = text.split("\n")[:3]
        name = self.name.encode()
        return b"".join(
            (
                b"subtree/v1\n\x00",
                pack(">B", len(name)) + name,
                pack(">Q", time),
                pack(">B", len(origin.encode())) + origin.encode(),
                pack(">Q", 0),
                pack(">Q", int(size)),
                b64decode(root),
            )
        )

    def line(self, text: str, time: int = TIME, *, sign_time: int | None = None) -> str:
        """A signature line; `sign_time` is the time inside the message, where it should differ."""
        inside = time if sign_time is None else sign_time
        signature = self.private.sign(self.message(text, inside))
        stamp = b"" if self.kind == ED25519 else pack(">Q", time)
        return f"\u2014 {self.name} {b64(self.id + stamp + signature)}\n"


LOG_KEY = Key(LOG, ED25519, 1)
LOG_PQ = Key(LOG, ML_DSA_44, 2)
WITNESS = Key("vectors.example/witness-1", COSIGNATURE, 3)
WITNESS_PQ = Key("vectors.example/witness-2", ML_DSA_44, 4)
STRANGER = Key("vectors.example/stranger", COSIGNATURE, 5)
KEYS = {
    "log": LOG_KEY,
    "log-pq": LOG_PQ,
    "witness-1": WITNESS,
    "witness-2": WITNESS_PQ,
    "stranger": STRANGER,
}


# --- Trees: the log's entries are "entry 0", "entry 1", ... ---


def leaf(number: int) -> bytes:
    return sha256(b"\x00entry %d" % number).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def tree(start: int, end: int) -> bytes:
    if end - start == 0:
        return sha256(b"").digest()
    if end - start == 1:
        return leaf(start)
    middle = start + split(end - start)
    return node(tree(start, middle), tree(middle, end))


def inclusion(index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return [*inclusion(index, start, middle), tree(middle, end)]
    return [*inclusion(index, middle, end), tree(start, middle)]


def consistency(old: int, start: int, end: int, known: bool = True) -> list[bytes]:
    if old == end:
        return [] if known else [tree(start, end)]
    middle = start + split(end - start)
    if old <= middle:
        return [*consistency(old, start, middle, known), tree(middle, end)]
    return [*consistency(old, middle, end, False), tree(start, middle)]


def state(size: int, origin: str = LOG, *extensions: str) -> str:
    return "".join(f"{line}\n" for line in (origin, size, b64(tree(0, size)), *extensions))


# --- The documents ---


def cosignatures() -> Json:
    """Checkpoints with signatures; `want` says what a verifier that knows the key finds."""
    texts = {
        "a small log": state(5),
        "an empty log": state(0),
        "a log with an extension line": state(5, LOG, "extension"),
        "an origin beyond ASCII": state(5, "vectors.example/pr\u00fcfung"),
    }
    cases = []
    for what, text in texts.items():
        for key in (WITNESS, WITNESS_PQ):
            for time in (1, TIME, 2**63 - 1):
                cases.append(case(f"{what}, {key.name}, time {time}", key, text, time, "ok"))
    for key in (WITNESS, WITNESS_PQ):
        name, text = key.name, state(5)
        good = key.line(text)
        other = state(6)
        cases += [
            case(f"{name}: another text", key, other, TIME, "invalid", line=good),
            case(
                f"{name}: the time in front is not the time that was signed",
                key, text, TIME + 1, "invalid", line=key.line(text, TIME + 1, sign_time=TIME),
            ),
            case(
                f"{name}: time beyond 2^63 - 1", key, text, 2**63, "invalid",
                line=key.line(text, 2**63),
            ),
            case(f"{name}: cut", key, text, TIME, "invalid", line=cut(good)),
            case(
                f"{name}: another's key under the same name", key, text, TIME, "unknown key",
                line=Key(key.name, key.kind, 9).line(text),
            ),
        ]  # fmt: skip
    named = Key("vectors.example/renamed", ML_DSA_44, 4)
    forged = named.line(state(5)).split(" ")[2]
    raw = named_as(WITNESS_PQ, forged)
    cases.append(
        case("ML-DSA-44 commits to the cosigner's name", WITNESS_PQ, state(5), TIME, "invalid",
             line=raw)
    )  # fmt: skip
    changed = state(5, LOG, "other words")
    cases.append(
        case("ML-DSA-44 does not commit to extension lines", WITNESS_PQ, changed, TIME, "ok",
             line=WITNESS_PQ.line(state(5, LOG, "extension")))
    )  # fmt: skip
    cases.append(
        case("Ed25519 commits to extension lines", WITNESS, changed, TIME, "invalid",
             line=WITNESS.line(state(5, LOG, "extension")))
    )  # fmt: skip
    return {"cases": cases}


def case(name: str, key: Key, text: str, time: int, want: str, *, line: str = "") -> Json:
    found: Json = {"name": name, "vkey": key.vkey, "checkpoint": text, "time": time, "want": want}
    if want == "ok":
        found["message_hex"] = key.message(text, time).hex()
    return {**found, "line": line or key.line(text, time)}


def cut(line: str) -> str:
    """The line with its last three signature bytes gone."""
    head, _, data = line.strip().rpartition(" ")
    return f"{head} {b64(b64decode(data)[:-3])}\n"


def named_as(key: Key, encoded: str) -> str:
    """A signature made by the same key under another name, put under this key's name and id."""
    return f"\u2014 {key.name} {b64(key.id + b64decode(encoded)[4:])}\n"


def policies() -> Json:
    """Policy files; for good ones which witnesses make the quorum, for bad ones that they are."""
    a, b = WITNESS.vkey, WITNESS_PQ.vkey
    more = [Key(f"vectors.example/w{n}", COSIGNATURE, 20 + n) for n in range(6)]
    log = f"log {LOG_KEY.vkey}\n"
    two = f"witness A {a}\nwitness B {b}\n"
    levels = "".join(
        [f"witness X{n} {key.vkey}\n" for n, key in enumerate(more[:3], start=1)]
        + ["group X-witnesses 2 X1 X2 X3\n"]
        + [f"witness Y{n} {key.vkey}\n" for n, key in enumerate(more[3:], start=1)]
        + ["group Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\n"]
        + ["quorum X-and-Y\n"]
    )
    commented = (
        f"# whom we trust\n\n \t log\t{LOG_KEY.vkey} https://vectors.example/log\t\n"
        f"  # a comment\nwitness A {a} https://vectors.example/w1\nquorum A\n \n"
    )
    kelvin = "witness K {}\nwitness \u212a {}\ngroup both all K \u212a\nquorum both\n"
    good: list[tuple[str, str | bytes, list[list[str]], list[list[str]]]] = [
        ("no witness", log + "quorum none\n", [[], ["A"]], []),
        ("no log", "quorum none\n", [[]], []),
        ("one witness", log + two + "quorum A\n", [["A"], ["A", "B"]], [[], ["B"]]),
        ("any", log + two + "group g any A B\nquorum g\n", [["A"], ["B"], ["A", "B"]], [[]]),
        ("all", log + two + "group g all A B\nquorum g\n", [["A", "B"]], [[], ["A"], ["B"]]),
        ("threshold", log + two + "group g 2 A B\nquorum g\n", [["A", "B"]], [["A"]]),
        (
            "two levels, the specification's example", log + levels,
            [["X1", "X2", "Y1"], ["X2", "X3", "Y3"], ["X1", "X2", "X3", "Y1", "Y2", "Y3"]],
            [["X1", "Y1"], ["X1", "X2", "X3"], ["Y1", "Y2", "Y3"], []],
        ),
        ("a group of one", log + two + "group g 1 A\nquorum g\n", [["A"]], [["B"]]),
        ("a group that no quorum uses", log + two + "group g all A B\nquorum none\n", [[]], []),
        (
            "white space, comments, empty lines, addresses",
            commented,
            [["A"]], [[]],
        ),
        ("the quorum before a later witness", f"witness A {a}\nquorum A\nwitness B {b}\n",
         [["A"]], [["B"]]),
        ("a log with two keys", log + f"log {LOG_PQ.vkey}\nquorum none\n", [[]], []),
        ("names are octets, not looks", kelvin.format(a, b), [["K", "\u212a"]], [["K"]]),
        ("a name that is not UTF-8", b"witness \xff " + a.encode() + b"\nquorum \xff\n", [], [[]]),
        ("a comment that is not UTF-8", b"# \xfe\xff\nquorum none\n", [[]], []),
        ("a word that begins with #", f"witness #1 {a}\nquorum #1\n", [["#1"]], [[]]),
    ]  # fmt: skip
    bad: list[tuple[str, str | bytes]] = [
        ("empty", ""),
        ("no quorum", log + two),
        ("two quorums", log + "quorum none\nquorum none\n"),
        ("an undefined quorum", log + two + "quorum C\n"),
        ("a quorum defined later", f"quorum A\nwitness A {a}\n"),
        ("an undefined member", two + "group g all A C\nquorum g\n"),
        ("a member defined later", f"witness A {a}\ngroup g all A B\nwitness B {b}\nquorum g\n"),
        ("a group in itself", two + "group g all A g\nquorum g\n"),
        ("none as a member", two + "group g all A none\nquorum g\n"),
        ("none as a name", f"witness none {a}\nquorum none\n"),
        ("a name twice", f"witness A {a}\nwitness A {b}\nquorum A\n"),
        ("a group named as a witness", two + "group A any A B\nquorum A\n"),
        ("a member twice in a group", two + "group g 2 A A\nquorum g\n"),
        ("a member of two groups", two + "group g any A\ngroup h any A B\nquorum h\n"),
        ("no members", two + "group g all\nquorum g\n"),
        ("threshold 0", two + "group g 0 A B\nquorum g\n"),
        ("threshold above the members", two + "group g 3 A B\nquorum g\n"),
        ("threshold with a leading zero", two + "group g 01 A B\nquorum g\n"),
        ("threshold not in digits", two + "group g most A B\nquorum g\n"),
        ("one witness's key twice", f"witness A {a}\nwitness B {a}\nquorum none\n"),
        (
            "one witness's key under two names of the key",
            f"witness A {a}\nwitness B {Key('other.example', COSIGNATURE, 3).vkey}\nquorum none\n",
        ),
        ("one log's key twice", log + log + "quorum none\n"),
        ("a log's key as a witness", f"witness A {LOG_KEY.vkey}\nquorum none\n"),
        ("a witness's key as a log", f"log {a}\nquorum none\n"),
        ("an unknown line", log + "quorum none\ntrust everybody\n"),
        ("a word too many", log + two + "quorum A B\n"),
        ("a comment after a line", f"witness A {a} https://vectors.example #1\nquorum A\n"),
        ("CR LF", "quorum none\r\n"),
        ("no newline at the end", "quorum none"),
        ("a NUL", "# \0\nquorum none\n"),
        ("a vertical tab between words", "quorum\vnone\n"),
        ("a no-break space between words", "quorum\u00a0none\n"),
        ("a key with a wrong id", log.replace(LOG_KEY.id.hex(), "00000000") + "quorum none\n"),
    ]
    return {
        "good": [
            {
                "name": name,
                "policy_b64": b64(octets(text)),
                "quorum_of": quorums,
                "no_quorum_of": others,
            }
            for name, text, quorums, others in good
        ],
        "bad": [{"name": name, "policy_b64": b64(octets(text))} for name, text in bad],
    }


def octets(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def proof_file(index: int, size: int, *, extra: bytes | None = None, lines: str = "") -> str:
    hashes = "".join(f"{b64(hash_)}\n" for hash_ in inclusion(index, 0, size))
    text = state(size)
    first = "" if extra is None else f"extra {b64(extra)}\n"
    return (
        f"c2sp.org/tlog-proof@v1\n{first}index {index}\n{hashes}\n{text}\n"
        f"{lines or LOG_KEY.line(text) + WITNESS.line(text)}"
    )


def proofs() -> Json:
    """tlog-proof files for the entry "entry 3" (or as named), against one policy."""
    policy = f"log {LOG_KEY.vkey}\nwitness A {WITNESS.vkey}\nquorum A\n"
    good = proof_file(3, 11)
    text = state(11)
    hashes = [b64(hash_) for hash_ in inclusion(3, 0, 11)]
    without = good.replace(f"{hashes[1]}\n", "", 1)
    swapped = good.replace(f"{hashes[0]}\n{hashes[1]}\n", f"{hashes[1]}\n{hashes[0]}\n", 1)
    cases = [
        ("a good proof", 3, good, "ok"),
        ("the only entry", 0, proof_file(0, 1), "ok"),
        ("the last of an odd number", 10, proof_file(10, 11), "ok"),
        ("with extra data", 3, proof_file(3, 11, extra=b"anything"), "ok"),
        ("a cosignature more, of a stranger", 3, good + STRANGER.line(text), "ok"),
        ("another entry", 4, good, "not proven"),
        ("another index", 3, good.replace("index 3\n", "index 2\n"), "not proven"),
        ("an index beyond the log", 3, good.replace("index 3\n", "index 11\n"), "not proven"),
        ("a hash missing", 3, without, "not proven"),
        ("hashes swapped", 3, swapped, "not proven"),
        ("a hash too many", 3,
         good.replace(f"{hashes[0]}\n", f"{hashes[0]}\n" * 2, 1), "not proven"),
        ("no cosignature", 3, proof_file(3, 11, lines=LOG_KEY.line(text)), "not proven"),
        ("a stranger's cosignature instead", 3,
         proof_file(3, 11, lines=LOG_KEY.line(text) + STRANGER.line(text)), "not proven"),
        ("not signed by the log", 3, proof_file(3, 11, lines=WITNESS.line(text)), "not proven"),
        ("signatures of another checkpoint", 3,
         proof_file(3, 11, lines=LOG_KEY.line(state(12)) + WITNESS.line(text)), "not proven"),
        ("another version", 3, good.replace("@v1", "@v2"), "malformed"),
        ("index with a leading zero", 3, good.replace("index 3", "index 03"), "malformed"),
        ("negative index", 3, good.replace("index 3", "index -3"), "malformed"),
        ("no index", 3, good.replace("index 3\n", ""), "malformed"),
        ("extra after index", 3, good.replace("index 3\n", "index 3\nextra YQ==\n"), "malformed"),
        ("extra that is not base64", 3,
         good.replace("index 3", "extra ?\nindex 3"), "malformed"),
        ("a hash of 31 bytes", 3, good.replace(hashes[0], b64(bytes(31))), "malformed"),
        ("base64 with bits left over", 3, good.replace(hashes[0], hashes[0][:-2] + "B="),
         "malformed"),
        ("CR LF", 3, good.replace("\n", "\r\n"), "malformed"),
        ("64 hashes", 3,
         good.replace(f"{hashes[0]}\n", f"{hashes[0]}\n" * 61, 1), "malformed"),
        ("no empty line before the checkpoint", 3, good.replace("\n\n", "\n", 1), "malformed"),
        ("cut in the checkpoint", 3, good[:-40], "malformed"),
        ("cut before the checkpoint", 3, good[: good.index("\n\n")], "malformed"),
        ("empty", 3, "", "malformed"),
    ]  # fmt: skip
    return {
        "policy": policy,
        "cases": [
            {"name": name, "entry": f"entry {number}", "proof": text, "want": want}
            for name, number, text, want in cases
        ],
    }


def request(old: int, size: int, *, lines: str = "", proof: list[bytes] | None = None) -> str:
    found = consistency(old, 0, size) if proof is None and 0 < old < size else proof or []
    hashes = "".join(f"{b64(hash_)}\n" for hash_ in found)
    text = state(size)
    return f"old {old}\n{hashes}\n{text}\n{lines or LOG_KEY.line(text)}"


def exchanges() -> Json:
    """add-checkpoint requests in order, to a witness that starts empty, with the wanted answers."""
    fork = f"{LOG}\n7\n{b64(sha256(b'another history').digest())}\n"
    unknown = state(3, "vectors.example/unknown")
    asked: list[tuple[str, str, int, str]] = [
        ("the first checkpoint", request(0, 3), 200, ""),
        ("the same again: old size 0 is no longer so", request(0, 3), 409, "3\n"),
        ("the same size again, with an empty proof", request(3, 3), 200, ""),
        ("growth", request(3, 7), 200, ""),
        ("growth signed by both keys of the log",
         request(7, 8, lines=LOG_KEY.line(state(8)) + LOG_PQ.line(state(8))), 200, ""),
        ("growth signed by the log's second key alone",
         request(8, 9, lines=LOG_PQ.line(state(9))), 200, ""),
        ("the witness's own cosignature below it is no hindrance",
         request(9, 10, lines=LOG_KEY.line(state(10)) + WITNESS.line(state(10))), 200, ""),
        ("an old size that is not remembered", request(3, 11), 409, "10\n"),
        ("back to an earlier size", request(10, 7, proof=[]), 400, ""),
        ("back, with the old size to match", request(7, 7), 409, "10\n"),
        ("no proof", request(10, 11, proof=[]), 422, ""),
        ("another log's proof", request(10, 11, proof=consistency(5, 0, 11)), 422, ""),
        ("a proof with one hash more",
         request(10, 11, proof=[*consistency(10, 0, 11), leaf(0)]), 422, ""),
        ("a proof from the same size", request(10, 10, proof=[leaf(0)]), 422, ""),
        ("another history", f"old 7\n\n{fork}\n{LOG_KEY.line(fork)}", 409, "10\n"),
        ("an unknown log", f"old 0\n\n{unknown}\n{LOG_KEY.line(unknown)}", 404, ""),
        ("signed by a stranger alone",
         request(10, 11, lines=STRANGER.line(state(11))), 403, ""),
        ("a signature of another checkpoint",
         request(10, 11, lines=LOG_KEY.line(state(12))), 403, ""),
        ("one good and one bad signature",
         request(10, 11, lines=LOG_KEY.line(state(11)) + LOG_PQ.line(state(12))), 403, ""),
        ("no old size", request(10, 11).partition("\n")[2], 400, ""),
        ("an old size with a leading zero", request(10, 11).replace("old 10", "old 010"), 400, ""),
        ("CR LF", request(10, 11).replace("\n", "\r\n"), 400, ""),
        ("64 hashes", request(10, 11, proof=[leaf(0)] * 64), 400, ""),
        ("cut", request(10, 11)[:-20], 400, ""),
        ("nothing", "", 400, ""),
        ("after all that, growth", request(10, 300), 200, ""),
    ]  # fmt: skip
    return {
        "logs": {LOG: [LOG_KEY.vkey, LOG_PQ.vkey]},
        "witness_seed_hex": WITNESS.seed.hex(),
        "witness": WITNESS.vkey,
        "time": TIME,
        "exchanges": [
            {"name": name, "request": text, "status": status, "body": body}
            | ({"line": WITNESS.line(checkpoint_of(text))} if status == 200 else {})
            for name, text, status, body in asked
        ],
    }


def checkpoint_of(text: str) -> str:
    return text.split("\n\n")[1] + "\n"


def receipts() -> Json:
    """Receipts of reopen: salted leaves, and the record inside."""
    salt, body = bytes(range(32)), '{"id":"K-1987-031","kind":"case","record":{"place":"Köln"}}'
    data = sha256(b"reopen/leaf/v1\n" + salt + body.encode()).digest()
    leaf_ = sha256(b"\x00" + data).digest()
    sibling = leaf(0)
    text = f"{LOG}\n2\n{b64(node(sibling, leaf_))}\n"
    lines = LOG_KEY.line(text) + LOG_PQ.line(text) + WITNESS.line(text) + WITNESS_PQ.line(text)
    return {
        "salt_hex": salt.hex(),
        "body": body,
        "leaf_data_hex": data.hex(),
        "leaf_hash_hex": leaf_.hex(),
        "policy": f"log {LOG_KEY.vkey}\nlog {LOG_PQ.vkey}\nwitness A {WITNESS.vkey}\n"
        f"witness B {WITNESS_PQ.vkey}\ngroup both all A B\nquorum both\n",
        "receipt": f"c2sp.org/tlog-proof@v1\nextra {b64(salt + body.encode())}\nindex 1\n"
        f"{b64(sibling)}\n\n{text}\n{lines}",
    }


DOCUMENTS = {
    "cosignatures": cosignatures,
    "policies": policies,
    "proofs": proofs,
    "witness": exchanges,
    "receipt": receipts,
}


def keys() -> Json:
    return {
        name: {"vkey": key.vkey, "type": key.kind, "seed_hex": key.seed.hex()}
        for name, key in KEYS.items()
    }


def main() -> None:
    for name, document in {"keys": keys, **DOCUMENTS}.items():
        text = json.dumps(document(), indent=1, ensure_ascii=True)
        (HERE / f"{name}.json").write_text(text + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
