"""C11, R11, R12, P9: things that exist on one list and vanish from the next.

Logged and never sent, ordered without a result, numbers with holes, a witness who was named and
never heard. Our own, beside the catalogue: each asks whether the next step was taken, or why not.
Not here: a request that waits (R9), a result that no report holds (R1), an item of the scene that
was never booked (C4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.meetings import things_of
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.base import Record
from reopen.records.cases import Exhibit, Interview, Involvement, Role, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Injection, Quantification, Stop
from reopen.records.results import LabResult, Report, Request
from reopen.records.times import Interval

_ENDED = frozenset({EventKind.RETURNED, EventKind.DISPOSED, EventKind.LOST})
_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)")


@rule(
    "C11",
    "Logged and never sent",
    severity=Severity.B,
    needs=(Exhibit, Request),
    asks="Was every exhibit of a case whose other exhibits were sent to a laboratory sent too, or "
    "set aside with a reason?",
    checks=(
        "It was judged unfit for testing and the reason was not recorded: ask who decided.",
        "It went with another exhibit, under that one's number.",
        "It was given back before anything was asked of a laboratory.",
    ),
    learnt="our own; exculpatory exhibits that stayed on the shelf",
    numbers={"C11.days": (90.0, "days after the case's first request within which it was due")},
)
def logged_never_sent(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("C11")
    wait = timedelta(days=settings.number("C11.days", 90.0))
    requests = holdings.by(Request, "case")
    asked_for = _asked_for(holdings)
    parents = holdings.by(Exhibit, "parent")
    for case, exhibits in holdings.by(Exhibit, "case").items():
        first = _first_asked(requests.get(case, ()))
        if first is None:
            continue
        for exhibit in exhibits:
            if exhibit.id in asked_for or exhibit.id in parents:
                tally.looked_at += 1
            elif not any(each in asked_for for each in things_of(holdings, exhibit.id)):
                _judge_unsent(tally, holdings, exhibit, first, wait)
            else:
                tally.looked_at += 1
    return tally.answer()


def _asked_for(holdings: Holdings) -> set[str]:
    """Items of requests, what they were made of, and everything a laboratory has worked on."""
    asked = {request.item for request in holdings.of(Request)}
    for kind in (LabResult, Injection, Quantification):
        asked |= {str(each) for each in holdings.by(kind, "sample") if each}
    return {thing for each in asked for thing in things_of(holdings, each)} | {
        parent for each in asked if (parent := _parent(holdings, each))
    }


def _parent(holdings: Holdings, item: str) -> str | None:
    """The exhibit that an item was taken from."""
    exhibit = holdings.one(Exhibit, item)
    return exhibit.parent if exhibit is not None else None


def _first_asked(requests: Iterable[Request]) -> datetime | None:
    times = [each.asked.latest for each in requests if each.asked and each.asked.latest]
    return min(times, default=None)


def _judge_unsent(
    tally: Tally, holdings: Holdings, exhibit: Exhibit, first: datetime, wait: timedelta
) -> None:
    events = holdings.by(CustodyEvent, "item").get(exhibit.id, ())
    due = first + wait
    collected = exhibit.collected.earliest if exhibit.collected else None
    if collected is not None and collected + wait > due:
        due = collected + wait
    if due > holdings.now:
        return
    tally.looked_at += 1
    if any(each.event in _ENDED and each.at.before(Interval.at(due)) for each in events):
        return
    tally.found(
        Severity.B,
        f"{exhibit.ref} lacks a request to a laboratory, and a reason why, while other exhibits "
        f"of case {exhibit.case} were sent.",
        [exhibit, *events[:1]],
        known_by=[exhibit],
        case=exhibit.case,
    )


@rule(
    "R11",
    "Ordered without result",
    severity=Severity.A,
    needs=(Request,),
    asks="Does every test that was ordered, and not declined, have a result?",
    checks=(
        "The result is filed under another number or case.",
        "The laboratory still works on it: ask for its list of open requests.",
        "Paper results that were never imported (S6).",
    ),
    learnt="our own; HPD (results without reports)",
    numbers={"R11.days": (180.0, "days after asking or sending within which a result was due")},
)
def ordered_without_result(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R11")
    wait = timedelta(days=settings.number("R11.days", 180.0))
    with_result = {result.sample for result in holdings.of(LabResult)}
    with_result |= {stop.sample for stop in holdings.of(Stop)}  # ended by a rule, which says so
    of_exhibit = holdings.by(Sample, "exhibit")
    for request in holdings.of(Request):
        if request.declined is not None:
            continue
        answered = request.answered is not None
        since = request.answered or request.sent or request.asked
        if since is None or since.latest is None:
            tally.unable(request, "not recorded when it was asked for, sent or answered")
            continue
        limit = wait if request.limit_days is None else timedelta(days=request.limit_days)
        if not answered and since.latest + limit > holdings.now:
            continue
        tally.looked_at += 1
        swabs = [each.id for each in of_exhibit.get(request.item, ())]
        samples = {thing for each in (request.item, *swabs) for thing in things_of(holdings, each)}
        if not samples & with_result:
            what = "was answered" if answered else _asked_or_sent(request)
            tally.found(
                Severity.A if answered else Severity.B,
                f"{request.ref} {what} and lacks a result.",
                [request],
                case=request.case,
            )
    return tally.answer()


def _asked_or_sent(request: Request) -> str:
    if request.sent is not None:
        return f"was sent on {request.sent}"
    return f"was asked for on {request.asked}, never sent,"


@rule(
    "R12",
    "Numbers with holes",
    severity=Severity.B,
    needs=(Exhibit,),
    asks="Do the numbers of a case's exhibits, samples, results and reports run without holes?",
    checks=(
        "A number given and withdrawn: ask for the book it was given from.",
        "Numbers shared with another case or agency.",
        "Records not imported, or not shown to you: compare the import's counts (S6).",
    ),
    learnt="our own; Woods and Blake (numbers absent from the record)",
    numbers={
        "R12.least": (4.0, "numbers of one form below which holes say nothing"),
        "R12.full": (0.7, "share of numbers from first to last that must be there to be a series"),
    },
)
def numbers_with_holes(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R12")
    least, full = settings.number("R12.least", 4.0), settings.number("R12.full", 0.7)
    too_few = 0
    for (_, case, prefix, suffix), series in _series(holdings).items():
        first, last = min(series), max(series)
        if len(series) < least or len(series) < full * (last - first + 1):
            too_few += 1
            continue
        tally.looked_at += 1
        start = 1 if first <= 2 else first
        holes = [number for number in range(start, last) if number not in series]
        width = _width(series)
        for run in [holes] if case and holes else _runs(holes):
            names = ", ".join(f"{prefix}{number:0{width}d}{suffix}" for number in run)
            below = [series[n] for n in series if n < run[0]][-1:]
            above = [series[n] for n in series if n > run[-1]][:1]
            where = f" of case {case}" if case else ""
            tally.found(
                Severity.B,
                f"The numbers{where} lack {names}, between numbers that are there.",
                [*below, *above],
                known_by=[*below, *above],
                case=case or None,
            )
    if too_few:
        tally.unable(f"{too_few} forms of numbers", "too few of one form, or no series")
    return tally.answer()


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Cut where a number does not follow the last."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


Numbers = Mapping[tuple[str, str, str, str], dict[int, Record]]


def _series(holdings: Holdings) -> Numbers:
    """Kind, case, words before and after -> number -> record, by number.

    Numbers that several cases have, each its own, are given in one row for the unit: there the
    case is empty. Where two cases have the same number, each case has its row.
    """
    forms: dict[tuple[str, str, str], dict[str, dict[int, Record]]] = {}
    for record, case, name in _names(holdings):
        parts = _NUMBERED.fullmatch(name)
        if parts is not None:
            form = forms.setdefault((record.KIND, parts[1], parts[3]), {})
            form.setdefault(case, {})[int(parts[2])] = record
    series: dict[tuple[str, str, str, str], dict[int, Record]] = {}
    for (kind, prefix, suffix), by_case in forms.items():
        together = {n: record for numbers in by_case.values() for n, record in numbers.items()}
        one_row = len(by_case) > 1 and len(together) == sum(map(len, by_case.values()))
        for case, numbers in {"": together}.items() if one_row else by_case.items():
            series[kind, case, prefix, suffix] = dict(sorted(numbers.items()))
    return series


def _names(holdings: Holdings) -> Iterable[tuple[Record, str, str]]:
    for exhibit in holdings.of(Exhibit):
        yield exhibit, exhibit.case, exhibit.id
    for sample in holdings.of(Sample):
        yield sample, holdings.case_of(sample.id) or "", sample.id
    for result in holdings.of(LabResult):
        yield result, result.case, result.result
    for report in holdings.of(Report):
        yield report, report.case, report.id


def _numbers_held(every: Numbers) -> dict[tuple[str, str, str], set[int]]:
    """Kind, words before and after -> all numbers of that form, whichever case they are of: a
    number that another case has is no hole."""
    held: dict[tuple[str, str, str], set[int]] = {}
    for (kind, _, prefix, suffix), series in every.items():
        held.setdefault((kind, prefix, suffix), set()).update(series)
    return held


def _width(series: Mapping[int, Record]) -> int:
    """Digits that numbers are filled up to: those of the first as it is written."""
    record = next(iter(series.values()))
    name = record.result if isinstance(record, LabResult) else record.id
    found = _NUMBERED.fullmatch(name)
    return len(found[2]) if found is not None and found[2].startswith("0") else 1


@rule(
    "P9",
    "Witness never interviewed",
    severity=Severity.B,
    needs=(Involvement, Interview),
    asks="Was every witness who was named heard?",
    checks=(
        "The witness could not be found or died: record the attempt.",
        "The interview is in another case's file.",
        "Heard at the scene: look for a note in the notebooks.",
    ),
    learnt="our own; the issue's list of suppressed evidence",
    numbers={"P9.days": (60.0, "days after being named within which a witness was to be heard")},
)
def witness_never_heard(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P9")
    wait = timedelta(days=settings.number("P9.days", 60.0))
    heard = {(each.person, each.case) for each in holdings.of(Interview) if each.held is not None}
    for (person, case), records in _named_witnesses(holdings).items():
        named = [time for each in records if (time := _named(each)) is not None]
        if named and min(named) + wait > holdings.now:
            continue
        tally.looked_at += 1
        if (person, case) not in heard:
            tally.found(
                Severity.B,
                f"{records[0].ref} names somebody in case {case} and lacks an interview.",
                records,
                known_by=records[:1],
                case=case,
            )
    return tally.answer()


def _named_witnesses(holdings: Holdings) -> dict[tuple[str, str], list[Interview | Involvement]]:
    """People named as witnesses, or for an interview, in a case -> the records that name them."""
    found: dict[tuple[str, str], list[Interview | Involvement]] = {}
    witnesses = (each for each in holdings.of(Involvement) if each.role is Role.WITNESS)
    naming: tuple[Interview | Involvement, ...] = (*witnesses, *holdings.of(Interview))
    for each in naming:
        found.setdefault((each.person, each.case), []).append(each)
    return found


def _named(record: Interview | Involvement) -> datetime | None:
    time = record.named if isinstance(record, Interview) else record.during
    return None if time is None else time.latest
