"""Results as JSON: every number in full, infinities as "inf" and "-inf", nothing rounded.

Strict JSON (RFC 8259) for other programs. Not for: reading back; a record is made from its files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TypeAlias

from reopen.faces.workbench.as_plain import (
    non_contributors_plain,
    population_use,
    run_plain,
    sensitivity_plain,
)
from reopen.faces.workbench.calibrating import Calibrating
from reopen.faces.workbench.calibrating_shown import calibrating_plain
from reopen.faces.workbench.checks import Check
from reopen.faces.workbench.counting import Counting
from reopen.faces.workbench.counting_shown import counting_plain, integrating_plain, posterior_plain
from reopen.faces.workbench.dvi import Identifying
from reopen.faces.workbench.dvi_shown import dvi_plain
from reopen.faces.workbench.families_shown import family_plain
from reopen.faces.workbench.fit_shown import errors_plain
from reopen.faces.workbench.kinship import KinshipWeighing
from reopen.faces.workbench.kinship_shown import kinship_plain
from reopen.faces.workbench.link_checks import LinkCheck
from reopen.faces.workbench.peak_checks import ModelCheck
from reopen.faces.workbench.plain_values import Plain, not_weighed_plain, odds_plain
from reopen.faces.workbench.power import PowerOfFamilies
from reopen.faces.workbench.power_shown import power_plain
from reopen.faces.workbench.results import Deconvolving, Linking, Searching, Weighing
from reopen.faces.workbench.searching_shown import searching_plain
from reopen.faces.workbench.series_plain import series_of_search_plain, series_plain
from reopen.faces.workbench.together_shown import together_plain
from reopen.faces.workbench.validate import Validation
from reopen.faces.workbench.without_heights import WeighingWithoutHeights
from reopen.formats.frequency_lint import lint
from reopen.records import (
    AlleleFrequencies,
    ByChance,
    End,
    Fit,
    Kit,
    LeftOut,
    LikelihoodRatio,
    Link,
)
from reopen.records.series import Series
from reopen.weigh.diagnostics import PeakCheck
from reopen.weigh.prior_odds import PriorOdds
from reopen.weigh.words import SOURCE, in_words, relation_in_words

Shown: TypeAlias = (
    Linking
    | Weighing
    | WeighingWithoutHeights
    | Counting
    | Deconvolving
    | Searching
    | Validation
    | Calibrating
    | KinshipWeighing
    | Identifying
    | PowerOfFamilies
    | Kit
    | AlleleFrequencies
)


def to_json(result: Shown | Sequence[Kit] | Sequence[AlleleFrequencies]) -> str:
    """A result as text; several kits or populations as a list."""
    plain: Plain = (
        [as_plain(item) for item in result] if isinstance(result, Sequence) else as_plain(result)
    )
    return json.dumps(_strict(plain), indent=2, ensure_ascii=False, allow_nan=False)


def link_json(linking: Linking, place: int) -> str:
    """One link of a search, by its place there, with its terms, fits and checks."""
    result = linking.result
    plain = link_plain(
        result.links[place],
        result.in_full.get(place),
        linking.checks.get(place),
        linking.prior,
    )
    return json.dumps(_strict(plain), indent=2, ensure_ascii=False, allow_nan=False)


def series_json(series: Series) -> str:
    """One series, with all that is said of it."""
    return json.dumps(_strict(series_plain(series)), indent=2, ensure_ascii=False, allow_nan=False)


def as_plain(result: Shown) -> Plain:
    """A result as what JSON holds: mappings, lists, text and numbers."""
    match result:
        case Linking():
            return linking_plain(result)
        case Searching():
            return {**searching_plain(result), **linking_plain(result.linking)}
        case Weighing():
            return weighing_plain(result)
        case WeighingWithoutHeights():
            return without_heights_plain(result)
        case Counting():
            return counting_plain(result)
        case Deconvolving():
            return deconvolving_plain(result)
        case Validation():
            return validation_plain(result)
        case Calibrating():
            return calibrating_plain(result)
        case KinshipWeighing():
            return kinship_plain(result)
        case Identifying():
            return dvi_plain(result)
        case PowerOfFamilies():
            return power_plain(result)
        case Kit():
            return kit_plain(result)
        case AlleleFrequencies():
            return frequencies_plain(result)


def _strict(value: Plain) -> Plain:
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_strict(item) for item in value]
    return value


def linking_plain(linking: Linking) -> dict[str, Plain]:
    """A search: links with their terms, counts, assumptions, and what was not weighed."""
    result = linking.result
    return {
        "made_at": linking.made_at.isoformat(timespec="seconds"),
        "links": [
            link_plain(link, result.in_full.get(place), linking.checks.get(place), linking.prior)
            for place, link in enumerate(result.links)
        ],
        "stains": [
            {
                "id": solved.stain.id,
                "case": solved.stain.case,
                "kit": solved.kit.name if solved.kit else None,
                "contributors": solved.number.chosen,
                "fit": fit_plain(solved.deconvolution.fit),
            }
            for solved in result.stains
        ],
        "series": series_of_search_plain(linking.series),
        "prior_odds": None if linking.prior is None else linking.prior.odds,
        "left_out": [left_out_plain(one) for one in result.left_out],
        "references": len(result.references),
        "families": [family_plain(linking, family) for family in linking.files.sought.families],
        "remains": [one.id for one in linking.files.sought.remains],
        "comparisons": {kind.value: count for kind, count in result.comparisons.items()},
        "population": population_use(linking.population),
        "assumptions": list(linking.assumptions),
        "controls": list(linking.controls),
        "notices": list(linking.notices),
        "not_weighed": not_weighed_plain(linking.not_weighed),
        "run": run_plain(linking.run),
    }


def link_plain(
    link: Link,
    in_full: LikelihoodRatio | None,
    check: LinkCheck | None = None,
    prior: PriorOdds | None = None,
) -> Plain:
    """One link. in_full: the evaluative LR behind its second number; check: of its fits; prior:
    odds before the DNA, as stated."""
    return {
        "kind": link.kind.value,
        "one": end_plain(link.one),
        "other": end_plain(link.other),
        "relation": link.relation,
        "weight": link.weight,
        "in_words": relation_in_words(link.weight, link.relation),
        "log10": link.log10,
        "per_locus": dict(link.per_locus.items()),
        "other_terms": dict(link.other_terms.items()),
        "log10_in_full": link.in_full,
        "in_full": None if in_full is None else ratio_plain(in_full),
        "numerator_check": None if check is None else check_of_model_plain(check.numerator),
        "denominator_check": None if check is None else check_of_model_plain(check.denominator),
        "loci": link.loci,
        "expected_chance": link.expected_chance,
        "by_chance": None if link.by_chance is None else by_chance_plain(link.by_chance),
        "posterior": None if prior is None else odds_plain(prior, link.weight),
        "remarks": list(link.remarks),
    }


def left_out_plain(left: LeftOut) -> Plain:
    """Links that chance left out of the list."""
    return {
        "kind": left.kind.value,
        "relation": left.relation,
        "n": left.n,
        "least_log10": left.least_log10,
        "highest_log10": left.highest_log10,
        "most_chance": left.most_chance,
    }


def by_chance_plain(chance: ByChance) -> Plain:
    """An expected number of chance links, and the comparisons worked out in each way."""
    return {
        "expected": chance.expected,
        "interval": [chance.low, chance.high],
        "exact": chance.exact,
        "sampled": chance.sampled,
        "bounded": chance.bounded,
    }


def end_plain(end: End) -> Plain:
    """A reference, or a contributor of a stain."""
    return {
        "profile": end.profile,
        "contributor": end.contributor,
        "of": end.of,
        "proportion": end.proportion,
        "missing_member": end.member or None,
    }


def ratio_plain(ratio: LikelihoodRatio) -> Plain:
    """An evaluative LR with its terms and both fits."""
    return {
        "log10": ratio.log10,
        "per_locus": dict(ratio.per_locus.items()),
        "interval": None if ratio.interval is None else list(ratio.interval),
        "settled": ratio.is_settled,
        "numerator": {
            "proposition": str(ratio.propositions.numerator),
            "fit": fit_plain(ratio.numerator),
        },
        "denominator": {
            "proposition": str(ratio.propositions.denominator),
            "fit": fit_plain(ratio.denominator),
        },
    }


def weighing_plain(weighing: Weighing) -> Plain:
    """An evaluative LR with its words and what it rests on."""
    return {
        "made_at": weighing.made_at.isoformat(timespec="seconds"),
        "stain": weighing.stain.id,
        "kit": weighing.kit.name if weighing.kit else None,
        "suspect": weighing.suspect.id,
        "known": [person.id for person in weighing.known],
        "contributors": weighing.number.chosen,
        "contributors_given": weighing.number.given,
        "numbers": posterior_plain(weighing.number),
        "in_words": in_words(weighing.log10),
        "words_from": SOURCE,
        "ratio": ratio_plain(weighing.ratio),
        "numerator_check": check_of_model_plain(weighing.numerator_check),
        "denominator_check": check_of_model_plain(weighing.denominator_check),
        "numerator_errors": errors_plain(weighing.numerator_errors),
        "denominator_errors": errors_plain(weighing.denominator_errors),
        "integrated": None
        if weighing.integrated is None
        else integrating_plain(weighing.integrated),
        "sensitivity": None
        if weighing.sensitivity is None
        else sensitivity_plain(weighing.sensitivity),
        "non_contributors": None
        if weighing.non_contributors is None
        else non_contributors_plain(weighing.non_contributors, weighing.log10),
        "controls": list(weighing.controls),
        "notices": list(weighing.notices),
        "population": population_use(weighing.population),
        "assumptions": list(weighing.assumptions),
        "not_weighed": not_weighed_plain(weighing.not_weighed),
        "run": run_plain(weighing.ratio.run),
    }


def without_heights_plain(weighing: WeighingWithoutHeights) -> Plain:
    """An LR by alleles seen or not, with its words and what it rests on."""
    ratio = weighing.ratio
    sides = {
        "numerator": (ratio.propositions.numerator, ratio.numerator),
        "denominator": (ratio.propositions.denominator, ratio.denominator),
    }
    return {
        "stain": weighing.stain.id,
        "suspect": weighing.suspect.id,
        "known": [person.id for person in weighing.known],
        "contributors": weighing.number.chosen,
        "contributors_given": weighing.number.given,
        "in_words": in_words(weighing.log10),
        "words_from": SOURCE,
        "ratio": {
            "log10": ratio.log10,
            "per_locus": dict(ratio.per_locus.items()),
            "by_dropout": {f"{chance:g}": value for chance, value in ratio.by_dropout.items()},
            **{
                name: {
                    "proposition": str(side),
                    "fit": {
                        "dropout": list(fit.dropout),
                        "ln_likelihood": fit.ln_likelihood,
                        "by_locus": dict(fit.by_locus.items()),
                        "ending": fit.ending.name.lower(),
                        "ending_says": fit.ending.value,
                        "remark": fit.remark,
                    },
                }
                for name, (side, fit) in sides.items()
            },
        },
        "population": population_use(weighing.population),
        "assumptions": list(weighing.assumptions),
        "notices": list(weighing.notices),
        "not_weighed": not_weighed_plain(weighing.not_weighed),
        "run": run_plain(ratio.run),
    }


def deconvolving_plain(deconvolving: Deconvolving) -> Plain:
    """Contributors' genotypes with all their probabilities."""
    found = deconvolving.found
    return {
        "stain": deconvolving.stain.id,
        "kit": deconvolving.kit.name if deconvolving.kit else None,
        "known": [person.id for person in deconvolving.known],
        "contributors": deconvolving.number.chosen,
        "contributors_given": deconvolving.number.given,
        "numbers": posterior_plain(deconvolving.number),
        "fit": fit_plain(found.fit),
        "check": check_of_model_plain(deconvolving.check),
        "errors": errors_plain(deconvolving.errors),
        "unknown": [
            {
                "contributor": place,
                "proportion": found.fit.proportions[place - 1],
                "genotypes": {
                    locus: [
                        {"alleles": list(pair), "probability": probability}
                        for pair, probability in ranked
                    ]
                    for locus, ranked in loci.items()
                },
            }
            for place, loci in zip(found.places, found.probabilities, strict=True)
        ],
        **together_plain(deconvolving.together),
        "controls": list(deconvolving.controls),
        "notices": list(deconvolving.notices),
        "population": population_use(deconvolving.population),
        "assumptions": list(deconvolving.assumptions),
        "not_weighed": not_weighed_plain(deconvolving.not_weighed),
        "run": run_plain(deconvolving.run),
    }


def validation_plain(validation: Validation) -> Plain:
    """Expected and computed numbers of every case, with what was not computed."""
    return {
        "held": validation.held,
        "failed": validation.failed,
        "higher": validation.higher,
        "unsupported": validation.unsupported,
        "cases": [
            {
                "id": case.id,
                "checks": [check_plain(check) for check in case.checks],
                "unsupported": [
                    {"quantity": item.what, "reason": item.reason} for item in case.unsupported
                ],
            }
            for case in validation.cases
        ],
        "unreadable": not_weighed_plain(validation.unreadable),
    }


def check_plain(check: Check) -> Plain:
    """One expected number beside ours."""
    return {
        "quantity": check.quantity,
        "expected": check.expected,
        "got": check.got,
        "difference": check.difference,
        "tolerance": check.tolerance,
        "holds": check.holds,
        "outcome": check.outcome.value,
    }


def fit_plain(fit: Fit) -> Plain:
    """Fitted parameters and how the fit ended."""
    return {
        "proportions": list(fit.proportions),
        "height_rfu": fit.height_rfu,
        "variability": fit.variability,
        "degradation": fit.degradation,
        "back_stutter": fit.back_stutter,
        "forward_stutter": fit.forward_stutter,
        "double_back_stutter": fit.double_back_stutter,
        "two_base_stutter": fit.two_base_stutter,
        "ln_likelihood": fit.ln_likelihood,
        "by_locus": dict(fit.by_locus.items()),
        "ending": fit.ending.name.lower(),
        "ending_says": fit.ending.value,
        "remark": fit.remark,
    }


def check_of_model_plain(check: ModelCheck) -> Plain:
    """The peaks that a fitted model does not explain. Replicates are counted from 1."""
    return {
        "peaks_checked": len(check.peaks),
        "unchecked": check.unchecked or None,
        "unexplained": [_peak_plain(peak) for peak in check.unexplained],
        "dropins": [_peak_plain(peak) for peak in check.dropins],
        "expected_dropins": check.expected_dropins,
        "model_fails": check.model_fails,
    }


def _peak_plain(peak: PeakCheck) -> Plain:
    return {
        "locus": peak.locus,
        "allele": peak.allele,
        "replicate": peak.replicate + 1,
        "height_rfu": peak.height_rfu,
        "cumulative": peak.cumulative,
        "p_value": peak.p_value,
    }


def kit_plain(kit: Kit) -> Plain:
    """A kit with its markers."""
    return {
        "name": kit.name,
        "maker": kit.maker,
        "aliases": list(kit.aliases),
        "source": kit.source,
        "markers": [
            {
                "locus": marker.locus,
                "dye": marker.dye,
                "dye_name": marker.dye_name,
                "kind": marker.kind,
                "repeat_bp": marker.repeat_bp,
                "range_bp": list(marker.range_bp) if marker.sizes_bp else None,
                "alleles": len(marker.sizes_bp),
            }
            for marker in kit.markers
        ],
    }


def frequencies_plain(population: AlleleFrequencies) -> Plain:
    """A population's loci with the numbers of alleles listed and counted, and doubts about them."""
    return {
        "name": population.name,
        "source": population.source,
        "loci": {
            locus: {"alleles": len(table), "counted": population.counts.get(locus)}
            for locus, table in population.by_locus.items()
        },
        "doubts": [str(finding) for finding in lint([population])],
    }
