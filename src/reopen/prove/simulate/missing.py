"""Records of the run that honest analysts lose: a hash not noted, a value not copied.

At a rate that differs a little between analysts, as in the published trial of rule P2.
"""

from __future__ import annotations

from dataclasses import replace

from reopen.prove.simulate.book import Book
from reopen.prove.simulate.world import World
from reopen.records.laboratory import Injection, Quantification


def lose_records(book: Book, world: World) -> None:
    """One record of some cases is incomplete."""
    mean, spread = book.rates["missing_record"], book.rates["missing_record_spread"]
    strength = (1 - spread) / spread
    rates = {
        analyst: float(book.rng.beta(mean * strength, (1 - mean) * strength))
        for analyst in world.analysts
    }
    of_case: dict[tuple[str, str], list[int]] = {}
    for k, record in enumerate(book.records):
        if isinstance(record, Injection | Quantification) and record.case and record.analyst:
            of_case.setdefault((record.case, record.analyst), []).append(k)
    for (_, analyst), places in of_case.items():
        if book.chance(rates[analyst]):
            k = book.pick(places)
            book.records[k] = lost = _incomplete(book.records[k])
            sample = getattr(lost, "sample", None)
            twins = [book.records[p] for p in places if _sample(book.records[p]) == sample]
            book.happened("missing_record", "L1 L2 L3 R7 P2", [lost, *twins])


def _incomplete(record: object) -> Injection | Quantification:
    if isinstance(record, Injection):
        return replace(record, raw_hash="")
    assert isinstance(record, Quantification)
    return replace(record, total_ng_ul=None, male_ng_ul=None, undetermined=False)


def _sample(record: object) -> str | None:
    return getattr(record, "sample", None)
