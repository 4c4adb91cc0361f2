"""The power of families as their report shows it.

Not for: drawing (`report`), how anything was computed (`weigh`).
"""

from __future__ import annotations

import numpy as np

from reopen.faces.report.power_views import (
    CandidateCurve,
    CurvesView,
    PowerFamilyView,
    PowerView,
    RelativeBar,
)
from reopen.faces.report.wording import log10_text, one_in_text, percent_text
from reopen.faces.workbench.checks_shown import check_view
from reopen.faces.workbench.kinship_words import pedigree_in_words
from reopen.faces.workbench.power import MissingPower, PowerOfFamilies, range_shown
from reopen.faces.workbench.power_shown import (
    candidates_of,
    filed_twice,
    ranking_title,
    reached_by,
    steps_of,
    summary_of,
    title_of,
)
from reopen.kernels.shapes import Floats
from reopen.weigh.next_relative import PowerWith
from reopen.weigh.sum_distribution import SumDistribution

TITLE = "What families of the missing can show"
CITED = (
    "Egeland, Pinto and Vigeland 2014. Forensic Sci. Int. Genet. 9, 57-65 (exclusion power)",
    "Kruijver 2015. Forensic Sci. Int. Genet. 14, 116-124 (exact distributions of LRs)",
    "Vigeland et al. 2020. Forensic Sci. Int. Genet. 49, 102376 (power to find the missing)",
    "Balding and Nichols 1994. Forensic Sci. Int. 64, 125-140 (theta)",
)
_CELLS = 70


def power_view(result: PowerOfFamilies, *, title: str = "") -> PowerView:
    """Everything that the report shows."""
    return PowerView(
        title=title or TITLE,
        made_at=result.made_at.strftime("%-d %B %Y, %H:%M UTC"),
        threshold=log10_text(result.threshold),
        error=f"{max(one.power.if_missing.error for one in result.found):g}",
        families=tuple(_family(one, result) for one in result.found),
        warnings=tuple(filed_twice(result)),
        notices=result.notices,
        not_weighed=result.not_weighed,
        assumptions=result.assumptions,
        populations=(result.population,),
        run=result.run,
        references_cited=CITED,
    )


def _family(one: MissingPower, result: PowerOfFamilies) -> PowerFamilyView:
    by_candidate = candidates_of(one.power)
    check = result.checks.by_family.get(one.family.id)
    return PowerFamilyView(
        title=title_of(one),
        says=pedigree_in_words(one.family.pedigree, one.family.profiles),
        summary=tuple(summary_of(one, result.threshold)),
        pedigree=one.family.pedigree,
        typed=tuple(one.family.profiles),
        missing=tuple(dict.fromkeys((one.member, *one.family.missing))),
        could_give=tuple(id for gain in one.plan.ranked for id in gain.relatives),
        curves=_curves(one, result.threshold) if one.power.loci else None,
        columns=tuple(by_candidate),
        reached=tuple(
            (log10_text(t), tuple(reached_by(spread, t) for spread in by_candidate.values()))
            for t in steps_of(one, result.threshold)
        )
        if one.power.loci
        else (),
        relatives=tuple(_bar(gain) for gain in (one.plan.now, *one.plan.ranked)),
        ranking=ranking_title(one),
        loci=tuple(
            (locus, percent_text(power)) for locus, power in one.power.exclusion.by_locus.items()
        ),
        check=None if check is None else check_view(one.family.id, check),
    )


def _curves(one: MissingPower, threshold: float) -> CurvesView:
    by_candidate = candidates_of(one.power)
    edges = np.linspace(*range_shown(one.power), _CELLS + 1)
    return CurvesView(
        tuple(edges.tolist()),
        threshold,
        tuple(_curve(name, spread, edges) for name, spread in by_candidate.items()),
    )


def _curve(name: str, spread: SumDistribution, edges: Floats) -> CandidateCurve:
    reached = tuple(sum(spread.at_least(float(edge))) / 2 for edge in edges)
    return CandidateCurve(
        name,
        tuple(spread.mass_in(edges).tolist()),
        reached,
        spread.impossible,
        max(1.0 - spread.impossible - reached[0], 0.0),
    )


def _bar(one: PowerWith) -> RelativeBar:
    false = sum(one.false_inclusion) / 2
    return RelativeBar(
        ", ".join(one.relatives),
        sum(one.inclusion) / 2,
        one.exclusion.total,
        log10_text(one.expected_log10),
        "nobody by chance" if false == 0 else f"{one_in_text(false)} by chance",
    )
