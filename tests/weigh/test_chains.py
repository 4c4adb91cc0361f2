"""Chains of alleles one repeat apart, and the moves along them against plain counting."""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest

from reopen.records import Allele, alleles
from reopen.weigh.chains import chains, moves, one_repeat_from


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


def laid(*labels: str, back: bool = False, forward: bool = False) -> list[str]:
    """Each position; (in brackets) one that only stutter reaches; + where the next is linked."""
    found = chains(alleles(labels), rest=True, back=back, forward=forward)
    assert found.labels[-1] is None
    assert found.is_allele[-1]
    assert not found.linked[-1]
    assert not found.linked[-2], "the rest is one repeat from nothing"
    return [
        (str(label) if own else f"({label})") + "+" * linked
        for label, own, linked in zip(
            found.labels[:-1], found.is_allele[:-1], found.linked[:-1], strict=True
        )
    ]


def test_without_stutter_there_is_no_chain() -> None:
    assert laid("11", "10", "9.3", "X") == ["9.3", "10", "11", "X"]


def test_backward_stutter_adds_the_place_below() -> None:
    assert laid("10", "11", "13", back=True) == ["(9)+", "10+", "11+", "(12)+", "13"]


def test_partial_repeats_have_their_own_chain() -> None:
    assert laid("10", "9.3", back=True) == ["(9)+", "10", "(8.3)+", "9.3"]


def test_forward_stutter_adds_the_place_above() -> None:
    assert laid("10", "13", back=True, forward=True) == [
        "(9)+", "10+", "(11)+", "(12)+", "13+", "(14)",
    ]  # fmt: skip


def test_a_place_between_two_alleles_is_one_place() -> None:
    """Forward stutter of 10 and backward stutter of 12 meet at 11."""
    assert laid("10", "12", back=True, forward=True) == ["(9)+", "10+", "(11)+", "12+", "(13)"]


def test_lus_chains_keep_the_difference_of_their_fields() -> None:
    assert laid("10_8", "10_9", "11_9", back=True) == ["(9_7)+", "10_8+", "11_9", "(9_8)+", "10_9"]


def test_no_rest_where_every_allele_was_seen() -> None:
    found = chains(alleles(("10", "11")), rest=False, back=False, forward=False)
    assert found.labels == ("10", "11")


@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize(("back", "forward"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("labels", [("10",), ("10", "11"), ("9.3", "10", "11", "13"), ("10", "12")])
@pytest.mark.parametrize("rest", [True, False])
def test_every_way_of_placing_the_copies_is_one_path(
    labels: tuple[str, ...], rest: bool, back: bool, forward: bool, copies: int
) -> None:
    layout = chains(alleles(labels), rest=rest, back=back, forward=forward)
    n = len(layout.labels)
    steps = moves(layout.is_allele, layout.linked, copies, back, forward)
    assert len(steps) == n
    paths = [(0, ())]
    for step in steps:
        assert step.doses[0] == (0, 0, 0)
        paths = [
            (after, (*doses, step.doses[dose]))
            for state, doses in paths
            for before, after, dose in step.moves
            if before == state
        ]
    found = sorted(doses for _, doses in paths)
    expected = []
    places = [p for p in range(n) if layout.is_allele[p]]
    for chosen in combinations_with_replacement(places, copies):
        count = [chosen.count(p) for p in range(n)]
        expected.append(
            tuple(
                (
                    count[p - 1] if forward and p and layout.linked[p - 1] else 0,
                    count[p],
                    count[p + 1] if back and layout.linked[p] else 0,
                )
                for p in range(n)
            )
        )
    assert found == sorted(expected), "each once, and none besides"


def test_states_are_as_few_as_the_papers_say() -> None:
    """10 states and 15 moves with stutter both ways, 6 and 10 backward only, 3 and 6 without."""
    long = chains(alleles(str(k) for k in range(5, 20)), rest=True, back=False, forward=False)
    middle = 7
    for back, forward, states, steps in (
        (False, False, 3, 6),
        (True, False, 6, 10),
        (True, True, 10, 15),
    ):
        n = len(long.labels)
        found = moves((True,) * n, (back,) * (n - 2) + (False,) * 2, 2, back, forward)[middle]
        assert (found.n_before, len(found.moves)) == (states, steps)
