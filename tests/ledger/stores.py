"""A store of tiles for tests: a dictionary that counts what is written."""

from __future__ import annotations


class Tiles(dict[tuple[int, int], bytes]):
    """Tiles in memory."""

    written = 0

    def get(self, level: int, index: int) -> bytes | None:  # type: ignore[override]
        return super().get((level, index))

    def put(self, level: int, index: int, data: bytes) -> None:
        self[level, index] = data
        self.written += 1
