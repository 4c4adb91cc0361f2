"""What links of its traces say beside a series: staff whose DNA is in them, relatives of the donor.

Links with staff make no series; who may see such a link is told of it here, and nobody else. Not
here: what a unit knows beside the DNA (`unit_series`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reopen.faces.report.series_words import end_text
from reopen.faces.report.wording import log10_text
from reopen.records import End, Link, LinkKind
from reopen.records.results import FoundLink
from reopen.records.series import Series


@dataclass(frozen=True, slots=True)
class Known:
    """A link of a stain with somebody typed. contributor: which of the stain's it is."""

    kind: str
    stain: str
    contributor: int | None
    person: str
    relation: str
    weight: float


def known_of(link: Link) -> Known:
    """A link of a search."""
    one, other = link.one, link.other
    return Known(
        link.kind.value, one.profile, one.contributor, other.profile, link.relation, link.weight
    )


def known_of_kept(link: FoundLink) -> Known:
    """A link that a unit keeps."""
    return Known(
        link.link, link.one, link.one_contributor, link.other, link.relation, link.weight_log10
    )


def beside_dna(series: Series, links: Iterable[Known]) -> Iterator[str]:
    """What they say, a sentence each: staff first."""
    ends = {end.profile: end for end in series.traces}
    inside = {end.profile for end in series.ends}
    ours = [link for link in links if link.stain in ends]
    own = [link for link in ours if link.contributor == ends[link.stain].contributor]
    for some, part in ((own, "the donor's own part"), (_without(ours, own), "another part")):
        for person, relations in _by_person(some, LinkKind.STAIN_STAFF).items():
            told = "; ".join(_linked(links, ends) for links in relations.values())
            yield (
                f"{person} of the staff is linked with {part} of it {told}: rule out "
                "contamination first."
            )
    own = [link for link in own if link.person not in inside]
    for person, relations in _by_person(own, LinkKind.STAIN_REFERENCE).items():
        told = "; ".join(_linked(some, ends) for some in relations.values())
        yield f"{person} is not in it, and was linked with it {told}."
    for person, relations in _by_person(own, LinkKind.STAIN_RELATIVE).items():
        told = "; ".join(f"{name} {_linked(some, ends)}" for name, some in relations.items())
        yield f"{person} is not in it, and may be a relative of its donor: {told}."


def _without(links: Iterable[Known], own: Collection[Known]) -> list[Known]:
    return [link for link in links if link not in own]


def _by_person(links: Iterable[Known], kind: LinkKind) -> dict[str, dict[str, list[Known]]]:
    """Person -> relation -> links of that kind."""
    found: dict[str, dict[str, list[Known]]] = {}
    for link in links:
        if link.kind == kind.value:
            found.setdefault(link.person, {}).setdefault(link.relation, []).append(link)
    return found


def _linked(some: Sequence[Known], ends: Mapping[str, End]) -> str:
    strongest = max(some, key=lambda link: link.weight)
    times = f"{len(some)} traces, " if len(some) > 1 else ""
    return (
        f"by {times}{end_text(ends[strongest.stain])} with log10 LR {log10_text(strongest.weight)}"
    )
