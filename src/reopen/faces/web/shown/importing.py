"""Import: files chosen or dropped, a preview before anything is kept, then kept as previewed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from reopen.errors import InvalidRecord, NotAllowed, UnknownName
from reopen.faces.web.bringing_in import TAKEN_AS, FileWish, ReadWish
from reopen.faces.web.looks import Look
from reopen.faces.web.pages import Looking, Pages, view
from reopen.faces.web.shared import Changing, shared_of
from reopen.faces.web.shown.runs import WorkLine, line
from reopen.faces.web.uploads import MOST_FILES, Upload, keep_upload, upload_of
from reopen.faces.web.words import counted
from reopen.faces.web.work import Stage, Work
from reopen.faces.workbench.custody_shown import when
from reopen.faces.workbench.unit_preview import kinds_from_files
from reopen.formats import library
from reopen.records.access import Action
from reopen.records.organisation import ImportCount
from reopen.store.reader import Reader

pages = Pages("Import")
router = pages.router

LATEST = 30
_LEFT_OUT = "-"
_TEXT = {"type": "string", "maxLength": 1000}
_SENT = {
    "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    "taken_as": {"enum": list(TAKEN_AS)},
}
_HOW = {
    "case": _TEXT, "kit": _TEXT, "replicates": {"enum": ["none", "suffix", "prefix"]},
    "decimal_comma": {"enum": ["", "yes", "no"]}, "expected": _TEXT,
    "as-0": {"enum": list(TAKEN_AS)}, "kind-0": _TEXT, "column-0-0": _TEXT,
}  # fmt: skip
_BELOW = {
    "give --attach": "take it below as a file to keep as it is",
    "give the file with --references": "take the file below as references on file",
    "import the file with --decimal-comma, or with --no-decimal-comma":
        "look again below with 9,3 as 9.3, or as 9 and 3",
    "import it with --decimal-comma": "look again below with 9,3 as 9.3",
    "import it with --no-decimal-comma": "look again below with 9,3 as 9 and 3",
}  # fmt: skip
"""What a terminal is given by options, and the preview in its form."""
_KEPT = {"reason": _TEXT, "accept": {"enum": ["", "yes"]}}
"""Fields of forms, as the document tells them; NUMBER-NUMBER are of a file and its columns."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An import that the unit has a count of. refused_rows: the kept list of them."""

    file: str
    at: str
    by: str
    rows: int
    accepted: int
    unchanged: int
    refused: int
    refused_rows: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """Where files come in, and the latest that did, of so many in all."""

    earlier: tuple[Earlier, ...]
    total: int
    kits: tuple[str, ...]
    taken_as: Mapping[str, str]
    most_files: int = MOST_FILES


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of a table: the field that was chosen for it, or is guessed."""

    number: int
    title: str
    chosen: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of the preview.

    why      why it is not understood; '' where it is
    columns  to be told apart, where it is a table that is not understood or was mapped
    needed   fields that a column has to be chosen for
    """

    number: int
    name: str
    bytes: int
    sha256: str
    taken_as: str
    kind: str
    form: str
    fate: str
    rows: int
    new: int
    unchanged: int
    amended: int
    refused: int
    notices: tuple[str, ...]
    why: str
    listed: bool
    is_table: bool
    columns: tuple[ColumnLine, ...]
    fields: tuple[str, ...]
    needed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefusedLine:
    what: str
    reason: str
    file: str
    line: int | None
    field: str


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What an import would do. Nothing is kept yet.

    stopped  something is refused: the rest comes in only where that is accepted
    amends   records of the unit would get another version: a reason is needed
    samples  profiles of the unit that get their sample by this
    own_kits name -> file, of kits that came with the files
    """

    work: WorkLine
    files: tuple[FileLine, ...]
    refused: tuple[RefusedLine, ...]
    refused_in_all: int
    stopped: bool
    amends: bool
    samples: int
    rows: int
    case: str
    kit: str
    replicates: str
    decimal_comma: str
    expected: int | None
    kinds: tuple[str, ...]
    kits: tuple[str, ...]
    own_kits: Mapping[str, str]
    taken_as: Mapping[str, str]


@pages.page("/import", "import.html.j2")
def import_page(reader: Reader) -> ImportPage:
    """Where files come in, and the latest that did."""
    counts = list(reader.all(ImportCount))
    names = reader.names(count.by for count in counts if count.by)
    return ImportPage(
        tuple(
            Earlier(
                count.file, when(count.at), names.get(count.by or "", count.by or ""), count.rows,
                count.accepted, count.unchanged, count.refused, count.refused_rows or "",
            )
            for count in reversed(counts[-LATEST:])
        ),
        len(counts),
        library.kit_names(),
        dict(TAKEN_AS),
    )  # fmt: skip


def _preview(request: Request, look: Look, id: str) -> PreviewPage:
    work = _preview_work(request, look, id)
    how, result = ReadWish.read(work.asked["how"]), work.result
    return PreviewPage(
        work=line(work),
        files=tuple(
            _file(number, each, how.files.get(each["stored"], FileWish()))
            for number, each in enumerate(result.get("files", ()))
        ),
        refused=tuple(
            RefusedLine(
                e["what"], in_the_form(e["reason"]), e["file"] or "", e["line"], e["field"] or ""
            )
            for e in result.get("refused", ())
        ),
        refused_in_all=result.get("refused_in_all", 0),
        stopped=result.get("stopped", False),
        amends=result.get("amends", False),
        samples=result.get("samples", 0),
        rows=result.get("rows", 0),
        case=how.case,
        kit=how.kit,
        replicates=how.replicates,
        decimal_comma=how.decimal_comma,
        expected=how.expected,
        kinds=kinds_from_files(),
        kits=(*result.get("kits", {}), *library.kit_names()),
        own_kits=dict(result.get("kits", {})),
        taken_as=dict(TAKEN_AS),
    )


def _file(number: int, each: Mapping[str, Any], wish: FileWish) -> FileLine:
    offer = each["offer"] or {}
    return FileLine(
        number=number, name=each["name"], bytes=each["bytes"], sha256=each["sha256"],
        taken_as=wish.taken_as, kind=wish.kind or offer.get("kind", ""), form=each["form"],
        fate=each["fate"], rows=each["rows"], new=each["new"], unchanged=each["unchanged"],
        amended=each["amended"], refused=each["refused"], notices=tuple(each["notices"]),
        why=each["why"], listed=each["listed"], is_table=each["table"],
        columns=tuple(
            ColumnLine(n, title, _chosen(title, wish.columns, offer["guessed"]))
            for n, title in enumerate(offer.get("titles", ()))
        ),
        fields=tuple(offer.get("fields", ())), needed=tuple(offer.get("needed", ())),
    )  # fmt: skip


def in_the_form(told: str) -> str:
    """The way on of a refusal, by the fields of the preview in place of a terminal's options."""
    for option, field in _BELOW.items():
        told = told.replace(option, field).replace(option.capitalize(), field.capitalize())
    return told


def _chosen(title: str, columns: Mapping[str, str], guessed: Mapping[str, str]) -> str:
    if title in columns:
        return columns[title] or _LEFT_OUT
    return guessed.get(title, "")


def _preview_work(request: Request, look: Look, id: str) -> Work:
    work = shared_of(request).works.get(id, look.actor)
    if work.kind != "preview":
        raise UnknownName(
            f"{id!r} is no preview of an import.",
            rule="A preview is seen by who asked for it.",
            way_on="Bring the files in under Import.",
        )
    return work


@router.get("/import/{id}", include_in_schema=False)
def preview_page(request: Request, look: Looking, id: str) -> Response:
    return view(request, look, "preview.html.j2", _preview(request, look, id))


@router.get("/api/import/{id}", tags=["Import"])
def preview_twin(request: Request, look: Looking, id: str) -> PreviewPage:
    """What an import would do; nothing is kept yet."""
    return _preview(request, look, id)


@pages.form("/import", fields=_SENT | _HOW)
async def send(request: Request, look: Changing) -> Response:
    form = await request.form()
    how = _how(form)
    taken_as = _one_of(_text(form, "taken_as") or "auto", TAKEN_AS)

    def stored() -> Upload:
        files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
        home = shared_of(request).state.folder
        return keep_upload(home, ((f.filename or "", f.file) for f in files if f.filename))

    upload = await run_in_threadpool(stored)
    wishes = {sent.stored: FileWish(taken_as) for sent in upload.files}
    told = ReadWish(how.case, how.kit, how.replicates, how.decimal_comma, how.expected, wishes)
    return await run_in_threadpool(_look_at, request, look, upload, told)


@pages.form("/import/{id}/again", fields=_HOW)
async def again(request: Request, look: Changing, id: str) -> Response:
    form = await request.form()
    return await run_in_threadpool(_again, request, look, id, form)


def _again(request: Request, look: Look, id: str, form: FormData) -> Response:
    upload = _upload(request, look, id)
    shown = _preview(request, look, id)
    by_name = {(each.name, each.sha256): each for each in shown.files}
    wishes: dict[str, FileWish] = {}
    before = ReadWish.read(_preview_work(request, look, id).asked["how"])
    for sent in upload.files:
        file = by_name.get((sent.name, sent.sha256))
        wishes[sent.stored] = before.of(sent) if file is None else _file_wish(form, file)
    how = _how(form, shown.own_kits)
    told = ReadWish(how.case, how.kit, how.replicates, how.decimal_comma, how.expected, wishes)
    return _look_at(request, look, upload, told)


def _file_wish(form: FormData, file: FileLine) -> FileWish:
    kind = _text(form, f"kind-{file.number}")
    columns = {}
    for column in file.columns if kind == file.kind else ():
        chosen = _text(form, f"column-{file.number}-{column.number}")
        if chosen == _LEFT_OUT:
            columns[column.title] = ""
        elif chosen in file.fields:
            columns[column.title] = chosen
    taken_as = _one_of(_text(form, f"as-{file.number}") or "auto", TAKEN_AS)
    return FileWish(taken_as, _one_of(kind, ("", *kinds_from_files())), columns)


@pages.form("/import/{id}/keep", fields=_KEPT)
async def keep(request: Request, look: Changing, id: str) -> Response:
    form = await request.form()
    reason, accept = _text(form, "reason"), _text(form, "accept") == "yes"
    return await run_in_threadpool(_keep, request, look, id, reason, accept)


def _keep(request: Request, look: Look, id: str, reason: str, accept: bool) -> Response:
    work, shown = _preview_work(request, look, id), _preview(request, look, id)
    if work.stage is not Stage.DONE:
        raise NotAllowed("The preview is not there yet.", way_on="Wait for it.")
    if shown.stopped and not accept:
        raise InvalidRecord(
            "Something of these files is refused.",
            rule="All of it comes in, or nothing, unless you accept the rest.",
            way_on="Go back and accept what is good, or correct the files.",
        )
    if shown.amends and not reason:
        raise InvalidRecord(
            "Records that the unit holds would get another version, and no reason is given.",
            rule="Nothing is overwritten: an amendment is a new version, with its reason.",
            way_on="Go back and write the reason.",
        )
    upload = _upload(request, look, id)
    asked = {
        **work.asked, "digest": work.result["digest"], "reason": reason,
        "accept": "yes" if accept else "", "preview": id,
    }  # fmt: skip
    title = f"Bring in {counted(len(upload.files), 'file')}"
    new = shared_of(request).works.begin(look.actor, "import", title, asked)
    return RedirectResponse(f"/runs/{new}", 303)


@pages.form("/import/{id}/let-go")
def let_go(request: Request, look: Changing, id: str) -> Response:
    _upload(request, look, id).let_go()
    return RedirectResponse("/import", 303)


@pages.file("/import/{id}/refused/{number}", "text/csv")
def refused_rows(request: Request, look: Looking, id: str, number: int) -> Response:
    upload, files = _upload(request, look, id), _preview(request, look, id).files
    if not 0 <= number < len(files) or not files[number].listed:
        raise UnknownName("No row of that file is refused.", way_on="Look at the preview.")
    sent = next(each for each in upload.files if each.name == files[number].name
                and each.sha256 == files[number].sha256)  # fmt: skip
    return _csv((upload.folder / f"{sent.stored}.refused").read_bytes(), sent.name)


@pages.file("/import-refused/{sha256}", "text/csv")
def refused_earlier(look: Looking, sha256: str) -> Response:
    """The list that the unit keeps of an earlier import's refused rows."""
    with look.reading(Action.EXPORT) as reader:
        listed = [each for each in reader.all(ImportCount) if each.refused_rows == sha256]
        if not listed:
            raise UnknownName(
                "There is no such list that you may take out.",
                rule="What leaves the unit needs a grant to export.",
                way_on="Ask the unit's lead.",
            )
        return _csv(reader.file(sha256), listed[0].file)


def _csv(data: bytes, name: str) -> Response:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:80]
    headers = {"Content-Disposition": f'attachment; filename="refused-{plain}.csv"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


def _upload(request: Request, look: Look, id: str) -> Upload:
    work = _preview_work(request, look, id)
    return upload_of(shared_of(request).state.folder, work.asked["upload"])


def _look_at(request: Request, look: Look, upload: Upload, how: ReadWish) -> Response:
    asked = {"upload": upload.id, "how": how.written(), "purpose": look.session.purpose}
    title = f"Look at {counted(len(upload.files), 'file')} before bringing them in"
    id = shared_of(request).works.begin(look.actor, "preview", title, asked)
    return RedirectResponse(f"/import/{id}", 303)


def _how(form: FormData, own: Iterable[str] = ()) -> ReadWish:
    expected = _text(form, "expected")
    if expected and not (expected.isascii() and expected.isdecimal() and len(expected) < 10):
        raise InvalidRecord(
            f"{expected!r} rows are expected.",
            rule="How many rows there are is a whole number.",
            way_on="Write it in figures, or leave it empty.",
        )
    return ReadWish(
        _text(form, "case"),
        _one_of(_text(form, "kit"), ("", *own, *library.kit_names())),
        _one_of(_text(form, "replicates") or "none", ("none", "suffix", "prefix")),
        _one_of(_text(form, "decimal_comma"), ("", "yes", "no")),
        int(expected) if expected else None,
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:1000] if isinstance(value, str) else ""


def _one_of(value: str, allowed: tuple[str, ...] | Mapping[str, str]) -> str:
    if value not in allowed:
        raise InvalidRecord(
            f"{value!r} cannot be chosen here.",
            rule="It is one of: " + ", ".join(filter(None, allowed)) + ".",
            way_on="Choose one of them.",
        )
    return value
