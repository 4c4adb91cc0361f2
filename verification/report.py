"""The validation report: one page that shows every result with the command that makes it.

    python -m verification.report

Reads `results/`; computes nothing but whether a goal is met. A result that is not there is said to
be missing, with its command. The page holds its pictures and needs no other file.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markupsafe import Markup, escape

import reopen
from verification.common import RESULTS
from verification.goals import Goal, goals

_STYLE = """
body { font: 15px/1.5 Georgia, serif; color: #222; max-width: 62rem; margin: 2rem auto;
       padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-top: 1px solid #ccc;
       padding-top: 1rem; }
table { border-collapse: collapse; font: 13px/1.4 sans-serif; margin: 1rem 0; }
th, td { border: 1px solid #ddd; padding: .25rem .5rem; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code { background: #f3f3f0; padding: .1rem .3rem; }
.missing { color: #8a3b12; } .met { color: #1d6b34; } .not-met { color: #b3261e; }
figure { margin: 1rem 0; overflow-x: auto; } .wide { overflow-x: auto; }
@media print { figure, .wide { overflow: visible; } figure svg { width: 100%; height: auto; } }
.made { color: #666; font-size: 13px; }
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One result: its name in `results/`, the command that makes it, and what it is."""

    title: str
    name: str
    command: str
    told: str


_STATES = {True: "met", False: "not met"}
SECTIONS = (
    Section(
        "Known mixtures among 10,000 people",
        "nfi_mixtures",
        "python -m verification.nfi_mixtures --persons 2 3 4 5",
        "Mixtures made by the NFI, first replicates, searched among their donors, 1,036 typed "
        "people and simulated ones. Found: both the search LR and the LR in full exceed 1,000.",
    ),
    *(
        Section(
            f"The same, replicate {k}",
            f"nfi_mixtures_replicate_{k}",
            f"python -m verification.nfi_mixtures --replicate {k}",
            "Amplifications that no choice was made on.",
        )
        for k in (2, 3)
    ),
    Section(
        "Calibration of all LRs of these searches",
        "calibration_of_lrs",
        "python -m verification.calibration_of_lrs",
        "Donors and non-donors: Tippett plot, Cllr and its least value, and what LRs of each range "
        "say against what came of them. The odds observed hold for this sample; donors and people "
        "come back in several stains.",
    ),
    Section(
        "Degraded and low-template stains, pair by pair",
        "provedit_pairs",
        "python -m verification.provedit_pairs",
        "PROVEDIt single-source stains and two-person mixtures, each pair scored by the link's LR.",
    ),
    Section(
        "Stutter by locus and allele, out of sample",
        "stutter_models",
        "python -m verification.stutter_models",
        "Rates learnt from some PROVEDIt donors' runs, tested on runs and mixtures of the others.",
    ),
    Section(
        "The mean LR of people who did not contribute is 1",
        "mean_lr",
        "python -m verification.mean_lr --draws 800",
        "At the parameters that stains were drawn with; and the genotypes to which a probability "
        "was given are true as often as it says.",
    ),
    Section(
        "Integrated LRs",
        "mean_integrated_lr",
        "python -m verification.mean_integrated_lr --draws 1000",
        "With parameters and numbers of contributors unknown: the mean LR of strangers is 1, and "
        "numbers are as probable as is said.",
    ),
    Section(
        "EuroForMix's reference cases",
        "reference_cases",
        "python -m verification.reference_cases",
        "Likelihoods, maxima, LRs and deconvolutions computed with EuroForMix 4.2.4, again.",
    ),
    Section(
        "One optimum from every start",
        "seeds",
        "python -m verification.seeds",
        "The same maximum in at least 99 of 100 seeds on every reference case.",
    ),
    Section(
        "LRmix's printed probabilities",
        "lrmix_cases",
        "python -m verification.lrmix_cases",
        "The model of alleles seen or not, against another program of its kind.",
    ),
    Section(
        "Links by chance",
        "chance_links",
        "python -m verification.chance_links --theta 0",
        "Links of 100 stains with 10,000 people who left none of them, beside the number that a "
        "search tells to expect.",
    ),
    Section(
        "One mixture in several kits",
        "kits_together",
        "python -m verification.kits_together",
        "The same mixture typed in several kits, kit by kit and together.",
    ),
    Section(
        "Families of the missing",
        "families",
        "python -m verification.families",
        "200 simulated families and 150 remains, 30 % degraded, 10 % without a family: who is "
        "identified, and who wrongly, from which log10 LR on, by the relatives who were typed.",
    ),
    Section(
        "Families with something wrong",
        "pedigree_checks",
        "python -m verification.pedigree_checks",
        "Invented families with exchanged, strange and doubled samples, wrong parents, mutations: "
        "how often checks notice and name them, and how often a right family is in doubt.",
    ),
    Section(
        "The audit on invented laboratories",
        "audit_rates",
        "python -m verification.audit_rates",
        "Every rule on units of a year (docs/audit-simulation.md): faults of the catalogue planted "
        "and found, and findings on units in which nobody meant harm. Those that name something "
        "irregular that did happen are true; the others are false alarms.",
    ),
    Section(
        "Real mixtures against each other and a million people",
        "nfi_all_against_all",
        "python -m verification.nfi_all_against_all",
        "350 mixtures of two to five people: pairs with a common donor, donors found, and links by "
        "chance beside the number expected.",
    ),
    Section(
        "Fifty donors' profiles become series",
        "provedit_all_against_all",
        "python -m verification.provedit_all_against_all",
        "Pristine and damaged profiles of one to five people, all against all: whose series are "
        "whole, split or merged.",
    ),
    Section(
        "Fourteen among ten thousand",
        "the_fourteen",
        "python -m verification.the_fourteen",
        "One donor's cases planted among others, with a brother's: whether they are one series, "
        "and what was not found.",
    ),
    Section(
        "Time and memory of searches",
        "search_speed",
        "python -m verification.search_speed",
        "People, relatives, stains and references a second, beside goals, peers and this machine's "
        "own bounds.",
    ),
    Section(
        "Time and memory",
        "speed",
        "python -m verification.speed",
        "CPU seconds of one likelihood and of a fit, by number of contributors.",
    ),
    Section(
        "Time and memory of kinship",
        "kinship_speed",
        "python -m verification.kinship_speed",
        "CPU seconds of relatives in bulk, families, disasters and power.",
    ),
    Section(
        "Time and memory of a casefile",
        "casefile_speed",
        "python -m verification.casefile_speed",
        "CPU seconds of a unit with a million custody events: import, check, open, list, audit.",
    ),
    Section(
        "A night on a cluster",
        "cluster_night",
        "python -m verification.cluster_night",
        "A search on one core, by processes, and by a cluster that loses a worker and is stopped: "
        "the same bytes.",
    ),
    Section(
        "Fifty people at a board",
        "board_load",
        "python -m verification.board_load demo/demo.reopen",
        "How long pages of the board take while many work at it, what they send, and the server's "
        "memory.",
    ),
    Section(
        "Pages of a large unit",
        "board_speed",
        "python -m verification.board_speed demo/demo.reopen",
        "CPU time and bytes of every page of the board, on a unit of 10,000 cases.",
    ),
    Section(
        "Attacks on the ledger",
        "ledger_attacks",
        "python -m verification.ledger_attacks",
        "Random changes to a unit's database, its published log and its receipts, some by owners "
        "with all keys: how many somebody finds who holds one old checkpoint.",
    ),
)


def page(results: Path) -> Markup:
    """The whole report."""
    found = {section.name: _data(results, section.name) for section in SECTIONS}
    judged = {name: list(goals(name, data)) for name, data in found.items() if data is not None}
    parts = [
        Markup("<h1>reopen {}: validation report</h1>").format(reopen.__version__),
        Markup("<p>Put together on {}. Every figure stands below with the command that makes it; "
               "<code>verification/README.md</code> says where the public data are from, and "
               "what was chosen on which data.</p>").format(date.today().isoformat()),
        _goals(judged),
        *(_section(section, found[section.name], results) for section in SECTIONS),
    ]  # fmt: skip
    head = Markup('<meta charset="utf-8"><title>Validation report</title><style>{}</style>')
    style = Markup(_STYLE)
    return Markup("<!doctype html><html lang='en'><head>{}</head><body>{}</body></html>\n").format(
        head.format(style), Markup("\n").join(parts)
    )


def _data(results: Path, name: str) -> dict[str, object] | None:
    path = results / f"{name}.json"
    if not path.is_file():
        return None
    data: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return data


def _goals(judged: Mapping[str, Sequence[Goal]]) -> Markup:
    rows = [["result", "what", "figure", "goal", ""]]
    for section in SECTIONS:
        if section.name not in judged:
            rows.append([section.title, "", "not run", "", ""])
        for goal in judged.get(section.name, ()):
            state = "measured in part" if goal.is_met is None else _STATES[goal.is_met]
            rows.append([section.title, goal.what, goal.figure, goal.goal, state])
    return Markup("<h2>Goals</h2>") + _table(rows, [False] * 5)


def _section(section: Section, data: Mapping[str, object] | None, results: Path) -> Markup:
    parts = [
        Markup('<h2 id="{}">{}</h2>').format(section.name, section.title),
        Markup("<p>{}</p><p><code>{}</code></p>").format(section.told, section.command),
    ]
    if data is None:
        parts.append(Markup('<p class="missing">Not run: no result lies in {}.</p>').format(
            results.name))  # fmt: skip
        return Markup("").join(parts)
    parts.append(_made(data.get("made", data)))
    text = results / f"{section.name}.md"
    if text.is_file():
        parts.append(from_markdown(text.read_text(encoding="utf-8")))
    drawing = results / f"{section.name}.svg"
    if drawing.is_file():
        svg = Markup(drawing.read_text(encoding="utf-8"))  # our own, made by the scripts
        parts.append(Markup("<figure>{}</figure>").format(svg))
    return Markup("").join(parts)


def _made(made: object) -> Markup:
    if not isinstance(made, Mapping) or "date" not in made:
        return Markup("")
    names = ("reopen", "python", "numpy", "scipy", "numba")
    told = ", ".join(f"{name} {made[name]}" for name in names if name in made)
    return Markup('<p class="made">Made on {} with {}.</p>').format(made["date"], told)


def from_markdown(text: str) -> Markup:
    """Paragraphs and tables of the scripts' own output."""
    parts = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        if len(lines) > 1 and lines[0].startswith("| ") and set(lines[1]) <= set("|-: "):
            rows = [_cells(line) for line in (lines[0], *lines[2:])]
            parts.append(_table(rows, [cell.endswith(":") for cell in _cells(lines[1])]))
        else:
            parts.append(Markup("<p>{}</p>").format(block))
    return Markup("\n").join(parts)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _table(rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> Markup:
    body = []
    for place, row in enumerate(rows):
        tag = "th" if place == 0 else "td"
        cells = [_cell(tag, cell, number) for cell, number in zip(row, numbers, strict=True)]
        body.append(Markup("<tr>{}</tr>").format(Markup("").join(cells)))
    table = Markup("<table>{}</table>").format(Markup("\n").join(body))
    return Markup('<div class="wide">{}</div>').format(table)


def _cell(tag: str, text: str, number: bool) -> Markup:
    states = {"met": "met", "not met": "not-met", "not run": "missing"}
    name = "number" if number else states.get(text, "") if tag == "td" else ""
    attribute = Markup(' class="{}"').format(name) if name else Markup("")
    return Markup("<{}{}>{}</{}>").format(Markup(tag), attribute, escape(text), Markup(tag))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of results")
    parser.add_argument("--out", type=Path, help="the page; report.html among the results")
    asked = parser.parse_args()
    out = asked.out or asked.results / "report.html"
    out.write_text(str(page(asked.results)), encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
