"""What the printed Tables 1 to 3 say of themselves: stars, differences, sentences.

All of it follows from the printed digits.  A coefficient and its t give the standard error, and
all three are known to half a unit of the third decimal; no check is called failed unless it fails
wherever in that interval the unrounded figures lie.

``data/claims.csv`` holds the paper's sentences about its tables: ``id, place``; ``zh``, the
paper's own words; ``claim``, ours; ``kind``; ``cells``, printed cells as ``table/column/row`` or
columns as ``table/column``, listed with ``;``, taken in pairs by relations between two; and
``relation``, which ``judge`` knows, with its argument after ``=``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from lib import panel, prose, published, style
from lib.specifications import COLUMNS, SYMBOL

HALF = 0.0005
"""Half a unit of the third decimal: how far a printed figure may be from the one behind it."""
MARKS = ("", "*", "**", "***")
LEVELS = tuple(level for level, _ in reversed(prose.LEVELS))
LIMITS = tuple(stats.norm.isf(level / 2) for level in LEVELS)
"""Of one, two and three stars, by the normal distribution."""
VERDICTS = ("holds", "holds in part", "does not hold", "not shown", "cannot be checked")
PAIRS = (("2008-2016", "2017-2023"), ("upper", "lower"), ("middle", "lower"), ("upper", "middle"))
"""Columns that the text sets against each other.  The first two share their cities."""
_HEADING = {column.key: column.heading for column in COLUMNS}


def cells(printed: pd.DataFrame | None = None) -> pd.DataFrame:
    """The printed coefficients (or others) with ``symbol`` and ``label``, as "IA (Model 1)"."""
    frame = published.coefficients() if printed is None else printed.copy()
    symbol = frame["row"].map(lambda row: SYMBOL.get(row, row))
    return frame.assign(symbol=symbol, label=symbol + " (" + frame["column"].map(_HEADING) + ")")


def possible_stars(t: pd.Series, limits: Sequence[float] = LIMITS) -> pd.DataFrame:
    """``least`` and ``most`` stars of the sizes of t that round to the printed one."""
    ends = {"least": (t.abs() - HALF).round(9), "most": (t.abs() + HALF).round(9)}
    return pd.DataFrame(
        {name: sum((size >= limit).astype(int) for limit in limits) for name, size in ends.items()}
    )


def differences(frame: pd.DataFrame) -> pd.DataFrame:
    """Do two printed coefficients differ?  The test that the comparisons go without.

    Returns
    -------
    DataFrame
        A row per pair of ``PAIRS`` and term: ``first, second`` (headings), ``row, shared`` (whether
        the columns have the same cities), and ``least_p``: the smallest p-value that any rounding
        of the four figures and, where cities are shared, any correlation of the estimates allow.

    Notes
    -----
    var(b2 - b1) = se1^2 + se2^2 - 2 rho se1 se2 is least at rho = 1: (se1 - se2)^2.  Over the box
    of rounding z is largest in size at a corner, or without bound where se1 - se2 may vanish.
    """
    at = frame.set_index(["column", "row"])
    rows = []
    for a, b in PAIRS:
        shared = a in published.YEARS_OF
        for row in frame.loc[frame["column"] == a, "row"]:
            figures = at.loc[[(a, row), (b, row)], ["coef", "t"]].to_numpy(float).ravel()
            least = 2 * stats.norm.sf(_greatest_z(figures, shared))
            rows.append((_HEADING[a], _HEADING[b], row, shared, least))
    return pd.DataFrame(rows, columns=["first", "second", "row", "shared", "least_p"])


def _greatest_z(figures: np.ndarray, correlated: bool) -> float:
    b1, t1, b2, t2 = (figures + np.array(list(product((-HALF, HALF), repeat=4)))).T
    se1, se2 = b1 / t1, b2 / t2
    if not correlated:
        return float(np.max(np.abs(b2 - b1) / np.hypot(se1, se2)))
    if np.ptp(np.sign(se1 - se2)) > 0:
        return np.inf
    return float(np.max(np.abs((b2 - b1) / (se1 - se2))))


# --- sentences ----------------------------------------------------------------------------------

_SIGN: Mapping[str, Callable[..., bool]] = {
    "positive": lambda a: a > 0,
    "negative": lambda a: a < 0,
    "same_sign": lambda a, b: a * b > 0,
    "sign_changes": lambda a, b: a * b < 0,
}
_LEVEL = ("level", "level_changes", "significant", "not_significant")
_OPEN = ("not_printed", "gap", "meaning")
"""Nothing to compute: the cell is not printed, or it measures something else."""


def judge(claims: pd.DataFrame, printed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Check every claim against the printed cells.

    Returns
    -------
    DataFrame
        ``claims`` with ``found``, the cells as printed, and ``verdict``, one of ``VERDICTS``.

    Raises
    ------
    lib.panel.DataError
        A claim names a cell of Tables 1 to 3 that is not there.

    Notes
    -----
    *holds*: every comparison that the claim comes down to does; *in part*: some do; *does not
    hold*: none.  *not shown*: a test of a difference fails to reject.  *cannot be checked*: a cell
    is not printed, or measures something else.  A level is compared with the stars and with the t,
    which is given the most favourable of the values that round to it, at N(0,1).
    """
    frame = cells(printed)
    frame = frame.join(possible_stars(frame["t"]))
    key = frame["table"].astype(str) + "/" + frame["column"] + "/" + frame["row"]
    frame = frame.set_index(key.str.lower())
    judged = []
    for claim in claims.to_dict("records"):
        name, _, argument = claim["relation"].partition("=")
        if name in _OPEN:
            judged.append(("", VERDICTS[4]))
            continue
        shown, true = _compared(claim["cells"].split(";"), name, argument, frame)
        word = VERDICTS[0 if all(true) else 1 if any(true) else 3 if name == "differs" else 2]
        judged.append((shown, word))
    return claims.assign(found=[f for f, _ in judged], verdict=[v for _, v in judged])


def _compared(
    keys: list[str], name: str, argument: str, at: pd.DataFrame
) -> tuple[str, list[bool]]:
    """The cells of a claim as printed, and the comparisons that it comes down to."""
    columns = [key.split("/")[1] for key in keys]
    if name in ("includes", "extends"):
        terms = [set(at.loc[at["column"] == column, "row"].str.lower()) for column in columns]
        shown = "; ".join(", ".join(at.loc[at["column"] == column, "symbol"]) for column in columns)
        return shown, [set(argument.split("|")) <= terms[0] if argument else terms[0] > terms[-1]]
    if unknown := [key for key in keys if key not in at.index]:
        raise panel.DataError(f"claims: found {unknown}; expected cells that the paper prints")
    rows = at.loc[keys]
    shown = ", ".join(
        f"{prose.starred(cell.coef, cell.stars)} ({prose.number(cell.t, 3)})"
        for cell in rows.itertuples()
    )
    if name == "differs":
        p_of = differences(at).set_index(["first", "second", "row"])["least_p"]
        heads = [_HEADING[column] for column in columns]
        pairs = zip(heads[::2], heads[1::2], rows["row"].iloc[::2], strict=True)
        return shown, [bool(p_of[pair] < float(argument)) for pair in pairs]
    if name in _LEVEL:
        return shown, _levels(name, argument, rows)
    values = rows["coef"].to_numpy().reshape(-1, 2 if name in ("same_sign", "sign_changes") else 1)
    return shown, [bool(_SIGN[name](*pair)) for pair in values]


def _levels(name: str, argument: str, rows: pd.DataFrame) -> list[bool]:
    shown, least, most = rows["stars"].str.len(), rows["least"], rows["most"]
    if name in ("significant", "not_significant"):
        yes = name == "significant"
        return [*(shown.gt(0) == yes), *(most.gt(0) if yes else least.eq(0))]
    said = [LEVELS.index(float(level)) + 1 for level in argument.split("->")]
    wanted = np.resize(said, len(rows))
    return [*(shown == wanted), *((least <= wanted) & (wanted <= most))]


# --- the figure ---------------------------------------------------------------------------------


def stars_plot(frame: pd.DataFrame, failing: list[str]) -> style.Chart:
    """Sizes of t, printed stars, and where stars begin; labels that fail are hollow."""
    rows = frame.assign(size=frame["t"].abs()).sort_values(["size", "label"], ignore_index=True)
    fig, ax = style.figure(height=5.6)
    for cutoff, mark in zip(LIMITS, MARKS[1:], strict=True):
        ax.axvline(cutoff, color=style.MUTED, linewidth=1, linestyle="--")
        ax.annotate(mark, (cutoff, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    for mark, marker in zip(MARKS, "o^sD", strict=True):
        part = rows[rows["stars"] == mark]
        fills = ["white" if label in failing else style.INK for label in part["label"]]
        ax.scatter(part["size"], part.index, c=fills, marker=marker, s=34, label=mark or "no star",
                   zorder=3, edgecolors=style.INK)  # fmt: skip
    ax.set_yticks(range(len(rows)), rows["label"])
    ax.set(xlim=(0, None), xlabel="|t| as printed")
    ax.grid(axis="y", visible=False)
    for handle in ax.legend(title="Printed", loc="upper left").legend_handles:
        handle.set_color(style.INK)
    return style.Chart(fig, "Printed t and printed stars")
