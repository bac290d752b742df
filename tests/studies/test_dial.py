"""The dial of chapter 6 in a browser, on three slopes made by hand."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from studies.dial import Dial

STATIC = Path("book/_static")
OFFICIAL = {("flow", "LM"): 1.0, ("stock", "LM"): 2.0}
MEAN = {0.0: 0.0, 0.5: 1.0, 1.0: 4.0}


def places() -> pd.DataFrame:
    lines = [
        {"case": case, "reading": reading, "heading": "Model 1", "row": row, "elasticity": eta,
         "noise": noise, "official": slope, "mean": mean, "sd": 0.5 if noise == "city" else 4.0}
        for case in ("paper", "clean") for noise in ("city", "province")
        for (reading, row), slope in OFFICIAL.items() for eta, mean in MEAN.items()
    ]  # fmt: skip
    return pd.DataFrame(lines).set_index(
        ["case", "reading", "heading", "row", "elasticity", "noise"]
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    script = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("toy.js", "dial.js"))
    shown = re.sub("<(link|script)[^>]*>(</script>)?", "", Dial(places())._repr_html_())
    page = tmp_path_factory.mktemp("dial") / "page.html"
    page.write_text(f"<meta charset=utf-8>{shown}<script>{script}</script>", encoding="utf-8")
    return page.as_uri()


def test_it_is_small_and_hidden_without_a_script():
    whole = Dial(places())
    assert re.search(r'<div class="toy dial"[^>]* hidden></div>', whole._repr_html_())
    assert (STATIC / "dial.js").stat().st_size < 6_000
    assert whole.data()["slopes"] == ["Flow, Model 1: LM", "Stock, Model 1: LM"]


def test_distances_are_straight_between_the_elasticities_and_exact_at_them(tab):
    here = {"official": [1, 2], "mean": [list(MEAN.values())] * 2, "sd": [[0.5] * 3] * 2}
    for eta, mean in {0: 0, 0.25: 0.5, 0.5: 1, 0.75: 2.5, 1: 4}.items():
        found = tab.evaluate(f"Dial.distances([0, 0.5, 1], {json.dumps(here)}, {eta})")
        assert found == pytest.approx([(1 - mean) / 0.5, (2 - mean) / 0.5])


def test_the_guess_comes_first_and_the_sentence_counts_and_adds_up(tab):
    said, picture = tab.get_by_role("status"), tab.get_by_role("img")
    expect(said).to_contain_text("Guess first")
    assert tab.locator("circle").count() == 0
    dial = tab.get_by_role("slider", name="Elasticity")
    dial.focus()
    tab.keyboard.press("Home")
    tab.get_by_role("button", name="Show").click()
    # At zero: z of 2 and 4, the sum 20; at one half 0 and 2, the sum 4.
    expect(said).to_contain_text("You guessed 0.00. At 0.00, 1 of 2 official slopes")
    expect(said).to_contain_text("sum of squares is 20. ")
    expect(said).to_contain_text("smallest at 0.50, with 4.")
    assert picture.get_attribute("aria-label") == "Flow, Model 1: LM 2.00, Stock, Model 1: LM 4.00"
    assert tab.locator("circle.flow").count() == tab.locator("circle.stock").count() == 1
    tab.get_by_label("One sign for each").select_option("province")
    expect(said).to_contain_text("2 of 2 official slopes")
