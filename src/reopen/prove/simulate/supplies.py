"""Consumables of an invented laboratory: single-use things with numbers, reagents in lots."""

from __future__ import annotations

from datetime import datetime, timedelta

from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.world import World
from reopen.records.laboratory import Consumable, ConsumableUse
from reopen.records.times import Interval

SUPPLIERS = ("Supplier A", "Supplier B", "Supplier C")
_SHARES = (0.5, 0.8, 1.0)  # of the three, summed
_LOT_DAYS = {"swab": 60, "plate": 120, "extraction kit": 45, "amplification kit": 45, "polymer": 14}


class Supplies:
    """Takes what work needs from the lot that is open then, and writes the use down.

    A lot lasts for some weeks; swabs of the three suppliers are in use beside each other.
    """

    def __init__(self, book: Book, world: World):
        self.book, self.world = book, world
        self._lots: dict[str, Consumable] = {}

    def single(
        self,
        thing: str,
        moment: datetime,
        by: str,
        *,
        batch: str | None = None,
        sample: str | None = None,
        case: str | None = None,
    ) -> str:
        """A plate or swab with a number of its own; its id."""
        supplier = self._supplier() if thing == "swab" else SUPPLIERS[0]
        lot, expires = self._lot(thing, supplier, moment)
        one = self.book.add(
            Consumable(id=self.book.number(thing.upper()[:2]), consumable=thing, lot=lot,
                       supplier=supplier, single_use=True, expires=expires)
        )  # fmt: skip
        self._use(one.id, moment, by, batch, sample, case)
        return one.id

    def reagent(self, thing: str, moment: datetime, by: str, batch: str) -> None:
        """A kit or polymer, used from until its lot is empty."""
        lot, expires = self._lot(thing, SUPPLIERS[0], moment)
        if lot not in self._lots:
            self._lots[lot] = self.book.add(
                Consumable(id=lot, consumable=thing, lot=lot, supplier=SUPPLIERS[0],
                           expires=expires)
            )  # fmt: skip
        self._use(lot, moment, by, batch, None, None)

    def _supplier(self) -> str:
        x = self.book.rng.random()
        return next(s for s, upto in zip(SUPPLIERS, _SHARES, strict=True) if x < upto)

    def _lot(self, thing: str, supplier: str, moment: datetime) -> tuple[str, Interval]:
        days = _LOT_DAYS[thing]
        k = (moment - self.book.start).days // days
        opened = self.book.start + timedelta(days=k * days)
        expires = Interval.at(opened + timedelta(days=days + 200))
        return f"{thing.upper()[:2]}-{supplier[-1]}-{k + 1:03d}", expires

    def _use(
        self, item: str, moment: datetime, by: str, batch: str | None, sample: str | None,
        case: str | None,
    ) -> None:  # fmt: skip
        typed = self.book.chance("typed_consumable")
        others = [name for name in self.world.analysts if name != by]
        self.book.add(
            ConsumableUse(
                id=self.book.number("US"), item=item, at=at(moment), batch=batch, sample=sample,
                case=case, by=by, typed_by_hand=typed,
                second=self.book.pick(others) if typed else None,
            )
        )  # fmt: skip
