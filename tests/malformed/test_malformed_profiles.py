"""Each file here is broken in the way its name says; this is exactly what the user is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from reopen.errors import UnreadableFile
from reopen.formats import read_profiles

HERE = Path(__file__).parent / "profiles"
LEFT_OUT = "The locus was left out of this record."
LABEL_WAY = "If the file uses decimal commas, import it with --decimal-comma."
FORMS = (
    "Profiles are read from tables of GeneMapper, EuroForMix, LRmix, SmartRank, STRmix, NIST and "
    "STRprofiler, and from CODIS, OSIRIS and GeneMarker files."
)
PEAK_RULE = (
    "A peak has a name on the ladder and a height above zero. "
    "The other peaks of the locus were taken."
)

WHOLE_FILES = {
    "empty.csv": (
        "The file is empty. (empty.csv)\nA table has a header and rows.\nExport it again."
    ),
    "header_only.csv": (
        "The table has a header and no rows. (header_only.csv, line 1)\n"
        "A file of profiles has one row at least.\n"
        "Export it again, with the samples selected."
    ),
    "workbook.csv": (
        "The file is a workbook or ZIP archive. (workbook.csv)\n"
        "Tables are read as text.\n"
        "Save the sheet as CSV, or unpack it."
    ),
    "frequencies.csv": (
        "The columns are those of allele frequencies: Allele, TH01, vWA. "
        "(frequencies.csv, line 1)\n" + FORMS + "\n"
        "Import it as a population's allele frequencies."
    ),
    "open_quote.csv": (
        "The quotation marks do not pair up (unexpected end of data). (open_quote.csv, line 2)\n"
        "A quoted cell ends with a quotation mark before the next separator.\n"
        "Correct the row that starts here, or export the table without quotation marks."
    ),
    "height_before_marker.txt": (
        "Column 'Height' stands before any marker. "
        "(height_before_marker.txt, line 1, field 'Height')\n"
        "In the samples table each marker's heights and sizes follow it.\n"
        "Export the table again, or name the marker's column."
    ),
    "no_sample_column.csv": (
        "No column names the sample; there are Marker, Allele1, Allele2. "
        "(no_sample_column.csv, line 1)\n"
        "Each row of the table belongs to a named sample.\n"
        "Title the column of names 'Sample Name'."
    ),
    "stray_allele_column.csv": (
        "Column 'AlleleTwo' is not understood. "
        "(stray_allele_column.csv, line 1, field 'AlleleTwo')\n"
        "Columns of alleles and heights are numbered: Allele 1, Height 1, Allele 2.\n"
        "Rename the column; leaving it out could change a profile."
    ),
    "missing_height_column.csv": (
        "Column 'Allele2' has no partner Height 2. "
        "(missing_height_column.csv, line 1, field 'Allele2')\n"
        "Each allele column has its own number, and one height (and size) column of it.\n"
        "Export the table again with all its columns."
    ),
    "unknown_column_splits.csv": (
        "E1 has an allele of TH01 twice, with report 'DTH' and 'DTL'. "
        "(unknown_column_splits.csv, line 2, field 'report')\n"
        "In a tidy table one row is one allele of one sample.\n"
        "Keep one report in the file; if they are replicates, title the column 'replicate'."
    ),
}

# file -> (records taken: name and loci), (refusals as told)
PARTS = {
    "decimal_comma_allele.csv": (
        {"K1": ["D3S1358"]},
        [
            (
                "K1, TH01: '9,3' is not an allele label. Labels use a point, as in 9.3. "
                f"{LABEL_WAY} {LEFT_OUT} (decimal_comma_allele.csv, line 2, field 'Allele 2')"
            )
        ],
    ),
    "thousands_or_decimal.csv": (
        {"E1": []},
        [
            (
                "E1, TH01: '1,200' may be a decimal comma or a thousands mark. Numbers are written "
                f"with a point, as in 812.5, and without other marks. {LABEL_WAY} {LEFT_OUT} "
                "(thousands_or_decimal.csv, line 2)"
            )
        ],
    ),
    "bad_heights.txt": (
        {"E1": ["TH01", "FGA"]},
        [
            (
                "E1, D3S1358: 'tall' is not a number. Heights (RFU or reads) and sizes (bp) are "
                "numbers. Correct the cell, or leave it empty if nothing was recorded. "
                f"{LEFT_OUT} (bad_heights.txt, line 2)"
            ),
            (
                f"E1, TH01: Left out: OL of 91 RFU. {PEAK_RULE} "
                "(bad_heights.txt, line 3, field 'Allele 2')"
            ),
            (
                "E1, vWA: Peak 16 has a height of -5.0 RFU. A peak has a "
                "height above zero; no peak "
                ""
                "is no entry. Correct the cell, or leave it empty if no height was recorded. "
                f"{LEFT_OUT} (bad_heights.txt, line 4)"
            ),
            (
                f"E1, FGA: Left out: allele 21 of 0 RFU. {PEAK_RULE} "
                "(bad_heights.txt, line 5, field 'Allele 1')"
            ),
        ],
    ),
    "repeated_rows.csv": (
        {"K1": ["TH01"]},
        [
            (
                "K1, TH01: This row repeats line 2. A locus is listed once for each sample. "
                "The first of the two was taken. (repeated_rows.csv, line 3)"
            ),
            (
                "K1, vWA: This row contradicts line 4. A locus is listed "
                "once for each sample; which "
                ""
                "row is right cannot be known. Neither was taken. Keep one row, or give each "
                "replicate its own name. (repeated_rows.csv, line 5)"
            ),
        ],
    ),
    "cell_too_many.csv": (
        {"K1": ["vWA"]},
        [
            (
                "K1, TH01: The row has cells beyond the last column: 3. Each cell stands below the "
                "title of its column. Correct the row; a number may hold an unquoted separator. "
                "(cell_too_many.csv, line 2)"
            )
        ],
    ),
    "spreadsheet_damage.csv": (
        {"K1": ["D3S1358", "vWA"], "K2": ["D3S1358", "vWA"]},
        [
            (
                "K1, TH01: '9,3' may be the allele 9.3 or two alleles. "
                "Labels use a point, as in 9.3. "
                ""
                "Import the file with --decimal-comma, or with --no-decimal-comma if the comma "
                "separates alleles. (spreadsheet_damage.csv, line 2, field 'TH01')"
            ),
            (
                "K2, TH01: '9-Mar' is a date. A spreadsheet turns alleles "
                "such as 9.3 into dates when "
                ""
                "it opens a file. Export the file again, and import it without opening it in a "
                f"spreadsheet. {LEFT_OUT} (spreadsheet_damage.csv, line 3, field 'TH01')"
            ),
        ],
    ),
    "peak_twice.csv": (
        {"E1": []},
        [
            (
                "E1, marker '??': Locus name '??' holds no letter or digit. A locus is named as in "
                "TH01, vWA or Penta D. Check that the column of marker names is the right one. "
                "(peak_twice.csv, line 3)"
            ),
            (
                "a row without a sample: The row names no sample. Each row belongs to a sample. "
                "Fill in the sample's name. (peak_twice.csv, line 4)"
            ),
            (
                "E1, TH01: Allele 6 is listed twice, with heights 500 and 40. An allele is listed "
                f"once at a locus. Keep the peak that was meant. {LEFT_OUT} "
                "(peak_twice.csv, line 2, field 'Allele 2')"
            ),
        ],
    ),
    "database_refusals.csv": (
        {"X1": ["D3S1358"], "X2": ["vWA"]},
        [
            (
                "a row without a name: The row names no person or sample. Each row is one named "
                "profile. Fill in the name. (database_refusals.csv, line 7)"
            ),
            (
                "X1, vWA: A genotype of 4 alleles: 14, 15, 16, 17. A "
                "person's genotype lists one, two "
                ""
                "or (tri-allelic) three alleles. A mixture is a stain, not a reference; read it as "
                f"one. {LEFT_OUT} (database_refusals.csv, line 2)"
            ),
            (
                "X2, D3S1358: 'Q' stands for any allele. A wild card is not "
                "an allele that was typed. "
                ""
                "Give the typed alleles, or leave the locus empty. "
                f"{LEFT_OUT} (database_refusals.csv, line 3, field 'D3S1358_1')"
            ),
            (
                "X3: 2 records with different alleles are named 'X3'. A reference is listed once. "
                "Give each person a name. (database_refusals.csv, line 4)"
            ),
            (
                "X3: 2 records with different alleles are named 'X3'. A reference is listed once. "
                "Give each person a name. (database_refusals.csv, line 5)"
            ),
            (
                "X4: No allele was typed. A reference has a genotype at one locus at least. "
                "(database_refusals.csv, line 6)"
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_file_that_cannot_be_read_is_refused_with_this_message(name: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_profiles(HERE / name)
    assert str(refusal.value) == WHOLE_FILES[name]


@pytest.mark.parametrize("name", PARTS)
def test_what_cannot_be_taken_is_listed_and_the_rest_is_kept(name: str) -> None:
    taken, refused = PARTS[name]
    imported = read_profiles(HERE / name)
    records = [*imported.stains, *imported.references]
    assert {record.id: list(record.loci) for record in records} == taken
    assert [str(refusal) for refusal in imported.refused] == refused


def test_every_broken_file_has_its_message() -> None:
    files = {path.name for path in HERE.iterdir() if path.suffix in (".csv", ".txt")}
    assert files == {*WHOLE_FILES, *PARTS}


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="cannot be opened: No such file"):
        read_profiles(HERE / "nowhere.csv")
