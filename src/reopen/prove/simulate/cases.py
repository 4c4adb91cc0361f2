"""Cases of an invented unit: scenes, exhibits, people, references, and how all come to the store.

What the laboratory does with what is sent there is `bench` and `runs`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.custody import Custody
from reopen.prove.simulate.world import CLINIC, POLICE_STORE, STATION, TOWNS, World
from reopen.records.base import Ref
from reopen.records.cases import (
    Case,
    Contact,
    Examination,
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
from reopen.records.custody import EventKind, MatterKind, OpenMatter, Retention
from reopen.records.statements import Statement
from reopen.records.times import Interval

THINGS = (
    ("swab of a door handle", "touched metal"), ("swab of a stain", "blood"),
    ("cigarette end", "saliva"), ("glove", "touched fabric"), ("knife", "touched metal"),
    ("bottle", "saliva"), ("shirt", "worn fabric"), ("trousers", "worn fabric"),
    ("swab of a window frame", "touched wood"), ("tape lift of a seat", "touched fabric"),
)  # fmt: skip
INTIMATE = (
    ("swab, vaginal", "semen"), ("swab, skin", "saliva"), ("underwear", "semen"),
    ("fingernail scrapings", "touched skin"), ("swab, oral", "saliva"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseType:
    """A kind of case: its share of all, how many exhibits, and how often a suspect is named."""

    name: str
    share: float
    exhibits: tuple[int, int]
    suspect: float
    sexual: bool = False


TYPES = (
    CaseType("burglary", 0.45, (1, 4), 0.3),
    CaseType("robbery", 0.2, (2, 5), 0.5),
    CaseType("sexual assault", 0.25, (4, 9), 0.6, sexual=True),
    CaseType("homicide", 0.1, (10, 24), 0.7),
)
_FILED = ("homicide", "sexual assault")


@dataclass(slots=True, eq=False)
class Opened:
    """A case as its investigation goes: what the other parts of the simulator need of it."""

    id: str
    type: CaseType
    offence: datetime
    offender: str
    detective: str
    examiner: str
    victim: str
    suspect: str | None = None
    named: datetime | None = None
    exhibits: list[Exhibit] = field(default_factory=list)
    references: list[Sample] = field(default_factory=list)
    is_right: bool = True
    reopened: datetime | None = None
    together: str | None = None  # the case of the same series that it was submitted with


class Scenes:
    """Opens cases and brings what is collected into the police's store."""

    def __init__(self, book: Book, world: World, custody: Custody):
        self.book, self.world, self.custody = book, world, custody
        self._offenders: list[str] = []

    def open_all(self, cases_a_year: int) -> list[Opened]:
        book = self.book
        span = (book.now - book.start).total_seconds()
        n = int(book.rng.poisson(cases_a_year * span / (365 * 86400)))
        moments = sorted(
            book.start + timedelta(seconds=float(x) * span) for x in book.rng.random(n)
        )
        cases: list[Opened] = []
        for moment in moments:
            case = self._open(moment.replace(microsecond=0), cases)
            if case is not None:
                cases.append(case)
        return cases

    def _open(self, offence: datetime, before: list[Opened]) -> Opened | None:
        book = self.book
        type_ = self._type()
        n = int(book.rng.integers(type_.exhibits[0], type_.exhibits[1] + 1))
        town = CLINIC if type_.sexual else book.pick(TOWNS)
        arrival, examiner = self._examiner(offence + book.minutes(600), n, town)
        if not book.is_past(arrival + timedelta(days=1)):
            return None
        case = Opened(
            id=f"K-{offence.year}-{book.number(str(offence.year))[-4:]}",
            type=type_,
            offence=offence,
            offender=self._offender(),
            detective=book.pick(self.world.detectives),
            examiner=examiner,
            victim="",
        )
        earlier = [other for other in before if other.offender == case.offender]
        if earlier and book.chance("submitted_together"):
            case.together = earlier[-1].id
        self._file(case, town)
        self._people(case, before)
        self._collect(case, arrival, n, town)
        self._contacts(case, arrival, town)
        self._references(case)
        return case

    def _type(self) -> CaseType:
        x = self.book.rng.random()
        for type_ in TYPES:
            x -= type_.share
            if x < 0:
                return type_
        return TYPES[-1]

    def _examiner(self, arrival: datetime, n: int, place: str) -> tuple[datetime, str]:
        """Who can come, with all they need to book afterwards; later where nobody can yet."""
        length = timedelta(minutes=20 + 9 * n)
        while True:
            found = self.world.diary.free(
                self.world.examiners, arrival, arrival + length, place, self.book
            )
            if found is not None:
                self.world.diary.keep(found, arrival, arrival + length, place)
                return arrival.replace(microsecond=0), found
            arrival += timedelta(minutes=45)

    def _offender(self) -> str:
        book = self.book
        if self._offenders and book.chance("series"):
            return book.pick(self._offenders[-300:])
        self._offenders.append(f"offender-{len(self._offenders) + 1}")
        return self._offenders[-1]

    def _file(self, case: Opened, town: str) -> None:
        book, sure = self.book, case.type.name == "homicide"
        book.add(Case(id=case.id, agency="Police", title=f"{case.type.name}, {town}"))
        when = Interval(case.offence - book.minutes(120), case.offence)
        kind = case.type.name if case.type.name in _FILED else "other violent"
        for name, value in (("case_kind", kind), ("offence", str(when)), ("site", town)):
            book.add(
                Statement(id=f"{case.id}/{name}", subject=Ref("case", case.id), field=name,
                          value=value)
            )  # fmt: skip
        keep = None if sure else Interval.parse(f"{case.offence.year + 30}-12-31")
        limit = None if sure else Interval.parse(f"{case.offence.year + 10}-12-31")
        book.add(
            Retention(id=case.id, case=case.id, until=keep, law="Evidence Act", limitation=limit)
        )
        open_ = Interval(case.offence, None)
        book.add(
            OpenMatter(id=f"{case.id}/i", case=case.id, matter=MatterKind.INVESTIGATION,
                       during=open_)
        )  # fmt: skip

    def _people(self, case: Opened, before: list[Opened]) -> None:
        book = self.book
        case.victim = self._person(case, Role.VICTIM, "V")
        for person, role in (
            (case.detective, Role.INVESTIGATOR),
            (case.examiner, Role.SCENE_EXAMINER),
        ):
            self._involve(case, person, role)
        for _ in range(int(book.rng.poisson(1.0))):
            self._witness(case)
        named = case.offence + book.days(20.0, 1.0)
        if book.chance(case.type.suspect) and book.is_past(named):
            known = [other for other in before if other.offender == case.offender]
            same = next((other.suspect for other in known if other.suspect), None)
            case.suspect = same or self._person(case, Role.SUSPECT, "P")
            if same:
                self._involve(case, same, Role.SUSPECT)
            case.is_right = book.chance(0.65)
            case.named = named.replace(microsecond=0)
            if book.chance(0.2) and not same:
                self._was_elsewhere(case)

    def _person(self, case: Opened, role: Role, prefix: str) -> str:
        book = self.book
        name = book.add(Person(id=book.number(prefix))).id
        born = case.offence.year - int(book.rng.integers(19, 60))
        about = Ref("person", name)
        book.add(Statement(id=f"{name}/born", subject=about, field="born", value=str(born)))
        self._involve(case, name, role)
        return name

    def _involve(self, case: Opened, person: str, role: Role) -> None:
        self.book.add(
            Involvement(id=f"{case.id}/{person}/{role}", person=person, case=case.id, role=role,
                        during=Interval(case.offence, None))
        )  # fmt: skip

    def _witness(self, case: Opened) -> None:
        book = self.book
        named = case.offence + book.minutes(2000)
        if not book.is_past(named):
            return
        name = self._person(case, Role.WITNESS, "W")
        held: datetime | None = named + book.days(5.0)
        unheard = book.chance("witness_unheard")
        if held is not None and (unheard or not book.is_past(held)):
            held = None
        interview = book.add(
            Interview(id=book.number("INT"), case=case.id, person=name, named=at(named),
                      held=at(held) if held else None, by=case.detective if held else None,
                      record="statement" if held else "")
        )  # fmt: skip
        if unheard:
            about = [interview.ref, Ref("involvement", f"{case.id}/{name}/{Role.WITNESS}")]
            book.happened("witness_unheard", "P9", about)

    def _was_elsewhere(self, case: Opened) -> None:
        """A stay in prison or hospital, at another time than the offence."""
        book = self.book
        assert case.suspect is not None
        end = case.offence - book.days(200.0)
        during = Interval(end - book.days(60.0), end)
        kind = book.pick([PresenceKind.PRISON, PresenceKind.HOSPITAL])
        book.add(
            Presence(id=book.number("PR"), person=case.suspect, presence=kind, during=during,
                     place="elsewhere", grade=1)
        )  # fmt: skip

    def _collect(self, case: Opened, arrival: datetime, n: int, place: str) -> None:
        book, moment = self.book, arrival + timedelta(minutes=10)
        log = f"scene log {case.id}"
        for k in range(1, n + 1):
            thing, substrate = book.pick(INTIMATE if case.type.sexual and k <= 4 else THINGS)
            exhibit = book.add(
                Exhibit(
                    id=f"{case.id}-E{k}", case=case.id, description=thing,
                    collected=at(moment), collected_by=case.examiner, collected_at=place,
                    substrate=substrate,
                )
            )  # fmt: skip
            case.exhibits.append(exhibit)
            unmatched = book.chance("mention_unmatched")
            book.add(
                Mention(id=book.number("ME"), case=case.id, document=log,
                        text=f"E{k} {thing}", exhibit=None if unmatched else exhibit.id,
                        at=at(arrival))
            )  # fmt: skip
            self.custody.collect(exhibit.id, moment, case.examiner, place, self.custody.new_seal())
            moment += timedelta(minutes=3) + book.minutes(4)
        book.add(
            Examination(
                id=book.number("XM"), case=case.id, target=place, at=at(arrival),
                examiner=case.examiner, sought="traces", found=True, alone=book.chance(0.4),
                method="usual search", scene_kind=case.type.name,
                decisive=book.chance("decisive_find"),
            )
        )  # fmt: skip
        self._book(case, max(moment, arrival + timedelta(minutes=20 + 9 * n)), place)

    def _book(self, case: Opened, left: datetime, place: str) -> None:
        """The same shift, or some days later; the examiner brings all items at once."""
        book, world = self.book, self.world
        way = timedelta(minutes=world.travel[place, POLICE_STORE])
        late = book.chance("late_booking")
        moment = left + way + book.minutes(40)
        if late:
            moment = left + book.days(1.5, 0.6) + timedelta(hours=14)
        moment = self._when_free(case.examiner, moment, POLICE_STORE, len(case.exhibits))
        keeper = book.pick(world.storekeepers)
        booked = []
        for exhibit in case.exhibits:
            if book.chance("item_forgotten"):
                refs = [exhibit.ref, *self._mentions(exhibit)]
                book.happened("item_forgotten", "C1 C4 C5 C11", refs)
                continue
            done = self.custody.hand_over(
                exhibit.id, moment, POLICE_STORE, POLICE_STORE, by=keeper,
                confirmed=case.examiner, event=EventKind.BOOKED,
            )  # fmt: skip
            if not done:
                break
            booked.append(exhibit)
            moment += book.minutes(1)
        if late:  # some may not be there yet at the end
            rules = "C5" if len(booked) == len(case.exhibits) else "C4 C5"
            about = [ref for e in case.exhibits for ref in (e.ref, *self._mentions(e))]
            book.happened("late_booking", rules, about)

    def _mentions(self, exhibit: Exhibit) -> list[Ref]:
        recent = self.book.records[-400:]
        return [r.ref for r in recent if isinstance(r, Mention) and r.exhibit == exhibit.id]

    def _when_free(self, person: str, moment: datetime, place: str, n: int) -> datetime:
        length = timedelta(minutes=5 + 3 * n)
        while not self.world.diary.is_free(person, moment, moment + length, place):
            moment += timedelta(minutes=30)
        self.world.diary.keep(person, moment, moment + length, place)
        return moment.replace(microsecond=0)

    def _contacts(self, case: Opened, arrival: datetime, place: str) -> None:
        book = self.book
        start, end = arrival - timedelta(minutes=30), arrival + timedelta(hours=3)
        cleaned = at(end + book.minutes(300)) if book.chance(0.9) else None
        whats = [("vehicle", f"car {case.examiner[-2:]}")]
        if place == CLINIC:
            whats += [
                ("room", f"examination room {int(book.rng.integers(1, 4))}"),
                ("clinician", book.pick(self.world.clinicians)),
            ]
        if case.type.name == "homicide":
            whats.append(("mortuary table", f"table {int(book.rng.integers(1, 4))}"))
        for contact, what in whats:
            book.add(
                Contact(id=book.number("CT"), case=case.id, contact=contact, what=what,
                        during=Interval(start, end), cleaned=cleaned)
            )  # fmt: skip

    def _references(self, case: Opened) -> None:
        """Of the victim where it may be on the exhibits, of the suspect once there is one."""
        book = self.book
        if case.type.name in ("homicide", "sexual assault"):
            self._reference(case, case.victim, case.offence + book.days(3.0))
        if case.suspect and case.named:
            self._reference(case, case.suspect, case.named + book.days(3.0))

    def _reference(self, case: Opened, person: str, moment: datetime) -> None:
        book, world = self.book, self.world
        moment = moment.replace(microsecond=0)
        length = timedelta(minutes=30)
        officer = world.diary.free(world.officers, moment, moment + length, STATION, book)
        if officer is None or not book.is_past(moment + timedelta(days=2)):
            return
        world.diary.keep(officer, moment, moment + length, STATION)
        sample = book.add(
            Sample(id=f"{case.id}-R{len(case.references) + 1}", case=case.id, kind="reference",
                   person=person, taken=at(moment), taken_by=officer)
        )  # fmt: skip
        self.custody.collect(sample.id, moment, officer, STATION, self.custody.new_seal())
        arrival = self._when_free(officer, moment + book.minutes(60), POLICE_STORE, 1)
        keeper = book.pick(world.storekeepers)
        if self.custody.hand_over(sample.id, arrival, POLICE_STORE, POLICE_STORE, by=keeper,
                                  confirmed=officer, event=EventKind.BOOKED):  # fmt: skip
            case.references.append(sample)
