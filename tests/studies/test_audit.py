"""The audit of the printed tables against hand arithmetic, tables of critical values and search.

Printed figures are typed from the paper's tables, so that a change of the data files shows.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cases import each_of
from matplotlib.colors import to_hex
from scipy import stats

from lib import published, style
from lib.panel import DataError
from studies import audit


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    return audit.cells()


def made_up(figures: list[tuple[float, str, float]]):
    """Cells with these coefficients, stars and t-values."""
    frame = pd.DataFrame(figures, columns=["coef", "stars", "t"])
    names = [f"x{place}" for place in range(len(frame))]
    return frame.assign(column="model1", row=names, label=names)


def with_cell(column: str, row: str, **values: float) -> pd.DataFrame:
    """The printed coefficients with one cell changed."""
    printed = published.coefficients()
    here = (printed["column"] == column) & (printed["row"] == row)
    printed.loc[here, [*values]] = [*values.values()]
    return printed


def test_stars_begin_at_the_critical_values_of_a_textbook() -> None:
    for place, value in enumerate((1.645, 1.960, 2.576)):
        some = made_up([(1.0, "", value - 0.0011), (1.0, "", value + 0.0011)])
        span = audit.possible_stars(some)
        assert list(span["least"]) == list(span["most"]) == [place, place + 1]


def test_least_p_is_that_of_a_search_over_rounding_and_correlation(cells) -> None:
    assert cells["label"].is_unique and cells.set_index("label")["clusters"]["IA (Model 1)"] == 41
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


def claim(relation: str, *cells: str) -> pd.DataFrame:
    return pd.DataFrame(
        [{"id": "x", "place": "Section 4", "claim": "y", "kind": "level",
          "cells": ";".join(cells), "relation": relation}]
    )  # fmt: skip


def verdict(relation: str, *cells: str, printed: pd.DataFrame | None = None) -> str:
    return audit.judge(claim(relation, *cells), printed)["verdict"].iloc[0]


@each_of("studies/relations.csv")
def test_verdicts_by_reading(relation, cells, expected) -> None:
    assert verdict(relation, *cells.split(";")) == expected


def test_verdicts_follow_the_printed_cells() -> None:
    pair = ("2/2008-2016/ia", "2/2017-2023/ia")
    changed = with_cell("2017-2023", "IA", coef=-0.359, t=-1.655)
    assert verdict("sign_changes", *pair, printed=changed) == "holds"
    found = audit.judge(claim("positive", "1/model2/rissl"))["found"].iloc[0]
    assert found == "−0.620** (−3.472)"


def test_every_claim_of_the_book_has_a_verdict_and_cells_that_are_there() -> None:
    claims = audit.load_claims()
    assert len(audit.judge(claims)) == 45 and claims["id"].is_unique
    assert claims["zh"].str.contains(r"[\u4e00-\u9fff]{8}").all()
    with pytest.raises(DataError, match=r"found \['1/model1/odi'\]; expected cells"):
        verdict("positive", "1/model1/odi")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("relation\n", "relations\n", "expected"),
        (",positive\n", ",upwards\n", r"row 5, column relation: found 'upwards'; expected one of"),
        ("LM has a positive effect", " ", "row 5"),
    ],
)
def test_a_file_of_claims_that_is_wrong_is_refused(tmp_path: Path, old, new, message) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(audit.CLAIMS.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(DataError, match=message):
        audit.load_claims(path)


def test_the_chart_of_three_cells_by_hand() -> None:
    some = made_up([(1.0, "**", 2.5), (-1.0, "***", -3.5), (1.0, "", 0.5)])
    (ax,) = audit.stars_plot(some, ["x1"]).figure.axes
    names = dict(zip(ax.get_yticks(), (t.get_text() for t in ax.get_yticklabels()), strict=True))
    shown = {
        part.get_label(): (x, names[y], to_hex(part.get_facecolors()[0]))
        for part in ax.collections for x, y in part.get_offsets().tolist()
    }  # fmt: skip
    assert shown == {
        "printed without": (0.5, "x2", style.INK), "printed **": (2.5, "x0", style.INK),
        "printed ***": (3.5, "x1", "#ffffff"),
    }  # fmt: skip
    cutoffs = {text.get_text(): round(text.xy[0], 3) for text in ax.texts}
    assert cutoffs == {"*": 1.645, "**": 1.96, "***": 2.576}
    assert audit.hausman_rows().tolist() == [0.048, 0.046, 0.036, 0.051, 0.041, 0.061, 0.054]
