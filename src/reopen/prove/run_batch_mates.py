"""L6: a profile that another case's sample of the same batch or tray explains.

A weight, not a veto (`coincidence`): batch-mates are shown with three explanations side by side.
Not here: samples that met at a site or in time (`links_cases`), links to staff (`links_staff`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from reopen.prove.batches import SAMPLES_A_YEAR, Yearly, wells_of
from reopen.prove.coincidence import CONTAMINATION_RATE, NEEDS_MEETING, Meeting, figures
from reopen.prove.holdings import Holdings
from reopen.prove.linked import CaseLink, by_cases, cases_linked, shares_a_trace
from reopen.prove.provenance import asked_together, sample_of
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Batch, ConsumableUse, Well
from reopen.records.results import FoundLink
from reopen.records.stored import StoredProfile

LEAST_LOG10 = 3.0


@rule(
    "L6",
    "Shared profile inside one batch",
    severity=Severity.A,
    needs=(FoundLink, Well),
    asks="Were two linked samples of different cases in one batch or tray, with nothing else that "
    "joins the cases?",
    checks=(
        "A true series: look for what else the cases share, before the DNA.",
        "The samples were asked for together: record it, then the batch carries no weight.",
        "Contamination: look at the blanks of the batch, and extract again from what is left.",
    ),
    learnt="Scott; Leskie; Mixer",
    numbers={
        "L6.least_log10": (LEAST_LOG10, "log10 LR from which a link is looked at"),
        "L6.samples_a_year": (SAMPLES_A_YEAR, "samples, where the wells cover under 90 days"),
        "L6.needed": (NEEDS_MEETING, "share of contaminations that need the samples to meet"),
        "L6.contamination_rate": (CONTAMINATION_RATE, "contaminated samples among all"),
        "L6.prior_link": (0.0, "probability of a true link without the DNA; 0: several are shown"),
    },
)
def shared_in_batch(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L6")
    yearly = Yearly(holdings, settings)
    least = settings.number("L6.least_log10", LEAST_LOG10)
    links = [each for each in cases_linked(holdings) if each.record.weight_log10 >= least]
    for between in by_cases(links).values():
        met: dict[CaseLink, _Met] = {}
        apart: list[CaseLink] = []
        for link in between:
            wells = [
                wells_of(holdings, sample_of(holdings, each)) for each in (link.one, link.other)
            ]
            if not all(wells):
                tally.unable(link.record, "the wells of both samples are not recorded")
                continue
            tally.looked_at += 1
            closest = min(
                _meetings(holdings, *wells),
                key=lambda met: _meeting(yearly, met).chance,
                default=None,
            )
            if closest is None:
                apart.append(link)
            elif joined := _joined(holdings, link):
                what = f"{link.record.ref}: {closest.where}; {joined}"
                tally.notes.append(f"{what}, so that has no weight.")
            else:
                met[link] = closest
        _judge(tally, holdings, settings, yearly, met, apart)
    return tally.answer()


def _joined(holdings: Holdings, link: CaseLink) -> str:
    """What else joins the two, so that meeting in a batch means nothing; '' where nothing does."""
    if link.record.known_reason:
        return link.record.known_reason
    samples = sample_of(holdings, link.one), sample_of(holdings, link.other)
    return "their samples were asked for together" if asked_together(holdings, *samples) else ""


def _judge(
    tally: Tally,
    holdings: Holdings,
    settings: Settings,
    yearly: Yearly,
    met: Mapping[CaseLink, _Met],
    apart: Sequence[CaseLink],
) -> None:
    """One question for two cases, unless other traces, which never met, link them as well."""
    if not met:
        return
    link = min(met, key=lambda each: _meeting(yearly, met[each]).chance)
    support = [each for each in apart if not shares_a_trace(holdings, each, met)]
    if support:
        tally.notes.append(
            f"{link.record.ref}: {met[link].where}; {support[0].record.ref} links the cases by "
            "other traces, which were not in one batch."
        )
        return
    meeting = _meeting(yearly, met[link])
    others = [each.record for each in met if each is not link]
    _tell(tally, link, met[link], others, _figures(holdings, settings, link, meeting))


@dataclass(frozen=True, slots=True)
class _Met:
    """Two wells that met: batch is the one they share, None where only the tray was shared."""

    one: Well
    other: Well
    where: str
    batch: str | None


def _meeting(yearly: Yearly, met: _Met) -> Meeting:
    """How much a meeting says."""
    if met.batch:
        return yearly.meeting(met.batch)
    return yearly.meeting(met.one.batch, "on one tray")


def _meetings(holdings: Holdings, first: list[Well], second: list[Well]) -> Iterator[_Met]:
    for one, other in product(first, second):
        if one.batch == other.batch:
            near = ", side by side" if _neighbours(one.well, other.well) else ""
            where = f"batch {one.batch}, wells {one.well} and {other.well}{near}"
            yield _Met(one, other, where, one.batch)
            continue
        trays = _trays(holdings, one) & _trays(holdings, other)
        for tray in sorted(trays):
            where = f"tray {tray} in batches {one.batch} and {other.batch}"
            yield _Met(one, other, where, None)


def _trays(holdings: Holdings, well: Well) -> set[str]:
    """Plates and single-use things that the well's batch or sample was worked on with."""
    batch = holdings.one(Batch, well.batch)
    plates = {batch.plate} if batch and batch.plate else set()
    uses = holdings.by(ConsumableUse, "sample").get(well.sample, ()) if well.sample else ()
    return plates | {each.item for each in uses if each.batch in (None, well.batch)}


def _neighbours(one: str, other: str) -> bool:
    """Wells that touch on the plate, corners included: A1 and B2."""
    places = [(name[:1].upper(), name[1:]) for name in (one, other)]
    if not all(row.isalpha() and column.isdigit() for row, column in places):
        return False
    (row, column), (other_row, other_column) = places
    apart = abs(ord(row) - ord(other_row)), abs(int(column) - int(other_column))
    return max(apart) == 1


def _figures(
    holdings: Holdings, settings: Settings, link: CaseLink, meeting: Meeting
) -> tuple[str, ...]:
    record = link.record
    besides = link.besides_log10
    prior = settings.number("L6.prior_link", 0.0)
    if prior and besides:
        prior = 1 / (1 + (1 - prior) / prior * 10.0**-besides)
    shown = figures(
        record.weight_log10,
        meeting,
        prior_link=prior or None,
        contamination_rate=settings.number("L6.contamination_rate", CONTAMINATION_RATE),
        compared=max(1, len(holdings.of(StoredProfile)) - 1),
    )
    if not besides:
        return shown
    return (*shown, f"place, time and behaviour multiply the prior odds by 1e{besides:.1f}")


def _tell(
    tally: Tally, link: CaseLink, met: _Met, others: Sequence[FoundLink], shown: tuple[str, ...]
) -> None:
    one_case, other_case = link.cases
    tally.found(
        Severity.A,
        f"Profiles {link.one} (case {one_case}) and {link.other} (case {other_case}) are linked "
        f"with a log10 LR of {link.record.weight_log10:.1f}; their samples were in {met.where}.",
        [link.record, met.one, met.other, *others],
        known_by=[link.record],
        case=one_case,
        figures=shown,
    )
