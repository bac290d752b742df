"""Is a whole specification curve more than noise?  Sign flips of cities under the null.

The specifications of a claim use the same cities, so their estimates move together, and thousands
of them are not thousands of pieces of evidence.  Simonsohn, Simmons and Nelson [1]_ compare the
curve with the curves that the same specifications give where the truth is zero.  Here the null is
imposed on each specification as in a wild cluster bootstrap [2]_: with ``u`` the residuals of the
regression without the term, a draw flips the sign of all of a city's ``u``, the same city in every
specification, and estimates the curve again.

With ``psi`` the weights that make the coefficient, ``b = sum psi u``, and ``a_g`` and ``k_g`` a
city's parts of ``sum psi u`` and of ``sum psi^2 / sum psi^2``, a draw of signs ``w`` gives::

    b* = sum_g w_g a_g
    V* = scale * ratio * sum_g (w_g a_g - b* k_g)^2
    t* = b* / sqrt(V*)

The slope is that of a new regression, exactly.  In the sum the other coefficients stay at their
estimates under the null, as in the score bootstrap of Kline and Santos [3]_, so that a draw costs
three sums and no regression; that alone would make V* too large, since new estimates fit better.
``ratio`` (:meth:`lib.multiverse_fit.Block.ratio`) brings its mean over all signs to that of the
whole regression estimated anew.

References
----------
.. [1] Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis.
   *Nature Human Behaviour*, 4(11), 1208-1214.
.. [2] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for
   inference with clustered errors. *Review of Economics and Statistics*, 90(3), 414-427.
.. [3] Kline, P. and Santos, A. (2012). A score based approach to wild bootstrap inference.
   *Journal of Econometric Methods*, 1(1), 23-41.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from lib import bootstrap
from lib.multiverse import Multiverse
from lib.multiverse_register import Claim
from lib.panel import DataError

DRAWS = 599
SEED = 2016
LEVEL = 0.05
STATISTICS = ("median", "share", "z")
# Specifications in one product of matrices: what stays in a processor's cache.
_BATCH = 128


@dataclass(frozen=True)
class Curve:
    """What the draws need of the S specifications of a claim, G cities.

    Attributes
    ----------
    scores, leverage : array (S, G)
        ``a_g`` and ``k_g`` above.
    scale, per_coef, df : array (S,)
        Factor of the variance, ``scale * ratio`` above; partial correlation per unit of the
        coefficient; degrees of freedom of the t distribution.
    r, t : array (S,)
        Partial correlations and clustered t of the data.
    """

    scores: np.ndarray
    leverage: np.ndarray
    scale: np.ndarray
    per_coef: np.ndarray
    df: np.ndarray
    r: np.ndarray
    t: np.ndarray

    @classmethod
    def of(cls, found: Multiverse, claim: Claim, keep: np.ndarray | None = None) -> Curve:
        """The specifications of a claim, or those of them that `keep` (bool, all rows) names."""
        rows = found.of(claim.scope, claim.term)
        rows = rows if keep is None else rows[keep[rows]]
        if not len(rows):
            raise DataError(f"curve: {claim.label}: found no specification")
        r, t, df = (
            found.estimates[name].to_numpy()[rows] for name in ("r", "t_clustered", "df_clustered")
        )
        scale = found.scale[rows] * found.ratio[rows]
        return cls(found.scores[rows], found.leverage[rows], scale, found.per_coef[rows], df, r, t)

    def draw(
        self, weights: np.ndarray, out: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Partial correlations and clustered t (B, S) for signs `weights` (B, G).

        Parameters
        ----------
        out : array (2, B, S or more), single precision, optional
            Where to write them: new memory for every curve takes longer than the arithmetic.

        Raises
        ------
        lib.panel.DataError
            The weights are for another number of cities.
        """
        if weights.shape[-1] != self.scores.shape[1]:
            raise DataError(
                f"weights: found {weights.shape[-1]} cities, expected {self.scores.shape[1]}"
            )
        if out is None:
            out = np.empty((2, len(weights), len(self.scores)), dtype=np.float32)
        r, t = out[:, :, : len(self.scores)]
        for part in _batches(len(self.scores)):
            a, k = self.scores[part], self.leverage[part]
            b = weights @ a.T
            # In place: the arrays of a batch then stay in the cache.
            variance = (k * k).sum(axis=1) * b
            variance -= weights @ (2 * a * k).T
            variance *= b
            variance += (a * a).sum(axis=1)
            variance *= self.scale[part].astype(a.dtype)
            np.divide(b, np.sqrt(variance, out=variance), out=t[:, part])
            np.multiply(b, self.per_coef[part].astype(a.dtype), out=r[:, part])
        return r, t


def _batches(count: int) -> Iterator[slice]:
    for start in range(0, count, _BATCH):
        yield slice(start, start + _BATCH)


def signs(draws: int, cities: int, seed: int = SEED) -> np.ndarray:
    """Rademacher signs (draws, cities) of :func:`lib.bootstrap.weights`, in single precision."""
    return bootstrap.weights(draws, cities, seed).astype(np.float32)


def statistics(r: np.ndarray, t: np.ndarray, df: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """The three statistics of each curve, (curves, 3), as in ``STATISTICS``.

    Parameters
    ----------
    r, t : array (curves, S)
        The partial correlations come back in another order.
    df : array (S,)

    Returns
    -------
    array
        Median partial correlation; share of specifications that are significant at `level` with
        the sign of which there are more; average t times the square root of S, which would be
        Stouffer's z if the specifications were independent.
    """
    critical = -special.stdtrit(df, level / 2).astype(r.dtype)
    above, below = (
        np.count_nonzero(beyond, axis=1) / t.shape[1] for beyond in (t > critical, t < -critical)
    )
    z = t.mean(axis=1, dtype=float) * np.sqrt(t.shape[1])
    return np.column_stack([_median(r), np.maximum(above, below), z])


def _median(values: np.ndarray) -> np.ndarray:
    """Medians of the rows, in place and in half the time of :func:`numpy.median`."""
    half = values.shape[1] // 2
    values.partition(half, axis=1)
    upper = values[:, half]
    lower = values[:, :half].max(axis=1) if values.shape[1] % 2 == 0 else upper
    return (upper.astype(float) + lower) / 2


@dataclass(frozen=True)
class CurveTests:
    """The test of several curves.

    Attributes
    ----------
    table : DataFrame
        A row a claim: ``label, specifications``; for each of ``STATISTICS`` its value, ``_p`` and
        ``_error``, the Monte Carlo standard error of p; ``family_p``, the p-value of ``z`` against
        the largest of all claims.
    null : dict
        Label of a claim -> statistics of its draws, (draws, 3).
    """

    table: pd.DataFrame
    null: dict[str, np.ndarray]


def test(
    found: Multiverse,
    claims: Sequence[Claim],
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = LEVEL,
    keep: np.ndarray | None = None,
) -> CurveTests:
    """Test the curve of each claim against no effect in any specification.

    Parameters
    ----------
    found : Multiverse
    claims : sequence of Claim
    draws : int
        Curves under the null; the same signs serve every claim.
    seed : int
    level : float
        Level of the single tests that are counted.
    keep : bool array (rows of ``found.estimates``), optional
        Specifications that make the curves; by default all.

    Returns
    -------
    CurveTests
        p-values are two-sided, ``(1 + draws at least as extreme) / (1 + draws)``.
    """
    weights = signs(draws, found.scores.shape[1], seed)
    largest = max(len(found.of(claim.scope, claim.term)) for claim in claims)
    out = np.empty((2, len(weights), largest), dtype=np.float32)
    rows, null = [], {}
    for claim in claims:
        curve = Curve.of(found, claim, keep)
        seen = statistics(curve.r[None].copy(), curve.t[None], curve.df, level)[0]
        drawn = statistics(*curve.draw(weights, out), curve.df, level)
        p = p_values(seen, drawn)
        row = {"label": claim.label, "specifications": len(curve.df)}
        for name, value, each in zip(STATISTICS, seen, p, strict=True):
            row |= {name: value, f"{name}_p": each, f"{name}_error": monte_carlo(each, draws)}
        rows.append(row)
        null[claim.label] = drawn
    table = pd.DataFrame(rows)
    return CurveTests(table.assign(family_p=_family(table, null)), null)


def band(
    found: Multiverse,
    claim: Claim,
    draws: int = DRAWS,
    seed: int = SEED,
    points: int = 101,
) -> pd.DataFrame:
    """The curve of a claim beside the curves under the null, place by place.

    Returns
    -------
    DataFrame
        A row a place: ``place``, the share of specifications below it; ``seen``, the partial
        correlation there; ``low, middle, high``, the 2.5th, 50th and 97.5th percentile of the
        partial correlations at that place of the drawn curves.
    """
    curve = Curve.of(found, claim)
    place = np.linspace(0, 1, points)
    at = np.rint(place * (len(curve.df) - 1)).astype(int)
    drawn = curve.draw(signs(draws, curve.scores.shape[1], seed))[0]
    drawn.sort(axis=1)
    drawn, seen = drawn[:, at], np.sort(curve.r)[at]
    low, middle, high = np.percentile(drawn, [2.5, 50, 97.5], axis=0)
    return pd.DataFrame({"place": place, "seen": seen, "low": low, "middle": middle, "high": high})


def p_values(seen: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Two-sided p-values of statistics against their draws (draws, statistics)."""
    # Draws are in single precision: a draw that repeats the data is a tie.
    extreme = np.abs(drawn) >= np.abs(seen) * (1 - 1e-5)
    return (1 + extreme.sum(axis=0)) / (1 + len(drawn))


def monte_carlo(p: float, draws: int) -> float:
    """Standard error of a p-value that was counted in `draws`."""
    return float(np.sqrt(p * (1 - p) / draws))


def _family(table: pd.DataFrame, null: dict[str, np.ndarray]) -> np.ndarray:
    """p-values of z against the largest |z| of all claims, each in units of its null spread."""
    drawn = np.column_stack([null[label][:, 2] for label in table["label"]])
    spread = np.sqrt((drawn**2).mean(axis=0))
    largest = np.abs(drawn / spread).max(axis=1)
    seen = np.abs(table["z"].to_numpy()) / spread
    return (1 + (largest[:, None] >= seen * (1 - 1e-5)).sum(axis=0)) / (1 + len(drawn))
