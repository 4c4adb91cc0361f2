"""Bytes to rows: encodings, separators, quotes and line numbers."""

from __future__ import annotations

import hashlib

import pytest

from reopen.errors import UnreadableFile
from reopen.formats.text import read_table, sha256

TEXT = "Sample Name\tMarker\nPrüfung 1\tTH01\n"


@pytest.mark.parametrize(
    ("encoding", "notices"),
    [
        ("utf-8", 0),
        ("utf-8-sig", 0),
        ("utf-16", 0),  # with a byte order mark
        ("utf-16-le", 0),
        ("utf-16-be", 0),
        ("cp1252", 1),
    ],
)
def test_encodings_are_found_out(encoding: str, notices: int) -> None:
    data = TEXT.encode(encoding)
    table = read_table("f.txt", data)
    assert table.header == ("Sample Name", "Marker")
    assert list(table.rows()) == [(2, ["Prüfung 1", "TH01"])]
    assert len(table.notices) == notices
    assert table.sha256 == sha256(data) == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("separator", ["\t", ";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator: str, end: str) -> None:
    lines = ["Sample|Marker|Allele 1", "", "E1|TH01|9", "||", "E2| vWA |16"]
    data = end.join(lines).replace("|", separator).encode()
    table = read_table("f.csv", data)
    assert table.separator == separator
    assert list(table.rows()) == [(3, ["E1", "TH01", "9"]), (5, ["E2", "vWA", "16"])]


def test_a_separator_inside_quotes_does_not_count() -> None:
    table = read_table("f.csv", b'"a,b,c";"d,e"\n"1,2";3\n')
    assert table.separator == ";"
    assert list(table.rows()) == [(2, ["1,2", "3"])]


def test_a_cell_over_two_lines_does_not_shift_the_line_numbers() -> None:
    table = read_table("f.csv", b'Sample,Note\nE1,"two\nlines"\nE2,\n')
    assert [line for line, _ in table.rows()] == [2, 4]


def test_the_separator_that_excel_declares_is_obeyed() -> None:
    table = read_table("f.csv", b"sep=;\nSample;Marker\nE1;TH01\n")
    assert table.header == ("Sample", "Marker")
    assert list(table.rows()) == [(3, ["E1", "TH01"])]


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \r\n", "The file is empty."),
        (b"ABIF\x00\x01", "The file is a raw electropherogram."),
        (b"a,b\x00\n\x81\x8d", "The bytes of the file are not text."),
        (b"one column\n1\n", "The first line has no columns: 'one column"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, seen: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_table("f.csv", data)
    assert refusal.value.seen.startswith(seen)


@pytest.mark.parametrize(
    ("text", "kind", "way_on"),
    [
        ("# Settings, of 2024\nthreshold_rfu = 50\n", "TOML", "--settings"),
        ('[kit."SGM Plus"]\ntheta = 0.1\n', "TOML", "--settings"),
        ("\n<!doctype html>\n<title>a, b</title>", "HTML", "made from"),
        ('{"links": [], "stains": []}', "JSON", "made from"),
    ],
)
def test_what_is_taken_for_a_table_is_named(text: str, kind: str, way_on: str) -> None:
    with pytest.raises(UnreadableFile, match=f"looks like {kind}") as caught:
        read_table("x", text.encode())
    assert way_on in caught.value.way_on


def test_a_first_line_is_quoted_without_its_end() -> None:
    with pytest.raises(UnreadableFile, match="no columns: 'Sample'"):
        read_table("x", b"Sample\r\n12\r\n")


def test_a_comment_or_declaration_of_a_table_is_no_settings_file() -> None:
    assert read_table("x", b"sep=;\nSample;Marker\n").header == ("Sample", "Marker")
