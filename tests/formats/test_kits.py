"""Kit tables of a laboratory's own."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats.kits import read_kits, write_kits
from reopen.records import Allele, Kit, Locus, Marker

MALFORMED = Path(__file__).resolve().parents[1] / "malformed"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference"

OWN = """kit,locus,dye,dye_name,allele,size_bp,repeat_bp,kind,source
Mine,TH01,blue,6-FAM,6,170.1,4,autosomal,my bins
Mine,TH01,blue,6-FAM,9.3,185.2,4,autosomal,my bins
Mine,AMEL,red,PET,X,107,,sex,my bins
Mine,AMEL,red,PET,Y,113,,sex,my bins
"""
SHORT = """kit,marker,allele,size
A,D22S1045,14,90
A,D22S1045,15,93
A,D22S1045,16,96
A,amelogenin,X,107
B,DYS391,10,150
B,DYS391,11,154
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_our_form(tmp_path: Path) -> None:
    (kit,) = read_kits(written(tmp_path, OWN))
    assert (kit.name, kit.loci, kit.source) == ("Mine", ("TH01", "AMEL"), "my bins")
    th01 = kit.marker(Locus("TH01"))
    assert th01 == Marker(Locus("TH01"), "blue", {Allele("6"): 170.1, Allele("9.3"): 185.2},
                          repeat_bp=4, dye_name="6-FAM")  # fmt: skip


def test_euroformix_s_form(tmp_path: Path) -> None:
    first, second = read_kits(written(tmp_path, SHORT))
    markers = {m.locus: (m.kind, m.repeat_bp) for m in (*first.markers, *second.markers)}
    assert markers == {"D22S1045": ("autosomal", 3), "AMEL": ("sex", 0), "DYS391": ("Y", 4)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("170.1", "0"), "Size '0'"),
        (("170.1", "-3"), "Size '-3'"),
        (("170.1", ""), "Size ''"),
        (("170.1", "nan"), "Size 'nan'"),
        (("9.3,185", "6,185"), "Allele 6 of TH01 is listed twice"),
        (("9.3", '"9,3"'), "'9,3' is not an allele label"),
        (("6-FAM,9.3", "VIC,9.3"), "'6-FAM' first and 'VIC'"),
        (("185.2,4", "185.2,5"), "'4' first and '5'"),
        (("autosomal", "nuclear"), "'nuclear' is not a kind"),
        (("Mine,TH01", ",TH01"), "The cell is empty"),
        (("locus", "place"), "no locus"),
    ],
)
def test_a_kit_is_used_as_a_whole(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = written(tmp_path, OWN.replace(*change))
    with pytest.raises(UnreadableFile) as caught:
        read_kits(path)
    assert message in caught.value.seen + caught.value.rule
    assert caught.value.where is not None
    assert caught.value.where.file == "own.csv"


def test_a_size_of_zero_is_refused_with_its_line() -> None:
    with pytest.raises(UnreadableFile, match="Size '0'") as caught:
        read_kits(MALFORMED / "kits_size_zero.csv")
    assert caught.value.where is not None
    assert caught.value.where.line == 3


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    kits = (
        Kit("Mine, of 2024", (
            Marker(Locus("TH01"), "blue", {Allele("6"): 170.1, Allele("9.3"): 185.25}),
            Marker(Locus("AMEL"), "red", {Allele("X"): 107.0}, repeat_bp=0, kind="sex"),
        ), source='bins "of our own"'),
    )  # fmt: skip
    assert read_kits(written(tmp_path, write_kits(kits))) == kits


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(OWN)), st.integers(0, 8), st.binary(max_size=8))
def test_damage_raises_nothing_but_our_errors(
    tmp_path_factory: pytest.TempPathFactory, start: int, cut: int, noise: bytes
) -> None:
    path = tmp_path_factory.mktemp("kits") / "damaged.csv"
    path.write_bytes(OWN.encode()[:start] + noise + OWN.encode()[start + cut :])
    with suppress(ReopenError):
        read_kits(path)


@pytest.mark.skipif(not SHARED.exists(), reason="no kit table in ../shared")
def test_a_large_table_of_that_form() -> None:
    kits = {kit.name: kit for kit in read_kits(SHARED / "efm/kits/kit_sizes.csv")}
    repeats = {m.locus: m.repeat_bp for m in kits["Fusion 6C"].markers if m.repeat_bp != 4}
    assert repeats == {"AMEL": 0, "Penta D": 5, "Penta E": 5, "D22S1045": 3}
