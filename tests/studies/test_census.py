"""Chapter 11: slopes against other ways to have them, pictures against data.

That R finds the same elasticities, parts and intervals is in ``tests/test_r.py``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.iv import IV2SLS
from test_changes import LOGS, small

from lib import changes, panel
from studies import census


@pytest.fixture(scope="module")
def rows(data) -> pd.DataFrame:
    return changes.between(data)


@pytest.mark.parametrize("elasticity", [0.0, 0.5, 1.0])
def test_a_belt_with_a_known_elasticity_gives_it_back(data, rows, elasticity):
    """Output follows residents, falls with the start, and knows noise that neither explains."""
    design = np.column_stack([np.ones(len(rows)), rows[["residents", "start"]]])
    noise = np.random.default_rng(1).normal(size=len(rows)) / 20
    noise -= design @ np.linalg.lstsq(design, noise, rcond=None)[0]
    output = elasticity * rows["residents"] - 0.1 * rows["start"] + noise
    reg = np.exp(rows["start"] + output - rows["residents"])
    made = data.copy()
    last = made["year"] == 2020
    made.loc[last, "reg"] = made.loc[last, "city"].map(dict(zip(rows["city"], reg, strict=True)))
    found = census.slope(changes.between(made), "output", ["residents", "start"])
    assert found["coef"] == pytest.approx(elasticity, abs=1e-9)


@pytest.mark.parametrize(("also", "gone"), [("start", []), ("province", ["Shanghai", "Chongqing"])])
def test_least_squares_has_the_intervals_of_statsmodels(rows, also, gone):
    """Effects of provinces are those of a formula without provinces of one city."""
    made = census.slope(rows, "output", ["residents", also])
    used = rows[~rows["province"].isin(gone)]
    fit = smf.ols(f"output ~ residents + {also}", used).fit(cov_type="HC3", use_t=True)
    expected = [fit.params["residents"], fit.tvalues["residents"], *fit.conf_int().loc["residents"]]
    assert made[["coef", "t", "low", "high"]].tolist() == pytest.approx(expected)
    assert (made["N"], made["provinces"]) == (110 - len(gone), 11 - len(gone))


def test_an_instrument_has_the_jackknife_of_every_fit(rows):
    def fit(some):
        made = IV2SLS.from_formula("output ~ 1 + residents + [start ~ wage]", some).fit()
        return made.params[["residents"]]

    made = census.slope(rows, "output", ["residents", "start"], {"start": "wage"})
    every = census.without_each(rows, fit, "province")
    assert made["coef"] == pytest.approx(every.coef["residents"])
    assert made["province_t"] == pytest.approx(every.table.loc["residents", "t"])


def test_spread_between_groups_is_a_share_of_the_variance():
    """Logarithms -1, 0 and 1 in groups of one: all is between; in one group, nothing is."""
    found = census.spread(small({2008: LOGS, 2009: 5 + LOGS / 2}))
    assert found["proportion"].to_numpy() == pytest.approx([1, 0.5])
    assert found["money"].iloc[0] == pytest.approx(np.std(np.exp(LOGS), ddof=1))
    assert found["between"].to_numpy() == pytest.approx([1, 1])
    one = census.spread(small({2008: LOGS}).assign(reach=["upper", "upper", "lower"]))
    assert one["between"].to_numpy() == pytest.approx([(2 * 0.5**2 + 1) / 2])


def test_change_of_the_spread_is_a_ratio_and_of_the_share_a_difference(data):
    spread, found = census.spread(data), census.spread_change(data, 2010, 2020)
    ratio, gap = spread.loc[2020] / spread.loc[2010], spread.loc[2020] - spread.loc[2010]
    expected = [ratio["proportion"], ratio["money"], gap["between"]]
    assert found["coef"].tolist() == pytest.approx(expected)
    narrowed = found.loc["proportion"]
    half = np.log(narrowed["high"] / narrowed["coef"]), np.log(narrowed["coef"] / narrowed["low"])
    assert half[0] == pytest.approx(half[1])


def test_output_in_each_measure_by_hand(data):
    """Shanghai in 2018 and 2020: its two incomes as published, and the step between them."""
    city = data[data["city"] == "Shanghai"].set_index("year")
    real, current = city["reg"], city["reg_current"]
    step = current[2019] / real[2019] * real[2018] / current[2018]
    expected = {
        "index": (real[2018], real[2020]), "revised": (real[2018], real[2020] * step),
        "current": (current[2018], current[2020]), "smooth": (current[2018], current[2020] / step),
    }  # fmt: skip
    for key, values in expected.items():
        made = census.measured(data, key).loc[lambda rows: rows["city"] == "Shanghai"]
        assert made.set_index("year")["reg"][[2018, 2020]].tolist() == pytest.approx(values)
    with pytest.raises(panel.DataError, match="found 'nominal'; expected one of index, revised"):
        census.measured(data, "nominal")


def test_the_step_leaves_the_shares_alone_only_where_asked(data):
    without = census.measured(data, step=False)
    share = "share_secondary"
    median = data.pivot(index="city", columns="year", values=share)[[2018, 2019]].diff(axis=1)[2019]
    now = without.pivot(index="city", columns="year", values=share)
    assert (now[2019] - now[2018]).dropna().to_numpy() == pytest.approx(median.median())


def test_census_ratios_are_the_growth_of_residents_where_no_border_moved(data):
    rows = census.between(data)
    stay = rows[~rows["moved"]]
    assert stay["census"].corr(stay["residents"]) > 0.999
    assert (stay["census"] - stay["residents"]).std() < 0.005
    assert sorted(census.load_residents().index) == sorted(data["city_code"].unique())


def test_neighbours_are_the_cities_within_150_kilometres(data):
    """A degree of longitude at 30 degrees north has 96 kilometres."""
    rows = census.between(data).set_index("city")
    places = data.drop_duplicates("city").set_index("city")[["lon", "lat"]].loc[rows.index]
    for city in ("Shanghai", "Chongqing", "Panzhihua"):
        east = (places["lon"] - places["lon"][city]) * np.cos(np.radians(places["lat"][city]))
        apart = 111.2 * np.hypot(east, places["lat"] - places["lat"][city]).drop(city)
        near = apart.index[apart <= 150] if (apart <= 150).any() else [apart.idxmin()]
        assert rows["near_residents"][city] == pytest.approx(rows["residents"][near].mean())


def test_a_ratio_that_is_none_is_refused(tmp_path):
    wrong = tmp_path / "census.csv"
    wrong.write_text("city_code,residents_2020_over_2010\n310000,1.08\n320100,9\n")
    with pytest.raises(panel.DataError, match="row 3, column residents_2020_over_2010"):
        census.load_residents(wrong)


def test_growth_given_in_random_order_keeps_the_identity():
    rng = np.random.default_rng(0)
    n, share = 4_000, 0.5
    up, other = rng.normal(size=(2, n)) / 20
    later = share * np.exp(up) / (share * np.exp(up) + share * np.exp(other))
    whole = np.log(share * np.exp(up) + share * np.exp(other))
    rows = pd.DataFrame({"share_first": share, "share": later - share, "REG": whole, "rest": other})
    found = census.independent_growth(rows, draws=20)
    # Small changes of equal variance: IA moves by (up - other) / 2, income by their mean.
    assert found["REG"].mean() == pytest.approx(0, abs=0.05)
    assert found["rest"].mean() == pytest.approx(-1, abs=0.05)


def test_output_is_drawn_against_residents_with_the_slopes_of_both_regressions(rows):
    left, right = census.scatter(rows, ["Guiyang"]).figure.axes
    assert sorted(left.collections[0].get_offsets()[:, 1]) == pytest.approx(sorted(rows["output"]))
    for ax, x in ((left, ["residents"]), (right, ["residents", "start"])):
        rise = np.polyfit(*ax.lines[-1].get_xydata().T, 1)[0]
        assert rise == pytest.approx(census.slope(rows, "output", x)["coef"])
        assert [text.get_text() for text in ax.texts] == ["Guiyang"]
