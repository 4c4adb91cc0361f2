"""Pedigrees, families and remains: what cannot be is refused when the record is made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reopen.errors import InvalidRecord
from reopen.records import Family, Member, Pedigree, Reference, Remains, Sex, genotype

TRIO = (Member("f", Sex.MALE), Member("m", Sex.FEMALE), Member("c", Sex.UNKNOWN, "f", "m"))
PROFILE = Reference("p", {"TH01": genotype("6", "9.3")})  # type: ignore[dict-item]


def test_who_descends_from_whom() -> None:
    family = Pedigree((*TRIO[::-1], Member("g", Sex.FEMALE, "x", "c"), Member("x")))
    assert [m.id for m in family.founders] == ["m", "f", "x"]
    assert [m.id for m in family.children("c")] == ["g"]
    assert [m.id for m in family.parents_first].index("c") > 1
    assert family.sex("c") is Sex.FEMALE, "a mother, though her sex was not stated"
    assert family.sex("x") is Sex.MALE
    assert "c" in family
    assert "nobody" not in family


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ((), "No member"),
        ((*TRIO, Member("f")), "f stands twice"),
        (TRIO[1:], "f, father of c, is not in the pedigree"),
        ((Member("f", Sex.FEMALE), *TRIO[1:]), "f, father of c, is female"),
        ((*TRIO, Member("d", Sex.MALE, "m2", "f"), Member("m2")), "f, mother of d, is male"),
        (
            (Member("a"), Member("b"), Member("c", Sex.UNKNOWN, "a", "b"),
             Member("d", Sex.UNKNOWN, "b", "c")),
            "b is a father and a mother",
        ),
        (
            (Member("a", Sex.MALE, "c", "m"), Member("m"), Member("c", Sex.MALE, "a", "m")),
            "own ancestor",
        ),
    ],
)  # fmt: skip
def test_impossible_pedigrees(members: tuple[Member, ...], message: str) -> None:
    with pytest.raises(InvalidRecord, match=message):
        Pedigree(members)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((" ",), "without a name"),
        (("c", Sex.MALE, "f"), "c has one parent, f"),
        (("c", Sex.MALE, "f", "f"), "f as father and as mother"),
    ],
)
def test_impossible_members(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidRecord, match=message):
        Member(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("twins", "message"),
    [
        ((("c",),), "two people or more"),
        ((("c", "f"),), "of the same parents"),
        ((("c", "nobody"),), "nobody is not in"),
        ((("c", "d"), ("d", "e")), "two sets"),
        ((("d", "e"),), "different sex"),
    ],
)
def test_impossible_twins(twins: tuple[tuple[str, ...], ...], message: str) -> None:
    children = (Member("d", Sex.MALE, "f", "m"), Member("e", Sex.FEMALE, "f", "m"))
    with pytest.raises(InvalidRecord, match=message):
        Pedigree((*TRIO, *children), twins=twins)


@pytest.mark.parametrize(
    ("member", "f"), [("c", 0.1), ("f", -0.1), ("f", 1.1), ("f", float("nan"))]
)
def test_inbreeding_is_a_probability_of_founders(member: str, f: float) -> None:
    with pytest.raises(InvalidRecord, match="Inbreeding"):
        Pedigree(TRIO, founder_inbreeding={member: f})


def test_the_first_cousins_of_a_cycle_are_not_named_for_it() -> None:
    """The error names somebody on the cycle, not a descendant of it."""
    with pytest.raises(InvalidRecord, match=r"^(a|c) would be an own ancestor"):
        Pedigree(
            (
                Member("A0", Sex.MALE, "a", "m"),
                Member("a", Sex.MALE, "c", "m"),
                Member("c", Sex.MALE, "a", "m"),
                Member("m"),
            )
        )


@given(st.permutations(range(6)))
def test_the_order_of_members_does_not_matter(order: list[int]) -> None:
    people = [*TRIO, Member("w", Sex.MALE), Member("k", Sex.MALE, "w", "c"), Member("n")]
    family = Pedigree(tuple(people[i] for i in order))
    placed: set[str] = set()
    for member in family.parents_first:
        assert placed.issuperset(member.parents)
        placed.add(member.id)
    assert placed == set(family.ids)


def test_families_seek_the_untyped() -> None:
    pedigree = Pedigree(TRIO)
    assert Family("F", pedigree, {"m": PROFILE}, ("c",)).missing == ("c",)
    for profiles, missing, message in (
        ({"m": PROFILE}, (), "none"),
        ({"m": PROFILE}, ("c", "c"), "each named once"),
        ({"c": PROFILE}, ("c",), "is missing and has a profile"),
        ({"x": PROFILE}, ("c",), "x is not in"),
        ({"m": PROFILE}, ("x",), "x is not in"),
    ):
        with pytest.raises(InvalidRecord, match=message):
            Family("F", pedigree, profiles, missing)


@pytest.mark.parametrize("dropout", [-0.1, 1.0, float("nan")])
def test_dropout_of_remains_is_a_probability(dropout: float) -> None:
    with pytest.raises(InvalidRecord, match="Dropout"):
        Remains("V1", PROFILE, dropout=dropout)
