"""Verdicts as pages in a browser: how they are made, what hands do there, and what is then seen."""

from __future__ import annotations

import io
from collections.abc import Callable

import browsers
import numpy as np
from browsers import settle
from PIL import Image, ImageFilter
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from twinlens.core.types import Claim, Evidence, Pair, Photo, Verdict

Opener = Callable[..., WebDriver]
FACE, SHIFTED, LETTERS = (170, 60, 110, 120), (176, 56, 110, 120), (60, 250, 90, 70)
STATE = """
const out = {dpr: devicePixelRatio, one: document.body.classList.contains('one')};
for (const pane of document.querySelectorAll('.pane')) {
  const view = pane.querySelector('.view').getBoundingClientRect(), img = pane.querySelector('img');
  const shown = img.getBoundingClientRect(), mark = pane.querySelector('.outline').getBoundingClientRect();
  const width = +img.getAttribute('width'), height = +img.getAttribute('height');
  out[pane.dataset.side] = {
    scale: shown.width / width * devicePixelRatio,
    x: (view.left + view.width / 2 - shown.left) / shown.width * width,
    y: (view.top + view.height / 2 - shown.top) / shown.height * height,
    view: [view.left, view.top, view.width, view.height],
    mark: [mark.left + mark.width / 2, mark.top + mark.height / 2, mark.width, mark.height],
    top: document.elementFromPoint(view.left + view.width / 2, view.top + view.height / 2) === img,
    rendering: getComputedStyle(img).imageRendering, label: pane.querySelector('.scale').textContent,
  };
}
return out;
"""


def photo(pixels: np.ndarray, file: str = "") -> Photo:
    return Photo(file=file, sha256="", pixels=np.ascontiguousarray(pixels))


def verdict(a: np.ndarray, b: np.ndarray, text: str = "The face in A keeps its detail.") -> Verdict:
    sharp = Evidence("edge_width", "face", "sharpness", 1.8, 3.1, "px", "lower", "a", 6.2, FACE, SHIFTED)
    noise = Evidence("noise", "global", "noise", 2.0, 2.1, "levels", "lower", "same", 0.4)
    claims = (
        Claim(text, "face", "sharpness", "a", FACE, "supported", (sharp,)),
        Claim("The letters are cleaner in B.", "text", "texture", "b", LETTERS, "contradicted"),
        Claim("Both are exposed alike.", "global", "exposure", "same", None, "unmeasured", (noise,)),
    )
    pair = Pair("astronaut", photo(a, f"x/{text}/a.png"), photo(b, "b.png"))
    return Verdict(pair, "fixed", "a", 0.87, claims, text, (sharp, noise), (text,))


def press(driver: WebDriver, *keys: str) -> dict:
    browsers.press(driver, *keys)
    return driver.execute_script(STATE)


def drag(driver: WebDriver, side: str, dx: int, dy: int, shift: bool = False) -> dict:
    view = driver.find_element("css selector", f'[data-side="{side}"] .view')
    chain = ActionChains(driver, duration=20).move_to_element(view)
    if shift:
        chain.key_down(Keys.SHIFT)
    chain.click_and_hold().move_by_offset(dx, dy).release()
    if shift:
        chain.key_up(Keys.SHIFT)
    chain.perform()
    settle(driver)
    return driver.execute_script(STATE)


def screen(driver: WebDriver) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB"))


def blurred(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1.6)))
