"""Files into a unit: all or nothing, twice changes nothing, what is refused is kept as a list."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import ANNA, BERT, references, stain

from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit
from reopen.records.organisation import ImportCount
from reopen.records.statements import Statement
from reopen.records.stored import StoredFile, StoredProfile
from reopen.store.unit import open_unit

Kind = TypeVar("Kind", bound=Record)
CASES = "id,agency,weapon,speaker\nK-1,Harbour,rope,A\nK-2,Harbour,,\n"
EXHIBITS = "id,case,description,collected\nE1,K-1,knife,1987-03-14\nE2,K-2,glove,1988\n"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.reopen"
    assert run("init", path, "--name", "Harbour", "--as", "mara").code == 0
    return path


def write(folder: Path, **files: str) -> Path:
    home = folder / "records"
    home.mkdir(exist_ok=True)
    for name, text in files.items():
        (home / f"{name}.csv").write_text(text, encoding="utf-8")
    return home


def held(unit: Path, kind: type[Kind]) -> list[Kind]:
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        return list(reader.all(kind))


def counts(unit: Path) -> dict[str, int]:
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        return {kind: n for kind, n in reader.counts().items() if kind != "read_event"}


def fates(said: Said) -> dict[str, tuple[str, int, int, int, int]]:
    return {
        file["file"]: tuple(file[name] for name in ("fate", "new", "unchanged", "amended",
                                                    "refused"))
        for file in said.json["files"]
    }  # fmt: skip


def test_a_folder_comes_in_and_again_changes_nothing(unit: Path, tmp_path: Path) -> None:
    home = write(tmp_path, cases=CASES, exhibits=EXHIBITS)
    said = run("import", unit, home, "--json")
    assert said.code == 0, said.out
    assert fates(said) == {
        "cases.csv": ("kept", 3, 0, 0, 0),
        "exhibits.csv": ("kept", 2, 0, 0, 0),
    }
    assert [case.id for case in held(unit, Case)] == ["K-1", "K-2"]
    (said_so,) = held(unit, Statement)
    assert (said_so.subject, said_so.value, said_so.speaker) == (Ref("case", "K-1"), "rope", "A")
    before = counts(unit)
    again = run("import", unit, home, "--json")
    assert again.code == 0
    assert {fate[0] for fate in fates(again).values()} == {"held already"}
    assert counts(unit) == before


def test_the_same_rows_in_another_file_change_nothing(unit: Path, tmp_path: Path) -> None:
    run("import", unit, write(tmp_path, cases=CASES))
    before = counts(unit)
    other = "id;speaker;agency;weapon\nK-2;;Harbour;\nK-1;A;Harbour;rope\n"
    said = run("import", unit, write(tmp_path, cases=other), "--json")
    assert fates(said) == {"cases.csv": ("kept", 0, 3, 0, 0)}
    # the file itself and its count are new, nothing else is
    assert counts(unit) == before | {"file": 2, "import_count": 2}


def test_one_bad_row_keeps_everything_out(unit: Path, tmp_path: Path) -> None:
    bad = EXHIBITS + "E3,K-2,mask,14/03/88\n"
    home = write(tmp_path, cases=CASES, exhibits=bad)
    said = run("import", unit, home)
    assert said.code == 1
    assert "exhibits.csv, line 4, field 'collected'" in said.out
    assert "Nothing was imported" in said.err
    assert held(unit, Case) == []
    (count,) = held(unit, ImportCount)
    assert (count.file, count.rows, count.accepted, count.refused) == ("exhibits.csv", 3, 0, 3)
    listed = kept_file(unit, count.refused_rows)
    assert listed.splitlines()[1].startswith("E3,K-2,mask,14/03/88,4,collected,")


def kept_file(unit: Path, id: str | None) -> str:
    assert id is not None
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        return reader.file(id).decode()


def test_what_is_good_is_kept_where_the_user_says_so(unit: Path, tmp_path: Path) -> None:
    bad = EXHIBITS + "E3,K-2,mask,14/03/88\n"
    home = write(tmp_path, cases=CASES, exhibits=bad)
    run("import", unit, home)
    said = run("import", unit, home, "--accept-partial", "--json")
    assert said.code == 1
    assert fates(said)["exhibits.csv"] == ("kept", 2, 0, 0, 1)
    assert [one.id for one in held(unit, Exhibit)] == ["E1", "E2"]
    count = next(one for one in held(unit, ImportCount) if one.file == "exhibits.csv")
    assert (count.rows, count.accepted, count.unchanged, count.refused) == (3, 2, 0, 1)
    corrected = kept_file(unit, count.refused_rows).replace("14/03/88", "1988-03-14")
    assert run("import", unit, write(tmp_path, exhibits=corrected)).code == 0
    assert [one.id for one in held(unit, Exhibit)] == ["E1", "E2", "E3"]


def test_an_amendment_needs_its_reason_and_keeps_what_was_there(unit: Path, tmp_path: Path) -> None:
    run("import", unit, write(tmp_path, exhibits=EXHIBITS))
    changed = EXHIBITS.replace("knife", "kitchen knife")
    said = run("import", unit, write(tmp_path, exhibits=changed))
    assert said.code == 2
    assert "no reason is given" in said.err
    assert "exhibits.csv, line 2" in said.err
    assert [one.description for one in held(unit, Exhibit)] == ["knife", "glove"]
    reason = ("--reason", "the label was read again")
    said = run("import", unit, write(tmp_path, exhibits=changed), *reason, "--json")
    assert fates(said) == {"exhibits.csv": ("kept", 0, 1, 1, 0)}
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        first, second = reader.versions(Ref("exhibit", "E1"))
    assert (first.record, second.reason) == (
        Exhibit(id="E1", case="K-1", description="knife",
                collected=first.record.collected),  # type: ignore[attr-defined]
        "the label was read again",
    )  # fmt: skip


def test_a_table_says_nothing_about_columns_it_does_not_have(unit: Path, tmp_path: Path) -> None:
    run("import", unit, write(tmp_path, exhibits=EXHIBITS))
    added = "id,case,substrate\nE1,K-1,wool\nE2,K-2,\n"
    said = run("import", unit, write(tmp_path, exhibits=added), "--reason", "examined", "--json")
    assert fates(said) == {"exhibits.csv": ("kept", 0, 1, 1, 0)}
    one, _ = sorted(held(unit, Exhibit), key=lambda each: each.id)
    assert (one.description, one.substrate) == ("knife", "wool")
    assert str(one.collected) == "1987-03-14"


def test_profiles_are_kept_by_file_and_found_by_their_samples(unit: Path, tmp_path: Path) -> None:
    home = write(tmp_path, samples="id,exhibit,case,person\nS1,E1,K-1,\nanna,,K-1,P-7\n")
    stains = stain(tmp_path, "S1", ANNA)
    people = references(tmp_path / "people on file.csv", {"anna": ANNA, "bert": BERT})
    said = run("import", unit, home, stains, "--references", people, "--json")
    assert said.code == 0, said.out
    profiles = {one.id: one for one in held(unit, StoredProfile)}
    assert {
        id: (one.purpose, one.sample, one.case, one.person) for id, one in profiles.items()
    } == {
        "S1": ("stain", "S1", "K-1", None),
        "anna": ("database", "anna", "K-1", "P-7"),
        "bert": ("database", None, None, None),
    }
    files = {one.id: one.name for one in held(unit, StoredFile)}
    assert files[profiles["S1"].file] == "S1.csv"
    assert profiles["anna"].read_as == {"role": "references"}


def test_the_same_profile_from_another_file_stays_as_it_is(unit: Path, tmp_path: Path) -> None:
    run("import", unit, stain(tmp_path, "S1", ANNA))
    before = held(unit, StoredProfile)
    (tmp_path / "again").mkdir()
    same = stain(tmp_path / "again", "S1", ANNA)
    same.write_text(same.read_text() + "\n", encoding="utf-8")
    said = run("import", unit, same, "--json")
    assert fates(said) == {"S1.csv": ("kept", 0, 1, 0, 0)}
    assert held(unit, StoredProfile) == before
    said = run("import", unit, stain(tmp_path, "S1", BERT))
    assert said.code == 2
    assert "profile S1 differs from what the unit holds" in said.err


def test_samples_that_come_later_claim_their_profiles(unit: Path, tmp_path: Path) -> None:
    run("import", unit, stain(tmp_path, "S1", ANNA))
    run("import", unit, write(tmp_path, samples="id,case\nS1,K-1\n"))
    (profile,) = held(unit, StoredProfile)
    assert (profile.sample, profile.case) == ("S1", "K-1")


def test_rows_that_were_expected_and_did_not_come_keep_everything_out(
    unit: Path, tmp_path: Path
) -> None:
    home = write(tmp_path, exhibits=EXHIBITS)
    said = run("import", unit, home, "--expected", 3)
    assert said.code == 1
    assert "2 rows where 3 were expected" in said.out
    assert held(unit, Exhibit) == []
    assert run("import", unit, home, "--expected", 2).code == 0


def test_a_file_that_is_not_understood_is_kept_only_on_request(unit: Path, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4 ...")
    said = run("import", unit, scan)
    assert said.code == 1
    assert "scan.pdf is not understood" in said.out
    assert "--attach" in said.out
    assert run("import", unit, "--attach", scan, "--case", "K-1").code == 0
    (file,) = held(unit, StoredFile)
    assert (file.name, file.case, file.bytes) == ("scan.pdf", "K-1", 12)


@pytest.mark.parametrize("kind", ["grant", "actor", "found_link", "run", "read_event"])
def test_what_has_its_own_commands_does_not_come_from_files(
    kind: str, unit: Path, tmp_path: Path
) -> None:
    path = tmp_path / f"{kind}s.csv"
    columns = {
        "grant": "id,actor,purpose,during,given_by\nG,mara,all,2020,mara\n",
        "actor": "id,name,standing\nx,X,lead\n",
        "found_link": "id,link,one,other,weight_log10\nL,x,a,b,3\n",
        "run": "id,program,model,at\nR,p,m,2020\n",
        "read_event": "id,actor,action,target,at\nR,mara,read,x,2020\n",
    }
    path.write_text(columns[kind], encoding="utf-8")
    said = run("import", unit, path)
    assert said.code == 1
    assert "does not come from files" in said.out.replace("\n  ", " ")


def test_who_acts_has_to_be_known(unit: Path, tmp_path: Path) -> None:
    home = write(tmp_path, cases=CASES)
    said = run("import", unit, home, "--as", "nobody")
    assert said.code == 2
    assert "'nobody' is no actor of this unit" in said.err


def test_a_path_that_is_not_there_is_told(unit: Path, tmp_path: Path) -> None:
    assert run("import", unit, tmp_path / "nothing.csv").code == 2
    assert run("import", unit).code == 2
    assert run("import", tmp_path / "nothing.reopen", write(tmp_path, cases=CASES)).code == 2
