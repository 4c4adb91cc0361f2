"""Two people of whom one is related to the other, over every genotype of the other at once.

Alleles identical by descent are drawn once, all others from the urn of Balding and Nichols (1994).
With v(g) the likelihood of one person's genotype g, each function gives a sum over g for every
genotype h of the other person; a million profiles are then summed look-ups (`add_up`). Not for:
whole pedigrees (`peeling`). Twin: tests/twins/kin.py.
"""

from __future__ import annotations

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.genotypes import pairs, square
from reopen.kernels.shapes import Floats, Numbers

_BLOCK = 2048  # people whose sums stay in the nearest cache


def one_allele_shared(likelihood: Floats, frequency: Floats, theta: float) -> Floats:
    """sum_g v(g) P(g | h, one allele identical by descent); (person, genotype) of the other.

    likelihood  (person, genotype); frequency  (allele,), sums to 1
    One allele s of h = {a, b} is handed on, each with 1/2; the other is drawn after a and b.
    """
    return _after_a_parent(square(likelihood, len(frequency)), frequency, theta)


def child_of_each(
    likelihood: Floats, frequency: Floats, theta: float, handed: Floats, other: Floats
) -> Floats:
    """sum_g v(g) P(child g | parent h), with mutation; (person, genotype) of the parent.

    handed  (allele, allele) mutation of the parent h: row parental, column the child's
    other   the same of the child's other parent, untyped and of the same population
    """
    v = square(likelihood, len(frequency))
    return _after_a_parent(handed @ v @ other.T, frequency, theta)


def _after_a_parent(v: Floats, frequency: Floats, theta: float) -> Floats:
    """v  (person, allele, allele): value of handing on the row's allele, the column's beside it."""
    a, b = pairs(len(frequency))
    plain = (1 - theta) * (v @ frequency)
    seen = v[:, a, a] + v[:, a, b] + v[:, b, a] + v[:, b, b]
    return np.asarray((plain[:, a] + plain[:, b] + theta * seen) / (2 * (1 + theta)))


def parent_of_each(
    likelihood: Floats,
    frequency: Floats,
    theta: float,
    handed: Floats,
    other: Floats,
) -> Floats:
    """sum_g v(g) P(parent g) P(child h | parent g), with mutation; (person, genotype) of the child.

    Not divided by P(h): where mutation changes frequencies, a child's are not a founder's.
    """
    a, b = pairs(len(frequency))
    p = frequency
    urn = (1 - theta) * np.outer(p, p) + theta * np.diag(p)  # P of the parent's ordered pair
    w = square(likelihood, len(p)) * urn
    carries = w.sum(axis=-1)  # (person, allele) of the parent, ordered
    drawn = (1 - theta) * (carries @ handed)[..., None] * (p @ other)
    again = handed.T @ (w + carries[..., None] * np.eye(len(p))) @ other
    child = (drawn + theta * again) / (1 + theta)  # allele of this parent, of the other one
    return np.asarray(np.where(a == b, child[:, a, b], child[:, a, b] + child[:, b, a]))


@kernel
def add_up(numbers: Numbers, tables: Floats, total: Floats) -> None:
    """Add each person's table values over loci, in the order of the loci, to `total` (person,).

    numbers  (locus, person) genotype numbers; every one is a place in the locus's row
    tables   (locus, genotype), rows padded to one length
    """
    loci, people = numbers.shape
    for start in range(0, people, _BLOCK):
        stop = min(start + _BLOCK, people)
        locus = 0
        while locus + 4 <= loci:
            one, two = tables[locus], tables[locus + 1]
            three, four = tables[locus + 2], tables[locus + 3]
            first, second = numbers[locus], numbers[locus + 1]
            third, fourth = numbers[locus + 2], numbers[locus + 3]
            for k in range(start, stop):
                total[k] += (one[first[k]] + two[second[k]]) + (three[third[k]] + four[fourth[k]])
            locus += 4
        while locus < loci:
            one, first = tables[locus], numbers[locus]
            for k in range(start, stop):
                total[k] += one[first[k]]
            locus += 1
