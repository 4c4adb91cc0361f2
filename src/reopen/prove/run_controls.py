"""L3: every batch has the controls that its kit or method asks for, finished like its samples.

Not here: what the controls show (`run_clean`).
"""

from __future__ import annotations

from collections.abc import Iterable

from reopen.prove.holdings import Holdings
from reopen.prove.provenance import made_of
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Batch, Injection, Status, Well, WellKind

QUANTIFICATION = "quantification"
"""The stage whose controls end on its own instrument."""

BLANKS = (WellKind.EXTRACTION_BLANK, WellKind.REAGENT_BLANK, WellKind.NEGATIVE)
"""Controls in which nothing should be found."""


@rule(
    "L3",
    "Every batch has its controls, finished",
    severity=Severity.A,
    needs=(Batch, Well),
    asks="Has each batch the controls that its kit or method asks for, carried to the end on the "
    "conditions of the samples they protect?",
    checks=(
        "The batch may share blanks with another: declare it.",
        "The control may have been injected again under another name: look in the list (L1).",
        "The method may not ask for this control at this stage: correct what the batch requires.",
    ),
    learnt="Blake: two years of unfinished negatives, passed audits",
)
def controls_finished(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L3")
    injected = _Injected(holdings)
    for batch in holdings.of(Batch):
        kinds = [kind for kind in dict.fromkeys(batch.required) if kind is not WellKind.SAMPLE]
        if not kinds:
            tally.unable(batch, "which controls it requires is not recorded")
            continue
        tally.looked_at += 1
        for kind in kinds:
            _judge(batch, kind, injected, tally)
    return tally.answer()


def name_of(kind: WellKind) -> str:
    """As a sentence says it: 'negative control', 'extraction blank'."""
    return f"{kind} control" if kind in (WellKind.NEGATIVE, WellKind.POSITIVE) else str(kind)


class _Injected:
    """Which wells and samples reached an instrument: a swab is reached by its amplification."""

    def __init__(self, holdings: Holdings):
        self.holdings = holdings
        self.samples: set[str] = set()
        self.wells: set[tuple[str, str]] = set()
        for injection in holdings.of(Injection):
            if injection.status is not Status.DONE:
                continue
            if injection.batch and injection.well:
                self.wells.add((injection.batch, injection.well))
            if injection.sample:
                self.samples.update(made_of(holdings, injection.sample))

    def reached(self, well: Well) -> bool:
        return (well.batch, well.well) in self.wells or well.sample in self.samples

    def in_batches(self, batches: Iterable[str], kind: WellKind) -> list[Injection]:
        """Finished injections of a kind of content."""
        by_batch = self.holdings.by(Injection, "batch")
        every = (each for batch in batches for each in by_batch.get(batch, ()))
        return [each for each in every if each.content is kind and each.status is Status.DONE]


def _judge(batch: Batch, kind: WellKind, injected: _Injected, tally: Tally) -> None:
    batches = (batch.id, *(batch.shares_blanks if kind in BLANKS else ()))
    by_batch = injected.holdings.by(Well, "batch")
    wells = [well for each in batches for well in by_batch.get(each, ()) if well.content is kind]
    runs = injected.in_batches(batches, kind)
    if not wells and not runs:
        text = f"Batch {batch.id} has no {name_of(kind)}, which its kit or method asks for."
        tally.found(Severity.A, text, [batch], aspect=f"no {kind}")
        return
    samples = [well for well in by_batch.get(batch.id, ()) if well.content is WellKind.SAMPLE]
    own = injected.in_batches((batch.id,), WellKind.SAMPLE)
    followed = batch.stage != QUANTIFICATION and any(well.sample for well in wells)
    if own or (followed and any(injected.reached(well) for well in samples)):
        if not runs and not any(injected.reached(well) for well in wells):
            _unfinished(batch, kind, wells, "was never injected, unlike its samples", tally)
            return
    elif all(well.carried_to_end is False for well in wells):
        _unfinished(batch, kind, wells, "was not carried to the end", tally)
        return
    elif not any(well.carried_to_end for well in wells):
        tally.unable(batch, f"whether its {name_of(kind)} was carried to the end is not recorded")
    _conditions(batch, kind, own, runs, tally)


def _unfinished(batch: Batch, kind: WellKind, wells: list[Well], how: str, tally: Tally) -> None:
    text = f"The {name_of(kind)} of batch {batch.id} {how}."
    tally.found(Severity.A, text, [batch, *wells], aspect=f"{kind} unfinished")


def _conditions(
    batch: Batch, kind: WellKind, samples: list[Injection], runs: list[Injection], tally: Tally
) -> None:
    """A control protects samples that were injected as it was; a ladder protects none."""
    if kind is WellKind.LADDER or not samples or not runs:
        return
    if not all(each.conditions for each in (*samples, *runs)):
        tally.unable(batch, f"conditions of its samples or its {name_of(kind)} are not recorded")
        return
    lacking = {each.conditions for each in samples} - {each.conditions for each in runs}
    for conditions in sorted(lacking):
        protected = [each for each in samples if each.conditions == conditions]
        tally.found(
            Severity.A,
            f"{len(protected)} samples of batch {batch.id} were injected at {conditions}; its "
            f"{name_of(kind)} was not.",
            [batch, *runs, *protected],
            known_by=[batch],
            aspect=f"{kind} at {conditions}",
        )
