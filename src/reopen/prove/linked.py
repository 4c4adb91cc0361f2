"""What the unit holds linked: a trace with a person, and a trace with another case's profile.

From searches (`FoundLink`), results that include somebody (`LabResult`), and database hits
(`Hit`). Links to staff profiles are left to `links_staff`, which runs blind. Not here: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reopen.prove.holdings import Holdings
from reopen.prove.provenance import case_of_profile, is_stain, sample_of
from reopen.records.base import Record
from reopen.records.cases import Person, Sample
from reopen.records.results import FoundLink, Hit, LabResult, ResultKind
from reopen.records.stored import StoredProfile

SAME_PERSON = "same person"


@dataclass(frozen=True, slots=True)
class PersonLink:
    """A trace of a case, linked with a person.

    record        what says so
    sample        of the trace; None where the record names only the case
    person        the person linked
    reference     the person's reference sample, where it is known
    weight_log10  of the DNA, where the record carries it
    """

    record: Record
    case: str
    person: str
    sample: str | None = None
    reference: str | None = None
    weight_log10: float | None = None


@dataclass(frozen=True, slots=True)
class CaseLink:
    """A link between profiles of two cases; the first is a trace."""

    record: FoundLink
    one_case: str
    other_case: str
    one: str
    other: str

    @property
    def cases(self) -> tuple[str, str]:
        return self.one_case, self.other_case

    @property
    def besides_log10(self) -> float:
        """What place, time and behaviour say of one offender in both cases; 0 where not weighed."""
        said = (self.record.place_time_log10, self.record.behaviour_log10)
        return sum(each for each in said if each is not None)


def is_staff(holdings: Holdings, profile: str) -> bool:
    """Whether a profile is of the elimination file."""
    stored = holdings.one(StoredProfile, profile)
    if stored is not None and (stored.staff or "elimination" in stored.purpose):
        return True
    sample = holdings.one(Sample, sample_of(holdings, profile))
    return sample is not None and sample.staff


def profile_links(holdings: Holdings) -> Iterator[FoundLink]:
    """Links that say two profiles are of the same person, without those to staff."""
    for link in holdings.of(FoundLink):
        named = (link.one, link.other)
        if link.relation == SAME_PERSON and not any(is_staff(holdings, each) for each in named):
            yield link


def people_linked(holdings: Holdings) -> tuple[PersonLink, ...]:
    """Every trace that is linked with a person, once for each record that says so."""
    found = (*_by_search(holdings), *_by_results(holdings))
    hits = (
        PersonLink(hit, hit.case, hit.person)
        for hit in holdings.of(Hit)
        if hit.person is not None and hit.duplicate_of is None
    )
    return (*found, *hits)


def _by_search(holdings: Holdings) -> Iterator[PersonLink]:
    for link in profile_links(holdings):
        for trace, known in ((link.one, link.other), (link.other, link.one)):
            person, case = person_of(holdings, known), case_of_profile(holdings, trace)
            if person is None or case is None or not is_stain(holdings, trace):
                continue
            yield PersonLink(
                link,
                case,
                person,
                sample_of(holdings, trace),
                sample_of(holdings, known),
                link.weight_log10,
            )


def _by_results(holdings: Holdings) -> Iterator[PersonLink]:
    for result in latest_results(holdings):
        if result.kind is not ResultKind.INCLUSION or result.compared_with is None:
            continue
        person = person_of(holdings, result.compared_with)
        if person is not None:
            reference = result.compared_with if result.compared_with != person else None
            yield PersonLink(result, result.case, person, result.sample, reference, result.log10_lr)


def person_of(holdings: Holdings, named: str) -> str | None:
    """The person that a reference profile, a reference sample or a name stands for."""
    stored = holdings.one(StoredProfile, named)
    if stored is not None and stored.person:
        return stored.person
    sample = holdings.one(Sample, sample_of(holdings, named))
    if sample is not None and sample.person:
        return sample.person
    return named if holdings.one(Person, named) is not None else None


def reference_samples(holdings: Holdings, person: str) -> tuple[str, ...]:
    """Ids of the reference samples taken from a person."""
    return tuple(each.id for each in holdings.by(Sample, "person").get(person, ()))


def latest_results(holdings: Holdings) -> tuple[LabResult, ...]:
    """The last version of every result."""
    last: dict[str, LabResult] = {}
    for result in holdings.of(LabResult):
        held = last.get(result.result)
        if held is None or result.version >= held.version:
            last[result.result] = result
    return tuple(last.values())


def cases_linked(holdings: Holdings) -> tuple[CaseLink, ...]:
    """Links between profiles of two cases, at least one of them a trace."""
    found = []
    for link in profile_links(holdings):
        one, other = link.one, link.other
        if not is_stain(holdings, one):
            one, other = other, one
        cases = case_of_profile(holdings, one), case_of_profile(holdings, other)
        if is_stain(holdings, one) and cases[0] and cases[1] and cases[0] != cases[1]:
            found.append(CaseLink(link, cases[0], cases[1], one, other))
    return tuple(found)


def by_cases(links: Iterable[CaseLink]) -> dict[tuple[str, str], list[CaseLink]]:
    """Pair of cases -> the links between them, the strongest first: one question for each pair."""
    found: dict[tuple[str, str], list[CaseLink]] = {}
    for link in sorted(links, key=lambda each: (-each.record.weight_log10, each.record.id)):
        first, second = sorted(link.cases)
        found.setdefault((first, second), []).append(link)
    return found


def shares_a_trace(holdings: Holdings, link: CaseLink, others: Iterable[CaseLink]) -> bool:
    """Whether a link is between traces of the others, so that one accident explains them all."""
    own = {sample_of(holdings, name) for name in (link.one, link.other)}
    return any(
        own & {sample_of(holdings, name) for name in (other.one, other.other)} for other in others
    )
