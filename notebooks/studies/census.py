"""From census to census: what output did where residents and industry changed.

Residents were counted in 2010 and in 2020 only.  Output is carried by the growth index, or is that
published for the year (:data:`OUTPUTS`).  Neither knows of residents, so that neither side of these
regressions is a part of the other.

Intervals have 95 % coverage.  Those "by city" treat cities as independent (HC3 and ``t(n-k)``, or
the city jackknife where a regressor is instrumented); those "by province" are the jackknife over
provinces, CV3 with ``t(G-1)``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib import changes
from lib.inference import detectable, without_each
from lib.panel import DataError

OUTPUTS = {
    "index": "by the growth index",
    "revised": "by the index and the revision of 2018/19",
    "current": "in current prices",
    "smooth": "in current prices without the step",
}


def measured(data: pd.DataFrame, output: str) -> pd.DataFrame:
    """The panel with output measured as a key of :data:`OUTPUTS` says; DataError if there is none.

    The revision of 2018/19, or the step, is the change from 2018 to 2019 of output in current
    prices over output by the index.
    """
    if output not in OUTPUTS:
        raise DataError(f"output: found {output!r}; expected one of {', '.join(OUTPUTS)}")
    years = data.assign(price=np.log(data["reg_current"] / data["reg"]))
    price = years.pivot(index="city", columns="year", values="price")
    revision = data["city"].map(price[2019] - price[2018]).where(data["year"] >= 2019, 0.0)
    reg = {
        "index": data["reg"],
        "revised": data["reg"] * np.exp(revision),
        "current": data["reg_current"],
        "smooth": data["reg_current"] / np.exp(revision),
    }
    return data.assign(reg=reg[output])


def between(data: pd.DataFrame, first: int = 2010, last: int = 2020) -> pd.DataFrame:
    """:func:`lib.changes.between`, and the changes ``stock`` and ``wages``.

    ``wages`` is in logarithms, and missing after 2021.
    """
    rows = changes.between(data, first, last)
    wide = data.pivot(index="city", columns="year")
    wages = np.log(wide["rlr"].reindex(columns=[first, last])).diff(axis=1)[last]
    stock = wide["lm_stock"][last] - wide["lm_stock"][first]
    return rows.assign(wages=rows["city"].map(wages), stock=rows["city"].map(stock))


def spread(rows: pd.DataFrame) -> pd.Series:
    """Standard deviations over cities in the last year over those in the first: rows of `between`.

    ``proportion`` of log REG, ``money`` of REG; each city counts the same.
    """
    last = rows["start"] + rows["REG"]
    money = np.exp(last).std() / np.exp(rows["start"]).std()
    return pd.Series({"proportion": last.std() / rows["start"].std(), "money": money})


def distance(rows: pd.DataFrame) -> pd.Series:
    """What the change of the distance from the mean of log REG does where the stock rose.

    The slope of the stock with IA held, from rows of `between`, as :func:`lib.changes.slope`.
    """
    first, last = (log - log.mean() for log in (rows["start"], rows["start"] + rows["REG"]))
    return changes.slope(rows.assign(far=last.abs() - first.abs()), "far", ["stock", "IA"])


def answers(data: pd.DataFrame) -> pd.DataFrame:
    """What the front page tells: figures of chapters 6 and 7, and the spread since 2020.

    ``coef`` with its 95 % interval by province, ``low, high``, and ``detectable``, the least true
    slope that a test finds with a probability of 80 %; cities whose border stayed, by the index
    where the row does not say *current*.  *Toward* correlates the rise of the stock with log REG.
    """
    rows = {key: between(measured(data, key)).query("not moved") for key in ("index", "current")}
    late = changes.growth(data, 2020, 2023).query("not moved")
    spreads = without_each(rows["index"], spread, "province")
    found = {name: spreads.table.assign(coef=spreads.coef).loc[name] for name in spreads.coef.index}
    for part in ("output", "residents"):
        found[f"{part} since 2020"] = _of(changes.slope(late, part, "start"))
        found[f"{part} to 2020"] = _of(changes.slope(rows["index"], part, "start"))
    since = without_each(between(data, 2020, 2023).query("not moved"), spread, "province")
    found["proportion since 2020"] = since.table.assign(coef=since.coef).loc["proportion"]
    dearer = rows["current"]["output"] - rows["index"]["output"]
    priced = rows["index"].assign(output=dearer)
    found["price"] = _of(changes.slope(priced, "output", ["residents", "start"]))
    found["distance, stock"] = _of(distance(rows["index"]))
    for key, of in rows.items():
        found[f"growth, {key}"] = _of(changes.slope(of, "REG", "residents"))
        found[f"industry, {key}"] = _of(changes.slope(of, "REG", ["IA", "residents", "start"]))
    found["toward"] = pd.Series({"coef": rows["index"]["stock"].corr(rows["index"]["start"])})
    table = pd.DataFrame(found).T
    clusters = data["province"].nunique()
    table["detectable"] = [detectable(se, clusters) for se in table["se"]]
    return table[["coef", "low", "high", "detectable"]]


def _of(slope: pd.Series) -> pd.Series:
    """A slope with its error by province."""
    ends = slope[["province_low", "province_high"]].set_axis(["low", "high"])
    se = (slope["coef"] / slope["province_t"]) if slope["province_t"] else np.nan
    return pd.Series({"coef": slope["coef"], **ends, "se": se})
