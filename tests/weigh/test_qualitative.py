"""The qualitative model against its enumerating twin, and against arithmetic by hand."""

from __future__ import annotations

from dataclasses import replace
from math import exp, inf, isclose, log, log10
from random import Random

import numpy as np
import pytest
from scipy.integrate import quad
from tests.twins.qualitative import SeenScene, likelihood
from tests.weigh.scenes import scenes

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import (
    FULL_SIBLINGS,
    Allele,
    AlleleFrequencies,
    Contributor,
    Ending,
    Locus,
    Peak,
    Population,
    Proposition,
    Propositions,
    Reference,
    Replicate,
    Stain,
    genotype,
    proposition,
)
from reopen.weigh.dropout import (
    ALL_LOCI,
    DropoutOfEach,
    choose_number_seen,
    estimated,
    everybody,
    given,
    integrated,
    weigh_seen,
)
from reopen.weigh.qualitative import QualitativeModel, encode_seen

ONE, TWO = Locus("ONE"), Locus("TWO")
TABLE = {Allele(str(n)): f for n, f in zip(range(8, 13), (0.1, 0.2, 0.3, 0.15, 0.25), strict=True)}
FREQUENCIES = AlleleFrequencies("Invented", {ONE: TABLE, TWO: TABLE}, "invented")
HARDY_WEINBERG = Population(FREQUENCIES, 0.0)
SUSPECT = Reference("suspect", {ONE: genotype("8", "9"), TWO: genotype("10", "10")})


def seen(*replicates: dict[Locus, str], id: str = "stain") -> Stain:
    """A stain by allele names alone."""
    return Stain(
        id,
        tuple(
            Replicate(
                f"R{r}", {k: tuple(Peak(Allele(a)) for a in v.split()) for k, v in of.items()}
            )
            for r, of in enumerate(replicates)
        ),
    )


@pytest.mark.parametrize("seed", range(60))
def test_every_locus_is_the_sum_over_all_joint_genotypes(seed: int) -> None:
    """Unknown, known, related and tri-allelic people, replicates, theta: all as the twin says."""
    rng = Random(seed)
    model = QualitativeModel(rng.choice((0.0, 0.05, 0.6)), threshold_rfu=1e-6)
    stained = scenes(seed, most_unknowns=2)
    if not any(r.peaks[k] for r in stained[0].stain.replicates for k in r.peaks):
        with pytest.raises(CannotWeigh, match="no allele"):
            encode_seen(stained[0].stain, stained[0].proposition, stained[0].population, model)
        return
    for scene in stained:
        n = len(scene.proposition.contributors)
        one = rng.random()
        chances = rng.choice(((one,) * n, tuple(rng.random() for _ in range(n)), (0.0,) * n))
        slow = SeenScene(
            scene.stain, scene.locus, scene.proposition, scene.population,
            float(model.dropin_probability), chances,
        )  # fmt: skip
        expected = likelihood(slow)
        ours = encode_seen(scene.stain, scene.proposition, scene.population, model)
        if scene.locus not in ours.loci:
            continue
        ln = ours.ln_by_locus(chances)[scene.locus]
        assert isclose(exp(ln), expected, rel_tol=1e-9, abs_tol=1e-300)


def test_one_person_by_hand() -> None:
    """8 seen, 9 not: the suspect lost one of two copies, without drop-in."""
    stain = seen({ONE: "8", TWO: "10"})
    model = QualitativeModel(dropin_probability=0.1)
    found = encode_seen(stain, proposition(SUSPECT), HARDY_WEINBERG, model).ln_by_locus([0.2])
    assert exp(found[ONE]) == pytest.approx(0.8 * 0.2 * 0.9)
    assert exp(found[TWO]) == pytest.approx((1 - 0.2**2) * 0.9)  # a homozygote has two copies
    unknown = encode_seen(stain, proposition(unknowns=1), HARDY_WEINBERG, model)
    eight = 0.1**2 * (1 - 0.04) + 2 * 0.1 * 0.9 * 0.8 * 0.2
    neither = 0.9**2 * 0.2**2 * (0.1 * 0.1)  # both copies lost, 8 is a drop-in
    assert exp(unknown.ln_by_locus([0.2])[ONE]) == pytest.approx(eight * 0.9 + neither)


def test_nothing_seen_twice_costs_everybody_the_same() -> None:
    """Whoever left it, two copies dropped out of both replicates: the LR is 1."""
    stain = seen({ONE: "", TWO: "10"}, {ONE: "", TWO: "10"})
    sides = Propositions(proposition(SUSPECT), proposition(unknowns=1, non_contributors=(SUSPECT,)))
    ratio = weigh_seen(stain, sides, Population(FREQUENCIES, 0.03), dropout=0.3)
    assert ratio.per_locus[ONE] == pytest.approx(0.0, abs=1e-12)
    assert exp(ratio.numerator.by_locus[ONE]) == pytest.approx(0.3**4 * 0.95**2)


def test_without_drop_out_and_drop_in_it_is_the_match_probability() -> None:
    sides = Propositions(proposition(SUSPECT), proposition(unknowns=1))
    model = QualitativeModel(dropin_probability=0.0)
    ratio = weigh_seen(seen({ONE: "8 9", TWO: "10"}), sides, HARDY_WEINBERG, model, 0.0)
    assert ratio.log10 == pytest.approx(-log10(2 * 0.1 * 0.2 * 0.3**2))
    assert ratio.numerator.ending is Ending.FIXED


def test_six_unknown_people_each_with_a_drop_out_of_his_own() -> None:
    """Equal chances in one group or in six give one number; so do they in any order."""
    stain = seen({ONE: "8 9 10 11"}, {ONE: "8 10 11 12"})
    six = encode_seen(stain, proposition(unknowns=6), HARDY_WEINBERG, QualitativeModel())
    nearly = [0.3 + k * 1e-13 for k in range(6)]
    assert six.ln_likelihood(nearly) == pytest.approx(six.ln_likelihood([0.3] * 6), rel=1e-9)
    spread = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert six.ln_likelihood(spread) == pytest.approx(six.ln_likelihood(spread[::-1]), rel=1e-12)


def test_the_estimate_is_the_highest_point() -> None:
    stain = seen({ONE: "8", TWO: "10 11"}, {ONE: "8 9", TWO: "10"})
    two = encode_seen(stain, proposition(SUSPECT, unknowns=1), HARDY_WEINBERG, QualitativeModel())
    best = estimated(two)
    assert best.ending is Ending.CONVERGED
    values = [two.ln_likelihood(everybody(two, d)) for d in np.linspace(0, 1, 2001)]
    assert best.ln_likelihood >= max(values) - 1e-9
    assert sum(best.by_locus.values()) == pytest.approx(best.ln_likelihood)


def test_the_integral_is_the_mean_over_drop_out() -> None:
    stain = seen({ONE: "8", TWO: "10 11"}, {ONE: "8 9", TWO: "10"})
    two = encode_seen(stain, proposition(SUSPECT, unknowns=1), HARDY_WEINBERG, QualitativeModel())
    mean = quad(lambda d: exp(two.ln_likelihood((d, d))), 0, 1, epsabs=0, epsrel=1e-10)[0]
    found = integrated(two)
    assert found.ln_likelihood == pytest.approx(log(mean), rel=1e-9)
    at_one = quad(lambda d: exp(two.ln_by_locus((d, d))[ONE]), 0, 1, epsabs=0, epsrel=1e-10)[0]
    assert found.by_locus[ONE] == pytest.approx(log(at_one), rel=1e-9)
    assert sum(found.by_locus.values()) == pytest.approx(found.ln_likelihood)
    assert found.by_locus[ALL_LOCI] != 0


def test_an_lr_never_exceeds_one_over_the_match_probability() -> None:
    sides = Propositions(
        proposition(SUSPECT, unknowns=1),
        proposition(unknowns=2, non_contributors=(SUSPECT,)),
    )
    stain = seen({ONE: "8 9 11", TWO: "10 12"})
    for dropout in (0.01, 0.3, "estimate", "integrate"):
        ratio = weigh_seen(stain, sides, HARDY_WEINBERG, None, dropout)  # type: ignore[arg-type]
        assert ratio.log10 < -log10(2 * 0.1 * 0.2 * 0.3**2)
        assert sum(ratio.per_locus.values()) == pytest.approx(ratio.log10)
    assert ratio.by_dropout[0.1] == pytest.approx(
        weigh_seen(stain, sides, HARDY_WEINBERG, None, 0.1).log10
    )


def test_heights_below_the_threshold_are_as_if_not_seen() -> None:
    peaks = (Peak(Allele("8"), 900.0), Peak(Allele("9"), 40.0))
    high = Stain("stain", (Replicate("R0", {ONE: peaks}),))
    low = seen({ONE: "8"})
    one = proposition(unknowns=1)
    ours = [encode_seen(s, one, HARDY_WEINBERG, QualitativeModel()) for s in (high, low)]
    assert ours[0].ln_likelihood([0.2]) == ours[1].ln_likelihood([0.2])


def test_an_exclusion_and_an_impossible_alternative_are_told_apart() -> None:
    """Without drop-out and drop-in: the suspect is excluded; one person cannot leave three."""
    model = QualitativeModel(dropin_probability=0.0)
    sides = Propositions(proposition(SUSPECT), proposition(unknowns=1))
    ratio = weigh_seen(seen({ONE: "8 11", TWO: "10"}), sides, HARDY_WEINBERG, model, 0.0)
    assert ratio.log10 == -inf
    assert ratio.numerator.ending is Ending.UNEXPLAINED
    assert ratio.numerator.remark == "ONE"
    for dropout in (0.0, "estimate", "integrate"):
        with pytest.raises(CannotWeigh, match="cannot come from 1 unknown person: ONE"):
            weigh_seen(
                seen({ONE: "8 9 11", TWO: "10"}), sides, HARDY_WEINBERG, model,
                dropout,  # type: ignore[arg-type]
            )  # fmt: skip


def test_drop_out_is_a_probability_for_each_contributor() -> None:
    stain = seen({ONE: "8 9"})
    one = encode_seen(stain, proposition(unknowns=1), HARDY_WEINBERG, QualitativeModel())
    for chances in ((0.1, 0.1), (), (1.1,), (-0.1,), (float("nan"),)):
        with pytest.raises(InvalidRecord, match="for 1 contributor"):
            given(one, chances)
    sides = Propositions(proposition(SUSPECT), proposition(unknowns=1))
    each = weigh_seen(stain, sides, HARDY_WEINBERG, None, DropoutOfEach((0.1,), (0.2,)))
    assert each.numerator.dropout == (0.1,)
    assert each.denominator.dropout == (0.2,)
    with pytest.raises(InvalidRecord, match="from 0 to below 1"):
        QualitativeModel(dropin_probability=1.0)


def test_what_cannot_be_weighed_is_listed_or_refused() -> None:
    stain = seen({ONE: "8 9", Locus("ELSEWHERE"): "7"})
    one = encode_seen(stain, proposition(unknowns=1), HARDY_WEINBERG, QualitativeModel())
    assert [item.what for item in one.not_weighed] == ["stain ELSEWHERE"]
    assert "no frequencies" in one.not_weighed[0].reason
    with pytest.raises(CannotWeigh, match="no allele"):
        encode_seen(seen({ONE: ""}), proposition(unknowns=1), HARDY_WEINBERG, QualitativeModel())
    with pytest.raises(CannotWeigh, match="7 unknown"):
        encode_seen(stain, proposition(unknowns=7), HARDY_WEINBERG, QualitativeModel())


def test_a_sibling_of_the_suspect_is_harder_to_tell_from_him() -> None:
    sibling = Proposition((Contributor(relation=FULL_SIBLINGS, related_to=SUSPECT),))
    stain = seen({ONE: "8 9", TWO: "10"})
    strangers = Propositions(proposition(SUSPECT), proposition(unknowns=1))
    model = QualitativeModel(dropin_probability=0.0)
    kin = replace(strangers, denominator=sibling)
    lr = 10 ** weigh_seen(stain, kin, HARDY_WEINBERG, model, 0.0).log10
    # P(sibling has the same genotype): (1 + p + q + 2pq) / 4, and (1 + p)^2 / 4
    assert lr == pytest.approx(1 / ((1 + 0.1 + 0.2 + 2 * 0.02) / 4 * (1 + 0.3) ** 2 / 4))
    assert lr < 10 ** weigh_seen(stain, strangers, HARDY_WEINBERG, model, 0.0).log10


def test_the_number_of_contributors_is_the_one_that_explains_most() -> None:
    one_person = seen(*[{ONE: "8 9", TWO: "10"}] * 3)
    found = choose_number_seen(one_person, HARDY_WEINBERG, QualitativeModel())
    assert found.chosen == 1
    assert not found.given
    three = seen(*[{ONE: "8 9 10 11 12", TWO: "8 9 10 11 12"}] * 3)
    assert choose_number_seen(three, HARDY_WEINBERG, QualitativeModel()).chosen >= 3
    assert choose_number_seen(three, HARDY_WEINBERG, QualitativeModel(), number=2).chosen == 2
