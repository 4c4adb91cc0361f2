"""The fields that statements on cases, people, places and things are made in, with what they hold.

For: checking a value where its form is known, and telling which statements cannot all hold
(`disagreements`). A unit may use other fields too; they hold text. The names follow the field lists
of SHR and NIBRS, ViCAP, NamUs and HOLMES.
Not here: the statements themselves (`statements`), what a record of its own keeps (`cases`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from reopen.errors import InvalidRecord
from reopen.records._frozen import Frozen
from reopen.records.times import Interval

_RANGE = re.compile(r"(\d+(?:\.\d+)?)?\s*(?:(\.\.)\s*(\d+(?:\.\d+)?)?)?")


class Holds(StrEnum):
    """What a statement's value is. RANGE is a number or two as 'low..high', either end open."""

    TEXT = "text"
    TIME = "time"
    RANGE = "range"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class CaseField:
    """A field that statements are made in.

    says   what it is, in words
    unit   of a range
    codes  values it takes; empty where any may stand
    many   a subject may have several, at once or over the years, so that two need not disagree
    """

    name: str
    says: str
    holds: Holds = Holds.TEXT
    unit: str = ""
    codes: tuple[str, ...] = ()
    many: bool = False


def _text(name: str, says: str) -> CaseField:
    return CaseField(name, says)


def _many(name: str, says: str) -> CaseField:
    return CaseField(name, says, many=True)


def _time(name: str, says: str) -> CaseField:
    return CaseField(name, says, Holds.TIME)


def _times(name: str, says: str) -> CaseField:
    return CaseField(name, says, Holds.TIME, many=True)


def _range(name: str, says: str, unit: str) -> CaseField:
    return CaseField(name, says, Holds.RANGE, unit)


def _code(name: str, says: str, *codes: str) -> CaseField:
    return CaseField(name, says, Holds.CODE, codes=codes)


_CASE = (
    _many("other_number", "a number that another agency, laboratory or database gives the case"),
    _text("agency_type", "sheriff, county, municipal, state, tribal, regional, coroner"),
    _text("jurisdiction", "where the offence falls under"),
    _code(
        "case_kind", "what it is filed as", "homicide", "suspicious death",
        "missing, foul play likely", "missing", "unidentified dead", "unclaimed", "sexual assault",
        "other violent",
    ),
    _many("status", "how it stood: open, inactive, cleared by arrest, convicted, vacated"),
    _many("disposition", "how it ended, with the date"),
    _code("offender_identified_at_report", "whether the first report knew an offender", "yes",
          "no"),
    _range("victims_n", "number of victims", "people"),
    _range("offenders_n", "number of offenders", "people"),
    _many("series", "a series it may belong to"),
    _many("why_cold", "why it went cold"),
    _times("last_review", "when it was last reviewed"),
    _times("next_review", "when it is to be reviewed"),
    _many("priority", "its place in the order of work, with the reason"),
    _time("limitation", "when the time limit ends"),
    _time("offence", "when it happened"),
    _time("reported", "when it was reported"),
    _text("site", "where it happened"),
    _code(
        "site_kind", "which of its places a site is", "last seen", "encounter", "assault", "death",
        "body disposal", "vehicle", "property found",
    ),
    _text("weather", "weather and light"),
    _many("approach", "how the offender came up: con, surprise, blitz, known, break-in, online"),
    _many("control", "how the victim was held: threat, force, drug, restraint, gag, blindfold"),
    _many("weapon", "weapon; with a code list where it is a code"),
    _text("cause_of_death", "cause of death"),
    _text("manner_of_death", "manner of death"),
    _many("trauma", "an injury: region, kind, severity, before or after death"),
    _many("sexual_act", "a sexual act; a sealed class"),
    _many("verbal_theme", "what the offender said or demanded"),
    _many("body_disposition", "left, moved, concealed, posed, buried, water, burned, covered"),
    _many("item_taken", "an article taken"),
    _many("item_left", "an article left or staged"),
    _many("forensic_awareness", "gloves, wiping, fire, water, condom, scanner, alarm cut"),
    _many("vehicle", "type, make, colour, part of its number, where found"),
    _many("entry", "how the offender came in and went out"),
    _many("circumstance", "circumstance; with a code list where it is a code"),
    _text("relationship", "of victim and offender, as known when said"),
    _many("offender_described", "an offender as a witness describes him"),
)  # fmt: skip

_PERSON = (
    _text("name", "name"),
    _many("alias", "another name used"),
    _many("possible_name", "a name that remains may have"),
    _code("sex", "sex; undetermined for incomplete remains", "male", "female", "undetermined"),
    _text("gender", "gender"),
    _time("born", "when born"),
    _time("died", "when died"),
    _range("age", "age at the case", "years"),
    _many("ancestry", "race, ethnicity or ancestry, with how it was determined"),
    _range("height", "height", "cm"),
    _range("weight", "weight", "kg"),
    _text("hair", "hair of the head"),
    _text("eyes_left", "left eye"),
    _text("eyes_right", "right eye"),
    _time("last_seen", "when last seen"),
    _time("last_confirmed_alive", "when last confirmed alive, and how (note)"),
    _time("found", "when remains were found"),
    _range("postmortem_days", "days between death and finding", "days"),
    _many("remains", "condition of remains: recognisable, decomposed, skeletal, partial"),
    _many("part_not_recovered", "a part not recovered"),
    _many("feature", "scar, mark, tattoo, piercing, fracture, implant, prosthesis: where, what"),
    _many("clothing", "article, colour, brand, size, on or near the body"),
    _text("dental", "dental record: where held, complete or not"),
    _text("fingerprints", "fingerprints: where held"),
    _text("dna", "DNA: where held"),
    _many("occupation", "occupation"),
    _many("exposure", "way of life that met the offender, and why this person"),
    _many("address", "home, work, relatives, prison, with dates in the note"),
    _many("accompanied_by", "person seen with, and how, as observed"),
    _many("exclusion", "somebody this person is not, and on what basis"),
    _text("next_of_kin_contact", "who may call the family"),
    _many("alibi", "alibi and its check"),
    _many("eliminated_by", "how a person was eliminated: DNA, alibi, age"),
)  # fmt: skip

_PLACE = (
    _text("site_type", "type of place; with a code list where it is a code"),
    _text("address", "address"),
    _many("access", "how it is reached: road, water, path"),
)

_EXHIBIT = (
    _code("exists_now", "whether it is still there", "seen", "destroyed", "lost"),
    _code(
        "dna_suitability", "how far it promises DNA", "known and preserved", "preserved", "doubtful"
    ),
    _many("preservation", "how it was kept: dry, frozen, plastic, fixed"),
    _many("legacy_result", "a result of ABO, PGM, DQ-alpha or RFLP"),
)

FIELDS: Mapping[str, Mapping[str, CaseField]] = Frozen(
    (kind, Frozen((field.name, field) for field in fields))
    for kind, fields in {
        "case": _CASE,
        "person": _PERSON,
        "place": _PLACE,
        "exhibit": _EXHIBIT,
        "sample": _EXHIBIT,
    }.items()
)
"""Kind of subject -> name -> field. Other kinds have no fields of statements."""


def field_of(kind: str, name: str) -> CaseField:
    """The field of that name; one that holds any text, several at once, where it is not known."""
    return FIELDS.get(kind, {}).get(name) or CaseField(name, "", many=True)


def check_value(field: CaseField, value: str) -> None:
    """Raise InvalidRecord where the value is not what the field holds."""
    if field.holds is Holds.TIME:
        Interval.parse(value)
    elif field.holds is Holds.RANGE:
        range_of(value)
    elif field.codes and value.casefold() not in field.codes:
        raise InvalidRecord(
            f"{value!r} as {field.name}.",
            rule=f"{field.name} is one of: {', '.join(field.codes)}.",
            way_on="Choose one of them, or keep the file's own word in the note.",
        )


def range_of(text: str) -> tuple[float, float]:
    """Both ends of '35', '30..40', '..40' or '30..'. Raises InvalidRecord."""
    found = _RANGE.fullmatch(text.strip())
    low, dots, high = found.groups() if found else ("", "", "")
    first = float(low) if low else -inf
    last = (float(high) if high else inf) if dots else first
    if not (low or high) or first > last:
        raise InvalidRecord(
            f"{text!r} is not a range.",
            rule="A range is a number, or two as low..high, either of which may be left out.",
            way_on="Write it so; leave the cell empty where nothing was recorded.",
        )
    return first, last
