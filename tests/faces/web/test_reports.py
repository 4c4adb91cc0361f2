"""Search, and reports: what is found, what is made, and who may take it out of the unit."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from math import log10
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.faces.command import run
from tests.faces.unit_files import ANNA, LOG10_LR, references
from tests.faces.web.conftest import Browser
from tests.faces.web.dna_unit import READS, asked, dna_unit, finished, no_processes, result_of

import reopen
from reopen.faces.web.work import Stage
from reopen.faces.workbench import access
from reopen.faces.workbench.access import approve, give, revoke
from reopen.faces.workbench.unit_look_for import OWN_PEOPLE
from reopen.records.access import (
    Action,
    Actor,
    Grant,
    Marking,
    ReadEvent,
    Sensitivity,
    Standing,
)
from reopen.records.base import Ref
from reopen.records.cases import Case, Involvement, Person, Role
from reopen.records.results import Disclosure
from reopen.records.statements import Statement
from reopen.records.times import Interval
from reopen.store.unit import open_unit

FAMILY = """\
[profiles]
files = ["relatives.csv"]

[families.F]
mother = { sex = "female", missing = true }
child = { sex = "male", mother = "mother" }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = dna_unit(tmp_path_factory.mktemp("dna"))
    assert run("ledger", "keys", path, "--as", "mara").code == 0
    return path


@pytest.fixture
def unit_file(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent / "harbour.reopen.keys", tmp_path / "harbour.reopen.keys")
    return Path(shutil.copy(made, tmp_path / made.name))


@pytest.fixture(autouse=True)
def here(app: FastAPI) -> None:
    no_processes(app)


def weighed(browser: Browser, app: FastAPI) -> str:
    """The id of a weighing that is done."""
    answer = browser.post("/stains/A1/weigh", suspect="anna", contributors="1")
    return finished(app, asked(answer), browser.actor).id


def looks(unit_file: Path, action: Action = Action.EXPORT) -> list[str]:
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        return [one.target for one in reader.all(ReadEvent) if one.action is action]


def test_words_are_found_by_kind(client: Browser) -> None:
    groups = {each["kind"]: each for each in client.json("/search?words=umbrella")["groups"]}
    assert [hit["name"] for hit in groups["Cases"]["hits"]] == ["K1"]
    assert [hit["name"] for hit in groups["Exhibits"]["hits"]] == ["E1"]
    assert groups["Exhibits"]["hits"][0]["page"] == "/evidence/E1"
    found = client.json("/search?words=quillfeather")["groups"]
    (hit,) = next(each["hits"] for each in found if each["kind"] == "Statements")
    assert (hit["name"], hit["page"]) == ("person P1", "/people/P1")
    assert 'href="/cases/K%202%2F3"' in client.get("/search?words=k 2/3").text
    assert "<script>alert" not in client.get("/search?words=script").text
    assert "Nothing that you may see" in client.get("/search?words=zebra").text


def test_a_search_says_what_it_did_not_look_through(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reopen.faces.web.shown.search._LOOKED_THROUGH", 1)
    assert "Look through all of it" in client.get("/search?words=quillfeather").text
    groups = {each["kind"]: each for each in client.json("/search?words=bert")["groups"]}
    assert [hit["name"] for hit in groups["Profiles"]["hits"]] == ["bert"]  # a name, not words
    whole = client.get("/search?words=quillfeather&whole=yes").text
    assert "Look through all of it" not in whole
    assert "Quillfeather" in whole


def test_a_survivors_name_is_hidden_until_it_is_asked_for(
    signed_in: Callable[[str], Browser], unit_file: Path
) -> None:
    with open_unit(unit_file) as unit:
        with unit.writing("mara") as writer:
            writer.put_many(SURVIVOR)
        given = give(
            unit, "mara", "anna", purpose="any work of the unit", case="K7",
            classes=[Sensitivity.SEXUAL],
        )  # fmt: skip
        approve(unit, "second", given.record.id)
    anna = signed_in("anna")
    for page in (anna.get("/search?words=V7").text, anna.get("/api/search?words=name").text):
        assert "Testperson" not in page
        assert "name hidden" in page
    assert "statement N7" not in looks(unit_file, Action.READ)
    assert "Maria Testperson" in anna.get("/search?words=V7&names=true").text
    assert "statement N7" in looks(unit_file, Action.READ)


SURVIVOR = (
    Actor(id="second", name="Second Pair", standing=Standing.LEAD),
    Actor(id="anna", name="Anna Ek", standing=Standing.DETECTIVE),
    Case(id="K7"),
    Person(id="V7"),
    Involvement(id="I7", case="K7", person="V7", role=Role.VICTIM),
    Statement(id="N7", subject=Ref("person", "V7"), field="name", value="Maria Testperson"),
    Marking(
        id="X7", subject=Ref("person", "V7"), classes=(Sensitivity.SEXUAL,),
        at=Interval.parse("2026-01-01"), by="mara",
    ),
)  # fmt: skip


def test_who_has_no_grant_finds_nothing(signed_in: Callable[[str], Browser]) -> None:
    stranger = signed_in("stranger")
    for words in ("umbrella", "quillfeather", "anna", "K1", "A1"):
        groups = stranger.json(f"/search?words={words}&whole=yes")["groups"]
        assert [hit for each in groups for hit in each["hits"]] == []
    asked_for = {"database": OWN_PEOPLE, "profile": "A1"}
    assert stranger.post("/search/look-for", **asked_for).status_code == 404
    assert stranger.post("/reports/disclosure", case="K1", to="me").status_code == 404


def test_a_stain_is_looked_for_in_a_database_beside_the_unit(
    client: Browser, app: FastAPI, unit_file: Path
) -> None:
    people = references(unit_file.parent / "nation.csv", {"anna": ANNA})
    reopen.build_database(unit_file.parent / "nation.arrow", people)
    assert client.json("/search")["databases"] == ["nation.arrow", OWN_PEOPLE]
    answer = client.post("/search/look-for", profile="A1", database="nation.arrow")
    work = finished(app, asked(answer))
    (link,) = result_of(work)["links"]
    assert link["other"] == "nation.arrow#anna"
    assert float(link["log10"]) == pytest.approx(LOG10_LR, abs=0.05)
    assert "nation.arrow#anna" in client.get(f"/runs/{work.id}").text
    assert client.get(f"/reports/{work.id}/links.json").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"database": "../harbour.board"},
        {"database": "/etc/passwd"},
        {"database": OWN_PEOPLE, "relations": "enemies"},
        {"database": OWN_PEOPLE, "least": "nan"},
    ],
)
def test_what_is_no_choice_is_refused(client: Browser, form: dict[str, str]) -> None:
    assert client.post("/search/look-for", profile="A1", **form).status_code == 422
    assert client.json("/runs")["works"] == []


def test_the_missing_of_a_family_are_looked_for(
    client: Browser, app: FastAPI, unit_file: Path, signed_in: Callable[[str], Browser]
) -> None:
    """A child of Anna and Bert misses its mother: at each locus 1 / (2 p) for one shared allele of
    two, 1 / p where Anna has it twice, so far as nothing mutates."""
    folder = unit_file.parent
    child = {"TH01": ("10", "11"), "vWA": ("14", "13"), "FGA": ("16", "12")}
    references(folder / "relatives.csv", {"child": child})
    (folder / "family.toml").write_text(FAMILY, encoding="utf-8")
    given = (folder / "family.toml", folder / "relatives.csv")
    assert run("import", unit_file, *given, "--case", "K1", "--as", "mara").code == 0
    reopen.build_database(folder / "nation.arrow", references(folder / "n.csv", {"anna": ANNA}))
    assert client.json("/search")["families"] == ["F"]
    assert signed_in("stranger").json("/search")["families"] == []
    form = {"profile": "F", "database": "nation.arrow", "least": "0.5"}
    assert signed_in("stranger").post("/search/look-for", **form).status_code == 404
    refused = client.post("/search/look-for", **form, relations="full siblings")
    assert refused.status_code == 422
    work = finished(app, asked(client.post("/search/look-for", **form)))
    (link,) = result_of(work)["links"]
    assert link["one"] == "nation.arrow#anna"
    assert link["other"] == "F: mother"
    expected = 2 * log10(1 / 0.4) + log10(1 / 0.2)
    assert float(link["log10"]) == pytest.approx(expected, abs=0.02)
    assert result_of(work)["about"] == {"family": ["F"]}
    assert "F: mother" in client.get(f"/runs/{work.id}").text
    assert "Look for the missing in a database" in client.get("/families/F").text


def test_whom_the_units_people_hold_is_told_and_may_be_taken_out(
    client: Browser, app: FastAPI
) -> None:
    answer = client.post("/search/look-for", profile="A1", database=OWN_PEOPLE)
    work = finished(app, asked(answer))
    assert set(result_of(work)["about"]["profile"]) == {"A1", "anna"}
    assert client.get(f"/reports/{work.id}/links.json").status_code == 200


def test_a_report_is_taken_by_who_asked_for_it_and_logged(
    client: Browser, app: FastAPI, signed_in: Callable[[str], Browser], unit_file: Path
) -> None:
    id = weighed(client, app)
    answer = client.get(f"/reports/{id}/report.html")
    assert answer.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "no-store" in answer.headers["cache-control"]
    assert "<h1>anna and stain A1</h1>" in answer.text
    shown = client.get(f"/reports/{id}/report.html?show=yes")
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    data = client.get(f"/reports/{id}/weighing.json?show=yes")
    assert data.headers["content-disposition"].startswith("attachment")
    assert data.headers["content-type"] == "application/json"
    seen = looks(unit_file)
    assert seen.count("profile A1") == 3
    assert "every file weighing.json of the work “Weigh anna against stain A1”" in seen
    for other in ("stranger", "reed"):
        assert signed_in(other).get(f"/reports/{id}/report.html").status_code == 404
        assert signed_in(other).json("/reports")["reports"] == []


@pytest.mark.parametrize(
    "name",
    ["errors.txt", "..%2ferrors.txt", "..%2f..%2fharbour.reopen", "%2fetc%2fpasswd", "report.htm"],
)
def test_what_a_work_did_not_make_is_not_there(client: Browser, app: FastAPI, name: str) -> None:
    id = weighed(client, app)
    assert client.get(f"/reports/{id}/{name}").status_code == 404


def test_who_may_read_and_not_export_takes_nothing_out(
    signed_in: Callable[[str], Browser], app: FastAPI
) -> None:
    reed = signed_in("reed")
    id = weighed(reed, app)
    assert "log10 LR" in reed.get(f"/runs/{id}").text
    refused = reed.get(f"/reports/{id}/report.html")
    assert refused.status_code == 404
    assert "needs a grant to export" in refused.text
    assert reed.post("/reports/disclosure", case="K1", to="me").status_code == 404
    work = finished(app, asked(reed.post("/reports/links")), "reed")
    assert "may take out of the unit" in work.said


def test_a_result_is_kept_back_when_the_grant_to_what_it_tells_of_is_gone(
    signed_in: Callable[[str], Browser], app: FastAPI, unit_file: Path
) -> None:
    reed = signed_in("reed")
    forms = (
        ("/stains/A1/weigh", {"suspect": "anna", "contributors": "1"}),
        ("/stains/A1/apart", {}),
        ("/search/look-for", {"profile": "A1", "database": OWN_PEOPLE}),
    )
    works = [finished(app, asked(reed.post(path, **form)), "reed") for path, form in forms]
    seen = {work.id: reed.json(f"/runs/{work.id}") for work in works}
    for shown in seen.values():
        assert shown["result"]
        assert not shown["kept_back"]
    assert "log10 LR" in reed.get(f"/runs/{works[0].id}").text
    with open_unit(unit_file) as unit:
        revoke(unit, "mara", "reads", reason="moved to another unit")
    for place in ("/runs", "/reports", "/api/runs", "/api/reports"):
        listed = reed.get(place).text
        assert "A1" not in listed, place
        assert "anna" not in listed, place
    assert [each["title"] for each in reed.json("/runs")["works"]] == [
        "Somebody looked for", "A stain taken apart", "A weighing",
    ]  # fmt: skip
    for id, shown in seen.items():
        twin = reed.json(f"/runs/{id}")
        assert (twin["result"], twin["kept_back"]) == ({}, True)
        assert (twin["asked"], twin["work"]["kept_back"]) == ({}, True)
        page = reed.get(f"/runs/{id}").text
        assert "you may not see today" in page
        assert "log10 LR" not in page
        assert "contributor</p>" not in page
        assert "A1" not in page
        assert "anna" not in page
        for file in shown["result"].get("files", ()):
            assert reed.get(f"/reports/{id}/{file['name']}").status_code == 404


def test_what_a_search_or_an_audit_told_is_kept_back_too(
    signed_in: Callable[[str], Browser], app: FastAPI, unit_file: Path
) -> None:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put(LINKS)
    reed = signed_in("reed")
    works = [finished(app, asked(reed.post(path)), "reed") for path in ("/runs/link", "/audit")]
    told = [reed.json(f"/runs/{work.id}")["result"] for work in works]
    assert "B1" in told[0]["told"]["new"]
    assert told[0]["about"]["profile"] == ["B1"]
    assert "K1" in told[1]["about"]["case"]
    with open_unit(unit_file) as unit:
        revoke(unit, "mara", "reads", reason="moved to another unit")
        revoke(unit, "mara", "links", reason="moved to another unit")
    for work in works:
        assert reed.json(f"/runs/{work.id}")["result"] == {}
        assert "B1" not in reed.get(f"/runs/{work.id}").text


def test_a_result_that_does_not_say_what_it_tells_of_is_kept_back(
    client: Browser, app: FastAPI
) -> None:
    works = app.state.shared.works
    for kind, kept_back in (("take_apart", True), ("checkpoint", False)):
        id = works.begin("mara", kind, "Made by an earlier version", {})
        app.state.shared.state.run(
            "UPDATE work SET stage = ?, result = ? WHERE id = ?",
            ("done", '{"stain": "A1", "contributors": 1, "settled": true, "told": {}}', id),
        )
        assert client.json(f"/runs/{id}")["kept_back"] is kept_back


def test_a_file_that_does_not_say_what_it_tells_of_is_not_taken_out(
    client: Browser, app: FastAPI
) -> None:
    id = weighed(client, app)
    shared = app.state.shared
    result = {k: v for k, v in shared.works.get(id, "mara").result.items() if k != "about"}
    shared.state.run("UPDATE work SET result = ? WHERE id = ?", (json.dumps(result), id))
    assert client.get(f"/reports/{id}/report.html").status_code == 404


def test_what_is_done_is_not_done_twice(client: Browser, app: FastAPI) -> None:
    id = weighed(client, app)
    assert client.post(f"/runs/{id}/resume").status_code == 403
    assert client.post(f"/runs/{id}/stop").status_code == 303
    app.state.shared.works._end(id, Stage.STOPPED, "late")
    assert client.json(f"/runs/{id}")["work"]["stage"] == "done"


def test_what_the_board_made_of_a_record_goes_when_it_is_expunged(
    client: Browser, app: FastAPI, unit_file: Path
) -> None:
    """Of two weighings one tells of Bert, who is expunged by a command beside the open board."""
    bert = finished(app, asked(client.post("/stains/A1/weigh", suspect="bert", contributors="1")))
    kept = weighed(client, app)
    shared = app.state.shared
    before = (shared.works.folder(bert.id), shared.state.path)
    assert any(b"bert" in path.read_bytes() for path in before[0].rglob("*.json"))
    with open_unit(unit_file) as unit:
        with unit.writing("mara") as writer:
            writer.put(SURVIVOR[0])
        given = give(unit, "mara", "second", purpose="orders", actions=tuple(Action))
        order = access.ask(unit, "mara", "expunge", Ref("profile", "bert"), reason="court order 7")
        access.answer(unit, "second", order.record.id, confirmed=True)
    assert given.entry
    listed = client.json("/runs")["works"]
    assert [(each["id"], each["kind"]) for each in listed] == [
        (kept, "weigh"), (bert.id, "expunged"),
    ]  # fmt: skip
    assert "bert" not in listed[1]["title"]
    page = client.get(f"/runs/{bert.id}")
    assert page.status_code == 200
    assert "expunged by order" in page.text
    assert not before[0].exists()
    assert bert.id not in [path.name for path in shared.state.folder.iterdir()]
    assert bert.title.encode() not in before[1].read_bytes()
    assert client.get(f"/reports/{kept}/report.html").status_code == 200
    assert client.get(f"/reports/{bert.id}/report.html").status_code == 404


LINKS = Grant(
    id="links", actor="reed", actions=(Action.READ, Action.ADD, Action.AMEND), during=READS.during,
    purpose=READS.purpose, given_by="mara",
)  # fmt: skip


def test_the_report_of_the_last_searchs_links(client: Browser, app: FastAPI) -> None:
    work = finished(app, asked(client.post("/reports/links")))
    assert result_of(work)["about"] == {"found_link": ["A1 x anna"]}
    assert "A1" in client.get(f"/reports/{work.id}/report.html").text
    (line,) = client.json("/reports")["reports"]
    assert [file["name"] for file in line["files"]] == ["links.json", "report.html"]
    assert "report.html" in client.get("/reports").text


def test_a_case_for_the_other_side(client: Browser, app: FastAPI, unit_file: Path) -> None:
    assert client.post("/reports/disclosure", case="K9", to="counsel").status_code == 404
    unsaid = client.post("/reports/disclosure", case="K1", to="counsel", sensitive="minor")
    assert unsaid.status_code == 422
    work = finished(app, asked(client.post("/reports/disclosure", case="K1", to="counsel")))
    assert "Bundle for counsel" in result_of(work)["said"][0]
    about = result_of(work)["about"]
    assert set(about["exhibit"]) == {"E1"}
    assert {"A1", "anna"} <= set(about["profile"])
    answer = client.get(f"/reports/{work.id}/K1.zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        assert {"K1/index.html", "K1/verify.py"} <= set(bundle.namelist())
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        assert [one.to for one in reader.all(Disclosure)] == ["counsel"]


def test_an_audit_as_of_now(client: Browser, app: FastAPI) -> None:
    work = finished(app, asked(client.post("/reports/audit")))
    names = [file["name"] for file in result_of(work)["files"]]
    assert names == ["audit.html", "audit.json"]
    assert "Audit of Harbour" in client.get(f"/reports/{work.id}/audit.html").text
