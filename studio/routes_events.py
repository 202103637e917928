"""What pages are told as it comes about: server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from studio.listeners import Event
from studio.work import Work

_MOST_WAITING = 2000  # events for a page that doesn't listen; it comes back, and asks for all
_ALIVE_SECONDS = 15.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event_routes(work: Work) -> APIRouter:
    """The route below /api."""
    routes, session = APIRouter(), work.session

    @routes.get("/events")
    async def events() -> StreamingResponse:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[Event | None] = asyncio.Queue()

        def take(event: Event) -> None:
            if waiting.qsize() > _MOST_WAITING:
                waiting.put_nowait(None)
            else:
                waiting.put_nowait(None if event["kind"] == "closing" else event)

        def listen(event: Event) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(take, event)

        end = session.subscribe(listen)
        stream = _stream(waiting, session.revision, end)
        return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)

    async def _stream(
        waiting: "asyncio.Queue[Event | None]", revision: int, end: Callable[[], None]
    ) -> AsyncIterator[bytes]:
        try:
            yield _line({"kind": "pictures", "revision": revision, "pictures": [], "what": ""})
            while not session.closing.is_set():
                try:
                    event = await asyncio.wait_for(waiting.get(), _ALIVE_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if event is None:
                    return
                yield _line(event)
        finally:
            end()

    return routes


def _line(event: Event) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()
