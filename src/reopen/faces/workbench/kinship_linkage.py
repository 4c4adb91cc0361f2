"""Loci of common kits that lie near each other, and whether that matters for a comparison.

Not for: likelihoods of linked pairs (`weigh.kinship`), other loci (a case names its own pairs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import tanh

from reopen.records import KinshipModel, LinkedPair, Locus, Pedigree, Reference

# Centimorgans between them. Source: Phillips et al. 2012.
_NEAR = (
    (Locus("vWA"), Locus("D12S391"), 11.9),
    (Locus("D5S818"), Locus("CSF1PO"), 27.8),
    (Locus("D21S11"), Locus("Penta D"), 44.7),
)


def recombination(centimorgans: float) -> float:
    """Fraction of recombined gametes at a distance, 0 to 0.5. Source: Kosambi 1944."""
    return 0.5 * tanh(2 * centimorgans / 100)


def near_pairs(profiles: Mapping[str, Reference], model: KinshipModel) -> tuple[LinkedPair, ...]:
    """Neighbours of which both loci were typed, and of which the model says nothing."""
    typed = {locus for profile in profiles.values() for locus in profile.genotypes}
    linked = {locus for pair in model.linked for locus in (pair.one, pair.other)}
    linked |= model.positions.keys()
    return tuple(
        LinkedPair(one, other, recombination(apart))
        for one, other, apart in _NEAR
        if {one, other} <= typed and not {one, other} & linked
    )


def linkage_matters(pedigrees: Iterable[Pedigree]) -> bool:
    """Whether somebody handed on two gametes, or one that is known of both sides.

    It makes no difference between a parent and a child alone.
    """
    for pedigree in pedigrees:
        for member in pedigree.members:
            children = pedigree.children(member.id)
            if len(children) > 1 or (children and member.parents):
                return True
    return False


def linkage_notice(pairs: Iterable[LinkedPair]) -> str:
    """What a reader has to know where near loci were taken to be independent."""
    named = ", ".join(f"{pair.one} with {pair.other}" for pair in pairs)
    return (
        f"Near each other on a chromosome, weighed as if they were not: {named}. For siblings and "
        "more distant relatives that changes the LR; --linked (linked=True) weighs them together."
    )
