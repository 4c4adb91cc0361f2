"""Series of a search: what its links, and those of earlier searches, make together.

Not here: how traces are joined (`link.series`), what a unit knows beside the DNA (`unit_series`),
showing them (`series_shown`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reopen.faces.workbench.results import Linking
from reopen.link import Progress
from reopen.link.explanations import Context, SeriesOptions
from reopen.link.series import Linked, joining, series_among
from reopen.link.stains import quiet


def with_series(
    linking: Linking,
    *,
    earlier: Iterable[Linked] = (),
    context: Context | None = None,
    progress: Progress = quiet,
) -> Linking:
    """A search with its series.

    earlier  links of earlier searches between profiles that this one has too
    context  what is known beside the DNA
    """
    result = linking.result
    found = series_among(
        [*joining(result.links), *earlier],
        result.stains,
        result.references,
        result.by_locus,
        series_options(linking),
        context,
        progress,
    )
    return replace(linking, series=found)


def series_options(linking: Linking) -> SeriesOptions:
    """The terms of its series: the threshold of the search, and never a lower one than the usual;
    as many possible donors as its prior odds speak of."""
    usual = SeriesOptions()
    donors = None if linking.prior is None else 1 + 1 / linking.prior.odds
    least = max(linking.options.least_log10, usual.least_log10)
    return replace(usual, least_log10=least, possible_donors=donors)
