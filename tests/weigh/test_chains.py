"""Chains of alleles one repeat apart, and the moves along them against plain counting."""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest

from reopen.records import Allele, alleles
from reopen.weigh.chains import Chains, chains, moves, one_repeat_from
from reopen.weigh.stutter import stutter_product


@pytest.mark.parametrize(
    ("label", "below", "above"),
    [
        ("10", "9", "11"),
        ("9.3", "8.3", "10.3"),
        ("1", "0", "2"),
        ("10_8", "9_7", "11_9"),
        ("10_8_1", "9_7_1", "11_9_1"),
        ("9.3_5", "8.3_4", "10.3_6"),
    ],
)
def test_one_repeat(label: str, below: str, above: str) -> None:
    assert one_repeat_from(Allele(label), -1) == below
    assert one_repeat_from(Allele(label), +1) == above


@pytest.mark.parametrize("label", ["X", "A", "12:[TCTA]12", "FLAnk"])
def test_text_and_sequences_have_no_neighbour(label: str) -> None:
    assert one_repeat_from(Allele(label), -1) is None


KINDS = ("back", "forward", "double_back", "two_base")


def laid_out(labels: tuple[str, ...], rest: bool, *kinds: str) -> Chains:
    named = alleles(labels)
    products = [
        {label: child for label in named if (child := stutter_product(label, kind))}
        if kind in kinds
        else {}
        for kind in KINDS
    ]
    return chains(named, rest=rest, products=products)


def laid(*labels: str, back: bool = False, forward: bool = False) -> list[str]:
    """Each position; (in brackets) one that only stutter reaches; + where the next stutters on it,
    or gets its stutter."""
    kinds = [kind for kind, on in (("back", back), ("forward", forward)) if on]
    found = laid_out(labels, True, *kinds)
    assert found.labels[-1] is None
    assert found.is_allele[-1]
    rest = len(found.labels) - 1
    assert found.sources[-1] == (rest, -1, -1, -1, -1), "nothing stutters on the rest"
    assert all(rest not in row for row in found.sources[:-1]), "the rest stutters on nothing"
    return [
        (str(label) if own else f"({label})")
        + "+" * (p + 1 in found.sources[p][1:] or p in found.sources[p + 1][1:])
        for p, (label, own) in enumerate(zip(found.labels[:-1], found.is_allele[:-1], strict=True))
    ]


def test_without_stutter_there_is_no_chain() -> None:
    assert laid("11", "10", "9.3", "X") == ["9.3", "10", "11", "X"]


def test_backward_stutter_adds_the_place_below() -> None:
    assert laid("10", "11", "13", back=True) == ["(9)+", "10+", "11", "(12)+", "13"]


def test_partial_repeats_have_their_own_chain() -> None:
    assert laid("10", "9.3", back=True) == ["(9)+", "10", "(8.3)+", "9.3"]


def test_forward_stutter_adds_the_place_above() -> None:
    assert laid("10", "13", back=True, forward=True) == [
        "(9)+", "10+", "(11)", "(12)+", "13+", "(14)",
    ]  # fmt: skip


def test_a_place_between_two_alleles_is_one_place() -> None:
    """Forward stutter of 10 and backward stutter of 12 meet at 11."""
    assert laid("10", "12", back=True, forward=True) == ["(9)+", "10+", "(11)+", "12+", "(13)"]


def test_lus_chains_keep_the_difference_of_their_fields() -> None:
    assert laid("10_8", "10_9", "11_9", back=True) == ["(9_7)+", "10_8+", "11_9", "(9_8)+", "10_9"]


def test_stutter_of_two_bases_puts_halves_between() -> None:
    layout = laid_out(("13", "13.2", "14"), False, "back", "two_base")
    assert layout.labels == ("12", "12.2", "13", "13.2", "14")
    assert layout.sources[3] == (3, -1, -1, -1, 4), "14 leaves stutter of two bases at 13.2"
    assert layout.sources[2] == (2, 4, -1, -1, 3), "14 back stutter, 13.2 stutter of two bases"
    assert layout.sources[1] == (-1, 3, -1, -1, 2)


def test_double_back_stutter_comes_from_two_above() -> None:
    layout = laid_out(("12", "14"), False, "back", "double_back")
    assert layout.labels == ("10", "11", "12", "13", "14")
    assert layout.sources[0] == (-1, -1, -1, 2, -1)
    assert layout.sources[2] == (2, -1, -1, 4, -1)
    assert layout.sources[3] == (-1, 4, -1, -1, -1)


def test_no_rest_where_every_allele_was_seen() -> None:
    assert laid_out(("10", "11"), False).labels == ("10", "11")


@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("kinds", [(), ("back",), ("back", "forward"), KINDS])
@pytest.mark.parametrize(
    "labels", [("10",), ("10", "11"), ("9.3", "10", "11", "13"), ("10", "12"), ("12", "13.2", "14")]
)
@pytest.mark.parametrize("rest", [True, False])
def test_every_way_of_placing_the_copies_is_one_path(
    labels: tuple[str, ...], rest: bool, kinds: tuple[str, ...], copies: int
) -> None:
    layout = laid_out(labels, rest, *kinds)
    n = len(layout.labels)
    steps = moves(layout.sources, copies)
    assert len(steps) == n
    paths = [(0, ())]
    for step in steps:
        assert step.doses[0] == (0, 0, 0, 0, 0)
        paths = [
            (after, (*doses, step.doses[dose]))
            for state, doses in paths
            for before, after, dose in step.moves
            if before == state
        ]
    places = [p for p in range(n) if layout.is_allele[p]]
    expected = []
    for chosen in combinations_with_replacement(places, copies):
        count = [chosen.count(p) for p in range(n)]
        expected.append(
            tuple(tuple(count[q] if q >= 0 else 0 for q in row) for row in layout.sources)
        )
    found = sorted(doses for _, doses in paths)
    assert found == sorted(expected), "each once, and none besides"


def test_states_are_as_few_as_the_papers_say() -> None:
    """10 states and 15 moves with stutter both ways, 6 and 10 backward only, 3 and 6 without."""
    labels = tuple(str(k) for k in range(5, 20))
    for kinds, states, steps in (
        ((), 3, 6),
        (("back",), 6, 10),
        (("back", "forward"), 10, 15),
    ):
        middle = moves(laid_out(labels, True, *kinds).sources, 2)[8]
        assert (middle.n_before, len(middle.moves)) == (states, steps)
