"""Joint feasibility of the printed tables: hand calculation, brute force, random panels.

The printed Adj. R2 are typed from the paper.  Both arguments are checked against regressions with
one dummy an effect, made here with numpy alone.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib.estimation import two_way_fe
from lib.panel import DataError
from studies import feasibility as fe

PRINTED = [0.934, 0.834, 0.721, 0.674, 0.546, 0.812]
SPLIT = (12, 14, 15)


def dummies(codes: np.ndarray) -> np.ndarray:
    return (codes[:, None] == np.unique(codes)).astype(float)


def tss(y: np.ndarray) -> float:
    return float(((y - y.mean()) ** 2).sum())


def fit(y: np.ndarray, x: np.ndarray, cities: np.ndarray, years: np.ndarray) -> float:
    """Residual sum of squares with one dummy a city and a year."""
    design = np.column_stack([x, dummies(cities), dummies(years)])
    return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())


class Panel:
    """A small panel cut by reach and by period, and draws of REG, LM and IA on it."""

    def __init__(self, split=(2, 3, 2), lengths=(4, 3)) -> None:
        n, t = sum(split), sum(lengths)
        self.weights = np.array(split) / n
        self.city, self.year = np.repeat(np.arange(n), t), np.tile(np.arange(t), n)
        self.reach = np.repeat(np.repeat([0, 1, 2], split), t)
        self.period = np.tile(np.repeat([0, 1], lengths), n)

    def drop(self, gone: np.ndarray) -> None:
        for name in ("city", "year", "reach", "period"):
            setattr(self, name, getattr(self, name)[~gone])

    def shares(self, y: np.ndarray, x: np.ndarray) -> list[float]:
        """RSS / TSS of the whole on two regressors and of the five parts on three."""
        found = [fit(y, x[:, :2], self.city, self.year) / tss(y)]
        for k in [self.period == 0, self.period == 1, *(self.reach == r for r in range(3))]:
            found.append(fit(y[k], x[k], self.city[k], self.year[k]) / tss(y[k]))
        return found

    def between(self, y: np.ndarray, codes: np.ndarray) -> float:
        return tss(np.array([y[codes == c].mean() for c in np.unique(codes)])[codes]) / tss(y)

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Every kind of variation, in random proportions."""
        scale = 10 ** rng.uniform(-2, 2, 6)
        follows = rng.choice([0, 1, 1000])  # how far LM follows the means by reach and period
        if follows > 1:
            scale[:4] /= 1000
        size, cell = len(self.city), (self.reach, self.period)
        kinds = (
            rng.normal(size=20)[self.city], rng.normal(size=20)[self.year],
            rng.normal(size=2)[self.period], rng.normal(size=3)[self.reach],
            rng.normal(size=(3, 2))[cell],
            rng.normal(size=size) * (10 ** rng.uniform(-2, 1, (3, 2)))[cell],
        )  # fmt: skip
        y = sum(s * k for s, k in zip(scale, kinds, strict=True))
        lm = rng.normal(size=size) + follows * kinds[4]
        ia = rng.normal(size=size) + rng.choice([0, 1]) * y / y.std()
        return y, np.column_stack([lm, ia, lm * ia])


# --- from Adj. R2 to shares ---------------------------------------------------------------------


def test_figures_are_those_of_the_paper_and_rounding_helps_by_half_a_digit() -> None:
    assert fe.printed().tolist() == PRINTED
    assert fe.printed(replace(fe.BASELINE, whole="model2"))[0] == 0.932
    helped = [0.9335, 0.8345, 0.7215, 0.6745, 0.5465, 0.8125]
    assert fe.favourable() == pytest.approx(helped, abs=1e-12)
    assert fe.COLUMNS == ("whole", "2008-2016", "2017-2023", "upper", "middle", "lower")
    assert fe.headings()[0] == "Model 1" and fe.headings()[-1] == "Lower reach"


def test_shares_by_hand() -> None:
    """Model 1: 656 - 41 - 16 + 1 - 2 = 598 degrees of freedom, 0.066 * 598 / 655."""
    u = fe.shares(PRINTED, SPLIT)
    assert u.whole == pytest.approx(0.066 * 598 / 655)
    assert u.periods == pytest.approx([0.166 * 317 / 368, 0.279 * 237 / 286])
    assert u.reaches == pytest.approx([0.326 * 162 / 191, 0.454 * 192 / 223, 0.188 * 207 / 239])
    plain = replace(fe.BASELINE, total_df=None)
    assert fe.shares(PRINTED, SPLIT, plain).reaches == pytest.approx([0.326, 0.454, 0.188])
    counted = replace(fe.BASELINE, total_df="rows - cities")
    assert fe.shares(PRINTED, SPLIT, counted).whole == pytest.approx(0.066 * 598 / 615)
    many = fe.shares(PRINTED, [SPLIT, (2, 2, 37)])
    assert (many.reaches[0] == u.reaches).all() and many.periods.shape == (2, 2)


def test_share_is_rss_over_tss_of_the_dummy_regression() -> None:
    rng, panel = np.random.default_rng(5), Panel()
    y, x = panel.draw(rng)
    frame = pd.DataFrame({"city": panel.city, "year": panel.year, "y": y})
    found = two_way_fe(frame.assign(lm=x[:, 0], ia=x[:, 1]), "y", ["lm", "ia"])
    share = fe.unexplained_share(found.adj_r2, found.nobs, 7, 7, 2)
    assert share == pytest.approx(panel.shares(y, x)[0], rel=1e-9)


def test_what_has_no_degrees_of_freedom_or_too_few_cities_is_refused() -> None:
    with pytest.raises(DataError, match="-3 degrees of freedom; expected at least 1"):
        fe.unexplained_share(0.9, 16, 1, 16, 3)
    with pytest.raises(DataError, match="5 cities; expected at least 6"):
        fe.splits(5)


def test_splits_are_all_ways_to_share_out_the_cities() -> None:
    """Stars and bars: 41 - 3 * 2 = 35 cities to hand out freely, C(37, 2) ways."""
    every = fe.splits()
    assert len(every) == len({tuple(row) for row in every}) == math.comb(37, 2) == 666
    assert (every.sum(axis=1) == 41).all() and every.min() == 2
    assert fe.splits(6).tolist() == [[2, 2, 2]]


# --- the two arguments --------------------------------------------------------------------------


def test_reference_split_by_hand() -> None:
    """Worked with a pocket calculator from the printed figures at favourable rounding."""
    row = fe.survey(split=SPLIT).iloc[0]
    u = 0.0665 * 598 / 655  # 0.060713
    upper, middle, lower = 0.3255 * 162 / 191, 0.4535 * 192 / 223, 0.1875 * 207 / 239
    assert row["periods"] == pytest.approx(1 - u / (0.1655 * 317 / 368), abs=1e-12)
    assert row["reaches"] == pytest.approx(1 - u / lower, abs=1e-12)
    assert row["together"] == pytest.approx(1 - u, abs=1e-12)
    odds = 12 * (1 / upper - 1) + 14 * (1 / middle - 1) + 15 * (1 / lower - 1)
    assert row["ceiling"] == pytest.approx(u * odds / 41, abs=1e-12)
    shown = row[["periods", "reaches", "together", "ceiling"]].astype(float).round(3)
    assert shown.tolist() == [0.574, 0.626, 0.939, 0.194]
    assert row["three_lines"] and row["ruled_out"]


def test_three_lines_leave_the_splits_with_two_cities_in_the_lower_reach() -> None:
    every = fe.survey()
    left = every[~every["three_lines"]]
    assert len(left) == 36 == (every["lower"] == 2).sum() and (left["lower"] == 2).all()
    assert every["ruled_out"].all() and (every["periods"] - every["ceiling"] > 0.2).all()


def test_random_panels_never_leave_the_bounds() -> None:
    """Regressions with dummies: both arguments hold, and draws come near to each bound."""
    rng, panel = np.random.default_rng(11), Panel()
    above, below, apart = math.inf, math.inf, math.inf
    for _ in range(1500):
        y, x = panel.draw(rng)
        u = np.array(panel.shares(y, x))
        periods, reaches = panel.between(y, panel.period), panel.between(y, panel.reach)
        floor, ceiling = 1 - u[0] / u[1:3].min(), u[0] * (panel.weights * (1 / u[3:] - 1)).sum()
        least = 1 - u[0] / u[3:].min()
        assert floor - 1e-9 <= periods <= ceiling + 1e-9
        assert least - 1e-9 <= reaches and periods + reaches <= 1 - u[0] + 1e-9
        if periods > 0.1:
            above, below = min(above, periods - floor), min(below, ceiling / periods - 1)
            apart = min(apart, 1 - u[0] - periods - reaches)
    assert above < 0.02 and below < 1.5 and apart < 0.01


def test_survey_agrees_with_the_shares_of_a_panel_that_exists() -> None:
    """Noise added to a simulated panel: no argument may rule out the six figures it has."""
    rng = np.random.default_rng(8)
    data = fe.net_total_panel()
    data["REG"] = data["REG"] + 3 * rng.normal(size=len(data))
    found = [adj_r2(part, place) for place, part in enumerate(fe.parts(data))]
    row = fe.survey(split=SPLIT, adj_r2=found).iloc[0]
    share = data.groupby("period")["REG"].transform("mean").var() / data["REG"].var()
    assert not row["ruled_out"] and row["periods"] <= share <= row["ceiling"]


def test_highest_figure_of_the_whole_is_where_both_arguments_fall_silent() -> None:
    for split in (SPLIT, (2, 2, 37), (37, 2, 2)):
        highest = fe.survey(split=split)["highest"].iloc[0]
        for figure, excluded in ((highest + 1e-6, True), (highest - 1e-6, False)):
            again = fe.survey(split=split, adj_r2=[figure, *fe.favourable()[1:]]).iloc[0]
            assert again["ruled_out"] == excluded


def test_within_cities_the_best_reach_cannot_be_above_the_whole() -> None:
    """Brute force on random panels with city means taken off, then the readings that use it."""
    rng, panel = np.random.default_rng(4), Panel()
    for _ in range(200):
        y, x = panel.draw(rng)
        inner = y - np.array([y[panel.city == c].mean() for c in range(7)])[panel.city]
        rss = fit(y, x[:, :2], panel.city, panel.year)
        parts = [panel.reach == r for r in range(3)]
        least = min(
            fit(y[k], x[k], panel.city[k], panel.year[k]) / (inner[k] ** 2).sum() for k in parts
        )
        assert least <= rss / (inner**2).sum() * (1 + 1e-9)
    table = fe.readings().set_index("reading")
    assert (table["ruled_out"] == 666).all()
    within = table[table.index.str.contains("ithin cities")]
    assert len(within) == 3 and within["periods"].isna().all() and (within["together"] == 0).all()
    # The best reach as printed, 0.812, is then the most that R2 of the whole can be.
    assert within["highest"].iloc[0] == pytest.approx(0.8125)


# --- gaps ---------------------------------------------------------------------------------------


def test_imbalance_is_the_canonical_correlation_of_reach_and_period() -> None:
    counts = np.array([[9, 2], [14, 7], [3, 11]])
    reach = np.repeat(np.repeat(range(3), 2), counts.ravel())
    period = np.repeat(np.tile([0, 1], 3), counts.ravel())
    x, y = dummies(reach), dummies(period)[:, :1]
    fitted = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    largest = np.sqrt(tss(fitted.ravel()) / tss(y.ravel()))
    assert fe.imbalance(counts) == pytest.approx(largest)
    assert fe.imbalance([[18, 14], [9, 7], [27, 21]]) == pytest.approx(0, abs=1e-12)


def test_shares_between_on_a_panel_with_gaps() -> None:
    """Both kinds of means explain (1 + V)(1 - u) at most, on random panels with holes."""
    rng, tightest = np.random.default_rng(6), math.inf
    for _ in range(300):
        panel = Panel()
        panel.drop((panel.reach == 0) & (panel.year < rng.integers(0, 5)))
        y, x = panel.draw(rng)
        counts = pd.crosstab(panel.reach, panel.period).reindex(columns=[0, 1], fill_value=0)
        limit = (1 + fe.imbalance(counts)) * (1 - fit(y, x[:, :2], panel.city, panel.year) / tss(y))
        both = panel.between(y, panel.period) + panel.between(y, panel.reach)
        assert both <= limit + 1e-9
        tightest = min(tightest, limit - both)
    assert tightest < 0.05


def test_years_missing_are_the_fewest() -> None:
    row = fe.survey(split=SPLIT).iloc[0]
    assert fe.excess() == pytest.approx(row["periods"] + row["reaches"] - row["together"])
    for gap in fe.years_missing().itertuples():
        r, p = fe.REACHES.index(gap.reach), fe.PERIODS.index(gap.period)
        assert fe.excess(r, p, gap.needed) <= 0 < fe.excess(r, p, gap.needed - 1)


# --- panels that escape -------------------------------------------------------------------------


def adj_r2(part: pd.DataFrame, place: int) -> float:
    return two_way_fe(part, "REG", ["LM", "IA"] + ["LM_IA"] * (place > 0)).adj_r2


def test_panel_with_ia_by_reach_has_all_six_figures() -> None:
    data = fe.own_ia_panel()
    assert len(data) == 656 and not data.duplicated(["city", "year"]).any()
    found = [adj_r2(part, place) for place, part in enumerate(fe.parts(data, own_ia=True))]
    assert found == pytest.approx(PRINTED, abs=1e-5)
    # Equation (4): positive shares, mean 1 over the cities of a year up to noise.
    assert (data["IA"] > 0).all()
    assert data.groupby("year")["IA"].mean().to_numpy() == pytest.approx(1, abs=0.01)


def test_line_one_holds_on_that_panel_and_line_two_does_not() -> None:
    data = fe.own_ia_panel()
    share = {
        name: data.groupby(name)["REG"].transform("mean").var() / data["REG"].var()
        for name in ("period", "reach")
    }
    row = fe.survey(split=SPLIT, adj_r2=fe.printed()).iloc[0]
    assert share["period"] >= row["periods"] and share["reach"] < row["reaches"]


def test_panel_of_what_both_effects_leave_over_has_all_six_figures() -> None:
    """1 - (1 - R2)(n - 1) / df with R2 of REG net of both effects, by dummies."""
    data = fe.net_total_panel()
    for place, part in enumerate(fe.parts(data)):
        terms = ["LM", "IA", "LM_IA"][: 2 + (place > 0)]
        y, city, year = (part[name].to_numpy() for name in ("REG", "city", "year"))
        total = fit(y, np.empty((len(y), 0)), city, year)
        r2 = 1 - fit(y, part[terms].to_numpy(), city, year) / total
        df = len(y) - len(set(city)) - len(set(year)) + 1 - len(terms)
        assert 1 - (1 - r2) * (len(y) - 1) / df == pytest.approx(PRINTED[place], abs=1e-5)


def test_six_figures_are_those_of_the_estimator() -> None:
    data = fe.own_ia_panel()
    wide = [
        data.pivot(index="city", columns="year", values=name).to_numpy()
        for name in ("REG", "LM", "IA")
    ]
    expected = [adj_r2(part, place) for place, part in enumerate(fe.parts(data))]
    assert fe.six_figures(*wide) == pytest.approx(expected, abs=1e-10)


def test_number_line_shows_floor_and_ceilings() -> None:
    chart = repr(fe.number_line(0.6, {"one": 0.3, "another": 0.2}))
    assert "4 points; x 0 to 60" in chart
