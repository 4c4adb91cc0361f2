"""Records: what they refuse, in which words, and that they are values: equal, hashed, pickled."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reopen.errors import CannotWeigh, InvalidRecord, ReopenError, Where
from reopen.records import (
    FULL_SIBLINGS,
    REST,
    UNKNOWN,
    UNRELATED,
    Allele,
    AlleleFrequencies,
    Comparison,
    Contributor,
    Ending,
    Fit,
    Frozen,
    Genotype,
    GenotypeLikelihoods,
    Kit,
    LikelihoodRatio,
    Locus,
    LocusLikelihoods,
    Marker,
    NotWeighed,
    Peak,
    Population,
    Proposition,
    Propositions,
    Reference,
    Relation,
    Replicate,
    Run,
    Stain,
    allele,
    allele_order,
    alleles,
    canonical_locus,
    genotype,
    proposition,
    repeat_number,
)

X = Locus("X")
TABLE = AlleleFrequencies("Invented", {X: {Allele("10"): 0.4, Allele("11"): 0.6}}, "invented")
ONE, OTHER = Reference("one", {X: genotype("10")}), Reference("other", {X: genotype("11")})
NAMESAKE = Reference("one", {X: genotype("12")})


# Names of loci and alleles.


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        (("vWA", "VWA", "vwa", " vWA ", "v_WA"), "vWA"),
        (("TH01", "THO1", "th01", "TH 01", "TH-01"), "TH01"),
        (("TPOX", "TP0X", "tpox"), "TPOX"),
        (("Penta D", "PentaD", "PENTA_D", "penta-d"), "Penta D"),
        (("Penta E", "PENTAE"), "Penta E"),
        (("AMEL", "Amelogenin", "AM", "amel", "AMELX"), "AMEL"),
        (("D3S1358", "d3s1358", "D3 S1358"), "D3S1358"),
        (("DYS389I", "DYS389 I", "DYS389.1", "DYS389-1"), "DYS389I"),
        (("DYS385", "DYS385a/b", "DYS385 a-b"), "DYS385"),
        (("Y-GATA-H4", "Y GATA H4", "YGATAH4", "GATA-H4"), "Y-GATA-H4"),
        (("Yindel", "Y-InDel", "M175"), "Yindel"),
        (("SE33", "ACTBP2", "SE33 (ACTBP2)"), "SE33"),
    ],
)
def test_every_spelling_of_a_locus_is_one_name(spellings: tuple[str, ...], expected: str) -> None:
    assert {canonical_locus(name) for name in spellings} == {expected}


@given(st.text(min_size=1))
def test_a_name_in_its_one_spelling_stays(name: str) -> None:
    try:
        found = canonical_locus(name)
    except InvalidRecord:
        return
    assert canonical_locus(found) == found


@pytest.mark.parametrize("name", ["", " ", "--", "\N{GREEK SMALL LETTER ALPHA}"])
def test_a_name_without_letters_is_refused(name: str) -> None:
    with pytest.raises(InvalidRecord, match="holds no letter or digit"):
        canonical_locus(name)


@pytest.mark.parametrize(
    ("given_as", "expected"),
    [
        ("9.3", "9.3"), ("9.30", "9.3"), ("9.0", "9"), ("09", "9"), (" 12 ", "12"), ("x", "X"),
        ("10_8", "10_8"), ("a", "A"), ("12:[TCTA]12", "12:[TCTA]12"),
    ],
)  # fmt: skip
def test_allele_labels_have_one_spelling(given_as: str, expected: str) -> None:
    assert allele(given_as) == expected
    assert allele(expected) == expected


@pytest.mark.parametrize(
    ("label", "rule", "way_on"),
    [
        ("9,3", "Labels use a point, as in 9.3.", "--decimal-comma"),
        ("OL", "OL (off ladder) is a peak without a name.", "Have the peak named"),
        (">27", "A bin of several alleles is not one allele.", "Correct the cell"),
        ("", "A label is a repeat number", "Correct the cell"),
        ("NaN", "A label is a repeat number", "Correct the cell"),
        ("rest", "A label is a repeat number", "Correct the cell"),
        ("9.35", "A label is a repeat number", "Correct the cell"),
        ("-1", "A label is a repeat number", "Correct the cell"),
        ("1234", "A label is a repeat number", "Correct the cell"),
        ("9.\N{ARABIC-INDIC DIGIT THREE}", "A label is a repeat number", "Correct the cell"),
    ],
)
def test_what_is_no_allele_label_is_refused(label: str, rule: str, way_on: str) -> None:
    with pytest.raises(InvalidRecord) as refusal:
        allele(label)
    assert refusal.value.seen == f"{label!r} is not an allele label."
    assert refusal.value.rule.startswith(rule)
    assert way_on in refusal.value.way_on


def test_alleles_are_ordered_as_people_read_them() -> None:
    mixed = alleles(["X", "10", "9.3", "11", "9", "A"])
    assert sorted(mixed, key=allele_order) == ["9", "9.3", "10", "11", "A", "X"]
    assert repeat_number(Allele("10_8")) == 10.0
    assert repeat_number(Allele("12:[TCTA]12")) == 12.0
    assert repeat_number(Allele("X")) is None


# Genotypes.


def test_genotypes() -> None:
    assert genotype("11", "9.3") == genotype("9.3", "11")
    assert genotype("11", "9.3").pair == ("9.3", "11")
    assert genotype("10").pair == ("10", "10")
    assert genotype("10").one_allele_listed
    assert not genotype("10", "10").one_allele_listed
    assert genotype("10").is_homozygous
    assert str(genotype("10")) == "10/10"
    assert genotype("10", "11", "12").is_triallelic
    with pytest.raises(InvalidRecord, match="Tri-allelic genotype 10/11/12 has no pair"):
        _ = genotype("10", "11", "12").pair


@pytest.mark.parametrize("labels", [(), ("1", "2", "3", "4")])
def test_a_genotype_has_one_to_three_alleles(labels: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRecord, match=f"A genotype of {len(labels)} alleles"):
        genotype(*labels)


# Kits and populations.


@pytest.mark.parametrize("size", [0.0, -3.0, nan])
def test_fragment_lengths_are_positive(size: float) -> None:
    with pytest.raises(InvalidRecord, match="Allele 10 of X has a size of"):
        Marker(X, "blue", {Allele("10"): size})


def test_a_kit_knows_its_markers() -> None:
    marker = Marker(X, "blue", {Allele("10"): 120.0, Allele("11"): 124.0})
    kit = Kit("Invented", (marker,), "invented")
    assert kit.marker(X) is marker
    assert kit.marker(Locus("Y")) is None
    assert kit.loci == (X,)
    assert marker.range_bp == (120.0, 124.0)


@pytest.mark.parametrize("frequency", [-0.1, 1.1, nan])
def test_a_frequency_lies_between_0_and_1(frequency: float) -> None:
    with pytest.raises(InvalidRecord, match="of allele 10 at X in Invented"):
        AlleleFrequencies("Invented", {X: {Allele("10"): frequency}}, "")


@pytest.mark.parametrize("theta", [-0.01, 1.0, nan])
def test_theta_is_refused(theta: float) -> None:
    for setting in (theta, {X: theta}):
        with pytest.raises(InvalidRecord, match=f"theta = {theta}"):
            Population(TABLE, setting)


def test_theta_by_locus_names_every_locus() -> None:
    population = Population(TABLE, {X: 0.02})
    assert population.theta_at(X) == 0.02
    with pytest.raises(CannotWeigh, match="No theta is given for Y"):
        population.theta_at(Locus("Y"))


@pytest.mark.parametrize("least", [0.0, -0.1, 1.0, nan])
def test_a_minimum_frequency_of_nothing_is_refused(least: float) -> None:
    with pytest.raises(InvalidRecord, match="minimum_frequency = "):
        Population(TABLE, minimum_frequency=least)


def test_the_floor_of_a_population() -> None:
    assert Population(TABLE).floor == 0.4
    assert Population(TABLE, minimum_frequency=0.001).floor == 0.001
    with pytest.raises(InvalidRecord, match="Population Empty lists no allele"):
        _ = Population(AlleleFrequencies("Empty", {X: {}}, "")).floor


# Profiles.


@pytest.mark.parametrize("height", [0.0, -5.0, nan, inf])
def test_a_peak_has_a_height_above_zero(height: float) -> None:
    with pytest.raises(InvalidRecord, match="Peak 10 has a height of"):
        Peak(Allele("10"), height)


def test_an_allele_is_listed_once() -> None:
    with pytest.raises(InvalidRecord, match="Replicate 'r' lists an allele twice at X: 10, 10"):
        Replicate("r", {X: (Peak(Allele("10"), 1.0), Peak(Allele("10"), 2.0))})


def test_a_stain_has_a_replicate_and_remembers_its_loci() -> None:
    with pytest.raises(InvalidRecord, match="Stain 'S' has no replicate"):
        Stain("S", ())
    first = Replicate("1", {X: (Peak(Allele("10"), 60.0),)})
    second = Replicate("2", {Locus("Y"): (), X: (Peak(Allele("10")),)})
    stain = Stain("S", (first, second))
    assert stain.loci == (X, "Y")
    assert not stain.has_heights
    assert Stain("S", (first,)).has_heights


def test_where_a_profile_was_read_is_no_part_of_it() -> None:
    here, there = Where("a.csv", 3, "Allele 1"), Where("b.csv", 4)
    assert Reference("A", {}, where=here) == Reference("A", {}, where=there)
    assert str(here) == "a.csv, line 3, field 'Allele 1'"
    assert str(Where()) == "unknown place"
    assert str(NotWeighed("S X", "no reason", there)) == "S X: no reason (b.csv, line 4)"


# Propositions.


@pytest.mark.parametrize("ibd", [(0.5, 0.5, 0.5), (1.5, -0.5, 0.0), (0.0, 0.0, 0.0)])
def test_shares_by_descent_sum_to_one(ibd: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidRecord, match="Relation 'r' has k0, k1, k2"):
        Relation("r", ibd)


@pytest.mark.parametrize(
    ("people", "rule"),
    [
        ((), "At least one contributor"),
        ((UNKNOWN, Contributor(ONE)), "Known contributors come before unknown"),
        ((Contributor(ONE), Contributor(ONE)), "Each contributor is another person"),
        ((Contributor(None, FULL_SIBLINGS, ONE), UNKNOWN), "and is named last"),
        ((Contributor(None, FULL_SIBLINGS, ONE),) * 2, "At most one unknown contributor"),
        ((Contributor(ONE, FULL_SIBLINGS, OTHER),), "A relation is of an unknown contributor"),
        ((Contributor(None, FULL_SIBLINGS),), "A relation is of an unknown contributor"),
        (
            (Contributor(ONE), Contributor(None, FULL_SIBLINGS)),
            "A relation is of an unknown contributor",
        ),
        ((UNKNOWN, Contributor(None, UNRELATED, ONE)), "is related in a stated way"),
        (
            (UNKNOWN, Contributor(None, FULL_SIBLINGS, Reference("untyped", {}))),
            "untyped, of whom no locus was typed",
        ),
        (
            (Contributor(ONE), Contributor(None, FULL_SIBLINGS, NAMESAKE)),
            "Two profiles that differ go by the name one",
        ),
    ],
)
def test_propositions_that_say_nothing_are_refused(
    people: tuple[Contributor, ...], rule: str
) -> None:
    with pytest.raises(InvalidRecord, match=rule):
        Proposition(people)


def test_propositions_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(InvalidRecord, match="one as a contributor and as a person who did not"):
        proposition(ONE, unknowns=1, non_contributors=(ONE,))
    with pytest.raises(InvalidRecord, match="Two profiles that differ go by the name one"):
        proposition(OTHER, unknowns=1, non_contributors=(ONE, NAMESAKE))
    with pytest.raises(InvalidRecord, match="-1 unknown contributors"):
        proposition(ONE, unknowns=-1)
    with pytest.raises(InvalidRecord, match="The same proposition twice: one"):
        Propositions(proposition(ONE), proposition(ONE))
    with pytest.raises(InvalidRecord, match="Two profiles that differ go by the name one"):
        Propositions(proposition(ONE), proposition(unknowns=1, non_contributors=(NAMESAKE,)))


def test_one_person_may_be_named_more_than_once_where_that_says_something() -> None:
    """The brother of a known contributor; a person typed, named twice among those who did not."""
    brother = Proposition((Contributor(ONE), Contributor(None, FULL_SIBLINGS, ONE)))
    assert brother.typed == (ONE,)
    assert proposition(unknowns=1, non_contributors=(ONE, ONE)).typed == (ONE,)


def test_a_proposition_reads_as_a_sentence() -> None:
    assert str(proposition(ONE, OTHER, unknowns=2)) == "one + other + 2 unknown people"
    assert str(proposition(unknowns=1)) == "1 unknown person"
    siblings = Proposition((UNKNOWN, Contributor(None, FULL_SIBLINGS, ONE)))
    assert str(siblings) == "an unknown person (full siblings, with one) + 1 unknown person"
    pair = Proposition((UNKNOWN, Contributor(None, FULL_SIBLINGS)))
    assert "with the unknown person before" in str(pair)
    assert siblings.unknowns == 2
    assert proposition(ONE, unknowns=1).known == (ONE,)
    assert UNKNOWN.relation == UNRELATED


# Weights.


@pytest.mark.parametrize(
    ("labels", "ln", "seen"),
    [
        (("10",), (0.0, 0.0), "2 likelihoods for 1 alleles"),
        (("10", "10"), (0.0, 0.0, 0.0), "Alleles told apart: 10, 10"),
        ((REST, "10"), (0.0, 0.0, 0.0), "Alleles told apart: rest, 10"),
        (("10",), (nan,), "A likelihood that is not a number"),
        (("10",), (inf,), "A likelihood that is not a number"),
        (("10",), (-inf,), "Likelihoods that are all zero"),
    ],
)
def test_likelihoods_are_refused(
    labels: tuple[Allele, ...], ln: tuple[float, ...], seen: str
) -> None:
    with pytest.raises(InvalidRecord, match=seen):
        LocusLikelihoods(labels, ln)


def fit(ending: Ending = Ending.CONVERGED) -> Fit:
    return Fit((1.0,), 500.0, 0.3, 1.0, 0.0, 0.0, -5.0, {X: -5.0}, ending)


def weighed(log10: float, **terms: float) -> LikelihoodRatio:
    sides = Propositions(proposition(ONE), proposition(unknowns=1))
    per_locus = {Locus(k): v for k, v in terms.items()}
    return LikelihoodRatio(log10, per_locus, sides, fit(), fit(), Run("reopen", "gamma", {}))


def test_a_total_is_the_sum_of_its_terms() -> None:
    assert weighed(3.0, X=1.0, Y=2.0).is_settled
    assert weighed(-inf, X=-inf, Y=2.0).log10 == -inf
    with pytest.raises(InvalidRecord, match="whose terms sum to 3"):
        weighed(3.1, X=1.0, Y=2.0)
    with pytest.raises(InvalidRecord, match="whose terms sum to 1"):
        Comparison("one", "other", "same person", 2.0, {X: 1.0})


@pytest.mark.parametrize("ending", Ending)
def test_every_ending_is_a_sentence(ending: Ending) -> None:
    assert ending.value.endswith(".")
    settled = {Ending.CONVERGED, Ending.FIXED, Ending.BOUNDARY}
    assert ending.is_settled == (ending in settled)


# Values.

VALUES = [
    Frozen({}),
    Frozen({"a": Frozen({1: 2})}),
    Peak(Allele("10"), 55.0, 120.1),
    Stain("S", (Replicate("r", {X: (Peak(Allele("10"), 55.0),)}),), where=Where("f")),
    Replicate("empty", {}),
    ONE,
    Population(TABLE, {X: 0.02}),
    Kit("Invented", (Marker(X, "blue", {Allele("10"): 120.0}),), "invented"),
    Proposition((Contributor(ONE), Contributor(None, FULL_SIBLINGS, OTHER))),
    GenotypeLikelihoods("S", {X: LocusLikelihoods((Allele("10"), REST), (0.0, -1.0, -inf))}),
    weighed(3.0, X=1.0, Y=2.0),
    Comparison("one", "other", "same person", 1.0, {X: 1.0}),
    Run("reopen", "gamma", {"theta": 0.01}, {"a.csv": "00"}, 7),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_records_are_values(value: object) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(value, protocol))
        assert again == value
        assert hash(again) == hash(value)
    assert copy.deepcopy(value) == value
    assert copy.copy(value) == value
    assert {value: 1}[copy.deepcopy(value)] == 1


def test_records_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        ONE.id = "two"  # type: ignore[misc]
    given_as = {X: genotype("10")}
    person = Reference("A", given_as)
    given_as[X] = genotype("11")
    assert person.genotypes[X] == genotype("10")
    with pytest.raises(TypeError):
        person.genotypes[X] = genotype("11")  # type: ignore[index]


def test_a_frozen_mapping_is_a_mapping() -> None:
    frozen = Frozen({"b": 1, "a": 2})
    assert frozen == {"a": 2, "b": 1}
    assert list(frozen) == ["b", "a"], "order is kept"
    assert hash(frozen) == hash(Frozen({"a": 2, "b": 1}))
    assert repr(frozen) == "Frozen({'b': 1, 'a': 2})"
    assert len(frozen) == 2


def test_errors_say_what_where_which_rule_and_the_way_on() -> None:
    error = InvalidRecord("A.", rule="B.", way_on="C.").at(Where("f.csv", 2))
    assert str(error) == "A. (f.csv, line 2)\nB.\nC."
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InvalidRecord
    assert str(again) == str(error)
    assert isinstance(again, ReopenError)


def test_a_genotype_spells_its_alleles() -> None:
    assert Genotype((Allele("9.30"), Allele("x"))).alleles == ("9.3", "X")
    with pytest.raises(InvalidRecord, match="'9,3' is not an allele label"):
        genotype("9,3", "10")
