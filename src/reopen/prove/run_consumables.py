"""L7: what may be used once is used once, in date, and not after a recall.

Not here: profiles that follow a lot (`run_lots`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Batch, Consumable, ConsumableUse, Well


@rule(
    "L7",
    "Consumable used once",
    severity=Severity.A,
    needs=(Consumable, ConsumableUse),
    asks="Was every single-use plate, tray and tube used once, and every lot in date and not "
    "recalled?",
    checks=(
        "An id typed by hand may be wrong by one character: look at the thing or its photo.",
        "One plate may go through several stages with the same samples: record it as one use.",
        "The expiry of a lot may have been extended: record the validation with the lot.",
    ),
    learnt="Scott: trays reused; Austin: expired reagents",
)
def used_once(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L7")
    known = holdings.by(Consumable, "id")
    for item, uses in holdings.by(ConsumableUse, "item").items():
        if item not in known:
            tally.unable(uses[0], f"consumable {item} is not in the record")
            continue
        consumable = known[item][0]
        tally.looked_at += len(uses)
        if consumable.single_use:
            _once(holdings, consumable, uses, tally)
        for use in uses:
            _in_date(consumable, use, tally)
            if use.typed_by_hand and use.second is None:
                tally.unable(use, "its id was typed by hand and checked by nobody else")
    return tally.answer()


def _once(
    holdings: Holdings, consumable: Consumable, uses: Sequence[ConsumableUse], tally: Tally
) -> None:
    """Uses of one batch are one use; so are those of batches that hold the same samples."""
    others = [
        (one, other) for one, other in combinations(uses, 2) if not _one_use(holdings, one, other)
    ]
    if not others:
        return
    concerned = [use for use in uses if any(use in pair for pair in others)]
    by_hand = any(use.typed_by_hand and use.second is None for use in concerned)
    doubt = "; an id was typed by hand and may be wrong" if by_hand else ""
    cases = {use.case for use in concerned}
    tally.found(
        Severity.B if by_hand else Severity.A,
        f"Single-use {consumable.consumable} {consumable.id} was used for "
        f"{' and '.join(dict.fromkeys(_for(use) for use in concerned))}{doubt}.",
        [consumable, *concerned],
        case=cases.pop() if len(cases) == 1 else None,
        aspect="twice",
    )


def _for(use: ConsumableUse) -> str:
    if use.batch:
        return f"batch {use.batch}"
    return f"sample {use.sample}" if use.sample else f"use {use.id}"


def _one_use(holdings: Holdings, one: ConsumableUse, other: ConsumableUse) -> bool:
    if one.batch is None or other.batch is None:
        return one.sample is not None and one.sample == other.sample
    if one.batch == other.batch:
        return True
    plates = {
        batch.plate
        for each in (one.batch, other.batch)
        if (batch := holdings.one(Batch, each)) is not None
    }
    samples = _samples(holdings, one.batch)
    return bool(samples) and samples == _samples(holdings, other.batch) and len(plates) <= 1


def _samples(holdings: Holdings, batch: str) -> frozenset[str]:
    wells = holdings.by(Well, "batch").get(batch, ())
    return frozenset(well.sample for well in wells if well.sample)


def _in_date(consumable: Consumable, use: ConsumableUse, tally: Tally) -> None:
    what = f"{consumable.consumable} {consumable.id}"
    lot = f"lot {consumable.lot}" if consumable.lot else "its lot"
    if consumable.expires is not None and consumable.expires.before(use.at):
        text = f"{what} was used at {use.at} for {_for(use)}; {lot} expired {consumable.expires}."
        tally.found(Severity.B, _capital(text), [use, consumable], case=use.case, aspect="expired")
    if consumable.recalled is not None:
        order = "after" if consumable.recalled.before(use.at) else "before"
        text = (
            f"{what} was used at {use.at} for {_for(use)}, {order} the recall of {lot} "
            f"({consumable.recalled})."
        )
        tally.found(Severity.B, _capital(text), [use, consumable], case=use.case, aspect="recall")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
