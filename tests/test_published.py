"""The printed tables, against the paper's own text."""

import numpy as np
import pytest

from lib import published
from lib.panel import DataError


def test_cells_are_the_papers():
    cells = published.coefficients().set_index(["column", "row"])
    assert len(cells) == 23
    assert (cells["stars"] != "").sum() == 18
    lm = cells.loc[("model1", "LM")]
    assert (lm["coef"], lm["stars"], lm["t"]) == (0.501, "**", 2.131)
    te = cells.loc[("model2", "TE")]
    assert (te["coef"], te["stars"], te["t"]) == (-2.679, "**", -2.391)
    assert published.text(3, "middle", "adj_r2") == "0.546"
    assert published.text(2, "2017-2023", "hausman_p") == "0.051"


@pytest.mark.parametrize(
    ("column", "df"),
    [
        ("model1", 41 * 16 - 41 - 16 + 1 - 2),
        ("model2", 41 * 16 - 41 - 16 + 1 - 6),
        ("2008-2016", 41 * 9 - 41 - 9 + 1 - 3),
        ("upper", 12 * 16 - 12 - 16 + 1 - 3),
    ],
)
def test_degrees_of_freedom(column, df):
    assert published.df_resid(column) == df


def test_a_partial_correlation_is_that_of_residuals():
    rng = np.random.default_rng(4)
    y, x, z = rng.standard_normal((3, 60)) + rng.standard_normal(60)
    others = np.column_stack([np.ones(60), z])
    left = [v - others @ np.linalg.lstsq(others, v, rcond=None)[0] for v in (y, x)]
    design = np.column_stack([x, others])
    beta, rss, *_ = np.linalg.lstsq(design, y, rcond=None)
    se = np.sqrt(rss[0] / 57 * np.linalg.inv(design.T @ design)[0, 0])
    found = published.partial_correlation(beta[0] / se, 57)
    assert found == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-12)


def test_levels_of_stars():
    assert [published.level(mark) for mark in ("***", "**", "*", "")] == [0.01, 0.05, 0.10, None]


def test_a_fourth_table_is_refused():
    with pytest.raises(DataError, match="table 4: not found; the paper has Tables 1, 2 and 3"):
        published.load(4)
