"""Real files of profiles are read without loss; the counts are made here with plain csv."""

from __future__ import annotations

import csv
import gzip
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from reopen.errors import UnreadableFile
from reopen.formats import Imported, Options, group_replicates, parse_profiles, read_profiles
from reopen.records import Genotype, canonical_locus

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"
DATA = REFERENCE / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the reference data are not here")

NAMELESS = "eDNASample.csv"  # its only names are in a column titled UD1
STRAY = ("query-bad-allele-1.csv", "query-bad-allele-2.csv")  # AlleleOne, AlleleTwo
REPEATS = ("set3.txt",)  # three plates in one table: controls of one name are several


def rows_of(text: str) -> list[list[str]]:
    """Plainly: the separator is what the first line has most of."""
    lines = text.lstrip("\ufeff").splitlines()
    separator = max("\t;,", key=lines[0].count)
    return [row for row in csv.reader(lines, delimiter=separator) if any(map(str.strip, row))]


def long_tables() -> Iterator[tuple[str, bytes]]:
    """Every file whose first line has a marker column and a first allele column."""
    folders = (DATA, REFERENCE / "efm" / "raw")
    paths = [p for folder in folders for p in folder.rglob("*") if p.suffix in _TEXT]
    for path in sorted(paths):
        data = path.read_bytes()
        if re.search(rb"(?i)marker.*allele[ .#]?(1|one)\b", data.split(b"\n", 1)[0]):
            yield path.name, data
    archive = DATA / "efm_mps_paper" / "5_CE" / "data.zip"
    if archive.exists():
        with zipfile.ZipFile(archive) as files:
            for name in files.namelist():
                if re.search(r"/(Samples|Refs_).*\.(csv|txt)$|/Refs_\d+", name):
                    yield name, files.read(name)


_TEXT = {".csv", ".txt", ".tsv"}


def taken(imported: Imported) -> Counter[str]:
    """How many labels were taken, by sample (a label of a reference counts each time listed)."""
    counts: Counter[str] = Counter()
    for person in imported.references:
        counts[person.id] += sum(len(g.alleles) for g in person.genotypes.values())
    replicates = [(s.id, r) for s in imported.stains for r in s.replicates]
    replicates += [(c.id, c.replicate) for c in imported.controls]
    for name, replicate in replicates:
        counts[name] += sum(map(len, replicate.peaks.values()))
    return counts


def listed(rows: list[list[str]], as_set: bool) -> tuple[set[str], Counter[str]]:
    """Names of the samples of a long table, and how many labels each has."""
    titles = [re.sub(r"[\W_]", "", title).lower() for title in rows[0]]
    name = next(titles.index(t) for t in ("samplename", "sample", "donor") if t in titles)
    columns = [i for i, title in enumerate(titles) if re.fullmatch(r"allele\d+", title)]
    counts: Counter[str] = Counter()
    for row in rows[1:]:
        labels = [row[i].strip() for i in columns if i < len(row)]
        labels = [x for x in labels if x not in ("", "NA", "OL", "NULL", "-")]
        counts[row[name].strip()] += len(set(labels) if as_set else labels)
    return {row[name].strip() for row in rows[1:]}, counts


def test_long_tables_are_read_whole() -> None:
    seen = 0
    for name, data in long_tables():
        if name == NAMELESS or name in STRAY:
            with pytest.raises(UnreadableFile, match=r"columns|understood|names the sample"):
                parse_profiles(name, data)
            continue
        seen += 1
        imported = parse_profiles(name, data)
        samples, counts = listed(rows_of(data.decode("utf-8")), as_set=bool(imported.stains))
        untyped = {r.what for r in imported.refused if "No allele was typed" in r.reason}
        found = {
            *(x.id for x in imported.stains),
            *(x.id for x in imported.references),
            *(x.id for x in imported.controls),
        }
        assert found | untyped == samples, name
        assert not found & untyped, name
        lost = [r for r in imported.refused if r.what not in untyped and "OL of" not in r.reason]
        if not lost and name not in REPEATS:
            assert taken(imported) == +counts, name
    assert seen > 250


def test_the_only_long_tables_with_losses_are_known() -> None:
    with_losses = {}
    for name, data in long_tables():
        if name == NAMELESS or name in STRAY:
            continue
        refused = [r for r in parse_profiles(name, data).refused if "No allele" not in r.reason]
        refused = [r for r in refused if "OL of" not in r.reason]
        if refused:
            with_losses[name] = len(refused)
    zeros = zero_heights(DATA / "euroformix_examples" / "examples" / "SNP_evids.csv")
    # alleles of no reads; a marker (TH01, TH 01) that stands twice with different alleles
    assert with_losses == {"SNP_evids.csv": zeros, "test2_refs.csv": 1}


def zero_heights(path: Path) -> int:
    rows = rows_of(path.read_text())
    return sum("0" in row[4:6] for row in rows[1:])


def test_nfi_reports_hold_350_mixtures_each_with_heights() -> None:
    for level in ("DTH", "DTL"):
        stains = []
        peaks = 0
        for path in sorted((DATA / "nfi_ppf6c_2p5p/allele_reports").glob(f"*{level}*.txt")):
            imported = read_profiles(path, kit="PowerPlex Fusion 6C")
            assert not imported.refused
            stains += imported.stains
            rows = rows_of(path.read_text())
            peaks += sum(1 for row in rows[1:] for cell in row[2::2] if cell)
        assert len(stains) == 350
        assert all(stain.has_heights and stain.kit for stain in stains)
        assert sum(len(p) for s in stains for p in s.replicates[0].peaks.values()) == peaks
        pattern = re.compile(r"\d+L?_\d+_(?P<stain>.+)")
        names = {pattern.fullmatch(stain.id)["stain"] for stain in stains}  # type: ignore[index]
        assert {s.id for s in group_replicates(stains, pattern) if len(s.replicates) > 1} <= names


def test_nist_1036_equals_its_cells() -> None:
    path = DATA / "nist1036" / "nist1036_genotypes.csv"
    imported = read_profiles(path)
    rows = rows_of(path.read_text())
    assert len(imported.references) == len(rows) - 1 == 1036
    assert not imported.refused
    for person, row in zip(imported.references, rows[1:], strict=True):
        cells = dict(zip(rows[0], row, strict=True))
        expected = {
            canonical_locus(title[:-2]): Genotype((cells[title], cells[title[:-1] + "2"]))  # type: ignore[arg-type]
            for title in rows[0]
            if title.endswith("_1") and cells[title]
        }
        assert person.id == row[0]
        assert person.genotypes == expected


def test_strprofiler_database_is_whole_but_for_what_no_person_has() -> None:
    path = DATA / "jax_pdx_str" / "main_database.csv"
    imported = read_profiles(path)
    rows = rows_of(path.read_text())
    cells = [cell for row in rows[1:] for cell in row[3:]]
    lists = [[part for part in cell.split(",") if part.strip()] for cell in cells]
    odd = [x for x in lists if len(x) > 3 or any(not _PLAIN.fullmatch(y.strip()) for y in x)]
    ambiguous = ["18,2,22"]  # 18.2 and 22, or three alleles; the other one has four alleles
    assert len(imported.references) == len(rows) - 1
    assert len(imported.refused) == len(odd) + len(ambiguous)
    typed = sum(1 for x in lists if x) - len(imported.refused)
    assert sum(len(person.genotypes) for person in imported.references) == typed


_PLAIN = re.compile(r"\d{1,2}(\.\d0?)?|X|Y")  # 9.10 is 9.1


def test_strmix_database_and_genemapper_samples_table() -> None:
    strmix = read_profiles(DATA / "simdnamixtures_globalfiler" / "Example_References_DB.csv")
    assert [str(p.genotypes[canonical_locus("vWA")]) for p in strmix.references] == [
        "13/15",
        "15/16",
        "16/17",
    ]
    wide = read_profiles(DATA / "lrmixstudio_validation" / "io" / "genemapperSample.txt")
    [replicate] = wide.stains[0].replicates
    d1s1656 = replicate.peaks[canonical_locus("D1S1656")]
    assert [(p.allele, p.height_rfu) for p in d1s1656] == [
        ("13", 420),
        ("14", 77),
        ("15", 116),
        ("15.3", 58),
    ]
    assert [r.what.split(", ")[1] for r in wide.refused] == ["vWA", "D16S539"]


def test_a_heights_matrix_and_frequencies_are_not_profiles() -> None:
    for name in (
        "provedit_gf_5s/more_person_preprocessed_data.csv",
        "provedit_gf_5s/samples.csv",
        "euroformix_examples/FreqDatabases/ESX17_Norway.csv",
        "simdnamixtures_globalfiler/Example_2p_Parameter_Summary.csv",
    ):
        with pytest.raises(UnreadableFile, match="columns"):
            read_profiles(DATA / name)


def test_tidy_tables() -> None:
    with gzip.open(DATA / "provedit_gf_5s" / "peaks_long.csv.gz", "rb") as file:
        data = b"".join(line for _, line in zip(range(20_001), file, strict=False))
    imported = parse_profiles("peaks_long.csv", data, Options(kit="GlobalFiler"))
    rows = rows_of(data.decode())
    assert len(imported.stains) + len(imported.controls) == len({row[0] for row in rows[1:]})
    assert taken(imported).total() == len(rows) - 1
    with gzip.open(DATA / "nfi_ppf6c_2p5p" / "peaks_long.csv.gz", "rb") as file:
        data = file.read()
    imported = parse_profiles("peaks_long.csv", data)
    rows = rows_of(data.decode())
    assert len(imported.stains) == len({row[0] for row in rows[1:]}) == 700
    assert taken(imported).total() == len(rows) - 1
    assert "Columns not read: report." in imported.notices
