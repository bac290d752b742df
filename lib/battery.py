"""Every test of the diagnostics on every column of Tables 1 to 3, and what each one entails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from lib import diagnostics, error_tests, functional_form, moran
from lib.diagnostics import Sample
from lib.estimation import Statistic
from lib.specifications import SPECIFICATIONS, Specification, rows_of

LEVEL = 0.05
Found = TypeVar("Found")


@dataclass(frozen=True)
class Question:
    """One test, and what its answer means for Tables 1 to 3.

    Attributes
    ----------
    key, title : str
    rejected, kept : str
        Consequence if its hypothesis is rejected, and if it is not.
    """

    key: str
    title: str
    rejected: str
    kept: str


QUESTIONS = (
    Question(
        "city_effects", "F, no city effects", "keep city effects", "city effects could go"
    ),
    Question(
        "year_effects", "F, no year effects", "keep year effects", "year effects could go"
    ),
    Question(
        "slopes_cities", "F, one slope for all cities",
        "a slope is a mean over cities", "one slope may serve all cities",
    ),
    Question(
        "slopes_years", "F, one slope for all years",
        "a slope is a mean over years", "one slope may serve all years",
    ),
    Question(
        "random_effects", "Mundlak, random effects, clustered",
        "fixed effects", "random effects not excluded",
    ),
    Question(
        "serial", "Wooldridge, errors without memory",
        "no classical t; cluster by city", "classical t not excluded",
    ),
    Question(
        "variances", "Modified Wald, one variance, shuffled",
        "cluster by city", "one variance not excluded",
    ),
    Question(
        "cross_section", "Pesaran CD, no common years",
        "keep year effects", "cities may be independent",
    ),
    Question(
        "neighbours", "Moran's I, no likeness of neighbours",
        "errors by distance or province too", "clusters by city may do",
    ),
    Question(
        "reset", "RESET, straight equation, clustered",
        "slopes are averages of a curve", "no curvature found",
    ),
    Question("level", "PE, level against log", "show the logarithm too", "level not excluded"),
    Question("log", "PE, log against level", "neither scale is exact", "log not excluded"),
)  # fmt: skip


def run(rows: pd.DataFrame, spec: Specification, places: pd.DataFrame) -> dict[str, Statistic]:
    """All tests of one column, by key of :data:`QUESTIONS`.

    Parameters
    ----------
    rows : DataFrame
        The rows of the column, as from :func:`lib.specifications.rows_of`, y a level.
    places : DataFrame
        ``lon``, ``lat`` in degrees, indexed by city.

    Returns
    -------
    dict of Statistic
        ``df`` is empty where the null distribution is normal or made of permutations.
    """
    sample = Sample.of(rows, spec.terms)
    equal = error_tests.equal_variances(sample)
    near = moran.pooled(sample, places)
    shape = functional_form.level_against_log(sample)
    return {
        "city_effects": diagnostics.effects_f(sample),
        "year_effects": diagnostics.effects_f(sample, "twoway", "city"),
        "slopes_cities": diagnostics.equal_slopes(sample, sample.cities[:, None]),
        "slopes_years": diagnostics.equal_slopes(sample, sample.years[None]),
        "random_effects": diagnostics.mundlak(sample),
        "serial": error_tests.wooldridge(sample).test,
        "variances": Statistic(equal.test.stat, equal.test.df, equal.p),
        "cross_section": error_tests.cross_section(sample).test,
        "neighbours": Statistic(near.statistic, (), near.p),
        "reset": functional_form.reset(sample).clustered,
        "level": shape.level,
        "log": shape.log,
    }


def over_columns(prepared: Mapping[str, pd.DataFrame], places: pd.DataFrame) -> pd.DataFrame:
    """All tests of all columns under several readings.

    Parameters
    ----------
    prepared : mapping
        Name of a reading -> rows as from :func:`lib.specifications.prepare`.

    Returns
    -------
    DataFrame
        ``reading, column, heading, test, stat, df, p``.
    """
    found = [
        {"reading": reading, "column": spec.column, "heading": spec.heading, "test": key,
         "stat": test.stat, "df": test.df, "p": test.p}
        for reading, rows in prepared.items()
        for spec in SPECIFICATIONS
        for key, test in run(rows_of(rows, spec), spec, places).items()
    ]  # fmt: skip
    return pd.DataFrame(found)


def over(
    prepared: Mapping[str, pd.DataFrame], test: Callable[[Sample], Found]
) -> dict[tuple[str, str], Found]:
    """One test of all columns, by reading and column; arguments as of :func:`over_columns`."""
    return {
        (reading, spec.column): test(Sample.of(rows_of(rows, spec), spec.terms))
        for reading, rows in prepared.items()
        for spec in SPECIFICATIONS
    }


def rejections(found: pd.DataFrame, key: str) -> pd.Series:
    """Columns in which a test rejects at 5 %, by reading, in the order of the readings."""
    rows = found[found["test"] == key]
    return (rows["p"] < LEVEL).groupby(rows["reading"], sort=False).sum()


def places_of(data: pd.DataFrame) -> pd.DataFrame:
    """``lon`` and ``lat`` of each city, indexed by its code."""
    return data.groupby("city_code")[["lon", "lat"]].first()


def spread(sample: Sample) -> pd.DataFrame:
    """Quartiles over cities of slopes of their own, with the year effects of all.

    Returns
    -------
    DataFrame
        Index term; ``cities`` that have a slope of their own, ``q1``, ``median``, ``q3``.

    Notes
    -----
    Each city's series, less the year effects of the common regression, on its own regressors.
    Cities with fewer than three rows more than regressors are left out.
    """
    whole = sample.fit()
    net = np.where(sample.present, whole.residuals[0] + _explained(sample, whole.coef[0]), 0.0)
    slopes = []
    for i in np.flatnonzero(sample.present.sum(axis=1) >= len(sample.terms) + 3):
        here = sample.present[i]
        x = np.vstack([sample.x[:, i, here], np.ones(here.sum())]).T
        if np.linalg.matrix_rank(x) == x.shape[1]:
            slopes.append(np.linalg.lstsq(x, net[i, here], rcond=None)[0][:-1])
    table = np.quantile(slopes, [0.25, 0.5, 0.75], axis=0).T
    frame = pd.DataFrame(table, index=list(sample.terms), columns=["q1", "median", "q3"])
    return frame.assign(cities=len(slopes))


def _explained(sample: Sample, coef: np.ndarray) -> np.ndarray:
    return np.tensordot(coef, sample.x, axes=1)
