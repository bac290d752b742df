"""The audit of the printed tables against hand arithmetic, tables of critical values and search.

Printed figures are typed from the paper's tables, so that a change of the data files shows.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import panel, published
from lib.panel import DataError
from studies import audit


def with_cell(column: str, row: str, **values: float) -> pd.DataFrame:
    """The printed coefficients with one cell changed."""
    printed = published.coefficients().set_index(["column", "row"])
    printed.loc[(column, row), [*values]] = [*values.values()]
    return printed.reset_index()


def test_stars_begin_at_the_critical_values_of_a_textbook() -> None:
    for place, value in enumerate((1.645, 1.960, 2.576)):
        span = audit.possible_stars(pd.Series([value - 11e-4, -value - 11e-4]))
        assert list(span["least"]) == list(span["most"]) == [place, place + 1]


def test_least_p_is_that_of_a_search_over_rounding_and_correlation() -> None:
    cells = audit.cells()
    assert cells["label"].is_unique and cells["label"][1] == "IA (Model 1)"
    at = cells.set_index(["column", "row"])
    found = audit.differences(cells).set_index(["first", "second"])
    pairs = {("2008–2016", "2017–2023"): ("2008-2016", "2017-2023"),
             ("Upper reach", "Lower reach"): ("upper", "lower")}  # fmt: skip
    rng = np.random.default_rng(9)
    for row in found.loc[[*pairs]].itertuples():
        first, second = pairs[row.Index]
        figures = at.loc[[(first, row.row), (second, row.row)], ["coef", "t"]].to_numpy().ravel()
        rounding = np.vstack([rng.choice([-1, 0, 1], (300, 4)), rng.uniform(-1, 1, (300, 4))])
        b1, t1, b2, t2 = (figures.astype(float) + 0.0005 * rounding).T
        se1, se2 = b1 / t1, b2 / t2
        for rho in (-1, 0, 0.5, 0.9, 1) if row.shared else (0,):
            z = abs(b2 - b1) / np.sqrt(se1**2 + se2**2 - 2 * rho * se1 * se2)
            p = 2 * stats.norm.sf(z)
            assert p.min() >= row.least_p - 1e-12
        assert p.min() == pytest.approx(row.least_p, rel=1e-3)


def test_equal_errors_leave_the_difference_of_periods_without_a_bound() -> None:
    printed = with_cell("2017-2023", "LM", coef=0.844, t=1.960)
    lm = audit.differences(audit.cells(printed)).query("shared and row == 'LM'")
    assert lm["least_p"].item() == 0


def judged(relation: str, cells: str, printed: pd.DataFrame | None = None) -> pd.Series:
    claim = pd.DataFrame([{"relation": relation, "cells": cells}])
    return audit.judge(claim, printed).iloc[0]


RELATIONS = pd.read_csv(Path(__file__).with_name("relations.csv"), comment="#").to_numpy().tolist()


@pytest.mark.parametrize(("relation", "cells", "expected"), RELATIONS)
def test_verdicts_by_reading(relation, cells, expected) -> None:
    assert judged(relation, cells)["verdict"] == expected


def test_verdicts_follow_the_printed_cells() -> None:
    changed = with_cell("2017-2023", "IA", coef=-0.359, t=-1.655)
    pair = "2/2008-2016/ia;2/2017-2023/ia"
    assert judged("sign_changes", pair, changed)["verdict"] == "holds"
    assert judged("positive", "1/model2/rissl")["found"] == "−0.620** (−3.472)"
    with pytest.raises(DataError, match=r"found \['1/model1/odi'\]; expected cells"):
        judged("positive", "1/model1/odi")


def test_every_claim_of_the_book_has_a_verdict_and_the_papers_words() -> None:
    claims = pd.read_csv(panel.DATA / "claims.csv", dtype=str)
    assert len(audit.judge(claims)) == 45 and claims["id"].is_unique
    assert claims["zh"].str.contains(r"[\u4e00-\u9fff]{8}").all()
