"""Files to profiles: kits found or guessed, replicates, and what the Python face gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.faces.unit_files import ANNA, BERT, references, stain, stains

import reopen
from reopen.errors import UnknownName, UnreadableFile
from reopen.formats import library
from reopen.records import Purpose


def gene_mapper(path: Path, loci: list[str], kit: str = "", name: str = "S-1") -> Path:
    rows = [f"{name}\t{kit}\t{locus}\t10\t12\t900\t950" for locus in loci]
    header = "Sample Name\tPanel\tMarker\tAllele 1\tAllele 2\tHeight 1\tHeight 2"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def autosomal(kit: str) -> list[str]:
    return [m.locus for m in library.kit(kit).markers if m.kind == "autosomal"]


def test_the_kit_that_the_file_names_comes_first(tmp_path: Path) -> None:
    file = gene_mapper(tmp_path / "a.txt", ["TH01"], "ppf6c")
    unit = reopen.open_profiles(file, kit="SGM Plus")
    assert unit.stain().kit == "PowerPlex Fusion 6C"
    assert unit.kit_of(unit.stain()) == library.kit("PowerPlex Fusion 6C")
    assert any("kept to, not SGM Plus" in notice for notice in unit.notices)


def test_then_the_kit_that_was_said(tmp_path: Path) -> None:
    unit = reopen.open_profiles(stain(tmp_path, "S-1", ANNA), kit="sgm plus")
    assert unit.stain().kit == "SGM Plus"
    assert not unit.notices


def test_then_the_kit_that_the_loci_tell(tmp_path: Path) -> None:
    unit = reopen.open_profiles(gene_mapper(tmp_path / "a.txt", autosomal("PowerPlex 21")))
    assert unit.stain().kit == "PowerPlex 21"
    assert unit.notices == ("Kit not named; the loci are those of PowerPlex 21 only: S-1.",)


def test_else_degradation_is_not_modelled_and_that_is_said(tmp_path: Path) -> None:
    unit = reopen.open_profiles(stain(tmp_path, "S-1", ANNA))
    assert unit.kit_of(unit.stain()) is None
    assert "Kit not known" in unit.notices[0]


def test_a_kit_of_ones_own(tmp_path: Path) -> None:
    table = tmp_path / "kit.csv"
    table.write_text("kit,marker,allele,size\nHomemade,TH01,10,180\nHomemade,TH01,12,188\n")
    unit = reopen.open_profiles(stain(tmp_path, "S-1", ANNA), kit=str(table))
    assert unit.stain().kit == "Homemade"


def test_replicates_are_put_together_file_by_file(tmp_path: Path) -> None:
    made = {"E2_rep1": (ANNA,), "E2_rep2": (ANNA,), "E3": (BERT,)}
    file = stains(tmp_path / "reps.csv", made, 900)
    unit = reopen.open_profiles(file, replicates="suffix")
    assert [(s.id, len(s.replicates)) for s in unit.stains] == [("E2", 2), ("E3", 1)]
    with pytest.raises(UnknownName, match="No rule for replicates"):
        reopen.open_profiles(file, replicates="guess")


def test_references_among_stains_are_taken_as_such_and_told(tmp_path: Path) -> None:
    known = references(tmp_path / "known.csv", {"R-1": ANNA})
    unit = reopen.open_profiles(stain(tmp_path, "S-1", ANNA), known)
    assert [person.id for person in unit.references] == ["R-1"]
    assert any("R-1 is read as references" in notice for notice in unit.notices)


def test_staff_keeps_its_purpose_where_the_database_has_the_same_person(tmp_path: Path) -> None:
    one = references(tmp_path / "database.csv", {"R-1": ANNA, "R-2": BERT})
    staff = references(tmp_path / "staff.csv", {"R-1": ANNA})
    unit = reopen.open_profiles(references=[one], staff=[staff])
    assert unit.reference("R-1").purpose is Purpose.STAFF
    assert len(unit.references) == 2


def test_every_file_has_its_hash(tmp_path: Path) -> None:
    unit = reopen.open_profiles(stain(tmp_path, "S-1", ANNA))
    (source,) = unit.sources
    assert source.path == str(tmp_path / "S-1.csv")
    assert re.fullmatch("[0-9a-f]{64}", source.sha256)


def test_nothing_readable_is_an_error_and_not_an_empty_unit(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        reopen.open_profiles(tmp_path / "none.csv")


def test_similar_names_are_offered(tmp_path: Path) -> None:
    unit = reopen.open_profiles(stains(tmp_path / "s.csv", {"K-17": (ANNA,), "K-18": (ANNA,)}, 900))
    with pytest.raises(UnknownName, match="There are: K-17, K-18"):
        unit.stain("K-71")


def test_a_refused_profile_is_not_said_to_be_absent(tmp_path: Path) -> None:
    one, other = tmp_path / "1", tmp_path / "2"
    one.mkdir(), other.mkdir()
    unit = reopen.open_profiles(stain(one, "S-1", ANNA), stain(other, "S-1", BERT))
    with pytest.raises(UnknownName, match="Profiles that differ go by this one name"):
        unit.stain("S-1")


def test_the_nearest_names_come_first(tmp_path: Path) -> None:
    people = dict.fromkeys(("DB-0994", "DB-9999", "DB-0941", "X"), ANNA)
    unit = reopen.open_profiles(references=[references(tmp_path / "db.csv", people)])
    with pytest.raises(UnknownName, match="There are: DB-0941, "):
        unit.reference("DB-9941")


@pytest.mark.parametrize("name", ["", "Anna"])
def test_a_reference_asked_for_as_a_stain_is_told_as_one(tmp_path: Path, name: str) -> None:
    unit = reopen.open_profiles(references(tmp_path / "noh.csv", {"Anna": ANNA}))
    with pytest.raises(UnknownName, match=r"Anna was read as a reference\..*no heights"):
        unit.stain(name)
