"""The unit of the board's tests with DNA: a stain of Anna's that was searched, one of Bert's that
came in afterwards, and both on file. Numbers are those of `unit_files`, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from tests.faces.command import run
from tests.faces.unit_files import ANNA, BERT, PLAIN, population, references, stain
from tests.faces.web.conftest import HELD, MARA

from reopen.faces.web.doing import do
from reopen.faces.web.work import Stage, Work
from reopen.records.access import Action, Actor, Grant, Standing
from reopen.records.times import Interval
from reopen.store.unit import create_unit

READER = Actor(id="reed", name="Reed Holm", standing=Standing.DETECTIVE)
READS = Grant(
    id="reads", actor="reed", actions=(Action.READ,), purpose="any work of the unit",
    during=Interval.parse("2000/.."), given_by="mara",
)  # fmt: skip


def dna_unit(folder: Path) -> Path:
    """Made once; tests work on copies."""
    path = folder / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many((*HELD, READER, READS))
    people = references(folder / "people.csv", {"anna": ANNA, "bert": BERT})
    a1 = stain(folder, "A1", ANNA)
    done = run("import", path, a1, "--references", people, "--case", "K1", "--as", "mara")
    assert done.code == 0, done.err
    done = run("link", path, "--population", population(folder), *PLAIN, "--as", "mara")
    assert done.code == 0, done.err
    assert run("import", path, stain(folder, "B1", BERT), "--as", "mara").code == 0
    return path


def no_processes(app: FastAPI) -> None:
    """Work that is asked for waits until `finished` does it here."""
    app.state.shared.works._at_once = 0


def finished(app: FastAPI, address: str, actor: str = "mara") -> Work:
    """The work that a form led to, done in this process."""
    id = address.rpartition("/")[2]
    shared = app.state.shared
    shared.state.run("UPDATE work SET stage = ? WHERE id = ?", (Stage.RUNNING, id))
    do(shared.state, shared.units.where, id)
    work: Work = shared.works.get(id, actor)
    return work


def asked(answer: Any) -> str:
    """Where a form led: the page of its work."""
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    assert address.startswith("/runs/")
    return address


def result_of(work: Work) -> Mapping[str, Any]:
    assert work.stage is Stage.DONE, work.said
    return work.result
