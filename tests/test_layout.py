"""The rules of the layout, checked from the code itself."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
# A package may import itself and those on lower floors; those of one floor not each other.
FLOORS = (
    ("params",),
    ("jobs", "imaging"),
    ("model",),
    ("report",),
    ("dataset",),
    ("stages",),
    ("studio",),
    ("cli",),
    ("run", "scripts"),
)
TOPS = FLOORS[-1]
ALLOWED = {
    package: {package}.union(*FLOORS[:number])
    for number, floor in enumerate(FLOORS)
    for package in floor
}
# A stage may use another one only so.
STAGES = {"train": {"fit"}, "evaluate": {"predict"}}
# Inside model/: the sliders know nothing of the renderer, nor it of the fit.
MODEL_FLOORS = (
    *("model.edit.", "model.fused.", "model.edit_layer", "model.render", "model.solve."),
    "model.fit",
)
MAX_LINES = 330
# Flags stop here: what lies below takes frozen settings.
PARSERS = {"cli", "run", "scripts", "download_fivek_editor.py"}
# The name to import -> the name to install, where they differ.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "huggingface_hub": "huggingface-hub",
    "skimage": "scikit-image",
}
# Tags of HTML, a style's rule, a script's function or constant.
MARKUP = re.compile(
    r"</?(a|article|b|body|br|div|figure|h[1-6]|head|html|i|img|input|label|li|main|option|p|script"
    r"|select|span|style|summary|svg|table|tbody|td|template|th|thead|tr|ul)(\s[^<]*)?/?>"
    r"|<(script|style|div)\b|\{\s*[a-z-]+\s*:\s*[^{}\n]+;|\bfunction\s*\w*\(|=>\s*[{(]"
    r"|\b(const|let|var) \w+ =[^=]"
)
# Installed on request only, or by another pinned package that cannot do without it.
OPTIONAL = {"exiv2", "defusedxml", "lpips", "distributed"}
BROUGHT_ALONG = {"markupsafe": "jinja2", "safetensors": "timm"}


def sources() -> list[Path]:
    found = [path for package in ALLOWED for path in sorted((REPO / package).rglob("*.py"))]
    download = REPO / "download_fivek_editor.py"
    return [*found, *([download] if download.exists() else [])]


def imported(text: str) -> set[str]:
    """The full names of all modules that a source imports, at the top or inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            names.add(str(node.module))
    return names


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path.read_text(encoding="utf-8"))}


def pins() -> dict[str, str]:
    lines = (REPO / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-e"))]
    return dict(line.split("==", 1) for line in wanted)


def relative(path: Path) -> str:
    return str(path.relative_to(REPO))


def upward(path: Path, names: set[str]) -> set[str]:
    """Of the modules that a file imports, those above it, or beside it."""
    folder = path.relative_to(REPO).parts[0]
    ours = {name for name in names if name.split(".")[0] in ALLOWED}
    return {name for name in ours if name.split(".")[0] not in ALLOWED.get(folder, ALLOWED)}


def of_other_stages(path: Path, names: set[str]) -> set[str]:
    """Of the modules that a stage's file imports, those of stages that it may not use."""
    parts = path.relative_to(REPO).parts
    if parts[0] != "stages" or len(parts) < 3:
        return set()
    allowed = {parts[1]} | STAGES.get(parts[1], set())
    return {
        name
        for name in names
        if name.split(".")[0] == "stages" and name.split(".")[1] not in allowed
    }


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_imports_go_downwards(path: Path) -> None:
    names = imported(path.read_text(encoding="utf-8"))
    assert not upward(path, names)
    assert not of_other_stages(path, names)


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_argparse_stops_at_the_command_line(path: Path) -> None:
    if path.relative_to(REPO).parts[0] not in PARSERS:
        assert "argparse" not in tops(path)


def test_the_renderer_knows_nothing_of_the_fit() -> None:
    for number, floor in enumerate(MODEL_FLOORS):
        for path in sources():
            if relative(path).removesuffix(".py").replace("/", ".").startswith(floor):
                names = imported(path.read_text(encoding="utf-8"))
                above = MODEL_FLOORS[number + 1 :]
                assert not [n for n in names if f"{n}.".startswith(above)], path


def test_the_rules_see_sub_packages() -> None:
    assert upward(REPO / "model" / "edit" / "x.py", {"model.fit", "params.ranges"}) == set()
    assert upward(REPO / "model" / "edit" / "x.py", {"dataset.fivek.index"})
    assert upward(REPO / "jobs" / "x.py", {"imaging.raw"})  # the same floor
    assert of_other_stages(REPO / "stages" / "predict" / "x.py", {"stages.fit.settings"})
    assert not of_other_stages(REPO / "stages" / "train" / "x.py", {"stages.fit.settings"})


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_the_rule_would_notice() -> None:
    """The check sees imports inside functions and of submodules."""
    probe = "def f():\n    from dataset.pairs import Pair\n    import model.fit as m\n"
    assert imported(probe) == {"dataset.pairs", "model.fit"}


def test_params_knows_neither_torch_nor_pixels() -> None:
    pixels = {"torch", "torchvision", "timm", "cv2", "rawpy", "PIL", "tifffile", "skimage"}
    for path in (REPO / "params").rglob("*.py"):
        assert not tops(path) & pixels, path


def test_imaging_needs_no_torch() -> None:
    for path in (REPO / "imaging").rglob("*.py"):
        assert not tops(path) & {"torch", "torchvision", "timm"}, path


def test_importing_params_and_imaging_loads_nothing_heavy() -> None:
    code = (
        "import sys, params.record, params.xmp, imaging.raw, imaging.tiff, imaging.preview,"
        " imaging.align, imaging.metrics, stages.predict.result_paths, cli.command, run.inference,"
        " run.predict_and_render, run.evaluate, scripts.import_edits, scripts.apply_params\n"
        "print(*{n.split('.')[0] for n in sys.modules} & {'torch', 'timm', 'cv2', 'rawpy', 'PIL',"
        " 'skimage', 'tifffile', 'scipy'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_importing_what_draws_loads_neither_charts_nor_templates() -> None:
    """They are loaded when something is drawn; most calls of a command draw nothing."""
    code = (
        "import sys, report.charts, report.html_page, report.slider_responses,"
        " stages.predict.batch, stages.train.run_folder, stages.evaluate.report_page,"
        " dataset.lightroom.report, scripts.learning_curve, run.evaluate, run.train_autopilot\n"
        "print(*{n.split('.')[0] for n in sys.modules} & {'matplotlib', 'jinja2', 'markupsafe'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def markup(source: str) -> list[str]:
    """The strings of a source in which HTML, CSS or JavaScript is written; docstrings are not."""
    tree = ast.parse(source)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in prose
        and MARKUP.search(node.value)
    ]


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_pages_are_templates(path: Path) -> None:
    """Markup, styles and scripts stand in files of their own: report/templates, report/static."""
    assert not markup(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "inline",
    [
        "<div class=x>",
        "<script>",
        "a<br>b",
        "</table>",
        "p { color: red; }",
        "() => { x }",
        "function show(a) {}",
        "const x = 1;",
    ],
)
def test_the_rule_would_notice_markup(inline: str) -> None:
    assert markup(f"def f():\n    return g(f'{{a}}{inline.replace('{', '{{').replace('}', '}}')}')")
    assert not markup(f'def f():\n    """{inline}"""')


def test_package_markers_are_empty_and_nothing_is_called_utils() -> None:
    for folder in {path.parent for path in sources() if path.parent != REPO}:
        assert (folder / "__init__.py").read_bytes() == b"", folder
    assert not [p for p in sources() if re.fullmatch(r"(utils?|helpers?|misc|common)\.py", p.name)]


def listed_on_the_page(text: str) -> list[str]:
    """The paths of the tree of files in docs/layout.md; two spaces deeper is a folder deeper."""
    tree = text[text.index("Every file in one line") :].split("```")[1]
    found: list[str] = []
    folders: list[str] = []
    for indent, name in re.findall(r"^( *)([\w./]+)", tree, re.MULTILINE):
        folders = [*folders[: len(indent) // 2], name]
        found.append("".join(folders))
    return [path for path in found if path.endswith(".py")]


def test_the_layout_page_lists_every_file() -> None:
    listed = listed_on_the_page((REPO / "docs" / "layout.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(relative(p) for p in sources() if p.name != "__init__.py")


def test_scripts_have_the_three_parts() -> None:
    scripts = [p for p in sources() if p.parent.name in TOPS and "__main__" in p.read_text()]
    assert len(scripts) >= 6
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        functions = {n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
        assert {"build_parser", "main"} <= functions, path
        assert "sys.exit(main())" in text, path
        assert "Example:" in (ast.get_docstring(ast.parse(text)) or ""), path


def test_everything_imported_is_pinned() -> None:
    pinned = pins()
    for path in sources():
        for name in tops(path) - ALLOWED.keys() - set(sys.stdlib_module_names) - OPTIONAL:
            needed = BROUGHT_ALONG.get(name, DISTRIBUTIONS.get(name, name))
            assert needed in pinned, f"{relative(path)} imports {name}: not in requirements.txt"


def test_pins_are_exact_and_installed() -> None:
    from importlib.metadata import version

    lines = (REPO / "requirements.txt").read_text().splitlines()
    assert lines[-1] == "-e ."
    for line in lines[:-1]:
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line), line
    for name, pin in pins().items():
        assert version(name).split("+")[0] == pin, name


def test_environment_and_project_agree() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text())
    environment = (REPO / "environment.yml").read_text()
    versions = re.findall(r"^\s+- python=(\S+)$", environment, re.MULTILINE)
    assert versions == ["3.11"]
    assert re.search(r"^\s+- -r requirements\.txt$", environment, re.MULTILINE)
    assert "name: auto_acr\n" in environment
    assert project["project"]["requires-python"] == f">={versions[0]}"
    assert project["tool"]["mypy"]["python_version"] == versions[0]
    assert project["tool"]["ruff"]["target-version"] == "py311"
    assert "python3.11" in (REPO / "Makefile").read_text()
    found = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.removesuffix("*") for name in found} == ALLOWED.keys()


@pytest.mark.parametrize("form", [["run/inference.py"], ["-m", "run.inference"]], ids="_".join)
def test_another_package_named_dataset_cannot_shadow_ours(form: list[str], tmp_path: Path) -> None:
    """On PyPI there is a package called dataset; stand-ins for all our names come first here."""
    fakes = tmp_path / "site"
    for name in ALLOWED.keys() - {"run"}:
        (fakes / name).mkdir(parents=True)
        (fakes / name / "__init__.py").write_text(f"raise ImportError('the wrong {name}')\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    words = [str(REPO / form[0]) if form[0].endswith(".py") else form[0], *form[1:]]
    done = subprocess.run(
        [sys.executable, *words, "--help"],
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": str(fakes)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--export-xmp" in done.stdout


def test_files_of_tests_have_names_of_their_own() -> None:
    """Else pytest takes the second for the first: its folders are no packages."""
    names = sorted(path.name for path in (REPO / "tests").rglob("*.py"))
    assert names == sorted(set(names))
