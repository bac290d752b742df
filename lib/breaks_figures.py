"""Figures and tables of the tests in :mod:`lib.breaks`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from scipy import stats

from lib import style
from lib.breaks import FREED, TERMS, YEAR, ByYear, Descriptions, SupWald, Wald
from lib.estimation import Estimate
from lib.specifications import SYMBOL
from lib.tables import Table, number, p_value, starred

EFFECTS = {"common": "one effect per city", "period": "one per city and period"}
SHORT = {"common": "common", "period": "by period"}
EFFECTS_NOTE = f"City effects: common, {EFFECTS['common']}; by period, {EFFECTS['period']}."
SLOPES = {"all": "All slopes", "lm": "LM, at average IA", "ia": "IA", "lm_ia": "LM × IA"}
_P_NOTE = (
    "p, F: Wald/q on F(q, G − 1), G cities; p, wild: wild cluster bootstrap; "
    "p, classical: Chow's F."
)


def chow_table(
    found: Mapping[str, pd.DataFrame], caption: str, name: str, note: str = ""
) -> Table:
    """Slopes before and after a break, and tests of their change.

    Parameters
    ----------
    found : mapping
        Kind of city effects -> result of :func:`lib.breaks.chow`.
    """
    rows = []
    for effects, tests in found.items():
        for slope, row in tests.iterrows():
            rows.append(
                {
                    "Slope": SLOPES[slope],
                    "Effects": SHORT[effects],
                    "Before": number(row["before"]),
                    "After": number(row["after"]),
                    "Change (s.e.)": _with_error(row["change"], row["se"]),
                    "Wald": number(row["stat"], 2),
                    "p, F": p_value(row["p"]),
                    "p, wild": p_value(row["wild"]),
                    "p, classical": p_value(row["f_p"]),
                }
            )
    legend = f"{EFFECTS_NOTE} {_P_NOTE} {note}"
    return Table(pd.DataFrame(rows), caption, name, legend.strip(), ("Effects",))


def chow_readings_table(
    found: Mapping[str, Mapping[str, pd.DataFrame]], caption: str, name: str, note: str = ""
) -> Table:
    """Tests of a break under several readings: p of all slopes, change of LM and of IA.

    Parameters
    ----------
    found : mapping
        Reading -> kind of city effects -> result of :func:`lib.breaks.chow`.
    """
    rows = []
    for reading, tests in found.items():
        for effects, table in tests.items():
            row = {
                "Reading": reading,
                "Effects": SHORT[effects],
                "Wald": number(table.loc["all", "stat"], 1),
                "p, F": p_value(table.loc["all", "p"]),
                "p, wild": p_value(table.loc["all", "wild"]),
            }
            for term in FREED:
                row[f"Change of {SYMBOL[term]}"] = number(table.loc[term, "change"], 2)
                row[f"p, wild, {SYMBOL[term]}"] = p_value(table.loc[term, "wild"])
            rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, f"{EFFECTS_NOTE} {note}".strip(), ("Effects",))


def _with_error(value: float, se: float) -> str:
    return "–" if pd.isna(value) else f"{number(value)} ({number(se)})"


def wald_paths(found: Mapping[str, Mapping[str, SupWald]]) -> style.Chart:
    """Draw the Wald statistic of a break after each year, with critical values.

    Parameters
    ----------
    found : mapping
        Reading -> kind of city effects -> result of :func:`lib.breaks.sup_wald`.
    """
    kinds = list(next(iter(found.values())))
    fig, axes = style.figure(
        7.2, 2.1 * len(found) + 0.9, rows=len(found), columns=len(kinds), squeeze=False, sharex=True
    )
    for line, (reading, of_kind) in zip(axes, found.items(), strict=True):
        for ax, (kind, result) in zip(line, of_kind.items(), strict=True):
            path = result.path
            look = {"color": style.REACH["upper"], "marker": "o", "markersize": 4.5}
            ax.plot(path["year"], path["stat"], label="Wald statistic", **look)
            levels = {
                "largest of all years, bootstrap": (result.critical, style.ACCENT, "--"),
                "largest of all years, Andrews": (result.andrews_critical, style.INK, ":"),
                "one known year, F": (result.known_critical, style.MUTED, "-."),
            }
            for label, (level, colour, dashes) in levels.items():
                ax.axhline(level, color=colour, ls=dashes, lw=1.3, label=label)
            ax.axvline(YEAR, color=style.MUTED, lw=0.8)
            ax.set_ylim(0, 1.12 * max(path["stat"].max(), result.critical))
            ax.set_title(f"{reading}:\n{EFFECTS[kind]}", fontsize=9.5)
            ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for ax in axes[-1]:
        ax.set_xlabel("Last year before the break")
    fig.supylabel("Wald statistic, all slopes, clustered by city", fontsize=10)
    handles, labels = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9)
    return style.Chart(fig, "Wald statistic of a break after each year")


def sup_wald_table(
    found: Mapping[str, Mapping[str, SupWald]], caption: str, name: str, note: str = ""
) -> Table:
    """Largest Wald statistics with their years; see :func:`wald_paths` for `found`."""
    rows = []
    for reading, of_kind in found.items():
        for kind, result in of_kind.items():
            at = result.path.set_index("year")["stat"]
            rows.append(
                {
                    "Reading": reading,
                    "Effects": SHORT[kind],
                    "Largest Wald": number(result.stat, 1),
                    "After": str(result.year),
                    "p, wild": p_value(result.wild),
                    "5 %, wild": number(result.critical, 1),
                    f"Wald, {YEAR}": number(at[YEAR], 1),
                    "Rank": f"{rank(result)} of {len(at)}",
                    "Best fit": str(result.fitted_year),
                    "5 %, Andrews": number(result.andrews_critical, 1),
                }
            )
    legend = (
        f"Rank: of {YEAR} by Wald statistic. Best fit: the break with the smallest sum of squared "
        f"residuals. {EFFECTS_NOTE} {note}"
    )
    return Table(pd.DataFrame(rows), caption, name, legend.strip(), ("Effects",))


def rank(found: SupWald, year: int = YEAR) -> int:
    """Place of a year when years are sorted by their Wald statistics, the largest first."""
    path = found.path.set_index("year")["stat"]
    return int((path > path[year]).sum()) + 1


def slopes_by_year(
    found: Mapping[str, ByYear], lines: Mapping[str, Descriptions]
) -> style.Chart:
    """Draw slopes year by year, less that of the year of reference, with intervals and bands.

    Parameters
    ----------
    found, lines : mapping
        Reading -> result of :func:`lib.breaks.by_year`, of :func:`lib.breaks.descriptions`.
    """
    fig, axes = style.figure(
        7.2, 5.8, rows=len(FREED), columns=len(found), squeeze=False, sharex=True, sharey="row"
    )
    for column, (reading, result) in zip(axes.T, found.items(), strict=True):
        for ax, term in zip(column, FREED, strict=True):
            path = result.path[result.path["term"] == term]
            year = path["year"].to_numpy(dtype=float)
            band = {"color": style.REACH["upper"], "alpha": 0.18, "lw": 0}
            ax.fill_between(year, path["band_low"], path["band_high"], label="95 % band", **band)
            half = (path["high"] - path["low"]) / 2
            ax.errorbar(
                year, path["change"], yerr=half, label="slope, 95 % interval",
                color=style.REACH["upper"], fmt="o", ms=4, lw=1.3,
            )  # fmt: skip
            slope = lines[reading].per_year[term]
            straight = {"color": style.ACCENT, "ls": "--", "lw": 1.4, "label": "straight line"}
            ax.plot(year, slope * (year - YEAR), **straight)
            ax.axhline(0, color=style.INK, lw=0.8)
            ax.axvline(YEAR, color=style.MUTED, lw=0.8, ls=":")
            ax.set_title(f"{SYMBOL[term]}: {reading}", fontsize=10)
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    for ax, term in zip(axes[:, 0], FREED, strict=True):
        ax.set_ylabel(f"Slope of {SYMBOL[term]} less {YEAR}'s")
    handles, labels = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
    return style.Chart(fig, f"Slopes of LM and IA year by year, less those of {YEAR}")


def years_table(found: Mapping[str, ByYear], caption: str, name: str, note: str = "") -> Table:
    """Tests that slopes are the same in all years, or within either period."""
    labels = {
        "lm": "LM, all years",
        "ia": "IA, all years",
        "all": "both, all years",
        "within": "both, within either period",
    }
    rows = []
    for reading, result in found.items():
        for key, label in labels.items():
            rows.append({"Reading": reading, "The same": label} | _wald(result.tests[key]))
    return Table(pd.DataFrame(rows), caption, name, note, ("The same",))


def _wald(test: Wald) -> dict[str, str]:
    return {
        "q": str(test.df),
        "Wald": number(test.stat, 1),
        "p, F": p_value(test.p),
        "p, wild": p_value(test.wild),
    }


def descriptions_table(
    found: Mapping[str, Descriptions], caption: str, name: str, note: str = ""
) -> Table:
    """A step against a straight line, reading by reading."""
    rows = [
        {
            "Reading": reading,
            f"Step after {YEAR}": f"{100 * result.step:.0f} %",
            "Best step (after)": f"{100 * result.best:.0f} % ({result.best_year})",
            "Line": f"{100 * result.line:.0f} %",
            "p, step beside line": p_value(result.step_given_line.wild),
            "p, line beside step": p_value(result.line_given_step.wild),
            "LM, per year": number(result.per_year["lm"], 2),
            "IA, per year": number(result.per_year["ia"]),
        }
        for reading, result in found.items()
    ]
    return Table(pd.DataFrame(rows), caption, name, note)


def reach_slopes(printed: pd.DataFrame, found: Mapping[str, Estimate]) -> style.Chart:
    """Draw the slopes of each reach with 95 % intervals: printed above, recomputed below.

    Parameters
    ----------
    printed : DataFrame
        Table 3 as from :func:`lib.published.coefficients`.
    found : mapping
        Reach -> estimate on the rows of :func:`lib.breaks.sample`.
    """
    theirs = printed.assign(se=printed["coef"] / printed["t"]).set_index(["column", "row"])
    half = stats.norm.ppf(0.975)
    fig, axes = style.figure(7.2, 4.6, rows=2, columns=len(TERMS), sharey=True)
    for j, term in enumerate(TERMS):
        above = {reach: theirs.loc[(reach, term), ["coef", "se"]] for reach in found}
        rows = {reach: (c["coef"], *(c["coef"] + half * c["se"] * np.array([-1, 1])))
                for reach, c in above.items()}  # fmt: skip
        _dots(axes[0][j], rows, f"Printed: {SYMBOL[term]}")
        ours = {r: e.clustered.loc[term, ["low", "high"]] for r, e in found.items()}
        rows = {reach: (found[reach].coef[term], *ours[reach]) for reach in found}
        _dots(axes[1][j], rows, f"Recomputed: {SYMBOL[term]}")
    fig.supxlabel("Slope, units of the row", fontsize=10)
    return style.Chart(fig, "Slopes of each reach, printed and recomputed")


def _dots(ax: Axes, rows: Mapping[str, Sequence[float]], title: str) -> None:
    marks = dict(zip(rows, ("o", "s", "^"), strict=False))
    place = np.arange(len(rows))[::-1]
    for y, (reach, (value, low, high)) in zip(place, rows.items(), strict=True):
        reaching = np.array([[value - low], [high - value]])
        colour, mark = style.REACH[reach], marks[reach]
        ax.errorbar([value], [y], xerr=reaching, color=colour, fmt=mark, ms=6, lw=1.8)
    ax.axvline(0, color=style.INK, lw=0.8)
    ax.set_yticks(place, [f"{reach.capitalize()} reach" for reach in rows])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_title(title, fontsize=10)


def equality_table(
    found: Mapping[str, Mapping[str, pd.DataFrame]], caption: str, name: str, note: str = ""
) -> Table:
    """Tests that slopes are equal, by cities and by provinces as clusters.

    Parameters
    ----------
    found : mapping
        Reading -> ``city`` and ``province`` -> result of :func:`lib.breaks.equal_slopes`.
    """
    rows = []
    for reading, of_cluster in found.items():
        city, province = of_cluster["city"], of_cluster["province"]
        for slope in city.index:
            one, few = city.loc[slope], province.loc[slope]
            rows.append(
                {
                    "Reading": reading,
                    "Slope": SYMBOL.get(slope, SLOPES[slope]),
                    "Wald, cities": number(one["stat"], 1),
                    "p, F": p_value(one["p"]),
                    "p, wild": p_value(one["wild"]),
                    "Wald, provinces": number(few["stat"], 1),
                    "p, F ": p_value(few["p"]),
                    "p, wild ": p_value(few["wild"]),
                }
            )
    return Table(pd.DataFrame(rows), caption, name, note, ("Slope",))


def placebo_table(
    found: Mapping[str, pd.DataFrame], caption: str, name: str, note: str = ""
) -> Table:
    """Rejections at 5 % of equal slopes between groups that chance has made.

    Parameters
    ----------
    found : mapping
        Row heading -> result of :func:`lib.breaks.placebo`.
    """
    heads = {"f_p": "Classical F", "p": "Clustered, F", "wild": "Clustered, wild bootstrap"}
    rows = []
    for heading, draws in found.items():
        row = {"Groups": heading}
        for column, head in heads.items():
            share = float((draws[column] < 0.05).mean())
            error = np.sqrt(share * (1 - share) / len(draws))
            row[head] = f"{100 * share:.0f} % ({100 * error:.0f})"
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, note)


def printed_table(found: pd.DataFrame, printed: pd.DataFrame, caption: str, name: str) -> Table:
    """Printed slopes of the reaches and Cochran's test that they are equal."""
    cells = printed.set_index(["row", "column"])
    rows = [
        {"Slope": SYMBOL[term]}
        | {
            f"{reach.capitalize()} reach": starred(cell["coef"], cell["stars"])
            for reach, cell in cells.loc[term].iterrows()
        }
        | {"Q": number(test["stat"], 2), "p": p_value(test["p"])}
        for term, test in found.iterrows()
    ]
    return Table(pd.DataFrame(rows), caption, name, "Q on chi-squared with two degrees of freedom.")
