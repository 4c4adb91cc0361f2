"""What a search for somebody says of itself, beside its links: who, among whom, as what.

Not for: the links (`as_text`, `as_json`, `assemble`).
"""

from __future__ import annotations

from reopen.faces.workbench.plain_values import Plain
from reopen.faces.workbench.results import Searching


def searched_told(searching: Searching) -> tuple[str, ...]:
    """Who was looked for, where, as what, and what is listed, in sentences."""
    linking = searching.linking
    where = ", ".join(f"{one.people:,} of {one.name}" for one in searching.databases)
    n = sum(one.people for one in searching.databases)
    told = [f"Looked for: {_who(searching)}. Among: {n:,} people ({where})."]
    told.append(f"As: {', '.join(searching.relations)}; against unrelated people.")
    told.append(f"Loci in common: {_in_common(searching)}.")
    links = len(linking.links)
    least = f"a log10 LR of {linking.options.least_log10:g} or more"
    if searching.most_chance is not None:
        least += (
            f" that no more than {searching.most_chance:g} unrelated people are expected to reach"
        )
    elif len(searching.relations) > 1:
        least += "; as kin, those that no more than 1 unrelated person is expected to reach"
    told.append(f"{links:,} {'link' if links == 1 else 'links'} with {least}.")
    return tuple(told)


def searching_plain(searching: Searching) -> dict[str, Plain]:
    """The same as data."""
    return {
        "who": searching.who,
        "relations": list(searching.relations),
        "databases": [
            {"name": one.name, "people": one.people, "sha256": one.sha256}
            for one in searching.databases
        ],
        "loci_in_common": {str(loci): n for loci, n in searching.loci_in_common.items()},
        "most_chance": searching.most_chance,
    }


def _who(searching: Searching) -> str:
    stains = searching.linking.result.stains
    if not stains:
        return searching.who
    n = len(stains[0].deconvolution.places)
    return f"{searching.who}, {n} {'contributor' if n == 1 else 'contributors'}"


def _in_common(searching: Searching) -> str:
    rows = [f"{loci} with {n:,}" for loci, n in searching.loci_in_common.items()]
    return ", ".join(rows)
