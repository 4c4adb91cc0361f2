"""Files in, files out: instrument tables, CODIS, databases; and the library of kits."""

from reopen.formats.imported import Imported
from reopen.formats.profiles import group_replicates, parse_profiles, read_profiles
from reopen.formats.samples import Options

__all__ = [
    "Imported",
    "Options",
    "group_replicates",
    "parse_profiles",
    "read_profiles",
]
