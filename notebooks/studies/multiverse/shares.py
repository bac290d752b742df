"""What each specification says of a claim, and shares of verdicts as bars."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib import style
from lib.verdicts import verdict
from studies.multiverse import register

SAID = ("supported", "cannot tell", "opposed")
"""Verdicts on a claim, in the order in which they are drawn."""


def judged(estimates: pd.DataFrame) -> pd.DataFrame:
    """The estimates of every starred printed coefficient, judged at the printed level.

    Added are ``label, printed, stars`` of the claim; ``estimand``; ``verdict``, by province, and by
    city where provinces are fewer than ten; and ``clustered``, by errors clustered by city.
    """
    rows = estimates.merge(register.claims(), on=["column", "term"])
    for name, p in (("verdict", "p"), ("clustered", "p_clustered")):
        rows[name] = list(map(verdict, rows["printed"], rows["stars"], rows["coef"], rows[p]))
    label = register.register().query("choice == 'outcome'").set_index("option")["label"]
    return rows.assign(estimand=rows["mobility"] + ", " + rows["outcome"].map(label))


def bars(shares: pd.DataFrame, title: str, of: str) -> style.Chart:
    """Shares of verdicts as bars, with columns ``SAID`` and a row a bar.

    The levels of the index are panel, heading and line; every panel has the same headings and
    lines.
    """
    panels, rows = shares.index.unique(0), shares.loc[shares.index[0][0]].index
    names = [
        name for head in rows.unique(0) for name in (head, *shares.loc[panels[0]].loc[head].index)
    ]
    heads = np.isin(names, rows.unique(0))
    fig, axes = style.figure(style.WIDTH, 1.4 + 0.3 * len(names), 1, len(panels), sharey=True)
    for ax, panel in zip(np.ravel(axes), panels, strict=True):
        left = np.zeros(len(rows))
        for said in SAID:
            wide = 100 * shares.xs(panel)[said].to_numpy()
            drawn = ax.barh(
                np.flatnonzero(~heads),
                wide,
                left=left,
                color=style.VERDICT[said],
                edgecolor=style.INK,
                linewidth=0.5,
                label=said,
            )
            texts = [f"{share:.0f}" if share >= 14 else "" for share in wide]
            ax.bar_label(drawn, texts, label_type="center", color=style.WORDS[said])
            left = left + wide
        ax.set(title=panel.replace(", ", ",\n"), xlim=(0, 100), xticks=[0, 100])
        for text, side in zip(ax.get_xticklabels(), ("left", "right"), strict=True):
            text.set_ha(side)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False)
    first = np.ravel(axes)[0]
    first.set_yticks(range(len(names)), names)
    first.invert_yaxis()
    for text, head in zip(first.get_yticklabels(), heads, strict=True):
        text.set_fontweight("bold" if head else "normal")
    fig.legend(
        *first.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=len(SAID),
        title=f"Share of {of}, %",
    )
    return style.Chart(fig, title)
