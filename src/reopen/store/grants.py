"""Need to know, compiled: one SQL filter that says which zones an actor may reach, and why.

In words: docs/access.md; as plain Python: tests/twins/access.py. Deny beats allow, and each zone
comes with the rule that let it through. Every read of a unit is joined to this (`reader`), every
write is checked against it (`gate`). Not here: where records belong (`zoning`), who is recused
(`recusal`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reopen.records.access import Action, Grant, Sensitivity
from reopen.records.base import Ref
from reopen.records.times import Interval
from reopen.store import held
from reopen.store.body import Version
from reopen.store.database import Database, Value
from reopen.store.held import Filter
from reopen.store.index import microseconds
from reopen.store.ties import ANY_PURPOSE, purpose_key

__all__ = ["ANY_PURPOSE", "Asker", "Why", "explain", "first_grant", "one_record", "visible"]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks to do what, when, for what purpose ('' for any), and with whom beside them."""

    actor: str
    moment: datetime
    action: Action = Action.READ
    purpose: str = ""
    supervisor: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """Why an actor may, or may not, do something to a record.

    allowed   whether they may
    rule      what lets them: 'grant G7', 'emergency E1', 'open to the unit', 'own access record'
    bars      what bars them: 'denial G9', 'recused: party', 'recused: relative', 'recused: hit'
    classes   sensitive classes that nothing opens for them
    cases     cases of the record that nothing opens for them
    """

    allowed: bool
    rule: str = ""
    bars: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


def first_grant(actor: str) -> Grant:
    """What the first actor of a unit holds: everything. Its classes need a second person's approval
    as soon as there is a second person."""
    return Grant(
        id=f"first-{actor}",
        actor=actor,
        actions=tuple(Action),
        classes=tuple(Sensitivity),
        purpose=ANY_PURPOSE,
        during=Interval(None, None),
        given_by=actor,
    )


@dataclass(frozen=True, slots=True)
class _Zones:
    """Which zones are asked about, and where the tables about them are read from.

    Asked about a few, the parts about them are picked out first; asked about all, the tables are
    read from what is granted and barred.
    """

    parts: tuple[str, ...]
    zone: str
    reach: str
    leaf: str
    place: str

    @property
    def tables(self) -> dict[str, str]:
        return {"zone": self.zone, "reach": self.reach, "leaf": self.leaf, "place": self.place}


_ALL = _Zones(
    ("asked AS (SELECT zone FROM zone)",), "zone", "zone_reach", "zone_leaf", "person_case"
)


def _few(zones: str) -> _Zones:
    parts = (f"asked AS ({zones})", _NEAR)
    return _Zones(parts, "near_zone", "near", "near_leaf", "near_place")


ONE_RECORD = "SELECT zone FROM record WHERE kind = ? AND id = ? AND current = 1"

_NEAR = """
near_zone AS (
    SELECT zone.zone, zone.nature FROM asked CROSS JOIN zone WHERE zone.zone = asked.zone
),
near AS (
    SELECT reached.zone, reached.kind, reached.id FROM asked
    CROSS JOIN zone_reach reached WHERE reached.zone = asked.zone
),
near_leaf AS (
    SELECT leaf.zone, leaf.item_id, leaf.case_id, leaf.up FROM asked
    CROSS JOIN zone_leaf leaf WHERE leaf.zone = asked.zone
),
near_place AS (
    SELECT DISTINCT named.id AS person, reached.id AS case_id FROM near
    CROSS JOIN zone_name named CROSS JOIN zone_reach reached
    WHERE near.kind = 'person' AND named.kind = 'person' AND named.id = near.id
    AND reached.zone = named.zone AND reached.kind = 'case' AND EXISTS (
        SELECT 1 FROM record WHERE record.zone = named.zone AND record.current = 1)
)"""

# An actor who belongs to the unit now; sole: nobody else does.
_ASKING = """
asking AS (
    SELECT me.actor, given.action, given.now_us, given.purpose, given.supervisor,
        CASE WHEN (SELECT COUNT(*) FROM actor member WHERE member.standing <> 'program'
            AND member.from_us <= given.now_us AND given.now_us < member.until_us) > 1
            THEN 0 ELSE 1 END AS sole
    FROM (SELECT CAST(? AS TEXT) AS actor, CAST(? AS TEXT) AS action, CAST(? AS BIGINT) AS now_us,
        CAST(? AS TEXT) AS purpose, CAST(? AS TEXT) AS supervisor) given
    JOIN actor me ON me.actor = given.actor
        AND me.from_us <= given.now_us AND given.now_us < me.until_us
    WHERE given.supervisor = '' OR (given.supervisor <> given.actor AND EXISTS (
        SELECT 1 FROM actor beside WHERE beside.actor = given.supervisor
            AND beside.from_us <= given.now_us AND given.now_us < beside.until_us))
)"""

_IN_FORCE = """
    granted.from_us <= asking.now_us AND asking.now_us <= granted.until_us
    AND NOT EXISTS (SELECT 1 FROM revoked WHERE revoked.grant_id = granted.grant_id
        AND granted.grant_id <> '' AND revoked.at_us <= asking.now_us)"""

_HELD = f"""
held AS (
    SELECT granted.case_id, granted.item_id, granted.class, MIN(granted.rule) AS rule
    FROM asking JOIN granted ON granted.actor = asking.actor AND granted.action = asking.action
    WHERE granted.denied = 0 AND {_IN_FORCE}
    AND (granted.purpose = '' OR asking.purpose = '' OR granted.purpose = asking.purpose)
    AND (granted.supervisor = '' OR granted.supervisor = asking.supervisor)
    AND (granted.class = '' OR granted.approved = 1 OR asking.sole = 1)
    GROUP BY granted.case_id, granted.item_id, granted.class
)"""

_BARRED = f"""
bar AS (
    SELECT granted.case_id, granted.item_id, NULL AS person, granted.class, granted.rule
    FROM asking JOIN granted ON granted.actor IN (asking.actor, asking.supervisor)
        AND granted.action = asking.action
    WHERE granted.denied = 1 AND {_IN_FORCE}
    UNION ALL
    SELECT CASE WHEN recused.kind = 'case' THEN recused.id END,
        CASE WHEN recused.kind = 'item' THEN recused.id END,
        CASE WHEN recused.kind = 'person' THEN recused.id END, '', 'recused: ' || recused.rule
    FROM asking JOIN recused ON recused.actor IN (asking.actor, asking.supervisor)
),
barred_case AS (
    SELECT case_id, MIN(rule) AS rule FROM bar
    WHERE case_id IS NOT NULL AND item_id IS NULL AND class = '' GROUP BY case_id
),
barred_person AS (
    SELECT place.person, barred_case.rule FROM barred_case
    CROSS JOIN {{place}} place WHERE place.case_id = barred_case.case_id
    AND NOT EXISTS (SELECT 1 FROM {{place}} other WHERE other.person = place.person
        AND other.case_id NOT IN (SELECT case_id FROM barred_case))
    UNION SELECT person, rule FROM bar WHERE person IS NOT NULL
),
touched AS (
    SELECT asked.zone, bar.class, bar.rule FROM bar CROSS JOIN asked
    WHERE bar.case_id IS NULL AND bar.item_id IS NULL AND bar.person IS NULL
    UNION ALL
    SELECT reached.zone, bar.class, bar.rule FROM bar
    CROSS JOIN {{reach}} reached WHERE reached.kind = 'case' AND reached.id = bar.case_id
    AND bar.item_id IS NULL
    UNION ALL
    SELECT reached.zone, bar.class, bar.rule FROM bar
    CROSS JOIN {{reach}} reached WHERE reached.kind = 'item' AND reached.id = bar.item_id
    AND (bar.case_id IS NULL OR EXISTS (SELECT 1 FROM zone_reach within
        WHERE within.zone = reached.zone AND within.kind = 'case' AND within.id = bar.case_id))
    UNION ALL
    SELECT reached.zone, '', barred_person.rule FROM barred_person
    CROSS JOIN {{reach}} reached CROSS JOIN zone
    WHERE reached.kind = 'person' AND reached.id = barred_person.person
    AND zone.zone = reached.zone AND zone.people > 0
),
shut AS (
    SELECT zone, rule FROM touched WHERE class = '' OR EXISTS (SELECT 1 FROM zone_class
        WHERE zone_class.zone = touched.zone AND zone_class.class = touched.class)
)"""

_OPENED = """
whole AS (
    SELECT class, MIN(rule) AS rule FROM held
    WHERE case_id IS NULL AND item_id IS NULL GROUP BY class
),
opened AS (
    SELECT reached.zone, reached.id AS case_id, held.class, held.rule FROM held
    CROSS JOIN {reach} reached WHERE reached.kind = 'case' AND reached.id = held.case_id
    AND held.item_id IS NULL
    UNION ALL
    SELECT leaf.zone, leaf.case_id, held.class, MIN(held.rule) FROM held
    CROSS JOIN {leaf} leaf WHERE leaf.up = held.item_id
    AND (held.case_id IS NULL OR held.case_id = leaf.case_id)
    AND (leaf.case_id <> '' OR NOT EXISTS (SELECT 1 FROM zone_reach within
        WHERE within.zone = leaf.zone AND within.kind = 'case'))
    GROUP BY leaf.zone, leaf.case_id, held.class
    HAVING COUNT(DISTINCT leaf.item_id) = (SELECT COUNT(DISTINCT item_id) FROM zone_leaf every_leaf
        WHERE every_leaf.zone = leaf.zone AND every_leaf.case_id = leaf.case_id)
),
covered AS (
    SELECT opened.zone, opened.class, MIN(opened.rule) AS rule FROM opened
    CROSS JOIN zone WHERE zone.zone = opened.zone AND zone.nature <> 'control'
    GROUP BY opened.zone, opened.class, zone.needs
    HAVING COUNT(DISTINCT opened.case_id) = zone.needs
    UNION ALL
    SELECT reached.zone, held.class, MIN(held.rule) FROM held
    CROSS JOIN {place} place CROSS JOIN {reach} reached CROSS JOIN zone
    WHERE place.case_id = held.case_id
    AND reached.kind = 'person' AND reached.id = place.person
    AND zone.zone = reached.zone AND zone.nature <> 'control'
    AND held.item_id IS NULL AND held.case_id NOT IN (SELECT case_id FROM barred_case)
    GROUP BY reached.zone, held.class, zone.people
    HAVING COUNT(DISTINCT place.person) = zone.people
),
lacking AS (
    SELECT zone_class.zone, zone_class.class FROM asking CROSS JOIN asked
    CROSS JOIN zone_class WHERE zone_class.zone = asked.zone AND asking.action <> 'add'
    AND NOT EXISTS (SELECT 1 FROM whole WHERE whole.class = zone_class.class)
    AND NOT EXISTS (SELECT 1 FROM covered
        WHERE covered.zone = zone_class.zone AND covered.class = zone_class.class)
),
let AS (
    SELECT asked.zone, whole.rule FROM asked CROSS JOIN whole WHERE whole.class = ''
    UNION ALL SELECT zone, rule FROM covered WHERE class = ''
    UNION ALL SELECT kind_of.zone, 'open to the unit' FROM asking CROSS JOIN {zone} kind_of
        WHERE kind_of.nature = 'open' AND asking.action = 'read'
    UNION ALL SELECT reached.zone, 'own access record' FROM asking
        CROSS JOIN {reach} reached CROSS JOIN zone
        WHERE reached.kind = 'concerned' AND reached.id = asking.actor
        AND zone.zone = reached.zone AND zone.nature = 'control' AND asking.action = 'read'
)"""

_VISIBLE = """
    SELECT zone, MIN(rule) AS rule FROM let
    WHERE zone NOT IN (SELECT zone FROM shut) AND zone NOT IN (SELECT zone FROM lacking)
    GROUP BY zone"""


def visible(
    asker: Asker, zones: str = "", parameters: tuple[Value, ...] = (), then: str = _VISIBLE
) -> Filter:
    """SQL for (zone, rule): the zones that the asker may reach, with what lets them.

    zones  SQL for the few zones asked about; all where none is given
    """
    read = _few(zones) if zones else _ALL
    tables = read.tables
    rule = (_HELD, _BARRED.format(**tables), _OPENED.format(**tables))
    asking = (
        asker.actor, asker.action.value, microseconds(asker.moment), purpose_key(asker.purpose),
        asker.supervisor,
    )  # fmt: skip
    parts = (_ASKING, *read.parts, *rule)
    return Filter("WITH " + ",".join(parts) + then.format(**tables), (*asking, *parameters))


_ZONES = """
    SELECT zone FROM let
    WHERE zone NOT IN (SELECT zone FROM shut) AND zone NOT IN (SELECT zone FROM lacking)"""


def zones(asker: Asker, some: str = "", parameters: tuple[Value, ...] = ()) -> Filter:
    """As `visible`, without what lets them: the same zones, some of them more than once."""
    return visible(asker, some, parameters, _ZONES)


def one_record(asker: Asker, ref: Ref) -> Filter:
    """SQL for (zone, rule) of the current version of one record: a row where it may be reached."""
    return visible(asker, ONE_RECORD, (ref.kind, ref.id))


def opens_everywhere(db: Database, asker: Asker, sensitive: Sensitivity | None = None) -> bool:
    """Whether the asker holds a grant on everything; sensitive: one that opens this class too."""
    query = visible(
        asker, "SELECT zone FROM zone WHERE zone = 0",
        then=" SELECT 1 FROM whole WHERE whole.class = ?",
    )  # fmt: skip
    return db.one(query.sql, (*query.parameters, sensitive.value if sensitive else "")) is not None


def access_record(db: Database, ref: Ref) -> Version | None:
    """A record about access by its id, for whoever answers it: to approve, review or confirm; or an
    actor, whom everybody may know."""
    if ref.kind not in ("actor", "grant", "emergency", "four_eyes"):
        return None
    return held.get(db, held.EVERYTHING, ref)


def explain(db: Database, asker: Asker, ref: Ref) -> Why:
    """Why the asker may or may not do this to a record. For those who may see the reason."""
    where = (ONE_RECORD, (ref.kind, ref.id))
    let = _rows(db, visible(asker, *where))
    if let:
        return Why(True, rule=let[0][1])
    bars = _rows(db, visible(asker, *where, "\nSELECT DISTINCT rule FROM shut ORDER BY rule"))
    classes = _rows(db, visible(asker, *where, "\nSELECT DISTINCT class FROM lacking ORDER BY 1"))
    return Why(
        False,
        bars=tuple(rule for (rule,) in bars),
        classes=tuple(name for (name,) in classes),
        cases=_not_opened(db, asker, where),
    )


_CASES_LEFT = """
    SELECT DISTINCT reached.id FROM {reach} reached WHERE reached.kind = 'case'
    AND NOT EXISTS (SELECT 1 FROM whole WHERE whole.class = '') AND NOT EXISTS (
        SELECT 1 FROM opened WHERE opened.zone = reached.zone AND opened.case_id = reached.id
        AND opened.class = '')
    ORDER BY reached.id"""


def _not_opened(
    db: Database, asker: Asker, where: tuple[str, tuple[Value, ...]]
) -> tuple[str, ...]:
    return tuple(case for (case,) in _rows(db, visible(asker, *where, _CASES_LEFT)))


def _rows(db: Database, query: Filter) -> list[tuple[str, ...]]:
    return db.rows(query.sql, query.parameters)
