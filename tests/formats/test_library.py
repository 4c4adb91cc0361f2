"""The built-in library: what it holds, where that came from, and how it is asked."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reopen.errors import ReopenError, UnknownName, UnreadableFile
from reopen.formats import library
from reopen.formats.frequencies import read_frequencies, write_frequencies
from reopen.formats.kits import write_kits
from reopen.records import AlleleFrequencies, Kit, Locus, allele_order, canonical_locus

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="no reference tables in ../shared")

KITS = library.kits()
POPULATIONS = library.populations()

CODIS_20 = {
    "CSF1PO", "D1S1656", "D2S441", "D2S1338", "D3S1358", "D5S818", "D7S820", "D8S1179",
    "D10S1248", "D12S391", "D13S317", "D16S539", "D18S51", "D19S433", "D21S11", "D22S1045",
    "FGA", "TH01", "TPOX", "vWA",
}  # fmt: skip
"""The expanded CODIS core since 2017 (FBI)."""


def autosomal(kit: Kit) -> set[str]:
    return {m.locus for m in kit.markers if m.kind == "autosomal"}


# kits


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)
def test_a_kit_is_whole(kit: Kit) -> None:
    assert kit.source
    assert kit.maker in ("Thermo Fisher", "Promega", "QIAGEN")
    assert len(set(kit.loci)) == len(kit.loci)
    for marker in kit.markers:
        assert marker.locus == canonical_locus(marker.locus)
        assert marker.dye in ("blue", "green", "yellow", "red", "purple")
        assert len(marker.sizes_bp) >= 2
        assert (marker.repeat_bp == 0) == (marker.kind in ("sex", "quality"))
        assert 60 < marker.range_bp[0] < marker.range_bp[1] < 550


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)
def test_sizes_grow_with_repeats(kit: Kit) -> None:
    for marker in kit.markers:
        if marker.kind in ("sex", "quality"):
            continue
        labels = sorted(marker.sizes_bp, key=allele_order)
        for smaller, larger in pairwise(labels):
            assert marker.sizes_bp[smaller] < marker.sizes_bp[larger], (marker.locus, larger)


def test_a_whole_repeat_is_about_a_repeat_long() -> None:
    for kit in KITS:
        for marker in kit.markers:
            for label, size in marker.sizes_bp.items():
                if marker.repeat_bp and label.isdecimal():
                    longer = marker.sizes_bp.get(type(label)(str(int(label) + 1)))
                    if longer is not None:
                        assert abs(longer - size - marker.repeat_bp) <= 1, (kit.name, label)


@pytest.mark.parametrize("name", ["GlobalFiler", "PowerPlex Fusion 6C", "PowerPlex Fusion"])
def test_kits_of_today_hold_the_codis_core(name: str) -> None:
    assert autosomal(library.kit(name)) >= CODIS_20


def test_loci_shared_by_old_kits_and_new_ones() -> None:
    """Profiler Plus and COfiler together are the 13 CODIS loci of 1997; SGM Plus has 10."""
    old = autosomal(library.kit("Profiler Plus")) | autosomal(library.kit("COfiler"))
    assert len(old) == 13
    assert old < CODIS_20
    assert len(autosomal(library.kit("SGM Plus")) & autosomal(library.kit("GlobalFiler"))) == 10


@pytest.mark.parametrize(
    ("spoken", "name"),
    [
        ("globalfiler", "GlobalFiler"),
        ("GF", "GlobalFiler"),
        ("GlobalFiler™ Kit", "GlobalFiler"),
        ("Fusion 6C", "PowerPlex Fusion 6C"),
        ("PPF6C", "PowerPlex Fusion 6C"),
        ("powerplex-fusion-6c", "PowerPlex Fusion 6C"),
        ("PP16", "PowerPlex 16"),
        ("ESX17", "PowerPlex ESX 17"),
        ("PP ESX-17 Fast", "PowerPlex ESX 17 Fast"),
        ("SGM+", "SGM Plus"),
        ("AmpFlSTR SGM Plus", "SGM Plus"),
        ("AmpFLSTR NGM SElect", "NGM SElect"),
        ("AmpF/STR Identifiler", "Identifiler"),
        ("Powerplex Y23", "PowerPlex Y23"),
        ("Investigator 24plex QS Kit", "Investigator 24plex"),
    ],
)
def test_names_of_kits(spoken: str, name: str) -> None:
    assert library.kit(spoken).name == name
    assert library.find_kit(spoken).name == name
    assert library.kit_name(spoken) == name


def test_no_two_kits_and_no_two_populations_share_a_name() -> None:
    for folder in ("kits", "populations"):
        keys = Counter(
            key
            for entry in library._store.entries(folder)  # type: ignore[arg-type]
            for key in {library._store.key(name) for name in entry.names}
        )
        assert [key for key, count in keys.items() if count > 1] == []


def test_an_unknown_kit_is_answered_with_close_names() -> None:
    with pytest.raises(UnknownName, match="Close to it: GlobalFiler"):
        library.kit("Globl filer")
    with pytest.raises(UnknownName, match="There are: GlobalFiler, PowerPlex Fusion 6C"):
        library.find_kit("qqqqqqqq")
    assert library.kit_name("Profiler") is None, "Profiler and Profiler Plus differ"


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_unknown(text: str) -> None:
    try:
        found = library.find_kit(text)
    except ReopenError:
        return
    assert found in KITS


def test_guess_kit_by_loci() -> None:
    assert library.guess_kit(library.kit("SGM Plus").loci) == library.kit("SGM Plus")
    bare = [Locus(name) for name in sorted(autosomal(library.kit("SGM Plus")))]
    assert library.guess_kit(bare) == library.kit("SGM Plus")
    assert library.guess_kit(library.kit("GlobalFiler").loci) == library.kit("GlobalFiler")
    assert library.guess_kit(library.kit("Identifiler").loci) is None, "Identifiler Plus has them"
    assert library.guess_kit([*bare, Locus("D99S9")]) is None
    assert library.guess_kit([]) is None


@needs_shared
def test_kits_row_by_row() -> None:
    with (SHARED / "kits.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        marker = library.kit(row["kit"]).marker(canonical_locus(row["locus"]))
        assert marker is not None
        label = row["allele"]
        if marker.locus == "AMEL":
            label = {"1": "X", "2": "Y"}.get(label, label)
        assert marker.sizes_bp[label] == float(row["size_bp"]), row  # type: ignore[index]
        assert (marker.dye, marker.dye_name, marker.kind) == (
            row["dye"], row["dye_name"], row["kind"])  # fmt: skip
        assert marker.repeat_bp == int(row["repeat_bp"] or 0)
    held = sum(len(marker.sizes_bp) for kit in KITS for marker in kit.markers)
    assert held == len(rows) == 10998


# populations


@pytest.mark.parametrize("population", POPULATIONS, ids=lambda p: p.name)
def test_a_population_is_whole(population: AlleleFrequencies) -> None:
    assert "licen" in population.source.lower() or "public domain" in population.source
    assert set(population.counts) == set(population.loci)
    for locus, table in population.by_locus.items():
        assert locus == canonical_locus(locus)
        assert sum(table.values()) == pytest.approx(1, abs=1e-6)
        assert min(table.values()) > 0


def test_no_two_populations_are_the_same() -> None:
    """The defect of a published package, whose four UK populations were one."""
    for i, one in enumerate(POPULATIONS):
        for other in POPULATIONS[i + 1 :]:
            for locus in set(one.loci) & set(other.loci):
                assert one.by_locus[locus] != other.by_locus[locus], (one.name, other.name, locus)


@pytest.mark.parametrize(
    ("name", "locus", "label", "published"),
    [
        # FBI workbook of 16 June 2015 (Moretti et al. 2016), sheet Caucasian: N9, D20, E20, F11
        ("FBI 2015 Caucasian", "TH01", "6", 0.22524752475247525),
        ("FBI 2015 Caucasian", "D16S539", "12", 0.34158415841584161),
        ("fbi2015-cauc", "CSF1PO", "12", 0.32673267326732675),
        ("fbi2015-caucasian", "TPOX", "8", 0.54702970297029707),
        # the same workbook, sheet SE Hispanic: the one bin
        ("FBI 2015 Southeastern Hispanic", "D18S51", ">27", 1 / 526),
        # NIST 1036 workbook of July 2017: 260 of the 722 alleles of the 361 people
        ("nist1036-cauc", "CSF1PO", "12", 260 / 722),
    ],
)
def test_published_frequencies(name: str, locus: str, label: str, published: float) -> None:
    table = library.population(name).by_locus[Locus(locus)]
    assert table[label] == pytest.approx(published, abs=1e-12)  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "alleles"),
    [  # Hill et al. 2013: 342 African Americans, 97 Asians, 361 Caucasians, 236 Hispanics
        ("NIST 1036 African American", 684), ("NIST 1036 Asian", 194),
        ("NIST 1036 Caucasian", 722), ("NIST 1036 Hispanic", 472), ("NIST 1036 All", 2072),
    ],
)  # fmt: skip
def test_people_counted(name: str, alleles: int) -> None:
    assert library.population(name).counts[Locus("TH01")] == alleles


@needs_shared
def test_nist_frequencies_counted_again_from_the_genotypes() -> None:
    names = {"AA": "nist1036-afam", "Cauc": "nist1036-cauc", "Hisp": "nist1036-hisp",
             "Asian": "nist1036-asian"}  # fmt: skip
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with (SHARED / "data/nist1036/nist1036_genotypes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for column, label in row.items():
                if column.endswith(("_1", "_2")) and label:
                    locus = canonical_locus(column[:-2])
                    counts[names.get(row["population"], row["population"]), locus][label] += 1
    assert {name for name, _ in counts} == set(names.values())
    for (name, locus), counted in counts.items():
        table = library.population(name).by_locus[Locus(locus)]
        n = counted.total()
        assert table == pytest.approx({k: c / n for k, c in counted.items()}, abs=1e-12)


@needs_shared
@pytest.mark.parametrize("file", ["nist1036", "fbi2015", "ukdna17"])
def test_frequencies_value_by_value(file: str) -> None:
    sources = {e.stem: e.name for e in library._store.entries("populations")}
    taken = library._store._toml("populations", "index")
    for table in read_frequencies(SHARED / f"frequencies/{file}.csv").tables:
        (stem,) = [
            s for s in sources if s.startswith(file) and taken[s]["taken_from"] == table.name
        ]
        ours = library.population(stem)
        assert ours.counts == table.counts
        assert set(ours.loci) == set(table.loci)
        for locus, frequencies in table.by_locus.items():
            assert ours.by_locus[locus] == pytest.approx(dict(frequencies), abs=1e-9)


def test_names_of_populations() -> None:
    assert len(library.population_names()) == 23
    caucasian = library.population("NIST 1036 Caucasian")
    assert library.find_population("nist1036-CAUC") is caucasian
    with pytest.raises(UnknownName, match="NIST 1036 Caucasian"):
        library.population("nist 1036 caucasians")


# a user's own files


def test_a_kit_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    kits = (library.kit("SGM Plus"), library.kit("NGM"))
    path.write_text(write_kits(kits[:1]), encoding="utf-8")
    assert library.find_kit(path).markers == kits[0].markers
    path.write_text(write_kits(kits), encoding="utf-8")
    assert library.find_kit(f"{path}#ngm").markers == kits[1].markers
    with pytest.raises(UnknownName, match=r"own.csv holds 2 kits.*\n.*\n.*own.csv#SGM Plus"):
        library.find_kit(path)
    with pytest.raises(UnknownName, match="no kit called 'GF'"):
        library.find_kit(f"{path}#GF")


def test_a_population_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    two = (library.population("nist1036-cauc"), library.population("nist1036-hisp"))
    path.write_text(write_frequencies(two), encoding="utf-8")
    found = library.find_population(f"{path}#NIST 1036 hispanic")
    assert (found.by_locus, found.counts) == (two[1].by_locus, two[1].counts)
    with pytest.raises(UnknownName, match="holds 2 populations"):
        library.find_population(str(path))


def test_a_table_with_a_refused_locus_is_not_used_unawares() -> None:
    path = Path(__file__).resolve().parents[1] / "malformed/frequencies_misplaced_decimal.csv"
    with pytest.raises(UnreadableFile, match="FGA: The frequencies sum to"):
        library.find_population(path)


# speed


def test_one_kit_is_loaded_without_the_others() -> None:
    program = (
        "from reopen.formats.library import _store; import reopen.formats.library as library;"
        "library.kit('Fusion 6C'); library.population('nist1036-cauc');"
        "print(_store.kit.cache_info().misses, _store.population.cache_info().misses)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["1", "1"]


def test_loading_a_kit_is_quick() -> None:
    load = library._store.kit.__wrapped__
    start = time.thread_time()  # whatever else the machine does
    load("powerplex-fusion-6c")
    assert time.thread_time() - start < 0.05
