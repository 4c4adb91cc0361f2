"""X2, X3, X5: links between cases whose evidence met, or that rest on one trace against all else.

A meeting is a weight, never a veto: true series share doctors, days and laboratories too. So each
finding shows the explanations side by side, and how often unlinked cases meet in the same way.
Not here: samples in one batch (L6, `run_batch_mates`), links to staff (`links_staff`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from reopen.prove.coincidence import (
    CONTAMINATION_RATE,
    LEAST_ODDS,
    Meeting,
    figures,
    odds_beside,
)
from reopen.prove.holdings import Holdings
from reopen.prove.linked import (
    CaseLink,
    by_cases,
    cases_linked,
    latest_results,
    shares_a_trace,
)
from reopen.prove.meetings import Closeness, Met, chances, closest, openings
from reopen.prove.provenance import (
    asked_together,
    case_of_profile,
    is_stain,
    lineage,
    sample_of,
)
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.base import Ref
from reopen.records.cases import Contact, Exhibit, Sample
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Quantification
from reopen.records.results import FoundLink
from reopen.records.stored import StoredProfile


@rule(
    "X2",
    "Evidence to evidence",
    severity=Severity.A,
    needs=(FoundLink,),
    asks="Were two linked traces open in one place or in the same hands within days, with nothing "
    "else that links their cases?",
    checks=(
        "A true series: look for what else the cases share, before the DNA.",
        "The cases were sent in together on purpose: record it with the samples.",
        "Contamination at the site: re-extract from what is left, ask for both bench records.",
    ),
    learnt="Leskie; Jama; UK contamination guidance",
    numbers={
        "X2.window_days": (30.0, "days within which two samples open in one place met"),
        "X2.least_log10": (3.0, "log10 LR from which a link is looked at"),
        "X2.least_odds": (
            LEAST_ODDS,
            "times by which a meeting must raise the odds of contamination, besides other terms",
        ),
        "X2.contamination_rate": (CONTAMINATION_RATE, "contaminated samples among all"),
    },
)
def evidence_to_evidence(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X2")
    window = settings.number("X2.window_days", 30.0)
    least = settings.number("X2.least_log10", 3.0)
    links = [each for each in cases_linked(holdings) if each.record.weight_log10 >= least]
    linked = {frozenset(each.cases) for each in links}
    chance = chances(holdings, _traces(holdings), linked, window) if links else {}
    for cases, between in by_cases(links).items():
        met = {
            each: found
            for each in between
            if (found := _meeting(tally, holdings, each, window)) is not None
        }
        if not met:
            continue
        tally.looked_at += 1
        if any(each.record.known_reason for each in between):
            continue
        weighty = _weighty(met, chance, settings.number("X2.least_odds", LEAST_ODDS))
        if not weighty:
            continue
        apart = [each for each in met if not shares_a_trace(holdings, each, weighty)]
        if apart:
            tally.notes.append(
                f"Cases {cases[0]} and {cases[1]}: traces met, but {apart[0].record.ref} links the "
                "cases by other traces, which did not meet so."
            )
            continue
        _tell_of_meeting(tally, settings, cases, weighty)
    return tally.answer()


def _weighty(
    met: Mapping[CaseLink, Met | bool], chance: Mapping[Closeness, float], least: float
) -> dict[CaseLink, tuple[Met, Meeting]]:
    """The links whose traces met in a way that speaks for contamination, with what else is known
    of their cases weighed in."""
    found = {}
    for link, how in met.items():
        if isinstance(how, Met):
            meeting = Meeting(how.closeness.words, min(1.0, chance[how.closeness]))
            if odds_beside(meeting, link.besides_log10) >= least:
                found[link] = (how, meeting)
    return found


def _meeting(tally: Tally, holdings: Holdings, link: CaseLink, window: float) -> Met | bool | None:
    """How two linked traces met; False where they did not, or were asked for together, which
    carries no weight; None where nothing says when they were open."""
    samples = sample_of(holdings, link.one), sample_of(holdings, link.other)
    opened = openings(holdings, samples[0]), openings(holdings, samples[1])
    if not all(opened):
        tally.unable(link.record, "nothing says where and when both samples were open")
        return None
    if asked_together(holdings, *samples):
        return False
    return closest(*opened, window) or False


def _traces(holdings: Holdings) -> dict[str, str]:
    """Sample -> case, of every trace."""
    found = {}
    for profile in holdings.of(StoredProfile):
        case = case_of_profile(holdings, profile.id)
        if case and is_stain(holdings, profile.id):
            found[sample_of(holdings, profile.id)] = case
    return found


def _tell_of_meeting(
    tally: Tally,
    settings: Settings,
    cases: tuple[str, str],
    met: Mapping[CaseLink, tuple[Met, Meeting]],
) -> None:
    """One finding for two cases, by the closest meeting."""
    link = min(met, key=lambda each: (met[each][0].closeness, -each.record.weight_log10))
    how, meeting = met[link]
    rate = settings.number("X2.contamination_rate", CONTAMINATION_RATE)
    shown = figures(link.record.weight_log10, meeting, contamination_rate=rate)
    besides = link.besides_log10
    if besides:
        shown = (*shown, f"place, time and behaviour multiply the prior odds by 1e{besides:.1f}")
    tally.found(
        Severity.A,
        f"{link.record.ref} lacks a link between cases {cases[0]} and {cases[1]} other than the "
        f"DNA, and both traces were {how.closeness.words}.",
        [link.record, *how.records, *(each.record for each in met if each is not link)],
        known_by=[Ref("case", case) for case in cases],
        case=link.one_case,
        figures=shown,
    )


@rule(
    "X3",
    "Shared hands or rooms",
    severity=Severity.A,
    needs=(FoundLink, Contact),
    asks="Do two linked cases share a doctor, crew, room, car or kit within the time in which "
    "traces carry over?",
    checks=(
        "Cleaning between the two that was not recorded: ask for the cleaning log.",
        "The same offender and the same clinic: see how many unlinked cases share as much.",
        "Transfer: compare the amount of DNA with what a second-hand trace leaves.",
    ),
    learnt="Jama; Anderson",
    numbers={
        "X3.window_hours": (48.0, "hours a trace may carry over; X3.window_hours.X on substrate X"),
        "X3.trace_ng": (0.1, "nanograms below which DNA counts as a trace"),
    },
)
def shared_hands(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X3")
    contacts = holdings.by(Contact, "case")
    links = cases_linked(holdings)
    base = _base_rate(holdings, links, _window(settings))
    for cases, between in by_cases(links).items():
        strongest = between[0]
        if not all(case in contacts for case in cases):
            tally.unable(strongest.record, "not both cases have their contacts recorded")
            continue
        tally.looked_at += 1
        samples = {sample_of(holdings, name) for each in between for name in (each.one, each.other)}
        window = max(_window(settings, _substrate(holdings, each)) for each in samples)
        shared = [
            pair
            for pair in _shared(contacts[cases[0]], contacts[cases[1]])
            if _carried_over(holdings, pair, window)
        ]
        if shared:
            amounts = [_amount_ng(holdings, each) for each in sorted(samples)]
            _tell_of_sharing(tally, settings, strongest, shared, amounts, base)
    return tally.answer()


def _tell_of_sharing(
    tally: Tally,
    settings: Settings,
    link: CaseLink,
    shared: list[tuple[Contact, Contact]],
    amounts: list[float | None],
    base: str,
) -> None:
    known = [each for each in amounts if each is not None]
    trace = any(each < settings.number("X3.trace_ng", 0.1) for each in known)
    things = sorted({f"{first.contact} {first.what}" for first, _ in shared})
    amount = f"least DNA {min(known):.3g} ng" if known else "amount of DNA not recorded"
    tally.found(
        Severity.A if trace else Severity.B,
        f"{link.record.ref} lacks separate handling of cases {link.one_case} and "
        f"{link.other_case}: both met {', '.join(things)}.",
        [link.record, *dict.fromkeys(each for pair in shared for each in pair)],
        known_by=[Ref("case", case) for case in sorted(link.cases)],
        case=link.one_case,
        figures=(f"log10 LR {link.record.weight_log10:.1f}", amount, base),
    )


def _window(settings: Settings, substrate: str = "") -> timedelta:
    hours = settings.number("X3.window_hours", 48.0)
    if substrate:
        hours = settings.number(f"X3.window_hours.{substrate}", hours)
    return timedelta(hours=hours)


def _shared(
    one: tuple[Contact, ...], other: tuple[Contact, ...]
) -> Iterator[tuple[Contact, Contact]]:
    """Contacts of two cases with the same thing."""
    for first in one:
        for second in other:
            if (first.contact, first.what) == (second.contact, second.what):
                yield first, second


def _carried_over(holdings: Holdings, pair: tuple[Contact, Contact], window: timedelta) -> bool:
    """Whether the later contact followed within the window, without cleaning in between."""
    earlier, later = sorted(pair, key=lambda each: each.during)
    if earlier.during.latest is None or later.during.earliest is None:
        return False
    if later.during.earliest - earlier.during.latest > window:
        return False
    every = holdings.by(Contact, "what").get(earlier.what, ())
    cleanings = (each.cleaned for each in every if each.cleaned is not None)
    return not any(earlier.during.before(each) and each.before(later.during) for each in cleanings)


def _base_rate(holdings: Holdings, links: tuple[CaseLink, ...], window: timedelta) -> str:
    """How often unlinked pairs of cases share something within the window, in words."""
    linked = {frozenset(link.cases) for link in links}
    n_cases = len(holdings.by(Contact, "case"))
    n_pairs = n_cases * (n_cases - 1) // 2 - len(linked)
    sharing: set[frozenset[str]] = set()
    for every in holdings.by(Contact, "what").values():
        for first, second in _near(every, window):
            pair = frozenset((first.case, second.case))
            new = len(pair) == 2 and pair not in linked and pair not in sharing
            if new and _carried_over(holdings, (first, second), window):
                sharing.add(pair)
    share = f" ({100 * len(sharing) / n_pairs:.2g}%)" if n_pairs > 0 else ""
    return f"{len(sharing)} of {max(n_pairs, 0)} unlinked pairs of cases share as much{share}"


def _near(every: tuple[Contact, ...], window: timedelta) -> Iterator[tuple[Contact, Contact]]:
    """Pairs of contacts with one thing, the later beginning within the window of the earlier."""
    timed = sorted(
        (each for each in every if each.during.earliest and each.during.latest),
        key=lambda each: each.during,
    )
    for n, first in enumerate(timed):
        for second in timed[n + 1 :]:
            assert first.during.latest is not None
            assert second.during.earliest is not None
            if second.during.earliest - first.during.latest > window:
                break
            yield first, second


def _substrate(holdings: Holdings, sample: str) -> str:
    held = holdings.one(Sample, sample)
    exhibit = holdings.one(Exhibit, held.exhibit if held else sample)
    return exhibit.substrate if exhibit else ""


def _amount_ng(holdings: Holdings, sample: str) -> float | None:
    """Nanograms amplified, where a result says so; else the least nanograms per microlitre of the
    sample's quantifications, which is of the same order where a microlitre or so was used."""
    samples = set(lineage(holdings, sample))
    inputs = [
        each.input_ng
        for each in latest_results(holdings)
        if each.sample in samples and each.input_ng is not None
    ]
    values = [
        each.total_ng_ul
        for name in samples
        for each in holdings.by(Quantification, "sample").get(name, ())
        if each.total_ng_ul is not None
    ]
    return min(inputs or values, default=None)


@rule(
    "X5",
    "Lone, unlikely link",
    severity=Severity.B,
    needs=(FoundLink,),
    asks="Does one trace carry a link that place, time and behaviour speak strongly against?",
    checks=(
        "The offender travelled or changed his ways: the model may be too narrow.",
        "Contamination: see X2, X3 and L6 for the two samples.",
        "An innocent trace: the person was there at another time.",
    ),
    learnt="Jama; Phantom of Heilbronn",
    numbers={"X5.against_log10": (2.0, "log10 that place, time and behaviour weigh against it")},
)
def lone_link(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X5")
    against = settings.number("X5.against_log10", 2.0)
    links = cases_linked(holdings)
    traces: dict[frozenset[str], set[str]] = {}
    for link in links:
        traces.setdefault(frozenset(link.cases), set()).add(sample_of(holdings, link.one))
    for link in links:
        record = link.record
        terms = _terms(record)
        others = [value for name, value in terms.items() if name != "DNA"]
        if not others:
            tally.unable(record, "place, time and behaviour were not weighed")
            continue
        tally.looked_at += 1
        if len(traces[frozenset(link.cases)]) > 1 or sum(others) > -against:
            continue
        combined = sum(terms.values())
        tally.found(
            Severity.B,
            f"{record.ref} lacks support besides one trace, and place, time and behaviour weigh "
            f"against it by {-sum(others):.1f} (log10).",
            [record],
            case=link.one_case,
            figures=(
                *(f"{name}: log10 LR {value:+.1f}" for name, value in terms.items()),
                f"together: log10 LR {combined:+.1f}",
            ),
        )
    return tally.answer()


def _terms(link: FoundLink) -> Mapping[str, float]:
    terms = {
        "DNA": link.weight_log10,
        "place and time": link.place_time_log10,
        "behaviour": link.behaviour_log10,
    }
    return {name: value for name, value in terms.items() if value is not None}
