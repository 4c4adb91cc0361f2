"""What stands beside a number, as what JSON holds: how it was made, changed assumptions,
random people.

Not for: whole results (`as_json`), writing them.
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.faces.workbench.plain_values import Plain, not_weighed_plain
from reopen.faces.workbench.results import NonContributorTest
from reopen.records import Population, Run
from reopen.weigh.noncontributors import QUANTILES, NonContributors
from reopen.weigh.noncontributors_refitted import RefittedNonContributors
from reopen.weigh.sensitivity import Sensitivity


def sensitivity_plain(found: Sensitivity) -> Plain:
    """log10 LR with each assumption changed by itself; null with a reason where there is none."""
    return {
        "log10": found.log10,
        "range": list(found.range),
        "effects": [
            {
                "assumption": effect.assumption,
                "value": effect.value,
                "log10": effect.log10,
                "reason": effect.reason or None,
                "remark": effect.remark or None,
            }
            for effect in found.effects
        ],
    }


def non_contributors_plain(test: NonContributorTest, log10: float) -> Plain:
    """log10 LR of random people. log10: of the person in question, as weighed."""
    return {
        "untested": test.untested or None,
        "exact": None if test.exact is None else _exact(test.exact, log10),
        "refitted": None if test.refitted is None else _refitted(test.refitted),
    }


def _exact(found: NonContributors, log10: float) -> Plain:
    """Bounds are pairs, lower first; the truth lies between them."""
    spread = found.distribution
    return {
        "observed": found.observed,
        "excluded": spread.impossible,
        "quantiles": [
            {"probability": quantile, "log10": list(spread.quantile(quantile))}
            for quantile in QUANTILES
        ],
        "reach_weighed": list(spread.at_least(max(log10, spread.floor))),
        "reach_observed": list(spread.at_least(max(found.observed, spread.floor))),
        "above_one": list(spread.above(0.0)),
        "largest": spread.largest,
        "mean_lr": spread.mean_power,
        "loci": len(found.by_locus),
    }


def _refitted(found: RefittedNonContributors) -> Plain:
    share = found.share_at_least(found.observed) if found.log10 else None
    return {
        "seed": found.seed,
        "people": [*found.log10],
        "share_reached": None if share is None else share[0],
        "interval": None if share is None else [share[1], share[2]],
        "not_weighed": not_weighed_plain(found.not_weighed),
    }


def run_plain(run: Run) -> Plain:
    """How a number was made."""
    return {
        "program": run.program,
        "model": run.model,
        "parameters": dict(run.parameters.items()),
        "inputs": dict(run.inputs.items()),
        "seed": run.seed,
        "libraries": dict(run.libraries.items()),
    }


def population_use(population: Population) -> Plain:
    """A population and how its frequencies were used."""
    theta = population.theta
    return {
        "name": population.name,
        "theta": dict(theta.items()) if isinstance(theta, Mapping) else theta,
        "minimum_frequency": population.floor,
        "rescale": population.rescale,
        "source": population.frequencies.source,
    }
