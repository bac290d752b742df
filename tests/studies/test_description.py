"""Chapters 3 and 5: spread against closed forms, pictures against the data they show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import changes, panel
from lib.panel import DataError
from studies import description

LOGS = np.array([-1.0, 0.0, 1.0])


def small(logs: dict[int, np.ndarray]) -> pd.DataFrame:
    """Three cities in the layout of the panel: log REG by year."""
    parts = [pd.DataFrame({"city": list("ABC"), "year": year, "reg": np.exp(values)})
             for year, values in logs.items()]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return panel.load()


@pytest.fixture(scope="module")
def grown(data) -> pd.DataFrame:
    return changes.growth(data, 2008, 2023)


# --- spread -------------------------------------------------------------------------------------


def test_sigma_is_the_sample_deviation_of_the_logarithms():
    """Logarithms -1, 0 and 1 have the sample variance 1; halved and shifted, a quarter."""
    rows = small({2008: LOGS, 2009: 5 + LOGS / 2}).assign(reach="upper")
    spread = description.sigma(rows)
    assert spread["all"].to_numpy() == pytest.approx([1, 0.5])
    assert spread["upper"].equals(spread["all"].rename("upper"))


def test_sigma_by_reach_is_within_the_reach_and_knows_no_unit(data):
    spread = description.sigma(data)
    pd.testing.assert_frame_equal(description.sigma(data.assign(reg=1e3 * data["reg"])), spread)
    rows = data[(data["year"] == 2015) & (data["reach"] == "middle")]
    assert spread.loc[2015, "middle"] == pytest.approx(np.std(np.log(rows["reg"]), ddof=1))


# --- pictures -----------------------------------------------------------------------------------


def line(ax, name: str) -> np.ndarray:
    return next(each for each in ax.lines if each.get_label() == name).get_xydata()


def test_two_mobilities_show_both_series_and_write_what_does_not_fit(data):
    chart = description.two_mobilities(data, ["Shanghai", "Tongling"])
    above, _, below, _ = chart.figure.axes
    shanghai = data[data["city"] == "Shanghai"]
    assert np.allclose(line(above, "flow")[:, 1], shanghai["lm_flow"], equal_nan=True)
    assert np.allclose(line(below, "stock")[:, 1], shanghai["lm_stock"], equal_nan=True)
    assert [text.get_text() for text in chart.figure.axes[1].texts] == ["1.93 ↑"]
    with pytest.raises(DataError, match="Paris not found"):
        description.two_mobilities(data, ["Paris"])


def test_trends_are_means_over_cities(data):
    ax = description.trends(data, {"reg": "REG"}, "t").figure.axes[0]
    for reach in ("upper", "middle", "lower"):
        rows = data[(data["reach"] == reach) & (data["year"] == 2023)]
        assert line(ax, f"{reach} reach")[-1, 1] == pytest.approx(rows["reg"].mean())


def test_labels_of_equal_values_stand_apart_and_in_the_order_of_their_names():
    spread = pd.DataFrame({"upper": [0.5, 0.3], "all": [0.5, 0.3]}, index=[2008, 2009])
    ax = description.sigma_paths(spread).figure.axes[0]
    at = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert at["upper reach"] - at["all cities"] == pytest.approx(0.035)


def test_growth_is_drawn_city_by_city_with_its_line(grown):
    ax = description.beta_scatter(grown).figure.axes[1]
    points = np.concatenate([each.get_offsets() for each in ax.collections])
    assert sorted(points[:, 1]) == pytest.approx(sorted(grown["output"]))
    (x1, y1), (x2, y2) = line(ax, "line")
    assert (y2 - y1) / (x2 - x1) == pytest.approx(np.polyfit(grown["start"], grown["output"], 1)[0])
