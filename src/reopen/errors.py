"""The errors of `reopen`, importable by every room.

Each one says what was seen, where, which rule it breaks, and the way on.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a user's input: file, line (1-based) and field, as far as they are known."""

    file: str = ""
    line: int | None = None
    field: str = ""

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.field:
            parts.append(f"field {self.field!r}")
        return ", ".join(parts) or "unknown place"


class ReopenError(Exception):
    """Base of all our own errors.

    seen    what was found, quoted as it stood
    rule    the rule it breaks
    way_on  what the user can do about it
    where   the place in the input, if there is one
    """

    def __init__(self, seen: str, *, rule: str = "", way_on: str = "", where: Where | None = None):
        self.seen = seen
        self.rule = rule
        self.way_on = way_on
        self.where = where
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.seen} ({self.where})" if self.where else self.seen
        return "\n".join(part for part in (head, self.rule, self.way_on) if part)

    def at(self, where: Where) -> ReopenError:
        """The same error, told with the place it was met at."""
        return type(self)(self.seen, rule=self.rule, way_on=self.way_on, where=where)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.seen, self.rule, self.way_on, self.where))


def _rebuild(
    kind: type[ReopenError], seen: str, rule: str, way_on: str, where: Where | None
) -> ReopenError:
    return kind(seen, rule=rule, way_on=way_on, where=where)


class InvalidRecord(ReopenError):
    """A value that breaks a rule of its record (an allele label, a genotype, a proportion)."""


class UnreadableFile(ReopenError):
    """A file whose form is not one we read, or whose form is broken."""


def cannot_open(file: str | PathLike[str], error: OSError | ValueError) -> UnreadableFile:
    """A file that the system does not open, with its reason."""
    reason = getattr(error, "strerror", None) or str(error)
    return UnreadableFile(
        f"The file cannot be opened: {reason}.",
        way_on="Check its name, and that you may read it.",
        where=Where(str(file)),
    )


class UnknownName(ReopenError):
    """A kit, locus, population, profile or format that nothing here is called."""


class CannotWeigh(ReopenError):
    """Evidence and propositions that no likelihood ratio can be given for."""


class CannotRun(ReopenError):
    """Processes or machines that cannot do what they were asked; what is done is kept."""


class CannotStore(ReopenError):
    """A unit that cannot be made, opened, written or restored; what it already held is safe."""


class LogBroken(ReopenError):
    """Rows, files or a log that are not what was entered: something was changed outside."""


class NotAllowed(ReopenError):
    """An act for which the actor has no grant."""
