"""Where the board's nodes lie: worked out once, kept for each actor, and then only added to.

Nothing here is drawn by chance: the same graph is laid out in the same way. What has a place keeps
it; a node that comes later lies beside its neighbours. Not here: keeping them (`node_places`).

A group is laid out by its distances in the graph (pivot multidimensional scaling, Brandes and Pich
2006), then by springs along links and repulsion between near nodes (Fruchterman and Reingold 1991).
Groups are packed around the largest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import ceil, cos, pi, sin, sqrt

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

Point = tuple[float, float]
Points = np.ndarray

SPACING = 110.0
"""Between two neighbours, in pixels of a board that is not zoomed."""

_PIVOTS = 40
_ROUNDS = 150
_NEAR = 2.5
_CLEAR = 0.85
_PULL, _PUSH = 0.25, 0.09
_FEW = 64
_WIDER = 1.5
_AT_ONCE = 1024
_AT_ONCE_BESIDE = 64
_GOLDEN = pi * (3 - sqrt(5))
_LETTER, _LINE, _NODE = 11.5, 28.0, 20.0
"""Of the name of an area, and half a node: in pixels, as graph_style.js draws them on a wall."""


def places(
    nodes: Sequence[str], edges: Iterable[tuple[str, str]], kept: Mapping[str, Point]
) -> dict[str, Point]:
    """A place for each node. kept: places of earlier, also of nodes that are not there now, which
    stay free for them."""
    fresh = [node for node in dict.fromkeys(nodes) if node not in kept]
    found = {node: kept[node] for node in nodes if node in kept}
    if not fresh:
        return found
    edges = [(one, other) for one, other in edges if one != other]
    room = _Room([(x / SPACING, y / SPACING) for x, y in kept.values()], len(fresh))
    for node, at in _beside(fresh, edges, found, room):
        found[node] = at
    groups = _groups([node for node in fresh if node not in found], edges)
    alike: dict[tuple[int, bytes], Points] = {}  # most groups are small, and like many others
    drawings = []
    for group, inside in groups:
        shape = len(group), inside.tobytes()
        if shape not in alike:
            alike[shape] = _drawn(len(group), inside)
        drawings.append((group, alike[shape]))
    for group, drawn in sorted(drawings, key=lambda each: -_reach(each[1])):
        centre = room.free(_reach(drawn))
        for node, (x, y) in zip(group, (drawn + centre).tolist(), strict=True):
            found[node] = _pixels(x, y)
    return found


@lru_cache(maxsize=1 << 12)  # nodes lie where they lay at the look before
def outline(points: tuple[Point, ...], margin: float = 42.0) -> tuple[Point, ...]:
    """Around nodes that belong together: the hull of a circle about each."""
    corners = [
        (x + margin * cos(k * pi / 8), y + margin * sin(k * pi / 8))
        for x, y in _hull(points)
        for k in range(16)
    ]
    return tuple((round(x, 1), round(y, 1)) for x, y in _hull(corners))


def is_freer_below(area: Iterable[Point], name: str, nodes: Points) -> bool:
    """Whether nodes would lie less under the name of an area below it than above it.

    area   its outline
    nodes  every node that is drawn, one to a row; each has its own name below it
    """
    (left, right), (top, bottom) = (
        (min(side), max(side)) for side in zip(*area, strict=True)
    )  # fmt: skip
    half = len(name) * _LETTER / 2 + _NODE
    under = np.maximum(half - np.abs(nodes[:, 0] - (left + right) / 2), 0.0)
    above = (nodes[:, 1] > top - _LINE - 2 * _NODE) & (nodes[:, 1] < top + _NODE)
    below = (nodes[:, 1] > bottom - 2 * _NODE) & (nodes[:, 1] < bottom + _LINE + _NODE)
    return bool(under[below].sum() < under[above].sum())


def _hull(points: Iterable[Point]) -> list[Point]:
    """Andrew's monotone chain."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    return _chain(ordered)[:-1] + _chain(ordered[::-1])[:-1]


def _chain(points: Sequence[Point]) -> list[Point]:
    chain: list[Point] = []
    for x, y in points:
        while len(chain) > 1:
            (ax, ay), (bx, by) = chain[-2:]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain


def _pixels(x: float, y: float) -> Point:
    return round(x * SPACING, 1), round(y * SPACING, 1)


class _Room:
    """What is taken already, as circles, and what is free. Lengths are in spacings.

    more  at most so many circles are taken later
    """

    def __init__(self, taken: Sequence[Point], more: int):
        self._circles = np.full((len(taken) + more, 3), 0.5)  # x, y and radius
        self._circles[: len(taken), :2] = np.reshape(taken, (-1, 2))
        self._count = len(taken)
        self._middle = self._taken[:, :2].mean(axis=0) if taken else np.zeros(2)
        self._size, self._begin = float("inf"), 0
        self._open = np.zeros((0, 2))

    @property
    def _taken(self) -> np.ndarray:
        return self._circles[: self._count]

    def _take(self, centre: Points, radius: float) -> None:
        self._circles[self._count] = (*centre, radius)
        self._count += 1

    def free(self, radius: float) -> Points:
        """The nearest free centre for a group; it is taken then."""
        if radius < self._size:  # larger groups come first: a smaller one may fit between them
            self._size, self._begin, self._open = radius, 0, self._open[:0]
        step = 0.5 * max(radius, 1.0)
        while not len(self._open):
            at = _spiral(self._middle, step, _WIDER, self._begin, _AT_ONCE)
            self._open = at[_clear(at, radius, self._taken)]
            self._begin += _AT_ONCE
        centre = np.asarray(self._open[0])
        self._open = self._open[_apart(self._open, centre) >= 2 * radius]
        self._take(centre, radius)
        return centre

    def beside(self, near: Points) -> Points:
        """The nearest free place for one node; it is taken then."""
        begin, radius = 0, _CLEAR - 0.5
        while True:
            at = _spiral(near, 0.4, 1.0, begin, _AT_ONCE_BESIDE)
            begin += _AT_ONCE_BESIDE
            reach = 0.4 * sqrt(begin) + radius
            around = self._taken[_apart(self._taken[:, :2], near) < reach + self._taken[:, 2]]
            free = at[_clear(at, radius, around)]
            if len(free):
                self._take(free[0], 0.5)
                return np.asarray(free[0])


def _spiral(middle: Points, step: float, wider: float, begin: int, count: int) -> Points:
    """Some places of a sunflower's spiral, from the middle outwards."""
    k = np.arange(begin, begin + count)
    out = step * np.sqrt(k)
    return np.asarray(
        middle + np.column_stack((wider * out * np.cos(_GOLDEN * k), out * np.sin(_GOLDEN * k)))
    )


def _clear(at: Points, radius: float, circles: np.ndarray) -> np.ndarray:
    """Which of these centres of circles touch no other circle."""
    clear = np.ones(len(at), dtype=bool)
    for other in np.unique(circles[:, 2]):  # of few sizes
        tree = cKDTree(circles[circles[:, 2] == other, :2])
        nearest, _ = tree.query(at[clear], distance_upper_bound=radius + other)
        clear[clear] = np.isinf(nearest)
    return clear


def _apart(points: Points, from_one: Points) -> np.ndarray:
    return np.asarray(np.sqrt(((points - from_one) ** 2).sum(axis=1)))


def _reach(drawn: Points) -> float:
    """The radius of the circle that a group takes, in few sizes."""
    return ceil(4 * float(np.sqrt((drawn**2).sum(axis=1)).max())) / 4 + 0.35


def _beside(
    fresh: Sequence[str],
    edges: Sequence[tuple[str, str]],
    placed: Mapping[str, Point],
    room: _Room,
) -> Iterable[tuple[str, Point]]:
    """Those that hang on nodes with a place, nearest first, each beside its neighbours."""
    if not placed:
        return
    known = dict(placed)
    neighbours: dict[str, list[str]] = {}
    for one, other in edges:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    order = {node: k for k, node in enumerate(fresh)}
    next_ones = [node for node in fresh if any(each in known for each in neighbours.get(node, ()))]
    while next_ones:
        for node in next_ones:
            own = [known[each] for each in neighbours[node] if each in known]
            near = np.array(own).mean(axis=0) / SPACING
            x, y = room.beside(near).tolist()
            known[node] = _pixels(x, y)
            yield node, known[node]
        further = {each for node in next_ones for each in neighbours[node] if each not in known}
        next_ones = sorted(further & order.keys(), key=order.__getitem__)


def _groups(
    nodes: Sequence[str], edges: Sequence[tuple[str, str]]
) -> list[tuple[list[str], np.ndarray]]:
    """Connected nodes with the edges among them, by number; the largest group first."""
    if not nodes:
        return []
    number = {node: k for k, node in enumerate(nodes)}
    pairs = np.array(
        sorted({
            (min(a, b), max(a, b))
            for a, b in ((number.get(one, -1), number.get(other, -1)) for one, other in edges)
            if a >= 0 and b >= 0
        }),
        dtype=int,
    ).reshape(-1, 2)  # fmt: skip
    joined = csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(nodes),) * 2)
    count, label = connected_components(joined, directed=False)
    members: list[list[int]] = [[] for _ in range(count)]
    for k, each in enumerate(label):
        members[each].append(k)
    within: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    place = np.zeros(len(nodes), dtype=int)
    for group in members:
        place[group] = np.arange(len(group))
    for a, b in pairs:
        within[label[a]].append((place[a], place[b]))
    order = sorted(range(count), key=lambda k: (-len(members[k]), nodes[members[k][0]]))
    return [
        ([nodes[k] for k in members[each]], np.array(within[each], dtype=int).reshape(-1, 2))
        for each in order
    ]


def _drawn(n: int, edges: np.ndarray) -> Points:
    """A connected group around its middle, in spacings."""
    if n == 1:
        return np.zeros((1, 2))
    if n == 2:
        return np.array([[-0.5, 0.0], [0.5, 0.0]])
    at = _by_distance(n, edges)
    rounds = _ROUNDS if _FEW < n <= 500 else _ROUNDS // 3
    pushed = _Few(n, edges) if n <= _FEW else _Many(n, edges)
    for k in range(rounds):
        force = pushed(at)
        size = np.maximum(np.sqrt((force**2).sum(axis=1)), 1e-12)[:, None]
        at += force * np.minimum(1.0, (0.5 * (1 - k / rounds) + 0.02) / size)
    for _ in range(100):
        moved = _kept_apart(at)
        at += moved
        if not moved.any():
            break
    return np.asarray(at - (at.max(axis=0) + at.min(axis=0)) / 2)


def _by_distance(n: int, edges: np.ndarray) -> Points:
    """Pivot multidimensional scaling."""
    joined = csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (n, n))
    pivots = _from_all(joined) if n <= _PIVOTS else _from_pivots(joined, edges)
    squared = pivots.T**2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    # A few columns have the axes of their products, which are found much sooner.
    _, _, axes = np.linalg.svd(centred if n <= _PIVOTS else centred.T @ centred)
    at = -0.5 * centred @ axes[:2].T
    at *= np.where(at[np.abs(at).argmax(axis=0), range(2)] < 0, -1.0, 1.0)
    spread = np.sqrt((at**2).sum(axis=1)).max() or 1.0
    return _told_apart(at / spread * sqrt(n) * 0.9)


def _told_apart(at: Points) -> Points:
    """Each moved a little, and those at the same place along a spiral around it."""
    _, first, same, count = np.unique(
        at.round(3), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    nth = np.empty(len(at))
    nth[np.argsort(same, kind="stable")] = np.concatenate([np.arange(each) for each in count])
    out, turn = 0.3 * np.sqrt(1 + 3 * nth), _GOLDEN * (first[same] + nth)
    return np.asarray(at + np.column_stack((out * np.cos(turn), out * np.sin(turn))))


def _from_all(joined: csr_matrix) -> np.ndarray:
    return np.asarray(dijkstra(joined, directed=False, unweighted=True))


def _from_pivots(joined: csr_matrix, edges: np.ndarray) -> np.ndarray:
    """Distances from a few nodes: the first has most edges, each next one is the farthest from
    all before it, of those that have several."""
    degree = np.bincount(edges.ravel())
    next_one = int(degree.argmax())
    rows: list[np.ndarray] = []
    for _ in range(_PIVOTS):
        rows.append(dijkstra(joined, directed=False, unweighted=True, indices=next_one))
        next_one = int(np.where(degree > 1, np.min(rows, axis=0), -1).argmax())
    return np.array(rows)


class _Few:
    """Forces on a few nodes: springs of one spacing along edges, repulsion from what is near."""

    def __init__(self, n: int, edges: np.ndarray):
        pull = np.zeros((n, n))
        share = np.sqrt(np.bincount(edges.ravel(), minlength=n))
        pull[edges[:, 0], edges[:, 1]] = pull[edges[:, 1], edges[:, 0]] = _PULL
        self._pull = pull / share[:, None]
        self._itself = np.eye(n) * 1e9

    def __call__(self, at: Points) -> Points:
        between = at[None] - at[:, None]
        squared = np.maximum((between**2).sum(axis=2), 0.01) + self._itself
        push = np.where(squared < _NEAR**2, _PUSH / squared, 0.0)
        along = self._pull * (1 - 1 / np.sqrt(squared)) - push
        return np.asarray(np.einsum("ij,ijk->ik", along, between))


class _Many:
    """The same for many, of which most are not near."""

    def __init__(self, n: int, edges: np.ndarray):
        self._one, self._other = edges[:, 0], edges[:, 1]
        share = np.sqrt(np.bincount(edges.ravel(), minlength=n))[edges]
        self._pull = _PULL / share

    def __call__(self, at: Points) -> Points:
        force = np.zeros_like(at)
        along = at[self._other] - at[self._one]
        length = np.maximum(np.sqrt((along**2).sum(axis=1)), 0.1)[:, None]
        along *= 1 - 1 / length
        _add(force, self._one, along * self._pull[:, :1])
        _add(force, self._other, -along * self._pull[:, 1:])
        near = cKDTree(at).query_pairs(_NEAR, output_type="ndarray")
        if len(near):
            between = at[near[:, 1]] - at[near[:, 0]]
            squared = np.maximum((between**2).sum(axis=1), 0.01)[:, None]
            push = between * (_PUSH / squared)
            _add(force, near[:, 0], -push)
            _add(force, near[:, 1], push)
        return force


def _kept_apart(at: Points) -> Points:
    """What moves nodes apart that would cover each other."""
    moved = np.zeros_like(at)
    close = cKDTree(at).query_pairs(_CLEAR, output_type="ndarray")
    if len(close):
        between = at[close[:, 1]] - at[close[:, 0]]
        length = np.maximum(np.sqrt((between**2).sum(axis=1)), 1e-6)[:, None]
        step = between / length * np.maximum((_CLEAR - length) / 2, 0.002)
        _add(moved, close[:, 0], -step)
        _add(moved, close[:, 1], step)
    return moved


def _add(to: Points, where: np.ndarray, what: Points) -> None:
    for axis in range(2):
        to[:, axis] += np.bincount(where, what[:, axis], minlength=len(to))
