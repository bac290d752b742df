"""The wild cluster bootstrap of panel regressions: t, Wald and sup tests.

With few clusters, or clusters of unequal weight, clustered t-statistics reject a true hypothesis
too often.  The wild cluster bootstrap [1]_ compares a statistic with its own distribution.  A draw
keeps the regressors, takes the fit under the hypothesis, and multiplies the residuals of each
cluster by +1 or -1, drawn at random (Rademacher weights).  Of G clusters there are 2^G patterns;
where that is no more than the draws asked for, each is taken once, and the p-value has no
simulation error.

Our own, because ``wildboottest`` and ``pyfixest`` test one coefficient at a time: no joint
hypothesis, no search over many tests under the same draws.

Conventions
-----------
The covariance is clustered, see :mod:`lib.within`.  The p-value is symmetric: the share of draws
whose statistic is, in absolute value, as large as that of the data or larger; ties count.  In an
enumeration the data are one of the draws; otherwise they are added,
``(1 + larger) / (1 + draws)`` [2]_, which is why one takes 999 or 9,999 draws.

Algorithm
---------
No draw is regressed [3]_.  With D the columns tested, freed of effects and other regressors, W all
columns and u the residuals under the hypothesis, cluster g has in draw v the score
``v_g D_g'u_g - D_g'W_g (W'W)^-1 sum_h v_h W_h'u_h``: products of v with sums over clusters that
are formed once.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for
   inference with clustered errors. *Review of Economics and Statistics*, 90(3), 414-427.
.. [2] Davidson, R. and MacKinnon, J. G. (2000). Bootstrap tests: how many bootstraps?
   *Econometric Reviews*, 19(1), 55-68.
.. [3] Roodman, D., Nielsen, M. Ø., MacKinnon, J. G. and Webb, M. D. (2019). Fast and wild:
   bootstrap inference in Stata using boottest. *Stata Journal*, 19(1), 4-60.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from lib import within
from lib.panel import DataError
from lib.sample import listed
from lib.within import EXACT, Effects, Fit

DRAWS = 9_999
SEED = 2023
# Statistics closer than this share of one another are ties that rounding has parted.
TIE = 1e-9
# Numbers an array may hold and stay in a processor's cache between one operation and the next.
CACHE = 1 << 16


def weights(draws: int, clusters: int, seed: int = SEED) -> np.ndarray:
    """Signs, a row for each draw and a column for each cluster.

    Returns
    -------
    array (B, G)
        B is `draws`, or 2^G where there are no more patterns than that: each once, the first row
        +1 throughout.

    Raises
    ------
    lib.panel.DataError
        There is no draw, or fewer than two clusters.
    """
    if draws < 1 or clusters < 2:
        raise DataError(
            f"weights: found {draws} draws for {clusters} clusters, expected 1 and 2 at least"
        )
    bits: np.ndarray
    if 2**clusters <= draws:
        bits = np.arange(2**clusters)[:, None] >> np.arange(clusters) & 1
    else:
        size = draws * clusters
        random = np.frombuffer(np.random.default_rng(seed).bytes(-(-size // 8)), dtype=np.uint8)
        bits = np.unpackbits(random, count=size).reshape(draws, clusters)
    return (1 - 2 * bits.astype(np.int8)).astype(float)


def is_enumeration(weights: np.ndarray) -> bool:
    """Whether weights (B, G), as from :func:`weights`, are all patterns of signs."""
    return len(weights) == 2 ** weights.shape[1]


def p_value(drawn: np.ndarray, observed: float | np.ndarray, enumerated: bool) -> Any:
    """Share of draws (..., B) as large as a statistic (...), both in absolute value.

    Enumerated draws have the data among them.
    """
    reached = np.abs(drawn) >= (1 - TIE) * np.abs(np.asarray(observed))[..., None]
    larger, draws = reached.sum(axis=-1), drawn.shape[-1]
    return larger / draws if enumerated else (1 + larger) / (1 + draws)


@dataclass(frozen=True)
class Restriction:
    """A regression with q columns that have no coefficient under the null hypothesis.

    Attributes
    ----------
    fit : Fit
        The whole regression, the tested columns last.
    names : tuple of str
        The tested columns.
    cluster : str
    """

    fit: Fit
    names: tuple[str, ...]
    cluster: str

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        y: str,
        tested: Sequence[str],
        x: Sequence[str] = (),
        effects: Effects = "twoway",
        cluster: str = "city",
        **options: Any,
    ) -> Restriction:
        """Set up the regression of `y` on `x`, `tested` and effects.

        Parameters
        ----------
        rows, y, effects, options
            As in :func:`lib.within.fit` (``unit, time``).
        cluster : str
            Nests the units.

        Raises
        ------
        lib.panel.DataError
            As :func:`lib.within.fit`.
        """
        tested = listed(tested)
        fit = within.fit(rows, y, (*x, *tested), effects, clusters=cluster, **options)
        return cls(fit, tested, cluster)

    @property
    def clusters(self) -> int:
        """Number of clusters G."""
        return len(self.fit.clusters[self.cluster])

    @property
    def coef(self) -> pd.Series:
        """Coefficients of the tested columns, by name."""
        return self.fit.coef[list(self.names)]

    @property
    def errors(self) -> pd.Series:
        """Residuals of the whole regression, by row label."""
        return self.fit.residuals

    @property
    def rss(self) -> float:
        """Residual sum of squares of the whole regression."""
        return float(self.errors @ self.errors)

    @cached_property
    def cov(self) -> pd.DataFrame:
        """Clustered covariance of the coefficients, by name.

        Raises
        ------
        lib.panel.DataError
            The clusters are too few for that many coefficients, or their scores do not differ.
        """
        names = list(self.names)
        cov = self.fit.cov("clustered", self.cluster).loc[names, names]
        size = np.sqrt(np.diag(self.fit.cov("classical").loc[names, names]))
        if np.linalg.eigvalsh(cov / np.outer(size, size))[0] <= EXACT:
            raise DataError(
                f"found a singular covariance of {', '.join(names)} from {self.clusters} clusters, "
                "expected more clusters or fewer columns"
            )
        return cov

    @property
    def statistic(self) -> float:
        """Clustered t of one column, the Wald statistic of several."""
        wald = float(self.coef @ np.linalg.solve(self.cov, self.coef))
        return wald if len(self.names) > 1 else float(np.sqrt(wald) * np.sign(self.coef.iloc[0]))

    def wild(self, weights: np.ndarray) -> float:
        """Bootstrap p-value that no tested column has a coefficient, from weights (B, G)."""
        return float(p_value(self.draw(weights), self.statistic, is_enumeration(weights)))

    def draw(self, weights: np.ndarray, residuals: pd.Series | None = None) -> np.ndarray:
        """Statistics (B,) of samples in which the null hypothesis holds.

        A draw whose scores make no variance is infinitely far out.

        Parameters
        ----------
        weights : array (B, G)
            A column for each cluster, in their order.
        residuals : Series, optional
            Residuals of another fit, by row label: :attr:`errors` of a narrower hypothesis, which
            a search over many tests has in common.
        """
        own, right, left, factor = self._scores(residuals)
        flat = left.transpose(1, 0, 2).reshape(left.shape[1], -1)
        drawn = np.empty(len(weights))
        for part in batches(len(weights), own.size):
            v = weights[part]
            scores = v[:, :, None] * own - ((v @ right) @ flat).reshape(len(v), *own.shape)
            meat, total = scores.transpose(0, 2, 1) @ scores, v @ own
            squares = np.diagonal(meat, axis1=1, axis2=2)
            inverse = within.inverses(meat, np.sqrt(squares))
            wald = (total[:, None] @ inverse @ total[:, :, None])[:, 0, 0] / factor
            nothing = (squares <= EXACT * (own**2).sum(axis=0)).any(axis=1) | np.isnan(wald)
            size = np.where(nothing, np.inf, wald)
            drawn[part] = size if len(self.names) > 1 else np.copysign(np.sqrt(size), total[:, 0])
        return drawn

    def _scores(self, residuals: pd.Series | None) -> tuple[Any, Any, Any, float]:
        """What makes the scores ``v own - (v @ right) @ left`` of draws v, and their factor.

        With r effects and other regressors and M = r + q: (G, q), (G, M) and (G, M, q).
        """
        products, q = self.fit.products, len(self.names)
        design, x = products.design, products.net_x
        nuisance = np.hstack([design.base, np.linalg.qr(x[:, :-q])[0]])
        tested, u = (part - nuisance @ (nuisance.T @ part) for part in (x[:, -q:], products.net_y))
        if residuals is not None:
            u = residuals.loc[self.fit.rows.index].to_numpy()[design.order, None]
        columns = design.by_atom(np.hstack([nuisance, tested])).swapaxes(1, 2)
        left, right = (
            design.sums(columns @ design.by_atom(part), self.cluster) for part in (tested, u)
        )
        right = right[..., 0]
        own = right[:, -q:].copy()
        right[:, -q:] = own @ np.linalg.inv(tested.T @ tested)
        return own, right, left, products.factor(len(self.fit.x), self.cluster)


def wild_cluster(
    rows: pd.DataFrame,
    y: str,
    x: Sequence[str],
    term: str,
    draws: int = DRAWS,
    seed: int = SEED,
    **options: Any,
) -> float:
    """Bootstrap p-value that one slope of a regression is zero.

    Parameters
    ----------
    x, term : sequence of str, str
        All regressors, and the one whose slope is tested.
    rows, y, options, draws, seed
        As in :meth:`Restriction.of` (``effects, cluster, unit, time``) and :func:`weights`.

    Raises
    ------
    lib.panel.DataError
        As :meth:`Restriction.of`, or the term is no regressor.
    """
    if term not in x:
        raise DataError(f"term {term!r}: not found, expected one of {', '.join(x)}")
    one = Restriction.of(rows, y, [term], [name for name in x if name != term], **options)
    return one.wild(weights(draws, one.clusters, seed))


def batches(draws: int, cells: int) -> Iterator[slice]:
    """Slices of draws so short that arrays of `cells` numbers a draw stay in the cache."""
    step = max(1, CACHE // cells)
    for first in range(0, draws, step):
        yield slice(first, min(first + step, draws))
