"""A peak model's settings by the flat names that files, options and runs use.

Not for: what they mean (`model`), or reading and writing files (`faces.workbench.settings`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reopen.weigh.model import PeakModel, PerLocus
from reopen.weigh.stutter import STUTTER_KINDS, Rates, StutterRates

Setting = PerLocus | Rates | bool | str
Plain = str | float | int | bool | Sequence["Plain"] | Mapping[str, "Plain"]

SWITCHES = ("degradation", *(f"{kind}_stutter" for kind in STUTTER_KINDS), "filters_of_highest")
RATES = "stutter_rates"

_PARTS: Mapping[str, tuple[str, str]] = {
    **{f"{kind}_stutter": ("stutter", kind) for kind in STUTTER_KINDS},
    "dropin_probability": ("dropin", "probability"),
    "dropin_rate": ("dropin", "rate"),
    "back_filter": ("filters", "back"),
    "forward_filter": ("filters", "forward"),
    "locus_cutoff": ("filters", "locus_cutoff"),
    "filters_of_highest": ("filters", "of_highest"),
    RATES: ("stutter", "rates"),
    "third_allele_stutters": ("conventions", "third_allele_stutters"),
    "rest_size": ("conventions", "rest_size"),
    "unseen_alleles": ("conventions", "unseen_alleles"),
    "untyped_relative": ("conventions", "untyped_relative"),
    "least_scale": ("conventions", "least_scale"),
}  # name -> part of the model, and its field there
_OF_MODEL = ("degradation", "threshold_rfu", "locus_efficiency")
NUMBERS = (
    "threshold_rfu", "dropin_probability", "dropin_rate", "back_filter", "forward_filter",
    "locus_cutoff", "locus_efficiency",
)  # fmt: skip


def named_settings(model: PeakModel) -> dict[str, Setting]:
    """Every setting of a model, by name."""
    found: dict[str, Setting] = {name: getattr(model, name) for name in _OF_MODEL}
    for name, (part, field) in _PARTS.items():
        found[name] = getattr(getattr(model, part), field)
    return found


def plain_setting(value: object) -> Plain:
    """A setting as JSON holds it."""
    if isinstance(value, Mapping):
        return {str(name): plain_setting(one) for name, one in value.items()}
    if isinstance(value, StutterRates):
        return {
            "intercept": value.intercept,
            "slope": value.slope,
            "lengths": list(value.lengths),
            "by_allele": plain_setting(value.by_allele),
        }
    if isinstance(value, str | float | int):
        return value
    raise TypeError(f"{type(value).__name__} is no setting")


def with_settings(model: PeakModel, changes: Mapping[str, Setting]) -> PeakModel:
    """A model with named settings replaced, all at once: some are allowed only together.

    Raises InvalidRecord for a value that is not allowed.
    """
    by_part: dict[str, dict[str, Setting]] = {}
    own: dict[str, object] = {}
    for name, value in changes.items():
        if name in _OF_MODEL:
            own[name] = value
        else:
            part, field = _PARTS[name]
            by_part.setdefault(part, {})[field] = value
    for part, fields in by_part.items():
        own[part] = replace(getattr(model, part), **fields)
    return replace(model, **own)  # type: ignore[arg-type]
