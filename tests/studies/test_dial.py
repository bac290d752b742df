"""The dial of chapter 6 in a browser, on two slopes made by hand."""

import json
from itertools import product

import pandas as pd
import pytest
from playwright.sync_api import expect

from studies.dial import Dial

OFFICIAL = {"flow": 1.0, "stock": 2.0}
MEAN = {0.0: 0.0, 0.5: 1.0, 1.0: 4.0}
SD = {"city": 0.5, "province": 4.0}


@pytest.fixture(scope="module")
def shown() -> Dial:
    keys = product(("paper", "clean"), OFFICIAL, ("Model 1",), ("LM",), MEAN, SD)
    names = ["case", "reading", "heading", "row", "elasticity", "noise"]
    places = pd.DataFrame(index=pd.MultiIndex.from_tuples(keys, names=names)).reset_index()
    places = places.assign(official=places["reading"].map(OFFICIAL), sd=places["noise"].map(SD))
    return Dial(places.assign(mean=places["elasticity"].map(MEAN)).set_index(names))


def test_distances_are_straight_between_the_elasticities_and_exact_at_them(tab):
    here = {"official": [1, 2], "mean": [list(MEAN.values())] * 2, "sd": [[0.5] * 3] * 2}
    for eta, mean in {0: 0, 0.25: 0.5, 0.5: 1, 0.75: 2.5, 1: 4}.items():
        z = tab.evaluate(f"Dial.distances([0, 0.5, 1], {json.dumps(here)}, {eta})")
        assert z == pytest.approx([(1 - mean) / 0.5, (2 - mean) / 0.5])


def test_the_guess_comes_first_and_the_sentence_counts_and_adds_up(tab, shown):
    assert "hidden></div>" in shown._repr_html_()  # without a script
    said, picture = tab.get_by_role("status"), tab.get_by_role("img")
    expect(said).to_contain_text("Guess first")
    assert tab.locator("circle").count() == 0
    tab.get_by_role("slider", name="Elasticity").press("Home")
    tab.get_by_role("button", name="Show").click()
    # At zero: z of 2 and 4, the sum 20; at one half 0 and 2, the sum 4.
    expect(said).to_contain_text("You guessed 0.00. At 0.00, 1 of 2 official slopes")
    expect(said).to_contain_text("sum of squares is 20. ")
    expect(said).to_contain_text("smallest at 0.50, with 4.")
    assert picture.get_attribute("aria-label") == "Flow, Model 1: LM 2.00, Stock, Model 1: LM 4.00"
    assert tab.locator("circle.flow").count() == tab.locator("circle.stock").count() == 1
    tab.get_by_label("Shocks of").select_option("province")
    expect(said).to_contain_text("2 of 2 official slopes")
