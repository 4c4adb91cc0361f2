"""Reference cases (`mixture-reference/1`): evidence, propositions and expected numbers, from JSON.

A case becomes records that the engine takes, and the numbers that another program got from them.
Not for: computing anything (`validate`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from reopen.errors import ReopenError, UnreadableFile, Where
from reopen.formats import find_kit, read_kits
from reopen.records import (
    UNKNOWN,
    Allele,
    AlleleFrequencies,
    Contributor,
    Genotype,
    Kit,
    Locus,
    NotWeighed,
    Peak,
    Population,
    Proposition,
    Reference,
    Relation,
    Replicate,
    Stain,
    allele,
    canonical_locus,
)
from reopen.weigh.model import EUROFORMIX, Dropin, PeakModel, PeakParameters, PerLocus
from reopen.weigh.stutter import Stutter

FORMAT = "mixture-reference/1"
_KIT_TABLE = Path("kits", "kit_sizes.csv")

Json = dict[str, Any]
PairProbability = tuple[frozenset[str], float]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Expected at given parameters. genotypes: marker -> place of the unknown contributor, from 1
    -> its most probable genotypes; the label of any unseen allele is "99"."""

    name: str
    parameters: PeakParameters
    ln_likelihood: float | None
    by_marker: Mapping[str, float]
    genotypes: Mapping[str, Mapping[int, Sequence[PairProbability]]]


@dataclass(frozen=True, slots=True)
class ExpectedPeak:
    """One point of a probability plot. marker: by its name in the file; replicate: its name."""

    marker: str
    replicate: str
    allele: Allele
    cumulative: float
    p_value: float
    flagged: bool


@dataclass(frozen=True, slots=True)
class PeakTable:
    """A probability plot at given parameters."""

    parameters: PeakParameters
    peaks: tuple[ExpectedPeak, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A proposition, and what is expected of it.

    fixed          at given parameters, those of the best maximum known among them
    maximum        best log-likelihood known
    deconvolution  genotypes at the parameters that the other program ended with
    peaks          the probability plot there
    unsupported    expected numbers that this program does not compute
    """

    name: str
    proposition: Proposition
    fixed: tuple[Fixed, ...]
    maximum: float | None
    deconvolution: Fixed | None
    peaks: PeakTable | None
    unsupported: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpectedRatio:
    """A likelihood ratio from separate maxima. per_marker: by the marker's name in the file."""

    numerator: str
    denominator: str
    log10: float
    per_marker: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ReferenceCase:
    """One case.

    markers      the file's names of the loci
    unsupported  expected numbers of no single hypothesis that are not compared, and why
    """

    id: str
    title: str
    stain: Stain
    population: Population
    kit: Kit | None
    model: PeakModel
    hypotheses: Mapping[str, Hypothesis]
    ratios: tuple[ExpectedRatio, ...]
    markers: Mapping[str, Locus]
    unsupported: tuple[NotWeighed, ...]

    def replicate(self, name: str) -> int:
        """Number of a replicate in the stain, from 0."""
        return [replicate.name for replicate in self.stain.replicates].index(name)


def case_files(paths: Sequence[str | Path]) -> Iterator[Path]:
    """The files named, and the JSON files of folders in the order of their names."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(path.glob("*.json"))
        else:
            yield path


def read_case(path: Path) -> ReferenceCase:
    """A case with its expected numbers.

    Raises UnreadableFile for a file that is not a reference case, and UnknownName for a kit that is
    neither in kits/kit_sizes.csv beside the case or one folder up, nor built in.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _refusal(path, f"The case cannot be opened: {error.strerror or error}.") from None
    except ValueError as error:
        raise _refusal(path, f"The case is not JSON: {error}.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _refusal(path, f"The file does not say that its format is {FORMAT!r}.")
    try:
        return _Case(path, content).read()
    except ReopenError as error:
        raise error.at(error.where or Where(str(path))) from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        missing = f"the field {error} is missing" if isinstance(error, KeyError) else str(error)
        raise _refusal(path, f"The case does not have the fields of {FORMAT}: {missing}.") from None


def _unsupported(content: Json) -> tuple[NotWeighed, ...]:
    if not content.get("bayesian"):
        return ()
    what = "Bayes factors and conservative LR (the block `bayesian`)"
    return (NotWeighed(what, "the description of the format does not name the block's fields"),)


def _refusal(path: Path, seen: str) -> ReopenError:
    return UnreadableFile(
        seen,
        rule=f"A reference case is a JSON file of the format {FORMAT}.",
        way_on="Correct the file, or leave it out.",
        where=Where(str(path)),
    )


class _Case:
    """One file, read field by field."""

    def __init__(self, path: Path, content: Json):
        self.path = path
        self.content = content
        self.settings: Json = content["settings"]

    def read(self) -> ReferenceCase:
        content = self.content
        people = {name: _reference(name, typed) for name, typed in content["references"].items()}
        return ReferenceCase(
            id=str(content["id"]),
            title=str(content.get("title", "")),
            stain=_stain(str(content["id"]), content["evidence"]),
            population=self.population(),
            kit=_kit(self.path, content["kit"]) if content.get("kit") else None,
            model=self.model(),
            hypotheses={
                name: self.hypothesis(name, said, people)
                for name, said in content["hypotheses"].items()
            },
            ratios=tuple(
                ExpectedRatio(
                    expected["numerator"],
                    expected["denominator"],
                    float(expected["log10LR"]),
                    expected.get("log10LR_marker", {}),
                )
                for expected in content.get("lr", [])
            ),
            markers={name: canonical_locus(name) for name in content["freq"]},
            unsupported=_unsupported(content),
        )

    def population(self) -> Population:
        frequencies = {
            canonical_locus(marker): {allele(label): float(f) for label, f in table.items()}
            for marker, table in self.content["freq"].items()
        }
        named = AlleleFrequencies(str(self.content["id"]), frequencies, str(self.path))
        settings = self.settings
        theta = _per_locus(settings["fst"])
        return Population(named, theta, settings["minF"], bool(settings["normalize"]))

    def model(self) -> PeakModel:
        parts, settings = self.content["model"], self.settings
        return PeakModel(
            degradation=bool(parts["DEG"]),
            stutter=Stutter(back=bool(parts["BWS"]), forward=bool(parts["FWS"])),
            threshold_rfu=_per_locus(settings["AT"]),
            dropin=Dropin(_per_locus(settings["pC"]), _per_locus(settings["lambda"])),
            conventions=replace(EUROFORMIX, rest_size="mean" if settings["adjQbp"] else "largest"),
        )

    def hypothesis(self, name: str, said: Json, people: Mapping[str, Reference]) -> Hypothesis:
        results = self.content["results"][name]
        n = int(said["NOC"])
        mle = results.get("mle", {})
        best, ended_at = mle.get("best", {}), mle.get("shipped", {}).get("theta")
        genotypes = results.get("deconvolution_at_mle", {}).get("marginals")
        rows = results.get("validation_at_mle", {}).get("rows")
        fixed = dict(results.get("fixed", {}))
        if "theta" in best:
            fixed["best"] = best
        return Hypothesis(
            name=name,
            proposition=_proposition(said, people),
            fixed=tuple(_fixed(key, n, found) for key, found in fixed.items()),
            maximum=float(best["loglik"]) if "loglik" in best else None,
            deconvolution=_fixed("at the maximum", n, {"theta": ended_at, "genotypes": genotypes})
            if genotypes and ended_at
            else None,
            peaks=_peak_table(n, ended_at, rows) if rows and ended_at else None,
            unsupported=tuple(
                f"{what}, whose parameters are not given"
                for what, found in (("genotypes", genotypes), ("peak checks", rows))
                if found and not ended_at
            ),
        )


def _peak_table(n: int, theta: Sequence[float], rows: Sequence[Sequence[Any]]) -> PeakTable:
    return PeakTable(
        _parameters(n, theta),
        tuple(
            ExpectedPeak(marker, name, allele(str(label)), float(value), float(p), bool(flagged))
            for marker, name, label, _, value, p, flagged in rows
        ),
    )


def _parameters(n: int, theta: Sequence[float]) -> PeakParameters:
    values = [float(value) for value in theta]
    return PeakParameters(tuple(values[:n]), *values[n:])


def _fixed(name: str, n: int, found: Json) -> Fixed:
    total = found.get("loglik")
    return Fixed(
        name=name,
        parameters=_parameters(n, found["theta"]),
        ln_likelihood=None if total is None else float(total),
        by_marker=found.get("loglik_marker", {}),
        genotypes={
            marker: {
                int(place.removeprefix("U")): [
                    (frozenset(pair.split("/")), float(p)) for pair, p in ranked
                ]
                for place, ranked in unknowns.items()
            }
            for marker, unknowns in found.get("genotypes", {}).items()
        },
    )


def _proposition(said: Json, people: Mapping[str, Reference]) -> Proposition:
    known = [Contributor(people[name]) for name in said["known"]]
    contributors = known + [UNKNOWN] * (int(said["NOC"]) - len(known))
    related = said.get("relation")
    if related:
        relation = Relation("related by descent", tuple(related["ibd"]))
        contributors[-1] = Contributor(None, relation, people.get(related["to"]))
    return Proposition(tuple(contributors), tuple(people[name] for name in said["noncontributors"]))


def _reference(name: str, typed: Json) -> Reference:
    return Reference(
        name,
        {
            canonical_locus(marker): Genotype(tuple(Allele(label) for label in labels))
            for marker, labels in typed.items()
            if labels
        },
    )


def _stain(id_: str, evidence: Json) -> Stain:
    """Heights of zero, which that program writes for its own bookkeeping, are no peaks."""
    return Stain(
        id_,
        tuple(
            Replicate(
                name,
                {
                    canonical_locus(marker): tuple(
                        Peak(allele(label), float(height)) for label, height in peaks if height > 0
                    )
                    for marker, peaks in markers.items()
                },
            )
            for name, markers in evidence.items()
        ),
    )


def _per_locus(value: float | Mapping[str, float]) -> PerLocus:
    if isinstance(value, Mapping):
        return {canonical_locus(marker): float(number) for marker, number in value.items()}
    return float(value)


def _kit(path: Path, name: str) -> Kit:
    for folder in (path.parent, path.parent.parent):
        if (folder / _KIT_TABLE).is_file():
            for kit in _kits(folder / _KIT_TABLE):
                if kit.name == name:
                    return kit
    return find_kit(name)


@cache
def _kits(table: Path) -> tuple[Kit, ...]:
    return read_kits(table)
