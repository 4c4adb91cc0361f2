"""What one cell means."""

from __future__ import annotations

import pytest

from reopen.errors import InvalidRecord
from reopen.formats.cells import Cells, OffLadder, is_known_locus
from reopen.records import canonical_locus

TH01 = canonical_locus("TH01")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("9.3", "9.3"),
        ("9.30", "9.3"),
        ("9.0", "9"),
        (" x", "X"),
        ("16.3_11_1_0", "16.3_11_1_0"),
        ("CE16_TCTA[1]TCTG[3]TCTA[12]", "CE16_TCTA[1]TCTG[3]TCTA[12]"),
        ("a", "A"),
        ("2.2000000000000002", "2.2"),
        ("11.299999999999999", "11.3"),
        ("", None),
        ("-", None),
        ("na", None),
        ("NULL", None),
    ],
)
def test_labels(text: str, label: str | None) -> None:
    assert Cells().label(text) == label


@pytest.mark.parametrize(
    "text", ["9,3", "Q", "F", "99", "*", "<8", ">24", "0", "9-Mar", "Sep-03", "high", "INC", "9.33"]
)
def test_what_is_not_one_named_allele_is_refused(text: str) -> None:
    cells = Cells()
    for _ in range(2):  # the second time from memory
        with pytest.raises(InvalidRecord):
            cells.label(text)


@pytest.mark.parametrize("text", ["OL", "ol", "OL?", "?", "OL15.1", "OL 15.1"])
def test_off_ladder_peaks_have_no_name(text: str) -> None:
    with pytest.raises(OffLadder):
        Cells().label(text)


def test_spreadsheet_rounding_is_told() -> None:
    cells = Cells()
    cells.label("2.2000000000000002")
    assert cells.rounded == {"2.2000000000000002": "2.2"}


def test_decimal_commas_only_when_said_so() -> None:
    assert Cells(True).label("9,3") == "9.3"
    for comma in (None, False):
        with pytest.raises(InvalidRecord, match="--decimal-comma"):
            Cells(comma).label("9,3")


@pytest.mark.parametrize(
    ("text", "decimal_comma", "number"),
    [
        ("812", None, 812.0),
        ("812.5", False, 812.5),
        ("812,5", None, 812.5),
        ("812,5", True, 812.5),
        ("1,234", True, 1.234),
        ("1e3", None, 1000.0),
        ("", None, None),
        ("NA", None, None),
    ],
)
def test_numbers(text: str, decimal_comma: bool | None, number: float | None) -> None:
    assert Cells(decimal_comma).number(text) == number


@pytest.mark.parametrize(
    ("text", "decimal_comma"), [("1,234", None), ("812,5", False), ("inf", None), ("tall", None)]
)
def test_what_is_no_number_or_two_is_refused(text: str, decimal_comma: bool | None) -> None:
    with pytest.raises(InvalidRecord):
        Cells(decimal_comma).number(text)


@pytest.mark.parametrize(
    ("text", "decimal_comma", "labels"),
    [
        ("11,12", None, ("11", "12")),
        ("11, 12, , ", None, ("11", "12", "", "")),
        ("11/12", None, ("11", "12")),
        ("11 12", None, ("11", "12")),
        ("9,3", False, ("9", "3")),
        ("9,3; 6", True, ("9,3", "6")),
        ("9,3 6", True, ("9,3", "6")),
    ],
)
def test_lists(text: str, decimal_comma: bool | None, labels: tuple[str, ...]) -> None:
    assert Cells(decimal_comma).listed(text, TH01) == labels


def test_a_list_that_may_be_a_decimal_comma_is_refused() -> None:
    with pytest.raises(InvalidRecord, match=r"may be the allele 9\.3 or two alleles"):
        Cells().listed("6,9,3", TH01)
    assert Cells().listed("2,1", canonical_locus("AMEL")) == ("2", "1")


@pytest.mark.parametrize("name", ["vWA", "TH 01", "Penta_D", "DYS389.1", "Y-GATA-H4", "rs1490413"])
def test_loci_are_known_by_name(name: str) -> None:
    assert is_known_locus(name)


@pytest.mark.parametrize("name", ["D3S1358_1", "vWA(2)", "TH01 2", "Center", "marker1", "", "??"])
def test_other_titles_are_not_loci(name: str) -> None:
    assert not is_known_locus(name)


@pytest.mark.parametrize("text", ["6,9.3", "16,17", "9,"])
def test_what_is_no_decimal_comma_is_quoted_as_it_stood(text: str) -> None:
    with pytest.raises(InvalidRecord, match="not one allele with a decimal comma") as caught:
        Cells(decimal_comma=True).label(text)
    assert caught.value.seen.startswith(repr(text))
    assert "--no-decimal-comma" in caught.value.way_on
    assert Cells(decimal_comma=True).label("9,3") == "9.3"
