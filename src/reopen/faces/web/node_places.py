"""Where the board's nodes lie for each actor, kept from visit to visit in the board's state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reopen.faces.web.layout import Point, places
from reopen.faces.web.state import State


def kept_places(state: State, actor: str) -> dict[str, Point]:
    rows = state.rows("SELECT node, x, y FROM node_place WHERE actor = ?", (actor,))
    return {row["node"]: (row["x"], row["y"]) for row in rows}


def placed(
    state: State, actor: str, nodes: Sequence[str], edges: Iterable[tuple[str, str]]
) -> Mapping[str, Point]:
    """A place for each node: as kept, and new ones are kept from now on."""
    kept = kept_places(state, actor)
    if all(node in kept for node in nodes):
        return kept
    found = places(nodes, edges, kept)
    with state.together():
        for node in nodes:
            if node not in kept:  # another page of the same actor may have been first
                state.run(
                    "INSERT OR IGNORE INTO node_place (actor, node, x, y) VALUES (?, ?, ?, ?)",
                    (actor, node, *found[node]),
                )
    return kept_places(state, actor)


def forget_places(state: State, actor: str) -> None:
    """The next visit lays everything out anew."""
    state.run("DELETE FROM node_place WHERE actor = ?", (actor,))
