"""`reopen validate`: reference cases computed again."""

from __future__ import annotations

from typing import Annotated

import typer

import reopen
from reopen.faces.cli import _options as options
from reopen.faces.cli._ways import (
    DONE,
    FAILED,
    UNUSABLE,
    progress_bar,
    show,
    tell_of_compiling,
    told,
    width,
)


@told
def validate(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Case files, or folders of them.", show_default=False),
    ],
    json: options.Json = False,
) -> int:
    """Compute reference cases again.

    Every expected number is shown beside ours. Cases are JSON files of the format
    mixture-reference/1. Fragment sizes of a case's kit are read from kits/kit_sizes.csv beside the
    case or one folder up, else from the built-in kit. Ends with 0 only when nothing failed and
    every case could be read.

    \b
    Example:
      reopen validate our-validation-set/cases
    """
    tell_of_compiling()
    with progress_bar() as progress:
        validation = reopen.validate_cases(*paths, progress=progress)
    show(reopen.to_json(validation) if json else reopen.to_text(validation, width=width()))
    if validation.unreadable or not validation.cases:
        return UNUSABLE
    return FAILED if validation.failed else DONE
