import names
import numpy as np
import pytest

from lib import cases, panel
from lib.specifications import MODEL1, READINGS


@pytest.fixture
def own(page, tmp_path, monkeypatch):
    """The Belt's panel in the layout of the page."""
    data = page.data
    code = data["city_code"]
    people = data["lm_flow_gross"].fillna(1).groupby(code).cumprod()
    told = data[["city", "province", "year"]].assign(
        income=data["reg"], residents=people, natural_growth=data["k"],
        industry=data["share_secondary"], per_registered=data["lm_stock_gross"] + 1,
    )  # fmt: skip
    told["city"] += " " + data["province"]
    path = tmp_path / "own.csv"
    monkeypatch.setenv("PANEL", str(path))
    return told, path


def test_each_question_has_a_place_an_answer_and_a_reason_and_each_other_answer_its_slope(page):
    assert page.choices["id"].is_unique and page.choices.ne("").all(axis=None)
    assert page.tried["coef"].notna().all() and page.tried["nobs"].loc["as taken"].gt(1300).all()


def test_nothing_was_compared_with_eviews_and_stata_printed_random_effects_alone(page):
    assert not page.found["producer"].str.contains("EViews").any()
    assert set(page.stata["estimator"]) == {"random individual swar"}
    assert page.other["convention"].isin(page.conventions["convention"]).all()


def test_the_belt_in_this_layout_gives_the_slopes_of_table_1(own, page):
    told, path = own
    told.to_csv(path, index=False)
    mine = names.of("replicating", "## Your own panel")
    for reading in READINGS:
        slope = cases.fit(page.data, reading, MODEL1).coef["LM"]
        assert np.isclose(mine.of_mine.loc[(reading.name, "Model 1"), "slope"], slope, rtol=2e-3)
    assert mine.cluster == "province" and mine.controls == []


WRONG = {
    "no income": ({"income": 0}, "row 2, column income: found 0.0; expected 1e-09 to 1e"),
    "no first year": ({"income": ""}, "row 2, column income: found nan; expected a figure in"),
    "per mille": ({"natural_growth": 4.1}, "column natural_growth: found 4.1; expected -0.05 to 0"),
    "per cent": ({"industry": 41}, "row 2, column industry: found 41.0; expected 0 to 1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_no_place_can_have_is_named(own, name):
    told, path = own
    cells, words = WRONG[name]
    told = told.astype(object)
    told.loc[0, [*cells]] = [*cells.values()]
    told.to_csv(path, index=False)
    with pytest.raises(panel.DataError, match=words):
        names.of("replicating", "## Your own panel")
