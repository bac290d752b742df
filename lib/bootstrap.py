"""Wild cluster bootstrap of panel regressions, fast enough to be used everywhere.

With few clusters, or with clusters of unequal size, t-statistics from cluster-robust standard
errors reject a true hypothesis too often.  The wild cluster bootstrap [1]_ compares them with
their own distribution instead.  A draw keeps the regressors, takes the fit that obeys the
hypothesis (*restricted*, "WCR"), and multiplies the residuals of each cluster by one random
weight; the statistic of the data is then judged among the statistics of the draws.

Regressions are those of :mod:`lib.batched`: two-way, city, year or no effects.

Weights
-------
``rademacher``
    +1 or -1 with equal probability.  There are 2^G ways to give G clusters a sign; where that is
    no more than the draws asked for, each is taken once, and the p-value has no simulation error.
``webb``
    Plus or minus the roots of 1/2, 1 and 3/2, for so few clusters that signs give few values [2]_.

Conventions
-----------
The t or Wald statistic uses the covariance clustered by `cluster`, scaled by
``G/(G-1) * (n-1)/(n-K-B)``: B counts the constant and the effects that are not nested in clusters,
as in :mod:`lib.estimation` and :mod:`lib.batched`.

The p-value is symmetric: the share of draws whose statistic is as large as that of the data, in
absolute value, or larger.  Ties count.  In an enumeration the data are one of the draws; random
draws leave them out, and the data are added: ``(1 + larger) / (1 + draws)``, which makes the
test exact where the distribution is [3]_, and is why one takes 999 or 9,999 draws.

Algorithm
---------
No draw is ever regressed.  Let x be the regressor tested, freed of all others and of the effects
and scaled so that x'u is the error of its slope, Z all regressors, u the restricted residuals and
v the weights.  A cluster contributes ``x_g'u_g v_g - (x_g'Z_g)(Z'Z)^-1 sum_h Z_h'u_h v_h`` to the
statistic's variance: matrices with a row for each cluster, made once, times the weights [4]_ [5]_.
Effects nested in clusters commute with the weights and are removed beforehand; others are columns
of Z.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for
   inference with clustered errors. *Review of Economics and Statistics*, 90(3), 414-427.
.. [2] Webb, M. D. (2023). Reworking wild bootstrap-based inference for clustered errors.
   *Canadian Journal of Economics*, 56(3), 839-858.
.. [3] Davidson, R. and MacKinnon, J. G. (2000). Bootstrap tests: how many bootstraps?
   *Econometric Reviews*, 19(1), 55-68.
.. [4] Roodman, D., Nielsen, M. O., MacKinnon, J. G. and Webb, M. D. (2019). Fast and wild:
   bootstrap inference in Stata using boottest. *Stata Journal*, 19(1), 4-60.
.. [5] MacKinnon, J. G. (2023). Fast cluster bootstrap methods for linear regression models.
   *Econometrics and Statistics*, 26, 52-71.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from lib import batched
from lib.batched import Effects, Fits
from lib.panel import DataError

Weights = Literal["rademacher", "webb"]
DRAWS = 9_999
SEED = 2023
# Statistics closer than this share of one another are ties that rounding has parted.
TIE = 1e-9
# A sum of squares that has lost this share of its parts to cancellation is summed anew.
CANCELLED = 1e-5


def weights(
    draws: int, clusters: int, seed: int = SEED, kind: Weights = "rademacher"
) -> np.ndarray:
    """Bootstrap weights, a row for each draw and a column for each cluster.

    Returns
    -------
    array (B, G)
        B is `draws`, or 2^G where Rademacher weights have no more values than that: each once,
        the first row +1 throughout.

    Raises
    ------
    lib.panel.DataError
        There is no such kind, no draw, or fewer than two clusters.
    """
    if kind not in get_args(Weights):
        raise DataError(f"weights: found {kind!r}, expected one of {', '.join(get_args(Weights))}")
    if draws < 1 or clusters < 2:
        raise DataError(
            f"weights: found {draws} draws for {clusters} clusters, expected 1 and 2 at least"
        )
    if kind == "webb":
        roots = np.sqrt([0.5, 1.0, 1.5])
        six = np.concatenate([-roots[::-1], roots])
        return six[np.random.default_rng(seed).integers(0, 6, (draws, clusters), dtype=np.int8)]
    bits: np.ndarray
    if _enumerated(draws, clusters, kind):
        bits = np.arange(2**clusters)[:, None] >> np.arange(clusters) & 1
    else:
        size = draws * clusters
        random = np.frombuffer(np.random.default_rng(seed).bytes(-(-size // 8)), dtype=np.uint8)
        bits = np.unpackbits(random, count=size).reshape(draws, clusters)
    return (1 - 2 * bits.astype(np.int8)).astype(float)


_draw = weights  # functions below take the kind under the name of weights


def _enumerated(draws: int, clusters: int, kind: Weights) -> bool:
    return kind == "rademacher" and clusters < 63 and 2**clusters <= draws


@dataclass(frozen=True)
class WildTest:
    """A wild cluster bootstrap test.

    Attributes
    ----------
    statistic : float
        t for one restriction, the Wald statistic for several.
    df : int
        Restrictions.
    p : float
        Bootstrap p-value, under the convention of this module.
    p_clustered : float
        What the same statistic has without bootstrap: t(G-1), or F(df, G-1) of Wald / df.
    clusters, draws : int
    enumerated : bool
        Whether the draws are all there are, each once.
    distribution : array (draws,)
        Statistics of the draws.
    """

    statistic: float
    df: int
    p: float
    p_clustered: float
    clusters: int
    draws: int
    enumerated: bool
    distribution: np.ndarray

    @property
    def p_strict(self) -> float:
        """The share of draws strictly larger, of the draws alone, as some programs count."""
        size = np.abs(self.distribution)
        return float((size > (1 + TIE) * abs(self.statistic)).mean())


def wild_cluster(
    rows: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    restrictions: str | np.ndarray | None = None,
    values: float | np.ndarray | None = None,
    cluster: str = "city_code",
    entity: str = "city_code",
    time: str = "year",
    effects: Effects = "twoway",
    draws: int = DRAWS,
    seed: int = SEED,
    weights: Weights = "rademacher",
) -> WildTest:
    """Test linear restrictions on the slopes by a restricted wild cluster bootstrap.

    Parameters
    ----------
    rows : DataFrame
        One row a city and year, the panel may be unbalanced.  Rows with a missing y or x are
        left out.
    y, x : str, sequence of str
        Dependent variable and regressors.
    restrictions : str, array (q, K) or (K,), optional
        A regressor whose slope is tested, or a matrix R of restrictions ``R b = values``; by
        default all slopes together.
    values : float or array (q,), optional
        Zero by default.
    cluster : str
        Column of clusters.  Cities may be nested in them (a province), or not (a year).
    entity, time : str
        Columns that identify a row and whose effects `effects` names.
    effects : {"twoway", "city", "year", "pooled"}

    Raises
    ------
    lib.panel.DataError
        As :func:`lib.batched.numbers`; a value is infinite; a city-year is there twice; cities and
        years are unconnected; regressors are absorbed or collinear; there are not more clusters
        than restrictions, or the scores of clusters do not differ, such as those of two cities
        under two-way effects; a restriction does not fit the slopes or depends on the others.
    """
    design = _Design.of(rows, y, x, cluster, entity, time, effects)
    matrix, value = _restrictions(restrictions, values, design.names)
    clusters = len(design.clusters)
    if clusters <= len(matrix):
        raise DataError(
            f"column {cluster!r}: found {clusters} clusters for {len(matrix)} restrictions, "
            "expected more clusters"
        )
    signs = _draw(draws, clusters, seed, weights)
    enumerated = _enumerated(draws, clusters, weights)
    if len(matrix) == 1:
        scores = design.scores(matrix[0], value[0])
        statistic, distribution = scores.statistic, scores._t(signs, _squares(signs, weights))
        p_clustered = 2 * stats.t.sf(abs(statistic), clusters - 1)
    else:
        statistic, distribution = design.wald(matrix, value, signs)
        p_clustered = stats.f.sf(statistic / len(matrix), len(matrix), clusters - 1)
    return WildTest(
        statistic=float(statistic),
        df=len(matrix),
        p=_p(np.abs(distribution), abs(statistic), enumerated),
        p_clustered=float(p_clustered),
        clusters=clusters,
        draws=len(signs),
        enumerated=enumerated,
        distribution=distribution,
    )


def interval(
    rows: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    term: str,
    cluster: str = "city_code",
    entity: str = "city_code",
    time: str = "year",
    effects: Effects = "twoway",
    draws: int = DRAWS,
    seed: int = SEED,
    weights: Weights = "rademacher",
    level: float = 0.95,
) -> tuple[float, float]:
    """Values of a slope that the test of :func:`wild_cluster` does not reject.

    Returns
    -------
    tuple of float
        Where the p-value comes down to ``1 - level`` on either side of the estimate.  Infinite
        where it never does: with five clusters or fewer, Rademacher weights reject nothing at 5 %.

    Notes
    -----
    The restricted residuals are linear in the value tested, and so are the numerator and the
    cluster sums of each draw: with three sums of squares a draw, any value can be tested at the
    cost of comparing the draws.
    """
    if not 0 < level < 1:
        raise DataError(f"level: found {level}, expected a share between 0 and 1")
    design = _Design.of(rows, y, x, cluster, entity, time, effects)
    matrix, _ = _restrictions(term, None, design.names)
    signs = _draw(draws, len(design.clusters), seed, weights)
    enumerated = _enumerated(draws, len(design.clusters), weights)
    centre, se, p_at = design.inverted(matrix[0], signs, _squares(signs, weights), enumerated)
    alpha = round(1 - level, 12)  # 1 - 0.8 is not 0.2
    reach = _crossing(lambda step: p_at(step * se), alpha)
    other = _crossing(lambda step: p_at(-step * se), alpha)
    return centre - reach * se, centre + other * se


@dataclass(frozen=True)
class Scores:
    """What one t-test contributes to the bootstrap, so that many can share their weights.

    Attributes
    ----------
    clusters : array (G,)
        Labels, in the order of the columns of weights.
    statistic : float
        t of the data.
    numerator : array (G,)
        Each cluster's part of slope less null.
    left, right : array (G, M), (M, G)
        A draw's cluster sums are ``numerator * v - left @ (right @ v)``.
    scale : float
        Small-sample factor of the variance.
    """

    clusters: np.ndarray
    statistic: float
    numerator: np.ndarray
    left: np.ndarray
    right: np.ndarray
    scale: float

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        y: str,
        x: Sequence[str] | str,
        term: str,
        cluster: str = "city_code",
        effects: Effects = "twoway",
        null: float = 0.0,
        entity: str = "city_code",
        time: str = "year",
    ) -> Scores:
        """The test that the slope of `term` is `null`; parameters as in :func:`wild_cluster`."""
        design = _Design.of(rows, y, x, cluster, entity, time, effects)
        matrix, value = _restrictions(term, null, design.names)
        return design.scores(matrix[0], value[0])

    @classmethod
    def many(
        cls,
        fits: Fits,
        term: int,
        clusters: Sequence[object] | None = None,
        null: float = 0.0,
    ) -> list[Scores]:
        """One test for each regression of a batch, as :meth:`of` would give.

        Parameters
        ----------
        fits : lib.batched.Fits
        term : int
            Position of the slope tested.
        clusters : sequence, optional
            Cluster of each city of the batch; by default each city is one, numbered from zero.

        Raises
        ------
        lib.panel.DataError
            A regression of the batch has no estimate, fewer than two clusters, or clusters whose
            scores do not differ.
        """
        if np.isnan(fits.coef).any() or fits.exact.any():
            raise DataError("fits: found a draw without an estimate, or with an exact one")
        effects, layout = fits.layout.effects, fits.layout
        draws, slopes = fits.coef.shape
        cities, years = fits.residuals.shape[1:]
        names = np.arange(cities) if clusters is None else np.asarray(clusters)
        labels, group = np.unique(names, return_inverse=True)
        member = np.eye(len(labels))[group]
        alone = np.array_equal(names, labels)
        row = fits.bread[:, term]
        flat = fits.x.reshape(*fits.x.shape[:2], -1)
        slope = (row[:, None] @ flat).reshape(-1, cities, years)
        gap = fits.coef[:, term] - null
        restricted = fits.residuals + slope * (gap / row[:, term])[:, None, None]
        left = [batched.sums(fits.x, np.broadcast_to(slope, restricted.shape))]
        right = [fits.bread @ batched.sums(fits.x, restricted)]
        if effects in ("twoway", "year"):
            left.append(np.broadcast_to(slope.swapaxes(1, 2), (draws, years, cities)))
            right.append(layout.year_inverse @ restricted.swapaxes(1, 2))
        elif effects == "pooled":
            left.append(np.broadcast_to(slope.sum(axis=2)[:, None], (draws, 1, cities)))
            right.append((restricted.sum(axis=2) / fits.nobs[:, None])[:, None])
        # Sums over the cities of a cluster, (R, M, G).
        left_sums, right_sums, numerator, own = (
            values if alone else values @ member
            for values in (
                np.concatenate(left, axis=1),
                np.concatenate(right, axis=1),
                (slope * restricted).sum(axis=2),
                (slope * fits.residuals).sum(axis=2),
            )
        )
        seen = (layout.rows_of_city > 0) @ member > 0
        groups = np.broadcast_to(seen.sum(axis=1), draws)
        if groups.min() < 2:
            raise DataError(f"clusters: found {groups.min()}, expected two at least")
        counted = fits.years if effects in ("twoway", "year") else 1
        scale = groups / (groups - 1) * (fits.nobs - 1) / (fits.nobs - slopes - counted)
        variance = (own**2).sum(axis=1)
        if (variance <= batched.EXACT * fits.rss / fits.nobs * row[:, term]).any():
            raise DataError(f"clusters: found no variation between {groups.min()} in some draw")
        statistic = gap / np.sqrt(scale * variance)
        found = []
        for r, kept in enumerate(np.broadcast_to(seen, (draws, len(labels)))):
            place = slice(None) if kept.all() else kept
            found.append(
                cls(
                    clusters=labels[place],
                    statistic=float(statistic[r]),
                    numerator=numerator[r, place],
                    left=left_sums[r][:, place].T,
                    right=right_sums[r][:, place],
                    scale=float(scale[r]),
                )
            )
        return found

    def t(self, weights: np.ndarray, labels: Sequence[object] | None = None) -> np.ndarray:
        """Bootstrap t-statistics (B,) for weights (B, G).

        Parameters
        ----------
        labels : sequence, optional
            Cluster of each column of the weights, where they are not exactly `clusters`.

        Raises
        ------
        lib.panel.DataError
            The weights have no column for a cluster, or too many and no labels.
        """
        return curve([self], weights, labels)[0]

    def _t(self, weights: np.ndarray, squares: np.ndarray | None) -> np.ndarray:
        part = self.numerator, self.right
        (drawn,), (variance,) = _forms(weights, squares, self.left, [part], [(0, 0)])
        # A draw whose cluster sums all vanish is as far out as can be.
        beyond = np.full_like(variance, np.inf)
        return np.divide(drawn, np.sqrt(self.scale * variance), out=beyond, where=variance > 0)


def curve(
    scores: Sequence[Scores], weights: np.ndarray, labels: Sequence[object] | None = None
) -> np.ndarray:
    """Bootstrap t-statistics of many tests under the same weights.

    Parameters
    ----------
    scores : sequence of Scores
        S tests, which need not share their clusters.
    weights : array (B, G)
    labels : sequence, optional
        As in :meth:`Scores.t`.

    Returns
    -------
    array (S, B)
    """
    found = np.empty((len(scores), len(weights)))
    chosen: dict[bytes, tuple[np.ndarray, np.ndarray | None]] = {}
    for row, each in zip(found, scores, strict=True):
        key = np.asarray(each.clusters).tobytes()
        if key not in chosen:
            own = _columns(weights, labels, each.clusters)
            chosen[key] = own, _squares(own)
        row[:] = each._t(*chosen[key])
    return found


def _columns(
    weights: np.ndarray, labels: Sequence[object] | None, clusters: np.ndarray
) -> np.ndarray:
    if labels is not None:
        place = pd.Index(labels).get_indexer(clusters)
        if (place < 0).any():
            raise DataError(
                f"labels: found none for cluster {clusters[place < 0][0]}, expected one for each"
            )
        weights = np.ascontiguousarray(weights[:, place])
    if weights.shape[1] != len(clusters):
        raise DataError(f"weights: found {weights.shape[1]} columns, expected {len(clusters)}")
    return weights


def _squares(weights: np.ndarray, kind: Weights | None = None) -> np.ndarray | None:
    """Squared weights, None where they are all one, as they are of one kind."""
    signs = bool((np.abs(weights) == 1).all()) if kind is None else kind == "rademacher"
    return None if signs else weights**2


def _forms(
    weights: np.ndarray,
    squares: np.ndarray | None,
    left: np.ndarray,
    parts: Sequence[tuple[np.ndarray, np.ndarray]],
    pairs: Sequence[tuple[int, int]],
) -> tuple[np.ndarray, np.ndarray]:
    """Numerators of the draws, (parts, B), and products of their cluster sums, (pairs, B).

    With part i ``(a_i, right_i)`` a draw has the sums ``s_i = a_i v - left right_i v``.  These are
    G numbers; with ``left = U S``, U orthonormal, the shorter ``p_i = U'a_i v`` and
    ``q_i = p_i - S right_i v`` are enough: ``s_i's_j = (a_i v)'(a_j v) - p_i'p_j + q_i'q_j``.
    """
    unit, factor = np.linalg.qr(left)
    sign = np.repeat([-1.0, 1.0, 0.0], [unit.shape[1], unit.shape[1], 1])
    makers = []
    for numerator, right in parts:
        projected = unit * numerator[:, None]
        makers.append(np.column_stack([projected, projected - (factor @ right).T, numerator]))
    numerators = np.empty((len(parts), len(weights)))
    products = np.empty((len(pairs), len(weights)))
    for part in batched.batches(len(weights), len(left)):
        made = [weights[part] @ maker for maker in makers]
        for numerator, each in zip(numerators, made, strict=True):
            numerator[part] = each[:, -1]
        for (i, j), product in zip(pairs, products, strict=True):
            product[part] = (made[i] * made[j]) @ sign
    for (i, j), product in zip(pairs, products, strict=True):
        own = parts[i][0] * parts[j][0]
        product += own.sum() if squares is None else squares @ own
        if i == j:
            lost = np.flatnonzero(product < CANCELLED * own.sum())
            v, (numerator, right) = weights[lost], parts[i]
            product[lost] = ((v * numerator - v @ right.T @ left.T) ** 2).sum(axis=1)
    return numerators, products


@dataclass(frozen=True)
class _Design:
    """One regression, effects removed or written out, rows in order of clusters."""

    names: tuple[str, ...]
    clusters: np.ndarray  # labels
    starts: np.ndarray  # first row of each cluster
    x: np.ndarray  # (n, K), freed of all effects
    dummies: np.ndarray  # (n, M) effects that clusters cut across, the others removed
    dummies_inverse: np.ndarray
    bread: np.ndarray
    coef: np.ndarray
    residuals: np.ndarray
    scale: float

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        y: str,
        x: Sequence[str] | str,
        cluster: str,
        entity: str,
        time: str,
        effects: Effects,
    ) -> _Design:
        if effects not in get_args(Effects):
            raise DataError(
                f"effects: found {effects!r}, expected one of {', '.join(get_args(Effects))}"
            )
        names = (x,) if isinstance(x, str) else tuple(x)
        if not names:
            raise DataError("column of x: found none, expected one at least")
        data = batched.numbers(rows, (y, *names), (cluster, entity, time))
        used = ~np.isnan(data).any(axis=1)
        if not used.any():
            raise DataError(f"columns {', '.join((y, *names))}: found no complete row")
        infinite = np.isinf(data[used]).any(axis=0)
        if infinite.any():
            name = (y, *names)[int(infinite.argmax())]
            raise DataError(f"column {name!r}: found an infinite value, expected a finite number")
        (codes, labels), (city, _), (year, years) = (
            pd.factorize(rows[name].to_numpy()[used], sort=True) for name in (cluster, entity, time)
        )
        if min(codes.min(), city.min(), year.min()) < 0:
            raise DataError(f"rows: found one without {cluster}, {entity} or {time}")
        if np.bincount(city * len(years) + year).max() > 1:
            raise DataError(f"rows: found the same {entity} and {time} twice, expected each once")

        groups = [
            group for name, group in (("city", city), ("year", year)) if effects in ("twoway", name)
        ]
        nested = [_nested(group, codes) for group in groups]
        if len(groups) == 2 and all(nested) and len(labels) > 1:
            raise DataError(f"column {cluster!r}: found clusters that no city and no year connects")
        across = [group for group, inside in zip(groups, nested, strict=True) if not inside]
        # Effects inside clusters commute with the weights and are removed; their rows stand
        # together.
        removed = groups[nested.index(True)] if any(nested) else None
        order = np.lexsort((codes if removed is None else removed, codes))
        data, codes = data[used][order], codes[order]
        columns = [np.ones((len(data), 1))] if removed is None else []
        columns += [np.eye(group.max() + 1)[group[order], 1:] for group in across]
        n, slopes = data.shape[0], len(names)
        dummies = np.hstack([np.empty((n, 0)), *columns])
        counted = 1 + sum(int(group.max()) for group in across)
        if n - slopes - 1 - sum(int(group.max()) for group in groups) <= 0 or len(labels) < 2:
            raise DataError(
                f"found {n} rows in {len(labels)} clusters, expected more rows than parameters "
                "and two clusters at least"
            )
        size = np.abs(data).max(axis=0)
        if removed is not None:
            data, dummies = (_demeaned(part, removed[order]) for part in (data, dummies))
        inverse, bad = batched.inverses((dummies.T @ dummies)[None])
        if bad.any():
            raise DataError("rows: found cities and years that no row connects")
        data = data - dummies @ (inverse[0] @ (dummies.T @ data))
        lost = np.abs(data).max(axis=0) <= batched.EXACT * size
        if lost.any():
            gone = [name for name, is_lost in zip((y, *names), lost, strict=True) if is_lost]
            raise DataError(f"column {', '.join(gone)}: found nothing left beside the effects")
        net = data[:, 1:]
        bread, bad = batched.inverses((net.T @ net)[None])
        if bad.any():
            raise DataError("regressors: found collinear columns once the effects are removed")
        coef = bread[0] @ (net.T @ data[:, 0])
        residuals = data[:, 0] - net @ coef
        if np.abs(residuals).max() <= batched.EXACT * size[0]:
            raise DataError(f"column {y!r}: found an exact function of the regressors and effects")
        clusters = len(labels)
        return cls(
            names=names,
            clusters=np.asarray(labels),
            starts=np.searchsorted(codes, np.arange(clusters)),
            x=net,
            dummies=dummies,
            dummies_inverse=inverse[0],
            bread=bread[0],
            coef=coef,
            residuals=residuals,
            scale=clusters / (clusters - 1) * (n - 1) / (n - slopes - counted),
        )

    def scores(self, restriction: np.ndarray, value: float) -> Scores:
        slope = self.x @ (self.bread @ restriction)
        gap = float(restriction @ self.coef - value)
        restricted = self.residuals + slope * (gap / (slope @ slope))
        left, right = self._sides(slope, restricted)
        own = self._own(slope[:, None])[:, 0]
        return Scores(
            clusters=self.clusters,
            statistic=gap / np.sqrt(self.scale * (own**2).sum()),
            numerator=self._sum(slope * restricted),
            left=left,
            right=right,
            scale=self.scale,
        )

    def wald(
        self, matrix: np.ndarray, value: np.ndarray, weights: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Wald statistic of the data, and of the draws."""
        slopes = self.x @ (self.bread @ matrix.T)  # (n, q)
        gap = matrix @ self.coef - value
        restricted = self.residuals + slopes @ np.linalg.solve(slopes.T @ slopes, gap)
        own = self._own(slopes)
        (observed,) = _quadratic(gap[None], self.scale * (own.T @ own)[None])
        numerator = self._sum(slopes * restricted[:, None]).T  # (q, G)
        left = np.stack([self._sides(slope, restricted)[0].T for slope in slopes.T])
        right = self._sides(slopes[:, 0], restricted)[1]
        drawn = np.empty(len(weights))
        for part in batched.batches(len(weights), numerator.size):
            signs = weights[part]
            sums = signs[:, None] * numerator - (signs @ right.T @ left).transpose(1, 0, 2)
            meat = self.scale * (sums @ sums.transpose(0, 2, 1))
            drawn[part] = _quadratic(signs @ numerator.T, meat)
        return float(observed), drawn

    def inverted(
        self,
        restriction: np.ndarray,
        weights: np.ndarray,
        squares: np.ndarray | None,
        enumerated: bool,
    ) -> tuple[float, float, Callable[[float], float]]:
        """Estimate, standard error, and the p-value as a function of estimate less null."""
        slope = self.x @ (self.bread @ restriction)
        left, right = self._sides(slope, self.residuals)
        _, right_gap = self._sides(slope, slope / (slope @ slope))
        parts = [
            (self._own(slope[:, None])[:, 0], right),
            (self._sum(slope * slope) / (slope @ slope), right_gap),
        ]
        (n0, n1), (d00, d01, d11) = _forms(weights, squares, left, parts, [(0, 0), (0, 1), (1, 1)])
        variance = float((parts[0][0] ** 2).sum())

        def p_at(gap: float) -> float:
            # Both sides of t*^2 >= t^2, without the scale, times both variances.
            drawn = variance * (n0 + gap * n1) ** 2
            return _p(drawn, gap**2 * (d00 + gap * (2 * d01 + gap * d11)), enumerated, power=2)

        return float(restriction @ self.coef), float(np.sqrt(self.scale * variance)), p_at

    def _sides(self, slope: np.ndarray, residuals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        every = np.hstack([self.x, self.dummies])
        left = self._sum(every * slope[:, None])
        sums = self._sum(every * residuals[:, None]).T
        k = len(self.names)
        right = np.vstack([self.bread @ sums[:k], self.dummies_inverse @ sums[k:]])
        return left, right

    def _own(self, slopes: np.ndarray) -> np.ndarray:
        """Each cluster's part of the errors of the data, (G, q), if they make a variance."""
        own = self._sum(slopes * self.residuals[:, None])
        classical = (slopes**2).sum(axis=0) * (self.residuals**2).mean()
        flat = ((own**2).sum(axis=0) <= batched.EXACT * classical).any()
        if flat or batched.inverses((own.T @ own)[None])[1].any():
            raise DataError(
                f"found no variation between {len(self.clusters)} clusters, expected enough for a "
                "standard error of each restriction"
            )
        return own

    def _sum(self, values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, self.starts, axis=0)


def _nested(group: np.ndarray, codes: np.ndarray) -> bool:
    """Whether each group lies in one cluster."""
    of_group = np.empty(group.max() + 1, dtype=codes.dtype)
    of_group[group] = codes
    return bool((of_group[group] == codes).all())


def _demeaned(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Values less their means over groups whose rows stand together."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff(starts, append=len(group))
    means = np.add.reduceat(values, starts, axis=0) / size[:, None]
    return values - np.repeat(means, size, axis=0)


def _restrictions(
    restrictions: str | np.ndarray | None, values: float | np.ndarray | None, names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Matrix (q, K) and values (q,)."""
    if restrictions is None:
        matrix = np.eye(len(names))
    elif isinstance(restrictions, str):
        if restrictions not in names:
            raise DataError(f"term {restrictions!r}: not found, expected one of {', '.join(names)}")
        matrix = np.eye(len(names))[[names.index(restrictions)]]
    else:
        matrix = np.atleast_2d(np.asarray(restrictions, dtype=float))
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise DataError(
            f"restrictions: found shape {matrix.shape}, expected a column for each of "
            f"{', '.join(names)}"
        )
    if np.linalg.matrix_rank(matrix) < len(matrix):
        raise DataError("restrictions: found one that follows from the others")
    value = np.broadcast_to(np.asarray(0.0 if values is None else values, dtype=float), len(matrix))
    return matrix, value


def _quadratic(vectors: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    return (vectors * np.linalg.solve(matrices, vectors[:, :, None])[:, :, 0]).sum(axis=1)


def _p(drawn: np.ndarray, observed: float | np.ndarray, enumerated: bool, power: int = 1) -> float:
    larger = int((drawn >= (1 - TIE) ** power * observed).sum())
    return larger / len(drawn) if enumerated else (1 + larger) / (1 + len(drawn))


def _crossing(p_at: Callable[[float], float], alpha: float) -> float:
    """Where p, one at zero, comes down to alpha, in standard errors; infinite where it does not."""
    low, high = 0.0, 2.0
    while p_at(high) > alpha:
        low, high = high, 2 * high
        if high > 1e6:
            return np.inf
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if p_at(middle) > alpha else (low, middle)
    return high
