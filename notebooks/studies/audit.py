"""What the printed Tables 1 to 3 say of themselves: errors, stars, differences, sentences.

All of it follows from the printed digits.  A coefficient and its t give the standard error, and
all three are known to half a unit of the third decimal; no check is called failed unless it fails
wherever in that interval the unrounded figures lie.

``data/claims.csv`` holds the paper's sentences about its tables in our words: ``id, place, claim,
kind``; ``cells``, printed cells as ``table/column/row`` or columns as ``table/column``, listed
with ``;``, taken in pairs by relations between two; and ``relation``, one of ``RELATIONS`` with its
argument after ``=``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from lib import panel, prose, published, style
from lib.specifications import COLUMNS, SYMBOL

HALF = 0.0005
"""Half a unit of the third decimal: how far a printed figure may be from the one behind it."""
MARKS = ("", "*", "**", "***")
LEVELS = (0.10, 0.05, 0.01)
CLAIMS = panel.DATA / "claims.csv"
VERDICTS = ("holds", "holds in part", "does not hold", "not shown", "cannot be checked")
PAIRS = (("2008-2016", "2017-2023"), ("upper", "lower"), ("middle", "lower"), ("upper", "middle"))
"""Columns that the text sets against each other.  The first two share their cities."""
_HEADING = {column.key: column.heading for column in COLUMNS}
_START = {column.key: column.years[0] for column in COLUMNS}

Rule = Callable[[float, pd.DataFrame], "float | np.ndarray"]
RULES: Mapping[str, Rule] = {
    "N(0,1)": lambda level, cells: stats.norm.isf(level / 2),
    "t(df)": lambda level, cells: stats.t.isf(level / 2, cells["df"]),
    "t(G − 1)": lambda level, cells: stats.t.isf(level / 2, cells["clusters"] - 1),
    "N(0,1), one-sided": lambda level, cells: stats.norm.isf(level),
    "1.64, 1.96, 2.58": lambda level, cells: {0.10: 1.64, 0.05: 1.96, 0.01: 2.58}[level],
}
"""The |t| from which each level's star is given.  The last is N(0,1) cut to two decimals."""


def cells(printed: pd.DataFrame | None = None) -> pd.DataFrame:
    """The printed coefficients, with what the text says of their columns.

    Parameters
    ----------
    printed : DataFrame, optional
        As from :func:`lib.published.coefficients`, which is the default.

    Returns
    -------
    DataFrame
        ``table, column, row, coef, stars, t``; ``symbol``, ``label`` ("IA (Model 1)"); ``df``, the
        residual degrees of freedom of :func:`lib.published.df_resid`; ``clusters``, the cities.
    """
    frame = published.coefficients() if printed is None else printed.copy()
    symbol = frame["row"].map(lambda row: SYMBOL.get(row, row))
    return frame.assign(
        symbol=symbol,
        label=symbol + " (" + frame["column"].map(_HEADING) + ")",
        df=frame["column"].map(published.df_resid),
        clusters=frame["column"].map(lambda key: published.CITIES_OF.get(key, published.CITIES)),
    )


def earned(size: pd.Series, frame: pd.DataFrame, rule: str) -> pd.Series:
    """How many stars values of |t| earn under one of ``RULES``; `frame` as from :func:`cells`.

    Raises
    ------
    KeyError
        There is no such rule.
    """
    reached = [(size + 1e-12 >= RULES[rule](level, frame)).astype(int) for level in LEVELS]
    return pd.Series(sum(reached), index=size.index)


def check_stars(frame: pd.DataFrame) -> pd.DataFrame:
    """The printed stars against those that the printed t earn, under every rule.

    Parameters
    ----------
    frame : DataFrame
        As from :func:`cells`.

    Returns
    -------
    DataFrame
        A row per cell and rule: ``column, row, label, t, stars, rule``; ``mark``, earned by t as
        printed; ``least, most``, numbers of stars of the smallest and largest |t| that round to
        it; ``agrees`` (mark is as printed) and ``possible`` (it is for some such |t|).
    """
    size, found = frame["t"].abs(), []
    shown = frame["stars"].str.len()
    for rule in RULES:
        least = earned((size - HALF).clip(lower=0), frame, rule)
        most, mark = earned(size + HALF, frame, rule), earned(size, frame, rule)
        found.append(
            frame[["column", "row", "label", "t", "stars"]].assign(
                rule=rule,
                mark=[MARKS[n] for n in mark],
                least=least,
                most=most,
                agrees=mark == shown,
                possible=shown.between(least, most),
            )
        )
    return pd.concat(found, ignore_index=True)


def rules_compared(checks: pd.DataFrame) -> pd.DataFrame:
    """What each rule gives back: ``as_printed, possible`` (counts) and ``failing`` (labels)."""
    rows = {
        rule: {
            "as_printed": int(part["agrees"].sum()),
            "possible": int(part["possible"].sum()),
            "failing": list(part.loc[~part["possible"], "label"]),
        }
        for rule, part in checks.groupby("rule", sort=False)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def repeats(frame: pd.DataFrame) -> pd.DataFrame:
    """What a new sample of the same kind would find, were the printed coefficients the truth.

    Returns
    -------
    DataFrame
        ``power``, the chance that |t| passes 5 %, and ``same``, of the printed sign with the very
        same stars; t is normal with variance 1 around the printed t, stars are those of N(0,1).
    """
    size, n = frame["t"].abs(), frame["stars"].str.len()
    edges = np.array([0.0, *stats.norm.isf(np.array(LEVELS) / 2), np.inf])
    cutoff = edges[2]  # that of 5 %
    return pd.DataFrame(
        {
            "power": stats.norm.sf(cutoff - size) + stats.norm.cdf(-cutoff - size),
            "same": stats.norm.cdf(edges[n + 1] - size) - stats.norm.cdf(edges[n] - size),
        },
        index=frame.index,
    )


def hausman_rows() -> pd.Series:
    """The printed Hausman p-values, by heading."""
    texts = {c.heading: published.text(c.table, c.key, "hausman_p") for c in COLUMNS}
    return pd.Series(texts).astype(float)


# --- comparisons --------------------------------------------------------------------------------


def differences(frame: pd.DataFrame) -> pd.DataFrame:
    """Do two printed coefficients differ?  The z test that the comparisons go without.

    Returns
    -------
    DataFrame
        A row per pair of ``PAIRS`` and term: ``first, second`` (headings), ``row, symbol``,
        ``difference``, ``z`` and ``p`` for independent estimates, ``shared`` (whether the columns
        have the same cities), and ``least_p``: the smallest p-value that any rounding of the four
        figures and, where cities are shared, any correlation of the estimates allow.

    Notes
    -----
    var(b2 - b1) = se1^2 + se2^2 - 2 rho se1 se2 is least at rho = 1: (se1 - se2)^2.  Over the box
    of rounding |z| is largest at a corner, or without bound where se1 - se2 may vanish.
    """
    at = frame.set_index(["column", "row"])
    rows = []
    for a, b in PAIRS:
        for row in frame.loc[frame["column"] == a, "row"]:
            one, two = (at.loc[(key, row), ["coef", "t"]].to_numpy(float) for key in (a, b))
            z = (two[0] - one[0]) / np.hypot(one[0] / one[1], two[0] / two[1])
            shared = a in published.YEARS_OF
            least = 2 * stats.norm.sf(_greatest_z(np.concatenate([one, two]), shared))
            names = (_HEADING[a], _HEADING[b], row, SYMBOL.get(row, row))
            rows.append((*names, two[0] - one[0], z, 2 * stats.norm.sf(abs(z)), shared, least))
    head = ["first", "second", "row", "symbol", "difference", "z", "p", "shared", "least_p"]
    return pd.DataFrame(rows, columns=head)


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
    "increases": lambda a, b: b > a,
}
_LEVEL = ("level", "level_changes", "significant", "not_significant")
_COLUMN = ("includes", "extends", "starts")
RELATIONS = (*_SIGN, *_LEVEL, *_COLUMN, "differs", "hausman_rejects", "about")


def load_claims(path: Path | str = CLAIMS) -> pd.DataFrame:
    """Read the claims.

    Raises
    ------
    lib.panel.DataError
        A column is missing, a field is empty, or a relation is none of ``RELATIONS``.
    """
    claims = pd.read_csv(path, dtype=str, keep_default_na=False)
    wanted = ["id", "place", "claim", "kind", "cells", "relation"]
    if list(claims.columns) != wanted:
        raise panel.DataError(f"{path}: found {list(claims.columns)}; expected {wanted}")
    for line, claim in enumerate(claims.to_dict("records"), start=2):
        name = claim["relation"].partition("=")[0]
        if not all(value.strip() for value in claim.values()) or name not in RELATIONS:
            raise panel.DataError(
                f"{path}, row {line}: found {claim}; expected no empty field, and a relation of "
                f"{', '.join(RELATIONS)}"
            )
    return claims


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
    which is given the more favourable of N(0,1) and t(df) and of the values that round to it.
    """
    frame = cells(printed)
    checks = check_stars(frame).query("rule in ('N(0,1)', 't(df)')").groupby(["column", "row"])
    span = checks.agg(least=("least", "min"), most=("most", "max"))
    frame = frame.join(span, on=["column", "row"])
    key = frame["table"].astype(str) + "/" + frame["column"] + "/" + frame["row"]
    frame = frame.set_index(key.str.lower())
    judged = []
    for claim in claims.to_dict("records"):
        name, _, argument = claim["relation"].partition("=")
        found, held = _compared(claim["cells"].split(";"), name, argument, frame)
        verdict = VERDICTS[0 if all(held) else 1 if any(held) else 3 if name == "differs" else 2]
        judged.append((found, verdict if held else VERDICTS[4]))
    return claims.assign(found=[f for f, _ in judged], verdict=[v for _, v in judged])


def _compared(
    keys: list[str], name: str, argument: str, at: pd.DataFrame
) -> tuple[str, list[bool]]:
    """The cells of a claim as printed, and the comparisons it comes down to: none, no check."""
    if keys[0].startswith("2sls"):
        return "not printed", []
    columns = [key.split("/")[1] for key in keys]
    if name in _COLUMN:
        held = [set(at.loc[at["column"] == column, "row"].str.lower()) for column in columns]
        shown = "; ".join(", ".join(at.loc[at["column"] == column, "symbol"]) for column in columns)
        if name == "starts":
            return _HEADING[columns[0]], [_START[columns[0]] == int(argument)]
        fits = set(argument.split("|")) <= held[0] if name == "includes" else held[0] > held[-1]
        return shown, [fits]
    if keys[0].endswith("hausman_p"):
        p = [hausman_rows()[_HEADING[column]] for column in columns]
        shown = ", ".join(prose.p_value(each) for each in p)
        return shown, [each < float(argument) for each in p] if name == "hausman_rejects" else []
    if unknown := [key for key in keys if key not in at.index]:
        raise panel.DataError(f"claims: found {unknown}; expected cells that the paper prints")
    rows = at.loc[keys]
    shown = ", ".join(
        f"{prose.starred(cell.coef, cell.stars)} ({prose.number(cell.t, 3)})"
        for cell in rows.itertuples()
    )
    if name == "about":  # every coefficient is about the level of REG
        return shown, [True] if argument == "level" else []
    if name == "differs":
        p_of = differences(at).set_index(["first", "second", "row"])["least_p"]
        heads = [_HEADING[column] for column in columns]
        pairs = zip(heads[::2], heads[1::2], rows["row"].iloc[::2], strict=True)
        return shown, [bool(p_of[pair] < float(argument)) for pair in pairs]
    if name in _LEVEL:
        return shown, _levels(name, argument, rows)
    width = 2 if name in ("same_sign", "sign_changes", "increases") else 1
    values = rows["coef"].to_numpy().reshape(-1, width)
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
    """|t| of every printed coefficient, its printed stars, and the values that stars begin at.

    Parameters
    ----------
    frame : DataFrame
        As from :func:`cells`.
    failing : list of str
        Labels to be picked out.
    """
    rows = frame.assign(size=frame["t"].abs()).sort_values(["size", "label"], ignore_index=True)
    fig, ax = style.figure(height=5.6)
    for level, mark in zip(LEVELS, MARKS[1:], strict=True):
        cutoff = stats.norm.isf(level / 2)
        ax.axvline(cutoff, color=style.MUTED, linewidth=1, linestyle="--")
        ax.annotate(mark, (cutoff, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
    for mark, marker in zip(MARKS, "o^sD", strict=True):
        part = rows[rows["stars"] == mark]
        colours = [style.ACCENT if label in failing else style.INK for label in part["label"]]
        name = f"printed {mark}" if mark else "printed without"
        ax.scatter(part["size"], part.index, c=colours, marker=marker, s=34, label=name, zorder=3)
    ax.set_yticks(range(len(rows)), rows["label"], fontsize=9.2)
    ax.set(xlim=(0, None), xlabel="|t| as printed")
    ax.grid(axis="y", visible=False)
    for handle in ax.legend(loc="lower right").legend_handles:
        handle.set_color(style.INK)
    return style.Chart(fig, "Printed t and printed stars")
