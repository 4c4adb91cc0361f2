"""How to weigh that two samples met in a laboratory: same person, contamination, or chance.

Meeting in a batch, a room or a day is a weight, never a veto: true links meet too, and cases that
belong together are often sent together. So three explanations stand side by side, each with what
the meeting and the DNA say about it; the prior of a true link comes from the case, not the DNA.
Not here: which samples met (`run_batch_mates`, and the rules of links).

Source: reference document of the rules, "Batch coincidence"; contamination 0.75% of samples in
Austria (FSI: Genetics 31, 2017, 12-18), 1.15% of profiles in Switzerland (FSI: Genetics 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.errors import InvalidRecord

NEEDS_MEETING = 0.9
"""Share of contaminations that need the two samples to meet."""

CONTAMINATION_RATE = 0.0075
"""Contaminated samples among all (Austria); a laboratory's own rate is better."""

LEAST_ODDS = 20.0
"""Times by which a meeting has to raise the odds of contamination before it is asked about."""

PRIORS = (0.01, 0.1, 0.5)
"""Priors of a true link that are shown beside each other where the case states none."""

_DAYS_OF_YEAR = 365


@dataclass(frozen=True, slots=True)
class Meeting:
    """A way in which two samples met.

    what    in words: 'in one batch of 96'
    chance  probability that two samples with nothing in common meet so
    needed  share of contaminations that need such a meeting
    """

    what: str
    chance: float
    needed: float = NEEDS_MEETING

    def __post_init__(self) -> None:
        for name in ("chance", "needed"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise _refusal(f"{name} {value:g} of a meeting", "It is above 0 and at most 1.")

    @property
    def odds(self) -> float:
        """By how much the meeting multiplies the odds of contamination."""
        return self.needed / self.chance


def odds_beside(meeting: Meeting, besides_log10: float) -> float:
    """By how much a meeting multiplies the odds of contamination against a true link, after what
    place, time and behaviour say of a true link: odds / 10^besides.

    besides_log10  their log10 LR together, same offender against different ones
    """
    return meeting.odds * float(10.0**-besides_log10)


def in_one_batch(size: int, samples_a_year: float, needed: float = NEEDS_MEETING) -> Meeting:
    """Both in the same batch of `size` places: chance size / samples_a_year."""
    return Meeting(f"in one batch of {size}", min(1.0, size / samples_a_year), needed)


def within_days(days: int, needed: float = NEEDS_MEETING) -> Meeting:
    """Worked on within `days` of each other, before or after: chance (2 days + 1) / 365."""
    chance = min(1.0, (2 * days + 1) / _DAYS_OF_YEAR)
    return Meeting(f"within {days} day{'s' if days != 1 else ''} of each other", chance, needed)


@dataclass(frozen=True, slots=True)
class Explanations:
    """Shares of the three explanations of one link; they add up to 1.

    prior_link          probability, from the case alone, of a true link with one of those compared
    contamination_rate  of the laboratory, before the meeting is looked at
    """

    prior_link: float
    contamination_rate: float
    same_person: float
    contamination: float
    chance_match: float

    def __str__(self) -> str:
        return (
            f"where the case alone gives a true link {_percent(self.prior_link)}: "
            f"same person {_percent(self.same_person)}, "
            f"contamination {_percent(self.contamination)}, "
            f"chance match {_percent(self.chance_match)}"
        )


def explain(
    log10_lr: float,
    *,
    prior_link: float,
    meeting: Meeting | None = None,
    contamination_rate: float = CONTAMINATION_RATE,
    compared: float = 1,
) -> Explanations:
    """Weigh the three explanations of a link by Bayes' theorem.

    log10_lr   of the DNA, one donor against unrelated donors
    meeting    the closest one alone, since meetings of one pair depend on each other; None: none
               is known, or the samples were asked for together, which carries no weight
    compared   profiles that the trace was compared with: so often chance had its turn

    Raises InvalidRecord where the priors leave nothing for chance.
    """
    if min(prior_link, contamination_rate) < 0 or prior_link + contamination_rate >= 1:
        raise _refusal(
            f"A prior of {prior_link:g} with a contamination rate of {contamination_rate:g}",
            "Both are probabilities, and together below 1.",
        )
    same = prior_link
    contamination = contamination_rate * (meeting.odds if meeting else 1.0)
    neither = 1 - prior_link - contamination_rate
    chance = neither * compared * 10.0**-log10_lr
    total = same + contamination + chance
    return Explanations(
        prior_link, contamination_rate, same / total, contamination / total, chance / total
    )


def prior_needed(
    meeting: Meeting | None, contamination_rate: float = CONTAMINATION_RATE
) -> float | None:
    """The prior of a true link at which it explains the DNA as well as contamination does; None
    where no prior does. Compare it with what the case says without the DNA."""
    needed = contamination_rate * (meeting.odds if meeting else 1.0)
    return needed if needed < 1 - contamination_rate else None


def figures(
    log10_lr: float,
    meeting: Meeting | None,
    *,
    prior_link: float | None = None,
    contamination_rate: float = CONTAMINATION_RATE,
    compared: float = 1,
) -> tuple[str, ...]:
    """What a finding shows: the meeting's weight, and the explanations side by side, for the
    case's prior or, where it states none, for several (`PRIORS`)."""
    lines = [f"contamination rate of the laboratory {_percent(contamination_rate)}"]
    if meeting is None:
        lines.append("no meeting that carries weight")
    else:
        lines.append(
            f"{meeting.what}: unlinked samples meet so with probability {meeting.chance:.2g}, "
            f"contamination needs it with {meeting.needed:g}; "
            f"odds of contamination times {meeting.odds:.3g}"
        )
    needed = prior_needed(meeting, contamination_rate)
    if needed is not None:
        lines.append(
            f"same person and contamination explain it equally well at a prior of {needed:.2g}"
        )
    for prior in (prior_link,) if prior_link is not None else PRIORS:
        weighed = explain(
            log10_lr,
            prior_link=prior,
            meeting=meeting,
            contamination_rate=contamination_rate,
            compared=compared,
        )
        lines.append(str(weighed))
    return tuple(lines)


def _percent(share: float) -> str:
    if share < 0.001:
        return "below 0.1%"
    return "above 99.9%" if share > 0.999 else f"{100 * share:.3g}%"


def _refusal(seen: str, rule: str) -> InvalidRecord:
    return InvalidRecord(
        f"{seen}.", rule=rule, way_on="Correct the setting, or the record it is taken from."
    )
