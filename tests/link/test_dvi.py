"""Disasters worked through: by hand, against every assignment as one big pedigree, and by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, log, log10

import numpy as np
import pytest
from tests.twins import assignments as twin

from reopen.errors import CannotWeigh
from reopen.link.dvi import DviOptions, Identification, identify
from reopen.link.dvi_conclusions import Kind
from reopen.link.dvi_options import PutIn
from reopen.link.dvi_pairs import Rules
from reopen.link.dvi_people import sought
from reopen.link.dvi_prior import Prior
from reopen.link.dvi_remains import group_remains, outside_families, related_victims
from reopen.link.dvi_terms import FamilyTerms
from reopen.records import (
    Allele,
    AlleleFrequencies,
    Family,
    Genotype,
    KinshipModel,
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
from reopen.weigh.kinship import pedigree_likelihood
from reopen.weigh.simulate import draw_child, draw_references

F, M, U = Sex.FEMALE, Sex.MALE, Sex.UNKNOWN
L1 = Locus("L1")
TENTHS = Population(
    AlleleFrequencies("tenths", {L1: {Allele(str(k)): 0.1 for k in range(1, 11)}}, ""), theta=0.0
)
LOCI = tuple(Locus(f"L{k}") for k in range(1, 7))
FIFTHS = Population(
    AlleleFrequencies(
        "invented",
        {
            locus: {Allele(str(10 + k)): p for k, p in enumerate((0.1, 0.3, 0.25, 0.2, 0.15))}
            for locus in LOCI
        },
        "",
    ),
    theta=0.0,
)
STEPS = MutationModel(MutationKind.STEPWISE, 0.005, 1e-6)
MUTATING = KinshipModel(mutation=Mutation(STEPS, STEPS))


def one(id: str, *labels: str) -> Reference:
    return Reference(id, {L1: genotype(*labels)})


def worked_through(
    victims: Mapping[str, Sex],
    profiles: Mapping[str, Reference],
    families: Sequence[Family],
    population: Population,
    model: KinshipModel | None = None,
    **options: object,
) -> Identification:
    terms = FamilyTerms(families, sought(families), profiles, population, model or KinshipModel())
    bad = {family.id: terms.inconsistent(family.id) for family in families}
    return identify(victims, families, terms, DviOptions(**options), inconsistent=bad)  # type: ignore[arg-type]


# Two families at one marker of ten equal alleles: Vigeland and Egeland 2021, example 2. By hand:
# V2 (1/2) as the son of R1 (2/2): 1/2 = p over 2 p^2, 5. V1 (1/1) as the father of nobody typed: 1;
# with the son put in, the son's 1 comes from him for sure: 1 over 2 p^2 = 50. V3 as the daughter
# of R2 (3/3): 5.
EXAMPLE = (
    Family(
        "F1",
        Pedigree((Member("M1", M), Member("R1", F), Member("M2", M, "M1", "R1"))),
        {"R1": one("R1", "2", "2")},
        ("M1", "M2"),
    ),
    Family(
        "F2",
        Pedigree((Member("R2", M), Member("MO2", F), Member("M3", F, "R2", "MO2"))),
        {"R2": one("R2", "3", "3")},
        ("M3",),
    ),
)
EXAMPLE_VICTIMS = {"V1": M, "V2": M, "V3": F}
EXAMPLE_PROFILES = {
    "V1": one("V1", "1", "1"),
    "V2": one("V2", "1", "2"),
    "V3": one("V3", "3", "4"),
}


def test_two_families_by_hand() -> None:
    found = worked_through(EXAMPLE_VICTIMS, EXAMPLE_PROFILES, EXAMPLE, TENTHS)
    pairs = {(p.victim, p.missing): p for p in found.pairs}
    expected = {("V1", "M1"): 1, ("V2", "M1"): 1, ("V1", "M2"): 0, ("V2", "M2"): 5, ("V3", "M3"): 5}
    assert set(pairs) == set(expected)
    for pair, ratio in expected.items():
        log = log10(ratio) if ratio else -inf
        assert pairs[pair].log10_lr == pytest.approx(log, abs=1e-9)
    assert pairs["V1", "M2"].impossible == ("L1",)
    assert found.assignments == 14
    assert found.joint.possible == 10
    best = found.joint.best
    assert dict(best.assignment) == {"V1": "M1", "V2": "M2", "V3": "M3"}
    assert best.log10_lr == pytest.approx(log10(250))
    # 250 + 50 + 25 + 4 times 5 + 3 times 1 = 348
    assert best.posterior == pytest.approx(250 / 348)
    assert found.joint.posterior["V1"] == {
        "M1": pytest.approx((250 + 50 + 5 + 1) / 348),
        "*": pytest.approx((25 + 5 + 5 + 5 + 1 + 1) / 348),
    }
    assert found.joint.log10_glr["V2", "M2"] == pytest.approx(log10(250 / 5))


def test_no_conclusion_is_drawn_from_one_locus() -> None:
    found = worked_through(EXAMPLE_VICTIMS, EXAMPLE_PROFILES, EXAMPLE, TENTHS)
    assert {c.person: c.kind for c in found.of_missing} == dict.fromkeys(
        ("M1", "M2", "M3"), Kind.INCONCLUSIVE
    )
    assert {c.person: c.kind for c in found.of_victims}["V1"] is Kind.NO_MATCH  # its LR is 1


def _disaster(seed: int) -> tuple[dict[str, Sex], dict[str, Reference], tuple[Family, ...]]:
    """Two families of which one seeks two people, and a stranger among the victims."""
    rng = np.random.default_rng(seed)
    he, she, other, stranger = draw_references(rng, FIFTHS, list("abcd"), loci=LOCI)
    son, daughter = (draw_child(rng, he, she, id) for id in ("V1", "V2"))
    child = draw_child(rng, other, she, "child")
    families = (
        Family(
            "F1",
            Pedigree(
                (
                    Member("father", M), Member("mother", F), Member("son", M, "father", "mother"),
                    Member("daughter", F, "father", "mother"),
                )
            ),
            {"mother": replace(she, id="mother")},
            ("son", "daughter"),
        ),
        Family(
            "F2",
            Pedigree((Member("sought", M), Member("wife", F), Member("c", F, "sought", "wife"))),
            {"c": replace(child, id="c"), "wife": replace(she, id="wife")},
            ("sought",),
        ),
    )  # fmt: skip
    profiles = {
        "V1": son,
        "V2": daughter,
        "V3": replace(other, id="V3"),
        "V4": replace(stranger, id="V4"),
    }
    return {"V1": M, "V2": F, "V3": M, "V4": U}, profiles, families


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", [KinshipModel(), MUTATING], ids=["none", "stepwise"])
def test_assignments_are_those_of_whole_pedigrees(seed: int, model: KinshipModel) -> None:
    """Every assignment as one pedigree of everybody, all families and all victims in it."""
    victims, profiles, families = _disaster(seed)
    found = worked_through(victims, profiles, families, FIFTHS, model, most_listed=1000)
    listed = {tuple(sorted(r.assignment.items())): r for r in found.joint.top}
    candidates = {
        v: [m.name for m in sought(families) if U in (sex, m.sex) or sex is m.sex]
        for v, sex in victims.items()
    }
    weighed = []
    null = _whole_pedigree(dict.fromkeys(victims, "*"), victims, profiles, families, model)
    for assignment in twin.assignments(list(victims), candidates):
        ln = _whole_pedigree(assignment, victims, profiles, families, model) - null
        weighed.append((assignment, float(np.exp(ln))))
        ours = listed.get(tuple(sorted(assignment.items())))
        if ln == -inf:
            assert ours is None
        else:
            assert ours is not None
            assert ours.log10_lr == pytest.approx(ln / log(10), abs=1e-9)
    assert found.assignments == len(weighed)
    for victim, row in twin.posterior(weighed).items():
        for missing, p in row.items():
            assert found.joint.posterior[victim].get(missing, 0) == pytest.approx(p, rel=1e-7)


def _whole_pedigree(
    assignment: Mapping[str, str],
    victims: Mapping[str, Sex],
    profiles: Mapping[str, Reference],
    families: Sequence[Family],
    model: KinshipModel,
) -> float:
    placed = {missing: victim for victim, missing in assignment.items()}
    members, typed = [], {}
    for family in families:
        for m in family.pedigree.members:
            parents = [f"{family.id} {parent}" for parent in m.parents] or [None, None]
            members.append(Member(f"{family.id} {m.id}", m.sex, *parents))
            if m.id in family.profiles:
                typed[f"{family.id} {m.id}"] = family.profiles[m.id]
            elif m.id in placed:
                typed[f"{family.id} {m.id}"] = profiles[placed[m.id]]
    for victim, missing in assignment.items():
        if missing == "*":
            members.append(Member(victim, victims[victim]))
            typed[victim] = profiles[victim]
    found, refused = pedigree_likelihood(Pedigree(tuple(members)), typed, FIFTHS, model)
    assert not refused
    return found.ln


def test_theta_is_shared_by_a_family_and_its_victim() -> None:
    population = replace(FIFTHS, theta=0.03)
    victims, profiles, families = _disaster(5)
    found = worked_through(victims, profiles, families, population, MUTATING)
    pair = next(p for p in found.pairs if (p.victim, p.missing) == ("V1", "son"))
    family = families[0]
    typed = {**family.profiles, "son": profiles["V1"]}
    related, _ = pedigree_likelihood(family.pedigree, typed, population, MUTATING)
    apart = Pedigree((*family.pedigree.members, Member("V1", M)))
    unrelated, _ = pedigree_likelihood(
        apart, {**family.profiles, "V1": profiles["V1"]}, population, MUTATING
    )
    assert pair.log10_lr == pytest.approx((related.ln - unrelated.ln) / log(10), abs=1e-9)


def test_order_and_names_change_nothing() -> None:
    victims, profiles, families = _disaster(1)
    found = worked_through(victims, profiles, families, FIFTHS, MUTATING)
    backwards = worked_through(
        dict(reversed(victims.items())), profiles, families[::-1], FIFTHS, MUTATING
    )
    for victim in victims:
        assert backwards.joint.posterior[victim] == pytest.approx(
            found.joint.posterior[victim], rel=1e-9
        )
    assert {c.person: c.kind for c in backwards.of_missing} == {
        c.person: c.kind for c in found.of_missing
    }
    renamed = worked_through(
        {f"{v}'": sex for v, sex in victims.items()},
        {f"{v}'": profile for v, profile in profiles.items()},
        families,
        FIFTHS,
        MUTATING,
    )
    assert renamed.joint.posterior["V1'"] == pytest.approx(found.joint.posterior["V1"], rel=1e-12)


class Said:
    """Families that say what a table says; families of one missing person each unless named."""

    def __init__(self, log10_lr: Mapping[PutIn, float], impossible: Mapping[PutIn, int] = {}):
        self.log10_lr, self.excluded = log10_lr, impossible

    def __call__(self, family: str, put_in: PutIn, given: PutIn = ()) -> float:
        def ln(pairs: PutIn) -> float:
            key = tuple(sorted(pairs))
            singles = sum(self.log10_lr.get((pair,), 0.0) for pair in key)
            return log(10) * self.log10_lr.get(key, singles)

        return ln((*put_in, *given)) - ln(given)

    def impossible(self, family: str, put_in: PutIn, given: PutIn = ()) -> tuple[str, ...]:
        return tuple(f"L{k}" for k in range(self.excluded.get(put_in, 0)))

    def loci(self, victim: str) -> int:
        return 20


def singles(n: int) -> list[Family]:
    """Families of a typed father and a missing son."""
    return [
        Family(
            f"F{k}",
            Pedigree((Member("he", M), Member("she", F), Member(f"M{k}", M, "he", "she"))),
            {"he": Reference("he", {})},
            (f"M{k}",),
        )
        for k in range(1, n + 1)
    ]


def table(**rows: Sequence[float]) -> dict[PutIn, float]:
    """table(V1=[6, -2]): log10 LR of V1 as M1, M2."""
    return {
        ((f"M{k}", victim),): value
        for victim, row in rows.items()
        for k, value in enumerate(row, 1)
    }


def ruled(said: Said, n_victims: int, n_missing: int, **rules: object) -> Identification:
    victims = {f"V{k}": M for k in range(1, n_victims + 1)}
    options = DviOptions(rules=Rules(**rules))  # type: ignore[arg-type]
    return identify(victims, singles(n_missing), said, options)


def test_undisputed_needs_distance_from_every_rival() -> None:
    said = Said(table(V1=[6.0, 1.9], V2=[-3.0, 5.0]))
    found = ruled(said, 2, 2)
    # V2 is only 3.1 ahead of V1 as M2, until V1 is fixed as M1.
    assert [(d.pair.victim, d.pair.missing, d.step) for d in found.undisputed] == [
        ("V1", "M1", 1),
        ("V2", "M2", 2),
    ]
    assert [c.kind for c in found.of_missing] == [Kind.UNDISPUTED, Kind.UNDISPUTED]
    strict = ruled(said, 2, 2, strict=True)
    assert strict.undisputed == ()
    higher = ruled(said, 2, 2, threshold=1e5)
    assert [d.pair.victim for d in higher.undisputed] == []


def test_probable_disputed_inconclusive_no_match() -> None:
    said = Said(
        table(V1=[3.5, -2, -2, -9], V2=[-1, 3.9, -2, -9], V3=[-2, 3.6, -2, -9],
              V4=[-2, -2, 2.5, -9], V5=[-9, -9, -9, -0.5])
    )  # fmt: skip
    found = ruled(said, 5, 4)
    kinds = {c.person: (c.kind, c.others) for c in (*found.of_missing, *found.of_victims)}
    assert kinds == {
        "M1": (Kind.PROBABLE, ("V1",)),
        "M2": (Kind.DISPUTED, ("V2",)),
        "M3": (Kind.INCONCLUSIVE, ("V4",)),
        "M4": (Kind.NO_MATCH, ()),
        "V1": (Kind.PROBABLE, ("M1",)),
        "V2": (Kind.PROBABLE, ("M2",)),
        "V3": (Kind.PROBABLE, ("M2",)),
        "V4": (Kind.INCONCLUSIVE, ()),
        "V5": (Kind.NO_MATCH, ()),
    }
    told = {c.person: c.told for c in found.of_victims}
    assert "Disputed with V3" in told["V2"]


def test_exclusions_count_loci_and_are_not_silence() -> None:
    pairs = {(("M1", "V1"),): 3, (("M1", "V2"),): 5, (("M2", "V1"),): 2, (("M2", "V2"),): 3}
    found = ruled(Said(table(V1=[-9, -2], V2=[-12, -8]), pairs), 2, 2)
    kinds = {c.person: (c.kind, c.told) for c in (*found.of_missing, *found.of_victims)}
    assert kinds["M1"][0] is Kind.EXCLUDED
    assert "3 loci or more" in kinds["M1"][1]
    assert kinds["M2"][0] is Kind.NO_MATCH
    assert kinds["V2"][0] is Kind.EXCLUDED
    more = ruled(Said(table(V1=[-9, -2], V2=[-12, -8]), pairs), 2, 2, most_impossible=5)
    assert Kind.EXCLUDED not in {c.kind for c in more.of_missing}


def test_one_after_the_other_can_be_wrong_where_the_joint_search_is_right() -> None:
    """The largest LR, V1 as M2, blocks the two that fit together."""
    said = Said(table(V1=[4.5, 5.0], V2=[-9, 4.8]))
    found = ruled(said, 2, 2)
    assert found.sequential == ({"V1": "M2"},)
    assert dict(found.joint.best.assignment) == {"V1": "M1", "V2": "M2"}


def test_ties_branch() -> None:
    found = ruled(Said(table(V1=[5.0, 5.0], V2=[5.0, 5.0])), 2, 2)
    assert sorted(tuple(sorted(one.items())) for one in found.sequential) == [
        (("V1", "M1"), ("V2", "M2")),
        (("V1", "M2"), ("V2", "M1")),
    ]


def test_brothers_of_one_typed_parent_are_named_as_a_set() -> None:
    """By hand: father 1/1 typed; two sons missing; victims 1/2 and 1/3, sons of one couple.

    Each alone: P(1/2 | father 1/1) / P(1/2) = p / 2 p^2 = 5 at each locus. Both: the mother is
    2/3 and hands on one to each, 2 p^2 / 4 over (2 p^2)^2 = 12.5. So the set has a GLR of 2.5 a
    locus over one of them alone.
    """
    loci = [Locus(f"L{k}") for k in range(1, 13)]
    tenths = {locus: {Allele(str(k)): 0.1 for k in range(1, 11)} for locus in loci}
    population = Population(AlleleFrequencies("tenths", tenths, ""), theta=0.0)

    def person(id: str, *labels: str) -> Reference:
        return Reference(id, dict.fromkeys(loci, genotype(*labels)))

    pedigree = Pedigree(
        (
            Member("father", M),
            Member("mother", F),
            Member("a", M, "father", "mother"),
            Member("b", M, "father", "mother"),
        )
    )
    family = Family("F", pedigree, {"father": person("father", "1", "1")}, ("a", "b"))
    profiles = {"V1": person("V1", "1", "2"), "V2": person("V2", "1", "3")}
    found = worked_through({"V1": M, "V2": M}, profiles, [family], population)
    for conclusion in found.of_missing:
        assert conclusion.kind is Kind.SYMMETRIC
        assert conclusion.others == ("V1", "V2")
        assert conclusion.log10_glr == pytest.approx(12 * log10(2.5))
    for conclusion in found.of_victims:
        assert conclusion.others == ("a", "b")


def test_who_has_no_relative_typed_is_said_to_be_beyond_identification() -> None:
    (family,) = singles(1)
    unknown = Family("F2", family.pedigree, {}, ("M1",))
    found = identify({"V1": M}, [family, unknown], Said(table(V1=[5.0])))
    kinds = {c.person: c.kind for c in found.of_missing}
    assert kinds["F2: M1"] is Kind.NOT_IDENTIFIABLE


def test_a_family_that_contradicts_itself_takes_no_part() -> None:
    family = EXAMPLE[1]
    pedigree = Pedigree((*family.pedigree.members, Member("R3", F, "R2", "MO2")))
    wrong = Family("F2", pedigree, {**family.profiles, "R3": one("R3", "7", "8")}, ("M3",))
    found = worked_through(EXAMPLE_VICTIMS, EXAMPLE_PROFILES, [EXAMPLE[0], wrong], TENTHS)
    assert found.inconsistent == {"F2": ("L1",)}
    (conclusion,) = [c for c in found.of_missing if c.person == "M3"]
    assert conclusion.kind is Kind.FAMILY_IMPOSSIBLE
    assert all(p.missing != "M3" for p in found.pairs)


def test_a_victim_of_unknown_sex_may_be_anybody() -> None:
    found = worked_through(dict.fromkeys(EXAMPLE_VICTIMS, U), EXAMPLE_PROFILES, EXAMPLE, TENTHS)
    assert len(found.pairs) == 9
    assert found.assignments == 34


def test_nobody_to_identify_is_refused() -> None:
    with pytest.raises(CannotWeigh, match="No victim"):
        identify({}, singles(1), Said({}))
    with pytest.raises(CannotWeigh, match="Nobody is missing"):
        identify({"V1": M}, [], Said({}))


def test_a_family_with_too_many_ways_leaves_out_its_weakest_pairs_and_says_so() -> None:
    family = Family(
        "F",
        Pedigree(
            (Member("he", M), Member("she", F), Member("M1", M, "he", "she"),
             Member("M2", M, "he", "she"))
        ),
        {"he": Reference("he", {})},
        ("M1", "M2"),
    )  # fmt: skip
    said = Said(table(V1=[3.0, 1.0], V2=[2.0, -4.0], V3=[0.5, 0.1]))
    victims = dict.fromkeys(("V1", "V2", "V3"), M)
    found = identify(victims, [family], said, DviOptions(most_options=8))
    assert found.left_out[0] == ("V2", "M2")
    assert "M2" not in found.joint.posterior["V2"]


def test_other_evidence_and_a_closed_list_reach_the_probabilities() -> None:
    said = Said(table(V1=[1.0], V2=[1.0]))
    victims = dict.fromkeys(("V1", "V2"), M)
    prior = Prior(evidence={("V1", "M1"): 3.0})
    found = identify(victims, singles(1), said, DviOptions(prior=prior))
    assert found.joint.posterior["V1"]["M1"] == pytest.approx(30 / 41)
    with pytest.raises(CannotWeigh, match="closed list"):
        identify(victims, singles(1), said, DviOptions(prior=Prior(closed=True)))


def test_an_exception_in_progress_stops() -> None:
    class Stop(Exception):
        pass

    def progress(step: str, done: int, of: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        identify({"V1": M}, singles(1), Said(table(V1=[1.0])), progress=progress)


# Remains before families


def _parts(seed: int = 3) -> list[Remains]:
    rng = np.random.default_rng(seed)
    loci = [Locus(f"L{k}") for k in range(1, 15)]
    people = draw_references(rng, LARGE, ["a", "b"], loci=loci)
    first = {locus: people[0].genotypes[locus] for locus in loci[:10]}
    second = {locus: people[0].genotypes[locus] for locus in loci[2:]}
    return [
        Remains("skull", Reference("skull", first), M),
        Remains("femur", Reference("femur", second), U),
        Remains("other", replace(people[1], id="other"), F),
    ]


LARGE = Population(
    AlleleFrequencies(
        "large",
        {
            Locus(f"L{k}"): {Allele(str(8 + j)): 0.125 for j in range(8)}
            for k in range(1, 15)
        },
        "",
    ),
    theta=0.0,
)  # fmt: skip


def test_parts_of_one_person_become_one_victim() -> None:
    found = group_remains(_parts(), LARGE, KinshipModel())
    assert [(v.id, v.sex) for v in found.victims] == [("skull + femur", M), ("other", F)]
    assert [(m.one, m.other) for m in found.matches] == [("skull", "femur")]
    assert len(found.victims[0].evidence.loci) == 14
    assert found.contradictions == ()


def test_parts_that_contradict_each_other_are_told_and_left_apart() -> None:
    skull, femur, other = _parts()
    bridge = Remains("rib", Reference("rib", dict(femur.profile.genotypes)), M)
    wrong = dict(femur.profile.genotypes)
    wrong[Locus("L14")] = wrong[Locus("L13")] = genotype("15", "15")
    third = Remains("tibia", Reference("tibia", wrong), F)
    found = group_remains([skull, bridge, third, other], LARGE, KinshipModel())
    told = {frozenset((c.one, c.other)) for c in found.contradictions}
    assert frozenset(("skull", "tibia")) in told  # by sex, if not by a locus
    assert {v.id for v in found.victims} == {"skull", "rib", "tibia", "other"}


def test_a_degraded_part_may_have_lost_an_allele() -> None:
    skull, femur, _ = _parts()
    lost = {locus: Genotype((g.pair[0], g.pair[0])) for locus, g in femur.profile.genotypes.items()}
    sure = Remains("femur", Reference("femur", lost), M)
    unsure = replace(sure, dropout=0.3)
    assert len(group_remains([skull, sure], LARGE, KinshipModel()).victims) == 2
    found = group_remains([skull, unsure], LARGE, KinshipModel())
    assert [v.id for v in found.victims] == ["skull + femur"]


def test_related_victims_are_told_unless_a_family_holds_both() -> None:
    rng = np.random.default_rng(8)
    loci = [Locus(f"L{k}") for k in range(1, 15)]
    he, she, stranger = draw_references(rng, LARGE, ["he", "she", "x"], loci=loci)
    child = draw_child(rng, he, she, "child")
    remains = [Remains(p.id, p) for p in (he, child, stranger)]
    victims = group_remains(remains, LARGE, KinshipModel()).victims
    (pair,) = related_victims(victims, LARGE, KinshipModel())
    assert (pair.one, pair.other) == ("he", "child")
    assert pair.relation == "parent and child"
    family_of = {"M1": "F", "M2": "F", "M3": "G"}
    assert outside_families([pair], {"he": "M1", "child": "M2"}, family_of) == ()
    assert outside_families([pair], {"he": "M1", "child": "M3"}, family_of) == (pair,)
    assert outside_families([pair], {"he": "*", "child": "*"}, family_of) == (pair,)
