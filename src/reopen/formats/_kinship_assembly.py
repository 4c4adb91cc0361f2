"""What a reader of a pedigree file gathers on its way to a KinshipCase; genotypes from labels.

Not here: any file's form, what must fit together (`_kinship_checks`), the case (`_kinship_case`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reopen.errors import InvalidRecord, ReopenError, Where
from reopen.formats.samples import reason
from reopen.records import (
    Allele,
    AlleleFrequencies,
    Genotype,
    LinkedPair,
    Locus,
    MapPosition,
    Mutation,
    NotWeighed,
    Pedigree,
    Sex,
)

UNREAD = frozenset({"", "?", "-"})
"""Spellings of an allele that was not read."""


@dataclass(slots=True)
class Assembly:
    """One file on its way to a KinshipCase.

    typed     person -> locus -> genotype; a person of a family is named as in its pedigree
    tables    locus -> allele -> frequency, where the file itself gives them
    population  named by the file, in place of tables
    lineage   loci on Y and mtDNA, which no genotypes are taken of
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
    typing_error: float | Mapping[str, float] = 0.0
    positions: dict[Locus, MapPosition] = field(default_factory=dict)
    lineage: set[Locus] = field(default_factory=set)
    not_weighed: list[NotWeighed] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    _genotypes: dict[tuple[str, ...], Genotype] = field(default_factory=dict)

    def leave_out(self, what: str, error: ReopenError, where: Where | None = None) -> None:
        """List what could not be taken, with the reason and the place."""
        self.not_weighed.append(NotWeighed(what, reason(error), error.where or where))

    def type(self, person: str, locus: Locus, labels: Sequence[str | None], where: Where) -> None:
        """Enter what was read of a person at a locus; None or "?" is an allele not read.

        Nothing read enters nothing. Three alleles are listed as not weighed. Raises InvalidRecord
        for what is no allele, and for a locus entered twice with different alleles.
        """
        read = tuple(label for label in labels if label is not None and label.strip() not in UNREAD)
        genotypes = self.typed.setdefault(person, {})
        if not read or locus in self.lineage:
            return
        found = self._genotypes.get(read)
        if found is None:
            try:
                found = self._genotypes[read] = Genotype(tuple(Allele(label) for label in read))
            except InvalidRecord as error:
                raise error.at(where) from None
        if found.is_triallelic:
            self.leave_out(f"{person}, {locus}", _three_alleles(found), where)
            return
        half = len(read) < len(labels) and len(labels) == 2
        before = genotypes.get(locus)
        known_half = locus in self.partial.get(person, ())
        if before is not None and (before, known_half) != (found, half):
            raise InvalidRecord(
                f"{person} is typed {before} and {found} at {locus}.",
                rule="A person has one genotype at a locus.",
                way_on="Keep the right one, or give two people two names.",
                where=where,
            )
        genotypes[locus] = found
        if half:
            self.partial.setdefault(person, set()).add(locus)

    def mark_x_by_name(self) -> None:
        """Take loci named DXS... as X-chromosomal: for forms that cannot say what a locus is."""
        loci = {locus for genotypes in self.typed.values() for locus in genotypes}
        named = sorted(locus for locus in loci | set(self.tables) if locus.startswith("DXS"))
        if named:
            self.x_linked.update(named)
            self.notices.append(f"Taken as loci of the X chromosome: {', '.join(named)}.")

    @property
    def pedigrees(self) -> list[Pedigree]:
        """Those of all hypotheses and all families."""
        return [*self.hypotheses.values(), *(pedigree for _, pedigree, _ in self.families)]


def _three_alleles(found: Genotype) -> InvalidRecord:
    return InvalidRecord(
        f"Three alleles: {found}.",
        rule="Descent is weighed with two alleles of a person at a locus.",
        way_on="The locus was left out of this person's profile.",
    )
