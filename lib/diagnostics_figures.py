"""Figures and tables of the diagnostics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter
from scipy import stats

from lib import style
from lib.batched import Fits
from lib.battery import LEVEL, QUESTIONS
from lib.diagnostics import Sample, centred, collinearity
from lib.error_tests import SerialCorrelation
from lib.estimation import Hausman
from lib.functional_form import BoxCox
from lib.published import printed_text
from lib.specifications import SPECIFICATIONS, SYMBOL, rows_of
from lib.tables import Table, number, p_value
from lib.unit_roots import PanelUnitRoot

TITLE = {question.key: question.title for question in QUESTIONS}
HEADING = {spec.column: spec.heading for spec in SPECIFICATIONS}
SHORT = {"Baseline": "baseline", "LM gross of natural growth": "LM gross"}
_COLOURS = (style.REACH["upper"], style.ACCENT, style.REACH["lower"], style.REACH["middle"])
_MARKERS = ("o", "s", "^", "D")


def columns_table(
    found: pd.DataFrame, tests: Sequence[str], caption: str, name: str, note: str = ""
) -> Table:
    """Statistic and p-value of some tests, a row per column of Tables 1 to 3.

    Parameters
    ----------
    found : DataFrame
        As from :func:`lib.battery.over_columns`.
    tests : sequence of str
        Keys of :data:`lib.battery.QUESTIONS`.
    """
    readings = list(dict.fromkeys(found["reading"]))
    cells = found.set_index(["column", "reading", "test"])
    rows = []
    for column, heading in dict.fromkeys(zip(found["column"], found["heading"], strict=True)):
        row = {"Column": heading}
        for test in tests:
            for reading in readings:
                cell = cells.loc[(column, reading, test)]
                text = f"{_statistic(cell['stat'])} ({p_value(cell['p'])})"
                row[f"{TITLE[test]}: {SHORT.get(reading, reading)}"] = text
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, f"p-value in brackets. {note}".strip())


def summary_table(
    found: pd.DataFrame,
    column: str,
    others: Sequence[Mapping[str, str]],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """Every test of one column: statistic, degrees of freedom, p, verdict and consequence.

    Parameters
    ----------
    found : DataFrame
        As from :func:`lib.battery.over_columns`; the first reading is the one that is shown.
    others : sequence of mapping
        Further rows, ready in words, with the table's columns as keys.

    Notes
    -----
    The last column counts the columns of Tables 1 to 3 in which the test rejects at 5 %, under
    each reading of `found` in turn.
    """
    reading = found["reading"].iloc[0]
    cells = found[(found["reading"] == reading) & (found["column"] == column)].set_index("test")
    rows = []
    for question in QUESTIONS:
        cell = cells.loc[question.key]
        counts = [
            f"{(part['p'] < LEVEL).sum()}/{len(part)}"
            for _, part in found[found["test"] == question.key].groupby("reading", sort=False)
        ]
        rows.append(
            {
                "Test": question.title,
                "Statistic": _statistic(cell["stat"]),
                "df": ", ".join(map(str, cell["df"])) or "–",
                "p": p_value(cell["p"]),
                "Verdict": "rejected" if cell["p"] < LEVEL else "not rejected",
                "Consequence": question.rejected if cell["p"] < LEVEL else question.kept,
                "Rejects in": ", ".join(counts),
            }
        )
    words = ("Verdict", "Consequence", "Rejects in")
    return Table(pd.DataFrame([*rows, *others]), caption, name, note, words)


def hausman_table(
    found: pd.DataFrame,
    tests: Mapping[str, Hausman],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """Hausman's test beside Mundlak's and the printed p-value, a row per column.

    Parameters
    ----------
    found : DataFrame
        As from :func:`lib.battery.over_columns`.
    tests : mapping from the column to Hausman's test
    """
    cells = found[found["test"] == "random_effects"].set_index(["column", "reading"])
    rows = []
    for spec in SPECIFICATIONS:
        each = tests[spec.column]
        row = {
            "Column": spec.heading,
            "Printed p": printed_text(spec.table, spec.column, "hausman_p"),
            "Hausman, one variance": f"{_statistic(each.stat)} ({p_value(each.p)})",
        }
        for reading, cell in cells.loc[spec.column].iterrows():
            text = f"{_statistic(cell['stat'])} ({p_value(cell['p'])})"
            row[f"Mundlak, clustered: {SHORT.get(reading, reading)}"] = text
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, f"p-value in brackets. {note}".strip())


def memory_table(
    found: Mapping[tuple[str, str], SerialCorrelation], caption: str, name: str, note: str = ""
) -> Table:
    """Wooldridge's test, a row per column of Tables 1 to 3.

    Parameters
    ----------
    found : mapping
        Reading and column -> test, as from :func:`lib.battery.over`.
    """
    rows: dict[str, dict[str, str]] = {}
    for (reading, column), each in found.items():
        row = rows.setdefault(column, {"Column": HEADING[column]})
        label = SHORT.get(reading, reading)
        row[f"Rho: {label}"] = number(each.rho, 2)
        row[f"F: {label}"] = f"{_statistic(each.test.stat)} ({p_value(each.test.p)})"
    return Table(pd.DataFrame(list(rows.values())), caption, name, note)


def changes_table(
    found: Mapping[tuple[str, str], pd.DataFrame], caption: str, name: str, note: str = ""
) -> Table:
    """Slopes in levels and in changes, a row per reading and regressor.

    Parameters
    ----------
    found : mapping
        Reading and outcome -> result of :func:`lib.denominator.levels_and_changes`.
    """
    terms = list(dict.fromkeys(term for slopes in found.values() for term in slopes.index))
    rows: dict[tuple[int, str], dict[str, str]] = {}
    for (reading, outcome), slopes in found.items():
        for term, each in slopes.iterrows():
            label = f"{SYMBOL[term]}: {SHORT.get(reading, reading)}"
            row = rows.setdefault((terms.index(term), reading), {"Regressor: reading": label})
            for kind in ("level", "change"):
                cell = f"{number(each[kind])} [{number(each[f'{kind}_t'], 1)}]"
                row[f"{outcome}, {kind}s"] = cell
    ordered = [rows[key] for key in sorted(rows, key=lambda key: key[0])]
    return Table(pd.DataFrame(ordered), caption, name, note)


def roots_table(
    found: Mapping[tuple[str, int], PanelUnitRoot], caption: str, name: str, note: str = ""
) -> Table:
    """Panel unit-root tests, a row per series.

    Parameters
    ----------
    found : mapping
        Column and lags -> test, as from :func:`lib.unit_roots.of_columns`.
    """
    rows: dict[str, dict[str, str]] = {}
    for (column, lag), each in found.items():
        label = {"reg": "REG", "log_reg": "log REG"}.get(column) or SYMBOL[column]
        row = rows.setdefault(column, {"Series": label, "Cities": str(each.cities)})
        row["Years"] = str(each.years)
        row[f"t-bar, lags {lag}"] = f"{number(each.statistic, 2)} ({p_value(each.p)})"
        row[f"Alone, lags {lag}"] = f"{100 * each.alone:.0f} %"
    return Table(pd.DataFrame(list(rows.values())), caption, name, note)


def collinearity_table(prepared: pd.DataFrame, caption: str, name: str, note: str = "") -> Table:
    """Largest variance inflation and condition number of each column, product raw and centred.

    Parameters
    ----------
    prepared : DataFrame
        As from :func:`lib.specifications.prepare`.
    """
    rows = []
    for spec in SPECIFICATIONS:
        part = rows_of(prepared, spec)
        row = {"Column": spec.heading}
        for label, made in (("raw", part), ("centred", centred(part))):
            if label == "centred" and not {"lm", "ia", "lm_ia"} <= set(spec.terms):
                row |= {"VIF, centred": "–", "Condition number, centred": "–"}
                continue
            each = collinearity(Sample.of(made, spec.terms))
            row[f"VIF, {label}"] = number(each.vif.max(), 1)
            row[f"Condition number, {label}"] = number(each.condition, 1)
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, note)


def left_out_table(
    found: pd.DataFrame, terms: Sequence[str], caption: str, name: str, note: str = ""
) -> Table:
    """Slopes without each group of cities, as from :func:`lib.influence.leave_out`."""
    rows = []
    for label, each in found.iterrows():
        row = {"Without": str(label), "Cities": str(int(each["cities"]))}
        row["Rows"] = str(int(each["rows"]))
        for term in terms:
            cell = f"{number(each[term])} [{number(each[f'{term}_t'], 1)}]"
            row |= {SYMBOL[term]: cell, f"{SYMBOL[term]}, shift": number(each[f"{term}_shift"], 1)}
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, note)


def rows_table(
    found: pd.DataFrame, data: pd.DataFrame, term: str, caption: str, name: str, note: str = ""
) -> Table:
    """The six city-years with the largest DFBETAS of a term, and what the data say of them.

    Parameters
    ----------
    found : DataFrame
        As from :func:`lib.influence.dfbetas`.
    data : DataFrame
        As from :func:`lib.panel.load_indicators`.
    """
    known = data.set_index(["city_code", "year"])
    rows = []
    for city, year in found[term].abs().sort_values(ascending=False).index[:6]:
        kinds = {flag.split(":")[0] for flag in known.loc[(city, year), "flags"].split(";") if flag}
        rows.append(
            {
                "City": known.loc[(city, year), "city"],
                "Year": str(year),
                **{SYMBOL[each]: number(found.loc[(city, year), each], 2) for each in found},
                "Flags": ", ".join(sorted(kinds)).replace("_", " ") or "none",
            }
        )
    return Table(pd.DataFrame(rows), caption, name, note, ("Flags",))


def grid(found: pd.DataFrame) -> style.Chart:
    """Draw which test rejects in which column: a mark per reading, filled where p < 5 %."""
    headings = list(dict.fromkeys(found["heading"]))
    readings = list(dict.fromkeys(found["reading"]))
    fig, ax = style.figure(7.2, 5.0)
    for k, reading in enumerate(readings):
        part = found[found["reading"] == reading]
        x = part["heading"].map(headings.index) + 0.26 * (k - (len(readings) - 1) / 2)
        y = part["test"].map(lambda key: list(TITLE).index(key))
        rejects = part["p"] < LEVEL
        look = {"marker": _MARKERS[k], "s": 44, "edgecolor": _COLOURS[k], "linewidth": 1.3}
        label = SHORT.get(reading, reading)
        ax.scatter(x[rejects], y[rejects], color=_COLOURS[k], label=f"{label}: rejected", **look)
        ax.scatter(x[~rejects], y[~rejects], color="white", label=f"{label}: not rejected", **look)
    ax.set_xticks(
        range(len(headings)),
        [h.replace(" ", "\n").replace("–", "–\n") for h in headings],
        fontsize=8.5,
    )
    ax.set_yticks(range(len(TITLE)), list(TITLE.values()), fontsize=8.5)
    ax.invert_yaxis()
    ax.set_xlim(-0.5, len(headings) - 0.5)
    ax.set_xlabel("Column of Tables 1 to 3")
    ax.set_title("Which hypotheses are rejected at 5 %")
    fig.legend(loc="outside lower center", ncols=2, fontsize=8.5)
    return style.Chart(fig, "Tests by column and reading")


def power_curves(single: pd.DataFrame, mixed: pd.DataFrame, cities: int, years: int) -> style.Chart:
    """Draw rejections of a unit root against the root, and against the share of cities without.

    Parameters
    ----------
    single, mixed : DataFrame
        Results of :func:`lib.unit_roots.power` over roots, and over shares.
    """
    fig, (left, right) = style.figure(7.2, 3.7, columns=2, sharey=True)
    left.plot(single["root"], single["panel"], marker="o", color=_COLOURS[0], label="panel")
    look = {"marker": "s", "ls": "--", "color": _COLOURS[1], "label": "one city alone"}
    left.plot(single["root"], single["alone"], **look)
    left.set_xlabel("Autoregressive root of every city")
    left.set_ylabel("Tests that reject")
    left.set_title(f"Simulated: {years} years", fontsize=10.5)
    left.legend(fontsize=9)
    right.plot(mixed["share"], mixed["panel"], color=_COLOURS[2], marker="^", markersize=5)
    right.set_xlabel("Share of cities without a unit root")
    right.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.set_title(f"Simulated: {cities} cities, mixed", fontsize=10.5)
    for ax in (left, right):
        ax.axhline(LEVEL, color=style.INK, lw=0.8, ls=":")
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return style.Chart(fig, "Simulated: power of unit-root tests")


def moran_years(found: Mapping[str, pd.DataFrame]) -> style.Chart:
    """Draw Moran's I year by year, filled where p < 5 %.

    Parameters
    ----------
    found : mapping
        Label -> result of :func:`lib.moran.by_year`.
    """
    fig, ax = style.figure(7.2, 3.9)
    for k, (label, rows) in enumerate(found.items()):
        ax.plot(rows.index, rows["I"], color=_COLOURS[k], lw=1.4, ls=("-", "--")[k % 2])
        for rejects, face in ((rows["p"] < LEVEL, _COLOURS[k]), (rows["p"] >= LEVEL, "white")):
            look = {"marker": _MARKERS[k], "s": 34, "edgecolor": _COLOURS[k], "zorder": 3}
            name = f"{label}{'' if face != 'white' else ', not significant'}"
            if rejects.any():
                ax.scatter(rows.index[rejects], rows["I"][rejects], color=face, label=name, **look)
    ax.axhline(0, color=style.INK, lw=0.8, ls=":")
    ax.set_xlabel("Year")
    ax.set_ylabel("Moran's I of residuals")
    ax.set_title("Errors of neighbouring cities, year by year")
    fig.legend(loc="outside lower center", ncols=2, fontsize=8.5)
    return style.Chart(fig, "Moran's I by year")


def left_out(
    found: Mapping[str, pd.DataFrame], fits: Mapping[str, Fits], names: Mapping[int, str]
) -> style.Chart:
    """Draw the slopes of LM and IA without each city in turn, in order of size.

    Parameters
    ----------
    found : mapping
        Reading -> result of :func:`lib.influence.leave_out`, terms ``lm`` and ``ia``.
    fits : mapping
        Reading -> regression on all cities, terms ``lm`` and ``ia``.
    names : mapping
        Name of each city.

    Notes
    -----
    The band is the 95 % interval of the whole sample, clustered by city.
    """
    fig, axes = style.figure(7.2, 2.6 * len(found) + 0.4, rows=len(found), columns=2, squeeze=False)
    for panels, (reading, rows) in zip(axes, found.items(), strict=True):
        for k, (ax, term) in enumerate(zip(panels, ("lm", "ia"), strict=True)):
            fit = fits[reading]
            b, half = fit.coef[0][k], _half(fit)[k]
            order = rows[term].sort_values()
            ax.axhspan(b - half, b + half, color="#e6e6e6", lw=0)
            ax.axhline(b, color=style.INK, lw=1.0, ls="--")
            ax.axhline(0, color=style.MUTED, lw=0.8, ls=":")
            ax.scatter(np.arange(len(order)), order, s=11, color=_COLOURS[k], marker=_MARKERS[k])
            for place in (0, len(order) - 1):
                ax.annotate(
                    f"without {names[order.index[place]]}",
                    (place, order.iloc[place]),
                    xytext=(7, -3) if place == 0 else (2, 8),
                    ha="left" if place == 0 else "right",
                    textcoords="offset points",
                    fontsize=8.5,
                )
            ax.set_title(f"{SYMBOL[term]}, reading {SHORT.get(reading, reading)}", fontsize=10.5)
            ax.set_ylabel(f"Slope of {SYMBOL[term]}")
            ax.set_xlabel("Cities in order of the slope without them")
    return style.Chart(fig, "Slopes without one city")


def _half(fit: Fits) -> np.ndarray:
    return stats.t.ppf(0.975, fit.df("clustered")[0]) * fit.se("clustered")[0]


def box_cox_curves(found: Mapping[str, BoxCox]) -> style.Chart:
    """Draw the profile likelihood of the power of REG; 0 is the logarithm, 1 the level."""
    fig, ax = style.figure(7.2, 3.7)
    for k, (label, result) in enumerate(found.items()):
        per_row = result.curve
        look = {"color": _COLOURS[k], "ls": ("-", "--")[k % 2]}
        ax.plot(per_row.index, per_row, label=SHORT.get(label, label), **look)
        ax.scatter([result.best], [0], color=_COLOURS[k], marker=_MARKERS[k], zorder=3)
    for power, name in ((0, "logarithm"), (1, "level")):
        ax.axvline(power, color=style.MUTED, lw=1.0, ls=":")
        ax.annotate(
            name, (power, 0.04), xycoords=("data", "axes fraction"), xytext=(4, 0),
            textcoords="offset points", fontsize=9,
        )  # fmt: skip
    ax.set_xlabel("Power of REG")
    ax.set_ylabel("Log-likelihood less its maximum")
    ax.set_title("Which power of REG the equation fits best")
    ax.legend(fontsize=9, loc="lower left")
    return style.Chart(fig, "Profile likelihood of the power of REG")


def _statistic(value: float) -> str:
    """Two decimals; thousands set apart and without decimals."""
    return f"{value:,.0f}" if abs(value) >= 1000 else number(value, 2)
