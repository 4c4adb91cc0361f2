"""Series in a unit: found with what earlier searches linked, kept, told to whom they are for.

Three loci with frequencies of 0.1: everybody here has a random match probability of 4e-6, so each
trace that one donor left beside another adds 5.4 to the log10 LR.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import (
    ANNA,
    BERT,
    LOG10_LR,
    PLAIN,
    population,
    references,
    stain,
)

from reopen.records.access import Action, Actor, Grant, Marking, Sensitivity, Standing
from reopen.records.base import Record
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role, Sample
from reopen.records.findings import Finding
from reopen.records.laboratory import Batch, Well, WellKind
from reopen.records.series import FoundSeries
from reopen.records.times import Interval
from reopen.store.unit import open_unit

WORK = "any work of the unit"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Traces of Anna's in two cases; Bert is on file, and nothing else joins them."""
    path = tmp_path / "harbour.reopen"
    run("init", path, "--as", "mara")
    put(path, [*case("K1", "A1", "1987-03-14"), *case("K2", "B1", "1985-06-01"), Person(id="bert")])
    people = references(tmp_path / "on file.csv", {"bert": BERT})
    files = [stain(tmp_path, name, ANNA) for name in ("A1", "B1")]
    assert run("import", path, *files, "--references", people).code == 0
    return path


def case(id: str, trace: str, day: str) -> list[Record]:
    exhibit = f"{id}-E1"
    return [
        Case(id=id),
        Exhibit(id=exhibit, case=id, collected=Interval.parse(day)),
        Sample(id=trace, exhibit=exhibit, case=id),
    ]


def put(path: Path, records: Iterable[Record]) -> None:
    with open_unit(path) as unit, unit.writing("mara", reason="test") as writer:
        writer.put_many(records)


def link(unit: Path, *words: object) -> Said:
    terms = ("--population", population(unit.parent), *PLAIN)
    said = run("link", unit, *terms, *words, "--as", "mara", "--json")
    assert said.code == 0, said.err
    return said


def series(unit: Path, *words: object) -> Said:
    said = run("series", unit, *words, *(() if "--as" in words else ("--as", "mara")))
    assert said.code == 0, said.err
    return said


def convicted(person: str, of: str = "K1", role: Role = Role.CONVICTED) -> Involvement:
    return Involvement(id=f"{of}-{person}-{role}", person=person, case=of, role=role)


def approved_by_theo(unit: Path) -> None:
    """Mara's own grant, which opens sensitive classes once a second actor has seen it."""
    said = run("access", "approve", unit, "first-mara", "--as", "theo")
    assert said.code == 0, said.err


def test_two_traces_of_one_donor_are_a_series_with_its_terms(unit: Path) -> None:
    (kept,) = link(unit).json["series"]
    assert kept["profiles"] == ["A1", "B1"]
    assert kept["weight_log10"] == pytest.approx(LOG10_LR, abs=0.01)
    (listed,) = series(unit, "--json").json
    assert listed["id"] == kept["id"]
    one = series(unit, "B1", "--json").json
    assert one["series"]["id"] == kept["id"]
    assert one["terms"]["log10"] == kept["weight_log10"]
    assert one["terms"]["per_locus"].keys() == {"TH01", "vWA", "FGA"}
    assert [member["case"] for member in one["terms"]["members"]] == ["K1", "K2"]
    assert one["taken"] == {"A1": "1987-03-14", "B1": "1985-06-01"}
    text = series(unit, kept["id"]).out
    assert text.index("1985-06-01") < text.index("1987-03-14")
    assert "2 traces of 2 cases" in series(unit, "A1").out
    assert run("why", unit, "A1", "B1", "--json").json["series"] == [kept["id"]]
    assert kept["id"] in run("why", unit, "A1", "B1").out


def test_a_later_trace_joins_by_links_of_earlier_searches(unit: Path) -> None:
    """Three traces of one donor, against three donors: twice the weight of a match."""
    (pair,) = link(unit).json["series"]
    run("import", unit, stain(unit.parent, "C1", ANNA))
    (whole,) = link(unit).json["series"]
    assert whole["profiles"] == ["A1", "B1", "C1"]
    assert whole["weight_log10"] == pytest.approx(2 * LOG10_LR, abs=0.02)
    assert whole["holds_by_log10"] == pytest.approx(LOG10_LR, abs=0.01)
    assert [each["id"] for each in series(unit, "--json").json] == [whole["id"]]
    assert series(unit, pair["id"], "--json").json["terms"]["log10"] == pair["weight_log10"]

    at_once = unit.parent / "whole.reopen"
    run("init", at_once, "--as", "mara")
    run("import", at_once, *(unit.parent / f"{name}.csv" for name in ("A1", "B1", "C1")))
    (same,) = link(at_once).json["series"]
    assert same["id"] == whole["id"]
    assert same["weight_log10"] == pytest.approx(whole["weight_log10"], abs=1e-6)


def test_a_series_that_has_not_changed_is_not_kept_again(unit: Path) -> None:
    link(unit)
    run("import", unit, "--references", references(unit.parent / "more.csv", {"cleo": BERT}))
    again = link(unit).json
    assert again["new"] == ["cleo"]
    assert again["series"] == []
    assert len(series(unit, "--json").json) == 1


def test_a_series_that_other_terms_do_not_reach_stands_no_more(unit: Path) -> None:
    (kept,) = link(unit).json["series"]
    link(unit, "--least", "9")
    assert series(unit, "--json").json == []
    assert "Found no more by link-" in series(unit, kept["id"]).out


def test_redo_compares_series_too(unit: Path) -> None:
    link(unit)
    run("import", unit, stain(unit.parent, "C1", ANNA))
    link(unit)
    before = run("redo", unit, "last", "--json")
    assert before.code == 0, before.out
    assert before.json["series"] == 1
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        last = max(reader.all(FoundSeries), key=lambda one: len(one.profiles))
    changed = {"profiles": (*last.profiles, "bert"), "contributors": (*last.contributors, "typed")}
    forged = FoundSeries(**{**{n: getattr(last, n) for n in last.__slots__}, **changed, "id": "x"})
    put(unit, [forged])
    said = run("redo", unit, "last", "--json")
    assert said.code == 1
    # what was told then is not there now, and the other way round
    assert {each["link"] for each in said.json["differences"]} == {"x", last.id}


# Solved cases.


def test_a_conviction_of_somebody_who_is_not_the_donor_is_an_alert(unit: Path) -> None:
    put(unit, [convicted("bert")])
    (alert,) = link(unit).json["alerts"]
    assert alert["case"] == "K1"
    assert alert["helps_defence"]
    assert {ref["id"] for ref in alert["records"]} >= {"K1-bert-convicted", "bert"}
    assert "bert was convicted in case K1, whose trace A1 is in the series" in alert["sentence"]
    assert alert["sentence"] in " ".join(series(unit).out.split())
    assert f"A search asks (rule SERIES): {alert['sentence']}" in run("innocence", unit, "K1").out
    audit = run("audit", unit, "--no-keep", "--json")
    assert [each["id"] for each in audit.json["series"]] == [alert["id"]]
    assert alert["id"] in run("audit", unit, "--no-keep").out
    closed = run("dispose", unit, alert["id"], "--outcome", "referred", "--reason", "To the court")
    assert closed.code == 0, closed.err
    assert "referred: To the court" in " ".join(series(unit).out.split())
    assert run("audit", unit, "--no-keep", "--json").json["series"] == []


def test_a_conviction_that_comes_in_later_is_looked_at(unit: Path) -> None:
    assert link(unit).json["alerts"] == []
    put(unit, [convicted("bert")])
    again = run("link", unit, "--json").json
    assert again["new"] == []
    assert len(again["alerts"]) == 1
    assert run("link", unit, "--json").json["run"] is None


def test_the_donor_convicted_and_the_victim_are_no_alerts(unit: Path) -> None:
    put(unit, [convicted("bert"), Person(id="anna"), convicted("anna", role=Role.VICTIM)])
    run("import", unit, "--references", references(unit.parent / "anna.csv", {"anna": ANNA}))
    assert link(unit).json["alerts"] == []
    put(unit, [convicted("anna", "K2")])
    assert run("link", unit, "--json").json["alerts"] == []


def test_an_alert_is_for_those_who_may_know_of_the_person(unit: Path) -> None:
    """Theo sees both cases and their series, but no record of a minor."""
    add = [Actor(id="theo", name="Theo", standing=Standing.DETECTIVE)]
    grants = [
        Grant(id=f"g-{id}", actor="theo", case=id, actions=(Action.READ,), given_by="mara",
              purpose=WORK, during=Interval.parse("1990/.."))
        for id in ("K1", "K2")
    ]  # fmt: skip
    minor = Marking(
        id="m1", subject=Person(id="bert").ref, classes=(Sensitivity.MINOR,), by="mara",
        at=Interval.parse("1990"), reason="Was fifteen",
    )  # fmt: skip
    put(unit, [*add, *grants, convicted("bert"), minor])
    approved_by_theo(unit)
    (alert,) = link(unit).json["alerts"]
    for who, seen in (("mara", True), ("theo", False)):
        with open_unit(unit) as opened, opened.reading(who) as reader:
            assert [one.id for one in reader.all(FoundSeries)] != []
            assert ([one.id for one in reader.all(Finding)] == [alert["id"]]) is seen
        told = " ".join(series(unit, "A1", "--as", who).out.split())
        assert (alert["id"] in told) is seen
        assert ("bert" in told) is seen


def test_a_batch_that_traces_shared_is_told_with_what_remains(unit: Path) -> None:
    wells = [
        Well(id=f"W{trace}", batch="P7", well=place, content=WellKind.SAMPLE, sample=trace,
             case=of)
        for trace, place, of in (("A1", "A1", "K1"), ("B1", "A2", "K2"))
    ]  # fmt: skip
    put(unit, [Batch(id="P7"), *wells])
    run("import", unit, stain(unit.parent, "C1", ANNA))
    link(unit)
    terms = series(unit, "A1", "--json").json["terms"]
    (batch,) = [one for one in terms["explanations"] if one["batch"]]
    assert batch["groups"] == [["A1", "B1"], ["C1"]]
    assert batch["log10"] is None  # no prior was stated, so that there are no odds
    assert batch["remaining"] == pytest.approx(LOG10_LR, abs=0.01)
    # 2 of 5,000 samples a year meet so by chance; 0.9 of contaminations need it
    assert "raises the odds of contamination 2 200 times" in batch["remark"].replace("\u202f", " ")


def test_staff_is_told_beside_a_series_to_those_who_may_see_it(unit: Path) -> None:
    add = Actor(id="theo", name="Theo", standing=Standing.DETECTIVE)
    grant = Grant(
        id="g", actor="theo", actions=(Action.READ,), given_by="mara", purpose=WORK,
        during=Interval.parse("1990/.."),
    )  # fmt: skip
    staff = references(unit.parent / "staff.csv", {"dr-glove": ANNA})
    run("import", unit, "--staff", staff)
    put(unit, [add, grant])
    approved_by_theo(unit)
    (kept,) = link(unit).json["series"]
    assert kept["profiles"] == ["A1", "B1"]  # staff make no series
    assert "dr-glove of the staff is linked with the donor's own part" in " ".join(
        series(unit, "A1").out.split()
    )
    assert "dr-glove" not in series(unit, "A1", "--as", "theo").out
