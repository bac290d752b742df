"""Chapter 6: slopes that arithmetic makes, slopes along own paths, and what verdicts cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from scipy import stats

from lib import placebo, published, style, verdicts
from lib.jackknife import COVERAGE, Jackknife
from lib.specifications import COLUMNS, MODEL1, READINGS, rows
from lib.within import leave_one_out

PATHS = {"twoway": "No own paths", "start": "Paths from 2008", "trend": "A trend per city"}
"""The effects of a reading, as figures name them."""
OUTCOMES = {"reg": "level", "log_reg": "log"}
OFFICIAL, INVENTED, BEYOND = "official", "invented", "official less invented"


def cells(data: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    """Every printed coefficient under both readings, judged by the city jackknife.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load` or :func:`lib.placebo.belt`.
    changes
        Fields of :class:`lib.specifications.Reading` in which both readings differ from the
        paper's, such as ``effects="trend"``.

    Returns
    -------
    DataFrame
        Index ``reading, heading, row``; the columns of :func:`lib.verdicts.judged`, and ``t``.
        The same cells as :func:`lib.verdicts.ledger` in a tenth of its time, which it spends on
        errors that do not decide.
    """
    frames = []
    for reading in (replace(each, **changes) for each in READINGS):
        for column in COLUMNS:
            used = rows(data, reading, column)
            found = leave_one_out(used, "REG", column.terms, effects=reading.effects)
            own = verdicts.judged(column, found.coef, found.table["p"])
            t = found.table.loc[own["row"], "t"].to_numpy()
            frames.append(own.assign(reading=reading.name, t=t))
    return pd.concat(frames).set_index(["reading", "heading", "row"])


def returned(data: pd.DataFrame, elasticities: Sequence[float], without: str = "") -> pd.DataFrame:
    """How many of the verdicts that decide come back where output follows residents.

    Parameters
    ----------
    elasticities : sequence of float
        Of output with respect to residents, in Belts as from :func:`lib.placebo.belt`.
    without : str
        As in :class:`lib.specifications.Reading`.

    Returns
    -------
    DataFrame
        A row per elasticity: ``elasticity, decided, returned``.
    """
    official = cells(data, without=without)
    decided = official["verdict"].isin(verdicts.VERDICTS[:2])
    lines = []
    for elasticity in elasticities:
        other = cells(placebo.belt(data, elasticity), without=without)["verdict"]
        same = int((other[decided] == official["verdict"][decided]).sum())
        lines.append([elasticity, int(decided.sum()), same])
    return pd.DataFrame(lines, columns=["elasticity", "decided", "returned"])


def slopes(data: pd.DataFrame, without: str = "") -> pd.DataFrame:
    """LM and IA in Model 1 along three paths: official, invented, and the difference of the two.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`; beside it stands ``placebo.belt(data)``.
    without : str
        As in :class:`lib.specifications.Reading`.

    Returns
    -------
    DataFrame
        A row per ``path, outcome, reading, kind, row``: ``coef``; by city ``t, p, low, high`` and
        by province ``t_province, p_province, low_province, high_province``, from the jackknife
        without each.  Official intervals are those at the level of the printed star, all others
        those of 95 %.  ``verdict`` and ``firm`` are those on the printed coefficient, by city, and
        whether clusters by province give it, too; they are the official slopes' alone.
    """
    invented, lines = placebo.belt(data), []
    for path in PATHS:
        for outcome in OUTCOMES:
            for reading in READINGS:
                change: Any = {"outcome": outcome, "effects": path, "without": without}
                how = replace(reading, **change)
                place = {"path": path, "outcome": OUTCOMES[outcome], "reading": reading.name}
                made = {}
                for cluster in ("city", "province"):
                    ours, theirs = (
                        leave_one_out(
                            rows(each, how, MODEL1), "REG", MODEL1.terms,
                            effects=how.effects, cluster=cluster,
                        )
                        for each in (data, invented)
                    )  # fmt: skip
                    made[cluster] = {OFFICIAL: ours, INVENTED: theirs, BEYOND: ours - theirs}
                for kind in (OFFICIAL, INVENTED, BEYOND):
                    by = {cluster: found[kind] for cluster, found in made.items()}
                    own = _lines(by, claimed=kind == OFFICIAL)
                    lines.append(own.assign(**place, kind=kind))
    return pd.concat(lines).set_index(["path", "outcome", "reading", "kind", "row"]).sort_index()


def _lines(by: dict[str, Jackknife], claimed: bool) -> pd.DataFrame:
    """The terms of one regression, a row each, by both kinds of cluster."""
    city = by["city"]
    judged = {k: verdicts.judged(MODEL1, city.coef, f.table["p"]) for k, f in by.items()}
    printed = judged["city"]
    level = [published.level(stars) for stars in printed["printed_stars"]]
    frame = pd.DataFrame({"row": printed["row"], "coef": city.coef[printed["row"]].to_numpy()})
    for cluster, found in by.items():
        end = "" if cluster == "city" else f"_{cluster}"
        table = found.table.loc[frame["row"]].reset_index(drop=True)
        outside = np.array(level, float) if claimed else 1 - COVERAGE
        half = table["se"] * stats.t.isf(outside / 2, found.clusters - 1)
        frame[[f"t{end}", f"p{end}"]] = table[["t", "p"]]
        frame[f"low{end}"], frame[f"high{end}"] = frame["coef"] - half, frame["coef"] + half
    if claimed:
        frame["verdict"] = printed["verdict"]
        frame["firm"] = judged["city"]["verdict"].eq(judged["province"]["verdict"])
    return frame


def along_paths(found: pd.DataFrame, kind: str, title: str) -> style.Chart:
    """Slopes with intervals, a column of panels per path, a row of panels per regressor.

    Parameters
    ----------
    found : DataFrame
        As from :func:`slopes`.
    kind : str
        ``official``, filled by verdict, with a cross for the invented slope; or ``official less
        invented``, dark where the interval by city excludes zero.
    """
    fig, axes = style.figure(style.WIDTH, 4.6, 2, len(PATHS), sharex="row", sharey=True)
    wanted = found.reset_index()
    names = [f"{reading.name}, {outcome}" for outcome in OUTCOMES.values() for reading in READINGS]
    place = wanted["reading"] + ", " + wanted["outcome"]
    wanted["place"] = len(names) - 1 - place.map(names.index)
    for line, term in zip(axes, MODEL1.terms, strict=True):
        for ax, (path, name) in zip(line, PATHS.items(), strict=True):
            own = wanted[wanted["row"].eq(term) & wanted["path"].eq(path)]
            _marks(ax, own[own["kind"].eq(kind)])
            if kind == OFFICIAL:
                cross = own[own["kind"].eq(INVENTED)]
                ax.plot(cross["coef"], cross["place"] - 0.3, "x", color=style.INK, markersize=5)
            ax.set(title=name if term == "LM" else "", xlabel=f"Slope of {term}", ylabel="")
            ax.set_yticks(range(len(names)), names[::-1])
            ax.set_ylim(-0.6, len(names) - 0.4)
            ax.grid(axis="y", visible=False)
        reach = 1.15 * wanted.loc[wanted["row"].eq(term) & wanted["kind"].eq(kind), ["low", "high"]]
        line[0].set_xlim(min(reach["low"].min(), 0), max(reach["high"].max(), 0))
    return style.Chart(fig, title)


def _marks(ax: Any, own: pd.DataFrame) -> None:
    """Points with the interval by city (thick) and by province (thin), which the frame may cut."""
    ax.axvline(0, color=style.INK, linewidth=1)
    ax.hlines(own["place"], own["low_province"], own["high_province"], color=style.MUTED, lw=0.9)
    ax.hlines(own["place"], own["low"], own["high"], color=style.MUTED, lw=2.6)
    if own["verdict"].notna().all():
        fills = [style.fill(v, bool(f)) for v, f in zip(own["verdict"], own["firm"], strict=True)]
    else:
        excluded = np.sign(own["low"]) == np.sign(own["high"])
        fills = [style.INK if each else style.VERDICT["no claim"] for each in excluded]
    palette = dict(enumerate(fills))
    seaborn.scatterplot(
        own.assign(at=range(len(own))), x="coef", y="place", hue="at", style="reading",
        palette=palette, markers=style.READING_MARKER, edgecolor=style.INK, linewidth=0.8, s=48,
        legend=False, ax=ax, zorder=3,
    )  # fmt: skip
