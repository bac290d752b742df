import numpy as np
import pytest
from headline import Headline

from studies.breaks import slopes


def in_2016(page, kind):
    return {setting for setting, tests in page.kinds[kind].items() if 2016 in tests.beyond}


def one_beyond(page, case):
    """Official less invented, only the stock in logarithms on clean rows has a break at 2016."""
    return in_2016(page, "beyond") == {("log", "stock", "clean")} and page.special["beyond"] == 1


def some_official(page, case):
    breaks = [setting for setting in in_2016(page, "official") if setting[2] == case]
    return len(breaks) <= 2 and page.special["official"] == 4


def rise(page, case, kind):
    """Change a year of the slope of agglomeration in levels, by definition of mobility."""
    return page.ia.xs(("level", "twoway", case, kind), level=["scale", "path", "case", "kind"])


def no_difference(page, case):
    return (rise(page, case, "beyond")["province_p"] > 0.05).all()


def both_rise(page, case):
    return all((rise(page, case, kind)["change"] > 0).all() for kind in ("official", "invented"))


def breaks(page, case):
    """Settings with a break after 2016, official and invented, of four scales and definitions."""
    p = page.at_2016.xs(case, level="case")
    return (p < 0.05).sum()[["official", "invented"]] if len(p) == 4 else None


def as_often(page, case):
    return (breaks(page, case) >= 2).all() and (page.at_2016 < 0.05).sum().nunique() == 1


def stricter(page, case):
    return some_official(page, case) and one_beyond(page, case)


def rises_on_both_sides(page, case):
    for reading in ("flow", "stock"):
        slope = slopes.by_year(page.samples["level", reading, case])["change"]
        spans = slice(2012), slice(2013, 2015), slice(2017, 2019), slice(2020, None)
        early, before, after, late = (slope.loc[span].mean() for span in spans)
        if not early < min(before, -0.1) < 0.1 < after < late:
            return False
    return True


def with_trends(page, case):
    """Up in most official fits, down in most invented ones, apart in current prices alone."""
    slopes = page.along.xs(case, level="case")
    apart = case in set(page.apart["IA"].reset_index()["case"])
    up, down = (page.along["official"] > 0).mean(), (page.along["invented"] < 0).mean()
    return min(up, down) > 0.9 and (slopes["beyond"] > 0).all() and apart == (case == "current")


def differences(page, _):
    """Of 72 each: far more of mobility than of agglomeration, up with the flow and down else."""
    lm = page.apart["LM"].reset_index()
    up = lm["change"] > 0
    each = len(page.lm) / 3 == len(page.ia) / 3 == 72 and up.eq(lm["reading"].eq("flow")).all()
    return each and 0 < up.sum() < len(lm) and len(lm) > 5 * len(page.apart["IA"])


HEADLINES = [
    Headline("We test for a break in", lambda p, case: breaks(p, case) is not None),
    Headline("A test that looks only at 2016 finds a break in {eval}",
             lambda p, case: breaks(p, case)["official"] >= 2),
    Headline("the same test finds a break in", lambda p, case: breaks(p, case)["invented"] >= 2),
    Headline("By this test, with official data, 2016", some_official),
    Headline("If invented income is subtracted from official income",
             lambda p, case: one_beyond(p, case) and p.rejects.loc["one", "beyond"] == 5),
    Headline("but it rises in the invented data, too", both_rise),
    Headline("The two rises do not differ significantly", no_difference),
    Headline("With a linear trend for each city, the slope rises in most", with_trends),
    Headline("such comparisons show a significant difference", differences),
    Headline("rises before 2016 as well as after", rises_on_both_sides),
    Headline("By the stricter test 2016 is a break", stricter),
    Headline("finds a break in most settings", as_often),
    Headline("faster or slower than in this invented Belt",
             lambda *of: both_rise(*of) and no_difference(*of)),
    Headline("Over all settings and paths", differences),
]  # fmt: skip


def test_the_statistic_in_sight_is_that_of_the_search(page):
    path = page.official["level", "stock", "paper"].path
    assert page.wald.stat == pytest.approx(path.loc[2016, "statistic"], rel=1e-7)
    assert page.at_2016.loc[("level", "stock", "paper"), "official"] == path.loc[2016, "wild"]


def test_in_current_prices_there_are_two_flat_parts(page):
    for reading in ("flow", "stock"):
        slope = slopes.by_year(page.samples["level", reading, "current"], "REG")["change"]
        early, late = slope.loc[2013:2016], slope.loc[2017:2019]
        assert max(np.ptp(early), np.ptp(late)) < 0.1 < late.min() - early.max()
        assert slope.loc[:2012].max() < early.min() and slope.loc[2020:].min() > late.max()


def test_own_paths_leave_fewer_breaks_and_slopes_of_agglomeration_that_rise_less(page):
    by_path = page.rejects["REG"]
    assert by_path["one"] > by_path["start"] > by_path["trend"] > by_path["two"] == 0
    wide = page.ia.xs("official", level="kind").loc["level"]["change"].unstack("path")
    assert len(wide) == 12 and (wide[["start", "trend"]].max(axis=1) < wide["twoway"]).all()
    assert wide["start"].min() > 0


def test_differences_of_industry_and_of_mobility_are_as_told(page):
    apart = page.apart["IA"].reset_index()
    assert (apart[["scale", "path", "case"]] == ["level", "trend", "current"]).all(axis=None)
    lm = page.apart["LM"].reset_index()
    assert set(lm.loc[lm["change"] > 0, "reading"]) == {"flow"}
    assert set(lm.loc[lm["change"] < 0, "reading"]) == {"stock"}
