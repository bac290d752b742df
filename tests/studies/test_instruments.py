"""Chapter 7 against R, Stata, levels of a yearbook, loops and brute force."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.datasets import card, mroz
from linearmodels.panel import PanelOLS
from linearmodels.panel.data import PanelData
from numpy.testing import assert_allclose
from scipy import stats

from lib import panel
from lib.panel import DATA, DataError
from lib.specifications import FLOW, MODEL1, STOCK, rows
from lib.two_stage import iv_two_way
from studies.instruments import figures, made, weak

CITIES, YEARS = 24, 7


@cache
def invented():
    """An unbalanced panel with two endogenous regressors and clustered errors."""
    rng = np.random.default_rng(11)
    shape = (CITIES, YEARS)
    z = rng.normal(size=(3, *shape)) + rng.normal(size=(3, CITIES, 1))
    common = rng.normal(size=shape) + rng.normal(size=(CITIES, 1)) * np.linspace(-1, 1, YEARS)
    w = rng.normal(size=shape) + 0.3 * z[0]
    x1 = 0.6 * z[0] + 0.3 * z[1] + 0.2 * w + common
    x2 = 0.5 * z[1] - 0.4 * z[2] + 0.5 * common + rng.normal(size=shape)
    y = 0.7 * x1 - 0.5 * x2 + w + common + rng.normal(size=shape) * (1 + np.abs(z[0]))
    keys = pd.MultiIndex.from_product([range(CITIES), range(YEARS)], names=["city", "year"])
    columns = {"y": y, "x1": x1, "x2": x2, "w": w, "z1": z[0], "z2": z[1], "z3": z[2]}
    frame = pd.DataFrame({k: v.ravel() for k, v in columns.items()}, index=keys).reset_index()
    frame["period"] = frame["year"].astype(str)
    return frame.drop(index=rng.choice(len(frame), 20, replace=False))


def cross_section(data, y, endog, exog, instruments):
    """A reduced form without effects and with homoskedastic errors, as R and Stata print it."""
    columns = [y, *endog, *exog, *instruments]
    frame = data.dropna(subset=columns)[columns].astype(float)
    outer = np.column_stack([np.ones(len(frame)), frame[list(exog)]])
    net = frame.to_numpy() - outer @ np.linalg.lstsq(outer, frame.to_numpy(), rcond=None)[0]
    net = pd.DataFrame(net, columns=columns)
    left, z = net[[y, *endog]].to_numpy(), net[list(instruments)].to_numpy()
    coef = np.linalg.lstsq(z, left, rcond=None)[0]
    e, df = left - z @ coef, len(frame) - outer.shape[1] - z.shape[1]
    moments = z.T @ z
    cov = np.einsum("jk,pq->jkpq", e.T @ e / df, np.linalg.inv(moments))
    table = pd.DataFrame(coef, list(instruments), [y, *endog])
    size = (len(instruments), df)
    return weak.ReducedForm(
        y, tuple(endog), tuple(instruments), table, cov, moments, size, len(frame), len(frame)
    )


def drawn(seed, instruments, strength):
    """A reduced form out of thin air: sets of all shapes come out."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(2 * instruments, 2 * instruments + 3)) / np.sqrt(2 * instruments)
    joint = (root @ root.T).reshape(2, instruments, 2, instruments).transpose(0, 2, 1, 3)
    names = [f"z{k}" for k in range(instruments)]
    coef = pd.DataFrame(rng.normal(size=(instruments, 2)) * strength, names, ["y", "x"])
    df = (instruments, 40)
    return weak.ReducedForm("y", ("x",), tuple(names), coef, joint, np.eye(instruments), df, 0, 0)


# -- published figures ----------------------------------------------------------------------------

COVARIATES = ("exper", "expersq", "black", "south", "smsa", "smsa66",
              *(f"reg66{k}" for k in range(1, 9)))  # fmt: skip
IVMODEL = [  # R ivmodel, its own tests: interval, F and degrees of freedom of AR.test
    (("nearc4",), (), (0.143037504074, 0.250862634531), 82.7445324192, 3008),
    (("nearc4", "nearc2"), (), (0.166084633236, 0.260253933988), 51.3582485426, 3007),
    (("nearc4",), COVARIATES, (0.0248048359651, 0.284823593339), 5.41527923822, 2994),
    (("nearc4", "nearc2"), COVARIATES, (0.0536002610089, 0.361980791255), 5.24393512598, 2993),
]


@pytest.mark.parametrize("instruments, exog, interval, f, df", IVMODEL)
def test_anderson_rubin_on_cards_data_is_that_of_ivmodel(instruments, exog, interval, f, df):
    form = cross_section(card.load(), "lwage", ["educ"], exog, instruments)
    test = weak.anderson_rubin(form)
    assert test.stat == pytest.approx(f, rel=1e-5) and test.df == (len(instruments), df)
    (found,) = weak.confidence_set(form).intervals
    assert found == pytest.approx(interval, rel=1e-5)


def test_two_endogenous_regressors_on_mrozs_data_are_those_of_ivreg2():
    """``ivreg2 lwage (educ exper = age kidslt6 kidsge6)``: Cragg-Donald and Anderson-Rubin."""
    z = ["age", "kidslt6", "kidsge6"]
    form = cross_section(mroz.load(), "lwage", ["educ", "exper"], [], z)
    assert weak.least_f(form).stat == pytest.approx(4.463, abs=5e-4)
    assert weak.anderson_rubin(form).p == pytest.approx(0.1025, abs=5e-5)


@pytest.mark.parametrize("tau, printed", [(0.05, 37.418), (0.1, 23.109), (0.2, 15.062)])
def test_critical_value_with_one_instrument_is_that_of_weakivtest(tau, printed):
    form = weak.reduced_form(invented(), "y", "x1", ["w"], "z1", "clustered")
    found = weak.effective_f(form, tau)
    assert found.degrees == pytest.approx(1)
    assert found.critical == pytest.approx(printed, abs=5e-4)


def test_homoskedastic_instruments_count_in_full():
    form = cross_section(mroz.load(), "lwage", ["educ"], [], ["age", "kidslt6", "kidsge6"])
    assert weak.effective_f(form).degrees == pytest.approx(3)
    assert weak.effective_f(form).f == pytest.approx(weak.least_f(form).stat)


# -- the same by other roads ----------------------------------------------------------------------


def regression(y, x):
    formula = f"{y} ~ 1 + {' + '.join(x)} + period + EntityEffects"
    frame = invented().assign(gap=lambda d: d["y"] - 2 * d["x1"]).set_index(["city", "year"])
    return PanelOLS.from_formula(formula, frame).fit(
        cov_type="clustered", cluster_entity=True, group_debias=True
    )


@pytest.mark.parametrize("z", [["z1"], ["z1", "z2", "z3"]])
def test_anderson_rubin_is_the_f_of_the_instruments_in_what_the_slope_leaves(z):
    form = weak.reduced_form(invented(), "y", "x1", ["w"], z, "clustered")
    for left, a in (("gap", [1, -2]), ("x1", [0, 1])):
        fit = regression(left, [*z, "w"])
        cov, slopes = fit.cov.loc[z, z].to_numpy(), fit.params[z].to_numpy()
        wald = slopes @ np.linalg.solve(cov, slopes) / len(z)
        assert float(form.ratio(np.array(a))) == pytest.approx(wald, rel=1e-8)
    assert weak.anderson_rubin(form, {"x1": 2.0}).df == (len(z), CITIES - 1)
    assert weak.least_f(form).stat == pytest.approx(wald, rel=1e-8)  # one: the first-stage F


def test_jackknife_is_that_of_dummies_without_each_city():
    frame, z = invented(), ["z1", "z2"]
    frame = frame.assign(gap=frame["y"] - 2 * frame["x1"])
    form = weak.reduced_form(frame, "y", "x1", ["w"], z)
    formula = "gap ~ z1 + z2 + w + C(city) + C(year)"
    slopes = smf.ols(formula, frame).fit().params[z]
    parts = [frame[frame["city"] != city] for city in range(CITIES)]
    each = [smf.ols(formula, part).fit().params[z] for part in parts]
    apart = np.array(each) - slopes.to_numpy()
    cov = (CITIES - 1) / CITIES * apart.T @ apart
    expected = slopes @ np.linalg.solve(cov, slopes) / 2
    assert weak.anderson_rubin(form, 2.0).stat == pytest.approx(expected, rel=1e-7)


def test_2sls_cragg_donald_and_effective_f_are_those_of_their_formulas():
    z, frame = ["z1", "z2", "z3"], invented()
    two = iv_two_way(frame, "y", ["x1", "x2"], "w", z)
    form = weak.reduced_form(frame, "y", ["x1", "x2"], ["w"], z, "clustered")
    assert_allclose(form.beta, two.coef[["x1", "x2"]], rtol=1e-8)
    one = weak.reduced_form(frame, "y", "x1", ["w"], z, "clustered")
    fit = regression("x1", [*z, "w"])
    root = np.linalg.cholesky(one.moments)
    pi, cov = root.T @ fit.params[z], root.T @ fit.cov.loc[z, z] @ root
    assert weak.effective_f(one).f == pytest.approx(pi @ pi / np.trace(cov), rel=1e-8)


def test_kleibergen_and_paap_clusters_in_the_homoskedastic_direction():
    """What chapter 7 says of it: it is neither the least F nor a bound of it."""
    names, z = ["x1", "x2"], ["z1", "z2"]
    form = weak.reduced_form(invented(), "y", names, [], z, "clustered")
    columns = invented().set_index(["city", "year"])[[*names, *z]]
    net = PanelData(columns).demean("both").dataframe
    e = net[names].to_numpy() - net[z].to_numpy() @ form.coef[names].to_numpy()
    root, unit = np.linalg.cholesky(form.moments), np.linalg.inv(np.linalg.cholesky(e.T @ e)).T
    left, _, right = np.linalg.svd(root.T @ form.coef[names].to_numpy() @ unit)
    d, cov = form.parts(np.array([0, *(unit @ right[-1])]))
    v = root @ left[:, -1]
    two = iv_two_way(invented(), "y", names, [], z)
    assert two.kleibergen_paap == pytest.approx((v @ d) ** 2 / (v @ cov @ v) / 2, rel=1e-8)
    least = weak.least_f(form).stat
    angles = np.linspace(0, np.pi, 20_001)
    across = form.ratio(np.column_stack([0 * angles, np.cos(angles), np.sin(angles)]))
    assert least == pytest.approx(across.min(), rel=1e-5) and least <= across.min()
    assert abs(least / two.kleibergen_paap - 1) > 0.01


def test_a_set_holds_the_slopes_that_are_not_rejected_and_no_others():
    shapes = set()
    for seed in range(120):
        form = drawn(seed, 1 + seed % 3, (0.6, 1.5, 4.0, 25.0)[seed % 4])
        found = weak.confidence_set(form)
        shapes.add(found.shape)
        grid = np.concatenate([np.linspace(-8, 8, 801), np.geomspace(9, 1e6, 40)])
        grid = np.concatenate([-grid[801:], grid])
        value = form.ratio(np.column_stack([np.ones_like(grid), -grid]))
        sure = np.abs(value - form.critical) > 1e-6
        inside = np.array([b in found for b in grid])
        assert (inside == (value <= form.critical))[sure].all()
        ends = np.ravel(found.intervals)
        assert (np.diff(ends) > 0).all()
        for end in ends:
            if np.isfinite(end):
                at = float(form.ratio(np.array([1, -end])))
                assert at == pytest.approx(form.critical, rel=1e-6)
        # Unbounded just where the first stage is not significant on the same distribution.
        weakest = weak.least_f(form).stat < form.critical
        assert weakest == (found.shape in ("line", "unbounded"))
    assert shapes == {"empty", "line", "bounded", "unbounded"}


def test_a_set_moves_with_the_units():
    form = weak.reduced_form(invented(), "y", "x1", ["w"], ["z1", "z2"])
    small = weak.reduced_form(
        invented().assign(x1=lambda d: d["x1"] * 1e4, z1=lambda d: d["z1"] / 1e5),
        "y", "x1", ["w"], ["z1", "z2"],
    )  # fmt: skip
    one, other = (np.array(weak.confidence_set(f).intervals) for f in (form, small))
    assert_allclose(one, other * 1e4, rtol=1e-6)


@pytest.mark.parametrize(
    "intervals, text, shape, sign",
    [
        ((), "∅", "empty", "undecided"),
        (((-np.inf, np.inf),), "(−∞, ∞)", "line", "undecided"),
        (((1.234, 56.78),), "[1.23, 56.8]", "bounded", "positive"),
        (((-np.inf, -1.0), (1234.5, np.inf)), "(−∞, −1.00] ∪ [1,234, ∞)", "unbounded", "undecided"),
        (((-np.inf, -0.5),), "(−∞, −0.50]", "unbounded", "negative"),
    ],
)
def test_a_set_in_words(intervals, text, shape, sign):
    found = weak.ConfidenceSet(intervals)
    assert (str(found), found.shape, found.sign) == (text, shape, sign)


# -- instruments ----------------------------------------------------------------------------------


def small():
    """A little panel with gaps in shares, employment and wages, rows in no order."""
    rng = np.random.default_rng(3)
    keys = pd.MultiIndex.from_product([list("abcde"), range(2008, 2014)])
    frame = pd.DataFrame(index=keys).rename_axis(["city_code", "year"]).reset_index()
    n, shares = len(frame), rng.dirichlet((2, 5, 4), len(frame))
    frame["reg"], frame["te"] = rng.uniform(0.5, 3, n), rng.uniform(0.2, 5, n)
    frame["rlr"], frame["lm_flow_gross"] = rng.uniform(0.8, 3, n), rng.normal(1, 0.03, n)
    for k, sector in enumerate(made.SECTORS):
        frame[f"share_{sector}"] = shares[:, k]
    place = dict(zip("abcde", rng.uniform((100, 25), (122, 34), (5, 2)), strict=True))
    frame[["lon", "lat"]] = [place[c] for c in frame["city_code"]]
    frame.loc[frame["year"] == 2008, "lm_flow_gross"] = np.nan
    at = frame.set_index(["city_code", "year"]).index
    frame.loc[at == ("b", 2008), "te"] = np.nan
    frame.loc[at == ("c", 2011), [f"share_{s}" for s in made.SECTORS]] = np.nan
    frame.loc[at == ("d", 2010), "rlr"] = np.nan
    return frame.sample(frac=1, random_state=1)


def test_volume_is_the_chained_growth_index_of_the_yearbook():
    roster = panel.load_cities(DATA / "synthetic_cities.csv")
    data = panel.load(DATA / "synthetic_indicators.csv", roster)
    index = pd.read_csv(DATA / "synthetic_yearbook.csv").pivot_table(
        index="city_code", columns="year", values="gdp_index"
    )
    chained = (index.loc[:, 2009:] / 100).cumprod(axis=1, skipna=False).stack()
    found = data.assign(v=made.volume(data)).set_index(["city_code", "year"])["v"]
    common = found.dropna().index.intersection(chained.index)
    assert len(common) > 500
    assert_allclose(found[common], chained[common], rtol=1e-4)  # six digits ship


def test_shift_share_by_loops():
    frame = small()
    at = frame.set_index(["city_code", "year"]).to_dict("index")
    cities, years = sorted(set(frame["city_code"])), range(2008, 2014)

    def output(c, t, s):
        size = next(at[c, u]["te"] for u in years if not np.isnan(at[c, u]["te"]))
        residents = np.prod([at[c, u]["lm_flow_gross"] for u in range(2009, t + 1)])
        return size * at[c, t]["reg"] / at[c, 2008]["reg"] * residents * at[c, t][f"share_{s}"]

    found = frame[["city_code", "year"]].join(made.shift_share(frame))
    found = found.set_index(["city_code", "year"])
    index = made.sector_growth(frame)
    predicted = {}
    for c in cities:
        level = dict.fromkeys(made.SECTORS, 1.0)
        start = {s: at[c, 2008][f"share_{s}"] for s in made.SECTORS}
        for t in years:
            growth = {}
            for s in made.SECTORS if t > 2008 else ():
                both = [(output(k, t, s), output(k, t - 1, s)) for k in cities if k != c]
                both = [pair for pair in both if not np.isnan(sum(pair))]
                growth[s] = sum(b[0] for b in both) / sum(b[1] for b in both) - 1
                level[s] *= 1 + growth[s]
            here = (frame["city_code"] == c) & (frame["year"] == t)
            assert_allclose(index[here], [list(level.values())], rtol=1e-9)
            grown = {s: start[s] * level[s] for s in made.SECTORS}
            predicted[c, t] = grown["secondary"] / sum(grown.values())
            expected = sum(start[s] * g for s, g in growth.items()) if growth else np.nan
            assert found.loc[(c, t), "shift"] == pytest.approx(expected, rel=1e-9, nan_ok=True)
    for (c, t), share in predicted.items():
        mean = np.mean([predicted[k, t] for k in cities])
        assert found.loc[(c, t), "shift_ia"] == pytest.approx(share / mean, rel=1e-9)


def test_pull_by_loops_and_the_haversine():
    frame = small()
    found = frame.assign(pull=made.pull(frame)).set_index(["city_code", "year"])
    place = np.radians(frame.groupby("city_code")[["lon", "lat"]].first())

    def km(one, other):
        (x, y), (u, v) = place.loc[one], place.loc[other]
        half = np.sin((v - y) / 2) ** 2 + np.cos(y) * np.cos(v) * np.sin((u - x) / 2) ** 2
        return np.arcsin(np.sqrt(half))

    for (c, t), value in found["pull"].items():
        others = [k for k in "abcde" if k != c and t > 2008]
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
    reg = data.set_index(["city", "year"])["reg"]
    assert_allclose(one["trend"], reg["Wuhan", 2008] * (one.index - 2008))


def test_the_figure_draws_a_bar_for_every_interval():
    forms = {k: drawn(k, 1, 4.0) for k in range(3)}
    chart = figures.sets({"flow": {f"row {k}": form for k, form in forms.items()}})
    bars = [line for line in chart.figure.axes[0].lines if line.get_linewidth() == 6]
    assert len(bars) == sum(len(weak.confidence_set(form).intervals) for form in forms.values())
    assert len(chart.figure.axes[0].collections) == 3


@pytest.mark.parametrize(
    "ask, words",
    [
        (lambda f: weak.reduced_form(f, "y", ["x1", "x2"], [], "z1"), "expected at least as many"),
        (lambda f: weak.reduced_form(f, "y", "x1", [], "z1", "robust"), "found 'robust'"),
        (lambda f: weak.reduced_form(f, "y", "x1", [], "z9"), "'z9'"),
        (lambda f: weak.anderson_rubin(drawn(0, 1, 1.0), {"x2": 0.0}), "x2"),
        (
            lambda f: weak.confidence_set(
                weak.reduced_form(f, "y", ["x1", "x2"], [], ["z1", "z2"])
            ),
            "2 endogenous",
        ),
        (lambda f: weak.effective_f(weak.reduced_form(f, "y", "x1", [], "z1"), 2.0), "tau"),
        (lambda f: made.pull(small().drop(columns="rlr")), "rlr"),
        (lambda f: made.pull(small().assign(lon=100.0, lat=30.0)), "one place"),
        (lambda f: made.volume(pd.concat([small(), small()])), "twice"),
        (lambda f: made.volume(small().query("year > 2008")), "expected 2008"),
        (lambda f: made.shift_share(small().assign(te=np.nan)), "te"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, words):
    with pytest.raises(DataError, match=words):
        ask(invented())


def test_the_critical_value_is_that_of_f():
    assert drawn(0, 2, 1.0).critical == pytest.approx(stats.f.ppf(0.95, 2, 40))
