"""Long work on one profile: a stain weighed or taken apart, somebody looked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reopen.faces.web.doing import Doing
from reopen.faces.web.made_files import folder_for_files, tells_of, told
from reopen.records.stored import StoredFamily, StoredProfile

if TYPE_CHECKING:  # it loads the kernels' compiler
    from reopen.faces.workbench.unit_weigh import WeighingAsked
    from reopen.records import Link


def weigh(doing: Doing) -> dict[str, Any]:
    """A person as a contributor to a stain: the number, its terms, and the report."""
    from reopen.faces.workbench.as_json import to_json
    from reopen.faces.workbench.assemble import write_results
    from reopen.faces.workbench.unit_weigh import weigh_in_unit
    from reopen.faces.workbench.weighing_told import told_of_weighing

    asked = doing.work.asked
    weighing = weigh_in_unit(
        doing.unit,
        doing.work.actor,
        _asked(asked),
        purpose=asked.get("purpose", ""),
        supervisor=doing.supervisor,
        progress=doing.progress,
    )
    doing.progress("writing the report", 0, 1)
    write_results(weighing, folder_for_files(doing.folder))
    doing.progress("writing the report", 1, 1)
    return {
        "shown": told_of_weighing(weighing),
        "weighing": json.loads(to_json(weighing)),
        **told(doing.folder, _profiles_of(asked)),
    }


def weigh_seen(doing: Doing) -> dict[str, Any]:
    """A person as a contributor to a stain, by which alleles were seen alone."""
    from reopen.faces.workbench.as_json import to_json
    from reopen.faces.workbench.unit_weigh import weigh_seen_in_unit
    from reopen.faces.workbench.weighing_told import told_of_seen

    asked = doing.work.asked
    weighing = weigh_seen_in_unit(
        doing.unit, doing.work.actor, _asked(asked), dropout=asked["dropout"],
        purpose=asked.get("purpose", ""), supervisor=doing.supervisor,
        progress=doing.progress,
    )  # fmt: skip
    text = to_json(weighing)
    (folder_for_files(doing.folder) / "weighing.json").write_text(text, encoding="utf-8")
    return {
        "shown": told_of_seen(weighing),
        "weighing": json.loads(text),
        **told(doing.folder, _profiles_of(asked)),
    }


def _asked(asked: Mapping[str, str]) -> WeighingAsked:
    """As the form of the stain's page asks."""
    from reopen.faces.workbench.unit_weigh import WeighingAsked

    given = asked.get("contributors", "")
    return WeighingAsked(
        stain=asked["stain"],
        suspect=asked["suspect"],
        known=tuple(json.loads(asked.get("known", "[]"))),
        contributors=int(given) if given else None,
        relation=asked["relation"],
        population=asked.get("population", ""),
        integrated=asked.get("integrated") == "yes",
        quantile=_number(asked.get("quantile")),
        theta=_number(asked.get("theta")),
        drop_in=_number(asked.get("drop_in")),
        threshold_rfu=_number(asked.get("threshold_rfu")),
        stutter=asked.get("stutter") or None,
        sensitivity=asked.get("sensitivity") == "yes",
        other_populations=tuple(json.loads(asked.get("other_populations", "[]"))),
        non_contributors=asked.get("non_contributors") == "yes",
        refits=int(asked.get("refits") or 0),
        seed=int(asked.get("seed") or 1),
    )


def _profiles_of(asked: Mapping[str, str]) -> dict[str, list[str]]:
    known = json.loads(asked.get("known", "[]"))
    return {StoredProfile.KIND: [asked["stain"], asked["suspect"], *known]}


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def take_apart(doing: Doing) -> dict[str, Any]:
    """A stain's contributors, kept in the unit where a search keeps them."""
    from reopen.faces.workbench.unit_stain import take_apart as apart

    asked = doing.work.asked
    solved = apart(
        doing.unit, doing.work.actor, asked["stain"], purpose=asked.get("purpose", ""),
        supervisor=doing.supervisor, progress=doing.progress,
    )  # fmt: skip
    fit = solved.deconvolution.fit
    return {
        "stain": asked["stain"],
        "contributors": len(fit.proportions),
        "ending": fit.ending.value,
        "settled": fit.ending.is_settled,
        **tells_of({StoredProfile.KIND: [asked["stain"]]}),
    }


def search(doing: Doing) -> dict[str, Any]:
    """A stain's donors, a person, or the missing of a family, in a database or among the unit's."""
    from reopen.faces.workbench.as_json import to_json
    from reopen.faces.workbench.assemble import write_results
    from reopen.faces.workbench.searching_shown import searched_told
    from reopen.faces.workbench.unit_look_for import OWN_PEOPLE, LookedFor, is_family, look_for
    from reopen.faces.workbench.weighing_told import told_of_link

    asked = doing.work.asked
    found = look_for(
        doing.unit,
        doing.unit.where,
        doing.work.actor,
        LookedFor(
            profile=asked["profile"],
            database=asked["database"],
            relations=tuple(json.loads(asked.get("relations", "[]"))),
            least_log10=float(asked["least"]),
        ),
        purpose=asked.get("purpose", ""),
        supervisor=doing.supervisor,
        progress=doing.progress,
    )
    doing.progress("writing the report", 0, 1)
    write_results(found, folder_for_files(doing.folder))
    doing.progress("writing the report", 1, 1)
    links = found.linking.links
    with doing.unit.reading(doing.work.actor, supervisor=doing.supervisor) as reader:
        of_family = is_family(reader, asked["profile"])
    own = {StoredFamily.KIND if of_family else StoredProfile.KIND: [asked["profile"]]}
    if asked["database"] == OWN_PEOPLE:
        ends = [end for link in links for end in (link.one, link.other) if not end.member]
        own.setdefault(StoredProfile.KIND, []).extend(end.profile for end in ends)
    held = set(own.get(StoredProfile.KIND, ()))
    return {
        "told": list(searched_told(found)),
        "links": [{**told_of_link(link), "profiles": _held(link, held)} for link in links],
        "not_weighed": [str(item) for item in found.linking.not_weighed],
        "found": json.loads(to_json(found)),
        **told(doing.folder, own),
    }


def _held(link: Link, held: set[str]) -> list[str]:
    """The profiles of a link's ends, '' for one that the unit does not hold."""
    return ["" if end.profile not in held else end.profile for end in (link.one, link.other)]
