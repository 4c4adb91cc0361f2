"""The demo's unit is what it says, and its files hold what the unit holds."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from reopen.faces.workbench.demo import DemoUnit, demo_unit, write_demo_unit
from reopen.faces.workbench.demo_scenes import OFFENDER, VICTIM
from reopen.formats import read_kinship, read_profiles
from reopen.records import ControlKind, Purpose, Reference, Stain


@pytest.fixture(scope="module")
def unit() -> DemoUnit:
    return demo_unit()


@pytest.fixture(scope="module")
def folder(unit: DemoUnit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_unit(unit, folder)
    return folder


def by_id(references: tuple[Reference, ...]) -> dict[str, Reference]:
    return {person.id: person for person in references}


def share_of_peaks(stain: Stain, person: Reference) -> float:
    """Share of a person's alleles that the stain shows."""
    peaks = {
        (locus, peak.allele)
        for replicate in stain.replicates
        for locus, at_locus in replicate.peaks.items()
        for peak in at_locus
    }
    alleles = {(at, a) for at in stain.loci for a in person.genotypes[at].alleles}
    return len(alleles & peaks) / len(alleles)


def test_fourteen_cases_are_one_donors_and_forty_or_more_are_not(unit: DemoUnit) -> None:
    fourteen = unit.stains_of(unit.series_donor)
    assert len(fourteen) == 14
    assert len({stain.case for stain in unit.stains}) - 14 >= 40
    assert [len(stains) for stains in unit.series] == [14, 3, 2]
    assert unit.series[0] == fourteen
    assert 55 <= len(unit.stains) <= 60


def test_the_donor_is_single_minor_in_two_and_three_and_partial_with_three_kits(
    unit: DemoUnit,
) -> None:
    shares = {
        name: sorted((c.proportion for c in unit.truth if c.stain == name), reverse=True)
        for name in unit.stains_of(unit.series_donor)
    }
    own = {c.stain: c.proportion for c in unit.truth if c.person == unit.series_donor}
    assert Counter(map(len, shares.values())) == {1: 8, 2: 4, 3: 2}
    assert all(own[name] == min(all_) for name, all_ in shares.items())
    assert all(0.15 <= own[name] <= 0.35 for name, all_ in shares.items() if len(all_) > 1)
    stains = [stain for stain in unit.stains if stain.id in own]
    assert {stain.kit for stain in stains} == {"SGM Plus", "Identifiler", "GlobalFiler"}
    donor = by_id(unit.people)[unit.series_donor]
    partial = [s for s in stains if len(shares[s.id]) == 1 and share_of_peaks(s, donor) < 0.9]
    assert len(partial) >= 3


def test_truth_names_known_people_with_shares_of_one(unit: DemoUnit) -> None:
    people = by_id(unit.people)
    assert len(people) == len(unit.people)
    totals: Counter[str] = Counter()
    for part in unit.truth:
        assert part.person in people
        totals[part.stain] += part.proportion  # type: ignore[assignment]
    assert totals.keys() == {stain.id for stain in unit.stains}
    assert all(abs(total - 1) < 1e-9 for total in totals.values())
    assert all(sum(c.role == OFFENDER for c in unit.truth if c.stain == s) == 1 for s in totals)
    assert max(Counter(c.stain for c in unit.truth).values()) == 3


def test_stains_show_their_contributors_and_not_others(unit: DemoUnit) -> None:
    people = by_id(unit.people)
    strangers = [people[f"DB-{number:04d}"] for number in range(1, 1001, 100)]
    stains = {stain.id: stain for stain in unit.stains}
    for part in unit.truth:
        if unit.stains_of(unit.series_donor).count(part.stain):
            continue  # partial profiles are among the fourteen
        own = share_of_peaks(stains[part.stain], people[part.person])
        assert own > 0.75, part
        assert all(
            share_of_peaks(stains[part.stain], s) < own
            for s in strangers
            if part.stain not in unit.stains_of(s.id)
        )


def test_the_donor_is_not_on_file_and_a_full_brother_is(unit: DemoUnit) -> None:
    people, database = by_id(unit.people), by_id(unit.database)
    donor, brother = people[unit.series_donor], database[unit.brother]
    assert unit.series_donor not in unit.on_file
    for person in (*unit.database, *unit.staff, *unit.victims):
        shared = [at for at in person.loci if at in donor.genotypes]
        assert any(person.genotypes[at] != donor.genotypes[at] for at in shared)
    same = [brother.genotypes[at] == donor.genotypes[at] for at in brother.loci]
    # Full brothers share both alleles by descent at a quarter of loci, unrelated people at none.
    assert sum(same) / len(same) > 0.15


def test_counts_of_references(unit: DemoUnit) -> None:
    assert len(unit.database) == 1000
    assert len(unit.staff) == 40
    assert len(unit.victims) == len(unit.stains)
    assert {r.purpose for r in unit.database} == {Purpose.DATABASE}
    assert {r.purpose for r in unit.staff} == {Purpose.STAFF}
    assert {r.purpose for r in unit.victims} == {Purpose.VICTIM}
    found = {c.person for c in unit.truth if c.role == OFFENDER} & by_id(unit.database).keys()
    assert len(found) == 3
    assert unit.brother not in found


def test_one_stain_holds_one_of_the_staff(unit: DemoUnit) -> None:
    staff = by_id(unit.staff)
    assert [c for c in unit.truth if c.person in staff] == [unit.contamination]


def test_victims_in_truth_are_on_file(unit: DemoUnit) -> None:
    victims = {c.person for c in unit.truth if c.role == VICTIM}
    assert victims
    assert victims <= by_id(unit.victims).keys()


def test_the_same_seed_gives_the_same_unit(unit: DemoUnit) -> None:
    again = demo_unit()
    assert again == unit
    assert demo_unit(seed=2).stains != unit.stains


def test_stains_are_read_back_as_they_are_in_the_unit(unit: DemoUnit, folder: Path) -> None:
    read = [read_profiles(path) for path in sorted(folder.glob("stains-*.txt"))]
    assert len(read) == 3
    assert not any(file.refused for file in read)
    stains = {stain.id: stain for file in read for stain in file.stains}
    assert stains.keys() == {stain.id for stain in unit.stains}
    for stain in unit.stains:
        assert stains[stain.id].replicates == stain.replicates
        assert stains[stain.id].kit == stain.kit
    for file in read:
        kinds = [control.kind for control in file.controls]
        assert kinds == [ControlKind.LADDER, ControlKind.POSITIVE, ControlKind.NEGATIVE]


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("database", Purpose.DATABASE),
        ("victims", Purpose.VICTIM),
        ("staff", Purpose.STAFF),
    ],
)
def test_references_are_read_back_as_they_are_in_the_unit(
    unit: DemoUnit, folder: Path, name: str, purpose: Purpose
) -> None:
    file = read_profiles(folder / f"{name}.csv", role="references", purpose=purpose)
    assert not file.refused
    held: tuple[Reference, ...] = getattr(unit, name)
    assert [(r.id, dict(r.genotypes), r.purpose) for r in file.references] == [
        (r.id, dict(r.genotypes), r.purpose) for r in held
    ]


def test_the_missing_are_a_man_and_his_child(unit: DemoUnit) -> None:
    missing = unit.missing
    people = by_id(missing.children)
    child = people[missing.truth["infant"]]
    bones = missing.remains.profile.genotypes
    shared = [bool(set(bones[at].alleles) & set(child.genotypes[at].alleles)) for at in bones]
    assert sum(shared) > 0.8 * len(shared)
    lost = sum(2 - len(set(genotype.alleles)) for genotype in bones.values())
    assert lost > 3
    assert set(missing.family.profiles) == {"mother", "half-sister"}
    assert set(missing.family.missing) == set(missing.truth)


def pairs(profile: Reference) -> dict[str, tuple[str, str]]:
    return {at: genotype.pair for at, genotype in profile.genotypes.items()}


def test_the_missing_are_written_and_read_back(unit: DemoUnit, folder: Path) -> None:
    case = read_kinship(folder / "families.toml")
    (family,), (bones,) = case.families, case.remains
    assert family.missing == unit.missing.family.missing
    assert bones.dropout == unit.missing.remains.dropout
    assert pairs(bones.profile) == pairs(unit.missing.remains.profile)
    assert pairs(family.profiles["mother"]) == pairs(unit.missing.family.profiles["mother"])
    with (folder / "truth-missing.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["missing"]: row["profile"] for row in csv.DictReader(file)}
    assert rows == dict(unit.missing.truth)


def test_truth_is_written(unit: DemoUnit, folder: Path) -> None:
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(unit.truth)
    assert [row["stain"] for row in rows if row["person"] == unit.series_donor] == list(
        unit.stains_of(unit.series_donor)
    )
    assert {row["on file"] for row in rows if row["person"] == unit.series_donor} == {"no"}
    assert str(unit.seed) in (folder / "README.txt").read_text(encoding="utf-8")
