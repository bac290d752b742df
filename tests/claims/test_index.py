import re

import numpy as np
import pandas as pd
import pytest
from headline import ONCE, Headline

from lib import panel, published
from studies import census
from tools.render import expressions, notebooks

SPREADS = [f"{key}, {cities}" for key in census.OUTPUTS for cities in ("all", "unmoved")]
CLAIMS = pd.read_csv(panel.DATA / "claims.csv", index_col="id")


def spread(page, case):
    return page.spread.loc[tuple(case.split(", "))]


def both_ways(page, case):
    return spread(page, case)["proportion"] < 1 < spread(page, case)["money"]


def pair(page, case):
    """The two cities that the picture begins with, with output measured in another way."""
    income = page.census.measured(page.data, case).pivot(index="year", columns="city", values="reg")
    rich, poor = income[page.one], income[page.other]
    ratio, gap = rich / poor, rich - poor
    return ratio[2023] < ratio[2008] and gap[2023] > gap[2008]


def slower(page, case):
    """Residents in cities that began poorer."""
    key, cities = case.split(", ")
    panel = census.measured(page.data, key)
    spans = (census.between(panel, *span) for span in ((2008, 2023), (2010, 2020)))
    samples = (census.samples(rows)[cities] for rows in spans)
    return all(census.slope(rows, "residents", ["start"])["coef"] > 0 for rows in samples)


def parts_between(page, case):
    key, cities = case.split(", ")
    parts = page.parts["coef"].xs((key, cities), level=[1, 2])
    return parts.between(0.335, 0.815).all() and len(parts) == 4


def same_signs(page, case):
    rows = page.slopes[page.slopes["case"] == case].set_index("reading")
    kinds = ["official", "invented"]
    return (rows.loc["flow", kinds] < 0).all() and (rows.loc["stock", kinds] > 0).all()


def within_provinces(page, case):
    key, span, step = case.split(", ")
    place = key, tuple(map(int, span.split("-"))), step == "step"
    panel = census.measured(page.data, key, place[2])
    stayed = census.between(panel, *place[1]).query("not moved").dropna(subset="share")
    began = panel[panel["year"] == place[1][0]].set_index("city")["share_secondary"]
    stayed = stayed.assign(share_first=stayed["city"].map(began))
    by_arithmetic = census.independent_growth(stayed, "province", draws=100)["REG"].mean()
    return page.provinces[place] > 0 < by_arithmetic


WAYS = [f"{key}, {first}-{last}, {step}" for key in ("index", "current")
        for first, last in census.SPANS for step in ("step", "no step")]  # fmt: skip


def no_full_support(page, case):
    """No variable is supported throughout, and two could not be, as they are printed."""
    cells = page.judged.xs(case, level="case").reset_index()
    cells = cells[cells["row"].isin(["LM", "IA", "ODI", "RISSL", "GR"])]
    could = cells["printed"].gt(0) & cells["stars"].ne("")
    supported = cells["verdict"].eq("supported") & could
    none = not supported.groupby([cells["row"], cells["reading"]]).all().any()
    return none and (~could.groupby(cells["row"]).all()).sum() == 2


def printed(page, _):
    widens = CLAIMS.loc["model1_lm_gap", "zh"].endswith("加剧经济差异的一个重要因素")
    balances = CLAIMS.loc["middle_lm_gap", "place"].startswith("Section 4.4")
    return published.CITIES == 41 and widens and balances


HEADLINES = [
    Headline("came closer in proportion (ratios)", both_ways, SPREADS),
    Headline("A Chinese paper says", printed, ONCE),
    Headline("so we run its regressions", lambda page, _: len(page.income) == 110, ONCE),
    Headline("In them the slopes of mobility", same_signs),
    Headline("Its main regression cannot show", same_signs),
    Headline("the ratio of incomes fell", pair, tuple(census.OUTPUTS)),
    Headline("In proportion, yes",
             lambda page, case: 0.225 < 1 - spread(page, case)["proportion"] < 0.305, SPREADS),
    Headline("more than doubled", lambda page, case: spread(page, case)["money"] > 2, SPREADS),
    Headline("Residents grew more slowly", slower, SPREADS),
    Headline("By arithmetic this makes up", parts_between, SPREADS),
    Headline("starred signs they support",
             lambda page, case: (page.supported[case] < page.claims / 2).all()),
    Headline("In the paper's Model 1 the flow's", same_signs),
    Headline("do not settle how much", lambda page, _: (
        page.output["province_low"].min() < 0 and page.output["province_high"].max() > 1), ONCE),
    Headline("goes with between", lambda page, case: (
        page.output["coef"].xs(case, level=0).between(-0.175, 0.855).all()), tuple(census.OUTPUTS)),
    Headline("Within provinces yes", within_provinces, WAYS),
    Headline("the sign is not settled",
             lambda page, _: page.given.min() < 0 < page.given.max(), ONCE),
    Headline("None of these five", no_full_support),
]  # fmt: skip


def test_the_ranges_are_those_of_the_chapter_that_has_them(page):
    """As the chapter's own text shows them."""
    results = pd.read_csv(notebooks.ROOT / "notebooks" / "results.csv", dtype=str)
    results = results[results["page"].eq("11-answer")].drop_duplicates("expression")
    shown = results.set_index("expression")["value"]
    for end in ("min", "max"):
        for table, own, column, how in (("answers", "output", "coef", "number"),
                                        ("parts", "parts", "coef", "percent"),
                                        ("cases", "spread", "proportion", "percent")):  # fmt: skip
            value = getattr(vars(page)[own][column], end)()
            theirs = shown[f'prose.{how}({table}["{column}"].{end}())']
            assert getattr(page.prose, how)(value) == theirs
    assert len(page.provinces) == len(WAYS)


def test_the_two_cities_are_the_richest_and_the_poorest_of_the_first_year(page):
    assert (page.income[2008].idxmax(), page.income[2008].idxmin()) == (page.one, page.other)
    zh = panel.load_cities().set_index("city_code")["city_zh"]
    code = page.data.drop_duplicates("city").set_index("city")["city_code"]
    assert [zh[code[city]] for city in (page.one, page.other)] == ["苏州市", "昭通市"]


def text(page, source):
    """Markdown as it is read: values for expressions, no marks, no alternative addresses."""
    words = expressions.replaced(source, lambda each: str(eval(each, vars(page))))
    words = re.sub(r"^(\(.*\)=|:+.*|```.*)$", "", words, flags=re.M)
    words = re.sub(r"\{\w+\}`([^`<]*?)\s*(?:<[^`]*>)?`", r"\1", words)
    return re.sub(r"<[^>]*>|[*#]", "", words)


def cells():
    return notebooks.read(notebooks.Pair(notebooks.ROOT, "index")).cells


def test_the_front_page_is_short(page):
    """Words before the picture, in a card, on the page; figures in the cards together."""
    found = cells()
    first = next(at for at, cell in enumerate(found) if cell.cell_type == "code")
    before = text(page, "\n".join(cell.source for cell in found[:first]))
    assert len(before.split()) <= 150
    words = "".join(cell.source for cell in found if cell.cell_type == "markdown")
    about = [cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "") for cell in found]
    about += [cell.metadata.get("fold", "") for cell in found]
    about += re.findall(r"grid-item-card\} (.*)", words)
    assert len(text(page, "\n".join([words, *about])).split()) <= 1_100
    cards = re.findall(r"card\} .*\?\n<svg.*\n\n((?s:.*?))\n\n(.*)\n::::", words)
    answers = [text(page, card) for card, _ in cards]
    assert len(cards) == 6 and all("{ref}" in link for _, link in cards)
    assert max(len(answer.split()) for answer in answers) <= 25
    figure = r"\b(?:one|two|three|four|six|eight)\b|\d[\d.]*"
    assert len(re.findall(figure, " ".join(answers), re.I)) <= 15


def test_the_page_in_chinese_computes_and_shows_the_same():
    """The same code, but for words in pictures, and the same expressions, but for the board's."""
    code, asked = [], []
    for name in ("index", "zh"):
        page = notebooks.read(notebooks.Pair(notebooks.ROOT, name)).cells
        code.append([cell.source for cell in page if cell.cell_type == "code"])
        asked.append({each for cell in page for each, _ in expressions.of_cell(cell)})
    code[0] = [source for source in code[0] if "front.Board" not in source]
    differ = [english for english, zh in zip(*code, strict=True) if english != zh]
    assert all(re.search(r"glance\.(TwoCities|Small)\(", source) for source in differ)
    assert asked[0] - {"one", "other"} == asked[1]


@pytest.mark.parametrize("name", ["closer", "apart"])
def test_pairs_are_counted_one_by_one(page, name):
    logs = np.log(page.income) if name == "closer" else page.income
    apart = {year: np.abs(np.subtract.outer(*[logs[year].to_numpy()] * 2)) for year in logs}
    sign = -1 if name == "closer" else 1
    assert getattr(page, name).sum() == (sign * (apart[2023] - apart[2008]) > 0).sum() / 2
