"""One function shows a page: as HTML for people, and its twin in JSON for programs.

The function is given a `Reader` (or the whole `Look`) and what the address asks, and returns a
frozen dataclass. The template is given that and nothing else; the twin has the same fields, typed
in the OpenAPI document. So no page shows what its twin does not, and none computes.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from importlib.resources import files
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, TypeVar, get_type_hints

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from reopen.faces.web.looks import Look
from reopen.faces.web.names_in_paths import path_in_words
from reopen.faces.web.shared import Shared, looking

Shows = TypeVar("Shows", bound=Callable[..., Any])

Looking = Annotated[Look, Depends(looking)]


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the menu. key: the letter that opens it after `g`."""

    path: str
    name: str
    key: str


MENU = (
    Place("/", "Board", "b"), Place("/cases", "Cases", "c"), Place("/tasks", "Tasks", "t"),
    Place("/stains", "Stains", "s"),
    Place("/people", "People", "p"), Place("/evidence", "Evidence", "e"),
    Place("/audit", "Audit", "a"), Place("/search", "Search", "f"),
    Place("/import", "Import", "i"), Place("/reports", "Reports", "r"),
    Place("/runs", "Runs", "u"), Place("/grants", "Grants", "n"), Place("/ledger", "Ledger", "l"),
)  # fmt: skip


SENT = "x-form-sent"
"""The header by which a script of ours says that it, and not the browser, sent a form."""


class _Route(APIRoute):
    """Where a form leads is told to the script that sent it, and not followed behind its back: the
    page would be looked at twice, and the log has each look."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            response = await handle(request)
            if response.status_code == 303 and SENT in request.headers:
                response.headers["X-Leads-To"] = response.headers["location"]
                del response.headers["location"]
                response.status_code = 200
            return response

        return answer


class Pages:
    """Pages of one part of the board, each at PATH, with its twin at /api/PATH."""

    def __init__(self, tag: str):
        self.router = APIRouter(route_class=_Route)
        self._tag = tag

    def page(self, path: str, template: str) -> Callable[[Shows], Shows]:
        """Registers a function that shows a page; its first parameter is `reader` or `look`."""

        def register(show: Shows) -> Shows:
            hints = get_type_hints(show, include_extras=True)
            own = [
                each.replace(annotation=hints[name])
                for name, each in signature(show).parameters.items()
                if name not in {"reader", "look"}
            ]
            self._add("/api" + path.rstrip("/"), _twin(show, own, hints["return"]), hints["return"])
            self.router.add_api_route(
                path, _page(show, own, template), response_class=HTMLResponse,
                include_in_schema=False,
            )  # fmt: skip
            return show

        return register

    def form(
        self,
        path: str,
        *,
        says: str = "",
        refused: Mapping[int | str, dict[str, Any]] | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Callable[[Shows], Shows]:
        """Registers what a form asks for; it leads to a page.

        says     the media type of what it says at once, where it leads nowhere
        refused  answers that differ from those of other pages
        fields   of the form, where the function reads it by itself
        """
        extra, responses = None, dict(refused or {})
        if says:
            responses[200] = {"description": "What came of it.", "content": {says: {}}}
        if fields is not None:
            whole = {"type": "object", "properties": dict(fields)}
            extra = {"requestBody": {"content": {"multipart/form-data": {"schema": whole}}}}
        return self.router.post(
            path, tags=[self._tag], status_code=200 if says else 303, response_model=None,
            response_class=Response if says else RedirectResponse, responses=responses,
            openapi_extra=extra,
        )  # fmt: skip

    def file(self, path: str, *media: str) -> Callable[[Shows], Shows]:
        """Registers what is taken out or shown as a file, of these media types."""
        found = {"description": "The file.", "content": {each: {} for each in media}}
        return self.router.get(
            path, tags=[self._tag], response_class=Response, responses={200: found}
        )

    def _add(self, path: str, twin: Callable[..., Any], shown: Any) -> None:
        self.router.add_api_route(
            path or "/api", twin, response_model=shown, tags=[self._tag],
            summary=(twin.__doc__ or "").strip().splitlines()[0],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done: what was seen, the rule, the way on. number: under which the
    server's log has more; only of what nobody expected."""

    seen: str
    rule: str
    way_on: str
    number: str | None = None


REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": Refusal, "description": what}
    for code, what in (
        (401, "Nobody is signed in."),
        (403, "This actor may not do this now."),
        (404, "There is nothing of that name that this actor may see."),
        (422, "What was asked is not understood."),
        (503, "The unit cannot be reached."),
    )
}


def _twin(show: Callable[..., Any], own: list[Parameter], shown: Any) -> Callable[..., Any]:
    @wraps(show)
    def twin(look: Look, **asked: Any) -> Any:
        return _shown(show, look, asked)

    return _signed(twin, [_LOOK, *own], shown)


def _page(show: Callable[..., Any], own: list[Parameter], template: str) -> Callable[..., Any]:
    @wraps(show)
    def page(request: Request, look: Look, **asked: Any) -> Response:
        return view(request, look, template, _shown(show, look, asked))

    return _signed(page, [_REQUEST, _LOOK, *own], Response)


_LOOK = Parameter("look", Parameter.KEYWORD_ONLY, annotation=Looking)
_REQUEST = Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request)


def _signed(function: Any, parameters: list[Parameter], returns: Any) -> Callable[..., Any]:
    """With the signature that FastAPI reads, where `wraps` would show the inner one's."""
    del function.__wrapped__
    function.__signature__ = Signature(
        [each.replace(kind=Parameter.KEYWORD_ONLY) for each in parameters],
        return_annotation=returns,
    )
    function.__annotations__ = {each.name: each.annotation for each in parameters}
    return function  # type: ignore[no-any-return]


def _shown(show: Callable[..., Any], look: Look, asked: dict[str, Any]) -> Any:
    if "look" in signature(show).parameters:
        return show(look, **asked)
    with look.reading() as reader:
        return show(reader, **asked)


def view(
    request: Request, look: Look | None, template: str, page: object, status: int = 200
) -> HTMLResponse:
    """A template with what it shows."""
    shared: Shared = request.app.state.shared
    html = templates().get_template(template).render(
        page=page,
        session=look.session if look else None,
        actor_name=shared.name_of(look.actor) if look else "",
        unit=shared.unit_name,
        menu=request.app.state.menu,
        here=path_in_words(request.url.path),
        request_query=request.url.query,
    )  # fmt: skip
    return HTMLResponse(html, status)


_ENVIRONMENT: list[Environment] = []


def templates() -> Environment:
    """The board's templates; all text is escaped."""
    if not _ENVIRONMENT:
        from reopen.faces.web.words import FILTERS

        environment = Environment(
            loader=PackageLoader("reopen.faces.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals["static"] = static
        environment.filters.update(FILTERS)
        _ENVIRONMENT.append(environment)
    return _ENVIRONMENT[0]


def static(name: str) -> str:
    """Address of one of our own files, which changes with its bytes: browsers keep it for good."""
    if name not in _VERSIONS:
        data = files("reopen.faces.web").joinpath("static", *name.split("/")).read_bytes()
        _VERSIONS[name] = sha256(data).hexdigest()[:12]
    return f"/static/{name}?v={_VERSIONS[name]}"


_VERSIONS: dict[str, str] = {}
