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
The covariance is clustered with the factor of :func:`lib.resampling.kernel.clustered_factor`;
effects nested in clusters are not counted.  The p-value is symmetric: the share of draws whose
statistic is, in absolute value, as large as that of the data or larger; ties count.  In an
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

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg

from lib.panel import DataError
from lib.resampling import kernel
from lib.resampling.kernel import Fits, demeaned, usable
from lib.within import EXACT

DRAWS = 9_999
SEED = 2023
# Statistics closer than this share of one another are ties that rounding has parted.
TIE = 1e-9


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
    names, labels : tuple of str, Index (n,)
        The tested columns, and the row labels, clusters together.
    tested, nuisance : array (n, q), (n, r)
        The tested columns, freed of effects and of the other regressors; and these, orthonormal,
        freed of effects nested in clusters.
    residuals : array (n,)
        Under the null hypothesis.
    clusters, starts : Index (G,), array (G,)
        Labels, and the first row of each.
    factor, df_resid : float, int
        Small-sample factor of the covariance; degrees of freedom, every effect counted.
    """

    names: tuple[str, ...]
    labels: pd.Index
    tested: np.ndarray
    nuisance: np.ndarray
    residuals: np.ndarray
    clusters: pd.Index
    starts: np.ndarray
    factor: float
    df_resid: int

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        y: str,
        tested: Sequence[str],
        x: Sequence[str] = (),
        entity: str | Sequence[str] = "city",
        time: str | Sequence[str] = "year",
        cluster: str = "city",
    ) -> Restriction:
        """Set up the regression of `y` on `x`, `tested` and effects.

        Parameters
        ----------
        rows : DataFrame
            A row per entity and time; rows with a missing value go, and those that an effect
            absorbs (:func:`lib.resampling.kernel.usable`).
        entity, time : str or sequence of str
            Columns whose combinations have an effect each: ``("city", "late")``.
        cluster : str
            Clusters need not nest the entities.

        Raises
        ------
        lib.panel.DataError
            As :func:`lib.resampling.kernel.usable`; an entity and time twice; one cluster, or
            no degree of freedom; a column has no variation of its own.
        """
        tested, x = list(tested), list(x)
        if not tested:
            raise DataError("tested: found no column, expected one at least")
        values = [y, *x, *tested]
        codes = {"(entity)": entity, "(time)": time, "(cluster)": cluster}
        frame = rows[[name for name in rows.columns if name in values]].assign(
            **{name: _coded(rows, columns) for name, columns in codes.items()}
        )
        absorbing = ["(entity)", "(time)"]
        used = usable(frame, values, absorbing, list(codes))
        if used.empty:
            raise DataError(f"columns {', '.join(values)}: found no row that effects do not absorb")
        if used.duplicated(absorbing).any():
            raise DataError("rows: found the same entity and time twice, expected each once")
        used = used.sort_values("(cluster)", kind="stable")
        clusters = pd.Index(used["(cluster)"].unique(), name=cluster)

        # One set of effects nested in clusters is left out by demeaning; others are written out.
        nested = [n for n in absorbing if (used.groupby(n)["(cluster)"].nunique() == 1).all()]
        counted = len(x) + len(tested) + 1
        counted += sum(used[name].nunique() - 1 for name in absorbing if name not in nested)
        data = used[values].to_numpy(dtype=float)
        data = data - data.mean(axis=0)
        norms = np.linalg.norm(data, axis=0)
        dummies = [pd.get_dummies(used[n], dtype=float) for n in absorbing if n not in nested[:1]]
        design = np.hstack([np.ones((len(used), 1)), *dummies])
        if nested:
            inner = pd.factorize(used[nested[0]])[0]
            data, design = (demeaned(part, inner) for part in (data, design))
        base = linalg.orth(design, rcond=EXACT) if design.any() else design[:, :0]
        others = _freed(data[:, 1 : 1 + len(x)], base, norms[1:], x)
        nuisance = np.hstack([base, np.linalg.qr(others)[0]])
        n, g = len(used), len(clusters)
        df = n - nuisance.shape[1] - len(tested) - sum(used[name].nunique() for name in nested[:1])
        if g < 2 or df < 1:
            raise DataError(
                f"found {n} rows in {g} clusters, {df} degrees of freedom; "
                "expected two clusters and one degree at least"
            )
        return cls(
            names=tuple(tested),
            labels=used.index,
            tested=_freed(data[:, 1 + len(x) :], nuisance, norms[1 + len(x) :], tested),
            nuisance=nuisance,
            residuals=data[:, 0] - nuisance @ (nuisance.T @ data[:, 0]),
            clusters=clusters,
            starts=np.flatnonzero(~used["(cluster)"].duplicated().to_numpy()),
            factor=kernel.clustered_factor(g, n, counted),
            df_resid=int(df),
        )

    @cached_property
    def bread(self) -> np.ndarray:
        """Inverse of D'D, D the tested columns: (q, q)."""
        return np.linalg.inv(self.tested.T @ self.tested)

    @cached_property
    def coef(self) -> pd.Series:
        """Coefficients of the tested columns, by name."""
        return pd.Series(self.bread @ (self.tested.T @ self.residuals), list(self.names))

    @cached_property
    def errors(self) -> pd.Series:
        """Residuals of the whole regression, by row label."""
        return pd.Series(self.residuals - self.tested @ self.coef.to_numpy(), self.labels)

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
        scores = self._sums(self.tested * self.errors.to_numpy()[:, None])
        cov = self.factor * self.bread @ (scores.T @ scores) @ self.bread
        classical = np.diag(self.bread) * self.rss / self.df_resid
        size = np.sqrt(classical)
        if self.rss <= EXACT**2 * (self.residuals @ self.residuals) or (
            np.linalg.eigvalsh(cov / np.outer(size, size))[0] <= EXACT
        ):
            raise DataError(
                f"found a singular covariance of {', '.join(self.names)} from "
                f"{len(self.clusters)} clusters, expected more clusters or fewer columns"
            )
        return pd.DataFrame(cov, list(self.names), list(self.names))

    @property
    def se(self) -> pd.Series:
        """Clustered standard errors, by name."""
        return pd.Series(np.sqrt(np.diag(self.cov)), list(self.names))

    @property
    def statistic(self) -> float:
        """Clustered t of one column, the Wald statistic of several."""
        if len(self.names) == 1:
            return float((self.coef / self.se).iloc[0])
        return float(self.coef @ np.linalg.solve(self.cov, self.coef))

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
        u = self.residuals if residuals is None else residuals.loc[self.labels].to_numpy()
        d, u = self.tested, u[:, None]
        every = np.hstack([self.nuisance, d])
        # The scores of a draw v are v * own - (v @ right) @ left.
        own, right = self._sums(d * u), self._sums(every * u)
        right[:, self.nuisance.shape[1] :] = own @ self.bread
        left = self._sums((every[:, :, None] * d[:, None]).reshape(len(d), -1))
        left = left.reshape(len(own), every.shape[1], -1)
        if own.shape[1] == 1:
            return _drawn_t(weights, own.T, right[None], left[None, ..., 0], self.factor)[0]
        left = np.ascontiguousarray(left.transpose(1, 0, 2)).reshape(every.shape[1], -1)
        drawn = np.empty(len(weights))
        for part in kernel.batches(len(weights), own.size):
            v = weights[part]
            scores = v[:, :, None] * own - ((v @ right) @ left).reshape(len(v), *own.shape)
            inverse, singular = kernel.inverses(scores.transpose(0, 2, 1) @ scores)
            total = v @ own
            wald = (total[:, None] @ inverse @ total[:, :, None])[:, 0, 0] / self.factor
            drawn[part] = np.where(singular, np.inf, wald)
        return drawn

    def _sums(self, values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, self.starts, axis=0)


def _drawn_t(
    v: np.ndarray, own: np.ndarray, right: np.ndarray, left: np.ndarray, factor: Any
) -> np.ndarray:
    """Draws v (B, G) of R t statistics: own (R, G), right and left (R or 1, G, M), factor (R, 1).

    The sum over clusters of ``(v own - v right left')^2`` is multiplied out where they are many.
    """
    t = np.empty((len(own), len(v)))
    clusters, columns = right.shape[1:]
    inner = left.transpose(0, 2, 1) @ left
    each = np.eye(clusters) * own[:, None]
    if few := clusters <= columns:
        each = each - left @ right.transpose(0, 2, 1)
    for part in kernel.batches(len(v), 2 * len(own) * min(clusters, columns)):
        some = v[part]
        whole = own**2 @ (some**2).T
        if few:
            squares = ((each @ some.T) ** 2).sum(axis=1)
        else:
            moved = some @ right
            both = moved @ inner - 2 * (some @ (own[:, :, None] * left))
            squares = whole + np.einsum("rbm,rbm->rb", moved, both)
        size = np.sqrt(factor * squares.clip(0))
        beyond = np.full_like(size, np.inf)
        t[:, part] = np.divide(own @ some.T, size, out=beyond, where=squares > EXACT * whole)
    return t


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
        As in :meth:`Restriction.of` (``cluster, entity, time``) and :func:`weights`.

    Raises
    ------
    lib.panel.DataError
        As :meth:`Restriction.of`, or the term is no regressor.
    """
    if term not in x:
        raise DataError(f"term {term!r}: not found, expected one of {', '.join(x)}")
    one = Restriction.of(rows, y, [term], [name for name in x if name != term], **options)
    return one.wild(weights(draws, len(one.clusters), seed))


def many(
    fits: Fits,
    term: int,
    weights: np.ndarray,
    null: float = 0.0,
    clusters: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The test of one slope in each regression of a batch, all under the same weights.

    Parameters
    ----------
    term : int
        Position of the slope.
    weights : array (B, G)
        A column for each cluster.
    null : float
        Value tested.
    clusters : array (N,) of int, optional
        Cluster of each entity, from zero; by default each entity is one.

    Returns
    -------
    t : array (R,)
        Clustered t of each regression.
    drawn : array (R, B)
        t of its draws.

    Raises
    ------
    lib.panel.DataError
        A regression has no clustered standard error.
    """
    entities = fits.x.shape[2]
    member = np.eye(entities) if clusters is None else np.eye(clusters.max() + 1)[clusters]
    groups = fits.entities if clusters is None else member.shape[1]
    factor = kernel.clustered_factor(groups, fits.nobs, fits.x.shape[1] + fits.times)
    # The draw that changes no sign is the data.
    signs = np.vstack([np.ones(member.shape[1]), weights])
    drawn = np.empty((len(fits.coef), len(signs)))
    for part in kernel.batches(len(drawn), 2 * len(signs) * sum(fits.x.shape[1::2])):
        u, (x, bread, times) = (
            fits.residuals[part],
            (
                each if len(each) == 1 else each[part]
                for each in (fits.x, fits.bread, fits.layout.inverse)
            ),
        )
        # The tested column is scaled so that its product with y is the slope.
        slope = np.einsum("rk,rknt->rnt", bread[:, term], x)
        u = u + slope * ((fits.coef[part, term] - null) / bread[:, term, term])[:, None, None]
        right = np.concatenate([u @ times, np.einsum("rknt,rnt->rnk", x, u) @ bread], axis=2)
        left = np.concatenate([slope, np.einsum("rknt,rnt->rnk", x, slope)], axis=2)
        own, right, left = (slope * u).sum(axis=2) @ member, member.T @ right, member.T @ left
        drawn[part] = _drawn_t(signs, own, right, left, factor[part, None])
    if not np.isfinite(drawn[:, 0]).all():
        raise DataError("fits: found a draw without a clustered standard error")
    return drawn[:, 0], drawn[:, 1:]


def _coded(rows: pd.DataFrame, columns: str | Sequence[str]) -> pd.Series:
    """One column that tells combinations apart; NaN where a part is missing."""
    names = [columns] if isinstance(columns, str) else list(columns)
    if unknown := [name for name in names if name not in rows.columns]:
        raise DataError(f"column {unknown[0]!r}: found 0 times, expected once")
    if len(names) == 1:
        return rows[names[0]]
    codes = rows.groupby(names, sort=True).ngroup()
    return codes.where(codes >= 0)


def _freed(
    values: np.ndarray, base: np.ndarray, norms: np.ndarray, names: Sequence[str]
) -> np.ndarray:
    """Columns freed of an orthonormal base, each with variation of its own."""
    net = values - base @ (base.T @ values)
    own = np.zeros(len(names))
    diagonal = np.abs(np.diag(np.linalg.qr(net, mode="r")))
    own[: len(diagonal)] = diagonal
    gone = own <= EXACT * norms[: len(names)]
    if gone.any():
        name = names[int(gone.argmax())]
        raise DataError(f"column {name!r}: found nothing that effects and other columns leave")
    return net
