"""Hashes of what goes into a number, so that it can be told whether it was the same.

Not here: anything that computes; a program may hash profiles without loading the kernels.
"""

from __future__ import annotations

import hashlib
import json

from reopen.records import Kit, Population, Reference, Stain


def hash_of_stain(stain: Stain) -> str:
    """SHA-256 of the stain's peaks in canonical form."""
    return _hash(
        [
            [
                r.name,
                {locus: [[p.allele, p.height_rfu] for p in ps] for locus, ps in r.peaks.items()},
            ]
            for r in stain.replicates
        ]
    )


def hash_of_reference(reference: Reference) -> str:
    """SHA-256 of a profile's genotypes in canonical form."""
    return _hash({locus: list(g.alleles) for locus, g in reference.genotypes.items()})


def hash_of_frequencies(population: Population) -> str:
    """SHA-256 of a population's frequencies in canonical form."""
    return _hash({locus: dict(t) for locus, t in population.frequencies.by_locus.items()})


def hash_of_kit(kit: Kit) -> str:
    """SHA-256 of a kit's markers and fragment sizes, in the kit's order."""
    return _hash([[m.locus, m.dye, list(m.sizes_bp.items())] for m in kit.markers])


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
