"""Joint feasibility of the printed tables: hand calculation, brute force, random panels.

The printed Adj. R2 are typed from the paper's Tables 1 to 3.  The theorem is checked against
regressions with one dummy an effect, made here with numpy alone.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from lib import feasibility as fe
from lib import feasibility_figures
from lib.estimation import two_way_fe
from lib.panel import DataError

PRINTED = [0.934, 0.834, 0.721, 0.674, 0.546, 0.812]
SPLIT = (12, 14, 15)


# --- brute force --------------------------------------------------------------------------------


def dummies(codes: np.ndarray) -> np.ndarray:
    return (codes[:, None] == np.unique(codes)).astype(float)


def fit(y: np.ndarray, x: np.ndarray, cities: np.ndarray, years: np.ndarray) -> float:
    """Residual sum of squares with one dummy a city and a year, by least squares."""
    design = np.column_stack([x, dummies(cities), dummies(years)])
    return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())


def tss(y: np.ndarray) -> float:
    return float(((y - y.mean()) ** 2).sum())


def between(y: np.ndarray, codes: np.ndarray) -> float:
    """Share of the total sum of squares between groups."""
    return tss(np.array([y[codes == c].mean() for c in np.unique(codes)])[codes]) / tss(y)


class Panel:
    """A small balanced panel cut by reach and by period."""

    def __init__(self, split: tuple[int, ...], lengths: tuple[int, ...]) -> None:
        n, t = sum(split), sum(lengths)
        self.split, self.lengths = split, lengths
        self.city, self.year = np.repeat(np.arange(n), t), np.tile(np.arange(t), n)
        self.reach = np.repeat(np.repeat([0, 1, 2], split), t)
        self.period = np.tile(np.repeat([0, 1], lengths), n)
        self.parts = [self.period == 0, self.period == 1, *(self.reach == r for r in range(3))]

    def columns(self, y: np.ndarray, x: np.ndarray) -> list[float]:
        """RSS / TSS of the whole on two regressors and of the five parts on three."""
        found = [fit(y, x[:, :2], self.city, self.year) / tss(y)]
        for rows in self.parts:
            rss = fit(y[rows], x[rows], self.city[rows], self.year[rows])
            found.append(rss / tss(y[rows]))
        return found

    def between_periods(self, y: np.ndarray) -> float:
        return between(y, self.period)

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A dependent variable with every kind of variation, in random proportions."""
        scale = 10 ** rng.uniform(-2, 2, 6)
        follows = rng.choice([0, 1, 1000])  # how far LM follows the means by reach and period
        if follows > 1:
            scale[:4] /= 1000
        n, t = sum(self.split), sum(self.lengths)
        kinds = (
            rng.normal(size=n)[self.city],
            rng.normal(size=t)[self.year],
            rng.normal(size=2)[self.period],
            rng.normal(size=3)[self.reach],
            rng.normal(size=(3, 2))[self.reach, self.period],
            rng.normal(size=n * t) * (10 ** rng.uniform(-2, 1, (3, 2)))[self.reach, self.period],
        )
        y = sum(s * k for s, k in zip(scale, kinds, strict=True))
        lm = rng.normal(size=n * t) + follows * kinds[4]
        ia = rng.normal(size=n * t) + rng.choice([0, 1]) * y / y.std()
        return y, np.column_stack([lm, ia, lm * ia])


def six_figures(data: pd.DataFrame) -> list[float]:
    """Adj. R2 of the six regressions on a panel, by least squares with dummies."""
    y, x = data["reg"].to_numpy(), data[["lm", "ia", "lm_ia"]].to_numpy()
    city, year = data["city_code"].to_numpy(), data["year"].to_numpy()
    parts = [year > 0, year <= 2016, year > 2016]
    parts += [(data["reach"] == reach).to_numpy() for reach in ("upper", "middle", "lower")]
    found = []
    for rows, terms in zip(parts, (2, 3, 3, 3, 3, 3), strict=True):
        rss = fit(y[rows], x[rows, :terms], city[rows], year[rows])
        n, cities, years = rows.sum(), len(set(city[rows])), len(set(year[rows]))
        found.append(1 - rss / (n - cities - years + 1 - terms) / (tss(y[rows]) / (n - 1)))
    return found


def bounds(u: list[float], panel: Panel) -> tuple[float, float]:
    """The theorem's two sides in plain arithmetic."""
    weights = np.array(panel.split) / sum(panel.split)
    floor = 1 - u[0] / min(u[1:3])
    return floor, u[0] * sum(w * (1 - v) / v for w, v in zip(weights, u[3:], strict=True))


# --- the printed figures and the unexplained shares ---------------------------------------------


def test_figures_are_those_of_the_paper_in_the_stated_order() -> None:
    assert fe.printed().tolist() == PRINTED
    assert fe.printed(replace(fe.BASELINE, whole="model2"))[0] == 0.932
    assert fe.COLUMNS == ("whole", "2008-2016", "2017-2023", "upper", "middle", "lower")


def test_rounding_helps_the_tables_by_half_a_digit_each() -> None:
    expected = [0.9335, 0.8345, 0.7215, 0.6745, 0.5465, 0.8125]
    assert fe.favourable() == pytest.approx(expected, abs=1e-12)


def test_unexplained_share_by_hand() -> None:
    """Model 1: 656 - 41 - 16 + 1 - 2 = 598 degrees of freedom, 0.066 * 598 / 655."""
    assert fe.unexplained_share(0.934, 656, 41, 16, 2) == pytest.approx(0.066 * 598 / 655)
    assert fe.unexplained_share(0.934, 656, 41, 16, 2, adjusted=False) == pytest.approx(0.066)


def test_unexplained_share_is_rss_over_tss_of_the_dummy_regression() -> None:
    """Against the Adj. R2 of lib.estimation and against least squares with dummies."""
    rng = np.random.default_rng(5)
    panel = Panel((2, 3, 3), (4, 3))
    y, x = panel.draw(rng)
    frame = pd.DataFrame({"city_code": panel.city, "year": panel.year, "y": y})
    frame = frame.assign(lm=x[:, 0], ia=x[:, 1])
    found = two_way_fe(frame, "y", ["lm", "ia"])
    share = fe.unexplained_share(found.adj_r2, found.nobs, 8, 7, 2)
    assert share == pytest.approx(panel.columns(y, x)[0], rel=1e-9)


def test_a_regression_without_degrees_of_freedom_is_refused() -> None:
    with pytest.raises(DataError, match="-3 degrees of freedom; expected at least 1"):
        fe.unexplained_share(0.9, 16, 1, 16, 3)
    fe.unexplained_share(0.9, 8, 2, 4, 2)  # 1 degree of freedom
    with pytest.raises(DataError, match="0 degrees"):
        fe.unexplained_share(0.9, 8, 2, 4, 3)


def test_shares_of_the_reference_split_by_hand() -> None:
    u = fe.shares(PRINTED, SPLIT)
    assert u.whole == pytest.approx(0.066 * 598 / 655)
    assert u.periods == pytest.approx([0.166 * 317 / 368, 0.279 * 237 / 286])
    reaches = [0.326 * 162 / 191, 0.454 * 192 / 223, 0.188 * 207 / 239]
    assert u.reaches == pytest.approx(reaches)
    table = fe.unexplained()
    assert table["share"].tolist() == pytest.approx([u.whole, *u.periods, *u.reaches])
    assert table["df"].tolist() == [598, 317, 237, 162, 192, 207]
    assert table["rows"].tolist() == [656, 369, 287, 192, 224, 240]
    assert table["column"].tolist()[:2] == ["Model 1", "2008–2016"]


def test_shares_of_many_splits_are_those_of_each() -> None:
    many = fe.shares(PRINTED, [SPLIT, (2, 2, 37)])
    for row, split in enumerate([SPLIT, (2, 2, 37)]):
        one = fe.shares(PRINTED, split)
        assert many.whole[row] == one.whole
        assert (many.reaches[row] == one.reaches).all()
        assert (many.periods[row] == one.periods).all()


# --- splits -------------------------------------------------------------------------------------


def test_splits_are_all_ways_to_share_out_the_cities() -> None:
    """Stars and bars: 41 - 3 * 2 = 35 cities to hand out freely, C(37, 2) ways."""
    every = fe.splits()
    assert len(every) == math.comb(37, 2) == 666
    assert len({tuple(row) for row in every}) == 666
    assert (every.sum(axis=1) == 41).all() and every.min() == 2
    assert len(fe.splits(least=1)) == math.comb(40, 2)
    assert fe.splits(6).tolist() == [[2, 2, 2]]
    with pytest.raises(DataError, match="5 cities; expected at least 6"):
        fe.splits(5)


# --- the theorem --------------------------------------------------------------------------------


def test_floor_and_ceiling_by_hand_in_fractions() -> None:
    """u = 1/10; periods 1/4, 1/2; reaches 1/2, 1/3, 1/5 with weights 1/2, 1/4, 1/4.

    Floor 1 - 4/10; ceiling 1/10 * (1/2 * 1 + 1/4 * 2 + 1/4 * 4).
    """
    u = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 5)]
    floor, ceiling = fe.between_bounds(
        0.1, [0.25, 0.5], [float(v) for v in u], [float(1 - v) for v in u], [0.5, 0.25, 0.25]
    )
    assert floor == pytest.approx(0.6) and ceiling == pytest.approx(0.2)


def test_reference_split_by_hand() -> None:
    """Worked with a pocket calculator from the printed figures at favourable rounding."""
    row = fe.survey(split=SPLIT).iloc[0]
    u = 0.0665 * 598 / 655  # 0.060713
    early = 0.1655 * 317 / 368  # 0.142563
    assert row["floor"] == pytest.approx(1 - u / early, abs=1e-12)
    assert row["floor"] == pytest.approx(0.5741, abs=5e-5)
    upper, middle, lower = 0.3255 * 162 / 191, 0.4535 * 192 / 223, 0.1875 * 207 / 239
    odds = 12 * (1 / upper - 1) + 14 * (1 / middle - 1) + 15 * (1 / lower - 1)
    assert row["ceiling"] == pytest.approx(u * odds / 41, abs=1e-12)
    assert row["ceiling"] == pytest.approx(0.1935, abs=5e-5)
    assert row["gap"] == pytest.approx(row["floor"] - row["ceiling"])


def test_no_split_is_feasible_under_any_reading_with_a_total_of_all_variation() -> None:
    for reading in fe.READINGS:
        every = fe.survey(reading)
        assert not every["feasible"].any() and (every["gap"] > 0.2).all(), reading.name


def test_random_panels_never_leave_the_bounds() -> None:
    """Thousands of regressions with dummies: the share between periods is always inside.

    Draws must come near the floor, and within a factor of the ceiling, or the check would be
    too easy; where both are met exactly is shown further down.
    """
    rng = np.random.default_rng(11)
    panel = Panel((2, 3, 2), (4, 3))
    above, below = math.inf, math.inf
    for _ in range(1500):
        y, x = panel.draw(rng)
        u, share = panel.columns(y, x), panel.between_periods(y)
        floor, ceiling = bounds(u, panel)
        weights = np.array(panel.split) / 7
        ours = fe.between_bounds(u[0], u[1:3], u[3:], 1 - np.array(u[3:]), weights)
        assert ours == pytest.approx((floor, ceiling), rel=1e-12)
        assert floor - 1e-9 <= share <= ceiling + 1e-9
        if share > 0.1:
            above, below = min(above, share - floor), min(below, ceiling / share - 1)
    assert above < 0.02 and below < 1.5


def test_the_roles_of_periods_and_reaches_can_be_exchanged() -> None:
    """Solution 2 of the section: bounds of the share between the reaches."""
    rng = np.random.default_rng(12)
    panel = Panel((2, 3, 2), (4, 3))
    for _ in range(300):
        y, x = panel.draw(rng)
        u = np.array(panel.columns(y, x))
        floor, ceiling = fe.between_bounds(u[0], u[3:], u[1:3], 1 - u[1:3], [4 / 7, 3 / 7])
        assert floor - 1e-9 <= between(y, panel.reach) <= ceiling + 1e-9


def test_a_search_for_a_counterexample_stops_at_the_bound() -> None:
    """Climb towards floor > ceiling from random panels; one never gets there."""
    rng = np.random.default_rng(3)
    panel = Panel((2, 2, 3), (3, 3))
    y, x = panel.draw(rng)
    floor, ceiling = bounds(panel.columns(y, x), panel)
    best = start = floor - ceiling
    for step in range(1200):
        move = rng.normal(size=y.shape) * 0.6 * y.std() * 0.997**step
        if step % 2:
            pattern = rng.normal(size=(3, 2))[panel.reach, panel.period]
            move = pattern * 0.6 * y.std() * 0.997**step
        lm = x[:, 0] + 0.3 * rng.normal() * move / y.std()
        trial = y + move, np.column_stack([lm, x[:, 1], lm * x[:, 1]])
        floor, ceiling = bounds(panel.columns(*trial), panel)
        assert floor <= ceiling + 1e-9
        if floor - ceiling > best:
            best, (y, x) = floor - ceiling, trial
    assert start < best <= 1e-9


def test_bounds_are_attained_where_the_periods_fit_alike() -> None:
    """The panel of the last exercise: floor and ceiling meet, so neither can be improved.

    Equal reaches with equal means but D_r, noise that is doubly centred in each reach and
    period, and an LM that follows the interaction of reach and period.
    """
    panel = Panel((4, 4, 4), (5, 5))
    rng = np.random.default_rng(2)
    noise, small = np.empty(120), np.empty(120)
    for r in range(3):
        for p in range(2):
            rows = (panel.reach == r) & (panel.period == p)
            for target in (noise, small):
                z = rng.normal(size=(4, 5))
                z -= z.mean(axis=0)
                z -= z.mean(axis=1)[:, None]
                target[rows] = (z / np.sqrt((z**2).mean())).ravel()
            small[rows] -= noise[rows] * (small[rows] @ noise[rows]) / (noise[rows] @ noise[rows])
    # Reach r varies by D_r^2 / 4 between its periods and by s_r^2 in its noise, so that its
    # (1 - u_r) / u_r is D_r^2 / (4 s_r^2), which is to be proportional to D_r: s_r^2 as D_r.
    change = np.array([1.0, 2.0, 5.0])
    size = 0.3 * np.sqrt(change)
    y = change[panel.reach] * (panel.period - 0.5) + size[panel.reach] * noise
    lm = 1e4 * (change - change.mean())[panel.reach] * (panel.period - 0.5) + small
    u = panel.columns(y, np.column_stack([lm, small, small]))
    floor, ceiling = bounds(u, panel)
    assert u[1] == pytest.approx(u[2], rel=1e-9)
    assert floor == pytest.approx(ceiling, rel=1e-6)
    assert floor == pytest.approx(panel.between_periods(y), rel=1e-6)


def test_highest_figure_of_the_whole_closes_the_gap_exactly() -> None:
    for split in (SPLIT, (2, 2, 37), (37, 2, 2)):
        highest = fe.survey(split=split)["highest"].iloc[0]
        figures = [highest, *fe.favourable()[1:]]
        row = fe.survey(split=split, adj_r2=figures).iloc[0]
        assert row["gap"] == pytest.approx(0, abs=1e-12)
        better = fe.survey(split=split, adj_r2=[highest - 1e-6, *figures[1:]]).iloc[0]
        assert better["feasible"] and not fe.survey(split=split)["feasible"].iloc[0]


def test_feasible_figures_are_found_feasible() -> None:
    """A panel exists that has them: then no theorem may rule them out."""
    rng = np.random.default_rng(8)
    data = fe.closest_panel(SPLIT)
    data["reg"] = data["reg"] + rng.normal(size=len(data))
    row = fe.survey(split=SPLIT, adj_r2=fe.attained(data)["attained"]).iloc[0]
    share = data.groupby("period")["reg"].transform("mean").var() / data["reg"].var()
    assert row["feasible"] and row["floor"] <= share <= row["ceiling"]


def test_summary_repeats_the_survey() -> None:
    result, every = fe.summary(), fe.survey()
    assert (result.splits, result.feasible, result.printed) == (666, 0, 0.934)
    assert result.gap == every["gap"].min() and result.highest == every["highest"].max()
    assert result.floor == pytest.approx(0.5741, abs=5e-5)
    assert result.ceiling == pytest.approx(0.1935, abs=5e-5)


# --- distances ----------------------------------------------------------------------------------


@pytest.mark.parametrize("column", fe.COLUMNS)
def test_needed_change_of_one_figure_closes_the_gap(column: str) -> None:
    change = fe.needed(SPLIT, (column,))
    position = fe.COLUMNS.index(column)
    figures = fe.favourable()
    figures[position] += (-1 if position == 0 else 1) * change
    assert fe.survey(split=SPLIT, adj_r2=figures)["gap"].iloc[0] == pytest.approx(0, abs=1e-9)


def test_needed_change_of_the_whole_alone_is_the_distance_to_the_highest() -> None:
    row = fe.survey(split=SPLIT).iloc[0]
    assert fe.needed(SPLIT, ("whole",)) == pytest.approx(0.9335 - row["highest"], abs=1e-9)


def test_needed_common_change_moves_every_figure() -> None:
    change = fe.needed(SPLIT)
    figures = fe.favourable() + np.array([-1, 1, 1, 1, 1, 1]) * change
    assert fe.survey(split=SPLIT, adj_r2=figures)["gap"].iloc[0] == pytest.approx(0, abs=1e-9)
    assert change < fe.needed(SPLIT, ("whole",))


def test_distances_hold_the_figures_and_the_easiest_split() -> None:
    table = fe.distances()
    assert table["column"].tolist()[0] == "Model 1" and table["column"].iloc[-1][:7] == "All six"
    assert table["printed"].tolist()[:6] == PRINTED
    assert (table["easiest"] < table["reference"]).all()
    assert table["reference_figure"].iloc[0] == pytest.approx(0.934 - table["reference"].iloc[0])
    assert table["easiest_figure"].iloc[5] == pytest.approx(0.812 + table["easiest"].iloc[5])
    one_by_one = [float(fe.needed(split, ("lower",))) for split in fe.splits()[::37]]
    assert min(one_by_one) > table["easiest"].iloc[5] - 0.001


def test_distances_are_the_fewest_whole_units_of_the_last_digit() -> None:
    help_all = np.array([-1, 1, 1, 1, 1, 1])
    for position, change in enumerate(fe.distances()["reference"]):
        assert change * 1000 == pytest.approx(round(change * 1000))
        moved = help_all if position == 6 else help_all * (np.arange(6) == position)
        for units, feasible in ((change, True), (change - 0.001, False)):
            figures = fe.favourable() + units * moved
            assert fe.survey(split=SPLIT, adj_r2=figures)["feasible"].iloc[0] == feasible


# --- t-statistics -------------------------------------------------------------------------------


def test_parts_hold_no_more_information_than_the_whole() -> None:
    """s^2 / se^2 from full covariance matrices of dummy regressions, on random panels."""
    rng = np.random.default_rng(21)
    panel = Panel((2, 3, 2), (4, 3))

    def held(y: np.ndarray, x: np.ndarray, city: np.ndarray, year: np.ndarray) -> np.ndarray:
        design = np.column_stack([x, dummies(city), dummies(year)[:, 1:]])
        return 1 / np.diag(np.linalg.inv(design.T @ design))[:2]

    for _ in range(100):
        y, x = panel.draw(rng)
        whole = held(y, x[:, :2], panel.city, panel.year)
        each = [held(y[p], x[p], panel.city[p], panel.year[p]) for p in panel.parts]
        assert (each[0] + each[1] <= whole * (1 + 1e-6)).all()
        assert (each[2] + each[3] + each[4] <= whole * (1 + 1e-6)).all()


def test_bounds_from_information_hold_on_random_panels() -> None:
    """The bounds with q for u, from classical t-statistics of lib.estimation."""
    rng = np.random.default_rng(4)
    panel = Panel((3, 4, 3), (4, 4))
    frame = pd.DataFrame({"city_code": panel.city, "year": panel.year})
    for _ in range(3):
        y, x = panel.draw(rng)
        data = frame.assign(y=y, lm=x[:, 0], ia=x[:, 1], lm_ia=x[:, 2])
        found = [two_way_fe(data, "y", ["lm", "ia"])]
        found += [two_way_fe(data[rows], "y", ["lm", "ia", "lm_ia"]) for rows in panel.parts]
        q = [
            (1 - f.adj_r2) / ((f.nobs - 1) * f.classical.loc["lm", "se"] ** 2) for f in found
        ]
        room = 1 - np.array(panel.columns(y, x)[3:])
        weights = np.array(panel.split) / 10
        floor, ceiling = fe.between_bounds(q[0], q[1:3], q[3:], room, weights)
        assert floor - 1e-9 <= panel.between_periods(y) <= ceiling + 1e-9


def test_information_of_lm_by_hand() -> None:
    """q from the printed 0.501 (2.131), 0.843 (1.960), ... at favourable rounding."""
    row = fe.information("lm", SPLIT).iloc[0]
    whole = 0.0665 / 655 * (2.1315 / 0.5005) ** 2
    early = 0.1655 / 368 * (1.9595 / 0.8435) ** 2
    assert row["floor"] == pytest.approx(1 - whole / early, abs=1e-12)
    upper = 0.3255 / 191 * (1.8945 / 0.7475) ** 2
    middle = 0.4535 / 223 * (2.3425 / 0.6585) ** 2
    lower = 0.1875 / 239 * (2.1975 / 0.3855) ** 2
    room = [1 - 0.3255 * 162 / 191, 1 - 0.4535 * 192 / 223, 1 - 0.1875 * 207 / 239]
    terms = 12 * room[0] / upper + 14 * room[1] / middle + 15 * room[2] / lower
    assert row["ceiling"] == pytest.approx(whole * terms / 41, abs=1e-12)


def test_information_needs_a_regressor_that_all_columns_have() -> None:
    with pytest.raises(DataError, match="column model1: no coefficient of 'lm_ia'"):
        fe.information("lm_ia")
    with pytest.raises(DataError, match="no coefficient of 'odi'"):
        fe.information("odi")


def test_evidence_counts_what_each_source_rules_out() -> None:
    table = fe.evidence()
    lm, ia = fe.information("lm"), fe.information("ia")
    assert table["source"].tolist() == ["Adj. R²", "t of LM", "t of IA"]
    counts = [666, int((lm.floor > lm.ceiling).sum()), int((ia.floor > ia.ceiling).sum())]
    assert table["alone"].tolist() == counts
    floor = 1 - 0.0665 * 598 / 655 / (0.1655 * 317 / 368)
    assert table["joint"].tolist() == [666, 666, int((ia["ceiling"] < floor).sum())]
    assert 0 < table["joint"].iloc[2] < 666
    assert math.isnan(table["floor"].iloc[2]) and ia["floor"].iloc[0] < 0


# --- other meanings of R2 -----------------------------------------------------------------------


def test_variation_within_cities_is_that_of_the_reaches_added_up() -> None:
    """Brute force: RSS over variation within cities; the best reach is never above the whole."""
    rng = np.random.default_rng(9)
    panel = Panel((2, 3, 2), (4, 3))
    for _ in range(50):
        y, x = panel.draw(rng)
        means = np.array([y[panel.city == c].mean() for c in range(7)])[panel.city]
        within = (y - means) ** 2
        whole = fit(y, x[:, :2], panel.city, panel.year) / within.sum()
        reaches = [
            fit(y[p], x[p], panel.city[p], panel.year[p]) / within[p].sum()
            for p in panel.parts[2:]
        ]
        assert min(reaches) <= whole * (1 + 1e-9)


@pytest.mark.parametrize(
    ("adjustment", "whole", "least"),
    [
        ("none", 0.0665, 0.1875),
        ("n - 1", 0.0665 * 598 / 655, 0.1875 * 207 / 239),
        ("n - cities", 0.0665 * 598 / 615, 0.1875 * 207 / 225),
    ],
)
def test_within_city_by_hand(adjustment: str, whole: float, least: float) -> None:
    table = fe.within_city(adjustment).set_index(["upper", "middle", "lower"])
    row = table.loc[SPLIT]
    assert row["whole"] == pytest.approx(whole) and row["least"] == pytest.approx(least)
    assert not table["feasible"].any()


def test_unknown_adjustment_is_refused() -> None:
    with pytest.raises(DataError, match="adjustment 'n'; expected 'none', 'n - 1' or"):
        fe.within_city("n")


@pytest.mark.parametrize("sign", [1, -1])
def test_collinearity_against_a_regression(sign: int) -> None:
    """Two regressors whose t-statistics and R2 are known from least squares."""
    rng = np.random.default_rng(1)
    common = rng.normal(size=300)
    x = np.column_stack([common, sign * common + 0.05 * rng.normal(size=300)])
    y = x @ [1, sign] + 0.2 * rng.normal(size=300)
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    rss = ((y - x @ b) ** 2).sum()
    t = b / np.sqrt(rss / 298 * np.diag(inverse))
    r2 = 1 - rss / (y @ y)
    true = x[:, 0] @ x[:, 1] / np.sqrt((x[:, 0] @ x[:, 0]) * (x[:, 1] @ x[:, 1]))
    assert np.sign(t[0] * t[1]) == sign == np.sign(true)
    assert fe.collinearity(r2, tuple(t), 298) == pytest.approx(abs(true), abs=1e-9)


def test_collinearity_is_none_where_none_is_needed() -> None:
    assert fe.collinearity(0.5, (10, 10), 100) == 0.0
    assert fe.collinearity(0.934, (2.131, 1.643), 598) == pytest.approx(0.99916, abs=5e-6)


def test_readings_list_the_one_that_escapes_last() -> None:
    table = fe.readings()
    assert table["escape"].tolist() == [0] * 8 + [666]
    assert (table["splits"] == 666).all()
    floor = 1 - 0.0665 / 0.1655  # not adjusted
    assert table["floor"].iloc[1] == pytest.approx(floor)
    assert table["floor"].iloc[3] == pytest.approx(1 - 0.0665 * 598 / 655 / (0.1655 * 312 / 368))
    assert table["floor"].iloc[4] == pytest.approx(
        1 - 0.0685 * 594 / 655 / (0.1655 * 312 / 368)
    )
    assert table["floor"].iloc[2] == pytest.approx(
        1 - 0.0665 * (615 - 57) / 614 / (0.1655 * (328 - 51) / 327)
    )


# --- gaps ---------------------------------------------------------------------------------------


def test_imbalance_is_the_largest_correlation_of_reach_with_period() -> None:
    """Against the singular values of the two sets of centred dummies."""
    counts = np.array([[5, 9], [14, 2], [7, 8]])
    assert fe.imbalance([[9, 7], [18, 14], [27, 21]]) == pytest.approx(0, abs=1e-12)
    cells = np.repeat(np.arange(6), counts.ravel())
    bases = []
    for codes in (cells // 2, cells % 2):
        d = dummies(codes)
        left, sizes, _ = np.linalg.svd(d - d.mean(axis=0), full_matrices=False)
        bases.append(left[:, sizes > 1e-9])
    largest = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False).max()
    assert fe.imbalance(counts) == pytest.approx(largest, rel=1e-12)


def test_panels_with_gaps_never_exceed_what_there_is() -> None:
    """Shares asked for by both floors <= (1 + V)(1 - u), by brute force with rows missing."""
    rng = np.random.default_rng(6)
    whole = Panel((2, 3, 2), (4, 3))
    for _ in range(80):
        y, x = whole.draw(rng)
        kept = ~((whole.reach == rng.integers(3)) & (whole.year < rng.integers(0, 3)))
        rest = Panel.__new__(Panel)
        rest.city, rest.year = whole.city[kept], whole.year[kept]
        rest.parts = [part[kept] for part in whole.parts]
        u = rest.columns(y[kept], x[kept])
        counts = [[int((r & p)[kept].sum()) for p in whole.parts[:2]] for r in whole.parts[2:]]
        asked = 2 - u[0] / min(u[1:3]) - u[0] / min(u[3:])
        assert asked <= (1 + fe.imbalance(counts)) * (1 - u[0]) + 1e-9


def test_excess_of_the_balanced_panel_by_hand() -> None:
    u = 0.0665 * 598 / 655
    asked = 2 - u / (0.1655 * 317 / 368) - u / (0.1875 * 207 / 239)
    assert fe.excess() == pytest.approx(asked - (1 - u), abs=1e-12)


def test_excess_with_a_gap_by_hand() -> None:
    """The lower reach misses two of the seven late years: 30 rows fewer."""
    u = 0.0665 * (626 - 41 - 16 + 1 - 2) / 625
    early, late = 0.1655 * 317 / 368, 0.2785 * (257 - 41 - 7 + 1 - 3) / 256
    lower = 0.1875 * (210 - 15 - 14 + 1 - 3) / 209
    v = fe.imbalance([[108, 84], [126, 98], [135, 75]])
    asked = 2 - u / min(early, late) - u / lower
    assert fe.excess("lower", 1, 2) == pytest.approx(asked - (1 + v) * (1 - u), abs=1e-12)


def test_years_missing_are_the_fewest_that_silence_the_theorem() -> None:
    for row in fe.years_missing().itertuples():
        period = fe.PERIODS.index(row.period)
        assert row.years == (9, 7)[period]
        assert fe.excess(row.reach, period, row.needed) <= 0
        assert fe.excess(row.reach, period, row.needed - 1) > 0


# --- the panel that comes close -----------------------------------------------------------------


def test_closest_panel_has_the_printed_figures_of_tables_2_and_3() -> None:
    """By least squares with dummies, not by the code that made it."""
    data = fe.closest_panel()
    assert len(data) == 656 and data.groupby("reach")["city_code"].nunique()["upper"] == 12
    assert (data["lm"] * data["ia"] == data["lm_ia"]).all()
    assert six_figures(data)[1:] == pytest.approx(PRINTED[1:], abs=1e-6)
    assert fe.attained(data)["attained"].tolist() == pytest.approx(six_figures(data), abs=1e-9)


def test_closest_panel_is_just_below_what_the_theorem_allows() -> None:
    attained = fe.attained(fe.closest_panel())["attained"]
    highest = fe.survey(split=SPLIT, adj_r2=PRINTED)["highest"].iloc[0]
    assert highest - 0.004 < attained.iloc[0] < highest
    assert attained.tolist()[1:] == pytest.approx(PRINTED[1:], abs=1e-6)


def test_bound_is_nearly_attained_for_other_splits() -> None:
    for split in ((20, 19, 2), (2, 37, 2)):
        attained = six_figures(fe.closest_panel(split))
        highest = fe.survey(split=split, adj_r2=PRINTED)["highest"].iloc[0]
        assert highest - 0.001 < attained[0] < highest
        assert attained[1:] == pytest.approx(PRINTED[1:], abs=1e-6)


def test_closest_panel_is_the_same_every_time() -> None:
    pd.testing.assert_frame_equal(fe.closest_panel(), fe.closest_panel())


# --- the figure ---------------------------------------------------------------------------------


def test_figure_shows_every_split_and_marks_feasible_ones_only_if_there_are_any() -> None:
    every = fe.survey()
    chart = feasibility_figures.highest_by_split(every, 0.934)
    assert "cells: 666 points" in repr(chart) and "not ruled out" not in repr(chart)
    some = every.assign(feasible=every["upper"] == 2)
    outlined = repr(feasibility_figures.highest_by_split(some, 0.934))
    assert f"not ruled out: {int((every['upper'] == 2).sum())} points; x 2 to 2" in outlined
