"""Import: nothing is kept before it was shown, and what is kept is what was shown."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from tests.faces.web.conftest import ORIGIN, Browser

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.web import uploads
from reopen.records.base import Record
from reopen.records.cases import Case, Exhibit
from reopen.records.organisation import ImportCount
from reopen.records.stored import StoredFile, StoredProfile
from reopen.store.unit import open_unit

CASES = "id,agency,weapon,speaker\nK-1,Harbour,rope,A\nK-2,Harbour,,\n"
EXHIBITS = "id,case,description,collected\nE-1,K-1,knife,1987-03-14\nE-2,K-2,=2+5,sometime\n"


def send(browser: Browser, *files: tuple[str, str], **fields: str) -> str:
    """Files as the browser sends them; the id of their preview, when it is there."""
    answer = browser.client.post(
        "/import",
        data={"form_token": browser.token(), **fields},
        files=[("files", (name, text.encode())) for name, text in files],
        headers={"Origin": ORIGIN},
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text
    return ended(browser, answer.headers["location"])


def ended(browser: Browser, path: str) -> str:
    """A piece of work, or preview, when it is at its end; its id."""
    for _ in range(600):
        if not browser.json(path)["work"]["goes_on"]:
            return path.rsplit("/", 1)[-1]
        time.sleep(0.1)
    raise AssertionError(path)


def kept(browser: Browser, preview: str, **fields: str) -> Any:
    answer = browser.post(f"/import/{preview}/keep", **fields)
    assert answer.status_code == 303, answer.text
    return browser.json(f"/runs/{ended(browser, answer.headers['location'])}")


def held(unit: Path, kind: type[Record]) -> set[str]:
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        return {one.id for one in reader.all(kind)}


def numbers(file: Any) -> tuple[int, ...]:
    return tuple(file[name] for name in ("rows", "new", "unchanged", "amended", "refused"))


def test_files_are_shown_first_and_kept_as_shown(client: Browser, unit_file: Path) -> None:
    cases, exhibits = held(unit_file, Case), held(unit_file, Exhibit)
    preview = send(client, ("cases.csv", CASES), ("exhibits.csv", EXHIBITS))
    shown = client.json(f"/import/{preview}")
    # two cases and one statement on them; of two exhibits one has a day that is none
    assert [numbers(each) for each in shown["files"]] == [(2, 3, 0, 0, 0), (2, 1, 0, 0, 1)]
    assert [(each["file"], each["line"], each["field"]) for each in shown["refused"]] == [
        ("exhibits.csv", 3, "collected")
    ]
    assert shown["stopped"]
    assert not shown["amends"]
    assert "sometime" in client.get(f"/import/{preview}").text
    assert (held(unit_file, Case), held(unit_file, Exhibit)) == (cases, exhibits)
    listed = client.get(f"/import/{preview}/refused/1")
    assert listed.headers["content-disposition"].startswith("attachment;")
    assert "E-2,K-2,=2+5,sometime,3,collected," in listed.text  # exact: it is brought in again

    assert client.post(f"/import/{preview}/keep").status_code == 422  # refused rows not accepted
    told = kept(client, preview, accept="yes")["result"]["told"]
    assert told["kept"]
    assert [numbers(each) for each in told["files"]] == [(2, 3, 0, 0, 0), (2, 1, 0, 0, 1)]
    assert held(unit_file, Case) == cases | {"K-1", "K-2"}
    assert held(unit_file, Exhibit) == exhibits | {"E-1"}
    assert len(held(unit_file, ImportCount)) == 2
    assert client.post(f"/import/{preview}/keep", accept="yes").status_code == 404  # let go
    page = client.get("/import").text
    assert "cases.csv" in page
    assert "/import-refused/" in page


def test_amended_rows_need_a_reason(client: Browser, unit_file: Path) -> None:
    text = "id,title\nK1,The scarlet umbrella\n"
    preview = send(client, ("cases.csv", text))
    shown = client.json(f"/import/{preview}")
    assert [numbers(each) for each in shown["files"]] == [(1, 0, 0, 1, 0)]
    assert shown["amends"]
    assert client.post(f"/import/{preview}/keep").status_code == 422
    assert kept(client, preview, reason="read from the file again")["work"]["stage"] == "done"
    with open_unit(unit_file) as opened, opened.reading("mara") as reader:
        case = reader.get(Case, "K1")
        assert case is not None
        assert (case.title, case.agency) == ("The scarlet umbrella", "Harbour")
    again = client.json(f"/import/{send(client, ('cases.csv', text))}")
    assert [each["fate"] for each in again["files"]] == ["held already"]


def test_a_unit_that_changed_meanwhile_keeps_nothing(client: Browser, unit_file: Path) -> None:
    preview = send(client, ("cases.csv", CASES))
    with open_unit(unit_file) as opened, opened.writing("mara") as writer:
        writer.put(Case(id="K-2", agency="Elsewhere"))
    work = kept(client, preview)["work"]
    assert work["stage"] == "failed"
    assert "changed since the preview" in work["said"]
    assert "K-1" not in held(unit_file, Case)


def test_files_that_are_not_those_that_were_sent_are_not_kept(
    client: Browser, unit_file: Path, app: FastAPI
) -> None:
    preview = send(client, ("cases.csv", CASES))
    home = app.state.shared.state.folder
    (folder,) = home.glob("upload-*")
    (stored,) = (each for each in folder.iterdir() if each.suffix != ".json")
    stored.write_text(CASES.replace("K-2", "K-9"))
    work = kept(client, preview)["work"]
    assert work["stage"] == "failed"
    assert "not what was sent" in work["said"]
    assert not held(unit_file, Case) & {"K-1", "K-9"}


def test_columns_are_told_apart_by_hand(client: Browser, unit_file: Path) -> None:
    text = "Exhibit number,Case,What it is,Shelf\nE-7,K1,a kettle,B4\n"
    preview = send(client, ("stores list.csv", text))
    shown = client.json(f"/import/{preview}")["files"][0]
    assert shown["why"]
    assert [each["title"] for each in shown["columns"]] == [
        "Exhibit number", "Case", "What it is", "Shelf",
    ]  # fmt: skip
    answer = client.post(f"/import/{preview}/again", **{"as-0": "auto", "kind-0": "exhibit"})
    second = ended(client, answer.headers["location"])
    offered = client.json(f"/import/{second}")["files"][0]
    assert offered["needed"] == ["id", "case"]
    assert [each["chosen"] for each in offered["columns"]][1] == "case"  # that it is called so
    answer = client.post(
        f"/import/{second}/again",
        **{"as-0": "auto", "kind-0": "exhibit", "column-0-0": "id", "column-0-1": "case",
           "column-0-2": "description", "column-0-3": "-"},
    )  # fmt: skip
    third = ended(client, answer.headers["location"])
    mapped = client.json(f"/import/{third}")["files"][0]
    assert numbers(mapped) == (1, 1, 0, 0, 0), mapped
    assert "Columns left out: Shelf." in mapped["notices"]
    kept(client, third)
    with open_unit(unit_file) as opened, opened.reading("mara") as reader:
        exhibit = reader.get(Exhibit, "E-7")
        assert exhibit is not None
        assert (exhibit.case, exhibit.description) == ("K1", "a kettle")
        (count,) = reader.all(ImportCount)
        assert "Exhibit number=id" in count.read_as["columns"]


KITS = """kit,marker,allele,size
Mine,TH01,10,170
Mine,TH01,12,178
Mine,vWA,14,140
Mine,vWA,17,152
Mine,FGA,16,210
{other}"""
STAIN = """SampleName,Marker,Allele 1,Allele 2,Height 1,Height 2
A9,TH01,10,12,1000,1020
A9,vWA,14,17,980,1000
A9,FGA,16,,2000,
"""


def taken_as_kit(browser: Browser, preview: str, name: str, **fields: str) -> str:
    """Look again, with the file of that name taken as a kit."""
    files = browser.json(f"/import/{preview}")["files"]
    as_ = {f"as-{file['number']}": "auto" for file in files}
    [kit] = [file for file in files if file["name"] == name]
    as_[f"as-{kit['number']}"] = "kit"
    answer = browser.post(f"/import/{preview}/again", **as_, **fields)
    assert answer.status_code == 303, answer.text
    return ended(browser, answer.headers["location"])


def test_a_kit_of_ones_own_comes_with_the_profiles(client: Browser, unit_file: Path) -> None:
    first = send(client, ("stain.csv", STAIN), ("own kit.csv", KITS.format(other="")))
    files = {each["name"]: each for each in client.json(f"/import/{first}")["files"]}
    assert files["own kit.csv"]["why"]
    assert files["own kit.csv"]["notices"][-1].startswith("It lists Mine: take it as a kit")
    second = taken_as_kit(client, first, "own kit.csv")
    shown = client.json(f"/import/{second}")
    assert shown["own_kits"] == {"Mine": "own kit.csv"}
    assert [each["name"] for each in shown["files"]] == ["stain.csv"]
    assert not shown["stopped"]
    assert "Kits of your own: Mine of" in client.get(f"/import/{second}").text
    assert kept(client, second)["work"]["stage"] == "done"
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        profile = reader.get(StoredProfile, "A9")
        [count] = [one for one in reader.all(ImportCount) if one.file == "stain.csv"]
        [file] = [one for one in reader.all(StoredFile) if one.name == "own kit.csv"]
        data = reader.file(file.id)
    assert profile is not None
    assert profile.kit == "Mine"
    assert count.read_as["kit_file"] == f"{file.id}#Mine"
    assert data.decode() == KITS.format(other="")


def test_of_two_kits_one_is_chosen_and_no_other_name_is(client: Browser) -> None:
    kits = KITS.format(other="Other,TH01,10,90\nOther,TH01,12,98\n")
    first = send(client, ("stain.csv", STAIN), ("kits.csv", kits))
    second = taken_as_kit(client, first, "kits.csv")
    assert client.json(f"/import/{second}")["own_kits"] == {"Mine": "kits.csv", "Other": "kits.csv"}
    assert "choose one below" in client.get(f"/import/{second}").text
    [stain] = client.json(f"/import/{second}")["files"]
    assert stain["name"] == "stain.csv"
    chosen = client.post(f"/import/{second}/again", kit="Other")
    third = ended(client, chosen.headers["location"])
    assert client.json(f"/import/{third}")["kit"] == "Other"
    for name in ("/etc/passwd", "kits.csv", "Third"):
        assert client.post(f"/import/{second}/again", kit=name).status_code == 422
        assert client.post(f"/import/{first}/again", kit="Mine").status_code == 422


def test_who_has_no_grant_keeps_nothing_and_sees_no_import(
    client: Browser, signed_in: Any, unit_file: Path
) -> None:
    kept(client, send(client, ("cases.csv", CASES)))
    stranger = signed_in("stranger")
    assert stranger.json("/import")["total"] == 0
    assert "cases.csv" not in stranger.get("/import").text
    # what the lead has amended since looks to the stranger as if it were new, and is refused
    preview = send(stranger, ("cases.csv", CASES.replace("rope", "knife")))
    assert numbers(stranger.json(f"/import/{preview}")["files"][0]) == (2, 3, 0, 0, 0)
    assert kept(stranger, preview)["work"]["stage"] == "failed"
    assert client.get(f"/import/{preview}").status_code == 404  # nobody else's preview
    assert client.get(f"/import/{preview}/refused/0").status_code == 404
    with open_unit(unit_file) as opened, opened.reading("mara") as reader:
        (count,) = reader.all(ImportCount)
        listed = count.refused_rows or count.sha256
    assert stranger.get(f"/import-refused/{listed}").status_code == 404


def test_what_cannot_be_chosen_is_refused(client: Browser) -> None:
    for fields in ({"kit": "../../etc/passwd"}, {"taken_as": "grant"}, {"expected": "-1"}):
        answer = client.client.post(
            "/import",
            data={"form_token": client.token(), **fields},
            files=[("files", ("cases.csv", CASES.encode()))],
            headers={"Origin": ORIGIN},
            follow_redirects=False,
        )
        assert answer.status_code == 422
    assert client.post("/import").status_code == 422  # no file
    assert client.client.post(
        "/import", files=[("files", ("cases.csv", b"id\n"))], headers={"Origin": ORIGIN}
    ).status_code == 403  # without the page's token  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\exhibits.csv", "exhibits.csv"),
        ("..", "file"),
        ("a\x00b\n.csv", "ab.csv"),
        ("å" * 300 + ".csv", "å" * 98 + ".csv"),
    ],
)
def test_a_name_is_only_ever_text(sent: str, text: str) -> None:
    assert uploads.plain_name(sent) == text


def test_an_upload_lies_under_random_names_and_is_let_go(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"id\nK1\n")
    with source.open("rb") as data:
        upload = uploads.keep_upload(tmp_path, [("../cases.csv", data)])
    (sent,) = upload.files
    assert (sent.name, sent.bytes) == ("cases.csv", 6)
    assert {each.name for each in upload.folder.iterdir()} == {sent.stored, "list.json"}
    assert uploads.upload_of(tmp_path, upload.id).files == upload.files
    for wrong in ("../../etc", "upload-" + "0" * 32, ""):
        with pytest.raises(UnknownName):
            uploads.upload_of(tmp_path, wrong)
    with pytest.raises(InvalidRecord, match="No file"):
        uploads.keep_upload(tmp_path, [])
    upload.let_go()
    assert list(tmp_path.glob("upload-*")) == []


def test_too_many_files_leave_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"")
    with source.open("rb") as data, pytest.raises(InvalidRecord, match="More than 200"):
        uploads.keep_upload(tmp_path, [(f"{n}.csv", data) for n in range(201)])
    assert list(tmp_path.glob("upload-*")) == []
