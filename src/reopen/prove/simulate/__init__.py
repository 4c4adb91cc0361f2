"""Invented laboratories and police units, honest or with a planted fault, to measure the audit.

Everything is drawn from assumptions that are listed in one table (docs/audit-simulation.md).
Not here: profiles and peaks that can be weighed (`weigh.simulate`), the rules.
"""

from reopen.prove.simulate import (  # noqa: F401 - each enters its faults into FAULTS
    plant_custody,
    plant_links,
    plant_people,
    plant_results,
    plant_run,
    plant_system,
)
from reopen.prove.simulate.book import Incident
from reopen.prove.simulate.faults import (
    FAULTS,
    Altered,
    CannotPlant,
    Fault,
    Planted,
    plant,
    plant_in,
)
from reopen.prove.simulate.rates import RATES, Rate, Rates, as_table
from reopen.prove.simulate.unit import Simulated, simulate
from reopen.prove.simulate.world import Size

__all__ = [
    "FAULTS",
    "RATES",
    "Altered",
    "CannotPlant",
    "Fault",
    "Incident",
    "Planted",
    "Rate",
    "Rates",
    "Simulated",
    "Size",
    "as_table",
    "plant",
    "plant_in",
    "simulate",
]
