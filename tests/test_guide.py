"""The guide and the README as a stranger follows them: every command as printed, in one folder."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lightroom import EDIT, Picture, packet, write_catalog
from simulated import leftovers, scene, write_pair

from dataset.synthetic.write_dng import write_dng

REPO = Path(__file__).resolve().parents[1]
GUIDE, README = REPO / "docs" / "photographers.md", REPO / "README.md"
ROOMS = (
    *("params", "jobs", "imaging", "model", "report", "dataset", "stages", "studio", "cli"),
    *("run", "scripts"),
)
pytestmark = pytest.mark.slow


def printed(page: Path) -> list[str]:
    """The commands of a page, in its order: those of its blocks of bash."""
    blocks = re.findall(r"^```bash\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines() if line]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photographer's home folder: a catalog, edited pictures, pairs, and a new shoot."""
    home = tmp_path_factory.mktemp("home")
    pictures = home / "Pictures"
    for folder in ("2024", "edited", "new_shoot", "Lightroom"):
        (pictures / folder).mkdir(parents=True)
    for number in range(3):
        write_dng(pictures / "new_shoot" / f"new {number}.dng", scene(100 + number))
    rows = []
    for number in range(14):
        write_dng(pictures / "2024" / f"IMG_{number:04}.dng", scene(number) * (0.5 + number / 20))
        edit = {**EDIT, "Exposure2012": 1.0 - number / 10}
        taken = f"2024-05-{number + 1:02}T10:00:00"
        rows.append(Picture(f"IMG_{number:04}.dng", settings=edit, rating=4, taken=taken))
    catalog = pictures / "Lightroom" / "Lightroom Catalog.lrcat"
    write_catalog(catalog, f"{pictures / '2024'}/", rows)
    for number in range(3):
        raw = pictures / "edited" / f"other {number}.dng"
        write_dng(raw, scene(50 + number))
        settings = {"ProcessVersion": "11.0", "Exposure2012": "+0.40", "HasSettings": "True"}
        raw.with_suffix(".xmp").write_bytes(packet(settings))
        pair = pictures / "pairs" / f"pair {number}"
        write_pair(pair.with_suffix(".dng"), pair.with_suffix(".tif"), 70 + number)
    return home


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, in whose folder the commands are typed."""
    folder = tmp_path_factory.mktemp("project") / "auto acr"
    for room in ROOMS:
        shutil.copytree(
            REPO / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    for file in ("ProPhoto.icm", "download_fivek_editor.py"):
        shutil.copy(REPO / file, folder / file)
    (folder / "bin").mkdir()
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder


def environment(project: Path, home: Path) -> dict[str, str]:
    path = f"{project / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "HOME": str(home), "PATH": path, "BROWSER": "true"}


def follow(line: str, project: Path, home: Path) -> str:
    """What a command says, which has to end well."""
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=project,
        env=environment(project, home),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, (line, done.stderr)
    assert "Traceback" not in done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout + done.stderr


def look_in(line: str, project: Path, home: Path) -> str:
    """The studio: opened, and ended by Ctrl-C."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {line}"],
        cwd=project,
        env=environment(project, home),
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        said = ""
        for text in server.stderr:
            said += text
            if "http://127.0.0.1:" in text:
                break
        server.send_signal(signal.SIGINT)
        said += server.stderr.read()
    assert "http://127.0.0.1:" in said
    assert "Traceback" not in said
    return said


def test_the_guide(project: Path, home: Path) -> None:
    shoot, outputs = home / "Pictures" / "new_shoot", project / "outputs"
    said: dict[str, str] = {}
    for line in printed(GUIDE):
        if "pip install" in line:
            continue
        before = sorted(shoot.glob("*.xmp"))
        run = look_in if "run/studio.py" in line else follow
        said[line] = run(line, project, home)
        if "--dry-run" in line or "--in-place" not in line:
            assert sorted(shoot.glob("*.xmp")) == before, line
    assert leftovers(project) == leftovers(home) == []
    assert len(said) >= 9
    for name in ("rendered/contact_sheet.html", "import_report/report.html", "style/best.pt"):
        assert (outputs / name).is_file(), name
    assert len(list(shoot.glob("*.xmp"))) == 3
    assert (project / "mine.xmp").is_file()
    [training] = [text for line, text in said.items() if "train_autopilot" in line]
    assert "one preset for all pictures" in training
    advised = next(text for line, text in said.items() if "import_edits" in line)
    [advice] = [line for line in advised.splitlines() if line.startswith("next: ")]
    [learnt] = [line for line in said if "train_autopilot" in line]
    assert advice.removeprefix("next: ").split()[:3] == learnt.split()[:3]
    assert "--backbone statistics --residual auto --output outputs/style" in advice


def test_the_readme(project: Path, home: Path) -> None:
    """Its examples, in a folder where their pictures are; `make` has tests of its own."""
    (project / "new_shoot").mkdir()
    for raw in (home / "Pictures" / "new_shoot").glob("*.dng"):
        shutil.copy(raw, project / "new_shoot" / f"fresh {raw.name}")
    shutil.copy(home / "Pictures" / "2024" / "IMG_0000.dng", project / "photo.dng")
    catalog = home / "Pictures" / "Lightroom" / "Lightroom Catalog.lrcat"
    shutil.copy(catalog, home / "Pictures" / "Lightroom.lrcat")
    lines = [line for line in printed(README) if not line.startswith(("pip ", "make "))]
    assert len(lines) == 4
    for line in lines:
        follow(line, project, home)
    assert len(list((project / "outputs" / "rendered").rglob("photo*.tif"))) == 1
    assert len(list((project / "new_shoot").glob("*.xmp"))) == 3
