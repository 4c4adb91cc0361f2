"""The demo's casefile: each of its four stories is found by the program, with its evidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import reopen
from reopen.errors import ReopenError
from reopen.faces.workbench.demo_casefile import Stories, demo_casefile, demo_stories
from reopen.faces.workbench.demo_stories import (
    COLLEAGUE,
    LEAD,
    RESERVIST,
    REVIEWER,
    DemoCasefile,
    work_demo_casefile,
)
from reopen.faces.workbench.tasks import tasks_in
from reopen.faces.workbench.unit import begin_unit, casefile
from reopen.records.cases import Case, Exhibit, Presence, PresenceKind
from reopen.records.results import FoundLink, LabResult, Request, ResultKind
from reopen.store import check

UNIT = reopen.demo_unit()
STORIES: Stories = demo_stories(UNIT)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> DemoCasefile:
    """The stories' four cases of it, with a small database, so that linking takes seconds."""
    named = (
        STORIES.suppressed_case, STORIES.framed_case, STORIES.colleague_case, STORIES.looked_at,
    )  # fmt: skip
    stains = tuple(stain for stain in UNIT.stains if stain.id.rpartition("-")[0] in named)
    small = replace(UNIT, stains=stains, database=UNIT.database[:40])
    folder = tmp_path_factory.mktemp("demo")
    reopen.write_demo_unit(small, folder)
    return work_demo_casefile(small, folder)


def test_what_was_invented_is_what_the_stories_say() -> None:
    records = demo_casefile(UNIT)
    held = {record.ref: record for record in records}
    assert len(held) == len(records)
    [request] = [
        each for each in records if isinstance(each, Request) and each.item == STORIES.suppressed
    ]
    assert request.sent is None
    versions = [
        each
        for each in records
        if isinstance(each, LabResult) and each.result == STORIES.changed_result
    ]
    assert [each.kind for each in versions] == [ResultKind.EXCLUSION, ResultKind.INCLUSION]
    [ward] = [each for each in records if isinstance(each, Presence)]
    assert (ward.person, ward.presence) == (STORIES.framed, PresenceKind.HOSPITAL)
    assert not UNIT.stains_of(STORIES.framed)
    assert UNIT.contamination.person == STORIES.colleague


@pytest.mark.slow
def test_every_story_is_told_with_its_evidence(worked: DemoCasefile) -> None:
    suppressed, changed, colleague, reservist = worked.stories
    assert STORIES.suppressed in suppressed.title
    assert any("R11" in line and "never sent" in line for line in suppressed.evidence)
    assert any("R3" in line for line in changed.evidence)
    assert any("X4" in line and "hospital" in line for line in changed.evidence)
    assert any("presence" in line for line in changed.evidence)
    assert any("X1" in line and STORIES.colleague not in line for line in colleague.evidence)
    assert f"{COLLEAGUE} sees the case: no; the hit: no" in colleague.evidence
    assert f"{REVIEWER} sees the case: yes; the hit: yes" in colleague.evidence
    assert any(STORIES.looked_at in line for line in reservist.evidence)


@pytest.mark.slow
def test_nobody_without_the_grant_learns_of_the_hit(worked: DemoCasefile) -> None:
    with casefile(worked.where) as unit:
        for who in (LEAD, COLLEAGUE, RESERVIST):
            with unit.reading(who) as reader:
                links = list(reader.all(FoundLink))
            assert not [each for each in links if STORIES.colleague in (each.one, each.other)]
        with unit.reading(RESERVIST) as reader:
            assert reader.get(Case, STORIES.suppressed_case) is not None
            assert reader.get(Case, STORIES.looked_at) is None
            assert {each.case for each in reader.all(Exhibit)} == {STORIES.suppressed_case}


@pytest.mark.slow
def test_tasks_are_for_those_who_may_see_their_case(worked: DemoCasefile) -> None:
    with casefile(worked.where) as unit:
        with unit.reading(LEAD) as reader:
            every = tasks_in(reader, ended=True)
        with unit.reading(RESERVIST) as reader:
            own = tasks_in(reader)
    assert len(every) == 6
    assert any(row.overdue for row in every)
    assert {row.task.case for row in own} == {STORIES.suppressed_case}
    assert [row.task.what for row in own if row.task.owner == RESERVIST] == [
        "Transcribe the scene log"
    ]


@pytest.mark.slow
def test_its_log_agrees_with_its_rows(worked: DemoCasefile) -> None:
    with casefile(worked.where) as unit:
        check.verify(unit.db)


@pytest.mark.slow
def test_a_second_demo_takes_the_place_of_the_first_and_of_nothing_else(
    worked: DemoCasefile, tmp_path: Path
) -> None:
    reopen.write_demo_unit(replace(UNIT, stains=(), database=UNIT.database[:2]), tmp_path)
    begin_unit(tmp_path / "demo.reopen", name="A real unit", actor="mara").close()
    before = (tmp_path / "demo.reopen").read_bytes()
    with pytest.raises(ReopenError, match="'A real unit', not one of the demo's"):
        work_demo_casefile(UNIT, tmp_path)
    assert (tmp_path / "demo.reopen").read_bytes() == before
