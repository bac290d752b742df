"""Tests of effects and regressors against R's plm, statsmodels, linearmodels and algebra."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.datasets import munnell
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose
from statsmodels.datasets import grunfeld

from lib import diagnostics
from lib.diagnostics import Sample
from lib.estimation import hausman, two_way_fe
from lib.panel import DataError

GRUNFELD = ("value", "capital")
PRODUC = ("log(pcap)", "log(pc)", "log(emp)", "unemp")


@cache
def plm(dataset: str, estimator: str) -> dict[str, float]:
    rows = pd.read_csv(Path(__file__).parents[1] / "data" / "reference" / "peer_results.csv")
    chosen = rows["dataset"].str.startswith(dataset) & rows["estimator"].str.startswith(estimator)
    chosen &= ~rows["statistic"].str.contains("coef|se\\[")
    assert chosen.any()
    return dict(zip(rows.loc[chosen, "statistic"], rows.loc[chosen, "value"], strict=True))


@cache
def panel(dataset: str) -> Sample:
    if dataset == "Grunfeld11":
        return Sample.of(firms(), GRUNFELD)
    data = munnell.load()
    logs = {"y": "GSP", "log(pcap)": "P_CAP", "log(pc)": "PC", "log(emp)": "EMP"}
    made = {new: np.log(data[old]) for new, old in logs.items()}
    rows = pd.DataFrame({"city_code": data["ST_ABB"], "year": data["YR"], **made})
    return Sample.of(rows.assign(unemp=data["UNEMP"]), PRODUC)


def firms() -> pd.DataFrame:
    data = grunfeld.load_pandas().data.astype({"year": int})
    return data.rename(columns={"firm": "city_code", "invest": "y"})


def ten_firms() -> pd.DataFrame:
    """The firms of Baltagi's book, in the order of plm's data."""
    data = firms()
    return data[data["city_code"] != "American Steel"]


@pytest.fixture
def rows() -> pd.DataFrame:
    """An unbalanced panel of nine cities and eight years; the last city has two rows."""
    rng = np.random.default_rng(7)
    index = pd.MultiIndex.from_product([range(9), range(2000, 2008)], names=["city_code", "year"])
    frame = pd.DataFrame(rng.normal(size=(72, 3)), index=index, columns=["y", "a", "b"])
    frame = frame.reset_index()
    frame["y"] += frame["a"] * (1 + 0.2 * frame["city_code"]) + 0.5 * frame["city_code"]
    kept = rng.random(72) > 0.2
    kept[64:] = False
    kept[66:68] = True
    return frame[kept].sample(frac=1, random_state=1)


def dummies(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    parts = [pd.get_dummies(frame[c], prefix=c, drop_first=True, dtype=float) for c in columns]
    return pd.concat([pd.Series(1.0, frame.index, name="const"), *parts], axis=1)


def _rss(y: pd.Series, design: pd.DataFrame) -> float:
    x = design.to_numpy()
    return float(((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum())


# -- the sample -----------------------------------------------------------------------------------


def test_a_sample_holds_the_complete_rows_in_order(rows):
    gap = rows.index[3]
    sample = Sample.of(rows.assign(a=rows["a"].mask(rows.index == gap)), ("a", "b"))
    complete = rows.drop(index=gap).sort_values(["city_code", "year"])
    assert sample.nobs == len(complete)
    assert_allclose(sample.y[sample.present], complete["y"])
    assert_allclose(sample.x[:, sample.present].T, complete[["a", "b"]])
    assert (sample.y[~sample.present] == 0).all() and (sample.x[:, ~sample.present] == 0).all()
    assert sample.cities.tolist() == list(range(9))
    assert sample.years.tolist() == list(range(2000, 2008))


def test_a_sample_gives_the_regressions_of_the_tables(rows):
    sample = Sample.of(rows, ("a", "b"))
    for effects, ours in (("twoway", "twoway"), ("entity", "city"), ("time", "year")):
        single = two_way_fe(rows, "y", ["a", "b"], effects=effects)
        found = sample.fit(ours)
        assert_allclose(found.coef[0], single.coef)
        assert_allclose(found.cov("clustered")[0], single.cov_clustered)
        expected = single.residuals.loc[rows.sort_values(["city_code", "year"]).index]
        assert_allclose(sample.residuals(ours)[sample.present], expected, atol=1e-12)


def test_further_regressors_and_another_outcome(rows):
    sample = Sample.of(rows, ("a",))
    extra = Sample.of(rows, ("b",)).x
    assert_allclose(sample.fit(extra=extra).coef[0], two_way_fe(rows, "y", ["a", "b"]).coef)
    other = sample.with_y(Sample.of(rows, ("a",), "b").y)
    assert_allclose(other.fit().coef[0], two_way_fe(rows, "b", ["a"]).coef)


def test_a_sample_without_some_cells_is_the_sample_of_the_other_rows(rows):
    sample = Sample.of(rows, ("a", "b"))
    cells = np.zeros(sample.present.shape, dtype=bool)
    cells[2, 3:5] = True
    kept = rows[~(rows["city_code"].eq(2) & rows["year"].isin([2003, 2004]))]
    assert_allclose(sample.without(cells).fit().coef, Sample.of(kept, ("a", "b")).fit().coef)


def test_changes_are_from_the_year_before_and_do_not_cross_gaps(rows):
    kept = rows[rows["year"] != 2004].sort_values(["city_code", "year"])
    changes = kept.groupby("city_code")[["year", "y", "a", "b"]].diff()
    changes = changes[changes["year"] == 1]
    sample = Sample.of(kept, ("a", "b")).differenced()
    assert sample.nobs == len(changes)
    assert_allclose(sample.y[sample.present], changes["y"])
    assert_allclose(sample.x[:, sample.present].T, changes[["a", "b"]])
    assert 2004 not in sample.years and 2005 not in sample.years
    lonely = rows[rows["year"].isin([2000, 2002])]
    with pytest.raises(DataError, match="two years in a row"):
        Sample.of(lonely, ("a",)).differenced()


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda rows: rows.drop(columns="a"), "column a: not found"),
        (lambda rows: rows.assign(a="text"), "column a: found no numbers"),
        (lambda rows: rows.assign(a=np.inf), "infinite"),
        (lambda rows: rows.assign(a=np.nan), "no complete row"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "twice"),
    ],
)
def test_bad_rows_are_refused(rows, change, message):
    with pytest.raises(DataError, match=message):
        Sample.of(change(rows), ("a", "b"))


# -- effects --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
@pytest.mark.parametrize("estimator, full", [("individual", "city"), ("twoways", "twoway")])
def test_f_of_the_effects_is_that_of_plm(dataset, estimator, full):
    expected = plm(dataset, f"within {estimator}")
    found = diagnostics.effects_f(panel(dataset), full, "pooled")
    assert_allclose(found.stat, expected["F effects"], rtol=1e-10)
    assert found.df == (expected["F effects df1"], expected["F effects df2"])
    assert_allclose(found.p, expected["F effects p"], rtol=1e-6, atol=1e-280)


@pytest.mark.parametrize("reduced, dropped", [("year", "city_code"), ("city", "year")])
def test_f_of_one_kind_of_effects_given_the_other(rows, reduced, dropped):
    (other,) = {"city_code", "year"} - {dropped}
    x = rows[["a", "b"]]
    narrow = sm.OLS(rows["y"], x.join(dummies(rows, other))).fit()
    wide = sm.OLS(rows["y"], x.join(dummies(rows, other, dropped))).fit()
    f, p, q = wide.compare_f_test(narrow)
    found = diagnostics.effects_f(Sample.of(rows, ("a", "b")), "twoway", reduced)
    assert_allclose([found.stat, found.p], [f, p])
    assert found.df == (q, wide.df_resid)


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
def test_common_slopes_are_tested_as_in_plm(dataset):
    expected = plm(dataset, "pooltest")
    sample = panel(dataset)
    found = diagnostics.equal_slopes(sample, sample.cities[:, None], "city")
    assert_allclose(found.stat, expected["statistic"], rtol=1e-9)
    assert found.df == (expected["parameter1"], expected["parameter2"])
    assert_allclose(found.p, expected["p"], rtol=1e-6)


@pytest.mark.parametrize("group", ["city_code", "year"])
def test_common_slopes_with_gaps_and_a_city_with_too_few_rows(rows, group):
    sample = Sample.of(rows, ("a", "b"))
    effects = dummies(rows, "city_code", "year")
    each = pd.get_dummies(rows[group], dtype=float)
    own = [each.mul(rows[x], axis=0).add_prefix(f"{x} ") for x in ("a", "b")]
    rss, df = zip(
        *(
            (_rss(rows["y"], design), len(rows) - np.linalg.matrix_rank(design.to_numpy()))
            for design in (pd.concat([effects, *own], axis=1), effects.join(rows[["a", "b"]]))
        ),
        strict=True,
    )
    q = df[1] - df[0]
    f = (rss[1] - rss[0]) / q / (rss[0] / df[0])
    labels = sample.cities[:, None] if group == "city_code" else sample.years[None]
    found = diagnostics.equal_slopes(sample, labels)
    assert found.df == (q, df[0])
    assert_allclose(found.stat, f)
    if group == "city_code":
        assert q == 2 * 8 - 1  # the city with two rows has no second slope of its own


def test_common_slopes_do_not_hang_on_units(rows):
    units = rows.assign(a=1e6 * rows["a"], b=1e-6 * rows["b"])
    first, second = (Sample.of(each, ("a", "b")) for each in (rows, units))
    cities = first.cities[:, None]
    found = [diagnostics.equal_slopes(each, cities) for each in (first, second)]
    assert found[0].df == found[1].df
    assert_allclose(found[0].stat, found[1].stat)


def test_common_slopes_need_groups_and_degrees_of_freedom(rows):
    sample = Sample.of(rows, ("a", "b"))
    with pytest.raises(DataError, match="groups: found 1"):
        diagnostics.equal_slopes(sample, np.zeros((1, 1)))
    short = Sample.of(rows[rows["year"] < 2003], ("a", "b"))
    with pytest.raises(DataError, match="degrees of freedom"):
        diagnostics.equal_slopes(short, short.cities[:, None])


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
def test_lagrange_multipliers_are_those_of_plm(dataset):
    found = diagnostics.lagrange_multiplier(panel(dataset))
    for name, test in (("city", "bp individual"), ("both", "bp twoways")):
        expected = plm(dataset, f"plmtest {test}")
        row = found.loc[name]
        assert_allclose(row["breusch_pagan"], expected["statistic"], rtol=1e-10)
        assert row["df"] == expected["parameter1"]
        assert_allclose(row["p"], expected["p"], rtol=1e-6, atol=1e-300)
    expected = plm(dataset, "plmtest honda individual")
    assert_allclose(found.loc["city", "honda"], expected["statistic"], rtol=1e-10)
    assert_allclose(found.loc["city", "honda_p"], expected["p"], rtol=1e-6, atol=1e-300)


# Output of plm's own test files (test_plmtest_unbalanced.Rout.save), ten firms; the balanced
# figures are also those of Baltagi, Econometric Analysis of Panel Data, 5th ed., table 4.2.
PLM_GAPS = {
    0: {"city": (28.251753, 798.16155), "year": (-2.5404491, 6.4538816),
        "both": (18.180637, 804.61543)},
    1: {"city": (28.225193, 796.66152), "year": (-2.5405861, 6.4545778),
        "both": (18.16176, 803.1161)},
}  # fmt: skip


@pytest.mark.parametrize("dropped", [0, 1])
def test_lagrange_multipliers_with_a_gap_are_those_of_plm(dropped):
    data = ten_firms()
    sample = Sample.of(data.iloc[: len(data) - dropped], GRUNFELD)
    found = diagnostics.lagrange_multiplier(sample)
    for name, (honda, squared) in PLM_GAPS[dropped].items():
        assert_allclose(found.loc[name, "honda"], honda, rtol=5e-8)
        assert_allclose(found.loc[name, "breusch_pagan"], squared, rtol=5e-8)
    assert_allclose(found.loc["year", "honda_p"], [0.9944645, 0.9944667][dropped], atol=5e-8)


def test_mundlak_is_that_of_the_tables_on_a_balanced_panel():
    for dataset, terms in (("Grunfeld11", GRUNFELD), ("Produc", PRODUC)):
        sample = panel(dataset)
        index = pd.MultiIndex.from_product(
            [range(len(sample.cities)), sample.years], names=["city_code", "year"]
        )
        columns = dict(zip(("y", *terms), [sample.y, *sample.x], strict=True))
        frame = pd.DataFrame({k: v.ravel() for k, v in columns.items()}, index=index)
        other = hausman(frame.reset_index(), "y", terms)
        found = diagnostics.mundlak(sample)
        assert_allclose(found.stat * len(terms), other.mundlak_robust_stat, rtol=1e-7)
        assert found.df == (len(terms), len(sample.cities) - 1)
        assert_allclose(found.p, other.mundlak_robust_p, rtol=1e-6)


def test_mundlak_with_gaps_is_least_squares_with_the_explained_parts(rows):
    sample = Sample.of(rows, ("a", "b"))
    data = rows.sort_values(["city_code", "year"]).set_index(["city_code", "year"])
    parts = {}
    for term in ("a", "b"):
        net = PanelOLS(data[term], dummies(data.reset_index(), "year").set_axis(data.index),
                       entity_effects=True, drop_absorbed=True, check_rank=False)  # fmt: skip
        parts[f"{term}_part"] = data[term] - net.fit().resids
    wide = data.join(pd.DataFrame(parts)).reset_index()
    whole = two_way_fe(wide, "y", ["a", "b", *parts], effects="time")
    added = whole.coef[list(parts)]
    cov = whole.cov_clustered.loc[list(parts), list(parts)]
    found = diagnostics.mundlak(sample)
    assert_allclose(found.stat, added @ np.linalg.solve(cov, added) / 2)


# -- regressors -----------------------------------------------------------------------------------


def test_two_regressors_inflate_by_their_correlation(rows):
    sample = Sample.of(rows.assign(b=rows["a"] + 0.1 * rows["b"]), ("a", "b"))
    net = sample.fit().x[0][:, sample.present]
    r = np.corrcoef(net)[0, 1]
    found = diagnostics.collinearity(sample)
    assert_allclose(found.vif, 1 / (1 - r**2))
    assert_allclose(found.condition, np.sqrt((1 + r) / (1 - r)))
    assert found.vif.index.tolist() == ["a", "b"]


def test_inflation_is_that_of_the_classical_variance(rows):
    data = rows.assign(c=rows["a"] + rows["b"] + 0.3 * rows["y"], b=rows["b"] * 1000)
    sample = Sample.of(data, ("a", "b", "c"))
    found = diagnostics.collinearity(sample)
    for k, term in enumerate(sample.terms):
        x = sample.fit().x[0][:, sample.present]
        alone = 1 / (x[k] ** 2).sum()
        assert_allclose(found.vif[term], sample.fit().bread[0][k, k] / alone)


def test_one_regressor_is_not_inflated(rows):
    found = diagnostics.collinearity(Sample.of(rows, ("a",)), "pooled")
    assert found.vif.tolist() == [1.0]
    assert_allclose(found.condition, 1.0)


def test_centring_moves_the_slopes_of_the_parts_and_nothing_else(rows):
    data = rows.rename(columns={"a": "lm", "b": "ia"})
    data = data.assign(ia=data["ia"] + 5)
    data.loc[data.index[0], "y"] = np.nan  # a row that the regression does not use
    raw = data.assign(lm_ia=data["lm"] * data["ia"])
    terms = ("lm", "ia", "lm_ia")
    mid = diagnostics.centred(raw)
    used = mid[mid["y"].notna()]
    assert_allclose(used[["lm", "ia"]].mean(), 0, atol=1e-12)
    first, second = (Sample.of(each, terms).fit() for each in (raw, mid))
    assert_allclose(first.rss, second.rss)
    assert_allclose(first.coef[0][2], second.coef[0][2])
    mean = raw.loc[raw["y"].notna(), ["lm", "ia"]].mean()
    assert_allclose(second.coef[0][0], first.coef[0][0] + first.coef[0][2] * mean["ia"])
    assert_allclose(second.coef[0][1], first.coef[0][1] + first.coef[0][2] * mean["lm"])
