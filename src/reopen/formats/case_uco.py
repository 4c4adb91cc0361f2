"""CASE/UCO: a case's records as JSON-LD that other evidence systems read.

Ontology: CASE 1.4.0 on UCO 1.4.0 (caseontology.org). Exhibits and samples become items with
provenance records, custody events become investigative actions, results become analytic results,
statements become annotations. What the ontology has no word for is an annotation that holds the
record's own fields, so that nothing is left out. A time that is known only as an interval has both
ends, and the words of the source in its description.

Not here: who may see which record (the caller gives only those), proofs (`ledger`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Place, Sample
from reopen.records.custody import CustodyEvent
from reopen.records.plain import to_plain
from reopen.records.results import LabResult
from reopen.records.statements import State, Statement
from reopen.records.times import Interval

Node = dict[str, object]

CONTEXT: Mapping[str, str] = {
    "action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "analysis": "https://ontology.unifiedcyberontology.org/uco/analysis/",
    "core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "investigation": "https://ontology.caseontology.org/case/investigation/",
    "location": "https://ontology.unifiedcyberontology.org/uco/location/",
    "role": "https://ontology.unifiedcyberontology.org/uco/role/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def case_uco(
    records: Iterable[Record],
    *,
    base: str,
    receipts: Mapping[Ref, tuple[str, int]] | None = None,
) -> dict[str, object]:
    """A JSON-LD document of these records.

    base      start of every node's IRI; the same records get the same IRIs each time
    receipts  record -> (origin of the log, index of its entry), written as external references
    """
    writer = _Writer(tuple(records), base, receipts or {})
    return {"@context": {**CONTEXT, "kb": base}, "@graph": list(writer.nodes())}


def write_case_uco(document: Mapping[str, object]) -> str:
    """The document as text."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


class _Writer:
    def __init__(
        self, records: tuple[Record, ...], base: str, receipts: Mapping[Ref, tuple[str, int]]
    ):
        self.records = records
        self.base = base
        self.receipts = receipts
        self.events: dict[str, str] = {}
        self.extra: dict[str, Node] = {}
        self.held = {record.ref for record in records}

    def nodes(self) -> Iterator[Node]:
        cases = [record for record in self.records if isinstance(record, Case)]
        members: list[str] = []
        for record in self.records:
            if isinstance(record, Case):
                continue
            for node in self._of(record):
                members.append(str(node["@id"]))
                yield node
        for node in self.extra.values():
            members.append(str(node["@id"]))
            yield node
        for case in cases:
            yield self._investigation(case, members)

    def _of(self, record: Record) -> Iterator[Node]:
        writers: Mapping[type[Record], Callable[..., Iterable[Node]]] = {
            Exhibit: self._item,
            Sample: self._item,
            Person: self._person,
            Place: self._place,
            CustodyEvent: self._event,
            Involvement: self._role,
            LabResult: self._result,
            Statement: self._statement,
        }
        yield from writers.get(type(record), self._other)(record)

    def iri(self, kind: str, id: str, part: str = "") -> str:
        name = f"{self.base}{kind}\t{id}\t{part}"
        return f"kb:{part or kind.replace('_', '-')}-{uuid5(NAMESPACE_URL, name)}"

    def node(self, record: Record, type: str, **fields: object) -> Node:
        made: Node = {"@id": self.iri(record.KIND, record.id), "@type": type}
        made["core:tag"] = [record.KIND]
        made.update({name.replace("__", ":"): each for name, each in fields.items() if each})
        told = [
            text for text in (record.note, record.source and f"Source: {record.source}") if text
        ]
        if told:
            made["core:description"] = [*_texts(made.get("core:description")), *told]
        if record.ref in self.receipts:
            origin, index = self.receipts[record.ref]
            made["core:externalReference"] = {
                "@id": self.iri(record.KIND, record.id, "receipt"),
                "@type": "core:ExternalReference",
                "core:definingContext": f"Transparency log {origin}",
                "core:externalIdentifier": str(index),
            }
        return made

    def _investigation(self, case: Case, members: list[str]) -> Node:
        return self.node(
            case,
            "investigation:Investigation",
            core__name=case.title or case.id,
            investigation__focus=case.id,
            core__object=[{"@id": member} for member in members],
        )

    def _item(self, item: Exhibit | Sample) -> Iterator[Node]:
        words = item.description if isinstance(item, Exhibit) else item.kind
        thing = self.node(item, "core:Item", core__name=item.id, core__description=_texts(words))
        yield thing
        yield {
            "@id": self.iri(item.KIND, item.id, "provenance-record"),
            "@type": "investigation:ProvenanceRecord",
            "investigation:exhibitNumber": item.id,
            "core:object": [{"@id": thing["@id"]}],
        }
        parent = item.parent or (item.exhibit if isinstance(item, Sample) else None)
        if parent:
            yield self._relationship(
                item, str(thing["@id"]), self._item_iri(parent), "Derived_From"
            )

    def _item_iri(self, id: str) -> str:
        for kind in (Exhibit.KIND, Sample.KIND):
            if Ref(kind, id) in self.held:
                return self.iri(kind, id)
        return self._named_only(Exhibit.KIND, id, "core:Item")

    def _named_only(self, kind: str, id: str, type: str) -> str:
        """A node for something that the records name and do not hold."""
        iri = self.iri(kind, id)
        self.extra.setdefault(iri, {"@id": iri, "@type": type, "core:name": id})
        return iri

    def _relationship(self, record: Record, source: str, target: str, kind: str) -> Node:
        return {
            "@id": self.iri(record.KIND, record.id, "relationship"),
            "@type": "core:Relationship",
            "core:source": {"@id": source},
            "core:target": {"@id": target},
            "core:kindOfRelationship": kind,
            "core:isDirectional": True,
        }

    def _person(self, person: Person) -> Iterator[Node]:
        yield self.node(person, "identity:Person", core__name=person.id)

    def _person_iri(self, id: str) -> str:
        if Ref(Person.KIND, id) in self.held:
            return self.iri(Person.KIND, id)
        return self._named_only(Person.KIND, id, "identity:Person")

    def _place(self, place: Place) -> Iterator[Node]:
        node = self.node(place, "location:Location", core__name=place.name or place.id)
        if place.latitude is not None and place.longitude is not None:
            node["core:hasFacet"] = {
                "@id": self.iri(place.KIND, place.id, "coordinates"),
                "@type": "location:LatLongCoordinatesFacet",
                "location:latitude": _decimal(place.latitude),
                "location:longitude": _decimal(place.longitude),
            }
        yield node

    def _place_iri(self, id: str) -> str:
        if Ref(Place.KIND, id) in self.held:
            return self.iri(Place.KIND, id)
        return self._named_only(Place.KIND, id, "location:Location")

    def _event(self, event: CustodyEvent) -> Iterator[Node]:
        others = dict.fromkeys(filter(None, (event.giver, event.receiver, event.confirmed)))
        before = self.events.get(event.item)
        node = self.node(
            event,
            "investigation:InvestigativeAction",
            core__name=event.event.value,
            **_during(event.at),
            action__performer=event.by and {"@id": self._person_iri(event.by)},
            action__participant=[{"@id": self._person_iri(person)} for person in others],
            action__object=[{"@id": self._item_iri(event.item)}],
            action__location=event.place and {"@id": self._place_iri(event.place)},
            investigation__wasInformedBy=before and {"@id": before},
        )
        node["core:hasFacet"] = list(self._arguments(event))
        self.events[event.item] = str(node["@id"])
        yield node

    def _arguments(self, event: CustodyEvent) -> Iterator[Node]:
        told = ("item", "event", "at", "by", "place", "id", "source", "note")
        for name, value in to_plain(event).items():
            if name not in told:
                yield {
                    "@id": self.iri(event.KIND, event.id, f"argument-{name.replace('_', '-')}"),
                    "@type": "action:ActionArgumentFacet",
                    "action:argumentName": name,
                    "action:value": str(value),
                }

    def _role(self, role: Involvement) -> Iterator[Node]:
        node = self.node(role, "role:Role", core__name=role.role.value)
        yield node
        link = self._relationship(role, self._person_iri(role.person), str(node["@id"]), "Has_Role")
        yield link | {
            name.replace("action", "core"): [value]
            for name, value in _named(_during(role.during)).items()
            if name != "core:description"
        }

    def _result(self, result: LabResult) -> Iterator[Node]:
        analysis = self.iri(result.KIND, result.id, "analysis")
        yield {
            "@id": analysis,
            "@type": "analysis:Analysis",
            "action:object": [{"@id": self._item_iri(result.sample)}],
            **_named(_during(result.at)),
        }
        yield self.node(
            result,
            "analysis:AnalyticResult",
            core__name=f"{result.result}, version {result.version}",
            core__statement=[f"{name}: {value}" for name, value in to_plain(result).items()],
            analysis__originatingAnalysis={"@id": analysis},
        )

    def _statement(self, statement: Statement) -> Iterator[Node]:
        said = statement.value if statement.state is State.PRESENT else statement.state.value
        yield self.node(
            statement,
            "core:Annotation",
            core__name=statement.field,
            core__statement=[f"{statement.field}: {said}", *self._said(statement)],
            core__object=[{"@id": self._subject(statement.subject)}],
        )

    def _said(self, statement: Statement) -> Iterator[str]:
        told = ("id", "subject", "field", "value", "state", "source", "note")
        for name, value in to_plain(statement).items():
            if name not in told:
                yield f"{name}: {value}"

    def _subject(self, subject: Ref) -> str:
        if subject in self.held:
            return self.iri(subject.kind, subject.id)
        return self._named_only(subject.kind, subject.id, "core:UcoObject")

    def _other(self, record: Record) -> Iterator[Node]:
        about = [
            self._subject(Ref(Case.KIND, case)) for case in _texts(getattr(record, "case", ""))
        ]
        yield self.node(
            record,
            "core:Annotation" if about else "core:Assertion",
            core__name=f"{record.KIND.replace('_', ' ')} {record.id}",
            core__statement=[json.dumps(to_plain(record), ensure_ascii=False)],
            core__object=[{"@id": iri} for iri in about],
        )


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return value
    return [str(value)] if value else []


def _named(fields: Mapping[str, object]) -> Node:
    return {name.replace("__", ":"): value for name, value in fields.items() if value}


def _during(at: Interval | None) -> dict[str, object]:
    if at is None:
        return {}
    words = [] if at.is_moment else [f"Time known only as {at}"]
    ends = {"action__startTime": at.earliest, "action__endTime": at.latest}
    return {
        **{name: _moment(end) for name, end in ends.items() if end},
        "core__description": words,
    }


def _moment(moment: datetime) -> Node:
    return {"@type": "xsd:dateTime", "@value": moment.isoformat()}


def _decimal(number: float) -> Node:
    return {"@type": "xsd:decimal", "@value": f"{number:.12f}".rstrip("0").rstrip(".")}
