"""Figures that answer: to mouse, keyboard and finger, with what the notebooks computed."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import displays
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from PIL import Image
from playwright.sync_api import expect
from test_browser import CHROMIUM, address, browser, phone, tab  # noqa: F401

from lib import core_periphery as model
from lib import core_periphery_figures, figures, panel, play, style

ROOT = Path(__file__).resolve().parents[1]
PAGE = {
    "fig-map": "03-model-and-data",
    "fig-multiverse-lm": "15-multiverse",
    "fig-bifurcation": "02-theory",
}
ECONOMY = model.Economy(elasticity=3, manufactures=0.6, housing=0.2, immobile=2.5)  # chapter 2
in_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: the displays were NOT tried in a browser"
)
each_figure = pytest.mark.parametrize("figure", PAGE)


def values(figure: str) -> dict:
    return displays.values(ROOT / "notebooks" / f"{PAGE[figure]}.ipynb")[figure]


def pixels(chart: style.Chart) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(chart._repr_png_())).convert("RGB"), dtype=float) / 255


def at(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    height, width, _ = picture.shape
    return picture[round(y * height - 0.5), round(x * width - 0.5)]


# --- what the notebook sends --------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [[-1.5, -1.5, -0.801, 0.0, 0.035, 0.07, 2.2], [3.0]])
def test_rising_numbers_are_the_sums_of_their_steps(numbers) -> None:
    first, steps = play.rising(numbers, 3).split()
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXY"
    total, found = int(first), []
    for step in steps:
        total += 35 if step == "z" else alphabet.index(step)
        if step != "z":
            found.append(total / 1000)
    assert found == numbers
    with pytest.raises(ValueError, match="expected ascending"):
        play.rising([1.0, 0.5], 3)


def test_codes_give_their_columns_back() -> None:
    rows = np.array(np.unravel_index(np.random.default_rng(5).permutation(2 * 5 * 30), (2, 5, 30)))
    text, width = play.codes(zip(rows, (2, 5, 30), strict=True))
    numbers = [int(text[i : i + width], 36) for i in range(0, len(text), width)]
    np.testing.assert_array_equal(np.unravel_index(numbers, (2, 5, 30)), rows)


def test_cities_are_where_the_picture_has_their_marks() -> None:
    data = panel.load_indicators()
    chart = figures.belt_map(data, 2023)
    picture, sent = pixels(chart), chart.values
    reach = data.drop_duplicates("city").set_index("city")["reach"]
    colours = {name: 0.75 * np.array(to_rgb(c)) + 0.25 for name, c in style.REACH.items()}
    right = 0
    for name, x, y in zip(sent["names"], sent["x"].split(), sent["y"].split(), strict=True):
        seen = at(picture, float(x), float(y))
        if np.ptp(seen) > 0.2:  # neither ground nor the lettering of a neighbour
            nearest = min(colours, key=lambda r: np.abs(colours[r] - seen).sum())
            right += nearest == reach[name]
    assert right >= 0.95 * len(sent["names"])


def test_equilibria_are_where_the_picture_has_its_lines() -> None:
    chart = core_periphery_figures.bifurcation(ECONOMY)
    picture, sent = pixels(chart), chart.values
    dark = []
    for phi, row in zip(sent["values"].split(), sent["rests"].split("|"), strict=True):
        for box in sent["panels"]:
            x = box["x"][0] + box["x"][1] * float(phi)
            if not box["box"][0] + 0.01 < x < box["box"][2] - 0.01:
                continue
            for rest in row.split():
                if rest.startswith("-"):
                    continue
                y = box["y"][0] + box["y"][1] * float(rest)
                dark.append(at(picture, x, y).min() < 0.4)  # the lines and the dots of the edges
    assert len(dark) > 400 and np.mean(dark) > 0.98


def test_a_curve_sends_what_the_chapter_says_of_it() -> None:
    sent = values("fig-multiverse-lm")
    recorded = pd.read_csv(ROOT / "notebooks" / "results.csv", index_col="key")["value"]
    text, width = sent["codes"], sent["width"]
    clear = np.array([int(text[i : i + width], 36) % 2 for i in range(0, len(text), width)])
    first, steps = sent["r"].split()
    parts = re.findall("(z*)([0-9A-Y])", steps)
    r = int(first) + np.cumsum([35 * len(more) + int(last, 36) for more, last in parts])
    assert f"{len(r):,}" == recorded["multiverse.lm.n"] and len(clear) == sent["count"] == len(r)
    for key, chosen in {"positive": r > 0, "clear_positive": (r > 0) & (clear == 1),
                        "clear_negative": (r < 0) & (clear == 1)}.items():  # fmt: skip
        printed = float(recorded[f"multiverse.lm.{key}"].split()[0])
        assert abs(100 * chosen.mean() - printed) <= 0.55
    median = float(recorded["multiverse.lm.median"].replace("−", "-"))
    assert abs(np.median(r) / 1000 - median) <= 0.0055


def test_slider_sends_equilibria_and_their_stability() -> None:
    """Break points by hand: y± of (eq-break) with a = 5/2, b = 6, σγ/μ = 1 are 2 and 1/2."""
    sent = values("fig-bifurcation")
    opening, closing = (6 - 2) / (6 + 2), (6 - 0.5) / (6 + 0.5)
    for phi, row in zip(sent["values"].split(), sent["rests"].split("|"), strict=True):
        stable = {float(rest): not rest.startswith("-") for rest in row.split()}
        stable = {abs(share): state for share, state in stable.items()}
        assert stable[0.5] == (not opening < float(phi) < closing)
        assert len(stable) == (1 if stable[0.5] else 3)
        for share in set(stable) - {0.5, 0.0, 1.0}:
            gap = model.utility_gap(ECONOMY, np.array([share - 6e-4, share + 6e-4]), float(phi))
            assert gap[0] > 0 > gap[1] or (gap.prod() > 0 and share in {0.001, 0.999})
        if 1.0 in stable:
            assert model.utility_gap(ECONOMY, 0.9995, float(phi)) > -1e-4


@each_figure
def test_values_are_light(figure) -> None:
    assert len(json.dumps(values(figure), ensure_ascii=False).encode()) <= 60_000
    assert (ROOT / "book/_static/play.js").stat().st_size <= 12_000


# --- what the reader gets -----------------------------------------------------------------------


def opened(page, address: str, figure: str):  # noqa: F811
    page.goto(f"{address}notebooks/{PAGE[figure]}.html", wait_until="load")
    found = page.locator(f"#{figure}")
    found.locator(".play-picture").scroll_into_view_if_needed()
    return found


def spot(found, x: float, y: float) -> tuple[float, float]:
    box = found.locator("img").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def place_of(city: str) -> tuple[float, float]:
    sent = values("fig-map")
    i = sent["names"].index(city)
    return float(sent["x"].split()[i]), float(sent["y"].split()[i])


def said_of(city: str) -> str:
    data = panel.load_indicators()
    last = data[data["year"] == 2023].set_index("city")["reg"]
    first = data[data["year"] == 2008].set_index("city")["reg"]
    rank = 1 + int((last > last[city]).sum())
    return f"REG {last[city]:.2f} in 2023, rank {rank} of 110; {first[city]:.2f} in 2008."


@in_browser
@pytest.mark.parametrize("city", ["Ningbo", "Panzhihua", "Wuhan"])
def test_map_answers_to_the_mouse(tab, address, city):  # noqa: F811
    found = opened(tab, address, "fig-map")
    tab.mouse.move(*spot(found, *place_of(city)))
    expect(found.locator("output")).to_contain_text(f"{city} (")
    expect(found.locator("output")).to_contain_text(said_of(city))
    ring = found.locator(".play-ring").bounding_box()
    middle = ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2
    assert middle == pytest.approx(spot(found, *place_of(city)), abs=1)


@in_browser
def test_map_answers_to_the_keyboard_from_the_disk(tab, html):  # noqa: F811
    tab.goto((html / "notebooks" / f"{PAGE['fig-map']}.html").as_uri(), wait_until="load")
    found = tab.locator("#fig-map")
    control = found.get_by_label("City")
    control.focus()
    tab.keyboard.type("Wuhan")
    expect(found.locator("output")).to_contain_text(said_of("Wuhan"))
    tab.keyboard.press("ArrowDown")
    names = values("fig-map")["names"]
    after = names[names.index("Wuhan") + 1]
    expect(found.locator("output")).to_contain_text(said_of(after))
    assert found.locator("select, input, button, [tabindex]").count() == 1


@in_browser
def test_curve_answers_to_mouse_and_keyboard(tab, address):  # noqa: F811
    found = opened(tab, address, "fig-multiverse-lm")
    control, says = found.get_by_label("Specification"), found.locator("output")
    sent = values("fig-multiverse-lm")
    x = sent["panels"][0]["x"]
    tab.mouse.move(*spot(found, x[0] + x[1] * sent["count"] / 4, 0.7))
    place = int(control.input_value())
    assert place == pytest.approx(sent["count"] / 4, abs=12)  # a dot of the screen
    control.focus()
    expect(control).to_have_css("outline-style", "solid")
    for key, expected in (("ArrowRight", place + 1), ("Home", 0), ("End", sent["count"] - 1)):
        tab.keyboard.press(key)
        assert int(control.input_value()) == expected
        code = int(sent["codes"][3 * expected : 3 * expected + 3], 36)
        sizes = [len(choice) - 1 for choice in sent["choices"]] + [2]
        *options, clear = (int(n) for n in np.unravel_index(code, sizes))
        told = says.inner_text()
        assert sent["clear"][clear] in told.replace("\u00a0", " ")
        for (choice, *labels), option in zip(sent["choices"], options, strict=True):
            assert f"{choice}: {labels[option]}." in told
        assert control.get_attribute("aria-valuetext") == f"{expected + 1:,} of {sent['count']:,}"
    r = float(re.search(r"correlation (\S+),", told)[1].replace("−", "-"))
    steps = re.findall("(z*)([0-9A-Y])", sent["r"].split()[1])
    whole = sum(35 * len(more) + int(last, 36) for more, last in steps)
    assert r == (int(sent["r"].split()[0]) + whole) / 1000


@in_browser
def test_slider_answers_to_the_keyboard(tab, address):  # noqa: F811
    found = opened(tab, address, "fig-bifurcation")
    control, says = found.get_by_label("Trade freeness φ"), found.locator("output")
    control.focus()
    tab.keyboard.press("Home")
    assert control.get_attribute("aria-valuetext") == "φ = 0.2500"
    expect(says).to_have_text(
        "Mobile people are spread evenly. Equilibria: λ = 0.500 stable."
    )
    control.evaluate("(e) => { e.value = 150; e.dispatchEvent(new Event('input')); }")
    expect(says).to_have_text(
        "One region has all mobile people. "
        "Equilibria: λ = 0.000 stable; λ = 0.500 unstable; λ = 1.000 stable."
    )
    before = control.get_attribute("aria-valuetext")
    tab.keyboard.press("ArrowLeft")
    assert control.get_attribute("aria-valuetext") < before
    lines = found.locator(".play-line:visible")
    assert lines.count() == 1  # the enlarged panels do not reach so far
    box = values("fig-bifurcation")["panels"][0]
    phi = float(control.get_attribute("aria-valuetext").split()[-1])
    line = lines.bounding_box()
    expected = spot(found, box["x"][0] + box["x"][1] * phi, 0)[0]
    assert line["x"] + line["width"] / 2 == pytest.approx(expected, abs=1)


@in_browser
@pytest.mark.parametrize(
    ("figure", "place", "expected"),
    [
        ("fig-map", place_of, "Ningbo ("),
        ("fig-multiverse-lm", lambda _: (0.99, 0.3), "positive|significant"),
        ("fig-bifurcation", lambda _: (0.53, 0.5), "spread evenly"),
    ],
)
def test_displays_answer_to_a_finger(phone, address, figure, place, expected):  # noqa: F811
    page = phone.new_page()
    found = opened(page, address, figure)
    found.locator(".play-picture").evaluate("(e) => e.scrollIntoView({block: 'center'})")
    before = found.locator("output").inner_text()
    page.touchscreen.tap(*spot(found, *place("Ningbo")))
    expect(found.locator("output")).to_have_text(re.compile(re.escape(expected)
        if "|" not in expected else expected))  # fmt: skip
    assert found.locator("output").inner_text() != before
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    page.close()


@in_browser
@each_figure
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_when_the_script_comes_or_answers(browser, address, figure, width):  # noqa: F811
    heights = []
    for blocked in (True, False):
        page = browser.new_page(viewport={"width": width, "height": 900})
        if blocked:
            page.route("**/play.js*", lambda route: route.abort())
        found = opened(page, address, figure)
        heights.append(found.bounding_box()["height"])
        if not blocked:
            tall = page.evaluate(
                """(name) => {
                  const figure = document.getElementById(name);
                  const control = figure.querySelector("select, input");
                  const last = values => Math.max(...values);
                  const count = control.options ? control.options.length : Number(control.max) + 1;
                  const step = Math.ceil(count / 250);
                  const seen = [];
                  for (let i = 0; i < count; i += step) {
                    control.value = i;
                    control.dispatchEvent(new Event("input"));
                    seen.push(figure.getBoundingClientRect().height);
                  }
                  return last(seen);
                }""",
                figure,
            )
            heights.append(tall)
        page.close()
    assert max(heights) - min(heights) < 1, heights


@in_browser
@each_figure
def test_without_script_and_in_print_the_picture_is_the_figure(browser, address, figure):  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    found = opened(context.new_page(), address, figure)
    assert found.locator("img").is_visible() and found.locator("figcaption").is_visible()
    assert found.locator("select, input").count() == 0
    assert found.locator(".play").bounding_box()["height"] < 10
    context.close()
    page = browser.new_page()
    found = opened(page, address, figure)
    page.emulate_media(media="print")
    assert found.locator("img").is_visible() and not found.locator(".play").is_visible()
    page.close()


@in_browser
def test_pages_without_a_display_do_not_load_the_script(tab, address):  # noqa: F811
    tab.goto(f"{address}notebooks/05-policy.html")
    assert not tab.locator("script[src*='play.js']").count()
    tab.goto(f"{address}notebooks/02-theory.html")
    assert tab.locator("script[src*='play.js'][defer]").count() == 1
