"""The tests of 8 against other programs and by hand; its simulation where the truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import cdist
from statsmodels.formula.api import ols

from lib import cases
from lib.inference import wild_p
from lib.specifications import MODEL1, STOCK


def by_hand(z, near):
    """Moran's I, sum by sum: the mean of a city's neighbours counts once."""
    z = z - z.mean()
    have = [i for i in range(len(z)) if near[i].any()]
    lagged = [np.mean([z[j] for j in range(len(z)) if near[i, j]]) for i in have]
    return sum(z[i] * lag for i, lag in zip(have, lagged, strict=True)) / len(have) / z.var()


def test_moran_is_the_sum_over_neighbours_and_one_where_halves_differ(page):
    z = page.left.to_numpy()
    assert page.moran(z[:, None]) == pytest.approx(by_hand(z, page.near))
    assert page.moran(z[:, None]) == pytest.approx(0.34312317504)  # esda 2.8.2, four without
    # On a line, with the next as neighbours: by hand, 2 and 3 have neighbours of both halves.
    line, half = cdist([[0], [1], [2], [3]], [[0], [1], [2], [3]]) == 1, np.array([1.0, 1, -1, -1])
    assert by_hand(half, line) == pytest.approx(0.5)
    assert page.alike(half, line) == pytest.approx(1 / 3)  # of three pairs two are alike


def test_the_correlation_of_neighbours_is_the_mean_product_over_the_variance(page):
    z = page.left.to_numpy() - page.left.mean()
    pairs = [(i, j) for i in range(len(z)) for j in range(i) if page.near[i, j]]
    for found, one_province in ((page.inside, True), (page.across, False)):
        of = [z[i] * z[j] for i, j in pairs if (page.home[i] == page.home[j]) == one_province]
        assert found == pytest.approx(np.mean(of) / z.var())


def test_a_shuffle_inside_provinces_moves_no_city_to_another(page):
    z = np.unique(page.home, return_inverse=True)[1].astype(float)[:, None]
    assert page.shuffled(z, page.home) == 1  # every shuffle is the map itself


def test_errors_of_the_simulation_are_those_of_other_programs(page):
    used = page.fits["stock", MODEL1, "paper"]
    ours = page.p_values(used, 0, page.design(used), used.rows[["REG"]].to_numpy())
    theirs = ols("REG ~ LM + IA + C(year) + C(city)", used.rows).fit()
    assert ours["classical"][0] == pytest.approx(theirs.pvalues["LM"], rel=1e-6)
    for unit in ("city", "province"):  # Stata's factor counts no effects of cities
        by = theirs.get_robustcov_results("cluster", groups=pd.factorize(used.rows[unit])[0])
        at = theirs.model.exog_names.index("LM")
        t = by.tvalues[at] * np.sqrt(
            (theirs.nobs - used.rows["year"].nunique() - 2) / theirs.df_resid
        )
        p = 2 * stats.t.sf(abs(t), used.rows[unit].nunique() - 1)
        assert ours[f"clustered by {unit}"][0] == pytest.approx(p, rel=1e-6)
    assert ours["jackknife by province"][0] == pytest.approx(
        used.table("jackknife", "province").loc["LM", "p"]
    )
    assert ours["bootstrap by province"][0] == pytest.approx(wild_p(used, "LM"))


def test_samples_of_a_city_have_the_true_slope_zero_on_average(page):
    used = page.fits["stock", MODEL1, "mended"]
    z = page.design(used)
    coef = np.linalg.lstsq(z, page.samples(used, z, 0))[0][0].reshape(len(page.WEIGHTS), page.DRAWS)
    assert (abs(coef.mean(1)) < 3.5 * coef.std(1) / np.sqrt(page.DRAWS)).all()


def test_without_a_city_is_the_regression_without_its_rows(page):
    used = page.fits["stock", MODEL1, "paper"]
    for name in ("Tongling", "Anhui"):
        kept = used.rows["city"].ne(name) & used.rows["province"].ne(name)
        again = cases.regression.fit(used.rows[kept], "REG", used.x, clusters="province")
        p = again.table("jackknife", "province").loc["LM", "p"]
        said = page.left_out.loc[("stock", "Model 1", "LM", "paper"), name]
        assert (said == "cannot tell") == (p >= 0.05)


def test_near_errors_are_the_sum_over_pairs(page):
    used = cases.fit(page.data[page.data["reach"].eq("upper")], STOCK, MODEL1)
    x, e = used.net[list(used.x)].to_numpy(), used.residuals.to_numpy()
    city = used.rows["city"].to_numpy()
    weight = np.clip(1 - page.km.loc[city, city].to_numpy() / 300, 0, None)
    bread = np.linalg.inv(x.T @ x)
    cov = bread @ (x * e[:, None]).T @ weight @ (x * e[:, None]) @ bread
    assert page.conley(used, 300) == pytest.approx(np.sqrt(cov[0, 0]))
