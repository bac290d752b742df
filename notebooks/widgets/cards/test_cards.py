"""Small pictures by hand."""

import re

import pandas as pd
from bs4 import BeautifulSoup

from widgets import cards


def test_small_pictures_by_hand():
    marks = BeautifulSoup(cards.dots({"a": [0, 1], "b": [0.5]}, (0, 1), {0: "zero"}, {"a": [1]}),
                          "html.parser")  # fmt: skip
    middle = (cards.START + cards.END) / 2
    assert [float(c["cx"]) for c in marks.select("circle.full")] == [
        cards.START, cards.END, middle
    ]  # fmt: skip
    crosses = [path["d"] for path in marks.select("path.cross")]
    assert crosses == [f"M{cards.END - 4:.1f} 12l8 8m0-8l-8 8"]
    assert [text.get_text() for text in marks.select("text")] == ["zero", "a", "b"]
    kinds = BeautifulSoup(cards.squares({"flow": ["supported", "cannot tell"]}), "html.parser")
    assert [c["class"][0] for c in kinds.select("circle")] == ["supported", "cannot-tell"]
    lines = cards.courses(pd.DataFrame({"up": [1.0, 3.0], "down": [1.0, 0.0]}))
    ends = [float(d.rsplit(" ", 1)[1]) for d in re.findall(r'd="([^"]*)"', lines)]
    assert ends[0] == 10 < ends[1] == 60
