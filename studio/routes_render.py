"""Pictures rendered for the page: at screen size while a slider moves, tiles of full size."""

import time
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from imaging.jpeg import jpeg_bytes
from params.record import Record
from studio.pictures import Picture
from studio.predicting import predict_now
from studio.rendering import QUALITY, Tile, screen_jpeg
from studio.requests import Body, flag_of, known_only, names_of, number_of, text_of
from studio.resolved import resolved
from studio.session import Session, UnknownError
from studio.wire import changed, neutral_edit, read_changes
from studio.work import Work

SCREEN_SIDE = 1600
_MOST_SCREEN, _MOST_TILE, _MOST_PLACE, _MOST_AHEAD = 4096, 2048, 1 << 20, 4


def render_routes(work: Work) -> APIRouter:
    """Routes below /api."""
    routes, session = APIRouter(), work.session

    @routes.post("/pictures/{name}/render")
    def render(name: str, body: Body) -> Response:
        start = time.perf_counter()
        known_only(body, "changes", "model", "before", "size", "window")
        picture = session.picture(name)
        size = round(number_of(body, "size", 16, _MOST_SCREEN, SCREEN_SIDE))
        view = (_window(body), name, flag_of(body, "before"), str(body.get("model", "")))
        with session.attention.asked(), session.turns.call(view) as turn:
            record = _asked(session, picture, body)
            screen = session.decoding.screen(picture, size, record)
            record, screen = resolved(session, record, screen)
            data = screen_jpeg(session.turns.render(view, turn, screen, record), size)
        _read_ahead(session, picture, size)
        spent = f"{1000.0 * (time.perf_counter() - start):.1f}"
        return Response(data, media_type="image/jpeg", headers={"X-Render-Ms": spent})

    @routes.post("/ahead")
    def read_ahead(body: Body) -> dict[str, Any]:
        known_only(body, "ids", "size")
        size = round(number_of(body, "size", 16, _MOST_SCREEN, SCREEN_SIDE))
        pictures = [session.picture(name) for name in names_of(body)[:_MOST_AHEAD]]
        session.decoding.read_ahead(pictures, size, pictures[0].edit)
        return {}

    @routes.post("/pictures/{name}/tile")
    def tile(name: str, body: Body) -> Response:
        start = time.perf_counter()
        known_only(body, "changes", "before", "model", "x", "y", "width", "height", "window")
        picture = session.picture(name)
        asked = Tile(
            *(int(number_of(body, field, 0, _MOST_PLACE, 0)) for field in ("x", "y")),
            *(int(number_of(body, f, 1, _MOST_TILE, _MOST_TILE)) for f in ("width", "height")),
        )
        model = str(body.get("model", ""))
        view = (_window(body), name, "tile", asked, flag_of(body, "before"), model)
        with session.attention.asked(), session.turns.call(view) as turn:
            record = _asked(session, picture, body)
            full = session.decoding.full(picture, record)
            record, full = resolved(session, record, full)
            part = asked.inside(full.size)
            if not part.width or not part.height:
                raise UnknownError("the picture has no such place")
            rows = part.y, part.y + part.height
            shown = session.turns.render(view, turn, full, record, rows)
        data = jpeg_bytes(shown[:, part.x : part.x + part.width], QUALITY)
        height, width = full.size
        headers = {
            "X-Full-Width": str(width),
            "X-Full-Height": str(height),
            "X-Render-Ms": f"{1000.0 * (time.perf_counter() - start):.1f}",
        }
        return Response(data, media_type="image/jpeg", headers=headers)

    return routes


def _window(body: dict[str, Any]) -> str:
    """The browser's window that asks: one does not take another's turn."""
    return str(body.get("window", ""))[:64]


def _asked(session: Session, picture: Picture, body: dict[str, Any]) -> Record:
    """The edit that a call asks to see: as shot, a model's, or the picture's with changes."""
    if flag_of(body, "before"):
        return neutral_edit(picture.edit.process, picture.as_shot)
    with session.lock:
        record, predicted = picture.edit, picture.predicted
    if "model" in body:
        model = text_of(body, "model")
        if model not in session.models:
            raise UnknownError("no such model")
        record = predict_now(session, model, picture).record
    changes = read_changes(body.get("changes"))
    return changed(record, changes, predicted or record, session.white(picture))


def _read_ahead(session: Session, picture: Picture, size: int) -> None:
    """The pictures after and before one that is looked at anew, in the grid's own order."""
    with session.lock:
        if session.looked_at == picture.id:
            return
        session.looked_at = picture.id
        names = list(session.pictures)
        place = names.index(picture.id)
        near = [names[n] for n in (place + 1, place - 1) if 0 <= n < len(names)]
        pictures = [session.pictures[name] for name in near]
    session.decoding.read_ahead(pictures, size, picture.edit)
