import numpy as np
from headline import Headline, panel


def narrowed(page, case):
    """The spread of log income fell from 2008 to 2023, over all cities and in each reach."""
    frame = panel(page.data, case)
    logs = np.log(frame["reg"])
    spread = logs.groupby([frame["year"], frame["reach"]]).std().unstack()
    spread["all"] = logs.groupby(frame["year"]).std()
    return (spread.loc[2023] < spread.loc[2008]).all()


def ordered(page, case):
    frame = panel(page.data, case)
    reg = frame[frame["year"] == 2023].groupby("reach")["reg"].median()
    return reg["lower"] > reg["middle"] > reg["upper"]


def disagree(page, case):
    cities = set(panel(page.data, case)["city"])
    both = page.both[page.ordered.loc[page.both.index, "city"].isin(cities)].round(9)
    return abs((both < 0).mean() - page.apart) < 0.05


HEADLINES = [
    Headline("the two measures disagree", disagree, ("paper", "clean")),
    Headline("the distances narrowed from 2008 to 2023", narrowed),
    Headline("Income is highest in the lower reach", ordered),
    Headline("The ratios between the incomes of cities narrowed", narrowed),
    Headline("no coefficient of the paper's tables", narrowed),
]


def test_shanghai_fuyang_and_tongling_are_as_said(page):
    disagree = page.ordered.loc[page.both.index[page.both.round(9) < 0]]
    shanghai = disagree[disagree["city"] == "Shanghai"]
    assert shanghai["year"].tolist() == [2018, 2019, 2020, 2021]
    assert (shanghai["lm_flow"] > 1).all()
    assert page.city["lm_flow"] < 1 and page.city["lm_stock"] > 0.5
    assert (page.two.query("city == 'Fuyang'")["lm_stock"].dropna() < 0).all()
    far = page.two[(page.two["lm_flow"] - 1).abs() >= 0.05]
    assert far[["city", "year"]].values.tolist() == [["Fuyang", 2010]]
    assert "census_step:resident_pop" in far["flags"].item()
    assert "boundary:resident_pop" in page.tongling["flags"] and page.tongling["lm_flow"] > 1.9
    assert page.taken.min() > 0  # natural growth lowers the stock of every city
    assert page.money.iloc[-1] > page.money.iloc[0]
