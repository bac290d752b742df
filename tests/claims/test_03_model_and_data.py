"""Sentences of the chapter on model and data."""

import numpy as np
from headline import Headline, panel

COUNTS = "paper", "clean"


def spreads(page, case):
    """Standard deviation of log income in 2023 over that of 2008: all cities and each reach."""
    frame = panel(page.data, case)
    logs = np.log(frame["reg"])
    by_reach = logs.groupby([frame["year"], frame["reach"]]).std().unstack()
    by_reach["all"] = logs.groupby(frame["year"]).std()
    return by_reach.loc[2023] / by_reach.loc[2008]


def ordered(page, case):
    frame = panel(page.data, case)
    reg = frame[frame["year"] == 2023].groupby("reach")["reg"].median()
    return reg["lower"] > reg["middle"] > reg["upper"]


def narrowed(page, case):
    return spreads(page, case).max() < 1


def disagree(page, case):
    cities = set(panel(page.data, case)["city"])
    both = page.both[page.ordered.loc[page.both.index, "city"].isin(cities)].round(9)
    return abs((both < 0).mean() - page.apart) < 0.05


HEADLINES = [
    Headline("the two measures disagree", disagree, COUNTS),
    Headline("the distances narrowed from 2008 to 2023", narrowed),
    Headline("Income is highest in the lower reach", ordered),
    Headline("The ratios between the incomes of cities narrowed", narrowed),
    Headline("no coefficient of the paper's tables", narrowed),
]


def test_from_2018_to_2021_the_flow_and_the_stock_of_shanghai_disagree(page):
    disagree = page.ordered.loc[page.both.index[page.both.round(9) < 0]]
    shanghai = disagree[disagree["city"] == "Shanghai"]
    assert shanghai["year"].tolist() == [2018, 2019, 2020, 2021]
    assert (shanghai["lm_flow"] > 1).all()
    assert page.city["lm_flow"] < 1 and page.city["lm_stock"] > 0.5


def test_fuyang_sends_people_and_its_flow_leaves_one_with_the_census_of_2010(page):
    assert page.middle["Fuyang"] < -0.2 < 0.6 < page.middle["Shanghai"]
    assert (page.two.query("city == 'Fuyang'")["lm_stock"].dropna() < 0).all()
    far = page.two[(page.two["lm_flow"] - 1).abs() >= 0.05]
    assert far[["city", "year"]].values.tolist() == [["Fuyang", 2010]]
    assert "census_step:resident_pop" in far["flags"].item()


def test_a_border_raised_the_flow_of_tongling(page):
    assert "boundary:resident_pop" in page.tongling["flags"] and page.tongling["lm_flow"] > 1.9
    assert page.taken.min() > 0  # natural growth lowers the stock of every city


def test_figures_by_hand_are_those_of_the_library(page):
    """Also by hand: 8 x 1.1 x 1.1, and what the text says of cities B and C."""
    known = page.small.set_index(["city_code", "year"])
    assert np.isclose(known.loc[("B", 2010), "reg"], page.income)
    assert np.isclose(known.loc[("A", 2010), "lm_flow"], page.flow_a)
    assert np.isclose(known.loc[("A", 2010), "lm_stock"], page.stock_a)
    assert page.b["resident_pop"].nunique() == 1
    assert abs(known.loc[("B", 2009), "lm_flow"] - 1) < 0.01
    assert known.loc[("B", 2009), "lm_stock"] > known.loc[("B", 2008), "lm_stock"] + 0.2
    assert np.isclose(page.k["k"][known.index.get_loc(("C", 2009))], (0.010 + 0.030) / 2)


def test_differences_in_money_grew(page):
    assert page.money.iloc[-1] > page.money.iloc[0]
    middle = page.data.query("year == 2015 and reach == 'middle'")["reg"]
    assert np.isclose(page.spread.loc[2015, "middle"], np.std(np.log(middle), ddof=1))
