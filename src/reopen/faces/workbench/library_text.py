"""Kits and populations as text that reads at 80 characters."""

from __future__ import annotations

from collections.abc import Sequence

from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.formats.frequency_lint import lint
from reopen.records import AlleleFrequencies, Kit


def kits_text(kits: Sequence[Kit], *, width: int = WIDTH) -> str:
    """Kits with their loci and sources."""
    rows = [[kit.name, str(len(kit.markers)), kit.maker] for kit in kits]
    sources = list(dict.fromkeys(kit.source for kit in kits))
    return "\n\n".join(
        [table(["Kit", "Markers", "Maker"], rows, right="lrl", width=width),
         f"Sources\n{bullets(sources, width)}"]
    )  # fmt: skip


def kit_text(kit: Kit, *, width: int = WIDTH) -> str:
    """One kit: its markers with dye, size range and repeat length."""
    rows = []
    for marker in kit.markers:
        low, high = marker.range_bp if marker.sizes_bp else (0.0, 0.0)
        sizes = f"{low:.0f} to {high:.0f}" if marker.sizes_bp else ""
        rows.append([marker.locus, marker.dye, sizes, str(marker.repeat_bp or ""), marker.kind])
    header = ["Locus", "Dye", "Size, bp", "Repeat, bp", "Kind"]
    aliases = [f"Also called: {', '.join(kit.aliases)}"] if kit.aliases else []
    return "\n\n".join(
        [kit.name, table(header, rows, right="llrrl", width=width), *aliases,
         paragraph(f"Source: {kit.source}", width=width)]
    )  # fmt: skip


def populations_text(populations: Sequence[AlleleFrequencies], *, width: int = WIDTH) -> str:
    """Populations with the number of loci and alleles counted, and their sources."""
    rows = [
        [population.name, str(len(population.loci)), _counted(population)]
        for population in populations
    ]
    sources: dict[str, list[str]] = {}
    for population in populations:
        sources.setdefault(population.source, []).append(population.name)
    told = [f"{_listed(names)}: {source}" for source, names in sources.items()]
    header = ["Population", "Loci", "Alleles counted"]
    return "\n\n".join(
        [table(header, rows, right="lrl", width=width), f"Sources\n{bullets(told, width)}"]
    )


def _counted(population: AlleleFrequencies) -> str:
    counts = population.counts.values()
    if not counts:
        return "not given"
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def population_text(frequencies: AlleleFrequencies, *, width: int = WIDTH) -> str:
    """One population: its loci with the numbers of alleles, and doubts about the table."""
    doubts = [str(finding) for finding in lint([frequencies])]
    rows = [
        [locus, str(len(known)), str(frequencies.counts.get(locus, ""))]
        for locus, known in frequencies.by_locus.items()
    ]
    return "\n\n".join(
        [frequencies.name,
         table(["Locus", "Alleles listed", "Alleles counted"], rows, right="lrr", width=width),
         *([f"Doubts\n{bullets(doubts, width)}"] if doubts else []),
         paragraph(f"Source: {frequencies.source}", width=width)]
    )  # fmt: skip
