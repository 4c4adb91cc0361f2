"""Where the demo's cases lie, and what people said of the missing and of who was found.

An invented harbour town on a shore of sand where nobody lives, so that no point is anybody's door.
Descriptions agree with the truth as far as people know it, and have the gaps that real ones have.
Each part has a generator of its own, so that nothing else of the demo depends on it.
Not here: profiles and pedigrees (`demo_missing`), the other records (`demo_casefile`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from reopen.faces.workbench.demo_missing import FAMILY, INFANT, JOHN_DOE, MAN, Missing
from reopen.records.base import Record, Ref
from reopen.records.cases import Person, Place
from reopen.records.statements import InformationGrade, SourceGrade, State, Statement
from reopen.records.times import Interval

HARBOUR = (63.865, -16.9)
"""Latitude and longitude of the town's quay: on the shore of Skeidararsandur, in Iceland."""
_EASTWARD = (0.8687, 0.4955)  # along the shore: east and north
_INLAND = (-0.4955, 0.8687)
_KM_A_DEGREE = 111.2
_TOWN, _NOT_RECORDED = 0.7, 0.1
_RADIUS_KM = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

SEEN = datetime(2009, 10, 24, 17, 42, tzinfo=UTC)
"""When a camera saw the man with the infant."""
_FOUND = datetime(2016, 5, 14, 9, 30, tzinfo=UTC)
_YEAR = timedelta(days=365.25)
_HAIR, _EYES = ("dark brown", "fair", "black", "brown"), ("blue", "brown", "green", "grey")


def point(along_km: float, inland_km: float) -> tuple[float, float]:
    """Latitude and longitude of a place so far from the quay, to about ten metres."""
    east, north = (
        along_km * along + inland_km * inland
        for along, inland in zip(_EASTWARD, _INLAND, strict=True)
    )
    latitude = HARBOUR[0] + north / _KM_A_DEGREE
    longitude = HARBOUR[1] + east / (_KM_A_DEGREE * float(np.cos(np.radians(HARBOUR[0]))))
    return round(latitude, 4), round(longitude, 4)


def stores(store: str, laboratory: str) -> Iterator[Place]:
    """The property store in the town and the laboratory in another, 38 km away."""
    for id, name, along, inland in (
        (store, "Property store, police house", 0.4, 0.6),
        (laboratory, "State laboratory", 37.8, 4.0),
    ):
        latitude, longitude = point(along, inland)
        yield Place(id=id, name=name, latitude=latitude, longitude=longitude, radius_km=0.05)


def scene(seed: int, number: int, id: str, name: str) -> Place:
    """The scene of the case with this number: in the town, or along the shore and inland.

    One in ten was never recorded nearer than by its name.
    """
    rng = np.random.default_rng([seed, 3, number])
    in_town = rng.random() < _TOWN
    along = rng.normal(0.0, 1.4) if in_town else rng.uniform(-12.0, 12.0)
    inland = 0.2 + (rng.gamma(2.0, 0.5) if in_town else rng.uniform(0.0, 7.0))
    radius = float(rng.choice(_RADIUS_KM[:4] if in_town else _RADIUS_KM[2:]))
    if rng.random() < _NOT_RECORDED:
        return Place(id=id, name=name)
    latitude, longitude = point(float(along), float(inland))
    return Place(id=id, name=name, latitude=latitude, longitude=longitude, radius_km=radius)


def described(seed: int, missing: Missing) -> Iterator[Record]:
    """The missing, the remains and the children as people, with what was said of them."""
    return _Describing(seed, missing).records()


class _Describing:
    """Draws what is true of each, and what those who say it know of it."""

    def __init__(self, seed: int, missing: Missing):
        self.missing = missing
        self.rng = np.random.default_rng([seed, 4])
        self.age = float(self.rng.uniform(25.0, 34.0))  # of the man when last seen, in years
        self.height_cm = round(float(self.rng.normal(179.0, 5.0)))
        self.months = int(self.rng.integers(3, 10))  # the infant's, when last seen
        self.hair, self.eyes = str(self.rng.choice(_HAIR)), str(self.rng.choice(_EYES))
        self.scar = f"scar, {self.rng.choice(('left', 'right'))} forearm"

    def records(self) -> Iterator[Record]:
        for person, said in (
            (f"{FAMILY}: {MAN}", self._man),
            (f"{FAMILY}: {INFANT}", self._infant),
            (JOHN_DOE, self._remains),
        ):
            yield Person(id=person)
            yield from _numbered(said(Ref(Person.KIND, person)))
        for child in self.missing.children:
            yield Person(id=child.id)
            yield from _numbered(self._child(Ref(Person.KIND, child.id)))

    def _man(self, man: Ref) -> Iterator[Statement]:
        report, camera = "Missing report Quay, page 1", "Camera 4 at the quay, 17:42"
        born = SEEN - self.age * _YEAR
        low = self.height_cm - int(self.rng.integers(0, 4))
        for field, value in (
            ("sex", "male"), ("born", f"{born:%Y-%m-%d}"), ("height", f"{low}..{low + 4}"),
            ("hair", self.hair), ("eyes_left", self.eyes), ("eyes_right", self.eyes),
            ("feature", self.scar),
        ):  # fmt: skip
            yield _said(man, field, value, report, "his mother", "2009-10-27")
        yield _said(man, "last_confirmed_alive", "2009-10-23", report, "his half-sister",
                    "2009-10-28", note="He telephoned.")  # fmt: skip
        for field, value in (
            ("last_seen", SEEN.isoformat().replace("+00:00", "Z")),
            ("clothing", "dark waxed jacket"),
            ("accompanied_by", f"{FAMILY}: {INFANT}, whom he carried"),
        ):
            yield _said(man, field, value, camera, said="2009-10-24")
        yield _gap(man, "weight", report)

    def _infant(self, infant: Ref) -> Iterator[Statement]:
        report, camera = "Missing report Quay, page 2", "Camera 4 at the quay, 17:42"
        yield _gap(infant, "sex", report)
        yield _said(infant, "age", "0..1", report, "the man's mother", "2009-10-27",
                    note="She never met the infant's mother.")  # fmt: skip
        yield _said(infant, "last_seen", SEEN.isoformat().replace("+00:00", "Z"), camera,
                    said="2009-10-24")  # fmt: skip
        yield _said(infant, "clothing", "yellow blanket", camera, said="2009-10-24")
        yield _said(infant, "accompanied_by", f"{FAMILY}: {MAN}, carrying", camera,
                    said="2009-10-24")  # fmt: skip

    def _remains(self, remains: Ref) -> Iterator[Statement]:
        found, bones = "Find report 2016, page 1", "Anthropologist's report 2016, page 2"
        age = round(self.age) + int(self.rng.integers(-2, 3))
        height = self.height_cm + int(self.rng.integers(-2, 3))
        yield _said(remains, "found", f"{_FOUND:%Y-%m-%d}", found, said="2016-05-14")
        yield _said(remains, "remains", "skeletal", found, said="2016-05-14")
        yield _said(remains, "clothing", "dark waxed jacket", found, said="2016-05-14")
        for field, value in (
            ("sex", "male"), ("age", f"{age - 6}..{age + 7}"),
            ("height", f"{height - 4}..{height + 4}"), ("postmortem_days", "1800..2800"),
        ):  # fmt: skip
            yield _said(remains, field, value, bones, "the anthropologist", "2016-06-02")
        for field in ("hair", "eyes_left"):
            yield _gap(remains, field, bones)

    def _child(self, child: Ref) -> Iterator[Statement]:
        """What a register of foster families has: the sex, and a year or a month of birth."""
        sex = str(self.rng.choice(("female", "male")))
        year = int(self.rng.integers(2001, 2015))
        month, exact, known = int(self.rng.integers(1, 13)), self.rng.random(), self.rng.random()
        register = f"Register of foster families, {child.id}"
        if child.id == self.missing.truth[INFANT]:
            born = SEEN - timedelta(days=30.4 * self.months)
            year, month, exact, known = born.year, born.month, 1.0, 1.0
        yield _said(child, "sex", sex, register)
        if known < 0.15:
            yield _gap(child, "born", register)
        elif exact < 0.4:
            yield _said(child, "born", f"{year}-{month:02d}", register)
        else:
            yield _said(child, "born", f"{year - 1}/{year}", register, note="A doctor's estimate.")


def _numbered(statements: Iterable[Statement]) -> Iterator[Statement]:
    for number, one in enumerate(statements, start=1):
        yield replace(one, id=f"{one.subject.id} S{number}")


def _said(
    about: Ref, field: str, value: str, source: str, speaker: str = "", said: str = "",
    note: str = "",
) -> Statement:  # fmt: skip
    """A statement, graded by whether somebody knew it or a camera or a register has it."""
    return Statement(
        id="-", subject=about, field=field, value=value, source=source, speaker=speaker,
        said=Interval.parse(said) if said else None, note=note,
        source_grade=SourceGrade.UNTESTED if speaker else SourceGrade.RELIABLE,
        information_grade=InformationGrade.KNOWN_DIRECTLY,
    )  # fmt: skip


def _gap(about: Ref, field: str, source: str) -> Statement:
    return Statement(id="-", subject=about, field=field, state=State.NOT_RECORDED, source=source)
