"""The paper's five recommendations, and the coefficients that would have to support them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from lib.estimation import Estimate
from lib.published import stars


@dataclass(frozen=True)
class Recommendation:
    """A recommendation of the paper's section 5 and the cells it rests on.

    Attributes
    ----------
    number : int
        Its place in section 5.
    title : str
        In our words.
    cells : tuple of (str, str)
        Column and row of each coefficient that would have to be positive and significant.
    """

    number: int
    title: str
    cells: tuple[tuple[str, str], ...]


RECOMMENDATIONS = (
    Recommendation(
        1,
        "Let workers move",
        (
            ("model1", "lm"),
            ("2008-2016", "lm"),
            ("2017-2023", "lm"),
            ("upper", "lm"),
            ("middle", "lm"),
            ("lower", "lm"),
        ),
    ),
    Recommendation(
        2,
        "Build clusters where growth is slow",
        (("model1", "ia"), ("upper", "ia"), ("middle", "ia")),
    ),
    Recommendation(3, "Open further", (("model2", "odi"),)),
    Recommendation(4, "Upgrade the structure", (("model2", "rissl"),)),
    Recommendation(5, "Let government even out", (("model2", "gr"),)),
)


def support(cells: pd.DataFrame) -> pd.DataFrame:
    """Say which recommendations the printed and the recomputed cells support.

    Parameters
    ----------
    cells : DataFrame
        All columns of Tables 1 to 3, as from :func:`lib.published.compare_table`.

    Returns
    -------
    DataFrame
        A row per recommendation: ``number, title, needed`` (how many cells would have to be
        positive with a star), ``printed`` (how many are, with the printed stars), ``found``
        (how many are, with errors clustered by city) and ``opposed`` (negative with a star,
        clustered), and ``verdict``: supported (all), partly (some), not supported (none).
    """
    indexed = cells.set_index(["column", "row"])
    rows = []
    for item in RECOMMENDATIONS:
        needed = indexed.loc[list(item.cells)]
        starred = needed["clustered_stars"] != ""
        found = int(((needed["coef"] > 0) & starred).sum())
        printed = int(((needed["printed"] > 0) & (needed["printed_stars"] != "")).sum())
        verdict = "partly" if found else "not supported"
        rows.append(
            {
                "number": item.number,
                "title": item.title,
                "needed": len(needed),
                "printed": printed,
                "found": found,
                "opposed": int(((needed["coef"] < 0) & starred).sum()),
                "verdict": "supported" if found == len(needed) else verdict,
            }
        )
    return pd.DataFrame(rows)


def slope_at(found: Estimate, term: str, product: str, at: float) -> pd.Series:
    """Slope of a regressor where the variable it is multiplied with has the value ``at``.

    Parameters
    ----------
    found : Estimate
        Holds both terms.
    term, product : str
        The regressor, and its product with the other variable.
    at : float
        Value of that other variable.

    Returns
    -------
    Series
        ``slope, se, t, p, low, high, stars``: b_term + at * b_product, its standard error
        clustered by city, the 95 % interval and stars by t(G - 1).

    Notes
    -----
    Source: Brambor, Clark and Golder (2006), on what an interaction means.
    """
    weights = pd.Series({term: 1.0, product: at})
    covariance = found.cov_clustered.loc[weights.index, weights.index]
    slope = float(weights @ found.coef[weights.index])
    se = float(np.sqrt(weights @ covariance @ weights))
    df = found.n_clusters - 1
    p = 2 * stats.t.sf(abs(slope / se), df)
    half = stats.t.ppf(0.975, df) * se
    return pd.Series(
        {"slope": slope, "se": se, "t": slope / se, "p": p}
        | {"low": slope - half, "high": slope + half, "stars": stars(p)}
    )
