"""A laboratory's settings from its single-source runs, in one call.

Files in, a frozen result out. Not for: how anything is learnt (`weigh.laboratory`), how it is shown
(`calibrating_shown`, `assemble_calibrating`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from reopen import __version__
from reopen.errors import CannotWeigh
from reopen.faces.workbench.assumptions import libraries
from reopen.faces.workbench.profiles import Profiles, open_profiles
from reopen.faces.workbench.settings import Settings
from reopen.records import Frozen, NotWeighed, Run, Stain
from reopen.weigh import learnt_dropin, single_source, stutter_rates
from reopen.weigh.between_runs import Spread
from reopen.weigh.calibration import LEAST_STAINS
from reopen.weigh.hashes import hash_of_kit
from reopen.weigh.laboratory import Laboratory, learn_laboratory
from reopen.weigh.priors import LogNormal, Prior, Priors

LEAST_SPREAD = 0.2  # of a prior: stains of casework differ more than runs of one batch
METHOD = "settings from single-source runs 1"


@dataclass(frozen=True, slots=True)
class Calibrating:
    """What single-source runs tell of a laboratory, kit by kit.

    settings     the learnt models, for `write_settings`
    assumptions  the rules by which runs, donors, loci and alleles were taken
    not_used     everything that took no part, with the reason
    made_at      when, UTC
    """

    laboratories: tuple[Laboratory, ...]
    profiles: Profiles
    settings: Settings
    assumptions: tuple[str, ...]
    not_used: tuple[NotWeighed, ...]
    run: Run
    made_at: datetime

    def __str__(self) -> str:
        from reopen.faces.workbench.calibrating_shown import calibrating_text

        return calibrating_text(self)


def calibrate_stains(
    *paths: str | Path,
    references: Iterable[str | Path] = (),
    kit: str = "",
    replicates: str = "none",
    decimal_comma: bool | None = None,
) -> Calibrating:
    """Settings of every kit that the single-source stains of these files were typed with.

    references  files of the donors. A stain is of the reference whose id it has, or begins with;
                of the only one, where one is given. Without any, alleles are read off clear peaks

    Other arguments as for `open_profiles`. Raises CannotWeigh where no kit has enough stains, and
    ReopenError where no file can be read.
    """
    profiles = open_profiles(
        *paths, references=references, kit=kit, replicates=replicates, decimal_comma=decimal_comma
    )
    found: list[Laboratory] = []
    refused: list[NotWeighed] = []
    errors: list[CannotWeigh] = []
    for name, stains in _by_kit(profiles).items():
        known = profiles.kits.get(name)
        if known is None:
            told = "Its kit is not known, and fragment lengths are needed. Name the kit."
            refused += [NotWeighed(stain.id, told, stain.where) for stain in stains]
            continue
        try:
            found.append(learn_laboratory(stains, profiles.references, known))
        except CannotWeigh as error:
            errors.append(error)
            told = f"{error.seen} {error.rule} {error.way_on}"
            refused.append(NotWeighed(f"{len(stains)} stains of {name}", told))
    if not found:
        raise errors[0] if errors else _nothing(profiles)
    not_used = [item for one in found for item in one.not_used]
    return Calibrating(
        laboratories=tuple(found),
        profiles=profiles,
        settings=_settings(found, bool(profiles.references)),
        assumptions=_assumptions(bool(profiles.references)),
        not_used=(*profiles.not_weighed, *refused, *not_used),
        run=_run(profiles, found),
        made_at=datetime.now(UTC),
    )


def _settings(found: Sequence[Laboratory], with_references: bool) -> Settings:
    """The models by kit, and priors from how runs differ where there is one kit to speak of."""
    models = Settings(by_kit=Frozen((one.kit.name, one.model) for one in found))
    if len(found) > 1:
        return models
    (one,) = found
    usual = Priors()
    laws: dict[str, Prior] = {
        f"{kind}_stutter": _prior(law, getattr(usual, f"{kind}_stutter"))
        for kind, law in one.shares.items()
    }
    if with_references and one.variability is not None:
        laws["variability"] = _prior(one.variability, usual.variability)
    return replace(models, priors=replace(usual, **laws))  # type: ignore[arg-type]


def _prior(learnt: Spread, usual: Prior) -> Prior:
    spread = max(learnt.spread, LEAST_SPREAD)
    return LogNormal(learnt.centre, spread, low=usual.low, high=usual.high)


def _by_kit(profiles: Profiles) -> Mapping[str, list[Stain]]:
    found: dict[str, list[Stain]] = {}
    for stain in profiles.stains:
        found.setdefault(stain.kit, []).append(stain)
    return found


def _nothing(profiles: Profiles) -> CannotWeigh:
    return CannotWeigh(
        f"{len(profiles.stains)} stains with a kit that is known.",
        rule=f"Settings are learnt from at least {LEAST_STAINS} single-source stains of one kit.",
        way_on="Name the kit, and check that the files hold stains with heights.",
    )


def _assumptions(with_references: bool) -> tuple[str, ...]:
    s, r = single_source, stutter_rates
    donors = (
        "Each stain is of the reference whose id it has, or begins with; of the only reference, "
        "where there is one."
        if with_references
        else f"No references: alleles are read off at loci whose highest peak has {s.CLEAR:g} "
        f"thresholds or more, where one or two peaks have {s.ALLELE:.0%} of it or more and no "
        f"other has over {s.NO_ALLELE:.0%}. Such runs are clear ones: the variability learnt from "
        "them is too small for faint stains. A donor of several runs counts as several."
    )
    run = (
        f"A run counts if {s.LEAST_EXPLAINED:.0%} of its height or more is at the donor's "
        f"alleles, and for heights and stutter if {s.LEAST_PEAKS} allele peaks or more are seen."
    )
    law = (
        "Heights have gamma laws of one scale in a run, so a stutter peak's share of itself and "
        "its parent has a beta law. A stutter peak not seen lies below the threshold or the "
        "filter; it is not a share of zero."
    )
    locus = (
        f"A locus has rates of a kind with {r.LEAST_PARENTS} parent peaks, {r.LEAST_SEEN} "
        f"stutter peaks seen and {r.LEAST_DONORS} donors or more. Each locus's line is drawn "
        "towards the kit's mean line as far as its errors say."
    )
    apart = (
        f"An allele leaves its locus's line where {r.LEAST_OWN} of its stutter peaks and "
        f"{r.LEAST_DONORS} donors or more are seen and the difference is more than chance "
        f"gives to any allele (probability {r.OWN_LEVEL:g} over all of the kind)."
    )
    adopted = (
        "Rates go into the settings where at least half of the kit's loci have them (back and "
        "forward stutter), or any locus (double back and two-base stutter)."
    )
    dropin = (
        f"Drop-in goes into the settings if {learnt_dropin.LEAST_DROPINS} peaks or more are "
        "neither alleles nor stutter."
    )
    places = (
        "Stutter is looked at where only one allele's stutter of one kind falls, and no allele."
    )
    priors = (
        "How runs differ goes into the settings as priors if there is one kit, with a spread of "
        f"{LEAST_SPREAD:g} or more; variability only if the donors' references were given."
    )
    return donors, run, law, places, locus, apart, adopted, dropin, priors


def _run(profiles: Profiles, found: Iterable[Laboratory]) -> Run:
    s, r = single_source, stutter_rates
    return Run(
        program=f"reopen {__version__}",
        model=METHOD,
        parameters={
            "references": len(profiles.references),
            "least stains": LEAST_STAINS,
            "least allele peaks": s.LEAST_PEAKS,
            "least share explained": s.LEAST_EXPLAINED,
            "clear, in thresholds": s.CLEAR,
            "allele from, none up to": f"{s.ALLELE}, {s.NO_ALLELE}",
            "least parents, seen, donors": f"{r.LEAST_PARENTS}, {r.LEAST_SEEN}, {r.LEAST_DONORS}",
            "least seen of an allele": r.LEAST_OWN,
            "level of alleles apart": r.OWN_LEVEL,
            "least drop-ins": learnt_dropin.LEAST_DROPINS,
            "least spread of priors": LEAST_SPREAD,
        },
        inputs={
            **{source.path: source.sha256 for source in profiles.sources},
            **{f"kit {one.kit.name}": hash_of_kit(one.kit) for one in found},
        },
        libraries=libraries(),
    )
