"""A whole invented laboratory and its police unit, over years, as the records they would keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from reopen.prove.holdings import Holdings
from reopen.prove.simulate.archive import Archive
from reopen.prove.simulate.bench import Bench
from reopen.prove.simulate.book import Book, Incident
from reopen.prove.simulate.cases import Scenes
from reopen.prove.simulate.custody import Custody
from reopen.prove.simulate.faults import things
from reopen.prove.simulate.injections import Injections
from reopen.prove.simulate.links import Links
from reopen.prove.simulate.missing import lose_records
from reopen.prove.simulate.people import Work
from reopen.prove.simulate.rates import Rates
from reopen.prove.simulate.results import Results
from reopen.prove.simulate.runs import Runs
from reopen.prove.simulate.stores import Stores
from reopen.prove.simulate.supplies import Supplies
from reopen.prove.simulate.system import System
from reopen.prove.simulate.world import Size, World
from reopen.records.base import Record, Ref
from reopen.records.findings import Finding

START = datetime(2023, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Simulated:
    """An invented unit.

    records    of every kind that the rules read
    incidents  what honest people did wrong in it, with the records that show it
    now        the moment at which the simulation ends
    """

    records: tuple[Record, ...]
    incidents: tuple[Incident, ...]
    start: datetime
    now: datetime
    seed: int

    @property
    def years(self) -> float:
        return (self.now - self.start).days / 365

    def holdings(self) -> Holdings:
        return Holdings(self.records, now=self.now)

    def incidents_of(self, finding: Finding) -> tuple[Incident, ...]:
        """Incidents that make a finding true: they show in a record it names, its rule may ask
        about them, and it says no more than is fair."""
        named = {each for ref in finding.records for each in things(ref, self.by_ref.get(ref))}
        return tuple(
            incident
            for incident in self._by_rule.get(finding.rule, ())
            if named & incident.refs and finding.severity >= incident.gravest
        )

    @cached_property
    def by_ref(self) -> Mapping[Ref, Record]:
        return {record.ref: record for record in self.records}

    @cached_property
    def _by_rule(self) -> Mapping[str, list[Incident]]:
        by_rule: dict[str, list[Incident]] = {}
        for incident in self.incidents:
            for rule in incident.rules:
                by_rule.setdefault(rule, []).append(incident)
        return by_rule


def simulate(
    seed: int,
    *,
    years: float = 1.0,
    size: Size | None = None,
    rates: Mapping[str, float] | None = None,
) -> Simulated:
    """Invent a unit in which nobody means harm. The same arguments give the same records.

    years  from 1 to 3; a laboratory-year takes seconds
    rates  assumptions to change, by their names in docs/audit-simulation.md

    Raises UnknownName for an assumption that is not listed.
    """
    size = size or Size()
    now = START + timedelta(days=round(365 * years))
    book = Book(np.random.default_rng(seed), Rates(rates), START, now)
    world, custody = World(book, size), Custody(book)
    supplies = Supplies(book, world)
    archive = Archive(book, world, custody)
    old = archive.take_over()
    cases = [*old, *Scenes(book, world, custody).open_all(size.cases_a_year)]
    bench = Bench(book, world, custody, supplies)
    traces = [trace for case in cases for trace in bench.process(case)]
    runs = Runs(book, world, custody, supplies)
    runs.run(traces)
    typed = Injections(book).inject(runs.plates)
    results = Results(book, world, bench)
    results.write(cases, traces, typed)
    results.late_answers()
    lose_records(book, world)
    Links(book, world).write(traces, results.profiles, runs.plates)
    archive.dispose()
    custody.finish()
    Stores(book, world, custody).write()
    Work(book, world).write(typed)
    System(book, world).write(cases)
    return Simulated(tuple(book.records), tuple(book.incidents), START, now, seed)
