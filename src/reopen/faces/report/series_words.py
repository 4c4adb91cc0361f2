"""A series in words: what holds it, what else explains it, what has to be looked at.

The same words stand in the report and on the terminal. Not here: numbers (`link.explanations`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reopen.faces.report.wording import chance_text, log10_text
from reopen.records import End
from reopen.records.series import (
    AlertKind,
    Divided,
    Explanation,
    ExplanationKind,
    KeptApart,
    Membership,
    Series,
    SeriesAlert,
    WhyApart,
)

LEAD = (
    "Traces that one donor explains better than two, related or not. A series is a lead: that one "
    "person left several traces says nothing of how they got there."
)

ASKED = {
    ExplanationKind.ONE_DONOR: "",
    ExplanationKind.TWO_DONORS: "Which trace is the odd one?",
    ExplanationKind.TWO_BROTHERS: "Has the suspect brothers or sisters? Type one more kit first.",
    ExplanationKind.CHANCE: "How many traces were compared?",
    ExplanationKind.CONTAMINATION: "What else was on the plate, and what do its blanks show?",
}

_NAMED = 4
_WAYS = 2
_LEAST_PROBABILITY = 0.0005
_LEAST_LOG10 = -20.0


def end_text(end: End) -> str:
    """A trace as tables name it: 'K-1-A1', or 'K-1-A1 2/3' for one of several contributors."""
    if end.contributor is None or end.of == 1:
        return end.profile
    return f"{end.profile} {end.contributor}/{end.of}"


def ends_text(ends: Sequence[End], every: Collection[End] = ()) -> str:
    """A few by name; many by number: 'the 12 others' where they are all the rest of a series."""
    if len(ends) <= _NAMED:
        return ", ".join(map(end_text, ends))
    rest = len(every) - len(ends)
    if 0 < rest <= _NAMED:
        return f"the {len(ends)} others"
    return f"{', '.join(map(end_text, ends[: _NAMED - 1]))} and {len(ends) - _NAMED + 1} more"


def headline(series: Series) -> str:
    """'14 traces of 14 cases', with who in it is known."""
    people = [end.profile for end in series.ends if end.contributor is None]
    traces = _count(len(series.traces), "trace")
    cases = f" of {_count(len(series.cases), 'case')}" if series.cases else ""
    return f"{traces}{cases}{' and ' + ', '.join(people) if people else ''}"


def held_by(series: Series) -> list[str]:
    """What holds a series, and what would break it, a sentence each."""
    weakest, ends = series.weakest, series.ends
    if len(ends) == 2:
        return [f"One donor of both, against two unrelated ones: log10 LR {_total(series)}."]
    one, other = ends_text(weakest.one, ends), ends_text(weakest.other, ends)
    told = [f"One donor of all, against an unrelated one of each: log10 LR {_total(series)}."]
    told.append(
        f"It holds by {log10_text(weakest.log10)}: one donor of all, against the two unrelated "
        f"donors who explain the traces best, one of {one} and one of {other}."
    )
    if weakest.bridge is not None:
        across = (
            "the only link" if weakest.links == 1 else f"the strongest of {weakest.links} links"
        )
        pair, value = weakest.bridge, series.pairs.get(weakest.bridge)
        number = "" if value is None else f", log10 LR {log10_text(value)}"
        told.append(
            f"Across this weakest split, {across} joins {end_text(pair[0])} with "
            f"{end_text(pair[1])}{number}."
        )
    else:
        told.append("No link by itself joins the two sides of this weakest split.")
    told += [_joint(joint, ends) for joint in series.joints]
    return told


def _joint(joint: Membership, ends: Sequence[End]) -> str:
    parts = "; ".join(ends_text(part, ends) for part in joint.remains)
    return (
        f"Without {end_text(joint.end)} the others fall apart, into {parts}: look at this exhibit "
        "first, its seal, its batch, its peaks."
    )


def _total(series: Series) -> str:
    error = f" (standard error {log10_text(series.error)})" if series.error >= 0.005 else ""
    return f"{log10_text(series.log10)}{error}"


def explained_by(one: Explanation, series: Series) -> str:
    """Who would have left what, by an explanation, and what goes with it."""
    ends = series.ends
    if one.kind is ExplanationKind.ONE_DONOR:
        return "one person left all of them"
    if one.kind is ExplanationKind.CHANCE:
        expected = "" if one.expected is None else chance_text(one.expected)
        return f"such series expected by chance in this search, at most: {expected}"
    if one.kind is ExplanationKind.CONTAMINATION:
        remains = "nothing else is left" if one.remaining is None else (
            f"without it, log10 LR {log10_text(one.remaining)} is left"
        )  # fmt: skip
        told = f"batch {one.batch} carried one trace into {ends_text(one.groups[0])}; {remains}"
        return f"{told}; {one.remark}" if one.remark else told
    one_part, other = one.groups
    return f"{ends_text(one_part, ends)} | {ends_text(other, ends)}"


def weight_text(one: Explanation) -> str:
    """log10 of its weight beside one donor's."""
    return "no odds stated" if one.log10 is None else log10_text(one.log10)


def likely_divisions(series: Series) -> tuple[Divided, ...]:
    """Ways to divide the traces that are worth a line: two, and those that are not improbable."""
    return tuple(
        way
        for place, way in enumerate(series.divisions)
        if place < _WAYS or way.probability >= _LEAST_PROBABILITY
    )


def divided_text(groups: Sequence[Sequence[End]], ends: Sequence[End]) -> str:
    """A way to divide the traces among donors: the odd ones by name."""
    if len(groups) == 1:
        return "all of one donor"
    return " | ".join(ends_text(group, ends) for group in groups)


def alert_text(alert: SeriesAlert) -> str:
    """A wrongful conviction to be looked at, as a question."""
    traces = ", ".join(end_text(end) for end in alert.traces)
    who = f"{alert.person} was {alert.role} in case {alert.case}"
    told = [f"{who}, whose trace {traces} is in the series."]
    if alert.log10 is None:
        told.append("No profile of that person is held.")
    else:
        told.append(f"As the donor, that person has a log10 LR {_against(alert.log10)}.")
    if alert.kind is AlertKind.ANOTHER_PERSON:
        told.append(f"The profile of {', '.join(alert.others)} fits the donor.")
    if alert.elsewhere is not None:
        told.append(
            f"As another contributor of the same stain, a log10 LR {_against(alert.elsewhere)}."
        )
    told.append(
        f"Was the right person {alert.role}? The trace may also be from before or after the act."
    )
    return " ".join(told)


def _against(log10: float) -> str:
    """Far below, the number tells more of the model than of the person."""
    return f"of {log10_text(log10)}" if log10 > _LEAST_LOG10 else f"below {_LEAST_LOG10:.0f}"


_NEARLY = {
    WhyApart.TWO_DONORS: "two unrelated donors explain them nearly as well",
    WhyApart.BROTHERS: "two brothers or sisters explain them nearly as well",
}
"""Where one donor leads, by less than the threshold."""


def apart_text(apart: KeptApart) -> str:
    """A link that joined nothing, with the reason."""
    one, other = map(end_text, apart.link)
    lead = {WhyApart.TWO_DONORS: apart.over_two, WhyApart.BROTHERS: apart.over_brothers}
    value, why = lead.get(apart.why), apart.why.value
    if value is not None and value > 0:
        why = f"{_NEARLY[apart.why]} (one donor leads by {log10_text(value)}, a series takes more)"
    elif value is not None:
        why += f" (one donor leads by {log10_text(value)})"
    return f"{one} with {other}, log10 LR {log10_text(apart.log10)}: {why}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
