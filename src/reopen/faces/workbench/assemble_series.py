"""The series of a search as the report shows them. Not here: drawing and wording (`report`)."""

from __future__ import annotations

from reopen.faces.report.found_series import TogetherView, series_view
from reopen.faces.report.series_words import apart_text
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.series_beside import beside_dna, known_of


def together_view(linking: Linking) -> TogetherView | None:
    """None where the search was not asked for series."""
    found = linking.series
    if found is None:
        return None
    known = list(map(known_of, linking.links))
    return TogetherView(
        tuple(series_view(one, linking.when, beside_dna(one, known)) for one in found.series),
        tuple(map(apart_text, found.kept_apart)),
    )
