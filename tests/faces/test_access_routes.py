"""Every command that opens a unit, run by somebody who may see nothing of a case.

What such a command says, and the files it writes, hold no word of the case; what it keeps is only
what everybody may enter. A command that opens a unit and is not in the list fails a test.
"""

from __future__ import annotations

import inspect
import shlex
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.faces.command import Said, run
from tests.test_docs import leaves

from reopen.faces.cli import app
from reopen.records.access import Actor, Emergency, FourEyes, ReadEvent, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Finding, Severity
from reopen.records.results import FoundLink, LabResult, ResultKind
from reopen.records.series import FoundSeries
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile
from reopen.records.tasks import Task
from reopen.records.times import Interval
from reopen.store import held
from reopen.store.grants import first_grant
from reopen.store.unit import create_unit, open_unit

SECRETS = ("crimson", "umbrella", "quillfeather", "harrowgate")
"""Words of the case; no command is given them, so only the case can have said them."""
YEAR = Interval.parse("1987")
OPENS = ("acting(", "casefile(", "open_unit(", "names_unit(", "begin_unit(", "reading(unit")
ROOT: Any = typer.main.get_command(app)


@dataclass(frozen=True)
class Route:
    """A command as somebody who may see nothing of the case tries it.

    words   after `reopen`: {unit}, {out} (a folder or file that is not there), {csv} (a table),
            {person} (a file of somebody's profile)
    shows   the words of the case stand in what it says to the lead, so that hiding them is a feat
    anyone  it is done for anybody who holds the unit's file, since it shows nothing of a record
    """

    words: str
    shows: bool = False
    anyone: bool = False


ROUTES = {
    "import": Route("import {unit} {csv}"),
    "cases": Route("cases {unit}", shows=True),
    "links": Route("links {unit}"),
    "series": Route("series {unit}", shows=True),
    "why": Route("why {unit} L1"),
    "disagreements": Route("disagreements {unit}"),
    "log": Route("log {unit}"),
    "redo": Route("redo {unit} RUN1"),
    "link": Route("link {unit}"),
    "search": Route("search {person} {unit}"),
    "watch": Route("watch {unit} --once"),
    "doctor": Route("doctor {unit}", anyone=True),
    "backup": Route("backup {unit} {out}"),
    "audit": Route("audit {unit}"),
    "dispose": Route('dispose {unit} C1-abc --outcome explained --reason "Paper record"'),
    "disclose": Route("disclose {unit} K1 --to Counsel --out {out}"),
    "innocence": Route("innocence {unit} K1"),
    "export": Route("export {unit} K1", shows=True),
    "access actor": Route("access actor {unit} friend"),
    "access grant": Route("access grant {unit} stranger --case K1"),
    "access deny": Route("access deny {unit} mara --case K1 --why spite"),
    "access recuse": Route("access recuse {unit} --case K1 --actor mara --why spite"),
    "access approve": Route("access approve {unit} first-mara", anyone=True),
    "access revoke": Route("access revoke {unit} first-mara --why spite"),
    "access mark": Route("access mark {unit} case K1 --class sealed --why spite"),
    "access grants": Route("access grants {unit}"),
    "access who": Route("access who {unit} case K1"),
    "access reads": Route("access reads {unit}"),
    "access emergency": Route("access emergency {unit} K1 --why test", anyone=True),
    "access review": Route('access review {unit} emergency-1 --words "fine"'),
    "access four-eyes": Route("access four-eyes {unit}"),
    "access ask": Route("access ask {unit} expunge case K1 --why spite"),
    "access confirm": Route("access confirm {unit} ask-1"),
    "access refuse": Route("access refuse {unit} ask-1 --why spite"),
    "custody record": Route("custody record {unit} E1 booked --to Ito"),
    "custody scan": Route("custody scan {unit}"),
    "custody confirm": Route("custody confirm {unit} C1"),
    "custody gap": Route('custody gap {unit} E1 1988 --why "Lost"'),
    "custody timeline": Route("custody timeline {unit} E1", shows=True),
    "custody device": Route("custody device {unit} tablet --key 00"),
    "custody submit": Route("custody submit {unit} {csv}"),
    "task add": Route("task add {unit} K1 spite"),
    "task list": Route("task list {unit}", shows=True),
    "task change": Route("task change {unit} task-1 --for mara --reason spite"),
    "task done": Route("task done {unit} task-1 --remark spite"),
    "task drop": Route("task drop {unit} task-1 --remark spite"),
    "task undo": Route("task undo {unit} task-1"),
    "ledger prove": Route("ledger prove {unit} exhibit E1 --out {out}"),
    "ledger approve": Route("ledger approve {unit}"),
    "ledger checkpoint": Route("ledger checkpoint {unit}", anyone=True),
    "ledger keys": Route("ledger keys {unit}", anyone=True),
    "ledger verify": Route("ledger verify {unit}", anyone=True),
    "ledger mirror": Route("ledger mirror {unit} {out}", anyone=True),
}
COPIES = {"backup": "the whole unit as it is, for whoever holds everything"}
NOT_FROM_A_UNIT = {
    "init": "makes a new unit",
    "demo": "makes a unit of invented people",
    "restore": "makes a unit from a backup, which whoever holds the backup can read",
    "custody key": "makes a key on a device",
    "custody queue": "writes to a device's own file",
    "custody cosign": "writes to a device's own file",
    "ledger policy": "reads a policy file",
}
OWN = (ReadEvent, Emergency, FourEyes)
"""What everybody of the unit may enter of themselves."""


def opening() -> dict[str, Any]:
    """Commands in whose module a unit is opened."""
    found = {}
    for name, command in leaves(ROOT):
        module = inspect.getmodule(inspect.unwrap(command.callback))
        assert module is not None
        if any(word in inspect.getsource(module) for word in OPENS):
            found[name] = command
    return found


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A unit with one case; 'stranger' belongs to the unit and has no grant."""
    path = tmp_path_factory.mktemp("unit") / "unit.reopen"
    lead = Actor(id="mara", name="Mara Lind", standing=Standing.LEAD)
    with create_unit(path, name="Cold cases", actor=lead) as unit, unit.writing("mara") as writer:
        writer.put_many(
            [
                Actor(id="stranger", name="Sten Ek", standing=Standing.VOLUNTEER),
                Case(id="K1", title="The crimson umbrella"),
                Exhibit(id="E1", case="K1", description="a crimson umbrella"),
                Sample(id="S1", exhibit="E1", kind="crimson"),
                Person(id="P1"),
                Statement(
                    id="T1", subject=Ref("person", "P1"), field="name", value="A. Quillfeather"
                ),
                Statement(id="T2", subject=Ref("case", "K1"), field="town", value="Harrowgate"),
                Involvement(id="I1", case="K1", person="P1", role=Role.SUSPECT),
                Task(id="task-1", case="K1", what="Find the crimson umbrella", owner="mara"),
                CustodyEvent(
                    id="C1", item="E1", event=EventKind.BOOKED, at=YEAR, receiver="Quillfeather"
                ),
                LabResult(
                    id="R1", result="R1", case="K1", sample="S1", kind=ResultKind.EXCLUSION,
                    at=YEAR, compared_with="P1", note="crimson thread",
                ),
                StoredProfile(
                    id="F1", purpose="stain", file="0", content_hash="1", sample="S1",
                    note="crimson",
                ),
                FoundLink(
                    id="L1", link="L1", one="F1", other="F1", weight_log10=9.0,
                    known_reason="Harrowgate",
                ),
                FoundSeries(
                    id="series-umbrella", profiles=("F1",), contributors=("1 of 1",),
                    weight_log10=9.0, holds_by_log10=5.0,
                ),
                Finding(
                    id="C1-abc", rule="C1", severity=Severity.A,
                    records=(Ref("exhibit", "E1"),),
                    sentence="The crimson umbrella has no event.",
                ),
                StoredProfile(
                    id="ST-pemberton", purpose="elimination", file="0", content_hash="2",
                    person="P9", staff=True,
                ),
                FoundLink(
                    id="L-pemberton", link="L2", one="F1", other="ST-pemberton", weight_log10=7.0
                ),
                Emergency(
                    id="emergency-1", actor="mara", case="K1", at=YEAR, until=YEAR,
                    reason="crimson",
                ),
            ]
        )  # fmt: skip
        request = FourEyes(
            id="ask-1", act="unseal", target="case K1", asked_by="mara",
            asked=Interval.at(unit.clock()), reason="Quillfeather",
        )  # fmt: skip
        writer.put(request)
    assert run("ledger", "keys", path, "--as", "mara").code == 0
    return path


@dataclass(frozen=True)
class Tried:
    said: Said
    written: str
    kept: tuple[object, ...]


def attempt(base: Path, folder: Path, route: Route, actor: str) -> Tried:
    """Run a command on a copy of the unit; what it said, wrote, and kept."""
    unit = folder / "unit.reopen"
    shutil.copyfile(base, unit)
    keys = Path(f"{base}.keys")
    if keys.exists():
        shutil.copytree(keys, f"{unit}.keys")
    table = folder / "cases.csv"
    table.write_text("id,title\nK9,new\n", encoding="utf-8")
    with open_unit(unit) as opened:
        before = opened.db.rows("SELECT COUNT(*) FROM entry")[0][0]
    person = folder / "person.csv"
    person.write_text("SampleName,Marker,Allele 1,Allele 2\nme,TH01,6,9.3\n", encoding="utf-8")
    places = {"unit": unit, "out": folder / "out", "csv": table, "person": person}
    words = [word.format(**places) for word in shlex.split(route.words)]
    said = run(*words, *(["--as", actor] if acts(words) else []))
    made = [p for p in folder.rglob("*") if p.is_file() and not str(p).startswith(str(unit))]
    written = b"".join(p.read_bytes() for p in made).decode("utf-8", "replace").casefold()
    with open_unit(unit) as opened, opened.db.reading():
        every = held.select(opened.db, held.EVERYTHING, held.Asked(current=False), after=before - 1)
        kept = tuple(version.record for version in every if version.actor == actor)
    return Tried(said, written, kept)


def acts(words: list[str]) -> bool:
    """Whether the command is told who acts."""
    name = " ".join(words[:2]) if " ".join(words[:2]) in ROUTES else words[0]
    command = dict(leaves(ROOT))[name]
    return any("--as" in parameter.opts for parameter in command.params)


def secrets_in(tried: Tried) -> set[str]:
    told = (tried.said.out + tried.said.err).casefold() + tried.written
    return {word for word in SECRETS if word in told}


def test_every_command_that_opens_a_unit_is_in_the_list() -> None:
    assert set(opening()) == set(ROUTES) | set(NOT_FROM_A_UNIT)


@pytest.mark.parametrize("name", ROUTES)
def test_who_may_see_nothing_of_a_case_learns_nothing(
    name: str, base: Path, tmp_path: Path
) -> None:
    tried = attempt(base, tmp_path, ROUTES[name], "stranger")
    assert not secrets_in(tried), tried.said
    if not ROUTES[name].anyone:
        assert all(isinstance(record, OWN) for record in tried.kept), tried.kept


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.shows])
def test_the_lead_is_shown_it_by_the_same_command(name: str, base: Path, tmp_path: Path) -> None:
    assert secrets_in(attempt(base, tmp_path, ROUTES[name], "mara"))


@pytest.mark.parametrize("name", [name for name in ROUTES if name not in COPIES])
def test_a_staff_hit_is_for_named_reviewers(name: str, base: Path, tmp_path: Path) -> None:
    """The lead holds everything, but nobody has approved that her grant opens sensitive classes."""
    tried = attempt(base, tmp_path, ROUTES[name], "mara")
    assert "pemberton" not in (tried.said.out + tried.said.err).casefold() + tried.written


def test_a_recused_lead_learns_nothing_either(base: Path, tmp_path: Path) -> None:
    """The lead is the suspect's sister: every command hides the case from her."""
    sister = tmp_path / "sister.reopen"
    shutil.copyfile(base, sister)
    with open_unit(sister) as unit, unit.writing("mara", reason="known now") as writer:
        lead = replace(first_grant("stranger"), given_by="mara")
        writer.put(lead)
    with open_unit(sister) as unit, unit.writing("stranger", reason="known now") as writer:
        writer.put(Actor(id="mara", name="Mara Lind", standing=Standing.LEAD, person="P1"))
    for n, (name, route) in enumerate(ROUTES.items()):
        if route.shows:
            folder = tmp_path / str(n)
            folder.mkdir()
            assert not secrets_in(attempt(sister, folder, route, "mara")), name
