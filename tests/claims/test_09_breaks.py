"""What chapter 9 says in words, computed anew by its own code."""

import pytest
from headline import ONCE, Headline

from studies.breaks import slopes


def chow(page, case):
    """p of a break after 2016, official and invented: a row per scale and definition."""
    return page.at_2016.xs(case, level="case")


def in_2016(page, case, kind):
    return {key for key, each in page.kinds[kind].items() if key[2] == case and 2016 in each.beyond}


def one_beyond(page, case):
    """Official less invented, only the stock in logarithms on clean rows has a break at 2016."""
    named = {("log", "stock", "clean")} if case == "clean" else set()
    return in_2016(page, case, "beyond") == named and page.special["beyond"] == 1


def some_official(page, case):
    return len(in_2016(page, case, "official")) <= 2 and page.special["official"] == 4


def rise(page, case, kind):
    """Change a year of the slope of agglomeration in levels, by definition of mobility."""
    return page.ia.xs(("level", "twoway", case, kind), level=["scale", "path", "case", "kind"])


def no_difference(page, case):
    return (rise(page, case, "beyond")["province_p"] > 0.05).all()


def both_rise(page, case):
    return all((rise(page, case, kind)["change"] > 0).all() for kind in ("official", "invented"))


def found_in(page, case, kind):
    return (chow(page, case)[kind] < 0.05).sum() >= 2


def as_often(page, case):
    both = found_in(page, case, "official") and found_in(page, case, "invented")
    return both and (page.at_2016 < 0.05).sum().nunique() == 1


def stricter(page, case):
    return some_official(page, case) and one_beyond(page, case)


def rises_on_both_sides(page, case):
    for reading in ("flow", "stock"):
        each = slopes.by_year(page.samples["level", reading, case])["change"]
        parts = each.loc[:2012], each.loc[2013:2015], each.loc[2017:2019], each.loc[2020:]
        early, before, after, late = (part.mean() for part in parts)
        if not early < min(before, -0.1) < 0.1 < after < late:
            return False
    return True


HEADLINES = [
    Headline("If each city has two fixed effects",
             lambda p, _: p.rejects.loc["two", "REG"] == 0, ONCE),
    Headline("We test for a break in", lambda p, case: len(chow(p, case)) == 4),
    Headline("A test that looks only at 2016 finds a break in {eval}",
             lambda p, case: found_in(p, case, "official")),
    Headline("the same test finds a break in", lambda p, case: found_in(p, case, "invented")),
    Headline("By this test 2016 is a break", some_official),
    Headline("If invented income is subtracted from official income", one_beyond),
    Headline("but it rises with invented output, too", both_rise),
    Headline("the two rises do not differ significantly", no_difference),
    Headline("rises before 2016 as well as after", rises_on_both_sides),
    Headline("By the stricter test 2016 is a break", stricter),
    Headline("finds a break in most settings", as_often),
    Headline("By a test that allows for many years", stricter),
    Headline("rises as in an invented Belt", lambda *of: both_rise(*of) and no_difference(*of)),
]  # fmt: skip
NO_CLAIM = []


def test_the_statistic_in_sight_is_that_of_the_search(page):
    path = page.official["level", "stock", "paper"].path
    assert page.wald.stat == pytest.approx(path.loc[2016, "statistic"], rel=1e-7)
    assert page.at_2016.loc[("level", "stock", "paper"), "official"] == path.loc[2016, "wild"]


def test_two_effects_leave_no_break_and_own_paths_leave_some(page):
    assert len(page.tested["two", "REG"]) == 24 and page.tested["two", "REG"].min() > 0.05
    by_path = page.rejects["REG"]
    assert by_path["one"] > by_path["start"] > by_path["trend"] > by_path["two"] == 0
    assert page.rejects.loc["one", "REG"] == (page.at_2016["official"] < 0.05).sum()


def test_slopes_of_agglomeration_rise_less_along_paths_in_every_case(page):
    wide = page.ia.xs("official", level="kind").loc["level"]["change"].unstack("path")
    assert len(wide) == 12 and (wide[["start", "trend"]].max(axis=1) < wide["twoway"]).all()
    assert wide["start"].min() > 0
    assert 0 < wide["trend"].abs().max() < 0.1


def test_differences_of_industry_and_of_mobility_are_as_told(page):
    apart = page.apart["IA"].reset_index()
    assert apart[["scale", "path", "case"]].drop_duplicates().to_numpy().tolist() == [
        ["level", "trend", "current"]
    ]
    assert len(apart) == 2
    lm = page.apart["LM"].reset_index()
    assert set(lm.loc[lm["change"] > 0, "reading"]) == {"flow"}
    assert set(lm.loc[lm["change"] < 0, "reading"]) == {"stock"}
    assert len(page.lines) == 24 * 3 * 3 * 2


def test_a_line_gets_the_date_of_official_income_and_breaks_are_found_before_the_plan(solved):
    assert solved.dates["a = 2"] == solved.dates["a = 1"] == 2013
    assert solved.dates["official"] == solved.dates["explained part"] != 2013
    assert (solved.early < 0.05).sum() > 12
