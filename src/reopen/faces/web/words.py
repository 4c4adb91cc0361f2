"""How pages word numbers and times: as the report does, rounded here and nowhere before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from reopen.faces.report import electropherogram, wording
from reopen.faces.web.names_in_paths import name_in_path
from reopen.faces.workbench.custody_shown import when
from reopen.records.times import Interval


def moment(seconds: float | None) -> str:
    """A computer's time, to the minute, in UTC."""
    if seconds is None:
        return ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def interval(value: Interval | None) -> str:
    """A time with what is not known of it."""
    return "" if value is None else when(value)


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 case", "14 cases"; large numbers in groups of three."""
    grouped = f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{grouped} {one if number == 1 else many or one + 's'}"


def code(told: str) -> Markup:
    """A sentence in which a command stands between backticks, as messages have it."""
    parts = told.split("`")
    if len(parts) % 2 == 0:
        return escape(told)
    return Markup().join(  # every second part stood between two of them
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


FILTERS: dict[str, Any] = {
    "chance": wording.chance_text,
    "code": code,
    "counted": counted,
    "electropherogram": electropherogram.electropherogram,
    "interval": interval,
    "log10": wording.log10_text,
    "moment": moment,
    "peaks_legend": lambda checked: electropherogram.legend(checked=checked),
    "percent": wording.percent_text,
    "probability": wording.probability_text,
    "ratio": wording.ratio_text,
    "rfu": wording.rfu_text,
    "urlencode": name_in_path,
}
