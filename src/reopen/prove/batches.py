"""The batches in which samples were worked on together, and how much it says to have met in one.

For the rule on batch-mates, and for what has to be known of a series beside its DNA. Not here: any
rule, the explanations of a link (`coincidence`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from reopen.prove.coincidence import NEEDS_MEETING, Meeting
from reopen.prove.holdings import Holdings
from reopen.prove.provenance import asked_together, lineage, sample_of
from reopen.prove.rules import Settings
from reopen.records.laboratory import Batch, Well, WellKind

SAMPLES_A_YEAR = 5000.0
FULL_PLATE = 96
_ENOUGH = timedelta(days=90)
_YEAR = timedelta(days=365)


def wells_of(holdings: Holdings, sample: str) -> list[Well]:
    """Wells of a sample, of what it was made of, and of what was made of it."""
    by_sample = holdings.by(Well, "sample")
    return [well for each in lineage(holdings, sample) for well in by_sample.get(each, ())]


def shared_batches(holdings: Holdings, profiles: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Batch -> those of the profiles whose samples met in it, where two met by themselves: samples
    that were asked for together meet for that reason."""
    samples = {profile: sample_of(holdings, profile) for profile in profiles}
    together: dict[str, dict[str, None]] = {}
    for profile, sample in samples.items():
        for well in wells_of(holdings, sample):
            together.setdefault(well.batch, {})[profile] = None

    def met(one: str, other: str) -> bool:
        return one != other and not asked_together(holdings, samples[one], samples[other])

    found = {
        batch: tuple(one for one in mates if any(met(one, other) for other in mates))
        for batch, mates in together.items()
    }
    return {batch: mates for batch, mates in found.items() if mates}


class Yearly:
    """How many samples the laboratory works on in a year, as its wells tell."""

    def __init__(self, holdings: Holdings, settings: Settings):
        self.sizes: dict[str, int] = {}
        for batch, group in holdings.by(Well, "batch").items():
            places = {well.well for well in group if well.content is WellKind.SAMPLE}
            self.sizes[str(batch)] = len(places)
        self.needed = settings.number("L6.needed", NEEDS_MEETING)
        self.samples = settings.number("L6.samples_a_year", SAMPLES_A_YEAR)
        moments = [
            moment for each in holdings.of(Well) if (moment := _moment(holdings, each)) is not None
        ]
        if moments and max(moments) - min(moments) >= _ENOUGH:
            stages: dict[str, set[str]] = {}
            for each in holdings.of(Well):
                batch_held = holdings.one(Batch, each.batch)
                stage = batch_held.stage if batch_held else ""
                if each.content is WellKind.SAMPLE and each.sample:
                    stages.setdefault(stage, set()).add(each.sample)
            years = (max(moments) - min(moments)) / _YEAR
            self.samples = max(map(len, stages.values()), default=1) / years

    def meeting(self, batch: str, where: str = "in one batch") -> Meeting:
        """Of two samples in a batch, or `where` else, of its size."""
        size = self.sizes.get(batch) or FULL_PLATE
        return Meeting(f"{where} of {size}", min(1.0, size / self.samples), self.needed)


def _moment(holdings: Holdings, well: Well) -> datetime | None:
    batch = holdings.one(Batch, well.batch)
    at = well.at or (batch.at if batch else None)
    return at.earliest if at else None
