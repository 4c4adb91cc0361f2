"""Where a profile comes from: its sample, case and person, and whether two were asked for together.

A profile carries a sample's id, or its record names the sample. Not here: any rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from reopen.prove.holdings import Holdings
from reopen.records.cases import Sample
from reopen.records.stored import StoredProfile


def sample_of(holdings: Holdings, profile: str) -> str:
    """Id of the sample that a profile was typed from; the profile's own where none is named."""
    stored = holdings.one(StoredProfile, profile)
    return stored.sample if stored is not None and stored.sample else profile


def case_of_profile(holdings: Holdings, profile: str) -> str | None:
    """The case that a profile belongs to; None where nothing says so."""
    stored = holdings.one(StoredProfile, profile)
    if stored is not None and stored.case:
        return stored.case
    return holdings.case_of(sample_of(holdings, profile))


def is_stain(holdings: Holdings, profile: str) -> bool | None:
    """Whether a profile is of a trace; None where the unit does not say."""
    stored = holdings.one(StoredProfile, profile)
    if stored is not None:
        return stored.purpose == "stain" and stored.person is None
    sample = holdings.one(Sample, profile)
    return None if sample is None else sample.person is None


def lineage(holdings: Holdings, sample: str) -> tuple[str, ...]:
    """A sample, those it was made of, and those made of it: swab, extract, amplification."""
    return tuple(dict.fromkeys((*made_of(holdings, sample), *_made_from(holdings, sample))))


def made_of(holdings: Holdings, sample: str) -> Iterator[str]:
    """A sample and those it was made of, newest first."""
    seen: set[str] = set()
    each: str | None = sample
    while each is not None and each not in seen:
        seen.add(each)
        yield each
        held = holdings.one(Sample, each)
        each = held.parent if held else None


def _made_from(holdings: Holdings, sample: str) -> Iterator[str]:
    children = holdings.by(Sample, "parent")
    seen: set[str] = set()
    waiting = [sample]
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        yield each
        waiting.extend(child.id for child in children.get(each, ()))


def asked_together(holdings: Holdings, one: str, other: str) -> bool:
    """Whether one sample (or what it was made of) was asked for together with the other."""
    first, second = lineage(holdings, one), lineage(holdings, other)
    return _names(holdings, first, second) or _names(holdings, second, first)


def _names(holdings: Holdings, samples: tuple[str, ...], others: tuple[str, ...]) -> bool:
    held = (holdings.one(Sample, each) for each in samples)
    return any(set(others) & set(each.requested_with) for each in held if each is not None)
