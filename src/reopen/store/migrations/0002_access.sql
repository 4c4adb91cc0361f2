-- Where records belong. A zone is a set of names (cases, items, people, followed records, classes);
-- records that name the same lie in one zone, and who may see what is asked zone by zone.
ALTER TABLE record ADD COLUMN zone {integer} NOT NULL DEFAULT 0;
CREATE INDEX record_in_zone ON record (zone, current, kind, entry);
CREATE INDEX record_listed ON record (kind, current, entry, zone);
DROP INDEX record_of_kind;
CREATE INDEX record_by_id ON record (kind, id, current, zone);

-- needs: cases that have to be opened (1 where there are items, but no case)
-- people: how many it is about, where it has no case
CREATE TABLE zone (
    zone {integer} PRIMARY KEY,
    key {text} NOT NULL UNIQUE,
    nature {text} NOT NULL,
    needs {integer} NOT NULL,
    people {integer} NOT NULL
);
CREATE INDEX zone_of_nature ON zone (nature);
CREATE TABLE zone_name (
    zone {integer} NOT NULL,
    kind {text} NOT NULL,
    id {text} NOT NULL,
    PRIMARY KEY (zone, kind, id)
) {keyed};
CREATE INDEX zone_naming ON zone_name (kind, id, zone);
-- current records that names stand for, and where they lie
CREATE TABLE node (
    kind {text} NOT NULL,
    id {text} NOT NULL,
    zone {integer} NOT NULL,
    PRIMARY KEY (kind, id, zone)
) {keyed};
-- a zone's names with everything they lead to: a sample to its exhibit, that to its case
CREATE TABLE zone_reach (
    zone {integer} NOT NULL,
    kind {text} NOT NULL,
    id {text} NOT NULL,
    PRIMARY KEY (zone, kind, id)
) {keyed};
CREATE INDEX zone_reached ON zone_reach (kind, id, zone);
-- items of a zone from which nothing else in it was made, their cases ('' for none), and the items
-- (up) that a grant on them opens too: the item itself and what it was made from
CREATE TABLE zone_leaf (
    zone {integer} NOT NULL,
    item_id {text} NOT NULL,
    case_id {text} NOT NULL,
    up {text} NOT NULL,
    PRIMARY KEY (zone, item_id, case_id, up)
) {keyed};
CREATE INDEX zone_leaf_up ON zone_leaf (up, case_id, zone);
CREATE TABLE zone_class (
    zone {integer} NOT NULL,
    class {text} NOT NULL,
    PRIMARY KEY (zone, class)
) {keyed};
CREATE INDEX zone_of_class ON zone_class (class, zone);

-- What current records say that the rule needs, beyond where they lie. Times in microseconds.
CREATE TABLE marking (
    entry {integer} NOT NULL,
    kind {text} NOT NULL,
    id {text} NOT NULL,
    class {text} NOT NULL,
    at {integer} NOT NULL,
    lifted {integer} NOT NULL,
    PRIMARY KEY (entry, class)
) {keyed};
CREATE INDEX marking_of ON marking (kind, id);
-- what: party (person, case), relative (person, person), link (profile, profile), trace (person,
-- record kind), staff (person, ''), holds (file, kind and id of a profile or family)
CREATE TABLE tie (
    entry {integer} NOT NULL,
    what {text} NOT NULL,
    one {text} NOT NULL,
    other {text} NOT NULL,
    PRIMARY KEY (entry, what, one, other)
) {keyed};
CREATE INDEX tie_of ON tie (what, one, other);
CREATE TABLE actor (
    entry {integer} PRIMARY KEY,
    actor {text} NOT NULL UNIQUE,
    standing {text} NOT NULL,
    person {text},
    from_us {integer} NOT NULL,
    until_us {integer} NOT NULL
);
-- one row per action and class ('' for what has none) of a grant, denial or emergency
CREATE TABLE granted (
    entry {integer} NOT NULL,
    grant_id {text} NOT NULL,
    rule {text} NOT NULL,
    actor {text} NOT NULL,
    action {text} NOT NULL,
    class {text} NOT NULL,
    case_id {text},
    item_id {text},
    denied {integer} NOT NULL,
    approved {integer} NOT NULL,
    supervisor {text} NOT NULL,
    purpose {text} NOT NULL,
    from_us {integer} NOT NULL,
    until_us {integer} NOT NULL,
    PRIMARY KEY (entry, action, class)
) {keyed};
CREATE INDEX granted_to ON granted (actor, action, denied);
CREATE TABLE revoked (
    entry {integer} PRIMARY KEY,
    grant_id {text} NOT NULL,
    at_us {integer} NOT NULL
);
CREATE INDEX revoked_grant ON revoked (grant_id);
-- worked out from the above: who lost what
CREATE TABLE recused (
    actor {text} NOT NULL,
    kind {text} NOT NULL,
    id {text} NOT NULL,
    rule {text} NOT NULL,
    PRIMARY KEY (actor, kind, id, rule)
) {keyed};
CREATE VIEW person_case AS
    SELECT named.id AS person, reached.id AS case_id
    FROM zone_name named
    JOIN zone_reach reached ON reached.zone = named.zone AND reached.kind = 'case'
    WHERE named.kind = 'person' AND EXISTS (
        SELECT 1 FROM record WHERE record.zone = named.zone AND record.current = 1
    )
