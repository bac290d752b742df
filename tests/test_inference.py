"""Standard errors against R's plm and fixest, statsmodels, double loops, and their own limits."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.datasets import munnell
from linearmodels.panel import PanelOLS
from scipy import stats
from statsmodels.datasets import grunfeld

from lib import bootstrap, inference, inference_figures, panel, spatial
from lib.estimation import two_way_fe
from lib.inference import Within, conley, covariances
from lib.panel import DataError
from lib.published import compare_table
from lib.specifications import SPECIFICATIONS, columns_of, estimates, prepare

EXACT = 1e-10


def relative(found, expected) -> float:
    return float(np.abs(np.asarray(found) / np.asarray(expected) - 1).max())


# -- degrees of freedom; R's figures are compared in test_agreement.py ----------------------------


@cache
def regression(name: str) -> Within:
    if name == "Grunfeld11":
        rows = grunfeld.load_pandas().data
        rows = rows.rename(columns={"firm": "city_code", "invest": "y"})
        return Within.of(rows, "y", ["value", "capital"])
    data = munnell.load()
    logs = {"y": "GSP", "log(pcap)": "P_CAP", "log(pc)": "PC", "log(emp)": "EMP"}
    rows = pd.DataFrame({new: np.log(data[old]) for new, old in logs.items()})
    rows = rows.assign(city_code=data["ST_ABB"].astype(str), year=data["YR"], unemp=data["UNEMP"])
    return Within.of(rows, "y", ["log(pcap)", "log(pc)", "log(emp)", "unemp"])


@pytest.mark.parametrize("dataset, cities, years, slopes", [
    ("Grunfeld11", 11, 20, 2), ("Produc", 48, 17, 4),
])  # fmt: skip
def test_degrees_of_freedom_of_the_t_distribution(dataset, cities, years, slopes):
    found = covariances(regression(dataset))
    resid = cities * years - cities - years + 1 - slopes
    assert {key: made.df for key, made in found.items()} == {
        "classical": resid,
        "hc1": resid,
        "city": cities - 1,
        "city_year": min(cities, years) - 1,
        "driscoll_kraay": years - 1,
    }


# -- a panel with gaps, places and provinces ------------------------------------------------------

CITIES, YEARS, PROVINCES = 14, 6, 7


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    city, year = (part.ravel() for part in np.indices((CITIES, YEARS)))
    frame = pd.DataFrame({"city_code": 100 + city, "year": 2000 + year})
    frame["province"] = pd.Series(list("ABCDEFG")).iloc[city % PROVINCES].to_numpy()
    for name in ("a", "b", "noise"):
        own, common, rest = (
            rng.normal(size=CITIES),
            rng.normal(size=YEARS),
            rng.normal(size=len(city)),
        )
        frame[name] = own[city] + common[year] + rest
    frame["y"] = frame["a"] - frame["b"] + frame["noise"]
    return frame.drop(index=frame.index[[3, 17, 40, 41]]).sample(frac=1, random_state=1)


@pytest.fixture(scope="module")
def km() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    places = pd.DataFrame({"city_code": 100 + np.arange(CITIES)})
    places["lon"], places["lat"] = rng.uniform(100, 110, CITIES), rng.uniform(25, 32, CITIES)
    return spatial.distances(places)


@pytest.fixture(scope="module")
def within(rows) -> Within:
    return Within.of(rows, "y", ["a", "b"])


def test_effects_are_out_and_rows_stay_where_they_belong(rows, within):
    frame = rows.set_index(["city_code", "year"])
    fit = PanelOLS(frame["y"], frame[["a", "b"]], entity_effects=True, time_effects=True).fit()
    keys = pd.MultiIndex.from_frame(within.rows[["city_code", "year"]])
    residuals = (within.y - within.x @ within.params)[:, 0]
    assert np.allclose(residuals, fit.resids.loc[keys], rtol=0, atol=1e-10)
    assert within.rows["province"].tolist() == frame.loc[keys, "province"].tolist()


def test_hc1_and_province_are_those_of_a_regression_with_dummies(rows, within):
    formula = "y ~ a + b + C(city_code) + C(year)"
    robust = smf.ols(formula, rows).fit(cov_type="HC1")
    found = covariances(within)
    assert relative(np.diag(found["hc1"].cov), robust.bse[["a", "b"]] ** 2) < 1e-9
    groups = pd.factorize(rows["province"])[0]
    cluster = smf.ols(formula, rows).fit(cov_type="cluster", cov_kwds={"groups": groups})
    n, k = len(rows), 2
    # statsmodels counts every dummy; cities are nested in provinces.
    scale = (n - k - CITIES - YEARS + 1) / (n - k - YEARS)
    assert relative(np.diag(found["province"].cov), cluster.bse[["a", "b"]] ** 2 * scale) < 1e-9
    assert found["province"].df == PROVINCES - 1


def test_two_ways_are_one_and_the_other_less_both(within):
    """Cameron, Gelbach and Miller (2011): V_city + V_year - V_city-year, summed in a loop."""
    scores = within.scores
    meat = np.zeros((2, 2))
    for sign, column in ((1, "city_code"), (1, "year"), (-1, None)):
        groups = range(len(scores)) if column is None else within.rows[column].to_numpy()
        for part in pd.DataFrame(scores).groupby(np.asarray(groups)).sum().to_numpy():
            meat += sign * np.outer(part, part)
    bread = np.linalg.inv(within.x.T @ within.x)
    n = len(scores)
    scale = YEARS / (YEARS - 1) * (n - 1) / (n - 2 - 1)
    found = covariances(within)["city_year"]
    assert relative(found.cov, scale * bread @ meat @ bread) < EXACT


def test_too_few_provinces_are_left_out(rows):
    merged = rows.assign(province=rows["province"].replace({"E": "A", "F": "B", "G": "C"}))
    assert merged["province"].nunique() == inference.FEWEST - 1
    within = Within.of(merged, "y", ["a", "b"])
    assert "province" not in covariances(within)
    assert set(inference.wild(within, ["a"])["error"]) == {"city_wild"}
    five = rows.assign(province=rows["province"].replace({"F": "B", "G": "C"}))
    assert covariances(Within.of(five, "y", ["a", "b"]))["province"].df == 4


# -- Conley ---------------------------------------------------------------------------------------


def by_loop(within: Within, km: pd.DataFrame, cutoff: float, kernel: str, other_years: bool):
    """Every pair of rows, one after the other."""
    city, year = within.rows["city_code"].to_numpy(), within.rows["year"].to_numpy()
    meat = np.zeros((2, 2))
    for i in range(len(city)):
        for j in range(len(city)):
            d = km.loc[city[i], city[j]]
            weight = 0.0
            if city[i] == city[j]:
                weight = 1.0
            elif d <= cutoff and (year[i] == year[j] or other_years):
                weight = 1 - d / cutoff if kernel == "bartlett" else 1.0
            meat += weight * np.outer(within.scores[i], within.scores[j])
    bread = np.linalg.inv(within.x.T @ within.x)
    return bread @ meat @ bread


@pytest.mark.parametrize("kernel", ["bartlett", "uniform"])
@pytest.mark.parametrize("other_years", [False, True])
def test_conley_is_the_sum_over_all_pairs(within, km, kernel, other_years):
    cutoff = 420.0
    assert 0.2 < (km.to_numpy() < cutoff).mean() < 0.8
    found = conley(within, km, cutoff, kernel, other_years)
    assert relative(found, by_loop(within, km, cutoff, kernel, other_years)) < 1e-9


@pytest.mark.parametrize("kernel", ["bartlett", "uniform"])
@pytest.mark.parametrize("other_years", [False, True])
def test_without_neighbours_conley_is_clustering_by_city(within, km, kernel, other_years):
    closest = km.where(km > 0).min(axis=None)
    scale = within.scale(CITIES, YEARS)
    for cutoff in (0, 0.99 * closest):
        found = scale * conley(within, km, cutoff, kernel, other_years)
        assert relative(found, within.found.cov_clustered) < 1e-9


def test_with_all_neighbours_conley_is_clustering_by_city_and_year(within, km):
    found = within.scale(YEARS, 1) * conley(within, km, km.max(axis=None), "uniform")
    assert relative(found, covariances(within)["city_year"].cov) < 1e-9


def test_far_beyond_the_map_both_kernels_agree(within, km):
    flat = conley(within, km, 1e12, "bartlett")
    assert relative(flat, conley(within, km, 1e12, "uniform")) < 1e-6


def test_all_pairs_of_all_years_leave_nothing(within, km):
    """Least squares makes the sum of the scores zero."""
    found = conley(within, km, 1e5, "uniform", other_years=True)
    assert np.abs(found).max() < 1e-12 * np.abs(within.found.cov_clustered.to_numpy()).max()


def test_one_year_and_no_neighbours_is_heteroskedasticity_alone(rows, km):
    """With T = 1 a city has no other year; the effects are those of the rows given."""
    frame = rows[rows["year"] == 2001].reset_index(drop=True)
    x = frame[["a", "b"]].to_numpy() - frame[["a", "b"]].to_numpy().mean(axis=0)
    y = frame[["y"]].to_numpy() - frame["y"].mean()
    slopes = np.linalg.lstsq(x, y, rcond=None)[0]

    class Found:
        coef = pd.Series(slopes[:, 0], ["a", "b"])

    one = Within(Found, frame, y, x)
    hc0 = smf.ols("y ~ a + b", frame).fit(cov_type="HC0")
    assert relative(np.diag(conley(one, km, 0)), hc0.bse[["a", "b"]] ** 2) < 1e-9


def test_conley_names_its_cutoff_and_uses_the_degrees_of_freedom_of_cities(within, km):
    found = covariances(within, km, cutoffs=(150, 400))
    assert {"conley_150", "conley_400"} < set(found)
    assert found["conley_150"].df == CITIES - 1
    expected = within.scale(CITIES, YEARS) * conley(within, km, 400)
    assert relative(found["conley_400"].cov, expected) < EXACT


def test_bad_input_is_refused(rows, within, km):
    with pytest.raises(DataError, match="city 113: found no distances"):
        conley(within, km.iloc[:-1, :-1], 100)
    with pytest.raises(DataError, match="-1 km"):
        conley(within, km, -1)
    with pytest.raises(DataError, match="parzen"):
        conley(within, km, 100, "parzen")
    with pytest.raises(DataError, match="'province'"):
        Within.of(rows.drop(columns="province"), "y", ["a"]).codes("province")
    with pytest.raises(DataError, match="'c'"):
        inference.weight_of_cities(within, "c")
    with pytest.raises(DataError, match="no pair"):
        inference.alike(within, "a", km, 1.0)


# -- tables ---------------------------------------------------------------------------------------


def test_table_is_t_and_its_interval():
    made = {"city": inference.Covariance(np.diag([4.0, -1.0]), 9)}
    first, second = inference.table(pd.Series([3.0, 3.0], ["a", "b"]), made).to_dict("records")
    assert (first["se"], first["t"], first["df"]) == (2.0, 1.5, 9)
    assert first["p"] == pytest.approx(2 * stats.t.sf(1.5, 9))
    assert first["high"] - 3 == pytest.approx(2 * 2.262157, rel=1e-6)  # t(9) at 97.5 %
    assert np.isnan([second[name] for name in ("se", "t", "p", "low", "high")]).all()


def test_bootstrap_rows_are_the_bootstrap(within):
    found = inference.wild(within, ["b"]).set_index("error")
    for error, cluster in (("city_wild", "city_code"), ("province_wild", "province")):
        test = bootstrap.wild_cluster(within.rows, "y", ["a", "b"], "b", cluster=cluster)
        row = found.loc[error]
        assert row["p"] == test.p and row["t"] == test.statistic
        assert row["se"] * row["t"] == pytest.approx(within.found.coef["b"])
        assert row["low"] < row["coef"] < row["high"]
    assert found.loc["city_wild", "t"] == pytest.approx(within.found.clustered.loc["b", "t"])
    quick = inference.wild(within, ["b"], intervals=False).set_index("error")
    assert quick["p"].equals(found["p"]) and quick[["low", "high"]].isna().all(axis=None)


def test_weights_of_cities_are_shares_of_the_partialled_regressor(rows, within):
    """Frisch, Waugh and Lovell: residuals of a on b and the dummies."""
    residuals = smf.ols("a ~ b + C(city_code) + C(year)", rows).fit().resid
    squares = (residuals**2).groupby(rows["city_code"]).sum()
    found = inference.weight_of_cities(within, "a")
    assert found.is_monotonic_decreasing and found.sum() == pytest.approx(1)
    assert relative(found.sort_index(), squares / squares.sum()) < 1e-8


def test_alike_is_the_mean_product_of_neighbours(rows, within, km):
    cutoff = 420.0
    residuals = smf.ols("y ~ a + b + C(city_code) + C(year)", rows).fit().resid
    regressor = smf.ols("a ~ b + C(city_code) + C(year)", rows).fit().resid
    found = inference.alike(within, "a", km, cutoff)
    series = {"residual": residuals, "regressor": regressor, "score": residuals * regressor}
    for name, values in series.items():
        products = [
            values.loc[i] * values.loc[j]
            for _, part in rows.groupby("year")
            for i in part.index
            for j in part.index
            if i != j and km.loc[part.loc[i, "city_code"], part.loc[j, "city_code"]] <= cutoff
        ]
        assert found[name] == pytest.approx(np.mean(products) / (values**2).mean(), rel=1e-7)


def test_persistence_is_the_correlation_with_the_year_before(rows, within):
    residuals = smf.ols("y ~ a + b + C(city_code) + C(year)", rows).fit().resid
    at = {
        (city, year): value
        for city, year, value in zip(rows["city_code"], rows["year"], residuals, strict=True)
    }
    products = [value * at[c, t - 1] for (c, t), value in at.items() if (c, t - 1) in at]
    expected = np.mean(products) / (residuals**2).mean()
    assert inference.persistence(within) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_rejections_are_those_of_one_regression_after_the_other(within, rho):
    """The same errors, drawn again, through the tests of the tables."""
    draws, times, seed, level = 12, 39, 5, 0.3
    found = inference.rejections(within, ["a", "b"], rho, draws, times, level, seed)
    noise = np.random.default_rng(seed).normal(size=(draws, CITIES, YEARS))
    rejected = dict.fromkeys([(t, e) for t in "ab" for e in ("classical", "city", "city_wild")], 0)
    for draw in noise:
        errors = [draw[:, 0]]
        for t in range(1, YEARS):
            errors.append(rho * errors[-1] + np.sqrt(1 - rho**2) * draw[:, t])
        city, year = within.rows["city_code"] - 100, within.rows["year"] - 2000
        frame = within.rows.assign(y=np.array(errors)[year, city])
        single = two_way_fe(frame, "y", ["a", "b"])
        for term in "ab":
            wild = bootstrap.wild_cluster(frame, "y", ["a", "b"], term, draws=times, seed=seed)
            rejected[term, "classical"] += single.classical.loc[term, "p"] <= level
            rejected[term, "city"] += single.clustered.loc[term, "p"] <= level
            rejected[term, "city_wild"] += wild.p <= level
    for (term, error), count in rejected.items():
        assert found.loc[term, error] == pytest.approx(count / draws)
    assert 0 < sum(rejected.values()) < 6 * draws


def test_even_shares_give_tests_their_size_and_one_heavy_city_does_not(rows):
    even = Within.of(rows, "y", ["a", "b"])
    found = inference.rejections(even, ["a"], draws=2000).loc["a"]
    assert abs(found["classical"] - 0.05) < 0.02 and abs(found["city_wild"] - 0.05) < 0.03
    jump = (rows["city_code"] == 105) & (rows["year"] >= 2003)
    heavy = Within.of(rows.assign(a=rows["a"] / 10 + 30 * jump), "y", ["a", "b"])
    assert inference.weight_of_cities(heavy, "a").iloc[0] > 0.8
    found = inference.rejections(heavy, ["a"], draws=400).loc["a"]
    assert found["city"] > 0.2 and found["city_wild"] < 0.02


# -- the paper's cells ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return panel.load_indicators()


@pytest.fixture(scope="module")
def found(data) -> pd.DataFrame:
    regressions = inference.regress(prepare(data), SPECIFICATIONS)
    return inference.claims(SPECIFICATIONS, regressions, spatial.distances(panel.load_cities()))


def test_classical_verdicts_are_those_of_the_ledger(data, found):
    """The ledger judges by compare_table, under the baseline reading."""
    expected = compare_table(SPECIFICATIONS, estimates(prepare(data)))
    expected = expected.set_index(["column", "row"])
    classical = found[found["error"] == "classical"].set_index(["column", "row"])
    assert len(classical) == len(expected) == 23
    classical = classical.loc[expected.index]
    assert (classical["verdict"] == expected["verdict"]).all()
    assert (classical["stars"] == expected["stars"]).all()
    city = found[found["error"] == "city"].set_index(["column", "row"]).loc[expected.index]
    assert (city["stars"] == expected["clustered_stars"]).all()


def test_every_error_has_one_slope_and_provinces_only_where_there_are_enough(found):
    assert (found.groupby("cell")["coef"].nunique() == 1).all()
    for column, part in found.groupby("column"):
        errors = set(part["error"].astype(str))
        missing = set() if "20" in column or "model" in column else {"province", "province_wild"}
        assert errors == set(inference.LABELS) - missing


def test_some_terms_of_a_column_can_be_left_out(data):
    columns = columns_of(1)[:1]
    regressions = inference.regress(prepare(data), columns)
    part = inference.claims(columns, regressions, spatial.distances(panel.load_cities()), ["ia"])
    assert set(part["row"]) == {"ia"} and len(part) == len(inference.LABELS)


def test_counts_add_up_stars_and_verdicts():
    shared = {"table": 1, "column": "m", "heading": "M", "row": "lm", "symbol": "LM"}
    shared |= {"printed": 0.5, "printed_stars": "**", "coef": -1.0, "cell": 0}
    cells = [
        shared | {"error": error, "p": p, "verdict": verdict}
        for error, p, verdict in (
            ("classical", 0.004, "contradicts"),
            ("hc1", 0.03, "contradicts"),
            ("city", 0.07, "contradicts"),
            ("city_wild", 0.3, "not found"),
            ("conley_100", np.nan, "not found"),
        )
    ]
    (row,) = inference.counts(pd.DataFrame(cells)).to_dict("records")
    assert (row["errors"], row["at_10"], row["at_5"], row["at_1"]) == (5, 3, 2, 1)
    assert (row["verdict"], row["others"], row["firm"]) == ("contradicts", "not found (2)", False)
    (firm,) = inference.counts(pd.DataFrame(cells[:3])).to_dict("records")
    assert (firm["others"], firm["firm"]) == ("", True)


def test_no_pattern_of_signs_goes_below_the_smallest_p(data):
    columns = columns_of(3)
    few = inference.few_clusters(inference.regress(prepare(data), columns), columns, ["lm", "ia"])
    assert few["provinces"].tolist() == [3, 3, 3, 3, 4, 4]  # Guizhou has no LM
    assert few["smallest"].tolist() == [0.25] * 4 + [0.125] * 2
    assert (few["rademacher"] >= few["smallest"]).all()
    # Every p-value is a number of patterns out of those that differ.
    patterns = few["rademacher"] * 2.0 ** (few["provinces"] - 1)
    assert np.allclose(patterns, patterns.round())
    assert 2 ** (1 - inference.FEWEST) < 0.10 <= 2 ** (2 - inference.FEWEST)


# -- figures --------------------------------------------------------------------------------------


def test_a_figure_has_a_panel_per_cell_and_an_interval_per_error(found):
    part = found[found["table"] == 2]
    chart = inference_figures.claims_plot(part, ("lm", "ia"), "Table 2")
    panels = chart.figure.axes
    assert len(panels) == 6 and sum(bool(ax.collections) for ax in panels) == 4
    for ax, (_, cell) in zip(
        panels, part[part["row"].isin(["lm", "ia"])].groupby("cell"), strict=False
    ):
        (lines,) = ax.collections
        assert len(lines.get_segments()) == len(cell)
        reach = inference_figures.REACH_OF_AXIS * cell.loc[cell["error"] == "city", "se"].iloc[0]
        ends = np.array([segment[:, 0] for segment in lines.get_segments()])
        assert np.abs(ends - cell["coef"].iloc[0]).max() <= reach * (1 + 1e-12)
        assert cell["symbol"].iloc[0] in ax.get_title(loc="left")
    assert [label.get_text() for label in panels[0].get_yticklabels()] == list(
        inference.LABELS.values()
    )


def test_filled_dots_are_the_significant_ones(found):
    cell = found[(found["column"] == "lower") & (found["row"] == "ia")]
    assert cell["p"].between(0.05, 0.10).any()
    chart = inference_figures.claims_plot(cell, ("ia",), "IA")
    errors = [error for error in inference.LABELS if (cell["error"] == error).any()]
    place = {error: len(errors) - 1 - k for k, error in enumerate(errors)}
    filled = {
        y
        for line in chart.figure.axes[0].lines
        if line.get_marker() == "o" and line.get_markerfacecolor() != "white"
        for y in line.get_ydata()
    }
    assert filled == {place[str(row.error)] for row in cell.itertuples() if row.p < 0.05}


def test_tables_show_every_cell(data, found):
    counted = inference.counts(found)
    shown = inference_figures.counts_table(counted, "caption", "tab-x").frame
    assert len(shown) == 23
    assert set(shown.loc[counted["firm"].to_numpy(), "Other errors say"]) == {"the same"}
    columns = columns_of(1)
    regressions = inference.regress(prepare(data), columns)
    names = data.drop_duplicates("city_code").set_index("city_code")["city"]
    weights = inference_figures.weights_table(
        columns, regressions, ("lm", "lm_ia"), names, "c", "n"
    )
    assert weights.frame["Slope"].tolist() == ["Model 1: LM", "Model 2: LM × IA"]
    assert list(inference_figures.rules_table("c", "n").frame["Errors"])[:2] == ["Classical", "HC1"]
