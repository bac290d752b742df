"""The board of verdicts on the front page and on that of the ledger."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pandas as pd

from lib import published, verdicts
from lib.cases import SHORT
from lib.inference import COVERAGE
from lib.prose import MINUS, p_value, percent, starred
from lib.specifications import SYMBOL

PAGE = {1: "04-1-overall.html", 2: "04-3-periods.html", 3: "04-4-reaches.html"}
NAME = {
    "LM": "Labour mobility (LM)", "IA": "Industrial agglomeration (IA)",
    "LM_IA": "Interaction (LM × IA)", "ODI": "Openness (ODI)", "TE": "Employment (TE)",
    "GR": "Government (GR)", "RLR": "Wages (RLR)", "RISSL": "Industrial structure (RISSL)",
}  # fmt: skip
"""The paper's symbols in words."""
TURNED, ERROR = "†", "°"


@dataclass(frozen=True)
class Board:
    """Printed beside each definition of mobility, a row a printed cell.

    `judged` is as from :func:`lib.verdicts.judge`, and `words` has others for English ones.
    """

    judged: pd.DataFrame
    words: dict[str, str] = field(default_factory=dict)

    @property
    def _cells(self) -> pd.DataFrame:
        """The paper's case, and the verdicts of other cases."""
        first = self.judged.index.unique("case")[0]
        cells = self.judged.xs(first, level="case")
        said = self.judged.reset_index("case")
        said = said[[row.case in row.turns for row in said.itertuples()]]
        turned = said["case"].map(SHORT) + ": " + said["verdict"]
        turned = turned.groupby(level=[0, 1, 2]).agg(tuple).rename("turned")
        symbols = cells.index.get_level_values("row").to_series().replace(SYMBOL).to_numpy()
        return cells.assign(symbol=symbols).join(turned).reset_index()

    def __repr__(self) -> str:
        shown = self._cells
        shown["cell"] = shown["heading"] + ": " + shown["symbol"]
        said = [" ".join([cell["verdict"] + ",", cell["by"], *_marks(cell)])
                for _, cell in shown.iterrows()]  # fmt: skip
        wide = shown.assign(said=said).pivot(index="cell", columns="reading", values="said")
        return wide.loc[shown["cell"].unique(), shown["reading"].unique()].to_string()

    def _repr_html_(self) -> str:
        cells = self._cells
        readings = list(dict.fromkeys(cells["reading"]))
        body = []
        for (table, heading), rows in cells.groupby(["table", "heading"], sort=False):
            body.append(
                f'<tr class="head"><th scope="rowgroup" colspan="{2 + len(readings)}">'
                f'<a href="{PAGE[table]}">Table {table}</a>, {html.escape(heading)}</th></tr>'
            )
            for term, line in rows.groupby("row", sort=False):
                printed = line.iloc[0]
                tiles = "".join(_cell(cell) for _, cell in line.iterrows())
                body.append(
                    f'<tr><th scope="row">{NAME[term]}</th>'
                    f"<td>{starred(printed['printed'], printed['stars'])}</td>{tiles}</tr>"
                )
        heads = "".join(
            f'<th scope="col" class="of-{name.replace(" ", "-")}">{name.capitalize()}'
            f"<small>{_counts(cells[cells['reading'].eq(name)])}</small></th>"
            for name in readings
        )
        head = f'<tr><th scope="col">Regressor</th><th scope="col">Printed</th>{heads}</tr>'
        whole = (
            f'<div class="board">{_KEY}<div class="tiles pst-scrollable-table-container" '
            'role="region" tabindex="0" aria-label="Verdicts"><table>'
            f"<thead>{head}</thead><tbody>{''.join(body)}</tbody></table></div></div>"
        )
        named = "|".join(map(re.escape, sorted(self.words, key=len)[::-1])) or "$^"
        return re.sub(rf"(?:{named})(?=[^<>]*<)", lambda at: self.words[at[0]], whole)


_KEY = (
    '<ul class="key">'
    '<li><span class="tile supported">supported</span> our slope has the printed sign, and '
    "its interval excludes zero</li>"
    '<li><span class="tile opposed">opposed</span> our slope has the other sign, and its '
    "interval excludes zero</li>"
    '<li><span class="tile cannot-tell">cannot tell</span> our interval contains zero</li>'
    '<li><span class="tile no-claim">no claim</span> printed without a star</li>'
    '<li><span class="tile supported only">pale</span> weaker evidence: errors are '
    "<em>by city only</em>, and ignore shocks that cities of one province share</li>"
    f"<li>{TURNED} the verdict is different in another case; the cell says in which</li>"
    f"<li>{ERROR} the verdict is different if errors are clustered by city, as is usual</li>"
    "<li>The level of the interval follows the printed stars: 90 % for *, 95 % for **, 99 % for "
    "***; without a star it is 95 %. "
    f"+ or {MINUS} before a verdict is the sign of our slope.</li></ul>"
)


def _counts(cells: pd.DataFrame) -> str:
    parts = []
    for verdict in verdicts.VERDICTS[:3]:
        rows = cells[cells["verdict"].eq(verdict)]
        few = int(rows["by"].eq(verdicts.BY[1]).sum())
        alone = f" ({few} pale)" if few and verdict != "cannot tell" else ""
        parts.append(f"{len(rows)} {verdict}{alone}")
    return " · ".join(parts)


def _marks(cell: pd.Series) -> list[str]:
    """The signs of a cell whose verdict a case or the clustered errors turn."""
    turned, error = isinstance(cell["turned"], tuple), cell["clustered"] != cell["verdict"]
    return [mark for mark, shown in ((TURNED, turned), (ERROR, error)) if shown]


def _cell(cell: pd.Series) -> str:
    """A verdict that opens slope, interval, p-values and the way to the explorer of regressions."""
    kind, marks = str(cell["verdict"]), str(cell["stars"])
    classes = f"tile {kind.replace(' ', '-')}" + " only" * (cell["by"] == verdicts.BY[1])
    words = " ".join([f"{'+' if cell['coef'] > 0 else MINUS} {kind}", *_marks(cell)])
    cover = percent(1 - (published.level(marks) or 1 - COVERAGE))
    level = f"{cover} interval" + (f" (printed {marks})" if marks else "")
    coef, low, high = (starred(cell[name], "", 2) for name in ("coef", "claim_low", "claim_high"))
    other = f": {cell['clustered']}" if cell["clustered"] != kind else ""
    said = [
        f"Slope {coef}, {level} {low} to {high}",
        f"p {p_value(cell['p'])} by {cell['by']}",
        f"p {p_value(cell['clustered_p'])} clustered by city{other}",
        f"N {cell['nobs']:,.0f}, {cell['cities']:.0f} cities",
        *(cell["turned"] if isinstance(cell["turned"], tuple) else ()),
    ]
    where = urlencode({"column": cell["column"], "term": cell["row"], "mobility": cell["reading"]})
    row = urlencode({"cell": f"{cell['heading']}: {cell['symbol']}", "reading": cell["reading"]})
    links = f'<a href="ledger.html?{html.escape(row)}#tab-ledger">its row in the ledger</a>'
    if cell["reading"] in ("flow", "stock"):
        links += f' · <a href="explorer.html#{html.escape(where)}">other choices</a>'
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in said)
    return (
        f'<td><details class="{classes}"><summary><span class="of">{cell["reading"].capitalize()}: '
        f"</span>{html.escape(words)}</summary>"
        f'<div class="figures">{lines}<p>{links}</p></div></details></td>'
    )
