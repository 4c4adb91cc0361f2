"""Files in, files out: instrument tables, CODIS, databases; and the library of kits."""

from reopen.formats import euroformix, library, tidy
from reopen.formats.codis_writer import write_cmf
from reopen.formats.familias_writer import write_familias
from reopen.formats.frequencies import FrequencyImport, read_frequencies, write_frequencies
from reopen.formats.imported import Imported
from reopen.formats.kinship import read_kinship
from reopen.formats.kits import read_kits, write_kits
from reopen.formats.library import find_kit, find_population, guess_kit
from reopen.formats.pedigree_file_writer import write_pedigree_file
from reopen.formats.profiles import group_replicates, parse_profiles, read_profiles
from reopen.formats.samples import Options

__all__ = [
    "FrequencyImport",
    "Imported",
    "Options",
    "euroformix",
    "find_kit",
    "find_population",
    "group_replicates",
    "guess_kit",
    "library",
    "parse_profiles",
    "read_frequencies",
    "read_kinship",
    "read_kits",
    "read_profiles",
    "tidy",
    "write_cmf",
    "write_familias",
    "write_frequencies",
    "write_kits",
    "write_pedigree_file",
]
