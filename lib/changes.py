"""What changed in each city between two years, and slopes of such changes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import statsmodels.api as sm
from pandas.api.types import is_numeric_dtype

from lib import indicators
from lib.inference import ENOUGH
from lib.panel import DataError
from lib.regression import fit


def between(data: pd.DataFrame, first: int = 2010, last: int = 2020) -> pd.DataFrame:
    """A row per city that has REG in both years; refuses years in which no city has.

    `data` is as from :func:`lib.panel.load`, with all cities: IA compares a city with all others.
    ``city, province, reach, moved`` are those of the panel; ``start`` and ``wage`` log REG and log
    RLR in the first year, and ``level`` REG.  Changes: ``REG, output, residents`` in logarithms
    (the first is the second less the third), ``money`` of REG, ``IA``, and ``rest``, the logarithm
    of output outside industry per resident.
    """
    if first >= last:
        raise DataError(f"years: found {first} to {last}; expected an earlier first year")
    ordered = data.assign(ia=indicators.ia(data, scaled=True)).sort_values(["city", "year"])
    wide = ordered.pivot(index="city", columns="year")
    if not {first, last} <= set(wide["reg"]) or wide["reg"][[first, last]].dropna().empty:
        raise DataError(f"years: no city has REG in both {first} and {last}; expected some")
    steps = np.log(wide["lm_flow_gross"].reindex(columns=range(first + 1, last + 1)))
    level, share = wide["reg"], wide["share_secondary"]
    frame = ordered.drop_duplicates("city").set_index("city")[["province", "reach", "moved"]]
    frame = frame.assign(
        start=np.log(level[first]),
        wage=np.log(wide["rlr"][first]),
        REG=np.log(level[last] / level[first]),
        residents=steps.sum(axis=1, skipna=False),
        level=level[first],
        money=level[last] - level[first],
        IA=wide["ia"][last] - wide["ia"][first],
    )
    frame["output"] = frame["REG"] + frame["residents"]
    frame["rest"] = frame["REG"] + np.log((1 - share[last]) / (1 - share[first]))
    return frame.dropna(subset="REG").reset_index()


def growth(data: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """:func:`between` with ``REG, output, residents`` in log points a year times 100."""
    rows = between(data, first, last)
    parts = ["REG", "output", "residents"]
    return rows.assign(**(100 * rows[parts] / (last - first)))


def slope(
    rows: pd.DataFrame, y: str, x: Sequence[str] | str, instead: Mapping[str, str] | None = None
) -> pd.Series:
    """The slope of `y` on the first of `x`, with its intervals by city and by province.

    Parameters
    ----------
    rows : DataFrame
        A row a city, with ``city, province``; rows with a missing value go.
    x : sequence of str, or str
        Regressors, beside a constant.  A column of texts, as ``province``, stands for an effect of
        each; a city that is alone in its province then goes, as its dummy fits it exactly.
    instead : mapping, optional
        Regressor to its instrument: two-stage least squares.

    Returns
    -------
    Series
        ``coef``; ``t, p, low, high`` by city (HC3 and t(n-k); with instruments the jackknife), and
        the same with ``province_`` before them (the jackknife, missing with fewer than ten
        provinces); ``N``, ``provinces``.  Where there is no row, all but these two are missing.
    """
    x = [x] if isinstance(x, str) else list(x)
    named = [name for name in x if is_numeric_dtype(rows[name])]
    groups = [name for name in x if name not in named]
    tools = [(instead or {}).get(name, name) for name in named] if instead else []
    ends, both = ["t", "p", "low", "high"], ("city", "province")
    labels = ["coef", *ends, *(f"province_{end}" for end in ends), "N", "provinces"]
    if rows[[y, *x, *tools]].isna().any(axis=1).all():
        return pd.Series([*[np.nan] * 9, 0, 0], labels)
    fitted = fit(rows, y, named, "time" if groups else "none", time=groups, clusters=both, z=tools)
    used, provinces = fitted.rows, fitted.rows["province"].nunique()
    if instead:
        by_city = fitted.table("jackknife", "city").loc[named[0], ends].tolist()
    else:
        columns = used[named].assign(constant=1.0)
        for name in groups:
            columns = columns.join(pd.get_dummies(used[name], drop_first=True, dtype=float))
        robust = sm.OLS(used[y], columns).fit(cov_type="HC3", use_t=True)
        by_city = [robust.tvalues.iloc[0], robust.pvalues.iloc[0], *robust.conf_int().iloc[0]]
    by_province = [np.nan] * 4
    if provinces >= ENOUGH:
        by_province = fitted.table("jackknife", "province").loc[named[0], ends].tolist()
    row = [fitted.coef[named[0]], *by_city, *by_province, len(used), provinces]
    return pd.Series(row, labels)
