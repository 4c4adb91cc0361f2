"""Why two profiles are linked, and what would break the link: which loci carry it, what the search
took for granted, and what holds the series that it is part of.

Arithmetic on kept terms alone: nothing is weighed again. Not here: finding the link (`unit_views`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from reopen.faces.report.chance_words import prior_text
from reopen.faces.report.series_words import headline, held_by
from reopen.faces.report.wording import log10_text
from reopen.faces.workbench.series_plain import series_of_plain
from reopen.faces.workbench.unit_runs import prior_of
from reopen.faces.workbench.unit_views import LinkView, link_view
from reopen.records.series import FoundSeries
from reopen.records.stored import StoredProfile, StoredRun
from reopen.store.reader import Reader

_NAMED = 6
_APART = 1.0
_ON_RUN = "run: "
_MODEL = f"{_ON_RUN}peak heights, "
_SAID = (
    ("population", "Allele frequencies"),
    ("theta", "Coancestry theta"),
    ("minimum_frequency", "Frequency of an allele that is not listed"),
    ("contributors", "Contributors of a stain"),
    ("draws of each stain's parameters", "Draws of each stain's parameters"),
    ("weighed in full", "Links with a reference weighed again in full"),
    ("relations", "Relations sought beside the same person"),
    ("least log10 LR listed", "Least log10 LR listed"),
    ("chance hits allowed", "Chance links allowed in the whole search"),
)
"""What every reader asks of a search first: its parameter, and how it is called."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What carries the number that counts.

    in_full     whether that is the number weighed in full
    terms       what each locus adds, the strongest first
    other       terms that belong to no locus
    half        the fewest loci that make half of what speaks for the link
    without     the log10 LR without the strongest locus, with both propositions as they were fitted
    below       how many of the strongest loci have to go until it is below `least`; None where it
                does not get there
    least       least log10 LR that the search lists
    """

    in_full: bool
    log10: float
    terms: Mapping[str, float]
    other: Mapping[str, float]
    half: tuple[str, ...]
    without: float
    below: int | None
    least: float

    @property
    def strongest(self) -> str:
        return next(iter(self.terms))

    @property
    def against(self) -> Mapping[str, float]:
        """Loci that speak against it."""
        return {name: value for name, value in self.terms.items() if value < 0}


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """A series that holds both profiles: what holds it, and what would break it."""

    series: FoundSeries
    title: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """A link with all that is known of its number.

    carried   None where no terms were kept, or the number is not finite
    breaks    what would break it, a sentence each
    assumed   what the search took for granted: what it is called, and what it was
    models    the same of the kits of these two profiles: kit -> setting -> value
    """

    view: LinkView
    carried: Carried | None
    breaks: tuple[str, ...]
    assumed: Mapping[str, str]
    models: Mapping[str, Mapping[str, str]]
    series: tuple[HeldSeries, ...]


def why(reader: Reader, name: str) -> Why:
    """Raises UnknownName where there is no such link that the actor may see."""
    view = link_view(reader, name)
    run = view.run
    link = view.row.link
    kits = {one.kit for one in reader.some(StoredProfile, (link.one, link.other)) if one.kit}
    carried = carried_by(view)
    return Why(
        view,
        carried,
        tuple(_breaks(view, carried)),
        {} if run is None else assumed_by(run),
        {} if run is None else models_of(run, kits),
        tuple(_held(reader, series) for series in view.series),
    )


def carried_by(view: LinkView) -> Carried | None:
    """Which loci carry the number that counts, from the kept terms."""
    kept = view.terms
    search, in_full = _number(kept.get("log10")), _number(kept.get("log10_in_full"))
    full = _mapping(kept.get("in_full"))
    counts_in_full = in_full is not None and (search is None or in_full < search)
    log10 = in_full if counts_in_full else search
    per_locus = _numbers((full if counts_in_full else kept).get("per_locus"))
    if log10 is None or not per_locus or not all(map(isfinite, (log10, *per_locus.values()))):
        return None
    terms = dict(sorted(per_locus.items(), key=lambda each: (-each[1], each[0])))
    least = 3.0 if view.run is None else float(view.run.parameters.get("least_log10", "3.0"))
    other = _numbers(kept.get("other_terms")) if not counts_in_full else {}
    rest = log10 - sum(terms.values()) - sum(other.values())
    if abs(rest) > 1e-9:
        other["which contributor it is" if counts_in_full else "rounding of the terms"] = rest
    return Carried(
        in_full=counts_in_full,
        log10=log10,
        terms=terms,
        other=other,
        half=_half(terms),
        without=log10 - next(iter(terms.values())),
        below=_below(log10, terms, least),
        least=least,
    )


def _half(terms: Mapping[str, float]) -> tuple[str, ...]:
    """The fewest of these, strongest first, that make half of what is above 0."""
    half = sum(value for value in terms.values() if value > 0) / 2
    taken: list[str] = []
    total = 0.0
    for name, value in terms.items():
        if total >= half:
            break
        taken.append(name)
        total += value
    return tuple(taken)


def _below(log10: float, terms: Mapping[str, float], least: float) -> int | None:
    left = log10
    for n, value in enumerate(terms.values(), 1):
        if value <= 0:
            return None
        left -= value
        if left < least:
            return n
    return None


def _breaks(view: LinkView, carried: Carried | None) -> Iterator[str]:
    if carried is not None:
        yield from _of_loci(carried)
    search = _number(view.terms.get("log10"))
    in_full = _number(view.terms.get("log10_in_full"))
    if search is not None and in_full is None:
        yield "It was not weighed again in full: the search's number stands alone."
    elif search is not None and in_full is not None and abs(search - in_full) >= _APART:
        yield (
            f"The search ({log10_text(search)}) and the full weighing ({log10_text(in_full)}) "
            f"differ by {log10_text(abs(search - in_full))}: the number hangs on the parameters of "
            "the fit. Look at the stain's proportions and at its peaks."
        )
    if view.terms.get("in_full") and not _mapping(view.terms["in_full"]).get("settled", True):
        yield "A fit behind the number weighed in full did not settle: do not rely on it."
    chance = view.row.expected_chance
    if chance is not None and chance >= 0.01:
        yield (
            "Chance alone may give such a link among so many comparisons; ask what speaks for it "
            "beside the DNA."
        )
    if not view.row.standing:
        yield "It was found on earlier terms, and not by the unit's last search."
    yield (
        "A mistake of handling makes a link as strong as a donor does. No number here tells them "
        "apart; custody, seals, batches and blanks do."
    )


def _of_loci(carried: Carried) -> Iterator[str]:
    first = carried.strongest
    yield (
        f"{first} carries most, {log10_text(carried.terms[first])}. Without it the log10 LR is "
        f"{log10_text(carried.without)}, with both propositions as they were fitted."
    )
    if len(carried.half) > 1:
        yield (
            f"{len(carried.half)} of {len(carried.terms)} loci make half of it: "
            f"{_some(carried.half)}."
        )
    if carried.below is not None:
        one = carried.below == 1
        yield (
            f"Without its {'strongest locus' if one else f'{carried.below} strongest loci'} it "
            f"would be below {log10_text(carried.least)}, the least that the search lists."
        )
    if carried.against:
        loci = list(carried.against)
        together = log10_text(sum(carried.against.values()))
        yield f"Against it {'speaks' if len(loci) == 1 else 'speak'} {_some(loci)}: {together}."


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    told = ", ".join(names[:_NAMED])
    return f"{told} and {more} more" if more > 0 else told


def assumed_by(run: StoredRun) -> Mapping[str, str]:
    """What a search took for granted, as its record says: what it is called -> what it was."""
    kept = run.parameters
    found = {words: kept[f"{_ON_RUN}{name}"] for name, words in _SAID if f"{_ON_RUN}{name}" in kept}
    prior = prior_of(run)
    if prior is not None:
        found["Odds before the DNA, as stated"] = prior_text(prior)
    return {words: _plainly(value) for words, value in found.items() if value != "None"}


def models_of(run: StoredRun, kits: set[str]) -> Mapping[str, Mapping[str, str]]:
    """Settings of peak heights for these kits."""
    return {
        kit: {name: _plainly(str(value)) for name, value in json.loads(said).items()}
        for kit in sorted(kits)
        if (said := run.parameters.get(f"{_MODEL}{kit}"))
    }


def _plainly(value: str) -> str:
    """A setting as it was kept, without figures that nobody reads."""
    try:
        return f"{float(value):.4g}"
    except ValueError:
        return {"True": "yes", "False": "no", "{}": "none", "None": "not set"}.get(value, value)


def _held(reader: Reader, series: FoundSeries) -> HeldSeries:
    if not series.terms:
        return HeldSeries(series, f"{len(series.profiles)} profiles", ())
    terms = series_of_plain(json.loads(reader.file(series.terms)))
    return HeldSeries(series, headline(terms), tuple(held_by(terms)))


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _numbers(value: object) -> dict[str, float]:
    return {str(name): float(str(each)) for name, each in _mapping(value).items()}
