"""Changes between two years, against three cities by hand and the register of boundaries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import changes
from lib.panel import DataError

LOGS = np.array([-1.0, 0.0, 1.0])


def small(
    logs: dict[int, np.ndarray],
    flows: dict[int, list[float]] | None = None,
    shares: dict[int, list[float]] | None = None,
) -> pd.DataFrame:
    """Three cities in the layout of the panel: log REG, growth factors of residents, industry."""
    parts = [
        pd.DataFrame(
            {"city": list("ABC"), "year": year, "reg": np.exp(values), "flags": "", "rlr": 1.0,
             "reach": ["upper", "middle", "lower"], "province": list("PQR"),
             "share_secondary": (shares or {}).get(year, [0.5] * 3),
             "lm_flow_gross": (flows or {}).get(year, [np.nan if year == min(logs) else 1.0] * 3)}
        )
        for year, values in logs.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_growth_of_output_is_that_of_reg_and_of_residents():
    """REG of A is constant while its residents double in two years: its output doubles too.
    B doubles REG without a new resident; C halves its residents and keeps its output."""
    end = LOGS + np.log([1, 2, 2])
    flows = {2009: [2, 1, 0.5], 2010: [1, 1, 1]}
    found = changes.growth(small({2008: LOGS, 2009: LOGS, 2010: end}, flows), 2008, 2010)
    half = 50 * np.log(2)
    assert found["start"].to_numpy() == pytest.approx(LOGS)
    assert found["REG"].to_numpy() == pytest.approx([0, half, half])
    assert found["residents"].to_numpy() == pytest.approx([half, 0, -half])
    assert found["output"].to_numpy() == pytest.approx([half, half, 0])


def test_industry_that_grows_alone_leaves_the_rest_as_it_was():
    """A: industry 50 and rest 50; industry grows to 150, so that output doubles and the share is
    three quarters.  B: half of the rest becomes industry, output stays."""
    shares = {2008: [0.5, 0.5, 0.5], 2009: [0.75, 0.75, 0.5]}
    end = LOGS + np.log([2, 1, 1])
    rows = small({2008: LOGS, 2009: end}, shares=shares)
    found = changes.between(rows.assign(rlr=rows["year"] - 2000), 2008, 2009)
    assert found["wage"].to_numpy() == pytest.approx(np.log([8, 8, 8]))
    assert found["rest"].to_numpy() == pytest.approx([0, np.log(0.5), 0])
    assert found["share"].to_numpy() == pytest.approx([0.25, 0.25, 0])
    assert found["IA"].to_numpy() == pytest.approx([0.125, 0.125, -0.25])  # of a mean of 2/3
    assert found["money"].to_numpy() == pytest.approx([np.exp(-1), 0, 0])


def test_changes_leave_out_the_step_into_the_first_year(data):
    """Residents of 2022 over those of 2010 take the growth of 2011 to 2022, and not of 2010."""
    found = changes.between(data, 2010, 2022).set_index("city")["residents"]
    gross = data.pivot(index="city", columns="year", values="lm_flow_gross")
    expected = np.log(gross.loc[:, 2011:2022].prod(axis=1))
    pd.testing.assert_series_equal(found, expected, check_names=False)


def test_cities_without_one_of_the_years_are_left_out_and_a_gap_stays_a_gap():
    flows = {2009: [np.nan, 1, 1], 2010: [1, 1, 1]}
    three = small({2008: LOGS, 2009: LOGS, 2010: LOGS}, flows)
    three.loc[2, "reg"] = np.nan
    found = changes.between(three, 2008, 2010)
    assert found["city"].tolist() == ["A", "B"]
    assert found["residents"].isna().tolist() == [True, False]


def test_a_boundary_counts_within_the_years_only(data):
    """The nine cities of the register of boundaries; after 2016 none moved."""
    moved = {"Anqing", "Chengdu", "Hefei", "Huainan", "Lu'an", "Ma'anshan", "Tongling", "Wuhu",
             "Ziyang"}  # fmt: skip
    for first, expected in ((2008, moved), (2016, set())):
        found = changes.between(data, first, 2023)
        assert set(found.loc[found["moved"], "city"]) == expected
    later = changes.between(data, 2012, 2023)
    assert "Ma'anshan" not in set(later.loc[later["moved"], "city"])


def test_changes_need_years_that_there_are_in_order(data):
    for last, words in ((2008, "2008 to 2008; expected an earlier first"), (2030, "2008 and 2030")):
        with pytest.raises(DataError, match=words):
            changes.between(data, 2008, last)
