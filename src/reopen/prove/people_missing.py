"""P2: missing records (L1, L2, L3, R7) with one analyst more often than with the others.

Not here: the findings themselves, which those rules make case by case.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from reopen.prove.holdings import Holdings
from reopen.prove.peers import excess_p, share_of_others
from reopen.prove.rules import RULES, Settings, ask, rule, sealed_name
from reopen.prove.tally import Tally
from reopen.records.base import Ref
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.laboratory import Injection, InstrumentLine, Quantification, Well
from reopen.records.results import LabResult

_RULES = ("L1", "L2", "L3", "R7")
_LEAST_CASES = 3
_ADDED = 2.0
"""Cases with missing records counted besides among the others: after a month or two they may have
had none yet, and the first analyst with one would stand out."""
Work: TypeAlias = dict[str, set[str]]
"""Analyst -> cases."""
BenchRecord: TypeAlias = Injection | Quantification | Well | LabResult


@rule(
    "P2",
    "Missing-record rate",
    severity=Severity.B,
    needs=(Injection,),
    asks="Are records missing with one analyst's cases more often than with everybody else's?",
    checks=(
        "An instrument, site or import that only this analyst's cases went through.",
        "Training: missing records of one kind, at the beginning.",
        "Each missing record by itself: see the findings of L1, L2, L3 and R7.",
    ),
    statistical=True,
    learnt="Woods: 1,022 of 10,786 cases",
    share=0.1,
    numbers={
        "P2.p_value": (0.001, "tail from which an analyst is considered at all"),
        "P2.overdispersion": (0.003, "correlation within an honest analyst's cases, at least"),
        "P2.least_people": (6.0, "analysts below which it cannot tell"),
    },
)
def missing_record_rate(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P2")
    work = cases_worked(holdings)
    if len(work) < settings.number("P2.least_people", 6.0):
        tally.unable("analysts", f"{len(work)} are too few to compare")
        return tally.answer()
    missing, named = _missing(holdings, settings)
    people = sorted(work)
    counts = np.array([float(len(missing.get(each, set()) & work[each])) for each in people])
    of = np.array([float(len(work[each])) for each in people])
    shares = share_of_others(counts[None], of[None], add=_ADDED)
    p = excess_p(counts, of, shares, settings.number("P2.overdispersion", 0.003))
    tally.looked_at = len(people)
    for i, person in enumerate(people):
        if counts[i] < _LEAST_CASES or p[i] >= settings.number("P2.p_value", 0.001):
            continue
        others = (counts.sum() - counts[i]) / (of.sum() - of[i])
        about = _first(holdings, person)
        tally.found(
            Severity.B,
            "One series of cases lacks records (L1, L2, L3, R7) more often than all others.",
            [about, *named[person]],
            known_by=[about],
            p_value=float(p[i]),
            figures=(
                f"raw: {counts[i]:.0f} of {of[i]:.0f} cases ({100 * counts[i] / of[i]:.2g}%)",
                f"others: {100 * others:.2g}%",
                f"beta-binomial p {p[i]:.2g}",
            ),
            blind=sealed_name("P2", [about], person=person),
        )
    return tally.answer()


def cases_worked(holdings: Holdings) -> Work:
    """The cases that each analyst worked on."""
    work: Work = {}
    for person, case in _worked(holdings):
        work.setdefault(person, set()).add(case)
    return work


def _worked(holdings: Holdings) -> Iterable[tuple[str, str]]:
    records: tuple[BenchRecord, ...] = (
        *holdings.of(Injection),
        *holdings.of(Quantification),
        *holdings.of(Well),
        *holdings.of(LabResult),
    )
    for each in records:
        case = each.case or holdings.case_of(each.sample)
        if each.analyst and case:
            yield each.analyst, case


def _missing(holdings: Holdings, settings: Settings) -> tuple[Work, dict[str, list[Ref]]]:
    """Analyst -> cases with missing records, and analyst -> the findings that say so."""
    missing: Work = {}
    named: dict[str, list[Ref]] = {}
    for id in _RULES:
        if id not in RULES:
            continue
        for found in ask(RULES[id], holdings, settings).findings:
            for person, case in _whose(holdings, found):
                missing.setdefault(person, set()).add(case)
                refs = named.setdefault(person, [])
                refs.extend([found.ref] if found.ref not in refs else [])
    return missing, named


def _whose(holdings: Holdings, found: Finding) -> set[tuple[str, str]]:
    """Analysts and cases that a finding's records belong to; a batch's are all of its wells'."""
    whose: set[tuple[str, str]] = set()
    for ref in found.records:
        for record in _worked_on(holdings, ref):
            case = found.case or record.case or holdings.case_of(record.sample)
            if record.analyst and case:
                whose.add((record.analyst, case))
    return whose


def _worked_on(holdings: Holdings, ref: Ref) -> tuple[BenchRecord, ...]:
    """Records with an analyst that a finding's record is, or stands for."""
    if ref.kind == "batch":
        return holdings.by(Well, "batch").get(ref.id, ())
    if ref.kind == "sample":
        return _of_sample(holdings, ref.id)
    if ref.kind == "instrument_line":
        line = holdings.one(InstrumentLine, ref.id)
        return _of_sample(holdings, line.sample) if line is not None else ()
    kinds: dict[str, type[BenchRecord]] = {
        each.KIND: each for each in (Injection, Quantification, Well, LabResult)
    }
    kind = kinds.get(ref.kind)
    found = None if kind is None else holdings.one(kind, ref.id)
    return () if found is None else (found,)


def _of_sample(holdings: Holdings, sample: str) -> tuple[Well | Quantification, ...]:
    return (
        *holdings.by(Well, "sample").get(sample, ()),
        *holdings.by(Quantification, "sample").get(sample, ()),
    )


def _first(holdings: Holdings, person: str) -> BenchRecord:
    """The analyst's first record, by which the finding is known from night to night."""
    kinds: tuple[type[BenchRecord], ...] = (
        Injection, Quantification, Well, LabResult,
    )  # fmt: skip
    return next(
        every[0] for kind in kinds if (every := holdings.by(kind, "analyst").get(person, ()))
    )
