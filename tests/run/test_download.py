"""download_fivek_editor.py against a server in this process, as a user calls it."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fivek_server import Site, serve
from fivek_tree import CAMERAS, NAMES, info, raw_of, tif_of, write_split, write_tree

import dataset.fivek.download
import download_fivek_editor as command
import jobs.pace

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set as the server has it."""
    root = tmp_path_factory.mktemp("original")
    write_tree(root, 3, "ac")
    return root


@pytest.fixture
def site(original: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    files = {}
    for i, name in enumerate(NAMES):
        files[f"/img/dng/{name}.dng"] = raw_of(original, i).read_bytes()
        for expert in "ac":
            path = tif_of(original, i, expert)
            files[f"/img/tiff16_{expert}/{name}.tif"] = path.read_bytes()
    real = dataset.fivek.download.Patience
    monkeypatch.setattr(  # as the command has it, but quicker
        "dataset.fivek.http_download.Patience", lambda **given: real(pause=0.01, **given)
    )
    with serve(Site(files=files)) as site:
        yield site


@pytest.fixture
def root(site: Site, tmp_path: Path) -> Path:
    """An empty data set with its split files."""
    write_split(tmp_path / "training.json", 2, f"{site.url}/img")
    write_split(tmp_path / "debugging.json", 1, f"{site.url}/img")
    (tmp_path / "validation.json").write_text(
        json.dumps({NAMES[2]: info(NAMES[2], CAMERAS[2], f"{site.url}/img")})
    )
    return tmp_path


def download(root: Path, *words: object, status: int = 0) -> None:
    assert command.main(["--root", str(root), "--retries", "2", *map(str, words)]) == status


def index(root: Path) -> dict[str, dict[str, Any]]:
    lines = (root / "index.jsonl").read_text().splitlines()
    return {said["path"]: said for said in map(json.loads, lines)}


def tree(root: Path) -> set[str]:
    return {p.relative_to(root).as_posix() for p in root.rglob("*.*") if p.is_file()} - {
        "training.json",
        "validation.json",
        "testing.json",
        "debugging.json",
        "index.jsonl",
    }


def paths(*indices: int, experts: str = "c") -> set[str]:
    found = {raw_of(Path(), i).as_posix() for i in indices}
    return found | {tif_of(Path(), i, e).as_posix() for i in indices for e in experts}


def test_the_commands_of_the_description(
    root: Path, site: Site, original: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    download(root, "--splits", "train", "val", "--experts", "c")
    out, err = capsys.readouterr()
    assert out == ""
    assert "6 files wanted, 6 to download" in err
    assert "6 of 6 files are complete" in err
    assert tree(root) == paths(0, 1, 2)
    for path in tree(root):
        content = (root / path).read_bytes()
        assert content == (original / path).read_bytes()
        said = index(root)[path]
        assert said["size"] == len(content)
        assert said["sha256"] == hashlib.sha256(content).hexdigest()
        assert said["license"] == "AdobeMIT"
    site.requests.clear()
    download(root, "--splits", "training", "debug", "--experts", "c")
    assert site.requests == []  # nothing is asked for what is known to be complete
    assert index(root)[raw_of(Path(), 0).as_posix()]["splits"] == ["training", "debugging"]
    assert index(root)[raw_of(Path(), 2).as_posix()]["splits"] == ["validation"]
    # What it wrote is what the fit reads.
    from dataset.fivek.pictures import FiveK

    assert [picture.id for picture in FiveK(root, "train")] == sorted(NAMES[:2])


@pytest.mark.parametrize(
    ("seconds", "share", "written"), [(0.0, 1e9, 8), (0.0, 1e-9, 3), (600.0, 1e9, 2)]
)
def test_a_large_index_is_not_written_for_ever(
    root: Path, site: Site, monkeypatch: pytest.MonkeyPatch, seconds, share, written
) -> None:
    """Before and after, and between when a while is over, and many times what writing took."""
    found = []
    real = dataset.fivek.download.write_index

    def write(root: Path, files: Any) -> None:
        time.sleep(0.001)
        real(root, files)
        found.append(len(index(root)))

    monkeypatch.setattr(dataset.fivek.download, "write_index", write)
    monkeypatch.setattr(jobs.pace, "SECONDS", seconds)
    monkeypatch.setattr(jobs.pace, "SHARE", share)
    download(root, "--splits", "train", "val", "--experts", "c")
    assert len(found) == written
    assert len(index(root)) == 6


def test_through_all_that_can_go_wrong(root: Path, site: Site, original: Path) -> None:
    faults = (["cut", "norange"], ["429", "cut"], ["503", "long"], ["page"], ["silent"], ["short"])
    for path, wrong in zip(sorted(site.files), faults, strict=False):
        site.faults[path] = list(wrong)
    site.head[sorted(site.files)[0]] = 405
    download(root, "--splits", "train", "val", "--experts", "a", "c", "--timeout", 1)
    assert tree(root) == paths(0, 1, 2, experts="ac")
    for path in tree(root):
        assert (root / path).read_bytes() == (original / path).read_bytes()


def test_what_cannot_be_had_is_named_and_the_rest_is_done(
    root: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, broken = f"/img/dng/{NAMES[0]}.dng", f"/img/tiff16_c/{NAMES[1]}.tif"
    del site.files[gone]
    site.files[broken] = site.files[broken][:-5000]
    download(root, "--splits", "train", status=1)
    err = capsys.readouterr().err
    errors = [line for line in err.splitlines() if line.startswith("ERROR")]
    assert len(errors) == 2
    assert [e for e in errors if raw_of(Path(), 0).as_posix() in e and "HTTP 404" in e]
    assert [e for e in errors if tif_of(Path(), 1).as_posix() in e and "cut short" in e]
    assert "2 of 4 files are complete" in err
    assert tree(root) == {tif_of(Path(), 0).as_posix(), raw_of(Path(), 1).as_posix()}


def test_broken_files_of_others_are_gone_on_with(root: Path, site: Site, original: Path) -> None:
    """As a loader leaves them that writes under the final name."""
    half, whole = raw_of(root, 0), tif_of(root, 0)
    content = raw_of(original, 0).read_bytes()
    for path in (half, whole, raw_of(root, 1)):
        path.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(content[:30_000])
    whole.write_bytes(tif_of(original, 0).read_bytes())
    raw_of(root, 1).write_bytes(b"x" * len(raw_of(original, 1).read_bytes()))
    download(root, "--splits", "train")
    assert half.read_bytes() == content
    assert ("GET", f"/img/dng/{NAMES[0]}.dng", "bytes=30000-") in site.requests
    assert f"/img/tiff16_c/{NAMES[0]}.tif" not in site.asked("GET")
    assert raw_of(root, 1).read_bytes() == raw_of(original, 1).read_bytes()


def test_verify_finds_rot(root: Path, site: Site, original: Path) -> None:
    download(root, "--splits", "train")
    path = raw_of(root, 0)
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(bytes(content))
    site.requests.clear()
    download(root, "--splits", "train")
    assert site.requests == []
    download(root, "--splits", "train", "--verify")
    assert site.asked("GET") == [f"/img/dng/{NAMES[0]}.dng"]
    assert path.read_bytes() == raw_of(original, 0).read_bytes()
    # A server whose file is another one now.
    path.unlink()
    name = f"/img/dng/{NAMES[0]}.dng"
    changed = bytearray(site.files[name])
    changed[-100] ^= 1
    site.files[name] = bytes(changed)
    download(root, "--splits", "train", status=1)
    assert not path.exists()


def test_a_full_disk_is_seen_beforehand(
    root: Path, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    usage = shutil.disk_usage(root)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=(1 << 28) + 1000))
    download(root, "--splits", "train", status=1)
    assert "0.0 GB free" in capsys.readouterr().err
    assert site.asked("GET") == []


def test_lists_of_a_clone(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its code is no concern of ours: it would end the process."""
    clone, root = tmp_path / "clone", tmp_path / "root"
    write_split(clone / "data" / "debug.json", 1, f"{site.url}/img")
    (clone / "dataset").mkdir()
    (clone / "dataset" / "fivek.py").write_text("raise SystemExit(99)\n")
    download(root, "--splits", "debug", "--dataset-repo", clone)
    assert tree(root) - {"debug.json"} == paths(0)
    download(root, "--splits", "debug", "--dataset-repo", tmp_path / "none", status=1)
    assert "none: no such folder" in capsys.readouterr().err


def test_another_server(site: Site, tmp_path: Path) -> None:
    """A list without URLs, and a server given by a flag."""
    (tmp_path / "testing.json").write_text(json.dumps([NAMES[1]]))
    download(tmp_path, "--splits", "test", "--base-url", f"{site.url}/img", "--experts", "a")
    assert tree(tmp_path) == {f"raw/unknown/{NAMES[1]}.dng", tif_of(Path(), 1, "a").as_posix()}
    download(tmp_path, "--splits", "test", "--base-url", f"{site.url}/img", "--experts")
    assert len(index(tmp_path)) == 2


@pytest.mark.parametrize(
    "said",
    [
        {"../../evil": {}},
        {"a/b": {}},
        {"": {}},
        [".hidden"],
        {"a\nb": {}},
        [1],
        "x",
    ],
)
def test_hostile_lists(tmp_path: Path, said: object, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "training.json").write_text(json.dumps(said))
    download(tmp_path, "--splits", "train", status=1)
    assert str(tmp_path / "training.json") in capsys.readouterr().err
    assert not list(tmp_path.parent.glob("evil*"))


def test_hostile_fields(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {
        "one": {"camera": {"make": "../..", "model": "/etc"}, "urls": {"dng": "file:///etc/hosts"}},
        "two": {"camera": 5, "urls": {"dng": 7, "tiff16": ["c"]}, "license": ["x"]},
    }
    (tmp_path / "training.json").write_text(json.dumps(said))
    (tmp_path / "index.jsonl").write_text('{"path": 1}\nx\n[]\n{"path": "y", "size": "z"}\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dataset.fivek.index.BASE_URL", site.url)
        download(tmp_path, "--splits", "train", status=1)
    err = capsys.readouterr().err
    assert "file:///etc/hosts: neither http nor https" in err
    assert "Traceback" not in err
    assert tree(tmp_path) == set()


@pytest.mark.parametrize("connections", [1, 3])
def test_as_many_connections_as_told(root: Path, site: Site, connections: int) -> None:
    for path in list(site.files):
        site.faults[path] = ["slow"]
    site.files = {path: content[:20_000] for path, content in site.files.items()}
    words = ["--splits", "train", "val", "--connections", connections]
    download(root, *words, "--retries", "0", status=1)  # cut short as they are, none is taken
    assert site.most == connections


def test_wrong_calls(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--splits", "tests"], ["--experts", "f"], ["--connections", "0"]):
        with pytest.raises(SystemExit) as left:
            command.main(words)
        assert left.value.code == 2
    with pytest.raises(SystemExit) as left:
        command.main(["--help"])
    assert left.value.code == 0
    assert "Example:" in capsys.readouterr().out


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_ended_from_without(root: Path, site: Site, how: signal.Signals) -> None:
    """What came so far stays, under no final name, and the next run goes on from there."""
    for path in list(site.files):
        site.faults[path] = ["slow"]
    words = [str(REPO / "download_fivek_editor.py"), "--root", str(root), "--splits", "train"]
    process = subprocess.Popen(
        [sys.executable, *words], cwd=root, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    deadline = time.monotonic() + 20
    while not any(site.sent.values()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(how)
    _, err = process.communicate(timeout=20)
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    assert "Traceback" not in err
    assert [line for line in err.splitlines() if "ERROR" in line] == (
        ["ERROR: interrupted"] if how == signal.SIGINT else []
    )
    assert not [path for path in paths(0, 1) if (root / path).exists()]
    assert len(list(root.rglob(".*.part"))) == 4
    site.requests.clear()
    download(root, "--splits", "train")
    assert tree(root) == paths(0, 1)
    assert len([span for method, _, span in site.requests if method == "GET" and span]) == 4


@pytest.mark.parametrize("named", [True, False])
def test_lists_of_the_hub(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    repo = "someone/lists" if named else "yuukicammy/MIT-Adobe-FiveK"
    (tmp_path / "hub").mkdir()
    write_split(tmp_path / "hub" / "debugging.json", 1, f"{site.url}/img")
    content = (tmp_path / "hub" / "debugging.json").read_bytes()
    sha = "1" * 40
    answer = {
        "id": repo,
        "sha": sha,
        "private": False,
        "tags": [],
        "downloads": 0,
        "likes": 0,
        "siblings": [{"rfilename": "debugging.json"}, {"rfilename": "README.md"}],
    }
    tree_answer = [{"type": "file", "path": "debugging.json", "size": len(content), "oid": sha}]
    site.files |= {
        f"/api/datasets/{repo}/revision/main": json.dumps(answer).encode(),
        f"/api/datasets/{repo}/tree/{sha}": json.dumps(tree_answer).encode(),
        f"/datasets/{repo}/resolve/{sha}/debugging.json": content,
    }
    monkeypatch.setenv("HF_ENDPOINT", site.url)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "root"
    download(root, "--splits", "debug", *(["--from-hub", repo] if named else []))
    assert (root / "debugging.json").read_bytes() == content
    assert tree(root) == paths(0)


def test_no_hub_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(Site()) as nothing:
        monkeypatch.setenv("HF_ENDPOINT", nothing.url)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        download(tmp_path / "root", "--splits", "train", status=1)
    err = capsys.readouterr().err
    assert f"put training.json into {tmp_path / 'root'}, or give --dataset-repo" in err
    assert "Traceback" not in err
