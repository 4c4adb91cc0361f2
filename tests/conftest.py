"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# Tests run side by side, so that a moment on the wall says nothing about an example.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Documentation first: it runs every command, in a quarter of the whole time. Begun last, it
    would keep one worker busy while the others are done."""
    items.sort(key=lambda item: len(item.path.parts))
