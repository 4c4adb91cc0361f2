"""What the readers of pedigree files have found, put together as one checked KinshipCase.

For: genotypes from labels, assumptions locus by locus, and what must fit together across a file
(sexes, typed people, alleles and populations). Not for: any file's form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reopen.errors import InvalidRecord, ReopenError, Where
from reopen.formats.frequency_lint import lint
from reopen.formats.samples import reason
from reopen.records import (
    Allele,
    AlleleFrequencies,
    Family,
    Genotype,
    KinshipCase,
    KinshipModel,
    LinkedPair,
    Locus,
    Member,
    Mutation,
    NotWeighed,
    Pedigree,
    Population,
    Purpose,
    Reference,
    Remains,
    Sex,
)

AMEL = Locus("AMEL")
UNREAD = frozenset({"", "?", "-"})
"""Spellings of an allele that was not read."""


@dataclass(slots=True)
class Assembly:
    """One file on its way to a KinshipCase.

    typed     person -> locus -> genotype; a person of a family is named as in its pedigree
    tables    locus -> allele -> frequency, where the file itself gives them
    population  named by the file, in place of tables
    """

    file: str
    format: str
    sha256: str = ""
    hypotheses: dict[str, Pedigree] = field(default_factory=dict)
    reference: str = ""
    families: list[tuple[str, Pedigree, tuple[str, ...]]] = field(default_factory=list)
    remains: dict[str, Sex] = field(default_factory=dict)
    typed: dict[str, dict[Locus, Genotype]] = field(default_factory=dict)
    tables: dict[Locus, dict[Allele, float]] = field(default_factory=dict)
    counts: dict[Locus, int] = field(default_factory=dict)
    population: AlleleFrequencies | None = None
    population_name: str = ""
    theta: float | Mapping[Locus, float] = 0.0
    minimum_frequency: float | None = None
    rescale: bool = True
    mutation: dict[Locus, Mutation] = field(default_factory=dict)
    usual_mutation: Mutation | None = None
    silent: dict[Locus, float] = field(default_factory=dict)
    dropout: dict[str, float] = field(default_factory=dict)
    partial: dict[str, set[Locus]] = field(default_factory=dict)
    x_linked: set[Locus] = field(default_factory=set)
    linked: list[LinkedPair] = field(default_factory=list)
    not_weighed: list[NotWeighed] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def leave_out(self, what: str, error: ReopenError, where: Where | None = None) -> None:
        """List what could not be taken, with the reason and the place."""
        self.not_weighed.append(NotWeighed(what, reason(error), error.where or where))

    def type(self, person: str, locus: Locus, labels: Sequence[str | None], where: Where) -> None:
        """Enter what was read of a person at a locus; None or "?" is an allele not read.

        Nothing read enters nothing. Three alleles are listed as not weighed. Raises InvalidRecord
        for what is no allele, and for a locus entered twice with different alleles.
        """
        read = [label for label in labels if label is not None and label.strip() not in UNREAD]
        genotypes = self.typed.setdefault(person, {})
        if not read:
            return
        try:
            found = Genotype(tuple(Allele(label) for label in read))
        except InvalidRecord as error:
            raise error.at(where) from None
        if found.is_triallelic:
            self.leave_out(f"{person}, {locus}", _three_alleles(found), where)
            return
        half = len(read) < len(labels) and len(labels) == 2
        before = genotypes.setdefault(locus, found)
        known_half = locus in self.partial.get(person, ())
        if before != found or (before is not found and known_half != half):
            raise InvalidRecord(
                f"{person} is typed {before} and {found} at {locus}.",
                rule="A person has one genotype at a locus.",
                way_on="Keep the right one, or give two people two names.",
                where=where,
            )
        if half:
            self.partial.setdefault(person, set()).add(locus)

    def mark_x_by_name(self) -> None:
        """Take loci named DXS... as X-chromosomal: for forms that cannot say what a locus is."""
        loci = {locus for genotypes in self.typed.values() for locus in genotypes}
        named = sorted(locus for locus in loci | set(self.tables) if locus.startswith("DXS"))
        if named:
            self.x_linked.update(named)
            self.notices.append(f"Taken as loci of the X chromosome: {', '.join(named)}.")

    def case(self, *, all_in_pedigrees: bool = True) -> KinshipCase:
        """The case, checked. all_in_pedigrees: a typed person in no pedigree is an error."""
        try:
            return self._case(all_in_pedigrees)
        except ReopenError as error:
            raise (error if error.where else error.at(Where(self.file))) from None

    def _case(self, all_in_pedigrees: bool) -> KinshipCase:
        self._same_people()
        if all_in_pedigrees:
            self._check_known()
        self._check_sexes()
        in_families = {id for _, pedigree, _ in self.families for id in pedigree.ids}
        population = self._population()
        self._tell_alleles(population)
        families = tuple(self._family(*family) for family in self.families)
        return KinshipCase(
            hypotheses=self.hypotheses,
            reference=self.reference,
            profiles={
                id: self._reference(id, Purpose.FAMILY)
                for id, genotypes in self.typed.items()
                if genotypes
                and id not in self.remains
                and (id not in in_families or any(id in p for p in self.hypotheses.values()))
            },
            families=tuple(family for family in families if family),
            remains=tuple(self._remains(id, sex) for id, sex in self.remains.items()),
            population=population,
            model=self._model(),
            not_weighed=tuple(self.not_weighed),
            notices=tuple(self.notices),
            file=self.file,
            format=self.format,
            sha256=self.sha256,
        )

    # parts of the case

    def _reference(self, person: str, purpose: Purpose) -> Reference:
        return Reference(person, self.typed.get(person, {}), purpose, where=Where(self.file))

    def _family(self, id: str, pedigree: Pedigree, missing: tuple[str, ...]) -> Family | None:
        profiles = {
            member: self._reference(member, Purpose.FAMILY)
            for member in pedigree.ids
            if self.typed.get(member)
        }
        if not missing:
            self.leave_out(
                f"family {id}",
                InvalidRecord(
                    "Nobody of this family is missing.",
                    rule="A family is searched for its missing members.",
                    way_on="Say who is missing.",
                ),
                Where(self.file),
            )
            return None
        try:
            return Family(id, pedigree, profiles, missing)
        except InvalidRecord as error:
            raise error.at(Where(self.file, field=id)) from None

    def _remains(self, id: str, sex: Sex) -> Remains:
        profile = self._reference(id, Purpose.UNIDENTIFIED)
        return Remains(id, profile, sex, self.dropout.get(id, 0.0))

    def _population(self) -> Population | None:
        frequencies = self.population
        if self.tables:
            frequencies = AlleleFrequencies(
                name=self.population_name or f"population of {self.file}",
                by_locus=self.tables,
                source=f"{self.file}, SHA-256 {self.sha256}",
                counts=self.counts,
            )
            doubts = lint([self._without_silent(frequencies)], ask_for_counts=False)
            self.notices += map(str, doubts)
        if frequencies is None:
            return None
        return Population(frequencies, self.theta, self.minimum_frequency, self.rescale)

    def _without_silent(self, frequencies: AlleleFrequencies) -> AlleleFrequencies:
        """The table with sums of 1 where a silent allele takes the rest, so that lint is quiet."""
        whole = {
            locus: {label: f / sum(table.values()) for label, f in table.items()}
            if locus in self.silent
            else table
            for locus, table in frequencies.by_locus.items()
        }
        return replace(frequencies, by_locus=whole)

    def _model(self) -> KinshipModel | None:
        """The assumptions. Mutation by locus where the file says that nothing mutates: one model
        without mutation for all loci means that it says nothing.
        """
        usual = self.usual_mutation or Mutation()
        mutation: Mutation | Mapping[Locus, Mutation] = usual
        if self.mutation or (self.usual_mutation == Mutation()):
            loci = [locus for genotypes in self.typed.values() for locus in genotypes]
            loci += [*self.tables, *(self.population.loci if self.population else ())]
            mutation = {**dict.fromkeys(loci, usual), **self.mutation} or usual
        said = (self.usual_mutation, self.mutation, self.silent, self.dropout, self.x_linked,
                any(self.partial.values()), self.linked, self.tables)  # fmt: skip
        if not any(said):
            return None
        return KinshipModel(
            mutation=mutation,
            silent=self.silent,
            dropout={id: d for id, d in self.dropout.items() if id not in self.remains},
            partial={id: frozenset(loci) for id, loci in self.partial.items() if loci},
            x_linked=frozenset(self.x_linked),
            linked=tuple(self.linked),
        )

    # what must fit together

    def _pedigrees(self) -> list[Pedigree]:
        return [*self.hypotheses.values(), *(pedigree for _, pedigree, _ in self.families)]

    def _same_people(self) -> None:
        """Every hypothesis holds every typed person: elsewhere unrelated, which is said."""
        for name, pedigree in self.hypotheses.items():
            absent: dict[str, Member] = {}
            for other in self.hypotheses.values():
                for id in other.ids:
                    if self.typed.get(id) and id not in pedigree:
                        absent.setdefault(id, Member(id, other.sex(id)))
            if absent:
                self.hypotheses[name] = replace(
                    pedigree, members=(*pedigree.members, *absent.values())
                )
                self.notices.append(
                    f"{name}: {', '.join(absent)} added as unrelated, since every hypothesis is "
                    "about the same typed people."
                )

    def _check_known(self) -> None:
        known = {id for pedigree in self._pedigrees() for id in pedigree.ids} | set(self.remains)
        unknown = [id for id in self.typed if id not in known]
        if unknown:
            raise InvalidRecord(
                f"{unknown[0]} has a profile and is in no pedigree.",
                rule="Typed people are members of a pedigree, or remains.",
                way_on=f"Correct the name, or add {unknown[0]} to a pedigree.",
            )
        for person in self.dropout:
            if person not in known:
                raise InvalidRecord(
                    f"Dropout of {person}, who is in no pedigree.",
                    rule="Dropout is given for members of a pedigree and for remains.",
                    way_on="Correct the name.",
                )

    def _check_sexes(self) -> None:
        """Of typed people: an untyped name may stand for another person in another pedigree."""
        for person in dict.fromkeys((*self.typed, *self.remains)):
            sexes = self._sexes(person)
            if len(sexes) > 1:
                raise InvalidRecord(
                    f"{person} is male in one place and female in another.",
                    rule="A person is of one sex in the whole file.",
                    way_on="Correct the sex, or give two people two names.",
                )
            self._check_amelogenin(person, sexes)
            if Sex.MALE in sexes:
                self._check_one_x(person)

    def _sexes(self, person: str) -> set[Sex]:
        said = {pedigree.sex(person) for pedigree in self._pedigrees() if person in pedigree}
        return (said | {self.remains.get(person, Sex.UNKNOWN)}) - {Sex.UNKNOWN}

    def _check_amelogenin(self, person: str, said: set[Sex]) -> None:
        found = self.typed.get(person, {}).get(AMEL)
        if found is None or not set(found.alleles) <= {"X", "Y"}:
            return
        typed = Sex.MALE if "Y" in found.alleles else Sex.FEMALE
        if said and typed not in said:
            self.notices.append(
                f"{person} is {min(said)}, but amelogenin is {found}: a wrong sex, a swapped "
                "sample, or a deletion at amelogenin."
            )
        if person in self.remains and not said:
            self.remains[person] = typed
            self.notices.append(f"{person}: {typed}, from amelogenin {found}.")

    def _check_one_x(self, person: str) -> None:
        for locus in self.x_linked:
            self.partial.get(person, set()).discard(locus)
            found = self.typed.get(person, {}).get(locus)
            if found is not None and not found.is_homozygous:
                raise InvalidRecord(
                    f"{person}, male, is typed {found} at {locus} on the X chromosome.",
                    rule="A man has one X chromosome.",
                    way_on="Correct the sex or the genotype, or say that the locus is autosomal.",
                )

    def _tell_alleles(self, population: Population | None) -> None:
        """Alleles that the population does not list, and loci that it does not have."""
        if population is None:
            return
        by_locus = population.frequencies.by_locus
        unlisted: dict[str, list[str]] = {}
        for person, genotypes in self.typed.items():
            for locus, found in genotypes.items():
                for label in dict.fromkeys(found.alleles):
                    if locus in by_locus and label not in by_locus[locus]:
                        unlisted.setdefault(f"{locus} {label}", []).append(person)
        for at, people in unlisted.items():
            self.notices.append(
                f"{at} (of {', '.join(people)}) is not in {population.name}: it is given the "
                f"frequency {population.floor:g}."
            )


def _three_alleles(found: Genotype) -> InvalidRecord:
    return InvalidRecord(
        f"Three alleles: {found}.",
        rule="Descent is weighed with two alleles of a person at a locus.",
        way_on="The locus was left out of this person's profile.",
    )
