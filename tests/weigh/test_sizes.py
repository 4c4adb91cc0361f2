"""Fragment lengths that a kit's table does not list, worked out by hand."""

from __future__ import annotations

import pytest

from reopen.records import Allele, Locus, Marker
from reopen.weigh.sizes import size_bp


def marker(**sizes: float) -> Marker:
    return Marker(Locus("X"), "blue", {Allele(k.strip("a")): v for k, v in sizes.items()})


FOURS = marker(a10=120.0, a11=124.1, a12=128.3)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("11", 124.1),  # listed: as it stands, not 124
        ("13", 120 - 10 * 4 + 13 * 4),
        ("9.3", 120 - 10 * 4 + 9 * 4 + 3),
        ("7", 108),
        ("11_9", 124.1),  # LUS: by the part before the underscore
        ("13_9_1", 132),
        ("13:[TCTA]13", 132),  # sequence: by the part before the colon
        ("X", (120 + 124.1 + 128.3) / 3),  # text: the mean
    ],
)
def test_sizes(label: str, expected: float) -> None:
    assert size_bp(Allele(label), FOURS) == pytest.approx(expected, abs=1e-12)


def test_the_motif_is_read_off_the_first_two_whole_numbers() -> None:
    """Five bases a repeat between 8 and 9; 8.2 stands between them and tells nothing."""
    fives = marker(**{"a8": 200.0, "a8.2": 202.1, "a9": 205.2, "a11": 214.0})
    assert size_bp(Allele("10"), fives) == 210.0
    assert size_bp(Allele("10.4"), fives) == 214.0


def test_with_fewer_than_two_whole_numbers_the_nearest_counts() -> None:
    sparse = marker(**{"a9.3": 150.0, "a12": 160.0})
    assert size_bp(Allele("10"), sparse) == 150.0
    assert size_bp(Allele("13"), sparse) == 160.0


def test_text_alleles_only() -> None:
    amelogenin = marker(X=104.0, Y=110.0)
    assert size_bp(Allele("Y"), amelogenin) == 110.0
    assert size_bp(Allele("Z"), amelogenin) == 107.0
    assert size_bp(Allele("12"), amelogenin) == 107.0, "a number among texts: no nearest one"
