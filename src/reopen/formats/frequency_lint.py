"""What a careful statistician would ask about a table of allele frequencies before using it.

Nothing is refused or changed here: a finding is a sentence for the person who imports the table.
What cannot be right (sums, doubled alleles, equal populations) is refused by `frequencies`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from reopen.records import Allele, AlleleFrequencies, Locus, repeat_number

COMMON = 0.9
"""A repeat marker is chosen for its variety; one allele above this share is not expected."""
BEYOND_LADDER = 4.0
"""Repeats outside the range of all kits' ladders from which an allele is asked about."""
ROUNDING = 0.001
"""Sums further from 1 than this are told, though they are taken (to 0.01)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt about a table. locus is empty where it is about the whole."""

    population: str
    locus: str
    seen: str

    def __str__(self) -> str:
        at = f"{self.population}, {self.locus}" if self.locus else self.population
        return f"{at}: {self.seen}"


def lint(
    tables: Sequence[AlleleFrequencies], *, ask_for_counts: bool = True
) -> tuple[Finding, ...]:
    """All doubts about the populations of one file, in the order of the file.

    ask_for_counts  whether it is told that a table does not say how many alleles were counted
    """
    loci = list(dict.fromkeys(locus for table in tables for locus in table.loci))
    counted = [table for table in tables if table.counts]
    found = [finding for table in tables for finding in _of_table(table, loci, bool(counted))]
    if tables and not counted and ask_for_counts:
        found.append(Finding("The file", "", _UNCOUNTED.format("any population")))
    return tuple(found)


_UNCOUNTED = (
    "the number of alleles counted is not given for {}, so a least frequency cannot be taken from "
    "the size of the sample."
)


def _of_table(table: AlleleFrequencies, loci: list[Locus], counted: bool) -> Iterator[Finding]:
    absent = [locus for locus in loci if locus not in table.by_locus]
    if absent:
        yield Finding(table.name, "", f"no frequencies at {', '.join(absent)}, which others have.")
    uncounted = [locus for locus in table.loci if locus not in table.counts]
    if counted and uncounted:
        at = "any locus" if not table.counts else ", ".join(uncounted)
        yield Finding(table.name, "", _UNCOUNTED.format(at))
    for copies in _copies(table):
        seen = "identical numbers, so one of them is a copy. Take them from the source again."
        yield Finding(table.name, ", ".join(copies), seen)
    for locus, frequencies in table.by_locus.items():
        for seen in (
            *_sum(frequencies.values()),
            *_shape(locus, frequencies),
            *_counts(frequencies, table.counts.get(locus)),
            *_labels(locus, frequencies),
        ):
            yield Finding(table.name, locus, seen)


def _copies(table: AlleleFrequencies) -> Iterator[list[Locus]]:
    """Loci of four alleles or more that have the same numbers."""
    groups: dict[frozenset[tuple[Allele, float]], list[Locus]] = {}
    for locus, frequencies in table.by_locus.items():
        if len(frequencies) > 3:
            groups.setdefault(frozenset(frequencies.items()), []).append(locus)
    return (group for group in groups.values() if len(group) > 1)


def _sum(frequencies: Iterable[float]) -> Iterator[str]:
    total = sum(frequencies)
    if abs(total - 1) > ROUNDING:
        yield f"the frequencies sum to {total:.4g}, and are rescaled where they are used."


def _shape(locus: Locus, frequencies: Mapping[Allele, float]) -> Iterator[str]:
    repeats = [label for label in frequencies if repeat_number(label) is not None]
    if len(repeats) < 3:
        return
    label, highest = max(frequencies.items(), key=lambda item: item[1])
    if highest > COMMON:
        yield f"allele {label} has the frequency {highest:g}. Check it against the source."
    if len(repeats) > 3 and len(set(frequencies.values())) == 1:
        yield "all alleles have the same frequency. Nothing may have been counted."


def _counts(frequencies: Mapping[Allele, float], n: int | None) -> Iterator[str]:
    """A frequency is a count over n: the rarest allele was seen once at least."""
    if n is None or not frequencies:
        return
    label, least = min(frequencies.items(), key=lambda item: item[1])
    if least * n < 0.5:
        yield (
            f"allele {label} has {least:g}, less than one of the {n} alleles counted. A least "
            "frequency was put in by the source, or the number is wrong."
        )


def _labels(locus: Locus, frequencies: Mapping[Allele, float]) -> Iterator[str]:
    ladder = _ladders().get(locus)
    for label in frequencies:
        size = repeat_number(label)
        if size is None or ladder is None:
            continue
        low, high, repeat_bp = ladder
        if not low - BEYOND_LADDER <= size <= high + BEYOND_LADDER:
            tenth = f" Was {size / 10:g} meant?" if low <= size / 10 <= high else ""
            yield f"allele {label} is far from the ladders' {low:g} to {high:g}.{tenth}"
        elif round(10 * size) % 10 >= repeat_bp:
            yield f"allele {label} has more bases than a repeat of {repeat_bp}."


@cache
def _ladders() -> dict[Locus, tuple[float, float, int]]:
    """Smallest and largest repeat number of each locus in all kits, and the repeat's length."""
    from reopen.formats.library import kits  # reads tables of frequencies itself

    found: dict[Locus, tuple[float, float, int]] = {}
    for kit in kits():
        for marker in kit.markers:
            sizes = [
                size for label in marker.sizes_bp if (size := repeat_number(label)) is not None
            ]
            if sizes and marker.kind == "autosomal":
                low, high, _ = found.get(marker.locus, (min(sizes), max(sizes), 0))
                low, high = min(low, *sizes), max(high, *sizes)
                found[marker.locus] = (low, high, marker.repeat_bp)
    return found
