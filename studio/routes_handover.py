"""What the page asks of work behind it: hand over, look after jobs, make a group consistent."""

from typing import Any

from fastapi import APIRouter

from params.files import InputError
from stages.predict.settings import LEAST_SIDE, PictureOutput
from studio.handover import BESIDE, OUTPUT, Wanted, hand_over
from studio.requests import Body, flag_of, known_only, names_of, number_of, text_of
from studio.together import group_of, made_consistent
from studio.work import Work

_MOST_SIDE = 65_535  # of a JPEG


def handover_routes(work: Work) -> APIRouter:
    """Routes below /api."""
    routes, session, jobs = APIRouter(), work.session, work.jobs

    @routes.post("/accept")
    def accept(body: Body) -> dict[str, Any]:
        known_only(body, "ids", "where", "xmp", "embed", "tiff", "jpeg", "max_size", "quality")
        where = body.get("where", OUTPUT)
        if where not in (BESIDE, OUTPUT):
            raise InputError(f"where is neither {BESIDE} nor {OUTPUT}")
        side = None
        if body.get("max_size") is not None:
            side = int(number_of(body, "max_size", LEAST_SIDE, _MOST_SIDE, None))
        wanted = Wanted(
            beside=where == BESIDE,
            xmp=flag_of(body, "xmp"),
            embed=flag_of(body, "embed"),
            tiff=flag_of(body, "tiff"),
            jpeg=flag_of(body, "jpeg"),
            jpeg_side=side,
            quality=int(number_of(body, "quality", 1, 100, PictureOutput.jpeg_quality)),
        )
        return {"job": hand_over(session, jobs, names_of(body), wanted).id}

    @routes.post("/consistent")
    def consistent(body: Body) -> dict[str, Any]:
        known_only(body, "ids", "group")
        if "group" in body:
            return made_consistent(session, group_of(session, text_of(body, "group")))
        return made_consistent(session, names_of(body))

    @routes.get("/jobs")
    def listed() -> dict[str, Any]:
        return {"jobs": jobs.to_json()}

    @routes.post("/jobs/{name}/cancel")
    def cancel(name: str, body: Body) -> dict[str, Any]:
        known_only(body)
        return jobs.cancel(name).to_json()

    return routes
