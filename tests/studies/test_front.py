"""Tiles, what verdicts hang on, and the first edition's figures."""

import re

import numpy as np
import pandas as pd
import pytest

from lib import panel, verdicts
from lib.estimation import two_way_fe
from lib.specifications import FLOW, LATE, MODEL1, STOCK, rows
from studies import front


@pytest.fixture(scope="module")
def data():
    return panel.load()


@pytest.fixture(scope="module")
def ledger(data):
    return verdicts.ledger(data)


def test_a_tile_for_every_verdict_with_sign_word_and_link(ledger):
    page = front.Tiles(ledger)._repr_html_()
    for kind in verdicts.ERRORS:
        board = page.split(f'class="board by-{kind}"')[1].split('class="board')[0]
        tiles = re.findall(r'<a class="([a-z-]+)" href="([^"]+)">(.) ([a-z ]+)</a>', board)
        own = ledger[ledger["errors"] == kind]
        assert len(tiles) == 46
        words = pd.Series([word for *_, word in tiles]).value_counts()
        assert words.to_dict() == own["verdict"].value_counts().to_dict()
        assert sum(sign == "+" for _, _, sign, _ in tiles) == (own["coef"] > 0).sum()
    assert page.count(" checked") == 1
    assert 'id="by-jackknife" checked' in page


def test_hinges_start_from_the_ledger_and_know_what_differs(data, ledger):
    found = front.hinges(data, ["classical errors", "slopes in the average city"])
    base = found[found["variation"] == "as it is"]
    own = ledger[(ledger["errors"] == "jackknife") & (ledger["verdict"] != "no claim")]
    assert base["verdict"].value_counts().to_dict() == own["verdict"].value_counts().to_dict()
    classical = found[found["variation"] == "classical errors"]
    theirs = ledger[(ledger["errors"] == "classical") & (ledger["verdict"] != "no claim")]
    assert classical["verdict"].tolist().count("opposed") == theirs["verdict"].eq("opposed").sum()
    assert (found["changed"] == (found["was"] != found["verdict"])).all()
    some = front.hinges(data, ["classical errors"])
    pd.testing.assert_frame_equal(
        some[some["variation"] == "classical errors"].reset_index(drop=True),
        classical.reset_index(drop=True),
    )


def test_less_one_leaves_model_1_alone_and_a_city_can_go(data):
    one, two = (front.judge(data, MODEL1, front.Variation("", FLOW, a)) for a in ("zero", "one"))
    assert np.allclose(one["coef"], two["coef"])
    gone = front.judge(data, MODEL1, front.Variation("", STOCK, without="Tongling"))
    kept = rows(data, STOCK, MODEL1).query("city != 'Tongling'")
    assert np.allclose(gone["coef"], two_way_fe(kept, "REG", MODEL1.terms).coef)


def test_the_slope_in_the_average_city_is_that_of_the_formula(data):
    """b1 + b3 times the mean of the other factor; the product keeps its slope."""
    used = rows(data, STOCK, LATE)
    coef = two_way_fe(used, "REG", LATE.terms).coef
    found = front.judge(data, LATE, front.Variation("", STOCK, "means")).set_index("row")["coef"]
    assert np.isclose(found["LM"], coef["LM"] + coef["LM_IA"] * used["IA"].mean())
    assert np.isclose(found["IA"], coef["IA"] + coef["LM_IA"] * used["LM"].mean())
    assert np.isclose(found["LM_IA"], coef["LM_IA"])


def test_the_first_editions_figures_come_from_todays_panel(data):
    assert front.agreement(data) < 0.05
    assert front.agreement(data.assign(lm_flow_city=data["lm_flow_gross"])) > 0.1


def test_the_road_from_the_first_edition_ends_at_the_ledger(data, ledger):
    since = front.since_first_edition(data)
    decided = ledger[ledger["errors"] == "jackknife"]
    for reading in ("flow", "stock"):
        own = decided[decided["reading"] == reading]
        assert since[reading].tolist() == own["verdict"].tolist()
    assert set(since["first"]) == {"agrees", "partly", "not found", "contradicts"}


def test_the_placebos_product_knows_nothing_of_residents(data):
    fake = front.placebo(data)
    residents = data["lm_flow_gross"].fillna(1).groupby(data["city"]).cumprod()
    product = np.log(fake["reg"] * residents)
    growth = (product - product.groupby(data["city"]).transform("first")).groupby(data["year"])
    assert growth.std().max() < 1e-9
    own = np.log(data["reg"] * residents).groupby(data["city"])
    assert growth.mean().iloc[-1] == pytest.approx((own.last() - own.first()).mean())


def test_consequences_count_changes(data):
    found = front.consequences(data)
    assert set(found["reading"]) == {"flow", "stock"}
    assert (found[["signs", "verdicts"]].le(found["claims"], axis=0)).all(axis=None)
    assert len(front.claims()) == 18
