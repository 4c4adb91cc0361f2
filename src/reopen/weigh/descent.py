"""A pedigree as variables and factors: who hands which allele to whom.

One variable for each allele of each person (paternal and maternal; identical twins are one person;
a male has one on X), factors for founders, transmissions and what was observed. Nothing here
depends on the alleles of a locus, so one network serves all loci at which the same people are
typed. Not here: numbers (`weigh.kinship_locus`), the elimination (`kernels`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from reopen.errors import CannotWeigh
from reopen.kernels.elimination import Cut, Given, Network, Scope, Table
from reopen.records import Member, Pedigree, Sex

TYPED_SIZE, FREE_SIZE, SWITCH_SIZE = 2, 16, 2
"""Usual sizes of domains, by which an order of elimination is chosen: two alleles read, all
alleles of a locus, and which of a parent's two alleles is handed on."""


class Source(IntEnum):
    """Matrices of a locus that tables are cut from. Those of inbred founders follow."""

    FREQUENCY = 0
    FEMALE = 1
    MALE = 2
    FEMALE_HALF = 3
    MALE_HALF = 4
    FOUNDER_PAIR = 5


@dataclass(frozen=True, slots=True)
class Descent:
    """The network of one locus in one pedigree.

    network    factors; given tables are numbered by `observed`
    people     member -> variables (paternal, maternal), or the only one; identical twins share
    observed   members whose evidence is a given table, in the order of the tables
    draws      variables that are drawn from the population one by one; those of a founder whose
               two alleles may be exchanged stand together
    fixed      founders whose alleles are known: no factor draws them
    switches   variables that say which allele a parent with two hands on (0 the paternal one)
    inbreeding founder inbreeding by source, from Source.FOUNDER_PAIR on
    """

    network: Network
    people: Mapping[str, Scope]
    observed: tuple[str, ...]
    draws: tuple[Scope, ...]
    fixed: tuple[str, ...]
    switches: Scope
    inbreeding: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a network is made for.

    typed     members with evidence at the locus
    kept      members whose alleles the answer is about; not dropped though untyped
    fixed     founders whose alleles the evidence leaves no doubt about, drawn beforehand
    x_linked  a locus on X
    switched  with variables for the allele handed on, for loci that are linked
    phased    one child of each founder is taken to have got the first allele. A founder's alleles
              may be exchanged, so this changes no sum over both; it makes sums much smaller
    """

    typed: frozenset[str]
    kept: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    x_linked: bool = False
    switched: bool = False
    phased: bool = False


def descent(pedigree: Pedigree, asked: Asked) -> Descent:
    """The network of a pedigree for one locus.

    Untyped people without descendants among those asked about are left out: their genotypes sum to
    1. An untyped founder with one child hands on one allele, and is one variable.
    Raises CannotWeigh for a locus on X where the sex of a person who matters is not known.
    """
    return _Descent(pedigree, asked).result()


class _Descent:
    def __init__(self, pedigree: Pedigree, asked: Asked):
        self.pedigree, self.asked = pedigree, asked
        self.one_of = {id: group[0] for group in pedigree.twins for id in group}
        self.typed = {self._one(id) for id in asked.typed}
        self.kept = {self._one(id) for id in asked.kept}
        self.fixed = {self._one(id) for id in asked.fixed}
        self.line = self._line()
        self.sizes: list[int] = []
        self.people: dict[str, Scope] = {}
        self.factors: list[tuple[Table, ...]] = []
        self.draws: list[Scope] = []
        self.switches: list[int] = []
        self.inbreeding: list[float] = []

    def result(self) -> Descent:
        for member in self.line:
            self._place(member)
        self.heir = self._heirs() if self.asked.phased else {}
        for member in self.line:
            if member.is_founder:
                self._found(member)
            else:
                self._hand_down(member)
        observed = tuple(sorted(self.asked.typed))
        for number, id in enumerate(observed):
            self.factors.append((Given(number, self.people[self._one(id)]),))
        everyone = {
            id: self.people[self._one(id)]
            for id in self.pedigree.ids
            if self._one(id) in self.people
        }
        return Descent(
            Network(tuple(self.sizes), tuple(self.factors)),
            everyone,
            observed,
            tuple(self.draws),
            tuple(id for id in sorted(self.fixed) if id in self.people),
            tuple(self.switches),
            tuple(self.inbreeding),
        )

    def _one(self, id: str) -> str:
        """The name under which identical twins are kept."""
        return self.one_of.get(id, id)

    def _line(self) -> list[Member]:
        """Those asked about and those who hand something down to them, parents first."""
        everyone = [m for m in self.pedigree.parents_first if self._one(m.id) == m.id]
        needed = self.typed | self.kept
        self.handed = dict.fromkeys((m.id for m in everyone), 0)
        for member in reversed(everyone):
            if member.id in needed:
                for parent in self._givers(member):
                    needed.add(parent)
                    self.handed[parent] += 1
        return [m for m in everyone if m.id in needed]

    def _givers(self, member: Member) -> tuple[str, ...]:
        """Parents who hand an allele down, as they are kept; no father of a man on X."""
        if member.father is None or member.mother is None:
            return ()
        if self.asked.x_linked and self._sex(member.id) is Sex.MALE:
            return (self._one(member.mother),)
        return self._one(member.father), self._one(member.mother)

    def _sex(self, id: str) -> Sex:
        group = next((group for group in self.pedigree.twins if id in group), (id,))
        known = {self.pedigree.sex(twin) for twin in group} - {Sex.UNKNOWN}
        if not known:
            raise CannotWeigh(
                f"The sex of {id} is not known.",
                rule="A man has one allele of a locus on X, a woman two.",
                way_on=f"State the sex of {id}, or leave loci on X out.",
            )
        return known.pop()

    def _variable(self, size: int) -> int:
        self.sizes.append(size)
        return len(self.sizes) - 1

    def _place(self, member: Member) -> None:
        free = member.id not in self.typed | self.kept
        lone = member.is_founder and free and self.handed[member.id] == 1
        single = lone or (self.asked.x_linked and self._sex(member.id) is Sex.MALE)
        n = 1 if single else 2
        size = TYPED_SIZE if member.id in self.typed else FREE_SIZE
        self.people[member.id] = tuple(self._variable(size) for _ in range(n))

    def _found(self, member: Member) -> None:
        variables = self.people[member.id]
        f = self._inbreeding(member.id)
        if member.id in self.fixed:
            return
        if len(variables) == 2 and f > 0:
            if f not in self.inbreeding:
                self.inbreeding.append(f)
            source = Source.FOUNDER_PAIR + self.inbreeding.index(f)
            self.factors.append((Cut(source, variables[1], variables[0]),))
            return
        self.factors += [(Cut(Source.FREQUENCY, v),) for v in variables]
        exchangeable = member.id not in self.heir
        self.draws += [variables] if exchangeable else [(v,) for v in variables]

    def _inbreeding(self, id: str) -> float:
        group = next((group for group in self.pedigree.twins if id in group), (id,))
        return max(self.pedigree.founder_inbreeding.get(twin, 0.0) for twin in group)

    def _heirs(self) -> dict[str, str]:
        """Founder with two alleles -> the child who got the first; an untyped one if there is."""
        founders = {m.id for m in self.line if m.is_founder and len(self.people[m.id]) == 2}
        heirs: dict[str, str] = {}
        for child in sorted(self.line, key=lambda m: m.id in self.typed):
            for parent in self._givers(child):
                if parent in founders and parent not in self.kept:
                    heirs.setdefault(parent, child.id)
        return heirs

    def _hand_down(self, member: Member) -> None:
        variables = self.people[member.id]
        for parent, child in zip(self._givers(member), variables, strict=True):
            is_mother = member.mother is not None and parent == self._one(member.mother)
            whole = Source.FEMALE if is_mother else Source.MALE
            half = Source.FEMALE_HALF if is_mother else Source.MALE_HALF
            handed = self.people[parent]
            if self.heir.get(parent) == member.id:
                handed = handed[:1]
            if len(handed) == 1:
                self.factors.append((Cut(whole, child, handed[0]),))
            elif self.asked.switched:
                switch = self._variable(SWITCH_SIZE)
                self.switches.append(switch)
                self.factors.append(
                    tuple(Cut(whole, child, v, (switch, k)) for k, v in enumerate(handed))
                )
            else:
                self.factors.append(tuple(Cut(half, child, v) for v in handed))


def joined(draws: Scope, block_of: tuple[int, ...], network: Network) -> Network:
    """The network in which draws of one block are one allele, drawn once."""
    same = joined_variables(draws, block_of)
    copies = {v for v, kept in same.items() if v != kept}
    sizes = list(network.sizes)
    for v, kept in same.items():
        sizes[kept] = min(sizes[kept], sizes[v])
    factors = tuple(
        tuple(_renamed(table, same) for table in terms)
        for terms in network.factors
        if not (_is_draw(terms[0]) and terms[0].scope[0] in copies)
    )
    return Network(tuple(sizes), factors)


def joined_variables(draws: Scope, block_of: tuple[int, ...]) -> dict[int, int]:
    """Variable -> the variable that stands for its block."""
    first: dict[int, int] = {}
    return {v: first.setdefault(block, v) for v, block in zip(draws, block_of, strict=True)}


def paired(made: Descent) -> Network:
    """Two loci side by side, what is handed on coupled by a given table of recombination.

    Variables, sources and given tables of the second locus follow those of the first; the table of
    recombination comes last.
    """
    network = made.network
    n_variables, n_given = len(network.sizes), len(made.observed)
    n_sources = Source.FOUNDER_PAIR + len(made.inbreeding)
    second = tuple(
        tuple(_shifted(table, n_variables, n_sources, n_given) for table in terms)
        for terms in network.factors
    )
    linkage = tuple((Given(2 * n_given, (s, s + n_variables)),) for s in made.switches)
    return Network(network.sizes * 2, (*network.factors, *second, *linkage))


def _shifted(table: Table, variables: int, sources: int, given: int) -> Table:
    if isinstance(table, Given):
        return Given(table.number + given, tuple(v + variables for v in table.scope))
    row = None if table.row is None else table.row + variables
    switch = None if table.switch is None else (table.switch[0] + variables, table.switch[1])
    return Cut(table.source + sources, table.column + variables, row, switch)


def _is_draw(table: Table) -> bool:
    return isinstance(table, Cut) and table.source == Source.FREQUENCY


def _renamed(table: Table, names: Mapping[int, int]) -> Table:
    if isinstance(table, Given):
        return Given(table.number, tuple(names.get(v, v) for v in table.scope))
    row = None if table.row is None else names.get(table.row, table.row)
    return Cut(table.source, names.get(table.column, table.column), row, table.switch)
