"""Plates on the instruments: the instrument's own list, and the laboratory's record of each run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reopen.prove.simulate.bench import Trace
from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.peaks import Peaks
from reopen.prove.simulate.runs import Entry, Plate
from reopen.prove.simulate.world import INSTRUMENTS
from reopen.records.base import Ref
from reopen.records.findings import Severity
from reopen.records.laboratory import Injection, InstrumentLine, Status, WellKind

KIT = "GlobalFiler"
USUAL, ENHANCED = "3500xL, POP-4, 1.2 kV, 24 s", "3500xL, POP-4, 1.2 kV, 36 s"
_BLANKS = (WellKind.NEGATIVE, WellKind.EXTRACTION_BLANK)
_CAPILLARIES, _RUN = 8, timedelta(minutes=45)


@dataclass(slots=True)
class Typed:
    """What came of one amplification of a trace."""

    trace: Trace
    injection: Injection
    analyst: str
    again: bool
    has_profile: bool
    failed_first: Injection | None = None

    @property
    def at(self) -> datetime:
        assert self.injection.at is not None
        assert self.injection.at.latest is not None
        return self.injection.at.latest


class Injections:
    """Injects every plate on the instrument that is free first."""

    def __init__(self, book: Book):
        self.book, self.peaks = book, Peaks(book)
        self._sequence: Counter[str] = Counter()
        self._free = dict.fromkeys(INSTRUMENTS, book.start)

    def inject(self, plates: list[Plate]) -> list[Typed]:
        typed: list[Typed] = []
        for plate in sorted(plates, key=lambda p: p.at):
            instrument = min(self._free, key=lambda name: self._free[name])
            start = max(plate.at, self._free[instrument])
            typed += self._plate(plate, instrument, start)
        return typed

    def _plate(self, plate: Plate, instrument: str, start: datetime) -> list[Typed]:
        """All wells, then those that failed once more."""
        conditions = ENHANCED if self.book.chance(0.05) else USUAL
        typed: list[Typed] = []
        failed: list[tuple[int, Entry, Injection]] = []
        moment = start
        for k, entry in enumerate(plate.entries):
            moment = start + _RUN * (k // _CAPILLARIES)
            fails = self.book.chance("injection_failed")
            first = self._inject(plate, k, entry, instrument, moment, conditions, fails)
            if fails:
                failed.append((k, entry, first))
            elif entry.trace:
                typed.append(self._typed(entry, first, plate.analyst))
        moment += _RUN
        for k, entry, first in failed:
            second = self._inject(plate, k, entry, instrument, moment, conditions, False)
            if entry.trace:
                again = self._typed(entry, second, plate.analyst)
                again.failed_first = first
                typed.append(again)
        self._free[instrument] = moment + (_RUN if failed else timedelta(0))
        return typed

    def _typed(self, entry: Entry, injection: Injection, analyst: str) -> Typed:
        assert entry.trace is not None
        p = self.book.rates["stop_yield"] if entry.rescued else 0.95
        has_profile = entry.trace.is_reference or self.book.chance(p)
        return Typed(entry.trace, injection, analyst, entry.again or entry.rescued, has_profile)

    def _inject(
        self, plate: Plate, k: int, entry: Entry, instrument: str, moment: datetime,
        conditions: str, fails: bool,
    ) -> Injection:  # fmt: skip
        book = self.book
        self._sequence[instrument] += 1
        sequence = self._sequence[instrument]
        status = Status.FAILED if fails else Status.DONE
        id = f"{instrument}-{sequence:06d}"
        book.add(
            InstrumentLine(id=id, instrument=instrument, sequence=sequence, sample=entry.sample,
                           at=at(moment), status=status)
        )  # fmt: skip
        injection = Injection(
            id=id, instrument=instrument, sequence=sequence, batch=plate.batch,
            well=f"{'ABCDEFGH'[k % 8]}{k // 8 + 1}", sample=entry.sample,
            case=entry.trace.case.id if entry.trace else None, content=entry.content,
            at=at(moment), status=status, analyst=plate.analyst, kit=KIT, conditions=conditions,
            raw_hash=book.hash(), signal_hash=book.hash(),
        )  # fmt: skip
        if not fails:
            injection = self._read(injection, entry)
        book.add(injection)
        self._once_more(injection)
        return injection

    def _read(self, injection: Injection, entry: Entry) -> Injection:
        """Its called peaks; a blank has none, but now and then an artefact or a drop-in."""
        if entry.content in _BLANKS:
            return self._blank(injection)
        donor, quantity, age = str(entry.content), 0.5, 0.0
        if entry.trace:
            donor, quantity = entry.trace.donor, entry.trace.quantity
            age = entry.trace.age_years
        sizes, heights = self.peaks.of(donor, quantity, age)
        right = None
        if entry.content is WellKind.POSITIVE:
            right = not self.book.chance("positive_wrong")
            if not right:
                self.book.happened("positive_wrong", "L4", _twins(injection))
        return replace(
            injection, sizes_bp=sizes, heights_rfu=heights, over_threshold=len(sizes),
            highest_rfu=max(heights, default=None), profile_right=right,
        )  # fmt: skip

    def _blank(self, injection: Injection) -> Injection:
        book = self.book
        artefact, dropin = book.chance("control_artefact"), book.chance("control_dropin")
        n = int(artefact) + int(dropin)
        sizes = tuple(round(float(book.rng.uniform(90, 450)), 2) for _ in range(n))
        heights = tuple(float(round(60 + book.rng.exponential(40))) for _ in range(n))
        if dropin:
            book.happened("control_dropin", "L4", _twins(injection))
        elif artefact:
            book.happened("control_artefact", "L4", _twins(injection), Severity.C)
        return replace(
            injection, sizes_bp=sizes, heights_rfu=heights, over_threshold=n,
            explained=int(artefact), highest_rfu=max(heights, default=self.peaks.noise()),
        )  # fmt: skip

    def _once_more(self, injection: Injection) -> None:
        """The same signal analysed again, or the same file exported again."""
        book = self.book
        assert injection.at is not None
        later = injection.at.latest
        assert later is not None
        later += timedelta(days=1)
        if injection.status is Status.FAILED or not book.is_past(later):
            return
        if book.chance("reanalysed"):
            again = replace(
                injection, id=f"{injection.id}-A", at=at(later), reanalysis_of=injection.id
            )
            book.add(again)
        if book.chance("exported_again"):
            book.add(replace(injection, id=f"{injection.id}-B", at=injection.at))


def _twins(injection: Injection) -> list[Ref]:
    """The injection, and its records where it is analysed or exported again."""
    return [Ref("injection", f"{injection.id}{end}") for end in ("", "-A", "-B")]
