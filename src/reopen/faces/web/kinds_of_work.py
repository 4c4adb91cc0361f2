"""The kinds of long work that the board's pages ask for, each as the workbench does it.

Each is given a `Doing` and returns what its page shows when it is done, as plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from reopen.faces.web import kinds_report, kinds_weigh
from reopen.faces.web.doing import Doing
from reopen.faces.web.made_files import About, tells_of
from reopen.faces.web.work import DONE_FOLDER

if TYPE_CHECKING:
    from reopen.faces.workbench.unit_link import UnitLinking

Kind = Callable[[Doing], dict[str, Any]]


def link(doing: Doing) -> dict[str, Any]:
    """Everything that came in since the last search against everything."""
    from reopen.faces.workbench.machines import Machines
    from reopen.faces.workbench.unit_link import Asked, link_unit
    from reopen.faces.workbench.unit_shown import linked_plain

    asked = Asked(
        lambda terms: terms, {}, doing.work.asked.get("purpose", ""),
        machines=Machines(keep=doing.folder / DONE_FOLDER),
    )  # fmt: skip
    done = link_unit(doing.unit, doing.work.actor, asked, doing.progress)
    return {"told": linked_plain(done), **tells_of(_about_links(doing, done))}


def _about_links(doing: Doing, done: UnitLinking) -> About:
    """Links, series and findings of a search, and profiles and families that it names."""
    from reopen.records.stored import StoredFamily, StoredProfile

    apart = () if done.linking is None else done.linking.not_weighed
    named = [*done.new, *(item.what for item in apart)]
    purpose = doing.work.asked.get("purpose", "")
    with doing.unit.reading(doing.work.actor, purpose=purpose) as reader:
        profiles = [one.id for one in reader.some(StoredProfile, named)]
        families = [one.id for one in reader.some(StoredFamily, named)]
    return {
        "found_link": [one.id for one in done.links],
        "found_series": [one.id for one in done.series.series],
        "finding": [one.id for one in done.series.findings],
        StoredProfile.KIND: profiles,
        StoredFamily.KIND: families,
    }


def preview(doing: Doing) -> dict[str, Any]:
    """What files that were sent would become."""
    from reopen.faces.web.bringing_in import preview as do

    return do(doing)


def bring_in(doing: Doing) -> dict[str, Any]:
    """Files kept as they were previewed."""
    from reopen.faces.web.bringing_in import bring_in as do

    return do(doing)


def audit(doing: Doing) -> dict[str, Any]:
    """Every rule asked whether the unit's records fit together."""
    from reopen.faces.web.auditing import audit as do

    return do(doing)


def audit_report(doing: Doing) -> dict[str, Any]:
    """The same as a page, of which the unit keeps nothing."""
    from reopen.faces.web.auditing import audit_report as do

    return do(doing)


def checkpoint(doing: Doing) -> dict[str, Any]:
    """A checkpoint signed, and sent to the witnesses."""
    from reopen.faces.web.making_checkpoints import checkpoint as do

    return do(doing)


KINDS: Mapping[str, Kind] = {
    "import": bring_in,
    "preview": preview,
    "checkpoint": checkpoint,
    "audit": audit,
    "link": link,
    "weigh": kinds_weigh.weigh,
    "weigh_seen": kinds_weigh.weigh_seen,
    "take_apart": kinds_weigh.take_apart,
    "search": kinds_weigh.search,
    "links_report": kinds_report.links_report,
    "disclosure": kinds_report.disclosure,
    "audit_report": audit_report,
}
