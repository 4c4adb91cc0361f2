"""A weighing as its report shows it: the number in words, pictures of both fits, what was varied.

Not for: drawing (`report`), how anything was weighed (`weigh`), the report of links (`assemble`).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import numpy as np

from reopen.faces.report import (
    ChangeView,
    NonContributorView,
    PlotPoint,
    ProbabilityPlot,
    SensitivityView,
    SideView,
    SpreadView,
    StainView,
    UnexplainedRow,
    WeighingView,
    stain_view,
)
from reopen.faces.report.wording import rfu_text
from reopen.faces.workbench.assemble_counting import CITED_FOR_INTEGRALS, integrated_view
from reopen.faces.workbench.fit_errors import FitErrors
from reopen.faces.workbench.fit_shown import STANDARD_ERROR, fit_rows
from reopen.faces.workbench.in_sentences import (
    checks_counted,
    non_contributor_rows,
    non_contributors_told,
    sensitivity_told,
    warnings,
)
from reopen.faces.workbench.peak_checks import ModelCheck, parameters_of
from reopen.faces.workbench.results import NonContributorTest, Weighing
from reopen.kernels.shapes import Floats
from reopen.records import Allele, Ending, Fit, Locus, Proposition
from reopen.weigh.diagnostics import PeakCheck
from reopen.weigh.encode import encode
from reopen.weigh.heights import ExpectedHeight, expected_height_ranges
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.pp_envelope import limit, middles, pointwise
from reopen.weigh.sensitivity import Effect, Sensitivity
from reopen.weigh.sum_distribution import SumDistribution
from reopen.weigh.words import SOURCE, in_words

CITED = (
    "Cowell, Graversen, Lauritzen and Mortera 2015. J. R. Stat. Soc. C 64, 1-48 (peak heights)",
    "Bleka, Storvik and Gill 2016. Forensic Sci. Int. Genet. 21, 35-44 (drop-in, model checks)",
    "Balding and Nichols 1994. Forensic Sci. Int. 64, 125-140 (theta)",
    "Akaike 1974. IEEE Trans. Autom. Control 19, 716-723 (number of contributors)",
    SOURCE,
)
CITED_FOR_RANDOM_PEOPLE = (
    "Gill and Haned 2013. Forensic Sci. Int. Genet. 7, 251-263 (non-contributor test)",
    "Good 1950. Probability and the Weighing of Evidence. Griffin, London (the mean LR is 1)",
)

_BARS = 60
_LEAST_SHOWN = 0.005  # of random people; the lowest log10 LR of the picture has so many below it

Heights = Mapping[tuple[Locus, Allele], ExpectedHeight]


def weighing_view(weighing: Weighing, *, title: str = "") -> WeighingView:
    """Everything that the report of a weighing shows."""
    test = weighing.non_contributors
    return WeighingView(
        title=title or f"{weighing.suspect.id} and stain {weighing.stain.id}",
        made_at=weighing.made_at.strftime("%-d %B %Y, %H:%M UTC"),
        stain=weighing.stain.id,
        kit=weighing.kit.name if weighing.kit else "not known, degradation not modelled",
        suspect=weighing.suspect.id,
        known=tuple(person.id for person in weighing.known),
        contributors=str(weighing.number),
        ratio=weighing.ratio,
        sentence=in_words(weighing.log10),
        warnings=warnings(weighing),
        sides=(
            _side(
                weighing,
                "First proposition",
                weighing.ratio.propositions.numerator,
                weighing.ratio.numerator,
                weighing.numerator_check,
                weighing.numerator_errors,
            ),
            _side(
                weighing,
                "Second proposition",
                weighing.ratio.propositions.denominator,
                weighing.ratio.denominator,
                weighing.denominator_check,
                weighing.denominator_errors,
            ),
        ),
        integrated=integrated_view(weighing.integrated),
        sensitivity=_sensitivity(weighing.sensitivity),
        non_contributors=_non_contributors(test, weighing),
        controls=weighing.controls,
        notices=weighing.notices,
        not_weighed=weighing.not_weighed,
        assumptions=weighing.assumptions,
        populations=(weighing.population,),
        run=weighing.ratio.run,
        references_cited=CITED
        + (CITED_FOR_INTEGRALS if weighing.integrated else ())
        + (CITED_FOR_RANDOM_PEOPLE if test else ()),
    )


def _side(
    weighing: Weighing,
    name: str,
    proposition: Proposition,
    fit: Fit,
    check: ModelCheck,
    errors: FitErrors,
) -> SideView:
    heights = _heights(weighing, proposition, fit)
    return SideView(
        name=name,
        says=str(proposition),
        stain=_stain(weighing, fit, check, heights),
        plot=_plot(check),
        unexplained=_unexplained(check, heights),
        told=checks_counted(check),
        fitted=fit_rows(fit, errors),
        errors=STANDARD_ERROR if errors.curvature else "",
        unchecked=check.unchecked,
    )


def _heights(weighing: Weighing, proposition: Proposition, fit: Fit) -> Heights:
    """What the fitted model expects; nothing where no fit produces the peaks."""
    if fit.ending is Ending.UNEXPLAINED:
        return {}
    encoded = encode(weighing.stain, proposition, weighing.population, weighing.kit, weighing.model)
    return expected_height_ranges(MixtureLikelihood(encoded), parameters_of(fit))


def _stain(weighing: Weighing, fit: Fit, check: ModelCheck, heights: Heights) -> StainView:
    threshold = weighing.model.threshold_rfu
    return stain_view(
        weighing.stain,
        weighing.kit,
        fit,
        {place: height.mean_rfu for place, height in heights.items()},
        threshold if isinstance(threshold, Mapping) else float(threshold),
        (),
        ranges={place: (h.low_rfu, h.high_rfu) for place, h in heights.items()},
        remarks={(p.locus, p.replicate, p.allele): what for p, what in _findings(check).items()},
    )


def _plot(check: ModelCheck) -> ProbabilityPlot | None:
    if not check.peaks:
        return None
    n = len(check.peaks)
    several = any(peak.replicate for peak in check.peaks)
    ordered = sorted(check.peaks, key=lambda peak: peak.cumulative)
    points = tuple(
        PlotPoint(float(at), peak.cumulative, _name(peak, several), peak.flagged)
        for at, peak in zip(middles(n), ordered, strict=True)
    )
    return ProbabilityPlot(points, _band(*pointwise(n)), _band(*limit(n)))


def _band(low: Floats, high: Floats) -> tuple[tuple[float, float], ...]:
    return tuple((float(a), float(b)) for a, b in zip(low, high, strict=True))


def _name(peak: PeakCheck, several: bool) -> str:
    return f"{peak.locus} {peak.allele}" + (f" ({peak.replicate + 1})" if several else "")


def _unexplained(check: ModelCheck, heights: Heights) -> tuple[UnexplainedRow, ...]:
    return tuple(
        UnexplainedRow(
            peak.locus,
            peak.allele,
            peak.replicate + 1,
            peak.height_rfu,
            _expected_words(heights.get((peak.locus, peak.allele))),
            what,
        )
        for peak, what in _findings(check).items()
    )


def _findings(check: ModelCheck) -> dict[PeakCheck, str]:
    """What the check says of each peak that a reader should look at."""
    found = dict.fromkeys(check.unexplained, "height not explained")
    for peak in check.dropins:
        found[peak] = f"{found[peak]}; taken for drop-in" if peak in found else "taken for drop-in"
    return found


def _expected_words(height: ExpectedHeight | None) -> str:
    if height is None:
        return "not known"
    low, high = rfu_text(height.low_rfu), rfu_text(height.high_rfu)
    return f"{rfu_text(height.mean_rfu)} ({low} to {high}) RFU"


def _sensitivity(found: Sensitivity | None) -> SensitivityView | None:
    if found is None:
        return None
    moves: dict[str, float] = {}
    for effect in found.effects:
        move = _move(effect, found.log10)
        moves[effect.assumption] = max(move, moves.get(effect.assumption, 0.0))
    ordered = sorted(found.effects, key=lambda effect: -moves[effect.assumption])
    changes = tuple(ChangeView(e.assumption, e.value, e.log10, e.reason, e.remark) for e in ordered)
    return SensitivityView(found.log10, changes, sensitivity_told(found))


def _move(effect: Effect, log10: float) -> float:
    """How far an effect moves the number; an equal one moves it by nothing, infinite or not."""
    if effect.log10 is None or effect.log10 == log10:
        return 0.0
    return abs(effect.log10 - log10)


def _non_contributors(
    test: NonContributorTest | None, weighing: Weighing
) -> NonContributorView | None:
    if test is None:
        return None
    return NonContributorView(
        spread=None
        if test.exact is None
        else _spread(test.exact.distribution, test.exact.observed),
        told=non_contributors_told(test, weighing.log10),
        rows=non_contributor_rows(test, weighing.log10),
        untested=test.untested,
    )


def _spread(distribution: SumDistribution, observed: float) -> SpreadView:
    """Bars between the quantiles that matter and the suspect, and the tail at their edges."""
    low, _ = distribution.quantile(min(distribution.impossible + _LEAST_SHOWN, 0.999))
    low = max(low, distribution.floor) if isfinite(low) else distribution.floor
    _, high = distribution.quantile(0.9999)
    high = max([observed, 0.0, *([high] if isfinite(high) else [])])
    low = min(low, observed, high - 1.0)
    edges = np.linspace(low, high, _BARS + 1)
    mass = distribution.mass_in(edges)
    places = sorted({*(float(edge) for edge in edges), observed})
    at_low, _ = distribution.at_least(max(low, distribution.floor))
    return SpreadView(
        bars=tuple((float(edges[i]), float(edges[i + 1]), float(mass[i])) for i in range(_BARS)),
        excluded=distribution.impossible,
        below=max(0.0, 1.0 - distribution.impossible - at_low),
        tail=tuple((at, *distribution.at_least(max(at, distribution.floor))) for at in places),
        observed=observed,
    )
