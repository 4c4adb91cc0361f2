"""A family whose samples or pedigree are wrong is noticed, and the right reason is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reopen.formats import library
from reopen.records import (
    Allele,
    Genotype,
    KinshipModel,
    Locus,
    MapPosition,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Sex,
)
from reopen.weigh.pedigree_check import (
    Cause,
    PedigreeCheck,
    check_hypotheses,
    check_pedigree,
    relation_stated,
)
from reopen.weigh.pedigree_pairs import far_apart
from reopen.weigh.simulate import draw_family, draw_reference

POPULATION = Population(library.population("nist1036-cauc"), theta=0.0)
STEPS = MutationModel(MutationKind.STEPWISE, 0.002, 1e-6)
MODEL = KinshipModel(Mutation(STEPS, STEPS))
LOCI = [m.locus for m in library.kit("GlobalFiler").markers if m.kind == "autosomal"]
PEDIGREE = Pedigree(
    (
        Member("father", Sex.MALE),
        Member("mother", Sex.FEMALE),
        Member("anna", Sex.FEMALE, "father", "mother"),
        Member("ben", Sex.MALE, "father", "mother"),
    )
)


def family(seed: int = 1) -> dict[str, Reference]:
    drawn = draw_family(
        np.random.default_rng(seed), POPULATION, "father", "mother", ["anna", "ben"], loci=LOCI
    )
    return {who.id: who for who in (drawn.father, drawn.mother, *drawn.children)}


def check(profiles: dict[str, Reference], pedigree: Pedigree = PEDIGREE) -> PedigreeCheck:
    return check_pedigree(pedigree, profiles, POPULATION, MODEL, simulated=300)


def test_a_right_family_has_no_findings() -> None:
    found = check(family())
    assert found.findings == ()
    assert found.errors == ()
    assert found.explanations == ()
    assert {pair.relation for pair in found.pairs} == {
        "unrelated", "parent and child", "full siblings",
    }  # fmt: skip


def test_one_step_is_called_a_mutation() -> None:
    profiles = family()
    locus = Locus("D18S51")
    child = profiles["anna"].genotypes[locus]
    father = profiles["father"].genotypes[locus].pair
    mother = profiles["mother"].genotypes[locus].pair
    own = next(a for a in child.pair if a in father)
    other = next((a for a in child.pair if a != own), own)
    stepped = next(
        label
        for step in (1, -1)
        if (label := type(own)(f"{int(own) + step}")) not in (*father, *mother)
    )
    genotypes = {**profiles["anna"].genotypes, locus: Genotype((stepped, other))}
    profiles["anna"] = replace(profiles["anna"], genotypes=genotypes)
    found = check(profiles)
    assert [error.locus for error in found.errors] == [locus]
    assert "anna" in found.errors[0].people
    assert found.explanations[0].cause is Cause.MUTATION
    assert any("does not fit without a mutation" in told for told in found.findings)
    assert any("Mutation at 1 locus remains an explanation" in told for told in found.findings)


def test_another_father() -> None:
    """The child of the mother and of a stranger, filed as the father's."""
    profiles = family()
    rng = np.random.default_rng(8)
    lover = draw_reference(rng, POPULATION, "lover", loci=LOCI)
    genotypes = {
        at: Genotype((lover.genotypes[at].pair[rng.integers(2)],
                      profiles["mother"].genotypes[at].pair[rng.integers(2)]))
        for at in LOCI
    }  # fmt: skip
    profiles["ben"] = Reference("ben", genotypes)
    found = check(profiles)
    best = found.explanations[0]
    assert (best.cause, best.told) == (Cause.PARENT, "father is not the father of ben")
    assert len(found.errors) >= 3
    assert any(
        told.startswith("Best explained so: father is not the father of ben")
        for told in found.findings
    )
    assert any(pair.doubtful for pair in found.pairs if {pair.one, pair.other} == {"father", "ben"})


def test_exchanged_samples() -> None:
    profiles = family()
    profiles["mother"], profiles["anna"] = profiles["anna"], profiles["mother"]
    found = check(profiles)
    assert found.explanations[0].cause is Cause.EXCHANGED
    assert found.explanations[0].told == "the samples of mother and anna were exchanged"


def test_a_sample_of_a_stranger() -> None:
    profiles = family()
    profiles["ben"] = draw_reference(np.random.default_rng(9), POPULATION, "x", loci=LOCI)
    found = check(profiles)
    assert found.explanations[0].cause is Cause.STRANGER
    assert "sample of ben" in found.explanations[0].told


def test_a_sample_filed_twice() -> None:
    profiles = family()
    profiles["ben"] = replace(profiles["anna"], id="ben")
    found = check(profiles)
    assert [(p.one, p.other) for p in found.pairs if p.duplicate] == [("anna", "ben")]
    assert any("one sample filed twice, or identical twins" in told for told in found.findings)


def test_a_grandmother_who_is_none() -> None:
    """No locus excludes her; the pair of her and the child tells."""
    pedigree = Pedigree(
        (
            Member("gran", Sex.FEMALE),
            Member("gramps", Sex.MALE),
            Member("mother", Sex.FEMALE, "gramps", "gran"),
            Member("father", Sex.MALE),
            Member("anna", Sex.FEMALE, "father", "mother"),
        )
    )
    profiles = {"mother": family()["mother"], "anna": family()["anna"]}
    profiles["gran"] = draw_reference(np.random.default_rng(2), POPULATION, "gran", loci=LOCI)
    found = check(profiles, pedigree)
    assert found.explanations[0].told in (
        "gran is not the mother of mother",
        "the sample of gran is of somebody unrelated to the family",
    )
    assert relation_stated(pedigree, "gran", "anna") == "grandparent and grandchild"


def test_relations_in_words() -> None:
    people = Pedigree(
        (
            *PEDIGREE.members,
            Member("wife", Sex.FEMALE),
            Member("niece", Sex.FEMALE, "ben", "wife"),
            Member("child", Sex.UNKNOWN, "ben", "anna"),
            Member("half", Sex.UNKNOWN, "father", "wife"),
        )
    )
    words = {
        ("father", "anna"): "parent and child",
        ("anna", "niece"): "uncle or aunt and nephew or niece, or as close",
        ("anna", "half"): "half siblings",
        ("father", "wife"): "unrelated",
        ("ben", "child"): "parent and child with inbreeding, kinship 0.375",
    }
    for pair, expected in words.items():
        assert relation_stated(people, *pair) == expected


def test_people_without_a_common_locus_are_listed() -> None:
    profiles = family()
    few = {LOCI[0]: profiles["ben"].genotypes[LOCI[0]]}
    profiles["ben"] = replace(profiles["ben"], genotypes=few)
    rest = {k: v for k, v in profiles["anna"].genotypes.items() if k != LOCI[0]}
    profiles["anna"] = replace(profiles["anna"], genotypes=rest)
    found = check(profiles)
    reason = "no locus in common that could tell how they are related"
    assert [str(item) for item in found.not_weighed] == [f"anna and ben: {reason}"]


@pytest.mark.parametrize("seed", range(2, 6))
def test_other_right_families(seed: int) -> None:
    found = check(family(seed))
    assert found.errors == ()
    assert sum(pair.doubtful for pair in found.pairs) == 0


def test_a_sample_filed_twice_is_told_from_siblings_alike_by_chance() -> None:
    """With an allele lost the second time it is still one sample; few loci say nothing."""
    profiles = family()
    lost = dict(profiles["anna"].genotypes)
    at = next(at for at, genotype in lost.items() if len(set(genotype.pair)) == 2)
    lost[at] = Genotype((lost[at].pair[0],))
    profiles["ben"] = Reference("ben", lost)
    found = check(profiles)
    (same,) = [pair.same for pair in found.pairs if pair.same]
    assert same.different == (at,)
    few = {at: profiles["anna"].genotypes[at] for at in LOCI[:3]}
    profiles["ben"] = Reference("ben", few)
    assert not any(pair.duplicate for pair in check(profiles).pairs)


def test_the_fathers_sample_filed_as_the_sons() -> None:
    profiles = family()
    profiles["ben"] = replace(profiles["father"], id="ben")
    best = check(profiles).explanations[0]
    assert (best.cause, best.told) == (Cause.TWICE, "the sample of ben is one of father")


def test_one_mutation_is_no_doubt_about_a_parent() -> None:
    """A pair that one locus rules out is not a pair that genotypes contradict."""
    profiles = family(3)
    locus = Locus("D18S51")
    genotypes = {**profiles["anna"].genotypes, locus: Genotype(("27", "27"))}
    profiles["anna"] = replace(profiles["anna"], genotypes=genotypes)
    found = check(profiles)
    assert [error.locus for error in found.errors] == [locus]
    assert not any(pair.doubtful for pair in found.pairs)


def test_half_siblings_who_are_full_siblings() -> None:
    members = (
        Member("mother", Sex.FEMALE), Member("one", Sex.MALE), Member("another", Sex.MALE),
        Member("anna", Sex.FEMALE, "one", "mother"), Member("ben", Sex.MALE, "another", "mother"),
    )  # fmt: skip
    profiles = {id: p for id, p in family(2).items() if id != "father"}
    found = check(profiles, Pedigree(members))
    assert found.explanations[0].cause is Cause.SAME_PARENT
    assert found.explanations[0].told == "anna and ben are full siblings, and another is one"


def test_lost_alleles_of_which_the_model_knows_raise_no_doubt() -> None:
    """Every third heterozygous locus of a child shows one allele; it may have lost another."""
    profiles = family(5)
    genotypes = {
        at: Genotype((genotype.pair[0],)) if k % 3 == 0 else genotype
        for k, (at, genotype) in enumerate(profiles["ben"].genotypes.items())
    }
    profiles["ben"] = replace(profiles["ben"], genotypes=genotypes)
    model = replace(MODEL, dropout={"ben": 0.2})
    assert check_pedigree(PEDIGREE, profiles, POPULATION, model, simulated=300).findings == ()


def test_hypotheses_are_checked_where_they_agree() -> None:
    """The mother is in no dispute, and her sample is a stranger's; the father is."""
    profiles = family(6)
    father = Pedigree(PEDIGREE.members[:3])
    apart = Pedigree(
        (*PEDIGREE.members[:2], Member("x", Sex.MALE), Member("anna", Sex.FEMALE, "x", "mother"))
    )
    two = {"the father": father, "another man": apart}
    typed = {id: profiles[id] for id in ("father", "mother", "anna")}
    right = check_hypotheses(two, typed, POPULATION, MODEL, simulated=300)
    assert right.findings == ()
    disputed = [(p.one, p.other) for p in right.pairs if p.in_dispute]
    assert disputed == [("father", "anna")]
    typed["mother"] = draw_reference(np.random.default_rng(9), POPULATION, "mother", loci=LOCI)
    wrong = check_hypotheses(two, typed, POPULATION, MODEL, simulated=300)
    assert [(p.one, p.other) for p in wrong.pairs if p.doubtful] == [("mother", "anna")]
    assert wrong.explanations[0].told in (
        "the sample of mother is of somebody unrelated to the family",
        "mother is not the mother of anna",
    )


def test_loci_on_x_take_no_part_in_pairs() -> None:
    """A father and his son share nothing on X, which is no finding about them."""
    profiles = family(7)
    locus = Locus("DXS8378")
    table = {Allele(k): 0.25 for k in "1234"}
    by_locus = {**POPULATION.frequencies.by_locus, locus: table}
    population = replace(POPULATION, frequencies=replace(POPULATION.frequencies, by_locus=by_locus))
    one, two, three, four = table
    for id, pair in {
        "father": (one,), "mother": (two, three), "anna": (one, two), "ben": (three,),
    }.items():  # fmt: skip
        genotypes = {**profiles[id].genotypes, locus: Genotype(pair)}
        profiles[id] = replace(profiles[id], genotypes=genotypes)
    model = replace(MODEL, x_linked=frozenset({locus}))
    right = check_pedigree(PEDIGREE, profiles, population, model, simulated=300)
    assert right.findings == ()
    assert all(locus not in pair.estimate.loci for pair in right.pairs)
    stranger = {**profiles["ben"].genotypes, locus: Genotype((four,))}
    profiles["ben"] = replace(profiles["ben"], genotypes=stranger)
    wrong = check_pedigree(PEDIGREE, profiles, population, model, simulated=300)
    assert [error.locus for error in wrong.errors] == [locus]


def test_linked_snps_are_thinned_before_pairs_are_judged() -> None:
    """Of 100 loci, one in a centimorgan, two are 50 apart and more."""
    loci = [Locus(f"rs{k}") for k in range(100)]
    heterozygous = Genotype((Allele("1"), Allele("2")))
    profile = Reference("A", dict.fromkeys(loci, heterozygous))
    places = {locus: MapPosition("1", float(k)) for k, locus in enumerate(loci)}
    kept = far_apart(profile, replace(MODEL, positions=places)).loci
    assert list(kept) == [Locus("rs0"), Locus("rs50")]
    assert far_apart(profile, MODEL) == profile
