"""What a multiverse says: how many specifications agree with a claim, and which choice matters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from lib import multiverse_register as register
from lib.multiverse import Multiverse
from lib.multiverse_register import Claim
from lib.panel import DataError

LEVELS = (0.05, 0.10)
# Choices that a partial correlation depends on; errors move its t and p only.
VARYING = register.CHOICES[:-1]


def agreement(
    found: Multiverse, claims: Sequence[Claim], keep: np.ndarray | None = None
) -> pd.DataFrame:
    """Share of a claim's specifications that agree with it.

    Parameters
    ----------
    found : Multiverse
    claims : sequence of Claim
    keep : bool array (rows of ``found.estimates``), optional
        Specifications to count; by default all.

    Returns
    -------
    DataFrame
        A row a claim: ``label, specifications``; ``sign``, the share with the printed sign;
        ``median`` of the partial correlations, and ``printed_r``; for each kind of errors and 5
        and 10 %: ``agrees_<kind>_<level>``, the share with the printed sign that is significant
        (for a cell printed without stars: that is not), and ``against_<kind>_<level>``, the
        share with the other sign and significant.  NaN where errors are excluded.
    """
    rows = []
    for claim in claims:
        at = found.of(claim.scope, claim.term)
        at = at if keep is None else at[keep[at]]
        if not len(at):
            raise DataError(f"agreement: {claim.label}: found no specification to count")
        part = found.estimates.iloc[at]
        same = np.sign(part["coef"].to_numpy()) == claim.sign
        row = {
            "label": claim.label,
            "specifications": len(part),
            "sign": same.mean(),
            "median": part["r"].median(),
            "printed_r": claim.r,
        }
        for kind in register.options("errors"):
            p = part[f"p_{kind}"].to_numpy()
            for level in LEVELS:
                name = f"{kind}_{round(100 * level)}"
                given = not np.isnan(p).any()
                clear = p < level
                agrees = same & (clear if claim.starred else ~clear)
                row[f"agrees_{name}"] = agrees.mean() if given else np.nan
                row[f"against_{name}"] = (~same & clear).mean() if given else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def by_option(
    found: Multiverse,
    claim: Claim,
    choices: Sequence[str] | str,
    keep: np.ndarray | None = None,
) -> pd.DataFrame:
    """A claim's specifications option by option.

    Parameters
    ----------
    found : Multiverse
    claim : Claim
    choices : str or sequence of str
        Of several choices, every combination of options that occurs.
    keep : bool array (rows of ``found.estimates``), optional
        Specifications to count; by default all.

    Returns
    -------
    DataFrame
        Index: labels of the options.  ``specifications``; ``positive``, the share of positive
        coefficients; ``median`` partial correlation; ``significant_positive`` and
        ``significant_negative``, shares at 5 %, errors by city.
    """
    choices = [choices] if isinstance(choices, str) else list(choices)
    at = found.of(claim.scope, claim.term)
    part = found.estimates.iloc[at if keep is None else at[keep[at]]]
    labels = register.register().set_index(["choice", "option"])["label"]
    rows = {}
    for options, each in part.groupby(choices, observed=True):
        clear = each["p_clustered"] < LEVELS[0]
        name = "; ".join(labels[pair] for pair in zip(choices, options, strict=True))
        rows[name] = {
            "specifications": len(each),
            "positive": (each["coef"] > 0).mean(),
            "median": each["r"].median(),
            "significant_positive": (clear & (each["coef"] > 0)).mean(),
            "significant_negative": (clear & (each["coef"] < 0)).mean(),
        }
    return pd.DataFrame(rows).T.astype({"specifications": int})


def decompose(rows: pd.DataFrame, response: np.ndarray, choices: Sequence[str]) -> pd.DataFrame:
    """How much of the variance of a result each choice accounts for, alone and with others.

    Parameters
    ----------
    rows : DataFrame
        A row per specification, with `choices` as columns.
    response : array (rows,)
    choices : sequence of str

    Returns
    -------
    DataFrame
        Index: `choices`.  ``main``: a choice's part in the R-squared of a regression on dummies of
        all options, without interactions.  ``share``: its part in all of the variance, the
        interactions included; it adds up to 1 where no two specifications take the same options.
        Both are divided by Shapley's rule [1]_: what a choice adds to a set of others, averaged
        over all orders in which the choices can enter.

    Raises
    ------
    lib.panel.DataError
        The result does not vary.

    Notes
    -----
    In a full design ``main`` is the analysis of variance, and ``share`` gives each interaction in
    equal parts to the choices that interact [2]_.  Exclusions leave the design not quite full, so
    that the order of entry matters, which is what Shapley's rule averages over.

    References
    ----------
    .. [1] Shapley, L. S. (1953). A value for n-person games. In *Contributions to the Theory of
       Games II*, 307-317.
    .. [2] Owen, A. B. (2014). Sobol' indices and Shapley value. *SIAM/ASA Journal on Uncertainty
       Quantification*, 2(1), 245-251.
    """
    net = np.asarray(response, dtype=float)
    net = net - net.mean()
    total = float(net @ net)
    if not total > 0:
        raise DataError("decompose: found a result that does not vary, expected one that does")
    codes = [pd.factorize(rows[choice])[0] for choice in choices]
    values = {"main": _additive(codes, net, total), "share": _saturated(codes, net, total)}
    found = {name: _shapley(value, len(choices)) for name, value in values.items()}
    return pd.DataFrame(found, index=list(choices))


_Value = Callable[[tuple[int, ...]], float]


def _shapley(value: _Value, players: int) -> list[float]:
    """What each player adds to a coalition, averaged over the orders of entry."""
    worth = {
        chosen: value(chosen) if chosen else 0.0
        for size in range(players + 1)
        for chosen in combinations(range(players), size)
    }
    found = [0.0] * players
    for chosen, before in worth.items():
        for player in set(range(players)) - set(chosen):
            weight = 1 / (players * comb(players - 1, len(chosen)))
            joined = tuple(sorted((*chosen, player)))
            found[player] += weight * (worth[joined] - before)
    return found


def _additive(codes: list[np.ndarray], net: np.ndarray, total: float) -> _Value:
    """R-squared of a regression on the dummies of some choices."""
    blocks = [(each[:, None] == np.arange(each.max() + 1)).astype(float) for each in codes]
    ends = np.cumsum([block.shape[1] for block in blocks])
    places = np.split(np.arange(ends[-1]), ends[:-1])
    columns = np.concatenate(blocks, axis=1)
    columns -= columns.mean(axis=0)
    moments, cross = columns.T @ columns, columns.T @ net

    def value(chosen: tuple[int, ...]) -> float:
        at = np.concatenate([places[choice] for choice in chosen])
        # Dummies of a choice add up to one, so that the moments are singular by design.
        inverse = np.linalg.pinv(moments[np.ix_(at, at)], rcond=1e-10, hermitian=True)
        return float(cross[at] @ inverse @ cross[at]) / total

    return value


def _saturated(codes: list[np.ndarray], net: np.ndarray, total: float) -> _Value:
    """Share of the variance that lies between the cells of some choices."""

    def value(chosen: tuple[int, ...]) -> float:
        cell = np.zeros(len(net), dtype=int)
        for choice in chosen:
            cell = cell * (codes[choice].max() + 1) + codes[choice]
        sums, size = np.bincount(cell, weights=net), np.bincount(cell)
        return float((sums**2 / np.maximum(size, 1)).sum()) / total

    return value
