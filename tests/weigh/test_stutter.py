"""Kinds of stutter, their products, and how rates differ between loci and alleles."""

from __future__ import annotations

import pickle
from math import isclose, nan

import pytest

from reopen.errors import InvalidRecord
from reopen.records import Allele, Locus
from reopen.weigh.stutter import (
    STUTTER_KINDS,
    Stutter,
    StutterKind,
    StutterRates,
    stutter_length,
    stutter_product,
)

X, Y, Z = Locus("X"), Locus("Y"), Locus("Z")


@pytest.mark.parametrize(
    ("label", "products"),
    [
        ("14", ("13", "15", "12", "13.2")),
        ("13.2", ("12.2", "14.2", "11.2", "13")),
        ("9.3", ("8.3", "10.3", "7.3", "9.1")),
        ("9.1", ("8.1", "10.1", "7.1", "8.3")),
        ("10_8", ("9_7", "11_9", "8_6", None)),
        ("X", (None, None, None, None)),
        ("10:AGAT", (None, None, None, None)),
    ],
)
def test_the_product_of_each_kind(label: str, products: tuple[str | None, ...]) -> None:
    for kind, product in zip(STUTTER_KINDS, products, strict=True):
        assert stutter_product(Allele(label), kind) == product


@pytest.mark.parametrize(
    ("label", "length"), [("9", 9.0), ("9.3", 9.75), ("10_8", 8.0), ("10_8_1", 8.0), ("X", None)]
)
def test_stutter_length_is_repeats_or_the_longest_stretch(label: str, length: float | None) -> None:
    assert stutter_length(Allele(label)) == length


def test_rates_lie_on_a_line_that_is_not_extrapolated() -> None:
    rates = StutterRates(0.01, 0.005, (6, 10), {Allele("9.3"): 0.02})
    assert isclose(rates.at(Allele("8")), 0.05)
    assert isclose(rates.at(Allele("5")), 0.04)
    assert isclose(rates.at(Allele("14")), 0.06)
    assert rates.at(Allele("9.3")) == 0.02
    assert isclose(rates.at(Allele("12_8")), 0.05)
    assert isclose(rates.mean, 0.05)
    assert isclose(rates.highest, 0.06)


def test_relative_rates_are_over_the_mean_of_the_loci() -> None:
    """Loci of mean 0.05 and 0.15: the kit's mean is 0.10."""
    rates = {X: StutterRates(0.01, 0.005, (6, 10)), Y: StutterRates(0.15, 0.0, (20, 30))}
    stutter = Stutter(double_back=True, rates={"back": rates, "double_back": rates})
    for kind in ("back", "double_back"):
        assert isclose(stutter.relative(kind, X, Allele("6")), 0.4)
        assert isclose(stutter.relative(kind, Y, Allele("25")), 1.5)
        assert isclose(stutter.max_relative(kind), 1.5)
    assert stutter.relative("back", Z, Allele("8")) == 1.0
    assert stutter.relative("double_back", Z, Allele("8")) == 0.0
    assert stutter.relative("forward", X, Allele("8")) == 1.0
    assert stutter.max_relative("forward") == 1.0
    low = Stutter(rates={"back": {X: StutterRates(0.05, 0.0, (6, 10), {Allele("8"): 0.01})}})
    assert isclose(low.relative("back", X, Allele("8")), 0.2)
    assert low.max_relative("back") == 1.0


@pytest.mark.parametrize("kind", ["forward", "double_back", "two_base"])
def test_other_kinds_need_back_stutter(kind: str) -> None:
    with pytest.raises(InvalidRecord, match="without backward stutter"):
        Stutter(back=False, **{kind: True})


@pytest.mark.parametrize(
    ("intercept", "slope", "lengths", "by_allele", "said"),
    [
        (-0.04, 0.01, (4, 9), {}, "A stutter rate of 0 at length 4"),
        (0.5, 0.1, (4, 9), {}, "A stutter rate of 1.4 at length 9"),
        (nan, 0.0, (4, 9), {}, "A stutter rate of nan"),
        (0.1, 0.0, (9, 4), {}, "lengths from 9 to 4"),
        (0.1, 0.0, (4, 9), {Allele("8"): 1.0}, "A stutter rate of 1 of allele 8"),
    ],
)
def test_rates_are_shares(
    intercept: float,
    slope: float,
    lengths: tuple[float, float],
    by_allele: dict[Allele, float],
    said: str,
) -> None:
    with pytest.raises(InvalidRecord, match=said) as refusal:
        StutterRates(intercept, slope, lengths, by_allele)
    assert refusal.value.rule
    assert refusal.value.way_on


def test_a_kind_that_is_none_is_refused() -> None:
    kind: StutterKind = "sideways"  # type: ignore[assignment]
    with pytest.raises(InvalidRecord, match="'sideways'"):
        Stutter(rates={kind: {}})


def test_stutter_is_a_value() -> None:
    given = {X: StutterRates(0.05, 0.0, (6, 10))}
    stutter = Stutter(rates={"back": given})
    given[Y] = given[X]
    assert stutter == Stutter(rates={"back": {X: given[X]}})
    assert hash(stutter) == hash(Stutter(rates={"back": {X: given[X]}}))
    assert pickle.loads(pickle.dumps(stutter)) == stutter
    assert stutter.relative("back", X, Allele("8")) == 1.0
