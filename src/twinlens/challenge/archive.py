"""Zip archives whose bytes depend on their content only."""

import os
import shutil
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from twinlens.core.errors import BadInput
from twinlens.core.outputs import ZIP, check_file

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_COMPRESSED = frozenset({".zip", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".heic"})


def pack(target: Path, files: Mapping[str, Path | bytes]) -> None:
    """Write the files, by their names in it, as a zip in one step: sorted, without times or owners.

    BadInput where there is already something else than a zip.
    """
    check_file(target, "--out", ZIP)
    draft = target.with_name(f"{target.name}.new")
    try:
        with ZipFile(draft, "w") as archive:
            for name, content in sorted(files.items()):
                info = ZipInfo(name, _EARLIEST)
                info.create_system, info.external_attr = 3, 0o644 << 16
                info.compress_type = ZIP_STORED if Path(name).suffix.lower() in _COMPRESSED else ZIP_DEFLATED
                info.file_size = len(content) if isinstance(content, bytes) else content.stat().st_size
                source = BytesIO(content) if isinstance(content, bytes) else content.open("rb")
                with source, archive.open(info, "w") as stream:
                    shutil.copyfileobj(source, stream)
        os.replace(draft, target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadInput(f"{str(target)!r}: cannot be written: {error.strerror}; make room there") from None


def under(folder: Path) -> dict[str, Path]:
    """The files under a folder by their path from it."""
    return {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
