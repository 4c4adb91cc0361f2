"""The parts that pedigree files in JSON and in TOML have in common: people, mutation, linkage.

Not here: either file's whole form (`kinship_json`, `pedigree_file`).
"""

from __future__ import annotations

from reopen.errors import InvalidRecord
from reopen.formats._kinship_tables import linked_pair
from reopen.formats._tree import Node
from reopen.records import (
    NO_MUTATION,
    Allele,
    LinkedPair,
    Locus,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Sex,
    Stationary,
    canonical_locus,
)

_SEXES = {
    "M": Sex.MALE, "MALE": Sex.MALE, "1": Sex.MALE,
    "F": Sex.FEMALE, "FEMALE": Sex.FEMALE, "2": Sex.FEMALE,
    "U": Sex.UNKNOWN, "UNKNOWN": Sex.UNKNOWN, "0": Sex.UNKNOWN, "?": Sex.UNKNOWN,
}  # fmt: skip
_KINDS = {"trivial": MutationKind.NONE, **{kind.value: kind for kind in MutationKind}}
MUTATION_WORDS = ("model", "rate", "rate2", "range", "alleles", "matrix", "stationary")


def locus(node: Node) -> Locus:
    """A locus name in its one spelling."""
    text = node.text()
    return node.made(lambda: canonical_locus(text))


def sex(node: Node | None) -> Sex:
    """male, female or unknown, by word, letter or the codes 1, 2 and 0. None: unknown."""
    if node is None:
        return Sex.UNKNOWN
    text = node.text()
    if text.upper() not in _SEXES:
        raise node.error(
            f"The sex {text!r}.", "A sex is male, female or unknown.", "Write one of these."
        )
    return _SEXES[text.upper()]


def member(node: Node, id: str) -> Member:
    """One person from a table that holds, perhaps, sex, father and mother."""
    father, mother = node.get("father"), node.get("mother")
    of = sex(node.get("sex"))
    parents = (father.text() if father else None, mother.text() if mother else None)
    return node.made(lambda: Member(id, of, *parents))


def mutation(node: Node | None, alleles: tuple[Allele, ...] = ()) -> Mutation:
    """Mutation of one locus: a model for both sexes, or tables `female` and `male`.

    alleles  those of the locus, which rows and columns of a custom matrix follow
    A sex that is not listed does not mutate.
    """
    if node is None:
        return Mutation()
    if node.get("model"):
        both = mutation_model(node, alleles)
        return Mutation(both, both)
    node.only("female", "male")
    female, male = node.get("female"), node.get("male")
    return Mutation(
        mutation_model(female, alleles) if female else NO_MUTATION,
        mutation_model(male, alleles) if male else NO_MUTATION,
    )


def mutation_model(node: Node, alleles: tuple[Allele, ...] = ()) -> MutationModel:
    """Mutation in parents of one sex. A matrix may name its alleles itself."""
    node.only(*MUTATION_WORDS)
    name = node.entry("model").text()
    kind = _KINDS.get(name.lower())
    if kind is None:
        raise node.error(
            f"The mutation model {name!r}.",
            f"Known are: {', '.join(_KINDS)}.",
            "Name one of these, or give the matrix of a custom model.",
        )
    named = node.get("alleles")
    own = tuple(Allele(n.text()) for n in named.list()) if named else alleles
    custom = kind is MutationKind.CUSTOM
    matrix = _matrix(node.entry("matrix")) if custom or node.get("matrix") else ()
    rate, rate2 = _number(node, "rate", 0.0), _number(node, "rate2", 0.0)
    step_range, stationary = _number(node, "range", 0.1), _stationary(node.get("stationary"))
    return node.made(
        lambda: MutationModel(
            kind, rate, rate2, step_range, own if custom else (), matrix, stationary
        )
    )


def _number(node: Node, key: str, usual: float) -> float:
    found = node.get(key)
    return usual if found is None else found.number()


def _stationary(node: Node | None) -> Stationary:
    if node is None:
        return Stationary.AS_IT_IS
    name = node.text().upper()
    if name not in Stationary.__members__ or name == "AS_IT_IS":
        raise node.error(
            f"The transform {name!r}.", "Known are: PM, MH, BA, PR.", "Name one of these."
        )
    return Stationary[name]


def _matrix(node: Node) -> tuple[tuple[float, ...], ...]:
    """Rows of the matrix. A sum that is off 1 by the rounding of a file is put right."""
    rows = []
    for row in node.list():
        numbers = tuple(cell.number() for cell in row.list())
        total = sum(numbers)
        rounded = abs(total - 1) <= 1e-6
        rows.append(tuple(number / total for number in numbers) if rounded else numbers)
    return tuple(rows)


def typing_error(node: Node | None) -> float | dict[str, float]:
    """One probability for everybody, or a table of people."""
    if node is None:
        return 0.0
    if node.is_table():
        return {person: value.number() for person, value in node.items()}
    return node.number()


def linked(node: Node, names: str = "markers") -> LinkedPair:
    """A pair of linked loci, with `rho`, or `cm` and perhaps `map` (kosambi or haldane)."""
    node.only(names, "rho", "cm", "map")
    both = node.entry(names)
    pair = [locus(name) for name in both.list()]
    if len(pair) != 2:
        raise both.error(
            f"{len(pair)} loci in a linked pair.",
            "Loci are linked two by two.",
            "Give two loci, and the next two in an entry of their own.",
        )
    rho, cm, function = node.get("rho"), node.get("cm"), node.get("map")
    of = function.text().lower() if function else "kosambi"
    if of not in ("kosambi", "haldane"):
        raise InvalidRecord(
            f"The map function {of!r}.",
            rule="Known are kosambi and haldane.",
            way_on="Write one of these, or give rho.",
            where=node.where,
        )
    return linked_pair(
        pair[0],
        pair[1],
        rho=rho.number() if rho else None,
        cm=cm.number() if cm else None,
        kosambi=of == "kosambi",
        where=node.where,
    )
