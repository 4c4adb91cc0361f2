"""X1: traces that a member of staff may have left.

The search compares every trace with the staff elimination file; this reads its links. It runs
blind: a finding says "a staff profile", and the name is sealed apart (`SealedName`), for those
granted the class STAFF.

How high the LR must be: an unrelated person's LR reaches k with probability at most 1/k, so that
traces times contributors times staff, divided by k, bounds the false hits of a year. k is set for
that to stay under `X1.false_hits_per_year`. Relatives of staff reach high LRs more often; where a
relation explains a trace better, the finding says so.
Not here: the comparisons (`link`), who may read a name (`store`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.linked import SAME_PERSON, is_staff, person_of
from reopen.prove.provenance import case_of_profile, is_stain
from reopen.prove.rules import Settings, rule, sealed_name
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.results import FoundLink
from reopen.records.stored import StoredProfile, StoredRun

_YEAR = timedelta(days=365)
_SEARCHED_LEAST_LOG10 = 3.0
NUMBERS = {
    "X1.false_hits_per_year": (0.5, "links to unrelated staff that chance may bring in a year"),
    "X1.contributors": (2.0, "contributors of a trace that are compared, on average"),
}


@rule(
    "X1",
    "Staff elimination",
    severity=Severity.A,
    needs=(StoredProfile, StoredRun),
    asks="Does the DNA of a trace point to somebody who works with evidence?",
    checks=(
        "The person met the exhibit while working with it: ask for the custody and bench records.",
        "A relative of a member of staff left it: compare relations before anybody is named.",
        "Chance: the false hits to expect in a year stand in the figures.",
    ),
    learnt="Swiss, Austrian and UK elimination files; Phantom of Heilbronn",
    numbers=NUMBERS,
    blind=True,
)
def staff_elimination(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X1")
    profiles = holdings.of(StoredProfile)
    staff = {each.id for each in profiles if is_staff(holdings, each.id)}
    if not staff:
        tally.unable("staff elimination file", "the unit holds no staff profile, or none is shown")
        return tally.answer()
    traces = {each.id for each in profiles if is_stain(holdings, each.id)} - staff
    compared = _compared(holdings, tally, traces | staff)
    tally.looked_at = len(traces & compared)
    level = staff_level(holdings, settings, len(traces), len(staff))
    for trace, links in _hits(holdings, staff, level).items():
        for place, link in enumerate(links, start=1):
            _tell(tally, holdings, trace, link, place, level)
    return tally.answer()


@dataclass(frozen=True, slots=True)
class StaffLevel:
    """The LR from which a link to staff is told, and what it follows from.

    comparisons  of a trace's contributor with a member of staff, in the last year
    log10        of the LR
    """

    comparisons: float
    log10: float

    @property
    def false_hits(self) -> float:
        """Links of that weight to unrelated staff, per year: at most this many."""
        return self.comparisons / 10**self.log10


def staff_level(holdings: Holdings, settings: Settings, n_traces: int, n_staff: int) -> StaffLevel:
    """The level for the comparisons of the last year, at least that of the search's own list."""
    allowed = settings.number("X1.false_hits_per_year", NUMBERS["X1.false_hits_per_year"][0])
    contributors = settings.number("X1.contributors", NUMBERS["X1.contributors"][0])
    new_traces, new_staff = _new_in_a_year(holdings)
    pairs = min(n_traces * n_staff, new_traces * n_staff + new_staff * n_traces)
    comparisons = max(1.0, pairs * contributors)
    return StaffLevel(comparisons, max(math.log10(comparisons / allowed), _listed_from(holdings)))


def _new_in_a_year(holdings: Holdings) -> tuple[int, int]:
    """Traces and staff first compared in the year before the audit."""
    since = holdings.now - _YEAR
    runs = holdings.of(StoredRun)
    late = [run for run in runs if run.at.latest is None or run.at.latest >= since]
    before = [run for run in runs if run not in late]
    new = {
        one.id
        for one in holdings.of(StoredProfile)
        if any(run.had(one.id) for run in late) and not any(run.had(one.id) for run in before)
    }
    staff = {profile for profile in new if is_staff(holdings, profile)}
    return len([each for each in new - staff if is_stain(holdings, each)]), len(staff)


def _listed_from(holdings: Holdings) -> float:
    """The log10 LR from which the searches list links: weaker ones are not known."""
    given = [run.parameters.get("least_log10", "") for run in holdings.of(StoredRun)]
    floors = [float(each) for each in given if each]
    return max(floors, default=_SEARCHED_LEAST_LOG10)


def _compared(holdings: Holdings, tally: Tally, wanted: set[str]) -> set[str]:
    """Profiles that some search took in; those that none did, or could not weigh, are listed."""
    runs = holdings.of(StoredRun)
    searched = {profile for profile in wanted if any(run.had(profile) for run in runs)}
    not_weighed = {
        profile: why for profile in wanted for run in runs if (why := run.why_not(profile))
    }
    for profile in sorted(wanted - searched):
        what = "a staff profile" if is_staff(holdings, profile) else f"profile {profile}"
        tally.unable(what, "no search has compared it yet")
    for profile in sorted(not_weighed):
        what = "a staff profile" if is_staff(holdings, profile) else f"profile {profile}"
        tally.unable(what, not_weighed[profile])
    return searched - set(not_weighed)


def _hits(holdings: Holdings, staff: set[str], level: StaffLevel) -> dict[str, list[FoundLink]]:
    """Trace -> links to staff over the level, the strongest first, one for each staff profile."""
    best: dict[tuple[str, str], FoundLink] = {}
    for link in holdings.of(FoundLink):
        for trace, member in ((link.one, link.other), (link.other, link.one)):
            if member not in staff or trace in staff or link.weight_log10 < level.log10:
                continue
            held = best.get((trace, member))
            if held is None or link.weight_log10 > held.weight_log10:
                best[trace, member] = link
    hits: dict[str, list[FoundLink]] = defaultdict(list)
    for (trace, _), link in sorted(best.items(), key=lambda item: -item[1].weight_log10):
        hits[trace].append(link)
    return hits


def _tell(
    tally: Tally,
    holdings: Holdings,
    trace: str,
    link: FoundLink,
    place: int,
    level: StaffLevel,
) -> None:
    profile = holdings.one(StoredProfile, trace)
    assert profile is not None
    member = link.other if link.one == trace else link.one
    name = sealed_name(
        "X1",
        [profile],
        place=place,
        person=person_of(holdings, member),
        profile=member,
        link=link.id,
    )
    same = link.relation == SAME_PERSON
    who = "a staff profile" if same else f"a relative ({link.relation}) of a staff profile"
    tally.found(
        Severity.A if same else Severity.B,
        f"{profile.ref} lacks an explanation for what it shares with {who}, {name.id}.",
        [profile],
        case=case_of_profile(holdings, trace),
        figures=(
            f"log10 LR {link.weight_log10:.1f}; told from {level.log10:.1f}",
            f"{level.comparisons:.0f} comparisons in the last year",
            f"at most {level.false_hits:.2g} such links to unrelated staff expected a year",
        ),
        blind=name,
    )
