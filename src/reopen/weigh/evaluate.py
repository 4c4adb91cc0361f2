"""The evaluative likelihood ratio: both propositions fitted, with the terms and how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from math import log

from reopen import __version__
from reopen.errors import CannotWeigh
from reopen.records import (
    Ending,
    Kit,
    LikelihoodRatio,
    Locus,
    Population,
    Proposition,
    Propositions,
    Run,
    Stain,
)
from reopen.weigh.encode import encode
from reopen.weigh.fit import FitOptions, fit
from reopen.weigh.hashes import (
    hash_of_frequencies,
    hash_of_kit,
    hash_of_reference,
    hash_of_stain,
)
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel
from reopen.weigh.named_settings import named_settings, plain_setting
from reopen.weigh.number import Fitted

MODEL = "gamma peak heights 1"


def fit_proposition(
    stain: Stain,
    proposition: Proposition,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    options: FitOptions | None = None,
) -> Fitted:
    """Fit a stain under a proposition."""
    likelihood = MixtureLikelihood(encode(stain, proposition, population, kit, model))
    _check_typed(proposition, likelihood.encoded.loci, stain)
    parameters, record = fit(likelihood, model, options)
    return Fitted(likelihood, parameters, record)


def fit_both(
    stain: Stain,
    propositions: Propositions,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    options: FitOptions | None = None,
) -> tuple[Fitted, Fitted]:
    """Fit a stain under both propositions.

    Raises CannotWeigh where the denominator cannot produce the peaks, or where the two can be
    weighed at different loci only.
    """
    first = fit_proposition(stain, propositions.numerator, population, kit, model, options)
    second = fit_proposition(stain, propositions.denominator, population, kit, model, options)
    if second.fit.ending is Ending.UNEXPLAINED:
        raise CannotWeigh(
            f"Stain {stain.id!r} cannot come from {propositions.denominator}: {second.fit.remark}.",
            rule="The denominator must be able to produce the peaks.",
            way_on="Allow drop-in, or another contributor.",
            where=stain.where,
        )
    if first.fit.by_locus.keys() != second.fit.by_locus.keys():
        raise CannotWeigh(
            f"The propositions about stain {stain.id!r} can be weighed at different loci only.",
            rule="Both likelihoods are of the same peaks.",
            way_on="Leave out the loci that are listed as not weighed for one of them.",
        )
    return first, second


def _check_typed(proposition: Proposition, loci: tuple[Locus, ...], stain: Stain) -> None:
    """Refuse a known contributor about whom the stain's loci say nothing: as good as unknown."""
    for person in proposition.known:
        if not any(locus in person.genotypes for locus in loci):
            raise CannotWeigh(
                f"{person.id} was typed at no locus at which stain {stain.id!r} can be weighed.",
                rule="A person is weighed by the loci that both have.",
                way_on="Check the names of the loci, and that the profile is of this person.",
            )


def weigh(
    stain: Stain,
    propositions: Propositions,
    population: Population,
    kit: Kit | None,
    model: PeakModel | None = None,
    options: FitOptions | None = None,
) -> LikelihoodRatio:
    """log10 of P(peak heights | numerator) / P(peak heights | denominator), each at its maximum.

    Minus infinity where only the numerator cannot produce the peaks: an exclusion. Raises
    CannotWeigh where the denominator cannot: then nothing is explained, and there is no LR.
    Source: Bleka, Storvik and Gill 2016, equation of the maximum-likelihood LR.
    """
    model = model or PeakModel()
    first, second = fit_both(stain, propositions, population, kit, model, options)
    per_locus = {
        locus: (first.fit.by_locus[locus] - second.fit.by_locus[locus]) / log(10)
        for locus in first.fit.by_locus
    }
    return LikelihoodRatio(
        log10=sum(per_locus.values()),
        per_locus=per_locus,
        propositions=propositions,
        numerator=first.fit,
        denominator=second.fit,
        run=weighing_run(stain, propositions, population, kit, model, options),
        not_weighed=second.likelihood.encoded.not_weighed,
    )


def weighing_run(
    stain: Stain,
    propositions: Propositions,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    options: FitOptions | None = None,
) -> Run:
    """How an evaluative LR was made."""
    people = {
        person.id: person
        for side in (propositions.numerator, propositions.denominator)
        for person in side.typed
    }
    return Run(
        program=f"reopen {__version__}",
        model=MODEL,
        parameters={
            "numerator": _in_full(propositions.numerator),
            "denominator": _in_full(propositions.denominator),
            **{f"fit_{k}": v for k, v in asdict(options or FitOptions()).items()},
            **model_parameters(population, kit, model),
        },
        inputs={
            f"stain {stain.id}": hash_of_stain(stain),
            **{f"reference {name}": hash_of_reference(p) for name, p in people.items()},
            f"population {population.name}": hash_of_frequencies(population),
            **({f"kit {kit.name}": hash_of_kit(kit)} if kit else {}),
        },
    )


def _in_full(side: Proposition) -> str:
    """A proposition with the typed people said not to have contributed."""
    others = ", ".join(person.id for person in side.non_contributors)
    return f"{side}; typed, not contributors: {others}" if others else str(side)


def model_parameters(
    population: Population, kit: Kit | None, model: PeakModel
) -> dict[str, str | float | int | bool | None]:
    """Every setting that a weighing depends on, by name; settings by locus as canonical JSON."""

    def plain(value: object) -> str | float | int | bool | None:
        if isinstance(value, Mapping):
            return json.dumps(plain_setting(value), sort_keys=True)
        if value is None or isinstance(value, str | float | int | bool):
            return value
        return str(value)

    settings = {name: plain(value) for name, value in named_settings(model).items()}
    return {
        **settings,
        "population": population.name,
        "theta": plain(population.theta),
        "minimum_frequency": population.floor,
        "rescale": population.rescale,
        "kit": kit.name if kit else None,
    }


def expected_heights(
    fitted: Fitted, doses: Mapping[int, Mapping[Locus, Mapping[str, float]]]
) -> dict[tuple[Locus, str], float]:
    """Expected height of every peak of the fitted model, RFU.

    doses  place of each unknown contributor (from 0) -> locus -> allele -> expected copies, as
           `expected_doses` gives them; "rest" is left out of the picture
    Heights are linear in doses, so expected doses give the posterior mean.
    """
    encoded = fitted.likelihood.encoded
    shapes = fitted.likelihood.shapes(fitted.parameters)
    found: dict[tuple[Locus, str], float] = {}
    for i, marker_index in enumerate(encoded.marker_of):
        marker = encoded.markers[int(marker_index)]
        start = int(encoded.sums.first_position[i])
        labels = marker.chains.labels
        drawers = [
            int(row.argmax()) for row in encoded.layout.carries[i, : encoded.sums.n_drawers[i]]
        ]
        for k, label in enumerate(labels):
            if label is None:
                continue
            p = start + k
            shape = float(shapes.known[p])
            for j, place in enumerate(drawers):
                copies = doses.get(place, {}).get(marker.locus, {})
                for slot, q in enumerate(encoded.layout.sources[p]):
                    if q >= 0:
                        dose = copies.get(str(labels[q - start]), 0.0)
                        shape += float(shapes.weight[i, j] * shapes.slope[p, slot]) * dose
            found[marker.locus, label] = shape * shapes.scale
    return found
