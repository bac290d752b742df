"""Empty files to fill in: ``make template CITIES=roster-or-names [REGION=toml] [OUT=folder]``.

CITIES is a roster, or names between commas; the period and the currency are those of the settings.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd

from lib.panel import DataError
from tools.region.make import read_settings
from tools.render import notebooks
from tools.yearbook.reading import read_cities, spelt
from tools.yearbook.schema import COLUMNS, FIELDS

ROSTER = ["city_code", "city_en", "province_en", "reach", "lon", "lat"]


def tables(asked: str, region: str | None = None) -> dict[str, pd.DataFrame]:
    """The roster, the yearbook with a row for each city and year, and units, by file name."""
    given = read_settings(region)
    if Path(asked).is_file():
        cities = read_cities(asked)
    else:
        names = [spelt(name.strip()) for name in asked.split(",") if name.strip()]
        codes = [f"C{place:03}" for place in range(1, len(names) + 1)]
        cities = pd.DataFrame({"city_code": codes, "city_en": names}).reindex(columns=ROSTER)
    first, last = given.get("period", (2008, 2023))
    rows = pd.MultiIndex.from_product([cities["city_code"], range(first, last + 1)])
    book = rows.to_frame(index=False, name=["city_code", "year"])
    currency = given.get("currency", "yuan")
    units = [[name, each.unit.replace("yuan", currency), "no" if each.required else "yes"]
             for name, each in FIELDS.items()]  # fmt: skip
    return {
        "roster.csv": cities,
        "yearbook.csv": book.reindex(columns=COLUMNS).drop(columns="city_zh"),
        "units.csv": pd.DataFrame(units, columns=["column", "unit", "may be empty"]),
    }


def main() -> int:
    """Write the files into OUT (by default ``_build/template``), which must not have them."""
    folder = Path(os.environ.get("OUT") or notebooks.ROOT / "_build" / "template")
    try:
        made = tables(os.environ.get("CITIES", ""), os.environ.get("REGION") or None)
        if not len(made["roster.csv"]) or any((folder / name).exists() for name in made):
            raise DataError(f"{folder}: expected CITIES=roster-or-names, and none of these files")
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in made.items():
            table.to_csv(folder / name, index=False, lineterminator="\n")
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Fill in roster.csv and yearbook.csv in {folder}; units.csv has the units.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
