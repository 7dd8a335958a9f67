"""What a hostile or careless world gives to decode, read, run, score and build: made from seeds, by a number.

Photos, tables, runs, specs, texts, answers of servers and challenges, each damaged in one place or a few. Each
method of `Inputs` is a kind: it writes its input into a folder and gives what uses it.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
import socket
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

KINDS = {"photo": 50, "table": 12, "run": 8, "spec": 12, "text": 8, "answers": 4, "server": 4, "challenge": 2}
"""Of a hundred inputs so many are of the kind."""
Work = Callable[[], object]
NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 10**30, 1e308, float("nan"), float("inf"), "", " ", "\0", "\ud800", "\u202e", "x" * 300_000,
    [], {}, [[]] * 1000, "../../../etc/passwd", "/dev/zero", "file:///dev/zero", "memory://x", "a::b://c", "=1+1",
    "<script>", "{{ 9**9**9 }}", "%s%n", "\x1b[2J", "9" * 5000, "1_0", "１", "nan", ["a", "b"], {"a": {"b": [1]}},
)  # fmt: skip
TOKENS = (
    b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\r", b"\r\n", b"\n\n", b'"', b"'", b"\\", b"[" * 50_000,
    b'{"a":' * 50_000, b"9" * 5_000, b"NaN", b"1e999", b"-0", b"<think>" * 20_000, b"<answer>" * 9_000, b"(" * 3_000,
    b"\\ud800", "\u202eA\u200b".encode(), b"&a [*a, *a]", b"!!python/object:os.system x", b", " * 50_000, b"A is B " * 9_000,
)  # fmt: skip
NAMES = ("\udce9.png", "\u202e.png", "0.jpg", "..png", "\n.png", "x" * 200)
HEADERS = ("Location: http://127.0.0.1:9/\r\n", "Content-Encoding: gzip\r\n", "Retry-After: 0\r\n")
ADVICE = """<think>\n### Face Sharpness: Image A (Left) is sharper, while Image B (Right) isn't as crisp.\n- Hair, skin:
A has less noise; however, B is brighter. "Option A" 8/10, B: 6/10. 图A更清晰, 图B噪点更多。\n</think><answer>A</answer>"""
SPECS = (
    "measured", "expert", 'fixed(choice="b", p_a=0.3, by="id", delay=0.0)', 'chat(model="m", base_url="http://127.0.0.1:9/v1", timeout=1)',
    "panel(judges=('measured', 'fixed(p_a=.2)'))", "duo(first='measured', second='fixed')", "answer(checkpoint='x')",
    "local(model='m')", 'table(images="x")', "raim", "sharpness", "noise()", "./x.py:Judge", "measured(weights='/dev/zero')",
)  # fmt: skip


def material(folder: Path) -> None:
    """What inputs are made of: photos, a folder of versions, a run of it, a challenge."""
    from PIL import Image, ImageFilter
    from skimage import data

    from twinlens.cli import run

    made = folder / "material"
    for version in "ab":
        (made / "set" / version).mkdir(parents=True)
    for number in range(3):
        photo = Image.fromarray(data.astronaut()[30 * number :][:96, 40 * number :][:, :128])
        photo.save(made / "set" / "a" / f"{number}.png")
        photo.filter(ImageFilter.GaussianBlur(1)).save(made / "set" / "b" / f"{number}.png")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert run(["run", str(made / "set"), "--out", str(made / "run"), "--judge", "measured"]) == 0
        assert run(["challenge", "new", str(made / "host")]) == 0
        for phase in "12":
            (table := made / "host" / f"phase_{phase}").mkdir()
            rows = [f"{phase}{at},../../set/a/{at}.png,../../set/b/{at}.png" for at in range(3)]
            (table / "pairs.csv").write_text("\n".join(("id,a,b", *rows)))
            said = [{"id": f"{phase}{at}", "label": "a", "reference": ADVICE} for at in range(3)]
            (table / "labels.jsonl").write_bytes(_lines(said))
        assert run(["challenge", "build", str(made / "host"), "-o", str(made / "host.zip")]) == 0


class Inputs:
    """Makes inputs of each kind: a method takes its random numbers and a folder, and gives what uses the input."""

    def __init__(self, made: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        from tests.imaging.test_hostile_files import mutated, seeds
        from twinlens.imaging.open import open_pair

        cases = Path(__file__).parents[2] / "tests" / "cases"
        self.made, self.mutated = made, mutated
        self.photos = [*seeds().values(), *(file.read_bytes() for file in sorted(cases.glob("*.[jt][pi]*")))]
        self.pair = open_pair(made / "set" / "a" / "0.png", made / "set" / "b" / "0.png")
        photos = [{side: f"{made}/set/{side}/{at}.png" for side in "ab"} for at in range(3)]
        rows = [{"id": f"{at}", **each, "label": "a", "scene": f"s{at}"} for at, each in enumerate(photos)]
        raim = [
            {"images": [each["a"]], "solution": ADVICE, "messages": [{"role": "user"}]} for each in photos
        ]
        packed = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), packed)
        csv = "\n".join(",".join(row) for row in (rows[0], *(row.values() for row in rows)))
        self.tables = {"t.csv": csv.encode(), "t.jsonl": _lines(raim), "t.parquet": packed.getvalue()}
        self.answered = _lines([{"id": f"{at}:a:b", "text": ADVICE} for at in range(3)])
        self.served, self.way = b"", "whole"
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def photo(self, drawn: random.Random, here: Path) -> Work:
        """A damaged photo, or the start of one and the end of another; some are compared with themselves."""
        from twinlens.imaging.open import Limits, open_photo
        from twinlens.runs.compare import compare

        data, limits = self.mutated(drawn.choice(self.photos), drawn), Limits(pixels=10_000_000)
        if drawn.random() < 0.15:
            data = data[: drawn.randrange(len(data) + 1)] + drawn.choice(self.photos)[drawn.randrange(2000) :]
        (here / "photo").write_bytes(data)
        if drawn.random() < 0.05:
            other = self.made / "set" / "a" / "0.png"
            return lambda: compare(here / "photo", other, "measured", force=True, limits=limits)
        return lambda: open_photo(here / "photo", limits)

    def table(self, drawn: random.Random, here: Path) -> Work:
        """A damaged table, RAIM file or folder, checked or run over."""
        name, text = drawn.choice(list(self.tables.items()))
        file = here / drawn.choice((name, name, name, *self.tables))
        file.write_bytes(self.mutated(text, drawn) if name == "t.parquet" else rewritten(text, drawn))
        if drawn.random() < 0.1:
            file = here / "set"
            shutil.copytree(self.made / "set", file)
            for photo in drawn.sample(sorted(file.glob("*/*")), 3):
                photo.rename(photo.with_name(drawn.choice(NAMES)))
        check = ["data", "check", str(file), *drawn.choice(([], ["--json"]))]
        run = ["run", str(file), "--judge", "fixed", "--out", str(here / "run"), "--workers", "1"]
        return command(*drawn.choice((check, run)))

    def run(self, drawn: random.Random, here: Path) -> Work:
        """A damaged run, scored, reported or packed."""
        shutil.copytree(self.made / "run", here / "run")
        file = here / "run" / drawn.choice(("run.json", "rows.jsonl", "rows.jsonl", "times.jsonl"))
        file.write_bytes(rewritten(file.read_bytes(), drawn))
        labels = b"id,label,share\n0:a:b,a,.7\n1:a:b,b,.6\n2:a:b,a,1\n"
        (here / "labels.csv").write_bytes(rewritten(labels, drawn))
        by = drawn.choice(([], ["--labels", str(here / "labels.csv")]))
        total = rewritten(b"0.7*accuracy+0.3*rouge_l", drawn).decode("utf-8", "ignore").replace("\0", "")
        score = [
            "score",
            str(here / "run"),
            "--json",
            *by,
            *(["--composite", total] if drawn.random() < 0.1 else []),
        ]
        report = ["report", str(here / "run"), "-o", str(here / "page.html")]
        return command(*drawn.choice((score, score, report)))

    def spec(self, drawn: random.Random, here: Path) -> Work:
        """A damaged spec of a part."""
        from twinlens.core import catalog

        text = rewritten(drawn.choice(SPECS).encode(), drawn).decode("utf-8", "replace")
        (here / "spec").write_bytes(text.encode("utf-8", "surrogatepass"))
        group = drawn.choice(("judges", "judges", "metrics", "readers"))
        return lambda: catalog.spec(catalog.part(group, text))

    def text(self, drawn: random.Random, here: Path) -> Work:
        """A damaged text of an expert or a model, read."""
        from twinlens.language.parse import read_answer

        words = ADVICE.split(" ")
        drawn.shuffle(words)
        text = rewritten(drawn.choice((ADVICE, " ".join(words))).encode(), drawn).decode("utf-8", "replace")
        (here / "text").write_text(text, "utf-8")
        return lambda: read_answer(text)

    def answers(self, drawn: random.Random, here: Path) -> Work:
        """A damaged file of answers, read or made a run of."""
        (here / "answers.jsonl").write_bytes(rewritten(self.answered, drawn))
        file = str(here / "answers.jsonl")
        run = ["run", str(self.made / "set"), "--answers", file, "--out", str(here / "run"), "--workers", "1"]
        return command(*drawn.choice((["read", file, "--jsonl"], ["read", file, "--jsonl", "--json"], run)))

    def server(self, drawn: random.Random, here: Path) -> Work:
        """A damaged answer of a server, bare or in pieces, to the judge `chat`."""
        from twinlens.judges import reachability
        from twinlens.judges.chat import Chat
        from twinlens.runs.compare import compare_pair

        likely = {"token": "A", "logprob": -0.1, "top_logprobs": [{"token": "B", "logprob": -2.0}]}
        message = {"role": "assistant", "content": ADVICE}
        choice = {"index": 0, "message": message, "logprobs": {"content": [likely]}}
        said = {"choices": [choice], "usage": {"prompt_tokens": 10, "completion_tokens": 9}}
        body = rewritten(json.dumps(said).encode(), drawn)
        self.way = drawn.choice(("whole",) * 18 + ("slow", "endless"))
        status, more = drawn.choice((200,) * 9 + (400, 429, 500, 302)), drawn.choice(("",) * 6 + HEADERS)
        head = f"HTTP/1.1 {status} Is\r\nContent-Type: application/json\r\n{more}Content-Length: {len(body)}"
        answer = head.encode() + b"\r\n\r\n" + body
        self.served = rewritten(answer, drawn) if drawn.random() < 0.3 else answer
        (here / "answer").write_bytes(self.served)
        url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        judge = Chat(model="m", base_url=url, timeout=2.0, retries=0)
        reachability.forget()
        return lambda: compare_pair(self.pair, judge)

    def challenge(self, drawn: random.Random, here: Path) -> Work:
        """A damaged challenge file, bundle or submission."""
        if drawn.random() < 0.4:
            shutil.copy(self.made / "host" / "challenge.yaml", here)
            (here / "challenge.yaml").write_bytes(rewritten((here / "challenge.yaml").read_bytes(), drawn))
            return command("challenge", "build", str(here), "-o", str(here / "b.zip"))
        build, file = self.made / "host" / "build", here / "s.zip"
        kit, bundle = build / "phase_1" / "kit", drawn.random() < 0.4
        members = {"predictions.jsonl": kit / "example_submission.jsonl"}
        members |= {"competition.yaml": build / "competition.yaml"} if bundle else {}
        with zipfile.ZipFile(file, "w", drawn.choice((0, 8))) as archive:
            for name, member in members.items():
                archive.writestr(name, rewritten(member.read_bytes(), drawn))
        if drawn.random() < 0.5:
            file.write_bytes(self.mutated(file.read_bytes(), drawn))
        check = ["challenge", "check", str(file)] if bundle else ["submission", "check", str(file)]
        return command(*check, *([] if bundle else ["--for", str(kit)]))

    def _serve(self) -> None:
        """Answer each request with the bytes that are set, at once, slowly or again and again; then close."""
        while True:
            client, _ = self.listener.accept()
            with contextlib.suppress(OSError), client:
                client.settimeout(5)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += client.recv(65536)
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r")[0])
                left = length - len(head.partition(b"\r\n\r\n")[2])
                while left > 0 and (piece := client.recv(65536)):
                    left -= len(piece)
                for at in range(0, len(self.served) if self.way == "slow" else 1):
                    client.sendall(self.served[at : at + 1] if self.way == "slow" else self.served)
                    time.sleep(0.02 * (self.way == "slow"))
                while self.way == "endless":
                    client.sendall(self.served)


def command(*arguments: str) -> Work:
    """A call of the command line that ends with 0, 1 or 2, the last with one line on standard error."""
    from twinlens.cli import run

    def call() -> object:
        from twinlens.core.errors import BadInput

        said = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            code = run(list(arguments))
        assert code in (0, 1, 2), f"exit code {code}"
        assert said.getvalue().strip() or code != 2, "exit code 2 without a word"
        if code == 2:
            raise BadInput(said.getvalue())
        return code

    return call


def rewritten(text: bytes, drawn: random.Random) -> bytes:
    """A text with something hostile in it: a byte, a token, a line or, in JSON, a value."""
    for _ in range(drawn.choice((1, 1, 2, 4))):
        at, end = sorted(drawn.randrange(len(text) + 1) for _ in range(2))
        lines, what = text.split(b"\n"), drawn.randrange(7)
        line = drawn.randrange(len(lines))
        if what == 0:
            text = text[:at] + drawn.choice(TOKENS) + text[at:]
        elif what == 1:
            text = text[:at] + drawn.randbytes(drawn.choice((1, 4))) + text[at + drawn.choice((0, 1, 4)) :]
        elif what == 2:
            text = text[:at] + text[at:end][:400] * drawn.choice((0, 2, 500)) + text[end:]
        elif what == 3:
            text = text[:end]
        elif what == 4:
            text = b"\n".join((*lines[:line], *[lines[line]] * drawn.choice((0, 2, 300)), *lines[line + 1 :]))
        else:
            with contextlib.suppress(ValueError, RecursionError):
                whole = what == 6 or len(lines) == 1
                value = reshaped(json.loads(text if whole else lines[line]), drawn)
                made = json.dumps(value, ensure_ascii=drawn.random() < 0.8).encode("utf-8", "surrogatepass")
                text = made if whole else b"\n".join((*lines[:line], made, *lines[line + 1 :]))
    return text[:3_000_000]


def reshaped(value: Any, drawn: random.Random) -> Any:
    """A JSON value of which a part, drawn at random, is another or is gone."""
    if isinstance(value, dict | list) and value and drawn.random() < 0.85:
        key = drawn.choice(list(value) if isinstance(value, dict) else range(len(value)))
        if drawn.random() < 0.1:
            del value[key]
        else:
            value[key] = reshaped(value[key], drawn)
        return value
    return drawn.choice(NASTY)


def _lines(records: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)
