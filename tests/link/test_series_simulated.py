"""Fourteen simulated traces of one donor among forty unrelated ones and a brother's: from peaks to
series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from reopen.formats import library
from reopen.link import LinkOptions, SolvedStain, link, solve
from reopen.link.candidates import search_tables
from reopen.link.series import FoundTogether, series_of
from reopen.records import End, Population, Reference
from reopen.weigh.averaged import Averaging
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_family, draw_references, draw_stain
from reopen.weigh.stutter import Stutter

pytestmark = pytest.mark.slow

KIT = library.kit("Identifiler")
POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
MODEL = PeakModel(stutter=Stutter(back=False))
LOCI = [locus for locus in KIT.loci if locus in POPULATION.frequencies.by_locus]


@pytest.fixture(scope="module")
def stains() -> list[SolvedStain]:
    """A0 to A13: the donor alone and degraded, or beside somebody else; B0 to B2: his brother."""
    rng = np.random.default_rng(14)
    donor, brother = draw_family(rng, POPULATION, "F", "M", ["A", "B"], loci=LOCI).children
    others = draw_references(rng, POPULATION, [f"U{k}" for k in range(55)], loci=LOCI)

    def stain(id: str, people: Sequence[Reference], slope: float) -> SolvedStain:
        shares = (0.75, 0.25) if len(people) == 2 else (1.0,)
        how = PeakParameters(shares, 900.0, 0.2, slope)
        drawn = draw_stain(rng, people, POPULATION, KIT, how, MODEL, id=id, case=f"case {id}")
        known = LinkOptions(contributors=len(people), averaging=Averaging(draws=4))
        return solve(drawn, POPULATION, KIT, MODEL, known)

    found = [stain(f"A{k}", [donor], 0.95 if k < 5 else 0.6) for k in range(9)]
    found += [stain(f"A{k}", [donor, others[k]], 0.9) for k in range(9, 12)]
    found += [stain(f"A{k}", [others[k], donor], 0.9) for k in range(12, 14)]
    found += [stain(f"B{k}", [brother], 0.9) for k in range(2)]
    found.append(stain("B2", [others[14], brother], 0.9))
    return found + [stain(f"U{k}", [others[k]], 0.9) for k in range(15, 55)]


@pytest.fixture(scope="module")
def found(stains: list[SolvedStain]) -> FoundTogether:
    held = {item.stain.id: item for item in stains}
    result = link(
        [item.stain for item in stains],
        [],
        POPULATION,
        {KIT.name: KIT},
        MODEL,
        LinkOptions(in_full=False, workers=1),
        solved_before=held,
    )
    tables = search_tables(LOCI, POPULATION, {})
    return series_of(result.links, result.stains, [], tables)


def ends(found: Sequence[End]) -> set[tuple[str, int | None]]:
    return {(end.profile, end.contributor) for end in found}


def test_the_fourteen_are_one_series_and_the_brothers_another(found: FoundTogether) -> None:
    """The donor is the first contributor of two-person stains A9 to A11, the second of A12, A13."""
    fourteen = {(f"A{k}", 1) for k in range(12)} | {("A12", 2), ("A13", 2)}
    assert [ends(series.ends) for series in found.series] == [
        fourteen, {("B0", 1), ("B1", 1), ("B2", 2)},
    ]  # fmt: skip


def test_what_holds_the_fourteen(found: FoundTogether) -> None:
    series = found.series[0]
    assert series.weakest.log10 > 3
    assert ends(series.weakest.other) == ends([series.weakest_member.end])
    assert all(member.adds > 3 and member.brother > 0 for member in series.members)
    assert series.joints == ()
