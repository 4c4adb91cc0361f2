"""One against many: whoever is found is found by direct comparison, and nobody else."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
from tests.twins.sieve import mean_lr

from reopen.errors import CannotWeigh
from reopen.formats import library
from reopen.formats.genotype_codes import code
from reopen.kernels.shapes import Floats
from reopen.link.stains import LinkOptions, solve
from reopen.records import (
    FULL_SIBLINGS,
    PARENT_CHILD,
    REST,
    Allele,
    GenotypeLikelihoods,
    KinshipModel,
    Locus,
    Mutation,
    MutationKind,
    MutationModel,
    Population,
    Reference,
    genotype,
)
from reopen.weigh.compare import (
    LocusTable,
    against_references,
    compare,
    contributors,
    genotype_numbers,
    locus_table,
    reference_likelihoods,
)
from reopen.weigh.mean_bounds import Powers, clusters_of_rows
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.relations import (
    Kin,
    TypedPeople,
    against_typed,
    related_tables,
    typed_people,
)
from reopen.weigh.sifting import Search, on_codes, same_person_tables, search_typed
from reopen.weigh.simulate import draw_references, draw_stain

KIT = library.kit("GlobalFiler")
LOCI = [marker.locus for marker in KIT.markers if marker.kind == "autosomal"]
POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
STEPS = MutationModel(MutationKind.STEPWISE, 0.001, 1e-6)
X, Y, Z = Locus("X"), Locus("Y"), Locus("Z")


@pytest.fixture(scope="module")
def contributed() -> tuple[tuple[GenotypeLikelihoods, ...], tuple[Reference, ...]]:
    """The contributors of a stain of two, at its fit; and who left it."""
    rng = np.random.default_rng(5)
    donors = draw_references(rng, POPULATION, ["one", "two"], loci=LOCI)
    peaks = PeakParameters((0.75, 0.25), 700.0, 0.25, 0.9, 0.07)
    stain = draw_stain(rng, donors, POPULATION, KIT, peaks, id="S")
    options = LinkOptions(contributors=2, averaging=None)
    return solve(stain, POPULATION, KIT, PeakModel(), options).deconvolution.likelihoods, donors


def tables_for(people: tuple[GenotypeLikelihoods, ...]) -> dict[Locus, LocusTable]:
    """The population's alleles and those that the people have."""
    met = {
        locus: {label for one in people if locus in one.by_locus
                for label in one.by_locus[locus].alleles} - {REST}
        for locus in LOCI
    }  # fmt: skip
    return {
        locus: table
        for locus in LOCI
        if (table := locus_table(locus, POPULATION, met[locus])) is not None
    }


def drawn(rng: np.random.Generator, tables: dict[Locus, LocusTable], n: int) -> TypedPeople:
    """Unrelated people by number; one in twenty is not typed at a locus."""
    numbers = np.array(
        [rng.choice(len(one.prior), size=n, p=one.prior / one.prior.sum())
         for one in tables.values()]
    )  # fmt: skip
    untyped = np.array([[len(one.prior)] for one in tables.values()])
    return TypedPeople(
        tables, np.where(rng.random(numbers.shape) < 0.05, untyped, numbers).astype(np.uint16)
    )


def test_100_000_pairs_as_the_direct_comparison_has_them(
    contributed: tuple[tuple[GenotypeLikelihoods, ...], tuple[Reference, ...]],
) -> None:
    people, donors = contributed
    tables = tables_for(people)
    known, _ = contributors(people, tables)
    typed = drawn(np.random.default_rng(1), tables, 50_000)
    typed = TypedPeople(tables, np.hstack([typed.numbers, typed_people(donors, tables).numbers]))
    numbers = {
        locus: np.where(row < len(tables[locus].prior), row.astype(np.int64), -1)
        for locus, row in typed.by_locus.items()
    }
    direct = against_references(known, numbers)
    for least in (-8.0, 0.0, 3.0):
        found = search_typed(same_person_tables(known), typed.by_locus, least)
        assert len(found) == 2
        for row, one in enumerate(found):
            assert np.array_equal(one.person, np.flatnonzero(direct[row] >= least))
            np.testing.assert_allclose(one.log10, direct[row, one.person], rtol=0, atol=1e-9)
    assert 50_000 in found[0].person
    assert log10_of(found[0].log10, found[0].person, 50_000) == pytest.approx(
        compare(people[0], reference_likelihoods(donors[0]), POPULATION).log10, abs=1e-9
    )


def log10_of(log10s: Floats, people: np.ndarray, person: int) -> float:
    return float(log10s[np.flatnonzero(people == person)[0]])


@pytest.mark.parametrize(
    ("kin", "model"),
    [
        (Kin(FULL_SIBLINGS), None),
        (Kin(PARENT_CHILD), None),
        (Kin(PARENT_CHILD), KinshipModel(Mutation(STEPS, STEPS))),
    ],
)
def test_kin_are_those_of_the_direct_comparison_to_the_last_bit(
    contributed: tuple[tuple[GenotypeLikelihoods, ...], tuple[Reference, ...]],
    kin: Kin,
    model: KinshipModel | None,
) -> None:
    people, _ = contributed
    tables = tables_for(people)
    known, _ = contributors(people, tables)
    typed = drawn(np.random.default_rng(2), tables, 70_000)
    ratios = related_tables(known, kin, model)
    for row, found in enumerate(search_typed(ratios, typed.by_locus, 1.0)):
        direct = against_typed(ratios, row, typed)
        assert np.array_equal(found.person, np.flatnonzero(direct >= 1.0))
        assert np.array_equal(found.log10, direct[found.person])
        assert len(found.person)


def stain_rows(
    rng: np.random.Generator, sizes: dict[Locus, int], places: int, draws: int
) -> dict[Locus, Floats]:
    """ln LR of invented contributors at draws: each place its own favourites, draws near them."""
    rows = {}
    for locus, n in sizes.items():
        favourite = rng.gamma(1.0, 4.0, size=(places, 1, n))
        noise = rng.gamma(1.0, 1.5, size=(places, draws, n))
        table = 2.0 - favourite - noise
        table[rng.random(table.shape) < 0.1] = -np.inf
        rows[locus] = table.reshape(places * draws, n)
    return rows


@pytest.mark.parametrize(("places", "draws"), [(1, 2), (2, 1), (3, 8), (4, 32)])
def test_means_over_rows_are_those_written_out(places: int, draws: int) -> None:
    rng = np.random.default_rng(places)
    sizes = {X: 21, Y: 55, Z: 300}
    rows = stain_rows(rng, sizes, places, draws)
    people = {
        locus: rng.integers(0, n + 1, size=3000).astype(np.uint8 if n < 255 else np.uint16)
        for locus, n in sizes.items()
    }
    at = [[[*rows[locus][row].tolist(), 0.0] for locus in sizes] for row in range(places * draws)]
    written = np.array(
        [mean_lr([int(people[locus][k]) for locus in sizes], at) for k in range(3000)]
    )
    least = log10(float(np.quantile(written, 0.98)))
    (found,) = search_typed(rows, people, least, [range(places * draws)])
    assert np.array_equal(found.person, np.flatnonzero(written >= 10**least))
    np.testing.assert_allclose(found.log10, np.log10(written[found.person]), rtol=0, atol=1e-9)
    singles = search_typed(rows, people, -30.0)
    for person, best in zip(found.person.tolist(), found.best.tolist(), strict=True):
        each = [log10_of(one.log10, one.person, person) if person in one.person else -np.inf
                for one in singles]  # fmt: skip
        assert each[best] == max(each)


def test_most_of_a_stain_s_people_are_given_up_before_they_are_weighed() -> None:
    rng = np.random.default_rng(9)
    sizes = {Locus(f"L{k}"): 60 for k in range(15)}
    rows = stain_rows(rng, sizes, 4, 32)
    people = {locus: rng.integers(0, 60, size=40_000).astype(np.uint8) for locus in sizes}
    search = Search(rows, people, 3.0)
    assert len(search.found(people).person) <= len(search.candidates(people)) < 400


def test_two_groups_parts_and_threads_change_nothing() -> None:
    rng = np.random.default_rng(3)
    sizes = {X: 40, Y: 40, Z: 40}
    rows = stain_rows(rng, sizes, 2, 6)
    people = {locus: rng.integers(0, 41, size=10_000).astype(np.uint8) for locus in sizes}
    groups = [range(4), range(4, 12)]
    whole = search_typed(rows, people, 0.5, groups)
    for group, found in zip(groups, whole, strict=True):
        own = {locus: table[group.start : group.stop] for locus, table in rows.items()}
        parts = [
            (start, {locus: row[start : start + 999] for locus, row in people.items()})
            for start in range(0, 10_000, 999)
        ]
        for workers in (1, 3):
            again = Search(own, people, 0.5).among(parts, workers)
            assert np.array_equal(again.person, found.person)
            assert np.array_equal(again.log10, found.log10)
            assert np.array_equal(again.best, found.best)


def test_loci_that_either_lacks_count_nothing() -> None:
    rows = {X: np.array([[1.0, -1.0]]), Z: np.array([[5.0, 5.0]])}
    people = {X: np.array([0, 1, 2], dtype=np.uint8), Y: np.array([0, 0, 0], dtype=np.uint16)}
    (found,) = search_typed(rows, people, 0.0)
    assert found.person.tolist() == [0, 2]
    assert found.log10.tolist() == pytest.approx([1 / np.log(10), 0.0])
    (found,) = search_typed({Z: rows[Z]}, people, -5.0)
    assert found.person.tolist() == []
    assert search_typed({}, people, -5.0) == ()


@pytest.mark.parametrize("loci", [1, 2, 7])
def test_bounds_hold_for_every_cluster_and_grow_no_looser(loci: int) -> None:
    rng = np.random.default_rng(loci)
    rows = list(stain_rows(rng, {Locus(f"L{k}"): 30 for k in range(loci)}, 3, 16).values())
    people = rng.integers(0, 30, size=(loci, 500)).astype(np.uint8)
    product = np.exp(sum(table[:, own] for table, own in zip(rows, people, strict=True)))
    levels = clusters_of_rows(rows, people)
    assert [len(clusters) for clusters in levels][:3] == [1, 2, 4]
    for clusters in levels:
        assert sorted(np.concatenate(clusters).tolist()) == list(range(48))
        bound = Powers(rows).bound(clusters)
        for k, cluster in enumerate(clusters):
            bounded = np.exp(sum(t[k, own] for t, own in zip(bound.tables, people, strict=True)))
            highest = np.exp(
                sum(t[cluster].max(axis=0)[own] for t, own in zip(rows, people, strict=True))
            )
            assert (product[cluster].mean(axis=0) <= bounded * (1 + 1e-12)).all()
            assert (bounded <= highest * (1 + 1e-12)).all()
            assert np.exp(bound.ln_share[k, 0]) == pytest.approx(len(cluster) / 48)


def test_bounds_by_hand() -> None:
    """Two rows, two loci: the square mean of 1 and 7 is 5; one alone is itself."""
    rows = [np.log([[1.0, 3.0], [7.0, 3.0]]), np.array([[-np.inf, -800.0], [-np.inf, 0.0]])]
    both = Powers(rows).bound([np.array([0, 1])])
    assert np.exp(both.tables[0]).tolist() == pytest.approx(np.array([[5.0, 3.0]]))
    assert both.tables[1][0].tolist() == pytest.approx([-np.inf, np.log(0.5) / 2])
    alone = Powers(rows).bound([np.array([0]), np.array([1])])
    np.testing.assert_allclose(alone.tables[0], rows[0], rtol=0, atol=1e-15)
    assert alone.tables[1][0, 0] == -np.inf
    assert alone.tables[1][0, 1] >= -800.0


def test_tables_on_a_database_s_codes() -> None:
    """Alleles in another order, and fewer than the search's table has."""
    table = LocusTable(X, tuple(map(Allele, ("8", "9", "9.3", "10"))), np.full(4, 0.25), 0.0)
    alleles = tuple(map(Allele, ("9.3", "8", "10")))
    pairs = [(alleles[a], alleles[b]) for b in range(3) for a in range(b + 1)]
    people = [Reference(f"{a}/{b}", {X: genotype(a, b)}) for a, b in pairs]
    numbers = genotype_numbers(people, {X: table})[X]
    values = np.arange(10.0)[None] + 0.5
    placed = on_codes(values, table, alleles)
    assert placed[0].tolist() == (numbers + 0.5).tolist()
    for a, b in pairs:
        own = code(np.array(alleles.index(a)), np.array(alleles.index(b)))
        assert placed[0, own] == values[0, genotype_numbers([Reference("p", {X: genotype(a, b)})],
                                                            {X: table})[X][0]]  # fmt: skip
    with pytest.raises(CannotWeigh, match="Allele 11 of the database is not in the table of X"):
        on_codes(values, table, (Allele("11"),))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_ln_lr_are_refused(value: float) -> None:
    people = {X: np.zeros(3, dtype=np.uint8)}
    with pytest.raises(CannotWeigh, match="table of X"):
        search_typed({X: np.array([[0.0, value]])}, people, 0.0)
