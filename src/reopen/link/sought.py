"""Who is sought: families of the missing, unidentified remains, people, relatives of a donor.

Families are put beside each other as tables, one row for each missing member, so that a candidate
is weighed against all of them at once. Not for: which links come of it (`families`, `relatives`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from reopen.errors import InvalidRecord, ReopenError
from reopen.kernels.genotypes import number, pairs
from reopen.kernels.shapes import Floats
from reopen.records import (
    Allele,
    Family,
    Frozen,
    KinshipModel,
    Locus,
    Mutation,
    NotWeighed,
    Population,
    Purpose,
    Reference,
    Relation,
    Remains,
)
from reopen.weigh.compare import Contributors, LocusTable
from reopen.weigh.families import FamilyLocus, FamilyTable, family_table
from reopen.weigh.sides import Side, side_of

MAY_BE_MISSING = (Purpose.DATABASE, Purpose.SUSPECT, Purpose.UNIDENTIFIED)
MAY_BE_RELATIVES = (Purpose.DATABASE, Purpose.SUSPECT)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search is for, beside the same person.

    models      family id -> how genotypes are handed on and read there; others have `model`
    partial     remains id -> loci where one allele was read and the other is unknown
    relations   of a stain's donor to people in the database, to be tested one by one
    model       for relations too; only parent and child are weighed with mutation
    most_chance  relations are listed from the LR on that no more unrelated people than this are
                expected to reach in the whole search, and from the least LR of all links
    people      typed people who are looked for, in person and as relatives, among those searched
    """

    families: tuple[Family, ...] = ()
    remains: tuple[Remains, ...] = ()
    relations: tuple[Relation, ...] = ()
    model: KinshipModel = field(default_factory=KinshipModel)
    models: Mapping[str, KinshipModel] = field(default_factory=dict)
    partial: Mapping[str, frozenset[Locus]] = field(default_factory=dict)
    most_chance: float = 1.0
    people: tuple[Reference, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", Frozen(self.models))
        object.__setattr__(self, "partial", Frozen(self.partial))
        if not self.most_chance > 0:
            raise InvalidRecord(
                f"{self.most_chance} chance hits allowed.",
                rule="Any threshold lets some chance hits through: a number above 0.",
                way_on="Use 1, or 0.1 for a shorter list.",
            )
        ids = [family.id for family in self.families]
        for what, named in (
            ("families", ids),
            ("remains", [one.id for one in self.remains]),
            ("people", [one.id for one in self.people]),
        ):
            twice = sorted({id for id in named if named.count(id) > 1})
            if twice:
                raise InvalidRecord(
                    f"Two {what} called {twice[0]}.",
                    rule="Each has a name of its own in a search.",
                    way_on="Rename one of them, or leave out the file read twice.",
                )

    def model_of(self, family: Family) -> KinshipModel:
        return self.models.get(family.id, self.model)

    @property
    def alleles_met(self) -> dict[Locus, set[Allele]]:
        """All alleles of relatives, remains and people."""
        typed = [profile for family in self.families for profile in family.profiles.values()]
        typed += [*(one.profile for one in self.remains), *self.people]
        met: dict[Locus, set[Allele]] = {}
        for profile in typed:
            for locus, genotype in profile.genotypes.items():
                met.setdefault(locus, set()).update(genotype.alleles)
        return met


@dataclass(frozen=True, slots=True)
class MissingMembers:
    """Missing members of all families as tables, one row each.

    who      (family, member) of each row
    tables   alleles and frequencies of the search
    ln_related, ln_unrelated  locus -> (row, genotype) ln P(family, the person is typed so), as the
             missing member and as an unrelated person
    present  locus -> (row,) whether the family says anything there
    """

    who: tuple[tuple[Family, str], ...]
    tables: Mapping[Locus, LocusTable]
    ln_related: Mapping[Locus, Floats]
    ln_unrelated: Mapping[Locus, Floats]
    present: Mapping[Locus, NDArray[np.bool_]]

    @property
    def ln_ratio(self) -> dict[Locus, Floats]:
        """ln LR of a typed person; locus -> (row, genotype), 0 where a family says nothing."""
        return {locus: self._ratio(locus) for locus in self.tables}

    def _ratio(self, locus: Locus) -> Floats:
        related, unrelated = self.ln_related[locus], self.ln_unrelated[locus]
        possible = np.isfinite(related)
        ratio: Floats = np.full(related.shape, -np.inf)
        ratio[possible] = related[possible] - unrelated[possible]
        ratio[~self.present[locus]] = 0.0
        return ratio

    def side(self, row: int) -> Side:
        """One row as chance sees it: its LRs, and an unrelated person's genotypes."""
        loci = [locus for locus in self.tables if self.present[locus][row]]
        only = slice(row, row + 1)
        return side_of(
            {locus: self._ratio(locus)[only] for locus in loci},
            {locus: self.ln_unrelated[locus][only] for locus in loci},
        )

    def against(self, people: Contributors) -> tuple[Floats, dict[Locus, Floats]]:
        """log10 LR of every row with people given by likelihoods, and its terms by locus.

        Each (row, person); a term is 0 where either has no data.
        """
        total = np.zeros((len(self.who), len(people.owners)))
        terms = {}
        for locus in self.tables:
            if locus not in people.ln:
                continue
            values = np.exp(people.ln[locus]).T
            have = np.outer(self.present[locus], people.present[locus])
            with np.errstate(divide="ignore"):
                related = _ln_dot(self.ln_related[locus], values)
                term = (related - _ln_dot(self.ln_unrelated[locus], values)) / np.log(10)
            terms[locus] = np.where(have, term, 0.0)
            total += terms[locus]
        return total, terms


def _ln_dot(ln: Floats, values: Floats) -> Floats:
    """ln of exp(ln) @ values, without underflow of whole rows."""
    top = ln.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(ln - top) @ values) + top)


def missing_members(
    sought: Sought,
    population: Population,
    tables: Mapping[Locus, LocusTable],
    *,
    mutating: bool = True,
    only: Iterable[tuple[str, str]] | None = None,
) -> tuple[MissingMembers, list[NotWeighed]]:
    """Tables of every missing member, and what of them cannot be used.

    mutating  False: with nothing mutating and without theta, to see what is possible at all
    only      (family id, member) of the rows wanted; None: all
    """
    if not mutating:
        population = replace(population, theta=0.0)
    met = {locus: set(table.alleles) for locus, table in tables.items()}
    wanted = None if only is None else set(only)
    found: list[tuple[Family, str, FamilyTable]] = []
    refused: list[NotWeighed] = []
    for family in sought.families:
        model = sought.model_of(family)
        for member in family.missing:
            if wanted is not None and (family.id, member) not in wanted:
                continue
            try:
                table = family_table(
                    family, member, population, model if mutating else _unchanging(model), met
                )
            except ReopenError as error:
                where = family.pedigree.where
                refused.append(NotWeighed(f"family {family.id}: {member}", str(error), where))
                continue
            refused += table.not_weighed
            found.append((family, member, table))
    return _stacked(found, tables), list(dict.fromkeys(refused))


def _unchanging(model: KinshipModel) -> KinshipModel:
    return replace(model, mutation=Mutation(), typing_error=0.0)


def _stacked(
    found: Sequence[tuple[Family, str, FamilyTable]], tables: Mapping[Locus, LocusTable]
) -> MissingMembers:
    related, unrelated, present = {}, {}, {}
    for locus, table in tables.items():
        n = len(table.alleles) * (len(table.alleles) + 1) // 2
        related[locus], unrelated[locus] = np.zeros((2, len(found), n))
        present[locus] = np.zeros(len(found), dtype=bool)
        for row, (_, _, own) in enumerate(found):
            if (at := own.by_locus.get(locus)) is not None:
                places = _places(table, at)
                related[locus][row] = at.ln_related[places]
                unrelated[locus][row] = at.ln_unrelated[places]
                present[locus][row] = True
    who = tuple((family, member) for family, member, _ in found)
    return MissingMembers(who, dict(tables), related, unrelated, present)


def _places(table: LocusTable, at: FamilyLocus) -> NDArray[np.int64] | slice:
    """The search's genotypes among the family's, which may tell more alleles apart."""
    if table.alleles == at.alleles:
        return slice(None)
    place = {label: k for k, label in enumerate(at.alleles)}
    index = np.array([place[label] for label in table.alleles])
    first, second = pairs(len(table.alleles))
    return number(index[first], index[second], len(at.alleles))


def split_by_purpose(
    references: Sequence[Reference], purposes: Sequence[Purpose], what: str
) -> tuple[list[Reference], list[NotWeighed]]:
    """Those whose purpose allows the search, and a note on the others."""
    allowed = [one for one in references if one.purpose in purposes]
    others = [one for one in references if one.purpose not in purposes]
    kinds = ", ".join(sorted({str(one.purpose) for one in others}))
    refused = [
        NotWeighed(
            f"references kept for other purposes ({kinds}): {len(others):,}",
            f"what was given for such a purpose is not searched for {what}",
        )
    ]
    return allowed, refused if others else []
