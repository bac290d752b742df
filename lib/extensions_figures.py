"""Figures and tables of the extensions: :mod:`lib.dynamics` and :mod:`lib.spatial`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.ticker import MaxNLocator

from lib import style
from lib.dynamics import LAG, Dynamic, long_run
from lib.published import stars
from lib.spatial import SpatialFit
from lib.specifications import SYMBOL
from lib.tables import Table, number, starred

_ESTIMATORS = {
    "least_squares": ("least squares", style.INK, "o", "-"),
    "corrected": ("corrected by the formula", style.REACH["upper"], "s", "--"),
    "jackknife": ("half-panel jackknife", style.ACCENT, "^", "-."),
    "anderson_hsiao": ("Anderson–Hsiao (median)", style.REACH["lower"], "D", ":"),
}


def bias_plot(found: Mapping[str, pd.DataFrame], title: str) -> style.Chart:
    """Draw the bias of each estimator of rho against the true rho, a panel per simulation.

    Parameters
    ----------
    found : mapping
        Panel title -> result of :func:`lib.dynamics.simulate`.
    """
    fig, axes = style.figure(7.2, 4.0, columns=len(found), sharey=True, squeeze=False)
    for ax, (heading, rows) in zip(axes[0], found.items(), strict=True):
        ax.axhline(0, color=style.MUTED, lw=1)
        look = {"color": style.MUTED, "lw": 5, "alpha": 0.35, "label": "Nickell's formula"}
        ax.plot(rows["rho"], rows["formula"], **look)
        for name, (label, colour, marker, line) in _ESTIMATORS.items():
            look = {"color": colour, "marker": marker, "ls": line, "ms": 5, "lw": 1.5}
            ax.plot(rows["rho"], rows[name], label=label, **look)
        ax.set_title(f"Simulated: {heading}", fontsize=10)
        ax.set_xlabel("True ρ")
    axes[0][0].set_ylabel("Estimate less true ρ")
    handles, labels = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
    return style.Chart(fig, title)


def dynamic_table(found: Mapping[str, Dynamic], caption: str, name: str, note: str = "") -> Table:
    """Rho, slopes and long-run effects of several estimates, t clustered by city below.

    Parameters
    ----------
    found : mapping
        Row heading -> estimate of y on its lag, LM and IA.
    """
    rows = []
    for heading, fit in found.items():
        after = long_run(fit)
        row = {"Estimator": heading, "ρ": number(fit.coef[LAG])}
        table = fit.table
        row["95 % interval of ρ"] = (
            f"{number(table.loc[LAG, 'low'])}, {number(table.loc[LAG, 'high'])}"
        )
        for term in fit.coef.index.drop(LAG):
            row[SYMBOL[term]] = _cell(table.loc[term])
        for term in fit.coef.index.drop(LAG):
            row[f"{SYMBOL[term]}, long run"] = (
                "undefined" if pd.isna(after.loc[term, "coef"]) else _cell(after.loc[term], 2)
            )
        row["N"] = str(fit.nobs)
        rows.append(row)
    legend = f"[t] clustered by city; stars: *** 1 %, ** 5 %, * 10 %. {note}"
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def _cell(row: pd.Series, digits: int = 3) -> str:
    shown = (
        starred(row["coef"], stars(row["p"]))
        if digits == 3
        else (number(row["coef"], digits) + stars(row["p"]))
    )
    return f"{shown} [{number(row['t'], 2)}]"


def spatial_table(
    found: Mapping[str, pd.DataFrame], terms: Sequence[str], caption: str, name: str, note: str = ""
) -> Table:
    """Coefficients and t of several spatial models, one to a row; a dash where a term is not in.

    Parameters
    ----------
    found : mapping
        Row heading -> frame with ``coef, t, p`` by term.
    terms : sequence of str
        Columns; ``rho`` is the spatial parameter, ``w_<term>`` that of neighbours.
    """
    rows = []
    for heading, table in found.items():
        row = {"Model": heading}
        for term in terms:
            row[_symbol(term)] = _cell(table.loc[term]) if term in table.index else "–"
        rows.append(row)
    legend = f"Coefficient, stars and [t]. Stars: *** 1 %, ** 5 %, * 10 %. {note}"
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def _symbol(term: str) -> str:
    if term == "rho":
        return "ρ"
    return f"W {SYMBOL[term[2:]]}" if term.startswith("w_") else SYMBOL[term]


def effects_table(
    found: Mapping[str, SpatialFit], caption: str, name: str, note: str = ""
) -> Table:
    """Direct, indirect and total effects of spatial lag models, standard errors in brackets."""
    rows = []
    for heading, fit in found.items():
        for term, effects in fit.effects.iterrows():
            row = {"Weights, regressor": f"{heading}, {SYMBOL[str(term)]}"}
            for effect in ("direct", "indirect", "total"):
                row[effect.capitalize()] = (
                    f"{number(effects[effect])} ({number(effects[f'se_{effect}'])})"
                )
            rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, note)


def survival_plot(found: pd.DataFrame, title: str) -> style.Chart:
    """Draw the coefficients of LM and IA under every model, a panel for each.

    Parameters
    ----------
    found : DataFrame
        ``model, term, coef, low, high, p``; models as "group: name", a line between groups.
    """
    models = list(dict.fromkeys(found["model"]))
    terms = list(dict.fromkeys(found["term"]))
    fig, axes = style.figure(
        7.2, 1.2 + 0.3 * len(models), columns=len(terms), sharey=True, squeeze=False
    )
    at = {model: len(models) - 1 - k for k, model in enumerate(models)}
    groups = [model.split(":")[0] for model in models]
    ends = [
        at[m] + 0.5
        for m, g, before in zip(models[1:], groups[1:], groups, strict=False)
        if g != before
    ]
    for ax, term in zip(axes[0], terms, strict=True):
        part = found[found["term"] == term]
        place = part["model"].map(at).to_numpy(dtype=float)
        ax.axvline(0, color=style.ACCENT, lw=1.2, ls="--")
        for end in ends:
            ax.axhline(end, color=style.MUTED, lw=0.6, ls=":")
        ax.hlines(place, part["low"], part["high"], color=style.REACH["upper"], lw=1.6)
        significant = (part["p"] < 0.05).to_numpy()
        for fill, chosen, label in (
            (style.REACH["upper"], significant, "significant at 5 %"),
            ("white", ~significant, "not"),
        ):
            look = {"color": style.REACH["upper"], "mfc": fill, "ms": 5.5, "label": label}
            ax.plot(part["coef"].to_numpy()[chosen], place[chosen], "o", **look)
        ax.set_title(SYMBOL[term], fontsize=10.5)
        ax.set_xlabel("Coefficient, 95 % interval")
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
        ax.grid(axis="y", visible=False)
    axes[0][0].set_yticks(list(at.values()), list(at), fontsize=8.5)
    axes[0][0].set_ylim(-0.6, len(models) - 0.4)
    handles, labels = axes[0][-1].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper right", ncols=2, fontsize=9)
    return style.Chart(fig, title)


def survival(
    estimates: Mapping[str, pd.DataFrame], terms: Sequence[str] = ("lm", "ia")
) -> pd.DataFrame:
    """Put the slopes of several models below each other, for :func:`survival_plot`.

    Parameters
    ----------
    estimates : mapping
        Model -> frame with ``coef, p, low, high`` by term.
    """
    return pd.DataFrame(
        [
            {"model": model, "term": term}
            | {key: float(table.loc[term, key]) for key in ("coef", "low", "high", "p")}
            for term in terms
            for model, table in estimates.items()
        ]
    )


def survival_table(
    found: pd.DataFrame, printed: Mapping[str, pd.Series], caption: str, name: str, note: str = ""
) -> Table:
    """Printed beside recomputed, model by model, and whether the sign is the printed one.

    Parameters
    ----------
    found : DataFrame
        As from :func:`survival`.
    printed : mapping
        Term -> printed cell, with ``coef`` and ``stars``.
    """
    rows = []
    for model, part in found.groupby("model", sort=False):
        row = {"Model": str(model)}
        for term, cell in part.set_index("term").iterrows():
            theirs = printed[str(term)]
            heading = f"{SYMBOL[str(term)]} (printed {starred(theirs['coef'], theirs['stars'])})"
            row[heading] = starred(cell["coef"], stars(cell["p"]))
            row[f"{SYMBOL[str(term)]}: sign"] = (
                "as printed" if cell["coef"] * theirs["coef"] > 0 else "the other"
            )
        rows.append(row)
    words = tuple(column for column in rows[0] if column.endswith("sign"))
    return Table(pd.DataFrame(rows), caption, name, note, words)
