"""The audit of the printed tables against hand arithmetic, tables of critical values and search.

Printed figures are typed from the paper's tables, so that a change of the data files shows.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import published
from lib.panel import DataError
from studies import audit

NORMAL = NormalDist()


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    return audit.cells()


@pytest.fixture(scope="module")
def checks(cells) -> pd.DataFrame:
    return audit.check_stars(cells)


def made_up(figures: list[tuple[float, str, float]], df: int = 100, clusters: int = 41):
    """Cells with these coefficients, stars and t-values."""
    frame = pd.DataFrame(figures, columns=["coef", "stars", "t"])
    names = [f"x{place}" for place in range(len(frame))]
    return frame.assign(column="model1", row=names, label=names, df=df, clusters=clusters)


def with_cell(column: str, row: str, **values: float) -> pd.DataFrame:
    """The printed coefficients with one cell changed."""
    printed = published.coefficients()
    here = (printed["column"] == column) & (printed["row"] == row)
    assert here.sum() == 1
    for name, value in values.items():
        printed.loc[here, name] = value
    return printed


# --- cells and stars ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "coef", "mark", "t", "df", "clusters"),
    [
        ("IA (Model 1)", 0.287, "*", 1.643, 656 - 41 - 16 + 1 - 2, 41),
        ("RISSL (Model 2)", -0.620, "**", -3.472, 656 - 41 - 16 + 1 - 6, 41),
        ("LM × IA (2017–2023)", 0.342, "*", 1.643, 287 - 41 - 7 + 1 - 3, 41),
        ("LM × IA (Upper reach)", 0.331, "", 0.515, 192 - 12 - 16 + 1 - 3, 12),
    ],
)
def test_a_cell_holds_what_is_printed(cells, label, coef, mark, t, df, clusters) -> None:
    assert len(cells) == 23 and cells["label"].is_unique
    cell = cells.set_index("label").loc[label]
    assert cell[["coef", "stars", "t", "df", "clusters"]].tolist() == [coef, mark, t, df, clusters]


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
        some = made_up([(1.0, "", value - 0.0006), (1.0, "", value + 0.0006)])
        assert list(audit.earned(some["t"], some, rule)) == [place, place + 1], rule


def test_a_rounded_cutoff_is_reached_by_its_own_value() -> None:
    some = made_up([(1.0, "*", 1.640), (1.0, "**", 1.960), (1.0, "***", 2.580)])
    assert list(audit.earned(some["t"], some, "1.64, 1.96, 2.58")) == [1, 2, 3]


def test_possible_stars_are_those_of_a_search_over_the_rounding(cells, checks) -> None:
    """Every t that rounds to the printed one, in steps of a millionth, at N(0,1) and t(df)."""
    steps = np.linspace(-0.0005, 0.0005, 1001)
    tails = {"N(0,1)": lambda t, df: stats.norm.sf(t), "t(df)": lambda t, df: stats.t.sf(t, df)}
    for rule, tail in tails.items():
        found = checks[checks["rule"] == rule]
        for cell, check in zip(cells.itertuples(), found.itertuples(), strict=True):
            p = 2 * tail(abs(cell.t) + steps, cell.df)
            reached = {sum(map(int, (v < 0.10, v < 0.05, v < 0.01))) for v in p}
            assert check.possible == (len(cell.stars) in reached), (rule, cell.label)
            assert {check.least, check.most} <= reached


def test_the_value_on_the_line_is_possible_either_way(checks) -> None:
    """1.960 lies above 1.95996, and the smallest t that rounds to it below."""
    at_line = checks[(checks["label"] == "LM (2008–2016)") & (checks["rule"] == "N(0,1)")].iloc[0]
    assert (at_line["mark"], at_line["least"], at_line["most"]) == ("**", 1, 2)
    assert at_line["possible"] and not at_line["agrees"]


def test_rules_are_compared_on_made_up_cells() -> None:
    """1.7 earns * by N(0,1) and t(100), none by t(9); 3.0 earns *** by both, ** by t(9)."""
    some = made_up([(1.0, "*", 1.7), (1.0, "***", 3.0), (1.0, "", 0.2)], clusters=10)
    found = audit.rules_compared(audit.check_stars(some))
    assert list(found.index) == list(audit.RULES)
    assert found.loc["N(0,1)"].tolist() == [3, 3, []]
    assert found.loc["t(G − 1)", "failing"] == ["x0", "x1"]
    assert found.loc["N(0,1), one-sided", "failing"] == ["x0"]


def test_the_cells_that_no_exact_rule_gives(checks) -> None:
    """1.643, 1.643 and 1.640 are short of 1.645; 3.472 is beyond 2.576."""
    found = audit.rules_compared(checks)
    short = ["IA (Model 1)", "LM × IA (2017–2023)", "LM × IA (Lower reach)"]
    assert sorted(found.loc["N(0,1)", "failing"]) == sorted([*short, "RISSL (Model 2)"])
    assert found.loc["1.64, 1.96, 2.58", "failing"] == ["RISSL (Model 2)"]
    assert "LM × IA (Model 2)" in found.loc["t(G − 1)", "failing"]
    counts = {"N(0,1)": 19, "t(df)": 19, "t(G − 1)": 14, "N(0,1), one-sided": 13}
    assert found["possible"].to_dict() == counts | {"1.64, 1.96, 2.58": 22}


def test_chances_are_those_of_simulated_t(cells) -> None:
    """Draw t around the printed ones: share beyond 1.96 either way, and share in the same band."""
    rng = np.random.default_rng(4)
    some = cells[cells["label"].isin(["LM (Model 1)", "TE (Model 2)", "IA (Upper reach)"])]
    found = audit.repeats(some)
    bands = {"": (0, 1.645), "*": (1.645, 1.96), "**": (1.96, 2.576), "***": (2.576, 99)}
    for cell, chance in zip(some.itertuples(), found.itertuples(), strict=True):
        t = cell.t + rng.normal(size=400_000)
        low, high = bands[cell.stars]
        along = t * np.sign(cell.t)
        assert chance.power == pytest.approx((abs(t) > 1.96).mean(), abs=0.003)
        assert chance.same == pytest.approx(((low < along) & (along < high)).mean(), abs=0.003)


# --- comparisons --------------------------------------------------------------------------------


def test_differences_by_hand(cells) -> None:
    """0.348 - 0.843 over the root of (0.843/1.960)^2 + (0.348/1.974)^2."""
    found = audit.differences(cells)
    assert len(found) == 12
    lm = found.query("shared and row == 'LM'").iloc[0]
    z = -0.495 / math.hypot(0.843 / 1.960, 0.348 / 1.974)
    assert (lm["first"], lm["second"]) == ("2008–2016", "2017–2023")
    assert (lm["difference"], lm["z"]) == (pytest.approx(-0.495), pytest.approx(z))
    assert lm["p"] == pytest.approx(2 * (1 - NORMAL.cdf(abs(z))))


def test_least_p_is_that_of_a_search_over_rounding_and_correlation(cells) -> None:
    at = cells.set_index(["column", "row"])
    keys = {"2008–2016": "2008-2016", "Upper reach": "upper"}
    other = {"2008–2016": "2017-2023", "Upper reach": "lower"}
    rng = np.random.default_rng(9)
    found = audit.differences(cells)
    for row in found[found["second"].isin(["2017–2023", "Lower reach"])].itertuples():
        if row.first not in keys:
            continue
        one, two = at.loc[(keys[row.first], row.row)], at.loc[(other[row.first], row.row)]
        figures = np.array([one["coef"], one["t"], two["coef"], two["t"]], dtype=float)
        corners = rng.choice([-1, 0, 1], (300, 4)) * 0.0005
        b1, t1, b2, t2 = (figures + np.vstack([corners, rng.uniform(-1, 1, (300, 4)) * 0.0005])).T
        se1, se2 = b1 / t1, b2 / t2
        for rho in (-1, 0, 0.5, 0.9, 1) if row.shared else (0,):
            z = abs(b2 - b1) / np.sqrt(se1**2 + se2**2 - 2 * rho * se1 * se2)
            p = 2 * stats.norm.sf(z)
            assert p.min() >= row.least_p - 1e-12
        assert p.min() == pytest.approx(row.least_p, rel=1e-3)


def test_equal_errors_leave_the_difference_of_periods_without_a_bound() -> None:
    printed = with_cell("2017-2023", "LM", coef=0.844, t=1.960)
    found = audit.differences(audit.cells(printed)).query("shared and row == 'LM'")
    assert found["least_p"].iloc[0] == 0


# --- sentences ----------------------------------------------------------------------------------


def claim(relation: str, *cells: str) -> pd.DataFrame:
    return pd.DataFrame(
        [{"id": "x", "place": "Section 4", "claim": "y", "kind": "level",
          "cells": ";".join(cells), "relation": relation}]
    )  # fmt: skip


def verdict(relation: str, *cells: str, printed: pd.DataFrame | None = None) -> str:
    return audit.judge(claim(relation, *cells), printed)["verdict"].iloc[0]


@pytest.mark.parametrize(
    ("relation", "cells", "expected"),
    [
        ("positive", ["1/model1/lm"], "holds"),
        ("negative", ["1/model1/lm"], "does not hold"),
        ("positive", ["1/model1/lm", "1/model2/te"], "holds in part"),
        ("level=0.05", ["1/model1/lm"], "holds"),
        ("level=0.10", ["1/model1/lm"], "does not hold"),
        ("level=0.10", ["1/model1/ia"], "holds in part"),  # a star, with a t of 1.643
        ("level=0.01", ["1/model2/rissl"], "holds in part"),  # two stars, with a t of -3.472
        ("significant", ["3/upper/lm"], "holds"),
        ("significant", ["3/upper/ia"], "does not hold"),
        ("not_significant", ["3/upper/ia"], "holds"),
        ("not_significant", ["3/upper/lm"], "does not hold"),
        ("same_sign", ["2/2008-2016/ia", "2/2017-2023/ia"], "holds"),
        ("same_sign", ["1/model1/lm", "1/model2/te"], "does not hold"),
        ("sign_changes", ["2/2008-2016/ia", "2/2017-2023/ia"], "does not hold"),
        ("increases", ["2/2008-2016/lm", "2/2017-2023/lm"], "does not hold"),
        ("increases", ["2/2017-2023/lm", "2/2008-2016/lm"], "holds"),
        ("level_changes=0.10->0.05", ["2/2008-2016/lm", "2/2017-2023/lm"], "holds"),
        ("level_changes=0.05->0.10", ["2/2008-2016/lm", "2/2017-2023/lm"], "holds in part"),
        ("differs=0.05", ["2/2008-2016/ia", "2/2017-2023/ia"], "not shown"),
        ("differs=0.10", ["2/2008-2016/lm", "2/2017-2023/lm"], "holds"),  # at least .051
        ("includes=lm|ia", ["1/model1"], "holds"),
        ("includes=lm|ia", ["1/model2"], "does not hold"),
        ("extends", ["3/upper", "1/model1"], "holds"),
        ("extends", ["1/model2", "1/model1"], "does not hold"),
        ("starts=2016", ["2/2017-2023"], "does not hold"),
        ("starts=2017", ["2/2017-2023"], "holds"),
        ("hausman_rejects=0.05", ["1/model1/hausman_p"], "holds"),
        ("hausman_rejects=0.05", ["2/2017-2023/hausman_p"], "does not hold"),
        ("about=level", ["1/model1/lm"], "holds"),
        ("about=gap", ["1/model1/lm"], "cannot be checked"),
        ("about=level", ["1/model1/hausman_p"], "cannot be checked"),
        ("same_sign", ["2sls/second_stage/lm", "1/model1/lm"], "cannot be checked"),
    ],
)
def test_verdicts_by_reading(relation, cells, expected) -> None:
    assert verdict(relation, *cells) == expected


def test_verdicts_follow_the_printed_cells() -> None:
    pair = ("2/2008-2016/ia", "2/2017-2023/ia")
    changed = with_cell("2017-2023", "IA", coef=-0.359, t=-1.655)
    assert verdict("sign_changes", *pair, printed=changed) == "holds"
    earned = with_cell("model1", "IA", t=1.65)
    assert verdict("level=0.10", "1/model1/ia", printed=earned) == "holds"
    found = audit.judge(claim("positive", "1/model2/rissl"))["found"].iloc[0]
    assert found == "−0.620** (−3.472)"


def test_every_claim_of_the_book_has_a_verdict_and_cells_that_are_there() -> None:
    claims = audit.load_claims()
    judged = audit.judge(claims)
    assert len(judged) == 47 and claims["id"].is_unique
    assert set(judged["verdict"]) == set(audit.VERDICTS)
    not_shown = judged.loc[judged["verdict"] == "not shown", "id"]
    assert list(not_shown) == ["turning_lm", "turning_ia", "reaches_ia"]


def test_a_claim_about_a_cell_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match=r"found \['1/model1/odi'\]; expected cells"):
        verdict("positive", "1/model1/odi")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("relation\n", "relations\n", "expected"),
        (",positive\n", ",upwards\n", r"row 5: found .*expected no empty field, and a relation of"),
        ("LM has a positive effect", " ", "row 5"),
    ],
)
def test_a_file_of_claims_that_is_wrong_is_refused(tmp_path: Path, old, new, message) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(audit.CLAIMS.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(DataError, match=message):
        audit.load_claims(path)


def test_chart_shows_every_cell_once(cells) -> None:
    text = repr(audit.stars_plot(cells, ["RISSL (Model 2)"]))
    assert sum(int(n) for n in re.findall(r"printed \S+: (\d+) points", text)) == 23
