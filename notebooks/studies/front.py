"""The front page: the board of verdicts, and its picture."""

from __future__ import annotations

import html
from dataclasses import dataclass
from itertools import product
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from lib import published, style, verdicts
from lib.jackknife import COVERAGE
from lib.prose import MINUS, number, p_value, percent, starred
from lib.specifications import COLUMNS, MODEL1, READINGS, rows
from lib.within import Effects, leave_one_out

PAGE = {1: "04-1-overall.html", 2: "04-3-periods.html", 3: "04-4-reaches.html"}
NAME = {
    "LM": "Labour mobility (LM)", "IA": "Industrial agglomeration (IA)",
    "LM_IA": "Interaction (LM × IA)", "ODI": "Openness (ODI)", "TE": "Employment (TE)",
    "GR": "Government (GR)", "RLR": "Wages (RLR)", "RISSL": "Industrial structure (RISSL)",
}  # fmt: skip
"""The paper's symbols in words."""
SWITCH = {
    "jackknife": "clusters by city (firm: the same by province)",
    "province": "clusters by province",
    "classical": "classical, as if all city-years were independent",
}
"""The kinds of errors that the board can be switched to, the first at the start."""


@dataclass(frozen=True)
class Board:
    """Printed | flow | stock, a row a printed cell, with a switch of the kind of error.

    Attributes
    ----------
    ledger : DataFrame
        As from :func:`lib.verdicts.ledger`.
    """

    ledger: pd.DataFrame

    def __repr__(self) -> str:
        shown = verdicts.firm(self.ledger)
        shown = shown.assign(cell=shown["heading"] + ": " + shown["symbol"])
        said = (shown["verdict"] + ", " + shown["firm"]).str.removesuffix(", ")
        wide = shown.assign(said=said).pivot(index="cell", columns="reading", values="said")
        return wide.loc[shown["cell"].unique()].to_string()

    def _repr_html_(self) -> str:
        sure = verdicts.firm(self.ledger).set_index(["reading", "column", "row"])
        firm = sure["firm"].sort_index()
        switch, boards = [], []
        for at, (kind, label) in enumerate(SWITCH.items()):
            checked = " checked" if at == 0 else ""
            switch.append(
                f'<label><input type="radio" name="errors" id="by-{kind}"{checked}> {label}</label>'
            )
            boards.append(f'<div class="board by-{kind}">{self._table(kind, firm)}</div>')
        legend = "<legend>Standard errors that decide the verdicts</legend>"
        return (
            f'<fieldset class="errors">{legend}{"".join(switch)}{_KEY}{"".join(boards)}</fieldset>'
        )

    def _table(self, kind: str, firm: pd.Series) -> str:
        cells = self.ledger[self.ledger["errors"].eq(kind)]
        cells = cells.set_index(["reading", "column", "row"]).sort_index()
        province = self.ledger[self.ledger["errors"].eq("province")]
        p_of = province.set_index(["reading", "column", "row"])["p"]
        readings = list(dict.fromkeys(self.ledger["reading"]))
        body = []
        for column in COLUMNS:
            own = self.ledger[self.ledger["column"].eq(column.key)]
            if own.empty:
                continue
            body.append(
                f'<tr class="head"><th scope="rowgroup" colspan="{2 + len(readings)}">'
                f'<a href="{PAGE[column.table]}">Table {column.table}</a>, '
                f"{html.escape(column.heading)}</th></tr>"
            )
            for term in dict.fromkeys(own["row"]):
                printed = own[own["row"].eq(term)].iloc[0]
                line = f'<th scope="row">{NAME[term]}</th>'
                line += f"<td>{starred(printed['printed'], printed['printed_stars'])}</td>"
                for reading in readings:
                    place = (reading, column.key, term)
                    if place not in cells.index:
                        line += '<td><span class="few">too few provinces</span></td>'
                        continue
                    sure = firm[place] if kind == "jackknife" else ""
                    line += _cell(cells.loc[place], place, sure, p_of.get(place))
                body.append(f"<tr>{line}</tr>")
        heads = "".join(
            f'<th scope="col">{reading.capitalize()}<small>{_counts(cells, firm, reading, kind)}'
            "</small></th>"
            for reading in readings
        )
        head = f'<tr><th scope="col">Regressor</th><th scope="col">Printed</th>{heads}</tr>'
        return (
            '<div class="tiles pst-scrollable-table-container" role="region" tabindex="0" '
            f'aria-label="Verdicts, errors {SWITCH[kind]}"><table><thead>{head}</thead>'
            f"<tbody>{''.join(body)}</tbody></table></div>"
        )


_KEY = (
    '<ul class="key">'
    '<li><span class="tile supported firm">supported</span> our slope has the printed sign, and '
    "its interval excludes zero</li>"
    '<li><span class="tile opposed firm">opposed</span> our slope has the other sign, and its '
    "interval excludes zero</li>"
    '<li><span class="tile cannot-tell">cannot tell</span> our interval contains zero</li>'
    '<li><span class="tile no-claim">no claim</span> printed without a star</li>'
    '<li><span class="tile supported firm firmness">full colour</span> the verdict is firm: '
    "clusters by city and by province give it</li>"
    '<li><span class="tile supported firmness">pale</span> clusters by city alone give it, or the '
    "reach has too few provinces for clusters by province</li>"
    "<li>The interval has the level of the printed stars: 90 % for *, 95 % for ** and without a "
    f"star, 99 % for ***. + or {MINUS} before a verdict is the sign of our slope.</li></ul>"
)


def _counts(cells: pd.DataFrame, firm: pd.Series, reading: str, kind: str) -> str:
    said = cells.loc[reading, "verdict"].value_counts()
    parts = []
    for verdict in verdicts.VERDICTS[:3]:
        text = f"{said.get(verdict, 0)} {verdict}"
        if kind == "jackknife" and verdict != "cannot tell":
            sure = firm.loc[reading].eq(verdicts.FIRM[0])
            text += f" ({int((sure & cells.loc[reading, 'verdict'].eq(verdict)).sum())} firm)"
        parts.append(text)
    return " · ".join(parts)


def _cell(
    cell: pd.Series, place: tuple[str, str, str], firm: str, by_province: float | None
) -> str:
    """A verdict that opens slope, interval, p-values and the way to the page of choices."""
    reading, column, term = place
    kind = str(cell["verdict"])
    sign = "+" if cell["coef"] > 0 else MINUS
    classes = f"tile {kind.replace(' ', '-')}" + (" firm" if firm == verdicts.FIRM[0] else "")
    words = f"{sign} {kind}"
    marks = str(cell["printed_stars"])
    cover = percent(1 - (published.level(marks) or 1 - COVERAGE))
    level = f"{cover} interval" + (f" (printed {marks})" if marks else "")
    coef, low, high = (starred(cell[name], "", 2) for name in ("coef", "claim_low", "claim_high"))
    said = [
        f"Slope {coef}, {level} {low} to {high}",
        f"p {p_value(cell['p'])}, N {cell['nobs']:,}, {cell['cities']} cities",
    ]
    if by_province is not None and cell["errors"] == "jackknife":
        said.append(f"by province: p {p_value(by_province)}")
    if firm:
        said.append(f"decided by {firm}")
    where = urlencode({"column": column, "term": term, "mobility": reading})
    row = urlencode({"cell": f"{cell['heading']}: {cell['symbol']}", "reading": reading})
    links = (
        f'<a href="ledger.html?{html.escape(row)}#tab-ledger">its row in the ledger</a> · '
        f'<a href="explorer.html#{html.escape(where)}">other choices</a>'
    )
    lines = "".join(f"<p>{html.escape(each)}</p>" for each in said)
    return (
        f'<td><details class="{classes}"><summary>{html.escape(words)}</summary>'
        f'<div class="figures">{lines}<p>{links}</p></div></details></td>'
    )


def model1(data: pd.DataFrame) -> pd.DataFrame:
    """The slope of LM in Model 1, with and without paths of the cities' own.

    Returns
    -------
    DataFrame
        A row per ``effects`` (``twoway, start, trend``) and ``reading``: ``coef``; ``low, high`` by
        the jackknife over cities, ``province_low, province_high`` over provinces.
    """
    found = []
    paths: tuple[Effects, ...] = ("twoway", "start", "trend")
    for effects, reading in product(paths, READINGS):
        used = rows(data, reading, MODEL1)
        line = {"effects": effects, "reading": reading.name}
        for prefix, cluster in (("", "city"), ("province_", "province")):
            made = leave_one_out(used, "REG", MODEL1.terms, effects=effects, cluster=cluster)
            low, high = made.table.loc["LM", ["low", "high"]]
            line |= {"coef": made.coef["LM"], f"{prefix}low": low, f"{prefix}high": high}
        found.append(line)
    return pd.DataFrame(found)


def picture(slopes: pd.DataFrame, elasticity: pd.DataFrame) -> style.Chart:
    """The front page's picture: slopes of LM, with own paths, and the elasticity of output.

    Parameters
    ----------
    slopes : DataFrame
        As from :func:`model1`.
    elasticity : DataFrame
        Index ``start`` and ``nothing`` (what is given), columns ``coef`` and the four ends.
    """
    paths = slopes["effects"].map({"start": ", 2008", "trend": ", trend"})
    slopes = slopes.assign(line=slopes["reading"] + paths.fillna(""))
    given = elasticity.assign(reading="output", line=["start given", "not given"])
    panels = {
        "As the paper does": slopes[slopes["effects"].eq("twoway")],
        "Own paths": slopes[slopes["effects"].ne("twoway")],
        "Output": given,
    }
    labels = ("Slope of mobility", "Slope of mobility", "Elasticity")
    fig, axes = style.figure(style.WIDTH, 3.3, 1, 3)
    for ax, (heading, own), label in zip(axes, panels.items(), labels, strict=True):
        at = np.arange(len(own))[::-1]
        ax.axvline(0, color=style.INK, linewidth=1)
        ax.hlines(at, own["low"], own["high"], color=style.MUTED, linewidth=3.2)
        ends = own[["province_low", "province_high"]].clip(-LIMIT, LIMIT)
        ax.hlines(at, ends.iloc[:, 0], ends.iloc[:, 1], color=style.MUTED, linewidth=1)
        for place, line in zip(at, own.itertuples(), strict=True):
            mark = style.READING_MARKER.get(line.reading, "D")
            ax.plot(line.coef, place, mark, color=style.INK, markersize=6, zorder=3)
        ax.set_yticks(at, own["line"] + "\n" + own["coef"].map(number))
        ax.set(title=heading, xlabel=label, ylim=(-0.6, len(own) - 0.4))
        ax.grid(axis="y", visible=False)
    axes[0].set_xlim(-LIMIT, LIMIT)
    return style.Chart(fig, "Two signs, own paths, and the elasticity of output")


LIMIT = 3.2  # where intervals by province are cut off, beyond all by city
