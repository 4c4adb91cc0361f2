"""Links become series: what is joined, what is not, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import comb, inf, isclose, log10

import numpy as np
import pytest
from tests.link.solved import left_by, solved, told

from reopen.errors import InvalidRecord, UnknownName
from reopen.formats import library
from reopen.link.candidates import search_tables
from reopen.link.explanations import Context, Convicted, SeriesOptions
from reopen.link.series import FoundTogether, Linked, series_of, strongest_of_each
from reopen.link.stains import SolvedStain
from reopen.link.traces import Traces, ends_of, traces_of
from reopen.records import (
    End,
    GenotypeLikelihoods,
    Link,
    LinkKind,
    Locus,
    LocusLikelihoods,
    Population,
    Reference,
)
from reopen.records.plain import from_plain, to_plain
from reopen.records.series import AlertKind, ExplanationKind, FoundSeries, Series, WhyApart
from reopen.weigh.compare import LocusTable, compare, reference_likelihoods
from reopen.weigh.simulate import draw_family, draw_references

POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
LOCI = list(POPULATION.frequencies.loci)[:21]
TABLES: dict[Locus, LocusTable] = search_tables(LOCI, POPULATION, {})
DONOR, VICTIM, STRANGER, *OTHERS = draw_references(
    np.random.default_rng(20), POPULATION, [f"P{k}" for k in range(12)], loci=LOCI
)
FAMILY = draw_family(np.random.default_rng(21), POPULATION, "F", "M", ["A", "B"], loci=LOCI)
A, B = FAMILY.children


def every_link(solved: Sequence[SolvedStain], references: Sequence[Reference] = ()) -> list[Link]:
    """Every stain with every other and with everybody, as if a search had found it."""
    ids = [item.stain.id for item in solved]
    pairs = [(LinkKind.STAIN_STAIN, *pair) for pair in combinations(ids, 2)]
    pairs += [(LinkKind.STAIN_REFERENCE, id, person.id) for id in ids for person in references]
    return [
        Link(kind, End(one), End(other), "same person", 9.0, {}, 0.0) for kind, one, other in pairs
    ]


def found(
    solved: Sequence[SolvedStain],
    references: Sequence[Reference] = (),
    options: SeriesOptions | None = None,
    context: Context | None = None,
) -> FoundTogether:
    links = every_link(solved, references)
    return series_of(links, solved, references, TABLES, options, context)


def profiles(series: Series) -> set[str]:
    return {end.profile for end in series.ends}


# What is joined.


def test_traces_of_one_donor_are_one_series() -> None:
    stains = [left_by(DONOR, id=f"T{k}") for k in range(3)] + [left_by(STRANGER, id="S")]
    (series,) = found(stains, [DONOR, VICTIM]).series
    assert profiles(series) == {"T0", "T1", "T2", "P0"}
    assert series.cases == ("case of T0", "case of T1", "case of T2")
    assert isclose(series.log10, sum(series.per_locus.values()) + sum(series.other_terms.values()))


def test_a_stain_may_be_in_two_series_with_two_contributors() -> None:
    stains = [left_by(DONOR, VICTIM, id="T0"), left_by(VICTIM, DONOR, id="T1")]
    stains += [left_by(DONOR, id="D"), left_by(VICTIM, id="V")]
    both = found(stains).series
    ends = [{(end.profile, end.contributor) for end in series.ends} for series in both]
    assert {("T0", 1), ("T1", 2), ("D", 1)} in ends
    assert {("T0", 2), ("T1", 1), ("V", 1)} in ends
    assert len(ends) == 2


def test_a_donor_whom_both_contributors_of_a_stain_fit_is_one_series() -> None:
    """Equal amounts: at each locus the likelihoods fit both people alike."""
    both = [told(one, LOCI[:9], 3.0, (DONOR, VICTIM)) for one in (DONOR, VICTIM)]
    either = GenotypeLikelihoods(
        "either",
        {
            locus: LocusLikelihoods(
                seen.alleles, tuple(map(max, seen.ln, both[1].by_locus[locus].ln))
            )
            for locus, seen in both[0].by_locus.items()
        },
    )
    stains = [solved(f"T{k}", [[either, either]]) for k in range(2)]
    result = found([*stains, left_by(DONOR, id="D0"), left_by(DONOR, id="D1")])
    (series,) = result.series
    assert profiles(series) == {"T0", "T1", "D0", "D1"}
    assert WhyApart.SEEN_TWICE in {apart.why for apart in result.kept_apart}


def test_which_of_two_contributors_is_paid_for() -> None:
    alone = found([left_by(DONOR, id="T0"), left_by(DONOR, id="T1")]).series[0]
    mixed = found([left_by(DONOR, VICTIM, id="T0"), left_by(DONOR, id="T1")]).series[0]
    assert isclose(mixed.log10, alone.log10 - log10(2), abs_tol=1e-9)


def test_a_weak_trace_joins_the_series_it_could_not_join_alone() -> None:
    """Three loci with each of two others, none in common with the third and fourth: what pairs
    cannot reach, the whole does. Without the direct link it would not be tried."""
    weak = left_by(DONOR, id="W", loci=LOCI[:4])
    parts = [left_by(DONOR, id="T0", loci=LOCI[:2] + LOCI[6:14])]
    parts += [left_by(DONOR, id="T1", loci=LOCI[2:4] + LOCI[6:14])]
    direct = Traces([weak, *parts], [], TABLES)
    least = max(next(iter(direct.pairs("W", part.stain.id).values())) for part in parts)
    options = SeriesOptions(least_log10=least - 0.01)
    (series,) = found([weak, *parts], options=options).series
    assert profiles(series) == {"W", "T0", "T1"}
    (member,) = [member for member in series.members if member.end.profile == "W"]
    assert member.adds > least + 1


def test_joining_tells_how_far_it_is_and_can_be_stopped() -> None:
    stains = [left_by(DONOR, id=f"T{k}") for k in range(3)]
    told: list[tuple[str, int, int]] = []

    def stopped(step: str, done: int, of: int) -> None:
        told.append((step, done, of))
        if (step, done) == ("joining traces", 1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        series_of(every_link(stains), stains, [], TABLES, progress=stopped)
    assert told[-2:] == [("joining traces", 0, 3), ("joining traces", 1, 3)]


def test_the_order_of_links_and_stains_does_not_matter() -> None:
    stains = [left_by(DONOR, VICTIM, id="T0"), left_by(VICTIM, DONOR, id="T1")]
    stains += [left_by(A, id="A", loci=LOCI[:12]), left_by(B, id="B", loci=LOCI[6:])]
    stains += [left_by(DONOR, id="D")]
    links = every_link(stains, [VICTIM])
    expected = series_of(links, stains, [VICTIM], TABLES)
    again = series_of(links[::-1], stains[::-1], [VICTIM], TABLES)
    assert [one.ends for one in again.series] == [one.ends for one in expected.series]
    for one, other in zip(again.series, expected.series, strict=True):
        assert isclose(one.log10, other.log10, abs_tol=1e-9)
        assert one.weakest.one == other.weakest.one


def test_links_with_staff_make_no_series() -> None:
    stains = [left_by(DONOR, id="T0"), left_by(STRANGER, id="T1")]
    link = Link(LinkKind.STAIN_STAFF, End("T0"), End("P0"), "same person", 20.0, {}, 0.0)
    assert series_of([link], stains, [DONOR], TABLES).series == ()


def test_a_profile_that_was_not_searched_is_refused_by_name() -> None:
    link = Link(LinkKind.STAIN_STAIN, End("T0"), End("T9"), "same person", 9.0, {}, 0.0)
    with pytest.raises(UnknownName, match="'T9' of a link"):
        series_of([link], [left_by(DONOR, id="T0")], [], TABLES)


# The numbers are the links'.


def noisy(seed: int, id: str, *people: Reference, draws: int = 5) -> SolvedStain:
    """Contributors told with other certainty at each draw, their order changing."""
    rng = np.random.default_rng(seed)
    at = []
    for k in range(draws):
        told_now = [told(one, LOCI[:9], float(rng.uniform(0.5, 4)), people) for one in people]
        at.append(told_now if k == 0 else [told_now[j] for j in rng.permutation(len(people))])
    return solved(id, at)


@pytest.mark.parametrize("seed", range(2))
def test_pairs_of_contributors_add_up_to_the_link(seed: int) -> None:
    """A link's LR is the mean of the one comparison over draws and over both stains' places."""
    stains = [noisy(seed, "S", DONOR, VICTIM), noisy(seed + 9, "T", STRANGER, DONOR, VICTIM)]
    traces = Traces(stains, [DONOR], TABLES)
    for id, other in (("T", stains[1]), ("P0", None)):
        links = [
            10 ** compare(one, two, POPULATION).log10
            for draw in range(5)
            for one in stains[0].at_draw(draw)
            for two in (other.at_draw(draw) if other else [reference_likelihoods(DONOR)])
        ]
        each = np.array(list(traces.pairs("S", id).values()))
        assert isclose(log10(sum(10.0**each)), log10(float(np.mean(links))), abs_tol=1e-9)


def test_many_at_once_are_weighed_as_two_by_two() -> None:
    """Stains of other numbers of draws, people, and one whose alleles leave no rest."""
    every = tuple(TABLES[LOCI[0]].alleles)
    ln = tuple(-0.1 * k for k in range(len(every) * (len(every) + 1) // 2))
    no_rest = GenotypeLikelihoods("N", {LOCI[0]: LocusLikelihoods(every, ln)})
    stains = [
        noisy(1, "S", DONOR, VICTIM),
        noisy(2, "T", STRANGER, DONOR, VICTIM),
        noisy(3, "U", DONOR, draws=2),
        noisy(4, "V", VICTIM, DONOR, draws=3),
        left_by(DONOR, STRANGER, id="W"),
        solved("N", [[no_rest]]),
    ]
    others = ["P0", "T", "U", "V", "W", "N"]
    at_once = Traces(stains, [DONOR], TABLES)
    one_by_one = Traces(stains, [DONOR], TABLES)
    found = at_once.pairs_with("S", others)
    want = {pair: log10 for id in others for pair, log10 in one_by_one.pairs("S", id).items()}
    assert found.keys() == want.keys()
    assert all(isclose(found[pair], want[pair], abs_tol=1e-10) for pair in want)
    assert set(at_once.not_weighed) == set(one_by_one.not_weighed)


@pytest.mark.parametrize("seed", range(4))
def test_contributors_are_followed_through_draws_that_change_their_order(seed: int) -> None:
    item = noisy(seed, "S", DONOR, VICTIM, STRANGER)
    for person, trace in zip((DONOR, VICTIM, STRANGER), traces_of(item, TABLES), strict=True):
        seen = trace.by_locus[LOCI[0]]
        own = told(person, LOCI[:1], 1.0, (DONOR, VICTIM, STRANGER)).by_locus[LOCI[0]]
        assert seen.alleles == own.alleles
        assert (seen.ln.argmax(axis=1) == int(np.argmax(own.ln))).all()
    assert [end.contributor for end in ends_of(item)] == [1, 2, 3]


# What holds it.


def halves() -> list[SolvedStain]:
    """T0 and T1 share ten loci, T2 and T3 ten others; T1 and T2 share three more alone."""
    kept = (LOCI[:9], LOCI[:9] + LOCI[18:], LOCI[9:], LOCI[9:18])
    return [left_by(DONOR, id=f"T{k}", loci=some) for k, some in enumerate(kept)]


def test_two_halves_that_hang_on_one_link() -> None:
    (series,) = found(halves()).series
    sides = [{end.profile for end in side} for side in (series.weakest.one, series.weakest.other)]
    assert sides == [{"T0", "T1"}, {"T2", "T3"}]
    assert {end.profile for end in series.weakest.bridge or ()} == {"T1", "T2"}
    assert series.weakest.links == 1
    direct = Traces(halves(), [], TABLES).pairs("T1", "T2")
    assert isclose(series.weakest.log10, next(iter(direct.values())), abs_tol=1e-9)


def test_what_remains_without_each_trace() -> None:
    (series,) = found(halves()).series
    by_name = {member.end.profile: member for member in series.members}
    assert [joint.end.profile for joint in series.joints] == ["T1", "T2"]
    left = [{end.profile for end in group} for group in by_name["T1"].remains]
    assert left == [{"T2", "T3"}, {"T0"}]
    assert isclose(by_name["T1"].holds_by or 0.0, 0.0, abs_tol=1e-9)
    assert [len(group) for group in by_name["T0"].remains] == [3]
    without = by_name["T0"].without or 0.0
    assert isclose(by_name["T0"].adds, series.log10 - without, abs_tol=0.6)  # theta among four


def test_in_a_large_series_traces_are_left_out_where_links_lead_through_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Linked with the hub alone; the DNA holds the others together without it, too."""
    monkeypatch.setattr("reopen.link.explanations.MOST_LOOKED_AT", 4)
    stains = [left_by(DONOR, id=f"T{k}") for k in range(6)]
    links = [link for link in every_link(stains) if "T0" in (link.one.profile, link.other.profile)]
    (series,) = series_of(links, stains, [], TABLES).series
    hub, *others = series.members
    assert [hub.end.profile, len(others)] == ["T0", 5]
    assert (hub.holds_by or 0) > 3
    assert not series.joints
    assert {(member.without, member.holds_by) for member in others} == {(None, None)}
    assert all(member.adds > 3 for member in others)


def test_all_but_one_trace_are_left_by_the_pair() -> None:
    (series,) = found([left_by(DONOR, id="T0"), left_by(DONOR, id="T1")]).series
    for member in series.members:
        assert (member.without, member.holds_by) == (None, None)
        assert [len(group) for group in member.remains] == [1]
        assert isclose(member.adds, series.log10, abs_tol=1e-9)


# What else explains it.


def test_brothers_are_not_merged() -> None:
    """Eight loci, of which two brothers share five, and where no genotype is ruled out: a
    link, and one series were it not for brothers."""
    alike = [locus for locus in LOCI if A.genotypes[locus] == B.genotypes[locus]]
    some = [*alike, *[locus for locus in LOCI if locus not in alike][:3]]
    stains = [left_by(A, id=f"A{k}") for k in range(3)]
    stains.append(left_by(B, id="B", loci=some, sure=5.0))
    result = found(stains)
    assert [profiles(series) for series in result.series] == [{"A0", "A1", "A2"}]
    (apart,) = result.kept_apart
    assert {end.profile for end in apart.groups[1]} == {"B"}
    assert apart.why is WhyApart.BROTHERS
    assert (apart.over_two or 0) > 3 > 0 > (apart.over_brothers or 0)


def test_explanations_stand_side_by_side() -> None:
    (series,) = found([left_by(DONOR, id=f"T{k}") for k in range(3)], [DONOR]).series
    weights = {one.kind: one.log10 for one in series.explanations}
    assert series.explanations[0].kind is ExplanationKind.ONE_DONOR
    assert weights[ExplanationKind.ONE_DONOR] == 0
    assert weights[ExplanationKind.TWO_DONORS] == -series.weakest.log10
    brothers, chance = weights[ExplanationKind.TWO_BROTHERS], weights[ExplanationKind.CHANCE]
    assert brothers is not None
    assert chance == -series.log10
    assert 0 > brothers > weights[ExplanationKind.TWO_DONORS] > chance  # type: ignore[operator]


def test_series_expected_by_chance_by_hand() -> None:
    """Of 5 stains 2, of 3 people 1: 30 ways."""
    stains = [left_by(DONOR, id=f"T{k}", loci=LOCI[:3]) for k in range(2)]
    stains += [left_by(one, id=f"S{k}", loci=LOCI[:3]) for k, one in enumerate(OTHERS[:3])]
    series = found(stains, [DONOR, VICTIM, STRANGER]).series[0]
    assert profiles(series) == {"T0", "T1", "P0"}
    expected = series.explained(ExplanationKind.CHANCE).expected
    assert isclose(expected or 0.0, comb(5, 2) * 3 / 10**series.log10)


def test_contamination_in_one_batch() -> None:
    """Two of three in one batch, odds 1/50: one trace of two was carried over."""
    stains = [left_by(DONOR, id=f"T{k}") for k in range(3)]
    batches = {"T0": ["plate 7"], "T1": ["plate 7", "plate 8"], "T2": ["plate 9"]}
    context = Context(batches=batches, odds={"plate 7": 0.02})
    (series,) = found(stains, context=context).series
    told_of = series.explained(ExplanationKind.CONTAMINATION)
    assert told_of.batch == "plate 7"
    assert isclose(told_of.log10 or 0.0, log10(0.02))
    assert [{end.profile for end in group} for group in told_of.groups] == [{"T0", "T1"}, {"T2"}]
    (pair,) = found([stains[0], stains[2]]).series
    assert isclose(told_of.remaining or 0.0, pair.log10, abs_tol=1e-9)


def test_contamination_without_odds_has_no_weight_and_of_all_nothing_remains() -> None:
    stains = [left_by(DONOR, id=f"T{k}") for k in range(2)]
    (series,) = found(stains, context=Context(batches={"T0": ["b"], "T1": ["b"]})).series
    told_of = series.explanations[-1]
    assert told_of.kind is ExplanationKind.CONTAMINATION
    assert (told_of.log10, told_of.remaining) == (None, None)
    with pytest.raises(InvalidRecord, match="Odds 0 of contamination in batch b"):
        Context(odds={"b": 0.0})


def test_probabilities_of_divisions_follow_the_stated_prior() -> None:
    stains = [left_by(DONOR, id=f"T{k}", loci=LOCI[:3]) for k in range(2)]
    flat = found(stains, options=SeriesOptions(2.0)).series[0]
    of_many = found(stains, options=SeriesOptions(2.0, possible_donors=1e6)).series[0]
    lr = 10**flat.log10
    assert isclose(flat.divisions[0].probability, lr / (lr + 1))
    one = next(way for way in of_many.divisions if len(way.groups) == 1)
    assert isclose(one.probability, lr / (lr + 1e6 - 1))
    assert of_many.all_divided


def test_what_a_unit_keeps_of_a_series() -> None:
    stains = [left_by(VICTIM, DONOR, id="T0"), left_by(DONOR, id="T1")]
    (series,) = found(stains, [DONOR]).series
    kept = FoundSeries.of(series, run="run 7")
    assert kept.profiles == ("P0", "T0", "T1")
    assert kept.contributors == ("typed", "2 of 2", "1 of 1")
    assert kept.holds_by_log10 == series.weakest.log10 < kept.weight_log10
    assert from_plain("found_series", to_plain(kept)) == kept


# Solved cases.


def convicted(person: Reference | None, case: str = "case of T0") -> Context:
    name = "nobody on file" if person is None else f"the man {person.id}"
    return Context(convicted=(Convicted(case, name, "convicted", person),))


STAINS = [left_by(DONOR, VICTIM, id="T0"), left_by(DONOR, id="T1")]


def test_a_convicted_person_who_is_not_the_donor_is_an_alert() -> None:
    (series,) = found(STAINS, context=convicted(STRANGER)).series
    (alert,) = series.alerts
    assert alert.kind is AlertKind.NOT_THE_DONOR
    assert (alert.case, alert.log10, alert.elsewhere) == ("case of T0", -inf, -inf)
    assert [str(end.contributor) + " of " + end.profile for end in alert.traces] == ["1 of T0"]


def test_a_convicted_person_who_left_something_else_is_an_alert_that_says_so() -> None:
    (series,) = found(STAINS, context=convicted(VICTIM)).series
    (alert,) = series.alerts
    assert alert.log10 == -inf
    assert (alert.elsewhere or 0.0) > 10


def test_the_donor_convicted_is_no_alert() -> None:
    (series,) = found(STAINS, context=convicted(replace(DONOR, id="another sample"))).series
    assert (series.alerts, series.undecided) == ((), ())


def test_another_persons_profile_in_a_solved_case_is_an_alert() -> None:
    (series,) = found(STAINS, [DONOR], context=convicted(None)).series
    (alert,) = series.alerts
    assert (alert.kind, alert.others, alert.log10) == (AlertKind.ANOTHER_PERSON, ("P0",), None)


def test_a_convicted_person_without_profile_is_listed_as_not_weighed() -> None:
    (series,) = found(STAINS, context=convicted(None)).series
    assert series.alerts == ()
    assert [item.reason for item in series.undecided] == ["no profile is held"]


def test_other_cases_convictions_say_nothing() -> None:
    (series,) = found(STAINS, context=convicted(STRANGER, "another case")).series
    assert (series.alerts, series.undecided) == ((), ())


# Many links.


def test_of_many_links_the_strongest_are_used_and_the_others_are_counted() -> None:
    """A hub with four links, of which two are used; the fourth is the strongest of its own end."""
    linked = [Linked("hub", f"T{k}", 9.0 - k) for k in range(4)]
    linked += [Linked("T2", "T9", 8.5), Linked("T2", "T8", 8.0)]
    used, left_out = strongest_of_each(linked, 2)
    assert used == {("hub", "T0"), ("hub", "T1"), ("hub", "T3"), ("T2", "T9"), ("T2", "T8")}
    assert [item.what.split(" in ")[0] for item in left_out] == [
        "1 weaker link of T2",
        "1 weaker link of hub",
    ]


def test_links_that_are_left_out_are_told() -> None:
    stains = [left_by(DONOR, id=f"T{k}") for k in range(4)]
    every = found(stains)
    few = found(stains, options=SeriesOptions(most_links=1))
    assert not every.not_weighed
    # T0 with T1, T2 and T3 are each the first link of one end; of the others each has two
    assert {item.what for item in few.not_weighed} == {
        f"2 weaker links of T{k} in series" for k in (1, 2, 3)
    }
    assert [profiles(one) for one in few.series] == [profiles(one) for one in every.series]


def test_a_series_tells_every_pair_that_reaches_the_threshold() -> None:
    stains = [left_by(DONOR, id=f"T{k}") for k in range(2)] + [
        left_by(DONOR, id="T2", loci=LOCI[:1])
    ]
    options = SeriesOptions(least_log10=1.0)
    (series,) = found(stains, options=options).series
    pairs = {(one.profile, other.profile): log10 for (one, other), log10 in series.pairs.items()}
    direct = Traces(stains, [], TABLES)
    expected = {
        pair: next(iter(direct.pairs(*pair).values()))
        for pair in combinations(("T0", "T1", "T2"), 2)
    }
    assert pairs == {pair: value for pair, value in expected.items() if value >= 1.0}
    assert list(pairs.values()) == sorted(pairs.values(), reverse=True)
