"""Profiles and what a search finds among them: true series, contaminations, and chance.

The weights stand for what a search would give; profiles here have no alleles.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import combinations

from reopen.prove.simulate.bench import Trace
from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.runs import Plate
from reopen.prove.simulate.world import World
from reopen.records.base import Ref
from reopen.records.results import FoundLink, LabResult
from reopen.records.stored import StoredProfile, StoredRun

LEAST_LOG10 = 6.0


class Links:
    """Writes stored profiles, the weekly searches, and the links they found."""

    def __init__(self, book: Book, world: World):
        self.book, self.world = book, world
        self._found: dict[str, list[str]] = {}
        self._hashes: dict[str, dict[str, str]] = defaultdict(dict)
        self._cases: dict[str, str] = {}
        self._besides: dict[frozenset[str], tuple[float, float]] = {}
        self._file = book.hash()

    def write(
        self, traces: list[Trace], profiles: dict[str, LabResult], plates: list[Plate]
    ) -> None:
        for person in self.world.staff:
            self._profile(f"STAFF-{person}", "staff", person=person, staff=True)
        kept = [trace for trace in traces if trace.id in profiles]
        self._cases = {trace.id: trace.case.id for trace in kept}
        when = {t.id: _when(profiles[t.id]) for t in kept}
        for trace in kept:
            self._of_trace(trace, when[trace.id])
        stains = [trace for trace in kept if not trace.is_reference]
        self._series(stains, when)
        self._references(kept, when)
        self._staff(stains, when)
        self._between(stains, when, plates)
        self._chance(stains, when)
        self._searches()

    def _of_trace(self, trace: Trace, moment: datetime) -> None:
        purpose = "stain"
        if trace.is_reference:
            purpose = "suspect" if trace.donor == trace.case.suspect else "victim"
        person = trace.donor if trace.is_reference else None
        self._profile(f"P-{trace.id}", purpose, case=trace.case.id, sample=trace.id,
                      person=person, run=self._run(moment))  # fmt: skip

    def _profile(
        self, id: str, purpose: str, *, case: str | None = None, sample: str | None = None,
        person: str | None = None, staff: bool = False, run: str = "",
    ) -> None:  # fmt: skip
        profile = self.book.add(
            StoredProfile(
                id=id, purpose=purpose, file=self._file, content_hash=self.book.hash(),
                kit="GlobalFiler", case=case, sample=sample, person=person, staff=staff,
            )
        )  # fmt: skip
        self._hashes[run][f"profile {id}"] = profile.content_hash

    def _run(self, moment: datetime) -> str:
        """The week's search after a moment."""
        return f"RUN-{(moment - self.book.start).days // 7 + 1:04d}"

    def _series(self, stains: list[Trace], when: dict[str, datetime]) -> None:
        by_donor: dict[str, list[Trace]] = {}
        for trace in stains:
            if trace.donor == trace.case.offender:
                by_donor.setdefault(trace.donor, []).append(trace)
        for own in by_donor.values():
            for one, other in combinations(own, 2):
                if one.case is other.case:
                    continue
                together = other.case.together == one.case.id
                weight = max(LEAST_LOG10, 10 + 3 * float(self.book.rng.standard_normal()))
                self._link(one.id, other.id, max(when[one.id], when[other.id]), weight,
                           together=together, likely=True)  # fmt: skip

    def _references(self, kept: list[Trace], when: dict[str, datetime]) -> None:
        """Traces and the references of their own case."""
        people = {}
        for trace in kept:
            if trace.is_reference:
                people[trace.case.id, trace.donor] = trace
        for trace in kept:
            if trace.is_reference:
                continue
            case = trace.case
            donor = trace.donor
            if donor == case.offender and case.is_right and case.suspect:
                donor = case.suspect
            reference = people.get((case.id, donor))
            if reference is not None:
                weight = max(LEAST_LOG10, 12 + 4 * float(self.book.rng.standard_normal()))
                moment = max(when[trace.id], when[reference.id])
                self._link(trace.id, reference.id, moment, weight, known="reference of the case")

    def _staff(self, stains: list[Trace], when: dict[str, datetime]) -> None:
        """DNA of somebody who handled the item."""
        book = self.book
        for trace in stains:
            if book.chance("staff_contamination"):
                police = book.chance("contamination_police")
                finder = trace.case.examiner or self.world.storekeepers[0]
                person = finder if police else trace.analyst
                weight = max(LEAST_LOG10, 9 + 3 * float(book.rng.standard_normal()))
                link = self._link(trace.id, None, when[trace.id], weight, staff=person)
                about = [link.ref, *_profiles(trace.id), *_samples(trace.id)]
                book.happened("staff_contamination", "X1 X2 X3 L6", about)

    def _between(self, stains: list[Trace], when: dict[str, datetime], plates: list[Plate]) -> None:
        """DNA of a trace of another case on the same plate."""
        by_id = {trace.id: trace for trace in stains}
        for plate in plates:
            here = [by_id[e.sample] for e in plate.entries if e.sample in by_id]
            for trace in here:
                others = [t for t in here if t.case is not trace.case]
                if others and self.book.chance("stain_contamination"):
                    other = self.book.pick(others)
                    weight = LEAST_LOG10 + float(self.book.rng.exponential(2))
                    link = self._link(trace.id, other.id, max(when[trace.id], when[other.id]),
                                      weight)  # fmt: skip
                    about = [link.ref, *_profiles(trace.id), *_profiles(other.id)]
                    self.book.happened("stain_contamination", "L6 X2 X3 X5", about)

    def _chance(self, stains: list[Trace], when: dict[str, datetime]) -> None:
        n = len(stains)
        pairs = n * (n - 1) / 2 + n * len(self.world.staff)
        for _ in range(int(self.book.rng.poisson(self.book.rates["chance_link"] * pairs))):
            one, other = self.book.pick(stains), self.book.pick(stains)
            if one.case is not other.case:
                weight = LEAST_LOG10 + float(self.book.rng.exponential(0.4))
                self._link(one.id, other.id, max(when[one.id], when[other.id]), weight)

    def _link(
        self, one: str, other: str | None, moment: datetime, weight: float, *, staff: str = "",
        together: bool = False, likely: bool = False, known: str = "",
    ) -> FoundLink:  # fmt: skip
        book = self.book
        run = self._run(moment)
        place, behaviour = self._place_and_behaviour(one, other or "", likely)
        link = book.add(
            FoundLink(
                id=book.number("LK"), link="profile", one=f"P-{one}",
                other=f"STAFF-{staff}" if staff else f"P-{other}", one_contributor=1,
                weight_log10=round(weight, 2), expected_chance=round(10 ** (4 - weight), 9),
                run=run,
                known_reason="submitted together" if together else known,
                place_time_log10=None if staff or known else place,
                behaviour_log10=None if staff or known else behaviour,
            )
        )  # fmt: skip
        self._found.setdefault(run, []).append(link.id)
        return link

    def _place_and_behaviour(self, one: str, other: str, likely: bool) -> tuple[float, float]:
        """Their log10 LRs: one pair of values for two cases, whatever links them."""
        cases = frozenset((self._cases[one], self._cases.get(other, "")))
        if cases not in self._besides:
            middle = 0.6 if likely else -0.2
            place, behaviour = middle + 0.6 * self.book.rng.standard_normal(2)
            self._besides[cases] = (round(float(place), 2), round(float(behaviour), 2))
        return self._besides[cases]

    def _searches(self) -> None:
        """Every week, everything new against everything."""
        book = self.book
        for week in range((book.now - book.start).days // 7):
            run = f"RUN-{week + 1:04d}"
            book.add(
                StoredRun(
                    id=run, program="reopen", model="link",
                    at=at(book.start + timedelta(days=7 * (week + 1))),
                    links=tuple(self._found.get(run, ())),
                    inputs=self._hashes[""] | self._hashes[run],
                    new_profiles=tuple(
                        name.removeprefix("profile ") for name in self._hashes[run]
                    ),
                )
            )  # fmt: skip


def _when(result: LabResult) -> datetime:
    assert result.at.latest is not None
    return result.at.latest


def _profiles(sample: str) -> tuple[Ref, ...]:
    return (Ref("profile", f"P-{sample}"),)


def _samples(sample: str) -> tuple[Ref, ...]:
    return (Ref("sample", sample), Ref("sample", sample.removesuffix("-X")))
