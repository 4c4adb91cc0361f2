"""A likelihood ratio in words."""

from __future__ import annotations

SOURCE = (
    "ENFSI guideline for evaluative reporting in forensic science, European Network of Forensic "
    "Science Institutes, 2015"
)

# From this log10 LR on, the findings give this much support.
_SCALE = (
    (6.0, "extremely strong support"),
    (4.0, "very strong support"),
    (3.0, "strong support"),
    (2.0, "moderately strong support"),
    (1.0, "moderate support"),
    (0.3010299956639812, "weak support"),  # an LR of 2
)


NEITHER = "The findings do not support one proposition over the other."


def in_words(log10: float) -> str:
    """The verbal equivalent of a likelihood ratio on the ENFSI 2015 scale.

    Below an LR of 2 (and above 1/2) the findings support neither proposition. An LR below 1 is read
    the other way round. Source: ENFSI 2015, table of verbal equivalents.
    """
    strength = _strength(log10)
    if strength is None:
        return NEITHER
    first, second = ("first", "second") if log10 > 0 else ("second", "first")
    return f"The findings give {strength} for the {first} proposition relative to the {second}."


def relation_in_words(log10: float, relation: str) -> str:
    """The same for a comparison of two profiles, as of the "same person" or "full siblings", with
    unrelated people."""
    strength = _strength(log10)
    if strength is None:
        return NEITHER
    one = relation.startswith(("same ", "missing "))
    first, second = f"the {relation}" if one else relation, "unrelated people"
    if log10 < 0:
        first, second = second, first
    return f"The findings give {strength} for {first}, relative to {second}."


def _strength(log10: float) -> str | None:
    return next((words for least, words in _SCALE if abs(log10) >= least), None)
