"""The test of a curve against noise, and the tables on samples of 41 of the 110 cities."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib import panel, specifications, verdicts
from lib.estimation import two_way_fe
from lib.jackknife import leave_one_out
from lib.specifications import COLUMNS, READINGS, STOCK
from studies import multiverse
from studies.multiverse import curve, draws, register
from studies.multiverse.explore import groups

COLUMN = {column.key: column for column in COLUMNS}


@pytest.fixture(scope="module")
def data():
    return panel.load()


# -- the curve ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(data):
    """Two specifications with rows of their own: employment, with and without the product."""
    [group] = [
        group for group in groups(data[data["reach"] == "upper"], (COLUMN["model1"],))
        if group.key[1:4] == ("stock", "province", "none") and group.key[5] == "belt110"
        and "employment" in group.names
    ]  # fmt: skip
    city, year = np.nonzero(group.layout.present[0])
    frame = pd.DataFrame({"city": city, "year": year, "REG": group.y[0, 0, city, year]})
    for name, values in zip(group.names, group.x, strict=True):
        frame[name] = values[city, year]
    return group, frame


SMALL = (["LM", "employment"], ["LM", "employment", "employment centred"])


def test_the_curve_is_that_of_the_regressions(data):
    found = multiverse.explore(data, (COLUMN["model1"],))
    for mobility in ("flow", "stock"):
        made = curve.curve(data, mobility, curve.observed(data))
        r = np.sort(made.scores.sum(axis=2) * made.per_coef, axis=1)
        for own, outcome in zip(r, ("reg", "log_reg"), strict=True):
            part = found.of("model1", "LM", mobility, outcome)
            assert own == pytest.approx(np.sort(part["r"]), abs=1e-9)
        assert made.leverage.sum(axis=1) == pytest.approx(1)


def test_tests_of_the_curve_one_by_one(data, small, monkeypatch):
    group, frame = small
    monkeypatch.setattr(curve, "groups", lambda *_: [group])
    upper = data[data["reach"] == "upper"]
    made = curve.curve(upper, "stock", group.y[0])
    tested = curve.test(made, draws=9, seed=1).iloc[0]
    singles = [leave_one_out(frame, "REG", x) for x in SMALL]
    full = [two_way_fe(frame, "REG", x) for x in SMALL]
    scale = [f.classical.loc["LM", "t"] for f in full]
    scale = [
        t / np.sqrt(t**2 + f.df_resid) / f.coef["LM"] for t, f in zip(scale, full, strict=True)
    ]
    moved = sum(c * (j.without["LM"] - j.coef["LM"]) for c, j in zip(scale, singles, strict=True))
    mean = sum(c * f.coef["LM"] for c, f in zip(scale, full, strict=True))
    g = len(moved)
    expected = mean / np.sqrt((g - 1) / g * (moved**2).sum())
    assert tested["jackknife"] == pytest.approx(expected)

    # A draw is a regression of the fit under the null plus residuals whose signs are flipped.
    signs = curve.weights(9, g, 1)[3]
    slopes = made.scores[0] @ signs
    for slope, x in zip(slopes, SMALL, strict=True):
        null = two_way_fe(frame, "REG", x[1:])
        drawn = frame.assign(REG=frame["REG"] - null.residuals * (1 - signs[frame["city"]]))
        assert slope == pytest.approx(two_way_fe(drawn, "REG", x).coef["LM"])


def test_null_panels_have_the_errors_they_say(data):
    y = curve.observed(data)[0]
    errors = curve.null_panels(data, y, panels=400, rho=0.8, shared=0.5, seed=3)
    net = y - y.mean(axis=1, keepdims=True)
    spread = (net - net.mean(axis=0)).std(axis=1)
    assert errors.std(axis=(0, 2)) == pytest.approx(spread, rel=0.1)
    unit = errors / spread[:, None]
    assert np.mean(unit[..., 1:] * unit[..., :-1]) == pytest.approx(0.8, abs=0.02)
    province = data.groupby("city_code")["province"].first().to_numpy()
    one, two = np.flatnonzero(province == "Jiangsu")[:2]
    other = np.flatnonzero(province == "Yunnan")[0]
    assert np.mean(unit[:, one] * unit[:, two]) == pytest.approx(0.5, abs=0.1)
    assert np.mean(unit[:, one] * unit[:, other]) == pytest.approx(0, abs=0.1)


def test_size_is_a_share_of_the_null_panels(data):
    nulls = curve.null_tests(data, panels=4, rho=0.5, draws=39)
    size = curve.size(nulls)
    assert list(size.index) == list(register.NAME)
    assert (4 * size).isin(range(5)).all(axis=None)
    low = (nulls.loc[("stock", "reg"), "p_median"] <= 0.05).mean()
    assert size.loc[("stock", "reg"), "median"] == low


# -- 41 of 110 ------------------------------------------------------------------------------------


def test_samples_have_their_share_of_each_reach(data):
    chosen = draws.samples(data, 300, seed=5)
    reach = data.groupby("city_code")["reach"].first().to_numpy()
    for name, number in (("upper", 12), ("middle", 14), ("lower", 15)):
        assert ((reach[chosen] == name).sum(axis=1) == number).all()
    assert (np.diff(chosen, axis=1) > 0).all()
    often = np.bincount(chosen.ravel(), minlength=110) / 300
    assert 0.25 < often.min() and often.max() < 0.5


@pytest.mark.parametrize("reading", [*READINGS, replace(STOCK, outcome="log_reg")], ids=str)
def test_a_sample_is_the_tables_of_its_cities(data, reading):
    chosen = draws.samples(data, 3)
    drawn = draws.estimate(data, chosen, reading)
    codes = np.unique(data["city_code"])[chosen[2]]
    own = data[data["city_code"].isin(codes)]
    for at, claim in enumerate(drawn.claims.itertuples()):
        column = COLUMN[claim.column]
        single = two_way_fe(specifications.rows(own, reading, column), "REG", column.terms)
        cell = verdicts.compare(column, single).set_index("row").loc[claim.term]
        assert drawn.coef[2, at] == pytest.approx(cell["coef"], rel=1e-6)
        assert drawn.verdict[2, at] == cell["verdict"]
