"""A whole search of a small invented unit whose truth is known."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest

from reopen.formats import library
from reopen.link import LinkOptions, LinkResult, link
from reopen.link.dna import AVERAGING, WHICH
from reopen.records import (
    End,
    Link,
    LinkKind,
    NotWeighed,
    Peak,
    Population,
    Propositions,
    Purpose,
    Reference,
    Replicate,
    Stain,
    allele,
    proposition,
)
from reopen.weigh.averaged import DRAWS
from reopen.weigh.compare import compare, reference_likelihoods
from reopen.weigh.evaluate import weigh
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter

KIT = library.kit("Identifiler")
POPULATION = Population(library.population("nist1036-cauc"))
MODEL = PeakModel(stutter=Stutter(back=False))


def _unit() -> tuple[list[Stain], list[Reference]]:
    rng = np.random.default_rng(7)
    donor, victim, stranger = draw_references(rng, POPULATION, ["donor", "victim", "stranger"])
    staff = draw_references(rng, POPULATION, ["staff"], purpose=Purpose.STAFF)[0]
    others = draw_references(rng, POPULATION, [f"other {k}" for k in range(20)])
    single = PeakParameters((1.0,), 900.0, 0.2, 0.85)
    mixed = PeakParameters((0.7, 0.3), 900.0, 0.2, 0.85)

    def stain(name: str, people: list[Reference], how: PeakParameters) -> Stain:
        drawn = draw_stain(rng, people, POPULATION, KIT, how, MODEL, id=name)
        return Stain(name, drawn.replicates, KIT.name)

    stains = [
        stain("clean", [donor], single),
        stain("mixed", [victim, donor], mixed),
        stain("gloves", [stranger, staff], mixed),
    ]
    return stains, [victim, staff, *others]


@pytest.fixture(scope="module")
def result() -> LinkResult:
    stains, references = _unit()
    blank = Stain("blank", (Replicate("1", dict.fromkeys(stains[0].loci, ())),), KIT.name)
    bare = Replicate("1", {stains[0].loci[0]: (Peak(allele("15")),)})
    return link(
        [*stains, blank, Stain("no heights", (bare,), KIT.name)],
        references,
        POPULATION,
        {KIT.name: KIT},
        MODEL,
        LinkOptions(workers=2),
    )


def _between(result: LinkResult, one: str, other: str) -> Link | None:
    found = [x for x in result.links if {x.one.profile, x.other.profile} == {one, other}]
    assert len(found) <= 1
    return found[0] if found else None


def test_true_links_are_found_and_no_other(result: LinkResult) -> None:
    pairs = {frozenset((x.one.profile, x.other.profile)) for x in result.links}
    assert pairs == {
        frozenset(("clean", "mixed")),
        frozenset(("mixed", "victim")),
        frozenset(("gloves", "staff")),
    }
    assert [x.weight for x in result.links] == sorted(x.weight for x in result.links)[::-1]


def test_each_link_says_what_it_is(result: LinkResult) -> None:
    series, hit = _between(result, "clean", "mixed"), _between(result, "mixed", "victim")
    glove = _between(result, "gloves", "staff")
    assert series
    assert hit
    assert glove
    assert series.kind is LinkKind.STAIN_STAIN
    assert hit.kind is LinkKind.STAIN_REFERENCE
    assert glove.kind is LinkKind.STAIN_STAFF
    assert hit.one == End("mixed", 1, 2, hit.one.proportion)
    assert hit.one.proportion == pytest.approx(0.7, abs=0.1)
    assert glove.one.contributor == 2
    assert {x.relation for x in result.links} == {"same person"}


def test_terms_sum_to_the_total_and_the_remainder_is_named(result: LinkResult) -> None:
    for item in result.links:
        assert sum(item.terms.values()) == pytest.approx(item.log10, abs=1e-9)
        assert set(item.other_terms) <= {WHICH, AVERAGING}
        if WHICH in item.other_terms:  # at most the logarithm of the number of pairs
            assert -log10(4) - 1e-9 <= item.other_terms[WHICH] <= 1e-9
        if AVERAGING in item.other_terms:  # terms are those of the draw with the largest LR
            assert -log10(DRAWS) - 1e-9 <= item.other_terms[AVERAGING] <= 1e-9


def test_a_link_is_the_mean_of_the_one_comparison_over_draws(result: LinkResult) -> None:
    """Pair by pair and draw by draw with `compare`, and the mean of the ratios themselves."""
    hit = _between(result, "mixed", "victim")
    assert hit
    (solved,) = (s for s in result.stains if s.stain.id == "mixed")
    (victim,) = (r for r in result.references if r.id == "victim")
    known = reference_likelihoods(victim)
    assert solved.averaged
    ratios = [
        [10 ** compare(one, known, POPULATION).log10 for one in contributors]
        for contributors in solved.averaged.draws
    ]
    assert len(ratios) == DRAWS
    # the search's tables also list alleles that only others carry, at the least frequency
    assert hit.log10 == pytest.approx(log10(np.mean(ratios)), abs=0.1)
    best = max(range(DRAWS), key=lambda k: sum(ratios[k]))
    alone = compare(solved.averaged.draws[best][0], known, POPULATION)
    assert set(alone.per_locus) == set(hit.per_locus)
    for locus, term in hit.per_locus.items():
        assert alone.per_locus[locus] == pytest.approx(term, abs=0.02)


def test_two_stains_are_compared_draw_by_draw(result: LinkResult) -> None:
    series = _between(result, "clean", "mixed")
    assert series
    clean, mixed = (
        next(s for s in result.stains if s.stain.id == name) for name in ("clean", "mixed")
    )
    assert clean.averaged
    assert mixed.averaged
    ratios = [
        np.mean([10 ** compare(one, other, POPULATION).log10 for one in first for other in second])
        for first, second in zip(clean.averaged.draws, mixed.averaged.draws, strict=True)
    ]
    assert series.log10 == pytest.approx(log10(np.mean(ratios)), abs=0.1)


def test_without_averaging_the_fit_is_taken_for_certain() -> None:
    stains, references = _unit()
    options = LinkOptions(averaging=None)
    found = link(stains, references, POPULATION, {KIT.name: KIT}, MODEL, options)
    hit = _between(found, "mixed", "victim")
    assert hit
    (solved,) = (s for s in found.stains if s.stain.id == "mixed")
    assert solved.averaged is None
    (victim,) = (r for r in found.references if r.id == "victim")
    alone = [
        compare(one, reference_likelihoods(victim), POPULATION)
        for one in solved.deconvolution.likelihoods
    ]
    assert set(hit.other_terms) <= {WHICH}
    expected = log10(np.mean([10**one.log10 for one in alone]))
    assert hit.log10 == pytest.approx(expected, abs=0.1)


def test_chance_counts_all_comparisons_and_stays_below_comparisons_over_the_lr(
    result: LinkResult,
) -> None:
    assert result.comparisons == {
        LinkKind.STAIN_REFERENCE: 3 * 21,
        LinkKind.STAIN_STAFF: 3,
        LinkKind.STAIN_STAIN: 3,
        LinkKind.REFERENCE_REFERENCE: 22 * 21 // 2,
    }
    for item in result.links:
        comparisons = result.comparisons[item.kind]
        bound = comparisons * 10**-item.weight
        chance = item.by_chance
        assert chance
        assert item.expected_chance == chance.high
        if item.kind is LinkKind.STAIN_STAIN:
            assert chance.bounded == comparisons
            assert (chance.low, chance.high) == (0.0, pytest.approx(bound, rel=1e-9, abs=0))
        else:
            assert chance.sampled == comparisons
            assert 0 < chance.low <= chance.expected <= chance.high < bound / 10


def test_links_with_references_are_weighed_in_full(result: LinkResult) -> None:
    for place, item in enumerate(result.links):
        if item.kind is LinkKind.STAIN_STAIN:
            assert item.in_full is None
            assert place not in result.in_full
            continue
        (solved,) = (s for s in result.stains if s.stain.id == item.one.profile)
        (person,) = (r for r in result.references if r.id == item.other.profile)
        pair = Propositions(
            proposition(person, unknowns=1), proposition(unknowns=2, non_contributors=(person,))
        )
        again = weigh(solved.stain, pair, POPULATION, KIT, MODEL)
        assert result.in_full[place].log10 == pytest.approx(again.log10, abs=1e-6)
        assert item.in_full == pytest.approx(again.log10 - log10(2), abs=1e-6)
        assert item.weight == min(item.log10, item.in_full or np.inf)


def test_what_could_not_be_weighed_is_listed_and_counts_as_no_comparison(
    result: LinkResult,
) -> None:
    listed = {item.what: item.reason for item in result.not_weighed}
    assert "no peak at or above the threshold" in listed["blank"]
    assert any("no heights" in what and "height" in why for what, why in listed.items())
    assert {s.stain.id for s in result.stains} == {"clean", "mixed", "gloves"}


def test_a_stop_ends_the_work_at_once() -> None:
    stains, references = _unit()

    class Stopped(Exception):
        pass

    def stop(step: str, done: int, of: int) -> None:
        if done == 1:
            raise Stopped(f"{step} {done} of {of}")

    with pytest.raises(Stopped, match="weighing stains 1 of 3"):
        link(stains, references, POPULATION, {KIT.name: KIT}, MODEL, progress=stop)


def test_threads_do_not_change_a_number(result: LinkResult) -> None:
    stains, references = _unit()
    one = link(stains, references, POPULATION, {KIT.name: KIT}, MODEL, LinkOptions(workers=1))
    assert [(x.one, x.other, x.log10, x.in_full) for x in one.links] == [
        (x.one, x.other, x.log10, x.in_full) for x in result.links
    ]


def test_an_unknown_kit_is_weighed_without_degradation_and_says_so() -> None:
    stains, _ = _unit()
    found = link(stains[:2], [], POPULATION, {}, MODEL)
    (item,) = found.links
    assert "clean: kit not known, degradation not modelled" in item.remarks


def test_loci_that_no_population_lists_and_three_alleles_are_listed() -> None:
    stains, references = _unit()
    first = stains[0].loci[0]
    odd = Reference("odd", {first: references[0].genotypes[first]} | {
        stains[0].loci[1]: type(references[0].genotypes[first])(
            (allele("8"), allele("9"), allele("10"))
        ),
        "NOWHERE": references[0].genotypes[first],
    })  # fmt: skip
    found = link(stains[:1], [odd], POPULATION, {KIT.name: KIT}, MODEL)
    reasons = {item.what: item.reason for item in found.not_weighed}
    assert "three alleles" in reasons[f"odd {stains[0].loci[1]}"]
    assert "no frequencies" in reasons["NOWHERE"]
    assert all(isinstance(item, NotWeighed) for item in found.not_weighed)
