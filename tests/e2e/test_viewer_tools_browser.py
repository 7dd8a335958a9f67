"""The tools of the viewer in a real browser, by key and by finger: what they show is what the pixels are."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from browsers import needs_browser, settle, show
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait
from shown_verdicts import Opener, drag, press, screen, verdict

from made_runs import verdict as row
from made_runs import write_run
from twinlens.core.types import Verdict
from twinlens.report.run import run_page
from twinlens.runs.store import RunFolder

pytestmark = needs_browser
HEAT = ((0, 0, 4), (252, 255, 164))
"""Colours of no difference and of the largest."""


def at(driver: WebDriver, *points: tuple[float, float]) -> np.ndarray:
    """The colours on the screen at pixels of photo a."""
    state = press(driver)["a"]
    left, top, width, height = state["view"]
    seen, scale = screen(driver), state["scale"]
    places = [
        (int(top + height / 2 + (y - state["y"]) * scale), int(left + width / 2 + (x - state["x"]) * scale))
        for x, y in points
    ]
    return np.array([seen[place] for place in places]).astype(int)


def text(driver: WebDriver, selector: str) -> str:
    return driver.find_element("css selector", selector).text


def test_wipe_shows_a_left_of_the_line_and_b_right_of_it_by_keys_and_by_dragging(
    opened: Opener, said: Verdict
) -> None:
    driver = opened(said)
    left, top, width, height = press(driver, "w", "1")["a"]["view"]
    x, y = round(left + width / 2 - 256), round(top + height / 2 - 256)
    strip = np.s_[20:120]

    def halves() -> tuple[np.ndarray, np.ndarray]:
        seen = screen(driver)[y : y + 512, x : x + 512]
        return seen[strip, 20:200], seen[strip, 300:490]

    a, b = said.pair.a.pixels, said.pair.b.pixels
    of_left, of_right = halves()
    assert np.array_equal(of_left, a[strip, 20:200])
    assert np.array_equal(of_right, b[strip, 300:490])
    press(driver, *"," * 25)
    assert np.array_equal(halves()[0], b[strip, 20:200]), "the line went all the way to the left"
    line = driver.find_element("css selector", ".divider")
    assert line.get_attribute("aria-valuenow") == "0"
    driver.execute_script("arguments[0].focus()", line)
    press(driver, Keys.END)
    assert np.array_equal(halves()[1], a[strip, 300:490])
    press(driver, *[Keys.ARROW_LEFT] * 3)
    assert line.get_attribute("aria-valuenow") == "94"
    ActionChains(driver, duration=20).drag_and_drop_by_offset(line, -round(0.44 * width), 0).perform()
    settle(driver)
    assert int(line.get_attribute("aria-valuenow") or 0) == pytest.approx(50, abs=2)
    press(driver, "s")
    assert not line.is_displayed()


def test_the_heat_map_is_black_where_photos_are_alike_and_its_gain_reaches_small_differences(
    opened: Opener, pixels: np.ndarray
) -> None:
    other = pixels.copy()
    grey = np.s_[100:200, 100:200]
    pixels = pixels.copy()
    pixels[grey], other[grey] = (100, 100, 100), (100, 116, 100)
    driver = opened(verdict(pixels, other))
    press(driver, "1", "d")
    alike, *seen = at(driver, (300, 300), (150, 150))
    assert alike == pytest.approx(HEAT[0], abs=3), "the photos are alike there"
    for most in (32, 16):
        press(driver, "g")
        assert text(driver, ".most") == str(most)
        seen.extend(at(driver, (150, 150)))
    light = [colour.sum() for colour in seen]
    assert light == sorted(set(light)), "more gain, more light"
    assert seen[-1] == pytest.approx(HEAT[1], abs=3), "16 code values are the most at × 16"
    press(driver, "g", "g", "g")
    assert text(driver, ".most") == "64"
    press(driver, "d")
    assert at(driver, (150, 150))[0] == pytest.approx((100, 100, 100), abs=1)


@pytest.mark.parametrize("by", ["shift", "size", "crop"])
def test_the_difference_is_of_the_photos_as_they_were_aligned(
    opened: Opener, pixels: np.ndarray, by: str
) -> None:
    other = {
        "shift": pixels[9:, 14:],
        "crop": pixels[40:380, 60:400],
        "size": np.asarray(Image.fromarray(pixels).resize((1024, 1024), Image.Resampling.NEAREST)),
    }[by]
    driver = opened(verdict(np.ascontiguousarray(pixels), np.ascontiguousarray(other)))
    press(driver, "1", "d", "g", "g")
    left, top, width, height = press(driver)["a"]["view"]
    middle = screen(driver)[
        int(top + height / 2 - 90) : int(top + height / 2 + 90), int(left + width / 2 - 90) :
    ][:, :180].astype(int)
    assert np.abs(middle - HEAT[0]).max() <= 4, "nothing but the shift, the crop or the size differs"


def test_unlocked_one_photo_moves_against_the_other_by_pixels_and_the_difference_follows(
    opened: Opener, pixels: np.ndarray
) -> None:
    driver = opened(verdict(pixels, pixels))
    before = press(driver, "1", "u")
    after = press(driver, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    assert after["a"]["x"] == pytest.approx(before["a"]["x"], abs=0.6)
    assert (after["b"]["x"], after["b"]["y"]) == pytest.approx(
        (before["b"]["x"] - 2, before["b"]["y"] - 1), abs=0.6
    )
    assert text(driver, ".offset") == "2, 1"
    moved = drag(driver, "a", 30, 0)
    assert moved["a"]["x"] == pytest.approx(after["a"]["x"] - 30, abs=1)
    assert moved["b"]["x"] == pytest.approx(after["b"]["x"], abs=1)
    press(driver, "0", "1", "d")
    assert at(driver, (256, 256))[0] == pytest.approx(HEAT[0], abs=3)
    ActionChains(driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    settle(driver)
    assert text(driver, ".offset") == "10, 0"
    left, top, width, _ = press(driver)["a"]["view"]
    seen = screen(driver)[int(top) + 50 : int(top) + 400, int(left + width / 2 - 200) :][:, :400]
    assert seen.mean() > 40, "shifted photos differ"
    press(driver, "u", "d", "0", "1")
    both = press(driver, Keys.ARROW_LEFT)
    assert both["a"]["x"] == pytest.approx(both["b"]["x"], abs=1), "locked, they move together"


def test_clipped_tones_are_marked_at_white_and_at_black_and_no_other(
    opened: Opener, pixels: np.ndarray
) -> None:
    tones = pixels.copy()
    patches = {
        100: (255, 253, 90), 140: (254, 252, 252), 180: (3, 3, 3), 220: (4, 3, 3), 260: (255, 255, 255),
    }  # fmt: skip
    for x, tone in patches.items():
        tones[50:80, x : x + 30] = tone
    driver = opened(verdict(tones, pixels))
    press(driver, "1", "c")
    red, blue = (255, 42, 42), (42, 123, 255)
    marks = (red, patches[140], blue, patches[220], red)
    assert at(driver, *((x + 15, 65) for x in patches)) == pytest.approx(np.array(marks), abs=1)
    assert "253" in text(driver, ".legend-clips")
    press(driver, "c")
    assert at(driver, (275, 65))[0] == pytest.approx((255, 255, 255), abs=1)


def test_rgb_of_both_photos_is_that_of_the_pixel_under_the_pointer_else_in_the_middle(
    opened: Opener, said: Verdict
) -> None:
    driver = opened(said)
    state = press(driver, "h", "1")
    a, b = said.pair.a.pixels, said.pair.b.pixels

    def values() -> list[list[int]]:
        return [
            [int(n) for n in text(driver, f".rgb-{name}").replace("−", "-").split()]
            for name in ("a", "b", "apart")
        ]

    assert values()[:2] == [a[256, 256].tolist(), b[256, 256].tolist()]
    for side in "ab":
        left, top, width, height = state[side]["view"]
        point = {"x": round(left + width / 2) + 40.4, "y": round(top + height / 2) - 29.6}
        driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", **point})
        settle(driver)
        x, y = (int(n) for n in text(driver, ".rgb-at").split(","))
        assert (x, y) == pytest.approx((296, 226), abs=1)
        assert values() == [a[y, x].tolist(), b[y, x].tolist(), (b[y, x].astype(int) - a[y, x]).tolist()]


def test_histograms_are_of_all_pixels_and_are_read_out(opened: Opener, pixels: np.ndarray) -> None:
    dark = (pixels // 2).astype(np.uint8)
    driver = opened(verdict(pixels, dark))
    press(driver, "h")
    WebDriverWait(driver, 20).until(lambda _: "mean luma" in text(driver, ".histogram-b"))
    for side, shown in (("a", pixels), ("b", dark)):
        luma = np.round(shown @ (0.299, 0.587, 0.114))
        label = driver.find_element("css selector", f".histogram-{side} canvas").get_attribute("aria-label")
        mean, black = re.search(r"mean luma (\d+), ([\d.]+) % at black", label or "").groups()  # type: ignore[union-attr]
        assert int(mean) == round(float(luma.mean()))
        assert float(black) == pytest.approx(100 * float((luma <= 3).mean()), abs=0.06)
    lit = (
        "const c = document.querySelector('.histogram-b canvas');"
        "return c.getContext('2d').getImageData(140, 0, 116, 60).data.some(value => value)"
    )
    assert not driver.execute_script(lit), "no tone of B is above 127"


def test_question_mark_opens_the_help_over_everything_and_no_other_key_acts_meanwhile(
    opened: Opener, said: Verdict
) -> None:
    driver = opened(said)
    before = press(driver, "1")
    press(driver, "?", "0", "d", "w")
    help = driver.find_element("css selector", ".keys")
    assert help.is_displayed()
    for key in ("Space", "W", "D", "G", "C", "H", "U"):
        assert key in help.text
    assert driver.execute_script("return document.querySelector('.keys').contains(document.activeElement)"), (
        "the focus is in it"
    )
    press(driver, "?")
    assert not help.is_displayed()
    driver.find_element("css selector", '[data-do="help"]').click()
    assert help.is_displayed()
    assert press(driver, Keys.ESCAPE) == before
    assert not help.is_displayed()


def test_fingers_reach_what_keys_do(opened: Opener, said: Verdict) -> None:
    driver = opened(said, 390, 844)
    left, top, width, height = press(driver)["a"]["view"]
    point = {"x": left + width / 2, "y": top + height / 2}

    def tap() -> None:
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        settle(driver)

    tap()
    tap()
    assert press(driver)["a"]["scale"] == pytest.approx(1), "a double tap is 100 %"
    driver.find_element("css selector", '[data-do="fit"]').click()
    driver.find_element("css selector", '[data-do="flicker"]').click()
    state = press(driver)
    left, top, width, height = state["a"]["view"]
    point = {"x": left + width / 2, "y": top + height / 2}
    assert state["a"]["top"]
    tap()
    assert press(driver)["b"]["top"], "in one place a tap flickers"
    for button in driver.find_elements("css selector", ".tools button"):
        driver.execute_script("arguments[0].scrollIntoView({inline: 'center', block: 'nearest'})", button)
        assert button.size["height"] >= 40 or not button.is_displayed()
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [(390, 844), (820, 1180), (1440, 900), (3840, 2160)])
def test_wide_photos_lie_above_each_other_where_that_shows_them_larger(
    opened: Opener, pixels: np.ndarray, size: tuple[int, int]
) -> None:
    wide = np.ascontiguousarray(pixels[:200])
    driver = opened(verdict(wide, wide), *size)
    state = press(driver, "h", "c", "u")
    (ax, ay), (bx, by) = (state[side]["view"][:2] for side in "ab")
    assert ax == bx
    assert ay < by
    ends = "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.left, r.right]"
    for part in (".scope", ".legends", ".tools"):
        left, right = driver.execute_script(ends, part)
        assert 0 <= left < right <= size[0]


def test_zoom_and_place_stay_from_pair_to_pair_and_a_pair_opened_anew_is_whole(
    browser: WebDriver, linked: Path
) -> None:
    show(browser, linked, 1440, 900)
    browser.find_element("css selector", ".shot").click()
    scale = "return document.querySelector('dialog .scale').textContent"
    place = "return document.querySelector('dialog .view img').style.transform"
    whole = browser.execute_script(scale)
    press_in_run(browser, "z", "+", Keys.ARROW_RIGHT)
    before = browser.execute_script(place)
    press_in_run(browser, Keys.PAGE_DOWN)
    assert browser.execute_script(scale) == "125 %"
    assert browser.execute_script(place) == before
    press_in_run(browser, "f", Keys.PAGE_UP)
    assert browser.execute_script(scale) == whole
    assert browser.get_log("browser") == []


def press_in_run(driver: WebDriver, *keys: str) -> None:
    for key in keys:
        ActionChains(driver).send_keys(key).perform()
    settle(driver)


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory, pixels: np.ndarray) -> Path:
    """The page of a run whose photos are linked beside it: b is a, ten code values lighter."""
    folder = tmp_path_factory.mktemp("linked")
    part = np.minimum(pixels[100:196, 100:228], 240)
    for name, shown in (("a.png", part), ("b.png", part + 10)):
        Image.fromarray(shown).save(folder / name)
    frame = {"to_a": [1.0, 0.0, 0.0, 1.0, 4.0, 0.0]}
    shifted = row("shifted")
    shifted["pair"]["b"] |= frame
    file = write_run(folder / "run", [row("p"), row("q"), shifted]) / "report.html"
    file.write_text(run_page(RunFolder(file.parent), file), "utf-8")
    return file


def test_of_linked_photos_differences_and_clipping_are_shown_and_their_values_once_they_may_be_read(
    browser: WebDriver, linked: Path
) -> None:
    show(browser, linked, 1440, 900)
    browser.find_element("css selector", ".shot").click()
    press_in_run(browser, "d", "g", "g", "z")
    left, top, width, height = browser.execute_script(
        "const r = document.querySelector('dialog .view').getBoundingClientRect();"
        "return [r.left, r.top, r.width, r.height]"
    )
    seen = screen(browser)[int(top + height / 2) - 30 :, int(left + width / 2) - 40 :][:60, :80].astype(int)
    assert np.ptp(seen, axis=(0, 1)).max() <= 3, "the same difference everywhere"
    assert seen[0, 0, 0] > 200
    press_in_run(browser, "h")
    assert "choose the photos’ folder" in text(browser, ".scope")
    assert not browser.find_element("css selector", ".rgb").is_displayed()
    chosen = browser.find_element("css selector", ".refused input")
    chosen.send_keys(str(linked.parent.parent))
    WebDriverWait(browser, 20).until(lambda _: "mean luma" in text(browser, ".histogram-b"))
    settle(browser)
    assert text(browser, ".rgb-apart") == "+10 +10 +10"
    assert [m for m in browser.get_log("browser") if "SecurityError" in m["message"]] == []


def test_a_row_that_says_how_its_photos_lie_is_shown_so(browser: WebDriver, linked: Path) -> None:
    show(browser, linked, 1440, 900)
    browser.find_elements("css selector", ".shot")[4].click()
    press_in_run(browser, "w", "z")
    lefts = browser.execute_script(
        "return [...document.querySelectorAll('dialog .view > img')].map(i => i.getBoundingClientRect().left)"
    )
    assert lefts[1] - lefts[0] == pytest.approx(4)


def test_without_motion_wanted_nothing_moves_by_itself(opened: Opener, said: Verdict) -> None:
    driver = opened(dataclasses.replace(said))
    moving = "return document.getAnimations().length"
    press(driver, "w", "d", "c", "h", "?")
    assert driver.execute_script(moving) == 0
