"""The assumptions of kinship: numbers that mean nothing are refused when the record is made."""

from __future__ import annotations

import math

import pytest

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import (
    Allele,
    KinshipCase,
    KinshipModel,
    KinshipRatio,
    LinkedPair,
    Locus,
    Mutation,
    MutationKind,
    MutationModel,
    PedigreeLikelihood,
    Stationary,
)

TH01, VWA, FGA = Locus("TH01"), Locus("vWA"), Locus("FGA")
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "terms",
    [
        {"rate": -0.1}, {"rate": 1.0}, {"rate": NAN}, {"rate2": 1.0}, {"rate2": -1e-9},
        {"rate": 0.6, "rate2": 0.6}, {"step_range": 0.0}, {"step_range": 1.0}, {"step_range": NAN},
        {"step_range": INF}, {"matrix": ((1.0,),)}, {"alleles": (Allele("6"),)},
    ],
)  # fmt: skip
def test_impossible_mutation(terms: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        MutationModel(MutationKind.STEPWISE, **terms)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "matrix",
    [(), ((1.0,),), ((0.5, 0.4), (0.5, 0.5)), ((1.1, -0.1), (0, 1)), ((1.0, 0.0), (NAN, 1))],
)
def test_a_matrix_has_rows_of_sum_1(matrix: tuple[tuple[float, ...], ...]) -> None:
    with pytest.raises(InvalidRecord, match="custom mutation matrix"):
        MutationModel(MutationKind.CUSTOM, alleles=(Allele("6"), Allele("7")), matrix=matrix)


def test_kinds_go_by_their_words() -> None:
    model = MutationModel("stepwise", 0.002, stationary="PM")  # type: ignore[arg-type]
    assert model.kind is MutationKind.STEPWISE
    assert model.stationary is Stationary.PM


@pytest.mark.parametrize(("one", "rho"), [(TH01, 0.1), (VWA, -0.1), (VWA, 0.51), (VWA, NAN)])
def test_a_pair_is_two_loci_at_a_distance(one: Locus, rho: float) -> None:
    with pytest.raises(InvalidRecord, match="linked"):
        LinkedPair(one, TH01, rho)


def test_a_locus_is_linked_once() -> None:
    with pytest.raises(InvalidRecord, match="TH01 stands in two linked pairs"):
        KinshipModel(linked=(LinkedPair(TH01, VWA, 0.1), LinkedPair(FGA, TH01, 0.2)))


@pytest.mark.parametrize("terms", [{"silent": {TH01: 1.0}}, {"dropout": {"m": -0.1}}])
def test_silent_alleles_and_dropout_are_probabilities(terms: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord, match="probability"):
        KinshipModel(**terms)  # type: ignore[arg-type]


def test_mutation_by_locus_leaves_no_locus_to_chance() -> None:
    by_locus = KinshipModel({TH01: Mutation(MutationModel(MutationKind.EQUAL, 0.01))})
    assert by_locus.mutation_at(TH01).female.rate == 0.01
    with pytest.raises(CannotWeigh, match="No mutation model is given for vWA"):
        by_locus.mutation_at(VWA)
    assert KinshipModel().mutation_at(VWA) == Mutation()


def test_records_are_frozen_and_hash_alike() -> None:
    one = KinshipModel(partial={"a": frozenset({TH01})}, silent={TH01: 0.01})
    assert hash(one) == hash(KinshipModel(partial={"a": frozenset({TH01})}, silent={TH01: 0.01}))
    with pytest.raises(TypeError):
        one.partial["b"] = frozenset()  # type: ignore[index]
    assert KinshipCase().hypotheses == {}


def test_one_excluded_locus_excludes() -> None:
    sides = PedigreeLikelihood("H1", {"TH01": -2.0, "vWA": -3.0}), PedigreeLikelihood("H2", {})
    assert sides[0].ln == -5.0
    assert KinshipRatio(*sides, {"TH01": 1.5, "vWA": 0.5}).log10 == 2.0
    assert KinshipRatio(*sides, {"TH01": INF, "vWA": -INF}).log10 == -math.inf
