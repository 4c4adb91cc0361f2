"""Ratios between pedigrees: hand arithmetic, properties, refusals, published reference cases."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations_with_replacement
from math import exp, inf, log, log10
from pathlib import Path

import numpy as np
import pytest
from tests.weigh.pedigrees import L1, L2, draw_scene

from reopen.errors import CannotWeigh
from reopen.formats import read_kinship
from reopen.records import (
    REST,
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
    canonical_locus,
    genotype,
)
from reopen.weigh.kinship import PedigreeWeigher, pedigree_likelihood, weigh_kinship

CASES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "kinship"
EQUAL = Mutation(*(MutationModel(MutationKind.EQUAL, 0.002),) * 2)
TABLE = {"7": 0.05, "8": 0.1, "9": 0.25, "10": 0.6}


def population(theta: float = 0.0, **frequencies: float) -> Population:
    tables = dict.fromkeys((L1, L2), frequencies or TABLE)
    return Population(AlleleFrequencies("drawn", tables, "a test"), theta, 0.01)


def typed(**people: str) -> dict[str, Reference]:
    return {id: Reference(id, {L1: genotype(*pair.split("/"))}) for id, pair in people.items()}


def family(*lines: str) -> Pedigree:
    """Members as "id sex [father mother]"."""
    rows = [line.split() for line in lines]
    sexes = {"M": Sex.MALE, "F": Sex.FEMALE, "U": Sex.UNKNOWN}
    return Pedigree(tuple(Member(id, sexes[sex], *parents) for id, sex, *parents in rows))


TRIO = family("mother F", "man M", "child M man mother")
APART = family("mother F", "man M", "other M", "child M other mother")


def test_paternity_by_hand() -> None:
    """The man must have handed on the 7: LR = 1 / (2 p) for a heterozygous man."""
    ratio = weigh_kinship(
        {"father": TRIO, "unrelated": APART},
        typed(mother="9/10", man="7/8", child="7/9"),
        population(),
        KinshipModel(),
        numerator="father",
        denominator="unrelated",
    )
    assert ratio.log10 == pytest.approx(log10(1 / (2 * 0.05)))
    assert ratio.needs_mutation == ()


def test_an_exclusion_is_minus_infinity_and_mutation_lifts_it() -> None:
    profiles = typed(mother="9/10", man="8/8", child="7/9")
    hypotheses = {"father": TRIO, "unrelated": APART}
    names = {"numerator": "father", "denominator": "unrelated"}
    excluded = weigh_kinship(hypotheses, profiles, population(), KinshipModel(), **names)
    assert excluded.log10 == -inf
    assert excluded.needs_mutation == ()
    lifted = weigh_kinship(hypotheses, profiles, population(), KinshipModel(EQUAL), **names)
    r, mothers_9 = 0.002 / 3, (0.998 + 0.002 / 3) / 2
    any_7, any_9 = 0.05 * 0.998 + 0.95 * r, 0.25 * 0.998 + 0.75 * r
    expected = (r * mothers_9 + r * r) / (any_7 * mothers_9 + any_9 * r)
    assert lifted.log10 == pytest.approx(log10(expected))
    assert lifted.needs_mutation == (L1,)


def test_what_both_pedigrees_exclude_is_named_and_not_counted() -> None:
    profiles = typed(mother="9/9", man="8/8", child="7/7")
    ratio = weigh_kinship(
        {"father": TRIO, "unrelated": APART}, profiles, population(), KinshipModel(),
        numerator="father", denominator="unrelated",
    )  # fmt: skip
    assert ratio.impossible == (L1,)
    assert ratio.per_locus == {}


def test_founder_inbreeding_by_hand() -> None:
    pedigree = replace(family("a M"), founder_inbreeding={"a": 0.25})
    found = likelihood(pedigree, typed(a="8/8"))
    assert found == pytest.approx(log(0.75 * 0.01 + 0.25 * 0.1))


def test_theta_by_hand() -> None:
    """Two unrelated people, both 8/8: the urn of Balding and Nichols, four draws."""
    t, p = 0.03, 0.1
    urn = [((k * t + (1 - t) * p) / (1 + (k - 1) * t)) for k in range(4)]
    found = likelihood(family("a M", "b F"), typed(a="8/8", b="8/8"), population(t))
    assert found == pytest.approx(sum(map(log, urn)))


def test_theta_and_founder_inbreeding_are_refused_together() -> None:
    pedigree = replace(family("a M"), founder_inbreeding={"a": 0.25})
    with pytest.raises(CannotWeigh, match="inbreeding"):
        likelihood(pedigree, typed(a="8/8"), population(0.01))


def test_theta_over_too_many_untyped_founders_is_refused_at_once() -> None:
    founders = [f"m{k} M" for k in range(8)] + [f"f{k} F" for k in range(8)]
    children = [f"c{k}{n} F m{k} f{k}" for k in range(8) for n in range(2)]
    profiles = typed(**{line.split()[0]: "8/9" for line in children})
    with pytest.raises(CannotWeigh, match="theta over 32 founder alleles"):
        likelihood(family(*founders, *children), profiles, population(0.01))


def test_a_pedigree_too_entangled_is_refused_at_once() -> None:
    """Sixteen children of four men and four women, in all pairs, each with three typed children."""
    labels = [str(k) for k in range(5, 35)]
    wide = population(**dict.fromkeys(labels, 1 / 30))
    parents = [f"m{k} M" for k in range(4)] + [f"f{k} F" for k in range(4)]
    middle = [f"c{j}{k} {'MF'[(j + k) % 2]} m{j} f{k}" for j in range(4) for k in range(4)]
    men = [line.split()[0] for line in middle if line.split()[1] == "M"]
    women = [line.split()[0] for line in middle if line.split()[1] == "F"]
    last = [
        f"x{k}{n} F {man} {woman}"
        for k, (man, woman) in enumerate(zip(men, women, strict=True))
        for n in range(3)
    ]
    profiles = typed(**{line.split()[0]: "8/9" for line in last})
    step = MutationModel(MutationKind.STEPWISE, 0.002)
    with pytest.raises(CannotWeigh, match="the exact sum over this pedigree"):
        likelihood(
            family(*parents, *middle, *last), profiles, wide, KinshipModel(Mutation(step, step))
        )


def test_alleles_that_the_population_does_not_list_have_its_floor() -> None:
    found = likelihood(family("a M"), typed(a="11/11"))
    assert found == pytest.approx(2 * log(0.01 / 1.01))


def test_a_profile_of_a_stranger_is_refused_by_name() -> None:
    with pytest.raises(CannotWeigh, match="aunt has a profile"):
        likelihood(TRIO, typed(aunt="8/9"))


def test_what_cannot_be_weighed_is_listed() -> None:
    profiles = typed(mother="9/10", man="7/8/9", child="7/9")
    profiles["child"] = Reference(
        "child", {L1: genotype("7", "9"), Locus("AMEL"): genotype("X", "Y")}
    )
    found, refused = pedigree_likelihood(TRIO, profiles, population(), KinshipModel())
    assert [item.what for item in refused] == [f"man {L1}", "AMEL"]
    without = typed(mother="9/10", child="7/9")
    assert found.ln == pytest.approx(likelihood(TRIO, without))


def test_a_man_with_two_alleles_on_x_is_listed() -> None:
    model = KinshipModel(x_linked=frozenset({L1}))
    _, refused = pedigree_likelihood(TRIO, typed(man="7/8", child="7"), population(), model)
    assert [item.what for item in refused] == [f"man {L1}"]


def test_x_passes_from_father_to_daughter_only() -> None:
    model = KinshipModel(x_linked=frozenset({L1}))
    pedigree = family("man M", "woman F", "son M man woman", "daughter F man woman")
    profiles = typed(man="7", son="8", daughter="8/9")
    assert likelihood(pedigree, profiles, model=model) == -inf
    fits = typed(man="7", son="8", daughter="7/9")
    assert likelihood(pedigree, fits, model=model) == pytest.approx(
        log(0.05) + log(0.1 * 0.25 / 2)  # the two children got her two different alleles
    )


def test_a_partial_genotype_stands_for_any_second_allele() -> None:
    pedigree, profiles = family("a M"), typed(a="8")
    model = KinshipModel(partial={"a": frozenset({L1})})
    assert likelihood(pedigree, profiles, model=model) == pytest.approx(log(1 - 0.9**2))


def test_a_stain_contributor_counts_as_the_member() -> None:
    """Certain likelihoods give the same as the profile; a spread adds its genotypes up."""
    certain = LocusLikelihoods(("7", "9", REST), (-inf, 0.0, -inf, -inf, -inf, -inf))
    stain = {"child": GenotypeLikelihoods("stain", {L1: certain})}
    relatives = typed(mother="9/10", man="7/8")
    assert likelihood(TRIO, {**relatives, **stain}) == pytest.approx(
        likelihood(TRIO, {**relatives, **typed(child="7/9")})
    )
    spread = LocusLikelihoods(("7", "9", REST), (-inf, log(0.5), -inf, log(0.2), -inf, -inf))
    stain = {"child": GenotypeLikelihoods("stain", {L1: spread})}
    one, other = (likelihood(TRIO, {**relatives, **typed(child=g)}) for g in ("7/9", "9/9"))
    expected = 0.5 * exp(one) + 0.2 * exp(other)
    assert exp(likelihood(TRIO, {**relatives, **stain})) == pytest.approx(expected)


def test_likelihoods_far_below_the_smallest_double_are_finite() -> None:
    """Thirty children who all need a mutation: 1e-12 to the thirtieth."""
    children = [f"c{k} F man mother" for k in range(30)]
    profiles = typed(man="7/7", mother="7/7", **{f"c{k}": "10/10" for k in range(30)})
    rare = Mutation(*(MutationModel(MutationKind.EQUAL, 3e-12),) * 2)
    found = likelihood(family("man M", "mother F", *children), profiles, model=KinshipModel(rare))
    assert found == pytest.approx(4 * log(0.05) + 60 * log(1e-12))


@pytest.mark.parametrize("theta", [0.0, 0.03])
def test_genotypes_of_everybody_sum_to_one(theta: float) -> None:
    pedigree = family("a M", "b F", "c M a b", "d F a b", "e M c d")
    model = KinshipModel(EQUAL)
    weigher = PedigreeWeigher(pedigree, population(theta), model)
    total = 0.0
    for d in combinations_with_replacement(TABLE, 2):
        for e in combinations_with_replacement(TABLE, 2):
            profiles = {id: Reference(id, {L1: Genotype(g)}) for id, g in (("d", d), ("e", e))}
            total += exp(weigher.likelihood(profiles)[0].ln)
    assert total == pytest.approx(1)


@pytest.mark.parametrize("seed", range(40))
def test_names_order_and_untyped_leaves_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = draw_scene(rng, 6, 3, 0.0 if seed % 2 else 0.05)
    plain = likelihood(scene.pedigree, scene.profiles, scene.population, scene.model)
    renamed, profiles, model = relabelled(scene.pedigree, scene.profiles, scene.model)
    assert likelihood(renamed, profiles, scene.population, model) == pytest.approx(plain, abs=1e-10)
    leaf = Member("leaf", Sex.FEMALE, scene.pedigree.parents_first[0].id, "wife")
    if scene.pedigree.sex(leaf.father) is Sex.FEMALE:
        leaf = Member("leaf", Sex.FEMALE, "wife", scene.pedigree.parents_first[0].id)
    spouse = Member("wife", Sex.FEMALE if leaf.mother == "wife" else Sex.MALE)
    larger = replace(scene.pedigree, members=(leaf, *scene.pedigree.members, spouse))
    assert likelihood(larger, scene.profiles, scene.population, scene.model) == pytest.approx(
        plain, abs=1e-10
    )


def test_swapping_the_propositions_changes_the_sign() -> None:
    profiles = typed(mother="9/10", man="7/8", child="7/9")
    args = ({"one": TRIO, "other": APART}, profiles, population(0.02), KinshipModel(EQUAL))
    there = weigh_kinship(*args, numerator="one", denominator="other")
    back = weigh_kinship(*args, numerator="other", denominator="one")
    assert there.log10 == pytest.approx(-back.log10)


def test_linkage_does_not_matter_to_a_trio_and_does_to_sibs() -> None:
    profiles = {
        id: Reference(id, {L1: genotype(*a), L2: genotype(*b)})
        for id, a, b in (("one", "78", "78"), ("other", "78", "78"), ("mother", "79", "89"))
        for a, b in ((list(a), list(b)),)
    }
    sibs = family("father M", "mother F", "one M father mother", "other F father mother")
    linked = KinshipModel(linked=(LinkedPair(L1, L2, 0.01),))
    trio = {id: profiles[id] for id in ("mother", "one")}
    assert likelihood(sibs, trio, model=linked) == pytest.approx(likelihood(sibs, trio))
    assert likelihood(sibs, profiles, model=linked) > likelihood(sibs, profiles) + 0.1
    free = KinshipModel(linked=(LinkedPair(L1, L2, 0.5),))
    assert likelihood(sibs, profiles, model=free) == pytest.approx(likelihood(sibs, profiles))


def likelihood(pedigree, profiles, among=None, model=None) -> float:  # type: ignore[no-untyped-def]
    found, _ = pedigree_likelihood(
        pedigree, profiles, among or population(), model or KinshipModel()
    )
    return found.ln


def relabelled(pedigree, profiles, model):  # type: ignore[no-untyped-def]
    """The same people under other names, in the opposite order."""
    name = {id: f"x{k}" for k, id in enumerate(sorted(pedigree.ids, reverse=True))}
    members = tuple(
        Member(name[m.id], m.sex, name.get(m.father), name.get(m.mother))
        for m in reversed(pedigree.members)
    )
    twins = tuple(tuple(name[id] for id in group) for group in pedigree.twins)
    inbred = {name[id]: f for id, f in pedigree.founder_inbreeding.items()}
    return (
        Pedigree(members, "renamed", twins, inbred),
        {name[id]: evidence for id, evidence in profiles.items()},
        replace(
            model,
            dropout={name[id]: d for id, d in model.dropout.items()},
            partial={name[id]: loci for id, loci in model.partial.items()},
        ),
    )


def reference_cases() -> list[Path]:
    return [
        path
        for path in sorted(CASES.glob("*.json"))
        if json.loads(path.read_text()).get("kind") == "lr"
    ]


@pytest.mark.shared
@pytest.mark.skipif(not CASES.is_dir(), reason="the folder `shared` is not beside the project")
def test_there_are_reference_cases() -> None:
    assert len(reference_cases()) >= 11


@pytest.mark.shared
@pytest.mark.parametrize("path", reference_cases(), ids=lambda path: path.stem)
def test_reference_case(path: Path) -> None:
    """Likelihoods and ratios of Familias, pedprobr and KLINK; source and tolerance in each file."""
    stated, case = json.loads(path.read_text()), read_kinship(path)
    tolerance = stated["tolerance_log10"]
    assert case.population is not None
    assert case.model is not None
    for name, by_marker in stated["expected"]["log10_likelihood"].items():
        found, refused = pedigree_likelihood(
            case.hypotheses[name], case.profiles, case.population, case.model
        )
        assert not refused
        for marker, value in by_marker.items():
            key = " + ".join(canonical_locus(part) for part in marker.split("+"))
            ours = found.by_locus.get(key, 0.0) / log(10)
            assert ours == pytest.approx(float(value), abs=tolerance)
    for names, value in stated["expected"]["log10_lr"].items():
        numerator, denominator = names.split("/")
        ratio = weigh_kinship(
            case.hypotheses, case.profiles, case.population, case.model,
            numerator=numerator, denominator=denominator,
        )  # fmt: skip
        assert ratio.log10 == pytest.approx(float(value["total"]), abs=tolerance)
