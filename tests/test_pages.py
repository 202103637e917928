"""The pages for people: links between them lead somewhere, and each page is listed."""

import re
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
PAGES = sorted([*REPO.glob("*.md"), *(REPO / "docs").glob("*.md"), *REPO.glob("samples/*.md")])
# Words that a photographer would have to look up, and the pages that he reads.
RESEARCH = re.compile(r"\b(mired|bootstrap|ECC|uv|LPIPS|Jacobian|ridge)\b")
PHOTOGRAPHERS = ("README.md", "docs/photographers.md", "docs/faq.md", "docs/studio.md")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made of Markdown on the web."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    words = (re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", t)) for t in titles)
    return {word.strip().lower().replace(" ", "-") for word in words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no such file"
        if anchor:
            assert anchor in anchors(target), f"{link}: there is no such heading"


def test_every_page_is_listed() -> None:
    listed = (REPO / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (REPO / "docs").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in listed, page.name


@pytest.mark.parametrize("name", PHOTOGRAPHERS)
def test_photographers_need_no_dictionary(name: str) -> None:
    text = (REPO / name).read_text(encoding="utf-8").partition("## Dependencies")[0]
    assert RESEARCH.findall(text) == []


def test_pictures_of_the_pages_are_small() -> None:
    pictures = [p for p in (REPO / "docs").iterdir() if p.suffix in (".png", ".jpg", ".svg")]
    assert sum(picture.stat().st_size for picture in pictures) < 1_000_000
