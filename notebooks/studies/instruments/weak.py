"""Inference that does not need strong instruments, and how strong they are.

Everything is read off the *reduced form*, the regressions of y and of each endogenous regressor on
L instruments, effects and exogenous regressors in both,

    y = Z pi_0 + e_0,      x_j = Z pi_j + e_j,      j = 1 .. m,

with one covariance of all coefficients.  For a = (1, -b), y - x b has the coefficients
``d(a) = pi a`` on Z, with covariance ``V(a)``, and

    R(a) = d(a)' V(a)^-1 d(a) / L.

R(1, -b) is the statistic of Anderson and Rubin [1]_ for slopes b; R(0, u) is the F of the
instruments in a regression of x u.  R does not change when a is multiplied by a number, so a
confidence set is unbounded just where some R(0, u) is below the same critical value.

Our own, because no library of ours makes clustered sets, or any from a jackknife.

References
----------
.. [1] Anderson, T. W. and Rubin, H. (1949). Estimation of the parameters of a single equation in a
   complete system of stochastic equations. *Annals of Mathematical Statistics*, 20(1), 46-63.
   Clustered: Finlay, K. and Magnusson, L. M. (2009). Implementing weak-instrument robust tests for
   a general class of instrumental-variables models. *Stata Journal*, 9(3), 398-421.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from linearmodels.panel.data import PanelData
from scipy import optimize, stats

from lib.estimation import Statistic
from lib.jackknife import COVERAGE, leave_one_out, usable
from lib.panel import DataError
from lib.prose import number

TAU = 0.1
"""Share of the worst bias that the critical value of the effective F allows."""
_POINTS = 512


@dataclass(frozen=True)
class ReducedForm:
    """The regressions of y and of the endogenous regressors on the instruments.

    Attributes
    ----------
    y, endog, instruments : str, tuple of str
    coef : DataFrame, instruments by (y, endog)
    cov : array (1 + m, 1 + m, L, L)
        Covariance of the coefficients, a block for each pair of equations.
    moments : array (L, L)
        Z'Z net of effects and exogenous regressors.
    df : tuple of int
        Of F: L, and cities less one.
    nobs, n_entities : int
    """

    y: str
    endog: tuple[str, ...]
    instruments: tuple[str, ...]
    coef: pd.DataFrame
    cov: np.ndarray = field(repr=False)
    moments: np.ndarray = field(repr=False)
    df: tuple[int, int]
    nobs: int
    n_entities: int

    @property
    def beta(self) -> pd.Series:
        """Slopes of two-stage least squares."""
        first, y = self.coef[list(self.endog)].to_numpy(), self.coef[self.y].to_numpy()
        weighted = first.T @ self.moments
        return pd.Series(np.linalg.solve(weighted @ first, weighted @ y), list(self.endog))

    @property
    def critical(self) -> float:
        """Critical value of R at 5 %."""
        return float(stats.f.ppf(COVERAGE, *self.df))

    def ratio(self, a: np.ndarray) -> np.ndarray:
        """R of this module for combinations `a` (..., 1 + m) of y and the endogenous regressors."""
        gap, cov = self.parts(np.asarray(a, dtype=float))
        return (gap * np.linalg.solve(cov, gap[..., None])[..., 0]).sum(axis=-1) / self.df[0]

    def parts(self, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The coefficients d(a) and their covariance V(a)."""
        return a @ self.coef.to_numpy().T, np.einsum("...j,...k,jkpq->...pq", a, a, self.cov)


@dataclass(frozen=True)
class ConfidenceSet:
    """All values of a slope that a test does not reject: none, one or more intervals."""

    intervals: tuple[tuple[float, float], ...]

    def __contains__(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.intervals)

    def __str__(self) -> str:
        ends = [
            ("[" if np.isfinite(low) else "(") + _end(low) + ", " + _end(high)
            + ("]" if np.isfinite(high) else ")")
            for low, high in self.intervals
        ]  # fmt: skip
        return " ∪ ".join(ends) or "∅"

    @property
    def numbers(self) -> dict[str, float]:
        """The ends by name, for the CSV of a table."""
        ends: dict[str, float] = {}
        for place, (low, high) in enumerate(self.intervals, start=1):
            more = f" {place}" if place > 1 else ""
            ends |= {f"low{more}": low, f"high{more}": high}
        return ends

    @property
    def shape(self) -> str:
        """``empty``, ``line`` (all numbers), ``bounded`` or ``unbounded``."""
        if not self.intervals:
            return "empty"
        if self.intervals == ((-np.inf, np.inf),):
            return "line"
        return "bounded" if np.isfinite(self.intervals).all() else "unbounded"

    @property
    def sign(self) -> str:
        """``positive`` or ``negative`` where all its values are, else ``undecided``."""
        if self.intervals and self.intervals[0][0] > 0:
            return "positive"
        return "negative" if self.intervals and self.intervals[-1][1] < 0 else "undecided"


@dataclass(frozen=True)
class EffectiveF:
    """Strength of the instruments of one endogenous regressor.

    Attributes
    ----------
    f, degrees : float
        Effective F and effective number of instruments, between 1 and L.
    critical : float
        At 5 %, of the hypothesis that the bias of 2SLS exceeds a tenth of its worst.
    """

    f: float
    degrees: float
    critical: float


def reduced_form(
    rows: pd.DataFrame,
    y: str,
    endog: Sequence[str] | str,
    exog: Sequence[str],
    instruments: Sequence[str] | str,
    errors: str = "jackknife",
) -> ReducedForm:
    """Regress y and the endogenous regressors on the instruments, city and year effects.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.rows`; incomplete rows go.
    errors : {"jackknife", "clustered"}
        By city, both as in :mod:`lib.estimation`.

    Raises
    ------
    lib.panel.DataError
        There are no such errors, or fewer instruments than endogenous regressors; or as in
        :func:`lib.jackknife.leave_one_out`.
    """
    endog = (endog,) if isinstance(endog, str) else tuple(endog)
    instruments = (instruments,) if isinstance(instruments, str) else tuple(instruments)
    if errors not in ("jackknife", "clustered"):
        raise DataError(f"errors: found {errors!r}, expected 'jackknife' or 'clustered'")
    if len(instruments) < len(endog):
        raise DataError(
            f"found {len(instruments)} instruments for {len(endog)} endogenous regressors, "
            "expected at least as many"
        )
    left, right = [y, *endog], [*instruments, *exog]
    used = usable(rows, [*left, *right], ["city", "year"])
    size = len(instruments)
    made = {name: leave_one_out(used, name, right) for name in left}
    coef = pd.DataFrame({name: each.coef for name, each in made.items()}).iloc[:size]

    within = PanelData(used.set_index(["city", "year"])).demean("both").dataframe
    x = within[right].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    codes, cities = pd.factorize(used["city"])
    groups, n, k = len(cities), len(used), x.shape[1]
    if errors == "jackknife":
        gaps = np.stack([(each.without - each.coef).to_numpy()[:, :size] for each in made.values()])
        cov = np.einsum("jgp,kgq->jkpq", gaps, gaps) * (groups - 1) / groups
    else:
        residuals = within[left].to_numpy() - x @ (bread @ x.T @ within[left].to_numpy())
        scores = np.zeros((groups, k, len(left)))
        np.add.at(scores, codes, x[:, :, None] * residuals[:, None, :])
        factor = groups / (groups - 1) * (n - 1) / (n - k - used["year"].nunique())
        meat = np.einsum("gpj,gqk->jkpq", scores, scores)
        cov = (bread @ meat @ bread * factor)[..., :size, :size]
    return ReducedForm(
        y=y,
        endog=endog,
        instruments=instruments,
        coef=coef,
        cov=cov,
        moments=np.linalg.inv(bread[:size, :size]),
        df=(size, groups - 1),
        nobs=n,
        n_entities=groups,
    )


def anderson_rubin(form: ReducedForm, beta: Mapping[str, float] | float = 0.0) -> Statistic:
    """Test given slopes of the endogenous regressors, whatever the strength of the instruments.

    It rejects where the slopes are wrong, and also where an instrument acts past the regressors.

    Parameters
    ----------
    beta : mapping from endogenous regressor to slope, or one number for all

    Raises
    ------
    lib.panel.DataError
        `beta` does not name the endogenous regressors, each once.
    """
    slopes = beta if isinstance(beta, Mapping) else dict.fromkeys(form.endog, beta)
    if set(slopes) != set(form.endog):
        raise DataError(
            f"slopes: found {', '.join(slopes)}, expected one for each of {', '.join(form.endog)}"
        )
    value = float(form.ratio(np.array([1.0, *(-slopes[name] for name in form.endog)])))
    return Statistic(value, form.df, float(stats.f.sf(value, *form.df)))


def confidence_set(form: ReducedForm) -> ConfidenceSet:
    """All slopes of one endogenous regressor that the Anderson-Rubin test leaves at 5 %.

    Raises
    ------
    lib.panel.DataError
        There is more than one endogenous regressor.

    Notes
    -----
    R equals its critical value where a polynomial of degree 2L is zero, and all its roots are
    found.  The set can be empty where L > 1: no slope satisfies all instruments, and the model is
    misspecified.  It is unbounded where the first-stage F is below the same critical value.
    """
    _single(form)
    # On a half circle, centre + scale tan(angle) is every slope, with infinity in one point.
    centre = float(form.beta.iloc[0])
    first = form.coef[form.endog[0]].to_numpy()
    noise = np.trace(form.parts(np.array([1.0, -centre]))[1] @ form.moments)
    scale = float(np.sqrt(noise / (first @ form.moments @ first)))
    # V into units in which it is about one, so that the polynomial's coefficients are alike.
    points = 2 * form.df[0] + 1
    angles = np.pi * np.arange(points) / points
    gap, cov = form.parts(_point(centre, scale, angles))
    unit = np.linalg.inv(np.linalg.cholesky(cov.mean(axis=0)))
    cov, gap = unit @ cov @ unit.T, gap @ unit.T
    wald = (gap * np.linalg.solve(cov, gap[..., None])[..., 0]).sum(axis=-1)
    values = np.linalg.det(cov) * (form.df[0] * form.critical - wald)
    # In z = exp(2i angle) it runs from z^-L to z^L; numpy wants the highest first.
    roots = np.roots(np.roll(np.fft.fft(values), form.df[0])[::-1])
    # A root off the unit circle is no crossing, and does no harm as one more place to look at.
    breaks = np.unique(np.round(np.angle(roots) / 2, 12))
    ends = np.append(breaks[1:], breaks[:1] + np.pi)
    inside = form.ratio(_point(centre, scale, (breaks + ends) / 2)) <= form.critical
    if inside.all() or not inside.any():
        return ConfidenceSet(((-np.inf, np.inf),) if inside.all() else ())
    enters, leaves = breaks[inside & ~np.roll(inside, 1)], ends[inside & ~np.roll(inside, -1)]
    intervals = []
    for enter in enters:
        leave = min(angle + np.pi * (angle < enter) for angle in leaves)
        low, high = (centre + scale * float(np.tan(angle)) for angle in (enter, leave))
        # Past the right angle the set goes on at minus infinity.
        past = leave > np.pi / 2
        intervals += [(low, np.inf), (-np.inf, high)] if past else [(low, high)]
    return ConfidenceSet(tuple(sorted(intervals)))


def least_f(form: ReducedForm) -> Statistic:
    """The smallest F of the instruments over all combinations of one or two endogenous regressors.

    With one it is the first-stage F.  With two, the joint Anderson-Rubin region is bounded just
    where this exceeds :attr:`ReducedForm.critical`.  Kleibergen and Paap's statistic is another
    one: it takes the combination that would be least were errors homoskedastic, and puts the
    clustered covariance there.

    Returns
    -------
    Statistic
        p from F(L, G-1) is an upper bound, since the direction has been searched for.
    """
    if len(form.endog) > 2:
        raise DataError(f"found {len(form.endog)} endogenous regressors, expected one or two")
    scale = np.sqrt(np.einsum("jjpp->j", form.cov))[1:]  # units of the regressors

    def along(angle: np.ndarray | float) -> np.ndarray:
        angle = np.asarray(angle)[..., None]
        parts = (np.zeros_like(angle), np.cos(angle) / scale[0], np.sin(angle) / scale[-1])
        return form.ratio(np.concatenate(parts[: 1 + len(form.endog)], axis=-1))

    value = float(along(0.0))
    if len(form.endog) == 2:
        angles = np.linspace(0, np.pi, _POINTS, endpoint=False)
        best, step = angles[np.argmin(along(angles).round(9))], angles[1]
        value = optimize.minimize_scalar(
            lambda angle: float(along(angle)), bounds=(best - step, best + step),
            method="bounded", options={"xatol": 1e-10},
        ).fun  # fmt: skip
    return Statistic(float(value), form.df, float(stats.f.sf(value, *form.df)))


def effective_f(form: ReducedForm, tau: float = TAU) -> EffectiveF:
    """Effective F of Montiel Olea and Pflueger [1]_, for one endogenous regressor.

    ``pi' Q pi / tr(V Q)`` with Q = Z'Z: the first-stage F as it matters for the bias of 2SLS when
    errors are not homoskedastic; with one instrument, the first-stage F of that covariance.

    Parameters
    ----------
    tau : float
        Bias that is tolerated, as a share of the worst.  The critical value is the authors'
        simplified one, which holds whatever the correlation of the two errors.

    Raises
    ------
    lib.panel.DataError
        There are two endogenous regressors or more, or `tau` is not between 0 and 1.

    References
    ----------
    .. [1] Montiel Olea, J. L. and Pflueger, C. (2013). A robust test for weak instruments.
       *Journal of Business and Economic Statistics*, 31(3), 358-369.
    """
    _single(form)
    if not 0 < tau < 1:
        raise DataError(f"tau: found {tau}, expected a share between 0 and 1")
    first = form.coef[form.endog[0]].to_numpy()
    root = np.linalg.cholesky(form.moments)
    weight = root.T @ form.cov[1, 1] @ root
    trace, largest, x = np.trace(weight), np.linalg.eigvalsh(weight)[-1], 1 / tau
    degrees = trace**2 * (1 + 2 * x) / ((weight**2).sum() + 2 * x * trace * largest)
    critical = stats.ncx2.ppf(0.95, degrees, degrees * x) / degrees
    return EffectiveF(float(first @ form.moments @ first / trace), float(degrees), float(critical))


def _single(form: ReducedForm) -> None:
    if len(form.endog) != 1:
        raise DataError(f"found {len(form.endog)} endogenous regressors, expected one")


def _point(centre: float, scale: float, angle: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(angle), -centre * np.cos(angle) - scale * np.sin(angle)], axis=-1)


def _end(value: float) -> str:
    if not np.isfinite(value):
        return number(np.sign(value), 0).replace("1", "∞")
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)
