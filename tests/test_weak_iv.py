"""Statistics for weak instruments equal those of R and Stata, closed forms and brute force.

Published figures are those of R's ``ivmodel`` (its own test suite, Card's data), of Stata's
``ivreg2`` (its log of Mroz's data in the vignettes of R's ``OneSampleMR``), of R's ``fixest`` and
``AER`` (data/reference), and of Stata's ``weakivtest`` (critical values).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.datasets import card, mroz
from scipy import stats

from lib import weak_iv
from lib.estimation import iv_2sls, two_way_fe
from lib.panel import DataError
from lib.weak_iv import ConfidenceSet, ReducedForm

CITIES, YEARS = 24, 7
INSTRUMENTS = ("z1", "z2", "z3")
STRENGTHS = (0.6, 1.5, 4.0, 25.0)  # of drawn reduced forms: sets of all shapes come out


@cache
def people(name: str) -> pd.DataFrame:
    """A cross-section as the panel code reads it: every person an entity, one year."""
    data = (card if name == "card" else mroz).load()
    data = data[data["lwage"].notna()].reset_index(drop=True)
    return data.assign(city_code=data.index, year=0)


@cache
def panel() -> pd.DataFrame:
    """An unbalanced panel with two endogenous regressors and clustered errors."""
    rng = np.random.default_rng(11)
    shape = (CITIES, YEARS)
    z = rng.normal(size=(3, *shape)) + rng.normal(size=(3, CITIES, 1))
    common = rng.normal(size=shape) + rng.normal(size=(CITIES, 1)) * np.linspace(-1, 1, YEARS)
    w = rng.normal(size=shape) + 0.3 * z[0]
    x1 = 0.6 * z[0] + 0.3 * z[1] + 0.2 * w + common
    x2 = 0.5 * z[1] - 0.4 * z[2] + 0.5 * common + rng.normal(size=shape)
    y = 0.7 * x1 - 0.5 * x2 + w + common + rng.normal(size=shape) * (1 + np.abs(z[0]))
    keys = pd.MultiIndex.from_product([range(CITIES), range(YEARS)], names=["city_code", "year"])
    columns = {"y": y, "x1": x1, "x2": x2, "w": w, "z1": z[0], "z2": z[1], "z3": z[2]}
    rows = pd.DataFrame({k: v.ravel() for k, v in columns.items()}, index=keys).reset_index()
    rows["product"] = rows["z1"] * rows["z2"]
    return rows.drop(index=rng.choice(len(rows), 20, replace=False))


@cache
def form(endog=("x1", "x2"), instruments=INSTRUMENTS, errors="clustered") -> ReducedForm:
    exog = ["w"] if len(endog) == 2 else ["w", "x2"]
    fit = iv_2sls(panel(), "y", endog, exog, instruments)
    return weak_iv.reduced_form(panel(), fit, errors)


def drawn(seed: int, endog: int, instruments: int, strength: float) -> ReducedForm:
    """A reduced form out of thin air: any coefficients with any covariance."""
    rng = np.random.default_rng(seed)
    size = (1 + endog) * instruments
    root = rng.normal(size=(size, size + 3)) / np.sqrt(size)
    joint = (root @ root.T).reshape(1 + endog, instruments, 1 + endog, instruments)
    coef = rng.normal(size=(instruments, 1 + endog)) * strength
    names = tuple(f"x{k}" for k in range(1, 1 + endog))
    beta = np.linalg.lstsq(coef[:, 1:], coef[:, 0], rcond=None)[0]
    return ReducedForm(
        y="y",
        endog=names,
        instruments=tuple(f"z{k}" for k in range(instruments)),
        coef=pd.DataFrame(coef, columns=["y", *names]),
        cov=joint.transpose(0, 2, 1, 3),
        moments=np.eye(instruments),
        df=(instruments, 40),
        beta=pd.Series(beta, list(names)),
        se=pd.Series(rng.uniform(0.3, 3, endog), list(names)),
        errors="clustered",
    )


def critical(found: ReducedForm) -> float:
    return float(stats.f.ppf(0.95, *found.df))


# -- published figures ----------------------------------------------------------------------------

COVARIATES = ("exper", "expersq", "black", "south", "smsa", "smsa66",
              *(f"reg66{k}" for k in range(1, 9)))  # fmt: skip
IVMODEL = [  # R ivmodel, tests/testthat: interval, F, p and degrees of freedom of AR.test
    (("nearc4",), (), (0.143037504074, 0.250862634531), 82.7445324192, 0.0, 3008),
    (("nearc4", "nearc2"), (), (0.166084633236, 0.260253933988), 51.3582485426, 0.0, 3007),
    (("nearc4",), COVARIATES, (0.0248048359651, 0.284823593339), 5.41527923822,
     0.0200276297596, 2994),
    (("nearc4", "nearc2"), COVARIATES, (0.0536002610089, 0.361980791255), 5.24393512598,
     0.00532805613556, 2993),
]  # fmt: skip


@pytest.mark.parametrize("instruments, exog, interval, f, p, df", IVMODEL)
def test_anderson_rubin_on_cards_data_is_that_of_ivmodel(instruments, exog, interval, f, p, df):
    data = people("card")
    fit = iv_2sls(data, "lwage", "educ", exog, instruments, effects="none")
    found = weak_iv.reduced_form(data, fit, "classical")
    test = weak_iv.anderson_rubin(found, {"educ": 0.0})
    assert test.stat == pytest.approx(f, rel=1e-5)
    assert test.p == pytest.approx(p, rel=1e-4, abs=1e-12)
    assert test.df == (len(instruments), df)
    (low, high), = weak_iv.confidence_set(found).intervals
    assert (low, high) == pytest.approx(interval, rel=1e-5)


def test_two_endogenous_regressors_on_mrozs_data_are_those_of_ivreg2():
    """``ivreg2 lwage (educ exper = age kidslt6 kidsge6), first``."""
    data = people("mroz")
    fit = iv_2sls(
        data, "lwage", ["educ", "exper"], [], ["age", "kidslt6", "kidsge6"], effects="none"
    )
    found = weak_iv.reduced_form(data, fit, "classical")
    assert fit.nobs == 428
    conditional = weak_iv.conditional_f(found)
    assert list(conditional["f"]) == pytest.approx([6.6942505, 81.812373], rel=1e-7)
    assert list(conditional["p"]) == pytest.approx([0.00137303, 8.961e-31], rel=1e-3)
    for a, f in (([0, 1, 0], 4.4661716), ([0, 0, 1], 55.044363)):
        assert float(found.ratio(np.array(a))) == pytest.approx(f, rel=1e-7)
    assert weak_iv.weakest_direction(found).stat == pytest.approx(4.463, abs=5e-4)
    test = weak_iv.anderson_rubin(found, {"educ": 0.0, "exper": 0.0})
    assert test.df == (3, 424)
    assert (test.stat, test.p) == (pytest.approx(2.08, abs=0.02), pytest.approx(0.1025, abs=5e-5))


@cache
def reference() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parents[1] / "data" / "reference" / "peer_results.csv")


@pytest.mark.parametrize(
    "name, exog, instruments",
    [
        ("card", ("exper", "expersq", "black", "smsa", "south", "smsa66",
                  *(f"reg66{k}" for k in range(2, 10))), ("nearc4",)),
        ("mroz", ("exper", "expersq"), ("motheduc", "fatheduc")),
        ("mroz_hus", ("exper", "expersq"), ("motheduc", "fatheduc", "huseduc")),
    ],
)  # fmt: skip
def test_first_stage_f_is_that_of_r(name, exog, instruments):
    data = people(name.split("_")[0])
    fit = iv_2sls(data, "lwage", "educ", exog, instruments, effects="none")
    found = weak_iv.weakest_direction(weak_iv.reduced_form(data, fit, "classical"))
    rows = reference()
    rows = rows[(rows["dataset"] == name) & (rows["estimator"] == "fixest fitstat ivf")]
    printed = rows.set_index("statistic")["value"]
    assert found.stat == pytest.approx(printed["stat"], rel=1e-6)
    assert found.p == pytest.approx(printed["p"], rel=1e-4)


@pytest.mark.parametrize("tau, printed", [(0.05, 37.418), (0.1, 23.109), (0.2, 15.062)])
def test_critical_value_with_one_instrument_is_that_of_weakivtest(tau, printed):
    found = weak_iv.effective_f(form(("x1",), ("z1",)), tau)
    assert found.degrees == pytest.approx(1)
    assert found.critical == pytest.approx(printed, abs=5e-4)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("instruments, exog", [(INSTRUMENTS, ()), (("z1",), ("w",))])
def test_effective_f_is_that_of_pyfixest(instruments, exog):
    """With one effect, and no control where there are several instruments.

    Beyond that pyfixest does not project the controls out of Z'Z, or counts absorbed effects as
    the hash seed has it.
    """
    import pyfixest

    data = panel()
    model = pyfixest.feols(
        f"y ~ {' + '.join(exog) or 1} | city_code | x1 ~ {' + '.join(instruments)}",
        data,
        vcov={"CRV1": "city_code"},
    )
    model.IV_Diag()
    fit = iv_2sls(data, "y", "x1", exog, instruments, effects="entity")
    found = weak_iv.effective_f(weak_iv.reduced_form(data, fit))
    assert found.f == pytest.approx(model._eff_F, rel=1e-10)


# -- the same by other roads ----------------------------------------------------------------------


def wald(rows: pd.DataFrame, y: str, exog: list[str], instruments: tuple[str, ...], errors: str):
    """F of the instruments in a two-way regression through linearmodels."""
    fit = two_way_fe(rows, y, [*instruments, *exog])
    names = list(instruments)
    cov = getattr(fit, f"cov_{errors}").loc[names, names].to_numpy()
    slopes = fit.coef[names].to_numpy()
    return slopes @ np.linalg.solve(cov, slopes) / len(names)


@pytest.mark.parametrize("errors", ["clustered", "classical"])
@pytest.mark.parametrize("beta", [(0.0, 0.0), (0.7, -0.5), (-3.0, 12.0)])
def test_anderson_rubin_is_the_f_of_the_instruments_in_what_the_slopes_leave(errors, beta):
    found = form(errors=errors)
    rows = panel().assign(gap=lambda d: d["y"] - beta[0] * d["x1"] - beta[1] * d["x2"])
    expected = wald(rows, "gap", ["w"], INSTRUMENTS, errors)
    test = weak_iv.anderson_rubin(found, {"x1": beta[0], "x2": beta[1]})
    assert test.stat == pytest.approx(expected, rel=1e-9)
    assert test.df[1] == (CITIES - 1 if errors == "clustered" else found.df[1])
    grid = weak_iv.statistic_on_grid(found, np.array([9.0, beta[0]]), np.array([beta[1], 9.0]))
    assert grid[0, 1] == pytest.approx(expected, rel=1e-9)


def test_classical_degrees_of_freedom_count_instruments_and_effects():
    n = len(panel())
    assert form(errors="classical").df == (3, n - (CITIES + YEARS - 1) - 4)


def test_with_one_instrument_it_is_the_squared_t_of_the_reduced_form():
    rows = panel().assign(gap=lambda d: d["y"] - 2 * d["x1"])
    t = two_way_fe(rows, "gap", ["z1", "w", "x2"]).clustered.loc["z1"]
    test = weak_iv.anderson_rubin(form(("x1",), ("z1",)), {"x1": 2.0})
    assert (test.stat, test.p) == pytest.approx((t["t"] ** 2, t["p"]), rel=1e-9)


def test_first_stage_f_and_cragg_donald_are_those_of_the_estimate():
    fit = iv_2sls(panel(), "y", ["x1", "x2"], "w", INSTRUMENTS)
    for k, term in enumerate(("x1", "x2")):
        a = np.eye(3)[1 + k]
        assert form().ratio(a) == pytest.approx(fit.first_stage.loc[term, "f_clustered"], rel=1e-9)
        classical = form(errors="classical").ratio(a)
        assert classical == pytest.approx(fit.first_stage.loc[term, "f"], rel=1e-9)
    least = weak_iv.weakest_direction(form(errors="classical")).stat
    assert least == pytest.approx(fit.cragg_donald, rel=1e-8)


def test_the_least_f_is_below_that_of_every_direction():
    for seed in range(20):
        found = drawn(seed, 2, 3, 2.0)
        angles = np.linspace(0, np.pi, 4001)
        a = np.stack([0 * angles, np.cos(angles), np.sin(angles)], axis=-1)
        least = weak_iv.weakest_direction(found).stat
        assert least <= found.ratio(a).min() + 1e-12
        assert least == pytest.approx(found.ratio(a).min(), rel=1e-3)


@pytest.mark.parametrize("term, other", [("x1", "x2"), ("x2", "x1")])
def test_conditional_f_is_sanderson_and_windmeijers_two_steps(term, other):
    fit = iv_2sls(panel(), term, other, "w", INSTRUMENTS)
    rows = panel().assign(rest=lambda d: d[term] - fit.coef[other] * d[other])
    expected = wald(rows, "rest", ["w"], INSTRUMENTS, "clustered") * 3 / 2
    found = weak_iv.conditional_f(form()).loc[term]
    assert found["f"] == pytest.approx(expected, rel=1e-9)
    assert found["p"] == pytest.approx(stats.f.sf(expected, 2, CITIES - 1), rel=1e-9)


def test_effective_f_under_two_effects_and_controls_by_its_formula():
    fit = two_way_fe(panel(), "x1", [*INSTRUMENTS, "w", "x2"])
    names = list(INSTRUMENTS)
    dummies = pd.get_dummies(panel()[["city_code", "year"]].astype(str), dtype=float)
    outer = np.column_stack([dummies, panel()[["w", "x2"]]])
    z = panel()[names].to_numpy()
    z = z - outer @ np.linalg.lstsq(outer, z, rcond=None)[0]
    pi, cov, q = fit.coef[names], fit.cov_clustered.loc[names, names].to_numpy(), z.T @ z
    found = weak_iv.effective_f(form(("x1",)))
    assert found.f == pytest.approx(pi @ q @ pi / np.trace(cov @ q), rel=1e-9)
    roots = np.linalg.eigvals(cov @ q).real
    roots /= roots.sum()
    degrees = 2 * (1 + 20) / (2 * (roots**2).sum() + 40 * roots.max())
    assert found.degrees == pytest.approx(degrees, rel=1e-9)
    assert found.critical == pytest.approx(stats.ncx2.isf(0.05, degrees, 10 * degrees) / degrees)


# -- confidence sets ------------------------------------------------------------------------------


def test_one_instrument_leaves_what_a_quadratic_leaves():
    """(pi_y - b pi)^2 <= c V(b), solved by hand; all four shapes but the empty one occur."""
    shapes = set()
    for seed in range(60):
        found = drawn(seed, 1, 1, 1.2)
        (pi_y, pi), v, c = found.coef.to_numpy()[0], found.cov[:, :, 0, 0], critical(found)
        a, b, e = pi**2 - c * v[1, 1], -2 * (pi_y * pi - c * v[0, 1]), pi_y**2 - c * v[0, 0]
        root = np.sqrt(complex(b * b - 4 * a * e))
        low, high = sorted([((-b - root) / (2 * a)).real, ((-b + root) / (2 * a)).real])
        if root.imag:
            expected = ((-np.inf, np.inf),)
        elif a > 0:
            expected = ((low, high),)
        else:
            expected = ((-np.inf, low), (high, np.inf))
        got = weak_iv.confidence_set(found)
        shapes.add(got.shape)
        assert len(got.intervals) == len(expected)
        assert np.allclose(got.intervals, expected, rtol=1e-8, atol=1e-10)
    assert shapes == {"bounded", "unbounded", "line"}


@pytest.mark.parametrize("instruments", [2, 3, 5])
def test_a_set_holds_the_values_that_are_not_rejected_and_no_others(instruments):
    slopes = np.concatenate([np.tan(np.linspace(-1.57, 1.57, 1501)), [1e9, -1e9]])
    a = np.stack([np.ones_like(slopes), -slopes], axis=-1)
    shapes, pieces = set(), set()
    for seed in range(36):
        found = drawn(seed, 1, instruments, STRENGTHS[seed % 4])
        got = weak_iv.confidence_set(found)
        inside = found.ratio(a) <= critical(found)
        held = [(slopes >= low) & (slopes <= high) for low, high in got.intervals]
        assert (np.any(held, axis=0) == inside).all() if held else not inside.any()
        for end in {end for pair in got.intervals for end in pair if np.isfinite(end)}:
            assert found.ratio(np.array([1.0, -end])) == pytest.approx(critical(found), rel=1e-7)
        shapes.add(got.shape)
        pieces.add(len(got.intervals))
        first = stats.f.sf(found.ratio(np.array([0.0, 1.0])), *found.df)
        assert (first > 0.05) == (got.shape in ("unbounded", "line"))
    assert shapes == {"bounded", "unbounded", "line", "empty"}
    assert pieces >= {0, 1, 2}


def least_over_other(found: ReducedForm, number: int, value: float) -> float:
    """Smallest statistic over the other slope, infinity included, by a search of its own."""

    def at(angle):
        a = np.zeros((np.size(angle), 3))
        a[:, 0] = np.cos(angle)
        a[:, 1 + number], a[:, 2 - number] = -value * np.cos(angle), -np.sin(angle)
        return found.ratio(a)

    angles, step = np.linspace(-np.pi / 2, np.pi / 2, 2001, retstep=True)
    for _ in range(3):  # closer and closer
        best = angles[np.argmin(at(angles))]
        angles, step = np.linspace(best - step, best + step, 201, retstep=True)
    return float(at(angles).min())


@pytest.mark.parametrize("instruments, number", [(2, 0), (2, 1), (4, 0)])
def test_a_projection_holds_what_some_other_slope_goes_with(instruments, number):
    shapes = set()
    for seed in range(12):
        found = drawn(seed, 2, instruments, STRENGTHS[seed % 4])
        got = weak_iv.confidence_set(found, found.endog[number])
        shapes.add(got.shape)
        ends = {end for pair in got.intervals for end in pair if np.isfinite(end)}
        for end in ends:
            assert least_over_other(found, number, end) == pytest.approx(critical(found), rel=1e-5)
        for value in np.tan(np.linspace(-1.5, 1.5, 9)):
            if all(abs(value - end) > 1e-3 for end in ends):
                inside = least_over_other(found, number, value) <= critical(found) * (1 + 1e-7)
                assert (value in got) == inside
    assert shapes >= {"bounded", "line"}


def test_a_region_is_bounded_just_where_the_least_f_is_significant():
    seen = set()
    angles = np.linspace(0, 2 * np.pi, 2001)
    far = 1e7 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    a = np.concatenate([np.ones((2001, 1)), -far], axis=1)
    for seed in range(16):
        found = drawn(seed, 2, 2, STRENGTHS[seed % 4])
        unbounded = (found.ratio(a) <= critical(found)).any()
        least = weak_iv.weakest_direction(found)
        if abs(least.stat / critical(found) - 1) > 0.01:
            assert unbounded == (least.p > 0.05)
            seen.add(bool(unbounded))
            sets = [weak_iv.confidence_set(found, term).shape for term in found.endog]
            assert unbounded == any(shape != "bounded" for shape in sets)
    assert seen == {True, False}


def test_instruments_that_contradict_each_other_leave_nothing():
    strong = drawn(0, 1, 2, 1.0)
    strong = replace(strong, cov=strong.cov * 1e-6)
    assert weak_iv.confidence_set(strong) == ConfidenceSet(())


def test_a_strong_set_is_nearly_the_interval_of_2sls():
    rng = np.random.default_rng(4)
    rows = panel().assign(z4=lambda d: d["x1"] + 0.05 * rng.normal(size=len(d)))
    fit = iv_2sls(rows, "y", "x1", ["w", "x2"], "z4")
    (low, high), = weak_iv.confidence_set(weak_iv.reduced_form(rows, fit)).intervals
    expected = fit.clustered.loc["x1", ["low", "high"]]
    assert (low, high) == pytest.approx(tuple(expected), rel=2e-2)


def test_mixing_the_instruments_changes_nothing():
    rows = panel().assign(
        z1=lambda d: 2 * d["z1"] - d["z3"], z2=lambda d: d["z2"] + d["z1"], z3=lambda d: 9 * d["z3"]
    )
    fit = iv_2sls(rows, "y", ["x1", "x2"], "w", INSTRUMENTS)
    mixed = weak_iv.reduced_form(rows, fit)
    for term in ("x1", "x2"):
        one, other = (weak_iv.confidence_set(each, term).intervals for each in (form(), mixed))
        assert np.allclose(one, other, rtol=1e-6)
    assert weak_iv.weakest_direction(mixed).stat == pytest.approx(
        weak_iv.weakest_direction(form()).stat, rel=1e-8
    )


def test_sets_change_with_the_units_as_slopes_do():
    rows = panel().assign(y=lambda d: 3 * d["y"], x1=lambda d: d["x1"] / 7)
    fit = iv_2sls(rows, "y", ["x1", "x2"], "w", INSTRUMENTS)
    other = weak_iv.reduced_form(rows, fit)
    for term, factor in (("x1", 21), ("x2", 3)):
        plain = weak_iv.confidence_set(form(), term).intervals
        scaled = weak_iv.confidence_set(other, term).intervals
        assert np.allclose(scaled, factor * np.array(plain), rtol=1e-5)


def test_signs_are_those_of_accepted_points():
    slopes = np.concatenate([-np.geomspace(1e-3, 1e3, 200), np.geomspace(1e-3, 1e3, 200)])
    halves = {"+": slopes > 0, "-": slopes < 0}
    lopsided = False
    for seed in range(12):
        found = drawn(seed, 2, 2, STRENGTHS[seed % 4])
        surface = weak_iv.statistic_on_grid(found, slopes, slopes) / critical(found)
        got = weak_iv.signs(found)
        for one in "+-":
            for other in "+-":
                least = surface[np.ix_(halves[other], halves[one])].min()
                if abs(least - 1) > 0.05:  # a grid may miss what only just is there
                    assert (one + other in got) == (least < 1)
        lopsided |= ("+-" in got) != ("-+" in got)
    assert lopsided


def test_words_for_sets():
    assert ConfidenceSet(()).shape == "empty" and ConfidenceSet(()).sign == "undecided"
    assert ConfidenceSet(((-np.inf, np.inf),)).shape == "line"
    two = ConfidenceSet(((-np.inf, -2.0), (3.0, np.inf)))
    assert (two.shape, two.sign) == ("unbounded", "undecided")
    assert 4.0 in two and -2.0 in two and 0.0 not in two
    assert ConfidenceSet(((0.1, 2.0),)).sign == "positive"
    assert ConfidenceSet(((-3.0, -2.0), (-1.0, -0.5))).sign == "negative"
    assert ConfidenceSet(((0.0, 2.0),)).sign == "undecided"


# -- evidence and errors --------------------------------------------------------------------------


def test_evidence_is_what_its_parts_are():
    each = weak_iv.examine(panel(), "y", ["x1", "x2"], ["w"], INSTRUMENTS)
    assert each.fit.coef.equals(iv_2sls(panel(), "y", ["x1", "x2"], "w", INSTRUMENTS).coef)
    assert each.sets["x2"] == weak_iv.confidence_set(form(), "x2")
    assert each.zero == weak_iv.anderson_rubin(form(), {"x1": 0.0, "x2": 0.0})
    assert each.bounded == (each.weakest.p < 0.05)
    table = each.fit.clustered
    p = table["p"].copy()
    assert each.supports(["x1"], p["x1"] * 1.01) == (table.loc["x1", "t"] > 0)
    assert not each.supports(["x1"], p["x1"] * 0.99)
    assert table.loc["x2", "t"] < 0 and not each.supports(["x2"], 1.0)
    assert not each.supports(["x1", "x2"], 1.0)


def test_rows_that_are_not_those_of_the_estimate_are_refused():
    fit = iv_2sls(panel(), "y", ["x1", "x2"], "w", INSTRUMENTS)
    with pytest.raises(DataError, match="expected the rows it was made from"):
        weak_iv.reduced_form(panel().assign(y=lambda d: d["y"] + d["z1"]), fit)
    with pytest.raises(DataError, match="no column z2"):
        weak_iv.reduced_form(panel().drop(columns="z2"), fit)
    with pytest.raises(DataError, match="twice"):
        weak_iv.reduced_form(pd.concat([panel(), panel().iloc[:1]]), fit)
    with pytest.raises(DataError, match="none for some rows"):
        weak_iv.reduced_form(panel().iloc[5:], fit)
    with pytest.raises(DataError, match="'hc3'"):
        weak_iv.reduced_form(panel(), fit, "hc3")


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(DataError, match="each of x1, x2"):
        weak_iv.anderson_rubin(form(), {"x1": 1.0})
    for term in (None, "w"):
        with pytest.raises(DataError, match="expected one of two"):
            weak_iv.confidence_set(form(), term)
    with pytest.raises(DataError, match="found 2 endogenous"):
        weak_iv.effective_f(form())
    with pytest.raises(DataError, match=r"tau: found 1\.5"):
        weak_iv.effective_f(form(("x1",)), 1.5)
    with pytest.raises(DataError, match="expected two"):
        weak_iv.statistic_on_grid(form(("x1",)), np.zeros(2), np.zeros(2))
    with pytest.raises(DataError, match="expected one or two"):
        weak_iv.weakest_direction(drawn(0, 3, 3, 1.0))
