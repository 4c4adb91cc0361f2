"""A laboratory's settings to the TOML file that `settings.read_settings` takes back.

Not for: what is read, or what is allowed (`settings`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from reopen.errors import InvalidRecord
from reopen.faces.report import write_whole
from reopen.faces.workbench.prior_tables import PRIORS, priors_table
from reopen.faces.workbench.settings import Settings
from reopen.weigh.model import PeakModel
from reopen.weigh.named_settings import NUMBERS, RATES, SWITCHES, Setting, named_settings
from reopen.weigh.stutter import StutterRates


def write_settings(settings: Settings, path: str | Path) -> None:
    """Write settings as TOML; a file of that name is replaced only by a whole one.

    A kit's table holds what differs from the settings of all kits. Raises InvalidRecord for a
    model that such a file cannot say in full, and ReopenError where the folder cannot be written.
    """
    model = settings.model
    said = _said(model, PeakModel())
    top: dict[str, object] = {**said, "theta": settings.theta}
    if settings.minimum_frequency is not None:
        top["minimum_frequency"] = settings.minimum_frequency
    if not top[RATES]:
        del top[RATES]
    if own_priors := priors_table(settings.priors):
        top[PRIORS] = own_priors
    lines = list(_table((), top))
    for kit, own in settings.by_kit.items():
        changes = {name: value for name, value in _said(own, model).items() if value != said[name]}
        lines += ["", _header(("kit", kit)), *_table(("kit", kit), changes)]
    write_whole("\n".join(lines) + "\n", Path(path))


_SAID = (*NUMBERS, *SWITCHES, RATES)


def _said(model: PeakModel, base: PeakModel) -> dict[str, Setting]:
    """What a file can say of a model; the rest has to be as in the base."""
    usual = named_settings(base)
    said = {}
    for name, value in named_settings(model).items():
        if name in _SAID:
            said[name] = value
        elif value != usual[name]:
            raise InvalidRecord(
                f"{name} = {value!r}.",
                rule="A settings file has no name for this part of the model.",
                way_on="Keep the model in Python, or leave this part as it is by default.",
            )
    return said


def _table(path: tuple[str, ...], values: Mapping[str, object]) -> Iterable[str]:
    """Single values first: after a table's header they would belong to that table."""
    tables = {name: _nested(value) for name, value in values.items()}
    for name, value in tables.items():
        if not isinstance(value, Mapping):
            yield f"{_quoted(name)} = {_plain(value)}"
    for name, value in tables.items():
        if isinstance(value, Mapping):
            if not value or any(not isinstance(_nested(one), Mapping) for one in value.values()):
                yield from ("", _header((*path, name)))
            yield from _table((*path, name), value)


def _nested(value: object) -> object:
    if not isinstance(value, StutterRates):
        return value
    line = {"intercept": value.intercept, "slope": value.slope, "lengths": value.lengths}
    return {**line, "by_allele": value.by_allele} if value.by_allele else line


def _header(path: Iterable[str]) -> str:
    return f"[{'.'.join(_quoted(name) for name in path)}]"


def _quoted(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else json.dumps(name)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_plain, value))}]"
    return repr(float(str(value)))
