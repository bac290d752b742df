"""Tests of what the regressions of Tables 1 to 3 assume of their effects and their regressors.

A *sample* holds the rows of one regression as arrays of cities and years, gaps included; each test
is one function of it.  :mod:`lib.error_tests` has those of the errors.  Where a library has a sound
test it is used; the others are written out, since no Python package has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import linalg, stats
from statsmodels.stats.outliers_influence import variance_inflation_factor

from lib import batched
from lib.estimation import Statistic
from lib.panel import DataError

# A column of length one that others explain but for less than this is explained by them.
NEGLIGIBLE = 1e-8


@dataclass(frozen=True)
class Sample:
    """The rows of one regression as arrays; a city-year without all its figures is absent.

    Attributes
    ----------
    y : array (N, T)
        Dependent variable, zero where absent.
    x : array (K, N, T)
        Regressors, zero where absent.
    present : bool array (N, T)
        City-years in use.
    terms : tuple of str
        Names of the regressors.
    cities, years : arrays (N,), (T,)
        Labels, ascending.
    """

    y: np.ndarray
    x: np.ndarray
    present: np.ndarray
    terms: tuple[str, ...]
    cities: np.ndarray
    years: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame, terms: Sequence[str], y: str = "y") -> Sample:
        """Take the complete rows of a frame with ``city_code``, ``year``, `y` and `terms`.

        Raises
        ------
        lib.panel.DataError
            A column is unknown, a value infinite, a city-year there twice, or no row complete.
        """
        columns = [y, *terms]
        unknown = [name for name in ("city_code", "year", *columns) if name not in rows.columns]
        if unknown:
            raise DataError(f"column {', '.join(unknown)}: not found, expected it in the rows")
        words = [name for name in columns if not pd.api.types.is_numeric_dtype(rows[name])]
        if words or not terms:
            raise DataError(
                f"column {', '.join(words) or 'of a regressor'}: found no numbers, expected some"
            )
        kept = rows[["city_code", "year", *columns]].dropna()
        if kept.empty or not np.isfinite(kept[columns].to_numpy(dtype=float)).all():
            raise DataError(
                f"{', '.join(columns)}: found no complete row or an infinite value, "
                "expected complete rows of finite numbers"
            )
        if kept.duplicated(["city_code", "year"]).any():
            raise DataError("rows: found a city-year twice, expected each once")
        wide = kept.pivot(index="city_code", columns="year", values=columns)
        cities, years = wide.index.to_numpy(), np.sort(kept["year"].unique())
        values = wide.to_numpy(dtype=float).reshape(len(cities), len(columns), len(years))
        values = values.transpose(1, 0, 2)
        present = np.isfinite(values[0])
        values = np.where(present, values, 0.0)
        return cls(values[0], values[1:], present, tuple(terms), cities, years)

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return int(self.present.sum())

    def fit(
        self, effects: batched.Effects = "twoway", extra: np.ndarray | None = None
    ) -> batched.Fits:
        """Least squares, with further regressors (J, N, T) if given; arrays with one draw."""
        x = self.x if extra is None else np.concatenate([self.x, extra])
        return batched.fit(self.y[None], x, self.present, effects=effects)

    def residuals(self, effects: batched.Effects = "twoway") -> np.ndarray:
        """Residuals (N, T), zero where absent."""
        return self.fit(effects).residuals[0]

    def without(self, cells: np.ndarray) -> Sample:
        """The sample less the cells (N, T) that are marked."""
        kept = self.present & ~cells
        return replace(self, y=self.y * kept, x=self.x * kept, present=kept)

    def with_y(self, y: np.ndarray) -> Sample:
        """The sample with another dependent variable (N, T)."""
        return replace(self, y=np.where(self.present, y, 0.0))

    def differenced(self) -> Sample:
        """Changes from the year before, of cities with both years.

        Raises
        ------
        lib.panel.DataError
            No city has two years in a row.
        """
        follows = np.diff(self.years) == 1
        both = self.present[:, 1:] & self.present[:, :-1] & follows
        cities, years = both.any(axis=1), both.any(axis=0)
        if not both.any():
            raise DataError("differences: found no city with two years in a row, expected some")

        def change(values: np.ndarray) -> np.ndarray:
            return np.where(both, np.diff(values, axis=-1), 0.0)[..., cities, :][..., years]

        return Sample(
            change(self.y), change(self.x), both[cities][:, years],
            self.terms, self.cities[cities], self.years[1:][years],
        )  # fmt: skip


# -- effects --------------------------------------------------------------------------------------


def effects_f(
    sample: Sample, full: batched.Effects = "twoway", reduced: batched.Effects = "year"
) -> Statistic:
    """F test of the effects that `full` has and `reduced` has not.

    Parameters
    ----------
    full, reduced : {"twoway", "city", "year", "pooled"}
        ``twoway`` against ``year`` tests the city effects, against ``city`` the year effects.

    Notes
    -----
    ``F = ((RSS_r - RSS_f) / q) / (RSS_f / df_f)``, exact for independent normal errors of one
    variance, as R's ``plm::pFtest``.
    """
    wide, narrow = sample.fit(full), sample.fit(reduced)
    return _f_test(wide.rss[0], int(wide.df_resid[0]), narrow.rss[0], int(narrow.df_resid[0]))


def equal_slopes(
    sample: Sample, groups: np.ndarray, effects: batched.Effects = "twoway"
) -> Statistic:
    """F test that all groups share their slopes (Chow), the effects kept in both models.

    Parameters
    ----------
    groups : array that broadcasts to (N, T)
        Label of each city-year: shape (N, 1) for groups of cities, (1, T) for years.

    Notes
    -----
    Where a group has too few rows for slopes of its own, the rank counts and not the number of
    interactions.  With city effects alone and a group per city this is ``plm::pooltest``.
    """
    labels = np.broadcast_to(groups, sample.present.shape)
    kinds = [kind for kind in np.unique(labels) if (sample.present & (labels == kind)).any()]
    if len(kinds) < 2:
        raise DataError(f"groups: found {len(kinds)}, expected two at least")
    stacked = np.stack([np.where(labels == kind, sample.x, 0.0) for kind in kinds])
    stacked = stacked.reshape(-1, *sample.present.shape)
    both = np.concatenate([sample.y[None], stacked])[None]
    net = batched.within(both, sample.present, effects)[0][:, sample.present]
    y, x = net[0], net[1:].T
    # Columns in units of what they vary by, so that a rank does not hang on units.
    size = np.linalg.norm(sample.x[:, sample.present], axis=1)
    norms = np.linalg.norm(x, axis=0)
    varies = norms > batched.EXACT * np.tile(size, len(kinds))
    basis, upper, _ = linalg.qr(x[:, varies] / norms[varies], mode="economic", pivoting=True)
    basis = basis[:, np.abs(np.diag(upper)) > NEGLIGIBLE]
    pooled = sample.fit(effects)
    rss = float(y @ y - ((y @ basis) ** 2).sum())
    df = int(pooled.df_resid[0]) + len(sample.terms) - basis.shape[1]
    if df < 1:
        raise DataError(f"groups: found {df} degrees of freedom left, expected one at least")
    return _f_test(rss, df, pooled.rss[0], int(pooled.df_resid[0]))


def mundlak(sample: Sample) -> Statistic:
    """Mundlak's test that city effects are unrelated to the regressors, clustered by city.

    Returns
    -------
    Statistic
        Wald statistic over its degrees of freedom, on F(q, G-1).

    Notes
    -----
    Pooled least squares of y on the regressors, the parts of them that city and year effects
    explain, and year dummies; the test is of the coefficients of these parts [1]_.  On a balanced
    panel it is the test of :func:`lib.estimation.hausman`, which takes random effects instead of
    least squares; with gaps the two weigh cities differently.

    References
    ----------
    .. [1] Wooldridge, J. M. (2010). *Econometric analysis of cross section and panel data*, 2nd
       ed. MIT Press, section 10.7.3.
    """
    between = np.where(sample.present, sample.x - sample.fit().x[0], 0.0)
    wide = sample.fit("year", between)
    q, clusters = len(sample.terms), int(wide.cities[0])
    added = wide.coef[0][-q:]
    f = float(added @ np.linalg.solve(wide.cov("clustered")[0][-q:, -q:], added)) / q
    return Statistic(f, (q, clusters - 1), float(stats.f.sf(f, q, clusters - 1)))


def lagrange_multiplier(sample: Sample) -> pd.DataFrame:
    """Lagrange multiplier tests of random city and year effects, from pooled residuals.

    Returns
    -------
    DataFrame
        Index ``city``, ``year``, ``both``; ``honda`` (standard normal, one-sided ``honda_p``) and
        ``breusch_pagan`` (chi-squared with ``df``, ``p``).

    Notes
    -----
    With e the residuals, S_g their sum and n_g their number in group g,
    ``Honda = n (sum_g S_g^2 / sum e^2 - 1) / sqrt(2 (sum_g n_g^2 - n))``; Breusch and Pagan [1]_
    is its square, and Honda [2]_ of both the sum over the root of two.  For panels with gaps see
    Baltagi and Li [3]_.  Variances are not negative, so a negative Honda statistic speaks for no
    effects, while its square does not know the sign.

    References
    ----------
    .. [1] Breusch, T. S. and Pagan, A. R. (1980). The Lagrange multiplier test and its
       applications to model specification in econometrics. *Review of Economic Studies*, 47(1).
    .. [2] Honda, Y. (1985). Testing the error components model with non-normal disturbances.
       *Review of Economic Studies*, 52(4), 681-690.
    .. [3] Baltagi, B. H. and Li, Q. (1990). A Lagrange multiplier test for the error components
       model with incomplete panels. *Econometric Reviews*, 9(1), 103-107.
    """
    e, n = sample.residuals("pooled"), sample.nobs
    honda = {}
    for name, axis in (("city", 1), ("year", 0)):
        ratio = (e.sum(axis=axis) ** 2).sum() / (e**2).sum() - 1
        pairs = (sample.present.sum(axis=axis) ** 2).sum() - n
        honda[name] = n * ratio / np.sqrt(2 * pairs)
    both = sum(honda.values()) / np.sqrt(2)
    table = pd.DataFrame({"honda": pd.Series({**honda, "both": both})})
    squares = table["honda"] ** 2
    squares["both"] = squares["city"] + squares["year"]
    table = table.assign(breusch_pagan=squares, df=[1, 1, 2])
    return table.assign(
        honda_p=stats.norm.sf(table["honda"]),
        p=stats.chi2.sf(table["breusch_pagan"], table["df"]),
    )


# -- regressors -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Collinearity:
    """How much the regressors of one regression repeat each other.

    Attributes
    ----------
    vif : Series
        Variance inflation factor of each term: by how much its sampling variance exceeds that
        without the other terms.
    condition : float
        Condition number of the regressors scaled to length one: above 30 by a common rule the
        data are short of independent variation [1]_.

    References
    ----------
    .. [1] Belsley, D. A., Kuh, E. and Welsch, R. E. (1980). *Regression diagnostics*. Wiley.
    """

    vif: pd.Series
    condition: float


def collinearity(sample: Sample, effects: batched.Effects = "twoway") -> Collinearity:
    """Variance inflation and condition number once the effects are removed.

    Parameters
    ----------
    effects : {"twoway", "city", "year", "pooled"}
        ``pooled`` removes the means only.
    """
    x = sample.fit(effects).x[0][:, sample.present].T
    x = x / np.linalg.norm(x, axis=0)
    several = x.shape[1] > 1
    vif = [variance_inflation_factor(x, k) if several else 1.0 for k in range(x.shape[1])]
    return Collinearity(pd.Series(vif, index=list(sample.terms)), float(np.linalg.cond(x)))


def centred(rows: pd.DataFrame) -> pd.DataFrame:
    """LM and IA less their means over the rows that have both and y, and their product anew."""
    used = rows[["y", "lm", "ia"]].notna().all(axis=1)
    lm, ia = (rows[name] - rows.loc[used, name].mean() for name in ("lm", "ia"))
    return rows.assign(lm=lm, ia=ia, lm_ia=lm * ia)


# -- helpers --------------------------------------------------------------------------------------


def _f_test(rss: float, df: int, rss_reduced: float, df_reduced: int) -> Statistic:
    q = df_reduced - df
    f = float((rss_reduced - rss) / q / (rss / df))
    return Statistic(f, (q, df), float(stats.f.sf(f, q, df)))
