"""What is written reads back equal; no bytes whatever raise anything but our own errors."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reopen.errors import InvalidRecord, ReopenError, Where
from reopen.formats import Options, euroformix, parse_profiles, tidy
from reopen.formats.samples import control_kind
from reopen.records import (
    Allele,
    Genotype,
    Locus,
    Peak,
    Reference,
    Replicate,
    Stain,
    canonical_locus,
)

LOCI = [
    canonical_locus(n) for n in ("Yindel", "TH01", "vWA", "Penta D", "D3S1358", "rs1490413", "new")
]
repeats = st.builds(lambda n, m: f"{n}.{m}" if m else str(n), st.integers(1, 60), st.integers(0, 3))
labels = st.one_of(
    repeats,
    st.sampled_from(["X", "Y", "A", "C", "10_8", "16.3_11_1_0", "CE16_TCTA[1]TCTG[3]", "13:TATC"]),
)
names = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12
).filter(lambda n: n == n.strip() and n.isprintable() and not control_kind(n, initials=True))
heights = st.floats(0.5, 30_000, allow_nan=False)


def peak_lists(height: st.SearchStrategy[float | None]) -> st.SearchStrategy[tuple[Peak, ...]]:
    return st.lists(st.tuples(labels, height), max_size=6, unique_by=lambda p: p[0]).map(
        lambda pairs: tuple(Peak(Allele(a), h) for a, h in pairs)
    )


def profiles(
    height: st.SearchStrategy[float | None],
) -> st.SearchStrategy[dict[Locus, tuple[Peak, ...]]]:
    return st.dictionaries(st.sampled_from(LOCI), peak_lists(height), min_size=1, max_size=5)


@given(st.dictionaries(names, profiles(st.one_of(st.none(), heights)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_stains_written_for_euroformix_read_back_equal(samples: dict) -> None:  # type: ignore[type-arg]
    stains = tuple(Stain(name, (Replicate(name, peaks),)) for name, peaks in samples.items())
    text = euroformix.write_stains(stains)
    imported = parse_profiles("out.csv", text.encode(), Options(role="stains"))
    assert imported.stains == stains
    assert not imported.refused


genotypes = st.lists(labels, min_size=1, max_size=3).map(
    lambda found: Genotype(tuple(Allele(label) for label in found))
)


@given(
    st.dictionaries(
        names, st.dictionaries(st.sampled_from(LOCI), genotypes, min_size=1), min_size=1, max_size=4
    )
)
@settings(max_examples=60, deadline=None)
def test_references_written_for_euroformix_read_back_equal(people: dict) -> None:  # type: ignore[type-arg]
    references = tuple(Reference(name, found) for name, found in people.items())
    text = euroformix.write_references(references)
    imported = parse_profiles("out.csv", text.encode(), Options(role="references"))
    assert imported.references == references
    assert not imported.refused


@given(
    st.dictionaries(
        names,
        st.dictionaries(names, profiles(heights), min_size=1, max_size=3),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["", "GlobalFiler"]),
)
@settings(max_examples=60, deadline=None)
def test_stains_written_as_tidy_csv_read_back_equal(samples: dict, kit: str) -> None:  # type: ignore[type-arg]
    stains = tuple(
        Stain(name, tuple(Replicate(n, peaks) for n, peaks in runs.items()), kit=kit, case="C-1")
        for name, runs in samples.items()
    )
    text = tidy.write_stains(stains)
    assert parse_profiles("out.csv", text.encode(), Options(role="stains")).stains == stains


def test_what_would_not_read_back_is_not_written() -> None:
    th01 = canonical_locus("TH01")
    twice = Replicate("E1", {th01: (Peak(Allele("6"), 100.0),)})
    odd = Replicate("E2", {th01: (Peak(Allele("high"), 100.0),)})
    ladder = Replicate("Ladder", {th01: (Peak(Allele("6"), 100.0),)})
    for replicates, reason in (
        ((twice, twice), r"Two samples are named 'E1'\."),
        ((odd,), r"Allele 'high' would not be read back as itself\."),
        ((ladder,), r"The name 'Ladder' would not be read back as that of a sample\."),
    ):
        with pytest.raises(InvalidRecord, match=reason):
            euroformix.write_stains([Stain("E", replicates)])


VALID = (
    (
        b"Sample File\tSample Name\tPanel\tMarker\tDye\tAllele 1\tAllele 2\tSize 1\tSize 2\t"
        b"Height 1\tHeight 2\na.fsa\tE1\tNGM\tTH01\tB\t6\t9.3\t170.1\t183.2\t812\t233\n"
        b"b.fsa\tLadder\tNGM\tTH01\tB\t4\t5\t1\t2\t900\t900\n"
    ),
    b"\xef\xbb\xbfSampleName;Marker;Allele1;Allele2;Height1;Height2\nE1;AMEL;1;2;812,5;OL\n",
    b"specimenId,TH01_1,TH01_2,vWA_1,vWA_2\nX1,6,9.3,16,NULL\nX2,7,7,15,15\n",
    b'Sample,Center,TH01,vWA\nK1,JAX,"6,9.3",16\nK2,JAX,"6,7","15,16,17"\n',
    b"CaseNumber,Sample Name,TH01,TH01(2),vWA,vWA(2)\nKnown,K1,6,9.3,16,16\n",
    b"sample,replicate,marker,allele,height,size\nE1,1,TH01,6,812,170\nE1,2,TH01,9.3,233,\n",
    (
        b"Sample File\tSample Name\tTH01\tHeight\tvWA\tHeight\n"
        b"a\tE1\t6, 9.3, \t81, 23, \tOL, 16\t9, 8\n"
    ),
    "SampleName,Marker,Allele1\nE1,TH01,6\n".encode("utf-16"),
)


@given(st.binary(max_size=300), st.sampled_from(["auto", "stains", "references"]))
@settings(max_examples=150, deadline=None)
def test_random_bytes_are_refused_in_words(data: bytes, role: str) -> None:
    read_or_refuse(data, role)


@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.integers(0, 250), st.integers(0, 6), st.binary(max_size=6)), max_size=4),
    st.sampled_from(["auto", "stains", "references"]),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_files_are_read_or_refused_in_words(
    data: bytes, cuts: list[tuple[int, int, bytes]], role: str
) -> None:
    for start, length, patch in cuts:
        data = data[:start] + patch + data[start + length :]
    read_or_refuse(data, role)


cells = st.sampled_from(
    ["6", "9.3", "9,3", "OL", "", "NA", "X", "1", "2", "-5", "0", "Q", ">24", '"', "Ladder", "E1",
     "TH01", "vWA", "??", "812,5", "1e999", "9-Mar", "2.2000000000000002", "12, 13", "Marker"]
)  # fmt: skip


@given(st.sampled_from(VALID), st.lists(st.lists(cells, max_size=12), max_size=6), st.booleans())
@settings(max_examples=200, deadline=None)
def test_odd_rows_are_read_or_refused_in_words(
    data: bytes, rows: list[list[str]], decimal_comma: bool
) -> None:
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8-sig")
    separator = max("\t;,", key=text.split("\n")[0].count)
    text += "\n".join(separator.join(row) for row in rows)
    read_or_refuse(text.encode(), "auto", decimal_comma)


def read_or_refuse(data: bytes, role: str, decimal_comma: bool | None = None) -> None:
    try:
        imported = parse_profiles("f.csv", data, Options(role, decimal_comma=decimal_comma))  # type: ignore[arg-type]
    except ReopenError as refusal:
        where = refusal.where
    else:
        where = Where("f.csv")
        assert all(refused.reason for refused in imported.refused)
        assert imported.stains or imported.references or imported.controls or imported.refused
    assert where is not None
    assert where.file == "f.csv"
