import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from studies import feasibility


def test_a_mark_follows_if_a_t_that_rounds_to_the_printed_one_earns_it(page):
    """1.833 may have been 1.8335, beyond the limit of t(9), 1.83311; 1.832 may not."""
    limit = [stats.t.isf(0.05, 9), stats.t.isf(0.025, 9), stats.t.isf(0.005, 9)]
    cells = [(1.833, "*"), (1.833, ""), (1.832, "*"), (-3.3, "***"), (3.2, "***")]
    cells = pd.DataFrame(cells, columns=["t", "stars"])
    assert page.follows(cells, limit).tolist() == [True, True, False, True, False]


def test_the_limit_decides_how_uneven_the_counts_are(page):
    """By hand: 10 of 10 on one side have p 2/2^10; 3 of 10 by a binomial sum; 1.974 is within."""
    p = [2 * sum(math.comb(n, k) for k in range(few + 1)) / 2**n for few, n in ((0, 10), (3, 10))]
    assert page.rounded == (0, 10, pytest.approx(p[0]))
    assert page.exact == (3, 7, pytest.approx(p[1])) and page.exact[0] == len(page.short)
    assert page.calliper(1.645)[:2] == (3, 8)  # as the page Corrections says
    assert page.p.tolist() == [0.048, 0.046, 0.036, 0.051, 0.041, 0.061, 0.054]


def test_what_the_paper_says_of_its_tables(page):
    assert page.count["cannot be checked"] == sum(page.gaps) + 2
    industry = page.cells.query("row == 'IA' and column in ['2008-2016', '2017-2023']")
    assert (industry["coef"] > 0).all() and industry["stars"].tolist() == ["", "*"]
    section_4 = page.judged.loc[page.judged["place"].str.startswith("Section 4"), "cells"]
    assert not section_4.str.contains("lm_ia").any()
    terms = page.cells.groupby("column")["row"].agg(set)
    assert terms["model1"] == {"LM", "IA"} and not terms["model1"] & terms["model2"]
    assert page.least[True] >= 0.05 and page.least[False] >= 0.10


def test_the_three_lines_by_hand(page):
    """Model 1 has 656 - 41 - 16 + 1 - 2 = 598 degrees of freedom; C(34, 2) ways, by stars and bars.

    A reach has three cities and the 32 that are left over.
    """
    whole = 0.0665 * 598 / 655
    lines = 1 - whole / (0.1655 * 317 / 368), 1 - whole / (0.1875 * 207 / 239), 1 - whole
    assert (page.of_periods, page.of_reaches, page.both) == pytest.approx(lines)
    assert len(page.every) == len({*map(tuple, page.every)}) == math.comb(34, 2)
    assert (page.every.sum(axis=1) == 41).all() and page.every.min() == 3


def test_the_picture_of_the_three_lines_says_what_they_say(page):
    first, second = page.ax.patches
    assert (first.get_x(), first.get_width()) == pytest.approx((0, 100 * page.of_periods))
    ends = second.get_x(), second.get_width()
    assert ends == pytest.approx((100 * page.of_periods, 100 * page.of_reaches))
    assert [*page.ax.lines[0].get_xdata()] == pytest.approx([100 * page.both] * 2)
    assert sum(ends) < page.ax.get_xlim()[1]
    assert [text.get_text() for text in page.ax.texts] == [
        "Between the periods:\nat least 57.4 %", "Between the reaches:\nat least 62.6 %",
        "both: at most 93.9 %"]  # fmt: skip


def test_panels_that_exist_do_not_contradict_the_three_lines(page):
    """All kinds of variation in random proportions; LM may follow means of period and reach."""
    rng, belt = np.random.default_rng(11), np.array(feasibility.BELT)
    reach = np.repeat(range(3), belt)
    codes = [np.arange(41)[:, None], np.arange(16), feasibility.PERIOD, reach[:, None]]
    codes += [2 * codes[3] + codes[2], np.arange(656).reshape(41, 16)]
    nearest = math.inf
    for _ in range(100):
        kinds = [rng.normal(size=656)[code] + np.zeros((41, 16)) for code in codes]
        kinds[5] *= (10 ** rng.uniform(-2, 1, 656))[codes[4]]
        reg = np.tensordot(10 ** rng.uniform(-2, 2, 6), kinds, 1)
        lm = rng.normal(size=reg.shape) + rng.choice([0, 1, 1000]) * kinds[4]
        made = feasibility.Panel(reg, lm, rng.normal(size=reg.shape), reach)
        periods, reaches, both = page.lines(feasibility.six_figures(made), belt)
        frame = pd.DataFrame({"reg": reg.ravel(), "period": (codes[2] + 0 * codes[0]).ravel(),
                              "reach": (codes[3] + 0 * codes[1]).ravel()})  # fmt: skip
        period, place = (frame.groupby(key)["reg"].transform("mean").var() / frame["reg"].var()
                         for key in ("period", "reach"))  # fmt: skip
        assert periods - 1e-9 <= period and reaches - 1e-9 <= place
        assert period + place <= both + 1e-9 and periods + reaches <= both + 1e-9
        nearest = min(nearest, both - period - place)
    assert nearest < 0.05


def test_the_invented_yearbook_gives_what_is_printed_and_no_adjusted_r2(page):
    assert len(page.off) == 2 * 23 and max(page.off) < 9e-4
    assert len(page.above) == 7 and min(page.above) > 0.04
    towns = page.invented.drop_duplicates("city")["reach"].value_counts()
    assert towns.to_dict() == {"upper": 12, "middle": 14, "lower": 15}
    assert page.invented.groupby("city").size().eq(16).all()
