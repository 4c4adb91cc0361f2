"""What a deconvolution tells beside single genotypes: joint genotypes, whole profiles, draws.

Each is computed only where it is asked for. Not for: how (`weigh.joint`, `weigh.draws`,
`weigh.profiles`), or showing it (`together_shown`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reopen.errors import InvalidRecord
from reopen.records import Locus
from reopen.weigh.deconvolve import Deconvolution, Pair
from reopen.weigh.draws import DrawnLocus, draw_genotypes
from reopen.weigh.joint import JointGenotypes, joint_genotypes
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters
from reopen.weigh.profiles import rank_profiles

Profile = tuple[Mapping[Locus, Pair], float]


@dataclass(frozen=True, slots=True)
class Together:
    """Genotypes of several people, or of one person at several loci, at the fitted parameters.

    joint     the most probable joint genotypes of each locus; None where not asked for
    profiles  contributor's number -> whole profiles, most probable first; empty where not asked for
    draws     by locus; empty where not asked for. seed: theirs
    """

    joint: JointGenotypes | None = None
    profiles: Mapping[int, tuple[Profile, ...]] = field(default_factory=dict)
    draws: Mapping[Locus, DrawnLocus] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TogetherOptions:
    """How many of each; 0 is none. seed: of the draws."""

    joint: int = 0
    profiles: int = 0
    draws: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("joint", "profiles", "draws", "seed"):
            if getattr(self, name) < 0:
                raise InvalidRecord(
                    f"{name} = {getattr(self, name)}.",
                    rule="How many of something, and a seed, are 0 or more.",
                    way_on="Give 0 or more.",
                )


def together(
    likelihood: MixtureLikelihood,
    parameters: PeakParameters,
    found: Deconvolution,
    options: TogetherOptions,
) -> Together:
    """Compute what was asked for. Errors as of the functions that do."""
    joint, profiles, draws = options.joint, options.profiles, options.draws
    return Together(
        joint=joint_genotypes(likelihood, parameters, joint) if joint else None,
        profiles={place: rank_profiles(found, place, profiles) for place in found.places}
        if profiles
        else {},
        draws=draw_genotypes(likelihood, parameters, draws, options.seed) if draws else {},
        seed=options.seed,
    )
