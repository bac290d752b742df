"""What :mod:`lib.prose` says, in Chinese; `prose.holds` and `prose.compared` take any words."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd

from lib import panel, prose
from lib.cases import SHORT
from lib.inference import COVERAGE

CASES = {"paper": "论文设定", "mended": "修正样本"}
VERDICTS = {
    "supported": "支持",
    "opposed": "否定",
    "cannot tell": "无法判断",
    "no claim": "没有论断",
}
_STARS = {f"{100 * (1 - level):g}": stars for level, stars in prose.LEVELS[::-1]}

BOARD = {
    "Regressor": "解释变量", "Printed": "论文报告值", "Table ": "表", ", Model ": "，模型",
    ", Upper reach": "，上游地区", ", Middle reach": "，中游地区", ", Lower reach": "，下游地区",
    " (jackknife by city)": "（按城市刀切法）",
    "Labour mobility (LM)": "劳动力流动（LM）", "Industrial agglomeration (IA)": "产业集聚（IA）",
    "Interaction (LM × IA)": "交互项（LM × IA）", "Openness (ODI)": "对外开放水平（ODI）",
    "Employment (TE)": "就业人员总数（TE）", "Government (GR)": "政府干预程度（GR）",
    "Wages (RLR)": "劳动力报酬水平（RLR）",
    "Industrial structure (RISSL)": "产业结构高度化（RISSL）",
    **{f"{reading}, {SHORT[case]}": f"{name}，{short}" for case, short in CASES.items()
       for reading, name in (("Flow", "流量"), ("Stock", "存量"))},
    "supported": "支持", "opposed": "相反", "cannot tell": "无法判断", "no claim": "没有论断",
    "Slope ": "系数", " to ": "～", ", jackknife by province": "，按省刀切法",
    **{f", {cover} % interval": f"，{cover}%区间" for cover in (*_STARS, f"{100 * COVERAGE:g}")},
    **{f" (printed {stars})": f"（论文{stars}）" for stars in ("*", "**", "***")},
    ", jackknife by city": "，按城市刀切法",
    ", usual formula by city": "，按城市聚类的通常公式", ", ": "，", ": ": "：",
    "p .": "p 0.", "p &lt; .": "p &lt; 0.", " cities": "个城市",
    "the regression": "回归", "the ledger": "对照表",
    " our slope has the printed sign, and its interval excludes zero":
    "我们的系数与论文同号，区间不含零",
    " our slope has the other sign, and its interval excludes zero":
    "我们的系数与论文异号，区间不含零",
    " our interval contains zero": "我们的区间包含零",
    " printed without a star": "论文中没有星号",
    "[ ] the verdict with the usual formula for errors clustered by city, if it is another":
    "[ ]内是按城市聚类的通常公式给出的判定，与按省的判定不同时才列出",
    "The level of the interval follows the printed stars: ": "区间的置信水平与论文的星号对应：",
    f"{prose.INTERVALS}; without a star it is {prose.percent(COVERAGE)}. ":
    "，".join(f"{stars}为{cover}%" for cover, stars in _STARS.items())
    + f"，没有星号为{100 * COVERAGE:g}%；",
    "+ or − before a verdict is the sign of our slope.": "判定前的+或−是我们的系数的符号。",
}  # fmt: skip
"""The words of :class:`studies.front.Board`."""


def percent(share: float, digits: int = 0) -> str:
    """A share as per cent: .25 is "25%"."""
    return prose.percent(share, digits).replace(" ", "")


def span(low: float, high: float, digits: int = 2) -> str:
    """Two ends, "1.09～2.46"."""
    return f"{prose.number(low, digits)}～{prose.number(high, digits)}"


def listed(items: Iterable[Any]) -> str:
    """Join items as in "甲、乙和丙"; "无" where there is none."""
    *first, last = [*map(str, items)] or ["无"]
    return f"{'、'.join(first)}和{last}" if first else last


@cache
def _places() -> dict[str, str]:
    """The Chinese names of provinces and of the panel's cities."""
    cities = panel.load()[["city_code", "city"]].drop_duplicates()
    rows = cities.merge(panel.load_cities(), on="city_code")
    provinces = dict(zip(rows["province_en"], rows["province_zh"], strict=True))
    return provinces | dict(zip(rows["city"], rows["city_zh"], strict=True))


def place(name: str) -> str:
    """The Chinese name of a city of the panel, or of a province."""
    return _places().get(name, prose.CANNOT)


def verdict(word: str) -> str:
    """A verdict of :func:`lib.verdicts.judge` as a verb."""
    return VERDICTS.get(word, prose.CANNOT)


def sign(value: float) -> str:
    """Say "为正", "为负" or "为零", within a billionth."""
    return prose.compared(value, 0, "为正", "为负", "为零")


def significant(p: float, level: float = 0.05) -> str:
    """Say "显著" or "不显著" of a two-sided p-value."""
    return prose.compared(level, p, "显著", "不显著", "不显著")


def p_value(p: float) -> str:
    """A p-value with its zero before the point: "为0.043", or "小于0.001"."""
    return "小于0.001" if p < 0.0005 else f"为{prose.number(p, 3)}"


def some(verb: str, number: int) -> str:
    """How many a verb has: "支持5个", "一个也不支持"."""
    return f"{verb}{number}个" if number else f"一个也不{verb}"


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
