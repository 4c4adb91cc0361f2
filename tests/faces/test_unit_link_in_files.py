"""A unit takes over stains that a search of the same files took apart, where nothing differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.faces.unit_files import ANNA, BERT, population, references, stain

import reopen
from reopen.faces.workbench.unit import begin_unit
from reopen.faces.workbench.unit_files import Given
from reopen.faces.workbench.unit_import import import_files
from reopen.faces.workbench.unit_link import Asked, UnitLinking, link_unit
from reopen.faces.workbench.unit_profiles import ReadAs
from reopen.faces.workbench.unit_search import Terms, text_of_settings
from reopen.store.unit import Unit

SETTINGS = reopen.Settings().changed(
    theta=0.0, stutter="none", degradation=False, dropin_probability=0.001
)
Linked = Callable[[reopen.Linking | None], UnitLinking]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A mixture of Anna and Bert, one of Anna alone, and both on file."""
    stain(tmp_path, "A1", ANNA, BERT)
    stain(tmp_path, "B1", ANNA)
    references(tmp_path / "people.csv", {"anna": ANNA, "bert": BERT})
    population(tmp_path)
    return tmp_path


@pytest.fixture
def linked(files: Path) -> Linked:
    """Links the files in a new unit, with a search of files to take stains over from."""

    def link(in_files: reopen.Linking | None) -> UnitLinking:
        place = files / "unit.reopen"
        place.unlink(missing_ok=True)
        with begin_unit(place, name="Harbour", actor="mara") as unit:
            people = Given(files / "people.csv", ReadAs(role="references"))
            import_files(unit, "mara", [Given(files / "A1.csv"), Given(files / "B1.csv"), people])
            return link_unit(unit, "mara", _asked(unit, files, in_files))

    return link


def _asked(unit: Unit, files: Path, in_files: reopen.Linking | None) -> Asked:
    data = (files / "population.csv").read_bytes()
    with unit.writing("mara") as writer:
        kept = writer.put_file(data, "population.csv")
    terms = Terms(
        population=str(files / "population.csv"),
        population_file=kept.id,
        settings_text=text_of_settings(SETTINGS),
    )
    return Asked(lambda _: terms, in_files=in_files)


def in_files(files: Path, settings: reopen.Settings = SETTINGS) -> reopen.Linking:
    return reopen.find_links(
        reopen.open_profiles(files / "A1.csv", files / "B1.csv", references=[files / "people.csv"]),
        population=str(files / "population.csv"),
        settings=settings,
    )


def numbers(linking: UnitLinking) -> dict[str, float]:
    return {link.id: link.weight_log10 for link in linking.links}


def test_the_same_files_on_the_same_terms_are_taken_over_with_the_same_links(
    files: Path, linked: Linked
) -> None:
    alone = linked(None)
    assert alone.solved == (2, 0)
    assert numbers(alone)
    handed = linked(in_files(files))
    assert handed.solved == (0, 2)
    assert numbers(handed) == numbers(alone)


def test_what_is_taken_over_is_kept_in_the_unit(files: Path, linked: Linked) -> None:
    linked(in_files(files))
    with reopen.open_unit(files / "unit.reopen") as unit:
        references(files / "late.csv", {"anna-2": ANNA})
        import_files(unit, "mara", [Given(files / "late.csv", ReadAs(role="references"))])
        assert link_unit(unit, "mara").solved == (0, 2)


def test_other_terms_take_every_stain_apart(files: Path, linked: Linked) -> None:
    assert linked(in_files(files, SETTINGS.changed(threshold_rfu=60.0))).solved == (2, 0)
    searched = in_files(files)
    one_draw = replace(searched.options, averaging=None)
    assert linked(replace(searched, options=one_draw)).solved == (2, 0)
    tables = searched.population.frequencies.by_locus
    fewer = {locus: table for locus, table in tables.items() if locus != "FGA"}
    frequencies = replace(searched.population.frequencies, by_locus=fewer)
    other = replace(searched, population=replace(searched.population, frequencies=frequencies))
    assert linked(other).solved == (2, 0)


def test_a_stain_with_other_peaks_is_taken_apart(files: Path, linked: Linked) -> None:
    searched = in_files(files)
    stain(files, "B1", BERT)
    changed = linked(searched)
    assert changed.solved == (1, 1)
    assert "B1 x bert" in numbers(changed)
    assert "B1 x anna" not in numbers(changed)
