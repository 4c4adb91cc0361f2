"""Carry out a plan of elimination: sums of products of tables, in double precision.

Each table is rescaled by its largest cell and carries the logarithm, so that many people cannot
underflow; `BOOLEAN` asks only whether a sum is above zero, `LOGS` keeps
logarithms throughout, for sums whose terms differ by more than doubles can hold.
Not here: the plan (`kernels.elimination`). Twin: tests/twins/pedigree.py.
"""

from __future__ import annotations

from math import exp, inf, log
from typing import NamedTuple

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.elimination import Plan
from reopen.kernels.shapes import Floats, Ints

LINEAR, BOOLEAN, LOGS = 0, 1, 2
_FAINT, _FAR = 1e-150, 300.0


class Numbers(NamedTuple):
    """What differs from locus to locus. `first_x[i]` to `first_x[i + 1]` belong to i."""

    first_value: Ints  # variable + 1
    values: Ints  # (variable, state); row or column of a source that each state stands for
    first_source: Ints  # source + 1
    columns: Ints  # source; number of columns
    sources: Floats  # source cells, row by row
    first_given: Ints  # given table + 1
    given: Floats  # cells of the tables given


def side_by_side(one: Numbers, other: Numbers, given: Floats) -> Numbers:
    """The numbers of two networks as one, with one more given table."""

    def follow(first: Ints, second: Ints) -> Ints:
        return np.concatenate([first, second[1:] + first[-1]])

    first_given = follow(one.first_given, other.first_given)
    return Numbers(
        follow(one.first_value, other.first_value),
        np.concatenate([one.values, other.values]),
        follow(one.first_source, other.first_source),
        np.concatenate([one.columns, other.columns]),
        np.concatenate([one.sources, other.sources]),
        np.append(first_given, first_given[-1] + len(given)),
        np.concatenate([one.given, other.given, given]),
    )


def ln_peel(plan: Plan, numbers: Numbers) -> Floats:
    """ln of the sum over all variables but those the plan keeps; flat table over these.

    -inf exactly where no term of the sum is above zero.
    """
    ln, table, faint = carry_out(plan, numbers, LINEAR)
    if not faint and (table > _FAINT).all():
        return ln + np.log(table)
    possible = carry_out(plan, numbers, BOOLEAN)[1] > 0
    if faint or (table[possible] <= _FAINT).any():
        return np.where(possible, carry_out(plan, numbers, LOGS)[1], -inf)
    with np.errstate(divide="ignore"):
        return np.where(possible, ln + np.log(table), -inf)


@kernel
def workload(plan: Plan, sizes: Ints) -> tuple[float, float]:
    """(cells of all tables, products to be made) for variables of these sizes."""
    n_tables = len(plan.first_axis) - 1
    cells = np.ones(n_tables)
    for t in range(n_tables):
        for k in range(plan.first_axis[t], plan.first_axis[t + 1]):
            cells[t] *= sizes[plan.axes[k]]
    products = 0.0
    for i in range(len(plan.step_out)):
        here = cells[plan.step_out[i]] * (plan.first_read[i + 1] - plan.first_read[i])
        if plan.step_variable[i] >= 0:
            here *= sizes[plan.step_variable[i]]
        products += here
    return cells.sum(), products


@kernel
def carry_out(plan: Plan, numbers: Numbers, mode: int) -> tuple[float, Floats, bool]:
    """(ln scale, result table, whether cells became too small to be trusted)."""
    sizes = numbers.first_value[1:] - numbers.first_value[:-1]
    n_tables, n_steps = len(plan.first_axis) - 1, len(plan.step_out)
    start = np.zeros(n_tables + 1, np.int64)
    for t in range(n_tables):
        cells = 1
        for k in range(plan.first_axis[t], plan.first_axis[t + 1]):
            cells *= sizes[plan.axes[k]]
        start[t + 1] = start[t] + cells
    space = np.empty(start[n_tables])
    for t in range(len(plan.cut_source)):
        _fill(plan, numbers, sizes, t, space[start[t] : start[t + 1]], mode)
    ln_scale = np.zeros(n_tables)
    faint = False
    for i in range(n_steps):
        out = plan.step_out[i]
        ln = 0.0
        for k in range(plan.first_read[i], plan.first_read[i + 1]):
            ln += ln_scale[plan.reads[k]]
        if plan.step_adds[i] == 0:
            ln_scale[out] = ln
        elif abs(ln - ln_scale[out]) > _FAR:
            faint = True
        weight = exp(min(ln - ln_scale[out], _FAR)) if mode == LINEAR else 1.0
        _step(plan, sizes, i, space, start, mode, weight)
        if mode != LOGS and (i + 1 == n_steps or plan.step_adds[i + 1] == 0):
            top = _rescale(space[start[out] : start[out + 1]], mode)
            if top > 0.0:
                ln_scale[out] += log(top)
                faint = faint or top < _FAINT
    last = plan.step_out[n_steps - 1]
    return ln_scale[last], space[start[last] : start[last + 1]].copy(), faint


@kernel
def _fill(plan: Plan, numbers: Numbers, sizes: Ints, t: int, table: Floats, mode: int) -> None:
    """Write a table of the network."""
    source, switch = plan.cut_source[t], plan.cut_switch[t]
    if source < 0:
        first = numbers.first_given[-1 - source]
        for k in range(len(table)):
            table[k] = _entry(numbers.given[first + k], mode)
        return
    first, last = plan.first_axis[t], plan.first_axis[t + 1]
    if switch >= 0:
        first += 1
    column = plan.axes[last - 1]
    row = plan.axes[first] if last - first == 2 else -1
    n_columns = numbers.columns[source]
    n_rows = sizes[row] if row >= 0 else 1
    offset = 0
    if switch >= 0:
        table[:] = _entry(0.0, mode)
        offset = switch * n_rows * sizes[column]
    for i in range(n_rows):
        at = numbers.first_source[source]
        if row >= 0:
            at += numbers.values[numbers.first_value[row] + i] * n_columns
        for j in range(sizes[column]):
            value = numbers.sources[at + numbers.values[numbers.first_value[column] + j]]
            table[offset + i * sizes[column] + j] = _entry(value, mode)


@kernel
def _entry(value: float, mode: int) -> float:
    if mode == BOOLEAN:
        return 1.0 if value > 0 else 0.0
    if mode == LOGS:
        return log(value) if value > 0 else -inf
    return value


@kernel
def _rescale(table: Floats, mode: int) -> float:
    """Divide a table by its largest cell (BOOLEAN: make cells 0 or 1); returns that cell."""
    top = 0.0
    for c in range(len(table)):
        top = max(top, table[c])
    if top > 0.0:
        for c in range(len(table)):
            if mode == BOOLEAN:
                table[c] = 1.0 if table[c] > 0 else 0.0
            else:
                table[c] /= top
    return top


@kernel
def _step(
    plan: Plan, sizes: Ints, i: int, space: Floats, start: Ints, mode: int, weight: float
) -> None:
    """One step: out (+)= weight * sum over the variable of the product of tables.

    Cells are written row by row, a row being the longest axis of the table written.
    """
    out, variable = plan.step_out[i], plan.step_variable[i]
    first_axis, n_axes = plan.first_axis[out], plan.first_axis[out + 1] - plan.first_axis[out]
    n_reads = plan.first_read[i + 1] - plan.first_read[i]
    stride = np.zeros((n_axes + 1, n_reads), np.int64)
    along = np.zeros(n_reads, np.int64)
    at = np.zeros(n_reads, np.int64)
    for m in range(n_reads):
        t = plan.reads[plan.first_read[i] + m]
        at[m] = start[t]
        step = 1
        for k in range(plan.first_axis[t + 1] - 1, plan.first_axis[t] - 1, -1):
            v = plan.axes[k]
            if v == variable:
                along[m] += step
            for a in range(n_axes):
                if plan.axes[first_axis + a] == v:
                    stride[a, m] += step
            step *= sizes[v]
    dims = sizes[plan.axes[first_axis : first_axis + n_axes]]
    n_axes = _joined(dims, stride)
    n_states = sizes[variable] if variable >= 0 else 1
    row, length, apart = n_axes, 1, 1
    step = 1
    for a in range(n_axes - 1, -1, -1):
        if dims[a] > length:
            row, length, apart = a, dims[a], step
        step *= dims[a]
    if step == 0:
        return
    order = np.argsort(stride[row] != 0)  # tables that are constant along a row come first
    at, along, stride = at[order], along[order], stride[:, order]
    n_constant = n_reads - np.count_nonzero(stride[row])
    values, cells = np.empty(length), np.empty(length)
    digits = np.zeros(n_axes, np.int64)
    cell = start[out]
    for _ in range(step // length):
        if mode == LOGS:
            _ln_row(space, at, along, stride[row], n_states, values)
        else:
            _row(space, at, along, stride[row], n_constant, n_states, values, cells)
        for j in range(length):
            c = cell + j * apart
            if plan.step_adds[i] == 0:
                space[c] = weight * values[j] if mode != LOGS else values[j]
            elif mode == LOGS:
                space[c] = _ln_add(space[c], values[j])
            else:
                space[c] += weight * values[j]
        step_out = 1
        for a in range(n_axes - 1, -1, -1):
            if a != row:
                digits[a] += 1
                if digits[a] < dims[a]:
                    cell += step_out
                    at += stride[a]
                    break
                digits[a] = 0
                cell -= step_out * (dims[a] - 1)
                at -= stride[a] * (dims[a] - 1)
            step_out *= dims[a]


@kernel
def _joined(dims: Ints, stride: Ints) -> int:
    """Neighbouring axes that every table runs through as one are made one, so that rows are long.

    Both arrays are changed; returns how many axes are left, beyond which strides are 0.
    """
    kept = 0
    for a in range(len(dims)):
        if kept > 0 and (stride[kept - 1] == stride[a] * dims[a]).all():
            dims[kept - 1] *= dims[a]
        else:
            dims[kept] = dims[a]
            kept += 1
        stride[kept - 1] = stride[a]
    stride[kept:] = 0
    return kept


@kernel
def _row(
    space: Floats,
    at: Ints,
    along: Ints,
    step: Ints,
    n_constant: int,
    n_states: int,
    values: Floats,
    cells: Floats,
) -> None:
    """A row of sums of products; the first tables do not change along it. cells: room to work."""
    n_reads, length = len(at), len(values)
    values[:] = 0.0
    for x in range(n_states):
        product = 1.0
        for m in range(n_constant):
            product *= space[at[m] + x * along[m]]
        if product == 0.0:
            continue
        if n_constant == n_reads:
            for j in range(length):
                values[j] += product
            continue
        if n_reads - n_constant == 1:
            m = n_constant
            _add_multiple(values, product, space[at[m] + x * along[m] :], step[m])
        else:
            cells[:] = product
            for m in range(n_constant, n_reads):
                _multiply(cells, space[at[m] + x * along[m] :], step[m])
            for j in range(length):
                values[j] += cells[j]


@kernel
def _add_multiple(values: Floats, factor: float, table: Floats, step: int) -> None:
    """values += factor * every step-th cell of a table; slices let the compiler do several."""
    length = len(values)
    if step == 1:
        row = table[:length]
        for j in range(length):
            values[j] += factor * row[j]
    else:
        for j in range(length):
            values[j] += factor * table[j * step]


@kernel
def _multiply(values: Floats, table: Floats, step: int) -> None:
    """values *= every step-th cell of a table."""
    length = len(values)
    if step == 1:
        row = table[:length]
        for j in range(length):
            values[j] *= row[j]
    else:
        for j in range(length):
            values[j] *= table[j * step]


@kernel
def _ln_row(
    space: Floats, at: Ints, along: Ints, step: Ints, n_states: int, values: Floats
) -> None:
    """The same in logarithms."""
    for j in range(len(values)):
        values[j] = _ln_sum_product(space, at + j * step, along, n_states)


@kernel
def _ln_sum_product(space: Floats, at: Ints, along: Ints, n_states: int) -> float:
    total = -inf
    for x in range(n_states):
        product = 0.0
        for m in range(len(at)):
            product += space[at[m] + x * along[m]]
        total = _ln_add(total, product)
    return total


@kernel
def _ln_add(a: float, b: float) -> float:
    high, low = max(a, b), min(a, b)
    if low == -inf:
        return high
    return high + log(1.0 + exp(low - high))
