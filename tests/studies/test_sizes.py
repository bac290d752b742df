"""Rejection rates against the jackknife of each invented outcome, one regression at a time."""

import numpy as np
import pandas as pd
import pytest

from lib import cases, within
from lib.specifications import MODEL1, STOCK
from studies.inference import sizes


def test_shocks_keep_their_size_and_share_their_sign():
    residuals = np.array([1.0, 3.0, -2.0, 4.0])
    city, province, cell = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 0]), np.array([0, 1, 0, 1])
    rng = np.random.default_rng(3)
    by_city = sizes.shocks(residuals, city, province, cell, "city", 50, rng)
    assert np.array_equal(np.abs(by_city), np.abs(residuals)[:, None].repeat(50, axis=1))
    assert (np.sign(by_city[0]) == np.sign(by_city[1])).all()
    assert 0 < (np.sign(by_city[0]) == np.sign(by_city[3])).sum() < 50
    shared = sizes.shocks(residuals, city, province, cell, "province", 50, rng)
    assert (np.sign(shared[0]) == np.sign(shared[3])).all()
    # Means of the cells: -0.5 and 3.5; what is left: 1.5, -0.5, -1.5, 0.5.
    both = sizes.shocks(residuals, city, province, cell, "both", 200, rng)
    assert set(np.round(both[0], 9)) == {1.0, -1.0, 2.0, -2.0}
    assert set(np.round(both[1], 9)) == {3.0, -3.0, 4.0, -4.0}


def test_a_rejection_is_one_of_the_jackknife(data):
    fit = cases.fit(data, STOCK, MODEL1)
    found = sizes.rejections(fit, 6, np.random.default_rng(5)).set_index(
        ["row", "shocks", "errors"]
    )
    rng, rows = np.random.default_rng(5), fit.rows
    net = fit.net[["REG", "LM", "IA"]].to_numpy()
    order = rows.sort_values("city", kind="stable")
    codes = [pd.Series(pd.factorize(order[name])[0], order.index) for name in ("city", "province")]
    codes = [code[rows.index].to_numpy() for code in codes]
    cell = rows.groupby(["province", "year"]).ngroup().to_numpy()
    rejected = {}
    for k, term in enumerate(("LM", "IA")):
        other = net[:, 2 - k]
        left = net[:, 0] - other * (other @ net[:, 0]) / (other @ other)
        for kind in sizes.SHOCKS:
            invented = sizes.shocks(left, *codes, cell, kind, 6, rng)
            for draw in range(6):
                outcome = rows.assign(REG=invented[:, draw])
                for errors in sizes.ERRORS:
                    p = within.leave_one_out(outcome, "REG", ["LM", "IA"], cluster=errors).table[
                        "p"
                    ]
                    rejected.setdefault((term, kind, errors), []).append(p[term] < 0.05)
    assert 0 < sum(map(sum, rejected.values())) < 72
    for key, each in rejected.items():
        assert found.loc[key, "rejected"] == pytest.approx(np.mean(each)), key
