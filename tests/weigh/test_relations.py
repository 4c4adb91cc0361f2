"""One person against many, as relatives: hand-sized numbers, published formulas, and laws."""

from __future__ import annotations

from dataclasses import replace
from math import isclose, log10

import numpy as np
import pytest

from reopen.errors import CannotWeigh, UnknownName
from reopen.formats import library
from reopen.kernels.shapes import Floats
from reopen.records import (
    FULL_SIBLINGS,
    HALF_SIBLINGS,
    IDENTICAL,
    PARENT_CHILD,
    RELATIONS,
    UNRELATED,
    Allele,
    AlleleFrequencies,
    GenotypeLikelihoods,
    KinshipModel,
    Locus,
    LocusLikelihoods,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Relation,
    Sex,
    genotype,
    relation_named,
)
from reopen.weigh.compare import compare, contributors, locus_table, reference_likelihoods
from reopen.weigh.kinship import pedigree_likelihood, weigh_kinship
from reopen.weigh.relations import (
    Kin,
    Part,
    against_typed,
    compare_as,
    every_pair,
    related_tables,
    terms_with,
    typed_people,
)
from reopen.weigh.simulate import draw_child, draw_references

X, Y = Locus("X"), Locus("Y")
P = {"10": 0.1, "11": 0.2, "12": 0.3, "13": 0.4}
NIST = Population(library.population("nist1036-cauc"), theta=0.02)


def population(theta: float = 0.0) -> Population:
    tables = {name: {Allele(a): f for a, f in P.items()} for name in (X, Y)}
    return Population(AlleleFrequencies("Invented", tables, ""), theta)


def known(name: str, typed: str) -> GenotypeLikelihoods:
    return reference_likelihoods(Reference(name, {X: genotype(*typed.split("/"))}))


def lr(relation: Relation, one: str, other: str, theta: float = 0.0) -> float:
    found = compare_as(Kin(relation), known("A", one), known("B", other), population(theta))
    return float(10**found.log10)


# NRC II 1996, equations 4.8 and 4.9, over the match probability, where two genotypes are alike; the
# others by hand in the same way, with p = 0.1, q = 0.2, r = 0.3.
p, q, r = 0.1, 0.2, 0.3


@pytest.mark.parametrize(
    ("one", "other", "parent", "siblings", "half"),
    [
        ("10/10", "10/10", 1 / p, (1 + p) ** 2 / (4 * p * p), (1 + p) / (2 * p)),
        ("10/10", "10/11", 1 / (2 * p), (1 + p) / (4 * p), (1 + 2 * p) / (4 * p)),
        (
            "10/11",
            "10/11",
            (p + q) / (4 * p * q),
            (1 + p + q + 2 * p * q) / (8 * p * q),
            (p + q + 4 * p * q) / (8 * p * q),
        ),
        ("10/11", "10/12", 1 / (4 * p), (1 + 2 * p) / (8 * p), (1 + 4 * p) / (8 * p)),
        ("10/10", "11/12", 0, 1 / 4, 1 / 2),
    ],
)
def test_formulas_of_the_textbooks(
    one: str, other: str, parent: float, siblings: float, half: float
) -> None:
    for relation, expected in (
        (PARENT_CHILD, parent),
        (FULL_SIBLINGS, siblings),
        (HALF_SIBLINGS, half),
    ):
        assert isclose(lr(relation, one, other), expected, rel_tol=1e-12)
        assert isclose(lr(relation, other, one), expected, rel_tol=1e-12)


@pytest.mark.parametrize("theta", [0.01, 0.05])
def test_parent_and_child_with_theta(theta: float) -> None:
    """By hand from the urn: the shared allele is one draw, not two.

    A homozygous parent of a homozygous child: after three alleles seen, the fourth is
    (3 theta + (1 - theta) p) / (1 + 2 theta) under unrelated people.
    """
    after_three = (3 * theta + (1 - theta) * p) / (1 + 2 * theta)
    assert isclose(lr(PARENT_CHILD, "10/10", "10/10", theta), 1 / after_three, rel_tol=1e-12)
    # 10/11 and 10/12: the one shared allele, drawn anew, after 10, 11 and 12.
    shared = (theta + (1 - theta) * p) / (1 + 2 * theta)
    assert isclose(lr(PARENT_CHILD, "10/11", "10/12", theta), 1 / (4 * shared), rel_tol=1e-12)


def test_unrelated_is_one_and_identical_is_the_same_person() -> None:
    a, b = known("A", "10/11"), known("B", "10/11")
    assert compare_as(Kin(UNRELATED), a, b, population(0.02)).log10 == pytest.approx(0, abs=1e-12)
    same = compare(a, b, population(0.02))
    assert isclose(compare_as(Kin(IDENTICAL), a, b, population(0.02)).log10, same.log10)


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_an_uncertain_person_is_a_mean_over_genotypes(relation: Relation) -> None:
    """Both given by likelihoods; the double sum over typed people, one by one."""
    rng = np.random.default_rng(2)
    table = locus_table(X, population(0.03), set())
    assert table is not None
    v, w = rng.random(10), rng.random(10)
    one, other = (
        GenotypeLikelihoods(name, {X: LocusLikelihoods(table.alleles, tuple(np.log(values)))})
        for name, values in (("A", v), ("B", w))
    )
    every = [(a, b) for i, a in enumerate(P) for b in list(P)[i:]]
    related = unrelated = 0.0
    for i, g in enumerate(every):
        for j, h in enumerate(every):
            pair = Kin(relation), known("A", "/".join(g)), known("B", "/".join(h))
            chance = v[i] * w[j] * table.prior[i] * _after(g, h, 0.03)
            unrelated += chance
            related += chance * 10 ** compare_as(*pair, population(0.03)).log10
    found = compare_as(Kin(relation), one, other, population(0.03))
    assert isclose(found.log10, log10(related / unrelated), rel_tol=1e-10)


def _after(g: tuple[str, str], h: tuple[str, str], theta: float) -> float:
    """P(h | g) by the urn."""
    seen, chance = list(g), 1.0
    for allele in h:
        below = 1 + (len(seen) - 1) * theta
        chance *= (seen.count(allele) * theta + (1 - theta) * P[allele]) / below
        seen.append(allele)
    return chance if h[0] == h[1] else 2 * chance


# Mutation.


def stepwise(female: float, male: float) -> KinshipModel:
    kind = MutationKind.STEPWISE
    return KinshipModel(Mutation(MutationModel(kind, female), MutationModel(kind, male)))


def test_a_mutation_by_hand() -> None:
    """Father 10/10, child 11/12, mother unknown: he hands on 11 or 12 by mutation.

    Stepwise 0.002, range 0.1, over 10 to 13: 0.1 + 0.01 + 0.001 = 0.111 of steps from 10. The
    other allele comes from the mother without mutation: r for 12, q for 11.
    """
    model = stepwise(0.0, 0.002)
    to_11, to_12 = 0.002 * 0.1 / 0.111, 0.002 * 0.01 / 0.111
    kin = Kin(PARENT_CHILD, Part.PARENT, Sex.MALE)
    found = compare_as(kin, known("F", "10/10"), known("C", "11/12"), population(), model)
    expected = (to_11 * r + to_12 * q) / (2 * q * r)
    assert isclose(found.log10, log10(expected), rel_tol=1e-12)
    turned = Kin(PARENT_CHILD, Part.CHILD, Sex.MALE)
    again = compare_as(turned, known("C", "11/12"), known("F", "10/10"), population(), model)
    assert isclose(again.log10, found.log10, rel_tol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.03])
def test_no_mutation_is_the_limit_of_a_small_rate(theta: float) -> None:
    plain = compare_as(
        Kin(PARENT_CHILD), known("A", "10/11"), known("B", "11/12"), population(theta)
    )
    for part in Part:
        kin = Kin(PARENT_CHILD, part)
        found = compare_as(
            kin, known("A", "10/11"), known("B", "11/12"), population(theta), stepwise(1e-9, 1e-9)
        )
        assert isclose(found.log10, plain.log10, abs_tol=1e-7)


def test_a_parent_of_unknown_sex_has_the_mean_of_both_rates() -> None:
    a, b = known("A", "10/10"), known("B", "11/11")
    unknown = compare_as(Kin(PARENT_CHILD), a, b, population(), stepwise(0.001, 0.003))
    mean = compare_as(Kin(PARENT_CHILD, sex=Sex.MALE), a, b, population(), stepwise(0.002, 0.002))
    assert isclose(unknown.log10, mean.log10, rel_tol=1e-12)


def test_other_relations_are_weighed_without_mutation() -> None:
    a, b = known("A", "10/10"), known("B", "11/12")
    assert compare_as(Kin(FULL_SIBLINGS), a, b, population(), stepwise(0.1, 0.1)).log10 == (
        pytest.approx(log10(1 / 4))
    )


# Many people.


def people(n: int) -> tuple[tuple[Reference, ...], tuple[Reference, ...]]:
    rng = np.random.default_rng(4)
    loci = list(NIST.frequencies.by_locus)[:9]
    drawn = draw_references(rng, NIST, [f"R{k}" for k in range(n)], loci=loci)
    child = draw_child(rng, drawn[0], drawn[1], "child")
    lacking = dict(list(drawn[2].genotypes.items())[3:])
    return (child, drawn[3]), (*drawn, Reference("lacking", lacking))


@pytest.mark.parametrize("relation", [PARENT_CHILD, FULL_SIBLINGS, HALF_SIBLINGS])
def test_look_ups_are_the_pairwise_comparison(relation: Relation) -> None:
    some, references = people(30)
    tables = {locus: t for locus in references[0].loci if (t := locus_table(locus, NIST, set()))}
    model = stepwise(0.0005, 0.002)
    both, refused = contributors([reference_likelihoods(one) for one in some], tables)
    assert not refused
    typed = typed_people(references, tables)
    for part in Part:
        kin = Kin(relation, part)
        ratios = related_tables(both, kin, model)
        for row, one in enumerate(some):
            found = against_typed(ratios, row, typed)
            for k, other in enumerate(references):
                expected = compare_as(
                    kin, reference_likelihoods(one), reference_likelihoods(other), NIST, model
                )
                assert isclose(found[k], expected.log10, rel_tol=1e-11, abs_tol=1e-11)
                terms = terms_with(ratios, row, typed, k)
                assert terms == pytest.approx(dict(expected.per_locus))


@pytest.mark.parametrize("relation", [PARENT_CHILD, FULL_SIBLINGS])
def test_all_pairs_are_each_pair(relation: Relation) -> None:
    _, references = people(12)
    tables = {locus: t for locus in references[0].loci if (t := locus_table(locus, NIST, set()))}
    typed = typed_people(references, tables)
    found = dict(every_pair(typed, Kin(relation)))
    both, _ = contributors([reference_likelihoods(one) for one in references], tables)
    ratios = related_tables(both, Kin(relation))
    assert list(found) == list(range(len(references)))
    for one, later in found.items():
        np.testing.assert_allclose(
            later, against_typed(ratios, one, typed)[one + 1 :], rtol=1e-10, atol=1e-12
        )


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_the_mean_lr_of_unrelated_people_is_one(relation: Relation) -> None:
    some, _ = people(5)
    tables = {locus: t for locus in some[0].loci if (t := locus_table(locus, NIST, set()))}
    both, _ = contributors([reference_likelihoods(some[0])], tables)
    for locus, ln in related_tables(both, Kin(relation)).items():
        weight: Floats = tables[locus].prior * np.exp(both.unrelated[locus][0])
        assert isclose((weight * np.exp(ln[0])).sum() / weight.sum(), 1, rel_tol=1e-12)


def test_a_locus_with_too_many_alleles_is_refused() -> None:
    many = {Allele(f"{k}"): 1 / 400 for k in range(1, 401)}
    crowd = Population(AlleleFrequencies("Crowd", {X: many}, ""))
    table = locus_table(X, crowd, set())
    assert table is not None
    with pytest.raises(CannotWeigh, match="400 alleles at X"):
        typed_people([], {X: table})


def test_relations_by_name() -> None:
    assert relation_named(" Full Siblings") == FULL_SIBLINGS
    with pytest.raises(UnknownName, match="'brother'"):
        relation_named("brother")


# Against whole pedigrees.

COUSINS = Pedigree(
    tuple(
        Member(name, Sex.UNKNOWN, *parents)
        for name, *parents in (
            ("grandfather",), ("grandmother",), ("outsider",), ("another",), ("third",),
            ("parent", "grandfather", "grandmother"), ("uncle", "grandfather", "grandmother"),
            ("child", "parent", "outsider"), ("cousin", "uncle", "another"),
            ("half", "parent", "third"), ("brother", "parent", "outsider"),
        )
    )
)  # fmt: skip


def by_pedigree(
    one: str, other: str, typed: tuple[Reference, Reference], theta: float, model: KinshipModel
) -> dict[Locus, float]:
    """log10 LR of the two in their pedigree, against two people alone."""
    population = replace(NIST, theta=theta)
    alone = Pedigree((Member(one), Member(other)))
    profiles = dict(zip((one, other), typed, strict=True))
    related, unrelated = (
        pedigree_likelihood(pedigree, profiles, population, model)[0].by_locus
        for pedigree in (COUSINS, alone)
    )
    return {Locus(at): (related[at] - unrelated[at]) / np.log(10) for at in related}


@pytest.mark.parametrize("theta", [0.0, 0.02])
@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("parent", "child", "parent and child"),
        ("child", "brother", "full siblings"),
        ("child", "half", "half siblings"),
        ("grandfather", "child", "grandparent and grandchild"),
        ("uncle", "child", "uncle or aunt and nephew or niece"),
        ("child", "cousin", "first cousins"),
    ],
)
def test_two_people_are_a_small_pedigree(one: str, other: str, name: str, theta: float) -> None:
    rng = np.random.default_rng(7)
    loci = list(NIST.frequencies.by_locus)[:6]
    typed = draw_references(rng, NIST, [one, other], loci=loci)
    if name == "parent and child":
        typed = (typed[0], replace(draw_child(rng, *typed, "x"), id=other))
    expected = by_pedigree(one, other, (typed[0], typed[1]), theta, KinshipModel())
    found = compare_as(
        Kin(relation_named(name)),
        reference_likelihoods(typed[0]),
        reference_likelihoods(typed[1]),
        replace(NIST, theta=theta),
    )
    assert found.per_locus == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.02])
@pytest.mark.parametrize(("part", "sex"), [("parent", "male"), ("child", "female")])
def test_mutation_is_that_of_a_small_pedigree(part: str, sex: str, theta: float) -> None:
    rng = np.random.default_rng(8)
    loci = list(NIST.frequencies.by_locus)[:6]
    one, other = draw_references(rng, NIST, ["one", "other"], loci=loci)
    model = stepwise(0.001, 0.004)
    parent, child = ("one", "other") if part == "parent" else ("other", "one")
    parents = (parent, "x") if sex == "male" else ("x", parent)
    pedigree = Pedigree((Member(parent), Member("x"), Member(child, Sex.UNKNOWN, *parents)))
    alone = Pedigree((Member("one"), Member("other")))
    population, profiles = replace(NIST, theta=theta), {"one": one, "other": other}
    ratio = weigh_kinship(
        {"related": pedigree, "alone": alone}, profiles, population, model,
        numerator="related", denominator="alone",
    )  # fmt: skip
    found = compare_as(
        Kin(PARENT_CHILD, Part(part), Sex(sex)),
        reference_likelihoods(one),
        reference_likelihoods(other),
        population,
        model,
    )
    expected = {Locus(at): value for at, value in ratio.per_locus.items()}
    assert found.per_locus == pytest.approx(expected, rel=1e-11, abs=1e-11)
