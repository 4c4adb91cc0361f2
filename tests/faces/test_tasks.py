"""Tasks of a unit: given, passed on, ended, undone; who sees them; what waits of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import run

from reopen.errors import InvalidRecord, NotAllowed, UnknownName
from reopen.faces.workbench.access import approve, give
from reopen.faces.workbench.case_file import case_file
from reopen.faces.workbench.tasks import (
    add_task,
    change_task,
    count_tasks,
    end_task,
    is_overdue,
    subject_of,
    tasks_in,
    undo_task,
    waiting,
)
from reopen.formats.case_tables_writer import write_case_table
from reopen.records.access import Action, Actor, Marking, Sensitivity, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Interview, Involvement, Mention, Person, Role
from reopen.records.findings import Finding, Severity
from reopen.records.results import Request
from reopen.records.statements import Statement
from reopen.records.tasks import Task, TaskState
from reopen.records.times import Interval
from reopen.store.reader import Reader
from reopen.store.unit import Unit, create_unit, open_unit

at = Interval.parse
HELD = (
    Actor(id="berg", name="Nora Berg", standing=Standing.DETECTIVE),
    Actor(id="noor", name="Noor Hale", standing=Standing.QUALITY),
    Actor(id="second", name="Second Pair", standing=Standing.LEAD),
    Case(id="K1", title="The umbrella"),
    Case(id="K2"),
    Exhibit(id="E1", case="K1"),
    Exhibit(id="E2", case="K2"),
    Person(id="P1"),
    Person(id="P2"),
    Person(id="P3"),
    Involvement(id="I3", case="K2", person="P3", role=Role.WITNESS),
    Statement(id="N1", subject=Ref("case", "K1"), field="next_review", value="2027-01"),
    Request(id="Q1", case="K1", item="E1", test="STR", asked=at("1998")),
    Interview(id="W1", case="K1", person="P1", named=at("1987")),
    Mention(id="M1", case="K1", document="Scene log", text="a glove"),
    Marking(id="X1", subject=Ref("person", "P2"), classes=(Sensitivity.MINOR,), at=at("2026"),
            by="mara"),
    Finding(id="F1", rule="C1", records=(Ref("exhibit", "E1"),), severity=Severity.B,
            sentence="s", blind=True, case="K1"),
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Berg may read, add and amend in K1, and sees no class; Noor may do and see everything."""
    path = tmp_path / "unit.reopen"
    mara = Actor(id="mara", name="Mara Lind", standing=Standing.LEAD)
    with create_unit(path, name="Harbour", actor=mara) as unit:
        with unit.writing("mara") as writer:
            writer.put_many(HELD)
        work = "any work of the unit"
        hands = (Action.READ, Action.ADD, Action.AMEND)
        give(unit, "mara", "berg", purpose=work, case="K1", actions=hands)
        given = give(unit, "mara", "noor", purpose=work, actions=hands, classes=tuple(Sensitivity))
        approve(unit, "second", given.record.id)
    return path


def test_a_task_goes_from_hand_to_hand_and_every_step_stays(path: Path) -> None:
    with open_unit(path) as unit:
        given = add_task(unit, "mara", "K1", " ask the store ", owner="berg", due=at("2026-01-31"),
                         subject=Ref("exhibit", "E1"), note="by telephone")  # fmt: skip
        id = given.task.id
        change_task(unit, "mara", id, reason="Berg is away", owner="mara")
        end_task(unit, "berg", id, TaskState.DONE, remark="it is there", at_version=2)
        undo_task(unit, "mara", id, at_version=3)
        with unit.reading("mara") as reader:
            versions = reader.versions(Ref("task", id))
            [row] = tasks_in(reader)
    assert [(each.version, each.actor, each.reason) for each in versions] == [
        (1, "mara", ""), (2, "mara", "Berg is away"), (3, "berg", "done: it is there"),
        (4, "mara", "version 3 undone"),
    ]  # fmt: skip
    assert versions[3].record == versions[1].record
    assert (row.task.what, row.task.owner, row.task.state) == ("ask the store", "mara", "open")
    assert row.overdue
    ended = versions[2].record
    assert isinstance(ended, Task)
    assert ended.ended is not None
    assert ended.remark == "it is there"


def test_a_task_is_overdue_when_the_last_moment_is_over() -> None:
    task = Task(id="T", case="K1", what="w", due=at("2026-11"))
    assert not is_overdue(task, datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert is_overdue(task, datetime(2026, 12, 1, tzinfo=UTC))
    assert not is_overdue(Task(id="T", case="K1", what="w"), datetime(2026, 12, 1, tzinfo=UTC))
    late = Task(id="T", case="K1", what="w", due=at("2020"), state=TaskState.DONE)
    assert not is_overdue(late, datetime(2026, 12, 1, tzinfo=UTC))


def test_what_is_due_first_comes_first_and_what_ended_last(path: Path) -> None:
    with open_unit(path) as unit:
        for what, due in (("c", None), ("b", at("2031")), ("a", at("2020"))):
            add_task(unit, "mara", "K1", what, due=due)
        gone = add_task(unit, "mara", "K2", "d", owner="berg", due=at("2019"))
        end_task(unit, "mara", gone.task.id, TaskState.DROPPED, remark="no longer needed")
        with unit.reading("mara") as reader:
            assert [row.task.what for row in tasks_in(reader, ended=True)] == ["a", "b", "c", "d"]
            assert [row.task.what for row in tasks_in(reader, owner="")] == ["a", "b", "c"]
            assert tasks_in(reader, owner="berg") == ()
            assert tasks_in(reader, case="K2") == ()
            counts = count_tasks(tasks_in(reader, ended=True))
    assert (counts.open, counts.overdue) == (3, 1)


def test_who_may_not_see_the_case_or_what_it_is_about_sees_no_task(path: Path) -> None:
    """Of K1's tasks Berg does not see those on a child and on a finding about the staff."""
    with open_unit(path) as unit:
        add_task(unit, "mara", "K1", "plain", owner="berg")
        add_task(unit, "noor", "K1", "of a child", subject=Ref("person", "P2"))
        add_task(unit, "noor", "K1", "of staff", subject=Ref("finding", "F1"))
        other = add_task(unit, "mara", "K2", "another case", owner="berg")
        with unit.reading("berg") as reader:
            assert [row.task.what for row in tasks_in(reader)] == ["plain"]
        with unit.reading("noor") as reader:
            assert len(tasks_in(reader)) == 4
        with pytest.raises(UnknownName, match="There is no task"):
            end_task(unit, "berg", other.task.id, TaskState.DONE)
        with pytest.raises(UnknownName, match="There is no case 'K2'"):
            add_task(unit, "berg", "K2", "w")
        with pytest.raises(NotAllowed), unit.writing("berg") as writer:  # as from a table
            writer.put(Task(id="T", case="K1", what="w", subject=Ref("person", "P3")))
        for subject in (Ref("exhibit", "E2"), Ref("exhibit", "E9"), Ref("finding", "F1")):
            with pytest.raises(UnknownName, match=r"There is no .* that berg may see"):
                add_task(unit, "berg", "K1", "w", subject=subject)


def test_two_who_change_a_task_at_once_do_not_undo_each_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noor changes it between the moment when Berg's command reads it and when it writes."""
    with open_unit(path) as unit, open_unit(path) as noors:
        id = add_task(unit, "mara", "K1", "w").task.id
        reading, quicker = Unit.reading, ["what", "what", "due"]

        @contextmanager
        def interrupted(one: Unit, actor: str, **how: Any) -> Iterator[Reader]:
            with reading(one, actor, **how) as reader:
                yield reader
            if one is unit and quicker:
                monkeypatch.setattr(Unit, "reading", reading)
                given: dict[str, Any] = {quicker.pop(): f"{len(quicker)}"}
                given = {"due": at("2031")} if "due" in given else given
                change_task(noors, "noor", id, reason="quicker", **given)

        def berg(change: Callable[[], object]) -> None:
            monkeypatch.setattr(Unit, "reading", interrupted)
            with pytest.raises(InvalidRecord, match="was changed by noor since"):
                change()

        berg(lambda: change_task(unit, "berg", id, reason="r", owner="berg"))
        berg(lambda: end_task(unit, "berg", id, TaskState.DONE))
        berg(lambda: undo_task(unit, "berg", id))
        with unit.reading("mara") as reader:
            [row] = tasks_in(reader)
    assert (row.version, row.task.due, row.task.owner, row.task.state) == (
        4,
        at("2031"),
        "",
        "open",
    )


def test_what_cannot_be_is_refused(path: Path) -> None:
    with open_unit(path) as unit:
        task = add_task(unit, "mara", "K1", "w").task.id
        with pytest.raises(InvalidRecord, match="what is to be done"):
            add_task(unit, "mara", "K1", "  ")
        with pytest.raises(UnknownName, match="no actor of this unit"):
            add_task(unit, "mara", "K1", "w", owner="nobody")
        with pytest.raises(InvalidRecord, match="says why"):
            end_task(unit, "mara", task, TaskState.DROPPED)
        with pytest.raises(InvalidRecord, match="has not been changed"):
            undo_task(unit, "mara", task)
        change_task(unit, "mara", task, reason="r", what="v")
        with pytest.raises(InvalidRecord, match="since you looked at it"):
            end_task(unit, "mara", task, TaskState.DONE, at_version=1)
    with pytest.raises(InvalidRecord, match="is open and ended"):
        Task(id="T", case="K1", what="w", ended=at("2026"))
    assert subject_of("exhibit A B") == Ref("exhibit", "A B")
    assert subject_of(" ") is None
    for text in ("exhibit", "thing X", "E1"):
        with pytest.raises(InvalidRecord, match="kind and id"):
            subject_of(text)


def test_what_waits_of_itself_says_when_somebody_has_it(path: Path) -> None:
    with open_unit(path) as unit:
        taken = add_task(unit, "mara", "K1", "call", subject=Ref("interview", "W1")).task
        with unit.reading("mara") as reader:
            file = case_file(reader, "K1")
            before = waiting(file)
            after = waiting(file, [taken])
    assert [(one.what, one.since, one.about) for one in before] == [
        ("Review", "2027-01", ""),
        ("STR asked for, no answer recorded", "1998", "E1"),
        ("Named, no interview recorded", "1987", "P1"),
        ("Mentioned in Scene log, no exhibit here", "", "a glove"),
    ]
    assert [one.task for one in after] == ["", "", taken.id, ""]


def test_tasks_go_out_and_come_in_as_a_table(path: Path, tmp_path: Path) -> None:
    made = Task(id="T-7", case="K1", what="look; again", owner="berg", due=at("2026-12"),
                state=TaskState.DONE, ended=at("2026-11-20T10:00Z"), remark="nothing",
                subject=Ref("exhibit", "E1"))  # fmt: skip
    table = tmp_path / "tasks.csv"
    table.write_text(write_case_table([made]), encoding="utf-8")
    said = run("import", path, table, "--as", "mara")
    assert said.code == 0, said.err
    with open_unit(path) as unit, unit.reading("mara") as reader:
        assert reader.get(Task, "T-7") == made


def test_the_commands_do_the_same(path: Path) -> None:
    me = ("--as", "berg")
    said = run("task", "add", path, "K1", "ask", "--for", "berg", "--due", "2026-01", *me)
    assert said.code == 0
    [row] = run("task", "list", path, "--overdue", "--json", *me).json
    id = row["task"]["id"]
    assert said.out.startswith(f"{id}: for berg, entry ")
    assert (row["overdue"], row["version"], row["by"]) == (True, 1, "berg")
    text = run("task", "list", path, *me).out
    assert "2026-01, overdue" in text
    assert "Nora Berg" in text
    changed = run(
        "task", "change", path, id, "--for", "", "--due", "", "--reason", "r", *me, "--json"
    )
    assert changed.json["task"] == {"kind": "task", "id": id, "case": "K1", "what": "ask"}
    assert run("task", "list", path, "--for", "berg", *me).out.startswith("No such task")
    assert run("task", "done", path, id, "--remark", "is there", *me).out.startswith(f"{id}: done")
    assert "is there" in run("task", "list", path, "--case", "K1", "--ended", *me).out
    assert run("task", "undo", path, id, *me).code == 0
    assert (
        run("task", "drop", path, id, "--remark", "not needed", *me, "--json").json["version"] == 5
    )
    refused = run("task", "done", path, "T-none", *me)
    assert refused.code == 2
    assert "There is no task 'T-none'" in refused.err
