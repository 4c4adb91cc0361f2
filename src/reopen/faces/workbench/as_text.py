"""Results as text that reads at 80 characters: what the terminal and `print` show.

Rounding happens here and nowhere before. Not for: the report (`assemble`), data (`as_json`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reopen.faces.report.chance_words import (
    by_chance_text,
    left_out_text,
    posterior_text,
    prior_text,
)
from reopen.faces.report.wording import (
    chance_text,
    log10_text,
    percent_text,
    probability_text,
)
from reopen.faces.workbench.calibrating import Calibrating
from reopen.faces.workbench.calibrating_shown import calibrating_text
from reopen.faces.workbench.checks import CaseChecks, Check, Outcome
from reopen.faces.workbench.counting import Counting
from reopen.faces.workbench.counting_shown import counting_text, integrating_text
from reopen.faces.workbench.dvi import Identifying
from reopen.faces.workbench.dvi_shown import dvi_text
from reopen.faces.workbench.fit_errors import FitErrors
from reopen.faces.workbench.fit_shown import STANDARD_ERROR, fit_in_words
from reopen.faces.workbench.in_sentences import (
    checks_told,
    non_contributor_rows,
    non_contributors_told,
    sensitivity_told,
    warnings,
)
from reopen.faces.workbench.kinship import KinshipWeighing
from reopen.faces.workbench.kinship_shown import kinship_text
from reopen.faces.workbench.peak_checks import ModelCheck
from reopen.faces.workbench.power import PowerOfFamilies
from reopen.faces.workbench.power_shown import power_text
from reopen.faces.workbench.results import Deconvolving, Linking, Searching, Weighing
from reopen.faces.workbench.searching_shown import searched_told
from reopen.faces.workbench.series_beside import known_of
from reopen.faces.workbench.series_shown import series_parts
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.faces.workbench.together_shown import together_text
from reopen.faces.workbench.validate import Validation
from reopen.faces.workbench.without_heights import WeighingWithoutHeights
from reopen.faces.workbench.without_heights_shown import without_heights_text
from reopen.records import (
    REST,
    End,
    Fit,
    Kit,
    Link,
    LinkKind,
    NotWeighed,
)
from reopen.weigh.prior_odds import PriorOdds
from reopen.weigh.words import SOURCE, in_words

_TITLES = {
    LinkKind.STAIN_STAFF: "Stains with staff (contamination?)",
    LinkKind.STAIN_REFERENCE: "Stains with references",
    LinkKind.STAIN_STAIN: "Stains with stains",
    LinkKind.REFERENCE_REFERENCE: "References with references",
    LinkKind.REMAINS_REFERENCE: "Remains with references",
    LinkKind.STAIN_REMAINS: "Stains with remains",
    LinkKind.REMAINS_REMAINS: "Remains with remains",
    LinkKind.REMAINS_FAMILY: "Remains with families of the missing",
    LinkKind.REFERENCE_FAMILY: "References with families of the missing",
    LinkKind.STAIN_FAMILY: "Stains with families of the missing",
    LinkKind.FAMILY_FAMILY: "Families that may miss one person",
    LinkKind.STAIN_RELATIVE: "Stains with relatives of a donor",
    LinkKind.REMAINS_RELATIVE: "Remains with relatives",
    LinkKind.REFERENCE_RELATIVE: "References with relatives",
}
_MOST_GENOTYPES = 3
_LEAST_PROBABILITY = 0.01


def to_text(
    result: Linking
    | Searching
    | Counting
    | Weighing
    | WeighingWithoutHeights
    | Deconvolving
    | Validation
    | Calibrating
    | KinshipWeighing
    | Identifying
    | PowerOfFamilies,
    *,
    width: int = WIDTH,
    terms: bool = False,
) -> str:
    """A result as a page of text. `print` of a result shows the same.

    terms  each link with its terms by locus
    """
    match result:
        case Linking():
            return linking_text(result, width=width, terms=terms)
        case Searching():
            told = "\n".join(map(_plain, searched_told(result)))
            return linking_text(result.linking, width=width, terms=terms, summary=told)
        case Weighing():
            return weighing_text(result, width=width)
        case WeighingWithoutHeights():
            return without_heights_text(result, width=width)
        case Counting():
            return counting_text(result, width=width)
        case Deconvolving():
            return deconvolving_text(result, width=width)
        case Validation():
            return validation_text(result, width=width)
        case Calibrating():
            return calibrating_text(result, width=width)
        case KinshipWeighing():
            return kinship_text(result, width=width)
        case Identifying():
            return dvi_text(result, width=width)
        case PowerOfFamilies():
            return power_text(result, width=width)


def linking_text(
    linking: Linking, *, terms: bool = False, width: int = WIDTH, summary: str = ""
) -> str:
    """Links by kind, strongest first.

    terms    with each link's terms by locus
    summary  of what was compared; without it one is made
    """
    result = linking.result
    compared = (
        f"{_count(len(result.stains), 'stain')} with "
        f"{_count(result.n_contributors, 'contributor')} and "
        f"{_count(len(result.references), 'reference')}{_sought(linking)}"
    )
    summary = summary or (
        f"{compared}: {_count(result.n_comparisons, 'comparison')}, "
        f"{_count(len(linking.links), 'link')} with a log10 LR of "
        f"{linking.options.least_log10:g} or more."
    )
    parts = [paragraph(each, width=width) for each in summary.split("\n")]
    if linking.controls:
        parts.append(bullets(linking.controls, width))
    for kind, title in _TITLES.items():
        links = [link for link in linking.links if link.kind is kind]
        if links:
            parts.append(f"{title}\n{_links(links, linking.prior, terms, width)}")
    if linking.series is not None:
        known = list(map(known_of, linking.links))
        parts += series_parts(linking.series, known, linking.when, width)
    if doubts := _doubts(linking):
        parts.append(f"Families in doubt\n{bullets(doubts, width)}")
    if result.left_out:
        left_out = [_plain(left_out_text(one)) for one in result.left_out]
        parts.append(f"Left out\n{bullets(left_out, width)}")
    if linking.links:
        parts.append(paragraph(_legend(linking.links, linking.prior), width=width))
    elif result.n_comparisons:
        parts.append("No link was strong enough to be listed. That is a result, not an error.")
    else:
        parts.append(
            "Nothing was compared: that takes two profiles. What was not weighed is below."
        )
    parts += _ending(linking.assumptions, linking.not_weighed, linking.notices, width)
    return "\n\n".join(parts)


def _doubts(linking: Linking) -> list[str]:
    """What is wrong with families that have links."""
    return [
        f"{family}: {told}"
        for family, check in linking.family_checks.items()
        for told in check.findings
    ]


def _sought(linking: Linking) -> str:
    """Families and remains, where there are any."""
    sought = linking.files.sought
    told = ""
    if sought.families:
        n = len(sought.families)
        told += f", {n:,} {'family' if n == 1 else 'families'} of the missing"
    if sought.remains:
        told += f", remains of {len(sought.remains):,}"
    return told


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _links(links: Sequence[Link], prior: PriorOdds | None, terms: bool, width: int) -> str:
    header = ["Who", "With whom", "log10 LR", "in full", "Loci", "By chance"]
    rows = [
        [
            _end(link.one),
            _end(link.other),
            _log10(link.log10),
            "" if link.in_full is None else _log10(link.in_full),
            str(link.loci),
            chance_text(link.expected_chance),
        ]
        for link in links
    ]
    if all(link.in_full is None for link in links):
        header.pop(3)
        for row in rows:
            row.pop(3)
    lines = table(header, rows, right="ll" + "r" * (len(header) - 2), width=width).split("\n")
    told = lines[:2]
    for line, link in zip(lines[2:], links, strict=True):
        further = _reasons(link) if terms else []
        if prior is not None:
            further.append(f"Posterior odds: {posterior_text(prior, link.weight)}.")
        told += [line, *(paragraph(each, indent="    ", width=width) for each in further)]
    return "\n".join(told)


def _reasons(link: Link) -> list[str]:
    """Terms, remarks and chance, a paragraph each."""
    told = [terms_text(link.terms), *(f"({remark})" for remark in link.remarks)]
    if link.by_chance is not None:
        told.append(f"By chance: {by_chance_text(link.by_chance)}.")
    return told


def terms_text(terms: Mapping[str, float]) -> str:
    """log10 LR by locus: "TH01 1.20, FGA -0.31"."""
    return ", ".join(f"{name} {_log10(value)}" for name, value in terms.items())


def _end(end: End) -> str:
    if end.member:
        return str(end)
    if end.contributor is None or end.of == 1:
        return end.profile
    return f"{end.profile} {end.contributor}/{end.of}"


def _legend(links: Sequence[Link], prior: PriorOdds | None) -> str:
    relations = ", ".join(dict.fromkeys(link.relation for link in links))
    told = [f"Relation tested: {relations}, against unrelated people."]
    if any((link.one.of or 1) > 1 or (link.other.of or 1) > 1 for link in links):
        told.append("2/3 is the second of a stain's three contributors, the largest share first.")
    if any(link.in_full is not None for link in links):
        told.append(
            "log10 LR is averaged over what the peaks leave possible of their parameters; in full "
            "is the one at the best parameters of each proposition. The lower of the two counts, "
            "and links are in its order."
        )
    told.append(
        "By chance: at most so many links this strong are expected among all these comparisons if "
        "nobody is linked."
    )
    if prior is not None:
        told.append(
            f"Posterior odds are the LR times the prior odds that were stated, {prior_text(prior)} "
            "for every link; other prior odds give others."
        )
    return " ".join(told)


def weighing_text(weighing: Weighing, *, width: int = WIDTH) -> str:
    """The likelihood ratio, its terms, both fits, and what they rest on."""
    ratio = weighing.ratio
    lines = table(
        ["Locus", "log10 LR"],
        [*((locus, _log10(term)) for locus, term in ratio.per_locus.items()),
         ("All", _log10(ratio.log10))],
        right="lr",
        width=width,
    )  # fmt: skip
    checks = (weighing.numerator_check, weighing.denominator_check)
    errors = (weighing.numerator_errors, weighing.denominator_errors)
    parts = [
        _what(weighing.stain.id, weighing.kit, str(weighing.number)),
        "\n".join(
            paragraph(line, indent="  ", first="", width=width)
            for line in (
                f"First proposition:  {ratio.propositions.numerator}",
                f"Second proposition: {ratio.propositions.denominator}",
            )
        ),
        f"log10 LR {_log10(ratio.log10)}",
        paragraph(in_words(ratio.log10), width=width),
        *(paragraph(warning, width=width) for warning in warnings(weighing)),
        *([bullets(weighing.controls, width)] if weighing.controls else []),
        lines,
        _fit("First proposition", ratio.numerator, errors[0], width),
        _fit("Second proposition", ratio.denominator, errors[1], width),
        *_legend_of_errors(*errors, width=width),
        "\n".join(
            [
                "Peaks against the fitted model",
                _check_of_model("Under the first proposition", checks[0], width),
                _check_of_model("Under the second proposition", checks[1], width),
            ]
        ),
        paragraph(f"The words are those of: {SOURCE}.", indent="", width=width),
        *_closer_look(weighing, width),
    ]
    parts += _ending(weighing.assumptions, weighing.not_weighed, weighing.notices, width)
    return "\n\n".join(parts)


def _closer_look(weighing: Weighing, width: int) -> list[str]:
    """What was asked for beside: integration, changed assumptions, random people."""
    parts = [] if weighing.integrated is None else integrating_text(weighing.integrated, width)
    if (found := weighing.sensitivity) is not None:
        rows = [
            [
                effect.assumption,
                effect.value,
                "not weighed" if effect.log10 is None else _log10(effect.log10),
                effect.reason or effect.remark,
            ]
            for effect in found.effects
        ]
        header = ["Assumption", "Changed to", "log10 LR", "Remarks"]
        parts += [
            "Changed assumptions\n" + paragraph(_plain(sensitivity_told(found)), width=width),
            table(header, rows, right="llrl", width=width),
        ]
    if (test := weighing.non_contributors) is not None:
        told = [f"This test was not made: {test.untested}"] if test.untested else []
        told += non_contributors_told(test, weighing.log10)
        paragraphs = [paragraph(_plain(sentence), width=width) for sentence in told]
        parts.append(
            "\n".join(["Random people in the place of the person in question", *paragraphs])
        )
        rows = [[name, _plain(value)] for name, value in non_contributor_rows(test, weighing.log10)]
        if rows:
            parts.append(table(["Of random people", "Value"], rows, width=width))
    return parts


def deconvolving_text(deconvolving: Deconvolving, *, width: int = WIDTH) -> str:
    """Each contributor's most probable genotypes by locus."""
    found = deconvolving.found
    parts = [_what(deconvolving.stain.id, deconvolving.kit, str(deconvolving.number))]
    for place, loci in zip(found.places, found.probabilities, strict=True):
        share = percent_text(found.fit.proportions[place - 1])
        rows = []
        for locus, ranked in loci.items():
            likely = [(pair, p) for pair, p in ranked if p >= _LEAST_PROBABILITY]
            rows.append([locus, _genotypes((likely or list(ranked))[:_MOST_GENOTYPES])])
        title = f"Contributor {place} of {len(found.fit.proportions)}, {share}"
        heading = ["Locus", "Most probable genotypes, with their probabilities"]
        parts.append(f"{title}\n{table(heading, rows, width=width)}")
    parts += together_text(deconvolving.together, width)
    parts.append(_fit("Fit", found.fit, deconvolving.errors, width))
    parts += _legend_of_errors(deconvolving.errors, width=width)
    title = "Peaks against the fitted model"
    parts.append(_check_of_model(title, deconvolving.check, width))
    if deconvolving.controls:
        parts.append(bullets(deconvolving.controls, width))
    parts += _ending(
        deconvolving.assumptions, deconvolving.not_weighed, deconvolving.notices, width
    )
    return "\n\n".join(parts)


def validation_text(validation: Validation, *, every: bool = True, width: int = WIDTH) -> str:
    """Expected numbers beside ours, case by case. every: also those that hold."""
    parts = [_case(case, every, width) for case in validation.cases]
    if validation.unreadable:
        listed = not_weighed_text(validation.unreadable, width=width)
        parts.append(f"Cases that could not be read ({len(validation.unreadable)})\n{listed}")
    parts.append(
        f"{validation.held} held, {validation.failed} failed, {validation.higher} at a higher "
        f"maximum, {validation.unsupported} not computed, "
        f"in {_count(len(validation.cases), 'case')}."
    )
    return "\n\n".join(parts)


def _case(case: CaseChecks, every: bool, width: int) -> str:
    shown = [check for check in case.checks if every or not check.holds]
    held = sum(check.holds for check in case.checks)
    lines = [paragraph(f"{case.id}: {case.title}" if case.title else case.id, width=width)]
    if shown:
        header = ["Quantity", "Expected", "Ours", "Difference", "Tolerance", "Holds"]
        rows, told = [], ""
        for check in shown:
            proposition, _, quantity = check.quantity.partition(": ")
            if proposition != told:
                rows.append([proposition, "", "", "", "", ""])
                told = proposition
            rows.append(_check(f"  {quantity}", check))
        lines.append(table(header, rows, right="lrrrrl", width=width))
    else:
        lines.append(f"All {held} quantities hold.")
    lines.append(_not_computed(case, width))
    return "\n".join(line for line in lines if line)


def _not_computed(case: CaseChecks, width: int) -> str:
    """What was not computed, by reason."""
    by_reason: dict[str, list[str]] = {}
    for item in case.unsupported:
        by_reason.setdefault(item.reason, []).append(item.what)
    return "\n".join(
        paragraph(
            f"Not computed ({reason}): {'; '.join(what)}.", indent="  ", first="", width=width
        )
        for reason, what in by_reason.items()
    )


def _check(quantity: str, check: Check) -> list[str]:
    return [
        quantity.replace("probability, ", "P "),
        _brief(check.expected),
        _brief(check.got),
        f"{check.difference:.1e}",
        f"{check.tolerance:.0e}",
        _OUTCOMES[check.outcome],
    ]


_OUTCOMES = {Outcome.HOLDS: "yes", Outcome.HIGHER: "higher", Outcome.FAILS: "NO"}


def _brief(value: float) -> str:
    return f"{value:.6g}" if value == 0 or abs(value) >= 1e-3 else f"{value:.2e}"


def _genotypes(ranked: Sequence[tuple[tuple[str, str], float]]) -> str:
    def called(label: str) -> str:
        return "other" if label == REST else label

    return ", ".join(
        f"{called(one)}/{called(other)} {probability_text(p)}" for (one, other), p in ranked
    )


def _what(stain: str, kit: Kit | None, number: str) -> str:
    named = kit.name if kit else "not known, degradation not modelled"
    return f"Stain {stain}\nKit: {named}\nContributors: {number}"


def _fit(title: str, fit: Fit, errors: FitErrors, width: int) -> str:
    ending = fit.ending.value + (f" ({fit.remark})" if fit.remark else "")
    text = (
        f"{title}: ln likelihood {_log10(fit.ln_likelihood)}; {fit_in_words(fit, errors)} {ending}"
    )
    return paragraph(text, indent="  ", first="", width=width)


def _legend_of_errors(*errors: FitErrors, width: int) -> list[str]:
    if any(found.curvature for found in errors):
        return [paragraph(STANDARD_ERROR, width=width)]
    return []


def _check_of_model(title: str, check: ModelCheck, width: int) -> str:
    return paragraph(f"{title}: {checks_told(check)}", indent="  ", first="", width=width)


def not_weighed_text(items: Sequence[NotWeighed], *, width: int = WIDTH) -> str:
    """What took no part, each with its reason and place."""
    return bullets([" ".join(str(item).split()) for item in items], width)


def _ending(
    assumptions: Sequence[str],
    not_weighed: Sequence[NotWeighed],
    notices: Sequence[str],
    width: int,
) -> list[str]:
    parts = [f"Assumptions\n{bullets(assumptions, width)}"]
    if notices:
        parts.append(f"Read so\n{bullets(notices, width)}")
    if not_weighed:
        listed = not_weighed_text(not_weighed, width=width)
        parts.append(f"Not weighed ({len(not_weighed)})\n{listed}")
    else:
        parts.append("Not weighed: nothing; every record took part.")
    return parts


def _log10(value: float) -> str:
    """As `log10_text`, with a minus sign that a spreadsheet reads."""
    return _plain(log10_text(value))


def _plain(words: str) -> str:
    """Words with signs that every terminal and spreadsheet reads."""
    return words.replace("\N{MINUS SIGN}", "-").replace("∞", "inf")
