"""A unit's work of a few minutes, done by a process that can be killed at any of its steps.

Run as a program it reads one order a line, does the work in a child of its own for each, and
answers with what the child acknowledged and how it ended. The child says 'ack' only after the
store has answered: what it said must never be lost.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reopen.errors import CannotStore
from reopen.ledger.keys import SigningKey
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval
from reopen.store import checkpoints, expunging, log
from reopen.store.backup import back_up
from reopen.store.database import Database
from reopen.store.unit import Unit, now, open_unit

HOWS = ("off", "count", "before", "after", "halfway", "disk full")  # as the shim numbers them
AT = Interval.at(datetime(1987, 3, 14, 9, 0, tzinfo=UTC))


@dataclass(frozen=True)
class Order:
    """Do the work of a run in a unit, with a fault at a step.

    level   'statement' counts the store's own calls that write, 'call' the system's
    backup  where to write a backup; '' for none
    record  a file for the record of all calls; '' for none
    """

    place: str
    run: str
    level: str = "statement"
    how: str = "count"
    at: int = 0
    folder: str = ""
    backup: str = ""
    record: str = ""


@dataclass(frozen=True)
class Answer:
    """acks: size and root of the log at each; steps: counted; said: an error the work ended with;
    killed: by the fault."""

    acks: list[tuple[int, str]] = field(default_factory=list)
    steps: int = 0
    said: str = ""
    killed: bool = False


Say = Callable[[str, Any], None]


def work(unit: Unit, order: Order, acknowledge: Callable[[], None]) -> None:
    """Every kind of write there is, each acknowledged."""
    r = order.run
    exhibit = Exhibit(id=f"{r}-E1", case=f"{r}-K1")
    for step in (
        lambda: _put(unit, Case(id=f"{r}-K1"), exhibit),
        lambda: _put(unit, *(_moved(f"{r}-M{n}", exhibit.id) for n in range(40))),
        lambda: _put(unit, Exhibit(id=exhibit.id, case=f"{r}-K1", description="a coat")),
        lambda: _put_file(unit, r.encode() * 3000),
        lambda: checkpoints.make(unit.db, [_key(unit)], now()),
        lambda: expunging.ask(
            unit, "mara", Ref("custody_event", f"{r}-M7"), id=f"{r}-X", order="District court"
        ),
        lambda: expunging.confirm(unit, "jonas", f"{r}-X"),
        *([lambda: back_up(unit, Path(order.backup))] if order.backup else []),
    ):
        step()
        acknowledge()


def _put(unit: Unit, *records: Any) -> None:
    with unit.writing("mara", reason="seen by daylight") as writer:
        writer.put_many(records)


def _put_file(unit: Unit, data: bytes) -> None:
    with unit.writing("mara") as writer:
        writer.put_file(data, "scan.png")


def _moved(id: str, item: str) -> CustodyEvent:
    return CustodyEvent(id=id, item=item, event=EventKind.MOVED, at=AT, receiver="P1")


def _key(unit: Unit) -> SigningKey:
    return SigningKey(unit.origin, "ed25519", b"\7" * 32)


# --- The child ---


def child(order: Order, say: Say) -> None:
    shim = ctypes.CDLL(None) if order.level == "call" else None
    with open_unit(order.place) as unit:
        if shim is not None:
            record = os.open(order.record, os.O_WRONLY | os.O_CREAT) if order.record else -1
            shim.fault_record(record)
            shim.fault_arm(order.folder.encode(), HOWS.index(order.how), ctypes.c_long(order.at))
            count = shim.fault_steps
        else:
            count = _count_statements(unit.db, order)

        def acknowledge() -> None:
            state = log.size(unit.db), log.root(unit.db).hex()
            if shim is not None:
                noted = json.dumps(state).encode()
                shim.fault_note(ctypes.c_char(b"a"), b"", ctypes.c_uint64(0), noted,
                                ctypes.c_uint64(len(noted)))  # fmt: skip
            say("ack", state)

        try:
            work(unit, order, acknowledge)
        except CannotStore as error:
            say("said", str(error))
            if shim is not None:  # there is room again
                shim.fault_arm(order.folder.encode(), 0, ctypes.c_long(0))
                _put(unit, Case(id=f"{order.run}-K2"))
                acknowledge()
        say("steps", count())


def _count_statements(db: Database, order: Order) -> Callable[[], int]:
    """Make this process die after the store's nth call that writes."""
    steps = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any, **named: Any) -> Any:
            nonlocal steps
            steps += 1
            own = steps  # a call may make others, which count too
            found = call(*arguments, **named)
            if order.how == "after" and own == order.at:
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        return stepping

    for name in ("execute", "insert", "_commit"):
        setattr(db, name, counted(getattr(db, name)))
    return lambda: steps


def _run(order: Order) -> Answer:
    """Do the work in a child, which the fault may kill."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)

        def say(what: str, value: Any) -> None:
            os.write(writing, json.dumps([what, value]).encode() + b"\n")

        try:
            child(order, say)
        except CannotStore as error:
            say("said", str(error))
        except BaseException as error:
            say("said", f"UNEXPECTED {error!r}")
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        lines = [json.loads(line) for line in told]
    _, status = os.waitpid(pid, 0)
    return Answer(
        acks=[tuple(value) for what, value in lines if what == "ack"],
        steps=next((value for what, value in lines if what == "steps"), 0),
        said=next((value for what, value in lines if what == "said"), ""),
        killed=os.WIFSIGNALED(status),
    )


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(asdict(_run(Order(**json.loads(line))))), flush=True)


# --- Those who give orders ---


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[Callable[[Order], Answer]]:
    """A process that takes orders."""
    import subprocess

    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.faults.work"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[3], env={**os.environ, **environment},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        to, of = process.stdin, process.stdout

        def order(given: Order) -> Answer:
            to.write(json.dumps(asdict(given)) + "\n")
            to.flush()
            answer = Answer(**json.loads(of.readline()))
            return Answer(
                [(size, root) for size, root in answer.acks],
                answer.steps, answer.said, answer.killed,
            )  # fmt: skip

        yield order
        to.close()


if __name__ == "__main__":
    main()
