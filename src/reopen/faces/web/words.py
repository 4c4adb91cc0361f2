"""How pages word numbers and times: as the report does, rounded here and nowhere before."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from reopen.faces.report import electropherogram, wording
from reopen.faces.web.names_in_paths import name_in_path
from reopen.faces.workbench.custody_shown import when
from reopen.records.kinds import KINDS
from reopen.records.times import Interval

_SPOKEN = {each: each.replace("_", " ") for each in KINDS} | {
    "four_eyes": "act of two people", "found_link": "link", "found_series": "series",
    "lab_result": "laboratory result", "read_event": "look",
}  # fmt: skip
_KIND = re.compile(rf"\b({'|'.join(each for each in _SPOKEN if '_' in each)})\b(?=[ .,;]|$)")
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
_RANGE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)(?![\w.])")


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


def kind(name: str) -> str:
    """A kind of record in words: "laboratory result"."""
    return _SPOKEN.get(name, name.replace("_", " "))


def plain(told: str) -> str:
    """A sentence that the log keeps, with kinds of records in words and times to the minute."""
    told = _MOMENT.sub(lambda found: when(Interval.parse(found[0])), told)
    return _KIND.sub(lambda found: _SPOKEN[found[0]], told)


def spans(value: str) -> str:
    """A stated value, with a range as one says it: "24 to 37"."""
    return _RANGE.sub(r"\1 to \2", value)


FILTERS: dict[str, Any] = {
    "chance": wording.chance_text,
    "code": code,
    "counted": counted,
    "electropherogram": electropherogram.electropherogram,
    "interval": interval,
    "kind": kind,
    "log10": wording.log10_text,
    "moment": moment,
    "peaks_legend": lambda checked: electropherogram.legend(checked=checked),
    "percent": wording.percent_text,
    "plain": plain,
    "probability": wording.probability_text,
    "ratio": wording.ratio_text,
    "rfu": wording.rfu_text,
    "spans": spans,
    "urlencode": name_in_path,
}
