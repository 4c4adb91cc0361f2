"""A small unit as files, so plain that its likelihood ratios can be worked out by hand.

Three loci with ten alleles of frequency 0.1 each. A person heterozygous at two of them and
homozygous at the third has, at theta 0, a random match probability of 0.02 * 0.02 * 0.01.
"""

from __future__ import annotations

from math import log10
from pathlib import Path

LOCI = ("TH01", "vWA", "FGA")
RANDOM_MATCH = 0.02 * 0.02 * 0.01
LOG10_LR = -log10(RANDOM_MATCH)
ANNA = {"TH01": ("10", "12"), "vWA": ("14", "17"), "FGA": ("16", "16")}
BERT = {"TH01": ("11", "15"), "vWA": ("13", "18"), "FGA": ("12", "19")}

PLAIN = (
    "--theta", "0", "--stutter", "none", "--no-degradation", "--drop-in", "0.001",
)  # fmt: skip


def population(folder: Path, loci: tuple[str, ...] = LOCI) -> Path:
    """Frequencies of 0.1 for alleles 10 to 19."""
    rows = [f"{locus},{label},0.1" for locus in loci for label in range(10, 20)]
    return _written(folder / "population.csv", ["locus,allele,frequency", *rows])


def stain(folder: Path, name: str, *people: dict[str, tuple[str, str]], rfu: int = 1000) -> Path:
    """A clean stain of these people, in the form of EuroForMix."""
    return stains(folder / f"{name}.csv", {name: people}, rfu)


def stains(
    path: Path, made_of: dict[str, tuple[dict[str, tuple[str, str]], ...]], rfu: int
) -> Path:
    """Clean stains of these people. rfu: of one allele copy; each next person leaves half."""
    rows = [
        "SampleName,Marker,Allele 1,Allele 2,Allele 3,Allele 4,Height 1,Height 2,Height 3,Height 4"
    ]
    for name, people in made_of.items():
        for k, locus in enumerate(LOCI):
            heights: dict[str, int] = {}
            for place, person in enumerate(people):
                for i, label in enumerate(person[locus]):
                    noise = 1 + 0.02 * (-1) ** (i + k)
                    heights[label] = heights.get(label, 0) + int(rfu * noise / 2**place)
            labels = list(heights) + [""] * (4 - len(heights))
            numbers = [str(h) for h in heights.values()] + [""] * (4 - len(heights))
            rows.append(",".join([name, locus, *labels, *numbers]))
    return _written(path, rows)


def references(path: Path, people: dict[str, dict[str, tuple[str, str]]]) -> Path:
    """References in the form of EuroForMix."""
    rows = [
        f"{name},{locus},{','.join(labels)}"
        for name, person in people.items()
        for locus, labels in person.items()
    ]
    return _written(path, ["SampleName,Marker,Allele 1,Allele 2", *rows])


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
