"""Differences of cases, the wild bootstrap draw by draw, and what a test would find."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from test_regression import by_dummies, panel
from wildboottest.wildboottest import WildboottestCL
from written_out import dummies

from lib.inference import Jackknife, detectable, table_of, wild_p, without_each
from lib.regression import fit

X = ["a", "b"]


def test_a_difference_of_two_cases_is_a_statistic_without_each_cluster():
    """Other rows (without a city) and another outcome: not independent estimates."""
    rows = panel()
    rows["y2"] = rows["y"] + rows["c"]
    rest = rows[rows["city"] != "city 3"]

    def gap(some):
        two = some[some["city"] != "city 3"]
        return by_dummies(some, dummies(some, "twoway")) - by_dummies(
            two.assign(y=two["y2"]), dummies(two, "twoway")
        )

    found = fit(rows, "y", X).jackknife() - fit(rest, "y2", X).jackknife()
    slow = without_each(rows, gap, "city")
    assert_allclose(found.coef, slow.coef, rtol=1e-8)
    assert_allclose(found.without, slow.without, rtol=1e-7)


def test_the_jackknife_by_hand():
    """Three clusters, whose slopes without each are 1, 2 and 6; the slope of all is 2."""
    left = pd.DataFrame({"x": [1.0, 2.0, 6.0]})
    table = Jackknife(pd.Series({"x": 2.0}), left).table.loc["x"]
    se = (2 / 3 * (1 + 0 + 16)) ** 0.5
    assert table["se"] == pytest.approx(se) and table["p"] == pytest.approx(
        2 * stats.t.sf(2 / se, 2)
    )
    assert table["high"] == pytest.approx(2 + stats.t.ppf(0.975, 2) * se)


def test_all_patterns_of_signs_are_those_of_wildboottest():
    rows = panel(gaps=5).assign(province=lambda frame: frame["city"].str[-1].astype(int) // 2)
    number = rows.assign(city=pd.factorize(rows["city"])[0])
    design = rows[X].join(dummies(number, "twoway")).to_numpy(float)
    other = WildboottestCL(
        X=design, Y=rows["y"].to_numpy(), cluster=rows["province"].to_numpy(),
        R=np.eye(design.shape[1])[0], B=9999, seed=1, parallel=False,
    )  # fmt: skip
    assert other.get_weights("rademacher")[1]
    other.get_scores(bootstrap_type="11", impose_null=True, adj=True, cluster_adj=True)
    for step in (other.get_numer, other.get_denom, other.get_tboot, other.get_vcov):
        step()
    other.get_tstat()
    share = np.mean(np.abs(other.t_boot) >= abs(float(np.squeeze(other.t_stat))) * (1 - 1e-9))
    assert wild_p(fit(rows, "y", X, clusters=("city", "province")), "a", "province") == share


def test_what_is_detectable_is_found_as_often_as_it_says():
    """A t statistic about its true value, with the spread that the test assumes."""
    rng = np.random.default_rng(4)
    least = detectable(1.0, 11)
    drawn = least + rng.standard_t(10, 200_000)
    assert (drawn > stats.t.ppf(0.975, 10)).mean() == pytest.approx(0.8, abs=0.003)
    frame = table_of(pd.Series({"x": 3.0}), pd.DataFrame([[4.0]]), 8)
    assert frame.loc["x", "t"] == 1.5
