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


def test_a_spell_ends_where_residents_are_recounted(data):
    used = rows(data, replace(STOCK, unit="spell"))
    hefei = used[used["city"].eq("Hefei")].set_index("year")["spell"]
    # Chaohu came to Hefei in 2011, and each of the flagged years begins a spell.
    flags = data[data["city"].eq("Hefei")].set_index("year")["flags"]
    begins = flags.str.contains("boundary:resident_pop|census_step:")
    assert begins[2011] and not begins[2013]
    for year in hefei.index[1:]:
        assert (hefei[year] == hefei[year - 1]) == (not begins[year]), year
    calm = data.groupby("city")["flags"].agg(
        lambda each: not each.str.contains("census|bound").any()
    )
    assert used[used["city"].isin(calm.index[calm])].groupby("city")["spell"].nunique().eq(1).all()
    flow = rows(data, replace(FLOW, unit="spell"))
    kept = pd.MultiIndex.from_frame(flow[["city", "year"]])
    assert (
        not specifications.recounts(data)["steps"]
        .set_axis(pd.MultiIndex.from_frame(data[["city", "year"]]))
        .loc[kept]
        .any()
    )


def test_prices_and_the_step_of_2019_change_what_they_name(data):
    key = ["city", "year"]
    plain, current, spliced = (
        rows(data, replace(STOCK, **change)).set_index(key)
        for change in ({}, {"prices": "current"}, {"step": "out"})
    )
    assert np.array_equal(current["REG"], data["reg_current"])
    assert plain.drop(columns=["REG", "START"]).equals(current.drop(columns=["REG", "START"]))
    before = plain.index.get_level_values("year") < 2019
    assert np.allclose(spliced["IA"][before], plain["IA"][before])
    assert not np.allclose(spliced["IA"][~before], plain["IA"][~before])
    assert spliced["REG"].equals(plain["REG"]) and spliced["LM"].equals(plain["LM"])
    # Ziyang's industry lost some 17 points in 2019 and does not, once the step is out.
    share = data[data["city"].eq("Ziyang")].set_index("year")["share_secondary"]
    ia = spliced.loc["Ziyang", "IA"]
    assert share[2019] - share[2018] < -0.15 and abs(ia[2019] - ia[2018]) < 0.05


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_each_variant_departs_in_the_respect_that_it_names(reading):
    first, *others = specifications.varied(reading)
    departed = [
        "outcome=log_reg", f"mobility=lm_{reading.name}_city", f"mobility=lm_{reading.name}_gross",
        "industry=share_tertiary", "sample=listed94", "sample=delta41", "without=steps",
        "without=boundary", "without=both", "unit=spell", "prices=current", "step=half", "step=out",
        "effects=start", "effects=trend", "controls=log RLR", "controls=log TE",
        "controls=tertiary share", "controls=per resident",
    ]  # fmt: skip
    words = ("log REG", "city rates", "no natural", "services", "94", "41", "steps", "moved",
             "either", "recounts", "current", "half", "out", "of 2008", "trend", "wages",
             "employment", "RISSL", "ODI")  # fmt: skip
    assert first is reading
    for other, change, word in zip(others, departed, words, strict=True):
        fields = {k: v for k, v in vars(other).items() if v != vars(reading)[k] and k != "name"}
        assert [f"{k}={v}" for k, v in fields.items()] == [change] and word in other.name


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
