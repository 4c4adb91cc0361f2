"""The search that all others have to equal."""

from __future__ import annotations

import pytest
from tests.engine.unit import UNIT

from reopen.link import LinkResult
from reopen.records import LinkKind


@pytest.fixture(scope="session")
def in_threads() -> LinkResult:
    found = UNIT.linked()
    kinds = {item.kind for item in found.links}
    assert kinds == {LinkKind.STAIN_REFERENCE, LinkKind.STAIN_STAIN}
    assert not found.not_weighed
    return found
