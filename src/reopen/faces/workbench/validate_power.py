"""Reference cases of power (`kind: exclusion_power, expected_lr, power`) computed again.

Each example of a case is a question of its own: frequencies, pedigrees, people to be typed, people
typed already. What stands beside the examples holds for all of them.
Not for: reading the files (`reference_kinship`), other kinds of case (`validate_kinship`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isnan, log10, nan

from reopen.errors import ReopenError
from reopen.faces.workbench.checks import Check, check
from reopen.faces.workbench.profiles import in_one_line
from reopen.faces.workbench.reference_kinship import (
    SCHEMA,
    Json,
    KinshipReference,
    number,
    quantities,
)
from reopen.formats import kinship_json, read_kinship
from reopen.records import (
    Family,
    KinshipCase,
    KinshipModel,
    NotWeighed,
    Pedigree,
    Population,
    canonical_locus,
)
from reopen.weigh.exclusion_power import exclusion_power, expected_ratio
from reopen.weigh.family_power import FamilyPower, family_power

Computed = tuple[list[Check], list[NotWeighed]]
Work = Callable[[KinshipCase, list[str]], Mapping[str, float]]
_ONE_LOCUS = "marker"


def exclusion_checks(reference: KinshipReference) -> Computed:
    """P(the claim is contradicted | truth) of each example."""
    return _Examples(reference, ("claim", "truth"), _exclusion).computed()


def expected_checks(reference: KinshipReference) -> Computed:
    """E(LR) of each example."""
    return _Examples(reference, ("numerator", "denominator", "truth"), _expected).computed()


class _Examples:
    """The examples of a case, each made a case of its own with some pedigrees."""

    def __init__(self, reference: KinshipReference, pedigrees: tuple[str, ...], work: Work):
        self.reference, self.pedigrees, self.work = reference, pedigrees, work
        self.checks: list[Check] = []
        self.unsupported: list[NotWeighed] = []

    def computed(self) -> Computed:
        content = self.reference.content
        examples = content.get("examples", [{}])
        shared = {key: value for key, value in content.items() if key != "examples"}
        for place, example in enumerate(examples, 1):
            if not isinstance(example, Mapping):
                raise self.reference.refusal(f"Example {place}: {example!r}.")
            self._one(f"example {example.get('name', place)}", {**shared, **example})
        return self.checks, self.unsupported

    def _one(self, name: str, content: Mapping[str, Json]) -> None:
        expected = {k: v for k, v in content.items() if k.startswith("expected")}
        try:
            case = self._case(content)
            ids = content.get("ids")
            if isinstance(ids, str):
                ids = [ids]
            if not isinstance(ids, list):
                raise self.reference.refusal(f"People to be typed: {ids!r}.")
            ours = self.work(case, [str(id) for id in ids])
        except ReopenError as error:
            reason = in_one_line(error)
            for key, value in expected.items():
                self.unsupported += [
                    NotWeighed(q, reason) for q in quantities(value, f"{name}, {key}")
                ]
            return
        for key, value in expected.items():
            self._compare(f"{name}, {key}", value, ours, key)

    def _compare(self, what: str, value: Json, ours: Mapping[str, float], key: str) -> None:
        if isinstance(value, Mapping):
            for inner, item in value.items():
                self._compare(f"{what}, {inner}", item, ours, str(inner))
            return
        found = ours.get(key, ours.get(str(canonical_locus(key))))
        if found is None or isnan(number(value)):
            self.unsupported.append(NotWeighed(what, "not computed by this version"))
        else:
            self.checks.append(check(what, number(value), found, self.reference.tolerance))

    def _case(self, content: Mapping[str, Json]) -> KinshipCase:
        """The example as a case of pedigrees, read as any other."""
        markers = content.get("markers")
        genotypes = content.get("genotypes", {})
        if markers is None:
            markers = [_marker(content)]
            genotypes = {id: {_ONE_LOCUS: pair} for id, pair in genotypes.items()}
        made = {
            "schema": SCHEMA,
            "kind": "lr",
            "settings": content.get("settings", {"theta": content.get("theta", 0.0)}),
            "markers": markers,
            "hypotheses": {name: content[name] for name in self.pedigrees if name in content},
            "founder_inbreeding": content.get("founder_inbreeding"),
            "genotypes": genotypes,
        }
        given = {key: value for key, value in made.items() if value is not None}
        case = kinship_json.parse(str(self.reference.path), json.dumps(given).encode())
        missing = [name for name in self.pedigrees[:2] if name not in case.hypotheses]
        if missing:
            raise self.reference.refusal(f"The case gives no pedigree {missing[0]!r}.")
        return case


def _marker(content: Mapping[str, Json]) -> Json:
    """The only marker, from the alleles and frequencies that stand in an example."""
    alleles, freqs = content.get("alleles"), content.get("freqs", content.get("frequencies"))
    if isinstance(freqs, Mapping):
        alleles, freqs = list(freqs), list(freqs.values())
    if alleles is None and isinstance(freqs, list):
        alleles = [str(k) for k in range(1, len(freqs) + 1)]
    given = {key: content[key] for key in ("type", "mutation", "silent") if key in content}
    return {"name": _ONE_LOCUS, "alleles": alleles, "freqs": freqs, **given}


def _exclusion(case: KinshipCase, ids: list[str]) -> Mapping[str, float]:
    hypotheses, population, model = _read(case)
    found = exclusion_power(
        hypotheses["claim"], hypotheses["truth"], ids, population, model, profiles=case.profiles
    )
    return {
        **{str(locus): value for locus, value in found.by_locus.items()},
        **dict.fromkeys(("expected_ep", "expected", "total"), found.total),
        **{str(count): p for count, p in enumerate(found.mismatches)},
        "expected_mismatches": found.expected_mismatches,
    }


def _expected(case: KinshipCase, ids: list[str]) -> Mapping[str, float]:
    hypotheses, population, model = _read(case)
    found = expected_ratio(
        hypotheses["numerator"],
        hypotheses["denominator"],
        ids,
        population,
        model,
        truth=hypotheses.get("truth"),
        profiles=case.profiles,
    )
    return {
        **{str(locus): value for locus, value in found.by_locus.items()},
        **dict.fromkeys(("expected", "expected_lr", "total"), found.total),
        "expected_log10_lr": found.log10,
    }


def _read(case: KinshipCase) -> tuple[Mapping[str, Pedigree], Population, KinshipModel]:
    if case.population is None:
        raise AssertionError("a case of this form has frequencies")
    return case.hypotheses, case.population, case.model or KinshipModel()


def power_checks(reference: KinshipReference) -> Computed:
    """Power of the family of a missing person, as `family_power` has it."""
    case = read_kinship(reference.path)
    found = _power(reference, case)
    ours = {
        "total": found.exclusion.total,
        "expected_mismatches": found.exclusion.expected_mismatches,
        "expected_log10_lr": found.expected_log10,
        "mean_lr_unrelated": found.if_unrelated.mean_power,
    }
    checks: list[Check] = []
    unsupported = list(case.not_weighed)
    for key, value in reference.expected.items():
        numbers = value if isinstance(value, Mapping) else {key: value}
        if isinstance(inner := numbers.get("per_marker"), Mapping):
            numbers = {**{k: v for k, v in numbers.items() if k != "per_marker"}, **inner}
        for name, given in numbers.items():
            what = key if name == key else f"{key}, {name}"
            got = _of_power(found, ours, key, str(name))
            if got is None or isnan(number(given)):
                unsupported += [
                    NotWeighed(q, "not computed by this version") for q in quantities(given, what)
                ]
            else:
                checks.append(check(what, number(given), got, reference.tolerance))
    return checks, unsupported


def _power(reference: KinshipReference, case: KinshipCase) -> FamilyPower:
    missing = reference.content.get("missing")
    sought = [missing] if isinstance(missing, str) else list(missing or ())
    families = list(case.families)
    if not families and case.hypotheses and sought:
        pedigree = next(iter(case.hypotheses.values()))
        families = [Family(reference.id, pedigree, case.profiles, (str(sought[0]),))]
    if case.population is None or not families:
        raise reference.refusal("The case has no allele frequencies, or nobody is missing.")
    family = families[0]
    model = case.model or KinshipModel()
    return family_power(family, family.missing[0], case.population, model)


def _of_power(found: FamilyPower, ours: Mapping[str, float], key: str, name: str) -> float | None:
    """Ours for a number of a table, or None where there is none."""
    if key in ("exclusion_power", "ep") and (locus := canonical_locus(name)) in found.loci:
        return found.exclusion.by_locus.get(locus)
    if key == "mismatches" and name.isdigit():
        counts = found.exclusion.mismatches
        return counts[int(name)] if int(name) < len(counts) else 0.0
    if key in ("inclusion_power", "false_inclusion") and not isnan(t := _threshold(name)):
        tails = found.inclusion(t) if key == "inclusion_power" else found.false_inclusion(t)
        return sum(tails) / 2
    return ours.get(name)


def _threshold(name: str) -> float:
    """log10 of an LR that stands as a key."""
    try:
        return log10(float(name))
    except ValueError:
        return nan
