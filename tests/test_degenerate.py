"""Panels that leave nothing to estimate, or barely something.

Each case goes through every estimator.  What comes back is either a `DataError` with the words
given here, or a result in which every figure is finite; warnings are errors.  A result is compared
with least squares on dummies of the rows that remain, by ``statsmodels``.
What ``test_estimation.py``, ``test_batched.py`` and ``test_bootstrap.py`` refuse is not repeated.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from lib import batched, bootstrap, inference
from lib.diagnostics import Sample
from lib.estimation import hausman, iv_2sls, random_effects, two_way_fe
from lib.panel import DataError

X = ["a", "b"]


def simulated(cities: int = 9, years: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    city, year = (grid.ravel() for grid in np.mgrid[:cities, 2008 : 2008 + years])
    rows = pd.DataFrame(rng.normal(size=(city.size, 6)), columns=list("abzwue"))
    effect, trend = rng.normal(size=cities)[city], rng.normal(size=years)[year - 2008]
    rows["a"] += effect + trend
    rows["b"] = rows["z"] + 0.5 * rows["w"] + rows["u"] + effect
    rows["y"] = rows["a"] - rows["b"] + rows["u"] + rows["e"] + effect - trend
    return rows.assign(city_code=city + 100, year=year)


ROWS = simulated()
CITY, YEAR = ROWS["city_code"], ROWS["year"]


def figures(found: object) -> Iterator[float]:
    """Every number of a result, however deep."""
    if dataclasses.is_dataclass(found):
        for field in dataclasses.fields(found):
            yield from figures(getattr(found, field.name))
    elif isinstance(found, (pd.DataFrame, pd.Series, np.ndarray)):
        values = np.asarray(found)
        if values.dtype.kind in "fiu":
            yield from values.ravel()
    elif isinstance(found, (tuple, list)):
        for each in found:
            yield from figures(each)
    elif isinstance(found, (float, int)):
        yield found


def batch(rows: pd.DataFrame, effects: batched.Effects) -> list[np.ndarray]:
    sample = Sample.of(rows, X)
    fits = batched.fit(sample.y[None], sample.x, sample.present, effects)
    kinds = ("classical", "hc1", "clustered", "driscoll_kraay")
    return [fits.coef, fits.rss, *(part(k) for k in kinds for part in (fits.se, fits.p))]


def errors(rows: pd.DataFrame) -> list[np.ndarray]:
    made = inference.covariances(inference.Within.of(rows, "y", X))
    return [each.cov for each in made.values()]


Call = Callable[[pd.DataFrame], object]
TWOWAY: dict[str, Call] = {
    "fixed effects": lambda rows: two_way_fe(rows, "y", X),
    "hausman": lambda rows: hausman(rows, "y", X),
    "hausman plain": lambda rows: hausman(rows, "y", X, version="plain"),
    "hausman sigmamore": lambda rows: hausman(rows, "y", X, version="sigmamore"),
    "2sls": lambda rows: iv_2sls(rows, "y", "b", "a", ["z", "w"]),
    "every error": errors,
    "batch": lambda rows: batch(rows, "twoway"),
    "wild bootstrap": lambda rows: bootstrap.wild_cluster(rows, "y", X, "b", draws=99),
    "wild wald": lambda rows: bootstrap.wild_cluster(rows, "y", X, draws=99),
}
ONEWAY: dict[str, Call] = {
    "city effects": lambda rows: two_way_fe(rows, "y", X, "entity"),
    "year effects": lambda rows: two_way_fe(rows, "y", X, "time"),
    "pooled": lambda rows: two_way_fe(rows, "y", X, "none"),
    "random effects": lambda rows: random_effects(rows, "y", X),
    "random effects, no years": lambda rows: random_effects(rows, "y", X, False),
    "hausman, no years": lambda rows: hausman(rows, "y", X, False),
    "2sls pooled": lambda rows: iv_2sls(rows, "y", "b", "a", ["z", "w"], "none"),
    "batch, city": lambda rows: batch(rows, "city"),
    "batch, year": lambda rows: batch(rows, "year"),
    "batch, pooled": lambda rows: batch(rows, "pooled"),
    "wild, pooled": lambda rows: bootstrap.wild_cluster(
        rows, "y", X, "b", effects="pooled", draws=99
    ),
}
ALL = TWOWAY | ONEWAY

# Rows, and a part of the message of every two-way estimator.
NOTHING = {
    "one city": (ROWS[CITY == 100], "one cluster|1 cities|1 clusters"),
    "one year": (ROWS[YEAR == 2010], "rows for 9 effects|degrees of freedom|more rows"),
    "two cities": (ROWS[CITY < 102], "no variation between 2|2 clusters for|has 2 entities"),
    "constant in a city": (ROWS.assign(b=np.sqrt(CITY)), "nothing left|effects absorb"),
    "common to a year": (ROWS.assign(b=np.sin(YEAR)), "nothing left|effects absorb"),
    "city plus year": (ROWS.assign(b=np.sqrt(CITY) + np.sin(YEAR)), "nothing left|effects absorb"),
    "collinear": (ROWS.assign(b=3 - 2 * ROWS["a"]), "nothing left|collinear"),
    "nearly collinear": (ROWS.assign(b=ROWS["a"] + 1e-12 * ROWS["b"]), "nothing left|collinear"),
    "constant y": (ROWS.assign(y=3.3), "'y': found no variation|y: found (nothing left|an exact)"),
    "y city plus year": (ROWS.assign(y=CITY / 3 + YEAR / 7), "y'?: found (no|nothing|an exact)"),
    "exact fit": (ROWS.assign(y=ROWS["a"] - ROWS["b"] + YEAR), "an exact function"),
    "no row left": (
        ROWS.assign(a=ROWS["a"].where(CITY > 103), b=ROWS["b"].where(CITY <= 103)),
        "no row with all|no complete row",
    ),
    "no row": (ROWS[:0], "no row with all|no complete row"),
    "one row": (ROWS[:1], "one cluster|1 cities|1 clusters"),
    "fewer rows than parameters": (ROWS[(CITY < 103) & (YEAR < 2010)], "more rows|degrees of"),
    "each city once": (ROWS[CITY - 100 == YEAR - 2008], "share no|no row connects|no city and no"),
    "infinite": (ROWS.assign(b=ROWS["b"].where(ROWS.index != 5, np.inf)), "infinite value"),
    "a city-year twice": (pd.concat([ROWS, ROWS[3:4]], ignore_index=True), "each (pair )?once"),
    "text": (ROWS.assign(b="high"), "found values of type str|found no numbers"),
    "huge": (ROWS.assign(y=ROWS["y"] * 1e200), r"'y': found values up to \d.*e\+200|squares"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_two_way_estimators_refuse_and_say_what_they_found(case: str) -> None:
    rows, message = NOTHING[case]
    for call in TWOWAY.values():
        with pytest.raises(DataError, match=message):
            call(rows)


@pytest.mark.parametrize("case", NOTHING)
def test_other_estimators_refuse_or_give_finite_figures(case: str) -> None:
    rows, _ = NOTHING[case]
    for name, call in ONEWAY.items():
        try:
            found = call(rows)
        except DataError as refused:
            assert "found" in str(refused) or "cannot be estimated" in str(refused), name
        else:
            assert np.isfinite(list(figures(found))).all(), name


# Panels that are thin, but leave an estimate.
SINGLE = ROWS[(CITY > 100) | (YEAR == 2010)]
HOLES = ROWS.drop(index=[0, 1, 2, 7, 13, 14, 21, 33, 40, 52])
THIN = {
    "a city with one row": SINGLE,
    "a year with one row": ROWS[(YEAR > 2008) | (CITY == 103)],
    "holes": HOLES,
    "missing values": ROWS.assign(a=ROWS["a"].where(~ROWS.index.isin([3, 4, 9]))),
    "one city varies": ROWS.assign(b=ROWS["b"].where(CITY != 104, 0.0)),
}


def dummies(rows: pd.DataFrame) -> pd.DataFrame:
    parts = [pd.get_dummies(rows[key], dtype=float).iloc[:, 1:] for key in ("city_code", "year")]
    return sm.add_constant(pd.concat([rows[X], *parts], axis=1).rename(columns=str))


@pytest.mark.parametrize("case", THIN)
def test_thin_panels_give_the_regression_on_dummies_of_the_rows_that_remain(case: str) -> None:
    rows = THIN[case]
    used = rows.dropna()
    expected = sm.OLS(used["y"], dummies(used)).fit()
    found = two_way_fe(rows, "y", X)
    assert (found.nobs, found.dropped) == (len(used), len(rows) - len(used))
    assert found.df_resid == expected.df_resid
    assert_allclose(found.coef, expected.params[X])
    assert_allclose(found.classical["se"], expected.bse[X])
    groups = expected.get_robustcov_results("cluster", groups=used["city_code"])
    at = [groups.model.exog_names.index(name) for name in X]
    scale = expected.df_resid / (len(used) - 2 - used["year"].nunique())
    assert_allclose(found.clustered["se"], groups.bse[at] * np.sqrt(scale))
    coef, _, classical, _ = batch(rows, "twoway")[:4]
    assert_allclose(coef[0], expected.params[X])
    assert_allclose(classical[0], expected.bse[X])
    for name, call in ALL.items():
        try:
            assert np.isfinite(list(figures(call(rows)))).all(), name
        except DataError as refused:  # more slopes and dummies than cities
            assert "cannot be estimated" in str(refused), name


def test_labels_and_types_that_are_no_numbers_are_named() -> None:
    for rows, message in (
        (ROWS.assign(year=YEAR + 0.5), "column 'year': found 2008.5, expected a whole number"),
        (ROWS.assign(year=YEAR.where(ROWS.index != 3, np.inf)), "found inf, expected a whole"),
        (ROWS.assign(b=ROWS["b"] + 1j), "column 'b': found values of type complex128"),
        (ROWS.assign(b=pd.Timestamp("2020-01-01")), "column 'b': found values of type datetime64"),
        (pd.concat([ROWS, ROWS[["b"]]], axis=1), "column 'b': found twice in the data"),
        (ROWS.assign(b=ROWS["b"] * 1e-200), r"column 'b': found values up to \d.*e-200"),
        (ROWS.assign(b=ROWS["b"] * 1e20), "sizes a .*, b .*, expected units nearer"),
    ):
        with pytest.raises(DataError, match=message):
            two_way_fe(rows, "y", X)
    for rows, message in (
        (ROWS.assign(b="high"), "column 'b': found values of type str"),
        (pd.concat([ROWS, ROWS[["b"]]], axis=1), "column 'b': found twice"),
        (ROWS.drop(columns="b"), "column 'b': not found"),
    ):
        with pytest.raises(DataError, match=message):
            batched.cube(rows, X)


def test_an_exact_fit_of_a_batch_has_slopes_and_no_standard_error() -> None:
    cells = batched.cube(ROWS, X)
    fits = batched.fit((2 * cells[0] - cells[1])[None], cells)
    assert_allclose(fits.coef, [[2, -1]])
    assert fits.exact.tolist() == [True]
    for kind in ("classical", "hc1", "clustered", "driscoll_kraay"):
        with pytest.raises(DataError, match="exact function"):
            fits.se(kind)


def test_covariances_of_a_batch_say_what_they_lack() -> None:
    cells = batched.cube(ROWS, ["y", *X])
    for part, kind, effects, message in (
        (cells[:, :2], "clustered", "twoway", "no variation between 2 clusters"),
        (cells[:, :, :2], "driscoll_kraay", "twoway", "no variation between 2 clusters"),
        (cells[:, :, :1], "driscoll_kraay", "pooled", "found one year in some draw"),
    ):
        fits = batched.fit(part[:1], part[1:], effects=effects)
        assert np.isfinite(fits.se("classical")).all()
        with pytest.raises(DataError, match=message):
            fits.cov(kind, lags=0)
    with pytest.raises(DataError, match=r"found shape \(0, 9, 6\)"):
        batched.fit(cells[:0], cells[1:])
    with pytest.raises(DataError, match="3 cities for 2 slopes"):
        batched.hausman(cells[:1, :3], cells[1:, :3])


def test_two_years_leave_no_driscoll_kraay_error() -> None:
    made = inference.covariances(inference.Within.of(ROWS[YEAR < 2010], "y", X))
    assert "driscoll_kraay" not in made and "city" in made


def test_city_effects_that_drown_the_rest_leave_hausman_without_a_p_value() -> None:
    """Random effects are then fixed effects but for rounding; Mundlak's test still stands."""
    rows = ROWS.assign(y=ROWS["y"] + 1e7 * np.sqrt(CITY))
    for version in ("sigmamore", "sigmaless"):
        found = hausman(rows, "y", X, version=version)
        assert found.p is None and found.df < 2
        assert "fixed effects but for rounding" in found.note
        assert np.isfinite((found.mundlak_stat, found.mundlak_p)).all()


def test_instruments_need_clusters_that_an_effect_does_not_empty() -> None:
    rows = ROWS[(CITY < 103) | (YEAR == 2008 + (CITY - 103))]
    with pytest.raises(DataError, match="found 3 clusters for 3 instruments"):
        iv_2sls(rows, "y", "b", "a", ["z", "w"])
    assert iv_2sls(rows, "y", "b", "a", ["z", "w"], "none").n_clusters == 9
