"""Open cold cases: weigh, link and prove DNA evidence.

    import reopen

    unit = reopen.open_profiles("stains.txt", references=["references.csv"])
    links = reopen.find_links(unit, population="NIST 1036 Caucasian")
    print(links)
    reopen.write_report(links, "report.html")

Each public name is loaded when it is first touched, so that `import reopen` stays light. Their
types are in `__init__.pyi`.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

_WORKBENCH = "reopen.faces.workbench"
_HOMES = {
    "Calibrating": f"{_WORKBENCH}.calibrating",
    "DEFAULT_POPULATION": f"{_WORKBENCH}.assumptions",
    "Counting": f"{_WORKBENCH}.counting",
    "Deconvolving": f"{_WORKBENCH}.results",
    "DemoUnit": f"{_WORKBENCH}.demo",
    "Identifying": f"{_WORKBENCH}.dvi",
    "KinshipWeighing": f"{_WORKBENCH}.kinship",
    "Linking": f"{_WORKBENCH}.results",
    "Machines": f"{_WORKBENCH}.machines",
    "PowerOfFamilies": f"{_WORKBENCH}.power",
    "Profiles": f"{_WORKBENCH}.profiles",
    "ReopenError": "reopen.errors",
    "Searching": f"{_WORKBENCH}.results",
    "Settings": f"{_WORKBENCH}.settings",
    "Unit": "reopen.store.unit",
    "Validation": f"{_WORKBENCH}.validate",
    "Weighing": f"{_WORKBENCH}.results",
    "WeighingWithoutHeights": f"{_WORKBENCH}.without_heights",
    "audit_unit": f"{_WORKBENCH}.audit",
    "begin_unit": f"{_WORKBENCH}.unit",
    "build_database": f"{_WORKBENCH}.databases",
    "calibrate_stains": f"{_WORKBENCH}.calibrating",
    "count_contributors": f"{_WORKBENCH}.counting",
    "deconvolve_stain": f"{_WORKBENCH}.bench",
    "demo_unit": f"{_WORKBENCH}.demo",
    "export_database": f"{_WORKBENCH}.databases",
    "find_kit": "reopen.formats",
    "find_links": f"{_WORKBENCH}.bench",
    "find_population": "reopen.formats",
    "identify_victims": f"{_WORKBENCH}.dvi",
    "integrate_weighing": f"{_WORKBENCH}.integrating",
    "link_unit": f"{_WORKBENCH}.unit_link",
    "look_closer": f"{_WORKBENCH}.closer_look",
    "measure_power": f"{_WORKBENCH}.power",
    "mutation_model": f"{_WORKBENCH}.mutation_given",
    "open_database": "reopen.formats.reference_database",
    "open_profiles": f"{_WORKBENCH}.profiles",
    "open_unit": "reopen.store.unit",
    "read_settings": f"{_WORKBENCH}.settings",
    "search": f"{_WORKBENCH}.searching",
    "simulate_database": f"{_WORKBENCH}.databases",
    "to_json": f"{_WORKBENCH}.as_json",
    "to_text": f"{_WORKBENCH}.as_text",
    "validate_cases": f"{_WORKBENCH}.validate",
    "weigh_pedigrees": f"{_WORKBENCH}.kinship",
    "weigh_stain": f"{_WORKBENCH}.bench",
    "weigh_without_heights": f"{_WORKBENCH}.without_heights",
    "write_calibration": f"{_WORKBENCH}.assemble_calibrating",
    "write_demo_unit": f"{_WORKBENCH}.demo",
    "write_report": f"{_WORKBENCH}.assemble",
    "write_results": f"{_WORKBENCH}.assemble",
    "write_settings": f"{_WORKBENCH}.settings_file",
}

__all__ = [
    "DEFAULT_POPULATION",
    "Calibrating",
    "Counting",
    "Deconvolving",
    "DemoUnit",
    "Identifying",
    "KinshipWeighing",
    "Linking",
    "Machines",
    "PowerOfFamilies",
    "Profiles",
    "ReopenError",
    "Searching",
    "Settings",
    "Unit",
    "Validation",
    "Weighing",
    "WeighingWithoutHeights",
    "__version__",
    "audit_unit",
    "begin_unit",
    "build_database",
    "calibrate_stains",
    "count_contributors",
    "deconvolve_stain",
    "demo_unit",
    "export_database",
    "find_kit",
    "find_links",
    "find_population",
    "identify_victims",
    "integrate_weighing",
    "link_unit",
    "look_closer",
    "measure_power",
    "mutation_model",
    "open_database",
    "open_profiles",
    "open_unit",
    "read_settings",
    "search",
    "simulate_database",
    "to_json",
    "to_text",
    "validate_cases",
    "weigh_pedigrees",
    "weigh_stain",
    "weigh_without_heights",
    "write_calibration",
    "write_demo_unit",
    "write_report",
    "write_results",
    "write_settings",
]


def __getattr__(name: str) -> object:
    """A public name, from the room where it is at home (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(_import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
