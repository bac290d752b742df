"""The fast bootstrap is the slow one: every draw regressed, other programs, counts by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from wildboottest.wildboottest import WildboottestCL
from written_out import dummies, simulated

from lib import bootstrap
from lib.bootstrap import Restriction
from lib.panel import DataError

TERMS = ["a", "b", "c"]
BY = st.sampled_from(["city", "province"])


def panel(cities=12, years=6, holes=0.2, seed=5):
    """A province is three cities."""
    rows = simulated(cities, years, round(holes * cities * years), seed)
    return rows.assign(city=100 + rows["city"], province=rows["city"] // 3)


def by_regressions(rows, cluster, q, weights, restricted):
    """Statistics of the data and of every draw, each by a regression with every dummy."""
    x, y = rows[TERMS].join(dummies(rows, "twoway")).to_numpy(), rows["y"].to_numpy()
    codes = pd.factorize(rows[cluster], sort=True)[0]
    member, inverse = np.eye(codes.max() + 1)[codes], np.linalg.pinv(x.T @ x)
    n, g = member.shape
    factor = g / (g - 1) * (n - 1) / (n - 3 - rows["year"].nunique())

    def statistic(target):
        coef = inverse @ x.T @ target
        scores = member.T @ (x * (target - x @ coef)[:, None]) @ inverse[:, :q]
        cov = factor * scores.T @ scores
        if q == 1:
            return coef[0] / np.sqrt(cov[0, 0])
        return coef[:q] @ np.linalg.solve(cov, coef[:q])

    null = x[:, q if restricted else 0 :]
    residuals = y - null @ np.linalg.lstsq(null, y)[0]
    return statistic(y), [statistic(v[codes] * residuals) for v in weights]


def test_signs_are_enumerated_where_they_are_no_more_than_the_draws():
    every, random = bootstrap.weights(1024, 10), bootstrap.weights(1023, 10)
    assert sorted(map(tuple, every)) == sorted(itertools.product([-1.0, 1.0], repeat=10))
    assert bootstrap.is_enumeration(every) and (every[0] == 1).all()
    assert random.shape == (1023, 10) and not bootstrap.is_enumeration(random)
    assert set(np.unique(random)) == {-1.0, 1.0} and abs(random.mean()) < 0.05


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), BY, st.integers(1, 2), st.booleans())
def test_every_draw_is_its_regression(seed, cluster, q, restricted):
    rows = panel(seed=seed)
    assume(rows.groupby("city").size().min() > 1)
    one = Restriction.of(rows, "y", TERMS[:q], TERMS[q:], cluster=cluster)
    weights = bootstrap.weights(15, rows[cluster].nunique())
    drawn = one.draw(weights, None if restricted else one.fit.residuals)
    assume(np.abs(drawn).max() < 1e4)  # draws with nearly no variance keep fewer digits
    statistic, expected = by_regressions(rows, cluster, q, weights, restricted)
    np.testing.assert_allclose(one.statistic, statistic, rtol=1e-7)
    np.testing.assert_allclose(drawn, expected, rtol=1e-6, atol=1e-9)


def test_a_draw_without_variance_is_as_far_out_as_can_be():
    for q in (1, 2):
        one = Restriction.of(panel(), "y", TERMS[:q])
        nothing = pd.Series(0.0, one.fit.residuals.index)
        assert np.isinf(one.draw(bootstrap.weights(9, 12), nothing)).all()


def test_an_enumeration_is_that_of_wildboottest():
    rows = panel()
    design = rows[TERMS].join(dummies(rows, "twoway")).to_numpy()
    other = WildboottestCL(
        X=design, Y=rows["y"].to_numpy(), cluster=rows["province"].to_numpy(),
        R=np.eye(design.shape[1])[0], B=9999, seed=1, parallel=False,
    )  # fmt: skip
    assert other.get_weights("rademacher")[1:] == (16, True)
    other.get_scores(bootstrap_type="11", impose_null=True, adj=True, cluster_adj=True)
    for step in (other.get_numer, other.get_denom, other.get_tboot, other.get_vcov):
        step()
    other.get_tstat()
    one = Restriction.of(rows, "y", ["a"], ["b", "c"], cluster="province")
    drawn = one.draw(bootstrap.weights(9999, 4))
    n, m = design.shape
    ratio = np.sqrt((n - m) / (n - m + rows["city"].nunique() - 1))  # they count the cities
    np.testing.assert_allclose(one.statistic * ratio, other.t_stat)
    np.testing.assert_allclose(np.sort(drawn) * ratio, np.sort(other.t_boot))
    larger = np.abs(other.t_boot) >= abs(float(np.squeeze(other.t_stat))) * (1 - 1e-9)
    assert bootstrap.wild_cluster(rows, "y", TERMS, "a", cluster="province") == larger.mean()


def test_no_data_reject_below_what_the_draws_allow():
    for cities, draws, least in ((8, 9999, 2 / 2**8), (20, 199, 1 / 200)):
        rows = panel(cities=cities, holes=0.0)
        rows["y"] = rows["y"] + 1000 * rows["a"]
        assert bootstrap.wild_cluster(rows, "y", TERMS, "a", draws=draws) == least


ROWS = panel()


@pytest.mark.parametrize(
    "match, change, options",
    [
        ("'c': found nothing", {"c": ROWS["a"] + ROWS["b"]}, {}),
        ("singular covariance", {"half": ROWS["city"] % 2}, {"cluster": "half"}),
        ("empty list", {}, {"tested": []}),
    ],
)
def test_what_cannot_be_tested_is_refused(match, change, options):
    with pytest.raises(DataError, match=match):
        float(Restriction.of(ROWS.assign(**change), "y", **{"tested": TERMS, **options}).statistic)
    for term, draws, words in (("d", 9, "'d': not found"), ("a", 0, "0 draws")):
        with pytest.raises(DataError, match=words):
            bootstrap.wild_cluster(ROWS, "y", TERMS, term, draws=draws)
