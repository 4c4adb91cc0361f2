"""What all commands share: how errors, interruption and progress are told, and where output goes.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 something
failed to hold or was refused entirely, 2 usage or unreadable input, 130 stopped.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

import typer

from reopen.errors import CannotWeigh, LogBroken, ReopenError
from reopen.ledger.verify import NotProven

Arguments = ParamSpec("Arguments")
Progress = Callable[[str, int, int], None]

DONE, FAILED, UNUSABLE, STOPPED = 0, 1, 2, 130
_NARROWEST, _WIDEST = 80, 110


def told(command: Callable[Arguments, int | None]) -> Callable[Arguments, None]:
    """A command whose errors are told in our words, and whose return value is the exit code."""

    @wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except CannotWeigh as error:
            tell(f"Cannot be weighed: {error}")
            code = FAILED
        except (LogBroken, NotProven) as error:
            tell(f"Does not hold: {error}")
            code = FAILED
        except ReopenError as error:
            tell(str(error))
            code = UNUSABLE
        except KeyboardInterrupt:
            tell("\nStopped. No half report is left.")
            code = STOPPED
        except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = DONE
        raise typer.Exit(code or DONE)

    return run


def tell(message: str) -> None:
    """A message for the person at the terminal, beside the result."""
    print(message, file=sys.stderr, flush=True)


def show(result: str) -> None:
    """A result."""
    print(result)


def width() -> int:
    """Characters in a line of output: the terminal's within reason, 80 where there is none."""
    if not sys.stdout.isatty():
        return _NARROWEST
    return min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)


def tell_of_compiling() -> None:
    """Say why the first run takes longer."""
    from reopen.kernels.accelerate import is_compiled

    if not is_compiled():
        tell("Compiling the kernels, once (about a minute) ...")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on a terminal; nothing in a pipe or a log."""
    if not sys.stderr.isatty():
        yield lambda step, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)
    with bar:
        steps = {}

        def show_progress(step: str, done: int, of: int) -> None:
            if step not in steps:
                steps[step] = bar.add_task(step, total=of)
            bar.update(steps[step], completed=done, total=of)

        yield show_progress
