"""Random small units and questions about them, to ask the rule of access and its twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from tests.twins.access import Question

from reopen.records.access import (
    Action,
    Actor,
    Emergency,
    FourEyes,
    Grant,
    Marking,
    ReadEvent,
    Revocation,
    Sensitivity,
    Standing,
)
from reopen.records.base import Record, Ref
from reopen.records.cases import (
    Case,
    Examination,
    Exhibit,
    Interview,
    Involvement,
    Person,
    Place,
    Presence,
    PresenceKind,
    Relation,
    Role,
    Sample,
)
from reopen.records.custody import CustodyEvent, DisposalOrder, EventKind, MatterKind, OpenMatter
from reopen.records.findings import Disposition, Finding, Outcome, SealedName, Severity
from reopen.records.laboratory import Well, WellKind
from reopen.records.organisation import Output
from reopen.records.results import FoundLink, Hit, LabResult, Report, ResultKind, Review, ReviewKind
from reopen.records.series import FoundSeries
from reopen.records.statements import Statement
from reopen.records.stored import StoredFamily, StoredFile, StoredProfile
from reopen.records.tasks import Task
from reopen.records.times import Interval

Each = TypeVar("Each")

START = datetime(2026, 3, 1, tzinfo=UTC)
CASES = ("K1", "K2", "K3")
EXHIBITS = ("E1", "E2", "E3", "E4")
SAMPLES = ("S1", "S2", "S3", "S4")
ITEMS = EXHIBITS + SAMPLES
PEOPLE = ("P1", "P2", "P3", "P4", "P5")
PROFILES = ("F1", "F2", "F3", "F4")
ACTORS = ("mara", "bo", "ute", "kim")
FIRST_GRANTS = (
    ("bo", "K1", None, None), ("bo", "K2", None, None), ("ute", None, "E1", None),
    ("ute", "K2", "E2", None), ("kim", "K3", None, "ute"), ("kim", "K1", None, None),
)  # fmt: skip
"""Actor, case, item and supervisor of grants that most units begin with."""
PURPOSES = ("any work of the unit", "review of K1", "Review  of k1", "disclosure")


class Draw:
    """Random records whose ids come from small sets, so that they meet."""

    def __init__(self, seed: int):
        self.random = Random(seed)

    def one(self, *choices: Each) -> Each:
        return self.random.choice(choices)

    def maybe(self, choices: tuple[str, ...], chance: float = 0.5) -> str | None:
        return self.random.choice(choices) if self.random.random() < chance else None

    def some(self, choices: tuple[Each, ...], most: int = 2) -> tuple[Each, ...]:
        return tuple(self.random.sample(choices, self.random.randint(0, min(most, len(choices)))))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def moment(self) -> datetime:
        return START + timedelta(hours=self.random.randint(0, 200))

    def time(self) -> Interval:
        moment = self.moment()
        return Interval(moment, moment + timedelta(hours=self.random.choice((0, 0, 5, 48))))

    def lasting(self) -> Interval:
        first, last = sorted((self.moment(), self.moment()))
        return Interval(None if self.chance(0.4) else first, None if self.chance(0.5) else last)

    def subject(self) -> Ref:
        kind, ids = self.one(
            ("case", CASES), ("exhibit", EXHIBITS), ("sample", SAMPLES), ("person", PEOPLE),
            ("profile", PROFILES), ("custody_event", ("C1", "C2")), ("report", ("R1",)),
            ("place", ("A1",)), ("found_link", ("L1",)), ("lab_result", ("T1",)),
        )  # fmt: skip
        return Ref(kind, self.one(*ids))

    def grant(self, id: str) -> Grant:
        return Grant(
            id=id,
            actor=self.one(*ACTORS),
            case=self.maybe(CASES, 0.6),
            item=self.maybe(EXHIBITS + SAMPLES, 0.25),
            actions=(Action.READ, *self.some((Action.ADD, Action.EXPORT))),
            classes=self.some(tuple(Sensitivity), 4) if self.chance(0.6) else (),
            purpose=self.one(PURPOSES[0], *PURPOSES),
            during=self.lasting(),
            given_by=self.one(*ACTORS),
            approved_by=self.maybe(ACTORS),
            supervised_by=self.maybe(ACTORS, 0.15),
            deny=self.chance(0.2),
        )


def _actor(draw: Draw) -> Actor:
    return Actor(
        id=draw.one(*ACTORS), name="x", standing=draw.one(*Standing),
        person=draw.maybe(PEOPLE, 0.6), joined=draw.one(None, None, draw.time()),
        left=draw.one(None, None, None, draw.time(), Interval(None, None)),
    )  # fmt: skip


MAKERS: tuple[Callable[[Draw, str], Record], ...] = (
    lambda d, n: _actor(d),
    lambda d, n: Case(id=d.one(*CASES)),
    lambda d, n: Person(id=d.one(*PEOPLE)),
    lambda d, n: Place(id="A1"),
    lambda d, n: Exhibit(id=d.one(*EXHIBITS), case=d.one(*CASES, ""), parent=d.maybe(EXHIBITS, 0.3),
                         collected_by=d.maybe((*PEOPLE, *ACTORS))),
    lambda d, n: Exhibit(id=d.one(*EXHIBITS), case=d.one(*CASES)),
    lambda d, n: Sample(id=d.one(*SAMPLES), exhibit=d.maybe(EXHIBITS, 0.7),
                        case=d.maybe(CASES, 0.2), parent=d.maybe(SAMPLES, 0.3),
                        person=d.maybe(PEOPLE, 0.3), taken_by=d.maybe(PEOPLE),
                        staff=d.chance(0.1)),
    lambda d, n: Sample(id=d.one(*SAMPLES), exhibit=d.one(*EXHIBITS)),
    lambda d, n: CustodyEvent(id=d.one("C1", "C2", n), item=d.one(*EXHIBITS, *SAMPLES, "X9"),
                              event=EventKind.MOVED, at=d.time(),
                              receiver=d.maybe((*PEOPLE, *ACTORS))),
    lambda d, n: Examination(id=n, case=d.one(*CASES), target=d.one(*EXHIBITS, "A1"), at=d.time(),
                             examiner=d.one(*PEOPLE), sought="blood"),
    lambda d, n: Well(id=n, batch="B", well="A1", content=WellKind.SAMPLE,
                      sample=d.maybe(SAMPLES), analyst=d.maybe(PEOPLE)),
    lambda d, n: Involvement(id=n, person=d.one(*PEOPLE), case=d.one(*CASES), role=d.one(*Role)),
    lambda d, n: Relation(id=n, one=d.one(*PEOPLE), other=d.one(*PEOPLE),
                          relation=d.one("brother", "Colleague", "wife", "neighbour")),
    lambda d, n: Interview(id=n, case=d.one(*CASES), person=d.one(*PEOPLE)),
    lambda d, n: OpenMatter(id=n, case=d.one(*CASES), matter=MatterKind.APPEAL, during=d.time(),
                            person=d.maybe(PEOPLE)),
    lambda d, n: Presence(id=n, person=d.one(*PEOPLE), presence=PresenceKind.SEEN, during=d.time()),
    lambda d, n: Statement(id=n, subject=d.subject(), field="f", value="v"),
    lambda d, n: StoredFile(id=d.one("D1", "D2", "D3"), name="f", bytes=1,
                            case=d.maybe(CASES, 0.3)),
    lambda d, n: StoredProfile(id=d.one(*PROFILES), purpose="stain", file=d.one("D1", "D2"),
                               content_hash="00", case=d.maybe(CASES, 0.3),
                               sample=d.maybe(SAMPLES, 0.6), person=d.maybe(PEOPLE, 0.4),
                               staff=d.chance(0.15)),
    lambda d, n: StoredFamily(id="Y1", file=d.one("D1", "D2"), content_hash="00",
                              case=d.maybe(CASES)),
    lambda d, n: FoundLink(id=d.one("L1", n), link=n, one=d.one(*PROFILES), other=d.one(*PROFILES),
                           weight_log10=d.one(-1.0, 4.0, 6.0), terms=d.maybe(("D3",), 0.3)),
    lambda d, n: FoundLink(id=n, link=n, one="Y1", one_kind="family", other=d.one(*PROFILES),
                           weight_log10=5.0),
    lambda d, n: FoundSeries(id=n, profiles=d.some(PROFILES, 3), weight_log10=9.0,
                             holds_by_log10=4.0, terms=d.maybe(("D3",), 0.3)),
    lambda d, n: LabResult(id=d.one("T1", n), result=n, case=d.one(*CASES), sample=d.one(*SAMPLES),
                           kind=d.one(*ResultKind), at=d.time(), compared_with=d.maybe(PEOPLE)),
    lambda d, n: LabResult(id=n, result=n, case=d.one(*CASES), sample=d.one(*SAMPLES),
                           kind=ResultKind.INCLUSION, at=d.time(), compared_with=d.one(*PEOPLE)),
    lambda d, n: Hit(id=n, case=d.one(*CASES), at=d.time(), person=d.maybe(PEOPLE)),
    lambda d, n: Report(id=d.one("R1", n), case=d.one(*CASES), issued=d.time(),
                        items=d.some(EXHIBITS)),
    lambda d, n: Review(id=n, report=d.one("R1", "R2"), kind=ReviewKind.TECHNICAL, by="P1"),
    lambda d, n: DisposalOrder(id=n, items=d.some(EXHIBITS + SAMPLES, 3), at=d.time()),
    lambda d, n: Finding(id=d.one("W1", n), rule="C1", severity=Severity.B, sentence="s",
                         records=(d.subject(), *d.some((Ref("exhibit", "E1"), Ref("case", "K2")))),
                         blind=d.chance(0.2), case=d.maybe(CASES, 0.3)),
    lambda d, n: Disposition(id=n, finding=d.one("W1", "W2"), outcome=Outcome.OPEN, reason="r",
                             by="bo", at=d.time()),
    lambda d, n: SealedName(id=n, rule="X1", person=d.maybe(PEOPLE), profile=d.maybe(PROFILES),
                            link=d.maybe(("L1",))),
    lambda d, n: Task(id=n, case=d.one(*CASES), what="w",
                      subject=d.one(None, d.subject(), Ref("person", d.one(*PEOPLE)),
                                    Ref("finding", "W1"))),
    lambda d, n: Output(id=n, person=d.one(*PEOPLE), month=d.time()),
    lambda d, n: d.grant(n),
    lambda d, n: d.grant(n),
    lambda d, n: d.grant(n),
    lambda d, n: replace(d.grant(n), item=None, deny=False, supervised_by=None),
    lambda d, n: Revocation(id=n, grant=d.one(*(f"N{k}" for k in range(60))), at=d.time(),
                            by=d.one(*ACTORS)),
    lambda d, n: Emergency(id=n, actor=d.one(*ACTORS), case=d.one(*CASES), at=d.time(),
                           until=d.time(), reason="r"),
    lambda d, n: FourEyes(id=n, act="expunge", target="case K1", asked_by=d.one(*ACTORS),
                          asked=d.time(), confirmed_by=d.maybe(ACTORS)),
    lambda d, n: ReadEvent(id=n, actor=d.one(*ACTORS), action=Action.READ, target="x",
                           at=d.time(), case=d.maybe(CASES)),
    lambda d, n: Marking(id=n, subject=d.subject(), classes=d.some(tuple(Sensitivity)),
                         at=d.time(), by="mara", lifted=d.chance(0.3)),
)  # fmt: skip


def stream(draw: Draw, size: int) -> Iterator[Record]:
    """Records in the order of storing; later ones may amend earlier ones."""
    yield Grant(
        id="N-all", actor="mara", classes=draw.some(tuple(Sensitivity), 7), purpose=PURPOSES[0],
        during=Interval(None, None), given_by="bo", approved_by="ute",
    )  # fmt: skip
    for n, (actor, case, item, beside) in enumerate(FIRST_GRANTS):
        if draw.chance(0.7):
            yield Grant(
                id=f"N-{n}", actor=actor, case=case, item=item, purpose=PURPOSES[0],
                during=Interval(None, None), given_by="mara", supervised_by=beside,
            )  # fmt: skip
    for n in range(size):
        yield draw.one(*MAKERS)(draw, f"N{draw.one(n, n, n, draw.random.randint(0, n))}")


def questions(draw: Draw, number: int) -> Iterator[Question]:
    for _ in range(number):
        yield Question(
            actor=draw.one(*ACTORS, *ACTORS, "nobody"),
            action=draw.one(Action.READ, Action.READ, Action.READ, Action.ADD, Action.EXPORT),
            moment=draw.moment(),
            purpose=draw.one("", "", *PURPOSES),
            supervisor=draw.one("", "", "", *ACTORS),
        )
