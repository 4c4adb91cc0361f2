"""The board, its filters and its nodes; links and why; series: what is shown, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from fastapi import FastAPI
from tests.faces.web.conftest import HELD, MARA, Browser
from tests.faces.web.linked_unit import (
    LINK,
    PER_LOCUS,
    SERIES_FOUND,
    WEAK,
    WITH_BO,
    add_links,
)

from reopen.records.cases import Case
from reopen.store.unit import create_unit, open_unit

SUSPECTS = ("person:bo", "person:P1")
"""Of K1: Bo is linked with it, the other is there for the role alone."""

SignedIn = Callable[[str], Browser]
OTHER_NAMES = ("glove", "brass", "T1", "T2", "T3", "X1", "bo", "series-")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unit") / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    add_links(path)
    return path


@pytest.fixture
def unit_file(made: Path, tmp_path: Path) -> Path:
    return Path(copy(made, tmp_path))


def nodes(board: Any) -> set[str]:
    return {each["id"] for each in board["nodes"]}


def links(board: Any) -> list[str]:
    return [each["id"] for each in board["links"]]


def looks(unit_file: Path) -> int:
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        return reader.counts()["read_event"]


def test_links_join_what_their_profiles_were_made_of(client: Browser) -> None:
    board = client.json("/board")
    cases = {f"case:K{k}" for k in (1, 2, 3)}
    assert nodes(board) == {*cases, *(f"exhibit:X{k}" for k in (1, 2, 3)), *SUSPECTS}
    assert links(board) == [LINK, WITH_BO, WEAK]
    by_id = {each["id"]: each for each in board["links"]}
    assert (by_id[LINK]["one"], by_id[LINK]["other"]) == ("exhibit:X1", "exhibit:X2")
    assert (by_id[WITH_BO]["one"], by_id[WITH_BO]["other"]) == ("exhibit:X1", "person:bo")
    # Steps begin at 4, 6, 9 and 12.
    assert [by_id[each]["strength"] for each in (LINK, WITH_BO, WEAK)] == [2, 2, 1]
    assert [by_id[each]["nature"] for each in (LINK, WITH_BO)] == ["same", "relative"]
    ties = {(each["one"], each["says"], each["other"]) for each in board["ties"]}
    assert ties == {
        *((f"exhibit:X{k}", "taken in", f"case:K{k}") for k in (1, 2, 3)),
        *((person, "suspect", "case:K1") for person in SUSPECTS),
    }
    (series,) = board["series"]
    assert series["nodes"] == ["exhibit:X1", "exhibit:X2", "exhibit:X3"]


def test_the_area_of_a_series_goes_around_its_nodes(client: Browser) -> None:
    board = client.json("/board")
    (series,) = board["series"]
    at = {each["id"]: (each["x"], each["y"]) for each in board["nodes"]}
    for node in series["nodes"]:
        x, y = at[node]
        assert abs(x - series["x"]) < series["width"] / 2
        assert abs(y - series["y"]) < series["height"] / 2
    assert {abs(x) for x, _ in series["corners"]} <= {x / 1000 for x in range(1001)}
    assert max(abs(x) for x, _ in series["corners"]) == 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("least=5", [LINK]),
        ("least=", [LINK, WITH_BO, WEAK]),
        ("relation=full siblings", [WITH_BO]),
        (f"series={SERIES_FOUND.id}", [LINK, WEAK]),
        ("series=none", []),
        ("words=brass", [WEAK]),
        ("words=X1 glove", [LINK]),
        ("from=1987-02&to=1987-04", [LINK, WITH_BO]),  # the offence in K1: March 1987
        ("from=1990", [WEAK]),  # K3 was reported in 1991
        ("to=1980", []),
    ],
)  # fmt: skip
def test_a_part_is_asked_for_and_lies_where_it_lay(
    client: Browser, query: str, shown: list[str]
) -> None:
    part = client.json(f"/board?{query}")
    whole = client.json("/board")
    assert links(part) == shown
    at = {each["id"]: (each["x"], each["y"]) for each in whole["nodes"]}
    assert all((each["x"], each["y"]) == at[each["id"]] for each in part["nodes"])


def test_a_time_says_which_cases_have_no_date(client: Browser) -> None:
    assert client.json("/board?from=1900")["undated"] == 1  # nothing says when K2 happened
    assert client.json("/board")["undated"] == 0
    assert "1 case left out" in client.get("/?from=1900").text


@pytest.mark.parametrize("query", ["from=yesterday", "from=1990&to=1980", "least=nan", "least=x"])
def test_what_cannot_be_understood_is_refused(client: Browser, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 422
    assert client.get(f"/api/board?{query}").status_code == 422


def test_the_page_has_the_same_nodes_and_links_as_a_list(client: Browser) -> None:
    page = client.get("/").text
    board = client.json("/board")
    for each in board["nodes"]:
        assert f'data-id="{each["id"]}"' in page
    for each in board["links"]:
        assert f'data-id="link:{each["id"]}"' in page
    assert "8 nodes, 3 links, 1 series" in " ".join(page.split())
    assert "style=" not in page


def test_names_from_files_stay_text(client: Browser, unit_file: Path) -> None:
    evil = "</script><script>alert(1)</script>"
    with open_unit(unit_file) as unit, unit.writing("mara", reason="renamed") as writer:
        writer.put(Case(id="K2", title=evil))
    assert evil not in client.get("/").text
    assert any(each["says"] == evil for each in client.json("/board")["nodes"])


def test_places_are_kept_and_laid_out_anew_when_asked(client: Browser, app: FastAPI) -> None:
    before = client.json("/board")
    state = app.state.shared.state
    state.run("UPDATE node_place SET x = 1234 WHERE node = 'case:K1'")
    moved = client.json("/board")
    assert next(each["x"] for each in moved["nodes"] if each["id"] == "case:K1") == 1234
    assert client.post("/board/anew").status_code == 303
    assert client.json("/board") == before


def test_each_actor_has_their_own_places(signed_in: SignedIn, app: FastAPI) -> None:
    mara, state = signed_in("mara"), app.state.shared.state
    before = mara.json("/board")
    state.run("INSERT INTO node_place SELECT 'reed', node, x + 500, y FROM node_place")
    assert mara.json("/board") == before
    mara.post("/board/anew")
    (kept,) = state.rows("SELECT DISTINCT actor FROM node_place")
    assert kept["actor"] == "reed"
    assert mara.json("/board") == before


def test_a_node_tells_what_hangs_on_it(client: Browser) -> None:
    node = client.json("/board/exhibit/X1")
    assert node["says"] == "thing 1"
    assert node["where"] == "/evidence/X1"
    assert [each["id"] for each in node["links"]] == [LINK, WITH_BO]
    case = client.json("/board/case/K1")
    assert [each["id"] for each in case["links"]] == [LINK, WITH_BO]
    assert {each["says"] for each in case["ties"]} == {"taken in", "suspect"}
    assert [id for id, _ in case["series"]] == [SERIES_FOUND.id]
    page = client.get("/board/case/K1").text
    assert "<bdi>X1</bdi> and <bdi>X2</bdi>" in page


def test_who_may_see_nothing_learns_nothing(signed_in: SignedIn) -> None:
    stranger = signed_in("stranger")
    board = stranger.json("/board")
    for name in ("nodes", "links", "ties", "series", "relations", "every_series"):
        assert board[name] == []
    page = stranger.get("/").text
    assert "There is no link that you may see" in page
    for listing in ("/", "/links", "/series"):
        text = stranger.get(listing).text
        assert not [name for name in OTHER_NAMES if f">{name}" in text], listing
    assert stranger.json("/links")["total"] == 0
    assert stranger.json("/series")["series"] == []


@pytest.mark.parametrize(
    ("there", "not_there"),
    [
        ("/board/case/K1", "/board/case/K9"),
        ("/board/person/bo", "/board/person/no"),
        (f"/links/{LINK}", "/links/T8 x T9"),
        (f"/series/{SERIES_FOUND.id}", "/series/series-000000000000"),
        ("/series/T1", "/series/T9"),
    ],
)
def test_a_guessed_address_says_no_more_than_an_invented_one(
    signed_in: SignedIn, there: str, not_there: str
) -> None:
    stranger = signed_in("stranger")
    assert signed_in("mara").get(there).status_code == 200
    for prefix in ("", "/api"):
        real, invented = stranger.get(prefix + there), stranger.get(prefix + not_there)
        assert real.status_code == invented.status_code == 404
        name, other = there.rpartition("/")[2], not_there.rpartition("/")[2]
        if not prefix:
            assert f"no {there.split('/')[1]}" in real.text or "There is no" in real.text
        else:
            told = real.json()["seen"].replace(name, other).replace(LINK, "T8 x T9")
            assert told == invented.json()["seen"]
            assert real.json()["rule"] == invented.json()["rule"]


def test_who_may_see_one_case_sees_no_link_into_another(signed_in: SignedIn) -> None:
    reed = signed_in("reed")  # has a grant for K2 alone
    assert reed.get("/cases/K2").status_code == 200
    board = reed.json("/board")
    assert board["nodes"] == []
    assert board["links"] == []
    assert board["every_series"] == []
    assert reed.get(f"/links/{LINK}").status_code == 404


def test_something_new_is_told_and_asking_is_no_look(client: Browser, unit_file: Path) -> None:
    client.json("/board")
    before, seen = client.json("/changes"), looks(unit_file)
    assert client.json("/changes") == before
    assert looks(unit_file) == seen
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put(Case(id="K4"))
    assert client.json("/changes")["newest"] > before["newest"]


def test_nobody_asks_for_changes_without_signing_in(opened: Any) -> None:
    assert opened.get("/api/changes").status_code == 401
    assert opened.get("/api/board").status_code == 401


def test_why_says_what_would_break_a_link(client: Browser) -> None:
    why = client.json(f"/links/{LINK}")
    told = why["breaks"]
    assert told[0] == (
        "vWA carries most, 3.00. Without it the log10 LR is 2.50, with both propositions as they "
        "were fitted."
    )
    assert (
        "Without its strongest locus it would be below 3.00, the least that the search lists."
        in told
    )
    assert "Against it speaks D3S1358: \N{MINUS SIGN}0.50." in told
    assert "It was not weighed again in full: the search's number stands alone." in told
    assert isclose(sum(PER_LOCUS.values()), 5.5)
    assert why["drawn"]["log10"] == 5.5
    assert list(why["drawn"]["terms"]) == ["vWA", "FGA", "TH01", "D3S1358"]
    assert why["assumed"] == {"Allele frequencies": "Atlantis", "Coancestry theta": "0.01"}
    assert why["models"] == {"Kit": {"threshold_rfu": "50", "back_stutter": "yes"}}
    assert [each["rule"] for each in why["findings"]] == ["C1"]
    (series,) = why["series"]
    assert "It holds by 3.50" in " ".join(series["told"])


def test_why_counts_the_lower_of_two_numbers_with_its_own_terms(client: Browser) -> None:
    why = client.json(f"/links/{WITH_BO}")
    assert why["drawn"]["in_full"]
    assert why["drawn"]["log10"] == 4.9
    assert why["drawn"]["terms"]["which contributor it is"] == pytest.approx(-0.3)
    assert (
        "A fit behind the number weighed in full did not settle: do not rely on it."
        in why["breaks"]
    )
    assert not any("differ by" in each for each in why["breaks"])  # 0.6 is not much
    assert why["fits"][0] == {
        "role": "numerator", "proposition": "bo + 1 unknown person", "proportions": [0.75, 0.25],
        "ending": "It ran out of steps.",
    }  # fmt: skip


def test_a_link_says_whether_its_traces_are_in_a_series(client: Browser) -> None:
    in_one, in_none = (client.get(f"/links/{link}").text for link in (LINK, WITH_BO))
    assert "In a series of" in in_one
    assert "In no series" not in in_one
    assert "In no series together" in in_none
    assert "In a series of" not in in_none


def test_the_why_page_draws_its_terms_and_tells_the_same(client: Browser) -> None:
    page = client.get(f"/links/{LINK}").text
    assert page.count("<svg") == 1
    assert "style=" not in page
    for words in (
        "vWA carries most",
        "Atlantis",
        "few loci",
        "No custody event of X2.",
        "reopen redo UNIT link-20260101",
        "Terms by locus",
    ):
        assert words in page  # fmt: skip
    assert 'href="/series/' in page


def test_links_are_listed_the_strongest_first_from_a_least(client: Browser) -> None:
    assert [each["id"] for each in client.json("/links")["links"]] == [LINK, WITH_BO, WEAK]
    assert [each["id"] for each in client.json("/links?least=5")["links"]] == [LINK]
    assert client.json("/links?least=")["total"] == 3
    assert "No link that you may see is so strong" in client.get("/links?least=99").text


def test_series_are_listed_with_convictions_to_be_looked_at(client: Browser) -> None:
    (series,) = client.json("/series")["series"]
    assert series["id"] == SERIES_FOUND.id
    assert series["holds_by_log10"] == 3.5
    assert series["over_brothers_log10"] == 1.5
    assert [each["sentence"] for each in series["alerts"]] == [
        "Bo was convicted in case K1, and is not the donor."
    ]
    assert "A conviction to be looked at." in client.get("/series").text


def test_a_series_says_what_holds_it_and_what_else_explains_it(client: Browser) -> None:
    series = client.json(f"/series/{SERIES_FOUND.id}")
    told = " ".join(series["held_by"])
    assert "It holds by 3.50" in told
    assert "the only link joins T2 with T3, log10 LR 3.20" in told
    assert [each["name"] for each in series["traces"]] == ["T1", "T2", "T3"]
    assert series["cut"] == 2  # T3 is alone on its side
    assert series["pairs"] == [
        {"one": 1, "other": 2, "log10": 5.5}, {"one": 2, "other": 3, "log10": 3.2},
    ]  # fmt: skip
    assert [each["by"] for each in series["explanations"]][:2] == [
        "one donor", "two full brothers or sisters",
    ]  # fmt: skip
    page = client.get(f"/series/{SERIES_FOUND.id}").text
    assert "<svg" in page
    assert "style=" not in page
    assert "Has the suspect brothers or sisters?" in page
    assert client.json("/series/T2")["line"]["id"] == SERIES_FOUND.id  # by one of its profiles
