"""Stains of one mixture typed in different kits, weighed together.

The contributors, their genotypes and their proportions are the same in every kit; height,
variability, degradation and stutter are each kit's own. Loci that several kits type are summed
over once, over all their peaks. Replicates of one kit are one stain with replicates.

Not here: the climb and the LR (`together_lr`).

Model: Bleka, Prieto and Gill 2022, Forensic Sci. Int. Genet. 61, 102760 (EFMrep).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.kernels.linear import chain_rule
from reopen.kernels.shapes import Floats, Sums
from reopen.kernels.together import (
    ln_all_factors,
    moments_of,
    posterior_of_factors,
    value_of_factors,
    without_prior,
)
from reopen.records import Allele, Kit, Locus, NotWeighed, Population, Proposition, Stain
from reopen.weigh.encode import EncodedMixture, encode
from reopen.weigh.mixture import Gradient, MixtureLikelihood, plain_parameters
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.stutter import STUTTER_KINDS


@dataclass(frozen=True, slots=True)
class TypedStain:
    """A stain with the kit it was typed in, and the model of that kit's peaks."""

    stain: Stain
    kit: Kit | None
    model: PeakModel

    @property
    def name(self) -> str:
        return self.kit.name if self.kit else f"stain {self.stain.id}"


class Part(NamedTuple):
    """A sum of a locus: (group, number of the sum there) of every kit that types it, and the
    sweep's arrays, those of the first kit with all kits' replicates."""

    of: tuple[tuple[int, int], ...]
    sweep: Sums


@dataclass(frozen=True, slots=True)
class TogetherLikelihood:
    """ln P(peak heights of all kits | parameters of each, proposition), exact.

    groups  one likelihood for each kit, all over the same alleles
    loci    locus -> its sums; several where a relation by descent splits it
    """

    groups: tuple[MixtureLikelihood, ...]
    loci: Mapping[Locus, tuple[Part, ...]]
    not_weighed: tuple[NotWeighed, ...]

    @property
    def proposition(self) -> Proposition:
        return self.groups[0].encoded.proposition

    def ln_by_locus(self, parameters: Sequence[PeakParameters]) -> dict[Locus, float]:
        """Natural log of each locus's likelihood. parameters: of each kit, with one set of
        proportions. Raises InvalidRecord for proportions that differ."""
        factors = self._factors(parameters)
        found = {}
        for locus, parts in self.loci.items():
            values = [
                value_of_factors(part.sweep, part.of[0][1], self._joint(factors, part))
                + self._ln_constant(part)
                for part in parts
            ]
            found[locus] = float(np.logaddexp.reduce(values))
        return found

    def ln_likelihood(self, parameters: Sequence[PeakParameters]) -> float:
        """Natural log of the likelihood over all loci; -inf where a peak cannot be explained."""
        return sum(self.ln_by_locus(parameters).values())

    def with_gradient(
        self, parameters: Sequence[PeakParameters]
    ) -> tuple[float, tuple[Gradient, ...]]:
        """Log-likelihood, and its gradient in each kit's parameters; the proportions' own is the
        sum of all kits'. Twin: finite differences, in tests/weigh."""
        factors = self._factors(parameters)
        posterior = [np.zeros(len(g.encoded.sums.prior)) for g in self.groups]
        share = [np.zeros(len(g.encoded.ln_constant)) for g in self.groups]
        total = 0.0
        for parts in self.loci.values():
            found = [
                posterior_of_factors(part.sweep, part.of[0][1], self._joint(factors, part))
                for part in parts
            ]
            values = [v + self._ln_constant(p) for (v, _), p in zip(found, parts, strict=True)]
            value = float(np.logaddexp.reduce(values))
            total += value
            for part, ln, (_, doses) in zip(parts, values, found, strict=True):
                for group, i in part.of:
                    share[group][i] = np.exp(ln - value) if np.isfinite(value) else 0.0
                    posterior[group][self._at(group, i)] = doses
        if not np.isfinite(total):
            return -np.inf, ()
        gradients = tuple(
            _gradient(group, of, doses, part)
            for group, of, doses, part in zip(
                self.groups, parameters, posterior, share, strict=True
            )
        )
        return total, gradients

    def _factors(self, parameters: Sequence[PeakParameters]) -> list[Floats]:
        """ln factors of each kit, flat over its sums."""
        if len({p.proportions for p in parameters}) != 1 or len(parameters) != len(self.groups):
            raise InvalidRecord(
                f"{len(parameters)} sets of parameters for {len(self.groups)} kits.",
                rule="Each kit has parameters of its own, and all have the same proportions.",
                way_on="Give one for each kit, in their order.",
            )
        return [
            ln_all_factors(group.encoded.sums, group.shapes(of))
            for group, of in zip(self.groups, parameters, strict=True)
        ]

    def _joint(self, factors: Sequence[Floats], part: Part) -> Floats:
        """ln factors of one sum, of all kits together, with the genotypes' prior once."""
        (first, i), *others = part.of
        joint = factors[first][self._at(first, i)].copy()
        for group, j in others:
            sums = self.groups[group].encoded.sums
            joint += without_prior(sums, factors[group])[self._at(group, j)]
        return joint

    def _at(self, group: int, i: int) -> slice:
        """Where the joint doses of a sum lie in its kit's flat arrays."""
        sums = self.groups[group].encoded.sums
        start, end = sums.first_position[i], sums.first_position[i + 1]
        return slice(int(sums.first_joint[start]), int(sums.first_joint[end]))

    def _ln_constant(self, part: Part) -> float:
        group, i = part.of[0]
        return float(self.groups[group].encoded.ln_constant[i])


def _gradient(
    group: MixtureLikelihood, of: PeakParameters, posterior: Floats, share: Floats
) -> Gradient:
    """One kit's part of the gradient, under the posterior that all kits made."""
    shapes = group.shapes(of)
    moments = moments_of(group.encoded.sums, shapes, posterior)
    in_proportions, in_stutter, in_scale, in_shapes, in_degradation = chain_rule(
        group.encoded.layout, plain_parameters(of), shapes, moments, share
    )
    return Gradient(
        proportions=in_proportions,
        ln_height=in_scale,
        ln_variability=2 * in_scale - 2 * in_shapes,
        ln_degradation=in_degradation,
        stutter=dict(zip(STUTTER_KINDS, map(float, in_stutter[1:]), strict=True)),
    )


def encode_together(
    stains: Sequence[TypedStain], proposition: Proposition, population: Population
) -> TogetherLikelihood:
    """Stains of several kits under one proposition.

    Raises CannotWeigh for fewer than two stains, models whose kinds of stutter differ, and what
    `encode` refuses of one of them. A locus that one kit cannot weigh is listed, and weighed with
    the others. All unseen alleles count as one, in every kit.
    """
    if len(stains) < 2 or len({typed.name for typed in stains}) < len(stains):
        raise CannotWeigh(
            f"Stains of {', '.join(typed.name for typed in stains) or 'no kit'} together.",
            rule="Two or more kits are weighed together, each once.",
            way_on="Make amplifications of one kit replicates of one stain.",
        )
    if len({typed.model.stutter.kinds for typed in stains}) > 1:
        raise CannotWeigh(
            "Kits whose models have different kinds of stutter.",
            rule="Weighed together, all kits have the same kinds, each with its own shares.",
            way_on="Switch the same kinds on for every kit.",
        )
    alone = [_encode(typed, proposition, population, {}) for typed in stains]
    alleles: dict[Locus, set[Allele]] = {}
    for encoded in alone:
        for marker in encoded.markers:
            alleles.setdefault(marker.locus, set()).update(marker.alleles)
    groups = [_encode(typed, proposition, population, alleles) for typed in stains]
    loci = list(dict.fromkeys(locus for encoded in groups for locus in encoded.loci))
    for locus in loci:
        _check_places(locus, groups)
    return TogetherLikelihood(
        tuple(MixtureLikelihood(encoded) for encoded in groups),
        {locus: _parts(locus, groups) for locus in loci},
        tuple(item for encoded in groups for item in encoded.not_weighed),
    )


def _encode(
    typed: TypedStain,
    proposition: Proposition,
    population: Population,
    also: Mapping[Locus, set[Allele]],
) -> EncodedMixture:
    conventions = replace(typed.model.conventions, unseen_alleles="one peak")
    model = replace(typed.model, conventions=conventions)
    return encode(typed.stain, proposition, population, typed.kit, model, also)


def _check_places(locus: Locus, groups: Sequence[EncodedMixture]) -> None:
    """Stutter that is learnt by allele may reach other places in another kit."""
    places = {m.chains.labels for e in groups for m in e.markers if m.locus == locus}
    if len(places) > 1:
        raise CannotWeigh(
            f"At {locus} stutter reaches other places in one kit than in another.",
            rule="Weighed together, the same alleles stutter in all kits.",
            way_on="Give stutter rates for the same alleles of every kit, or for none.",
        )


def _parts(locus: Locus, groups: Sequence[EncodedMixture]) -> tuple[Part, ...]:
    """The sums of a locus, each with its number in every kit that types it."""
    numbers = []
    for group, encoded in enumerate(groups):
        if locus in encoded.loci:
            mine = np.flatnonzero(encoded.marker_of == encoded.loci.index(locus))
            numbers.append([(group, int(i)) for i in mine])
    return tuple(
        Part(of, _sweep([(groups[group].sums, i) for group, i in of]))
        for of in zip(*numbers, strict=True)
    )


def _sweep(sums: Sequence[tuple[Sums, int]]) -> Sums:
    """The first kit's arrays, in which sum i knows the replicates and peaks of all kits.

    Subsets of replicates without drop-in: each of one kit with each of another.
    """
    first, i = sums[0]
    start, end = first.first_position[i], first.first_position[i + 1]
    seen, mask = first.n_seen.copy(), first.seen_mask.copy()
    seen[start:end], mask[start:end] = 0, 0
    masks, weights = np.zeros(1, dtype=np.int64), np.ones(1)
    shift = 0
    for one, j in sums:
        here = slice(one.first_position[j], one.first_position[j + 1])
        subsets = slice(one.first_subset[j], one.first_subset[j + 1])
        seen[start:end] += one.n_seen[here]
        mask[start:end] += one.seen_mask[here] << shift
        masks = (masks[:, None] + (one.subset_mask[subsets] << shift)[None]).ravel()
        weights = (weights[:, None] * one.subset_weight[subsets][None]).ravel()
        shift += int(one.seen_mask[here].max(initial=0)).bit_length()
    first_subset = np.zeros_like(first.first_subset)
    first_subset[i + 1 :] = len(masks)
    return first._replace(
        n_seen=seen, seen_mask=mask, first_subset=first_subset, subset_mask=masks,
        subset_weight=weights,
    )  # fmt: skip
