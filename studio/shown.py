"""What the page is shown of a session, and of one picture."""

from pathlib import Path
from typing import Any

from studio.panels import curves_json, panels_json
from studio.pictures import PREDICTED, Picture
from studio.session import Session
from studio.settings import is_loopback
from studio.wire import edit_json


def session_json(session: Session) -> dict[str, Any]:
    """What the page needs to begin: models, panels, counts."""
    settings = session.settings
    with session.lock:
        process = session.process
        pictures = list(session.pictures.values())
        return {
            "project": Path(settings.inputs[0]).absolute().name,
            "output": str(settings.output),
            "expert": settings.expert,
            "process": process,
            "models": [model.to_json() for model in session.models],
            "current_model": session.current_model,
            "remote": not is_loopback(settings.host),
            "panels": panels_json(process),
            "curves": curves_json(process),
            "counts": _counts(pictures),
        }


def picture_json(session: Session, name: str) -> dict[str, Any]:
    """One picture with its edit. Raises UnknownError."""
    picture = session.picture(name)
    white = session.white(picture)
    with session.lock:
        predicted = picture.predicted
        return {
            **picture.to_json(),
            "edit": edit_json(picture.edit, white),
            "predicted": None if predicted is None else edit_json(predicted, white),
            "as_shot": dict(white.as_shot) if white.as_shot else None,
            "model": session.current_model,
            "exif": picture.facts.exif_json(),
        }


def _counts(pictures: list[Picture]) -> dict[str, int]:
    return {
        "pictures": len(pictures),
        "predicted": sum(p.status == PREDICTED for p in pictures),
        "corrected": sum(p.state.edit is not None for p in pictures),
        "picked": sum(p.flag == "pick" for p in pictures),
        "rejected": sum(p.flag == "reject" for p in pictures),
        "accepted": sum(p.accepted for p in pictures),
    }
