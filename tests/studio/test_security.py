"""Who may ask the studio: each rule refuses what it is for, and lets the page through."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulated import AWKWARD, scene
from studio_client import ADDRESS, OURS, PORT, TOKEN, Studio, open_studio, write_shoot

from dataset.synthetic.write_dng import write_dng
from params.files import InputError
from studio.settings import StudioSettings


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("security")
    write_shoot(folder / "shoot", 2)
    with open_studio(folder / "shoot", folder / "out") as studio:
        yield studio


def ask(studio: Studio, method: str, path: str, cookie: bool = True, **headers: str) -> Any:
    """A request with these headers only."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if not cookie:
        sent = {"Cookie": "", **sent}
    body = "{}" if method == "POST" else None
    return studio.client.request(method, path, headers=sent, content=body, follow_redirects=False)


def test_the_token_becomes_a_cookie_and_leaves_the_address(studio: Studio) -> None:
    answer = ask(studio, "GET", f"/?token={TOKEN}", cookie=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert f"autoacr_{PORT}={TOKEN}" in cookie


@pytest.mark.parametrize("path", ["/", "/static/studio.css", "/api/pictures", "/api/events", "/x"])
@pytest.mark.parametrize("token", ["", "?token=", "?token=wrong", f"?token={TOKEN}&token=b"])
def test_nothing_is_answered_without_the_token(studio: Studio, path: str, token: str) -> None:
    answer = ask(studio, "GET", path + token, cookie=False)
    assert answer.status_code == 403
    assert "address" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_wrong_cookie_is_none(studio: Studio) -> None:
    cookie = f"autoacr_{PORT}=wrong"
    assert ask(studio, "GET", "/api/pictures", cookie=False, Cookie=cookie).status_code == 403
    right = f"autoacr_{PORT}={TOKEN}"
    assert ask(studio, "GET", "/api/pictures", cookie=False, Cookie=right).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"10.0.0.1:{PORT}", ""],
)
def test_another_name_for_this_address_is_refused(studio: Studio, host: str) -> None:
    """A page whose name server points at this computer would be of one origin with the studio."""
    assert ask(studio, "GET", f"/?token={TOKEN}", Host=host).status_code == 421
    assert ask(studio, "GET", "/api/pictures", Host=host).status_code == 421


@pytest.mark.parametrize("host", [f"localhost:{PORT}", f"[::1]:{PORT}", f"LOCALHOST:{PORT}"])
def test_own_names_are_taken(studio: Studio, host: str) -> None:
    assert ask(studio, "GET", "/api/pictures", Host=host).status_code == 200


JSON = {"Content_Type": "application/json"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{PORT + 1}"},
        {"Origin": f"https://127.0.0.1:{PORT}"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site", "Origin": ADDRESS},
        {"Sec_Fetch_Site": "none"},
    ],
    ids=str,
)
def test_other_pages_change_nothing(studio: Studio, headers: dict[str, str]) -> None:
    before = studio.work.session.revision
    answer = ask(studio, "POST", "/api/undo", **JSON, **headers)
    assert answer.status_code == 403
    assert studio.work.session.revision == before


def test_our_page_may(studio: Studio) -> None:
    for headers in (OURS, {"Sec_Fetch_Site": "same-origin"}):
        assert ask(studio, "POST", "/api/cancel", **JSON, **headers).status_code == 200


def test_other_pages_show_nothing_of_ours(studio: Studio) -> None:
    for site in ("cross-site", "same-site"):
        path = f"/api/pictures/{studio.ids[0]}/thumb"
        assert ask(studio, "GET", path, Sec_Fetch_Site=site).status_code == 403
    navigate = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert ask(studio, "GET", "/", **navigate).status_code == 200  # a link to the page


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_forms_are_refused(studio: Studio, kind: str) -> None:
    headers = {"Content_Type": kind} if kind else {}
    assert ask(studio, "POST", "/api/undo", **OURS, **headers).status_code == 415


def test_bodies_are_bounded(studio: Studio) -> None:
    large = json.dumps({"ids": ["x" * 100] * 20_000})
    headers = {**OURS, "Content-Type": "application/json"}
    assert studio.client.post("/api/edit", content=large, headers=headers).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    assert studio.client.post("/api/edit", content=pieces(), headers=headers).status_code == 413


@pytest.mark.parametrize(
    "body", ["", "[]", "nan", "{", '{"ids": NaN}', "[" * 100_000, '"text"', "\xff", "{}"]
)
def test_what_is_no_json_is_one_line(studio: Studio, body: str) -> None:
    headers = {**OURS, "Content-Type": "application/json"}
    answer = studio.client.post("/api/edit", content=body.encode("latin-1"), headers=headers)
    assert answer.status_code == 422
    assert re.fullmatch(r"[^\n]{1,120}", answer.json()["error"])


def test_pages_run_no_script_but_ours(studio: Studio) -> None:
    for path in ("/", "/api/pictures", "/static/studio.js", "/static/none.js"):
        headers = studio.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert studio.client.get("/api/pictures").headers["cache-control"] == "no-store"
    refused = ask(studio, "GET", "/", cookie=False)
    assert "default-src 'none'" in refused.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/api/pictures/..%2f..%2fetc%2fpasswd",
        "/api/pictures/%2fetc%2fpasswd/thumb",
        "/docs",
        "/openapi.json",
        "/static/",
    ],
)
def test_no_path_is_opened(studio: Studio, path: str) -> None:
    answer = studio.client.get(path)
    assert answer.status_code == 404
    assert answer.json().keys() == {"error"}


def test_ids_are_all_that_names_a_picture(studio: Studio) -> None:
    path = str(next(iter(studio.work.session.pictures.values())).path)
    for name in (path[-60:], "IMG_0000.dng", "../IMG_0000.dng", "/etc/passwd", "\0", ""):
        assert studio.error("/edit", 404, ids=[name], changes={}) == "no such picture"
    studio.error("/edit", 422, ids=[], changes={})
    studio.error("/edit", 422, ids=[["x"]], changes={})


def test_links_out_of_the_folder_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_shoot(tmp_path / "shoot", 2)
    outside = tmp_path / "private" / "secret.dng"
    outside.parent.mkdir()
    write_dng(outside, scene(9, 32, 48))
    (tmp_path / "shoot" / "link.dng").symlink_to(outside)
    (tmp_path / "shoot" / "inside.dng").symlink_to(tmp_path / "shoot" / "IMG_0000.dng")
    with open_studio(tmp_path / "shoot", tmp_path / "out") as studio:
        names = [picture["name"] for picture in studio.get("/pictures")["pictures"]]
        assert names == ["IMG_0000.dng", "IMG_0001.dng", "inside.dng"]
        assert "link.dng: a link that leads out of the folders given" in caplog.text
        # One that becomes a link later.
        path = tmp_path / "shoot" / "IMG_0001.dng"
        path.unlink()
        path.symlink_to(outside)
        line = studio.error(f"/pictures/{studio.ids[1]}/render", 422)
        assert "leads out" in line


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    folder = tmp_path / AWKWARD / "<img src=x onerror=alert(1)>"
    hostile = "'\"><script>alert(1)</script>&amp;.dng".replace("/", "\u2215")
    raw = folder / hostile
    folder.mkdir(parents=True)
    camera = ("<b>Maker</b>", "</script><script>alert(2)</script>")
    write_dng(raw, scene(1, 32, 48), camera=camera)
    strange = os.fsdecode(b"\xff\xfe name.dng")
    write_dng(folder / strange, scene(2, 32, 48))
    raw.with_suffix(".xmp").write_text("<x:xmpmeta onload='alert(3)'")
    with open_studio(tmp_path, tmp_path / "out", start=True, recursive=True) as studio:
        studio.wait(studio.work.looking.all.is_set)
        page = studio.client.get("/").text
        assert "<script>alert" not in page
        shown = studio.get("/pictures")["pictures"]
        assert {hostile, "\ufffd\ufffd name.dng"} == {picture["name"] for picture in shown}
        assert f"{camera[0]} {camera[1]}" in {picture["camera"] for picture in shown}
        answer = studio.client.get("/api/pictures")
        assert answer.headers["content-type"] == "application/json"


def test_other_computers_only_where_that_is_meant(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unencrypted"):
        StudioSettings([tmp_path], tmp_path, host="0.0.0.0")
    StudioSettings([tmp_path], tmp_path, host="0.0.0.0", allow_remote=True)
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.53"):
        StudioSettings([tmp_path], tmp_path, host=host)


def test_from_other_computers_by_its_address_only(tmp_path: Path) -> None:
    write_shoot(tmp_path / "shoot", 1)
    more = {"host": "0.0.0.0", "allow_remote": True}
    with open_studio(tmp_path / "shoot", tmp_path / "out", **more) as studio:
        assert ask(studio, "GET", "/api/pictures", Host=f"192.168.1.5:{PORT}").status_code == 200
        assert ask(studio, "GET", "/api/pictures", Host=f"evil.example:{PORT}").status_code == 421
