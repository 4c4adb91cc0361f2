"""Where nodes lie: the same graph in the same way, nothing on top of each other, old ones stay."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import dist, isclose

import numpy as np
import pytest

from reopen.faces.web.layout import SPACING, is_freer_below, outline, places


def chain(n: int, name: str = "n") -> tuple[list[str], list[tuple[str, str]]]:
    nodes = [f"{name}{k}" for k in range(n)]
    return nodes, list(pairwise(nodes))


def star(n: int) -> tuple[list[str], list[tuple[str, str]]]:
    nodes = ["hub", *(f"leaf{k}" for k in range(n))]
    return nodes, [("hub", each) for each in nodes[1:]]


def clique(n: int) -> tuple[list[str], list[tuple[str, str]]]:
    nodes = [f"q{k}" for k in range(n)]
    return nodes, list(combinations(nodes, 2))


@pytest.mark.parametrize(
    "graph", [chain(1), chain(2), chain(30), star(40), clique(14), chain(90), star(90)],
    ids=["one", "two", "chain", "star", "clique", "many", "many of one"],
)  # fmt: skip
def test_nothing_lies_on_top_of_another_and_twice_is_the_same(
    graph: tuple[list[str], list[tuple[str, str]]],
) -> None:
    nodes, edges = graph
    found = places(nodes, edges, {})
    assert list(found) == nodes
    assert found == places(nodes, edges, {})
    for one, other in combinations(nodes, 2):
        assert dist(found[one], found[other]) > SPACING / 2, (one, other)


def test_the_order_of_edges_and_edges_to_itself_change_nothing() -> None:
    nodes, edges = clique(5)
    turned = [(other, one) for one, other in reversed(edges)]
    assert places(nodes, edges, {}) == places(nodes, [*turned, ("q0", "q0"), ("q0", "gone")], {})


def test_groups_do_not_overlap() -> None:
    nodes, edges = clique(8)
    more, lines = chain(12)
    found = places([*nodes, *more, "alone"], [*edges, *lines], {})
    for one in nodes:
        for other in (*more, "alone"):
            assert dist(found[one], found[other]) > SPACING / 2


def test_what_has_a_place_keeps_it_and_what_is_new_lies_beside_its_neighbours() -> None:
    nodes, edges = clique(6)
    before = places(nodes, edges, {})
    after = places(
        [*nodes, "child", "grandchild", "stranger"],
        [*edges, ("child", "q0"), ("grandchild", "child")],
        before,
    )
    assert {node: after[node] for node in nodes} == before
    assert dist(after["child"], before["q0"]) < 4 * SPACING
    assert dist(after["grandchild"], after["child"]) < 4 * SPACING
    for new in ("child", "grandchild", "stranger"):
        for node in nodes:
            assert dist(after[new], before[node]) > SPACING / 2


def test_what_hangs_on_each_other_follows_from_one_that_has_a_place() -> None:
    nodes, edges = chain(40)
    found = places(nodes, edges, {"n20": (0.0, 0.0)})
    for one, other in edges:
        assert dist(found[one], found[other]) < 4 * SPACING


def test_groups_alike_are_drawn_alike() -> None:
    one, lines = chain(7, "a")
    other, more = chain(7, "b")
    found = places([*one, *other], [*lines, *more], {})
    (x, y), (u, v) = found["a0"], found["b0"]
    for k in range(7):
        moved = (found[f"a{k}"][0] + u - x, found[f"a{k}"][1] + v - y)
        assert dist(moved, found[f"b{k}"]) < 1


def test_places_of_nodes_that_are_away_stay_free_for_them() -> None:
    kept = places(*chain(3), {})
    found = places(["new"], [], kept)
    assert min(dist(found["new"], at) for at in kept.values()) > SPACING / 2


def test_an_outline_goes_around_its_points() -> None:
    square = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (50.0, 50.0)]
    corners = outline(tuple(square), margin=10.0)
    assert isclose(min(x for x, _ in corners), -10.0)
    assert isclose(max(y for _, y in corners), 110.0)
    for x, y in corners:  # each corner lies on the circle about the nearest outer point
        assert isclose(min(dist((x, y), each) for each in square[:4]), 10.0, abs_tol=0.1)


def test_the_name_of_an_area_stands_where_fewer_nodes_lie() -> None:
    area, name = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)], "2 traces, A and others"
    inside, above, below, far = (50.0, 50.0), (60.0, -30.0), (40.0, 115.0), (600.0, -30.0)

    def told(*nodes: tuple[float, float]) -> bool:
        return is_freer_below(area, name, np.array(nodes))

    assert not told(inside)
    assert told(inside, above)
    assert not told(inside, above, below)
    assert not told(inside, below)
    assert not told(inside, far)
