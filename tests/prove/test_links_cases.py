"""X2, X3, X5: holds, fails with its records, cannot tell, false-alarm control."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.link_records import asked, link, run, staff, time, trace

from reopen.records.base import Record
from reopen.records.cases import Contact, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import Batch, Quantification, Well, WellKind

TRACES = (*trace("K1"), *trace("K2"))
LINK = link("K1-S.p", "K2-S.p", 7.0)


def at_site(item: str, when: str, site: str = "lab") -> CustodyEvent:
    return CustodyEvent(
        id=f"{item} {when}", item=item, event=EventKind.OPENED, at=time(when), place=site
    )


# X2


def test_x2_fails_with_both_events_and_shows_both_explanations() -> None:
    """No unlinked pair is known: within 7 days, 15/365 by chance, 0.9 needed, odds 21.9; the
    document's 22."""
    one, other = at_site("K1-E", "2025-03-01T10:00Z"), at_site("K2-S", "2025-03-06T09:00Z")
    found = asked("X2", *TRACES, LINK, one, other)
    (finding,) = found.findings
    assert finding.severity is Severity.A
    assert [ref.id for ref in finding.records] == [LINK.id, one.id, other.id]
    assert "open in one place within a week" in finding.sentence
    assert "odds of contamination times 21.9" in " ".join(finding.figures)
    assert "same person" in " ".join(finding.figures)


@pytest.mark.parametrize(
    ("when", "site"), [("2025-04-20T09:00Z", "lab"), ("2025-03-02T09:00Z", "clinic")]
)
def test_x2_holds_on_another_site_or_after_the_window(when: str, site: str) -> None:
    events = at_site("K1-E", "2025-03-01T10:00Z"), at_site("K2-S", when, site)
    assert asked("X2", *TRACES, LINK, *events).verdict is Verdict.HOLDS


def test_x2_a_known_link_and_a_common_submission_carry_no_weight() -> None:
    events = at_site("K1-E", "2025-03-01T10:00Z"), at_site("K2-S", "2025-03-02T09:00Z")
    known = replace(LINK, known_reason="one series since 2019")
    assert asked("X2", *TRACES, known, *events).verdict is Verdict.HOLDS
    together = Sample(id="K2-S", exhibit="K2-E", requested_with=("K1-S",))
    records = [each for each in TRACES if each.id != "K2-S"]
    assert asked("X2", *records, together, LINK, *events).verdict is Verdict.HOLDS


def test_x2_leaves_one_batch_to_l6() -> None:
    batch = Batch(id="B1", site="lab", at=time("2025-03-01"))
    apart = at_site("K1-E", "2024-03-01T10:00Z"), at_site("K2-S", "2025-02-28T09:00Z")
    wells = (
        Well(id="w1", batch="B1", well="A1", content=WellKind.SAMPLE, sample="K1-S"),
        Well(id="w2", batch="B1", well="A2", content=WellKind.SAMPLE, sample="K2-S"),
    )
    assert asked("X2", *TRACES, LINK, batch, *wells, *apart).verdict is Verdict.HOLDS


def test_x2_sealed_bags_in_one_store_do_not_meet() -> None:
    moved = [
        replace(each, event=EventKind.MOVED)
        for each in (at_site("K1-E", "2025-03-01T10:00Z"), at_site("K2-S", "2025-03-01T11:00Z"))
    ]
    apart = at_site("K1-E", "2024-03-01T10:00Z"), at_site("K2-S", "2025-02-28T09:00Z")
    assert asked("X2", *TRACES, LINK, *moved, *apart).verdict is Verdict.HOLDS


def test_x2_what_happens_to_half_of_all_pairs_carries_no_weight() -> None:
    """Thirty cases that nothing links, all opened in one place on one day."""
    others = [record for n in range(10, 40) for record in trace(f"K{n}")]
    opened = [at_site(f"K{n}-E", "2025-03-01T10:00Z") for n in range(10, 40)]
    events = at_site("K1-E", "2025-03-01T10:00Z"), at_site("K2-S", "2025-03-01T11:00Z")
    found = asked("X2", *TRACES, LINK, *others, *opened, *events)
    assert found.verdict is Verdict.HOLDS


def test_x2_is_one_question_for_two_cases_with_many_links() -> None:
    more = (*trace("K1", "T"), link("K1-T.p", "K2-S.p", 9.0))
    events = at_site("K1-E", "2025-03-01T10:00Z"), at_site("K2-S", "2025-03-01T11:00Z")
    (finding,) = asked("X2", *TRACES, *more, LINK, *events).findings
    assert {ref.id for ref in finding.records if ref.kind == "found_link"} == {
        LINK.id,
        "K1-T.p~K2-S.p~same person",
    }


def test_x2_place_time_and_behaviour_weigh_against_a_meeting() -> None:
    """Odds 21.9 of a week (above), less a log10 LR of 0.5 for one offender: 6.9, below 20."""
    events = at_site("K1-E", "2025-03-01T10:00Z"), at_site("K2-S", "2025-03-06T09:00Z")
    likely = replace(LINK, place_time_log10=0.3, behaviour_log10=0.2)
    assert asked("X2", *TRACES, likely, *events).verdict is Verdict.HOLDS
    assert len(asked("X2", *TRACES, likely, *events, least_odds=6.8).findings) == 1
    unlikely = replace(LINK, place_time_log10=-0.3)
    (finding,) = asked("X2", *TRACES, unlikely, *events).findings
    assert finding.figures[-1] == "place, time and behaviour multiply the prior odds by 1e-0.3"


def test_x2_other_traces_that_never_met_link_the_cases_besides() -> None:
    """One accident explains every link of its trace, and no link of two other traces."""
    more = (*trace("K1", "T"), *trace("K2", "T"))
    events = (
        at_site("K1-S", "2025-03-01T10:00Z"),
        at_site("K2-S", "2025-03-01T11:00Z"),
        at_site("K1-T", "2024-03-01T10:00Z"),
        at_site("K2-T", "2024-09-01T11:00Z"),
    )
    same_trace = link("K1-S.p", "K2-T.p", 9.0)
    (finding,) = asked("X2", *TRACES, *more, *events, LINK, same_trace).findings
    assert LINK.ref in finding.records
    other_traces = link("K1-T.p", "K2-T.p", 9.0)
    found = asked("X2", *TRACES, *more, *events, LINK, other_traces)
    assert found.verdict is Verdict.HOLDS
    assert f"{other_traces.ref} links the cases by other traces" in found.notes[0]


def test_x2_cannot_tell_where_nobody_wrote_down_where_they_were() -> None:
    found = asked("X2", *TRACES, LINK)
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.could_not[0][0] == str(LINK.ref)


def test_x2_a_time_that_may_lie_outside_the_window_does_not_fail() -> None:
    events = at_site("K1-E", "2025"), at_site("K2-S", "2025-03-02T09:00Z")
    assert asked("X2", *TRACES, LINK, *events).verdict is Verdict.HOLDS


def test_x2_staff_are_not_its_business() -> None:
    events = at_site("K1-E", "2025-03-01T10:00Z"), at_site("anna.p", "2025-03-02T09:00Z")
    unit = (*trace("K1"), staff("anna"), link("K1-S.p", "anna.p"), run("K1-S.p"))
    assert asked("X2", *unit, *events).findings == ()


# X3


def contact(case: str, when: str, what: str = "Dr. 7", cleaned: str = "") -> Contact:
    return Contact(
        id=f"{case} {what} {when}",
        case=case,
        contact="doctor",
        what=what,
        during=time(when),
        cleaned=time(cleaned) if cleaned else None,
    )


FIRST = contact("K1", "2006-07-15T10:00Z/2006-07-15T12:00Z")
SECOND = contact("K2", "2006-07-16T14:00Z/2006-07-16T16:00Z")  # 26 hours after
TINY = Quantification(id="q", sample="K2-S", total_ng_ul=0.004)


def test_x3_fails_for_trace_dna_within_the_window() -> None:
    (finding,) = asked("X3", *TRACES, LINK, FIRST, SECOND, TINY).findings
    assert finding.severity is Severity.A
    assert [ref.id for ref in finding.records] == [LINK.id, FIRST.id, SECOND.id]


def test_x3_much_dna_is_shown_beside_the_link_only() -> None:
    rich = replace(TINY, total_ng_ul=5.0)
    (finding,) = asked("X3", *TRACES, LINK, FIRST, SECOND, rich).findings
    assert finding.severity is Severity.B
    (unknown,) = asked("X3", *TRACES, LINK, FIRST, SECOND).findings
    assert "amount of DNA not recorded" in unknown.figures


def test_x3_holds_after_the_window_after_cleaning_and_without_sharing() -> None:
    late = contact("K2", "2006-07-19T14:00Z/2006-07-19T16:00Z")
    assert asked("X3", *TRACES, LINK, FIRST, late).verdict is Verdict.HOLDS
    cleaned = replace(FIRST, cleaned=time("2006-07-15T20:00Z"))
    assert asked("X3", *TRACES, LINK, cleaned, SECOND).verdict is Verdict.HOLDS
    other = contact("K2", "2006-07-16T14:00Z/2006-07-16T16:00Z", what="Dr. 8")
    assert asked("X3", *TRACES, LINK, FIRST, other).verdict is Verdict.HOLDS


def test_x3_cannot_tell_where_a_case_has_no_contacts_recorded() -> None:
    found = asked("X3", *TRACES, LINK, FIRST)
    assert found.verdict is Verdict.CANNOT_TELL


def test_x3_a_window_of_its_own_for_a_substrate() -> None:
    late = contact("K2", "2006-07-19T14:00Z/2006-07-19T16:00Z")
    cotton = (*trace("K1", substrate="cotton"), *trace("K2"))
    found = asked("X3", *cotton, LINK, FIRST, late, **{"window_hours.cotton": 200.0})
    assert found.verdict is Verdict.FAILS


def test_x3_the_base_rate_counts_unlinked_pairs_by_hand() -> None:
    """Four cases make six pairs, one of them linked. K3 follows K2 by two hours and K1 by 30,
    K4 half a year later: with a window of 27 hours one of the five shares the doctor."""
    third = contact("K3", "2006-07-16T18:00Z/2006-07-16T19:00Z")
    fourth = contact("K4", "2007-01-01T18:00Z/2007-01-01T19:00Z")
    found = asked("X3", *TRACES, LINK, FIRST, SECOND, third, fourth, window_hours=27.0)
    base = found.findings[0].figures[-1]
    assert base == "1 of 5 unlinked pairs of cases share as much (20%)"


# X5


def weighed(place: float | None, behaviour: float | None) -> Record:
    return link("K1-S.p", "K2-S.p", 6.0, place_time_log10=place, behaviour_log10=behaviour)


def test_x5_fails_with_each_term_and_never_hides_the_dna() -> None:
    (finding,) = asked("X5", *TRACES, weighed(-1.5, -1.0)).findings
    assert finding.severity is Severity.B
    assert finding.figures == (
        "DNA: log10 LR +6.0",
        "place and time: log10 LR -1.5",
        "behaviour: log10 LR -1.0",
        "together: log10 LR +3.5",
    )


def test_x5_holds_where_they_do_not_speak_strongly_against_it() -> None:
    assert asked("X5", *TRACES, weighed(-1.5, 0.2)).verdict is Verdict.HOLDS


def test_x5_a_second_trace_supports_the_link() -> None:
    more = (*trace("K1", "T"), link("K1-T.p", "K2-S.p"))
    found = asked("X5", *TRACES, *more, weighed(-1.5, -1.0))
    assert found.findings == ()


def test_x5_cannot_tell_where_nothing_else_was_weighed() -> None:
    assert asked("X5", *TRACES, weighed(None, None)).verdict is Verdict.CANNOT_TELL
