"""The public names of every room: they change on purpose, and are listed here when they do."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import reopen

PUBLIC = {
    "reopen": """
        Calibrating Counting DEFAULT_POPULATION Deconvolving DemoUnit Identifying KinshipWeighing
        Linking Machines PowerOfFamilies Profiles ReopenError Searching Settings Unit Validation
        Weighing WeighingWithoutHeights __version__ audit_unit begin_unit build_database
        calibrate_stains
        count_contributors deconvolve_stain demo_unit export_database find_kit find_links
        find_population identify_victims integrate_weighing
        link_unit look_closer measure_power mutation_model open_database open_profiles
        open_unit read_settings search simulate_database
        to_json to_text validate_cases weigh_pedigrees weigh_stain weigh_without_heights
        write_calibration write_demo_unit write_report write_results write_settings
    """,
    "reopen.records": """
        AVUNCULAR DOUBLE_FIRST_COUSINS FIRST_COUSINS FULL_SIBLINGS GRANDPARENT HALF_SIBLINGS
        IDENTICAL NO_MUTATION PARENT_CHILD RELATIONS REST SECOND_COUSINS UNKNOWN UNRELATED
        Allele AlleleFrequencies ByChance Comparison Contributor Control ControlKind End Ending
        Family Fit Frozen Genotype GenotypeLikelihoods IntegralEnding IntegratedRatio KinshipCase
        KinshipModel KinshipRatio Kit
        LeftOut LikelihoodRatio Link LinkKind LinkedPair Locus LocusLikelihoods MapPosition
        MarginalLikelihood Marker Member Mutation MutationKind MutationModel NotWeighed
        NumberPosterior NumberProbability
        Peak Pedigree PedigreeLikelihood Population Profile Proposition Propositions Purpose
        RatioDistribution RatioOverNumbers Reference Relation Remains Replicate Run Sex Stain
        Stationary allele allele_order alleles canonical_locus genotype proposition relation_named
        repeat_number
    """,
    "reopen.link": """
        LinkOptions LinkResult Progress SolvedStain Sought link solve weigh_link
    """,
    "reopen.formats": """
        FrequencyImport Imported Options euroformix find_kit find_population group_replicates
        guess_kit library parse_profiles read_frequencies read_kinship read_kits read_profiles
        tidy write_cmf write_familias write_frequencies write_kits write_pedigree_file
    """,
    "reopen.formats.library": """
        find_kit find_population guess_kit kit kit_name kit_names kits population population_names
        populations
    """,
    "reopen.faces.report": """
        ChangeView ContributorView Counts DyePanel GenotypeCall LinkView LocusSpan MatrixBlock
        MatrixView NonContributorView PeakView PlotPoint ProbabilityPlot ReportView SensitivityView
        SideView SpreadView StainRow StainView UnexplainedRow WeighingView matrix_view render
        stain_view write write_whole
    """,
    "reopen.faces.cli": "app main",
    "reopen.prove": """
        Holdings RULES Rule RuleClass Settings answer ask finding rule sealed_name
    """,
    # Rooms whose modules are named one by one: reopen.weigh.evaluate, reopen.kernels.mixtures.
    "reopen.engine": "",
    "reopen.ledger": "",
    "reopen.store": "",
    "reopen.weigh": "",
    "reopen.kernels": "",
    "reopen.faces.web": "",
    "reopen.faces.workbench": "",
}


@pytest.mark.parametrize("room", PUBLIC)
def test_the_public_names_of_a_room(room: str) -> None:
    module = import_module(room)
    listed = list(getattr(module, "__all__", ()))
    assert sorted(listed) == sorted(PUBLIC[room].split())
    assert all(hasattr(module, name) for name in listed)


def test_every_room_is_listed_here() -> None:
    root = Path(reopen.__file__).parent
    rooms = {f"reopen.{path.parent.name}" for path in root.glob("*/__init__.py")}
    faces = {f"reopen.faces.{path.parent.name}" for path in root.glob("faces/*/__init__.py")}
    assert rooms - {"reopen.faces"} | faces <= PUBLIC.keys()


def test_no_public_name_hides_a_room() -> None:
    root = Path(reopen.__file__).parent
    assert not {path.parent.name for path in root.glob("*/__init__.py")} & set(reopen.__all__)


def test_types_and_values_are_of_one_list() -> None:
    stub = ast.parse(Path(reopen.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    homes = {
        alias.name: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert homes == reopen._HOMES
    assert {*homes, "__version__"} == set(reopen.__all__)
    assert set(reopen.__all__) <= set(dir(reopen))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'wiegh_stain'"):
        reopen.wiegh_stain  # type: ignore[attr-defined]  # noqa: B018


def test_importing_loads_no_library() -> None:
    heavy = "numpy", "scipy", "numba", "pyarrow", "jinja2", "typer", "rich", "lxml", "defusedxml"
    code = (
        "import sys, reopen; dir(reopen); reopen.ReopenError; "
        f"print(*[name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("words", [["link", "--help"], ["database", "build", "--help"]])
def test_help_does_not_wait_for_the_compiler(words: list[str]) -> None:
    code = (
        "import sys\nfrom reopen.faces.cli import app\n"
        f"try:\n    app({words})\n"
        "except SystemExit:\n    assert not {'numba', 'pyarrow'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
