"""What of a case is owed to the other side: all that is disclosable, what helps the defence, and
what was withheld from whom.

Nothing is left out in silence: a record that may not be given is listed by kind, entry and reason.
A record that helps is one that weakens the case against somebody, or shows another explanation;
the reasons are in `WHY` (docs/disclosure.md). Not here: files, signatures, proofs (`faces`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from reopen.prove.holdings import Holdings
from reopen.records._frozen import Frozen
from reopen.records.access import ReadEvent, Sensitivity
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Interview, Involvement, Presence, Role, Sample
from reopen.records.custody import LegacyPeriod
from reopen.records.findings import SERIES, Disposition, Finding, Severity
from reopen.records.kinds import cases_named, items_named
from reopen.records.results import (
    Amendment,
    Disclosure,
    FoundLink,
    Hit,
    LabResult,
    Report,
    Request,
    ResultKind,
)
from reopen.records.statements import Statement, standing
from reopen.records.stored import StoredProfile

ACCUSED = (Role.SUSPECT, Role.PERSON_OF_INTEREST, Role.CONVICTED)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A record that is not in a bundle, with the classes or the rule that keep it back."""

    ref: Ref
    reason: str


@dataclass(frozen=True, slots=True)
class Helpful:
    """Records that help the defence, and why, in a sentence that claims no more than they show.

    given_to  who it was disclosed to, by the records; empty where nobody is on record
    """

    ref: Ref
    why: str
    given_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything of one case: what may be given, and what is kept back."""

    case: str
    given: tuple[Record, ...]
    withheld: tuple[Withheld, ...]


def case_file(
    case: str,
    records: Iterable[Record],
    classes: Callable[[Ref], Iterable[Sensitivity]],
    keep_back: Mapping[Sensitivity, str],
) -> CaseFile:
    """The records of a case, parted into what is given and what is kept back.

    classes    the sensitive classes of a record
    keep_back  sensitive class -> the reason or order it is withheld under; a class that is not
               named is given. Looks of the unit's own people are neither given nor listed
    """
    given: list[Record] = []
    withheld: list[Withheld] = []
    for record in records:
        if isinstance(record, ReadEvent):
            continue
        reasons = sorted(keep_back[each] for each in classes(record.ref) if each in keep_back)
        if reasons:
            withheld.append(Withheld(record.ref, "; ".join(dict.fromkeys(reasons))))
        else:
            given.append(record)
    return CaseFile(case, tuple(given), tuple(withheld))


def cases_of(holdings: Holdings, record: Record) -> frozenset[str]:
    """Cases that a record belongs to: those it names, and those of its items and subject."""
    found = set(cases_named(record))
    found.update(filter(None, map(holdings.case_of, items_named(record))))
    if isinstance(record, Statement) and record.subject.kind == "person":
        roles = holdings.by(Involvement, "person").get(record.subject.id, ())
        found.update(role.case for role in roles)
    if isinstance(record, FoundLink):
        found.update(_cases_of_profiles(holdings, (record.one, record.other)))
    if isinstance(record, Disposition):
        finding = holdings.one(Finding, record.finding)
        found.update([finding.case] if finding and finding.case else [])
    return frozenset(found)


def _cases_of_profiles(holdings: Holdings, profiles: Iterable[str]) -> Iterator[str]:
    for name in profiles:
        profile = holdings.one(StoredProfile, name)
        case = (profile.case if profile else None) or holdings.case_of(
            (profile.sample if profile else None) or name
        )
        if case:
            yield case


def helpful(holdings: Holdings, case: str) -> tuple[Helpful, ...]:
    """What helps somebody accused in a case, each with the reason and who was given it."""
    told = _given_to(holdings, case)
    found = (
        Helpful(ref, why, told.get(ref.id, ()))
        for look in WHY.values()
        for ref, why in look(holdings, case)
    )
    return tuple(dict.fromkeys(found))


def _given_to(holdings: Holdings, case: str) -> Mapping[str, tuple[str, ...]]:
    given: dict[str, tuple[str, ...]] = {}
    for disclosure in holdings.by(Disclosure, "case").get(case, ()):
        for id in (*disclosure.results, *disclosure.items):
            given[id] = (*given.get(id, ()), disclosure.to)
    for report in holdings.by(Report, "case").get(case, ()):
        for id in report.results:
            given[id] = (*given.get(id, ()), f"readers of report {report.id}")
    by_number: dict[str, tuple[str, ...]] = dict(given)
    for result in holdings.by(LabResult, "case").get(case, ()):
        if result.result in given:
            by_number.setdefault(result.id, given[result.result])
    return by_number


Reasons = Iterator[tuple[Ref, str]]


def accused(holdings: Holdings, case: str) -> frozenset[str]:
    """People who are suspected or were convicted in a case."""
    roles = holdings.by(Involvement, "case").get(case, ())
    return frozenset(role.person for role in roles if role.role in ACCUSED)


def _results(holdings: Holdings, case: str) -> Reasons:
    reported = {id for report in holdings.of(Report) for id in report.results}
    for result in holdings.by(LabResult, "case").get(case, ()):
        if result.kind is ResultKind.EXCLUSION:
            yield result.ref, f"It excludes {result.compared_with or 'the person compared'}."
        elif result.log10_lr is not None and result.log10_lr < 0:
            yield result.ref, "Its likelihood ratio is below one."
        elif result.kind is ResultKind.INCONCLUSIVE:
            yield result.ref, "It was inconclusive: it does not include anybody."
        if not {result.id, result.result} & reported:
            yield result.ref, "It is in no report that the unit holds."


def _amendments(holdings: Holdings, case: str) -> Reasons:
    numbers = {each.result for each in holdings.by(LabResult, "case").get(case, ())}
    for amendment in holdings.of(Amendment):
        if amendment.case == case or amendment.result in numbers:
            yield amendment.ref, "A result of the case was changed; both versions are given."


def _requests(holdings: Holdings, case: str) -> Reasons:
    for request in holdings.by(Request, "case").get(case, ()):
        if request.declined is not None:
            yield request.ref, "A test was asked for and declined."
        elif request.sent is None:
            yield request.ref, "A test was asked for; that the item was sent is not on record."
        elif request.answered is None:
            yield request.ref, "A test was asked for; no answer is on record."


def _untested(holdings: Holdings, case: str) -> Reasons:
    asked = {request.item for request in holdings.of(Request)}
    sampled = {sample.exhibit for sample in holdings.of(Sample)}
    for exhibit in holdings.by(Exhibit, "case").get(case, ()):
        if exhibit.id not in asked | sampled:
            yield exhibit.ref, "No test of it was ever asked for."


def _interviews(holdings: Holdings, case: str) -> Reasons:
    for interview in holdings.by(Interview, "case").get(case, ()):
        if interview.held is None:
            yield interview.ref, "Somebody was named and no interview is on record."


def _presences(holdings: Holdings, case: str) -> Reasons:
    for person in sorted(accused(holdings, case)):
        for presence in holdings.by(Presence, "person").get(person, ()):
            yield presence.ref, "It says where somebody accused was."


def _others(holdings: Holdings, case: str) -> Reasons:
    suspects = accused(holdings, case)
    for link in holdings.of(FoundLink):
        if case not in cases_of(holdings, link):
            continue
        people = {_person(holdings, name) for name in (link.one, link.other)} - {None}
        if people and not people & suspects:
            yield link.ref, "It links a trace of the case to somebody who is not the accused."
        elif not people:
            yield link.ref, "It links a trace of the case to a trace of another or the same case."


def _person(holdings: Holdings, profile: str) -> str | None:
    held = holdings.one(StoredProfile, profile)
    if held is not None and held.person:
        return held.person
    sample = holdings.one(Sample, (held.sample if held else None) or profile)
    return sample.person if sample else None


def _hits(holdings: Holdings, case: str) -> Reasons:
    suspects = accused(holdings, case)
    for hit in holdings.by(Hit, "case").get(case, ()):
        if hit.person not in suspects:
            yield hit.ref, "A database search of the case named somebody who is not the accused."


def _findings(holdings: Holdings, case: str) -> Reasons:
    for finding in holdings.by(Finding, "case").get(case, ()):
        if finding.helps_defence or finding.severity is Severity.A:
            who = "A search" if finding.rule == SERIES else "The audit"
            yield finding.ref, f"{who} asks (rule {finding.rule}): {finding.sentence}"


def _disagreements(holdings: Holdings, case: str) -> Reasons:
    about = [Ref("case", case), *(Ref("person", person) for person in accused(holdings, case))]
    for subject in about:
        by_field: dict[str, list[Statement]] = {}
        for statement in standing(holdings.by(Statement, "subject").get(subject, ())):
            by_field.setdefault(statement.field, []).append(statement)
        for field, said in by_field.items():
            if len({(each.state, each.value) for each in said}) > 1:
                for each in said:
                    yield each.ref, f"Sources do not say the same of {field!r} of {subject}."


def _gaps(holdings: Holdings, case: str) -> Reasons:
    for period in holdings.of(LegacyPeriod):
        if holdings.case_of(period.item) == case:
            yield period.ref, f"Custody of {period.item} cannot be shown for this time."


WHY: Mapping[str, Callable[[Holdings, str], Reasons]] = Frozen(
    {
        "results that exclude, do not include, or were not reported": _results,
        "results that were changed": _amendments,
        "tests declined, not sent or not answered": _requests,
        "exhibits never tested": _untested,
        "people named and never heard": _interviews,
        "where the accused was": _presences,
        "links to others": _others,
        "hits on others": _hits,
        "questions of the audit": _findings,
        "statements that disagree": _disagreements,
        "gaps in custody": _gaps,
    }
)
"""Why something helps -> the look for it, in the order in which it is listed."""
