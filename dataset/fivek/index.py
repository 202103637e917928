"""FiveK's files as a download sees them: where each comes from, where it goes, the index.

<root>/index.jsonl has one line a file: path (below the root), id, kind (dng or tiff16_<expert>),
splits, license, url, size and, once the file is here and checked, sha256.
"""

import json
import urllib.parse
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dataset.fivek.pictures import SPLITS, read_split, split_file
from params.files import InputError, read_lines, write_text
from params.plain_names import plain_name

BASE_URL = "https://data.csail.mit.edu/graphics/fivek/img"
INDEX = "index.jsonl"
_MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class Remote:
    """One file of the data set. path: below the root, with forward slashes."""

    path: str
    id: str
    kind: str
    splits: tuple[str, ...]
    license: str | None
    url: str
    size: int | None = None
    sha256: str | None = None


def wanted_files(
    root: Path,
    splits: Iterable[str],
    experts: Sequence[str],
    base_url: str | None = None,
    limit: int | None = None,
) -> list[Remote]:
    """The files of the splits, a picture's together; URLs from the split file, or base_url's.

    Raises:
        InputError: a split file is missing or bad.
    """
    wanted: dict[str, Remote] = {}
    for split in splits:
        listing = split_file(root, split)
        if listing is None:
            raise InputError(f"{root / split}.json: no split file")
        listed = read_split(listing)
        for name in sorted(listed)[:limit]:
            for kind, path in _paths(name, listed[name], experts).items():
                old = wanted.get(path)
                url = _url(name, kind, listed[name], base_url)
                names = (*old.splits, split) if old else (split,)
                terms = listed[name].get("license")
                terms = terms if isinstance(terms, str) else None
                wanted[path] = Remote(path, name, kind, names, terms, url)
    return list(wanted.values())


def _paths(name: str, facts: dict[str, Any], experts: Sequence[str]) -> dict[str, str]:
    """Kind -> path of a picture's files."""
    camera = facts.get("camera")
    parts = [camera.get(key) for key in ("make", "model")] if isinstance(camera, dict) else []
    folder = "_".join(part for part in parts if isinstance(part, str))
    folder = "".join(c if c.isalnum() or c in "-_.()+" else "_" for c in folder).lstrip(".")
    raw = {"dng": f"raw/{plain_name(folder[:80] or 'unknown')}/{name}.dng"}
    return raw | {f"tiff16_{e}": f"processed/tiff16_{e}/{name}.tif" for e in experts}


def _url(name: str, kind: str, facts: dict[str, Any], base_url: str | None) -> str:
    urls = facts.get("urls") if base_url is None else None
    given = urls if isinstance(urls, dict) else {}
    if kind != "dng":
        given = given["tiff16"] if isinstance(given.get("tiff16"), dict) else {}
    url = given.get("dng" if kind == "dng" else kind[-1])
    if isinstance(url, str) and url:
        # Some lists have spaces in their URLs as they are, others %20.
        return urllib.parse.quote(url, safe="/:?&=%+,;@~#()!*'$")
    suffix = "dng" if kind == "dng" else "tif"
    return f"{(base_url or BASE_URL).rstrip('/')}/{kind}/{urllib.parse.quote(name)}.{suffix}"


def read_index(root: Path) -> dict[str, dict[str, Any]]:
    """path -> what the index says of it; lines that make no sense are passed over."""
    try:
        lines = list(read_lines(root / INDEX, _MOST_BYTES))
    except InputError:
        return {}
    known: dict[str, dict[str, Any]] = {}
    for line in lines:
        try:
            record = json.loads(line)
            known[str(record["path"])] = record
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return known


def write_index(root: Path, files: Iterable[Remote]) -> None:
    """Write these files' lines; the index's other lines, and other splits of a file, stay."""
    known = read_index(root)
    for file in files:
        old = known.get(file.path, {}).get("splits")
        both = {*file.splits, *(old if isinstance(old, list) else [])}
        known[file.path] = asdict(file) | {"splits": [s for s in SPLITS if s in both]}
    lines = (json.dumps(known[path], ensure_ascii=False) for path in sorted(known))
    write_text(root / INDEX, "".join(f"{line}\n" for line in lines))


def with_record(file: Remote, record: dict[str, Any]) -> Remote:
    """The file with the size and digest that its line of the index has."""
    size, digest = record.get("size"), record.get("sha256")
    known = isinstance(size, int) and not isinstance(size, bool) and size > 0
    return replace(
        file,
        size=size if known else None,
        sha256=digest if known and isinstance(digest, str) else None,
    )
