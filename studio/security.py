"""Who may ask the studio, and what its pages may do.

The page's address has a random token, which becomes a cookie; without it nothing is answered.
Requests that another page, or another name for this address, brings about are refused: the browser
says where they come from (Host, Origin, Sec-Fetch-Site). Pages run no script but the studio's own.
"""

import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from studio.requests import MOST_BODY
from studio.settings import is_loopback

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
# What a refusal answers: status, kind, line -> kind of content, content.
Refusal = Callable[[int, str], tuple[str, bytes]]

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
_NO_STORE = (b"cache-control", b"no-store")
_READS = ("GET", "HEAD")
_OUTSIDE = ("cross-site", "same-site")  # another port of this computer is the same "site"


def new_token() -> str:
    """A token for one run of the studio."""
    return secrets.token_urlsafe(32)


class Guard:
    """What stands before the app: refuses, and adds headers to what is answered.

    Args:
        host: that the studio is bound to.
        refusal: what to answer with a status and a line.
    """

    def __init__(self, app: App, token: str, host: str, refusal: Refusal) -> None:
        self._app, self._token, self._host, self._refusal = app, token, host, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served")
        answer = _with_headers(send, scope["path"])
        asked = _Asked(scope, self._host)
        if asked.host_is_ours and asked.opens_with(self._token):
            await _enter(answer, asked.cookie, self._token)
            return
        refused = asked.refused(self._token)
        if refused is None and not asked.reads:
            body = await _read_body(receive, asked.header(b"content-length"))
            if body is None:
                refused = 413, f"a body of more than {MOST_BODY >> 20} MiB"
            else:
                receive = _replay(body, receive)
        if refused is not None:
            await self._refuse(answer, *refused)
            return
        await self._app(scope, receive, answer)

    async def _refuse(self, send: Send, status: int, line: str) -> None:
        kind, content = self._refusal(status, line)
        headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


class _Asked:
    """What a request's headers say."""

    def __init__(self, scope: Scope, bound: str) -> None:
        self._scope, self._bound = scope, bound
        self._port = int((scope.get("server") or ("", 0))[1] or 0)
        self.cookie = f"autoacr_{self._port}"

    def header(self, name: bytes) -> str:
        """A header's text; "" where it isn't there once."""
        found = [value for key, value in self._scope["headers"] if key.lower() == name]
        return found[0].decode("latin-1") if len(found) == 1 else ""

    @property
    def reads(self) -> bool:
        """Whether it asks for something, and changes nothing."""
        return self._scope["method"] in _READS

    def refused(self, token: str) -> tuple[int, str] | None:
        """Status and line of why this is not answered; None: it is."""
        if not self.host_is_ours:
            return 421, "this is not the studio's address"
        if not self.carries(token):
            return 403, "open the address that the studio printed"
        if self.is_from_outside:
            return 403, "asked by another page"
        kind = self.header(b"content-type").split(";")[0].strip().lower()
        if not self.reads and kind != "application/json":
            return 415, "the body is not declared as application/json"
        return None

    @property
    def host_is_ours(self) -> bool:
        """Whether the browser asked this computer by an address that no name server can give."""
        name, port = _split(self.header(b"host"))
        if port != self._port:
            return False
        if is_loopback(self._bound):
            return name in ("127.0.0.1", "localhost", "[::1]", _bracketed(self._bound))
        own = {_bracketed(self._bound), socket.gethostname().lower(), "localhost"}
        return name in own or _is_address(name)

    def opens_with(self, token: str) -> bool:
        """Whether this is the page's address with its token."""
        if self._scope["path"] != "/" or self._scope["method"] != "GET":
            return False
        given = parse_qs(self._scope["query_string"].decode("latin-1")).get("token", [])
        return len(given) == 1 and _same(given[0], token)

    def carries(self, token: str) -> bool:
        """Whether the token's cookie came along."""
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(self.header(b"cookie"))
        except CookieError:
            return False
        return self.cookie in cookies and _same(cookies[self.cookie].value, token)

    @property
    def is_from_outside(self) -> bool:
        """Whether another page brought this about; of what changes something: unless ours did."""
        site, origin = self.header(b"sec-fetch-site"), self.header(b"origin")
        if site in _OUTSIDE:
            opened = self.header(b"sec-fetch-mode") == "navigate" and self._scope["path"] == "/"
            return not (self.reads and opened)
        if origin:
            return origin != f"http://{self.header(b'host')}"
        return not self.reads and site != "same-origin"


def _split(host: str) -> tuple[str, int]:
    """Name and port of a Host header; port 80 where none is named, -1 where it is no number."""
    name, colon, port = host.lower().rpartition(":")
    if not colon or "]" in port:
        return host.lower(), 80
    return name, int(port) if port.isascii() and port.isdecimal() else -1


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _same(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), token.encode())


async def _enter(send: Send, cookie: str, token: str) -> None:
    """The token becomes a cookie, and leaves the address."""
    value = f"{cookie}={token}; HttpOnly; SameSite=Strict; Path=/"
    headers = [(b"location", b"/"), (b"set-cookie", value.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _read_body(receive: Receive, length: str) -> bytes | None:
    """The whole body; None where it is too large."""
    if length and (not length.isdecimal() or int(length) > MOST_BODY):
        return None
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BODY:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body that has been read, once more; then what comes after it."""
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(send: Send, path: str) -> Send:
    async def answer(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [(k, v) for k, v in message.get("headers", ()) if k.lower() != b"server"]
            headers += _HEADERS
            named = {key.lower() for key, _ in headers}
            if b"cache-control" not in named:
                kept = (b"cache-control", b"no-cache") if path.startswith("/static/") else _NO_STORE
                headers.append(kept)
            message = {**message, "headers": headers}
        await send(message)

    return answer
