"""Other outcomes and equations, at the columns as printed and in the cases of the book.

Chapters 6 and 7 explain them.  They are not crossed with the other choices, because each asks a
question of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from lib import placebo, specifications
from lib.cases import CASES, Case, applied
from lib.panel import DataError
from lib.regression import complete
from lib.specifications import COLUMNS, READINGS, Column
from studies.multiverse import register
from studies.multiverse.engine import SPELL, Design, fitted
from studies.multiverse.explore import LINE, described, with_p

Way = tuple[pd.DataFrame, list[str], str]
"""The rows, whose REG is the outcome, the regressors and the effects."""


def of(data: pd.DataFrame, rows: pd.DataFrame, terms: Sequence[str]) -> dict[str, Way]:
    """Each linear way, from a panel and the rows of a column as :mod:`lib.specifications` has them.

    ``over``: income over G, the common growth of output (chapter 6).  ``lag``: last year's income
    is held.  ``change``: changes on changes, with effects of years.  ``distance, log_distance``:
    the distance of income, or of its logarithm, from the mean of all cities in the year.

    A change from one spell of a city to the next, which a recount made, is left out.
    """
    year, names = data["year"], ["REG", *terms]
    output = data["reg"] * placebo.residents(data)
    grown = np.log(output / output.groupby(data["city"]).transform("first"))
    outcomes = {"over": rows["REG"] / rows["year"].map(np.exp(grown.groupby(year).mean()))}
    for name, scale in (("distance", np.asarray), ("log_distance", np.log)):
        mean = pd.Series(scale(data["reg"]), data.index).groupby(year).mean()
        outcomes[name] = (scale(rows["REG"]) - rows["year"].map(mean)).abs()
    lagged = specifications.with_lags(rows, [*names, "spell"], [1])
    lagged = lagged[lagged["spell"].eq(lagged["spell_lag1"])]
    changes = {name: lagged[name] - lagged[f"{name}_lag1"] for name in names}
    ways: dict[str, Way] = {
        name: (rows.assign(REG=y), [*terms], "twoway") for name, y in outcomes.items()
    }
    ways["lag"] = lagged, [*terms, "REG_lag1"], "twoway"
    ways["change"] = lagged.assign(**changes), [*terms], "time"
    return ways


def poisson(rows: pd.DataFrame, x: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows and weights whose least squares are Poisson's maximum, with city and year effects.

    REG becomes the working outcome of the last round of iterated weighted least squares.  Slopes
    without a cluster are then those of one round from there (a linearised jackknife).
    """
    rows = complete(rows, ["REG", *x], [SPELL, "year"])
    income = rows["REG"].to_numpy(float)
    mean, columns = income, rows[[*x]].to_numpy(float)
    for _ in range(50):
        design, working = Design.of(rows, weight=mean), np.log(mean) + income / mean - 1
        products = design.products(columns, working[:, None])
        net, slopes = products.net[design.cells], products.coef([range(len(x))])[0]
        left = (net[:, -1] - net[:, :-1] @ slopes[:, 0]) / np.sqrt(mean)
        before, mean = mean, np.exp(working - left)
        if np.abs(mean / before - 1).max() < 1e-10:
            return rows.assign(REG=working), before
    raise DataError(f"REG on {', '.join(x)}: found no maximum in 50 rounds; expected one")


def options(case: Case, column: Column) -> dict[str, str]:
    """The options that make a column what it is in a case."""
    changes = {name: how for name, how in case.change.items() if name != "without"}
    sample = {"sample": case.change["without"]} if "without" in case.change else {}
    return register.as_printed(column) | changes | sample


def at_the_cases(estimates: pd.DataFrame) -> pd.DataFrame:
    """Of any estimates those of the columns as printed, with their ``case``."""
    named = [
        {"column": column.key, "case": case.key, **options(case, column)}
        for column, case in product(COLUMNS, CASES)
    ]
    return estimates.merge(pd.DataFrame(named), on=["column", *register.VARIED])


def explore(data: pd.DataFrame, columns: Sequence[Column] = COLUMNS) -> list[pd.DataFrame]:
    """Estimates of the official and of the invented Belt.

    As :class:`studies.multiverse.explore.Multiverse` has them.
    """
    belts: list[list[Any]] = [[], []]
    for case, reading, column in product(CASES, READINGS, columns):
        spec = {"column": column.key, "mobility": reading.name, **options(case, column)}
        if not register.admitted(**spec):
            continue
        frame, rest = applied(data, case)
        for lines, belt in zip(belts, (frame, placebo.belt(frame)), strict=True):
            try:
                rows = specifications.rows(belt, rest.of(reading), column)
            except DataError:  # a part of the panel may have no row of this column
                continue
            ways: dict[str, Any] = {
                name: (way, {}) for name, way in of(belt, rows, column.terms).items()
            }
            working, weight = poisson(rows, column.terms)
            ways["poisson"] = (working, [*column.terms], "twoway"), {"weight": weight}
            for name, (way, more) in ways.items():
                products = fitted(*way, **more)
                about, values = described(products, [range(len(way[1]))])
                for place, term in enumerate(column.terms):
                    own = {**spec, "outcome": name, "term": term}
                    figures = [*about, *(each[0, place, 0] for each in values)]
                    lines.append([*(own[name] for name in LINE[: -len(figures)]), *figures])
    return [with_p(pd.DataFrame(lines, columns=LINE)) for lines in belts]
