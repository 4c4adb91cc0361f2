"""Stutter rates as tables of a settings file: [stutter_rates.back.TH01] and its by_allele.

Not for: what rates mean (`weigh.stutter`), or learning them (`weigh.stutter_rates`).
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.errors import InvalidRecord, Where
from reopen.faces.workbench.table_values import as_mapping, as_number, refusal
from reopen.records import Frozen, Locus, allele, canonical_locus
from reopen.weigh.stutter import STUTTER_KINDS, Rates, StutterRates

_FORM = (
    "Stutter rates stand in [stutter_rates.KIND.LOCUS] as intercept, slope and lengths "
    "(shortest and longest), with by_allele for single alleles"
)
_LINE = ("intercept", "slope", "lengths")


def read_rates(value: object) -> Rates:
    """Rates of each kind and locus from a table.

    Raises InvalidRecord, with the field's name in its place, for what is no such table.
    """
    by_kind = {}
    for kind, loci in as_mapping("stutter_rates", value, _FORM).items():
        known = next((one for one in STUTTER_KINDS if one == kind), None)
        if known is None:
            rule = f"Kinds of stutter are: {', '.join(STUTTER_KINDS)}"
            raise refusal(kind, f"No kind of stutter is called {kind!r}", rule)
        by_locus = {}
        for name, rates in as_mapping(kind, loci, _FORM).items():
            by_locus[_locus(name)] = _rates(name, as_mapping(name, rates, _FORM))
        by_kind[known] = Frozen(by_locus)
    return Frozen(by_kind)


def _rates(locus: str, table: Mapping[str, object]) -> StutterRates:
    wrong = [name for name in table if name not in (*_LINE, "by_allele")]
    missing = [name for name in _LINE if name not in table]
    if wrong or missing:
        seen = f"{wrong[0]} at {locus}" if wrong else f"No {missing[0]} at {locus}"
        raise refusal(wrong[0] if wrong else locus, seen, _FORM)
    lengths = table["lengths"]
    if not (isinstance(lengths, list) and len(lengths) == 2):
        raise refusal("lengths", f"lengths = {lengths!r} at {locus}", "Two numbers, as in [5, 11]")
    low, high = (as_number("lengths", length) for length in lengths)
    own = as_mapping("by_allele", table.get("by_allele", {}), _FORM)
    try:
        return StutterRates(
            as_number("intercept", table["intercept"]),
            as_number("slope", table["slope"]),
            (low, high),
            {allele(label): as_number(label, share) for label, share in own.items()},
        )
    except InvalidRecord as error:
        where = error.where or Where(field=locus)
        raise InvalidRecord(error.seen, rule=error.rule, way_on=error.way_on, where=where) from None


def _locus(name: str) -> Locus:
    try:
        return canonical_locus(name)
    except InvalidRecord as error:
        raise refusal(name, error.seen.rstrip("."), error.rule.rstrip(".")) from None
