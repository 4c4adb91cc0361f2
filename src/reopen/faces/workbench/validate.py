"""Reference cases computed again: every expected number beside ours, with its tolerance.

Tolerances, and why:
fixed parameters  log-likelihoods to 1e-7 relative, or 1e-6 absolute near zero; genotype
                  probabilities to 1e-6. Both programs compute the same sums in double precision.
maxima            at most 0.001 below the best known: a maximum is a lower bound.
likelihood ratio  log10 to 0.002, and by marker to 0.005, since the likelihood is flat at the top:
                  parameters whose totals agree to many digits still move single markers in the
                  third decimal.
deconvolution     probabilities at the other program's own parameters to 0.002, as it works in
                  single precision and drops genotypes.
peak checks       `validate_peaks` has theirs.
kinship           as each file states, see `validate_kinship`.

A maximum of ours that is higher than the best known by more than 0.001, and a likelihood ratio that
is off for that reason, is an outcome of its own: neither held nor failed.

Not for: reading the files (`reference_cases`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log
from pathlib import Path

from reopen.errors import ReopenError, UnreadableFile, Where
from reopen.faces.workbench.checks import CaseChecks, Check, Outcome, check
from reopen.faces.workbench.profiles import in_one_line
from reopen.faces.workbench.reference_cases import (
    ExpectedRatio,
    Fixed,
    Hypothesis,
    PairProbability,
    ReferenceCase,
    case_files,
    read_case,
)
from reopen.faces.workbench.reference_kinship import is_kinship_case, read_kinship_reference
from reopen.faces.workbench.validate_kinship import validate_kinship
from reopen.faces.workbench.validate_peaks import peak_checks
from reopen.link.stains import LinkOptions, Progress, each, quiet
from reopen.records import REST, Fit, Locus, NotWeighed
from reopen.weigh.deconvolve import Pair, ranked
from reopen.weigh.encode import encode
from reopen.weigh.fit import fit
from reopen.weigh.genotype_tables import genotype_tables
from reopen.weigh.mixture import MixtureLikelihood

RELATIVE, ABSOLUTE = 1e-7, 1e-6
GENOTYPES, DECONVOLUTION = 1e-6, 2e-3
MAXIMUM = 1e-3
LOG10_LR, LOG10_LR_OF_MARKER = 2e-3, 5e-3
_UNSEEN = "99"

Ranked = tuple[tuple[Pair, float], ...]


@dataclass(frozen=True, slots=True)
class Validation:
    """All cases, and the files that are none."""

    cases: tuple[CaseChecks, ...]
    unreadable: tuple[NotWeighed, ...]

    @property
    def held(self) -> int:
        return sum(check.holds for case in self.cases for check in case.checks)

    @property
    def failed(self) -> int:
        return sum(check.fails for case in self.cases for check in case.checks)

    @property
    def higher(self) -> int:
        """Numbers that rest on a maximum of ours above the best known."""
        return sum(check.outcome is Outcome.HIGHER for case in self.cases for check in case.checks)

    @property
    def unsupported(self) -> int:
        return sum(len(case.unsupported) for case in self.cases)

    def __str__(self) -> str:
        from reopen.faces.workbench.as_text import validation_text

        return validation_text(self)


def validate_cases(*paths: str | Path, progress: Progress = quiet) -> Validation:
    """Compute the expected numbers of reference cases, files or folders of them.

    A file that is no reference case is listed, and so is a folder without one; the others go on.
    Raises UnreadableFile if there is no case file at all.
    """

    def work(file: Path) -> CaseChecks | NotWeighed:
        try:
            if is_kinship_case(file):
                return validate_kinship(read_kinship_reference(file))
            return validate_case(read_case(file))
        except ReopenError as error:
            return NotWeighed(file.name, in_one_line(error), error.where or Where(str(file)))

    empty = [path for path in map(Path, paths) if path.is_dir() and not any(path.glob("*.json"))]
    files = list(case_files(paths))
    if not files:
        raise UnreadableFile(
            f"No case file (*.json) in {', '.join(map(str, empty))}.",
            way_on="Name case files, or the folder that holds them.",
        )
    done = list(each(work, files, LinkOptions(), "reference cases", progress))
    return Validation(
        cases=tuple(item for item in done if isinstance(item, CaseChecks)),
        unreadable=(
            *(NotWeighed(str(path), "No case file (*.json) in this folder.") for path in empty),
            *(item for item in done if isinstance(item, NotWeighed)),
        ),
    )


def validate_case(case: ReferenceCase) -> CaseChecks:
    """Every expected number of a case beside ours."""
    checks: list[Check] = []
    unsupported = list(case.unsupported)
    maxima: dict[str, Fit] = {}
    for name, hypothesis in case.hypotheses.items():
        unsupported += [
            NotWeighed(f"{name}: {what}", _NOT_COMPUTED) for what in hypothesis.unsupported
        ]
        try:
            checks += _Computed(case, hypothesis, maxima, unsupported).checks()
        except ReopenError as error:
            unsupported.append(NotWeighed(f"{name}: all other numbers", in_one_line(error)))
    checks += _ratios(case, maxima, unsupported)
    return CaseChecks(case.id, case.title, tuple(checks), tuple(unsupported))


_NOT_COMPUTED = "not computed by this version"


class _Computed:
    """One proposition about a case, computed."""

    def __init__(
        self,
        case: ReferenceCase,
        hypothesis: Hypothesis,
        maxima: dict[str, Fit],
        unsupported: list[NotWeighed],
    ):
        self.case = case
        self.hypothesis = hypothesis
        self.maxima = maxima
        self.unsupported = unsupported
        encoded = encode(case.stain, hypothesis.proposition, case.population, case.kit, case.model)
        self.likelihood = MixtureLikelihood(encoded)
        self.genotypes_at: dict[str, list[Mapping[Locus, Ranked]]] = {}

    def checks(self) -> Iterator[Check]:
        name = self.hypothesis.name
        for fixed in self.hypothesis.fixed:
            yield from self.log_likelihoods(fixed)
            yield from self.genotypes(fixed, GENOTYPES)
        if self.hypothesis.maximum is not None:
            _, found = fit(self.likelihood, self.case.model)
            self.maxima[name] = found
            yield _maximum_check(name, self.hypothesis.maximum, found.ln_likelihood)
        if self.hypothesis.deconvolution is not None:
            yield from self.genotypes(self.hypothesis.deconvolution, DECONVOLUTION)
        if self.hypothesis.peaks is not None:
            yield from peak_checks(
                name, self.case, self.hypothesis.peaks, self.likelihood, self.unsupported
            )

    def log_likelihoods(self, fixed: Fixed) -> Iterator[Check]:
        by_locus = dict(
            zip(
                self.likelihood.encoded.loci,
                map(float, self.likelihood.ln_by_locus(fixed.parameters)),
                strict=True,
            )
        )
        what = f"{self.hypothesis.name} {fixed.name}: ln likelihood"
        if fixed.ln_likelihood is not None:
            yield _likelihood_check(what, fixed.ln_likelihood, sum(by_locus.values()))
        for marker, expected in fixed.by_marker.items():
            locus = self.case.markers[marker]
            if locus in by_locus:
                yield _likelihood_check(f"{what}, {marker}", expected, by_locus[locus])
            else:
                self.unsupported.append(self.left_out(f"{what}, {marker}", locus))

    def left_out(self, what: str, locus: Locus) -> NotWeighed:
        """A number of a locus that was not weighed, with the reason for that."""
        named = f"{self.case.stain.id} {locus}"
        reasons = [n.reason for n in self.likelihood.encoded.not_weighed if n.what == named]
        return NotWeighed(what, " ".join(reasons) or "the locus is not in the evidence")

    def genotypes(self, fixed: Fixed, tolerance: float) -> Iterator[Check]:
        if not fixed.genotypes:
            return
        name = f"{self.hypothesis.name} {fixed.name}: probability"
        for marker, unknowns in fixed.genotypes.items():
            ours = self.ranked(fixed, self.case.markers[marker])
            for place, expected in unknowns.items():
                what = f"{name}, {marker} U{place}"
                if place > len(ours):
                    self.unsupported.append(self.left_out(what, self.case.markers[marker]))
                else:
                    yield _genotype_check(what, expected, ours[place - 1], tolerance)

    def ranked(self, fixed: Fixed, locus: Locus) -> list[dict[frozenset[str], float]]:
        """Genotype probabilities of everybody without a typed genotype at a locus, in order."""
        return [_by_pair(loci[locus]) for loci in self.deconvolved(fixed) if locus in loci]

    def deconvolved(self, fixed: Fixed) -> Sequence[Mapping[Locus, Ranked]]:
        """By contributor, where no genotype was typed: unknown people, and known ones elsewhere.

        Where no allele was seen at a locus every genotype is of unseen alleles.
        """
        if fixed.name not in self.genotypes_at:
            encoded = self.likelihood.encoded
            bare = [m.locus for m in encoded.markers if not m.alleles]
            found: list[Mapping[Locus, Ranked]] = []
            for place, person in enumerate(encoded.proposition.contributors):
                tables = genotype_tables(self.likelihood, fixed.parameters, place)
                loci = {locus: ranked(table) for locus, table in tables.items()}
                typed = person.reference.genotypes if person.reference else {}
                loci |= {locus: (((REST, REST), 1.0),) for locus in bare if locus not in typed}
                found.append(loci)
            self.genotypes_at[fixed.name] = found
        return self.genotypes_at[fixed.name]


def _by_pair(ranked: Ranked) -> dict[frozenset[str], float]:
    return {
        frozenset(_UNSEEN if label == REST else label for label in pair): p for pair, p in ranked
    }


def _genotype_check(
    what: str,
    expected: Sequence[PairProbability],
    ours: Mapping[frozenset[str], float],
    tolerance: float,
) -> Check:
    """The genotype whose probability differs most."""
    pair, p = max(expected, key=lambda row: abs(row[1] - ours.get(row[0], 0.0)))
    label = "/".join(sorted(pair) if len(pair) > 1 else [*pair, *pair])
    return check(f"{what} {label}", p, ours.get(pair, 0.0), tolerance)


def _likelihood_check(what: str, expected: float, got: float) -> Check:
    relative = RELATIVE * abs(expected) if isfinite(expected) else 0.0
    return check(what, expected, got, max(relative, ABSOLUTE))


def _maximum_check(name: str, best: float, ours: float) -> Check:
    higher = ours > best + MAXIMUM
    return check(f"{name} maximum: ln likelihood", best, ours, MAXIMUM, higher=higher)


def _ratios(
    case: ReferenceCase, maxima: Mapping[str, Fit], unsupported: list[NotWeighed]
) -> Iterator[Check]:
    for expected in case.ratios:
        what = f"{expected.numerator} / {expected.denominator}: log10 LR"
        first, second = maxima.get(expected.numerator), maxima.get(expected.denominator)
        if first is None or second is None:
            unsupported.append(NotWeighed(what, "a maximum was not computed"))
            continue
        higher = _accounts(case, expected, maxima)
        got = (first.ln_likelihood - second.ln_likelihood) / log(10)
        yield check(what, expected.log10, got, LOG10_LR, higher=higher)
        for marker, log10 in expected.per_marker.items():
            locus = case.markers[marker]
            if locus in first.by_locus and locus in second.by_locus:
                term = (first.by_locus[locus] - second.by_locus[locus]) / log(10)
                name = f"{what}, {marker}"
                yield check(name, log10, term, LOG10_LR_OF_MARKER, higher=higher)
            else:
                unsupported.append(NotWeighed(f"{what}, {marker}", "the locus was not weighed"))


def _accounts(case: ReferenceCase, ratio: ExpectedRatio, maxima: Mapping[str, Fit]) -> bool:
    """Whether a maximum of ours is higher than the best known, and none is lower."""
    above = []
    for name in (ratio.numerator, ratio.denominator):
        best = case.hypotheses[name].maximum
        if best is None:
            return False
        above.append(maxima[name].ln_likelihood - best)
    return max(above) > MAXIMUM and min(above) >= -MAXIMUM
