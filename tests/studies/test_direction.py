"""Chapter 8: next year's mobility.  That R finds the same slopes is in ``tests/test_r.py``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from written_out import dummies

from lib.specifications import FLOW, STOCK
from lib.within import leave_one_out
from studies import direction


@pytest.fixture(scope="module")
def found(data) -> pd.DataFrame:
    return direction.leads(data)


def test_next_year_is_the_year_after_in_the_same_city(data):
    rows = direction.with_next(data, STOCK).set_index(["city", "year"])
    known = data.set_index(["city", "year"])["lm_stock"]
    assert rows.loc[("Wuhan", 2015), "LM_next"] == known["Wuhan", 2016]
    assert rows.index.get_level_values("year").max() == 2021


def test_clean_rows_have_no_step_in_either_year(data):
    rows = direction.with_next(data, replace(FLOW, without="both"))
    flags = data.set_index(["city", "year"])["flags"]
    step = flags[flags.str.contains("census_step:|boundary:resident_pop")].index
    used = [
        (city, year + after) for after in (0, 1) for city, year in rows[["city", "year"]].values
    ]
    assert not set(used) & set(step)


def test_slopes_of_log_reg_are_those_of_output_less_those_of_residents(found):
    wide = found.pivot(index=["reading", "rows", "term"], columns="outcome", values="coef")
    parts = wide["log output"] + wide["minus log residents"]
    assert np.allclose(wide["log REG"], parts)


def test_output_that_knows_nothing_of_residents_leaves_next_year_to_them(data):
    """Any output, here noise: what log REG then has on mobility is the part of residents."""
    people = np.exp(np.log(data["lm_flow_gross"].fillna(1)).groupby(data["city"]).cumsum())
    noise = np.random.default_rng(3).normal(size=len(data)) / 1000
    made = direction.leads(data.assign(reg=np.exp(noise) / people))
    flow = made[made["reading"].eq("flow") & made["rows"].eq("clean") & made["term"].eq("LM_next")]
    coef = flow.set_index("outcome")["coef"]
    assert abs(coef["log output"]) < 0.01
    assert coef["log REG"] == pytest.approx(coef["minus log residents"], abs=0.01)
    assert coef["log REG"] > 1


def test_rows_are_counted_and_errors_by_province_are_others(data):
    found = direction.leads(data, ["log REG"]).set_index(["reading", "rows", "term"])
    rows = direction.with_next(data, STOCK)
    assert found.loc[("stock", "all", "LM"), ["N", "cities"]].tolist() == [len(rows), 110]
    assert found.loc[("stock", "clean", "LM"), "N"] < len(rows)
    by = leave_one_out(rows, "log REG", ["LM", "LM_next", "IA"], cluster="province").table
    assert found.loc[("stock", "all", "LM"), "province_p"] == pytest.approx(by.loc["LM", "p"])


def test_paths_of_logarithms_start_from_a_logarithm(data):
    """Against every dummy written out: city, year, and year times log REG of 2008."""
    found = (
        direction.leads(data, ["log REG"], effects="start")
        .set_index(["reading", "rows", "term"])
        .sort_index()
    )
    rows = direction.with_next(data, STOCK)
    start = np.log(data[data["year"].eq(2008)].set_index("city")["reg"])
    rows["START"] = rows["city"].map(start)
    x = rows[["LM", "LM_next", "IA"]].join(dummies(rows, "start"))
    slopes = np.linalg.lstsq(x, rows["log REG"], rcond=None)[0]
    ours = found.loc[("stock", "all"), "coef"]
    assert ours[["LM", "LM_next"]].tolist() == pytest.approx(slopes[:2])
