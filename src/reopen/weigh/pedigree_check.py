"""Is a family what its pedigree says? Checked before anybody is identified with its help.

Every two typed members against their stated relation; loci that need a mutation; one sample under
two names; and what explains these better, if anything. With several hypotheses, what all of them
say is checked. Not for: the missing (`families`), the picture (`report.triangle`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from reopen.records import KinshipModel, NotWeighed, Pedigree, Population, Reference
from reopen.weigh.kappa import SIMULATED
from reopen.weigh.kinship import PedigreeWeigher, alleles_met
from reopen.weigh.pedigree_explanations import Cause, Explanation, explanations
from reopen.weigh.pedigree_pairs import PairCheck, check_pairs, far_apart, relation_stated

__all__ = [
    "Cause", "Explanation", "MendelianError", "PairCheck", "PedigreeCheck", "check_hypotheses",
    "check_pedigree", "relation_stated",
]  # fmt: skip

_CLEARLY_BETTER = 2.0  # log10 LR from which another explanation is called better
_BETTER_UNASKED = 3.0  # the same where no pair is doubtful and no locus needs a mutation
_UNUSUAL = 0.05  # p-value of a pair from which other explanations are looked for,
_UNUSUAL_OF_ALL = 0.3  # and that times the number of pairs
_NEARLY_AS_WELL = 1.0
_MOST_NAMED = 3  # explanations beside the best, loci told with their genotypes


@dataclass(frozen=True, slots=True)
class MendelianError:
    """A locus at which the pedigree excludes the genotypes unless something mutated.

    people  typed members without any one of whom the others fit
    """

    locus: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PedigreeCheck:
    """What typed people say about how they are stated to be related.

    explanations  only where something does not fit; best first
    findings      sentences for a reader, those that matter most first; empty where everything fits
    """

    pairs: tuple[PairCheck, ...]
    errors: tuple[MendelianError, ...]
    explanations: tuple[Explanation, ...]
    findings: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]

    @property
    def in_doubt(self) -> bool:
        """More is wrong than a mutation or two."""
        return (
            any(pair.doubtful or pair.duplicate for pair in self.pairs)
            or (bool(self.errors) and not self.explanations)
            or any(one.log10 >= _CLEARLY_BETTER for one in self.explanations)
        )


def check_pedigree(
    pedigree: Pedigree,
    profiles: Mapping[str, Reference],
    population: Population,
    model: KinshipModel,
    *,
    simulated: int = SIMULATED,
    seed: int = 1,
) -> PedigreeCheck:
    """Check a pedigree against the profiles of its typed members.

    profiles   member -> profile
    simulated  pairs drawn for each p-value; more where there are many pairs

    Raises CannotWeigh as `weigh.kinship.pedigree_likelihood` does.
    """
    return check_hypotheses({"": pedigree}, profiles, population, model, simulated, seed)


def check_hypotheses(
    hypotheses: Mapping[str, Pedigree],
    profiles: Mapping[str, Reference],
    population: Population,
    model: KinshipModel,
    simulated: int = SIMULATED,
    seed: int = 1,
) -> PedigreeCheck:
    """Check what several hypotheses have in common: a finding holds under every one of them.

    A pair is doubtful, and a locus needs a mutation, only if that is so whichever hypothesis is
    true. Mutations and explanations are weighed with theta 0; pairs and explanations at loci that
    are handed on nearly independently of each other. Raises CannotWeigh as
    `weigh.kinship.pedigree_likelihood` does.
    """
    without_theta = replace(population, theta=0.0)
    apart = {id: far_apart(profile, model) for id, profile in profiles.items()}
    model = replace(model, positions={})
    met = alleles_met(profiles)
    weighers = {
        name: PedigreeWeigher(pedigree, without_theta, model, met=met)
        for name, pedigree in hypotheses.items()
    }
    weighed = {name: weigher.likelihood(apart) for name, weigher in weighers.items()}
    best = max(weighed, key=lambda name: weighed[name][0].ln)
    pairs, refused = check_pairs(
        hypotheses, apart, population, model, simulated=simulated, seed=seed
    )
    errors = tuple(_errors(weighers, best, profiles))
    suspects = _suspects(pairs, errors, profiles)
    found: tuple[Explanation, ...] = ()
    least = min(_UNUSUAL, _UNUSUAL_OF_ALL / max(len(pairs), 1))
    if not suspects and (unusual := [pair for pair in pairs if pair.p_value <= least]):
        people = tuple(dict.fromkeys(id for pair in unusual for id in (pair.one, pair.other)))
        found = explanations(list(weighers.values()), apart, people)
        found = found if found and found[0].log10 >= _BETTER_UNASKED else ()
    elif suspects:
        twice = [(pair.one, pair.other) for pair in pairs if pair.duplicate]
        found = explanations(list(weighers.values()), apart, suspects, twice)
    left_out = dict.fromkeys(item for _, refusals in weighed.values() for item in refusals)
    return PedigreeCheck(
        pairs,
        errors,
        found,
        tuple(_findings(pairs, errors, found, profiles, len(hypotheses))),
        (*left_out, *refused),
    )


def _errors(
    weighers: Mapping[str, PedigreeWeigher], best: str, profiles: Mapping[str, Reference]
) -> Iterator[MendelianError]:
    """Loci that need a mutation under every hypothesis; people as under the best of them."""
    needed = [weigher.needs_mutation(profiles) for weigher in weighers.values()]
    for locus in needed[0]:
        if not all(locus in loci for loci in needed):
            continue
        fits_without = []
        for left_out in profiles:
            others = {id: _at(p, locus) for id, p in profiles.items() if id != left_out}
            if locus not in weighers[best].needs_mutation(others):
                fits_without.append(left_out)
        yield MendelianError(locus, tuple(fits_without))


def _at(profile: Reference, name: str) -> Reference:
    """The profile at one locus, or at a linked pair."""
    loci = name.split(" + ")
    return replace(profile, genotypes={at: g for at, g in profile.genotypes.items() if at in loci})


def _suspects(
    pairs: Sequence[PairCheck], errors: Sequence[MendelianError], profiles: Mapping[str, Reference]
) -> tuple[str, ...]:
    """People whose samples may be wrong; everybody typed at a locus that no one person explains."""
    named = {id for p in pairs if p.doubtful or p.duplicate for id in (p.one, p.other)}
    for error in errors:
        typed = (id for id, profile in profiles.items() if _at(profile, error.locus).genotypes)
        named.update(error.people or typed)
    return tuple(id for id in profiles if id in named)


# In words.


def _findings(
    pairs: Sequence[PairCheck],
    errors: Sequence[MendelianError],
    found: Sequence[Explanation],
    profiles: Mapping[str, Reference],
    hypotheses: int,
) -> Iterator[str]:
    doubts = [pair for pair in pairs if pair.doubtful and not pair.duplicate]
    if found:
        yield _conclusion(found, len(errors), hypotheses)
    elif errors:
        yield "Nothing considered here explains the genotypes, and the model allows no mutation."
    for pair in pairs:
        if pair.same is not None:
            relations = " or ".join(dict.fromkeys(place.relation for place in pair.places))
            yield f"{pair.same} (stated: {relations}): one sample filed twice, or identical twins."
    yield from (_doubt(pair) for pair in doubts)
    if len(errors) <= _MOST_NAMED:
        yield from (_error(error, profiles) for error in errors)
    else:
        loci = ", ".join(error.locus for error in errors)
        yield f"{len(errors)} loci do not fit without a mutation: {loci}."


def _doubt(pair: PairCheck) -> str:
    k0, k1, k2 = pair.estimate.kappa
    relations = " or ".join(dict.fromkeys(place.relation for place in pair.places))
    return (
        f"{pair.one} and {pair.other} are stated to be {relations}; their genotypes fit k0 = "
        f"{k0:.2f}, k1 = {k1:.2f}, k2 = {k2:.2f} better (p = {pair.p_value:.2g})."
    )


def _error(error: MendelianError, profiles: Mapping[str, Reference]) -> str:
    typed = ", ".join(
        f"{id} {' and '.join(map(str, _at(profiles[id], error.locus).genotypes.values()))}"
        for id in error.people
        if _at(profiles[id], error.locus).genotypes
    )
    return f"{error.locus} does not fit without a mutation: {typed or 'several people together'}."


def _conclusion(found: Sequence[Explanation], errors: int, hypotheses: int) -> str:
    best = found[0]
    stated = "the pedigree as stated" if hypotheses == 1 else "the best hypothesis as stated"
    others = [one for one in found if one.cause is not Cause.MUTATION]
    if not errors and best.log10 < _CLEARLY_BETTER:
        return f"No other explanation considered here does clearly better than {stated}."
    if best.log10 < _CLEARLY_BETTER:
        where = f"{errors} {'locus' if errors == 1 else 'loci'}"
        told = f"Mutation at {where} remains an explanation."
        if not others:
            return told
        side = "for" if others[0].log10 > 0 else "against"
        return (
            f"{told} The best other one ({others[0].told}) has a log10 LR of "
            f"{abs(others[0].log10):.1f} {side} it."
        )
    strength = "impossible otherwise" if best.log10 == inf else f"log10 LR {best.log10:.1f}"
    told = f"Best explained so: {best.told} ({strength} against {stated})."
    near = [one.told for one in others[1:] if best.log10 - one.log10 < _NEARLY_AS_WELL]
    if near and best.log10 < inf:
        more = f"; and {len(near) - _MOST_NAMED} more" if len(near) > _MOST_NAMED else ""
        told += f" Nearly as well: {'; '.join(near[:_MOST_NAMED])}{more}."
    return told + " Settle this before anybody is identified with their help."
