"""Invented records for the rules of links: two cases, a trace in each, people, staff."""

from __future__ import annotations

from datetime import UTC, datetime

from reopen.prove import RULES, Holdings, Settings, ask
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Sample
from reopen.records.findings import RuleAnswer
from reopen.records.results import FoundLink
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile, StoredRun
from reopen.records.times import Interval

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def asked(rule: str, *records: Record, **numbers: float) -> RuleAnswer:
    """A rule's answer on these records; settings without the rule's id before the point."""
    settings = Settings({f"{rule}.{name}": value for name, value in numbers.items()})
    return ask(RULES[rule], Holdings(records, now=NOW), settings)


def time(text: str) -> Interval:
    return Interval.parse(text)


def trace(case: str, name: str = "S", substrate: str = "") -> tuple[Record, ...]:
    """An exhibit of a case, a swab of it, and the swab's profile."""
    exhibit, sample = f"{case}-E", f"{case}-{name}"
    return (
        Exhibit(id=exhibit, case=case, substrate=substrate),
        Sample(id=sample, exhibit=exhibit),
        StoredProfile(
            id=f"{sample}.p", purpose="stain", file="f", content_hash="h", case=case, sample=sample
        ),
    )


def reference(person: str, case: str | None = None) -> tuple[Record, ...]:
    return (
        Sample(id=f"{person}-R", person=person, case=case),
        StoredProfile(
            id=f"{person}.p",
            purpose="suspect",
            file="f",
            content_hash="h",
            case=case,
            sample=f"{person}-R",
            person=person,
        ),
    )


def staff(person: str) -> StoredProfile:
    return StoredProfile(
        id=f"{person}.p",
        purpose="elimination",
        file="f",
        content_hash="h",
        person=person,
        staff=True,
    )


def link(
    one: str,
    other: str,
    log10: float = 8.0,
    relation: str = "same person",
    known_reason: str = "",
    place_time_log10: float | None = None,
    behaviour_log10: float | None = None,
) -> FoundLink:
    return FoundLink(
        id=f"{one}~{other}~{relation}",
        link="k",
        one=one,
        other=other,
        weight_log10=log10,
        relation=relation,
        known_reason=known_reason,
        place_time_log10=place_time_log10,
        behaviour_log10=behaviour_log10,
    )


def run(*profiles: str, at: str = "2025-12-01", **not_weighed: str) -> StoredRun:
    return StoredRun(
        id=f"run {at}",
        program="reopen",
        model="m",
        at=time(at),
        new_profiles=profiles,
        not_weighed=not_weighed,
    )


def said(subject: str, id: str, field: str, value: str, n: int = 1) -> Statement:
    return Statement(id=f"{id} {field} {n}", subject=Ref(subject, id), field=field, value=value)
