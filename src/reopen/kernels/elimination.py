"""An order in which the variables of a sum of products are summed out, written down as a plan.

    total = sum over all variables of the product of factors,
    factor = a sum of tables, each over one to three variables.

A factor of two tables is how a parent hands on one of two alleles: (M[u, c] + M[v, c]) / 2 needs no
table over u, v and c. While variables are summed out, factors stay sums of products of tables as
long as that is cheaper than one table over all their variables. A plan knows which variables each
table has, not their sizes: one plan serves every locus of a pedigree. `kernels.peeling` carries it
out. Not here: numbers.

Order: the variable whose elimination makes the smallest tables, ties by the fewest variables
joined. Source: Lange and Elston 1975; Lauritzen and Sheehan 2003 on pedigrees as graphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import inf, log, prod
from random import Random
from typing import NamedTuple

import numpy as np

from reopen.kernels.shapes import Ints

Scope = tuple[int, ...]

_Product = tuple[int, ...]  # tables
_Sum = tuple[_Product, ...]
_Choice = tuple[float, int, tuple[int, ...]]

_LATER = 4.0  # cost of a number that is left to later steps
_WORTH_A_TRIAL = 3e6  # products that take longer than one more trial
_HOPELESS = 1e13  # products; plans above this are not improved on
_TRIALS = 40
_FEW = 4  # sums of which every subset is tried


@dataclass(frozen=True, slots=True)
class Cut:
    """A table cut out of a source: source[domain of `row`, domain of `column`].

    source  number of the source matrix; a vector is a matrix of one row, and has no `row`
    switch  (variable, value): the table is zero unless the variable has the value
    """

    source: int
    column: int
    row: int | None = None
    switch: tuple[int, int] | None = None

    @property
    def scope(self) -> Scope:
        """The table's variables in the order of its axes; one may stand twice."""
        first = () if self.switch is None else (self.switch[0],)
        return (*first, *(() if self.row is None else (self.row,)), self.column)


@dataclass(frozen=True, slots=True)
class Given:
    """A table handed over with the numbers of a locus, already over the variables' domains."""

    number: int
    scope: Scope


Table = Cut | Given


@dataclass(frozen=True, slots=True)
class Network:
    """Variables and factors. sizes: usual size of each variable's domain, to choose the order."""

    sizes: tuple[int, ...]
    factors: tuple[tuple[Table, ...], ...]


class Plan(NamedTuple):
    """A network's elimination as flat arrays; `first_x[i]` to `first_x[i + 1]` belong to i.

    Tables are numbered: those of the network, then one for each sum of steps; the last one is the
    result, over the kept variables in ascending order.
    """

    first_axis: Ints  # table + 1
    axes: Ints  # axis; the variable
    cut_source: Ints  # network table; source, or -1 - number of the table given
    cut_switch: Ints  # network table; value of the switch (its first axis), or -1
    step_out: Ints  # step; table written to
    step_adds: Ints  # step; 1 where it adds to the table of the step before
    step_variable: Ints  # step; variable summed out, or -1
    first_read: Ints  # step + 1
    reads: Ints  # table multiplied


def plan(network: Network, keep: Scope = ()) -> Plan:
    """The plan that sums out all variables but `keep`.

    Where the greedy order turns out costly, orders that stray from it at random (from fixed seeds)
    are tried as well, and the cheapest is kept.
    """
    best = _Planner(network, keep)
    for seed in range(_TRIALS):
        if not _WORTH_A_TRIAL * (seed + 1) <= best.work <= _HOPELESS:
            break
        most, stray = (8, 16)[seed % 2], (0.5, 1.5, 3.0)[seed % 3]
        other = _Planner(network, keep, most, stray, Random(seed), best.work)
        if other.work < best.work:
            best = other
    return best.plan()


@dataclass(frozen=True, slots=True)
class _Step:
    """out (+)= sum over the variable of the product of tables."""

    out: int
    adds: bool
    variable: int
    tables: _Product


class _Planner:
    """Greedy elimination. Sets of variables are bit masks.

    most   products that a factor may have
    stray  how far the order may stray from the greedy one
    limit  work at which the plan is given up
    work   products of numbers that the steps make
    """

    def __init__(
        self,
        network: Network,
        keep: Scope,
        most: int = 16,
        stray: float = 0.0,
        random: Random | None = None,
        limit: float = inf,
    ):
        self.limit, self.work = limit, 0.0
        self.most, self.stray, self.random = most, stray, random or Random(0)
        self.network = network
        self.sizes = network.sizes
        self.keep = sum(1 << v for v in set(keep))
        self.cells_of = {0: 1.0}
        self.scopes: list[Scope] = []  # by table
        self.masks: list[int] = []  # by table
        self.factors: dict[int, _Sum] = {}  # those not yet multiplied
        self.variables: dict[int, int] = {}  # factor -> mask
        self.holding: list[dict[int, None]] = [{} for _ in self.sizes]
        self.n_factors = 0
        self.made: dict[tuple[int, _Product], int] = {}
        self.steps: list[_Step] = []
        for terms in network.factors:
            self._add([(self._table(table.scope),) for table in terms])
        self._eliminate_all()

    def _eliminate_all(self) -> None:
        left = [v for v, held in enumerate(self.holding) if held and not self.keep >> v & 1]
        choices = {v: self._choice(v) for v in left}
        while choices:
            chosen = self._pick(choices)
            apart = choices.pop(chosen)[2]
            for neighbour in _bits(self._eliminate(chosen, apart)):
                if neighbour in choices:
                    choices[neighbour] = self._choice(neighbour)
            if self.work > self.limit:
                return
        rest = tuple(self._one_table(factor) for factor in self.factors.values())
        self._step(self.keep, -1, rest)

    def _pick(self, choices: Mapping[int, _Choice]) -> int:
        """The variable that costs least, or one that does not cost much more."""
        if self.stray == 0:
            return min(choices, key=lambda v: (choices[v][:2], v))
        draw = self.random.expovariate
        return min(choices, key=lambda v: log(choices[v][0]) + self.stray * draw(1.0))

    def _table(self, scope: Scope) -> int:
        self.scopes.append(scope)
        self.masks.append(sum(1 << v for v in set(scope)))
        return len(self.scopes) - 1

    def _add(self, products: Sequence[_Product]) -> None:
        """Note a factor; tables that stand in all its products become factors of their own."""
        common = set(products[0]).intersection(*products[1:])
        if len(products) == 1 or common:
            for table in sorted(common):
                self._note(((table,),))
            left = tuple(tuple(t for t in one if t not in common) for one in products)
            if len(products) > 1:
                self._note(left)
            return
        self._note(tuple(products))

    def _note(self, factor: _Sum) -> None:
        self.factors[self.n_factors] = factor
        self.variables[self.n_factors] = self._union(t for one in factor for t in one)
        for v in _bits(self.variables[self.n_factors]):
            self.holding[v][self.n_factors] = None
        self.n_factors += 1

    def _remove(self, factor: int) -> _Sum:
        for v in _bits(self.variables[factor]):
            del self.holding[v][factor]
        return self.factors.pop(factor)

    def _union(self, tables: Iterable[int]) -> int:
        mask = 0
        for table in tables:
            mask |= self.masks[table]
        return mask

    def _cells(self, mask: int) -> float:
        if mask not in self.cells_of:
            lowest = mask & -mask
            size = self.sizes[lowest.bit_length() - 1]
            self.cells_of[mask] = size * self._cells(mask ^ lowest)
        return self.cells_of[mask]

    def _choice(self, v: int) -> _Choice:
        """The cheapest way to sum a variable out: (cost, variables joined, factors kept apart).

        Factors kept apart are multiplied out, product by product; the others become one table each.
        """
        held = tuple(self.holding[v])
        bucket = [self.factors[f] for f in held]
        masks = [self.variables[f] for f in held]
        sums = [k for k, factor in enumerate(bucket) if len(factor) > 1]
        parts = {k: [self._part(v, one) for one in bucket[k]] for k in sums}
        everything = 0
        for mask in masks:
            everything |= mask
        cheapest = inf
        chosen: _Product = ()
        for n in range(len(sums) + 1 if len(sums) <= _FEW else 2):
            for apart in combinations(sums, n):
                if prod(len(bucket[k]) for k in apart) > self.most:
                    continue
                rest, cost = 0, 0.0
                for k, mask in enumerate(masks):
                    if k not in apart:
                        rest |= mask
                        if k in parts:
                            cost += len(bucket[k]) * self._cells(mask)
                cost += self._cost_apart(v, rest, [parts[k] for k in apart])
                if cost <= cheapest:
                    cheapest, chosen = cost, apart
        return cheapest, everything.bit_count(), chosen

    def _part(self, v: int, tables: _Product) -> tuple[int, _Product, float]:
        """Of a product: variables of the tables that have v, these tables, cost of the others."""
        inside = tuple(table for table in tables if self.masks[table] >> v & 1)
        later = sum(self._cells(self.masks[t]) for t in tables if t not in inside)
        return self._union(inside), inside, _LATER * later

    def _cost_apart(
        self, v: int, rest: int, parts: list[list[tuple[int, _Product, float]]]
    ) -> float:
        """Cost of the products of one part of each sum with the rest."""
        without, cost = ~(1 << v), 0.0
        seen = set()
        for chosen in product(*parts):
            joint = rest
            for mask, _, later in chosen:
                joint |= mask
                cost += later
            cost += _LATER * self._cells(joint & without)
            name = tuple([inside for _, inside, _ in chosen])
            if name not in seen:
                seen.add(name)
                cost += self._cells(joint)
        return cost

    def _eliminate(self, v: int, apart: tuple[int, ...]) -> int:
        """Sum a variable out; returns the variables whose costs have changed."""
        bucket = [self._remove(f) for f in tuple(self.holding[v])]
        rest = tuple(self._one_table(f) for k, f in enumerate(bucket) if k not in apart)
        products = []
        for chosen in product(*(bucket[k] for k in apart)):
            tables = sorted((*rest, *(table for one in chosen for table in one)))
            inside = tuple(t for t in tables if self.masks[t] >> v & 1)
            outside = tuple(t for t in tables if not self.masks[t] >> v & 1)
            products.append((*outside, self._summed(v, inside)))
        self._add(products)
        return self._union(t for factor in bucket for one in factor for t in one) & ~(1 << v)

    def _summed(self, v: int, tables: _Product) -> int:
        """The table of a product with v summed out; made once."""
        if (v, tables) not in self.made:
            self.made[v, tables] = self._step(self._union(tables) & ~(1 << v), v, tables)
        return self.made[v, tables]

    def _one_table(self, factor: _Sum) -> int:
        """A factor as one table."""
        if len(factor) == 1 and len(factor[0]) == 1:
            return factor[0][0]
        out = self._table(_bits(self._union(t for one in factor for t in one)))
        for k, tables in enumerate(factor):
            self._note_step(_Step(out, k > 0, -1, tables))
        return out

    def _step(self, mask: int, v: int, tables: _Product) -> int:
        out = self._table(_bits(mask))
        self._note_step(_Step(out, False, v, tables))
        return out

    def _note_step(self, step: _Step) -> None:
        self.steps.append(step)
        summed = 1 << step.variable if step.variable >= 0 else 0
        self.work += self._cells(self.masks[step.out] | summed) * len(step.tables)

    def plan(self) -> Plan:
        """The steps as flat arrays."""
        tables = [table for terms in self.network.factors for table in terms]
        cut_source = [t.source if isinstance(t, Cut) else -1 - t.number for t in tables]
        cut_switch = [t.switch[1] if isinstance(t, Cut) and t.switch else -1 for t in tables]
        return Plan(
            *_ragged(self.scopes),
            _ints(cut_source),
            _ints(cut_switch),
            _ints(step.out for step in self.steps),
            _ints(step.adds for step in self.steps),
            _ints(step.variable for step in self.steps),
            *_ragged([step.tables for step in self.steps]),
        )


def _bits(mask: int) -> Scope:
    """The variables of a mask, in ascending order."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _firsts(rows: Sequence[Sequence[object]]) -> Ints:
    return np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)


def _ragged(rows: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    return _firsts(rows), _ints(value for row in rows for value in row)
