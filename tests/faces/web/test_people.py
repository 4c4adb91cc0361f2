"""People, families and the unidentified: what is shown, hidden, and kept from who has no grant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faces.web.conftest import Browser

from reopen.faces.workbench.access import approve, give
from reopen.records.access import Actor, Marking, Sensitivity, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Involvement, Person, Relation, Role
from reopen.records.results import FoundLink
from reopen.records.statements import Statement
from reopen.records.stored import StoredFamily, StoredProfile
from reopen.records.times import Interval
from reopen.store.unit import open_unit

FAMILIES = b"""
[families.Quay]
mother = { sex = "female" }
father = { sex = "male" }
"lost son" = { sex = "male", father = "father", mother = "mother", missing = true }

[remains]
John-Doe = { sex = "male" }

[genotypes.mother]
D3S1358 = ["18", "18"]

[genotypes.John-Doe]
D3S1358 = ["18", "17"]
"""
SON = Ref("person", "Quay: lost son")
DOE = Ref("person", "John-Doe")


def said(id: str, of: Ref, field: str, value: str) -> Statement:
    return Statement(id=id, subject=of, field=field, value=value)


@pytest.fixture
def held(unit_file: Path) -> Path:
    with open_unit(unit_file) as unit:
        with unit.writing("mara") as writer:
            file = writer.put_file(FAMILIES, "families.toml")
            writer.put_many([
                Actor(id="second", name="Second Pair", standing=Standing.LEAD),
                Actor(id="anna", name="Anna Ek", standing=Standing.DETECTIVE),
                StoredFamily(id="Quay", file=file.id, content_hash="h1"),
                StoredProfile(id="John-Doe", purpose="unidentified", file=file.id,
                              content_hash="h2"),
                FoundLink(id="John-Doe x Quay: lost son", link="remains with family",
                          one="John-Doe", other="Quay", other_kind="family",
                          relation="missing member", weight_log10=7.25),
                said("S1", SON, "sex", "male"), said("S2", SON, "born", "1984"),
                said("S3", SON, "last_seen", "2009-08"), said("S4", SON, "height", "181"),
                said("S5", DOE, "sex", "male"), said("S6", DOE, "found", "2004"),
                said("S7", DOE, "height", "179"),
                said("S8", Ref("person", "P1"), "hair", "brown"),
                said("S9", Ref("person", "P1"), "hair", "black"),
                Relation(id="R1", one="P1", other="P9", relation="brother"),
                Case(id="K7"), Person(id="V7"),
                Involvement(id="I7", case="K7", person="V7", role=Role.VICTIM),
                Statement(id="N7", subject=Ref("person", "V7"), field="name",
                          value="Maria Testperson", note="Maria by her sister"),
                Marking(id="X7", subject=Ref("person", "V7"), classes=(Sensitivity.MINOR,),
                        at=Interval.parse("2026-01-01"), by="mara"),
            ])  # fmt: skip
        given = give(
            unit, "mara", "anna", purpose="any work of the unit", case="K7",
            classes=[Sensitivity.MINOR],
        )  # fmt: skip
        approve(unit, "second", given.record.id)
    return unit_file


def test_people_are_listed_with_names_and_cases(held: Path, client: Browser) -> None:
    page = client.json("/people")
    row = next(each for each in page["people"] if each["id"] == "P1")
    assert row["name"] == "A. Quillfeather"
    assert row["roles"] == [{"case": "K1", "role": "suspect", "during": ""}]
    assert [each["id"] for each in client.json("/people?words=p1")["people"]] == ["P1"]


def test_a_person_has_a_page(held: Path, client: Browser) -> None:
    page = client.json("/people/P1")
    assert [each["field"] for each in page["opposed"]] == ["hair"]
    assert page["relations"] == [["P9", "brother"]]
    text = client.get("/people/P1").text
    assert "brother" in text
    assert "disagrees with another" in text


def test_candidates_stand_side_by_side(held: Path, client: Browser) -> None:
    """Found in 2004 and seen alive in 2009: that cannot be. 181 and 179 cm are 2 cm apart."""
    block = client.json("/families")["candidates"][0]
    assert (block["missing"], block["remains"]) == ("Quay: lost son", "John-Doe")
    assert block["log10"] == 7.25
    assert block["against"] == ["dates"]
    by_field = {each["field"]: each["fit"] for each in block["fields"]}
    assert by_field["sex"] == "fits"
    assert by_field["height"] == "cannot tell"
    for path in ("/families", "/families/Quay", "/people/John-Doe"):
        assert "died before the other was last alive" in client.get(path).text


def test_a_family_has_its_pedigree_and_ages_that_move_on(held: Path, client: Browser) -> None:
    page = client.json("/families/Quay")
    assert page["pedigree"].startswith("<svg")
    assert [each["id"] for each in page["members"] if each["missing"]] == ["lost son"]
    assert [each["id"] for each in page["members"] if each["typed"]] == ["mother"]
    assert page["missing"][0]["age"].endswith("today, if living")
    assert "Pedigree" in client.get("/families/Quay").text


def test_a_childs_name_is_hidden_until_it_is_asked_for(
    held: Path, signed_in: Callable[[str], Browser]
) -> None:
    anna = signed_in("anna")
    for path in ("/people", "/people/V7", "/api/people", "/api/people/V7"):
        text = anna.get(path).text
        assert "Maria" not in text
        assert "name hidden" in text
    shown = anna.get("/people/V7?names=true").text
    assert "Maria Testperson" in shown
    assert "Maria by her sister" in shown


def test_who_is_known_by_a_profile_alone_is_not_called_unidentified(
    held: Path, client: Browser
) -> None:
    kinds = {"Doe-2": "unidentified", "DB-1": "database", "A1": "stain"}
    with open_unit(held) as unit, unit.writing("mara") as writer:
        for id, purpose in kinds.items():
            writer.put(StoredProfile(id=id, purpose=purpose, file="f", content_hash=id))
    shown = {id: client.json(f"/people/{id}")["kind"] for id in (*kinds, "P1")}
    assert shown == {
        "Doe-2": "unidentified", "DB-1": "known from other records alone",
        "A1": "known from other records alone", "P1": "person",
    }  # fmt: skip


def test_people_are_found_by_name(
    held: Path, client: Browser, signed_in: Callable[[str], Browser]
) -> None:
    with open_unit(held) as unit, unit.writing("mara") as writer:
        writer.put_many([
            Person(id="Quill-1"),
            said("M1", Ref("person", "P2"), "name", "Bo Quillon"), Person(id="P2"),
            said("M2", Ref("person", "P2"), "alias", "Quillet"),
            said("M3", Ref("person", "Quill-1"), "name", "Ida Quill"),
            said("M4", Ref("person", "P3"), "hair", "quill"), Person(id="P3"),
        ])  # fmt: skip

    def found(words: str, who: Browser = client) -> list[str]:
        return [each["id"] for each in who.json(f"/people?words={words}")["people"]]

    assert found("quill") == ["P1", "Quill-1", "P2"]
    assert found("QUILLFEATHER a.") == ["P1"]
    assert found("quillet") == found("quillon p2") == ["P2"]
    assert found("quillet bo") == []  # two names, neither of which has both
    assert found("testperson", signed_in("anna")) == []  # kept back until it is asked for
    assert found("v7", signed_in("anna")) == ["V7"]
    assert found("quill", signed_in("stranger")) == []


def test_names_are_looked_through_in_part_and_gone_on_with(
    held: Path, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.json("/people?words=quillfeather")
    assert ([each["id"] for each in whole["people"]], whole["all"]) == (["P1"], True)
    monkeypatch.setattr("reopen.faces.workbench.people.LOOKED_THROUGH", 1)
    seen, after, pages = [], "", 0
    while after is not None:
        page = client.json(
            f"/people?words=quillfeather&after={after}"
            if after != ""
            else "/people?words=quillfeather"
        )
        seen += [each["id"] for each in page["people"]]
        after, pages = page["next"], pages + 1
        assert page["all"] == (after is None)
    assert seen == ["P1"]
    assert pages > 3


def test_candidates_are_shown_page_by_page(
    held: Path, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_unit(held) as unit, unit.writing("mara") as writer:
        writer.put(FoundLink(
            id="Jane-Doe x Quay: lost son", link="remains with family", one="Jane-Doe",
            other="Quay", other_kind="family", relation="missing member", weight_log10=5.5,
        ))  # fmt: skip
    assert client.json("/families")["total"] == 2
    monkeypatch.setattr("reopen.faces.web.shown.people.MOST", 1)
    first, second = (client.json(f"/families?start={n}") for n in (0, 1))
    assert [each["candidates"][0]["log10"] for each in (first, second)] == [7.25, 5.5]
    assert 'rel="next"' in client.get("/families").text


def test_who_has_no_grant_sees_nobody(held: Path, signed_in: Callable[[str], Browser]) -> None:
    stranger = signed_in("stranger")
    assert stranger.json("/people")["people"] == []
    assert stranger.json("/people?words=P1")["people"] == []
    nothing = stranger.json("/families")
    assert [nothing[name] for name in ("families", "unidentified", "candidates", "total")] == [
        [],
        [],
        [],
        0,
    ]
    for path in ("/people/P1", "/people/John-Doe", "/families/Quay"):
        gone = stranger.get("/api" + path)
        none = stranger.get("/api" + path.rpartition("/")[0] + "/nobody")
        assert gone.status_code == none.status_code == 404
        assert gone.json()["rule"] == none.json()["rule"]
