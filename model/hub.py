"""Model files named on the Hugging Face Hub: hf://owner/repo/folder/file.pt."""

import logging
import os
import re
from pathlib import Path

from params.files import InputError

log = logging.getLogger(__name__)

# pathlib makes one slash of two, and backslashes on Windows.
_START = re.compile(r"hf:[/\\]+")
# No part may begin with a dot: ".." would leave the repository, and nothing published is hidden.
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
_FORM = re.compile(rf"({_NAME}/{_NAME})(?:@({_NAME}))?/({_NAME}(?:/{_NAME}){{0,9}})")


def model_file(name: Path | str) -> Path:
    """The local file of a path, or of hf://owner/repo[@revision]/file: downloaded when needed.

    Downloads go to huggingface-hub's cache; a file that is there is used without a network.

    Raises:
        InputError: not such a name, no such file there, or neither a network nor a cached copy.
    """
    text = str(name)
    start = _START.match(text)
    if start is None:
        return Path(name)
    address = text[start.end() :].replace("\\", "/")
    shown = f"hf://{address[:300]}"
    form = _FORM.fullmatch(address)
    if form is None or "--" in form[1] or ".." in address:
        raise InputError(f"{shown}: not of the form hf://owner/repo/file.pt")
    return _download(shown, *form.groups())


def quiet_hub() -> None:
    """Without a network the Hub's client tries for half a minute: it needn't tell each time."""
    import huggingface_hub  # noqa: F401  (sets its own level when it is imported)

    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)


def _download(shown: str, repo: str, revision: str | None, file: str) -> Path:
    from huggingface_hub import errors, hf_hub_download

    log.info("%s: asking the Hugging Face Hub", shown)
    quiet_hub()
    try:
        path = Path(
            hf_hub_download(
                repo, file, revision=revision, endpoint=os.environ.get("HF_ENDPOINT") or None
            )
        )
    except errors.LocalEntryNotFoundError as error:
        raise InputError(
            f"{shown}: not in the cache, and the Hugging Face Hub cannot be reached"
        ) from error
    except errors.GatedRepoError as error:
        raise InputError(f"{shown}: only for accounts with access; try `hf auth login`") from error
    except errors.RepositoryNotFoundError as error:
        raise InputError(f"{shown}: no such repository, or not a public one") from error
    except errors.RevisionNotFoundError as error:
        raise InputError(f"{shown}: the repository has no revision {revision}") from error
    except errors.EntryNotFoundError as error:
        raise InputError(f"{shown}: the repository has no such file") from error
    except Exception as error:  # the client's many, the network's, the disk's
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{shown}: cannot be downloaded: {reason}") from error
    log.info("%s: %s", shown, path)
    return path
