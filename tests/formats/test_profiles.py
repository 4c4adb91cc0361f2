"""Forms of profile tables: invented files, with the records worked out by hand."""

from __future__ import annotations

import re

import pytest

from reopen.errors import InvalidRecord, UnknownName, UnreadableFile
from reopen.formats import Imported, Options, group_replicates, parse_profiles
from reopen.formats.samples import control_kind
from reopen.records import (
    Allele,
    ControlKind,
    Peak,
    Purpose,
    Reference,
    Replicate,
    Stain,
    canonical_locus,
    genotype,
)

TH01, VWA, AMEL = (canonical_locus(name) for name in ("TH01", "vWA", "AMEL"))


def parse(text: str, **said: object) -> Imported:
    return parse_profiles("f.csv", text.encode(), Options(**said))  # type: ignore[arg-type]


def peak(label: str, height: float | None = None, size: float | None = None) -> Peak:
    return Peak(Allele(label), height, size)


INTERLEAVED = (
    "Sample File\tSample Name\tPanel\tMarker\tDye\tAllele 1\tSize 1\tHeight 1\tPeak Area 1\t"
    "Allele 2\tSize 2\tHeight 2\tPeak Area 2\n"
    "a.fsa\tE1\tNGM\tTH01\tY\t6\t170.5\t812\t9000\t9.3\t185\t233\t3000\n"
    "a.fsa\tE1\tNGM\tVWA\tB\tOL\t150\t91\t900\t16\t160\t640\t7000\n"
)
GROUPED = (
    "Sample.Name;Marker;Allele.1;Allele.2;Height.1;Height.2\n"
    "E1;TH01;6;9.3;812,0;233\n"
    "E1;vWA;OL;16;91;640\n"
)


def test_genemapper_columns_may_be_interleaved_or_grouped() -> None:
    one, two = parse(INTERLEAVED), parse(GROUPED, kit="NGM")
    assert one.format == "GeneMapper, genotypes table"
    assert one.stains == (
        Stain(
            "E1",
            (
                Replicate(
                    "E1",
                    {
                        TH01: (peak("6", 812, 170.5), peak("9.3", 233, 185)),
                        VWA: (peak("16", 640, 160),),
                    },
                ),
            ),
            kit="NGM",
        ),
    )
    [stain] = two.stains
    assert stain.kit == "NGM"
    assert stain.replicates[0].peaks == {
        TH01: (peak("6", 812), peak("9.3", 233)),
        VWA: (peak("16", 640),),
    }
    assert [refused.what for refused in one.refused] == ["E1, vWA"]
    assert "Left out: OL of 91 RFU." in one.refused[0].reason
    assert "Locus names respelt: VWA -> vWA." in one.notices


def test_provedit_rows_have_a_hundred_alleles() -> None:
    titles = [f"{kind} {n}" for n in range(1, 101) for kind in ("Allele", "Size", "Height")]
    name = "A02_RD14-0003-31_32-1;4-M2c-0.03GF-Q2.0_01.5sec.hid"
    cells = ["OL", "101.2", "35", "6", "170.5", "812", "9.3", "185", "233"]
    row = [name, "TH01", "Y", *cells, *[""] * (300 - len(cells))]
    imported = parse(",".join(["Sample File", "Marker", "Dye", *titles]) + "\n" + ",".join(row))
    assert imported.format == "PROVEDIt, GeneMapper table"
    [stain] = imported.stains
    assert stain.id == name
    assert stain.replicates[0].peaks == {TH01: (peak("6", 812, 170.5), peak("9.3", 233, 185))}
    assert [refused.what for refused in imported.refused] == [f"{name}, TH01"]


def test_the_kit_that_the_file_names_is_kept_to() -> None:
    imported = parse(INTERLEAVED, kit="GlobalFiler")
    assert imported.stains[0].kit == "NGM"
    assert "The file names the kit NGM, which was kept to, and not GlobalFiler." in imported.notices


def test_a_wide_table_may_hold_stains_if_it_is_said() -> None:
    [found] = parse("specimenId,TH01_1,TH01_2,vWA_1,vWA_2\nE1,6,9.3,,\n", role="stains").stains
    assert found.replicates == (Replicate("E1", {TH01: (peak("6"), peak("9.3")), VWA: ()}),)


def test_ladders_and_controls_are_never_evidence() -> None:
    rows = [
        ("E1", "Sample"),
        ("X7", "Allelic Ladder"),
        ("X8", "Positive Control"),
        ("NC", ""),
        ("Ladder", ""),
        ("Ladder", ""),
    ]
    text = "Sample Name,Sample Type,Marker,Allele 1,Height 1\n" + "".join(
        f"{name},{kind},TH01,{7 + n},500\n" for n, (name, kind) in enumerate(rows)
    )
    imported = parse(text)
    assert [stain.id for stain in imported.stains] == ["E1"]
    assert sorted((c.id, c.kind) for c in imported.controls) == [
        ("Ladder", ControlKind.LADDER),
        ("Ladder", ControlKind.LADDER),
        ("NC", ControlKind.NEGATIVE),
        ("X7", ControlKind.LADDER),
        ("X8", ControlKind.POSITIVE),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Ladder_3", ControlKind.LADDER),
        ("PP16 LADDER", ControlKind.LADDER),
        ("16-Ladder__", ControlKind.LADDER),
        ("pos. ctrl 2", ControlKind.POSITIVE),
        ("01-Pos.ktr.__", ControlKind.POSITIVE),
        ("negative_control", ControlKind.NEGATIVE),
        ("Extraction blank 1", ControlKind.NEGATIVE),
        ("Stepladder handle", None),
        ("Blanket, corner 2", None),
        ("Positive blood swab", None),
        ("Remote control, keys", None),
        ("PC", None),
    ],
)
def test_only_clear_names_are_controls(name: str, kind: ControlKind | None) -> None:
    assert control_kind(name) == kind
    assert control_kind("PC-1", initials=True) == ControlKind.POSITIVE


def test_runs_of_one_sample_are_replicates_and_kits_stay_apart() -> None:
    text = (
        "Sample File,Sample Name,Panel,Marker,Allele 1,Height 1\n"
        "a.fsa,E1,NGM,TH01,6,500\nb.fsa,E1,NGM,TH01,7,510\nc.fsa,E1,GlobalFiler,TH01,8,520\n"
    )
    imported = parse(text)
    assert [(s.id, s.kit, [r.name for r in s.replicates]) for s in imported.stains] == [
        ("E1 (NGM)", "NGM", ["a.fsa", "b.fsa"]),
        ("E1 (GlobalFiler)", "GlobalFiler", ["E1"]),
    ]
    assert any("2 runs (a.fsa, b.fsa)" in notice for notice in imported.notices)


def test_without_heights_two_alleles_are_a_person_and_many_a_mixture() -> None:
    person = parse("SampleName,Marker,Allele1,Allele2\nK1,TH01,9.3,6\nK1,vWA,16,\n")
    assert person.references == (
        Reference("K1", {TH01: genotype("6", "9.3"), VWA: genotype("16")}),
    )
    mixture = parse("SampleName,Marker,Allele1,Allele2,Allele3,Allele4\nE1,TH01,6,7,8,9.3\n")
    assert mixture.stains[0].replicates[0].peaks == {
        TH01: (peak("6"), peak("7"), peak("8"), peak("9.3"))
    }
    assert mixture.notices[0].startswith("Read as stains, since E1 has more than two alleles")


def test_a_role_that_is_given_is_kept_to() -> None:
    text = "SampleName,Marker,Allele1,Allele2,Allele3\nA,TH01,6,7,8\nA,vWA,16,16,\n"
    [person] = parse(text, role="references", purpose=Purpose.STAFF).references
    assert person.genotypes == {TH01: genotype("6", "7", "8"), VWA: genotype("16", "16")}
    assert person.purpose == Purpose.STAFF
    [stain] = parse(text, role="stains").stains
    assert stain.replicates[0].peaks[VWA] == (peak("16"),)  # listed twice without heights


def test_a_reference_locus_with_one_unreadable_allele_is_refused_whole() -> None:
    imported = parse("SampleName,Marker,Allele1,Allele2\nK1,TH01,6,OL\nK1,vWA,16,17\n")
    assert imported.references[0].genotypes == {VWA: genotype("16", "17")}
    assert [refused.what for refused in imported.refused] == ["K1, TH01"]


def test_an_allele_without_a_height_and_a_locus_without_a_peak() -> None:
    imported = parse(
        "SampleName,Marker,Allele1,Allele2,Height1,Height2\nE1,TH01,6,7,500,NA\nE1,vWA,,,,\n"
    )
    assert imported.stains[0].replicates[0].peaks == {TH01: (peak("6", 500), peak("7")), VWA: ()}


def test_amelogenin_as_one_and_two_only_if_the_whole_file_writes_it_so() -> None:
    header = "SampleName,Marker,Allele1,Allele2\n"
    both = parse(header + "K1,AMEL,1,2\nK2,Amelogenin,1,1\n")
    assert [str(person.genotypes[AMEL]) for person in both.references] == ["X/Y", "X/X"]
    assert "Amelogenin is written 1 and 2 in this file: read as X and Y." in both.notices
    mixed = parse(header + "K1,AMEL,1,2\nK2,AMEL,X,Y\n")
    assert str(mixed.references[0].genotypes[AMEL]) == "1/2"


def test_decimal_commas() -> None:
    text = "SampleName;Marker;Allele1;Allele2\nK1;TH01;6;9,3\n"
    assert parse(text, decimal_comma=True).references[0].genotypes[TH01] == genotype("6", "9.3")
    assert "--decimal-comma" in parse(text).refused[0].reason


def test_genemapper_samples_table() -> None:
    imported = parse(
        "Sample File\tSample Name\tTH01\tHeight\tvWA\tHeight\n"
        "a.fsa\tE1\t6, 9.3, , \t812, 233, , \tOL, 16, , \t91, 640, , \n"
    )
    assert imported.format == "GeneMapper, samples table"
    assert imported.stains[0].replicates[0].peaks == {
        TH01: (peak("6", 812), peak("9.3", 233)),
        VWA: (peak("16", 640),),
    }


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("specimenId,TH01_1,TH01_2,vWA_1,vWA_2\nK1,6,9.3,16,NULL\n", "SmartRank database"),
        ("CaseNumber,Sample Name,TH01,TH01(2),vWA,vWA(2)\nX,K1,9.3,6,16,\n", "STRmix reference"),
        ("Sample,Pop,TH01,,vWA,\nK1,AA,6,9.3,16,\n", "one row per person, columns"),
        ("Sample,TH01,TH01,vWA,vWA\nK1,6,9.3,16,\n", "one row per person, columns"),
        ("Sample,TH01,TH01.1,vWA,vWA.1\nK1,6,9.3,16,\n", "one row per person, columns"),
        ('Sample,Center,TH01,vWA\nK1,C,"6,9.3",16\n', "one row per person, alleles listed"),
        ("Sample;TH01;vWA\nK1;6/9.3;16\n", "one row per person, alleles listed"),
        ("specimenId,locus,allele\nK1,TH01,6\nK1,TH01,9.3\nK1,vWA,16\n", "tidy table"),
        ("specimenId,locus,allele\nK1,TH01,6 9.3\nK1,vWA,16\n", "tidy table"),
        ("donor,marker,allele1,allele2\nK1,TH01,6,9.3\nK1,vWA,16,\n", "EuroForMix table"),
    ],
)
def test_databases_in_every_form_hold_the_same_person(text: str, form: str) -> None:
    imported = parse(text)
    assert imported.format.startswith(form)
    assert imported.references == (
        Reference("K1", {TH01: genotype("6", "9.3"), VWA: genotype("16")}),
    )
    assert not imported.refused


def test_marker_columns_with_lists_are_not_taken_for_columns_of_one_locus() -> None:
    imported = parse('Sample,AMEL,Marker_1,Marker_2\nK1,"X,Y",12,"13,15"\n')
    assert {str(k): str(v) for k, v in imported.references[0].genotypes.items()} == {
        "AMEL": "X/Y",
        "MARKER1": "12/12",
        "MARKER2": "13/15",
    }


def test_tidy_rows_are_peaks_with_replicates() -> None:
    imported = parse(
        "sample,replicate,marker,allele,height,size\n"
        "E1,1,TH01,6,812,170.5\nE1,1,TH01,9.3,233,\nE1,2,TH01,6,790,\n"
    )
    [stain] = imported.stains
    assert stain.replicates == (
        Replicate("1", {TH01: (peak("6", 812, 170.5), peak("9.3", 233))}),
        Replicate("2", {TH01: (peak("6", 790),)}),
    )


def test_equal_records_of_one_person_are_taken_once() -> None:
    imported = parse("specimenId,TH01_1,TH01_2\nK1,6,7\nK1,6,7\nK2,8,8\n")
    assert [person.id for person in imported.references] == ["K1", "K2"]
    assert [(r.what, r.where and r.where.line) for r in imported.refused] == [("K1", 3)]


def test_a_header_repeated_among_the_rows_is_passed_over() -> None:
    header = "SampleName,Marker,Allele1,Allele2\n"
    imported = parse(header + "K1,TH01,6,7\n" + header + "K2,TH01,6,7\n")
    assert [person.id for person in imported.references] == ["K1", "K2"]
    assert "Line 3 repeats the header and was passed over." in imported.notices


def test_unknown_columns_are_refused_by_name() -> None:
    with pytest.raises(UnreadableFile, match="these columns: year, crimes"):
        parse("year,crimes\n1987,12\n")


def stain(name: str, kit: str = "", case: str = "") -> Stain:
    return Stain(name, (Replicate(name, {TH01: (peak("6", 500),)}),), kit, case)


@pytest.mark.parametrize(
    ("names", "rule", "groups"),
    [
        (["E1.1", "E1.2", "E2"], "none", ["E1.1", "E1.2", "E2"]),
        (["E1.1", "E1.2", "E2"], "suffix", ["E1", "E2"]),
        (["E1_rep1", "E1_rep2", "E2_rep1"], "suffix", ["E1", "E2_rep1"]),
        (["E1Rep1", "E1Rep2"], "suffix", ["E1"]),
        (["1_E1", "2_E1", "1L_E2", "2L_E2"], "prefix", ["E1", "E2"]),
        (
            ["1_0900_A2", "2_1100_A2", "1_0800_B2"],
            re.compile(r"\d_\d+_(?P<stain>.+)"),
            ["A2", "1_0800_B2"],
        ),
    ],
)
def test_replicates_are_put_together_by_their_names(
    names: list[str], rule: object, groups: list[str]
) -> None:
    grouped = group_replicates(map(stain, names), rule)  # type: ignore[arg-type]
    assert [one.id for one in grouped] == groups
    assert [r.name for one in grouped for r in one.replicates] == names


def test_replicates_of_two_kits_or_two_cases_are_not_put_together() -> None:
    apart = group_replicates([stain("E.1", case="A"), stain("E.2", case="B")], "suffix")
    assert [one.id for one in apart] == ["E.1", "E.2"]
    with pytest.raises(InvalidRecord, match="typed with GlobalFiler and NGM"):
        group_replicates([stain("E.1", "NGM"), stain("E.2", "GlobalFiler")], "suffix")


@pytest.mark.parametrize("rule", ["infix", re.compile(r"\d_(.+)")])
def test_other_rules_for_replicates_are_refused(rule: object) -> None:
    with pytest.raises(UnknownName, match="No rule for replicates"):
        group_replicates([stain("E.1")], rule)  # type: ignore[arg-type]
