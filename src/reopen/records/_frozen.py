"""A mapping that does not change after it is made, keeps its order, pickles and hashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, overload

Key = TypeVar("Key")
Value = TypeVar("Value", covariant=True)
Other = TypeVar("Other")


class Frozen(Mapping[Key, Value]):
    """Read-only mapping for fields of frozen records. Equal to any mapping of equal items."""

    __slots__ = ("_items",)
    _items: dict[Key, Value]

    def __init__(self, items: Mapping[Key, Value] | Iterable[tuple[Key, Value]] = ()):
        self._items = dict(items)

    def __getitem__(self, key: Key) -> Value:
        return self._items[key]

    @overload
    def get(self, key: Key, /) -> Value | None: ...
    @overload
    def get(self, key: Key, /, default: Value | Other) -> Value | Other: ...
    def get(self, key: Key, /, default: object = None) -> object:
        """As of any mapping, several times as fast."""
        return self._items.get(key, default)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"Frozen({self._items!r})"

    def __reduce__(self) -> tuple[type[Frozen[Key, Value]], tuple[dict[Key, Value]]]:
        return type(self), (self._items,)
