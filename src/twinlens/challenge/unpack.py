"""Unpacking a submission: a plain zip of a few small files, and nothing that could do anything."""

import re
import stat
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from twinlens.core.errors import BadInput
from twinlens.core.files import BROKEN_ZIP

MOST_MEMBERS = 200
"""Files and folders in a submission."""
SPARE = 1_000_000
"""Bytes beyond those of the predictions that a submission and its directory may have."""
LONGEST_NAME = 200
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_ARCHIVE = re.compile(r"\.(?:zip|7z|rar|tar|t?gz|t?bz2|t?xz|zst|jar|whl)$", re.IGNORECASE)
_RUN_BY_THE_SERVER = {"metadata", "metadata.yaml", "metadata.yml"}
EXPECTED = "a zip of one .jsonl file, as `twinlens submission pack` writes it"


def unpack(file: Path, folder: Path, most_bytes: int) -> None:
    """Unpack a submission into an empty folder, or BadInput, which says of which member what is wrong.

    `most_bytes` are those of the predictions; all files together may have a little more. What a member is
    said to have is not believed: bytes are counted as they come.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise BadInput(f"{str(file)!r}: found no regular file; expected {EXPECTED}")
        with file.open("rb") as stream:
            _check_size(file, stream, most_bytes)
            with zipfile.ZipFile(stream) as archive:
                members = archive.infolist()
                _check_members(file, members, most_bytes)
                left = most_bytes + SPARE
                for member in members:
                    left -= _extract(file, archive, member, folder, left)
    except OSError as error:
        raise BadInput.unreadable(file, error, EXPECTED) from None
    except BROKEN_ZIP as error:
        raise BadInput(f"{str(file)!r}: a broken zip ({error}); expected {EXPECTED}") from None


def _check_size(file: Path, stream: BinaryIO, most_bytes: int) -> None:
    """The archive and its directory are small, so that reading the directory costs little."""
    size = stream.seek(0, 2)
    if size > most_bytes + SPARE:
        raise BadInput(f"{str(file)!r}: found {size:,} bytes; expected at most {most_bytes + SPARE:,}")
    stream.seek(max(0, size - 2**16 - 22))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise BadInput(f"{str(file)!r}: found no zip; expected {EXPECTED}")
    count, directory = struct.unpack("<HI", tail[at + 10 : at + 16])
    if _END_64 in tail[max(0, at - 20) : at] or directory > SPARE or count > MOST_MEMBERS:
        raise BadInput(f"{str(file)!r}: found {count:,} or more files; expected at most {MOST_MEMBERS}")


def _check_members(file: Path, members: list[zipfile.ZipInfo], most_bytes: int) -> None:
    """Refuse the first member that a submission may not have."""
    total, names = 0, set[str]()
    for member in members:
        if why := _refusal(member):
            raise BadInput(f"{str(file)!r}: {_shown(member.filename)}: {why}; expected {EXPECTED}")
        if member.filename.lower() in names:
            raise BadInput(
                f"{str(file)!r}: {_shown(member.filename)}: stands twice in the zip; expected {EXPECTED}"
            )
        names.add(member.filename.lower())
        total += member.file_size
    if len(members) > MOST_MEMBERS or total > most_bytes + SPARE:
        most = f"at most {MOST_MEMBERS} of {most_bytes + SPARE:,} bytes together"
        raise BadInput(f"{str(file)!r}: found {len(members):,} files of {total:,} bytes; expected {most}")


def _refusal(member: zipfile.ZipInfo) -> str:
    """Why a member may not be in a submission; empty where it may."""
    name = member.filename.rstrip("/").rpartition("/")[2]
    if why := unsafe(member):
        return why
    if name.lower() in _RUN_BY_THE_SERVER:
        return "a file that makes the server run the submission as a program"
    return "an archive within the zip" if _ARCHIVE.search(name) else ""


def unsafe(member: zipfile.ZipInfo) -> str:
    """Why a member of any zip is not safe to unpack; empty where it is."""
    name, mode = member.filename, member.external_attr >> 16
    parts = name.rstrip("/").split("/")
    if "\\" in name or ":" in name or not name.isprintable() or {"", ".", ".."} & set(parts):
        return "a name that leads out of the folder, or is none"
    if len(name) > LONGEST_NAME:
        return f"a name of {len(name):,} characters"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a symbolic link or a special file"
    if member.flag_bits & 1:
        return "encrypted"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "compressed by a rare method"
    return ""


def _extract(
    file: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, most_bytes: int
) -> int:
    """Write one member; the number of its bytes."""
    target = folder / member.filename
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member) as source, target.open("xb") as stream:
        while chunk := source.read(65536):
            written += len(chunk)
            if written > most_bytes:
                raise BadInput(f"{str(file)!r}: found more bytes than the zip says; expected {EXPECTED}")
            stream.write(chunk)
    return written


def _shown(name: str) -> str:
    """A member's name in a message."""
    return repr(name if len(name) <= 80 else f"{name[:77]}...")
