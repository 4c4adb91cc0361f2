"""Identifications as their report shows them.

Not for: drawing (`report`), how anything was computed (`link.dvi`).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from reopen.faces.report.dvi_views import (
    Bar,
    CandidateRow,
    ConclusionRow,
    DviFamilyView,
    DviView,
    PairCell,
)
from reopen.faces.report.wording import log10_text, probability_text
from reopen.faces.workbench.checks_shown import check_view
from reopen.faces.workbench.dvi import Identifying
from reopen.faces.workbench.dvi_shown import (
    NOT_WEIGHED,
    OTHER_SEX,
    PAIRS_LEGEND,
    assignment_told,
    evidence_told,
    pair_cell,
    probability_of,
    sequential_told,
    summary,
    warnings,
    who_named,
)
from reopen.faces.workbench.kinship_words import pedigree_in_words
from reopen.link.dvi_conclusions import Conclusion, Kind
from reopen.link.dvi_pairs import Pair
from reopen.link.dvi_people import may_be
from reopen.records import Family

TITLE = "Victims and missing people"
CITED = (
    "Vigeland and Egeland 2021. Sci. Rep. 11, 13661 (joint identification)",
    "Egeland and Vigeland 2025. Forensic Sci. Int. Genet., 103270 (generalised LR)",
    "Prinz et al. 2007. Forensic Sci. Int. Genet. 1, 3-12 (ISFG, disaster victims)",
    "Budowle et al. 2011 (priors for missing people)",
    "Balding and Nichols 1994. Forensic Sci. Int. 64, 125-140 (theta)",
)
_STRONGEST = 8.0  # log10 LR at which a cell has its full shade
_DEEPEST = 0.6
_LISTED_ASSIGNMENTS = 20
_SHOWN = 5e-4
_TONES = {
    Kind.UNDISPUTED: "named", Kind.MATCH: "named", Kind.SYMMETRIC: "named",
    Kind.EXCLUDED: "excluded", Kind.NOT_IDENTIFIABLE: "gap", Kind.FAMILY_IMPOSSIBLE: "excluded",
}  # fmt: skip


def dvi_view(identifying: Identifying, *, title: str = "") -> DviView:
    """Everything that the report shows."""
    found = identifying.found
    joint = found.joint
    return DviView(
        title=title or TITLE,
        made_at=identifying.made_at.strftime("%-d %B %Y, %H:%M UTC"),
        summary=summary(identifying),
        warnings=tuple(warnings(identifying)),
        of_missing=tuple(_row(identifying, one) for one in found.of_missing),
        of_victims=tuple(_row(identifying, one) for one in found.of_victims),
        columns=tuple(person.name for person in found.missing),
        pairs=_pairs(identifying),
        legend=PAIRS_LEGEND,
        probabilities=tuple((victim, _bars(row)) for victim, row in joint.posterior.items()),
        exactness=joint.told,
        prior=found.options.prior.told,
        assignments=tuple(
            (
                log10_text(ranked.log10_lr),
                ("" if joint.is_exact else "at least ") + probability_text(ranked.posterior),
                assignment_told(ranked.assignment),
            )
            for ranked in joint.top[:_LISTED_ASSIGNMENTS]
        ),
        sequential=sequential_told(identifying),
        families=tuple(_family(identifying, family) for family in identifying.families),
        notices=identifying.notices,
        not_weighed=identifying.not_weighed,
        assumptions=identifying.assumptions,
        populations=(identifying.population,),
        run=identifying.run,
        references_cited=CITED,
    )


def _row(identifying: Identifying, one: Conclusion) -> ConclusionRow:
    probability = probability_of(identifying, one)
    return ConclusionRow(
        person=one.person,
        conclusion=one.kind.value,
        others=" / ".join(one.others) or "nobody",
        log10_lr="" if one.log10_lr is None else log10_text(one.log10_lr),
        log10_glr="" if one.log10_glr is None else log10_text(one.log10_glr),
        probability="" if probability is None else probability_text(probability),
        evidence=evidence_told(identifying, one),
        tone=_TONES.get(one.kind, "open"),
    )


def _pairs(identifying: Identifying) -> tuple[tuple[str, tuple[PairCell, ...]], ...]:
    found = identifying.found
    pairs = {(pair.victim, pair.missing): pair for pair in found.pairs}
    rows = []
    for victim, sex in found.victims.items():
        cells = []
        for person in found.missing:
            pair = pairs.get((victim, person.name))
            if pair is not None:
                cells.append(_cell(identifying, pair))
            elif may_be(sex, person.sex):
                title = "The family says nothing of this person."
                cells.append(PairCell(NOT_WEIGHED, "gap", title=title))
            else:
                cells.append(PairCell(OTHER_SEX, "sex", title="Of another sex."))
        rows.append((victim, tuple(cells)))
    return tuple(rows)


def _cell(identifying: Identifying, pair: Pair) -> PairCell:
    is_open = identifying.found.options.rules.is_open(pair)
    shade = min(max(pair.log10_lr / _STRONGEST, 0.0), 1.0) * _DEEPEST if is_open else 0.0
    needs = f"Mutation needed at {', '.join(pair.impossible)}." if pair.impossible else ""
    lr = "" if pair.log10_lr == -inf else f"log10 LR {log10_text(pair.log10_lr)}. "
    title = f"{pair.victim} as {pair.missing}: {lr}{needs}".strip()
    tone = "ratio" if is_open else "excluded"
    return PairCell(pair_cell(identifying, pair), tone, shade, title)


def _bars(row: Mapping[str, float]) -> tuple[Bar, ...]:
    ranked = sorted(row.items(), key=lambda item: -item[1])
    likely = [item for item in ranked if item[1] >= _SHOWN] or ranked[:1]
    return tuple(Bar(who_named(name), p, probability_text(p)) for name, p in likely)


def _family(identifying: Identifying, family: Family) -> DviFamilyView:
    found = identifying.found
    name_of = {p.member: p.name for p in found.missing if p.family == family.id}
    concluded = {one.person: one for one in found.of_missing}
    remarks = {
        member: f"{concluded[name].kind.value}: {' / '.join(concluded[name].others) or 'nobody'}"
        for member, name in name_of.items()
    }
    impossible = found.inconsistent.get(family.id, ())
    check = identifying.checks.by_family.get(family.id)
    return DviFamilyView(
        id=family.id,
        says=pedigree_in_words(family.pedigree, family.profiles),
        pedigree=family.pedigree,
        typed=tuple(family.profiles),
        missing=family.missing,
        candidates=tuple(
            row for member in family.missing for row in _candidates(identifying, name_of[member])
        ),
        remarks=remarks,
        warning=f"Impossible at {', '.join(impossible)}; it took no part." if impossible else "",
        check=None if check is None else check_view(family.id, check),
    )


def _candidates(identifying: Identifying, name: str) -> list[CandidateRow]:
    """Victims who may be a missing person, best first."""
    found = identifying.found
    pairs = [p for p in found.pairs if p.missing == name and found.options.rules.is_open(p)]
    rows = []
    for pair in sorted(pairs, key=lambda p: (-p.log10_lr, p.victim)):
        p = found.joint.posterior.get(pair.victim, {}).get(name)
        needs = identifying.needed.get((pair.victim, name), {})
        named = [f"{at} ({needs[at]})" if needs.get(at) else at for at in pair.impossible]
        rows.append(
            CandidateRow(
                name, pair.victim, log10_text(pair.log10_lr),
                "" if p is None else probability_text(p),
                f"mutation needed at {', '.join(named)}" if named else "",
            )
        )  # fmt: skip
    return rows
