"""Pflüger's model of chapter 17 from its first principles, its toy, and Krugman's two points."""

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy.optimize import brentq

from lib.panel import DataError
from studies import core_periphery
from studies.core_periphery import Toy
from tools.render import notebooks

STATIC = Path("book/_static")


def model() -> dict:
    """The functions of the cell in which the chapter writes Pflüger's model."""
    (pair,) = [each for each in notebooks.pairs() if each.name == "17-core-and-periphery"]
    cells = [each.source for each in notebooks.twin(pair).cells if each.cell_type == "code"]
    (code,) = [source for source in cells if source.startswith("def gain(")]
    names = {"np": np, "brentq": brentq}
    exec(code, names)
    return names


MODEL = model()
GAIN, BREAK, STABLE = MODEL["gain"], MODEL["break_point"], MODEL["stable"]
PLACES = [(0.2, 5.0), (0.3, 5.0), (0.35, 4.0), (0.1, 6.0), (1 / 3, 6.0)]


def utilities(share, cost, mobile, sigma, weight=0.3):
    """Of a mobile worker in each region: goods bought one by one, profits added up."""
    movers = np.array([share, 1 - share])
    people = movers + (1 - mobile) / mobile / 2
    price = sigma / (sigma - 1)  # a worker's wage is one, and a unit takes one worker
    paid = price * np.array([[1, cost], [cost, 1]])  # of a good from row in column
    index = (movers @ paid ** (1 - sigma)) ** (1 / (1 - sigma))
    bought = weight * paid**-sigma / index ** (1 - sigma)  # units of a good a person
    profit = ((paid - np.array([[1, cost], [cost, 1]])) * bought * people).sum(axis=1)
    return profit - weight * np.log(index)


@pytest.mark.parametrize(("mobile", "sigma"), PLACES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.6, 0.95])
@pytest.mark.parametrize("cost", [1.1, 1.5, 2.5])
def test_gain_is_the_difference_of_utilities(share, cost, mobile, sigma):
    ours = GAIN(share, cost ** (1 - sigma), mobile, sigma)
    one, two = utilities(share, cost, mobile, sigma)
    assert ours == pytest.approx((one - two) / 0.3, abs=1e-12)


@pytest.mark.parametrize(("mobile", "sigma"), PLACES)
def test_break_point_is_where_an_even_spread_ceases_to_last(mobile, sigma):
    def rise(freeness):
        return GAIN(0.5 + 1e-6, freeness, mobile, sigma)

    assert BREAK(mobile, sigma) == pytest.approx(brentq(rise, 1e-6, 0.999), abs=1e-6)


def test_people_gather_little_by_little_and_then_all():
    """The pitchfork of Pflüger (2004) is supercritical: just past the point the core is small."""
    at = BREAK(0.3, 5)
    larger = [STABLE(at + step, 0.3, 5) for step in (-0.01, 0.0001, 0.002, 0.01, 0.3)]
    assert larger[0] == 0.5 and 0.5 < larger[1] < 0.6 and larger[-1] == 1
    assert larger == sorted(larger)
    inside = STABLE(at + 0.002, 0.3, 5)
    assert GAIN(inside, at + 0.002, 0.3, 5) == pytest.approx(0, abs=1e-9)
    assert GAIN(inside - 0.01, at + 0.002, 0.3, 5) > 0 > GAIN(inside + 0.01, at + 0.002, 0.3, 5)


@pytest.mark.parametrize(("industry", "sigma"), [(0.4, 5.0), (0.3, 4.0), (0.2, 6.0)])
def test_krugmans_points_are_those_of_the_book(industry, sigma):
    """Fujita, Krugman and Venables (1999), chapter 5; 1.63 and 1.81 for .4 and 5."""
    rho, power = (sigma - 1) / sigma, industry * sigma
    ratio = (rho + industry) * (1 + industry) / ((rho - industry) * (1 - industry))
    published = ratio ** (1 / (sigma - 1))

    def excess(cost, share):
        return core_periphery.krugman(share, cost, industry, sigma) - 1

    assert brentq(excess, 1.05, 3, args=(0.501,)) == pytest.approx(published, abs=1e-4)

    def core(cost):
        near, far = cost ** (1 - sigma - power), cost ** (sigma - 1 - power)
        return (1 + industry) / 2 * near + (1 - industry) / 2 * far - 1

    sustain = brentq(core, published, 4)
    assert brentq(excess, published, 4, args=(1 - 1e-9,)) == pytest.approx(sustain, abs=1e-5)
    if (industry, sigma) == (0.4, 5.0):
        assert (round(published, 2), round(sustain, 2)) == (1.63, 1.81)
    with pytest.raises(DataError, match=r"found 0\.5; expected at least 1"):
        core_periphery.krugman(0.5, 0.5)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("toy")
    script = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("toy.js", "core.js"))
    shown = re.sub("<(link|script)[^>]*>(</script>)?", "", Toy()._repr_html_())
    page = folder / "page.html"
    page.write_text(f"<meta charset=utf-8>{shown}<script>{script}</script>", encoding="utf-8")
    return page.as_uri()


def test_the_page_computes_what_the_cell_computes(tab):
    for mobile, cost in product((0.1, 0.2, 0.3, 0.4), (1.02, 1.3, 1.5, 1.7, 2.0, 2.5)):
        free = cost**-4
        ours = {
            f"breakPoint({mobile}, 5)": BREAK(mobile, 5),
            f"gain(.7, {free}, {mobile}, 5)": GAIN(0.7, free, mobile, 5),
            f"stable({free}, {mobile}, 5)": STABLE(free, mobile, 5),
        }
        found = {call: tab.evaluate(f"Core.{call}") for call in ours}
        assert found == pytest.approx(ours, abs=1e-6)


def test_sliders_move_by_keys_and_the_sentence_says_what_they_give(tab):
    cost, said = tab.get_by_role("slider", name="Cost"), tab.get_by_role("status")
    expect(said).to_contain_text("spread evenly, 50 % in each region")
    expect(said).to_contain_text(f"at a cost of {BREAK(0.3, 5) ** -0.25:.2f}")
    for _ in range(30):  # thirty steps of two hundredths
        cost.press("ArrowLeft")
    expect(cost).to_have_attribute("aria-valuetext", "1.20 units for 1")
    assert STABLE(1.2**-4, 0.3, 5) == 1
    expect(said).to_contain_text("All mobile workers live in one region")
    assert "All mobile workers" in tab.get_by_role("img").get_attribute("aria-label")
    tab.get_by_role("slider", name="Mobile").press("Home")
    expect(said).to_contain_text("spread evenly")
