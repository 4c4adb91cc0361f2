"""What the controls of a batch tell: how many were set aside, and which negative ones hold DNA.

Not for: finding controls among samples (`formats.samples`), or comparing a positive control with
the profile it is known to have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from reopen.faces.workbench.profiles import Profiles
from reopen.faces.workbench.settings import Settings
from reopen.records import Control, ControlKind, Locus, Peak
from reopen.weigh.model import PerLocus


def of_controls(profiles: Profiles, settings: Settings) -> tuple[str, ...]:
    """Sentences for a reader: a count by kind, then each negative control that has peaks.

    A peak counts from the lowest threshold of the kits in its file, and where the settings have no
    threshold for its locus, or the export no height, in any case: a warning too many costs a look.
    """
    if not profiles.controls:
        return ()
    return (_counted(profiles.controls), *_with_peaks(profiles, settings))


def _counted(controls: Iterable[Control]) -> str:
    kinds = Counter(control.kind for control in controls)
    n = kinds.total()
    parts = [f"{kinds[kind]} {_plural(kind.value, kinds[kind])}" for kind in ControlKind
             if kinds[kind]]  # fmt: skip
    verb = "was" if n == 1 else "were"
    return f"{n} {_plural('control', n)} {verb} set aside: {', '.join(parts)}."


def _with_peaks(profiles: Profiles, settings: Settings) -> Iterable[str]:
    for control in profiles.controls:
        if control.kind is not ControlKind.NEGATIVE:
            continue
        thresholds = _thresholds(control, profiles, settings)
        peaks = [
            peak
            for locus, found in control.replicate.peaks.items()
            for peak in found
            if peak.height_rfu is None or peak.height_rfu >= _lowest(thresholds, locus)
        ]
        if peaks:
            place = f" in {control.where}" if control.where else ""
            yield (
                f"Negative control {control.id}{place} shows {_told(peaks)}: check the batch for "
                "contamination."
            )


def _thresholds(control: Control, profiles: Profiles, settings: Settings) -> list[PerLocus]:
    """Thresholds of the kits in the control's file, or of all kits where it has no stain."""
    file = control.where.file if control.where else ""
    beside = {stain.kit for stain in profiles.stains if stain.where and stain.where.file == file}
    kits = beside or {stain.kit for stain in profiles.stains} or {""}
    return [settings.model_for(kit).threshold_rfu for kit in kits]


def _lowest(thresholds: Iterable[PerLocus], locus: Locus) -> float:
    """The lowest threshold at a locus in RFU, 0 where one of them says nothing of it."""
    return min(t.get(locus, 0.0) if isinstance(t, Mapping) else t for t in thresholds)


def _told(peaks: list[Peak]) -> str:
    n = len(peaks)
    heights = [peak.height_rfu for peak in peaks if peak.height_rfu is not None]
    of = f" of {'up to ' if n > 1 else ''}{max(heights):g} RFU" if heights else " without heights"
    return f"{n} {_plural('peak', n)}{of}"


def _plural(noun: str, n: int) -> str:
    return noun if n == 1 else f"{noun}s"
