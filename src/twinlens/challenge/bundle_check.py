"""`twinlens challenge check`: every rule on a bundle, before the server sees it."""

from __future__ import annotations

from pathlib import Path

from twinlens.challenge import (  # noqa: F401 -- each adds its rules, in this order
    competition_rules,
    content_rules,
    leaderboard_rules,
    program_rules,
)  # fmt: skip
from twinlens.challenge.findings import RULES, Finding
from twinlens.challenge.opened import COMPETITION, Opened, opened, read_competition
from twinlens.core.errors import BadInput

ARCHIVE, FOLDER, YAML = "archive", "top-level", "yaml"
FIRST = {
    ARCHIVE: "each file can be unpacked safely",
    FOLDER: f"{COMPETITION} is at the top, in no folder",
    YAML: f"{COMPETITION} is YAML with each key once",
}
"""The rules without which no other can be looked at, and what holds by them."""


def check_bundle(file: Path) -> list[Finding]:
    """What each rule says of a bundle; BadInput where the file is no zip at all."""
    with opened(file) as bundle:
        first = _first(bundle)
        if any(one.status == "error" for one in first):
            why = "not looked at: what stands above comes first"
            skipped = [name for name in FIRST if name not in {one.rule for one in first}]
            skipped += [rule.name for rule in RULES]
            return first + [Finding(name, "skipped", "", why) for name in skipped]
        return first + [one for rule in RULES for one in rule.findings(bundle)]


def _first(bundle: Opened) -> list[Finding]:
    """The rules on the archive and on competition.yaml as a whole, up to the first that is broken."""
    refused = [Finding(ARCHIVE, "error", one.where, one.what) for one in bundle.refused()]
    if refused:
        return refused[:20]
    made = [Finding(ARCHIVE, "ok", "", FIRST[ARCHIVE])]
    if COMPETITION not in bundle.names:
        inside = next((name for name in sorted(bundle.names) if name.endswith(f"/{COMPETITION}")), None)
        what = f"found it in {inside!r:.80}: zip the content of the folder" if inside else "found none"
        return [*made, Finding(FOLDER, "error", bundle.file, f"{what}; expected {COMPETITION} at the top")]
    made.append(Finding(FOLDER, "ok", "", FIRST[FOLDER]))
    try:
        bundle.document = read_competition(bundle)
        if not isinstance(bundle.document.data, dict):
            raise BadInput(f"{COMPETITION}: found no keys; expected version, title and more")
    except BadInput as error:
        return [*made, Finding(YAML, "error", COMPETITION, str(error))]
    return [*made, Finding(YAML, "ok", "", FIRST[YAML])]
