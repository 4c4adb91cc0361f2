"""Weights of evidence: genotype likelihoods (the waist), comparisons and likelihood ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import isclose, isnan

from reopen.errors import InvalidRecord
from reopen.records._frozen import Frozen
from reopen.records.genetics import REST, Allele, Locus
from reopen.records.profiles import NotWeighed
from reopen.records.propositions import Propositions
from reopen.records.runs import Run


class Ending(Enum):
    """How a fit ended: a name and a sentence with advice."""

    CONVERGED = "The fit converged."
    FIXED = "Parameters were given, nothing was fitted."
    BOUNDARY = (
        "The best fit lies on the edge of what is allowed; the parameter named there is not "
        "determined by the data. Look at the stain before relying on the number."
    )
    STEPS = (
        "The fit ran out of steps before it settled. Run it again with more steps, or fewer "
        "contributors."
    )
    UNSTABLE = (
        "Different starts ended at the top only once: a higher likelihood may exist. Run it "
        "again with more starts."
    )
    UNEXPLAINED = "The proposition cannot produce some of the peaks: its likelihood is zero."

    @property
    def is_settled(self) -> bool:
        return self in (Ending.CONVERGED, Ending.FIXED, Ending.BOUNDARY)


@dataclass(frozen=True, slots=True)
class LocusLikelihoods:
    """P(evidence | genotype) at one locus, up to a constant, for one person.

    alleles  labels told apart; REST, if present, is last and stands for every other allele
    ln       natural logs in the order of pairs (i, j) with i <= j: (0,0), (0,1), ..., (1,1), ...;
             -inf where the genotype cannot have left the evidence. A value at (i, REST) holds for
             i with any other allele, at (REST, REST) for any two of the others
    """

    alleles: tuple[Allele, ...]
    ln: tuple[float, ...]

    def __post_init__(self) -> None:
        n = len(self.alleles)
        if len(self.ln) != n * (n + 1) // 2:
            raise InvalidRecord(
                f"{len(self.ln)} likelihoods for {n} alleles.",
                rule=f"{n} alleles form {n * (n + 1) // 2} genotypes.",
                way_on="Give one likelihood for each genotype.",
            )
        if len(set(self.alleles)) < n or REST in self.alleles[:-1]:
            raise InvalidRecord(
                f"Alleles told apart: {', '.join(self.alleles)}.",
                rule="Each allele is named once, and all others together stand last.",
                way_on="Give each allele one name.",
            )
        if self.ln and max(self.ln) == float("-inf"):
            raise InvalidRecord(
                "Likelihoods that are all zero.",
                rule="At least one genotype can have left the evidence.",
                way_on="List the locus as not weighed instead.",
            )
        if any(isnan(value) for value in self.ln) or max(self.ln, default=0.0) == float("inf"):
            raise InvalidRecord(
                "A likelihood that is not a number.",
                rule="Each log-likelihood is finite, or -inf for an impossible genotype.",
                way_on="List the locus as not weighed instead.",
            )


@dataclass(frozen=True, slots=True)
class GenotypeLikelihoods:
    """One person, named or not, as the evidence sees them: likelihoods of genotypes by locus.

    owner  what the person is: "K-17/A2, contributor 1 of 2", a reference's id, "missing: ..."
    Loci without data are absent; a locus that says nothing is not one that excludes.
    """

    owner: str
    by_locus: Mapping[Locus, LocusLikelihoods]
    run: Run | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_locus", Frozen(self.by_locus))

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(self.by_locus)


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted parameters of the peak-height model under one proposition.

    proportions  mixture proportion of each contributor, in the proposition's order, summing to 1
    height_rfu   expected height of one allele copy of a contributor of proportion 1 (mu)
    variability  coefficient of variation of that height (omega)
    degradation  slope beta per 100 bp; 1 is none
    back_stutter, forward_stutter, double_back_stutter, two_base_stutter
                 expected share of a parent peak (xi)
    ln_likelihood, by_locus        natural log of the likelihood, and its terms
    ending       how the fit ended; `remark` names the parameter or peaks meant
    """

    proportions: tuple[float, ...]
    height_rfu: float
    variability: float
    degradation: float
    back_stutter: float
    forward_stutter: float
    ln_likelihood: float
    by_locus: Mapping[Locus, float]
    ending: Ending
    remark: str = ""
    double_back_stutter: float = 0.0
    two_base_stutter: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_locus", Frozen(self.by_locus))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of genotype likelihoods weighed against each other under a relation.

    per_locus    log10 of each locus's ratio; sums to log10. Only loci that both have
    not_weighed  loci that both have and that could not be compared, with the reason
    """

    one: str
    other: str
    relation: str
    log10: float
    per_locus: Mapping[Locus, float]
    not_weighed: tuple[NotWeighed, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "per_locus", Frozen(self.per_locus))
        _check_terms(self.log10, self.per_locus)


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """An evaluative likelihood ratio, with its terms and how it was made.

    per_locus  log10 of each locus's ratio; sums to log10
    interval   (low, high) of log10, where one was computed
    not_weighed  loci of the stain that are left out, with the reason
    """

    log10: float
    per_locus: Mapping[Locus, float]
    propositions: Propositions
    numerator: Fit
    denominator: Fit
    run: Run
    interval: tuple[float, float] | None = None
    not_weighed: tuple[NotWeighed, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "per_locus", Frozen(self.per_locus))
        _check_terms(self.log10, self.per_locus)

    @property
    def is_settled(self) -> bool:
        """Both fits ended well enough for the number to be relied on."""
        return self.numerator.ending.is_settled and self.denominator.ending.is_settled


def _check_terms(log10: float, per_locus: Mapping[Locus, float]) -> None:
    total = sum(per_locus.values())
    if not (log10 == total or isclose(log10, total, rel_tol=1e-9, abs_tol=1e-9)):
        raise InvalidRecord(
            f"A log10 of {log10} whose terms sum to {total}.",
            rule="A total is the sum of its terms.",
            way_on="Name a remainder as a term of its own.",
        )
