"""A weighing, and a link of a search, as a page shows them while the report lies beside: in words
and rows, rounded as the report rounds.

Not here: all of it as data (`as_json`), the report (`assemble_weighing`).
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.faces.report import NonContributorView, SensitivityView, UnexplainedRow
from reopen.faces.report.chance_words import by_chance_text
from reopen.faces.report.counting_views import IntegratedView
from reopen.faces.report.number_bars import number_bars
from reopen.faces.report.spread import spread
from reopen.faces.report.tornado import tornado
from reopen.faces.report.wording import chance_text, log10_text, ratio_text, rfu_text
from reopen.faces.workbench.assemble_weighing import weighing_view
from reopen.faces.workbench.plain_values import Plain
from reopen.faces.workbench.results import Weighing
from reopen.faces.workbench.without_heights import WeighingWithoutHeights
from reopen.faces.workbench.without_heights_shown import dropout_told
from reopen.records import End, Ending, Fit, Link
from reopen.weigh.words import in_words


def told_of_weighing(weighing: Weighing) -> Mapping[str, Plain]:
    """The number, what it says, what it rests on."""
    view = weighing_view(weighing)
    ratio = view.ratio
    return {
        "title": view.title,
        "stain": view.stain,
        "suspect": view.suspect,
        "known": list(view.known),
        "log10": log10_text(ratio.log10),
        "ratio": ratio_text(ratio.log10),
        "sentence": view.sentence,
        "warnings": list(view.warnings),
        "contributors": view.contributors,
        "per_locus": [[locus, log10_text(value)] for locus, value in ratio.per_locus.items()],
        "sides": [
            {
                "name": side.name,
                "says": side.says,
                "ending": _ending(side.stain.fit),
                "told": "" if side.unchecked else side.told,
                "unchecked": side.unchecked,
                "fitted": [list(row) for row in side.fitted],
                "unexplained": [_peak(row) for row in side.unexplained],
            }
            for side in view.sides
        ],
        "integrated": [] if view.integrated is None else list(view.integrated.told),
        "numbers": _numbers(view.integrated),
        "sensitivity": _sensitivity(view.sensitivity),
        "non_contributors": _non_contributors(view.non_contributors),
        "assumptions": list(view.assumptions),
        "not_weighed": [str(item) for item in view.not_weighed],
        "notices": [*view.controls, *view.notices],
    }


def told_of_seen(weighing: WeighingWithoutHeights) -> Mapping[str, Plain]:
    """A weighing by which alleles were seen: the number, its terms, drop-out, what it rests on."""
    ratio = weighing.ratio
    told = []
    if ratio.numerator.ending is Ending.UNEXPLAINED:
        told = [f"An exclusion under this model: {ratio.numerator.remark}."]
    return {
        "stain": weighing.stain.id,
        "suspect": weighing.suspect.id,
        "known": [person.id for person in weighing.known],
        "log10": log10_text(ratio.log10),
        "ratio": ratio_text(ratio.log10),
        "sentence": in_words(ratio.log10),
        "warnings": list(told),
        "contributors": str(weighing.number.chosen),
        "per_locus": [[locus, log10_text(value)] for locus, value in ratio.per_locus.items()],
        "sides": [
            {
                "name": name,
                "says": str(proposition),
                "ending": fit.ending.value + (f" ({fit.remark})" if fit.remark else ""),
                "dropout": dropout_told(fit),
            }
            for name, proposition, fit in (
                ("First proposition", ratio.propositions.numerator, ratio.numerator),
                ("Second proposition", ratio.propositions.denominator, ratio.denominator),
            )
        ],
        "by_dropout": [[f"{at:g}", log10_text(value)] for at, value in ratio.by_dropout.items()],
        "assumptions": list(weighing.assumptions),
        "not_weighed": [str(item) for item in weighing.not_weighed],
        "notices": list(weighing.notices),
    }


def _numbers(found: IntegratedView | None) -> Plain:
    """The number of contributors, where it was averaged over; None where it was given."""
    if found is None or not found.rows:
        return None
    return {
        "picture": str(number_bars(found.bars, "Number of contributors")),
        "header": list(found.header),
        "rows": [list(row) for row in found.rows],
    }


def _sensitivity(found: SensitivityView | None) -> Plain:
    """log10 LR with one assumption changed at a time; None where that was not asked for."""
    if found is None:
        return None
    title = "log10 LR with one assumption changed at a time"
    return {
        "told": found.told,
        "picture": str(tornado(found, title)),
        "log10": log10_text(found.log10),
        "changes": [
            [
                change.assumption.capitalize(),
                change.value,
                "not weighed" if change.log10 is None else log10_text(change.log10),
                _moved(change.log10, found.log10),
                change.reason if change.log10 is None else change.remark,
            ]
            for change in found.changes
        ],
    }


def _moved(log10: float | None, before: float) -> str:
    if log10 is None:
        return ""
    return "none" if log10 == before else log10_text(log10 - before, signed=True)


def _non_contributors(found: NonContributorView | None) -> Plain:
    """What random people would score; None where that was not asked for."""
    if found is None:
        return None
    picture = "" if found.spread is None else str(spread(found.spread, "log10 LR of random people"))
    return {
        "told": list(found.told),
        "picture": picture,
        "rows": [list(row) for row in found.rows],
        "untested": found.untested,
    }


def told_of_link(link: Link) -> Mapping[str, Plain]:
    """One link of a search, as a row."""
    return {
        "one": _end(link.one),
        "other": _end(link.other),
        "relation": link.relation,
        "log10": log10_text(link.weight),
        "expected_chance": chance_text(link.expected_chance),
        "by_chance": by_chance_text(link.by_chance),
        "remarks": "; ".join(link.remarks),
    }


def _end(end: End) -> str:
    told = end.profile + (f": {end.member}" if end.member else "")
    return told + (f", contributor {end.contributor}" if end.contributor is not None else "")


def _peak(row: UnexplainedRow) -> list[Plain]:
    return [
        f"{row.locus} {row.allele}",
        row.replicate,
        f"{rfu_text(row.height_rfu)} RFU",
        row.expected_rfu,
        row.what,
    ]


def _ending(fit: Fit | None) -> str:
    if fit is None:
        return ""
    return fit.ending.value + (f" ({fit.remark})" if fit.remark else "")
