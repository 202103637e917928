"""What the page asks of models: to predict by another one, and several side by side."""

from typing import Any

from fastapi import APIRouter

from params.files import InputError
from studio.predicting import predict_now
from studio.requests import Body, known_only, names_of, text_of
from studio.session import UnknownError
from studio.shown import session_json
from studio.wire import edit_json
from studio.work import Work

_MOST_COMPARED = 12


def model_routes(work: Work) -> APIRouter:
    """Routes below /api."""
    routes, session = APIRouter(), work.session

    @routes.post("/predict")
    def predict(body: Body) -> dict[str, Any]:
        known_only(body, "ids", "model")
        names = names_of(body) if body.get("ids") is not None else None
        for name in names or ():
            session.picture(name)
        session.choose(text_of(body, "model"))
        for picture in session.pictures.values():
            work.comparing.add(picture)
        work.predicting.add(names)
        return session_json(session)

    @routes.post("/cancel")
    def cancel(body: Body) -> dict[str, Any]:
        known_only(body)
        work.predicting.cancel()
        return {}

    @routes.get("/compare/{name}")
    def compare(name: str, models: str) -> dict[str, Any]:
        picture = session.picture(name)
        asked = list(dict.fromkeys(models.split(",")))
        if len(asked) > _MOST_COMPARED:
            raise InputError(f"models: at most {_MOST_COMPARED} are compared")
        if unknown := [model for model in asked if model not in session.models]:
            raise UnknownError("no such model" if len(unknown) == 1 else "no such models")
        found = []
        for model in asked:
            record = predict_now(session, model, picture).record
            shown = {"id": model, "name": session.models[model].name}
            found.append({**shown, "edit": edit_json(record, session.white(picture))})
        return {"models": found}

    return routes
