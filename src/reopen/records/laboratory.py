"""The laboratory's run: batches, wells, injections, quantification, controls, consumables, methods.

As the instruments and the laboratory's system recorded them. Peaks of profiles are in `profiles`;
what a result says and how it changed is in `results`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reopen.records.base import Record
from reopen.records.times import Interval


class WellKind(StrEnum):
    """What is in a well."""

    SAMPLE = "sample"
    EXTRACTION_BLANK = "extraction blank"
    REAGENT_BLANK = "reagent blank"
    NEGATIVE = "negative"
    POSITIVE = "positive"
    LADDER = "ladder"


class Status(StrEnum):
    DONE = "done"
    FAILED = "failed"
    NOT_DONE = "not done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Record):
    """Samples that were worked on together. required: the controls that the kit or method asks
    for. shares_blanks: other batches whose blanks stand for this one's, declared."""

    KIND: ClassVar[str] = "batch"

    stage: str = ""
    site: str = ""
    at: Interval | None = None
    plate: str = ""
    required: tuple[WellKind, ...] = ()
    shares_blanks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Well(Record):
    """A place on a batch's plate. well: 'A1'. carried_to_end: None where not recorded."""

    KIND: ClassVar[str] = "well"

    batch: str
    well: str
    content: WellKind
    sample: str | None = None
    case: str | None = None
    analyst: str | None = None
    bench: str = ""
    at: Interval | None = None
    carried_to_end: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentLine(Record):
    """A line of an instrument's own list of runs, the reference for completeness."""

    KIND: ClassVar[str] = "instrument_line"

    instrument: str
    sequence: int
    sample: str = ""
    at: Interval | None = None
    status: Status = Status.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection(Record):
    """An injection as the laboratory's record has it.

    conditions   injection time, voltage and polymer, as text: controls must share them
    raw_hash     SHA-256 of the raw file; signal_hash of its signal alone
    sizes_bp, heights_rfu  of its called peaks, in the order of the export
    over_threshold  peaks over the analytical threshold; explained ones (stutter, pull-up, spike)
                    are counted in `explained`
    profile_right   for a positive control: whether it showed its known profile
    reanalysis_of   the injection whose signal this analyses again
    """

    KIND: ClassVar[str] = "injection"

    instrument: str
    sequence: int | None = None
    batch: str | None = None
    well: str | None = None
    sample: str | None = None
    case: str | None = None
    content: WellKind = WellKind.SAMPLE
    at: Interval | None = None
    status: Status = Status.DONE
    analyst: str | None = None
    kit: str = ""
    conditions: str = ""
    raw_hash: str = ""
    signal_hash: str = ""
    sizes_bp: tuple[float, ...] = ()
    heights_rfu: tuple[float, ...] = ()
    over_threshold: int | None = None
    explained: int = 0
    highest_rfu: float | None = None
    profile_right: bool | None = None
    reanalysis_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantification(Record):
    """One version of a sample's quantification, with the instrument export's value beside it.

    undetermined  the instrument said so; that is a value, an empty one is not
    upload        which upload of the batch it came with, from 1
    """

    KIND: ClassVar[str] = "quantification"

    sample: str
    case: str | None = None
    batch: str | None = None
    analyst: str | None = None
    at: Interval | None = None
    version: int = 1
    upload: int = 1
    total_ng_ul: float | None = None
    male_ng_ul: float | None = None
    undetermined: bool = False
    exported_total_ng_ul: float | None = None
    exported_male_ng_ul: float | None = None
    export_hash: str = ""
    edited_by: str | None = None
    edit_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumable(Record):
    """A plate, tray, tube, kit, swab or reagent with its lot."""

    KIND: ClassVar[str] = "consumable"

    consumable: str
    lot: str = ""
    supplier: str = ""
    single_use: bool = False
    expires: Interval | None = None
    recalled: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumableUse(Record):
    """A use of a consumable. typed_by_hand: its id was not scanned; second: who checked it."""

    KIND: ClassVar[str] = "consumable_use"

    item: str
    at: Interval
    batch: str | None = None
    sample: str | None = None
    case: str | None = None
    by: str | None = None
    typed_by_hand: bool = False
    second: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Record):
    """A version of a procedure: validated from, retired at, and the range it was validated for."""

    KIND: ClassVar[str] = "method"

    name: str
    version: str
    in_force: Interval
    validated: Interval | None = None
    most_contributors: int | None = None
    least_ng: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation(Record):
    """An approved departure from a method for one result or batch."""

    KIND: ClassVar[str] = "deviation"

    subject: str
    at: Interval
    approved_by: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(Record):
    """Testing of a sample ended by a threshold, and the words used for it."""

    KIND: ClassVar[str] = "stop"

    sample: str
    case: str | None = None
    rule: str = ""
    value_ng_ul: float | None = None
    threshold_ng_ul: float | None = None
    declared_yield: float | None = None
    wording: str = ""
    at: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Means(Record):
    """What a month's work needs and had, by person and method.

    tests            reported
    units_per_test, units   of reagents or slides; None where not recorded
    hours_per_test, hours   at the bench or instrument
    tolerance        share by which the need may be overstated (automation, pooling)
    """

    KIND: ClassVar[str] = "means"

    person: str
    method: str
    month: Interval
    tests: int
    units_per_test: float | None = None
    units: float | None = None
    hours_per_test: float | None = None
    hours: float | None = None
    tolerance: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityValue(Record):
    """A value of a calibration or control series."""

    KIND: ClassVar[str] = "quality_value"

    instrument: str
    series: str
    at: Interval
    value: float
    rounding: float | None = None
    known_sd: float | None = None
    low: float | None = None
    high: float | None = None
