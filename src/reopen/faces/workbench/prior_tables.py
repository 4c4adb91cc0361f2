"""Priors of peak parameters as a table of a settings file: [priors], one line for each parameter.

Not for: what priors mean (`weigh.priors`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from reopen.errors import InvalidRecord
from reopen.faces.workbench.table_values import as_mapping, as_number, refusal
from reopen.weigh.priors import LogNormal, Prior, Priors, Uniform

PRIORS = "priors"
_USUAL = Priors()
_NUMBER = "concentration"
_NAMES = tuple(field.name for field in fields(Priors))
_FORM = (
    "A prior is { centre = ..., spread = ... }, log-normal, or { low = ..., high = ... }, uniform; "
    "low and high may stand beside centre and spread"
)


def read_priors(value: object) -> Priors:
    """The usual priors with a table's in their place.

    Raises InvalidRecord, with the field's name in its place, for what is no such table.
    """
    found: dict[str, Prior | float] = {}
    for name, said in as_mapping(PRIORS, value, _FORM).items():
        if name not in _NAMES:
            rule = f"Priors are of: {', '.join(_NAMES)}"
            raise refusal(name, f"No prior is called {name!r}", rule)
        found[name] = (
            as_number(name, said)
            if name == _NUMBER
            else _prior(name, as_mapping(name, said, _FORM))
        )
    try:
        return replace(_USUAL, **found)  # type: ignore[arg-type]  # names and kinds checked above
    except InvalidRecord as error:
        raise refusal(PRIORS, error.seen.rstrip("."), error.rule.rstrip(".")) from None


def _prior(name: str, table: Mapping[str, object]) -> Prior:
    numbers = {key: as_number(name, value) for key, value in table.items()}
    keys = set(numbers)
    usual = getattr(_USUAL, name)
    try:
        if keys == {"low", "high"}:
            return Uniform(**numbers)
        if {"centre", "spread"} <= keys <= {"centre", "spread", "low", "high"}:
            return LogNormal(**{"low": usual.low, "high": usual.high, **numbers})
    except InvalidRecord as error:
        raise refusal(name, error.seen.rstrip("."), error.rule.rstrip(".")) from None
    raise refusal(name, f"{name} with {', '.join(sorted(keys)) or 'nothing'}", _FORM)


def priors_table(priors: Priors) -> dict[str, object]:
    """The table that is read back as these priors; what is as usual is left out."""
    found: dict[str, object] = {}
    for name in _NAMES:
        prior = getattr(priors, name)
        if prior != getattr(_USUAL, name):
            of_prior = () if name == _NUMBER else fields(prior)
            numbers = {field.name: getattr(prior, field.name) for field in of_prior}
            found[name] = numbers or prior
    return found
