import numpy as np
from headline import ONCE, Headline

from lib import indicators


def covered(page, case):
    """Whether a series has all cities in all years but at most two, and wages end in 2021."""
    ended = (page.known.loc[page.series["rlr"], [2022, 2023]] == 0).all()
    return ended and (page.known.loc[case] < 110).sum() <= 2


HEADLINES = [
    Headline("The figures come from official statistics",
             lambda p, _: (p.data.groupby("city")["year"].nunique() == 16).all(), ONCE),
    Headline("They cover", lambda p, _: p.data["city"].nunique() == 110, ONCE),
    Headline("Income and mobility cover all cities", covered,
             ("income (REG)", "LM, flow", "LM, stock")),
]  # fmt: skip


def test_which_series_have_holes_when_they_end_and_that_2019_stands_out(page):
    known = page.data.set_index("year")[["lm_flow", "lm_stock", "te", "rlr", "lm_flow_city"]]
    rows = known.count()
    assert rows["lm_flow_city"] < 0.55 * rows["lm_flow"]
    ends = [known[name].dropna().index.max() for name in ("lm_flow", "lm_stock", "te", "rlr")]
    assert ends == [2023, 2022, 2021, 2021]
    assert set(page.cells.index) - set(page.kinds) == {"parts"}  # findings that no table names
    flagged = page.data[page.data["flags"].str.contains("revision:va_secondary")]
    assert set(flagged["city"]) == set(page.far.index) and set(flagged["year"]) == {2019}
    assert page.off[2019].std() > 1.5 * page.yearly.max()
    assert page.prices.idxmax() == 2019 and page.beyond.idxmax() == 2019
    assert page.beyond[2023] == 1


def test_the_formula_of_the_step_is_the_library_s_and_what_is_copied_hardly_matters(page):
    spliced = page.data.assign(**indicators.without_step(page.data))
    step = page.wide - spliced.pivot(index="city", columns="year", values="share_secondary")
    assert step.loc[:, :2018].abs().to_numpy().max() < 1e-12
    assert np.allclose(step.loc[:, 2019:].sub(page.off[2019], axis=0).dropna(), 0)
    assert page.half_way == page.data["city"].nunique()
    assert abs(page.without / page.whole - 1) < 0.05
    assert page.copied["detail"].eq("all 16 cities of Anhui repeat 2019").all()
