"""`reopen database`: built, shown, checked and exported as a user does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faces.command import run

import reopen
from reopen.formats import read_profiles

ROWS = """specimenId,TH01_1,TH01_2,vWA_1,vWA_2,vWA_3
A,6,9.3,16,17,
B,7,7,OL,17,
C,7,8,14,15,16
D,8,,14,15,
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def test_build_tells_what_went_in_and_what_did_not(home: Path) -> None:
    said = run("database", "build", "d.arrow", "export.csv", "--kit", "SGM Plus")
    assert said.code == 0
    assert "d.arrow: 4 people, 2 loci" in said.out
    assert "SGM Plus 4" in said.out
    assert "listed in d.refused.csv" in said.out
    assert "B, vWA" in (home / "d.refused.csv").read_text(encoding="utf-8")
    assert sorted(path.name for path in home.iterdir()) == [
        "d.arrow", "d.refused.csv", "export.csv",
    ]  # fmt: skip


def test_json_holds_every_count(home: Path) -> None:
    told = run("database", "build", "d.arrow", "export.csv", "--kept-as", "staff", "--json").json
    assert (told["people"], told["kept_as"]) == (4, {"staff": 4})
    assert told["loci"] == [
        {"locus": "TH01", "alleles": ["6", "7", "8", "9.3"], "typed": 4, "triallelic": 0},
        {"locus": "vWA", "alleles": ["14", "15", "16", "17"], "typed": 2, "triallelic": 1},
    ]
    (source,) = told["sources"]
    assert (source["file"], source["people"], source["refused"]) == ("export.csv", 4, 1)
    shown = run("database", "show", "d.arrow", "--check", "--json").json
    assert shown == told | {"checked": True}


def test_a_changed_database_does_not_hold(home: Path) -> None:
    run("database", "build", "d.arrow", "export.csv")
    data = (home / "d.arrow").read_bytes()
    assert run("database", "show", "d.arrow", "--check").code == 0
    at = data.index(b"ADBC")  # their names, one after the other
    (home / "d.arrow").write_bytes(data[:at] + b"ADCB" + data[at + 4 :])
    assert run("database", "show", "d.arrow").code == 0
    said = run("database", "show", "d.arrow", "--check")
    assert said.code == 1
    assert "Does not hold: The database was changed outside" in said.err


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_what_is_exported_comes_back(home: Path, name: str) -> None:
    before = reopen.build_database("d.arrow", "export.csv", kit="NGM", kept_as="staff")
    assert run("database", "export", "d.arrow", name).code == 0
    after = reopen.build_database("again.arrow", name)
    were, are = ({p.id: p for p in d.people(range(4))} for d in (before, after))
    assert {name: p.genotypes for name, p in are.items()} == {
        name: p.genotypes for name, p in were.items()
    }
    if name.endswith("parquet"):
        assert are == were
        assert after.about.sources[0].notices == ()
    else:
        assert read_profiles(name).format == "SmartRank database"


def test_databases_are_put_together(home: Path) -> None:
    one = reopen.simulate_database("one.arrow", 30, kit="SGM Plus", kept_as="family")
    reopen.build_database("two.arrow", "export.csv")
    both = reopen.build_database("both.arrow", "one.arrow", "two.arrow")
    assert both.n == 34
    assert both.people(range(30)) == one.people(range(30))
    assert set(both.ids(range(30, 34))) == {"A", "B", "C", "D"}


def test_the_same_seed_invents_the_same_people(home: Path) -> None:
    words = ["--simulate", "50", "--population", "nist1036-cauc", "--kit", "NGM", "--seed"]
    hashes = [
        run("database", "build", f"{k}.arrow", *words, seed, "--json").json["sha256"]
        for k, seed in enumerate((3, 3, 4))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["build", "d.arrow"], "Neither files nor --simulate"),
        (["build", "d.arrow", "export.csv", "--simulate", "5"], "Files and --simulate"),
        (["build", "d.arrow", "export.csv", "--seed", "5"], "--seed without --simulate"),
        (["build", "d.csv", "export.csv"], "its name ends in .arrow"),
        (["build", "d.arrow", "nothing.csv"], "cannot be opened"),
        (["build", "d.arrow", "."], "cannot be opened"),
        (["build", "d.arrow", "export.csv", "--kept-as", "spy"], "A purpose is one of"),
        (["build", "no/d.arrow", "export.csv"], "cannot be written"),
        (["build", "d.arrow", "--simulate", "5", "--kit", "No Kit"], "No Kit"),
        (["show", "nothing.arrow"], "cannot be opened"),
        (["show", "export.csv"], "not a whole Arrow file"),
        (["export", "export.csv", "out.csv"], "not a whole Arrow file"),
    ],
)
def test_what_cannot_be_done_is_told(home: Path, words: list[str], told: str) -> None:
    said = run("database", *words)
    assert said.code == 2
    assert told in said.err
    assert [path.name for path in home.iterdir()] == ["export.csv"]


def test_nothing_is_written_over_unasked(home: Path) -> None:
    assert run("database", "build", "d.arrow", "--simulate", "5").code == 0
    said = run("database", "build", "d.arrow", "export.csv")
    assert (said.code, "--replace" in said.err) == (2, True)
    assert run("database", "build", "d.arrow", "export.csv", "--replace").code == 0
    assert run("database", "export", "d.arrow", "export.csv").code == 2
    assert run("database", "export", "d.arrow", "out.xlsx").code == 2
