"""Whether the shelf holds what the inventory says: rule C7.

Not here: disposals (`custody_disposal`), storage conditions (`custody_storage`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, log

from reopen.prove.custody_stays import Stay, all_stays, stays_by_store
from reopen.prove.custody_times import thing
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.custody import CustodyEvent, Stocktake
from reopen.records.findings import Finding, RuleAnswer, Severity

_Unable = list[tuple[str, str]]


@rule(
    "C7",
    "Inventory agrees with the shelf",
    severity=Severity.A,
    needs=(Stocktake,),
    asks="Did a stocktake, at its second look, meet every item that was to be there, and no other?",
    checks=(
        "The item stood on another shelf: look along the row, and in the boxes beside it.",
        "It was out on that day, and its event was entered late: ask for the store's book.",
        "A label that cannot be read, or a number with two forms: compare descriptions.",
        "It was disposed of with an order that is not entered: ask for the orders.",
    ),
    learnt="Harris County Precinct 4: an audit missed 28% of a sample in one office",
    numbers={
        "C7.missing_share": (0.02, "share of missing items that a sample is to find"),
        "C7.confidence": (0.95, "probability of finding at least one of them"),
    },
)
def inventory_agrees(holdings: Holdings, settings: Settings) -> RuleAnswer:
    share = settings.number("C7.missing_share", 0.02)
    confidence = settings.number("C7.confidence", 0.95)
    of_item = all_stays(holdings)
    findings: list[Finding] = []
    unable: _Unable = []
    looked_at = 0
    for stocktake in holdings.of(Stocktake):
        expected = stocktake.expected or _should_hold(holdings, stocktake)
        looked_at += len(expected)
        findings += _missing(holdings, stocktake, expected, of_item, unable)
        findings += _unexpected(holdings, stocktake, expected, of_item, unable)
        findings += _too_few(stocktake, len(expected), unable, share, confidence)
    return answer("C7", findings, looked_at=looked_at, could_not=unable)


def _should_hold(holdings: Holdings, stocktake: Stocktake) -> tuple[str, ...]:
    """Items that were certainly in the store at that time, by custody events."""
    stays = stays_by_store(holdings).get(stocktake.store, ())
    return tuple(stay.item for stay in stays if stay.certainly_meets(stocktake.at))


def _missing(
    holdings: Holdings,
    stocktake: Stocktake,
    expected: Sequence[str],
    of_item: Mapping[str, Sequence[Stay]],
    unable: _Unable,
) -> Iterator[Finding]:
    seen, again = frozenset(stocktake.seen), frozenset(stocktake.second_look)
    for item in expected:
        if item in seen:
            continue
        stays = of_item.get(item, ())
        if item not in again:
            unable.append((item, f"Not seen at {stocktake.ref}, and not yet looked for again."))
        elif stays and not any(_may_be_there(stay, stocktake) for stay in stays):
            why = f"Listed at {stocktake.ref}; custody events place it elsewhere at that time."
            unable.append((item, why))
        elif any(stay.left is not None and stay.left.at.may_meet(stocktake.at) for stay in stays):
            unable.append((item, f"It was moved on the day of {stocktake.ref}."))
        else:
            yield _not_seen(holdings, stocktake, item, stays)


def _may_be_there(stay: Stay, stocktake: Stocktake) -> bool:
    return stay.store == stocktake.store and stay.may_hold(stocktake.at)


def _not_seen(
    holdings: Holdings, stocktake: Stocktake, item: str, stays: Sequence[Stay]
) -> Finding:
    about = thing(holdings, item)
    sentence = (
        f"{about} was to be in store {stocktake.store} and was not met at either look of "
        f"{stocktake.ref} ({stocktake.at})."
    )
    last = [stay.entered.ref for stay in stays if _may_be_there(stay, stocktake)][-1:]
    records = (about, stocktake.ref, *last)
    case = holdings.case_of(item)
    return finding("C7", Severity.A, sentence, records, case=case, helps_defence=True)


def _unexpected(
    holdings: Holdings,
    stocktake: Stocktake,
    expected: Sequence[str],
    of_item: Mapping[str, Sequence[Stay]],
    unable: _Unable,
) -> Iterator[Finding]:
    events, listed = holdings.by(CustodyEvent, "item"), frozenset(expected)
    for item in dict.fromkeys(stocktake.seen):
        stays = of_item.get(item, ())
        if item in listed or any(_may_be_there(stay, stocktake) for stay in stays):
            continue
        if any(each.at.may_meet(stocktake.at) for each in events.get(item, ())):
            unable.append((item, f"It was moved on the day of {stocktake.ref}."))
            continue
        about = thing(holdings, item)
        where = "elsewhere" if item in events else "nowhere"
        sentence = (
            f"{about} was met in store {stocktake.store} at {stocktake.ref} ({stocktake.at}), "
            f"while custody events place it {where}."
        )
        before = [each.ref for each in events.get(item, ()) if not stocktake.at.before(each.at)]
        records = (about, stocktake.ref, *before[-1:])
        case = holdings.case_of(item)
        yield finding("C7", Severity.B, sentence, records, case=case, aspect="unexpected")


def _too_few(
    stocktake: Stocktake, looked_for: int, unable: _Unable, share: float, confidence: float
) -> Iterator[Finding]:
    """A sample smaller than its plan."""
    if stocktake.planned is None:
        unable.append((str(stocktake.ref), "Its sampling plan is not recorded."))
        return
    if looked_for >= stocktake.planned:
        return
    sentence = (
        f"{stocktake.ref} ({stocktake.at}) looked for {looked_for} items; its plan asked for "
        f"{stocktake.planned}."
    )
    left, enough = _left(looked_for, confidence), sample_size(share, confidence)
    figures = (
        f"with none missing, up to {left:.1%} may still be, at {confidence:.0%} confidence",
        f"to find {share:.1%} missing at that confidence takes a sample of {enough}",
    )
    yield finding("C7", Severity.C, sentence, (stocktake,), figures=figures, aspect="sample")


def _left(n: int, confidence: float) -> float:
    return 1.0 if n == 0 else 1.0 - (1.0 - confidence) ** (1.0 / n)


def sample_size(share: float, confidence: float) -> int:
    """Items to look for, so that a share of missing ones shows at least one (large stores)."""
    return ceil(log(1.0 - confidence) / log(1.0 - share))
