"""A regression that a reader can change and run in the page, below the cell that estimates it.

A cell's metadata name a column and a reading: ``live: model1, stock``.  The page writes that
regression as text, and the script estimates it from the panel, which stands in
``_static/live-data.js``.
"""

import html
import json
from itertools import product

from lib import cases, panel, published, specifications
from lib.prose import starred
from lib.specifications import COLUMNS, READINGS, Column, Reading
from widgets import filled, packed

ADDED = {"": "nothing", " + start": "income of 2008 × year", " + trend": "trends"}
OUTPUT = {
    "reg": "growth index",
    "reg_current": "current prices",
    "log(reg)": "growth index, logarithm",
    "log(reg_current)": "current prices, logarithm",
}


def of(words: str) -> tuple[Column, Reading]:
    """The column and the reading that a cell's metadata name; ValueError if there is no such."""
    key, _, name = words.partition(", ")
    columns = {column.key: column for column in COLUMNS}
    readings = {reading.name: reading for reading in READINGS}
    if key not in columns or name not in readings:
        raise ValueError(
            f"live: found {words!r}; expected one of {', '.join(columns)}, and one of "
            f"{', '.join(readings)}"
        )
    return columns[key], readings[name]


def text(column: Column, reading: Reading) -> str:
    """A regression of the tables as a reader may change it: formula, definitions, condition."""
    terms = " + ".join(term.replace("LM_IA", "LM:IA") for term in column.terms)
    anew = reading.unit == "spell"
    apart = anew and reading.mobility.startswith("lm_flow")  # a flow compares two spells
    kept = f"year >= {column.years[0]} and year <= {column.years[1]}"
    kept += f' and reach == "{column.reach}"' if column.reach else ""
    kept += " and moved == 0" if reading.without in ("boundary", "both") else ""
    kept += " and steps == 0" if apart or reading.without in ("steps", "both") else ""
    return (
        f"REG ~ {terms} | city{':recount' if anew else ''} + year\n"
        f"REG = {'log(reg)' if reading.outcome == 'log_reg' else 'reg'}, "
        f"LM = {reading.mobility}, IA = ia(share_secondary)\n"
        f"where {kept}"
    )


def fold(words: str) -> str:
    """The fold of a page that holds such a regression, closed."""
    column, reading = of(words)
    cells = published.coefficients(column.table)
    own = cells[cells["column"].eq(column.key)]
    printed = {
        row.replace("LM_IA", "LM:IA"): starred(coef, stars)
        for row, coef, stars in zip(own["row"], own["coef"], own["stars"], strict=True)
    }
    texts = {
        f"{case.key} {each.name}": text(column, case.of(each))
        for case, each in product(cases.CHOSEN, READINGS)
    }
    choices = {
        "Case": {case.key: case.short for case in cases.CHOSEN},
        "Mobility": {each.name: each.name for each in READINGS},
        "Output": OUTPUT,
        "Added": ADDED,
    }
    return filled(
        "live",
        name=f"run-{column.key}-{reading.name}",
        printed=packed(printed),
        texts=packed(texts),
        choices=choices,
        chosen={reading.name, ""},
        text=html.escape(text(column, reading)).replace("\n", "&#10;"),
    )


def panel_as_script() -> str:
    """The panel as a script: cities once, columns as lists, what is missing as null."""
    frame = panel.load()
    cities = frame.drop_duplicates("city_code")
    place = {code: at for at, code in enumerate(cities["city_code"])}
    columns = dict(frame.drop(columns=["city_code", "year"]).select_dtypes("number"))
    steps = specifications.recounts(frame)
    so_far = steps.groupby(frame["city_code"]).cumsum()
    made = {"steps": steps, "moved": frame["moved"], "recounts": so_far}
    columns |= {name: of.astype(int) for name, of in made.items()}
    parts = ["code", "name", "province", "reach"]
    whole = {
        "cities": cities.rename(columns={"city_code": "code", "city": "name"})[parts]
        .astype(str)
        .to_dict("records"),
        "city": frame["city_code"].map(place).tolist(),
        "year": frame["year"].tolist(),
        "columns": {n: [None if v != v else v for v in c.tolist()] for n, c in columns.items()},
    }  # fmt: skip
    return f"window.LIVE_PANEL = {json.dumps(whole, ensure_ascii=False, separators=(',', ':'))};\n"
