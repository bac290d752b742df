"""The twin: the whole road from its yearbook to the printed tables."""

import pandas as pd
import pytest
import twin as tool

from lib import indicators, panel, verdicts
from lib.estimation import two_way_fe
from lib.specifications import COLUMNS, rows
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


def test_with_six_digits_of_the_flow_less_one_all_is_printed(data):
    """As the first edition had it: 23 of 23 coefficients, to the printed digit, and t to two."""
    book = pd.read_csv(YEARBOOK)
    less_one = indicators.lm_flow(book, book["natural_growth"] / 1000) - 1
    lm = less_one[book["year"].ge(2008)].map(lambda value: float(f"{value:.6g}"))
    data = data.assign(lm=lm.to_numpy())
    fits = [two_way_fe(rows(data, twin.TWIN, column), "REG", column.terms) for column in COLUMNS]
    cells = pd.concat(map(verdicts.compare, COLUMNS, fits, ["classical"] * len(COLUMNS)))
    assert len(cells) == 23
    assert (cells["coef"].round(3) == cells["printed"]).all()
    assert (cells["t"] - cells["printed_t"]).abs().max() < 0.005
