"""Several kits together: against the enumerating twin, against replicates, and the gradient."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isclose

import numpy as np
import pytest
from tests.twins.mixture import Scene
from tests.twins.together import ln_together
from tests.weigh.scenes import KIT, LOCI, scenes

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import Kit, Marker, Stain
from reopen.weigh.encode import encode
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters
from reopen.weigh.together import TogetherLikelihood, TypedStain, encode_together

OTHER = Kit(
    "Other kit",
    tuple(
        Marker(m.locus, "red", {a: 420.0 - size for a, size in m.sizes_bp.items()})
        for m in KIT.markers
    ),
    source="invented",
)


def one_peak(scene: Scene) -> Scene:
    conventions = replace(scene.model.conventions, unseen_alleles="one peak")
    return replace(scene, model=replace(scene.model, conventions=conventions))


def two_kits(seed: int) -> tuple[list[Scene], list[Scene]] | None:
    """A stain typed in one kit, and other peaks of it in another; the second kit lacks a locus."""
    first = [one_peak(scene) for scene in scenes(seed, most_unknowns=2)]
    second = scenes(seed + 5000)
    if not all(any(r.peaks[k] for r in s[0].stain.replicates for k in r.peaks)
               for s in (first, second)):  # fmt: skip
        return None
    here = first[0]
    typed = [replace(r, name=f"other {r.name}", peaks={k: r.peaks[k] for k in LOCI[:2]})
             for r in second[0].stain.replicates]  # fmt: skip
    stain = Stain("other", tuple(typed))
    parameters = replace(
        here.parameters, height_rfu=here.parameters.height_rfu * 1.7, variability=0.41,
        degradation=0.8 if here.model.degradation else 1.0,
        back_stutter=here.parameters.back_stutter * 0.6,
    )  # fmt: skip
    others = [
        replace(scene, stain=stain, kit=OTHER, parameters=parameters)
        for scene in first
        if scene.locus in LOCI[:2]
    ]
    return first, others


def likelihood_of(pair: tuple[list[Scene], list[Scene]]) -> TogetherLikelihood:
    typed = [TypedStain(s[0].stain, s[0].kit, s[0].model) for s in pair]
    return encode_together(typed, pair[0][0].proposition, pair[0][0].population)


def close(one: float, other: float) -> bool:
    return one == other or isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("start", range(0, 60, 10))
def test_the_likelihood_is_the_sum_over_all_genotypes(start: int) -> None:
    compared = both = 0
    for seed in range(start, start + 10):
        if (pair := two_kits(seed)) is None:
            continue
        try:
            together = likelihood_of(pair)
        except CannotWeigh:
            continue
        found = together.ln_by_locus([s[0].parameters for s in pair])
        for k, scene in enumerate(pair[0]):
            if scene.locus not in found:
                continue
            weighed = [  # a kit may show all alleles listed, and none be left for a known person
                side[k]
                for side, kit in zip(pair, together.groups, strict=True)
                if scene.locus in kit.encoded.loci
            ]
            expected = ln_together(weighed)
            both += len(weighed) == 2
            assert close(found[scene.locus], expected), (seed, scene.locus)
            compared += 1
    assert compared > 15
    assert both > 8


@pytest.mark.parametrize("seed", range(30))
def test_two_equal_kits_are_two_replicates(seed: int) -> None:
    """One law of heights in both: the same number as replicates of one stain."""
    scene = one_peak(scenes(seed)[0])
    peaks = scene.stain.replicates[0].peaks
    if not any(peaks.values()):
        return
    again = replace(
        scene.stain.replicates[0],
        name="again",
        peaks={
            k: tuple(replace(p, height_rfu=1.3 * p.height_rfu) for p in v) for k, v in peaks.items()
        },
    )
    stains = [Stain("s", (r,)) for r in (scene.stain.replicates[0], again)]
    both = Stain("s", (scene.stain.replicates[0], again))
    model = replace(scene.model, filters=replace(scene.model.filters, back=0.0, forward=0.0))
    kits = (KIT, replace(KIT, name="the same"))
    typed = [TypedStain(s, kit, model) for s, kit in zip(stains, kits, strict=True)]
    try:
        one = encode(both, scene.proposition, scene.population, KIT, model)
    except CannotWeigh:
        with pytest.raises(CannotWeigh):
            encode_together(typed, scene.proposition, scene.population)
        return
    together = encode_together(typed, scene.proposition, scene.population)
    expected = dict(
        zip(one.loci, MixtureLikelihood(one).ln_by_locus(scene.parameters), strict=True)
    )
    found = together.ln_by_locus([scene.parameters] * 2)
    assert found.keys() == expected.keys()
    assert all(close(found[k], expected[k]) for k in found)


@pytest.mark.parametrize("seed", range(12))
def test_the_gradient_is_the_slope(seed: int) -> None:
    pair = two_kits(seed)
    if pair is None or seed == 3:  # a kit without a peak
        return
    together = likelihood_of(pair)
    of = [s[0].parameters for s in pair]
    value, gradients = together.with_gradient(of)
    assert close(value, together.ln_likelihood(of))
    if value == -inf:
        return

    def slope(name: str, group: int, h: float = 1e-5) -> float:
        moved = []
        for sign in (1, -1):
            changed = list(of)
            logged = getattr(of[group], name) * np.exp(sign * h)
            changed[group] = replace(of[group], **{name: float(logged)})
            moved.append(together.ln_likelihood(changed))
        return (moved[0] - moved[1]) / (2 * h)

    for group, gradient in enumerate(gradients):
        assert isclose(gradient.ln_height, slope("height_rfu", group), rel_tol=1e-4, abs_tol=1e-4)
        numeric = slope("variability", group)
        assert isclose(gradient.ln_variability, numeric, rel_tol=1e-4, abs_tol=1e-4)
        if pair[0][0].model.stutter.back:
            analytic = gradient.stutter["back"] * of[group].back_stutter
            assert isclose(analytic, slope("back_stutter", group), rel_tol=1e-4, abs_tol=1e-4)
    shares = np.array(of[0].proportions)
    if len(shares) > 1:
        h, direction = 1e-6, np.zeros(len(shares))
        direction[:2] = 1, -1

        def at(by: float) -> float:
            moved = tuple((shares + by * direction).tolist())
            return together.ln_likelihood([replace(p, proportions=moved) for p in of])

        numeric = (at(h) - at(-h)) / (2 * h)
        analytic = sum(float(g.proportions @ direction) for g in gradients)
        assert isclose(analytic, numeric, rel_tol=1e-3, abs_tol=1e-3)


def refused(first: TypedStain, *others: TypedStain) -> str:
    scene = scenes(3)[0]
    with pytest.raises(CannotWeigh) as told:
        encode_together((first, *others), scene.proposition, scene.population)
    return str(told.value)


def test_what_is_refused() -> None:
    scene = one_peak(scenes(3)[0])
    one = TypedStain(scene.stain, KIT, scene.model)
    assert "Two or more kits" in refused(one)
    assert "replicates of one stain" in refused(one, one)
    other = scene.model.stutter
    changed = replace(scene.model, stutter=replace(other, back=not other.back, forward=False))
    assert "different kinds of stutter" in refused(one, TypedStain(scene.stain, OTHER, changed))


def test_all_kits_have_one_set_of_proportions() -> None:
    pair = next(found for seed in range(20) if (found := two_kits(seed)))
    together = likelihood_of(pair)
    one = PeakParameters((1.0,), 500.0, 0.3)
    with pytest.raises(InvalidRecord, match="same proportions"):
        together.ln_likelihood([one])
