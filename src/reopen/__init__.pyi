"""The types of the public names, which `__init__.py` loads when they are first touched."""

from reopen.errors import ReopenError
from reopen.faces.workbench.as_json import to_json
from reopen.faces.workbench.as_text import to_text
from reopen.faces.workbench.assemble import write_report, write_results
from reopen.faces.workbench.assemble_calibrating import write_calibration
from reopen.faces.workbench.assumptions import DEFAULT_POPULATION
from reopen.faces.workbench.audit import audit_unit
from reopen.faces.workbench.bench import deconvolve_stain, find_links, weigh_stain
from reopen.faces.workbench.calibrating import Calibrating, calibrate_stains
from reopen.faces.workbench.closer_look import look_closer
from reopen.faces.workbench.counting import Counting, count_contributors
from reopen.faces.workbench.databases import (
    build_database,
    export_database,
    simulate_database,
)
from reopen.faces.workbench.demo import DemoUnit, demo_unit, write_demo_unit
from reopen.faces.workbench.dvi import Identifying, identify_victims
from reopen.faces.workbench.integrating import integrate_weighing
from reopen.faces.workbench.kinship import KinshipWeighing, weigh_pedigrees
from reopen.faces.workbench.machines import Machines
from reopen.faces.workbench.mutation_given import mutation_model
from reopen.faces.workbench.power import PowerOfFamilies, measure_power
from reopen.faces.workbench.profiles import Profiles, open_profiles
from reopen.faces.workbench.results import Deconvolving, Linking, Searching, Weighing
from reopen.faces.workbench.searching import search
from reopen.faces.workbench.settings import Settings, read_settings
from reopen.faces.workbench.settings_file import write_settings
from reopen.faces.workbench.unit import begin_unit
from reopen.faces.workbench.unit_link import link_unit
from reopen.faces.workbench.validate import Validation, validate_cases
from reopen.faces.workbench.without_heights import WeighingWithoutHeights, weigh_without_heights
from reopen.formats import find_kit, find_population
from reopen.formats.reference_database import open_database
from reopen.store.unit import Unit, open_unit

__version__: str

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
