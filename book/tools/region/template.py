"""Empty files to fill in: ``make template CITIES=roster-or-names [REGION=toml] [OUT=folder]``.

CITIES is a roster, or names between commas; the period and the currency are those of the settings.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd

from lib.panel import DataError
from tools.render import notebooks
from tools.yearbook.reading import read_cities, spelt
from tools.yearbook.schema import COLUMNS, FIELDS
from tools.yearbook.settings import Settings, read_settings

ROSTER = ["city_code", "city_en", "province_en", "reach", "lon", "lat"]


def main() -> int:
    """Write roster, yearbook and units into OUT (``_build/template``), which must not have them."""
    folder = Path(os.environ.get("OUT") or notebooks.ROOT / "_build" / "template")
    asked = os.environ.get("CITIES", "")
    try:
        settings = read_settings(os.environ.get("REGION") or None)
        words = [spelt(name.strip()) for name in asked.split(",") if name.strip()]
        codes = [f"C{place:03}" for place in range(1, len(words) + 1)]
        cities = pd.DataFrame({"city_code": codes, "city_en": words}).reindex(columns=ROSTER)
        cities = read_cities(asked) if Path(asked).is_file() else cities
        first, last = settings.period if settings.period != Settings.period else (2008, 2023)
        rows = pd.MultiIndex.from_product([cities["city_code"], range(first, last + 1)])
        book = rows.to_frame(False, ["city_code", "year"]).reindex(columns=COLUMNS)
        units = [[name, field.unit.replace("yuan", settings.currency), field.required]
                 for name, field in FIELDS.items()]  # fmt: skip
        units = pd.DataFrame(units, columns=["column", "unit", "required"])
        made = {"roster.csv": cities, "yearbook.csv": book, "units.csv": units}
        if cities.empty or any((folder / name).exists() for name in made):
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
