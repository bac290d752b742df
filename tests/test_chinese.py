"""Chinese folds say what their English says, in Chinese, and only to those who may read it."""

import re

import chinese
import pandas as pd
import pytest

from lib import chinese as words
from lib import prose
from tools.render import letters

BLOCKS = chinese.blocks()
# Markup, addresses and formulas; names and symbols that are written so in Chinese, too.
LEFT_OUT = re.compile(r"\{\w+\}`[^`<]*<[^>]*>`|\{\w+\}`[^`]*`|`[^`]*`|\$[^$]+\$|\]\([^)]*\)")
NAMES = set(
    """LM IA LM_IA REG GDP ODI TE GR RLR RISSL RDI EDL LQ CV CR SLS Adj Hausman Hoover MM
Theil wild Krugman Kleibergen Paap plm xtreg fe Stata rng estimate LM_lag hukou""".split()
)


def test_the_english_of_each_block_is_what_it_was_written_for():
    kept = chinese.read()
    names = [block.name for block in BLOCKS]
    assert len(names) == len({*names}) and not {*kept} - {*names}, "two blocks, or one that went"
    told = [chinese.drifted(block, kept.get(block.name, "")) for block in BLOCKS]
    assert not any(told), "\n\n".join([*filter(None, told), "make chinese BLOCK=NAME keeps it."])


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_block_is_chinese(block):
    text = LEFT_OUT.sub("", block.said)
    assert not {*re.findall(r"[A-Za-z_]{2,}", text)} - NAMES
    assert not re.search(r"[\u4e00-\u9fff] ?[,;:?!]|[,;:?!] ?[\u4e00-\u9fff]", text), "half-width"
    assert not re.search(r"(?<!\*)\*(?!\*)[^*\n]*[\u4e00-\u9fff][^*\n]*(?<!\*)\*(?!\*)", text)
    assert letters.letters(text)


def test_words():
    by_case = pd.Series([1.0, -1.0], pd.MultiIndex.from_tuples([("a", "paper"), ("a", "mended")]))
    assert words.signs(by_case) == "在论文设定下为正，在修正样本下为负"
    assert words.signs(by_case.abs()) == "在两种设定下均为正"
    assert words.among(pd.Series({"mended": 0.04})) == "在修正样本下显著"
    assert words.among(by_case.abs()) == "在两种设定下均不显著"
    assert words.signs(by_case.replace(1, float("nan"))) == words.verdict("") == prose.CANNOT
    assert words.percent(0.256) == "26%" and words.span(-1, 2, 1) == "−1.0～2.0"
    assert [words.listed("甲乙丙"[:n]) for n in (0, 1, 3)] == ["无", "甲", "甲、乙和丙"]
    assert [words.some("能判定", n) for n in (0, 2)] == ["一个也不能判定", "能判定2个"]
    assert [words.p_value(p) for p in (0.0004, 0.117)] == ["小于0.001", "为0.117"]
    names = ["Suzhou (Anhui)", "Suzhou (Jiangsu)", "Anhui", "Nowhere"]
    assert [words.place(name) for name in names] == ["宿州市", "苏州市", "安徽省", prose.CANNOT]
