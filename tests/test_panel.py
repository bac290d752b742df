"""The data that ship load as they are described, and are refused when they are not."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from cases import each_of

from lib import panel
from lib.panel import DATA, DataError

LEVELS = {  # columns of a yearbook, which never ship
    "gdp", "va_primary", "va_secondary", "va_tertiary", "gdp_index", "resident_pop",
    "registered_pop", "employment", "emp_share_primary", "emp_share_secondary",
    "emp_share_tertiary", "fdi", "fiscal_expenditure", "average_wage", "science_expenditure",
    "higher_ed_students", "area", "census_pop_2010", "census_pop_2020",
}  # fmt: skip
INVENTED = ("synthetic", "hand_example")


@pytest.fixture(scope="module")
def provinces() -> pd.DataFrame:
    return panel.load_natural_growth()


def test_every_city_has_every_year(data):
    cities = panel.load_cities()
    grid = pd.MultiIndex.from_product([sorted(cities["city_code"]), range(2008, 2024)])
    assert list(pd.MultiIndex.from_frame(data[panel.KEY])) == list(grid)
    assert data.groupby("city")["city_code"].nunique().eq(1).all()


def test_identities(data):
    shares = data[["share_primary", "share_secondary", "share_tertiary"]]
    np.testing.assert_allclose(shares.dropna().sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(
        data["rissl"], data["share_tertiary"] / data["share_secondary"], rtol=6e-3
    )
    # Equation (3) as printed is the growth factor of residents less k.
    k = data["lm_flow_gross"] - data["lm_flow"]
    np.testing.assert_allclose(k.dropna(), data["k"][k.notna()], atol=1e-5)
    # The stock's product is one in 2008, and thereafter the city's own k, compounded.
    product = data["lm_stock_gross"] + 1 - data["lm_stock"]
    growth = (1 + data["k"]).where(data["year"] > 2008, 1.0)
    compounded = growth.groupby(data["city_code"]).cumprod()
    known = product.notna()
    np.testing.assert_allclose(product[known], compounded[known], atol=1e-5)
    # REG is real GDP a head: its growth, times that of residents, is the growth index.
    growth = data["reg"] / data.groupby("city_code")["reg"].shift(1)
    assert (growth * data["lm_flow_gross"]).dropna().between(0.85, 1.25).all()
    first = data[data["year"].eq(2008)]
    for name in ("te", "rlr"):  # over the mean of 2008
        assert first[name].mean() == pytest.approx(1, abs=1e-3)


def test_both_readings_have_every_city_in_nearly_every_year_as_the_readme_says(data):
    known = data[panel.INDICATORS].notna()
    years = known.groupby(data["year"]).sum()
    some = years.where(years > 0)
    found = pd.DataFrame({
        "rows": known.sum(), "cities": known.groupby(data["city_code"]).any().sum(),
        "first": some.apply(pd.Series.first_valid_index),
        "last": some.apply(pd.Series.last_valid_index), "fewest": some.min(), "most": some.max(),
    }).astype(int)  # fmt: skip
    assert found.loc["lm_flow"].tolist() == [1650, 110, 2009, 2023, 110, 110]
    assert found.loc["lm_stock"].tolist() == [1650, 110, 2008, 2022, 110, 110]
    assert found.loc["k", "rows"] == found.loc["reg", "rows"] == 1760
    text = (DATA / "README.md").read_text(encoding="utf-8")
    said = {}
    for line in text.split("### Coverage")[1].split("\n## ")[0].splitlines():
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if name in panel.INDICATORS:
            said[name] = [int(cell.replace(",", "")) for cell in cells]
    assert said == {name: counts.tolist() for name, counts in found.iterrows()}


def test_k_is_the_rate_of_the_province_and_2020_says_where_it_is_filled(data, provinces):
    rates = provinces.set_index(["province", "year"])
    key = pd.MultiIndex.from_frame(data[["province", "year"]])
    np.testing.assert_allclose(data["k"], rates["k"].reindex(key), atol=1e-12)
    filled = data["flags"].str.contains("interpolated:k")
    assert filled.tolist() == rates["interpolated"].reindex(key).tolist()
    assert set(data.loc[filled, "year"]) == {2020}


@pytest.mark.parametrize(
    ("name", "cities", "without"),
    [("belt110", 110, set()), ("listed94", 94, {"Anhui"}), ("delta41", 41, {"Hubei", "Sichuan"})],
)
def test_samples(data, name, cities, without):
    rows = panel.sample(data, name)
    assert rows["city"].nunique() == cities
    assert not without & set(rows["province"])


LOADERS = {"indicators": panel.load, "hand_example_cities": panel.load_cities,
           "exchange_rate": panel.load_exchange_rate,
           "natural_growth_province": panel.load_natural_growth}  # fmt: skip


@each_of("panel_refusals.csv")
def test_what_is_no_such_file_is_refused(tmp_path, file, old, new, message):
    path = tmp_path / "file.csv"
    text = "\n".join((DATA / f"{file}.csv").read_text(encoding="utf-8").splitlines()[:20])
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(message)):
        LOADERS[file](path)


def test_roster():
    cities = panel.load_cities()
    assert cities["reach"].value_counts().to_dict() == {"lower": 41, "middle": 36, "upper": 33}
    of = cities.groupby("reach")["province_en"].unique().map(set).to_dict()
    assert of == {
        "lower": {"Shanghai", "Jiangsu", "Zhejiang", "Anhui"},
        "middle": {"Jiangxi", "Hubei", "Hunan"},
        "upper": {"Chongqing", "Sichuan", "Guizhou", "Yunnan"},
    }
    # The first two digits of a code of GB/T 2260 are the province's.
    assert cities.groupby(cities["city_code"] // 10_000)["province_en"].nunique().eq(1).all()
    assert cities["lon"].between(97, 123).all() and cities["lat"].between(21, 36).all()


def test_a_roster_names_its_own_groups(tmp_path):
    path = tmp_path / "cities.csv"
    text = (DATA / "hand_example_cities.csv").read_text(encoding="utf-8")
    path.write_text(text.replace("upper", "Coast").replace("lower", "Inland"), encoding="utf-8")
    assert panel.load_cities(path)["reach"].tolist() == ["Coast", "middle", "Inland"]


def test_natural_growth(provinces):
    assert len(provinces) == 11 * 17
    filled = provinces[provinces["interpolated"]].set_index("province")
    assert set(filled["year"]) == {2020} and len(filled) == 7
    # Anhui: 5.99 in 2019, 0.05 in 2021 (National Bureau of Statistics), so half-way in 2020.
    assert filled.loc["Anhui", "k"] == pytest.approx((5.99 + 0.05) / 2 / 1000)


def test_natural_growth_is_not_carried_beyond_a_provinces_years(tmp_path):
    path = tmp_path / "rates.csv"
    head, *rows = (DATA / "natural_growth_province.csv").read_text(encoding="utf-8").splitlines()
    ends = [row for row in rows if not row.startswith(("Anhui,安徽,2007", "Anhui,安徽,2023"))]
    path.write_text("\n".join([head, *ends]), encoding="utf-8")
    anhui = panel.load_natural_growth(path).query("province == 'Anhui'").set_index("year")
    assert list(anhui.index[anhui["k"].isna()]) == [2007, 2023]
    assert list(anhui.index[anhui["interpolated"]]) == [2020]


def csv_files():
    return [p for p in DATA.rglob("*.csv") if "raw" not in p.relative_to(DATA).parts]


def test_no_column_of_levels_ships():
    files = csv_files()
    assert {"indicators.csv", "cell_notes.csv", "cities.csv"} <= {p.name for p in files}
    for path in files:
        if not path.name.startswith(INVENTED):
            header = path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")
            assert not LEVELS & set(header), path


def test_readme_names_every_file_and_column():
    for path in csv_files():
        own = path.parent / "README.md"
        readme = own if own.exists() else DATA / "README.md"
        text = readme.read_text(encoding="utf-8")
        name = "published/table1.csv" if path.parent.name == "published" else path.name
        assert f"`{name}`" in text, path
        for column in path.read_text(encoding="utf-8-sig").splitlines()[0].split(","):
            assert re.search(rf"\b{column}\b", text), (path, column)
