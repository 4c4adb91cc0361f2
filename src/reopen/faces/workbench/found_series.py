"""Series of a search: what its links, and those of earlier searches, make together.

Not here: how traces are joined (`link.series`), what a unit knows beside the DNA (`unit_series`),
showing them (`series_shown`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from reopen.faces.workbench.results import Linking
from reopen.link import Progress
from reopen.link.explanations import Context, SeriesOptions
from reopen.link.series import Linked, joining, series_among
from reopen.link.stains import quiet
from reopen.weigh.prior_odds import PriorOdds


def with_series(
    linking: Linking,
    *,
    earlier: Iterable[Linked] = (),
    context: Context | None = None,
    without: Container[str] = frozenset(),
    prior: PriorOdds | None = None,
    progress: Progress = quiet,
) -> Linking:
    """A search with its series.

    earlier  links of earlier searches between profiles that this one has too
    context  what is known beside the DNA
    without  people who take no part: those of a database that is searched beside a unit
    prior    odds of a true link before the DNA, in place of those of the search
    """
    result, options = linking.result, series_options(linking, prior or linking.prior)
    found = series_among(
        [*(one for one in joining(result.links) if one.other not in without), *earlier],
        result.stains,
        result.references,
        result.by_locus,
        options,
        context,
        progress,
    )
    told = (
        "Donors of series are unrelated to each other, or full brothers and sisters where that is "
        f"said; traces are joined from a log10 LR of {options.least_log10:g} on, by the "
        f"{options.most_links} strongest links of each."
    )
    return replace(linking, series=found, assumptions=(*linking.assumptions, told))


def series_options(linking: Linking, prior: PriorOdds | None) -> SeriesOptions:
    """The terms of its series: the threshold of the search, and never a lower one than the usual;
    as many possible donors as its prior odds speak of."""
    usual = SeriesOptions()
    donors = None if prior is None else 1 + 1 / prior.odds
    least = max(linking.options.least_log10, usual.least_log10)
    return replace(usual, least_log10=least, possible_donors=donors)
