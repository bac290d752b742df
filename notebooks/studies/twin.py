"""The twin: 41 invented cities whose yearbook prints the paper's coefficients and t-statistics.

Evidence of nothing.  It was made backwards, so that the whole road from a yearbook to a table can
be walked with every figure known in advance.  ``data/make/twin.py`` derives its indicators
from its yearbook; the yearbook itself was written by a program of the first edition.

LM is the first edition's, a reading of its own: the flow with each city's natural growth, less one.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from lib import panel
from lib.specifications import Reading

INDICATORS = panel.DATA / "synthetic_indicators.csv"
CITIES = panel.DATA / "synthetic_cities.csv"
TWIN = Reading("twin", mobility="lm")
CHANGED = {
    "equation (3) as printed": replace(TWIN, mobility="lm_flow_city"),
    "LM as a stock": replace(TWIN, mobility="lm_stock_city"),
    "IA of services": replace(TWIN, industry="share_tertiary"),
}
"""One definition changed at a time."""


def load() -> pd.DataFrame:
    """The twin's panel: as :func:`lib.panel.load`, and ``lm``, the LM that it was made with.

    Raises
    ------
    lib.panel.DataError
        A file is no such panel or roster.
    """
    data = panel.load(INDICATORS, panel.load_cities(CITIES))
    return data.assign(lm=data["lm_flow_city"] - 1)
