"""One profile of a unit: read again, taken apart, weighed, looked for; and a report of links.

Expected numbers are worked out by hand from the plain unit of `unit_files`: ten alleles of
frequency 0.1 at each of three loci, theta 0.
"""

from __future__ import annotations

import shutil
from math import log10
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.faces.unit_files import ANNA, BERT, LOG10_LR, PLAIN, population, references, stain

import reopen
from reopen.errors import CannotWeigh, InvalidRecord, NotAllowed, UnknownName
from reopen.faces.workbench.unit_look_for import OWN_PEOPLE, LookedFor, databases_beside, look_for
from reopen.faces.workbench.unit_report import ids_of, links_for_report
from reopen.faces.workbench.unit_runs import searches
from reopen.faces.workbench.unit_stain import profile_in, take_apart
from reopen.faces.workbench.unit_weigh import WeighingAsked, weigh_in_unit
from reopen.records.access import Action, Actor, Grant, ReadEvent, Standing
from reopen.records.stored import StoredFile, StoredProfile
from reopen.records.times import Interval
from reopen.store.unit import open_unit

SIBLING = (1 + 0.1 + 0.1 + 2 * 0.1 * 0.1) / 4, (1 + 0.1) ** 2 / 4
"""That a full sibling has the same two alleles, or the same one twice (NRC II 1996, table 4.2)."""


def quiet(step: str, done: int, of: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stain of Anna's and another that came in after the search; Anna and Bert on file."""
    folder = tmp_path_factory.mktemp("linked")
    path = folder / "harbour.reopen"
    run("init", path, "--as", "mara")
    on_file = references(folder / "people.csv", {"anna": ANNA, "bert": BERT})
    run("import", path, stain(folder, "A1", ANNA), "--references", on_file)
    said = run("link", path, "--population", population(folder), *PLAIN)
    assert said.code == 0, said.err
    run("import", path, stain(folder, "B1", BERT))
    return path


@pytest.fixture
def unit(linked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(linked, tmp_path / linked.name))


def test_a_stain_is_read_again_as_the_search_took_it_apart(unit: Path) -> None:
    with open_unit(unit) as opened, opened.reading("mara") as reader:
        held = profile_in(reader, "A1")
    assert held.stain is not None
    assert held.stain.replicates[0].peaks["FGA"][0].height_rfu == 1020 + 980  # type: ignore[index]
    assert held.file == "A1.csv"
    assert held.solved is not None
    (loci,) = held.solved.deconvolution.probabilities
    assert loci["TH01"][0][0] == ("10", "12")  # type: ignore[index]


def test_a_stain_that_no_search_had_is_taken_apart_and_kept(unit: Path) -> None:
    with open_unit(unit) as opened:
        with opened.reading("mara") as reader:
            assert profile_in(reader, "B1").solved is None
        found = take_apart(opened, "mara", "B1", progress=quiet)
        with opened.reading("mara") as reader:
            held = profile_in(reader, "B1")
            files = len(list(reader.all(StoredFile)))
        assert held.solved is not None
        assert held.solved.deconvolution.fit == found.deconvolution.fit
        take_apart(opened, "mara", "B1", progress=quiet)
        with opened.reading("mara") as reader:
            assert len(list(reader.all(StoredFile))) == files


def test_a_search_takes_over_what_was_taken_apart_by_itself(unit: Path) -> None:
    with open_unit(unit) as opened:
        take_apart(opened, "mara", "B1", progress=quiet)
    done = run("link", unit, "--json").json
    assert done["taken_apart"] == {"now": 0, "before": 2}


def test_a_person_is_weighed_with_the_settings_of_the_last_search(unit: Path) -> None:
    with open_unit(unit) as opened:
        found = weigh_in_unit(opened, "mara", WeighingAsked("A1", "anna", contributors=1))
        assert found.log10 == pytest.approx(LOG10_LR, abs=0.01)
        assert found.population.name == "population"


def test_a_sibling_instead_of_the_person(unit: Path) -> None:
    het, hom = SIBLING
    asked = WeighingAsked("A1", "anna", contributors=1, relation="full siblings")
    with open_unit(unit) as opened:
        found = weigh_in_unit(opened, "mara", asked)
    assert found.log10 == pytest.approx(-log10(het * het * hom), abs=0.01)
    assert "full siblings, with anna" in str(found.ratio.propositions.denominator)
    assert any("but for the unknown person and anna" in one for one in found.assumptions)


def test_a_sibling_instead_of_the_person_averaged_over_parameters(unit: Path) -> None:
    """A clean stain of one person: the parameters say nothing of who it is."""
    het, hom = SIBLING
    asked = WeighingAsked("A1", "anna", relation="full siblings", integrated=True)
    with open_unit(unit) as opened:
        found = weigh_in_unit(opened, "mara", asked)
    assert found.integrated is not None
    assert found.integrated.over_numbers is None
    assert found.integrated.ratio.log10 == pytest.approx(-log10(het * het * hom), abs=0.05)


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        (WeighingAsked("A1", "carl"), UnknownName, "carl"),
        (WeighingAsked("A1", "B1"), CannotWeigh, "B1 is no reference"),
        (WeighingAsked("anna", "bert"), CannotWeigh, "anna is no stain"),
        (WeighingAsked("A1", "anna", known=("anna",)), InvalidRecord, "in question and a known"),
        (WeighingAsked("A1", "anna", population="/etc/passwd"), UnknownName, "of the library"),
        (WeighingAsked("A1", "anna", relation="enemy"), UnknownName, "enemy"),
    ],
)
def test_what_cannot_be_weighed_is_told(
    unit: Path, asked: WeighingAsked, error: type[Exception], says: str
) -> None:
    with open_unit(unit) as opened, pytest.raises(error, match=says):
        weigh_in_unit(opened, "mara", asked)


def test_a_person_is_found_among_the_others_of_the_unit(unit: Path) -> None:
    asked = LookedFor("A1", OWN_PEOPLE)
    with open_unit(unit) as opened:
        found = look_for(opened, str(unit), "mara", asked, progress=quiet)
    (link,) = found.linking.links
    assert link.other.profile == "anna"
    assert link.weight == pytest.approx(LOG10_LR, abs=0.05)


def test_somebody_is_not_found_as_themselves(unit: Path) -> None:
    with open_unit(unit) as opened:
        found = look_for(opened, str(unit), "mara", LookedFor("anna", OWN_PEOPLE), progress=quiet)
    assert found.linking.links == ()
    assert found.databases[0].people == 1


def test_databases_are_chosen_by_name_from_the_units_folder(unit: Path) -> None:
    people = references(unit.parent / "nation.csv", {"anna": ANNA})
    reopen.build_database(unit.parent / "nation.arrow", people)
    (unit.parent / "notes.arrow").write_text("no database")
    with open_unit(unit) as opened:
        with opened.reading("mara") as reader:
            beside = databases_beside(str(unit), searches(reader))
        assert [each.name for each in beside] == ["nation.arrow"]
        asked = LookedFor("A1", "nation.arrow")
        found = look_for(opened, str(unit), "mara", asked, progress=quiet)
        assert [link.other.profile for link in found.linking.links] == ["nation.arrow#anna"]
        with opened.reading("mara") as reader:
            looks = [one.target for one in reader.all(ReadEvent)]
        assert "every person of nation.arrow beside A1" in looks
        for name in ("../nation.arrow", str(unit.parent / "nation.arrow"), "notes.arrow"):
            with pytest.raises(UnknownName, match="lies beside"):
                look_for(opened, str(unit), "mara", LookedFor("A1", name), progress=quiet)


def test_staff_of_a_database_are_not_found(unit: Path) -> None:
    people = references(unit.parent / "staff.csv", {"anna": ANNA})
    reopen.build_database(unit.parent / "staff.arrow", people, kept_as="staff")
    with open_unit(unit) as opened:
        asked = LookedFor("A1", "staff.arrow")
        found = look_for(opened, str(unit), "mara", asked, progress=quiet)
    assert found.linking.links == ()


def test_the_report_of_the_last_search_has_its_links(unit: Path) -> None:
    with open_unit(unit) as opened:
        linking = links_for_report(opened, "mara", progress=quiet)
    assert ids_of(linking) == ("A1 x anna",)  # B1 came in after the search, and is not linked yet
    assert linking.links[0].weight == pytest.approx(LOG10_LR, abs=0.05)


def test_a_report_takes_out_what_may_be_taken_out_alone(unit: Path) -> None:
    reed = Actor(id="reed", name="Reed", standing=Standing.DETECTIVE)
    with open_unit(unit) as opened:
        with opened.writing("mara") as writer:
            writer.put(reed)
            writer.put(
                Grant(
                    id="reads", actor="reed", actions=(Action.READ,),
                    purpose="any work of the unit", during=Interval.parse("2000/.."),
                    given_by="mara",
                )
            )  # fmt: skip
        with opened.reading("reed") as reader:
            assert reader.get(StoredProfile, "A1") is not None
        with pytest.raises(CannotWeigh, match="may take out"):
            links_for_report(opened, "reed", progress=quiet)
        with pytest.raises(NotAllowed):
            take_apart(opened, "reed", "B1", progress=quiet)
