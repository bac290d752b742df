"""What the chapters of Part IV share: intervals by city and by province, and small tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from lib.inference import ENOUGH, without_each
from lib.panel import DataError
from lib.prose import CANNOT, number
from lib.tables import Cell

ENDS = ("low", "high", "province_low", "province_high")


def measured(rows: pd.DataFrame, statistic: Callable[[pd.DataFrame], float]) -> pd.Series:
    """A statistic with its intervals by city and by province, as :func:`lib.changes.slope` has."""
    found = pd.Series({"coef": statistic(rows), **dict.fromkeys(ENDS, np.nan), "N": len(rows)})
    for unit, ends in {"city": ENDS[:2], "province": ENDS[2:]}.items():
        if unit == "city" or rows[unit].nunique() >= ENOUGH:
            errors = without_each(rows, lambda some: pd.Series({"it": statistic(some)}), unit)
            found[[*ends]] = errors.table.loc["it", ["low", "high"]].to_numpy()
    return found


def said(row: Mapping, digits: int = 2) -> str:
    """The intervals of a row as a sentence has them: "by province .. to .. [by city .. to ..]"."""
    texts = [f"{number(row[low], digits)} to {number(row[high], digits)}"
             for low, high in (ENDS[2:], ENDS[:2]) if not pd.isna(row[low])]  # fmt: skip
    few, both = f"by city {texts[-1]}" if texts else CANNOT, len(texts) == 2
    return f"by province {texts[0]} [{few}]" if both else few


def lines(cases: Mapping[str, pd.Series], value: str, digits: int = 2) -> pd.DataFrame:
    """The cases of a result, of :func:`lib.changes.slope` or :func:`measured`, as a table's lines.

    Returns
    -------
    DataFrame
        ``Case``, the coefficient under the heading `value`, the intervals ``by province`` and
        ``[by city]`` to `digits` (a dash where one is missing), ``cities``.
    """

    def interval(row: pd.Series, low: str, high: str) -> str | Cell:
        return "–" if pd.isna(row[low]) else Cell.interval(row[low], row[high], digits)

    return pd.DataFrame([
        {"Case": name, value: row["coef"], "by province": interval(row, *ENDS[2:]),
         "[by city]": interval(row, *ENDS[:2]), "cities": int(row["N"])}
        for name, row in cases.items()
    ])  # fmt: skip


def theil(values: pd.Series) -> float:
    """Theil's T of positive values, each counting once: the mean of (y / m) log(y / m).

    It is zero if all values are equal to their mean m, and log n if one of n has everything.
    Refuses no values, and one that is missing or not positive.
    """
    array = np.asarray(values, dtype=float)
    if not array.size or not np.isfinite(array).all() or (array <= 0).any():
        raise DataError("values: found none, or one missing or not positive; expected all above 0")
    relative = array / array.mean()
    return float((relative * np.log(relative)).mean())


def theil_parts(values: pd.Series, groups: pd.Series) -> pd.Series:
    """Theil's T of all values, and the two parts that add up to it: ``total, between, within``.

    With s_g the share of a group in the sum of values, n_g its share in their number and T_g its
    own T, the part between groups is the sum of s_g log(s_g / n_g), and the part within groups is
    the sum of s_g T_g.  Refuses values as :func:`theil` does, and values
    without a group.
    """
    if missing := int(groups.reindex(values.index).isna().sum()):
        raise DataError(f"groups: {missing} of {len(values)} values have none; expected one each")
    by_group = values.groupby(groups)
    share = by_group.sum() / values.sum()
    number = by_group.size() / len(values)
    between = float((share * np.log(share / number)).sum())
    within = float((share * by_group.apply(theil)).sum())
    return pd.Series({"total": theil(values), "between": between, "within": within})
