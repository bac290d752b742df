"""Make the second invented region, 20 cities on two islands: run this file, without arguments.

From a seed; no figure is of a real place.  It has the gaps that yearbooks have: wages that end
early, an island without foreign investment, a column that nobody filled, cells here and there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib import panel
from tools.yearbook.schema import COLUMNS

FOLDER = panel.DATA / "examples"
SEED = 20
YEARS = range(2010, 2021)
ISLANDS = {
    "Greyholm": ("Ashwick", "Brackness", "Cold Harbour", "Dunmarrow", "Eastermouth", "Fallowby",
                 "Gannet's Rest", "Hollin Bay", "Inchgarrow", "Juniper Quay", "Kelder"),
    "Larkholm": ("Larkport", "Millrace", "Northaven", "Osier Ferry", "Pellworth", "Quill Sound",
                 "Ravenser", "Saint Orrin", "Thornsea"),
}  # fmt: skip


def roster() -> pd.DataFrame:
    """The cities, where nothing is: in the middle of an ocean."""
    draw = np.random.default_rng(SEED)
    rows = []
    for number, (island, names) in enumerate(ISLANDS.items(), start=1):
        for place, name in enumerate(names, start=1):
            lon, lat = -31 + 3.2 * number + draw.normal(0, 0.7), 44 - number + draw.normal(0, 0.5)
            code, chinese = f"{island[0]}{place:02}", f"虚构岛{number}第{place:02}市"
            rows.append([code, chinese, name, f"虚构岛{number}", island, island,
                         round(lon, 2), round(lat, 2)])  # fmt: skip
    head = ["city_code", "city_zh", "city_en", "province_zh", "province_en", "reach", "lon", "lat"]
    return pd.DataFrame(rows, columns=head)


def yearbook(cities: pd.DataFrame) -> pd.DataFrame:
    """Their figures: people go where output per head is high, and output follows in part."""
    draw = np.random.default_rng(SEED + 1)
    n = len(cities)
    south = cities["reach"].eq("Larkholm").to_numpy()
    people = draw.uniform(60, 420, n)
    registered = people * draw.uniform(0.9, 1.1, n)
    per_head = np.exp(draw.normal(np.where(south, 1.3, 1.0), 0.25))  # 10,000 crowns
    gdp, prices = people * per_head, 1.0
    industry, farms = draw.uniform(0.38, 0.55, n), draw.uniform(0.04, 0.14, n)
    jobs, students = draw.uniform(0.1, 0.25, n), draw.uniform(40, 260, n)
    tables = []
    for year in YEARS:
        births = draw.normal(4.5, 0.8, n)
        pull = np.log(gdp / people) - np.log(gdp / people).mean()
        moved = 0.012 * pull + draw.normal(0, 0.006, n)
        real = 1.06 - 0.015 * pull + 0.5 * moved + draw.normal(0, 0.012, n)
        if year > YEARS[0]:
            people, registered = people * (1 + births / 1000 + moved), registered * 1.004
            gdp, prices = gdp * real * 1.025, prices * 1.025
            industry, farms = industry - draw.normal(0.006, 0.004, n), farms * 0.97
        wage = 9_000 * np.sqrt(gdp / people) * draw.normal(1, 0.02, n)
        tables.append(
            pd.DataFrame(
                {
                    "city_code": cities["city_code"], "city_zh": cities["city_zh"], "year": year,
                    "gdp": gdp, "va_primary": gdp * farms, "va_secondary": gdp * industry,
                    "va_tertiary": gdp * (1 - farms - industry), "gdp_index": 100 * real,
                    "resident_pop": people, "registered_pop": registered,
                    "natural_growth": births, "employment": people * jobs,
                    "emp_share_primary": np.nan, "emp_share_secondary": np.nan,
                    "emp_share_tertiary": np.nan,
                    "fdi": np.where(south, np.nan, gdp * draw.uniform(0.8, 1.6, n)),
                    "fiscal_expenditure": gdp * draw.normal(0.16, 0.01, n),
                    "average_wage": wage if year < 2018 else np.nan,
                    "science_expenditure": np.nan,
                    "higher_ed_students": (people * students).round(),
                    "area": (people * 21).round() if year == YEARS[0] else np.nan,
                }
            )
        )  # fmt: skip
    frame = pd.concat(tables)[COLUMNS].sort_values(["city_code", "year"], ignore_index=True)
    for column, share in (("employment", 0.06), ("registered_pop", 0.03), ("va_primary", 0.02)):
        frame.loc[draw.random(len(frame)) < share, column] = np.nan
    frame.loc[frame["city_code"].isin(["L08", "L09"]), "registered_pop"] = np.nan
    return frame


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    towns = roster()
    for name, table in {"cities": towns, "yearbook": yearbook(towns)}.items():
        file = FOLDER / f"synthetic_islands_{name}.csv"
        table.to_csv(file, index=False, float_format="%.6g", lineterminator="\n")
