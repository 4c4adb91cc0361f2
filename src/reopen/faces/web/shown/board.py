"""The board: cases, exhibits, people and families, and the links between them, as a picture and as
a list of the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
from fastapi import Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from reopen.faces.report.pictures import SHADES
from reopen.faces.report.wording import log10_text
from reopen.faces.web.graph_kept import kept_graph
from reopen.faces.web.layout import Point, Points, is_freer_below, outline
from reopen.faces.web.looks import Look
from reopen.faces.web.names_in_paths import name_in_path
from reopen.faces.web.node_places import forget_places, kept_places, placed
from reopen.faces.web.pages import Looking, Pages, view
from reopen.faces.web.shared import Changing, shared_of
from reopen.faces.web.shown.asked import Number, Text, YesOrNo
from reopen.faces.workbench.unit_graph import (
    Graph,
    GraphAsked,
    GraphLink,
    GraphNode,
    Grouped,
    Tie,
)
from reopen.records.base import Ref
from reopen.records.series import FoundSeries
from reopen.store.log import CHANGES, newest

pages = Pages("Board")
router = pages.router

STEPS = tuple(low for low, _, _ in SHADES[2:])
"""Lower edges of the steps of strength, in log10 LR, as reports shade them."""

KINDS = {
    "case": ("Cases", "case"),
    "exhibit": ("Exhibits", "exhibit"),
    "person": ("People", "person"),
    "family": ("Families of somebody missing", "family"),
    "profile": ("Other profiles", "profile"),
    "database": ("Of a database", "somebody of a database"),
}
"""What nodes are: in a list, and one of them."""

_WHERE = {
    "case": "/cases", "exhibit": "/evidence", "person": "/people", "family": "/families",
    "profile": "/stains",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BoardNode:
    """A node. id: kind and name; says: what is recorded of it in a few words; x, y: in pixels."""

    id: str
    kind: str
    name: str
    says: str
    href: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class BoardLink:
    """A link between two nodes.

    log10     the lower of the LR in the search and in full; weight: the same as it is shown
    strength  from 1, its step among the legend's
    nature    of the relation: same person, relative, or the missing member of a family
    """

    id: str
    one: str
    other: str
    relation: str
    log10: float
    weight: str
    strength: int
    nature: str
    href: str


@dataclass(frozen=True, slots=True)
class BoardTie:
    """What a record says of two nodes: taken in, suspect."""

    one: str
    other: str
    says: str


@dataclass(frozen=True, slots=True)
class BoardSeries:
    """A series, and the area around those of its nodes that are shown.

    corners      relative to its middle, from -1 to 1
    named_below  its name has more room below the area than above
    """

    id: str
    name: str
    traces: int
    holds_by_log10: float
    nodes: tuple[str, ...]
    href: str
    x: float
    y: float
    width: float
    height: float
    corners: tuple[Point, ...]
    named_below: bool


@dataclass(frozen=True, slots=True)
class BoardAsked:
    """What was asked for, as it was written."""

    least: float | None
    relation: str
    first: str
    last: str
    series: str
    words: str
    roles: bool | None

    @property
    def any(self) -> bool:
        asked = (self.relation, self.first, self.last, self.series, self.words)
        return self.least is not None or any(asked)

    @property
    def query(self) -> str:
        """As an address has it."""
        given = {"least": self.least, "relation": self.relation, "from": self.first,
                 "to": self.last, "series": self.series, "words": self.words}  # fmt: skip
        return urlencode({name: value for name, value in given.items() if value not in ("", None)})


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The board as one actor may see it.

    relations, every_series  that can be asked for
    steps           lower edges of the steps of strength, in log10 LR
    left_out        links that were asked for and are too many to show; left_out_log10: the log10 LR
                    of the strongest of them
    roles_left_out  whether there are too many roles of people in cases to show them unasked
    undated         cases of links of which nothing says when they happened, where a time was asked
    """

    asked: BoardAsked
    nodes: tuple[BoardNode, ...]
    links: tuple[BoardLink, ...]
    ties: tuple[BoardTie, ...]
    series: tuple[BoardSeries, ...]
    relations: tuple[str, ...]
    every_series: tuple[tuple[str, str], ...]
    steps: tuple[float, ...]
    left_out: int
    left_out_log10: float | None
    roles_left_out: bool
    undated: int

    @property
    def drawing(self) -> dict[str, Any]:
        """What the script draws: of these same values those that a picture has."""
        return {
            "nodes": [_picked(each, "id", "kind", "name", "x", "y") for each in self.nodes],
            "links": [
                _picked(each, "id", "one", "other", "weight", "strength", "nature")
                for each in self.links
            ],
            "ties": [_picked(each, "one", "other", "says") for each in self.ties],
            "series": [
                _picked(each, "id", "name", "x", "y", "width", "height", "corners", "named_below")
                for each in self.series
            ],
        }

    @property
    def by_kind(self) -> list[tuple[str, str, list[BoardNode]]]:
        """Kind, its name in a list, and the nodes of it."""
        found = (
            (kind, many, [node for node in self.nodes if node.kind == kind])
            for kind, (many, _) in KINDS.items()
        )
        return [each for each in found if each[2]]


@dataclass(frozen=True, slots=True)
class NodePage:
    """One node of the board, and all that hangs on it. where: its own page, '' where it has
    none here."""

    id: str
    kind: str
    name: str
    says: str
    where: str
    links: tuple[BoardLink, ...]
    ties: tuple[BoardTie, ...]
    series: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """newest: number of the newest entry of the unit's log that is no look; it tells only that
    something came."""

    newest: int


def _board(request: Request, look: Look, asked: BoardAsked) -> BoardPage:
    wanted = GraphAsked(
        asked.least, asked.relation, asked.first, asked.last, asked.series, asked.words, asked.roles
    )
    state = shared_of(request).state
    at: Mapping[str, Point] = kept_places(state, look.actor)
    with look.reading() as reader, kept_graph(look, reader, whole=wanted.reads_all) as unit:
        shown = unit.asked(wanted)
        graphs = [shown]
        anew = any(_id(node.ref) not in at for node in shown.nodes)
        if anew and asked.any:  # so that a part lies as it does in the whole
            graphs.insert(0, unit.asked(GraphAsked(roles=asked.roles)))
    if anew:
        at = placed(
            state,
            look.actor,
            [_id(node.ref) for graph in graphs for node in graph.nodes],
            [edge for graph in graphs for edge in _edges(graph)],
        )
    around = np.array([at[_id(node.ref)] for node in shown.nodes]).reshape(-1, 2)
    return BoardPage(
        asked=asked,
        nodes=tuple(_node(node, at[_id(node.ref)]) for node in shown.nodes),
        links=tuple(_link(link) for link in shown.links),
        ties=tuple(_tie(tie) for tie in shown.ties),
        series=tuple(
            _series(each, tuple(at[_id(ref)] for ref in each.nodes), around)
            for each in shown.series
        ),
        relations=unit.relations,
        every_series=tuple((one.id, series_name(one)) for one in unit.series),
        steps=STEPS,
        left_out=shown.left_out,
        left_out_log10=shown.left_out_log10,
        roles_left_out=shown.roles_left_out,
        undated=shown.undated,
    )


def _picked(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _edges(graph: Graph) -> Iterator[tuple[str, str]]:
    joined: Iterable[GraphLink | Tie] = (*graph.links, *graph.ties)
    return ((_id(each.one), _id(each.other)) for each in joined)


def _id(ref: Ref) -> str:
    return f"{ref.kind}:{ref.id}"


def _node(node: GraphNode, at: Point) -> BoardNode:
    ref = node.ref
    return BoardNode(
        _id(ref), ref.kind, ref.id, node.says, f"/board/{ref.kind}/{name_in_path(ref.id)}", *at
    )


def _link(link: GraphLink) -> BoardLink:
    found = link.link
    return BoardLink(
        id=found.id,
        one=_id(link.one),
        other=_id(link.other),
        relation=found.relation,
        log10=found.weight_log10,
        weight=log10_text(found.weight_log10),
        strength=1 + sum(found.weight_log10 >= step for step in STEPS),
        nature=_nature(found.relation),
        href=f"/links/{name_in_path(found.id)}",
    )


def _nature(relation: str) -> str:
    if relation.startswith("same "):
        return "same"
    return "missing" if relation.startswith("missing ") else "relative"


def _tie(tie: Tie) -> BoardTie:
    return BoardTie(_id(tie.one), _id(tie.other), tie.says)


def _series(grouped: Grouped, at: tuple[Point, ...], around: Points) -> BoardSeries:
    """around: where every node lies."""
    series, corners = grouped.series, outline(at)
    (left, right), (top, bottom) = (
        (min(side), max(side)) for side in zip(*corners, strict=True)
    )  # fmt: skip
    x, y, width, height = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    return BoardSeries(
        id=series.id,
        name=series_name(series),
        traces=len(series.profiles),
        holds_by_log10=series.holds_by_log10,
        nodes=tuple(_id(ref) for ref in grouped.nodes),
        href=f"/series/{name_in_path(series.id)}",
        x=round(x, 1),
        y=round(y, 1),
        width=round(width, 1),
        height=round(height, 1),
        corners=tuple(
            (round(2 * (cx - x) / width, 3), round(2 * (cy - y) / height, 3)) for cx, cy in corners
        ),
        named_below=is_freer_below(corners, series_name(series), around),
    )


def series_name(series: FoundSeries) -> str:
    """As the board calls a series: by its size and its first trace."""
    first = min(series.profiles)
    return f"{len(series.profiles)} traces, {first} and others"


def _asked(
    least: Number = None,
    relation: Text = "",
    first: Annotated[str, Query(alias="from", max_length=40)] = "",
    last: Annotated[str, Query(alias="to", max_length=40)] = "",
    series: Text = "",
    words: Text = "",
    roles: YesOrNo = None,
) -> BoardAsked:
    return BoardAsked(least, relation, first, last, series, words, roles)


Asked = Annotated[BoardAsked, Depends(_asked)]


@router.get("/", include_in_schema=False)
def board_page(request: Request, look: Looking, asked: Asked) -> Response:
    return view(request, look, "board.html.j2", _board(request, look, asked))


@router.get("/api/board", tags=["Board"])
def board_twin(request: Request, look: Looking, asked: Asked) -> BoardPage:
    """The graph of cases, exhibits, people and families, with the links between them."""
    return _board(request, look, asked)


@pages.page("/board/{kind}/{id}", "node.html.j2")
def node_page(look: Look, kind: str, id: str) -> NodePage:
    """One node of the board, and all that hangs on it."""
    ref = Ref(kind, id)
    with look.reading() as reader, kept_graph(look, reader, whole=True) as unit:
        graph = unit.around(ref)
    says = next((node.says for node in graph.nodes if node.ref == ref), "")
    where = _WHERE.get(kind, "")
    return NodePage(
        id=_id(ref),
        kind=KINDS.get(kind, ("", kind))[1],
        name=id,
        says=says,
        where=f"{where}/{name_in_path(id)}" if where else "",
        links=tuple(_link(link) for link in graph.links),
        ties=tuple(_tie(tie) for tie in graph.ties),
        series=tuple((each.series.id, series_name(each.series)) for each in graph.series),
    )


@pages.form("/board/anew")
def lay_out_anew(request: Request, look: Changing) -> Response:
    forget_places(shared_of(request).state, look.actor)
    return RedirectResponse("/", 303)


@router.get("/api/changes", tags=["Board"])
def changes_twin(look: Looking) -> Changes:
    """The newest change of the unit: pages that are open ask whether something came."""
    with look.lent() as unit:
        return Changes(newest(unit.db, CHANGES))
