"""Rows that several pages show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reopen.faces.report.chance_words import posterior_text
from reopen.faces.workbench.unit_views import LinkRow
from reopen.store.body import Version


@dataclass(frozen=True, slots=True)
class EndLine:
    """One end of a link. kind: profile, family or database; contributor: of a mixture, from 1."""

    id: str
    kind: str
    contributor: int | None


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link in a list.

    log10            the lower of the LR in the search and in full, as log10
    expected_chance  at most so many such links by chance; None where it was not worked out
    odds_after       after the DNA, from the odds stated before it; '' where none were
    standing         found on the terms of the unit's last search
    """

    id: str
    relation: str
    one: EndLine
    other: EndLine
    log10: float
    expected_chance: float | None
    odds_after: str
    found: str
    standing: bool


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of a link or series in the log; log10: its number then."""

    version: int
    log10: float
    entry: int
    at: str
    by: str
    reason: str


def version_lines(versions: Iterable[Version], number: str) -> tuple[VersionLine, ...]:
    """number: the field of the records that is told."""
    return tuple(
        VersionLine(
            each.version, getattr(each.record, number), each.entry,
            f"{each.time:%Y-%m-%d %H:%M} UTC", each.actor, each.reason,
        )
        for each in versions
    )  # fmt: skip


def link_line(row: LinkRow) -> LinkLine:
    link = row.link
    return LinkLine(
        id=link.id,
        relation=link.relation,
        one=EndLine(link.one, link.one_kind, link.one_contributor),
        other=EndLine(link.other, link.other_kind, link.other_contributor),
        log10=link.weight_log10,
        expected_chance=row.expected_chance,
        odds_after="" if row.prior is None else posterior_text(row.prior, link.weight_log10),
        found=row.found,
        standing=row.standing,
    )
