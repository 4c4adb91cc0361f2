"""Two donors, two brothers and every division of traces: by hand and against the twin."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isclose, log10, prod

import numpy as np
import pytest
from tests.twins import donors as twin
from tests.weigh.test_one_donor import TABLE, TWO, X, Y, known, person, tables, three, values_at

from reopen.errors import InvalidRecord
from reopen.formats import library
from reopen.records import FULL_SIBLINGS, UNRELATED, Population
from reopen.weigh import donor_splits
from reopen.weigh.compare import locus_table
from reopen.weigh.donor_splits import best_split, divisions, rivals, rivals_of_many
from reopen.weigh.one_donor import Together, one_donor, together, trace, typed
from reopen.weigh.simulate import draw_family, draw_references

NIST = Population(library.population("nist1036-cauc"), theta=0.01)


# By hand: alleles 7 (1/4) and 8 (3/4).


def test_the_odd_one_out_is_split_off() -> None:
    """77, 77, 78: two donors 77 | 78 explain what one cannot."""
    found = best_split(known(0, "7/7", "7/8", "7/7"))
    assert (found.one, found.other) == ((0, 2), (1,))
    assert found.log10 == -inf


def test_one_donor_of_three_against_two_by_hand() -> None:
    """All 77, P = 1/16: splitting one off costs 16."""
    found = best_split(known(0, "7/7", "7/7", "7/7"))
    assert isclose(found.log10, log10(16))


def test_one_donor_of_two_against_brothers_by_hand() -> None:
    """77 and 77: a brother has it, too, with (1 + p)^2 / 4 = 25/64."""
    found = best_split(known(0, "7/7", "7/7"), FULL_SIBLINGS)
    assert isclose(found.log10, log10(64 / 25))


def test_divisions_of_two_by_hand() -> None:
    """LR 16, both divisions alike: 16/17; of 100 possible donors 1/100 against 99/100: 16/115."""
    of = known(0, "7/7", "7/7")
    assert isclose(divisions(of).likeliest[0].probability, 16 / 17)
    two, one = divisions(of, possible_donors=100).likeliest
    assert (two.groups, one.groups) == (((0,), (1,)), ((0, 1),))
    assert isclose(one.probability, 16 / 115)


def test_fewer_donors_than_traces_are_refused() -> None:
    with pytest.raises(InvalidRecord, match="1 possible donors of 2 traces"):
        divisions(known(0, "7/7", "7/7"), possible_donors=1)


# Against the twin.


@pytest.mark.parametrize("theta", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(4))
def test_divisions_of_three_by_brute_force(theta: float, seed: int) -> None:
    traces = three(seed)
    found = divisions(together([trace([one]) for one in traces], tables(theta)), None, 0.0)
    loci = {
        locus: (values_at(traces, locus), frequency) for locus, frequency in ((X, TABLE), (Y, TWO))
    }

    def told(group: Sequence[int]) -> float:
        return sum(
            twin.information([values[t] for t in group], frequency, theta)
            for values, frequency in loci.values()
        )

    weights = {
        tuple(sorted(map(tuple, way))): prod(
            twin.in_turn(
                [[values[t] for t in group] for group in sorted(way, key=told, reverse=True)],
                frequency,
                theta,
            )
            for values, frequency in loci.values()
        )
        for way in twin.partitions(range(3))
    }
    total = sum(weights.values())
    each = {way.groups: way for way in found.likeliest}
    assert set(each) == set(weights)
    for groups, weight in weights.items():
        assert isclose(each[groups].probability, weight / total, rel_tol=1e-9)
        apart = weights[((0,), (1,), (2,))]
        assert isclose(each[groups].log10, log10(weight / apart), abs_tol=1e-9)
    assert isclose(found.others, 0.0, abs_tol=1e-12)


def test_five_traces_have_52_divisions() -> None:
    assert len(donor_splits._all_divisions(5)) == 52
    assert len(set(donor_splits._all_divisions(5))) == 52
    assert len(donor_splits._all_splits(5)) == 15


# What an investigator needs.


def siblings(seed: int, each: int) -> Together:
    """Partial single-source traces of two brothers, typed at 9 of 20 loci."""
    rng = np.random.default_rng(seed)
    loci = list(NIST.frequencies.loci)[:20]
    family = draw_family(rng, NIST, "F", "M", ["A", "B"], loci=loci)
    some = []
    for child in family.children:
        for k in range(each):
            chosen = rng.choice(len(loci), 9, replace=False)
            kept = {loci[j]: str(child.genotypes[loci[j]]) for j in chosen}
            some.append(typed(person(f"{child.id}{k}", **kept)))
    found = {locus: locus_table(locus, NIST, set()) for locus in loci}
    return together(some, {k: table for k, table in found.items() if table is not None})


@pytest.mark.parametrize("seed", range(3))
def test_brothers_traces_are_split_as_they_were_left(seed: int) -> None:
    of = siblings(seed, 3)
    found = best_split(of, FULL_SIBLINGS)
    assert {found.one, found.other} == {(0, 1, 2), (3, 4, 5)}
    assert found.log10 < 0


@pytest.mark.parametrize("seed", range(3))
def test_the_search_among_many_traces_finds_the_split_of_all_splits(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = siblings(seed, 4)
    for relation in (UNRELATED, FULL_SIBLINGS):
        exhaustive = best_split(of, relation)
        monkeypatch.setattr(donor_splits, "MOST_DIVIDED", 3)
        assert best_split(of, relation) == exhaustive
        monkeypatch.undo()


def test_the_best_split_is_the_best_of_every_split() -> None:
    of = siblings(5, 2)
    splits = donor_splits._all_splits(4)
    for relation in (UNRELATED, FULL_SIBLINGS):
        every = rivals(of).two(splits, relation)
        assert isclose(best_split(of, relation).log10, rivals(of).one() - every.max())


@pytest.mark.parametrize("seed", range(4))
def test_the_lead_in_less_time_is_the_lead(seed: int) -> None:
    """With one draw nothing is weighted, so what is left out is the same for one donor and two."""
    of = together([trace([one]) for one in three(seed)], tables(0.05))
    split = np.array([[True, True, False]])
    for relation in (UNRELATED, FULL_SIBLINGS):
        exact, quick = (
            found.one() - float(found.two(split, relation)[0])
            for found in (rivals(of), rivals_of_many(of))
        )
        assert isclose(exact, quick, abs_tol=1e-9)


def test_two_halves_on_one_weak_link() -> None:
    """Traces A1, A2 share ten loci, B1, B2 ten others; A2 and B1 share one more locus alone."""
    rng = np.random.default_rng(11)
    loci = list(NIST.frequencies.loci)[:21]
    (donor,) = draw_references(rng, NIST, ["D"], loci=loci)
    kept = (loci[:10], [*loci[:10], loci[20]], [*loci[10:20], loci[20]], loci[10:20])
    traces = [
        typed(person(f"T{k}", **{locus: str(donor.genotypes[locus]) for locus in some}))
        for k, some in enumerate(kept)
    ]
    found = {locus: locus_table(locus, NIST, set()) for locus in loci}
    of = together(traces, {k: table for k, table in found.items() if table is not None})
    split = best_split(of)
    assert {split.one, split.other} == {(0, 1), (2, 3)}
    assert isclose(split.log10, one_donor(of.some(np.array([0, 1, 1, 0], dtype=bool))).log10)
