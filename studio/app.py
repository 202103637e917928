"""The studio's web application: routes, one page, and what stands before them."""

import json
import logging
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from jobs.messages import one_line
from params.files import InputError
from studio.rendering import SupersededError
from studio.routes_edits import edit_routes
from studio.routes_events import event_routes
from studio.routes_handover import handover_routes
from studio.routes_models import model_routes
from studio.routes_pictures import picture_routes
from studio.routes_render import render_routes
from studio.routes_teach import teach_routes
from studio.security import App, Guard
from studio.session import UnknownError
from studio.shown import session_json
from studio.work import Work

log = logging.getLogger(__name__)

_FILES: Traversable = files("studio")


def make_app(work: Work, token: str) -> App:
    """The application of a session and its background work, behind its guard."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    of_session = picture_routes, render_routes, edit_routes, model_routes, event_routes
    for routes in (*of_session, handover_routes, teach_routes):
        app.include_router(routes(work), prefix="/api")
    app.mount("/static", StaticFiles(directory=Path(str(_FILES / "static"))))
    session = work.session

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(_template("studio", {"session": session_json(session)}))

    _answer_errors(app)
    return Guard(app, token, session.settings.host, _refusal)


def _answer_errors(app: FastAPI) -> None:
    """Errors are one line of JSON, with the status that says whose they are."""

    @app.exception_handler(UnknownError)
    async def unknown(_: Request, error: UnknownError) -> JSONResponse:
        return _error(404, one_line(error))

    @app.exception_handler(InputError)
    async def wrong(_: Request, error: InputError) -> JSONResponse:
        return _error(422, one_line(error))

    @app.exception_handler(SupersededError)
    async def superseded(_: Request, error: SupersededError) -> JSONResponse:
        return _error(409, "superseded")

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return _error(422, "a value in the address is not what it should be")

    @app.exception_handler(404)
    async def missing(_: Request, error: HTTPException) -> JSONResponse:
        return _error(404, "there is nothing at this address")

    @app.exception_handler(405)
    async def method(_: Request, error: HTTPException) -> JSONResponse:
        return _error(405, "not asked for in this way")

    @app.exception_handler(Exception)
    async def ours(_: Request, error: Exception) -> JSONResponse:
        return _error(500, one_line(error))


def _error(status: int, line: str) -> JSONResponse:
    return JSONResponse({"error": line}, status)


def _refusal(status: int, line: str) -> tuple[str, bytes]:
    """What the guard answers: a page where it is the token that is missing, else JSON."""
    if status == 403:
        return "text/html; charset=utf-8", _template("denied", {"line": line}).encode()
    return "application/json", json.dumps({"error": line}).encode()


def _template(name: str, values: dict[str, Any]) -> str:
    """A page; values are escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(Path(str(_FILES / "templates"))),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
    )
    return environment.get_template(f"{name}.html").render(values)
