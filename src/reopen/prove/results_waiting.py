"""R9: items that could carry DNA were asked to be tested, and the answer came in time.

Ages are a survival curve (`survival`), so that what still waits counts. Not here: results that no
report has (`results_reported`), hits that nobody followed (`results_hits`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.survival import Survival, survival
from reopen.prove.tally import Tally
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Sample
from reopen.records.custody import Retention
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Well
from reopen.records.results import LabResult, Request

ASK_DAYS = 30.0
NEAR_DAYS = 365.0
_DNA = ("swab", "kit", "stain", "blood", "semen", "saliva", "hair", "nail", "dna")
_KIT = ("sexual assault", "rape kit", "evidence kit")
ALLOWED_FOR_KITS = ("victim's wish", "no crime", "no longer investigated")
"""Reasons for which a sexual assault kit may stay untested, with a second signature (as in Idaho
Code 67-2919); an untested kit for the victim's own wish needs none."""

ALLOWED = (*ALLOWED_FOR_KITS, "not probative", "duplicate", "no case to answer", "consumed")
"""Likewise for any other item."""


@rule(
    "R9",
    "Submitted, never tested",
    severity=Severity.A,
    needs=(Exhibit, Request),
    asks="Was a test asked for of every item that could carry DNA, was it answered within the "
    "legal limit, and is every refusal for an allowed reason and signed by a second person?",
    checks=(
        "The victim may not have wished it: record that as such.",
        "The item may have been tested elsewhere: enter that laboratory's result.",
        "The item may carry no DNA: record the examination that says so.",
    ),
    learnt="Los Angeles: 12,669 kits, 217 past limitation; Idaho",
    numbers={
        "R9.ask_days": (ASK_DAYS, "days from collection until a test should be asked for"),
        "R9.near_days": (NEAR_DAYS, "days before limitation from which it is near"),
    },
)
def never_tested(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R9")
    tested = _Tested(holdings)
    _never_asked(holdings, tested, settings, tally)
    for request in holdings.of(Request):
        limitation = _limitation(holdings, request.case, settings)
        if request.declined is not None:
            tally.looked_at += 1
            _declined(holdings, request, limitation, tally)
        elif request.answered is None and not tested.is_tested(request.item):
            _waits(holdings, request, limitation, tally)
        else:
            tally.looked_at += 1
    curve = waiting_times(holdings)
    if curve.items:
        tally.notes.append(told(curve))
    return tally.answer()


class _Tested:
    """Items asked for, and items with a result; an exhibit is tested by what was taken from it."""

    def __init__(self, holdings: Holdings):
        self.holdings = holdings
        self.asked = self._with_sources(each.item for each in holdings.of(Request))
        self.done = self._with_sources(each.sample for each in holdings.of(LabResult))
        worked_on = (each.sample for each in holdings.of(Well) if each.sample)
        self.begun = self._with_sources(worked_on)
        self.sampled = {each.exhibit for each in holdings.of(Sample) if each.exhibit}

    def _with_sources(self, items: Iterator[str]) -> set[str]:
        found: set[str] = set()
        for item in items:
            each: str | None = item
            while each is not None and each not in found:
                found.add(each)
                sample = self.holdings.one(Sample, each)
                exhibit = self.holdings.one(Exhibit, each)
                parent = (sample.parent or sample.exhibit) if sample else None
                each = parent or (exhibit.parent if exhibit else None)
        return found

    def is_tested(self, item: str) -> bool:
        return item in self.done

    def is_asked(self, item: str) -> bool:
        return item in self.asked or item in self.done or item in self.begun


def _may_carry_dna(exhibit: Exhibit, sampled: set[str]) -> bool:
    words = f"{exhibit.description} {exhibit.substrate}".lower()
    return exhibit.id in sampled or any(each in words for each in _DNA)


def _is_kit(words: str) -> bool:
    return any(each in words.lower() for each in _KIT)


def _never_asked(holdings: Holdings, tested: _Tested, settings: Settings, tally: Tally) -> None:
    """By case: exhibits that could carry DNA, of which nobody ever asked for a test.

    A single exhibit that stayed behind while others of its case were sent is C11's question, unless
    it is a sexual assault kit or its case is near limitation.
    """
    patience = timedelta(days=settings.number("R9.ask_days", ASK_DAYS))
    lacking: dict[str, list[Exhibit]] = defaultdict(list)
    for exhibit in holdings.of(Exhibit):
        if not _may_carry_dna(exhibit, tested.sampled):
            continue
        if tested.is_asked(exhibit.id):
            tally.looked_at += 1
        elif exhibit.collected is None or exhibit.collected.latest is None:
            tally.unable(exhibit, "when it was collected is not recorded; no test was asked for")
        elif holdings.now - exhibit.collected.latest > patience:
            tally.looked_at += 1
            lacking[exhibit.case].append(exhibit)
    others_sent = holdings.by(Request, "case")
    for case, exhibits in lacking.items():
        limitation = _limitation(holdings, case, settings)
        if case in others_sent and not limitation.near:
            exhibits = [each for each in exhibits if _is_kit(each.description)]
        if not exhibits:
            continue
        names = ", ".join(each.id for each in exhibits[:5])
        more = f" and {len(exhibits) - 5} more" if len(exhibits) > 5 else ""
        tally.found(
            limitation.severity,
            f"Of case {case}, no test was ever asked for of {names}{more}{limitation.words}.",
            [Ref(Case.KIND, case), *exhibits, *limitation.records],
            known_by=[Ref(Case.KIND, case)],
            case=case,
            aspect="never asked",
        )


@dataclass(frozen=True, slots=True)
class _Limitation:
    """What a case's limitation says. near: still ahead, and near; then a finding is grave."""

    records: tuple[Retention, ...] = ()
    near: bool = False
    words: str = ""

    @property
    def severity(self) -> Severity:
        return Severity.A if self.near else Severity.B


def _limitation(holdings: Holdings, case: str, settings: Settings) -> _Limitation:
    ahead = holdings.now + timedelta(days=settings.number("R9.near_days", NEAR_DAYS))
    for each in holdings.by(Retention, "case").get(case, ()):
        ends = each.limitation
        if ends is None or ends.earliest is None or ends.latest is None or ends.earliest > ahead:
            continue
        if ends.latest < holdings.now:
            return _Limitation((each,), False, f"; its limitation passed on {ends} ({each.law})")
        return _Limitation((each,), True, f"; its limitation is {ends} ({each.law})")
    return _Limitation()


def _waits(holdings: Holdings, request: Request, limitation: _Limitation, tally: Tally) -> None:
    since = request.asked or request.sent
    if since is None or since.latest is None:
        tally.unable(request, "when it was asked for is not recorded; it is open")
        return
    waited = (holdings.now - since.latest).days
    over = request.limit_days is not None and waited > request.limit_days
    if request.limit_days is None and not limitation.near:
        tally.unable(request, f"open for {waited} days; no legal limit is recorded")
        return
    tally.looked_at += 1
    if over or limitation.near:
        limit = "" if request.limit_days is None else f" (limit {request.limit_days})"
        sent = "" if request.sent else "; the item has not been sent"
        tally.found(
            limitation.severity,
            f"The test of {request.item} asked for at {since} has had no answer for {waited} days"
            f"{limit}{sent}{limitation.words}.",
            [request, *limitation.records],
            known_by=[request],
            case=request.case,
            aspect="open",
        )


def _declined(holdings: Holdings, request: Request, limitation: _Limitation, tally: Tally) -> None:
    """A refusal needs an allowed reason and a second person; the victim's wish is enough alone."""
    if request.victims_wish:
        return
    reason = request.decline_reason.strip().lower()
    exhibit = holdings.one(Exhibit, request.item)
    is_kit = _is_kit(f"{exhibit.description if exhibit else ''} {request.test}")
    allowed = ALLOWED_FOR_KITS if is_kit else ALLOWED
    lacks = []
    if not any(each in reason for each in allowed):
        lacks.append(f"gives {reason!r} as its reason" if reason else "gives no reason")
    if request.decline_second is None:
        lacks.append("has no second signature")
    elif request.decline_second == request.by:
        lacks.append("is signed twice by one person")
    if lacks:
        tally.found(
            limitation.severity,
            f"The refusal to test {request.item} {' and '.join(lacks)}{limitation.words}.",
            [request, *limitation.records],
            known_by=[request],
            case=request.case,
            aspect="declined",
        )


def waiting_times(holdings: Holdings) -> Survival:
    """Days from asking for a test to its answer, open requests counted until now; without those
    declined."""
    waits: list[tuple[float, bool]] = []
    for request in holdings.of(Request):
        since = request.asked or request.sent
        if request.declined is not None or since is None or since.latest is None:
            continue
        ended = request.answered.latest if request.answered else None
        days = ((ended or holdings.now) - since.latest) / timedelta(days=1)
        if days >= 0:
            waits.append((days, ended is not None))
    return survival(waits)


def told(curve: Survival) -> str:
    """The curve in a sentence."""
    half = curve.days_until(0.5)
    middle = "fewer than half have an answer" if half is None else f"half within {half:.0f} days"
    year = curve.share_waiting(365)
    return (
        f"Of {curve.items} requests, {curve.open} of them open: {middle}; {year:.0%} wait for more "
        "than a year (Kaplan-Meier)."
    )
