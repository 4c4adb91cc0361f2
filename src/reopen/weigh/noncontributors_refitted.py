"""The non-contributor test by simulation: random people weighed as the suspect was, parameters
fitted for each of them.

Not for: the exact distribution with parameters kept (`noncontributors`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from reopen.errors import CannotWeigh, InvalidRecord, ReopenError
from reopen.records import Kit, NotWeighed, Population, Propositions, Reference, Stain
from reopen.weigh.evaluate import weigh
from reopen.weigh.fit import FitOptions
from reopen.weigh.model import PeakModel
from reopen.weigh.noncontributors import NonContributors, replaced
from reopen.weigh.threads import each

_95 = 1.959963984540054  # of the normal law, two-sided


@dataclass(frozen=True, slots=True)
class RefittedNonContributors:
    """log10 LR of people drawn at random in the suspect's place, parameters fitted for each.

    A maximised LR does not promise a mean of 1; see `NonContributors` for one that does.

    observed     the suspect's own log10 LR, parameters fitted
    log10        of each person drawn, ascending; minus infinity is an exclusion
    not_weighed  people drawn who could not be weighed, with the reason; they count nowhere
    """

    suspect: str
    observed: float
    log10: tuple[float, ...]
    seed: int
    not_weighed: tuple[NotWeighed, ...] = ()

    def share_at_least(self, value: float) -> tuple[float, float, float]:
        """Share of those weighed with a log10 LR of `value` or more, and its 95 % interval."""
        n = len(self.log10)
        if n == 0:
            raise CannotWeigh(
                "No random person could be weighed.",
                rule="A share is of people who were weighed.",
                way_on="See the reasons, or draw more people.",
            )
        reached = sum(log10_lr >= value for log10_lr in self.log10)
        return reached / n, *wilson_interval(reached, n)


def refitted_non_contributors(
    stain: Stain,
    propositions: Propositions,
    suspect: Reference,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    fixed: NonContributors,
    observed: float,
    *,
    people: int,
    seed: int = 1,
    options: FitOptions | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> RefittedNonContributors:
    """Weigh people drawn at random as the suspect was weighed, both propositions fitted.

    fixed     the same test with parameters kept: people are drawn from its genotypes
    observed  the suspect's log10 LR, as weighed
    people    how many are drawn; each costs two fits
    workers   threads; the numbers do not depend on it
    progress  called with (done, of)
    """
    if people < 1:
        raise InvalidRecord(
            f"{people} random people to be weighed.",
            rule="At least one person is drawn.",
            way_on="Ask for some hundreds.",
        )
    rng = np.random.default_rng(seed)
    drawn = [
        {
            locus: at.genotypes[int(rng.choice(len(at.genotypes), p=at.probability))]
            for locus, at in fixed.by_locus.items()
        }
        for _ in range(people)
    ]

    def work(number: int) -> float | NotWeighed:
        who = Reference(f"random person {number + 1}", drawn[number])
        pair = Propositions(
            replaced(propositions.numerator, suspect, who),
            replaced(propositions.denominator, suspect, who),
        )
        try:
            return weigh(stain, pair, population, kit, model, options).log10
        except ReopenError as error:
            return NotWeighed(who.id, error.seen)

    values: list[float] = []
    refused: list[NotWeighed] = []
    for done, outcome in enumerate(each(work, range(people), workers), start=1):
        if isinstance(outcome, NotWeighed):
            refused.append(outcome)
        else:
            values.append(outcome)
        progress(done, people)
    return RefittedNonContributors(
        suspect.id, observed, tuple(sorted(values)), seed, tuple(refused)
    )


def wilson_interval(reached: int, n: int) -> tuple[float, float]:
    """95 % interval of a probability of which `reached` of n were counted. Wilson 1927."""
    share, spread = reached / n, _95**2 / n
    middle = share + spread / 2
    half = sqrt(spread * (share * (1 - share) + spread / 4))
    return (
        max(0.0, (middle - half) / (1 + spread)),
        min(1.0, (middle + half) / (1 + spread)),
    )
