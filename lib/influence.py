"""How much of an estimate hangs on one city, one province, or one city-year."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib import batched
from lib.diagnostics import Sample
from lib.panel import DataError


def leave_out(sample: Sample, groups: Mapping[int, str] | None = None) -> pd.DataFrame:
    """Estimate again without each city, or each group of cities, with city and year effects.

    Parameters
    ----------
    groups : mapping, optional
        Label of each of the sample's cities, such as its province; by default each city is alone.

    Returns
    -------
    DataFrame
        A row per label, ascending: ``cities`` and ``rows`` left out and, for each term,
        ``<term>`` the slope without them, ``<term>_t`` its t clustered by city, ``<term>_p`` and
        ``<term>_shift``, the change of the slope in standard errors of the whole sample
        (clustered by city).

    Raises
    ------
    lib.panel.DataError
        A city has no label, there is one label only, or what is left has no estimate.

    Notes
    -----
    All deletions are one batch of regressions that share the data and differ in the cells in use.
    """
    names = sample.cities if groups is None else _labels(sample.cities, groups)
    labels = np.unique(names)
    if len(labels) < 2:
        raise DataError(f"groups: found {len(labels)}, expected two at least")
    belongs = labels[:, None] == names
    present = sample.present & ~belongs[:, :, None]
    y = np.broadcast_to(sample.y, present.shape)
    found, whole = batched.fit(y, sample.x, present), sample.fit()
    t, p = found.coef / found.se("clustered"), found.p("clustered")
    shift = (found.coef - whole.coef) / whole.se("clustered")
    table = {"cities": belongs.sum(axis=1), "rows": sample.nobs - found.nobs}
    for k, term in enumerate(sample.terms):
        table |= {term: found.coef[:, k], f"{term}_t": t[:, k], f"{term}_p": p[:, k]}
        table[f"{term}_shift"] = shift[:, k]
    return pd.DataFrame(table, index=pd.Index(labels))


def dfbetas(sample: Sample) -> pd.DataFrame:
    """DFBETAS of each city-year, with city and year effects.

    Returns
    -------
    DataFrame
        Index ``city_code``, ``year``; a column per term: by how many standard errors its slope
        changes when the row is added to the rest.  Beyond ``2 / sqrt(n)`` a row is influential by
        the rule of [1]_.  Zero for a row that is alone in its city or year: its effect takes all.

    Notes
    -----
    ``b - b_(it) = (X'X)^-1 x_it e_it / (1 - h_it)`` with h the leverage in the regression with all
    dummies, and the standard error is the classical one with the error variance of the rest.  No
    regression is run again.

    References
    ----------
    .. [1] Belsley, D. A., Kuh, E. and Welsch, R. E. (1980). *Regression diagnostics*. Wiley.
    """
    fitted, used = sample.fit(), sample.present
    years = np.eye(len(sample.years))[:, None, :].repeat(len(sample.cities), axis=1)
    # City effects cost 1/T_i of leverage each, year effects and slopes what is left of them then.
    columns = np.concatenate([years[1:], sample.x])
    design = batched.within(columns[None], used, "city")[0][:, used].T
    basis, _ = np.linalg.qr(design)
    own = np.broadcast_to(1 / used.sum(axis=1)[:, None], used.shape)[used]
    free = 1 - own - (basis**2).sum(axis=1)
    x, e = fitted.x[0][:, used], fitted.residuals[0][used]
    alone = free < 1e-9
    free = np.where(alone, 1.0, free)
    change = (fitted.bread[0] @ x) * e / free
    df = int(fitted.df_resid[0])
    rest = (fitted.rss[0] - e**2 / free) / (df - 1)
    values = change / np.sqrt(rest) / np.sqrt(np.diag(fitted.bread[0]))[:, None]
    cities, years_of = np.nonzero(used)
    index = pd.MultiIndex.from_arrays(
        [sample.cities[cities], sample.years[years_of]], names=["city_code", "year"]
    )
    return pd.DataFrame(np.where(alone, 0.0, values).T, index=index, columns=list(sample.terms))


def _labels(cities: np.ndarray, groups: Mapping[int, str]) -> np.ndarray:
    lacking = [city for city in cities if city not in groups]
    if lacking:
        raise DataError(f"groups: found no label for city {lacking[0]}, expected one for each")
    return np.array([groups[city] for city in cities])
