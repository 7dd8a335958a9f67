"""The starting kit of a challenge as participants need it: which items there are, and the settings."""

import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

import msgspec

from twinlens.challenge.program.reference import SETTINGS, Item, Reference, Unscorable, read_settings
from twinlens.core.errors import BadInput
from twinlens.core.files import BROKEN_ZIP, open_zip, read_bytes
from twinlens.readers.files import Unusable, decoded, json_lines

ITEMS = "items.jsonl"
MOST_BYTES = 50_000_000
"""Bytes of a file of the kit that is read."""
EXPECTED = f"the starting kit of the challenge, a folder or zip with {ITEMS} and {SETTINGS}"


class KitItem(msgspec.Struct):
    """One item of a kit: its id and the images as a submission names them."""

    id: str
    images: Annotated[list[str], msgspec.Meta(min_length=1)]


def read_kit(kit: Path) -> Reference:
    """The items and settings of a kit, a folder or zip; a reference without right answers and texts."""
    if kit.is_dir():
        return _read(kit)
    with tempfile.TemporaryDirectory(prefix="twinlens-") as folder:
        with open_zip(kit, EXPECTED) as archive:
            for name in (ITEMS, SETTINGS):
                (Path(folder) / name).write_bytes(_content(kit, archive, name))
        return _read(Path(folder), kit)


def _content(kit: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    """What the file of that name holds whose path in the zip is the shortest."""
    paths = [path for path in archive.namelist() if path.rpartition("/")[2] == name]
    if not paths:
        raise BadInput(f"{str(kit)!r}: found no {name}; expected {EXPECTED}")
    try:
        with archive.open(min(paths, key=len)) as source:
            content = source.read(MOST_BYTES + 1)
    except BROKEN_ZIP as error:
        raise BadInput(f"{str(kit)!r}: {name}: broken in the zip ({error}); expected {EXPECTED}") from None
    if len(content) > MOST_BYTES:
        raise BadInput(f"{str(kit)!r}: {name}: found more than {MOST_BYTES:,} bytes; expected {EXPECTED}")
    return content


def _read(folder: Path, kit: Path | None = None) -> Reference:
    shown, items = kit or folder, dict[str, Item]()
    try:
        settings = read_settings(folder / SETTINGS)
    except Unscorable as error:
        why = str(error).replace(str(folder / SETTINGS), SETTINGS)
        raise BadInput(f"{str(shown)!r}: {why}; expected {EXPECTED}") from None
    text = decoded(read_bytes(str(folder / ITEMS), EXPECTED), f"{shown}/{ITEMS}")
    for line, content in json_lines(text, "expected an item"):
        where = f"{str(shown)!r}: line {line} of {ITEMS}"
        try:
            item = msgspec.convert(content, KitItem)
        except msgspec.ValidationError as error:
            what = content if isinstance(content, Unusable) else error
            raise BadInput(f"{where}: {what}; expected {EXPECTED}") from None
        if item.id in items:
            raise BadInput(f"{where}: the item {item.id!r} stands twice; expected {EXPECTED}")
        items[item.id] = Item(item.id, item.images)
    if not items:
        raise BadInput(f"{str(shown)!r}: found no item in {ITEMS}; expected {EXPECTED}")
    return Reference(settings, list(items.values()))
