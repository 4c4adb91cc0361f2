"""Writing policies (c2sp.org/tlog-policy): whom a verifier trusts, in a file for people.

A file is changed line by line, so that comments and order stay; every change is read back before
it is given out. Reading policies and judging by them is in `verify`.
"""

from __future__ import annotations

from collections.abc import Sequence

from reopen.ledger.verify import (
    NO_QUORUM,
    Group,
    Log,
    Malformed,
    Policy,
    VerifierKey,
    Witness,
    parse_policy,
)

__all__ = [
    "NO_QUORUM",
    "Group",
    "Log",
    "Policy",
    "Witness",
    "parse_policy",
    "with_group",
    "with_log",
    "with_quorum",
    "with_witness",
    "write_policy",
]

EMPTY = b"quorum none\n"


def write_policy(policy: Policy) -> bytes:
    """A policy as a file. Raises Malformed for a policy that no file can state."""
    lines = [f"log {log.key} {log.url}".rstrip() for log in policy.logs]
    lines += [f"witness {w.name} {w.key} {w.url}".rstrip() for w in policy.witnesses]
    lines += [_group_line(group) for group in policy.groups]
    lines.append(f"quorum {policy.quorum}")
    data = _encoded(lines)
    if parse_policy(data) != policy:
        raise Malformed(
            "A policy that cannot be written as a file.",
            rule="Names and addresses have no spaces and do not begin with '#'.",
        )
    return data


def _group_line(group: Group) -> str:
    return f"group {group.name} {group.threshold} {' '.join(group.members)}"


def with_log(policy: bytes, key: VerifierKey, url: str = "") -> bytes:
    """The file with one more key of a log. A log with two keys has two lines."""
    return _inserted(policy, f"log {key} {url}".rstrip())


def with_witness(policy: bytes, name: str, key: VerifierKey, url: str = "") -> bytes:
    """The file with one more witness. It counts only through a group or the quorum."""
    return _inserted(policy, f"witness {_word(name)} {key} {url}".rstrip())


def with_group(policy: bytes, name: str, threshold: int, members: Sequence[str]) -> bytes:
    """The file with a group: it has witnessed what `threshold` of its members have."""
    group = Group(_word(name), threshold, tuple(map(_word, members)))
    return _inserted(policy, _group_line(group))


def with_quorum(policy: bytes, name: str) -> bytes:
    """The file with another quorum: a witness, a group, or "none"."""
    lines = _lines(policy)
    lines[_quorum_at(lines)] = f"quorum {_word(name)}"
    return _checked(lines)


def _inserted(policy: bytes, line: str) -> bytes:
    """The line just above the quorum, where everything before it is known."""
    lines = _lines(policy)
    lines.insert(_quorum_at(lines), line)
    return _checked(lines)


def _lines(policy: bytes) -> list[str]:
    parse_policy(policy)
    return policy.decode(errors="surrogateescape").split("\n")[:-1]


def _quorum_at(lines: list[str]) -> int:
    return next(at for at, line in enumerate(lines) if line.split()[:1] == ["quorum"])


def _checked(lines: list[str]) -> bytes:
    data = _encoded(lines)
    parse_policy(data)
    return data


def _encoded(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


def _word(name: str) -> str:
    if not name or any(c.isspace() for c in name):
        raise Malformed(f"{name!r} as a name in a policy.", rule="One word.")
    return name
