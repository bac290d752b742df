"""Chapter 8: next year's mobility, and its instrument by loops.

That R finds the same slopes is in ``tests/test_r.py``.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from written_out import dummies

from lib.specifications import FLOW, STOCK
from lib.within import leave_one_out
from studies import direction
from studies.shift_share import SECTORS, shift_share

TERMS = ["LM", "LM_next", "IA"]


@pytest.fixture(scope="module")
def leads(data) -> pd.DataFrame:
    return direction.leads(data)


def test_next_year_is_the_year_after_in_the_same_city(data):
    rows = direction.with_next(data, STOCK).set_index(["city", "year"])
    known = data.set_index(["city", "year"])["lm_stock"]
    assert rows.loc[("Wuhan", 2015), "LM_next"] == known["Wuhan", 2016]
    assert rows.index.get_level_values("year").max() == 2021


def test_clean_rows_have_no_step_in_either_year(data):
    rows = direction.with_next(data, replace(FLOW, without="both"))[["city", "year"]]
    step = data[data["flags"].str.contains("census_step:|boundary:resident_pop")]
    for years in (rows, rows.assign(year=rows["year"] + 1)):
        assert years.merge(step, on=["city", "year"]).empty


def test_slopes_of_log_reg_are_those_of_output_less_those_of_residents(leads):
    wide = leads.pivot(index=["reading", "rows", "term"], columns="outcome", values="coef")
    assert np.allclose(wide["log REG"], wide["log output"] + wide["minus log residents"])


def test_errors_by_province_are_those_of_its_jackknife(data, leads):
    rows = direction.with_next(data, STOCK)
    lm = leads.query("outcome == 'log REG' and reading == 'stock' and term == 'LM'")
    lm = lm.set_index("rows")
    assert lm.loc["all", ["N", "cities"]].tolist() == [len(rows), 110]
    assert lm.loc["clean", "N"] < len(rows)
    for by, name in (("city", "p"), ("province", "province_p")):
        table = leave_one_out(rows, "log REG", TERMS, cluster=by).table
        assert lm.loc["all", name] == pytest.approx(table.loc["LM", "p"])


def test_paths_of_logarithms_start_from_a_logarithm(data):
    """Against every dummy written out: city, year, and year times log REG of 2008."""
    ours = direction.leads(data, ["log REG"], effects="start").query("reading == 'stock'")
    rows = direction.with_next(data, STOCK)
    start = np.log(data[data["year"].eq(2008)].set_index("city")["reg"])
    rows["START"] = rows["city"].map(start)
    x = rows[TERMS].join(dummies(rows, "start"))
    slopes = np.linalg.lstsq(x, rows["log REG"], rcond=None)[0]
    assert ours.loc[ours["rows"].eq("all"), "coef"].tolist() == pytest.approx(slopes[:2])


def test_shift_share_by_loops(data):
    """Five cities in six years, with gaps in shares and employment."""
    frame = data[data["city_code"].isin(data["city_code"].unique()[:5]) & data["year"].lt(2014)]
    _, b, c, *_ = frame["city_code"].unique()
    place = frame.set_index(["city_code", "year"]).index
    frame.loc[place == (b, 2008), "te"] = np.nan
    frame.loc[place == (c, 2011), [f"share_{s}" for s in SECTORS]] = np.nan
    at = frame.set_index(["city_code", "year"]).to_dict("index")
    cities, years = sorted(set(frame["city_code"])), range(2008, 2014)

    def output(c, t, s):
        size = next(at[c, u]["te"] for u in years if not np.isnan(at[c, u]["te"]))
        residents = np.prod([at[c, u]["lm_flow_gross"] for u in range(2009, t + 1)])
        return size * at[c, t]["reg"] / at[c, 2008]["reg"] * residents * at[c, t][f"share_{s}"]

    ours = dict(zip(at, shift_share(frame), strict=True))
    for c in cities:
        expected = 0.0
        for t in years:
            for s in SECTORS if t > 2008 else ():
                both = [(output(k, t, s), output(k, t - 1, s)) for k in cities if k != c]
                both = [pair for pair in both if not np.isnan(sum(pair))]
                growth = sum(b[0] for b in both) / sum(b[1] for b in both) - 1
                expected += at[c, 2008][f"share_{s}"] * growth
            assert ours[c, t] == pytest.approx(expected, rel=1e-9, abs=1e-12)
