"""The system's own events: grants, looks, emergencies, imports, checkpoints, settings."""

from __future__ import annotations

from datetime import datetime, timedelta

from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.cases import Opened
from reopen.prove.simulate.world import World
from reopen.records.access import Action, Emergency, Grant, ReadEvent
from reopen.records.organisation import (
    CheckpointSeen,
    ImportCount,
    KeyChange,
    LogCheck,
    RuleSetting,
)
from reopen.records.results import Report
from reopen.records.times import Interval

ORIGIN = "unit.example/log"
READS_A_CASE = 12


class System:
    """Who was granted what, and what they looked at."""

    def __init__(self, book: Book, world: World):
        self.book, self.world = book, world

    def write(self, cases: list[Opened]) -> None:
        self._standing_grants()
        reported = {r.case: r for r in self.book.records if isinstance(r, Report)}
        for case in cases:
            self._case(case, reported.get(case.id))
        self._emergencies(cases)
        self._imports()
        self._checkpoints()
        self._settings()

    def _standing_grants(self) -> None:
        """Who handles items may see all cases' items; the quality manager and the lead all."""
        during = Interval(self.book.start - timedelta(days=1), None)
        world = self.world
        handlers = (*world.analysts, *world.examiners, *world.officers, *world.storekeepers,
                    *world.couriers, *world.clinicians, world.quality, world.lead)  # fmt: skip
        for person in handlers:
            self._grant(f"G-{person}", person, None, "handles exhibits", during)

    def _grant(
        self, id: str, person: str, case: str | None, purpose: str, during: Interval
    ) -> None:
        self.book.add(
            Grant(id=id, actor=f"A-{person}", case=case, actions=(Action.READ, Action.ADD),
                  purpose=purpose, during=during, given_by=f"A-{self.world.lead}")
        )  # fmt: skip

    def _case(self, case: Opened, report: Report | None) -> None:
        book = self.book
        person = case.detective
        self._grant(f"G-{case.id}", person, case.id, "investigation", Interval(case.offence, None))
        first = case.reopened or case.offence
        end = min(first + timedelta(days=180), book.now)
        span = max((end - first).total_seconds(), 0.0)
        for _ in range(int(book.rng.poisson(READS_A_CASE))):
            moment = first + timedelta(seconds=float(book.rng.random()) * span)
            self._read(person, case.id, moment, "investigation")
        if report is not None and report.author and report.issued.latest:
            for days in (1, 2, 5):
                moment = report.issued.latest - timedelta(days=days)
                self._read(report.author, case.id, moment, "casework")
        if book.chance(READS_A_CASE * book.rates["off_case_reads"]):
            self._read(self.world.lead, case.id, first + book.days(30.0), "supervision")

    def _read(self, person: str, case: str, moment: datetime, purpose: str) -> None:
        book = self.book
        if book.is_past(moment) and moment >= book.start:
            book.add(
                ReadEvent(
                    id=book.number("RD"), actor=f"A-{person}", action=Action.READ,
                    target=f"case {case}", at=at(moment.replace(microsecond=0)),
                    count=1 + int(book.rng.poisson(8)), rule="grant", purpose=purpose, case=case,
                )
            )  # fmt: skip

    def _emergencies(self, cases: list[Opened]) -> None:
        book = self.book
        years = (book.now - book.start).days / 365
        for _ in range(int(book.rng.poisson(book.rates["emergencies_year"] * years))):
            case = book.pick(cases)
            moment = ((case.reopened or case.offence) + book.minutes(3000)).replace(microsecond=0)
            reviewed = moment + timedelta(hours=float(book.rng.uniform(4, 66)))
            others = [d for d in self.world.detectives if d != case.detective]
            if not book.is_past(reviewed):
                continue
            person = book.pick(others)
            book.add(
                Emergency(
                    id=book.number("EM"), actor=f"A-{person}", case=case.id, at=at(moment),
                    until=at(moment + timedelta(hours=8)), reason="missing child, same car",
                    reviewed=at(reviewed.replace(microsecond=0)),
                    reviewed_by=f"A-{self.world.lead}", review="needed",
                )
            )  # fmt: skip
            self._read(person, case.id, moment + timedelta(minutes=10), "emergency")

    def _imports(self) -> None:
        """The laboratory's and the police's systems send their rows every week."""
        book = self.book
        moment = book.start + timedelta(days=7, hours=2)
        while book.is_past(moment):
            for source in ("lims", "property"):
                rows = int(book.rng.integers(200, 900))
                refused = int(book.rng.binomial(rows, book.rates["import_refused"]))
                unchanged = int(book.rng.binomial(rows - refused, 0.02))
                book.add(
                    ImportCount(
                        id=book.number("IM"), file=f"{source}-{moment:%Y-%m-%d}.csv",
                        sha256=book.hash(), at=at(moment), by=f"A-{self.world.lead}", rows=rows,
                        accepted=rows - refused - unchanged, unchanged=unchanged, refused=refused,
                        refused_disposed=refused, expected=rows,
                    )
                )  # fmt: skip
            moment += timedelta(days=7)

    def _checkpoints(self) -> None:
        """Two witnesses are asked every day, rows are compared every week."""
        book, size = self.book, 0
        moment = book.start + timedelta(days=1, hours=3)
        while book.is_past(moment):
            size += int(book.rng.integers(50, 400))
            root = book.hash()
            for holder in ("witness one", "witness two"):
                silent = book.chance("witness_silent")
                book.add(
                    CheckpointSeen(
                        id=book.number("CP"), origin=ORIGIN, size=size, root=root, at=at(moment),
                        held_by=holder, answer="no answer" if silent else "consistent",
                        cosigned=not silent,
                    )
                )  # fmt: skip
            if moment.weekday() == 0:
                book.add(
                    LogCheck(id=book.number("LC"), at=at(moment), size=size, root=root,
                             compared=size)
                )  # fmt: skip
            moment += timedelta(days=1)

    def _settings(self) -> None:
        """A threshold set once, and a key renewed each year, both by two people."""
        book, world = self.book, self.world
        moment = book.start + timedelta(days=30, hours=9)
        if book.is_past(moment):
            book.add(
                RuleSetting(
                    id=book.number("RS"), rule="C5", at=at(moment), by=f"A-{world.quality}",
                    approved_by=f"A-{world.lead}", setting="C5.shift_hours", before=12.0,
                    after=10.0, reason="shifts are ten hours here",
                )
            )  # fmt: skip
        while book.is_past(moment):
            book.add(
                KeyChange(id=book.number("KC"), what="signing key", at=at(moment),
                          by=f"A-{world.quality}", approved_by=f"A-{world.lead}")
            )  # fmt: skip
            moment += timedelta(days=365)
