"""The one comparison: two sets of genotype likelihoods under "the same person" against "unrelated".

At a locus, LR = [sum_g v(g) w(g) P(g)] / [sum_gh v(g) w(h) P(g) P(h | g; theta)]. Over many people
it is a matrix product. Twin: tests/twins/compare.py.
"""

from __future__ import annotations

import numpy as np

from reopen.kernels.genotypes import pairs, square
from reopen.kernels.shapes import Floats


def unrelated_given_each(
    likelihood: Floats, frequency: Floats, theta: float, people: int = 1
) -> Floats:
    """sum_h v(h) P(h | g; theta) for every genotype g of an unrelated, typed person.

    likelihood  (person, genotype)
    frequency   (allele,), sums to 1
    people      n typed people, who all have g
    Returns (person, genotype). Closed form: with V the symmetric matrix of v, and
    w = (1 - theta) p + n theta (e_a + e_b) for g = {a, b},
    (w' V w + theta sum_c V_cc w_c) / ((1 + (2 n - 1) theta) (1 + 2 n theta)).
    Source: Balding and Nichols 1994, the two draws after two alleles seen.
    """
    v = square(likelihood, len(frequency))
    p = (1 - theta) * frequency
    a, b = pairs(len(frequency))
    vp = v @ p
    diagonal = np.einsum("...cc->...c", v)
    seen = people * theta
    plain = np.einsum("...c,c->...", vp, p) + theta * (diagonal @ p)
    linear = 2 * (vp[..., a] + vp[..., b]) + theta * (diagonal[..., a] + diagonal[..., b])
    quadratic = diagonal[..., a] + diagonal[..., b] + 2 * v[..., a, b]
    total = plain[..., None] + seen * linear + seen**2 * quadratic
    below = (1 + (2 * people - 1) * theta) * (1 + 2 * people * theta)
    return np.asarray(total / below)


def same_person_lr(one: Floats, other: Floats, other_unrelated: Floats, prior: Floats) -> Floats:
    """LR of every pair; (person, genotype) twice -> (person, person).

    other_unrelated  `unrelated_given_each` of the second set
    prior            (genotype,) P(g)
    """
    weighted = one * prior
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weighted @ other.T) / (weighted @ other_unrelated.T))
