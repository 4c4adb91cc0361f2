"""Reads a QR code from its picture, by ISO/IEC 18004: one code, byte mode, undamaged.

For tests alone: it corrects no errors, so that any wrong module shows.
"""

from __future__ import annotations

import re

# Blocks of each version from 1 to 40 for the levels L, M, Q, H: error correction codewords per
# block and number of blocks (ISO/IEC 18004, table 9). The rest follows from the size.
EC_PER_BLOCK = {
    "L": "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 "
    "28 28 30 30 26 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
    "M": "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 "
    "26 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28",
    "Q": "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 "
    "28 30 30 30 30 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
    "H": "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 "
    "30 24 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
}
BLOCKS = {
    "L": "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 "
    "8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25",
    "M": "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 "
    "17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49",
    "Q": "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 "
    "23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68",
    "H": "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 "
    "25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81",
}
LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
MASKS = (
    lambda r, c: (r + c) % 2 == 0,
    lambda r, c: r % 2 == 0,
    lambda r, c: c % 3 == 0,
    lambda r, c: (r + c) % 3 == 0,
    lambda r, c: (r // 2 + c // 3) % 2 == 0,
    lambda r, c: r * c % 2 + r * c % 3 == 0,
    lambda r, c: (r * c % 2 + r * c % 3) % 2 == 0,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2 == 0,
)

Grid = list[list[bool]]


def read_svg(svg: str) -> bytes:
    """The bytes in a code drawn by `segno`: strokes of one path, a module high."""
    return read(modules_of(svg))


def modules_of(svg: str) -> Grid:
    """Dark modules, from a path of relative moves (m) and horizontal strokes (h)."""
    path = re.search(r'class="qrline" d="([^"]*)"', svg) or re.search(r' d="([^"]*)"', svg)
    assert path
    dark: set[tuple[int, int]] = set()
    x = y = 0.0
    for letter, numbers in re.findall(r"([MmHh])([^MmHh]*)", path[1]):
        values = [float(number) for number in re.findall(r"-?[0-9]*\.?[0-9]+", numbers)]
        if letter == "M":
            x, y = values
        elif letter == "m":
            x, y = x + values[0], y + values[1]
        else:
            end = values[0] if letter == "H" else x + values[0]
            dark |= {(int(y), column) for column in range(int(x), int(end))}
            x = end
    first = min(row for row, _ in dark), min(column for _, column in dark)
    size = max(row for row, _ in dark) - first[0] + 1
    return [[(r + first[0], c + first[1]) in dark for c in range(size)] for r in range(size)]


def read(grid: Grid) -> bytes:
    size = len(grid)
    version = (size - 17) // 4
    assert size == 17 + 4 * version
    level, mask = _format(grid)
    function = _function_modules(size, version)
    bits = [grid[r][c] != MASKS[mask](r, c) for r, c in _path(size) if (r, c) not in function]
    words = [int("".join(str(int(bit)) for bit in bits[at : at + 8]), 2)
             for at in range(0, len(bits) // 8 * 8, 8)]  # fmt: skip
    return _bytes(_data(words, version, level), version)


def _format(grid: Grid) -> tuple[str, int]:
    places = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [(r, 8) for r in (7, 5, 4, 3, 2, 1, 0)]
    value = 0
    for r, c in places:
        value = value << 1 | grid[r][c]
    value ^= 0b101010000010010
    return LEVELS[value >> 13], value >> 10 & 0b111


def _function_modules(size: int, version: int) -> set[tuple[int, int]]:
    found = {(r, c) for r in range(9) for c in range(9)}
    found |= {(r, c) for r in range(9) for c in range(size - 8, size)}
    found |= {(r, c) for r in range(size - 8, size) for c in range(9)}
    found |= {(6, c) for c in range(size)} | {(r, 6) for r in range(size)}
    centres = _alignment(size, version)
    for r in centres:
        for c in centres:
            if (r, c) not in {(6, 6), (6, size - 7), (size - 7, 6)}:
                found |= {(r + i, c + j) for i in range(-2, 3) for j in range(-2, 3)}
    if version >= 7:
        found |= {(r, c) for r in range(6) for c in range(size - 11, size - 8)}
        found |= {(r, c) for r in range(size - 11, size - 8) for c in range(6)}
    return found


def _alignment(size: int, version: int) -> list[int]:
    """Rows and columns of alignment patterns: evenly spaced from the far end (annex E)."""
    if version == 1:
        return []
    count = version // 7 + 2
    step = 26 if version == 32 else -(-(size - 13) // (2 * count - 2)) * 2
    return [6, *(size - 7 - step * n for n in range(count - 2, -1, -1))]


def _path(size: int) -> list[tuple[int, int]]:
    """Modules in the order of their bits: two columns at a time, up and down, from the right."""
    found = []
    up = True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        rows = range(size - 1, -1, -1) if up else range(size)
        found += [(r, c) for r in rows for c in (right, right - 1)]
        up = not up
    return found


def _data(words: list[int], version: int, level: str) -> list[int]:
    """Data codewords in order: blocks are written in turn, the shorter ones first."""
    blocks = int(BLOCKS[level].split()[version - 1])
    correction = int(EC_PER_BLOCK[level].split()[version - 1])
    total = len(words) // blocks
    longer = len(words) % blocks
    lengths = [total - correction + (n >= blocks - longer) for n in range(blocks)]
    parts: list[list[int]] = [[] for _ in lengths]
    stream = iter(words)
    for at in range(max(lengths)):
        for part, length in zip(parts, lengths, strict=True):
            if at < length:
                part.append(next(stream))
    return [word for part in parts for word in part]


def _bytes(words: list[int], version: int) -> bytes:
    bits = "".join(f"{word:08b}" for word in words)
    assert bits[:4] == "0100", "not byte mode"
    width = 8 if version < 10 else 16
    length = int(bits[4 : 4 + width], 2)
    start = 4 + width
    return bytes(int(bits[start + 8 * n : start + 8 * n + 8], 2) for n in range(length))
