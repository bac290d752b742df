"""The specification curve, and its tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib import prose, style
from lib.resampling.bootstrap import p_value
from lib.tables import Cell, Table, show
from studies.multiverse import register
from studies.multiverse.curve import TESTS, size
from studies.multiverse.explore import Multiverse
from studies.multiverse.shares import VERDICTS, verdicts


def curves(found: Multiverse, column: str = "model1", term: str = "LM") -> style.Chart:
    """Partial correlations of a claim in order of size, a panel per estimand.

    A bar is a specification, coloured by its verdict; the dashed line is the printed one.
    """
    claim = register.claims().set_index(["column", "term"]).loc[(column, term)]
    fig, axes = style.figure(style.WIDTH, 4.9, rows=2, columns=2, sharey=True)
    for ax, estimand in zip(axes.flat, register.NAME, strict=True):
        part = found.of(column, term, *estimand)
        # Equal but for rounding: in the order of the register.
        part = part.iloc[np.argsort(part["r"].to_numpy().round(9), kind="stable")]
        coef, p = part["coef"].to_numpy(), part["p_jackknife"].to_numpy()
        said = verdicts(coef, p, claim["printed"], claim["level"])
        for verdict in VERDICTS:
            mine = np.pad(said == verdict, 1)
            near = mine[1:-1] | mine[2:] | mine[:-2]  # where the rest is zero, few corners do
            height = np.where(said == verdict, part["r"], 0.0)
            ax.fill_between(
                np.flatnonzero(near), height[near],
                color=style.VERDICT[verdict], lw=0, label=verdict,
            )  # fmt: skip
        ax.axhline(0, color=style.INK, lw=0.8)
        ax.axhline(claim["r"], color=style.INK, lw=1, ls="--")
        positive = prose.percent(float((part["coef"] > 0).mean()))
        ax.set_title(f"{register.NAME[estimand]}: {positive} positive")
        ax.set_xticks([])
    axes[0, 0].annotate("printed", (0, claim["r"] + 0.03), fontsize=9.2)
    for ax in axes[:, 0]:
        ax.set_ylabel("partial correlation")
    for ax in axes[1]:
        ax.set_xlabel("specifications, smallest first")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return style.Chart(fig, f"Specification curves of {claim['label']}")


def shares_table(decided: pd.DataFrame, beside: pd.DataFrame) -> Table:
    """Shares per claim and estimand, in per cent; see the cell's note for the order.

    Parameters
    ----------
    decided, beside : DataFrame
        As from :func:`studies.multiverse.shares`, by the jackknife and by another error.
    """
    cells: dict[str, dict[str, Cell]] = {}
    for (_, one), (_, two) in zip(decided.iterrows(), beside.iterrows(), strict=True):
        text = f"{_percent(one['sign'])}: {_pair(one)} ({_pair(two)})"
        numbers = {name: one[name] for name in ("sign", "supported", "opposed")}
        numbers |= {f"{name}, beside": two[name] for name in ("supported", "opposed")}
        estimand = register.NAME[one["mobility"], one["outcome"]]
        cells.setdefault(one["label"], {})[estimand] = Cell(text, numbers)
    return show(pd.DataFrame(cells).T, index="Claim")


def _pair(row: pd.Series) -> str:
    return f"{_percent(row['supported'])}/{_percent(row['opposed'])}"


def _percent(share: float) -> str:
    return prose.number(100 * share, 0)


def test_table(
    tested: Mapping[tuple[str, str], pd.Series], own: pd.DataFrame, shared: pd.DataFrame
) -> Table:
    """The tests of each estimand's curve, their sizes in per cent, and p against null panels.

    `own` and `shared` are null panels whose errors are independent between cities, and shared by
    those of a province; the last p is the share of the latter with as large a statistic.
    """
    sizes, rows = {"own": size(own), "shared": size(shared)}, []
    for estimand, row in tested.items():
        for name, words in TESTS.items():
            drawn = np.abs(shared.loc[estimand, name].to_numpy(dtype=float))
            rows.append(
                {
                    "Estimand": register.NAME[estimand],
                    "Statistic": words,
                    "Value": row[name],
                    "p": row[f"p_{name}"],
                    **{f"Size, {kind}": of.loc[estimand, name] for kind, of in sizes.items()},
                    "p, shared": float(p_value(drawn, row[name], False)),
                }
            )
    return show(pd.DataFrame(rows), {"Value": 2, "Size, own": _percent, "Size, shared": _percent})
