"""Planting a fault: the records of a unit as they would be had it happened, and what shows it.

Each fault of the catalogue is a function that changes some records and returns those that an audit
should name, any one of them. Written from the catalogue and the cases it was learnt from.
Not here: the faults themselves (`plant_custody` and its neighbours).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, cast

import numpy as np

from reopen.errors import ReopenError
from reopen.records.base import Record, Ref
from reopen.records.findings import Finding, SealedName

R = TypeVar("R", bound=Record)
T = TypeVar("T")
Shown = Iterable[Record | Ref]


def things(ref: Ref, record: Record | None) -> Iterable[Ref]:
    """A record and the exhibit or sample that it is about, so that a finding that names another
    record of the same item is known as one about it; of a sealed name, who it is."""
    yield ref
    if isinstance(record, SealedName) and record.person:
        yield Ref("person", record.person)
    for name, kind in (("item", "exhibit"), ("item", "sample"), ("sample", "sample")):
        value = getattr(record, name, None)
        if value:
            yield Ref(kind, value)


class CannotPlant(ReopenError):
    """A unit that holds nothing the fault could have happened to."""


class Altered:
    """The records of a unit while a fault is planted in them."""

    def __init__(self, records: Sequence[Record], now: datetime, rng: np.random.Generator):
        self.now, self.rng = now, rng
        self._by_kind: dict[type[Record], dict[str, Record]] = defaultdict(dict)
        for record in records:
            self._by_kind[type(record)][record.id] = record
        self._grouped: dict[tuple[type[Record], str], dict[object, list[Record]]] = {}

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(r for own in self._by_kind.values() for r in own.values())

    def of(self, kind: type[R]) -> list[R]:
        return cast("list[R]", list(self._by_kind[kind].values()))

    def one(self, kind: type[R], id: str) -> R:
        return cast("R", self._by_kind[kind][id])

    def where(self, kind: type[R], field: str, value: object) -> list[R]:
        """Records of a kind with a value in a field."""
        key = (kind, field)
        if key not in self._grouped:
            groups: dict[object, list[Record]] = defaultdict(list)
            for record in self._by_kind[kind].values():
                groups[getattr(record, field)].append(record)
            self._grouped[key] = groups
        return cast("list[R]", list(self._grouped[key].get(value, ())))

    def add(self, record: R) -> R:
        self._by_kind[type(record)][record.id] = record
        self._forget(type(record))
        return record

    def change(self, record: R, **values: object) -> R:
        """The record with other values in its place."""
        return self.add(replace(record, **values))  # type: ignore[arg-type]

    def remove(self, *records: Record) -> None:
        for record in records:
            del self._by_kind[type(record)][record.id]
            self._forget(type(record))

    def pick(self, among: Iterable[T]) -> T:
        """One of them at random. Raises CannotPlant where there is none."""
        every = list(among)
        if not every:
            raise CannotPlant(
                "Nothing in this unit that the fault could have happened to.",
                rule="A fault is planted in records that the unit has.",
                way_on="Simulate a larger unit, or more years.",
            )
        return every[int(self.rng.random() * len(every))]

    def some(self, among: Iterable[T], n: int) -> list[T]:
        """n of them at random, or all where there are fewer."""
        every = list(among)
        return [every[k] for k in self.rng.permutation(len(every))[:n]]

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def _forget(self, kind: type[Record]) -> None:
        for key in [key for key in self._grouped if key[0] is kind]:
            del self._grouped[key]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that can be planted.

    name    rule and a word: 'C1.unrecorded_handover'
    told    what was done, in a sentence
    alone   it changes a whole unit's figures, so that only one is planted at a time
    """

    name: str
    told: str
    plant: Callable[[Altered], Shown]
    alone: bool = False

    @property
    def rule(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault as it was planted. refs: records of which a finding should name one."""

    fault: Fault
    refs: frozenset[Ref]

    def is_named(self, findings: Iterable[Finding], records: Mapping[Ref, Record]) -> bool:
        """Whether one of the findings of its rule names what shows it."""
        return any(
            about in self.refs
            for finding in findings
            if finding.rule == self.fault.rule
            for ref in finding.records
            for about in things(ref, records.get(ref))
        )


FAULTS: dict[str, Fault] = {}
"""Name -> fault; filled when `reopen.prove.simulate` is imported."""


def fault(
    name: str, told: str, *, alone: bool = False
) -> Callable[[Callable[[Altered], Shown]], Callable[[Altered], Shown]]:
    """Enter a function into the list of faults."""

    def enter(plant: Callable[[Altered], Shown]) -> Callable[[Altered], Shown]:
        FAULTS[name] = Fault(name, told, plant, alone)
        return plant

    return enter


def plant_in(altered: Altered, fault: Fault) -> Planted:
    """Plant a fault among records already altered. Raises CannotPlant."""
    shown = fault.plant(altered)
    refs = frozenset(each.ref if isinstance(each, Record) else each for each in shown)
    return Planted(fault, refs)


def plant(
    records: Sequence[Record], fault: Fault, rng: np.random.Generator, now: datetime
) -> tuple[tuple[Record, ...], Planted]:
    """Records with the fault in them, and what shows it. Raises CannotPlant."""
    altered = Altered(records, now, rng)
    planted = plant_in(altered, fault)
    return altered.records, planted
