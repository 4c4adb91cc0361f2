"""R6: reports are reviewed by another person, for as long as reading takes.

Not here: what the review found (`results_amended` sees its changes).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.results import Report, Review, ReviewKind

MINUTES_PER_PAGE = 0.5
SMALL = 3
PAIR_REPORTS = 10
_OUTSIDE = "the unit is too small for a review by another: ask for one from outside"


@rule(
    "R6",
    "Reviewed by another",
    severity=Severity.A,
    needs=(Report, Review),
    asks="Was each report reviewed by somebody who did not write it, for long enough to read it, "
    "and not always by the same one?",
    checks=(
        "The review may have been on paper: enter it with its date.",
        "Times may be those of the signature alone: ask how the system sets them.",
        "In a small unit two people may review each other by necessity: ask for outside review.",
    ),
    learnt="Houston: six years without a supervisor",
    numbers={
        "R6.minutes_per_page": (MINUTES_PER_PAGE, "minutes that reading one page takes at least"),
        "R6.small_unit": (float(SMALL), "people below which nobody else can review"),
        "R6.pair_reports": (float(PAIR_REPORTS), "reports each way that make a closed pair"),
    },
)
def reviewed_by_another(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R6")
    reviews = holdings.by(Review, "report")
    people = {each.author for each in holdings.of(Report)} | {
        each.by for each in holdings.of(Review)
    }
    small = len(people - {None}) < settings.number("R6.small_unit", SMALL)
    times = (each.started or each.ended for each in holdings.of(Review))
    since = min((each for each in times if each and each.earliest), default=None)
    for report in holdings.of(Report):
        made = reviews.get(report.id, ())
        technical = [each for each in made if each.kind is ReviewKind.TECHNICAL]
        if not technical and (since is None or report.issued.before(since)):
            tally.unable(report, "issued before the first review that the unit holds")
            continue
        tally.looked_at += 1
        if not technical:
            text = f"Report {report.id} has no record of a technical review."
            tally.found(
                Severity.A,
                text,
                [report, *made],
                known_by=[report],
                case=report.case,
                aspect="none",
            )
        for kind in ReviewKind:
            _by_another(report, kind, [each for each in made if each.kind is kind], small, tally)
        for review in made:
            _long_enough(report, review, settings, tally)
    if not small:
        _closed_pairs(holdings, int(settings.number("R6.pair_reports", PAIR_REPORTS)), tally)
    return tally.answer()


def _by_another(
    report: Report, kind: ReviewKind, reviews: Sequence[Review], small: bool, tally: Tally
) -> None:
    if not reviews:
        return
    if report.author is None:
        tally.unable(report, "its author is not recorded")
    elif any(each.by != report.author for each in reviews):
        return
    elif small:
        tally.unable(report, _OUTSIDE)
    else:
        tally.found(
            Severity.A if kind is ReviewKind.TECHNICAL else Severity.B,
            f"The {kind} review of report {report.id} was made by its author alone.",
            [report, *reviews],
            case=report.case,
            aspect=f"own {kind}",
        )


def _long_enough(report: Report, review: Review, settings: Settings, tally: Tally) -> None:
    """The longest that the review can have taken, against the least that reading takes."""
    if review.started is None or review.ended is None or report.pages is None:
        tally.unable(review, "its times or the report's pages are not recorded")
        return
    start, end = review.started.earliest, review.ended.latest
    if start is None or end is None:
        tally.unable(review, "its times are open")
        return
    per_page = settings.number("R6.minutes_per_page", MINUTES_PER_PAGE)
    took, least = end - start, timedelta(minutes=per_page * report.pages)
    if took < least:
        tally.found(
            Severity.B,
            f"The {review.kind} review of report {report.id} ({report.pages} pages) took "
            f"{_minutes(took)} minutes; reading takes {_minutes(least)} at least.",
            [review, report],
            case=report.case,
            aspect="short",
        )


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):.1f}"


def _closed_pairs(holdings: Holdings, least: int, tally: Tally) -> None:
    """Two people who review each other's reports and nobody else's, while others could."""
    reviewers: dict[str, Counter[str]] = defaultdict(Counter)
    first: dict[str, Report] = {}
    for report in holdings.of(Report):
        for review in holdings.by(Review, "report").get(report.id, ()):
            if review.kind is ReviewKind.TECHNICAL and report.author not in (None, review.by):
                assert report.author is not None
                reviewers[report.author][review.by] += 1
                first.setdefault(report.author, report)
    for author, by in reviewers.items():
        other = next(iter(by))
        back = reviewers.get(other, Counter())
        if len(by) > 1 or len(back) != 1 or author not in back or author > other:
            continue
        counts = by[other], back[author]
        if min(counts) >= least:
            tally.found(
                Severity.C,
                f"The reports of two authors, {counts[0]} and {counts[1]}, were reviewed by each "
                "other and nobody else.",
                [first[author], first[other]],
                aspect="pair",
            )
