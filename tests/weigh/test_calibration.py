"""What a laboratory's exports tell of its settings: edges that filters leave, and that they do not.

Stains are invented and drawn from the model; the filters are applied here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from reopen.formats import library
from reopen.records import Allele, Peak, Population, Stain
from reopen.weigh.calibration import learn_model
from reopen.weigh.chains import one_repeat_from
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain

KIT = library.kit("GlobalFiler")
POPULATION = Population(library.population("nist1036-cauc"))
Heights = Mapping[Allele, float]


def exports(removed: Callable[[Heights, Allele], bool], n: int = 60) -> tuple[Stain, ...]:
    """Single-source stains of about 2,000 RFU with 8 % stutter, without the peaks removed."""
    rng = np.random.default_rng(1)
    people = draw_references(rng, POPULATION, [f"P{k}" for k in range(n)])
    parameters = PeakParameters((1.0,), 2000.0, 0.2, 0.9, 0.08)
    drawn = [
        draw_stain(rng, [person], POPULATION, KIT, parameters, PeakModel(), id=person.id)
        for person in people
    ]
    return tuple(_without(stain, removed) for stain in drawn)


def _without(stain: Stain, removed: Callable[[Heights, Allele], bool]) -> Stain:
    def kept(peaks: tuple[Peak, ...]) -> tuple[Peak, ...]:
        heights = {p.allele: p.height_rfu for p in peaks if p.height_rfu is not None}
        return tuple(p for p in peaks if not removed(heights, p.allele))

    (replicate,) = stain.replicates
    peaks = {locus: kept(found) for locus, found in replicate.peaks.items()}
    return replace(stain, replicates=(replace(replicate, peaks=peaks),))


def under_15_percent(heights: Heights, label: Allele, *, of_highest: bool) -> bool:
    parent = one_repeat_from(label, +1)
    height = heights.get(parent, 0.0) if parent is not None else 0.0
    if of_highest and height < max(heights.values()):
        return False
    return heights[label] < 0.15 * height


def test_stutter_left_in_is_no_filter() -> None:
    learnt = learn_model(exports(lambda heights, label: False), KIT)
    assert learnt.stutter.back
    assert (learnt.filters.back, learnt.filters.of_highest) == (0.0, False)


def test_a_filter_shows_as_an_edge() -> None:
    stains = exports(lambda h, a: under_15_percent(h, a, of_highest=False), 150)
    learnt = learn_model(stains, KIT)
    assert not learnt.stutter.back
    assert not learnt.filters.of_highest
    assert isinstance(learnt.filters.back, Mapping)
    edges = [edge for edge in learnt.filters.back.values() if edge > 0]
    assert len(edges) > 5
    assert min(edges) >= 0.15


def test_a_filter_beside_the_highest_peak_leaves_the_others_stutter() -> None:
    """As in PROVEDIt's public peak-height matrix, which an edge of all ratios called 5 %."""
    stains = exports(lambda h, a: under_15_percent(h, a, of_highest=True), 150)
    learnt = learn_model(stains, KIT)
    assert learnt.stutter.back
    assert learnt.filters.of_highest
    assert isinstance(learnt.filters.back, Mapping)
    assert all(edge == 0 or edge >= 0.15 for edge in learnt.filters.back.values())
    assert any(edge > 0 for edge in learnt.filters.back.values())
