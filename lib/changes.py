"""What changed in each city between two years."""

import numpy as np
import pandas as pd

from lib import indicators
from lib.panel import DataError

PARTS = ("REG", "output", "residents")
"""Growth of REG, which is the second less the third."""


def between(data: pd.DataFrame, first: int = 2010, last: int = 2020) -> pd.DataFrame:
    """A row per city that has REG in both years; refuses years in which no city has.

    `data` is as from :func:`lib.panel.load`, with all cities: IA compares a city with all others.
    ``city, province, reach``; ``moved``, whether its boundary did within the years; ``start`` and
    ``wage``, log REG and log RLR in the first year, and ``level``, REG.  Changes: ``REG, output,
    residents`` in logarithms (the first is the second less the third), ``money`` of REG, ``IA``,
    ``share`` of industry, and ``rest``, the logarithm of output outside industry per resident.
    """
    if first >= last:
        raise DataError(f"years: found {first} to {last}; expected an earlier first year")
    ordered = data.assign(ia=indicators.ia(data, scaled=True)).sort_values(["city", "year"])
    wide = ordered.pivot(index="city", columns="year")
    if not {first, last} <= set(wide["reg"]) or wide["reg"][[first, last]].dropna().empty:
        raise DataError(f"years: no city has REG in both {first} and {last}; expected some")
    within = ordered[ordered["year"].between(first + 1, last)]
    steps = np.log(wide["lm_flow_gross"].reindex(columns=range(first + 1, last + 1)))
    moved = within["flags"].str.contains("boundary:resident_pop").groupby(within["city"]).any()
    level, share = wide["reg"], wide["share_secondary"]
    frame = ordered.drop_duplicates("city").set_index("city")[["province", "reach"]]
    frame = frame.assign(
        moved=moved.reindex(frame.index, fill_value=False),
        start=np.log(level[first]),
        wage=np.log(wide["rlr"][first]),
        level=level[first],
        REG=np.log(level[last] / level[first]),
        residents=steps.sum(axis=1, skipna=False),
        money=level[last] - level[first],
        IA=wide["ia"][last] - wide["ia"][first],
        share=share[last] - share[first],
    )
    frame["output"] = frame["REG"] + frame["residents"]
    frame["rest"] = frame["REG"] + np.log((1 - share[last]) / (1 - share[first]))
    return frame.dropna(subset="REG").reset_index()


def growth(data: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """:func:`between` with ``REG, output, residents`` in log points a year times 100."""
    rows = between(data, first, last)
    return rows.assign(**{part: 100 * rows[part] / (last - first) for part in PARTS})
