"""Every figure of another program is ours, or ours under a convention that has a name.

The register of :mod:`lib.agreement` is what the page "Do our numbers match Stata, R and EViews?"
prints; here it is asserted.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from io import StringIO
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import PanelOLS, RandomEffects
from numpy.testing import assert_allclose

from lib import agreement, estimation, panel
from lib.agreement import DATASETS, ENOUGH, FOLDER
from lib.estimation import r_squared, random_effects, small_sample_factor, standard_errors
from lib.panel import DataError
from lib.specifications import SPECIFICATIONS, prepare, rows_of

# -- the register ---------------------------------------------------------------------------------

# Figures compared, and how many of them under another convention than ours, so that a renamed key
# cannot drop a figure, nor a convention hide one, unnoticed.
COMPARED = {
    "Grunfeld11": (111, 46), "Produc": (180, 83), "Produc-holed": (95, 66), "jtrain": (29, 0),
    "card": (73, 16), "mroz": (29, 4), "mroz_hus": (29, 4),
}  # fmt: skip


@pytest.mark.parametrize("name", DATASETS)
def test_figures_of_other_programs(name: str) -> None:
    rows = agreement.compared(name)
    bad = rows[rows["verdict"] == "differs"]
    assert bad.empty, bad[["producer", "estimator", "se_type", "statistic", "theirs", "named"]]
    assert (len(rows), (rows["verdict"] == "convention").sum()) == COMPARED[name]
    # Once more without the digits of the module: a relative difference, or half the last decimal.
    theirs = rows["theirs"].astype(float)
    stata = rows["producer"] == agreement.STATA
    relative = (rows["named"] / theirs - 1).abs()
    assert (relative[~stata] <= 10.0 ** -DATASETS[name].digits).all()
    assert ((rows["named"] - theirs).abs()[stata] <= 0.5000001e-7).all()
    ours = rows[rows["verdict"] != "convention"]
    assert (ours["ours"] == ours["named"]).all()


def test_another_convention_is_another_number() -> None:
    rows = agreement.register().query("verdict == 'convention'")
    theirs = rows["theirs"].astype(float)
    assert ((rows["ours"] / theirs - 1).abs().fillna(1) > 1e-5).all()


def test_every_figure_that_is_left_out_has_an_excuse_and_every_excuse_is_needed() -> None:
    left, excuses = agreement.not_compared(), pd.read_csv(FOLDER / "not_compared.csv")
    assert (left["why"] != "").all(), left[left["why"] == ""]
    assert len(left) + len(agreement.register()) == len(agreement.reference())
    labels = left["estimator"] + " | " + left["se_type"] + " | " + left["statistic"]
    for pattern in excuses["pattern"]:
        assert labels.map(lambda label, p=pattern: bool(re.search(p, label))).any(), pattern


def test_conventions_of_the_register_are_those_described() -> None:
    described = agreement.conventions()
    used = set(agreement.register()["convention"]) - {""}
    assert used == set(described.index)
    assert described.notna().all(axis=None)
    known = {
        name
        for kind in ("SmallSample", "PFrom", "RSquared", "Components", "HausmanVersion")
        for name in get_args(getattr(estimation, kind))
    }
    for option in described["option"]:
        if option == "none":
            continue
        function = option.split("(")[0]
        assert hasattr(estimation, function) or function == "covariances", option
        assert set(re.findall(r'"([^"]+)"', option)) <= known, option


def test_families_add_up() -> None:
    summary, rows = agreement.summary(), agreement.register()
    assert summary["figures"].sum() == len(rows)
    assert (summary[list(agreement.VERDICTS)].sum(axis=1) == summary["figures"]).all()
    for family in agreement.FAMILIES:
        worst = agreement.worst(family)
        mine = rows[rows["family"] == family]
        assert worst["figures"].sum() == len(mine)
        assert worst["digits"].min() == mine["digits"].min()
        assert len(agreement.table(family)) == len(worst)


@pytest.mark.parametrize(
    ("ours", "theirs", "decimals", "expected"),
    [
        (1.001, "1", None, 3),
        (-0.0934519, "-0.0934519", 7, 6),
        (-0.09345194, "-0.0934519", 7, 6),
        (-0.0934520, "-0.0934519", 7, 5.97),
        (1 + 1e-13, "1", None, ENOUGH),
        (2.0, "1", None, 0),
        (-1.0, "1", None, 0),
        (np.nan, "1", None, 0),
        (0.0, "0", None, ENOUGH),
        (1e-9, "0", None, 0),
    ],
)
def test_digits(ours: float, theirs: str, decimals: int | None, expected: float) -> None:
    assert agreement.digits(ours, theirs, decimals) == pytest.approx(expected, abs=0.01)


def test_data_are_what_they_are_said_to_be() -> None:
    for name, firms, years in (("Grunfeld11", 11, 20), ("Produc", 48, 17)):
        data = agreement.panel(name)
        assert data.groupby("unit")["year"].nunique().tolist() == [years] * firms
    assert agreement.fixed("jtrain", "entity").n_entities == 54
    assert [agreement.schooling(name).nobs for name in ("card", "mroz")] == [3010, 428]
    with pytest.raises(DataError, match="data set 'Gasoline': expected one of Grunfeld11"):
        agreement.compared("Gasoline")


# -- single figures -------------------------------------------------------------------------------


def test_hausman_of_plm_without_a_chi_squared_has_no_p() -> None:
    # plm and Stata print chi2 = 9.53, p = .049 for a difference with a negative eigenvalue.
    found = agreement.contrast("Produc", "plain")
    assert found.p is None
    assert "not positive semi-definite" in found.note


def test_kleibergen_paap_of_fixest_is_another_statistic() -> None:
    fit = agreement.schooling("mroz")
    rows = agreement.reference().query("dataset == 'mroz' and estimator == 'fixest fitstat kpr'")
    rank = fit.nobs * fit.first_stage.loc["educ", "partial_r2"]
    assert rank > 20 * float(rows.loc[rows["statistic"] == "stat", "value"].item())
    # Ours is, by definition, the robust F of the one instrument set that the first stage has.
    assert_allclose(fit.kleibergen_paap, fit.first_stage.loc["educ", "f_clustered"])


def test_figures_of_plm_on_the_holed_panel_are_made_again() -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed here: data/reference/holed.csv was NOT made again")
    loads = "library(plm); library(lmtest)"
    if subprocess.run(["Rscript", "-e", loads], capture_output=True).returncode:
        pytest.skip("R lacks plm or lmtest: data/reference/holed.csv was NOT made again")
    done = subprocess.run(
        ["Rscript", str(FOLDER / "holed.R")], capture_output=True, text=True, check=True
    )
    made, kept = pd.read_csv(StringIO(done.stdout)), pd.read_csv(FOLDER / "holed.csv")
    same = [column for column in kept if column not in ("value", "producer")]
    pd.testing.assert_frame_equal(made[same], kept[same])
    assert_allclose(made["value"], kept["value"], rtol=1e-9)


# -- programs that run here -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effects", "options", "name"),
    [
        ("twoway", {}, "HC1"),
        ("twoway", {"group_debias": True}, "areg"),
        ("entity", {}, "plm-HC1"),
        ("entity", {"group_debias": True}, "sss"),
    ],
)
def test_clustered_errors_of_linearmodels_by_name(effects, options, name) -> None:
    data, x = agreement.panel("Produc-holed"), list(agreement.REGRESSORS["Produc"])
    rows = data.set_index(["unit", "year"])
    model = PanelOLS(
        rows["y"], rows[x], entity_effects=True, time_effects=effects == "twoway"
    ).fit(cov_type="clustered", cluster_entity=True, **options)
    found = standard_errors(agreement.fixed("Produc-holed", effects), name, "residuals")
    assert_allclose(found["se"], model.std_errors, rtol=1e-9)
    assert_allclose(found["p"], model.pvalues, rtol=1e-7)
    assert_allclose(found[["low", "high"]], model.conf_int(), rtol=1e-9)


@pytest.mark.parametrize("time_dummies", [False, True])
def test_default_names_are_what_the_estimate_has(time_dummies: bool) -> None:
    for found in (
        agreement.fixed("Produc-holed", "twoway"),
        agreement.fixed("Produc", "none"),
        agreement.random("Produc-holed", time_dummies=time_dummies),
        agreement.schooling("mroz"),
    ):
        pd.testing.assert_frame_equal(standard_errors(found), found.clustered)


def test_clustered_errors_of_random_effects_by_name() -> None:
    # One constant and the slopes are all regressors: every convention counts them or none.
    found = agreement.random("Produc-holed")
    n, k, g = found.nobs, len(found.x), found.n_clusters
    ratio = standard_errors(found, "CR0")["se"] / found.clustered["se"]
    assert_allclose(ratio**2, (g - 1) / g * (n - k - 1) / (n - 1))
    pd.testing.assert_frame_equal(standard_errors(found, "areg"), found.clustered)


@pytest.mark.parametrize("components", ["harmonic", "baltagi-chang"])
def test_components_of_linearmodels(components) -> None:
    rows, x = agreement.panel("Produc-holed"), list(agreement.REGRESSORS["Produc"])
    indexed = rows.set_index(["unit", "year"])
    model = RandomEffects(indexed["y"], sm.add_constant(indexed[x]))
    expected = model.fit(small_sample=components == "baltagi-chang")
    found = random_effects(rows, "y", x, False, "unit", components=components)
    assert_allclose(found.coef, expected.params[x], rtol=1e-9)


def test_second_engine_finds_the_same_slopes_and_classical_errors() -> None:
    prepared = prepare(panel.load_indicators())
    found = agreement.second_engine(prepared, SPECIFICATIONS)
    assert len(found) == sum(len(spec.terms) for spec in SPECIFICATIONS)
    assert_allclose(found["coef"], found["their_coef"], rtol=1e-8)
    assert_allclose(found["se"], found["their_se"], rtol=1e-8)
    assert found[["coef_digits", "se_digits"]].min(axis=None) >= 8


def test_clustered_errors_of_pyfixest_hang_on_names() -> None:
    found = agreement.clustered_by_pyfixest()
    assert_allclose(found["larger"], found["ours"], rtol=1e-8)
    assert_allclose(found["blanks"], found["ours"], rtol=1e-8)
    assert_allclose(found["full"], found["areg"], rtol=1e-8)
    # The smaller takes the effects of years for nested too: n-K-1 for n-K-T.
    fit = agreement.fixed("Grunfeld11", "twoway")
    n, k, t = fit.nobs, len(fit.x), len(fit.years)
    assert_allclose((found["smaller"] / found["ours"]) ** 2, (n - k - t) / (n - k - 1), rtol=1e-8)


# -- numbers of the book that depend on a convention ----------------------------------------------


def test_choices_are_what_they_say() -> None:
    spec = SPECIFICATIONS[0]
    rows = rows_of(prepare(panel.load_indicators()), spec)
    found = agreement.choices(rows, spec.terms)
    used = rows.dropna(subset=["y", *spec.terms])
    # Within R2 of years as regressors: the effects of cities alone are taken out of y.
    dummies = [
        pd.get_dummies(used[key], dtype=float, drop_first=key == "year", prefix=key)
        for key in ("city_code", "year")
    ]
    rss = sm.OLS(used["y"], pd.concat([used[list(spec.terms)], *dummies], axis=1)).fit().ssr
    net = used["y"] - used.groupby("city_code")["y"].transform("mean")
    by = found.set_index("how")
    assert_allclose(by.loc["years as regressors: Stata xtreg", "elsewhere"], 1 - rss / (net @ net))
    several = used.groupby("city_code")["year"].transform("size") > 1
    clusters = found[found["number"] == "Clusters"].iloc[0]
    assert clusters["here"] == used["city_code"].nunique()
    assert clusters["elsewhere"] == used.loc[several, "city_code"].nunique()


def test_dropping_goes_on_until_nobody_is_alone() -> None:
    # City 3 is alone; without it 2012 is alone; without 2012 city 2 is.
    pairs = [(1, 2010), (1, 2011), (4, 2010), (4, 2011), (2, 2010), (2, 2012), (3, 2012)]
    rows = pd.DataFrame(pairs, columns=["city_code", "year"])
    assert agreement.without_singletons(rows).index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda fit: standard_errors(fit, "HC2"), "small_sample: found 'HC2', expected one of"),
        (lambda fit: standard_errors(fit, p_from="normal"), "p_from: found 'normal'"),
        (lambda fit: r_squared(fit, "overall"), "r_squared: found 'overall'"),
        (lambda fit: r_squared(agreement.random("Produc")), "r_squared: found an estimate with"),
        (
            lambda fit: small_sample_factor("x", n=9, slopes=1, groups=3, nested=1, absorbed=1),
            "small_sample: found 'x'",
        ),
        (
            lambda fit: random_effects(
                agreement.panel("Produc"), "y", "unemp", entity="unit", components="amemiya"
            ),
            "components: found 'amemiya'",
        ),
    ],
)
def test_unknown_names_are_refused(call: Callable, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call(agreement.fixed("Grunfeld11", "twoway"))
