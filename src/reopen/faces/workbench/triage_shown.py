"""Triage in words and as JSON: a unit's cases in an order, each with its points and their reasons.

Not here: the rule (`triage`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reopen.faces.workbench.tables import WIDTH, paragraph, table
from reopen.faces.workbench.triage import CRITERIA, Answer, Asked, Reason, Triage

_SIGNS = {Answer.YES: "+", Answer.NO: "-", Answer.UNKNOWN: "?"}


def points_text(found: Triage) -> str:
    """ "45", or "45 to 70" where something is not recorded."""
    return str(found.low) if found.low == found.high else f"{found.low} to {found.high}"


def asked_text(asked: Asked) -> str:
    """What priority somebody asked for, who, and when."""
    who = f", asked by {asked.speaker}" if asked.speaker else ""
    return f"{asked.value}{who}{', ' + asked.said if asked.said else ''}"


def evidence_text(found: Triage) -> str:
    """How many exhibits are still there."""
    every, there, gone = len(found.exhibits), found.still_there, found.gone
    if not every:
        return "no exhibit"
    parts = [f"{there} of {every} there"]
    parts += [f"{gone} gone"] if gone else []
    parts += [f"{every - there - gone} not recorded"] if every - there - gone else []
    return ", ".join(parts)


def tried_text(found: Triage) -> str:
    """Whether the case's exhibits were tested, and with what."""
    if not found.tried:
        return "no test recorded"
    if any(each.today for each in found.tried):
        return "with a kit of today"
    if all(each.today is False for each in found.tried):
        return "by older methods only"
    return "method not recorded"


def triage_text(found: Sequence[Triage], places: Mapping[str, int], width: int = WIDTH) -> str:
    """The list, and what its signs stand for."""
    if not found:
        return "No case that you may see."
    header = ("Rule", "Points", "Case", "Limitation", "Evidence", "DNA", "Asked for")
    rows = [
        (str(places[each.id]), points_text(each), each.id + (" (closed)" if each.closed else ""),
         each.limit.says, evidence_text(each), tried_text(each),
         "; ".join(asked_text(one) for one in each.asked))
        for each in found
    ]  # fmt: skip
    rule = (
        "Points of a hundred: what is not recorded leaves them open. They are an order of work, "
        "not a chance of success. Reasons of a case: --json, or name the case."
    )
    return f"{table(header, rows, right='rrlllll', width=width)}\n\n{paragraph(rule, width=width)}"


def reasons_text(found: Triage, width: int = WIDTH) -> str:
    """One case: its points, each with the reason."""
    rows = [
        (_SIGNS[each.answer], f"{_range(each)} of {each.criterion.points}", each.criterion.asks,
         each.says)
        for each in found.reasons
    ]  # fmt: skip
    head = f"{found.id}: {points_text(found)} points of a hundred"
    closed = f" (closed: {found.closed})" if found.closed else ""
    asked = [f"Priority asked for: {asked_text(one)}" for one in found.asked]
    body = table(("", "Points", "Question", "What is recorded"), rows, width=width)
    return "\n".join([head + closed, "", body, *asked])


def _range(reason: Reason) -> str:
    return str(reason.low) if reason.low == reason.high else f"{reason.low}..{reason.high}"


def triage_plain(found: Sequence[Triage], places: Mapping[str, int]) -> object:
    """The rule, and every case with its reasons and their records."""
    rule = [
        {"name": one.name, "asks": one.asks, "points": one.points, "source": one.source}
        for one in CRITERIA
    ]
    return {"rule": rule, "cases": [_plain(each, places[each.id]) for each in found]}


def _plain(found: Triage, place: int) -> object:
    return {
        "id": found.id,
        "title": found.title,
        "agency": found.agency,
        "place_by_rule": place,
        "low": found.low,
        "high": found.high,
        "closed": found.closed,
        "reasons": [
            {
                "criterion": each.criterion.name,
                "answer": each.answer.value,
                "low": each.low,
                "high": each.high,
                "says": each.says,
                "records": [str(ref) for ref in each.records],
            }
            for each in found.reasons
        ],
        "limitation": {
            "ends": str(found.limit.ends) if found.limit.ends else None,
            "over": found.limit.over,
        },
        "exhibits": [
            {"id": each.id, "held": each.held.value, "says": each.says} for each in found.exhibits
        ],
        "tried": [
            {"exhibit": each.exhibit, "says": each.says, "today": each.today,
             "at": str(each.at) if each.at else None}
            for each in found.tried
        ],
        "asked_for": [
            {"priority": one.value, "by": one.speaker, "said": one.said, "source": one.source}
            for one in found.asked
        ],
    }  # fmt: skip
