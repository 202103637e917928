"""One file over bad lines, from a server that does everything wrong once."""

import email.utils
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fivek_server import Site, serve

from dataset.fivek.http_download import Patience, StoppedError, fetch, part_of, remote_size
from params.files import InputError

CONTENT = np.random.default_rng(0).bytes(300_000)
PATIENCE = Patience(retries=3, pause=0.01, timeout=1.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve(Site(files={"/f (1).dng": CONTENT})) as site:
        yield site


def get(site: Site, path: Path, **options: object) -> int:
    """Download the site's file; what the progress came to."""
    told: list[int] = []
    fetch(
        f"{site.url}/f%20(1).dng",
        path,
        stop=threading.Event(),
        progress=told.append,
        **{"patience": PATIENCE, **options},
    )
    return sum(told)


@pytest.mark.parametrize(
    "faults",
    [
        [],
        ["cut"],
        ["cut", "cut", "cut", "cut", "cut", "cut"],
        ["503"],
        ["429", "500", "502"],
        ["cut", "norange"],
        ["cut", "norange", "norange"],
        ["cut", "part"],
        ["long"],
        ["cut", "503", "cut"],
        ["silent"],
        ["short"],
        ["part"],
    ],
    ids="-".join,
)
def test_arrives_whole(site: Site, tmp_path: Path, faults: list[str]) -> None:
    site.faults["/f (1).dng"] = faults
    path = tmp_path / "new" / "f.dng"
    assert get(site, path, size=len(CONTENT)) == len(CONTENT)
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["f.dng"]


def test_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "f.dng"
    site.faults["/f (1).dng"] = ["cut", "503...", "x"]
    with pytest.raises(InputError, match=r"HTTP 503 .*given up after 4 tries"):
        get(site, path, size=len(CONTENT))
    assert not path.exists()
    assert part_of(path).read_bytes() == CONTENT[:150_000]
    site.faults.clear()
    site.requests.clear()
    site.sent.clear()
    assert get(site, path, size=len(CONTENT)) == 150_000
    assert path.read_bytes() == CONTENT
    assert site.requests == [("GET", "/f (1).dng", "bytes=150000-")]
    assert sum(site.sent.values()) == 150_000


def test_a_part_that_is_whole_needs_no_line(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "f.dng"
    part_of(path).write_bytes(CONTENT)
    assert get(site, path, size=len(CONTENT)) == 0
    assert site.requests == []
    assert path.read_bytes() == CONTENT


def test_a_part_of_another_file_is_thrown_away(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "f.dng"
    part_of(path).write_bytes(CONTENT + b"more")
    assert get(site, path) == -4
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_what_will_not_change_is_not_tried_again(site: Site, tmp_path: Path, status: int) -> None:
    site.faults["/f (1).dng"] = [f"{status}..."]
    with pytest.raises(InputError, match=rf"f%20\(1\).dng: HTTP {status} "):
        get(site, tmp_path / "f.dng")
    assert len(site.requests) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["long", "norange", "short", "part", "page"])
def test_a_server_that_never_learns(site: Site, tmp_path: Path, fault: str) -> None:
    """Ends with an error, soon, and no file under its name."""
    site.faults["/f (1).dng"] = ["cut" if fault == "norange" else f"{fault}..."]
    if fault == "norange":
        site.faults["/f (1).dng"] = ["cut", "503", "503", "503", "503"]
    started = time.monotonic()
    with pytest.raises(InputError, match="given up after 4 tries"):
        get(site, tmp_path / "f.dng", size=len(CONTENT))
    assert not (tmp_path / "f.dng").exists()
    assert time.monotonic() - started < 3.0
    assert len(site.requests) < 20


def test_the_content_is_checked(site: Site, tmp_path: Path) -> None:
    site.faults["/f (1).dng"] = ["page", "short"]
    path = tmp_path / "f.dng"
    checked: list[int] = []

    def check(part: Path) -> str | None:
        checked.append(part.stat().st_size)
        return None if part.read_bytes() == CONTENT else "not it"

    assert get(site, path, check=check) == len(CONTENT)
    assert checked == [26, 150_000, 300_000]
    site.faults["/f (1).dng"] = ["page..."]
    with pytest.raises(InputError, match="not it; given up"):
        get(site, tmp_path / "g.dng", check=check)
    assert [p.name for p in tmp_path.iterdir()] == ["f.dng"]


@pytest.mark.parametrize("kind", ["seconds", "date"])
def test_waits_as_long_as_the_server_asks(site: Site, tmp_path: Path, kind: str) -> None:
    date = email.utils.formatdate(time.time() + 2, usegmt=True)  # in whole seconds
    site.faults["/f (1).dng"], site.retry_after = ["429"], "1" if kind == "seconds" else date
    started = time.monotonic()
    get(site, tmp_path / "f.dng")
    assert 0.5 < time.monotonic() - started < 4.0


def test_stops_when_told(site: Site, tmp_path: Path) -> None:
    site.faults["/f (1).dng"] = ["slow"]
    stop = threading.Event()
    path = tmp_path / "f.dng"
    with pytest.raises(StoppedError):
        fetch(
            f"{site.url}/f%20(1).dng",
            path,
            patience=PATIENCE,
            stop=stop,
            progress=lambda n: stop.set() if n else None,
        )
    assert not path.exists()
    assert part_of(path).stat().st_size < len(CONTENT)
    site.faults["/f (1).dng"], site.retry_after = ["503"], "100"
    threading.Timer(0.2, stop.set).start()
    stop.clear()
    with pytest.raises(StoppedError):
        fetch(f"{site.url}/f%20(1).dng", path, patience=PATIENCE, stop=stop)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/x", "x", "", "http://", "http://[x/", "http://h:x/"]
)
def test_urls_that_are_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        fetch(url, tmp_path / "x", patience=Patience(0, 0.0, 0.5), stop=threading.Event())
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_our_own_disk_is_not_the_line(site: Site, tmp_path: Path) -> None:
    """Not tried again: the next file would fare no better."""
    resource = pytest.importorskip("resource", reason="no limits on files here")
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        get(site, tmp_path / "file" / "f.dng")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            get(site, tmp_path / "f.dng")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(site.asked("GET")) == 1


def test_the_size_beforehand(site: Site) -> None:
    stop = threading.Event()
    url = f"{site.url}/f%20(1).dng"
    assert remote_size(url, PATIENCE, stop) == len(CONTENT)
    site.head["/f (1).dng"] = 405
    assert remote_size(url, PATIENCE, stop) is None
    with pytest.raises(InputError, match=r"HTTP 404"):
        remote_size(f"{site.url}/other", PATIENCE, stop)
    site.head["/f (1).dng"] = 503
    with pytest.raises(InputError, match=r"HTTP 503 .*given up"):
        remote_size(url, PATIENCE, stop)
