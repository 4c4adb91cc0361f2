"""What identifications rest on, in sentences and as parameters of the run.

Not for: pedigrees and mutation (`kinship_words`), text and data (`dvi_shown`).
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.link.dvi import Identification
from reopen.records import Population

Parameters = Mapping[str, str | float | int | bool | None]


def assumptions_of_dvi(found: Identification, population: Population) -> tuple[str, ...]:
    """What is assumed beside the pedigrees."""
    rules = found.options.rules
    rival = (
        "every other likelihood ratio of both is 1 or less"
        if rules.strict
        else f"{rules.threshold:,.0f} times that of every other pair of either"
    )
    undisputed = (
        f"Undisputed: a likelihood ratio of {rules.threshold:,.0f} or more, and {rival}. These "
        "victims are references of their families from then on."
    )
    left_out = (
        f"A pair that would need mutations at more than {rules.most_impossible} loci is left out "
        "of conclusions; the probabilities of all assignments leave out only what is impossible."
    )
    how = (
        "A family that seeks one person is concluded from likelihood ratios of pairs; one that "
        "seeks several from the generalised likelihood ratio (GLR): the best assignment with the "
        "pair over the best without it."
    )
    unrelated = "Victims whom an assignment gives to nobody are unrelated to all families."
    told = [found.options.prior.told, found.joint.told, undisputed, left_out, how, unrelated]
    theta = population.theta
    if any(theta.values()) if isinstance(theta, Mapping) else theta:
        told.append(
            "Theta is applied within each family and the victims weighed against it; families are "
            "independent of each other."
        )
    return tuple(told)


def parameters_of_dvi(found: Identification) -> Parameters:
    options = found.options
    prior = options.prior
    evidence = [f"{victim} as {name}: {x:g}" for (victim, name), x in prior.evidence.items()]
    return {
        "threshold": options.rules.threshold,
        "loci that may exclude a pair": options.rules.most_impossible,
        "strict": options.rules.strict,
        "prior": prior.told,
        "other evidence": "; ".join(evidence) or None,
        "ways to fill one family, at most": options.most_options,
    }
