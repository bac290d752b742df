"""Chapter 7: the usual tests, and rejection rates, against textbook formulas and brute force."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lib import cases, panel, within
from lib.estimation import two_way_fe
from lib.specifications import MODEL1, STOCK
from studies.inference import battery, sizes

X = ["LM", "IA"]


def invented(cities=18, years=7, seed=1, holes=10, rho=0.0):
    """A panel with holes; REG above zero."""
    rng = np.random.default_rng(seed)
    number, year = (code.ravel() for code in np.indices((cities, years)))
    frame = pd.DataFrame({"number": number, "year": 2001 + year})
    frame["city"] = "c" + frame["number"].astype(str).str.zfill(3)
    for name in X:
        frame[name] = rng.normal(size=len(frame)) + 0.1 * number
    e = rng.normal(size=(cities, years))
    for before in range(years - 1):
        e[:, before + 1] += rho * e[:, before]
    frame["REG"] = 20 + 0.5 * frame["LM"] + 0.2 * frame["year"] % 7 + e.ravel()
    return frame.drop(index=rng.choice(len(frame), holes, replace=False)).reset_index(drop=True)


@pytest.mark.parametrize(("rho", "expected"), [(0.0, -0.5), (1.0, 0.0)])
def test_wooldridge_knows_white_noise_from_a_random_walk(rho, expected):
    frame = invented(cities=400, years=12, holes=300, rho=rho)
    slope, p = battery.wooldridge(frame, X)
    assert abs(slope - expected) < 0.04
    assert (p > 0.05) == (rho == 0)
    with pytest.raises(panel.DataError, match="three years in a row"):
        battery.wooldridge(frame[frame["year"] <= 2002], X)


def test_differences_skip_gaps():
    frame = invented(cities=2, years=5, holes=0).query("year != 2003")
    changes = battery.differences(frame, ["REG"])
    assert list(changes["year"]) == [2002, 2005] * 2
    reg = frame["REG"].to_numpy()
    assert_allclose(changes["REG"], reg[1::2] - reg[::2])


def test_unequal_variances_are_found_and_equal_ones_are_not():
    p = [battery.unequal_variances(invented(seed=s, years=15), X)[1] for s in range(60)]
    assert np.mean(np.array(p) < 0.05) < 0.15
    frame = invented(years=15)
    loud = frame["REG"] + np.where(frame["number"] < 5, 6, 0) * np.sin(7.0 * frame.index)
    assert battery.unequal_variances(frame.assign(REG=loud), X)[1] < 0.001


def test_likeness_of_neighbours_by_every_pair():
    frame = invented(cities=25, years=3, holes=4)
    names = sorted(frame["city"].unique())
    far = np.abs(np.subtract.outer(np.arange(25.0), np.arange(25.0))) * 90  # in a row
    i, p = battery.neighbours(frame, X, pd.DataFrame(far, names, names), draws=19)
    errors = frame.assign(e=two_way_fe(frame, "REG", X).residuals)
    by_city = errors.merge(errors, on="year")
    apart = by_city["number_x"].sub(by_city["number_y"]).abs() * 90
    pairs = by_city[apart.gt(0) & apart.le(battery.NEAR)]
    assert_allclose(i, (pairs["e_x"] * pairs["e_y"]).mean() / (errors["e"] ** 2).mean(), rtol=1e-9)
    assert 0.1 <= p <= 1  # 2 / 20 is the least of 19 draws


def test_shocks_keep_their_size_and_share_their_sign():
    residuals = np.array([1.0, 3.0, -2.0, 4.0])
    city, province, cell = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 0]), np.array([0, 1, 0, 1])
    rng = np.random.default_rng(3)
    by_city, shared, both = (
        sizes.shocks(residuals, city, province, cell, kind, 200, rng) for kind in sizes.SHOCKS
    )
    assert np.array_equal(np.abs(by_city), np.abs(residuals)[:, None].repeat(200, axis=1))
    assert (np.sign(by_city[0]) == np.sign(by_city[1])).all()
    assert 0 < (np.sign(by_city[0]) == np.sign(by_city[3])).sum() < 200
    assert (np.sign(shared[0]) == np.sign(shared[3])).all()
    # Means of the cells: -0.5 and 3.5; what is left: 1.5, -0.5, -1.5, 0.5.
    assert set(np.round(both[0], 9)) == {1.0, -1.0, 2.0, -2.0}
    assert set(np.round(both[1], 9)) == {3.0, -3.0, 4.0, -4.0}


def test_a_rejection_is_one_of_the_jackknife(data):
    fit = cases.fit(data, STOCK, MODEL1)
    key = ["row", "shocks", "errors"]
    ours = sizes.rejections(fit, 6, np.random.default_rng(5)).set_index(key)
    rng, rows = np.random.default_rng(5), fit.rows
    net = fit.net[["REG", "LM", "IA"]].to_numpy()
    order = rows.sort_values("city", kind="stable")
    codes = [pd.Series(pd.factorize(order[name])[0], order.index) for name in ("city", "province")]
    codes = [code[rows.index].to_numpy() for code in codes]
    cell = rows.groupby(["province", "year"]).ngroup().to_numpy()
    rejected = []
    for k, term in enumerate(("LM", "IA")):
        other = net[:, 2 - k]
        left = net[:, 0] - other * (other @ net[:, 0]) / (other @ other)
        for kind in sizes.SHOCKS:
            invented = sizes.shocks(left, *codes, cell, kind, 6, rng)
            for errors in sizes.ERRORS:
                p = [
                    within.leave_one_out(
                        rows.assign(REG=outcome), "REG", ["LM", "IA"], cluster=errors
                    ).table["p"][term]
                    for outcome in invented.T
                ]
                at = [np.mean(np.array(p) < level) for level in (0.01, 0.05, 0.10)]
                rejected.append([term, kind, errors, *at])
    expected = pd.DataFrame(rejected, columns=ours.reset_index().columns).set_index(key)
    assert (0 < expected.mean()).all() and (expected.mean() < 1).all()
    assert_allclose(ours.loc[expected.index], expected)
