"""The rows of one regression, and the checks that come before any estimate.

Rows with a missing value go, and so does a city or a year with one row, again and again, where its
own effect would absorb it: it is no city and no cluster.  This is
what Stata's ``reghdfe`` does, and what ``xtreg, fe`` gives on the rows that are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.panel.data import PanelData
from linearmodels.panel.utility import not_absorbed
from scipy import sparse

from lib.jackknife import (
    BY_ENTITY,
    BY_TIME,
    START,
    Effects,
    demeaned,
    numbers,
    one_of,
    without_singles,
)  # fmt: skip
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
    n_entities : int

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
        instruments: tuple[str, ...] = (),
    ) -> None:
        one_of(effects, "effects", Effects)
        self.y, self.x = y, listed(x)
        for role, names in (("y and regressors", (y, *self.x)), ("instruments", instruments)):
            if repeated := sorted({name for name in names if names.count(name) > 1}):
                raise DataError(f"{role}: found {', '.join(repeated)} twice, expected each once")
        start = (START,) if effects == "start" else ()
        columns = list(dict.fromkeys((y, *self.x, *instruments, *start)))
        values = numbers(data, columns, ["city", "year"])[columns]
        rows = np.flatnonzero(values.notna().all(axis=1))
        if not len(rows):
            missing = ", ".join(f"{name} {count}" for name, count in values.isna().sum().items())
            raise DataError(
                f"found no row with all of {', '.join(columns)} (missing values: {missing}; "
                f"rows: {len(data)}), expected at least one"
            )
        keys = data.iloc[rows][["city", "year"]]
        years = pd.to_numeric(keys["year"], errors="coerce")
        odd = keys.isna().any(axis=1) | keys.duplicated() | (years % 1 != 0)
        if odd.any():
            bad = keys[odd].iloc[0]
            raise DataError(
                f"row {bad.name!r}: found city {bad['city']}, year {bad['year']}, "
                "expected both, a whole number for the second, and each pair once"
            )
        # A city or a year with one row is absorbed by its own effect, and may leave others alone.
        own = ["city"] if effects in BY_ENTITY else []
        own += ["year"] if effects in BY_TIME else []
        keys = without_singles(keys.assign(row=rows), own)
        rows = keys["row"].to_numpy()
        self.codes, cities = pd.factorize(keys["city"])
        self.periods, years = pd.factorize(keys["year"])
        if len(cities) < 2:
            raise DataError(
                f"column 'city': found {len(cities)} cluster(s) in {len(keys)} rows that their "
                "own effect does not absorb, expected at least two"
            )
        # linearmodels copies the index many times over, and numbers are cheaper to copy than names.
        index = pd.MultiIndex.from_arrays([self.codes, keys["year"]], names=["city", "year"])
        whole = values.iloc[rows].set_axis(index, axis=0)
        self.frame = whole[list(dict.fromkeys((y, *self.x, *instruments)))]
        self.start = whole[START] if start else None
        self.labels = data.index[rows]
        self.years = tuple(sorted(int(year) for year in years))
        self.n_entities = len(cities)

    def regressors(self, effects: Effects) -> pd.DataFrame:
        """The regressors, a constant and what :meth:`shared` gives for the effects.

        About their means, on which no slope depends: with a product among them errors would keep
        nine digits only, others on another processor.
        """
        exog = demean(self.frame[list(self.x)], "none").assign(**{"(constant)": 1.0})
        return pd.concat([exog, self.shared(effects)], axis=1)

    def shared(self, effects: Effects) -> pd.DataFrame:
        """The effects that cities share, as columns: a dummy for each year but the first.

        With ``start`` also each dummy times START; with ``trend`` for each year but two.
        """
        if effects not in BY_TIME:
            return pd.DataFrame(index=self.frame.index)
        # Cities' means make one year's dummy superfluous, their lines another.
        spare = 2 if effects == "trend" else 1
        dummies = pd.get_dummies(self.periods, prefix="(year)", dtype=float).iloc[:, spare:]
        dummies = dummies.set_axis(self.frame.index, axis=0)
        if self.start is None:
            return dummies
        apart = self.start - self.start.mean()
        return dummies.join(dummies.mul(apart, axis=0).add_suffix(" × START"))

    def inside(self, frame: pd.DataFrame, effects: Effects) -> pd.DataFrame:
        """Columns less what each city's own effects explain: its mean, with ``trend`` its line."""
        if effects not in BY_ENTITY or frame.empty:
            return frame
        line = frame.index.get_level_values(1).to_numpy(float) if effects == "trend" else None
        freed = demeaned(frame.to_numpy(), self.codes, line)
        return pd.DataFrame(freed, frame.index, frame.columns)

    def net(self, effects: Effects) -> pd.DataFrame:
        """The data less what the effects explain."""
        if effects not in ("start", "trend"):
            return demean(self.frame, effects)
        own, shared = (self.inside(each, effects) for each in (self.frame, self.shared(effects)))
        explained = shared.to_numpy() @ np.linalg.lstsq(shared.to_numpy(), own, rcond=None)[0]
        return own - explained

    def prepared(self, effects: Effects, *lists: tuple[str, ...]) -> tuple[pd.DataFrame, int, int]:
        """The data net of the effects, the number of effects, and of those not nested in clusters.

        The constant counts as one.  Refuses what leaves some list of regressors no slope.
        """
        entities, years = self.n_entities, len(self.years)
        if effects in BY_ENTITY and effects in BY_TIME:
            shape = (entities, years)
            edges = sparse.coo_matrix((np.ones(len(self.codes)), (self.codes, self.periods)), shape)
            graph = sparse.bmat([[None, edges], [edges.T, None]])
            parts = sparse.csgraph.connected_components(graph, return_labels=False)
            if parts > 1:
                raise DataError(
                    f"found a panel in {parts} parts that share no city and no year, "
                    "expected one connected panel"
                )
        unnested = self.shared(effects).shape[1] + (effects != "trend")
        nested = entities - 1 if effects in BY_ENTITY else 0
        every = unnested + (2 * entities if effects == "trend" else nested)
        slopes = max(map(len, lists))
        if len(self.frame) <= every + slopes:
            raise DataError(
                f"found {len(self.frame)} rows for {every} effects and {slopes} slopes, "
                "expected more rows than parameters"
            )
        within = self.net(effects)
        taken = {
            "twoway": "city and year effects",
            "entity": "city effects",
            "time": "year effects",
            "start": "city and year effects and the paths from START",
            "trend": "city and year effects and the cities' trends",
        }
        what = taken.get(effects, "means")
        if np.linalg.norm(within[self.y]) <= EXACT * np.linalg.norm(self.frame[self.y]):
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
        if np.linalg.norm(residuals) <= EXACT * np.linalg.norm(self.frame[self.y]):
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


def demean(frame: pd.DataFrame, effects: Effects) -> pd.DataFrame:
    """Columns less what one or both sets of effects explain of them (``none``: their means)."""
    if effects == "none":
        return frame - frame.mean()
    group: Any = {"twoway": "both", "entity": "entity", "time": "time"}[effects]
    return PanelData(frame).demean(group).dataframe
