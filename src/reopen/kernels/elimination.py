"""An order in which the variables of a sum of products are summed out, written down as a plan.

    total = sum over all variables of the product of factors,
    factor = a sum of tables, each over one to three variables.

A factor of two tables is how a parent hands on one of two alleles: (M[u, c] + M[v, c]) / 2 needs no
table over u, v and c. A plan knows which variables each table has, not their sizes: one plan serves
every locus of a pedigree. `kernels.peeling` carries it out. Not here: numbers.

Order: the variable whose elimination makes the smallest tables, ties by the fewest variables
joined. Source: Lange and Elston 1975; Lauritzen and Sheehan 2003 on pedigrees as graphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from reopen.kernels.shapes import Ints

Scope = tuple[int, ...]

_MOST_TERMS = 16


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

    Tables are numbered: those of the network, then one or more for each step; the last one is the
    result, over the kept variables in ascending order.
    """

    first_axis: Ints  # table + 1
    axes: Ints  # axis; the variable
    cut_source: Ints  # network table; source, or -1 - number of the table given
    cut_switch: Ints  # network table; value of the switch (its first axis), or -1
    step_out: Ints  # step; table written to
    step_adds: Ints  # step; 1 where it adds to what is there
    step_variable: Ints  # step; variable summed out, or -1
    first_factor: Ints  # step + 1
    first_term: Ints  # factor of a step + 1
    terms: Ints  # term; table
    first_scaled: Ints  # step + 1
    scaled: Ints  # tables scaled together after the step


def plan(network: Network, keep: Scope = ()) -> Plan:
    """The plan that sums out all variables but `keep`."""
    return _Planner(network, keep).plan()


class _Planner:
    def __init__(self, network: Network, keep: Scope):
        self.sizes = network.sizes
        self.keep = tuple(sorted(set(keep)))
        self.network = network
        self.scopes: list[Scope] = []  # by table
        self.factors: dict[int, tuple[int, ...]] = {}  # alive: factor -> its tables
        self.holding: dict[int, set[int]] = {v: set() for v in range(len(self.sizes))}
        self.n_factors = 0
        self.steps: list[tuple[int, bool, int, list[tuple[int, ...]], tuple[int, ...]]] = []
        for terms in network.factors:
            self._add([self._table(table.scope) for table in terms])

    def plan(self) -> Plan:
        left = [v for v in range(len(self.sizes)) if v not in self.keep and self.holding[v]]
        cost = {v: self._cost(v) for v in left}
        while cost:
            chosen = min(cost, key=lambda v: (cost[v], v))
            del cost[chosen]
            for neighbour in self._eliminate(chosen):
                if neighbour in cost:
                    cost[neighbour] = self._cost(neighbour)
        self._finish()
        return self._flat()

    def _table(self, scope: Scope) -> int:
        self.scopes.append(scope)
        return len(self.scopes) - 1

    def _add(self, terms: Sequence[int]) -> None:
        self.factors[self.n_factors] = tuple(terms)
        for v in self._variables(terms):
            self.holding[v].add(self.n_factors)
        self.n_factors += 1

    def _remove(self, factor: int) -> tuple[int, ...]:
        terms = self.factors.pop(factor)
        for v in self._variables(terms):
            self.holding[v].discard(factor)
        return terms

    def _variables(self, terms: Iterable[int]) -> set[int]:
        return {v for table in terms for v in self.scopes[table]}

    def _cells(self, scope: Iterable[int]) -> float:
        cells = 1.0
        for v in scope:
            cells *= self.sizes[v]
        return cells

    def _products(self, bucket: list[tuple[int, ...]]) -> list[tuple[int, ...]] | None:
        """The terms of the product of sums, multiplied out; None where they are too many."""
        n = 1
        for terms in bucket:
            n *= len(terms)
        return list(product(*bucket)) if n <= _MOST_TERMS else None

    def _cost(self, v: int) -> tuple[float, int]:
        bucket = [self.factors[f] for f in self.holding[v]]
        union = self._variables(t for terms in bucket for t in terms) | {v}
        whole = self._cells(union)
        products = self._products(bucket)
        if products is not None:
            apart = {frozenset(self._variables(tables) | {v}) for tables in products}
            whole = min(whole, sum(map(self._cells, apart)))
        return whole, len(union)

    def _eliminate(self, v: int) -> set[int]:
        """Sum a variable out; returns the variables whose costs have changed."""
        bucket = [self._remove(f) for f in sorted(self.holding[v])]
        union = self._variables(t for terms in bucket for t in terms) - {v}
        products = self._products(bucket)
        if products is not None:
            groups: dict[Scope, list[tuple[int, ...]]] = {}
            for tables in products:
                scope = tuple(sorted(self._variables(tables) - {v}))
                groups.setdefault(scope, []).append(tables)
            apart = sum(self._cells((*scope, v)) for scope in groups)
            if apart < self._cells((*union, v)):
                self._add(self._multiply_out(groups, v))
                return union
        bucket = [self._summed(terms, self._cells(union)) for terms in bucket]
        self._add([self._step(tuple(sorted(union)), v, bucket)])
        return union

    def _multiply_out(self, groups: dict[Scope, list[tuple[int, ...]]], v: int) -> list[int]:
        tables = []
        for scope, products in groups.items():
            out = self._table(scope)
            for k, one in enumerate(products):
                self.steps.append((out, k > 0, v, [(table,) for table in one], ()))
            tables.append(out)
        self.steps[-1] = (*self.steps[-1][:4], tuple(tables))
        return tables

    def _summed(self, terms: tuple[int, ...], cells: float) -> tuple[int, ...]:
        """A sum of tables as one table, where that is small beside the step that reads it."""
        own = tuple(sorted(self._variables(terms)))
        if len(terms) == 1 or self._cells(own) * 2 > cells:
            return terms
        out = self._table(own)
        self.steps.append((out, False, -1, [terms], ()))
        return (out,)

    def _step(self, scope: Scope, v: int, bucket: list[tuple[int, ...]]) -> int:
        out = self._table(scope)
        self.steps.append((out, False, v, bucket, (out,)))
        return out

    def _finish(self) -> None:
        self._step(self.keep, -1, list(self.factors.values()))

    def _flat(self) -> Plan:
        tables = [table for terms in self.network.factors for table in terms]
        cut_source = [t.source if isinstance(t, Cut) else -1 - t.number for t in tables]
        cut_switch = [t.switch[1] if isinstance(t, Cut) and t.switch else -1 for t in tables]
        outs, adds, variables, buckets, scaled = zip(*self.steps, strict=True)
        factors = [factor for bucket in buckets for factor in bucket]
        return Plan(
            *_ragged(self.scopes),
            _ints(cut_source),
            _ints(cut_switch),
            _ints(outs),
            _ints(adds),
            _ints(variables),
            _firsts(buckets),
            *_ragged(factors),
            *_ragged(scaled),
        )


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _firsts(rows: Sequence[Sequence[object]]) -> Ints:
    return np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)


def _ragged(rows: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    return _firsts(rows), _ints(value for row in rows for value in row)
