"""Chapter 7 against R, linearmodels, other readers' figures and brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import peers
import pytest
from cases import table
from linearmodels.panel import PanelOLS
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.datasets import grunfeld

from lib import panel, specifications, style, verdicts, within
from lib.estimation import two_way_fe
from lib.resampling import bootstrap
from lib.specifications import MODEL1, MODEL2, READINGS, STOCK, UPPER
from lib.within import leave_one_out
from studies.inference import errors, figures, matched, provinces, simulation
from studies.inference.matched import Design
from studies.inference.simulation import Errors

X = ["LM", "IA"]


@pytest.fixture(scope="module")
def km(data):
    return errors.distances(data)


@pytest.fixture(scope="module")
def few(data):
    """A third of the official cities, eleven provinces, the last years, some rows missing."""
    whole = specifications.rows(data, STOCK, MODEL1)
    kept = whole["city"].isin(whole.drop_duplicates("city")["city"][::3]) & whole["year"].gt(2015)
    return whole[kept].drop(index=whole[kept].index[[3, 40, 77]]).reset_index(drop=True)


@pytest.fixture(scope="module")
def made(few):
    return Design.of(few, X)


@pytest.fixture(scope="module")
def cells(data):
    return errors.across(data, READINGS, (MODEL1, MODEL2, UPPER), draws=199)


# -- sums of squares ------------------------------------------------------------------------------


def test_errors_and_degrees_of_freedom_are_those_of_clubsandwich():
    """R's clubSandwich 0.5.11 on Grunfeld's firms, a row in seventeen left out, and pairs of firms.

    Its CR3 is without (G-1)/G.  ``tests/matched.R`` does the same on the official columns.
    """
    frame = grunfeld.load_pandas().data.rename(columns={"firm": "city"})
    pairs = pd.factorize(frame["city"], sort=True)[0] // 2
    frame = frame.assign(province=pairs).drop(index=frame.index[::17])
    firms = Design.of(frame, ["value", "capital"], "invest")
    theirs = table("studies/clubsandwich.csv").astype({"se": float, "df": float})
    for (by, kind), own in theirs.groupby(["by", "kind"]):
        found = getattr(firms, kind)(by)
        shrink = np.sqrt(1 - 1 / len(found.parts)) if kind == "cv3" else 1.0
        assert_allclose(
            found.se(firms.rows(firms.residuals[None]))[0], shrink * own["se"], rtol=1e-8
        )
        assert_allclose(found.df, own["df"], rtol=1e-8)


def test_cr2_has_no_bias_and_cv3_errs_on_the_cautious_side(made):
    for by in ("city", "province"):
        means = [(each.parts**2).sum(axis=(0, 2)) for each in (made.cr2(by), made.cv3(by))]
        assert_allclose(means[0], np.diag(made.bread))
        assert (means[1] > np.diag(made.bread)).all()


def test_few_cities_are_found(data):
    """Figures of another reader (review of the second edition), two digits."""
    found = matched.held(data, columns=(MODEL1, MODEL2)).set_index(["reading", "heading", "row"])
    te = found.loc["flow", "Model 2", "TE"]
    assert te["heaviest"] == "Chongqing" and te["share"] == pytest.approx(0.56, abs=0.01)
    lm = found.xs(("Model 1", "LM"), level=["heading", "row"])
    assert_allclose(lm["equal"], [5.3, 13.1], atol=0.05)
    assert_allclose(lm["df"], [3.5, 10.2], atol=0.05)


# -- provinces ------------------------------------------------------------------------------------


def test_verdicts_by_province_are_those_of_another_reader(data):
    found = provinces.beside(data).set_index(["reading", "heading", "row"])
    read = table("studies/by_province.csv").set_index(["reading", "heading", "row"])
    assert_allclose(found.loc[read.index, "p"], read["p"].astype(float), atol=0.002)
    wild = found.xs(("Model 1", "LM"), level=["heading", "row"])["p_bootstrap"]
    assert_allclose(wild, [0.35, 0.004], atol=0.005)
    assert found.loc[read.index, "city"].isin(verdicts.VERDICTS[:2]).all()
    told = found["verdict"].isin(verdicts.VERDICTS[:2])
    assert (told[read.index] == read["decides"].eq("yes")).all()
    asked = ~found.index.get_level_values("heading").str.contains("reach")
    assert told[asked].sum() == 4 and told[~asked].sum() == 7
    assert (found["by"].eq("province") == asked).all()
    assert (found["p_bootstrap"].notna() == asked).all()
    assert (found["bootstrap"].notna() == asked).all()
    # The bootstrap decides two verdicts of the flow, and four of the stock (p < the printed level).
    decided = found[found["bootstrap"].isin(["supported", "opposed"])]
    assert list(decided.index.droplevel("heading")) == [
        ("flow", "LM_IA"), ("flow", "RISSL"), ("stock", "LM"), ("stock", "LM_IA"), ("stock", "LM"),
        ("stock", "IA"),
    ]  # fmt: skip


# -- twelve errors --------------------------------------------------------------------------------


def test_errors_are_those_of_linearmodels(few, km):
    found = errors.of(few, X, km, draws=99).set_index(["kind", "row"])["se"]
    indexed = few.set_index(["city", "year"])
    model = PanelOLS.from_formula("REG ~ 1 + LM + IA + period + EntityEffects", indexed)
    province = pd.DataFrame({"p": pd.factorize(indexed["province"])[0]}, indexed.index)
    theirs = {
        "classical": model.fit(),
        "hc1": model.fit(cov_type="robust"),
        "city": model.fit(cov_type="clustered", cluster_entity=True, group_debias=True),
        "province": model.fit(cov_type="clustered", clusters=province, group_debias=True),
    }
    for kind, fit in theirs.items():
        assert_allclose(found[kind], fit.std_errors[X], rtol=1e-7, err_msg=kind)
    # Two-way clusters without a factor: that of fixest, ours, is not linearmodels'.
    plain = {"debiased": False, "auto_df": False, "count_effects": False}
    both = model.fit(cov_type="clustered", cluster_entity=True, cluster_time=True, **plain)
    n, fewer = len(few), few["year"].nunique()
    factor = fewer / (fewer - 1) * (n - 1) / (n - 3)
    assert_allclose(found["city_year"], np.sqrt(factor * np.diag(both.cov.loc[X, X])), rtol=1e-7)


@pytest.mark.parametrize("name", ["Grunfeld11", "Produc"])
def test_errors_over_years_are_those_of_fixest(name, monkeypatch):
    known = peers.FIGURES
    known = known[known["producer"].str.startswith("R ") & known["estimator"].eq("within twoways")]
    known = known[known["dataset"].eq(name)].set_index("statistic")
    # plm's and fixest's three lags.
    apart = np.abs(np.subtract.outer(np.arange(50), np.arange(50)))
    monkeypatch.setattr(within, "bartlett", lambda t: np.clip(1 - apart / 4, 0, 1)[:t, :t])
    frame, x = peers.panel(name), list(peers.REGRESSORS[name])
    frame = frame.assign(REG=frame["y"], province=pd.factorize(frame["city"])[0] % 2)
    cities = frame["city"].unique()
    km = pd.DataFrame(500.0, cities, cities)
    found = errors.of(frame, x, km, draws=9).set_index(["kind", "row"])["se"]
    for kind, program in (
        ("hc1", "hetero (HC1, all FE counted)"),
        ("city", "cluster entity, default ssc"),
        ("driscoll_kraay", "Driscoll-Kraay lag=3 default ssc"),
    ):
        theirs = known[known["se_type"].str.startswith(program)]["value"].astype(float)
        assert_allclose(found[kind], theirs[[f"se[{term}]" for term in x]], rtol=1e-9)


def test_neighbours_by_every_pair(few, km):
    made = Design.of(few[few["city"].isin(few["city"].unique()[:6])], X)
    apart = km.loc[made.cities, made.cities].to_numpy()
    now, ever = (1 - apart / 900).clip(0), (1 - apart / 500).clip(0)
    score = (made.net * made.residuals).reshape(2, -1)
    city, year = (grid.ravel() for grid in np.indices(made.present.shape))
    meat = np.zeros((2, 2))
    for a in range(len(city)):
        for b in range(len(city)):
            weights = now if year[a] == year[b] else ever
            meat += weights[city[a], city[b]] * np.outer(score[:, a], score[:, b])
    found = errors.let_in(made, now, ever)
    assert_allclose(found, made.bread @ meat @ made.bread, rtol=1e-9)
    ones = np.ones_like(apart)
    assert_allclose(errors.let_in(made, ones, ones), 0, atol=1e-12)


def test_neighbours_in_all_years_and_cr2_are_those_of_another_reader(cells):
    """Review of the second edition: standard errors over those by city, and degrees of freedom."""
    lm = cells[cells["heading"].eq("Model 1") & cells["row"].eq("LM")]
    se = lm.pivot(index="reading", columns="kind", values="se")
    assert_allclose(se["neighbours"] / se["city"], [1.12, 1.23], atol=0.005)
    cr2 = lm[lm["kind"].eq("city_cr2") & lm["reading"].eq("flow")]
    assert cr2["df"].item() == pytest.approx(4.6, abs=0.05)


def test_distances_by_the_law_of_cosines(data, km):
    place = np.radians(data.groupby("city")[["lon", "lat"]].first())
    for one, two in (("Shanghai", "Chongqing"), ("Wuhan", "Nanjing"), ("Lijiang", "Zhoushan")):
        (x, a), (y, b) = place.loc[one], place.loc[two]
        angle = np.arccos(np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(x - y))
        assert_allclose(km.loc[one, two], 6371 * angle, rtol=1e-9)


def test_every_cell_has_every_error_or_too_few_provinces(cells):
    size = cells.groupby(["reading", "heading", "row"]).size().unstack([0, 2])
    assert (size.loc["Model 1"].dropna() == len(errors.KINDS)).all()
    assert (size.loc["Upper reach"].dropna() == len(errors.KINDS) - 3).all()
    assert set(cells["kind"]) == set(errors.KINDS)


def test_verdicts_are_the_ledgers_under_its_errors(data, cells):
    ledger = verdicts.ledger(data, columns=(MODEL1, MODEL2, UPPER))
    names = {
        "city_cv3": "jackknife", "province_cv3": "province", "city": "clustered",
        "classical": "classical",
    }  # fmt: skip
    ours = cells[cells["kind"].isin(names)].assign(errors=cells["kind"].map(names))
    keys = ["reading", "errors", "heading", "row"]
    both = ledger.set_index(keys).join(ours.set_index(keys)[["verdict", "p"]].add_suffix("_here"))
    assert len(both) == len(ledger)
    assert (both["verdict"] == both["verdict_here"]).all()
    assert_allclose(both["p_here"], both["p"], rtol=1e-6, atol=1e-12)


# -- simulations ----------------------------------------------------------------------------------


def test_each_p_value_is_the_one_of_the_other_chapters(few, made):
    shift = np.array([0.4, -0.2])
    drawn = simulation.draw(made, simulation.CASES["both"], 2, np.random.default_rng(3))
    p = {name: each[1] for name, each in simulation.p_values(made, drawn, shift, 99, 7).items()}
    place = made.cities.get_indexer(few["city"]), few["year"] - few["year"].min()
    one = few.assign(REG=drawn[1][place] + few[X] @ shift)
    found = two_way_fe(one, "REG", X)
    for name, kind in (
        ("classical", "classical"),
        ("city", "clustered"),
        ("city_cv3", "jackknife"),
    ):
        assert_allclose(p[name], found.errors(kind)["p"], rtol=1e-8)
    wide = leave_one_out(one, "REG", X, cluster="province").table
    assert_allclose(p["province_cv3"], wide["p"], rtol=1e-8)
    assert_allclose(p["firm"], np.maximum(p["city_cv3"], p["province_cv3"]))
    own = Design.of(one, X)
    for name, squares, se in (
        ("city_cr2", own.cr2(), None),
        ("city_cv3_matched", own.cv3(), found.jackknife["se"]),
        ("province_cv3_matched", own.cv3("province"), wide["se"]),
    ):
        se = squares.se(own.rows(own.residuals[None]))[0] if se is None else se
        assert_allclose(p[name], 2 * stats.t.sf(abs(found.coef / se), squares.df), rtol=1e-8)
    for name, cluster, draws in (("city_wild", "city", 99), ("province_wild", "province", 9999)):
        wild = [bootstrap.wild_cluster(one, "REG", X, t, draws, 7, cluster=cluster) for t in X]
        assert_allclose(p[name], wild)
    assert list(p) == list(simulation.TESTS)


def test_an_exact_test_has_its_size_and_its_power(made):
    """Independent normal errors of one size: classical t is exact, noncentral under a slope."""
    case = {"independent": Errors()}

    def share(shift):
        found = simulation.rejections(made, case, shift, draws=1000)
        assert set(found["draws"]) == {1000} and (found["rejected"] <= 1000).all()
        return found[found["test"].eq("classical")].pivot(
            index="term", columns="level", values="share"
        )

    levels = np.array(simulation.LEVELS)
    assert (abs(share(0.0) - levels) < 4 * np.sqrt(levels * (1 - levels) / 1000)).all(axis=None)
    n, years = made.present.sum(), made.present.shape[1]
    df = n - len(made.present) - years + 1 - 2
    # One size of errors, so that the city effects take 1/T of the variance.
    variance = (made.residuals**2).sum() / n / (1 - 1 / years)
    bound = stats.t.ppf(1 - levels / 2, df)
    exact = stats.nct.sf(bound, df, 2.5) + stats.nct.cdf(-bound, df, 2.5)
    assert (abs(share(2.5 * np.sqrt(variance * np.diag(made.bread))) - exact) < 0.062).all(
        axis=None
    )


def test_errors_are_what_they_are_said_to_be(made):
    whole, rng = replace(made, present=np.ones_like(made.present)), np.random.default_rng(5)
    years = np.arange(made.present.shape[1])
    kind = Errors(0.7, own_size=True, line=0.5, shared=0.4, shared_line=1.0)
    e = simulation.draw(whole, kind, 4000, rng)
    e -= e.mean(axis=2, keepdims=True)
    variance = (e**2).mean(axis=(0, 2))
    assert_allclose(variance, (made.residuals**2).mean(axis=1), rtol=0.09)
    unit = e / np.sqrt(variance[:, None])
    pairs = np.einsum("rit,rjt->ij", unit, unit) / unit[:, 0].size
    same = (made.province[:, None] == made.province) & ~np.eye(len(pairs), dtype=bool)
    assert pairs[same].mean() == pytest.approx(0.4, abs=0.02)
    assert pairs[~same & ~np.eye(len(pairs), dtype=bool)].mean() == pytest.approx(0, abs=0.02)
    # A line has 0.6 * 0.5 + 0.4 of the variance, and what an AR(1) looks like one adds to it.
    line = (years - years.mean()) / np.sqrt(((years - years.mean()) ** 2).sum())
    lags = np.abs(np.subtract.outer(years, years))
    centre = np.eye(len(years)) - 1 / len(years)
    left = centre @ 0.7**lags @ centre
    expected = 0.7 + 0.3 * (line @ left @ line) / np.trace(left)
    assert ((unit @ line) ** 2).mean() / len(years) == pytest.approx(expected, abs=0.02)
    equal = simulation.draw(whole, Errors(), 2000, rng).std(axis=(0, 2))
    assert equal.max() / equal.min() < 1.1
    assert not simulation.draw(made, kind, 3, rng)[:, ~made.present].any()


@pytest.mark.parametrize("kind", [Errors(rho=1.0), Errors(shared=-0.1), Errors(line=1.1)])
def test_errors_without_a_variance_are_refused(made, kind):
    with pytest.raises(panel.DataError, match="expected 0 to 1"):
        simulation.draw(made, kind, 1, np.random.default_rng(1))


def test_draws_are_added_up_and_repeat(made):
    draws = simulation._STEP + 20
    found, again = (simulation.rejections(made, {"a": Errors(0.5)}, draws=draws) for _ in range(2))
    pd.testing.assert_frame_equal(found, again)
    assert set(found["draws"]) == {draws}
    assert_allclose(found["share"] * found["draws"], found["rejected"])
    wide = found.pivot(index=["term", "test"], columns="level", values="share")
    assert (wide.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)  # a laxer level rejects more


# -- figures --------------------------------------------------------------------------------------


def test_the_map_has_a_dot_for_each_coefficient_and_error(cells):
    chart = figures.error_map(cells)
    panels = chart.figure.axes
    assert len(panels) == 2
    for axes, reading in zip(panels, ("flow", "stock"), strict=True):
        own = cells[cells["reading"].eq(reading)]
        dots = {each.get_label(): len(each.get_offsets()) for each in axes.collections}
        counted = own["verdict"].value_counts()
        assert dots == {verdict: counted.get(verdict, 0) for verdict in verdicts.VERDICTS}
        fills = {each.get_label(): to_hex(each.get_facecolors()[0]) for each in axes.collections
                 if len(each.get_offsets())}  # fmt: skip
        assert fills.items() <= style.VERDICT.items()
        assert not axes.texts
    order = [label.get_text() for label in panels[0].get_xticklabels()]
    decided = cells[
        cells["verdict"].isin(["supported", "opposed"]) & cells["heading"].ne(UPPER.heading)
    ]
    count = decided["kind"].map(errors.KINDS).value_counts().reindex(order, fill_value=0)
    assert count.is_monotonic_decreasing and count.iloc[0] > count.iloc[-1]


def test_sizes_by_hand():
    lines = [
        (r, c, t, 0.1 * (1 + i), 0.01)
        for i, (r, c, t) in enumerate(
            (r, c, t) for r in ("flow", "stock") for c in ("a", "b") for t in ("classical", "firm")
        )
    ]
    found = pd.DataFrame(lines, columns=["reading", "case", "test", "share", "error"])
    chart = figures.sizes(found.assign(level=0.1), {"a": "none", "b": "some"})
    for ax, reading in zip(chart.figure.axes, ("flow", "stock"), strict=True):
        for bars, (case, test) in zip(
            ax.containers, [(c, t) for c in "ab" for t in ("classical", "firm")], strict=True
        ):
            own = found[found[["reading", "case", "test"]].eq([reading, case, test]).all(axis=1)]
            (x,), (y,) = bars[0].get_data()
            assert x == pytest.approx(100 * own["share"].item())
            ends = bars[2][0].get_segments()[0][:, 0]  # 1.96 standard errors of 1 %
            assert ends.tolist() == pytest.approx([x - 1.96, x + 1.96])
            label = chart.figure.axes[0].get_yticklabels()[round(y)].get_text()
            assert label == {"classical": "Classical", "firm": "City and province, CV3"}[test]
            assert bars[0].get_markerfacecolor() == {"a": style.INK, "b": "none"}[case]
    (legend,) = chart.figure.legends
    fills = [handle[0].get_markerfacecolor() for handle in chart.figure.axes[0].containers[::2]]
    words = [text.get_text() for text in legend.get_texts()]
    assert dict(zip(words, fills, strict=True)) == {"none": style.INK, "some": "none"}


def test_influence_is_drawn_by_hand():
    frame = pd.DataFrame(
        {"share": [0.6, 0.4, 0.9], "without": [1.0, 2.0, -3.0], "slope": 1.5,
         "unit": ["city", "city", "province"]}, ["C", "D", "P"],
    )  # fmt: skip
    (ax,) = figures.without_each({"flow": frame}).figure.axes
    assert {c.get_label(): c.get_offsets().tolist() for c in ax.collections} == {
        "without one city": [[0.6, 1], [0.4, 2]], "without one province": [[0.9, -3]]
    }  # fmt: skip
    assert ax.lines[1].get_ydata()[0] == 1.5
    assert [text.get_text() for text in ax.texts] == ["C", "P"]
