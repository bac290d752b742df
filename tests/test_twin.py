"""The invented yearbook gives the panel in ``data``, and the panel the printed tables."""

import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from data.make import twin
from lib import panel, published, specifications
from lib.specifications import COLUMNS, Reading


def test_the_road_from_yearbook_to_indicators():
    shipped = pd.read_csv(twin.INDICATORS).fillna({"flags": ""})
    derived, numbers = twin.indicators(), panel.INDICATORS
    assert list(derived) == list(shipped)
    derived[numbers] = derived[numbers].apply(pd.to_numeric)
    pd.testing.assert_frame_equal(derived, shipped, rtol=2e-6, check_dtype=False)
    assert len(derived) == 41 * 16 and derived[numbers].drop(columns="k").notna().all(axis=None)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_the_indicators_give_the_printed_coefficients_and_t_values(column):
    towns = panel.load_cities(panel.DATA / "synthetic_cities.csv")
    data = panel.load(panel.DATA / "synthetic_indicators.csv", towns)
    data["lm"] = data["lm_flow_city"] - 1  # equation (3) less one, with the rates of each city
    cells = published.coefficients(column.table).query("column == @column.key").set_index("row")
    rows = specifications.rows(data, Reading("invented", mobility="lm"), column)
    rows, effects = rows.set_index(["city", "year"]), {"entity_effects": True, "time_effects": True}
    fit = PanelOLS(rows["REG"], rows[cells.index], **effects).fit()
    assert (fit.params - cells["coef"]).abs().max() < 9e-4
    assert (fit.tstats - cells["t"]).abs().max() < 9e-4
