"""`chat` against a real server, `transformers serve`, with a tiny model whose weights are random."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photographs import picture, spoiled
from twinlens import cli
from twinlens.core.types import Failure, Pair
from twinlens.judges.chat import Chat
from twinlens.judges.vlm import VisionPrompt
from twinlens.train.examples import photo_of

PACKAGES = ("torch", "torchvision", "transformers", "fastapi", "uvicorn", "openai")
MISSING = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
TOKENS = 24


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tiny_checkpoint import qwen3_vl

    return qwen3_vl(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="module")
def url(checkpoint: Path) -> Iterator[str]:
    """The address of `transformers serve`, up and with the model loaded."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from transformers.cli.transformers import main; main()", "serve",
               "--host", "127.0.0.1", "--port", str(port), "--device", "cpu", str(checkpoint)]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env={**os.environ, "HF_HUB_OFFLINE": "1"}, **quiet)
    try:
        for _ in range(1500):  # five minutes: starting it takes long on a busy machine
            if answers(f"http://127.0.0.1:{port}/health"):
                break
            assert process.poll() is None, "transformers serve ended"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def pair() -> Pair:
    a, b = (np.ascontiguousarray(p[40:136, 200:328]) for p in (picture("coffee"), spoiled("coffee", "blur")))
    return Pair("p", photo_of(a), photo_of(b))


def said_here(checkpoint: Path, prompt: VisionPrompt) -> str:
    """What the model says to a prompt, by transformers without us."""
    import torch
    from PIL import Image
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model: Any = AutoModelForImageTextToText.from_pretrained(checkpoint).eval()
    processor: Any = AutoProcessor.from_pretrained(checkpoint)
    content = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image", "image": Image.fromarray(part)}
        for part in prompt.content
    ]
    messages = [
        {"role": "system", "content": prompt.system},
        {"role": "user", "content": content},
    ]
    inputs = processor.apply_chat_template(
        messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    with torch.inference_mode():
        tokens = model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)
    new = tokens[:, inputs["input_ids"].shape[1] :]
    return str(processor.batch_decode(new, skip_special_tokens=True)[0])


def test_a_served_model_says_what_it_says_directly(url: str, checkpoint: Path, pair: Pair) -> None:
    judge = Chat(str(checkpoint), url, max_tokens=TOKENS, retries=1)
    for shown in (pair, replace(pair, a=pair.b, b=pair.a)):
        outcome = judge.judge(shown)
        assert isinstance(outcome, Failure)
        assert (outcome.kind, len(outcome.calls)) == ("unreadable", 1)
        assert outcome.calls[0].answer_tokens == TOKENS
        assert (outcome.calls[0].prompt_tokens or 0) > 300
        assert outcome.raw.strip() == said_here(checkpoint, judge.prompt_for(shown)).strip()


def test_a_run_over_a_served_model_keeps_what_it_said(
    url: str, checkpoint: Path, pictures: list[tuple[Path, Path]], tmp_path: Path
) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("\n".join(("id,a,b", *(f"{k},{a},{b}" for k, (a, b) in enumerate(pictures[:3])))) + "\n")
    judge = f'chat(model="{checkpoint}", base_url="{url}", max_tokens={TOKENS}, crops=0)'
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", str(table), "--judge", judge, "--out", str(tmp_path / "run")])
    assert ended.value.code == 1
    rows = [json.loads(line) for line in (tmp_path / "run" / "rows.jsonl").read_bytes().splitlines()]
    assert [row["id"] for row in rows] == ["0", "1", "2"]
    for row in rows:
        assert {said["failure"] for said in row["orders"].values()} == {"unreadable"}
        assert all(said["raw"] for said in row["orders"].values())
        assert row["orders"]["ab"]["images"] == [[128, 96], [128, 96]]
