"""Chapter 11: slopes against other ways to have them, pictures against data.

That R finds the same elasticities, parts and intervals is in ``tests/test_r.py``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.iv import IV2SLS
from matplotlib.colors import to_hex
from test_changes import LOGS, small

from lib import changes, style
from lib.within import leave_one_out
from studies import census


@pytest.fixture(scope="module")
def rows(data) -> pd.DataFrame:
    return changes.between(data)


# --- slopes -------------------------------------------------------------------------------------


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
    found = census.elasticities(made, given=["start"]).set_index("cities")["coef"]
    assert found["all"] == pytest.approx(elasticity, abs=1e-9)


def test_least_squares_has_the_intervals_of_statsmodels_and_of_the_jackknife(rows):
    made = census.slope(rows, "output", ["residents", "start"])
    fit = smf.ols("output ~ residents + start", rows).fit(cov_type="HC3", use_t=True)
    low, high = fit.conf_int().loc["residents"]
    assert made[["coef", "low", "high"]].tolist() == pytest.approx(
        [fit.params["residents"], low, high]
    )
    other = leave_one_out(rows, "output", ["residents", "start"], effects="none",
                          cluster="province").table.loc["residents"]  # fmt: skip
    found = made[["province_low", "province_high", "province_p"]].tolist()
    assert found == pytest.approx(other[["low", "high", "p"]].tolist())


def test_an_instrument_has_the_jackknife_of_every_fit(rows):
    def fit(some):
        made = IV2SLS.from_formula("output ~ 1 + residents + [start ~ wage]", some).fit()
        return made.params[["residents"]]

    made = census.slope(rows, "output", ["residents", "start"], {"start": "wage"})
    every = census.without_each(rows, fit, "province")
    assert made["coef"] == pytest.approx(every.coef["residents"])
    assert made["province_t"] == pytest.approx(every.table.loc["residents", "t"])
    assert np.isnan(made["wild"])


def test_effects_of_provinces_are_those_of_a_formula_without_single_cities(rows):
    made = census.slope(rows, "output", ["residents", "province"])
    used = rows[~rows["province"].isin(["Shanghai", "Chongqing"])]
    fit = smf.ols("output ~ residents + C(province)", used).fit(cov_type="HC3", use_t=True)
    assert (made["coef"], made["t"]) == pytest.approx(
        (fit.params["residents"], fit.tvalues.iloc[-1])
    )
    assert (made["N"], made["provinces"]) == (108, 9)


# --- parts --------------------------------------------------------------------------------------


def test_slopes_of_industry_are_those_of_its_parts(data):
    found = census.industry(data).pivot(index=["cities", "given"], columns="part", values="coef")
    assert np.allclose(found["REG"], found["room"] + found["rest"])


def test_slopes_of_the_accounts_add_up_and_residents_have_their_share(data):
    found = census.accounts(data).pivot(
        index=["years", "cities", "start"], columns="part", values="coef"
    )
    assert np.allclose(found["REG"], found["output"] - found["residents"])
    assert np.allclose(found["share"], -found["residents"] / found["REG"])


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


def test_an_error_in_the_first_count_biases_as_a_simulation_says(rows):
    """Two hundred thousand cities drawn like these, residents of 2010 off by a tenth."""
    rng, error = np.random.default_rng(5), 0.1
    true = rows[["residents", "start", "wage"]]
    x, s, wage = rng.multivariate_normal(true.mean(), true.cov(), 200_000).T
    y = rows["output"] - 0.5 * rows["residents"]
    output = 0.5 * x + y.cov(rows["start"]) / rows["start"].var() * s
    off = error * rng.normal(size=x.size)
    seen = pd.DataFrame({"y": output, "x": x - off, "s": s - off, "wage": wage})
    found = {
        "nothing": smf.ols("y ~ x", seen).fit().params["x"],
        "start": smf.ols("y ~ x + s", seen).fit().params["x"],
        "start by wages (2SLS)": IV2SLS.from_formula("y ~ 1 + x + [s ~ wage]", seen)
        .fit()
        .params["x"],
    }
    expected = census.with_error(rows, 0.5, error)
    assert expected.to_dict() == pytest.approx(found, abs=0.01)
    assert census.with_error(rows, 0.5, 0.0)["start"] == pytest.approx(0.5)


# --- pictures -----------------------------------------------------------------------------------


def test_output_is_drawn_against_residents_with_the_slopes_of_both_regressions(rows):
    left, right = census.scatter(rows, ["Guiyang"]).figure.axes
    assert sorted(left.collections[0].get_offsets()[:, 1]) == pytest.approx(sorted(rows["output"]))
    for ax, x in ((left, ["residents"]), (right, ["residents", "start"])):
        line = ax.lines[-1].get_xydata()
        rise = (line[-1, 1] - line[0, 1]) / (line[-1, 0] - line[0, 0])
        assert rise == pytest.approx(census.slope(rows, "output", x)["coef"])
        assert [text.get_text() for text in ax.texts] == ["Guiyang"]
    colours = {tuple(place): to_hex(each) for place, each in
               zip(left.collections[0].get_offsets().tolist(),
                   left.collections[0].get_facecolors(), strict=True)}  # fmt: skip
    for city in rows.itertuples():
        assert colours[city.residents, city.output] == style.REACH[city.reach]
    (legend,) = left.figure.legends
    words = [text.get_text().removesuffix(" reach") for text in legend.get_texts()]
    fills = [to_hex(mark.get_markerfacecolor()) for mark in legend.legend_handles]
    assert dict(zip(words, fills, strict=True)) == style.REACH


def test_the_accounts_are_drawn_so_that_their_parts_add_up(data):
    found = census.accounts(data, spans=(census.CENSUSES,))
    chart = census.accounts_chart(found)
    axes = chart.figure.axes
    words = [text.get_text() for text in chart.figure.legends[0].get_texts()]
    assert words[:2] == ["start as observed", "start by wages"]
    names = [text.get_text() for text in axes[0].get_yticklabels()]
    assert names == ["2010–2020, all cities", "2010–2020, unmoved"]
    at = found.set_index(["part", "start", "cities"])["coef"]["REG"]
    for line, start in zip(axes[0].lines[1:], ("REG", "wages"), strict=True):
        assert line.get_xdata() == pytest.approx(at[start][["all", "unmoved"]].to_numpy())
    moved = changes.between(data, *census.CENSUSES)["moved"].sum()
    assert 0 < moved < 20 and found.groupby("cities")["N"].first().tolist() == [110, 110 - moved]
    whole, output, fall = (np.ravel([line.get_xdata() for line in ax.lines[1:]]) for ax in axes)
    assert whole == pytest.approx(output + fall)
    widest = max(path.vertices[:, 0].max() for path in axes[2].collections[1].get_paths())
    residents = found[found["part"] == "residents"]
    assert widest == pytest.approx(-residents["province_low"].min())
