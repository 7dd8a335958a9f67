"""The pictures of the README: the terminal and the report of the demo's portrait pair.

.venv/bin/python docs/images/pictures.py        seconds; needs chromium and chromedriver; writes docs/images
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from rich.console import Console
from selenium import webdriver

from twinlens.cli.verdict import show_verdict
from twinlens.core.types import Verdict
from twinlens.distortions.demo import write_pairs
from twinlens.report.page import page
from twinlens.runs.compare import compare

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb")
IMAGES = Path("docs/images").resolve()


def main() -> None:
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        _, a, b = write_pairs(Path())[0]
        verdict = compare(a, b)
        assert isinstance(verdict, Verdict)
        console = Console(record=True, width=88, file=(folder / "out.txt").open("w"))
        show_verdict(verdict, console)
        text = console.export_svg(title="twinlens compare portrait_a.png portrait_b.png")
        (IMAGES / "compare.svg").write_text(text, "utf-8")
        file = folder / "portrait.html"
        file.write_text(page(verdict), "utf-8")
        shoot(file, IMAGES / "report.png")


def shoot(file: Path, picture: Path) -> None:
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    driver.set_window_size(1440, 900)
    driver.get(file.as_uri())
    driver.find_element("css selector", ".claim").click()
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    driver.save_screenshot(str(picture))
    driver.quit()


if __name__ == "__main__":
    main()
