"""The wild bootstrap against wildboottest, and how large an effect a test would find."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from test_regression import panel
from wildboottest.wildboottest import WildboottestCL
from written_out import dummies

from lib.inference import Jackknife, detectable, wild, wild_p
from lib.regression import fit

X = ["a", "b"]


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
    theirs = (other.t_boot / np.squeeze(other.t_stat)) ** 2
    found = fit(rows, "y", X, clusters=("city", "province"))
    ours = wild(found, ["a"], "province")
    assert_allclose(np.sort(np.tile(ours / ours[0], 2)), np.sort(theirs.ravel()), rtol=1e-7)
    assert wild_p(found, "a") == np.mean(theirs >= 1 - 1e-9)


def test_what_is_detectable_is_found_as_often_as_it_says():
    """A t statistic about its true value, with the spread that the test assumes."""
    rng = np.random.default_rng(4)
    least = detectable(1.0, 11)
    drawn = least + rng.standard_t(10, 200_000)
    assert (drawn > stats.t.ppf(0.975, 10)).mean() == pytest.approx(0.8, abs=0.003)


def test_a_cluster_that_one_case_lacks_moves_the_other_alone():
    three = Jackknife(pd.Series({"x": 2.0}), pd.DataFrame({"x": [1.0, 2.0, 6.0]}))
    two = Jackknife(pd.Series({"x": 1.0}), pd.DataFrame({"x": [4.0, 0.5]}, [0, 2]))
    assert (three - two).without["x"].tolist() == [-3.0, 1.0, 5.5]
