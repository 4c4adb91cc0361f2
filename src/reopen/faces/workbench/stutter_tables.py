"""Stutter rates as tables of a settings file: [stutter_rates.back.TH01] and its by_allele.

Not for: what rates mean (`weigh.stutter`), or learning them (`weigh.stutter_rates`).
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.errors import InvalidRecord, Where
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
    for kind, loci in _table("stutter_rates", value).items():
        known = next((one for one in STUTTER_KINDS if one == kind), None)
        if known is None:
            rule = f"Kinds of stutter are: {', '.join(STUTTER_KINDS)}"
            raise _refusal(kind, f"No kind of stutter is called {kind!r}", rule)
        by_locus = {}
        for name, rates in _table(kind, loci).items():
            by_locus[_locus(name)] = _rates(name, _table(name, rates))
        by_kind[known] = Frozen(by_locus)
    return Frozen(by_kind)


def _rates(locus: str, table: Mapping[str, object]) -> StutterRates:
    wrong = [name for name in table if name not in (*_LINE, "by_allele")]
    missing = [name for name in _LINE if name not in table]
    if wrong or missing:
        seen = f"{wrong[0]} at {locus}" if wrong else f"No {missing[0]} at {locus}"
        raise _refusal(wrong[0] if wrong else locus, seen, _FORM)
    lengths = table["lengths"]
    if not (isinstance(lengths, list) and len(lengths) == 2):
        raise _refusal("lengths", f"lengths = {lengths!r} at {locus}", "Two numbers, as in [5, 11]")
    low, high = (_number("lengths", length) for length in lengths)
    own = _table("by_allele", table.get("by_allele", {}))
    try:
        return StutterRates(
            _number("intercept", table["intercept"]),
            _number("slope", table["slope"]),
            (low, high),
            {allele(label): _number(label, share) for label, share in own.items()},
        )
    except InvalidRecord as error:
        where = error.where or Where(field=locus)
        raise InvalidRecord(error.seen, rule=error.rule, way_on=error.way_on, where=where) from None


def _locus(name: str) -> Locus:
    try:
        return canonical_locus(name)
    except InvalidRecord as error:
        raise _refusal(name, error.seen.rstrip("."), error.rule.rstrip(".")) from None


def _table(name: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _refusal(name, f"{name} = {value!r}", _FORM)
    return value


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refusal(name, f"{name} = {value!r}", "It is a number, as in 0.05")
    return float(value)


def _refusal(name: str, seen: str, rule: str) -> InvalidRecord:
    return InvalidRecord(
        f"{seen}.", rule=f"{rule}.", way_on="Correct the settings.", where=Where(field=name)
    )
