"""What :mod:`lib.prose` says, in Chinese; `prose.holds` and `prose.compared` take any words."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from lib import prose

CASES = {"paper": "论文设定", "mended": "修正样本"}
READINGS = {"flow": "流量", "stock": "存量"}
VERDICTS = {
    "supported": "支持",
    "opposed": "否定",
    "cannot tell": "无法判断",
    "no claim": "没有论断",
}


def percent(share: float, digits: int = 0) -> str:
    """A share as per cent: .25 is "25%"."""
    return prose.percent(share, digits).replace(" ", "")


def span(low: float, high: float, digits: int = 2) -> str:
    """Two ends, "1.09～2.46"."""
    return f"{prose.number(low, digits)}～{prose.number(high, digits)}"


def listed(items: Iterable[Any], empty: str = "无") -> str:
    """Join items as in "甲、乙和丙"."""
    *first, last = [*map(str, items)] or [empty]
    return f"{'、'.join(first)}和{last}" if first else last


def verdict(word: str) -> str:
    """A verdict of :func:`lib.verdicts.judge` as a verb."""
    return VERDICTS.get(word, prose.CANNOT)


def sign(value: float) -> str:
    """Say "为正", "为负" or "为零", within a billionth."""
    return prose.compared(value, 0, "为正", "为负", "为零")


def significant(p: float, level: float = 0.05) -> str:
    """Say "显著" or "不显著" of a two-sided p-value."""
    return prose.compared(level, p, "显著", "不显著", "不显著")


def signs(values: pd.Series) -> str:
    """Say the sign of a figure by case: "在两种设定下均为正", or where it is which."""
    return _by_case(values.map(sign))


def among(p: pd.Series, level: float = 0.05) -> str:
    """Say in which cases a p-value is significant: "在两种设定下均不显著"."""
    return _by_case(p.map(lambda each: significant(each, level)))


def _by_case(said: pd.Series) -> str:
    """Words by case, whose key is the last level of the index."""
    if said.empty or said.eq(prose.CANNOT).any():
        return prose.CANNOT
    names = [CASES.get(key, key) for key in said.index.get_level_values(-1)]
    if said.nunique() > 1:
        parts = [f"在{name}下{words}" for name, words in zip(names, said, strict=True)]
        return "，".join(parts)
    several = "两种设定" if len(names) == 2 else f"{len(names)}种设定"
    return f"在{several}下均{said.iloc[0]}" if len(names) > 1 else f"在{names[0]}下{said.iloc[0]}"
