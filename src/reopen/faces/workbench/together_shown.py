"""Joint genotypes, whole profiles and draws as text and as JSON. Rounding in text only."""

from __future__ import annotations

from collections.abc import Sequence

from reopen.faces.report.wording import probability_text
from reopen.faces.workbench.plain_values import Plain
from reopen.faces.workbench.tables import paragraph, table
from reopen.faces.workbench.together import Profile, Together
from reopen.records import REST
from reopen.weigh.deconvolve import Pair
from reopen.weigh.joint import JointGenotypes


def together_text(together: Together, width: int) -> list[str]:
    """Parts of the page; none for what was not asked for."""
    parts = []
    if together.joint:
        parts.append(_joint_text(together.joint, width))
    for place, profiles in together.profiles.items():
        parts.append(_profiles_text(place, profiles, width))
    if together.draws:
        n = len(next(iter(together.draws.values())).draws)
        people = "draw" if n == 1 else "draws"
        told = (
            f"{n} {people} of all contributors' genotypes with seed {together.seed}: in full with "
            "--json."
        )
        parts.append(paragraph(told, width=width))
    return parts


def _joint_text(joint: JointGenotypes, width: int) -> str:
    rows = []
    for locus, found in joint.by_locus.items():
        told = f"{locus} ({', '.join(map(str, found.people))})"
        for pairs, probability in found.ranked:
            shown = " + ".join(_pair(pair) for pair in pairs)
            rows.append([told, probability_text(probability), shown])
            told = ""
    heading = ["Locus (contributors)", "Probability", "Genotypes in their order"]
    title = "Genotypes of all contributors together, most probable first"
    return f"{title}\n{table(heading, rows, right='lrl', width=width)}"


def _profiles_text(place: int, profiles: Sequence[Profile], width: int) -> str:
    rows = [
        [f"{probability:.2g}", ", ".join(f"{locus} {_pair(pair)}" for locus, pair in loci.items())]
        for loci, probability in profiles
    ]
    heading = ["Probability", "Profile"]
    title = f"Whole profiles of contributor {place}, most probable first"
    return f"{title}\n{table(heading, rows, right='rl', width=width)}"


def _pair(pair: Pair) -> str:
    return "/".join("other" if label == REST else label for label in pair)


def together_plain(together: Together) -> dict[str, Plain]:
    """Keys `joint`, `profiles` and `draws`; null for what was not asked for."""
    joint, draws = together.joint, together.draws
    return {
        "joint": {
            locus: {
                "contributors": list(found.people),
                "genotypes": [
                    {"alleles": [list(pair) for pair in pairs], "probability": probability}
                    for pairs, probability in found.ranked
                ],
            }
            for locus, found in joint.by_locus.items()
        }
        if joint
        else None,
        "profiles": [
            {
                "contributor": place,
                "profiles": [
                    {
                        "genotypes": {locus: list(pair) for locus, pair in loci.items()},
                        "probability": probability,
                    }
                    for loci, probability in profiles
                ],
            }
            for place, profiles in together.profiles.items()
        ]
        if together.profiles
        else None,
        "draws": {
            "seed": together.seed,
            "loci": {
                locus: {
                    "contributors": list(found.people),
                    "draws": [[list(pair) for pair in pairs] for pairs in found.draws],
                }
                for locus, found in draws.items()
            },
        }
        if draws
        else None,
    }
