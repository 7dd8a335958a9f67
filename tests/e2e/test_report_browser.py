"""The report page in a real browser: what a photographer's hands do, and what the eye then gets."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from browsers import needs_browser, settle
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from shown_verdicts import FACE, SHIFTED, STATE, Opener, blurred, drag, press, screen, verdict

from twinlens.core.types import Verdict

pytestmark = needs_browser
HOSTILE = """</span><script>window.hacked=1</script><img src=x onerror="window.hacked=1">"'&"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (820, 1180)])
def test_both_photos_are_whole_and_centred_when_the_page_opens(
    opened: Opener, said: Verdict, width: int, height: int
) -> None:
    driver = opened(said, width, height)
    state = driver.execute_script(STATE)
    for side in "ab":
        seen = state[side]
        assert (seen["x"], seen["y"]) == pytest.approx((256, 256), abs=1)
        assert 512 * seen["scale"] <= min(seen["view"][2:]) + 0.5
    assert state["a"]["view"][0] < state["b"]["view"][0], "side by side"
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert driver.execute_script(
        "const s = document.querySelector('aside'); return s.scrollWidth <= s.clientWidth"
    )


def test_a_click_on_a_claim_shows_its_place_at_100_per_cent_centred_in_both_photos(
    opened: Opener, said: Verdict
) -> None:
    driver = opened(said)
    driver.find_element("css selector", ".claim").click()
    settle(driver)
    state = driver.execute_script(STATE)
    for side, (x, y, width, height) in {"a": FACE, "b": SHIFTED}.items():
        seen = state[side]
        assert seen["scale"] == pytest.approx(1)
        assert (seen["x"], seen["y"]) == pytest.approx((x + width / 2, y + height / 2), abs=1)
        left, top, across, down = seen["view"]
        middle = pytest.approx([left + across / 2, top + down / 2, width + 4, height + 4], abs=3)
        assert seen["mark"] == middle
    numbers = driver.find_element("id", "numbers-1").text
    assert all(
        word in numbers for word in ("edge width", "1.8", "3.1", "px", "6.2", "lower is better", "A better")
    )


def test_a_claim_about_the_whole_photo_shows_the_whole_photo_without_an_outline(
    opened: Opener, said: Verdict
) -> None:
    driver = opened(said)
    fit = driver.execute_script(STATE)["a"]["scale"]
    press(driver, "n", "n")
    state = press(driver, "n")
    assert state["a"]["scale"] == pytest.approx(fit)
    assert state["a"]["mark"][2:] == [0, 0]


@pytest.mark.parametrize("ratio", [1, 1.25, 2])
def test_key_1_puts_one_photo_pixel_on_one_screen_pixel(opened: Opener, said: Verdict, ratio: float) -> None:
    driver = opened(said, ratio=ratio)
    state = press(driver, "1")
    shot = screen(driver)
    for side, shown in (("a", said.pair.a), ("b", said.pair.b)):
        seen = state[side]
        assert seen["scale"] == pytest.approx(1)
        left, top, across, down = (value * ratio for value in seen["view"])
        x, y = round(left + across / 2 - seen["x"]), round(top + down / 2 - seen["y"])
        part = shown.pixels[156:356, 156:356]
        assert np.array_equal(shot[y + 156 : y + 356, x + 156 : x + 356], part)


def test_keys_0_and_f_bring_the_whole_photo_back(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    start = driver.execute_script(STATE)
    for key in "0f":
        press(driver, "1", "+", Keys.ARROW_LEFT)
        assert press(driver, key) == start


def test_plus_and_minus_zoom_both_photos_and_from_200_per_cent_pixels_stay_square(
    opened: Opener, said: Verdict
) -> None:
    driver = opened(said)
    state = press(driver, "1", "+", "+", "+")
    assert state["a"]["scale"] == pytest.approx(1.25**3) == state["b"]["scale"]
    assert state["a"]["rendering"] == "auto"
    state = press(driver, "+")
    assert state["a"]["rendering"] == "pixelated"
    assert state["a"]["label"] == state["b"]["label"] == "244 %"
    assert press(driver, "-", "-", "-", "-")["a"]["scale"] == pytest.approx(1)


@pytest.mark.parametrize("side", ["a", "b"])
def test_dragging_either_photo_moves_both_by_the_same_part(opened: Opener, said: Verdict, side: str) -> None:
    driver = opened(said)
    before = press(driver, "1")
    after = drag(driver, side, -60, 30)
    for each in "ab":
        assert after[each]["x"] - before[each]["x"] == pytest.approx(60, abs=1)
        assert after[each]["y"] - before[each]["y"] == pytest.approx(-30, abs=1)


def test_photos_of_different_sizes_move_to_the_same_relative_place(
    opened: Opener, pixels: np.ndarray
) -> None:
    half = np.asarray(Image.fromarray(pixels).resize((256, 256)))
    driver = opened(verdict(pixels, half))
    press(driver, "1")
    state = drag(driver, "a", -80, 40)
    assert (state["a"]["scale"], state["b"]["scale"]) == pytest.approx((1, 1))
    assert (state["b"]["x"] * 2, state["b"]["y"] * 2) == pytest.approx(
        (state["a"]["x"], state["a"]["y"]), abs=2
    )
    state = press(driver, " ")
    assert state["b"]["scale"] == pytest.approx(2 * state["a"]["scale"]), "in one place the fields are equal"


def test_shift_and_drag_moves_one_photo_only_and_fit_brings_them_in_step(
    opened: Opener, said: Verdict
) -> None:
    driver = opened(said)
    before = press(driver, "1")
    after = drag(driver, "b", 25, 0, shift=True)
    assert after["a"]["x"] == pytest.approx(before["a"]["x"], abs=0.6)
    assert after["b"]["x"] == pytest.approx(before["b"]["x"] - 25, abs=1)
    after = drag(driver, "a", 10, 0, shift=True)
    assert after["a"]["x"] == pytest.approx(before["a"]["x"] - 10, abs=1)
    assert after["b"]["x"] == pytest.approx(before["b"]["x"] - 25, abs=1)
    state = press(driver, "0", "1")
    assert state["a"]["x"] == pytest.approx(state["b"]["x"], abs=1)


def test_arrow_keys_move_both_photos(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    press(driver, "1")
    state = press(driver, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    for side in "ab":
        assert (state[side]["x"], state[side]["y"]) == pytest.approx((316, 316), abs=1)


def test_the_wheel_zooms_about_the_pointer_in_both_photos(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    before = press(driver, "1")
    left, top, width, height = before["a"]["view"]
    wheel = {
        "type": "mouseWheel",
        "x": left + width / 2 + 100,
        "y": top + height / 2,
        "deltaX": 0,
        "deltaY": -120,
    }
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", wheel)
    settle(driver)
    state = driver.execute_script(STATE)
    scale = state["a"]["scale"]
    assert scale > 1.2
    for side in "ab":
        assert state[side]["scale"] == pytest.approx(scale)
        assert state[side]["x"] + 100 / scale == pytest.approx(356, abs=1.5), (
            "the point under the pointer stays"
        )


def test_two_fingers_zoom_and_one_finger_moves(opened: Opener, said: Verdict) -> None:
    driver = opened(said, 820, 1180)
    left, top, width, height = press(driver, "1")["b"]["view"]
    x, y = left + width / 2, top + height / 2

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(points)]
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (x - 30, y), (x + 30, y))
    for apart in (40, 50, 60):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    settle(driver)
    state = driver.execute_script(STATE)
    assert state["a"]["scale"] == pytest.approx(2, abs=0.05) == state["b"]["scale"]
    touch("touchStart", (x, y))
    touch("touchMove", (x - 20, y))
    touch("touchMove", (x - 40, y))
    touch("touchEnd")
    settle(driver)
    moved = driver.execute_script(STATE)
    for side in "ab":
        assert moved[side]["x"] - state[side]["x"] == pytest.approx(20, abs=2)


def test_space_flickers_in_one_place_and_says_which_photo_is_seen(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    press(driver, "1")
    for shown in ("a", "b", "a"):
        state = press(driver, " ")
        other = "b" if shown == "a" else "a"
        assert state["one"]
        assert state["a"]["view"] == state["b"]["view"]
        assert state[shown]["top"]
        assert not state[other]["top"]
        assert driver.find_element("css selector", ".seen").text == f"Photo {shown.upper()} is shown"
        left, top, width, height = state[shown]["view"]
        x, y = round(left + width / 2 - 256), round(top + height / 2 - 256)
        part = getattr(said.pair, shown).pixels[150:350, 150:350]
        assert np.array_equal(screen(driver)[y + 150 : y + 350, x + 150 : x + 350], part)
    state = press(driver, "s")
    assert not state["one"]
    assert state["a"]["top"]
    assert state["b"]["top"]


def test_space_pressed_is_a_short_look(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    assert press(driver, " ")["a"]["top"]
    ActionChains(driver).key_down(" ").pause(0.5).perform()
    settle(driver)
    assert driver.execute_script(STATE)["b"]["top"]
    ActionChains(driver).key_up(" ").perform()
    settle(driver)
    assert driver.execute_script(STATE)["a"]["top"]


def test_space_after_a_claim_flickers_and_keeps_the_claim(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    driver.find_element("css selector", ".claim").click()
    press(driver, " ", Keys.ARROW_LEFT)
    state = press(driver, " ")
    assert state["b"]["top"]
    assert state["a"]["x"] == pytest.approx(FACE[0] + FACE[2] / 2 - 60, abs=1), "the claim is not chosen anew"


OVER = """
return [...document.querySelectorAll('.pane')].map(pane => {
  const [map, img] = ['.map', 'img'].map(name => pane.querySelector(name).getBoundingClientRect());
  return ['left', 'top', 'width', 'height'].map(edge => map[edge] - img[edge]);
});
"""
HALVES = tuple((0.2,) * 8 + (-0.2,) * 8 for _ in range(16))


def test_key_m_shows_where_the_preference_for_each_photo_comes_from_on_any_colour(
    opened: Opener, pixels: np.ndarray
) -> None:
    yellow = np.full_like(pixels, (250, 210, 10))
    driver = opened(dataclasses.replace(verdict(yellow, yellow), map=HALVES))
    before = screen(driver)
    state = press(driver, "m")
    seen = screen(driver).astype(int)
    for side in "ab":
        left, top, width, height = state[side]["view"]
        row, quarter = int(top + height / 2), width / 4
        of_a, of_b = seen[row, int(left + quarter)], seen[row, int(left + 3 * quarter)]
        assert of_a[2] > of_a[0] + 60, "azure for a"
        assert of_b[0] > of_b[2] + 60, "yellow for b"
    legend = driver.find_element("css selector", ".legend-map")
    assert legend.text == "Where the preference lies: for A for B"
    button = driver.find_element("css selector", '[data-do="map"]')
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    press(driver)
    driver.execute_script("document.activeElement.blur()")
    ActionChains(driver).move_to_element(driver.find_element("tag name", "h1")).perform()
    assert np.array_equal(screen(driver), before), "and the photos are as they were"


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_map_stays_on_both_photos_while_they_are_moved_and_zoomed(
    opened: Opener, pixels: np.ndarray, size: tuple[int, int]
) -> None:
    small = blurred(pixels)[::2, ::2]
    driver = opened(dataclasses.replace(verdict(pixels, small), map=HALVES), *size)
    for keys in ("m", "1", "+", Keys.ARROW_LEFT, " ", " ", "s", "0"):
        press(driver, keys)
        for apart in driver.execute_script(OVER):
            assert apart == pytest.approx([0] * 4, abs=0.01)
    drag(driver, "a", 60, 30)
    assert np.abs(driver.execute_script(OVER)).max() < 0.01
    legend = driver.execute_script(
        "const r = document.querySelector('.legend-map').getBoundingClientRect(); return [r.left, r.right]"
    )
    assert 0 <= legend[0] < legend[1] <= size[0]


def test_where_nothing_explains_the_choice_the_page_opens_with_the_map(opened: Opener, said: Verdict) -> None:
    mapped = "return document.body.classList.contains('mapped')"
    driver = opened(dataclasses.replace(said, map=HALVES, claims=said.claims[1:]))
    assert driver.execute_script(mapped)
    press(driver, "m")
    assert not driver.execute_script(mapped)


def test_without_a_map_neither_button_nor_key_shows_one(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    before = screen(driver)
    press(driver, "m")
    assert np.array_equal(screen(driver), before)
    assert not any(one.is_displayed() for one in driver.find_elements("css selector", ".of-map, .legend-map"))


def test_the_keyboard_reaches_every_control_and_the_focus_shows(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    focused = "const e = document.activeElement; return [e.dataset.do || e.className || e.localName,"
    focused += " getComputedStyle(e).outlineStyle]"
    seen = []
    for _ in range(17):
        press(driver, Keys.TAB)
        name, outline = driver.execute_script(focused)
        assert outline == "solid", f"no visible focus on {name}"
        seen.append(name)
    assert seen == [
        "fit", "full", "out", "in", "flicker", "split", "wipe", "difference", "clip", "scope", "free", "help",
        "aside", "claim", "claim", "claim", "summary",
    ]  # fmt: skip
    driver.execute_script("document.querySelectorAll('.claim')[1].focus()")
    press(driver, Keys.ENTER)
    expanded = "return [...document.querySelectorAll('.claim')].map(e => e.ariaExpanded)"
    assert driver.execute_script(expanded) == ["false", "true", "false"]
    press(driver, "n")
    assert driver.execute_script(expanded) == ["false", "false", "true"]
    press(driver, "p", "p")
    assert driver.execute_script(expanded) == ["true", "false", "false"]
    press(driver, Keys.ESCAPE)
    assert driver.execute_script(expanded) == ["false", "false", "false"]


def test_markup_in_texts_and_paths_is_shown_and_never_obeyed(opened: Opener, pixels: np.ndarray) -> None:
    said = verdict(pixels, pixels, HOSTILE)
    driver = opened(dataclasses.replace(said, judge=HOSTILE))
    assert driver.execute_script("return window.hacked === undefined")
    assert driver.find_element("css selector", ".claim .text").text == HOSTILE
    assert driver.find_element("css selector", ".notes li").text == HOSTILE
    title = driver.execute_script("return document.querySelector('.file').title")
    assert title == f"x/{HOSTILE}/a.png"
    assert len(driver.find_elements("tag name", "img")) == 2


def test_the_policy_stops_a_script_that_is_not_the_pages_own(opened: Opener, said: Verdict) -> None:
    driver = opened(said)
    driver.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = 1';"
        "document.body.append(s);"
        "const i = new Image(); i.src = 'https://example.invalid/x.png'; document.body.append(i);"
    )
    settle(driver)
    assert driver.execute_script("return window.hacked === undefined")
    refused = [entry["message"] for entry in driver.get_log("browser")]
    assert len(refused) == 2
    assert all("Content Security Policy" in message for message in refused)
    driver.get_log("performance")
