"""A ledger of three printed cells made by hand, for what is shown of one."""

import pandas as pd

CELLS = {  # table, column, heading, row, symbol, printed, its stars and t
    "A": (1, "model1", "Model 1", "LM", "LM", 0.501, "**", 2.131),
    "B": (3, "upper", "Upper reach", "LM", "LM", 0.747, "*", 1.895),
    "C": (3, "upper", "Upper reach", "IA", "IA", 0.442, "", 0.673),
}
OURS = """
flow  jackknife A -0.5 .004 opposed     | stock jackknife A  0.25 .021 supported
flow  jackknife B  0.3 .072 supported   | stock jackknife B -0.2  .503 cannot_tell
flow  jackknife C -0.1 .604 no_claim    | stock jackknife C  0.4  .001 no_claim
flow  province  A -0.5 .033 opposed     | stock province  A  0.25 .205 cannot_tell
flow  clustered A -0.5 .111 cannot_tell | stock clustered A  0.25 .112 cannot_tell
flow  classical A -0.5 .002 opposed     | stock classical A  0.25 .003 supported
flow  classical B  0.3 .012 supported   | stock classical B -0.2  .013 opposed
flow  classical C -0.1 .301 no_claim    | stock classical C  0.4  .302 no_claim
"""
_TEXT = ["table", "column", "heading", "row", "symbol", "printed", "printed_stars", "printed_t"]


def ledger() -> pd.DataFrame:
    """Intervals reach .2 to either side, by province .6; at the printed level half as far."""
    cells = [cell.split() for line in OURS.split("\n") for cell in line.split("|") if cell.strip()]
    names = ["reading", "errors", "cell", "coef", "p", "verdict"]
    frame = pd.DataFrame(sorted(cells), columns=names).astype({"coef": float, "p": float})
    frame[_TEXT] = frame.pop("cell").map(CELLS).to_list()
    b, half = frame["coef"], frame["errors"].map({"province": 0.6}).fillna(0.2)
    return frame.assign(
        se=0.1, t=10 * b, low=b - half, high=b + half, claim_low=b - half / 2,
        claim_high=b + half / 2, z_size=0.0, cities=56,
        nobs=frame["reading"].map({"flow": 1234, "stock": 987}),
        verdict=frame["verdict"].str.replace("_", " "),
    ).sort_values(["reading", "table"], kind="stable", ignore_index=True)  # fmt: skip


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
