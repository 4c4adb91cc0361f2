"""Pedigrees, profiles and assumptions drawn at random, for tests of kinship."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reopen.records import (
    AlleleFrequencies,
    Genotype,
    GenotypeLikelihoods,
    KinshipModel,
    LinkedPair,
    Locus,
    LocusLikelihoods,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Sex,
    alleles,
)
from reopen.weigh.kinship import Evidence

L1, L2 = Locus("D1S1"), Locus("D1S2")


@dataclass(frozen=True)
class Scene:
    pedigree: Pedigree
    profiles: dict[str, Evidence]
    population: Population
    model: KinshipModel


def draw_pedigree(
    rng: np.random.Generator, n_people: int, *, twins: bool = True, inbred: bool = False
) -> Pedigree:
    """Founders and children of any couple of those before: loops and inbreeding come often."""
    people = [Member("p0", Sex.MALE), Member("p1", Sex.FEMALE)]
    for k in range(2, n_people):
        sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
        if rng.random() < 0.2:
            people.append(Member(f"p{k}", sex))
            continue
        father = rng.choice([m.id for m in people if m.sex is Sex.MALE])
        mother = rng.choice([m.id for m in people if m.sex is Sex.FEMALE])
        people.append(Member(f"p{k}", sex, str(father), str(mother)))
    groups = ()
    if twins and rng.random() < 0.3 and (children := [m for m in people if not m.is_founder]):
        one = children[rng.integers(len(children))]
        people.append(Member("twin", one.sex, one.father, one.mother))
        groups = ((one.id, "twin"),)
    f = {m.id: 0.3 for m in people if m.is_founder and inbred and rng.random() < 0.5}
    people = [people[k] for k in rng.permutation(len(people))]
    return Pedigree(tuple(people), "drawn", groups, f)


def draw_mutation(rng: np.random.Generator) -> MutationModel:
    kinds = (
        MutationModel(),
        MutationModel(MutationKind.EQUAL, 0.1),
        MutationModel(MutationKind.PROPORTIONAL, 0.02),
        MutationModel(MutationKind.STEPWISE, 0.1, 0.01, 0.3),
        MutationModel(MutationKind.STEPWISE, 0.05, 0.0, 0.1),
    )
    return kinds[rng.integers(len(kinds))]


def draw_scene(rng: np.random.Generator, n_people: int, n_alleles: int, theta: float) -> Scene:
    """People of whom half are typed, in all the ways evidence may come."""
    labels = alleles(("7", "8", "9.3", "10", "12")[:n_alleles])
    p = (rng.dirichlet(np.full(n_alleles, 2.0)) + 0.05) / (1 + 0.05 * n_alleles)
    table = AlleleFrequencies("drawn", {L1: dict(zip(labels, p.tolist(), strict=True))}, "a test")
    pedigree = draw_pedigree(rng, n_people, inbred=theta == 0 and rng.random() < 0.2)
    x_linked = frozenset({L1} if rng.random() < 0.3 else ())
    profiles: dict[str, Evidence] = {}
    dropout, partial = {}, {}
    for id in pedigree.ids:
        if rng.random() < 0.5:
            continue
        single = x_linked and pedigree.sex(id) is Sex.MALE
        pair = rng.choice(labels, size=1 if single else 2)
        kind = rng.random()
        profiles[id] = Reference(id, {L1: Genotype(tuple(pair))})
        if kind < 0.15:
            dropout[id] = 0.2
        elif kind < 0.3:
            profiles[id] = Reference(id, {L1: Genotype((pair[0],))})
            partial[id] = frozenset({L1})
        elif kind < 0.4:
            ln = np.log(rng.random(n_alleles * (n_alleles + 1) // 2))
            likelihoods = LocusLikelihoods(labels, tuple(ln.tolist()))
            profiles[id] = GenotypeLikelihoods(id, {L1: likelihoods})
    model = KinshipModel(
        Mutation(draw_mutation(rng), draw_mutation(rng)),
        silent={L1: 0.1} if rng.random() < 0.25 else {},
        dropout=dropout,
        partial=partial,
        x_linked=x_linked,
    )
    return Scene(pedigree, profiles, Population(table, theta), model)


def draw_linked_scene(rng: np.random.Generator, n_people: int, theta: float) -> Scene:
    """Two linked loci of two alleles, on X or not; most people are typed at one or both."""
    labels = alleles(("7", "8"))
    tables = {}
    for locus in (L1, L2):
        p = float(rng.uniform(0.2, 0.8))
        tables[locus] = dict(zip(labels, (p, 1 - p), strict=True))
    pedigree = draw_pedigree(rng, n_people, twins=False)
    x_linked = frozenset({L1, L2} if rng.random() < 0.3 else ())
    profiles: dict[str, Evidence] = {}
    for id in pedigree.ids:
        single = x_linked and pedigree.sex(id) is Sex.MALE
        typed = {
            locus: Genotype(tuple(rng.choice(labels, size=1 if single else 2)))
            for locus in (L1, L2)
            if rng.random() < 0.7
        }
        profiles[id] = Reference(id, typed)
    model = KinshipModel(
        Mutation(draw_mutation(rng), draw_mutation(rng)),
        x_linked=x_linked,
        linked=(LinkedPair(L1, L2, float(rng.choice([0.0, 0.1, 0.35, 0.5]))),),
    )
    return Scene(
        pedigree, profiles, Population(AlleleFrequencies("drawn", tables, "a test"), theta), model
    )
