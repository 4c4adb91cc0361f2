"""Joint assignment against listing every assignment: sums, maxima, rankings, priors, bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations
from math import comb, exp, factorial, inf, log, log10

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twins import assignments as twin

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.link import dvi_bounded, dvi_chain
from reopen.link.dvi_chain import chain
from reopen.link.dvi_joint import joint
from reopen.link.dvi_options import FamilyOptions, PutIn, count_options, family_options, within
from reopen.link.dvi_prior import FLAT, Prior


class Invented:
    """A disaster of random likelihood ratios: a ratio for every family and what is put into it."""

    def __init__(self, seed: int, n_victims: int, sizes: Sequence[int], impossible: float = 0.25):
        rng = np.random.default_rng(seed)
        self.victims = tuple(f"V{k}" for k in range(1, n_victims + 1))
        names = iter(f"M{k}" for k in range(1, sum(sizes) + 1))
        self.families = {f"F{k}": tuple(next(names) for _ in range(n)) for k, n in enumerate(sizes)}
        self.family_of = {m: f for f, missing in self.families.items() for m in missing}
        self.candidates = {
            m: tuple(v for v in self.victims if rng.random() > impossible) for m in self.family_of
        }
        self.ratios: dict[tuple[str, PutIn], float] = {}
        for family, missing in self.families.items():
            for n in range(1, len(missing) + 1):
                for people in combinations(missing, n):
                    for victims in permutations(self.victims, n):
                        pairs = tuple(zip(people, victims, strict=True))
                        if all(v in self.candidates[m] for m, v in pairs):
                            self.ratios[family, pairs] = exp(rng.normal(0, 4))

    def term(self, family: str, put_in: PutIn) -> float:
        return log(self.ratios[family, put_in]) if put_in else 0.0

    def options(self) -> list[FamilyOptions]:
        return [
            family_options(f, {m: self.candidates[m] for m in missing}, self.term)
            for f, missing in self.families.items()
        ]

    def weighed(self) -> list[tuple[dict[str, str], float]]:
        by_victim = {v: [m for m, vs in self.candidates.items() if v in vs] for v in self.victims}
        return [
            (a, twin.likelihood_ratio(a, self.family_of, self.ratios))
            for a in twin.assignments(self.victims, by_victim)
        ]


shapes = st.tuples(
    st.integers(0, 2**32), st.integers(0, 4), st.lists(st.integers(1, 3), max_size=3)
)


def _close(ours: Mapping[str, Mapping[str, float]], expected: object) -> None:
    assert ours == {
        victim: pytest.approx(row, rel=1e-9, abs=1e-300)
        for victim, row in expected.items()  # type: ignore[attr-defined]
    }


@given(shapes)
@settings(max_examples=120, deadline=None)
def test_posteriors_ratios_and_ranks_are_those_of_the_list_of_all_assignments(
    shape: tuple[int, int, list[int]],
) -> None:
    case = Invented(*shape)
    weighed = case.weighed()
    found = joint(case.options(), case.victims, most=5)
    assert found.is_exact
    assert found.error == 0
    assert found.possible == len(weighed)
    expected = twin.posterior(weighed)
    for victim in case.victims:
        for m, p in found.posterior[victim].items():
            assert p == pytest.approx(expected[victim][m], rel=1e-9)
        assert set(found.posterior[victim]) == set(expected[victim])
    for (victim, m), ratio in found.log10_glr.items():
        assert ratio == pytest.approx(log10(twin.generalised(weighed, victim, m)), abs=1e-9)
    best = sorted((weight for _, weight in weighed), reverse=True)[:5]
    assert [r.log10_lr for r in found.top] == pytest.approx([log10(w) for w in best], abs=1e-9)
    by_assignment = {tuple(sorted(a.items())): weight for a, weight in weighed}
    total = sum(by_assignment.values())
    for ranked in found.top:
        weight = by_assignment.pop(tuple(sorted(ranked.assignment.items())))  # listed once only
        assert ranked.log10_lr == pytest.approx(log10(weight), abs=1e-9)
        assert ranked.posterior == pytest.approx(weight / total, rel=1e-9)


@given(shapes)
@settings(max_examples=60, deadline=None)
def test_a_prior_and_other_evidence_multiply_the_weights(shape: tuple[int, int, list[int]]) -> None:
    case = Invented(*shape)
    rng = np.random.default_rng(shape[0])
    prior = Prior(
        listed={v: float(rng.uniform(0.05, 0.95)) for v in case.victims[:2]},
        evidence={(v, m): float(rng.uniform(0, 3)) for v in case.victims for m in case.family_of},
    )
    n = len(case.family_of)
    weighed = []
    for assignment, weight in case.weighed():
        for v, m in assignment.items():
            p = prior.listed.get(v, 0.5)
            if m == "*":
                weight *= 1 - p
            else:
                weight *= (p / n if v in prior.listed else 0.5) * prior.evidence[v, m]
        weighed.append((assignment, weight))
    found = joint(case.options(), case.victims, prior, choices=dict.fromkeys(case.victims, n))
    _close(found.posterior, twin.posterior(weighed))


@given(shapes)
@settings(max_examples=60, deadline=None)
def test_a_closed_list_leaves_no_victim_out(shape: tuple[int, int, list[int]]) -> None:
    case = Invented(*shape, impossible=0.0)
    full = [(a, w) for a, w in case.weighed() if "*" not in a.values()]
    if not full:
        with pytest.raises(CannotWeigh):
            joint(case.options(), case.victims, Prior(closed=True))
        return
    found = joint(case.options(), case.victims, Prior(closed=True))
    expected = twin.posterior(full)
    for victim in case.victims:
        assert found.posterior[victim].pop("*") == 0  # type: ignore[attr-defined]
        assert found.posterior[victim] == pytest.approx(expected[victim], rel=1e-9)


def test_names_and_order_of_families_and_victims_change_nothing() -> None:
    case = Invented(7, 4, (2, 1, 2))
    one = joint(case.options(), case.victims)
    other = joint(case.options()[::-1], case.victims[::-1])
    for victim in case.victims:
        assert other.posterior[victim] == pytest.approx(one.posterior[victim], rel=1e-9)
    assert other.log10_glr == pytest.approx(one.log10_glr, abs=1e-9)


def test_two_parts_without_a_common_victim_are_weighed_as_if_alone() -> None:
    left, right = Invented(1, 3, (2,)), Invented(2, 3, (1, 1))
    renamed = [
        FamilyOptions(
            f"{own.family}'", own.missing,
            tuple(tuple((f"{m}'", f"{v}'") for m, v in pairs) for pairs in own.put_in), own.ln,
        )
        for own in right.options()
    ]  # fmt: skip
    together = joint([*left.options(), *renamed], [*left.victims, "V1'", "V2'", "V3'"])
    alone = joint(right.options(), right.victims)
    assert together.posterior["V1"] == pytest.approx(
        joint(left.options(), left.victims).posterior["V1"], rel=1e-9
    )
    assert {m.rstrip("'"): p for m, p in together.posterior["V2'"].items()} == pytest.approx(
        alone.posterior["V2"], rel=1e-9
    )


def test_ties_are_listed_in_the_order_of_options() -> None:
    options = family_options("F", {"M1": ("A", "B"), "M2": ("A", "B")}, lambda f, pairs: 1.0)
    top = joint([options], ["A", "B"]).top
    assert [r.log10_lr for r in top] == pytest.approx([log10(exp(1))] * 6 + [0])
    assert [r.assignment for r in top[:3]] == [
        {"A": "M2", "B": "*"},
        {"A": "*", "B": "M2"},
        {"A": "M1", "B": "*"},
    ]


def test_nobody_to_assign_is_one_assignment() -> None:
    assert joint([], []).top[0].assignment == {}
    only = joint([family_options("F", {"M": ()}, lambda f, pairs: 0.0)], ["V"])
    assert only.posterior == {"V": {"*": pytest.approx(1.0)}}
    assert only.possible == 1


def test_ten_by_ten_counts_all_its_assignments() -> None:
    """Five and five of each sex: (sum over k of C(5,k)^2 k!)^2 = 1546^2 = 2,390,116."""
    rng = np.random.default_rng(3)
    females, males = [f"A{k}" for k in range(5)], [f"B{k}" for k in range(5)]
    options = []
    for k in range(10):
        people = females if k < 5 else males
        ln = np.array([0.0, *rng.normal(-5, 8, 5)])
        put_in = ((), *(((f"M{k}", v),) for v in people))
        options.append(FamilyOptions(f"F{k}", (f"M{k}",), put_in, ln))
    found = joint(options, [*females, *males])
    per_sex = sum(comb(5, k) ** 2 * factorial(k) for k in range(6))
    assert found.possible == per_sex**2 == 2_390_116
    assert found.is_exact


def _dense(n: int, scale: float) -> list[FamilyOptions]:
    rng = np.random.default_rng(n)
    return [
        FamilyOptions(
            f"F{k}", (f"M{k}",), ((), *(((f"M{k}", f"V{v}"),) for v in range(n))),
            np.array([0.0, *rng.normal(0, scale, n)]),
        )
        for k in range(n)
    ]  # fmt: skip


def test_too_many_to_sum_gives_the_best_and_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    options, victims = _dense(6, 2.0), [f"V{v}" for v in range(6)]
    exact = joint(options, victims)
    monkeypatch.setattr(dvi_chain, "MOST_STATES", 10)
    told = joint(options, victims)
    assert not told.is_exact
    assert told.told.startswith("Not exact")
    assert told.posterior == {}
    assert told.best.assignment == exact.best.assignment
    assert 0 < told.best.posterior <= exact.best.posterior


def test_what_counts_for_nothing_is_left_out_within_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    victims = [f"V{v}" for v in range(8)]
    options = _dense(8, 1.0)
    for k, own in enumerate(options):
        own.ln[1:] -= 26.0
        own.ln[k + 1] = 5.0
    exact = joint(options, victims)
    monkeypatch.setattr(dvi_chain, "MOST_STATES", 20)
    near = joint(options, victims)
    assert near.is_exact
    assert 0 < near.error < 1e-9
    for victim in victims:
        for m, p in near.posterior[victim].items():
            assert p == pytest.approx(exact.posterior[victim][m], abs=near.error + 1e-14)


@given(shapes)
@settings(max_examples=60, deadline=None)
def test_the_best_by_branch_and_bound_is_the_best(shape: tuple[int, int, list[int]]) -> None:
    case = Invented(*shape)
    options = case.options()
    weights = [own.ln for own in options]
    found = dvi_bounded.bounded(options, weights, frozenset())
    assert found.is_best
    best = max(weight for _, weight in case.weighed())
    assert sum(own[k] for own, k in zip(weights, found.taken, strict=True)) == pytest.approx(
        log(best), abs=1e-9
    )


def test_a_search_that_ends_early_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Invented(11, 4, (2, 2), impossible=0.0)
    options = case.options()
    monkeypatch.setattr(dvi_bounded, "MOST_NODES", 3)
    found = dvi_bounded.bounded(options, [own.ln for own in options], frozenset())
    assert not found.is_best
    assert "may not be the best" in found.told


def test_an_impossible_filling_is_not_gone_into() -> None:
    asked = []

    def term(family: str, put_in: PutIn) -> float:
        asked.append(put_in)
        return -inf if ("M1", "A") in put_in else 0.0

    options = family_options("F", {"M1": ("A", "B"), "M2": ("A", "B")}, term)
    assert (("M1", "A"), ("M2", "B")) not in asked
    assert len(options.put_in) == 5


def test_options_are_counted_and_cut_to_the_strongest_pairs() -> None:
    candidates = {f"M{k}": tuple(f"V{v}" for v in range(4)) for k in range(3)}
    assert count_options(candidates, 10**6) == sum(
        comb(4, k) * comb(3, k) * factorial(k) for k in range(4)
    )
    kept, left_out = within(candidates, lambda m, v: float(int(m[1]) + int(v[1])), 20)
    assert count_options(kept, 20) <= 20
    assert left_out[0] == ("M0", "V0")
    assert all(v not in kept[m] for m, v in left_out)


@pytest.mark.parametrize(
    "bad",
    [{"listed": {"V": 1.5}}, {"evidence": {("V", "M"): -1.0}}, {"evidence": {("V", "M"): inf}}],
)
def test_priors_outside_their_range_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        Prior(**bad)  # type: ignore[arg-type]


def test_a_prior_about_strangers_is_refused_by_name() -> None:
    with pytest.raises(CannotWeigh, match="V9"):
        Prior(listed={"V9": 0.5}).check_names(["V1"], ["M1"])
    with pytest.raises(CannotWeigh, match="M9"):
        Prior(evidence={("V1", "M9"): 2.0}).check_names(["V1"], ["M1"])


def test_every_prior_is_told() -> None:
    assert "every assignment" in FLAT.told
    assert "Closed list" in Prior(closed=True).told
    assert "V1 0.3" in Prior(listed={"V1": 0.3}).told
    assert "1 pair." in Prior(evidence={("V1", "M1"): 2.0}).told


def test_a_row_keeps_few_victims_open() -> None:
    """Sixty families, each sharing a victim with the next: never more than two at a time."""
    taken = [[frozenset(), frozenset({f"V{k}"}), frozenset({f"V{k + 1}"})] for k in range(60)]
    row = chain(taken, frozenset())
    assert int(np.diff(row.first_state).max()) <= 4
    assert row.total([np.zeros(3)] * 60) == pytest.approx(_ways_along_a_path(60))


def _ways_along_a_path(n: int) -> float:
    """ln of the matchings of the path V0 F0 V1 F1 ...: Fibonacci numbers."""
    one, other = 1, 1
    for _ in range(2 * n):
        one, other = other, one + other
    return log(other)
