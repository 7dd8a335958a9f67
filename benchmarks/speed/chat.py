"""How much quicker `chat` is with 16 calls in flight than with one, against a server that takes a fixed time.

    python -m benchmarks chat        1 s a call, six reasons, 96 pairs, 2 rounds: about 1.5 minutes
    python -m benchmarks chat --latency 0.5 --latency 1 --latency 3 --reasons six --rounds 3

Runs as people make them, both orders, nothing cached: photos opened, shown as PNG, answers read, claims checked
against the pixels. The server is a process of its own on loopback that looks at nothing: it waits, then gives reasons
and the answer with probabilities. One at a time takes so long a pair whatever their number, so that is timed over
fewer. The ways take turns; the ratio is of the means. Asked: 8 times.

What limits it is processor time, above all that of measuring what the claims are checked against: on cores that are
busy with other work the ratio falls, so the load is printed. The exit code is 1 where less was reached.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import multiprocessing
import os
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from skimage import data

from twinlens.readers import open_pairs
from twinlens.runs.engine import run

LEAST_RATIO = 8.0
IN_FLIGHT = 16
ONE_AT_A_TIME = 3
"""Pairs that are judged one at a time."""
REASONS = """Face Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry.
Face Noise: Image A (Left) is noisier, while Image B (Right) is cleaner.
Hair Texture: Image A (Left) shows single strands, while Image B (Right) is smeared.
Background Noise: Both images are equally clean.
Global Color: Image A (Left) has natural colors, while Image B (Right) has a color cast.
Global Quality: Image A (Left) is better overall."""
WAYS = {
    "six": REASONS,
    "one": "Global Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry.",
    "none": "",
}
"""What the server says before the answer: six reasons, of faces and of quality too, one of the whole, or none."""


def answer(reasons: str) -> bytes:
    """What a server sends: the text, and five likely tokens at each place of it."""
    text = f"<thinking>\n{reasons}\n</thinking>\n<answer>A</answer>" if reasons else "<answer>A</answer>"
    words = text.replace("<", " < ").replace(">", " > ").split(" ")
    likely = [{"token": word, "logprob": -0.2 - rank, "bytes": None} for rank, word in enumerate("ABCDE")]
    tokens = [{"token": word, "logprob": -0.2, "bytes": None, "top_logprobs": likely} for word in words]
    tokens[words.index("A", words.index("answer"))]["top_logprobs"][0]["logprob"] = math.log(0.8)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": {"content": tokens}}
    usage = {"prompt_tokens": 2000, "completion_tokens": len(tokens)}
    body = json.dumps({"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def serve(latency: float, reasons: str, pipe: Connection) -> None:
    """The server; it sends its port."""
    said = answer(reasons)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):  # who called has hung up
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = next(
                    line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                )
                await reader.readexactly(int(size.partition(b":")[2]))
                await asyncio.sleep(latency)
                writer.write(said)
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=1 << 20)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(work())


def write_table(folder: Path, count: int) -> Path:
    """Pairs of 512 by 384 pixels, each of another part of a photograph, and the same blurred a little."""
    lines = ["id,a,b"]
    for number in range(count):
        whole = (data.astronaut, data.coffee, data.chelsea, data.rocket)[number % 4]()
        shrink = max(560 / whole.shape[1], 420 / whole.shape[0])
        whole = cv2.resize(whole, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_CUBIC)
        top, left = (number // 4 * 5) % 37, (number // 4 * 7) % 49
        photo = np.ascontiguousarray(whole[top : top + 384, left : left + 512, ::-1])
        files = [folder / f"{number}_{side}.png" for side in "ab"]
        for file, pixels in zip(files, (photo, cv2.GaussianBlur(photo, (0, 0), 1.0)), strict=True):
            cv2.imwrite(str(file), pixels)
        lines.append(f"p{number},{files[0]},{files[1]}")
    table = folder / "pairs.csv"
    table.write_text("\n".join(lines) + "\n", "utf-8")
    return table


def seconds(table: Path, out: Path, judge: str, count: int) -> tuple[float, float]:
    """How long a pair takes, and how much processor time of this process."""
    rows = open_pairs(str(table))
    start, processor = time.perf_counter(), time.process_time()
    summary = run(rows, judge, out, cache=False, limit=count)
    assert (summary.rows, summary.failed) == (count, 0)
    return (time.perf_counter() - start) / count, (time.process_time() - processor) / count


def measured(folder: Path, latency: float, reasons: str, pairs: int, rounds: int) -> bool:
    """Time both ways by turns, and print; whether the ratio is reached."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(latency, WAYS[reasons], theirs), daemon=True)
    server.start()
    judge = f'chat(model="m", base_url="http://127.0.0.1:{ours.recv()}/v1", reasons={reasons != "none"}, in_flight='
    table, name = folder / "pairs.csv", f"{latency:g} s a call, reasons {reasons}"
    counts = {1: min(ONE_AT_A_TIME, pairs), IN_FLIGHT: pairs}
    times: dict[int, list[float]] = {way: [] for way in counts}
    processor, load = [], [os.getloadavg()[0]]
    seconds(table, folder / f"{name}, first", f"{judge}1)", 1)  # all is loaded before the clock starts
    for number in range(rounds):
        for way in (1, IN_FLIGHT) if number % 2 == 0 else (IN_FLIGHT, 1):
            took, cpu = seconds(table, folder / f"{name}, {way}, {number}", f"{judge}{way})", counts[way])
            times[way].append(took)
            processor.append(cpu)
            load.append(os.getloadavg()[0])
            print(f"  {way} in flight: {took:.3f} s a pair, {cpu:.3f} s of it processor time", flush=True)
    server.kill()
    mean, best = (which(times[1]) / which(times[IN_FLIGHT]) for which in (statistics.mean, min))
    print(
        f"{name}: one at a time {statistics.mean(times[1]):.2f} s a pair (n = {rounds} x {counts[1]}), "
        f"{IN_FLIGHT} in flight {statistics.mean(times[IN_FLIGHT]):.3f} (n = {rounds} x {pairs}): {mean:.1f} x, "
        f"best rounds {best:.1f} x (asked {LEAST_RATIO:g} x); processor time {min(processor):.2f} to {max(processor):.2f} s a pair; "
        f"load {min(load):.1f} to {max(load):.1f} on {os.cpu_count()} cores",
        flush=True,
    )
    return mean >= LEAST_RATIO


def main(
    latency: Annotated[list[float] | None, typer.Option(help="Seconds a call takes; 1 by default.")] = None,
    reasons: Annotated[list[str] | None, typer.Option(help="six (default), one or none.")] = None,
    pairs: int = 96,
    rounds: int = 2,
) -> None:
    """Time; the exit code is 1 where the ratio is not reached."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_table(folder, pairs)
        reached = [
            measured(folder, seconds, said, pairs, rounds)
            for said in reasons or ["six"]
            for seconds in latency or [1.0]
        ]
    raise SystemExit(not all(reached))
