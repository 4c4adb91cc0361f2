"""Stains: who sees them, what is shown of them, and weighing one.

Numbers are worked out by hand (see `unit_files`); a full sibling's are of NRC II 1996, table 4.2.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from math import log10
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from tests.faces.unit_files import LOG10_LR
from tests.faces.web.conftest import Browser
from tests.faces.web.dna_unit import READS, asked, dna_unit, finished, no_processes, result_of

from reopen.records.access import Actor, ReadEvent, Standing
from reopen.store.unit import open_unit

OUR_PAGES = ("/stains", "/stains?purpose=", "/stains?words=A1")


def main_of(answer: Any) -> str:
    """What a page says, without the session's tokens."""
    text: str = answer.text
    return text[text.index("<main") : text.index("</main>")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dna_unit(tmp_path_factory.mktemp("dna"))


@pytest.fixture
def unit_file(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / made.name))


@pytest.fixture(autouse=True)
def here(app: FastAPI) -> None:
    no_processes(app)


def test_the_list_has_stains_first_and_others_by_purpose(client: Browser) -> None:
    page = client.json("/stains")
    assert [one["id"] for one in page["profiles"]] == ["A1", "B1"]
    assert page["profiles"][0]["cases"] == ["K1"]
    assert page["held"] == 4
    people = client.json("/stains?purpose=database")
    assert [one["id"] for one in people["profiles"]] == ["anna", "bert"]
    assert client.json("/stains?purpose=&words=ann")["profiles"][0]["id"] == "anna"
    assert "No profile that you may see" in client.get("/stains?words=nobody").text


def test_a_longer_list_goes_on_where_it_ended(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reopen.faces.web.shown.stains.MOST", 1)
    first = client.json("/stains")
    second = client.json(f"/stains?after={first['on']}")
    assert [one["id"] for one in (*first["profiles"], *second["profiles"])] == ["A1", "B1"]
    assert second["on"] is None


def test_a_name_is_found_without_looking_through_all(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reopen.faces.web.shown.stains._LOOKED_THROUGH", 1)
    page = client.json("/stains?purpose=&words=bert")
    assert [one["id"] for one in page["profiles"]] == ["bert"]
    assert page["on"] is not None


def test_a_stain_is_shown_with_what_the_search_found(client: Browser) -> None:
    page = client.json("/stains/A1")
    heights = {(one["locus"], one["allele"]): one["height_rfu"] for one in page["peaks"]}
    assert heights["FGA", "16"] == 2000
    (link,) = page["links"]
    assert {link["one"]["id"], link["other"]["id"]} == {"A1", "anna"}
    assert page["ask"]["people"] == ["anna", "bert"]
    called = {one["locus"]: one["contributors"][0][0] for one in page["apart"]["genotypes"]}
    assert called["TH01"][0] == "10/12"
    assert called["TH01"][1] > 0.99
    html = client.get("/stains/A1").text
    assert "<svg" in html
    assert "style=" not in html
    assert "Take it apart" not in html


def test_a_typed_person_is_shown_with_alleles(client: Browser) -> None:
    page = client.json("/stains/anna")
    assert dict(page["alleles"]) == {"TH01": "10, 12", "vWA": "14, 17", "FGA": "16, 16"}
    assert page["ask"] is None
    assert "Weigh a person" not in client.get("/stains/anna").text


def test_a_stain_that_no_search_had_can_be_taken_apart(client: Browser, app: FastAPI) -> None:
    assert "Take it apart" in client.get("/stains/B1").text
    address = asked(client.post("/stains/B1/apart"))
    assert result_of(finished(app, address))["contributors"] == 1
    assert 'href="/stains/B1#contributors"' in client.get(address).text
    page = client.json("/stains/B1")
    assert page["apart"]["settled"]
    assert page["works"][0]["stage"] == "done"


def test_a_weighing_is_asked_for_and_shown(client: Browser, app: FastAPI) -> None:
    answer = client.post("/stains/A1/weigh", suspect="anna", contributors="1")
    work = finished(app, asked(answer))
    found = result_of(work)
    assert found["weighing"]["ratio"]["log10"] == pytest.approx(LOG10_LR, abs=0.01)
    html = client.get(f"/runs/{work.id}").text
    assert found["shown"]["log10"] in html
    assert found["shown"]["sentence"] in html
    assert "extremely strong" not in html  # log10 of 5.4 is very strong
    assert f'href="/reports/{work.id}/report.html"' in html
    assert client.json(f"/runs/{work.id}")["result"]["shown"]["suspect"] == "anna"


def test_a_weighing_against_a_sibling(client: Browser, app: FastAPI) -> None:
    answer = client.post(
        "/stains/A1/weigh", suspect="anna", contributors="1", relation="full siblings"
    )
    het, hom = (1 + 0.1 + 0.1 + 2 * 0.1 * 0.1) / 4, (1 + 0.1) ** 2 / 4
    found = result_of(finished(app, asked(answer)))
    assert found["weighing"]["ratio"]["log10"] == pytest.approx(-log10(het * het * hom), abs=0.01)


def test_a_closer_look_is_shown_as_the_report_has_it(client: Browser, app: FastAPI) -> None:
    answer = client.post(
        "/stains/A1/weigh", suspect="anna", contributors="1", sensitivity="yes",
        other_populations="NIST 1036 Caucasian", non_contributors="yes", refits="5", seed="3",
    )  # fmt: skip
    work = finished(app, asked(answer))
    found = result_of(work)
    shown, data = found["shown"], found["weighing"]
    effects = {(one["assumption"], one["value"]) for one in data["sensitivity"]["effects"]}
    assert {(row[0].lower(), row[1]) for row in shown["sensitivity"]["changes"]} == {
        (name.lower(), value) for name, value in effects
    }
    assert any("Caucasian" in row[1] for row in shown["sensitivity"]["changes"])
    assert shown["sensitivity"]["picture"].startswith("<svg")
    assert shown["non_contributors"]["picture"].startswith("<svg")
    html = client.get(f"/runs/{work.id}").text
    assert "Changed assumptions" in html
    assert "Random people in the place" in html
    assert " style=" not in html.partition("<main")[2]


def test_a_weighing_by_alleles_alone(client: Browser, app: FastAPI) -> None:
    """All of Anna's alleles are seen, and no other: without drop-out one over the random match
    probability, but for what drop-in of one in a thousand could explain."""
    answer = client.post(
        "/stains/A1/weigh", suspect="anna", contributors="1", model="seen", dropout="0"
    )
    work = finished(app, asked(answer))
    found = result_of(work)
    assert found["weighing"]["ratio"]["log10"] == pytest.approx(LOG10_LR, abs=0.01)
    assert len(found["shown"]["per_locus"]) == 3
    html = client.get(f"/runs/{work.id}").text
    assert "which alleles were seen alone" in html
    assert found["shown"]["sentence"] in html
    assert "drop-out 0" in html
    assert client.get(f"/reports/{work.id}/weighing.json").status_code == 200
    assert client.json("/reports")["reports"][0]["work"]["id"] == work.id


def test_other_settings_than_the_last_searchs(client: Browser, app: FastAPI) -> None:
    """By hand, after NRC II 1996, equations 4.10, with theta 0.1 and alleles of 0.1."""
    ask = client.json("/stains/A1")["ask"]
    assert (ask["theta"], ask["drop_in"], ask["threshold_rfu"]) == ("0", "0.001", "50")
    assert ask["contributors"] == [1, 2, 3, 4, 5, 6]
    answer = client.post("/stains/A1/weigh", suspect="anna", contributors="1", theta="0.1")
    found = result_of(finished(app, asked(answer)))
    below = 1.1 * 1.2
    het = 2 * (0.1 + 0.9 * 0.1) ** 2 / below
    hom = (2 * 0.1 + 0.9 * 0.1) * (3 * 0.1 + 0.9 * 0.1) / below
    assert found["weighing"]["ratio"]["log10"] == pytest.approx(-log10(het * het * hom), abs=0.01)
    assert any("theta is 0.1" in each for each in found["shown"]["assumptions"])


def test_an_exclusion_is_shown_as_one(client: Browser, app: FastAPI) -> None:
    work = finished(app, asked(client.post("/stains/A1/weigh", suspect="bert", contributors="1")))
    assert result_of(work)["shown"]["log10"].startswith("\N{MINUS SIGN}")
    assert client.get(f"/api/runs/{work.id}").status_code == 200
    assert client.get(f"/runs/{work.id}").status_code == 200


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"suspect": "nobody"}, 404),
        ({"suspect": "anna", "known": "nobody"}, 404),
        ({"suspect": "anna", "contributors": "9"}, 422),
        ({"suspect": "anna", "relation": "enemy"}, 422),
        ({"suspect": "anna", "population": "/etc/passwd"}, 422),
        ({"suspect": "anna", "sensitivity": "yes", "other_populations": "/etc/passwd"}, 422),
        ({"suspect": "anna", "other_populations": "NIST 1036 Caucasian"}, 422),
        ({"suspect": "anna", "theta": "1"}, 422),
        ({"suspect": "anna", "drop_in": "nan"}, 422),
        ({"suspect": "anna", "stutter": "every"}, 422),
        ({"suspect": "anna", "refits": "10001"}, 422),
        ({"suspect": "anna", "model": "guess"}, 422),
        ({"suspect": "anna", "dropout": "0.1"}, 422),
        ({"suspect": "anna", "model": "seen", "dropout": "often"}, 422),
        ({"suspect": "anna", "model": "seen", "sensitivity": "yes"}, 422),
        ({"suspect": "anna", "model": "seen", "relation": "full siblings"}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_asked_is_told_at_once(
    client: Browser, form: dict[str, str], code: int
) -> None:
    assert client.post("/stains/A1/weigh", **form).status_code == code
    assert client.json("/runs")["works"] == []


def test_a_field_that_is_not_understood_is_named_with_its_rule(client: Browser) -> None:
    said = client.post("/stains/A1/weigh", theta="1", drop_in="nan", refits="many").text
    assert "theta: &#39;1&#39; was given" in said
    assert "theta is less than 1" in said
    assert "drop_in is a finite number" in said
    assert "Nothing was done." in said
    assert "Input should" not in said
    long = client.post("/stains/A1/weigh", suspect="x" * 301).text
    assert "301 characters were given" in long
    assert "xxx" not in long  # a form of passwords is answered in the same way


def test_a_change_needs_the_pages_own_token(client: Browser) -> None:
    answer = client.client.post("/stains/A1/weigh", data={"suspect": "anna"})
    assert answer.status_code == 403


def test_who_has_no_grant_sees_no_profile(signed_in: Callable[[str], Browser]) -> None:
    stranger = signed_in("stranger")
    for path in OUR_PAGES:
        assert stranger.json(path)["profiles"] == []
        assert stranger.json(path)["held"] == 0
        assert "anna" not in stranger.get(path).text
    there, absent = stranger.get("/stains/A1"), stranger.get("/stains/Q9")
    assert there.status_code == absent.status_code == 404
    assert main_of(there).replace("A1", "Q9") == main_of(absent)
    assert stranger.get("/api/stains/A1").json() == {
        **stranger.get("/api/stains/Q9").json(),
        "seen": "There is no profile 'A1' that stranger may see.",
    }
    there = stranger.post("/stains/A1/weigh", suspect="anna")
    absent = stranger.post("/stains/Q9/weigh", suspect="anna")
    assert there.status_code == absent.status_code == 404
    assert stranger.post("/stains/A1/apart").status_code == 404
    assert stranger.json("/runs")["works"] == []


def test_who_needs_somebody_beside_them_weighs_while_they_are(
    signed_in: Callable[[str], Browser], app: FastAPI, unit_file: Path
) -> None:
    pupil = Actor(id="pupil", name="Pia", standing=Standing.STUDENT)
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put_many((pupil, replace(READS, id="beside", actor="pupil", supervised_by="reed")))
    browser = signed_in("pupil")
    assert browser.get("/stains/A1").status_code == 404
    session = app.state.shared.sessions.of(browser.client.cookies[app.state.shared.cookie])
    app.state.shared.sessions.beside(session, "reed")
    assert browser.get("/stains/A1").status_code == 200
    address = asked(browser.post("/stains/A1/weigh", suspect="anna", contributors="1"))
    assert result_of(finished(app, address, "pupil"))["shown"]["suspect"] == "anna"
    state = app.state.shared.state
    state.run("UPDATE work SET began = began - 7200")
    late = finished(app, address, "pupil")
    assert "no profile 'A1' that pupil may see" in late.said


def test_a_look_at_a_stain_is_in_the_log_with_its_purpose(client: Browser, unit_file: Path) -> None:
    client.post("/me/purpose", purpose="review of K1", next="/me")
    client.get("/stains/A1")
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        looks = {one.target: one.purpose for one in reader.all(ReadEvent)}
    assert looks["profile A1"] == "review of K1"
