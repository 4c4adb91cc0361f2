"""Series as what JSON holds, and read back from it: what a search gives out and what a unit keeps.

Not here: text (`series_shown`), finding them (`found_series`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from reopen.faces.report.series_words import alert_text
from reopen.faces.workbench.plain_values import Plain, not_weighed_plain
from reopen.records import End, Locus, NotWeighed
from reopen.records.series import (
    Divided,
    Explanation,
    ExplanationKind,
    KeptApart,
    Membership,
    Series,
    WeakestSplit,
)

if TYPE_CHECKING:  # this loads the kernels' compiler, which showing what is kept does not need
    from reopen.link.series import FoundTogether


def series_of_search_plain(found: FoundTogether | None) -> Plain:
    """Every series with all its numbers, and what was not joined."""
    if found is None:
        return None
    return {
        "series": [series_plain(one) for one in found.series],
        "kept_apart": [_apart_plain(apart) for apart in found.kept_apart],
    }


def series_plain(series: Series) -> dict[str, Plain]:
    """A series. Within it a profile's name is enough, since a stain is in it once."""
    weakest = series.weakest
    return {
        "members": [
            {
                **_end_plain(one.end),
                "case": one.case,
                "adds": one.adds,
                "brother": one.brother,
                "without": one.without,
                "holds_by": one.holds_by,
                "joint": one.is_joint,
                "remains": _groups_plain(one.remains),
            }
            for one in series.members
        ],
        "log10": series.log10,
        "error": series.error,
        "per_locus": dict(series.per_locus.items()),
        "other_terms": dict(series.other_terms.items()),
        "weakest": {
            "log10": weakest.log10,
            "one": _names(weakest.one),
            "other": _names(weakest.other),
            "bridge": None if weakest.bridge is None else _names(weakest.bridge),
            "links": weakest.links,
        },
        "pairs": [
            {"one": one.profile, "other": other.profile, "log10": log10}
            for (one, other), log10 in series.pairs.items()
        ],
        "explanations": [
            {
                "kind": one.kind.value,
                "log10": one.log10,
                "groups": _groups_plain(one.groups),
                "batch": one.batch,
                "expected": one.expected,
                "remaining": one.remaining,
                "remark": one.remark,
            }
            for one in series.explanations
        ],
        "divisions": [
            {
                "groups": _groups_plain(way.groups),
                "log10": way.log10,
                "probability": way.probability,
            }
            for way in series.divisions
        ],
        "others": series.others,
        "all_divided": series.all_divided,
        "alerts": [
            {
                "kind": alert.kind.value,
                "case": alert.case,
                "person": alert.person,
                "role": alert.role,
                "traces": _names(alert.traces),
                "log10": alert.log10,
                "others": list(alert.others),
                "elsewhere": alert.elsewhere,
                "says": alert_text(alert),
            }
            for alert in series.alerts
        ],
        "undecided": not_weighed_plain(series.undecided),
        "not_weighed": not_weighed_plain(series.not_weighed),
    }


def _apart_plain(apart: KeptApart) -> Plain:
    one, other = apart.link
    return {
        "one": _end_plain(one),
        "other": _end_plain(other),
        "log10": apart.log10,
        "why": apart.why.value,
        "groups": _groups_plain(apart.groups),
        "over_two": apart.over_two,
        "over_brothers": apart.over_brothers,
    }


def _end_plain(end: End) -> dict[str, Plain]:
    return {
        "profile": end.profile,
        "contributor": end.contributor,
        "of": end.of,
        "proportion": end.proportion,
    }


def _names(ends: Sequence[End]) -> list[str]:
    return [end.profile for end in ends]


def _groups_plain(groups: Sequence[Sequence[End]]) -> Plain:
    return [_names(group) for group in groups]


def series_numbers(plain: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    """The numbers of a series that its traces alone decide, by name: those that are redone."""
    for name in ("log10", "error"):
        yield name, _number(plain[name])
    for table in ("per_locus", "other_terms"):
        yield from (
            (f"{table} {name}", _number(value)) for name, value in _mapping(plain[table]).items()
        )
    yield "holds by", _number(_mapping(plain["weakest"])["log10"])
    for member in map(_mapping, _list(plain["members"])):
        for name in ("adds", "brother", "without", "holds_by"):
            if member[name] is not None:
                yield f"{member['profile']} {name}", _number(member[name])


def series_of_plain(plain: Mapping[str, object]) -> Series:
    """A series as it was kept: without people, whom findings name."""
    rows = [_mapping(row) for row in _list(plain["members"])]
    ends = {str(row["profile"]): _end(row) for row in rows}
    weakest = _mapping(plain["weakest"])
    bridge = tuple(ends[str(name)] for name in _list(weakest["bridge"]))
    return Series(
        members=tuple(_member(row, ends) for row in rows),
        log10=_number(plain["log10"]),
        per_locus={Locus(name): value for name, value in _numbers(plain["per_locus"]).items()},
        other_terms=_numbers(plain["other_terms"]),
        error=_number(plain["error"]),
        weakest=WeakestSplit(
            _group(weakest["one"], ends),
            _group(weakest["other"], ends),
            _number(weakest["log10"]),
            (bridge[0], bridge[1]) if bridge else None,
            int(_number(weakest["links"])),
        ),
        explanations=tuple(
            _explanation(_mapping(row), ends) for row in _list(plain["explanations"])
        ),
        divisions=tuple(
            Divided(
                _groups(row["groups"], ends), _number(row["log10"]), _number(row["probability"])
            )
            for row in map(_mapping, _list(plain["divisions"]))
        ),
        others=_number(plain["others"]),
        all_divided=bool(plain["all_divided"]),
        not_weighed=tuple(
            NotWeighed(str(row["what"]), str(row["reason"]))
            for row in map(_mapping, _list(plain["not_weighed"]))
        ),
        pairs={
            (ends[str(row["one"])], ends[str(row["other"])]): _number(row["log10"])
            for row in map(_mapping, _list(plain["pairs"]))
        },
    )


def _member(row: Mapping[str, object], ends: Mapping[str, End]) -> Membership:
    return Membership(
        end=ends[str(row["profile"])],
        case=str(row["case"]),
        adds=_number(row["adds"]),
        brother=_number(row["brother"]),
        without=_if_any(row["without"]),
        remains=_groups(row["remains"], ends),
        holds_by=_if_any(row["holds_by"]),
    )


def _explanation(row: Mapping[str, object], ends: Mapping[str, End]) -> Explanation:
    return Explanation(
        ExplanationKind(str(row["kind"])),
        _groups(row["groups"], ends),
        _if_any(row["log10"]),
        str(row["batch"]),
        _if_any(row["expected"]),
        _if_any(row["remaining"]),
        str(row["remark"]),
    )


def _end(row: Mapping[str, object]) -> End:
    contributor, of = (None if row[name] is None else int(_number(row[name]))
                       for name in ("contributor", "of"))  # fmt: skip
    return End(str(row["profile"]), contributor, of, _if_any(row["proportion"]))


def _groups(value: object, ends: Mapping[str, End]) -> tuple[tuple[End, ...], ...]:
    return tuple(_group(group, ends) for group in _list(value))


def _group(value: object, ends: Mapping[str, End]) -> tuple[End, ...]:
    return tuple(ends[str(name)] for name in _list(value))


def _numbers(value: object) -> dict[str, float]:
    return {name: _number(each) for name, each in _mapping(value).items()}


def _number(value: object) -> float:
    return float(str(value))


def _if_any(value: object) -> float | None:
    return None if value is None else _number(value)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []
