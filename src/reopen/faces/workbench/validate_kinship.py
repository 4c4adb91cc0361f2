"""Reference cases of kinship computed again: every expected number beside ours.

Tolerances are those of the files. Likelihoods and LRs of pedigrees are compared here; disasters
and the power of families in modules of their own. A number of a kind that is not known is listed
as not computed.

Not for: reading the files (`reference_kinship`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isnan, log

from reopen.errors import ReopenError
from reopen.faces.workbench.checks import CaseChecks, Check, check
from reopen.faces.workbench.profiles import in_one_line
from reopen.faces.workbench.reference_kinship import (
    Json,
    KinshipReference,
    Loci,
    loci_named,
    number,
    quantities,
)
from reopen.faces.workbench.validate_dvi import dvi_checks
from reopen.faces.workbench.validate_power import (
    exclusion_checks,
    expected_checks,
    power_checks,
)
from reopen.formats import read_kinship
from reopen.records import (
    KinshipCase,
    KinshipModel,
    KinshipRatio,
    Locus,
    NotWeighed,
    Population,
    canonical_locus,
)
from reopen.weigh.kinship import pedigree_likelihood, weigh_kinship

_LN_10 = log(10.0)

Computed = tuple[list[Check], list[NotWeighed]]


def validate_kinship(case: KinshipReference) -> CaseChecks:
    """Every expected number of a case beside ours."""
    work = _KINDS.get(case.kind)
    if work is None and case.content.get("hypotheses"):
        work = _lr  # whatever is asked beside, pedigrees are pedigrees
    if work is None:
        reason = f"cases of the kind {case.kind!r} are not computed by this version"
        named = [*quantities(case.expected), *_of_examples(case)] or ["all numbers"]
        return _result(case, [], [NotWeighed(name, reason) for name in named])
    checks, unsupported = work(case)
    return _result(case, checks, unsupported)


def _result(
    case: KinshipReference, checks: list[Check], unsupported: list[NotWeighed]
) -> CaseChecks:
    return CaseChecks(case.id, case.title, tuple(checks), tuple(unsupported))


def _of_examples(case: KinshipReference) -> Iterator[str]:
    """Names of the expected numbers of a case that lists examples."""
    examples = case.content.get("examples")
    for place, example in enumerate(examples if isinstance(examples, list) else (), 1):
        for key, value in example.items() if isinstance(example, Mapping) else ():
            if key.startswith("expected"):
                yield from quantities(value, f"example {place}, {key}")


class _Likelihoods:
    """Likelihoods and ratios of the hypotheses of a case."""

    def __init__(self, reference: KinshipReference):
        self.reference = reference
        self.case: KinshipCase = read_kinship(reference.path)
        self.markers = [str(marker["name"]) for marker in reference.content["markers"]]
        typed = {locus for p in self.case.profiles.values() for locus in p.genotypes}
        self.untyped = {canonical_locus(marker) for marker in self.markers} - typed
        if self.case.population is None:
            raise reference.refusal("The case has no allele frequencies.")
        self.population: Population = self.case.population
        self.model: KinshipModel = self.case.model or KinshipModel()
        self.checks: list[Check] = []
        self.unsupported = list(self.case.not_weighed)

    def computed(self) -> Computed:
        for key, value in self.reference.expected.items():
            match key:
                case "log10_likelihood":
                    self.each(value, self.likelihoods)
                case "log10_lr":
                    self.each(value, self.ratios)
                case _:
                    self.left_out(quantities(value, key), "not computed by this version")
        return self.checks, self.unsupported

    def each(self, value: Json, work: Callable[[str, Mapping[str, Json]], None]) -> None:
        """Work for each hypothesis or pair; one that cannot be weighed leaves the others."""
        if not isinstance(value, Mapping):
            raise self.reference.refusal(f"Expected by hypothesis: {value!r}.")
        for name, numbers in value.items():
            if not isinstance(numbers, Mapping):
                raise self.reference.refusal(f"Expected of {name}: {numbers!r}.")
            try:
                work(str(name), numbers)
            except ReopenError as error:
                self.left_out(quantities(numbers, str(name)), in_one_line(error))

    def left_out(self, names: Iterator[str], reason: str) -> None:
        self.unsupported += [NotWeighed(name, reason) for name in names]

    def likelihoods(self, name: str, numbers: Mapping[str, Json]) -> None:
        pedigree = self.case.hypotheses.get(name)
        if pedigree is None:
            raise self.reference.refusal(f"No hypothesis is called {name!r}.")
        found, refused = pedigree_likelihood(
            pedigree, self.case.profiles, self.population, self.model
        )
        ours = {_loci(key): ln / _LN_10 for key, ln in found.by_locus.items()}
        self.compare(f"{name}: log10 likelihood", numbers, ours, refused)

    def ratios(self, name: str, numbers: Mapping[str, Json]) -> None:
        above, below = self.pair(name)
        found = weigh_kinship(
            self.case.hypotheses, self.case.profiles, self.population, self.model,
            numerator=above, denominator=below,
        )  # fmt: skip
        ours = {_loci(key): value for key, value in found.per_locus.items()}
        what = f"{above} / {below}: log10 LR"
        for key, value in numbers.items():
            if key == "per_marker":
                self.compare(what, value, ours, found.not_weighed)
            elif key == "total":
                self.total(f"{what}, total", number(value), found)
            else:
                self.left_out(quantities(value, f"{what}, {key}"), "not computed by this version")

    def pair(self, name: str) -> tuple[str, str]:
        """Both hypotheses of "H1/H2", whose names may have a slash themselves."""
        cuts = (i for i, letter in enumerate(name) if letter == "/")
        pairs = ((name[:i].strip(), name[i + 1 :].strip()) for i in cuts)
        known = [p for p in pairs if p[0] in self.case.hypotheses and p[1] in self.case.hypotheses]
        if not known:
            raise self.reference.refusal(f"{name!r} names no two hypotheses.")
        return known[0]

    def total(self, what: str, expected: float, found: KinshipRatio) -> None:
        if found.impossible:
            reason = f"both hypotheses are impossible at {', '.join(found.impossible)}"
            self.unsupported.append(NotWeighed(what, reason))
        else:
            self.compared(what, expected, found.log10)

    def compare(
        self,
        what: str,
        numbers: Mapping[str, Json],
        ours: Mapping[Loci, float],
        refused: tuple[NotWeighed, ...],
    ) -> None:
        for key, value in numbers.items():
            name = f"{what}, {key}"
            loci = loci_named(key, self.markers)
            if loci in ours:
                self.compared(name, number(value), ours[loci])
                continue
            if loci <= self.untyped:
                self.compared(name, number(value), 0.0)  # nothing seen has probability 1
                continue
            reasons = [n.reason for n in refused if any(n.what.endswith(locus) for locus in loci)]
            self.left_out(iter([name]), " ".join(reasons) or "no genotype was weighed there")

    def compared(self, what: str, expected: float, got: float) -> None:
        if isnan(expected):
            self.left_out(iter([what]), "the file gives no number")
        else:
            self.checks.append(check(what, expected, got, self.reference.tolerance))


def _loci(name: str) -> Loci:
    """The loci of a term of ours, "vWA + D12S391"."""
    return frozenset(Locus(part) for part in name.split(" + "))


def _lr(case: KinshipReference) -> Computed:
    return _Likelihoods(case).computed()


_KINDS: Mapping[str, Callable[[KinshipReference], Computed]] = {
    "dvi": dvi_checks,
    "exclusion_power": exclusion_checks,
    "expected_lr": expected_checks,
    "lr": _lr,
    "power": power_checks,
}
