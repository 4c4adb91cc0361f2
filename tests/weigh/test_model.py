"""Every refusal of the model's settings and parameters, with its message."""

from __future__ import annotations

import pickle
from math import inf, nan

import pytest

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import Allele, Locus
from reopen.weigh.model import Conventions, Dropin, Filters, PeakModel, PeakParameters, setting_at
from reopen.weigh.named_settings import named_settings, plain_setting, with_settings
from reopen.weigh.stutter import Stutter, StutterRates

X, Y = Locus("X"), Locus("Y")


@pytest.mark.parametrize(
    ("name", "bad", "rule"),
    [
        ("threshold_rfu", (0.0, -1.0, nan, inf), "A threshold is above 0 RFU."),
        ("dropin_probability", (-0.1, 1.0, nan), "A probability, from 0 to below 1."),
        ("dropin_rate", (0.0, -0.01, nan, inf), "A rate above 0."),
        ("back_filter", (-0.1, 1.0, nan), "A share, from 0 to below 1."),
        ("forward_filter", (-0.1, 1.0, nan), "A share, from 0 to below 1."),
        ("locus_cutoff", (-0.1, 1.0, nan), "A share, from 0 to below 1."),
        ("locus_efficiency", (0.0, -1.0, nan, inf), "A factor above 0."),
    ],
)
def test_settings_are_refused_for_all_loci_and_for_one(
    name: str, bad: tuple[float, ...], rule: str
) -> None:
    good = named_settings(PeakModel())[name]
    for value in bad:
        for setting in (value, {X: good, Y: value}):
            with pytest.raises(InvalidRecord) as refusal:
                with_settings(PeakModel(), {name: setting})
            assert (
                str(refusal.value)
                == f"{name} = {value}.\n{rule}\nCorrect the laboratory's settings."
            )


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"proportions": (0.5, 0.6)}, "Mixture proportions (0.5, 0.6)."),
        ({"proportions": (1.2, -0.2)}, "Mixture proportions (1.2, -0.2)."),
        ({"proportions": (nan,)}, "Mixture proportions (nan,)."),
        ({"proportions": ()}, "Mixture proportions ()."),
        ({"back_stutter": -0.01}, "Stutter proportions -0.01, 0.0, 0.0, 0.0."),
        ({"forward_stutter": nan}, "Stutter proportions 0.0, nan, 0.0, 0.0."),
        ({"back_stutter": 0.7, "forward_stutter": 0.3}, "Stutter proportions 0.7, 0.3, 0.0, 0.0."),
        (
            {"back_stutter": 0.7, "double_back_stutter": 0.2, "two_base_stutter": 0.2},
            "Stutter proportions 0.7, 0.0, 0.2, 0.2.",
        ),
    ],
)
def test_parameters_are_refused(change: dict[str, object], seen: str) -> None:
    good = {"proportions": (1.0,), "height_rfu": 500.0, "variability": 0.3}
    with pytest.raises(InvalidRecord) as refusal:
        PeakParameters(**{**good, **change})  # type: ignore[arg-type]
    assert refusal.value.seen == seen
    assert refusal.value.rule
    assert refusal.value.way_on


@pytest.mark.parametrize("name", ["height_rfu", "variability", "degradation"])
@pytest.mark.parametrize("value", [0.0, -1.0, nan, inf])
def test_factors_are_above_zero(name: str, value: float) -> None:
    good = {"height_rfu": 500.0, "variability": 0.3, "degradation": 0.9}
    with pytest.raises(InvalidRecord, match="Height, variability and degradation are above 0"):
        PeakParameters((1.0,), **{**good, name: value})


def test_a_setting_by_locus_names_every_locus() -> None:
    assert setting_at(50.0, X, "threshold") == 50.0
    assert setting_at({X: 60.0}, X, "threshold") == 60.0
    with pytest.raises(CannotWeigh, match="No threshold is given for Y") as refusal:
        setting_at({X: 60.0}, Y, "threshold")
    assert "Add Y to it" in str(refusal.value)


def test_a_model_is_a_value() -> None:
    given = {X: 60.0}
    model = PeakModel(threshold_rfu=given)
    given[X] = 0.0
    assert setting_at(model.threshold_rfu, X, "threshold") == 60.0
    assert hash(model) == hash(PeakModel(threshold_rfu={X: 60.0}))
    assert pickle.loads(pickle.dumps(model)) == model
    assert not model.without_degradation().degradation
    assert model.degradation


def test_named_settings_are_the_whole_model() -> None:
    learnt = StutterRates(0.02, 0.005, (6, 10), {Allele("9.3"): 0.03})
    model = PeakModel(
        degradation=False,
        stutter=Stutter(forward=True, two_base=True, rates={"back": {X: learnt}}),
        threshold_rfu={X: 60.0},
        dropin=Dropin(0.02, 0.03),
        filters=Filters(0.1, {X: 0.05}, 0.01, of_highest=True),
        locus_efficiency=0.9,
        conventions=Conventions(False, "mean", "apart"),
    )
    assert with_settings(PeakModel(), named_settings(model)) == model
    plain = plain_setting(named_settings(model)["stutter_rates"])
    line = {"intercept": 0.02, "slope": 0.005, "lengths": [6, 10], "by_allele": {"9.3": 0.03}}
    assert plain == {"back": {"X": line}}


def test_settings_that_belong_together_are_changed_together() -> None:
    both = with_settings(PeakModel(), {"back_stutter": True, "forward_stutter": True})
    off = with_settings(both, {"back_stutter": False, "forward_stutter": False})
    assert off.stutter.kinds == ()
    with pytest.raises(InvalidRecord, match="Forward stutter without backward stutter"):
        with_settings(both, {"back_stutter": False})
