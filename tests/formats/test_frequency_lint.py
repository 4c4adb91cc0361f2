"""Doubts about a frequency table that can be taken: each of them told once, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from reopen.formats import library, read_frequencies
from reopen.formats.frequency_lint import lint
from reopen.records import AlleleFrequencies

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "frequencies"
GOOD = {"6": 0.25, "7": 0.15, "9": 0.2, "9.3": 0.4}


def table(name: str = "Valley", n: int | None = 400, **loci: dict[str, float]) -> AlleleFrequencies:
    counts = dict.fromkeys(loci, n) if n else {}
    return AlleleFrequencies(name, loci, "invented", counts)  # type: ignore[arg-type]


def seen(*tables: AlleleFrequencies) -> list[str]:
    return [str(finding) for finding in lint(tables)]


def test_a_good_table_raises_no_doubt() -> None:
    assert seen(table(TH01=GOOD, vWA={"14": 0.5, "15": 0.3, "16": 0.2})) == []
    assert seen() == []


@pytest.mark.parametrize(
    ("frequencies", "message"),
    [
        ({**GOOD, "9.3": 0.395}, "sum to 0.995, and are rescaled"),
        ({"6": 0.95, "7": 0.03, "9.3": 0.02}, "allele 6 has the frequency 0.95"),
        (dict.fromkeys(GOOD, 0.25), "all alleles have the same frequency"),
        ({**GOOD, "9.3": 0.399, "10": 0.001}, "less than one of the 400 alleles counted"),
        ({"6": 0.25, "7": 0.15, "9": 0.2, "93": 0.4}, "allele 93 is far from the ladders'"),
        ({"6": 0.25, "7": 0.15, "9": 0.2, "93": 0.4}, "Was 9.3 meant"),
        ({"6": 0.25, "7": 0.15, "9": 0.2, "9.5": 0.4}, "more bases than a repeat of 4"),
    ],
)
def test_one_doubt_each(frequencies: dict[str, float], message: str) -> None:
    (finding,) = seen(table(TH01=frequencies))
    assert message in finding
    assert finding.startswith("Valley, TH01: ")


def test_what_is_no_repeat_marker_is_not_asked() -> None:
    assert seen(table(rs1490413={"A": 0.97, "G": 0.03}, AMEL={"X": 0.75, "Y": 0.25})) == []
    assert seen(table(D18S51={"12": 0.5, "13": 0.4, ">27": 0.1})) == []


def test_a_copied_column() -> None:
    (finding,) = seen(table(TH01=GOOD, FGA2=GOOD))
    assert finding.startswith("Valley, TH01, FGA2: identical numbers")


def test_a_locus_that_other_populations_have() -> None:
    both = table(TH01=GOOD, vWA={"14": 0.5, "15": 0.5}), table("Hill", TH01={**GOOD, "9": 0.201})
    assert seen(*both) == ["Hill: no frequencies at vWA, which others have."]


def test_how_many_were_counted() -> None:
    (whole,) = seen(table(n=None, TH01=GOOD), table("Hill", n=None, TH01={**GOOD, "9": 0.2001}))
    assert whole.startswith("The file: the number of alleles counted is not given")
    (one,) = seen(table(TH01=GOOD), table("Hill", n=None, TH01={**GOOD, "9": 0.2001}))
    assert one.startswith("Hill: the number of alleles counted is not given for any locus")
    assert lint([table(n=None, TH01=GOOD)], ask_for_counts=False) == ()


def test_doubts_reach_whoever_imports_the_table(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Allele,TH01\n6,0.25\n7,0.15\n9,0.2\n93,0.4\nN,400\n")
    imported = read_frequencies(path)
    assert imported.refused == ()
    assert any("Was 9.3 meant?" in notice for notice in imported.notices)


def test_the_library_raises_no_doubt_of_a_single_allele() -> None:
    for population in library.populations():
        assert [f for f in lint([population], ask_for_counts=False) if f.locus] == []


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="no reference tables in ../shared")
def test_published_tables_are_taken_whole() -> None:
    for name in ("nist1036", "fbi2015", "ukdna17"):
        imported = read_frequencies(SHARED / f"{name}.csv")
        assert imported.refused == ()
        doubts = [n for n in imported.notices if "bins" not in n and "counted" not in n]
        assert doubts == []
