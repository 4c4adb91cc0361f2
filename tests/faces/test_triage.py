"""Triage: the points of made-up cases, added up by hand, and what somebody may see of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reopen.errors import UnknownName
from reopen.faces.workbench.case_file import CaseFile, LinkedWith, case_file, case_files
from reopen.faces.workbench.triage import (
    CRITERIA,
    Answer,
    Held,
    Order,
    Triage,
    is_of_today,
    ordered,
    places_by_rule,
    triage,
)
from reopen.faces.workbench.triage_shown import triage_plain, triage_text
from reopen.records import Frozen
from reopen.records.access import Action, Actor, Grant, Standing
from reopen.records.base import Ref
from reopen.records.cases import (
    Case,
    Exhibit,
    Interview,
    Involvement,
    Mention,
    Person,
    Presence,
    PresenceKind,
    Role,
    Sample,
)
from reopen.records.custody import CustodyEvent, EventKind, Retention
from reopen.records.results import FoundLink, LabResult, Request, ResultKind
from reopen.records.statements import State, Statement
from reopen.records.stored import StoredProfile
from reopen.records.times import Interval
from reopen.store.unit import create_unit

K1 = Ref("case", "K1")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
at = Interval.parse


def said(field: str, value: str = "", *, of: Ref = K1, **more: object) -> Statement:
    state = more.pop("state", State.PRESENT if value else State.ABSENT)
    id = f"{of.id}-{field}-{value}"
    return Statement(id=id, subject=of, field=field, value=value, state=state, **more)  # type: ignore[arg-type]


def answers(found: Triage) -> dict[str, str]:
    return {each.criterion.name: each.answer.value for each in found.reasons}


RICH = CaseFile(
    id="K1",
    statements=(
        said("why_cold", "the only witness moved away"),
        said("offender_identified_at_report", "no"),
        said("limitation", "2031-05"),
        said("priority", "high", speaker="the family", said=at("2025-11")),
    ),
    of_people=Frozen({
        "V1": (said("name", "Anna", of=Ref("person", "V1")),),
        "W1": (said("last_confirmed_alive", "2025-01", of=Ref("person", "W1")),),
        "W2": (said("died", "1999", of=Ref("person", "W2")),),
    }),
    involvements=(
        Involvement(id="I1", person="V1", case="K1", role=Role.VICTIM),
        Involvement(id="I2", person="W1", case="K1", role=Role.WITNESS),
        Involvement(id="I3", person="S1", case="K1", role=Role.SUSPECT),
    ),
    interviews=(
        Interview(id="H1", case="K1", person="W2", named=at("1987"), held=at("1987")),
        Interview(id="H2", case="K1", person="W1", named=at("1987")),
    ),
    exhibits=(Exhibit(id="E1", case="K1"), Exhibit(id="E2", case="K1")),
    samples=(Sample(id="S1", exhibit="E1"),),
    events=(
        CustodyEvent(id="C1", item="E1", event=EventKind.BOOKED, at=at("1987-03"), store="Store A"),
        CustodyEvent(id="C2", item="E2", event=EventKind.DISPOSED, at=at("1999-03")),
    ),
    requests=(Request(id="Q1", case="K1", item="E1", test="STR", answered=at("1999")),),
    results=(
        LabResult(id="R1", result="R1", case="K1", sample="S1", kind=ResultKind.PROFILE,
                  at=at("1999")),
    ),
    profiles=(
        StoredProfile(id="S1", purpose="stain", file="f", content_hash="h", kit="SGM Plus",
                      sample="S1"),
    ),
    links=(
        LinkedWith(FoundLink(id="L1", link="trace", one="S1", other="T9", weight_log10=8.0),
                   ("K2",), False),
    ),
    mentions=(Mention(id="M1", case="K1", document="log", text="a knife"),),
)  # fmt: skip


def test_the_points_of_a_case_add_up() -> None:
    """Yes: evidence 15, suitable 10, untested 15, suspect 10, witness 10, unheard 5, why cold 5,
    linked 10, victim 5, limitation 5; no: offender, complete. 15+10+15+10+10+5+5+10+5+5 = 90."""
    found = triage(RICH, NOW)
    assert (found.low, found.high) == (90, 90)
    assert [name for name, answer in answers(found).items() if answer == "no"] == [
        "offender", "complete",
    ]  # fmt: skip
    assert sum(each.points for each in CRITERIA) == 100
    assert [(each.value, each.speaker) for each in found.asked] == [("high", "the family")]


def test_every_yes_and_no_names_the_records_that_it_rests_on() -> None:
    for reason in triage(RICH, NOW).reasons:
        assert reason.records, reason.criterion.name


def test_nothing_recorded_leaves_the_whole_score_open() -> None:
    found = triage(CaseFile(id="K0"), NOW)
    assert (found.low, found.high) == (0, 100)
    assert set(answers(found).values()) == {Answer.UNKNOWN.value}


def test_not_recorded_is_not_the_same_as_absent() -> None:
    """A statement that the field was not recorded changes nothing: 0..100; that there is no time
    limit is a yes of 5 points: 5..100."""
    silent = said("limitation", state=State.NOT_RECORDED)
    never = said("limitation", state=State.NOT_APPLICABLE)
    assert _range(CaseFile(id="K0", statements=(silent,))) == (0, 100)
    assert _range(CaseFile(id="K0", statements=(never,))) == (5, 100)


def _range(file: CaseFile) -> tuple[int, int]:
    found = triage(file, NOW)
    return found.low, found.high


@pytest.mark.parametrize(
    ("events", "held"),
    [
        ([], Held.UNKNOWN),
        ([("booked", "1987"), ("disposed", "1999")], Held.GONE),
        ([("disposed", "1999"), ("seen", "2004")], Held.THERE),
        ([("lost", "1999")], Held.GONE),
        ([("returned", "1999")], Held.GONE),
    ],
)
def test_an_exhibit_is_where_its_last_event_left_it(
    events: list[tuple[str, str]], held: Held
) -> None:
    file = CaseFile(
        id="K1",
        exhibits=(Exhibit(id="E1", case="K1"),),
        events=tuple(
            CustodyEvent(id=f"C{n}", item="E1", event=EventKind(kind), at=at(time))
            for n, (kind, time) in enumerate(events)
        ),
    )
    assert [each.held for each in triage(file, NOW).exhibits] == [held]


def test_with_every_exhibit_gone_nothing_is_left_to_test() -> None:
    """Evidence, suitable and untested are no: 15 + 10 + 15 = 40 points are lost, 60 stay open."""
    file = CaseFile(
        id="K1",
        exhibits=(Exhibit(id="E1", case="K1"),),
        of_items=Frozen({"E1": (said("exists_now", "destroyed", of=Ref("exhibit", "E1")),)}),
    )
    assert _range(file) == (0, 60)


def test_a_later_statement_that_it_was_seen_outlives_a_disposal() -> None:
    seen = said("exists_now", "seen", of=Ref("exhibit", "E2"), said=at("2024-06"))
    file = CaseFile(
        id="K1", exhibits=RICH.exhibits[1:], events=RICH.events[1:],
        of_items=Frozen({"E2": (seen,)}),
    )  # fmt: skip
    assert triage(file, NOW).exhibits[0].held is Held.THERE


def test_statements_of_one_day_that_disagree_say_neither() -> None:
    ref = Ref("exhibit", "E1")
    both = (said("exists_now", "seen", of=ref), said("exists_now", "lost", of=ref))
    file = CaseFile(id="K1", exhibits=RICH.exhibits[:1], of_items=Frozen({"E1": both}))
    assert triage(file, NOW).exhibits[0].held is Held.UNKNOWN


@pytest.mark.parametrize(
    ("kit", "today"),
    [("GlobalFiler", True), ("PowerPlex Fusion 6C", True), ("NGM Select", True),
     ("SGM Plus", False), ("Identifiler", False), ("Yfiler", False), ("a kit of ours", None)],
)  # fmt: skip
def test_a_kit_of_today_types_the_european_standard_set(kit: str, today: bool | None) -> None:
    """Kits' loci by their makers: SGM Plus and Identifiler lack D1S1656 and others of the set."""
    assert is_of_today(kit) is today


def test_a_test_of_an_unknown_kit_after_2009_is_neither_old_nor_new() -> None:
    result = LabResult(
        id="R1", result="R1", case="K1", sample="S1", kind=ResultKind.PROFILE, at=at("2015")
    )
    file = CaseFile(
        id="K1", exhibits=RICH.exhibits[:1], samples=RICH.samples, events=RICH.events[:1],
        results=(result,),
    )  # fmt: skip
    found = triage(file, NOW)
    assert answers(found)["untested"] == "not recorded"
    assert [each.today for each in found.tried] == [None]


def test_a_profile_of_today_leaves_nothing_untested() -> None:
    profile = StoredProfile(
        id="S1", purpose="stain", file="f", content_hash="h", kit="GlobalFiler", sample="S1"
    )
    file = CaseFile(
        id="K1", exhibits=RICH.exhibits[:1], samples=RICH.samples, profiles=(profile,),
        results=RICH.results, searched=frozenset(("S1",)),
    )  # fmt: skip
    assert answers(triage(file, NOW))["untested"] == "no"
    assert answers(triage(file, NOW))["linked"] == "no"  # searched, without a link


@pytest.mark.parametrize(
    ("values", "over", "answer"),
    [
        (["2031"], False, "yes"),
        (["2020"], True, "no"),
        (["2026"], None, "not recorded"),  # it may have ended in January, or not yet
        (["2020", "2031"], None, "not recorded"),  # two laws, or an error
        ([], None, "not recorded"),
    ],
)
def test_a_time_limit_is_over_only_when_its_last_moment_has_passed(
    values: list[str], over: bool | None, answer: str
) -> None:
    file = CaseFile(id="K1", statements=tuple(said("limitation", value) for value in values))
    found = triage(file, NOW)
    assert found.limit.over is over
    assert answers(found)["limitation"] == answer


def test_a_limit_of_the_retention_counts_too() -> None:
    kept = Retention(id="T1", case="K1", until=None, law="Act 1", limitation=at("2019-01"))
    assert triage(CaseFile(id="K1", retention=(kept,)), NOW).limit.over is True


def test_witnesses_who_all_died_are_no_living_witness() -> None:
    """One by a statement, one by a record of presence, one born 116 years ago or more."""
    file = CaseFile(
        id="K1",
        involvements=tuple(
            Involvement(id=f"I{n}", person=f"W{n}", case="K1", role=Role.WITNESS) for n in range(3)
        ),
        of_people=Frozen({
            "W0": (said("died", "1999", of=Ref("person", "W0")),),
            "W2": (said("born", "1909", of=Ref("person", "W2")),),
        }),
        presences=(
            Presence(id="P1", person="W1", presence=PresenceKind.DEAD, during=at("2001/..")),
        ),
    )  # fmt: skip
    assert answers(triage(file, NOW))["witness"] == "no"


def test_orders_and_places() -> None:
    """K1 has 90; K2 5 (no limit); K0 0 to 100; K3 is closed and comes last by rule."""
    never = said("limitation", state=State.NOT_APPLICABLE)
    closed = said("status", "cleared by arrest")
    found = [
        triage(file, NOW)
        for file in (
            CaseFile(id="K0"),
            CaseFile(id="K3", statements=(closed, *RICH.statements)),
            RICH,
            CaseFile(id="K2", statements=(never,)),
            CaseFile(id="K4", statements=(said("limitation", "2020"),)),
            CaseFile(id="K5"),
        )
    ]
    assert [each.id for each in ordered(found, Order.RULE)] == ["K1", "K2", "K0", "K5", "K4", "K3"]
    assert places_by_rule(found) == {"K1": 1, "K2": 2, "K0": 3, "K5": 3, "K4": 5, "K3": 6}
    assert [each.id for each in ordered(found, Order.LIMITATION)] == [
        "K1", "K3", "K2", "K0", "K5", "K4",
    ]  # fmt: skip
    assert [each.id for each in ordered(found, Order.NUMBER)][:2] == ["K0", "K1"]
    text = triage_text(ordered(found, Order.RULE), places_by_rule(found))
    for words in ("90", "0 to 100", "K3 (closed)"):
        assert words in text


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    path = tmp_path / "u.reopen"
    lead = Actor(id="mara", name="Mara", standing=Standing.LEAD)
    guest = Actor(id="guest", name="Guest", standing=Standing.RESERVIST)
    with create_unit(path, name="U", actor=lead) as made, made.writing("mara") as writer:
        writer.put_many([
            guest, Case(id="K1"), Case(id="K2", title="Another"), Person(id="P1"),
            Involvement(id="I1", case="K1", person="P1", role=Role.WITNESS),
            said("died", "1999", of=Ref("person", "P1")),
            Exhibit(id="E1", case="K1"), Sample(id="S1", exhibit="E1"),
            CustodyEvent(id="C1", item="S1", event=EventKind.SEEN, at=at("2020")),
            Exhibit(id="E9", case="K9"),
            Grant(id="G1", actor="guest", case="K2", actions=(Action.READ,), during=at("2026/.."),
                  purpose="any work of the unit", given_by="mara"),
        ])  # fmt: skip
    return path


def test_one_case_reads_as_it_does_among_all(unit: Path) -> None:
    from reopen.store.unit import open_unit

    with open_unit(unit) as opened, opened.reading("mara") as reader:
        every = case_files(reader)
        assert sorted(every) == ["K1", "K2", "K9"]
        for id in every:
            assert case_file(reader, id) == every[id]
        assert [one.id for one in every["K1"].events] == ["C1"]
        assert [one.field for one in every["K1"].of_people["P1"]] == ["died"]
        plain = triage_plain([triage(every["K1"], NOW)], {"K1": 1})
        assert isinstance(plain, dict)
        assert len(plain["rule"]) == len(CRITERIA)


def test_what_somebody_may_not_see_gives_no_points(unit: Path) -> None:
    from reopen.store.unit import open_unit

    with open_unit(unit) as opened, opened.reading("guest") as reader:
        assert sorted(case_files(reader)) == ["K2"]
        with pytest.raises(UnknownName, match="There is no case 'K1'"):
            case_file(reader, "K1")
