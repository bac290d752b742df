"""The board of verdicts on the front page and on that of the ledger, and that of chapter 5."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

import pandas as pd

from lib import published, verdicts
from lib.cases import CHOSEN
from lib.inference import COVERAGE
from lib.prose import INTERVALS, MINUS, number, p_value, percent, starred
from lib.specifications import SYMBOL

PAGE = {1: "04-1-overall.html", 2: "04-3-periods.html", 3: "04-4-reaches.html"}
TABLE = {"Model 1": "overall", "Model 2": "overall-model2"}
NAME = {
    "LM": "Labour mobility (LM)", "IA": "Industrial agglomeration (IA)",
    "LM_IA": "Interaction (LM × IA)", "ODI": "Openness (ODI)", "TE": "Employment (TE)",
    "GR": "Government (GR)", "RLR": "Wages (RLR)", "RISSL": "Industrial structure (RISSL)",
}  # fmt: skip
"""The paper's symbols in words."""


@dataclass(frozen=True)
class Board:
    """Printed beside ours, a row a printed cell, a column a definition of mobility and a case.

    `judged` is as from :func:`lib.verdicts.judge`, and `words` has others for English ones.
    """

    judged: pd.DataFrame
    words: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        shown = _beside(self.judged)
        said = [" ".join([cell["verdict"] + ",", cell["by"], _other(cell)]).strip()
                for _, cell in shown.iterrows()]  # fmt: skip
        cell = shown["heading"] + ": " + shown["row"].replace(SYMBOL)
        shown = shown.assign(cell=cell, said=said)
        wide = shown.pivot(index="cell", columns="side", values="said")
        return wide.loc[shown["cell"].unique(), shown["side"].unique()].to_string()

    def _repr_html_(self) -> str:
        cells = _beside(self.judged)
        sides = list(dict.fromkeys(cells["side"]))
        body = []
        for (table, heading), rows in cells.groupby(["table", "heading"], sort=False):
            by = " (jackknife by city)" if rows["by"].eq(verdicts.BY[1]).all() else ""
            body.append(
                f'<tr class="head"><th scope="rowgroup" colspan="{2 + len(sides)}">'
                f'<a href="{PAGE[table]}">Table {table}</a>, {html.escape(heading + by)}</th></tr>'
            )
            for term, line in rows.groupby("row", sort=False):
                printed, line = line.iloc[0], line.set_index("side").loc[sides].reset_index()
                tiles = "".join(_cell(cell) for _, cell in line.iterrows())
                body.append(
                    f'<tr><th scope="row">{NAME[term]}</th>'
                    f"<td>{starred(printed['printed'], printed['stars'])}</td>{tiles}</tr>"
                )
        heads = "".join(
            f'<th scope="col">{name}<small>{_counts(cells[cells["side"].eq(name)])}</small></th>'
            for name in sides
        )
        heads = f'<th scope="col">Regressor</th><th scope="col">Printed</th>{heads}'
        whole = f'<div class="board">{_KEY}{_table("Verdicts", heads, body)}</div>'
        named = "|".join(map(re.escape, sorted(self.words, key=len)[::-1])) or "$^"
        return re.sub(rf"(?:{named})(?=[^<>]*<)", lambda at: self.words[at[0]], whole)


@dataclass(frozen=True)
class Advice:
    """Recommendations beside the slopes that could support them, a row each, a tile a cell.

    `said` has the index of :func:`lib.verdicts.judge`, ``coef, low, high`` and ``says``, a verdict;
    `names` has the recommendation of each row.  A tile opens the slopes that it counts.
    """

    said: pd.DataFrame
    names: dict[str, str]

    def tiles(self) -> pd.DataFrame:
        """The words of each tile, and in the last column those of the row."""
        cells, rows = _beside(self.said), list(self.names)
        tiles = cells.groupby(["row", "side"])["says"].agg(_counted).unstack()
        tiles = tiles.loc[rows, cells["side"].unique()]
        return tiles.assign(Together=tiles.agg(_together, axis=1))

    def __repr__(self) -> str:
        return self.tiles().rename(index=self.names).to_string()

    def _repr_html_(self) -> str:
        tiles, slopes = self.tiles(), dict(iter(_beside(self.said).groupby(["row", "side"])))
        body = []
        for row, (*words, whole) in zip(self.names, tiles.to_numpy(), strict=True):
            line = ""
            for side, says in zip(tiles, words, strict=False):
                kind = says.partition(" (")[0]
                ends = slopes[row, side][["heading", "coef", "low", "high"]].itertuples(index=False)
                inside = "".join(f"<p>{name}: {number(coef)} ({number(low)} to {number(high)})</p>"
                                 for name, coef, low, high in ends)  # fmt: skip
                line += _tile(kind if kind in verdicts.VERDICTS else "mixed", side, says, inside)
            name = html.escape(self.names[row])
            body.append(f'<tr><th scope="row">{name}</th>{line}<td>{whole}</td></tr>')
        head = "".join(f'<th scope="col">{name}</th>' for name in ("Recommendation", *tiles))
        return f'<div class="board advice">{_table("Recommendations", head, body)}</div>'


def _counted(says: pd.Series) -> str:
    """What some slopes say: "opposed (1 of 6)", "1 supported, 1 opposed", "cannot tell"."""
    counts = {word: int(says.eq(word).sum()) for word in verdicts.VERDICTS[:2]}
    there = [word for word, count in counts.items() if count]
    if len(there) != 1:
        return ", ".join(f"{counts[word]} {word}" for word in there) or "cannot tell"
    return there[0] + f" ({counts[there[0]]} of {len(says)})" * (len(says) > 1)


def _together(tiles: pd.Series) -> str:
    """What the tiles of a row say together."""
    good, bad = (tiles.str.contains(word) for word in verdicts.VERDICTS[:2])
    if bad.any():
        return "for and against" if good.any() else "opposed"
    return "supported" if good.all() else "supported in part" if good.any() else "supported nowhere"


def _beside(judged: pd.DataFrame) -> pd.DataFrame:
    """The slopes of flow and stock in the chosen cases, and the column in which each stands."""
    cells, short = judged.reset_index(), {case.key: case.short for case in CHOSEN}
    cells = cells[cells["reading"].isin(["flow", "stock"]) & cells["case"].isin(short)]
    cells = cells.sort_values("reading", kind="stable")
    return cells.assign(side=cells["reading"].str.capitalize() + ", " + cells["case"].map(short))


_KEY = (
    '<ul class="key">'
    '<li><span class="tile supported">supported</span> our slope has the printed sign, and '
    "its interval excludes zero</li>"
    '<li><span class="tile opposed">opposed</span> our slope has the other sign, and its '
    "interval excludes zero</li>"
    '<li><span class="tile cannot-tell">cannot tell</span> our interval contains zero</li>'
    '<li><span class="tile no-claim">no claim</span> printed without a star</li>'
    "<li>[ ] the verdict with the usual formula for errors clustered by city, if it is another"
    "</li>"
    f"<li>The level of the interval follows the printed stars: {INTERVALS}; "
    f"without a star it is {percent(COVERAGE)}. "
    f"+ or {MINUS} before a verdict is the sign of our slope.</li></ul>"
)


def _counts(cells: pd.DataFrame) -> str:
    return " · ".join(f"{cells['verdict'].eq(word).sum()} {word}" for word in verdicts.VERDICTS[:3])


def _other(cell: pd.Series) -> str:
    """The verdict with errors clustered by city, where it is another one."""
    return f"[{cell['clustered']}]" if cell["clustered"] != cell["verdict"] else ""


def _cell(cell: pd.Series) -> str:
    """A verdict that opens slope, interval, p-values and the way to its regression."""
    kind, marks = str(cell["verdict"]), str(cell["stars"])
    words = f"{'+' if cell['coef'] > 0 else MINUS} {kind} {_other(cell)}".strip()
    cover = percent(1 - (published.level(marks) or 1 - COVERAGE))
    level = f"{cover} interval" + (f" (printed {marks})" if marks else "")
    coef, low, high = (starred(cell[name], "", 2) for name in ("coef", "claim_low", "claim_high"))
    said = [
        f"Slope {coef}, {level} {low} to {high}",
        f"p {p_value(cell['p'])}, jackknife by {cell['by'].partition(' ')[0]}",
        f"p {p_value(cell['clustered_p'])}, usual formula by city",
        f"N {cell['nobs']:,.0f}, {cell['cities']:.0f} cities",
    ]
    place = TABLE.get(cell["heading"], {2: "periods", 3: "reaches"}.get(cell["table"]))
    links = (f'<a href="{PAGE[cell["table"]]}#tab-{place}">the regression</a> · '
             '<a href="ledger.html#tab-ledger">the ledger</a>')  # fmt: skip
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in said)
    return _tile(kind, cell["side"], words, f"{lines}<p>{links}</p>")


def _table(label: str, head: str, body: list[str]) -> str:
    return (
        f'<div class="tiles pst-scrollable-table-container" role="region" tabindex="0" '
        f'aria-label="{label}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _tile(kind: str, side: str, words: str, inside: str) -> str:
    return (
        f'<td><details class="tile {kind.replace(" ", "-")}"><summary><span class="of">'
        f"{side}: </span>{html.escape(words)}</summary>"
        f'<div class="figures">{inside}</div></details></td>'
    )
