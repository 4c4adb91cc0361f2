"""A calibration as text and as what JSON holds; its page is in `assemble_calibrating`.

Rounding happens here and nowhere before.
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.faces.workbench.calibrating import Calibrating
from reopen.faces.workbench.plain_values import Plain, not_weighed_plain
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.records import NotWeighed
from reopen.weigh.between_runs import Spread
from reopen.weigh.calibration import STUTTER_LIKE
from reopen.weigh.laboratory import Laboratory
from reopen.weigh.model import PerLocus
from reopen.weigh.named_settings import RATES, named_settings, plain_setting
from reopen.weigh.stutter import StutterKind
from reopen.weigh.stutter_rates import KindRates, LocusRates

KIND_NAMES: Mapping[StutterKind, str] = {
    "back": "Back stutter (one repeat below)",
    "forward": "Forward stutter (one repeat above)",
    "double_back": "Double back stutter (two repeats below)",
    "two_base": "Two-base stutter (two bases below)",
}
STUTTER_HEADER = ("Locus", "Share", "Change a repeat", "Lengths", "Seen", "Parents", "Apart")
SETTINGS_HEADER = ("Locus", "Threshold", "Efficiency", "Back filter", "Forward filter")
_MOST_NAMED = 6

Rows = list[tuple[str, ...]]


def calibrating_text(calibrating: Calibrating, *, width: int = WIDTH) -> str:
    """What was learnt of each kit, the rules, and what took no part."""
    parts = []
    for one in calibrating.laboratories:
        parts += _laboratory(one, width)
    parts.append(f"Rules\n{bullets(calibrating.assumptions, width)}")
    if calibrating.profiles.notices:
        parts.append(f"Read so\n{bullets(calibrating.profiles.notices, width)}")
    refused = by_reason(calibrating.not_used)
    told = [f"{named(items)}: {reason}" for reason, items in refused]
    count = len(calibrating.not_used)
    parts.append(f"Not used ({count})\n{bullets(told, width)}" if count else "Not used: nothing.")
    return "\n\n".join(parts)


def _laboratory(one: Laboratory, width: int) -> list[str]:
    counts = ", ".join(f"{number:,} {what}" for what, number in counted(one))
    parts = [paragraph(f"{one.kit.name}: {counts}.", width=width)]
    parts += [paragraph(warning, width=width) for warning in warnings(one)]
    parts.append("Settings\n" + table(SETTINGS_HEADER, settings_rows(one), right="lrrrr"))
    for kind, rates in one.stutter.items():
        body = [paragraph(told, width=width) for told in kind_told(one, kind)]
        if rates.rates:
            body.append(table(STUTTER_HEADER, stutter_rows(rates), right="lrrrrrl", width=width))
        missing = without_rates(rates)
        if missing:
            body.append(paragraph(f"No rates, {missing}.", width=width))
        parts.append(f"{KIND_NAMES[kind]}\n" + "\n".join(body))
    parts.append("Between runs\n" + table(SPREAD_HEADER, spread_rows(one), right="lrrr"))
    parts.append(paragraph(dropin_told(one), width=width))
    return parts


def counted(one: Laboratory) -> list[tuple[str, int]]:
    """How much there was."""
    return [
        ("stains", one.stains),
        ("runs of a known donor", one.runs),
        ("fitted", one.fitted),
        ("donors", one.donors),
    ]


def warnings(one: Laboratory) -> list[str]:
    """What a reader of the rates must not miss."""
    told = []
    if not one.model.stutter.back:
        told.append(
            "The exports were filtered: tall peaks stand without stutter. No stutter is left to "
            "learn from; export without the stutter filter to learn rates."
        )
    elif one.model.filters.of_highest:
        told.append(
            "Stutter beside the highest peak of a locus was removed before export. Such places "
            "tell nothing and are left out: the rates rest on the lower alleles of heterozygous "
            "donors, and their errors are the larger for it."
        )
    if one.filters_unseen:
        told.append(
            "The shares that the stutter filter removed do not show in single-source runs at "
            f"{', '.join(one.filters_unseen)}: no peak is that low. The settings hold "
            f"{STUTTER_LIKE:.0%} there; put in those of the laboratory's software."
        )
    return told


def settings_rows(one: Laboratory) -> Rows:
    """Thresholds, efficiency and filters by locus."""
    model, rows = one.model, []
    thresholds = model.threshold_rfu
    loci = list(thresholds) if isinstance(thresholds, Mapping) else []
    for locus in loci:
        values = (model.threshold_rfu, model.locus_efficiency)
        filters = (model.filters.back, model.filters.forward)
        rows.append(
            (
                str(locus),
                f"{_at(values[0], locus):.0f}",
                f"{_at(values[1], locus):.2f}",
                *(_share(_at(value, locus)) if _at(value, locus) else "none" for value in filters),
            )
        )
    return rows


def kind_told(one: Laboratory, kind: StutterKind) -> list[str]:
    """What holds for all loci of a kind."""
    rates = one.stutter[kind]
    learnt = len(rates.rates)
    told = [
        f"Learnt at {learnt} of {len(rates.loci)} loci; "
        + ("in the settings." if kind in one.adopted else "not in the settings.")
    ]
    if rates.common is not None and rates.spread is not None:
        level, slope = rates.common
        told.append(
            f"Kit's mean line: {_share(level)} in the middle of a locus's lengths (loci differ by "
            f"{_share(rates.spread[0])}), {_points(slope)} a repeat ({_points(rates.spread[1])})."
        )
    if learnt:
        told.append(
            f"Shares vary as if their gamma shapes were {rates.concentration:.2g} times those of "
            "the alleles' peaks."
        )
    return told


def stutter_rows(rates: KindRates) -> Rows:
    """Every locus with rates."""
    return [
        (
            str(row.locus),
            f"{_share(row.level)} ± {_points(row.level_error)}",
            f"{_points(row.slope)} ± {_points(row.slope_error)}",
            f"{row.lengths[0]:g} to {row.lengths[1]:g}",
            f"{row.seen:,}",
            f"{row.parents:,}",
            _apart(row),
        )
        for row in rates.loci
        if not row.reason
    ]


def without_rates(rates: KindRates) -> str:
    """Loci without rates of a kind by reason, each with stutter peaks seen and parents."""
    by_reason: dict[str, list[str]] = {}
    for row in rates.loci:
        if row.reason:
            seen = f"{row.locus} ({row.seen} of {row.parents:,})"
            by_reason.setdefault(row.reason, []).append(seen)
    return "; ".join(f"{reason}: {', '.join(loci)}" for reason, loci in by_reason.items())


def _apart(row: LocusRates) -> str:
    own = [rate for rate in row.alleles if rate.is_used]
    return ", ".join(f"{rate.allele}: {_share(rate.share)}" for rate in own)


SPREAD_HEADER = ("What", "Median", "Factor either way", "Runs")


def spread_rows(one: Laboratory) -> Rows:
    """How runs differ: what `Priors` take."""
    found: list[tuple[str, Spread | None]] = [("variability of heights", one.variability)]
    found += [(f"share of {kind.replace('_', ' ')} stutter", s) for kind, s in one.shares.items()]
    return [
        (what, f"{law.centre:.3g}", f"{2.718281828**law.spread:.2f}", f"{law.runs:,}")
        if law
        else (what, "too few runs", "", "")
        for what, law in found
    ]


def dropin_told(one: Laboratory) -> str:
    """Drop-in in sentences."""
    found = one.dropin
    low, high = found.interval
    seen = (
        f"Drop-in: {found.peaks} peaks at {found.loci_with} of {found.loci:,} loci amplified are "
        f"neither alleles nor stutter of the donor"
    )
    if found.rate is None:
        kept = one.model.dropin
        return (
            f"{seen}: too few to learn from (probability at most {high:.2g}, 95 %). The settings "
            f"keep {_range(kept.probability, share=False)}. Where somebody who knew the donor has "
            "cleaned the exports, none is left to be seen."
        )
    return (
        f"{seen}. Probability {found.probability:.3g} (95 % interval {low:.2g} to {high:.2g}), "
        f"counting each locus by the share of alleles that would have shown; heights above the "
        f"threshold with rate {found.rate:.3g} per RFU; the tallest {found.tallest_rfu:.0f} RFU."
    )


def by_reason(items: tuple[NotWeighed, ...]) -> list[tuple[str, tuple[NotWeighed, ...]]]:
    """What took no part, those of one reason together."""
    found: dict[str, list[NotWeighed]] = {}
    for item in items:
        found.setdefault(item.reason, []).append(item)
    return [(reason, tuple(same)) for reason, same in found.items()]


def named(items: tuple[NotWeighed, ...]) -> str:
    """The first few by name."""
    more = f" and {len(items) - _MOST_NAMED} more" if len(items) > _MOST_NAMED else ""
    return ", ".join(item.what for item in items[:_MOST_NAMED]) + more


def _at(setting: PerLocus, locus: object) -> float:
    return float(setting[locus] if isinstance(setting, Mapping) else setting)  # type: ignore[index]


def _share(value: float) -> str:
    return f"{value:.1%}"


def _points(value: float) -> str:
    """A difference of shares, in points of a per cent."""
    return f"{100 * value:.2f}"


def _range(setting: PerLocus, *, share: bool = True) -> str:
    values = list(setting.values()) if isinstance(setting, Mapping) else [float(setting)]
    above = [value for value in values if value > 0] or [0.0]
    low, high = (f"{v:.0%}" if share else f"{v:g}" for v in (min(above), max(above)))
    return low if low == high else f"{low} to {high}"


def calibrating_plain(calibrating: Calibrating) -> Plain:
    """Every number in full."""
    return {
        "made_at": calibrating.made_at.isoformat(),
        "kits": [_laboratory_plain(one) for one in calibrating.laboratories],
        "assumptions": list(calibrating.assumptions),
        "notices": list(calibrating.profiles.notices),
        "not_weighed": not_weighed_plain(calibrating.not_used),
        "run": {
            "program": calibrating.run.program,
            "model": calibrating.run.model,
            "parameters": dict(calibrating.run.parameters),
            "inputs": dict(calibrating.run.inputs),
            "seed": calibrating.run.seed,
            "libraries": dict(calibrating.run.libraries),
        },
    }


def _laboratory_plain(one: Laboratory) -> Plain:
    dropin = one.dropin
    return {
        "kit": one.kit.name,
        "stains": one.stains,
        "runs": one.runs,
        "fitted": one.fitted,
        "donors": one.donors,
        "warnings": warnings(one),
        "settings": {
            name: plain_setting(value)
            for name, value in named_settings(one.model).items()
            if name != RATES  # they stand in "stutter"
        },
        "stutter": {
            kind: _kind_plain(rates, kind in one.adopted) for kind, rates in one.stutter.items()
        },
        "between_runs": {
            "variability": _spread_plain(one.variability),
            **{f"{kind}_stutter": _spread_plain(law) for kind, law in one.shares.items()},
        },
        "dropin": {
            "peaks": dropin.peaks,
            "loci_with": dropin.loci_with,
            "loci": dropin.loci,
            "loci_counted": dropin.loci_counted,
            "probability": dropin.probability,
            "interval": list(dropin.interval),
            "rate": dropin.rate,
            "tallest_rfu": dropin.tallest_rfu,
        },
    }


def _kind_plain(rates: KindRates, adopted: bool) -> Plain:
    return {
        "in_settings": adopted,
        "mean_line": list(rates.common) if rates.common else None,
        "loci_differ_by": list(rates.spread) if rates.spread else None,
        "concentration": rates.concentration,
        "loci": [_locus_plain(row) for row in rates.loci],
    }


def _locus_plain(row: LocusRates) -> Plain:
    known = not row.reason
    return {
        "locus": row.locus,
        "parents": row.parents,
        "seen": row.seen,
        "donors": row.donors,
        "lengths": list(row.lengths),
        "reason": row.reason or None,
        "share": row.level if known else None,
        "share_error": row.level_error if known else None,
        "change": row.slope if known else None,
        "change_error": row.slope_error if known else None,
        "alleles": [
            {
                "allele": rate.allele,
                "share": rate.share,
                "share_error": rate.error,
                "on_line": rate.on_line,
                "seen": rate.seen,
                "donors": rate.donors,
                "apart": rate.is_used,
            }
            for rate in row.alleles
        ],
    }


def _spread_plain(law: Spread | None) -> Plain:
    if law is None:
        return None
    return {"median": law.centre, "ln_spread": law.spread, "runs": law.runs}
