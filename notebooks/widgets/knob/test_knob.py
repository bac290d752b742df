"""The knob: its slopes on the page are those of the regression on the Belt of `lib.placebo`."""

import re

import numpy as np
import pytest

from lib import placebo
from lib.cases import UNIT
from lib.regression import fit
from studies import elasticity
from widgets.knob import Knob

OFF_THE_GRID = (-0.987, -0.433, 0.017, 0.271, 0.749, 1.313, 1.871, 2.519, 3.237, 3.911)


@pytest.fixture(scope="module")
def belt(data):
    """The rows that Model 1 uses, stock, mended, and what is held."""
    rows, held = elasticity.rows_of(data)
    return elasticity.net(rows, held)[0], held


@pytest.fixture(scope="module")
def shown(belt) -> Knob:
    used, x = elasticity.net(*belt)
    rows = used[["city", "year"]].assign(**placebo.exponents(used), weight=x / (x @ x))
    return Knob(rows, (2.51, 1.01, 4.0), ("Wuxi", "Bijie"))


def slope(rows, held, eta):
    """By the regression itself, on incomes of the Belt."""
    of = placebo.exponents(rows)
    made = rows.assign(REG=np.exp(of["base"] + eta * of["more"]))
    return fit(made, "REG", ["LM", *held], unit=UNIT).coef["LM"]


def test_it_is_the_slope_of_the_regression_at_any_elasticity(tab, belt):
    """Off the chapter's grid; the mark is where the slope is, and a line where income is."""
    rows, held = belt
    of = placebo.exponents(rows)
    knob = tab.get_by_role("slider", name="Choose η, ")
    for eta in OFF_THE_GRID:
        knob.evaluate("(it, to) => { it.value = to; it.dispatchEvent(new Event('input')); }", eta)
        said = tab.get_by_role("status").inner_text()
        found = float(re.search(r"stock\) is (−?[\d.]+), positive;", said)[1].replace("−", "-"))
        assert found == pytest.approx(slope(rows, held, eta), abs=0.0065)
        mark = tab.locator(".knob .belt").nth(1).get_attribute("transform")
        at = float(re.search(r"[\d.]+", mark)[0])
        assert (at - 56) / 16 == pytest.approx(slope(rows, held, eta), abs=0.0015)
        wuxi = rows["city"] == "Wuxi"
        d = tab.locator(".knob svg").nth(1).locator(".two").first.get_attribute("d")
        heights = np.array(re.findall(r" (-?[\d.]+)", d), float)
        income = np.exp(of["base"] + eta * of["more"])[wuxi]
        assert np.allclose((204 - heights) / 14, income, atol=0.006)


def test_by_keyboard_and_touch_it_moves_and_says_what_python_says(tab, shown):
    knob, status = tab.get_by_role("slider"), tab.get_by_role("status")
    assert status.inner_text() == shown.said(1.0)
    knob.focus()
    for key, eta in (("Home", -1.0), ("End", 4.0)):
        tab.keyboard.press(key)
        assert status.inner_text() == shown.said(eta)
    tab.keyboard.press("ArrowLeft")
    assert float(knob.input_value()) < 4
    box = knob.bounding_box()
    tab.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert float(knob.input_value()) == pytest.approx(1.5, abs=0.05)
    assert box["height"] >= 44


def test_without_a_script_a_still_picture_has_three_slopes(browser, address, shown, belt):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    slopes = [float(one.text_content()) for one in page.locator(".knob .slope").all()]
    assert slopes == pytest.approx([slope(*belt, eta) for eta in (-1, 1, 4)], abs=0.0065)
    assert page.locator(".knob svg >> visible=true").count() == 3
    assert page.get_by_text("2022", exact=True).count() == 3
    assert not page.get_by_role("slider").is_visible()
    page.context.close()
    assert len(shown._repr_html_()) < 60_000
