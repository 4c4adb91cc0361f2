"""What the report of one weighing shows, as frozen values; the template computes nothing.

Not here: links and their report (`views`), drawing (`pp_plot`, `tornado`, `spread`).
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.faces.report.counting_views import IntegratedView
from reopen.faces.report.views import StainView
from reopen.records import LikelihoodRatio, NotWeighed, Population, Run

Band = tuple[tuple[float, float], ...]
"""Lower and upper end at each rank."""


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """One peak in a probability plot. name: as in "TH01 9.3", with the replicate if several."""

    expected: float
    observed: float
    name: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class ProbabilityPlot:
    """Peaks in the order of their cumulative probability, against where that is expected.

    pointwise  what each rank keeps to with probability 95 %
    limit      what all ranks keep to with probability 99 %
    """

    points: tuple[PlotPoint, ...]
    pointwise: Band
    limit: Band


@dataclass(frozen=True, slots=True)
class UnexplainedRow:
    """A peak that the model does not explain, or takes for drop-in. what: which of the two."""

    locus: str
    allele: str
    replicate: int
    height_rfu: float
    expected_rfu: str
    what: str


@dataclass(frozen=True, slots=True)
class SideView:
    """One proposition: what it says, its fit, and the peaks against that fit.

    name      "First proposition", "Second proposition"
    stain     the peaks as pictures, with the heights expected under this proposition
    plot      None where the peaks could not be checked, with the reason in `unchecked`
    told      what the checks found, in a sentence
    fitted    rows (name, value with its standard error) of the fit's parameters
    errors    what the standard errors mean; "" where there are none
    """

    name: str
    says: str
    stain: StainView
    plot: ProbabilityPlot | None
    unexplained: tuple[UnexplainedRow, ...]
    told: str
    fitted: tuple[tuple[str, str], ...]
    errors: str
    unchecked: str = ""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One assumption changed. log10 is None where it could not be weighed, with the reason."""

    assumption: str
    value: str
    log10: float | None
    reason: str = ""
    remark: str = ""

    @property
    def name(self) -> str:
        return f"{self.assumption} {self.value}"


@dataclass(frozen=True, slots=True)
class SensitivityView:
    """log10 LR as weighed, and with assumptions changed one at a time.

    changes  those of the assumption that moves it most come first
    """

    log10: float
    changes: tuple[ChangeView, ...]
    told: str


@dataclass(frozen=True, slots=True)
class SpreadView:
    """log10 LR of random people in the suspect's place.

    bars      (low, high, probability) of log10 LR within these ends
    excluded  probability of people who cannot have contributed
    below     probability of log10 LR below the first bar, exclusions apart
    tail      (log10 LR, lower, upper bound of the probability of so much or more)
    observed  the suspect's log10 LR, parameters kept
    """

    bars: tuple[tuple[float, float, float], ...]
    excluded: float
    below: float
    tail: tuple[tuple[float, float, float], ...]
    observed: float


@dataclass(frozen=True, slots=True)
class NonContributorView:
    """The non-contributor test: the picture's data, sentences, and rows (name, value) of a table.

    spread  None where the test could not be made, with the reason in `untested`
    """

    spread: SpreadView | None
    told: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    untested: str = ""


@dataclass(frozen=True, slots=True)
class WeighingView:
    """Everything that the report of a weighing shows.

    warnings  what must be read before the number: an exclusion, a fit not settled, a model that
              fails
    """

    title: str
    made_at: str
    stain: str
    kit: str
    suspect: str
    known: tuple[str, ...]
    contributors: str
    ratio: LikelihoodRatio
    sentence: str
    warnings: tuple[str, ...]
    sides: tuple[SideView, SideView]
    integrated: IntegratedView | None
    sensitivity: SensitivityView | None
    non_contributors: NonContributorView | None
    controls: tuple[str, ...]
    notices: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    assumptions: tuple[str, ...]
    populations: tuple[Population, ...]
    run: Run
    references_cited: tuple[str, ...]
