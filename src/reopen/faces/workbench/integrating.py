"""A weighing with its parameters integrated over, and with the number of contributors unknown.

Not for: how either is computed (`weigh.integrated`, `weigh.number_posterior`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reopen.faces.workbench.assumptions import libraries
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import UNRELATED, IntegratedRatio, RatioOverNumbers
from reopen.weigh.integrated import QUANTILE, Integration, integrate_ratio
from reopen.weigh.number_posterior import Setting, weigh_over_numbers
from reopen.weigh.priors import Priors

if TYPE_CHECKING:
    from reopen.faces.workbench.results import Weighing


MOST_TRIED = 4


@dataclass(frozen=True, slots=True)
class Integrating:
    """The integrated ratio of a weighing.

    number        of contributors, at which `ratio` holds
    over_numbers  the ratio with the number unknown; None where the number was given
    """

    number: int
    ratio: IntegratedRatio
    over_numbers: RatioOverNumbers | None = None


def integrate_weighing(
    weighing: Weighing,
    *,
    priors: Priors | None = None,
    quantile: float = QUANTILE,
    seed: int = 1,
    most: int = MOST_TRIED,
    progress: Progress = quiet,
) -> Weighing:
    """The same weighing with its integrated ratio.

    priors    of the parameters; the usual ones if None (`Settings.priors` are a laboratory's own)
    quantile  probability of the conservative quantile
    seed      of the draws
    most      where the number of contributors was not given: numbers above this are not computed.
              Where the second proposition speaks of a relative, the number is that of the weighing
    progress  called with (step, done, of)

    Raises InvalidRecord for a quantile that is no probability, CannotWeigh as `weigh_stain`.
    """
    how = Integration(priors or Priors(), quantile=quantile, seed=seed)
    over = None
    ratio = None
    if not weighing.number.given and not _speaks_of_relative(weighing):
        setting = Setting(
            weighing.stain,
            weighing.population,
            weighing.kit,
            weighing.model,
            how,
            most=most,
            told=lambda number: progress(f"integrating, {number} contributors", 0, 1),
        )
        over = weigh_over_numbers(setting, weighing.suspect, weighing.known)
        ratio = over.by_number.get(weighing.number.chosen)
    if ratio is None:
        progress("integrating", 0, 1)
        ratio = integrate_ratio(
            weighing.stain,
            weighing.ratio.propositions,
            weighing.population,
            weighing.kit,
            weighing.model,
            how,
        )
    progress("integrating", 1, 1)
    ratio = replace(ratio, run=replace(ratio.run, libraries=libraries()))
    return replace(weighing, integrated=Integrating(weighing.number.chosen, ratio, over))


def _speaks_of_relative(weighing: Weighing) -> bool:
    """Whether the person instead of the suspect is said to be related to them."""
    people = weighing.ratio.propositions.denominator.contributors
    return any(one.relation != UNRELATED for one in people)
