"""How alleles change from parent to child, and what a kinship weighing answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records._frozen import Frozen
from reopen.records.genetics import Allele, Locus, Population
from reopen.records.people import Family, Pedigree, Remains
from reopen.records.profiles import NotWeighed, Reference
from reopen.records.runs import Run


class MutationKind(StrEnum):
    NONE = "none"
    EQUAL = "equal"
    PROPORTIONAL = "proportional"
    STEPWISE = "stepwise"
    ONESTEP = "onestep"
    DAWID = "dawid"
    CUSTOM = "custom"


class Stationary(StrEnum):
    """How a model is changed so that mutation leaves the allele frequencies as they are.

    Sources: Simonsson and Mostad 2016 (PM); Egeland and Vigeland 2025 (MH, BA, PR).
    """

    AS_IT_IS = ""
    PM = "PM"
    MH = "MH"
    BA = "BA"
    PR = "PR"


@dataclass(frozen=True, slots=True)
class MutationModel:
    """Probabilities that a parent's allele is handed on as another, for parents of one sex.

    rate        of a mutation in one transmission
    rate2       stepwise only: of a change to another microgroup (9.3 to 10)
    step_range  stepwise and dawid: a change by one step more is this many times as likely
    alleles, matrix  custom only: row = parental allele, column = the child's; rows sum to 1
    stationary  the transform that makes the model stationary, if any
    """

    kind: MutationKind = MutationKind.NONE
    rate: float = 0.0
    rate2: float = 0.0
    step_range: float = 0.1
    alleles: tuple[Allele, ...] = ()
    matrix: tuple[tuple[float, ...], ...] = ()
    stationary: Stationary = Stationary.AS_IT_IS

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", MutationKind(self.kind))
        object.__setattr__(self, "stationary", Stationary(self.stationary))
        for what, value in (("rate", self.rate), ("rate2", self.rate2)):
            if not 0 <= value < 1:
                raise InvalidRecord(
                    f"Mutation {what} {value}.",
                    rule="A mutation rate lies from 0 (included) to 1.",
                    way_on="Usual rates are 0.002 for fathers and 0.0005 for mothers.",
                )
        if self.rate + self.rate2 > 1:
            raise InvalidRecord(
                f"Mutation rates {self.rate} and {self.rate2}.",
                rule="The two rates together are at most 1.",
                way_on="Usual rates are 0.002 and 0.000001.",
            )
        if not (isfinite(self.step_range) and 0 < self.step_range < 1):
            raise InvalidRecord(
                f"Mutation range {self.step_range}.",
                rule="A change by one step more is less likely: a number between 0 and 1.",
                way_on="The usual range is 0.1.",
            )
        self._check_matrix()

    def _check_matrix(self) -> None:
        n = len(self.alleles)
        if self.kind is not MutationKind.CUSTOM:
            if self.matrix or self.alleles:
                raise InvalidRecord(
                    f"A matrix for a {self.kind} mutation model.",
                    rule="Only a custom model is given by its matrix.",
                    way_on="Call the model custom, or leave the matrix out.",
                )
            return
        square = len(self.matrix) == n > 0 and all(len(row) == n for row in self.matrix)
        if not square or any(min(row) < 0 or not abs(sum(row) - 1) <= 1e-9 for row in self.matrix):
            raise InvalidRecord(
                f"A custom mutation matrix of {len(self.matrix)} rows for {n} alleles.",
                rule="One row and one column for each allele, no number below 0, rows of sum 1.",
                way_on="Correct the matrix.",
            )


NO_MUTATION = MutationModel()


@dataclass(frozen=True, slots=True)
class Mutation:
    """Mutation in mothers and in fathers at a locus."""

    female: MutationModel = NO_MUTATION
    male: MutationModel = NO_MUTATION


@dataclass(frozen=True, slots=True)
class LinkedPair:
    """Two loci so near on a chromosome that they are handed on together.

    recombination  fraction rho, 0 to 0.5
    """

    one: Locus
    other: Locus
    recombination: float

    def __post_init__(self) -> None:
        if self.one == self.other or not 0 <= self.recombination <= 0.5:
            raise InvalidRecord(
                f"{self.one} and {self.other} linked with recombination {self.recombination}.",
                rule="Two loci, with a recombination fraction from 0 to 0.5.",
                way_on="Haldane: (1 - exp(-2d)) / 2 with d in Morgans.",
            )


@dataclass(frozen=True, slots=True)
class MapPosition:
    """Where a locus lies: chromosome, and its place on the genetic map in centimorgans."""

    chromosome: str
    cm: float

    def __post_init__(self) -> None:
        if not self.chromosome.strip() or not isfinite(self.cm):
            raise InvalidRecord(
                f"A place at {self.cm} cM on chromosome {self.chromosome!r}.",
                rule="A place is the name of a chromosome and a distance along it.",
                way_on="Correct it, or leave the locus without a place.",
            )


@dataclass(frozen=True, slots=True)
class KinshipModel:
    """How genotypes are handed on and read, beside the population.

    mutation  at every locus, or locus by locus
    silent    locus -> frequency of an allele that is never seen
    dropout   person -> probability that an allele of that person's profile was not seen
    partial   person -> loci at which one allele was read and nothing is known of the other
    typing_error  probability that a genotype was taken for another, of everybody or by person
    x_linked  loci on the X chromosome
    linked    pairs of loci that are handed on together; a locus stands in one pair at most
    positions loci of one chromosome are handed on together, by their distance; a locus of a
              linked pair stays there, and loci without a position are independent of all others
    """

    mutation: Mutation | Mapping[Locus, Mutation] = field(default_factory=Mutation)
    silent: Mapping[Locus, float] = field(default_factory=dict)
    dropout: Mapping[str, float] = field(default_factory=dict)
    x_linked: frozenset[Locus] = frozenset()
    linked: tuple[LinkedPair, ...] = ()
    partial: Mapping[str, frozenset[Locus]] = field(default_factory=dict)
    typing_error: float | Mapping[str, float] = 0.0
    positions: Mapping[Locus, MapPosition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.mutation, Mapping):
            object.__setattr__(self, "mutation", Frozen(self.mutation))
        object.__setattr__(self, "silent", Frozen(self.silent))
        object.__setattr__(self, "dropout", Frozen(self.dropout))
        partial = Frozen((person, frozenset(loci)) for person, loci in self.partial.items())
        object.__setattr__(self, "partial", partial)
        object.__setattr__(self, "x_linked", frozenset(self.x_linked))
        object.__setattr__(self, "linked", tuple(self.linked))
        object.__setattr__(self, "positions", Frozen(self.positions))
        errors = self.typing_error
        if isinstance(errors, Mapping):
            object.__setattr__(self, "typing_error", Frozen(errors))
        else:
            errors = {"everybody": errors}
        tables = (("silent", self.silent), ("dropout", self.dropout), ("typing error", errors))
        for what, table in tables:
            for name, value in table.items():
                if not 0 <= value < 1:
                    raise InvalidRecord(
                        f"A {what} probability of {value} for {name}.",
                        rule="A probability from 0 (included) to 1.",
                        way_on="Correct it, or leave it out.",
                    )
        self._check_pairs()
        self._check_x()

    def _check_pairs(self) -> None:
        paired = [locus for pair in self.linked for locus in (pair.one, pair.other)]
        if len(set(paired)) < len(paired):
            twice = next(locus for locus in paired if paired.count(locus) > 1)
            raise InvalidRecord(
                f"{twice} stands in two linked pairs.",
                rule="Loci are linked two by two.",
                way_on="Keep the closer pair, or leave one of the three loci out.",
            )

    def _check_x(self) -> None:
        for locus, place in self.positions.items():
            on_x = locus in self.x_linked
            if on_x != (place.chromosome == "X"):
                raise InvalidRecord(
                    f"{locus} is placed on chromosome {place.chromosome}, and "
                    f"{'is' if on_x else 'is not'} among the loci on X.",
                    rule="Loci of the X chromosome, and no others, are placed on chromosome X.",
                    way_on="Correct the positions, or the list of loci on X.",
                )

    def typing_error_of(self, person: str) -> float:
        """Probability that a genotype of this person was taken for another."""
        if isinstance(self.typing_error, Mapping):
            return self.typing_error.get(person, 0.0)
        return self.typing_error

    def mutation_at(self, locus: Locus) -> Mutation:
        """Mutation at a locus. Raises CannotWeigh where the table leaves this locus out."""
        if isinstance(self.mutation, Mutation):
            return self.mutation
        if locus not in self.mutation:
            raise CannotWeigh(
                f"No mutation model is given for {locus}.",
                rule="Mutation given by locus names every locus that is weighed.",
                way_on=f"Add {locus} (the model 'none' says that nothing mutates).",
            )
        return self.mutation[locus]


@dataclass(frozen=True, slots=True)
class KinshipCase:
    """What a kinship file holds: pedigrees to be compared, families, profiles, assumptions.

    hypotheses  name -> pedigree, in the order of the file
    reference   the hypothesis that the others are compared with; empty: the last
    profiles    member -> profile, for the hypotheses
    population  as the file gives it; None where it names none
    model       as the file gives it; None where it says nothing
    not_weighed what could not be taken, each with its reason
    notices     what was understood in a way the user may want to know (a parent added, a name
                respelt)
    file, format, sha256  where the case was read from; empty for one made in a program
    """

    hypotheses: Mapping[str, Pedigree] = field(default_factory=dict)
    reference: str = ""
    profiles: Mapping[str, Reference] = field(default_factory=dict)
    families: tuple[Family, ...] = ()
    remains: tuple[Remains, ...] = ()
    population: Population | None = None
    model: KinshipModel | None = None
    not_weighed: tuple[NotWeighed, ...] = ()
    notices: tuple[str, ...] = ()
    file: str = ""
    format: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hypotheses", Frozen(self.hypotheses))
        object.__setattr__(self, "profiles", Frozen(self.profiles))


@dataclass(frozen=True, slots=True)
class PedigreeLikelihood:
    """Probability of all genotypes given one pedigree.

    by_locus  locus, a linked pair as "vWA + D12S391", or a chromosome as "chromosome 1 (312
              loci)" -> natural log; -inf where the pedigree cannot have given the genotypes
    """

    hypothesis: str
    by_locus: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_locus", Frozen(self.by_locus))

    @property
    def ln(self) -> float:
        return sum(self.by_locus.values())


@dataclass(frozen=True, slots=True)
class KinshipRatio:
    """How much better one pedigree explains the genotypes than another.

    per_locus  locus, linked pair or chromosome -> log10 LR. +inf or -inf where one side is
               impossible, NaN never: where both are, it is in `impossible` and not counted
    together   term of several loci -> these
    needs_mutation  loci that the numerator explains only by mutation, or by an error of typing
    """

    numerator: PedigreeLikelihood
    denominator: PedigreeLikelihood
    per_locus: Mapping[str, float]
    impossible: tuple[str, ...] = ()
    needs_mutation: tuple[str, ...] = ()
    not_weighed: tuple[NotWeighed, ...] = ()
    run: Run | None = field(default=None, compare=False)
    together: Mapping[str, tuple[Locus, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "per_locus", Frozen(self.per_locus))
        object.__setattr__(self, "together", Frozen(self.together))

    def loci_of(self, term: str) -> tuple[Locus, ...]:
        """The loci of a term of `per_locus` or `impossible`."""
        return self.together.get(term, (Locus(term),))

    @property
    def log10(self) -> float:
        """Sum of the terms; -inf as soon as one locus excludes the numerator."""
        values = tuple(self.per_locus.values())
        return float("-inf") if float("-inf") in values else float(sum(values))
