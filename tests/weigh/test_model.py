"""Every refusal of the model's settings and parameters, with its message."""

from __future__ import annotations

import pickle
from math import inf, nan

import pytest

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import Locus
from reopen.weigh.model import PeakModel, PeakParameters, setting_at

X, Y = Locus("X"), Locus("Y")


def test_forward_stutter_needs_backward_stutter() -> None:
    with pytest.raises(InvalidRecord, match="Forward stutter without backward stutter"):
        PeakModel(back_stutter=False, forward_stutter=True)


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
    good = getattr(PeakModel(), name)
    for value in bad:
        for setting in (value, {X: good, Y: value}):
            with pytest.raises(InvalidRecord) as refusal:
                PeakModel(**{name: setting})
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
        ({"back_stutter": -0.01}, "Stutter proportions -0.01, 0.0."),
        ({"forward_stutter": nan}, "Stutter proportions 0.0, nan."),
        ({"back_stutter": 0.7, "forward_stutter": 0.3}, "Stutter proportions 0.7, 0.3."),
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
