"""What a number rests on, said in sentences for a reader and as a `Run` for whoever redoes it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import version

from reopen import __version__
from reopen.faces.workbench.profiles import Profiles
from reopen.link import LinkOptions
from reopen.records import Frozen, Kit, Population, Reference, Run, Stain
from reopen.weigh.averaged import DRAWS
from reopen.weigh.evaluate import MODEL, model_parameters
from reopen.weigh.fit import FitOptions
from reopen.weigh.hashes import (
    hash_of_frequencies,
    hash_of_kit,
    hash_of_reference,
    hash_of_stain,
)
from reopen.weigh.model import PeakModel, PerLocus
from reopen.weigh.stutter import Stutter, StutterKind

DEFAULT_POPULATION = "NIST 1036 All"

_LIBRARIES = ("numpy", "scipy", "numba", "jinja2")
_NO_KIT = "kit not known"
_OF_POPULATION = ("population", "theta", "minimum_frequency", "rescale")

Parameters = Mapping[str, str | float | int | bool | None]


NO_RELATIVES = (
    "Contributors are not related to each other, nor to the people they are compared with."
)


def assumptions(population: Population, models: Mapping[str, PeakModel]) -> tuple[str, ...]:
    """Assumptions of every weighing. models: by the kit's name, "" where the kit is not known."""
    floor = f"an allele not listed there has a frequency of {population.floor:.3g}"
    named = f"Allele frequencies are those of {population.name}; {floor}."
    if population.name == DEFAULT_POPULATION:
        named += " It is the population used where none is named: name one that fits the case."
    return (
        named,
        f"Coancestry theta is {_number(population.theta)}.",
        NO_RELATIVES,
        "Loci are independent, and the typed profiles are those of the people named.",
        *_of_models(models),
    )


def assumptions_of_links(
    population: Population,
    models: Mapping[str, PeakModel],
    options: LinkOptions,
) -> tuple[str, ...]:
    """Assumptions of a whole search."""
    n = options.contributors
    number = (
        f"Every stain has {n} contributor{'s' if n > 1 else ''}, as given."
        if n is not None
        else "The number of contributors of a stain is the smallest that its peaks call for, up to "
        f"{options.most_contributors}."
    )
    return (
        *assumptions(population, models),
        number,
        _of_search(options),
        "A link of a stain with a reference is then weighed again in full, at the best parameters "
        "of each proposition, and the lower of the two numbers counts."
        if options.in_full
        else "No link was weighed again in full.",
    )


def _of_search(options: LinkOptions) -> str:
    told = "In the search each stain is taken apart once, with unknown contributors only"
    if options.averaging is None:
        return f"{told}, at the best parameters."
    draws = options.averaging.draws or f"{DRAWS} (fewer with five or six contributors)"
    return f"{told}; its LRs are means over {draws} draws of the parameters given the peaks."


def _of_models(models: Mapping[str, PeakModel]) -> list[str]:
    """One sentence for each model that differs, naming the kits it was used for."""
    kits: dict[PeakModel, list[str]] = {}
    for kit, model in models.items():
        own = model if kit else model.without_degradation()
        kits.setdefault(own, []).append(kit or _NO_KIT)
    told = []
    for model, names in kits.items():
        whose = f" ({', '.join(names)})" if len(kits) > 1 else ""
        told.append(f"Peak heights{whose}: {_of_model(model)}.")
    return told


def _of_model(model: PeakModel) -> str:
    parts = [
        f"analytical threshold {_number(model.threshold_rfu)} RFU",
        f"drop-in probability {_number(model.dropin.probability)}",
        f"drop-in rate {_number(model.dropin.rate)} per RFU",
        _of_stutter(model.stutter),
        "degradation by fragment length" if model.degradation else "no degradation",
    ]
    filters = model.filters
    for share, words in (
        (filters.back, "backward stutter filter"),
        (filters.forward, "forward stutter filter"),
        (filters.locus_cutoff, "cut-off by locus"),
    ):
        if share != 0.0:
            beside = " beside the highest peak" if filters.of_highest and "filter" in words else ""
            parts.append(f"{words} {_number(share)}{beside}")
    return ", ".join(parts)


_KINDS: Mapping[StutterKind, str] = {
    "back": "backward",
    "forward": "forward",
    "double_back": "double backward",
    "two_base": "two-base",
}


def _of_stutter(stutter: Stutter) -> str:
    *others, last = [_KINDS[kind] for kind in stutter.kinds] or ["no"]
    told = f"{', '.join(others)} and {last} stutter" if others else f"{last} stutter"
    learnt = [_KINDS[kind] for kind in stutter.kinds if stutter.rates.get(kind)]
    return f"{told} (by locus and allele: {', '.join(learnt)})" if learnt else told


def _number(setting: PerLocus) -> str:
    """A setting as one number, or as the range of a table by locus."""
    if not isinstance(setting, Mapping):
        return f"{setting:g}"
    low, high = min(setting.values()), max(setting.values())
    return f"{low:g} to {high:g} by locus" if low < high else f"{low:g}"


def run_of_links(
    profiles: Profiles,
    population: Population,
    models: Mapping[str, PeakModel],
    options: LinkOptions,
) -> Run:
    """How a search was made, with its files by the SHA-256 of their bytes."""
    parameters: dict[str, str | float | int | bool | None] = {}
    for kit, model in models.items():
        own = model if kit else model.without_degradation()
        settings = model_parameters(population, None, own)
        settings.pop("kit")
        parameters |= {name: settings.pop(name) for name in _OF_POPULATION}
        parameters[f"peak heights, {kit or _NO_KIT}"] = json.dumps(settings, sort_keys=True)
    parameters |= {
        "contributors": options.contributors or f"chosen, up to {options.most_contributors}",
        "least log10 LR listed": options.least_log10,
        "weighed in full": options.in_full,
        **_averaging(options),
        **_fitting(options.fit),
    }
    kits = {f"kit {name}": hash_of_kit(kit) for name, kit in profiles.kits.items()}
    return Run(
        program=f"reopen {__version__}",
        model=MODEL,
        parameters=parameters,
        inputs={
            **{source.path: source.sha256 for source in profiles.sources},
            f"population {population.name}": hash_of_frequencies(population),
            **kits,
        },
        libraries=libraries(),
    )


def run_of_stain(
    stain: Stain,
    people: Sequence[Reference],
    contributors: int,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
) -> Run:
    """How the fit of one stain was made."""
    return Run(
        program=f"reopen {__version__}",
        model=MODEL,
        parameters={
            "contributors": contributors,
            **_fitting(FitOptions()),
            **model_parameters(population, kit, model),
        },
        inputs={
            f"stain {stain.id}": hash_of_stain(stain),
            **{f"reference {person.id}": hash_of_reference(person) for person in people},
            f"population {population.name}": hash_of_frequencies(population),
            **({f"kit {kit.name}": hash_of_kit(kit)} if kit else {}),
        },
        libraries=libraries(),
    )


def _averaging(options: LinkOptions) -> dict[str, str | int]:
    how = options.averaging
    if how is None:
        return {"draws of each stain's parameters": "none: at the best alone"}
    return {
        "draws of each stain's parameters": how.draws or f"{DRAWS}, 16 or 8 with five or six",
        "seed of the draws": how.seed,
        **{f"prior_{f.name}": str(getattr(how.priors, f.name)) for f in fields(how.priors)},
    }


def _fitting(options: FitOptions) -> dict[str, int]:
    return {f"fit_{name}": value for name, value in asdict(options).items()}


def libraries() -> Mapping[str, str]:
    """The libraries that numbers depend on, with their versions."""
    found = {"python": platform.python_version()}
    return Frozen(found | {name: version(name) for name in _LIBRARIES})
