"""The starting kit of a challenge as participants need it: which items there are, and the settings."""

import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

import msgspec

from twinlens.challenge.program.reference import SETTINGS, Item, Reference, Unscorable, read_settings
from twinlens.core.errors import BadInput

ITEMS = "items.jsonl"
MOST_BYTES = 50_000_000
"""Bytes of a file of the kit that is read."""
EXPECTED = f"expected the starting kit of the challenge, a folder or zip with {ITEMS} and {SETTINGS}"


class KitItem(msgspec.Struct):
    """One item of a kit: its id and the images as a submission names them."""

    id: str
    images: Annotated[list[str], msgspec.Meta(min_length=1)]


def read_kit(kit: Path) -> Reference:
    """The items and settings of a kit, a folder or zip; a reference without right answers and texts."""
    if kit.is_dir():
        return _read(kit)
    with tempfile.TemporaryDirectory(prefix="twinlens-") as folder:
        try:
            with zipfile.ZipFile(kit) as archive:
                for name in (ITEMS, SETTINGS):
                    with archive.open(_member(kit, archive, name)) as source:
                        (Path(folder) / name).write_bytes(source.read(MOST_BYTES))
        except OSError as error:
            raise BadInput.unreadable(kit, error, EXPECTED) from None
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise BadInput(f"{str(kit)!r}: no zip that can be read ({error}); {EXPECTED}") from None
        return _read(Path(folder), kit)


def _member(kit: Path, archive: zipfile.ZipFile, name: str) -> str:
    """The shortest path in the zip to a file of that name."""
    paths = [path for path in archive.namelist() if path.rpartition("/")[2] == name]
    if not paths:
        raise BadInput(f"{str(kit)!r}: found no {name}; {EXPECTED}")
    return min(paths, key=len)


def _read(folder: Path, kit: Path | None = None) -> Reference:
    shown, items = kit or folder, []
    try:
        settings = read_settings(folder / SETTINGS)
        lines = (folder / ITEMS).read_bytes().splitlines()
    except Unscorable as error:
        raise BadInput(f"{str(shown)!r}: {error}; {EXPECTED}") from None
    except OSError as error:
        raise BadInput.unreadable(folder / ITEMS, error, EXPECTED) from None
    for line, content in enumerate(lines, 1):
        try:
            item = msgspec.json.decode(content, type=KitItem)
        except msgspec.DecodeError as error:
            raise BadInput(f"{str(shown)!r}: line {line} of {ITEMS}: {error}; {EXPECTED}") from None
        items.append(Item(item.id, item.images))
    return Reference(settings, items)
