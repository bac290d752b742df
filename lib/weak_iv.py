"""Inference that does not need strong instruments, and the statistics that say how weak they are.

Two-stage least squares leans on the first stage: where the instruments hardly move the regressors,
its t-statistics mean little.  Everything here is read off the *reduced form* instead, the
regressions of y and of each endogenous regressor on the instruments,

    y = Z pi_y + e_y,      x_j = Z pi_j + e_j,      j = 1 .. m,

with the exogenous regressors and the effects projected out of all of them, and one covariance of
all coefficients.  For a vector a = (1, -b) the coefficients of y - x b on Z are
``d(a) = pi_y - Pi b``, with covariance ``V(a)``, the matching combination of its blocks, and

    R(a) = d(a)' V(a)^-1 d(a) / L,                  L instruments.

R(1, -b) is the Anderson-Rubin statistic of b [1]_, whatever the strength of the instruments.
R(0, u) is the F of the instruments in a regression of x u: its least value over all directions u
says whether they move the endogenous regressors apart.  R does not change when a is multiplied by
a number, so both live on one circle (m = 1) or sphere (m = 2) and a confidence set is unbounded
just where R(0, u) is below the same critical value.

References
----------
.. [1] Anderson, T. W. and Rubin, H. (1949). Estimation of the parameters of a single equation in
   a complete system of stochastic equations. *Annals of Mathematical Statistics*, 20(1), 46-63.
   Clustered in this Wald form: Finlay, K. and Magnusson, L. M. (2009). Implementing
   weak-instrument robust tests for a general class of instrumental-variables models. *Stata
   Journal*, 9(3), 398-421.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from linearmodels.panel.data import PanelData
from scipy import optimize, stats

from lib.estimation import LEVEL, IVEstimate, Statistic, iv_2sls
from lib.panel import DataError

Errors = Literal["clustered", "classical"]
TAU = 0.1  # the share of the worst bias that the critical value of the effective F allows
_GRID = 361  # points on a half circle, half a degree apart
_FINE = 512  # points on a circle for the largest value of a smooth function, then refined


@dataclass(frozen=True)
class ReducedForm:
    """The regressions of y and of the endogenous regressors on the instruments.

    Attributes
    ----------
    y : str
    endog, instruments : tuple of str
    coef : DataFrame, instruments x (y, endog)
    cov : array (1 + m, 1 + m, L, L)
        Covariance of the coefficients, a block for each pair of equations.
    moments : array (L, L)
        Z'Z, exogenous regressors and effects projected out.
    df : tuple of int
        Of the F distribution: L, and clusters less one (``clustered``) or the residual degrees of
        freedom, every effect counted (``classical``).
    beta, se : Series
        2SLS slopes of the endogenous regressors and their clustered standard errors.
    errors : str
    """

    y: str
    endog: tuple[str, ...]
    instruments: tuple[str, ...]
    coef: pd.DataFrame
    cov: np.ndarray = field(repr=False)
    moments: np.ndarray = field(repr=False)
    df: tuple[int, int]
    beta: pd.Series
    se: pd.Series
    errors: str

    def ratio(self, a: np.ndarray) -> np.ndarray:
        """R of this module for combinations `a` (..., 1 + m) of y and the endogenous regressors."""
        gap, cov = self._parts(np.asarray(a, dtype=float))
        return (gap * np.linalg.solve(cov, gap[..., None])[..., 0]).sum(axis=-1) / self.df[0]

    def _parts(self, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gap = a @ self.coef.to_numpy().T
        return gap, np.einsum("...j,...k,jkpq->...pq", a, a, self.cov, optimize=True)


@dataclass(frozen=True)
class ConfidenceSet:
    """All values of one slope that a test does not reject: none, one or more intervals.

    Attributes
    ----------
    intervals : tuple of (float, float)
        In ascending order; an end may be infinite.
    level : float
        Coverage, 0.95.
    """

    intervals: tuple[tuple[float, float], ...]
    level: float = LEVEL

    def __contains__(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.intervals)

    @property
    def shape(self) -> str:
        """``empty``, ``line`` (all numbers), ``bounded`` or ``unbounded``."""
        if not self.intervals:
            return "empty"
        ends = [end for interval in self.intervals for end in interval]
        if self.intervals == ((-np.inf, np.inf),):
            return "line"
        return "bounded" if np.isfinite(ends).all() else "unbounded"

    @property
    def sign(self) -> str:
        """``positive`` or ``negative`` where all its values are, else ``undecided``."""
        if self.intervals and self.intervals[0][0] > 0:
            return "positive"
        if self.intervals and self.intervals[-1][1] < 0:
            return "negative"
        return "undecided"


@dataclass(frozen=True)
class EffectiveF:
    """Strength of the instruments of one endogenous regressor.

    Attributes
    ----------
    f : float
        Effective F.
    degrees : float
        Effective number of instruments, between 1 and L.
    critical : float
        5 % critical value of the hypothesis that the bias of 2SLS exceeds a tenth of its worst.
    """

    f: float
    degrees: float
    critical: float


def reduced_form(
    data: pd.DataFrame,
    fit: IVEstimate,
    errors: Errors = "clustered",
    entity: str = "city_code",
    time: str = "year",
) -> ReducedForm:
    """Regress y and the endogenous regressors of a 2SLS estimate on its instruments.

    Parameters
    ----------
    data : DataFrame
        The rows that `fit` was made from; those it used are taken by their index labels.
    fit : IVEstimate
        As from :func:`lib.estimation.iv_2sls`; its rows, regressors, instruments and effects hold.
    errors : {"clustered", "classical"}
        Degrees of freedom and small-sample factors are those of :mod:`lib.estimation`.
    entity, time : str
        As in the call that made `fit`.

    Raises
    ------
    DataError
        An index label is there twice, a column or row is missing, or `data` do not give the slopes
        of `fit`, so that they cannot be the rows that it was made from.
    """
    if errors not in get_args(Errors):
        raise DataError(f"errors: found {errors!r}, expected one of {', '.join(get_args(Errors))}")
    columns = [fit.y, *fit.endog, *fit.exog, *fit.instruments]
    unknown = [name for name in (entity, time, *columns) if name not in data.columns]
    if unknown:
        raise DataError(f"reduced form: found no column {', '.join(unknown)} in the data")
    if data.index.has_duplicates or not fit.residuals.index.isin(data.index).all():
        raise DataError(
            "reduced form: found index labels twice, or none for some rows of the estimate; "
            "expected the rows that it was made from"
        )
    rows = data.loc[fit.residuals.index]
    clusters, cities = pd.factorize(rows[entity])
    within = _within(rows, columns, fit.effects, entity, time)
    outer = within[list(fit.exog)].to_numpy()
    net = within.to_numpy() - outer @ np.linalg.lstsq(outer, within.to_numpy(), rcond=None)[0]
    net = pd.DataFrame(net, columns=columns)
    left, z = net[[fit.y, *fit.endog]].to_numpy(), net[list(fit.instruments)].to_numpy()

    moments = z.T @ z
    bread = np.linalg.inv(moments)
    coef = bread @ z.T @ left
    residuals = left - z @ coef
    slopes = len(fit.instruments) + len(fit.exog)
    if errors == "clustered":
        scores = np.zeros((len(cities), z.shape[1], left.shape[1]))
        np.add.at(scores, clusters, z[:, :, None] * residuals[:, None, :])
        meat = np.einsum("gpj,gqk->jkpq", scores, scores)
        counted = 1 + (len(fit.years) - 1 if fit.effects in ("twoway", "time") else 0)
        groups, n = len(cities), len(rows)
        cov = bread @ meat @ bread * groups / (groups - 1) * (n - 1) / (n - slopes - counted)
        df = groups - 1
    else:
        df = fit.df_resid + len(fit.endog) - len(fit.instruments)
        cov = np.einsum("jk,pq->jkpq", residuals.T @ residuals / df, bread)
    return _checked(
        ReducedForm(
            y=fit.y,
            endog=fit.endog,
            instruments=fit.instruments,
            coef=pd.DataFrame(coef, list(fit.instruments), [fit.y, *fit.endog]),
            cov=cov,
            moments=moments,
            df=(len(fit.instruments), df),
            beta=fit.coef[list(fit.endog)],
            se=fit.clustered.loc[list(fit.endog), "se"],
            errors=errors,
        )
    )


def anderson_rubin(form: ReducedForm, beta: Mapping[str, float]) -> Statistic:
    """Test that the endogenous regressors have given slopes, valid under weak instruments.

    Parameters
    ----------
    form : ReducedForm
    beta : mapping
        A slope for each endogenous regressor.

    Returns
    -------
    Statistic
        F statistic of the instruments in a regression of ``y - x beta``.

    Raises
    ------
    DataError
        `beta` does not name the endogenous regressors, each once.

    Notes
    -----
    It rejects where `beta` is wrong, and also where an instrument acts on y past the regressors.
    """
    if set(beta) != set(form.endog):
        names = ", ".join(form.endog)
        raise DataError(f"slopes: found {', '.join(beta)}, expected one for each of {names}")
    value = float(form.ratio(np.array([1.0, *(-beta[name] for name in form.endog)])))
    return Statistic(value, form.df, float(stats.f.sf(value, *form.df)))


def confidence_set(form: ReducedForm, term: str | None = None) -> ConfidenceSet:
    """All values of a slope that the Anderson-Rubin test does not reject at 5 %.

    Parameters
    ----------
    form : ReducedForm
        With one endogenous regressor, or two.
    term : str, optional
        With two: which.  Its set holds the values that some value of the other slope goes with:
        the joint region projected, which covers at least 95 % [1]_.

    Raises
    ------
    DataError
        There are more than two endogenous regressors, or `term` is none of them.

    Notes
    -----
    With one endogenous regressor, the values where R equals its critical value are roots of a
    polynomial of degree 2L, and all of them are found; with L = 1 it is the quadratic of the
    reduced form's t test.  The set is empty where the instruments contradict each other (L > 1
    only), and unbounded where the first-stage F, on the same distribution, is not significant.
    The projection looks for its ends on a grid that is dense within some standard errors of
    the 2SLS estimate, and refines them.

    References
    ----------
    .. [1] Dufour, J.-M. and Taamouti, M. (2005). Projection-based statistical inference in linear
       structural models with possibly weak instruments. *Econometrica*, 73(4), 1351-1365.
    """
    if len(form.endog) == 1:
        number, arcs = 0, _arcs(form, *_axes(form))
    else:
        number = _position(form, term)
        arcs = _projection(form, number)
    return _on_line(arcs, form.beta.iloc[number], form.se.iloc[number])


def weakest_direction(form: ReducedForm) -> Statistic:
    """The least F of the instruments over all combinations of the endogenous regressors.

    With one of them it is the first-stage F.  With two it is small where the instruments do not
    move one apart from the other; from the classical covariance it is Cragg and Donald's statistic.
    The joint Anderson-Rubin region is bounded just where this is significant at 5 %.

    Returns
    -------
    Statistic
        The p-value is from F(L, df): an upper bound, for the direction has been searched for.
    """
    if len(form.endog) > 2:
        raise DataError(f"found {len(form.endog)} endogenous regressors, expected one or two")
    if len(form.endog) == 1:
        value = float(form.ratio(np.array([0.0, 1.0])))
    else:
        first, second = _axes(form)[1:]
        angles = np.linspace(0, np.pi, _FINE, endpoint=False)
        best = angles[np.argmin(form.ratio(_circle(first, second, angles)))]
        step = angles[1]
        value = optimize.minimize_scalar(
            lambda angle: float(form.ratio(_circle(first, second, angle))),
            bounds=(best - step, best + step),
            method="bounded",
            options={"xatol": 1e-10},
        ).fun
    return Statistic(float(value), form.df, float(stats.f.sf(value, *form.df)))


def effective_f(form: ReducedForm, tau: float = TAU) -> EffectiveF:
    """Effective F of Montiel Olea and Pflueger [1]_, for one endogenous regressor.

    ``pi' Q pi / tr(V Q)`` with Q = Z'Z: the first-stage F as it matters for the bias of 2SLS when
    errors are not homoskedastic.  With one instrument it is the first-stage F of that covariance.

    Parameters
    ----------
    tau : float
        Bias that is tolerated, as a share of the worst.  The critical value is the one the authors
        call simplified: it holds whatever the correlation of the two errors.

    Raises
    ------
    DataError
        There are two endogenous regressors or more, or `tau` is not between 0 and 1.

    References
    ----------
    .. [1] Montiel Olea, J. L. and Pflueger, C. (2013). A robust test for weak instruments.
       *Journal of Business and Economic Statistics*, 31(3), 358-369.
    """
    if len(form.endog) != 1:
        raise DataError(f"effective F: found {len(form.endog)} endogenous regressors, expected one")
    if not 0 < tau < 1:
        raise DataError(f"tau: found {tau}, expected a share between 0 and 1")
    pi, cov = form.coef[form.endog[0]].to_numpy(), form.cov[1, 1]
    root = np.linalg.cholesky(form.moments)
    weight = root.T @ cov @ root
    trace, largest = np.trace(weight), np.linalg.eigvalsh(weight)[-1]
    x = 1 / tau
    degrees = trace**2 * (1 + 2 * x) / ((weight**2).sum() + 2 * x * trace * largest)
    critical = stats.ncx2.ppf(0.95, degrees, degrees * x) / degrees
    f = pi @ form.moments @ pi / trace
    return EffectiveF(float(f), float(degrees), float(critical))


def conditional_f(form: ReducedForm) -> pd.DataFrame:
    """F of the instruments for each endogenous regressor given the others [1]_.

    Each regressor less what 2SLS says the others explain of it is regressed on the instruments;
    the Wald statistic is divided by ``L - m + 1``, what is left to identify it.

    Returns
    -------
    DataFrame
        Index endog; columns ``f``, ``p``, on ``F(L - m + 1, df)``.  With one endogenous regressor,
        the first-stage F.

    References
    ----------
    .. [1] Sanderson, E. and Windmeijer, F. (2016). A weak instrument F-test in linear IV models
       with multiple endogenous variables. *Journal of Econometrics*, 190(2), 212-221.
    """
    first, left = form.coef[list(form.endog)].to_numpy(), form.df[0] - len(form.endog) + 1
    found = []
    for k in range(len(form.endog)):
        others = np.delete(first, k, axis=1)
        fitted = np.linalg.solve(
            others.T @ form.moments @ others, others.T @ form.moments @ first[:, k]
        )
        a = np.concatenate([[0.0], np.insert(-fitted, k, 1.0)])
        found.append(float(form.ratio(a)) * form.df[0] / left)
    table = pd.DataFrame({"f": found}, index=list(form.endog))
    return table.assign(p=stats.f.sf(table["f"], left, form.df[1]))


def signs(form: ReducedForm) -> tuple[str, ...]:
    """Sign patterns of the slopes that the joint Anderson-Rubin test at 5 % leaves possible.

    Returns
    -------
    tuple of str
        Of ``++``, ``+-``, ``-+``, ``--`` (two endogenous regressors, in their order), those with
        an accepted point.  The first slope runs over a grid that is dense within some standard
        errors of zero; for the second, the polynomial of :func:`confidence_set` is searched.
    """
    if len(form.endog) != 2:
        raise DataError(f"signs: found {len(form.endog)} endogenous regressors, expected two")
    origin, first, second = np.diag([1.0, *-form.se])
    halves = np.pi / 2 * (np.arange(_GRID) + 0.5) / _GRID
    order = np.fft.fftfreq(2 * form.df[0] + 1, 1 / (2 * form.df[0] + 1))
    found = []
    for one, angles in (("+", halves), ("-", -halves)):
        point = _circle(origin, first, angles)
        coefficients = _fourier(form, point, np.broadcast_to(second, point.shape))
        for other, side in (("+", halves), ("-", -halves)):
            waves = np.exp(2j * np.outer(order, side))
            if ((coefficients @ waves).real >= 0).any():
                found.append(one + other)
    return tuple(found)


def statistic_on_grid(form: ReducedForm, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Anderson-Rubin F over a grid of two slopes: array (values of second, values of first)."""
    if len(form.endog) != 2:
        raise DataError(f"grid: found {len(form.endog)} endogenous regressors, expected two")
    one, other = np.meshgrid(first, second)
    return form.ratio(np.stack([np.ones_like(one), -one, -other], axis=-1))


@dataclass(frozen=True)
class Evidence:
    """A 2SLS estimate with all that is valid whatever the strength of its instruments.

    Attributes
    ----------
    fit : IVEstimate
    form : ReducedForm
        Clustered.
    sets : dict
        Endogenous regressor -> Anderson-Rubin set at 95 %.
    conditional : DataFrame
        As from :func:`conditional_f`.
    weakest : Statistic
        As from :func:`weakest_direction`.
    zero : Statistic
        Anderson-Rubin test that all endogenous slopes are zero.
    """

    fit: IVEstimate
    form: ReducedForm
    sets: dict[str, ConfidenceSet]
    conditional: pd.DataFrame
    weakest: Statistic
    zero: Statistic

    def supports(self, terms: Sequence[str], level: float) -> bool:
        """Whether 2SLS gives each term a positive slope, significant at `level` (clustered)."""
        table = self.fit.clustered.loc[list(terms)]
        return bool(((table["t"] > 0) & (table["p"] < level)).all())

    @property
    def bounded(self) -> bool:
        """Whether the joint Anderson-Rubin region is bounded."""
        return self.weakest.p < 1 - LEVEL


def examine(
    rows: pd.DataFrame,
    y: str,
    endog: Sequence[str],
    exog: Sequence[str],
    instruments: Sequence[str],
) -> Evidence:
    """Estimate by 2SLS under city and year effects and judge it without trusting its strength.

    Parameters and errors as for :func:`lib.estimation.iv_2sls`; one or two endogenous regressors.
    """
    fit = iv_2sls(rows, y, endog, exog, instruments)
    form = reduced_form(rows, fit)
    return Evidence(
        fit=fit,
        form=form,
        sets={name: confidence_set(form, name) for name in fit.endog},
        conditional=conditional_f(form),
        weakest=weakest_direction(form),
        zero=anderson_rubin(form, dict.fromkeys(fit.endog, 0.0)),
    )


def _within(
    rows: pd.DataFrame, columns: Sequence[str], effects: str, entity: str, time: str
) -> pd.DataFrame:
    frame = rows[list(columns)].astype(float)
    if effects == "none":
        return frame - frame.mean()
    panel = PanelData(frame.set_axis(pd.MultiIndex.from_frame(rows[[entity, time]]), axis=0))
    group: Any = {"twoway": "both", "entity": "entity", "time": "time"}[effects]
    return panel.demean(group).dataframe


def _checked(form: ReducedForm) -> ReducedForm:
    """Refuse data that do not give the slopes of the estimate they are said to be behind."""
    first = form.coef[list(form.endog)].to_numpy()
    weighted = first.T @ form.moments
    slopes = np.linalg.solve(weighted @ first, weighted @ form.coef[form.y].to_numpy())
    if not np.allclose(slopes, form.beta, rtol=1e-6, atol=1e-6 * form.se.max()):
        raise DataError(
            f"reduced form: found slopes {slopes.round(6).tolist()} in the data and "
            f"{form.beta.round(6).tolist()} in the estimate; expected the rows it was made from"
        )
    return form


def _critical(form: ReducedForm) -> float:
    return float(stats.f.ppf(LEVEL, *form.df))


def _position(form: ReducedForm, term: str | None) -> int:
    if len(form.endog) != 2 or term not in form.endog:
        raise DataError(
            f"term: found {term!r} with endogenous {', '.join(form.endog)}; expected one of two"
        )
    return form.endog.index(term)


def _axes(form: ReducedForm) -> np.ndarray:
    """A frame for a: the 2SLS estimate, and a standard error along each slope.

    ``cos(t) frame[0] + sin(t) frame[1]`` is the point ``beta + se tan(t)``; at a right angle it is
    infinity, where the two ends of the line meet.
    """
    frame = -np.diag([1.0, *form.se])
    frame[0] = [1.0, *-form.beta]
    return frame


def _circle(first: np.ndarray, second: np.ndarray, angle: np.ndarray | float) -> np.ndarray:
    angle = np.asarray(angle)[..., None]
    return np.cos(angle) * first + np.sin(angle) * second


def _fourier(form: ReducedForm, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Coefficients of ``det V (L c - d' V^-1 d)``, positive where R is below its critical value c.

    On the circle through `first` (..., 1 + m) and `second` it is a trigonometric polynomial of
    degree L in twice the angle, so that 2L + 1 points determine it.
    """
    size = form.df[0]
    points = 2 * size + 1
    angles = np.pi * np.arange(points) / points
    a = _circle(first[..., None, :], second[..., None, :], angles)
    gap, cov = form._parts(a)
    # The sign stays the same when V is put into units in which it is about one.
    unit = np.linalg.inv(np.linalg.cholesky(cov.mean(axis=-3, keepdims=True)))
    cov = unit @ cov @ unit.swapaxes(-1, -2)
    gap = (unit @ gap[..., None])[..., 0]
    wald = (gap * np.linalg.solve(cov, gap[..., None])[..., 0]).sum(axis=-1)
    values = np.linalg.det(cov) * (size * _critical(form) - wald)
    return np.fft.fft(values, axis=-1) / points


def _arcs(form: ReducedForm, first: np.ndarray, second: np.ndarray) -> list[tuple[float, float]]:
    """Arcs of a half circle on which R is at most its critical value; (0, pi) is all of it."""
    critical = _critical(form)

    def slack(angle: float) -> float:
        return critical - float(form.ratio(_circle(first, second, angle)))

    # In z = exp(2i angle) the polynomial runs from z^-L to z^L; numpy wants the highest first.
    roots = np.roots(np.roll(_fourier(form, first, second), form.df[0])[::-1])
    # A root off the unit circle is no crossing, and does no harm as one place more to look at.
    breaks = np.unique(np.round(np.angle(roots) / 2, 12))
    points = (breaks + np.append(breaks[1:], breaks[:1] + np.pi)) / 2
    return _where_positive(slack, points if len(points) else np.zeros(1))


def _projection(form: ReducedForm, number: int) -> list[tuple[float, float]]:
    """Arcs of one slope of two for which the slice of the joint region is not empty."""
    frame = _axes(form)
    this, other = frame[1 + number], frame[2 - number]

    def best(angle: np.ndarray | float) -> np.ndarray:
        point = _circle(frame[0], this, angle)
        return _largest(_fourier(form, point, np.broadcast_to(other, point.shape)))

    angles = np.pi * (np.arange(_GRID) / _GRID - 0.5)
    return _where_positive(lambda angle: float(best(angle)), angles, best(angles) >= 0)


def _where_positive(
    function: Callable[[float], float], points: np.ndarray, inside: np.ndarray | None = None
) -> list[tuple[float, float]]:
    """Arcs of a circle of length pi where `function` is not negative.

    Its sign is looked at in `points`, ascending, and each change between two of them is refined.
    """
    if inside is None:
        inside = np.array([function(angle) >= 0 for angle in points])
    if inside.all() or not inside.any():
        return [(0.0, np.pi)] if inside.all() else []
    before = np.append(points[-1] - np.pi, points[:-1])
    starts: list[float] = []
    ends: list[float] = []
    for k, (low, high) in enumerate(zip(before, points, strict=True)):
        if inside[k - 1] != inside[k]:
            edge = float(optimize.brentq(function, low, high, xtol=1e-14))
            (starts if inside[k] else ends).append(edge)
    # Each arc ends at the next end that comes after its start, perhaps past the right angle.
    return [(start, min(e if e > start else e + np.pi for e in ends)) for start in starts]


def _largest(coefficients: np.ndarray) -> np.ndarray:
    """Largest value of trigonometric polynomials given by Fourier coefficients (..., 2L + 1)."""
    degree = coefficients.shape[-1] // 2
    order = np.fft.fftfreq(coefficients.shape[-1], 1 / coefficients.shape[-1])
    angles = 2 * np.pi * np.arange(_FINE) / _FINE
    values = (coefficients @ np.exp(1j * np.outer(order, angles))).real
    at = angles[values.argmax(axis=-1)]
    for _ in range(4 if degree else 0):  # Newton's steps from the best point of the grid
        wave = coefficients * np.exp(1j * order * at[..., None])
        slope, bend = (1j * order * wave).sum(-1).real, (-(order**2) * wave).sum(-1).real
        move = np.divide(slope, bend, out=np.zeros_like(slope), where=bend < 0)
        at = at - np.clip(move, -angles[1], angles[1])
    refined = (coefficients * np.exp(1j * order * at[..., None])).sum(-1).real
    return np.maximum(refined, values.max(axis=-1))


def _on_line(arcs: list[tuple[float, float]], centre: float, scale: float) -> ConfidenceSet:
    """Arcs of the circle as intervals of ``centre + scale tan(angle)``."""
    if arcs == [(0.0, np.pi)]:
        return ConfidenceSet(((-np.inf, np.inf),))
    intervals = []
    right = np.pi / 2
    for start, end in arcs:
        turn = np.pi * np.ceil((start - right) / np.pi)  # brings the start below the right angle
        start, end = start - turn, end - turn
        low = centre + scale * np.tan(start)
        if end < right:
            intervals.append((low, centre + scale * np.tan(end)))
        else:
            intervals += [(low, np.inf), (-np.inf, centre + scale * np.tan(end - np.pi))]
    return ConfidenceSet(tuple(sorted((float(low), float(high)) for low, high in intervals)))
