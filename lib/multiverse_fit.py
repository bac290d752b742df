"""The regressions of the multiverse that share their rows, all at once.

A column is split into its city means and what is left within cities.  Every kind of effects keeps
all of the second, a share ``sqrt(f_i)`` of the first, and removes some columns more:

========  =====================================  =========================
effects   f_i                                    removed
========  =====================================  =========================
twoway    0                                      year dummies
city      0                                      nothing
pooled    1                                      constant
random    s2 / (T_i s2_city + s2)                year dummies, constant
========  =====================================  =========================

The share of random effects is Swamy and Arora's [1]_.  The columns are removed from the
cross-products of all columns at once (Frisch, Waugh and Lovell), of which every regression is a
block; and what a city or a year contributes to a coefficient, which
clustered and Driscoll-Kraay errors are made of, is a sum over it of products of two linear
combinations of the columns.

References
----------
.. [1] Swamy, P. A. V. B. and Arora, S. S. (1972). The exact finite sample properties of the
   estimators of coefficients in the error components regression models. *Econometrica*, 40(2),
   261-275.  With the harmonic mean of T_i, as :func:`lib.estimation.random_effects`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from lib import multiverse_register as register
from lib import panel
from lib.multiverse_rows import CONTROLS_OF

# A variance that collinearity inflates by more than this is rounding error.
_INFLATION = 1e10


@dataclass(frozen=True)
class Plan:
    """Which regressions and coefficients a set of rows serves, as positions.

    Columns stand as: two outcomes, LM, I measures of IA, I products, I centred products, controls.
    A regression with fewer than K regressors is filled up with empty ones.
    """

    measures: int
    picked: np.ndarray  # (M, K, columns) one where a regressor is that column
    slopes: np.ndarray  # (M,)
    model: np.ndarray  # (J,) regression of each coefficient
    at: np.ndarray  # (J,) its place in the regression
    shift: np.ndarray  # (J,) 1: LM at mean IA, 2: IA at mean LM, 0: as it stands
    measure: np.ndarray  # (J,) position of the IA
    term: np.ndarray  # (J,) code of the term
    product: np.ndarray  # (J,) code of the option of `product`

    @staticmethod
    @cache
    def of(scope: str, controls: str, measures: int) -> Plan:
        """The plan of a scope and a set of controls, for so many measures of IA."""
        names = CONTROLS_OF[controls]
        forms = register.options("product")
        terms = register.options("term")
        lm, first_control = 2, 3 + 3 * measures
        fixed = [first_control + c for c in range(len(names))]
        columns: list[list[int]] = []
        slopes, found = [], []
        for form in forms:
            wanted = register.admitted_terms(scope, form, controls)
            if not wanted:
                continue
            for i in range(measures):
                ia, raw, centred = (3 + i + k * measures for k in range(3))
                regressors = {
                    "none": {"lm": lm, "ia": ia},
                    "raw": {"lm": lm, "ia": ia, "lm_ia": raw},
                    "centred": {"lm": lm, "ia": ia, "lm_ia": raw},
                    "alone": {"lm_ia": raw},
                    "alone_centred": {"lm_ia": centred},
                }[form] | dict(zip(names, fixed, strict=True))
                if form == "centred":
                    # The same regression as the one before: other combinations of its slopes.
                    model = columns.index([*regressors.values()])
                else:
                    model = len(columns)
                    columns.append([*regressors.values()])
                    slopes.append(len(regressors))
                for term in wanted:
                    shift = {"lm": 1, "ia": 2}[term] if form == "centred" else 0
                    place = list(regressors).index(term)
                    found.append((model, place, shift, i, terms.index(term), forms.index(form)))
        picked = np.zeros((len(columns), max(slopes), first_control + len(names)))
        for model, each in enumerate(columns):
            picked[model, np.arange(len(each)), each] = 1.0
        return Plan(measures, picked, np.array(slopes), *np.array(found).T)


@dataclass(frozen=True)
class Block:
    """Coefficients of J terms and both outcomes, and what their errors are made of.

    ``coef`` (J, 2) is a linear combination of the outcome; its weights add up, squared, to
    ``variance`` (J, 2).  ``city`` (J, 2, N) and ``year`` (J, 2, T) are sums of weights times
    residuals, ``leverage`` (J, 2, N) the cities' shares in ``variance``.

    The last three are city by city the cross-products of all R columns of the regression, slopes
    and removed ones, with the weights, ``reach`` (J, 1 or 2, N, R), and these times the inverse of
    their own cross-products, ``solved``; and ``refitted`` (J, 2, N, R), as much for the residuals.
    """

    coef: np.ndarray
    variance: np.ndarray
    rss: np.ndarray
    city: np.ndarray
    year: np.ndarray
    leverage: np.ndarray
    nobs: int
    df: np.ndarray
    df_city: np.ndarray
    df_year: np.ndarray
    cities: np.ndarray
    years: int
    reach: np.ndarray
    solved: np.ndarray
    refitted: np.ndarray

    def scores(self) -> np.ndarray:
        """What each city contributes to the coefficients under the null, (J, 2, N)."""
        return self.city + self.coef[..., None] * self.leverage

    def ratio(self) -> np.ndarray:
        """Variance of a new regression over that of one in which only the term is new, (J, 2).

        With the null imposed, a draw flips the signs ``w`` of the cities' residuals.  The clustered
        variance sums the squares of ``L w``, over cities: with the term alone estimated anew
        ``L = diag(a) - k a'``, with all coefficients ``L = diag(a) - C (X'X)^-1 D'``, where row g
        of C holds the products of X with the weights and row g of D those with the residuals.
        The mean of the sum of squares over all signs is the sum of the squares of L.
        """
        scores, share = self.scores(), self.leverage
        # Residuals under the null are those of the regression plus a multiple of the weights.
        multiple = (self.coef / self.variance)[..., None, None].astype(np.float32)
        inner = self.refitted + multiple * self.solved
        own = (scores**2).sum(axis=2)
        held = own * (1 + (share**2).sum(axis=2)) - 2 * (scores**2 * share).sum(axis=2)
        reach = np.broadcast_to(self.reach, inner.shape)
        crossed = np.einsum("jyn,jynr,jynr->jy", scores.astype(np.float32), reach, inner)
        outer, core = (each.swapaxes(2, 3) @ each for each in (self.reach, inner))
        return (own - 2 * crossed + (outer * core).sum(axis=(2, 3))) / held

    def over_all(self, cities: int) -> Block:
        """The same with an entry for every city, zero where it is absent."""
        wide: dict[str, Any] = {}
        for name in ("city", "leverage", "reach", "solved", "refitted"):
            given = getattr(self, name)
            wide[name] = np.zeros((*given.shape[:2], cities, *given.shape[3:]), given.dtype)
            wide[name][:, :, self.cities] = given
        return replace(self, **wide)


def difference(one: Block, two: Block, cities: int) -> Block:
    """The second of two regressions side by side less the first.

    Its clusters are the cities of both; the errors of the two have one variance.
    """
    one, two = one.over_all(cities), two.over_all(cities)
    variance = one.variance + two.variance
    parts = [block.variance[..., None] * block.leverage for block in (one, two)]
    df = one.df + two.df
    return Block(
        coef=two.coef - one.coef,
        variance=variance,
        rss=one.rss + two.rss,
        city=two.city - one.city,
        year=np.full((*variance.shape, 1), np.nan),
        leverage=(parts[0] + parts[1]) / variance[..., None],
        nobs=one.nobs + two.nobs,
        df=df,
        df_city=one.df_city + two.df_city,
        df_year=df,
        cities=np.union1d(one.cities, two.cities),
        years=one.years + two.years,
        # Weights of the first count negatively: in what they reach, and in residuals under the
        # null, of which they are a part.
        reach=np.concatenate([-one.reach, two.reach], axis=3),
        solved=np.concatenate([-one.solved, two.solved], axis=3),
        refitted=np.concatenate([one.refitted, two.refitted], axis=3),
    )


def _inverse(gram: np.ndarray, plan: Plan) -> np.ndarray:
    """Inverse cross-products (M, Y, K, K) of each regression, from those of all (., Y, C, C)."""
    picked = plan.picked[:, None]
    moments = picked @ gram @ picked.swapaxes(2, 3)
    scale = np.sqrt(np.diagonal(moments, axis1=2, axis2=3))
    filler = np.equal(plan.picked.sum(axis=2), 0)[:, None]
    scale = np.where(filler, 1.0, scale)
    if not scale.all():
        raise panel.DataError("found a regressor that the effects absorb")
    moments += filler[..., None] * np.eye(filler.shape[2])
    size = scale[..., :, None] * scale[..., None, :]
    unit = np.linalg.inv(moments / size)
    if not np.diagonal(unit, axis1=2, axis2=3).max() < _INFLATION:
        raise panel.DataError("found collinear regressors, once effects are removed")
    return (unit - filler[..., None] * np.eye(filler.shape[2])) / size


class Rows:
    """The city-years that a set of regressions shares, and the regressions on them.

    Parameters
    ----------
    columns : array (3 + I + controls, N, T)
        Two outcomes, LM, I measures of IA, controls.
    present : bool array (N, T)
        Cells in use; the others may hold anything.
    plan : Plan

    Raises
    ------
    lib.panel.DataError
        There are fewer than two cities or two years; a regressor is absorbed, or regressors are
        collinear; random effects find too few cities.
    """

    def __init__(self, columns: np.ndarray, present: np.ndarray, plan: Plan) -> None:
        by_city, by_year = present.any(axis=1), present.any(axis=0)
        if by_city.sum() < 2 or by_year.sum() < 2:
            raise panel.DataError(
                f"found {by_city.sum()} cities and {by_year.sum()} years, "
                "expected two of each at least"
            )
        self.plan = plan
        self.cities = np.flatnonzero(by_city)
        self.present = present[by_city][:, by_year]
        self.size = self.present.sum(axis=1)
        self.nobs = int(self.size.sum())
        values = np.where(self.present, columns[:, by_city][:, :, by_year], 0.0)
        lm, ia, controls = values[2], values[3 : 3 + plan.measures], values[3 + plan.measures :]
        self.centre = lm.sum() / self.nobs, ia.sum(axis=(1, 2)) / self.nobs
        years = self.present.shape[1]
        dummies = np.eye(years)[1:, None] * self.present
        # With room for the centred products.
        own = [values[:3], ia, lm * ia, np.zeros_like(ia), controls]
        every = np.concatenate([*own, self.present[None].astype(float), dummies])
        self.own = len(every) - years
        self.means = every.sum(axis=2) / self.size
        self.within = np.where(self.present, every - self.means[..., None], 0.0)
        for part in (self.means, self.within):
            self._fill_centred(part)
        self.flat = self.within.reshape(len(every), -1)
        self.gram = self.flat @ self.flat.T
        # The cities' own cross-products, side by side: (columns, N x columns).
        by_city_first = self.within.transpose(1, 0, 2).astype(np.float32)
        each = by_city_first @ by_city_first.transpose(0, 2, 1)
        self.each = np.ascontiguousarray(each.transpose(1, 0, 2)).reshape(len(every), -1)

    def _fill_centred(self, part: np.ndarray) -> None:
        """Centred products are combinations of columns but for a constant, which is removed."""
        lm_mean, ia_mean = self.centre
        count = self.plan.measures
        ia, raw, centred = (slice(3 + k * count, 3 + (k + 1) * count) for k in range(3))
        ia_mean = ia_mean.reshape(-1, *(1,) * (part.ndim - 1))
        part[centred] = part[raw] - ia_mean * part[2] - lm_mean * part[ia]

    def blocks(self) -> dict[str, Block]:
        """The regressions under every kind of effects."""
        cities, years = self.present.shape
        constant, dummies = [self.own], [*range(self.own + 1, self.own + years)]
        none, full = np.zeros((1, 1, cities)), np.ones((1, 1, cities))
        found = {
            "twoway": self._block(none, dummies, (cities + years - 1, years, cities)),
            "city": self._block(none, [], (cities, 1, cities)),
            "pooled": self._block(full, constant, (1, 1, 1)),
        }
        share = self._shares(found["twoway"])
        found["random"] = self._block(share, constant + dummies, (years, years, 1))
        return found

    def _block(self, share: np.ndarray, removed: list[int], counted: tuple[int, ...]) -> Block:
        """All regressions, city means weighted by `share` (1 or M, 1 or 2, N)."""
        plan, model = self.plan, self.plan.model
        freed, free, inverse_removed = self._freed(share, removed)
        inverse = _inverse(free, plan)
        picked = plan.picked[:, None]
        cross = np.stack([free[:, y % free.shape[1], :, y] for y in (0, 1)], axis=1)
        slopes = inverse @ (picked @ cross[..., None])
        contrast = self._contrasts()[:, None, :, None]
        weights = inverse[model] @ contrast
        coef = (slopes[model] * contrast).sum(axis=(2, 3))
        variance = (weights * contrast).sum(axis=(2, 3))

        # Regressors, weights and residuals as combinations of all columns.
        regressors = freed @ picked.swapaxes(2, 3)
        wide = (regressors[model] @ weights)[..., 0]
        outcomes = np.stack([freed[:, y % freed.shape[1], :, y] for y in (0, 1)], axis=1)
        maker = outcomes - (regressors @ slopes)[..., 0]
        shares = share[model] if len(share) > 1 else share
        psi, residuals = self._series(wide, shares), self._series(maker, share)
        scores = psi * residuals[model]
        ones_year, ones_city = np.ones(scores.shape[3]), np.ones(scores.shape[2])
        leverage = ((psi * psi) @ ones_year) / variance[..., None]

        plain = np.zeros((*regressors.shape[:3], len(removed)))
        plain[:, :, removed, np.arange(len(removed))] = 1.0
        solver = np.concatenate([regressors @ inverse, plain @ inverse_removed], axis=3)
        plain = np.concatenate([regressors, plain], axis=3)
        plain, solver = plain.astype(np.float32), solver.astype(np.float32)
        reached = self._products(wide, shares)
        used = self.nobs - plan.slopes[model]
        return Block(
            coef=coef,
            variance=np.broadcast_to(variance, coef.shape),
            rss=np.einsum("mynt,mynt->my", residuals, residuals)[model],
            city=scores @ ones_year,
            year=ones_city @ scores,
            leverage=np.broadcast_to(leverage, (*coef.shape, len(ones_city))),
            nobs=self.nobs,
            df=used - counted[0],
            df_city=used - counted[1],
            df_year=used - counted[2],
            cities=self.cities,
            years=self.present.shape[1],
            reach=reached @ plain[model],
            solved=reached @ solver[model],
            refitted=(self._products(maker, share) @ solver)[model],
        )

    def _freed(
        self, share: np.ndarray, removed: list[int]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Own columns freed of the removed ones, for each of the (1 or M, 1 or 2) kinds of `share`.

        Returns
        -------
        tuple of arrays
            The freed columns as combinations of all C columns (., ., C, own); their
            cross-products (., ., own, own); the inverse of those of the removed columns.
        """
        gram, own = self._total(share), self.own
        freed = np.zeros((*gram.shape[:2], len(self.means), own))
        freed[..., np.arange(own), np.arange(own)] = 1.0
        free = gram[..., :own, :own]
        if not removed:
            return freed, free, np.zeros((*gram.shape[:2], 0, 0))
        cross = gram[..., removed, :own]
        inverse = np.linalg.inv(gram[..., removed, :][..., removed])
        gamma = inverse @ cross
        freed[..., removed, :] = -gamma
        return freed, free - cross.swapaxes(2, 3) @ gamma, inverse

    def _contrasts(self) -> np.ndarray:
        """Combinations of a regression's slopes that make the coefficients, (J, K)."""
        plan = self.plan
        contrast = np.zeros((len(plan.model), plan.picked.shape[1]))
        terms = np.arange(len(contrast))
        contrast[terms, plan.at] = 1.0
        lm_mean, ia_mean = self.centre
        at_mean = np.choose(plan.shift, [0.0, ia_mean[plan.measure], lm_mean])
        # LM, IA and the product are the first three regressors where anything is centred.
        contrast[terms[plan.shift > 0], 2] = at_mean[plan.shift > 0]
        return contrast

    def _total(self, share: np.ndarray) -> np.ndarray:
        """Cross-products of all columns, (1 or M, 1 or 2, C, C)."""
        if not share.any():
            return self.gram[None, None]
        # f_i is the same for cities with as many years.
        sizes, first, kind = np.unique(self.size, return_index=True, return_inverse=True)
        between = np.stack(
            [n * self.means[:, kind == k] @ self.means[:, kind == k].T for k, n in enumerate(sizes)]
        )
        return self.gram + np.tensordot(share[:, :, first], between, axes=1)

    def _shares(self, twoway: Block) -> np.ndarray:
        """``f_i`` of random effects in every regression, (M, 2, N)."""
        plan, means = self.plan, self.means
        others = means[self.own :].T
        left, size, _ = np.linalg.svd(others, full_matrices=False)
        basis = left[:, size > size[0] * max(others.shape) * np.finfo(float).eps]
        net = means[: self.own] - (means[: self.own] @ basis) @ basis.T
        gram = (net @ net.T)[None, None]
        df = len(self.cities) - basis.shape[1] - plan.slopes
        if df.min() <= 0:
            raise panel.DataError(
                f"found {len(self.cities)} cities, too few for the between regression of "
                "random effects"
            )
        inverse = _inverse(gram, plan)[:, 0]
        cross = plan.picked @ gram[0, 0, :, :2]
        rss = gram[0, 0, [0, 1], [0, 1]] - ((inverse @ cross) * cross).sum(axis=1)
        # The same regression serves several coefficients: the first of each will do.
        _, one = np.unique(plan.model, return_index=True)
        s2 = twoway.rss[one] / twoway.df[one, None]
        harmonic = len(self.cities) / (1 / self.size).sum()
        s2_city = np.maximum(0.0, rss / df[:, None] - s2 / harmonic)
        s2, s2_city = s2[..., None], s2_city[..., None]
        return s2 / (self.size * s2_city + s2)

    def _series(self, whole: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Linear combinations of the columns, (., ., N, T)."""
        found = (whole @ self.flat).reshape(*whole.shape[:2], *self.present.shape)
        if share.any():
            found += (np.sqrt(share) * (whole @ self.means))[..., None] * self.present
        return found

    def _products(self, whole: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Cross-products of linear combinations with every column, by city, (., ., N, C)."""
        found = whole.astype(np.float32) @ self.each
        found = found.reshape(*whole.shape[:2], len(self.cities), -1)
        if share.any():
            between = (share * self.size * (whole @ self.means)).astype(np.float32)
            found += between[..., None] * self.means.T.astype(np.float32)
        return found
