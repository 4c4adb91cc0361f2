"""The peaks of a stain against the models fitted for its links that were weighed in full.

Not for: how a peak is judged (`weigh.diagnostics`), one weighing (`peak_checks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reopen.faces.workbench.peak_checks import ModelCheck, check_proposition
from reopen.link import LinkResult, Progress, SolvedStain
from reopen.link.stains import model_of
from reopen.records import Frozen, LikelihoodRatio, Population
from reopen.weigh.model import PeakModel


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """The peaks against the fitted model of each proposition behind a link's second number."""

    numerator: ModelCheck
    denominator: ModelCheck

    @property
    def remark(self) -> str:
        """What a reader of the link must know, or ""."""
        if self.denominator.model_fails:
            return (
                f"{_count(self.denominator)} in full, even without this person: the number of "
                "contributors, or another assumption, is in doubt"
            )
        if self.numerator.model_fails:
            return f"{_count(self.numerator)} in full with this person as a contributor"
        return ""


def _count(check: ModelCheck) -> str:
    return (
        f"{len(check.unexplained)} peak heights not explained and {len(check.dropins)} peaks taken "
        "for drop-in"
    )


def check_links(
    result: LinkResult,
    population: Population,
    models: Mapping[str, PeakModel],
    progress: Progress,
) -> tuple[LinkResult, Mapping[int, LinkCheck]]:
    """The result with remarks on links whose model fails, and the checks by the link's place."""
    stains = {solved.stain.id: solved for solved in result.stains}
    checks: dict[int, LinkCheck] = {}
    links = list(result.links)
    for done, (place, ratio) in enumerate(result.in_full.items(), start=1):
        solved = stains[links[place].one.profile]
        checks[place] = _check(ratio, solved, population, model_of(solved.stain, models))
        if remark := checks[place].remark:
            links[place] = replace(links[place], remarks=(*links[place].remarks, remark))
        progress("checking peaks", done, len(result.in_full))
    return replace(result, links=tuple(links)), Frozen(checks)


def _check(
    ratio: LikelihoodRatio, solved: SolvedStain, population: Population, model: PeakModel
) -> LinkCheck:
    if solved.kit is None:
        model = model.without_degradation()
    sides = (
        (ratio.propositions.numerator, ratio.numerator),
        (ratio.propositions.denominator, ratio.denominator),
    )
    return LinkCheck(
        *(
            check_proposition(solved.stain, side, population, solved.kit, model, fit)
            for side, fit in sides
        )
    )
