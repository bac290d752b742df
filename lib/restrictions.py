"""Is a group of columns needed in a regression?  One test for clustered errors, and its bootstrap.

A :class:`Restriction` is a regression with some more columns, and the null hypothesis that these
have no coefficient.  Effects of entities and of times may be those of any combination of columns,
which :mod:`lib.bootstrap` does not have; and one set of draws serves many restrictions.

Conventions
-----------
With n rows, K columns, T time effects (the constant among them) and G clusters, the clustered
covariance is scaled by ``G/(G-1) * (n-1)/(n-K-T)``, as in :mod:`lib.estimation`; effects nested
in the clusters are not counted.  A Wald statistic W of q restrictions is compared with
``q F(q, G-1)`` and with the wild cluster bootstrap [1]_, which imposes the null hypothesis and
multiplies the residuals of each cluster by a random sign.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for
   inference with clustered errors. *Review of Economics and Statistics*, 90(3), 414-427.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from lib import bootstrap
from lib.panel import DataError

# More than 2^11: the signs of eleven provinces are enumerated. 5 % of DRAWS + 1 is whole.
DRAWS = 2399
SEED = 2016
# Less than this share of a column's norm is rounding error, not variation.
EXACT = 1e-9
BATCH = 100  # draws whose scores are held at once: they stay in the processor's cache


@dataclass(frozen=True)
class Wald:
    """A test of q restrictions.

    Attributes
    ----------
    stat : float
        Wald statistic, errors clustered.
    df, clusters : int
        Restrictions q and clusters G.
    p, wild : float
        p-values from ``F(q, G-1)`` and from the wild cluster bootstrap (NaN where it was not run).
    f, f_p : float
        F statistic of the textbook, for independent errors of equal variance, and its p-value.
    """

    stat: float
    df: int
    clusters: int
    p: float
    wild: float
    f: float
    f_p: float


@dataclass(frozen=True)
class Restriction:
    """A regression with q columns that have no coefficient under the null hypothesis.

    Attributes
    ----------
    names : tuple of str
        The tested columns.
    tested : array (n, q)
        The tested columns freed of effects and of the other regressors, rows sorted by cluster.
    nuisance : array (n, r)
        Orthonormal columns: year effects and other regressors, freed of city effects.
    residuals : array (n,)
        Residuals under the null hypothesis.
    starts : array (G,)
        First row of each cluster.
    labels : array (n,)
        Index labels of the rows used.
    scale : float
        Small-sample factor of the covariance.
    df_resid : int
        Residual degrees of freedom, every effect counted.
    """

    names: tuple[str, ...]
    tested: np.ndarray
    nuisance: np.ndarray
    residuals: np.ndarray
    starts: np.ndarray
    labels: np.ndarray
    scale: float
    df_resid: int

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        tested: Sequence[str],
        x: Sequence[str] = (),
        entity: Sequence[str] = ("city_code",),
        time: Sequence[str] = ("year",),
        cluster: str = "city_code",
        y: str = "y",
    ) -> Restriction:
        """Set up the regression of `y` on `x`, `tested` and effects.

        Parameters
        ----------
        rows : DataFrame
            A row per city-year; rows with a missing y or regressor are left out.
        tested, x : sequence of str
            Columns that are tested, and columns that stay.
        entity, time : sequence of str
            Columns whose combinations have an effect each.
        cluster : str
            Column of clusters; each entity is in one.

        Raises
        ------
        lib.panel.DataError
            An entity is in two clusters; there is one cluster only, or no degree of freedom; a
            column has no variation of its own given effects and other columns.
        """
        data = rows[[y, *x, *tested]].to_numpy(dtype=float)
        used = np.flatnonzero(~np.isnan(data).any(axis=1))
        clusters = _codes(rows, (cluster,))[used]
        used = used[np.argsort(clusters, kind="stable")]
        # Codes anew: a label may have lost all its rows.
        clusters, cities, years = (
            np.unique(_codes(rows, names)[used], return_inverse=True)[1]
            for names in ((cluster,), entity, time)
        )
        n, n_cities, n_years = len(used), cities.max() + 1, years.max() + 1
        starts = np.flatnonzero(np.diff(clusters, prepend=-1))
        if len(np.unique(cities * len(starts) + clusters)) > n_cities:
            raise DataError(f"cluster {cluster!r}: found an entity in two, expected it in one")
        raw = data[used]
        net = _within(raw, cities)
        dummies = _within(np.eye(n_years)[years], cities)
        roots, vectors = np.linalg.eigh(dummies.T @ dummies)
        varies = roots > EXACT * roots[-1]  # all but one in each part that no city connects
        nuisance = dummies @ (vectors[:, varies] / np.sqrt(roots[varies]))
        norms = np.linalg.norm(raw, axis=0)
        outside = slice(1, 1 + len(x))
        others = _left(net[:, outside], nuisance, norms[outside], x)
        nuisance = np.column_stack([nuisance, np.linalg.qr(others)[0]])
        df_resid = int(n - n_cities - nuisance.shape[1] - len(tested))
        if len(starts) < 2 or df_resid < 1:
            raise DataError(
                f"found {len(starts)} cluster(s) and {df_resid} degrees of freedom, "
                "expected at least two and one"
            )
        inside = slice(1 + len(x), None)
        free = n - len(x) - len(tested) - n_years
        return cls(
            names=tuple(tested),
            tested=_left(net[:, inside], nuisance, norms[inside], tested),
            nuisance=nuisance,
            residuals=net[:, 0] - nuisance @ (nuisance.T @ net[:, 0]),
            starts=starts,
            labels=rows.index.to_numpy()[used],
            scale=len(starts) / (len(starts) - 1) * (n - 1) / free,
            df_resid=df_resid,
        )

    @cached_property
    def bread(self) -> np.ndarray:
        """Inverse of D'D, D the tested columns: (q, q)."""
        return np.linalg.inv(self.tested.T @ self.tested)

    @cached_property
    def coef(self) -> np.ndarray:
        """Coefficients of the tested columns (q,)."""
        return self.bread @ (self.tested.T @ self.residuals)

    @cached_property
    def errors(self) -> np.ndarray:
        """Residuals of the whole regression (n,)."""
        return self.residuals - self.tested @ self.coef

    @cached_property
    def cov(self) -> np.ndarray:
        """Clustered covariance of the coefficients (q, q)."""
        scores = self._sums(self.tested * self.errors[:, None])
        return self.scale * self.bread @ (scores.T @ scores) @ self.bread

    @property
    def rss(self) -> float:
        """Residual sum of squares of the whole regression."""
        return float(self.errors @ self.errors)

    @property
    def f(self) -> float:
        """Classical F statistic of the tested columns, on ``F(q, df_resid)``."""
        reduction = self.residuals @ self.residuals - self.rss
        return float(reduction / len(self.names) / (self.rss / self.df_resid))

    @property
    def clusters(self) -> int:
        """Number of clusters G."""
        return len(self.starts)

    def test(self, weights: np.ndarray | None = None) -> Wald:
        """Test that no tested column has a coefficient.

        Parameters
        ----------
        weights : array (B, G), optional
            Draws for the bootstrap, as from :func:`draws_for`.

        Raises
        ------
        lib.panel.DataError
            The clusters are too few for a covariance of that many coefficients.
        """
        q = len(self.names)
        se = np.sqrt(np.diag(self.cov))
        if np.linalg.eigvalsh(self.cov / np.outer(se, se)).min() < EXACT:
            raise DataError(
                f"found a singular covariance of {q} coefficients from {self.clusters} clusters, "
                "expected more clusters or fewer coefficients"
            )
        stat = float(self.coef @ np.linalg.solve(self.cov, self.coef))
        wild = np.nan
        if weights is not None:
            wild = exceeding(self.bootstrap(weights), stat, self.clusters)
        return Wald(
            stat=stat,
            df=q,
            clusters=self.clusters,
            p=float(stats.f.sf(stat / q, q, self.clusters - 1)),
            wild=wild,
            f=self.f,
            f_p=float(stats.f.sf(self.f, q, self.df_resid)),
        )

    def bootstrap(self, weights: np.ndarray, residuals: np.ndarray | None = None) -> np.ndarray:
        """Wald statistics (B,) of samples in which the null hypothesis holds.

        Parameters
        ----------
        weights : array (B, G)
            What the residuals of a cluster are multiplied by, clusters in ascending order.
        residuals : array (n,), optional
            Residuals of a narrower null hypothesis, in this order of rows; by default this one's.

        Notes
        -----
        No draw is estimated by itself.  With D the tested columns, Q the nuisance and u the
        residuals, cluster g has in draw v the score ``v_g D_g'u_g - D_g'Q_g a - D_g'D_g b``, where
        ``a = sum_h v_h Q_h'u_h`` and ``b = (D'D)^-1 sum_h v_h D_h'u_h``: products of v with sums
        over clusters that are formed once (MacKinnon, 2019).  City effects drop out because D
        sums to zero within a city.
        """
        u = self.residuals if residuals is None else residuals
        d = self.tested
        own = self._sums(d * u[:, None])
        moments = self._sums(self.nuisance * u[:, None])
        shift = np.hstack([weights @ moments, weights @ own @ self.bread])
        columns = np.hstack([self.nuisance, d])
        by_column = self._sums(d[:, None, :] * columns[:, :, None]).transpose(1, 0, 2)
        by_column = by_column.reshape(len(by_column), -1)
        drawn = np.empty(len(weights))
        for start in range(0, len(weights), BATCH):
            part = slice(start, start + BATCH)
            signs = weights[part]
            scores = signs[:, :, None] * own
            scores -= (shift[part] @ by_column).reshape(scores.shape)
            total = signs @ own
            solved = np.linalg.solve(scores.transpose(0, 2, 1) @ scores, total[:, :, None])
            drawn[part] = (total * solved[:, :, 0]).sum(axis=1)
        return drawn / self.scale

    def _sums(self, values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, self.starts, axis=0)


def _codes(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    codes = np.zeros(len(rows), dtype=int)
    for name in names:
        found, labels = pd.factorize(rows[name].to_numpy(), sort=True)
        codes = codes * len(labels) + found
    return codes


def _within(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    count = np.bincount(groups)
    means = [np.bincount(groups, column) / count for column in values.T]
    return values - np.column_stack(means)[groups]


def _left(
    values: np.ndarray, nuisance: np.ndarray, norms: np.ndarray, names: Sequence[str]
) -> np.ndarray:
    """Columns freed of the nuisance, each with variation of its own."""
    net = values - nuisance @ (nuisance.T @ values)
    own = np.abs(np.diag(np.linalg.qr(net, mode="r")))
    if (own <= EXACT * norms).any():
        lost = [name for name, is_lost in zip(names, own <= EXACT * norms, strict=True) if is_lost]
        raise DataError(
            f"column {', '.join(lost)}: found nothing left given effects and other columns, "
            "expected variation of its own"
        )
    return net


def exceeding(draws: np.ndarray, stat: float, clusters: int) -> float:
    """Bootstrap p-value of a statistic, by the convention of :mod:`lib.bootstrap`.

    The share of draws as large as the statistic; the data count as one more draw unless the draws
    are all 2^G patterns of signs, of which the data are one.
    """
    larger = int((draws >= stat * (1 - bootstrap.TIE)).sum())
    return larger / len(draws) if len(draws) == 2**clusters else (1 + larger) / (1 + len(draws))


def draws_for(rows: pd.DataFrame, cluster: str = "city_code", draws: int = DRAWS) -> np.ndarray:
    """Random signs (B, G) for the clusters of complete rows; all 2^G patterns where fewer."""
    return bootstrap.weights(draws, rows[cluster].nunique(), seed=SEED)
