"""Every figure of another program is ours, or ours under a convention that has a name."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import peers
import pytest
from linearmodels.panel import PanelOLS, RandomEffects
from numpy.linalg import eigvalsh, solve
from numpy.testing import assert_allclose
from scipy.stats import chi2

from lib import random_effects
from lib.estimation import Estimate, two_way_fe
from lib.jackknife import table_of
from lib.panel import DATA
from lib.two_stage import iv_two_way
from lib.within import fit

# To how many digits other programs' copy of the data and ours are the same: logarithms are stored
# with seven in jtrain, card and mroz, not the same ones in R and in Python, and are taken anew.
DIGITS = {"Grunfeld11": 10, "Produc": 10, "Produc-holed": 10,
          "jtrain": 7, "card": 6, "mroz": 6, "mroz_hus": 6}  # fmt: skip
# Exogenous regressors and instruments of a wage regression with education endogenous.
_LIVED = ["black", "smsa", "south", "smsa66", *(f"reg{code}" for code in range(662, 670))]
WAGES = {"card": (["exper", "expersq", *_LIVED], ["nearc4"]),
         "mroz": (["exper", "expersq"], ["motheduc", "fatheduc"]),
         "mroz_hus": (["exper", "expersq"], ["motheduc", "fatheduc", "huseduc"])}  # fmt: skip
CONVENTIONS = pd.read_csv(DATA / "reference" / "conventions.csv", index_col=0)
OURS = "G / (G - 1) * (n - 1) / (n - K - T)"  # T: the years, or the constant alone


def errors(fit: Estimate, convention: str, df: int | None = None) -> pd.DataFrame:
    """Clustered errors with the factor of a convention; p from t(G-1), or t(df)."""
    n, k, g = fit.nobs, len(fit.x), fit.n_entities
    sizes = {"n": n, "G": g, "K": k, "E": n - fit.df_resid - k}
    sizes["T"] = len(fit.years) if fit.effects == "twoway" else 1
    factor = CONVENTIONS["factor"].get(convention, OURS)
    cov = fit.cov_clustered * eval(factor, sizes) / eval(OURS, sizes)
    return table_of(fit.coef, cov, df or g - 1)


def random(name: str, years: bool = False, small_sample: bool = False) -> Any:
    """Random effects; variance components of Swamy and Arora, else of Baltagi and Chang (1994)."""
    x = [*peers.REGRESSORS[name], *(["union"] if name == "jtrain" else [])]
    rows = peers.panel(name).dropna(subset=["y", *x]).set_index(["city", "year"])
    exog = rows[x].assign(constant=1.0)
    if years:
        exog = exog.join(pd.get_dummies(rows.reset_index()["year"], dtype=float).iloc[:, 1:]
                         .add_prefix("year ").set_axis(rows.index))  # fmt: skip
    return RandomEffects(rows["y"], exog).fit(small_sample=small_sample)


def estimates(name: str) -> dict[str, Any]:
    """What the expressions of ``regressions.csv`` name."""
    if name in WAGES:
        data, (exog, instruments) = peers.people(name), WAGES[name]
        wage = data["lwage"].dropna()
        iv = iv_two_way(data, "lwage", "educ", exog, instruments, "none")
        return {"iv": iv, "tss": ((wage - wage.mean()) ** 2).sum()}
    x = list(peers.REGRESSORS[name])
    fits = {"random": partial(random, name)}
    for effects in ("entity",) if name == "jtrain" else ("none", "entity", "twoway"):
        fits[effects] = two_way_fe(peers.panel(name), "y", x, effects)
    if name == "jtrain":
        return fits
    hausman = random_effects.hausman(peers.panel(name), "y", x, time_dummies=False)
    # plm prints a p-value of the plain statistic whether or not it is a chi-squared variable.
    fixed, swar = fits["entity"], random(name, small_sample=True)
    within = fit(peers.panel(name), "y", x, "entity").cov("classical")
    gap, weight = fixed.coef - swar.params[x], within - swar.cov.loc[x, x]
    n, g = fixed.nobs, fixed.n_entities
    robust = hausman.mundlak_robust_stat * g / (g - 1) * (n - 1) / (n - 2 * len(x) - 1)
    return fits | {"hausman": hausman, "plain": gap @ solve(weight, gap),
                   "least": eigvalsh(weight)[0], "robust": robust, "chi2": chi2}  # fmt: skip


@pytest.mark.parametrize("dataset", DIGITS)
def test_figures_of_other_programs(dataset: str) -> None:
    names = estimates(dataset) | {"errors": errors}
    for row in peers.FIGURES.query("dataset == @dataset and ours != ''").itertuples():
        theirs, found = float(row.value), eval(row.ours, names)
        # A hair more than half of Stata's last decimal: 0.5e-7 is not a binary number.
        near = 10.0 ** -DIGITS[dataset] * abs(theirs)
        assert abs(found - theirs) <= (0.5000001e-7 if "Stata" in row.producer else near), row


def test_every_figure_is_compared_or_has_an_excuse_and_conventions_are_described() -> None:
    compared = peers.FIGURES["ours"] != ""
    assert compared.sum() == 492 and (compared != (peers.FIGURES["why"] != "")).all()
    named = set(peers.FIGURES["convention"]) - {""}
    assert named | {"HC1"} == set(CONVENTIONS.index)


def test_hc1_is_what_linearmodels_does() -> None:
    """The one convention that no figure of another program has."""
    data, x = peers.panel("Produc-holed"), list(peers.REGRESSORS["Produc"])
    indexed = data.set_index(["city", "year"])
    model = PanelOLS(indexed["y"], indexed[x], entity_effects=True, time_effects=True)
    theirs = model.fit(cov_type="clustered", cluster_entity=True)
    fit = two_way_fe(data, "y", x)
    found = errors(fit, "HC1", fit.df_resid)
    assert_allclose(found["se"], theirs.std_errors, rtol=1e-9)
    assert_allclose(found["p"], theirs.pvalues, rtol=1e-7)
