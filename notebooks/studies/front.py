"""The ledger at a glance: tiles, what verdicts hang on, what changed since the first edition."""

from __future__ import annotations

import html
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib import panel, published, verdicts
from lib.estimation import two_way_fe
from lib.figures import influence
from lib.jackknife import leave_one_out
from lib.prose import MINUS
from lib.specifications import COLUMNS, READINGS, SYMBOL, Column, Reading, is_defined, rows, varied

PAGE = {1: "04-1-overall.html", 2: "04-3-periods.html", 3: "04-4-reaches.html"}
SIGN = {True: "+", False: MINUS}
WORD = {"supported": "supported", "opposed": "opposed", "cannot tell": "cannot tell",
        "no claim": "no claim"}  # fmt: skip

_STYLE = """
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));
  gap:.8rem 1.2rem;align-items:start}
.tiles table{width:100%;border-collapse:separate;border-spacing:2px;font-size:.85rem;margin:0}
.tiles caption{caption-side:top;text-align:left;font-weight:bold;color:inherit;padding:.1rem}
.tiles th{font-weight:normal;text-align:left;white-space:nowrap}
.tiles td{padding:0;text-align:center;min-width:4.6rem}
.tiles td a,.tiles td span{display:block;padding:.15rem .2rem;color:#1a1a1a;
  text-decoration:none;border-radius:3px;border:1px solid #767676}
.tiles td a:hover,.tiles td a:focus{text-decoration:underline;outline:2px solid currentColor}
.tiles .supported{background:#9fd8c3}
.tiles .opposed{background:#f0a673;border-style:double;border-width:3px}
.tiles .cannot-tell{background:#ececec;border-style:dotted}
.tiles .no-claim{background:#fff;border-color:#d0d0d0;color:#595959}
.errors{border:0;padding:0;margin:0}
.errors label{margin-right:1rem}
.errors legend{font-size:1rem;font-weight:bold;margin:0}
.errors .board{display:none;margin-top:.6rem}
.errors #by-jackknife:checked~.by-jackknife,.errors #by-clustered:checked~.by-clustered,
.errors #by-classical:checked~.by-classical{display:block}
@media print{.errors input,.errors label{display:none}}
"""
NAME = {
    "LM": "labour mobility", "IA": "industrial agglomeration", "LM_IA": "their product",
    "ODI": "openness", "TE": "total employment", "GR": "government", "RLR": "wage level",
    "RISSL": "industrial structure",
}  # fmt: skip
_LABEL = {
    "jackknife": "city jackknife (decides)",
    "clustered": "clustered by city",
    "classical": "classical",
}


@dataclass(frozen=True)
class Tiles:
    """Printed | flow | stock, a tile a verdict, with a switch of the kind of error.

    Attributes
    ----------
    ledger : DataFrame
        As from :func:`lib.verdicts.ledger`.
    """

    ledger: pd.DataFrame

    def __repr__(self) -> str:
        wide = self.ledger.assign(cell=self.ledger["heading"] + ": " + self.ledger["symbol"])
        order = wide["cell"].unique()
        table = wide.pivot(index="cell", columns=["errors", "reading"], values="verdict")
        return table.loc[order].to_string()

    def _repr_html_(self) -> str:
        switch, boards = [], []
        for kind in verdicts.ERRORS:
            checked = " checked" if kind == verdicts.ERRORS[0] else ""
            switch.append(
                f'<input type="radio" name="errors" id="by-{kind}"{checked}>'
                f'<label for="by-{kind}"> {_LABEL[kind]}</label>'
            )
            cells = self.ledger[self.ledger["errors"] == kind]
            boards.append(
                f'<div class="board by-{kind}"><div class="tiles">{_cards(cells)}</div></div>'
            )
        legend = "<legend>Verdicts with errors</legend>"
        return (
            f"<style>{_STYLE}</style>"
            f'<fieldset class="errors">{legend}{"".join(switch)}{"".join(boards)}</fieldset>'
        )


def _cards(cells: pd.DataFrame) -> str:
    out = []
    for column in COLUMNS:
        own = cells[cells["column"] == column.key]
        if own.empty:
            continue
        names = list(dict.fromkeys(own["reading"]))
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in ("printed", *names))
        lines = []
        for term in dict.fromkeys(own["row"]):
            pair = own[own["row"] == term].set_index("reading")
            first = pair.iloc[0]
            printed = SIGN[bool(first["printed"] > 0)] + (first["printed_stars"] or " no star")
            tiles = "".join(_tile(pair.loc[name], PAGE[column.table]) for name in names)
            lines.append(
                f'<tr><th scope="row"><abbr title="{NAME[term]}">{html.escape(first["symbol"])}'
                f"</abbr></th>"
                f"<td><span>{printed}</span></td>{tiles}</tr>"
            )
        out.append(
            f"<table><caption>Table {column.table}, {html.escape(column.heading)}</caption>"
            f'<thead><tr><th scope="col">Regressor</th>{head}</tr></thead>'
            f"<tbody>{''.join(lines)}</tbody></table>"
        )
    return "".join(out)


def _tile(cell: pd.Series, page: str) -> str:
    kind = str(cell["verdict"])
    text = f"{SIGN[bool(cell['coef'] > 0)]} {WORD[kind]}"
    return f'<td><a class="{kind.replace(" ", "-")}" href="{page}">{text}</a></td>'


@dataclass(frozen=True)
class Variation:
    """One thing changed in how a claim is judged.

    Attributes
    ----------
    name : str
    reading : Reading
    about : {"zero", "one", "means"}
        What LM is measured from before the product is formed: nothing, one, or its mean, and IA
        from its mean too, so that each slope is that of the average city.
    without : str
        A city that is left out.
    errors : str
    """

    name: str
    reading: Reading
    about: str = "zero"
    without: str = ""
    errors: str = "jackknife"


def judge(data: pd.DataFrame, column: Column, how: Variation) -> pd.DataFrame:
    """The printed cells of a column under a variation.

    Returns
    -------
    DataFrame
        A row per printed cell: ``table, column, heading, row, symbol, printed_stars, coef,
        verdict``.
    """
    used = rows(data, how.reading, column)
    if how.without:
        used = used[used["city"] != how.without]
    if how.about != "zero":
        lm = used["LM"] - (1 if how.about == "one" else used["LM"].mean())
        ia = used["IA"] - (0 if how.about == "one" else used["IA"].mean())
        used = used.assign(LM=lm, IA=ia, LM_IA=lm * ia)
    if how.errors == "jackknife":  # without the other errors it takes a third of the time
        left = leave_one_out(used, "REG", column.terms)
        coef, p = left.coef, left.table["p"]
    else:
        found = two_way_fe(used, "REG", column.terms)
        coef, p = found.coef, found.errors(how.errors)["p"]
    cells = published.coefficients(column.table)
    cells = cells[cells["column"] == column.key]
    terms = cells["row"].tolist()
    said = [
        verdicts.verdict(cell.coef, cell.stars, coef[cell.row], p[cell.row])
        for cell in cells.itertuples()
    ]
    return pd.DataFrame(
        {
            "table": column.table,
            "column": column.key,
            "heading": column.heading,
            "row": terms,
            "symbol": [SYMBOL.get(term, term) for term in terms],
            "printed_stars": cells["stars"].tolist(),
            "coef": coef[terms].to_numpy(),
            "verdict": said,
        }
    )


def variations(data: pd.DataFrame, reading: Reading, column: Column) -> list[Variation]:
    """What a verdict may hang on: the reading as it is first, then one change each."""
    kind = reading.name
    city = influence(rows(data, reading, column), "REG", column.terms[0], column.terms[1:]).index[0]
    city_rate, no_rate = (replace(reading, mobility=f"lm_{kind}_{k}") for k in ("city", "gross"))
    changed = [
        Variation("as it is", reading),
        Variation("the city's rate of natural growth", city_rate),
        Variation("no natural growth", no_rate),
        Variation("population steps left out", replace(reading, without="steps")),
        Variation("moved boundaries left out", replace(reading, without="boundary")),
        Variation("the weightiest city left out", reading, without=city),
        Variation("logarithm of REG", replace(reading, outcome="log_reg")),
        Variation("errors clustered by city", reading, errors="clustered"),
        Variation("classical errors", reading, errors="classical"),
    ]
    if kind == "flow":
        changed.insert(1, Variation("equation (3) less one", reading, about="one"))
    if {"LM", "IA", "LM_IA"} <= set(column.terms):
        changed.insert(-6, Variation("slopes in the average city", reading, about="means"))
    return changed


def hinges(data: pd.DataFrame, names: Collection[str] = ()) -> pd.DataFrame:
    """The verdict on every claim under every variation.

    Parameters
    ----------
    data : DataFrame
    names : collection of str
        Only these variations; by default all.

    Returns
    -------
    DataFrame
        A row per reading, variation and starred cell: ``reading, variation, table, heading,
        symbol, was, verdict, changed``.
    """
    frames = []
    for reading in READINGS:
        for column in COLUMNS:
            base = None
            for how in variations(data, reading, column):
                if base is not None and names and how.name not in names:
                    continue
                cells = judge(data, column, how)
                cells = cells[cells["printed_stars"] != ""]
                base = cells["verdict"].to_numpy() if base is None else base
                kept = cells[["table", "heading", "symbol", "verdict"]]
                frames.append(kept.assign(reading=reading.name, variation=how.name, was=base))
    whole = pd.concat(frames, ignore_index=True)
    return whole.assign(changed=whole["verdict"] != whole["was"])


def placebo(data: pd.DataFrame) -> pd.DataFrame:
    """The panel with a REG whose product takes no notice of residents.

    Every city's product of 2008 grows at the mean rate of all cities, and is divided by its own
    residents of the year.
    """
    residents = data["lm_flow_gross"].fillna(1).groupby(data["city"]).cumprod()
    product = data["reg"] * residents
    first = product.groupby(data["city"]).transform("first")
    growth = np.exp(np.log(product / first).groupby(data["year"]).transform("mean"))
    return data.assign(reg=first * growth / residents)


def consequences(data: pd.DataFrame) -> pd.DataFrame:
    """What one different choice does to the claims, for the choices that can be varied.

    Returns
    -------
    DataFrame
        A row per reading and choice of :func:`lib.specifications.varied`: ``reading, varied,
        claims`` (how many the sample has), ``signs, verdicts`` (how many change).
    """
    out = []
    for reading in READINGS:
        judged = {
            other.name: pd.concat(
                judge(data, column, Variation("", other))
                for column in COLUMNS
                if is_defined(column, other)
            )
            for other in varied(reading)
        }
        claimed = {
            name: cells[cells["printed_stars"] != ""].set_index(["column", "row"])
            for name, cells in judged.items()
        }
        for name, other in list(claimed.items())[1:]:
            same = claimed[reading.name].loc[other.index]
            turned = (np.sign(other["coef"]) != np.sign(same["coef"])).sum()
            moved = (other["verdict"] != same["verdict"]).sum()
            out.append([reading.name, name, len(other), int(turned), int(moved)])
    return pd.DataFrame(out, columns=["reading", "varied", "claims", "signs", "verdicts"])


def since_first_edition(data: pd.DataFrame) -> pd.DataFrame:
    """From the first edition's verdicts to today's, one change at a time.

    Returns
    -------
    DataFrame
        A row per printed cell: ``cell``, ``first`` (its verdict then), and the verdicts after each
        change, cumulated: ``claims`` (only stars claim, classical errors), ``jackknife``,
        ``province`` (the province's rate of natural growth), ``flow`` (equation (3) as printed),
        and ``stock``, the other reading.
    """
    then = pd.read_csv(panel.DATA / "first_edition.csv").set_index(["column", "row"])
    flow, stock = READINGS
    city = replace(flow, mobility="lm_flow_city")
    steps = {
        "claims": Variation("", city, about="one", errors="classical"),
        "jackknife": Variation("", city, about="one"),
        "province": Variation("", flow, about="one"),
        "flow": Variation("", flow),
        "stock": Variation("", stock),
    }
    frames = []
    for column in COLUMNS:
        out: dict[str, object] = {}
        for name, how in steps.items():
            cells = judge(data, column, how)
            out[name] = cells["verdict"].to_numpy()
        terms = cells["row"].tolist()
        first = [then.loc[(column.key, term), "verdict"] for term in terms]
        labels = [f"{column.heading}: {SYMBOL.get(term, term)}" for term in terms]
        frames.append(pd.DataFrame({"cell": labels, "first": first} | out))
    return pd.concat(frames, ignore_index=True)


def first_edition_mobility(data: pd.DataFrame) -> pd.Series:
    """LM as the first edition's baseline had it: growth of residents less one and the city's rate.

    It took Anhui's rates of 2020, copies of 2019, for figures; today's panel leaves them out.
    """
    k = data["lm_flow_gross"] - data["lm_flow_city"]
    copied = k.groupby(data["city"]).shift(1)
    anhui = (data["province"] == "Anhui") & (data["year"] == 2020)
    return data["lm_flow_gross"] - k.where(~anhui, copied) - 1


def claims() -> pd.DataFrame:
    """The starred cells: ``table, column, row, coef, stars``."""
    cells = published.coefficients()
    return cells[cells["stars"] != ""].reset_index(drop=True)


def agreement(data: pd.DataFrame) -> float:
    """Largest gap between the first edition's classical t and those of today's panel and code.

    On the first edition's LM; its panel had six digits, and today's LM has three decimals.
    """
    then = pd.read_csv(panel.DATA / "first_edition.csv").set_index(["column", "row"])["t"]
    old = data.assign(lm_flow=first_edition_mobility(data))
    gaps = []
    for column in COLUMNS:
        found = two_way_fe(rows(old, READINGS[0], column), "REG", column.terms)
        gaps += [abs(found.classical.loc[term, "t"] - then[column.key, term]) for term in found.x]
    return float(np.max(gaps))
