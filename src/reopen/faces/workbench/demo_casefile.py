"""The demo unit's casefile: cases, people, exhibits, custody and results, and four stories.

An exhibit that was logged and never sent. A result that was changed after a name was known, and
framed a man who was in hospital. A colleague whose profile is behind a trace. A reservist who looks
where he should not. The rest is a unit that does its work. Everything is invented, and seeded.

Not here: where its places lie, what is said of the missing (`demo_described`), profiles (`demo`),
files (`demo_files`), what an audit says of it (`prove`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np

from reopen.faces.workbench.demo import DemoUnit
from reopen.faces.workbench.demo_described import described, scene, stores
from reopen.records.base import Record, Ref
from reopen.records.cases import (
    Case,
    Exhibit,
    Interview,
    Involvement,
    Mention,
    Person,
    Presence,
    PresenceKind,
    Role,
    Sample,
)
from reopen.records.custody import CustodyEvent, EventKind, TravelTime
from reopen.records.results import (
    Amendment,
    LabResult,
    NameKnown,
    Report,
    Request,
    ResultKind,
    Review,
    ReviewKind,
)
from reopen.records.statements import Statement
from reopen.records.times import Interval

STORE, LABORATORY, SCENE = "Store-A", "Laboratory", "Scene"
OFFICERS = ("Sergeant Amary", "Constable Brandt", "Constable Castellanos")
KEEPER, SCIENTIST, SECOND_SCIENTIST = "Keeper Doyle", "Dr Eskola", "Dr Farrow"
COURIER = "Courier Gage"
_EVIDENCE = ("a cotton swab", "a cord", "a torn shirt", "a glass", "a knife", "a blanket")


@dataclass(frozen=True, slots=True)
class Stories:
    """Who and what the four stories are about.

    suppressed    an exhibit that was booked and never sent, and its case
    framed        somebody in the database whom a changed result includes, and its number
    framed_case   the case it was changed in
    colleague     somebody of the staff behind a trace, and the case
    looked_at     the case that a reservist without a grant looks at
    """

    suppressed: str
    suppressed_case: str
    framed: str
    framed_case: str
    changed_result: str
    colleague: str
    colleague_case: str
    looked_at: str


def demo_stories(unit: DemoUnit) -> Stories:
    """The stories of an invented unit: the same unit has the same stories."""
    series = unit.series[0]
    suppressed, framed = _case(series[7]), _case(series[9])
    trace = unit.contamination
    named = next(
        reference.id
        for reference in unit.database
        if not unit.stains_of(reference.id) and reference.id != unit.brother
    )
    return Stories(
        suppressed=f"{suppressed}-B2",
        suppressed_case=suppressed,
        framed=named,
        framed_case=framed,
        changed_result=f"{framed}-R2",
        colleague=trace.person,
        colleague_case=_case(trace.stain),
        looked_at=_case(series[12]),
    )


def demo_casefile(unit: DemoUnit) -> tuple[Record, ...]:
    """The records of the unit, as its officers and its laboratory would have kept them."""
    return tuple(_Writer(unit).records())


def _case(stain: str) -> str:
    return stain.rpartition("-")[0]


class _Writer:
    """Writes case after case in the order of their years."""

    def __init__(self, unit: DemoUnit):
        self.unit = unit
        self.stories = demo_stories(unit)
        self.rng = np.random.default_rng([unit.seed, 2])
        self.numbers = count(1)

    def records(self) -> Iterator[Record]:
        yield from stores(STORE, LABORATORY)
        yield TravelTime(id="T1", one=STORE, other=LABORATORY, minutes=50.0)
        for reference in (*self.unit.victims, *self.unit.staff):
            yield Person(id=reference.id)
        yield Person(id=self.stories.framed)
        for stain in self.unit.stains:
            yield from self._investigation(stain.id)
        yield from self._framed_man()
        yield from described(self.unit.seed, self.unit.missing)

    def _investigation(self, stain: str) -> Iterator[Record]:
        case = _case(stain)
        year, number = case.split("-")[1:]
        victim, day = f"V-{number}", self._day(int(year))
        officer = str(self.rng.choice(OFFICERS))
        yield Case(id=case, agency="Harbour District", title=f"Unsolved, {year}")
        yield scene(self.unit.seed, int(number), f"{SCENE} {case}", f"Scene of {case}")
        yield Involvement(id=f"{case}-victim", person=victim, case=case, role=Role.VICTIM)
        yield from self._said(case, day)
        yield Interview(
            id=f"{case}-W1", case=case, person=f"Witness of {case}", named=_at(day, 5),
            held=_at(day, 29), by=officer, record=f"Notebook {officer}",
        )  # fmt: skip
        yield from self._exhibit(case, f"{case}-A", day, officer)
        yield Sample(
            id=stain, exhibit=f"{case}-A", case=case, kind="swab", taken=_at(day, 24 * 9),
            taken_by=SCIENTIST,
        )  # fmt: skip
        yield from self._sent(case, f"{case}-A", day)
        yield from self._result(case, stain, day)
        if case == self.stories.suppressed_case:
            yield from self._suppressed(case, day, officer)

    def _day(self, year: int) -> datetime:
        start = datetime(year, 1, 5, 7, tzinfo=UTC)
        return start + timedelta(days=int(self.rng.integers(0, 300)))

    def _said(self, case: str, day: datetime) -> Iterator[Statement]:
        about = Ref(Case.KIND, case)
        window = Interval(day - timedelta(hours=9), day)
        yield Statement(
            id=f"{case}-S1", subject=about, field="offence", value=str(window),
            source=f"Report {case}, page 1",
        )  # fmt: skip
        yield Statement(
            id=f"{case}-S2", subject=about, field="status", value="open",
            source=f"Report {case}, page 1", said=_at(day, 72),
        )  # fmt: skip

    def _exhibit(self, case: str, item: str, day: datetime, officer: str) -> Iterator[Record]:
        text = str(self.rng.choice(_EVIDENCE))
        yield Exhibit(
            id=item, case=case, description=text, collected=_at(day, 2), collected_by=officer,
            collected_at=f"{SCENE} {case}",
        )  # fmt: skip
        yield Mention(
            id=f"{item}-log", case=case, document=f"Scene log {case}", text=text, exhibit=item,
            at=_at(day, 2),
        )  # fmt: skip
        seal = self._seal()
        yield self._event(item, EventKind.COLLECTED, day, 2, receiver=officer, seal_after=seal)
        yield self._event(
            item, EventKind.BOOKED, day, 6, giver=officer, receiver=KEEPER, place=STORE,
            store=STORE, seal_before=seal, seal_after=seal, confirmed=KEEPER,
        )  # fmt: skip
        self.sealed = seal

    def _sent(self, case: str, item: str, day: datetime) -> Iterator[Record]:
        seal, again = self.sealed, self._seal()
        yield Request(
            id=f"{case}-Q1", case=case, item=item, test="STR", asked=_at(day, 30), by=KEEPER,
            sent=_at(day, 24 * 7), answered=_at(day, 24 * 40),
        )  # fmt: skip
        steps = (
            (24 * 7, EventKind.MOVED, KEEPER, COURIER, None, seal, seal),
            (24 * 7 + 2, EventKind.MOVED, COURIER, SCIENTIST, LABORATORY, seal, seal),
            (24 * 9, EventKind.OPENED, None, SCIENTIST, LABORATORY, seal, None),
            (24 * 9 + 3, EventKind.SEALED, None, SCIENTIST, LABORATORY, None, again),
            (24 * 20, EventKind.MOVED, SCIENTIST, COURIER, None, again, again),
            (24 * 20 + 2, EventKind.BOOKED, COURIER, KEEPER, STORE, again, again),
        )
        for hours, kind, giver, receiver, place, before, after in steps:
            yield self._event(
                item, kind, day, hours, giver=giver, receiver=receiver, place=place,
                store=STORE if place == STORE else None, seal_before=before, seal_after=after,
                confirmed=receiver if giver else None,
            )  # fmt: skip

    def _result(self, case: str, stain: str, day: datetime) -> Iterator[Record]:
        yield LabResult(
            id=f"{case}-R1/1", result=f"{case}-R1", case=case, sample=stain,
            kind=ResultKind.PROFILE, at=_at(day, 24 * 30), analyst=SCIENTIST, redone=True,
        )  # fmt: skip
        results = [f"{case}-R1"]
        if case == self.stories.framed_case:
            yield from self._changed(case, stain, day)
            results.append(self.stories.changed_result)
        yield Report(
            id=f"{case}-B1", case=case, issued=_at(day, 24 * 40), author=SCIENTIST,
            results=tuple(results), pages=3, items=(f"{case}-A",),
        )  # fmt: skip
        for kind, hours in ((ReviewKind.TECHNICAL, 1), (ReviewKind.ADMINISTRATIVE, 3)):
            yield Review(
                id=f"{case}-B1-{kind}", report=f"{case}-B1", kind=kind, by=SECOND_SCIENTIST,
                started=_at(day, 24 * 39 + hours), ended=_at(day, 24 * 39 + hours + 1),
            )  # fmt: skip

    def _suppressed(self, case: str, day: datetime, officer: str) -> Iterator[Record]:
        """Booked with the others, asked for, and never sent."""
        item = self.stories.suppressed
        yield from self._exhibit(case, item, day, officer)
        yield Request(
            id=f"{case}-Q2", case=case, item=item, test="STR", asked=_at(day, 31), by=officer
        )

    def _changed(self, case: str, stain: str, day: datetime) -> Iterator[Record]:
        """An exclusion that became an inclusion when a name was known, without new data."""
        number, man = self.stories.changed_result, self.stories.framed
        for version, kind, log10, hours in (
            (1, ResultKind.EXCLUSION, -4.2, 24 * 31),
            (2, ResultKind.INCLUSION, 3.9, 24 * 36),
        ):
            yield LabResult(
                id=f"{number}/{version}", result=number, version=version, case=case, sample=stain,
                kind=kind, at=_at(day, hours), analyst=SCIENTIST, compared_with=man,
                log10_lr=log10,
            )  # fmt: skip
        yield NameKnown(id=f"{case}-N1", case=case, at=_at(day, 24 * 33), person=man, how="arrest")
        yield Amendment(
            id=f"{number}-changed", result=number, case=case, before=1, after=2,
            at=_at(day, 24 * 36), by=SCIENTIST, reason="review of the profile",
            changed=("contributors", "threshold"), new_data=False, log10_before=-4.2,
            log10_after=3.9,
        )  # fmt: skip

    def _framed_man(self) -> Iterator[Record]:
        case = self.stories.framed_case
        year, number = case.split("-")[1:]
        yield Involvement(
            id=f"{case}-convicted", person=self.stories.framed, case=case, role=Role.CONVICTED,
            during=Interval.parse(f"{int(year) + 1}/.."),
        )  # fmt: skip
        yield Presence(
            id=f"{case}-ward", person=self.stories.framed, presence=PresenceKind.HOSPITAL,
            during=Interval.parse(year), grade=1, source=f"Admission book {number}",
        )  # fmt: skip

    def _event(
        self, item: str, kind: EventKind, day: datetime, hours: float, **fields: str | None
    ) -> CustodyEvent:
        by = fields.get("receiver") or fields.get("giver")
        at = day + timedelta(hours=hours, minutes=int(self.rng.integers(0, 40)))
        values = {name: value for name, value in fields.items() if value is not None}
        number = f"C{next(self.numbers):05d}"
        return CustodyEvent(id=number, item=item, event=kind, at=Interval.at(at), by=by, **values)  # type: ignore[arg-type]

    def _seal(self) -> str:
        return f"S-{int(self.rng.integers(10**6, 10**7))}"


def _at(day: datetime, hours: float) -> Interval:
    return Interval.at(day + timedelta(hours=hours))
