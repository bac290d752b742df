import re

import numpy as np

from studies import census
from tools.render import notebooks


def test_findings_are_those_of_the_chapters(page):
    """Chapters 6 and 7 compute them in their own cells."""
    results = notebooks.ROOT / "notebooks" / "results.csv"
    shown = results.read_text("utf-8")
    told = page.prose.percent(page.fell["index"]), page.prose.number(page.slope["coef"])
    for value in told:
        assert re.search(rf"^07-answer,.*{re.escape(value)}$", shown, re.M)
    assert re.search(rf"^06-where-people-went,.*same.sum.*,{page.same}$", shown, re.M)


def test_slopes_of_common_growth_know_nothing_of_later_output(data):
    """S stays as it is if the growth of every city is exchanged for that of another one."""
    first = census.scale_slopes(data)["S"]
    start = data["reg"].groupby(data["city"]).transform("first")
    code = data["city_code"].unique()
    other = data["city_code"].map(dict(zip(code, np.roll(code, 1), strict=True)))
    people = data["lm_flow_gross"].fillna(1).groupby(data["city"]).cumprod()
    output = (data["reg"] / start * people).set_axis([data["city_code"], data["year"]])
    swapped = output.loc[list(zip(other, data["year"], strict=True))].to_numpy()
    again = census.scale_slopes(data.assign(reg=start * swapped / people.to_numpy()))["S"]
    assert np.allclose(first, again, rtol=1e-6)


def test_the_page_in_chinese_computes_the_same():
    """The same code, but for words in pictures and cities; every figure of the cards."""
    code = []
    for name in ("index", "zh"):
        page = notebooks.read(notebooks.Pair(notebooks.ROOT, name)).cells
        code.append([cell.source for cell in page if cell.cell_type == "code"])
    differ = [english for english, zh in zip(*code, strict=True) if english != zh]
    assert all(
        re.search(r"(two_cities\.TwoCities|cards\.Small)\(|front\.Board\(|tables\.show\(", source)
        for source in differ
    )
