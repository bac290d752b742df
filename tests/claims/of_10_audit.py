import math

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from studies import feasibility


def test_a_mark_follows_if_a_t_that_rounds_to_the_printed_one_earns_it(page):
    """1.833 may have been 1.8335, beyond the limit of t(9), 1.83311; 1.832 may not."""
    limit = [stats.t.isf(0.05, 9), stats.t.isf(0.025, 9), stats.t.isf(0.005, 9)]
    cells = [(1.833, "*"), (1.833, ""), (1.832, "*"), (-3.3, "***"), (3.2, "***")]
    cells = pd.DataFrame(cells, columns=["t", "stars"])
    assert page.follows(cells, limit).tolist() == [True, True, False, True, False]


def test_the_marks_that_do_not_follow(page):
    short, one = ["IA (Model 1)", "LM × IA (2017–2023)", "LM × IA (Lower reach)"], "RISSL (Model 2)"
    assert page.possible == {"exact": 19, "rounded": 22}
    assert sorted(page.failing["exact"]) == sorted([*short, one])
    assert page.failing["rounded"] == [one] and page.short.index.tolist() == short
    assert page.short.between(1.64, 1.6449).all() and page.cell.stars[one] == "**"


def test_what_the_paper_says_of_its_tables(page):
    assert page.count["cannot be checked"] == sum(page.gaps) + 2
    gap = page.judged.set_index("id").loc["model1_lm_sign"]  # the sentence is about no level
    assert "经济发展差距" in gap["zh"] and gap["verdict"] == "cannot be checked"
    section_4 = page.judged.loc[page.judged["place"].str.startswith("Section 4"), "cells"]
    assert not section_4.str.contains("lm_ia").any()


def test_the_three_lines_by_hand(page):
    """Model 1 has 656 - 41 - 16 + 1 - 2 = 598 degrees of freedom; C(34, 2) ways, by stars and bars.

    A reach has three cities and the 32 that are left over.
    """
    whole = 0.0665 * 598 / 655
    lines = 1 - whole / (0.1655 * 317 / 368), 1 - whole / (0.1875 * 207 / 239), 1 - whole
    assert (page.of_periods, page.of_reaches, page.both) == pytest.approx(lines)
    assert len(page.every) == len({*map(tuple, page.every)}) == math.comb(34, 2)
    assert (page.every.sum(axis=1) == 41).all() and page.every.min() == 3


@pytest.mark.parametrize("inside", [(12, 14, 12), (8, 8, 13), (3, 3, 22)])
def test_what_cities_in_no_reach_must_leave_is_the_least_of_a_search(page, inside):
    """Paths of the reaches move along that of all cities, and the cities in no reach balance."""
    n, printed = np.array(inside), np.array([0.6745, 0.5465, 0.8125])
    own = (1 - printed) * (16 * n - n - 16 + 1 - 3) / (16 * n - 1)

    def left(apart):
        balance = (n @ apart) ** 2 / (41 - n.sum())
        return page.of_periods / 41 * (n @ apart**2 + n @ (own * (1 - apart) ** 2) + balance)

    assert page.needed(inside) == pytest.approx(optimize.minimize(left, np.zeros(3)).fun, abs=1e-6)


def test_the_ways_out(page):
    """Twelve cities in no reach are too few; the panel shown leaves more than it must, by hand."""
    assert page.outside == 13 < feasibility.OUTSIDE and page.needed((3, 3, 22)) <= page.alone
    reg = feasibility.simulated().reg
    net = reg - reg.mean(1, keepdims=True) - reg.mean(0) + reg.mean()
    share = (net**2).sum() / ((reg - reg.mean()) ** 2).sum()
    assert page.needed(feasibility.INSIDE) <= share <= page.alone
    *others, lower = [page.wrong[name] for name in feasibility.HEADINGS[1:]]
    assert others == [["0.934"], ["0.921"], ["0.974"], ["0.946"]] and lower == ["0.912", "0.892"]
    assert page.wrong["Model 1"][-1] == "0.904"


def test_panels_that_exist_do_not_contradict_the_three_lines(page):
    """All kinds of variation in random proportions; LM may follow means of period and reach."""
    rng, belt = np.random.default_rng(11), np.array(feasibility.BELT)
    city, year = np.indices((41, 16))
    period, place = feasibility.PERIOD[year], np.repeat(range(3), belt)[city]
    codes = city, year, period, place, 2 * place + period, 16 * city + year
    nearest = math.inf
    for _ in range(100):
        kinds = [rng.normal(size=656)[code] for code in codes]
        kinds[5] *= (10 ** rng.uniform(-2, 1, 656))[codes[4]]
        reg = np.tensordot(10 ** rng.uniform(-2, 2, 6), kinds, 1)
        lm = rng.normal(size=reg.shape) + rng.choice([0, 1, 1000]) * kinds[4]
        made = feasibility.Panel(reg, lm, rng.normal(size=reg.shape), place[:, 0])
        periods, reaches, both = page.lines(feasibility.figures(made)[0], belt)
        of_period, of_place = (
            pd.Series(reg.ravel()).groupby(code.ravel()).transform("mean").var() / reg.var(ddof=1)
            for code in (period, place)
        )
        assert periods - 1e-9 <= of_period and reaches - 1e-9 <= of_place
        assert of_period + of_place <= both + 1e-9 and periods + reaches <= both + 1e-9
        nearest = min(nearest, both - of_period - of_place)
    assert nearest < 0.05
