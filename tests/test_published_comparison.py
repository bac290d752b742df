"""Printed beside recomputed: every rule of the comparison, worked by hand.

The printed cells are typed from the paper's Tables 1 and 2.  The recomputed ones are made up, so
that each verdict is reached on purpose.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import panel, published
from lib.estimation import Estimate, two_way_fe
from lib.specifications import SPECIFICATIONS, Specification, columns_of

NORMAL = NormalDist()
EARLY = next(spec for spec in SPECIFICATIONS if spec.column == "2008-2016")
PERIODS = columns_of(2)


@pytest.fixture(scope="module")
def fitted() -> Estimate:
    """A small regression on LM, IA and their product; tests put their own figures into it."""
    rng = np.random.default_rng(1)
    index = pd.MultiIndex.from_product([range(6), range(2008, 2014)], names=["city_code", "year"])
    rows = pd.DataFrame(rng.normal(size=(36, 4)), columns=["y", *EARLY.terms], index=index)
    return two_way_fe(rows.reset_index(), "y", EARLY.terms)


def inference(coef: pd.Series, t: list[float], df: int) -> pd.DataFrame:
    t_values = pd.Series(t, coef.index, dtype=float)
    return pd.DataFrame(
        {"se": coef / t_values, "t": t_values, "p": 2 * stats.t.sf(t_values.abs(), df)}
    )


def with_figures(
    fitted: Estimate,
    coef: list[float],
    t: list[float],
    clustered_t: list[float] | None = None,
    df: int = 317,
) -> Estimate:
    """The estimate with these coefficients and t-statistics; 317 are the printed column's df."""
    slopes = pd.Series(coef, list(fitted.x), dtype=float)
    return replace(
        fitted,
        coef=slopes,
        classical=inference(slopes, t, df),
        clustered=inference(slopes, clustered_t or t, 40),
        df_resid=df,
    )


# --- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "row", "coef", "stars", "t"),
    [
        (1, "model1", "lm", 0.501, "**", 2.131),
        (1, "model2", "rissl", -0.620, "**", -3.472),
        (2, "2008-2016", "ia", 1.198, "", 1.232),
        (3, "lower", "lm_ia", 0.277, "*", 1.640),
    ],
)
def test_a_loaded_cell_holds_the_printed_figures(table, column, row, coef, stars, t) -> None:
    cells = published.coefficients(table).set_index(["column", "row"])
    cell = cells.loc[(column, row)]
    assert (cell["coef"], cell["stars"], cell["t"]) == (coef, stars, t)


def test_coefficients_leave_out_dashes_and_statistics() -> None:
    assert [len(published.coefficients(table)) for table in (1, 2, 3)] == [8, 6, 9]
    loaded = published.load(1)
    dash = loaded[(loaded["column"] == "model1") & (loaded["row"] == "odi")].iloc[0]
    assert dash["text"] == "-" and dash["stars"] == "" and math.isnan(dash["coef"])


def test_printed_text_gives_the_rows_below_the_coefficients() -> None:
    assert published.printed_text(1, "model1", "adj_r2") == "0.934"
    assert published.printed_text(2, "2017-2023", "hausman_p") == "0.051"
    with pytest.raises(KeyError):
        published.printed_text(1, "model3", "adj_r2")


def test_a_table_that_the_paper_does_not_have_is_refused() -> None:
    with pytest.raises(panel.DataError, match=r"table 4: not found.*Tables 1, 2 and 3"):
        published.load(4)


# --- stars and degrees of freedom ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "mark"),
    [
        (0.0, "***"),
        (0.00999, "***"),
        (0.01, "**"),
        (0.04999, "**"),
        (0.05, "*"),
        (0.09999, "*"),
        (0.10, ""),
        (1.0, ""),
        (math.nan, ""),
    ],
)
def test_stars_need_p_below_the_level(p: float, mark: str) -> None:
    assert published.stars(p) == mark


def test_stars_at_the_critical_values_of_a_statistics_textbook() -> None:
    """Two-sided critical values of t with 120 degrees of freedom: 1.658, 1.980, 2.617."""
    for critical, above, below in ((1.658, "*", ""), (1.980, "**", "*"), (2.617, "***", "**")):
        assert published.stars(2 * stats.t.sf(critical + 0.001, 120)) == above
        assert published.stars(2 * stats.t.sf(critical - 0.001, 120)) == below


# N T - N - T + 1 - K, worked for each column.
DF_BY_HAND = {
    "model1": 656 - 41 - 16 + 1 - 2,
    "model2": 656 - 41 - 16 + 1 - 6,
    "2008-2016": 369 - 41 - 9 + 1 - 3,
    "2017-2023": 287 - 41 - 7 + 1 - 3,
    "upper": 192 - 12 - 16 + 1 - 3,
    "middle": 224 - 14 - 16 + 1 - 3,
    "lower": 240 - 15 - 16 + 1 - 3,
}


@pytest.mark.parametrize("spec", SPECIFICATIONS, ids=lambda spec: spec.column)
def test_degrees_of_freedom_of_a_printed_column(spec: Specification) -> None:
    assert published.printed_df(spec) == DF_BY_HAND[spec.column]


def test_degrees_of_freedom_are_rows_less_the_rank_of_the_dummies() -> None:
    cities, years = 41, 9
    dummies = np.hstack(
        [np.kron(np.eye(cities), np.ones((years, 1))), np.kron(np.ones((cities, 1)), np.eye(years))]
    )
    left = cities * years - np.linalg.matrix_rank(dummies) - len(EARLY.terms)
    assert published.printed_df(EARLY) == left


def test_the_41_cities_divide_as_the_belt_does_by_largest_remainder() -> None:
    belt = panel.load_cities()["reach"].value_counts()
    quota = belt / belt.sum() * 41
    seats = np.floor(quota).astype(int)
    rest = (quota - seats).nlargest(41 - seats.sum()).index
    seats[rest] += 1
    assert {reach: published.CITIES_OF_REACH[reach] for reach in belt.index} == dict(seats)
    assert published.CITIES_OF_REACH[None] == 41


# --- compare ------------------------------------------------------------------------------------


def test_a_cell_is_shown_with_both_figures_and_both_partial_correlations(fitted) -> None:
    """LM 2008 to 2016 is printed as 0.843* (1.960), on 317 degrees of freedom.

    Ours is made up as t = 2 on 100, so r = 2 / sqrt(104), and z = atanh r has the standard
    error 1 / sqrt(99).
    """
    found = with_figures(fitted, [0.5, -0.2, 0.1], [2.0, -1.5, 0.5], [1.5, -2.1, 3.0], df=100)
    cells = published.compare(EARLY, found)
    assert list(cells["row"]) == ["lm", "ia", "lm_ia"]
    assert list(cells["symbol"]) == ["LM", "IA", "LM × IA"]
    lm = cells.iloc[0]
    assert (lm["table"], lm["column"], lm["heading"]) == (2, "2008-2016", "2008–2016")
    assert (lm["printed"], lm["printed_stars"], lm["printed_t"]) == (0.843, "*", 1.960)
    assert (lm["coef"], lm["t"], lm["stars"]) == (0.5, 2.0, "**")
    assert lm["printed_r"] == pytest.approx(1.96 / math.sqrt(1.96**2 + 317))
    r = 2 / math.sqrt(104)
    half = NORMAL.inv_cdf(0.975) / math.sqrt(99)
    assert lm["r"] == pytest.approx(r)
    assert lm["r_low"] == pytest.approx(math.tanh(math.atanh(r) - half))
    assert lm["r_high"] == pytest.approx(math.tanh(math.atanh(r) + half))
    assert list(cells["clustered_t"]) == [1.5, -2.1, 3.0]
    assert list(cells["clustered_stars"]) == ["", "**", "***"]


# Position of the regressor, our coefficient and t, then sign, significance, size and verdict.
# Printed: LM 0.843* (1.960), IA 1.198 (1.232), LM x IA 0.214 (0.312).  On 317 degrees of
# freedom the interval of r is about 0.11 wide to each side, so t within 1.9 of theirs is its size.
CASES = {
    "all three agree": (0, 2.0, 2.2, True, True, True, "agrees"),
    "neither has a star": (1, 2.0, 1.0, True, True, True, "agrees"),
    "ten per cent is enough": (0, 2.0, 1.70, True, True, True, "agrees"),
    "the other sign, starred": (0, -2.0, -2.5, False, True, False, "contradicts"),
    "the other sign, starred, theirs not": (1, -2.0, -2.5, False, False, False, "contradicts"),
    "the other sign, starred at ten per cent": (2, -2.0, -1.7, False, False, False, "contradicts"),
    "the same sign, our star lost": (0, 2.0, 1.0, True, False, True, "not found"),
    "the other sign, our star lost": (0, -2.0, -1.0, False, False, False, "not found"),
    "size alone differs": (0, 2.0, 30.0, True, True, False, "partly"),
    "ours alone has a star": (1, 2.0, 2.5, True, False, True, "partly"),
    "the other sign, no star on either side": (2, -2.0, -0.3, False, True, True, "partly"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_verdict(fitted, case) -> None:
    position, coef, t, sign, significance, size, verdict = case
    slopes, ts = [1.0, 1.0, 1.0], [2.0, 1.0, 0.3]
    slopes[position], ts[position] = coef, t
    cell = published.compare(EARLY, with_figures(fitted, slopes, ts)).iloc[position]
    assert (cell["sign"], cell["significance"], cell["size"]) == (sign, significance, size)
    assert cell["verdict"] == verdict


def test_a_printed_correlation_above_our_interval_differs_in_size_too(fitted) -> None:
    """On 5000 degrees of freedom t = 1.97 is r = 0.03 with an end at 0.06; theirs is 0.11."""
    cell = published.compare(EARLY, with_figures(fitted, [1.0] * 3, [1.97] * 3, df=5000)).iloc[0]
    assert cell["r_high"] < cell["printed_r"]
    assert (cell["sign"], cell["significance"], cell["size"]) == (True, True, False)


def test_every_verdict_is_reached_by_a_case() -> None:
    assert {case[-1] for case in CASES.values()} == set(published.VERDICTS)


def test_the_clustered_t_does_not_decide_a_verdict(fitted) -> None:
    strong, weak = [2.0, 1.0, 0.3], [0.1, 5.0, -5.0]
    cells = published.compare(EARLY, with_figures(fitted, [1.0] * 3, strong, weak))
    assert list(cells["verdict"]) == ["agrees"] * 3
    assert list(cells["clustered_stars"]) == ["", "***", "***"]


def test_coefficients_meet_their_printed_cells_by_name_not_by_place(fitted) -> None:
    found = with_figures(fitted, [1.0, 2.0, 3.0], [2.0, 1.0, 0.3])
    turned = ["lm_ia", "lm", "ia"]
    other = replace(
        found,
        x=tuple(turned),
        coef=found.coef.loc[turned],
        classical=found.classical.loc[turned],
        clustered=found.clustered.loc[turned],
    )
    pd.testing.assert_frame_equal(
        published.compare(EARLY, other), published.compare(EARLY, found)
    )


def test_a_known_law_is_recovered_and_judged() -> None:
    """y = 0.4 LM + 0.3 IA + city + year + noise: the slopes are those of least squares on dummies.

    Noise is small, so both stand out far more than the printed t of 2.131 and 1.643 do: the
    signs and the stars agree, the sizes do not.
    """
    rng = np.random.default_rng(7)
    cities, years = 8, 6
    lm, ia = rng.normal(size=(2, cities * years))
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    y = 0.4 * lm + 0.3 * ia + city**2 - 3 * year + 0.01 * rng.normal(size=city.size)
    rows = pd.DataFrame({"city_code": city, "year": 2008 + year, "y": y, "lm": lm, "ia": ia})
    spec = columns_of(1)[0]
    cells = published.compare(spec, two_way_fe(rows, "y", spec.terms))
    design = np.column_stack([lm, ia, city[:, None] == np.arange(cities),
                              year[:, None] == np.arange(1, years)])  # fmt: skip
    slopes, rss = np.linalg.lstsq(design, y, rcond=None)[:2]
    variance = rss[0] / (y.size - design.shape[1]) * np.linalg.inv(design.T @ design)
    assert cells["coef"].to_numpy() == pytest.approx(slopes[:2])
    assert cells["t"].to_numpy() == pytest.approx(slopes[:2] / np.sqrt(np.diag(variance)[:2]))
    assert cells[["sign", "significance", "size"]].to_numpy().tolist() == [[True, True, False]] * 2
    assert list(cells["verdict"]) == ["partly", "partly"]


def test_a_table_is_its_columns_one_below_the_other(fitted) -> None:
    early = with_figures(fitted, [1.0, 1.0, 1.0], [2.0, 1.0, 0.3])
    late = with_figures(fitted, [2.0, 2.0, 2.0], [2.0, 2.0, 2.0], df=237)
    cells = published.compare_table(PERIODS, {"2017-2023": late, "2008-2016": early})
    assert list(cells.index) == list(range(6))
    assert list(cells["column"]) == ["2008-2016"] * 3 + ["2017-2023"] * 3
    assert list(cells["coef"]) == [1.0] * 3 + [2.0] * 3


def test_verdicts_are_counted_in_their_order_with_zeros() -> None:
    counts = published.count_verdicts(pd.DataFrame({"verdict": ["partly", "agrees", "partly"]}))
    assert list(counts.items()) == [
        ("agrees", 1), ("partly", 2), ("not found", 0), ("contradicts", 0),
    ]  # fmt: skip


# --- differences --------------------------------------------------------------------------------


@pytest.fixture
def changed(fitted) -> pd.DataFrame:
    early = with_figures(fitted, [1.0, 2.0, -3.0], [9.0, 9.0, -9.0], [2.0, 4.0, -3.0])
    late = with_figures(fitted, [4.0, -1.0, 1.0], [9.0, -9.0, 9.0], [1.0, -2.0, 4.0], df=237)
    cells = published.compare_table(PERIODS, {"2008-2016": early, "2017-2023": late})
    return published.differences(cells, [("2008-2016", "2017-2023")]).set_index("row")


def test_a_printed_difference_is_tested_by_hand(changed) -> None:
    """LM: 0.843 (1.960) and 0.348 (1.974), so the standard errors are 0.4301 and 0.1763."""
    lm = changed.loc["lm"]
    z = (0.348 - 0.843) / math.sqrt((0.843 / 1.960) ** 2 + (0.348 / 1.974) ** 2)
    assert z == pytest.approx(-1.065, abs=5e-4)
    assert lm["printed_difference"] == pytest.approx(-0.495)
    assert lm["printed_z"] == pytest.approx(z)
    assert lm["printed_p"] == pytest.approx(2 * (1 - NORMAL.cdf(abs(z))))


def test_our_difference_is_tested_by_the_clustered_errors(changed) -> None:
    """LM: 1 (se 1/2) and 4 (se 4); IA: 2 (1/2) and -1 (1/2); LM x IA: -3 (1) and 1 (1/4)."""
    assert list(changed["difference"]) == [3.0, -3.0, 4.0]
    by_hand = [3 / math.sqrt(0.25 + 16), -3 / math.sqrt(0.5), 4 / math.sqrt(1 + 1 / 16)]
    assert changed["z"].to_numpy() == pytest.approx(by_hand)
    p = [2 * (1 - NORMAL.cdf(abs(z))) for z in by_hand]
    assert changed["p"].to_numpy() == pytest.approx(p)


def test_a_difference_names_its_columns_in_the_order_of_the_pair(changed) -> None:
    assert set(changed["first"]) == {"2008–2016"} and set(changed["second"]) == {"2017–2023"}
    assert list(changed["symbol"]) == ["LM", "IA", "LM × IA"]
