"""Kinship cases in JSON, `schema: kinship-case/1`: pedigrees, families, remains and assumptions.

Reads what a kinship weighing needs. Not read here: expected values and the questions of other kinds
of case, which `reopen validate` compares with.
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.errors import UnreadableFile, Where
from reopen.formats import _kinship_nodes as nodes
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._kinship_case import case_of
from reopen.formats._kinship_places import place_marker
from reopen.formats._kinship_tables import frequencies_at, labels_at
from reopen.formats._tree import Node, json_tree
from reopen.formats.text import decode, sha256
from reopen.records import Allele, KinshipCase, Locus, Pedigree

SCHEMA = "kinship-case/1"
FORMAT = "kinship-case/1 (JSON)"

_OTHER_SHAPES = frozenset({"exclusion_power", "expected_lr"})
_COMPARED = frozenset({"lr", "dvi"})

_PLACES = ("chrom", "cm", "mb")

_Labels = Mapping[Locus, Mapping[str, Allele]]


def recognises(text: str) -> bool:
    """Whether a text is an object of JSON that says it is such a case."""
    return text.lstrip().startswith("{") and '"kinship-case/' in text


def parse(file: str, data: bytes) -> KinshipCase:
    """The case in a file's bytes. file: the name used in messages.

    Raises UnreadableFile for another form of JSON, InvalidRecord for content that breaks a rule.
    """
    tree = json_tree(file, decode(file, data)[0])
    kind = _kind(tree)
    found = Assembly(file, FORMAT, sha256(data))
    if kind in _COMPARED:
        tree.entry("markers")
        tree.entry("genotypes")
    labels = _markers(tree.get("markers"), found)
    _settings(tree.get("settings"), found)
    _hypotheses(tree, found)
    _families(tree, found)
    _genotypes(tree.get("genotypes"), found, labels)
    return case_of(found, all_in_pedigrees=kind in _COMPARED)


def _kind(tree: Node) -> str:
    schema = tree.entry("schema").text()
    if schema != SCHEMA:
        raise UnreadableFile(
            f"The schema is {schema!r}.",
            rule=f"Kinship cases in JSON are of the schema {SCHEMA!r}.",
            way_on="Use a version of this program that knows the schema.",
            where=Where(tree.file, field="schema"),
        )
    kind = tree.entry("kind").text()
    if kind in _OTHER_SHAPES:
        raise UnreadableFile(
            f"A case of the kind {kind!r} holds no profiles to weigh.",
            rule="Cases of the kinds lr, dvi, search, power and kappa are read here.",
            way_on="Compare its numbers with `reopen validate`.",
            where=Where(tree.file, field="kind"),
        )
    return kind


# markers and what is assumed of them


def _markers(markers: Node | None, found: Assembly) -> _Labels:
    """Enters frequencies, mutation, silent alleles and types; gives each locus's labels."""
    named: dict[Locus, Mapping[str, Allele]] = {}
    for node in markers.list() if markers else ():
        node.only("name", "type", "alleles", "freqs", "mutation", "silent", "note", *_PLACES)
        locus = nodes.locus(node.entry("name"))
        if locus in named:
            raise node.error(
                f"{locus} is listed twice.", "A marker is listed once.", "Take one of the two out."
            )
        labels = named[locus] = labels_at(n.text() for n in node.entry("alleles").list())
        renamed = [f"{old} as {new}" for old, new in labels.items() if new == f"allele {old}"]
        if renamed:
            found.notices.append(f"{locus}: alleles renamed: {', '.join(renamed)}.")
        silent = node.get("silent")
        if share := silent.number() if silent else 0.0:
            found.silent[locus] = share
        table = found.tables[locus] = _frequencies(node, locus, labels, share)
        found.mutation[locus] = nodes.mutation(node.get("mutation"), tuple(table))
        if _is_x(node, locus):
            found.x_linked.add(locus)
        place_marker(found, locus, node)
    return named


def _frequencies(
    node: Node, locus: Locus, labels: Mapping[str, Allele], silent: float
) -> dict[Allele, float]:
    alleles, frequencies = node.entry("alleles").list(), node.entry("freqs").list()
    if len(alleles) != len(frequencies):
        raise node.error(
            f"{len(alleles)} alleles and {len(frequencies)} frequencies at {locus}.",
            "Each allele has a frequency.",
            "Correct the marker.",
        )
    listed = [(labels[a.text()], f.number()) for a, f in zip(alleles, frequencies, strict=True)]
    return frequencies_at(locus, listed, silent, node.where)


def _is_x(node: Node, locus: Locus) -> bool:
    kind = node.get("type")
    of = kind.text() if kind else "autosomal"
    if of not in ("autosomal", "X"):
        raise node.error(
            f"{locus} is of the type {of!r}.",
            "Markers of pedigrees are autosomal or on the X chromosome.",
            "Take the marker out; lineage markers (Y, mtDNA) are reported apart.",
        )
    return of == "X"


def _settings(settings: Node | None, found: Assembly) -> None:
    if settings is None:
        return
    settings.only("theta", "linked_pairs", "dropout", "typing_error", "note")
    found.typing_error = nodes.typing_error(settings.get("typing_error"))
    theta, pairs, dropout = (settings.get(key) for key in ("theta", "linked_pairs", "dropout"))
    found.theta = theta.number() if theta else 0.0
    found.linked.extend(nodes.linked(pair) for pair in (pairs.list() if pairs else ()))
    for person, value in dropout.items() if dropout else ():
        if not value.is_absent():
            found.dropout[person] = value.number()


# people


def _pedigree(name: str, node: Node, inbreeding: Node | None) -> Pedigree:
    members = tuple(nodes.member(one, one.entry("id").text()) for one in node.list())
    founders = {id: f.number() for id, f in inbreeding.items()} if inbreeding else {}
    return node.made(lambda: Pedigree(members, name, founder_inbreeding=founders, where=node.where))


def _hypotheses(tree: Node, found: Assembly) -> None:
    hypotheses, inbreeding = tree.get("hypotheses"), tree.get("founder_inbreeding")
    for name, node in hypotheses.items() if hypotheses else ():
        found.hypotheses[name] = _pedigree(name, node, inbreeding and inbreeding.get(name))
    if reference := tree.get("reference_hypothesis"):
        found.reference = reference.text()
        if found.reference not in found.hypotheses:
            raise reference.error(
                f"The hypothesis {found.reference!r} is not listed.",
                "The reference is one of the hypotheses.",
                f"Name one of: {', '.join(found.hypotheses) or 'none is given'}.",
            )


def _families(tree: Node, found: Assembly) -> None:
    victims, families, missing = (tree.get(key) for key in ("victims", "families", "missing"))
    for victim in victims.list() if victims else ():
        id = victim.entry("id").text()
        if id in found.remains:
            raise victim.error(f"{id} is listed twice.", "A victim is listed once.", "Correct it.")
        found.remains[id] = nodes.sex(victim.get("sex"))
    inbreeding = tree.get("founder_inbreeding")
    sought = missing.texts() if missing else ()
    for name, node in families.items() if families else ():
        pedigree = _pedigree(name, node, inbreeding and inbreeding.get(name))
        found.families.append((name, pedigree, tuple(id for id in sought if id in pedigree)))
    if families and missing:
        unknown = [id for id in sought if not any(id in p for _, p, _ in found.families)]
        if unknown:
            raise missing.error(
                f"{unknown[0]} is missing, and in no family.",
                "A missing person is a member of a family.",
                "Correct the name, or add the person to the pedigree.",
            )


def _genotypes(node: Node | None, found: Assembly, labels: _Labels) -> None:
    for person, profile in node.items() if node else ():
        found.typed.setdefault(person, {})
        for name, cell in profile.items() if not profile.is_absent() else ():
            locus = nodes.locus(cell.named(name))
            if locus not in labels:
                raise cell.error(
                    f"{name} is no marker of this case.",
                    "Genotypes are given at the markers that are listed.",
                    "Correct the name, or add the marker with its frequencies.",
                )
            if not cell.is_absent():
                read = _alleles(cell, locus in found.x_linked)
                known = [None if text is None else labels[locus].get(text, text) for text in read]
                found.type(person, locus, known, cell.where)


def _alleles(cell: Node, on_x: bool) -> list[str | None]:
    """The labels of a genotype; None for one that was not read."""
    read = [None if part.is_absent() else part.text() for part in cell.list()]
    if len(read) == 1 and not on_x:
        raise cell.error(
            f"One allele: {read[0]}.",
            "A genotype at an autosomal marker has two alleles.",
            "Write it twice where it is homozygous; write [a, null] where the other was not read.",
        )
    return read
