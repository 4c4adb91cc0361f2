"""How log10 LR moves when one assumption at a time changes: both propositions fitted again.

A case whose answer hangs on one assumption is told so. Not for: assumptions changed together, or
which value is right (`calibration`, `number`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf

from reopen.errors import CannotWeigh, ReopenError
from reopen.records import (
    UNKNOWN,
    UNRELATED,
    AlleleFrequencies,
    Kit,
    LikelihoodRatio,
    Population,
    Proposition,
    Propositions,
    Stain,
)
from reopen.weigh.evaluate import weigh
from reopen.weigh.fit import FitOptions
from reopen.weigh.model import PeakModel, PerLocus
from reopen.weigh.named_settings import Setting, with_settings
from reopen.weigh.stutter import STUTTER_KINDS
from reopen.weigh.threads import each

THETAS = (0.0, 0.01, 0.03)
FACTORS = {"half": 0.5, "double": 2.0}
STUTTERS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "backward": ("back",),
    "backward and forward": ("back", "forward"),
}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a weighing rests on."""

    stain: Stain
    propositions: Propositions
    population: Population
    kit: Kit | None
    model: PeakModel


@dataclass(frozen=True, slots=True)
class Variant:
    """One assumption with another value.

    assumption, value  as a reader is told them: "theta", "0.03"
    change             from the case as weighed to the case with that value; may refuse
    """

    assumption: str
    value: str
    change: Callable[[Basis], Basis]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one changed assumption does.

    log10   the likelihood ratio then, minus infinity for an exclusion; None where there is none
    reason  why there is none, or ""
    remark  what keeps the number from being comparable: a fit not settled, other loci weighed
    """

    assumption: str
    value: str
    log10: float | None
    reason: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """log10 LR as weighed, and with each assumption changed by itself, in the order asked for."""

    log10: float
    effects: tuple[Effect, ...]

    @property
    def weighed(self) -> tuple[Effect, ...]:
        return tuple(effect for effect in self.effects if effect.log10 is not None)

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest log10 LR of all that could be weighed, the one as weighed among
        them."""
        values = [self.log10, *(e.log10 for e in self.effects if e.log10 is not None)]
        return min(values), max(values)


def sensitivity(
    basis: Basis,
    ratio: LikelihoodRatio,
    variants: Iterable[Variant] | None = None,
    *,
    options: FitOptions | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Sensitivity:
    """Weigh again with each assumption changed.

    ratio     of the case as it is
    variants  the changes; `usual_variants` where none are given
    workers   threads; the numbers do not depend on it
    progress  called with (done, of)

    A change that is refused, or leaves nothing to be weighed, is an effect with its reason.
    """
    asked = tuple(usual_variants(basis) if variants is None else variants)

    def work(variant: Variant) -> Effect:
        try:
            changed = variant.change(basis)
            found = weigh(
                changed.stain,
                changed.propositions,
                changed.population,
                changed.kit,
                changed.model,
                options,
            )
        except ReopenError as error:
            reason = " ".join(part for part in (error.seen, error.rule) if part)
            return Effect(variant.assumption, variant.value, None, reason)
        return Effect(variant.assumption, variant.value, found.log10, "", _remark(found, ratio))

    effects = []
    for done, effect in enumerate(each(work, asked, workers), start=1):
        effects.append(effect)
        progress(done, len(asked))
    return Sensitivity(ratio.log10, tuple(effects))


def _remark(found: LikelihoodRatio, ratio: LikelihoodRatio) -> str:
    told = []
    if found.per_locus.keys() != ratio.per_locus.keys():
        told.append(f"{len(found.per_locus)} loci in place of {len(ratio.per_locus)}")
    if not found.is_settled and found.log10 > -inf:  # an exclusion is told by its number
        told.append("a fit did not settle")
    return "; ".join(told)


def usual_variants(
    basis: Basis, populations: Sequence[AlleleFrequencies] = ()
) -> tuple[Variant, ...]:
    """The assumptions that are usually asked about: threshold, drop-in, theta, minimum frequency,
    stutter, degradation, the number of contributors, and other populations where there are any.

    Numbers are halved and doubled, or taken to the values of casework. What the case has already
    is left out.
    """
    return (
        *_of_settings(basis.model),
        *_of_population(basis.population),
        *_of_stutter(basis.model),
        *_of_degradation(basis),
        Variant("contributors", "one fewer", partial(_change_number, by=-1)),
        Variant("contributors", "one more", partial(_change_number, by=+1)),
        *(
            Variant("population", other.name, partial(_in_population, frequencies=other))
            for other in populations
            if other != basis.population.frequencies
        ),
    )


def _of_settings(model: PeakModel) -> Iterable[Variant]:
    for words, factor in FACTORS.items():
        setting = _times(model.threshold_rfu, factor)
        value = f"{words}, {_told(setting)} RFU"
        yield _set("analytical threshold", value, {"threshold_rfu": setting})
    probability = model.dropin.probability
    if probability != 0:
        yield _set("drop-in probability", "0", {"dropin_probability": 0.0})
        for words, factor in FACTORS.items():
            setting = _times(probability, factor)
            value = f"{words}, {_told(setting)}"
            yield _set("drop-in probability", value, {"dropin_probability": setting})


def _of_population(population: Population) -> Iterable[Variant]:
    for theta in THETAS:
        if population.theta != theta:
            yield Variant("theta", f"{theta:g}", partial(_with_theta, theta=theta))
    for words, factor in FACTORS.items():
        floor = population.floor * factor
        value = f"{words}, {floor:.2g}"
        yield Variant("minimum frequency", value, partial(_with_floor, floor=floor))


def _of_stutter(model: PeakModel) -> Iterable[Variant]:
    """Other kinds of stutter; none where the laboratory's software has taken stutter away."""
    if model.filters.back != 0:
        return
    for value, kinds in STUTTERS.items():
        if set(kinds) != set(model.stutter.kinds):
            yield _set(
                "stutter", value, {f"{kind}_stutter": kind in kinds for kind in STUTTER_KINDS}
            )


def _of_degradation(basis: Basis) -> Iterable[Variant]:
    if basis.kit is not None:
        on = basis.model.degradation
        yield _set("degradation", "off" if on else "on", {"degradation": not on})


def _set(assumption: str, value: str, changes: Mapping[str, Setting]) -> Variant:
    def change(basis: Basis) -> Basis:
        return replace(basis, model=with_settings(basis.model, changes))

    return Variant(assumption, value, change)


def _with_theta(basis: Basis, theta: float) -> Basis:
    return replace(basis, population=replace(basis.population, theta=theta))


def _with_floor(basis: Basis, floor: float) -> Basis:
    return replace(basis, population=replace(basis.population, minimum_frequency=floor))


def _in_population(basis: Basis, frequencies: AlleleFrequencies) -> Basis:
    return replace(basis, population=replace(basis.population, frequencies=frequencies))


def _change_number(basis: Basis, by: int) -> Basis:
    """One unknown, unrelated person more or fewer under both propositions."""
    pair = basis.propositions
    changed = Propositions(_one_more(pair.numerator, by), _one_more(pair.denominator, by))
    return replace(basis, propositions=changed)


def _one_more(side: Proposition, by: int) -> Proposition:
    people = list(side.contributors)
    if by > 0:
        related = people[-1].relation != UNRELATED
        people.insert(len(people) - related, UNKNOWN)
    elif UNKNOWN in people:
        people.remove(UNKNOWN)
    else:
        raise CannotWeigh(
            f"Nobody unknown and unrelated is among: {side}.",
            rule="One contributor fewer is one unknown person fewer under both propositions.",
            way_on="Leave this variant out.",
        )
    return replace(side, contributors=tuple(people))


def _times(setting: PerLocus, factor: float) -> PerLocus:
    if not isinstance(setting, Mapping):
        return setting * factor
    return {locus: value * factor for locus, value in setting.items()}


def _told(setting: PerLocus) -> str:
    if not isinstance(setting, Mapping):
        return f"{setting:g}"
    low, high = min(setting.values()), max(setting.values())
    return f"{low:g} to {high:g} by locus" if low < high else f"{low:g}"
