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
    lines = []
    for line in sorted(OURS.replace("|", "\n").split("\n")):
        if not line.strip():
            continue
        reading, errors, cell, coef, p, verdict = line.split()
        b, half = float(coef), 0.6 if errors == "province" else 0.2
        lines.append(
            dict(zip(_TEXT, CELLS[cell], strict=True))
            | {"reading": reading, "errors": errors, "coef": b, "p": float(p), "se": 0.1}
            | {"t": 10 * b, "low": b - half, "high": b + half, "verdict": verdict.replace("_", " ")}
            | {"claim_low": b - half / 2, "claim_high": b + half / 2, "z_size": 0.0}
            | {"nobs": 1234 if reading == "flow" else 987, "cities": 56}
        )
    return pd.DataFrame(lines).sort_values(["reading", "table"], kind="stable", ignore_index=True)


def cases() -> pd.DataFrame:
    """The cells in three cases, as from ``lib.cases.verdicts``; two cells are turned."""
    lines = []
    for cell in ledger().drop_duplicates(["reading", "column", "row"]).itertuples():
        place = cell.reading, cell.heading, cell.row
        other = {
            ("flow", "Model 1", "LM"): {"clean": "cannot tell", "current": "supported"},
            ("stock", "Upper reach", "LM"): {"step": "supported"},
        }.get(place, {})
        for case in ("paper", "clean", "step", "current"):
            lines.append((*place, case, other.get(case, "as printed"), tuple(other)))
    names = ["reading", "heading", "row", "case", "verdict", "turns"]
    return pd.DataFrame(lines, columns=names).set_index(names[:4])
