"""Files that were sent, on their way into the unit: previewed, then kept exactly as previewed.

Both are work of their own, in a process of its own: what a stranger's file does to a reader, it
does not do to the server. Not here: the pages (`shown.importing`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reopen.errors import ReopenError, UnknownName
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
from reopen.formats import library, read_kits
from reopen.records import Frozen, Purpose

LISTED = 300
AUTO, KIT, KEEP, LEAVE = "auto", "kit", "attach", "leave"
TAKEN_AS: Mapping[str, str] = Frozen({
    AUTO: "what the file itself says",
    Purpose.DATABASE.value: "references on file",
    Purpose.SUSPECT.value: "references of suspects",
    Purpose.VICTIM.value: "references of victims",
    Purpose.STAFF.value: "references of staff (sealed)",
    KIT: "a kit of your own, for profiles beside it",
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

    def how(self, wish: FileWish, own: Mapping[str, OwnKit]) -> ReadAs:
        """own: kits that came with the files; one alone is that of every file that names none."""
        alone = next(iter(own.values())) if len(own) == 1 and not self.kit else None
        chosen = own.get(self.kit, alone)
        if chosen is None and self.kit not in {"", *library.kit_names()}:
            raise UnknownName(
                f"No kit of these files or of the library is called {self.kit!r}.",
                rule="A kit of your own is in a file that is taken as a kit.",
                way_on="Choose another kit, or take its file as a kit.",
            )
        purpose = wish.taken_as if wish.taken_as in set(Purpose) else ""
        return ReadAs(
            "references" if purpose else "auto",
            Purpose(purpose) if purpose else Purpose.DATABASE,
            "" if chosen else self.kit,
            chosen.named if chosen else "",
            replicates=self.replicates,
            decimal_comma={"yes": True, "no": False}.get(self.decimal_comma),
        )


@dataclass(frozen=True, slots=True)
class OwnKit:
    """A kit of a file that was sent. named: as `ReadAs.kit_file` has it; path: of the file."""

    named: str
    path: Path

    @property
    def sha256(self) -> str:
        return self.named.partition("#")[0]


def own_kits(doing: Doing, upload: Upload, how: ReadWish) -> dict[str, OwnKit]:
    """Kits of the files that are taken as such, by their names. Raises UnreadableFile."""
    found = {}
    for sent in upload.files:
        if how.of(sent).taken_as == KIT:
            path = doing.folder / "kits" / sent.stored / sent.name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(upload.path(sent), path)
            for kit in read_kits(path):
                found[kit.name] = OwnKit(f"{sent.sha256}#{kit.name}", path)
    return found


def preview(doing: Doing) -> dict[str, Any]:
    """What the files would become. Keeps nothing."""
    upload, how = _asked(doing)
    own = own_kits(doing, upload, how)
    given = _given(upload, how, own)
    found = preview_files(
        doing.unit, doing.work.actor, given, _wish(doing, how, own), doing.progress
    )
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
        "kits": {name: kit.path.name for name, kit in own.items()},
    }


def bring_in(doing: Doing) -> dict[str, Any]:
    """Keep what was previewed, all of it, or nothing where it would not be the same."""
    upload, how = _asked(doing)
    upload.must_be_as_sent()
    asked = doing.work.asked
    own = own_kits(doing, upload, how)
    given = _given(upload, how, own)
    before = preview_files(
        doing.unit, doing.work.actor, given, _wish(doing, how, own), doing.progress
    )
    if before.digest != asked["digest"]:
        raise changed_meanwhile()
    wish = _wish(doing, how, own, before)
    done = import_files(doing.unit, doing.work.actor, given, wish, doing.progress)
    if done.kept:
        upload.let_go()
    return {"told": importing_plain(done)}


def _asked(doing: Doing) -> tuple[Upload, ReadWish]:
    asked = doing.work.asked
    return upload_of(doing.folder.parent, asked["upload"]), ReadWish.read(asked["how"])


def _given(upload: Upload, how: ReadWish, own: Mapping[str, OwnKit]) -> list[Given]:
    beside = Frozen(upload.beside())
    given = []
    for sent in upload.files:
        wish = how.of(sent)
        if wish.taken_as not in (KIT, LEAVE):
            given.append(
                Given(
                    upload.path(sent), how.how(wish, own), wish.kind, wish.taken_as == KEEP,
                    Frozen(wish.columns), sent.name, beside,
                )
            )  # fmt: skip
    return given


def _wish(
    doing: Doing, how: ReadWish, own: Mapping[str, OwnKit], before: Preview | None = None
) -> Wish:
    asked = doing.work.asked
    return Wish(
        asked.get("purpose", ""),
        asked.get("reason", ""),
        how.case,
        asked.get("accept") == "yes",
        how.expected,
        {kit.sha256: kit.path for kit in own.values()},
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
        "refused": came.refused, "notices": [*came.notices, *_kits_told(each)],
        "why": each.why.reason if each.why else "", "listed": rows,
        "table": each.read is not None and each.read.table is not None,
        "offer": None if offer is None else {
            "kind": offer.kind, "titles": offer.titles, "fields": offer.fields,
            "needed": offer.needed, "guessed": dict(offer.guessed),
        },
    }  # fmt: skip


def _kits_told(each: Foreseen) -> list[str]:
    """Of a file that is nothing else: that it lists kits."""
    if each.why is None:
        return []
    try:
        names = ", ".join(kit.name for kit in read_kits(each.given.path))
    except ReopenError:
        return []
    return [f"It lists {names}: take it as a kit of your own, to read the profiles beside it."]


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
