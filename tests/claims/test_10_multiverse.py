from itertools import combinations

import numpy as np
from headline import ONCE, Headline

from lib import cases

CHANGED = {case.key: case.change for case in cases.CASES}
ROWS = {"clean": "recounts out", "spells": "new effects"}
OUTPUTS = ("constant in", "constant out", "current in", "current out")


def within_case(rows, case):
    """The specifications of LM in Model 1 on the whole Belt in a case."""
    how = CHANGED[case]
    wanted = {"recounts": ROWS.get(case, "recounts in"), "prices": how.get("prices", "constant"),
              "step": how.get("step", "in")}  # fmt: skip
    return rows[np.logical_and.reduce([rows[name].eq(value) for name, value in wanted.items()])]


def most_with(page, output):
    """Whether definition, scale and recounts tell most, given prices and shares."""
    prices, step = output.split()
    rows = page.plain[page.plain["prices"].eq(prices) & page.plain["step"].eq(step)]
    share = {each: page.right(rows, *each) for each in combinations(page.known[:7], 3)}
    return share[page.three] > 0.75 and max(share, key=share.get) == page.three


def alike(page, case, what):
    """Share of the specifications with the sign or the verdict of the invented Belt."""
    return page.compared.loc[within_case(page.whole, case).index, what].mean()


def supports(page, case, mobility):
    """Share of the specifications with own paths that support the claim; without any, missing."""
    rows = within_case(page.whole, case)
    rows = rows[rows["own"].eq("Own paths") & rows["mobility"].eq(mobility)]
    return (rows["word"] == "supported").mean()


def more_positive_and_fewer_negative(page, case):
    how = CHANGED[case]
    wanted = {"unit": how.get("unit", "city"), "prices": how.get("prices", "constant"),
              "step": how.get("step", "in"),
              "sample": "both" if how.get("without") == "both" else "belt110"}  # fmt: skip
    official, invented = (
        table[table["family"].le(0.05) & table[[*wanted]].eq(wanted).all(axis=1)]["sign"]
        for table in (page.tests[belt, "stock, level"] for belt in ("", "Invented: "))
    )
    return (official > 0).sum() >= (invented > 0).sum() and (
        (official < 0).sum() <= (invented < 0).sum()
    )


HEADLINES = [
    Headline("each with a combination of choices that we can defend",
             lambda p, _: p.regressions > 10_000
             and not p.found.estimates.duplicated([*p.key, "term"]).any(), ONCE),
    Headline("Three choices decide in most cases whether our slope", most_with, OUTPUTS),
    Headline("three choices decide in most regressions", most_with, OUTPUTS),
    Headline("of the slopes are positive and significant, as in the paper",
             lambda p, rows: p.supported.loc["stock, level", rows] > 0.8,
             ("recounts out", "new effects")),
    Headline("With income in logarithms, {eval}",
             lambda p, rows: p.opposed.loc["stock, log", rows] > 0.8,
             ("recounts out", "new effects")),
    Headline("slopes with the flow and income in levels are negative",
             lambda p, rows: 0.3 < p.opposed.loc["flow, level", rows] < 0.5, ("recounts in",)),
    Headline("the slope is not significant with any definition or scale",
             lambda p, case: (within_case(p.paper, case)["p"] >= 0.05).all(),
             ("paper", "half", "step", "current")),
    Headline("no regression with the stock supports the printed slope",
             lambda p, case: supports(p, case, "stock") == 0),
    Headline("the slope has the same sign as with official output",
             lambda p, case: alike(p, case, "same sign") > 0.85),
    Headline("The sign alone is therefore no evidence",
             lambda p, case: alike(p, case, "same sign") > 0.85),
    Headline("the verdict on LM in Model 1 depends on the definition", most_with, OUTPUTS),
    Headline("With own paths, no specification of",
             lambda p, case: max(supports(p, case, each) for each in ("flow", "stock")) == 0),
    Headline("invented data without an effect give the same verdict",
             lambda p, case: alike(p, case, "same verdict") > 0.6),
    Headline("more positive slopes survive the test of all at once",
             more_positive_and_fewer_negative),
]  # fmt: skip


def test_survivors_and_claims_that_most_specifications_support(page):
    assert not page.whole["said"].str.contains("city only").any()
    assert (page.survivors.iloc[:2][["Positive", "Negative"]] == 0).all(axis=None)
    assert page.own_path == {1: {"twoway"}, -1: {"start"}}
    about = [(estimand, label.split(": ")[1]) for estimand, label in page.kept.index]
    assert about.count(("stock, level", "LM")) >= len(about) - 1 and len(about) == 5
    stock = page.kept.loc["stock, level"]
    assert (stock["Invented Belt"] > stock["Official"] - 0.2).all()
    assert page.agree["Official, own paths"].max() < 0.5
