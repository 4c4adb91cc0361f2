"""CMF files: what the schema allows is read, what it forbids is refused specimen by specimen."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile
from reopen.formats import codis
from reopen.formats.codis_writer import write_cmf
from reopen.formats.imported import Imported
from reopen.records import (
    Locus,
    Peak,
    Purpose,
    Reference,
    Replicate,
    Stain,
    alleles,
    genotype,
)

MALFORMED = Path(__file__).resolve().parents[1] / "malformed"
SCHEMA = Path(__file__).resolve().parents[3] / "shared/reference/data/codis_cmf/CMF-2017.xsd"

HEADER = {
    "HEADERVERSION": "3.2",
    "MESSAGETYPE": "Import",
    "DESTINATIONORI": "XX0000000",
    "SOURCELAB": "YY0000000",
    "SUBMITBYUSERID": "ana",
    "SUBMITDATETIME": "2024-01-05T10:00:00",
}


def tag(name: str, content: str, attributes: str = "") -> str:
    return f"<{name}{' ' + attributes if attributes else ''}>{content}</{name}>"


def locus(name: str, *labels: str, kit: str = "", when: str = "2001-03-02T00:00:00") -> str:
    typed = "".join(tag("ALLELE", tag("ALLELEVALUE", label)) for label in labels)
    head = tag("LOCUSNAME", name) + tag("READINGBY", "ana") + tag("READINGDATETIME", when)
    return tag("LOCUS", head + typed, f'KIT="{kit}"' if kit else "")


def specimen(name: str, category: str, *loci: str, attributes: str = "") -> str:
    head = tag("SPECIMENID", name) + tag("SPECIMENCATEGORY", category)
    return "\n" + tag("SPECIMEN", head + "".join(loci), attributes)


def cmf(*specimens: str, **header: str) -> bytes:
    fields = "".join(tag(name, text) for name, text in (HEADER | header).items())
    return tag("CODISImportFile", fields + "".join(specimens),
               'xmlns="urn:CODISImportFile-schema"').encode()  # fmt: skip


def read(data: bytes, **options: object) -> Imported:
    return codis.read("unit.xml", data, **options)  # type: ignore[arg-type]


TH01 = locus("TH01", "6", "9.3")


def test_a_forensic_specimen_is_a_stain_of_allele_sets() -> None:
    data = cmf(
        specimen("1987-114-E2", "Forensic Mixture",
                 locus("D3S1358", "15", "17", "18", kit="Profiler Plus"),
                 attributes='CASEID="1987-114"')
    )  # fmt: skip
    assert codis.recognises(data[:100])
    (stain,) = read(data).stains
    assert (stain.id, stain.case, stain.kit) == ("1987-114-E2", "1987-114", "Profiler Plus")
    peaks = stain.replicates[0].peaks[Locus("D3S1358")]
    assert peaks == tuple(Peak(label) for label in alleles(["15", "17", "18"]))
    assert not stain.has_heights
    assert stain.where is not None
    assert stain.where.line == 2


@pytest.mark.parametrize(
    ("category", "purpose"),
    [
        ("Staff", Purpose.STAFF),
        ("Elimination, Known", Purpose.STAFF),
        ("Victim, Known", Purpose.VICTIM),
        ("Suspect, Known", Purpose.SUSPECT),
        ("Unidentified Person", Purpose.UNIDENTIFIED),
        ("Biological Mother", Purpose.FAMILY),
        ("Missing Person", Purpose.FAMILY),
        ("Convicted Offender", Purpose.DATABASE),
    ],
)
def test_the_category_says_why_a_reference_is_on_file(category: str, purpose: Purpose) -> None:
    (reference,) = read(cmf(specimen("P", category, TH01))).references
    assert reference.purpose is purpose
    assert reference.genotypes[Locus("TH01")] == genotype("6", "9.3")


def test_a_category_without_a_purpose_is_told() -> None:
    imported = read(cmf(specimen("P", "Volunteer", TH01)))
    assert any("P (Volunteer)" in notice for notice in imported.notices)


def test_marks_that_no_record_holds_are_told() -> None:
    obligate = TH01.replace("<ALLELE>", '<ALLELE ALLELEREQUIRED="true">', 1)
    one = specimen("E2", "Forensic Partial", obligate, attributes='PARTIAL="1" SOURCEID="Yes"')
    told = " ".join(read(cmf(one)).notices)
    for word in ("obligate", "partial profile", "source is said to be known"):
        assert word in told


def test_the_case_of_a_reference_is_told() -> None:
    imported = read(cmf(specimen("P", "Victim, Known", TH01, attributes='CASEID="1987-114"')))
    assert any("P (1987-114)" in notice for notice in imported.notices)


BROKEN = {
    "unknown category": (specimen("B", "Staf", TH01), "SPECIMENCATEGORY is 'Staf'"),
    "name too long": (specimen("B" * 25, "Staff", TH01), "1 to 24 characters"),
    "unknown locus": (specimen("B", "Staff", locus("D99S1", "6")), "LOCUSNAME is 'D99S1'"),
    "unknown kit": (specimen("B", "Staff", locus("TH01", "6", kit="TetraPak")), "'TetraPak'"),
    "no locus": (specimen("B", "Staff"), "0 LOCUS in SPECIMEN"),
    "no allele": (specimen("B", "Staff", locus("TH01")), "0 ALLELE in LOCUS"),
    "nine alleles": (specimen("B", "Forensic Mixture", locus("TH01", *"123456789")), "9 ALLELE"),
    "allele too long": (specimen("B", "Staff", locus("TH01", "9.3xxxxxxxx")), "1 to 10"),
    "locus twice": (specimen("B", "Staff", TH01, TH01), "TH01 is there twice"),
    "locus twice in two spellings": (
        specimen("B", "Staff", TH01, locus("THO1", "6")), "TH01 is there twice"),
    "no date": (specimen("B", "Staff", locus("TH01", "6", when="2 March")), "READINGDATETIME"),
    "date out of range": (
        specimen("B", "Staff", locus("TH01", "6", when="1900-01-01T00:00:00")), "1900 to 2079"),
    "wrong order": (
        specimen("B", "Staff", TH01).replace("<SPECIMENCATEGORY>Staff</SPECIMENCATEGORY>", "")
        .replace("</SPECIMEN>", tag("SPECIMENCATEGORY", "Staff") + "</SPECIMEN>"),
        "SPECIMENCATEGORY comes after LOCUS"),
    "partial is no boolean": (
        specimen("B", "Staff", TH01, attributes='PARTIAL="maybe"'), "it is true or false"),
    "same name again": (specimen("A", "Staff", TH01), "A is there twice"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_specimen_is_refused_and_the_others_go_on(case: str) -> None:
    bad, message = BROKEN[case]
    imported = read(cmf(specimen("A", "Staff", TH01), bad, specimen("C", "Staff", TH01)))
    assert [r.id for r in imported.references] == ["A", "C"]
    (refused,) = imported.refused
    assert message in refused.reason
    assert refused.where is not None
    assert refused.where.line == 3


def test_an_allele_that_is_no_label_refuses_its_locus_only() -> None:
    imported = read(cmf(specimen("A", "Staff", TH01, locus("FGA", "20", ">30"))))
    assert imported.references[0].loci == ("TH01",)
    (refused,) = imported.refused
    assert refused.what == "Specimen A, FGA"
    assert "'>30' is not an allele label" in refused.reason


def test_more_than_three_alleles_are_no_genotype() -> None:
    imported = read(cmf(specimen("A", "Staff", TH01, locus("FGA", "20", "21", "22", "23"))))
    assert imported.references[0].loci == ("TH01",)
    assert "4 alleles" in imported.refused[0].reason


def test_a_role_leaves_out_the_other_kind_and_says_so() -> None:
    data = cmf(specimen("A", "Staff", TH01), specimen("E", "Forensic, Unknown", TH01))
    imported = read(data, role="stains")
    assert (len(imported.stains), len(imported.references), len(imported.refused)) == (1, 0, 1)


def test_versions() -> None:
    for version in ("2.0", "3.0", "3.2"):
        assert read(cmf(specimen("A", "Staff", TH01), HEADERVERSION=version)).references
    with pytest.raises(UnreadableFile, match=r"HEADERVERSION is '4\.0'"):
        read(cmf(specimen("A", "Staff", TH01), HEADERVERSION="4.0"))


def test_a_rapid_import_message_is_read() -> None:
    """Elements and order after CODIS Rapid Import CMF 1.0, revisions 16 and 17."""
    header = (
        tag("MESSAGEVERSION", "1.0") + tag("MESSAGETYPE", "Rapid Import") + tag("MESSAGEID", "7")
        + tag("MESSAGEDATETIME", "2024-01-05T10:00:00") + tag("MSGCREATORUSERID", "ana")
        + tag("DESTINATIONORI", "XX0000000") + tag("SOURCEORI", "YY0000000")
    )  # fmt: skip
    typed = tag("LOCUSNAME", "TH01") + "".join(
        tag("ALLELE", tag("ALLELEVALUE", label)) for label in ("6", "9.3")
    )
    person = (
        tag("SPECIMENID", "R1") + tag("SPECIMENCATEGORY", "Arrestee") + tag("UNIQUEEVENTID", "9")
        + tag("FINGERPRINTDATE", "2024-01-05T09:00:00") + tag("ARRESTOFFENSECATEGORY", "none")
        + tag("LOCUS", typed)
    )  # fmt: skip
    data = tag(
        "CODISRapidImportFile",
        tag("HEADER", header) + tag("DEVICE", tag("INSTRUMENTID", "1")) + tag("SPECIMEN", person),
        'xmlns="urn:CODISRapidImportFile-schema"',
    ).encode()
    assert codis.recognises(data)
    imported = read(data)
    assert imported.format == "CODIS CMF Rapid Import 1.0"
    assert imported.references[0].genotypes[Locus("TH01")] == genotype("6", "9.3")


@pytest.mark.parametrize(
    ("name", "message", "line"),
    [
        ("codis_doctype.xml", "declares a document type", 2),
        ("codis_cut_off.xml", "The XML is broken", 5),
        ("codis_header_order.xml", "MESSAGETYPE comes after DESTINATIONORI", 4),
    ],
)
def test_broken_files(name: str, message: str, line: int) -> None:
    with pytest.raises(UnreadableFile, match=message) as caught:
        read((MALFORMED / name).read_bytes())
    assert caught.value.where is not None
    assert caught.value.where.line == line


# writing

STAIN = Stain(
    "1987-114-E2",
    (Replicate("1", {
        Locus("D3S1358"): tuple(Peak(a) for a in alleles(["15", "17", "18"])),
        Locus("DYS389I"): tuple(Peak(a) for a in alleles(["13"])),
        Locus("AMEL"): tuple(Peak(a) for a in alleles(["X", "Y"])),
    }),),
    kit="NGM", case="1987-114",
)  # fmt: skip
PEOPLE = (
    Reference("S&T", {Locus("TH01"): genotype("6", "9.3")}, Purpose.SUSPECT, kit="GlobalFiler"),
    Reference("lab 4", {Locus("vWA"): genotype("16")}, Purpose.STAFF),
    Reference("off 7", {Locus("Penta D"): genotype("9", "12")}, Purpose.DATABASE),
)
LETTER = {
    "destination": "XX0000000", "source_lab": "YY0000000", "user": "ana",
    "submitted": datetime(2024, 1, 5, 10),
}  # fmt: skip


def written(**changes: object) -> str:
    options = LETTER | {"categories": {"off 7": "Convicted Offender"}} | changes
    return write_cmf([STAIN], PEOPLE, **options)  # type: ignore[arg-type]


def test_what_is_written_is_read_back_the_same() -> None:
    imported = read(written().encode())
    assert imported.stains == (STAIN,)
    assert imported.references == PEOPLE
    assert imported.refused == ()


def test_what_is_written_is_valid_by_the_schema() -> None:
    assert schema_says(written().encode())


def test_a_database_reference_needs_its_category_said() -> None:
    with pytest.raises(InvalidRecord, match="off 7 is kept for purpose 'database'"):
        written(categories={})


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (Reference("a", {Locus("D6S1043"): genotype("12")}, Purpose.STAFF), "D6S1043"),
        (Reference("a" * 25, {Locus("TH01"): genotype("6")}, Purpose.STAFF), "1 to 24"),
        (Reference("a\n", {Locus("TH01"): genotype("6")}, Purpose.STAFF), "printable"),
        (Reference("a", {}, Purpose.STAFF), "0 loci"),
    ],
)
def test_what_the_format_cannot_hold_is_not_written(profile: Reference, message: str) -> None:
    with pytest.raises(InvalidRecord, match=message):
        write_cmf([], [profile], **LETTER)  # type: ignore[arg-type]


def test_a_locus_without_peaks_and_a_foreign_kit_go_into_the_comment() -> None:
    peaks = {Locus("TH01"): (Peak(alleles(["6"])[0]),), Locus("FGA"): ()}
    stain = Stain("E", (Replicate("1", peaks),), kit="PowerPlex 21")
    text = write_cmf([stain], [], **LETTER)  # type: ignore[arg-type]
    assert "<SPECIMENCOMMENT>Kit: PowerPlex 21. No alleles at: FGA.</SPECIMENCOMMENT>" in text
    assert 'PARTIAL="true"' in text


# against the schema and against noise


def schema_says(data: bytes) -> bool:
    if not SCHEMA.exists():
        pytest.skip("the CODIS schema is not in ../shared")
    etree = pytest.importorskip("lxml.etree")
    return bool(etree.XMLSchema(etree.parse(str(SCHEMA))).validate(etree.fromstring(data)))


def one_of(valid: str, *others: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(valid), st.sampled_from(others))


LOCI = st.builds(
    lambda name, kit, when, labels: locus(name, *labels, kit=kit, when=when),
    one_of("TH01", "vWA", "THO2", "th01", "FGA"),
    one_of("GlobalFiler", "Global Filer", "", "SGM Plus"),
    one_of("2001-03-02T00:00:00", "2001-03-02", "2001-02-30T00:00:00", "2079-06-06T00:00:00",
           " 2001-03-02T00:00:00 ", "2001-03-02T00:00:00Z", "2001-03-02T25:00:00"),
    st.lists(one_of("12", "9.3", "X", "x" * 11, ""), min_size=0, max_size=9),
)  # fmt: skip
SPECIMENS = st.builds(
    lambda name, category, partial, source, loci: specimen(
        name, category, *loci, attributes=f'PARTIAL="{partial}" SOURCEID="{source}"'
    ),
    one_of("A", "B", "C" * 24, "C" * 25, ""),
    one_of("Staff", "Forensic Mixture", "forensic mixture", "Staff "),
    one_of("true", "0", "yes", ""),
    one_of("Yes", "N/A", "NO", ""),
    st.lists(LOCI, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SPECIMENS, min_size=1, max_size=2), one_of("XX0000000", "X" * 11, ""))
def test_our_verdict_is_the_schema_s(specimens: list[str], destination: str) -> None:
    data = cmf(*specimens, DESTINATIONORI=destination)
    try:
        refused = [r for r in read(data).refused if "By the CODIS import schema" in r.reason]
        ours = not refused
    except UnreadableFile:
        ours = False
    assert ours == schema_says(data)


WHOLE = written().encode()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_files_raise_nothing_but_our_errors(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(WHOLE)))
    end = data.draw(st.integers(start, min(len(WHOLE), start + 40)))
    noise = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from([b"<", b"&", b"<LOCUS>"])))
    with suppress(ReopenError):
        read(WHOLE[:start] + noise + WHOLE[end:])


@given(st.binary(max_size=200))
def test_noise_raises_nothing_but_our_errors(noise: bytes) -> None:
    codis.recognises(noise)
    with pytest.raises(ReopenError):
        read(noise)


def test_utf_16_is_read() -> None:
    text = re.sub(r"encoding='utf-8'", "encoding='utf-16'", written())
    assert read(text.encode("utf-16")).stains == (STAIN,)
