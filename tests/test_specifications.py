"""Which rows stand behind a column under a reading."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib import panel, published, specifications
from lib.sample import without_singles
from lib.specifications import (
    COLUMNS,
    FLOW,
    LOWER,
    MODEL1,
    MODEL2,
    READINGS,
    STOCK,
    rows,
)


def test_columns_have_the_terms_that_are_printed():
    cells = published.coefficients()
    for column in COLUMNS:
        own = cells[(cells["column"] == column.key) & (cells["table"] == column.table)]
        assert tuple(own["row"]) == column.terms
        assert column.table != 2 or column.key == "{}-{}".format(*column.years)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_rows_are_those_of_the_regression(data, reading, column):
    used = rows(data, reading, column)
    assert used[["REG", *column.terms]].notna().all(axis=None)
    of = {"LM": [reading.mobility], "IA": [reading.industry]}
    of["LM_IA"] = of["LM"] + of["IA"]
    needed = ["reg", *(name for term in column.terms for name in of.get(term, [term.lower()]))]
    complete = set(data.loc[data[needed].notna().all(axis=1), "year"])
    assert set(used["year"]) == complete & set(range(column.years[0], column.years[1] + 1))
    assert used["period"].eq(used["year"].astype(str)).all()
    assert column.reach is None or set(used["reach"]) == {column.reach}
    assert used.groupby("city").size().min() > 1
    assert np.allclose(used["LM_IA"], used["LM"] * used["IA"])
    source = data.set_index(["city", "year"])
    for name, theirs in (("LM", reading.mobility), ("REG", "reg")):
        at = pd.MultiIndex.from_frame(used[["city", "year"]])
        assert np.array_equal(used[name], source[theirs].loc[at])


def test_ia_has_mean_one_over_the_cities_of_the_sample(data):
    for sample in ("belt110", "delta41"):
        used = rows(data, replace(FLOW, sample=sample))
        assert np.allclose(used.groupby("year")["IA"].mean(), 1)
    plain = rows(data, replace(FLOW, scaled=False))
    assert np.allclose(plain.groupby("year")["IA"].sum(), 1)


def test_a_reach_is_compared_with_the_whole_belt(data):
    whole = rows(data, STOCK).set_index(["city", "year"])["IA"]
    part = rows(data, STOCK, LOWER).set_index(["city", "year"])["IA"]
    assert np.array_equal(part, whole.loc[part.index])


def test_single_rows_go_until_none_is_left():
    frame = pd.DataFrame({"city": list("aabbc"), "year": [1, 2, 2, 3, 3]})
    # c has one row; without it so has year 3, then b, then year 2, then all.
    assert without_singles(frame, ["city", "year"]).empty
    square = pd.DataFrame({"city": list("aabbc"), "year": [1, 2, 1, 2, 2]})
    assert list(without_singles(square, ["city", "year"])["city"]) == list("aabb")


def test_a_citys_start_is_its_outcome_of_the_first_year(data):
    for reading in (STOCK, replace(STOCK, outcome="log_reg")):
        used = rows(data, reading, MODEL1)
        first = data[data["year"].eq(2008)].set_index("city")["reg"]
        first = np.log(first) if reading.outcome == "log_reg" else first
        assert np.array_equal(used["START"], used["city"].map(first))


def test_what_is_left_out(data):
    flags = data.set_index(["city", "year"])["flags"]
    moved = flags.str.contains("boundary:resident_pop")
    step = moved | flags.str.contains("census_step:")
    of_city = set(moved[moved].index.get_level_values("city"))
    for without, gone in (("steps", step), ("boundary", None), ("both", None)):
        used = rows(data, replace(FLOW, without=without))
        kept = pd.MultiIndex.from_frame(used[["city", "year"]])
        if without != "steps":
            assert not of_city & set(used["city"])
        if without != "boundary":
            assert not step.loc[kept].any()
        if gone is not None:
            assert len(used) == len(data) - gone.sum()


def test_each_variant_departs_in_one_respect():
    for reading in READINGS:
        first, *others = specifications.varied(reading)
        assert first is reading
        for other in others:
            differing = [k for k, v in vars(other).items() if v != vars(reading)[k]]
            assert len(differing) == 2
            assert "name" in differing


def test_lags_are_a_citys_own_earlier_years(data):
    used = rows(data, STOCK)
    lagged = specifications.with_lags(used, ["LM"], [1, 3]).set_index(["city", "year"])
    known = data.set_index(["city", "year"])["lm_stock"]
    assert lagged["LM_lag3"]["Wuhan", 2015] == known["Wuhan", 2012]
    assert np.isnan(lagged["LM_lag1"]["Wuhan", 2008])
    with pytest.raises(panel.DataError, match="found 0; expected years back"):
        specifications.with_lags(used, ["LM"], [0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mobility": "lm_none"}, "mobility 'lm_none'; expected 'city_code'"),
        ({"outcome": "reg2"}, "outcome 'reg2'; expected 'reg', 'log_reg'"),
        ({"without": "all"}, "without 'all'; expected '', 'steps', 'boundary', 'both'"),
        ({"sample": "belt"}, "found 'belt'; expected one of belt110, listed94"),
    ],
)
def test_unknown_names_are_refused(data, change, message):
    with pytest.raises(panel.DataError, match=message):
        rows(data, replace(FLOW, **change), MODEL1)


def test_no_row_left_is_refused(data):
    with pytest.raises(panel.DataError, match="flow, Model 2: found no complete row"):
        rows(data.assign(te=np.nan), FLOW, MODEL2)
