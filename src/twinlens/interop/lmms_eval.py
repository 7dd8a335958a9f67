"""A task of lmms-eval: photos and text in turn, answers scored as `twinlens score` does.

`write` makes the folder for `lmms-eval --include_path`: the pairs as a data set (`interop.huggingface`) and
one YAML file, which names the functions below; they run where lmms-eval runs, and need twinlens there with
the extra score. lmms-eval itself is never imported.

What an answer may not lose stands in the YAML: `reasoning_tags: none`, or `<think>` goes before it is scored;
`until: []`, or a text ends at its first blank line.
"""

import json
import math
import os
import re
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput
from twinlens.core.types import Failure
from twinlens.interop.answer_scores import f1, score_answer
from twinlens.interop.huggingface import Exported, Progress, export
from twinlens.interop.question import question
from twinlens.readers import Rows

Doc = dict[str, Any]
Scored = dict[str, Any]
TEMPLATE = "expert"
MEANS = ("accuracy", "unread", "bleu4", "rouge_l")
TASK = """task: {name}
dataset_path: imagefolder
dataset_kwargs:
  data_dir: {folder}
  drop_labels: true
test_split: {split}
output_type: generate_until
doc_to_visual: !function twinlens.interop.lmms_eval.doc_to_visual
doc_to_text: !function twinlens.interop.lmms_eval.doc_to_text
doc_to_messages: !function twinlens.interop.lmms_eval.doc_to_messages
doc_to_target: !function twinlens.interop.lmms_eval.doc_to_target
process_results: !function twinlens.interop.lmms_eval.process_results
generation_kwargs:
  max_new_tokens: 1024
  do_sample: false
  until: []
reasoning_tags: none
cluster_key: scene
score_key: score
metric_list:
{metrics}
metadata:
  version: 1.0
"""
METRIC = """  - metric: {name}
    aggregation: !function twinlens.interop.lmms_eval.{aggregation}
    higher_is_better: {better}"""


def write(
    rows: Rows, folder: str | os.PathLike[str], split: str = "test", progress: Progress | None = None
) -> tuple[Exported, str]:
    """Write a task and its data into a new folder: what was written, and the name of the task.

    The YAML names the folder by its full path, so that lmms-eval may be called from anywhere; a folder that
    is moved has to be written again.
    """
    made = export(rows, folder, split, progress)
    out = Path(folder).absolute()
    name = f"twinlens_{re.sub(r'[^a-z0-9]+', '_', out.name.lower()).strip('_') or 'pairs'}"
    texts = any(row.reference for row in rows)
    names = [*MEANS, "claim_f1"] if texts else MEANS[:2]
    metrics = [
        METRIC.format(
            name=name, aggregation="claim_f1" if name == "claim_f1" else "mean",
            better=json.dumps(name != "unread"),
        )
        for name in names
    ]  # fmt: skip
    task = TASK.format(name=name, folder=json.dumps(str(out)), split=split, metrics="\n".join(metrics))
    try:
        (out / f"{name}.yaml").write_text(task, "utf-8")
    except OSError as error:
        raise BadInput(f"{str(out)!r}: cannot be written: {error.strerror}; choose another -o") from error
    return made, name


def doc_to_visual(doc: Doc) -> list[Any]:
    """The photos of a pair as RGB images: a's whole and details, then b's."""
    images = [image for side in "ab" for image in (doc[side], *(doc.get(f"{side}_details") or ()))]
    return [image.convert("RGB") for image in images]


def doc_to_messages(doc: Doc) -> list[dict[str, Any]]:
    """What a model is given: the role, then each photo after its caption, then what to do."""
    filled, content = question(doc["kind"], doc_to_visual(doc), TEMPLATE)
    parts = [
        {"type": "text", "text": part} if isinstance(part, str) else {"type": "image", "url": part}
        for part in content
    ]
    system = {"role": "system", "content": [{"type": "text", "text": filled.system}]}
    return [system, {"role": "user", "content": parts}]


def doc_to_text(doc: Doc) -> str:
    """The text for a model that takes its images before its text; made of a doc without its images."""
    filled, content = question(doc["kind"], [None] * (2 + 2 * (doc.get("details") or 0)), TEMPLATE)
    return filled.system + "\n\n" + "".join(part for part in content if isinstance(part, str))


def doc_to_target(doc: Doc) -> str:
    """The label: A, B, or TIE; "" where there is none."""
    return (doc["label"] or "").upper()


def process_results(doc: Doc, results: list[str]) -> dict[str, Scored]:
    """What the answer earns, each score with the pair's scene and id; none without a label or text beside it.

    The id stands there since the samples that lmms-eval writes hold nothing else of a doc.
    """
    made = score_answer(results[0], doc["label"], doc["reference"])
    scores = {"accuracy": made.accuracy, "unread": float(isinstance(made.reading, Failure))}
    scores |= {"bleu4": made.bleu4, "rouge_l": made.rouge_l}
    of = {"scene": doc["scene"], "id": doc["id"]}
    scored = {name: {"score": score, **of} for name, score in scores.items() if not math.isnan(score)}
    if made.claims is not None:
        own = f1([made.claims])
        scored["claim_f1"] = {"score": 0.0 if math.isnan(own) else own, "claims": made.claims, **of}
    return scored


def mean(scored: list[Scored]) -> float:
    """The mean of scores."""
    return math.fsum(one["score"] for one in scored) / len(scored) if scored else math.nan


def claim_f1(scored: list[Scored]) -> float:
    """The F1 of all claims together."""
    return f1([tuple(one["claims"]) for one in scored])
