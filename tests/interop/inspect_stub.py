"""Runs in the environment of inspect_ai: a task of twinlens by name, against a model with known answers.

python inspect_stub.py TASK PAIRS.csv ANSWERS.json LOGS
"""

import json
import sys
from pathlib import Path

from inspect_ai import eval as run
from inspect_ai.model import ModelOutput, ModelUsage, get_model


def main(task: str, pairs: str, answers: str, logs: str) -> None:
    outputs = [
        ModelOutput.from_content("stub", text) for text in json.loads(Path(answers).read_text()).values()
    ]
    for output in outputs:
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    model = get_model("mockllm/stub", custom_outputs=outputs)
    (log,) = run(
        task, task_args={"pairs": pairs}, model=model, log_dir=logs, max_samples=1, display="none",
        log_model_api=False, log_images=False,
    )  # fmt: skip
    assert log.status == "success", log.error
    print(log.location)


if __name__ == "__main__":
    main(*sys.argv[1:])
