"""What carries a link and what would break it, and the graph of the strongest links: by hand."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isclose
from pathlib import Path

import pytest
from tests.faces.web.conftest import HELD, MARA
from tests.faces.web.linked_unit import LINK, WEAK, WITH_BO, add_links

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.workbench.unit_graph import GraphAsked, UnitGraph
from reopen.faces.workbench.unit_views import LinkRow, LinkView
from reopen.faces.workbench.unit_why import carried_by
from reopen.records.base import Ref
from reopen.records.results import FoundLink
from reopen.store.unit import create_unit, open_unit


def view(terms: Mapping[str, object]) -> LinkView:
    link = FoundLink(id="L", link="stain with stain", one="A", other="B", weight_log10=5.0)
    return LinkView(LinkRow(link, None, "", True), None, terms, (), ())


def test_the_fewest_strongest_loci_make_half_and_take_it_below_the_least() -> None:
    loci = {"a": 1.0, "b": 4.0, "c": 2.0, "d": 3.0, "e": -1.0}  # 10 for it, 1 against it
    carried = carried_by(view({"log10": 9.0, "per_locus": loci}))
    assert carried is not None
    assert list(carried.terms) == ["b", "d", "c", "a", "e"]
    assert carried.half == ("b", "d")  # 4 is less than 5, 7 is not
    assert carried.without == 5.0
    assert carried.below == 2  # 5.0 stands above 3, 2.0 below it
    assert carried.against == {"e": -1.0}
    assert carried.other == {}


def test_what_belongs_to_no_locus_is_a_row_of_its_own() -> None:
    terms = {"log10": 4.0, "per_locus": {"a": 5.0}, "other_terms": {"which contributor": -0.75}}
    carried = carried_by(view(terms))
    assert carried is not None
    assert carried.other["which contributor"] == -0.75
    assert isclose(sum(carried.terms.values()) + sum(carried.other.values()), 4.0)


def test_a_link_that_never_falls_below_the_least_says_so_by_saying_nothing() -> None:
    carried = carried_by(view({"log10": 9.0, "per_locus": {"a": 1.0, "b": 0.5}}))
    assert carried is not None
    assert carried.below is None


@pytest.mark.parametrize(
    "terms",
    [{}, {"log10": 5.0, "per_locus": {}}, {"log10": -inf, "per_locus": {"a": -inf}}],
    ids=["none kept", "no loci", "excluded"],
)
def test_nothing_is_said_of_terms_that_are_not_there(terms: Mapping[str, object]) -> None:
    assert carried_by(view(terms)) is None


@pytest.fixture(scope="module")
def unit_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unit") / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    add_links(path)
    return path


def test_where_there_are_too_many_the_strongest_links_are_shown(unit_file: Path) -> None:
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        graph = UnitGraph(reader)
        few = graph.asked(GraphAsked(), most=4)  # two exhibits with their cases
        assert [each.link.id for each in few.links] == [LINK]
        assert (few.left_out, few.left_out_log10) == (2, 4.9)
        assert len(few.nodes) == 4  # and no room for those who are there for a role alone
        assert [each.link.id for each in graph.asked(GraphAsked()).links] == [LINK, WITH_BO, WEAK]


def test_roles_are_there_unless_they_are_not_asked_for(unit_file: Path) -> None:
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        graph = UnitGraph(reader)
        without = graph.asked(GraphAsked(roles=False))
        assert {tie.says for tie in without.ties} == {"taken in"}
        assert not without.roles_left_out


def test_a_node_that_no_link_leads_to_and_a_time_that_is_none_are_refused(unit_file: Path) -> None:
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        graph = UnitGraph(reader)
        with pytest.raises(UnknownName, match="no case K 2/3"):
            graph.around(Ref("case", "K 2/3"))
        with pytest.raises(InvalidRecord, match="From 1990 to 1980"):
            graph.asked(GraphAsked(first="1990", last="1980"))
