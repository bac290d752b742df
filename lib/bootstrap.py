"""The wild cluster bootstrap of panel regressions: t, Wald and sup tests.

With few clusters, or clusters of unequal weight, clustered t-statistics reject a true hypothesis
too often.  The wild cluster bootstrap (Cameron, Gelbach and Miller, 2008, *Review of Economics and
Statistics* 90(3), 414-427) compares a statistic with its own distribution.  A draw keeps the
regressors, takes the fit under the hypothesis, and multiplies the residuals of each cluster by +1
or -1, drawn at random (Rademacher weights).  Of G clusters there are 2^G patterns; where that is no
more than the draws asked for, each is taken once, and the p-value has no simulation error.  The
covariance is clustered, see :mod:`lib.within`.

No draw is regressed (Roodman, Nielsen, MacKinnon and Webb, 2019, *Stata Journal* 19(1), 4-60).
With x the regressors freed of effects, B the shared effects, u the residuals under the hypothesis
and b the slopes of ``v u``, cluster g has in draw v the scores ``v_g x_g'u_g - x_g'B_g (sum_h v_h
B_h'u_h) - x_g'x_g b``: products of v with sums over clusters that are formed once.

Our own, because ``wildboottest`` and ``pyfixest`` test one coefficient at a time: no joint
hypothesis, no search over many tests under the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib import within
from lib.panel import DataError
from lib.sample import listed
from lib.within import EXACT, Effects, Fit

SEED = 2023
# Statistics closer than this share of one another are ties that rounding has parted.
TIE = 1e-9
# Numbers an array may hold and stay in a processor's cache between one operation and the next.
CACHE = 1 << 16


def weights(draws: int, clusters: int, seed: int = SEED) -> np.ndarray:
    """Signs (B, G), a row for each draw and a column for each cluster.

    B is `draws`, or 2^G where there are no more patterns than that: each once, the first row +1
    throughout.  Refuses less than one draw and two clusters.
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
    """Share of draws (..., B) as large as a statistic (...), both in absolute value; ties count.

    Enumerated draws have the data among them; otherwise the data are added, ``(1 + larger) / (1 +
    draws)`` (Davidson and MacKinnon, 2000), which is why one takes 999 or 9,999 draws.
    """
    reached = np.abs(drawn) >= (1 - TIE) * np.abs(np.asarray(observed))[..., None]
    larger, draws = reached.sum(axis=-1), drawn.shape[-1]
    return larger / draws if enumerated else (1 + larger) / (1 + draws)


@dataclass(frozen=True)
class Restriction:
    """A regression, its last q columns `names` having no coefficient under the null hypothesis."""

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
        """Set up the regression of `y` on `x`, `tested` and effects: see :func:`lib.within.fit`."""
        tested = listed(tested)
        fit = within.fit(rows, y, (*x, *tested), effects, clusters=cluster, **options)
        return cls(fit, tested, cluster)

    @property
    def clusters(self) -> int:
        """Number of clusters G."""
        return len(self.fit.clusters[self.cluster])

    @property
    def rss(self) -> float:
        """Residual sum of squares of the whole regression."""
        return float(self.fit.residuals @ self.fit.residuals)

    @property
    def statistic(self) -> float:
        """Clustered t of one column, the Wald statistic of several; refuses too few clusters."""
        names = list(self.names)
        cov = self.fit.cov("clustered", self.cluster).loc[names, names]
        size = np.sqrt(np.diag(self.fit.cov("classical").loc[names, names]))
        if np.linalg.eigvalsh(cov / np.outer(size, size))[0] <= EXACT:
            raise DataError(
                f"found a singular covariance of {', '.join(names)} from {self.clusters} clusters, "
                "expected more clusters or fewer columns"
            )
        coef = self.fit.coef[names]
        wald = float(coef @ np.linalg.solve(cov, coef))
        return wald if len(names) > 1 else float(np.sqrt(wald) * np.sign(coef.iloc[0]))

    def draw(self, weights: np.ndarray, residuals: pd.Series | None = None) -> np.ndarray:
        """Statistics (B,) of samples in which the null hypothesis holds, from weights (B, G).

        A draw whose scores make no variance is infinitely far out.  `residuals` are those of
        another fit, by row label: those of a narrower hypothesis, which a search over many tests
        has in common.
        """
        products, q, k = self.fit.products, len(self.names), len(self.fit.x)
        design, x, u = products.design, products.net[:, :k], products.net[:, k:]
        if residuals is not None:
            u = residuals.loc[self.fit.rows.index].to_numpy()[:, None]
        elif q < k:
            u = u - x[:, :-q] @ products.coef([range(k - q)])[0]
        columns = design.by_atom(np.hstack([design.base, x])).swapaxes(1, 2)
        by_u, *by_x = (
            design.sums(part, self.cluster)
            for part in (columns @ design.by_atom(u), products.shared, products.moments)
        )
        # Each cluster's part of the tested slopes, and what effects and slopes take from its score.
        inverse = products.solver([range(k)])[0]
        parts = by_u[:, -k:, 0] @ inverse[:, -q:]
        right = np.hstack([by_u[:, :-k, 0], by_u[:, -k:, 0] @ inverse])
        left = np.hstack(by_x)[:, :, :k] @ inverse[:, -q:]
        flat, drawn = left.transpose(1, 0, 2).reshape(left.shape[1], -1), np.empty(len(weights))
        step = max(1, CACHE // parts.size)
        for first in range(0, len(weights), step):
            v = weights[first : first + step]
            scores = v[:, :, None] * parts - ((v @ right) @ flat).reshape(len(v), *parts.shape)
            meat, total = scores.transpose(0, 2, 1) @ scores, v @ parts
            squares = np.diagonal(meat, axis1=1, axis2=2)
            spread = within.inverses(meat, np.sqrt(squares))
            wald = (total[:, None] @ spread @ total[:, :, None])[:, 0, 0]
            nothing = (squares <= EXACT * (parts**2).sum(axis=0)).any(axis=1) | np.isnan(wald)
            size = np.where(nothing, np.inf, wald / products.factor(k, self.cluster))
            signed = size if q > 1 else np.copysign(np.sqrt(size), total[:, 0])
            drawn[first : first + step] = signed
        return drawn


def wild_cluster(
    rows: pd.DataFrame,
    y: str,
    x: Sequence[str],
    term: str,
    draws: int = 9_999,
    seed: int = SEED,
    **options: Any,
) -> float:
    """Bootstrap p-value that the slope of `term`, one of the regressors `x`, is zero.

    The rest as in :meth:`Restriction.of` (``effects, cluster, unit, time``) and :func:`weights`.
    Refuses a term that is no regressor.
    """
    if term not in x:
        raise DataError(f"term {term!r}: not found, expected one of {', '.join(x)}")
    whole = Restriction.of(rows, y, [term], [name for name in x if name != term], **options)
    signs = weights(draws, whole.clusters, seed)
    return float(p_value(whole.draw(signs), whole.statistic, is_enumeration(signs)))
