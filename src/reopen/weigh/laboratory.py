"""A laboratory's settings from its single-source runs: everything that they tell, put together.

Not for: how each part is learnt (`calibration`, `single_source`, `stutter_rates`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reopen.records import Kit, Locus, NotWeighed, Reference, Stain
from reopen.weigh.between_runs import Spread, shares_between_runs, variability_between_runs
from reopen.weigh.calibration import STUTTER_LIKE, learn_model
from reopen.weigh.learnt_dropin import DropinRates, learn_dropin
from reopen.weigh.model import Dropin, PeakModel, PerLocus
from reopen.weigh.single_source import (
    LEAST_PEAKS,
    fit_run,
    single_sources,
)
from reopen.weigh.stutter import STUTTER_KINDS, Stutter, StutterKind
from reopen.weigh.stutter_pairs import StutterPair, stutter_pairs
from reopen.weigh.stutter_rates import KindRates, as_shares, learn_rates


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
        variability=variability_between_runs(fitted, shares),
        stutter=shares,
        shares=shares_between_runs(pairs, {kind: ratios[kind] for kind in adopted}, shares),
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
