"""Whether two numbers differ by one slip of a hand: a character wrong, left out, added, or two
neighbours exchanged.

Not here: what follows from it.
"""

from __future__ import annotations


def tidied(number: str) -> str:
    """A seal's number without blanks and hyphens and in capitals, as two people may write it."""
    return "".join(sign for sign in number.upper() if sign not in " -\u2010\u2013")


def one_slip(one: str, other: str) -> bool:
    """Exactly one slip apart (Damerau 1964)."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, its = one[start:], other[start:]
    if len(rest) != len(its):
        return rest[1:] == its or rest == its[1:]
    return rest[1:] == its[1:] or (rest[:2] == its[1::-1] and rest[2:] == its[2:])
