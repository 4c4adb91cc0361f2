"""Our own pedigree file, in TOML: written by a person in an editor (docs/files.md has examples).

It can say all that a KinshipCase holds. Not here: writing one (`pedigree_file_writer`), and what is
assumed beside the pedigrees (`_kinship_assumptions`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from reopen.formats import _kinship_nodes as nodes
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._kinship_assumptions import Labels, frequencies, model, population
from reopen.formats._kinship_case import case_of
from reopen.formats._kinship_places import places
from reopen.formats._people import Person, pedigree, repeated
from reopen.formats._sampled import SampledPeople
from reopen.formats._tree import Node, toml_tree
from reopen.formats.text import decode, sha256
from reopen.records import KinshipCase, Pedigree

FORMAT = "pedigree file (TOML)"

_SECTIONS = (
    "title", "note", "reference", "population", "frequencies", "mutation", "silent", "linked",
    "x_loci", "map", "positions", "typing_error", "profiles", "genotypes", "people",
    "hypotheses", "families", "remains",
)  # fmt: skip
_OF_PEOPLE = frozenset({"people", "hypotheses", "families", "remains"})
_ALONE = "pedigree"
"""Name of the only hypothesis of a file that lists people and no hypotheses."""


def recognises(text: str) -> bool:
    """Whether a text is TOML with people in it, or begins as one that is broken."""
    try:
        return bool(_OF_PEOPLE & tomllib.loads(text).keys())
    except (ValueError, RecursionError):
        return bool(re.search(r"^[ \t]*\[+\s*(?:people|hypotheses|families|remains)\b", text, re.M))


def parse(file: str, data: bytes, folder: Path | None = None) -> KinshipCase:
    """The case in a file's bytes.

    file    the name used in messages
    folder  where the files of profiles and frequencies that it names are looked for
    Raises UnreadableFile for text that is not TOML, InvalidRecord for content that breaks a rule.
    """
    folder = folder or Path()
    tree = toml_tree(file, decode(file, data)[0])
    tree.only(*_SECTIONS)
    found = Assembly(file, FORMAT, sha256(data))
    samples = SampledPeople(found)
    population(tree.get("population"), found, folder)
    labels = frequencies(tree, found)
    _hypotheses(tree, found, samples)
    _families(tree.get("families"), found, samples)
    _remains(tree.get("remains"), found, samples)
    model(tree, found)
    places(tree, found, folder)
    _genotypes(tree.get("genotypes"), found, labels)
    samples.read(tree.get("profiles"), folder)
    return case_of(found)


def _entries(node: Node | None) -> Iterator[tuple[str, Node]]:
    return node.items() if node else iter(())


# people


def _person(id: str, node: Node, samples: SampledPeople) -> Person:
    """A person from a table, or from a word that says the sex."""
    table = node if node.is_table() else node.holding({"sex": node.value})
    table.only("sex", "father", "mother", "twin_of", "inbreeding", "sample", "dropout", "missing")
    father, mother, twin, f = map(table.get, ("father", "mother", "twin_of", "inbreeding"))
    samples.add(id, table.get("sample"), table.get("dropout"))
    return Person(
        id,
        nodes.sex(table.get("sex")),
        father.text() if father else None,
        mother.text() if mother else None,
        twin_of=twin.text() if twin else "",
        inbreeding=f.number() if f else 0.0,
        where=node.where,
    )


def _pedigree(name: str, people: list[Person], node: Node, found: Assembly) -> Pedigree:
    made, notices = pedigree(people, name, node.where)
    found.notices.extend(notices)
    return made


def _hypotheses(tree: Node, found: Assembly, samples: SampledPeople) -> None:
    """Every hypothesis holds the people of [people], with what it says of them put in place."""
    people, hypotheses = tree.get("people"), tree.get("hypotheses")
    base = dict(_entries(people))
    for node in (*base.values(), *(n for _, h in _entries(hypotheses) for _, n in h.items())):
        _refuse_missing(node)
    for id, node in base.items():
        if node.is_table():  # so that a sample is told at its own line
            samples.add(id, node.get("sample"), node.get("dropout"))
    if people and hypotheses is None:
        alone = [_person(id, node, samples) for id, node in base.items()]
        found.hypotheses[_ALONE] = _pedigree(_ALONE, alone, people, found)
    for name, hypothesis in _entries(hypotheses):
        said = {**base, **{id: _joined(base.get(id), node) for id, node in hypothesis.items()}}
        listed = [_person(id, node, samples) for id, node in said.items()]
        found.hypotheses[name] = _pedigree(name, listed, hypothesis, found)
    if reference := tree.get("reference"):
        found.reference = reference.text()
        if found.reference not in found.hypotheses:
            raise reference.error(
                f"The hypothesis {found.reference!r} is not listed.",
                "The reference is one of the hypotheses.",
                f"Name one of: {', '.join(found.hypotheses) or 'none is given'}.",
            )


def _joined(base: Node | None, node: Node) -> Node:
    """What a hypothesis says of a person, over what [people] says."""
    said = dict(_fields(base)) if base else {}
    return node.holding({**said, **_fields(node)})


def _fields(node: Node) -> Mapping[str, object]:
    if not node.is_table():
        return {"sex": node.value}
    return {key: entry.value for key, entry in node.items()}


def _refuse_missing(node: Node) -> None:
    if node.is_table() and node.get("missing"):
        raise node.error(
            "Somebody of the hypotheses is missing.",
            "Missing people are members of families.",
            "List the family under [families.NAME], and mark there who is missing.",
        )


def _families(families: Node | None, found: Assembly, samples: SampledPeople) -> None:
    """Names that stand in more than one family come with the family's name before them."""
    listed = {name: dict(node.items()) for name, node in _entries(families)}
    outside = [id for pedigree in found.hypotheses.values() for id in pedigree.ids]
    shared = repeated([outside, *listed.values()])
    for name, node in _entries(families):
        ids = {id: f"{name}: {id}" if id in shared else id for id in listed[name]}
        people = [_person(ids[id], one, samples) for id, one in listed[name].items()]
        for person in people:
            person.father = ids.get(person.father or "", person.father)
            person.mother = ids.get(person.mother or "", person.mother)
            person.twin_of = ids.get(person.twin_of, person.twin_of)
        missing = tuple(ids[id] for id, one in listed[name].items() if _is_missing(one))
        found.families.append((name, _pedigree(name, people, node, found), missing))


def _is_missing(node: Node) -> bool:
    said = node.get("missing") if node.is_table() else None
    return said is not None and said.flag()


def _remains(node: Node | None, found: Assembly, samples: SampledPeople) -> None:
    members = {id for _, pedigree, _ in found.families for id in pedigree.ids}
    members |= {id for pedigree in found.hypotheses.values() for id in pedigree.ids}
    for id, one in _entries(node):
        if id in members:
            raise one.error(
                f"{id} is among the remains and in a pedigree.",
                "Remains have a name of their own.",
                "Call the remains by their number or their place.",
            )
        table = one if one.is_table() else one.holding({"sex": one.value})
        table.only("sex", "sample", "dropout")
        samples.add(id, table.get("sample"), table.get("dropout"))
        found.remains[id] = nodes.sex(table.get("sex"))


# genotypes written in the file itself


def _genotypes(node: Node | None, found: Assembly, labels: Labels) -> None:
    for person, cells in _entries(node):
        found.typed.setdefault(person, {})
        for name, cell in cells.items():
            locus = nodes.locus(cell.named(name))
            read = _alleles(cell, on_x=locus in found.x_linked or locus == "AMEL")
            known = labels.get(locus, {})
            found.type(person, locus, [known.get(text, text) for text in read], cell.where)


def _alleles(cell: Node, *, on_x: bool) -> list[str]:
    """The labels of a genotype: "6/9.3" or a list; "?" for an allele not read. Never a comma, which
    may be a decimal mark."""
    if cell.is_list():
        read = [part.text() for part in cell.list()]
    else:
        read = [part.strip() for part in cell.text().split("/")]
    if len(read) == 1 and not on_x:
        raise cell.error(
            f"One allele: {read[0]}.",
            "A genotype at an autosomal locus has two alleles.",
            'Write it twice where it is homozygous; write "6/?" where the other was not read.',
        )
    return read
