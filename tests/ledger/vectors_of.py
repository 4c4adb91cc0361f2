"""Where the published vectors lie; the tests that need them are skipped without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared" / "reference" / "data" / "tlog"

needs_shared = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the folder `shared` is not beside the project"),
]


def lines(name: str) -> list[dict[str, Any]]:
    path = SHARED / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def document(name: str) -> Any:
    path = SHARED / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
