"""Recommendations counted by hand; slopes of an interaction by the delta method and by algebra."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import policy, published
from lib.estimation import Estimate, two_way_fe
from lib.specifications import SPECIFICATIONS

# --- recommendations ----------------------------------------------------------------------------


@pytest.fixture
def printed_cells() -> pd.DataFrame:
    """The 23 printed cells, and beside them figures of ours that have no star anywhere."""
    cells = pd.concat([published.coefficients(table) for table in (1, 2, 3)], ignore_index=True)
    return pd.DataFrame(
        {
            "column": cells["column"],
            "row": cells["row"],
            "printed": cells["coef"],
            "printed_stars": cells["stars"],
            "coef": 1.0,
            "stars": "***",
            "clustered_stars": "",
        }
    )


def put(cells: pd.DataFrame, column: str, row: str, coef: float, mark: str) -> None:
    place = (cells["column"] == column) & (cells["row"] == row)
    assert place.sum() == 1
    cells.loc[place, ["coef", "clustered_stars"]] = [coef, mark]


def test_recommendations_rest_on_cells_that_the_paper_prints() -> None:
    printed = {(spec.column, term) for spec in SPECIFICATIONS for term in spec.terms}
    for item in policy.RECOMMENDATIONS:
        assert set(item.cells) <= printed, item.title
        assert len(set(item.cells)) == len(item.cells)
    assert [item.number for item in policy.RECOMMENDATIONS] == [1, 2, 3, 4, 5]


def test_the_first_recommendation_rests_on_every_coefficient_of_lm() -> None:
    every = {(spec.column, "lm") for spec in SPECIFICATIONS if "lm" in spec.terms}
    assert set(policy.RECOMMENDATIONS[0].cells) == every


def test_printed_support_is_counted_from_the_printed_page(printed_cells) -> None:
    """LM is positive with a star in all six columns.  IA: 0.287*, 0.442 and 0.388, so one of
    three.  ODI 0.613* and GR 0.214*** are positive; RISSL -0.620** is not."""
    table = policy.support(printed_cells)
    assert table["number"].tolist() == [1, 2, 3, 4, 5]
    assert table["title"].tolist() == [item.title for item in policy.RECOMMENDATIONS]
    assert table["needed"].tolist() == [6, 3, 1, 1, 1]
    assert table["printed"].tolist() == [6, 1, 1, 0, 1]


def test_without_a_clustered_star_nothing_is_supported(printed_cells) -> None:
    """Also not by coefficients that are positive with classical stars."""
    table = policy.support(printed_cells)
    assert table["found"].tolist() == [0] * 5
    assert table["opposed"].tolist() == [0] * 5
    assert set(table["verdict"]) == {"not supported"}


def test_each_verdict_and_what_opposes(printed_cells) -> None:
    put(printed_cells, "model1", "lm", 0.5, "*")
    put(printed_cells, "upper", "lm", -0.5, "**")
    put(printed_cells, "lower", "lm", -0.5, "")
    put(printed_cells, "middle", "ia", -2.0, "***")
    put(printed_cells, "2008-2016", "ia", 2.0, "***")  # no recommendation needs it
    put(printed_cells, "model2", "odi", 0.1, "***")
    put(printed_cells, "model2", "gr", 0.0, "*")
    table = policy.support(printed_cells)
    assert table["found"].tolist() == [1, 0, 1, 0, 0]
    assert table["opposed"].tolist() == [1, 1, 0, 0, 0]
    assert table["verdict"].tolist() == [
        "partly", "not supported", "supported", "not supported", "not supported",
    ]  # fmt: skip


def test_support_needs_every_cell(printed_cells) -> None:
    for column in ("model1", "upper", "middle"):
        put(printed_cells, column, "ia", 1.0, "*")
    assert policy.support(printed_cells)["verdict"][1] == "supported"
    put(printed_cells, "upper", "ia", 1.0, "")
    assert policy.support(printed_cells)["verdict"][1] == "partly"


# --- slope of an interaction --------------------------------------------------------------------

TERMS = ("lm", "ia", "lm_ia")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Seven cities, six years; LM matters more where IA is high, but for the noise."""
    rng = np.random.default_rng(2)
    rows = pd.DataFrame([(c, y) for c in range(7) for y in range(2008, 2014)])
    rows = rows.set_axis(["city_code", "year"], axis=1)
    rows = rows.assign(lm=rng.normal(size=42), ia=1 + 0.3 * rng.normal(size=42))
    y = 0.2 * rows["lm"] * rows["ia"] + 0.1 * rows["city_code"] + rng.normal(scale=0.3, size=42)
    return rows.assign(y=y, lm_ia=rows["lm"] * rows["ia"])


@pytest.fixture(scope="module")
def found(rows) -> Estimate:
    return two_way_fe(rows, "y", TERMS)


@pytest.mark.parametrize("at", [0.0, 1.0, 2.5, -1.0])
def test_slope_and_error_are_those_of_the_delta_method(found, at) -> None:
    """var(b1 + a b3) = var b1 + 2 a cov(b1, b3) + a^2 var b3, clustered, on t(7 - 1)."""
    v = found.cov_clustered
    slope = found.coef["lm"] + at * found.coef["lm_ia"]
    se = math.sqrt(
        v.loc["lm", "lm"] + 2 * at * v.loc["lm", "lm_ia"] + at**2 * v.loc["lm_ia", "lm_ia"]
    )
    shown = policy.slope_at(found, "lm", "lm_ia", at)
    assert shown["slope"] == pytest.approx(slope)
    assert shown["se"] == pytest.approx(se)
    assert shown["t"] == pytest.approx(slope / se)
    assert shown["p"] == pytest.approx(2 * stats.t.cdf(-abs(slope / se), 6))
    # 2.4469 is the 97.5 % point of t with 6 degrees of freedom in any textbook.
    assert shown["low"] == pytest.approx(slope - 2.4469 * se, rel=1e-4)
    assert shown["high"] == pytest.approx(slope + 2.4469 * se, rel=1e-4)


@pytest.mark.parametrize("at", [1.0, -0.4])
def test_slope_is_the_coefficient_when_the_product_is_centred_there(rows, found, at) -> None:
    """b1 LM + b3 LM IA = (b1 + a b3) LM + b3 LM (IA - a), whatever the data."""
    centred = two_way_fe(rows.assign(lm_ia=rows["lm"] * (rows["ia"] - at)), "y", TERMS)
    shown = policy.slope_at(found, "lm", "lm_ia", at)
    assert shown["slope"] == pytest.approx(centred.coef["lm"], rel=1e-9)
    clustered = centred.clustered.loc["lm"]
    for name in ("se", "t", "p", "low", "high"):
        assert shown[name] == pytest.approx(clustered[name], rel=1e-8), name


def test_slope_at_zero_is_the_coefficient_itself(found) -> None:
    shown = policy.slope_at(found, "lm", "lm_ia", 0.0)
    expected = found.clustered.loc["lm", ["se", "t", "p", "low", "high"]]
    assert shown[list(expected.index)].astype(float).to_numpy() == pytest.approx(expected)


def test_stars_are_those_of_the_clustered_p_value(found) -> None:
    """The covariance is scaled so that t passes the textbook's points of t(6): 10 %, 5 %, 1 %."""
    t = policy.slope_at(found, "lm", "lm_ia", 1.0)["t"]
    for critical, below, above in ((1.943, "", "*"), (2.447, "*", "**"), (3.707, "**", "***")):
        for wanted, mark in ((critical - 0.002, below), (critical + 0.002, above)):
            covariance = found.cov_clustered * (t / wanted) ** 2
            scaled = replace(found, cov_clustered=covariance)
            shown = policy.slope_at(scaled, "lm", "lm_ia", 1.0)
            assert abs(shown["t"]) == pytest.approx(wanted)
            assert shown["stars"] == mark
