"""Files of many people: a database holds what the ordinary reader of their form gives, and refuses
the same records for the same reasons, however the file falls into blocks."""

from __future__ import annotations

import csv
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.formats.test_codis import cmf, locus, specimen, tag

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats import Imported, _cmf_stream, _database_cmf, read_profiles
from reopen.formats import _database_text as in_blocks
from reopen.formats.database_import import build_database
from reopen.formats.reference_database import ReferenceDatabase
from reopen.records import Locus, Purpose, Reference, genotype

BLOCKS = (64, 300, 1 << 24)


def refused(database: ReferenceDatabase) -> list[tuple[str, ...]]:
    path = database.path.with_name(database.about.refused_file)
    with path.open(encoding="utf-8", newline="") as file:
        return sorted(tuple(row) for row in list(csv.reader(file))[1:])


def as_rows(imported: Imported) -> list[tuple[str, ...]]:
    rows = []
    for item in imported.refused:
        assert item.where is not None
        line = "" if item.where.line is None else str(item.where.line)
        rows.append((item.what, item.reason, item.where.file, line, item.where.field))
    return sorted(rows)


def in_order(people: tuple[Reference, ...]) -> list[tuple[Reference, object]]:
    return sorted(((p, str(p.where)) for p in people), key=lambda pair: (pair[1], pair[0].id))


def same(path: Path, block_bytes: int, **said: Any) -> ReferenceDatabase:
    """Read both ways. All people, all refusals and all notices are the same."""
    imported = read_profiles(path, role="references", **said)
    database = build_database(path.with_suffix(".arrow"), [path], block_bytes=block_bytes, **said)
    assert in_order(database.people(range(database.n))) == in_order(imported.references)
    assert refused(database) == as_rows(imported)
    (source,) = database.about.sources
    assert (source.sha256, source.form) == (imported.sha256, imported.format)
    assert (source.people, source.refused) == (database.n, len(imported.refused))
    assert source.controls == len(imported.controls)
    assert sorted(source.notices) == sorted(imported.notices)
    return database


def write(folder: Path, text: str, name: str = "f.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


SMARTRANK = """specimenId,D3S1358_1,D3S1358_2,D3S1358_3,D3S1358_4,THO1_1,THO1_2,AMEL_1,AMEL_2
A,15,17,NULL,NULL,6,9.3,X,Y
B,15,15,,,NULL,NULL,X,X
three,15,16,17,NULL,6,9.3,X,Y
four,15,16,17,18,6,9.3,X,Y
once,15,,,,9.30,,X,Y
comma,15,17,,,"9,3",6,X,Y
ladder off,15,OL,,,6,7,X,Y
empty,,,,,,,,
short,15,17
long,15,17,,,6,7,X,Y,extra
,15,17,,,6,7,X,Y
 spaces ,15,17,,, 6 ,7,X,Y
Positive Control,12,13,,,6,7,X,Y
twice,15,17,,,6,7,X,Y
twice,15,17,,,6,7,X,Y

other,15,17,,,6,7,X,Y
other,15,18,,,6,7,X,Y
other,OL,18,,,6,7,X,Y
specimenId,D3S1358_1,D3S1358_2,D3S1358_3,D3S1358_4,THO1_1,THO1_2,AMEL_1,AMEL_2
zero,0,17,,,6,7,X,Y
date,15,17,,,9-Mar,7,X,Y
late,15.2,17,,,6,7,X,Y
,,,,,,,,
last,15,17,,,6,2.2000000000000002,X,Y
"""


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_a_smartrank_database_with_every_kind_of_broken_row(
    tmp_path: Path, block_bytes: int
) -> None:
    database = same(write(tmp_path, SMARTRANK), block_bytes)
    assert database.about.triallelic == {"D3S1358": 1}
    (three,) = (person for person in database.people(range(database.n)) if person.id == "three")
    assert three.genotypes[Locus("D3S1358")] == genotype("15", "16", "17")


@pytest.mark.parametrize("block_bytes", BLOCKS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_and_ends_of_lines(tmp_path: Path, block_bytes: int, encoding: str) -> None:
    text = SMARTRANK.replace("late", "spät").replace("last", "Müller, Jörg".replace(",", ""))
    same(write(tmp_path, text.replace("\n", "\r\n"), encoding=encoding), block_bytes)


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_quoted_cells(tmp_path: Path, block_bytes: int) -> None:
    rows = "".join(f'"P{k}","6,9.3","16,17"\n' for k in range(20))
    text = "Name,TH01,vWA\n" + rows + '"two\nlines","6,6","14"\n"say ""me""",7,"X"\nend,8,9,\n'
    same(write(tmp_path, text), block_bytes, decimal_comma=False)
    quoted = 'Name;"TH01_1";"TH01_2"\n' + "".join(f'"P{k}";"6";"9.3"\n' for k in range(20))
    same(write(tmp_path, quoted, "q.csv"), block_bytes)


def test_a_quotation_mark_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"P{k},6,7\n" for k in range(30))
    path = write(tmp_path, f'Name,TH01_1,TH01_2\n{rows}"P,6,7\n{rows}')
    with pytest.raises(UnreadableFile, match="do not pair up") as ours:
        build_database(tmp_path / "d.arrow", [path], block_bytes=100)
    with pytest.raises(UnreadableFile) as theirs:
        read_profiles(path, role="references")
    assert ours.value.where == theirs.value.where
    assert [p.name for p in tmp_path.iterdir()] == ["f.csv"]


@pytest.mark.parametrize("block_bytes", BLOCKS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_alleles_listed_in_a_cell(tmp_path: Path, block_bytes: int, separator: str) -> None:
    table = [
        ["Name", "Kit", "Sex", "TH01", "vWA", "AMEL"],
        ["A", "NGM", "f", "6/9.3", "16/17", "X/X"],
        ["B", "", "m", "7/7", "14", "X/Y"],
        ["C", "NGM", "m", "7/8/9", "14/15/16/17", ""],
        ["D", "", "m", "9.3", "Q", "X/Y"],
    ]
    text = "".join(separator.join(row) + "\n" for row in table)
    same(write(tmp_path, text), block_bytes, kit="SGM Plus")


def test_a_locus_of_refused_records_alone_is_none_of_the_database(tmp_path: Path) -> None:
    text = "specimenId,vWA_1,vWA_2,TH01_1,TH01_2,FGA_1,FGA_2\nA,,,6,,20,21\n,16,17,,,,\n"
    database = same(write(tmp_path, text), 64)
    assert database.loci == ("TH01", "FGA")
    assert database.people([0])[0].genotypes[Locus("TH01")].one_allele_listed


STRMIX = """CaseNumber,Sample Name,TH01,TH01(2),vWA,vWA(2)
Known,K1,6,9.3,16,16
Known,K2,6,,16,17
"""
NIST = """Sample,Pop,TH01,,vWA,
N1,Cauc,6,9.3,16,17
N2,Cauc,7,7,,
"""


@pytest.mark.parametrize("text", [STRMIX, NIST])
def test_other_wide_forms(tmp_path: Path, text: str) -> None:
    same(write(tmp_path, text), 64)


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_amelogenin_in_numbers_is_known_from_the_whole_file(
    tmp_path: Path, block_bytes: int
) -> None:
    head = "specimenId,AMEL_1,AMEL_2,TH01_1,TH01_2\n"
    rows = "".join(f"P{k},1,{1 + k % 2},6,OL\n" if k % 7 else f"P{k},1,2,6,7\n" for k in range(40))
    numbers = same(write(tmp_path, head + rows), block_bytes)
    assert numbers.alleles[Locus("AMEL")] == ("X", "Y")
    same(write(tmp_path, head + rows + "late,X,Y,6,7\n", "late.csv"), block_bytes)


EUROFORMIX = """SampleName,Marker,Allele1,Allele2,Allele3
A,THO1,6,9.3,
A,vWA,16,,
A,AMEL,X,Y,
B,TH01,6,6,
B,vWA,OL,17,
B,,16,17,
C,TH01,6,7,8
C,vWA,15,16,
Negative Control,TH01,,,
D,TH01,,,
E,TH01,7,8,
E,TH01,7,8,
E,vWA,15,16,
F,TH01,7,8
F,vWA,7,8,,9
A,D3S1358,15,16,
G,TH01,9,"9,3",
G,vWA,9-Mar,,
G,D3S1358,17,18,
H,TH01,7,8,
H,TH01,7,9,
,TH01,7,8,
SampleName,Marker,Allele1,Allele2,Allele3
B,vWA,17,18,
 I ,TH01,7,8,
"""


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_a_long_table_with_every_kind_of_broken_row(tmp_path: Path, block_bytes: int) -> None:
    same(write(tmp_path, EUROFORMIX), block_bytes)


GENEMAPPER = """Sample File\tSample Name\tPanel\tSample Type\tMarker\tAllele 1\tAllele 2
a.fsa\tA\tNGM\tSample\tTH01\t6\t9.3
a.fsa\tA\tNGM\tSample\tvWA\t16\t17
b.fsa\tA\tNGM\tSample\tTH01\t6\t9.3
b.fsa\tA\tNGM\tSample\tvWA\t16\t17
c.fsa\tB\t\tSample\tTH01\t6\t9.3
d.fsa\tB\t\tSample\tTH01\t6\t8
e.fsa\tlad\tNGM\tAllelic Ladder\tTH01\t6\t8
f.fsa\t\tNGM\tSample\tTH01\t6\t8
g.fsa\tC\tNGM\tSample\tTH01\t6\t8
"""


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_runs_kits_and_types_of_samples(tmp_path: Path, block_bytes: int) -> None:
    same(write(tmp_path, GENEMAPPER, "f.txt"), block_bytes, kit="SGM Plus")


TIDY = """specimenId,locus,allele
A,TH01,6
A,TH01,9.3
A,vWA,16 17
A,AMEL,X Y
B,TH01,6
B,TH01,6
B,vWA,16
B,vWA,17
B,vWA,18
C,TH01,OL
C,vWA,14/15/16/17
D,TH01,"9,3"
D,vWA,18
A,D3S1358,15
A,D3S1358,16
E,TH01,
,TH01,7
"""


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_rows_of_one_allele(tmp_path: Path, block_bytes: int) -> None:
    same(write(tmp_path, TIDY), block_bytes)


def test_a_table_sorted_by_locus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_blocks, "ROWS_AT_ONCE", 10)
    rows = [f"P{k},{locus},6,{7 + k % 3}\n" for locus in ("TH01", "vWA", "FGA") for k in range(30)]
    database = same(write(tmp_path, "Sample Name,Marker,Allele1,Allele2\n" + "".join(rows)), 200)
    assert database.n == 30
    assert len(database.loci) == 3


def test_other_forms_are_read_whole(tmp_path: Path) -> None:
    text = "Sample\tTH01\tvWA\nP-1\t6, 9.3\t16, 17\nP-2\t7, 7\tOL, 18\n"
    same(write(tmp_path, text, "osiris.tab"), 64)


# CODIS

OFFENDER = "Convicted Offender"
TH01, VWA = locus("TH01", "6", "9.3"), locus("vWA", "16", "17")


def write_cmf(folder: Path, data: bytes) -> Path:
    path = folder / "f.xml"
    path.write_bytes(data)
    return path


SPECIMENS = (
    specimen("A", OFFENDER, TH01, locus("vWA", "16", "17")),
    specimen("B", OFFENDER, locus("THO1", "6"), locus("AMEL", "X", "Y")),
    specimen("three", OFFENDER, locus("TH01", "6", "7", "8"), locus("vWA", "16")),
    specimen("four", OFFENDER, locus("TH01", "6", "7", "8", "9"), locus("vWA", "16")),
    specimen("only OL", OFFENDER, locus("TH01", "OL")),
    specimen("some OL", OFFENDER, TH01, locus("vWA", "OL", "16")),
    specimen("stain", "Forensic, Unknown", TH01),
    specimen("staff", "Staff", TH01),
    specimen("other", "Other", TH01),
    specimen("nobody", "No Category", TH01),
    specimen("no locus", OFFENDER),
    specimen("A", OFFENDER, locus("vWA", "OL", "14"), TH01),
    specimen("kits", OFFENDER, locus("TH01", "6", kit="GlobalFiler"), locus("vWA", "14")),
    specimen("kit", OFFENDER, locus("TH01", "6", kit="GlobalFiler")),
    specimen("time", OFFENDER, locus("TH01", "6", when="yesterday")),
    specimen("twice", OFFENDER, TH01, locus("THO1", "6")),
    specimen("partial", OFFENDER, TH01, attributes='PARTIAL="true" SOURCEID="Yes" CASEID="7"'),
    specimen("wrong", OFFENDER, TH01, attributes='PARTIAL="perhaps"'),
    specimen("Q&amp;A", OFFENDER, TH01),
    specimen(" spaces ", OFFENDER, TH01),
    specimen("x" * 25, OFFENDER, TH01),
    specimen("é", OFFENDER, TH01.replace("<LOCUS>", "\n  <LOCUS>\n")),
    specimen("obligate", OFFENDER, TH01.replace("<ALLELE>", '<ALLELE ALLELEREQUIRED="true">')),
    specimen("comment", OFFENDER, tag("SPECIMENCOMMENT", "seen") + TH01),
    specimen("stray", OFFENDER, TH01, tag("SEEN", "1")),
    specimen("last", OFFENDER, locus("vWA", "14", "15"), TH01),
)


@pytest.mark.parametrize("block_bytes", BLOCKS)
@pytest.mark.parametrize("edge", [700, 1 << 16])
def test_codis_files(
    tmp_path: Path, block_bytes: int, edge: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cmf_stream, "_EDGE_BYTES", edge)
    path = write_cmf(tmp_path, cmf(*SPECIMENS))
    assert _cmf_stream.CmfStream(path, block_bytes).can_be_cut
    same(path, block_bytes, kit="NGM")


def test_what_is_known_of_codis_files_may_be_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_database_cmf, "_PIECES", 3)
    monkeypatch.setattr(_database_cmf, "_MOST_KNOWN", 2)
    same(write_cmf(tmp_path, cmf(*SPECIMENS)), 300)


def test_codis_loci_that_were_read_at_one_time_or_at_several(tmp_path: Path) -> None:
    """Each text of a locus is met again at a time that was met, at another, at none and at two."""
    times = ("2001-03-02T00:00:00", "2001-03-02T10:30:00", "yesterday", "")
    made = [
        locus("TH01", "6", "7", when=one) + locus("vWA", "16", "17", when=other)
        for one, other in product(times, repeat=2)
    ]
    when = tag("READINGDATETIME", times[0])
    made += [made[0].replace(when, ""), made[0].replace(when, when + when)]
    people = [specimen(f"P{k}", OFFENDER, loci) for k, loci in enumerate(made * 3)]
    same(write_cmf(tmp_path, cmf(*people)), 300)


def test_purposes_of_codis_files(tmp_path: Path) -> None:
    path = write_cmf(tmp_path, cmf(*SPECIMENS, KIT="COfiler"))
    same(path, 300, purpose=Purpose.STAFF)


@pytest.mark.parametrize("odd", ["<!-- </SPECIMEN> -->", "<![CDATA[</SPECIMEN>]]>", "<?seen?>"])
def test_codis_files_that_cannot_be_cut_are_read_whole(tmp_path: Path, odd: str) -> None:
    data = cmf(*SPECIMENS[:3]).replace(b"</LOCUS></SPECIMEN>", f"</LOCUS>{odd}</SPECIMEN>".encode())
    path = write_cmf(tmp_path, data)
    assert not _cmf_stream.CmfStream(path).can_be_cut
    same(path, 300)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "iso-8859-1", "utf-16"])
def test_encodings_of_codis_files(tmp_path: Path, encoding: str) -> None:
    named = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{named}"?>\n' + cmf(*SPECIMENS).decode()
    same(write_cmf(tmp_path, text.encode(encoding)), 300)


@pytest.mark.parametrize(
    "broken",
    [
        cmf(*SPECIMENS)[:-300],
        cmf(*SPECIMENS).replace(b"</CODISImportFile>", b"<SEEN/></CODISImportFile>"),
        cmf(*SPECIMENS).replace(b"\n<SPECIMEN>", b"\n<SEEN/><SPECIMEN>", 3),
        cmf(*SPECIMENS).replace(b"<ALLELEVALUE>OL</ALLELEVALUE>", b"<ALLELEVALUE>OL", 1),
        cmf(*SPECIMENS).replace(b"OFFENDER", b"&offender;").replace(b">6<", b">&six;<", 1),
        cmf(*SPECIMENS, HEADERVERSION="1.0"),
        b"<!DOCTYPE x [<!ENTITY six '6'>]>" + cmf(*SPECIMENS),
        cmf(*SPECIMENS)[:-300] + b"\xff</CODISImportFile>",
        cmf(),
    ],
)
def test_codis_files_that_are_broken_leave_nothing(tmp_path: Path, broken: bytes) -> None:
    path = write_cmf(tmp_path, broken)
    with pytest.raises(UnreadableFile) as theirs:
        read_profiles(path, role="references")
    with pytest.raises(UnreadableFile) as ours:
        build_database(tmp_path / "d.arrow", [path], block_bytes=300)
    assert ours.value.rule == theirs.value.rule
    assert [p.name for p in tmp_path.iterdir()] == ["f.xml"]


def test_no_character_passes_for_the_time_of_a_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A locus that is known but for a character that no XML has, where its time should stand."""
    monkeypatch.setattr(_cmf_stream, "_EDGE_BYTES", 700)
    spoilt = re.sub("<READINGD.*TIME>", "\0", TH01)
    met = specimen("met", OFFENDER, VWA, TH01)
    path = write_cmf(tmp_path, cmf(*SPECIMENS, met, specimen("nul", OFFENDER, VWA, spoilt)))
    assert _cmf_stream.CmfStream(path).can_be_cut
    with pytest.raises(UnreadableFile):
        build_database(tmp_path / "d.arrow", [path])
    assert [p.name for p in tmp_path.iterdir()] == ["f.xml"]


def test_notices_of_many_specimens_name_the_first(tmp_path: Path) -> None:
    many = [specimen(f"P{k}", OFFENDER, TH01, attributes='PARTIAL="1"') for k in range(50)]
    path = write_cmf(tmp_path, cmf(*many))
    database = build_database(tmp_path / "d.arrow", [path])
    (notice,) = database.about.sources[0].notices
    assert notice.endswith("P18, P19 and 30 more.")


# columns


def write_parquet(folder: Path, **columns: Any) -> Path:
    path = folder / "t.parquet"
    pa.parquet.write_table(pa.table(columns), path)
    return path


def test_parquet_is_read_like_a_text(tmp_path: Path) -> None:
    rows = list(csv.reader(SMARTRANK.splitlines()))
    rows = [(row + [""] * 9)[:9] for row in rows[1:] if row and row[0] != "long"]
    header = SMARTRANK.splitlines()[0].split(",")
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    text = "\n".join(",".join(f'"{c}"' for c in row) for row in [header, *rows])
    ordinary = read_profiles(write(tmp_path, text), role="references")
    database = build_database(tmp_path / "d.arrow", [write_parquet(tmp_path, **columns)])
    people = database.people(range(database.n))
    assert {p.id: p for p in people} == {p.id: p for p in ordinary.references}
    assert [row[:2] for row in refused(database) if "line" not in row[1]] == [
        row[:2] for row in as_rows(ordinary) if "line" not in row[1]
    ]


def test_numbers_in_parquet_may_be_whole_and_not_broken(tmp_path: Path) -> None:
    whole = {"id": ["A", "B"], "TH01_1": [6, None], "TH01_2": [7, 8], "score": [1.5, 2.5]}
    database = build_database(tmp_path / "d.arrow", [write_parquet(tmp_path, **whole)])
    a, b = database.people([0, 1])
    assert a.genotypes == {Locus("TH01"): genotype("6", "7")}
    assert b.genotypes == {Locus("TH01"): genotype("8")}
    assert "Columns not read: score." in database.about.sources[0].notices
    broken = {"id": ["A"], "TH01_1": ["6"], "TH01_2": [9.3]}
    with pytest.raises(UnreadableFile, match="Column 'TH01_2' holds numbers of type double"):
        build_database(tmp_path / "e.arrow", [write_parquet(tmp_path, **broken)])


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"ARROW1\0\0"])
def test_broken_columns_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        build_database(tmp_path / "d.arrow", [path])


def test_columns_of_something_else_are_refused(tmp_path: Path) -> None:
    path = write_parquet(tmp_path, city=["Bern"], rain=["much"])
    with pytest.raises(UnreadableFile, match="No form of profiles has these columns"):
        build_database(tmp_path / "d.arrow", [path])


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, SMARTRANK)

    def grow(step: str, done: int, of: int) -> None:
        path.write_text(SMARTRANK + "another,15,17,,,6,7,X,Y\n", encoding="utf-8")

    with pytest.raises(UnreadableFile, match="written to while it was read"):
        build_database(tmp_path / "d.arrow", [path], progress=grow)
    assert [p.name for p in tmp_path.iterdir()] == ["f.csv"]


# generated files

LABELS = st.sampled_from(
    ["6", "9.3", "9.30", "17", "X", "", "NULL", "OL", "9,3", "0", " 7", "8 ", "Q", "10_8"]
)
NAMES = st.sampled_from([*"ABCDEFGH", "A", "é", " B", "NC", "Ladder", "pos. ctrl", "", "P 1"])


def table(header: str, cells: int) -> st.SearchStrategy[str]:
    row = st.tuples(NAMES, st.lists(LABELS, min_size=cells - 1, max_size=cells + 1))
    quoted = st.sampled_from([lambda text: text, lambda text: f'"{text}"'])

    def text(rows: list[tuple[str, list[str]]], quote: Any) -> str:
        lines = [
            ",".join(
                [name, *(quote(label) if "," not in label else f'"{label}"' for label in some)]
            )
            for name, some in rows
        ]
        return "\n".join([header, *lines]) + "\n"

    return st.builds(text, st.lists(row, min_size=1, max_size=12), quoted)


def agree(path: Path, block_bytes: int) -> None:
    """Both read the file, or both refuse it at the same place."""
    try:
        imported = read_profiles(path, role="references")
    except ReopenError as theirs:
        with pytest.raises(type(theirs), match=re.escape(theirs.seen)):
            build_database(path.with_suffix(".arrow"), [path], block_bytes=block_bytes)
        return
    if imported.references:
        same(path, block_bytes)
    else:
        with pytest.raises(UnreadableFile, match="No profile could be taken"):
            build_database(path.with_suffix(".arrow"), [path], block_bytes=block_bytes)


@pytest.mark.parametrize(
    ("header", "cells"),
    [("specimenId,TH01_1,TH01_2,vWA_1,vWA_2,vWA_3,AMEL_1,AMEL_2", 7), ("Name,TH01,vWA", 2)],
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), block_bytes=st.sampled_from(BLOCKS))
def test_generated_wide_tables(
    tmp_path: Path, header: str, cells: int, data: st.DataObject, block_bytes: int
) -> None:
    agree(write(tmp_path, data.draw(table(header, cells))), block_bytes)


MARKERS = st.sampled_from(["TH01", "THO1", "vWA", "AMEL", "", "D3S1358"])


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.tuples(NAMES, MARKERS, LABELS, LABELS), min_size=1, max_size=16),
    block_bytes=st.sampled_from(BLOCKS),
    one_a_row=st.booleans(),
)
def test_generated_long_tables(
    tmp_path: Path, rows: list[tuple[str, ...]], block_bytes: int, one_a_row: bool
) -> None:
    titles = ["SampleName", "Marker", "Allele"] + [] * one_a_row
    if not one_a_row:
        titles = ["SampleName", "Marker", "Allele1", "Allele2"]
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(titles)
        writer.writerows(row[: len(titles)] for row in rows)
    agree(path, block_bytes)


def test_a_large_file_is_read_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    loci = ["TH01", "vWA", "FGA", "D3S1358"]
    header = ",".join(["specimenId", *(f"{locus}_{k}" for locus in loci for k in (1, 2))])
    alleles = rng.integers(5, 25, size=(4000, 8))
    lines = [f"P{k % 3990}," + ",".join(map(str, row)) for k, row in enumerate(alleles)]
    same(write(tmp_path, "\n".join([header, *lines])), 1 << 14)
