"""What reading a file of profiles gives: everything that was in it, read or refused."""

from __future__ import annotations

from dataclasses import dataclass

from reopen.records import Control, NotWeighed, Reference, Stain


@dataclass(frozen=True, slots=True)
class Imported:
    """The content of one file. Each record of the file is in exactly one of the lists.

    format    the form that was recognised ("GeneMapper, long table")
    sha256    of the file's bytes
    refused   records (or single loci of them) that could not be taken, each with its reason
    notices   what was understood in a way the user may want to know (a name respelt)
    """

    file: str
    format: str
    sha256: str
    stains: tuple[Stain, ...] = ()
    references: tuple[Reference, ...] = ()
    controls: tuple[Control, ...] = ()
    refused: tuple[NotWeighed, ...] = ()
    notices: tuple[str, ...] = ()
