"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Tests run side by side, so that a moment on the wall says nothing about an example.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
