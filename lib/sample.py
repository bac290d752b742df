"""The rows of one regression, and the checks that come before any estimate.

Rows with a missing value go, and so does a city or a year with one row, again and again, where its
own effect would absorb it: it is no city and no cluster.  Both are counted as ``dropped``.  This is
what Stata's ``reghdfe`` does, and what ``xtreg, fe`` gives on the rows that are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, get_args

import numpy as np
import pandas as pd
from linearmodels.panel.data import PanelData
from linearmodels.panel.utility import not_absorbed
from scipy import sparse

from lib.jackknife import Effects
from lib.panel import DataError

# Less than this share of a variable's norm is rounding error, not variation.
EXACT = 1e-10


class Sample:
    """The rows used of a regression, indexed by city and year.

    Attributes
    ----------
    y, x : str, tuple of str
    frame : DataFrame
        y, regressors and instruments of the rows used, as floats.
    codes, periods : ndarray of int
        City and year of each row, numbered as they come.
    labels : Index
        The rows' index labels in the data.
    years : tuple of int
    n_entities, dropped : int

    Raises
    ------
    lib.panel.DataError
        As in :func:`lib.estimation.two_way_fe`.
    """

    def __init__(
        self,
        data: pd.DataFrame,
        y: str,
        x: Sequence[str] | str,
        effects: Effects,
        entity: str,
        time: str,
        instruments: tuple[str, ...] = (),
    ) -> None:
        one_of(effects, "effects", Effects)
        self.y, self.x = y, listed(x)
        for role, names in (("y and regressors", (y, *self.x)), ("instruments", instruments)):
            if repeated := sorted({name for name in names if names.count(name) > 1}):
                raise DataError(f"{role}: found {', '.join(repeated)} twice, expected each once")
        columns = list(dict.fromkeys((y, *self.x, *instruments)))
        values = _numbers(data, columns, entity, time)
        rows = np.flatnonzero(values.notna().all(axis=1))
        if not len(rows):
            missing = ", ".join(f"{name} {count}" for name, count in values.isna().sum().items())
            raise DataError(
                f"found no row with all of {', '.join(columns)} (missing values: {missing}; "
                f"rows: {len(data)}), expected at least one"
            )
        keys = data.iloc[rows][[entity, time]]
        years = pd.to_numeric(keys[time], errors="coerce")
        odd = keys.isna().any(axis=1) | keys.duplicated() | (years % 1 != 0)
        if odd.any():
            bad = keys[odd].iloc[0]
            raise DataError(
                f"row {bad.name!r}: found {entity} {bad[entity]}, {time} {bad[time]}, "
                "expected both, a whole number for the second, and each pair once"
            )
        # A city or a year with one row is absorbed by its own effect, and may leave others alone.
        own = {"twoway": [entity, time], "entity": [entity], "time": [time]}.get(effects, [])
        while own and len(keys):
            alone = np.any([~keys.duplicated(column, keep=False) for column in own], axis=0)
            if not alone.any():
                break
            rows, keys = rows[~alone], keys[~alone]
        self.codes, cities = pd.factorize(keys[entity])
        self.periods, years = pd.factorize(keys[time])
        if len(cities) < 2:
            raise DataError(
                f"column {entity!r}: found {len(cities)} cluster(s) in {len(keys)} rows that their "
                "own effect does not absorb, expected at least two"
            )
        # linearmodels copies the index many times over, and numbers are cheaper to copy than names.
        index = pd.MultiIndex.from_arrays([self.codes, keys[time]], names=[entity, time])
        self.frame = values.iloc[rows].set_axis(index, axis=0)
        self.labels = data.index[rows]
        self.years = tuple(sorted(int(year) for year in years))
        self.n_entities, self.dropped = len(cities), len(data) - len(rows)

    def regressors(self, time_dummies: bool) -> pd.DataFrame:
        """The regressors, a constant and, if asked for, a dummy for each year but the first.

        About their means, on which no slope depends: with a product among them errors would keep
        nine digits only, others on another processor.
        """
        exog = demean(self.frame[list(self.x)], "none").assign(**{"(constant)": 1.0})
        if not time_dummies:
            return exog
        dummies = pd.get_dummies(self.periods, prefix="(year)", dtype=float).iloc[:, 1:]
        return exog.join(dummies.set_axis(exog.index, axis=0))

    def prepared(self, effects: Effects, *lists: tuple[str, ...]) -> tuple[pd.DataFrame, int, int]:
        """The data net of the effects, the number of effects, and of those not nested in clusters.

        The constant counts as one.  Refuses what leaves some list of regressors no slope.
        """
        entities, years = self.n_entities, len(self.years)
        if effects == "twoway":
            shape = (entities, years)
            edges = sparse.coo_matrix((np.ones(len(self.codes)), (self.codes, self.periods)), shape)
            graph = sparse.bmat([[None, edges], [edges.T, None]])
            parts = sparse.csgraph.connected_components(graph, return_labels=False)
            if parts > 1:
                raise DataError(
                    f"found a panel in {parts} parts that share no city and no year, "
                    "expected one connected panel"
                )
        unnested = years if effects in ("twoway", "time") else 1
        every = unnested + (entities - 1 if effects in ("twoway", "entity") else 0)
        slopes = max(map(len, lists))
        if len(self.frame) <= every + slopes:
            raise DataError(
                f"found {len(self.frame)} rows for {every} effects and {slopes} slopes, "
                "expected more rows than parameters"
            )
        within = demean(self.frame, effects)
        taken = {
            "twoway": "city and year effects",
            "entity": "city effects",
            "time": "year effects",
        }
        what = taken.get(effects, "means")
        if norm(within[self.y]) <= EXACT * norm(self.frame[self.y]):
            raise DataError(
                f"column {self.y!r}: found no variation once {what} are taken out, expected some"
            )
        for names in map(list, lists):
            whole = self.frame[names].to_numpy()
            kept = not_absorbed(within[names].to_numpy(), False, None, whole)
            if lost := [repr(name) for i, name in enumerate(names) if i not in kept]:
                raise DataError(
                    f"column {', '.join(lost)}: found nothing left (less than a 100,000th of its "
                    f"size) once {what} and the columns before it in ({', '.join(names)}) are "
                    "taken out, expected variation of its own"
                )
        return within, every, unnested

    @contextmanager
    def solvable(self) -> Iterator[None]:
        """Say in our terms what linearmodels still refuses."""
        try:
            yield
        except DataError:
            raise
        except ValueError as error:
            if "full column rank" not in str(error):
                raise DataError(f"linearmodels: {error}") from error
            sizes = ", ".join(f"{name} {self.frame[name].abs().max():.2g}" for name in self.x)
            raise DataError(
                f"found columns of sizes {sizes}, which double precision cannot hold together, "
                "expected units nearer to one another"
            ) from error

    def check_exact(self, residuals: pd.Series) -> None:
        """Refuse residuals that are nothing but rounding errors."""
        if norm(residuals) <= EXACT * norm(self.frame[self.y]):
            raise DataError(
                f"column {self.y!r}: found an exact function of {', '.join(self.x)} and the "
                "effects, expected residual variation"
            )


def listed(names: Sequence[str] | str, least: int = 1) -> tuple[str, ...]:
    """One name or several as a tuple; refuses fewer than `least`."""
    names = (names,) if isinstance(names, str) else tuple(names)
    if len(names) < least:
        raise DataError(f"found an empty list of regressors, expected at least {least}")
    return names


def one_of(value: str, name: str, options: Any) -> None:
    """Refuse a value that is none of a literal's."""
    if value not in get_args(options):
        raise DataError(f"{name}: found {value!r}, expected one of {', '.join(get_args(options))}")


def _numbers(data: pd.DataFrame, columns: list[str], *keys: str) -> pd.DataFrame:
    """Columns as floats, missing values let through."""
    for name in (*keys, *columns):
        if (count := int((data.columns == name).sum())) != 1:
            there = ", ".join(map(str, data.columns))
            raise DataError(f"column {name!r}: found {count} times in ({there}), expected once")
    for name in columns:
        kind = data[name].dtype
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_complex_dtype(kind):
            raise DataError(f"column {name!r}: found values of type {kind}, expected numbers")
        if (infinite := np.isinf(data[name].to_numpy(dtype=float, na_value=np.nan))).any():
            row = data.index[int(infinite.argmax())]
            raise DataError(
                f"row {row!r}, column {name!r}: found an infinite value, expected a finite number"
            )
    return data[columns].astype(float)


def norm(values: pd.Series) -> float:
    """Euclidean length."""
    return float(np.linalg.norm(values.to_numpy()))


def demean(frame: pd.DataFrame, effects: Effects) -> pd.DataFrame:
    """Columns less what the effects explain of them (``none``: their means)."""
    if effects == "none":
        return frame - frame.mean()
    group: Any = {"twoway": "both", "entity": "entity", "time": "time"}[effects]
    return PanelData(frame).demean(group).dataframe
