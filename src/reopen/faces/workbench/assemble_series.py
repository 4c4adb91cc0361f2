"""The series of a search as the report shows them. Not here: drawing and wording (`report`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reopen.faces.report.found_series import TogetherView, series_view
from reopen.faces.report.series_words import apart_text, end_text
from reopen.faces.report.wording import log10_text
from reopen.faces.workbench.results import Linking
from reopen.records import Frozen, LinkKind
from reopen.records.series import Series


def together_view(linking: Linking, when: Mapping[str, str] = Frozen()) -> TogetherView | None:
    """when: profile -> the time its trace was taken."""
    found = linking.series
    if found is None:
        return None
    return TogetherView(
        tuple(series_view(one, when, staff_beside(one, linking)) for one in found.series),
        tuple(map(apart_text, found.kept_apart)),
    )


def staff_beside(series: Series, linking: Linking) -> Iterator[str]:
    """Links of its traces with staff, as far as the search has them: contamination, not a donor."""
    contributor = {end.profile: end.contributor for end in series.ends}
    for link in linking.links:
        if link.kind is not LinkKind.STAIN_STAFF or link.one.profile not in contributor:
            continue
        own = contributor[link.one.profile] == link.one.contributor
        part = "this donor's own part" if own else "another part of it"
        yield (
            f"{end_text(link.one)} is linked with {link.other.profile} of the staff, log10 LR "
            f"{log10_text(link.weight)}, by {part}: contamination of that stain has to be ruled "
            "out."
        )
