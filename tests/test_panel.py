"""The data that ship load as they are described, and are refused when they are not."""

import re

import numpy as np
import pandas as pd
import pytest

from data.yearbook.build import load_natural_growth
from data.yearbook.schema import FIELDS, LEVELS, RATES
from lib import panel
from lib.panel import DATA, DataError

# Columns of a yearbook never ship, but for the provinces' rates.
SECRET = {*FIELDS, "census_pop_2010", "census_pop_2020"} - {"natural_growth"}
INVENTED = ("synthetic", "hand_example")


def test_identities(data):
    shares = data[["share_primary", "share_secondary", "share_tertiary"]]
    np.testing.assert_allclose(shares.dropna().sum(axis=1), 1, atol=1e-9)
    ratio = data["share_tertiary"] / data["share_secondary"]
    np.testing.assert_allclose(data["rissl"], ratio, rtol=6e-3)
    # Equation (3) as printed is the growth factor of residents less k.
    k = (data["lm_flow_gross"] - data["lm_flow"]).dropna()
    np.testing.assert_allclose(k, data["k"][k.index], atol=1e-5)
    # The stock's product is one in 2008, and thereafter the city's own k, compounded.
    product = (data["lm_stock_gross"] + 1 - data["lm_stock"]).dropna()
    growth = (1 + data["k"]).where(data["year"] > 2008, 1.0)
    compounded = growth.groupby(data["city_code"]).cumprod()
    np.testing.assert_allclose(product, compounded[product.index], atol=1e-5)
    # REG is real GDP a head: its growth, times that of residents, is the growth index.
    growth = data["reg"] / data.groupby("city_code")["reg"].shift(1)
    assert (growth * data["lm_flow_gross"]).dropna().between(0.85, 1.25).all()
    first = data.loc[data["year"].eq(2008), ["te", "rlr"]]  # over the mean of 2008
    np.testing.assert_allclose(first.mean(), 1, atol=1e-3)


def test_coverage_is_as_the_readme_says(data):
    known = data[panel.INDICATORS].notna()
    some = known.groupby(data["year"]).sum().replace(0, np.nan)
    counts = pd.DataFrame({
        "rows": known.sum(), "cities": known.groupby(data["city_code"]).any().sum(),
        "first": some.apply(pd.Series.first_valid_index),
        "last": some.apply(pd.Series.last_valid_index), "fewest": some.min(), "most": some.max(),
    }).astype(int)  # fmt: skip
    text = (DATA / "README.md").read_text(encoding="utf-8").replace(",", "")
    for name, row in counts.iterrows():
        assert f"| {name} | {' | '.join(map(str, row))} |" in text


def test_k_is_the_rate_of_the_province_and_2020_says_where_it_is_filled(data):
    rates = load_natural_growth().set_index(["province", "year"])
    assert len(rates) == 11 * 17 and rates["interpolated"].sum() == 7
    key = pd.MultiIndex.from_frame(data[["province", "year"]])
    np.testing.assert_allclose(data["k"], rates["k"].reindex(key), atol=1e-12)
    filled = data["flags"].str.contains("interpolated:k")
    assert filled.tolist() == rates["interpolated"].reindex(key).tolist()
    assert set(data.loc[filled, "year"]) == {2020}


def test_flags_are_those_of_the_notes_on_cells(data):
    notes, order = pd.read_csv(DATA / "cell_notes.csv"), ["city_code", "year", "field", "kind"]
    assert list(notes) == [*order, "detail"]
    pd.testing.assert_frame_equal(notes, notes.sort_values(order).reset_index(drop=True))
    assert set(notes["field"]) <= {*LEVELS, *RATES}
    flags = data.set_index(panel.KEY)["flags"].str.split(";").explode()
    flags = flags[~flags.isin(["", "interpolated:k"])]
    noted = notes[notes["kind"].isin(panel.FLAGS) & notes["field"].ne("area")]
    expected = noted.set_index(panel.KEY)["kind"] + ":" + noted.set_index(panel.KEY)["field"]
    assert set(flags.items()) == set(expected.items())


REFUSED = {  # in the first rows of the panel: what is put in the place of what, and the message
    "a column lacks": (",reg,", ",gdp,", "row 1: found the columns city_code, year, gdp, reg_cur"),
    "a strange city": ("310000,2009", "999999,2009", "row 3, column city_code: found 999999; "
                       "expected a city of the roster"),
    "a row twice": ("310000,2009", "310000,2008", "row 3, column city_code, year: found 310000, "
                    "2008 again; expected each once"),
    "a text": ("310000,2008,2.799", "310000,2008,n.k.", "row 2, column reg: found n.k.; expected a"
               " number"),
    "a division by zero": ("310000,2008,2.799", "310000,2008,Inf", "row 2, column reg: found inf;"),
    "half a year": ("310000,2009", "310000,2009.5", "row 3, column year: found 2009.5; expected a "
                    "whole number"),
    "too many cells": ("310000,2009", "310000,2009,1", ": found Error tokenizing data. C error: "
                       "Expected 22 fields in line 3, saw 23; expected CSV in UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", [*REFUSED, "no file"])
def test_what_is_no_panel_is_refused(tmp_path, name):
    """With file, row and column as a reader sees them, what was found and what was expected."""
    path, lines = tmp_path / "file.csv", (DATA / "indicators.csv").read_text().splitlines()[:20]
    old, new, message = REFUSED.get(name, ("", "", ": found [Errno 2] No such file"))
    if name != "no file":
        text = "\n".join(lines)
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(f"{path}{',' * (message[0] != ':')}")) as error:
        panel.load(path)
    assert message in str(error.value)


def test_a_part_of_the_panel_lacks_years_and_provinces(data):
    panel.need(data, 2008, 2023, provinces=11)
    part = data[data["province"].eq("Jiangsu") & data["year"].lt(2020)]
    found = "the panel: found 2008 to 2019 in 1 provinces; expected"
    with pytest.raises(DataError, match=f"{found} 2020, 2023 too"):
        panel.need(part, 2010, 2020, 2023)
    with pytest.raises(DataError, match=f"{found} 10 provinces or more"):
        panel.need(part, 2010, provinces=10)


def test_natural_growth_is_not_carried_beyond_a_provinces_years(tmp_path):
    path = tmp_path / "rates.csv"
    head, *rows = (DATA / "natural_growth_province.csv").read_text(encoding="utf-8").splitlines()
    ends = [row for row in rows if not row.startswith(("Anhui,安徽,2007", "Anhui,安徽,2023"))]
    path.write_text("\n".join([head, *ends]), encoding="utf-8")
    anhui = load_natural_growth(path).query("province == 'Anhui'").set_index("year")
    assert list(anhui.index[anhui["k"].isna()]) == [2007, 2023]
    assert list(anhui.index[anhui["interpolated"]]) == [2020]
    # 5.99 in 2019, 0.05 in 2021 (National Bureau of Statistics), so half-way in 2020.
    assert anhui.loc[2020, "k"] == pytest.approx((5.99 + 0.05) / 2 / 1000)


def test_no_column_of_levels_ships_and_readmes_name_every_file_and_column():
    files = [path for path in DATA.rglob("*.csv") if "raw" not in path.relative_to(DATA).parts]
    assert {"indicators.csv", "cell_notes.csv", "cities.csv"} <= {path.name for path in files}
    for path in files:
        header = path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")
        assert path.name.startswith(INVENTED) or not SECRET & set(header), path
        own = path.parent / "README.md"
        text = (own if own.exists() else DATA / "README.md").read_text(encoding="utf-8")
        name = "published/table1.csv" if path.parent.name == "published" else path.name
        assert f"`{name}`" in text, path
        for column in header:
            assert re.search(rf"\b{column}\b", text), (path, column)
