"""GeneMarker HID's Allele Report and GeneMarker HTS's STR Table."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats import genemarker
from reopen.records import Locus, Peak, alleles, genotype

MALFORMED = Path(__file__).resolve().parents[1] / "malformed"
STR_TABLE = (
    Path(__file__).resolve().parents[3]
    / "shared/reference/data/lusstr_mps/genemarker/2800M_strresults_filtered.csv"
)

REPORT = """Allele Report
Project: cold cases
Panel: Identifiler
Date: 05.01.2024

Sample\tPanel\tMarker\tDye\tAllele1\tSize1\tHeight1\tAllele2\tSize2\tHeight2
E2\tIdentifiler\tD3S1358\tG\t15\t120.5\t812\t17\t128.6\t233
E2\tIdentifiler\tvWA\tY\tOL\t170.1\t91\t16\t177\t640
"""
TABLE = """#Report: STR Table
#Format: 1
#Sample: E2
Marker,Allele Name,Report,Filter Status,SW Call,User Call,Bracket Sequence,Allele Total Count
Amelogenin,chrX,,Passed,,,,1400
TH01,5,,Passed,-1 Stutter,-1 Stutter,AATG[5],70
TH01,6,,Passed,Called,Called,AATG[6],900
TH01,9.3,,Passed,Called,Called,AATG[6]ATG[1]AATG[3],850
D5S818,12,,Passed,Called,Called,ATCT[12],3000
D5S818,12,,Passed,Called,Called,ATCT[12]_+13T>C,3000
vWA,16,,Passed,Called,Deleted,TCTA[16],60
"""


def test_the_allele_report_below_its_preamble() -> None:
    assert genemarker.recognises(REPORT.encode())
    imported = genemarker.read("report.txt", REPORT.encode())
    (stain,) = imported.stains
    fifteen, seventeen, sixteen = alleles(["15", "17", "16"])
    assert (stain.id, stain.kit) == ("E2", "Identifiler")
    assert stain.replicates[0].peaks == {
        Locus("D3S1358"): (Peak(fifteen, 812.0, 120.5), Peak(seventeen, 233.0, 128.6)),
        Locus("vWA"): (Peak(sixteen, 640.0, 177.0),),
    }
    (off_ladder,) = imported.refused
    assert off_ladder.where is not None
    assert off_ladder.where.line == 8


def test_a_table_without_preamble_is_left_to_the_other_readers() -> None:
    assert not genemarker.recognises(REPORT[REPORT.index("Sample\t") :].encode())


def test_called_alleles_of_an_str_table() -> None:
    assert genemarker.recognises(TABLE.encode())
    imported = genemarker.read("table.csv", TABLE.encode())
    (stain,) = imported.stains
    found = {
        locus: [(p.allele, p.height_rfu) for p in peaks]
        for locus, peaks in stain.replicates[0].peaks.items()
    }
    assert found == {
        "AMEL": [("X", 1400)],
        "TH01": [("6", 900), ("9.3", 850)],
        "D5S818": [("12", 3000)],
        "vWA": [],
    }
    assert any("1 x -1 Stutter, 1 x Deleted" in notice for notice in imported.notices)


def test_an_str_table_without_its_columns() -> None:
    data = (MALFORMED / "genemarker_no_columns.txt").read_bytes()
    with pytest.raises(UnreadableFile, match="no swcall, alleletotalcount"):
        genemarker.read("genemarker_no_columns.txt", data)
    with pytest.raises(UnreadableFile, match="naming the sample"):
        genemarker.read("table.csv", TABLE.replace("#Sample: E2\n", "").encode())


@pytest.mark.skipif(not STR_TABLE.exists(), reason="no STR table in ../shared")
def test_a_standard_sample_of_known_genotypes() -> None:
    """2800M control DNA: genotypes certified by its maker (Promega)."""
    certified = {
        "CSF1PO": ("12", "12"), "D13S317": ("9", "11"), "D16S539": ("9", "13"),
        "D18S51": ("16", "18"), "D21S11": ("29", "31.2"), "D3S1358": ("17", "18"),
        "D5S818": ("12", "12"), "D7S820": ("8", "11"), "D8S1179": ("14", "15"),
        "FGA": ("20", "23"), "TH01": ("6", "9.3"), "TPOX": ("11", "11"), "vWA": ("16", "19"),
        "Penta D": ("12", "13"), "Penta E": ("7", "14"), "AMEL": ("X", "Y"),
    }  # fmt: skip
    data = STR_TABLE.read_bytes()
    (person,) = genemarker.read(STR_TABLE.name, data, role="references").references
    for locus, pair in certified.items():
        assert person.genotypes[Locus(locus)].pair == genotype(*pair).alleles


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([REPORT, TABLE]), st.data())
def test_damage_raises_nothing_but_our_errors(text: str, data: st.DataObject) -> None:
    whole = text.encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 30)))
    damaged = whole[:start] + data.draw(st.binary(max_size=12)) + whole[end:]
    genemarker.recognises(damaged)
    with suppress(ReopenError):
        genemarker.read("unit", damaged)
