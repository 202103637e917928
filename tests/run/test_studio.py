"""The studio as a user starts it: its line, Ctrl-C, a kill, a wrong call."""

import http.client
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from studio_client import write_shoot

from params.files import REPO_ROOT
from run.studio import main


class Running:
    """A studio in a process of its own."""

    def __init__(self, folder: Path, output: Path) -> None:
        words = ["run/studio.py", str(folder), "--output", str(output), "--no-browser"]
        self.process = subprocess.Popen(
            [sys.executable, *words], cwd=REPO_ROOT, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.line = self.process.stderr.readline()
        assert self.line.startswith("2 pictures, open in the browser: ")
        found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{40,})", self.line)
        assert found, self.line
        self.port, self.cookie = int(found[1]), f"autoacr_{found[1]}={found[2]}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": self.cookie, "Content-Type": "application/json"}
        headers["Origin"] = f"http://127.0.0.1:{self.port}"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("server") is None
        return json.loads(answer.read())

    def end(self, number: int) -> tuple[int, str]:
        """Exit status, and what it said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio") / "shoot"
    write_shoot(folder, 2)
    return folder


def test_what_was_answered_outlives_a_kill(shoot: Path, tmp_path: Path) -> None:
    running = Running(shoot, tmp_path / "out")
    name = running.ask("GET", "/api/pictures")["pictures"][0]["id"]
    changes = {"set": {"Exposure2012": 1.25}}
    running.ask("POST", "/api/edit", {"ids": [name], "changes": changes})
    assert running.end(signal.SIGKILL)[0] == -signal.SIGKILL
    again = Running(shoot, tmp_path / "out")
    try:
        shown = again.ask("GET", f"/api/pictures/{name}")
        assert shown["edit"]["sliders"]["Exposure2012"] == 1.25
        assert shown["corrected"]
        assert again.ask("POST", "/api/undo", {})["what"] == "undone: Exposure +1.25"
    finally:
        status, said = again.end(signal.SIGINT)
    assert status == 0
    assert said.splitlines()[-1].startswith("closed; edits are kept in ")
    assert "Traceback" not in said


def test_ctrl_c_at_once_is_no_accident(shoot: Path, tmp_path: Path) -> None:
    """While pictures are read, and before the server listens for signals."""
    status, said = Running(shoot, tmp_path / "out").end(signal.SIGINT)
    assert status == 0
    assert said.splitlines()[-1].startswith("closed; edits are kept in ")
    assert "Traceback" not in said


def test_ctrl_c_ends_it_also_while_a_page_listens(shoot: Path, tmp_path: Path) -> None:
    running = Running(shoot, tmp_path / "out")
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    connection.request("GET", "/api/events", headers={"Cookie": running.cookie})
    answer = connection.getresponse()
    assert answer.readline().startswith(b"data: ")
    status, said = running.end(signal.SIGINT)
    assert status == 0
    assert said.count("closed; ") == 1
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["none"], 1, "none"),
        (["--host", "0.0.0.0"], 2, "--allow-remote"),
        (["--port", "99999"], 2, "not in 0..65535"),
        (["--host", "256.1.1.1", "--allow-remote"], 1, "cannot be served"),
        (["--lora-checkpoint", "a.pt"], 2, "checkpoint"),
        (["--preset", "none.xmp"], 1, "none.xmp"),
        (["--expert", "../x"], 2, "expert"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_calls_are_one_line(
    shoot: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    line: str,
) -> None:
    folder = [] if words == ["none"] else [str(shoot)]
    call = [*folder, *words, "--output", str(tmp_path / "out"), "--no-browser"]
    try:
        found = main(call)
    except SystemExit as left:
        found = int(left.code or 0)
    said = capsys.readouterr().err.strip().splitlines()
    assert found == status
    assert line in said[-1]
