"""The twin's road from its yearbook; that it gives the tables is in ``tests/claims``."""

import pandas as pd
import pytest
import twin as tool

from lib import panel
from studies import twin

YEARBOOK = panel.DATA / "synthetic_yearbook.csv"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return twin.load()


def test_the_road_from_yearbook_to_indicators(data):
    shipped = pd.read_csv(twin.INDICATORS).fillna({"flags": ""})
    derived, numbers = tool.indicators(), panel.INDICATORS
    assert list(derived) == list(shipped)
    derived[numbers] = derived[numbers].apply(pd.to_numeric)
    pd.testing.assert_frame_equal(derived, shipped, rtol=2e-6, check_dtype=False)
    assert len(data) == 41 * 16 and data[numbers].drop(columns="k").notna().all(axis=None)
