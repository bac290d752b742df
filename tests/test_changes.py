"""Changes between two years, against three cities by hand and the register of boundaries."""

import numpy as np
import pandas as pd
import pytest

from lib import changes
from lib.panel import DataError

LOGS = np.array([-1.0, 0.0, 1.0])


def small(logs: dict[int, np.ndarray], **columns: list[list[float]]) -> pd.DataFrame:
    """Three cities in the layout of the panel: log REG, and other columns, by year."""
    usual = {"reg": np.exp([*logs.values()]), "rlr": 1, "share_secondary": 0.5, "lm_flow_gross": 1}
    values = {name: np.broadcast_to(of, (len(logs), 3)) for name, of in (usual | columns).items()}
    frame = pd.DataFrame({name: of.ravel() for name, of in values.items()})
    places = {"city": list("ABC"), "reach": ["upper", "middle", "lower"], "province": list("PQR")}
    places = {name: of * len(logs) for name, of in places.items()}
    return frame.assign(year=np.repeat([*logs], 3), flags="", **places)


def test_growth_of_output_is_that_of_reg_and_of_residents():
    """REG of A is constant while its residents double in two years: its output doubles too.
    B doubles REG without a new resident; C halves its residents and keeps its output."""
    end = LOGS + np.log([1, 2, 2])
    flows = [[np.nan] * 3, [2, 1, 0.5], [1, 1, 1]]
    found = changes.growth(
        small({2008: LOGS, 2009: LOGS, 2010: end}, lm_flow_gross=flows), 2008, 2010
    )
    half = 50 * np.log(2)
    assert found["start"].to_numpy() == pytest.approx(LOGS)
    assert found["REG"].to_numpy() == pytest.approx([0, half, half])
    assert found["residents"].to_numpy() == pytest.approx([half, 0, -half])
    assert found["output"].to_numpy() == pytest.approx([half, half, 0])


def test_industry_that_grows_alone_leaves_the_rest_as_it_was():
    """A: industry 50 and rest 50; industry grows to 150, so that output doubles and the share is
    three quarters.  B: half of the rest becomes industry, output stays."""
    shares = [[0.5, 0.5, 0.5], [0.75, 0.75, 0.5]]
    wages = [[8.0] * 3, [9.0] * 3]
    logs = {2008: LOGS, 2009: LOGS + np.log([2, 1, 1])}
    found = changes.between(small(logs, share_secondary=shares, rlr=wages), 2008, 2009)
    assert found["wage"].to_numpy() == pytest.approx(np.log([8, 8, 8]))
    assert found["rest"].to_numpy() == pytest.approx([0, np.log(0.5), 0])
    assert found["share"].to_numpy() == pytest.approx([0.25, 0.25, 0])
    assert found["IA"].to_numpy() == pytest.approx([0.125, 0.125, -0.25])  # of a mean of 2/3
    assert found["money"].to_numpy() == pytest.approx([np.exp(-1), 0, 0])


def test_cities_without_one_of_the_years_are_left_out_and_a_gap_stays_a_gap():
    logs = {2008: [*LOGS[:2], np.nan], 2009: LOGS, 2010: LOGS}
    three = small(logs, lm_flow_gross=[[np.nan] * 3, [np.nan, 1, 1], [1, 1, 1]])
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
