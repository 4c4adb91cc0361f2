"""Policies are changed line by line, and judge checkpoints."""

from __future__ import annotations

import pytest
from tests.ledger.logs import TIME, Log

from reopen.ledger.cosignature import cosign, with_cosignatures
from reopen.ledger.keys import SigningKey
from reopen.ledger.note import with_signatures
from reopen.ledger.policy import (
    EMPTY,
    with_group,
    with_log,
    with_quorum,
    with_witness,
    write_policy,
)
from reopen.ledger.verify import (
    Group,
    Malformed,
    NotProven,
    Policy,
    Witness,
    check_policy,
    parse_policy,
)

WITNESSES = {
    name: SigningKey(f"{name}.example", "ml-dsa-44" if name == "C" else "ed25519-cosignature",
                     bytes([number]) * 32)
    for number, name in enumerate("ABC", start=10)
}  # fmt: skip


@pytest.fixture
def log() -> Log:
    made = Log()
    made.grow(5)
    return made


def policy_of(log: Log, quorum: str = "two") -> bytes:
    data = EMPTY
    for key in log.keys:
        data = with_log(data, key.public, "https://example.org/log")
    for name, signer in WITNESSES.items():
        data = with_witness(data, name, signer.public, f"https://{name}.example")
    return with_quorum(with_group(data, "two", 2, list(WITNESSES)), quorum)


def test_made_step_by_step(log: Log) -> None:
    policy = parse_policy(policy_of(log))
    assert [entry.key for entry in policy.logs] == log.public
    assert [witness.name for witness in policy.witnesses] == ["A", "B", "C"]
    assert policy.groups == (Group("two", 2, ("A", "B", "C")),)
    assert policy.wants() == "2 of (A, B, C)"
    assert parse_policy(write_policy(policy)) == policy


def test_comments_and_order_stay() -> None:
    before = b"# agreed on 3 March\n\nquorum  none # not a comment, refused\n"
    with pytest.raises(Malformed, match="Line 3"):
        with_quorum(before, "none")
    before = b"# agreed on 3 March\n\n \tquorum  none\n# the end\n"
    after = with_witness(before, "A", WITNESSES["A"].public)
    line = f"witness A {WITNESSES['A'].public}\n".encode()
    assert after == b"# agreed on 3 March\n\n" + line + b" \tquorum  none\n# the end\n"
    assert with_quorum(after, "A").endswith(b"quorum A\n# the end\n")


def test_changes_that_would_break_the_file(log: Log) -> None:
    data = policy_of(log)
    with pytest.raises(Malformed, match="name 'A' is taken"):
        with_witness(data, "A", SigningKey.generate("ed25519-cosignature", "x").public)
    with pytest.raises(Malformed, match="listed twice as a witness"):
        with_witness(data, "D", WITNESSES["A"].public)
    with pytest.raises(Malformed, match="listed twice as a log"):
        with_log(data, log.public[0])
    with pytest.raises(Malformed, match="'D' is not defined"):
        with_quorum(data, "D")
    with pytest.raises(Malformed, match="'A' is a member twice"):
        with_group(data, "again", 1, ["A"])
    with pytest.raises(Malformed, match="as a name in a policy"):
        with_quorum(data, "A B")
    with pytest.raises(Malformed, match="is a log's key"):
        with_witness(data, "D", log.public[0])
    with pytest.raises(Malformed):
        with_log(data, SigningKey.generate("ed25519", "y").public, "two words")


@pytest.mark.parametrize("name", ["a b", "", "none"])
def test_policies_that_no_file_states(name: str) -> None:
    with pytest.raises(Malformed):
        write_policy(Policy(witnesses=(Witness(name, WITNESSES["A"].public),)))


class TestJudging:
    @pytest.mark.parametrize("names", ["AB", "AC", "BC", "ABC"])
    def test_a_quorum(self, names: str, log: Log) -> None:
        lines = [cosign(log.note(), WITNESSES[name], TIME + 1) for name in names]
        note = with_cosignatures(log.note(), lines, [w.public for w in WITNESSES.values()])
        found = check_policy(note, parse_policy(policy_of(log)))
        assert set(found.cosigned) == set(names)
        assert set(found.absent) == set("ABC") - set(names)
        assert {signed.time for signed in found.cosigned.values()} == {TIME + 1}
        assert found.unsigned == ()
        assert found.checkpoint == log.state()

    @pytest.mark.parametrize("names", ["", "A", "C", "AA"])
    def test_no_quorum(self, names: str, log: Log) -> None:
        lines = [cosign(log.note(), WITNESSES[name], TIME + n) for n, name in enumerate(names)]
        note = with_signatures(log.note(), lines)
        with pytest.raises(NotProven, match=r"The policy wants 2 of \(A, B, C\)"):
            check_policy(note, parse_policy(policy_of(log)))

    def test_a_log_s_key_that_did_not_sign_is_named(self, log: Log) -> None:
        note = log.note(keys=log.keys[:1])
        found = check_policy(note, parse_policy(policy_of(log, "none")))
        assert [signed.key for signed in found.signed] == log.public[:1]
        assert found.unsigned == tuple(log.public[1:])

    def test_another_log(self, log: Log) -> None:
        other = Log("example.org/other")
        with pytest.raises(NotProven, match=r"of the log example.org/other, which the policy"):
            check_policy(other.note(), parse_policy(policy_of(log, "none")))

    def test_a_witness_cannot_stand_for_the_log(self, log: Log) -> None:
        """Only the log's own keys sign for the log, though the name of the key were the same."""
        impostor = SigningKey(log.origin, "ed25519-cosignature", bytes(32))
        data = with_witness(policy_of(log), "D", impostor.public)
        stripped = with_signatures(log.note(), [cosign(log.note(), impostor, TIME)])
        stripped = type(stripped)(stripped.text, stripped.signatures[-1:])
        with pytest.raises(NotProven, match="No key that the policy lists for"):
            check_policy(stripped, parse_policy(with_quorum(data, "D")))

    def test_cosignatures_of_strangers_are_left_out_and_bad_ones_refused(self, log: Log) -> None:
        note, known = log.note(), [WITNESSES["A"].public]
        stranger = cosign(note, WITNESSES["B"], TIME)
        assert with_cosignatures(note, [stranger], known) == note
        bad = cosign(log.note(4), WITNESSES["A"], TIME)
        with pytest.raises(NotProven, match="does not hold"):
            with_cosignatures(note, [bad], known)

    @pytest.mark.parametrize("time", [0, -1])
    def test_a_witness_states_when(self, time: int, log: Log) -> None:
        with pytest.raises(Malformed, match="states when"):
            cosign(log.note(), WITNESSES["A"], time)
