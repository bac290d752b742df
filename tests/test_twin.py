"""The invented yearbook gives the panel in ``data``; chapter 10 gives the tables from the panel."""

import pandas as pd
import twin

from lib import panel


def test_the_road_from_yearbook_to_indicators():
    shipped = pd.read_csv(twin.INDICATORS).fillna({"flags": ""})
    derived, numbers = twin.indicators(), panel.INDICATORS
    assert list(derived) == list(shipped)
    derived[numbers] = derived[numbers].apply(pd.to_numeric)
    pd.testing.assert_frame_equal(derived, shipped, rtol=2e-6, check_dtype=False)
    assert len(derived) == 41 * 16 and derived[numbers].drop(columns="k").notna().all(axis=None)
