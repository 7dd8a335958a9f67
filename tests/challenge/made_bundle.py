"""A small challenge for tests, and bundles of it that are changed on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import yaml
from PIL import Image

from twinlens.challenge.bundle import build

Files = dict[str, bytes]
Change = Callable[[Files], None]
YAML = """\
title: Which is better?
description: Two renderings of a photograph.
organisers: [A. Person]
contact: someone@example.org
terms: Be fair.
metrics: [{key: accuracy, weight: 1}, {key: rouge_l, weight: 0.5}]
phases:
- {name: one, start: '2027-01-01 10:00:00', end: '2027-02-01 00:00:00', pairs: one.csv, labels: one.jsonl}
- {name: two, start: '2027-02-02 00:00:00', pairs: two.csv, labels: two.jsonl}
"""
LINE = "Face Noise: Image {better} is clean and detailed, while the other one is noisy in shadows, pair {id}."


def write_challenge(folder: Path, text: str = YAML, items: int = 3) -> Path:
    """A challenge of two phases with photos of 48 × 40 pixels; every second item is better on b."""
    random = np.random.default_rng(1)
    folder.mkdir(exist_ok=True)
    for phase in ("one", "two"):
        rows, labels = ["id,a,b"], []
        for at in range(items):
            id = f"{phase}{at}"
            for side in "ab":
                pixels = random.integers(0, 256, (40, 48, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{id}{side}.png")
            rows.append(f"{id},{id}a.png,{id}b.png")
            better = "b" if at % 2 else "a"
            labels.append({"id": id, "label": better, "reference": LINE.format(better=better.upper(), id=id)})
        (folder / f"{phase}.csv").write_text("\n".join(rows) + "\n", "utf-8")
        (folder / f"{phase}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in labels), "utf-8")
    (folder / "challenge.yaml").write_text(text, "utf-8")
    return folder


def built(folder: Path, text: str = YAML) -> Path:
    """The bundle of a small challenge."""
    bundle = folder / "bundle.zip"
    build(write_challenge(folder / "challenge", text), bundle)
    return bundle


def read_zip(content: bytes | Path) -> Files:
    """The files of a zip."""
    source = BytesIO(content) if isinstance(content, bytes) else content
    with ZipFile(source) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def as_zip(files: Mapping[str, bytes]) -> bytes:
    """Files as a zip."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def competition(change: Callable[[Any], object]) -> Change:
    """A change of competition.yaml as data."""

    def changed(files: Files) -> None:
        data = yaml.safe_load(files["competition.yaml"])
        change(data)
        files["competition.yaml"] = yaml.safe_dump(data, sort_keys=False).encode()

    return changed


def setting(path: str, value: object) -> Change:
    """A change of one value of competition.yaml, by its keys with dots."""

    def change(data: Any) -> None:
        *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
        for key in above:
            data = data[key]
        data[last] = value

    return competition(change)


def without(path: str) -> Change:
    """A change that takes one key of competition.yaml away."""

    def change(data: Any) -> None:
        *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
        for key in above:
            data = data[key]
        del data[last]

    return competition(change)


def within(name: str, change: Change) -> Change:
    """A change of a zip in the bundle."""

    def changed(files: Files) -> None:
        inner = read_zip(files[name])
        change(inner)
        files[name] = as_zip(inner)

    return changed


def replaced(name: str, old: str, new: str) -> Change:
    """A change of a text."""

    def changed(files: Files) -> None:
        assert old.encode() in files[name]
        files[name] = files[name].replace(old.encode(), new.encode())

    return changed


def put(name: str, content: str | bytes) -> Change:
    """A file put in, or in place of another."""

    def changed(files: Files) -> None:
        files[name] = content if isinstance(content, bytes) else content.encode()

    return changed


def gone(name: str) -> Change:
    """A file taken out."""

    def changed(files: Files) -> None:
        del files[name]

    return changed
