"""Slopes of printed cells made by hand, judged or not, for what is shown of them."""

from pathlib import Path

import pandas as pd

KEY = ["reading", "heading", "row", "case"]


def judged() -> pd.DataFrame:
    """As from ``lib.verdicts.judge``, in both cases; on mended rows slopes have the other sign.

    Intervals reach .2 to either side, by province .6; at the printed level half as far.
    """
    frame = pd.read_csv(Path(__file__).with_suffix(".csv"), keep_default_na=False)
    b, half = frame["coef"], frame["by"].map({"province": 0.6}).fillna(0.2)
    frame = frame.assign(
        se=0.1, t=10 * b, low=b - half, high=b + half, claim_low=b - half / 2,
        claim_high=b + half / 2, cities=56, nobs=frame["reading"].map({"flow": 1234, "stock": 987}),
    )  # fmt: skip
    both = frame.assign(case="paper"), frame.assign(case="mended", coef=-b, verdict="cannot tell")
    return pd.concat(both).set_index(KEY)


def slopes(columns: str, *lines: tuple) -> pd.DataFrame:
    """As from ``lib.cases.slopes``, a line a slope: its key, and some figures; the rest is one."""
    found = pd.DataFrame(lines, columns=[*KEY, *columns.split()]).set_index(KEY)
    figures = [f"{by}_{name}" for by in ("city", "province") for name in "se t p low high".split()]
    sizes = {"nobs": 99, "cities": 50, "provinces": 11}
    rest = dict.fromkeys([*figures, "clustered_p"], 1.0) | sizes
    return found.assign(**{name: each for name, each in rest.items() if name not in found})
