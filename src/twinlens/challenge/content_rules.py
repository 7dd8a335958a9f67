"""The rules for what a bundle holds beside its program: sizes, references, kits, photos, secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from twinlens.challenge.findings import NotLookedAt, Problem, rule
from twinlens.challenge.kit_items import ITEMS
from twinlens.challenge.opened import Opened
from twinlens.challenge.phase_files import EXAMPLE, named_zips, objects, phase_files
from twinlens.challenge.program.reference import REFERENCE, SETTINGS
from twinlens.language.answer import last_answer

LARGE = 500 * 2**20
"""Bytes of a bundle from which uploads have hung."""
TELLING = 40
"""Characters from which a line of an expert counts as a secret; shorter ones may stand anywhere."""
_TEXTS = frozenset(
    {".md", ".txt", ".json", ".jsonl", ".csv", ".tsv", ".yaml", ".yml", ".html", ".htm", ".py", ""}
)
_SIDES = {"a": "a", "b": "b", "left": "a", "right": "b"}


@rule("size", "the bundle is small enough to upload")
def size(bundle: Opened) -> Iterator[Problem]:
    total = sum(member.file_size for member in bundle.archive.infolist())
    if total > LARGE:
        what = f"found {total / 2**20:,.0f} MB; uploads of that size hang"
        yield Problem(bundle.file, f"{what}: publish photos elsewhere or make them smaller", warning=True)


@rule("files", "each zip that is named is there and safe to unpack")
def files(bundle: Opened) -> Iterator[Problem]:
    for path, name in named_zips(bundle):
        if not isinstance(name, str) or name not in bundle.names:
            yield bundle.problem(path, f"found no file {name!r:.80} in the bundle; expected a zip: add it")
        elif bundle.zip(name) is None:
            yield bundle.problem(path, f"{name} cannot be unpacked safely: {bundle.unopened[name]}")


@rule("reference", "each phase has its items with an answer, and settings")
def reference(bundle: Opened) -> Iterator[Problem]:
    for phase in phase_files(bundle):
        if phase.reference is None:
            continue
        missing = {REFERENCE, SETTINGS} - phase.reference.names
        for name in sorted(missing):
            yield Problem(phase.reference.file, f"found no {name}; expected it at the top: build it again")
        if not missing:
            yield from _items(phase.reference)


def _items(opened: Opened) -> Iterator[Problem]:
    seen = set[str]()
    items = objects(opened, REFERENCE)
    if not items:
        yield Problem(opened.file, f"{REFERENCE} holds no item; expected one at least")
    for line, item in enumerate(items, 1):
        id, where = str(item.get("id", "")), f"{opened.file}/{REFERENCE}:{line}"
        if not id or id in seen:
            yield Problem(where, f"found the id {id!r:.60}; expected one of its own")
        seen.add(id)
        if item.get("answer") not in ("A", "B"):
            yield Problem(where, f"found the answer {item.get('answer')!r:.60}; expected A or B")


@rule("kit", "each phase's starting kit lists the items it is scored on, with an example")
def kit(bundle: Opened) -> Iterator[Problem]:
    for phase in phase_files(bundle):
        if phase.kit is None:
            where = bundle.at(f"{phase.path}.starting_kit")
            yield Problem(where, "found none; participants need the list of items", warning=True)
            continue
        missing = {ITEMS, SETTINGS, EXAMPLE} - phase.kit.names
        for name in sorted(missing):
            yield Problem(phase.kit.file, f"found no {name}; expected it at the top: build it again")
        if missing or phase.reference is None or REFERENCE not in phase.reference.names:
            continue
        given, scored = (
            {str(item.get("id")): item.get("images") for item in objects(opened, name)}
            for opened, name in ((phase.kit, ITEMS), (phase.reference, REFERENCE))
        )
        for id in sorted(id for id in given.keys() | scored.keys() if given.get(id) != scored.get(id))[:5]:
            what = f"the item {id!r:.60} is not the same here as in {phase.reference.file}"
            yield Problem(f"{phase.kit.file}/{ITEMS}", f"{what}; build both again")
        if SETTINGS in phase.reference.names and phase.kit.read(SETTINGS) != phase.reference.read(SETTINGS):
            yield Problem(
                f"{phase.kit.file}/{SETTINGS}", "differs from that of the reference; build both again"
            )


@rule("photos", "every photo that items name is in the public data")
def photos(bundle: Opened) -> Iterator[Problem]:
    for phase in phase_files(bundle):
        if phase.kit is None or ITEMS not in phase.kit.names:
            continue
        if phase.public is None:
            yield bundle.warning(f"{phase.path}.public_data", "found none; say on a page where photos are")
            continue
        named = [str(image) for item in objects(phase.kit, ITEMS) for image in _list(item.get("images"))]
        missing = [image for image in named if image not in phase.public.names]
        if missing:
            what = f"found no {missing[0]!r:.80} and {len(missing) - 1:,} more; expected all {len(named):,}"
            yield Problem(phase.public.file, f"{what}: build it again")


@rule("phases-apart", "no item of a phase stands in another one")
def phases_apart(bundle: Opened) -> Iterator[Problem]:
    ids: dict[str, str] = {}
    pictures: dict[tuple[int, int], str] = {}
    for phase in phase_files(bundle):
        for member in phase.public.archive.infolist() if phase.public else ():
            key = (member.CRC, member.file_size)
            if not member.is_dir() and pictures.setdefault(key, phase.path) != phase.path:
                what = (
                    f"{member.filename!r:.80} is a photo of {pictures[key]} too: labels can be probed there"
                )
                yield Problem(phase.path, what, warning=True)
        for item in objects(phase.kit, ITEMS) if phase.kit and ITEMS in phase.kit.names else ():
            if ids.setdefault(str(item.get("id")), phase.path) != phase.path:
                yield Problem(
                    phase.path,
                    f"the id {item.get('id')!r:.60} stands in {ids[str(item.get('id'))]} too",
                    warning=True,
                )


@rule("labels", "no label and no expert's line is in what is published")
def labels(bundle: Opened) -> Iterator[Problem]:
    items, lines = _secrets(bundle)
    for where, text in _published(bundle):
        plain = _plain(text)
        leaked = next((line for line in lines if line in plain), None)
        if leaked is not None:
            yield Problem(where, f"holds an expert's line, {leaked[:60]!r}; take it out before you upload")
        answers = _answers(text, items)
        right = sum(items[id] == answer for id, answer in answers.items())
        same = where.endswith(EXAMPLE) and len(set(answers.values())) == 1
        if len(answers) > 1 and right * 2 > len(answers) and not same:
            what = f"holds answers to {len(answers):,} items, {right:,} of them right"
            yield Problem(where, f"{what}; take it out before you upload")


def _secrets(bundle: Opened) -> tuple[dict[str, str], set[str]]:
    """The right answers, a or b, by id and by the names of images; the experts' lines."""
    items, lines = dict[str, str](), set[str]()
    for phase in phase_files(bundle):
        if phase.reference is None or REFERENCE not in phase.reference.names:
            raise NotLookedAt(f"{phase.path} has no {REFERENCE}")
        for item in objects(phase.reference, REFERENCE):
            answer = str(item.get("answer")).lower()
            names = (str(item.get("id")), *(str(image) for image in _list(item.get("images"))))
            items |= dict.fromkeys((*names, *(PurePosixPath(name).name for name in names)), answer)
            split = map(_plain, str(item.get("rationale", "")).splitlines())
            lines |= {line for line in split if len(line) >= TELLING}
    return items, lines


def _published(bundle: Opened) -> Iterator[tuple[str, str]]:
    """The texts that participants may see, with their place: all but references and programs."""
    secret = {id(zip) for phase in phase_files(bundle) for zip in (phase.reference, phase.program)}
    zips = [zip for name in sorted(bundle.names) if name.endswith(".zip") and (zip := bundle.zip(name))]
    for opened in (bundle, *(zip for zip in zips if id(zip) not in secret)):
        names = (name for name in opened.names if PurePosixPath(name).suffix.lower() in _TEXTS)
        for name, content in opened.texts(names):
            where = name if opened is bundle else f"{opened.file}/{name}"
            yield where, content.decode("utf-8", "replace")


def _answers(text: str, items: dict[str, str]) -> dict[str, str]:
    """The answers, a or b, that lines of a text give to items: cells of a table or values of JSON."""
    made: dict[str, str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r'["\[\],;\t{}:|]+', line)]
        id = next((cell for cell in cells if cell in items), None)
        if id is None:
            continue
        if "answer>" in line:
            side = str(last_answer(line))
        else:
            side = next((_SIDES[cell.lower()] for cell in cells if cell.lower() in _SIDES and cell != id), "")
        if side in ("a", "b"):
            made[id] = side
    return made


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
