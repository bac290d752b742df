"""Every figure of another program is ours, or ours under a convention that has a name."""

from __future__ import annotations

import pandas as pd
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose

from studies import programs
from studies.programs import DATASETS, standard_errors

# Figures compared, and how many of them under another convention than ours, so that a renamed key
# cannot drop a figure, nor a convention hide one, unnoticed.
COMPARED = {
    "Grunfeld11": (93, 38), "Produc": (144, 64), "Produc-holed": (95, 66), "jtrain": (29, 0),
    "card": (73, 16), "mroz": (29, 4), "mroz_hus": (29, 4),
}  # fmt: skip


def test_figures_of_other_programs() -> None:
    found = programs.register()
    bad = found[found["convention"] == "differs"]
    assert bad.empty, bad[["producer", "estimator", "se_type", "statistic", "theirs", "named"]]
    counts = {
        name: (len(part), int((part["convention"] != "").sum()))
        for name, part in found.groupby("dataset", sort=False)
    }
    assert counts == COMPARED
    # Once more: a relative difference, or half of Stata's last decimal.
    theirs, stata = found["theirs"].astype(float), found["producer"].str.startswith("Stata")
    far = (found["named"] / theirs - 1).abs() > 10.0 ** -found["dataset"].map(DATASETS)
    assert not far[~stata].any()
    assert ((found["named"] - theirs).abs()[stata] <= 0.5000001e-7).all()
    ours = found[found["convention"] == ""]
    assert (ours["ours"] == ours["named"]).all()
    # Another convention is another number, far from what the last bits could move.
    other = found["convention"] != ""
    assert ((found["ours"] / theirs - 1).abs()[other].fillna(1) > 1e-5).all()


def test_every_figure_that_is_left_out_has_an_excuse_and_every_excuse_is_needed() -> None:
    left, excuses = programs.not_compared(), pd.read_csv(programs.FOLDER / "not_compared.csv")
    assert (left["why"] != "").all(), left[left["why"] == ""]
    assert len(left) + len(programs.register()) == len(programs.reference())
    assert set(left["why"]) == set(excuses["why"])


def test_conventions_of_the_register_are_those_described() -> None:
    described = pd.read_csv(programs.FOLDER / "conventions.csv", index_col="convention")
    assert set(programs.register()["convention"]) - {""} == set(described.index)
    assert described.notna().all(axis=None)


# -- a program that runs here ---------------------------------------------------------------------


def test_hc1_is_what_linearmodels_does() -> None:
    """The one convention that no figure in the register has."""
    data = programs.panel("Produc-holed").set_index(["city", "year"])
    x = list(programs.REGRESSORS["Produc"])
    model = PanelOLS(data["y"], data[x], entity_effects=True, time_effects=True)
    theirs = model.fit(cov_type="clustered", cluster_entity=True)
    found = standard_errors(programs.fixed("Produc-holed", "twoway"), "HC1", "residuals")
    assert_allclose(found["se"], theirs.std_errors, rtol=1e-9)
    assert_allclose(found["p"], theirs.pvalues, rtol=1e-7)
    assert_allclose(found[["low", "high"]], theirs.conf_int(), rtol=1e-9)


def test_the_default_name_is_what_the_estimate_has() -> None:
    for found in (
        programs.fixed("Produc-holed", "twoway"),
        programs.fixed("Produc", "none"),
        programs.schooling("mroz"),
    ):
        assert_allclose(standard_errors(found), found.clustered, rtol=1e-12)
