"""Fragment lengths of alleles, also of those that a kit's tables do not list."""

from __future__ import annotations

from collections.abc import Mapping

from reopen.records import Allele, Marker, repeat_number


def size_bp(label: Allele, marker: Marker) -> float:
    """Fragment length of an allele, in base pairs.

    Listed sizes are used as they stand. Else: from the motif length between the first two
    whole-number alleles; else the size of the nearest listed allele; text alleles the mean.
    LUS and sequence names count by the part before "_" or ":".
    Source: convention of EuroForMix (Bleka, Storvik and Gill 2016), mixture model section 3.
    """
    sizes = marker.sizes_bp
    name = Allele(label.split("_", 1)[0].split(":", 1)[0])
    if name in sizes:
        return sizes[name]
    number = repeat_number(name)
    if number is None:
        return sum(sizes.values()) / len(sizes)
    whole = [(int(a), size) for a, size in sizes.items() if a.isdigit()]
    if len(whole) < 2:
        return _nearest(number, sizes)
    (first, first_size), (second, second_size) = whole[:2]
    motif = round((second - first) * (second_size - first_size))
    repeats, _, bases = name.partition(".")
    return first_size - first * motif + int(repeats) * motif + int(bases or 0)


def _nearest(number: float, sizes: Mapping[Allele, float]) -> float:
    listed = [(a, n) for a in sizes if (n := repeat_number(a)) is not None]
    if not listed:
        return sum(sizes.values()) / len(sizes)
    return sizes[min(listed, key=lambda item: abs(item[1] - number))[0]]
