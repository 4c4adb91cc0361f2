"""A locus's table of frequencies, its labels and its linkage, as any pedigree file gives them.

Not here: tables of frequencies alone (`frequencies`).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, tanh

from reopen.errors import InvalidRecord, Where
from reopen.formats.frequencies import SUM_TOLERANCE
from reopen.records import Allele, LinkedPair, Locus, allele


def frequencies_at(
    locus: Locus, listed: Iterable[tuple[str, float]], silent: float, where: Where
) -> dict[Allele, float]:
    """A locus's table. With a silent allele it may sum to 1, or to 1 less its frequency.

    Raises InvalidRecord for another sum, an allele listed twice, or a frequency that is none.
    """
    found: dict[Allele, float] = {}
    for label, frequency in listed:
        if Allele(label) in found or not 0 <= frequency <= 1:
            twice = label in found
            raise InvalidRecord(
                f"Allele {label} at {locus} "
                + ("is listed twice." if twice else f"has the frequency {frequency:g}."),
                rule="Each allele of a locus is listed once, with a frequency from 0 to 1.",
                way_on="Correct the table.",
                where=where,
            )
        found[Allele(label)] = frequency
    total = sum(found.values())
    if min(abs(total - 1), abs(total + silent - 1)) > SUM_TOLERANCE + 1e-9:
        raise InvalidRecord(
            f"The frequencies of {locus} sum to {total:.6g}.",
            rule=f"The frequencies of a locus sum to 1 within {SUM_TOLERANCE}.",
            way_on="Look for a misplaced decimal point, a missing allele or a bin left out.",
            where=where,
        )
    return found


def labels_at(listed: Iterable[str]) -> dict[str, Allele]:
    """Labels of one locus as a file writes them -> as records have them.

    Some files name alleles freely: "q" (elsewhere a wild card) and "a" beside "A" become "allele q"
    and "allele a", so that none is lost or confused. A bin keeps its name.
    """
    named: dict[str, Allele] = {}
    for text in listed:
        try:
            label = allele(text)
        except InvalidRecord:
            label = Allele(text)
            if text.isalpha():
                label = Allele(f"allele {text}")
        if label in named.values() and text not in named:
            label = Allele(f"allele {text}")
        named[text] = label
    return named


def linked_pair(
    one: Locus, other: Locus, *, rho: float | None, cm: float | None, kosambi: bool, where: Where
) -> LinkedPair:
    """Two linked loci from a recombination fraction, or from a distance in centimorgans.

    Haldane: rho = (1 - exp(-2d)) / 2; Kosambi: rho = tanh(2d) / 2, d in Morgans.
    Raises InvalidRecord where neither is given.
    """
    if rho is None and cm is None:
        raise InvalidRecord(
            f"{one} and {other} are linked at no distance.",
            rule="Linked loci have a distance in cM, or a recombination fraction.",
            way_on="Give the distance from a genetic map.",
            where=where,
        )
    if rho is None and cm is not None:
        if cm < 0:
            raise InvalidRecord(
                f"{one} and {other} are {cm:g} cM apart.",
                rule="A distance is not below 0.",
                way_on="Correct the distance.",
                where=where,
            )
        morgans = cm / 100
        rho = tanh(2 * morgans) / 2 if kosambi else (1 - exp(-2 * morgans)) / 2
    try:
        return LinkedPair(one, other, rho if rho is not None else 0.5)
    except InvalidRecord as error:
        raise error.at(where) from None
