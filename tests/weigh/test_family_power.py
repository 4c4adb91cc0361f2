"""Power of families: formulas by hand, sums over everybody's genotypes, and simulation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import combinations_with_replacement, product
from math import inf, log10, sqrt

import numpy as np
import pytest
from tests.twins import pedigree as twin

from reopen.errors import CannotWeigh
from reopen.formats import find_population
from reopen.records import (
    Allele,
    AlleleFrequencies,
    Family,
    KinshipModel,
    Locus,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Sex,
    alleles,
    genotype,
)
from reopen.weigh.families import against_family, family_table
from reopen.weigh.family_power import family_power
from reopen.weigh.kinship import alleles_met
from reopen.weigh.mutation import mutation_matrix
from reopen.weigh.next_relative import who_to_sample
from reopen.weigh.simulate import draw_child, draw_references

F, M = Sex.FEMALE, Sex.MALE
L1, L2 = Locus("D1S1"), Locus("D2S1")
LABELS = ("8", "9", "10")
TABLES = {L1: (0.5, 0.3, 0.2), L2: (0.2, 0.1, 0.7)}
TRIO = Pedigree(
    (Member("father", M), Member("mother", F), Member("child", F, "father", "mother")), "trio"
)
STEPS = Mutation(
    MutationModel(MutationKind.STEPWISE, 0.02), MutationModel(MutationKind.EQUAL, 0.05)
)


def population(
    theta: float = 0.0, tables: Mapping[Locus, tuple[float, ...]] = TABLES
) -> Population:
    by_locus = {
        locus: dict(zip(alleles(LABELS[: len(p)]), p, strict=True)) for locus, p in tables.items()
    }
    return Population(AlleleFrequencies("a test", by_locus, "invented"), theta=theta)


def reference(id: str, *pairs: str) -> Reference:
    """ "8 9" at the first locus, then at the second."""
    return Reference(
        id, {at: genotype(*pair.split()) for at, pair in zip(TABLES, pairs, strict=False)}
    )


def father_of(*pairs: str) -> Family:
    return Family("f", TRIO, {"child": reference("child", *pairs)}, ("father",))


def test_a_missing_father_of_one_child_by_hand() -> None:
    """Child 8 9: without 8 and 9 a man is excluded; LRs are 1/(2p) for one of them, and so on."""
    p, q, r = TABLES[L1]
    found = family_power(father_of("8 9"), "father", population(), KinshipModel())
    assert found.loci == (L1,)
    assert found.exclusion.total == pytest.approx(r * r)
    assert found.exclusion.mismatches == pytest.approx((1 - r * r, r * r))
    assert found.if_unrelated.impossible == pytest.approx(r * r)
    assert found.if_unrelated.mean_power == pytest.approx(1)
    ratios = {  # of 8 8, 9 9, 8 9, 8 10, 9 10
        1 / (2 * p): p * p, 1 / (2 * q): q * q, (p + q) / (4 * p * q): 2 * p * q,
        1 / (4 * p): 2 * p * r, 1 / (4 * q): 2 * q * r,
    }  # fmt: skip
    for threshold in (0.2, 0.6, 0.9, 1.1, 1.5, 2.0):
        true = sum(lr * chance for lr, chance in ratios.items() if lr >= threshold)
        false = sum(chance for lr, chance in ratios.items() if lr >= threshold)
        assert found.inclusion(log10(threshold)) == pytest.approx((true, true))
        assert found.false_inclusion(log10(threshold)) == pytest.approx((false, false))
    expected = sum(lr * chance * log10(lr) for lr, chance in ratios.items())
    assert found.expected_log10 == pytest.approx(expected)


def test_the_mother_beside_the_child_by_hand() -> None:
    """Two alleles, child 8 9: a mother 8 8 (p / 2) excludes men 8 8, a mother 9 9 men 9 9."""
    p, q = 0.7, 0.3
    plan = who_to_sample(
        father_of("8 9"), "father", population(tables={L1: (p, q)}), KinshipModel(), threshold=0.0
    )
    assert plan.now.exclusion.total == 0
    (mother,) = plan.ranked
    assert mother.relatives == ("mother",)
    assert mother.exclusion.total == pytest.approx((p**3 + q**3) / 2)
    assert mother.expected_log10 > plan.now.expected_log10


def _still(locus: Locus, theta: float = 0.0, *, mutation: Mutation | None = None) -> twin.Locus:
    p = np.array(TABLES[locus])
    labels = alleles(LABELS)
    chosen = mutation or Mutation()

    def rows(model: MutationModel) -> twin.Matrix:
        matrix = mutation_matrix(model, labels, p)
        return {a: dict(zip(LABELS, row.tolist(), strict=True))
                for a, row in zip(LABELS, matrix, strict=True)}  # fmt: skip

    return twin.Locus(
        dict(zip(LABELS, p.tolist(), strict=True)), rows(chosen.female), rows(chosen.male), theta
    )


def _seen(pair: tuple[str, ...]) -> twin.Observe:
    return lambda has: float(sorted(has) == sorted(pair))


PAIRS = tuple(combinations_with_replacement(LABELS, 2))
SIBLINGS = Pedigree(
    (
        Member("mother", F), Member("father", M), Member("child", M, "father", "mother"),
        Member("sister", F, "father", "mother"),
    ),
    "siblings",
)  # fmt: skip
STRANGER = Pedigree((*SIBLINGS.members, Member("stranger", M)), "and an unrelated man")
GENOTYPES = {"sister": ("8 10", "9 9")}
FAMILY = Family(
    "g", SIBLINGS, {id: reference(id, *pairs) for id, pairs in GENOTYPES.items()}, ("child",)
)


@cache
def _listed(
    theta: float, relative: str = "", mutation: Mutation | None = None, truth: str = "child"
) -> dict[Locus, list[tuple[float, float, float]]]:
    """Of each locus: log10 LR and its probability if related and not, for all genotypes."""
    found = {}
    for number, locus in enumerate(TABLES):
        at = _still(locus, theta, mutation=mutation)
        known = {id: _seen(tuple(pairs[number].split())) for id, pairs in GENOTYPES.items()}
        rows = []
        for g, *h in product(PAIRS, repeat=2 if relative else 1):
            also = {relative: _seen(h[0])} if relative else {}

            rows.append(
                [
                    twin.likelihood(STRANGER, at, {**known, **also, who: _seen(g)})
                    for who in ("child", "stranger", truth)
                ]
            )
        sums = np.sum(rows, axis=0)
        found[locus] = [
            (log10(a / b) if a > 0 else -inf, c / sums[2], b / sums[1])
            for a, b, c in rows if b > 0
        ]  # fmt: skip
    return found


def _tails(listed: dict[Locus, list[tuple[float, float, float]]], t: float) -> tuple[float, float]:
    """P(log10 LR >= t) if the truth is as listed, and if unrelated."""
    related = unrelated = 0.0
    for (v, a, b), (w, c, d) in product(*listed.values()):
        if v + w >= t - 1e-9:
            related += a * c
            unrelated += b * d
    return related, unrelated


THRESHOLDS = (-1.0, 0.0, 0.313, 0.7, 1.2)


@pytest.mark.parametrize("theta", [0.0, 0.05])
@pytest.mark.parametrize("mutation", [None, STEPS])
def test_the_curve_against_sums_over_everybody(theta: float, mutation: Mutation | None) -> None:
    model = KinshipModel(mutation=mutation or Mutation())
    ours = family_power(FAMILY, "child", population(theta), model)
    listed = _listed(theta, mutation=mutation)
    for t in THRESHOLDS:
        true, false = _tails(listed, t)
        for (low, high), exact in ((ours.inclusion(t), true), (ours.false_inclusion(t), false)):
            assert low - 1e-9 <= exact <= high + 1e-9
            assert high - low < 0.2
    mean = sum(v * a for rows in listed.values() for v, a, _ in rows if a > 0)
    assert ours.expected_log10 == pytest.approx(mean, abs=1e-9)
    assert ours.if_unrelated.mean_power == pytest.approx(1)
    still = _listed(theta)
    for locus, rows in still.items():
        excluded = sum(b for v, _, b in rows if v == -inf)
        assert ours.exclusion.by_locus[locus] == pytest.approx(excluded, abs=1e-12)


def test_another_relative_against_sums_over_everybody() -> None:
    ours = family_power(
        FAMILY, "child", population(), KinshipModel(), others=["father", "paternal half sibling"]
    )
    listed = _listed(0.0, truth="father")
    for t in THRESHOLDS:
        true, _ = _tails(listed, t)
        low, high = ours.false_inclusion(t, "father")
        assert low - 1e-9 <= true <= high + 1e-9
    half = ours.if_other["paternal half sibling"]
    assert 1 < half.mean_power < ours.if_missing.mean_power


@pytest.mark.parametrize(("theta", "mutation"), [(0.0, None), (0.0, STEPS), (0.05, STEPS)])
def test_one_relative_more_against_sums_over_everybody(
    theta: float, mutation: Mutation | None
) -> None:
    model = KinshipModel(mutation=mutation or Mutation())
    for t in (0.0, 0.3):
        plan = who_to_sample(
            FAMILY, "child", population(theta), model, threshold=t, available=["father", "mother"]
        )
        assert plan.with_theta is (theta > 0)
        for gain in plan.ranked:
            listed = _listed(theta, gain.relatives[0], mutation)
            true, false = _tails(listed, t)
            assert gain.inclusion[0] - 1e-9 <= true <= gain.inclusion[1] + 1e-9
            assert gain.false_inclusion[0] - 1e-9 <= false <= gain.false_inclusion[1] + 1e-9
            mean = sum(v * a for rows in listed.values() for v, a, _ in rows if a > 0)
            assert gain.expected_log10 == pytest.approx(mean, abs=1e-9)
            still = _listed(theta, gain.relatives[0])
            for locus, rows in still.items():
                excluded = sum(b for v, _, b in rows if v == -inf)
                assert gain.exclusion.by_locus[locus] == pytest.approx(excluded, abs=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.03])
@pytest.mark.parametrize("silent", [0.0, 0.05])
def test_the_plan_without_a_relative_is_the_family_as_it_stands(
    theta: float, silent: float
) -> None:
    model = KinshipModel(mutation=STEPS, silent={L1: silent})
    power = family_power(FAMILY, "child", population(theta), model)
    plan = who_to_sample(FAMILY, "child", population(theta), model, threshold=0.5)
    assert plan.now.expected_log10 == pytest.approx(power.expected_log10)
    assert plan.now.exclusion.by_locus == pytest.approx(power.exclusion.by_locus)
    for ours, exact in (
        (plan.now.inclusion, power.inclusion(0.5)),
        (plan.now.false_inclusion, power.false_inclusion(0.5)),
    ):
        assert ours[0] <= exact[0] + 1e-12
        assert exact[1] <= ours[1] + 1e-12
    assert {gain.relatives for gain in plan.ranked} == {("mother",), ("father",)}


def test_theta_counts_for_all_relatives_or_for_none() -> None:
    """With the grandparents of both sides there are too many founders who are not typed."""
    people = (
        Member("gf", M), Member("gm", F), Member("gf2", M), Member("gm2", F),
        Member("mother", F, "gf", "gm"), Member("father", M, "gf2", "gm2"),
        Member("child", M, "father", "mother"), Member("sister", F, "father", "mother"),
    )  # fmt: skip
    family = Family("f", Pedigree(people), dict(FAMILY.profiles), ("child",))
    plan = who_to_sample(family, "child", population(0.03), KinshipModel(), threshold=0.0)
    assert not plan.with_theta
    assert len(plan.ranked) == 6
    assert plan.now.expected_log10 == pytest.approx(
        family_power(family, "child", population(), KinshipModel()).expected_log10
    )


@pytest.mark.slow
def test_the_curve_against_simulated_candidates() -> None:
    """A mother's children and unrelated people, drawn and weighed one by one."""
    table = find_population("nist1036-cauc")
    few = ("TH01", "vWA", "FGA", "D18S51", "TPOX", "D3S1358")
    by_locus = {locus: p for locus, p in table.by_locus.items() if locus in few}
    at = Population(replace(table, by_locus=by_locus), theta=0.0)
    rng, n = np.random.default_rng(7), 1000
    mother, *men = draw_references(rng, at, [f"p{k}" for k in range(n + 1)])
    family = Family("m", TRIO, {"mother": mother}, ("child",))
    power = family_power(family, "child", at, KinshipModel())
    towards = family_table(family, "child", at, KinshipModel(), met=alleles_met(_named(men)))
    children = [draw_child(rng, man, mother, man.id) for man in men]
    for people, share in ((children, power.inclusion), (men, power.false_inclusion)):
        values = np.array([against_family(towards, person).log10 for person in people])
        for t in (-1.0, 0.0, 1.0, 2.0):
            low, high = share(t)
            spread = 4 * sqrt(max(high, 1 / n) * (1 - low + 1 / n) / n)
            assert low - spread <= (values >= t).mean() <= high + spread
    excluded = np.mean([against_family(towards, man).log10 == -inf for man in men])
    assert excluded == pytest.approx(power.exclusion.total, abs=4 * sqrt(0.25 / n))


def _named(people: list[Reference]) -> dict[str, Reference]:
    return {person.id: person for person in people}


def test_x_and_silent_alleles() -> None:
    """On X a missing son of a typed mother has one of her alleles, unless a silent one hides."""
    family = Family("x", TRIO_SON, {"mother": reference("mother", "8 9")}, ("child",))
    at = population(tables={L1: TABLES[L1]})
    on_x = family_power(family, "child", at, KinshipModel(x_linked=frozenset({L1})))
    assert on_x.exclusion.total == pytest.approx(TABLES[L1][2])
    silent = KinshipModel(silent={L1: 0.05})
    power = family_power(family, "child", at, silent)
    plan = who_to_sample(family, "child", at, silent, threshold=0.0)
    assert plan.now.expected_log10 == pytest.approx(power.expected_log10)
    assert plan.now.exclusion.total == pytest.approx(power.exclusion.total)


TRIO_SON = Pedigree(
    (Member("father", M), Member("mother", F), Member("child", M, "father", "mother")), "son"
)


def test_a_relative_of_unknown_sex_is_listed_where_x_counts() -> None:
    people = (*TRIO_SON.members, Member("cousin", Sex.UNKNOWN))
    family = Family("x", Pedigree(people), {"mother": reference("mother", "8 9")}, ("child",))
    model = KinshipModel(x_linked=frozenset({L1}))
    plan = who_to_sample(family, "child", population(tables={L1: TABLES[L1]}), model)
    assert [gain.relatives for gain in plan.ranked] == [("father",)]
    (left,) = plan.not_weighed
    assert left.what == "cousin"
    assert "sex of cousin is not known" in left.reason


def test_nobody_typed_yet() -> None:
    """An LR of 1 now; a parent's sample gives power at all loci of the population."""
    family = Family("f", TRIO, {}, ("child",))
    power = family_power(family, "child", population(), KinshipModel())
    assert power.inclusion(0.0) == (1.0, 1.0)
    plan = who_to_sample(family, "child", population(), KinshipModel(), threshold=0.3)
    assert plan.loci == (L1, L2)
    assert plan.now.expected_log10 == pytest.approx(0)
    first, second = plan.ranked
    assert first.expected_log10 == pytest.approx(second.expected_log10)
    assert first.expected_log10 > 0
    assert first.exclusion.total > 0


def test_a_family_that_needs_a_mutation_is_listed() -> None:
    family = Family(
        "f", TRIO_AND_SON,
        {"mother": reference("mother", "8 8", "8 8"), "child": reference("child", "9 9", "8 8")},
        ("son",),
    )  # fmt: skip
    found = family_power(family, "son", population(), KinshipModel(mutation=STEPS))
    assert set(found.loci) == {L1, L2}
    assert set(found.exclusion.by_locus) == {L2}
    assert any(L1 in n.what and "need a mutation" in n.reason for n in found.not_weighed)


TRIO_AND_SON = Pedigree((*TRIO.members, Member("son", M, "father", "mother")), "two children")


def test_people_who_cannot_be_asked() -> None:
    family = father_of("8 9")
    for id, why in (("child", "has a profile"), ("father", "is missing")):
        with pytest.raises(CannotWeigh, match=why):
            who_to_sample(family, "father", population(), KinshipModel(), available=[id])
    plan = who_to_sample(family, "father", population(), KinshipModel(), unavailable=["mother"])
    assert plan.ranked == ()
    with pytest.raises(CannotWeigh, match="no member of the pedigree and no relation"):
        family_power(family, "father", population(), KinshipModel(), others=["neighbour"])


def test_loci_without_frequencies_are_listed() -> None:
    family = Family(
        "f", TRIO, {"child": Reference("child", {
            L1: genotype("8", "9"), Locus("D9S9"): genotype("8", "9")})}, ("father",))  # fmt: skip
    plan = who_to_sample(family, "father", population(), KinshipModel())
    assert plan.loci == (L1,)
    assert [n.what for n in plan.not_weighed] == ["D9S9"]
    assert Allele("8") in population().frequencies.by_locus[L1]
