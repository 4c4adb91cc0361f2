"""A weighing without heights as text; its JSON is in `as_json`. Rounding happens here only."""

from __future__ import annotations

from reopen.faces.report.wording import log10_text
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.faces.workbench.without_heights import WeighingWithoutHeights
from reopen.records import Ending
from reopen.weigh.dropout import DropoutFit
from reopen.weigh.number import NumberOfContributors
from reopen.weigh.words import SOURCE, in_words


def without_heights_text(weighing: WeighingWithoutHeights, *, width: int = WIDTH) -> str:
    """The likelihood ratio, its terms, drop-out, and what they rest on."""
    ratio = weighing.ratio
    warning = []
    if ratio.numerator.ending is Ending.UNEXPLAINED:
        seen = f"The first proposition cannot produce what was seen: {ratio.numerator.remark}."
        warning = [paragraph(f"An exclusion under this model. {seen}", width=width)]
    rows = [(locus, _log10(term)) for locus, term in ratio.per_locus.items()]
    curve = [(f"{chance:g}", _log10(value)) for chance, value in ratio.by_dropout.items()]
    number = paragraph(f"Contributors: {_number(weighing.number)}", indent="  ", first="")
    parts = [
        f"Stain {weighing.stain.id}\nHeights are not looked at\n{number}",
        "\n".join(
            paragraph(line, indent="  ", first="", width=width)
            for line in (
                f"First proposition:  {ratio.propositions.numerator}",
                f"Second proposition: {ratio.propositions.denominator}",
            )
        ),
        f"log10 LR {_log10(ratio.log10)}",
        paragraph(in_words(ratio.log10), width=width),
        *warning,
        table(["Locus", "log10 LR"], [*rows, ("All", _log10(ratio.log10))], right="lr"),
        _fit("First proposition", ratio.numerator, width),
        _fit("Second proposition", ratio.denominator, width),
    ]
    if curve:
        shown = table(["Drop-out of everybody", "log10 LR"], curve, right="rr", width=width)
        parts.append(f"How much drop-out matters\n{shown}")
    parts.append(paragraph(f"The words are those of: {SOURCE}.", width=width))
    parts.append(f"Assumptions\n{bullets(weighing.assumptions, width)}")
    if weighing.notices:
        parts.append(f"Read so\n{bullets(weighing.notices, width)}")
    refused = [" ".join(str(item).split()) for item in weighing.not_weighed]
    parts.append(
        f"Not weighed ({len(refused)})\n{bullets(refused, width)}"
        if refused
        else "Not weighed: nothing; every record took part."
    )
    return "\n\n".join(parts)


def _number(number: NumberOfContributors) -> str:
    if number.given:
        return str(number)
    tried = ", ".join(f"{n}: {value:.1f}" for n, value in number.criterion.items())
    return f"{number.chosen}, which make what was seen most likely (ln likelihood {tried})"


def _fit(title: str, fit: DropoutFit, width: int) -> str:
    ending = fit.ending.value + (f" ({fit.remark})" if fit.remark else "")
    told = f"{title}: ln likelihood {_log10(fit.ln_likelihood)}; {dropout_told(fit)}. {ending}"
    return paragraph(told, indent="  ", first="", width=width)


def dropout_told(fit: DropoutFit) -> str:
    """Its probability, of each contributor where these differ."""
    chances = ", ".join(f"{chance:.3g}" for chance in dict.fromkeys(fit.dropout))
    return f"drop-out {chances}" if chances else "drop-out summed over"


def _log10(value: float) -> str:
    return log10_text(value).replace("\N{MINUS SIGN}", "-").replace("∞", "inf")
