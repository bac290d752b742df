"""A ledger of three printed cells made by hand, for what is shown of one."""

from pathlib import Path

import pandas as pd


def ledger() -> pd.DataFrame:
    """Intervals reach .2 to either side, by province .6; at the printed level half as far."""
    frame = pd.read_csv(Path(__file__).with_suffix(".csv"), keep_default_na=False)
    b, half = frame["coef"], frame["errors"].map({"province": 0.6}).fillna(0.2)
    return frame.assign(
        se=0.1, t=10 * b, low=b - half, high=b + half, claim_low=b - half / 2,
        claim_high=b + half / 2, z_size=0.0, cities=56,
        nobs=frame["reading"].map({"flow": 1234, "stock": 987}),
    )  # fmt: skip


def cases() -> pd.DataFrame:
    """The cells in four cases, as from ``lib.cases.verdicts``; two cells are turned."""
    turned = {
        ("flow", "Model 1", "LM"): {"clean": "cannot tell", "current": "supported"},
        ("stock", "Upper reach", "LM"): {"step": "supported"},
    }
    key = ["reading", "heading", "row"]
    lines = [
        (*place, case, turned.get(place, {}).get(case, "as printed"), (*turned.get(place, {}),))
        for place in ledger()[key].drop_duplicates().itertuples(index=False, name=None)
        for case in ("paper", "clean", "step", "current")
    ]
    return pd.DataFrame(lines, columns=[*key, "case", "verdict", "turns"]).set_index([*key, "case"])
