"""Who has lost access to what because of who they are: worked out from what the unit holds.

An actor is the same human being as a person. Where that person is a party of a case, is related to
one, or is joined with a trace, the actor is barred (docs/access.md). Not here: what a bar does
(`grants`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reopen.records.base import Record
from reopen.store import held
from reopen.store.database import Database, in_parts, marks

HANDLING = {
    "custody_event": ("giver", "receiver", "confirmed", "by"),
    "exhibit": ("collected_by",),
    "sample": ("taken_by",),
    "examination": ("examiner", "witness"),
    "well": ("analyst",),
    "injection": ("analyst",),
    "quantification": ("analyst", "edited_by"),
    "consumable_use": ("by", "second"),
}
"""Kind -> its fields that say who had an item in their hands."""
_GRAPH = frozenset(
    ("actor", "involvement", "relation", "found_link", "lab_result", "hit", "profile", "sample",
     "exhibit", "case")
)  # fmt: skip


Bar = tuple[str, str, str, str]
"""Actor, kind and id of what is barred to them, and the rule: self, party, relative, hit."""


@dataclass(frozen=True, slots=True)
class _Hit:
    """An actor's person joined with a trace that lies in a zone."""

    actor: str
    person: str
    zone: int


def renew(db: Database, kinds: set[str]) -> None:
    """Work out all recusals anew, after records of these kinds came, changed or went."""
    handled = kinds & set(HANDLING) and db.one("SELECT 1 FROM recused WHERE rule = 'hit'")
    if not (kinds & _GRAPH or handled):
        return
    db.execute("DELETE FROM recused")
    db.insert("recused", ("actor", "kind", "id", "rule"), sorted(worked_out(db)))


def worked_out(db: Database) -> set[Bar]:
    """All recusals as they follow from what the unit holds."""
    if db.one("SELECT 1 FROM actor WHERE person IS NOT NULL") is None:
        return set()
    bars: set[Bar] = set(db.rows(_PEOPLE)) | set(db.rows(_PARTIES))
    return bars | {bar for hit in _hits(db) for bar in _bars(db, hit)}


_PEOPLE = """
    SELECT actor, 'person', person, 'self' FROM actor WHERE person IS NOT NULL
    UNION SELECT actor.actor, 'person', tie.other, 'relative' FROM actor
    JOIN tie ON tie.what = 'relative' AND tie.one = actor.person"""

_PARTIES = """
    SELECT actor.actor, 'case', tie.other, 'party' FROM actor
    JOIN tie ON tie.what = 'party' AND tie.one = actor.person
    UNION SELECT actor.actor, 'case', tie.other, 'relative' FROM actor
    JOIN tie near ON near.what = 'relative' AND near.one = actor.person
    JOIN tie ON tie.what = 'party' AND tie.one = near.other"""

_LINKS = """
    SELECT DISTINCT actor.actor, actor.person, trace.zone FROM actor
    JOIN zone_reach own ON own.kind = 'person' AND own.id = actor.person
    JOIN node profile ON profile.kind = 'profile' AND profile.zone = own.zone
    JOIN tie ON tie.what = 'link' AND tie.one = profile.id
    JOIN node trace ON trace.kind = 'profile' AND trace.id = tie.other
    WHERE NOT EXISTS (SELECT 1 FROM zone_reach whose WHERE whose.zone = trace.zone
        AND whose.kind = 'person' AND whose.id = actor.person)"""

_TOLD = """
    SELECT DISTINCT actor.actor, actor.person, record.zone FROM actor
    JOIN tie ON tie.what = 'trace' AND tie.one = actor.person
    JOIN record ON record.entry = tie.entry"""


def _hits(db: Database) -> Iterator[_Hit]:
    for sql in (_LINKS, _TOLD):
        yield from (_Hit(*row) for row in db.rows(sql))


def _bars(db: Database, hit: _Hit) -> Iterator[Bar]:
    leaves = db.rows("SELECT DISTINCT item_id FROM zone_leaf WHERE zone = ?", (hit.zone,))
    who = (hit.person, hit.actor)
    handled = [item for (item,) in leaves if _handled(db, item, who)]
    yield from ((hit.actor, "item", root, "hit") for item in handled for root in _roots(db, item))
    if handled and len(handled) == len(leaves):
        return
    cases = db.rows("SELECT id FROM zone_reach WHERE zone = ? AND kind = 'case'", (hit.zone,))
    yield from ((hit.actor, "case", case, "hit") for (case,) in cases)


def _made_from(db: Database, item: str) -> set[str]:
    """The item with everything it was made from."""
    rows = db.rows(
        "SELECT up.id FROM node JOIN zone_reach up ON up.zone = node.zone AND up.kind = 'item'"
        " WHERE node.kind = 'item' AND node.id = ?",
        (item,),
    )
    return {item, *(up for (up,) in rows)}


def _roots(db: Database, item: str) -> list[str]:
    """What the item was first taken from."""
    every = _made_from(db, item)
    return sorted(each for each in every if _made_from(db, each) == {each}) or sorted(every)


def _family(db: Database, item: str) -> set[str]:
    """The item, what it was made from, and what was made from it."""
    rows = db.rows(
        "SELECT node.id FROM zone_reach up JOIN node ON node.zone = up.zone AND node.kind = 'item'"
        " WHERE up.kind = 'item' AND up.id = ?",
        (item,),
    )
    return _made_from(db, item) | {made for (made,) in rows}


def _handled(db: Database, item: str, who: tuple[str, str]) -> bool:
    """Whether a record shows the item, or one of its family, in somebody's hands."""
    return any(
        name in who
        for part in in_parts(sorted(_family(db, item)))
        for record in _naming(db, part, who)
        for field in HANDLING[record.KIND]
        if (name := getattr(record, field)) is not None
    )


def _naming(db: Database, items: list[str], who: tuple[str, str]) -> Iterator[Record]:
    """Current records of handling that name one of the items and one of these people."""
    where = held.Filter(
        f"record.kind IN ({marks(list(HANDLING))}) AND record.entry IN (SELECT ri.entry"
        " FROM record_item ri JOIN record_person rp ON rp.entry = ri.entry"
        f" WHERE ri.item_id IN ({marks(items)}) AND rp.person_id IN (?, ?))",
        (*HANDLING, *items, *who),
    )
    for version in held.select(db, where, held.Asked()):
        yield version.record
