"""Size and power of six tests of a slope, on the official regressors, where the truth is known.

The regressors, the cities and the years are those of a regression of chapter 4, and stay.  REG is
drawn anew, thousands of times, with errors of our choice, so that the true slope is known and the
share of draws in which a test at 5 % rejects it can be counted.

==============  ================================================================  ============
key             standard error                                                    p from
==============  ================================================================  ============
``classical``   one variance                                                      t(n-N-T+1-K)
``clustered``   clustered by city (CR1)                                           t(N-1)
``cr2``         the same, without bias under independent errors of one size [1]_  t, df matched
``wild``        the same as ``clustered``                                         bootstrap
``jackknife``   from the slopes without each city (CV3)                           t(N-1)
``province``    from the slopes without each province                             t(P-1)
==============  ================================================================  ============

All are location-equivariant: the share that rejects a true slope does not depend on the slope.

References
----------
.. [1] Bell, R. M. and McCaffrey, D. F. (2002). Bias reduction in standard errors for linear
   regression with multi-stage samples. *Survey Methodology*, 28(2), 169-181.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import linalg, stats

from lib import style
from lib.jackknife import EXACT
from lib.panel import DataError
from lib.resampling import bootstrap, kernel

TESTS = {
    "classical": "Classical",
    "clustered": "City (CR1)",
    "cr2": "City, CR2",
    "wild": "City, bootstrap",
    "jackknife": "City, CV3",
    "province": "Province, CV3",
}
LEVEL = 0.05
DRAWS = 2000
BOOTSTRAP = 99
"""Draws of the bootstrap in each: LEVEL times one more is whole, so that its size can be exact."""
_STEP = 500  # draws at a time, which bounds memory


@dataclass(frozen=True)
class Errors:
    """How errors are drawn.

    Attributes
    ----------
    rho : float
        Autocorrelation from a year to the next, within a city.
    own_size : bool
        Each city has the size that its residuals have in the official regression; else all have
        one size.
    shared : float
        Share of the variance that the cities of a province have in common.
    """

    rho: float = 0.0
    own_size: bool = False
    shared: float = 0.0


CASES = {
    "independent": Errors(),
    "persistent": Errors(rho=0.95),
    "each city its own size": Errors(rho=0.95, own_size=True),
    "a province shares": Errors(rho=0.95, own_size=True, shared=0.2),
}
"""Each adds one departure to the one before."""


@dataclass(frozen=True)
class Design:
    """The regressors of one official regression, and the size of its residuals.

    Attributes
    ----------
    terms : tuple of str
    x : array (K, N, T)
        NaN where there is no row.
    present : bool array (N, T)
    coef : array (K,)
        Slopes of the official regression.
    residuals : array (N, T)
        Its residuals; zero where there is no row.
    province : array (N,) of int
    """

    terms: tuple[str, ...]
    x: np.ndarray
    present: np.ndarray
    coef: np.ndarray
    residuals: np.ndarray
    province: np.ndarray

    @cached_property
    def net(self) -> np.ndarray:
        """Regressors free of city and year effects: (K, N, T)."""
        return kernel.within(self.x, self.present)

    @cached_property
    def bread(self) -> np.ndarray:
        """Inverse cross-products of :attr:`net`: (K, K)."""
        flat = self.net.reshape(len(self.net), -1)
        return np.linalg.inv(flat @ flat.T)

    @cached_property
    def cr2(self) -> tuple[np.ndarray, np.ndarray]:
        """Bell and McCaffrey's weights (K, N, T) and degrees of freedom (K,).

        The squared error of slope k is the sum over cities of (weights times residuals, summed over
        years) squared: residuals of a city are multiplied by the inverse root of its block of the
        residual maker.  The degrees of freedom match two moments of it under independent errors.
        """
        used, (city, year) = self.present, np.nonzero(self.present)
        dummies = np.hstack([np.eye(used.shape[0])[city], np.eye(used.shape[1])[year]])
        basis = linalg.orth(np.hstack([dummies, self.net[:, used].T]), rcond=EXACT)
        pull, seen = np.zeros(self.net.shape), []
        for i in range(len(used)):
            own = basis[city == i]
            roots, vectors = np.linalg.eigh(np.eye(len(own)) - own @ own.T)
            # None along the city's own effect, and none needed.
            safe = np.where(roots > EXACT, roots, np.inf)
            root = vectors / np.sqrt(safe) @ vectors.T
            pull[:, i, used[i]] = self.bread @ self.net[:, i, used[i]] @ root
            seen.append(pull[:, i, used[i]] @ own)
        df = []
        for each, part in zip(pull, np.array(seen).swapaxes(0, 1), strict=True):
            gram = np.diag((each**2).sum(axis=1)) - part @ part.T
            df.append(np.trace(gram) ** 2 / (gram**2).sum())
        return pull, np.array(df)

    @cached_property
    def without_province(self) -> np.ndarray:
        """Weights that give the slopes without each province, from REG: (P, K, N, T)."""
        made = []
        for code in np.unique(self.province):
            kept = self.present & (self.province != code)[:, None]
            net = kernel.within(self.x, kept)
            flat = net.reshape(len(net), -1)
            made.append(np.tensordot(np.linalg.inv(flat @ flat.T), net, axes=1))
        return np.array(made)


def design(rows: pd.DataFrame, x: Sequence[str] = ("LM", "IA"), y: str = "REG") -> Design:
    """Take the regressors of a regression, and the residuals that the official figures leave.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.rows` for a column.

    Raises
    ------
    lib.panel.DataError
        As :func:`lib.resampling.kernel.cube` and :func:`lib.resampling.kernel.fit`.
    """
    cube = kernel.cube(rows, [y, *x])
    fits = kernel.fit(cube.values[:1], cube.values[1:], cube.present)
    province = rows.groupby("city")["province"].first().loc[cube.entities]
    return Design(
        tuple(x), cube.values[1:], cube.present, fits.coef[0], fits.residuals[0],
        pd.factorize(province, sort=True)[0],
    )  # fmt: skip


def persistence(values: np.ndarray) -> float:
    """First-order autocorrelation within cities of values (N, T) that are free of effects."""
    return float((values[:, 1:] * values[:, :-1]).sum() / (values**2).sum())


def left_of(rho: float, years: int) -> float:
    """What :func:`persistence` an AR(1) has on average once each city's mean is taken off."""
    lags = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    centre = np.eye(years) - 1 / years
    left = centre @ rho**lags @ centre
    return float(np.trace(left, 1) / np.trace(left))


def alike(made: Design) -> float:
    """Mean correlation of the residuals of two cities of one province."""
    unit = made.residuals / np.sqrt((made.residuals**2).sum(axis=1, keepdims=True))
    same = made.province[:, None] == made.province
    np.fill_diagonal(same, False)
    return float((unit @ unit.T)[same].mean())


def draw(made: Design, kind: Errors, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Errors (draws, N, T): normal, stationary, of the size of the official residuals.

    ``e_t = rho e_(t-1) + sqrt(1 - rho^2) u_t`` within a city; with a shared part, the same of a
    province, and the weighted sum of both.  Sizes make up for what the city effects will take.

    Raises
    ------
    lib.panel.DataError
        ``rho`` or ``shared`` is not from 0 to below 1.
    """
    for name, value in (("rho", kind.rho), ("shared", kind.shared)):
        if not 0 <= value < 1:
            raise DataError(f"{name}: found {value}, expected 0 to below 1")
    cities, years = made.present.shape
    errors = np.sqrt(1 - kind.shared) * _ar1(rng, (draws, cities, years), kind.rho)
    if kind.shared:
        common = _ar1(rng, (draws, made.province.max() + 1, years), kind.rho)
        errors += np.sqrt(kind.shared) * common[:, made.province]
    lags = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    square, count = (made.residuals**2).sum(axis=1), made.present.sum(axis=1)
    size = square / count if kind.own_size else square.sum() / count.sum()
    return errors * np.sqrt(np.broadcast_to(size, cities) / (1 - (kind.rho**lags).mean()))[:, None]


def _ar1(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> np.ndarray:
    errors = rng.standard_normal(shape)
    for t in range(1, shape[-1]):
        errors[..., t] = rho * errors[..., t - 1] + np.sqrt(1 - rho**2) * errors[..., t]
    return errors


def p_values(
    made: Design, errors: np.ndarray, shift: np.ndarray | float = 0.0, seed: int = 2023
) -> dict[str, np.ndarray]:
    """p-values (R, K) of the hypothesis that each slope is zero, test by test.

    Parameters
    ----------
    errors : array (R, N, T)
    shift : array (K,) or float
        The true slopes.
    seed : int
        Of the bootstrap: Rademacher weights, the hypothesis imposed.
    """
    fits = kernel.fit(errors, made.x, made.present)
    coef = fits.coef + shift
    pull, df = made.cr2
    kinds: tuple[kernel.Covariance, ...] = ("classical", "clustered", "jackknife")
    errors_of = {str(kind): (fits.se(kind), fits.df(kind)[:, None]) for kind in kinds}
    scores = np.einsum("knt,rnt->rkn", pull, fits.residuals, optimize=True)
    errors_of["cr2"] = np.sqrt((scores**2).sum(axis=2)), df
    weights = made.without_province
    without = errors.reshape(len(errors), -1) @ weights.reshape(-1, errors[0].size).T
    gap = without.reshape(len(errors), *weights.shape[:2]) - fits.coef[:, None]
    left = len(weights) - 1
    errors_of["province"] = np.sqrt(left / (left + 1) * (gap**2).sum(axis=1)), np.array(left)
    p = {name: 2 * stats.t.sf(np.abs(coef / se), df) for name, (se, df) in errors_of.items()}
    signs = bootstrap.weights(BOOTSTRAP, len(made.present), seed)
    wild = []
    for k, true in enumerate(np.broadcast_to(shift, len(made.terms))):
        # y = e + b x under "slope zero" is e under "slope -b".
        t, drawn = bootstrap.many(fits, k, signs, null=-float(true))
        wild.append(bootstrap.p_value(drawn, t, enumerated=False))
    return {name: p[name] if name in p else np.transpose(wild) for name in TESTS}


def rejections(
    made: Design,
    kind: Errors,
    shift: np.ndarray | float = 0.0,
    draws: int = DRAWS,
    seed: int = 1996,
) -> pd.DataFrame:
    """Count the draws in which each test rejects "slope zero" at 5 %.

    Parameters
    ----------
    shift : array (K,) or float
        The true slopes.  With 0 the share is the size of a test, with others its power.

    Returns
    -------
    DataFrame
        ``term, test, rejected, draws, share, error``, the last the Monte Carlo standard error
        sqrt(share (1 - share) / draws).
    """
    rng = np.random.default_rng(seed)
    counted = dict.fromkeys(TESTS, np.zeros(len(made.terms), dtype=int))
    for first in range(0, draws, _STEP):
        p = p_values(made, draw(made, kind, min(_STEP, draws - first), rng), shift, seed + first)
        counted = {name: counted[name] + (p[name].round(9) <= LEVEL).sum(axis=0) for name in TESTS}
    rows = [
        {"term": term, "test": test, "rejected": int(count)}
        for k, term in enumerate(made.terms)
        for test, count in zip(TESTS, np.transpose(list(counted.values()))[k], strict=True)
    ]
    share = pd.DataFrame(rows).assign(draws=draws)
    share["share"] = share["rejected"] / draws
    return share.assign(error=np.sqrt(share["share"] * (1 - share["share"]) / draws))


def percents(found: pd.DataFrame) -> pd.DataFrame:
    """Shares in per cent: a row a slope and kind of error, a column a test under its name.

    Parameters
    ----------
    found : DataFrame
        As from :func:`rejections`, with columns ``reading`` and ``errors``.
    """
    named = found.assign(Slope=found["reading"] + ": " + found["term"], Errors=found["errors"])
    head = ["Slope", "Errors"]
    order = named[head].drop_duplicates().sort_values("Slope", kind="stable")
    wide = 100 * named.pivot(index=head, columns="test", values="share")
    return wide.loc[pd.MultiIndex.from_frame(order), list(TESTS)].rename(columns=TESTS)


def sizes(found: pd.DataFrame) -> style.Chart:
    """The share that each test rejects of true hypotheses: a row a test, a mark a coefficient.

    Parameters
    ----------
    found : DataFrame
        As from :func:`rejections`, with a column ``reading``, ``flow`` or ``stock``.
    """
    fig, ax = style.figure(style.WIDTH, 3.9)
    for reading, colour in (("flow", style.FLOW), ("stock", style.STOCK)):
        of_reading = found[found["reading"].eq(reading)]
        for place, test in enumerate(reversed(TESTS)):
            share = 100 * of_reading.loc[of_reading["test"].eq(test), "share"].to_numpy()
            side = 0.16 if reading == "flow" else -0.16
            spread = side + 0.13 * np.linspace(-1, 1, len(share))
            ax.plot(
                share, place + spread, style.READING_MARKER[reading], color=colour, markersize=4,
                alpha=0.75, label=reading if place == 0 else None,
            )  # fmt: skip
    ax.axvline(100 * LEVEL, color=style.INK, linewidth=1, linestyle="--")
    ax.set_xscale("function", functions=(lambda v: np.sqrt(np.clip(v, 0, None)), np.square))
    ax.set_xticks([0, 1, 2, 5, 10, 20, 30, 50])
    ax.set_xlim(0, 55)
    ax.set_yticks(range(len(TESTS)), list(reversed(TESTS.values())))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("True hypotheses rejected at 5 % (%, root scale)")
    fig.legend(loc="outside upper left", ncols=2)
    return style.Chart(fig, "Simulated: size of six tests")
