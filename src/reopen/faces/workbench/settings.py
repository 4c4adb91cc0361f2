"""A laboratory's settings: thresholds, drop-in and theta, from a TOML file or one by one.

A setting is one number, or a table of one number for each locus; a kit may have its own:

    threshold_rfu = 50
    theta = 0.01

    [dropin_probability]
    TH01 = 0.01
    FGA = 0.02

    [kit."SGM Plus"]
    threshold_rfu = 75

Not for: what the settings mean (`weigh.model`), or learning them from data (`weigh.calibration`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from reopen.errors import InvalidRecord, ReopenError, UnknownName, UnreadableFile, Where
from reopen.faces.workbench.prior_tables import PRIORS, read_priors
from reopen.faces.workbench.stutter_tables import read_rates
from reopen.formats import find_kit, library
from reopen.records import AlleleFrequencies, Frozen, Locus, Population, canonical_locus
from reopen.weigh.model import PeakModel, PerLocus
from reopen.weigh.named_settings import NUMBERS, RATES, SWITCHES, Setting, with_settings
from reopen.weigh.priors import Priors
from reopen.weigh.stutter import STUTTER_KINDS, StutterKind

Part = TypeVar("Part")

_KIT_RULE = 'Settings of a kit stand in [kit."NAME"]'
_COANCESTRY = "Coancestry, from 0 to below 1; 0.01 to 0.03 is recommended for casework"
_OPTIONS = {
    "threshold_rfu": "--threshold-rfu", "dropin_probability": "--drop-in", "theta": "--theta",
}  # fmt: skip
_OF_KIT = (*NUMBERS, *SWITCHES, RATES)
_OF_POPULATION = ("theta", "minimum_frequency")
STUTTERS: Mapping[str, tuple[StutterKind, ...]] = {
    "none": (),
    "back": ("back",),
    "both": ("back", "forward"),
    "all": STUTTER_KINDS,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a weighing assumes of the laboratory and the population.

    model    of peak heights, for stains of kits that have no model of their own
    by_kit   models of single kits, by name
    theta, minimum_frequency   as in `records.Population`
    priors   of peak parameters, where a weighing integrates over them
    source   the file they were read from
    """

    model: PeakModel = field(default_factory=PeakModel)
    by_kit: Mapping[str, PeakModel] = Frozen()
    theta: PerLocus = 0.01
    minimum_frequency: float | None = None
    priors: Priors = field(default_factory=Priors)
    source: str = ""

    def model_for(self, kit: str) -> PeakModel:
        """The model for stains typed with a kit."""
        return self.by_kit.get(library.kit_name(kit) or kit, self.model)

    def models(self, kits: Iterable[str]) -> Mapping[str, PeakModel]:
        """The model for each of these names of kits."""
        return {kit: self.model_for(kit) for kit in kits}

    def population(self, frequencies: AlleleFrequencies) -> Population:
        """Allele frequencies with these conventions."""
        return Population(frequencies, self.theta, self.minimum_frequency)

    def changed(
        self,
        *,
        threshold_rfu: float | None = None,
        dropin_probability: float | None = None,
        theta: float | None = None,
        stutter: str | None = None,
        degradation: bool | None = None,
    ) -> Settings:
        """The same settings with single ones replaced, for every kit; None leaves one as it is.

        stutter  none, back, both (backward and forward) or all (of four kinds)

        Raises InvalidRecord for a value that is not allowed, UnknownName for another stutter.
        """
        changes: dict[str, Setting] = {}
        if threshold_rfu is not None:
            changes["threshold_rfu"] = threshold_rfu
        if dropin_probability is not None:
            changes["dropin_probability"] = dropin_probability
        if degradation is not None:
            changes["degradation"] = degradation
        if stutter is not None:
            modelled = _stutter(stutter)
            changes |= {f"{kind}_stutter": kind in modelled for kind in STUTTER_KINDS}
        if theta is not None and not 0 <= theta < 1:
            raise InvalidRecord(
                f"theta = {theta:g}.", rule=f"{_COANCESTRY}.", way_on=_correct("theta")
            )
        try:
            model = with_settings(self.model, changes)
            by_kit = Frozen((kit, with_settings(own, changes)) for kit, own in self.by_kit.items())
        except InvalidRecord as error:
            name = error.seen.partition(" = ")[0]
            raise InvalidRecord(error.seen, rule=error.rule, way_on=_correct(name)) from None
        return replace(
            self, model=model, by_kit=by_kit, theta=self.theta if theta is None else theta
        )


def read_settings(path: str | Path) -> Settings:
    """Settings of a TOML file.

    Raises UnreadableFile, naming line and field, for a file that is no TOML, a setting that is not
    known, or a value that is not allowed.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except OSError as error:
        raise UnreadableFile(
            f"The settings cannot be opened: {error.strerror or error}.",
            way_on="Check the file's name, and that you may read it.",
            where=Where(str(path)),
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"The settings are not TOML: {error}.",
            rule="A line holds a name and a value, as in: threshold_rfu = 50",
            way_on="Correct the line.",
            where=Where(str(path)),
        ) from None
    return _File(path, text).settings(table)


class _File:
    """A settings file whose places can be told."""

    def __init__(self, path: Path, text: str):
        self.path = path
        self.text = text

    def settings(self, table: dict[str, object]) -> Settings:
        kits = table.pop("kit", {})
        if not isinstance(kits, dict):
            raise self.refusal("kit", f"kit = {kits!r}", _KIT_RULE)
        self.known(table, (*_OF_KIT, *_OF_POPULATION, PRIORS))
        base = self.model(PeakModel(), table)
        by_kit = {}
        for name, own in kits.items():
            if not isinstance(own, dict):
                raise self.refusal(name, f"{name} = {own!r}", _KIT_RULE)
            self.known(own, _OF_KIT)
            by_kit[self.kit(name)] = self.model(base, own, name)
        settings = Settings(base, Frozen(by_kit), source=str(self.path))
        if "theta" in table:
            theta = self.per_locus("theta", table["theta"], 0.0, 1.0, _COANCESTRY)
            settings = replace(settings, theta=theta)
        if "minimum_frequency" in table:
            floor = self.number("minimum_frequency", table["minimum_frequency"], 0.0, 1.0)
            settings = replace(settings, minimum_frequency=floor)
        if PRIORS in table:
            settings = replace(settings, priors=self.part(PRIORS, read_priors, table[PRIORS]))
        return settings

    def kit(self, name: str) -> str:
        """The name that stains of this kit carry: one misspelt would never be asked for."""
        try:
            return find_kit(name).name
        except ReopenError as error:
            raise self.refusal(name, error.seen.rstrip("."), error.rule.rstrip(".")) from None

    def known(self, table: Mapping[str, object], names: tuple[str, ...]) -> None:
        for name in table:
            if name not in names:
                raise self.refusal(
                    name, f"No setting is called {name!r}", f"Settings are: {', '.join(names)}"
                )

    def model(self, base: PeakModel, table: Mapping[str, object], kit: str = "") -> PeakModel:
        """The base with a table's settings, all at once: some are allowed only together."""
        changes: dict[str, Setting] = {}
        for name, value in table.items():
            if name in SWITCHES:
                if not isinstance(value, bool):
                    raise self.refusal(name, f"{name} = {value!r}", "It is either true or false")
                changes[name] = value
            elif name in NUMBERS:
                changes[name] = self.per_locus(name, value)
            elif name == RATES:
                changes[name] = self.part(RATES, read_rates, value)
        try:
            return with_settings(base, changes)
        except InvalidRecord as error:
            named = error.seen.partition(" = ")[0]
            switched = (name for name in reversed(SWITCHES) if name in changes)
            name = named if named in changes else next(switched, kit)
            raise self.refusal(name, error.seen.rstrip("."), error.rule.rstrip("."), kit) from None

    def per_locus(
        self,
        name: str,
        value: object,
        least: float = 0.0,
        below: float = float("inf"),
        rule: str = "",
    ) -> PerLocus:
        if not isinstance(value, dict):
            return self.number(name, value, least, below, rule)
        found: dict[Locus, float] = {}
        for locus, number in value.items():
            try:
                found[canonical_locus(locus)] = self.number(locus, number, least, below, rule)
            except InvalidRecord as error:
                raise self.refusal(locus, error.seen.rstrip("."), error.rule.rstrip(".")) from None
        return Frozen(found)

    def part(self, name: str, read: Callable[[object], Part], value: object) -> Part:
        """A table that is read elsewhere; what is wrong with it is told with its line."""
        try:
            return read(value)
        except InvalidRecord as error:
            field = error.where.field if error.where else name
            raise self.refusal(field, error.seen.rstrip("."), error.rule.rstrip(".")) from None

    def number(self, name: str, value: object, least: float, below: float, rule: str = "") -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refusal(name, f"{name} = {value!r}", "It is a number, as in 0.05")
        if not least <= value < below:
            limit = f"from {least:g}" + ("" if below == float("inf") else f" to below {below:g}")
            raise self.refusal(name, f"{name} = {value:g}", rule or f"It is a number {limit}")
        return float(value)

    def refusal(self, name: str, seen: str, rule: str, kit: str = "") -> ReopenError:
        return UnreadableFile(
            f"{seen}.",
            rule=f"{rule}.",
            way_on="Correct the settings.",
            where=Where(str(self.path), self.line_of(name, kit), name),
        )

    def line_of(self, name: str, kit: str = "") -> int | None:
        """The first line, from a kit's table on, that sets this name or opens its table."""
        after = self.line_of(kit) or 1 if kit else 1
        quoted = rf"[\"']?{re.escape(name)}[\"']?"
        pattern = re.compile(rf"\s*(?:{quoted}\s*=|\[(?:.*\.)?\s*{quoted}\s*\])")
        lines = enumerate(self.text.splitlines(), start=1)
        return next((n for n, line in lines if n >= after and pattern.match(line)), None)


def _correct(setting: str) -> str:
    """The way on for a value that was given, not read from a file."""
    option = _OPTIONS.get(setting)
    return f"Correct {setting}" + (f" ({option} on the command line)." if option else ".")


def _stutter(name: str) -> tuple[StutterKind, ...]:
    """The kinds of stutter that are modelled."""
    if name not in STUTTERS:
        raise UnknownName(
            f"No stutter setting is called {name!r}.",
            rule=f"There are: {', '.join(STUTTERS)}.",
            way_on="Name one of them.",
        )
    return STUTTERS[name]
