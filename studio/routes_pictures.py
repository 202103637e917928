"""What the page asks of pictures: the session, the list, one of them, thumbnails."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from studio.pictures import PREDICTED
from studio.shown import picture_json, session_json
from studio.work import Work

# A thumbnail's address has its version: the same one is the same picture.
_THUMB_HEADERS = {"Cache-Control": "private, max-age=86400"}


def picture_routes(work: Work) -> APIRouter:
    """Routes below /api."""
    routes, session = APIRouter(), work.session

    @routes.get("/session")
    def get_session() -> dict[str, Any]:
        return session_json(session)

    @routes.get("/pictures")
    def get_pictures() -> dict[str, Any]:
        return session.list_json()

    @routes.get("/pictures/{name}")
    def get_picture(name: str) -> dict[str, Any]:
        return picture_json(session, name)

    @routes.get("/pictures/{name}/thumb")
    def get_thumb(name: str, v: int = 0, before: int = 0) -> Response:
        picture = session.picture(name)
        with session.lock:
            record, drawn = picture.edit, picture.status == PREDICTED or picture.state.edit
        if before:
            data = session.thumbs.as_shot(picture, record.process)
        elif drawn:
            data = session.thumbs.of_edit(picture, record)
        else:
            data = session.thumbs.of_camera(picture)
        return Response(data, media_type="image/jpeg", headers=_THUMB_HEADERS)

    return routes
