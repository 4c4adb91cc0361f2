"""Invented laboratories and police units, honest or with a planted fault, to measure the audit.

Everything is drawn from assumptions that are listed in one table (docs/audit-simulation.md).
Not here: profiles and peaks that can be weighed (`weigh.simulate`), the rules.
"""

from reopen.prove.simulate.book import Incident
from reopen.prove.simulate.rates import RATES, Rate, Rates, as_table
from reopen.prove.simulate.unit import Simulated, simulate
from reopen.prove.simulate.world import Size

__all__ = ["RATES", "Incident", "Rate", "Rates", "Simulated", "Size", "as_table", "simulate"]
