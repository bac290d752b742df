"""The synthetic twin: the shipped files give the paper's tables, and the seed gives the files.

The targets are the printed cells, typed from the paper's Tables 1 to 3.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import files, panel, synthetic
from lib.estimation import hausman, two_way_fe
from lib.specifications import CONTROLS, SPECIFICATIONS, estimates, rows_of, with_variables

# column: regressor: (coefficient, t), as printed; Hausman p, degrees of freedom of 12, 14 and 15
# cities over the column's years
PRINTED = {
    "model1": {"lm": (0.501, 2.131), "ia": (0.287, 1.643)},
    "model2": {
        "lm_ia": (0.372, 1.672),
        "odi": (0.613, 1.859),
        "te": (-2.679, -2.391),
        "gr": (0.214, 2.673),
        "rlr": (0.348, 2.881),
        "rissl": (-0.620, -3.472),
    },
    "2008-2016": {"lm": (0.843, 1.960), "ia": (1.198, 1.232), "lm_ia": (0.214, 0.312)},
    "2017-2023": {"lm": (0.348, 1.974), "ia": (0.359, 1.655), "lm_ia": (0.342, 1.643)},
    "upper": {"lm": (0.747, 1.895), "ia": (0.442, 0.673), "lm_ia": (0.331, 0.515)},
    "middle": {"lm": (0.658, 2.343), "ia": (0.388, 0.563), "lm_ia": (0.386, 1.698)},
    "lower": {"lm": (0.385, 2.198), "ia": (0.575, 1.785), "lm_ia": (0.277, 1.640)},
}
HAUSMAN = {
    "model1": 0.048,
    "model2": 0.046,
    "2008-2016": 0.036,
    "2017-2023": 0.051,
    "upper": 0.041,
    "middle": 0.061,
    "lower": 0.054,
}
SIZE = {  # cities, years
    "model1": (41, 16),
    "model2": (41, 16),
    "2008-2016": (41, 9),
    "2017-2023": (41, 7),
    "upper": (12, 16),
    "middle": (14, 16),
    "lower": (15, 16),
}
COLUMNS = {spec.column: spec for spec in SPECIFICATIONS}


@pytest.fixture(scope="module")
def roster() -> pd.DataFrame:
    return panel.load_cities(synthetic.CITIES)


@pytest.fixture(scope="module")
def yearbook(roster: pd.DataFrame) -> pd.DataFrame:
    return panel.read_yearbook(synthetic.YEARBOOK, roster)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return synthetic.load()


@pytest.fixture(scope="module")
def found(data: pd.DataFrame) -> dict:
    return estimates(data)


@pytest.fixture(scope="module")
def draws() -> synthetic.Draws:
    return synthetic.Draws.of()


@pytest.fixture(scope="module")
def tuned(draws: synthetic.Draws) -> dict[str, np.ndarray]:
    return synthetic.tune(draws)


# --- what it gives ------------------------------------------------------------------------------


def test_prints_the_23_coefficients_to_three_decimals(found: dict) -> None:
    cells = [(c, term, b) for c, terms in PRINTED.items() for term, (b, _) in terms.items()]
    assert len(cells) == 23
    off = [c for c in cells if f"{found[c[0]].coef[c[1]]:.3f}" != f"{c[2]:.3f}"]
    assert not off


def test_prints_the_23_t_statistics_to_two_decimals(found: dict) -> None:
    off = {
        (column, term): found[column].classical.loc[term, "t"] - t
        for column, terms in PRINTED.items()
        for term, (_, t) in terms.items()
    }
    assert max(map(abs, off.values())) < 0.005, off


def test_stars_are_those_that_the_printed_t_earns(found: dict) -> None:
    for column, terms in PRINTED.items():
        n, t_years = SIZE[column]
        df = n * t_years - n - t_years + 1 - len(terms)
        assert found[column].df_resid == df
        for term, (_, t) in terms.items():
            for level in (0.01, 0.05, 0.10):
                earned = abs(t) > stats.t.ppf(1 - level / 2, df)
                assert (found[column].classical.loc[term, "p"] < level) == earned, (column, term)


@pytest.mark.parametrize("column", PRINTED)
def test_hausman_falls_on_the_printed_side(data: pd.DataFrame, column: str) -> None:
    spec = COLUMNS[column]
    rows = rows_of(data, spec)
    p = hausman(rows, "y", spec.terms, version="sigmamore").p
    assert (p < 0.05) == (HAUSMAN[column] < 0.05)
    if column != "model2":
        assert p == pytest.approx(HAUSMAN[column], abs=0.0005)
    # what the page says of the plain version
    assert hausman(rows, "y", spec.terms, version="plain").p is None


def test_one_column_hangs_on_the_version_of_the_test(data: pd.DataFrame) -> None:
    """As the page says: with the variance of fixed effects 2017-2023 falls on the other side."""
    other = {}
    for column, spec in COLUMNS.items():
        p = hausman(rows_of(data, spec), "y", spec.terms, version="sigmaless").p
        other[column] = (p < 0.05) != (HAUSMAN[column] < 0.05)
    assert [column for column, is_other in other.items() if is_other] == ["2017-2023"]


def test_own_hausman_agrees_with_linearmodels(data: pd.DataFrame) -> None:
    values = synthetic.variables(data)
    reg = data["y"].to_numpy().reshape(41, 16)
    for column in synthetic.COLUMNS:
        spec = column.spec
        test = hausman(rows_of(data, spec), "y", spec.terms, version="sigmamore")
        assert synthetic._hausman(column, values, reg) == pytest.approx(test.stat, rel=1e-6)


def test_least_squares_by_brute_force(data: pd.DataFrame) -> None:
    """Model 1 with 57 dummies and numpy alone: the road does not lean on one estimator."""
    dummies = pd.get_dummies(data[["city_code", "year"]].astype(str), dtype=float)
    x = np.column_stack([data[["lm", "ia"]], dummies])
    b, *_ = np.linalg.lstsq(x, data["y"].to_numpy(), rcond=None)
    assert np.round(b[:2], 3).tolist() == [0.501, 0.287]


# --- what it looks like -------------------------------------------------------------------------


def test_is_a_yearbook_of_41_cities_from_2007_to_2023(
    yearbook: pd.DataFrame, roster: pd.DataFrame
) -> None:
    assert roster["reach"].value_counts().to_dict() == {"lower": 15, "middle": 14, "upper": 12}
    assert roster["city_code"].str.fullmatch(r"[ULM]\d\d").all()
    assert (roster["city_code"].str[0] == roster["reach"].str[0].str.upper()).all()
    assert roster["city_en"].is_unique and roster["city_zh"].str.startswith("虚构").all()
    assert roster["province_en"].str.startswith("Invented").all()
    assert yearbook.shape == (41 * 17, len(panel.COLUMNS))
    assert not yearbook.isna().any(axis=None)
    assert set(yearbook["year"]) == set(range(2007, 2024))


def test_bears_no_name_of_a_real_city(roster: pd.DataFrame) -> None:
    real = panel.load_cities()
    for name in ("city_en", "city_zh", "province_en", "province_zh"):
        assert not set(roster[name]) & set(real[name])


def test_nothing_is_suspect_or_filled(yearbook: pd.DataFrame, roster: pd.DataFrame) -> None:
    notes = panel.clean(yearbook, roster).notes
    assert set(notes["kind"]) <= {"definition", "straight_line"}
    assert (notes["kind"] == "straight_line").sum() < 10


def test_accounts_add_up(yearbook: pd.DataFrame) -> None:
    sectors = yearbook[["va_primary", "va_secondary", "va_tertiary"]]
    assert np.allclose(sectors.sum(axis=1), yearbook["gdp"], rtol=0, atol=2e-4)
    shares = yearbook[["emp_share_primary", "emp_share_secondary", "emp_share_tertiary"]]
    assert np.allclose(shares.sum(axis=1), 100, rtol=0, atol=1e-9)
    assert (shares > 1).all(axis=None) and (sectors > 0).all(axis=None)
    # whole where an office counts whole ones
    for name in ("science_expenditure", "higher_ed_students", "area"):
        assert (yearbook[name] % 1 == 0).all()
    assert yearbook.groupby("city_code")["area"].nunique().eq(1).all()


def test_figures_lie_where_a_yearbooks_do(yearbook: pd.DataFrame, data: pd.DataFrame) -> None:
    bounds = {
        "gdp_index": (95, 120),
        "resident_pop": (100, 3000),
        "natural_growth": (-5, 15),
        "average_wage": (10_000, 200_000),
        "employment": (5, 1000),
    }
    for name, (low, high) in bounds.items():
        assert yearbook[name].between(low, high).all(), name
    shares = {
        "share_primary": (0.01, 0.30),
        "share_secondary": (0.10, 0.75),
        "share_tertiary": (0.20, 0.85),
        "odi": (0, 0.15),
        "gr": (0.05, 0.6),
        "lm": (-0.06, 0.06),
        "lm_stock": (-0.4, 0.6),
        "y": (0.4, 4),
    }
    for name, (low, high) in shares.items():
        assert data[name].between(low, high).all(), name
    assert data["ia"].groupby(data["year"]).mean().to_numpy() == pytest.approx(1)


def test_figures_move_smoothly(yearbook: pd.DataFrame, data: pd.DataFrame) -> None:
    def moves(frame: pd.DataFrame, name: str) -> pd.DataFrame:
        return frame.pivot(index="city_code", columns="year", values=name).diff(axis=1).iloc[:, 1:]

    assert moves(data, "share_secondary").abs().max(axis=None) < 0.03
    assert moves(data, "gr").abs().max(axis=None) < 0.08
    # A zigzag would make the second difference of REG larger than its spread over cities.
    reg = data.pivot(index="city_code", columns="year", values="y")
    bends = reg.diff(axis=1).diff(axis=1).stack()
    assert bends.std() < 0.3 * reg.std().mean()
    growth = np.log(yearbook["gdp"]).groupby(yearbook["city_code"]).diff()
    assert growth.dropna().between(-0.05, 0.30).all()


def test_the_change_that_gives_the_coefficients_is_small(
    draws: synthetic.Draws, tuned: dict[str, np.ndarray], data: pd.DataFrame
) -> None:
    values = synthetic.regressors(draws, tuned)
    designs = [column.design(values) for column in synthetic.COLUMNS]
    reg, change = synthetic.outcome(draws, designs, tuned["reg"])
    assert np.corrcoef(reg, change)[0, 1] > 0.95  # as the page says: little else is in it
    spread = data.pivot(index="city_code", columns="year", values="y").std().mean()
    assert synthetic._cube(change).std() < 0.35 * spread


# --- how it is made -----------------------------------------------------------------------------


def test_the_seed_gives_the_shipped_files_byte_for_byte(
    draws: synthetic.Draws, tuned: dict[str, np.ndarray], tmp_path: Path
) -> None:
    yearbook, cities = tmp_path / "yearbook.csv", tmp_path / "cities.csv"
    frames = {yearbook: synthetic.generate(draws, tuned), cities: synthetic.roster()}
    files.write_together(frames, synthetic.FLOATS)
    assert yearbook.read_bytes() == synthetic.YEARBOOK.read_bytes()
    assert cities.read_bytes() == synthetic.CITIES.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"yearbook.csv", "cities.csv"}


def test_another_seed_gives_other_draws() -> None:
    other = synthetic.Draws.of(synthetic.SEED + 1)
    assert not np.allclose(other.shock, synthetic.Draws.of().shock)


def test_a_search_without_solution_says_so() -> None:
    with pytest.raises(panel.DataError, match="after 20 steps"):
        synthetic._solve(lambda x: np.array([x[0] ** 2 + 1.0]), np.array([0.7, 0.1]))


def test_the_search_takes_the_smallest_step_to_a_solution() -> None:
    """x + 2y = 5 from the origin: the nearest point of the line is (1, 2)."""
    solution = synthetic._solve(lambda x: np.array([x[0] + 2 * x[1] - 5]), np.zeros(2))
    assert solution == pytest.approx([1, 2], abs=1e-6)


def test_coordinates_are_orthonormal_and_hold_every_samples_variation() -> None:
    cube = np.random.default_rng(3).normal(size=(41, 16))
    y = synthetic._coordinates(cube)
    assert synthetic._cube(y) == pytest.approx(cube)
    assert (y**2).sum() == pytest.approx((cube**2).sum())
    sums = synthetic._SAMPLE @ (synthetic._MEMBER @ y**2)
    for column, total in zip(synthetic.COLUMNS, sums, strict=True):
        part = column.part(cube)
        rows, years = np.indices(part.shape)
        frame = pd.DataFrame({"y": part.ravel(), "i": rows.ravel(), "t": years.ravel()})
        x = pd.get_dummies(frame[["i", "t"]].astype(str), dtype=float).to_numpy()
        residual = frame["y"] - x @ np.linalg.lstsq(x, frame["y"], rcond=None)[0]
        assert total == pytest.approx(residual @ residual)


def test_outcome_has_the_coefficients_whatever_the_spreads(
    draws: synthetic.Draws, tuned: dict[str, np.ndarray]
) -> None:
    values = synthetic.regressors(draws, tuned)
    designs = [column.design(values) for column in synthetic.COLUMNS]
    reg, _ = synthetic.outcome(draws, designs, tuned["reg"] + 0.4)
    cube = synthetic._cube(reg)
    for column, x in zip(synthetic.COLUMNS, designs, strict=True):
        b = np.linalg.lstsq(x, column.part(cube).ravel(), rcond=None)[0]
        assert b == pytest.approx([b for b, _ in PRINTED[column.spec.column].values()], abs=1e-7)


# --- perturbations ------------------------------------------------------------------------------


def test_scaling_ia_moves_no_star_and_no_t(data: pd.DataFrame, found: dict) -> None:
    unscaled = estimates(with_variables(data, scaled=False))
    for column, estimate in found.items():
        assert unscaled[column].classical["t"].to_numpy() == pytest.approx(
            estimate.classical["t"].to_numpy(), rel=1e-6
        )
        for term in estimate.x:
            factor = 1 if term in ("lm", *CONTROLS) else 41
            assert unscaled[column].coef[term] == pytest.approx(factor * estimate.coef[term])


def test_cells_take_the_errors_that_are_asked_for(found: dict) -> None:
    cells = synthetic.cells(found, clustered=True).set_index(["column", "row"])
    assert len(cells) == 23
    expected = found["upper"].clustered.loc["lm", "t"]
    assert cells.loc[("upper", "lm"), "t"] == pytest.approx(expected)
    assert cells.loc[("upper", "lm"), "printed_t"] == 1.895
    # The paper prints a star for 1.640 and 1.643; they do not earn one.
    assert cells.loc[("lower", "lm_ia"), "printed_stars"] == ""
    assert cells.loc[("model2", "rissl"), "printed_stars"] == "***"
    # 1.960 is beyond 5 % of the normal distribution, and not of t with 317 degrees of freedom.
    assert cells.loc[("2008-2016", "lm"), "printed_stars"] == "*"


def test_a_reach_that_is_dropped_takes_its_column_along(
    data: pd.DataFrame, found: dict
) -> None:
    cases = synthetic.perturbations(data, found)
    without = cases["Without the upper reach"]
    assert len(without) == 20 and "upper" not in set(without["column"])
    rest = data[data["reach"].ne("upper")]
    ia = rest["share_secondary"] / rest.groupby("year")["share_secondary"].transform("mean")
    model1 = two_way_fe(rest.assign(ia=ia), "y", ("lm", "ia"))
    cell = without.set_index(["column", "row"]).loc[("model1", "ia")]
    assert cell["coef"] == pytest.approx(model1.coef["ia"])


def test_stars_kept_counts_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "printed": [1.0, 1.0, -1.0, 1.0],
            "coef": [2.0, -1.0, -3.0, 0.5],
            "printed_stars": ["*", "*", "**", ""],
            "stars": ["*", "*", "*", "***"],
        }
    )
    kept = synthetic.stars_kept({"by hand": frame}).iloc[0]
    assert kept.to_dict() == {
        "case": "by hand", "cells": 4, "sign": 3, "stars": 1, "lost": 1, "gained": 1,
    }  # fmt: skip
