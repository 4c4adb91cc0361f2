"""A kinship weighing as its report shows it.

Not for: drawing (`report`), how anything was computed (`weigh.kinship`).
"""

from __future__ import annotations

from reopen.faces.report.kinship_views import (
    HypothesisView,
    KinshipRow,
    KinshipView,
    RatioView,
)
from reopen.faces.report.pedigree_part import joining_part
from reopen.faces.report.wording import MINUS, log10_text
from reopen.faces.workbench.checks_shown import check_view
from reopen.faces.workbench.kinship import Finding, KinshipWeighing, LocusFinding
from reopen.faces.workbench.kinship_shown import (
    MOST_SAID,
    NOT_COUNTED,
    pedigree_said,
    probability_plain,
    remark,
    warnings_of,
)
from reopen.faces.workbench.kinship_words import candidates
from reopen.weigh.words import SOURCE, in_words

TITLE = "Kinship"
CITED = (
    "Elston and Stewart 1971. Hum. Hered. 21, 523-542 (likelihood of a pedigree)",
    "Lange and Elston 1975. Hum. Hered. 25, 95-105 (pedigrees with loops)",
    "Egeland, Mostad, Mevåg and Stenersen 2000. Forensic Sci. Int. 110, 47-59 (pedigree LRs)",
    "Balding and Nichols 1994. Forensic Sci. Int. 64, 125-140 (theta)",
    "Dawid, Mortera and Pascali 2001. Forensic Sci. Int. 124, 55-61 (mutation)",
    "Bennett, French, Resta and Doyle 2008. J. Genet. Couns. 17, 424-433 (symbols of pedigrees)",
    SOURCE,
)
_TONES = {
    Finding.NORMAL: "",
    Finding.MUTATION: "mutation",
    Finding.EXCLUDED: "excluded",
    Finding.OTHER_EXCLUDED: "excluded",
    Finding.IMPOSSIBLE: "gap",
}


def kinship_view(weighing: KinshipWeighing, *, title: str = "") -> KinshipView:
    """Everything that the report of a kinship weighing shows."""
    return KinshipView(
        title=title or (f"{TITLE}: {weighing.case.file}" if weighing.case.file else TITLE),
        made_at=weighing.made_at.strftime("%-d %B %Y, %H:%M UTC"),
        case=weighing.case.file,
        hypotheses=tuple(_hypothesis(weighing, name) for name in weighing.hypotheses),
        ratios=tuple(_ratio(weighing, name) for name in weighing.numerators),
        check=None if weighing.check is None else check_view("", weighing.check),
        gaps=weighing.gaps,
        notices=weighing.notices,
        not_weighed=weighing.not_weighed,
        assumptions=weighing.assumptions,
        populations=weighing.populations,
        run=weighing.run,
        references_cited=CITED,
    )


def _hypothesis(weighing: KinshipWeighing, name: str) -> HypothesisView:
    """With the people in question: those placed otherwise than in what it is compared with."""
    pedigree = weighing.hypotheses[name]
    reference = weighing.denominator
    other = weighing.hypotheses[weighing.numerators[0] if name == reference else reference]
    drawn = pedigree
    if len(pedigree.members) > MOST_SAID:
        drawn = joining_part(pedigree, tuple(weighing.profiles))
    return HypothesisView(
        name=name,
        says=pedigree_said(pedigree, weighing),
        pedigree=drawn,
        left_out=len(pedigree.members) - len(drawn.members),
        typed=tuple(weighing.profiles),
        candidates=candidates(pedigree, other, tuple(weighing.profiles)),
    )


def _ratio(weighing: KinshipWeighing, name: str) -> RatioView:
    lowest, every = weighing.lowest(name), weighing.of(name)
    return RatioView(
        numerator=name,
        denominator=weighing.denominator,
        sentence=in_words(lowest.log10),
        log10=lowest.log10,
        population=lowest.population.name,
        by_population=tuple((one.population.name, one.log10) for one in every)
        if len(every) > 1
        else (),
        warnings=warnings_of(weighing, lowest),
        rows=tuple(_row(found) for found in lowest.findings),
        per_locus=lowest.ratio.per_locus,
    )


def _row(found: LocusFinding) -> KinshipRow:
    return KinshipRow(
        locus=found.locus,
        first=_probability(found.log10_numerator),
        second=_probability(found.log10_denominator),
        log10=NOT_COUNTED if found.log10 is None else log10_text(found.log10),
        remark=remark(found),
        tone=_TONES[found.finding],
    )


def _probability(log10: float) -> str:
    return probability_plain(log10).replace("-", MINUS)
