"""Every figure of another program is ours, or ours under a convention that has a name."""

from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from linearmodels.datasets import card, jobtraining, mroz, munnell
from linearmodels.iv import IV2SLS
from linearmodels.panel import PanelOLS, RandomEffects
from numpy.linalg import eigvalsh, solve
from numpy.testing import assert_allclose
from scipy.stats import chi2, f
from statsmodels.datasets import grunfeld

from lib.inference import table_of
from lib.panel import DATA
from lib.regression import fit

FIGURES = pd.read_csv(DATA / "reference" / "regressions.csv", keep_default_na=False)
"""Figures of other programs, a row a figure; ``ours`` is the expression of ours, or empty."""
_PRODUC = ("log(pcap)", "log(pc)", "log(emp)", "unemp")
REGRESSORS = {
    "Grunfeld11": ("value", "capital"), "Produc": _PRODUC, "Produc-holed": _PRODUC,
    "jtrain": ("d88", "d89", "grant", "grant_1"),
}  # fmt: skip
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


@cache
def panel(name: str) -> pd.DataFrame:
    """A panel: ``city``, the unit, ``year``, ``y`` and its `REGRESSORS`."""
    if name == "Grunfeld11":
        return grunfeld.load_pandas().data.rename(columns={"firm": "city", "invest": "y"})
    if name == "jtrain":
        data = jobtraining.load()
        return data.rename(columns={"fcode": "city"}).assign(y=np.log(data["scrap"]))
    data = munnell.load()
    logs = {"y": "GSP", "log(pcap)": "P_CAP", "log(pc)": "PC", "log(emp)": "EMP"}
    data = data.assign(**{new: np.log(data[old]) for new, old in logs.items()})
    data = data.rename(columns={"YR": "year", "UNEMP": "unemp"})
    data["city"] = data["ST_ABB"].astype(str)
    holes = (data["year"] + np.round(10 * data["unemp"])) % 5 == 0
    return data[~holes] if name == "Produc-holed" else data


def ours(data: pd.DataFrame, y: str, x: list[str], effects: str, z: Any = ()) -> SimpleNamespace:
    """A regression of the book, with what is printed beside it."""
    one = fit(data, y, x, effects, z=z)
    total, rss, n = one.net[y] @ one.net[y], one.residuals @ one.residuals, len(one.rows)
    found = {name: one.table(name) for name in ("classical", "clustered")}
    found |= {name: getattr(one, name) for name in ("x", "coef", "df_resid")}
    found |= {"r2_within": 1 - rss / total, "adj_r2": 1 - rss / one.df_resid / one.rows[y].var()}
    return SimpleNamespace(
        **found, nobs=n, rss=rss, n_entities=len(one.clusters["city"]), net=one.net,
        cov=one.cov, years=one.rows["year"].nunique() if effects == "twoway" else 1,
    )  # fmt: skip


def errors(one: SimpleNamespace, convention: str, df: int | None = None) -> pd.DataFrame:
    """Clustered errors with the factor of a convention; p from t(G-1), or t(df)."""
    n, k, g = one.nobs, len(one.x), one.n_entities
    sizes = {"n": n, "G": g, "K": k, "E": n - one.df_resid - k, "T": one.years}
    factor = CONVENTIONS["factor"].get(convention, OURS)
    cov = one.cov("clustered") * eval(factor, sizes) / eval(OURS, sizes)
    return table_of(one.coef, cov, df or g - 1)


def two_stages(data: pd.DataFrame, exog: list[str], instruments: list[str]) -> SimpleNamespace:
    """2SLS of wages on education; the tests of the instruments as chapter 4.2 takes them."""
    one = ours(data, "lwage", ["educ", *exog], "none", [*instruments, *exog])
    rows = data.dropna(subset=["lwage", "educ", *exog, *instruments]).assign(constant=1.0)
    theirs: Any = IV2SLS(rows["lwage"], rows[["constant", *exog]], rows["educ"], rows[instruments])
    theirs = theirs.fit(cov_type="unadjusted", debiased=True)
    q, first, wu = len(instruments), theirs.first_stage, theirs.wu_hausman()
    stat = first.diagnostics["f.stat"]
    p = pd.Series(f.sf(stat, q, len(rows) - q - len(exog) - 1), stat.index)
    one.first_stage, one.cragg_donald = SimpleNamespace(f=stat, f_p=p), first.cragg_donald_f
    one.wu_hausman, one.instruments = {"stat": wu.stat, "p": wu.pval}, instruments
    if q > 1:
        one.overid = {"stat": theirs.sargan.stat, "p": theirs.sargan.pval}
    return one


def hausman(name: str) -> SimpleNamespace:
    """Hausman's contrast, as chapter 4.1 takes it, and Mundlak's regression."""
    x = list(REGRESSORS[name])
    rows = panel(name).dropna(subset=["y", *x]).set_index(["city", "year"])
    # About their means, on which no slope depends, regressors keep more digits.
    exog = (rows[x] - rows[x].mean()).assign(constant=1.0)
    fixed = PanelOLS(rows["y"], exog, entity_effects=True).fit()
    test = RandomEffects(rows["y"], exog).fit().hausman(fixed, sigmamore=True).statistic
    means = rows[x].groupby("city").transform("mean").add_prefix("mean ")
    mundlak = RandomEffects(rows["y"], exog.join(means))
    added = np.eye(2 * len(x) + 1)[-len(x) :]
    robust = mundlak.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    return SimpleNamespace(
        stat=test.stat, df=len(x), mundlak_stat=mundlak.fit().wald_test(added).stat,
        mundlak_robust_stat=robust.wald_test(added).stat,
    )  # fmt: skip


def random(name: str, years: bool = False, small_sample: bool = False) -> Any:
    """Random effects; variance components of Swamy and Arora, else of Baltagi and Chang (1994)."""
    x = [*REGRESSORS[name], *(["union"] if name == "jtrain" else [])]
    rows = panel(name).dropna(subset=["y", *x]).set_index(["city", "year"])
    exog = rows[x].assign(constant=1.0)
    if years:
        exog = exog.join(pd.get_dummies(rows.reset_index()["year"], dtype=float).iloc[:, 1:]
                         .add_prefix("year ").set_axis(rows.index))  # fmt: skip
    return RandomEffects(rows["y"], exog).fit(small_sample=small_sample)


def estimates(name: str) -> dict[str, Any]:
    """What the expressions of ``regressions.csv`` name."""
    if name in WAGES:
        data, (exog, instruments) = (card if name == "card" else mroz).load(), WAGES[name]
        data = data.assign(city=data.index, year=0, lwage=np.log(data["wage"]))
        wage = data["lwage"].dropna()
        return {"iv": two_stages(data, exog, instruments), "tss": ((wage - wage.mean()) ** 2).sum()}
    x = list(REGRESSORS[name])
    fits = {"random": partial(random, name)}
    for effects in ("entity",) if name == "jtrain" else ("none", "entity", "twoway"):
        fits[effects] = ours(panel(name), "y", x, effects)
    if name == "jtrain":
        return fits
    test = hausman(name)
    # plm prints a p-value of the plain statistic whether or not it is a chi-squared variable.
    fixed, swar = fits["entity"], random(name, small_sample=True)
    gap, weight = fixed.coef - swar.params[x], fixed.cov("classical") - swar.cov.loc[x, x]
    n, g = fixed.nobs, fixed.n_entities
    robust = test.mundlak_robust_stat * g / (g - 1) * (n - 1) / (n - 2 * len(x) - 1)
    return fits | {"hausman": test, "plain": gap @ solve(weight, gap),
                   "least": eigvalsh(weight)[0], "robust": robust, "chi2": chi2}  # fmt: skip


@pytest.mark.parametrize("dataset", DIGITS)
def test_figures_of_other_programs(dataset: str) -> None:
    names = estimates(dataset) | {"errors": errors}
    for row in FIGURES.query("dataset == @dataset and ours != ''").itertuples():
        theirs, found = float(row.value), eval(row.ours, names)
        # A hair more than half of Stata's last decimal: 0.5e-7 is not a binary number.
        near = 10.0 ** -DIGITS[dataset] * abs(theirs)
        assert abs(found - theirs) <= (0.5000001e-7 if "Stata" in row.producer else near), row


def test_every_figure_is_compared_or_has_an_excuse_and_conventions_are_described() -> None:
    compared = FIGURES["ours"] != ""
    assert compared.sum() == 492 and (compared != (FIGURES["why"] != "")).all()
    named = set(FIGURES["convention"]) - {""}
    assert named | {"HC1"} == set(CONVENTIONS.index)


def test_hc1_is_what_linearmodels_does() -> None:
    """The one convention that no figure of another program has."""
    data, x = panel("Produc-holed"), list(REGRESSORS["Produc"])
    indexed = data.set_index(["city", "year"])
    model = PanelOLS(indexed["y"], indexed[x], entity_effects=True, time_effects=True)
    theirs = model.fit(cov_type="clustered", cluster_entity=True)
    one = ours(data, "y", x, "twoway")
    found = errors(one, "HC1", one.df_resid)
    assert_allclose(found["se"], theirs.std_errors, rtol=1e-9)
    assert_allclose(found["p"], theirs.pvalues, rtol=1e-7)
