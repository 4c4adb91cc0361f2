"""The triangle of identity by descent: points where they belong, contradictions named."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from reopen.faces.report.triangle import LEFT, SIDE, TOP, PairPoint, triangle

SISTERS = PairPoint("A & B", (0.25, 0.5, 0.25), (0.25, 0.5, 0.25), "full siblings")
WRONG = PairPoint("father and <C>", (0.9, 0.1, 0.0), (0.0, 1.0, 0.0), "parent and child", True)


def places(svg: str) -> list[tuple[float, float]]:
    root = ElementTree.fromstring(svg)
    return [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter("circle")]


def test_points_stand_at_their_kappa() -> None:
    assert places(str(triangle([SISTERS], "Pairs"))) == [(LEFT + SIDE / 4, TOP + SIDE * 3 / 4)]


def test_contradictions_are_named_and_led_to_what_is_stated() -> None:
    drawn = str(triangle([WRONG, SISTERS], "Pairs"))
    assert "not as the pedigree says: father and &lt;C&gt;." in drawn
    dashed = [
        line.attrib for line in ElementTree.fromstring(drawn).iter("line")
        if "stroke-dasharray" in line.attrib
    ]  # fmt: skip
    assert [(float(d["x1"]), float(d["y1"])) for d in dashed] == [(LEFT, TOP + SIDE)]
    assert len(re.findall(r"<circle", drawn)) == 2


def test_nothing_wrong_is_said_in_words() -> None:
    assert "not as the pedigree says: none." in str(triangle([SISTERS], "Pairs"))


def test_more_contradictions_than_the_margin_holds() -> None:
    many = [
        PairPoint(f"pair {k}", (k / 100, 1 - k / 100, 0.0), (0.0, 0.0, 1.0), flagged=True)
        for k in range(60)
    ]
    drawn = str(triangle(many, "Pairs"))
    named = len(re.findall(r">pair \d+</text>", drawn))
    assert f"and {60 - named} more" in drawn


def test_a_pair_in_dispute_is_led_to_every_hypothesis() -> None:
    """Brown, named, with an open square where full and half siblings belong."""
    disputed = PairPoint(
        "A and B", (0.3, 0.5, 0.2),
        places=(((0.25, 0.5, 0.25), "full siblings (H1)"), ((0.5, 0.5, 0.0), "half siblings (H2)")),
    )  # fmt: skip
    drawn = str(triangle([disputed, SISTERS], "Pairs"))
    assert "In dispute: A and B." in drawn
    squares = [
        (float(r.attrib["x"]) + 4, float(r.attrib["y"]) + 4)
        for r in ElementTree.fromstring(drawn).iter("rect")
        if r.attrib.get("width") == "8"
    ]
    assert squares == [(LEFT + SIDE / 4, TOP + SIDE * 3 / 4), (LEFT + SIDE / 2, TOP + SIDE)]
    assert "A and B: half siblings (H2)" in drawn
