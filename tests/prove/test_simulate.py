"""The invented laboratory: the same for a seed, whole, honest, at the rates of its own table."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from reopen.errors import UnknownName
from reopen.ledger.canonical import canonical
from reopen.prove import RULES
from reopen.prove.simulate import (
    FAULTS,
    RATES,
    Altered,
    CannotPlant,
    Simulated,
    Size,
    as_table,
    plant,
    plant_in,
    simulate,
)
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit
from reopen.records.custody import CustodyEvent, EventKind, TravelTime
from reopen.records.findings import Finding, Severity
from reopen.records.kinds import KINDS
from reopen.records.laboratory import Injection, InstrumentLine, Well, WellKind
from reopen.records.organisation import Output
from reopen.records.plain import from_plain, to_plain
from reopen.records.results import LabResult, Report, Request
from reopen.records.times import Interval

DOCS = Path(__file__).resolve().parents[2] / "docs"
HALF = Size(cases_a_year=250)
SMALL = Size(cases_a_year=160, analysts=12, examiners=6, officers=8, detectives=6)


@pytest.fixture(scope="module")
def unit() -> Simulated:
    return simulate(1, size=HALF)


@pytest.fixture(scope="module")
def small() -> Simulated:
    return simulate(5, size=SMALL)


def when(interval: Interval | None) -> datetime:
    assert interval is not None
    assert interval.latest is not None
    return interval.latest


def of(unit: Simulated, kind: type[Record]) -> list[Record]:
    return [record for record in unit.records if type(record) is kind]


def lives(unit: Simulated) -> dict[str, list[CustodyEvent]]:
    """Items' events as they were written, which is the order they happened in."""
    by_item: dict[str, list[CustodyEvent]] = defaultdict(list)
    for record in unit.records:
        if isinstance(record, CustodyEvent):
            by_item[record.item].append(record)
    return by_item


def irregular(unit: Simulated, name: str) -> set[str]:
    """Ids of the records that incidents of a name show in."""
    return {ref.id for i in unit.incidents if i.name == name for ref in i.refs}


def test_a_seed_gives_the_same_records_and_another_gives_others() -> None:
    size = Size(cases_a_year=20, analysts=6)
    one, again, other = simulate(3, size=size), simulate(3, size=size), simulate(4, size=size)
    assert one.records == again.records
    assert one.incidents == again.incidents
    assert one.records != other.records


def test_a_year_is_of_the_size_it_says(unit: Simulated) -> None:
    """About four traces a case, and their references."""
    assert 700 <= len({r.sample for r in unit.records if isinstance(r, LabResult)}) <= 1500
    assert len({r.analyst for r in unit.records if isinstance(r, LabResult)}) == 12
    assert unit.years == 1.0


def test_no_record_has_the_id_of_another(unit: Simulated) -> None:
    seen = Counter(record.ref for record in unit.records)
    assert [ref for ref, n in seen.items() if n > 1] == []


def test_nothing_is_dated_after_the_end(unit: Simulated) -> None:
    slack = timedelta(minutes=3)  # a handheld's clock may run ahead
    late = [
        record.ref
        for record in unit.records
        if isinstance(at := getattr(record, "at", None), Interval) and when(at) > unit.now + slack
    ]
    assert late == []


def test_every_record_can_be_stored_and_read_again(small: Simulated) -> None:
    for record in small.records:
        plain = to_plain(record)
        canonical(plain)
        assert from_plain(record.KIND, plain) == record


def test_what_honest_people_do_is_what_the_rules_ask_about(unit: Simulated) -> None:
    """Every kind of record that a rule needs is in a unit's year."""
    held = {type(record) for record in unit.records}
    lacking = {
        (id, kind.KIND) for id, rule in RULES.items() for kind in rule.needs if kind not in held
    }
    seldom = {("P6", "concern"), ("P8", "corrective_action")}  # about one a year, in some none
    assert lacking <= seldom, lacking


def test_holders_follow_each_other(unit: Simulated) -> None:
    """Where no handover was missed, the giver is who or what held the item before."""
    missed = irregular(unit, "handover_missed") | irregular(unit, "item_forgotten")
    for item, events in lives(unit).items():
        if item in missed:
            continue
        holder = None
        for event in events:
            if event.giver is not None and holder is not None:
                assert event.giver == holder, (item, event.id)
            holder = event.receiver or event.store or holder


def test_seals_follow_each_other(unit: Simulated) -> None:
    slips = irregular(unit, "seal_error")
    given: Counter[str] = Counter()
    for item, events in lives(unit).items():
        seal: str | None = None
        for event in events:
            if event.seal_before is not None and event.id not in slips:
                assert event.seal_before == seal, (item, event.id)
            seal = None if event.event is EventKind.OPENED else event.seal_after or seal
            given.update([event.seal_after] if event.seal_after else [])
    assert max(given.values()) == 1


def test_nobody_is_in_two_places(unit: Simulated) -> None:
    """Examiners and couriers have the time that the way takes, by a plain look at neighbours."""
    way = {}
    for record in unit.records:
        if isinstance(record, TravelTime):
            way[record.one, record.other] = way[record.other, record.one] = record.minutes
    by_person: dict[str, list[CustodyEvent]] = defaultdict(list)
    for record in unit.records:
        if isinstance(record, CustodyEvent):
            for person in {record.giver, record.receiver} - {None}:
                if str(person)[:3] in ("EX-", "CO-", "PO-"):
                    by_person[str(person)].append(record)
    for person, events in by_person.items():
        events.sort(key=lambda e: when(e.at))
        for one, other in pairwise(events):
            if one.place == other.place:
                continue
            spent = (when(other.at) - when(one.at)).total_seconds() / 60
            needed = way.get((str(one.place), str(other.place)), 0.0)
            error = ((one.clock_error_s or 0) + (other.clock_error_s or 0)) / 60
            assert spent + error >= needed, (person, one.id, other.id)


def test_instruments_lists_are_whole_and_every_plate_has_its_controls(unit: Simulated) -> None:
    records = {i.id for i in unit.records if isinstance(i, Injection)}
    sequences: dict[str, list[int]] = defaultdict(list)
    for line in of(unit, InstrumentLine):
        assert isinstance(line, InstrumentLine)
        assert line.id in records
        sequences[line.instrument].append(line.sequence)
    for numbers in sequences.values():
        assert numbers == list(range(1, len(numbers) + 1))
    content: dict[str, set[WellKind]] = defaultdict(set)
    for well in unit.records:
        if isinstance(well, Well) and well.batch.startswith("AB"):
            content[well.batch].add(well.content)
    wanted = {WellKind.POSITIVE, WellKind.NEGATIVE, WellKind.EXTRACTION_BLANK, WellKind.LADDER}
    assert all(wanted <= kinds for kinds in content.values())


def test_every_result_of_a_report_is_told_or_left_out_with_a_reason(unit: Simulated) -> None:
    told: dict[str, set[str]] = defaultdict(set)
    last: dict[str, datetime] = {}
    for report in unit.records:
        if isinstance(report, Report):
            told[report.case] |= {*report.results, *report.left_out}
            assert all(report.left_out.values())
            last[report.case] = max(when(report.issued), last.get(report.case, unit.start))
    for result in unit.records:
        if isinstance(result, LabResult) and result.case in told:
            early = when(result.at) < last[result.case] - timedelta(days=2)
            assert result.result in told[result.case] or not early, result.id


def within(k: int, n: int, p: float) -> bool:
    """Whether k of n is what a probability gives, but for one seed in 10,000."""
    low, high = binom.ppf([5e-5, 1 - 5e-5], n, p)
    return bool(low <= k <= high)


def test_things_happen_at_the_rates_of_the_table(unit: Simulated) -> None:
    rate = {each.name: each.value for each in RATES}
    names = Counter(incident.name for incident in unit.incidents)
    events = [e for e in unit.records if isinstance(e, CustodyEvent)]
    typed = [e for e in events if e.device == "desk"]
    hand = [e for e in events if not e.device.startswith("HH")]
    assert within(len(typed), len(hand), rate["typed_entry"])
    read = [e for e in typed if e.seal_before]
    assert within(names["seal_error"], len(read), rate["seal_error"])
    scenes = {e.case for e in unit.records if isinstance(e, Exhibit) and e.collected_by}
    assert within(names["late_booking"], len(scenes), rate["late_booking"])
    stains = {p.id for p in unit.records if p.KIND == "profile" and getattr(p, "case", None)
              and getattr(p, "purpose", "") == "stain"}  # fmt: skip
    assert within(names["staff_contamination"], len(stains), rate["staff_contamination"])
    lines = [line for line in unit.records if isinstance(line, InstrumentLine)]
    failed = [line for line in lines if line.status == "failed"]
    assert within(len(failed), len(lines), rate["injection_failed"] / 1.03)
    asked = [r for r in unit.records if isinstance(r, Request) and "-R" not in r.item]
    new = [r for r in asked if not r.case.startswith("K-19")]
    assert within(sum(r.declined is not None for r in new), len(new), rate["not_sent"])


def test_an_assumption_can_be_changed_and_a_wrong_name_is_refused() -> None:
    size = Size(cases_a_year=40, analysts=6)
    all_late = simulate(2, size=size, rates={"late_booking": 1.0})
    late = irregular(all_late, "late_booking")
    booked = {e.item for e in all_late.records if isinstance(e, CustodyEvent)
              and e.event is EventKind.BOOKED and "-E" in e.item}  # fmt: skip
    assert booked <= late
    with pytest.raises(UnknownName, match="late_bookings"):
        simulate(2, size=size, rates={"late_bookings": 1.0})


def test_a_finding_is_true_only_of_what_happened_and_no_graver_than_is_fair(
    unit: Simulated,
) -> None:
    slip = next(i for i in unit.incidents if i.name == "seal_error" and i.gravest is Severity.B)
    fair = Finding(id="x", rule="C3", records=tuple(slip.refs), severity=Severity.B, sentence="")
    assert unit.incidents_of(fair) == (slip,)
    assert unit.incidents_of(replace(fair, severity=Severity.A)) == ()
    assert unit.incidents_of(replace(fair, rule="C1")) == ()
    other = Ref("custody_event", "EV-00001")
    assert unit.incidents_of(replace(fair, records=(other,))) == ()


def test_a_finding_about_another_record_of_the_item_is_about_the_same_incident(
    unit: Simulated,
) -> None:
    missed = next(i for i in unit.incidents if i.name == "handover_missed")
    item = next(iter(missed.refs)).id
    event = lives(unit)[item][0]
    found = Finding(id="x", rule="C1", records=(event.ref,), severity=Severity.A, sentence="")
    assert missed in unit.incidents_of(found)


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_can_be_planted_and_is_there(small: Simulated, name: str) -> None:
    before = small.by_ref
    records, planted = plant(small.records, FAULTS[name], np.random.default_rng(7), small.now)
    after = {record.ref: record for record in records}
    changed = {ref for ref, record in after.items() if before.get(ref) is not record}
    assert changed | (before.keys() - after.keys())
    assert planted.refs
    assert {ref.kind for ref in planted.refs} <= set(KINDS)


def test_planting_is_deterministic_and_leaves_the_honest_small_alone(small: Simulated) -> None:
    honest = hash(small.records[-1]), len(small.records)
    fault = FAULTS["C3.other_seal"]
    one, _ = plant(small.records, fault, np.random.default_rng(1), small.now)
    again, _ = plant(small.records, fault, np.random.default_rng(1), small.now)
    assert one == again
    assert (hash(small.records[-1]), len(small.records)) == honest


def test_a_fault_that_cannot_have_happened_is_refused() -> None:
    rng = np.random.default_rng(1)
    now = datetime.fromisoformat("2024-01-01T00:00+00:00")
    with pytest.raises(CannotPlant, match="Nothing in this unit"):
        plant_in(Altered((), now, rng), FAULTS["L3.no_negative"])


def test_every_rule_of_the_catalogue_has_a_fault() -> None:
    planted = {fault.rule for fault in FAULTS.values()}
    assert set(RULES) - planted == set()


def test_the_documentation_lists_every_assumption() -> None:
    page = (DOCS / "audit-simulation.md").read_text(encoding="utf-8")
    assert as_table() in page


@pytest.mark.slow
def test_three_years_of_a_unit_hang_together() -> None:
    size = Size(cases_a_year=60, analysts=6, examiners=5, officers=6, detectives=5)
    long = simulate(9, years=3, size=size)
    assert long.years == 3.0
    months = {str(o.month) for o in long.records if isinstance(o, Output)}
    assert {"2023-06", "2024-06", "2025-06"} <= months
    assert len({record.ref for record in long.records}) == len(long.records)
