"""Does every fit end at the same optimum, whatever its random starts? Seed by seed.

    python -m verification.seeds [--seeds 100] [--cases P01 P07] [--most-unknowns 3]

A seed ends well if its log-likelihood is within 0.001 of the best of all seeds, and not more than
0.001 below the best optimum that the case gives. The goal is 99 of 100 on every case. Propositions
with more unknown contributors than --most-unknowns are left out and named: they take long.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from time import process_time

from reopen.errors import ReopenError
from reopen.faces.workbench.reference_cases import case_files, read_case
from reopen.weigh.encode import encode
from reopen.weigh.fit import FitOptions, fit
from reopen.weigh.mixture import MixtureLikelihood
from verification.common import (
    PROJECT,
    RESULTS,
    Column,
    Json,
    Progress,
    made_with,
    table,
    write_table,
)

CASES = PROJECT.parent / "shared" / "reference" / "efm" / "cases"
SAME_TOP = 1e-3
TAKES_SEED = "seed" in {option.name for option in fields(FitOptions)}


@dataclass(frozen=True)
class Seeds:
    """The fits of one proposition of a case. reference: the best known ln likelihood, if given."""

    case: str
    proposition: str
    unknowns: int
    reference: float | None
    ln_likelihoods: tuple[float, ...]
    seconds: float

    @property
    def best(self) -> float:
        return max(self.ln_likelihoods)

    @property
    def good(self) -> int:
        """Seeds that end at the best optimum of all, and not below the reference's."""
        least = self.best - SAME_TOP
        if self.reference is not None:
            least = max(least, self.reference - SAME_TOP)
        return sum(value >= least for value in self.ln_likelihoods)


def options_of(seed: int) -> FitOptions:
    """Fit options with this seed, where fits take one."""
    chosen: dict[str, int] = {"seed": seed} if TAKES_SEED else {}
    return replace(FitOptions(), **chosen)


def fits_of(path: Path, seeds: int, most_unknowns: int) -> Iterator[Seeds | str]:
    """Each proposition's fits, or the name of one that was left out."""
    case = read_case(path)
    for name, hypothesis in case.hypotheses.items():
        if hypothesis.maximum is None:
            continue
        unknowns = hypothesis.proposition.unknowns
        if unknowns > most_unknowns:
            yield f"{case.id} {name} ({unknowns} unknown)"
            continue
        encoded = encode(case.stain, hypothesis.proposition, case.population, case.kit, case.model)
        likelihood = MixtureLikelihood(encoded)
        fit(likelihood, case.model)  # compile before the clock runs
        started = process_time()
        values = tuple(
            fit(likelihood, case.model, options_of(seed))[1].ln_likelihood
            for seed in range(1, (seeds if TAKES_SEED else 1) + 1)
        )
        spent = process_time() - started
        yield Seeds(case.id, name, unknowns, hypothesis.maximum, values, spent)


def as_table(found: Sequence[Seeds]) -> str:
    columns = [
        Column("case", number=False), Column("proposition", number=False), Column("unknown"),
        Column("best ln L"), Column("over the reference's"), Column("seeds"),
        Column("at the optimum"), Column("CPU seconds each"),
    ]  # fmt: skip
    return table(
        columns,
        [
            [
                one.case, one.proposition, str(one.unknowns), f"{one.best:.4f}",
                "" if one.reference is None else f"{one.best - one.reference:+.4f}",
                str(len(one.ln_likelihoods)), str(one.good),
                f"{one.seconds / len(one.ln_likelihoods):.3f}",
            ]
            for one in found
        ],
    )  # fmt: skip


def verdict(found: Sequence[Seeds], left_out: Sequence[str]) -> str:
    short = [one for one in found if one.good < 0.99 * len(one.ln_likelihoods)]
    told = (
        f"{len(found) - len(short)} of {len(found)} propositions end at the best optimum in at "
        "least 99 of 100 fits."
    )
    if short:
        named = ", ".join(f"{one.case} {one.proposition} ({one.good})" for one in short)
        told += f" Not: {named}."
    if left_out:
        told += f" Left out for their time: {', '.join(left_out)}."
    if not TAKES_SEED:
        told += " Fits of this version make no random choice: one run stands for all seeds."
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder", type=Path, default=CASES, help="folder of reference cases")
    parser.add_argument("--cases", nargs="+", default=[], metavar="ID", help="only these")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--most-unknowns", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    paths = [p for p in case_files([asked.folder]) if not asked.cases or p.stem in asked.cases]
    if not paths or asked.seeds < 1:
        raise SystemExit(f"No case and no seed to fit, in {asked.folder}.")
    found: list[Seeds] = []
    left_out: list[str] = []
    progress = Progress()
    try:
        for done, path in enumerate(paths, 1):
            for one in fits_of(path, asked.seeds, asked.most_unknowns):
                if isinstance(one, Seeds):
                    found.append(one)
                else:
                    left_out.append(one)
            progress("reference cases", done, len(paths))
    except ReopenError as error:
        raise SystemExit(str(error)) from None
    data: dict[str, Json] = {
        "made": made_with(),
        "seeds": asked.seeds,
        "takes_seed": TAKES_SEED,
        "left_out": list(left_out),
        "fits": [
            {
                "case": one.case, "proposition": one.proposition, "unknowns": one.unknowns,
                "reference": one.reference, "good": one.good,
                "ln_likelihoods": list(one.ln_likelihoods), "seconds": one.seconds,
            }
            for one in found
        ],
    }  # fmt: skip
    write_table(asked.out, "seeds", f"{as_table(found)}\n\n{verdict(found, left_out)}", data)


if __name__ == "__main__":
    main()
