"""The audit of the printed tables against hand arithmetic, tables of critical values and search.

Printed figures are typed from the paper's tables, so that a change of the data files shows.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import audit, audit_figures, panel, published, style

NORMAL = NormalDist()


@pytest.fixture(scope="module")
def printed() -> pd.DataFrame:
    return audit.load()


@pytest.fixture(scope="module")
def cells(printed) -> pd.DataFrame:
    return audit.coefficients(printed)


@pytest.fixture(scope="module")
def checks(cells) -> pd.DataFrame:
    return audit.check_stars(cells)


@pytest.fixture(scope="module")
def roster() -> pd.DataFrame:
    return panel.load_cities()


def made_up(figures: list[tuple[float, str, float]], df: int = 100, clusters: int = 41):
    """Cells with these coefficients, stars and t-values."""
    frame = pd.DataFrame(figures, columns=["printed", "printed_stars", "printed_t"])
    names = [f"x{place}" for place in range(len(frame))]
    return frame.assign(table=1, column="model1", row=names, label=names, df=df, clusters=clusters)


# --- the cells ----------------------------------------------------------------------------------


def test_all_printed_coefficients_are_there_once_and_in_order(cells) -> None:
    assert len(cells) == 23
    assert not cells.duplicated(["column", "row"]).any()
    assert list(cells["label"].iloc[[0, 1, 2, 8, 22]]) == [
        "LM (Model 1)", "IA (Model 1)", "LM × IA (Model 2)", "LM (2008–2016)",
        "LM × IA (Lower reach)",
    ]  # fmt: skip
    assert cells["table"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("column", "row", "coef", "mark", "t", "df", "clusters"),
    [
        ("model1", "ia", 0.287, "*", 1.643, 656 - 41 - 16 + 1 - 2, 41),
        ("model2", "rissl", -0.620, "**", -3.472, 656 - 41 - 16 + 1 - 6, 41),
        ("2017-2023", "lm_ia", 0.342, "*", 1.643, 287 - 41 - 7 + 1 - 3, 41),
        ("upper", "lm_ia", 0.331, "", 0.515, 192 - 12 - 16 + 1 - 3, 12),
    ],
)
def test_a_cell_holds_what_is_printed(cells, column, row, coef, mark, t, df, clusters) -> None:
    cell = cells.set_index(["column", "row"]).loc[(column, row)]
    assert (cell["printed"], cell["printed_stars"], cell["printed_t"]) == (coef, mark, t)
    assert (cell["df"], cell["clusters"]) == (df, clusters)


def test_a_coefficient_taken_from_the_tables_is_gone_from_the_cells(printed) -> None:
    less = printed.copy()
    less.loc[(less["column"] == "model2") & (less["row"] == "odi"), ["coef", "t"]] = np.nan
    assert "ODI (Model 2)" not in set(audit.coefficients(less)["label"])
    assert len(audit.coefficients(less)) == 22


# --- standard errors ----------------------------------------------------------------------------


def test_standard_error_by_hand(cells) -> None:
    """LM before 2016 is 0.843 (1.960): 0.4301, between 0.8425/1.9605 and 0.8435/1.9595."""
    found = audit.standard_errors(cells).set_index("label").loc["LM (2008–2016)"]
    assert found["se"] == pytest.approx(0.430102, abs=1e-6)
    assert found["se_low"] == pytest.approx(float(Fraction(8425, 19605)))
    assert found["se_high"] == pytest.approx(float(Fraction(8435, 19595)))


def test_standard_error_is_positive_where_the_coefficient_is_not(cells) -> None:
    found = audit.standard_errors(cells).set_index("label").loc["TE (Model 2)"]
    assert found["se"] == pytest.approx(2.679 / 2.391)
    assert found["se_low"] == pytest.approx(2.6785 / 2.3915)


def test_interval_of_the_standard_error_is_that_of_a_search(cells) -> None:
    grid = np.linspace(-0.0005, 0.0005, 41)
    found = audit.standard_errors(cells)
    for cell, error in zip(cells.itertuples(), found.itertuples(), strict=True):
        b, t = np.meshgrid(abs(cell.printed) + grid, abs(cell.printed_t) + grid)
        assert (b / t).min() == pytest.approx(error.se_low)
        assert (b / t).max() == pytest.approx(error.se_high)
        assert error.se_low < error.se < error.se_high


def test_a_t_that_may_be_zero_leaves_the_standard_error_open() -> None:
    found = audit.standard_errors(made_up([(0.2, "", 0.0004), (0.0002, "", 0.1)]))
    assert found["se_high"].iloc[0] == math.inf
    assert found["se_low"].iloc[1] == 0


# --- stars --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "critical"),
    [
        ("N(0,1)", (1.645, 1.960, 2.576)),
        ("t(df)", (1.660, 1.984, 2.626)),  # 100 degrees of freedom, from a table
        ("t(G − 1)", (1.684, 2.021, 2.704)),  # 40
        ("N(0,1), one-sided", (1.282, 1.645, 2.326)),
        ("1.64, 1.96, 2.58", (1.64, 1.96, 2.58)),
    ],
)
def test_stars_begin_at_the_critical_values_of_a_textbook(rule, critical) -> None:
    for place, value in enumerate(critical):
        below, above = value - 0.0006, value + 0.0006
        some = made_up([(1.0, "", below), (1.0, "", above), (-1.0, "", -above)])
        marks = audit.marks(some["printed_t"], some, rule)
        assert list(marks) == [audit.MARKS[place], *[audit.MARKS[place + 1]] * 2], rule


def test_a_rounded_cutoff_is_reached_by_its_own_value() -> None:
    some = made_up([(1.0, "*", 1.640), (1.0, "**", 1.960), (1.0, "***", 2.580)])
    marks = audit.marks(some["printed_t"], some, "1.64, 1.96, 2.58")
    assert list(marks) == ["*", "**", "***"]


def test_every_cell_is_checked_under_every_rule(checks) -> None:
    assert checks.groupby("rule").size().to_dict() == dict.fromkeys(audit.RULES, 23)


def test_normal_stars_are_those_of_the_book_s_own_rule(cells, checks) -> None:
    normal = checks[checks["rule"] == "N(0,1)"]
    p = 2 * stats.norm.sf(cells["printed_t"].abs())
    assert list(normal["mark"]) == [published.stars(value) for value in p]


def test_possible_stars_are_those_of_a_search_over_the_rounding(cells, checks) -> None:
    """Every t that rounds to the printed one, in steps of a millionth, at N(0,1) and t(df)."""
    steps = np.linspace(-0.0005, 0.0005, 1001)
    for rule, tail in (
        ("N(0,1)", lambda t, df: 2 * stats.norm.sf(t)),
        ("t(df)", lambda t, df: 2 * stats.t.sf(t, df)),
    ):
        found = checks[checks["rule"] == rule]
        for cell, check in zip(cells.itertuples(), found.itertuples(), strict=True):
            p = tail(abs(cell.printed_t) + steps, cell.df)
            reached = {published.stars(value) for value in p}
            assert check.possible == (cell.printed_stars in reached), (rule, cell.label)
            assert {check.least, check.most} <= reached


def test_the_stars_that_no_exact_rule_gives(checks) -> None:
    found = audit.unearned(checks).set_index("label")
    assert list(found["printed_t"]) == [1.643, -3.472, 1.643, 1.640]
    assert list(found.index) == [
        "IA (Model 1)", "RISSL (Model 2)", "LM × IA (2017–2023)", "LM × IA (Lower reach)",
    ]  # fmt: skip
    assert list(found["stronger"]) == [False, True, False, False]
    assert found.loc["RISSL (Model 2)", "mark"] == "***"
    assert found.loc["RISSL (Model 2)", "rescued_by"] == ()
    assert all("1.64, 1.96, 2.58" in rules for rules in found.loc[~found["stronger"], "rescued_by"])


def test_the_value_on_the_line_is_possible_either_way(checks) -> None:
    """1.960 lies above 1.95996, and the smallest t that rounds to it below."""
    at_line = checks[(checks["label"] == "LM (2008–2016)") & (checks["rule"] == "N(0,1)")].iloc[0]
    assert (at_line["mark"], at_line["least"], at_line["most"]) == ("**", "*", "**")
    assert at_line["possible"] and not at_line["agrees"]


def test_rules_are_compared_on_made_up_cells() -> None:
    """1.7 earns * by N(0,1) and t(100), none by t(9); 3.0 earns *** by both, ** by t(9)."""
    some = made_up([(1.0, "*", 1.7), (1.0, "***", 3.0), (1.0, "", 0.2)], clusters=10)
    found = audit.rules_compared(audit.check_stars(some))
    assert list(found.index) == list(audit.RULES)
    assert found.loc["N(0,1)", ["cells", "agree", "possible"]].tolist() == [3, 3, 3]
    assert found.loc["t(G − 1)", "failing"] == ("x0", "x1")
    assert found.loc["N(0,1), one-sided", "failing"] == ("x0",)


def test_counts_that_the_page_draws_on(checks) -> None:
    found = audit.rules_compared(checks)
    assert found["possible"].to_dict() == {
        "N(0,1)": 19, "t(df)": 19, "t(G − 1)": 14, "N(0,1), one-sided": 13,
        "1.64, 1.96, 2.58": 22,
    }  # fmt: skip
    assert found["agree"].to_dict()["N(0,1)"] == 18


def test_p_values_by_the_normal_of_the_standard_library(cells) -> None:
    p = audit.p_values(cells).set_index("label")
    assert p.loc["IA (Model 1)", "normal"] == pytest.approx(2 * (1 - NORMAL.cdf(1.643)))
    assert p.loc["LM (Upper reach)", "t_clusters"] == pytest.approx(2 * stats.t.sf(1.895, 11))
    assert p.loc["RISSL (Model 2)", "t_df"] == pytest.approx(2 * stats.t.sf(3.472, 594))
    assert (p["normal"] < p["t_df"]).all() and (p["t_df"] < p["t_clusters"]).all()


# --- terms and Hausman rows ---------------------------------------------------------------------


def test_terms_of_the_columns_by_reading(printed) -> None:
    held = audit.terms(printed)
    by_reading = {
        "Equation (1)": {"LM", "IA", "ODI", "TE", "GR", "RLR", "RISSL"},
        "Equation (2)": {"LM", "IA", "LM × IA"},
        "Model 1": {"LM", "IA"},
        "Model 2": {"LM × IA", "ODI", "TE", "GR", "RLR", "RISSL"},
    }
    split = ("2008–2016", "2017–2023", "Upper reach", "Middle reach", "Lower reach")
    by_reading |= dict.fromkeys(split, by_reading["Equation (2)"])
    assert list(held.columns) == list(by_reading)
    effects = {"City effects", "Year effects"}
    for column, terms in by_reading.items():
        expected = terms if column.startswith("Equation") else terms | effects
        assert set(held.index[held[column]]) == expected, column


def test_departures_by_reading(printed) -> None:
    found = audit.departures(audit.terms(printed)).set_index(["heading", "equation"])
    controls = ("ODI", "TE", "GR", "RLR", "RISSL")
    assert found.loc[("Model 1", "Equation (1)")].tolist() == [controls, ()]
    assert found.loc[("Model 2", "Equation (1)")].tolist() == [("LM", "IA"), ("LM × IA",)]
    assert found.loc[("Model 2", "Equation (2)")].tolist() == [("LM", "IA"), controls]
    assert found.loc[("Upper reach", "Equation (2)")].tolist() == [(), ()]
    assert len(found) == 14


def test_effects_are_read_from_the_cells(printed) -> None:
    without = printed.copy()
    here = (without["column"] == "upper") & (without["row"] == "time_effects")
    without.loc[here, "text"] = "-"
    held = audit.terms(without)
    assert not held.loc["Year effects", "Upper reach"]
    assert held.loc["Year effects", "Middle reach"]


def test_hausman_rows_as_printed(printed) -> None:
    found = audit.hausman_rows(printed)
    assert list(found["p"]) == [0.048, 0.046, 0.036, 0.051, 0.041, 0.061, 0.054]
    assert list(found.loc[~found["at_5"], "heading"]) == [
        "2017–2023", "Middle reach", "Lower reach",
    ]  # fmt: skip
    assert found["fixed"].all() and found["at_10"].all()


# --- definitions --------------------------------------------------------------------------------


def test_equation_3_on_invented_cities() -> None:
    """100 -> 90 with k = 1 %: 0.9 - 0.01; 100 -> 105 with k = 2 %: 1.05 - 0.02."""
    data = pd.DataFrame(
        {"lm_flow_gross": [-0.10, 0.05, 0.5], "lm_flow": [-0.11, 0.03, np.nan]}
    )
    found = audit.mobility_range(data)
    assert (found.smallest, found.largest) == (pytest.approx(0.89), pytest.approx(1.03))
    assert found.n == 2
    assert found.largest_k == pytest.approx(0.02)
    assert found.loss_needed == pytest.approx(0.98)


def test_equation_3_reaches_zero_at_the_loss_that_is_said() -> None:
    k = 0.02
    at_zero = pd.DataFrame({"lm_flow_gross": [-(1 - k)], "lm_flow": [-(1 - k) - k]})
    found = audit.mobility_range(at_zero)
    assert found.smallest == pytest.approx(0)
    assert found.loss_needed == pytest.approx(1 - k)


def test_equation_3_in_per_thousand_has_the_sign_of_births() -> None:
    """Growth 0 and k of 0.5, 2 and -3 per thousand: 1 - 0.5, 1 - 2 and 1 + 3."""
    k = np.array([0.0005, 0.002, -0.003])
    found = audit.mobility_range(pd.DataFrame({"lm_flow_gross": 0.0, "lm_flow": -k}))
    assert found.negative_per_mille == pytest.approx(1 / 3)


def test_equation_3_on_the_official_panel_is_never_negative() -> None:
    data = panel.load_indicators()
    found = audit.mobility_range(data)
    both = data[data["lm_flow"].notna()]
    growth = 1 + both["lm_flow_gross"]
    k = both["lm_flow_gross"] - both["lm_flow"]
    assert found.smallest == pytest.approx((growth - k).min())
    assert found.smallest > 0.8
    assert found.n == len(both)


@pytest.mark.parametrize("m", [2, 41, 110])
def test_equation_4_at_its_extremes(m) -> None:
    found = audit.agglomeration_range(m)
    assert found.loc["even", ["largest", "smallest", "mean"]].tolist() == pytest.approx([1 / m] * 3)
    assert found.loc["single", ["largest", "smallest"]].tolist() == pytest.approx([1, 0])
    assert found.loc["single", "mean"] == pytest.approx(1 / m)
    assert found["stated"].tolist() == [0, 1]


# --- sample -------------------------------------------------------------------------------------


def test_cities_of_the_reaches_and_of_the_named_provinces(roster) -> None:
    found = audit.cities_by_reach(roster)
    by_province = roster["province_en"].value_counts()
    for reach, names in audit.NAMED.items():
        assert found.loc[reach, "named"] == by_province[list(names)].sum()
    assert found["cities"].to_dict() == {"upper": 33, "middle": 36, "lower": 41, "all": 110}
    assert found.loc["all", "named"] == 94 == 110 - by_province["Anhui"]
    assert found["left_out"].to_dict() == {
        "upper": (), "middle": (), "lower": ("Anhui",), "all": ("Anhui",),
    }  # fmt: skip


def test_unions_of_provinces_by_counting_every_subset(roster) -> None:
    counts = roster["province_en"].value_counts().to_dict()
    every = [
        frozenset(chosen)
        for chosen in itertools.chain.from_iterable(
            itertools.combinations(counts, k) for k in range(len(counts) + 1)
        )
        if sum(counts[name] for name in chosen) == 41
    ]
    found = audit.unions_of_provinces(roster)
    assert {frozenset(names) for names in found["provinces"]} == set(every)
    assert len(found) == len(every)
    delta = found[found["provinces"].map(set) == {"Shanghai", "Jiangsu", "Zhejiang", "Anhui"}]
    assert delta[["reaches", "named"]].to_numpy().tolist() == [[1, 3]]


def test_no_union_gives_an_empty_table(roster) -> None:
    found = audit.unions_of_provinces(roster, 3)
    assert found.empty and list(found.columns) == ["provinces", "reaches", "named"]


# --- comparisons --------------------------------------------------------------------------------


def test_the_periods_by_hand(cells) -> None:
    """LM: 0.843 (1.960) and 0.348 (1.974)."""
    found = audit.differences(cells).set_index(["first", "symbol"]).loc[("2008–2016", "LM")]
    se1, se2 = 0.843 / 1.960, 0.348 / 1.974
    z = (0.348 - 0.843) / math.sqrt(se1**2 + se2**2)
    assert found["z"] == pytest.approx(z) and z == pytest.approx(-1.065, abs=5e-4)
    assert found["p"] == pytest.approx(2 * NORMAL.cdf(-abs(z)))
    assert found["shared"]
    assert found["greatest_z"] >= 0.495 / (se1 - se2)
    assert found["greatest_z"] == pytest.approx(1.9515, abs=5e-4)


def test_pairs_and_signs(cells) -> None:
    found = audit.differences(cells)
    assert len(found) == 12
    first = found.iloc[3]
    assert list(first[["first", "second", "symbol"]]) == ["Upper reach", "Lower reach", "LM"]
    assert first["difference"] == pytest.approx(0.385 - 0.747)
    assert found["shared"].tolist() == [True] * 3 + [False] * 9
    assert list(found.columns) == [
        "first", "second", "row", "symbol", "difference", "z", "p", "shared", "greatest_z",
        "least_p",
    ]  # fmt: skip


def test_the_bound_is_that_of_a_search_over_rounding_and_correlation(cells) -> None:
    rng = np.random.default_rng(3)
    steps = np.array(list(itertools.product((-0.0005, 0, 0.0005), repeat=4)))
    steps = np.vstack([steps, rng.uniform(-0.0005, 0.0005, (2000, 4))])
    figures = cells.set_index(["heading", "row"])[["printed", "printed_t"]]
    for pair in audit.differences(cells).itertuples():
        one, two = figures.loc[(pair.first, pair.row)], figures.loc[(pair.second, pair.row)]
        b1, t1, b2, t2 = (np.concatenate([one, two]) + steps).T
        se1, se2 = b1 / t1, b2 / t2
        rhos = np.linspace(-1, 1, 41)[:, None] if pair.shared else np.zeros((1, 1))
        z = np.abs(b2 - b1) / np.sqrt(se1**2 + se2**2 - 2 * rhos * se1 * se2)
        assert z.max() == pytest.approx(pair.greatest_z, rel=1e-9), pair
        assert abs(pair.z) <= pair.greatest_z
        assert pair.least_p == pytest.approx(2 * NORMAL.cdf(-pair.greatest_z))


def test_equal_standard_errors_leave_no_bound(cells) -> None:
    """With rho = 1 and se1 = se2 the difference would be known without error."""
    twins = cells.copy()
    here = (twins["row"] == "ia") & twins["column"].isin(["2008-2016", "2017-2023"])
    twins.loc[here, ["printed", "printed_t"]] = [[0.4, 2.0], [0.6, 3.0]]
    found = audit.differences(twins).set_index(["first", "symbol"]).loc[("2008–2016", "IA")]
    assert found["greatest_z"] == math.inf and found["least_p"] == 0
    assert found["z"] == pytest.approx(0.2 / math.hypot(0.2, 0.2))


# --- power --------------------------------------------------------------------------------------


def test_detectable_effect_by_hand(cells) -> None:
    found = audit.power(cells).set_index("label").loc["LM (Model 1)"]
    assert found["detectable"] == pytest.approx((1.959964 + 0.841621) * 0.501 / 2.131, rel=1e-6)
    assert found["ratio"] == pytest.approx(2.131 / 2.801585, rel=1e-6)


def test_a_detectable_effect_has_the_power_that_was_wanted() -> None:
    t = NORMAL.inv_cdf(0.975) + NORMAL.inv_cdf(0.8)
    found = audit.power(made_up([(-t, "***", -t)])).iloc[0]
    assert found["ratio"] == pytest.approx(1)
    assert found["power"] == pytest.approx(0.8, abs=2e-6)
    ninety = audit.power(made_up([(1.0, "*", 2.0)]), level=0.10, wanted=0.9).iloc[0]
    assert ninety["detectable"] == pytest.approx((1.644854 + 1.281552) / 2, rel=1e-6)


def test_power_without_an_effect_is_the_level() -> None:
    assert audit.power(made_up([(1.0, "", 1e-12)]))["power"].iloc[0] == pytest.approx(0.05)


def test_chances_are_frequencies(cells) -> None:
    """Draws of t around the printed one, counted by the rule of the book."""
    found = audit.power(cells).set_index("label")
    rng = np.random.default_rng(11)
    for label in ("IA (Model 1)", "TE (Model 2)", "GR (Model 2)", "IA (2008–2016)"):
        cell = cells.set_index("label").loc[label]
        t = cell["printed_t"] + rng.normal(size=200_000)
        same_sign = np.sign(t) == np.sign(cell["printed"])
        reached = np.searchsorted([1.644854, 1.959964, 2.575829], np.abs(t))
        stars = len(cell["printed_stars"])
        frequency = (same_sign & (reached == stars)).mean()
        starred = (same_sign & ((reached > 0) == (stars > 0))).mean()
        assert found.loc[label, "sign_and_stars"] == pytest.approx(frequency, abs=0.005), label
        assert found.loc[label, "sign_and_star"] == pytest.approx(starred, abs=0.005), label
        assert found.loc[label, "power"] == pytest.approx((np.abs(t) > 1.959964).mean(), abs=0.005)


def test_chances_of_all_marks_add_up_to_that_of_the_sign() -> None:
    t = 1.3
    found = audit.power(made_up([(1.0, mark, t) for mark in audit.MARKS]))
    assert found["sign_and_stars"].sum() == pytest.approx(NORMAL.cdf(t))
    assert found["sign_and_star"].iloc[1] == pytest.approx(found["sign_and_stars"].iloc[1:].sum())
    assert found["sign_and_star"].iloc[0] == found["sign_and_stars"].iloc[0]


def test_joint_chances_of_coins() -> None:
    found = audit.joint(pd.Series([0.5, 0.5]))
    assert (found.independent, found.low, found.high, found.expected) == (0.25, 0.0, 0.5, 1.0)
    sure = audit.joint(pd.Series([0.9, 0.8, 1.0]))
    assert sure.low == pytest.approx(0.7)
    assert sure.independent == pytest.approx(0.72)
    assert sure.high == 0.8
    assert sure.expected == pytest.approx(2.7)


def test_joint_bounds_are_reached() -> None:
    """Events as intervals of [0, 1): nested ones give the upper bound, shifted ones the lower."""
    u = (np.arange(1000) + 0.5) / 1000
    a, nested, shifted = u < 0.7, u < 0.6, u >= 0.4
    found = audit.joint(pd.Series([0.7, 0.6]))
    assert (a & nested).mean() == pytest.approx(found.high)
    assert (a & shifted).mean() == pytest.approx(found.low)


# --- figures ------------------------------------------------------------------------------------


def test_stars_plot_shows_every_cell_and_marks_those_that_fail(cells, checks) -> None:
    chart = audit_figures.stars_plot(cells, checks)
    assert isinstance(chart, style.Chart)
    (ax,) = chart.figure.axes
    points = np.vstack([np.asarray(c.get_offsets()) for c in ax.collections])
    assert sorted(points[:, 0]) == pytest.approx(sorted(cells["printed_t"].abs()))
    lines = sorted(line.get_xdata()[0] for line in ax.lines)
    assert lines == pytest.approx([1.644854, 1.959964, 2.575829], abs=1e-6)
    orange = [
        label.get_text() for label in ax.get_yticklabels() if label.get_color() == style.ACCENT
    ]
    assert set(orange) == set(audit.unearned(checks)["label"])
    names = [label.get_text() for label in ax.get_yticklabels()]
    t = cells.set_index("label")["printed_t"].abs()
    assert list(t[names]) == sorted(t)


def test_columns_plot_draws_the_intervals_of_its_cells(cells) -> None:
    chart = audit_figures.columns_plot(cells)
    for ax, row in zip(chart.figure.axes, ("lm", "ia", "lm_ia"), strict=True):
        part = cells[(cells["row"] == row) & (cells["table"] > 1)]
        (bars,) = ax.collections
        low, high = np.array([path.vertices[:, 0] for path in bars.get_paths()]).T
        half = 1.959964 * part["printed"] / part["printed_t"]
        assert low == pytest.approx((part["printed"] - half).to_numpy(), abs=1e-6)
        assert high == pytest.approx((part["printed"] + half).to_numpy(), abs=1e-6)
        assert len(bars.get_paths()) == 5


def test_power_plot_shows_ratio_and_both_chances(cells) -> None:
    found = audit.power(cells)
    left, right = audit_figures.power_plot(found).figure.axes
    assert left.lines[1].get_xdata() == pytest.approx(found["ratio"].to_numpy())
    star, same = right.lines
    assert star.get_xdata() == pytest.approx(found["sign_and_star"].to_numpy())
    assert same.get_xdata() == pytest.approx(found["sign_and_stars"].to_numpy())
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == list(found["label"]) and left.get_yticks()[0] == 22


# --- faults that no test noticed ------------------------------------------------------------------


def test_a_p_value_on_the_level_does_not_reject(printed) -> None:
    """A test at 5 % rejects where p is below 0.05, not at it; so at 10 %."""
    on = printed.copy()
    there = on["row"].eq("hausman_p")
    on.loc[there & on["column"].eq("model1"), "text"] = "0.050"
    on.loc[there & on["column"].eq("model2"), "text"] = "0.100"
    found = audit.hausman_rows(on)
    assert found.loc[:1, ["at_5", "at_10"]].to_numpy().tolist() == [[False, True], [False, False]]
