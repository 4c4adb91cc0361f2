"""The fewest mutations of a pedigree: by hand, and against all ways to fill in small pedigrees."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from tests.faces.pedigrees import FATHER_AND_DAUGHTER, HALF_SIBLINGS, TRIO, TWINS, pedigree

from reopen.records import Genotype, Pedigree, genotype
from reopen.weigh.mutation_steps import MutationsNeeded, mutations_needed

DUO = pedigree("father m\nmother f\nchild m father mother")
GRANDPARENT = pedigree("gf m\ngm f\nson m gf gm\nwife f\nchild m son wife")


def needed(people: Pedigree, **typed: str) -> MutationsNeeded | None:
    return mutations_needed(people, {id: genotype(*g.split("/")) for id, g in typed.items()})


def test_a_child_with_an_allele_of_each_parent_needs_none() -> None:
    found = needed(TRIO, father="12/14", mother="13/15", child="14/15")
    assert found == MutationsNeeded(0)
    assert str(found) == "no mutation"


def test_steps_are_whole_repeats() -> None:
    assert needed(DUO, father="12/14", child="15/18") == MutationsNeeded(1, steps=1)
    assert str(needed(DUO, father="12/14", child="15/18")) == "1 mutation, 1 step"
    assert needed(DUO, father="12/14", child="17/18") == MutationsNeeded(1, steps=3)
    both = needed(TRIO, father="12/12", mother="13/13", child="14/14")
    assert both == MutationsNeeded(2, steps=3)
    assert str(both) == "2 mutations, 3 steps"


def test_a_change_of_microgroup_is_no_number_of_steps() -> None:
    found = needed(DUO, father="9.3/9.3", child="10/10")
    assert found == MutationsNeeded(1, others=1)
    assert str(found) == "1 mutation, 1 not by whole repeats"
    assert needed(DUO, father="9.3/9.3", child="10.3/11") == MutationsNeeded(1, steps=1)
    assert needed(DUO, father="A/A", child="B/B") == MutationsNeeded(1, others=1)


def test_one_mutation_of_many_steps_is_fewer_than_two_of_one() -> None:
    found = needed(TRIO, father="10/20", mother="11/11", child="12/21")
    # 12 from the mother by one step and 21 from the father by one: two. No way needs one only.
    assert found == MutationsNeeded(2, steps=2)
    # The children of wife 1 show that the father has 15 and 16: 17 is a step from 16.
    found = needed(HALF_SIBLINGS, wife1="11/11", a="11/15", b="11/16", c="17/18")
    assert found == MutationsNeeded(1, steps=1)


def test_an_untyped_parent_between_can_hold_any_allele() -> None:
    assert needed(GRANDPARENT, gf="10/10", gm="11/11", child="12/12") == MutationsNeeded(1, steps=1)
    assert needed(GRANDPARENT, gf="10/10", child="12/12") == MutationsNeeded(0)


def test_identical_twins_have_one_genotype() -> None:
    assert needed(TWINS, one="10/11", wife="12/12", child="10/12") == MutationsNeeded(0)
    assert needed(TWINS, two="10/11", wife="12/12", child="13/12") == MutationsNeeded(1, steps=2)


def test_on_x_a_son_has_nothing_of_his_father() -> None:
    typed = {"father": genotype("10"), "child": genotype("12")}
    assert mutations_needed(DUO, typed, x_linked=True) == MutationsNeeded(0)
    typed = {"father": genotype("10"), "daughter": genotype("12", "13")}
    found = mutations_needed(FATHER_AND_DAUGHTER, typed, x_linked=True)
    assert found == MutationsNeeded(1, steps=2)


def test_an_allele_that_may_not_have_been_seen_needs_no_mutation() -> None:
    typed = {"father": genotype("10", "10"), "child": genotype("12", "12")}
    assert mutations_needed(DUO, typed) == MutationsNeeded(1, steps=2)
    unsure = mutations_needed(DUO, typed, second_unsure=["child"])
    assert unsure == MutationsNeeded(0)


@pytest.mark.parametrize("seed", range(40))
def test_elimination_agrees_with_all_ways_to_fill_in_a_pedigree(seed: int) -> None:
    random = Random(seed)
    people = random.choice((TRIO, GRANDPARENT, FATHER_AND_DAUGHTER))
    labels = random.sample(("9", "9.3", "10", "11", "13"), 3)
    ids = random.sample(people.ids, random.randint(2, len(people.ids)))
    typed = {id: genotype(*random.choices(labels, k=2)) for id in ids}
    assert mutations_needed(people, typed) == by_hand(people, typed)


def by_hand(people: Pedigree, typed: dict[str, Genotype]) -> MutationsNeeded:
    """Every ordered genotype of everybody, every parental allele: the least of all."""
    labels = sorted({label for g in typed.values() for label in g.alleles})
    ways = []
    for id in people.ids:
        pairs = list(product(labels, repeat=2))
        if id in typed:
            pairs = [p for p in pairs if sorted(p) == sorted(typed[id].pair)]
        ways.append(pairs)
    best = (10**9, 0, 0)
    for filled in product(*ways):
        has = dict(zip(people.ids, filled, strict=True))
        total = [0, 0, 0]
        for member in people.members:
            for place, parent in enumerate(member.parents):
                cost = min(change(one, has[member.id][place]) for one in has[parent])
                total = [a + b for a, b in zip(total, cost, strict=True)]
        best = min(best, (total[0], total[1], total[2]))
    return MutationsNeeded(best[0], steps=best[2], others=best[1])


def change(one: str, other: str) -> tuple[int, int, int]:
    """Mutations, changes that are not by whole repeats, steps."""
    if one == other:
        return (0, 0, 0)
    apart = abs(float(one) - float(other))
    return (1, 0, round(apart)) if abs(apart - round(apart)) < 1e-6 else (1, 1, 0)
