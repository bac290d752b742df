"""Chapter 8's instruments against R, dummies written out, loops and brute force."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.datasets import card
from numpy.testing import assert_allclose

from lib import panel
from lib.specifications import FLOW, MODEL1, STOCK, rows
from lib.two_stage import iv_two_way
from studies.instruments import figures, made, weak

CITIES, YEARS = 24, 7


@pytest.fixture(scope="module")
def invented():
    """An unbalanced panel with an endogenous LM and errors that cities and provinces share."""
    rng = np.random.default_rng(11)
    shape = (CITIES, YEARS)
    z = rng.normal(size=shape) + rng.normal(size=(CITIES, 1))
    shared = rng.normal(size=(6, 1, YEARS)).repeat(4, axis=1).reshape(shape)
    common = rng.normal(size=shape) + shared
    ia = rng.normal(size=shape) + 0.3 * z
    lm = 0.6 * z + 0.2 * ia + common
    columns = {"y": 0.7 * lm + ia + common * (1 + np.abs(z)), "LM": lm, "IA": ia, "z": z}
    keys = pd.MultiIndex.from_product([range(CITIES), range(YEARS)], names=["city", "year"])
    frame = pd.DataFrame({k: v.ravel() for k, v in columns.items()}, index=keys).reset_index()
    frame["province"] = frame["city"] // 4
    return frame.drop(index=rng.choice(len(frame), 20, replace=False))


def statistic(form, b):
    """Anderson and Rubin's, of the slope b."""
    a = np.array([1.0, -b])
    return (a @ form.coef) ** 2 / (a @ form.cov @ a)


COVARIATES = ("exper", "expersq", "black", "south", "smsa", "smsa66",
              *(f"reg66{k}" for k in range(1, 9)))  # fmt: skip
IVMODEL = [  # R ivmodel, its own tests: interval, F and degrees of freedom of AR.test
    ((), (0.143037504074, 0.250862634531), 82.7445324192, 3008),
    (COVARIATES, (0.0248048359651, 0.284823593339), 5.41527923822, 2994),
]


@pytest.mark.parametrize("exog, interval, f, df", IVMODEL)
def test_anderson_rubin_on_cards_data_is_that_of_ivmodel(exog, interval, f, df):
    names = ["lwage", "educ", "nearc4", *exog]
    frame = card.load().dropna(subset=names)[names].astype(float)
    outer = np.column_stack([np.ones(len(frame)), frame[list(exog)]])
    net = frame.to_numpy() - outer @ np.linalg.lstsq(outer, frame.to_numpy(), rcond=None)[0]
    left, z = net[:, :2], net[:, 2]
    coef = z @ left / (z @ z)
    errors = left - np.outer(z, coef)
    form = weak.ReducedForm(coef, errors.T @ errors / df / (z @ z), df)
    assert statistic(form, 0) == pytest.approx(f, rel=1e-5)
    (found,) = weak.confidence_set(form).intervals
    assert found == pytest.approx(interval, rel=1e-5)


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")
@pytest.mark.parametrize("cluster", ["city", "province"])
@pytest.mark.parametrize("effects, more", [("twoway", ""), ("trend", " + C(city):year")])
def test_the_jackknife_is_that_of_dummies_without_each_cluster(invented, cluster, effects, more):
    frame = invented.assign(gap=invented["y"] - 2 * invented["LM"])
    form = weak.reduced_form(frame, "y", "z", effects, cluster)
    formula = f"gap ~ z + IA + C(city) + C(year){more}"
    slope = smf.ols(formula, frame).fit().params["z"]
    parts = [frame[frame[cluster] != each] for each in frame[cluster].unique()]
    apart = np.array([smf.ols(formula, part).fit().params["z"] for part in parts]) - slope
    variance = (len(parts) - 1) / len(parts) * (apart**2).sum()
    assert statistic(form, 2.0) == pytest.approx(slope**2 / variance, rel=1e-6)
    assert form.df == len(parts) - 1


def test_the_slope_is_that_of_2sls_and_f_that_of_the_first_stage(invented):
    form = weak.reduced_form(invented, "y", "z")
    two = iv_two_way(invented, "y", "LM", "IA", "z")
    assert form.beta == pytest.approx(two.coef["LM"], rel=1e-8)
    alone = weak.reduced_form(invented, "LM", "z")
    assert form.f == pytest.approx(statistic(alone, 0), rel=1e-8)


def test_a_set_holds_the_slopes_that_are_not_rejected_and_no_others():
    kinds, grid = set(), np.geomspace(1e-3, 1e6, 400)
    grid = np.concatenate([-grid[::-1], [0.0], grid])
    for seed in range(60):
        rng = np.random.default_rng(seed)
        root = rng.normal(size=(2, 3))
        form = weak.ReducedForm(2 * rng.normal(size=2), root @ root.T / 2, 10 if seed % 2 else 100)
        found, limit = weak.confidence_set(form), {10: 4.964603, 100: 3.936143}[form.df]
        value = np.array([statistic(form, b) for b in grid])
        inside = np.array([b in found for b in grid])
        assert (inside == (value <= limit))[np.abs(value - limit) > 1e-5].all()
        ends = np.ravel(found.intervals)
        kinds.add((len(found.intervals), bool(np.isfinite(ends).all())))
        for end in ends[np.isfinite(ends)]:
            assert statistic(form, end) == pytest.approx(limit, rel=1e-5)
        assert np.isfinite(ends).all() == (form.f > limit)
    assert kinds == {(1, True), (1, False), (2, False)}


@pytest.mark.parametrize(
    "intervals, text, sign",
    [
        (((-np.inf, np.inf),), "(−∞, ∞)", "both"),
        (((1.234, 56.78),), "[1.23, 56.8]", "positive"),
        (((-np.inf, -1.0), (1234.5, np.inf)), "(−∞, −1.00] ∪ [1,234, ∞)", "both"),
        (((-np.inf, -0.5),), "(−∞, −0.50]", "negative"),
    ],
)
def test_a_set_in_words(intervals, text, sign):
    found = weak.ConfidenceSet(intervals)
    assert (str(found), found.sign) == (text, sign)
    assert list(found.numbers.values()) == [*np.ravel(intervals)]


# -- instruments ----------------------------------------------------------------------------------


def small():
    """Five cities in six years, with gaps in shares, employment and wages."""
    data = panel.load()
    frame = data[data["city_code"].isin(data["city_code"].unique()[:5]) & data["year"].lt(2014)]
    _, b, c, d, _ = frame["city_code"].unique()
    at = frame.set_index(["city_code", "year"]).index
    frame.loc[at == (b, 2008), "te"] = np.nan
    frame.loc[at == (c, 2011), [f"share_{s}" for s in made.SECTORS]] = np.nan
    frame.loc[at == (d, 2010), "rlr"] = np.nan
    return frame.reset_index(drop=True)


def test_shift_share_by_loops():
    frame = small()
    at = frame.set_index(["city_code", "year"]).to_dict("index")
    cities, years = sorted(set(frame["city_code"])), range(2008, 2014)

    def output(c, t, s):
        size = next(at[c, u]["te"] for u in years if not np.isnan(at[c, u]["te"]))
        residents = np.prod([at[c, u]["lm_flow_gross"] for u in range(2009, t + 1)])
        return size * at[c, t]["reg"] / at[c, 2008]["reg"] * residents * at[c, t][f"share_{s}"]

    found = pd.Series(made.shift_share(frame).to_numpy(), pd.MultiIndex.from_tuples(at))
    for c, t in at:
        expected = 0.0 if t > 2008 else np.nan
        for s in made.SECTORS if t > 2008 else ():
            both = [(output(k, t, s), output(k, t - 1, s)) for k in cities if k != c]
            both = [pair for pair in both if not np.isnan(sum(pair))]
            growth = sum(b[0] for b in both) / sum(b[1] for b in both) - 1
            expected += at[c, 2008][f"share_{s}"] * growth
        assert found[c, t] == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_pull_by_loops_and_the_haversine():
    frame = small()
    found = frame.assign(pull=made.pull(frame)).set_index(["city_code", "year"])
    place = np.radians(frame.groupby("city_code")[["lon", "lat"]].first())

    def km(one, other):
        (x, y), (u, v) = place.loc[one], place.loc[other]
        half = np.sin((v - y) / 2) ** 2 + np.cos(y) * np.cos(v) * np.sin((u - x) / 2) ** 2
        return np.arcsin(np.sqrt(half))

    for (c, t), value in found["pull"].items():
        others = [k for k in place.index if k != c and t > 2008]
        others = [k for k in others if not np.isnan(found.loc[(k, t - 1), "rlr"])]
        weights = [1 / km(c, k) for k in others]
        logs = [np.log(found.loc[(k, t - 1), "rlr"]) for k in others]
        expected = np.average(logs, weights=weights) if others else np.nan
        assert value == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_a_stock_has_the_sums_of_the_flows_instruments():
    data = panel.load()
    flow, stock = (made.with_instruments(data, reading) for reading in (FLOW, STOCK))
    assert_allclose(flow["REG"], rows(data, FLOW, MODEL1)["REG"])
    one = flow[flow["city"] == "Wuhan"].set_index("year")
    other = stock[stock["city"] == "Wuhan"].set_index("year")
    for name in ("shift", "pull"):
        assert_allclose(other.loc[2009:, name], one[name].cumsum().loc[:2022], rtol=1e-9)
        assert other.loc[2008, name] == 0


def test_the_figure_draws_the_sets_by_hand():
    """A narrow set, one without a lower end, one without a gap at zero; slopes of 2, 1 and -4."""
    forms = [weak.ReducedForm(np.array([2.0 * b, b]), np.eye(2), df)
             for b, df in ((4.0, 20), (9.0, 30), (1.0, 40), (-6.0, 50))]  # fmt: skip
    forms[3] = weak.ReducedForm(np.array([-6.0, 6.0]), np.eye(2), 50)
    pairs = {"one": {"city": forms[0], "province": forms[1]},
             "two": {"city": forms[3], "province": forms[2]}}  # fmt: skip
    chart = figures.sets({"flow": pairs})
    (ax,) = chart.figure.axes
    places = {t.get_text(): y for t, y in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    bars = {
        (line.get_ydata()[0], line.get_linewidth()): line.get_xdata().tolist()
        for line in ax.lines[1:] if len(line.get_xdata()) == 2
    }  # fmt: skip
    for label, clusters in pairs.items():
        for width, cluster in ((6.0, "city"), (1.6, "province")):
            last = weak.confidence_set(clusters[cluster]).intervals[-1]
            assert_allclose(bars[places[label], width], np.clip(last, -20_000, 20_000))
    marks = {mark.get_offsets()[0].tolist()[1]: mark.get_offsets()[0][0] for mark in ax.collections}
    assert marks == {places["one"]: 2, places["two"]: -1}
    assert {line.get_marker(): np.sign(line.get_xdata()[0]) for line in ax.lines[1:]
            if line.get_marker() in "<>"} == {"<": -1, ">": 1}  # fmt: skip
    (legend,) = chart.figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    widths = [line.get_linewidth() for line in legend.legend_handles[:2]]
    assert dict(zip(words, widths, strict=False)) == {
        "95 % set, by city": 6.0, "95 % set, by province": 1.6
    }  # fmt: skip
