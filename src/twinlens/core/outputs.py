"""Where commands write: never over an input, nor over what no command of ours wrote.

A file has a name that ends as it should, and what is there already has to begin as what is written begins. A
folder is new, empty, or one that the command wrote before. Commands check this before they do anything else.
"""

import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from twinlens.core.errors import BadInput
from twinlens.core.files import AnyPath, special

Forms = Mapping[str, bytes]
"""By the end of a file's name, the pattern that what a command writes begins with."""
PAGE: Forms = dict.fromkeys((".html", ".htm"), rb"(?i)\s*<!doctype html")
PLOT: Forms = {".svg": rb"\s*<svg"}
ZIP: Forms = {".zip": rb"PK"}
WEIGHTS: Forms = {".json": rb'\s*\{\s*"schema"\s*:\s*"twinlens\.weights/'}
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that a system leaves in folders that people look at."""
START = 1024
"""Bytes of a file that are looked at."""


def check_file(file: Path, option: str, forms: Forms, inputs: Iterable[AnyPath | None] = ()) -> None:
    """BadInput, which names the option, where a file to write may not be written."""
    try:
        fault = _fault_of_file(file, forms, [one for one in inputs if one is not None])
    except (OSError, ValueError) as error:
        raise BadInput.unreadable(file, error, f"a file to write for {option}") from error
    if fault:
        raise BadInput(f"{option} {str(file)!r}: {fault}")


def _fault_of_file(file: Path, forms: Forms, inputs: Iterable[AnyPath]) -> str:
    if not file.parent.is_dir():
        return "no such folder; expected a file in a folder that exists"
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        return "may not be written; expected a file that may"
    if file.exists() and any(os.path.exists(one) and os.path.samefile(file, one) for one in inputs):
        return "found an input of this command; expected another file to write"
    kind = special(file.stat()) if file.exists() else ""
    suffix = file.suffix.lower()
    if not kind and suffix not in forms:
        return f"found the end {suffix!r}; expected a name with {' or '.join(forms)}"
    if kind or (file.exists() and not _begins(file, forms[suffix])):
        return f"found something else there{f', {kind}' * bool(kind)}; expected a new file, or one to replace"
    return ""


def _begins(file: Path, pattern: bytes) -> bool:
    """Whether a file begins with what a command writes, or is empty."""
    with file.open("rb") as stream:
        start = stream.read(START)
    return not start or re.match(pattern, start) is not None


def check_folder(folder: Path, option: str, mark: str = "", ours: Collection[str] = ()) -> None:
    """BadInput, which names the option, where a folder to write holds other things.

    A folder that holds `mark` is one that the command wrote; so is one that holds nothing but `ours`.
    """
    if not os.path.lexists(folder):
        return
    try:
        names = {name for name in os.listdir(folder) if name not in LITTER}
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or error
        raise BadInput(f"{option} {str(folder)!r}: cannot be written: {why}; expected a folder") from error
    if others := sorted(names - set(ours)) * (mark not in names):
        expected = "expected a new folder" + ", or one that this command wrote" * bool(mark or ours)
        raise BadInput(
            f"{option} {str(folder)!r}: found something else there, such as {others[0]!r}; {expected}"
        )


@contextmanager
def new_folder(folder: Path, option: str) -> Iterator[Path]:
    """A folder to write into, which takes the name of `folder` once all is written: all of it or nothing.

    BadInput, which names the option, where `folder` holds other things or cannot be written.
    """
    check_folder(folder, option)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        draft.mkdir(parents=True)
        yield draft
        os.replace(draft, folder)
    except OSError as error:
        raise BadInput(f"{option} {str(folder)!r}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
