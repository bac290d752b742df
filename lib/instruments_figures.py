"""Figures and tables of the chapter on instruments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator
from scipy import stats

from lib import style
from lib.estimation import Estimate
from lib.instruments import NAMES
from lib.published import stars
from lib.specifications import SYMBOL
from lib.tables import MINUS, STARS_NOTE, Table, number, p_value, starred
from lib.weak_iv import ConfidenceSet, EffectiveF, Evidence, statistic_on_grid

INFINITY = "\N{INFINITY}"
TERMS = ("lm", "ia")
_LOOKS = ((style.REACH["upper"], "o"), (style.ACCENT, "s"), (style.REACH["lower"], "^"))
_LINEAR = 3.0  # the axis of the sets is linear up to here, and logarithmic beyond
_LIMIT = 1000.0
_STEPS = 161  # grid of the joint region, each way


def figure(value: float) -> str:
    """A number to three significant digits or so: two decimals below ten, none from a hundred."""
    size = abs(value)
    return number(value, 2 if size < 9.995 else 1 if size < 99.95 else 0)


def set_text(found: ConfidenceSet) -> str:
    """A confidence set in brackets: "[1.00, 2.00]", two rays, "all numbers" or "empty"."""
    if found.shape in ("empty", "line"):
        return {"empty": "empty", "line": "all numbers"}[found.shape]
    parts = []
    for low, high in found.intervals:
        left = f"[{figure(low)}" if np.isfinite(low) else f"({MINUS}{INFINITY}"
        right = f"{figure(high)}]" if np.isfinite(high) else f"{INFINITY})"
        parts.append(f"{left}, {right}")
    return " or ".join(parts)


def estimate_text(found: Estimate, term: str) -> str:
    """Slope, stars and t, clustered by city: "1.25** [2.10]"."""
    row = found.clustered.loc[term]
    return f"{starred_figure(found.coef[term], row['p'])} [{number(row['t'], 2)}]"


def starred_figure(value: float, p: float) -> str:
    """A slope with the stars of its p-value."""
    return starred(value, stars(p)).replace(number(value), figure(value))


def variation_table(
    shares: Mapping[str, Mapping[str, pd.Series]],
    cities: Mapping[object, str],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """Which city a series is made of, reading by reading.

    Parameters
    ----------
    shares : mapping
        Reading -> heading of the series -> shares of :func:`lib.instruments.shares_of_variation`.
    cities : mapping
        Code -> name.
    """
    rows = [
        {
            "Reading: series": f"{reading}: {heading}",
            "Largest city": cities[found.index[0]],
            "Its share": f"{number(100 * found.iloc[0], 1)} %",
            "As many as": number(1 / float((found**2).sum()), 1),
            "Cities": str(len(found)),
        }
        for reading, series in shares.items()
        for heading, found in series.items()
    ]
    return Table(pd.DataFrame(rows), caption, name, note, ("Largest city",))


def first_stages_table(
    found: Mapping[str, Evidence], caption: str, name: str, note: str = ""
) -> Table:
    """First stages: each instrument's slope with t, their F, and the conditional F."""
    rows = []
    for heading, each in found.items():
        for k, term in enumerate(each.fit.endog):
            slopes = each.form.coef[term]
            errors = np.sqrt(np.diag(each.form.cov[1 + k, 1 + k]))
            words = [
                f"{NAMES[z]} {figure(slopes[z])} [{number(slopes[z] / error, 2)}]"
                for z, error in zip(slopes.index, errors, strict=True)
            ]
            rows.append(
                {
                    "Instruments: first stage of": f"{heading}: {SYMBOL[term]}",
                    "Slopes [t]": "; ".join(words),
                    "Partial R²": number(each.fit.first_stage.loc[term, "partial_r2"]),
                    "F": figure(each.fit.first_stage.loc[term, "f_clustered"]),
                    "Conditional F": figure(each.conditional.loc[term, "f"]),
                }
            )
    return Table(pd.DataFrame(rows), caption, name, note, ("Slopes [t]",))


def strength_table(
    found: Mapping[str, Mapping[str, Evidence]], caption: str, name: str, note: str = ""
) -> Table:
    """What is said of the instruments of each reading and set: strength, exogeneity, agreement."""
    rows = []
    for reading, sets in found.items():
        for heading, each in sets.items():
            overid = each.fit.overid
            rows.append(
                {
                    "Reading: instruments": f"{reading}: {heading}",
                    "N": str(each.fit.nobs),
                    "Cragg–Donald": figure(each.fit.cragg_donald),
                    "Kleibergen–Paap": figure(each.fit.kleibergen_paap),
                    "Least F": figure(each.weakest.stat),
                    "AR region": "bounded" if each.bounded else "unbounded",
                    "Wu–Hausman p": p_value(each.fit.wu_hausman_clustered.p),
                    "Hansen J p": p_value(
                        None if overid is None else float(overid.loc["hansen_j", "p"])
                    ),
                }
            )
    return Table(pd.DataFrame(rows), caption, name, note, ("AR region",))


def answers_table(
    found: Mapping[str, Mapping[str, Evidence]], caption: str, name: str, note: str = ""
) -> Table:
    """2SLS and Anderson-Rubin sets of LM and IA, reading by reading and set by set."""
    rows = []
    for reading, sets in found.items():
        for heading, each in sets.items():
            row = {"Reading: instruments": f"{reading}: {heading}"}
            for term in TERMS:
                row[f"{SYMBOL[term]}, 2SLS"] = estimate_text(each.fit, term)
                row[f"{SYMBOL[term]}, AR set"] = set_text(each.sets[term])
            row["Both zero, p"] = p_value(each.zero.p)
            rows.append(row)
    legend = f"[t] clustered by city. {STARS_NOTE} {note}"
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def verdicts_table(
    found: Mapping[str, Mapping[str, Evidence]],
    least_squares: Mapping[str, Estimate],
    possible: Mapping[tuple[str, str], bool],
    printed: Mapping[str, str],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """Sign and stars of LM and IA, printed first, then by estimator and reading.

    Parameters
    ----------
    possible : mapping
        (reading, instruments) -> whether the Anderson-Rubin region holds the printed signs.
    printed : mapping
        Term -> sign and stars of the paper's Table 1, as "+**".
    """
    readings = list(found)
    told = ", ".join(f"{SYMBOL[term]} {printed[term]}" for term in TERMS)
    rows = [{"Estimator": "Printed, Table 1"} | dict.fromkeys(readings, told)]
    rows.append(
        {"Estimator": "Least squares"}
        | {reading: signs_text(least_squares[reading]) for reading in readings}
    )
    for heading in found[readings[0]]:
        row = {"Estimator": heading}
        for reading in readings:
            verdict = "open" if possible[reading, heading] else "excluded"
            row[reading] = f"{signs_text(found[reading][heading].fit)}; {verdict}"
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, f"{STARS_NOTE} {note}".strip(), (*readings,))


def signs_text(found: Estimate) -> str:
    """Signs of LM and IA with the stars of their clustered p-values: "LM +, IA −**"."""
    parts = []
    for term in TERMS:
        sign = "+" if found.coef[term] > 0 else MINUS
        parts.append(f"{SYMBOL[term]} {sign}{stars(found.clustered.loc[term, 'p'])}")
    return ", ".join(parts)


def columns_table(
    found: Mapping[str, Mapping[str, Estimate]],
    terms: Sequence[str],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """Slopes under several lists of controls: a row per estimator, columns controls x term.

    Parameters
    ----------
    found : mapping
        Row heading -> controls -> estimate.
    """
    rows = []
    for heading, estimates in found.items():
        row = {"Estimator": heading}
        for controls, each in estimates.items():
            for term in terms:
                row[f"{SYMBOL[term]}, {controls}"] = estimate_text(each, term)
        row["N"] = "/".join(str(each.nobs) for each in estimates.values())
        rows.append(row)
    legend = f"[t] clustered by city. {STARS_NOTE} {note}"
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def product_table(
    found: Mapping[str, tuple[Evidence, EffectiveF]], caption: str, name: str, note: str = ""
) -> Table:
    """One endogenous regressor: first-stage and effective F, 2SLS, and the Anderson-Rubin set."""
    rows = []
    for heading, (each, strength) in found.items():
        term = each.fit.endog[0]
        overid = each.fit.overid
        rows.append(
            {
                "Instruments": heading,
                "N": str(each.fit.nobs),
                "First-stage F": figure(each.fit.first_stage.loc[term, "f_clustered"]),
                "Effective F": figure(strength.f),
                "Critical value": figure(strength.critical),
                f"{SYMBOL[term]}, 2SLS": estimate_text(each.fit, term),
                "AR set": set_text(each.sets[term]),
                "Hansen J p": p_value(
                    None if overid is None else float(overid.loc["hansen_j", "p"])
                ),
            }
        )
    legend = f"[t] clustered by city. {STARS_NOTE} {note}"
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def sets_plot(
    found: Mapping[str, Mapping[str, Evidence]], least_squares: Mapping[str, Estimate]
) -> style.Chart:
    """Draw Anderson-Rubin sets (bars) and 2SLS intervals (lines) of LM and IA, set by set.

    Parameters
    ----------
    found : mapping
        Reading -> name of the instruments -> evidence; three readings at most.
    least_squares : mapping
        Reading -> fixed-effects estimate, drawn on top.
    """
    readings = list(found)
    names = ["Least squares", *found[readings[0]]]
    fig, axes = style.figure(7.2, 7.0, columns=2, sharey=True)
    for ax, term in zip(axes, TERMS, strict=True):
        ax.axvspan(0, _LIMIT, color="#f0f0f0", zorder=0)
        ax.axvline(0, color=style.INK, lw=0.8, zorder=1)
        for k, (reading, look) in enumerate(zip(readings, _LOOKS, strict=False)):
            colour, marker = look
            spots: list[tuple[Estimate, float]] = []
            for row, heading in enumerate(names):
                place = -row - 0.26 * (k - (len(readings) - 1) / 2)
                if heading in found[reading]:
                    each = found[reading][heading]
                    spots.append((each.fit, place))
                    for low, high in each.sets[term].intervals:
                        ends = np.clip([low, high], -_LIMIT, _LIMIT)
                        ax.plot(
                            ends, [place, place], color=colour, lw=6, alpha=0.35,
                            solid_capstyle="butt", zorder=2,
                        )  # fmt: skip
                        for end, side in ((low, "<"), (high, ">")):
                            if not np.isfinite(end):
                                edge = np.clip(end, -_LIMIT, _LIMIT)
                                ax.plot(
                                    edge, place, marker=side, color=colour, ms=5, clip_on=False
                                )
                else:
                    spots.append((least_squares[reading], place))
            for fit, place in spots:
                row = fit.clustered.loc[term]
                ends = np.clip([row["low"], row["high"]], -_LIMIT, _LIMIT)
                ax.plot(ends, [place, place], color=style.INK, lw=1.1, zorder=3)
            points = [np.clip(fit.coef[term], -_LIMIT, _LIMIT) for fit, _ in spots]
            ax.scatter(
                points, [place for _, place in spots], s=26, color=colour, marker=marker,
                edgecolor=style.INK, linewidth=0.7, zorder=4, label=reading,
            )  # fmt: skip
        ax.set_xscale("symlog", linthresh=_LINEAR, linscale=0.8)
        ax.set_xlim(-_LIMIT, _LIMIT)
        ax.xaxis.set_major_locator(FixedLocator([-100, -10, 0, 10, 100]))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(lambda value, _: number(value, 0))
        ax.tick_params(axis="x", labelsize=9)
        ax.set_xlabel(f"Slope of {SYMBOL[term]} (Belt 2008 = 1 per unit)")
        ax.set_title(SYMBOL[term])
        ax.grid(axis="y", visible=False)
        for row in range(1, len(names)):
            ax.axhline(0.5 - row, color="#dddddd", lw=0.6, zorder=1)
    axes[0].set_yticks([-row for row in range(len(names))], names)
    handles, labels = axes[0].get_legend_handles_labels()
    handles += [
        Patch(color=style.MUTED, alpha=0.4), Line2D([], [], color=style.INK, lw=1.1),
        Patch(color="#e4e4e4"),
    ]  # fmt: skip
    labels += ["Anderson–Rubin set", "2SLS or FE interval", "printed sign"]
    fig.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9)
    return style.Chart(fig, "Anderson-Rubin sets and 2SLS intervals")


def regions_plot(
    found: Mapping[str, Evidence], lm: tuple[float, float], ia: tuple[float, float]
) -> style.Chart:
    """Draw the joint Anderson-Rubin region of LM and IA for four sets of instruments.

    Parameters
    ----------
    found : mapping
        Panel title -> evidence with the endogenous regressors LM and IA.
    lm, ia : tuple of float
        The window.
    """
    grid = [np.linspace(*ends, _STEPS) for ends in (lm, ia)]
    fig, axes = style.figure(7.2, 6.4, rows=2, columns=2, sharex=True, sharey=True)
    for ax, (title, each) in zip(axes.flat, found.items(), strict=True):
        inside = statistic_on_grid(each.form, *grid) <= stats.f.ppf(0.95, *each.form.df)
        shade = np.where(inside, 0.32, 0.0)
        ax.pcolormesh(*grid, shade, cmap="Blues", vmin=0, vmax=1, zorder=0, rasterized=True)
        ax.axhline(0, color=style.INK, lw=0.7)
        ax.axvline(0, color=style.INK, lw=0.7)
        ellipse = wald_ellipse(each)
        ax.plot(*ellipse, color=style.ACCENT, ls="--", lw=1.3)
        centre = each.fit.coef[list(TERMS)]
        if lm[0] <= centre["lm"] <= lm[1] and ia[0] <= centre["ia"] <= ia[1]:
            ax.scatter(*centre, s=34, color=style.ACCENT, marker="D", zorder=3)
        ax.fill_between(
            [0, lm[1]], 0, ia[1], facecolor="none", edgecolor=style.MUTED, hatch="//", lw=0
        )
        ax.set_xlim(*lm)
        ax.set_ylim(*ia)
        ax.set_title(f"{title}: {'bounded' if each.bounded else 'unbounded'}", fontsize=10.5)
        ax.grid(visible=False)
    handles = [
        Patch(color=style.REACH["upper"], alpha=0.35),
        Line2D([], [], color=style.ACCENT, ls="--", marker="D", ms=5),
        Patch(facecolor="none", edgecolor=style.MUTED, hatch="//"),
    ]
    labels = ["joint Anderson–Rubin region", "2SLS and its ellipse", "printed signs"]
    fig.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
    for below, beside in zip(axes[1], axes[:, 0], strict=True):
        below.set_xlabel("Slope of LM (Belt 2008 = 1 per unit)")
        beside.set_ylabel("Slope of IA")
    return style.Chart(fig, "Joint Anderson-Rubin regions")


def wald_ellipse(found: Evidence, level: float = 0.95) -> np.ndarray:
    """The joint region that 2SLS would claim: array (2, points) around its estimate."""
    cov = found.fit.cov_clustered.loc[list(TERMS), list(TERMS)].to_numpy()
    radius = np.sqrt(2 * stats.f.ppf(level, 2, found.fit.n_clusters - 1))
    angles = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    centre = found.fit.coef[list(TERMS)].to_numpy()[:, None]
    return centre + radius * np.linalg.cholesky(cov) @ circle
