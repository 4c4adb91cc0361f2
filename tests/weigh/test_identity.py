"""How members of a pedigree are related: published coefficients, and a twin that drops alleles."""

from __future__ import annotations

import pytest
from tests.twins import identity as twin

from reopen.errors import InvalidRecord
from reopen.kernels.identity import STATES
from reopen.records import RELATIONS, Member, Pedigree, Sex
from reopen.weigh.identity import Identity, identity, identity_of


def pedigree(*lines: str, **more: object) -> Pedigree:
    """Each line: a member, or a member with father and mother."""
    members = []
    for line in lines:
        name, *parents = line.split()
        members.append(Member(name, Sex.UNKNOWN, *parents))
    return Pedigree(tuple(members), **more)  # type: ignore[arg-type]


NUCLEAR = pedigree("F", "M", "N", "A F M", "B F M", "H F N")
COUSINS = pedigree(
    "F", "M", "A F M", "B F M", "P", "Q", "X A P", "Y Q B", "R", "S", "V X R", "W S Y"
)
DOUBLE = pedigree("F", "M", "P", "Q", "A F M", "B F M", "C P Q", "D P Q", "X A C", "Y B D")
SIB_MATING = pedigree("F", "M", "A F M", "B F M", "X A B", "Y A B")


@pytest.mark.parametrize(
    ("people", "one", "other", "kappa"),
    [
        (NUCLEAR, "F", "A", (0, 1, 0)),
        (NUCLEAR, "A", "B", (0.25, 0.5, 0.25)),
        (NUCLEAR, "A", "H", (0.5, 0.5, 0)),
        (NUCLEAR, "F", "M", (1, 0, 0)),
        (COUSINS, "F", "X", (0.5, 0.5, 0)),
        (COUSINS, "A", "Y", (0.5, 0.5, 0)),
        (COUSINS, "X", "Y", (0.75, 0.25, 0)),
        (COUSINS, "V", "W", (15 / 16, 1 / 16, 0)),
        (DOUBLE, "X", "Y", (9 / 16, 6 / 16, 1 / 16)),
    ],
)
def test_kappa_of_the_textbooks(
    people: Pedigree, one: str, other: str, kappa: tuple[float, float, float]
) -> None:
    """Thompson 1975, table 1."""
    found = identity(people, one, other)
    assert found.kappa == pytest.approx(kappa)
    assert not found.is_inbred


def test_siblings_whose_parents_are_siblings() -> None:
    """Lange 2002, Mathematical and Statistical Methods for Genetic Analysis, chapter 5."""
    found = identity(SIB_MATING, "X", "Y")
    thirty_seconds = (2, 1, 4, 1, 4, 1, 7, 10, 2)
    assert found.delta == pytest.approx([n / 32 for n in thirty_seconds])
    assert found.kinship == pytest.approx(3 / 8)
    assert found.inbreeding == pytest.approx((1 / 4, 1 / 4))
    assert found.is_inbred


@pytest.mark.parametrize("people", [NUCLEAR, SIB_MATING])
def test_against_every_way_of_inheritance(people: Pedigree) -> None:
    patterns = {
        twin.pattern(tuple("abcd"[k] for k in s[:2]), tuple("abcd"[k] for k in s[2:])): n
        for n, s in enumerate(STATES)
    }
    for one in people.ids:
        for other in people.ids:
            if one == other:
                continue
            found = identity(people, one, other)
            kinship, counted = twin.kinship_and_sharing(people, one, other)
            assert found.kinship == pytest.approx(kinship)
            expected = [0.0] * len(STATES)
            for name, share in counted.items():
                expected[patterns[name]] += share
            assert found.delta == pytest.approx(expected)


def test_inbred_founders() -> None:
    """A parent with inbreeding f: the children share that parent's allele with (1 + f) / 2."""
    people = pedigree("F", "M", "N", "A F M", "H F N", founder_inbreeding={"F": 0.2, "M": 0.5})
    assert identity(people, "A", "H").kappa == pytest.approx((0.4, 0.6, 0))
    both = identity(people, "F", "M")
    assert both.delta == pytest.approx((0, 0.1, 0, 0.1, 0, 0.4, 0, 0, 0.4))
    assert both.inbreeding == pytest.approx((0.2, 0.5))


def test_twins() -> None:
    people = pedigree("F", "M", "A F M", "B F M", "N", "X A N", twins=(("A", "B"),))
    assert identity(people, "A", "B").kappa == pytest.approx((0, 0, 1))
    assert identity(people, "B", "X").kappa == pytest.approx((0, 1, 0))


def test_one_relation_by_two_ways() -> None:
    for relation in RELATIONS:
        k0, k1, k2 = relation.ibd
        found = identity_of(relation)
        assert found.kappa == relation.ibd
        assert found.kinship == pytest.approx(k1 / 4 + k2 / 2)
        assert isinstance(found, Identity)
        assert k0 + k1 + k2 == pytest.approx(1)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(InvalidRecord, match="Z is not in the pedigree"):
        identity(NUCLEAR, "A", "Z")


def test_order_does_not_matter() -> None:
    shuffled = Pedigree(SIB_MATING.members[::-1])
    assert identity(shuffled, "X", "Y") == identity(SIB_MATING, "X", "Y")
