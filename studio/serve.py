"""The studio served: on this computer, until Ctrl-C."""

import contextlib
import logging
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterator
from types import FrameType

import uvicorn

from params.files import InputError
from studio.app import make_app
from studio.security import new_token
from studio.settings import StudioSettings, is_loopback
from studio.work import Work

log = logging.getLogger(__name__)

_GRACE = 2  # seconds for answers that are on their way


class _Server(uvicorn.Server):
    """A server that ends at Ctrl-C or SIGTERM, without raising the signal once more."""

    def __init__(self, config: uvicorn.Config, work: Work) -> None:
        super().__init__(config)
        self._work = work

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self.handle_exit) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # In a thread of its own: the main one may hold the session's lock.
        threading.Thread(target=self._work.session.tell, args=({"kind": "closing"},)).start()


def serve(settings: StudioSettings) -> None:
    """Open the studio and serve it until it is interrupted.

    Raises:
        InputError: no pictures, a model that cannot be read, a folder that another studio has or
            that refuses, or no such address.
    """
    listening = _listen(settings)
    settings = settings.at_port(listening.getsockname()[1])
    with listening, Work(settings) as work:
        token = new_token()
        config = uvicorn.Config(
            make_app(work, token),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_keep_alive=60,
            timeout_graceful_shutdown=_GRACE,
        )
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        address = f"http://{_shown_host(settings.host)}:{settings.port}/?token={token}"
        if not is_loopback(settings.host):
            log.warning(
                "other computers reach this studio, unencrypted: who has its address sees and "
                "changes the pictures' edits"
            )
        server = _Server(config, work)
        count = len(work.session.pictures)
        with server.capture_signals():  # from when the address is said, Ctrl-C ends it well
            log.info("%d picture%s, open in the browser: %s", count, "s" * (count != 1), address)
            work.start()
            if settings.browser:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            server.run([listening])
    log.info("closed; edits are kept in %s", settings.folder)


def _listen(settings: StudioSettings) -> socket.socket:
    host = settings.host
    try:
        family, kind, number, _, place = socket.getaddrinfo(
            host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, number)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen(128)  # from when the address is said, who comes early waits
        except OSError:
            listening.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{host}, port {settings.port}: cannot be served: {reason}") from error
    return listening


def _shown_host(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
