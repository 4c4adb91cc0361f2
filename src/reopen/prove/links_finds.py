"""X6 and X9: traces found at a second look, and people who find more than others do.

X9 names nobody: the finding says "one examiner", the name is sealed. Not here: what was found.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reopen.prove.holdings import Holdings
from reopen.prove.peers import rare_counts_p
from reopen.prove.rules import Settings, rule, sealed_name
from reopen.prove.tally import Tally
from reopen.records.cases import Examination
from reopen.records.findings import RuleAnswer, Severity

_LEAST_FINDS = 3


@rule(
    "X6",
    "Positive on the second look",
    severity=Severity.A,
    needs=(Examination,),
    asks="Was a trace found where an earlier documented search had found none?",
    checks=(
        "A new method or better light: was it recorded before the second search?",
        "The first search did not look there: ask for its photos.",
        "Another part of the same thing.",
    ),
    learnt="Kofoed",
)
def second_look(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X6")
    for searches in holdings.by(Examination, "target").values():
        for later in searches:
            if later.found is None:
                tally.unable(later, "not recorded whether anything was found")
                continue
            tally.looked_at += 1
            earlier = _nothing_before(later, searches) if later.found else None
            if earlier is not None:
                _tell_of_second_look(tally, earlier, later)
    return tally.answer()


def _nothing_before(later: Examination, searches: Sequence[Examination]) -> Examination | None:
    """The last search that was certainly earlier, for the same, if it found nothing."""
    before = [
        each
        for each in searches
        if each.at.before(later.at) and each.sought == later.sought and each.found is not None
    ]
    return before[-1] if before and not before[-1].found else None


def _tell_of_second_look(tally: Tally, earlier: Examination, later: Examination) -> None:
    alone = later.alone is True and later.witness is None
    own_wish = later.asked_for_by is not None and later.asked_for_by == later.examiner
    new_method = later.method != earlier.method and later.method_recorded_before is True
    severity = Severity.A if alone and own_wish else Severity.B
    if new_method:
        severity = Severity.B if severity is Severity.A else Severity.C
    how = [
        words
        for holds, words in (
            (alone, "by one person alone"),
            (own_wish, "by the person who had asked for the search"),
            (new_method, "by a new method, recorded before"),
        )
        if holds
    ]
    tally.found(
        severity,
        f"{later.ref} lacks an explanation for finding {later.sought} on {later.target}, where "
        f"{earlier.ref} had found none{': found ' + ' and '.join(how) if how else ''}.",
        [later, earlier],
        case=later.case,
    )


@rule(
    "X9",
    "Same finder, rare finds",
    severity=Severity.C,
    needs=(Examination,),
    asks="Does one examiner make far more decisive finds than others at the same kind of scene?",
    checks=(
        "The best examiner is sent to the most promising scenes: ask how they are allotted.",
        "Others do not record finds as decisive.",
    ),
    statistical=True,
    learnt="Kofoed",
    share=0.1,
    numbers={
        "X9.p_value": (0.01, "tail from which an examiner is considered at all"),
        "X9.least_people": (6.0, "examiners below which it cannot tell"),
    },
)
def rare_finds(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X9")
    judged = [each for each in holdings.of(Examination) if each.decisive is not None]
    people = sorted({each.examiner for each in judged})
    if len(people) < settings.number("X9.least_people", 6.0):
        tally.unable("decisive finds", f"{len(people)} examiners are too few to compare")
        return tally.answer()
    finds, expected = _finds(judged, people)
    p = rare_counts_p(finds, expected)
    tally.looked_at = len(people)
    for i, person in enumerate(people):
        if finds[i] < _LEAST_FINDS or p[i] > settings.number("X9.p_value", 0.01):
            continue
        own = [each for each in judged if each.examiner == person]
        decisive = [each for each in own if each.decisive]
        tally.found(
            Severity.C,
            "One examiner's decisive finds lack a match among the others' at such scenes.",
            decisive,
            known_by=own[:1],
            p_value=float(p[i]),
            figures=(
                f"raw: {finds[i]:.0f} decisive finds at {len(own)} searches",
                f"expected by the others at the same kinds of scene: {expected[i]:.1f}",
                f"negative binomial p {p[i]:.2g}",
            ),
            blind=sealed_name("X9", own[:1], person=person),
        )
    return tally.answer()


def _finds(judged: Sequence[Examination], people: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Decisive finds of each person, and those the others would make at the same kinds of scene.

    The others' rate at a kind of scene they never attended is their rate over all kinds.
    """
    kinds = sorted({each.scene_kind for each in judged})
    finds, scenes = np.zeros((2, len(kinds), len(people)))
    for each in judged:
        cell = kinds.index(each.scene_kind), people.index(each.examiner)
        finds[cell] += bool(each.decisive)
        scenes[cell] += 1
    of_others = scenes.sum(1, keepdims=True) - scenes
    by_others = finds.sum(1, keepdims=True) - finds
    overall = by_others.sum(0) / np.maximum(of_others.sum(0), 1)
    rates = np.where(of_others > 0, by_others / np.maximum(of_others, 1), overall)
    return finds.sum(0), np.maximum((rates * scenes).sum(0), 0.05)
