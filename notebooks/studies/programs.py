"""Figures of other programs beside ours, and the conventions in which the programs differ.

``data/reference`` holds figures that R, Stata and statsmodels computed on data that an installed
package ships.  Where a program follows another convention than the tables of this book, ours is
computed a second time by that convention; ``conventions.csv`` says what it is.  Figures that stand
beside none of ours are in ``not_compared.csv``, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.datasets import card, jobtraining, mroz, munnell
from linearmodels.panel import RandomEffects
from scipy import stats
from statsmodels.datasets import grunfeld

from lib import estimation, jackknife, random_effects, two_stage
from lib.estimation import Estimate
from lib.panel import DATA
from lib.two_stage import IVEstimate
from lib.within import Effects

FOLDER = DATA / "reference"
KEYS = ["dataset", "estimator", "se_type", "producer", "statistic"]

# To how many digits R's copy of the data and ours are the same: logarithms are stored with seven
# in jtrain, card and mroz, not the same ones in R and in Python, and are taken anew here.
DATASETS = {
    "Grunfeld11": 10, "Produc": 10, "Produc-holed": 10,
    "jtrain": 7, "card": 6, "mroz": 6, "mroz_hus": 6,
}  # fmt: skip
_PRODUC = ("log(pcap)", "log(pc)", "log(emp)", "unemp")
REGRESSORS = dict.fromkeys(("Produc", "Produc-holed"), _PRODUC) | {
    "Grunfeld11": ("value", "capital"), "jtrain": ("d88", "d89", "grant", "grant_1"),
}  # fmt: skip
# Exogenous regressors and instruments of a wage regression with education endogenous.
_LIVED = ("black", "smsa", "south", "smsa66", *(f"reg{code}" for code in range(662, 670)))
CROSS_SECTIONS = {
    "card": (("exper", "expersq", *_LIVED), ("nearc4",)),
    "mroz": (("exper", "expersq"), ("motheduc", "fatheduc")),
    "mroz_hus": (("exper", "expersq"), ("motheduc", "fatheduc", "huseduc")),
}
Figures = Mapping[str, float]


def standard_errors(
    found: Estimate, factor: str = "xtreg", p_from: str = "clusters"
) -> pd.DataFrame:
    """Clustered errors of an estimate under the convention of another program.

    Parameters
    ----------
    found : Estimate
        Of n rows, K slopes, G clusters, T years, and E effects, the constant included.
    factor : str
        What multiplies the covariance.  ``xtreg``, that of ``found.clustered``: G/(G-1)
        (n-1)/(n-K-T) with year effects, G/(G-1) (n-1)/(n-K-1) without.  ``areg``: G/(G-1)
        (n-1)/(n-K-E).  ``sss``: G/(G-1) (n-1)/(n-K).  ``HC1``: n/(n-K-E).  ``plm-HC1``: n/(n-K).
        ``CR0``: 1.  Any other name is a KeyError.
    p_from : {"clusters", "residuals"}
        p-values and intervals from t(G-1) or from t(df_resid).
    """
    n, k, groups = found.nobs, len(found.x), found.n_entities
    absorbed = n - found.df_resid - k
    by_effects = {"twoway": len(found.years), "time": len(found.years)}
    grouped = groups / (groups - 1) * (n - 1)
    factors = {
        "xtreg": grouped / (n - k - by_effects.get(found.effects, 1)),
        "areg": grouped / (n - k - absorbed), "sss": grouped / (n - k),
        "HC1": n / (n - k - absorbed), "plm-HC1": n / (n - k), "CR0": 1.0,
    }  # fmt: skip
    df = {"clusters": groups - 1, "residuals": found.df_resid}[p_from]
    cov = found.cov_clustered * (factors[factor] / factors["xtreg"])
    return jackknife.table_of(found.coef, cov, df)


@cache
def panel(name: str) -> pd.DataFrame:
    """A panel of `DATASETS`: ``city``, the unit, ``year``, ``y`` and its `REGRESSORS`."""
    if name == "Grunfeld11":
        return grunfeld.load_pandas().data.rename(columns={"firm": "city", "invest": "y"})
    if name == "Produc-holed":
        whole = panel("Produc")
        return whole[(whole["year"] + np.round(10 * whole["unemp"])) % 5 != 0]
    if name == "Produc":
        data = munnell.load()
        logs = {"y": "GSP", "log(pcap)": "P_CAP", "log(pc)": "PC", "log(emp)": "EMP"}
        return pd.DataFrame(
            {"city": data["ST_ABB"].astype(str), "year": data["YR"], "unemp": data["UNEMP"]}
            | {new: np.log(data[old]) for new, old in logs.items()}
        )
    data = jobtraining.load()
    return data.rename(columns={"fcode": "city"}).assign(y=np.log(data["scrap"]))


@cache
def fixed(name: str, effects: Effects) -> Estimate:
    """Least squares of a panel of `DATASETS` under these effects."""
    return estimation.two_way_fe(panel(name), "y", REGRESSORS[name], effects)


@cache
def schooling(name: str) -> IVEstimate:
    """Two-stage least squares of a wage equation: each person is a city and a cluster."""
    data = (card if name == "card" else mroz).load()
    people = data.assign(city=data.index, year=0, lwage=np.log(data["wage"]))
    return two_stage.iv_two_way(people, "lwage", "educ", *CROSS_SECTIONS[name], "none")


class _Mine(dict):
    """Ours by estimator, covariance and statistic: the figure, by the convention, its name."""

    def put(
        self, estimator: str, se_type: str, ours: Figures,
        named: Figures | None = None, convention: str = "",
    ) -> None:  # fmt: skip
        for each, value in ours.items():
            self[estimator, se_type, each] = value, (named or ours)[each], convention


def _labelled(kind: str, values: pd.Series) -> dict[str, float]:
    """Also under the names of regressions with dummies: lpc for log(pc)."""
    short = {re.sub(r"log\((.*)\)", r"l\1", name): name for name in values.index}
    names = dict(zip(values.index, values.index, strict=True)) | short
    return {f"{kind}[{new}]": float(values[old]) for new, old in names.items()}


def _fixed_effects(mine: _Mine, name: str, effects: Effects) -> None:
    found, which = fixed(name, effects), "individual" if effects == "entity" else "twoways"
    put = partial(mine.put, f"within {which}")
    put("", _labelled("coef", found.coef))
    classical = _labelled("se", found.classical["se"]) | _labelled("p", found.classical["p"])
    for covariance in ("classical (df=NT-N[-T+1]-K)", "classical", "iid"):
        put(covariance, classical)
    n, df, within, adjusted = found.nobs, found.df_resid, found.r2_within, found.adj_r2
    assert within is not None and adjusted is not None
    names = "R2 (plm: within-transformed)", "R2 within", "fixest wr2"
    put("", {"nobs": n, "df.residual": df, "RSS": found.rss} | dict.fromkeys(names, within))
    lsdv = dict.fromkeys(("R2 (LSDV)", "fixest r2"), 1 - (1 - adjusted) * df / (n - 1))
    lsdv |= dict.fromkeys(("adj R2 (LSDV)", "fixest ar2"), adjusted)
    for estimator in (f"within {which}", f"LSDV {which}"):
        mine.put(estimator, "", lsdv)
    of_plm, of_fixest = "adj R2 (plm: 1-(1-R2)(n-1)/df.residual)", "fixest war2"
    named = {of_plm: 1 - (1 - within) * (n - 1) / df}
    put("", {of_plm: adjusted}, named, "plm-adjusted")
    named = {of_fixest: 1 - (1 - within) * (df + len(found.x)) / df}
    put("", {of_fixest: adjusted}, named, "fixest-war2")

    ours, p = _labelled("se", found.clustered["se"]), _labelled("p", found.clustered["p"])
    default = "default ssc (adj, fixef.K=nested, cluster.adj) = Stata xtreg,fe / reghdfe"
    put(f"cluster entity, {default}", ours)
    arellano = "plm vcovHC arellano (cluster entity) type="
    commands = (
        ("cluster entity, ssc fixef.K=full = Stata areg", "areg"),
        ("statsmodels OLS dummies cluster (= areg)", "areg"),
        ("cluster entity, ssc fixef.K=none", "sss"),
        ("cluster entity, ssc adj=FALSE cluster.adj=FALSE (CR0)", "CR0"),
        (f"{arellano}sss", "sss"), (f"{arellano}HC1", "plm-HC1"), (f"{arellano}HC0", "CR0"),
    )  # fmt: skip
    for covariance, key in commands:
        put(covariance, ours, _labelled("se", standard_errors(found, key)["se"]), key)
        if covariance.startswith("plm"):
            named = _labelled("p", standard_errors(found, key, "residuals")["p"])
            put(covariance, p, named, "residuals")


def _gls(
    name: str, x: tuple[str, ...], time_dummies: bool = False, of_plm: bool = True
) -> tuple[pd.Series, pd.DataFrame]:
    """Slopes and classical covariance of random effects.

    The variance components are those of Baltagi and Chang (1994) in plm, else of Swamy and Arora.
    """
    rows = panel(name).dropna(subset=["y", *x]).set_index(["city", "year"])
    exog = rows[list(x)].assign(constant=1.0)
    if time_dummies:
        years = pd.get_dummies(rows.index.get_level_values(1), dtype=float).iloc[:, 1:]
        exog = exog.join(years.add_prefix("year ").set_axis(rows.index, axis=0))
    fit = RandomEffects(rows["y"], exog).fit(small_sample=of_plm)
    return fit.params[list(x)], fit.cov.loc[list(x), list(x)]


def _random(mine: _Mine, name: str, dummies: bool = False, extra: tuple[str, ...] = ()) -> None:
    x = (*REGRESSORS[name], *extra)
    both = [_gls(name, x, dummies, of_plm) for of_plm in (False, True)]
    se = [pd.Series(np.sqrt(np.diag(cov)), coef.index) for coef, cov in both]
    pairs = ("", "coef", [coef for coef, _ in both]), ("classical", "se", se)
    for covariance, kind, found in pairs:
        ours, named = (_labelled(kind, each) for each in found)
        estimator = f"random individual swar{' + year dummies' if dummies else ''}"
        mine.put(estimator, covariance, ours, named, "baltagi-chang")


def _hausman(mine: _Mine, name: str) -> None:
    def figures(stat: float, df: int) -> Figures:
        return {"chi2": stat, "df": df, "p": float(stats.chi2.sf(stat, df))}

    found, more = (
        random_effects.hausman(panel(name), "y", REGRESSORS[name], False, version)
        for version in ("sigmaless", "sigmamore")
    )
    ours, pair = figures(found.stat, found.df), "hausman individual within vs swar"
    # plm prints a p-value of the plain statistic whether or not it is a chi-squared variable.
    within, (coef, cov) = fixed(name, "entity"), _gls(name, REGRESSORS[name])
    gap, weight = within.coef - coef, within.cov_classical - cov
    plain = figures(float(gap @ np.linalg.solve(weight, gap)), found.df)
    mine.put(pair, "classical V_FE - V_RE", ours, plain, "plain")
    smallest = {"min eigenvalue of V_FE-V_RE": float(np.linalg.eigvalsh(weight).min())}
    mine.put(pair, "classical V_FE - V_RE", smallest)
    named = figures(more.stat, more.df)
    mine.put(pair, "sigmamore (s2 of RE in both)", ours, named, "sigmamore")
    auxiliary = "hausman individual auxiliary regression"
    mine.put(auxiliary, "classical", figures(found.mundlak_stat, found.mundlak_df))
    n, g = found.nobs, found.n_entities
    factor = g / (g - 1) * (n - 1) / (n - 2 * len(found.contrast) - 1)
    named = figures(found.mundlak_robust_stat * factor, found.mundlak_df)
    ours = {"chi2": found.mundlak_robust_stat, "p": found.mundlak_robust_p}
    mine.put(auxiliary, "robust vcovHC arellano HC0", ours, named, "plm-auxiliary")


def _cross_section(mine: _Mine, name: str) -> None:
    found = schooling(name)
    n, k, q = found.nobs, len(found.x) + 1, len(found.instruments)
    y = np.log((card if name == "card" else mroz).load()["wage"]).dropna()
    r2 = 1 - found.rss / float(((y - y.mean()) ** 2).sum())
    fit = {"R2": r2, "adj R2": 1 - (1 - r2) * (n - 1) / (n - k)}
    mine.put("2SLS", "", _labelled("coef", found.coef) | fit)
    mine.put("2SLS", "classical df-adjusted", _labelled("se", found.classical["se"]))
    # With one row a cluster ours is G/(G-1) (n-1)/(n-k) = n/(n-k): HC1.
    robust = _labelled("se", found.clustered["se"])
    mine.put("2SLS", "HC1", robust)
    mine.put("2SLS", "HC0", robust, _labelled("se", standard_errors(found, "CR0")["se"]), "CR0")

    first, wu = found.first_stage.loc["educ"], found.wu_hausman
    tests = dict.fromkeys(("Weak instruments", "ivf", "ivwald"), (first["f"], first["f_p"]))
    tests |= dict.fromkeys(("Wu-Hausman", "wh"), (wu["stat"], wu["p"]))
    if found.overid is not None:
        sargan = found.overid.loc["sargan"]
        tests |= dict.fromkeys(("Sargan", "sargan"), (sargan["stat"], sargan["p"]))
    for each, (stat, p) in tests.items():
        figures = {"statistic": float(stat), "stat": float(stat), "p": float(p)}
        mine.put(f"2SLS diagnostics: {each}", "classical", figures)
        mine.put(f"fixest fitstat {each}", "iid", figures)
    named = {"stat": found.cragg_donald * (n - q - 2) / (n - q - k + 1)}
    mine.put("fixest fitstat cd", "iid", {"stat": found.cragg_donald}, named, "fixest-cd")


def _computed(name: str) -> _Mine:
    mine = _Mine()
    if name in CROSS_SECTIONS:
        _cross_section(mine, name)
        return mine
    _fixed_effects(mine, name, "entity")
    _random(mine, name, extra=("union",) * (name == "jtrain"))
    if name != "jtrain":
        pooled = fixed(name, "none")
        mine.put("pooled OLS", "", _labelled("coef", pooled.coef))
        mine.put("pooled OLS", "classical", _labelled("se", pooled.classical["se"]))
        _fixed_effects(mine, name, "twoway")
        _random(mine, name, dummies=True)
        _hausman(mine, name)
    return mine


@cache
def reference() -> pd.DataFrame:
    """Regression figures of other programs, a row a figure; ``value`` as it was written."""
    names = ("peer_results.csv", "holed.csv")
    parts = [pd.read_csv(FOLDER / name, dtype=str, keep_default_na=False) for name in names]
    rows = pd.concat(parts, ignore_index=True)
    rows["dataset"] = rows["dataset"].str.split(" ").str[0]
    return rows[rows["dataset"].isin(DATASETS) & (rows["value"] != "")]


@cache
def register() -> pd.DataFrame:
    """Every reference figure that we compute, ours beside it, in the order of `reference`.

    Returns
    -------
    DataFrame
        `KEYS`; ``theirs`` (as written), ``ours`` by the conventions of this book; ``convention``:
        empty where the two are the same, the name of the program's convention where ``named``, our
        figure by it, is the same as theirs, "differs" where neither is.  Two figures are the same
        if they agree in the digits that `DATASETS` has, or in Stata's seven decimals.
    """
    made = []
    for name, enough in DATASETS.items():
        mine = _computed(name)
        for row in reference().query("dataset == @name").to_dict("records"):
            if found := mine.get((row["estimator"], row["se_type"], row["statistic"])):
                ours, named, convention = found
                if _same(ours, row, enough):
                    named, convention = ours, ""
                elif not _same(named, row, enough):
                    convention = "differs"
                made.append([row[key] for key in KEYS] + [row["value"], ours, named, convention])
    return pd.DataFrame(made, columns=[*KEYS, "theirs", "ours", "named", "convention"])


def _same(ours: float, row: Mapping[str, Any], enough: int) -> bool:
    theirs = float(row["value"])
    # A hair more than half a unit: 0.5e-7 is not a binary number.
    near = 0.5000001e-7 if row["producer"].startswith("Stata") else 10.0**-enough * abs(theirs)
    return abs(ours - theirs) <= near


def not_compared() -> pd.DataFrame:
    """Reference figures without ours beside them; ``why``, by the patterns of ``not_compared.csv``.

    A pattern is searched in "estimator | se_type | statistic"; empty where none is found.
    """
    rows, done = reference(), register()
    rows = rows[~pd.MultiIndex.from_frame(rows[KEYS]).isin(pd.MultiIndex.from_frame(done[KEYS]))]
    labels = rows["estimator"] + " | " + rows["se_type"] + " | " + rows["statistic"]
    pairs = pd.read_csv(FOLDER / "not_compared.csv").to_numpy().tolist()
    why = [next((why for pattern, why in pairs if re.search(pattern, each)), "") for each in labels]
    return rows.assign(why=why)
