"""Time and memory of `twinlens report` on many rows, and of its page in a browser: to open it, to sort and to filter.

    python -m benchmarks report                       10,000 and 100,000 rows of `measured`, 100,000 of `expert`
    python -m benchmarks report --rows 1000000        a million: some minutes, 10 GB of disk
    python -m benchmarks report --no-write --no-browser --rows 20000 --judge expert

Rows are those of a real run over pairs that people judged, each many times under ids and scenes of its own. The report
is made by a process of its own: its processor time, and the most memory it had (VmHWM). In Chromium (selenium, as the
tests do it) the page is opened, its list sorted and filtered; medians of five.
"""

from __future__ import annotations

import csv
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from selenium import webdriver

from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import PEOPLE
from benchmarks.tables import table

USUAL = (("measured", 10_000), ("measured", 100_000), ("expert", 100_000))
PAIRS, ROUNDS = 60, 5
MAKE = """
import re, sys
from pathlib import Path
from twinlens.cli import run
assert run(["report", *sys.argv[1:]]) == 0
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
DRAWN = """
window.drawn = new Promise((done) => {
  const inSight = (one) => one.getBoundingClientRect().top < innerHeight;
  (function look() {
    const shown = [...document.querySelectorAll(".shot img[src]")].filter(inSight);
    if (shown.length && shown.every((img) => img.complete)) done(performance.now()); else requestAnimationFrame(look);
  })();
});
"""
OPENED = "drawn.then(arguments[0])"
SORT = """
const done = arguments[1], start = performance.now();
document.querySelector(`[data-sort=${arguments[0]}]`).click();
requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
"""
FILTER = """
const done = arguments[2], start = performance.now(), field = document.querySelector(`[data-filter=${arguments[0]}]`);
const count = document.querySelector(".count"), before = count.textContent;
field.value = arguments[1];
field.dispatchEvent(new Event(field.type === "search" ? "input" : "change"));
(function look() {
  if (![before, "searching …"].includes(count.textContent)) requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  else setTimeout(look);
})();
"""
Rows = Annotated[int, typer.Option(help="Rows of the run; 0: the usual sizes.")]


class Made(NamedTuple):
    """What making a report took, and what it came to: seconds of processor time, bytes, files."""

    cpu: float
    peak: int
    page: int
    index_size: int
    folder: int
    files: int


class Times(NamedTuple):
    """Seconds in the browser, medians."""

    opens: float
    sorts: float
    filters: float
    finds: float


def main(
    rows: Rows = 0, judge: str = "measured", photos: int = 0, browser: bool = True, write: bool = True
) -> None:
    """Measure; `photos` is how many different ones the rows name, 0 those of the real run."""
    lines = []
    for name, many in [(judge, rows)] if rows else USUAL:
        with tempfile.TemporaryDirectory() as folder:
            write_run(Path(folder) / "run", name, many, photos)
            page = Path(folder) / "report.html"
            first, made = (measured(Path(folder) / "run", page) for _ in range(2))
            times = in_browser(page) if browser else Times(*[float("nan")] * 4)
        size = (f"{each / 1e6:.1f}" for each in (made.page, made.index_size, made.folder))
        cells = [f"{many:,}", name, f"{first.cpu:.1f}, {made.cpu:.1f} s", f"{made.peak / 1e6:.0f} MB", " / ".join(size) + " MB",
                 f"{made.files:,}", f"{times.opens:.2f} s", *(f"{each:.2f} s" for each in times[1:])]  # fmt: skip
        lines.append(cells)
        print(" | ".join(cells), flush=True)
    if write and not rows:
        head = ["rows", "judge", "made in (thumbnails to make, made)", "memory", "page / index / folder", "files", "opens",
                "sort", "filter", "find a word"]  # fmt: skip
        rewrite(BENCHMARKS, "report", table(head, lines))


def write_run(folder: Path, judge: str, count: int, photos: int = 0) -> None:
    """A run of so many rows by a judge, out of those of a real run."""
    folder.mkdir()
    with (
        tempfile.TemporaryDirectory() as small,
        (PEOPLE / "pairs.csv").open(encoding="utf-8", newline="") as of,
    ):
        rows = list(csv.DictReader(of))
        some = [
            row | {side: str((PEOPLE / row[side]).resolve()) for side in "ab"}
            for row in rows[:: len(rows) // PAIRS]
        ]
        with (Path(small) / "pairs.csv").open("w", encoding="utf-8", newline="") as to:
            writer = csv.DictWriter(to, list(some[0]))
            writer.writeheader()
            writer.writerows(some)
        command = [
            sys.executable,
            "-m",
            "twinlens.cli",
            "run",
            f"{small}/pairs.csv",
            "--judge",
            judge,
            "--out",
            f"{small}/run",
        ]
        subprocess.run(command, check=True, capture_output=True)
        shutil.copy(Path(small) / "run" / "run.json", folder)
        real = [json.loads(line) for line in (Path(small) / "run" / "rows.jsonl").open(encoding="utf-8")]
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as stream:
        stream.writelines(_rows(real, count, photos))


def _rows(real: list[dict[str, object]], count: int, photos: int) -> Iterator[str]:
    """The lines of the run: each real row's text with another id, scene, label and, of many photos, other names."""
    drawn = random.Random(1)
    known = []
    for row in real:
        pair = row["pair"] | {"id": "%ID"}  # type: ignore[operator]
        if photos:
            for side in "ab":
                pair[side] = pair[side] | {"file": f"%{side}"}
        row |= {"id": "%ID", "scene": "%SCENE", "label": "%LABEL", "pair": pair}
        known.append(json.dumps(row, separators=(",", ":"), ensure_ascii=False))
    for at in range(count):
        line = known[at % len(known)].replace("%ID", f"pair_{at:07}").replace("%SCENE", f"scene_{at // 7:06}")
        if photos:
            for i, side in enumerate("ab"):
                number = (2 * at + i) % photos
                line = line.replace(f"%{side}", f"archive/{number // 500:04}/IMG_{number:07}.jpg")
        yield line.replace("%LABEL", drawn.choice("aab")) + "\n"


def measured(run: Path, page: Path) -> Made:
    """Make the report in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", MAKE, str(run), "-o", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    beside = page.with_name(f"{page.stem}_files")
    sizes = {file.name: file.stat().st_size for file in beside.rglob("*") if file.is_file()}
    return Made(
        cpu, 1024 * int(done.stdout.split()[-1]), page.stat().st_size, sizes.get("index.js", 0),
        sum(sizes.values()), len(sizes),
    )  # fmt: skip


def in_browser(page: Path) -> Times:
    """Open, sort, filter and search, five times each."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    with tempfile.TemporaryDirectory() as profile:
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"):
            options.add_argument(flag)
        service = webdriver.ChromeService(str(shutil.which("chromedriver")))
        driver = webdriver.Chrome(options=options, service=service)
        driver.set_script_timeout(120)
        try:
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": DRAWN})
            rounds = [_round(driver, page) for _ in range(ROUNDS)]
        finally:
            driver.quit()
    return Times(*(statistics.median(column) / 1000 for column in zip(*rounds, strict=True)))


def _round(driver: webdriver.Chrome, page: Path) -> list[float]:
    """Milliseconds of one opening and what follows it."""
    driver.get("about:blank")
    driver.get(page.as_uri())
    opened = driver.execute_async_script(OPENED)
    driver.execute_script("location.hash = 'list'")
    time.sleep(0.3)
    sorted_ = driver.execute_async_script(SORT, "id")
    driver.execute_script("document.querySelector('.filters [data-act=reset]').click()")
    filtered = driver.execute_async_script(FILTER, "confidence", "75")
    driver.execute_script("document.querySelector('.filters [data-act=reset]').click()")
    sought = driver.execute_async_script(FILTER, "text", "noise")
    return [opened, sorted_, filtered, sought]
