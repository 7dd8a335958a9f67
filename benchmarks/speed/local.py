"""How much quicker the judge `local` is than a plain loop over `model.generate`, in one run.

    OMP_NUM_THREADS=1 python -m benchmarks local --pairs 8 --rounds 3

Both judge the same pairs in both orders with one checkpoint of random weights, a Qwen3-VL with the vocabulary
of the real ones, four images a question. The plain loop is how today's tools do it: one pair and one order at
a time, `model.generate` writes 64 tokens before it answers. Ours is timed with the verdict alone and with 64
tokens of reasons, as the judge is used: views, prompts and all. They take turns (ours, plain, ours, plain), so
that whatever else the machine does meets both; nobody stops early. OMP_NUM_THREADS is the number of threads.

Expected on 2 cores of an AMD EPYC without AVX-512, in float32: some ten minutes, and what docs/benchmarks.md
says; at least 4 x with the verdict alone and 2.5 x with reasons.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

import numpy as np
import torch
from skimage import data
from transformers import AutoModelForImageTextToText, AutoProcessor

import tiny_checkpoint
from twinlens.core.types import Pair, Photo
from twinlens.judges.local import Local

TOKENS = 64
LOOPED = 2
"""Pairs the loop judges of those ours does: it takes them one by one, so its time a question needs no more."""
MODEL = {
    "hidden_size": 640, "intermediate_size": 1920, "num_hidden_layers": 14, "num_attention_heads": 10,
    "num_key_value_heads": 5, "head_dim": 64, "initializer_range": 0.02, "vocab_size": 151_936, "tied": True,
    "rope_parameters": {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [16, 8, 8], "mrope_interleaved": True},
    "vision": {"depth": 8, "hidden_size": 384, "intermediate_size": 1152, "num_heads": 6, "num_position_embeddings": 2304,
               "deepstack_visual_indexes": [2, 4, 6], "initializer_range": 0.02},
}  # fmt: skip


def cut_pairs(count: int) -> list[Pair]:
    """Pairs of 256 by 256 pixels cut from photographs, one photo of each darker; every pair in both orders."""
    made = []
    for number in range(count):
        whole = (data.astronaut, data.coffee, data.chelsea, data.rocket)[number % 4]()
        top, left = 8 * (number // 4), 16 * (number // 4)
        pixels = np.ascontiguousarray(whole[top : top + 256, left : left + 256])
        a, b = Photo("a", "", pixels), Photo("b", "", (pixels * 0.9).astype(np.uint8))
        made += [Pair(f"p{number}", a, b), Pair(f"p{number}", b, a)]
    return made


def plain(folder: Path, pairs: list[Pair], judge: Local) -> float:
    """Seconds a pair and order of a loop over `model.generate`, the question given."""
    from PIL import Image

    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    questions = [judge.prompt_for(pair) for pair in pairs]
    start = time.perf_counter()
    for question in questions:
        content = [
            {"type": "text", "text": part}
            if isinstance(part, str)
            else {"type": "image", "image": Image.fromarray(part)}
            for part in question.content
        ]
        conversation = [
            {"role": "system", "content": [{"type": "text", "text": question.system}]},
            {"role": "user", "content": content},
        ]
        inputs = processor.apply_chat_template(
            conversation, tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt"
        )
        with torch.inference_mode():
            said = model.generate(**inputs, do_sample=False, max_new_tokens=TOKENS, min_new_tokens=TOKENS)
        processor.decode(said[0, inputs["input_ids"].shape[1] :])
    return (time.perf_counter() - start) / len(pairs)


def ours(pairs: list[Pair], judge: Local) -> float:
    """Seconds a pair and order of the judge, views and questions included."""
    start = time.perf_counter()
    for outcome in judge.judge_many(pairs):
        tokens = outcome.calls[0].answer_tokens
        assert tokens == (TOKENS if judge.reasons else 0), tokens
    return (time.perf_counter() - start) / len(pairs)


def main(pairs: int = 8, rounds: int = 3) -> None:
    """Time all, by turns, and print seconds a question and the ratios."""
    count = pairs
    with tempfile.TemporaryDirectory() as name:
        folder = tiny_checkpoint.qwen3_vl(Path(name) / "model", size=4096, **MODEL)
        threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
        torch.set_num_threads(threads)
        model = AutoModelForImageTextToText.from_pretrained(folder)
        model.generation_config.eos_token_id = None  # nobody stops early, so that all write as much
        model.save_pretrained(folder)
        size = sum(weights.numel() for weights in model.parameters()) / 1e6
        short = Local(str(folder), device="cpu", reasons=False, batch=2 * count)
        long = Local(str(folder), device="cpu", max_tokens=TOKENS, batch=2 * count)
        questions = cut_pairs(count)
        ours(cut_pairs(1), long)  # loaded before the clock starts
        times: dict[str, list[float]] = {"verdict alone": [], "with reasons": [], "plain": []}
        for _ in range(rounds):
            for way, judge in (
                ("verdict alone", short),
                ("plain", long),
                ("with reasons", long),
                ("plain", long),
            ):
                took = (
                    plain(folder, questions[: 2 * LOOPED], judge)
                    if way == "plain"
                    else ours(questions, judge)
                )
                times[way].append(took)
                print(f"{way}: {took:.3f} s a question", flush=True)
        loop = statistics.mean(times["plain"])
        print(
            f"{size:.0f} M weights, {threads} threads, {rounds} rounds; {2 * count} questions a round, {4 * LOOPED} in the loop"
        )
        print(f"plain {loop:.3f} s a question")
        for way in ("verdict alone", "with reasons"):
            apart = [
                statistics.mean(times["plain"][2 * at : 2 * at + 2]) / one
                for at, one in enumerate(times[way])
            ]
            print(
                f"{way}: {loop / statistics.mean(times[way]):.1f} x as fast (rounds {min(apart):.1f} to {max(apart):.1f})"
            )
