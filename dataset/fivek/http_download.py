"""One file by HTTP, over bad lines: resumed, retried, checked, and named only when whole."""

import contextlib
import email.utils
import errno
import http.client
import os
import random
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from params.files import InputError

CHUNK = 1 << 18
_LONGEST_PAUSE = 60.0
_LONGEST_WISH = 600.0  # of a server's Retry-After
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EFBIG}
_WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}


class StoppedError(Exception):
    """The download was called off."""


@dataclass(frozen=True)
class Patience:
    """How often to try again without progress, seconds before the first time (doubled each
    time, up to a minute; a server's Retry-After goes before), and seconds of silence to bear."""

    retries: int = 6
    pause: float = 1.0
    timeout: float = 30.0


class _TryAgainError(Exception):
    """This try failed; another may not. after: seconds that the server asks to wait."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


def part_of(path: Path) -> Path:
    """Where a file grows until it is whole."""
    return path.with_name(f".{path.name}.part")


def remote_size(url: str, patience: Patience, stop: threading.Event) -> int | None:
    """Bytes that the server says it has, or None when it does not say.

    Raises:
        InputError: it has no such file, or does not answer.
        StoppedError: `stop` was set.
    """

    def ask() -> int | None:
        with _open(url, {}, patience, method="HEAD") as response:
            return _number(response.headers.get("Content-Length"))

    try:
        return _persist(ask, url, patience, stop)
    except _RefusedError as error:
        if error.status in (405, 501):
            return None
        raise


def fetch(
    url: str,
    path: Path,
    *,
    size: int | None = None,
    check: Callable[[Path], str | None] = lambda _: None,
    patience: Patience,
    stop: threading.Event,
    progress: Callable[[int], Any] = lambda _: None,
) -> None:
    """Download to `path`, going on where an earlier call or process stopped.

    Args:
        size: bytes it must have, when known.
        check: looks at the whole file before it gets its name; a reason makes it start anew.
        progress: told of each change of the bytes there are (less, when it starts anew).

    Raises:
        InputError: no such file, not what was expected, or no progress after all retries.
        StoppedError: `stop` was set; what came so far is kept.
    """
    part = part_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)

    def attempt() -> None:
        if size is None or _size(part) != size:
            _receive(url, part, size, patience, stop, progress)
        if reason := check(part):
            progress(-_size(part))
            _discard(part)
            raise _TryAgainError(reason)

    _persist(attempt, url, patience, stop, part)
    os.replace(part, path)
    _tag_of(part).unlink(missing_ok=True)


def _persist(
    attempt: Callable[[], Any],
    url: str,
    patience: Patience,
    stop: threading.Event,
    part: Path | None = None,
) -> Any:
    """attempt() until it succeeds, or has failed too often without `part` growing."""
    failures, most = 0, _size(part) if part else 0
    while True:
        try:
            return attempt()
        except _TryAgainError as error:
            problem, after = str(error), error.after
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, OSError) and (error.filename or error.errno in _DISK_ERRORS):
                raise  # our own disk's error, not the line's
            reason = getattr(error, "reason", error)
            problem, after = str(reason) or type(reason).__name__, None
        have = _size(part) if part else 0
        failures = 0 if have > most else failures + 1
        most = max(most, have)
        if failures > patience.retries:
            raise InputError(f"{url}: {problem}; given up after {failures} tries")
        pause = min(patience.pause * 2 ** max(failures - 1, 0), _LONGEST_PAUSE)
        if stop.wait(after if after is not None else pause * random.uniform(0.75, 1.25)):
            raise StoppedError


def _receive(
    url: str,
    part: Path,
    size: int | None,
    patience: Patience,
    stop: threading.Event,
    progress: Callable[[int], Any],
) -> None:
    """One request's worth of the file, behind what `part` holds already."""
    have = _size(part)
    headers = {}
    if have:
        headers["Range"] = f"bytes={have}-"
        if tag := _read_tag(part):
            headers["If-Range"] = tag
    try:
        response = _open(url, headers, patience)
    except _RefusedError as error:
        if error.status != 416:
            raise
        progress(-have)  # more than the server has: begin anew
        _discard(part)
        raise _TryAgainError("the server has less than was received before") from error
    with response:
        start, total = 0, _number(response.headers.get("Content-Length"))
        if response.status == 206:
            start, total = _content_range(response.headers.get("Content-Range"))
        if start not in (0, have):
            raise _TryAgainError(f"the server sent another part than was asked for (from {start})")
        if size is not None and total is not None and total != size:
            raise _TryAgainError(f"the server says {total} bytes, expected are {size}")
        progress(start - have)
        _write_tag(part, response)
        with part.open("r+b" if part.exists() else "wb") as file:
            file.seek(start)
            file.truncate()
            while chunk := response.read1(CHUNK):
                file.write(chunk)
                progress(len(chunk))
                if stop.is_set():
                    raise StoppedError
    have, wanted = _size(part), total if size is None else size
    if wanted is not None and have != wanted:
        if have > wanted:
            progress(-have)
            _discard(part)
        raise _TryAgainError(f"the connection ended at {have} of {wanted} bytes")


class _RefusedError(InputError):
    """An answer that will not change."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def _open(url: str, headers: dict[str, str], patience: Patience, method: str = "GET") -> Any:
    if not url.lower().startswith(("http://", "https://")):
        raise InputError(f"{url[:200]}: neither http nor https")
    headers = {"User-Agent": "auto-acr", "Accept-Encoding": "identity", **headers}
    try:
        request = urllib.request.Request(url, headers=headers, method=method)
        return _opener().open(request, timeout=patience.timeout)
    except urllib.error.HTTPError as error:
        error.close()
        text = f"HTTP {error.code} {error.reason}"
        if error.code in _WORTH_RETRYING:
            raise _TryAgainError(text, _retry_after(error.headers.get("Retry-After"))) from error
        raise _RefusedError(f"{url}: {text}", error.code) from error
    except ValueError as error:  # not a URL at all
        raise InputError(f"{url[:200]}: {error}") from error


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS with proxies and redirections; neither file: nor ftp:, wherever named."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header, which may be a date."""
    if not value:
        return None
    seconds: float | None = _number(value)
    if seconds is None:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), _LONGEST_WISH)


def _content_range(value: str | None) -> tuple[int, int | None]:
    """First byte and whole size of a Content-Range header."""
    found = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", (value or "").strip())
    if not found:
        raise _TryAgainError(f"the server's Content-Range makes no sense: {value!r:.60}")
    return int(found[1]), _number(found[2])


def _number(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag_of(part).unlink(missing_ok=True)


def _tag_of(part: Path) -> Path:
    return part.with_name(part.name + ".tag")


def _read_tag(part: Path) -> str | None:
    """What tells the server's file from a later one of the same name, when it told us."""
    try:
        text = _tag_of(part).read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    return text if text and text.isprintable() and len(text) < 200 else None


def _write_tag(part: Path, response: Any) -> None:
    tag = response.headers.get("ETag") or ""
    if not tag.startswith('"'):  # weak ones are not for If-Range
        tag = response.headers.get("Last-Modified") or ""
    with contextlib.suppress(UnicodeEncodeError):
        _tag_of(part).write_text(tag, encoding="ascii")
