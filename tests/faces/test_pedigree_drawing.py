"""Pedigrees as pictures: nobody over anybody else, children below parents, standard symbols."""

from __future__ import annotations

from itertools import combinations

import pytest
from lxml import etree
from tests.faces.pedigrees import (
    FATHER_AND_DAUGHTER,
    HALF_SIBLINGS,
    TRIO,
    TWINS,
    UNCLE_AND_NIECE,
    pedigree,
    random_pedigree,
)

from reopen.faces.report.pedigree_drawing import pedigree_drawing
from reopen.faces.report.pedigree_layout import PedigreeLayout, lay_out, name_lines
from reopen.faces.report.pedigree_lines import HALF, Line
from reopen.faces.report.pedigree_part import joining_part
from reopen.faces.report.pedigree_rows import generations
from reopen.records import Pedigree
from reopen.weigh.identity import identity

KNOWN = (TRIO, HALF_SIBLINGS, FATHER_AND_DAUGHTER, UNCLE_AND_NIECE, TWINS)
ALL = (*KNOWN, *(random_pedigree(seed) for seed in range(60)))


def at(layout: PedigreeLayout) -> dict[str, tuple[float, float]]:
    return {symbol.id: (symbol.x, symbol.y) for symbol in layout.symbols}


@pytest.mark.parametrize("people", ALL)
def test_everybody_is_drawn_once_and_nobody_over_anybody_else(people: Pedigree) -> None:
    layout = lay_out(people)
    assert sorted(symbol.id for symbol in layout.symbols) == sorted(people.ids)
    for one, other in combinations(layout.symbols, 2):
        apart = abs(one.x - other.x) >= layout.name_width - 1e-6
        assert apart or abs(one.y - other.y) >= 2 * HALF + 9
    for symbol in layout.symbols:
        assert HALF <= symbol.x <= layout.width - HALF + 1e-6
        assert HALF <= symbol.y <= layout.height - HALF


@pytest.mark.parametrize("people", ALL)
def test_every_child_stands_below_both_parents(people: Pedigree) -> None:
    places = at(lay_out(people))
    for member in people.members:
        for parent in member.parents:
            assert places[member.id][1] > places[parent][1] + 2 * HALF


@pytest.mark.parametrize("people", ALL)
def test_a_line_of_descent_leads_to_brothers_and_sisters_and_to_nobody_else(
    people: Pedigree,
) -> None:
    layout = lay_out(people)
    places = at(layout)
    wire = connected([line for line in layout.lines if line.kind in ("descent", "twins")])
    children = [member for member in people.members if member.parents]
    end = {m.id: (places[m.id][0], places[m.id][1] - HALF) for m in children}
    led = {
        m.id: next(i for line, i in wire.items() if any(near(end[m.id], p) for p in line.points))
        for m in children
    }
    for one, other in combinations(children, 2):
        assert (led[one.id] == led[other.id]) == (one.parents == other.parents)


def connected(lines: list[Line]) -> dict[Line, int]:
    """A number for each line, the same for those of which one ends on the other."""
    number = {line: i for i, line in enumerate(lines)}
    for one, other in combinations(lines, 2):
        if any(on(p, other) for p in one.points) or any(on(p, one) for p in other.points):
            old, new = number[one], number[other]
            number = {line: new if i == old else i for line, i in number.items()}
    return number


def near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(one[0] - other[0]) < 0.05 and abs(one[1] - other[1]) < 0.05


def on(point: tuple[float, float], line: Line) -> bool:
    (a, b), (c, d) = line.points
    x, y = point
    return (
        min(a, c) - 0.05 <= x <= max(a, c) + 0.05
        and min(b, d) - 0.05 <= y <= max(b, d) + 0.05
        and abs((c - a) * (y - b) - (d - b) * (x - a)) < 0.5
    )


def test_generations_of_couples_are_the_same_unless_one_descends_from_the_other() -> None:
    row = generations(UNCLE_AND_NIECE)
    assert row["uncle"] == row["niece"] == row["father"] + 1
    row = generations(FATHER_AND_DAUGHTER)
    assert (row["father"], row["daughter"], row["child"]) == (0, 1, 2)


def test_relatives_who_are_parents_have_a_double_line_and_others_do_not() -> None:
    for people, related in ((TRIO, 0), (UNCLE_AND_NIECE, 1)):
        lines = [line for line in lay_out(people).lines if line.kind == "related"]
        assert len(lines) == related


def test_identical_twins_hang_on_one_point_with_a_bar() -> None:
    layout = lay_out(TWINS)
    places = at(layout)
    slanting = [line for line in layout.lines if line.kind == "twins"]
    starts = {line.points[0] for line in slanting[:2]}
    assert (len(slanting), len(starts)) == (3, 1)
    ends = {round(line.points[1][0], 6) for line in slanting[:2]}
    assert ends == {round(places[id][0], 6) for id in ("one", "two")}


def test_unrelated_people_stand_beside_the_family() -> None:
    places = at(lay_out(pedigree("a m\nb f\nc u a b\nstranger m")))
    assert places["stranger"][1] == places["a"][1]
    assert places["stranger"][0] > max(places[id][0] for id in "abc")


def test_symbols_say_sex_profile_and_who_is_missing() -> None:
    drawn = etree.fromstring(
        pedigree_drawing(
            TRIO, "Paternity", typed=["child"], missing=["father"], deceased=["mother"]
        )
    )
    told = [node.text for node in drawn.iterfind(".//g/title")]
    assert told == ["father: male, missing", "mother: female, deceased", "child: female, typed"]
    assert (len(drawn.findall(".//rect")), len(drawn.findall(".//circle"))) == (1, 2)
    assert "?" in [node.text for node in drawn.iter("text")]
    assert len(drawn.findall(".//line")) == 1
    filled = [node.get("fill") for node in drawn.findall(".//circle")]
    assert filled[0] != filled[1]
    assert drawn.findtext("desc") == (
        "child is a child of father and mother. no parents given: father, mother. typed: child. "
        "missing: father."
    )


def test_names_are_escaped_and_long_ones_are_cut_with_the_whole_name_in_the_title() -> None:
    name = "Ann<b>&remains-K-1987-031/A2-of-the-lake"
    drawn = etree.fromstring(pedigree_drawing(pedigree(f"{name} f"), "One person"))
    assert drawn.findtext(".//g/title") == f"{name}: female"
    shown = [node.text for node in drawn.iter("text")]
    assert shown == ["Ann<b>&rema", "ins-K-1987…"]
    assert name_lines("grandmother of the child") == ("grandmother", "of the chi…")
    assert name_lines("K-1987-031/A2") == ("K-1987-031/", "A2")
    assert name_lines("child") == ("child",)


def test_a_wide_pedigree_of_many_parts_is_wrapped_to_the_width_of_a_page() -> None:
    many = pedigree("\n".join(f"stranger-number-{i} m" for i in range(40)))
    assert lay_out(many).width <= 780


def test_of_a_large_pedigree_those_who_join_the_typed_are_kept() -> None:
    people = pedigree("""
        ggf m
        ggm f
        gf m ggf ggm
        gm f
        father m gf gm
        mother f
        aunt f gf gm
        nobody m
        cousin m nobody aunt
        child f father mother
        child2 f father mother
        husband m
        grandchild u husband child2
    """)
    part = joining_part(people, ["child", "cousin"])
    assert part.ids == ("gf", "gm", "father", "mother", "aunt", "nobody", "cousin", "child")
    assert part.member("gf").is_founder
    assert joining_part(people, ["child"]).ids == ("child",)
    assert joining_part(TWINS, ["one", "two"]).twins == TWINS.twins


@pytest.mark.parametrize("seed", range(30))
def test_the_part_that_joins_people_has_them_all_as_they_were_related(seed: int) -> None:
    people = random_pedigree(seed)
    ids = people.ids[:3]
    part = joining_part(people, ids)
    assert set(ids) <= set(part.ids)
    for one, other in combinations(ids, 2):
        assert identity(people, one, other).delta == pytest.approx(identity(part, one, other).delta)
