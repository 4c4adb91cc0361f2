"""Numbers of contributors, and an integrated ratio, as their reports show them.

Not for: drawing (`report`), how anything was computed (`weigh.number_posterior`).
"""

from __future__ import annotations

from reopen.faces.report.counting_views import CountedView, CountingView, IntegratedView
from reopen.faces.report.number_bars import NumberBar
from reopen.faces.workbench.counting import CountedStain, Counting
from reopen.faces.workbench.counting_shown import (
    BY_NUMBER,
    by_number_rows,
    chance_of_number,
    integrating_told,
    unsettled,
)
from reopen.faces.workbench.integrating import Integrating
from reopen.records import NumberPosterior, Run

TITLE = "How many people contributed"
CITED_FOR_INTEGRALS = (
    "Cappé, Douc, Guillin, Marin and Robert 2008. Stat. Comput. 18, 447-459 (integration)",
    "Owen 1997. SIAM J. Numer. Anal. 34, 1884-1910 (its error)",
)
CITED = (
    "Cowell, Graversen, Lauritzen and Mortera 2015. J. R. Stat. Soc. C 64, 1-48 (peak heights)",
    "Bleka, Storvik and Gill 2016. Forensic Sci. Int. Genet. 21, 35-44 (degradation, drop-in)",
    "Balding and Nichols 1994. Forensic Sci. Int. 64, 125-140 (theta)",
    *CITED_FOR_INTEGRALS,
)
_NOTHING = Run("reopen", "nothing was computed", {})


def counting_view(counting: Counting, *, title: str = "") -> CountingView:
    """Everything that the report of numbers of contributors shows."""
    return CountingView(
        title=title or TITLE,
        made_at=counting.made_at.strftime("%-d %B %Y, %H:%M UTC"),
        counted=tuple(_counted(one) for one in counting.counted),
        known=tuple(person.id for person in counting.known),
        controls=counting.controls,
        notices=counting.notices,
        not_weighed=counting.not_weighed,
        assumptions=counting.assumptions,
        populations=(counting.population,),
        run=counting.counted[0].run if counting.counted else _NOTHING,
        references_cited=CITED,
    )


def _counted(one: CountedStain) -> CountedView:
    return CountedView(
        stain=one.stain.id,
        kit=one.kit.name if one.kit else "kit not known, degradation not modelled",
        most_probable=one.posterior.most_probable,
        bars=_bars(one.posterior),
        warning=unsettled(one.posterior),
    )


def _bars(posterior: NumberPosterior) -> tuple[NumberBar, ...]:
    return tuple(
        NumberBar(one.number, one.probability, chance_of_number(one), one.is_bound)
        for one in posterior.numbers
    )


def integrated_view(found: Integrating | None) -> IntegratedView | None:
    """What the report of a weighing shows of its integrated ratio."""
    if found is None:
        return None
    over = found.over_numbers
    return IntegratedView(
        told=tuple(integrating_told(found)),
        header=BY_NUMBER,
        rows=tuple(tuple(row) for row in by_number_rows(found)),
        bars=() if over is None else _bars(over.denominator),
    )
