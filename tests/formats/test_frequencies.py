"""Frequency tables: the forms laboratories have, and the defects such tables were found with."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats.frequencies import FrequencyImport, read_frequencies, write_frequencies
from reopen.records import Allele, AlleleFrequencies, Locus

MALFORMED = Path(__file__).resolve().parents[1] / "malformed"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference"

WIDE = "Allele,TH01,D3S1358\n6,0.25,\n9.3,0.75,0\n15,,0.4\n16,,0.6\n"


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def read_text(text: str | bytes, **options: object) -> FrequencyImport:
        path = tmp_path / "unit.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_frequencies(path, **options)  # type: ignore[arg-type]

    return read_text


def numbers(imported: FrequencyImport) -> dict[str, dict[str, float]]:
    (table,) = imported.tables
    return {locus: dict(at) for locus, at in table.by_locus.items()}


EXPECTED = {"TH01": {"6": 0.25, "9.3": 0.75}, "D3S1358": {"15": 0.4, "16": 0.6}}


@pytest.mark.parametrize(
    "text",
    [
        WIDE,
        WIDE.replace(",", "\t"),
        WIDE.replace(",", ";").replace(".", ",").replace("9,3", "9.3"),
        "﻿" + WIDE,
        WIDE.replace("TH01", "TH 01").replace("D3S1358", "d3s1358"),
        "locus,allele,frequency\nTH01,6,0.25\nTH01,9.3,0.75\nD3S1358,15,0.4\nD3S1358,16,.6\n",
        "Marker;Allele;Freq\nTH01;6;0,25\nTH01;9.3;0,75\nD3S1358;15;4E-1\nD3S1358;16;0,6\n",
    ],
)
def test_the_forms_of_one_table(read, text: str) -> None:  # type: ignore[no-untyped-def]
    imported = read(text)
    assert numbers(imported) == EXPECTED
    assert imported.refused == ()
    assert imported.tables[0].name == "unit"


def test_decimal_commas_in_labels_need_the_word(read) -> None:  # type: ignore[no-untyped-def]
    text = WIDE.replace(",", ";").replace(".", ",")
    assert numbers(read(text, decimal_comma=True)) == EXPECTED
    assert "decimal comma" in read(text).refused[0].reason


def test_populations_and_counts_of_a_tidy_table(read) -> None:  # type: ignore[no-untyped-def]
    imported = read(
        "population,locus,allele,frequency,n\nA,TH01,6,0.5,200\nA,TH01,7,0.5,200\nB,TH01,6,1,180\n"
    )
    assert [(t.name, t.counts[Locus("TH01")]) for t in imported.tables] == [("A", 200), ("B", 180)]


def test_strmix_s_last_row_counts_alleles(read) -> None:  # type: ignore[no-untyped-def]
    imported = read("Allele,TH01,DYS570\n6,0.5,0\n7,0.5,0\nN,404,0\n")
    assert imported.tables[0].counts == {"TH01": 404}
    assert any("DYS570: no frequency above zero" in notice for notice in imported.notices)


def test_spreadsheet_noise_in_labels_is_rounded_and_told(read) -> None:  # type: ignore[no-untyped-def]
    imported = read("Allele,SE33\n25.199999999999999,0.5\n26.2,0.5\n")
    assert numbers(imported) == {"SE33": {"25.2": 0.5, "26.2": 0.5}}
    assert any("25.199999999999999 as 25.2" in notice for notice in imported.notices)


@pytest.mark.parametrize("label", [">27", "<8", "Rest allele", "Other"])
def test_a_bin_is_kept_under_its_name_and_told(read, label: str) -> None:  # type: ignore[no-untyped-def]
    imported = read(f"Allele,D18S51\n27,0.9\n{label},0.1\n")
    assert numbers(imported) == {"D18S51": {"27": 0.9, label: 0.1}}
    assert any(label in notice and "bins" in notice for notice in imported.notices)


def test_99_is_no_repeat_number(read) -> None:  # type: ignore[no-untyped-def]
    assert numbers(read("Allele,TH01\n6,0.9\n99,0.1\n")) == {"TH01": {"6": 0.9, "Rest (99)": 0.1}}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("6,0.5\n7,0.52", "sum to 1.02"),
        ("6,0.5\n7,0.48", "sum to 0.98"),
        ("6,1.2\n7,-0.2", "Frequency 1.2 of allele 6"),
        ("6,-0.2\n7,1", "Frequency -0.2"),
        ("6,50\n7,50", "per cent"),
        ("6,0.5\n6.0,0.5", "Allele 6 is listed twice"),
        ("6,0.5\n6,0.5\n7,0.5", "Allele 6 is listed twice"),
        ("6,half\n7,0.5", "'half' is not a number"),
        ("6,1e999\n7,0.5", "not a number"),
        ("OL,0.5\n7,0.5", "'OL'"),
        (",0.5\n7,0.5", "without an allele"),
    ],
)
def test_a_locus_that_cannot_be_right_is_refused(read, rows: str, message: str) -> None:  # type: ignore[no-untyped-def]
    imported = read(f"Allele,TH01\n{rows}\n")
    assert imported.tables == ()
    (refused,) = imported.refused
    assert message in refused.reason
    assert refused.where is not None
    assert refused.where.file == "unit.csv"


def test_sums_within_a_hundredth_pass(read) -> None:  # type: ignore[no-untyped-def]
    assert numbers(read("Allele,TH01\n6,0.5\n7,0.51\n")) == {"TH01": {"6": 0.5, "7": 0.51}}
    assert numbers(read("Allele,TH01\n6,0.5\n7,0.49\n")) == {"TH01": {"6": 0.5, "7": 0.49}}


def test_a_misplaced_decimal_point_is_named() -> None:
    """FGA 27 is 0.22 where the counts gave 0.022, as in a published test table."""
    imported = read_frequencies(MALFORMED / "frequencies_misplaced_decimal.csv")
    assert imported.tables[0].loci == ("TH01",)
    (refused,) = imported.refused
    assert "With 0.022 for allele 27, where the file has 0.22" in refused.reason


def test_identical_populations_are_refused() -> None:
    """A loop that read one sheet four times gave four identical populations."""
    imported = read_frequencies(MALFORMED / "frequencies_same_population_twice.csv")
    assert imported.tables == ()
    assert [r.what for r in imported.refused] == ["North", "South"]
    assert "identical to those of: South" in imported.refused[0].reason


def test_decimal_commas_between_commas_are_no_columns() -> None:
    with pytest.raises(UnreadableFile, match="such as a decimal comma") as caught:
        read_frequencies(MALFORMED / "frequencies_decimal_comma_in_commas.csv")
    assert caught.value.where is not None
    assert caught.value.where.line == 2


def test_one_locus_in_two_columns_is_refused(read) -> None:  # type: ignore[no-untyped-def]
    imported = read("Allele,TH01,THO1,vWA\n6,0.5,0.4,0.5\n7,0.5,0.6,0.5\n")
    assert imported.tables[0].loci == ("vWA",)
    assert "TH01, THO1" in imported.refused[0].reason


def test_other_tables_are_not_frequency_tables(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnreadableFile, match="Sample Name"):
        read("Sample Name,Marker,Allele 1\nE2,TH01,6\n")
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_frequencies("no/such/file.csv")


LABELS = st.sampled_from(["6", "9.3", "15", "16.2", "X", ">27", "Rest allele", "10_8"])


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([Locus("TH01"), Locus("Penta D"), Locus("vWA")]),
        st.dictionaries(LABELS.map(Allele), st.integers(1, 500), min_size=1),
        min_size=1,
    ),
    st.text(st.characters(codec="ascii", categories=["L", "N", "Zs", "P"]), min_size=1),
)
def test_what_is_written_is_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, counts: dict[Locus, dict[Allele, int]], name: str
) -> None:
    totals = {locus: sum(at.values()) for locus, at in counts.items()}
    table = AlleleFrequencies(
        name=" ".join(name.split()) or "x",
        by_locus={k: {a: c / totals[k] for a, c in at.items()} for k, at in counts.items()},
        source="invented",
        counts=totals,
    )
    path = tmp_path_factory.mktemp("frequencies") / "back.csv"
    path.write_text(write_frequencies([table]), encoding="utf-8")
    (back,) = read_frequencies(path).tables
    assert (back.name, back.by_locus, back.counts) == (table.name, table.by_locus, table.counts)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WIDE)), st.integers(0, 8), st.binary(max_size=8))
def test_damage_raises_nothing_but_our_errors(
    tmp_path_factory: pytest.TempPathFactory, start: int, cut: int, noise: bytes
) -> None:
    path = tmp_path_factory.mktemp("frequencies") / "damaged.csv"
    whole = WIDE.encode()
    path.write_bytes(whole[:start] + noise + whole[start + cut :])
    try:
        imported = read_frequencies(path)
    except ReopenError:
        return
    assert all(abs(sum(t.values()) - 1) <= 0.0101
               for table in imported.tables for t in table.by_locus.values())  # fmt: skip


@pytest.mark.skipif(not SHARED.exists(), reason="no reference tables in ../shared")
@pytest.mark.parametrize("name", ["ESX17_Norway", "NGM_Holland", "SGMPlus_UK", "Identifiler_NIST"])
def test_tables_as_euroformix_has_them(name: str) -> None:
    """The wide files give the numbers of the tidy ones made from them independently."""
    wide = read_frequencies(SHARED / f"efm/raw/FreqDatabases/{name}.csv")
    tidy = read_frequencies(SHARED / f"efm/freq/{name}.csv")
    assert wide.refused == ()
    for locus, at in wide.tables[0].by_locus.items():
        assert at == pytest.approx(tidy.tables[0].by_locus[locus], abs=1e-12)
