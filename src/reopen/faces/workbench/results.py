"""What the workbench gives back: frozen results that know what they rest on, and print readably."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reopen.engine.outcome import Tally
from reopen.faces.workbench.controls import of_controls
from reopen.faces.workbench.fit_errors import FitErrors
from reopen.faces.workbench.integrating import Integrating
from reopen.faces.workbench.link_checks import LinkCheck
from reopen.faces.workbench.peak_checks import ModelCheck
from reopen.faces.workbench.profiles import Profiles
from reopen.faces.workbench.settings import Settings
from reopen.faces.workbench.sought_files import SoughtFiles
from reopen.faces.workbench.together import Together
from reopen.link import LinkOptions, LinkResult, Sought
from reopen.link.series import FoundTogether
from reopen.records import (
    Frozen,
    Kit,
    LikelihoodRatio,
    Link,
    NotWeighed,
    Population,
    Reference,
    Run,
    Stain,
)
from reopen.weigh.deconvolve import Deconvolution
from reopen.weigh.model import PeakModel
from reopen.weigh.noncontributors import NonContributors
from reopen.weigh.noncontributors_refitted import RefittedNonContributors
from reopen.weigh.number import NumberOfContributors
from reopen.weigh.pedigree_check import PedigreeCheck
from reopen.weigh.prior_odds import PriorOdds
from reopen.weigh.sensitivity import Sensitivity


@dataclass(frozen=True, slots=True)
class Linking:
    """Everything compared with everything.

    result       links, strongest first, and what was weighed for them
    profiles     what was read
    checks       link's place in `result.links` -> its peaks against the models fitted in full
    series       what the links make together; None where that was not asked
    when         profile -> the day its trace was taken, where that is known
    files        files of families and remains, and what else was sought
    family_checks  family -> what its typed members say of its pedigree, for families with links
    assumptions  that hold for all links, as sentences
    made_at      when, UTC
    prior        odds of every link before the DNA, where the user stated them
    tallies      of works done by processes or a cluster: taken over, done and failed
    """

    result: LinkResult
    profiles: Profiles
    population: Population
    settings: Settings
    options: LinkOptions
    assumptions: tuple[str, ...]
    run: Run
    made_at: datetime
    checks: Mapping[int, LinkCheck] = Frozen()
    series: FoundTogether | None = None
    when: Mapping[str, str] = Frozen()
    files: SoughtFiles = field(default_factory=lambda: SoughtFiles(Sought()))
    family_checks: Mapping[str, PedigreeCheck] = Frozen()
    prior: PriorOdds | None = None
    tallies: tuple[Tally, ...] = ()

    @property
    def links(self) -> tuple[Link, ...]:
        return self.result.links

    @property
    def not_weighed(self) -> tuple[NotWeighed, ...]:
        """Everything that took no part, in reading or in weighing."""
        return (
            *self.profiles.not_weighed,
            *self.files.not_weighed,
            *self.result.not_weighed,
            *(self.series.not_weighed if self.series else ()),
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What was understood in a way the user may want to know."""
        return (*self.profiles.notices, *self.files.notices)

    @property
    def controls(self) -> tuple[str, ...]:
        """How many controls were set aside, and each negative one that has peaks."""
        return of_controls(self.profiles, self.settings)

    def __str__(self) -> str:
        from reopen.faces.workbench.as_text import linking_text

        return linking_text(self)


@dataclass(frozen=True, slots=True)
class SearchedDatabase:
    """A database that was searched, known by the hash of its content."""

    name: str
    people: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Searching:
    """What looking for somebody found.

    who        is looked for, in words
    relations  in which they were looked for, as named
    databases  those searched
    loci_in_common  loci that a person and who is looked for are both typed at -> how many people
    most_chance     chance links allowed, in person; None: all from the least weight on are listed
    linking    links, strongest first, and everything that they rest on
    """

    who: str
    relations: tuple[str, ...]
    databases: tuple[SearchedDatabase, ...]
    loci_in_common: Mapping[int, int]
    most_chance: float | None
    linking: Linking

    def __str__(self) -> str:
        from reopen.faces.workbench.as_text import to_text

        return to_text(self)


@dataclass(frozen=True, slots=True)
class NonContributorTest:
    """What random people's log10 LR would be in the suspect's place.

    exact      with parameters kept; None where that cannot be, with the reason in `untested`
    refitted   people drawn, parameters fitted for each; None where that was not asked for
    """

    exact: NonContributors | None = None
    refitted: RefittedNonContributors | None = None
    untested: str = ""


@dataclass(frozen=True, slots=True)
class Weighing:
    """The evaluative likelihood ratio of one person as a contributor to one stain.

    number  of contributors, and how it was come by
    numerator_check, denominator_check   the peaks against each proposition's fitted model
    numerator_errors, denominator_errors   standard errors of each fit's parameters
    controls, notices   what the controls in the stain's file tell, and how the file was understood
    made_at  when, UTC
    integrated  where `integrate_weighing` was asked for it
    sensitivity, non_contributors   where `look_closer` was asked for them
    """

    stain: Stain
    kit: Kit | None
    suspect: Reference
    known: tuple[Reference, ...]
    number: NumberOfContributors
    ratio: LikelihoodRatio
    numerator_check: ModelCheck
    denominator_check: ModelCheck
    numerator_errors: FitErrors
    denominator_errors: FitErrors
    population: Population
    model: PeakModel
    assumptions: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    made_at: datetime
    controls: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    integrated: Integrating | None = None
    sensitivity: Sensitivity | None = None
    non_contributors: NonContributorTest | None = None

    @property
    def log10(self) -> float:
        return self.ratio.log10

    def __str__(self) -> str:
        from reopen.faces.workbench.as_text import weighing_text

        return weighing_text(self)


@dataclass(frozen=True, slots=True)
class Deconvolving:
    """The genotypes of a stain's unknown contributors, with probabilities.

    check   the peaks against the fitted model
    errors  standard errors of the fit's parameters
    together   joint genotypes, whole profiles and draws, where asked for
    controls, notices   as of a `Weighing`
    """

    stain: Stain
    kit: Kit | None
    known: tuple[Reference, ...]
    number: NumberOfContributors
    found: Deconvolution
    check: ModelCheck
    errors: FitErrors
    population: Population
    assumptions: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    run: Run
    controls: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    together: Together = field(default_factory=Together)

    def __str__(self) -> str:
        from reopen.faces.workbench.as_text import deconvolving_text

        return deconvolving_text(self)
