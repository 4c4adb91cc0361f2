"""L2: quantification values are there, and as the instrument's export has them.

Undetermined is a value, empty is not. Not here: thresholds that end testing (`run_thresholds`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Quantification, Stop
from reopen.records.results import LabResult

ROUNDING = 0.01
ROUNDING_NG_UL = 0.0005
MALE_FLOOR_NG_UL = 0.0

_NO_MALE = ("no male", "male dna not detected", "male dna was not detected")


@rule(
    "L2",
    "Quantification present and unaltered",
    severity=Severity.A,
    needs=(Quantification,),
    asks="Is every quantification in the record, with the value that the instrument exported?",
    checks=(
        "The system may round: compare with the export of the same upload.",
        "The curve may have been analysed again: ask for the later export and its reason.",
        "A well may have been dropped for a recorded fault (evaporation, air bubble).",
    ),
    learnt="Woods: data deleted in three uploads of one case",
    numbers={
        "L2.rounding": (ROUNDING, "relative difference that rounding explains"),
        "L2.rounding_ng_ul": (ROUNDING_NG_UL, "ng/uL of difference that rounding explains"),
        "L2.male_floor_ng_ul": (MALE_FLOOR_NG_UL, "ng/uL of male DNA up to which it is no signal"),
    },
)
def quantification_unaltered(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L2")
    for each in holdings.of(Quantification):
        _against_export(each, settings, _case(holdings, each), tally)
    _versions(holdings, settings, tally)
    _uploads(holdings, tally)
    _no_male_dna(holdings, settings, tally)
    return tally.answer()


def _case(holdings: Holdings, each: Quantification) -> str | None:
    return each.case or holdings.case_of(each.sample)


def _values(each: Quantification) -> Iterator[tuple[str, float | None, float | None]]:
    yield "total DNA", each.total_ng_ul, each.exported_total_ng_ul
    yield "male DNA", each.male_ng_ul, each.exported_male_ng_ul


def _same(one: float, other: float, settings: Settings) -> bool:
    if (one == 0) != (other == 0):
        return False
    relative = settings.number("L2.rounding", ROUNDING) * max(one, other)
    return abs(one - other) <= max(relative, settings.number("L2.rounding_ng_ul", ROUNDING_NG_UL))


def _against_export(
    each: Quantification, settings: Settings, case: str | None, tally: Tally
) -> None:
    sample = f"sample {each.sample} (version {each.version})"
    exported = [value for _, _, value in _values(each) if value is not None]
    if not (exported or each.export_hash or each.edited_by or _empty(each)):
        tally.unable(each, "no instrument export to compare with")
        return
    tally.looked_at += 1
    if not exported and _empty(each):
        text = f"The quantification of {sample} is empty; undetermined would be a value."
        tally.found(Severity.A, text, [each], case=case, aspect="empty")
    elif not exported and each.edited_by:
        text = f"The quantification of {sample} was edited by hand; no exported value is kept."
        tally.found(_gravity(each), text, [each], case=case, aspect="edited")
    for name, value, from_export in _values(each):
        if from_export is None or (value is not None and _same(value, from_export, settings)):
            continue
        if value is None and from_export == 0 and each.undetermined:
            continue
        shown = "undetermined" if value is None and each.undetermined else _shown(value)
        tally.found(
            _gravity(each),
            f"The record has {shown} for {name} of {sample}; the instrument's export has "
            f"{from_export:g} ng/uL.",
            [each],
            case=case,
            aspect=name,
        )


def _empty(each: Quantification) -> bool:
    return each.total_ng_ul is None and each.male_ng_ul is None and not each.undetermined


def _gravity(each: Quantification) -> Severity:
    """An edit by a named person, for a stated reason, is shown; any other stops the result."""
    return Severity.B if each.edited_by and each.edit_reason else Severity.A


def _shown(value: float | None) -> str:
    return "no value" if value is None else f"{value:g} ng/uL"


def _versions(holdings: Holdings, settings: Settings, tally: Tally) -> None:
    """A value that was there in one version and is gone or other in the next."""
    groups: dict[tuple[str, str | None], list[Quantification]] = defaultdict(list)
    for each in holdings.of(Quantification):
        groups[each.sample, each.batch].append(each)
    for group in groups.values():
        for before, after in pairwise(sorted(group, key=lambda each: each.version)):
            if _reanalysed(before, after) or (after.edited_by and after.edit_reason):
                continue
            for (name, old, _), (_, new, _) in zip(_values(before), _values(after), strict=True):
                if old is None or (new is not None and _same(old, new, settings)):
                    continue
                tally.found(
                    Severity.A,
                    f"{name.capitalize()} of sample {after.sample} was {_shown(old)} in version "
                    f"{before.version} and is {_shown(new)} in version {after.version}, without "
                    "an editor and a reason.",
                    [after, before],
                    case=_case(holdings, after),
                    aspect=f"{name} changed",
                )


def _reanalysed(before: Quantification, after: Quantification) -> bool:
    """The later version has an export of its own, which `_against_export` compares it with."""
    return bool(after.export_hash) and after.export_hash != before.export_hash


def _uploads(holdings: Holdings, tally: Tally) -> None:
    """A later upload of a batch has all the wells of the one before it."""
    for batch, group in holdings.by(Quantification, "batch").items():
        if batch is None:
            continue
        uploads: dict[int, dict[str, Quantification]] = defaultdict(dict)
        for each in group:
            uploads[each.upload][each.sample] = each
        for earlier, later in pairwise(sorted(uploads)):
            tally.looked_at += 1
            lost = [each for name, each in uploads[earlier].items() if name not in uploads[later]]
            for case in dict.fromkeys(_case(holdings, each) for each in lost):
                of_case = [each for each in lost if _case(holdings, each) == case]
                names = ", ".join(each.sample for each in of_case)
                tally.found(
                    Severity.A,
                    f"Upload {later} of batch {batch} lacks {names}, which upload {earlier} had.",
                    of_case,
                    case=case,
                    aspect=f"upload {later}",
                )


def _no_male_dna(holdings: Holdings, settings: Settings, tally: Tally) -> None:
    floor = settings.number("L2.male_floor_ng_ul", MALE_FLOOR_NG_UL)
    for each in holdings.of(Quantification):
        signal = max(each.male_ng_ul or 0.0, each.exported_male_ng_ul or 0.0)
        if signal <= floor:
            continue
        told: list[Stop | LabResult] = [
            *holdings.by(Stop, "sample").get(each.sample, ()),
            *holdings.by(LabResult, "sample").get(each.sample, ()),
        ]
        for record in told:
            if any(words in _words(record).lower() for words in _NO_MALE):
                tally.found(
                    Severity.A,
                    f"No male DNA is reported of sample {each.sample}; its quantification "
                    f"(version {each.version}) shows {signal:g} ng/uL.",
                    [each, record],
                    case=_case(holdings, each),
                )


def _words(record: Stop | LabResult) -> str:
    said = record.wording if isinstance(record, Stop) else record.proposition
    return f"{said} {record.note}"
