"""What the scripts count, on invented stains and scores, against arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest
from verification.databases import fill
from verification.nfi_mixtures import Hit, count
from verification.pair_scores import curve, overlaps, threshold
from verification.provedit_pairs import Pairs, found

from reopen.errors import CannotWeigh
from reopen.formats import find_population
from reopen.records import Allele, Locus, Peak, Reference, Replicate, Stain, genotype

TH01, VWA = Locus("TH01"), Locus("vWA")


def stain(name: str, **alleles: str) -> Stain:
    peaks = {
        Locus(locus): tuple(Peak(Allele(label), 100.0) for label in labels.split())
        for locus, labels in alleles.items()
    }
    return Stain(name, (Replicate("1", peaks),))


def test_overlap_is_common_alleles_over_all_alleles() -> None:
    one = stain("one", TH01="6 9.3", vWA="17")
    other = stain("other", TH01="6 7", vWA="17 18")
    blank = stain("blank", TH01="", vWA="")
    shares = overlaps([one, other, blank])
    assert shares[0, 1] == pytest.approx(2 / 5)  # 6 and 17, of 6, 9.3, 7, 17, 18
    assert shares[0, 0] == 1
    assert shares[0, 2] == 0
    assert shares[2, 2] == -np.inf  # two blanks have nothing to compare


def test_threshold_lets_as_many_false_pairs_pass_as_allowed() -> None:
    false = np.array([0.1, 3.0, 2.0, -np.inf])
    assert threshold(false, 0) == 3.0
    assert threshold(false, 1) == 2.0


def test_curve_counts_true_pairs_above_each_false_one() -> None:
    score = np.array([5.0, 2.5, 0.5, 3.0, 2.0])
    is_same = np.array([True, True, True, False, False])
    points = curve(score, is_same)
    assert [rate for rate, _ in points] == [0.5, 1.0]
    assert [share for _, share in points] == pytest.approx([1 / 3, 2 / 3])


def test_found_counts_pairs_over_the_threshold_and_wrong_exclusions() -> None:
    lr = np.array([4.0, 2.0, -3.5, -np.inf, 3.0, 1.0])
    is_same = np.array([True, True, True, True, False, False])
    counted = found(Pairs("single with single", is_same, lr, lr))
    assert (counted.true_pairs, counted.false_pairs, counted.allowed) == (4, 2, 0)
    assert counted.threshold == 3.0
    assert counted.share == 0.25
    assert counted.true_under == 1  # a blank stain is a gap, not an exclusion


def test_pairs_of_one_sort_only_are_refused() -> None:
    lr = np.array([4.0, 2.0])
    with pytest.raises(CannotWeigh, match="2 have a donor in common and 0 not"):
        found(Pairs("single with single", np.array([True, True]), lr, lr))


def hit(search: float, in_full: float | None, *, is_donor: bool, seeds: tuple[int, ...]) -> Hit:
    return Hit("stain", 2, "somebody", is_donor, search, in_full, None, seeds)


def test_a_link_needs_both_numbers_and_false_ones_count_in_every_database() -> None:
    hits = [
        hit(9.0, 8.0, is_donor=True, seeds=(1, 2)),
        hit(4.0, 2.9, is_donor=True, seeds=(1, 2)),
        hit(1.0, None, is_donor=True, seeds=(1, 2)),
        hit(3.5, 3.2, is_donor=False, seeds=(2,)),
        hit(3.5, 3.2, is_donor=False, seeds=(1, 2)),
    ]
    counted = count(2, hits, searches=10, number=2)
    assert (counted.found, counted.donors) == (1, 3)
    assert (counted.false_seed_1, counted.false_all) == (1, 3)
    assert counted.false_per_search == pytest.approx(3 / 20)


def test_databases_share_typed_people_and_differ_in_the_simulated() -> None:
    typed = [Reference("Ann", {TH01: genotype("6", "9.3"), VWA: genotype("17", "18")})]
    people = fill(typed, find_population("NIST 1036 Caucasian"), number=2, size=4)
    assert [list(people.seeds_with(k)) for k in range(7)] == [
        [1, 2], [1], [1], [1], [2], [2], [2],
    ]  # fmt: skip
    assert people.number == 2
    assert len({person.id for person in people.references}) == 7
    assert all(person.loci == (TH01, VWA) for person in people.references)
    again = fill(typed, find_population("NIST 1036 Caucasian"), number=2, size=4)
    assert again == people
