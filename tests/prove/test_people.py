"""P1 to P8: holds, fails with its records and without a name, cannot tell, false-alarm control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.prove.link_records import NOW, asked, time

from reopen.prove.holdings import Holdings
from reopen.prove.people_concerns import cases_in_scope
from reopen.prove.people_mix import drift_p
from reopen.prove.people_output import difference_p, turning_month
from reopen.prove.rules import RULES
from reopen.records.base import Record
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import (
    Consumable,
    ConsumableUse,
    Injection,
    Means,
    Method,
    Quantification,
)
from reopen.records.organisation import Concern, CorrectiveAction, Output, ProficiencyTest
from reopen.records.results import LabResult, ResultKind

PEOPLE = [f"a{n:02d}" for n in range(12)]


def outputs(
    rate: dict[str, float],
    months: int = 12,
    year: int = 2025,
    hours: float | None = 150.0,
    seed: int = 5,
    **fields: object,
) -> list[Output]:
    """Honest months: a gamma noise of shape 15 about each person's rate."""
    rng = np.random.default_rng(seed)
    return [
        Output(
            id=f"{person} {year + m // 12}-{m % 12 + 1:02d}",
            person=person,
            month=time(f"{year + m // 12}-{m % 12 + 1:02d}"),
            hours=hours,
            completed=int(rate.get(person, 50.0) * rng.gamma(15, 1 / 15)),
            **fields,  # type: ignore[arg-type]
        )
        for person in PEOPLE
        for m in range(months)
    ]


# P1

UNEVEN = {person: 50.0 * np.exp(0.25 * (n - 5.5) / 7) for n, person in enumerate(PEOPLE)}


def test_p1_three_times_the_others() -> None:
    found = asked("P1", *outputs({**UNEVEN, "a03": 180.0}))
    (finding,) = found.findings
    assert finding.severity is Severity.C
    assert "a03" not in finding.sentence + " ".join(finding.figures)
    assert [each.person for each in found.sealed] == ["a03"]
    assert {ref.kind for ref in finding.records} == {"output", "sealed_name"}
    assert found.expected_false == pytest.approx(0.18)


def test_p1_holds_among_honest_people() -> None:
    assert asked("P1", *outputs(UNEVEN)).verdict is Verdict.HOLDS


def test_p1_twice_the_hours_or_automation_explain_twice_the_output() -> None:
    usual = [each for each in outputs(UNEVEN) if each.person != "a03"]
    much = [each for each in outputs({**UNEVEN, "a03": 180.0}) if each.person == "a03"]
    longer = [replace(each, hours=540.0) for each in much]
    assert asked("P1", *usual, *longer).verdict is Verdict.HOLDS
    automated = [replace(each, automated=True) for each in much]
    assert asked("P1", *usual, *automated).verdict is Verdict.HOLDS


def test_p1_one_high_quarter_is_not_twice_running() -> None:
    rng = np.random.default_rng(1)
    flat = [
        Output(
            id=f"{p} {m}", person=p, month=time(f"2025-{m:02d}"), hours=100.0,
            completed=int(100 * np.exp(rng.normal(0, 0.1))),
        )
        for p in PEOPLE for m in range(1, 6)
    ]  # fmt: skip
    high = [
        replace(each, completed=900) if (each.person, each.id[-1]) == ("a00", "5") else each
        for each in flat
    ]
    assert asked("P1", *high).verdict is Verdict.HOLDS


def test_p1_is_graver_with_work_beyond_its_means() -> None:
    if "L10" not in RULES:
        pytest.skip("L10 is not in the catalogue")
    means = Means(
        id="m",
        person="a03",
        method="",
        month=time("2025-03"),
        tests=500,
        hours_per_test=1.0,
        hours=100.0,
    )
    (finding,) = asked("P1", *outputs({**UNEVEN, "a03": 180.0}), means).findings
    assert finding.severity is Severity.B


def test_p1_cannot_tell_among_few() -> None:
    few = [each for each in outputs({}) if each.person < "a05"]
    assert asked("P1", *few).verdict is Verdict.CANNOT_TELL


# P2


def bench(missing: dict[str, int], of: int = 100) -> list[Record]:
    """Cases of each analyst; in some a quantification was blanked (L2)."""
    records: list[Record] = []
    for person in PEOPLE:
        for n in range(of):
            case, sample = f"{person}-{n}", f"{person}-{n}-S"
            blank = n < missing.get(person, 0)
            records.append(
                Injection(
                    id=f"i {sample}", instrument="A", sample=sample, case=case, analyst=person
                )
            )
            records.append(
                Quantification(
                    id=f"q {sample}",
                    sample=sample,
                    case=case,
                    analyst=person,
                    batch=f"B{n}",
                    total_ng_ul=None if blank else 0.5,
                    exported_total_ng_ul=0.5,
                    export_hash="e",
                )
            )
    return records


def test_p2_the_woods_share() -> None:
    found = asked("P2", *bench({"a02": 10, "a07": 1}))
    (finding,) = found.findings
    assert [each.person for each in found.sealed] == ["a02"]
    assert finding.p_value is not None
    assert finding.p_value < 1e-4
    assert finding.figures[0] == "raw: 10 of 100 cases (10%)"
    assert sum(ref.kind == "finding" for ref in finding.records) == 10
    assert "a02" not in finding.sentence


def test_p2_holds_for_a_few_here_and_there_and_for_fewer_than_three() -> None:
    few = {"a01": 1, "a02": 1, "a05": 2, "a07": 1}
    assert asked("P2", *bench(few)).verdict is Verdict.HOLDS


def test_p2_a_fault_of_everybody_is_nobodys() -> None:
    assert asked("P2", *bench(dict.fromkeys(PEOPLE, 10))).verdict is Verdict.HOLDS


def test_p2_cannot_tell_among_few() -> None:
    few = [each for each in bench({}) if getattr(each, "analyst", "") < "a04"]
    assert asked("P2", *few).verdict is Verdict.CANNOT_TELL


# P3


def reworked(share: dict[str, float]) -> list[Output]:
    made = outputs({}, hours=None)
    return [
        replace(each, repeats=round(each.completed * share.get(each.person, 0.05))) for each in made
    ]


def test_p3_no_repeats_at_all() -> None:
    found = asked("P3", *reworked({"a04": 0.0}))
    (finding,) = found.findings
    assert [each.person for each in found.sealed] == ["a04"]
    assert finding.p_value is not None
    assert finding.p_value < 1e-3


def test_p3_holds_where_all_repeat_alike_and_where_nobody_does() -> None:
    assert asked("P3", *reworked({})).verdict is Verdict.HOLDS
    assert asked("P3", *reworked(dict.fromkeys(PEOPLE, 0.0))).verdict is Verdict.HOLDS


def test_p3_cannot_tell_where_repeats_are_not_recorded() -> None:
    assert asked("P3", *outputs({})).verdict is Verdict.CANNOT_TELL


def test_p3_only_the_last_year_on_record_counts() -> None:
    old = [
        replace(each, id=f"old {each.id}", month=time("2019")) for each in reworked({"a04": 0.0})
    ]
    assert asked("P3", *old).verdict is Verdict.FAILS
    assert asked("P3", *old, *reworked({})).verdict is Verdict.HOLDS


# P4


def mixed(positive: dict[str, float], case_type: str = "") -> list[Output]:
    rng = np.random.default_rng(8)
    made = []
    for each in outputs({}, hours=None):
        n = each.completed
        k = int(rng.binomial(n, positive.get(each.person, 0.6)))
        made.append(
            replace(
                each,
                id=each.id + case_type,
                case_type=case_type,
                positive=k,
                negative=n - k,
                inconclusive=0,
            )
        )
    return made


def test_p4_far_more_positive_than_the_others() -> None:
    found = asked("P4", *mixed({"a06": 0.95}))
    assert [each.person for each in found.sealed] == ["a06"]
    assert "blind" in " ".join(found.findings[0].explanations).lower()


def test_p4_holds_among_honest_people_and_by_case_type() -> None:
    assert asked("P4", *mixed({})).verdict is Verdict.HOLDS
    # a06 does mostly the kind of case in which everybody is at 95%
    drugs = mixed(dict.fromkeys(PEOPLE, 0.95), "drugs")
    other = [each for each in mixed({}) if each.person != "a06"]
    assert asked("P4", *drugs, *other).verdict is Verdict.HOLDS


def test_p4_cannot_tell_where_kinds_are_not_recorded() -> None:
    assert asked("P4", *outputs({})).verdict is Verdict.CANNOT_TELL


def test_p4_a_drift_is_seen_that_the_year_as_a_whole_hides() -> None:
    of = np.full(12, 100.0)
    steady = np.array([60, 58, 61, 63, 59, 60, 62, 57, 61, 60, 59, 60.0])
    moved = np.array([50, 49, 51, 50, 48, 50, 70, 71, 69, 70, 72, 70.0])
    assert drift_p(steady, of) > 0.2
    assert drift_p(moved, of) < 0.02  # of 924 splits in halves, 2 are as clear
    assert drift_p(moved[:2], of[:2]) == 1.0


# P5


def tide(own: float, others: float = 0.6) -> list[Output]:
    before = outputs({}, year=2024, seed=3)
    after = outputs(
        {person: 50 * (own if person == "a01" else others) for person in PEOPLE}, seed=4
    )
    return [*before, *after]


def test_p5_one_series_stays_up() -> None:
    found = asked("P5", *tide(1.0))
    assert [each.person for each in found.sealed] == ["a01"]
    assert found.findings[0].p_value is not None
    assert found.findings[0].p_value < 0.001


def test_p5_the_tide_may_turn_within_a_year() -> None:
    """All but one fall by half from the seventh month of the first year on."""
    early = outputs({}, year=2024, seed=3)
    late = outputs({person: 25.0 for person in PEOPLE if person != "a01"}, year=2024, seed=5)
    first = [each for each in early if str(each.month) < "2024-07"]
    first += [each for each in late if str(each.month) >= "2024-07"]
    others = {person: 25.0 if person != "a01" else 50.0 for person in PEOPLE}
    (finding,) = asked("P5", *first, *outputs(others, seed=4)).findings
    assert "between the last 18 months and the 6 before" in finding.sentence


def test_p5_the_turning_month_is_where_the_others_change_most() -> None:
    rng = np.random.default_rng(1)
    for turn in (6, 9, 18):
        done = rng.poisson(np.where(np.arange(24) < turn, 50.0, 20.0), (8, 24))
        assert turning_month(np.stack([done, np.full((8, 24), 40.0)])) == turn


def test_p5_holds_where_all_fall_and_where_none_do() -> None:
    assert asked("P5", *tide(0.6)).verdict is Verdict.HOLDS
    assert asked("P5", *tide(1.0, others=1.0)).verdict is Verdict.HOLDS


def test_p5_cannot_tell_without_two_years() -> None:
    assert asked("P5", *outputs({})).verdict is Verdict.CANNOT_TELL


def test_p5_months_away_do_not_silence_it() -> None:
    """Everybody has been away for a month of either year, and one for half a year: not judged."""
    every = tide(1.0)
    years = {year: [each for each in every if str(each.month).startswith(year)]
             for year in sorted({str(each.month)[:4] for each in every})}  # fmt: skip
    kept = [
        each
        for months in years.values()
        for person in PEOPLE
        for n, each in enumerate(own for own in months if own.person == person)
        if n != PEOPLE.index(person) % 12 and not (person == PEOPLE[-1] and n < 6)
    ]
    found = asked("P5", *kept)
    assert [each.person for each in found.sealed] == ["a01"]
    assert found.looked_at == len(PEOPLE) - 1


def test_p5_the_permutation_p_of_four_months_by_hand() -> None:
    """Of the 6 ways to choose two earlier months of 0 0 9 9, 2 differ as much: p 1/3."""
    done, expected = np.array([0.0, 0.0, 9.0, 9.0]), np.ones(4)
    assert difference_p(done, expected, 2) == pytest.approx(1 / 3, abs=0.01)


def test_p5_the_permutation_p_leaves_months_without_work_out() -> None:
    """Of the 3 ways to choose one earlier of 0 9 9, one differs as much: p 1/3."""
    done, expected = np.array([0.0, 0.0, 9.0, 9.0]), np.array([1.0, 0.0, 1.0, 1.0])
    assert difference_p(done, expected, 2) == pytest.approx(1 / 3, abs=0.01)


# P6


def concern(id: str = "K1", **fields: object) -> Concern:
    given = {"about": "anna", "raised": time("2025-03-01"), **fields}
    return Concern(id=id, **given)  # type: ignore[arg-type]


def test_p6_nothing_followed() -> None:
    found = asked("P6", concern())
    (finding,) = found.findings
    assert finding.severity is Severity.A
    assert "anna" not in finding.sentence
    assert found.sealed[0].person == "anna"


def test_p6_holds_when_decided_in_time_and_while_time_is_left() -> None:
    assert asked("P6", concern(decided=time("2025-03-20"))).verdict is Verdict.HOLDS
    assert asked("P6", concern(raised=time("2025-12-20"))).verdict is Verdict.HOLDS


def test_p6_decided_late() -> None:
    (finding,) = asked("P6", concern(decided=time("2025-09-20"))).findings
    assert "within 30 days" in finding.sentence


def test_p6_a_second_concern_where_nothing_was_changed() -> None:
    first = concern(decided=time("2025-03-20"))
    second = concern("K2", raised=time("2025-08-01"), decided=time("2025-08-10"))
    (finding,) = asked("P6", first, second).findings
    assert {ref.id for ref in finding.records} >= {"K1", "K2"}
    acted = replace(first, restricted=time("2025-03-20"))
    assert asked("P6", acted, second).verdict is Verdict.HOLDS
    other = replace(second, about="bert")
    assert asked("P6", first, other).verdict is Verdict.HOLDS


def test_p6_a_restriction_lifted_without_review() -> None:
    lifted = concern(
        decided=time("2025-03-20"), restricted=time("2025-03-20"), lifted=time("2025-06-01")
    )
    assert asked("P6", lifted).could_not[0][1] == "not recorded whether past work was reviewed"
    assert asked("P6", replace(lifted, past_work_reviewed=False)).verdict is Verdict.FAILS
    assert asked("P6", replace(lifted, past_work_reviewed=True)).verdict is Verdict.HOLDS


def test_p6_cannot_tell_without_a_list_of_concerns() -> None:
    assert asked("P6").missing == ("concern",)


# P7


def blind_test(**fields: object) -> ProficiencyTest:
    given = {"method": "STR", "at": time("2025-05-01"), "blind": True, "passed": True, **fields}
    return ProficiencyTest(id="T1", **given)  # type: ignore[arg-type]


METHOD = Method(id="M1", name="STR", version="2", in_force=time("2020/.."))


def test_p7_holds_with_a_blind_test_of_this_year() -> None:
    assert asked("P7", METHOD, blind_test()).verdict is Verdict.HOLDS


def test_p7_none_this_year_announced_only_and_failed() -> None:
    (absent,) = asked("P7", METHOD, blind_test(at=time("2023-05-01"))).findings
    assert "lacks a blind test this year" in absent.sentence
    (announced,) = asked("P7", METHOD, blind_test(blind=False)).findings
    assert "that was not announced" in announced.sentence
    failed = blind_test(passed=False)
    (finding,) = asked("P7", METHOD, failed).findings
    assert finding.records == (failed.ref,)
    followed = blind_test(passed=False, look_back="CA1")
    assert asked("P7", METHOD, followed).verdict is Verdict.HOLDS


def test_p7_a_method_in_force_that_was_never_tested() -> None:
    other = Method(id="M2", name="mtDNA", version="1", in_force=time("2020/.."))
    (finding,) = asked("P7", METHOD, other, blind_test()).findings
    assert other.ref in finding.records
    retired = replace(other, in_force=time("2010/2014"))
    assert asked("P7", METHOD, retired, blind_test()).verdict is Verdict.HOLDS


def test_p7_cannot_tell_without_tests_and_where_no_mark_was_given() -> None:
    assert asked("P7", METHOD).missing == ("proficiency_test",)
    assert asked("P7", METHOD, blind_test(passed=None)).could_not != ()


# P8


def result(case: str, analyst: str = "anna", when: str = "2022-03-01") -> LabResult:
    return LabResult(
        id=f"{case} {analyst}",
        result=case,
        case=case,
        sample=f"{case}-S",
        kind=ResultKind.PROFILE,
        at=time(when),
        analyst=analyst,
    )


def look_back(**fields: object) -> CorrectiveAction:
    given: dict[str, object] = {
        "opened": time("2024"),
        "scope": {"analyst": "anna"},
        "during": time("2022"),
        "outcomes": {"K1": "confirmed"},
        **fields,
    }
    return CorrectiveAction(id="CA1", **given)  # type: ignore[arg-type]


WORK = (result("K1"), result("K2"), result("K3", "bert"), result("K4", when="2019-03-01"))


def test_p8_the_scope_is_asked_again_and_a_case_without_outcome_is_named() -> None:
    (finding,) = asked("P8", *WORK, look_back()).findings
    assert finding.case == "K2"
    assert finding.severity is Severity.A
    assert [ref.id for ref in finding.records] == ["CA1", "K2 anna"]


def test_p8_holds_when_every_case_has_one() -> None:
    done = look_back(outcomes={"K1": "confirmed", "K2": "withdrawn"})
    assert asked("P8", *WORK, done).verdict is Verdict.HOLDS


def test_p8_a_look_back_that_still_runs_does_not_fail() -> None:
    found = asked("P8", *WORK, look_back(deadline=time("2027-01-01")))
    assert found.findings == ()
    assert "1 cases without an outcome" in found.could_not[0][1]


def test_p8_by_lot_and_by_two_parts_of_a_scope() -> None:
    kit = Consumable(id="C1", consumable="kit", lot="L9")
    uses = [
        ConsumableUse(id=f"u{case}", item="C1", at=time("2022-05-01"), case=case)
        for case in ("K2", "K3")
    ]

    unit = Holdings([*WORK, kit, *uses], now=NOW)
    assert set(cases_in_scope(unit, look_back(scope={"lot": "L9"}))) == {"K2", "K3"}
    both = look_back(scope={"lot": "L9", "analyst": "anna"})
    assert set(cases_in_scope(unit, both)) == {"K2"}


def test_p8_by_work_at_the_bench() -> None:
    lines = (
        Injection(id="i", instrument="A", case="K3", analyst="anna", at=time("2022-05-01")),
        Quantification(id="q", sample="S", case="K4", analyst="anna", at=time("2022-05-01")),
    )
    unit = Holdings([*WORK, *lines], now=NOW)
    assert set(cases_in_scope(unit, look_back(scope={"bench": "anna"}))) == {"K3", "K4"}
    assert set(cases_in_scope(unit, look_back())) == {"K1", "K2"}


def test_p8_cannot_ask_for_a_scope_of_words() -> None:
    found = asked("P8", *WORK, look_back(scope={"mood": "bad"}))
    assert found.verdict is Verdict.CANNOT_TELL
