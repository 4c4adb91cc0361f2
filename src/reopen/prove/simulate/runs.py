"""The laboratory's batches: extraction, quantification, amplification, and what goes wrong in them.

Each analyst collects traces and takes them through together. What is on a plate is injected by
`injections`, in the order of time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reopen.prove.simulate.bench import Trace
from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.custody import Custody
from reopen.prove.simulate.supplies import Supplies
from reopen.prove.simulate.world import FREEZER, LAB, REFERENCE_ROOM, World
from reopen.records.cases import Sample
from reopen.records.custody import EventKind
from reopen.records.laboratory import Batch, Quantification, Stop, Well, WellKind

FULL, LONGEST_WAIT = 14, timedelta(days=14)
QUANT_UL, AMP_UL, STANDARD_UL, TUBE_UL = 2.0, 15.0, 10.0, 500.0
STANDARD = "standard DNA"
MATERIAL = "DNA extract"
SITE = "main laboratory"
ON_PLATE = (WellKind.LADDER, WellKind.POSITIVE, WellKind.NEGATIVE, WellKind.EXTRACTION_BLANK)


@dataclass(slots=True)
class Entry:
    """A well of a plate. again: an amplification of a trace that was amplified before."""

    content: WellKind
    sample: str
    trace: Trace | None = None
    again: bool = False
    rescued: bool = False


@dataclass(slots=True)
class Plate:
    """An amplified plate that waits for the instrument."""

    batch: str
    analyst: str
    at: datetime
    entries: list[Entry] = field(default_factory=list)


class Runs:
    """Forms the batches of every analyst, evidence and references apart."""

    def __init__(self, book: Book, world: World, custody: Custody, supplies: Supplies):
        self.book, self.world, self.custody, self.supplies = book, world, custody, supplies
        self.plates: list[Plate] = []
        self._free = book.start
        self._standards: list[tuple[datetime, str]] = []

    def run(self, traces: list[Trace]) -> None:
        own: dict[tuple[str, bool], list[Trace]] = defaultdict(list)
        for trace in sorted(traces, key=lambda t: t.ready):
            own[trace.analyst, trace.is_reference].append(trace)
        for (analyst, _), queue in own.items():
            self._run_queue(analyst, queue)
        self._use_standards()

    def _run_queue(self, analyst: str, queue: list[Trace]) -> None:
        again: list[Entry] = []
        batch: list[Trace] = []
        self._free = self.book.start
        for trace in queue:
            if batch and trace.ready - batch[0].ready > LONGEST_WAIT:
                again = self._through(analyst, batch, again)
                batch = []
            batch.append(trace)
            if len(batch) == FULL:
                again = self._through(analyst, batch, again)
                batch = []
        if batch and self.book.now - batch[0].ready > LONGEST_WAIT:
            self._through(analyst, batch, again)

    def _through(self, analyst: str, traces: list[Trace], again: list[Entry]) -> list[Entry]:
        """A batch's three days; what is amplified again goes onto the analyst's next plate."""
        day = timedelta(days=1)
        first = self._morning(analyst, max(traces[-1].ready, self._free) + day)
        second = self._morning(analyst, first + day)
        self._free = third = self._morning(analyst, second + day)
        if not self.book.is_past(third + timedelta(hours=12)):
            return again
        self._extract(analyst, traces, first)
        kept, later = self._quantify(analyst, traces, second)
        self._amplify(analyst, [*again, *kept], third)
        fresh = [e.trace for e in kept if e.trace and self.book.chance("amplified_again")]
        return [*later, *(Entry(WellKind.SAMPLE, t.id, t, again=True) for t in fresh)]

    def _morning(self, analyst: str, moment: datetime) -> datetime:
        day = self.world.next_day_at_work(analyst, moment.replace(hour=7, minute=30))
        return day.replace(hour=8, minute=0, second=0, microsecond=0) + self.book.minutes(20)

    def _extract(self, analyst: str, traces: list[Trace], moment: datetime) -> None:
        batch = self._batch("XB", "extraction", moment, analyst, (WellKind.EXTRACTION_BLANK,))
        self.supplies.reagent("extraction kit", moment, analyst, batch)
        blank = f"{batch}-EB"
        self._well(batch, 0, WellKind.EXTRACTION_BLANK, blank, None, analyst, moment)
        for k, trace in enumerate(traces, 1):
            self._well(batch, k, WellKind.SAMPLE, trace.id, trace, analyst, moment)
            parent, trace.blank = trace.id.removesuffix("-X"), blank
            self.book.add(
                Sample(id=trace.id, parent=parent, kind="extract", taken=at(moment),
                       taken_by=analyst, exhibit=trace.exhibit.id if trace.exhibit else None,
                       case=trace.case.id)
            )  # fmt: skip
            made = moment + timedelta(minutes=90 + 2 * k)
            self.custody.work(trace.id, EventKind.SAMPLED, made, analyst, _room(trace),
                              left=self._measured(trace), material=MATERIAL)  # fmt: skip
            away = made + timedelta(minutes=40)
            self.custody.hand_over(trace.id, away, FREEZER, FREEZER, by=analyst)

    def _quantify(
        self, analyst: str, traces: list[Trace], moment: datetime
    ) -> tuple[list[Entry], list[Entry]]:
        """Those to amplify now, and the stopped ones that are tested after all, later."""
        batch = self._batch("QB", "quantification", moment, analyst, (WellKind.NEGATIVE,))
        self._well(batch, 0, WellKind.NEGATIVE, f"{batch}-N", None, analyst, moment)
        read = moment + timedelta(hours=2)
        uploads = 2 if self.book.chance("uploaded_again") else 1
        export = self.book.hash()
        kept, later = [], []
        for k, trace in enumerate(traces, 1):
            self._well(batch, k, WellKind.SAMPLE, trace.id, trace, analyst, moment)
            self._use(trace, moment + timedelta(minutes=2 * k), analyst, QUANT_UL)
            self._quantified(trace, batch, analyst, read, export, uploads)
            if trace.is_reference or trace.quantity >= self.book.rates["stop_ng_ul"]:
                kept.append(Entry(WellKind.SAMPLE, trace.id, trace))
            else:
                self._stop(trace, read + timedelta(hours=1))
                if self.book.chance("retested"):
                    later.append(Entry(WellKind.SAMPLE, trace.id, trace, rescued=True))
        return kept, later

    def _quantified(
        self, trace: Trace, batch: str, analyst: str, moment: datetime, export: str, uploads: int
    ) -> None:
        """The export has more digits than the laboratory's system keeps."""
        seen = trace.quantity >= 0.0005
        total = round(trace.quantity, 7) if seen else None
        male = round(trace.quantity * trace.male, 7) if seen and trace.male else None
        for upload in range(1, uploads + 1):
            self.book.add(
                Quantification(
                    id=f"{trace.id}/q{upload}", sample=trace.id, case=trace.case.id, batch=batch,
                    analyst=analyst, at=at(moment + timedelta(hours=3 * (upload - 1))),
                    version=upload, upload=upload, undetermined=not seen,
                    total_ng_ul=None if total is None else round(total, 4),
                    male_ng_ul=None if male is None else round(male, 4),
                    exported_total_ng_ul=total, exported_male_ng_ul=male, export_hash=export,
                )
            )  # fmt: skip

    def _stop(self, trace: Trace, moment: datetime) -> None:
        book, limit = self.book, self.book.rates["stop_ng_ul"]
        share = book.rates["stop_yield"]
        trace.stopped = moment
        book.add(
            Stop(
                id=f"{trace.id}/stop", sample=trace.id, case=trace.case.id,
                rule=f"testing ends below {limit:g} ng/uL", value_ng_ul=round(trace.quantity, 4),
                threshold_ng_ul=limit, declared_yield=share, at=at(moment),
                wording=f"Testing ended by rule below {limit:g} ng/uL; of such samples "
                f"{share:.0%} would give a profile.",
            )
        )  # fmt: skip

    def _amplify(self, analyst: str, entries: list[Entry], moment: datetime) -> None:
        if not entries:
            return
        batch = self._batch("AB", "amplification", moment, analyst, ON_PLATE)
        for thing in ("amplification kit", "polymer"):
            self.supplies.reagent(thing, moment, analyst, batch)
        names = {f"{batch}-{k}": content for k, content in zip("LPN", ON_PLATE[:3], strict=True)}
        blanks = dict.fromkeys(entry.trace.blank for entry in entries if entry.trace)
        names |= dict.fromkeys(blanks, WellKind.EXTRACTION_BLANK)
        controls = [Entry(content, name) for name, content in names.items()]
        self._standards.append((moment - timedelta(minutes=10), analyst))
        plate = Plate(batch, analyst, moment + timedelta(hours=9), [*controls, *entries])
        for k, entry in enumerate(plate.entries):
            self._well(batch, k, entry.content, entry.sample, entry.trace, analyst, moment)
            if entry.trace:
                self._use(entry.trace, moment + timedelta(minutes=2 * k), analyst, AMP_UL)
        self.plates.append(plate)

    def _use_standards(self) -> None:
        """Each plate takes as much for its positive control; the level is read now and then."""
        left, tube, free = 0.0, "", self.book.start
        for asked, analyst in sorted(self._standards):
            moment = max(asked, free)
            free = moment + timedelta(minutes=20)
            if left < STANDARD_UL:
                left, tube = TUBE_UL, self.book.number("STD")
                self.custody.work(tube, EventKind.MEASURED, moment, analyst, LAB, left=left,
                                  material=STANDARD)  # fmt: skip
            else:
                self.custody.hand_over(tube, moment, analyst, LAB, by=analyst)
            left -= STANDARD_UL
            noise = self.book.rates["pipette_sd_ul"] * float(self.book.rng.standard_normal())
            seen = round(max(left + noise, 0.0), 1) if self.book.chance(0.3) else None
            self.custody.work(tube, EventKind.CONSUMED, moment + timedelta(minutes=2), analyst, LAB,
                              used=STANDARD_UL, left=seen, material=STANDARD)  # fmt: skip
            self.custody.hand_over(tube, moment + timedelta(minutes=6), FREEZER, FREEZER,
                                   by=analyst)  # fmt: skip

    def _use(self, trace: Trace, moment: datetime, analyst: str, used: float) -> None:
        """Out of the freezer, some of it used, and back; the volume left is measured at times."""
        custody = self.custody
        months = (moment - custody.since[trace.id]).days / 30
        trace.left_ul *= 1 - self.book.rates["evaporation_month"] * months
        custody.hand_over(trace.id, moment, analyst, _room(trace), by=analyst)
        used = min(used, 0.9 * trace.left_ul)
        trace.left_ul -= used
        left = self._measured(trace) if self.book.chance(0.2) else None
        custody.work(trace.id, EventKind.CONSUMED, moment + timedelta(minutes=1), analyst,
                     _room(trace), used=round(used, 2), left=left, material=MATERIAL)  # fmt: skip
        back = moment + timedelta(minutes=45)
        custody.hand_over(trace.id, back, FREEZER, FREEZER, by=analyst)

    def _measured(self, trace: Trace) -> float:
        noise = self.book.rates["pipette_sd_ul"] * float(self.book.rng.standard_normal())
        return round(max(trace.left_ul + noise, 0.0), 1)

    def _batch(
        self, series: str, stage: str, moment: datetime, analyst: str,
        required: tuple[WellKind, ...],
    ) -> str:  # fmt: skip
        batch = self.book.number(series)
        plate = self.supplies.single("plate", moment, analyst, batch=batch)
        self.book.add(
            Batch(id=batch, stage=stage, site=SITE, at=at(moment), plate=plate, required=required)
        )
        return batch

    def _well(
        self, batch: str, k: int, content: WellKind, sample: str, trace: Trace | None,
        analyst: str, moment: datetime,
    ) -> None:  # fmt: skip
        well = f"{'ABCDEFGH'[k % 8]}{k // 8 + 1}"
        is_reference = trace is not None and trace.is_reference
        bench = "reference bench" if is_reference else f"bench {analyst[-2:]}"
        self.book.add(
            Well(
                id=f"{batch}/{well}", batch=batch, well=well, content=content, sample=sample,
                case=trace.case.id if trace else None, analyst=analyst,
                bench=bench, at=at(moment), carried_to_end=True,
            )
        )  # fmt: skip


def _room(trace: Trace) -> str:
    """References and traces are never worked on in one room."""
    return REFERENCE_ROOM if trace.is_reference else LAB
