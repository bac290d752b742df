"""The paper's Tables 1 to 3 as printed, and the recomputed cells beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib import panel
from lib.estimation import Estimate, partial_correlation
from lib.specifications import SYMBOL, Specification

LEVELS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
CITIES = 41
# Table 3 does not say how the 41 divide into reaches; in proportion to the Belt's 33, 36 and 41
# cities of the upper, middle and lower reach they would be these.
CITIES_OF_REACH = {None: CITIES, "upper": 12, "middle": 14, "lower": 15}
VERDICTS = ("agrees", "partly", "not found", "contradicts")


def load(table: int) -> pd.DataFrame:
    """Read one printed table, a row per cell.

    Returns
    -------
    DataFrame
        ``table, column, column_printed, row, row_printed, coef, stars, t, text``; ``coef`` and
        ``t`` are floats, missing in cells that hold text; ``stars`` is "" where none is printed.

    Raises
    ------
    lib.panel.DataError
        The paper has no such table.
    """
    path = panel.DATA / "published" / f"table{table}.csv"
    if not path.exists():
        raise panel.DataError(f"table {table!r}: not found; the paper has Tables 1, 2 and 3")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame.assign(
        table=frame["table"].astype(int),
        coef=pd.to_numeric(frame["coef"], errors="coerce"),
        t=pd.to_numeric(frame["t"], errors="coerce"),
    )


def coefficients(table: int) -> pd.DataFrame:
    """The printed cells of a table that hold a coefficient."""
    cells = load(table)
    return cells[cells["coef"].notna()].reset_index(drop=True)


def printed_text(table: int, column: str, row: str) -> str:
    """One printed cell that holds text, such as Adj. R2 or the Hausman p-value.

    Raises
    ------
    KeyError
        The table has no such cell.
    """
    cells = load(table).set_index(["column", "row"])["text"]
    return cells.loc[(column, row)]


def stars(p: float) -> str:
    """Stars of a two-sided p-value by the rule under the paper's tables: 1, 5 and 10 %."""
    return next((mark for level, mark in LEVELS if p < level), "")


def printed_df(spec: Specification) -> int:
    """Residual degrees of freedom of a printed column, if it is what the text says it is.

    A balanced panel of the 41 cities over the column's years with city and year effects:
    N T - N - T + 1 - K.
    """
    n = CITIES_OF_REACH[spec.reach]
    t = spec.years[1] - spec.years[0] + 1
    return n * t - n - t + 1 - len(spec.terms)


def compare(spec: Specification, found: Estimate) -> pd.DataFrame:
    """Put the printed cells of a column beside the recomputed ones, with a verdict for each.

    Parameters
    ----------
    spec : Specification
        The column.
    found : Estimate
        The same regression on the official panel.

    Returns
    -------
    DataFrame
        A row per coefficient, with ``table, column, heading, row, symbol`` and

        - ``printed, printed_stars, printed_t, printed_r``: the paper's cell; r is the partial
          correlation t / sqrt(t^2 + df);
        - ``coef, t, stars, clustered_t, clustered_stars, r, r_low, r_high``: ours, classical
          and clustered by city; the 95 % interval of r by Fisher's z;
        - ``sign, significance, size``: booleans, see Notes;
        - ``verdict``: one of ``VERDICTS``.

    Notes
    -----
    *sign*: the coefficients have the same sign.  *significance*: both have, or neither has, a
    star, that is 10 % or better; theirs as printed, ours by the classical t, since the paper
    names no other.  *size*: the printed partial
    correlation lies in the 95 % interval of ours; it needs no units, which the paper does not
    give.  *agrees*: all three.  *contradicts*: the sign differs and ours is significant at
    10 %.  *not found*: the printed cell has a star, ours has not.  *partly*: the rest.
    """
    cells = coefficients(spec.table)
    terms = list(spec.terms)
    cells = cells[cells["column"] == spec.column].set_index("row").loc[terms]
    df = printed_df(spec)
    classical, clustered = found.classical.loc[terms], found.clustered.loc[terms]
    ours = partial_correlation(classical["t"], found.df_resid)
    frame = pd.DataFrame(
        {
            "table": spec.table,
            "column": spec.column,
            "heading": spec.heading,
            "row": cells.index,
            "symbol": [SYMBOL[row] for row in cells.index],
            "printed": cells["coef"].to_numpy(),
            "printed_stars": cells["stars"].to_numpy(),
            "printed_t": cells["t"].to_numpy(),
            "printed_r": partial_correlation(cells["t"], df)["r"].to_numpy(),
            "coef": found.coef.loc[terms].to_numpy(),
            "t": classical["t"].to_numpy(),
            "stars": [stars(p) for p in classical["p"]],
            "clustered_t": clustered["t"].to_numpy(),
            "clustered_stars": [stars(p) for p in clustered["p"]],
            "r": ours["r"].to_numpy(),
            "r_low": ours["low"].to_numpy(),
            "r_high": ours["high"].to_numpy(),
        }
    )
    ours_significant = frame["stars"] != ""
    theirs_significant = frame["printed_stars"] != ""
    sign = np.sign(frame["printed"]) == np.sign(frame["coef"])
    significance = ours_significant == theirs_significant
    size = frame["printed_r"].between(frame["r_low"], frame["r_high"])
    conditions = [
        sign & significance & size,
        ~sign & ours_significant,
        theirs_significant & ~ours_significant,
    ]
    verdict = np.select(conditions, ["agrees", "contradicts", "not found"], default="partly")
    return frame.assign(sign=sign, significance=significance, size=size, verdict=verdict)


def compare_table(
    columns: tuple[Specification, ...], found: Mapping[str, Estimate]
) -> pd.DataFrame:
    """:func:`compare` for every column of a table, one below the other."""
    frames = [compare(spec, found[spec.column]) for spec in columns]
    return pd.concat(frames, ignore_index=True)


def count_verdicts(cells: pd.DataFrame) -> pd.Series:
    """Number of cells with each verdict, in the order of ``VERDICTS``."""
    return cells["verdict"].value_counts().reindex(VERDICTS, fill_value=0)


def differences(cells: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Does a coefficient differ between two columns?  A z test, printed and recomputed.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`compare_table`.
    pairs : sequence of (str, str)
        Columns to compare; the difference is the second less the first.

    Returns
    -------
    DataFrame
        A row per pair and regressor: ``first, second`` (headings), ``row, symbol``, and for the
        printed and our figures ``difference, z, p`` (``printed_`` before theirs).

    Notes
    -----
    z = (b2 - b1) / sqrt(se1^2 + se2^2), with se = b / t: the printed t for the paper's figures,
    the t clustered by city for ours.  It takes the two estimates for independent.  Two reaches
    share no city; two periods share all of them, and a positive correlation between the two
    estimates of a city's slope would make the true |z| larger.
    Source: Clogg, Petkova and Haritou (1995), for independent samples.
    """
    indexed = cells.set_index(["column", "row"])
    rows = []
    for first, second in pairs:
        for row in indexed.loc[first].index:
            one, two = indexed.loc[(first, row)], indexed.loc[(second, row)]
            theirs = _z(one["printed"], one["printed_t"], two["printed"], two["printed_t"])
            ours = _z(one["coef"], one["clustered_t"], two["coef"], two["clustered_t"])
            rows.append(
                {"first": one["heading"], "second": two["heading"], "row": row}
                | {"symbol": one["symbol"]}
                | {f"printed_{name}": value for name, value in theirs.items()}
                | ours
            )
    return pd.DataFrame(rows)


def _z(b1: float, t1: float, b2: float, t2: float) -> dict[str, float]:
    difference = b2 - b1
    z = difference / np.hypot(b1 / t1, b2 / t2)
    return {"difference": difference, "z": z, "p": 2 * stats.norm.sf(abs(z))}
