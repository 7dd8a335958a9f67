"""JSON Schemas (draft 2020-12) of the contracts, generated from their records.

`python -m twinlens.core.schema` writes them into `core/schemas`, which travels with the package.
"""

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from twinlens.core import contracts, run_records, score_records

CONTRACTS: dict[str, Any] = {
    "verdict": contracts.VerdictRecord,
    "failure": contracts.FailureRecord,
    "reading": contracts.ReadingRecord,
    "weights": contracts.WeightsRecord,
    "run": run_records.RunRecord,
    "verdict_row": run_records.VerdictRow,
    "failure_row": run_records.FailureRow,
    "times": run_records.TimesRecord,
    "rating": run_records.RatingRecord,
    "scores": score_records.ScoresRecord,
    "ranking": score_records.RankingRecord,
}


def schemas() -> dict[str, str]:
    """The text of every schema by its file's name: what this version writes, other keys refused."""
    return {f"{name}.schema.json": _text(name, form) for name, form in CONTRACTS.items()}


def _text(name: str, form: Any) -> str:
    (top,), components = msgspec.json.schema_components([form], ref_template="#/$defs/{name}")
    for made in components.values():
        made["description"] = inspect.cleandoc(made["description"])
        if properties := made.get("properties"):
            required = made.get("required", ())
            made["required"] = [key for key, one in properties.items() if key in required or "default" in one]
            made["additionalProperties"] = False
    tag = form.__struct_config__.tag or f"twinlens.{name}/2"
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:twinlens:{name}:{tag[-1]}",
        "title": components[form.__name__]["description"],
    }
    return json.dumps({**head, **top, "$defs": components}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file, text in schemas().items():
        (Path(__file__).parent / "schemas" / file).write_text(text, "utf-8")
