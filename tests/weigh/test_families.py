"""Family tables: the ratio of two full pedigree likelihoods for every candidate."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from math import inf, log, log10

import numpy as np
import pytest
from tests.weigh.pedigrees import L1, L2, Scene, draw_scene

from reopen.errors import CannotWeigh
from reopen.records import (
    AlleleFrequencies,
    Family,
    Genotype,
    KinshipModel,
    LinkedPair,
    Locus,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Remains,
    Sex,
    genotype,
)
from reopen.weigh.compare import compare, reference_likelihoods
from reopen.weigh.families import against_family, family_likelihoods, family_table
from reopen.weigh.kinship import weigh_kinship

TABLE = {"7": 0.05, "8": 0.1, "9": 0.25, "10": 0.6}
POPULATION = Population(AlleleFrequencies("drawn", {L1: TABLE, L2: TABLE}, "a test"), 0.0, 0.01)
PARENTS = (Member("father", Sex.MALE), Member("mother", Sex.FEMALE))
CHILDREN = tuple(Member(id, Sex.MALE, "father", "mother") for id in ("missing", "brother"))
MODELS = {
    "plain": KinshipModel(),
    "stepwise": KinshipModel(
        Mutation(*(MutationModel(MutationKind.STEPWISE, 0.002, 1e-6, 0.1),) * 2)
    ),
    "silent": KinshipModel(silent={L1: 0.02}),
    "on X": KinshipModel(x_linked=frozenset({L1})),
}


def profile(id: str, *labels: str) -> Reference:
    return Reference(id, {L1: genotype(*labels)})


def family(**typed: tuple[str, ...]) -> Family:
    profiles = {id: profile(id, *labels) for id, labels in typed.items()}
    return Family("A", Pedigree((*PARENTS, *CHILDREN)), profiles, ("missing",))


def by_pedigrees(family: Family, candidate: Reference, population: Population, model: KinshipModel):  # type: ignore[no-untyped-def]
    """log10 LR of two full likelihoods: the candidate in the family, and beside it."""
    stranger = Member("stranger", family.pedigree.sex("missing"))
    beside = replace(family.pedigree, members=(*family.pedigree.members, stranger))
    names = {member.id: member.id for member in beside.members}
    names |= {"missing": "stranger", "stranger": "missing"}
    swapped = tuple(
        replace(m, id=names[m.id], father=names.get(m.father), mother=names.get(m.mother))
        for m in beside.members
    )
    return weigh_kinship(
        {"in": family.pedigree, "out": replace(beside, members=swapped)},
        {**family.profiles, "missing": candidate},
        population,
        model,
        numerator="in",
        denominator="out",
    ).log10


@pytest.mark.parametrize("theta", [0.0, 0.03])
@pytest.mark.parametrize("name", MODELS)
def test_every_candidate_is_the_ratio_of_two_pedigree_likelihoods(name: str, theta: float) -> None:
    population, model = replace(POPULATION, theta=theta), MODELS[name]
    on_x = bool(model.x_linked)
    relatives = family(mother=("8", "9"), brother=("9",) if on_x else ("9", "10"))
    table = family_table(relatives, "missing", population, model)
    genotypes = [(a,) for a in TABLE] if on_x else combinations_with_replacement(TABLE, 2)
    for pair in genotypes:
        candidate = profile("candidate", *pair)
        found = against_family(table, candidate)
        assert not found.not_weighed
        expected = by_pedigrees(relatives, candidate, population, model)
        assert found.log10 == pytest.approx(expected, abs=1e-9)


def draw_family_scene(
    seed: int,
) -> tuple[np.random.Generator, Scene, dict[str, Reference], list[str]]:
    """A scene with typed people and untyped ones, of whom any may be missing."""
    for attempt in range(100):
        rng = np.random.default_rng((seed, attempt))
        scene = draw_scene(rng, 5, 3, 0.0 if seed % 3 else 0.05)
        profiles = {id: p for id, p in scene.profiles.items() if isinstance(p, Reference)}
        free = [id for id in scene.pedigree.ids if id not in profiles]
        plain = not scene.pedigree.twins and not scene.pedigree.founder_inbreeding
        if plain and free and profiles:
            return rng, scene, profiles, free
    raise AssertionError("no such scene is ever drawn")


@pytest.mark.parametrize("seed", range(30))
def test_tables_of_pedigrees_drawn_at_random(seed: int) -> None:
    """Any untyped member may be the missing one: a founder, inbred, with children."""
    rng, scene, profiles, free = draw_family_scene(seed)
    missing = free[rng.integers(len(free))]
    order = {id: "missing" if id == missing else id for id in scene.pedigree.ids}
    members = tuple(
        replace(m, id=order[m.id], father=order.get(m.father), mother=order.get(m.mother))
        for m in scene.pedigree.members
    )
    relatives = Family("A", Pedigree(members), profiles, ("missing",))
    labels = list(scene.population.frequencies.by_locus[L1])
    table = family_table(relatives, "missing", scene.population, scene.model)
    single = scene.model.x_linked and relatives.pedigree.sex("missing") is Sex.MALE
    candidate = Reference(
        "candidate", {L1: Genotype(tuple(rng.choice(labels, 1 if single else 2)))}
    )
    expected = by_pedigrees(relatives, candidate, scene.population, scene.model)
    if L1 in table.by_locus:
        found = against_family(table, candidate).log10
        assert found == pytest.approx(expected, abs=1e-9) or found == expected == -inf


def test_remains_with_dropout_are_summed_over_their_genotypes() -> None:
    model = replace(MODELS["stepwise"], dropout={"missing": 0.2})
    relatives = family(mother=("8", "9"), brother=("9", "10"))
    table = family_table(relatives, "missing", POPULATION, MODELS["stepwise"])
    for labels in (("8",), ("8", "10")):
        candidate = profile("bones", *labels)
        found = against_family(table, Remains("bones", candidate, dropout=0.2))
        expected = by_pedigrees(relatives, candidate, POPULATION, model)
        assert found.log10 == pytest.approx(expected, abs=1e-9)


def test_an_allele_met_in_the_search_has_the_floor() -> None:
    relatives = family(mother=("8", "9"))
    met = {L1: {genotype("12").alleles[0]}}
    candidate = profile("candidate", "9", "12")
    found = against_family(
        family_table(relatives, "missing", POPULATION, KinshipModel(), met), candidate
    )
    expected = by_pedigrees(relatives, candidate, POPULATION, KinshipModel())
    assert found.log10 == pytest.approx(expected)
    without = family_table(relatives, "missing", POPULATION, KinshipModel())
    assert [item.what for item in against_family(without, candidate).not_weighed] == [
        f"candidate {L1}"
    ]


def test_a_family_meets_a_reference_at_the_waist() -> None:
    """Without theta the one comparison gives the family's ratio."""
    relatives = family(mother=("8", "9"), brother=("9", "10"))
    table = family_table(relatives, "missing", POPULATION, MODELS["stepwise"])
    candidate = profile("candidate", "8", "10")
    met = compare(family_likelihoods(table), reference_likelihoods(candidate), POPULATION)
    assert met.log10 == pytest.approx(against_family(table, candidate).log10)


def test_a_child_by_hand() -> None:
    """P(9/10 | a child of 8/9) against an unrelated person: (p_10 / 2) / (2 p_9 p_10)."""
    relatives = family(mother=("8", "9"))
    table = family_table(relatives, "missing", POPULATION, KinshipModel())
    assert against_family(table, profile("x", "9", "10")).log10 == pytest.approx(
        log10(1 / (4 * 0.25))
    )
    assert against_family(table, profile("x", "7", "7")).log10 == -inf


def test_ln_unrelated_sums_to_the_family() -> None:
    relatives = family(mother=("8", "9"))
    for theta in (0.0, 0.03):
        population = replace(POPULATION, theta=theta)
        at = family_table(relatives, "missing", population, KinshipModel()).by_locus[L1]
        ln = log(2 * (1 - theta) * 0.1 * 0.25)
        assert np.logaddexp.reduce(at.ln_related) == pytest.approx(ln)
        assert np.logaddexp.reduce(at.ln_unrelated) == pytest.approx(ln)


def test_relatives_who_exclude_each_other_are_listed() -> None:
    relatives = family(mother=("8", "8"), brother=("9", "10"))
    table = family_table(relatives, "missing", POPULATION, KinshipModel())
    assert table.by_locus == {}
    assert "exclude each other" in table.not_weighed[0].reason


def test_linkage_that_a_table_leaves_out_is_said() -> None:
    relatives = Family(
        "A",
        Pedigree((*PARENTS, *CHILDREN)),
        {"mother": Reference("mother", {L1: genotype("8", "9"), L2: genotype("8", "9")})},
        ("missing",),
    )
    model = KinshipModel(linked=(LinkedPair(L1, L2, 0.1),))
    table = family_table(relatives, "missing", POPULATION, model)
    assert [item.what for item in table.not_weighed] == [f"{L1} + {L2}"]


def test_on_x_the_sex_of_the_missing_must_be_known() -> None:
    unknown = Pedigree((*PARENTS, Member("missing", Sex.UNKNOWN, "father", "mother")))
    relatives = Family("A", unknown, {"mother": profile("mother", "8", "9")}, ("missing",))
    table = family_table(relatives, "missing", POPULATION, MODELS["on X"])
    assert table.by_locus == {}
    assert "sex of missing" in table.not_weighed[0].reason


def test_a_typed_member_is_refused() -> None:
    with pytest.raises(CannotWeigh, match="mother of family A has a profile"):
        family_table(family(mother=("8", "9")), "mother", POPULATION, KinshipModel())


def test_a_locus_without_frequencies_is_listed() -> None:
    typed = {"mother": Reference("mother", {Locus("AMEL"): genotype("X", "X")})}
    relatives = replace(family(), profiles=typed)
    table = family_table(relatives, "missing", POPULATION, KinshipModel())
    assert [item.what for item in table.not_weighed] == ["AMEL"]
