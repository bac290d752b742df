"""Judged slopes of three printed cells made by hand, for what is shown of one."""

from pathlib import Path

import pandas as pd

KEY = ["reading", "heading", "row", "case"]
TURNED = {
    ("flow", "Model 1", "LM"): {"clean": "cannot tell", "current": "supported"},
    ("stock", "Upper reach", "LM"): {"step": "supported"},
}


def judged() -> pd.DataFrame:
    """As from ``lib.verdicts.judge``, in four cases; two cells are turned.

    Intervals reach .2 to either side, by province .6; at the printed level half as far.
    """
    frame = pd.read_csv(Path(__file__).with_suffix(".csv"), keep_default_na=False)
    b, half = frame["coef"], frame["by"].map({"province": 0.6}).fillna(0.2)
    frame = frame.assign(
        se=0.1, t=10 * b, low=b - half, high=b + half, claim_low=b - half / 2,
        claim_high=b + half / 2, cities=56, nobs=frame["reading"].map({"flow": 1234, "stock": 987}),
    )  # fmt: skip
    frames = []
    for case in ("paper", "clean", "step", "current"):
        other = [TURNED.get(place, {}) for place in zip(*(frame[k] for k in KEY[:3]), strict=True)]
        said = [turns.get(case, was) for turns, was in zip(other, frame["verdict"], strict=True)]
        frames.append(frame.assign(case=case, verdict=said, turns=[(*turns,) for turns in other]))
    return pd.concat(frames).set_index(KEY)
