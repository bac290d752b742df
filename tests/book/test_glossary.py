"""The index of the glossary has every Chinese term once, under the letter of its pinyin."""

from __future__ import annotations

import re
from collections import Counter

from tools.render import notebooks

TEXT, INDEX = (
    (notebooks.ROOT / "book" / "glossary.md").read_text("utf-8").split("(sec-glossary-index)=")
)
CHINESE = re.compile(r'<span lang="zh">(.+?)</span>')
# The first code of each letter in GB 2312, whose common characters are in the order of pinyin.
FIRST = dict(
    zip("ABCDEFGHJKLMNOPQRSTWXYZ", "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝", strict=True)
)
OTHER = {"重": "C", "调": "T", "弹": "T"}  # read as chong, tiao and tan in these terms


def letter(term: str) -> str:
    codes = {each: first.encode("gb2312") for each, first in FIRST.items()}
    return OTHER.get(term[0]) or max(e for e in codes if codes[e] <= term[0].encode("gb2312"))


def test_every_chinese_term_is_in_the_index_under_its_letter() -> None:
    entries = re.findall(r"^  ([σβ] )?<span lang=\"zh\">(.+?)</span>", TEXT, re.M)
    terms = Counter(term for _, found in entries for term in found.split("、"))
    assert Counter(CHINESE.findall(INDEX)) == terms
    letters = re.findall(r"^- \*\*(\w)\*\* (.+)$", INDEX, re.M)
    assert [each for each, _ in letters] == sorted(each for each, _ in letters)
    wrong = {t: each for each, line in letters for t in CHINESE.findall(line) if letter(t) != each}
    assert not wrong, wrong
