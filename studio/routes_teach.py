"""What the page asks of teaching: how it stands, to keep corrections, to measure, to train."""

from typing import Any

from fastapi import APIRouter

from studio.requests import Body, known_only
from studio.work import Work


def teach_routes(work: Work) -> APIRouter:
    """Routes below /api."""
    routes, teach = APIRouter(), work.teach

    @routes.get("/teach")
    def how_it_stands() -> dict[str, Any]:
        return teach.to_json()

    @routes.post("/teach/save")
    def save(body: Body) -> dict[str, Any]:
        known_only(body)
        return {"job": teach.save().id}

    @routes.post("/teach/curve")
    def curve(body: Body) -> dict[str, Any]:
        known_only(body)
        return {"job": teach.measure().id}

    @routes.post("/teach/train")
    def train(body: Body) -> dict[str, Any]:
        known_only(body)
        return {"job": teach.train().id}

    return routes
