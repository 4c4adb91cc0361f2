-- The log: an entry for every version of every record. Salt and body are gone where expunged.
CREATE TABLE unit (
    key {text} PRIMARY KEY,
    value {text} NOT NULL
);
CREATE TABLE entry (
    idx {integer} PRIMARY KEY,
    leaf {bytes} NOT NULL,
    salt {bytes},
    body {bytes},
    time {integer} NOT NULL
);
CREATE TABLE tile (
    level {integer} NOT NULL,
    idx {integer} NOT NULL,
    data {bytes} NOT NULL,
    PRIMARY KEY (level, idx)
);
CREATE TABLE checkpoint (
    number {integer} PRIMARY KEY,
    size {integer} NOT NULL,
    time {integer} NOT NULL,
    note {bytes} NOT NULL
);

-- What the entries say, for finding them again. All of it can be made anew from the entries.
CREATE TABLE record (
    entry {integer} PRIMARY KEY REFERENCES entry (idx),
    kind {text} NOT NULL,
    id {text} NOT NULL,
    version {integer} NOT NULL,
    current {integer} NOT NULL,
    actor {text} NOT NULL,
    at_from {integer},
    at_to {integer},
    content_hash {bytes} NOT NULL,
    UNIQUE (kind, id, version)
);
CREATE INDEX record_of_kind ON record (kind, current, entry);
CREATE TABLE record_item (
    entry {integer} NOT NULL REFERENCES record (entry),
    item_id {text} NOT NULL,
    PRIMARY KEY (entry, item_id)
) {keyed};
CREATE INDEX record_of_item ON record_item (item_id, entry);
CREATE TABLE record_person (
    entry {integer} NOT NULL REFERENCES record (entry),
    person_id {text} NOT NULL,
    PRIMARY KEY (entry, person_id)
) {keyed};
CREATE INDEX record_of_person ON record_person (person_id, entry);
-- via: empty where the record names the case itself, else the exhibit or sample it names
CREATE TABLE record_case (
    entry {integer} NOT NULL REFERENCES record (entry),
    case_id {text} NOT NULL,
    via {text} NOT NULL,
    PRIMARY KEY (entry, case_id, via)
) {keyed};
CREATE INDEX record_of_case ON record_case (case_id, entry);
CREATE INDEX record_case_via ON record_case (via, entry);
-- current exhibits and samples, and the case each belongs to by itself or its parents
CREATE TABLE item (
    entry {integer} PRIMARY KEY REFERENCES record (entry),
    item_id {text} NOT NULL,
    case_id {text},
    parent {text}
);
CREATE INDEX item_by_id ON item (item_id);
CREATE INDEX item_by_parent ON item (parent);
CREATE TABLE item_case (
    item_id {text} NOT NULL,
    case_id {text} NOT NULL,
    PRIMARY KEY (item_id, case_id)
) {keyed};

-- Files kept whole, in parts.
CREATE TABLE file (
    sha256 {text} NOT NULL,
    part {integer} NOT NULL,
    data {bytes} NOT NULL,
    PRIMARY KEY (sha256, part)
)
