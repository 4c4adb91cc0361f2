"""A laboratory's settings to the TOML file that `settings.read_settings` takes back.

Not for: what is read, or what is allowed (`settings`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from reopen.errors import InvalidRecord
from reopen.faces.report import write_whole
from reopen.faces.workbench.settings import NUMBERS, SWITCHES, Settings
from reopen.weigh.model import PeakModel, PerLocus


def write_settings(settings: Settings, path: str | Path) -> None:
    """Write settings as TOML; a file of that name is replaced only by a whole one.

    A kit's table holds what differs from the settings of all kits. Raises InvalidRecord for a
    model that such a file cannot say in full, and ReopenError where the folder cannot be written.
    """
    model = settings.model
    top: dict[str, PerLocus | bool] = {name: getattr(model, name) for name in _SAID}
    top["theta"] = settings.theta
    if settings.minimum_frequency is not None:
        top["minimum_frequency"] = settings.minimum_frequency
    _check(model, PeakModel())
    lines = list(_table((), top))
    for kit, own in settings.by_kit.items():
        _check(own, model)
        changes = {name: getattr(own, name) for name in _SAID
                   if getattr(own, name) != getattr(model, name)}  # fmt: skip
        lines += ["", _header(("kit", kit)), *_table(("kit", kit), changes)]
    write_whole("\n".join(lines) + "\n", Path(path))


_SAID = (*NUMBERS, *SWITCHES)


def _check(model: PeakModel, base: PeakModel) -> None:
    for field in fields(PeakModel):
        value = getattr(model, field.name)
        if field.name not in _SAID and value != getattr(base, field.name):
            raise InvalidRecord(
                f"{field.name} = {value!r}.",
                rule="A settings file has no name for this part of the model.",
                way_on="Keep the model in Python, or leave this part as it is by default.",
            )


def _table(path: tuple[str, ...], values: Mapping[str, PerLocus | bool]) -> Iterable[str]:
    """Single values first: after a table's header they would belong to that table."""
    for name, value in values.items():
        if not isinstance(value, Mapping):
            yield f"{name} = {_plain(value)}"
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ("", _header((*path, name)))
            yield from (f"{_quoted(locus)} = {_plain(one)}" for locus, one in value.items())


def _header(path: Iterable[str]) -> str:
    return f"[{'.'.join(_quoted(name) for name in path)}]"


def _quoted(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else json.dumps(name)


def _plain(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(float(value))
