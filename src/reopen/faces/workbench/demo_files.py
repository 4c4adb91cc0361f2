"""The demo's files, in the forms that laboratories export.

Values in, text out. For invented profiles only: what these forms cannot hold is not checked here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from reopen.formats.euroformix import write_references
from reopen.records import Kit, Marker, Peak, Reference, Stain
from reopen.weigh.model import PeakModel

_DYE_LETTERS = {"blue": "B", "green": "G", "yellow": "Y", "red": "R", "purple": "P", "orange": "O"}
_LADDER_RFU = 800


def csv_text(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Rows as a table of text."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def settings_table(model: PeakModel) -> str:
    """A laboratory's settings, as `settings.read_settings` reads them."""
    return "\n".join(
        [
            "# Settings of the invented laboratory.",
            f"threshold_rfu = {model.threshold_rfu}",
            f"dropin_probability = {model.dropin.probability}  # at a locus",
            f"dropin_rate = {model.dropin.rate}  # of the exponential law of heights, 1/RFU",
            "back_stutter = true  # left in the exports",
            "theta = 0.01",
            "",
        ]
    )


def euroformix_table(references: Sequence[Reference]) -> str:
    """References as EuroForMix reads them: a row for each person and locus."""
    return write_references(references)


def wide_table(references: Sequence[Reference], name: str) -> str:
    """References as SmartRank lists a database: one row each, two columns a locus.

    name  title of the first column
    """
    loci = list(dict.fromkeys(locus for person in references for locus in person.loci))
    header = [name, *(f"{locus}_{n}" for locus in loci for n in (1, 2))]
    rows = [
        [
            person.id,
            *(
                label
                for locus in loci
                for label in (
                    person.genotypes[locus].pair if locus in person.genotypes else ("NULL", "NULL")
                )
            ),
        ]
        for person in references
    ]
    return csv_text([header, *rows])


def genemapper_table(stains: Sequence[Stain], kit: Kit, positive_control: Stain) -> str:
    """One plate as GeneMapper's genotypes table: ladder, controls and stains, tab separated.

    The negative control has its rows and no peaks.
    """
    typed = [m for m in kit.markers if m.locus in positive_control.loci]
    rows = [(f"Allelic Ladder {kit.name}", m, _ladder(m)) for m in typed]
    rows += _rows(positive_control, typed)
    rows += [("Negative Control", m, ()) for m in typed]
    for stain in stains:
        rows += _rows(stain, typed)
    columns = max(len(peaks) for _, _, peaks in rows)
    header = ["Sample Name", "Panel", "Marker", "Dye"]
    for number in range(1, columns + 1):
        header += [f"Allele {number}", f"Size {number}", f"Height {number}"]
    body = [
        [sample, kit.name, marker.locus, _DYE_LETTERS[marker.dye], *_cells(peaks, columns)]
        for sample, marker, peaks in rows
    ]
    return csv_text([header, *body], delimiter="\t")


def _rows(
    stain: Stain, markers: Iterable[Marker]
) -> Iterator[tuple[str, Marker, tuple[Peak, ...]]]:
    for replicate in stain.replicates:
        for marker in markers:
            yield replicate.name, marker, replicate.peaks[marker.locus]


def _ladder(marker: Marker) -> tuple[Peak, ...]:
    """The whole repeats that the kit's table lists."""
    return tuple(
        Peak(label, _LADDER_RFU, size) for label, size in marker.sizes_bp.items() if label.isdigit()
    )


def _cells(peaks: Sequence[Peak], columns: int) -> list[str]:
    cells: list[str] = []
    for peak in peaks:
        cells += [peak.allele, f"{peak.size_bp:.2f}", f"{peak.height_rfu:.0f}"]
    return cells + [""] * (3 * (columns - len(peaks)))
