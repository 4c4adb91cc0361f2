"""Faults in the laboratory's run (L1 to L12)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from reopen.prove.simulate.book import at
from reopen.prove.simulate.faults import Altered, Shown, fault
from reopen.prove.simulate.peaks import THRESHOLD_RFU
from reopen.prove.simulate.plant_custody import when
from reopen.records.base import Record, Ref
from reopen.records.laboratory import (
    Batch,
    Consumable,
    ConsumableUse,
    Injection,
    InstrumentLine,
    Means,
    Method,
    Quantification,
    Status,
    Stop,
    Well,
    WellKind,
)
from reopen.records.results import FoundLink, LabResult, ResultKind
from reopen.records.stored import StoredProfile, StoredRun
from reopen.records.times import Interval


def done(altered: Altered, content: WellKind) -> list[Injection]:
    """Injections of a kind that worked, without those analysed again."""
    found = altered.where(Injection, "content", content)
    return [i for i in found if i.status is Status.DONE and i.id[-2:-1] != "-"]


def line_of(altered: Altered, injection: Injection) -> InstrumentLine:
    return altered.one(InstrumentLine, injection.id)


def twins(altered: Altered, injection: Injection) -> list[Injection]:
    """All records of the same injection."""
    own = altered.where(Injection, "sequence", injection.sequence)
    return [i for i in own if i.instrument == injection.instrument]


@fault("L1.not_in_record", "An injection on the instrument's list is not in the record.")
def not_in_record(altered: Altered) -> Shown:
    injection = altered.pick(done(altered, WellKind.SAMPLE))
    altered.remove(*twins(altered, injection))
    return [injection, line_of(altered, injection)]


@fault("L1.failed_left_out", "A failed injection on the instrument's list is not in the record.")
def failed_left_out(altered: Altered) -> Shown:
    injection = altered.pick(altered.where(Injection, "status", Status.FAILED))
    altered.remove(injection)
    return [injection, line_of(altered, injection)]


@fault("L1.gap", "Three runs are missing from the instrument's list and the record.")
def gap(altered: Altered) -> Shown:
    first = altered.pick(done(altered, WellKind.SAMPLE))
    lines = altered.where(InstrumentLine, "instrument", first.instrument)
    near = {line.sequence: line for line in lines if abs(line.sequence - (first.sequence or 0)) < 5}
    start = first.sequence or 0
    for sequence in range(start, start + 3):
        if sequence in near:
            altered.remove(near[sequence], *twins(altered, replace(first, sequence=sequence)))
    return [*near.values(), Ref("injection", first.id)]


@fault("L1.no_raw_file", "A result's injection has no hash of a raw file.")
def no_raw_file(altered: Altered) -> Shown:
    injection = altered.pick(done(altered, WellKind.SAMPLE))
    results = altered.where(LabResult, "raw_hash", injection.raw_hash)
    changed = [altered.change(result, raw_hash="") for result in results]
    return [altered.change(injection, raw_hash=""), line_of(altered, injection), *changed]


def measured(altered: Altered, above: float = 0.02) -> Quantification:
    """A quantification that says something."""
    every = altered.where(Quantification, "version", 1)
    return altered.pick(q for q in every if (q.total_ng_ul or 0.0) > above)


@fault("L2.blanked", "A quantification value is missing that the instrument exported.")
def blanked(altered: Altered) -> Shown:
    return [altered.change(measured(altered), total_ng_ul=None, male_ng_ul=None)]


@fault("L2.zeroed", "A quantification value is zero where the export has another.")
def zeroed(altered: Altered) -> Shown:
    return [altered.change(measured(altered), total_ng_ul=0.0, male_ng_ul=0.0)]


@fault("L2.edited", "A quantification value was edited by hand to below the stopping rule.")
def edited(altered: Altered) -> Shown:
    one = measured(altered)
    return [altered.change(one, total_ng_ul=0.004, edited_by=one.analyst)]


@fault("L2.no_male", "Low male DNA on the export is recorded as none.")
def no_male(altered: Altered) -> Shown:
    every = altered.where(Quantification, "version", 1)
    one = altered.pick(q for q in every if q.exported_male_ng_ul is None and q.total_ng_ul)
    return [altered.change(one, exported_male_ng_ul=0.0061, male_ng_ul=0.0)]


@fault("L2.fewer_wells", "A plate is uploaded a second time with fewer wells.")
def fewer_wells(altered: Altered) -> Shown:
    one = measured(altered)
    plate = [q for q in altered.where(Quantification, "batch", one.batch) if q.version == 1]
    kept = altered.some(plate, max(1, len(plate) - 3))
    changed: list[Record | Ref] = [*plate, Ref("batch", str(one.batch))]
    for q in kept:
        again = replace(q, id=f"{q.sample}/q9", version=2, upload=2,
                        at=at(when(q.at) + timedelta(days=1)))  # fmt: skip
        changed.append(altered.add(again))
    return changed


def plate_with(altered: Altered, content: WellKind) -> tuple[Injection, list[Well]]:
    """A control's injection on an amplified plate, and its well there."""
    injection = altered.pick(i for i in done(altered, content) if (i.batch or "").startswith("AB"))
    wells = altered.where(Well, "batch", injection.batch)
    return injection, [well for well in wells if well.sample == injection.sample]


def forget(altered: Altered, injection: Injection) -> None:
    """An injection that was never made: neither in the record nor on the instrument."""
    altered.remove(*twins(altered, injection), line_of(altered, injection))


@fault("L3.no_negative", "A plate has no negative control.")
def no_negative(altered: Altered) -> Shown:
    injection, wells = plate_with(altered, WellKind.NEGATIVE)
    forget(altered, injection)
    altered.remove(*wells)
    return [Ref("batch", str(injection.batch)), injection, *wells]


@fault("L3.unfinished", "A plate's negative control was amplified and never injected.")
def unfinished(altered: Altered) -> Shown:
    injection, wells = plate_with(altered, WellKind.NEGATIVE)
    forget(altered, injection)
    changed = [altered.change(well, carried_to_end=False) for well in wells]
    return [Ref("batch", str(injection.batch)), injection, *changed]


@fault("L3.other_conditions", "A negative control is injected for half as long as its samples.")
def other_conditions(altered: Altered) -> Shown:
    injection, wells = plate_with(altered, WellKind.NEGATIVE)
    changed = altered.change(injection, conditions="3500xL, POP-4, 1.2 kV, 12 s")
    return [changed, Ref("batch", str(injection.batch)), *wells]


@fault("L3.blank_dropped", "The extraction blank of a batch was never amplified.")
def blank_dropped(altered: Altered) -> Shown:
    injection, _ = plate_with(altered, WellKind.EXTRACTION_BLANK)
    for line in altered.where(InstrumentLine, "sample", injection.sample):
        altered.remove(line)
    altered.remove(*altered.where(Injection, "sample", injection.sample))
    wells = altered.where(Well, "sample", injection.sample)
    altered.remove(*(well for well in wells if well.batch[:2] == "AB"))
    first = [well for well in wells if well.batch[:2] == "XB"]
    changed = [altered.change(well, carried_to_end=False) for well in first]
    batches = {well.batch for well in wells}
    return [injection, *wells, *changed, *(Ref("batch", batch) for batch in batches)]


@fault("L4.blank_with_profile", "An extraction blank shows a dozen peaks.")
def blank_with_profile(altered: Altered) -> Shown:
    injection, wells = plate_with(altered, WellKind.EXTRACTION_BLANK)
    sizes = tuple(np.round(np.sort(altered.rng.uniform(90, 450, 12)), 2).tolist())
    heights = tuple(np.round(altered.rng.uniform(90, 700, 12)).tolist())
    changed = [
        altered.change(i, sizes_bp=sizes, heights_rfu=heights, over_threshold=12,
                       highest_rfu=max(heights))
        for i in twins(altered, injection)
    ]  # fmt: skip
    return [*changed, Ref("batch", str(injection.batch)), *wells]


@fault("L4.positive_wrong", "A positive control shows another profile than its own.")
def positive_wrong(altered: Altered) -> Shown:
    injection, wells = plate_with(altered, WellKind.POSITIVE)
    changed = [altered.change(i, profile_right=False) for i in twins(altered, injection)]
    return [*changed, Ref("batch", str(injection.batch)), *wells]


@fault("L12.dirtier", "In the last four months every second blank has a peak near the threshold.",
       alone=True)  # fmt: skip
def dirtier(altered: Altered) -> Shown:
    start, changed = altered.now - timedelta(days=120), []
    for content in (WellKind.NEGATIVE, WellKind.EXTRACTION_BLANK):
        for injection in done(altered, content):
            if when(injection.at) > start and altered.chance(0.5):
                height = float(altered.rng.integers(25, 70))
                seen = height >= THRESHOLD_RFU
                sizes = (round(float(altered.rng.uniform(90, 450)), 2),) if seen else ()
                changed.append(
                    altered.change(injection, sizes_bp=sizes, highest_rfu=height,
                                   heights_rfu=(height,) if seen else (),
                                   over_threshold=int(seen))
                )  # fmt: skip
    return changed


@fault("L5.copied_file", "An earlier negative control's file stands in place of a poor one.")
def copied_file(altered: Altered) -> Shown:
    injection, _ = plate_with(altered, WellKind.POSITIVE)
    earlier = altered.pick(
        i for i in done(altered, WellKind.POSITIVE) if when(i.at) < when(injection.at)
    )
    copied = altered.change(
        injection, raw_hash=earlier.raw_hash, signal_hash=earlier.signal_hash,
        sizes_bp=earlier.sizes_bp, heights_rfu=earlier.heights_rfu,
        highest_rfu=earlier.highest_rfu,
    )  # fmt: skip
    return [copied, earlier]


@fault("L5.copied_peaks", "A control's peaks are those of an earlier run; the files differ.")
def copied_peaks(altered: Altered) -> Shown:
    injection, _ = plate_with(altered, WellKind.POSITIVE)
    earlier = altered.pick(
        i for i in done(altered, WellKind.POSITIVE) if when(i.at) < when(injection.at)
    )
    copied = altered.change(injection, sizes_bp=earlier.sizes_bp, heights_rfu=earlier.heights_rfu,
                            highest_rfu=earlier.highest_rfu)  # fmt: skip
    return [copied, earlier]


@fault("L6.batch_mate", "A trace shows the donor of its neighbour on the plate, of another case.")
def batch_mate(altered: Altered) -> Shown:
    held = {p.sample for p in altered.where(StoredProfile, "purpose", "stain")}
    wells: dict[str, list[Well]] = defaultdict(list)
    for well in altered.where(Well, "content", WellKind.SAMPLE):
        if well.sample in held and well.batch.startswith("AB"):
            wells[well.batch].append(well)
    pairs = [
        (one, other)
        for own in wells.values()
        for one, other in pairwise(own)
        if one.case != other.case
    ]
    one, other = altered.pick(pairs)
    return link(altered, str(one.sample), str(other.sample), 8.5)


def link(
    altered: Altered, one: str, other: str, weight: float, **more: float
) -> list[Record | Ref]:
    """A link between two traces, as a search would find it; with all that it is about."""
    moment = max(when(r.at) for s in (one, other) for r in altered.where(LabResult, "sample", s))
    found = altered.add(
        FoundLink(
            id=f"LK-{one}-{other}", link="profile", one=f"P-{one}", other=f"P-{other}",
            one_contributor=1, other_contributor=1, weight_log10=weight,
            expected_chance=10 ** (4 - weight), run=run_after(altered, moment),
            place_time_log10=more.get("place", -0.2), behaviour_log10=more.get("behaviour", -0.2),
        )
    )  # fmt: skip
    return [found, *(Ref("profile", f"P-{s}") for s in (one, other)),
            *(Ref("sample", s) for s in (one, other))]  # fmt: skip


def run_after(altered: Altered, moment: datetime) -> str:
    """The next search that met both profiles."""
    runs = [r for r in altered.of(StoredRun) if when(r.at) >= moment]
    return min(runs, key=lambda r: when(r.at)).id if runs else ""


def used(altered: Altered, thing: str) -> list[tuple[Consumable, ConsumableUse]]:
    items = {c.id: c for c in altered.where(Consumable, "consumable", thing)}
    return [(items[u.item], u) for u in altered.of(ConsumableUse) if u.item in items]


@fault("L7.used_twice", "A plate is used for a second batch.")
def used_twice(altered: Altered) -> Shown:
    item, use = altered.pick(used(altered, "plate"))
    other = altered.pick(b for b in altered.of(Batch) if b.plate and b.plate != item.id)
    second = altered.add(replace(use, id=f"{use.id}-again", at=other.at or use.at, batch=other.id))
    return [item, use, second, altered.change(other, plate=item.id)]


@fault("L7.expired", "A kit is used half a year after it expired.")
def expired(altered: Altered) -> Shown:
    item, use = altered.pick(used(altered, "amplification kit"))
    gone = Interval.at(when(use.at) - timedelta(days=180))
    return [altered.change(item, expires=gone), *altered.where(ConsumableUse, "item", item.id)]


@fault("L7.recalled", "A lot is used after it was recalled.")
def recalled(altered: Altered) -> Shown:
    item, use = altered.pick(used(altered, "extraction kit"))
    called = Interval.at(when(use.at) - timedelta(days=10))
    return [altered.change(item, recalled=called), *altered.where(ConsumableUse, "item", item.id)]


@fault("L8.lot", "Swabs of one lot carry a factory worker's DNA, seen in eight unconnected cases.",
       alone=True)  # fmt: skip
def lot(altered: Altered) -> Shown:
    held = {p.sample for p in altered.where(StoredProfile, "purpose", "stain")}
    by_lot: dict[str, dict[str, ConsumableUse]] = defaultdict(dict)
    for swab, use in used(altered, "swab"):
        if swab.supplier == "Supplier C" and f"{use.sample}-X" in held:
            by_lot[swab.lot].setdefault(str(use.case), use)
    many = [name for name, uses in by_lot.items() if len(uses) >= 8]
    name = altered.pick(many)
    uses = altered.some(by_lot[name].values(), 8)
    shown: list[Record | Ref] = [*uses, *(Ref("consumable", use.item) for use in uses)]
    samples = [f"{use.sample}-X" for use in uses]
    for k, one in enumerate(samples):
        for other in samples[k + 1 :]:
            shown += link(altered, one, other, float(altered.rng.uniform(7, 12)))
    return shown


@fault("L9.yield", "Ten of 33 stopped samples give profiles when tested after all.", alone=True)
def stop_yield(altered: Altered) -> Shown:
    old = [s for s in altered.of(Stop) if when(s.at) < altered.now - timedelta(days=41)]
    stops = altered.some(old, 33)
    like = altered.pick(altered.where(LabResult, "kind", ResultKind.PROFILE))
    shown: list[Record | Ref] = [*stops]
    for k, stop in enumerate(stops):
        altered.remove(*altered.where(LabResult, "sample", stop.sample))
        kind = ResultKind.PROFILE if k < 10 else ResultKind.NO_PROFILE
        retested = replace(like, id=f"RES-R{k}/1", result=f"RES-R{k}", sample=stop.sample,
                           case=stop.case or like.case, kind=kind,
                           at=at(when(stop.at) + timedelta(days=40)))  # fmt: skip
        shown.append(altered.add(retested))
    return shown


@fault("L9.wording", "A stopped sample is reported as one without DNA.")
def wording(altered: Altered) -> Shown:
    stop = altered.pick(altered.of(Stop))
    return [altered.change(stop, wording="No DNA was detected.")]


@fault("L10.no_means", "For half a year an analyst reports three times the tests that the reagents "
       "allow.", alone=True)  # fmt: skip
def no_means(altered: Altered) -> Shown:
    own = [m for m in altered.of(Means) if m.id.endswith("evidence")]
    person = altered.pick(sorted({m.person for m in own}))
    months = sorted((m for m in own if m.person == person), key=lambda m: str(m.month))[-6:]
    changed = [altered.change(m, tests=3 * m.tests + 3) for m in months]
    return [*changed, Ref("person", person)]


@fault("L11.retired", "A result is made with a version that was not yet, or no longer, in force.")
def retired(altered: Altered) -> Shown:
    result = altered.pick(altered.where(LabResult, "kind", ResultKind.PROFILE))
    for method in altered.of(Method):
        start, end = method.in_force.earliest, method.in_force.latest
        if (end and when(result.at) > end) or (start and when(result.at) < start):
            return [altered.change(result, method=method.id), method]
    method = altered.add(
        Method(id="STR-0", name="STR interpretation", version="0.9", most_contributors=4,
               in_force=Interval(None, when(result.at) - timedelta(days=90)),
               validated=Interval.parse("2019"))
    )  # fmt: skip
    return [altered.change(result, method=method.id), method]


@fault("L11.not_validated", "A result is made with a version validated a month later.")
def not_validated(altered: Altered) -> Shown:
    result = altered.pick(altered.where(LabResult, "kind", ResultKind.PROFILE))
    method = altered.add(
        Method(id="STR-new", name="STR interpretation", version="9.0", most_contributors=4,
               in_force=Interval(altered.now - timedelta(days=4000), None),
               validated=at(when(result.at) + timedelta(days=30)))
    )  # fmt: skip
    return [altered.change(result, method=method.id), method]


@fault("L11.outside_range", "A mixture of six is interpreted by a method validated for four.")
def outside_range(altered: Altered) -> Shown:
    result = altered.pick(altered.where(LabResult, "kind", ResultKind.PROFILE))
    return [altered.change(result, contributors=6), Ref("method", str(result.method))]
