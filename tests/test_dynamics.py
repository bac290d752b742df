"""Dynamic panels: Nickell's formula, known truths, linearmodels, brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.iv import IV2SLS

from lib import dynamics, extensions_figures, panel
from lib.dynamics import LAG, Dynamic
from lib.estimation import two_way_fe
from lib.panel import DataError
from lib.specifications import BASELINE, prepare

CITIES, YEARS = 40, 10


def relative(found, expected) -> float:
    return float(np.abs(np.asarray(found) / np.asarray(expected) - 1).max())


def made(rho: float, seed: int, cities=CITIES, years=YEARS, start=1.0) -> pd.DataFrame:
    """A panel with y = rho y_lag + 0.5 lm - 0.2 ia + effects + error, y known a year earlier."""
    rng = np.random.default_rng(seed)
    effect, common = rng.normal(size=cities), rng.normal(size=years + 2)
    lm, ia = rng.normal(size=(2, years + 2, cities))
    ia = ia + effect
    y = [effect / (1 - rho) + start * rng.normal(size=cities) / np.sqrt(1 - rho**2)]
    for t in range(years + 1):
        drift = 0.5 * lm[t + 1] - 0.2 * ia[t + 1] + effect + common[t]
        y.append(rho * y[-1] + drift + rng.normal(size=cities))
    frame = pd.DataFrame({"y": np.ravel(y), "lm": lm.ravel(), "ia": ia.ravel()})
    frame["city_code"] = np.tile(np.arange(cities), years + 2)
    return frame.assign(year=np.repeat(np.arange(2000, 2002 + years), cities))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return dynamics.with_dynamics(made(0.6, 1).sample(frac=1, random_state=3))


@pytest.fixture(scope="module")
def whole(rows) -> pd.DataFrame:
    return dynamics.balanced(rows, 2002, 2001 + YEARS)


# -- the bias -------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [2, 3, 14])
@pytest.mark.parametrize("rho", [-0.4, 0.0, 0.5, 0.95])
def test_nickell_bias_is_his_equation_18(rho, years):
    """Nickell (1981): -(1+r)/(T-1) [1 - (1-r^T)/(T(1-r))] / {1 - 2r/((1-r)(T-1)) [same]}."""
    inner = 1 - (1 - rho**years) / (years * (1 - rho))
    expected = -(1 + rho) / (years - 1) * inner
    expected /= 1 - 2 * rho / ((1 - rho) * (years - 1)) * inner
    assert dynamics.nickell_bias(rho, years) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("rho", [-0.4, 0.0, 0.5, 0.95])
def test_with_two_years_the_bias_is_half_of_one_plus_rho(rho):
    """Nickell (1981): -(1 + rho)/2, the estimate of first differences by least squares."""
    assert dynamics.nickell_bias(rho, 2) == pytest.approx(-(1 + rho) / 2)


@pytest.mark.parametrize("rho", [-0.4, 0.0, 0.5, 0.95])
def test_with_three_years_the_bias_is_the_one_worked_out_by_hand(rho):
    """Equation (18) worked out by hand where T is 3."""
    expected = -(2 + rho) * (1 + rho) / (2 * (3 + rho))
    assert dynamics.nickell_bias(rho, 3) == pytest.approx(expected)


def test_for_many_years_the_bias_is_one_plus_rho_over_the_years():
    for rho in (0.0, 0.5, 0.8):
        expected = -(1 + rho) / 2000
        assert dynamics.nickell_bias(rho, 2000) == pytest.approx(expected, rel=0.02)


def test_covariance_of_lag_and_error_by_summing_every_pair():
    """y_t-1 and e_t less their means: -(1/T) sum over s of cov(y_t-1, e_s) + mean terms."""
    rho, years = 0.7, 6
    # y_t = sum over s <= t of rho^(t-s) e_s, from year 1 on; the start drops out.
    power = np.array(
        [[rho ** (t - 1 - s) if s < t else 0.0 for s in range(years)] for t in range(years)]
    )
    demean = np.eye(years) - 1 / years
    covariance = np.trace((demean @ power) @ demean.T) / (years - 1)
    assert dynamics.nickell_bias(rho, years, variance=2.0) == pytest.approx(covariance / 2)
    assert dynamics.nickell_bias(1.0, years, variance=2.0) == pytest.approx(-1 / 4)


def test_a_bias_that_does_not_exist_is_refused():
    with pytest.raises(DataError, match="1 years"):
        dynamics.nickell_bias(0.5, 1)
    with pytest.raises(DataError, match="rho = 1"):
        dynamics.nickell_bias(1.0, 14)


# -- simulations ----------------------------------------------------------------------------------


def test_least_squares_has_nickells_bias_and_the_corrections_have_not():
    found = dynamics.simulate([0.3, 0.6], 12, 80, draws=150)
    assert (found["least_squares"] - found["formula"]).abs().max() < 4 * found["error"].max()
    assert found["formula"].max() < -0.1
    assert found["corrected"].abs().max() < 0.01
    assert found["jackknife"].abs().max() < 0.03
    assert found["anderson_hsiao"].abs().max() < 0.03
    assert (found["undefined"] == 0).all()


def test_a_far_start_shrinks_the_bias_and_misleads_the_jackknife_only():
    near = dynamics.simulate([0.6], 12, 80, draws=100).iloc[0]
    far = dynamics.simulate([0.6], 12, 80, start=8.0, draws=100).iloc[0]
    assert far["variance"] > 5 * near["variance"]
    expected = dynamics.nickell_bias(0.6, 12, far["variance"])
    assert far["least_squares"] == pytest.approx(expected, rel=0.1)
    assert abs(far["corrected"]) < 0.005 and far["jackknife"] > 0.05


def test_stationary_variance_is_what_simulations_have():
    found = dynamics.simulate([0.6], 12, 200, draws=60).iloc[0]
    expected = dynamics.nickell_bias(0.6, 12, 1.0) / dynamics.nickell_bias(0.6, 12)
    assert found["variance"] == pytest.approx(expected, rel=0.02)


def test_a_simulation_repeats_itself():
    one, other = (dynamics.simulate([0.5], 8, 20, draws=5) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


# -- lags and differences -------------------------------------------------------------------------


def test_lags_and_differences_by_hand():
    frame = pd.DataFrame(
        {"city_code": [1, 1, 1, 2, 2], "year": [2001, 2002, 2004, 2001, 2002]}
    ).assign(y=[1.0, 4.0, 9.0, 5.0, 3.0], lm=[0.1, 0.3, 0.2, 0.0, 0.5], ia=1.0)
    found = dynamics.with_dynamics(frame).set_index(["city_code", "year"])
    assert found.loc[(1, 2002), ["y_lag1", "d_y"]].tolist() == [1.0, 3.0]
    assert found.loc[(1, 2002), "d_lm"] == pytest.approx(0.2)
    # 2003 is missing: 2004 has a lag of two years and none of one.
    assert np.isnan(found.loc[(1, 2004), "y_lag1"]) and found.loc[(1, 2004), "y_lag2"] == 4.0
    assert np.isnan(found.loc[(1, 2004), "d_y_lag1"])


def test_a_balanced_panel_has_every_city_in_every_year(rows):
    assert len(dynamics.balanced(rows, 2002, 2001 + YEARS)) == CITIES * YEARS
    with pytest.raises(DataError, match="year 2000: found a gap"):
        dynamics.balanced(rows, 2000, 2005)  # no lag of the first year
    with pytest.raises(DataError, match="gap"):
        gone = (rows["year"] == 2005) & (rows["city_code"] == 7)
        dynamics.balanced(rows[~gone], 2002, 2001 + YEARS)


# -- estimators -----------------------------------------------------------------------------------


def test_least_squares_is_two_way_fe(whole):
    fit = two_way_fe(whole, "y", [LAG, "lm", "ia"])
    found = dynamics.least_squares(whole)
    assert found.coef.equals(fit.coef) and found.cov.equals(fit.cov_clustered)
    assert relative(found.table[["se", "t", "p"]], fit.clustered[["se", "t", "p"]]) < 1e-12
    assert (found.df, found.nobs) == (CITIES - 1, CITIES * YEARS)


def test_corrected_estimate_is_a_fixed_point_of_the_formula(whole):
    plain, found = dynamics.least_squares(whole), dynamics.bias_corrected(whole)
    rho = found.coef[LAG]
    # Net variables by regressions with every dummy written out.
    net = {
        name: smf.ols(f"{name} ~ lm + ia + C(city_code) + C(year)", whole).fit().resid
        for name in ("y", LAG)
    }
    variance = (net[LAG] ** 2).sum() / ((net["y"] - rho * net[LAG]) ** 2).sum()
    assert dynamics.lag_variance(whole, rho) == pytest.approx(variance, rel=1e-8)
    assert plain.coef[LAG] == pytest.approx(
        rho + dynamics.nickell_bias(rho, YEARS, variance), rel=1e-8
    )
    assert rho > plain.coef[LAG]
    given = two_way_fe(whole.assign(rest=whole["y"] - rho * whole[LAG]), "rest", ["lm", "ia"])
    assert relative(found.coef[["lm", "ia"]], given.coef) < 1e-8


def test_corrected_takes_the_nearest_of_several_solutions_and_says_where_there_is_none():
    years = 14
    # rho = 0.3 with omega = 1: the estimate is 0.3 plus its bias.
    ll, rho = 100.0, 0.3
    first = rho + dynamics.nickell_bias(rho, years, 1.0)
    yl = first * ll
    yy = ll - rho**2 * ll + 2 * rho * yl  # so that the errors' sum of squares is ll
    far = ll * 400  # errors so large that no rho explains the estimate
    found = dynamics.corrected(np.array([yy, far]), np.array([yl, yl]), np.array([ll, ll]), years)
    assert found[0] == pytest.approx(rho, abs=1e-9)
    assert np.isnan(found[1])


def test_jackknife_is_twice_the_estimate_less_the_mean_of_the_halves(whole):
    middle = 2001 + YEARS // 2
    terms = [LAG, "lm", "ia"]
    full, early, late = (
        two_way_fe(part, "y", terms).coef
        for part in (whole, whole[whole["year"] <= middle], whole[whole["year"] > middle])
    )
    found = dynamics.half_panel(whole)
    assert relative(found.coef, 2 * full - (early + late) / 2) < 1e-9


def test_jackknife_of_an_odd_number_of_years_averages_both_ways_to_halve_them(rows):
    part = dynamics.balanced(rows, 2002, 2002 + 6)  # seven years
    terms = [LAG, "lm", "ia"]
    expected = 2 * two_way_fe(part, "y", terms).coef
    for middle in (2004, 2005):
        for half in (part[part["year"] <= middle], part[part["year"] > middle]):
            expected -= half["year"].nunique() / 7 / 2 * two_way_fe(half, "y", terms).coef
    assert relative(dynamics.half_panel(part).coef, expected) < 1e-9


def test_jackknife_errors_are_sums_over_cities_of_what_each_contributes(whole):
    """Every city's part of each of the three estimates, by regressions with dummies."""
    terms = [LAG, "lm", "ia"]
    middle = 2001 + YEARS // 2
    parts = {city: np.zeros(3) for city in whole["city_code"].unique()}
    samples = ((2.0, whole), (-0.5, whole[whole["year"] <= middle]),
               (-0.5, whole[whole["year"] > middle]))  # fmt: skip
    for weight, sample in samples:
        net = np.column_stack([
            smf.ols(f"{name} ~ C(city_code) + C(year)", sample).fit().resid
            for name in ("y", *terms)
        ])  # fmt: skip
        x = net[:, 1:]
        bread = np.linalg.inv(x.T @ x)
        scores = x * (net[:, 0] - x @ (bread @ x.T @ net[:, 0]))[:, None]
        for city in parts:
            own = (sample["city_code"] == city).to_numpy()
            parts[city] = parts[city] + weight * bread @ scores[own].sum(axis=0)
    n = len(whole)
    scale = CITIES / (CITIES - 1) * (n - 1) / (n - 3 - YEARS)
    expected = scale * sum(np.outer(part, part) for part in parts.values())
    assert relative(dynamics.half_panel(whole).cov, expected) < 1e-7


def test_jackknife_finds_the_truth_with_errors_of_the_right_size():
    fits = [
        dynamics.half_panel(dynamics.balanced(dynamics.with_dynamics(made(0.5, seed)), 2001, 2010))
        for seed in range(60)
    ]
    coef = pd.DataFrame([fit.coef for fit in fits])
    told = pd.DataFrame([fit.table["se"] for fit in fits]).mean()
    assert abs(coef[LAG].mean() - 0.5) < 0.04
    assert abs(coef["lm"].mean() - 0.5) < 0.03 and abs(coef["ia"].mean() + 0.2) < 0.03
    assert (told / coef.std() - 1).abs().max() < 0.3


def test_too_few_years_to_halve_are_refused(rows):
    with pytest.raises(DataError, match="5 years"):
        dynamics.half_panel(dynamics.balanced(rows, 2002, 2006))


def test_anderson_hsiao_is_two_stage_least_squares_in_differences(rows):
    part = rows.dropna(subset=["d_y", "d_y_lag1", "y_lag2"])
    dummies = pd.get_dummies(part["year"], dtype=float)
    exog = pd.concat([part[["d_lm", "d_ia"]], dummies], axis=1)
    expected = IV2SLS(part["d_y"], exog, part["d_y_lag1"], part["y_lag2"]).fit()
    found = dynamics.anderson_hsiao(rows)
    assert relative(found.coef, expected.params[list(found.x)]) < 1e-8
    renamed = dynamics.from_differences(found)
    assert list(renamed.coef.index) == [LAG, "lm", "ia"] == list(renamed.cov.columns)
    assert renamed.coef.tolist() == found.coef.tolist()
    assert renamed.table.loc["lm", "t"] == pytest.approx(found.clustered.loc["d_lm", "t"])
    assert abs(found.coef["d_y_lag1"] - 0.6) < 5 * found.clustered.loc["d_y_lag1", "se"]


def test_simulated_anderson_hsiao_is_the_one_of_the_tables():
    rng = np.random.default_rng(9)
    levels = rng.normal(size=(2, 20, 8)).cumsum(axis=2) + rng.normal(size=8)  # year effects
    found = dynamics._anderson_hsiao(levels)
    city, year = (part.ravel() for part in np.indices((20, 8)))
    for draw in range(2):
        frame = pd.DataFrame({"city_code": city, "year": year, "y": levels[draw].ravel()})
        single = dynamics.anderson_hsiao(dynamics.with_dynamics(frame, ()), ())
        assert found[draw] == pytest.approx(single.coef["d_y_lag1"], rel=1e-9)


# -- long-run effects -----------------------------------------------------------------------------


def estimate(rho: float, se: float) -> Dynamic:
    names = [LAG, "lm"]
    cov = pd.DataFrame([[se**2, 0.3 * se * 0.1], [0.3 * se * 0.1, 0.01]], names, names)
    return Dynamic(pd.Series([rho, 2.0], names), cov, 30, 100, 31, (2001, 2005))


def test_long_run_effect_and_its_error_by_numerical_derivatives():
    found = estimate(0.5, 0.05)
    row = dynamics.long_run(found).loc["lm"]
    assert row["coef"] == pytest.approx(4.0)
    h = 1e-6
    gradient = np.array([
        (2 / (1 - 0.5 - h) - 2 / (1 - 0.5 + h)) / (2 * h), 1 / 0.5,
    ])  # fmt: skip
    assert row["se"] == pytest.approx(np.sqrt(gradient @ found.cov @ gradient), rel=1e-6)


def test_there_is_no_long_run_where_rho_may_be_one():
    t = 2.042272  # t(30) at 97.5 %
    assert dynamics.long_run(estimate(0.9, 0.099 / t))["coef"].notna().all()
    assert dynamics.long_run(estimate(0.9, 0.101 / t)).isna().all(axis=None)


# -- the panel ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def logs() -> pd.DataFrame:
    reading = replace(BASELINE, outcome="log_reg", mobility="lm_flow_gross")
    return dynamics.with_dynamics(prepare(panel.load_indicators(), reading))


def test_output_growth_is_the_growth_of_reg_times_residents(logs):
    """The same from the columns of the panel, a city at a time."""
    data = panel.load_indicators().sort_values(["city_code", "year"])
    residents = (1 + data["lm_flow_gross"].fillna(0)).groupby(data["city_code"]).cumprod()
    output = np.log(data["reg"] * residents)
    expected = output.groupby(data["city_code"]).diff()
    keys = ["city_code", "year"]
    both = logs.assign(found=dynamics.output_growth(logs))[[*keys, "found"]].merge(
        data[keys].assign(expected=expected), on=keys
    )
    both = both[both["year"] > 2008]
    assert both["found"].notna().all()
    assert np.allclose(both["found"], both["expected"], rtol=0, atol=1e-9)


def test_slopes_on_growth_and_on_reg_differ_by_the_slope_of_log_residents(logs):
    """The identity: growth = y - y_lag1 + log(1 + LM), and least squares is linear."""
    part = dynamics.balanced(logs, 2009, 2022)
    part = part.assign(growth=dynamics.output_growth(part), log_lm=np.log1p(part["lm"]))
    terms = [LAG, "lm", "ia"]
    y, growth, log_lm = (two_way_fe(part, name, terms).coef for name in ("y", "growth", "log_lm"))
    assert growth["lm"] == pytest.approx(y["lm"] + log_lm["lm"], abs=1e-9)
    assert growth[LAG] == pytest.approx(y[LAG] - 1 + log_lm[LAG], abs=1e-9)


def test_the_sample_of_the_chapter_has_no_gap(logs):
    part = dynamics.balanced(logs, 2009, 2022)
    assert (part["city_code"].nunique(), part["year"].nunique()) == (110, 14)
    with pytest.raises(DataError, match="year 2023"):
        dynamics.balanced(logs, 2009, 2023)


# -- figures and tables ---------------------------------------------------------------------------


def test_tables_say_undefined_where_there_is_no_long_run():
    fits = {"one": estimate(0.5, 0.05), "other": estimate(0.99, 0.05)}
    frame = extensions_figures.dynamic_table(fits, "caption", "tab-x").frame
    assert frame["LM, long run"].tolist()[1] == "undefined" != frame["LM, long run"].tolist()[0]
    assert frame["ρ"].tolist() == ["0.500", "0.990"]


def test_survival_says_whether_the_sign_is_the_printed_one():
    table = pd.DataFrame(
        {"coef": [0.2, -0.3], "low": [0.1, -0.9], "high": [0.3, 0.3], "p": [0.001, 0.3]},
        ["lm", "ia"],
    )
    other = (-table).assign(p=table["p"])
    found = extensions_figures.survival({"REG: a": table, "REG: b": other, "log REG: c": table})
    printed = {t: pd.Series({"coef": 0.5, "stars": "**"}) for t in ("lm", "ia")}
    frame = extensions_figures.survival_table(found, printed, "caption", "tab-x").frame
    assert frame["LM: sign"].tolist() == ["as printed", "the other", "as printed"]
    assert frame["IA: sign"].tolist() == ["the other", "as printed", "the other"]
    assert frame["LM (printed 0.500**)"].tolist() == ["0.200***", "−0.200***", "0.200***"]
    chart = extensions_figures.survival_plot(found, "title")
    lm, ia = chart.figure.axes
    assert [label.get_text() for label in lm.get_yticklabels()] == [
        "REG: a",
        "REG: b",
        "log REG: c",
    ]
    filled = [line for line in lm.lines if line.get_label() == "significant at 5 %"]
    assert sorted(filled[0].get_ydata()) == [0, 1, 2]
    open_dots = [line for line in ia.lines if line.get_label() == "not"]
    assert len(open_dots[0].get_ydata()) == 3
