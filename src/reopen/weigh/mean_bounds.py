"""Bounds of a mean over rows of products over loci: what can be said before anybody is weighed.

A row is a table by locus; a person takes one value of each table. Rows that are alike are bounded
together, and the fewer at a time the closer. Not for: the means themselves (`sifting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reopen.kernels.shapes import Floats, Ints
from reopen.kernels.sieve import Codes

_MOST_CLUSTERS = 16
_ROWS_EACH = 4  # rows of a cluster, on average, below which they had better be weighed
_ASKED = 64  # people who say which rows are alike
_FAR = -10.0  # ln LR below which rows are not told apart
_TINY = 1e-300  # a power that is not 0, however small it is


@dataclass(frozen=True, slots=True)
class Bound:
    """Tables whose products over loci bound the mean over each cluster of rows.

    tables    by locus, (cluster, code) natural logs
    ln_share  (cluster, 1) ln of the cluster's share of all rows
    """

    tables: tuple[Floats, ...]
    ln_share: Floats


class Powers:
    """The rows' values to the power of the number of loci, by locus, for bounds of any clusters."""

    def __init__(self, rows: Sequence[Floats]):
        self._loci = len(rows)
        tops = [table.max(axis=0) for table in rows]
        self._tops = [np.where(np.isfinite(top), top, 0.0) for top in tops]
        self._powers = [
            np.where(table == -np.inf, 0.0, np.maximum(np.exp(len(rows) * (table - top)), _TINY))
            for table, top in zip(rows, self._tops, strict=True)
        ]

    def bound(self, clusters: Sequence[Ints]) -> Bound:
        """(mean of x^n)^(1/n) over each cluster's rows, for n loci.

        Their product over the loci is at least the mean of the products, and at most the product
        of the largest values.
        Source: Hardy, Littlewood and Polya 1934, Inequalities, theorem 11 (Hoelder's, n factors).
        """
        sizes = np.array([len(cluster) for cluster in clusters], dtype=np.float64)
        with np.errstate(divide="ignore"):
            tables = tuple(
                top + np.log([powers[cluster].mean(axis=0) for cluster in clusters]) / self._loci
                for top, powers in zip(self._tops, self._powers, strict=True)
            )
        return Bound(tables, np.log(sizes / sizes.sum())[:, None])


def clusters_of_rows(rows: Sequence[Floats], codes: Sequence[Codes]) -> list[list[Ints]]:
    """All rows as one set, then in 2, 4, 8 and 16 sets that are alike; fewer where rows are few.

    rows   by locus, (row, code)
    codes  by locus, (person,), of people who say which rows are alike
    """
    n = len(rows[0]) if rows else 0
    made = [[np.arange(n)]]
    if n < 2 * _ROWS_EACH:
        return made
    alike = _products(rows, codes)
    while 2 * len(made[-1]) <= min(_MOST_CLUSTERS, n // _ROWS_EACH):
        finer = [half for cluster in made[-1] for half in _halves(cluster, alike)]
        if len(finer) == len(made[-1]):
            break
        made.append(finer)
    return made


def _products(rows: Sequence[Floats], codes: Sequence[Codes]) -> Floats:
    """Inner products of what every two rows say of some people; (row, row)."""
    values = [
        np.maximum(table[:, own[:: max(1, len(own) // _ASKED)]], _FAR)
        for table, own in zip(rows, codes, strict=True)
    ]
    seen = np.concatenate(values, axis=1)
    return np.asarray(seen @ seen.T)


def _halves(cluster: Ints, products: Floats) -> list[Ints]:
    """Rows on either side of the widest gap along the direction in which they differ most, with
    a quarter of them or more on each side."""
    n = len(cluster)
    if n < 4:
        return [cluster]
    own = products[np.ix_(cluster, cluster)]
    centred = own - own.mean(axis=0) - own.mean(axis=1)[:, None] + own.mean()
    along = np.linalg.eigh(centred)[1][:, -1]
    order = np.argsort(along, kind="stable")
    gaps = np.diff(along[order])[n // 4 - 1 : n - n // 4]
    cut = n // 4 + int(gaps.argmax())
    return [cluster[order[:cut]], cluster[order[cut:]]]
