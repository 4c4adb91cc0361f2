"""Files that were sent, on their way into the unit: previewed, then kept exactly as previewed.

Both are work of their own, in a process of its own: what a stranger's file does to a reader, it
does not do to the server. Not here: the pages (`shown.importing`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from reopen.errors import ReopenError
from reopen.faces.web.doing import Doing
from reopen.faces.web.uploads import Sent, Upload, upload_of
from reopen.faces.workbench.plain_values import not_weighed_plain
from reopen.faces.workbench.unit_files import Given
from reopen.faces.workbench.unit_import import (
    Wish,
    changed_meanwhile,
    import_files,
    refused_table,
)
from reopen.faces.workbench.unit_preview import Foreseen, Preview, preview_files
from reopen.faces.workbench.unit_profiles import ReadAs
from reopen.faces.workbench.unit_shown import importing_plain
from reopen.records import Frozen, Purpose

LISTED = 300
AUTO, KEEP, LEAVE = "auto", "attach", "leave"
TAKEN_AS: Mapping[str, str] = Frozen({
    AUTO: "as it is understood",
    Purpose.DATABASE.value: "references on file",
    Purpose.SUSPECT.value: "references of suspects",
    Purpose.VICTIM.value: "references of victims",
    Purpose.STAFF.value: "references of staff (sealed)",
    KEEP: "a file to keep as it is",
    LEAVE: "not at all",
})  # fmt: skip
"""What a file may be taken as, and how that is worded."""


@dataclass(frozen=True, slots=True)
class FileWish:
    """How one file is to be read. columns: title -> field, '' to leave it out."""

    taken_as: str = AUTO
    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadWish:
    """How the files of an upload are to be read. files: by the name that they are stored under."""

    case: str = ""
    kit: str = ""
    replicates: str = "none"
    decimal_comma: str = ""
    expected: int | None = None
    files: Mapping[str, FileWish] = field(default_factory=dict)

    def of(self, sent: Sent) -> FileWish:
        return self.files.get(sent.stored, FileWish())

    def written(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> ReadWish:
        said: dict[str, Any] = json.loads(text)
        files = {stored: FileWish(**each) for stored, each in said.pop("files").items()}
        return cls(**said, files=files)

    def how(self, wish: FileWish) -> ReadAs:
        purpose = wish.taken_as if wish.taken_as in set(Purpose) else ""
        return ReadAs(
            "references" if purpose else "auto",
            Purpose(purpose) if purpose else Purpose.DATABASE,
            self.kit,
            replicates=self.replicates,
            decimal_comma={"yes": True, "no": False}.get(self.decimal_comma),
        )


def preview(doing: Doing) -> dict[str, Any]:
    """What the files would become. Keeps nothing."""
    upload, how = _asked(doing)
    given = _given(upload, how)
    found = preview_files(
        doing.unit, doing.work.actor, given, _wish(doing, how), doing.progress
    )  # fmt: skip
    by_path = {upload.path(sent).name: sent for sent in upload.files}
    return {
        "files": [_file_plain(each, by_path, upload) for each in found.files],
        "refused": not_weighed_plain(found.not_taken[:LISTED]),
        "refused_in_all": len(found.not_taken),
        "stopped": found.stopped,
        "amends": found.amends,
        "samples": found.samples,
        "rows": sum(each.came.rows for each in found.files if each.read),
        "digest": found.digest,
    }


def bring_in(doing: Doing) -> dict[str, Any]:
    """Keep what was previewed, all of it, or nothing where it would not be the same."""
    upload, how = _asked(doing)
    upload.must_be_as_sent()
    asked = doing.work.asked
    given = _given(upload, how)
    before = preview_files(doing.unit, doing.work.actor, given, _wish(doing, how), doing.progress)
    if before.digest != asked["digest"]:
        raise changed_meanwhile()
    wish = _wish(doing, how, before)
    done = import_files(doing.unit, doing.work.actor, given, wish, doing.progress)
    if done.kept:
        upload.let_go()
    return {"told": importing_plain(done)}


def _asked(doing: Doing) -> tuple[Upload, ReadWish]:
    asked = doing.work.asked
    return upload_of(doing.folder.parent, asked["upload"]), ReadWish.read(asked["how"])


def _given(upload: Upload, how: ReadWish) -> list[Given]:
    beside = Frozen(upload.beside())
    given = []
    for sent in upload.files:
        wish = how.of(sent)
        if wish.taken_as != LEAVE:
            given.append(
                Given(
                    upload.path(sent), how.how(wish), wish.kind, wish.taken_as == KEEP,
                    Frozen(wish.columns), sent.name, beside,
                )
            )  # fmt: skip
    return given


def _wish(doing: Doing, how: ReadWish, before: Preview | None = None) -> Wish:
    asked = doing.work.asked
    return Wish(
        asked.get("purpose", ""),
        asked.get("reason", ""),
        how.case,
        asked.get("accept") == "yes",
        how.expected,
        foreseen=before.counts if before else None,
    )


def _file_plain(each: Foreseen, by_path: Mapping[str, Sent], upload: Upload) -> dict[str, Any]:
    sent, came = by_path[each.given.path.name], each.came
    offer = each.offer
    rows = _refused_rows(each, sent, upload)
    return {
        "stored": sent.stored, "name": sent.name, "bytes": sent.bytes, "sha256": sent.sha256,
        "form": came.form, "fate": came.fate.value, "rows": came.rows, "new": came.counts.new,
        "unchanged": came.counts.unchanged, "amended": came.counts.amended,
        "refused": came.refused, "notices": list(came.notices),
        "why": each.why.reason if each.why else "", "listed": rows,
        "table": each.read is not None and each.read.table is not None,
        "offer": None if offer is None else {
            "kind": offer.kind, "titles": offer.titles, "fields": offer.fields,
            "needed": offer.needed, "guessed": dict(offer.guessed),
        },
    }  # fmt: skip


def _refused_rows(each: Foreseen, sent: Sent, upload: Upload) -> bool:
    """Write a file's refused rows beside it, to be downloaded; whether there are any."""
    if each.read is None or not each.read.refused:
        return False
    place = upload.folder / f"{sent.stored}.refused"
    try:
        place.write_text(refused_table(each.read), encoding="utf-8")
    except ReopenError:
        return False
    return True
