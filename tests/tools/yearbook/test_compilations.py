"""The yearbook file is put together from files of the compilations' layout, here invented ones."""

from __future__ import annotations

import compilations
import numpy as np
import pandas as pd
import pytest

from lib.strictcsv import DataError
from tools.yearbook.schema import COLUMNS

CITIES = pd.DataFrame({"city_code": [990100, 990200], "city_zh": ["甲市", "乙市"]})
# A name stands with and without 市.
KEYS = [(990100, "甲", 2008), (990100, "甲", 2023), (990200, "乙市", 2008), (990200, "乙市", 2023)]
# By file: sheet, key, and the figures of the four keys above.
LAYOUT = {
    "g1.xlsx": ("面板数据2000-2023", "城市代码", "年度标识", {
        "gdp（亿元人民币）": [50, np.float32(79.300003), 19, 30],
        "第一产业增加值（亿元人民币）": [20, 20, 4, 5],
        "第二产业增加值": [20, 30, 10, 15], "第三产业增加值": [10, 29.3, 5, 10]}),
    "296个地级市GDP相关数据（以2000年为基期）.xlsx": ("Sheet1", "城市", "年份",
        {"GDP指数": [108, 110, 105.5, 104]}),
    "g3.xlsx": ("面板数据", "城市代码", "年份", {
        "常住人口（万人）": [125, 100, 40.01, 41],
        "行政区域土地面积(平方公里)": [900, 900, 800, 800]}),
    "g4.xlsx": ("Sheet1", "地级市", "year", {"外商直接投资": [50, 60, None, 0.14]}),
    "andy.csv": ("", "city_code", "year", {
        "hukou_pop_10k": [125, None, 44, None], "fiscal_expenditure_100m": [10, 15, 4.5, 5],
        "avg_wage": [21000, 90000, 20000, 80000]}),
    "b.xlsx": ("Sheet1", "城市代码", "年份_db", {
        "科学支出(万元)": [5000, 6000, 100, 200],
        "普通高等学校在校学生数(人)": [12500, 10000, 900, 950]}),
    "e.csv": ("", "Ctnm_id", "Sgnyea", {
        "Eect03": [5, 10, 1.25, None], "Eect05": [10, 12, 3.5, 4], "Eect08": [10, 10, 5, 5],
        "Eect09": [50, 50, 45, 45], "Eect10": [40, 40, 50, 50]}),
}  # fmt: skip


def write(folder, name, change=lambda frame: frame, sheet=None) -> None:
    own, city, year, figures = LAYOUT[name]
    named = city in ("城市", "地级市")
    heads = ["code", city, year] if named else [city, "name", year]
    frame = pd.DataFrame(KEYS, columns=heads).assign(**figures, extra="x")
    if name == "g1.xlsx":
        frame[city] = frame[city].astype(float) * 100  # eight digits, and stored as a decimal
    # Another year, another city, and a row of the file that names none.
    cities, years = [frame[city].iloc[0], "880000", None], [1999, 2008, 2008]
    other = frame.iloc[[0, 0, 0]].assign(**{city: cities, year: years})
    frame = change(pd.concat([frame, other], ignore_index=True))
    if name.endswith(".csv"):
        frame.to_csv(folder / name, index=False, encoding="utf-8-sig")
    else:
        frame.to_excel(folder / name, index=False, sheet_name=sheet or own)


@pytest.fixture
def folder(tmp_path):
    for name in LAYOUT:
        write(tmp_path, name)
    return tmp_path


def test_every_column_comes_from_its_file(folder):
    found = compilations.yearbook(folder, CITIES)
    assert list(found) == COLUMNS and len(found) == 4
    found = found.set_index(["city_code", "year"])
    assert found.loc[990100, "city_zh"].eq("甲市").all()
    expected = [50, 20, 20, 10, 108, 125, 125, 5, 10, 10, 50, 40, 50, 10, 21000, 5000, 12500, 900]
    assert found.loc[990100, 2008].tolist()[1:] == expected
    second = found.loc[990200, 2023]
    assert second["gdp_index"] == 104 and second["higher_ed_students"] == 950
    assert second.index[second.isna()].tolist() == ["registered_pop", "natural_growth"]
    # Single precision is undone.
    assert found.loc[(990100, 2023), "gdp"] == 79.3


def test_what_is_missing_is_named(folder):
    write(folder, "g4.xlsx", lambda frame: frame[frame["地级市"] != "甲"])
    with pytest.raises(DataError, match=r"g4\.xlsx: found no 甲市; expected every city"):
        compilations.yearbook(folder, CITIES)
    write(folder, "g3.xlsx", sheet="other")
    with pytest.raises(DataError, match=r"g3\.xlsx: found the sheets other; expected 面板数据"):
        compilations.yearbook(folder, CITIES)


def test_the_command_writes_the_file_or_says_why_not(folder, monkeypatch, capsys):
    monkeypatch.setattr(compilations.panel, "load_cities", lambda: CITIES)
    monkeypatch.setenv("FROM", str(folder))
    monkeypatch.setenv("OUT", str(folder / "raw" / "yearbook.csv"))
    assert compilations.main() == 0
    assert "2 cities, 2008 to 2023" in capsys.readouterr().out
    assert pd.read_csv(folder / "raw" / "yearbook.csv")["gdp"].tolist() == [50, 79.3, 19, 30]
    (folder / "b.xlsx").unlink()
    assert compilations.main() == 2
    said = "found no 1_插值补充后数据.xlsx; expected it, or b.xlsx"
    assert said in capsys.readouterr().err
