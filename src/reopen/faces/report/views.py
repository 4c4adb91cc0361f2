"""What the report shows, as frozen values; the template reads these and computes nothing.

Not here: laying peaks out by fragment size (`layout`), ordering linked profiles (`series`),
drawing (`electropherogram`, `pictures`), wording of numbers (`wording`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

from reopen.errors import InvalidRecord
from reopen.faces.report.family_views import FamilyView
from reopen.faces.report.found_series import TogetherView
from reopen.records import (
    REST,
    Allele,
    Fit,
    LikelihoodRatio,
    Link,
    Locus,
    NotWeighed,
    Population,
    Run,
)
from reopen.records._frozen import Frozen


@dataclass(frozen=True, slots=True)
class Counts:
    """What was compared, in numbers."""

    stains: int
    contributors: int
    references: int
    comparisons: int
    links: int
    not_weighed: int


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link, with the sentence in words that goes with its number.

    sentence     verbal equivalent, as worded by `weigh`
    in_full      the same link weighed again with both propositions fitted, where that was done
    assumptions  that hold for this link only
    checks       the peaks against the fits in full, numerator and denominator, in words
    by_chance    the expected number of chance links, with how it was worked out, in words
    posterior    odds after the DNA and the prior they come from, in words; empty without a prior
    """

    link: Link
    sentence: str
    in_full: LikelihoodRatio | None = None
    assumptions: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    by_chance: str = ""
    posterior: str = ""

    def __post_init__(self) -> None:
        total = sum(self.link.terms.values())
        log10 = self.link.log10
        if not (log10 == total or isclose(log10, total, rel_tol=1e-9, abs_tol=1e-9)):
            raise InvalidRecord(
                f"Link of {self.link.one} and {self.link.other} has a log10 of {log10}, "
                f"its terms sum to {total}.",
                rule="A total is the sum of its terms; a report shows both.",
                way_on="Weigh the link again.",
            )


@dataclass(frozen=True, slots=True)
class PeakView:
    """A peak as observed and as the model expects it, at its place in a panel.

    place         position on the panel's axis (base pairs, or slots where sizes are unknown)
    height_rfu    observed; 0 where the model expects a peak and none was seen; None where the
                  allele was called and no height came with it
    expected_rfu  under the fitted model, 0 where none is expected
    replicate     index into the panel's replicates
    range_rfu     95 % of the heights that the fitted model expects here; None where not computed
    remark        what the check of the model says of this peak, or ""
    """

    locus: Locus
    allele: Allele
    place: float
    height_rfu: float | None
    expected_rfu: float
    replicate: int
    range_rfu: tuple[float, float] | None = None
    remark: str = ""

    @property
    def is_unseen(self) -> bool:
        return self.height_rfu == 0


@dataclass(frozen=True, slots=True)
class LocusSpan:
    """The stretch of a panel's axis that belongs to a locus.

    typed_in  indices of the replicates that typed it: no peak and not typed differ
    """

    locus: Locus
    low: float
    high: float
    typed_in: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DyePanel:
    """One dye of a stain, as an electropherogram shows it; or a row of loci without sizes.

    dye            colour ("blue"); empty for loci that are laid out by name
    axis           first and last place shown
    in_base_pairs  places are fragment sizes; otherwise equally spaced slots
    threshold_rfu  analytical threshold, 0 for none
    """

    dye: str
    dye_name: str
    loci: tuple[LocusSpan, ...]
    peaks: tuple[PeakView, ...]
    replicates: tuple[str, ...]
    axis: tuple[float, float]
    in_base_pairs: bool
    threshold_rfu: float

    @property
    def tallest_rfu(self) -> float:
        """Largest height, observed or to be expected, or the threshold if that is larger."""
        heights = [
            max(p.height_rfu or 0.0, p.expected_rfu, *(p.range_rfu or ())) for p in self.peaks
        ]
        return max([*heights, self.threshold_rfu])


@dataclass(frozen=True, slots=True)
class GenotypeCall:
    """The most probable genotype of a contributor at a locus. REST is any allele not named."""

    alleles: tuple[Allele, Allele]
    probability: float

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1 + 1e-9:
            raise InvalidRecord(
                f"Genotype {self} with a probability of {self.probability}.",
                rule="A probability lies between 0 and 1.",
                way_on="Normalise over the genotypes of the locus.",
            )

    def __str__(self) -> str:
        return "/".join("any other" if a == REST else a for a in self.alleles)


@dataclass(frozen=True, slots=True)
class ContributorView:
    """A contributor's genotypes. Loci without data are absent."""

    number: int
    proportion: float | None
    calls: Mapping[Locus, GenotypeCall]

    def __post_init__(self) -> None:
        object.__setattr__(self, "calls", Frozen(self.calls))


@dataclass(frozen=True, slots=True)
class StainView:
    """A stain: pictures, fit, contributors.

    fit    None where no peak-height model was fitted
    notes  what a reader of the pictures must know
    """

    id: str
    kit: str
    case: str
    loci: tuple[Locus, ...]
    panels: tuple[DyePanel, ...]
    fit: Fit | None
    contributors: tuple[ContributorView, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StainRow:
    """A stain that is listed and not pictured.

    ending  of its fit, as a sentence
    """

    id: str
    case: str
    kit: str
    loci: int
    contributors: int
    ending: str


@dataclass(frozen=True, slots=True)
class MatrixBlock:
    """Profiles in the order shown, and log10 LR by pair of positions (row < column).

    No profile of one block has a link to a profile of another.
    """

    profiles: tuple[str, ...]
    log10: Mapping[tuple[int, int], float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "log10", Frozen(self.log10))


@dataclass(frozen=True, slots=True)
class MatrixView:
    """Linked profiles, each against each. unlinked: how many profiles have no link."""

    blocks: tuple[MatrixBlock, ...]
    unlinked: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything a report shows. Links are put in the order of their weight.

    stains         shown in full
    other_stains   weighed and only listed, such as those without a link
    made_at   date and time as it is to be printed
    compared  what was compared with what, in a sentence
    controls  what the controls of the batches tell: the count first, then warnings
    families  of missing people, those that have links
    together  series of the links; None where that was not asked
    """

    title: str
    made_at: str
    compared: str
    summary: Counts
    links: tuple[LinkView, ...]
    matrix: MatrixView
    stains: tuple[StainView, ...]
    not_weighed: tuple[NotWeighed, ...]
    assumptions: tuple[str, ...]
    populations: tuple[Population, ...]
    run: Run
    references_cited: tuple[str, ...]
    other_stains: tuple[StainRow, ...] = ()
    controls: tuple[str, ...] = ()
    families: tuple[FamilyView, ...] = ()
    together: TogetherView | None = None

    def __post_init__(self) -> None:
        strongest_first = sorted(
            self.links, key=lambda v: (-v.link.weight, str(v.link.one), str(v.link.other))
        )
        object.__setattr__(self, "links", tuple(strongest_first))
        said = (self.summary.links, self.summary.not_weighed)
        listed = (len(self.links), len(self.not_weighed))
        if said != listed:
            raise InvalidRecord(
                f"The summary counts {said[0]} links and {said[1]} items not weighed; "
                f"{listed[0]} and {listed[1]} are listed.",
                rule="A report lists every link and every item not weighed.",
                way_on="Give the report all of them, and count what is given.",
            )
