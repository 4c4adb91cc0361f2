"""The same mixture typed in several kits: each kit's LR, and that of all kits together.

    python -m verification.kits_together

EFMrep's examples give stains, donors and settings, and no number to compare with; its tests compare
with its own slow twin, as ours do. What can be seen: donors are supported by every kit and by all
together, a person who is no donor is excluded by all, and all kits together say less than their
LRs multiplied, since they show one set of genotypes. An invented person stands for those who are
no donors.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from reopen.errors import ReopenError
from reopen.formats import find_kit, read_frequencies, read_profiles
from reopen.records import Population, Propositions, Reference, Replicate, Stain, proposition
from reopen.weigh.evaluate import weigh
from reopen.weigh.model import Dropin, PeakModel
from reopen.weigh.simulate import draw_reference
from reopen.weigh.stutter import Stutter
from reopen.weigh.together import TypedStain
from reopen.weigh.together_lr import weigh_together
from verification.common import DATA, RESULTS, Column, Json, Progress, made_with, table, write_table

FOLDER = "efmrep_examples"
KITS = {
    "ESX": "PowerPlex ESX 17",
    "ESI": "PowerPlex ESI 17",
    "F6C": "PowerPlex Fusion 6C",
    "GF": "GlobalFiler",
}
THETA, DROPIN, SEED = 0.01, Dropin(0.05, 0.01), 1


@dataclass(frozen=True, slots=True)
class Example:
    """One mixture: its stains by kit, its donors, and its population."""

    name: str
    stains: tuple[TypedStain, ...]
    donors: tuple[Reference, ...]
    population: Population


@dataclass(frozen=True, slots=True)
class Weighed:
    """log10 LRs of one person: of each kit, and of all together."""

    example: str
    person: str
    is_donor: bool
    by_kit: dict[str, float]
    together: float
    ending: str


def examples(data: Path) -> Iterator[Example]:
    """EFMrep's tutorials: two persons in ESX 17 and ESI 17, in three kits, and in replicates."""
    folder = data / FOLDER
    norway = "ESX17_Norway.csv"
    for name, of, frequencies, threshold in (
        ("ESX 17 and ESI 17", "tutorialdata1", norway, 200.0),
        ("ESX 17, Fusion 6C and GlobalFiler", "tutorialdata2", "freqs.csv", 50.0),
        ("ESX 17 and ESI 17, two replicates each", "tutorialdata3", norway, 200.0),
    ):
        here = folder / of
        (listed,) = read_frequencies(here / frequencies).tables
        references = read_profiles(here / "refs.csv", role="references").references
        model = PeakModel(
            stutter=Stutter(back=True, forward=True), threshold_rfu=threshold, dropin=DROPIN
        )
        stains = tuple(_stains(sorted(here.glob("evid*.csv")), model))
        yield Example(name, stains, tuple(references), Population(listed, THETA))


def _stains(paths: Sequence[Path], model: PeakModel) -> Iterator[TypedStain]:
    """The stains of the files, replicates of one kit put together."""
    found: dict[str, list[Replicate]] = {}
    for path in paths:
        for stain in read_profiles(path, role="stains").stains:
            kit = next(kit for mark, kit in KITS.items() if mark in stain.id)
            found.setdefault(kit, []).extend(stain.replicates)
    for kit, replicates in found.items():
        yield TypedStain(Stain(kit, tuple(replicates)), find_kit(kit), model)


def weighed(example: Example) -> Iterator[Weighed]:
    """Each donor, and one invented person, as one of two contributors."""
    rng = np.random.default_rng(SEED)
    loci = example.donors[0].loci
    stranger = draw_reference(rng, example.population, "stranger", loci=loci)
    for person in (*example.donors, stranger):
        pair = Propositions(
            proposition(person, unknowns=1),
            proposition(unknowns=2, non_contributors=(person,)),
        )
        by_kit = {
            one.name: weigh(one.stain, pair, example.population, one.kit, one.model).log10
            for one in example.stains
        }
        together = weigh_together(example.stains, pair, example.population)
        yield Weighed(
            example.name, person.id, person in example.donors, by_kit, together.log10,
            f"{together.numerator.ending.name.lower()}, "
            f"{together.denominator.ending.name.lower()}",
        )  # fmt: skip


def as_table(found: Sequence[Weighed]) -> str:
    columns = [
        Column("kits", number=False), Column("person", number=False),
        Column("log10 LR of each kit", number=False), Column("of all together"),
        Column("endings", number=False),
    ]  # fmt: skip
    return table(
        columns,
        [
            [w.example, w.person, ", ".join(f"{kit} {lr:.2f}" for kit, lr in w.by_kit.items()),
             f"{w.together:.2f}", w.ending]
            for w in found
        ],
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    shown = Progress()
    found: list[Weighed] = []
    try:
        for example in examples(asked.data):
            for one in weighed(example):
                found.append(one)
                shown("weighing", len(found), 9)
    except ReopenError as error:
        raise SystemExit(str(error)) from None
    data: dict[str, Json] = {
        "made": made_with(),
        "theta": THETA,
        "seed": SEED,
        "results": [asdict(one) for one in found],
    }
    write_table(asked.out, "kits_together", as_table(found), data)


if __name__ == "__main__":
    main()
