"""Every figure of another program is ours, or ours under a convention that has a name."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose

from lib import estimation, panel, random_effects
from lib.panel import DataError
from lib.specifications import COLUMNS, READINGS, rows
from studies import programs
from studies.programs import DATASETS, ENOUGH, r_squared, standard_errors

# Figures compared, and how many of them under another convention than ours, so that a renamed key
# cannot drop a figure, nor a convention hide one, unnoticed.
COMPARED = {
    "Grunfeld11": (93, 38), "Produc": (144, 64), "Produc-holed": (95, 66), "jtrain": (29, 0),
    "card": (73, 16), "mroz": (29, 4), "mroz_hus": (29, 4),
}  # fmt: skip


def test_figures_of_other_programs() -> None:
    found = programs.register()
    bad = found[found["verdict"] == "differs"]
    assert bad.empty, bad[["producer", "estimator", "se_type", "statistic", "theirs", "named"]]
    counts = {
        name: (len(part), int((part["convention"] != "").sum()))
        for name, part in found.groupby("dataset", sort=False)
    }
    assert counts == COMPARED
    # Once more without the digits of the module: a relative difference, or half the last decimal.
    theirs, stata = found["theirs"].astype(float), found["producer"].str.startswith("Stata")
    far = (found["named"] / theirs - 1).abs() > 10.0 ** -found["dataset"].map(DATASETS)
    assert not far[~stata].any()
    assert ((found["named"] - theirs).abs()[stata] <= 0.5000001e-7).all()
    ours = found[found["convention"] == ""]
    assert (ours["ours"] == ours["named"]).all()
    # Another convention is another number.
    other = found["convention"] != ""
    assert ((found["ours"] / theirs - 1).abs()[other].fillna(1) > 1e-5).all()


def test_nothing_that_the_page_shows_hangs_on_the_last_bits() -> None:
    # What a verdict, a count of digits and a choice of the worst turn on lies far from its edge:
    # other processors' last bits move a figure by 1e-12 and its digits, below the cap, by less.
    found = programs.register()
    found = found[~found["producer"].str.startswith("Stata")]
    enough = found["dataset"].map(DATASETS)
    away = (found["named"] / found["theirs"].astype(float) - 1).abs()
    assert (away[found["named_digits"] == ENOUGH] < 0.5 * 10.0**-ENOUGH).all()
    for column in ("digits", "named_digits"):
        free = found[column].between(0, ENOUGH, inclusive="neither")
        digits = found.loc[free, column]
        for edge in (digits.round(), enough[free], np.floor(digits * 10) / 10 + 0.05):
            assert ((digits - edge).abs() > 1e-4).all()


def test_of_figures_that_agree_alike_the_first_is_the_worst() -> None:
    frame = pd.DataFrame({"family": ["a", "a", "a", "b"], "digits": [2.0, 1.0, 1.0, 3.0]})
    noise = np.random.default_rng(1)
    for _ in range(20):
        moved = frame.assign(digits=frame["digits"] + noise.normal(scale=1e-12, size=4))
        assert programs.worst(moved, "family").index.tolist() == [1, 3]
    # Two firms' errors under another factor differ by that factor for all regressors.
    found = programs.register().query("convention == 'CR0' and dataset == 'Produc'")
    tied = programs.worst(found, "se_type")
    assert tied["statistic"].str.endswith("pcap)]").all(), tied["statistic"]


def test_every_figure_that_is_left_out_has_an_excuse_and_every_excuse_is_needed() -> None:
    left, excuses = programs.not_compared(), pd.read_csv(programs.FOLDER / "not_compared.csv")
    assert (left["why"] != "").all(), left[left["why"] == ""]
    assert len(left) + len(programs.register()) == len(programs.reference())
    assert set(left["why"]) == set(excuses["why"])


def test_conventions_of_the_register_are_those_described() -> None:
    described = programs.conventions()
    assert set(programs.register()["convention"]) - {""} == set(described.index)
    assert described.notna().all(axis=None)
    for option in described["option"]:
        name = option.split("(")[0]
        known = name == "none" or hasattr(programs, name) or hasattr(random_effects, name)
        assert known, option
    found = programs.fixed("Grunfeld11", "twoway")
    for name in re.findall(r'errors\(found, "(.*?)"\)', " ".join(described["option"])):
        standard_errors(found, name)


def test_families_add_up() -> None:
    summary, found = programs.summary(), programs.register()
    assert summary["figures"].sum() == len(found)
    assert (summary[list(programs.VERDICTS)].sum(axis=1) == summary["figures"]).all()
    assert list(summary.index) == list(programs.FAMILIES)
    assert summary["digits"].min() == np.floor(found["named_digits"].min())


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
    assert programs.digits(ours, theirs, decimals) == pytest.approx(expected, abs=0.01)


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
    data = programs.panel("Produc-holed").set_index(["unit", "year"])
    x = list(programs.REGRESSORS["Produc"])
    model = PanelOLS(data["y"], data[x], entity_effects=True, time_effects=effects == "twoway")
    theirs = model.fit(cov_type="clustered", cluster_entity=True, **options)
    found = standard_errors(programs.fixed("Produc-holed", effects), name, "residuals")
    assert_allclose(found["se"], theirs.std_errors, rtol=1e-9)
    assert_allclose(found["p"], theirs.pvalues, rtol=1e-7)
    assert_allclose(found[["low", "high"]], theirs.conf_int(), rtol=1e-9)


def test_the_default_name_is_what_the_estimate_has() -> None:
    data, x = programs.panel("Produc-holed"), programs.REGRESSORS["Produc"]
    for found in (
        programs.fixed("Produc-holed", "twoway"),
        programs.fixed("Produc", "none"),
        random_effects.random_effects(data, "y", x, True, "unit"),
        programs.schooling("mroz"),
    ):
        assert_allclose(standard_errors(found), found.clustered, rtol=1e-12)
    names = programs.errors_by_name(programs.fixed("Produc-holed", "twoway"), "unemp")
    assert names.loc["xtreg", "se"] == pytest.approx(
        programs.fixed("Produc-holed", "twoway").clustered.loc["unemp", "se"], rel=1e-12
    )
    assert names["se"].idxmax() == "areg" and names["se"].idxmin() == "CR0"


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_a_second_engine_finds_the_same_slopes_and_classical_errors(reading) -> None:
    import pyfixest
    from pyfixest.demeaners import MapDemeaner

    for column in COLUMNS:
        used, terms = rows(panel.load(), reading, column), list(column.terms)
        ours = estimation.two_way_fe(used, "REG", terms)
        with warnings.catch_warnings():
            # What it calls in pandas is on its way out.
            warnings.simplefilter("ignore", DeprecationWarning)
            formula = f"REG ~ {' + '.join(terms)} | city + year"
            demeaner = MapDemeaner(fixef_tol=1e-12)
            theirs = pyfixest.feols(formula, used, vcov="iid", demeaner=demeaner)
        assert_allclose(ours.coef, theirs.coef()[terms], rtol=1e-8)
        assert_allclose(ours.classical["se"], theirs.se()[terms], rtol=1e-8)


def test_unknown_names_are_refused() -> None:
    found = programs.fixed("Grunfeld11", "twoway")
    with pytest.raises(DataError, match="found 'HC2', expected one of xtreg, areg"):
        standard_errors(found, "HC2")
    with pytest.raises(DataError, match="found 'normal', expected one of clusters, residuals"):
        standard_errors(found, p_from="normal")
    with pytest.raises(DataError, match="r_squared: found an estimate with none effects or instr"):
        r_squared(programs.schooling("mroz"))
