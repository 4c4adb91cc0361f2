"""What the simulator assumes about honest work: every rate and size, with where it is from.

Shown as a table in docs/audit-simulation.md, which a test keeps equal to this one. Written from
published figures where there are any; nothing here was chosen to suit a rule's threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reopen.errors import UnknownName

OURS = "assumed"


@dataclass(frozen=True, slots=True)
class Rate:
    """An assumption. told: what it is, with its unit; source: 'assumed' where nobody published
    one."""

    name: str
    value: float
    told: str
    source: str = OURS


RATES: tuple[Rate, ...] = (
    # custody
    Rate("late_booking", 0.04, "share of scene visits whose items are booked after the shift",
         "assumed; 30 % was the fault in Orange County"),
    Rate("typed_entry", 0.3, "share of custody events typed in place of scanned"),
    Rate("typed_minutes", 5.0, "minutes to which typed times are rounded"),
    Rate("batch_entry", 0.1, "share of typed events entered together at the end of the shift"),
    Rate("seal_error", 0.003, "share of typed seal numbers with a typing error",
         "assumed; audits of typed forms report from some tenths of a percent to several percent"),
    Rate("single_slip", 0.8, "share of typing errors that are one character too many, too few, "
         "wrong, or two exchanged", "Damerau 1964, Commun. ACM 7, 171"),
    Rate("clock_sd_s", 40.0, "standard deviation of a handheld's clock error, in seconds"),
    Rate("clock_declared_s", 120.0, "clock error that handhelds declare, in seconds"),
    Rate("handover_missed", 0.001, "share of handovers that nobody recorded"),
    Rate("item_forgotten", 0.0005, "share of collected items that were never booked"),
    Rate("mention_unmatched", 0.01, "share of items in scene logs that nobody matched with an "
         "exhibit yet"),
    Rate("pipette_sd_ul", 0.4, "standard deviation of a measured volume, in microlitres"),
    Rate("evaporation_month", 0.005, "share of an extract that evaporates in a month"),
    Rate("misplaced", 0.005, "share of items in a stocktake not seen at the first look"),
    Rate("found_again", 0.97, "share of those that the second look finds"),
    Rate("unexpected", 0.002, "items seen in a stocktake that should be elsewhere, per item"),
    Rate("door_spikes_month", 12.0, "readings a store and month outside limits by an open door"),
    Rate("excursions_year", 0.3, "failures of a store's cooling a year, noted on the cases"),
    Rate("idle_entry", 0.03, "share of entries to a store with no event for any item"),
    Rate("disposals_year", 60.0, "items of old cases disposed of by order in a year"),
    # the run
    Rate("injection_failed", 0.03, "share of injections that fail and are repeated"),
    Rate("amplified_again", 0.05, "share of samples amplified a second time"),
    Rate("reanalysed", 0.05, "share of injections analysed again from the same signal"),
    Rate("exported_again", 0.003, "share of injections whose raw file was exported twice"),
    Rate("control_artefact", 0.03, "share of control injections with one explained peak"),
    Rate("control_dropin", 0.005, "share of blanks with one unexplained peak",
         "assumed; drop-in of 0.01 to 0.05 per amplification is usual at low thresholds"),
    Rate("positive_wrong", 0.001, "share of positive controls with a wrong profile, repeated"),
    Rate("uploaded_again", 0.02, "share of quantification plates uploaded a second time, in full"),
    Rate("touch_median", 0.015, "median ng/uL of an extract of something touched",
         "assumed; 9 to 36 % of objects held for a minute gave a profile of the holder: Daly and "
         "others 2012, FSI: Genetics 6, 41"),
    Rate("worn_median", 0.06, "likewise of something worn"),
    Rate("fluid_median", 1.0, "likewise of a body fluid"),
    Rate("quantity_sd_ln", 1.5, "standard deviation of the natural logarithm of these"),
    Rate("decay_year", 0.0015, "by how much the logarithm of height falls in a year for each 10 "
         "base pairs"),
    Rate("old_reopened", 0.4, "share of the old cases whose exhibits are tested, spread evenly"),
    Rate("stop_ng_ul", 0.0088, "ng/uL under which testing ends", "Queensland's rule"),
    Rate("stop_yield", 0.05, "share of stopped samples that would give a profile; declared",
         "assumed; 10 of 33 retested gave one where the rule was the fault"),
    Rate("retested", 0.1, "share of stopped samples tested after all"),
    Rate("typed_consumable", 0.02, "share of consumables typed by hand, with a second person"),
    Rate("missing_record", 0.006, "share of cases with a record of the run missing",
         "integrity-rules, trial of P2: honest rate 0.6 %"),
    Rate("missing_record_spread", 0.003, "overdispersion of that rate between analysts",
         "integrity-rules, trial of P2"),
    # results
    Rate("amended", 0.015, "share of results amended before the report"),
    Rate("clerical", 0.01, "share of results with a clerical correction before the report"),
    Rate("amended_after_issue", 0.003, "share of reports corrected after issue"),
    Rate("left_out", 0.03, "share of results left out of a report with a reason, of every kind"),
    Rate("inconclusive", 0.15, "share of comparisons without a conclusion"),
    Rate("peaks_removed", 0.4, "peaks removed by hand a profile, each with a reason"),
    Rate("not_sent", 0.3, "share of exhibits never sent to the laboratory"),
    Rate("not_sent_silent", 0.01, "share of those without a recorded decision"),
    Rate("hit_late", 0.02, "share of database hits followed up after the set days"),
    Rate("witness_unheard", 0.01, "share of named witnesses nobody heard"),
    # people
    Rate("output_spread", 0.25, "standard deviation of the logarithm of analysts' output",
         "integrity-rules, trial of P1"),
    Rate("output_shape", 15.0, "shape of the gamma noise of a month's output",
         "integrity-rules, trial of P1"),
    Rate("sick_spells_year", 2.0, "spells of sickness an analyst has in a year"),
    Rate("sick_days", 4.0, "mean working days of a spell"),
    Rate("long_leave", 0.05, "share of analysts away for two months in a year"),
    Rate("concerns_year", 2.0, "concerns raised in a year, decided in time"),
    Rate("proficiency_failed", 0.01, "share of proficiency tests failed, looked back on"),
    Rate("corrective_year", 1.0, "look-backs opened in a year"),
    # links
    Rate("staff_contamination", 0.0075, "share of traces with a staff member's DNA",
         "Austria: 0.75 % of samples, FSI: Genetics 31 (2017) 12"),
    Rate("contamination_police", 0.86, "share of those that is the police's",
         "Switzerland: 86 %, FSI: Genetics 2018"),
    Rate("stain_contamination", 0.0003, "share of traces with DNA of another trace of their plate"),
    Rate("series", 0.06, "share of cases by somebody who has another case in the unit"),
    Rate("submitted_together", 0.3, "share of such cases submitted together on purpose"),
    Rate("chance_link", 1e-7, "probability that two unrelated traces are linked by chance"),
    Rate("decisive_find", 0.08, "share of scene searches with a decisive find"),
    Rate("same_hands", 0.002, "share of references opened by the analyst of the traces, same day"),
    # system
    Rate("off_case_reads", 0.002, "share of looks at cases that are not one's own, with a purpose"),
    Rate("emergencies_year", 6.0, "emergency accesses in a year, reviewed within 72 hours"),
    Rate("import_refused", 0.002, "share of imported rows refused, all with a disposition"),
    Rate("witness_silent", 0.02, "share of requests to a witness without an answer"),
)  # fmt: skip


class Rates:
    """The assumptions by name, some of them changed. Raises UnknownName for a name not listed."""

    def __init__(self, changed: Mapping[str, float] | None = None):
        self._values = {rate.name: rate.value for rate in RATES}
        for name in changed or {}:
            self[name]
        self._values |= changed or {}

    def __getitem__(self, name: str) -> float:
        if name not in self._values:
            raise UnknownName(
                f"{name!r} is not an assumption of the simulator.",
                rule="They are listed in docs/audit-simulation.md.",
                way_on="Choose one of: " + ", ".join(self._values) + ".",
            )
        return self._values[name]


def as_table() -> str:
    """All assumptions as a Markdown table."""
    rows = (f"| `{r.name}` | {r.value:g} | {r.told} | {r.source} |" for r in RATES)
    return "\n".join(["| name | value | what | source |", "| --- | ---: | --- | --- |", *rows])
