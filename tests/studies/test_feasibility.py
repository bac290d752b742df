"""Joint feasibility of the printed tables: hand calculation, brute force, random panels.

The printed Adj. R2 are typed from the paper.  Both arguments are checked against regressions with
one dummy an effect, made here with numpy alone; random effects against linearmodels.  The bounds of
every split are held against those that the page writes out in ``tests/claims``.
"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import RandomEffects
from scipy import optimize

from studies import feasibility as fe

PRINTED = [0.934, 0.834, 0.721, 0.674, 0.546, 0.812]
SPLIT = (12, 14, 15)
ANHUI = (12, 14, 9)
U = 0.0665 * 598 / 655
PERIODS = 1 - U / (0.1655 * 317 / 368)
"""By hand, at favourable rounding: Model 1 has 656 - 41 - 16 + 1 - 2 = 598 degrees of freedom."""


def tss(y: np.ndarray) -> float:
    return float(((y - y.mean()) ** 2).sum())


def rss(y: np.ndarray, x: np.ndarray, cities: np.ndarray, years: np.ndarray) -> float:
    """Residual sum of squares with one dummy a city and a year."""
    dummies = [pd.get_dummies(codes, dtype=float) for codes in (cities, years)]
    design = np.column_stack([x, *dummies])
    return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())


def test_splits_are_all_ways_to_share_out_the_cities() -> None:
    """Stars and bars: 41 - 3 * 2 = 35 cities to hand out freely, C(37, 2) ways."""
    every = fe.splits()
    assert len(every) == len({tuple(row) for row in every}) == math.comb(37, 2) == 666
    assert (every.sum(axis=1) == 41).all() and every.min() == 2


def test_anhui_by_hand() -> None:
    """12, 14 and 9 cities in the reaches and 6 in none, the bound minimised by SciPy."""
    parts = np.array([0.3255 * 162 / 191, 0.4535 * 192 / 223, 0.1875 * (144 - 27) / 143])

    def bound(log_v: float) -> float:
        v = math.exp(log_v)
        return (U + v) * ((np.array(ANHUI) / 41 * (1 - parts) / (parts + v)).sum() + 6 / 41 / v)

    row = fe.survey(fe.ANHUI, ANHUI).iloc[0]
    best = optimize.minimize_scalar(bound, bounds=(-6, 4), method="bounded").fun
    assert row["ceiling"] == pytest.approx(best, rel=1e-4) and row["ceiling"] >= best - 1e-9
    assert row["periods"] == pytest.approx(PERIODS) and row["ruled_out"]


def test_random_panels_that_exist_are_never_ruled_out() -> None:
    """All kinds of variation in random proportions; LM may follow means of period and reach."""
    rng, base = np.random.default_rng(11), fe.simulated("both effects out")
    keys = ["city", "year", "period", "reach", ["period", "reach"]]
    codes = [base.groupby(key).ngroup().to_numpy() for key in keys]
    nearest = math.inf
    for _ in range(100):
        kinds = [rng.normal(size=656)[code] for code in codes]
        kinds.append(rng.normal(size=656) * (10 ** rng.uniform(-2, 1, 656))[codes[-1]])
        data = base.assign(REG=10 ** rng.uniform(-2, 2, 6) @ np.array(kinds))
        data["LM"] = rng.normal(size=656) + rng.choice([0, 1, 1000]) * kinds[4]
        data["LM_IA"] = data["LM"] * data["IA"]
        row = fe.survey(split=SPLIT, adj_r2=fe.six_figures(data)).iloc[0]
        period, reach = (
            tss(data.groupby(key)["REG"].transform("mean")) / tss(data["REG"])
            for key in ("period", "reach")
        )
        assert row["periods"] - 1e-9 <= period <= row["ceiling"] + 1e-9 and not row["ruled_out"]
        assert row["reaches"] - 1e-9 <= reach and period + reach <= row["together"] + 1e-9
        nearest = min(nearest, row["ceiling"] / period - 1) if period > 0.1 else nearest
    assert nearest < 1.5
    # Nor is the invented one with cities in no reach.
    inside = fe.survey(replace(fe.ANHUI, outside=12), (8, 8, 13), fe.printed()).iloc[0]
    assert not inside["ruled_out"] and inside["highest"] >= 0.934


def test_within_cities_the_best_reach_cannot_be_above_the_whole() -> None:
    """So the best reach as printed, 0.812, is the most that R2 of the whole can be."""
    within = fe.variants().set_index("variant").loc["R² of the variation within cities"]
    assert np.isnan(within["periods"]) and within["highest"] == pytest.approx(0.8125)


@pytest.mark.parametrize(
    ("premises", "split"), [(fe.BASELINE, SPLIT), (fe.BASELINE, (2, 2, 37)), (fe.ANHUI, ANHUI)]
)
def test_the_highest_figure_of_the_whole_is_where_both_arguments_fall_silent(premises, split):
    highest = fe.survey(premises, split)["highest"].iloc[0]
    for figure in (highest + 1e-6, highest - 1e-6):
        again = fe.survey(premises, split, [figure, *fe.favourable()[1:]]).iloc[0]
        assert again["ruled_out"] == (figure > highest)


def by_dummies(way: str, data: pd.DataFrame) -> list[float]:
    """The six figures with one dummy an effect, or from linearmodels where effects are random."""
    figures = []
    for place, key in enumerate(["", *fe.PERIODS, *fe.REACHES]):
        part = data if not key else data[data["period"].eq(key) | data["reach"].eq(key)].copy()
        if way == "IA by reach" and place > 2:
            part["IA"] = part["IA"] / part.groupby("year")["IA"].transform("mean")
            part["LM_IA"] = part["LM"] * part["IA"]
        terms = ["LM", "IA", "LM_IA"][: 2 + (place > 0)]
        y, city, year = (part[name].to_numpy() for name in ("REG", "city", "year"))
        n, cities, years = len(y), len(set(city)), len(set(year))
        if way == "random effects" and place in (2, 4, 5):  # Hausman p .051, .061, .054
            panel = part.set_index(["city", "year"])
            times = pd.get_dummies(panel.index.get_level_values(1), drop_first=True, dtype=float)
            exog = panel[terms].assign(const=1.0).join(times.set_index(panel.index).add_prefix("t"))
            r2, df = RandomEffects(panel["REG"], exog).fit().rsquared, n - years - len(terms)
        else:
            total = rss(y, np.empty((n, 0)), city, year) if way == "both effects out" else tss(y)
            r2 = 1 - rss(y, part[terms].to_numpy(), city, year) / total
            df = n - cities - years + 1 - len(terms)
        figures.append(1 - (1 - r2) * (n - 1) / df)
    return figures


@pytest.mark.parametrize("way", fe.WAYS)
def test_an_invented_panel_has_all_six_figures(way) -> None:
    data = fe.simulated(way)
    assert len(data) == 656 and not data.duplicated(["city", "year"]).any()
    assert by_dummies(way, data) == pytest.approx(PRINTED, abs=1e-5)
    assert fe.six_figures(data, way) == pytest.approx(by_dummies(way, data), abs=1e-8)
    assert fe.six_figures(data) == pytest.approx(by_dummies("", data), abs=1e-8)
