"""A laboratory's settings from its single-source runs: everything that they tell, put together.

Not for: how each part is learnt (`calibration`, `single_source`, `stutter_rates`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp
from scipy.stats import beta

from reopen.kernels.shapes import Floats
from reopen.records import Allele, Kit, Locus, NotWeighed, Reference, Stain
from reopen.weigh.calibration import STUTTER_LIKE, learn_model
from reopen.weigh.model import Dropin, PeakModel, PerLocus, setting_at
from reopen.weigh.single_source import (
    LEAST_PEAKS,
    FittedRun,
    SingleSource,
    fit_run,
    single_sources,
)
from reopen.weigh.stutter import STUTTER_KINDS, Stutter, StutterKind
from reopen.weigh.stutter_pairs import PairTable, StutterPair, stutter_pairs
from reopen.weigh.stutter_rates import KindRates, as_shares, learn_rates

_LEAST_RUNS = 10
_LN_FACTORS = np.linspace(-2.5, 2.5, 101)  # of a run's stutter over the rates
LEAST_DROPINS = 5  # for their probability and the law of their heights


@dataclass(frozen=True, slots=True)
class Spread:
    """How a parameter differs between runs, beyond the error of each: a log-normal law.

    centre  median
    spread  standard deviation of the natural logarithm
    """

    centre: float
    spread: float
    runs: int


@dataclass(frozen=True, slots=True)
class DropinRates:
    """Peaks that are neither the donor's alleles nor their stutter.

    peaks     how many, and `loci_with` any of the `loci` amplified
    loci_counted  those loci, each by the share of the donors' alleles that would have shown there
    interval  95 % interval of the probability
    rate      of their heights above the threshold, 1/RFU; None with fewer than LEAST_DROPINS peaks:
              then the model keeps its own drop-in, since somebody may have cleaned the exports
    """

    peaks: int
    loci_with: int
    loci: int
    loci_counted: float
    probability: float
    interval: tuple[float, float]
    rate: float | None
    tallest_rfu: float


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What the single-source runs of one kit tell.

    model      the settings: to be weighed with
    stains, runs, fitted   given; of one known donor; with enough peaks for a law of their own
    variability  of heights between runs
    stutter    by kind, as shares of the parent
    shares     of the parent between runs, for the kit's mean allele, by kind that is adopted
    pairs      parents with stutter seen, as drawn
    adopted    kinds whose rates are in the model
    filters_unseen  loci whose filter's share does not show; STUTTER_LIKE is put in its place
    """

    kit: Kit
    model: PeakModel
    stains: int
    runs: int
    fitted: int
    donors: int
    variability: Spread | None
    stutter: Mapping[StutterKind, KindRates]
    shares: Mapping[StutterKind, Spread]
    adopted: tuple[StutterKind, ...]
    dropin: DropinRates
    pairs: tuple[StutterPair, ...]
    not_used: tuple[NotWeighed, ...]
    filters_unseen: tuple[Locus, ...] = ()


def learn_laboratory(
    stains: Sequence[Stain],
    references: Sequence[Reference],
    kit: Kit,
    base: PeakModel | None = None,
) -> Laboratory:
    """Settings learnt from single-source stains of one kit.

    references  of the donors (`single_sources` says how they are matched); without any, alleles are
                read off the clear peaks
    Rates of a kind are taken into the model where they are learnt at half of the kit's loci or
    more, for back and forward stutter, which all loci have; at any locus, for the other two.
    Raises CannotWeigh with fewer stains than `learn_model` needs.
    """
    learnt, unseen = _with_filters_bounded(learn_model(stains, kit, base))
    runs, refused = single_sources(stains, references, kit, learnt)
    tried = [(run, fit_run(run, kit, learnt)) for run in runs]
    fitted = [fit for _, fit in tried if fit is not None]
    few = f"Fewer than {LEAST_PEAKS} allele peaks: looked at for drop-in only."
    refused += tuple(NotWeighed(run.name, few) for run, fit in tried if fit is None)
    pairs = stutter_pairs(fitted, learnt) if learnt.stutter.back else ()
    ratios = {kind: learn_rates(pairs, kind) for kind in STUTTER_KINDS}
    shares = as_shares(ratios)
    adopted = tuple(kind for kind in STUTTER_KINDS if _is_carried(shares[kind], learnt))
    dropin = learn_dropin(runs, learnt)
    return Laboratory(
        kit=kit,
        model=replace(
            learnt, stutter=_stutter(learnt.stutter, shares, adopted), dropin=_law(dropin, learnt)
        ),
        stains=len(stains),
        runs=len(runs),
        fitted=len(fitted),
        donors=len({fit.run.donor for fit in fitted}),
        variability=_variability(fitted, shares),
        stutter=shares,
        shares=_shares(pairs, {kind: ratios[kind] for kind in adopted}, shares),
        adopted=adopted,
        dropin=dropin,
        pairs=tuple(pair for pair in pairs if pair.is_seen),
        not_used=refused,
        filters_unseen=unseen,
    )


def _with_filters_bounded(model: PeakModel) -> tuple[PeakModel, tuple[Locus, ...]]:
    """The model with stutter filters of STUTTER_LIKE at most, and the loci where it was more.

    In single-source runs the lowest peak one repeat below another may be the donor's other allele:
    where the edge is no share that stutter has, the filter's own was not seen.
    """
    unseen: dict[Locus, None] = {}

    def bounded(shares: PerLocus) -> PerLocus:
        if not isinstance(shares, Mapping):
            return shares
        unseen.update({locus: None for locus, share in shares.items() if share >= STUTTER_LIKE})
        return {locus: min(share, STUTTER_LIKE) for locus, share in shares.items()}

    back, forward = bounded(model.filters.back), bounded(model.filters.forward)
    filters = replace(model.filters, back=back, forward=forward)
    return replace(model, filters=filters), tuple(unseen)


def _is_carried(rates: KindRates, model: PeakModel) -> bool:
    told = rates.rates
    if rates.kind in ("back", "forward"):
        return len(told) > 0 and len(told) >= len(rates.loci) / 2
    return any(row.level > 2 * row.level_error for row in rates.loci if not row.reason)


def _stutter(
    base: Stutter, shares: Mapping[StutterKind, KindRates], adopted: Sequence[StutterKind]
) -> Stutter:
    if not base.back:
        return base
    rates = {kind: shares[kind].rates for kind in adopted}
    on = {kind: getattr(base, kind) or kind in adopted for kind in STUTTER_KINDS}
    return Stutter(**on, rates={**base.rates, **rates})


def _law(found: DropinRates, model: PeakModel) -> Dropin:
    return model.dropin if found.rate is None else Dropin(found.probability, found.rate)


def learn_dropin(runs: Sequence[SingleSource], model: PeakModel) -> DropinRates:
    """Drop-in at the loci where the donor's alleles are known.

    A drop-in on an allele or its stutter is not told apart, so a run's locus counts by the share of
    the donors' alleles that would have shown. The probability is (k + 1/2) / (n + 1), of k loci
    with drop-in among n that count, with Jeffreys's interval.
    """
    alleles = _alleles_of_donors(runs)
    excess, with_any, n, loci, tallest = [], 0, 0.0, 0, 0.0
    for run in runs:
        for locus in run.genotypes:
            explained = {*run.copies(locus), *run.products(locus)}
            others = [h for label, h in run.heights[locus].items() if label not in explained]
            threshold = setting_at(model.threshold_rfu, locus, "threshold")
            excess += [height - threshold for height in others]
            tallest = max([tallest, *others])
            with_any += bool(others)
            loci += 1
            n += sum(label not in explained for label in alleles[locus]) / len(alleles[locus])
    n = max(n, float(with_any))
    law = beta(with_any + 0.5, n - with_any + 0.5)
    mean = sum(excess) / len(excess) if excess else 0.0
    return DropinRates(
        peaks=len(excess),
        loci_with=with_any,
        loci=loci,
        loci_counted=n,
        probability=(with_any + 0.5) / (n + 1),
        interval=(float(law.ppf(0.025)), float(law.ppf(0.975))),
        rate=1 / mean if len(excess) >= LEAST_DROPINS and mean > 0 else None,
        tallest_rfu=tallest,
    )


def _alleles_of_donors(runs: Sequence[SingleSource]) -> dict[Locus, list[Allele]]:
    """Both alleles of each donor, at each locus."""
    typed = {(run.donor, locus): g.pair for run in runs for locus, g in run.genotypes.items()}
    found: dict[Locus, list[Allele]] = {}
    for (_, locus), pair in typed.items():
        found.setdefault(locus, []).extend(pair)
    return found


def _variability(
    fitted: Sequence[FittedRun], shares: Mapping[StutterKind, KindRates]
) -> Spread | None:
    """Of the model's variability: a run was fitted to the peaks that stutter leaves, which vary
    more by the square root of what it takes away."""
    lost = sum(_mean(rates) for rates in shares.values())
    values = np.array([np.log(fit.variability) for fit in fitted])
    errors = np.array([fit.ln_variability_error for fit in fitted])
    return _spread(values + 0.5 * np.log(1 - lost), errors)


def _mean(rates: KindRates) -> float:
    told = rates.rates.values()
    return sum(rate.mean for rate in told) / len(told) if told else 0.0


def _shares(
    pairs: Sequence[StutterPair],
    ratios: Mapping[StutterKind, KindRates],
    shares: Mapping[StutterKind, KindRates],
) -> dict[StutterKind, Spread]:
    """Each kind's share of the parent between runs: the mean rate times each run's own factor."""
    found = {}
    for kind, learnt in ratios.items():
        rates = learnt.rates
        its = [pair for pair in pairs if pair.kind == kind and pair.locus in rates]
        if not its or len({pair.run for pair in its if pair.is_seen}) < _LEAST_RUNS:
            continue
        expected = np.array([rates[pair.locus].at(pair.parent) for pair in its])
        law = _spread_of_factors(PairTable.of(its), expected, learnt.concentration)
        found[kind] = replace(law, centre=law.centre * _mean(shares[kind]))
    return found


def _spread_of_factors(pairs: PairTable, expected: Floats, concentration: float) -> Spread:
    """The log-normal law of the factors by which runs stutter more than expected.

    Maximum likelihood over all runs, those without any stutter seen included: each run's own
    factor is summed over.
    """
    runs = int(pairs.run.max()) + 1
    ln_runs = np.zeros((runs, len(_LN_FACTORS)))
    for column, ln_factor in enumerate(_LN_FACTORS):
        ln = pairs.ln_density(np.exp(ln_factor) * expected, concentration)
        np.add.at(ln_runs[:, column], pairs.run, ln)

    def down(point: Floats) -> float:
        centre, spread = point[0], np.exp(point[1])
        ln_law = -0.5 * ((_LN_FACTORS - centre) / spread) ** 2
        return -float((logsumexp(ln_runs + ln_law, axis=1) - logsumexp(ln_law)).sum())

    bounds = [(-1.5, 1.5), (np.log(0.04), 0.0)]
    best = minimize(down, [0.0, np.log(0.15)], method="L-BFGS-B", bounds=bounds).x
    return Spread(float(np.exp(best[0])), float(np.exp(best[1])), runs)


def _spread(values: Floats, errors: Floats) -> Spread | None:
    """The normal law of values that are each known with an error, by maximum likelihood."""
    if len(values) < _LEAST_RUNS:
        return None

    def centre(ln_spread: float) -> tuple[float, Floats]:
        variance = np.exp(2 * ln_spread) + errors**2
        return float((values / variance).sum() / (1 / variance).sum()), variance

    def down(ln_spread: float) -> float:
        middle, variance = centre(ln_spread)
        return float(0.5 * (np.log(variance) + (values - middle) ** 2 / variance).sum())

    best = float(minimize_scalar(down, bounds=(-6.0, 2.0), method="bounded").x)
    return Spread(float(np.exp(centre(best)[0])), float(np.exp(best)), len(values))
