"""What the page changes: edits, flags, ratings; copied, undone and done again."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter

from params.files import InputError
from studio.dropper import picked_white
from studio.pictures import FLAGS
from studio.requests import Body, known_only, names_of, number_of, text_of
from studio.sync import synced
from studio.wire import read_changes, what_changes
from studio.work import Work


def edit_routes(work: Work) -> APIRouter:
    """Routes below /api."""
    routes, session = APIRouter(), work.session

    @routes.post("/edit")
    def edit(body: Body) -> dict[str, Any]:
        known_only(body, "ids", "changes")
        names, changes = names_of(body), read_changes(body.get("changes"))
        return session.edit(names, changes, what_changes(changes))

    @routes.post("/flags")
    def flags(body: Body) -> dict[str, Any]:
        known_only(body, "ids", "flag", "rating")
        pictures = [session.picture(name) for name in names_of(body)]
        new: dict[str, Any] = {}
        if "flag" in body:
            if body["flag"] not in FLAGS:
                raise InputError(f"flag is not one of {', '.join(map(repr, FLAGS))}")
            new["flag"] = body["flag"]
        if "rating" in body:
            new["rating"] = int(number_of(body, "rating", 0, 5))
        what = ", ".join(f"{name} {value or 'off'}" for name, value in new.items())
        with session.lock:
            states = {p.id: replace(p.state, **new) for p in pictures}
            return session.set_states(states, what)

    @routes.post("/sync")
    def sync(body: Body) -> dict[str, Any]:
        known_only(body, "from", "to", "panels", "white_balance")
        return synced(session, text_of(body, "from"), names_of(body, "to"), body)

    @routes.post("/dropper")
    def dropper(body: Body) -> dict[str, float]:
        known_only(body, "id", "x", "y")
        picture = session.picture(text_of(body, "id"))
        place = number_of(body, "x", 0.0, 1.0), number_of(body, "y", 0.0, 1.0)
        return picked_white(session.decoding, picture, place)

    @routes.post("/undo")
    def undo(body: Body) -> dict[str, Any]:
        known_only(body)
        return session.undo()

    @routes.post("/redo")
    def redo(body: Body) -> dict[str, Any]:
        known_only(body)
        return session.redo()

    return routes
