"""What a pedigree file assumes beside its pedigrees: population, mutation, silent alleles, linkage.

Not here: people (`pedigree_file`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from reopen.errors import UnknownName
from reopen.formats import _kinship_nodes as nodes
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._kinship_tables import frequencies_at, labels_at
from reopen.formats._tree import Node
from reopen.formats.frequencies import read_frequencies
from reopen.formats.library import find_population
from reopen.records import Allele, AlleleFrequencies, Locus, Population

USUAL_THETA = 0.01

Labels = Mapping[Locus, Mapping[str, Allele]]
"""Locus -> label as the file writes it -> as records have it."""


def _entries(node: Node | None) -> Iterator[tuple[str, Node]]:
    return node.items() if node else iter(())


def population(node: Node | None, found: Assembly, folder: Path) -> None:
    """A population of the library by name, one of a file, or the terms of the file's own numbers.

    theta is 0.01 where the file gives none, which is said.
    """
    if node is None:
        return
    table = node if node.is_table() else node.holding({"name": node.value})
    table.only("name", "file", "theta", "minimum_frequency", "rescale", "counts")
    name, file = table.get("name"), table.get("file")
    found.population_name = name.text() if name else ""
    if file is not None:
        found.population = _of_file(file, found, folder)
    least, rescale = table.get("minimum_frequency"), table.get("rescale")
    found.minimum_frequency = least.number() if least else None
    found.rescale = rescale.flag() if rescale else True
    for locus, n in _entries(table.get("counts")):
        found.counts[nodes.locus(n.named(locus))] = int(n.number())
    _theta(table.get("theta"), found)
    node.made(lambda: Population(_EMPTY, found.theta, found.minimum_frequency))


_EMPTY = AlleleFrequencies("", {}, "")


def _theta(node: Node | None, found: Assembly) -> None:
    if node is None:
        found.theta = USUAL_THETA
        found.notices.append(f"theta {USUAL_THETA:g} is taken, since the file gives none.")
    elif node.is_table():
        found.theta = {nodes.locus(n.named(name)): n.number() for name, n in node.items()}
    else:
        found.theta = node.number()


def _of_file(node: Node, found: Assembly, folder: Path) -> AlleleFrequencies:
    path = folder / node.text()
    named = f"{path}#{found.population_name}" if found.population_name else str(path)
    table = node.made(lambda: find_population(named))
    found.notices += [f"{path.name}: {notice}" for notice in read_frequencies(path).notices]
    return table


def frequencies(tree: Node, found: Assembly) -> Labels:
    """Frequencies in the file itself; else those of the population it names in the library."""
    silent = {nodes.locus(n.named(k)): n.number() for k, n in _entries(tree.get("silent"))}
    labels: dict[Locus, Mapping[str, Allele]] = {}
    for name, node in _entries(tree.get("frequencies")):
        locus = nodes.locus(node.named(name))
        if locus in labels:
            raise node.error(f"{locus} is listed twice.", "A locus is listed once.", "Keep one.")
        listed = {label: f.number() for label, f in node.items()}
        labels[locus] = labels_at(listed)
        renamed = ((labels[locus][label], f) for label, f in listed.items())
        found.tables[locus] = frequencies_at(locus, renamed, silent.get(locus, 0.0), node.where)
    if not found.tables and found.population is None:
        _of_library(tree.get("population"), found)
    found.silent = silent
    return labels


def _of_library(node: Node | None, found: Assembly) -> None:
    if node is None:
        return
    if not found.population_name:
        raise node.error(
            "A population without a name.",
            "A population is one of the library, of a file, or of [frequencies].",
            'Write name = "NIST 1036 Caucasian", or file = "frequencies.csv".',
        )
    try:
        found.population = find_population(found.population_name)
    except UnknownName as error:
        raise error.at(node.where) from None


def model(tree: Node, found: Assembly) -> None:
    """Mutation, errors of typing, loci on the X chromosome and linked loci."""
    found.typing_error = nodes.typing_error(tree.get("typing_error"))
    mutation = tree.get("mutation")
    if mutation is not None:
        found.usual_mutation = nodes.mutation(mutation.without("loci"))
        for name, node in _entries(mutation.get("loci")):
            locus = nodes.locus(node.named(name))
            found.mutation[locus] = nodes.mutation(node, tuple(found.tables.get(locus, ())))
    if on_x := tree.get("x_loci"):
        found.x_linked |= {nodes.locus(node) for node in on_x.list()}
    if pairs := tree.get("linked"):
        found.linked.extend(nodes.linked(pair, "loci") for pair in pairs.list())
