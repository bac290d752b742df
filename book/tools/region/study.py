"""A region of the reader's own: its settings, and what can be estimated there.

Groups and their order, the period and its split come from the roster and a settings file.
What cannot be estimated is named with its cause, and leaves the rest as it is.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import statsmodels.formula.api as smf
from matplotlib import rcParams

from lib import changes, figures, panel, specifications, style, tables
from lib.estimation import Estimate, two_way_fe
from lib.panel import DataError
from lib.specifications import FLOW, Column, Reading
from lib.within import Effects
from tools.yearbook import clean, receipt

COLOURS = (*style.REACH.values(), style.INK, "#CC79A7", "#56B4E9", "#8C6D1F", style.INK)
MARKERS = "s^oDvPX*<>"
Found = dict[str, Estimate]
readings, controls, STRUCK = receipt.readings, receipt.controls, clean.STRUCK
ALONE = replace(FLOW, name="IA alone")
"""Where LM is not known."""
PATHS: dict[Effects, str] = {
    "twoway": "one for all", "start": "by income at the start", "trend": "a line each",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a region's pages need to know; ``data/README.md`` describes the file behind it.

    Attributes
    ----------
    groups : tuple of str
        Of the roster, in the order in which they are shown.
    period, span, base_year, split_year : tuple of int, tuple of int, int, int
        First and last year, and those of a census; where REG is 1; where the second period begins.
    exchange_rate : mapping from year to float
        Units of `currency` per US dollar; empty where none is known.
    growth : {"province", "city", "none"}
        Whose natural growth k is.
    letters : bool
        Whether Matplotlib's font has all letters of the names.
    """

    name: str
    source: str = "the yearbook as it was given"
    invented: bool = False
    groups: tuple[str, ...]
    period: tuple[int, int]
    span: tuple[int, int]
    base_year: int
    split_year: int
    currency: str = "yuan"
    exchange_rate: Mapping[str, float] = field(default_factory=dict)
    growth: str = "city"
    letters: bool = True

    def look(self, group: str) -> dict[str, str]:
        """Colour and marker of a group."""
        place = self.groups.index(group)
        return {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}


def load(path: Path | str = panel.DATA / "region.json") -> Settings:
    """Load the settings that ``make region`` wrote; charts then show names of any script."""
    given = json.loads(Path(path).read_text(encoding="utf-8"))
    about = Settings(**given | {key: tuple(given[key]) for key in ("groups", "period", "span")})
    if not about.letters:  # a browser has those that Matplotlib's font lacks
        rcParams["svg.fonttype"] = "none"
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        warnings.filterwarnings("ignore", "Matplotlib currently does not support")
    return about


def columns(about: Settings, data: pd.DataFrame) -> dict[int, tuple[Column, ...]]:
    """The columns of Tables 1 to 3 for this region; the third has one per group."""
    first, last = about.period
    split, terms = about.split_year, ("LM", "IA", "LM_IA")
    spans = [years for years in ((first, split - 1), (split, last)) if years[0] < years[1]]
    return {
        1: (
            Column(1, "model1", "Model 1", ("LM", "IA"), about.period),
            Column(1, "model2", "Model 2", ("LM_IA", *controls(data)), about.period),
        ),
        2: tuple(Column(2, f"{a}-{b}", f"{a}–{b}", terms, (a, b)) for a, b in spans),
        3: tuple(Column(3, group, group, terms, about.period, group) for group in about.groups),
    }


def estimates(
    data: pd.DataFrame, asked: Sequence[Column], of: Sequence[Reading]
) -> tuple[Found, pd.DataFrame]:
    """Run every column under every reading.

    Returns
    -------
    found : dict from "column, reading" to Estimate
    lacking : DataFrame
        ``Column, Reading, Why``: what could not be estimated.
    """
    found: Found = {}
    lacking = []
    for column in asked:
        for reading in of:
            try:
                rows = specifications.rows(data, reading, column)
                estimate = two_way_fe(rows, "REG", column.terms)
                found[f"{column.heading}, {reading.name}"] = estimate
            except DataError as error:
                lacking.append([column.heading, reading.name, str(error).splitlines()[0]])
        if not of:
            lacking.append([column.heading, "–", "LM unknown"])
            if "IA" in column.terms:
                found |= estimates(data, [replace(column, terms=("IA",))], [ALONE])[0]
    return found, pd.DataFrame(lacking, columns=["Column", "Reading", "Why"])


def errors(found: Estimate) -> pd.DataFrame:
    """Errors of the city jackknife; clustered ones where a slope hangs on one city."""
    return found.clustered if found.jackknife is None else found.jackknife


def sign(found: Estimate, term: str) -> str:
    """What the interval of 95 % says of a slope: "positive", "negative" or "cannot tell"."""
    low, high = errors(found).loc[term, ["low", "high"]].round(9)
    return "positive" if low > 0 else "negative" if high < 0 else "cannot tell"


def paths(about: Settings, data: pd.DataFrame, term: str = "LM") -> pd.DataFrame:
    """The slope of a term in Model 1, plain and with paths of the cities' own, by reading.

    Columns ``Mobility, Paths, Slope, From, To`` (the interval of 95 %), ``Sign``; a city's own path
    follows from its income at the start, or is a straight line.
    """
    model, of, lines = columns(about, data)[1][0], readings(data), []
    if not of:
        model, of = replace(model, terms=("IA",)), (ALONE,)
    for reading in of:
        for effects, words in PATHS.items():
            try:
                rows = specifications.rows(data, reading, model).dropna(subset="START")
                each = two_way_fe(rows, "REG", model.terms, effects)
                low, high = errors(each).loc[term, ["low", "high"]]
            except (DataError, KeyError):
                continue
            lines.append([reading.name, words, each.coef[term], low, high, sign(each, term)])
    heads = ["Mobility", "Paths", "Slope", "From", "To", "Sign"]
    return pd.DataFrame(lines, columns=heads)


def elasticity(about: Settings, data: pd.DataFrame) -> pd.Series | None:
    """Growth of output for one per cent more residents, from census to census if there are two.

    Least squares over cities, given log REG at the start, HC3: ``coef, low, high, cities``; None
    with fewer than ten cities.
    """
    try:
        rows = changes.between(data, *about.span).dropna(subset=["output", "residents", "start"])
    except DataError:
        return None
    if len(rows) < 10:
        return None
    fit = smf.ols("output ~ residents + start", rows).fit(cov_type="HC3", use_t=True)
    low, high = fit.conf_int().loc["residents"]
    slope = fit.params["residents"]
    return pd.Series({"coef": slope, "low": low, "high": high, "cities": len(rows)})


def table(found: Found, lacking: pd.DataFrame) -> tables.Table:
    """Regressions side by side, with the errors that all of them have; if none, what is lacking."""
    if not found:
        return shown(lacking)
    whole = all(each.jackknife is not None for each in found.values())
    return tables.regression(found, kinds=tuple(tables.KINDS)[: 3 if whole else 2])


def shown(frame: pd.DataFrame, digits: int = 3, index: str | None = None) -> tables.Table:
    """A table, or a line of dashes where there is nothing to show."""
    if frame.empty:
        frame, index = pd.DataFrame([["–"] * len(frame.columns)], columns=frame.columns), None
    return tables.show(frame, digits, index)


def influence(data: pd.DataFrame, column: Column, of: Sequence[Reading]) -> dict[str, Any]:
    """Rows and influence (:func:`lib.figures.influence`) of LM by reading, where there are any."""
    made = {}
    for reading in of:
        try:
            rows = specifications.rows(data, reading, column)
            two_way_fe(rows, "REG", column.terms)
            made[reading.name] = rows, figures.influence(rows, "REG", "LM", ["IA"])
        except DataError:
            continue
    return made
