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
    return frame.assign(year=np.repeat([*logs], 3), moved=False, **places)


def test_cities_without_one_of_the_years_are_left_out_and_a_gap_stays_a_gap():
    logs = {2008: [*LOGS[:2], np.nan], 2009: LOGS, 2010: LOGS}
    three = small(logs, lm_flow_gross=[[np.nan] * 3, [np.nan, 1, 1], [1, 1, 1]])
    found = changes.between(three, 2008, 2010)
    assert found["city"].tolist() == ["A", "B"]
    assert found["residents"].isna().tolist() == [True, False]


def test_changes_need_years_that_there_are_in_order(data):
    for last, words in ((2008, "2008 to 2008; expected an earlier first"), (2030, "2008 and 2030")):
        with pytest.raises(DataError, match=words):
            changes.between(data, 2008, last)
