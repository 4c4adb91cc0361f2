"""Checks of families and hypotheses as text, as JSON, and as the report shows them.

Not for: how anything is checked (`weigh.pedigree_check`), running the checks (`family_checks`).
"""

from __future__ import annotations

from reopen.faces.report.family_views import CheckView, PairRow
from reopen.faces.report.triangle import Kappa, PairPoint
from reopen.faces.workbench.family_checks import FamilyChecks
from reopen.faces.workbench.plain_values import Plain
from reopen.weigh.identity import Identity
from reopen.weigh.one_person import OnePerson
from reopen.weigh.pedigree_check import PedigreeCheck
from reopen.weigh.pedigree_pairs import PairCheck, PairPlace


def nothing_found(check: PedigreeCheck) -> str:
    """In a sentence, what was checked where nothing was found."""
    agreed = sum(not pair.in_dispute for pair in check.pairs)
    disputed = len(check.pairs) - agreed
    if not check.pairs:
        return "No two people are typed at a common autosomal locus: relations were not checked."
    told = []
    if agreed:
        pairs = (
            "1 pair of typed people goes" if agreed == 1 else f"{agreed} pairs of typed people go"
        )
        told.append(f"{pairs} with what {'every hypothesis says' if disputed else 'is stated'}")
    if disputed:
        one = "1 pair is in dispute and goes"
        pairs = one if disputed == 1 else f"{disputed} pairs are in dispute and go"
        told.append(f"{pairs} with one hypothesis at least")
    if not check.errors:
        none = "at no locus do all hypotheses need a mutation"
        told.append(none if disputed else "no locus needs a mutation")
    sentence = "; ".join(told) + "."
    return sentence[0].upper() + sentence[1:]


def findings_told(check: PedigreeCheck) -> tuple[str, ...]:
    """The findings, or that there are none."""
    return check.findings or (nothing_found(check),)


def families_told(checks: FamilyChecks) -> str:
    """How many families and pairs were checked, and how many families are in doubt."""
    every = checks.by_family.values()
    pairs = sum(len(check.pairs) for check in every)
    if not pairs:
        return "No family has two typed relatives with a common locus: none can be checked."
    doubtful = sum(check.in_doubt for check in every)
    families = "1 family was" if len(every) == 1 else f"{len(every)} families were"
    of = "1 pair" if pairs == 1 else f"{pairs} pairs"
    state = "none is in doubt" if not doubtful else f"in doubt: {doubtful}"
    return f"{families} checked first, {of} of typed relatives: {state}."


def told_of_one_person(same: OnePerson) -> str:
    """Two profiles of different families, or of a relative and a victim."""
    return (
        f"{same}: one sample filed twice, one person in two places, or identical twins (log10 LR "
        f"{same.log10:.1f} against full siblings)."
    )


# As JSON.


def check_plain(check: PedigreeCheck) -> Plain:
    """The check of a family, each pair with its one stated relation."""
    return {
        **_findings(check),
        "pairs": [
            {
                "one": pair.one,
                "other": pair.other,
                "stated": pair.relation,
                "kappa": list(pair.estimate.kappa),
                "log10_glr": pair.estimate.log10_glr,
                "p_value": pair.estimate.p_value,
                "doubtful": pair.doubtful,
                "duplicate": pair.duplicate,
            }
            for pair in check.pairs
        ],
    }


def hypotheses_check_plain(check: PedigreeCheck) -> Plain:
    """The check of several hypotheses, each pair with every relation stated."""
    return {
        **_findings(check),
        "pairs": [
            {
                "one": pair.one,
                "other": pair.other,
                "kappa": list(pair.estimate.kappa),
                "stated": [_place(place) for place in pair.places],
                "in_dispute": pair.in_dispute,
                "doubtful": pair.doubtful,
                "duplicate": pair.duplicate,
            }
            for pair in check.pairs
        ],
    }


def _findings(check: PedigreeCheck) -> dict[str, Plain]:
    return {
        "in_doubt": check.in_doubt,
        "findings": list(check.findings),
        "mutation_needed": [
            {"locus": error.locus, "people": list(error.people)} for error in check.errors
        ],
        "explanations": [
            {"cause": one.cause.value, "told": one.told, "log10": one.log10}
            for one in check.explanations
        ],
    }


def _place(place: PairPlace) -> Plain:
    return {
        "hypotheses": list(place.hypotheses),
        "relation": place.relation,
        "log10_glr": place.estimate.log10_glr,
        "p_value": place.estimate.p_value,
    }


def one_person_plain(same: OnePerson) -> Plain:
    """Two profiles that look like one person's."""
    return {
        "one": same.one,
        "other": same.other,
        "log10": same.log10,
        "loci": len(same.loci),
        "different": list(same.different),
    }


# For the report.


def check_view(name: str, check: PedigreeCheck) -> CheckView:
    """Findings, the triangle's points, and all pairs in numbers."""
    return CheckView(
        name,
        nothing_found(check),
        check.findings,
        check.in_doubt,
        tuple(pair_point(pair) for pair in check.pairs),
        tuple(pair_row(pair) for pair in check.pairs),
    )


def pair_point(pair: PairCheck) -> PairPoint:
    """A pair in the triangle, with the place of every relation stated."""
    stated = _kappa(pair.estimate.stated)
    places = tuple(
        (kappa, _told(pair, place))
        for place in pair.places
        if (kappa := _kappa(place.estimate.stated)) is not None
    )
    return PairPoint(
        f"{pair.one} and {pair.other}",
        pair.estimate.kappa,
        None if pair.in_dispute else stated,
        ", or ".join(_told(pair, place) for place in pair.places),
        pair.doubtful or pair.duplicate,
        places if pair.in_dispute else (),
    )


def _kappa(stated: Identity | None) -> Kappa | None:
    """Where a relation lies in the triangle; nowhere, if one of the two is inbred."""
    return None if stated is None or stated.is_inbred else stated.kappa


def _told(pair: PairCheck, place: PairPlace) -> str:
    """A relation, with the hypotheses that state it where others do not."""
    named = f" ({', '.join(place.hypotheses)})" if pair.in_dispute else ""
    return f"{place.relation}{named}"


def pair_row(pair: PairCheck) -> PairRow:
    """A pair in numbers; the remark says whether it is doubtful, one person, or in dispute."""
    remark = "one person?" if pair.duplicate else "doubtful" if pair.doubtful else ""
    if pair.in_dispute and not remark:
        remark = "in dispute"
    return PairRow(
        f"{pair.one} and {pair.other}",
        ", ".join(f"{k:.2f}" for k in pair.estimate.kappa),
        tuple((_told(pair, place), _p_told(place.estimate.p_value)) for place in pair.places),
        remark,
    )


def _p_told(p: float | None) -> str:
    return "" if p is None else "below 1e-6" if p < 1e-6 else f"{p:.2g}"
