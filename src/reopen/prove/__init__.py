"""Can it be trusted: gaps in custody, amended or missing results, planted or
contaminated traces, links to staff.

Values in, findings out. Not here: where records are kept (`store`), how findings are
shown (`faces`).
"""

# Rules enter the catalogue when their modules are imported.
from reopen.prove import (  # noqa: F401
    custody_access,
    custody_amounts,
    custody_arrival,
    custody_disposal,
    custody_places,
    custody_possession,
    custody_seals,
    custody_stocktake,
    custody_storage,
    links_cases,
    links_clean,
    links_finds,
    links_people,
    links_staff,
    people_concerns,
    people_missing,
    people_mix,
    people_output,
    results_amended,
    results_hits,
    results_quality,
    results_raw,
    results_reported,
    results_reviewed,
    results_versions,
    results_waiting,
    run_batch_mates,
    run_clean,
    run_complete,
    run_consumables,
    run_controls,
    run_copies,
    run_lots,
    run_means,
    run_methods,
    run_quantification,
    run_thresholds,
    suppression,
    system_clock,
    system_log,
    system_reads,
    system_settings,
)
from reopen.prove.holdings import Holdings
from reopen.prove.rules import (
    RULES,
    Rule,
    RuleClass,
    Settings,
    answer,
    ask,
    finding,
    rule,
    sealed_name,
)

__all__ = [
    "RULES",
    "Holdings",
    "Rule",
    "RuleClass",
    "Settings",
    "answer",
    "ask",
    "finding",
    "rule",
    "sealed_name",
]
