"""The instrument of chapter 8 by loops."""

import numpy as np
import pandas as pd
import pytest

from lib import panel
from studies.shift_share import SECTORS, shift_share


def small():
    """Five cities in six years, with gaps in shares and employment."""
    data = panel.load()
    frame = data[data["city_code"].isin(data["city_code"].unique()[:5]) & data["year"].lt(2014)]
    _, b, c, *_ = frame["city_code"].unique()
    at = frame.set_index(["city_code", "year"]).index
    frame.loc[at == (b, 2008), "te"] = np.nan
    frame.loc[at == (c, 2011), [f"share_{s}" for s in SECTORS]] = np.nan
    return frame.reset_index(drop=True)


def test_shift_share_by_loops():
    frame = small()
    at = frame.set_index(["city_code", "year"]).to_dict("index")
    cities, years = sorted(set(frame["city_code"])), range(2008, 2014)

    def output(c, t, s):
        size = next(at[c, u]["te"] for u in years if not np.isnan(at[c, u]["te"]))
        residents = np.prod([at[c, u]["lm_flow_gross"] for u in range(2009, t + 1)])
        return size * at[c, t]["reg"] / at[c, 2008]["reg"] * residents * at[c, t][f"share_{s}"]

    found = pd.Series(shift_share(frame).to_numpy(), pd.MultiIndex.from_tuples(at))
    for c in cities:
        expected = 0.0
        for t in years:
            for s in SECTORS if t > 2008 else ():
                both = [(output(k, t, s), output(k, t - 1, s)) for k in cities if k != c]
                both = [pair for pair in both if not np.isnan(sum(pair))]
                growth = sum(b[0] for b in both) / sum(b[1] for b in both) - 1
                expected += at[c, 2008][f"share_{s}"] * growth
            assert found[c, t] == pytest.approx(expected, rel=1e-9, abs=1e-12)
