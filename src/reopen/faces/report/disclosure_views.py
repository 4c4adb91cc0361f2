"""What the first page of a bundle shows, as values. Not here: the page (`disclosure.html.j2`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A record that helps the defence, why, and who was given it before."""

    record: str
    why: str
    given_to: str


@dataclass(frozen=True, slots=True)
class KeptBackRow:
    """A record that is not in the bundle, and the reason or order."""

    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """A bundle: of which case, for whom, by whom, and what is in it. log: where the unit's log
    stood, and who cosigned it."""

    title: str
    case: str
    case_title: str
    to: str
    purpose: str
    made_by: str
    made: str
    program: str
    origin: str
    log: tuple[str, ...]
    records: int
    files: int
    helps: tuple[HelpRow, ...]
    kept_back: tuple[KeptBackRow, ...]
