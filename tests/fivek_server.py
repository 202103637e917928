"""A web server in this process that misbehaves as told."""

import contextlib
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass
class Site:
    """files: path -> content. faults: path -> what goes wrong, one a GET, the last for ever if
    it is written "...": cut, silent, long, short, page, part, norange, slow, or an HTTP status.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    head: dict[str, int] = field(default_factory=dict)  # path -> status of HEAD
    codes: dict[str, str] = field(default_factory=dict)  # path -> the Hub's X-Error-Code
    retry_after: str = "0"
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, Range
    sent: Counter[str] = field(default_factory=Counter)
    url: str = ""
    busy: int = 0  # bodies being sent now, and the most there were
    most: int = 0

    def asked(self, method: str) -> list[str]:
        return [path for how, path, _ in self.requests if how == method]

    def next_fault(self, path: str) -> str:
        waiting = self.faults.get(path, [])
        if not waiting:
            return ""
        return waiting[0][:-3] if waiting[0].endswith("...") else waiting.pop(0)


@contextlib.contextmanager
def serve(site: Site) -> Iterator[Site]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            path = self.start("HEAD")
            status = site.head.get(path, 200 if path in site.files else 404)
            self.answer(status, len(site.files.get(path, b"")))

        def do_GET(self) -> None:
            path = self.start("GET")
            fault = site.next_fault(path)
            content = site.files.get(path)
            if fault.isdecimal() or content is None:
                self.answer(int(fault or 404), 0)
                return
            first = int((self.headers["Range"] or "bytes=0-")[6:-1])
            if fault == "norange":
                first = 0
            if first and first >= len(content):
                self.answer(416, 0)
                return
            if fault == "page":
                content, first = b"<html>Please log in</html>", 0
            if fault == "short":
                content, first = content[: len(content) // 2], 0
            body = content[first:]
            claimed = len(body) + (100 if fault == "long" else 0)
            status = 206 if first else 200
            if fault == "part":
                status, first = 206, first + 7
            self.answer(status, claimed, f"bytes {first}-{len(content) - 1}/{len(content)}")
            if fault == "cut":
                body = body[: max(1, len(body) // 2)]
            if fault == "silent":
                self.wfile.write(body[:1000])
                self.wfile.flush()
                time.sleep(2.5)
                return
            with lock:
                site.busy += 1
                site.most = max(site.most, site.busy)
            for start in range(0, len(body), 4096):
                if start + 4096 >= len(body):
                    with lock:  # before the client can know that this was all
                        site.busy -= 1
                self.wfile.write(body[start : start + 4096])
                site.sent[path] += len(body[start : start + 4096])
                if fault == "slow":
                    self.wfile.flush()
                    time.sleep(0.05)

        def start(self, method: str) -> str:
            path = unquote(self.path.partition("?")[0])
            site.requests.append((method, path, self.headers["Range"] or ""))
            return path

        def answer(self, status: int, length: int, span: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.send_header("ETag", f'"{zlib.crc32(self.path.encode()):08x}"')
            self.send_header("X-Repo-Commit", "1" * 40)  # as the Hugging Face Hub does
            if code := site.codes.get(unquote(self.path.partition("?")[0])):
                self.send_header("X-Error-Code", code)
            if status == 206:
                self.send_header("Content-Range", span)
            if status in (429, 503):
                self.send_header("Retry-After", site.retry_after)
            self.end_headers()

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
