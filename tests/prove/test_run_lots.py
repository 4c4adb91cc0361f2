"""L8: a profile that follows a lot or supplier, by the document's arithmetic and in seasons."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from tests.prove.laboratory_records import asked, day

import reopen.prove.run_lots  # noqa: F401
from reopen.records.base import Record
from reopen.records.findings import Verdict
from reopen.records.laboratory import Consumable, ConsumableUse
from reopen.records.results import FoundLink
from reopen.records.stored import StoredProfile

SWABS = [
    Consumable(id=each, consumable="swab", supplier=each, lot=f"lot-{each}") for each in ("N", "M")
]


def used(case: str, item: str, days: float = 0.0) -> ConsumableUse:
    return ConsumableUse(id=f"{case}-{item}", item=item, case=case, at=day(days))


def work(share: float, of: int = 98, days: float = 0.0) -> list[ConsumableUse]:
    """Other cases; by Laplace's rule 98 of them with 29 count as a share of 0.3."""
    having = round(share * (of + 2)) - 1
    return [used(f"W{days:g}-{each}", "N" if each < having else "M", days) for each in range(of)]


def phantom(cases: int, item: str = "N", days: float = 0.0) -> Iterator[Record]:
    """One unknown profile in so many cases, all swabbed with one supplier's swabs."""
    for each in range(cases):
        yield StoredProfile(
            id=f"P{each}", purpose="stain", file="f", content_hash=str(each), case=f"K{each}"
        )
        yield used(f"K{each}", item, days)
        if each:
            yield FoundLink(
                id=f"l{each}", link=f"l{each}", one="P0", other=f"P{each}", weight_log10=9.0
            )


def test_six_cases_on_a_supplier_of_30_percent():
    # the document: six hits all on its swabs have probability below 0.001; 0.3 ** 6
    answer = asked("L8", SWABS, work(0.3), phantom(6))
    (finding,) = answer.findings
    assert finding.p_value == pytest.approx(0.3**6)
    assert "6 cases; lot lot-N of swab was used in 6 of them, and in 30% of other" in (
        finding.sentence
    )
    assert "also shared" in finding.figures[-1]  # the lot and the supplier are one question
    assert "supplier" in finding.figures[-1]


def test_a_lot_that_could_tell_counts_as_a_test_though_the_cases_hardly_share_it():
    """0.3 ** 6 is below the tail, 0.7 ** 6 is not: lot and supplier N are tests, M are none."""
    answer = asked("L8", SWABS, work(0.3), phantom(6, "M"), used("K0", "N", 0.0))
    assert answer.findings == ()
    assert answer.looked_at == 2


def test_a_supplier_of_90_percent_takes_66_cases():
    few = asked("L8", SWABS, work(0.9), phantom(20))
    assert few.findings == ()
    assert "66 cases would be needed; blank swabs" in few.could_not[0][1]
    many = asked("L8", SWABS, work(0.9), phantom(66))
    assert [each.p_value for each in many.findings] == pytest.approx([0.9**66])


def test_two_cases_are_never_enough():
    assert asked("L8", SWABS, work(0.02), phantom(2)).findings == ()


def test_a_series_of_one_season_is_compared_with_its_season():
    # N is used for 10% of the year, but for 95% of the weeks of the series
    year = [work(0.04, days=each) for each in range(300, 3000, 300)]
    answer = asked("L8", SWABS, year, work(0.95), phantom(6))
    assert answer.findings == ()


def test_a_profile_of_somebody_known_is_no_phantom():
    known = StoredProfile(
        id="REF", purpose="suspect", file="f", content_hash="r", person="Q", case="K0"
    )
    link = FoundLink(id="lr", link="lr", one="P0", other="REF", weight_log10=12.0)
    answer = asked("L8", SWABS, work(0.3), phantom(6), known, link)
    assert answer.findings == ()


def test_a_profile_on_the_swabs_of_several_suppliers_is_counted_and_holds():
    mixed = [each for each in phantom(9) if not isinstance(each, ConsumableUse)] + [
        used(f"K{each}", "N" if each < 4 else "M") for each in range(9)
    ]
    answer = asked("L8", SWABS, work(0.4), mixed)
    assert answer.verdict is Verdict.HOLDS
    assert answer.findings == ()


def test_too_few_cases_to_compare_with_cannot_be_told():
    answer = asked("L8", SWABS, work(0.3, of=10), phantom(6))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "only 10 other cases" in answer.could_not[0][1]


def test_cases_without_a_record_of_swabs_cannot_be_told():
    bare = [each for each in phantom(6) if not isinstance(each, ConsumableUse)]
    answer = asked("L8", SWABS, work(0.3), bare)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not[0][1] == "what was used in its cases is not recorded"


def test_honest_series_are_told_of_as_often_as_the_p_value_says():
    rng = np.random.default_rng(12)
    told = 0
    for _ in range(150):
        share = rng.uniform(0.1, 0.6)
        items = ["N" if each else "M" for each in rng.random(108) < share]
        others = [used(f"W{place}", item) for place, item in enumerate(items[:100])]
        bare = [each for each in phantom(8) if not isinstance(each, ConsumableUse)]
        own = [used(f"K{place}", item) for place, item in enumerate(items[100:])]
        answer = asked("L8", SWABS, others, own, bare)
        told += any(each.p_value is not None and each.p_value <= 0.01 for each in answer.findings)
    # two lots are looked at in each: 3 told at most on average; 9 or more has probability 0.004
    assert told < 9
