"""Who can be told apart at all: counts of assignments, relatives, missing people who are alike."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twins import assignments as twin

from reopen.errors import CannotWeigh
from reopen.link.dvi_people import count_assignments, may_be, not_identifiable, sought
from reopen.link.dvi_symmetry import alike, classes, swaps
from reopen.records import Family, Member, Pedigree, Reference, Sex

F, M, U = Sex.FEMALE, Sex.MALE, Sex.UNKNOWN
sexes = st.lists(st.sampled_from([F, M, U]), max_size=4)


def typed(*ids: str) -> dict[str, Reference]:
    return {id: Reference(id, {}) for id in ids}


def brothers(*missing: str, typed_ids: tuple[str, ...] = ("father",)) -> Family:
    """Sons of one couple."""
    pedigree = Pedigree(
        (
            Member("father", M),
            Member("mother", F),
            *(Member(id, M, "father", "mother") for id in missing),
        )
    )
    return Family("F", pedigree, typed(*typed_ids), missing)


@given(sexes, sexes)
@settings(max_examples=80, deadline=None)
def test_assignments_are_counted_as_if_listed(victims: list[Sex], missing: list[Sex]) -> None:
    candidates = {
        f"V{k}": [f"M{j}" for j, other in enumerate(missing) if may_be(sex, other)]
        for k, sex in enumerate(victims)
    }
    listed = list(twin.assignments(list(candidates), candidates))
    assert count_assignments(victims, missing) == len(listed)


@pytest.mark.parametrize(
    ("victims", "missing", "expected"),
    [((5, 5), (5, 5), 2_390_116), ((0, 10), (0, 5), 63_591), ((8, 0), (5, 0), 19_081)],
)
def test_assignments_of_known_sexes_follow_the_formula(
    victims: tuple[int, int], missing: tuple[int, int], expected: int
) -> None:
    """Product over sexes of sum_k C(V, k) C(M, k) k!; 19,081 is Vigeland and Egeland's plane."""
    people = [[F] * n + [M] * m for n, m in (victims, missing)]
    assert count_assignments(*people) == expected


def test_missing_people_have_names_of_their_own() -> None:
    one, other = brothers("son"), brothers("son", "younger")
    families = (one, Family("G", other.pedigree, other.profiles, other.missing))
    assert [p.name for p in sought(families)] == ["F: son", "G: son", "younger"]
    with pytest.raises(CannotWeigh, match="F"):
        sought((one, one))


def test_only_blood_relatives_identify() -> None:
    pedigree = Pedigree(
        (
            Member("husband", M),
            Member("wife", F),
            Member("child", U, "husband", "wife"),
            Member("stranger", F),
        )
    )
    family = Family("F", pedigree, typed("husband"), ("wife", "child", "stranger"))
    # The wife is no blood relative of her husband, but of the child, who can be identified.
    assert not_identifiable(family) == ("stranger",)
    alone = Family("F", pedigree, typed("husband"), ("wife", "stranger"))
    assert not_identifiable(alone) == ("wife", "stranger")
    assert not_identifiable(alone, typed=["child"]) == ("stranger",)
    nobody = Family("F", pedigree, {}, ("wife",))
    assert not_identifiable(nobody) == ("wife",)


def test_brothers_without_children_are_alike() -> None:
    family = brothers("a", "b", "c")
    found = swaps(family.pedigree, ["father"], family.missing)
    assert classes(family.missing, found) == (frozenset("abc"),)
    filled = frozenset({("a", "V1"), ("b", "V2")})
    assert len(alike(filled, found)) == 6  # two of three places, in order


def test_a_typed_child_tells_brothers_apart() -> None:
    family = brothers("a", "b")
    mother = Member("wife", F)
    child = Member("child", F, "a", "wife")
    pedigree = Pedigree((*family.pedigree.members, mother, child))
    assert swaps(pedigree, ["father", "child"], ("a", "b")) == ()
    assert len(swaps(pedigree, ["father"], ("a", "b"))) == 1  # an untyped one does not


def test_brother_and_sister_are_not_alike() -> None:
    pedigree = Pedigree(
        (
            Member("father", M),
            Member("mother", F),
            Member("son", M, "father", "mother"),
            Member("daughter", F, "father", "mother"),
        )
    )
    assert swaps(pedigree, ["father"], ("son", "daughter")) == ()


def test_two_missing_branches_change_places_together() -> None:
    """Two missing sons, each with a missing child and an untyped wife."""
    family = brothers("a", "b")
    members = [*family.pedigree.members]
    for father in "ab":
        members += [Member(f"wife of {father}", F), Member(f"{father}'s child", M, father,
                                                           f"wife of {father}")]  # fmt: skip
    pedigree = Pedigree(tuple(members))
    missing = ("a", "b", "a's child", "b's child")
    found = swaps(pedigree, ["father"], missing)
    assert {"a": "b", "b": "a", "a's child": "b's child", "b's child": "a's child"} in found
    assert classes(missing, found) == (
        frozenset({"a", "b"}),
        frozenset({"a's child", "b's child"}),
    )


def test_half_siblings_by_untyped_mothers_are_alike() -> None:
    pedigree = Pedigree(
        (
            Member("father", M),
            Member("first wife", F),
            Member("second wife", F),
            Member("a", M, "father", "first wife"),
            Member("b", M, "father", "second wife"),
        )
    )
    assert len(swaps(pedigree, ["father"], ("a", "b"))) == 1
    assert swaps(pedigree, ["father", "first wife"], ("a", "b")) == ()


def test_identical_twins_keep_their_places() -> None:
    family = brothers("a", "b", "c")
    pedigree = Pedigree(family.pedigree.members, twins=(("a", "b"),))
    found = swaps(pedigree, ["father", "c"], ("a", "b"))
    assert found == ()  # said apart by name, not by DNA: nothing is claimed of them


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_swaps_are_renamings_that_keep_the_pedigree(seed: int) -> None:
    """Against trying every permutation of the people of small random pedigrees."""
    rng = np.random.default_rng(seed)
    members = [Member("m0", M), Member("m1", F), Member("m2", M if rng.random() < 0.5 else F)]
    for k in range(3, 7):
        men = [m.id for m in members if m.sex is M]
        women = [m.id for m in members if m.sex is F]
        sex = M if rng.random() < 0.5 else F
        if men and women and rng.random() < 0.8:
            members.append(Member(f"m{k}", sex, str(rng.choice(men)), str(rng.choice(women))))
        else:
            members.append(Member(f"m{k}", sex))
    pedigree = Pedigree(tuple(members))
    ids = list(pedigree.ids)
    chosen = list(rng.permutation(ids))
    seen, missing = chosen[:1], tuple(chosen[1:4])
    # Everybody has a part here, so that nobody is dropped: typed, missing, or a parent.
    pedigree = _without_idle(pedigree, {*seen, *missing})
    possible = set()
    for order in permutations(pedigree.ids):
        moved = dict(zip(pedigree.ids, order, strict=True))
        if _keeps(pedigree, moved, seen, missing):
            possible |= {(a, moved[a]) for a in missing if moved[a] != a}
    found = swaps(pedigree, seen, missing)
    pairs = {(a, b) for swap in found for a, b in swap.items()}
    label = {m: s for s in classes(missing, found) for m in s}
    assert pairs <= possible
    assert all(b in label.get(a, ()) for a, b in possible)


def _without_idle(pedigree: Pedigree, kept: set[str]) -> Pedigree:
    members = list(pedigree.members)
    while idle := [
        m for m in members if m.id not in kept and not any(m.id in o.parents for o in members)
    ]:
        members = [m for m in members if m not in idle]
    return Pedigree(tuple(members))


def _keeps(
    pedigree: Pedigree, moved: dict[str, str], seen: list[str], missing: tuple[str, ...]
) -> bool:
    for member in pedigree.members:
        target = pedigree.member(moved[member.id])
        parents = tuple(moved[parent] for parent in member.parents)
        if target.parents != parents or pedigree.sex(target.id) != pedigree.sex(member.id):
            return False
        if (member.id in missing) != (target.id in missing):
            return False
    return all(moved[id] == id for id in seen)
