"""Regressions that a reader can change and run in the page, below the cells that estimate them.

A cell's metadata name a column, a reading and, where there are any, own paths:
``live: model1, stock, trend``.  The page writes that regression as text, and ``live.js`` estimates
it from the panel, which stands in ``_static/live-data.js``.
"""

from __future__ import annotations

import html
import json
from pathlib import Path

import nbformat
from sphinx.application import Sphinx

from lib import indicators, panel, published, specifications
from lib.prose import starred
from lib.specifications import COLUMNS, READINGS, Column, Reading

PATHS = {"start": " + start", "trend": " + trend"}
SCRIPT = '<script src="../_static/live.js" defer></script>'


def of(words: str) -> tuple[Column, Reading, str]:
    """The column, the reading and the effects that a cell's metadata name.

    Raises
    ------
    ValueError
        There is no such column, reading or effects.
    """
    key, name, *effects = (word.strip() for word in words.split(","))
    columns = {column.key: column for column in COLUMNS}
    readings = {reading.name: reading for reading in READINGS}
    if key not in columns or name not in readings or not set(effects) <= set(PATHS):
        raise ValueError(
            f"live: found {words!r}; expected one of {', '.join(columns)}, one of "
            f"{', '.join(readings)}, and perhaps one of {', '.join(PATHS)}"
        )
    return columns[key], readings[name], effects[0] if effects else "twoway"


def text(column: Column, reading: Reading, effects: str = "twoway") -> str:
    """A regression of the tables as a reader may change it: formula, definitions, condition."""
    terms = " + ".join(term.replace("LM_IA", "LM:IA") for term in column.terms)
    kept = f"year >= {column.years[0]} and year <= {column.years[1]}"
    kept += f' and reach == "{column.reach}"' if column.reach else ""
    return (
        f"REG ~ {terms} | city + year{PATHS.get(effects, '')}\n"
        f"REG = reg, LM = {reading.mobility}, IA = ia(share_secondary)\n"
        f"where {kept}"
    )


def fold(words: str) -> nbformat.NotebookNode:
    """The cell of a page that holds such a regression, closed."""
    column, reading, effects = of(words)
    name = "-".join(["run", *(word.strip() for word in words.split(","))])
    cells = published.coefficients(column.table)
    own = cells[cells["column"].eq(column.key)]
    printed = {
        row.replace("LM_IA", "LM:IA"): starred(coef, stars)
        for row, coef, stars in zip(own["row"], own["coef"], own["stars"], strict=True)
    }
    return nbformat.v4.new_markdown_cell(
        f'<details class="live" id="{name}" hidden data-source="../_static/live-data.js" '
        f'data-printed="{html.escape(json.dumps(printed, ensure_ascii=False))}">'
        "<summary>Run it yourself: change this regression</summary>"
        f'<textarea rows="3" spellcheck="false" aria-label="Regression">'
        f"{html.escape(text(column, reading, effects)).replace(chr(10), '&#10;')}</textarea>"
        '<p class="help">Line 1 names the outcome, the regressors (LM:IA is the product of LM and '
        "IA) and, behind the bar, the effects. You may add the effect trend (a straight line in "
        "time for each city) or start (a city's income of 2008 times each year). Line 2 says which "
        "column of the data each variable is. You may write log() and ia() there; ia() divides by "
        "the mean of all cities in the year. Two other columns are reg_current (income in current "
        "prices) and share_secondary_out (the share of industry without its jump in 2019). Line 3 "
        "chooses the rows.</p>"
        '<p><button type="button" class="run">Estimate</button> '
        '<button type="button" class="back">As on this page</button></p>'
        '<div role="status"></div></details>'
    )


def with_folds(cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The cells of a page, each that names a regression followed by its fold.

    Raises
    ------
    ValueError
        As :func:`of`.
    """
    out = []
    for cell in cells:
        out.append(cell)
        if "live" in cell.metadata:
            out.append(fold(cell.metadata["live"]))
    if len(out) > len(cells):
        out.append(nbformat.v4.new_markdown_cell(SCRIPT))
    return out


def data() -> str:
    """The panel as a script: cities once, columns as lists, what is missing as null."""
    frame = panel.load()
    cities = frame.drop_duplicates("city_code")
    place = {code: at for at, code in enumerate(cities["city_code"])}
    columns = dict(frame.drop(columns=["city_code", "year"]).select_dtypes("number"))
    recounts = specifications.recounts(frame).rename(columns={"boundary": "moved"})
    columns |= {name: recounts[name].astype(int) for name in recounts}
    without = indicators.without_step(frame).filter(like="share").round(9)
    columns |= {f"{name}_out": without[name] for name in without}
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


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the panel beside the pages."""
    if exception is None and app.builder.format == "html":
        Path(app.outdir, "_static", "live-data.js").write_text(data(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
