"""Sigma and beta against closed forms and against least squares written out in numpy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import convergence
from lib.panel import DataError

REACHES = ["upper", "upper", "middle", "middle", "lower", "lower", "lower", "lower"]


def panel_of(first: np.ndarray, last: np.ndarray, years: tuple[int, int]) -> pd.DataFrame:
    """REG of cities in two years, in the layout of the indicator panel."""
    codes = np.arange(1, len(first) + 1)
    parts = [
        pd.DataFrame({"city_code": codes, "year": year, "reg": reg})
        for year, reg in zip(years, (first, last), strict=True)
    ]
    names = {code: f"City {code}" for code in codes}
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(city=rows["city_code"].map(names), reach="upper")


@pytest.fixture
def noisy() -> pd.DataFrame:
    """Eight cities whose logarithms shrink by a third, with noise that grows with the start."""
    rng = np.random.default_rng(11)
    start = np.linspace(-1.5, 1.2, 8)
    end = 0.9 + 2 / 3 * start + (0.1 + start**2) * rng.normal(scale=0.2, size=8)
    return panel_of(np.exp(start), np.exp(end), (2008, 2023)).assign(
        reach=lambda rows: np.take(REACHES, rows["city_code"] - 1)
    )


# --- sigma --------------------------------------------------------------------------------------


def test_sigma_is_the_sample_deviation_of_the_logarithms() -> None:
    """Logarithms -1, 0 and 1 have the sample variance 1; halved, a quarter."""
    logs = np.array([-1.0, 0.0, 1.0])
    spread = convergence.sigma(panel_of(np.exp(logs), np.exp(5 + logs / 2), (2008, 2009)))
    assert list(spread.columns) == ["all"] and list(spread.index) == [2008, 2009]
    assert spread["all"].to_numpy() == pytest.approx([1.0, 0.5])


def test_sigma_by_group_is_within_the_group_and_keeps_all_cities_beside_it(noisy) -> None:
    spread = convergence.sigma(noisy, by="reach")
    assert set(spread.columns) == {"all", "upper", "middle", "lower"}
    for year, rows in noisy.groupby("year"):
        assert spread.loc[year, "all"] == pytest.approx(np.std(np.log(rows["reg"]), ddof=1))
        for reach, part in rows.groupby("reach"):
            assert spread.loc[year, reach] == pytest.approx(np.std(np.log(part["reg"]), ddof=1))


def test_sigma_does_not_depend_on_the_unit_of_reg(noisy) -> None:
    scaled = noisy.assign(reg=1000 * noisy["reg"])
    pd.testing.assert_frame_equal(
        convergence.sigma(scaled, "reach"), convergence.sigma(noisy, "reach")
    )


# --- beta ---------------------------------------------------------------------------------------


def test_speed_is_the_rate_at_which_gaps_close() -> None:
    """Gaps to a common path shrink by exp(-0.03) a year, so that the speed is 3 % a year.

    Over 10 years b = (exp(-0.3) - 1) / 10; with one common growth of 0.5 in the logarithm the
    intercept is 0.05.
    """
    start = np.array([-1.0, -0.2, 0.1, 0.5, 2.0])
    noise = 1e-6 * np.array([1, -1, 1, -1, 1])  # an exact fit has no standard error
    end = 0.5 + np.exp(-0.3) * start + noise
    found = convergence.beta(panel_of(np.exp(start), np.exp(end), (2010, 2020)), 2010, 2020)
    assert found.slope == pytest.approx((np.exp(-0.3) - 1) / 10, abs=1e-6)
    assert found.intercept == pytest.approx(0.05, abs=1e-6)
    assert found.speed == pytest.approx(0.03, abs=1e-6)
    assert found.years == (2010, 2020)


def test_slope_and_hc3_error_are_those_written_out(noisy) -> None:
    """HC3: (X'X)^-1 X' diag(e^2 / (1 - h)^2) X (X'X)^-1, MacKinnon and White (1985)."""
    reg = noisy.pivot(index="city_code", columns="year", values="reg")
    x = np.column_stack([np.ones(8), np.log(reg[2008])])
    y = (np.log(reg[2023] / reg[2008]) / 15).to_numpy()
    bread = np.linalg.inv(x.T @ x)
    intercept, slope = bread @ x.T @ y
    leverage = np.diag(x @ bread @ x.T)
    scaled = (y - x @ [intercept, slope]) / (1 - leverage)
    se = np.sqrt((bread @ (x.T * scaled**2) @ x @ bread)[1, 1])

    found = convergence.beta(noisy, 2008, 2023)
    assert (found.slope, found.intercept) == (pytest.approx(slope), pytest.approx(intercept))
    assert found.se == pytest.approx(se)
    # With 8 cities t has 6 degrees of freedom; its 97.5 % point is 2.447 in any textbook.
    assert stats.t.ppf(0.975, 6) == pytest.approx(2.447, abs=5e-4)
    half = stats.t.ppf(0.975, 6) * se
    assert (found.low, found.high) == (pytest.approx(slope - half), pytest.approx(slope + half))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(slope / se), 6))


def test_every_city_has_its_start_growth_and_place(noisy) -> None:
    frame = convergence.beta(noisy, 2008, 2023).frame
    assert list(frame.columns) == ["city_code", "start", "growth", "city", "reach"]
    assert frame["start"].to_numpy() == pytest.approx(np.linspace(-1.5, 1.2, 8))
    end = np.log(noisy.loc[noisy["year"] == 2023, "reg"].to_numpy())
    assert frame["growth"].to_numpy() == pytest.approx((end - frame["start"]) / 15)
    assert frame["reach"].tolist() == REACHES
    assert frame["city"].tolist() == [f"City {code}" for code in range(1, 9)]


def test_years_between_do_not_matter(noisy) -> None:
    between = noisy[noisy["year"] == 2008].assign(year=2015, reg=100.0)
    found = convergence.beta(pd.concat([noisy, between]), 2008, 2023)
    assert found.slope == convergence.beta(noisy, 2008, 2023).slope


def test_a_city_without_one_of_the_years_is_left_out(noisy) -> None:
    gone = noisy.drop(noisy.index[(noisy["city_code"] == 3) & (noisy["year"] == 2008)])
    missing = noisy.assign(reg=noisy["reg"].mask((noisy["city_code"] == 3) & (noisy.index > 7)))
    others = convergence.beta(noisy[noisy["city_code"] != 3], 2008, 2023)
    for data in (gone, missing):
        found = convergence.beta(data, 2008, 2023)
        assert 3 not in set(found.frame["city_code"])
        assert (found.slope, found.se) == (others.slope, others.se)


def test_there_is_no_speed_where_gaps_change_their_sign() -> None:
    """End = -start / 2: over one year 1 + b = -1/2, and no rate of decay crosses zero."""
    start = np.array([-1.0, -0.2, 0.1, 0.5, 2.0])
    noise = 1e-3 * np.array([1, -1, 1, -1, 1])
    found = convergence.beta(
        panel_of(np.exp(start), np.exp(-start / 2 + noise), (2008, 2009)), 2008, 2009
    )
    assert found.slope == pytest.approx(-1.5, abs=1e-2)
    assert np.isnan(found.speed)


def test_divergence_has_a_negative_speed() -> None:
    start = np.array([-1.0, -0.2, 0.1, 0.5, 2.0])
    noise = 1e-6 * np.array([1, -1, 1, -1, 1])
    found = convergence.beta(
        panel_of(np.exp(start), np.exp(np.exp(0.2) * start + noise), (2008, 2018)), 2008, 2018
    )
    assert found.slope > 0
    assert found.speed == pytest.approx(-0.02, abs=1e-6)


@pytest.mark.parametrize(("cities", "last", "held"), [(2, 2023, 2), (8, 2022, 0)])
def test_fewer_than_three_cities_are_refused(noisy, cities, last, held) -> None:
    rows = noisy[noisy["city_code"] <= cities]
    with pytest.raises(DataError, match=f"2008 to {last}: {held} cities.*at least 3"):
        convergence.beta(rows, 2008, last)


@pytest.mark.parametrize(("first", "last"), [(2023, 2008), (2008, 2008)])
def test_growth_needs_years_in_order(noisy, first, last) -> None:
    with pytest.raises(DataError, match=f"{first} to {last}; expected an earlier first year"):
        convergence.beta(noisy, first, last)
