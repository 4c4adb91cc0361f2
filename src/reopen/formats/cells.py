"""What one cell of a table of profiles means: an allele, a number, nothing, or a refusal.

For: single cells. Not for: rows, loci or samples (`samples`, `assemble`).
"""

from __future__ import annotations

import re
from math import isfinite

from reopen.errors import InvalidRecord
from reopen.records import Allele, Locus, allele, canonical_locus

NOTHING = frozenset({"", "-", "NA", "N/A", "NAN", "NULL", "NONE"})
"""Spellings (upper case) of a cell in which nothing was typed."""

AMEL = Locus("AMEL")

_OFF_LADDER = re.compile(r"OL\b.*|OL[\d?].*|\?", re.IGNORECASE)
_WILD = frozenset({"Q", "F", "99", "*"})
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(rf"\d{{1,2}}[-. /]{_MONTH}\.?|{_MONTH}\.?[-. /]\d{{1,2}}", re.IGNORECASE)
_NOISY = re.compile(r"\d{1,3}\.\d{6,}")
_COMMA = re.compile(r"\d{1,3},(?:\d|\d{6,})")
_COMMA_NUMBER = re.compile(r"\d+,\d+")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_LABEL = re.compile(
    r"\d+(?:\.\d)?(?:_\d+(?:\.\d)?)*|X|Y"
    r"|(?:(?:CE)?\d+(?:\.\d)?[_:])?[ACGTN][ACGTN0-9\[\]() _.:>+*-]*",
    re.IGNORECASE,
)
_MAY_BE_DECIMAL = re.compile(r"(?<![\d.])(\d{1,3}),([123])(?![\d.])")


class OffLadder(InvalidRecord):
    """A peak that the software could not name (OL, ?), or that has a height and no name."""


class Cells:
    """Reads cells of one file; each distinct text is looked at once.

    decimal_comma  True: "9,3" is 9.3 and "812,5" is 812.5. False: a comma is never a decimal
                   mark. None: only a number that cannot be anything else ("812,5") is taken
    rounded        spreadsheet noise that was taken back: "2.2000000000000002" -> "2.2"
    """

    def __init__(self, decimal_comma: bool | None = None):
        self.decimal_comma = decimal_comma
        self.rounded: dict[str, str] = {}
        self._labels: dict[str, Allele | InvalidRecord | None] = {}

    def label(self, text: str) -> Allele | None:
        """The allele a cell names, or None where nothing was typed.

        Raises OffLadder for OL, InvalidRecord for what is not one named allele.
        """
        try:
            found = self._labels[text]
        except KeyError:
            found = self._labels[text] = self._read_label(text.strip())
        if isinstance(found, InvalidRecord):
            raise found.with_traceback(None)  # a kept error must not gather tracebacks
        return found

    def _read_label(self, text: str) -> Allele | InvalidRecord | None:
        upper = text.upper()
        if upper in NOTHING:
            return None
        if refusal := _refusal(text, upper):
            return refusal
        if self.decimal_comma and "," in text:
            if not _COMMA.fullmatch(text):
                return _not_one_decimal(text)
            text = text.replace(",", ".")
        if _NOISY.fullmatch(text):
            tenth = f"{float(text):.1f}"
            if abs(float(text) - float(tenth)) < 1e-6:
                self.rounded[text] = tenth
                text = tenth
        try:
            label = allele(text)
        except InvalidRecord as error:
            return error
        return label if _LABEL.fullmatch(label) else _not_a_label(text)

    def number(self, text: str) -> float | None:
        """The number in a cell, or None where it is empty. Raises InvalidRecord for other text."""
        if text.upper() in NOTHING:
            return None
        plain = text
        if _COMMA_NUMBER.fullmatch(text):
            thousands = re.fullmatch(r"\d{1,3},\d{3}", text)
            if self.decimal_comma or (self.decimal_comma is None and not thousands):
                plain = text.replace(",", ".")
            else:
                raise InvalidRecord(
                    f"{text!r} may be a decimal comma or a thousands mark.",
                    rule="Numbers are written with a point, as in 812.5, and without other marks.",
                    way_on="If the file uses decimal commas, import it with --decimal-comma.",
                )
        if not _NUMBER.fullmatch(plain) or not isfinite(float(plain)):
            raise InvalidRecord(
                f"{text!r} is not a number.",
                rule="Heights (RFU or reads) and sizes (bp) are numbers.",
                way_on="Correct the cell, or leave it empty if nothing was recorded.",
            )
        return float(plain)

    def listed(self, text: str, locus: Locus) -> tuple[str, ...]:
        """The labels in a cell that lists them: "11,12", "11, 12, , ", "11/12", "11 12".

        Raises InvalidRecord for "9,3" where it may be one allele or two.
        """
        if self.decimal_comma:
            return tuple(part.strip() for part in re.split(r"[;/]|,\s+|\s+", text) if part.strip())
        if self.decimal_comma is None and locus != AMEL:
            for match in _MAY_BE_DECIMAL.finditer(text):
                if int(match[2]) < int(match[1]):
                    raise InvalidRecord(
                        f"{text!r} may be the allele {match[1]}.{match[2]} or two alleles.",
                        rule="Labels use a point, as in 9.3.",
                        way_on="Import the file with --decimal-comma, or with --no-decimal-comma "
                        "if the comma separates alleles.",
                    )
        between = r"[,;/]" if re.search(r"[,;/]", text) else r"\s+"
        return tuple(part.strip() for part in re.split(between, text))


def _refusal(text: str, upper: str) -> InvalidRecord | None:
    if _OFF_LADDER.fullmatch(text):
        return OffLadder(
            f"{text!r} is a peak without a name.",
            rule="OL (off ladder) and ? name no allele.",
            way_on="Have the peak named by the laboratory, or leave it out and say so.",
        )
    if upper in _WILD:
        return InvalidRecord(
            f"{text!r} stands for any allele.",
            rule="A wild card is not an allele that was typed.",
            way_on="Give the typed alleles, or leave the locus empty.",
        )
    if text == "0":
        return InvalidRecord(
            "'0' is used for nothing typed and for a null allele.",
            rule="What was typed must be said without doubt.",
            way_on="Leave the cell empty if nothing was typed.",
        )
    if _DATE.fullmatch(text):
        return InvalidRecord(
            f"{text!r} is a date.",
            rule="A spreadsheet turns alleles such as 9.3 into dates when it opens a file.",
            way_on="Export the file again, and import it without opening it in a spreadsheet.",
        )
    return None


def _not_one_decimal(text: str) -> InvalidRecord:
    return InvalidRecord(
        f"{text!r} is not one allele with a decimal comma.",
        rule="With decimal commas a comma stands before one digit, as in 9,3, and alleles "
        "in one cell are separated by spaces or semicolons.",
        way_on="If commas separate alleles in this file, import it with --no-decimal-comma.",
    )


def _not_a_label(text: str) -> InvalidRecord:
    return InvalidRecord(
        f"{text!r} is not an allele label.",
        rule="A label is a repeat number (9.3), X or Y, a base, an LUS (10_8) or a sequence name.",
        way_on="Correct the cell, or leave it empty if nothing was typed.",
    )


_KNOWN = re.compile(
    r"D\d{1,2}S\d+|DXS\d+|DYS\d+(?:I|II|AB|[A-Z]\d?)?|DYF\d+S?\d*[A-Z]?\d?|RS\d+|VWA|TH01|TPOX|"
    r"CSF1PO|FGA|PENTA[A-E]|AMELY?|SE33|F13A01|F13B|LPL|FESFPS|HPRTB|CD4|YINDEL|YGATAH4|YGATAC4"
)


_ENDS_IN_NUMBER = re.compile(r".*[^\s_.-][\s_.-]+[1-9]\d{0,2}|.*\(\d{1,3}\)")
_PARTS_OF_A_LOCUS = frozenset({"DYS389I", "DYS389II"})


def is_known_locus(title: str) -> bool:
    """Whether a column title names a locus that typing kits hold (or an rs number).

    "vWA_1" and "vWA(2)" do not: they name one of its columns. "DYS389.1" does.
    """
    try:
        locus = canonical_locus(title)
    except InvalidRecord:
        return False
    if _ENDS_IN_NUMBER.fullmatch(title):
        return locus in _PARTS_OF_A_LOCUS
    return bool(_KNOWN.fullmatch(re.sub(r"[^A-Z0-9]", "", locus.upper())))
