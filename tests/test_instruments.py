"""Instruments made from ratios are those made from levels; loops and PySAL agree."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from libpysal.cg import sphere

from lib import indicators, instruments, panel, spatial, weak_iv
from lib import instruments_figures as pictures
from lib.estimation import two_way_fe
from lib.panel import DATA, DataError
from lib.specifications import BASELINE, EXTRA_CONTROLS, READINGS
from lib.weak_iv import ConfidenceSet

GROSS = next(r for r in READINGS if r.name == "LM gross of natural growth")


@cache
def invented() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The synthetic yearbook, levels included, and the indicators made from it."""
    roster = panel.load_cities(DATA / "synthetic_cities.csv")
    yearbook = panel.read_yearbook(DATA / "synthetic_yearbook.csv", roster)
    rate = pd.read_csv(DATA / "exchange_rate.csv").set_index("year")["cny_per_usd"]
    cleaned = panel.clean(yearbook, roster)
    levels = cleaned.frame.set_index(["city_code", "year"])
    return levels, indicators.build(cleaned, rate)


@cache
def real() -> pd.DataFrame:
    return panel.load_indicators()


def small(seed: int = 3, cities: int = 5, years: int = 6) -> pd.DataFrame:
    """A little panel with gaps in shares and employment, rows in no order."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product(
        [[f"c{k}" for k in range(cities)], range(2008, 2008 + years)], names=["city_code", "year"]
    )
    n = len(keys)
    shares = rng.dirichlet((2, 5, 4), n)
    rows = pd.DataFrame(
        {
            "reg": rng.uniform(0.5, 3, n),
            "lm_flow_gross": rng.normal(0, 0.03, n),
            "lm_stock": rng.normal(0, 0.1, n),
            "te": rng.uniform(0.2, 5, n),
            "rlr": rng.uniform(0.8, 3, n),
            **{f"share_{s}": shares[:, k] for k, s in enumerate(instruments.SECTORS)},
        },
        index=keys,
    ).reset_index()
    place = {f"c{k}": rng.uniform((100, 25), (122, 34)) for k in range(cities)}
    rows[["lon", "lat"]] = [place[c] for c in rows["city_code"]]
    rows.loc[rows["year"] == 2008, "lm_flow_gross"] = np.nan
    rows.loc[(rows["city_code"] == "c1") & (rows["year"] == 2008), "te"] = np.nan
    gap = (rows["city_code"] == "c2") & (rows["year"] == 2011)
    rows.loc[gap, [f"share_{s}" for s in instruments.SECTORS]] = np.nan
    rows.loc[(rows["city_code"] == "c3") & (rows["year"] == 2010), "rlr"] = np.nan
    return rows.sample(frac=1, random_state=1)


# -- from ratios as from levels -------------------------------------------------------------------


def test_volume_is_the_chained_growth_index():
    levels, made = invented()
    index = (levels["gdp_index"] / 100).unstack()
    index[2008] = 1.0
    expected = index.loc[:, 2008:].cumprod(axis=1).stack()
    found = made.assign(v=instruments.volume(made)).set_index(["city_code", "year"])["v"]
    assert np.allclose(found, expected.loc[found.index], rtol=1e-4)  # six digits ship


def test_registered_growth_is_that_of_the_register():
    levels, made = invented()
    register = levels["registered_pop"].unstack()
    expected = (register / register.shift(axis=1) - 1).loc[:, 2009:].stack()
    found = made.assign(g=instruments.registered_growth(made)).set_index(["city_code", "year"])["g"]
    assert found.xs(2008, level="year").isna().all()
    found = found.dropna()
    assert len(found) == len(expected)
    assert np.allclose(found, expected.loc[found.index], atol=1e-5)


def test_growth_elsewhere_is_that_of_sector_volumes_when_sizes_are_products():
    """Given each city's product as its size, growth elsewhere is what levels would give."""
    levels, made = invented()
    product = levels["gdp"].unstack()[2008]
    sized = made.assign(te=made["city_code"].map(product))
    index = instruments.sector_growth(sized)["secondary"]
    real_product = product.to_numpy()[:, None] * (
        (levels["gdp_index"].unstack() / 100).loc[:, 2009:].cumprod(axis=1)
    )
    values = levels[["va_primary", "va_secondary", "va_tertiary"]]
    share = (values["va_secondary"] / values.sum(axis=1)).unstack()
    output = (real_product * share.loc[:, 2009:]).assign(**{"2008": product * share[2008]})
    code = product.index[7]
    others = output.drop(index=code)
    found = index[(made["city_code"] == code) & (made["year"] == 2023)].iloc[0]
    assert found == pytest.approx(others[2023].sum() / others["2008"].sum(), rel=1e-4)


# -- against loops --------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", ["employment", "equal"])
def test_sector_growth_and_shift_share_by_loops(weights):
    rows = small()
    at = rows.set_index(["city_code", "year"]).to_dict("index")
    cities, years = sorted(set(rows["city_code"])), sorted(set(rows["year"]))

    def size(c):
        known = [at[c, t]["te"] for t in years if not np.isnan(at[c, t]["te"])]
        return known[0] if weights == "employment" else 1.0

    def output(c, t, s):
        residents = np.prod([1 + at[c, u]["lm_flow_gross"] for u in years if 2008 < u <= t])
        real_growth = at[c, t]["reg"] / at[c, 2008]["reg"] * residents
        return size(c) * real_growth * at[c, t][f"share_{s}"]

    index = instruments.sector_growth(rows, weights)
    made = instruments.shift_share(rows, weights)
    predicted = {}
    for c in cities:
        level = dict.fromkeys(instruments.SECTORS, 1.0)
        for t in years:
            growth = {}
            for s in instruments.SECTORS:
                if t > 2008:
                    both = [
                        (output(k, t, s), output(k, t - 1, s))
                        for k in cities
                        if k != c and not np.isnan(output(k, t, s) + output(k, t - 1, s))
                    ]
                    growth[s] = sum(b[0] for b in both) / sum(b[1] for b in both) - 1
                    level[s] *= 1 + growth[s]
                here = (rows["city_code"] == c) & (rows["year"] == t)
                assert index.loc[here, s].iloc[0] == pytest.approx(level[s], rel=1e-12)
            start = {s: at[c, 2008][f"share_{s}"] for s in instruments.SECTORS}
            grown = {s: start[s] * level[s] for s in instruments.SECTORS}
            predicted[c, t] = grown["secondary"] / sum(grown.values())
            found = made.loc[here, "ss_growth"].iloc[0]
            if t == 2008:
                assert np.isnan(found)
            else:
                expected = sum(start[s] * growth[s] for s in instruments.SECTORS)
                assert found == pytest.approx(expected, rel=1e-9)
    for (c, t), share in predicted.items():
        mean = np.mean([predicted[k, t] for k in cities])
        here = (rows["city_code"] == c) & (rows["year"] == t)
        assert made.loc[here, "ss_ia"].iloc[0] == pytest.approx(share / mean, rel=1e-12)


def test_pull_by_loops():
    rows = small()
    found = instruments.pull(rows, "rlr")
    km = spatial.distances(rows.drop_duplicates("city_code"))
    for place, row in rows.iterrows():
        others = rows[(rows["year"] == row["year"]) & (rows["city_code"] != row["city_code"])]
        others = others.dropna(subset=["rlr"])
        weight = np.array([1 / km.loc[row["city_code"], c] for c in others["city_code"]])
        assert found[place] == pytest.approx(weight @ others["rlr"] / weight.sum(), rel=1e-12)


def test_distances_are_those_of_pysal():
    places = real().groupby("city_code")[["lon", "lat"]].first()
    km = spatial.distances(real().drop_duplicates("city_code"))
    pairs = [(0, 1), (3, 90), (17, 55), (108, 2)]
    for one, other in pairs:
        expected = sphere.arcdist(
            tuple(places.iloc[one]), tuple(places.iloc[other]), radius=spatial.EARTH_RADIUS
        )
        assert km.iloc[one, other] == pytest.approx(expected, rel=1e-9)
    assert (np.diag(km) == 0).all() and np.allclose(km, km.T)
    meridian = pd.DataFrame({"city_code": [1, 2], "year": 0, "lon": 110.0, "lat": [30.0, 31.0]})
    assert spatial.distances(meridian).loc[1, 2] == pytest.approx(111.195, abs=1e-3)


@pytest.mark.parametrize("drop", [0, 9])
def test_shares_of_variation_are_those_of_residuals_from_dummies(drop):
    whole = small().iloc[drop:]
    rows = whole.dropna(subset=["rlr", "te"])
    residual = smf.ols("rlr ~ C(city_code) + C(year)", rows).fit().resid
    expected = (residual**2).groupby(rows["city_code"]).sum()
    found = instruments.shares_of_variation(whole, "rlr", ["te"])
    assert np.allclose(found, (expected / expected.sum()).loc[found.index], rtol=1e-6)
    assert found.is_monotonic_decreasing and found.sum() == pytest.approx(1)


# -- properties -----------------------------------------------------------------------------------


def test_a_city_is_left_out_of_its_own_growth_elsewhere():
    rows = small()
    shares = [f"share_{s}" for s in instruments.SECTORS]
    later = (rows["city_code"] == "c0") & (rows["year"] > 2009)
    changed = rows.copy()
    changed.loc[later, shares] = (0.1, 0.1, 0.8)
    changed.loc[later, "reg"] *= 2
    own = rows["city_code"] == "c0"
    before, after = instruments.sector_growth(rows), instruments.sector_growth(changed)
    assert np.allclose(before[own], after[own], rtol=1e-12)
    assert (~np.isclose(before[~own & (rows["year"] > 2010)], after[~own & (rows["year"] > 2010)])
            ).all()  # fmt: skip
    same = instruments.pull(rows, "rlr")[own]
    assert np.allclose(same, instruments.pull(rows.assign(
        rlr=rows["rlr"].where(~own, 99.0)), "rlr")[own])  # fmt: skip


def test_no_unit_matters():
    rows = small()
    plain = instruments.shift_share(rows)
    scaled = instruments.shift_share(rows.assign(te=7 * rows["te"], reg=3 * rows["reg"]))
    assert np.allclose(plain, scaled, equal_nan=True)


def test_sectors_that_grow_alike_predict_no_change_of_structure():
    rows = small(cities=4)
    for s in instruments.SECTORS:
        start = rows[rows["year"] == 2008].set_index("city_code")[f"share_{s}"]
        rows[f"share_{s}"] = rows["city_code"].map(start)
    rows["lm_flow_gross"] = np.where(rows["year"] == 2008, np.nan, 0.0)
    rows["reg"] = 1.05 ** (rows["year"] - 2008)
    made = instruments.shift_share(rows)
    assert np.allclose(made["ss_growth"].dropna(), 0.05)
    assert made["ss_ia"].groupby(rows["city_code"]).std().max() < 1e-12


def test_instruments_do_not_depend_on_whom_a_reading_studies():
    whole = instruments.with_instruments(real(), GROSS).set_index(["city_code", "year"])
    delta = instruments.with_instruments(real(), replace(GROSS, sample="delta41"))
    delta = delta.set_index(["city_code", "year"])
    for column in ("ss_growth", "ss_ia", "pull_wage", "registered_growth", "income_trend"):
        assert delta[column].equals(whole.loc[delta.index, column]), column
    assert not np.allclose(delta["ia"].dropna(), whole.loc[delta.index, "ia"].dropna())


def test_every_set_is_made_and_named_and_covers_the_years_it_can():
    rows = instruments.with_instruments(real(), GROSS)
    assert len(rows) == 110 * 16
    for chosen in instruments.SETS:
        assert set(chosen.columns) <= set(rows.columns)
        assert set(chosen.columns) <= set(instruments.NAMES)
        assert chosen.columns == (*chosen.lm, *chosen.ia)
    counts = rows[["ss_growth", "pull_wage", "registered_growth", "lm_lag1"]].notna().sum()
    # Growth from 2009; wages of the year before, which end in 2021; the register ends in 2022.
    assert counts.tolist() == [15 * 110, 14 * 110, 14 * 110, 14 * 110]
    earlier = rows.set_index(["city_code", "year"])
    assert earlier.loc[(310000, 2015), "lm_lag1"] == earlier.loc[(310000, 2014), "lm"]
    pulled = instruments.pull(real().assign(w=np.log(real()["rlr"])), "w")
    code = real()["city_code"].eq(310000)
    expected = pulled[code & real()["year"].eq(2014)].iloc[0]
    assert earlier.loc[(310000, 2015), "pull_wage"] == pytest.approx(expected, rel=1e-12)
    trend = real()[code & real()["year"].eq(2008)]["reg"].iloc[0] * 7
    assert earlier.loc[(310000, 2015), "income_trend"] == pytest.approx(trend)
    product = instruments.with_product(rows, instruments.SETS[1])["product"]
    assert product.equals(rows["ss_growth"] * rows["ss_ia"])


def test_what_a_reading_leaves_out_is_no_lag_either():
    rows = instruments.with_instruments(real(), replace(GROSS, without="steps"))
    kept = set(map(tuple, rows[["city_code", "year"]].to_numpy()))
    has_lag = rows["lm_lag1"].notna() | rows["ia_lag1"].notna()
    for code, year in rows.loc[has_lag, ["city_code", "year"]].to_numpy():
        assert (code, year - 1) in kept


# -- bad input ------------------------------------------------------------------------------------


def test_bad_input_is_named():
    rows = small()
    with pytest.raises(DataError, match="no column reg"):
        instruments.volume(rows.drop(columns="reg"))
    with pytest.raises(DataError, match="twice"):
        instruments.volume(pd.concat([rows, rows.iloc[:1]]))
    with pytest.raises(DataError, match="no row of 2008"):
        instruments.volume(rows[rows["year"] > 2008])
    with pytest.raises(DataError, match="'gdp'"):
        instruments.sector_growth(rows, "gdp")
    with pytest.raises(DataError, match="city c4"):
        instruments.sector_growth(rows.assign(te=rows["te"].where(rows["city_code"] != "c4")))
    with pytest.raises(DataError, match="one place"):
        instruments.pull(rows.assign(lon=110.0, lat=30.0), "rlr")
    with pytest.raises(DataError, match="no row with a value"):
        instruments.shares_of_variation(rows.assign(te=np.nan), "te")


# -- tables and figures ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "intervals, text",
    [
        ((), "empty"),
        (((-np.inf, np.inf),), "all numbers"),
        (((-1.234, 12.34),), "[−1.23, 12.3]"),
        (((-np.inf, -0.004), (123.4, np.inf)), "(−∞, 0.00] or [123, ∞)"),
    ],
)
def test_sets_in_words(intervals, text):
    assert pictures.set_text(ConfidenceSet(intervals)) == text


@pytest.mark.parametrize(
    "value, text",
    [(9.994, "9.99"), (9.996, "10.0"), (-99.94, "−99.9"), (99.96, "100"), (-1234.5, "−1234")],
)
def test_figures_have_three_digits_or_so(value, text):
    assert pictures.figure(value) == text


@cache
def evidence() -> dict[str, weak_iv.Evidence]:
    rows = instruments.with_instruments(real(), GROSS)
    return {
        chosen.name: weak_iv.examine(rows, "y", ["lm", "ia"], list(EXTRA_CONTROLS), chosen.columns)
        for chosen in (*instruments.SETS[1:3], instruments.SETS[4])
    }


def test_tables_show_the_evidence():
    found = evidence()
    each = found["Shift-share"]
    first = pictures.first_stages_table(found, "c", "n").frame
    assert len(first) == 6
    own = two_way_fe(
        instruments.with_instruments(real(), GROSS).dropna(subset=["ia"]),
        "lm", ["ss_growth", "ss_ia", *EXTRA_CONTROLS],
    )  # fmt: skip
    t = own.clustered.loc["ss_growth", "t"]
    assert f"predicted growth {own.coef['ss_growth']:.2f} [{t:.2f}]" in first.loc[0, "Slopes [t]"]
    strength = pictures.strength_table({"Gross": found}, "c", "n").frame
    assert strength.loc[0, "Hansen J p"] == "–" != strength.loc[2, "Hansen J p"]
    assert strength.loc[0, "AR region"] == ("bounded" if each.bounded else "unbounded")
    answers = pictures.answers_table({"Gross": found}, "c", "n").frame
    assert answers.loc[0, "LM, AR set"] == pictures.set_text(each.sets["lm"])
    assert answers.loc[0, "IA, 2SLS"].startswith(pictures.figure(each.fit.coef["ia"]))
    possible = {("Gross", name): name == "Shift-share" for name in found}
    verdicts = pictures.verdicts_table(
        {"Gross": found}, {"Gross": own_least_squares()}, possible,
        {"lm": "+**", "ia": "+*"}, "c", "n",
    ).frame  # fmt: skip
    assert verdicts["Gross"].iloc[0] == "LM +**, IA +*"
    assert verdicts["Gross"].iloc[1].startswith("LM −***")
    assert [cell.split("; ")[1] for cell in verdicts["Gross"].iloc[2:]] == [
        "open", "excluded", "excluded",
    ]  # fmt: skip
    columns = pictures.columns_table({"FE": {"two": each.fit}}, ("lm",), "c", "n").frame
    assert columns["N"].iloc[0] == str(each.fit.nobs)


@cache
def own_least_squares():
    rows = instruments.with_instruments(real(), GROSS)
    return two_way_fe(rows, "y", ["lm", "ia", *EXTRA_CONTROLS])


def test_variation_and_product_tables():
    share = pd.Series([0.5, 0.3, 0.2], ["a", "b", "c"])
    cells = pictures.variation_table({"R": {"LM": share}}, {"a": "Aton"}, "c", "n").frame.iloc[0]
    assert cells.tolist() == ["R: LM", "Aton", "50.0 %", "2.6", "3"]
    rows = instruments.with_product(
        instruments.with_instruments(real(), BASELINE), instruments.SETS[1]
    )
    one = weak_iv.examine(rows, "y", ["lm_ia"], [], [*instruments.SETS[1].columns, "product"])
    strength = weak_iv.effective_f(one.form)
    cells = pictures.product_table({"x": (one, strength)}, "c", "n").frame.iloc[0]
    assert cells["Effective F"] == pictures.figure(strength.f)
    assert cells["AR set"] == pictures.set_text(one.sets["lm_ia"])


def test_figures_draw_what_they_are_given():
    found = evidence()
    chart = pictures.sets_plot({"Gross": found}, {"Gross": own_least_squares()})
    assert chart._repr_png_().startswith(b"\x89PNG")
    places = chart.figure.axes[0].collections[0].get_offsets()
    expected = [own_least_squares().coef["lm"], *(e.fit.coef["lm"] for e in found.values())]
    assert np.allclose(sorted(places[:, 0]), sorted(expected))
    with pytest.raises(ValueError):
        pictures.regions_plot(found, (-1, 1), (-1, 1))  # four panels, three sets
    four = found | {"again": found["Shift-share"]}
    chart = pictures.regions_plot(four, (-50, 50), (-20, 20))
    mesh = chart.figure.axes[0].collections[0].get_array()
    form = found["Shift-share"].form
    middle = weak_iv.anderson_rubin(form, {"lm": -50.0, "ia": -20.0})
    assert (mesh.ravel()[0] > 0) == (middle.p > 0.05)


def test_the_ellipse_is_where_a_wald_test_is_at_its_critical_value():
    from scipy import stats

    each = evidence()["Shift-share"]
    cov = each.fit.cov_clustered.loc[["lm", "ia"], ["lm", "ia"]].to_numpy()
    gap = pictures.wald_ellipse(each) - each.fit.coef[["lm", "ia"]].to_numpy()[:, None]
    wald = (gap * np.linalg.solve(cov, gap)).sum(axis=0) / 2
    assert np.allclose(wald, stats.f.ppf(0.95, 2, each.fit.n_clusters - 1))
