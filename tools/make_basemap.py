"""Makes the board's basemap: countries of Natural Earth, simplified, as compact GeoJSON.

    python tools/make_basemap.py countries-50m.json src/reopen/faces/web/static/basemap.json

The input is `countries-50m.json` of world-atlas 2.0.2 (TopoJSON made from Natural Earth 4.1, which
is in the public domain). Borders are simplified as shared lines: neighbours stay neighbours.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]

TOLERANCE = 0.11  # degrees: about twelve kilometres
SMALLEST = 0.06  # square degrees: islands below this are left out
DIGITS = 2


def decoded(topology: dict[str, Any]) -> list[list[Point]]:
    """Its arcs in degrees."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    return arcs


def simplified(points: list[Point], tolerance: float) -> list[Point]:
    """Douglas and Peucker 1973: without points nearer than that to the line of those that stay."""
    if len(points) < 3:
        return points
    kept = {0, len(points) - 1}
    waiting = [(0, len(points) - 1)]
    if points[0] == points[-1]:  # a ring has no line to begin with: its farthest point makes one
        far = max(range(len(points)), key=lambda i: _distance2(points[i], points[0]))
        kept.add(far)
        waiting = [(0, far), (far, len(points) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        far = max(
            range(first + 1, last), key=lambda i: _off(points[i], points[first], points[last])
        )
        if _off(points[far], points[first], points[last]) > tolerance:
            kept.add(far)
            waiting += [(first, far), (far, last)]
    return [points[i] for i in sorted(kept)]


def _distance2(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _off(point: Point, first: Point, last: Point) -> float:
    """Distance from a stretch."""
    (x, y), (ax, ay), (bx, by) = point, first, last
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = 0.0 if length == 0 else ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
    along = min(max(along, 0.0), 1.0)
    return float(((x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2) ** 0.5)


def ring(numbers: list[int], arcs: list[list[Point]]) -> list[list[float]]:
    found: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        found += arc[1:] if found else arc
    return [[round(x, DIGITS), round(y, DIGITS)] for x, y in found]


def area(points: list[list[float]]) -> float:
    pairs = pairwise(points)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def basemap(topology: dict[str, Any]) -> dict[str, Any]:
    """One feature for each country, without properties."""
    arcs = [simplified(arc, TOLERANCE) for arc in decoded(topology)]
    features = []
    for country in topology["objects"]["countries"]["geometries"]:
        many = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        polygons = [[ring(numbers, arcs) for numbers in polygon] for polygon in many]
        large = [
            [one for one in polygon if len(one) > 3 and area(one) >= SMALLEST]
            for polygon in polygons
        ]
        kept = [polygon for polygon in large if polygon]
        if kept:
            geometry = {"type": "MultiPolygon", "coordinates": kept}
            features.append({"type": "Feature", "properties": {}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    made = basemap(json.loads(source.read_text(encoding="utf-8")))
    target.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(made['features'])} countries, {target.stat().st_size:,} bytes")
